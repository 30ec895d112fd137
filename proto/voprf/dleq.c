#include "proto/voprf/dleq.h"

#include "proto/voprf/hash.h"

#define AUTO_SCALAR __attribute__((cleanup(kr_ristretto_scalar_wipe)))

static struct kr_view encoded(const struct kr_ristretto_element *e)
{
	return kr_view(e->bytes, sizeof(e->bytes));
}

/* seed of ComputeComposites, RFC 9497 §2.2.1: the weights depend on the key they are
 * for. */
static void composite_seed(
	uint8_t seed[KR_SHA512_BYTES], const struct kr_voprf_statement *statement)
{
	uint8_t dst[KR_VOPRF_DST_MAX];
	struct kr_sha512 h;

	kr_sha512_init(&h);
	kr_voprf_sha512_update_vec(&h, encoded(statement->b));
	kr_voprf_sha512_update_vec(&h, kr_voprf_dst(dst, "Seed-", statement->mode));
	kr_sha512_final(&h, seed);
}

/* d_i of ComputeComposites. */
static void composite_weight(struct kr_ristretto_scalar *weight,
	const struct kr_voprf_statement *statement, const uint8_t seed[KR_SHA512_BYTES],
	size_t i)
{
	const uint8_t index[2] = {(uint8_t)(i >> 8), (uint8_t)i};
	struct kr_voprf_hash h;

	kr_voprf_hash_init(&h, "HashToScalar-", statement->mode);
	kr_voprf_sha512_update_vec(&h.message, kr_view(seed, KR_SHA512_BYTES));
	kr_sha512_update(&h.message, kr_view(index, sizeof(index)));
	kr_voprf_sha512_update_vec(&h.message, encoded(&statement->c[i]));
	kr_voprf_sha512_update_vec(&h.message, encoded(&statement->d[i]));
	kr_sha512_update(&h.message, kr_view_str("Composite"));
	kr_voprf_hash_to_scalar(&h, weight);
}

/* sum += weight * e. All zero is the identity, with which every sum begins. */
static enum kr_err add_weighted(struct kr_ristretto_element *sum,
	const struct kr_ristretto_scalar *weight, const struct kr_ristretto_element *e)
{
	struct kr_ristretto_element product;
	enum kr_err err = kr_ristretto_mul(&product, weight, e);

	return err != KR_OK ? err : kr_ristretto_add(sum, sum, &product);
}

/* M, and Z too unless it is NULL: who knows k gets Z as k * M with half of the work
 * (ComputeCompositesFast, §2.2.1). */
static enum kr_err compute_composites(struct kr_ristretto_element *m,
	struct kr_ristretto_element *z, const struct kr_voprf_statement *statement)
{
	uint8_t seed[KR_SHA512_BYTES];
	struct kr_ristretto_scalar weight;
	enum kr_err err;

	composite_seed(seed, statement);
	for (size_t i = 0; i < statement->num; i++) {
		composite_weight(&weight, statement, seed, i);
		if ((err = add_weighted(m, &weight, &statement->c[i])) ||
			(z != NULL &&
				(err = add_weighted(z, &weight, &statement->d[i])))) {
			return err;
		}
	}
	return KR_OK;
}

/* What the challenge is computed from, in the order of RFC 9497 §2.2.1. */
struct transcript {
	struct kr_ristretto_element b, m, z, t2, t3;
};

static void challenge(struct kr_ristretto_scalar *c, enum kr_voprf_mode mode,
	const struct transcript *t)
{
	struct kr_voprf_hash h;

	kr_voprf_hash_init(&h, "HashToScalar-", mode);
	kr_voprf_sha512_update_vec(&h.message, encoded(&t->b));
	kr_voprf_sha512_update_vec(&h.message, encoded(&t->m));
	kr_voprf_sha512_update_vec(&h.message, encoded(&t->z));
	kr_voprf_sha512_update_vec(&h.message, encoded(&t->t2));
	kr_voprf_sha512_update_vec(&h.message, encoded(&t->t3));
	kr_sha512_update(&h.message, kr_view_str("Challenge"));
	kr_voprf_hash_to_scalar(&h, c);
}

enum kr_err kr_voprf_dleq_prove(struct kr_voprf_proof *proof,
	const struct kr_voprf_statement *statement, const struct kr_ristretto_scalar *k,
	const struct kr_random *rng)
{
	struct transcript t = {.b = *statement->b};
	AUTO_SCALAR struct kr_ristretto_scalar r = {0};
	AUTO_SCALAR struct kr_ristretto_scalar c_times_k = {0};
	enum kr_err err;

	*proof = (struct kr_voprf_proof){0};
	if ((err = kr_voprf_random_scalar(&r, rng)) ||
		(err = compute_composites(&t.m, NULL, statement)) ||
		(err = kr_ristretto_mul(&t.z, k, &t.m)) ||
		(err = kr_ristretto_mul_base(&t.t2, &r)) ||
		(err = kr_ristretto_mul(&t.t3, &r, &t.m))) {
		return err;
	}
	challenge(&proof->c, statement->mode, &t);
	kr_ristretto_scalar_mul(&c_times_k, &proof->c, k);
	kr_ristretto_scalar_sub(&proof->s, &r, &c_times_k);
	return KR_OK;
}

/* out = a + c * e */
static enum kr_err add_multiple(struct kr_ristretto_element *out,
	const struct kr_ristretto_element *a, const struct kr_ristretto_scalar *c,
	const struct kr_ristretto_element *e)
{
	*out = *a;
	return add_weighted(out, c, e);
}

enum kr_err kr_voprf_dleq_verify(
	const struct kr_voprf_statement *statement, const struct kr_voprf_proof *proof)
{
	struct transcript t = {.b = *statement->b};
	struct kr_ristretto_element s_times_g;
	struct kr_ristretto_element s_times_m;
	struct kr_ristretto_scalar expected;

	/* A zero scalar or a composite that is the identity ends in a refused
	 * multiplication; an honest proof has them once in 2^252. */
	if (compute_composites(&t.m, &t.z, statement) != KR_OK ||
		kr_ristretto_mul_base(&s_times_g, &proof->s) != KR_OK ||
		kr_ristretto_mul(&s_times_m, &proof->s, &t.m) != KR_OK ||
		add_multiple(&t.t2, &s_times_g, &proof->c, statement->b) != KR_OK ||
		add_multiple(&t.t3, &s_times_m, &proof->c, &t.z) != KR_OK) {
		return KR_ERR_PROOF;
	}
	challenge(&expected, statement->mode, &t);
	return kr_equal_ct(expected.bytes, proof->c.bytes, sizeof(expected.bytes))
		? KR_OK
		: KR_ERR_PROOF;
}
