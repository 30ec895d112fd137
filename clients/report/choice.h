/* The inbox that somebody is about to send to: its identity from a link or a page, what
 * its card says, and until when somebody will have spoken. */
#ifndef CLIENTS_REPORT_CHOICE_H
#define CLIENTS_REPORT_CHOICE_H

#include <kring/cases.h>

#include "clients/machine/json.h"

struct command;
struct kr_report;

struct choice {
	bool is_made; /* the identity is there */
	bool is_open; /* and its record */
	bool is_pinned;
	uint8_t id[KR_ID_BYTES];
	uint8_t reading_key[KR_READING_KEY_BYTES];
	unsigned num_moves; /* successors that were followed */
	uint64_t command;   /* `open`, while it waits; 0 */
	uint64_t tick;
};

enum kr_err command_open(struct kr_report *report, const struct command *command);
enum kr_err report_ask_inbox(const struct kr_report *report, cJSON *answer);

/* Ask for what is missing, and answer `open`. */
enum kr_err choice_reconcile(struct kr_report *report);

/* Its name, as the card says; empty if that is not known. The text is in storage.
 * Likewise whom to call if nobody opens it. */
struct kr_view choice_name(
	const struct kr_report *report, uint8_t storage[KR_INBOX_CARD_MAX]);
struct kr_view choice_call(
	const struct kr_report *report, uint8_t storage[KR_INBOX_CARD_MAX]);

#endif
