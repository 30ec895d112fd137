/* Returning to a signal with the 20 digits alone. */
#include <stdlib.h>
#include <string.h>

#include <kring/cases.h>

#include "clients/cli/arguments.h"
#include "clients/cli/files.h"
#include "clients/cli/prompt.h"
#include "clients/cli/render.h"
#include "clients/cli/report.h"
#include "clients/cli/resolve.h"
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
	if (prompt_is_possible()) {
		return; /* who is there is asked */
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

enum {
	TAKES_TEXT = 1, /* needed */
	MAY_TEXT = 2,
	TAKES_URGENCY = 4,
	TAKES_INBOX = 8,
};

static const struct act {
	const char *option;
	const char *command; /* as the answer's acts name it */
	const char *label;
	const char *question;
	const char *confirm;
	unsigned takes;
} acts[] = {
	{"answer", "answer", N_("Say something more"), N_("What do you want to say?"),
		NULL, TAKES_TEXT},
	{"worse", "worse", N_("It is getting worse"),
		N_("What is worse now? (may be empty)"), NULL, MAY_TEXT | TAKES_URGENCY},
	{"goes-on", "goes_on", N_("It goes on"),
		N_("What is going on now? (may be empty)"), NULL,
		MAY_TEXT | TAKES_URGENCY},
	{"consent", "consent", N_("Another team may know who I am"), NULL,
		N_("Who knows your name now may tell it to this team. That cannot be "
		   "taken "
		   "back. Are you sure?"),
		TAKES_INBOX},
	{"withdraw", "withdraw", N_("Take the signal back"),
		N_("Do you want to say why? (may be empty)"), NULL, MAY_TEXT},
	{"erase", "erase", N_("Erase the signal: nobody has opened it"), NULL,
		N_("Erase it for ever, for everybody? The digits are worth nothing "
		   "then."),
		0},
};

#define NUM_ACTS (sizeof(acts) / sizeof(acts[0]))

/* Another team than those that know already, or were told that they may. */
static const cJSON *choose_party(const cJSON *state)
{
	char unnamed[16][128]; /* by what it does, and the start of its id */
	const char *choices[16];
	const cJSON *found[16];
	const cJSON *party;
	size_t num = 0;
	int chosen;

	cJSON_ArrayForEach(party, cJSON_GetObjectItem(state, "parties"))
	{
		if (num < sizeof(found) / sizeof(found[0]) &&
			!cli_is_true(party, "consented")) {
			(void)snprintf(unnamed[num], sizeof(unnamed[num]), "%s (%.8s)",
				words_of(WORDS_PARTY, cli_string(party, "role")),
				cli_string(party, "inbox"));
			found[num] = party;
			choices[num] = *cli_string(party, "name")
				? cli_string(party, "name")
				: unnamed[num];
			num++;
		}
	}
	chosen = num > 0
		? prompt_choice(_("Which team may know who you are?"), choices, num)
		: -1;
	return chosen >= 0 ? found[chosen] : NULL;
}

static enum cli_exit add_inbox(
	const struct cli *cli, cJSON *request, const cJSON *state, const char *word)
{
	const cJSON *parties = cJSON_GetObjectItem(state, "parties");
	const cJSON *party = word && *word
		? resolve_item(cli, parties, "inbox", word, RESOLVE_NAME_BEGINS)
		: choose_party(state);

	if (!party) {
		if (!word || !*word) {
			cli_complain(cli, "no_terminal", "--consent");
		}
		return word && *word ? CLI_REFUSED : CLI_USAGE;
	}
	(void)cJSON_AddStringToObject(request, "inbox", cli_string(party, "inbox"));
	return CLI_DONE;
}

/* By its words or name; today if nobody says. Only those above a limit are offered. */
static enum cli_exit add_urgency(struct cli *cli, cJSON *request, const char *limit)
{
	const char *given = arguments_option(cli->arguments, "urgency");
	const char *choices[4];
	int chosen = -1;
	size_t num = 0;

	if (given) {
		return run_add_value(cli, request, "urgency", VALUE_URGENCY, given);
	}
	for (; num < 4 && strcmp(words_name(WORDS_URGENCY, num), limit) != 0; num++) {
		choices[num] = words_of(WORDS_URGENCY, words_name(WORDS_URGENCY, num));
	}
	if (prompt_is_possible()) {
		chosen = prompt_choice(_("How soon must somebody look?"), choices, num);
	}
	(void)cJSON_AddStringToObject(request, "urgency",
		chosen >= 0 ? words_name(WORDS_URGENCY, (size_t)chosen) : "today");
	return CLI_DONE;
}

static enum cli_exit add_text(struct cli *cli, cJSON *request, const struct act *act)
{
	char *text = report_text(_(act->question));

	if (text) {
		(void)cJSON_AddStringToObject(request, "text", text);
	} else if (act->takes & TAKES_TEXT) {
		cli_complain(cli, "no_terminal", _("TEXT"));
		return CLI_USAGE;
	}
	text_free_secret(text);
	return CLI_DONE;
}

/* value: of its option; NULL: it was chosen from the menu. */
static enum cli_exit do_act(
	struct cli *cli, const struct act *act, const char *value, const cJSON *state)
{
	cJSON *request = report_request(cli, act->command, NULL);
	enum cli_exit code = CLI_DONE;

	if (act->takes & TAKES_INBOX) {
		code = add_inbox(cli, request, state, value);
	}
	if (!code && (act->takes & TAKES_URGENCY)) {
		code = add_urgency(cli, request,
			strcmp(act->command, "worse") == 0 ? cli_string(state, "urgency")
							   : "");
	}
	if (!code && (act->takes & (TAKES_TEXT | MAY_TEXT))) {
		code = add_text(cli, request, act);
	}
	if (!code && act->confirm && !cli->is_yes && !prompt_yes(_(act->confirm))) {
		cli_complain(cli, "not_confirmed", _("say --yes, or answer yes"));
		code = CLI_USAGE;
	}
	if (code) {
		cJSON_Delete(request);
		return code;
	}
	code = session_do(cli, request, NULL);
	if (code == CLI_REFUSED && strcmp(act->command, "erase") == 0) {
		cli_note(cli,
			_("Once a team has opened it, that team erases it: take the "
			  "signal back (--withdraw) or wait for the closing word, and "
			  "ask them."));
	}
	return code;
}

/* ---- The relay's promise ---------------------------------------------------------- */

/* Held against the case as the relay shows it now. */
static enum cli_exit check_arrival(struct cli *cli, const char *file)
{
	cJSON *request, *answer = NULL;
	char *arrival = files_read(file);
	enum cli_exit code;

	if (!arrival) {
		cli_complain(cli, "file", file);
		return CLI_USAGE;
	}
	request = report_request(cli, "check", NULL);
	(void)cJSON_AddStringToObject(request, "arrival", arrival);
	text_free_secret(arrival);
	code = session_do(cli, request, &answer);
	if (!code && !cli_is_true(answer, "held")) {
		code = CLI_ALARM;
	}
	if (answer && cli->is_json) {
		cli_print_json(cli, answer);
	} else if (answer) {
		(void)fprintf(cli->out, "%s\n",
			!code ? _("The relay has kept its promise.")
			      : _("The relay has NOT kept its promise. Keep the file: "
				  "it proves so. Call those it was for, or 0800-2000."));
	}
	cJSON_Delete(answer);
	return code;
}

/* ---- All of it -------------------------------------------------------------------- */

/* On a terminal, when no option says what to do. NULL: nothing. */
static const struct act *choose_act(const cJSON *state)
{
	const char *choices[NUM_ACTS];
	const struct act *possible[NUM_ACTS];
	size_t num = 0;
	int chosen;

	for (size_t i = 0; i < NUM_ACTS; i++) {
		if (may(state, acts[i].command)) {
			choices[num] = _(acts[i].label);
			possible[num++] = &acts[i];
		}
	}
	if (num == 0) {
		return NULL;
	}
	(void)fputc('\n', stderr);
	chosen = prompt_choice(
		_("What do you want to do? Leave it empty to do nothing."), choices, num);
	return chosen >= 0 ? possible[chosen] : NULL;
}

/* What the options say, in the order of the table. */
static enum cli_exit do_options(struct cli *cli, const cJSON *state, bool *acted)
{
	enum cli_exit code = CLI_DONE;

	for (size_t i = 0; !code && i < NUM_ACTS; i++) {
		const char *value = arguments_option(cli->arguments, acts[i].option);

		if (value) {
			*acted = true;
			code = do_act(cli, &acts[i], value, state);
		}
	}
	return code;
}

/* The closing word counts as read once it is shown, whatever is done then. */
static enum cli_exit act_and_show(struct cli *cli, cJSON *state)
{
	const char *arrival = arguments_option(cli->arguments, "check");
	bool asks = !cli->is_json && !arrival && prompt_is_possible() &&
		!arguments_option(cli->arguments, "follow");
	bool acted = false;
	const struct act *act;
	enum cli_exit code = CLI_DONE;
	cJSON *now;

	show(cli, state);
	if (arrival) {
		code = check_arrival(cli, arrival);
	}
	if (!code && may(state, "seen")) {
		code = session_do(cli, report_request(cli, "seen", NULL), NULL);
	}
	if (!code) {
		code = do_options(cli, state, &acted);
	}
	if (!code && !acted && asks && (act = choose_act(state))) {
		acted = true;
		code = do_act(cli, act, NULL, state);
	}
	if (!code && acted) {
		now = session_ask_plain(cli, "case");
		show(cli, now);
		cJSON_Delete(now);
	}
	return code;
}

static size_t num_digits(const char *text)
{
	size_t num = 0;

	for (; *text; text++) {
		num += *text >= '0' && *text <= '9';
	}
	return num;
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
	if (num_digits(digits) != KR_RECEIPT_DIGITS) {
		cli_explain(cli, "check_digit",
			_("A return code has 20 digits. Read them again, group by "
			  "group."));
		text_free_secret(digits);
		free(url);
		return CLI_REFUSED;
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
