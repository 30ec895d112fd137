/* kringctl(8): the operator's commands for a running kringd, over its Unix socket.
 *
 * The socket's protocol stands in server/net/control.h: a line of words, then `ok` or
 * `error <code> <sentence>`, then rows of a name and a value. */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#define DEFAULT_SOCKET "/run/kring/control"
#define DEFAULT_CONFIG "/etc/kring/kringd.conf"
#define LINE_BYTES     1024
#define ANSWER_MAX     ((size_t)1 << 20)

/* Exit codes; kringctl(8) lists them. */
#define EXIT_REFUSED     1  /* kringd answered with an error */
#define EXIT_USAGE       64 /* EX_USAGE: also when kringd says so */
#define EXIT_UNREACHABLE 69 /* EX_UNAVAILABLE: no kringd behind the socket */

static const char usage_text[] =
	"usage: kringctl [--socket PATH] [--json] COMMAND [ARGUMENT...]\n"
	"\n"
	"  status                         is it well, how many are there\n"
	"  statistics                     all counters\n"
	"  grant community|inbox [DAYS]   a code to found one with, once (7 days)\n"
	"  revoke CODE                    make a code worthless\n"
	"  block ACCOUNT                  end an account's connections, and refuse new "
	"ones\n"
	"  unblock ACCOUNT\n"
	"  backup NAME                    write a copy of the store below backup_dir\n"
	"  verify                         recompute every hash and index of the store\n"
	"  compact                        rewrite the store without what was deleted\n"
	"  retain                         delete what is older than the retention, now\n"
	"  reload                         read the configuration again\n"
	"  restore BACKUP [CONFIG]        make the store of a backup; kringd must not be "
	"running\n"
	"\n"
	"See kringctl(8).\n";

struct command_line {
	const char *socket;
	bool json;
	int num_words;
	char **words;
};

/* Everything that kringd answers, with a NUL; NULL if it cannot be had. */
static char *read_answer(int fd)
{
	char *text = malloc(ANSWER_MAX);
	size_t len = 0;
	ssize_t got = 1;

	while (text && got > 0 && len < ANSWER_MAX - 1) {
		got = read(fd, text + len, ANSWER_MAX - 1 - len);
		len += got > 0 ? (size_t)got : 0;
	}
	if (text && got == 0 && len) {
		text[len] = '\0';
		return text;
	}
	free(text);
	return NULL;
}

/* The words as one line; false if they do not fit or would make two of it. */
static bool join_words(char line[LINE_BYTES], const struct command_line *command)
{
	size_t len = 0;

	line[0] = '\0';
	for (int i = 0; i < command->num_words; i++) {
		const char *word = command->words[i];
		int printed = snprintf(
			line + len, LINE_BYTES - len, "%s%s", i ? " " : "", word);

		if (strpbrk(word, " \n") || printed < 0 ||
			(size_t)printed >= LINE_BYTES - len - 1) {
			return false;
		}
		len += (size_t)printed;
	}
	line[len] = '\n';
	line[len + 1] = '\0';
	return true;
}

static char *ask(const char *path, const char *line)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char *answer = NULL;
	int fd;

	if (strlen(path) >= sizeof(address.sun_path)) {
		return NULL;
	}
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		return NULL;
	}
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
		send(fd, line, strlen(line), MSG_NOSIGNAL) == (ssize_t)strlen(line)) {
		answer = read_answer(fd);
	}
	(void)close(fd);
	return answer;
}

/* ---- Printing ---------------------------------------------------------------------- */

static bool is_number(const char *value)
{
	size_t len = strspn(value, "0123456789");

	return len > 0 && len < 16 && value[len] == '\0' && (len == 1 || value[0] != '0');
}

static void add_value(cJSON *object, const char *name, const char *value)
{
	if (is_number(value)) {
		(void)cJSON_AddNumberToObject(object, name, strtod(value, NULL));
	} else {
		(void)cJSON_AddStringToObject(object, name, value);
	}
}

/* Splits "name rest of the line"; the value is "" if there is none. */
static const char *split(char *row)
{
	char *space = strchr(row, ' ');

	if (!space) {
		return "";
	}
	*space = '\0';
	return space + 1;
}

static void print_rows(char *rows, cJSON *object)
{
	char *save = NULL;

	for (char *row = strtok_r(rows, "\n", &save); row;
		row = strtok_r(NULL, "\n", &save)) {
		const char *value = split(row);

		if (object) {
			add_value(object, row, value);
		} else {
			(void)printf("%-18s %s\n", row, value);
		}
	}
}

/* Returns the exit code. */
static int print_answer(char *answer, bool json)
{
	char *rows = strchr(answer, '\n');
	cJSON *object = json ? cJSON_CreateObject() : NULL;
	bool ok = strncmp(answer, "ok", 2) == 0;
	int code = EXIT_SUCCESS;
	char *text;

	if (rows) {
		*rows++ = '\0';
	}
	if (object) {
		(void)cJSON_AddBoolToObject(object, "ok", ok);
	}
	if (!ok) {
		char *error = answer + (strncmp(answer, "error ", 6) == 0 ? 6 : 0);
		const char *sentence = split(error);

		code = strcmp(error, "usage") == 0 ? EXIT_USAGE : EXIT_REFUSED;
		if (object) {
			(void)cJSON_AddStringToObject(object, "error", error);
			(void)cJSON_AddStringToObject(object, "text", sentence);
		} else {
			(void)fprintf(stderr, "kringctl: %s: %s\n", error, sentence);
		}
	}
	if (rows) {
		print_rows(rows, object);
	}
	if (object) {
		text = cJSON_PrintUnformatted(object);
		(void)puts(text ? text : "{}");
		cJSON_free(text);
		cJSON_Delete(object);
	}
	return code;
}

/* ---- Restoring --------------------------------------------------------------------- */

/* Without a running kringd there is nobody to ask: the daemon's own binary does it, with
 * the daemon's own configuration, and refuses while another one has the store. */
static int restore(const struct command_line *command)
{
	const char *config = command->num_words == 3 ? command->words[2] : DEFAULT_CONFIG;
	const char *kringd = getenv("KRINGD");

	if (command->num_words < 2 || command->num_words > 3) {
		(void)fputs(usage_text, stderr);
		return EXIT_USAGE;
	}
	kringd = kringd ? kringd : "kringd";
	(void)execlp(kringd, kringd, "--config", config, "--restore", command->words[1],
		(char *)NULL);
	perror("kringctl: kringd cannot be started");
	return EXIT_UNREACHABLE;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"socket", required_argument, NULL, 's'},
		{"json", no_argument, NULL, 'j'},
		{"version", no_argument, NULL, 'v'},
		{"help", no_argument, NULL, 'h'},
		{NULL, 0, NULL, 0},
	};
	struct command_line command = {.socket = DEFAULT_SOCKET};
	char line[LINE_BYTES];
	char *answer;
	int option, code;

	while ((option = getopt_long(argc, argv, "+s:jh", options, NULL)) != -1) {
		switch (option) {
		case 's':
			command.socket = optarg;
			break;
		case 'j':
			command.json = true;
			break;
		case 'v':
			(void)printf("kringctl %s\n", KRING_VERSION);
			return EXIT_SUCCESS;
		default:
			(void)fputs(usage_text, option == 'h' ? stdout : stderr);
			return option == 'h' ? EXIT_SUCCESS : EXIT_USAGE;
		}
	}
	command.num_words = argc - optind;
	command.words = argv + optind;
	if (!command.num_words || !join_words(line, &command)) {
		(void)fputs(usage_text, stderr);
		return EXIT_USAGE;
	}
	if (strcmp(command.words[0], "restore") == 0) {
		return restore(&command);
	}
	answer = ask(command.socket, line);
	if (!answer) {
		(void)fprintf(stderr,
			"kringctl: no kringd answers at %s; is it running, and may you "
			"open it?\n",
			command.socket);
		return EXIT_UNREACHABLE;
	}
	code = print_answer(answer, command.json);
	free(answer);
	return code;
}
