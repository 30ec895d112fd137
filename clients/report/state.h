/* All that the reporter's machine holds, in memory alone. Each part has a header that
 * says what it is. */
#ifndef CLIENTS_REPORT_STATE_H
#define CLIENTS_REPORT_STATE_H

#include <kring/report.h>

#include "clients/machine/json.h"
#include "clients/machine/outputs.h"
#include "clients/report/act.h"
#include "clients/report/alarms.h"
#include "clients/report/choice.h"
#include "clients/report/follow.h"
#include "clients/report/inbox.h"
#include "clients/report/link.h"
#include "clients/report/send.h"

struct kr_report {
	bool is_stopped;
	/* Of the present input. */
	uint64_t now_ms;
	const struct kr_random *rng;
	uint64_t tick;    /* counts inputs: what was read before, and what after */
	uint64_t wake_ms; /* the earliest time at which something is due; 0: nothing */

	struct outputs outputs;
	struct link link;
	struct alarms alarms;
	struct inboxes inboxes;
	struct choice choice;
	struct sending sending;
	struct follow follow;
	struct act act;
};

/* Something is due at this time: the machine wants to be woken then. */
void report_wake(struct kr_report *report, uint64_t time_ms);

/* Everything in memory but what waits to be put out. */
void report_wipe(struct kr_report *report);

#endif
