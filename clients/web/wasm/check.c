/* The primitives one by one, so that tests/web can hold this build of them against the
 * vectors. Each takes its inputs as views, in the order of its prototype in
 * kring/crypto.h or kring/hpke.h, and writes its outputs to out, one after the other. */
#include <string.h>

#include <kring/hpke.h>

#include "clients/web/wasm/host.h"

static struct kr_secret secret_of(struct kr_view v)
{
	struct kr_secret secret = {0};

	memcpy(secret.bytes, v.data,
		v.len < sizeof(secret.bytes) ? v.len : sizeof(secret.bytes));
	return secret;
}

enum kr_err WEB_EXPORT(check_sha256)(uint8_t *out, const struct kr_view *in)
{
	kr_sha256(out, in[0]);
	return KR_OK;
}

enum kr_err WEB_EXPORT(check_sha512)(uint8_t *out, const struct kr_view *in)
{
	kr_sha512(out, in[0]);
	return KR_OK;
}

enum kr_err WEB_EXPORT(check_hmac)(uint8_t *out, const struct kr_view *in)
{
	kr_hmac(out, in[0], in[1]);
	return KR_OK;
}

/* key, nonce, aad, pt */
enum kr_err WEB_EXPORT(check_aead_seal)(uint8_t *out, const struct kr_view *in)
{
	struct kr_secret key = secret_of(in[0]);

	kr_aead_seal(out, &key, in[1].data, in[2], in[3]);
	return KR_OK;
}

enum kr_err WEB_EXPORT(check_x25519)(uint8_t *out, const struct kr_view *in)
{
	struct kr_secret sk = secret_of(in[0]), shared = {0};
	enum kr_err err = kr_x25519(&shared, &sk, in[1].data);

	memcpy(out, shared.bytes, sizeof(shared.bytes));
	return err;
}

/* seed, message; public key, signature */
enum kr_err WEB_EXPORT(check_sign)(uint8_t *out, const struct kr_view *in)
{
	struct kr_secret seed = secret_of(in[0]);
	struct kr_ed25519_keypair pair;

	kr_ed25519_from_seed(&pair, &seed);
	memcpy(out, pair.public_key, sizeof(pair.public_key));
	kr_ed25519_sign(out + sizeof(pair.public_key), &pair, in[1]);
	return kr_ed25519_verify(
		kr_view(out + sizeof(pair.public_key), KR_ED25519_SIG_BYTES),
		pair.public_key, in[1]);
}

/* signature, public key, message */
enum kr_err WEB_EXPORT(check_verify)(uint8_t *out, const struct kr_view *in)
{
	(void)out;
	return kr_ed25519_verify(in[0], in[1].data, in[2]);
}

/* ikm; secret key, public key */
enum kr_err WEB_EXPORT(check_hpke_keypair)(uint8_t *out, const struct kr_view *in)
{
	struct kr_x25519_keypair pair;
	enum kr_err err = kr_hpke_derive_keypair(&pair, in[0]);

	memcpy(out, pair.secret.bytes, sizeof(pair.secret.bytes));
	memcpy(out + sizeof(pair.secret.bytes), pair.public_key, sizeof(pair.public_key));
	return err;
}

/* pk, info, aad, pt; enc, ct. The entropy is ikmE. */
enum kr_err WEB_EXPORT(check_hpke_seal)(uint8_t *out, const struct kr_view *in)
{
	return kr_hpke_seal(out, out + KR_HPKE_ENC_BYTES, in[0].data, in[1], in[2], in[3],
		&web_random);
}

/* sk, info, aad, enc, ct */
enum kr_err WEB_EXPORT(check_hpke_open)(uint8_t *out, const struct kr_view *in)
{
	struct kr_secret sk = secret_of(in[0]);

	return kr_hpke_open(out, &sk, in[1], in[2], in[3], in[4]);
}
