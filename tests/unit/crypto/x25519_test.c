#include <test.h>

#include <hex.h>
#include <string.h>

#include <kring/crypto.h>

/* The points of order 1, 2, 4 and 8 on the curve and its twist, and their encodings that
 * are not canonical. */
static const char *const low_order[] = {
	"0000000000000000000000000000000000000000000000000000000000000000",
	"0100000000000000000000000000000000000000000000000000000000000000",
	"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
	"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"0000000000000000000000000000000000000000000000000000000000000080",
	"0100000000000000000000000000000000000000000000000000000000000080",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
};

static void low_order_points_are_refused(void **state)
{
	static const struct kr_secret zero;
	const struct kr_secret secret = {{0x42, 0x17}};

	(void)state;
	for (size_t i = 0; i < NUM(low_order); i++) {
		uint8_t public_key[KR_X25519_BYTES];
		struct kr_secret shared;

		memset(&shared, 0xee, sizeof(shared));
		hex_decode(public_key, sizeof(public_key), low_order[i]);
		if (kr_x25519(&shared, &secret, public_key) != KR_ERR_KEY) {
			fail_msg("%s is accepted", low_order[i]);
		}
		assert_true(kr_secret_equal(&shared, &zero));
	}
}

static void both_sides_agree(void **state)
{
	struct kr_random_seeded seeded;
	struct kr_random rng;
	const struct kr_secret seed = {{1}};

	(void)state;
	kr_random_seeded_init(&seeded, &seed);
	rng = kr_random_seeded(&seeded);
	for (int i = 0; i < 20; i++) {
		struct kr_x25519_keypair alice;
		struct kr_x25519_keypair bob;
		struct kr_secret ab;
		struct kr_secret ba;

		assert_int_equal(kr_x25519_generate(&alice, &rng), KR_OK);
		assert_int_equal(kr_x25519_generate(&bob, &rng), KR_OK);
		assert_memory_not_equal(
			alice.public_key, bob.public_key, KR_X25519_BYTES);
		assert_int_equal(kr_x25519(&ab, &alice.secret, bob.public_key), KR_OK);
		assert_int_equal(kr_x25519(&ba, &bob.secret, alice.public_key), KR_OK);
		assert_true(kr_secret_equal(&ab, &ba));
	}
}

/* The public key is the secret times the base point, whose coordinate is 9. */
static void the_public_key_is_of_the_base_point(void **state)
{
	static const uint8_t base[KR_X25519_BYTES] = {9};
	const struct kr_secret secret = {{7, 7, 7}};
	uint8_t public_key[KR_X25519_BYTES];
	struct kr_secret product;

	(void)state;
	kr_x25519_public(public_key, &secret);
	assert_int_equal(kr_x25519(&product, &secret, base), KR_OK);
	assert_memory_equal(public_key, product.bytes, sizeof(public_key));
}

static enum kr_err no_randomness(void *ctx, uint8_t *out, size_t len)
{
	(void)ctx;
	memset(out, 0xee, len);
	return KR_ERR_RANDOM;
}

static void no_key_without_randomness(void **state)
{
	static const struct kr_x25519_keypair none;
	const struct kr_random broken = {.fill = no_randomness};
	struct kr_x25519_keypair pair;

	(void)state;
	memset(&pair, 0xee, sizeof(pair));
	assert_int_equal(kr_x25519_generate(&pair, &broken), KR_ERR_RANDOM);
	assert_memory_equal(&pair, &none, sizeof(pair));
}

static void wipes_a_pair(void **state)
{
	static const struct kr_x25519_keypair none;
	struct kr_x25519_keypair pair;

	(void)state;
	assert_int_equal(kr_x25519_generate(&pair, &kr_random_system), KR_OK);
	kr_x25519_keypair_wipe(&pair);
	assert_memory_equal(&pair, &none, sizeof(pair));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(low_order_points_are_refused),
		cmocka_unit_test(both_sides_agree),
		cmocka_unit_test(the_public_key_is_of_the_base_point),
		cmocka_unit_test(no_key_without_randomness),
		cmocka_unit_test(wipes_a_pair),
	};

	if (kr_crypto_init() != KR_OK) {
		return 1;
	}
	return cmocka_run_group_tests_name("crypto/x25519", tests, NULL, NULL);
}
