/* Inboxes and their teams: who may change them, what is wrong with a command, two changes
 * at once, and starting again in the middle of one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"
#include "tests/unit/core/office.h"

static const char *account_of(struct world_client *client)
{
	return world_text(world_answer(client, 1), "account");
}

static double fact(struct world_client *client, const char *member)
{
	cJSON *answer = world_ask(client, "{\"ask\":\"own_inboxes\"}");
	const cJSON *inbox =
		cJSON_GetArrayItem(cJSON_GetObjectItem(answer, "inboxes"), 0);
	double value = inbox == NULL ? -1 : world_number(inbox, member);

	cJSON_Delete(answer);
	return value;
}

static int num_inboxes(struct world_client *client)
{
	cJSON *answer = world_ask(client, "{\"ask\":\"own_inboxes\"}");
	int num = cJSON_GetArraySize(cJSON_GetObjectItem(answer, "inboxes"));

	cJSON_Delete(answer);
	return num;
}

static int num_team(struct world_client *client)
{
	cJSON *answer = world_ask(client, "{\"ask\":\"inbox\"}");
	int num = cJSON_GetArraySize(cJSON_GetObjectItem(answer, "team"));

	cJSON_Delete(answer);
	return num;
}

static uint64_t num_records(const struct office *o)
{
	struct kr_topic topic = kr_topic(KR_TOPIC_INBOX, o->desks[WIJK].id);
	uint64_t num = 0;

	for (uint64_t seq = relay_double_num(o->world.relay, &topic); seq > 0; seq--) {
		num += relay_double_event(o->world.relay, &topic, seq)->type ==
			KR_EVENT_INBOX_SET;
	}
	return num;
}

/* ---- Bad input ----------------------------------------------------------------- */

#define ID "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE"

static const struct {
	const char *name;
	const char *command;
	const char *code;
} rejects[] = {
	{"a card for somebody else", "{\"do\":\"professional_card\",\"name\":\"a\"}",
		"field"},
	{"no code", "{\"do\":\"inbox_create\",\"settings\":{\"name\":\"a\"}}", "field"},
	{"half a code",
		"{\"do\":\"inbox_create\",\"grant\":\"AAAA\",\"settings\":{\"name\":"
		"\"a\"}}",
		"field"},
	{"no settings", "{\"do\":\"inbox_create\",\"grant\":\"AAAAAAAAAAAAAAAAAAAAAA\"}",
		"field"},
	{"no name",
		"{\"do\":\"inbox_create\",\"grant\":\"AAAAAAAAAAAAAAAAAAAAAA\","
		"\"settings\":{}}",
		"text"},
	{"nobody to call",
		"{\"do\":\"inbox_create\",\"grant\":\"AAAAAAAAAAAAAAAAAAAAAA\","
		"\"settings\":{\"name\":\"a\"}}",
		"text"},
	{"an unknown field of creating",
		"{\"do\":\"inbox_create\",\"grant\":\"AAAAAAAAAAAAAAAAAAAAAA\","
		"\"settings\":{\"name\":\"a\"},\"colour\":1}",
		"field"},
	{"an inbox that is none", "{\"do\":\"inbox_rotate\",\"inbox\":\"x\"}", "field"},
	{"somebody else's inbox", "{\"do\":\"inbox_rotate\",\"inbox\":\"" ID "\"}",
		"not_found"},
	{"an unknown field of rotating", "{\"do\":\"inbox_rotate\",\"colour\":1}",
		"field"},
	{"no settings to set", "{\"do\":\"inbox_set\"}", "field"},
	{"no card", "{\"do\":\"inbox_add\"}", "field"},
	{"an empty card", "{\"do\":\"inbox_add\",\"card\":\"\"}", "truncated"},
	{"a card that is none", "{\"do\":\"inbox_add\",\"card\":\"AQ\"}", "truncated"},
	{"a card that is no text", "{\"do\":\"inbox_add\",\"card\":1}", "field"},
	{"nobody to drop", "{\"do\":\"inbox_drop\"}", "field"},
	{"an account that is none", "{\"do\":\"inbox_drop\",\"account\":\"x\"}", "field"},
	{"somebody who is not there", "{\"do\":\"inbox_drop\",\"account\":\"" ID "\"}",
		"not_found"},
};

static void test_bad_input(void **state)
{
	struct office *o = *state;
	uint64_t num = num_records(o);

	for (size_t i = 0; i < NUM(rejects); i++) {
		const char *code =
			world_outcome(world_do(o->wim, "%s", rejects[i].command));

		if (strcmp(code, rejects[i].code) != 0) {
			fail_msg(
				"%s: %s, not %s", rejects[i].name, code, rejects[i].code);
		}
	}
	assert_int_equal(num_records(o), num);
	assert_int_equal(num_inboxes(o->wim), 1);
}

/* ---- Who may ------------------------------------------------------------------- */

static void only_administrators(struct office *o, const char *code)
{
	assert_string_equal(
		world_outcome(world_do(o->sanne, "{\"do\":\"inbox_rotate\"}")), code);
	assert_string_equal(world_outcome(world_do(
				    o->sanne, "{\"do\":\"inbox_set\",\"settings\":{}}")),
		code);
}

static void p5_only_administrators(void **state)
{
	struct office *o = *state;
	struct world_client *els = world_join(&o->world, "Els");
	const char *card;

	only_administrators(o, "forbidden");
	assert_string_equal(world_outcome(world_do(o->sanne,
				    "{\"do\":\"inbox_drop\",\"account\":\"%s\"}",
				    account_of(o->wim))),
		"forbidden");
	card = world_text(world_do(els, "{\"do\":\"professional_card\"}"), "card");
	assert_string_equal(world_outcome(world_do(o->sanne,
				    "{\"do\":\"inbox_add\",\"card\":\"%s\"}", card)),
		"forbidden");
	/* Made one, she may: dropped and taken in again. */
	(void)world_do(o->wim, "{\"do\":\"inbox_drop\",\"account\":\"%s\"}",
		account_of(o->sanne));
	assert_int_equal(num_team(o->wim), 1);
	assert_int_equal(num_inboxes(o->sanne), 0);
	card = world_text(world_do(o->sanne, "{\"do\":\"professional_card\"}"), "card");
	(void)world_do(o->wim,
		"{\"do\":\"inbox_add\",\"card\":\"%s\",\"administrator\":true}", card);
	world_disconnect(o->sanne);
	world_pass(&o->world, 5000);
	only_administrators(o, "ok");
	assert_int_equal(num_team(o->sanne), 2);
	assert_int_equal(fact(o->wim, "number"), fact(o->sanne, "number"));
}

/* On the connection that is there; and what was known of it goes with the one who is
 * dropped. */
static void test_taken_in_while_connected(void **state)
{
	struct office *o = *state;
	struct world_client *els = world_join(&o->world, "Els");
	const char *card;

	office_signal(o, 1);
	for (int times = 0; times < 2; times++) {
		card = world_text(
			world_do(els, "{\"do\":\"professional_card\"}"), "card");
		assert_string_equal(
			world_outcome(world_do(
				o->wim, "{\"do\":\"inbox_add\",\"card\":\"%s\"}", card)),
			"ok");
		world_run(&o->world);
		assert_int_equal(num_inboxes(els), 1);
		assert_int_equal(fact(els, "open"), 1);
		(void)world_do(o->wim, "{\"do\":\"inbox_drop\",\"account\":\"%s\"}",
			account_of(els));
		world_run(&o->world);
		assert_int_equal(num_inboxes(els), 0);
	}
	assert_int_equal(office_alarms(els), 0);
}

/* An inbox without an administrator could never be changed again. */
static void test_last_administrator(void **state)
{
	struct office *o = *state;
	uint64_t num = num_records(o);

	assert_string_not_equal(world_outcome(world_do(o->wim,
					"{\"do\":\"inbox_drop\",\"account\":\"%s\"}",
					account_of(o->wim))),
		"ok");
	assert_int_equal(num_records(o), num);
	assert_string_equal(
		world_outcome(world_do(o->wim, "{\"do\":\"inbox_rotate\"}")), "ok");
}

static void test_twice_in_a_team(void **state)
{
	struct office *o = *state;
	const char *card =
		world_text(world_do(o->sanne, "{\"do\":\"professional_card\"}"), "card");

	assert_string_not_equal(world_outcome(world_do(o->wim,
					"{\"do\":\"inbox_add\",\"card\":\"%s\"}", card)),
		"ok");
	assert_int_equal(num_team(o->wim), 2);
}

/* ---- Two inboxes --------------------------------------------------------------- */

static void test_which_one(void **state)
{
	struct office *o = *state;
	struct world_client *wim = o->wim;

	office_add(o, TEAM, wim);
	assert_int_equal(num_inboxes(wim), 2);
	assert_string_equal(
		world_outcome(world_do(wim, "{\"do\":\"inbox_rotate\"}")), "field");
	assert_string_equal(
		world_outcome(world_do(wim, "{\"do\":\"inbox_rotate\",\"inbox\":\"%s\"}",
			o->desks[WIJK].inbox)),
		"ok");
	/* Of the other he is no administrator. */
	assert_string_equal(
		world_outcome(world_do(wim, "{\"do\":\"inbox_rotate\",\"inbox\":\"%s\"}",
			o->desks[TEAM].inbox)),
		"forbidden");
}

/* ---- Numbers ------------------------------------------------------------------- */

static void test_numbers(void **state)
{
	struct office *o = *state;

	assert_int_equal(fact(o->wim, "open"), 0);
	office_signal(o, 1);
	office_signal(o, 2);
	assert_int_equal(fact(o->wim, "open"), 2);
	assert_int_equal(fact(o->wim, "overdue"), 0);
	world_pass(&o->world, UINT64_C(9) * 3600 * 1000);
	assert_int_equal(fact(o->wim, "overdue"), 2);
	assert_int_equal(fact(o->fatma, "open"), 2);
	(void)office_act(o, o->wim, "close", "\"text\":\"Dag.\",\"outcome\":\"other\"");
	assert_int_equal(fact(o->wim, "open"), 1);
	assert_int_equal(fact(o->fatma, "open"), 1);
}

/* ---- Races and breaks ---------------------------------------------------------- */

static void test_two_at_once(void **state)
{
	struct office *o = *state;
	const char *card;
	uint64_t first;
	uint64_t second;

	(void)world_do(o->wim, "{\"do\":\"inbox_drop\",\"account\":\"%s\"}",
		account_of(o->sanne));
	card = world_text(world_do(o->sanne, "{\"do\":\"professional_card\"}"), "card");
	(void)world_do(o->wim,
		"{\"do\":\"inbox_add\",\"card\":\"%s\",\"administrator\":true}", card);
	world_disconnect(o->sanne);
	world_pass(&o->world, 5000);
	first = world_say(o->wim, "{\"do\":\"inbox_rotate\"}");
	second = world_say(
		o->sanne, "{\"do\":\"inbox_set\",\"settings\":{\"call\":\"112\"}}");
	world_run(&o->world);
	assert_string_equal(world_outcome(world_answer(o->wim, first)), "ok");
	assert_string_equal(world_outcome(world_answer(o->sanne, second)), "record");
	/* Nothing of the loser is kept, and it can be done again. */
	assert_int_equal(fact(o->wim, "number"), fact(o->sanne, "number"));
	assert_string_equal(
		world_outcome(world_do(o->sanne,
			"{\"do\":\"inbox_set\",\"settings\":{\"call\":\"112\"}}")),
		"ok");
	assert_int_equal(office_alarms(o->wim) + office_alarms(o->sanne), 0);
}

/* The process ends when the new record is stored here and not sent; or sent, and not
 * known to have arrived. It is there once, and what is sealed to it can be read. */
static void p1_killed(void **state)
{
	for (int is_sent = 0; is_sent < 2; is_sent++) {
		struct office *o;
		uint64_t num;

		office_setup(state);
		o = *state;
		num = num_records(o);
		o->wim->is_slow_disk = !is_sent;
		(void)world_say(o->wim, "{\"do\":\"inbox_rotate\"}");
		for (int i = 0; i < 50 && num_records(o) == num; i++) {
			world_steps(&o->world, 1);
		}
		assert_int_equal(num_records(o), num + (uint64_t)is_sent);
		o->wim->is_slow_disk = false;
		world_restart(o->wim);
		world_pass(&o->world, 5000);
		assert_int_equal(num_records(o), num + 1);
		assert_int_equal(fact(o->wim, "number"), num + 1);
		office_signal(o, 1);
		assert_string_equal(office_shows(o, o->wim, "place"),
			"Lange Laan 12, 1234AB Ons Dorp");
		assert_string_equal(office_shows(o, o->sanne, "place"),
			"Lange Laan 12, 1234AB Ons Dorp");
		assert_string_equal(
			world_outcome(world_do(o->wim, "{\"do\":\"inbox_rotate\"}")),
			"ok");
		office_teardown(state);
	}
}

static const char *refuse_all(void *ctx, int conn, const struct kr_request *request)
{
	(void)ctx;
	(void)conn;
	return request->verb == KR_VERB_INBOX_CREATE ? "grant" : "record";
}

/* What the relay refuses leaves nothing behind. */
static void test_refused(void **state)
{
	const struct relay_lie lie = {.refuse = refuse_all};
	struct office *o = *state;
	struct world_client *els = world_join(&o->world, "Els");
	double number = fact(o->wim, "number");

	relay_double_lie(o->world.relay, &lie);
	assert_string_equal(
		world_outcome(world_do(els,
			"{\"do\":\"inbox_create\",\"grant\":\"AAAAAAAAAAAAAAAAAAAAAA\","
			"\"settings\":{\"name\":\"Els\",\"call\":\"112\"}}")),
		"grant");
	assert_int_equal(num_inboxes(els), 0);
	assert_string_equal(
		world_outcome(world_do(o->wim, "{\"do\":\"inbox_rotate\"}")), "record");
	relay_double_lie(o->world.relay, &(struct relay_lie){0});
	assert_int_equal(fact(o->wim, "number"), number);
	assert_string_equal(
		world_outcome(world_do(o->wim, "{\"do\":\"inbox_rotate\"}")), "ok");
	office_signal(o, 1);
	assert_string_equal(
		office_shows(o, o->wim, "place"), "Lange Laan 12, 1234AB Ons Dorp");
}

static void test_starts_again(void **state)
{
	static const char *const questions[] = {
		"{\"ask\":\"own_inboxes\"}", "{\"ask\":\"inbox\"}"};
	struct office *o = *state;

	(void)world_do(o->wim, "{\"do\":\"inbox_rotate\"}");
	for (size_t i = 0; i < NUM(questions); i++) {
		cJSON *before = world_ask(o->sanne, "%s", questions[i]);
		cJSON *after;

		world_restart(o->sanne);
		after = world_ask(o->sanne, "%s", questions[i]);
		assert_true(cJSON_Compare(before, after, true));
		cJSON_Delete(before);
		cJSON_Delete(after);
		world_pass(&o->world, 2000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_bad_input, office_setup, office_teardown),
		cmocka_unit_test_setup_teardown(
			p5_only_administrators, office_setup, office_teardown),
		cmocka_unit_test_setup_teardown(
			test_taken_in_while_connected, office_setup, office_teardown),
		cmocka_unit_test_setup_teardown(
			test_last_administrator, office_setup, office_teardown),
		cmocka_unit_test_setup_teardown(
			test_twice_in_a_team, office_setup, office_teardown),
		cmocka_unit_test_setup_teardown(
			test_which_one, office_setup, office_teardown),
		cmocka_unit_test_setup_teardown(
			test_numbers, office_setup, office_teardown),
		cmocka_unit_test_setup_teardown(
			test_two_at_once, office_setup, office_teardown),
		cmocka_unit_test(p1_killed),
		cmocka_unit_test_setup_teardown(
			test_refused, office_setup, office_teardown),
		cmocka_unit_test_setup_teardown(
			test_starts_again, office_setup, office_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
