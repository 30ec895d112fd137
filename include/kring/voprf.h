/* Oblivious pseudorandom functions, RFC 9497, suite ristretto255-SHA512.
 *
 * A client learns F(key, input) without the server learning the input or the result; two
 * evaluations cannot be linked. Kring's anonymous tokens are made so: the client blinds
 * random inputs, the issuer evaluates them, the client unblinds, and later spends (input,
 * output), which the issuer recomputes with kr_voprf_evaluate.
 *
 *	client                           server
 *	kr_voprf_blind
 *	        -- blinded elements -->
 *	                                 kr_voprf_elements_decode
 *	                                 kr_voprf_blind_evaluate
 *	    <-- evaluated elements, proof --
 *	kr_voprf_elements_decode
 *	kr_voprf_proof_decode
 *	kr_voprf_finalize
 *
 * Elements and scalars are checked when they are decoded: a struct kr_ristretto_element
 * holds a canonical encoding of an element other than the identity, a struct
 * kr_ristretto_scalar a number below the group order. Nothing in here allocates. */
#ifndef KRING_VOPRF_H
#define KRING_VOPRF_H

#include <kring/crypto.h>

#define KR_VOPRF_OUTPUT_BYTES  64
#define KR_VOPRF_ELEMENT_BYTES KR_RISTRETTO_BYTES
#define KR_VOPRF_SCALAR_BYTES  KR_RISTRETTO_BYTES
#define KR_VOPRF_PROOF_BYTES   (2 * KR_VOPRF_SCALAR_BYTES)

/* Private inputs, info and key info are prefixed with two bytes of length. */
#define KR_VOPRF_INPUT_MAX 0xffff

/* One request's work for the server is bounded by this, not by what somebody sends. */
#define KR_VOPRF_BATCH_MAX 1024

/* RFC 9497 §3.1. */
enum kr_voprf_mode {
	KR_VOPRF_MODE_OPRF = 0x00,  /* the client must trust the server to use one key */
	KR_VOPRF_MODE_VOPRF = 0x01, /* a proof shows that the pinned key was used */
	KR_VOPRF_MODE_POPRF = 0x02, /* likewise, with a public info bound in */
};

/* What both sides must agree on. The view is borrowed for the call only. */
struct kr_voprf_params {
	enum kr_voprf_mode mode;
	struct kr_view info; /* POPRF: at most KR_VOPRF_INPUT_MAX bytes; else empty */
};

/* ---- Keys -------------------------------------------------------------------------- */

/* The server's key; secret is not zero and public_key = secret * G. One key is for one
 * mode: the same scalar used in two modes is not what RFC 9497 §7 has proven. */
struct kr_voprf_keypair {
	struct kr_ristretto_scalar secret;
	struct kr_ristretto_element public_key;
};

/* GenerateKeyPair, RFC 9497 §3.2. KR_ERR_RANDOM; then out is zeroed. */
enum kr_err kr_voprf_generate_keypair(
	struct kr_voprf_keypair *out, const struct kr_random *rng);

/* DeriveKeyPair, RFC 9497 §3.2.1.
 *   seed     32 secret bytes
 *   key_info public; at most KR_VOPRF_INPUT_MAX bytes; may be empty
 * Returns KR_OK, KR_ERR_TOO_LARGE (key_info), KR_ERR_ARGUMENT (an unknown mode),
 * KR_ERR_KEY (256 hashes in a row gave zero: cannot happen). On an error out is
 * zeroed. */
enum kr_err kr_voprf_derive_keypair(struct kr_voprf_keypair *out, enum kr_voprf_mode mode,
	const struct kr_secret *seed, struct kr_view key_info);

/* From a stored secret of KR_VOPRF_SCALAR_BYTES; the public key is computed again.
 * KR_ERR_KEY (another length, not below the group order, or zero); then out is zeroed. */
enum kr_err kr_voprf_keypair_decode(struct kr_voprf_keypair *out, struct kr_view secret);

/* Happy with NULL and with a zeroed pair. */
void kr_voprf_keypair_wipe(struct kr_voprf_keypair *pair);

/* ---- Client ------------------------------------------------------------------------ */

/* Blind, RFC 9497 §3.3.1 to §3.3.3.
 *   blind   secret: whoever has it links the result to this request. Keep it until the
 *           answer is finalized, then kr_ristretto_scalar_wipe
 *   blinded what is sent
 *   input   at most KR_VOPRF_INPUT_MAX bytes; random ones for tokens
 * Returns KR_OK, KR_ERR_TOO_LARGE (input), KR_ERR_ARGUMENT (an unknown mode),
 * KR_ERR_RANDOM, KR_ERR_KEY (the input hashes to the identity: cannot be found). On an
 * error both outputs are zeroed. */
enum kr_err kr_voprf_blind(struct kr_ristretto_scalar *blind,
	struct kr_ristretto_element *blinded, enum kr_voprf_mode mode,
	struct kr_view input, const struct kr_random *rng);

/* A DLEQ proof that one key evaluated a whole batch, RFC 9497 §2.2. */
struct kr_voprf_proof {
	struct kr_ristretto_scalar c;
	struct kr_ristretto_scalar s;
};

/* A batch as it was asked: num of each, from num calls of kr_voprf_blind. Borrowed. */
struct kr_voprf_request {
	const struct kr_view *inputs;
	const struct kr_ristretto_scalar *blinds;
	const struct kr_ristretto_element *blinded;
	size_t num;
};

/* What came back for it, in the same order. Borrowed. */
struct kr_voprf_response {
	const struct kr_ristretto_element *evaluated;
	size_t num;
	const struct kr_voprf_proof *proof; /* NULL in mode OPRF */
};

/* Finalize, RFC 9497 §3.3.1 to §3.3.3, for a batch: the proof is checked over all of it
 * before anything is output.
 *   outputs    request->num times KR_VOPRF_OUTPUT_BYTES; secret
 *   public_key the server's, as pinned; NULL in mode OPRF
 * Returns KR_OK, KR_ERR_ARGUMENT (the request is empty; params, public_key or proof do
 * not fit the mode), KR_ERR_TOO_LARGE (the batch, an input or info), KR_ERR_ENCODING (the
 * response has another number of elements), KR_ERR_PROOF (the proof does not hold),
 * KR_ERR_KEY (public_key or an element is not valid; info and public_key cancel out:
 * InvalidInputError). On an error all outputs are zeroed. */
enum kr_err kr_voprf_finalize(uint8_t (*outputs)[KR_VOPRF_OUTPUT_BYTES],
	const struct kr_voprf_params *params,
	const struct kr_ristretto_element *public_key,
	const struct kr_voprf_request *request, const struct kr_voprf_response *response);

/* ---- Server ------------------------------------------------------------------------ */

/* BlindEvaluate, RFC 9497 §3.3.1 to §3.3.3, for a batch, with one proof over all of it.
 * Constant time in the key.
 *   evaluated num elements, caller's storage; may not overlap blinded
 *   proof     modes VOPRF and POPRF; else NULL
 *   rng       for the proof; unused in mode OPRF
 * Returns KR_OK, KR_ERR_ARGUMENT (num is zero; params or proof do not fit the mode),
 * KR_ERR_TOO_LARGE (num or info), KR_ERR_KEY (an element is not valid; the key and info
 * cancel out: InverseError), KR_ERR_RANDOM. On an error evaluated and proof are
 * zeroed. */
enum kr_err kr_voprf_blind_evaluate(struct kr_ristretto_element *evaluated,
	struct kr_voprf_proof *proof, const struct kr_voprf_params *params,
	const struct kr_voprf_keypair *key, const struct kr_ristretto_element *blinded,
	size_t num, const struct kr_random *rng);

/* Evaluate, RFC 9497 §3.3.1 to §3.3.3: the whole function, for who holds the key and is
 * shown the input. Compare with what was claimed by kr_equal_ct. Returns KR_OK,
 * KR_ERR_ARGUMENT, KR_ERR_TOO_LARGE and KR_ERR_KEY as above. On an error output is
 * zeroed. */
enum kr_err kr_voprf_evaluate(uint8_t output[KR_VOPRF_OUTPUT_BYTES],
	const struct kr_voprf_params *params, const struct kr_voprf_keypair *key,
	struct kr_view input);

/* ---- Encodings, RFC 9497 §4.1 and RFC 9496 ----------------------------------------- */

/* element[num], KR_VOPRF_ELEMENT_BYTES each, without a length.
 *   out  max elements, caller's storage
 * Returns KR_OK, KR_ERR_TRUNCATED (empty, or the last one is cut short), KR_ERR_TOO_LARGE
 * (more than max), KR_ERR_KEY (one is not canonical, no element, or the identity). On an
 * error num is zero and out is zeroed. */
enum kr_err kr_voprf_elements_decode(
	struct kr_ristretto_element *out, size_t *num, size_t max, struct kr_view in);

/* scalar c || scalar s. Returns KR_OK, KR_ERR_TRUNCATED, KR_ERR_TRAILING, KR_ERR_KEY (a
 * scalar is not below the group order). On an error out is zeroed. */
enum kr_err kr_voprf_proof_decode(struct kr_voprf_proof *out, struct kr_view in);

void kr_voprf_proof_encode(
	uint8_t out[KR_VOPRF_PROOF_BYTES], const struct kr_voprf_proof *proof);

#endif
