#include <test.h>

#include <string.h>

#include <kring/crypto.h>

#define MAX_LEN 130

static const struct kr_secret key = {{1, 2, 3}};
static const uint8_t nonce[KR_AEAD_NONCE_BYTES] = {9};

/* Every length around the block sizes of cipher and authenticator. */
static void opens_what_it_sealed(void **state)
{
	uint8_t input[MAX_LEN];

	(void)state;
	memset(input, 0x5a, sizeof(input));
	for (size_t len = 0; len <= MAX_LEN; len++) {
		struct kr_view pt = kr_view(input, len);
		struct kr_view aad = kr_view(input, MAX_LEN - len);
		uint8_t ct[MAX_LEN + KR_AEAD_TAG_BYTES];
		uint8_t back[MAX_LEN];

		kr_aead_seal(ct, &key, nonce, aad, pt);
		assert_int_equal(kr_aead_open(back, &key, nonce, aad,
					 kr_view(ct, len + KR_AEAD_TAG_BYTES)),
			KR_OK);
		assert_memory_equal(back, input, len);
	}
}

/* Storage may be shared: sealed and opened where the text stands. */
static void works_in_place(void **state)
{
	uint8_t apart[5 + KR_AEAD_TAG_BYTES];
	uint8_t buffer[5 + KR_AEAD_TAG_BYTES] = "hello";

	(void)state;
	kr_aead_seal(apart, &key, nonce, kr_view_str("aad"), kr_view_str("hello"));
	kr_aead_seal(buffer, &key, nonce, kr_view_str("aad"), kr_view(buffer, 5));
	assert_memory_equal(buffer, apart, sizeof(apart));
	assert_int_equal(kr_aead_open(buffer, &key, nonce, kr_view_str("aad"),
				 kr_view(buffer, sizeof(buffer))),
		KR_OK);
	assert_memory_equal(buffer, "hello", 5);
}

static void assert_refused(const struct kr_secret *k,
	const uint8_t n[KR_AEAD_NONCE_BYTES], struct kr_view aad, struct kr_view ct)
{
	static const uint8_t zeroes[MAX_LEN];
	uint8_t pt[MAX_LEN];
	size_t pt_len = ct.len < KR_AEAD_TAG_BYTES ? 0 : ct.len - KR_AEAD_TAG_BYTES;

	memset(pt, 0xee, sizeof(pt));
	assert_int_equal(kr_aead_open(pt, k, n, aad, ct), KR_ERR_DECRYPT);
	assert_memory_equal(pt, zeroes, pt_len);
	assert_int_equal(pt[pt_len], 0xee);
}

static void every_flipped_bit_fails(void **state)
{
	uint8_t aad[] = "authenticated";
	uint8_t ct[40 + KR_AEAD_TAG_BYTES] = {0};
	struct kr_secret other_key = key;
	uint8_t other_nonce[KR_AEAD_NONCE_BYTES];
	struct {
		uint8_t *bytes;
		size_t len;
	} parts[] = {{ct, sizeof(ct)}, {aad, sizeof(aad)},
		{other_key.bytes, sizeof(key.bytes)}, {other_nonce, sizeof(other_nonce)}};

	(void)state;
	memcpy(other_nonce, nonce, sizeof(nonce));
	kr_aead_seal(ct, &key, nonce, kr_view(aad, sizeof(aad)), kr_view(ct, 40));
	for (size_t i = 0; i < NUM(parts); i++) {
		for (size_t bit = 0; bit < 8 * parts[i].len; bit++) {
			parts[i].bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_refused(&other_key, other_nonce, kr_view(aad, sizeof(aad)),
				kr_view(ct, sizeof(ct)));
			parts[i].bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	}
}

static void every_truncation_fails(void **state)
{
	uint8_t ct[40 + KR_AEAD_TAG_BYTES] = {0};

	(void)state;
	kr_aead_seal(ct, &key, nonce, kr_view_str("aad"), kr_view(ct, 40));
	for (size_t len = 0; len < sizeof(ct); len++) {
		assert_refused(&key, nonce, kr_view_str("aad"), kr_view(ct, len));
	}
	assert_refused(&key, nonce, kr_view_str("aa"), kr_view(ct, sizeof(ct)));
	assert_refused(&key, nonce, kr_view(NULL, 0), kr_view(ct, sizeof(ct)));
	assert_refused(&key, nonce, kr_view(NULL, 0), kr_view(NULL, 0));
}

/* The keystream of the AEAD begins at block one; that of kr_chacha20 at block zero. */
static void the_keystream_is_chacha20(void **state)
{
	uint8_t zeroes[64] = {0};
	uint8_t ct[64 + KR_AEAD_TAG_BYTES];
	uint8_t stream[128];

	(void)state;
	kr_aead_seal(ct, &key, nonce, kr_view(NULL, 0), kr_view(zeroes, sizeof(zeroes)));
	kr_chacha20(stream, sizeof(stream), &key, nonce);
	assert_memory_equal(ct, stream + 64, 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_what_it_sealed),
		cmocka_unit_test(works_in_place),
		cmocka_unit_test(every_flipped_bit_fails),
		cmocka_unit_test(every_truncation_fails),
		cmocka_unit_test(the_keystream_is_chacha20),
	};

	if (kr_crypto_init() != KR_OK) {
		return 1;
	}
	return cmocka_run_group_tests_name("crypto/aead", tests, NULL, NULL);
}
