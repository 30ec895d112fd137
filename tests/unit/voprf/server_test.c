#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <kring/voprf.h>

#include "proto/voprf/hash.h"

#define NUM(array) (sizeof(array) / sizeof((array)[0]))
#define UNTOUCHED  0xa5

static const uint8_t long_text[KR_VOPRF_INPUT_MAX + 1];

/* A key, and blinded elements as many as the largest batch has and one more. */
struct fixture {
	struct kr_voprf_keypair key;
	struct kr_ristretto_element blinded[KR_VOPRF_BATCH_MAX + 1];
	struct kr_ristretto_element evaluated[KR_VOPRF_BATCH_MAX + 1];
	struct kr_voprf_proof proof;
};

static struct fixture f;

static int setup(void **state)
{
	struct kr_ristretto_scalar blind;

	(void)state;
	assert_int_equal(kr_voprf_generate_keypair(&f.key, &kr_random_system), KR_OK);
	assert_int_equal(kr_voprf_blind(&blind, &f.blinded[0], KR_VOPRF_MODE_VOPRF,
				 kr_view_str("input"), &kr_random_system),
		KR_OK);
	for (size_t i = 1; i < NUM(f.blinded); i++) {
		assert_int_equal(
			kr_ristretto_add(&f.blinded[i], &f.blinded[i - 1], &f.blinded[0]),
			KR_OK);
	}
	return 0;
}

static void assert_zero(const char *name, const void *data, size_t len)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i < len; i++) {
		if (bytes[i] != 0) {
			fail_msg("%s: byte %zu is %02x", name, i, bytes[i]);
		}
	}
}

static enum kr_err no_randomness(void *ctx, uint8_t *out, size_t len)
{
	(void)ctx;
	memset(out, UNTOUCHED, len);
	return KR_ERR_RANDOM;
}

static void blind_evaluate_rejects(void **state)
{
	static const struct kr_random broken = {.fill = no_randomness};
	static const struct {
		const char *name;
		unsigned mode;
		size_t num;
		bool proof;
		size_t info_len;
		const struct kr_random *rng;
		enum kr_err expected;
	} cases[] = {
		{"OPRF without randomness", 0, 2, false, 0, NULL, KR_OK},
		{"VOPRF", 1, 2, true, 0, &kr_random_system, KR_OK},
		{"POPRF without info", 2, 2, true, 0, &kr_random_system, KR_OK},
		{"the longest info", 2, 1, true, KR_VOPRF_INPUT_MAX, &kr_random_system,
			KR_OK},
		{"nothing", 1, 0, true, 0, &kr_random_system, KR_ERR_ARGUMENT},
		{"OPRF with a proof", 0, 1, true, 0, &kr_random_system, KR_ERR_ARGUMENT},
		{"VOPRF without a proof", 1, 1, false, 0, &kr_random_system,
			KR_ERR_ARGUMENT},
		{"POPRF without a proof", 2, 1, false, 0, &kr_random_system,
			KR_ERR_ARGUMENT},
		{"OPRF with info", 0, 1, false, 1, &kr_random_system, KR_ERR_ARGUMENT},
		{"VOPRF with info", 1, 1, true, 1, &kr_random_system, KR_ERR_ARGUMENT},
		{"an unknown mode", 3, 1, true, 0, &kr_random_system, KR_ERR_ARGUMENT},
		{"a long info", 2, 1, true, sizeof(long_text), &kr_random_system,
			KR_ERR_TOO_LARGE},
		{"one too many", 0, KR_VOPRF_BATCH_MAX + 1, false, 0, NULL,
			KR_ERR_TOO_LARGE},
		{"no randomness", 1, 2, true, 0, &broken, KR_ERR_RANDOM},
	};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		const struct kr_voprf_params params = {
			.mode = (enum kr_voprf_mode)cases[i].mode,
			.info = kr_view(long_text, cases[i].info_len),
		};
		enum kr_err err;

		memset(f.evaluated, UNTOUCHED, sizeof(f.evaluated));
		memset(&f.proof, UNTOUCHED, sizeof(f.proof));
		err = kr_voprf_blind_evaluate(f.evaluated,
			cases[i].proof ? &f.proof : NULL, &params, &f.key, f.blinded,
			cases[i].num, cases[i].rng);
		if (err != cases[i].expected) {
			fail_msg("%s: got %s", cases[i].name, kr_err_name(err));
		}
		if (err != KR_OK) {
			assert_zero(cases[i].name, f.evaluated,
				cases[i].num * sizeof(f.evaluated[0]));
		}
		if (err != KR_OK && cases[i].proof) {
			assert_zero(cases[i].name, &f.proof, sizeof(f.proof));
		}
	}
}

/* The largest batch, with its proof. */
static void largest_batch(void **state)
{
	static uint8_t outputs[KR_VOPRF_BATCH_MAX][KR_VOPRF_OUTPUT_BYTES];
	static struct kr_view inputs[KR_VOPRF_BATCH_MAX];
	static struct kr_ristretto_scalar blinds[KR_VOPRF_BATCH_MAX];
	const struct kr_voprf_params params = {.mode = KR_VOPRF_MODE_VOPRF};
	const struct kr_voprf_request request = {
		inputs, blinds, f.blinded, KR_VOPRF_BATCH_MAX};
	const struct kr_voprf_response response = {
		f.evaluated, KR_VOPRF_BATCH_MAX, &f.proof};

	(void)state;
	for (size_t i = 0; i < KR_VOPRF_BATCH_MAX; i++) {
		blinds[i].bytes[0] = 1;
	}
	assert_int_equal(kr_voprf_blind_evaluate(f.evaluated, &f.proof, &params, &f.key,
				 f.blinded, KR_VOPRF_BATCH_MAX, &kr_random_system),
		KR_OK);
	assert_int_equal(kr_voprf_finalize(outputs, &params, &f.key.public_key, &request,
				 &response),
		KR_OK);
	f.evaluated[KR_VOPRF_BATCH_MAX - 1] = f.evaluated[0];
	assert_int_equal(kr_voprf_finalize(outputs, &params, &f.key.public_key, &request,
				 &response),
		KR_ERR_PROOF);
}

/* An element that did not come through the decoder is not let through here either. */
static void elements_that_are_none(void **state)
{
	static const struct kr_ristretto_element invalid[] = {
		{{0}},             /* the identity */
		{{1}},             /* negative */
		{{2, 0, 0, 0, 7}}, /* no square root */
	};
	const struct kr_voprf_params params = {.mode = KR_VOPRF_MODE_VOPRF};

	(void)state;
	for (size_t i = 0; i < NUM(invalid); i++) {
		const struct kr_ristretto_element batch[2] = {f.blinded[0], invalid[i]};

		assert_int_equal(kr_voprf_blind_evaluate(f.evaluated, &f.proof, &params,
					 &f.key, batch, 2, &kr_random_system),
			KR_ERR_KEY);
		assert_zero("evaluated", f.evaluated, 2 * sizeof(f.evaluated[0]));
	}
}

/* InverseError of RFC 9497 §3.3.3: key and info add up to zero. */
static void key_that_info_cancels_out(void **state)
{
	static const struct kr_ristretto_scalar zero;
	struct kr_voprf_params params = {
		.mode = KR_VOPRF_MODE_POPRF,
		.info = kr_view_str("info"),
	};
	struct kr_voprf_keypair cancelled;
	uint8_t output[KR_VOPRF_OUTPUT_BYTES];

	(void)state;
	kr_voprf_info_scalar(&cancelled.secret, params.info);
	kr_ristretto_scalar_sub(&cancelled.secret, &zero, &cancelled.secret);
	assert_int_equal(
		kr_ristretto_mul_base(&cancelled.public_key, &cancelled.secret), KR_OK);
	memset(output, UNTOUCHED, sizeof(output));
	assert_int_equal(kr_voprf_evaluate(output, &params, &cancelled, kr_view_str("x")),
		KR_ERR_KEY);
	assert_zero("output", output, sizeof(output));
	assert_int_equal(kr_voprf_blind_evaluate(f.evaluated, &f.proof, &params,
				 &cancelled, f.blinded, 1, &kr_random_system),
		KR_ERR_KEY);
	params.info = kr_view_str("another");
	assert_int_equal(
		kr_voprf_evaluate(output, &params, &cancelled, kr_view_str("x")), KR_OK);
}

static void evaluate_rejects(void **state)
{
	static const struct {
		const char *name;
		unsigned mode;
		size_t info_len;
		size_t input_len;
		enum kr_err expected;
	} cases[] = {
		{"the longest input", 1, 0, KR_VOPRF_INPUT_MAX, KR_OK},
		{"a longer input", 1, 0, KR_VOPRF_INPUT_MAX + 1, KR_ERR_TOO_LARGE},
		{"a long info", 2, KR_VOPRF_INPUT_MAX + 1, 1, KR_ERR_TOO_LARGE},
		{"OPRF with info", 0, 1, 1, KR_ERR_ARGUMENT},
		{"an unknown mode", 3, 0, 1, KR_ERR_ARGUMENT},
	};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		const struct kr_voprf_params params = {
			.mode = (enum kr_voprf_mode)cases[i].mode,
			.info = kr_view(long_text, cases[i].info_len),
		};
		uint8_t output[KR_VOPRF_OUTPUT_BYTES];
		enum kr_err err;

		memset(output, UNTOUCHED, sizeof(output));
		err = kr_voprf_evaluate(
			output, &params, &f.key, kr_view(long_text, cases[i].input_len));
		if (err != cases[i].expected) {
			fail_msg("%s: got %s", cases[i].name, kr_err_name(err));
		}
		if (err != KR_OK) {
			assert_zero(cases[i].name, output, sizeof(output));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blind_evaluate_rejects),
		cmocka_unit_test(largest_batch),
		cmocka_unit_test(elements_that_are_none),
		cmocka_unit_test(key_that_info_cancels_out),
		cmocka_unit_test(evaluate_rejects),
	};

	return kr_crypto_init() != KR_OK ||
		cmocka_run_group_tests_name("voprf/server", tests, setup, NULL) != 0;
}
