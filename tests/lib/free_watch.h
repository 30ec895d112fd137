/* Seeing whether memory is wiped before it is freed.
 *
 * A test that links the dependency free_watch has free and realloc of all that is linked
 * statically replaced by ones that look into the block first. One thread only. */
#ifndef KRING_TESTS_FREE_WATCH_H
#define KRING_TESTS_FREE_WATCH_H

#include <stddef.h>

#include <kring/bytes.h>

/* From now on look for these bytes, at least 8 and unlike anything else, in all that is
 * freed. The view has to stay valid. */
void free_watch_start(struct kr_view secret);

/* Stop; returns how many blocks were freed or reallocated with the secret still in
 * them. */
size_t free_watch_stop(void);

#endif
