/* Quotas: the buckets by themselves, and as a client meets them. */
#include "server/relay/quota.h"

#include <string.h>

#include <kring/wire.h>

#include "fixture.h"

#include "test.h"

static void a_bucket_holds_its_burst_and_refills(void **state)
{
	const struct quota_rate rate = {.per_minute = 60, .burst = 3};
	uint64_t now_us = 50000000;
	uint64_t full_at_us = 0;
	uint64_t wait_us;

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_true(quota_has(full_at_us, &rate, now_us, &wait_us));
		quota_take(&full_at_us, &rate, now_us);
	}
	assert_false(quota_has(full_at_us, &rate, now_us, &wait_us));
	assert_int_equal(wait_us, 1000000);
	assert_false(quota_has(full_at_us, &rate, now_us + wait_us - 1, &wait_us));
	now_us += 1000000;
	assert_true(quota_has(full_at_us, &rate, now_us, &wait_us));
	quota_take(&full_at_us, &rate, now_us);
	assert_false(quota_has(full_at_us, &rate, now_us, &wait_us));
	/* However long one waits, no more than the burst. */
	now_us += 3600000000;
	for (int i = 0; i < 3; i++) {
		assert_true(quota_has(full_at_us, &rate, now_us, &wait_us));
		quota_take(&full_at_us, &rate, now_us);
	}
	assert_false(quota_has(full_at_us, &rate, now_us, &wait_us));
}

static void zero_is_no_limit(void **state)
{
	const struct quota_rate rate = {0, 0};
	uint64_t full_at_us = 0;
	uint64_t wait_us;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		assert_true(quota_has(full_at_us, &rate, 5, &wait_us));
		quota_take(&full_at_us, &rate, 5);
	}
	assert_int_equal(full_at_us, 0);
}

/* The same value is the same entry while somebody holds it or it is not full; kinds are
 * kept apart, and a new day starts from nothing. */
static void entries_come_and_go(void **state)
{
	static struct quota_table table;
	struct kr_view address = kr_view_str("an address.....");
	uint64_t day_ms = UINT64_C(86400000);
	struct quota_entry *a;
	struct quota_entry *b;
	struct quota_entry *other_kind;

	(void)state;
	assert_int_equal(quota_init(&table, &kr_random_system, 5 * day_ms), KR_OK);
	assert_int_equal(quota_ref(&table, &a, QUOTA_ANONYMOUS_ADDRESS, address), KR_OK);
	assert_int_equal(quota_ref(&table, &b, QUOTA_ANONYMOUS_ADDRESS, address), KR_OK);
	assert_int_equal(
		quota_ref(&table, &other_kind, QUOTA_DEVICE_ADDRESS, address), KR_OK);
	assert_ptr_equal(a, b);
	assert_ptr_not_equal(a, other_kind);
	assert_memory_not_equal(a->hash, other_kind->hash, sizeof(a->hash));
	a->buckets.full_at_us[QUOTA_POST] = 1000;
	quota_unref(&table, a);
	quota_unref(&table, b);
	quota_unref(&table, other_kind);
	for (int i = 0; i < QUOTA_NUM_LISTS; i++) {
		assert_int_equal(
			quota_tick(&table, &kr_random_system, 5 * day_ms, 999), KR_OK);
	}
	assert_int_equal(table.num_entries, 1); /* a is not full yet */
	assert_int_equal(quota_ref(&table, &b, QUOTA_ANONYMOUS_ADDRESS, address), KR_OK);
	assert_ptr_equal(a, b);
	/* The day ends while it is held: it can be given back, but not found any more. */
	assert_int_equal(quota_tick(&table, &kr_random_system, 6 * day_ms, 1000), KR_OK);
	assert_int_equal(quota_ref(&table, &b, QUOTA_ANONYMOUS_ADDRESS, address), KR_OK);
	assert_ptr_not_equal(a, b);
	quota_unref(&table, a);
	quota_unref(&table, b);
	quota_unref(&table, NULL);
	assert_int_equal(table.num_entries, 1);
	quota_finish(&table);
	assert_int_equal(table.num_entries, 0);
}

static enum kr_err no_randomness(void *ctx, uint8_t *out, size_t len)
{
	(void)ctx;
	memset(out, 0, len);
	return KR_ERR_RANDOM;
}

static void without_randomness_the_keys_stay(void **state)
{
	static struct quota_table table;
	const struct kr_random broken = {.fill = no_randomness};
	struct kr_secret keys[QUOTA_NUM_KINDS];

	(void)state;
	assert_int_equal(quota_init(&table, &broken, 0), KR_ERR_RANDOM);
	assert_int_equal(quota_init(&table, &kr_random_system, 0), KR_OK);
	memcpy(keys, table.keys, sizeof(keys));
	assert_int_equal(quota_tick(&table, &broken, 86400000, 0), KR_ERR_RANDOM);
	assert_memory_equal(keys, table.keys, sizeof(keys));
	assert_int_equal(quota_tick(&table, &kr_random_system, 86400000, 0), KR_OK);
	assert_memory_not_equal(keys, table.keys, sizeof(keys));
	quota_finish(&table);
}

/* ---- As a client meets them ------------------------------------------------------- */

static struct quota_rate limits[QUOTA_NUM_LEVELS];

static void limit_light(struct relay_config *config)
{
	for (int level = 0; level < QUOTA_NUM_LEVELS; level++) {
		config->quotas[level][QUOTA_LIGHT] = limits[level];
	}
}

static bool ping(struct client *c)
{
	struct kr_request r = ask(c, KR_VERB_PING);
	uint64_t id = send_request(c, &r);
	const struct received *answer = answer_to(c, id);
	struct kr_view error;

	if (kr_json_get_str(&answer->object, "error", &error) == KR_OK) {
		assert_true(kr_view_equal(error, kr_view_str("quota")));
		assert_true(number_in(answer, "retry_ms") > 0);
		return false;
	}
	return true;
}

/* Connection, account and address each stop whoever shares them, and nobody else. */
static void each_level_counts_by_itself(void **state)
{
	static const struct {
		enum quota_level level;
		bool same_connection, same_account,
			same_address; /* are stopped as well */
	} cases[] = {
		{QUOTA_CONNECTION, true, false, false},
		{QUOTA_ACCOUNT, true, true, false},
		{QUOTA_ADDRESS, true, true, true},
	};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		struct world w;
		struct client *a;
		struct client *same_account;
		struct client *same_address;

		memset(limits, 0, sizeof(limits));
		limits[cases[i].level] =
			(struct quota_rate){.per_minute = 60, .burst = 2};
		world_open_with(&w, limit_light);
		a = client_in(&w, 1);
		same_account = client_in(&w, 1);
		same_address = client_in(&w, 2);
		assert_true(ping(a));
		assert_true(ping(a));
		assert_int_equal(!ping(a), cases[i].same_connection);
		assert_int_equal(!ping(same_account), cases[i].same_account);
		assert_int_equal(!ping(same_address), cases[i].same_address);
		world_pass(&w, 1000);
		assert_true(ping(a));
		client_free(a);
		client_free(same_account);
		client_free(same_address);
		world_close(&w);
	}
}

/* Garbage costs as much as a light request, so it cannot be had for nothing. */
static void garbage_is_charged(void **state)
{
	struct world w;
	struct client *c;
	struct kr_view error;

	(void)state;
	memset(limits, 0, sizeof(limits));
	limits[QUOTA_CONNECTION] = (struct quota_rate){.per_minute = 60, .burst = 2};
	world_open_with(&w, limit_light);
	c = client_in(&w, 1);
	for (int i = 0; i < 3; i++) {
		client_forget(c);
		send_bytes(c, kr_view_str("garbage"), true);
		client_drain(c);
		assert_int_equal(c->num_received, 1);
		assert_int_equal(
			kr_json_get_str(&c->received[0].object, "error", &error), KR_OK);
		assert_true(kr_view_equal(error, kr_view_str(i < 2 ? "json" : "quota")));
	}
	client_free(c);
	world_close(&w);
}

/* ---- Places ----------------------------------------------------------------------- */

static void few_places(struct relay_config *config)
{
	config->max_anonymous = 3;
	config->max_per_address = 2;
}

/* With an account as without one: accounts are to be had for nothing. */
static void p9_an_address_has_its_share_of_devices(void **state)
{
	struct world w;
	struct client *c[3];
	struct kr_request r;

	(void)state;
	world_open_with(&w, few_places);
	for (unsigned i = 0; i < NUM(c); i++) {
		c[i] = client_new(&w, i);
		client_connect(c[i]);
		if (i < 2) {
			client_auth(c[i]);
		}
	}
	r = ask_auth(c[2]);
	send_request(c[2], &r);
	assert_null(answer_to(c[2], r.id));
	assert_int_equal(c[2]->close_code, KR_CLOSE_NO_ROOM);
	client_free(c[0]);
	client_disconnect(c[2]);
	client_connect(c[2]);
	client_auth(c[2]);
	client_free(c[1]);
	client_free(c[2]);
	world_close(&w);
}

struct visitor {
	struct relay_conn *conn;
};

static enum kr_err visit(struct world *w, struct visitor *v, uint8_t address)
{
	const uint8_t bytes[16] = {0x20, 0x01, 0x0d, 0xb8, address};

	return relay_open(w->relay, &v->conn, v, bytes);
}

/* Who is to be closed is told so before the newcomer is in. */
static void p9_no_address_holds_all_places(void **state)
{
	struct visitor v[6] = {{NULL}};
	struct world w;

	(void)state;
	world_open_with(&w, few_places);
	assert_int_equal(visit(&w, &v[0], 1), KR_OK);
	assert_int_equal(visit(&w, &v[1], 1), KR_OK);
	assert_int_equal(visit(&w, &v[2], 1), KR_ERR_LIMIT);
	assert_int_equal(visit(&w, &v[2], 2), KR_OK);
	assert_int_equal(visit(&w, &v[3], 3), KR_OK);
	assert_int_equal(relay_close_code(v[0].conn), KR_CLOSE_NO_ROOM);
	for (int i = 1; i <= 3; i++) {
		assert_int_equal(relay_close_code(v[i].conn), 0);
	}
	relay_closed(w.relay, v[0].conn);
	/* Each has one: nobody has to make room. */
	assert_int_equal(visit(&w, &v[4], 1), KR_ERR_LIMIT);
	assert_int_equal(visit(&w, &v[4], 4), KR_ERR_LIMIT);
	for (int i = 1; i <= 3; i++) {
		assert_int_equal(relay_close_code(v[i].conn), 0);
		relay_closed(w.relay, v[i].conn);
	}
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bucket_holds_its_burst_and_refills),
		cmocka_unit_test(zero_is_no_limit),
		cmocka_unit_test(entries_come_and_go),
		cmocka_unit_test(without_randomness_the_keys_stay),
		cmocka_unit_test(each_level_counts_by_itself),
		cmocka_unit_test(garbage_is_charged),
		cmocka_unit_test(p9_an_address_has_its_share_of_devices),
		cmocka_unit_test(p9_no_address_holds_all_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
