#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <alloc_fail.h>

#include <kring/voprf.h>

#include "proto/voprf/hash.h"

#define NUM(array) (sizeof(array) / sizeof((array)[0]))
#define BATCH      3
#define NUM_MODES  3
#define UNTOUCHED  0xa5

/* A batch on its way: what both sides hold, to be broken in one place before it is
 * finalized. */
struct exchange {
	struct kr_random rng;
	struct kr_voprf_params params;
	struct kr_voprf_keypair key;
	struct kr_view inputs[BATCH];
	struct kr_ristretto_scalar blinds[BATCH];
	struct kr_ristretto_element blinded[BATCH];
	struct kr_ristretto_element evaluated[BATCH];
	struct kr_voprf_proof proof;
	struct kr_voprf_request request;
	struct kr_voprf_response response;
	const struct kr_ristretto_element *public_key;
};

static void assert_err(const char *name, enum kr_err got, enum kr_err expected)
{
	if (got != expected) {
		fail_msg("%s: got %s, expected %s", name, kr_err_name(got),
			kr_err_name(expected));
	}
}

static struct kr_random seeded(void)
{
	static const struct kr_secret seed = {{'v', 'o', 'p', 'r', 'f'}};
	static struct kr_random_seeded stream;

	kr_random_seeded_init(&stream, &seed);
	return kr_random_seeded(&stream);
}

static enum kr_err evaluate(struct exchange *x)
{
	return kr_voprf_blind_evaluate(x->evaluated,
		x->params.mode == KR_VOPRF_MODE_OPRF ? NULL : &x->proof, &x->params,
		&x->key, x->blinded, BATCH, &x->rng);
}

static void make_exchange(struct exchange *x, enum kr_voprf_mode mode)
{
	static const char *const texts[BATCH] = {"first", "", "third"};

	*x = (struct exchange){.rng = seeded(), .params.mode = mode};
	if (mode == KR_VOPRF_MODE_POPRF) {
		x->params.info = kr_view_str("2026-11");
	}
	assert_int_equal(kr_voprf_generate_keypair(&x->key, &x->rng), KR_OK);
	for (size_t i = 0; i < BATCH; i++) {
		x->inputs[i] = kr_view_str(texts[i]);
		assert_int_equal(kr_voprf_blind(&x->blinds[i], &x->blinded[i], mode,
					 x->inputs[i], &x->rng),
			KR_OK);
	}
	assert_int_equal(evaluate(x), KR_OK);
	x->request = (struct kr_voprf_request){x->inputs, x->blinds, x->blinded, BATCH};
	x->response = (struct kr_voprf_response){x->evaluated, BATCH, NULL};
	if (mode != KR_VOPRF_MODE_OPRF) {
		x->response.proof = &x->proof;
		x->public_key = &x->key.public_key;
	}
}

static enum kr_err finalize(
	const struct exchange *x, uint8_t (*outputs)[KR_VOPRF_OUTPUT_BYTES])
{
	return kr_voprf_finalize(
		outputs, &x->params, x->public_key, &x->request, &x->response);
}

/* Refused, and nothing of any output is given away. */
static void assert_refused(
	const char *name, const struct exchange *x, enum kr_err expected)
{
	static const uint8_t zeroes[BATCH][KR_VOPRF_OUTPUT_BYTES];
	uint8_t outputs[BATCH][KR_VOPRF_OUTPUT_BYTES];

	memset(outputs, UNTOUCHED, sizeof(outputs));
	assert_err(name, finalize(x, outputs), expected);
	assert_memory_equal(outputs, zeroes, x->request.num * sizeof(outputs[0]));
}

/* The client gets what the server computes when it is shown the input, in each mode, and
 * for each input something else. */
static void client_and_server_agree(void **state)
{
	struct exchange x;
	uint8_t outputs[BATCH][KR_VOPRF_OUTPUT_BYTES];
	uint8_t direct[KR_VOPRF_OUTPUT_BYTES];

	(void)state;
	for (unsigned mode = 0; mode < NUM_MODES; mode++) {
		make_exchange(&x, (enum kr_voprf_mode)mode);
		assert_int_equal(finalize(&x, outputs), KR_OK);
		for (size_t i = 0; i < BATCH; i++) {
			assert_int_equal(
				kr_voprf_evaluate(direct, &x.params, &x.key, x.inputs[i]),
				KR_OK);
			assert_memory_equal(outputs[i], direct, sizeof(direct));
		}
		assert_memory_not_equal(outputs[0], outputs[1], KR_VOPRF_OUTPUT_BYTES);
		assert_memory_not_equal(outputs[0], outputs[2], KR_VOPRF_OUTPUT_BYTES);
	}
}

/* The mode is in every domain, the info in the result, and the blind in neither. */
static void what_the_output_depends_on(void **state)
{
	const struct kr_voprf_params params[] = {
		{KR_VOPRF_MODE_OPRF, {0}},
		{KR_VOPRF_MODE_VOPRF, {0}},
		{KR_VOPRF_MODE_POPRF, {0}},
		{KR_VOPRF_MODE_POPRF, kr_view_str("2026-11")},
		{KR_VOPRF_MODE_POPRF, kr_view_str("2026-12")},
	};
	uint8_t outputs[NUM(params)][KR_VOPRF_OUTPUT_BYTES];
	uint8_t again[BATCH][KR_VOPRF_OUTPUT_BYTES];
	struct exchange x;

	(void)state;
	make_exchange(&x, KR_VOPRF_MODE_POPRF);
	for (size_t i = 0; i < NUM(params); i++) {
		assert_int_equal(
			kr_voprf_evaluate(outputs[i], &params[i], &x.key, x.inputs[0]),
			KR_OK);
		for (size_t j = 0; j < i; j++) {
			assert_memory_not_equal(
				outputs[i], outputs[j], sizeof(outputs[0]));
		}
	}
	assert_int_equal(finalize(&x, again), KR_OK);
	assert_memory_equal(again[0], outputs[3], sizeof(outputs[0]));
}

static void every_bit_flip_of_a_proof_fails(void **state)
{
	struct exchange x;

	(void)state;
	for (unsigned mode = KR_VOPRF_MODE_VOPRF; mode < NUM_MODES; mode++) {
		uint8_t encoded[KR_VOPRF_PROOF_BYTES];

		make_exchange(&x, (enum kr_voprf_mode)mode);
		kr_voprf_proof_encode(encoded, &x.proof);
		for (size_t bit = 0; bit < 8 * sizeof(encoded); bit++) {
			enum kr_err err;

			encoded[bit / 8] ^= (uint8_t)(1 << bit % 8);
			err = kr_voprf_proof_decode(
				&x.proof, kr_view(encoded, sizeof(encoded)));
			encoded[bit / 8] ^= (uint8_t)(1 << bit % 8);
			/* The highest bits make it a scalar that is not canonical. */
			if (err == KR_OK) {
				assert_refused("flipped bit", &x, KR_ERR_PROOF);
			} else {
				assert_err("not canonical", err, KR_ERR_KEY);
			}
		}
	}
}

static void swap(struct kr_ristretto_element *a, struct kr_ristretto_element *b)
{
	struct kr_ristretto_element swapped = *a;

	*a = *b;
	*b = swapped;
}

/* Ways in which a server, or somebody between, cheats; each in a fresh exchange. */
static void other_order(struct exchange *x)
{
	swap(&x->evaluated[0], &x->evaluated[2]);
}

static void one_unevaluated(struct exchange *x)
{
	x->evaluated[1] = x->blinded[1];
}

static void one_with_another_key(struct exchange *x)
{
	struct kr_ristretto_scalar other;

	assert_int_equal(kr_voprf_random_scalar(&other, &x->rng), KR_OK);
	assert_int_equal(
		kr_ristretto_mul(&x->evaluated[2], &other, &x->blinded[2]), KR_OK);
}

/* A tag on this client: another key, with a proof that is right for that key. */
static void all_with_another_key(struct exchange *x)
{
	struct kr_ristretto_element pinned = x->key.public_key;

	assert_int_equal(kr_voprf_generate_keypair(&x->key, &x->rng), KR_OK);
	assert_int_equal(evaluate(x), KR_OK);
	x->key.public_key = pinned;
}

static void proof_of_another_batch(struct exchange *x)
{
	swap(&x->blinded[0], &x->blinded[1]);
	assert_int_equal(evaluate(x), KR_OK);
	swap(&x->blinded[0], &x->blinded[1]);
	swap(&x->evaluated[0], &x->evaluated[1]);
}

static void proof_halves_swapped(struct exchange *x)
{
	struct kr_ristretto_scalar c = x->proof.c;

	x->proof.c = x->proof.s;
	x->proof.s = c;
}

static void proof_of_zeroes(struct exchange *x)
{
	x->proof = (struct kr_voprf_proof){0};
}

static void zero_challenge(struct exchange *x)
{
	x->proof.c = (struct kr_ristretto_scalar){0};
}

static void zero_response(struct exchange *x)
{
	x->proof.s = (struct kr_ristretto_scalar){0};
}

static void an_identity(struct exchange *x)
{
	x->evaluated[0] = (struct kr_ristretto_element){0};
}

static void cut_request(struct exchange *x)
{
	x->request.num = 2;
	x->response.num = 2;
}

static void cheating_servers(void **state)
{
	static const struct {
		const char *name;
		void (*cheat)(struct exchange *x);
	} cases[] = {
		{"another order", other_order},
		{"one not evaluated", one_unevaluated},
		{"one with another key", one_with_another_key},
		{"all with another key", all_with_another_key},
		{"the proof of another batch", proof_of_another_batch},
		{"c and s swapped", proof_halves_swapped},
		{"a proof of zeroes", proof_of_zeroes},
		{"c is zero", zero_challenge},
		{"s is zero", zero_response},
		{"the identity", an_identity},
		{"a part of a batch", cut_request},
	};
	struct exchange x;

	(void)state;
	for (unsigned mode = KR_VOPRF_MODE_VOPRF; mode < NUM_MODES; mode++) {
		for (size_t i = 0; i < NUM(cases); i++) {
			make_exchange(&x, (enum kr_voprf_mode)mode);
			cases[i].cheat(&x);
			assert_refused(cases[i].name, &x, KR_ERR_PROOF);
		}
	}
}

/* Without a proof the wrong key is not seen, but the result is another one. */
static void oprf_with_another_key(void **state)
{
	struct exchange x;
	uint8_t outputs[2][BATCH][KR_VOPRF_OUTPUT_BYTES];

	(void)state;
	make_exchange(&x, KR_VOPRF_MODE_OPRF);
	assert_int_equal(finalize(&x, outputs[0]), KR_OK);
	all_with_another_key(&x);
	assert_int_equal(finalize(&x, outputs[1]), KR_OK);
	assert_memory_not_equal(outputs[0], outputs[1], sizeof(outputs[0]));
	x.evaluated[2] = (struct kr_ristretto_element){0};
	assert_refused("the identity", &x, KR_ERR_KEY);
	make_exchange(&x, KR_VOPRF_MODE_OPRF);
	x.blinds[2] = (struct kr_ristretto_scalar){0};
	assert_refused("a lost blind", &x, KR_ERR_KEY);
}

/* POPRF: client and server have to mean the same info. */
static void info_mismatch(void **state)
{
	static const char *const infos[] = {"", "2026-1", "2026-12", "2026-111"};
	struct exchange x;

	(void)state;
	make_exchange(&x, KR_VOPRF_MODE_POPRF);
	for (size_t i = 0; i < NUM(infos); i++) {
		x.params.info = kr_view_str(infos[i]);
		assert_refused(infos[i], &x, KR_ERR_PROOF);
	}
}

/* A proof of one mode is none in another: the domains differ. */
static void mode_mismatch(void **state)
{
	struct exchange x;

	(void)state;
	make_exchange(&x, KR_VOPRF_MODE_VOPRF);
	x.params.mode = KR_VOPRF_MODE_POPRF;
	assert_refused("VOPRF as POPRF", &x, KR_ERR_PROOF);
	make_exchange(&x, KR_VOPRF_MODE_POPRF);
	x.params = (struct kr_voprf_params){.mode = KR_VOPRF_MODE_VOPRF};
	assert_refused("POPRF as VOPRF", &x, KR_ERR_PROOF);
}

/* InvalidInputError of RFC 9497 §3.3.3: a public key that the info cancels out. */
static void key_that_info_cancels_out(void **state)
{
	static const struct kr_ristretto_scalar zero;
	struct exchange x;
	struct kr_ristretto_scalar m;

	(void)state;
	make_exchange(&x, KR_VOPRF_MODE_POPRF);
	kr_voprf_info_scalar(&m, x.params.info);
	kr_ristretto_scalar_sub(&m, &zero, &m);
	assert_int_equal(kr_ristretto_mul_base(&x.key.public_key, &m), KR_OK);
	assert_refused("cancelled", &x, KR_ERR_KEY);
	x.params.info = kr_view_str("another");
	assert_refused("not cancelled", &x, KR_ERR_PROOF);
}

/* What the caller got wrong, or a response of another size. */
static void finalize_arguments(void **state)
{
	static const uint8_t long_text[KR_VOPRF_INPUT_MAX + 1];
	struct exchange x;

	(void)state;
	make_exchange(&x, KR_VOPRF_MODE_VOPRF);
	x.response.num = BATCH - 1;
	assert_refused("one evaluation less", &x, KR_ERR_ENCODING);
	x.response.num = BATCH + 1;
	assert_refused("one evaluation more", &x, KR_ERR_ENCODING);
	x.response.num = 0;
	assert_refused("no evaluation", &x, KR_ERR_ENCODING);

	make_exchange(&x, KR_VOPRF_MODE_VOPRF);
	x.request.num = 0;
	assert_refused("empty", &x, KR_ERR_ARGUMENT);

	make_exchange(&x, KR_VOPRF_MODE_VOPRF);
	x.public_key = NULL;
	assert_refused("no key", &x, KR_ERR_ARGUMENT);

	make_exchange(&x, KR_VOPRF_MODE_VOPRF);
	x.response.proof = NULL;
	assert_refused("no proof", &x, KR_ERR_ARGUMENT);

	make_exchange(&x, KR_VOPRF_MODE_OPRF);
	x.public_key = &x.key.public_key;
	assert_refused("OPRF with a key", &x, KR_ERR_ARGUMENT);

	make_exchange(&x, KR_VOPRF_MODE_OPRF);
	x.response.proof = &x.proof;
	assert_refused("OPRF with a proof", &x, KR_ERR_ARGUMENT);

	make_exchange(&x, KR_VOPRF_MODE_VOPRF);
	x.params.info = kr_view_str("info");
	assert_refused("VOPRF with info", &x, KR_ERR_ARGUMENT);

	make_exchange(&x, KR_VOPRF_MODE_VOPRF);
	x.params.mode = (enum kr_voprf_mode)NUM_MODES;
	assert_refused("unknown mode", &x, KR_ERR_ARGUMENT);

	make_exchange(&x, KR_VOPRF_MODE_POPRF);
	x.params.info = kr_view(long_text, sizeof(long_text));
	assert_refused("long info", &x, KR_ERR_TOO_LARGE);

	make_exchange(&x, KR_VOPRF_MODE_VOPRF);
	x.inputs[2] = kr_view(long_text, sizeof(long_text));
	assert_refused("long input", &x, KR_ERR_TOO_LARGE);
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

static void blind_rejects(void **state)
{
	static const struct kr_random broken = {.fill = no_randomness};
	static const struct kr_random stuck = {.fill = zero_randomness};
	static const uint8_t text[KR_VOPRF_INPUT_MAX + 1];
	static const uint8_t zeroes[KR_VOPRF_ELEMENT_BYTES];
	static const struct {
		const char *name;
		unsigned mode;
		size_t input_len;
		const struct kr_random *rng;
		enum kr_err expected;
	} cases[] = {
		{"the longest input", 0, KR_VOPRF_INPUT_MAX, &kr_random_system, KR_OK},
		{"a longer input", 0, sizeof(text), &kr_random_system, KR_ERR_TOO_LARGE},
		{"an unknown mode", 3, 1, &kr_random_system, KR_ERR_ARGUMENT},
		{"no randomness", 1, 1, &broken, KR_ERR_RANDOM},
		{"a zero for randomness", 1, 1, &stuck, KR_ERR_RANDOM},
	};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		struct kr_ristretto_scalar blind;
		struct kr_ristretto_element blinded;

		memset(&blind, UNTOUCHED, sizeof(blind));
		memset(&blinded, UNTOUCHED, sizeof(blinded));
		assert_err(cases[i].name,
			kr_voprf_blind(&blind, &blinded,
				(enum kr_voprf_mode)cases[i].mode,
				kr_view(text, cases[i].input_len), cases[i].rng),
			cases[i].expected);
		if (cases[i].expected != KR_OK) {
			assert_memory_equal(&blind, zeroes, sizeof(blind));
			assert_memory_equal(&blinded, zeroes, sizeof(blinded));
		}
	}
}

/* The same input, blinded twice, looks different: that is what hides it. */
static void blinding_is_randomised(void **state)
{
	struct kr_ristretto_scalar blinds[2];
	struct kr_ristretto_element blinded[2];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(
			kr_voprf_blind(&blinds[i], &blinded[i], KR_VOPRF_MODE_VOPRF,
				kr_view_str("token"), &kr_random_system),
			KR_OK);
	}
	assert_memory_not_equal(&blinds[0], &blinds[1], sizeof(blinds[0]));
	assert_memory_not_equal(&blinded[0], &blinded[1], sizeof(blinded[0]));
}

static enum kr_err whole_exchange(void *ctx)
{
	uint8_t outputs[BATCH][KR_VOPRF_OUTPUT_BYTES];

	make_exchange(ctx, KR_VOPRF_MODE_POPRF);
	return finalize(ctx, outputs);
}

static void nothing_allocates(void **state)
{
	struct exchange x;

	(void)state;
	assert_int_equal(alloc_fail_each(whole_exchange, NULL, &x), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(client_and_server_agree),
		cmocka_unit_test(what_the_output_depends_on),
		cmocka_unit_test(every_bit_flip_of_a_proof_fails),
		cmocka_unit_test(cheating_servers),
		cmocka_unit_test(oprf_with_another_key),
		cmocka_unit_test(info_mismatch),
		cmocka_unit_test(mode_mismatch),
		cmocka_unit_test(key_that_info_cancels_out),
		cmocka_unit_test(finalize_arguments),
		cmocka_unit_test(blind_rejects),
		cmocka_unit_test(blinding_is_randomised),
		cmocka_unit_test(nothing_allocates),
	};

	return kr_crypto_init() != KR_OK ||
		cmocka_run_group_tests_name("voprf/client", tests, NULL, NULL) != 0;
}
