/* A settled group of any size, made without its history: in the real one every member has
 * committed once, which would take n² operations.
 *
 * The tree is the one that stands after all have committed from right to left: every
 * parent has a key and belongs to the leftmost leaf below it. Two members are real, at
 * leaf 1 and leaf 3; they join by Welcomes, and leaf 3 then commits to fill the one
 * parent that had to stay blank for it. All identities have 32 bytes. */
#ifndef KRING_BENCH_MLS_SETTLED_H
#define KRING_BENCH_MLS_SETTLED_H

#include "fixture.h"

struct settled {
	struct world *world;
	struct kr_mls_group *alice; /* two members: whom a test lets commit, */
	struct kr_mls_group *bob;   /* and who follows */
};

/* num_members is 2 or at least 4. Client 2 of the world is free to be added. */
struct settled settled_new(uint32_t num_members);
void settled_free(struct settled *s);

#endif
