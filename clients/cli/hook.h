/* A program of the user's, run for what comes in: a bridge to another system. */
#ifndef KRING_CLI_HOOK_H
#define KRING_CLI_HOOK_H

#include <stdbool.h>

#include <cjson/cJSON.h>

/* At most as long as this; then it is ended. */
#define HOOK_SECONDS 30

/* Run program, which is found as a shell would, without a shell and without words, with
 * object on its standard input. False: it could not be run, took too long or did not end
 * with 0. What it prints goes where our own notes go, to stderr. */
bool hook_run(const char *program, const cJSON *object);

#endif
