#include "fixture.h"

#include <string.h>

#include "test.h"

static struct fixture f;

static int setup(void **state)
{
	(void)state;
	fixture_open(&f);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fixture_close(&f);
	return 0;
}

/* Posts in two groups, alternating: each group's seq is dense, its hash runs by itself,
 * and positions count through. */
static void p2_dense_seq_and_running_hash(void **state)
{
	struct store_entry entries[64];
	struct store_view view;
	size_t num;

	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		post(&f, 1 + i % 2, 9, "hello");
	}
	assert_int_equal(store_view_begin(f.store, &view), KR_OK);
	for (unsigned g = 1; g <= 2; g++) {
		struct kr_topic topic = group(g);
		uint8_t hash[KR_SHA256_BYTES] = {0};

		assert_int_equal(
			store_page(&view, &topic, 0, SIZE_MAX, entries, 64, &num), KR_OK);
		assert_int_equal(num, 10);
		for (size_t i = 0; i < num; i++) {
			assert_int_equal(entries[i].event.seq, i + 1);
			assert_int_equal(entries[i].position, 2 * i + g);
			kr_event_hash(hash, hash, &entries[i].event);
			assert_memory_equal(entries[i].hash, hash, sizeof(hash));
		}
	}
	assert_int_equal(store_position(&view), 20);
	store_view_end(&view);
	assert_sound(&f);
}

/* Only events that count advance rev. */
static void rev_counts_state_events(void **state)
{
	(void)state;
	create_group(&f, 1, 9);
	post(&f, 1, 9, "a");
	post(&f, 1, 9, "b");
	assert_int_equal(topic_of(&f, group(1)).seq, 3);
	assert_int_equal(topic_of(&f, group(1)).rev, 1);
}

static void answers_with_places(void **state)
{
	struct draft d = draft(9, 1);
	struct log_append *append = d.append;
	struct log_engine *engine = store_engine(f.store);

	(void)state;
	draft_post(&d, 1, "first");
	draft_post(&d, 2, "second");
	draft_post(&d, 1, "third");
	engine->ops->commit(engine, &append, 1);
	assert_int_equal(append->result.outcome, LOG_APPENDED);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(append->events[i].place.position, i + 1);
		assert_int_equal(
			append->events[i].event.seq, append->events[i].place.seq);
	}
	assert_int_equal(append->events[0].place.seq, 1);
	assert_int_equal(append->events[1].place.seq, 1);
	assert_int_equal(append->events[2].place.seq, 2);
	assert_memory_equal(append->events[2].place.hash, topic_of(&f, group(1)).hash,
		KR_SHA256_BYTES);
	log_append_free(append);
}

/* ---- What is refused leaves no trace ------------------------------------------- */

static void assert_untouched(uint64_t position)
{
	struct store_view view;

	assert_int_equal(store_view_begin(f.store, &view), KR_OK);
	assert_int_equal(store_position(&view), position);
	store_view_end(&view);
	assert_sound(&f);
}

static void refuses_a_rev_that_moved(void **state)
{
	static const struct {
		uint64_t expect;
		enum log_outcome outcome;
	} cases[] = {
		{0, LOG_REV_CONFLICT},
		{2, LOG_REV_CONFLICT},
		{UINT64_MAX - 1, LOG_REV_CONFLICT},
		{1, LOG_APPENDED},
		{LOG_REV_ANY, LOG_APPENDED},
	};

	(void)state;
	create_group(&f, 1, 9);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct draft d = draft(9, i);
		struct log_result result;

		draft_post(&d, 2, "goes along");
		draft_add(&d, group(1), KR_EVENT_POST, NULL, kr_view_str("x"),
			cases[i].expect);
		result = submit(&f, &d, NULL);
		assert_int_equal(result.outcome, cases[i].outcome);
		if (result.outcome == LOG_REV_CONFLICT) {
			assert_int_equal(result.index, 1);
			assert_int_equal(result.rev, 1);
			assert_untouched(1);
		}
	}
	assert_int_equal(topic_of(&f, group(2)).seq, 2);
}

/* The second event of an append meets the topic as the first one left it. */
static void expects_within_one_append(void **state)
{
	struct kr_event_head head = {.account = view_of(9), .community = view_of(200)};
	struct draft d = draft(9, 1);

	(void)state;
	draft_add(&d, group(1), KR_EVENT_GROUP_CREATED, &head, kr_view(NULL, 0), 0);
	draft_add(&d, group(1), KR_EVENT_GROUP_LEFT, &head, kr_view(NULL, 0), 1);
	draft_add(&d, group(1), KR_EVENT_POST, NULL, kr_view_str("x"), 2);
	submit_ok(&f, &d);
	d = draft(9, 2);
	draft_add(&d, group(1), KR_EVENT_GROUP_LEFT, &head, kr_view(NULL, 0), 2);
	draft_add(&d, group(1), KR_EVENT_POST, NULL, kr_view_str("x"), 2);
	assert_int_equal(submit(&f, &d, NULL).outcome, LOG_REV_CONFLICT);
	assert_untouched(3);
}

static void p5_refuses_when_a_guard_moved(void **state)
{
	struct draft d = draft(9, 1);
	struct log_result result;

	(void)state;
	create_group(&f, 1, 9);
	draft_post(&d, 2, "guarded");
	draft_guard(&d, community(7), 0); /* not there: rev 0 */
	draft_guard(&d, group(1), 0);
	result = submit(&f, &d, NULL);
	assert_int_equal(result.outcome, LOG_GUARD_FAILED);
	assert_int_equal(result.index, 1);
	assert_int_equal(result.rev, 1);
	assert_untouched(1);

	d = draft(9, 1);
	draft_post(&d, 2, "guarded");
	draft_guard(&d, community(7), 0);
	draft_guard(&d, group(1), 1);
	submit_ok(&f, &d);
}

static void takes_a_key_once(void **state)
{
	struct draft d = draft(9, 1);
	struct log_result result;
	struct store_view view;
	bool taken;

	(void)state;
	draft_post(&d, 1, "x");
	draft_key(&d, "token 1");
	submit_ok(&f, &d);

	d = draft(9, 2);
	draft_post(&d, 1, "y");
	draft_key(&d, "token 2");
	draft_key(&d, "token 1");
	result = submit(&f, &d, NULL);
	assert_int_equal(result.outcome, LOG_KEY_TAKEN);
	assert_int_equal(result.index, 1);

	d = draft(9, 3);
	draft_post(&d, 1, "y");
	draft_key(&d, "token 3");
	draft_key(&d, "token 3");
	assert_int_equal(submit(&f, &d, NULL).outcome, LOG_KEY_TAKEN);
	assert_untouched(1);

	assert_int_equal(store_view_begin(f.store, &view), KR_OK);
	assert_int_equal(store_key_taken(&view, kr_view_str("token 1"), &taken), KR_OK);
	assert_true(taken);
	assert_int_equal(store_key_taken(&view, kr_view_str("token 2"), &taken), KR_OK);
	assert_false(taken);
	store_view_end(&view);
}

static void refuses_events_that_are_none(void **state)
{
	static const struct {
		const char *name;
		uint8_t kind;
		uint16_t type;
		size_t head_len;
		size_t author_len;
	} cases[] = {
		{"unknown type", KR_TOPIC_GROUP, 999, 8, 32},
		{"type of another topic", KR_TOPIC_COMMUNITY, KR_EVENT_POST, 8, 32},
		{"kind of topic unknown", 'z', KR_EVENT_POST, 8, 32},
		{"short head", KR_TOPIC_GROUP, KR_EVENT_POST, 7, 32},
		{"long head", KR_TOPIC_GROUP, KR_EVENT_POST, 9, 32},
		{"short author", KR_TOPIC_GROUP, KR_EVENT_POST, 8, 31},
		{"long author", KR_TOPIC_GROUP, KR_EVENT_POST, 8, 33},
	};
	static const uint8_t zeroes[64];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct draft d = draft(9, 1);
		struct kr_event event = {
			.topic = {.kind = cases[i].kind},
			.type = cases[i].type,
			.head = kr_view(zeroes, cases[i].head_len),
			.author = kr_view(zeroes, cases[i].author_len),
		};
		struct log_result result;

		assert_int_equal(log_append_event(d.append, &event, LOG_REV_ANY), KR_OK);
		result = submit(&f, &d, NULL);
		assert_int_equal(result.outcome, LOG_FAILED);
		assert_int_equal(result.err, KR_ERR_ARGUMENT);
	}
	assert_untouched(0);
}

/* ---- Repeats ------------------------------------------------------------------- */

static void p1_repeated_id_is_answered_as_before(void **state)
{
	struct log_place first;
	struct log_place again;
	struct draft d = draft(9, 1);

	(void)state;
	draft_post(&d, 1, "the same");
	draft_key(&d, "a key");
	assert_int_equal(submit(&f, &d, &first).outcome, LOG_APPENDED);
	post(&f, 1, 8, "in between");

	/* Other time, guard and keys, as when the relay makes it anew. */
	d = draft(9, 1);
	d.time_ms = 77;
	draft_post(&d, 1, "the same");
	draft_key(&d, "a key");
	draft_guard(&d, group(1), 55);
	assert_int_equal(submit(&f, &d, &again).outcome, LOG_REPEATED);
	assert_memory_equal(&first, &again, sizeof(first));
	assert_untouched(2);
}

static void p9_reused_id_is_refused(void **state)
{
	struct draft d = draft(9, 1);

	(void)state;
	draft_post(&d, 1, "one");
	draft_post(&d, 2, "two");
	submit_ok(&f, &d);

	d = draft(9, 1);
	draft_post(&d, 1, "one");
	draft_post(&d, 2, "Two");
	assert_int_equal(submit(&f, &d, NULL).outcome, LOG_ID_REUSED);
	d = draft(9, 1);
	draft_post(&d, 1, "one");
	draft_post(&d, 3, "two");
	assert_int_equal(submit(&f, &d, NULL).outcome, LOG_ID_REUSED);
	d = draft(9, 1);
	draft_post(&d, 1, "one");
	assert_int_equal(submit(&f, &d, NULL).outcome, LOG_ID_REUSED);
	assert_untouched(2);

	/* The same id of somebody else is another id. */
	d = draft(8, 1);
	draft_post(&d, 1, "one");
	submit_ok(&f, &d);
	/* Nobody is an author too. */
	d = draft(0, 1);
	draft_post(&d, 1, "one");
	submit_ok(&f, &d);
	d = draft(0, 1);
	draft_post(&d, 1, "another");
	assert_int_equal(submit(&f, &d, NULL).outcome, LOG_ID_REUSED);
}

/* What the relay derives from a request may differ when it is repeated. */
static void derived_events_are_not_compared(void **state)
{
	struct kr_event derived = {.topic = group(2), .type = KR_EVENT_HEAL};
	struct draft d;

	(void)state;
	derived.head = view_of(5);
	for (unsigned num_derived = 0; num_derived < 3; num_derived++) {
		enum log_outcome want = num_derived == 0 ? LOG_APPENDED : LOG_REPEATED;

		d = draft(9, 1);
		draft_post(&d, 1, "asked for");
		for (unsigned i = 0; i < num_derived; i++) {
			assert_int_equal(
				log_append_derived(d.append, &derived, LOG_REV_ANY),
				KR_OK);
		}
		assert_int_equal(submit(&f, &d, NULL).outcome, want);
	}
	assert_untouched(1);
}

/* ---- Batches ------------------------------------------------------------------- */

/* Refused appends do not touch the others of their batch, and an append sees what those
 * before it in the same batch did. */
static void p9_one_bad_append_harms_no_other(void **state)
{
	enum { NUM = 6 };
	static const enum log_outcome want[NUM] = {
		LOG_APPENDED,     /* creates group 1: rev 1 */
		LOG_REV_CONFLICT, /* still expects rev 0 there */
		LOG_APPENDED,     /* expects rev 1 */
		LOG_FAILED,       /* no such type */
		LOG_REPEATED,     /* the first again */
		LOG_APPENDED,
	};
	struct kr_event_head head = {.account = view_of(9), .community = view_of(200)};
	struct kr_event no_event = {.topic = group(1), .type = 999};
	struct draft drafts[NUM];
	struct log_append *batch[NUM];
	struct log_engine *engine = store_engine(f.store);

	(void)state;
	for (unsigned i = 0; i < NUM; i++) {
		drafts[i] = draft(9, i == 4 ? 0 : i);
		batch[i] = drafts[i].append;
	}
	draft_add(
		&drafts[0], group(1), KR_EVENT_GROUP_CREATED, &head, kr_view(NULL, 0), 0);
	draft_add(&drafts[1], group(1), KR_EVENT_POST, NULL, kr_view_str("late"), 0);
	draft_add(&drafts[2], group(1), KR_EVENT_POST, NULL, kr_view_str("right"), 1);
	assert_int_equal(log_append_event(batch[3], &no_event, LOG_REV_ANY), KR_OK);
	draft_add(
		&drafts[4], group(1), KR_EVENT_GROUP_CREATED, &head, kr_view(NULL, 0), 0);
	draft_post(&drafts[5], 1, "last");
	engine->ops->commit(engine, batch, NUM);
	for (unsigned i = 0; i < NUM; i++) {
		assert_int_equal(batch[i]->result.outcome, want[i]);
		log_append_free(batch[i]);
	}
	assert_untouched(3);
	assert_int_equal(topic_of(&f, group(1)).seq, 3);
}

static void survives_reopening(void **state)
{
	struct store_topic before;
	struct store_topic after;

	(void)state;
	create_group(&f, 1, 9);
	post(&f, 1, 9, "kept");
	before = topic_of(&f, group(1));
	fixture_reopen(&f);
	after = topic_of(&f, group(1));
	assert_memory_equal(&before, &after, sizeof(before));
	post(&f, 1, 9, "after");
	assert_int_equal(topic_of(&f, group(1)).seq, 3);
	assert_sound(&f);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(p2_dense_seq_and_running_hash),
		CASE(rev_counts_state_events),
		CASE(answers_with_places),
		CASE(refuses_a_rev_that_moved),
		CASE(expects_within_one_append),
		CASE(p5_refuses_when_a_guard_moved),
		CASE(takes_a_key_once),
		CASE(refuses_events_that_are_none),
		CASE(p1_repeated_id_is_answered_as_before),
		CASE(p9_reused_id_is_refused),
		CASE(derived_events_are_not_compared),
		CASE(p9_one_bad_append_harms_no_other),
		CASE(survives_reopening),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
