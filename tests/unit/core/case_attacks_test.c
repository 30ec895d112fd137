/* What somebody in a case, or its relay, might do to the others in it: keys that open
 * nothing, a stand-in whom the reporter does not trust, clocks that nobody could
 * check. */
#include <stdlib.h>
#include <string.h>

#include "test.h"
#include "tests/unit/core/office.h"

#include "clients/core/state.h"

#define HOUR_MS UINT64_C(3600000)

/* ---- Keys ---------------------------------------------------------------------- */

/* The owner hands on a key that opens nothing, to whom the true one will come later. */
static void p7_a_false_key_keeps_nobody_out(void **state)
{
	struct office *o = *state;
	const uint8_t false_key[KR_SECRET_BYTES] = {0x66};
	struct followed_case *c = case_find(o->wim->core, o->neighbour.keys.locator);
	struct record_key key =
		record_key_id_number(RECORD_CASE_SECRET, o->neighbour.keys.locator, 1);

	assert_non_null(c);
	record_key_add(&key, KR_ENVELOPE_WORDS);
	assert_int_equal(records_put(&o->wim->core->records, &key,
				 kr_view(false_key, sizeof(false_key))),
		KR_OK);
	assert_string_equal(
		office_act(o, o->wim, "consult", "\"to\":\"%s\",\"text\":\"Wat nu?\"",
			o->desks[VEILIG].link),
		"ok");
	world_pass(&o->world, 9 * HOUR_MS);
	assert_string_equal(
		office_shows(o, o->fatma, "place"), "Lange Laan 12, 1234AB Ons Dorp");
}

/* ---- Whom the reporter excludes ------------------------------------------------ */

/* A signal at WIJK that VEILIG must not learn of. */
static void signal_without_veilig(struct office *o)
{
	struct kr_signal signal = neighbour_signal();

	signal.excluded = kr_view(o->desks[VEILIG].id, KR_ID_BYTES);
	neighbour_init(&o->neighbour, &o->world, 7);
	neighbour_send(&o->neighbour, o->desks[WIJK].id, NULL, &signal, NULL, false);
	world_run(&o->world);
}

/* Whoever is offered a case has not read whom its reporter excludes, and would name
 * them. */
static void a_handover_does_not_bring_in_whom_the_reporter_excludes(void **state)
{
	struct office *o = *state;

	signal_without_veilig(o);
	assert_string_equal(
		office_act(o, o->wim, "hand_over",
			"\"to\":\"%s\",\"text\":\"Voor jullie?\"", o->desks[TEAM].link),
		"excluded");
	/* Who was let in before knows, and names somebody else, or nobody. */
	assert_string_equal(
		office_act(o, o->wim, "invite_inbox",
			"\"to\":\"%s\",\"text\":\"Doe je mee?\"", o->desks[TEAM].link),
		"ok");
	assert_string_equal(office_act(o, o->tom, "accept", "\"text\":\"Ja.\""), "ok");
	assert_string_equal(
		office_act(o, o->wim, "hand_over",
			"\"to\":\"%s\",\"text\":\"Voor jullie?\"", o->desks[TEAM].link),
		"ok");
	assert_string_equal(office_act(o, o->tom, "accept", "\"text\":\"Ja.\""), "ok");
	assert_null(kr_case_party(
		relay_double_case(o->world.relay, o->neighbour.keys.locator),
		o->desks[VEILIG].id));
}

/* ---- Records ------------------------------------------------------------------- */

static const char *refuse_updates(void *ctx, int conn, const struct kr_request *request)
{
	(void)ctx;
	(void)conn;
	return request->verb == KR_VERB_INBOX_UPDATE ? "internal" : NULL;
}

/* A relay that hides a rotation for ever gets nothing sealed to the old key after a
 * year. */
static void p5_nobody_asks_an_inbox_whose_record_ran_out(void **state)
{
	struct office *o = *state;

	relay_double_lie(o->world.relay, &(struct relay_lie){.refuse = refuse_updates});
	world_pass(&o->world, 24 * HOUR_MS);
	for (size_t i = 0; i < o->world.num; i++) {
		world_disconnect(&o->world.clients[i]);
	}
	o->world.now_ms += 366 * 24 * HOUR_MS;
	relay_double_set_time(o->world.relay, o->world.now_ms);
	world_pass(&o->world, 10000);
	assert_string_equal(
		office_act(o, o->wim, "consult", "\"to\":\"%s\",\"text\":\"Wat nu?\"",
			o->desks[TEAM].link),
		"inbox_expired");
	/* Who is in the case already is not silenced by a record that ran out. */
	assert_string_equal(
		office_act(o, o->wim, "acknowledge", "\"text\":\"Gelezen.\""), "ok");
}

/* ---- Clocks -------------------------------------------------------------------- */

/* The relay shows no record of this inbox to anybody outside its team. */
static enum relay_delivery hide_veilig(void *ctx, int conn, struct kr_event *event)
{
	struct office *o = ctx;

	return event->type == KR_EVENT_INBOX_SET && conn != o->fatma->conn &&
			memcmp(event->topic.id, o->desks[VEILIG].id, KR_ID_BYTES) == 0
		? RELAY_DROP
		: RELAY_TRUE;
}

/* A clock is held against the record of whose turn it is; a relay that hides it, and then
 * sets the clock as it likes, is not believed. */
static void a_clock_that_nobody_can_check_is_a_lie(void **state)
{
	struct office *o = *state;

	relay_double_lie(
		o->world.relay, &(struct relay_lie){.ctx = o, .deliver = hide_veilig});
	world_pass(&o->world, 9 * HOUR_MS);
	assert_true(world_alarms(o->sanne, "case_record") > 0);
}

/* ---- Limits -------------------------------------------------------------------- */

static bool is_busy(void *ctx, int conn, const struct kr_request *request)
{
	(void)ctx;
	(void)conn;
	return request->verb == KR_VERB_CASE_KEYS || request->verb == KR_VERB_INBOX_READ;
}

/* Whoever has many cases asks for much at once: what is refused for a while is asked for
 * again, and the relay is not taken for a liar meanwhile. */
static void p7_a_busy_relay_hides_no_signal(void **state)
{
	struct office *o = *state;

	relay_double_lie(o->world.relay, &(struct relay_lie){.is_busy = is_busy});
	office_signal(o, 1);
	world_pass(&o->world, 9 * HOUR_MS); /* VEILIG is let in, whom nobody here knows */
	assert_string_equal(office_shows(o, o->wim, "place"), "");
	relay_double_lie(o->world.relay, &(struct relay_lie){0});
	world_pass(&o->world, 2000);
	assert_string_equal(
		office_shows(o, o->wim, "place"), "Lange Laan 12, 1234AB Ons Dorp");
	assert_string_equal(
		office_shows(o, o->fatma, "place"), "Lange Laan 12, 1234AB Ons Dorp");
	assert_int_equal(office_alarms(o->wim) + office_alarms(o->fatma), 0);
}

/* A browser does not notice that a connection has died: who acts must not wait without
 * end. */
static void p1_a_connection_dies_in_silence(void **state)
{
	struct office *o = *state;
	uint64_t command;

	assert_string_equal(
		office_act(o, o->wim, "acknowledge", "\"text\":\"Gelezen.\""), "ok");
	relay_double_lie(o->world.relay, &(struct relay_lie){.is_mute = true});
	command = world_say(o->wim,
		"{\"do\":\"follow_up\",\"case\":\"%s\",\"text\":\"Ik ben er geweest.\"}",
		o->neighbour.case_id);
	world_run(&o->world);
	assert_null(world_answer(o->wim, command));
	relay_double_lie(o->world.relay, &(struct relay_lie){0});
	world_pass(&o->world, 130000);
	assert_non_null(world_answer(o->wim, command));
	assert_true(neighbour_reads(&o->neighbour, 3, "Ik ben er geweest."));
}

int main(void)
{
#define CASE(name, setup) cmocka_unit_test_setup_teardown(name, setup, office_teardown)
	const struct CMUnitTest tests[] = {
		CASE(p7_a_false_key_keeps_nobody_out, office_setup_signal),
		CASE(a_handover_does_not_bring_in_whom_the_reporter_excludes,
			office_setup),
		CASE(p5_nobody_asks_an_inbox_whose_record_ran_out, office_setup_signal),
		CASE(a_clock_that_nobody_can_check_is_a_lie, office_setup_signal),
		CASE(p1_a_connection_dies_in_silence, office_setup_signal),
		CASE(p7_a_busy_relay_hides_no_signal, office_setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
