/* What the relay, or somebody in the case, was found out in: by name, as CASES.md §10 has
 * it. Nothing is kept of it but this. */
#ifndef CLIENTS_REPORT_ALARMS_H
#define CLIENTS_REPORT_ALARMS_H

#include "clients/machine/json.h"

struct kr_report;

#define ALARMS_MAX 16

struct alarms {
	struct {
		const char *name; /* a literal */
		uint64_t seq;     /* of the event in the case; 0: of none */
		uint64_t time_ms;
	} list[ALARMS_MAX];
	size_t num;
};

/* Once for a name and an event; it is told, too. */
enum kr_err report_alarm_raise(struct kr_report *report, const char *name, uint64_t seq);

bool alarms_add(cJSON *object, const struct alarms *alarms);

#endif
