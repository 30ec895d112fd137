/* The server's key, the client's blinds and inputs decide no branch and no address. The
 * answers: each multiplication tells whether the product is the identity, each inversion
 * and each random or decoded scalar whether it was zero or not canonical.
 *
 * Elements that are sent are public, but memcheck does not know it; so the proof, which
 * reads them again, is checked by itself, with the elements declared public before. */
#include <ct.h>

#include <string.h>

#include <kring/voprf.h>

#include "proto/voprf/dleq.h"
#include "proto/voprf/output.h"

#define NUM(array) (sizeof(array) / sizeof((array)[0]))
#define BATCH      2

static struct kr_voprf_keypair key;
static struct kr_ristretto_scalar blinds[BATCH];
static struct kr_ristretto_element blinded[BATCH];
static const struct kr_view inputs[BATCH] = {
	{(const uint8_t *)"a", 1}, {(const uint8_t *)"b", 1}};

static enum kr_err fill_secret(void *ctx, uint8_t *out, size_t len)
{
	(void)ctx;
	memset(out, 7, len);
	ct_secret(out, len);
	return KR_OK;
}

static const struct kr_random secret_rng = {.fill = fill_secret};

static enum kr_err prepare(void)
{
	enum kr_err err = kr_voprf_generate_keypair(&key, &kr_random_system);

	for (size_t i = 0; i < BATCH && err == KR_OK; i++) {
		err = kr_voprf_blind(&blinds[i], &blinded[i], KR_VOPRF_MODE_VOPRF,
			inputs[i], &kr_random_system);
	}
	return err;
}

static struct kr_voprf_keypair secret_key(void)
{
	struct kr_voprf_keypair secret = key;

	ct_secret(&secret.secret, sizeof(secret.secret));
	return secret;
}

static void loading_the_key(void)
{
	struct kr_voprf_keypair secret = secret_key();
	struct kr_voprf_keypair again;

	(void)kr_voprf_keypair_decode(
		&again, kr_view(secret.secret.bytes, sizeof(secret.secret.bytes)));
}

static void hashing_the_input(void)
{
	uint8_t input[32] = {1};
	struct kr_ristretto_element element;

	ct_secret(input, sizeof(input));
	kr_voprf_input_element(
		&element, KR_VOPRF_MODE_VOPRF, kr_view(input, sizeof(input)));
}

static void blinding(void)
{
	struct kr_ristretto_scalar blind;
	struct kr_ristretto_element element;

	(void)kr_voprf_blind(
		&blind, &element, KR_VOPRF_MODE_VOPRF, inputs[0], &secret_rng);
}

static void evaluate(enum kr_voprf_mode mode)
{
	const struct kr_voprf_params params = {.mode = mode};
	struct kr_voprf_keypair secret = secret_key();
	uint8_t output[KR_VOPRF_OUTPUT_BYTES];

	(void)kr_voprf_evaluate(output, &params, &secret, inputs[0]);
}

static void evaluating(void)
{
	evaluate(KR_VOPRF_MODE_VOPRF);
}

static void evaluating_with_info(void)
{
	evaluate(KR_VOPRF_MODE_POPRF);
}

static void evaluating_blinded(void)
{
	const struct kr_voprf_params params = {.mode = KR_VOPRF_MODE_OPRF};
	struct kr_voprf_keypair secret = secret_key();
	struct kr_ristretto_element evaluated[BATCH];

	(void)kr_voprf_blind_evaluate(
		evaluated, NULL, &params, &secret, blinded, BATCH, &secret_rng);
}

static void proving(void)
{
	struct kr_voprf_keypair secret = secret_key();
	struct kr_ristretto_element evaluated[BATCH];
	struct kr_voprf_proof proof;
	const struct kr_voprf_statement statement = {
		.mode = KR_VOPRF_MODE_VOPRF,
		.b = &key.public_key,
		.c = blinded,
		.d = evaluated,
		.num = BATCH,
	};

	for (size_t i = 0; i < BATCH; i++) {
		(void)kr_ristretto_mul(&evaluated[i], &key.secret, &blinded[i]);
	}
	(void)kr_voprf_dleq_prove(&proof, &statement, &secret.secret, &secret_rng);
}

static void finalizing(void)
{
	const struct kr_voprf_params params = {.mode = KR_VOPRF_MODE_VOPRF};
	struct kr_ristretto_scalar secret_blinds[BATCH];
	struct kr_ristretto_element evaluated[BATCH];
	struct kr_voprf_proof proof;
	uint8_t outputs[BATCH][KR_VOPRF_OUTPUT_BYTES];
	const struct kr_voprf_request request = {inputs, secret_blinds, blinded, BATCH};
	const struct kr_voprf_response response = {evaluated, BATCH, &proof};

	(void)kr_voprf_blind_evaluate(
		evaluated, &proof, &params, &key, blinded, BATCH, &kr_random_system);
	memcpy(secret_blinds, blinds, sizeof(blinds));
	ct_secret(secret_blinds, sizeof(secret_blinds));
	(void)kr_voprf_finalize(outputs, &params, &key.public_key, &request, &response);
}

int main(void)
{
	static const struct ct_check checks[] = {
		{"loading the key", loading_the_key, 2},
		{"hashing the input", hashing_the_input, 0},
		{"Blind", blinding, 2},
		{"Evaluate", evaluating, 1},
		{"Evaluate with info", evaluating_with_info, 3},
		{"BlindEvaluate", evaluating_blinded, BATCH},
		{"GenerateProof", proving, 4},
		{"Finalize", finalizing, 2 * BATCH},
	};

	if (kr_crypto_init() != KR_OK || prepare() != KR_OK) {
		return 1;
	}
	return ct_main(checks, NUM(checks));
}
