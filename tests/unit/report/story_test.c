/* A signal from the link on a poster to the closing word, from two machines. */
#include <stdio.h>
#include <string.h>

#include "scene.h"
#include "test.h"

static struct scene s;

static int begin(void **state)
{
	(void)state;
	scene_begin(&s);
	return 0;
}

static int end(void **state)
{
	(void)state;
	scene_end(&s);
	return 0;
}

#define assert_done(answer) assert_true(cJSON_IsTrue(cJSON_GetObjectItem((answer), "ok")))

static void assert_error(const cJSON *answer, const char *error)
{
	assert_non_null(answer);
	assert_string_equal(text_of(answer, "error"), error);
}

static bool is_true(const cJSON *object, const char *name)
{
	return cJSON_IsTrue(cJSON_GetObjectItem(object, name));
}

static bool can(const cJSON *state, const char *act)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, cJSON_GetObjectItem(state, "acts"))
	{
		if (strcmp(item->valuestring, act) == 0) {
			return true;
		}
	}
	return false;
}

/* The last entry of the timeline with words. */
static const cJSON *last_words(const cJSON *state)
{
	const cJSON *found = NULL;
	const cJSON *item;

	cJSON_ArrayForEach(item, cJSON_GetObjectItem(state, "timeline"))
	{
		found = cJSON_HasObjectItem(item, "text") ? item : found;
	}
	return found;
}

static void test_an_inbox_is_opened_by_its_link(void **state)
{
	const cJSON *deadlines;

	(void)state;
	scene_open(&s);
	assert_done(s.answer);
	assert_string_equal(text_of(s.answer, "name"), "Wijkagent Noord");
	assert_string_equal(text_of(s.answer, "call"), CALL);
	assert_true(is_true(s.answer, "pinned"));
	assert_true(is_true(s.answer, "fallback"));
	assert_false(is_true(s.answer, "expired"));
	assert_int_equal(strlen(text_of(s.answer, "fingerprint")), 35);
	deadlines = cJSON_GetObjectItem(s.answer, "deadlines");
	assert_true(cJSON_GetObjectItem(deadlines, "danger_now")->valuedouble ==
		(double)(START_MS + 3600000));
	assert_false(s.is_connected); /* until something is sent */
}

static void test_a_signal_arrives_and_is_answered(void **state)
{
	char digits[KR_RECEIPT_TEXT_BYTES];
	const cJSON *words;

	(void)state;
	scene_send(&s, digits);
	assert_done(s.answer);
	assert_int_equal(s.num_connections, 2); /* not that on which it was opened */
	assert_true(*text_of(s.answer, "arrival") != '\0');
	assert_true(scene_was_told(&s, "sending", NULL));
	scene_act(&s, KR_EVENT_ACKNOWLEDGED, WIJK, "Ik heb het gelezen.", -1);
	scene_act(&s, KR_EVENT_QUESTION, WIJK, "Is het elke avond?", -1);

	assert_done(scene_return(&s, digits));
	assert_string_equal(text_of(s.answer, "state"), "open");
	assert_true(is_true(s.answer, "opened"));
	assert_string_equal(text_of(s.answer, "owner"), "Wijkagent Noord");
	words = last_words(s.answer);
	assert_string_equal(text_of(words, "text"), "Is het elke avond?");
	assert_string_equal(text_of(words, "author"), "Anja");
	assert_true(can(s.answer, "answer"));
	assert_false(can(s.answer, "goes_on"));

	assert_done(scene_do(&s, "{\"do\":\"answer\",\"text\":\"Ja, na tienen.\"}"));
	assert_done(scene_do(
		&s, "{\"do\":\"worse\",\"urgency\":\"danger_now\",\"text\":\"Nu!\"}"));
	scene_act(&s, KR_EVENT_CLOSED, WIJK, "Er is hulp.", -1);
	cJSON_Delete(s.answer);
	s.answer = scene_ask(&s, "{\"ask\":\"case\"}");
	assert_string_equal(text_of(s.answer, "state"), "closed");
	assert_string_equal(text_of(last_words(s.answer), "outcome"), "help_started");
	assert_true(can(s.answer, "seen"));
	assert_done(scene_do(&s, "{\"do\":\"seen\"}"));
	assert_done(scene_do(&s, "{\"do\":\"goes_on\",\"urgency\":\"today\"}"));
	assert_int_equal(s.state.phase, KR_CASE_NEW);
	assert_done(scene_do(&s, "{\"do\":\"withdraw\"}"));
	/* It was opened: how long it is kept is not for the reporter alone to say. */
	assert_error(scene_do(&s, "{\"do\":\"erase\"}"), "forbidden");
}

/* Somebody may force the digits out of a reporter. */
static void test_p8_what_the_reporter_wrote_does_not_come_back(void **state)
{
	char digits[KR_RECEIPT_TEXT_BYTES];
	char *text;
	cJSON *answer;

	(void)state;
	scene_send(&s, digits);
	assert_done(scene_do(&s, "{\"do\":\"answer\",\"text\":\"Mijn eigen woorden.\"}"));
	(void)scene_return(&s, digits);
	assert_done(s.answer);
	answer = scene_ask(&s, "{\"ask\":\"case\"}");
	text = cJSON_PrintUnformatted(answer);
	assert_null(strstr(text, "Geschreeuw"));
	assert_null(strstr(text, "eigen woorden"));
	assert_null(strstr(text, "Dorpsstraat"));
	cJSON_free(text);
	cJSON_Delete(answer);
}

static void test_what_is_not_answered_is_repeated_byte_for_byte(void **state)
{
	char digits[KR_RECEIPT_TEXT_BYTES];

	(void)state;
	s.lose_answers = 3;
	scene_send(&s, digits);
	for (int i = 0; i < 5; i++) {
		scene_pass(&s, 60000);
	}
	assert_done(s.answer);
	assert_int_equal(s.num_sent, 4);
	for (size_t i = 1; i < s.num_sent; i++) {
		assert_int_equal(s.sent[i].len, s.sent[0].len);
		assert_memory_equal(s.sent[i].data, s.sent[0].data, s.sent[0].len);
	}
	assert_int_equal(s.num_events, 1);

	s.lose_answers = 1;
	assert_null(scene_do(&s, "{\"do\":\"answer\",\"text\":\"Nog iets.\"}"));
	scene_pass(&s, 60000);
	assert_done(s.answer);
	assert_int_equal(s.num_sent, 6);
	assert_int_equal(s.sent[5].len, s.sent[4].len);
	assert_memory_equal(s.sent[5].data, s.sent[4].data, s.sent[4].len);
	assert_int_equal(s.num_events, 2);
}

static void test_later_is_later(void **state)
{
	char digits[KR_RECEIPT_TEXT_BYTES];

	(void)state;
	s.refuse = "busy";
	scene_send(&s, digits);
	assert_null(s.answer);
	s.refuse = NULL;
	scene_pass(&s, 60000);
	assert_done(s.answer);
	assert_int_equal(s.num_sent, 2);
}

static void test_a_refusal_leaves_nothing_behind(void **state)
{
	char digits[KR_RECEIPT_TEXT_BYTES];

	(void)state;
	s.refuse = "exists";
	scene_send(&s, digits);
	assert_error(s.answer, "exists");
	scene_pass(&s, 60000);
	assert_int_equal(s.num_sent, 1);
	assert_error(scene_do(&s, "{\"do\":\"answer\",\"text\":\"x\"}"), "state");
}

static void test_wrong_digits(void **state)
{
	char digits[KR_RECEIPT_TEXT_BYTES];
	char other[KR_RECEIPT_TEXT_BYTES];
	struct kr_receipt receipt;

	(void)state;
	scene_send(&s, digits);
	memcpy(other, digits, sizeof(other));
	other[0] = other[0] == '9' ? '0' : (char)(other[0] + 1);
	assert_error(scene_return(&s, other), "check_digit");
	assert_error(scene_return(&s, "1234"), "encoding");
	assert_int_equal(kr_receipt_generate(&receipt, &s.rng), KR_OK);
	kr_receipt_print(other, &receipt);
	assert_error(scene_return(&s, other), "auth_failed");
	assert_false(s.is_connected);
	assert_done(scene_return(&s, digits));
}

/* Whoever sends has to know the digits. */
static void test_the_receipt_is_repeated_before_anything_is_sent(void **state)
{
	char digits[KR_RECEIPT_TEXT_BYTES];
	struct kr_receipt other;

	(void)state;
	scene_open(&s);
	assert_error(scene_do(&s, "{\"do\":\"send\",\"receipt\":\"\",\"signal\":{}}"),
		"state");
	scene_receipt(&s, digits);
	assert_int_equal(kr_receipt_generate(&other, &s.rng), KR_OK);
	kr_receipt_print(digits, &other);
	assert_error(scene_dof(&s, "{\"do\":\"send\",\"receipt\":\"%s\",\"signal\":{}}",
			     digits),
		"check_digit");
	assert_int_equal(s.num_sent, 0);
}

static void send_excluding(size_t inbox)
{
	char digits[KR_RECEIPT_TEXT_BYTES];
	char link[256];
	char command[1024];

	scene_open(&s);
	scene_receipt(&s, digits);
	scene_link(&s, inbox, link);
	(void)snprintf(command, sizeof(command),
		"{\"do\":\"send\",\"receipt\":\"%s\",\"signal\":{\"kind\":\"advice\","
		"\"urgency\":\"no_hurry\",\"category\":\"other\",\"at_risk\":[],"
		"\"danger_now\":\"no\",\"weapons\":\"no\",\"family_knows\":\"no\","
		"\"seen\":\"Een vraag.\",\"reach\":\"receipt\",\"origin\":\"site\","
		"\"excluded\":[\"%s\"]}}",
		digits, link);
	(void)scene_do(&s, command);
}

static void test_who_is_excluded_is_passed_over_as_fallback(void **state)
{
	(void)state;
	send_excluding(VEILIG);
	assert_done(s.answer);
	assert_memory_equal(
		kr_case_fallback(&s.state)->inbox, s.inboxes[TEAM].id, KR_ID_BYTES);
	assert_null(kr_case_party(&s.state, s.inboxes[VEILIG].id));
}

static void test_who_is_excluded_is_not_sent_to(void **state)
{
	(void)state;
	send_excluding(WIJK);
	assert_error(s.answer, "field");
	assert_string_equal(text_of(s.answer, "field"), "excluded");
	assert_int_equal(s.num_sent, 0);
}

/* From outside nobody can tell who gave a name. */
static void test_a_named_signal_is_as_long_as_a_nameless_one(void **state)
{
	char digits[KR_RECEIPT_TEXT_BYTES];
	size_t named_len;

	(void)state;
	scene_open(&s);
	scene_receipt(&s, digits);
	(void)scene_dof(&s,
		"{\"do\":\"send\",\"receipt\":\"%s\",\"signal\":{\"kind\":\"named\","
		"\"urgency\":\"today\",\"category\":\"child\",\"at_risk\":[\"child\"],"
		"\"ages\":[4,null],\"danger_now\":\"no\",\"weapons\":\"unknown\","
		"\"family_knows\":\"no\",\"seen\":\"Alleen "
		"thuis.\",\"reach\":\"identity\","
		"\"origin\":\"poster\"},\"identity\":{\"name\":\"Jan\",\"contact\":"
		"\"06-12345678\"}}",
		digits);
	assert_done(s.answer);
	named_len = s.sent[0].len;
	scene_end(&s);
	scene_begin(&s);
	scene_send(&s, digits);
	assert_done(s.answer);
	assert_int_equal(s.sent[0].len, named_len);
}

static void test_p7_nobody_opened_it_call(void **state)
{
	char digits[KR_RECEIPT_TEXT_BYTES];
	cJSON *answer;

	(void)state;
	scene_send(&s, digits);
	answer = scene_ask(&s, "{\"ask\":\"case\"}");
	assert_false(is_true(answer, "not_opened"));
	cJSON_Delete(answer);
	scene_pass(&s, 2 * 3600000 + 1);
	scene_pass(&s, 1);
	assert_true(scene_was_told(&s, "late", NULL));
	answer = scene_ask(&s, "{\"ask\":\"case\"}");
	assert_true(is_true(answer, "not_opened"));
	assert_string_equal(text_of(answer, "call"), CALL);
	cJSON_Delete(answer);
	scene_overdue(&s);
	answer = scene_ask(&s, "{\"ask\":\"case\"}");
	assert_true(is_true(answer, "not_opened"));
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(answer, "alarms")), 0);
	cJSON_Delete(answer);
	scene_act(&s, KR_EVENT_HANDOVER_ACCEPTED, VEILIG, "Wij nemen het over.", -1);
	answer = scene_ask(&s, "{\"ask\":\"case\"}");
	assert_false(is_true(answer, "not_opened"));
	assert_string_equal(text_of(last_words(answer), "text"), "Wij nemen het over.");
	cJSON_Delete(answer);
}

static void test_a_key_that_changes_in_the_middle(void **state)
{
	char digits[KR_RECEIPT_TEXT_BYTES];

	(void)state;
	scene_send(&s, digits);
	scene_act(&s, KR_EVENT_ACKNOWLEDGED, WIJK, "Gelezen.", -1);
	scene_rotate(&s, WIJK);
	s.now_ms += 1000;
	scene_act(&s, KR_EVENT_FOLLOW_UP, WIJK, "Wij gaan langs.", -1);
	assert_done(scene_return(&s, digits));
	assert_string_equal(text_of(last_words(s.answer), "text"), "Wij gaan langs.");
	assert_done(scene_do(&s, "{\"do\":\"answer\",\"text\":\"Dank.\"}"));
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(s.answer, "alarms")), 0);
}

/* The relay's clock does not tell which of two in one instant was first. */
static void change_hours(void)
{
	s.inboxes[WIJK].settings.deadlines[KR_URGENCY_TODAY - 1].acknowledge_s += 60;
	scene_rotate(&s, WIJK);
}

static void test_hours_that_change_in_that_very_instant(void **state)
{
	(void)state;
	for (int is_after = 0; is_after < 2; is_after++) {
		char digits[KR_RECEIPT_TEXT_BYTES];

		scene_send(&s, digits);
		scene_act(&s, KR_EVENT_CLOSED, WIJK, "Er is hulp.", -1);
		s.now_ms += 1000;
		if (!is_after) {
			change_hours();
		}
		assert_done(scene_do(&s, "{\"do\":\"goes_on\",\"urgency\":\"today\"}"));
		if (is_after) {
			change_hours();
		}
		s.now_ms += 1000;
		assert_done(scene_return(&s, digits));
		assert_int_equal(
			cJSON_GetArraySize(cJSON_GetObjectItem(s.answer, "alarms")), 0);
		assert_string_equal(text_of(s.answer, "state"), "new");
		scene_end(&s);
		scene_begin(&s);
	}
}

/* What the reporter has not read may change the answer. */
static void test_a_race_with_words_is_for_the_reporter_to_decide(void **state)
{
	char digits[KR_RECEIPT_TEXT_BYTES];

	(void)state;
	scene_send(&s, digits);
	s.lose_answers = 1;
	s.refuse = "busy";
	assert_null(scene_do(&s, "{\"do\":\"answer\",\"text\":\"Nog iets.\"}"));
	s.refuse = NULL;
	scene_act(&s, KR_EVENT_ACKNOWLEDGED, WIJK, "Gelezen.", -1);
	scene_pass(&s, 60000);
	assert_error(s.answer, "rev_past");
	assert_int_equal(s.num_events, 2);
	assert_done(scene_do(&s, "{\"do\":\"answer\",\"text\":\"Dan dit.\"}"));
}

static void test_a_race_without_words_is_run_again(void **state)
{
	char digits[KR_RECEIPT_TEXT_BYTES];

	(void)state;
	scene_send(&s, digits);
	s.lose_answers = 1;
	s.refuse = "busy";
	assert_null(scene_do(&s, "{\"do\":\"answer\",\"text\":\"Nog iets.\"}"));
	s.refuse = NULL;
	s.now_ms += 2 * 3600000 + 1;
	scene_overdue(&s);
	scene_pass(&s, 60000);
	assert_done(s.answer);
	assert_int_equal(s.num_events, 3);
}

static void test_consent_names_a_party(void **state)
{
	char digits[KR_RECEIPT_TEXT_BYTES];
	char id[44] = "";

	(void)state;
	scene_send(&s, digits);
	kr_base64url_encode(id, kr_view(s.inboxes[VEILIG].id, KR_ID_BYTES));
	assert_done(scene_dof(&s, "{\"do\":\"consent\",\"inbox\":\"%s\"}", id));
	assert_true(kr_case_party(&s.state, s.inboxes[VEILIG].id)->consented);
	kr_base64url_encode(id, kr_view(s.inboxes[TEAM].id, KR_ID_BYTES));
	assert_error(scene_dof(&s, "{\"do\":\"consent\",\"inbox\":\"%s\"}", id), "state");
}

static void test_a_case_that_is_gone(void **state)
{
	char digits[KR_RECEIPT_TEXT_BYTES];

	(void)state;
	scene_send(&s, digits);
	assert_done(scene_do(&s, "{\"do\":\"erase\"}"));
	s.num_trimmed = s.num_events;
	assert_done(scene_return(&s, digits));
	assert_string_equal(text_of(s.answer, "state"), "erased");
}

static void test_the_arrival_is_held_against_the_case(void **state)
{
	char digits[KR_RECEIPT_TEXT_BYTES];
	char arrival[1024];

	(void)state;
	scene_send(&s, digits);
	(void)snprintf(arrival, sizeof(arrival), "%s", text_of(s.answer, "arrival"));
	assert_done(scene_return(&s, digits));
	assert_done(scene_dof(&s, "{\"do\":\"check\",\"arrival\":\"%s\"}", arrival));
	assert_true(is_true(s.answer, "held"));
	scene_pass(&s, 5 * 3600000);
	assert_done(scene_dof(&s, "{\"do\":\"check\",\"arrival\":\"%s\"}", arrival));
	assert_false(is_true(s.answer, "held"));
	assert_string_equal(text_of(s.answer, "found"), "clock");
	arrival[100] = arrival[100] == 'A' ? 'B' : 'A';
	assert_done(scene_dof(&s, "{\"do\":\"check\",\"arrival\":\"%s\"}", arrival));
	assert_string_equal(text_of(s.answer, "found"), "relay_word");
}

static void test_an_identity_that_moved_is_followed(void **state)
{
	struct kr_inbox_record *settings = &s.inboxes[WIJK].settings;

	(void)state;
	settings->moved = true;
	memcpy(settings->successor, s.inboxes[VEILIG].identity.public_key, 32);
	scene_rotate(&s, WIJK);
	scene_open(&s);
	assert_done(s.answer);
	assert_true(scene_was_told(&s, "moved", NULL));
	assert_string_equal(text_of(s.answer, "name"), ""); /* another reading key */
}

static void test_an_expired_inbox_takes_no_signal(void **state)
{
	char digits[KR_RECEIPT_TEXT_BYTES];

	(void)state;
	s.now_ms += UINT64_C(301) * 24 * 3600 * 1000;
	scene_send(&s, digits);
	assert_error(s.answer, "inbox_expired");
	assert_int_equal(s.num_sent, 0);
}

static void test_a_connection_with_nothing_to_say_is_kept(void **state)
{
	char digits[KR_RECEIPT_TEXT_BYTES];

	(void)state;
	scene_send(&s, digits);
	for (int i = 0; i < 10; i++) {
		scene_pass(&s, 31000);
	}
	assert_int_equal(s.num_connections, 2);
	scene_drop(&s);
	assert_int_equal(s.num_connections, 3);
	scene_act(&s, KR_EVENT_ACKNOWLEDGED, WIJK, "Gelezen.", -1);
	assert_true(scene_was_told(&s, "case", NULL));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(test_an_inbox_is_opened_by_its_link),
		TEST(test_a_signal_arrives_and_is_answered),
		TEST(test_p8_what_the_reporter_wrote_does_not_come_back),
		TEST(test_what_is_not_answered_is_repeated_byte_for_byte),
		TEST(test_later_is_later),
		TEST(test_a_refusal_leaves_nothing_behind),
		TEST(test_wrong_digits),
		TEST(test_the_receipt_is_repeated_before_anything_is_sent),
		TEST(test_who_is_excluded_is_passed_over_as_fallback),
		TEST(test_who_is_excluded_is_not_sent_to),
		TEST(test_a_named_signal_is_as_long_as_a_nameless_one),
		TEST(test_p7_nobody_opened_it_call),
		TEST(test_a_key_that_changes_in_the_middle),
		TEST(test_hours_that_change_in_that_very_instant),
		TEST(test_a_race_with_words_is_for_the_reporter_to_decide),
		TEST(test_a_race_without_words_is_run_again),
		TEST(test_consent_names_a_party),
		TEST(test_a_case_that_is_gone),
		TEST(test_the_arrival_is_held_against_the_case),
		TEST(test_an_identity_that_moved_is_followed),
		TEST(test_an_expired_inbox_takes_no_signal),
		TEST(test_a_connection_with_nothing_to_say_is_kept),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
