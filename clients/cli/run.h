/* From a command of the table to its answer on the screen. */
#ifndef KRING_CLI_RUN_H
#define KRING_CLI_RUN_H

#include "clients/cli/command.h"

/* The command of cli->arguments. Returns what the program ends with. */
enum cli_exit run_command(struct cli *cli);

/* Pieces of it, for commands with code of their own: */

/* Open the keystore, catch up, and find out which community and group are meant. */
enum cli_exit run_begin(struct cli *cli);

/* Do a request, catch up with what follows from it, and show the answer as the command's
 * row in the table says. Consumes request. */
enum cli_exit run_request(struct cli *cli, cJSON *request);

/* What word number i is: given, read from standard input, or asked for. Secrets and texts
 * are read here. NULL if it was left out. The caller frees with text_free_secret. */
enum cli_exit run_word(struct cli *cli, size_t i, char **value);

/* One value into the request, by its kind; group is needed for messages. */
enum cli_exit run_add_value(struct cli *cli, cJSON *request, const char *field,
	enum value_kind kind, const char *value);

/* All options of the command that have a field. */
enum cli_exit run_add_options(struct cli *cli, cJSON *request);

#endif
