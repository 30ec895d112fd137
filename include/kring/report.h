/* Somebody who reports, as a machine without I/O: one signal from the choice of an inbox
 * to its arrival, or one return with the digits of a receipt.
 *
 * The host does for it what it does for a member's machine (core.h): the same inputs, the
 * same outputs. But it keeps nothing, so there is no KR_CORE_STORE, nothing to load and
 * no START; and it has no account, no device and no MLS, which is why it is a library of
 * its own, small enough for a page that somebody opens once:
 *
 *	kr_report_new(&report);
 *	kr_report_input(report, &(struct kr_core_input){.kind = KR_CORE_COMMAND, …}, …);
 *	while (kr_report_output(report, &out)) { do it; }
 *
 * The host gives it a connection of its own (P8): never one that an account uses.
 *
 * Commands and questions are JSON: clients/core/COMMANDS.md §10. What was sent is
 * repeated byte for byte until the relay has answered. Everything secret is wiped by the
 * command "forget", and by kr_report_free.
 *
 * One thread at a time. */
#ifndef KRING_REPORT_H
#define KRING_REPORT_H

#include <kring/core.h>

struct kr_report;

/* From here on everything that holds JSON is wiped before it is freed, in all of the
 * program. KR_ERR_MEMORY, KR_ERR_RANDOM (libsodium could not start). */
enum kr_err kr_report_new(struct kr_report **report);

/* Wipes everything. NULL is fine. */
void kr_report_free(struct kr_report *report);

/* Take in what happened; as kr_core_input. KR_ERR_MEMORY, KR_ERR_RANDOM: the machine is
 * stopped. KR_ERR_STATE: input that does not fit (START, STORED, or anything after it was
 * stopped). The commands "receipt" and "return" take a tenth of a second and 64 MiB. */
enum kr_err kr_report_input(struct kr_report *report, const struct kr_core_input *input,
	uint64_t now_ms, const struct kr_random *rng);

/* As kr_core_output. */
bool kr_report_output(struct kr_report *report, struct kr_core_output *out);

/* As kr_core_query. KR_ERR_MEMORY, KR_ERR_STATE after it was stopped. */
enum kr_err kr_report_query(struct kr_report *report, struct kr_view question,
	uint64_t now_ms, struct kr_bytes *answer);

#endif
