/* The command line, taken apart after the table of commands. */
#ifndef KRING_CLI_ARGUMENTS_H
#define KRING_CLI_ARGUMENTS_H

#include "clients/cli/command.h"

#define ARGUMENTS_VALUES_MAX 16

/* Values of one option, in the order in which they were given. */
struct argument_values {
	size_t num;
	const char *values[ARGUMENTS_VALUES_MAX];
};

struct arguments {
	const struct command *command; /* NULL: none was named */
	bool wants_help;
	bool wants_version;

	/* Of every command. */
	const char *keystore;
	const char *profile;
	const char *passphrase_file;
	const char *ca_file;
	int passphrase_fd; /* -1 */
	uint64_t timeout_ms;
	bool is_offline;
	bool is_json;
	bool is_yes;
	const char *community;
	const char *group;

	int num_words; /* without the command's name */
	char **words;
	struct argument_values options[COMMAND_OPTIONS_MAX]; /* in the table's order */
};

/* Options of every command, for help and completion. */
struct global_option {
	const char *name;
	char letter;       /* 0: none */
	const char *value; /* NULL: a flag */
	const char *help;
};

extern const struct global_option global_options[];
extern const size_t num_global_options;

/* false, with what is wrong in complaint, translated. Views into argv, whose order
 * changes. */
bool arguments_read(struct arguments *out, int argc, char **argv, char complaint[256]);

/* The value of an option by its name; NULL if it was not given or the command has none.
 * A flag's is "". */
const char *arguments_option(const struct arguments *arguments, const char *name);
const struct argument_values *arguments_values(
	const struct arguments *arguments, const char *name);

/* 5, 90s, 5m, 2h, 1d in seconds; a bare number counts unit_s. */
bool arguments_duration(const char *text, uint64_t unit_s, uint64_t *seconds);

#endif
