/* Returning to a signal with the 20 digits alone. */
#include <stdlib.h>
#include <string.h>

#include "clients/cli/arguments.h"
#include "clients/cli/prompt.h"
#include "clients/cli/render.h"
#include "clients/cli/report.h"
#include "clients/cli/run.h"
#include "clients/cli/session.h"
#include "clients/cli/special.h"
#include "clients/cli/text.h"
#include "clients/cli/words.h"

static bool may(const cJSON *answer, const char *act)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, cJSON_GetObjectItem(answer, "acts"))
	{
		if (cJSON_IsString(item) && strcmp(item->valuestring, act) == 0) {
			return true;
		}
	}
	return false;
}

/* ---- Showing ---------------------------------------------------------------------- */

/* P7: nobody looked in time. */
static void show_not_opened(struct cli *cli, const cJSON *answer)
{
	const char *call = cli_string(answer, "call");
	char *harmless = text_harmless(*call ? call : "0800-2000", false);

	(void)fprintf(cli->out, _("Nobody has opened it in time. Call: %s\n"),
		harmless ? harmless : "");
	free(harmless);
}

static void show(struct cli *cli, const cJSON *answer)
{
	if (cli->is_json) {
		cli_print_json(cli, answer);
		return;
	}
	render_report(cli, answer);
	if (cli_is_true(answer, "not_opened")) {
		show_not_opened(cli, answer);
	}
	if (may(answer, "answer")) {
		(void)fprintf(cli->out, "%s\n",
			_("To say something more: kring return --answer"));
	}
	if (may(answer, "goes_on")) {
		(void)fprintf(
			cli->out, "%s\n", _("Does it go on? kring return --goes-on"));
	}
}

static bool show_news(struct cli *cli, const cJSON *tell)
{
	bool is_news = strcmp(cli_string(tell, "tell"), "case") == 0 ||
		strcmp(cli_string(tell, "tell"), "late") == 0;
	cJSON *answer = is_news ? session_ask_plain(cli, "case") : NULL;

	if (answer) {
		show(cli, answer);
	} else if (cli->is_json) {
		cli_print_json(cli, tell);
	}
	cJSON_Delete(answer);
	(void)fflush(cli->out);
	return !ferror(cli->out);
}

/* ---- Acting ----------------------------------------------------------------------- */

static const struct {
	const char *option;
	const char *command;
	const char *question;
	bool needs_text;
} acts[] = {
	{"answer", "answer", N_("What do you want to say?"), true},
	{"goes-on", "goes_on", N_("What is going on now? (may be empty)"), false},
	{"withdraw", "withdraw", N_("Do you want to say why? (may be empty)"), false},
};

static enum cli_exit act(struct cli *cli, size_t i)
{
	const char *urgency = arguments_option(cli->arguments, "urgency");
	cJSON *request = report_request(cli, acts[i].command, NULL);
	char *text = report_text(_(acts[i].question));

	if (text) {
		(void)cJSON_AddStringToObject(request, "text", text);
	} else if (acts[i].needs_text) {
		cJSON_Delete(request);
		cli_complain(cli, "no_terminal", _("TEXT"));
		return CLI_USAGE;
	}
	if (strcmp(acts[i].command, "goes_on") == 0) {
		(void)cJSON_AddStringToObject(
			request, "urgency", urgency ? urgency : "today");
	}
	text_free_secret(text);
	return session_do(cli, request, NULL);
}

/* What was asked for on the command line; the closing word counts as read once it is
 * shown. */
static enum cli_exit act_and_show(struct cli *cli, cJSON *state)
{
	bool acted = false;
	enum cli_exit code = CLI_DONE;

	show(cli, state);
	for (size_t i = 0; !code && i < sizeof(acts) / sizeof(acts[0]); i++) {
		if (arguments_option(cli->arguments, acts[i].option)) {
			code = act(cli, i);
			acted = true;
		}
	}
	if (!code && !acted && may(state, "seen")) {
		code = session_do(cli, report_request(cli, "seen", NULL), NULL);
	}
	if (!code && acted) {
		cJSON *now = session_ask_plain(cli, "case");

		show(cli, now);
		cJSON_Delete(now);
	}
	return code;
}

enum cli_exit run_return(struct cli *cli)
{
	char *url = report_url(cli, NULL);
	char *digits = url ? report_line(_("Your 20 digits:")) : NULL;
	cJSON *request, *state = NULL;
	enum cli_exit code;

	if (!digits) {
		if (url) {
			cli_complain(cli, "no_terminal", _("your 20 digits"));
		}
		free(url);
		return CLI_USAGE;
	}
	code = session_open_reporter(cli);
	if (!code) {
		request = report_request(cli, "return", url);
		(void)cJSON_AddStringToObject(request, "receipt", digits);
		code = session_do(cli, request, &state);
	}
	if (code == CLI_REFUSED) {
		cli_note(cli,
			_("Check the digits and the relay's address. Wrong digits and a "
			  "case "
			  "that is no more look the same."));
	}
	text_free_secret(digits);
	free(url);
	if (!code) {
		code = act_and_show(cli, state);
	}
	if (!code && arguments_option(cli->arguments, "follow")) {
		cli_note(cli, _("Waiting for what comes in. Ctrl-C ends it."));
		code = session_follow(cli, show_news);
	}
	cJSON_Delete(state);
	return code;
}
