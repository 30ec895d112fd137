/* What the program says about itself, from the table of commands. */
#ifndef KRING_CLI_HELP_H
#define KRING_CLI_HELP_H

#include "clients/cli/command.h"

/* The first line of help and of whatever asks for a concern. */
void help_print_112(FILE *out);

/* All commands. columns as struct cli's. */
void help_print_all(FILE *out, size_t columns);

/* One command with its options and examples. */
void help_print(FILE *out, size_t columns, const struct command *command);

#endif
