/* Commands and questions by name, and the way to answer them. COMMANDS.md. */
#ifndef CLIENTS_CORE_COMMANDS_H
#define CLIENTS_CORE_COMMANDS_H

#include <kring/codec.h>

#include "clients/machine/json.h"

struct kr_core;

struct command {
	uint64_t id; /* the host's; never 0 */
	const cJSON *args;
	/* A handler that lacks something which the relay is being asked for (a
	 * connection, the record of an inbox) sets waits and returns KR_OK: it is called
	 * again after the next input, until may_wait is false. */
	bool may_wait;
	bool waits;
};

/* One that waits lies in memory only. */
struct waiting_command {
	struct waiting_command *next;
	uint64_t id;
	cJSON *args;
	uint64_t since_ms;
	uint64_t
		until_ms; /* 0: there is no connection, for which it waits as long as it takes */
};

/* Answer a command that is done at once; fields (NULL: none) are consumed. A handler that
 * returns an error has not answered: then the error is the answer. */
enum kr_err command_done(struct kr_core *core, uint64_t command, cJSON *fields);
/* code is the relay's word, or NULL: then kr_err_name. */
enum kr_err command_failed(
	struct kr_core *core, uint64_t command, enum kr_err err, const char *code);

/* A command's answer with one field: what the writer holds, as base64url; NULL for lack
 * of memory. */
cJSON *answer_of(const char *name, const struct kr_writer *w);
/* Errors after which nothing works any more. */
static inline bool is_fatal(enum kr_err err)
{
	return err == KR_ERR_MEMORY || err == KR_ERR_RANDOM;
}

enum kr_err commands_do(struct kr_core *core, uint64_t id, struct kr_view text);
void commands_free(struct kr_core *core);
/* Those that wait, once more. */
enum kr_err commands_reconcile(struct kr_core *core);
enum kr_err commands_ask(
	const struct kr_core *core, struct kr_view text, struct kr_bytes *answer);

#endif
