/* Properties that every decoder has. read decodes bytes and forgets the result; it gets
 * storage of exactly the right size, so that the address sanitizer sees a read past the
 * end. name stands in the message of a failure. */
#ifndef KRING_TESTS_CODEC_PROPS_H
#define KRING_TESTS_CODEC_PROPS_H

#include <kring/bytes.h>

/* What bytes are accepted; each shorter beginning of them, and each longer one by a byte,
 * is refused. */
void codec_props_whole(
	const char *name, enum kr_err (*read)(struct kr_view bytes), struct kr_view good);

/* Each change of one bit is refused. */
void codec_props_signed(
	const char *name, enum kr_err (*read)(struct kr_view bytes), struct kr_view good);

#endif
