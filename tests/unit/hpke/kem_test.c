#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <kring/hpke.h>

#include "proto/hpke/kem.h"

/* RFC 9180 §7.1.3: at least as much keying material as the key has. */
static void derive_keypair(void **state)
{
	static const uint8_t zeroes[sizeof(struct kr_x25519_keypair)];
	uint8_t ikm[100];
	struct kr_x25519_keypair pair;
	struct kr_x25519_keypair again;
	struct kr_x25519_keypair other;
	uint8_t public_key[KR_X25519_BYTES];

	(void)state;
	memset(ikm, 7, sizeof(ikm));
	for (size_t len = 0; len < KR_SECRET_BYTES; len++) {
		memset(&pair, 0xa5, sizeof(pair));
		assert_int_equal(kr_hpke_derive_keypair(&pair, kr_view(ikm, len)),
			KR_ERR_ARGUMENT);
		assert_memory_equal(&pair, zeroes, sizeof(pair));
	}
	assert_int_equal(kr_hpke_derive_keypair(&pair, kr_view(ikm, 32)), KR_OK);
	assert_int_equal(kr_hpke_derive_keypair(&again, kr_view(ikm, 32)), KR_OK);
	assert_int_equal(kr_hpke_derive_keypair(&other, kr_view(ikm, 33)), KR_OK);
	assert_memory_equal(&pair, &again, sizeof(pair));
	assert_memory_not_equal(&pair, &other, sizeof(pair));
	kr_x25519_public(public_key, &pair.secret);
	assert_memory_equal(public_key, pair.public_key, sizeof(public_key));
}

static enum kr_err no_randomness(void *ctx, uint8_t *out, size_t len)
{
	(void)ctx;
	memset(out, 0xa5, len);
	return KR_ERR_RANDOM;
}

static void generate_keypair(void **state)
{
	static const struct kr_random broken = {.fill = no_randomness};
	static const uint8_t zeroes[sizeof(struct kr_x25519_keypair)];
	struct kr_x25519_keypair a;
	struct kr_x25519_keypair b;

	(void)state;
	assert_int_equal(kr_hpke_generate_keypair(&a, &kr_random_system), KR_OK);
	assert_int_equal(kr_hpke_generate_keypair(&b, &kr_random_system), KR_OK);
	assert_memory_not_equal(&a, &b, sizeof(a));
	assert_int_equal(kr_hpke_generate_keypair(&a, &broken), KR_ERR_RANDOM);
	assert_memory_equal(&a, zeroes, sizeof(a));
}

/* Both sides agree only if both mean the same sender. */
static void shared_secrets(void **state)
{
	struct kr_x25519_keypair receiver;
	struct kr_x25519_keypair sender;
	struct kr_secret sent;
	struct kr_secret received;
	uint8_t enc[KR_HPKE_ENC_BYTES];

	(void)state;
	assert_int_equal(kr_hpke_generate_keypair(&receiver, &kr_random_system), KR_OK);
	assert_int_equal(kr_hpke_generate_keypair(&sender, &kr_random_system), KR_OK);
	for (int sends_auth = 0; sends_auth < 2; sends_auth++) {
		assert_int_equal(
			kr_hpke_encap(&sent, enc, receiver.public_key,
				sends_auth ? &sender.secret : NULL, &kr_random_system),
			KR_OK);
		for (int expects_auth = 0; expects_auth < 2; expects_auth++) {
			assert_int_equal(kr_hpke_decap(&received, enc, &receiver.secret,
						 expects_auth ? sender.public_key : NULL),
				KR_OK);
			assert_int_equal(kr_secret_equal(&sent, &received),
				sends_auth == expects_auth);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(derive_keypair),
		cmocka_unit_test(generate_keypair),
		cmocka_unit_test(shared_secrets),
	};

	return kr_crypto_init() != KR_OK ||
		cmocka_run_group_tests_name("hpke/kem", tests, NULL, NULL) != 0;
}
