/* What a user interface keeps for itself: words that are not sent yet, examples, where
 * the user was. It stands in the keystore and nowhere else. COMMANDS.md §4b. */
#ifndef CLIENTS_CORE_KEPT_H
#define CLIENTS_CORE_KEPT_H

#include <cjson/cJSON.h>

#include <kring/event.h>

struct kr_core;
struct command;

#define KEPT_TEXT_MAX ((size_t)8000)
#define KEPT_NUM_MAX  200

/* The command has put this event into the outbox. What is kept under the name in its
 * field "kept", if there is such a field and anything is, goes with it: from now on it
 * says that it waits there, and the name is free. scope is the community or case of the
 * command. KR_ERR_MEMORY. */
enum kr_err kept_goes(struct kr_core *core, const cJSON *args,
	const struct kr_topic *scope, const uint8_t event[KR_EVENT_ID_BYTES]);

/* The command had to wait before it could go there, and was refused: what is kept under
 * the name says why. */
enum kr_err kept_stays(struct kr_core *core, const cJSON *args, enum kr_err why);

/* It left the outbox: stored by the relay (what went with it is deleted), or refused for
 * good (then that says why). code is the relay's word for err, or NULL. */
enum kr_err kept_op_over(struct kr_core *core, const uint8_t event[KR_EVENT_ID_BYTES],
	enum kr_err err, const char *code);

/* The case is erased, or the community left: all that was kept under it goes. */
enum kr_err kept_forget(struct kr_core *core, const struct kr_topic *scope);

enum kr_err command_keep(struct kr_core *core, struct command *command);
enum kr_err ask_kept(const struct kr_core *core, const cJSON *question, cJSON *answer);

#endif
