#include <kring/voprf.h>

#include "proto/voprf/check.h"
#include "proto/voprf/hash.h"

/* Completes a pair whose secret is set, or wipes it. */
static enum kr_err set_public(struct kr_voprf_keypair *pair)
{
	enum kr_err err = kr_ristretto_mul_base(&pair->public_key, &pair->secret);

	if (err != KR_OK) {
		kr_voprf_keypair_wipe(pair);
	}
	return err;
}

enum kr_err kr_voprf_generate_keypair(
	struct kr_voprf_keypair *out, const struct kr_random *rng)
{
	enum kr_err err = kr_voprf_random_scalar(&out->secret, rng);

	if (err != KR_OK) {
		kr_voprf_keypair_wipe(out);
		return err;
	}
	return set_public(out);
}

enum kr_err kr_voprf_derive_keypair(struct kr_voprf_keypair *out, enum kr_voprf_mode mode,
	const struct kr_secret *seed, struct kr_view key_info)
{
	struct kr_voprf_hash h;
	enum kr_err err;

	*out = (struct kr_voprf_keypair){0};
	if ((err = kr_voprf_check_mode(mode)) || (err = kr_voprf_check_len(key_info))) {
		return err;
	}
	for (unsigned counter = 0; counter <= UINT8_MAX; counter++) {
		const uint8_t counter_byte = (uint8_t)counter;

		kr_voprf_hash_init(&h, "DeriveKeyPair", mode);
		kr_sha512_update(&h.message, kr_view_secret(seed));
		kr_voprf_sha512_update_vec(&h.message, key_info);
		kr_sha512_update(
			&h.message, kr_view(&counter_byte, sizeof(counter_byte)));
		kr_voprf_hash_to_scalar(&h, &out->secret);
		if (!kr_ristretto_scalar_is_zero(&out->secret)) {
			return set_public(out);
		}
	}
	return KR_ERR_KEY;
}

enum kr_err kr_voprf_keypair_decode(struct kr_voprf_keypair *out, struct kr_view secret)
{
	enum kr_err err;

	*out = (struct kr_voprf_keypair){0};
	if (secret.len != KR_VOPRF_SCALAR_BYTES) {
		return KR_ERR_KEY;
	}
	if ((err = kr_ristretto_scalar_decode(&out->secret, secret.data))) {
		return err;
	}
	/* Zero gives the identity, which the multiplication refuses. */
	return set_public(out);
}

void kr_voprf_keypair_wipe(struct kr_voprf_keypair *pair)
{
	if (pair != NULL) {
		kr_wipe(pair, sizeof(*pair));
	}
}
