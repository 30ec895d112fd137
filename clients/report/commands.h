/* Commands and questions by name: COMMANDS.md §10. */
#ifndef CLIENTS_REPORT_COMMANDS_H
#define CLIENTS_REPORT_COMMANDS_H

#include "clients/machine/json.h"

struct kr_report;

struct command {
	uint64_t id; /* the host's; never 0 */
	const cJSON *args;
	const char *fault; /* set by who finds a field wrong within others */
};

enum kr_err report_commands_do(
	struct kr_report *report, uint64_t id, struct kr_view text);
enum kr_err report_commands_ask(
	const struct kr_report *report, struct kr_view text, struct kr_bytes *answer);

#endif
