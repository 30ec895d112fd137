#include "fixture.h"

#include <string.h>

#include "test.h"

static struct fixture f;
static struct store_view view;

static int setup(void **state)
{
	(void)state;
	fixture_open(&f);
	for (unsigned i = 0; i < 10; i++) {
		static uint8_t body[1000];

		put_event(&f, group(1 + i % 2), KR_EVENT_POST, 9, NULL,
			kr_view(body, sizeof(body)));
	}
	assert_int_equal(store_view_begin(f.store, &view), KR_OK);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	store_view_end(&view);
	store_view_end(&view); /* harmless */
	fixture_close(&f);
	return 0;
}

static void pages_by_cursor(void **state)
{
	/* A post weighs 1008 bytes: its body and a head of 8. */
	static const struct {
		uint64_t after;
		size_t max_bytes;
		size_t cap;
		enum kr_err err;
		size_t num;
	} cases[] = {
		{0, SIZE_MAX, 8, KR_OK, 5},
		{0, SIZE_MAX, 5, KR_OK, 5},
		{0, SIZE_MAX, 2, KR_OK, 2},
		{0, SIZE_MAX, 0, KR_OK, 0},
		{3, SIZE_MAX, 8, KR_OK, 2},
		{5, SIZE_MAX, 8, KR_OK, 0},
		{6, SIZE_MAX, 8, KR_ERR_CURSOR_AHEAD, 0},
		{UINT64_MAX, SIZE_MAX, 8, KR_ERR_CURSOR_AHEAD, 0},
		{0, 0, 8, KR_OK, 1}, /* the first always comes */
		{0, 1008, 8, KR_OK, 1},
		{0, 2015, 8, KR_OK, 1},
		{0, 2016, 8, KR_OK, 2},
	};
	struct kr_topic topic = group(1);
	struct store_entry entries[8];
	size_t num;

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		assert_int_equal(store_page(&view, &topic, cases[i].after,
					 cases[i].max_bytes, entries, cases[i].cap, &num),
			cases[i].err);
		assert_int_equal(num, cases[i].num);
		for (size_t k = 0; k < num; k++) {
			assert_int_equal(entries[k].event.seq, cases[i].after + 1 + k);
		}
	}
	topic = group(3);
	assert_int_equal(store_page(&view, &topic, 0, SIZE_MAX, entries, 8, &num), KR_OK);
	assert_int_equal(num, 0);
	assert_int_equal(store_page(&view, &topic, 1, SIZE_MAX, entries, 8, &num),
		KR_ERR_CURSOR_AHEAD);
}

static void tails_everything(void **state)
{
	struct store_entry entries[4];
	uint64_t position = 0;
	size_t num;

	(void)state;
	do {
		assert_int_equal(
			store_tail(&view, position, SIZE_MAX, entries, 4, &num), KR_OK);
		for (size_t i = 0; i < num; i++) {
			assert_int_equal(entries[i].position, ++position);
		}
	} while (num > 0);
	assert_int_equal(position, 10);
	assert_int_equal(store_tail(&view, 0, 1500, entries, 4, &num), KR_OK);
	assert_int_equal(num, 1);
	assert_int_equal(store_tail(&view, 1000, SIZE_MAX, entries, 4, &num), KR_OK);
	assert_int_equal(num, 0);
}

static void a_tail_steps_over_what_was_trimmed(void **state)
{
	struct store_entry entries[16];
	struct kr_topic topic = group(1);
	size_t num;

	(void)state;
	store_view_end(&view);
	assert_int_equal(store_trim(f.store, &topic, 5), KR_OK);
	assert_int_equal(store_view_begin(f.store, &view), KR_OK);
	assert_int_equal(store_tail(&view, 0, SIZE_MAX, entries, 16, &num), KR_OK);
	assert_int_equal(num, 5);
	assert_int_equal(entries[0].position, 2);
	assert_int_equal(entries[4].position, 10);
}

static void lists_topics(void **state)
{
	struct kr_topic topics[4];
	struct kr_topic after = group(1);
	size_t num;

	(void)state;
	assert_int_equal(store_topics(&view, NULL, topics, 4, &num), KR_OK);
	assert_int_equal(num, 2);
	assert_true(kr_topic_equal(&topics[0], &after));
	assert_int_equal(store_topics(&view, &after, topics, 4, &num), KR_OK);
	assert_int_equal(num, 1);
	after = group(2);
	assert_int_equal(store_topics(&view, &after, topics, 4, &num), KR_OK);
	assert_int_equal(num, 0);
	after = community(9); /* not there: from where it would stand */
	assert_int_equal(store_topics(&view, &after, topics, 1, &num), KR_OK);
	assert_int_equal(num, 1);
}

/* A view shows one state, whatever happens meanwhile. */
static void a_view_stands_still(void **state)
{
	struct kr_topic topic = group(1);
	struct store_topic t;

	(void)state;
	post(&f, 1, 9, "later");
	assert_int_equal(store_topic(&view, &topic, &t), KR_OK);
	assert_int_equal(t.seq, 5);
	assert_int_equal(store_position(&view), 10);
	store_view_end(&view);
	assert_int_equal(store_view_begin(f.store, &view), KR_OK);
	assert_int_equal(store_topic(&view, &topic, &t), KR_OK);
	assert_int_equal(t.seq, 6);
	topic = group(9);
	assert_int_equal(store_topic(&view, &topic, &t), KR_ERR_NOT_FOUND);
	assert_int_equal(t.seq, 0);
}

/* An event id is found whether it is in memory, was written behind, or was so after the
 * view began. */
static void finds_events_by_id(void **state)
{
	struct store_entry entry;

	(void)state;
	store_view_end(&view);
	store_close(f.store);
	f.config.recent_ids_max = 4;
	assert_int_equal(store_open(&f.store, &f.config), KR_OK);
	for (unsigned n = 1; n <= 600; n++) {
		struct draft d = draft(9, n);

		draft_post(&d, 1, "x");
		submit_ok(&f, &d);
		if (n == 300) {
			assert_int_equal(store_view_begin(f.store, &view), KR_OK);
		}
	}
	for (unsigned n = 1; n <= 700; n++) {
		uint8_t event_id[KR_EVENT_ID_BYTES] = {0};
		enum kr_err want = n <= 300 ? KR_OK : KR_ERR_NOT_FOUND;

		memcpy(event_id, &n, sizeof(n));
		assert_int_equal(store_event(&view, view_of(9), event_id, &entry), want);
		if (want == KR_OK) {
			assert_int_equal(entry.position, 10 + n);
			assert_memory_equal(entry.event.id, event_id, sizeof(event_id));
		}
	}
	store_view_end(&view);
	assert_sound(&f);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(pages_by_cursor),
		CASE(tails_everything),
		CASE(a_tail_steps_over_what_was_trimmed),
		CASE(lists_topics),
		CASE(a_view_stands_still),
		CASE(finds_events_by_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
