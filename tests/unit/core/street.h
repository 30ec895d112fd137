/* A street: Anna, who founded it, Bram and Cor, all in the community's group. */
#ifndef TESTS_UNIT_CORE_STREET_H
#define TESTS_UNIT_CORE_STREET_H

#include "tests/unit/core/world.h"

struct street {
	struct world world;
	struct world_client *anna; /* coordinator */
	struct world_client *bram;
	struct world_client *cor;
	char community[64];
	char group[64]; /* the community's own */
	uint8_t group_id[KR_ID_BYTES];
};

/* For cmocka_unit_test_setup_teardown. */
int street_setup(void **state);
int street_teardown(void **state);

/* The own account, as text; valid until the next call. */
const char *street_account(struct world_client *client);
/* A fact of the community's group, by `groups`. */
int street_number(struct world_client *client, const char *group, const char *name);
/* Is its state this one? */
bool street_is(struct world_client *client, const char *group, const char *state);
/* Post a chat; the event's id as text. */
const char *street_say(struct world_client *client, const char *group, const char *text);
/* How many messages with this text the client shows, pending ones apart. */
size_t street_sees(struct world_client *client, const char *group, const char *text);
/* Make another one a coordinator. */
void street_grant(struct street *street, struct world_client *client);

#endif
