#include <test.h>

#include <alloc_fail.h>
#include <string.h>

#include <kring/codec.h>

#include "proto/mls/key_schedule.h"

#define EMPTY kr_view(NULL, 0)

/* A longer vector than a length can state; the bytes are never read. */
static const struct kr_view too_long = {.data = NULL, .len = KR_VARINT_MAX + 1};

static const struct kr_secret zero_secret;

static struct kr_secret secret_of(uint8_t fill)
{
	struct kr_secret s;

	memset(s.bytes, fill, sizeof(s.bytes));
	return s;
}

static void assert_zero(const void *data, size_t len)
{
	static const uint8_t zeroes[512];

	assert_true(len <= sizeof(zeroes));
	assert_memory_equal(data, zeroes, len);
}

static void every_input_changes_the_joiner_secret(void **state)
{
	const struct kr_secret a = secret_of(1);
	const struct kr_secret b = secret_of(2);
	const struct {
		const struct kr_secret *init_secret;
		const struct kr_secret *commit_secret;
		const char *context;
	} cases[] = {
		{&a, &a, "context"},
		{&b, &a, "context"},
		{&a, &b, "context"},
		{&a, &a, "contexu"},
		{&a, &a, ""},
	};
	struct kr_secret joiners[NUM(cases)];

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		assert_int_equal(
			kr_joiner_secret(&joiners[i], cases[i].init_secret,
				cases[i].commit_secret, kr_view_str(cases[i].context)),
			KR_OK);
		for (size_t k = 0; k < i; k++) {
			assert_false(kr_secret_equal(&joiners[i], &joiners[k]));
		}
	}
}

static void secrets_of_an_epoch_differ_from_each_other(void **state)
{
	const struct kr_secret joiner = secret_of(1);
	struct kr_epoch_secrets secrets;
	const size_t num = sizeof(secrets) / KR_SECRET_BYTES;
	const uint8_t *bytes = (const uint8_t *)&secrets;

	(void)state;
	assert_int_equal(kr_epoch_secrets_derive(
				 &secrets, &joiner, &zero_secret, kr_view_str("context")),
		KR_OK);
	for (size_t i = 0; i < num; i++) {
		for (size_t k = 0; k < i; k++) {
			assert_memory_not_equal(bytes + i * KR_SECRET_BYTES,
				bytes + k * KR_SECRET_BYTES, KR_SECRET_BYTES);
		}
	}
	kr_epoch_secrets_wipe(&secrets);
	assert_zero(&secrets, sizeof(secrets));
	kr_epoch_secrets_wipe(NULL);
}

static void a_context_that_no_vector_can_hold_is_refused(void **state)
{
	const struct kr_secret in = secret_of(1);
	struct kr_secret joiner = secret_of(9);
	struct kr_epoch_secrets secrets;

	(void)state;
	assert_int_equal(kr_joiner_secret(&joiner, &in, &in, too_long), KR_ERR_TOO_LARGE);
	assert_zero(&joiner, sizeof(joiner));
	memset(&secrets, 9, sizeof(secrets));
	assert_int_equal(
		kr_epoch_secrets_derive(&secrets, &in, &in, too_long), KR_ERR_TOO_LARGE);
	assert_zero(&secrets, sizeof(secrets));
}

static void a_welcome_depends_on_joiner_and_psk_secret(void **state)
{
	const struct kr_secret a = secret_of(1);
	const struct kr_secret b = secret_of(2);
	struct kr_secret keys[3];
	uint8_t nonces[3][KR_AEAD_NONCE_BYTES];

	(void)state;
	assert_int_equal(kr_welcome_key_nonce(&keys[0], nonces[0], &a, &a), KR_OK);
	assert_int_equal(kr_welcome_key_nonce(&keys[1], nonces[1], &b, &a), KR_OK);
	assert_int_equal(kr_welcome_key_nonce(&keys[2], nonces[2], &a, &b), KR_OK);
	for (size_t i = 0; i < 3; i++) {
		size_t other = (i + 1) % 3;

		assert_false(kr_secret_equal(&keys[i], &keys[other]));
		assert_memory_not_equal(nonces[i], nonces[other], KR_AEAD_NONCE_BYTES);
	}
}

static void exporter_lengths(void **state)
{
	static const struct {
		size_t len;
		enum kr_err expected;
	} cases[] = {
		{0, KR_OK},
		{1, KR_OK},
		{32, KR_OK},
		{33, KR_OK},
		{255 * 32, KR_OK},
		{255 * 32 + 1, KR_ERR_ARGUMENT},
		{65535, KR_ERR_ARGUMENT},
		{65536, KR_ERR_ARGUMENT}, /* would be zero as a uint16 */
		{65536 + 32, KR_ERR_ARGUMENT},
	};
	static uint8_t out[65536 + 64];
	const struct kr_secret exporter_secret = secret_of(1);

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		memset(out, 9, sizeof(out));
		assert_int_equal(
			kr_exporter(out, cases[i].len, &exporter_secret, "label", EMPTY),
			cases[i].expected);
		if (cases[i].expected != KR_OK) {
			assert_zero(out, 512);
			assert_int_equal(out[cases[i].len - 1], 0);
		}
		assert_int_equal(out[cases[i].len], 9);
	}
}

/* The length is part of the label: a shorter export is not the start of a longer one. */
static void exports_are_independent(void **state)
{
	const struct kr_secret a = secret_of(1);
	const struct kr_secret b = secret_of(2);
	const struct {
		const struct kr_secret *secret;
		size_t len;
		const char *label;
		const char *context;
	} cases[] = {
		{&a, 32, "label", "context"},
		{&a, 33, "label", "context"},
		{&b, 32, "label", "context"},
		{&a, 32, "labem", "context"},
		{&a, 32, "", "context"},
		{&a, 32, "label", ""},
	};
	uint8_t out[NUM(cases)][33];

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		assert_int_equal(kr_exporter(out[i], cases[i].len, cases[i].secret,
					 cases[i].label, kr_view_str(cases[i].context)),
			KR_OK);
		for (size_t k = 0; k < i; k++) {
			assert_memory_not_equal(out[i], out[k], 32);
		}
	}
}

/* ---- External commits -------------------------------------------------------------- */

static enum kr_err no_randomness(void *ctx, uint8_t *out, size_t len)
{
	(void)ctx;
	(void)out;
	(void)len;
	return KR_ERR_RANDOM;
}

static void both_sides_of_an_external_init_agree(void **state)
{
	const struct kr_secret external_secret = secret_of(1);
	const struct kr_secret other_secret = secret_of(2);
	struct kr_x25519_keypair external;
	struct kr_x25519_keypair other;
	uint8_t kem_output[KR_X25519_BYTES];
	struct kr_secret sent;
	struct kr_secret received;

	(void)state;
	assert_int_equal(kr_external_keypair(&external, &external_secret), KR_OK);
	assert_int_equal(kr_external_keypair(&other, &other_secret), KR_OK);
	assert_int_equal(kr_external_init_send(kem_output, &sent, external.public_key,
				 &kr_random_system),
		KR_OK);
	assert_int_equal(kr_external_init_receive(&received,
				 kr_view(kem_output, sizeof(kem_output)), &external),
		KR_OK);
	assert_true(kr_secret_equal(&sent, &received));

	assert_int_equal(kr_external_init_receive(&received,
				 kr_view(kem_output, sizeof(kem_output)), &other),
		KR_OK);
	assert_false(kr_secret_equal(&sent, &received));
}

static void external_init_rejects(void **state)
{
	static const uint8_t low_order[KR_X25519_BYTES];
	const struct kr_random broken = {.fill = no_randomness};
	const struct kr_secret external_secret = secret_of(1);
	struct kr_x25519_keypair external;
	uint8_t kem_output[KR_X25519_BYTES + 1] = {9};
	struct kr_secret init_secret = secret_of(9);

	(void)state;
	assert_int_equal(kr_external_keypair(&external, &external_secret), KR_OK);

	assert_int_equal(kr_external_init_send(
				 kem_output, &init_secret, low_order, &kr_random_system),
		KR_ERR_KEY);
	assert_zero(kem_output, sizeof(kem_output));
	assert_zero(&init_secret, sizeof(init_secret));

	init_secret = secret_of(9);
	assert_int_equal(kr_external_init_send(
				 kem_output, &init_secret, external.public_key, &broken),
		KR_ERR_RANDOM);
	assert_zero(kem_output, sizeof(kem_output));
	assert_zero(&init_secret, sizeof(init_secret));

	memcpy(kem_output, external.public_key, KR_X25519_BYTES);
	for (size_t len = 0; len <= KR_X25519_BYTES + 1; len++) {
		enum kr_err expected = len == KR_X25519_BYTES ? KR_OK : KR_ERR_KEY;

		assert_int_equal(kr_external_init_receive(&init_secret,
					 kr_view(kem_output, len), &external),
			expected);
	}
	assert_zero(&init_secret, sizeof(init_secret));
	assert_int_equal(kr_external_init_receive(&init_secret,
				 kr_view(low_order, sizeof(low_order)), &external),
		KR_ERR_KEY);
}

/* ---- Transcript hashes ------------------------------------------------------------- */

static void every_input_changes_the_confirmed_hash(void **state)
{
	static const struct {
		const char *interim;
		uint16_t wire_format;
		const char *content;
		const char *signature;
	} cases[] = {
		{"interim", 1, "content", "signature"},
		{"interin", 1, "content", "signature"},
		{"", 1, "content", "signature"},
		{"interim", 2, "content", "signature"},
		{"interim", 0x0100, "content", "signature"},
		{"interim", 1, "contens", "signature"},
		{"interim", 1, "content", "signaturf"},
		{"interim", 1, "content", "signatur"},
		{"interim", 1, "content", ""},
	};
	uint8_t hashes[NUM(cases)][KR_MLS_HASH_BYTES];

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		assert_int_equal(
			kr_confirmed_transcript_hash(hashes[i],
				kr_view_str(cases[i].interim), cases[i].wire_format,
				kr_view_str(cases[i].content),
				kr_view_str(cases[i].signature)),
			KR_OK);
		for (size_t k = 0; k < i; k++) {
			assert_memory_not_equal(hashes[i], hashes[k], KR_MLS_HASH_BYTES);
		}
	}
}

/* The input is the joined encoding, so its hash is known: nothing stands before the wire
 * format (no MLSMessage version), and the signature has its length. */
static void transcript_input_bytes(void **state)
{
	uint8_t signature[64];
	uint8_t input[4 + 2 + 3 + 2 + 64] = {
		'p', 'a', 's', 't', 0x00, 0x02, 'a', 'b', 'c', 0x40, 0x40};
	uint8_t expected[KR_MLS_HASH_BYTES];
	uint8_t got[KR_MLS_HASH_BYTES];

	(void)state;
	memset(signature, 0x77, sizeof(signature));
	memset(input + 11, 0x77, sizeof(signature));
	kr_sha256(expected, kr_view(input, sizeof(input)));
	assert_int_equal(
		kr_confirmed_transcript_hash(got, kr_view_str("past"), 2,
			kr_view_str("abc"), kr_view(signature, sizeof(signature))),
		KR_OK);
	assert_memory_equal(got, expected, sizeof(got));

	kr_sha256(expected, kr_view("confirmed\x03tag", 13));
	assert_int_equal(kr_interim_transcript_hash(
				 got, kr_view_str("confirmed"), kr_view_str("tag")),
		KR_OK);
	assert_memory_equal(got, expected, sizeof(got));
}

static void a_transcript_value_that_no_vector_can_hold_is_refused(void **state)
{
	uint8_t out[KR_MLS_HASH_BYTES];

	(void)state;
	memset(out, 9, sizeof(out));
	assert_int_equal(kr_confirmed_transcript_hash(out, EMPTY, 1, EMPTY, too_long),
		KR_ERR_TOO_LARGE);
	assert_zero(out, sizeof(out));
	memset(out, 9, sizeof(out));
	assert_int_equal(
		kr_interim_transcript_hash(out, EMPTY, too_long), KR_ERR_TOO_LARGE);
	assert_zero(out, sizeof(out));
}

static void confirmation_tag_verifies(void **state)
{
	const struct kr_secret key = secret_of(1);
	const struct kr_secret other = secret_of(2);
	uint8_t tag[KR_HMAC_BYTES];

	(void)state;
	kr_confirmation_tag(tag, &key, kr_view_str("hash"));
	assert_int_equal(kr_hmac_verify(kr_view(tag, sizeof(tag)), kr_view_secret(&key),
				 kr_view_str("hash")),
		KR_OK);
	assert_int_equal(kr_hmac_verify(kr_view(tag, sizeof(tag)), kr_view_secret(&other),
				 kr_view_str("hash")),
		KR_ERR_MAC);
	for (size_t bit = 0; bit < 8 * sizeof(tag); bit++) {
		tag[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(kr_hmac_verify(kr_view(tag, sizeof(tag)),
					 kr_view_secret(&key), kr_view_str("hash")),
			KR_ERR_MAC);
		tag[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

/* ---- Pre-shared keys --------------------------------------------------------------- */

static void psk_secret_depends_on_ids_keys_order_and_number(void **state)
{
	const struct kr_psk_input a = {kr_view_str("id a"), kr_view_str("key a")};
	const struct kr_psk_input b = {kr_view_str("id b"), kr_view_str("key b")};
	const struct kr_psk_input a_other_id = {
		kr_view_str("id A"), kr_view_str("key a")};
	const struct kr_psk_input a_other_key = {
		kr_view_str("id a"), kr_view_str("key A")};
	const struct kr_psk_input a_no_key = {kr_view_str("id a"), kr_view_str("")};
	const struct {
		struct kr_psk_input psks[2];
		size_t num;
	} cases[] = {
		{.num = 0},
		{{a}, 1},
		{{b}, 1},
		{{a_other_id}, 1},
		{{a_other_key}, 1},
		{{a_no_key}, 1},
		{{a, b}, 2},
		{{b, a}, 2},
		{{a, a}, 2},
	};
	struct kr_secret secrets[NUM(cases)];

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		assert_int_equal(
			kr_psk_secret(&secrets[i], cases[i].psks, cases[i].num), KR_OK);
		for (size_t k = 0; k < i; k++) {
			assert_false(kr_secret_equal(&secrets[i], &secrets[k]));
		}
	}
	assert_true(kr_secret_equal(&secrets[0], &zero_secret));
}

static void psk_secret_rejects(void **state)
{
	static struct kr_psk_input many[65536];
	const struct kr_psk_input long_id = {too_long, kr_view_str("key")};
	struct kr_secret out = secret_of(9);

	(void)state;
	assert_int_equal(kr_psk_secret(&out, many, 65536), KR_ERR_LIMIT);
	assert_zero(&out, sizeof(out));
	out = secret_of(9);
	assert_int_equal(kr_psk_secret(&out, &long_id, 1), KR_ERR_TOO_LARGE);
	assert_zero(&out, sizeof(out));
}

static void psk_secret_of_as_many_as_can_be(void **state)
{
	static struct kr_psk_input many[65535];
	struct kr_secret out = zero_secret;

	(void)state;
	assert_int_equal(kr_psk_secret(&out, many, 65535), KR_OK);
	assert_false(kr_secret_equal(&out, &zero_secret));
}

struct psk_operation {
	struct kr_secret out;
};

static enum kr_err derive_from_two_psks(void *ctx)
{
	static const struct kr_psk_input psks[2] = {
		{{(const uint8_t *)"id a", 4}, {(const uint8_t *)"key a", 5}},
		{{(const uint8_t *)"id b", 4}, {(const uint8_t *)"key b", 5}},
	};
	struct psk_operation *op = ctx;

	op->out = secret_of(9);
	return kr_psk_secret(&op->out, psks, 2);
}

static void assert_out_zero(void *ctx)
{
	struct psk_operation *op = ctx;

	assert_zero(&op->out, sizeof(op->out));
}

static void psk_secret_without_memory(void **state)
{
	struct psk_operation op;

	(void)state;
	assert_int_equal(alloc_fail_each(derive_from_two_psks, assert_out_zero, &op), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_input_changes_the_joiner_secret),
		cmocka_unit_test(secrets_of_an_epoch_differ_from_each_other),
		cmocka_unit_test(a_context_that_no_vector_can_hold_is_refused),
		cmocka_unit_test(a_welcome_depends_on_joiner_and_psk_secret),
		cmocka_unit_test(exporter_lengths),
		cmocka_unit_test(exports_are_independent),
		cmocka_unit_test(both_sides_of_an_external_init_agree),
		cmocka_unit_test(external_init_rejects),
		cmocka_unit_test(every_input_changes_the_confirmed_hash),
		cmocka_unit_test(transcript_input_bytes),
		cmocka_unit_test(a_transcript_value_that_no_vector_can_hold_is_refused),
		cmocka_unit_test(confirmation_tag_verifies),
		cmocka_unit_test(psk_secret_depends_on_ids_keys_order_and_number),
		cmocka_unit_test(psk_secret_rejects),
		cmocka_unit_test(psk_secret_of_as_many_as_can_be),
		cmocka_unit_test(psk_secret_without_memory),
	};

	return kr_crypto_init() != KR_OK ||
		cmocka_run_group_tests_name("mls/key_schedule", tests, NULL, NULL);
}
