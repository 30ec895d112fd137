/* The client behind the program, for the time of one command: keystore, host and machine.
 *
 * What the machine tells on the way (alarms, refusals, progress) goes to stderr.
 * Functions that return an exit code have said what is wrong. */
#ifndef KRING_CLI_SESSION_H
#define KRING_CLI_SESSION_H

#include "clients/cli/cli.h"

enum session_keystore {
	SESSION_EXISTING, /* there has to be one */
	SESSION_ANY,      /* one is made if there is none */
};

/* Open the keystore, asking for the passphrase if no option says where it is. */
enum cli_exit session_open(struct cli *cli, enum session_keystore which);
/* The reporter's machine instead (COMMANDS.md §10): no keystore, no account. As long as
 * somebody is there, its commands are waited for whatever the connection does: what was
 * typed is nowhere but in memory. */
enum cli_exit session_open_reporter(struct cli *cli);

void session_close(struct cli *cli);

/* Ask the machine; consumes question. The caller deletes the answer. NULL if memory is
 * out; an answer may be an "error". */
cJSON *session_ask(struct cli *cli, cJSON *question);
cJSON *session_ask_plain(struct cli *cli, const char *ask);

/* Do a command; consumes it. On CLI_DONE *answer is the caller's; answer may be NULL. */
enum cli_exit session_do(struct cli *cli, cJSON *command, cJSON **answer);

/* Catch up with the relay and empty the outbox. CLI_NO_CONNECTION is not complained of:
 * some can do without. Does nothing with --offline, or without an account. */
enum cli_exit session_sync(struct cli *cli);

bool session_has_account(struct cli *cli);

/* Stay connected and hand over what is told, until a signal comes or told says false.
 * tell is gone when told returns. */
typedef bool session_told_fn(struct cli *cli, const cJSON *tell);
enum cli_exit session_follow(struct cli *cli, session_told_fn *told);

/* A new passphrase for the keystore, asked for twice; or the one of new_file. */
enum cli_exit session_change_passphrase(struct cli *cli, const char *new_file);

/* After an account was deleted: the keystore goes. Ends the session. */
enum cli_exit session_destroy(struct cli *cli);

#endif
