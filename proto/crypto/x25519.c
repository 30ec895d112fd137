#include <kring/crypto.h>

#include <sodium.h>

void kr_x25519_public(uint8_t public_key[KR_X25519_BYTES], const struct kr_secret *secret)
{
	crypto_scalarmult_curve25519_base(public_key, secret->bytes);
}

enum kr_err kr_x25519_generate(struct kr_x25519_keypair *out, const struct kr_random *rng)
{
	enum kr_err err = kr_random_secret(rng, &out->secret);

	if (err != KR_OK) {
		*out = (struct kr_x25519_keypair){0};
		return err;
	}
	kr_x25519_public(out->public_key, &out->secret);
	return KR_OK;
}

void kr_x25519_keypair_wipe(struct kr_x25519_keypair *pair)
{
	kr_wipe(pair, sizeof(*pair));
}

enum kr_err kr_x25519(struct kr_secret *shared, const struct kr_secret *secret,
	const uint8_t public_key[KR_X25519_BYTES])
{
	/* libsodium refuses low-order points itself and checks the result for zero. */
	if (crypto_scalarmult_curve25519(shared->bytes, secret->bytes, public_key) != 0) {
		kr_secret_wipe(shared);
		return KR_ERR_KEY;
	}
	return KR_OK;
}
