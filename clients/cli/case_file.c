/* A case as one document: text as on the screen, HTML to print, or JSON by
 * case.schema.json. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clients/cli/arguments.h"
#include "clients/cli/files.h"
#include "clients/cli/html.h"
#include "clients/cli/render.h"
#include "clients/cli/resolve.h"
#include "clients/cli/run.h"
#include "clients/cli/session.h"
#include "clients/cli/special.h"
#include "clients/cli/text.h"
#include "clients/cli/words.h"

#define PAGE_COLUMNS 80

/* ---- HTML ------------------------------------------------------------------------- */

static void put_row(FILE *out, const char *label, const char *value)
{
	if (*value) {
		(void)fputs("<tr><th>", out);
		html_text(out, label);
		(void)fputs("</th><td>", out);
		html_text(out, value);
		(void)fputs("</td></tr>\n", out);
	}
}

static void put_time(FILE *out, const char *label, const cJSON *object, const char *name)
{
	char when[32];

	if (cli_number(object, name) > 0) {
		put_row(out, label,
			words_time(when, sizeof(when), cli_number(object, name)));
	}
}

static void put_heading(FILE *out, const char *title)
{
	(void)fputs("</table>\n<h2>", out);
	html_text(out, title);
	(void)fputs("</h2>\n<table>\n", out);
}

/* Words, or numbers; what is neither is not known. */
static void put_list(FILE *out, const char *label, const cJSON *list, enum words words)
{
	char *text = NULL;
	size_t len = 0;
	FILE *row = open_memstream(&text, &len);
	const char *between = "";
	const cJSON *item;

	if (!row) {
		return;
	}
	cJSON_ArrayForEach(item, list)
	{
		if (cJSON_IsNumber(item)) {
			(void)fprintf(row, "%s%d", between, item->valueint);
		} else {
			(void)fprintf(row, "%s%s", between,
				cJSON_IsString(item) ? words_of(words, item->valuestring)
						     : "?");
		}
		between = ", ";
	}
	(void)fclose(row);
	put_row(out, label, text);
	text_free_secret(text);
}

static void put_signal(FILE *out, const cJSON *signal)
{
	static const struct {
		const char *label;
		const char *name;
		enum words list;
	} rows[] = {
		{N_("What"), "category", WORDS_CATEGORY},
		{N_("How often"), "how_often", WORDS_OFTEN},
		{N_("Danger now"), "danger_now", WORDS_ANSWER},
		{N_("Weapons"), "weapons", WORDS_ANSWER},
		{N_("The family knows"), "family_knows", WORDS_ANSWER},
	};
	static const struct {
		const char *label;
		const char *name;
	} texts[] = {
		{N_("Seen or heard"), "seen"},
		{N_("Who lives there"), "who"},
		{N_("What was tried"), "tried"},
		{N_("When to reach"), "reach_when"},
		{N_("Language"), "language"},
	};

	const cJSON *since = cJSON_GetObjectItem(signal, "since");
	char excluded[RENDER_EXCLUDED_BYTES];
	char when[64];

	put_list(out, _("Who is at risk"), cJSON_GetObjectItem(signal, "at_risk"),
		WORDS_AT_RISK);
	put_list(out, _("Ages of the children"), cJSON_GetObjectItem(signal, "ages"),
		WORDS_AT_RISK);
	put_row(out, _("Since"),
		words_since(when, sizeof(when), cli_string(since, "precision"),
			cli_number(since, "time")));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		put_row(out, _(rows[i].label),
			words_of(rows[i].list, cli_string(signal, rows[i].name)));
	}
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		put_row(out, _(texts[i].label), cli_string(signal, texts[i].name));
	}
	put_row(out, _("Must not know"),
		render_excluded(excluded, sizeof(excluded), signal));
}

/* The inbox that an event is about, its urgency, the date that it promises. */
static void put_about(FILE *out, const cJSON *event)
{
	char when[32];

	if (strcmp(cli_string(event, "type"), "submitted") == 0) {
		return;
	}
	if (*cli_string(event, "inbox")) {
		(void)fputs(" → ", out);
		html_text(out, cli_string(event, "inbox"));
	}
	if (*cli_string(event, "urgency")) {
		(void)fputs(" → ", out);
		html_text(out, words_of(WORDS_URGENCY, cli_string(event, "urgency")));
	}
	if (cli_number(event, "date") > 0) {
		(void)fputs(" → ", out);
		html_text(out, words_time(when, sizeof(when), cli_number(event, "date")));
	}
}

/* One thing that was said: when and who in the first column, what in the second. */
static void put_said(FILE *out, const cJSON *said, const char *what)
{
	char when[32];
	const char *by = cli_string(said, "by");

	(void)fputs("<tr><th>", out);
	html_text(out, words_time(when, sizeof(when), cli_number(said, "time")));
	(void)fputs("<br>", out);
	html_text(out,
		strcmp(by, "reporter") == 0        ? _("the reporter")
			: strcmp(by, "relay") == 0 ? _("the relay")
						   : by);
	if (*cli_string(said, "author")) {
		(void)fputs(*by ? ", " : "", out);
		html_text(out, cli_string(said, "author"));
	}
	(void)fputs("</th><td><b>", out);
	html_text(out, what);
	if (*cli_string(said, "outcome")) {
		(void)fputs(": ", out);
		html_text(out, words_of(WORDS_OUTCOME, cli_string(said, "outcome")));
	}
	put_about(out, said);
	(void)fputs("</b><br>", out);
	html_text(out, cli_string(said, "text"));
	(void)fputs("</td></tr>\n", out);
}

static void put_note(struct cli *cli, FILE *out, const cJSON *note, const char *inbox)
{
	char *whom = *cli_string(note, "assigned")
		? render_colleague(cli, inbox, cli_string(note, "assigned"))
		: NULL;
	char *what = NULL;
	size_t len = 0;
	FILE *text = open_memstream(&what, &len);

	if (text) {
		if (whom) {
			(void)fprintf(text, _(" assigned the case → %s"), whom);
		}
		(void)fclose(text);
		put_said(out, note, what + strspn(what, " "));
	}
	free(whom);
	free(what);
}

static void write_html(struct cli *cli, FILE *out, const cJSON *answer)
{
	const cJSON *identity = cJSON_GetObjectItem(answer, "identity");
	const cJSON *item;

	(void)fprintf(out,
		"<!doctype html>\n<meta charset=\"utf-8\">\n<title>%s %.8s</title>\n"
		"<style>body{font:11pt sans-serif;max-width:45em;margin:2em auto}"
		"th{text-align:left;vertical-align:top;width:12em;font-weight:normal}"
		"td{white-space:pre-wrap}tr{break-inside:avoid}</style>\n"
		"<h1>%s %.8s</h1>\n<table>\n",
		_("Case"), cli_string(answer, "case"), _("Case"),
		cli_string(answer, "case"));
	put_row(out, _("Kind"), words_of(WORDS_SIGNAL_KIND, cli_string(answer, "kind")));
	put_row(out, _("State"), render_case_state(answer));
	put_row(out, _("Urgency"),
		words_of(WORDS_URGENCY, cli_string(answer, "urgency")));
	put_time(out, _("Due"), answer, "until");
	put_time(out, _("Kept until"), answer, "kept_until");
	put_row(out, _("Address"), cli_string(answer, "place"));
	cJSON_ArrayForEach(item, cJSON_GetObjectItem(answer, "parties"))
	{
		put_row(out, words_of(WORDS_PARTY, cli_string(item, "role")),
			cli_string(item, "name"));
	}
	cJSON_ArrayForEach(item, cJSON_GetObjectItem(answer, "earlier_signals"))
	{
		put_time(out, _("Earlier signal on this address"), item, "since");
	}
	put_row(out, _("Reporter"), cli_string(identity, "name"));
	put_row(out, _("How to reach"), cli_string(identity, "contact"));
	put_row(out, _("Sent by"),
		cli_is_true(answer, "verified") ? _("From a verified neighbour.")
						: _("Not from a verified neighbour."));
	put_heading(out, _("The signal"));
	put_signal(out, cJSON_GetObjectItem(answer, "signal"));
	put_heading(out, _("What was said and done"));
	cJSON_ArrayForEach(item, cJSON_GetObjectItem(answer, "timeline"))
	{
		put_said(out, item, words_of(WORDS_CASE_EVENT, cli_string(item, "type")));
	}
	put_heading(out, _("Notes of your team"));
	cJSON_ArrayForEach(item, cJSON_GetObjectItem(answer, "notes"))
	{
		put_note(cli, out, item, cli_string(answer, "inbox"));
	}
	(void)fputs("</table>\n", out);
}

/* ---- The others ------------------------------------------------------------------- */

static void write_text(struct cli *cli, FILE *out, const cJSON *answer)
{
	cJSON *document = cJSON_Duplicate(answer, true);
	struct cli page = *cli;

	page.out = out;
	page.columns = PAGE_COLUMNS;
	page.has_colour = false;
	cJSON_DeleteItemFromObject(
		document, "acts"); /* not of the case, but of who looks */
	(void)render_case(&page, document);
	cJSON_Delete(document);
}

static void write_json(FILE *out, const cJSON *answer)
{
	char *text = cJSON_Print(answer);

	(void)fprintf(out, "%s\n", text ? text : "");
	free(text);
}

static bool ends_with(const char *name, const char *ending)
{
	size_t len = strlen(name);
	size_t end = strlen(ending);

	return len > end && strcmp(name + len - end, ending) == 0;
}

static enum cli_exit write_file(struct cli *cli, const char *name, const cJSON *answer)
{
	FILE *out = files_create(name);

	if (!out) {
		cli_complain(cli, "file", name);
		return CLI_USAGE;
	}
	if (ends_with(name, ".html")) {
		write_html(cli, out, answer);
	} else if (ends_with(name, ".json")) {
		write_json(out, answer);
	} else {
		write_text(cli, out, answer);
	}
	if (ferror(out) | fclose(out)) {
		cli_complain(cli, "file", name);
		return CLI_USAGE;
	}
	return CLI_DONE;
}

static bool is_kind_of_file(const char *name)
{
	return ends_with(name, ".txt") || ends_with(name, ".html") ||
		ends_with(name, ".json");
}

static enum cli_exit save(struct cli *cli, const char *id, const char *name)
{
	cJSON *question = cJSON_CreateObject();
	enum cli_exit code;
	cJSON *answer;

	(void)cJSON_AddStringToObject(question, "ask", "case");
	(void)cJSON_AddStringToObject(question, "case", id);
	answer = session_ask(cli, question);
	code = cJSON_HasObjectItem(answer, "error") ? cli_complain_of(cli, answer)
						    : write_file(cli, name, answer);
	if (!code && cli->is_json) {
		cli_print_json(cli, answer);
	} else if (!code) {
		(void)fprintf(cli->out, "%s\n",
			_("Saved. Whoever has the file can read all of it."));
	}
	cJSON_Delete(answer);
	return code;
}

enum cli_exit run_case_save(struct cli *cli)
{
	char *word = NULL, *name = NULL, *id = NULL;
	enum cli_exit code = run_word(cli, 0, &word);

	if (!code) {
		code = run_word(cli, 1, &name);
	}
	if (!code && !is_kind_of_file(name)) {
		cli_complain(cli, "usage", name);
		code = CLI_USAGE;
	}
	if (!code) {
		code = run_begin(cli);
	}
	if (!code) {
		code = resolve_case(cli, word, &id);
	}
	if (!code) {
		code = save(cli, id, name);
	}
	free(word);
	free(name);
	free(id);
	return code;
}
