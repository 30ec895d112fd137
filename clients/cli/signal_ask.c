/* A signal, one question at a time, as triage asks (CASES.md §4). 112 comes first.
 * Nothing that was typed is lost to a slip: what could not be sent is asked again at
 * once, and every answer can be changed before it goes. */
#include <stdlib.h>
#include <string.h>

#include <kring/cases.h>
#include <kring/codec.h>

#include "clients/cli/prompt.h"
#include "clients/cli/render.h"
#include "clients/cli/report.h"
#include "clients/cli/text.h"
#include "clients/cli/words.h"
#include "clients/machine/signal_json.h"

#define CHOICES_MAX KR_POLICY_INBOXES_MAX
#define FIELDS_MAX  5

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

/* ---- The questions: false if what was typed is no answer --------------------------- */

/* Honest words: what each means, and what happens with it. */
static bool ask_kind(cJSON *signal)
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

	(void)cJSON_AddStringToObject(signal, "kind", kinds[chosen >= 0 ? chosen : 0]);
	return true;
}

static bool ask_danger(cJSON *signal)
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
		return true;
	}
	ask_choice(signal, "urgency", WORDS_URGENCY, _("How soon must somebody look?"),
		"this_week");
	return true;
}

static bool ask_category(cJSON *signal)
{
	ask_choice(signal, "category", WORDS_CATEGORY, _("What is it about?"), "other");
	return true;
}

static bool has(const cJSON *list, const char *name)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, list)
	{
		if (strcmp(item->valuestring, name) == 0) {
			return true;
		}
	}
	return false;
}

static bool ask_at_risk(cJSON *signal)
{
	cJSON *list = cJSON_AddArrayToObject(signal, "at_risk");
	const char *name;

	while (!has(list, "unknown") &&
		(name = choose(WORDS_AT_RISK_TO_REPORTER,
			 _("Who is at risk? Give an empty line when that is all.")))) {
		if (!has(list, name)) {
			(void)cJSON_AddItemToArray(list, cJSON_CreateString(name));
		}
	}
	return true;
}

static bool has_child(const cJSON *signal)
{
	return has(cJSON_GetObjectItem(signal, "at_risk"), "child");
}

/* "4, 7 ?": years, and a question mark for a child whose age is not known. */
static bool ask_ages(cJSON *signal)
{
	char *line =
		prompt_line(_("How old are the children? For example: 4, 7, ? (may be "
			      "empty)"));
	cJSON *ages = cJSON_AddArrayToObject(signal, "ages");
	bool is_answer = true;
	char *rest = line;
	char *age;

	while (is_answer && rest && (age = strsep(&rest, ", "))) {
		char *end = age;
		long years = strtol(age, &end, 10);

		if (strcmp(age, "?") == 0) {
			(void)cJSON_AddItemToArray(ages, cJSON_CreateNull());
		} else if (*age) {
			is_answer = !*end;
			(void)cJSON_AddItemToArray(
				ages, cJSON_CreateNumber((double)years));
		}
	}
	text_free_secret(line);
	return is_answer;
}

static bool ask_seen(cJSON *signal)
{
	add_text(signal, "seen", _("What do you see or hear?"));
	return cJSON_HasObjectItem(signal, "seen");
}

static bool ask_since(cJSON *signal)
{
	char *answer = prompt_line(
		_("Since when? A year, month or day: 2026, 2026-10, 2026-10-05. "
		  "Leave it empty if you do not know."));
	uint64_t time_ms = 0;
	bool is_said = answer && *answer;
	const char *precision = is_said ? words_read_since(answer, &time_ms) : NULL;

	if (precision) {
		cJSON *since = cJSON_AddObjectToObject(signal, "since");

		(void)cJSON_AddStringToObject(since, "precision", precision);
		(void)cJSON_AddNumberToObject(since, "time", (double)time_ms);
	}
	text_free_secret(answer);
	return precision || !is_said;
}

static bool ask_how_often(cJSON *signal)
{
	ask_choice(
		signal, "how_often", WORDS_OFTEN, _("How often does it happen?"), NULL);
	return true;
}

static bool ask_weapons(cJSON *signal)
{
	ask_choice(signal, "weapons", WORDS_ANSWER, _("Are there weapons?"), "unknown");
	return true;
}

static bool ask_address(cJSON *signal)
{
	add_line(signal, "street", _("In which street is it? (may be empty)"));
	add_line(signal, "number", _("Which number? (may be empty)"));
	add_line(signal, "postcode", _("Which postcode? (may be empty)"));
	add_line(signal, "town", _("In which town? (may be empty)"));
	return true;
}

static bool ask_who(cJSON *signal)
{
	add_text(signal, "who", _("Who lives there, as far as you know? (may be empty)"));
	return true;
}

static bool ask_tried(cJSON *signal)
{
	add_text(signal, "tried", _("What was tried before? (may be empty)"));
	return true;
}

static bool ask_family(cJSON *signal)
{
	ask_choice(signal, "family_knows", WORDS_ANSWER,
		_("Does the family know that you tell this?"), "unknown");
	return true;
}

static bool is_named(const cJSON *signal)
{
	return strcmp(cli_string(signal, "kind"), "named") == 0;
}

static bool has_others(const cJSON *signal)
{
	return cJSON_GetArraySize(cJSON_GetObjectItem(signal, "others")) > 0;
}

static bool ask_excluded(cJSON *signal)
{
	const cJSON *others = cJSON_GetObjectItem(signal, "others");
	cJSON *list = cJSON_AddArrayToObject(signal, "excluded");
	const char *names[CHOICES_MAX];
	const cJSON *other;
	size_t num = 0;
	int chosen = 0;

	(void)fprintf(stderr, "%s\n",
		_("For example because you know somebody there. Kring does not give it "
		  "to these teams, not later either. Outside Kring somebody could "
		  "still speak of it."));
	cJSON_ArrayForEach(other, others)
	{
		names[num++] = cli_string(other, "name");
	}
	while (chosen >= 0 && cJSON_GetArraySize(list) < KR_SIGNAL_EXCLUDED_MAX) {
		chosen = prompt_choice(_("Who must not know of this? Give an empty line "
					 "when that is all."),
			names, num);
		other = cJSON_GetArrayItem(others, chosen);
		if (other && !has(list, cli_string(other, "inbox"))) {
			(void)cJSON_AddItemToArray(
				list, cJSON_CreateString(cli_string(other, "inbox")));
		}
	}
	return true;
}

/* Who gives none sends no report: that is said, and stands among the answers. */
static bool ask_name(cJSON *signal)
{
	add_line(signal, "name", _("Your name:"));
	if (!cJSON_HasObjectItem(signal, "name")) {
		(void)fprintf(stderr, "%s\n",
			_("Without a name it goes as a signal without your name."));
		cJSON_DeleteItemFromObject(signal, "kind");
		(void)cJSON_AddStringToObject(signal, "kind", "anonymous");
		return true;
	}
	add_line(signal, "contact", _("How can they reach you? (telephone or mail)"));
	if (cJSON_HasObjectItem(signal, "contact")) {
		add_line(signal, "reach_when", _("When is it safe to reach you?"));
	}
	if (strcmp(cli_string(signal, "origin"), "community") == 0) {
		(void)cJSON_AddBoolToObject(signal, "verified",
			prompt_yes(
				_("Shall they see that you are a verified neighbour? "
				  "They learn which community you are in, too. (yes or "
				  "no)")));
	}
	(void)cJSON_AddBoolToObject(signal, "fallback_knows",
		prompt_yes(
			_("If nobody answers in time, another team steps in. May it know "
			  "your name, too? (yes or no)")));
	return true;
}

static bool is_reached_by_receipt(const cJSON *signal)
{
	return !is_named(signal) || !cJSON_HasObjectItem(signal, "contact");
}

static bool ask_reach(cJSON *signal)
{
	const char *const choices[] = {_("yes, with my 20 digits"), _("no")};

	(void)cJSON_AddStringToObject(signal, "reach",
		prompt_choice(_("Do you come back to read the answer?"), choices, 2) == 1
			? "not"
			: "receipt");
	return true;
}

/* In this order. What is no part of a signal (name, contact, and who may know them; which
 * other inboxes there are) stands with the answers until the end. */
static const struct question {
	const char *label;
	const char *fields[FIELDS_MAX];
	bool (*applies)(const cJSON *signal); /* NULL: always */
	bool (*ask)(cJSON *signal);
	/* Said when it could not be sent as it was typed; NULL: it always can. */
	const char *wanted;
} questions[] = {
	{N_("Kind"), {"kind"}, NULL, ask_kind, NULL},
	{N_("Danger now, urgency"), {"danger_now", "urgency"}, NULL, ask_danger, NULL},
	{N_("What"), {"category"}, NULL, ask_category, NULL},
	{N_("Who is at risk"), {"at_risk"}, NULL, ask_at_risk, NULL},
	{N_("Ages of the children"), {"ages"}, has_child, ask_ages,
		N_("Give numbers, with a comma between them: at most 16.")},
	{N_("Seen or heard"), {"seen"}, NULL, ask_seen,
		N_("Something has to stand here, of at most 4,000 letters.")},
	{N_("Since"), {"since"}, NULL, ask_since,
		N_("Give a year, a month or a day, like 2026, 2026-10 or 2026-10-05.")},
	{N_("How often"), {"how_often"}, NULL, ask_how_often, NULL},
	{N_("Weapons"), {"weapons"}, NULL, ask_weapons, NULL},
	{N_("Address"), {"street", "number", "postcode", "town"}, NULL, ask_address,
		N_("That is no address. A number is like 12 or 12 b, a postcode like "
		   "1234 "
		   "AB. What you do not know may stay empty.")},
	{N_("Who lives there"), {"who"}, NULL, ask_who,
		N_("That is too long: at most 1,000 letters.")},
	{N_("What was tried"), {"tried"}, NULL, ask_tried,
		N_("That is too long: at most 1,000 letters.")},
	{N_("The family knows"), {"family_knows"}, NULL, ask_family, NULL},
	{N_("Must not know"), {"excluded"}, has_others, ask_excluded, NULL},
	{N_("Your name, and how to reach you"),
		{"name", "contact", "reach_when", "verified", "fallback_knows"}, is_named,
		ask_name, N_("That is too long: a name has at most 100 letters.")},
	{N_("Do you come back"), {"reach"}, is_reached_by_receipt, ask_reach, NULL},
};

#define NUM_QUESTIONS (sizeof(questions) / sizeof(questions[0]))

/* ---- Only what can be sent -------------------------------------------------------- */

static void move(cJSON *from, cJSON *to, const char *field)
{
	cJSON *value = cJSON_DetachItemFromObject(from, field);

	if (value) {
		(void)cJSON_AddItemToObject(to, field, value);
	}
}

/* Would the signal, with what is needed and was not asked yet, go as it is? */
static bool can_be_sent(const cJSON *signal)
{
	static const char *const needed[][2] = {{"kind", "advice"},
		{"urgency", "this_week"}, {"category", "other"}, {"seen", "-"},
		{"danger_now", "unknown"}, {"weapons", "unknown"},
		{"family_knows", "unknown"}, {"reach", "receipt"}};
	cJSON *probe = cJSON_Duplicate(signal, true);
	cJSON *identity = cJSON_CreateObject();
	struct signal_storage storage = {0};
	struct identity_storage identity_storage = {0};
	struct kr_signal read = {0};
	struct kr_identity who = {0};
	const char *fault = NULL;
	KR_AUTO_WRITER struct kr_writer w = {0};

	kr_writer_init(&w);
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		if (!cJSON_HasObjectItem(probe, needed[i][0])) {
			(void)cJSON_AddStringToObject(probe, needed[i][0], needed[i][1]);
		}
	}
	if (!cJSON_HasObjectItem(probe, "at_risk")) {
		(void)cJSON_AddArrayToObject(probe, "at_risk");
	}
	move(probe, identity, "name");
	move(probe, identity, "contact");
	cJSON_DeleteItemFromObject(probe, "others");
	cJSON_DeleteItemFromObject(probe, "verified");
	cJSON_DeleteItemFromObject(probe, "fallback_knows");
	kr_writer_fail(&w, signal_from_json(&read, &storage, probe, &fault));
	kr_writer_fail(&w, identity_from_json(&who, &identity_storage, identity, &fault));
	kr_signal_write(&w, &read);
	kr_identity_write(&w, &who);
	cJSON_Delete(probe);
	cJSON_Delete(identity);
	kr_wipe(&storage, sizeof(storage));
	return !w.err;
}

/* Until it could be sent, or nobody is there any more. */
static void ask(const struct question *question, cJSON *signal)
{
	for (;;) {
		bool is_answer;

		for (size_t i = 0; i < FIELDS_MAX && question->fields[i]; i++) {
			cJSON_DeleteItemFromObject(signal, question->fields[i]);
		}
		is_answer = question->ask(signal);
		if (prompt_has_ended() || !question->wanted ||
			(is_answer && can_be_sent(signal))) {
			return;
		}
		(void)fprintf(stderr, "%s\n", _(question->wanted));
	}
}

/* What the answers make necessary and was not asked, and nothing that they no longer
 * do. */
static void ask_the_rest(bool was_asked[NUM_QUESTIONS], cJSON *signal)
{
	for (size_t i = 0; i < NUM_QUESTIONS; i++) {
		const struct question *question = &questions[i];
		bool applies = !question->applies || question->applies(signal);

		if (applies && !was_asked[i]) {
			ask(question, signal);
		}
		for (size_t j = 0; !applies && j < FIELDS_MAX && question->fields[j];
			j++) {
			cJSON_DeleteItemFromObject(signal, question->fields[j]);
		}
		/* an answer may be that the question was none */
		was_asked[i] =
			applies && (!question->applies || question->applies(signal));
	}
}

/* ---- Checking --------------------------------------------------------------------- */

static void show(const char *label, const char *value)
{
	if (*value) {
		(void)fprintf(stderr, "%s: %s\n", label, value);
	}
}

static void show_excluded(const cJSON *signal)
{
	const cJSON *list = cJSON_GetObjectItem(signal, "excluded");
	const cJSON *other;

	cJSON_ArrayForEach(other, cJSON_GetObjectItem(signal, "others"))
	{
		if (has(list, cli_string(other, "inbox"))) {
			show(_("Must not know"), cli_string(other, "name"));
		}
	}
}

static void show_answers(struct cli *cli, const cJSON *signal)
{
	struct cli to_stderr = *cli;

	to_stderr.out = stderr;
	(void)fprintf(stderr, "\n%s\n\n", _("Check your answers:"));
	show(_("Kind"), words_of(WORDS_SIGNAL_KIND, cli_string(signal, "kind")));
	show(_("Urgency"), words_of(WORDS_URGENCY, cli_string(signal, "urgency")));
	show(_("Street"), cli_string(signal, "street"));
	show(_("Number"), cli_string(signal, "number"));
	show(_("Postcode"), cli_string(signal, "postcode"));
	show(_("Town"), cli_string(signal, "town"));
	render_signal(&to_stderr, signal, WORDS_AT_RISK_TO_REPORTER);
	show_excluded(signal);
	show(_("Your name"), cli_string(signal, "name"));
	show(_("How to reach you"), cli_string(signal, "contact"));
	(void)fputc('\n', stderr);
}

/* False: none. */
static bool change_one(bool was_asked[NUM_QUESTIONS], cJSON *signal)
{
	const char *labels[NUM_QUESTIONS];
	const struct question *asked[NUM_QUESTIONS];
	size_t num = 0;
	int chosen;

	for (size_t i = 0; i < NUM_QUESTIONS; i++) {
		if (was_asked[i]) {
			asked[num] = &questions[i];
			labels[num++] = _(questions[i].label);
		}
	}
	chosen = prompt_choice(
		_("What do you want to change? Give an empty line when it is right."),
		labels, num);
	if (chosen >= 0) {
		ask(asked[chosen], signal);
		ask_the_rest(was_asked, signal);
	}
	return chosen >= 0;
}

static bool check_answers(struct cli *cli, bool was_asked[NUM_QUESTIONS], cJSON *signal)
{
	bool is_right;

	do {
		show_answers(cli, signal);
		is_right = !change_one(was_asked, signal) &&
			(is_named(signal) ||
				prompt_yes(_("Could these words show who you are? Think "
					     "of what only you can know. Is it good as "
					     "it is? (yes or no)")));
	} while (!is_right && !prompt_has_ended());
	return is_right && prompt_yes(_("Send this to the professional? (yes or no)"));
}

cJSON *report_interview(struct cli *cli, const char *origin, const cJSON *others)
{
	cJSON *draft = cJSON_CreateObject();
	cJSON *signal = cJSON_AddObjectToObject(draft, "signal");
	bool was_asked[NUM_QUESTIONS] = {false};

	(void)cJSON_AddStringToObject(signal, "origin", origin);
	(void)cJSON_AddItemToObject(signal, "others", cJSON_Duplicate(others, true));
	ask_the_rest(was_asked, signal);
	if (prompt_has_ended() || !check_answers(cli, was_asked, signal)) {
		cJSON_Delete(draft);
		return NULL;
	}
	cJSON_DeleteItemFromObject(signal, "others");
	if (is_named(signal)) {
		cJSON *identity = cJSON_AddObjectToObject(draft, "identity");

		move(signal, identity, "name");
		move(signal, identity, "contact");
		move(signal, draft, "verified");
		move(signal, draft, "fallback_knows");
	}
	if (!cJSON_HasObjectItem(signal, "reach")) {
		(void)cJSON_AddStringToObject(signal, "reach", "identity");
	}
	return draft;
}
