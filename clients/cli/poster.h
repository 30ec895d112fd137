/* The poster of an inbox: what it is for, and the way to it for somebody without an
 * account. One page to print, as HTML without anything from elsewhere, in the language
 * of who prints it; or for the terminal. */
#ifndef KRING_CLI_POSTER_H
#define KRING_CLI_POSTER_H

#include "clients/cli/cli.h"

/* Of the answer to the question `inbox` (COMMANDS.md §9): in the terminal, and the files
 * of --page and --qr. */
enum cli_exit poster_render(struct cli *cli, const cJSON *inbox);
enum cli_exit poster_write(struct cli *cli, const cJSON *inbox);

#endif
