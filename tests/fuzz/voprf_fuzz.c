/* Both sides of the VOPRF are given anything. The first byte chooses the mode; what
 * follows is a batch of elements for the server, and the same bytes are a response
 * (elements, then the proof) for the client. Whatever is accepted has to be canonical,
 * and what the client accepts has to be what the server computes. */
#include "fuzz.h"

#include <string.h>

#include <kring/codec.h>
#include <kring/voprf.h>

#define BATCH_MAX 4
#define NUM_MODES 3

static const struct kr_secret seed = {"the private key of fuzz targets"};
static const uint8_t input[] = "input";

/* One client and one server for each mode, made once and the same in every run. */
struct party {
	struct kr_voprf_params params;
	struct kr_voprf_keypair key;
	struct kr_view inputs[BATCH_MAX];
	struct kr_ristretto_scalar blinds[BATCH_MAX];
	struct kr_ristretto_element blinded[BATCH_MAX];
	struct kr_random rng;
	bool verifiable;
};

static struct party *party_of(enum kr_voprf_mode mode)
{
	static struct party parties[NUM_MODES];
	static struct kr_random_seeded streams[NUM_MODES];
	struct party *p = &parties[mode];

	if (p->rng.fill != NULL) {
		return p;
	}
	kr_random_seeded_init(&streams[mode], &seed);
	p->rng = kr_random_seeded(&streams[mode]);
	p->params.mode = mode;
	p->params.info = kr_view_str(mode == KR_VOPRF_MODE_POPRF ? "info" : "");
	p->verifiable = mode != KR_VOPRF_MODE_OPRF;
	FUZZ_ASSERT(
		kr_voprf_derive_keypair(&p->key, mode, &seed, kr_view(NULL, 0)) == KR_OK);
	for (size_t i = 0; i < BATCH_MAX; i++) {
		p->inputs[i] = kr_view(input, i + 1);
		FUZZ_ASSERT(kr_voprf_blind(&p->blinds[i], &p->blinded[i], mode,
				    p->inputs[i], &p->rng) == KR_OK);
	}
	return p;
}

static void assert_zero(const void *data, size_t len)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i < len; i++) {
		FUZZ_ASSERT(bytes[i] == 0);
	}
}

/* Decoded elements are their own encoding. */
static enum kr_err decode_elements(
	struct kr_ristretto_element *out, size_t *num, struct kr_view in)
{
	enum kr_err err;

	memset(out, 0xa5, BATCH_MAX * sizeof(*out));
	err = kr_voprf_elements_decode(out, num, BATCH_MAX, in);
	if (err != KR_OK) {
		FUZZ_ASSERT(*num == 0);
		assert_zero(out, BATCH_MAX * sizeof(*out));
		return err;
	}
	FUZZ_ASSERT(kr_view_equal(kr_view(out, *num * sizeof(*out)), in));
	return KR_OK;
}

static enum kr_err decode_proof(struct kr_voprf_proof *out, struct kr_view in)
{
	uint8_t encoded[KR_VOPRF_PROOF_BYTES];
	enum kr_err err = kr_voprf_proof_decode(out, in);

	if (err != KR_OK) {
		assert_zero(out, sizeof(*out));
		return err;
	}
	kr_voprf_proof_encode(encoded, out);
	FUZZ_ASSERT(kr_view_equal(kr_view(encoded, sizeof(encoded)), in));
	return KR_OK;
}

/* What decodes can be evaluated. */
static void serve(struct party *p, struct kr_view in)
{
	struct kr_ristretto_element blinded[BATCH_MAX];
	struct kr_ristretto_element evaluated[BATCH_MAX];
	struct kr_voprf_proof proof;
	size_t num;

	if (decode_elements(blinded, &num, in) == KR_OK) {
		FUZZ_ASSERT(
			kr_voprf_blind_evaluate(evaluated, p->verifiable ? &proof : NULL,
				&p->params, &p->key, blinded, num, &p->rng) == KR_OK);
	}
}

static void assert_outputs(const struct party *p,
	const uint8_t (*outputs)[KR_VOPRF_OUTPUT_BYTES], size_t num)
{
	uint8_t expected[KR_VOPRF_OUTPUT_BYTES];

	for (size_t i = 0; i < num; i++) {
		FUZZ_ASSERT(kr_voprf_evaluate(expected, &p->params, &p->key,
				    p->inputs[i]) == KR_OK);
		FUZZ_ASSERT(memcmp(outputs[i], expected, sizeof(expected)) == 0);
	}
}

static void finalize(const struct party *p, struct kr_view in)
{
	size_t proof_len = p->verifiable ? KR_VOPRF_PROOF_BYTES : 0;
	struct kr_view proof_bytes;
	struct kr_voprf_proof proof;
	struct kr_ristretto_element evaluated[BATCH_MAX];
	uint8_t outputs[BATCH_MAX][KR_VOPRF_OUTPUT_BYTES];
	struct kr_voprf_response response = {
		.evaluated = evaluated, .proof = p->verifiable ? &proof : NULL};
	struct kr_voprf_request request = {p->inputs, p->blinds, p->blinded, 0};
	enum kr_err err;

	if (in.len < proof_len) {
		return;
	}
	proof_bytes = kr_view(in.data + in.len - proof_len, proof_len);
	in.len -= proof_len;
	if ((p->verifiable && decode_proof(&proof, proof_bytes) != KR_OK) ||
		decode_elements(evaluated, &response.num, in) != KR_OK) {
		return;
	}
	request.num = response.num;
	err = kr_voprf_finalize(outputs, &p->params,
		p->verifiable ? &p->key.public_key : NULL, &request, &response);
	if (err != KR_OK) {
		assert_zero(outputs, request.num * sizeof(outputs[0]));
	} else if (p->verifiable) {
		assert_outputs(
			p, (const uint8_t(*)[KR_VOPRF_OUTPUT_BYTES])outputs, request.num);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kr_voprf_keypair key;
	struct party *p;
	struct kr_view in;

	if (kr_crypto_init() != KR_OK || size == 0 || data[0] >= NUM_MODES) {
		return -1;
	}
	p = party_of((enum kr_voprf_mode)data[0]);
	in = kr_view(data + 1, size - 1);
	serve(p, in);
	finalize(p, in);
	if (kr_voprf_keypair_decode(&key, in) == KR_OK) {
		FUZZ_ASSERT(kr_view_equal(
			kr_view(key.secret.bytes, KR_VOPRF_SCALAR_BYTES), in));
	}
	return 0;
}
