/* Verification finds what does not fit: each case damages one thing and nothing else. */
#include "fixture.h"

#include <string.h>

#include "server/store/state.h"
#include "test.h"

static struct fixture f;

static int setup(void **state)
{
	struct kr_event_head member = {.account = view_of(5)};

	(void)state;
	fixture_open(&f);
	create_group(&f, 1, 9);
	for (unsigned i = 0; i < 20; i++) {
		struct draft d = draft(9, i);

		draft_post(&d, 1 + i % 2, "a body");
		draft_key(&d, (const char[]){(char)('a' + i), 0});
		submit_ok(&f, &d);
	}
	put_event(&f, community(3), KR_EVENT_ADMITTED, 9, &member, kr_view(NULL, 0));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fixture_close(&f);
	return 0;
}

/* The first entry of a database at or after key, changed or deleted. */
static void damage_entry(
	struct tx *tx, enum store_db db, struct kr_view from, size_t flip_at, bool delete)
{
	struct tx_scan scan;
	uint8_t key[600];
	uint8_t value[4096];
	size_t key_len;
	size_t value_len;

	assert_int_equal(tx_scan_begin(&scan, tx, db), KR_OK);
	assert_int_equal(tx_scan_seek(&scan, from), KR_OK);
	key_len = scan.key.len;
	value_len = scan.value.len;
	memcpy(key, scan.key.data, key_len);
	memcpy(value, scan.value.data, value_len);
	tx_scan_end(&scan);
	if (delete) {
		assert_int_equal(tx_delete(tx, db, kr_view(key, key_len)), KR_OK);
		return;
	}
	assert_true(flip_at < value_len);
	value[value_len - 1 - flip_at] ^= 1;
	assert_int_equal(
		tx_put(tx, db, kr_view(key, key_len), kr_view(value, value_len), 0),
		KR_OK);
}

static void finds_every_kind_of_damage(void **state)
{
	static const struct {
		const char *name;
		enum store_db db;
		size_t flip_at; /* bytes from the value's end */
		bool delete;
	} cases[] = {
		{"a body", DB_LOG, 0, false},
		{"a head or author", DB_LOG, 20, false},
		{"a record", DB_LOG, 0, true},
		{"a topic's last hash", DB_TOPICS, 70, false},
		{"a topic", DB_TOPICS, 0, true},
		{"an index entry", DB_INDEX, 0, false},
		{"an index entry is gone", DB_INDEX, 0, true},
		{"a key", DB_KEYS, 0, false},
		{"a key is gone", DB_KEYS, 0, true},
		{"a fact", DB_FACTS, 0, false},
		{"a fact is gone", DB_FACTS, 0, true},
		{"an account's entry is gone", DB_LOOKUP, 0, true},
	};

	for (size_t i = 0; i < NUM(cases); i++) {
		struct store_verified verified;
		struct tx tx;

		if (i > 0) {
			(void)teardown(state);
			(void)setup(state);
		}
		assert_sound(&f);
		assert_int_equal(tx_begin(&tx, &f.store->env, 0), KR_OK);
		damage_entry(&tx, cases[i].db, kr_view(NULL, 0), cases[i].flip_at,
			cases[i].delete);
		assert_int_equal(tx_commit(&tx), KR_OK);
		if (store_verify(f.store, &verified) != KR_ERR_STORE_DAMAGED) {
			fail_msg("not found: %s", cases[i].name);
		}
		assert_true(verified.num_faults > 0);
		assert_true(strlen(verified.first.text) > 10);
	}
}

/* Something that belongs to nothing is found as well. */
static void finds_what_is_too_much(void **state)
{
	static const enum store_db dbs[] = {
		DB_LOG, DB_INDEX, DB_EVENTS, DB_FACTS, DB_LOOKUP};
	static const uint8_t value[16] = {1};

	for (size_t i = 0; i < NUM(dbs); i++) {
		struct store_verified verified;
		struct tx tx;

		if (i > 0) {
			(void)teardown(state);
			(void)setup(state);
		}
		assert_int_equal(tx_begin(&tx, &f.store->env, 0), KR_OK);
		assert_int_equal(tx_put(&tx, dbs[i],
					 kr_view("\0\0\0\0\0\0\4\4\1\1\1\1\1\1\1\1", 16),
					 kr_view(value, dbs[i] == DB_FACTS ? 16 : 8), 0),
			KR_OK);
		assert_int_equal(tx_commit(&tx), KR_OK);
		assert_int_equal(store_verify(f.store, &verified), KR_ERR_STORE_DAMAGED);
	}
}

static void counts(void **state)
{
	struct store_verified verified;
	struct store_stats stats;

	(void)state;
	assert_int_equal(store_verify(f.store, &verified), KR_OK);
	assert_int_equal(store_stats(f.store, &stats), KR_OK);
	assert_int_equal(verified.num_events, 22);
	assert_int_equal(verified.num_topics, 3);
	assert_int_equal(verified.num_facts, 3); /* a group, its creator, a member */
	assert_int_equal(verified.num_facts, stats.num_facts);
	assert_int_equal(stats.num_keys, 20);
	assert_int_equal(verified.num_faults, 0);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(finds_every_kind_of_damage),
		CASE(finds_what_is_too_much),
		CASE(counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
