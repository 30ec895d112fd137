/* Kring's side of the VOPRF interop test, client and server. The verbs stand in the table
 * at the end; elements and proofs go through Kring's own decoders. */
#include <kring/voprf.h>

#include "peer.h"

#define BATCH_MAX 16

static struct kr_voprf_params get_params(struct peer_call *call)
{
	return (struct kr_voprf_params){
		.mode = (enum kr_voprf_mode)peer_number(call, "mode"),
		.info = peer_bytes(call, "info"),
	};
}

/* A batch of elements, as one string of bytes. */
static enum kr_err get_elements(struct peer_call *call, const char *key,
	struct kr_ristretto_element *out, size_t *num)
{
	return kr_voprf_elements_decode(out, num, BATCH_MAX, peer_bytes(call, key));
}

static void put_elements(struct peer_call *call, const char *key,
	const struct kr_ristretto_element *elements, size_t num)
{
	peer_put(call, key, elements, num * sizeof(*elements));
}

static enum kr_err do_derive_keypair(struct peer_call *call)
{
	struct kr_voprf_keypair pair;
	struct kr_secret seed;
	enum kr_err err;

	peer_copy(call, "seed", seed.bytes, sizeof(seed.bytes));
	err = kr_voprf_derive_keypair(&pair,
		(enum kr_voprf_mode)peer_number(call, "mode"), &seed,
		peer_bytes(call, "key_info"));
	peer_put(call, "sk", pair.secret.bytes, sizeof(pair.secret.bytes));
	peer_put(call, "pk", pair.public_key.bytes, sizeof(pair.public_key.bytes));
	return err;
}

static enum kr_err do_blind(struct peer_call *call)
{
	struct kr_view inputs[BATCH_MAX];
	struct kr_ristretto_scalar blinds[BATCH_MAX];
	struct kr_ristretto_element blinded[BATCH_MAX];
	size_t num = peer_list(call, "inputs", inputs, BATCH_MAX);
	enum kr_voprf_mode mode = (enum kr_voprf_mode)peer_number(call, "mode");
	enum kr_err err;

	for (size_t i = 0; i < num; i++) {
		err = kr_voprf_blind(&blinds[i], &blinded[i], mode, inputs[i], &peer_rng);
		if (err != KR_OK) {
			return err;
		}
	}
	peer_put_list(call, "blinds", blinds, num, sizeof(blinds[0]));
	put_elements(call, "blinded", blinded, num);
	return KR_OK;
}

static enum kr_err do_blind_evaluate(struct peer_call *call)
{
	struct kr_voprf_params params = get_params(call);
	bool verifiable = params.mode != KR_VOPRF_MODE_OPRF;
	struct kr_voprf_keypair key;
	struct kr_ristretto_element blinded[BATCH_MAX];
	struct kr_ristretto_element evaluated[BATCH_MAX];
	struct kr_voprf_proof proof;
	uint8_t encoded[KR_VOPRF_PROOF_BYTES];
	size_t num;
	enum kr_err err;

	if ((err = kr_voprf_keypair_decode(&key, peer_bytes(call, "sk"))) ||
		(err = get_elements(call, "blinded", blinded, &num)) ||
		(err = kr_voprf_blind_evaluate(evaluated, verifiable ? &proof : NULL,
			 &params, &key, blinded, num, &peer_rng))) {
		return err;
	}
	put_elements(call, "evaluated", evaluated, num);
	if (verifiable) {
		kr_voprf_proof_encode(encoded, &proof);
		peer_put(call, "proof", encoded, sizeof(encoded));
	}
	return KR_OK;
}

/* What do_finalize hands over, decoded. */
struct finalize {
	struct kr_voprf_params params;
	struct kr_view inputs[BATCH_MAX];
	struct kr_ristretto_scalar blinds[BATCH_MAX];
	struct kr_ristretto_element blinded[BATCH_MAX];
	struct kr_ristretto_element evaluated[BATCH_MAX];
	struct kr_ristretto_element public_key;
	struct kr_voprf_proof proof;
	size_t num;
	size_t num_evaluated;
	bool verifiable;
};

static enum kr_err get_finalize(struct peer_call *call, struct finalize *f)
{
	struct kr_view blinds[BATCH_MAX];
	size_t num_blinds = peer_list(call, "blinds", blinds, BATCH_MAX);
	size_t num_blinded;
	uint8_t public_key[KR_VOPRF_ELEMENT_BYTES];
	enum kr_err err;

	f->params = get_params(call);
	f->verifiable = f->params.mode != KR_VOPRF_MODE_OPRF;
	f->num = peer_list(call, "inputs", f->inputs, BATCH_MAX);
	if ((err = get_elements(call, "blinded", f->blinded, &num_blinded)) ||
		(err = get_elements(
			 call, "evaluated", f->evaluated, &f->num_evaluated))) {
		return err;
	}
	if (num_blinds != f->num || num_blinded != f->num) {
		return KR_ERR_ENCODING;
	}
	for (size_t i = 0; i < f->num; i++) {
		if (blinds[i].len != KR_VOPRF_SCALAR_BYTES) {
			return KR_ERR_ENCODING;
		}
		if ((err = kr_ristretto_scalar_decode(&f->blinds[i], blinds[i].data))) {
			return err;
		}
	}
	if (!f->verifiable) {
		return KR_OK;
	}
	peer_copy(call, "pk", public_key, sizeof(public_key));
	if ((err = kr_ristretto_element_decode(&f->public_key, public_key))) {
		return err;
	}
	return kr_voprf_proof_decode(&f->proof, peer_bytes(call, "proof"));
}

static enum kr_err do_finalize(struct peer_call *call)
{
	struct finalize f;
	uint8_t outputs[BATCH_MAX][KR_VOPRF_OUTPUT_BYTES];
	enum kr_err err = get_finalize(call, &f);

	if (err != KR_OK) {
		return err;
	}
	err = kr_voprf_finalize(outputs, &f.params, f.verifiable ? &f.public_key : NULL,
		&(struct kr_voprf_request){f.inputs, f.blinds, f.blinded, f.num},
		&(struct kr_voprf_response){
			f.evaluated, f.num_evaluated, f.verifiable ? &f.proof : NULL});
	if (err != KR_OK) {
		return err;
	}
	peer_put_list(call, "outputs", outputs, f.num, sizeof(outputs[0]));
	return KR_OK;
}

static enum kr_err do_evaluate(struct peer_call *call)
{
	struct kr_voprf_params params = get_params(call);
	struct kr_voprf_keypair key;
	uint8_t output[KR_VOPRF_OUTPUT_BYTES];
	enum kr_err err;

	if ((err = kr_voprf_keypair_decode(&key, peer_bytes(call, "sk"))) ||
		(err = kr_voprf_evaluate(
			 output, &params, &key, peer_bytes(call, "input")))) {
		return err;
	}
	peer_put(call, "output", output, sizeof(output));
	return KR_OK;
}

int main(void)
{
	static const struct peer_verb verbs[] = {
		{"derive_keypair", do_derive_keypair},
		{"blind", do_blind},
		{"blind_evaluate", do_blind_evaluate},
		{"finalize", do_finalize},
		{"evaluate", do_evaluate},
	};

	return peer_main(verbs, sizeof(verbs) / sizeof(verbs[0]));
}
