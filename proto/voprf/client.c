#include <kring/voprf.h>

#include "proto/voprf/check.h"
#include "proto/voprf/dleq.h"
#include "proto/voprf/hash.h"
#include "proto/voprf/output.h"

enum kr_err kr_voprf_blind(struct kr_ristretto_scalar *blind,
	struct kr_ristretto_element *blinded, enum kr_voprf_mode mode,
	struct kr_view input, const struct kr_random *rng)
{
	struct kr_ristretto_element input_element;
	enum kr_err err;

	*blind = (struct kr_ristretto_scalar){0};
	*blinded = (struct kr_ristretto_element){0};
	if ((err = kr_voprf_check_mode(mode)) || (err = kr_voprf_check_len(input)) ||
		(err = kr_voprf_random_scalar(blind, rng))) {
		return err;
	}
	kr_voprf_input_element(&input_element, mode, input);
	if ((err = kr_ristretto_mul(blinded, blind, &input_element))) {
		kr_ristretto_scalar_wipe(blind);
	}
	kr_wipe(&input_element, sizeof(input_element));
	return err;
}

static enum kr_err check_finalize(const struct kr_voprf_params *params,
	const struct kr_ristretto_element *public_key,
	const struct kr_voprf_request *request, const struct kr_voprf_response *response)
{
	bool verifiable = params->mode != KR_VOPRF_MODE_OPRF;
	enum kr_err err;

	if ((err = kr_voprf_check_params(params)) ||
		(err = kr_voprf_check_batch(request->num))) {
		return err;
	}
	if ((public_key != NULL) != verifiable ||
		(response->proof != NULL) != verifiable) {
		return KR_ERR_ARGUMENT;
	}
	for (size_t i = 0; i < request->num; i++) {
		if ((err = kr_voprf_check_len(request->inputs[i]))) {
			return err;
		}
	}
	return response->num == request->num ? KR_OK : KR_ERR_ENCODING;
}

/* tweakedKey of RFC 9497 §3.3.3: public_key + m * G. */
static enum kr_err tweak_public(struct kr_ristretto_element *tweaked,
	const struct kr_ristretto_element *public_key, struct kr_view info)
{
	struct kr_ristretto_scalar m;
	struct kr_ristretto_element m_times_g;
	enum kr_err err;

	kr_voprf_info_scalar(&m, info);
	if ((err = kr_ristretto_mul_base(&m_times_g, &m)) ||
		(err = kr_ristretto_add(&m_times_g, &m_times_g, public_key))) {
		return err;
	}
	/* Decoding refuses the identity, the sum that InvalidInputError is about. */
	return kr_ristretto_element_decode(tweaked, m_times_g.bytes);
}

static enum kr_err verify(const struct kr_voprf_params *params,
	const struct kr_ristretto_element *public_key,
	const struct kr_voprf_request *request, const struct kr_voprf_response *response)
{
	struct kr_ristretto_element tweaked;
	struct kr_voprf_statement statement = {
		.mode = params->mode,
		.b = public_key,
		.c = request->blinded,
		.d = response->evaluated,
		.num = request->num,
	};
	enum kr_err err;

	if (params->mode == KR_VOPRF_MODE_POPRF) {
		if ((err = tweak_public(&tweaked, public_key, params->info))) {
			return err;
		}
		/* The server multiplied with the inverse, so the roles are changed
		 * over. */
		statement.b = &tweaked;
		statement.c = response->evaluated;
		statement.d = request->blinded;
	}
	return kr_voprf_dleq_verify(&statement, response->proof);
}

static enum kr_err unblind(struct kr_ristretto_element *out,
	const struct kr_ristretto_scalar *blind,
	const struct kr_ristretto_element *evaluated)
{
	struct kr_ristretto_scalar inverse = {0};
	enum kr_err err = kr_ristretto_scalar_invert(&inverse, blind);

	if (err == KR_OK) {
		err = kr_ristretto_mul(out, &inverse, evaluated);
	}
	kr_ristretto_scalar_wipe(&inverse);
	return err;
}

static enum kr_err finalize(uint8_t (*outputs)[KR_VOPRF_OUTPUT_BYTES],
	const struct kr_voprf_params *params,
	const struct kr_ristretto_element *public_key,
	const struct kr_voprf_request *request, const struct kr_voprf_response *response)
{
	struct kr_ristretto_element unblinded = {0};
	enum kr_err err;

	if ((err = check_finalize(params, public_key, request, response))) {
		return err;
	}
	if (params->mode != KR_VOPRF_MODE_OPRF &&
		(err = verify(params, public_key, request, response))) {
		return err;
	}
	for (size_t i = 0; i < request->num && err == KR_OK; i++) {
		err = unblind(&unblinded, &request->blinds[i], &response->evaluated[i]);
		if (err == KR_OK) {
			kr_voprf_output(
				outputs[i], params, request->inputs[i], &unblinded);
		}
	}
	kr_wipe(&unblinded, sizeof(unblinded));
	return err;
}

enum kr_err kr_voprf_finalize(uint8_t (*outputs)[KR_VOPRF_OUTPUT_BYTES],
	const struct kr_voprf_params *params,
	const struct kr_ristretto_element *public_key,
	const struct kr_voprf_request *request, const struct kr_voprf_response *response)
{
	enum kr_err err = finalize(outputs, params, public_key, request, response);

	if (err != KR_OK) {
		kr_wipe(outputs, request->num * sizeof(*outputs));
	}
	return err;
}
