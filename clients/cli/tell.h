/* What the machine tells while a command runs, for whoever sits at the terminal. */
#ifndef KRING_CLI_TELL_H
#define KRING_CLI_TELL_H

#include "clients/cli/cli.h"

/* Say on stderr what cannot wait (alarms, what was refused or taken down), and the
 * progress of what takes long if stderr is a terminal. With --json nothing is said. */
void tell_note(const struct cli *cli, const cJSON *tell);

/* The line of progress goes. */
void tell_end_progress(const struct cli *cli);

/* One tell in words, on one line without its end; false if people need not see it. */
bool tell_print(FILE *out, const cJSON *tell);

#endif
