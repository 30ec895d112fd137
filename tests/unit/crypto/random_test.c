#include <test.h>

#include <string.h>

#include <kring/crypto.h>

static const struct kr_secret seed = {{'s', 'e', 'e', 'd'}};

/* The same seed gives the same bytes, in the same order. */
static void a_seed_repeats_itself(void **state)
{
	struct kr_random_seeded first;
	struct kr_random_seeded second;
	struct kr_random a;
	struct kr_random b;

	(void)state;
	kr_random_seeded_init(&first, &seed);
	kr_random_seeded_init(&second, &seed);
	a = kr_random_seeded(&first);
	b = kr_random_seeded(&second);
	for (size_t len = 0; len < 100; len++) {
		uint8_t from_a[100] = {0};
		uint8_t from_b[100] = {0};

		assert_int_equal(kr_random_fill(&a, from_a, len), KR_OK);
		assert_int_equal(kr_random_fill(&b, from_b, len), KR_OK);
		assert_memory_equal(from_a, from_b, sizeof(from_a));
	}
}

/* The stream is ChaCha20 with the number of the call as a little-endian nonce, on every
 * machine. */
static void the_stream_is_defined(void **state)
{
	struct kr_random_seeded seeded;
	struct kr_random rng;

	(void)state;
	kr_random_seeded_init(&seeded, &seed);
	rng = kr_random_seeded(&seeded);
	for (unsigned call = 0; call < 300; call++) {
		const uint8_t nonce[KR_AEAD_NONCE_BYTES] = {
			(uint8_t)call, (uint8_t)(call >> 8)};
		uint8_t expected[40];
		uint8_t got[40];

		kr_chacha20(expected, sizeof(expected), &seed, nonce);
		assert_int_equal(kr_random_fill(&rng, got, sizeof(got)), KR_OK);
		assert_memory_equal(got, expected, sizeof(got));
	}
}

static void calls_and_seeds_differ(void **state)
{
	const struct kr_secret other_seed = {{'S', 'e', 'e', 'd'}};
	struct kr_random_seeded seeded;
	struct kr_random_seeded other;
	struct kr_random rng;
	struct kr_random other_rng;
	struct kr_secret first;
	struct kr_secret second;
	struct kr_secret of_other;

	(void)state;
	kr_random_seeded_init(&seeded, &seed);
	kr_random_seeded_init(&other, &other_seed);
	rng = kr_random_seeded(&seeded);
	other_rng = kr_random_seeded(&other);
	assert_int_equal(kr_random_secret(&rng, &first), KR_OK);
	assert_int_equal(kr_random_secret(&rng, &second), KR_OK);
	assert_int_equal(kr_random_secret(&other_rng, &of_other), KR_OK);
	assert_false(kr_secret_equal(&first, &second));
	assert_false(kr_secret_equal(&first, &of_other));
}

static void the_system_gives_other_bytes_each_time(void **state)
{
	struct kr_secret first;
	struct kr_secret second;

	(void)state;
	assert_int_equal(kr_random_secret(&kr_random_system, &first), KR_OK);
	assert_int_equal(kr_random_secret(&kr_random_system, &second), KR_OK);
	assert_false(kr_secret_equal(&first, &second));
	assert_int_equal(kr_random_fill(&kr_random_system, first.bytes, 0), KR_OK);
}

/* A source that gives up half-way. */
static enum kr_err half(void *ctx, uint8_t *out, size_t len)
{
	(void)ctx;
	memset(out, 0xee, len / 2);
	return KR_ERR_RANDOM;
}

static void a_failing_source_leaves_zeroes(void **state)
{
	static const struct kr_secret zeroes;
	const struct kr_random broken = {.fill = half};
	struct kr_secret out;

	(void)state;
	memset(&out, 0xaa, sizeof(out));
	assert_int_equal(kr_random_secret(&broken, &out), KR_ERR_RANDOM);
	assert_true(kr_secret_equal(&out, &zeroes));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_seed_repeats_itself),
		cmocka_unit_test(the_stream_is_defined),
		cmocka_unit_test(calls_and_seeds_differ),
		cmocka_unit_test(the_system_gives_other_bytes_each_time),
		cmocka_unit_test(a_failing_source_leaves_zeroes),
	};

	if (kr_crypto_init() != KR_OK) {
		return 1;
	}
	return cmocka_run_group_tests_name("crypto/random", tests, NULL, NULL);
}
