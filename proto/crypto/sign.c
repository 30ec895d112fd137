#include <kring/crypto.h>

#include <string.h>

#include <sodium.h>

void kr_ed25519_from_seed(struct kr_ed25519_keypair *out, const struct kr_secret *seed)
{
	uint8_t expanded[crypto_sign_SECRETKEYBYTES];

	out->seed = *seed;
	crypto_sign_seed_keypair(out->public_key, expanded, seed->bytes);
	kr_wipe(expanded, sizeof(expanded));
}

enum kr_err kr_ed25519_generate(
	struct kr_ed25519_keypair *out, const struct kr_random *rng)
{
	KR_AUTO_WIPE struct kr_secret seed = {0};
	enum kr_err err = kr_random_secret(rng, &seed);

	*out = (struct kr_ed25519_keypair){0};
	if (err == KR_OK) {
		kr_ed25519_from_seed(out, &seed);
	}
	return err;
}

void kr_ed25519_keypair_wipe(struct kr_ed25519_keypair *pair)
{
	kr_wipe(pair, sizeof(*pair));
}

void kr_ed25519_sign(uint8_t sig[KR_ED25519_SIG_BYTES],
	const struct kr_ed25519_keypair *signer, struct kr_view message)
{
	/* libsodium's secret key is the seed followed by the public key. */
	uint8_t secret_key[crypto_sign_SECRETKEYBYTES];

	memcpy(secret_key, signer->seed.bytes, sizeof(signer->seed.bytes));
	memcpy(secret_key + sizeof(signer->seed.bytes), signer->public_key,
		sizeof(signer->public_key));
	crypto_sign_detached(sig, NULL, message.data, message.len, secret_key);
	kr_wipe(secret_key, sizeof(secret_key));
}

enum kr_err kr_ed25519_verify(struct kr_view sig,
	const uint8_t public_key[KR_ED25519_PUBLIC_BYTES], struct kr_view message)
{
	if (sig.len != KR_ED25519_SIG_BYTES) {
		return KR_ERR_SIGNATURE;
	}
	if (crypto_sign_verify_detached(
		    sig.data, message.data, message.len, public_key) != 0) {
		return KR_ERR_SIGNATURE;
	}
	return KR_OK;
}
