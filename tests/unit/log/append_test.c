#include "server/log/log.h"

#include <string.h>

#include "alloc_fail.h"
#include "test.h"

static struct kr_event event_of(const char *body)
{
	static const uint8_t author[KR_ID_BYTES] = {7};

	return (struct kr_event){
		.topic = {.kind = KR_TOPIC_GROUP},
		.type = KR_EVENT_POST,
		.author = kr_view(author, sizeof(author)),
		.head = kr_view("12345678", 8),
		.body = kr_view_str(body),
	};
}

static void holds_copies(void **state)
{
	struct log_append *a = log_append_new();
	char body[] = "body";
	char key[] = "key";
	struct kr_event event = event_of(body);
	struct kr_topic topic = {.kind = KR_TOPIC_COMMUNITY};

	(void)state;
	assert_non_null(a);
	assert_int_equal(a->result.outcome, LOG_PENDING);
	assert_int_equal(log_append_event(a, &event, 5), KR_OK);
	assert_int_equal(log_append_guard(a, &topic, 6), KR_OK);
	assert_int_equal(log_append_key(a, kr_view_str(key)), KR_OK);
	memset(body, 'x', 4);
	memset(key, 'x', 3);
	topic.kind = 'x';
	assert_true(kr_view_equal(a->events[0].event.body, kr_view_str("body")));
	assert_int_equal(a->events[0].expect_rev, 5);
	assert_int_equal(a->guards[0].topic.kind, KR_TOPIC_COMMUNITY);
	assert_int_equal(a->guards[0].rev, 6);
	assert_true(kr_view_equal(a->keys[0], kr_view_str("key")));
	assert_true(a->num_bytes >= 4 + 3 + 8 + KR_ID_BYTES);
	log_append_free(a);
	log_append_free(NULL);
}

/* Earlier views stay good while more is added, of all sizes. */
static void views_stay_put(void **state)
{
	static uint8_t big[5000];
	struct log_append *a = log_append_new();
	struct kr_event event = event_of("");

	(void)state;
	for (size_t i = 0; i < LOG_EVENTS_MAX; i++) {
		memset(big, (int)i, sizeof(big));
		event.body = kr_view(big, i * 19);
		assert_int_equal(log_append_event(a, &event, LOG_REV_ANY), KR_OK);
	}
	for (size_t i = 0; i < LOG_EVENTS_MAX; i++) {
		struct kr_view body = a->events[i].event.body;

		memset(big, (int)i, sizeof(big));
		assert_true(kr_view_equal(body, kr_view(big, i * 19)));
		assert_true(
			kr_view_equal(a->events[i].event.head, kr_view_str("12345678")));
	}
	log_append_free(a);
}

static void keeps_to_its_bounds(void **state)
{
	static const uint8_t bytes[LOG_KEY_BYTES_MAX + 1];
	struct log_append *a = log_append_new();
	struct kr_event event = event_of("x");
	struct kr_event large = event_of("x");
	struct kr_topic topic = {.kind = KR_TOPIC_COMMUNITY};

	(void)state;
	large.body = kr_view(bytes, LOG_BODY_BYTES_MAX + 1); /* is not read */
	assert_int_equal(log_append_event(a, &large, LOG_REV_ANY), KR_ERR_LIMIT);
	assert_int_equal(log_append_key(a, kr_view(bytes, 0)), KR_ERR_LIMIT);
	assert_int_equal(log_append_key(a, kr_view(bytes, sizeof(bytes))), KR_ERR_LIMIT);
	for (size_t i = 0; i < LOG_EVENTS_MAX; i++) {
		assert_int_equal(log_append_event(a, &event, LOG_REV_ANY), KR_OK);
	}
	assert_int_equal(log_append_event(a, &event, LOG_REV_ANY), KR_ERR_LIMIT);
	assert_int_equal(log_append_derived(a, &event, LOG_REV_ANY), KR_ERR_LIMIT);
	for (size_t i = 0; i < LOG_GUARDS_MAX; i++) {
		assert_int_equal(log_append_guard(a, &topic, i), KR_OK);
	}
	assert_int_equal(log_append_guard(a, &topic, 0), KR_ERR_LIMIT);
	for (size_t i = 0; i < LOG_KEYS_MAX; i++) {
		assert_int_equal(log_append_key(a, kr_view(bytes, 1 + i)), KR_OK);
	}
	assert_int_equal(log_append_key(a, kr_view(bytes, 1)), KR_ERR_LIMIT);
	assert_int_equal(a->num_events, LOG_EVENTS_MAX);
	log_append_free(a);
}

static void derived_events_come_last(void **state)
{
	struct log_append *a = log_append_new();
	struct kr_event event = event_of("x");

	(void)state;
	assert_int_equal(log_append_event(a, &event, LOG_REV_ANY), KR_OK);
	assert_int_equal(log_append_derived(a, &event, LOG_REV_ANY), KR_OK);
	assert_int_equal(log_append_event(a, &event, LOG_REV_ANY), KR_ERR_ARGUMENT);
	assert_true(a->events[1].derived && !a->events[0].derived);
	log_append_free(a);
}

static enum kr_err build(void *ctx)
{
	static const uint8_t big[3000];
	struct log_append *a = log_append_new();
	struct kr_event event = event_of("x");
	enum kr_err err = a == NULL ? KR_ERR_MEMORY : KR_OK;

	(void)ctx;
	for (size_t i = 0; err == KR_OK && i < 5; i++) {
		event.body = kr_view(big, i * 700);
		if ((err = log_append_event(a, &event, LOG_REV_ANY)) == KR_OK &&
			(err = log_append_guard(a, &event.topic, i)) == KR_OK) {
			err = log_append_key(a, kr_view(big, 1 + i));
		}
	}
	log_append_free(a);
	return err;
}

static void memory_can_run_out(void **state)
{
	(void)state;
	assert_true(alloc_fail_each(build, NULL, NULL) > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds_copies),
		cmocka_unit_test(views_stay_put),
		cmocka_unit_test(keeps_to_its_bounds),
		cmocka_unit_test(derived_events_come_last),
		cmocka_unit_test(memory_can_run_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
