/* What events of inboxes and cases do to the projection, seen through the look-ups, also
 * when part of them was trimmed; after every test it is built anew and compared. */
#include "fixture.h"

#include <string.h>

#include "server/store/state.h"
#include "test.h"

static struct fixture f;
static struct store_view view;

enum {
	ALICE = 1,
	BOB,
	INBOX = 10,
	FALLBACK,
	OTHER,
	CASE_ID = 30,
	KEY = 40,
};

#define UNTIL 1000

static unsigned case_number; /* which one it is about */

static int setup(void **state)
{
	(void)state;
	case_number = CASE_ID;
	fixture_open(&f);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	store_view_end(&view);
	assert_sound(&f);
	fixture_close(&f);
	return 0;
}

static const struct store_view *now(void)
{
	store_view_end(&view);
	assert_int_equal(store_view_begin(f.store, &view), KR_OK);
	return &view;
}

static struct kr_topic inbox(unsigned n)
{
	return kr_topic(KR_TOPIC_INBOX, id(n));
}

static struct kr_topic the_case(void)
{
	return kr_topic(KR_TOPIC_CASE, id(case_number));
}

/* The team is Alice, who administers, and perhaps Bob. */
static void set_inbox(bool with_bob, const char *record)
{
	uint8_t team[2 * KR_ID_BYTES];
	struct kr_event_head head = {
		.key = view_of(KEY),
		.hash = view_of(KEY),
		.added = kr_view(team, (with_bob ? 2 : 1) * KR_ID_BYTES),
		.admins_added = view_of(ALICE),
	};

	store_view_end(&view);
	memcpy(team, id(ALICE), KR_ID_BYTES);
	memcpy(team + KR_ID_BYTES, id(BOB), KR_ID_BYTES);
	put_event(
		&f, inbox(INBOX), KR_EVENT_INBOX_SET, ALICE, &head, kr_view_str(record));
}

static void in_case(
	unsigned type, unsigned by, unsigned about, uint64_t until_ms, uint8_t urgency)
{
	static const uint8_t zero[KR_ID_BYTES];
	struct kr_event_head head = {
		.key = view_of(KEY),
		.until_ms = until_ms,
		.by = by == 0 ? kr_view(zero, sizeof(zero)) : view_of(by),
		.inbox = about == 0 ? kr_view(zero, sizeof(zero)) : view_of(about),
		.fallback = type == KR_EVENT_SUBMITTED ? view_of(FALLBACK)
						       : kr_view(zero, sizeof(zero)),
		.urgency = urgency,
	};

	store_view_end(&view);
	put_event(&f, the_case(), type, 0, &head, kr_view(NULL, 0));
}

static void submit_case(void)
{
	in_case(KR_EVENT_SUBMITTED, 0, INBOX, UNTIL, KR_URGENCY_TODAY);
}

/* Is the case in the inbox's list? */
static bool lists(unsigned n)
{
	struct store_id found;
	size_t num;

	assert_int_equal(store_cases_of(now(), id(n), NULL, &found, 1, &num), KR_OK);
	assert_true(num == 0 || memcmp(found.bytes, id(CASE_ID), KR_ID_BYTES) == 0);
	return num == 1;
}

static size_t num_due(uint64_t now_ms, struct store_due *out)
{
	struct store_due due[2];
	size_t num;

	assert_int_equal(store_due(now(), now_ms, due, 2, &num), KR_OK);
	*out = due[0];
	return num;
}

static void teams_follow_the_record(void **state)
{
	struct store_entry entry;
	bool administrator;

	(void)state;
	assert_int_equal(store_inbox(now(), id(INBOX), &entry), KR_ERR_NOT_FOUND);
	set_inbox(true, "first");
	assert_int_equal(store_team(now(), id(INBOX), id(BOB), &administrator), KR_OK);
	assert_false(administrator);
	set_inbox(false, "second");
	assert_int_equal(
		store_team(now(), id(INBOX), id(BOB), &administrator), KR_ERR_NOT_FOUND);
	assert_int_equal(store_team(now(), id(INBOX), id(ALICE), &administrator), KR_OK);
	assert_true(administrator);
	assert_int_equal(store_inbox(now(), id(INBOX), &entry), KR_OK);
	assert_true(kr_view_equal(entry.event.body, kr_view_str("second")));
}

/* Between what is public stands what is not. */
static void public_events_are_found_without_the_others(void **state)
{
	struct kr_event_head told = {.count = 1, .case_id = view_of(CASE_ID)};
	struct kr_event_head nothing = {0};
	struct store_entry entries[4];
	size_t num;
	bool more;

	(void)state;
	set_inbox(false, "first");
	for (int i = 0; i < 300; i++) {
		put_event(&f, inbox(INBOX), KR_EVENT_CASE_EVENT, 0, &told,
			kr_view(NULL, 0));
	}
	put_event(&f, inbox(INBOX), KR_EVENT_INBOX_NOTICE, ALICE, &nothing,
		kr_view_str("notice"));
	assert_int_equal(
		store_inbox_public(now(), id(INBOX), 0, entries, 4, &num, &more), KR_OK);
	assert_int_equal(num, 2);
	assert_false(more);
	assert_int_equal(entries[1].event.seq, 302);
	assert_int_equal(
		store_inbox_public(now(), id(INBOX), 0, entries, 1, &num, &more), KR_OK);
	assert_true(num == 1 && more);
	assert_int_equal(
		store_inbox_public(now(), id(INBOX), 302, entries, 4, &num, &more),
		KR_OK);
	assert_true(num == 0 && !more);
}

static void parties_come_and_go(void **state)
{
	uint8_t notes[KR_ID_BYTES];
	uint8_t case_id[KR_ID_BYTES];
	struct store_id all[4];
	size_t num;

	(void)state;
	submit_case();
	assert_true(lists(INBOX));
	assert_false(lists(FALLBACK)); /* it waits */
	in_case(KR_EVENT_CONSULTED, INBOX, OTHER, UNTIL, 0);
	assert_true(lists(OTHER));
	in_case(KR_EVENT_PARTED, OTHER, OTHER, UNTIL, 0);
	assert_false(lists(OTHER));
	in_case(KR_EVENT_OVERDUE, 0, FALLBACK, 2 * UNTIL, 0);
	assert_true(lists(FALLBACK));
	/* Whoever could ever read may have left notes. */
	kr_notes_id(notes, id(CASE_ID), id(OTHER));
	assert_int_equal(store_notes(now(), notes, case_id), KR_OK);
	assert_memory_equal(case_id, id(CASE_ID), KR_ID_BYTES);
	assert_int_equal(store_notes(now(), id(OTHER), case_id), KR_ERR_NOT_FOUND);
	assert_int_equal(store_notes_of(now(), id(CASE_ID), NULL, all, 4, &num), KR_OK);
	assert_int_equal(num, 3);
}

static void clocks_stand_in_the_order_of_time(void **state)
{
	struct store_case_counts counts;
	struct store_due due;

	(void)state;
	submit_case();
	assert_int_equal(num_due(UNTIL - 1, &due), 0);
	assert_int_equal(num_due(UNTIL, &due), 1);
	assert_memory_equal(due.case_id, id(CASE_ID), KR_ID_BYTES);
	assert_false(due.closed);
	in_case(KR_EVENT_OVERDUE, 0, FALLBACK, 2 * UNTIL, 0);
	assert_int_equal(num_due(UNTIL, &due), 0);
	assert_int_equal(store_case_counts(now(), &counts), KR_OK);
	assert_true(counts.open == 1 && counts.overdue == 1 && counts.closed == 0);
	in_case(KR_EVENT_CLOSED, INBOX, 0, 3 * UNTIL, 0);
	assert_int_equal(num_due(3 * UNTIL, &due), 1);
	assert_true(due.closed);
	in_case(KR_EVENT_EXPIRED, 0, 0, 0, 0);
	assert_int_equal(num_due(UINT64_MAX, &due), 0);
	assert_int_equal(store_case_counts(now(), &counts), KR_OK);
	assert_true(counts.open == 0 && counts.overdue == 0 && counts.closed == 0);
}

/* The state survives the events that made it, and what no machine permits changes
 * nothing. */
static void erased_cases_are_found_and_trimmed(void **state)
{
	struct kr_case_state before;
	struct kr_case_state after;
	struct store_id found;
	size_t num;

	(void)state;
	submit_case();
	in_case(KR_EVENT_ACKNOWLEDGED, FALLBACK, 0, 5 * UNTIL, 0); /* not its turn */
	assert_int_equal(store_case(now(), id(CASE_ID), &before), KR_OK);
	assert_int_equal(before.phase, KR_CASE_NEW);
	assert_int_equal(before.until_ms, UNTIL);
	in_case(KR_EVENT_WITHDRAWN, 0, 0, 2 * UNTIL, 0);
	store_view_end(&view);
	{
		struct kr_topic topic = the_case();

		assert_int_equal(store_trim(f.store, &topic, 1), KR_OK);
	}
	assert_true(lists(INBOX));
	assert_int_equal(store_erased(now(), NULL, &found, 1, &num), KR_OK);
	assert_int_equal(num, 0);
	in_case(KR_EVENT_EXPIRED, 0, 0, 0, 0);
	assert_false(lists(INBOX));
	assert_int_equal(store_erased(now(), NULL, &found, 1, &num), KR_OK);
	assert_int_equal(num, 1);
	assert_int_equal(store_case(now(), id(CASE_ID), &after), KR_OK);
	assert_int_equal(after.phase, KR_CASE_ERASED);
	store_view_end(&view);
	{
		struct kr_topic topic = the_case();

		assert_int_equal(store_trim(f.store, &topic, 3), KR_OK);
	}
	fixture_reopen(&f);
	assert_int_equal(store_case(now(), id(CASE_ID), &after), KR_OK);
	assert_int_equal(after.phase, KR_CASE_ERASED);
}

/* ---- What the maintenance has to visit -------------------------------------------- */

#define NUM_ERASED 5

static size_t num_to_visit(void)
{
	struct store_id found[2 * NUM_ERASED];
	size_t num;

	assert_int_equal(store_erased(now(), NULL, found, 2 * NUM_ERASED, &num), KR_OK);
	store_view_end(&view);
	return num;
}

static void trim_case(uint64_t seq)
{
	struct kr_topic topic = the_case();

	assert_int_equal(store_trim(f.store, &topic, seq), KR_OK);
}

static void erase_some(void)
{
	for (unsigned i = 0; i < NUM_ERASED; i++) {
		case_number = CASE_ID + i;
		submit_case();
		in_case(KR_EVENT_WITHDRAWN, 0, 0, 2 * UNTIL, 0);
		in_case(KR_EVENT_EXPIRED, 0, 0, 0, 0);
	}
}

/* It costs what is due, not what ever was. */
static void what_is_done_is_not_visited_again(void **state)
{
	(void)state;
	erase_some();
	for (unsigned left = NUM_ERASED; left > 0; left--) {
		assert_int_equal(num_to_visit(), left);
		case_number = CASE_ID + left - 1;
		trim_case(1);
		assert_int_equal(num_to_visit(), left); /* half done is not done */
		trim_case(2);
	}
	assert_int_equal(num_to_visit(), 0);
	assert_sound(&f);
	fixture_reopen(&f);
	assert_int_equal(num_to_visit(), 0);
	assert_int_equal(topic_of(&f, the_case()).seq, 3);
	/* One that was trimmed before its end came is due all the same. */
	case_number = CASE_ID + NUM_ERASED;
	submit_case();
	trim_case(1);
	in_case(KR_EVENT_ERASED, 0, 0, 0, 0);
	assert_int_equal(num_to_visit(), 0); /* nothing is left of it but its end */
	case_number++;
	submit_case();
	in_case(KR_EVENT_WITHDRAWN, 0, 0, 2 * UNTIL, 0);
	trim_case(1);
	in_case(KR_EVENT_EXPIRED, 0, 0, 0, 0);
	assert_int_equal(num_to_visit(), 1);
}

/* Version 2 marked each erased case for ever. */
static void marks_of_version_2_go(void **state)
{
	struct store_meta meta;
	struct topic_record t;
	struct tx tx;

	(void)state;
	erase_some();
	for (unsigned i = 0; i < NUM_ERASED - 1; i++) {
		case_number = CASE_ID + i;
		trim_case(2);
	}
	store_view_end(&view);
	assert_int_equal(tx_begin(&tx, &f.store->env, 0), KR_OK);
	for (unsigned i = 0; i < NUM_ERASED - 1; i++) {
		struct facts facts = {.tx = &tx, .db = DB_FACTS};

		case_number = CASE_ID + i;
		facts.topic = the_case();
		assert_int_equal(topic_get(&tx, &facts.topic, &t), KR_OK);
		facts.number = t.number;
		assert_int_equal(
			fact_put(&facts, FACT_ERASED, view_of(0), 3, kr_view(NULL, 0)),
			KR_OK);
	}
	assert_int_equal(meta_get(&tx, &meta), KR_OK);
	meta.version = 2;
	assert_int_equal(meta_put(&tx, &meta), KR_OK);
	assert_int_equal(tx_commit(&tx), KR_OK);
	fixture_reopen(&f);
	assert_int_equal(num_to_visit(), 1);
}

/* As version 3 wrote it: without what was spent at its end. */
static void forget_spent(struct tx *tx, enum store_db db)
{
	struct facts facts = {.tx = tx, .db = db, .topic = the_case()};
	struct kr_case_state spent;
	struct topic_record t;
	struct fact fact;
	uint8_t bytes[KR_CASE_STATE_MAX];
	size_t len;

	assert_int_equal(topic_get(tx, &facts.topic, &t), KR_OK);
	facts.number = t.number;
	assert_int_equal(
		fact_get(tx, db, t.number, FACT_CASE, kr_view(NULL, 0), &fact), KR_OK);
	assert_int_equal(kr_case_state_read(&spent, fact.value), KR_OK);
	len = fact.value.len - 2 - 2 * spent.num_parties;
	memcpy(bytes, fact.value.data, len);
	bytes[0] = 1;
	assert_int_equal(fact_put(&facts, FACT_CASE, kr_view(NULL, 0), fact.seq,
				 kr_view(bytes, len)),
		KR_OK);
}

static struct kr_case_state state_of_case(void)
{
	struct kr_case_state state;

	assert_int_equal(store_case(now(), id(case_number), &state), KR_OK);
	store_view_end(&view);
	return state;
}

/* What each has said counts from the beginning of a case; of one that has ended and was
 * trimmed there is nothing to be counted. */
static void room_is_counted_in_cases_of_version_3(void **state)
{
	struct kr_case_state before;
	struct kr_case_state after;
	struct store_meta meta;
	struct tx tx;

	(void)state;
	erase_some();
	trim_case(2);
	case_number = CASE_ID + NUM_ERASED;
	submit_case();
	in_case(KR_EVENT_ANSWER, 0, 0, UNTIL, 0);
	in_case(KR_EVENT_ACKNOWLEDGED, INBOX, 0, UNTIL, 0);
	in_case(KR_EVENT_QUESTION, INBOX, 0, UNTIL, 0);
	in_case(KR_EVENT_REOPENED, 0, 0, UNTIL, 1); /* not now: it changes nothing */
	before = state_of_case();
	assert_true(before.spent > before.parties[0].spent);
	assert_true(before.parties[0].spent > 0);
	assert_int_equal(tx_begin(&tx, &f.store->env, 0), KR_OK);
	for (unsigned i = 0; i <= NUM_ERASED; i++) {
		case_number = CASE_ID + i;
		forget_spent(&tx, DB_FACTS);
	}
	case_number = CASE_ID + NUM_ERASED - 1;
	forget_spent(&tx, DB_BASE);
	assert_int_equal(meta_get(&tx, &meta), KR_OK);
	meta.version = 3;
	assert_int_equal(meta_put(&tx, &meta), KR_OK);
	assert_int_equal(tx_commit(&tx), KR_OK);
	fixture_reopen(&f);
	assert_int_equal(state_of_case().phase, KR_CASE_ERASED);
	case_number = CASE_ID + NUM_ERASED;
	after = state_of_case();
	assert_memory_equal(&after, &before, sizeof(after));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(teams_follow_the_record),
		CASE(public_events_are_found_without_the_others),
		CASE(parties_come_and_go),
		CASE(clocks_stand_in_the_order_of_time),
		CASE(erased_cases_are_found_and_trimmed),
		CASE(what_is_done_is_not_visited_again),
		CASE(marks_of_version_2_go),
		CASE(room_is_counted_in_cases_of_version_3),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
