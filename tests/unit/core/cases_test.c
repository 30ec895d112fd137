/* A case as professionals follow it: who sees what and when, keys, clocks, notes, earlier
 * signals on the address; and starting again at any moment. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients/core/records.h"
#include "test.h"
#include "tests/unit/core/office.h"

#define HOUR_MS (UINT64_C(3600) * 1000)

static void ok(const char *code)
{
	assert_string_equal(code, "ok");
}

static void acknowledge(struct office *o, struct world_client *client)
{
	ok(office_act(o, client, "acknowledge", "\"text\":\"Gelezen.\""));
}

static void nobody_is_alarmed(const struct office *o)
{
	struct world_client *const clients[] = {o->wim, o->sanne, o->fatma, o->tom};

	for (size_t i = 0; i < NUM(clients); i++) {
		assert_int_equal(office_alarms(clients[i]), 0);
	}
}

static uint64_t number(struct office *o, struct world_client *client, const char *member)
{
	cJSON *shown = office_case(o, client);
	uint64_t value = (uint64_t)world_number(shown, member);

	cJSON_Delete(shown);
	return value;
}

static bool is_set(struct office *o, struct world_client *client, const char *member)
{
	cJSON *shown = office_case(o, client);
	bool value = cJSON_IsTrue(cJSON_GetObjectItem(shown, member));

	cJSON_Delete(shown);
	return value;
}

/* How many cases a client lists. */
static int listed(struct world_client *client, const char *show)
{
	cJSON *cases = world_ask(client, "{\"ask\":\"cases\",\"show\":\"%s\"}", show);
	int num = cJSON_GetArraySize(cJSON_GetObjectItem(cases, "cases"));

	cJSON_Delete(cases);
	return num;
}

static uint64_t num_events(const struct office *o)
{
	struct kr_topic topic = kr_topic(KR_TOPIC_CASE, o->neighbour.keys.locator);

	return relay_double_num(o->world.relay, &topic);
}

/* ---- Who sees what ------------------------------------------------------------- */

static void test_arrives(void **state)
{
	struct office *o = *state;

	assert_string_equal(office_shows(o, o->wim, "role"), "owner");
	assert_string_equal(office_shows(o, o->wim, "state"), "new");
	assert_string_equal(
		office_shows(o, o->wim, "place"), "Lange Laan 12, 1234AB Ons Dorp");
	assert_string_equal(office_shows(o, o->sanne, "role"), "owner");
	assert_false(is_set(o, o->wim, "verified"));
	/* Who waits does not know that there is something to wait for. */
	assert_string_equal(office_shows(o, o->fatma, "role"), "");
	acknowledge(o, o->wim);
	assert_true(office_hears(o, o->sanne, "Gelezen."));
	assert_true(neighbour_reads(&o->neighbour, 2, "Gelezen."));
	nobody_is_alarmed(o);
}

/* Which events of the case are a client's own: a bit each, from the first. */
static unsigned int own_events(struct office *o, struct world_client *client)
{
	cJSON *shown = office_case(o, client);
	const cJSON *event;
	unsigned int own = 0;
	unsigned int bit = 1;

	cJSON_ArrayForEach(event, cJSON_GetObjectItem(shown, "timeline"))
	{
		own |= cJSON_IsTrue(cJSON_GetObjectItem(event, "me")) ? bit : 0;
		bit <<= 1;
	}
	cJSON_Delete(shown);
	return own;
}

/* The author is an account, not a name. */
static void test_own_events(void **state)
{
	struct office *o = *state;

	acknowledge(o, o->wim);
	ok(office_act(o, o->sanne, "follow_up", "\"text\":\"Ik ga langs.\""));
	assert_int_equal(own_events(o, o->wim), 1U << 1);
	assert_int_equal(own_events(o, o->sanne), 1U << 2);
	assert_int_equal(own_events(o, o->tom), 0);
}

/* Each party reads what is for it, and nothing from before it was let in but by being
 * handed it. */
static void test_parties_read(void **state)
{
	struct office *o = *state;

	acknowledge(o, o->wim);
	ok(office_act(o, o->wim, "consult", "\"to\":\"%s\",\"text\":\"Wat nu?\"",
		o->desks[TEAM].link));
	/* Who is consulted is handed what was said, to advise on it. */
	assert_true(office_hears(o, o->tom, "Wat nu?"));
	assert_true(office_hears(o, o->tom, "Gelezen."));
	ok(office_act(o, o->tom, "advise", "\"text\":\"Bel de school.\""));
	assert_true(office_hears(o, o->wim, "Bel de school."));
	ok(office_act(o, o->wim, "part", "\"inbox\":\"%s\",\"text\":\"Dank.\"",
		o->desks[TEAM].inbox));
	ok(office_act(o, o->wim, "follow_up", "\"text\":\"Ik ga langs.\""));
	assert_false(office_hears(o, o->tom, "Ik ga langs."));
	nobody_is_alarmed(o);
}

/* Who comes to a long case reads how it began and what was said of late. */
static void test_parties_read_a_long_case(void **state)
{
	struct office *o = *state;

	acknowledge(o, o->wim);
	for (int i = 0; i < KR_ENVELOPE_KEYS_MAX / 2; i++) {
		char text[32];

		(void)snprintf(text, sizeof(text), "Antwoord %d.", i);
		ok(neighbour_act(&o->neighbour, KR_EVENT_ANSWER, NULL, 0, text));
		world_run(&o->world);
		ok(office_act(o, o->wim, "follow_up", "\"text\":\"Bezoek %d.\"", i));
	}
	ok(office_act(o, o->wim, "consult", "\"to\":\"%s\",\"text\":\"Wat nu?\"",
		o->desks[TEAM].link));
	assert_string_equal(
		office_shows(o, o->tom, "place"), "Lange Laan 12, 1234AB Ons Dorp");
	assert_true(office_hears(o, o->tom, "Bezoek 127."));
	assert_true(office_hears(o, o->tom, "Bezoek 1."));
	assert_false(office_hears(o, o->tom, "Gelezen."));
	nobody_is_alarmed(o);
}

static void test_handed_over(void **state)
{
	struct office *o = *state;

	acknowledge(o, o->wim);
	ok(office_act(o, o->wim, "hand_over", "\"to\":\"%s\",\"text\":\"Voor jullie?\"",
		o->desks[TEAM].link));
	/* The offer is read at once; the signal only by who accepts. */
	assert_true(office_hears(o, o->tom, "Voor jullie?"));
	assert_string_equal(office_shows(o, o->tom, "place"), "");
	ok(office_act(o, o->tom, "accept", "\"text\":\"Ja.\""));
	assert_string_equal(
		office_shows(o, o->tom, "place"), "Lange Laan 12, 1234AB Ons Dorp");
	assert_true(office_hears(o, o->tom, "Gelezen."));
	assert_string_equal(office_shows(o, o->tom, "role"), "owner");
	assert_string_equal(office_shows(o, o->wim, "role"), "former");
	ok(office_act(o, o->tom, "follow_up", "\"text\":\"Wij gaan langs.\""));
	assert_false(office_hears(o, o->wim, "Wij gaan langs."));
	assert_true(neighbour_reads(&o->neighbour, num_events(o), "Wij gaan langs."));
	nobody_is_alarmed(o);
}

static void test_declined(void **state)
{
	struct office *o = *state;

	acknowledge(o, o->wim);
	ok(office_act(o, o->wim, "hand_over", "\"to\":\"%s\",\"text\":\"Voor jullie?\"",
		o->desks[TEAM].link));
	ok(office_act(o, o->tom, "decline", "\"text\":\"Niet ons gebied.\""));
	assert_true(office_hears(o, o->wim, "Niet ons gebied."));
	assert_string_equal(office_shows(o, o->wim, "role"), "owner");
	ok(office_act(o, o->wim, "follow_up", "\"text\":\"Dan ik.\""));
	world_disconnect(o->tom);
	world_pass(&o->world, 5000);
	assert_int_equal(listed(o->tom, "open"), 0);
	assert_false(office_hears(o, o->tom, "Dan ik."));
	nobody_is_alarmed(o);
}

/* ---- Who the reporter is ------------------------------------------------------- */

static const char *name_shown(struct office *o, struct world_client *client)
{
	static char name[64];
	cJSON *shown = office_case(o, client);
	const cJSON *identity = cJSON_GetObjectItem(shown, "identity");

	(void)snprintf(name, sizeof(name), "%s",
		identity == NULL ? "" : world_text(identity, "name"));
	cJSON_Delete(shown);
	return name;
}

static void send_named(struct office *o, bool fallback_knows)
{
	const struct kr_identity identity = {
		.name = LITERAL("Bea"), .contact = LITERAL("06-1")};
	struct kr_signal signal = neighbour_signal();

	signal.kind = KR_SIGNAL_NAMED;
	neighbour_init(&o->neighbour, &o->world, 3);
	neighbour_send(&o->neighbour, o->desks[WIJK].id, o->desks[VEILIG].id, &signal,
		&identity, fallback_knows);
	world_run(&o->world);
}

static void test_identity(void **state)
{
	struct office *o = *state;

	send_named(o, false);
	assert_string_equal(name_shown(o, o->wim), "Bea");
	/* The fallback is let in, and learns no name. */
	world_pass(&o->world, 9 * HOUR_MS);
	assert_string_equal(office_shows(o, o->fatma, "role"), "joined");
	assert_string_equal(name_shown(o, o->fatma), "");
	assert_string_equal(office_act(o, o->wim, "share_identity", "\"inbox\":\"%s\"",
				    o->desks[VEILIG].inbox),
		"state");
	ok(neighbour_act(&o->neighbour, KR_EVENT_CONSENTED, o->desks[VEILIG].id, 0, ""));
	world_run(&o->world);
	/* Who does not know it cannot share it. */
	assert_string_equal(office_act(o, o->fatma, "share_identity", "\"inbox\":\"%s\"",
				    o->desks[VEILIG].inbox),
		"not_found");
	ok(office_act(
		o, o->wim, "share_identity", "\"inbox\":\"%s\"", o->desks[VEILIG].inbox));
	assert_string_equal(name_shown(o, o->fatma), "Bea");
	nobody_is_alarmed(o);
}

static void test_identity_for_the_fallback(void **state)
{
	struct office *o = *state;

	send_named(o, true);
	world_pass(&o->world, 9 * HOUR_MS);
	assert_string_equal(name_shown(o, o->fatma), "Bea");
	nobody_is_alarmed(o);
}

/* ---- Keys ---------------------------------------------------------------------- */

static uint64_t sealing_number(struct world_client *client)
{
	cJSON *inbox = world_ask(client, "{\"ask\":\"inbox\"}");
	uint64_t value = (uint64_t)world_number(inbox, "sealing_number");

	cJSON_Delete(inbox);
	return value;
}

/* What was sealed to an earlier key is read with it, by who comes later too. */
static void test_rotated(void **state)
{
	struct office *o = *state;
	struct world_client *els;

	acknowledge(o, o->wim);
	for (uint64_t i = 2; i < 5; i++) {
		(void)world_text(world_do(o->wim, "{\"do\":\"inbox_rotate\"}"), "event");
		assert_int_equal(sealing_number(o->wim), i + 1);
		ok(office_act(
			o, o->sanne, "follow_up", "\"text\":\"Sleutel %d.\"", (int)i));
	}
	els = world_join(&o->world, "Els");
	office_add(o, WIJK, els);
	assert_string_equal(
		office_shows(o, els, "place"), "Lange Laan 12, 1234AB Ons Dorp");
	assert_true(office_hears(o, els, "Gelezen."));
	assert_true(office_hears(o, els, "Sleutel 3."));
	assert_true(neighbour_reads(&o->neighbour, num_events(o), "Sleutel 4."));
	nobody_is_alarmed(o);
}

/* Another inbox changes its key, or its hours, while one is connected: nobody takes that
 * for a lie. */
static void test_rotated_elsewhere(void **state)
{
	struct office *o = *state;

	acknowledge(o, o->wim);
	ok(office_act(o, o->wim, "invite_inbox", "\"to\":\"%s\",\"text\":\"Doe je mee?\"",
		o->desks[TEAM].link));
	(void)world_text(world_do(o->tom, "{\"do\":\"inbox_rotate\"}"), "event");
	ok(office_act(o, o->tom, "accept", "\"text\":\"Ja.\""));
	assert_int_equal(office_alarms(o->wim), 0);
	assert_true(office_hears(o, o->wim, "Ja."));
	ok(office_act(o, o->wim, "hand_over", "\"to\":\"%s\",\"text\":\"Neem over?\"",
		o->desks[TEAM].link));
	(void)world_text(
		world_do(o->tom,
			"{\"do\":\"inbox_set\",\"settings\":{\"deadlines\":{\"today\":"
			"{\"follow_up\":60}}}}"),
		"event");
	ok(office_act(o, o->tom, "accept", "\"text\":\"Goed.\""));
	assert_int_equal(office_alarms(o->wim), 0);
	assert_string_equal(office_shows(o, o->wim, "role"), "former");
	ok(office_act(o, o->tom, "follow_up", "\"text\":\"Kort.\""));
	nobody_is_alarmed(o);
}

/* ---- Leaving ------------------------------------------------------------------- */

/* P5: a professional who is dropped reads nothing that comes after, and can do
 * nothing. */
static void p5_dropped(void **state)
{
	struct office *o = *state;
	uint64_t before = sealing_number(o->wim);

	acknowledge(o, o->sanne);
	(void)world_text(world_do(o->wim, "{\"do\":\"inbox_drop\",\"account\":\"%s\"}",
				 world_text(world_answer(o->sanne, 1), "account")),
		"event");
	assert_true(sealing_number(o->wim) > before);
	ok(office_act(o, o->wim, "follow_up", "\"text\":\"Zonder Sanne.\""));
	ok(neighbour_act(&o->neighbour, KR_EVENT_ANSWER, NULL, 0, "Dank u."));
	world_disconnect(o->sanne);
	world_pass(&o->world, 5000);
	assert_false(office_hears(o, o->sanne, "Zonder Sanne."));
	assert_int_equal(listed(o->sanne, "open"), 0);
	assert_string_equal(
		office_act(o, o->sanne, "follow_up", "\"text\":\"Toch.\""), "forbidden");
	assert_string_equal(
		office_act(o, o->sanne, "note", "\"text\":\"Toch.\""), "not_found");
	assert_true(office_hears(o, o->wim, "Dank u."));
	/* What she did while she was in stays hers, and true. */
	world_restart(o->wim);
	world_pass(&o->world, 5000);
	assert_true(office_hears(o, o->wim, "Gelezen."));
	nobody_is_alarmed(o);
}

/* ---- Clocks -------------------------------------------------------------------- */

static void p7_overdue(void **state)
{
	struct office *o = *state;
	uint64_t until = number(o, o->wim, "until");

	assert_int_equal(until, o->world.now_ms + 8 * HOUR_MS);
	world_pass(&o->world, 8 * HOUR_MS - 2000);
	assert_int_equal(office_told(o->wim, "late"), 0);
	assert_string_equal(office_shows(o, o->fatma, "role"), "");
	world_pass(&o->world, 4000);
	assert_true(is_set(o, o->wim, "overdue"));
	assert_string_equal(office_shows(o, o->fatma, "role"), "joined");
	assert_int_equal(listed(o->wim, "overdue"), 1);
	assert_true(number(o, o->wim, "until") > until);
	/* The fallback reads it from the beginning, and takes it over. */
	assert_string_equal(
		office_shows(o, o->fatma, "place"), "Lange Laan 12, 1234AB Ons Dorp");
	ok(office_act(o, o->fatma, "accept", "\"text\":\"Wij nemen het over.\""));
	assert_string_equal(office_shows(o, o->wim, "role"), "former");
	assert_false(is_set(o, o->fatma, "overdue"));
	assert_true(neighbour_reads(&o->neighbour, num_events(o), "Wij nemen het over."));
	nobody_is_alarmed(o);
}

/* The relay keeps silent about a clock: the own one says so, once. */
static void p7_late_is_told_once(void **state)
{
	const struct relay_lie silent = {.is_silent = true};
	const struct relay_lie truth = {0};
	struct office *o = *state;

	relay_double_lie(o->world.relay, &silent);
	world_pass(&o->world, 9 * HOUR_MS);
	assert_int_equal(office_told(o->wim, "late"), 1);
	assert_int_equal(office_told(o->sanne, "late"), 1);
	assert_int_equal(listed(o->wim, "overdue"), 1);
	world_disconnect(o->wim);
	world_pass(&o->world, 9 * HOUR_MS);
	assert_int_equal(office_told(o->wim, "late"), 1);
	/* A word starts another clock. */
	relay_double_lie(o->world.relay, &truth);
	acknowledge(o, o->wim);
	assert_int_equal(listed(o->wim, "overdue"), 0);
	relay_double_lie(o->world.relay, &silent);
	world_pass(&o->world, 49 * HOUR_MS);
	assert_int_equal(office_told(o->wim, "late"), 2);
}

/* Nothing is called late because one was away: a colleague may have spoken. */
static void test_not_late_for_having_been_away(void **state)
{
	struct office *o = *state;

	acknowledge(o, o->wim);
	world_disconnect(o->wim);
	o->wim->timer_ms = 0;
	world_pass(&o->world, 40 * HOUR_MS);
	ok(office_act(o, o->sanne, "follow_up", "\"text\":\"Ik was er.\""));
	world_pass(&o->world, 20 * HOUR_MS);
	assert_int_equal(office_told(o->sanne, "late"), 0);
	world_restart(o->wim);
	world_pass(&o->world, 5000);
	assert_true(office_hears(o, o->wim, "Ik was er."));
	assert_int_equal(office_told(o->wim, "late"), 0);
}

static void test_retention(void **state)
{
	struct office *o = *state;

	acknowledge(o, o->wim);
	ok(office_act(o, o->wim, "close",
		"\"outcome\":\"help_started\",\"text\":\"Er is hulp.\""));
	assert_int_equal(listed(o->wim, "open"), 0);
	assert_int_equal(listed(o->wim, "closed"), 1);
	ok(neighbour_act(&o->neighbour, KR_EVENT_CLOSE_READ, NULL, 0, ""));
	world_pass(&o->world, UINT64_C(184) * 24 * HOUR_MS);
	assert_string_equal(office_shows(o, o->wim, "state"), "erased");
	nobody_is_alarmed(o);
}

/* ---- Notes --------------------------------------------------------------------- */

static void last_note_is(struct world_client *client, const char *account)
{
	const cJSON *told, *note = NULL;

	cJSON_ArrayForEach(told, client->told)
	{
		note = strcmp(world_text(told, "tell"), "note") == 0 ? told : note;
	}
	assert_string_equal(world_text(note, "account"), account);
}

static void test_notes(void **state)
{
	struct office *o = *state;
	const char *sanne = world_text(world_answer(o->sanne, 1), "account");

	acknowledge(o, o->wim);
	ok(office_act(o, o->wim, "hand_over", "\"to\":\"%s\",\"text\":\"Voor jullie?\"",
		o->desks[TEAM].link));
	ok(office_act(o, o->wim, "note", "\"text\":\"Ken ik van eerder.\""));
	ok(office_act(o, o->sanne, "note", "\"text\":\"Ik ook.\""));
	ok(office_act(o, o->wim, "assign", "\"account\":\"%s\"", sanne));
	ok(office_act(o, o->tom, "note", "\"text\":\"Vreemd.\""));
	assert_true(office_hears(o, o->wim, "Ik ook."));
	assert_true(office_hears(o, o->sanne, "Ken ik van eerder."));
	assert_string_equal(office_shows(o, o->wim, "assigned"), sanne);
	assert_int_equal(listed(o->sanne, "mine"), 1);
	assert_int_equal(listed(o->wim, "mine"), 0);
	/* Each inbox has its own. */
	assert_false(office_hears(o, o->wim, "Vreemd."));
	assert_false(office_hears(o, o->tom, "Ik ook."));
	/* Three, one's own too, and each once. */
	assert_int_equal(office_told(o->wim, "note"), 3);
	assert_int_equal(office_told(o->sanne, "note"), 3);
	assert_int_equal(office_told(o->tom, "note"), 1);
	last_note_is(o->wim, world_text(world_answer(o->wim, 1), "account"));
	nobody_is_alarmed(o);
}

/* A colleague has written while one was away: the next note comes after it. */
static void test_note_after_being_away(void **state)
{
	struct office *o = *state;

	ok(office_act(o, o->wim, "note", "\"text\":\"Een.\""));
	world_disconnect(o->wim);
	o->wim->timer_ms = 0;
	ok(office_act(o, o->sanne, "note", "\"text\":\"Twee.\""));
	world_restart(o->wim);
	ok(office_act(o, o->wim, "note", "\"text\":\"Drie.\""));
	assert_true(office_hears(o, o->sanne, "Drie."));
	assert_true(office_hears(o, o->wim, "Twee."));
}

/* ---- Earlier signals on the same address --------------------------------------- */

static int num_earlier(struct office *o, struct world_client *client)
{
	cJSON *shown = office_case(o, client);
	const cJSON *earlier = cJSON_GetObjectItem(shown, "earlier_signals");
	int num = cJSON_GetArraySize(earlier);
	const cJSON *signal;

	assert_int_equal((int)world_number(shown, "earlier"), num);
	cJSON_ArrayForEach(signal, earlier)
	{
		assert_true(cJSON_IsTrue(cJSON_GetObjectItem(signal, "opened")));
	}
	cJSON_Delete(shown);
	return num;
}

static const struct kr_address town_only = {
	.street = LITERAL_INIT("lange laan"),
	.number = 12,
	.town = LITERAL_INIT("ONS DORP"),
};
static const struct kr_address postcode_only = {
	.number = 12,
	.postcode = {'1', '2', '3', '4', 'A', 'B'},
};

/* What is sent after the usual one, and how many earlier ones there are then. */
static const struct {
	const char *name;
	struct kr_address address;
	int earlier;
} addresses[] = {
	{"by street and town", town_only, 1},
	{"by postcode", postcode_only, 1},
	{"another number",
		{.street = LITERAL_INIT("Lange Laan"),
			.number = 14,
			.town = LITERAL_INIT("Ons Dorp")},
		0},
	{"an addition",
		{.number = 12,
			.addition = LITERAL_INIT("a"),
			.postcode = {'1', '2', '3', '4', 'A', 'B'}},
		0},
	{"another postcode", {.number = 12, .postcode = {'1', '2', '3', '4', 'A', 'C'}},
		0},
	{"a street without its town",
		{.street = LITERAL_INIT("Lange Laan"), .number = 12}, 0},
	{"no address", {.number = 0}, 0},
};

static void test_earlier(void **state)
{
	for (size_t i = 0; i < NUM(addresses); i++) {
		struct kr_signal signal = neighbour_signal();
		struct office *o;

		office_setup_signal(state);
		o = *state;
		assert_int_equal(num_earlier(o, o->wim), 0);
		acknowledge(o, o->wim);
		world_pass(&o->world, HOUR_MS);
		signal.address = addresses[i].address;
		neighbour_init(&o->neighbour, &o->world, 2);
		neighbour_send(
			&o->neighbour, o->desks[WIJK].id, NULL, &signal, NULL, false);
		world_run(&o->world);
		if (num_earlier(o, o->wim) != addresses[i].earlier) {
			fail_msg("%s", addresses[i].name);
		}
		office_teardown(state);
	}
}

/* ---- Starting again ------------------------------------------------------------ */

static char *print_case(struct office *o, struct world_client *client)
{
	cJSON *shown = office_case(o, client);
	char *text;

	text = cJSON_PrintUnformatted(shown);
	cJSON_Delete(shown);
	assert_non_null(text);
	return text;
}

/* A client that starts from its records shows what it showed before, with no connection
 * and with one, and is told nothing a second time. */
static void start_again(struct office *o, struct world_client *client)
{
	char *before = print_case(o, client);
	size_t told = office_told(client, "case");
	char *after;

	world_restart(client);
	after = print_case(o, client);
	assert_string_equal(after, before);
	free(after);
	world_pass(&o->world, 2000);
	after = print_case(o, client);
	assert_string_equal(after, before);
	assert_int_equal(office_told(client, "case"), told);
	free(after);
	free(before);
}

static void all_start_again(struct office *o)
{
	start_again(o, o->wim);
	start_again(o, o->sanne);
	start_again(o, o->fatma);
	start_again(o, o->tom);
	nobody_is_alarmed(o);
}

static void test_restart_at_each_step(void **state)
{
	struct office *o = *state;

	all_start_again(o);
	acknowledge(o, o->wim);
	all_start_again(o);
	ok(office_act(o, o->sanne, "note", "\"text\":\"Intern.\""));
	all_start_again(o);
	ok(neighbour_act(&o->neighbour, KR_EVENT_ANSWER, NULL, 0, "Ja, elke nacht."));
	world_run(&o->world);
	all_start_again(o);
	(void)world_text(world_do(o->wim, "{\"do\":\"inbox_rotate\"}"), "event");
	all_start_again(o);
	ok(office_act(o, o->wim, "hand_over", "\"to\":\"%s\",\"text\":\"Voor jullie?\"",
		o->desks[TEAM].link));
	all_start_again(o);
	ok(office_act(o, o->tom, "accept", "\"text\":\"Ja.\""));
	all_start_again(o);
	world_pass(&o->world, 49 * HOUR_MS);
	assert_string_equal(office_shows(o, o->fatma, "role"), "joined");
	all_start_again(o);
	ok(office_act(o, o->tom, "close", "\"outcome\":\"other\",\"text\":\"Klaar.\""));
	all_start_again(o);
	ok(neighbour_act(&o->neighbour, KR_EVENT_REOPENED, NULL, KR_URGENCY_TODAY,
		"Het gaat door."));
	world_run(&o->world);
	all_start_again(o);
	assert_int_equal(office_told(o->sanne, "case"), num_events(o));
}

/* A keystore of before the lie was kept in it. */
static void test_record_of_version_1(void **state)
{
	struct office *o = *state;

	acknowledge(o, o->wim);
	for (size_t i = 0; i < o->wim->store.num; i++) {
		struct world_record *record = &o->wim->store.list[i];

		if (record->key.data[0] == RECORD_CASE) {
			record->value.data[0] = 1;
			record->value.len--;
		}
	}
	start_again(o, o->wim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_arrives, office_setup_signal, office_teardown),
		cmocka_unit_test_setup_teardown(
			test_own_events, office_setup_signal, office_teardown),
		cmocka_unit_test_setup_teardown(
			test_parties_read, office_setup_signal, office_teardown),
		cmocka_unit_test_setup_teardown(
			test_handed_over, office_setup_signal, office_teardown),
		cmocka_unit_test_setup_teardown(test_parties_read_a_long_case,
			office_setup_signal, office_teardown),
		cmocka_unit_test_setup_teardown(
			test_declined, office_setup_signal, office_teardown),
		cmocka_unit_test_setup_teardown(
			test_identity, office_setup, office_teardown),
		cmocka_unit_test_setup_teardown(
			test_identity_for_the_fallback, office_setup, office_teardown),
		cmocka_unit_test_setup_teardown(
			test_rotated, office_setup_signal, office_teardown),
		cmocka_unit_test_setup_teardown(
			test_rotated_elsewhere, office_setup_signal, office_teardown),
		cmocka_unit_test_setup_teardown(
			p5_dropped, office_setup_signal, office_teardown),
		cmocka_unit_test_setup_teardown(
			p7_overdue, office_setup_signal, office_teardown),
		cmocka_unit_test_setup_teardown(
			p7_late_is_told_once, office_setup_signal, office_teardown),
		cmocka_unit_test_setup_teardown(test_not_late_for_having_been_away,
			office_setup_signal, office_teardown),
		cmocka_unit_test_setup_teardown(
			test_retention, office_setup_signal, office_teardown),
		cmocka_unit_test_setup_teardown(
			test_notes, office_setup_signal, office_teardown),
		cmocka_unit_test_setup_teardown(
			test_note_after_being_away, office_setup_signal, office_teardown),
		cmocka_unit_test(test_earlier),
		cmocka_unit_test_setup_teardown(
			test_restart_at_each_step, office_setup_signal, office_teardown),
		cmocka_unit_test_setup_teardown(
			test_record_of_version_1, office_setup_signal, office_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
