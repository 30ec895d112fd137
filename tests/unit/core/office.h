/* Three inboxes with their professionals, and a neighbour with a signal. The community
 * police officer's has the advice centre behind it; the district team's stands beside. */
#ifndef TESTS_UNIT_CORE_OFFICE_H
#define TESTS_UNIT_CORE_OFFICE_H

#include "tests/unit/core/neighbour.h"

enum { WIJK, VEILIG, TEAM, NUM_DESKS };

struct desk {
	struct world_client *head; /* its administrator */
	char inbox[64];            /* ids as text */
	uint8_t id[KR_ID_BYTES];
	char link[512];
};

struct office {
	struct world world;
	struct desk desks[NUM_DESKS];
	struct world_client *wim;   /* WIJK's */
	struct world_client *sanne; /* her colleague, who administers nothing */
	struct world_client *fatma; /* VEILIG's */
	struct world_client *tom;   /* TEAM's */
	struct neighbour neighbour;
};

/* For cmocka_unit_test_setup_teardown. */
int office_setup(void **state);
int office_teardown(void **state);
/* Likewise, with a signal at WIJK, VEILIG behind it. */
int office_setup_signal(void **state);

/* Make another one of the team of an inbox, as its administrator does it. */
void office_add(struct office *o, int desk, struct world_client *client);
/* Send the usual signal to WIJK, as the n-th neighbour, who is o->neighbour from then
 * on. */
void office_signal(struct office *o, uint8_t number);

/* A command about the neighbour's case, as printf would write its other fields after a
 * comma; "": none. Its answer: "ok" or the error. */
const char *office_act(struct office *o, struct world_client *client, const char *command,
	const char *fields, ...) __attribute__((format(printf, 4, 5)));
/* What a client shows of the case; deleted by the caller. */
cJSON *office_case(struct office *o, struct world_client *client);
/* A text of it: "" if the case, or the member, is not there. Valid until the next
 * call. */
const char *office_shows(
	struct office *o, struct world_client *client, const char *member);
/* Is this text somewhere in the timeline, or the notes? */
bool office_hears(struct office *o, struct world_client *client, const char *text);
/* May this be done now, as the client shows it? */
bool office_may(struct office *o, struct world_client *client, const char *command);
/* How often this was told. */
size_t office_told(struct world_client *client, const char *tell);
/* How many alarms there are, of whatever name. */
size_t office_alarms(struct world_client *client);

#endif
