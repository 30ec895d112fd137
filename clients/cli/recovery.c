/* New digits of an inbox's recovery key: shown, written down and repeated before anything
 * is sent, for with them the ones of before end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clients/cli/prompt.h"
#include "clients/cli/render.h"
#include "clients/cli/run.h"
#include "clients/cli/session.h"
#include "clients/cli/special.h"
#include "clients/cli/text.h"
#include "clients/cli/words.h"

#define GROUP 6

static void show_digits(struct cli *cli, const char *digits)
{
	if (cli->is_json) {
		cJSON *line = cJSON_CreateObject();

		(void)cJSON_AddStringToObject(line, "recovery", digits);
		cli_print_json(cli, line);
		cJSON_Delete(line);
	} else {
		render_recovery(cli->out, digits,
			_("With them the team can be made anew when nobody is left who "
			  "may change it: 'kring inbox recover'."));
	}
	(void)fflush(cli->out);
}

/* A slip is no reason to begin anew. */
static bool has_last_group(const char *digits)
{
	const char *last = digits + strlen(digits) - GROUP;

	do {
		char *line = prompt_line(_("Type the last group of six digits from the "
					   "paper, to be sure that you have them:"));
		bool is_same = line && strcmp(line, last) == 0;

		text_free_secret(line);
		if (is_same) {
			return true;
		}
	} while (!prompt_has_ended());
	return false;
}

static enum cli_exit add_digits(struct cli *cli, cJSON *request, const char *field)
{
	cJSON *make = cJSON_CreateObject();
	cJSON *made = NULL;
	enum cli_exit code;

	(void)cJSON_AddStringToObject(make, "do", "recovery_digits");
	code = session_do(cli, make, &made);
	if (!code) {
		const char *digits = cli_string(made, "recovery");

		show_digits(cli, digits);
		if (!cli->is_yes && !has_last_group(digits)) {
			cli_complain(cli, "not_confirmed",
				_("say --yes, or type what is asked for"));
			code = CLI_USAGE;
		}
		(void)cJSON_AddStringToObject(request, field, digits);
	}
	cJSON_Delete(made);
	return code;
}

enum cli_exit recovery_add_next(struct cli *cli, cJSON *request)
{
	return add_digits(cli, request, "next");
}

/* As long as the digits of before work, the core takes no newer ones: that is said before
 * anybody writes down some for nothing. */
static bool is_too_soon(struct cli *cli, const cJSON *request)
{
	cJSON *question = cJSON_CreateObject();
	const char *inbox = cli_string(request, "inbox");
	char text[200], when[32];
	double from;
	cJSON *answer;

	(void)cJSON_AddStringToObject(question, "ask", "inbox");
	if (*inbox) {
		(void)cJSON_AddStringToObject(question, "inbox", inbox);
	}
	answer = session_ask(cli, question);
	from = cli_number(answer, "recovery_from");
	cJSON_Delete(answer);
	if (from <= (double)time(NULL) * 1000) {
		return false;
	}
	(void)snprintf(text, sizeof(text),
		_("New digits were made not long ago. Use those; other ones can be made "
		  "from %s on."),
		words_time(when, sizeof(when), from));
	cli_explain(cli, "state", text);
	return true;
}

enum cli_exit recovery_add_new(struct cli *cli, cJSON *request)
{
	return is_too_soon(cli, request) ? CLI_REFUSED
					 : add_digits(cli, request, "recovery");
}
