/* All that the machine holds. Each part has a header that says what it is. */
#ifndef CLIENTS_CORE_STATE_H
#define CLIENTS_CORE_STATE_H

#include "clients/core/account/account.h"
#include "clients/core/alarms.h"
#include "clients/core/cases/cases.h"
#include "clients/core/community/community.h"
#include "clients/core/group/group.h"
#include "clients/core/inboxes/inboxes.h"
#include "clients/core/inboxes/notices.h"
#include "clients/core/inboxes/trusted.h"
#include "clients/core/kept.h"
#include "clients/core/link.h"
#include "clients/core/outbox.h"
#include "clients/core/records.h"
#include "clients/core/topics.h"
#include "clients/machine/outputs.h"

struct kr_core {
	bool is_started;
	bool is_stopped; /* after a failed store or a lack of memory */
	/* Of the present input. */
	uint64_t now_ms;
	const struct kr_random *rng;
	uint64_t wake_ms; /* the earliest time at which something is due; 0: nothing */

	struct records records;
	struct outputs outputs;
	struct link link;
	struct outbox outbox;
	struct topic *topics;
	struct identity identity;
	struct account account;
	struct community *communities;
	struct group *groups;
	struct inbox *inboxes;
	struct notices notices;
	struct followed_case *cases;
	struct waiting_command *waiting_commands;
	uint64_t sync_command; /* waits until all is caught up; 0: none */
	uint64_t sync_events;  /* taken in since then */
};

/* Something is due at this time: the machine wants to be woken then. */
void core_wake(struct kr_core *core, uint64_t time_ms);

/* A random number of milliseconds below span_ms. */
enum kr_err core_jitter(struct kr_core *core, uint64_t span_ms, uint64_t *out);

/* {"tell":"changed","what":…,"community":…,"group":…}; ids may be NULL. Once an input for
 * the same three. */
enum kr_err tell_changed(struct kr_core *core, const char *what, const uint8_t *community,
	const uint8_t *group);

#endif
