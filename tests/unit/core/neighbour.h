/* Somebody who sends a signal and comes back to it, at the relay double: every request
 * made by hand, with keys of a receipt that were not stretched, and so quick. */
#ifndef TESTS_UNIT_CORE_NEIGHBOUR_H
#define TESTS_UNIT_CORE_NEIGHBOUR_H

#include <kring/cases.h>

#include "tests/unit/core/world.h"

struct neighbour {
	struct world *world;
	struct kr_receipt_keys keys;
	uint8_t event[KR_EVENT_ID_BYTES]; /* of `submitted` */
	char case_id[64];                 /* as text */
	int conn;
};

/* What is sent if nothing else is asked for: nameless, urgent today, of Lange Laan 12. */
struct kr_signal neighbour_signal(void);

/* Before anything is sent; each number is another receipt. */
void neighbour_init(struct neighbour *n, struct world *world, uint8_t number);
/* Send it; fallback NULL: none waits. identity NULL: nobody. */
void neighbour_send(struct neighbour *n, const uint8_t inbox[KR_ID_BYTES],
	const uint8_t *fallback, const struct kr_signal *signal,
	const struct kr_identity *identity, bool fallback_knows);
/* An act on the case: "ok", or the relay's error. inbox NULL, urgency 0: the type has
 * none. */
const char *neighbour_act(struct neighbour *n, enum kr_event_type type,
	const uint8_t *inbox, uint8_t urgency, const char *text);
/* Can the reporter open the words of event seq, and are they these? */
bool neighbour_reads(const struct neighbour *n, uint64_t seq, const char *text);

#endif
