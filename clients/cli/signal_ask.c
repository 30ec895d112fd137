/* A signal, one question at a time, as triage asks (CASES.md §4). 112 comes first. */
#include <stdlib.h>
#include <string.h>

#include "clients/cli/prompt.h"
#include "clients/cli/render.h"
#include "clients/cli/report.h"
#include "clients/cli/run.h"
#include "clients/cli/text.h"
#include "clients/cli/words.h"

#define CHOICES_MAX 16

/* One of a list by its words; NULL: left out. */
static const char *choose(enum words list, const char *question)
{
	const char *choices[CHOICES_MAX];
	size_t num = 0;
	int chosen;

	for (; num < CHOICES_MAX && words_name(list, num); num++) {
		choices[num] = words_of(list, words_name(list, num));
	}
	chosen = prompt_choice(question, choices, num);
	return chosen >= 0 ? words_name(list, (size_t)chosen) : NULL;
}

static void ask_choice(cJSON *signal, const char *field, enum words list,
	const char *question, const char *otherwise)
{
	const char *name = choose(list, question);

	name = name ? name : otherwise;
	if (name) {
		(void)cJSON_AddStringToObject(signal, field, name);
	}
}

static void add_line(cJSON *object, const char *field, const char *question)
{
	char *line = prompt_line(question);

	if (line && *line) {
		(void)cJSON_AddStringToObject(object, field, line);
	}
	text_free_secret(line);
}

static void add_text(cJSON *object, const char *field, const char *question)
{
	char *text = prompt_text(question);

	if (text && *text) {
		(void)cJSON_AddStringToObject(object, field, text);
	}
	text_free_secret(text);
}

/* ---- What kind -------------------------------------------------------------------- */

/* Honest words: what each means, and what happens with it. */
static const char *ask_kind(void)
{
	static const char *const kinds[] = {"advice", "anonymous", "named"};
	const char *const choices[] = {
		_("Advice: you ask a question. You need to name nobody."),
		_("Signal without your name: it is read and acted on. It is no official "
		  "report (melding), and nobody can call you back."),
		_("Report with your name (melding): the professional knows who you are. "
		  "The family need not be told."),
	};
	int chosen = prompt_choice(_("What do you want to send?"), choices, 3);

	return chosen >= 0 ? kinds[chosen] : NULL;
}

/* ---- The questions ---------------------------------------------------------------- */

static void ask_danger(cJSON *signal)
{
	const char *answer =
		choose(WORDS_ANSWER, _("Is somebody in danger at this moment?"));

	answer = answer ? answer : "unknown";
	(void)cJSON_AddStringToObject(signal, "danger_now", answer);
	if (strcmp(answer, "yes") == 0) {
		(void)fprintf(stderr, "\n%s\n\n",
			_("Call 112 first. This is not faster. You can go on after "
			  "that."));
		(void)cJSON_AddStringToObject(signal, "urgency", "danger_now");
		return;
	}
	ask_choice(signal, "urgency", WORDS_URGENCY, _("How soon must somebody look?"),
		"this_week");
}

static void ask_at_risk(cJSON *signal)
{
	cJSON *list = cJSON_AddArrayToObject(signal, "at_risk");
	const char *name;

	while (cJSON_GetArraySize(list) < 6 &&
		(name = choose(WORDS_AT_RISK,
			 _("Who is at risk? Give an empty line when that is all.")))) {
		(void)cJSON_AddItemToArray(list, cJSON_CreateString(name));
		if (strcmp(name, "unknown") == 0) {
			break;
		}
	}
}

static void ask_since(struct cli *cli, cJSON *signal)
{
	for (;;) {
		char *answer = prompt_line(
			_("Since when? A year, month or day: 2026, 2026-10, 2026-10-05. "
			  "Leave it empty if you do not know."));
		bool is_done = !answer || !*answer ||
			run_add_value(cli, signal, "since", VALUE_SINCE, answer) ==
				CLI_DONE;

		text_free_secret(answer);
		if (is_done) {
			return;
		}
	}
}

static void ask_address(cJSON *signal)
{
	add_line(signal, "street", _("In which street is it? (may be empty)"));
	add_line(signal, "number", _("Which number? (may be empty)"));
	add_line(signal, "postcode", _("Which postcode? (may be empty)"));
	add_line(signal, "town", _("In which town? (may be empty)"));
}

static cJSON *ask_identity(cJSON *draft, cJSON *signal, bool is_member)
{
	cJSON *identity = cJSON_AddObjectToObject(draft, "identity");

	add_line(identity, "name", _("Your name:"));
	add_line(identity, "contact", _("How can they reach you? (telephone or mail)"));
	if (cJSON_HasObjectItem(identity, "contact")) {
		add_line(signal, "reach_when", _("When is it safe to reach you?"));
	}
	if (is_member) {
		(void)cJSON_AddBoolToObject(draft, "verified",
			prompt_yes(
				_("Shall they see that you are a verified neighbour? "
				  "They learn which community you are in, too. (yes or "
				  "no)")));
	}
	(void)cJSON_AddBoolToObject(draft, "fallback_knows",
		prompt_yes(
			_("If nobody answers in time, another team steps in. May it know "
			  "your name, too? (yes or no)")));
	return identity;
}

/* ---- Checking --------------------------------------------------------------------- */

static bool check_answers(struct cli *cli, const cJSON *draft, const char *kind)
{
	struct cli to_stderr = *cli;

	to_stderr.out = stderr;
	(void)fprintf(stderr, "\n%s\n\n", _("Check your answers:"));
	render_signal(&to_stderr, cJSON_GetObjectItem(draft, "signal"));
	(void)fputc('\n', stderr);
	if (strcmp(kind, "named") != 0 &&
		!prompt_yes(
			_("Could these words show who you are? Think of what only you "
			  "can know. Is it good as it is? (yes or no)"))) {
		return false;
	}
	return prompt_yes(_("Send this to the professional? (yes or no)"));
}

cJSON *report_interview(struct cli *cli, const char *origin)
{
	const char *kind = ask_kind();
	cJSON *draft = cJSON_CreateObject();
	cJSON *signal = cJSON_AddObjectToObject(draft, "signal");
	bool has_contact;

	kind = kind ? kind : "advice";
	(void)cJSON_AddStringToObject(signal, "kind", kind);
	(void)cJSON_AddStringToObject(signal, "origin", origin);
	ask_danger(signal);
	ask_choice(signal, "category", WORDS_CATEGORY, _("What is it about?"), "other");
	ask_at_risk(signal);
	add_text(signal, "seen", _("What do you see or hear?"));
	ask_since(cli, signal);
	ask_choice(
		signal, "how_often", WORDS_OFTEN, _("How often does it happen?"), NULL);
	ask_choice(signal, "weapons", WORDS_ANSWER, _("Are there weapons?"), "unknown");
	ask_address(signal);
	add_text(signal, "who", _("Who lives there, as far as you know? (may be empty)"));
	add_text(signal, "tried", _("What was tried before? (may be empty)"));
	ask_choice(signal, "family_knows", WORDS_ANSWER,
		_("Does the family know that you tell this?"), "unknown");
	has_contact = strcmp(kind, "named") == 0 &&
		cJSON_HasObjectItem(
			ask_identity(draft, signal, strcmp(origin, "community") == 0),
			"contact");
	(void)cJSON_AddStringToObject(
		signal, "reach", has_contact ? "identity" : "receipt");
	if (!check_answers(cli, draft, kind)) {
		cJSON_Delete(draft);
		return NULL;
	}
	return draft;
}
