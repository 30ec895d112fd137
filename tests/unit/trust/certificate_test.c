#include <test.h>

#include <codec_props.h>
#include <hex.h>

#include <string.h>

#include "fixture.h"

#define SERIAL     0x0102030405060708
#define NOT_BEFORE 1000
#define NOT_AFTER  2000

static enum kr_err read_only(struct kr_view bytes)
{
	struct kr_certificate c;

	return kr_certificate_read(&c, bytes);
}

static struct kr_certificate certificate_of(
	const struct world *w, const struct person *holder)
{
	struct kr_certificate c = {
		.serial = SERIAL, .not_before = NOT_BEFORE, .not_after = NOT_AFTER};

	memcpy(c.community, w->chain.community, sizeof(c.community));
	memcpy(c.account, holder->account, sizeof(c.account));
	memcpy(c.device_key, holder->device.public_key, sizeof(c.device_key));
	return c;
}

static void issue(struct record *out, const struct kr_certificate *certificate,
	const struct kr_ed25519_keypair *issuer)
{
	struct kr_writer w = record_writer(out);

	kr_certificate_write(&w, certificate, issuer);
	record_take(out, &w);
}

static void a_certificate_comes_back_and_bears_no_damage(void **state)
{
	struct world *w = world_new(FOUNDED_BY_TWO);
	struct kr_certificate c = certificate_of(w, &w->chris);
	struct kr_certificate back;
	static struct record record;

	(void)state;
	memcpy(c.issuer, w->bram.device.public_key, sizeof(c.issuer));
	issue(&record, &c, &w->bram.device);
	assert_int_equal(record.len, KR_CERTIFICATE_BYTES);
	assert_int_equal(kr_certificate_read(&back, view_of(&record)), KR_OK);
	assert_memory_equal(&back, &c, sizeof(back));
	codec_props_whole("certificate", read_only, view_of(&record));
	codec_props_signed("certificate", read_only, view_of(&record));
}

/* The example of TRUST.md §4, signed by Node's Ed25519 after what stands there. */
static void a_certificate_byte_by_byte(void **state)
{
	static const struct kr_secret seed = {{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
		1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}};
	struct kr_certificate c = {
		.serial = SERIAL, .not_before = 1763784000, .not_after = 1795320000};
	struct kr_ed25519_keypair issuer;
	uint8_t signature[KR_ED25519_SIG_BYTES];
	static struct record record;

	(void)state;
	memset(c.community, 0xc0, sizeof(c.community));
	memset(c.account, 0xa0, sizeof(c.account));
	memset(c.device_key, 0xd0, sizeof(c.device_key));
	kr_ed25519_from_seed(&issuer, &seed);
	issue(&record, &c, &issuer);
	hex_decode(signature, sizeof(signature),
		"163a121cde78d18caa6a14baae008d916ddd832c029edfb9bf16d838ba0f99ab"
		"8a07cb6fa67ae72ce53a41910cdb0783f6f9f09278b88422300d85590d4a4603");
	assert_memory_equal(record.bytes + record.len - 64, signature, 64);
}

static void a_validity_does_not_end_before_it_begins(void **state)
{
	struct world *w = world_new(FOUNDED_BY_TWO);
	struct kr_certificate c = certificate_of(w, &w->chris);
	static struct record record;
	struct kr_writer writer = record_writer(&record);

	(void)state;
	c.not_after = c.not_before - 1;
	kr_certificate_write(&writer, &c, &w->anna.device);
	assert_int_equal(writer.err, KR_ERR_ENCODING);
}

/* A policy with one issuer and one revoked serial. */
static struct kr_policy policy_with(const uint8_t *issuer, const uint8_t *serial)
{
	return (struct kr_policy){
		.issuers = kr_view(issuer, 32), .revoked = kr_view(serial, 8)};
}

static void a_leaf_is_held_against_chain_and_policy(void **state)
{
	static const uint8_t this_serial[] = {1, 2, 3, 4, 5, 6, 7, 8};
	static const uint8_t other_serial[] = {1, 2, 3, 4, 5, 6, 7, 9};
	struct world *w = world_new(FOUNDED_BY_TWO);
	const uint8_t *anna = w->anna.device.public_key;
	const uint8_t *bram = w->bram.device.public_key;
	const struct kr_policy by_anna = policy_with(anna, other_serial);
	const struct kr_policy by_bram = policy_with(bram, other_serial);
	const struct kr_policy by_dana =
		policy_with(w->dana.device.public_key, other_serial);
	const struct kr_policy revoked = policy_with(anna, this_serial);
	const struct {
		const char *name;
		const struct kr_ed25519_keypair *issuer;
		const struct person *leaf;
		const struct kr_policy *policy;
		uint64_t now_s;
		bool other_community;
		enum kr_err err;
	} cases[] = {
		{"without a policy", &w->anna.device, &w->chris, NULL, 0, false, KR_OK},
		{"by its policy", &w->anna.device, &w->chris, &by_anna, 0, false, KR_OK},
		{"first second", &w->anna.device, &w->chris, NULL, NOT_BEFORE, false,
			KR_OK},
		{"last second", &w->anna.device, &w->chris, NULL, NOT_AFTER, false,
			KR_OK},
		{"too early", &w->anna.device, &w->chris, NULL, NOT_BEFORE - 1, false,
			KR_ERR_CERT_VALIDITY},
		{"too late", &w->anna.device, &w->chris, NULL, NOT_AFTER + 1, false,
			KR_ERR_CERT_VALIDITY},
		{"copied by another member", &w->anna.device, &w->dana, &by_anna, 0,
			false, KR_ERR_CERT_KEY},
		{"issued by a stranger", &w->dana.device, &w->chris, NULL, 0, false,
			KR_ERR_CERT_ISSUER},
		{"issued by oneself", &w->chris.device, &w->chris, NULL, 0, false,
			KR_ERR_CERT_ISSUER},
		{"an issuer who does not count", &w->anna.device, &w->chris, &by_bram, 0,
			false, KR_ERR_CERT_ISSUER},
		{"a policy that trusts a stranger", &w->dana.device, &w->chris, &by_dana,
			0, false, KR_ERR_CERT_ISSUER},
		{"revoked", &w->anna.device, &w->chris, &revoked, 0, false,
			KR_ERR_CERT_REVOKED},
		{"of another community", &w->anna.device, &w->chris, NULL, 0, true,
			KR_ERR_COMMUNITY},
	};
	static struct record record;

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		struct kr_certificate c = certificate_of(w, &w->chris);
		struct kr_certificate_rules rules = {.chain = &w->chain,
			.policy = cases[i].policy,
			.now_s = cases[i].now_s};
		struct kr_certificate out;
		static const struct kr_certificate zero;
		enum kr_err err;

		c.community[0] ^= cases[i].other_community ? 1 : 0;
		issue(&record, &c, cases[i].issuer);
		err = kr_certificate_check(
			&out, view_of(&record), cases[i].leaf->device.public_key, &rules);
		assert_err(cases[i].name, err, cases[i].err);
		if (err != KR_OK) {
			assert_memory_equal(&out, &zero, sizeof(out));
		}
	}
}

/* What a coordinator signed stands after the withdrawal, until the policy drops the key;
 * new members they cannot make. */
static void a_withdrawn_coordinator_counts_as_the_policy_says(void **state)
{
	static const uint8_t other_serial[8];
	struct world *w = world_new(FOUNDED_BY_TWO);
	struct kr_certificate c = certificate_of(w, &w->chris);
	const struct kr_policy both =
		policy_with(w->bram.device.public_key, other_serial);
	const struct kr_policy anna =
		policy_with(w->anna.device.public_key, other_serial);
	struct kr_certificate_rules rules = {.chain = &w->chain, .policy = &both};
	const uint8_t *key = w->chris.device.public_key;
	static struct record record;

	(void)state;
	issue(&record, &c, &w->bram.device);
	assert_int_equal(withdraw(w, &w->bram, &w->anna.device), KR_OK);
	assert_int_equal(kr_certificate_check(&c, view_of(&record), key, &rules), KR_OK);
	rules.policy = &anna;
	assert_int_equal(kr_certificate_check(&c, view_of(&record), key, &rules),
		KR_ERR_CERT_ISSUER);
	rules.policy = NULL;
	assert_int_equal(kr_certificate_check(&c, view_of(&record), key, &rules),
		KR_ERR_CERT_ISSUER);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_certificate_comes_back_and_bears_no_damage),
		cmocka_unit_test(a_certificate_byte_by_byte),
		cmocka_unit_test(a_validity_does_not_end_before_it_begins),
		cmocka_unit_test(a_leaf_is_held_against_chain_and_policy),
		cmocka_unit_test(a_withdrawn_coordinator_counts_as_the_policy_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
