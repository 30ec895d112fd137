/* A signal gets through, and a case is followed, in spite of connections that die in
 * silence, clocks that are set, and a relay that lost or hides something. */
#include <stdio.h>
#include <string.h>

#include "scene.h"
#include "test.h"

#define HOUR_MS INT64_C(3600000)

static struct scene s;
static char digits[KR_RECEIPT_TEXT_BYTES];

static int setup(void **state)
{
	(void)state;
	scene_begin(&s);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	scene_end(&s);
	return 0;
}

static void assert_done(const cJSON *answer)
{
	assert_non_null(answer);
	assert_string_equal(text_of(answer, "error"), "");
}

/* A telephone that changed networks: nothing comes any more, and nothing says so. */
static void p1_a_connection_dies_in_silence(void **state)
{
	(void)state;
	scene_open(&s);
	scene_receipt(&s, digits);
	s.is_mute = true;
	scene_send_signal(&s, digits);
	assert_null(s.answer);
	s.is_mute = false;
	scene_pass(&s, 61000);
	scene_pass(&s, 61000);
	assert_done(s.answer);
	assert_int_equal(s.num_events, 1);

	s.is_mute = true;
	assert_null(scene_do(&s, "{\"do\":\"answer\",\"text\":\"Nog iets.\"}"));
	s.is_mute = false;
	scene_pass(&s, 61000);
	scene_pass(&s, 61000);
	assert_done(s.answer);
	assert_int_equal(s.num_events, 2);
}

/* The machine's clock is set back while it waits for a busy relay: it goes on all the
 * same, and the relay's later time is no lie. */
static void p1_a_clock_is_set_back_while_it_waits(void **state)
{
	(void)state;
	s.refuse = "busy";
	scene_send(&s, digits);
	assert_null(s.answer);
	s.refuse = NULL;
	s.machine_ahead_ms = -24 * HOUR_MS;
	s.timer_ms = 1; /* the host wakes it, though by its clock it is too early */
	scene_pass(&s, 1000);
	scene_pass(&s, 60000);
	assert_done(s.answer);
	assert_false(scene_was_told(&s, "alarm", "clock"));
}

/* A relay that was restored from before the signal, while its reporter looks on. */
static void p1_a_case_that_is_lost_is_told(void **state)
{
	unsigned num_connections;

	(void)state;
	scene_send(&s, digits);
	assert_done(s.answer);
	s.lie = LIE_NO_CASE;
	scene_drop(&s);
	assert_true(scene_was_told(&s, "alarm", "order"));
	num_connections = s.num_connections;
	for (int i = 0; i < 10; i++) {
		scene_pass(&s, 60000);
	}
	assert_int_equal(s.num_connections, num_connections);
}

/* Nobody would step in: that is not for the relay to decide. */
static void p7_a_fallback_is_not_hidden(void **state)
{
	(void)state;
	s.lie = LIE_NO_FALLBACK;
	scene_send(&s, digits);
	assert_true(scene_was_told(&s, "alarm", "record"));
	assert_string_equal(text_of(s.answer, "error"), "record");
	assert_int_equal(s.num_events, 0);
	/* The same digits do when it is shown. */
	s.lie = NO_LIE;
	scene_send_signal(&s, digits);
	assert_done(s.answer);
	assert_int_equal(s.num_events, 1);
	assert_non_null(kr_case_party(&s.state, s.inboxes[VEILIG].id));
}

/* Words go to every party: one that let its record lapse must not silence the others. */
static void p7_a_record_that_lapsed_silences_nobody(void **state)
{
	(void)state;
	scene_send(&s, digits);
	scene_act(&s, KR_EVENT_ACKNOWLEDGED, WIJK, "Gelezen.", -1);
	s.now_ms += UINT64_C(301) * 24 * 3600 * 1000;
	assert_done(scene_return(&s, digits));
	assert_done(scene_do(&s, "{\"do\":\"answer\",\"text\":\"Nog iets.\"}"));
	assert_int_equal(s.num_events, 3);
}

/* ---- Whose clock is wrong? ----------------------------------------------------- */

static double clock_ahead_ms(void)
{
	cJSON *shown = scene_ask(&s, "{\"ask\":\"case\"}");
	const cJSON *ahead = cJSON_GetObjectItem(shown, "clock_ahead");
	double ms = ahead == NULL ? 0 : ahead->valuedouble;

	cJSON_Delete(shown);
	return ms;
}

/* Its owner sets a machine's clock while it looks on. That accuses nobody; the relay's
 * own time does. */
static void p7_a_clock_is_set_ahead_while_it_looks_on(void **state)
{
	(void)state;
	scene_send(&s, digits);
	assert_done(s.answer);
	assert_true(clock_ahead_ms() == 0);
	assert_false(scene_was_told(&s, "clock", NULL));
	s.machine_ahead_ms = 24 * HOUR_MS;
	scene_pass(&s, 1000);
	assert_false(scene_was_told(&s, "alarm", "clock"));
	assert_false(scene_was_told(&s, "late", NULL));
	assert_true(scene_was_told(&s, "clock", NULL));
	assert_true(clock_ahead_ms() == (double)(-24 * HOUR_MS));
	/* Two hours and the grace, by whatever clock. */
	scene_pass(&s, (uint64_t)(2 * HOUR_MS));
	assert_true(scene_was_told(&s, "late", NULL));
	assert_false(scene_was_told(&s, "alarm", "clock"));
	scene_pass(&s, 61000);
	assert_true(scene_was_told(&s, "alarm", "clock"));
}

/* It sleeps while the clock runs out, and its connection dies. When it wakes it does not
 * know yet what was said. */
static void p7_a_machine_that_slept_accuses_nobody(void **state)
{
	(void)state;
	scene_send(&s, digits);
	assert_done(s.answer);
	s.is_mute = true;
	s.is_subscribed = false;
	s.now_ms = s.state.until_ms;
	scene_overdue(&s);
	scene_pass(&s, (uint64_t)HOUR_MS);
	s.is_mute = false;
	scene_pass(&s, 61000);
	scene_pass(&s, 61000);
	assert_true(scene_was_told(&s, "case", NULL));
	assert_false(scene_was_told(&s, "alarm", "clock"));
}

/* A relay that claims that it is still yesterday accuses itself of nothing; but the
 * clocks are seen to differ. */
static void p7_a_relay_that_is_behind_is_seen(void **state)
{
	static const struct {
		int64_t ahead_ms;
		bool is_seen;
	} rows[] = {{0, false}, {24 * HOUR_MS, true}, {-24 * HOUR_MS, true},
		{HOUR_MS / 12, false}, {HOUR_MS / 12 + 1, true},
		{-(HOUR_MS / 12 + 1), true}};

	(void)state;
	scene_send(&s, digits);
	for (size_t i = 0; i < NUM(rows); i++) {
		s.machine_ahead_ms = rows[i].ahead_ms;
		assert_done(scene_return(&s, digits));
		assert_true(clock_ahead_ms() ==
			(rows[i].is_seen ? (double)-rows[i].ahead_ms : 0));
		assert_false(scene_was_told(&s, "alarm", "clock"));
	}
}

/* ---- The relay's clock is set back --------------------------------------------- */

/* The first is of the records with which the scene begins. */
enum { OLD_S = 7200, NEW_S = 3600, NEITHER_S = 1800 };

static void set_deadlines(size_t inbox, uint32_t seconds)
{
	for (size_t i = 0; i < NUM(s.inboxes[inbox].settings.deadlines); i++) {
		struct kr_inbox_deadline *d = &s.inboxes[inbox].settings.deadlines[i];

		d->acknowledge_s = d->follow_up_s = seconds;
	}
}

static void send_and_leave(void)
{
	scene_send(&s, digits);
	assert_done(s.answer);
	scene_drop(&s);
	s.is_subscribed = false;
}

static void assert_alarm_on_return(const char *name)
{
	const cJSON *alarms;

	(void)scene_return(&s, digits);
	assert_non_null(s.answer);
	alarms = cJSON_GetObjectItem(s.answer, "alarms");
	assert_int_equal(cJSON_GetArraySize(alarms), name != NULL);
	if (name != NULL) {
		assert_string_equal(text_of(cJSON_GetArrayItem(alarms, 0), "name"), name);
	}
}

/* Of two records the times do not tell which came first, if the clock of the relay was
 * set back. It cannot take any that it likes. */
static void p7_deadlines_change_while_the_relays_clock_is_set_back(void **state)
{
	static const struct {
		const char *name;
		int64_t changed_h; /* after the first deadline */
		int64_t overdue_h;
		uint32_t by_s;
		const char *alarm;
	} rows[] = {
		{"as it was", 1, 0, OLD_S, NULL},
		{"as it is", 1, 2, NEW_S, NULL},
		{"set back after the change", 23, 0, NEW_S, NULL},
		{"set back before the change", 1, 24, OLD_S, NULL},
		{"as it was long ago", 1, 26, OLD_S, "clock"},
		{"as it will be some day", 25, 0, NEW_S, "clock"},
		{"as it never was", 1, 2, NEITHER_S, "clock"},
		{"as it never was, set back", 23, 0, NEITHER_S, "clock"},
	};

	(void)state;
	for (size_t i = 0; i < NUM(rows); i++) {
		uint64_t due_ms;

		print_message("%s\n", rows[i].name);
		scene_end(&s);
		scene_begin(&s);
		send_and_leave();
		due_ms = s.state.until_ms;
		s.now_ms = due_ms + (uint64_t)(rows[i].changed_h * HOUR_MS);
		set_deadlines(VEILIG, NEW_S);
		scene_rotate(&s, VEILIG);
		s.now_ms = due_ms + (uint64_t)(rows[i].overdue_h * HOUR_MS);
		set_deadlines(VEILIG, rows[i].by_s);
		scene_overdue(&s);
		assert_alarm_on_return(rows[i].alarm);
	}
}

/* Whoever has acted under a record had it then, whatever the clock says. */
static void p7_who_has_acted_under_a_record_has_it(void **state)
{
	static const struct {
		const char *name;
		uint32_t by_s;
		const char *alarm;
	} rows[] = {{"the new one", NEW_S, NULL}, {"the old one", OLD_S, "clock"}};

	(void)state;
	for (size_t i = 0; i < NUM(rows); i++) {
		uint64_t due_ms;

		print_message("%s\n", rows[i].name);
		scene_end(&s);
		scene_begin(&s);
		send_and_leave();
		due_ms = s.now_ms = s.state.until_ms;
		scene_overdue(&s);
		s.now_ms = due_ms + (uint64_t)(72 * HOUR_MS);
		set_deadlines(WIJK, NEW_S);
		scene_rotate(&s, WIJK);
		scene_act(&s, KR_EVENT_ACKNOWLEDGED, WIJK, "Gelezen.", -1);
		s.now_ms = due_ms + (uint64_t)HOUR_MS;
		scene_act(&s, KR_EVENT_QUESTION, VEILIG, "Hoe vaak?", -1);
		s.now_ms = s.state.until_ms;
		set_deadlines(WIJK, rows[i].by_s);
		scene_overdue(&s);
		assert_alarm_on_return(rows[i].alarm);
	}
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(p1_a_connection_dies_in_silence),
		CASE(p1_a_clock_is_set_back_while_it_waits),
		CASE(p1_a_case_that_is_lost_is_told),
		CASE(p7_a_fallback_is_not_hidden),
		CASE(p7_a_record_that_lapsed_silences_nobody),
		CASE(p7_a_clock_is_set_ahead_while_it_looks_on),
		CASE(p7_a_machine_that_slept_accuses_nobody),
		CASE(p7_a_relay_that_is_behind_is_seen),
		CASE(p7_deadlines_change_while_the_relays_clock_is_set_back),
		CASE(p7_who_has_acted_under_a_record_has_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
