/* kring(1): Kring for residents and coordinators, on the command line. */
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <kring/bytes.h>

#include "clients/cli/arguments.h"
#include "clients/cli/errors.h"
#include "clients/cli/help.h"
#include "clients/cli/run.h"
#include "clients/host/memory.h"

/* ---- Language --------------------------------------------------------------------- */

/* The language that the environment asks for, as gettext wants it: "nl_NL:nl". */
static const char *wanted_language(void)
{
	static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);

		if (value && *value) {
			return value;
		}
	}
	return "";
}

/* A system without the locale that is asked for (a container, say) can still speak the
 * language, and all that is read and printed is UTF-8. */
static void set_language(void)
{
	const char *directory = getenv("TEXTDOMAINDIR");
	bool is_utf8 =
		setlocale(LC_ALL, "") && strcmp(nl_langinfo(CODESET), "UTF-8") == 0;

	if (!is_utf8 && strcmp(wanted_language(), "C") != 0 &&
		strcmp(wanted_language(), "POSIX") != 0 && *wanted_language()) {
		char language[8] = "";

		(void)snprintf(language, sizeof(language), "%.*s",
			(int)strcspn(wanted_language(), "_.@"), wanted_language());
		(void)setlocale(LC_ALL, "C.UTF-8");
		(void)setenv("LANGUAGE", language, 0);
	} else if (!is_utf8) {
		(void)setlocale(LC_CTYPE, "C.UTF-8");
	}
	(void)bindtextdomain(
		"kring", directory && *directory ? directory : KRING_LOCALEDIR);
	(void)bind_textdomain_codeset("kring", "UTF-8");
	(void)textdomain("kring");
}

/* ---- The terminal ----------------------------------------------------------------- */

static size_t terminal_columns(void)
{
	struct winsize size = {0};

	if (!isatty(STDOUT_FILENO)) {
		return 0;
	}
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || size.ws_col == 0) {
		return 80;
	}
	return size.ws_col;
}

static bool wants_colour(void)
{
	const char *no_colour = getenv("NO_COLOR");
	const char *terminal = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no_colour && *no_colour) && terminal &&
		strcmp(terminal, "dumb") != 0;
}

/* ---- The keystore's place --------------------------------------------------------- */

static char *keystore_directory(const struct arguments *arguments)
{
	const char *data = getenv("XDG_DATA_HOME");
	const char *home = getenv("HOME");
	const char *profile = arguments->profile;
	char *directory = NULL;
	int printed;

	if (arguments->keystore) {
		return strdup(arguments->keystore);
	}
	if (data && data[0] == '/') {
		printed = asprintf(&directory, "%s/kring%s%s", data, profile ? "-" : "",
			profile ? profile : "");
	} else {
		printed = asprintf(&directory, "%s/.local/share/kring%s%s",
			home ? home : "", profile ? "-" : "", profile ? profile : "");
	}
	return printed < 0 ? NULL : directory;
}

/* cJSON holds links and codes on their way: they are wiped like all secrets. */
static void free_wiping(void *memory)
{
	if (memory) {
		kr_wipe(memory, malloc_usable_size(memory));
		free(memory);
	}
}

static enum cli_exit run(const struct arguments *arguments)
{
	struct cli cli = {
		.arguments = arguments,
		.keystore = keystore_directory(arguments),
		.ca_file = arguments->ca_file,
		.passphrase_file = arguments->passphrase_file,
		.passphrase_fd = arguments->passphrase_fd,
		.timeout_ms = arguments->timeout_ms,
		.is_offline = arguments->is_offline,
		.is_json = arguments->is_json,
		.is_yes = arguments->is_yes,
		.out = stdout,
		.columns = terminal_columns(),
		.has_colour = wants_colour(),
	};
	enum cli_exit code = CLI_KEYSTORE;

	if (!cli.keystore) {
		cli_complain(&cli, "memory", NULL);
	} else {
		code = run_command(&cli);
	}
	free(cli.community);
	free(cli.group);
	free(cli.only_case);
	free(cli.only_inbox);
	free(cli.keystore);
	return code;
}

/* A keystore that is opened in the place of a closed stream would have text written into
 * it. */
static bool fill_standard_streams(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	return close(fd) == 0;
}

int main(int argc, char **argv)
{
	cJSON_Hooks hooks = {.malloc_fn = malloc, .free_fn = free_wiping};
	struct arguments arguments;
	char complaint[256];
	enum cli_exit code;

	memory_protect_process();
	if (!fill_standard_streams()) {
		return CLI_KEYSTORE;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	cJSON_InitHooks(&hooks);
	set_language();
	if (!arguments_read(&arguments, argc, argv, complaint)) {
		struct cli cli = {.is_json = arguments.is_json, .out = stdout};

		cli_complain(&cli, "usage", complaint);
		return CLI_USAGE;
	}
	if (arguments.wants_version) {
		(void)printf("kring %s\n", KRING_VERSION);
		return CLI_DONE;
	}
	if (!arguments.command || arguments.wants_help) {
		size_t columns = terminal_columns();
		FILE *out = arguments.wants_help ? stdout : stderr;

		if (arguments.command) {
			help_print(out, columns, arguments.command);
		} else {
			help_print_all(out, columns);
		}
		return arguments.wants_help ? CLI_DONE : CLI_USAGE;
	}
	code = run(&arguments);
	if (fflush(stdout) != 0 && code == CLI_DONE) {
		code = CLI_REFUSED; /* the answer did not arrive: a full disk, say */
	}
	return code;
}
