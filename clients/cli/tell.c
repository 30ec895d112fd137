#include "clients/cli/tell.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clients/cli/errors.h"
#include "clients/cli/text.h"
#include "clients/cli/words.h"

static void print_harmless(FILE *out, const char *text)
{
	char *harmless = text_harmless(text, false);

	(void)fputs(harmless ? harmless : "", out);
	free(harmless);
}

static void print_alarm(FILE *out, const cJSON *tell)
{
	/* Its entry stands in the tell itself or in a field of it. */
	const cJSON *entry = cJSON_GetObjectItem(tell, "alarm");

	entry = cJSON_IsObject(entry) ? entry : tell;
	(void)fprintf(
		out, _("ALARM: %s"), words_of(WORDS_ALARM, cli_string(entry, "name")));
}

static void print_failed(FILE *out, const cJSON *tell)
{
	(void)fprintf(out, _("Not sent (%s): "), cli_string(tell, "op"));
	(void)fputs(errors_words(cli_string(tell, "error")), out);
}

static void print_reason(FILE *out, const char *words, const cJSON *tell)
{
	(void)fputs(words, out);
	if (*cli_string(tell, "reason")) {
		(void)fputc(' ', out);
		print_harmless(out, cli_string(tell, "reason"));
	}
}

static void print_connection(FILE *out, const cJSON *tell)
{
	(void)fputs(words_of(WORDS_CONNECTION, cli_string(tell, "state")), out);
}

bool tell_print(FILE *out, const cJSON *tell)
{
	const char *what = cli_string(tell, "tell");

	if (strcmp(what, "alarm") == 0) {
		print_alarm(out, tell);
	} else if (strcmp(what, "failed") == 0) {
		print_failed(out, tell);
	} else if (strcmp(what, "admitted") == 0) {
		(void)fputs(_("You were admitted to the community."), out);
	} else if (strcmp(what, "refused") == 0) {
		print_reason(out, _("Your request to join was refused."), tell);
	} else if (strcmp(what, "removed") == 0) {
		print_reason(out, _("You were removed."), tell);
	} else if (strcmp(what, "moderated") == 0) {
		print_reason(out, _("A message of yours was taken down."), tell);
	} else if (strcmp(what, "case") == 0) {
		(void)fprintf(out, _("Case %.8s: %s"), cli_string(tell, "case"),
			words_of(WORDS_CASE_EVENT, cli_string(tell, "type")));
	} else if (strcmp(what, "late") == 0) {
		(void)fprintf(out, _("Case %.8s is overdue."), cli_string(tell, "case"));
	} else if (strcmp(what, "connection") == 0) {
		print_connection(out, tell);
	} else {
		return false;
	}
	return true;
}

static void show_progress(const cJSON *tell)
{
	if (isatty(STDERR_FILENO)) {
		(void)fputc('\r', stderr);
		(void)fprintf(stderr, _("%s: %.0f of %.0f"), cli_string(tell, "what"),
			cli_number(tell, "done"), cli_number(tell, "total"));
	}
}

void tell_end_progress(const struct cli *cli)
{
	if (!cli->is_json && isatty(STDERR_FILENO)) {
		(void)fputs("\r\033[K", stderr);
	}
}

void tell_note(const struct cli *cli, const cJSON *tell)
{
	const char *what = cli_string(tell, "tell");

	if (cli->is_json || strcmp(what, "connection") == 0 ||
		strcmp(what, "case") == 0 || strcmp(what, "late") == 0) {
		return;
	}
	if (strcmp(what, "progress") == 0) {
		show_progress(tell);
	} else if (tell_print(stderr, tell)) {
		(void)fputc('\n', stderr);
	}
}
