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

static enum kr_err page(unsigned group_n, uint64_t after, struct store_entry *entries,
	size_t cap, size_t *num)
{
	struct kr_topic topic = group(group_n);
	struct store_view view;
	enum kr_err err;

	assert_int_equal(store_view_begin(f.store, &view), KR_OK);
	err = store_page(&view, &topic, after, SIZE_MAX, entries, cap, num);
	store_view_end(&view);
	return err;
}

static enum kr_err trim(struct kr_topic topic, uint64_t seq)
{
	return store_trim(f.store, &topic, seq);
}

/* A cursor before the trim is told so, and where the topic begins now. */
static void p2_trim_leaves_seq_and_hash(void **state)
{
	struct store_entry entries[1000];
	struct store_topic t;
	uint8_t hash[KR_SHA256_BYTES];
	size_t num;

	(void)state;
	create_group(&f, 1, 9);
	for (int i = 0; i < 600; i++) { /* more than one step takes */
		post(&f, 1, 9, "a post");
		post(&f, 2, 9, "another group");
	}
	assert_int_equal(page(1, 0, entries, 1000, &num), KR_OK);
	assert_int_equal(num, 601);
	assert_int_equal(trim(group(1), 598), KR_OK);

	t = topic_of(&f, group(1));
	assert_int_equal(t.seq, 601);
	assert_int_equal(t.trimmed_seq, 598);
	assert_int_equal(t.trimmed_rev, 1);
	assert_int_equal(page(1, 0, entries, 10, &num), KR_ERR_CURSOR_TRIMMED);
	assert_int_equal(page(1, 597, entries, 10, &num), KR_ERR_CURSOR_TRIMMED);
	assert_int_equal(page(1, 598, entries, 10, &num), KR_OK);
	assert_int_equal(num, 3);
	assert_int_equal(entries[0].event.seq, 599);
	memcpy(hash, t.trimmed_hash, sizeof(hash));
	for (size_t i = 0; i < num; i++) {
		struct store_view view;

		/* The views of the last page are gone: read it once more, inside one. */
		struct kr_topic topic = group(1);
		assert_int_equal(store_view_begin(f.store, &view), KR_OK);
		assert_int_equal(
			store_page(&view, &topic, 598 + i, SIZE_MAX, entries, 1, &num),
			KR_OK);
		kr_event_hash(hash, hash, &entries[0].event);
		assert_memory_equal(hash, entries[0].hash, sizeof(hash));
		store_view_end(&view);
		num = 3;
	}
	assert_memory_equal(hash, t.hash, sizeof(hash));
	assert_int_equal(topic_of(&f, group(2)).trimmed_seq, 0);
	assert_sound(&f);
}

static void trims_all_and_goes_on(void **state)
{
	struct store_entry entries[10];
	size_t num;

	(void)state;
	post(&f, 1, 9, "one");
	post(&f, 1, 9, "two");
	assert_int_equal(trim(group(1), 2), KR_OK);
	assert_int_equal(trim(group(1), 1), KR_OK); /* gone already */
	assert_int_equal(page(1, 2, entries, 10, &num), KR_OK);
	assert_int_equal(num, 0);
	post(&f, 1, 9, "three");
	assert_int_equal(topic_of(&f, group(1)).seq, 3);
	fixture_reopen(&f);
	assert_int_equal(page(1, 2, entries, 10, &num), KR_OK);
	assert_int_equal(num, 1);
	assert_int_equal(entries[0].position, 3); /* positions are not reused */
	assert_sound(&f);
}

static void refuses_what_is_not_there(void **state)
{
	(void)state;
	post(&f, 1, 9, "x");
	assert_int_equal(trim(group(2), 1), KR_ERR_NOT_FOUND);
	assert_int_equal(trim(group(1), 2), KR_ERR_CURSOR_AHEAD);
	assert_int_equal(topic_of(&f, group(1)).trimmed_seq, 0);
	assert_sound(&f);
}

/* What the deleted events added up to stays, and can still be told from the log. */
static void state_outlives_its_events(void **state)
{
	struct kr_event_head member = {.account = view_of(5)};
	struct store_member found;
	struct store_view view;

	(void)state;
	for (unsigned n = 5; n < 9; n++) {
		member.account = view_of(n);
		put_event(&f, community(1), KR_EVENT_ADMITTED, 9, &member,
			kr_view(NULL, 0));
	}
	member.account = view_of(6);
	put_event(&f, community(1), KR_EVENT_REMOVED, 9, &member, kr_view(NULL, 0));
	assert_int_equal(trim(community(1), 3), KR_OK);
	assert_sound(&f);
	assert_int_equal(trim(community(1), 5), KR_OK);
	assert_sound(&f);
	assert_int_equal(store_view_begin(f.store, &view), KR_OK);
	assert_int_equal(store_member(&view, id(1), id(5), &found), KR_OK);
	assert_int_equal(store_member(&view, id(1), id(6), &found), KR_ERR_NOT_FOUND);
	assert_int_equal(store_member(&view, id(1), id(8), &found), KR_OK);
	store_view_end(&view);
}

/* An event id is known as long as its event is kept; keys are kept for ever. */
static void ids_go_with_their_events(void **state)
{
	struct draft d = draft(9, 7);
	struct store_view view;
	struct store_entry entry;
	uint8_t event_id[KR_EVENT_ID_BYTES] = {7};

	(void)state;
	draft_post(&d, 1, "once");
	draft_key(&d, "token");
	submit_ok(&f, &d);
	assert_int_equal(store_view_begin(f.store, &view), KR_OK);
	assert_int_equal(store_event(&view, view_of(9), event_id, &entry), KR_OK);
	assert_int_equal(entry.position, 1);
	assert_int_equal(
		store_event(&view, view_of(8), event_id, &entry), KR_ERR_NOT_FOUND);
	store_view_end(&view);

	assert_int_equal(trim(group(1), 1), KR_OK);
	assert_int_equal(store_view_begin(f.store, &view), KR_OK);
	assert_int_equal(
		store_event(&view, view_of(9), event_id, &entry), KR_ERR_NOT_FOUND);
	store_view_end(&view);

	d = draft(9, 7);
	draft_post(&d, 1, "another");
	draft_key(&d, "token");
	assert_int_equal(submit(&f, &d, NULL).outcome, LOG_KEY_TAKEN);
	d = draft(9, 7);
	draft_post(&d, 1, "another");
	submit_ok(&f, &d);
	assert_sound(&f);
}

/* A repeat of which a part was trimmed is still answered, and says what it cannot
 * place. */
static void repeat_with_a_trimmed_part(void **state)
{
	struct draft d = draft(9, 7);
	struct log_append *append;
	struct log_engine *engine = store_engine(f.store);

	(void)state;
	draft_post(&d, 1, "kept");
	draft_post(&d, 2, "trimmed");
	submit_ok(&f, &d);
	assert_int_equal(trim(group(2), 1), KR_OK);
	d = draft(9, 7);
	draft_post(&d, 1, "kept");
	draft_post(&d, 2, "trimmed");
	append = d.append;
	engine->ops->commit(engine, &append, 1);
	assert_int_equal(append->result.outcome, LOG_REPEATED);
	assert_int_equal(append->events[0].place.seq, 1);
	assert_int_equal(append->events[1].place.seq, 0);
	log_append_free(append);
	assert_sound(&f);
}

static void finds_what_is_old_enough(void **state)
{
	static const struct {
		uint64_t before_ms;
		uint64_t seq;
	} cases[] = {{0, 0}, {100, 0}, {101, 1}, {250, 2}, {300, 2}, {301, 3}, {9999, 4}};
	struct kr_topic topic = group(1);
	struct store_view view;
	uint64_t seq;

	(void)state;
	for (unsigned i = 1; i <= 4; i++) {
		struct draft d = draft(9, i);

		d.time_ms = i * 100;
		draft_post(&d, 1, "x");
		submit_ok(&f, &d);
	}
	assert_int_equal(store_view_begin(f.store, &view), KR_OK);
	for (size_t i = 0; i < NUM(cases); i++) {
		assert_int_equal(
			store_seq_before(&view, &topic, cases[i].before_ms, &seq), KR_OK);
		assert_int_equal(seq, cases[i].seq);
	}
	topic = group(2);
	assert_int_equal(store_seq_before(&view, &topic, 9999, &seq), KR_OK);
	assert_int_equal(seq, 0);
	store_view_end(&view);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(p2_trim_leaves_seq_and_hash),
		CASE(trims_all_and_goes_on),
		CASE(refuses_what_is_not_there),
		CASE(state_outlives_its_events),
		CASE(ids_go_with_their_events),
		CASE(repeat_with_a_trimmed_part),
		CASE(finds_what_is_old_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
