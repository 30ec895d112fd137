#include "clients/cli/render.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <kring/content.h>
#include <kring/trust.h>

#include "clients/cli/command.h"
#include "clients/cli/session.h"
#include "clients/cli/text.h"
#include "clients/cli/words.h"

#define INDENT 6

/* "Label: value", if there is one. */
static void print_field(struct cli *cli, const char *label, const char *value)
{
	char *harmless = text_harmless(value, true);

	if (harmless && *harmless) {
		(void)fprintf(cli->out, "%s: ", label);
		text_wrap(cli->out, harmless, 0, cli->columns);
	}
	free(harmless);
}

static void print_clock(struct cli *cli, const cJSON *answer)
{
	char when[32];

	if (cli_number(answer, "until") > 0) {
		(void)words_time(when, sizeof(when), cli_number(answer, "until"));
		print_field(cli,
			cli_is_true(answer, "overdue") ? _("OVERDUE, again due")
						       : _("Due"),
			when);
	}
	if (cli_number(answer, "kept_until") > 0) {
		(void)words_time(when, sizeof(when), cli_number(answer, "kept_until"));
		print_field(cli,
			cli_is_true(answer, "word_unread")
				? _("Closing word not read yet; kept until")
				: _("Kept until"),
			when);
	}
}

/* ---- The signal ------------------------------------------------------------------- */

static void print_ages(struct cli *cli, const cJSON *ages)
{
	const cJSON *age;

	if (cJSON_GetArraySize(ages) == 0) {
		return;
	}
	(void)fprintf(cli->out, "%s:", _("Ages of the children"));
	cJSON_ArrayForEach(age, ages)
	{
		if (cJSON_IsNumber(age)) {
			(void)fprintf(cli->out, " %d", age->valueint);
		} else {
			(void)fprintf(cli->out, " ?");
		}
	}
	(void)fputc('\n', cli->out);
}

static void print_at_risk(struct cli *cli, const cJSON *list, enum words words)
{
	const cJSON *item;
	const char *between = "";

	if (cJSON_GetArraySize(list) == 0) {
		return;
	}
	(void)fprintf(cli->out, "%s: ", _("Who is at risk"));
	cJSON_ArrayForEach(item, list)
	{
		(void)fprintf(cli->out, "%s%s", between,
			words_of(words, cJSON_IsString(item) ? item->valuestring : ""));
		between = ", ";
	}
	(void)fputc('\n', cli->out);
}

void render_signal(struct cli *cli, const cJSON *signal, enum words at_risk)
{
	const cJSON *since = cJSON_GetObjectItem(signal, "since");
	char when[64];

	print_field(
		cli, _("What"), words_of(WORDS_CATEGORY, cli_string(signal, "category")));
	print_at_risk(cli, cJSON_GetObjectItem(signal, "at_risk"), at_risk);
	print_ages(cli, cJSON_GetObjectItem(signal, "ages"));
	print_field(cli, _("Since"),
		words_since(when, sizeof(when), cli_string(since, "precision"),
			cli_number(since, "time")));
	print_field(cli, _("How often"),
		words_of(WORDS_OFTEN, cli_string(signal, "how_often")));
	print_field(cli, _("Danger now"),
		words_of(WORDS_ANSWER, cli_string(signal, "danger_now")));
	print_field(
		cli, _("Weapons"), words_of(WORDS_ANSWER, cli_string(signal, "weapons")));
	print_field(cli, _("The family knows"),
		words_of(WORDS_ANSWER, cli_string(signal, "family_knows")));
	print_field(cli, _("Seen or heard"), cli_string(signal, "seen"));
	print_field(cli, _("Who lives there"), cli_string(signal, "who"));
	print_field(cli, _("What was tried"), cli_string(signal, "tried"));
	print_field(cli, _("When to reach"), cli_string(signal, "reach_when"));
	print_field(cli, _("Language"), cli_string(signal, "language"));
}

const char *render_excluded(char *out, size_t size, const cJSON *signal)
{
	int num = cJSON_GetArraySize(cJSON_GetObjectItem(signal, "excluded"));

	(void)snprintf(out, num > 0 ? size : 1,
		ngettext("%d team, says the reporter: Kring does not let you share it "
			 "there",
			"%d teams, says the reporter: Kring does not let you share it "
			"there",
			(unsigned long)num),
		num);
	return out;
}

/* In a list, the last event alone is there; a case may be closed without being opened. */
const char *render_case_state(const cJSON *answer)
{
	const char *state = cli_string(answer, "state");
	const char *last = cli_string(answer, "last");
	bool is_reopened =
		cli_is_true(answer, "opened") || strcmp(last, "reopened") == 0;
	bool is_withdrawn =
		cli_is_true(answer, "withdrawn") || strcmp(last, "withdrawn") == 0;
	const cJSON *event;

	cJSON_ArrayForEach(event, cJSON_GetObjectItem(answer, "timeline"))
	{
		const char *type = cli_string(event, "type");

		is_reopened |= strcmp(type, "reopened") == 0;
		is_withdrawn = strcmp(type, "withdrawn") == 0 ||
			(is_withdrawn && strcmp(type, "closed") != 0);
	}
	if (is_reopened && strcmp(state, "new") == 0) {
		state = "reopened";
	} else if (is_withdrawn && strcmp(state, "closed") == 0) {
		state = "withdrawn";
	}
	return words_of(WORDS_CASE_STATE, state);
}

/* ---- What was said ---------------------------------------------------------------- */

/* The inbox that it is about. A reporter's answer has its id beside its name. */
static void print_about(struct cli *cli, const cJSON *event)
{
	const char *name =
		cJSON_HasObjectItem(event, "inbox_name") ? "inbox_name" : "inbox";
	char *harmless = text_harmless(cli_string(event, name), false);

	if (harmless && *harmless &&
		strcmp(cli_string(event, "type"), "submitted") != 0) {
		(void)fprintf(cli->out, " → %s", harmless);
	}
	free(harmless);
}

/* reporter: what the one who reports is called. */
static void print_event(struct cli *cli, const cJSON *event, const char *reporter)
{
	const char *by = cli_string(event, "by");
	char *author = text_harmless(cli_string(event, "author"), false);
	char *name = text_harmless(by, false);
	char when[32];

	(void)words_time(when, sizeof(when), cli_number(event, "time"));
	(void)fprintf(cli->out, "%s  %s  %s", when,
		words_of(WORDS_CASE_EVENT, cli_string(event, "type")),
		strcmp(by, "reporter") == 0        ? reporter
			: strcmp(by, "relay") == 0 ? _("the relay")
			: name                     ? name
						   : "");
	if (author && *author) {
		(void)fprintf(cli->out, " (%s)", author);
	}
	print_about(cli, event);
	if (*cli_string(event, "outcome")) {
		(void)fprintf(cli->out, ": %s",
			words_of(WORDS_OUTCOME, cli_string(event, "outcome")));
	}
	if (cli_number(event, "date") > 0) {
		(void)words_time(when, sizeof(when), cli_number(event, "date"));
		(void)fprintf(cli->out, " → %s", when);
	}
	(void)fputc('\n', cli->out);
	free(author);
	free(name);
	name = text_harmless(cli_string(event, "text"), true);
	if (name && *name) {
		text_wrap(cli->out, name, INDENT, cli->columns);
	}
	free(name);
}

char *render_colleague(struct cli *cli, const char *inbox, const char *account)
{
	cJSON *question = cJSON_CreateObject();
	const cJSON *member;
	char *name = NULL;
	cJSON *answer;

	(void)cJSON_AddStringToObject(question, "ask", "inbox");
	(void)cJSON_AddStringToObject(question, "inbox", inbox);
	answer = session_ask(cli, question);
	cJSON_ArrayForEach(member, cJSON_GetObjectItem(answer, "team"))
	{
		if (!name && strcmp(cli_string(member, "account"), account) == 0) {
			name = text_harmless(cli_string(member, "name"), false);
		}
	}
	cJSON_Delete(answer);
	return name ? name : strdup(account);
}

static void print_notes(struct cli *cli, const char *inbox, const cJSON *notes)
{
	const cJSON *note;

	if (cJSON_GetArraySize(notes) > 0) {
		(void)fprintf(cli->out, "\n%s\n", _("Notes of your team"));
	}
	cJSON_ArrayForEach(note, notes)
	{
		char when[32];
		char *author = text_harmless(cli_string(note, "author"), false);
		char *text = text_harmless(cli_string(note, "text"), true);

		(void)words_time(when, sizeof(when), cli_number(note, "time"));
		(void)fprintf(cli->out, "%s  %s", when, author ? author : "");
		if (*cli_string(note, "assigned")) {
			char *whom = render_colleague(
				cli, inbox, cli_string(note, "assigned"));

			(void)fprintf(
				cli->out, _(" assigned the case → %s"), whom ? whom : "");
			free(whom);
		}
		(void)fputc('\n', cli->out);
		if (text && *text) {
			text_wrap(cli->out, text, INDENT, cli->columns);
		}
		free(author);
		free(text);
	}
}

static void print_earlier(struct cli *cli, const cJSON *earlier)
{
	int num = cJSON_GetArraySize(earlier);
	const cJSON *item;

	if (num == 0) {
		return;
	}
	(void)fprintf(cli->out,
		ngettext("%d earlier signal on this address:",
			"%d earlier signals on this address:", (unsigned long)num),
		num);
	cJSON_ArrayForEach(item, earlier)
	{
		char when[32];

		(void)words_time(when, sizeof(when), cli_number(item, "since"));
		(void)fprintf(cli->out, " %s (%.8s)", when, cli_string(item, "case"));
	}
	(void)fputc('\n', cli->out);
}

static void print_parties(struct cli *cli, const cJSON *parties)
{
	const cJSON *party;

	cJSON_ArrayForEach(party, parties)
	{
		print_field(cli, words_of(WORDS_PARTY, cli_string(party, "role")),
			cli_string(party, "name"));
	}
}

/* As it is typed after "kring case". */
static const char *word_of_act(const char *act)
{
	const struct command *command;

	for (size_t i = 0; (command = command_at(i)) != NULL; i++) {
		const char *request = command->request ? command->request : "";

		if (strncmp(command->name, "case ", 5) == 0 &&
			strncmp(request, "{\"do\":\"", 7) == 0 &&
			strncmp(request + 7, act, strlen(act)) == 0 &&
			request[7 + strlen(act)] == '"') {
			return command->name + 5;
		}
	}
	return act;
}

static void print_acts(struct cli *cli, const cJSON *acts)
{
	const cJSON *act;
	const char *between = "";

	if (cJSON_GetArraySize(acts) == 0) {
		return;
	}
	(void)fprintf(cli->out, "\n%s: kring case", _("You can"));
	cJSON_ArrayForEach(act, acts)
	{
		(void)fprintf(cli->out, "%s %s", between,
			word_of_act(cJSON_IsString(act) ? act->valuestring : ""));
		between = " |";
	}
	(void)fputc('\n', cli->out);
}

enum cli_exit render_case(struct cli *cli, const cJSON *answer)
{
	const cJSON *identity = cJSON_GetObjectItem(answer, "identity");
	const cJSON *signal = cJSON_GetObjectItem(answer, "signal");
	char excluded[RENDER_EXCLUDED_BYTES];
	const cJSON *event;

	print_earlier(cli, cJSON_GetObjectItem(answer, "earlier_signals"));
	print_field(cli, _("Case"), cli_string(answer, "case"));
	print_field(
		cli, _("Kind"), words_of(WORDS_SIGNAL_KIND, cli_string(answer, "kind")));
	print_field(cli, _("State"), render_case_state(answer));
	print_field(cli, _("Urgency"),
		words_of(WORDS_URGENCY, cli_string(answer, "urgency")));
	print_clock(cli, answer);
	print_field(cli, _("Address"), cli_string(answer, "place"));
	print_parties(cli, cJSON_GetObjectItem(answer, "parties"));
	print_field(cli, _("Reporter"), cli_string(identity, "name"));
	print_field(cli, _("How to reach"), cli_string(identity, "contact"));
	(void)fprintf(cli->out, "%s\n",
		cli_is_true(answer, "verified") ? _("From a verified neighbour.")
						: _("Not from a verified neighbour."));
	(void)fputc('\n', cli->out);
	render_signal(cli, signal, WORDS_AT_RISK);
	print_field(cli, _("Must not know"),
		render_excluded(excluded, sizeof(excluded), signal));
	(void)fputc('\n', cli->out);
	cJSON_ArrayForEach(event, cJSON_GetObjectItem(answer, "timeline"))
	{
		print_event(cli, event, _("the reporter"));
	}
	print_notes(
		cli, cli_string(answer, "inbox"), cJSON_GetObjectItem(answer, "notes"));
	print_acts(cli, cJSON_GetObjectItem(answer, "acts"));
	return CLI_DONE;
}

/* Nobody can tell here which of the two is wrong. */
static void print_clocks_differ(struct cli *cli, const cJSON *answer)
{
	char when[32];

	if (cJSON_HasObjectItem(answer, "clock_ahead") &&
		cli_number(answer, "until") > 0) {
		(void)words_time(when, sizeof(when),
			(double)time(NULL) * 1000 + cli_number(answer, "clock_ahead"));
		(void)fprintf(cli->out,
			_("The clock of this machine and that of the relay differ: "
			  "there it is %s now. Look at another clock. If that of the "
			  "relay is wrong, do not wait for it: call 0800-2000.\n"),
			when);
	}
}

void render_report(struct cli *cli, const cJSON *answer)
{
	const cJSON *event;

	print_field(cli, _("State"), render_case_state(answer));
	print_field(cli, _("Responsible"), cli_string(answer, "owner"));
	print_field(cli, _("Urgency"),
		words_of(WORDS_URGENCY, cli_string(answer, "urgency")));
	print_clock(cli, answer);
	print_clocks_differ(cli, answer);
	(void)fputc('\n', cli->out);
	cJSON_ArrayForEach(event, cJSON_GetObjectItem(answer, "timeline"))
	{
		print_event(cli, event, _("you"));
	}
}

/* ---- Inboxes ---------------------------------------------------------------------- */

static void print_digits(struct cli *cli, const cJSON *inbox)
{
	char until[32];
	char text[160];

	if (cJSON_HasObjectItem(inbox, "former_until")) {
		(void)words_time(until, sizeof(until), cli_number(inbox, "former_until"));
		(void)snprintf(text, sizeof(text),
			_("new ones; those of before work until %s"), until);
		print_field(cli, _("Recovery digits"), text);
	} else {
		print_field(cli, _("Recovery digits"),
			cli_is_true(inbox, "recovery")
				? _("on paper")
				: _("none: 'kring inbox recovery-key'"));
	}
}

/* Who steps in when nobody speaks in time. */
static void print_fallback(struct cli *cli, const cJSON *fallback)
{
	char text[KR_NAME_MAX + KR_FINGERPRINT_TEXT_BYTES + 8];
	const char *name = cli_string(fallback, "name");
	const char *fingerprint = cli_string(fallback, "fingerprint");

	(void)snprintf(text, sizeof(text), "%s%s%s%s", name, *name ? " (" : "",
		fingerprint, *name ? ")" : "");
	print_field(cli, _("Fallback"), fallback ? text : _("none"));
}

enum cli_exit render_inbox(struct cli *cli, const cJSON *answer)
{
	const cJSON *settings = cJSON_GetObjectItem(answer, "settings");
	const cJSON *member;
	char when[32];

	print_field(cli, _("Name"), cli_string(settings, "name"));
	print_field(cli, _("About"), cli_string(settings, "about"));
	print_field(cli, _("Call"), cli_string(settings, "call"));
	print_field(cli, _("Fingerprint"), cli_string(answer, "fingerprint"));
	print_field(cli, _("Link"), cli_string(answer, "link"));
	(void)words_time(when, sizeof(when), cli_number(answer, "expires"));
	print_field(cli, _("Valid until"), when);
	print_digits(cli, answer);
	render_settings(cli, settings);
	print_fallback(cli, cJSON_GetObjectItem(answer, "fallback"));
	cJSON_ArrayForEach(member, cJSON_GetObjectItem(answer, "team"))
	{
		print_field(cli,
			cli_is_true(member, "administrator") ? _("Administrator")
							     : _("Colleague"),
			cli_string(member, "name"));
	}
	return CLI_DONE;
}

enum cli_exit render_inbox_created(struct cli *cli, const cJSON *answer)
{
	print_field(cli, _("Inbox"), cli_string(answer, "inbox"));
	print_field(cli, _("Fingerprint"), cli_string(answer, "fingerprint"));
	render_recovery(stderr, cli_string(answer, "recovery"),
		_("With them the team can be made anew when nobody is left who may "
		  "change it: 'kring inbox recover'."));
	return CLI_DONE;
}
