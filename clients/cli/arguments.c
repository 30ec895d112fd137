#include "clients/cli/arguments.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MS  30000
#define SECONDS_MAX ((uint64_t)10 * 366 * 86400)

enum global {
	GLOBAL_HELP = 256,
	GLOBAL_VERSION,
	GLOBAL_JSON,
	GLOBAL_KEYSTORE,
	GLOBAL_PROFILE,
	GLOBAL_PASSPHRASE_FILE,
	GLOBAL_PASSPHRASE_FD,
	GLOBAL_TIMEOUT,
	GLOBAL_OFFLINE,
	GLOBAL_CA,
	GLOBAL_COMMUNITY,
	GLOBAL_GROUP,
	GLOBAL_YES,
	GLOBAL_END,
};

/* In the order of enum global. */
const struct global_option global_options[] = {
	{"help", 'h', NULL, N_("say what a command does")},
	{"version", 0, NULL, N_("print the version")},
	{"json", 'j', NULL, N_("print the answer as JSON, for programs")},
	{"keystore", 'k', N_("DIRECTORY"), N_("where your keys and messages are kept")},
	{"profile", 'p', N_("NAME"), N_("another keystore, by a name of yours")},
	{"passphrase-file", 0, N_("FILE"), N_("read the passphrase from a file")},
	{"passphrase-fd", 0, N_("NUMBER"), N_("read the passphrase from an open file")},
	{"timeout", 't', N_("SECONDS"), N_("how long to wait for the relay (30)")},
	{"offline", 0, NULL, N_("do not connect")},
	{"ca", 0, N_("FILE"), N_("trust these certificates in place of the system's")},
	{"community", 'c', N_("COMMUNITY"),
		N_("which community: name, or start of its id")},
	{"group", 'g', N_("GROUP"), N_("which circle; without it the whole community")},
	{"yes", 'y', NULL, N_("do not ask whether it is meant")},
};
const size_t num_global_options = sizeof(global_options) / sizeof(global_options[0]);

_Static_assert(
	sizeof(global_options) / sizeof(global_options[0]) == GLOBAL_END - GLOBAL_HELP,
	"one row for each of enum global");

#define OPTIONS_MAX (GLOBAL_END - GLOBAL_HELP + COMMAND_OPTIONS_MAX)
#define ID_CHARS    43     /* 32 bytes in base64url */
#define NO_OPTION   '\001' /* in the place of an id's first character */

static bool read_number(const char *text, uint64_t max, uint64_t *out)
{
	char *end = NULL;

	errno = 0;
	*out = text[0] >= '0' && text[0] <= '9' ? strtoull(text, &end, 10) : 0;
	return end && *end == '\0' && errno == 0 && *out <= max;
}

bool arguments_duration(const char *text, uint64_t unit_s, uint64_t *seconds)
{
	static const struct {
		char letter;
		uint64_t seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 7 * 86400}};
	char *digits = strdup(text);
	size_t len = strlen(text);
	uint64_t n = 0;
	bool ok;

	if (!digits) {
		return false;
	}
	for (size_t i = 0; len && i < sizeof(units) / sizeof(units[0]); i++) {
		if (text[len - 1] == units[i].letter) {
			unit_s = units[i].seconds;
			digits[len - 1] = '\0';
		}
	}
	ok = read_number(digits, SECONDS_MAX / unit_s, &n);
	*seconds = ok ? n * unit_s : 0;
	free(digits);
	return ok;
}

static bool take_global(struct arguments *out, int option, const char *value)
{
	uint64_t n = 0;

	switch (option) {
	case GLOBAL_HELP:
		out->wants_help = true;
		return true;
	case GLOBAL_VERSION:
		out->wants_version = true;
		return true;
	case GLOBAL_JSON:
		out->is_json = true;
		return true;
	case GLOBAL_KEYSTORE:
		out->keystore = value;
		return *value != '\0';
	case GLOBAL_PROFILE:
		out->profile = value;
		return *value != '\0' && value[0] != '.' && !strchr(value, '/');
	case GLOBAL_PASSPHRASE_FILE:
		out->passphrase_file = value;
		return *value != '\0';
	case GLOBAL_PASSPHRASE_FD:
		out->passphrase_fd = read_number(value, 1 << 20, &n) ? (int)n : -1;
		return out->passphrase_fd >= 0;
	case GLOBAL_TIMEOUT:
		if (!arguments_duration(value, 1, &n) || n == 0) {
			return false;
		}
		out->timeout_ms = 1000 * n;
		return true;
	case GLOBAL_OFFLINE:
		out->is_offline = true;
		return true;
	case GLOBAL_CA:
		out->ca_file = value;
		return *value != '\0';
	case GLOBAL_COMMUNITY:
		out->community = value;
		return *value != '\0';
	case GLOBAL_GROUP:
		out->group = value;
		return *value != '\0';
	default: /* GLOBAL_YES */
		out->is_yes = true;
		return true;
	}
}

/* Long options: those of every command, and those of this one with its index from 0. */
static void fill_options(
	struct option *options, char *letters, const struct command *command)
{
	size_t n = 0, len = strlen(letters);

	for (size_t i = 0; i < num_global_options; i++) {
		const struct global_option *g = &global_options[i];

		options[n++] = (struct option){g->name,
			g->value ? required_argument : no_argument, NULL,
			GLOBAL_HELP + (int)i};
		if (g->letter) {
			letters[len++] = g->letter;
			if (g->value) {
				letters[len++] = ':';
			}
		}
	}
	letters[len] = '\0';
	for (size_t i = 0; command && i < command_num_options(command); i++) {
		options[n++] = (struct option){command->options[i].name,
			command->options[i].value ? required_argument : no_argument, NULL,
			(int)i};
	}
	options[n] = (struct option){0};
}

static int global_of_letter(int letter)
{
	for (size_t i = 0; i < num_global_options; i++) {
		if (letter && global_options[i].letter == letter) {
			return GLOBAL_HELP + (int)i;
		}
	}
	return letter;
}

static bool take_own(struct arguments *out, int option, const char *value)
{
	struct argument_values *values = &out->options[option];

	if (values->num == ARGUMENTS_VALUES_MAX ||
		(values->num && !out->command->options[option].is_repeatable)) {
		return false;
	}
	values->values[values->num++] = value ? value : "";
	return true;
}

/* What getopt_long could not read. Of a long one, optopt has the number or 0; of a letter
 * it is not known in which word that stands. */
static const char *name_of_fault(char letter[3], char **argv)
{
	if ((optopt >= 0 && optopt < COMMAND_OPTIONS_MAX) || optopt >= GLOBAL_HELP) {
		return argv[optind - 1];
	}
	(void)snprintf(letter, 3, "-%c", optopt > ' ' && optopt <= '~' ? optopt : '?');
	return letter;
}

static const char *name_of_option(const struct command *command, int option)
{
	return option < COMMAND_OPTIONS_MAX ? command->options[option].name
					    : global_options[option - GLOBAL_HELP].name;
}

/* One pass of getopt_long. Before the command is known it stops at the first word. */
static bool read_options(
	struct arguments *out, int argc, char **argv, char complaint[256])
{
	struct option options[OPTIONS_MAX + 1];
	char letters[2 * OPTIONS_MAX] = "+:";
	int option;

	if (out->command) {
		memcpy(letters, ":", 2);
	}
	fill_options(options, letters, out->command);
	optind = 0; /* GNU: start afresh */
	opterr = 0;
	while ((option = getopt_long(argc, argv, letters, options, NULL)) != -1) {
		char letter[3];
		bool ok;

		if (option == '?') {
			(void)snprintf(complaint, 256, _("there is no option %s"),
				name_of_fault(letter, argv));
			return false;
		}
		if (option == ':') {
			(void)snprintf(complaint, 256, _("%s needs a value"),
				name_of_fault(letter, argv));
			return false;
		}
		option = option < COMMAND_OPTIONS_MAX ? option : global_of_letter(option);
		ok = option < COMMAND_OPTIONS_MAX ? take_own(out, option, optarg)
						  : take_global(out, option, optarg);
		if (!ok) {
			(void)snprintf(complaint, 256,
				_("this does not fit, or stands there twice: --%s%s%s"),
				name_of_option(out->command, option), optarg ? " " : "",
				optarg ? optarg : "");
			return false;
		}
	}
	return true;
}

/* Enough words, and not too many; what is missing may be asked for later. */
static bool check_words(const struct arguments *out, char complaint[256])
{
	size_t num_params = command_num_params(out->command);
	bool is_many =
		num_params && command_is_many(&out->command->params[num_params - 1]);

	if ((size_t)out->num_words > num_params && !is_many) {
		(void)snprintf(complaint, 256, _("too many words, from \"%s\" on"),
			out->words[num_params]);
		return false;
	}
	return true;
}

/* An id, whole: one in 64 begins with "-", some with "--", and is no option for that. No
 * option is as long. */
static bool is_id(const char *word, char first)
{
	return word[0] == first && strlen(word) == ID_CHARS &&
		strspn(word + 1,
			"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			"0123456789-_") == ID_CHARS - 1;
}

static void exchange_first(int argc, char **argv, char from, char to)
{
	for (int i = 1; i < argc; i++) {
		if (is_id(argv[i], from)) {
			argv[i][0] = to;
		}
	}
}

static bool read_options_among_ids(
	struct arguments *out, int argc, char **argv, char complaint[256])
{
	bool ok;

	exchange_first(argc, argv, '-', NO_OPTION);
	ok = read_options(out, argc, argv, complaint);
	exchange_first(argc, argv, NO_OPTION, '-');
	return ok;
}

bool arguments_read(struct arguments *out, int argc, char **argv, char complaint[256])
{
	int num_taken = 0;
	int first;

	*out = (struct arguments){.passphrase_fd = -1, .timeout_ms = TIMEOUT_MS};
	complaint[0] = '\0';
	if (!read_options(out, argc, argv, complaint)) {
		return false;
	}
	first = optind;
	if (first >= argc) {
		return true;
	}
	out->command = command_find(argc - first, argv + first, &num_taken);
	if (!out->command) {
		(void)snprintf(
			complaint, 256, _("there is no command \"%s\""), argv[first]);
		return false;
	}
	/* The last word of the command's name stands where a program's name would. */
	first += num_taken - 1;
	if (!read_options_among_ids(out, argc - first, argv + first, complaint)) {
		return false;
	}
	out->num_words = argc - first - optind;
	out->words = argv + first + optind;
	return out->wants_help || check_words(out, complaint);
}

const struct argument_values *arguments_values(
	const struct arguments *arguments, const char *name)
{
	static const struct argument_values none;
	size_t num = arguments->command ? command_num_options(arguments->command) : 0;

	for (size_t i = 0; i < num; i++) {
		if (strcmp(arguments->command->options[i].name, name) == 0) {
			return &arguments->options[i];
		}
	}
	return &none;
}

const char *arguments_option(const struct arguments *arguments, const char *name)
{
	const struct argument_values *values = arguments_values(arguments, name);

	return values->num ? values->values[0] : NULL;
}
