/* RFC 9497 appendix A.1, ristretto255-SHA512. Blinds and the proof's nonce come through
 * the random source: it gives a scalar followed by zeroes, which the reduction leaves as
 * it is. */
#include "vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <kring/voprf.h>

#define BATCH_MAX 2

static enum kr_err fill_scalar(void *ctx, uint8_t *out, size_t len)
{
	struct kr_view *scalar = ctx;

	if (scalar->len > len) {
		return KR_ERR_RANDOM;
	}
	memset(out, 0, len);
	memcpy(out, scalar->data, scalar->len);
	return KR_OK;
}

/* "aa,bb": hexadecimal values of a batch, as views that live as long as v. */
struct list {
	struct kr_view items[BATCH_MAX];
	size_t num;
};

static struct list list_of(struct vectors *v, const cJSON *c, const char *key)
{
	char *copy = strdup(vectors_str(c, key));
	struct list list = {0};
	char *rest = copy;
	char *token;

	assert_non_null(copy);
	while ((token = strsep(&rest, ",")) != NULL) {
		cJSON *item = cJSON_CreateString(token);

		assert_true(list.num < BATCH_MAX);
		assert_non_null(item);
		list.items[list.num++] = vectors_hex_of(v, item);
		cJSON_Delete(item);
	}
	free(copy);
	assert_int_equal(list.num, vectors_uint(c, "Batch"));
	return list;
}

/* One group of vectors: a mode and its key. */
struct suite {
	struct kr_voprf_params params;
	struct kr_voprf_keypair key;
	bool verifiable;
};

static struct suite suite_of(struct vectors *v, const cJSON *group)
{
	struct suite s = {.params.mode = (enum kr_voprf_mode)vectors_uint(group, "mode")};
	struct kr_secret seed;

	assert_string_equal(vectors_str(group, "identifier"), "ristretto255-SHA512");
	s.verifiable = s.params.mode != KR_VOPRF_MODE_OPRF;
	vectors_hex_copy(group, "seed", seed.bytes, sizeof(seed.bytes));
	assert_int_equal(kr_voprf_derive_keypair(&s.key, s.params.mode, &seed,
				 vectors_hex(v, group, "keyInfo")),
		KR_OK);
	vectors_assert_equal("skSm", kr_view(s.key.secret.bytes, KR_VOPRF_SCALAR_BYTES),
		vectors_hex(v, group, "skSm"));
	if (s.verifiable) {
		vectors_assert_equal("pkSm",
			kr_view(s.key.public_key.bytes, KR_VOPRF_ELEMENT_BYTES),
			vectors_hex(v, group, "pkSm"));
	}
	return s;
}

static struct kr_view elements(const struct kr_ristretto_element *e)
{
	return kr_view(e->bytes, sizeof(e->bytes));
}

static void assert_evaluation(struct vectors *v, const cJSON *c, const struct suite *s,
	const struct kr_voprf_request *request, struct kr_ristretto_element *evaluated,
	struct kr_voprf_proof *proof)
{
	struct list expected = list_of(v, c, "EvaluationElement");
	struct kr_view r = s->verifiable ? vectors_hex(v, vectors_get(c, "Proof"), "r")
					 : kr_view(NULL, 0);
	const struct kr_random rng = {.fill = fill_scalar, .ctx = &r};
	uint8_t encoded[KR_VOPRF_PROOF_BYTES];

	assert_int_equal(
		kr_voprf_blind_evaluate(evaluated, s->verifiable ? proof : NULL,
			&s->params, &s->key, request->blinded, request->num, &rng),
		KR_OK);
	for (size_t i = 0; i < request->num; i++) {
		vectors_assert_equal(
			"EvaluationElement", elements(&evaluated[i]), expected.items[i]);
	}
	if (s->verifiable) {
		kr_voprf_proof_encode(encoded, proof);
		vectors_assert_equal("proof", kr_view(encoded, sizeof(encoded)),
			vectors_hex(v, vectors_get(c, "Proof"), "proof"));
	}
}

static void run_case(struct vectors *v, const cJSON *c, struct suite *s)
{
	struct list inputs = list_of(v, c, "Input");
	struct list blinds = list_of(v, c, "Blind");
	struct list expected_blinded = list_of(v, c, "BlindedElement");
	struct list expected_outputs = list_of(v, c, "Output");
	struct kr_ristretto_scalar blind[BATCH_MAX];
	struct kr_ristretto_element blinded[BATCH_MAX];
	struct kr_ristretto_element evaluated[BATCH_MAX];
	struct kr_voprf_proof proof;
	uint8_t outputs[BATCH_MAX][KR_VOPRF_OUTPUT_BYTES];
	uint8_t direct[KR_VOPRF_OUTPUT_BYTES];
	struct kr_voprf_request request = {inputs.items, blind, blinded, inputs.num};
	struct kr_voprf_response response = {
		evaluated, inputs.num, s->verifiable ? &proof : NULL};

	s->params.info =
		vectors_has(c, "Info") ? vectors_hex(v, c, "Info") : kr_view(NULL, 0);
	for (size_t i = 0; i < inputs.num; i++) {
		const struct kr_random rng = {
			.fill = fill_scalar, .ctx = &blinds.items[i]};

		assert_int_equal(kr_voprf_blind(&blind[i], &blinded[i], s->params.mode,
					 inputs.items[i], &rng),
			KR_OK);
		vectors_assert_equal("BlindedElement", elements(&blinded[i]),
			expected_blinded.items[i]);
	}
	assert_evaluation(v, c, s, &request, evaluated, &proof);
	assert_int_equal(
		kr_voprf_finalize(outputs, &s->params,
			s->verifiable ? &s->key.public_key : NULL, &request, &response),
		KR_OK);
	for (size_t i = 0; i < inputs.num; i++) {
		vectors_assert_equal("Output", kr_view(outputs[i], KR_VOPRF_OUTPUT_BYTES),
			expected_outputs.items[i]);
		assert_int_equal(
			kr_voprf_evaluate(direct, &s->params, &s->key, inputs.items[i]),
			KR_OK);
		vectors_assert_equal("Output of Evaluate",
			kr_view(direct, sizeof(direct)), expected_outputs.items[i]);
	}
}

static void all_modes(void **state)
{
	struct vectors *v = vectors_open("voprf.json");
	const cJSON *group;
	const cJSON *c;
	unsigned modes = 0;
	int num = 0;

	(void)state;
	cJSON_ArrayForEach(group, vectors_root(v))
	{
		struct suite s = suite_of(v, group);

		modes |= 1u << s.params.mode;
		cJSON_ArrayForEach(c, vectors_get(group, "vectors"))
		{
			run_case(v, c, &s);
			vectors_passed(v);
			num++;
		}
	}
	assert_int_equal(modes, 0x7);
	assert_int_equal(num, 8);
	vectors_close(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_modes),
	};

	return kr_crypto_init() != KR_OK ||
		cmocka_run_group_tests_name("voprf", tests, NULL, NULL) != 0;
}
