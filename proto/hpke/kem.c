#include "proto/hpke/kem.h"

#include <string.h>

#include "proto/hpke/kdf.h"

/* "KEM" || I2OSP(kem_id, 2), RFC 9180 §4.1 */
static const uint8_t kem_suite_id[] = {'K', 'E', 'M', 0x00, 0x20};

static struct kr_view suite(void)
{
	return kr_view(kem_suite_id, sizeof(kem_suite_id));
}

/* What goes into the key derivation, on both sides the same. In the modes without a
 * sender's key the second halves stay unused. */
struct exchange {
	struct kr_secret dh[2];
	uint8_t kem_context[3 * KR_X25519_BYTES]; /* enc || pkRm || pkSm */
	bool auth;
};

static void exchange_wipe(struct exchange *x)
{
	kr_wipe(x, sizeof(*x));
}

#define AUTO_EXCHANGE __attribute__((cleanup(exchange_wipe)))

static void set_context(struct exchange *x, const uint8_t enc[KR_HPKE_ENC_BYTES],
	const uint8_t pk[KR_X25519_BYTES])
{
	memcpy(x->kem_context, enc, KR_HPKE_ENC_BYTES);
	memcpy(x->kem_context + KR_HPKE_ENC_BYTES, pk, KR_X25519_BYTES);
}

static uint8_t *sender_in_context(struct exchange *x)
{
	return x->kem_context + KR_HPKE_ENC_BYTES + KR_X25519_BYTES;
}

/* ExtractAndExpand, RFC 9180 §4.1 */
static enum kr_err extract_and_expand(
	struct kr_secret *shared_secret, const struct exchange *x)
{
	KR_AUTO_WIPE struct kr_secret eae_prk = {0};
	size_t num_keys = x->auth ? 2 : 1;
	struct kr_hpke_joined dh = kr_hpke_whole(kr_view_secret(&x->dh[0]));

	if (x->auth) {
		dh.tail = kr_view_secret(&x->dh[1]);
	}
	kr_hpke_labeled_extract(&eae_prk, suite(), kr_view(NULL, 0), "eae_prk", dh);
	return kr_hpke_labeled_expand(shared_secret->bytes, sizeof(shared_secret->bytes),
		suite(), &eae_prk, "shared_secret",
		kr_view(x->kem_context, (1 + num_keys) * KR_X25519_BYTES));
}

enum kr_err kr_hpke_derive_keypair(struct kr_x25519_keypair *out, struct kr_view ikm)
{
	KR_AUTO_WIPE struct kr_secret dkp_prk = {0};
	enum kr_err err;

	if (ikm.len < KR_SECRET_BYTES) {
		kr_x25519_keypair_wipe(out);
		return KR_ERR_ARGUMENT;
	}
	kr_hpke_labeled_extract(
		&dkp_prk, suite(), kr_view(NULL, 0), "dkp_prk", kr_hpke_whole(ikm));
	err = kr_hpke_labeled_expand(out->secret.bytes, sizeof(out->secret.bytes),
		suite(), &dkp_prk, "sk", kr_view(NULL, 0));
	if (err != KR_OK) {
		kr_x25519_keypair_wipe(out);
		return err;
	}
	kr_x25519_public(out->public_key, &out->secret);
	return KR_OK;
}

enum kr_err kr_hpke_generate_keypair(
	struct kr_x25519_keypair *out, const struct kr_random *rng)
{
	KR_AUTO_WIPE struct kr_secret ikm = {0};
	enum kr_err err = kr_random_secret(rng, &ikm);

	if (err != KR_OK) {
		kr_x25519_keypair_wipe(out);
		return err;
	}
	return kr_hpke_derive_keypair(out, kr_view_secret(&ikm));
}

enum kr_err kr_hpke_encap(struct kr_secret *shared_secret, uint8_t enc[KR_HPKE_ENC_BYTES],
	const uint8_t pk[KR_X25519_BYTES], const struct kr_secret *sender_sk,
	const struct kr_random *rng)
{
	__attribute__((cleanup(
		kr_x25519_keypair_wipe))) struct kr_x25519_keypair ephemeral = {0};
	AUTO_EXCHANGE struct exchange x = {.auth = sender_sk != NULL};
	enum kr_err err;

	*shared_secret = (struct kr_secret){0};
	if ((err = kr_hpke_generate_keypair(&ephemeral, rng)) ||
		(err = kr_x25519(&x.dh[0], &ephemeral.secret, pk))) {
		return err;
	}
	set_context(&x, ephemeral.public_key, pk);
	if (sender_sk != NULL) {
		if ((err = kr_x25519(&x.dh[1], sender_sk, pk))) {
			return err;
		}
		kr_x25519_public(sender_in_context(&x), sender_sk);
	}
	memcpy(enc, ephemeral.public_key, KR_HPKE_ENC_BYTES);
	return extract_and_expand(shared_secret, &x);
}

enum kr_err kr_hpke_decap(struct kr_secret *shared_secret,
	const uint8_t enc[KR_HPKE_ENC_BYTES], const struct kr_secret *sk,
	const uint8_t sender_pk[KR_X25519_BYTES])
{
	AUTO_EXCHANGE struct exchange x = {.auth = sender_pk != NULL};
	uint8_t pk[KR_X25519_BYTES];
	enum kr_err err;

	*shared_secret = (struct kr_secret){0};
	if ((err = kr_x25519(&x.dh[0], sk, enc))) {
		return err;
	}
	kr_x25519_public(pk, sk);
	set_context(&x, enc, pk);
	if (sender_pk != NULL) {
		if ((err = kr_x25519(&x.dh[1], sk, sender_pk))) {
			return err;
		}
		memcpy(sender_in_context(&x), sender_pk, KR_X25519_BYTES);
	}
	return extract_and_expand(shared_secret, &x);
}
