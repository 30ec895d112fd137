#include <test.h>

#include <codec_props.h>

#include <string.h>

#include "fixture.h"

static enum kr_err read_only(struct kr_view bytes)
{
	struct kr_genesis g;

	return kr_genesis_read(&g, bytes);
}

static void what_is_read_is_what_was_written(void **state)
{
	(void)state;
	for (int founding = FOUNDED_BY_TWO; founding <= FOUNDED_WITH_RECOVERY;
		founding++) {
		struct world *w = world_new((enum founding)founding);
		struct kr_genesis back;

		assert_int_equal(
			kr_genesis_read(&back, view_of(&w->genesis_record)), KR_OK);
		assert_memory_equal(&back, &w->genesis, sizeof(back));
	}
}

static void damage_is_refused(void **state)
{
	struct world *w = world_new(FOUNDED_WITH_RECOVERY);

	(void)state;
	codec_props_whole("genesis", read_only, view_of(&w->genesis_record));
	codec_props_signed("genesis", read_only, view_of(&w->genesis_record));
}

/* The id is the hash of the whole record, as the relay computes it (PROTOCOL.md §3). */
static void the_id_is_the_hash_of_the_record(void **state)
{
	struct world *w = world_new(FOUNDED_BY_TWO);
	static struct kr_chain chain;
	uint8_t id[KR_ID_BYTES];

	(void)state;
	kr_sha256(id, view_of(&w->genesis_record));
	assert_memory_equal(w->chain.community, id, sizeof(id));
	id[31] ^= 1;
	assert_int_equal(
		kr_chain_begin(&chain, id, view_of(&w->genesis_record)), KR_ERR_HASH);
	assert_int_equal(chain.num_entries, 0);
}

/* What is done to a genesis of Anna and Bram before it is signed. */
static void one_founder(struct world *w)
{
	w->genesis.num_founders = 1;
}
static void no_founder(struct world *w)
{
	w->genesis.num_founders = 0;
}
static void seventeen_founders(struct world *w)
{
	w->genesis.num_founders = KR_FOUNDERS_MAX + 1;
}
static void account_twice(struct world *w)
{
	memcpy(w->genesis.founders[1].account, w->anna.account, KR_ID_BYTES);
}
static void device_twice(struct world *w)
{
	memcpy(w->genesis.founders[1].device_key, w->anna.device.public_key, 32);
}
static void sealing_key_twice(struct world *w)
{
	memcpy(w->genesis.founders[1].sealing_key, w->anna.sealing.public_key, 32);
}
static void account_of_another(struct world *w)
{
	memcpy(w->genesis.founders[1].account, w->dana.account, KR_ID_BYTES);
}
static void recovery_is_a_founder(struct world *w)
{
	w->genesis.has_recovery = true;
	memcpy(w->genesis.recovery_key, w->anna.device.public_key, 32);
}

static void impossible_founders_are_refused(void **state)
{
	static const struct {
		const char *name;
		void (*change)(struct world *w);
	} cases[] = {
		{"one founder", one_founder},
		{"no founder", no_founder},
		{"seventeen founders", seventeen_founders},
		{"an account twice", account_twice},
		{"a device twice", device_twice},
		{"a sealing key twice", sealing_key_twice},
		{"the account of another", account_of_another},
		{"the recovery key is a founder's", recovery_is_a_founder},
	};
	static struct record out;

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		struct world *w = world_new(FOUNDED_BY_TWO);
		const struct kr_ed25519_keypair *signers[] = {
			&w->anna.device, &w->bram.device, &w->anna.device};

		cases[i].change(w);
		assert_err(cases[i].name,
			found(&out, &w->genesis, signers,
				w->genesis.has_recovery ? 3 : 2),
			KR_ERR_GENESIS);
	}
}

/* Every key that the record names has signed it. */
static void every_founder_signs(void **state)
{
	struct world *w = world_new(FOUNDED_BY_TWO);
	const struct kr_ed25519_keypair *a = &w->anna.device;
	const struct kr_ed25519_keypair *b = &w->bram.device;
	const struct kr_ed25519_keypair *d = &w->dana.device;
	const struct {
		const char *name;
		const struct kr_ed25519_keypair *signers[3];
		size_t num;
		enum kr_err err;
	} cases[] = {
		{"both", {a, b}, 2, KR_OK},
		{"in the wrong order", {b, a}, 2, KR_ERR_SIGNATURE},
		{"one twice", {a, a}, 2, KR_ERR_SIGNATURE},
		{"a stranger", {a, d}, 2, KR_ERR_SIGNATURE},
		{"one is missing", {a}, 1, KR_ERR_TRUNCATED},
		{"one too many", {a, b, d}, 3, KR_ERR_TRAILING},
	};
	static struct record out;

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		assert_err(cases[i].name,
			found(&out, &w->genesis, cases[i].signers, cases[i].num),
			cases[i].err);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_read_is_what_was_written),
		cmocka_unit_test(damage_is_refused),
		cmocka_unit_test(the_id_is_the_hash_of_the_record),
		cmocka_unit_test(impossible_founders_are_refused),
		cmocka_unit_test(every_founder_signs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
