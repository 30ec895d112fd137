/* Proofs that log_G(B) = log_C[i](D[i]) for a whole batch, RFC 9497 §2.2, with A fixed to
 * the group's generator. */
#ifndef KR_VOPRF_DLEQ_H
#define KR_VOPRF_DLEQ_H

#include <kring/voprf.h>

/* The statement. num is 1 to KR_VOPRF_BATCH_MAX. */
struct kr_voprf_statement {
	enum kr_voprf_mode mode;
	const struct kr_ristretto_element *b;
	const struct kr_ristretto_element *c;
	const struct kr_ristretto_element *d;
	size_t num;
};

/* GenerateProof: b = k * G and d[i] = k * c[i]. KR_ERR_KEY, KR_ERR_RANDOM; then proof is
 * zeroed. */
enum kr_err kr_voprf_dleq_prove(struct kr_voprf_proof *proof,
	const struct kr_voprf_statement *statement, const struct kr_ristretto_scalar *k,
	const struct kr_random *rng);

/* VerifyProof. KR_ERR_PROOF, whatever the reason. */
enum kr_err kr_voprf_dleq_verify(
	const struct kr_voprf_statement *statement, const struct kr_voprf_proof *proof);

#endif
