/* What a reporter does in a case that is there: answers, reopens, consents. Signed with
 * the receipt's key, sealed to who has to read it, repeated byte for byte until it is
 * answered. CASES.md §7. */
#ifndef CLIENTS_REPORT_ACT_H
#define CLIENTS_REPORT_ACT_H

#include <kring/cases.h>

#include "clients/machine/json.h"

struct command;
struct kr_report;

struct act {
	uint64_t command; /* 0: none is under way */
	uint64_t tick;
	enum kr_event_type type;
	uint8_t urgency;
	uint8_t inbox[KR_ID_BYTES];
	struct kr_bytes words; /* struct kr_words; empty: the type has none */
	size_t num_words; /* as many had been said to the reporter: what is answered */
	/* Sealed: for this place in the case and no other. */
	uint8_t event[KR_EVENT_ID_BYTES];
	struct kr_bytes sealed; /* CaseEvent and wraps */
	size_t wraps_len;
	/* Taken by the relay there; or overtaken by what is there. */
	bool is_taken;
	uint64_t seq;
};

void act_wipe(struct act *act);

/* "answer", "worse", "goes_on", "withdraw", "consent", "seen", "erase". */
enum kr_err command_act(struct kr_report *report, const struct command *command);
/* Does the relay's promise of an arrival stand up to the case? */
enum kr_err command_check(struct kr_report *report, const struct command *command);

enum kr_err act_reconcile(struct kr_report *report);

/* "acts": the commands that are possible now. */
bool acts_add(cJSON *answer, const struct kr_report *report);

#endif
