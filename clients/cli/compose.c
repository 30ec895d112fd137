/* Writing a concern, one question at a time, and changing what was written. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clients/cli/arguments.h"
#include "clients/cli/help.h"
#include "clients/cli/prompt.h"
#include "clients/cli/render.h"
#include "clients/cli/resolve.h"
#include "clients/cli/run.h"
#include "clients/cli/session.h"
#include "clients/cli/special.h"
#include "clients/cli/text.h"
#include "clients/cli/words.h"

#define CHOICES_MAX 16

/* ---- The questions ---------------------------------------------------------------- */

/* One of a list; nothing is added if it is left out. */
static void ask_choice(
	cJSON *request, const char *field, enum words list, const char *question)
{
	const char *choices[CHOICES_MAX];
	size_t num = 0;
	int chosen;

	for (; num < CHOICES_MAX && words_name(list, num); num++) {
		choices[num] = words_of(list, words_name(list, num));
	}
	chosen = prompt_choice(question, choices, num);
	if (chosen >= 0) {
		(void)cJSON_AddStringToObject(
			request, field, words_name(list, (size_t)chosen));
	}
}

static void ask_since(struct cli *cli, cJSON *request)
{
	for (;;) {
		char *answer = prompt_line(
			_("Since when? A year, month or day: 2026, 2026-10, 2026-10-05. "
			  "Leave it empty if you do not know."));
		bool is_done = !answer || !*answer;

		if (!is_done) {
			is_done = run_add_value(cli, request, "since", VALUE_SINCE,
					  answer) == CLI_DONE;
		}
		free(answer);
		if (is_done) {
			return;
		}
	}
}

static void ask_where(cJSON *request)
{
	char *where =
		prompt_line(_("Where is it? Leave it empty if you do not want to say."));

	if (where && *where) {
		(void)cJSON_AddStringToObject(request, "where", where);
	}
	free(where);
}

/* What is about to be sent, as the neighbours will see it. */
static void show_draft(struct cli *cli, const cJSON *request)
{
	struct cli to_stderr = *cli;
	cJSON *draft = cJSON_Duplicate(request, true);

	to_stderr.out = stderr;
	(void)cJSON_AddBoolToObject(draft, "pending", true);
	(void)cJSON_AddBoolToObject(draft, "me", true);
	(void)fputc('\n', stderr);
	render_one(&to_stderr, draft, 0);
	(void)fputc('\n', stderr);
	cJSON_Delete(draft);
}

/* false: it is not to be sent. */
static bool interview(struct cli *cli, cJSON *request)
{
	char *text;

	ask_choice(request, "category", WORDS_CATEGORY, _("What is it about?"));
	ask_since(cli, request);
	ask_choice(request, "how_often", WORDS_OFTEN, _("How often does it happen?"));
	ask_where(request);
	text = prompt_text(_("What do you see or hear?"));
	if (!text || !*text) {
		free(text);
		return false;
	}
	(void)cJSON_AddStringToObject(request, "text", text);
	free(text);
	show_draft(cli, request);
	return prompt_yes(_("Send this to your neighbours? (yes or no)"));
}

/* ---- concern ---------------------------------------------------------------------- */

/* From words and options, without questions. */
static enum cli_exit fill_concern(struct cli *cli, cJSON *request)
{
	char *text = NULL;
	enum cli_exit code = run_add_options(cli, request);

	if (!code) {
		code = run_word(cli, 0, &text);
	}
	if (!code) {
		(void)cJSON_AddStringToObject(request, "text", text);
	}
	free(text);
	return code;
}

enum cli_exit run_concern(struct cli *cli)
{
	bool asks = cli->arguments->num_words == 0 && prompt_is_possible();
	cJSON *request = cJSON_Parse(cli->arguments->command->request);
	enum cli_exit code;

	if (!cli->is_json) {
		help_print_112(stderr);
	}
	code = run_begin(cli);
	if (!code && asks) {
		if (!interview(cli, request)) {
			cli_complain(cli, "not_confirmed", NULL);
			code = CLI_USAGE;
		}
	} else if (!code) {
		code = fill_concern(cli, request);
	}
	if (code) {
		cJSON_Delete(request);
		return code;
	}
	(void)cJSON_AddStringToObject(request, "group", cli->group);
	if (!cJSON_HasObjectItem(request, "category")) {
		(void)cJSON_AddStringToObject(request, "category", "other");
	}
	return run_request(cli, request);
}

/* ---- edit ------------------------------------------------------------------------- */

/* All fields of the message's kind as they were, but the text. */
static cJSON *edited(const cJSON *message, const char *text)
{
	static const char *const kept[] = {
		"kind", "category", "since", "how_often", "where", "ref"};
	cJSON *fields = cJSON_CreateObject();

	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		const cJSON *field = cJSON_GetObjectItem(message, kept[i]);

		if (field) {
			(void)cJSON_AddItemToObject(
				fields, kept[i], cJSON_Duplicate(field, true));
		}
	}
	(void)cJSON_AddStringToObject(fields, "text", text);
	return fields;
}

static cJSON *edit_request(const struct cli *cli, const cJSON *message, const char *text)
{
	cJSON *request = cJSON_CreateObject();
	cJSON *ref;

	(void)cJSON_AddStringToObject(request, "do", "post");
	(void)cJSON_AddStringToObject(request, "group", cli->group);
	(void)cJSON_AddStringToObject(request, "kind", "edit");
	ref = cJSON_AddObjectToObject(request, "ref");
	(void)cJSON_AddStringToObject(ref, "author", cli_string(message, "author"));
	(void)cJSON_AddStringToObject(ref, "event", cli_string(message, "event"));
	(void)cJSON_AddItemToObject(request, "kind_fields", edited(message, text));
	return request;
}

enum cli_exit run_edit(struct cli *cli)
{
	cJSON *message = NULL;
	char *number = NULL, *text = NULL;
	enum cli_exit code = run_word(cli, 0, &number);

	if (!code) {
		code = run_word(cli, 1, &text);
	}
	if (!code) {
		code = run_begin(cli);
	}
	if (!code) {
		code = resolve_own_message(cli, number, &message);
	}
	if (!code) {
		code = run_request(cli, edit_request(cli, message, text));
	}
	cJSON_Delete(message);
	free(number);
	free(text);
	return code;
}
