/* Every lie about a case is found out by its name, and nothing that it says counts. */
#include <stdio.h>
#include <string.h>

#include "relay.h"
#include "test.h"

static struct scene s;

static bool has_alarm(const cJSON *answer, const char *name)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, cJSON_GetObjectItem(answer, "alarms"))
	{
		if (strcmp(text_of(item, "name"), name) == 0) {
			return true;
		}
	}
	return false;
}

static void acknowledge(void)
{
	scene_act(&s, KR_EVENT_ACKNOWLEDGED, WIJK, "Gelezen.", -1);
}

static void close_early(void)
{
	scene_act(&s, KR_EVENT_FOLLOW_UP, WIJK, "Te vroeg.", -1);
}

static void rotate_and_acknowledge(void)
{
	enum lie lie = s.lie;

	s.lie = NO_LIE;
	scene_rotate(&s, WIJK);
	s.now_ms++;
	s.lie = lie;
	acknowledge();
}

static void run_out(void)
{
	s.now_ms += 2 * 3600000 + 1;
	scene_overdue(&s);
}

/* What a reporter who comes back with the digits finds. */
static const struct {
	const char *name;
	enum lie lie;
	void (*act)(void);
	const char *alarm;
	bool counts; /* the event does, but its words cannot be had */
} lies[] = {
	{"an event is left out", LIE_SKIP, acknowledge, "order", false},
	{"an event comes twice", LIE_REPEAT, acknowledge, "order", true},
	{"an event is changed", LIE_CHANGE, acknowledge, "order", false},
	{"the newest are hidden", LIE_HEAD_BEHIND, acknowledge, "order", false},
	{"another inbox in the head", LIE_BY, acknowledge, "head", false},
	{"a deadline is put off", LIE_UNTIL, acknowledge, "clock", false},
	{"a stranger signs", LIE_SIGNER, acknowledge, "signature", false},
	{"another history was seen", LIE_FORK, acknowledge, "fork", false},
	{"what is not permitted", LIE_STATE, close_early, "state", false},
	{"the reporter is left out", LIE_RECIPIENTS, acknowledge, "recipients", false},
	{"an old record", LIE_OLD_RECORD, rotate_and_acknowledge, "record", false},
	{"no record", LIE_NO_RECORD, acknowledge, "record", false},
	{"a forged record", LIE_FORGED_RECORD, acknowledge, "signature", false},
	{"overdue by a stranger", LIE_RELAY_WORD, run_out, "relay_word", false},
	{"a wrap is changed", LIE_WRAP, acknowledge, "hash", true},
	{"wraps are withheld", LIE_WITHHOLD, acknowledge, "withheld", true},
	{"what is no words", LIE_WORDS, acknowledge, "unreadable", true},
};

static void test_lies_are_found_by_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < NUM(lies); i++) {
		char digits[KR_RECEIPT_TEXT_BYTES];
		bool opened;

		print_message("%s\n", lies[i].name);
		scene_begin(&s);
		scene_send(&s, digits);
		assert_string_equal(text_of(s.answer, "error"), "");
		scene_drop(&s);
		s.is_subscribed = false;
		s.lie = lies[i].lie;
		lies[i].act();
		(void)scene_return(&s, digits);
		assert_non_null(s.answer);
		assert_true(has_alarm(s.answer, lies[i].alarm));
		assert_true(scene_was_told(&s, "alarm", lies[i].alarm));
		opened = cJSON_IsTrue(cJSON_GetObjectItem(s.answer, "opened"));
		assert_int_equal(opened, lies[i].counts);
		if (!lies[i].counts) {
			assert_int_equal(
				cJSON_GetArraySize(cJSON_GetObjectItem(s.answer, "acts")),
				0);
		}
		scene_end(&s);
	}
}

/* The same without a lie: what is found above is the lie and nothing else. */
static void test_the_truth_raises_no_alarm(void **state)
{
	void (*const acts[])(void) = {acknowledge, rotate_and_acknowledge, run_out};

	(void)state;
	for (size_t i = 0; i < NUM(acts); i++) {
		char digits[KR_RECEIPT_TEXT_BYTES];

		scene_begin(&s);
		scene_send(&s, digits);
		scene_drop(&s);
		acts[i]();
		(void)scene_return(&s, digits);
		assert_non_null(s.answer);
		assert_int_equal(
			cJSON_GetArraySize(cJSON_GetObjectItem(s.answer, "alarms")), 0);
		scene_end(&s);
	}
}

static const struct {
	const char *name;
	enum lie lie;
	const char *error;
} arrivals[] = {
	{"signed by a stranger", LIE_ARRIVAL_KEY, "relay_word"},
	{"of something else", LIE_ARRIVAL_HASH, "relay_word"},
	{"at another inbox", LIE_ARRIVAL_INBOX, "relay_word"},
	{"none", LIE_ARRIVAL_NONE, "relay_word"},
	/* The hash is over the deadline, too. */
	{"with a later deadline", LIE_ARRIVAL_UNTIL, "relay_word"},
};

static void test_a_forged_arrival_is_none(void **state)
{
	(void)state;
	for (size_t i = 0; i < NUM(arrivals); i++) {
		char digits[KR_RECEIPT_TEXT_BYTES];

		print_message("%s\n", arrivals[i].name);
		scene_begin(&s);
		s.lie = arrivals[i].lie;
		scene_send(&s, digits);
		assert_string_equal(text_of(s.answer, "error"), arrivals[i].error);
		assert_true(scene_was_told(&s, "alarm", arrivals[i].error));
		assert_null(cJSON_GetObjectItem(s.answer, "arrival"));
		scene_end(&s);
	}
}

/* What is wrong before anything is sent. */
static const struct {
	enum lie lie;
	const char *alarm;
} openings[] = {
	{LIE_OTHER_KEY, "relay_changed"},
	{LIE_OTHER_NAME, "relay_changed"},
	{LIE_FORGED_RECORD, "signature"},
};

static void test_an_inbox_that_is_not_the_one_is_not_opened(void **state)
{
	(void)state;
	for (size_t i = 0; i < NUM(openings); i++) {
		scene_begin(&s);
		s.lie = openings[i].lie;
		scene_open(&s);
		assert_true(scene_was_told(&s, "alarm", openings[i].alarm));
		assert_true(s.answer == NULL || *text_of(s.answer, "error") != '\0');
		scene_end(&s);
	}
}

/* A newer record was seen before. */
static void test_an_inbox_does_not_go_back(void **state)
{
	char digits[KR_RECEIPT_TEXT_BYTES];

	(void)state;
	scene_begin(&s);
	scene_rotate(&s, WIJK);
	s.now_ms++;
	scene_open(&s);
	s.lie = LIE_OLD_RECORD;
	scene_receipt(&s, digits);
	(void)scene_dof(&s,
		"{\"do\":\"send\",\"receipt\":\"%s\",\"signal\":{\"kind\":\"advice\","
		"\"urgency\":\"no_hurry\",\"category\":\"other\",\"at_risk\":[],"
		"\"danger_now\":\"no\",\"weapons\":\"no\",\"family_knows\":\"no\","
		"\"seen\":\"Een vraag.\",\"reach\":\"receipt\",\"origin\":\"site\"}}",
		digits);
	assert_true(scene_was_told(&s, "alarm", "record"));
	scene_end(&s);
}

/* Nothing is said when a clock runs out: the relay's own time is held against it. */
static void test_silence_past_a_deadline_is_a_lie(void **state)
{
	char digits[KR_RECEIPT_TEXT_BYTES];

	(void)state;
	scene_begin(&s);
	scene_send(&s, digits);
	s.now_ms += 2 * 3600000 + 61000;
	(void)scene_return(&s, digits);
	assert_true(has_alarm(s.answer, "clock"));
	assert_true(cJSON_IsTrue(cJSON_GetObjectItem(s.answer, "not_opened")));
	scene_end(&s);
}

/* While it does not show the record that the first rests on, a relay sends one event
 * after another. As many as a case can have are kept until then, and no more. */
static void test_events_without_end_are_a_lie(void **state)
{
	char digits[KR_RECEIPT_TEXT_BYTES];
	struct kr_event event;

	(void)state;
	scene_begin(&s);
	scene_send(&s, digits);
	s.is_mute = true;
	rotate_and_acknowledge();
	event = s.events[1].event;
	while (event.seq < KR_CASE_EVENTS_MAX) {
		event.seq++;
		relay_say(&s, &event, s.events[1].hash);
		scene_run(&s);
	}
	assert_false(scene_was_told(&s, "alarm", "state"));
	event.seq++;
	relay_say(&s, &event, s.events[1].hash);
	scene_run(&s);
	assert_true(scene_was_told(&s, "alarm", "state"));
	scene_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lies_are_found_by_name),
		cmocka_unit_test(test_the_truth_raises_no_alarm),
		cmocka_unit_test(test_a_forged_arrival_is_none),
		cmocka_unit_test(test_an_inbox_that_is_not_the_one_is_not_opened),
		cmocka_unit_test(test_an_inbox_does_not_go_back),
		cmocka_unit_test(test_silence_past_a_deadline_is_a_lie),
		cmocka_unit_test(test_events_without_end_are_a_lie),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
