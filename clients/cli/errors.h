/* Errors in words for people: what happened, and what to do now. */
#ifndef KRING_CLI_ERRORS_H
#define KRING_CLI_ERRORS_H

#include "clients/cli/cli.h"

/* The words for a code of the relay (PROTOCOL.md §7), of include/kring/err.h, or of this
 * program, translated. For a code that is not known: that it is not. */
const char *errors_words(const char *code);

/* Are there words for it? */
bool errors_is_known(const char *code);

/* The exit code that an error ends with. */
enum cli_exit errors_exit(const char *code);

#endif
