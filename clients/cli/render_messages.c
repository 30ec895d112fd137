#include "clients/cli/render.h"

#include <stdlib.h>
#include <string.h>

#include "clients/cli/text.h"
#include "clients/cli/words.h"

#define INDENT   6
#define ID_SHOWN 8

#define BOLD   "1"
#define DIM    "2"
#define YELLOW "33"
#define RED    "1;31"

static void paint(struct cli *cli, const char *colour, const char *text)
{
	if (cli->has_colour) {
		(void)fprintf(cli->out, "\033[%sm%s\033[0m", colour, text);
	} else {
		(void)fputs(text, cli->out);
	}
}

static void print_text(struct cli *cli, const char *text, size_t indent)
{
	char *harmless = text_harmless(text, true);

	if (harmless && *harmless) {
		text_wrap(cli->out, harmless, indent, cli->columns);
	}
	free(harmless);
}

/* "#12  Anna de Vries  22-11-2026 14:03  concern" */
static void print_heading(struct cli *cli, const cJSON *message, size_t indent)
{
	const char *kind = cli_string(message, "kind");
	const char *said = cli_string(message, "name");
	char *name = text_harmless(*said ? said : cli_string(message, "author"), false);
	const char *colour = strcmp(kind, "called_112") == 0 ? RED
		: strcmp(kind, "concern") == 0               ? YELLOW
							     : DIM;
	char number[32], when[32];

	(void)snprintf(number, sizeof(number), "#%.0f", cli_number(message, "seq"));
	(void)words_time(when, sizeof(when), cli_number(message, "time"));
	(void)fprintf(cli->out, "%*s", (int)indent, "");
	if (cli_is_true(message, "pending")) {
		paint(cli, DIM, _("(not sent yet)"));
	} else {
		paint(cli, DIM, number);
	}
	(void)fputs("  ", cli->out);
	/* Who has not said a name yet is shown by the beginning of the id. */
	if (name && !*said && strlen(name) > ID_SHOWN) {
		name[ID_SHOWN] = '\0';
	}
	paint(cli, BOLD, name ? name : "");
	if (cli_is_true(message, "me")) {
		(void)fprintf(cli->out, " %s", _("(you)"));
	}
	(void)fprintf(cli->out, "  %s  ", when);
	paint(cli, colour, words_of(WORDS_KIND, kind));
	if (cli_is_true(message, "edited")) {
		(void)fprintf(cli->out, "  %s", _("(changed)"));
	}
	(void)fputc('\n', cli->out);
	free(name);
}

/* What triage would ask first, in one line. */
static void print_facts(struct cli *cli, const cJSON *message, size_t indent)
{
	const cJSON *since = cJSON_GetObjectItem(message, "since");
	const char *how_often = cli_string(message, "how_often");
	const char *where = cli_string(message, "where");
	char when[64];
	char *line = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&line, &len);

	if (!out) {
		return;
	}
	(void)fputs(words_of(WORDS_CATEGORY, cli_string(message, "category")), out);
	if (*words_since(when, sizeof(when), cli_string(since, "precision"),
		    cli_number(since, "time"))) {
		(void)fprintf(out, _(" · since %s"), when);
	}
	if (*how_often && strcmp(how_often, "not_said") != 0) {
		(void)fprintf(out, " · %s", words_of(WORDS_OFTEN, how_often));
	}
	if (*where) {
		(void)fprintf(out, _(" · where: %s"), where);
	}
	(void)fclose(out);
	print_text(cli, line, indent);
	free(line);
}

/* "2 heard it too · 1 comment · 112 is called" */
static void print_counts(struct cli *cli, const cJSON *message, size_t indent)
{
	unsigned long heard = (unsigned long)cli_number(message, "corroborations");
	unsigned long comments = (unsigned long)cli_number(message, "comments");
	const char *between = "";

	if (!heard && !comments && cli_number(message, "called_112") < 1) {
		return;
	}
	(void)fprintf(cli->out, "%*s", (int)indent, "");
	if (heard) {
		(void)fprintf(cli->out,
			ngettext("%lu neighbour heard it too",
				"%lu neighbours heard it too", heard),
			heard);
		between = " · ";
	}
	if (comments) {
		(void)fputs(between, cli->out);
		(void)fprintf(cli->out, ngettext("%lu comment", "%lu comments", comments),
			comments);
		between = " · ";
	}
	if (cli_number(message, "called_112") >= 1) {
		(void)fputs(between, cli->out);
		paint(cli, RED, _("112 is called"));
	}
	(void)fputc('\n', cli->out);
}

void render_one(struct cli *cli, const cJSON *message, size_t indent)
{
	const char *kind = cli_string(message, "kind");
	size_t inside = indent + INDENT;

	print_heading(cli, message, indent);
	if (cJSON_HasObjectItem(message, "taken_down")) {
		(void)fprintf(cli->out, "%*s%s ", (int)inside, "",
			_("Taken down by a coordinator:"));
		print_text(cli, cli_string(message, "taken_down"), 0);
		return;
	}
	if (cli_is_true(message, "retracted")) {
		(void)fprintf(cli->out, "%*s%s\n", (int)inside, "",
			_("Retracted by who wrote it."));
		return;
	}
	if (strcmp(kind, "concern") == 0) {
		print_facts(cli, message, inside);
	}
	print_text(cli, cli_string(message, "text"), inside);
	print_counts(cli, message, inside);
}

enum cli_exit render_feed(struct cli *cli, const cJSON *answer)
{
	const cJSON *messages = cJSON_GetObjectItem(answer, "messages");
	const cJSON *message;

	cJSON_ArrayForEach(message, messages)
	{
		render_one(cli, message, 0);
	}
	if (cJSON_GetArraySize(messages) == 0) {
		(void)fprintf(cli->out, "%s\n", _("There are no messages."));
	}
	if (cli_is_true(answer, "more")) {
		(void)fprintf(cli->out, "%s\n",
			_("There is more: 'kring feed --before NUMBER' shows what came "
			  "before."));
	}
	return CLI_DONE;
}

enum cli_exit render_message(struct cli *cli, const cJSON *answer)
{
	/* The message is the answer itself, or a field of it. */
	const cJSON *message = cJSON_GetObjectItem(answer, "message");
	const cJSON *other;

	message = message ? message : answer;
	render_one(cli, message, 0);
	cJSON_ArrayForEach(other, cJSON_GetObjectItem(message, "earlier"))
	{
		(void)fprintf(
			cli->out, "%*s%s\n", INDENT, "", _("Before it was changed:"));
		print_text(cli,
			cJSON_IsString(other) ? other->valuestring
					      : cli_string(other, "text"),
			(size_t)2 * INDENT);
	}
	cJSON_ArrayForEach(other, cJSON_GetObjectItem(message, "thread"))
	{
		render_one(cli, other, INDENT);
	}
	return CLI_DONE;
}

enum cli_exit render_posted(struct cli *cli, const cJSON *answer)
{
	(void)fprintf(cli->out, _("Sent. It is number %.0f."), cli_number(answer, "seq"));
	(void)fputc('\n', cli->out);
	return CLI_DONE;
}
