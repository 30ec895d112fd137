/* A group to test with. */
#ifndef KRING_TESTS_RELAY_GROUP_H
#define KRING_TESTS_RELAY_GROUP_H

#include "fixture.h"

/* A community of four, its group with three of them routed in; 4 is in the community
 * only. */
struct group {
	struct world w;
	struct client *coordinator;
	struct client *a;
	struct client *b;
	struct client *outsider;
	struct kr_topic community;
	struct kr_topic topic;
};

/* main: the community's own group; else a circle, whose administrator is the
 * coordinator. */
void group_open(struct group *g, bool main);
void group_close(struct group *g);

#endif
