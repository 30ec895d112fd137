#include <kring/voprf.h>

#include "proto/voprf/check.h"
#include "proto/voprf/dleq.h"
#include "proto/voprf/hash.h"
#include "proto/voprf/output.h"

/* What elements are multiplied with. In POPRF that is the inverse of t = secret + m (RFC
 * 9497 §3.3.3), and the proof is about t and t * G. */
struct evaluation_key {
	struct kr_ristretto_scalar factor;
	struct kr_ristretto_scalar proven;
	struct kr_ristretto_element proven_public;
};

static void evaluation_key_wipe(struct evaluation_key *key)
{
	kr_wipe(key, sizeof(*key));
}

#define AUTO_KEY __attribute__((cleanup(evaluation_key_wipe)))

static enum kr_err evaluation_key(struct evaluation_key *out,
	const struct kr_voprf_params *params, const struct kr_voprf_keypair *key)
{
	struct kr_ristretto_scalar m;
	enum kr_err err;

	if (params->mode != KR_VOPRF_MODE_POPRF) {
		out->factor = key->secret;
		out->proven = key->secret;
		out->proven_public = key->public_key;
		return KR_OK;
	}
	kr_voprf_info_scalar(&m, params->info);
	kr_ristretto_scalar_add(&out->proven, &key->secret, &m);
	if ((err = kr_ristretto_scalar_invert(&out->factor, &out->proven))) {
		return err;
	}
	return kr_ristretto_mul_base(&out->proven_public, &out->proven);
}

static enum kr_err prove(struct kr_voprf_proof *proof, enum kr_voprf_mode mode,
	const struct evaluation_key *key, const struct kr_ristretto_element *evaluated,
	const struct kr_ristretto_element *blinded, size_t num,
	const struct kr_random *rng)
{
	bool inverted = mode == KR_VOPRF_MODE_POPRF;
	struct kr_voprf_statement statement = {
		.mode = mode,
		.b = &key->proven_public,
		.c = inverted ? evaluated : blinded,
		.d = inverted ? blinded : evaluated,
		.num = num,
	};

	return kr_voprf_dleq_prove(proof, &statement, &key->proven, rng);
}

static enum kr_err blind_evaluate(struct kr_ristretto_element *evaluated,
	struct kr_voprf_proof *proof, const struct kr_voprf_params *params,
	const struct kr_voprf_keypair *keypair,
	const struct kr_ristretto_element *blinded, size_t num,
	const struct kr_random *rng)
{
	AUTO_KEY struct evaluation_key key = {0};
	enum kr_err err;

	if ((err = kr_voprf_check_params(params)) || (err = kr_voprf_check_batch(num))) {
		return err;
	}
	if ((proof != NULL) != (params->mode != KR_VOPRF_MODE_OPRF)) {
		return KR_ERR_ARGUMENT;
	}
	if ((err = evaluation_key(&key, params, keypair))) {
		return err;
	}
	for (size_t i = 0; i < num; i++) {
		if ((err = kr_ristretto_mul(&evaluated[i], &key.factor, &blinded[i]))) {
			return err;
		}
	}
	if (proof == NULL) {
		return KR_OK;
	}
	return prove(proof, params->mode, &key, evaluated, blinded, num, rng);
}

enum kr_err kr_voprf_blind_evaluate(struct kr_ristretto_element *evaluated,
	struct kr_voprf_proof *proof, const struct kr_voprf_params *params,
	const struct kr_voprf_keypair *key, const struct kr_ristretto_element *blinded,
	size_t num, const struct kr_random *rng)
{
	enum kr_err err =
		blind_evaluate(evaluated, proof, params, key, blinded, num, rng);

	if (err != KR_OK) {
		kr_wipe(evaluated, num * sizeof(*evaluated));
		if (proof != NULL) {
			kr_wipe(proof, sizeof(*proof));
		}
	}
	return err;
}

static enum kr_err evaluate(struct kr_ristretto_element *evaluated,
	const struct kr_voprf_params *params, const struct kr_voprf_keypair *keypair,
	struct kr_view input)
{
	AUTO_KEY struct evaluation_key key = {0};
	struct kr_ristretto_element input_element;
	enum kr_err err;

	if ((err = kr_voprf_check_params(params)) || (err = kr_voprf_check_len(input)) ||
		(err = evaluation_key(&key, params, keypair))) {
		return err;
	}
	kr_voprf_input_element(&input_element, params->mode, input);
	return kr_ristretto_mul(evaluated, &key.factor, &input_element);
}

enum kr_err kr_voprf_evaluate(uint8_t output[KR_VOPRF_OUTPUT_BYTES],
	const struct kr_voprf_params *params, const struct kr_voprf_keypair *key,
	struct kr_view input)
{
	struct kr_ristretto_element evaluated = {0};
	enum kr_err err = evaluate(&evaluated, params, key, input);

	if (err == KR_OK) {
		kr_voprf_output(output, params, input, &evaluated);
	} else {
		kr_wipe(output, KR_VOPRF_OUTPUT_BYTES);
	}
	kr_wipe(&evaluated, sizeof(evaluated));
	return err;
}
