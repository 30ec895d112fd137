/* What every part of kring(1) shares: how it was called, and how it may end. */
#ifndef KRING_CLI_CLI_H
#define KRING_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cjson/cJSON.h>
#include <libintl.h>

/* _() says a text in the language of the user, N_() marks one that is said later. */
#define _(text)  gettext(text)
#define N_(text) text

/* Exit codes; kring(1) lists them. */
enum cli_exit {
	CLI_DONE = 0,
	CLI_REFUSED = 1,  /* by the relay or by the core; also: nothing like it found */
	CLI_USAGE = 2,    /* the command line */
	CLI_KEYSTORE = 3, /* keystore or passphrase; also: in use by another kring */
	CLI_NO_CONNECTION = 4, /* what was asked for waits in the outbox, or may be old */
	CLI_ALARM = 5,         /* something was found out: status, sync, alarms, return */
};

struct session;
struct arguments;

/* One call of the program. */
struct cli {
	const struct arguments *arguments;

	char *keystore;      /* directory */
	const char *ca_file; /* certificates to trust in place of the system's, or NULL */
	const char *passphrase_file;
	int passphrase_fd; /* -1: none */
	uint64_t timeout_ms;
	bool is_offline;
	bool is_json;
	bool is_yes;   /* no question whether it is meant */
	bool is_stale; /* the relay could not be reached: answers may be old */

	FILE *out;
	size_t columns; /* of the terminal; 0: not a terminal, no limit */
	bool has_colour;

	struct session *session; /* NULL until a command needs it */

	/* What -c and -g, or their absence, mean; NULL where the command has none. */
	char *community;
	char *group;
	/* What `follow` leaves all else out for; NULL: nothing. */
	char *only_case;
	char *only_inbox;
};

/* The one way to say that something did not work: to stderr in words, or with --json an
 * object with error and text on stdout. detail stands behind the words; may be NULL. */
void cli_complain(const struct cli *cli, const char *code, const char *detail);

/* Likewise, in words that say more than those of the code. */
void cli_explain(const struct cli *cli, const char *code, const char *words);

/* An answer with "error": says so. Returns the exit code that it stands for. */
enum cli_exit cli_complain_of(const struct cli *cli, const cJSON *answer);

/* A line to stderr that does not belong to the answer; none with --json. */
void cli_note(const struct cli *cli, const char *words);

/* --json: the object as it is, on one line. */
void cli_print_json(const struct cli *cli, const cJSON *object);

/* Members of an object; "" and 0 if there is none of that type. */
const char *cli_string(const cJSON *object, const char *name);
double cli_number(const cJSON *object, const char *name);
bool cli_is_true(const cJSON *object, const char *name);

#endif
