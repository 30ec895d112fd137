#include <test.h>

#include <hex.h>
#include <string.h>

#include <kring/crypto.h>

static struct kr_ed25519_keypair signer(void)
{
	const struct kr_secret seed = {{1, 2, 3}};
	struct kr_ed25519_keypair pair;

	kr_ed25519_from_seed(&pair, &seed);
	return pair;
}

/* RFC 8032 §7.1, the first three. */
static const struct known {
	const char *seed;
	const char *public_key;
	const char *message;
	const char *sig;
} knowns[] = {
	{"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
		"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
		"e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
		"5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
	{"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
		"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
		"92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
		"085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
	{"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
		"fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
		"af82",
		"6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
		"18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
};

static void knows_the_rfc(void **state)
{
	(void)state;
	for (size_t i = 0; i < NUM(knowns); i++) {
		size_t message_len = strlen(knowns[i].message) / 2;
		struct kr_ed25519_keypair pair;
		struct kr_secret seed;
		uint8_t public_key[KR_ED25519_PUBLIC_BYTES];
		uint8_t expected[KR_ED25519_SIG_BYTES];
		uint8_t got[KR_ED25519_SIG_BYTES];
		uint8_t message[2];

		hex_decode(seed.bytes, sizeof(seed.bytes), knowns[i].seed);
		hex_decode(public_key, sizeof(public_key), knowns[i].public_key);
		hex_decode(message, message_len, knowns[i].message);
		hex_decode(expected, sizeof(expected), knowns[i].sig);
		kr_ed25519_from_seed(&pair, &seed);
		assert_memory_equal(pair.public_key, public_key, sizeof(public_key));
		kr_ed25519_sign(got, &pair, kr_view(message, message_len));
		assert_memory_equal(got, expected, sizeof(expected));
	}
}

static void every_flipped_bit_fails(void **state)
{
	struct kr_ed25519_keypair pair = signer();
	uint8_t message[] = "I heard it too";
	struct kr_view message_view = kr_view(message, sizeof(message));
	uint8_t sig[KR_ED25519_SIG_BYTES];
	struct {
		uint8_t *bytes;
		size_t len;
	} parts[] = {{sig, sizeof(sig)}, {message, sizeof(message)},
		{pair.public_key, sizeof(pair.public_key)}};

	(void)state;
	kr_ed25519_sign(sig, &pair, message_view);
	assert_int_equal(kr_ed25519_verify(kr_view(sig, sizeof(sig)), pair.public_key,
				 message_view),
		KR_OK);
	for (size_t i = 0; i < NUM(parts); i++) {
		for (size_t bit = 0; bit < 8 * parts[i].len; bit++) {
			parts[i].bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_int_equal(kr_ed25519_verify(kr_view(sig, sizeof(sig)),
						 pair.public_key, message_view),
				KR_ERR_SIGNATURE);
			parts[i].bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	}
}

static void another_length_fails(void **state)
{
	struct kr_ed25519_keypair pair = signer();
	uint8_t sig[KR_ED25519_SIG_BYTES + 1] = {0};

	(void)state;
	kr_ed25519_sign(sig, &pair, kr_view_str("message"));
	for (size_t len = 0; len <= sizeof(sig); len++) {
		assert_int_equal(kr_ed25519_verify(kr_view(sig, len), pair.public_key,
					 kr_view_str("message")),
			len == KR_ED25519_SIG_BYTES ? KR_OK : KR_ERR_SIGNATURE);
	}
	assert_int_equal(kr_ed25519_verify(kr_view(NULL, 0), pair.public_key,
				 kr_view_str("message")),
		KR_ERR_SIGNATURE);
}

/* S + L is the same scalar: whoever lets it pass accepts two signatures of one
 * message. */
static void a_non_canonical_s_fails(void **state)
{
	struct kr_ed25519_keypair pair = signer();
	uint8_t order[32];
	uint8_t sig[KR_ED25519_SIG_BYTES];
	unsigned carry = 0;

	(void)state;
	hex_decode(order, sizeof(order),
		"edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
	kr_ed25519_sign(sig, &pair, kr_view_str("message"));
	for (size_t i = 0; i < sizeof(order); i++) {
		carry += (unsigned)sig[32 + i] + order[i];
		sig[32 + i] = (uint8_t)carry;
		carry >>= 8;
	}
	assert_int_equal(carry, 0);
	assert_int_equal(kr_ed25519_verify(kr_view(sig, sizeof(sig)), pair.public_key,
				 kr_view_str("message")),
		KR_ERR_SIGNATURE);
}

/* With a public key of small order a signature of R = -[k]A and S = 0 can verify for many
 * messages; with the neutral element R = neutral, S = 0 verifies for all. */
static const char *const bad_keys[] = {
	"0100000000000000000000000000000000000000000000000000000000000000",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"0000000000000000000000000000000000000000000000000000000000000000",
	"0000000000000000000000000000000000000000000000000000000000000080",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
	/* not canonical */
	"0100000000000000000000000000000000000000000000000000000000000080",
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	/* no point has this y */
	"0200000000000000000000000000000000000000000000000000000000000000",
};

static void bad_public_keys_fail(void **state)
{
	uint8_t sig[KR_ED25519_SIG_BYTES] = {1};

	(void)state;
	for (size_t i = 0; i < NUM(bad_keys); i++) {
		uint8_t public_key[KR_ED25519_PUBLIC_BYTES];

		hex_decode(public_key, sizeof(public_key), bad_keys[i]);
		/* R may be any of the points of small order */
		for (size_t j = 0; j < NUM(bad_keys); j++) {
			hex_decode(sig, 32, bad_keys[j]);
			if (kr_ed25519_verify(kr_view(sig, sizeof(sig)), public_key,
				    kr_view_str("anything")) != KR_ERR_SIGNATURE) {
				fail_msg("key %s, R %s", bad_keys[i], bad_keys[j]);
			}
		}
	}
}

static enum kr_err no_randomness(void *ctx, uint8_t *out, size_t len)
{
	(void)ctx;
	memset(out, 0xee, len);
	return KR_ERR_RANDOM;
}

static void no_key_without_randomness(void **state)
{
	static const struct kr_ed25519_keypair none;
	const struct kr_random broken = {.fill = no_randomness};
	struct kr_ed25519_keypair pair;

	(void)state;
	memset(&pair, 0xee, sizeof(pair));
	assert_int_equal(kr_ed25519_generate(&pair, &broken), KR_ERR_RANDOM);
	assert_memory_equal(&pair, &none, sizeof(pair));
}

static void a_generated_pair_signs(void **state)
{
	static const struct kr_ed25519_keypair none;
	struct kr_ed25519_keypair pair;
	uint8_t sig[KR_ED25519_SIG_BYTES];

	(void)state;
	assert_int_equal(kr_ed25519_generate(&pair, &kr_random_system), KR_OK);
	kr_ed25519_sign(sig, &pair, kr_view_str(""));
	assert_int_equal(kr_ed25519_verify(kr_view(sig, sizeof(sig)), pair.public_key,
				 kr_view_str("")),
		KR_OK);
	kr_ed25519_keypair_wipe(&pair);
	assert_memory_equal(&pair, &none, sizeof(pair));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_the_rfc),
		cmocka_unit_test(every_flipped_bit_fails),
		cmocka_unit_test(another_length_fails),
		cmocka_unit_test(a_non_canonical_s_fails),
		cmocka_unit_test(bad_public_keys_fail),
		cmocka_unit_test(no_key_without_randomness),
		cmocka_unit_test(a_generated_pair_signs),
	};

	if (kr_crypto_init() != KR_OK) {
		return 1;
	}
	return cmocka_run_group_tests_name("crypto/sign", tests, NULL, NULL);
}
