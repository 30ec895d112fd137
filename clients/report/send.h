/* A signal on its way: the receipt, which is shown before anything is sent, the sealed
 * signal, which is repeated byte for byte until the relay answers, and the relay's signed
 * promise that it has arrived. */
#ifndef CLIENTS_REPORT_SEND_H
#define CLIENTS_REPORT_SEND_H

#include <kring/cases.h>

#include "clients/machine/json.h"

struct command;
struct kr_report;

struct sending {
	bool has_receipt;
	struct kr_receipt receipt;
	struct kr_receipt_keys keys;
	uint8_t event[KR_EVENT_ID_BYTES];

	bool is_begun;    /* `send` was asked for and is not answered */
	uint64_t command; /* that one */
	uint64_t tick;
	/* Until it is sealed. */
	struct kr_bytes signal;   /* the words of `submitted` */
	struct kr_bytes identity; /* that envelope's text */
	bool fallback_knows;      /* who the reporter is */
	uint8_t urgency;
	uint8_t excluded[KR_SIGNAL_EXCLUDED_MAX * KR_ID_BYTES];
	size_t num_excluded;
	/* From then on. */
	struct kr_bytes sealed; /* CaseEvent and wraps */
	size_t wraps_len;
	unsigned num_sent; /* how often: of two the relay may have taken the first */
	uint8_t inbox[KR_ID_BYTES];    /* the owner, */
	uint8_t fallback[KR_ID_BYTES]; /* and who waits; zero: nobody */
};

void sending_wipe(struct sending *sending);

enum kr_err command_receipt(struct kr_report *report, const struct command *command);
enum kr_err command_send(struct kr_report *report, struct command *command);

enum kr_err sending_reconcile(struct kr_report *report);

#endif
