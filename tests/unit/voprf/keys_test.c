#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <kring/voprf.h>

#define NUM(array) (sizeof(array) / sizeof((array)[0]))
#define UNTOUCHED  0xa5

static const struct kr_voprf_keypair zeroes;

/* The group order 2^252 + 27742317777372353535851937790883648493, little-endian. */
#define ORDER                                                                            \
	0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde,    \
		0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10

static void decode(void **state)
{
	static const struct {
		const char *name;
		uint8_t secret[KR_VOPRF_SCALAR_BYTES + 1];
		size_t len;
		enum kr_err expected;
	} cases[] = {
		{"one", {1}, 32, KR_OK},
		{"zero", {0}, 32, KR_ERR_KEY},
		{"the group order", {ORDER}, 32, KR_ERR_KEY},
		{"2^255", {[31] = 0x80}, 32, KR_ERR_KEY},
		{"2^252", {[31] = 0x10}, 32, KR_OK},
		{"a byte short", {1}, 31, KR_ERR_KEY},
		{"a byte long", {1}, 33, KR_ERR_KEY},
		{"nothing", {1}, 0, KR_ERR_KEY},
	};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		struct kr_voprf_keypair pair;
		enum kr_err err;

		memset(&pair, UNTOUCHED, sizeof(pair));
		err = kr_voprf_keypair_decode(
			&pair, kr_view(cases[i].secret, cases[i].len));
		if (err != cases[i].expected) {
			fail_msg("%s: got %s", cases[i].name, kr_err_name(err));
		}
		if (err != KR_OK) {
			assert_memory_equal(&pair, &zeroes, sizeof(pair));
		} else {
			assert_memory_equal(pair.secret.bytes, cases[i].secret, 32);
		}
	}
}

/* What is stored and decoded again is the same pair. */
static void comes_back(void **state)
{
	struct kr_voprf_keypair pair;
	struct kr_voprf_keypair again;

	(void)state;
	assert_int_equal(kr_voprf_generate_keypair(&pair, &kr_random_system), KR_OK);
	assert_int_equal(kr_voprf_keypair_decode(&again,
				 kr_view(pair.secret.bytes, sizeof(pair.secret.bytes))),
		KR_OK);
	assert_memory_equal(&pair, &again, sizeof(pair));
	kr_voprf_keypair_wipe(&pair);
	assert_memory_equal(&pair, &zeroes, sizeof(pair));
	kr_voprf_keypair_wipe(NULL);
}

static enum kr_err no_randomness(void *ctx, uint8_t *out, size_t len)
{
	(void)ctx;
	memset(out, UNTOUCHED, len);
	return KR_ERR_RANDOM;
}

static enum kr_err zero_randomness(void *ctx, uint8_t *out, size_t len)
{
	(void)ctx;
	memset(out, 0, len);
	return KR_OK;
}

static void generate_without_randomness(void **state)
{
	static const struct kr_random sources[] = {
		{.fill = no_randomness},
		{.fill = zero_randomness},
	};

	(void)state;
	for (size_t i = 0; i < NUM(sources); i++) {
		struct kr_voprf_keypair pair;

		memset(&pair, UNTOUCHED, sizeof(pair));
		assert_int_equal(
			kr_voprf_generate_keypair(&pair, &sources[i]), KR_ERR_RANDOM);
		assert_memory_equal(&pair, &zeroes, sizeof(pair));
	}
}

/* Seed, key info and mode each make another key. */
static void derive(void **state)
{
	static const uint8_t long_info[KR_VOPRF_INPUT_MAX + 1];
	static const struct kr_secret seeds[2] = {{{1}}, {{2}}};
	struct kr_voprf_keypair pairs[2][3][2];
	const struct kr_voprf_keypair *all = &pairs[0][0][0];
	struct kr_voprf_keypair refused;

	(void)state;
	for (size_t seed = 0; seed < 2; seed++) {
		for (unsigned mode = 0; mode < 3; mode++) {
			for (size_t info = 0; info < 2; info++) {
				assert_int_equal(
					kr_voprf_derive_keypair(&pairs[seed][mode][info],
						(enum kr_voprf_mode)mode, &seeds[seed],
						kr_view_str(info == 0 ? "" : "info")),
					KR_OK);
			}
		}
	}
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*all); i++) {
		for (size_t j = 0; j < i; j++) {
			assert_memory_not_equal(&all[i], &all[j], sizeof(*all));
		}
	}
	memset(&refused, UNTOUCHED, sizeof(refused));
	assert_int_equal(kr_voprf_derive_keypair(&refused, KR_VOPRF_MODE_OPRF, &seeds[0],
				 kr_view(long_info, sizeof(long_info))),
		KR_ERR_TOO_LARGE);
	assert_memory_equal(&refused, &zeroes, sizeof(refused));
	assert_int_equal(kr_voprf_derive_keypair(&refused, (enum kr_voprf_mode)3,
				 &seeds[0], kr_view(NULL, 0)),
		KR_ERR_ARGUMENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decode),
		cmocka_unit_test(comes_back),
		cmocka_unit_test(generate_without_randomness),
		cmocka_unit_test(derive),
	};

	return kr_crypto_init() != KR_OK ||
		cmocka_run_group_tests_name("voprf/keys", tests, NULL, NULL) != 0;
}
