/* Nothing of a signal or a return is left in memory that was given back. */
#include <string.h>

#include "free_watch.h"
#include "scene.h"
#include "test.h"

static struct scene s;

static void assert_wiped(const char *what, size_t num)
{
	if (num != 0) {
		fail_msg("%s: in %zu blocks", what, num);
	}
}

/* Commands and answers belong to the host: here they are wiped by cJSON as well, or lie
 * on the stack. */
static void test_p8_words_and_digits_are_wiped(void **state)
{
	static const char words[] = "Geschreeuw en gebonk";
	char digits[KR_RECEIPT_TEXT_BYTES];

	(void)state;
	scene_begin(&s);
	free_watch_start(kr_view(words, sizeof(words) - 1));
	scene_send(&s, digits);
	(void)scene_do(&s, "{\"do\":\"forget\"}");
	assert_wiped("the words", free_watch_stop());

	/* The receipt's spelling, and then its bare digits. */
	free_watch_start(kr_view(digits, sizeof(digits) - 1));
	(void)scene_return(&s, digits);
	(void)scene_do(&s, "{\"do\":\"forget\"}");
	scene_end(&s);
	assert_wiped("the digits", free_watch_stop());
}

static void test_p8_keys_and_answers_are_wiped(void **state)
{
	static const char words[] = "Er komt iemand langs, dinsdag.";
	char digits[KR_RECEIPT_TEXT_BYTES];
	struct kr_receipt receipt;
	struct kr_receipt_keys keys;

	(void)state;
	scene_begin(&s);
	scene_send(&s, digits);
	assert_int_equal(kr_receipt_parse(&receipt, kr_view_str(digits)), KR_OK);
	assert_int_equal(kr_receipt_keys(&keys, &receipt, kr_view_str(RELAY)), KR_OK);
	free_watch_start(kr_view_secret(&keys.signing.seed));
	scene_act(&s, KR_EVENT_ACKNOWLEDGED, WIJK, words, -1);
	(void)scene_return(&s, digits);
	(void)scene_do(&s, "{\"do\":\"answer\",\"text\":\"Dank u.\"}");
	(void)scene_do(&s, "{\"do\":\"forget\"}");
	assert_wiped("the key", free_watch_stop());

	free_watch_start(kr_view(words, sizeof(words) - 1));
	(void)scene_return(&s, digits);
	assert_non_null(s.answer);
	cJSON_Delete(s.answer);
	s.answer = NULL;
	(void)scene_do(&s, "{\"do\":\"forget\"}");
	assert_wiped("the answer", free_watch_stop());
	scene_end(&s);
	kr_receipt_keys_wipe(&keys);
}

/* After forget there is nothing to ask, and nothing goes on. */
static void test_p8_forget_is_an_end(void **state)
{
	char digits[KR_RECEIPT_TEXT_BYTES];
	cJSON *answer;

	(void)state;
	scene_begin(&s);
	s.lose_answers = 100;
	scene_send(&s, digits);
	(void)scene_do(&s, "{\"do\":\"forget\"}");
	assert_true(cJSON_IsTrue(cJSON_GetObjectItem(s.answer, "ok")));
	assert_false(s.is_connected);
	for (int i = 0; i < 5; i++) {
		scene_pass(&s, 60000);
	}
	assert_int_equal(s.num_sent, 1);
	answer = scene_ask(&s, "{\"ask\":\"case\"}");
	assert_string_equal(text_of(answer, "error"), "state");
	cJSON_Delete(answer);
	answer = scene_ask(&s, "{\"ask\":\"inbox\"}");
	assert_string_equal(text_of(answer, "error"), "state");
	cJSON_Delete(answer);
	scene_open(&s); /* and it can begin again */
	assert_true(cJSON_IsTrue(cJSON_GetObjectItem(s.answer, "ok")));
	scene_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_p8_words_and_digits_are_wiped),
		cmocka_unit_test(test_p8_keys_and_answers_are_wiped),
		cmocka_unit_test(test_p8_forget_is_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
