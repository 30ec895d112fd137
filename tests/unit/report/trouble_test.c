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

/* The machine's clock is set back while it waits for a busy relay: it goes on all the same,
 * and the relay's later time is no lie. */
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

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(p1_a_connection_dies_in_silence),
		CASE(p1_a_clock_is_set_back_while_it_waits),
		CASE(p1_a_case_that_is_lost_is_told),
		CASE(p7_a_fallback_is_not_hidden),
		CASE(p7_a_record_that_lapsed_silences_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
