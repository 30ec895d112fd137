#include <test.h>

#include <codec_props.h>

#include <string.h>

#include "fixture.h"

static enum kr_err read_role(struct kr_view bytes)
{
	struct kr_role role;

	return kr_role_read(&role, bytes);
}

static size_t num_coordinators(const struct kr_chain *chain)
{
	size_t at = 0;
	size_t num = 0;

	while (kr_chain_next(chain, &at) != NULL) {
		num++;
	}
	return num;
}

static void records_come_back_and_bear_no_damage(void **state)
{
	struct world *w = world_new(FOUNDED_BY_TWO);
	static struct record record;

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct kr_role role =
			role_of(w, i == 0 ? KR_ROLE_GRANT : KR_ROLE_WITHDRAW, &w->chris);
		struct kr_role back;

		role.one_device = i == 2;
		memcpy(role.signer, w->anna.device.public_key, sizeof(role.signer));
		if (i > 0) {
			memset(role.who.sealing_key, 0, sizeof(role.who.sealing_key));
		}
		if (i == 1) {
			memset(role.who.device_key, 0, sizeof(role.who.device_key));
		}
		role_record(&record, &role, &w->anna.device);
		assert_int_equal(kr_role_read(&back, view_of(&record)), KR_OK);
		assert_memory_equal(&back, &role, sizeof(back));
		codec_props_whole("role", read_role, view_of(&record));
		codec_props_signed("role", read_role, view_of(&record));
	}
}

static void unknown_kinds_are_refused(void **state)
{
	struct world *w = world_new(FOUNDED_BY_TWO);
	struct kr_role role = role_of(w, KR_ROLE_GRANT, &w->chris);
	static struct record record;
	struct kr_writer writer;

	(void)state;
	role_record(&record, &role, &w->anna.device);
	record.bytes[1] = 3;
	assert_int_equal(kr_role_read(&role, view_of(&record)), KR_ERR_ENCODING);
	record.bytes[0] = 2;
	assert_int_equal(kr_role_read(&role, view_of(&record)), KR_ERR_RECORD_VERSION);
	role.kind = (enum kr_role_kind)3;
	writer = record_writer(&record);
	kr_role_write(&writer, &role, &w->anna.device);
	assert_int_equal(writer.err, KR_ERR_ARGUMENT);
}

/* Grants lead on from grants, and positions remember who was what. */
static void coordinators_come_and_go(void **state)
{
	struct world *w = world_new(FOUNDED_BY_TWO);
	const uint8_t *chris = w->chris.device.public_key;
	uint8_t granted[KR_SHA256_BYTES];
	uint32_t position;

	(void)state;
	assert_false(kr_chain_has(&w->chain, chris));
	assert_int_equal(grant(w, &w->chris, &w->anna.device), KR_OK);
	memcpy(granted, kr_chain_head(&w->chain), sizeof(granted));
	assert_true(kr_chain_has(&w->chain, chris));
	assert_int_equal(num_coordinators(&w->chain), 3);
	assert_int_equal(withdraw(w, &w->anna, &w->chris.device), KR_OK);
	assert_int_equal(withdraw(w, &w->chris, &w->chris.device), KR_OK);
	assert_int_equal(num_coordinators(&w->chain), 1);
	assert_false(kr_chain_has(&w->chain, chris));
	assert_true(kr_chain_knows(&w->chain, chris));
	assert_int_equal(kr_chain_find(&w->chain, &position, granted), KR_OK);
	assert_int_equal(position, 1);
	assert_true(kr_chain_had(&w->chain, position, chris));
	assert_false(kr_chain_had(&w->chain, 0, chris));
	assert_true(kr_chain_had(&w->chain, 2, chris));
	assert_false(kr_chain_had(&w->chain, 3, chris));
	assert_true(kr_chain_had_account(&w->chain, 1, w->anna.account));
	assert_false(kr_chain_had_account(&w->chain, 2, w->anna.account));
	assert_false(kr_chain_knows(&w->chain, w->dana.device.public_key));
	granted[0] ^= 1;
	assert_int_equal(kr_chain_find(&w->chain, &position, granted), KR_ERR_NOT_FOUND);
}

/* The printed key stands in when no coordinator can sign. */
static void the_recovery_key_grants_and_withdraws(void **state)
{
	struct world *w = world_new(FOUNDED_WITH_RECOVERY);

	(void)state;
	assert_int_equal(withdraw(w, &w->anna, &w->recovery), KR_ERR_LAST_COORDINATOR);
	assert_int_equal(grant(w, &w->bram, &w->recovery), KR_OK);
	assert_int_equal(withdraw(w, &w->anna, &w->recovery), KR_OK);
	assert_false(kr_chain_has(&w->chain, w->recovery.public_key));
	w = world_new(FOUNDED_BY_TWO);
	assert_int_equal(grant(w, &w->chris, &w->recovery), KR_ERR_CHAIN_SIGNER);
}

/* A second device of a coordinator can be withdrawn alone. */
static void a_coordinator_can_have_two_devices(void **state)
{
	struct world *w = world_new(FOUNDED_BY_TWO);
	struct person tablet = w->chris;
	struct kr_role role;
	static struct record record;

	(void)state;
	memcpy(tablet.account, w->anna.account, sizeof(tablet.account));
	assert_int_equal(grant(w, &tablet, &w->anna.device), KR_OK);
	assert_int_equal(num_coordinators(&w->chain), 3);
	role = role_of(w, KR_ROLE_WITHDRAW, &tablet);
	role.one_device = true;
	role_record(&record, &role, &w->bram.device);
	assert_int_equal(kr_chain_append(&w->chain, view_of(&record)), KR_OK);
	assert_true(kr_chain_has(&w->chain, w->anna.device.public_key));
	assert_false(kr_chain_has(&w->chain, tablet.device.public_key));
	assert_true(kr_chain_had_account(&w->chain, w->chain.position, w->anna.account));
}

/* ---- Contradictions ------------------------------------------------------------- */

static void of_another_community(struct world *w, struct kr_role *role)
{
	(void)w;
	role->community[0] ^= 1;
}
static void after_another_record(struct world *w, struct kr_role *role)
{
	(void)w;
	role->previous[0] ^= 1;
}
static void key_of_a_coordinator(struct world *w, struct kr_role *role)
{
	memcpy(role->who.device_key, w->bram.device.public_key, 32);
}
static void sealing_key_of_a_coordinator(struct world *w, struct kr_role *role)
{
	memcpy(role->who.sealing_key, w->bram.sealing.public_key, 32);
}
static void recovery_key(struct world *w, struct kr_role *role)
{
	memcpy(role->who.device_key, w->recovery.public_key, 32);
}
static void of_no_coordinator(struct world *w, struct kr_role *role)
{
	(void)w;
	role->kind = KR_ROLE_WITHDRAW;
}
static void device_of_another(struct world *w, struct kr_role *role)
{
	role->kind = KR_ROLE_WITHDRAW;
	role->who = coordinator_of(&w->bram);
	role->one_device = true;
	memcpy(role->who.device_key, w->anna.device.public_key, 32);
}
static void nothing(struct world *w, struct kr_role *role)
{
	(void)w;
	(void)role;
}

static void contradictions_are_refused(void **state)
{
	static const struct {
		const char *name;
		void (*change)(struct world *w, struct kr_role *role);
		bool by_stranger;
		enum kr_err err;
	} cases[] = {
		{"as it should be", nothing, false, KR_OK},
		{"by a stranger", nothing, true, KR_ERR_CHAIN_SIGNER},
		{"of another community", of_another_community, false, KR_ERR_COMMUNITY},
		{"after another record", after_another_record, false,
			KR_ERR_CHAIN_PREVIOUS},
		{"a coordinator's key", key_of_a_coordinator, false,
			KR_ERR_CHAIN_KEY_REUSED},
		{"a coordinator's sealing key", sealing_key_of_a_coordinator, false,
			KR_ERR_CHAIN_KEY_REUSED},
		{"the recovery key", recovery_key, false, KR_ERR_CHAIN_KEY_REUSED},
		{"withdraws who is none", of_no_coordinator, false, KR_ERR_CHAIN_SUBJECT},
		{"withdraws the device of another", device_of_another, false,
			KR_ERR_CHAIN_SUBJECT},
	};
	static struct record record;
	static struct kr_chain before;

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		struct world *w = world_new(FOUNDED_WITH_RECOVERY);
		struct kr_role role;
		enum kr_err err;

		assert_int_equal(grant(w, &w->bram, &w->anna.device), KR_OK);
		role = role_of(w, KR_ROLE_GRANT, &w->chris);
		cases[i].change(w, &role);
		role_record(&record, &role,
			cases[i].by_stranger ? &w->dana.device : &w->anna.device);
		before = w->chain;
		err = kr_chain_append(&w->chain, view_of(&record));
		assert_err(cases[i].name, err, cases[i].err);
		if (err != KR_OK) {
			assert_memory_equal(&before, &w->chain, sizeof(before));
		}
	}
}

/* Repeated, left out, replayed, signed by somebody who was withdrawn. */
static void a_history_has_no_gaps_and_no_forks(void **state)
{
	struct world *w = world_new(FOUNDED_BY_TWO);
	static struct record first;
	static struct record second;
	static struct kr_chain fork;
	struct kr_role role = role_of(w, KR_ROLE_GRANT, &w->chris);

	(void)state;
	fork = w->chain;
	role_record(&first, &role, &w->anna.device);
	assert_int_equal(kr_chain_append(&w->chain, view_of(&first)), KR_OK);
	assert_int_equal(
		kr_chain_append(&w->chain, view_of(&first)), KR_ERR_CHAIN_PREVIOUS);
	role = role_of(w, KR_ROLE_GRANT, &w->dana);
	role_record(&second, &role, &w->chris.device);
	assert_int_equal(kr_chain_append(&fork, view_of(&second)), KR_ERR_CHAIN_PREVIOUS);
	assert_int_equal(withdraw(w, &w->chris, &w->anna.device), KR_OK);
	assert_int_equal(
		kr_chain_append(&w->chain, view_of(&second)), KR_ERR_CHAIN_PREVIOUS);
	assert_int_equal(grant(w, &w->dana, &w->chris.device), KR_ERR_CHAIN_SIGNER);
	assert_int_equal(grant(w, &w->chris, &w->anna.device), KR_ERR_CHAIN_KEY_REUSED);
	assert_int_equal(withdraw(w, &w->chris, &w->anna.device), KR_ERR_CHAIN_SUBJECT);
}

static void a_coordinator_stays(void **state)
{
	struct world *w = world_new(FOUNDED_BY_TWO);

	(void)state;
	assert_int_equal(withdraw(w, &w->bram, &w->anna.device), KR_OK);
	assert_int_equal(withdraw(w, &w->anna, &w->anna.device), KR_ERR_LAST_COORDINATOR);
	assert_true(kr_chain_has(&w->chain, w->anna.device.public_key));
}

static void a_chain_has_a_bound(void **state)
{
	struct world *w = world_new(FOUNDED_BY_TWO);

	(void)state;
	for (unsigned i = 0; i <= KR_CHAIN_RECORDS_MAX; i++) {
		struct person p;

		assert_int_equal(kr_ed25519_generate(&p.device, &w->rng), KR_OK);
		assert_int_equal(kr_x25519_generate(&p.sealing, &w->rng), KR_OK);
		kr_account_id(p.account, p.device.public_key);
		assert_int_equal(grant(w, &p, &w->anna.device),
			i < KR_CHAIN_RECORDS_MAX ? KR_OK : KR_ERR_LIMIT);
	}
	assert_int_equal(num_coordinators(&w->chain), 2 + KR_CHAIN_RECORDS_MAX);
}

static void an_empty_chain_takes_nothing(void **state)
{
	struct world *w = world_new(FOUNDED_BY_TWO);
	struct kr_role role = role_of(w, KR_ROLE_GRANT, &w->chris);
	static struct record record;
	static struct kr_chain empty;
	uint32_t position;
	static const uint8_t zero[KR_SHA256_BYTES];

	(void)state;
	role_record(&record, &role, &w->anna.device);
	assert_int_equal(kr_chain_append(&empty, view_of(&record)), KR_ERR_STATE);
	assert_int_equal(kr_chain_find(&empty, &position, zero), KR_ERR_NOT_FOUND);
	assert_false(kr_chain_has(&empty, zero));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_come_back_and_bear_no_damage),
		cmocka_unit_test(unknown_kinds_are_refused),
		cmocka_unit_test(coordinators_come_and_go),
		cmocka_unit_test(the_recovery_key_grants_and_withdraws),
		cmocka_unit_test(a_coordinator_can_have_two_devices),
		cmocka_unit_test(contradictions_are_refused),
		cmocka_unit_test(a_history_has_no_gaps_and_no_forks),
		cmocka_unit_test(a_coordinator_stays),
		cmocka_unit_test(a_chain_has_a_bound),
		cmocka_unit_test(an_empty_chain_takes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
