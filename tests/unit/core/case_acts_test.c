/* P6: every act on a case by every party in every state: what is shown as possible is,
 * and what is not is refused and changes nothing. And what is wrong with a command, by
 * field. */
#include <stdio.h>
#include <string.h>

#include "test.h"
#include "tests/unit/core/office.h"

/* ---- States -------------------------------------------------------------------- */

static void ok(const char *code)
{
	assert_string_equal(code, "ok");
}

static void is_new(struct office *o)
{
	(void)o;
}

static void is_open(struct office *o)
{
	ok(office_act(o, o->wim, "acknowledge", "\"text\":\"Gelezen.\""));
}

static void is_offered(struct office *o)
{
	is_open(o);
	ok(office_act(o, o->wim, "hand_over", "\"to\":\"%s\",\"text\":\"Voor jullie?\"",
		o->desks[TEAM].link));
}

static void is_consulted(struct office *o)
{
	is_open(o);
	ok(office_act(o, o->wim, "consult", "\"to\":\"%s\",\"text\":\"Wat nu?\"",
		o->desks[TEAM].link));
}

static void is_invited(struct office *o)
{
	is_open(o);
	ok(office_act(o, o->wim, "invite_inbox", "\"to\":\"%s\",\"text\":\"Doe je mee?\"",
		o->desks[TEAM].link));
}

static void is_joined(struct office *o)
{
	is_invited(o);
	ok(office_act(o, o->tom, "accept", "\"text\":\"Ja.\""));
}

static void is_parted(struct office *o)
{
	is_joined(o);
	ok(office_act(o, o->tom, "part", "\"text\":\"Klaar.\""));
}

static void is_overdue(struct office *o)
{
	world_pass(&o->world, UINT64_C(9) * 3600 * 1000);
	assert_string_equal(office_shows(o, o->fatma, "role"), "joined");
}

static void is_handed_over(struct office *o)
{
	is_offered(o);
	ok(office_act(o, o->tom, "accept", "\"text\":\"Wij nemen het over.\""));
}

static void is_closed(struct office *o)
{
	is_open(o);
	ok(office_act(o, o->wim, "close",
		"\"outcome\":\"help_started\",\"text\":\"Er is hulp.\""));
}

static void is_read(struct office *o)
{
	is_closed(o);
	ok(neighbour_act(&o->neighbour, KR_EVENT_CLOSE_READ, NULL, 0, ""));
	world_run(&o->world);
}

static void is_withdrawn(struct office *o)
{
	ok(neighbour_act(&o->neighbour, KR_EVENT_WITHDRAWN, NULL, 0, ""));
	world_run(&o->world);
}

static void is_reopened(struct office *o)
{
	is_closed(o);
	ok(neighbour_act(&o->neighbour, KR_EVENT_REOPENED, NULL, KR_URGENCY_TODAY,
		"Het gaat door."));
	world_run(&o->world);
}

static void is_consented(struct office *o)
{
	is_joined(o);
	ok(neighbour_act(&o->neighbour, KR_EVENT_CONSENTED, o->desks[TEAM].id, 0, ""));
	world_run(&o->world);
}

static void is_erased(struct office *o)
{
	is_read(o);
	ok(office_act(o, o->wim, "erase", "%s", ""));
}

#define OWNS_NEW "acknowledge urgency hand_over consult invite_inbox close "
#define OWNS_OPEN                                                                        \
	"follow_up question promise urgency hand_over consult invite_inbox close "

enum person { OF_WIJK, OF_VEILIG, OF_TEAM, NUM_PERSONS };

/* to: an inbox that may be asked something then. */
static const struct {
	const char *name;
	void (*bring)(struct office *o);
	int to;
	const char *acts[NUM_PERSONS];
} states[] = {
	{"new", is_new, TEAM, {OWNS_NEW, "", ""}},
	{"open", is_open, TEAM, {OWNS_OPEN, "", ""}},
	{"offered", is_offered, VEILIG,
		{"follow_up question promise urgency decline consult invite_inbox close ",
			"", "accept decline "}},
	{"consulted", is_consulted, VEILIG,
		{"follow_up question promise urgency hand_over consult invite_inbox part "
		 "close ",
			"", "advise part "}},
	{"invited", is_invited, VEILIG,
		{"follow_up question promise urgency hand_over consult invite_inbox part "
		 "close ",
			"", "accept part "}},
	{"joined", is_joined, VEILIG, {OWNS_OPEN, "", "follow_up question advise part "}},
	{"parted", is_parted, VEILIG, {OWNS_OPEN, "", ""}},
	{"overdue", is_overdue, TEAM,
		{OWNS_NEW, "follow_up question accept advise part ", ""}},
	{"handed over", is_handed_over, WIJK, {"", "", OWNS_OPEN}},
	{"closed", is_closed, TEAM, {"reopen ", "", ""}},
	{"closed, and read", is_read, TEAM, {"reopen erase ", "", ""}},
	{"withdrawn", is_withdrawn, TEAM, {"reopen erase ", "", ""}},
	{"reopened", is_reopened, TEAM, {OWNS_NEW, "", ""}},
	{"consented", is_consented, VEILIG,
		{"follow_up question promise urgency hand_over consult invite_inbox "
		 "close "
		 "share_identity ",
			"", "follow_up question advise part "}},
	{"erased", is_erased, TEAM, {"", "", ""}},
};

static const char *const commands[] = {"acknowledge", "follow_up", "question", "promise",
	"urgency", "hand_over", "accept", "decline", "consult", "advise", "invite_inbox",
	"part", "close", "reopen", "share_identity", "erase"};

static struct world_client *client_of(struct office *o, int person)
{
	return o->desks[person].head;
}

/* A command with all that it needs. */
static const char *do_it(struct office *o, int person, const char *command, int to)
{
	struct world_client *client = client_of(o, person);
	const char *team = o->desks[TEAM].inbox;

	if (strcmp(command, "promise") == 0) {
		return office_act(o, client, command,
			"\"text\":\"Morgen.\",\"date\":%llu",
			(unsigned long long)(o->world.now_ms + 24 * 3600 * 1000));
	}
	if (strcmp(command, "urgency") == 0 || strcmp(command, "reopen") == 0) {
		return office_act(o, client, command,
			"\"text\":\"Nu.\",\"urgency\":\"danger_now\"");
	}
	if (strcmp(command, "hand_over") == 0 || strcmp(command, "consult") == 0 ||
		strcmp(command, "invite_inbox") == 0) {
		return office_act(o, client, command, "\"text\":\"Vraag.\",\"to\":\"%s\"",
			o->desks[to].link);
	}
	if (strcmp(command, "close") == 0) {
		return office_act(o, client, command,
			"\"text\":\"Dag.\",\"outcome\":\"no_ground\"");
	}
	if (strcmp(command, "share_identity") == 0) {
		return office_act(o, client, command, "\"inbox\":\"%s\"", team);
	}
	if (strcmp(command, "part") == 0 && person == OF_WIJK) {
		return office_act(
			o, client, command, "\"inbox\":\"%s\",\"text\":\"Klaar.\"", team);
	}
	return office_act(o, client, command, "%s",
		strcmp(command, "erase") == 0 ? "" : "\"text\":\"Zo.\"");
}

static void list(struct office *o, int person, char *out, size_t size)
{
	cJSON *shown = office_case(o, client_of(o, person));
	const cJSON *act;
	size_t len = 0;

	out[0] = '\0';
	cJSON_ArrayForEach(act, cJSON_GetObjectItem(shown, "acts"))
	{
		len += (size_t)snprintf(out + len, size - len, "%s ", act->valuestring);
	}
	cJSON_Delete(shown);
}

static uint64_t num_events(const struct office *o)
{
	struct kr_topic topic = kr_topic(KR_TOPIC_CASE, o->neighbour.keys.locator);

	return relay_double_num(o->world.relay, &topic);
}

static bool is_refusal(const char *code)
{
	return strcmp(code, "forbidden") == 0 || strcmp(code, "state") == 0 ||
		strcmp(code, "word_unread") == 0 || strcmp(code, "not_found") == 0;
}

/* Nobody but its owner in the right state, and so on. */
static void p6_what_is_not_shown_is_refused(void **state)
{
	for (size_t i = 0; i < NUM(states); i++) {
		struct office *o;
		uint64_t num;

		office_setup_signal(state);
		o = *state;
		states[i].bring(o);
		num = num_events(o);
		for (int person = 0; person < NUM_PERSONS; person++) {
			char shown[512];

			list(o, person, shown, sizeof(shown));
			if (strcmp(shown, states[i].acts[person]) != 0) {
				fail_msg("%s, %d: %s", states[i].name, person, shown);
			}
			for (size_t k = 0; k < NUM(commands); k++) {
				const char *code = strstr(shown, commands[k]) != NULL
					? "state"
					: do_it(o, person, commands[k], states[i].to);

				if (!is_refusal(code)) {
					fail_msg("%s, %d, %s: %s", states[i].name, person,
						commands[k], code);
				}
			}
		}
		assert_int_equal(num_events(o), num);
		office_teardown(state);
	}
}

static void p6_what_is_shown_can_be_done(void **state)
{
	size_t num_done = 0;

	for (size_t i = 0; i < NUM(states); i++) {
		for (size_t at = 0; at < NUM_PERSONS * NUM(commands); at++) {
			int person = (int)(at / NUM(commands));
			const char *command = commands[at % NUM(commands)];
			struct office *o;
			const char *code;

			if (strstr(states[i].acts[person], command) == NULL) {
				continue;
			}
			office_setup_signal(state);
			o = *state;
			states[i].bring(o);
			code = do_it(o, person, command, states[i].to);
			if (strcmp(code, "ok") != 0 || office_alarms(o->wim) > 0 ||
				office_alarms(o->tom) > 0 ||
				office_alarms(o->fatma) > 0) {
				fail_msg("%s, %d, %s: %s", states[i].name, person,
					command, code);
			}
			office_teardown(state);
			num_done++;
		}
	}
	assert_true(num_done > 60);
}

/* What is said of a closed case: how long it is kept after the last event, and whether
 * its word was read. */
static void check_kept(struct office *o, double days, bool unread)
{
	cJSON *shown = office_case(o, o->wim);
	double kept_ms =
		world_number(shown, "kept_until") - world_number(shown, "last_time");

	assert_int_equal(cJSON_IsTrue(cJSON_GetObjectItem(shown, "word_unread")), unread);
	assert_true(kept_ms == days * 24 * 3600 * 1000);
	assert_false(cJSON_HasObjectItem(shown, "until"));
	cJSON_Delete(shown);
}

/* Who closed it cannot make the word vanish; who comes back for it, or wants none, lets
 * it be erased. */
static void p6_an_unread_word_is_not_erased(void **state)
{
	struct office *o = *state;
	cJSON *shown;

	shown = office_case(o, o->wim);
	assert_false(cJSON_HasObjectItem(shown, "kept_until"));
	assert_false(cJSON_HasObjectItem(shown, "word_unread"));
	cJSON_Delete(shown);
	is_closed(o);
	check_kept(o, 366, true);
	assert_string_equal(office_act(o, o->wim, "erase", "%s", ""), "word_unread");
	ok(neighbour_act(&o->neighbour, KR_EVENT_CLOSE_READ, NULL, 0, ""));
	world_run(&o->world);
	check_kept(o, 183, false);
	ok(office_act(o, o->wim, "erase", "%s", ""));
	assert_string_equal(office_shows(o, o->wim, "state"), "erased");
}

/* ---- Bad input ----------------------------------------------------------------- */

static const struct {
	const char *name;
	const char *command;
	const char *fields;
	const char *code;
} rejects[] = {
	{"no text", "follow_up", "", "text"},
	{"an empty text", "follow_up", "\"text\":\"\"", "text"},
	{"a text that is a number", "question", "\"text\":1", "field"},
	{"a control character", "follow_up", "\"text\":\"a\\u0007\"", "text"},
	{"no date", "promise", "\"text\":\"Morgen\"", "field"},
	{"a date of zero", "promise", "\"text\":\"Morgen\",\"date\":0", "field"},
	{"a date that is a text", "promise", "\"text\":\"Morgen\",\"date\":\"1\"",
		"field"},
	{"a date with a fraction", "promise", "\"text\":\"Morgen\",\"date\":1.5",
		"field"},
	{"a date in the past", "promise", "\"text\":\"Morgen\",\"date\":1", "limit"},
	{"a date too far away", "promise", "\"text\":\"Ooit\",\"date\":9007199254740991",
		"limit"},
	{"no urgency", "urgency", "\"text\":\"Nu\"", "field"},
	{"an unknown urgency", "urgency", "\"urgency\":\"now\"", "field"},
	{"the same urgency", "urgency", "\"urgency\":\"today\"", "state"},
	{"an urgency that is a number", "urgency", "\"urgency\":1", "field"},
	{"no outcome", "close", "\"text\":\"Klaar\"", "field"},
	{"an unknown outcome", "close", "\"text\":\"Klaar\",\"outcome\":\"fine\"",
		"field"},
	{"a close without words", "close", "\"outcome\":\"other\"", "text"},
	{"nobody to hand over to", "hand_over", "\"text\":\"Voor jullie\"", "field"},
	{"no link", "hand_over", "\"text\":\"Voor jullie\",\"to\":\"x\"", "field"},
	{"nobody there", "hand_over",
		"\"text\":\"Voor jullie\",\"to\":"
		"\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE\"",
		"not_found"},
	{"a consultation without words", "consult",
		"\"to\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE\"", "text"},
	{"a party that is none", "part", "\"inbox\":\"x\",\"text\":\"Dag\"", "field"},
	{"whom to share with", "share_identity", "", "field"},
	{"an unknown field", "follow_up", "\"text\":\"a\",\"colour\":\"red\"", "field"},
	{"another act's date", "follow_up", "\"text\":\"a\",\"date\":1", "field"},
	{"another act's outcome", "question", "\"text\":\"a\",\"outcome\":\"other\"",
		"field"},
	{"another act's urgency", "promise",
		"\"text\":\"a\",\"date\":1,\"urgency\":\"today\"", "field"},
	{"another act's inbox", "follow_up", "\"text\":\"a\",\"to\":\"x\"", "field"},
	{"words of an erasure", "erase", "\"text\":\"a\"", "field"},
	{"a note without words", "note", "", "text"},
	{"a note that assigns", "note",
		"\"text\":\"a\",\"account\":"
		"\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE\"",
		"field"},
	{"nobody assigned", "assign", "", "field"},
	{"nobody assigned, in words", "assign", "\"text\":\"a\"", "field"},
	{"an account that is none", "assign", "\"account\":\"x\"", "field"},
	{"somebody of no team of ours", "assign",
		"\"account\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE\"",
		"not_found"},
	{"nothing that was read", "case_read", "", "field"},
	{"nothing that could be read", "case_read", "\"seq\":0", "field"},
	{"what is still to come", "case_read", "\"seq\":99", "not_found"},
	{"a field of reading", "case_read", "\"seq\":1,\"text\":\"a\"", "field"},
};

static void test_bad_input(void **state)
{
	struct office *o = *state;
	char text[4100];
	uint64_t num;

	is_open(o);
	num = num_events(o);
	for (size_t i = 0; i < NUM(rejects); i++) {
		const char *code = office_act(
			o, o->wim, rejects[i].command, "%s", rejects[i].fields);

		if (strcmp(code, rejects[i].code) != 0) {
			fail_msg(
				"%s: %s, not %s", rejects[i].name, code, rejects[i].code);
		}
	}
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_string_equal(
		office_act(o, o->wim, "follow_up", "\"text\":\"%s\"", text), "too_large");
	assert_int_equal(num_events(o), num);
	assert_int_equal(office_alarms(o->wim), 0);
	/* None of it is in the way of what comes. */
	ok(office_act(o, o->wim, "follow_up", "\"text\":\"Ik ga langs.\""));
}

/* Which case, and whether it is known. */
static void test_no_case(void **state)
{
	static const struct {
		const char *command;
		const char *code;
	} tries[] = {
		{"{\"do\":\"acknowledge\",\"text\":\"a\"}", "field"},
		{"{\"do\":\"acknowledge\",\"case\":1,\"text\":\"a\"}", "field"},
		{"{\"do\":\"acknowledge\",\"case\":\"AAAA\",\"text\":\"a\"}", "field"},
		{"{\"do\":\"acknowledge\",\"text\":\"a\",\"case\":"
		 "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE\"}",
			"not_found"},
		{"{\"do\":\"note\",\"text\":\"a\",\"case\":"
		 "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE\"}",
			"not_found"},
		{"{\"do\":\"case_read\",\"seq\":1,\"case\":"
		 "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE\"}",
			"not_found"},
	};
	struct office *o = *state;

	for (size_t i = 0; i < NUM(tries); i++) {
		assert_string_equal(
			world_text(world_do(o->wim, "%s", tries[i].command), "error"),
			tries[i].code);
	}
}

static void test_bad_questions(void **state)
{
	static const struct {
		const char *question;
		const char *code;
	} tries[] = {
		{"{\"ask\":\"cases\",\"show\":\"some\"}", "field"},
		{"{\"ask\":\"cases\",\"show\":1}", "field"},
		{"{\"ask\":\"cases\",\"inbox\":\"x\"}", "field"},
		{"{\"ask\":\"cases\",\"find\":1}", "field"},
		{"{\"ask\":\"cases\",\"colour\":\"red\"}", "field"},
		{"{\"ask\":\"case\"}", "field"},
		{"{\"ask\":\"case\",\"case\":\"x\"}", "field"},
		{"{\"ask\":\"case\",\"case\":"
		 "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE\"}",
			"not_found"},
		{"{\"ask\":\"own_inboxes\",\"colour\":\"red\"}", "field"},
		{"{\"ask\":\"inbox\",\"inbox\":\"x\"}", "field"},
		{"{\"ask\":\"inbox\",\"inbox\":"
		 "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE\"}",
			"not_found"},
		{"{\"ask\":\"inbox\",\"colour\":\"red\"}", "field"},
	};
	struct office *o = *state;

	for (size_t i = 0; i < NUM(tries); i++) {
		cJSON *answer = world_ask(o->wim, "%s", tries[i].question);

		assert_string_equal(world_text(answer, "error"), tries[i].code);
		cJSON_Delete(answer);
	}
}

/* ---- Whom the reporter leaves out ---------------------------------------------- */

static void test_excluded(void **state)
{
	static const char *const asks[] = {"hand_over", "consult", "invite_inbox"};
	struct office *o = *state;
	struct kr_signal signal = neighbour_signal();

	signal.excluded = kr_view(o->desks[TEAM].id, KR_ID_BYTES);
	neighbour_init(&o->neighbour, &o->world, 7);
	neighbour_send(&o->neighbour, o->desks[WIJK].id, o->desks[VEILIG].id, &signal,
		NULL, false);
	world_run(&o->world);
	is_open(o);
	for (size_t i = 0; i < NUM(asks); i++) {
		assert_string_equal(
			office_act(o, o->wim, asks[i],
				"\"text\":\"Vraag.\",\"to\":\"%s\"", o->desks[TEAM].link),
			"excluded");
		assert_string_equal(office_act(o, o->wim, asks[i],
					    "\"text\":\"Vraag.\",\"to\":\"%s\"",
					    o->desks[TEAM].inbox),
			"excluded");
	}
	assert_string_equal(office_shows(o, o->tom, "role"), "");
}

/* ---- Promises ------------------------------------------------------------------ */

/* Three in a row, then something has to be done. */
static void p7_promises_run_out(void **state)
{
	struct office *o = *state;

	is_open(o);
	for (int i = 0; i < 3; i++) {
		assert_true(office_may(o, o->wim, "promise"));
		ok(do_it(o, OF_WIJK, "promise", TEAM));
	}
	assert_false(office_may(o, o->wim, "promise"));
	assert_string_equal(do_it(o, OF_WIJK, "promise", TEAM), "limit");
	ok(office_act(o, o->wim, "follow_up", "\"text\":\"Ik ben er geweest.\""));
	assert_true(office_may(o, o->wim, "promise"));
	ok(do_it(o, OF_WIJK, "promise", TEAM));
}

/* ---- Races and breaks ---------------------------------------------------------- */

static const char *code_of(struct world_client *client, uint64_t command)
{
	const cJSON *answer = world_answer(client, command);

	assert_non_null(answer);
	return world_outcome(answer);
}

/* All that is needed to act has been read on this connection. */
static void warm_up(struct office *o)
{
	ok(office_act(o, o->wim, "urgency", "\"urgency\":\"this_week\""));
	assert_int_equal(num_events(o), 2);
}

static uint64_t say_acknowledge(struct office *o, struct world_client *client)
{
	return world_say(client,
		"{\"do\":\"acknowledge\",\"case\":\"%s\",\"text\":\"Van %s.\"}",
		o->neighbour.case_id, client == o->wim ? "Wim" : "Sanne");
}

/* Of two at once one is first; the other is told, and nothing of it is repeated
 * unasked. */
static void p6_two_at_once(void **state)
{
	struct office *o = *state;
	uint64_t first;
	uint64_t second;

	first = say_acknowledge(o, o->wim);
	second = say_acknowledge(o, o->sanne);
	world_run(&o->world);
	assert_string_equal(code_of(o->wim, first), "ok");
	assert_string_equal(code_of(o->sanne, second), "rev_past");
	assert_int_equal(num_events(o), 2);
	assert_true(office_hears(o, o->sanne, "Van Wim."));
	assert_int_equal(office_alarms(o->sanne), 0);
}

/* The process ends when the act is stored, and not sent: it is sent by the next one. */
static void p1_killed_before_sending(void **state)
{
	struct office *o = *state;

	warm_up(o);
	o->wim->is_slow_disk = true;
	(void)say_acknowledge(o, o->wim);
	world_steps(&o->world, 50);
	assert_int_equal(num_events(o), 2);
	o->wim->is_slow_disk = false;
	world_restart(o->wim);
	world_pass(&o->world, 5000);
	assert_int_equal(num_events(o), 3);
	assert_true(office_hears(o, o->wim, "Van Wim."));
	assert_true(office_hears(o, o->sanne, "Van Wim."));
}

/* It ends when the relay has it, before that is known here: it is there once. */
static void p1_killed_before_the_answer(void **state)
{
	struct office *o = *state;

	(void)say_acknowledge(o, o->wim);
	for (int i = 0; i < 50 && num_events(o) == 1; i++) {
		world_steps(&o->world, 1);
	}
	assert_int_equal(num_events(o), 2);
	world_restart(o->wim);
	world_pass(&o->world, 5000);
	assert_int_equal(num_events(o), 2);
	assert_int_equal(office_told(o->wim, "failed"), 0);
	assert_true(office_hears(o, o->wim, "Van Wim."));
}

/* Somebody was faster while it lay there: its author is told, not overruled. */
static void test_killed_and_overtaken(void **state)
{
	struct office *o = *state;

	warm_up(o);
	o->wim->is_slow_disk = true;
	(void)say_acknowledge(o, o->wim);
	world_steps(&o->world, 50);
	world_disconnect(o->wim);
	ok(office_act(o, o->sanne, "acknowledge", "\"text\":\"Van Sanne.\""));
	o->wim->is_slow_disk = false;
	world_restart(o->wim);
	world_pass(&o->world, 5000);
	assert_int_equal(num_events(o), 3);
	assert_int_equal(office_told(o->wim, "failed"), 1);
	assert_true(office_hears(o, o->wim, "Van Sanne."));
}

/* Who works for two inboxes acts for the one that may: here for both in turn. */
static void test_in_two_teams(void **state)
{
	struct office *o = *state;

	office_add(o, TEAM, o->wim);
	is_offered(o);
	assert_true(office_may(o, o->wim, "accept"));
	assert_true(office_may(o, o->wim, "follow_up"));
	ok(office_act(o, o->wim, "accept", "\"text\":\"Dan ook hier.\""));
	assert_string_equal(office_shows(o, o->wim, "inbox"), o->desks[TEAM].inbox);
	assert_string_equal(office_shows(o, o->wim, "role"), "owner");
	assert_string_equal(office_shows(o, o->sanne, "role"), "former");
	ok(office_act(o, o->wim, "follow_up", "\"text\":\"Verder.\""));
	assert_true(office_hears(o, o->tom, "Verder."));
	assert_false(office_hears(o, o->sanne, "Verder."));
	/* Back again, and declined in between. */
	ok(office_act(o, o->tom, "hand_over", "\"to\":\"%s\",\"text\":\"Terug?\"",
		o->desks[WIJK].link));
	ok(office_act(o, o->sanne, "decline", "\"text\":\"Nee.\""));
	ok(office_act(o, o->tom, "hand_over", "\"to\":\"%s\",\"text\":\"Toch?\"",
		o->desks[WIJK].link));
	ok(office_act(o, o->sanne, "accept", "\"text\":\"Goed.\""));
	assert_string_equal(office_shows(o, o->wim, "inbox"), o->desks[WIJK].inbox);
	/* What was said while her inbox was out of it came with the offer. */
	assert_true(office_hears(o, o->sanne, "Verder."));
	assert_int_equal(office_alarms(o->wim) + office_alarms(o->sanne), 0);
	assert_int_equal(office_alarms(o->tom), 0);
}

/* What was impossible when one was last here may be possible now: the machine finds out
 * before it refuses. */
static void test_behind(void **state)
{
	struct office *o = *state;

	world_disconnect(o->wim);
	o->wim->timer_ms = 0;
	ok(office_act(o, o->sanne, "acknowledge", "\"text\":\"Van Sanne.\""));
	world_restart(o->wim);
	ok(office_act(o, o->wim, "follow_up", "\"text\":\"Ik ga langs.\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(p6_what_is_not_shown_is_refused),
		cmocka_unit_test(p6_what_is_shown_can_be_done),
		cmocka_unit_test_setup_teardown(p6_an_unread_word_is_not_erased,
			office_setup_signal, office_teardown),
		cmocka_unit_test_setup_teardown(
			test_bad_input, office_setup_signal, office_teardown),
		cmocka_unit_test_setup_teardown(
			test_no_case, office_setup_signal, office_teardown),
		cmocka_unit_test_setup_teardown(
			test_bad_questions, office_setup_signal, office_teardown),
		cmocka_unit_test_setup_teardown(
			test_excluded, office_setup, office_teardown),
		cmocka_unit_test_setup_teardown(
			p7_promises_run_out, office_setup_signal, office_teardown),
		cmocka_unit_test_setup_teardown(
			p6_two_at_once, office_setup_signal, office_teardown),
		cmocka_unit_test_setup_teardown(
			p1_killed_before_sending, office_setup_signal, office_teardown),
		cmocka_unit_test_setup_teardown(p1_killed_before_the_answer,
			office_setup_signal, office_teardown),
		cmocka_unit_test_setup_teardown(
			test_killed_and_overtaken, office_setup_signal, office_teardown),
		cmocka_unit_test_setup_teardown(
			test_behind, office_setup_signal, office_teardown),
		cmocka_unit_test_setup_teardown(
			test_in_two_teams, office_setup_signal, office_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
