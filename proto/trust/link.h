/* Links that carry what no server may see: prefix "#" digit "." id "." key ["." relay].
 * Of an invitation (TRUST.md §6) and of an inbox (CASES.md §2). */
#ifndef KRING_TRUST_LINK_H
#define KRING_TRUST_LINK_H

#include <kring/trust.h>

#define KR_LINK_INVITATION '1'
#define KR_LINK_INBOX      '2'

struct kr_link_parts {
	struct kr_view prefix;
	uint8_t id[KR_ID_BYTES];
	uint8_t key[KR_SECRET_BYTES];
	struct kr_view relay;
};

/* KR_ERR_LINK; then out is wiped. */
enum kr_err kr_link_parts_read(
	struct kr_link_parts *out, char version, struct kr_view text);
/* The writer fails with KR_ERR_LINK. */
void kr_link_parts_write(
	struct kr_writer *w, char version, const struct kr_link_parts *parts);

#endif
