/* Which identity stood behind the name of an inbox in a community's policy, and since
 * when this client knows it: so that an exchange is noticed. CASES.md §2, "Another
 * identity". */
#ifndef CLIENTS_CORE_INBOXES_PINS_H
#define CLIENTS_CORE_INBOXES_PINS_H

#include "clients/core/group/group.h"

enum pins_change {
	PINS_ENTRY,  /* this client came in: what it finds is taken as it is */
	PINS_COMMIT, /* of a member */
	PINS_UNDONE, /* a commit was voided: the policy is the one of before */
};

/* The community's own group has a policy: compare its inboxes with what was known. Raises
 * the alarm `inbox_replaced`. */
enum kr_err pins_follow(struct kr_core *core, struct group *group,
	const struct kr_event *event, enum pins_change change);

/* Since when this inbox is trusted, as far as this client was there; 0: it saw how it
 * came to be trusted. */
uint64_t pin_since(const struct kr_core *core, const struct group *group,
	const uint8_t identity_key[KR_ED25519_PUBLIC_BYTES]);

/* The identity that stands, or stood last, behind this name, which is to be this one's
 * now. False: there is none, or it is this one's already. */
bool pin_other(const struct kr_core *core, const struct group *group, struct kr_view name,
	const uint8_t identity_key[KR_ED25519_PUBLIC_BYTES],
	uint8_t other[KR_ED25519_PUBLIC_BYTES]);

/* Have two coordinators said so, 72 hours before? */
bool pin_was_announced(const struct kr_core *core, const struct group *group,
	const uint8_t identity_key[KR_ED25519_PUBLIC_BYTES], uint64_t time_ms);
/* May the second take the place of the first at that time of the relay: does the first
 * name it as its successor, or have two coordinators said so 72 hours before? */
bool pin_may_change(const struct kr_core *core, const struct group *group,
	const uint8_t from[KR_ED25519_PUBLIC_BYTES],
	const uint8_t to[KR_ED25519_PUBLIC_BYTES], uint64_t time_ms);

#endif
