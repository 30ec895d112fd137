/* SHA-2, HMAC and HKDF. The many known answers are in tests/vectors/wycheproof_test.c. */
#include <test.h>

#include <hex.h>
#include <string.h>

#include <kring/crypto.h>

static void sha_knows_abc(void **state)
{
	uint8_t expected256[KR_SHA256_BYTES];
	uint8_t expected512[KR_SHA512_BYTES];
	uint8_t got256[KR_SHA256_BYTES];
	uint8_t got512[KR_SHA512_BYTES];

	(void)state;
	hex_decode(expected256, sizeof(expected256),
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	hex_decode(expected512, sizeof(expected512),
		"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		"2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
	kr_sha256(got256, kr_view_str("abc"));
	kr_sha512(got512, kr_view_str("abc"));
	assert_memory_equal(got256, expected256, sizeof(expected256));
	assert_memory_equal(got512, expected512, sizeof(expected512));
}

/* However the input is cut in two, around the block sizes, the hash is that of the
 * whole. */
static void in_parts_as_in_one(void **state)
{
	uint8_t input[300];
	uint8_t whole[KR_SHA512_BYTES];
	uint8_t parts[KR_SHA512_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(input); i++) {
		input[i] = (uint8_t)i;
	}
	for (size_t cut = 0; cut <= sizeof(input); cut++) {
		struct kr_sha256 h256;
		struct kr_sha512 h512;

		kr_sha256(whole, kr_view(input, sizeof(input)));
		kr_sha256_init(&h256);
		kr_sha256_update(&h256, kr_view(input, cut));
		kr_sha256_update(&h256, kr_view(NULL, 0));
		kr_sha256_update(&h256, kr_view(input + cut, sizeof(input) - cut));
		kr_sha256_final(&h256, parts);
		assert_memory_equal(parts, whole, KR_SHA256_BYTES);

		kr_sha512(whole, kr_view(input, sizeof(input)));
		kr_sha512_init(&h512);
		kr_sha512_update(&h512, kr_view(input, cut));
		kr_sha512_update(&h512, kr_view(NULL, 0));
		kr_sha512_update(&h512, kr_view(input + cut, sizeof(input) - cut));
		kr_sha512_final(&h512, parts);
		assert_memory_equal(parts, whole, KR_SHA512_BYTES);
	}
}

static void final_wipes_the_state(void **state)
{
	static const struct kr_sha256 wiped256;
	static const struct kr_sha512 wiped512;
	uint8_t out[KR_SHA512_BYTES];
	struct kr_sha256 h256;
	struct kr_sha512 h512;

	(void)state;
	kr_sha256_init(&h256);
	kr_sha256_update(&h256, kr_view_str("secret"));
	kr_sha256_final(&h256, out);
	assert_memory_equal(&h256, &wiped256, sizeof(h256));
	kr_sha512_init(&h512);
	kr_sha512_update(&h512, kr_view_str("secret"));
	kr_sha512_final(&h512, out);
	assert_memory_equal(&h512, &wiped512, sizeof(h512));
}

static void hmac_takes_empty_inputs(void **state)
{
	uint8_t expected[KR_HMAC_BYTES];
	uint8_t got[KR_HMAC_BYTES];

	(void)state;
	hex_decode(expected, sizeof(expected),
		"b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
	kr_hmac(got, kr_view(NULL, 0), kr_view(NULL, 0));
	assert_memory_equal(got, expected, sizeof(expected));
}

static void hmac_verifies_the_whole_tag_and_no_other(void **state)
{
	struct kr_view key = kr_view_str("key");
	struct kr_view in = kr_view_str("message");
	uint8_t tag[KR_HMAC_BYTES + 1] = {0};

	(void)state;
	kr_hmac(tag, key, in);
	assert_int_equal(kr_hmac_verify(kr_view(tag, KR_HMAC_BYTES), key, in), KR_OK);
	for (size_t len = 0; len <= sizeof(tag); len++) {
		if (len != KR_HMAC_BYTES) {
			assert_int_equal(
				kr_hmac_verify(kr_view(tag, len), key, in), KR_ERR_MAC);
		}
	}
	assert_int_equal(kr_hmac_verify(kr_view(NULL, 0), key, in), KR_ERR_MAC);
	for (size_t bit = 0; bit < 8 * KR_HMAC_BYTES; bit++) {
		tag[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(
			kr_hmac_verify(kr_view(tag, KR_HMAC_BYTES), key, in), KR_ERR_MAC);
		tag[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

/* RFC 5869 §2.2: no salt is a salt of HashLen zeroes. */
static void an_empty_salt_is_zeroes(void **state)
{
	static const uint8_t zeroes[KR_SHA256_BYTES];
	struct kr_secret without;
	struct kr_secret with;

	(void)state;
	kr_hkdf_extract(&without, kr_view(NULL, 0), kr_view_str("ikm"));
	kr_hkdf_extract(&with, kr_view(zeroes, sizeof(zeroes)), kr_view_str("ikm"));
	assert_true(kr_secret_equal(&without, &with));
}

/* Every length from nothing to 255 blocks, of which the longest is the beginning of
 * all. */
static void expand_gives_up_to_255_blocks(void **state)
{
	enum { longest = 255 * KR_SHA256_BYTES };
	static uint8_t all[longest + 1];
	static uint8_t some[longest];
	const struct kr_secret prk = {{1}};

	(void)state;
	assert_int_equal(kr_hkdf_expand(all, longest, &prk, kr_view_str("info")), KR_OK);
	for (size_t len = 0; len <= longest; len += 31) {
		memset(some, 0, sizeof(some));
		assert_int_equal(
			kr_hkdf_expand(some, len, &prk, kr_view_str("info")), KR_OK);
		assert_memory_equal(some, all, len);
		assert_true(len == longest || some[len] == 0);
	}
	assert_int_equal(kr_hkdf_expand(all, longest + 1, &prk, kr_view_str("info")),
		KR_ERR_ARGUMENT);
}

/* In parts is as in one, also when a part is empty. */
static void hkdf_takes_its_input_in_parts(void **state)
{
	const struct kr_view parts[] = {
		LITERAL("MLS 1.0 "), kr_view(NULL, 0), LITERAL("lab"), LITERAL("el")};
	struct kr_view whole = LITERAL("MLS 1.0 label");
	const struct kr_secret prk = {{1}};
	struct kr_secret of_parts;
	struct kr_secret of_whole;
	uint8_t out_parts[70];
	uint8_t out_whole[70];

	(void)state;
	kr_hkdf_extract(&of_whole, kr_view(NULL, 0), whole);
	kr_hkdf_extract_parts(&of_parts, kr_view(NULL, 0), parts, NUM(parts));
	assert_true(kr_secret_equal(&of_parts, &of_whole));
	assert_int_equal(
		kr_hkdf_expand(out_whole, sizeof(out_whole), &prk, whole), KR_OK);
	assert_int_equal(kr_hkdf_expand_parts(
				 out_parts, sizeof(out_parts), &prk, parts, NUM(parts)),
		KR_OK);
	assert_memory_equal(out_parts, out_whole, sizeof(out_parts));
	assert_int_equal(kr_hkdf_expand_parts(out_parts, 255 * KR_SHA256_BYTES + 1, &prk,
				 parts, NUM(parts)),
		KR_ERR_ARGUMENT);
}

static void comparison_looks_at_every_byte(void **state)
{
	uint8_t a[KR_SECRET_BYTES] = {0};
	struct kr_secret s = {{0}};
	struct kr_secret t = {{0}};

	(void)state;
	assert_true(kr_equal_ct(a, s.bytes, sizeof(a)));
	assert_true(kr_equal_ct(a, s.bytes, 0));
	assert_true(kr_secret_equal(&s, &t));
	for (size_t i = 0; i < sizeof(a); i++) {
		t.bytes[i] = 0x80;
		assert_false(kr_secret_equal(&s, &t));
		assert_false(kr_equal_ct(a, t.bytes, sizeof(a)));
		assert_true(kr_equal_ct(a, t.bytes, i));
		t.bytes[i] = 0;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sha_knows_abc),
		cmocka_unit_test(in_parts_as_in_one),
		cmocka_unit_test(final_wipes_the_state),
		cmocka_unit_test(hmac_takes_empty_inputs),
		cmocka_unit_test(hmac_verifies_the_whole_tag_and_no_other),
		cmocka_unit_test(an_empty_salt_is_zeroes),
		cmocka_unit_test(expand_gives_up_to_255_blocks),
		cmocka_unit_test(hkdf_takes_its_input_in_parts),
		cmocka_unit_test(comparison_looks_at_every_byte),
	};

	if (kr_crypto_init() != KR_OK) {
		return 1;
	}
	return cmocka_run_group_tests_name("crypto/hash", tests, NULL, NULL);
}
