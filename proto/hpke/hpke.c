#include <kring/hpke.h>

#include <string.h>

#include "proto/hpke/kdf.h"
#include "proto/hpke/kem.h"
#include "proto/hpke/single_shot.h"

#define AUTO_CONTEXT __attribute__((cleanup(kr_hpke_context_finish)))

#define SUITE_ID_BYTES 10

/* "HPKE" || I2OSP(kem_id, 2) || I2OSP(kdf_id, 2) || I2OSP(aead_id, 2), RFC 9180 §5.1 */
static struct kr_view suite_id(uint8_t id[SUITE_ID_BYTES], enum kr_hpke_aead aead)
{
	static const uint8_t kem_and_kdf[] = {'H', 'P', 'K', 'E', 0x00, 0x20, 0x00, 0x01};

	memcpy(id, kem_and_kdf, sizeof(kem_and_kdf));
	id[8] = (uint8_t)((unsigned)aead >> 8);
	id[9] = (uint8_t)aead;
	return kr_view(id, SUITE_ID_BYTES);
}

static bool mode_has_psk(enum kr_hpke_mode mode)
{
	return mode == KR_HPKE_PSK || mode == KR_HPKE_AUTH_PSK;
}

static bool mode_has_sender(enum kr_hpke_mode mode)
{
	return mode == KR_HPKE_AUTH || mode == KR_HPKE_AUTH_PSK;
}

/* VerifyPSKInputs, RFC 9180 §5.1, and that mode and AEAD are ones we know. */
static enum kr_err check_params(const struct kr_hpke_params *params, bool got_sender)
{
	bool fits;

	if ((unsigned)params->mode > KR_HPKE_AUTH_PSK ||
		(params->aead != KR_HPKE_CHACHA20_POLY1305 &&
			params->aead != KR_HPKE_EXPORT_ONLY)) {
		return KR_ERR_ARGUMENT;
	}
	if (mode_has_psk(params->mode)) {
		fits = params->psk.len >= KR_HPKE_PSK_BYTES_MIN && params->psk_id.len > 0;
	} else {
		fits = params->psk.len == 0 && params->psk_id.len == 0;
	}
	return fits && got_sender == mode_has_sender(params->mode) ? KR_OK
								   : KR_ERR_ARGUMENT;
}

/* KeySchedule, RFC 9180 §5.1. The info is a parameter of its own: it may come in two
 * pieces. */
static enum kr_err key_schedule(struct kr_hpke_context *context,
	const struct kr_hpke_params *params, struct kr_hpke_joined info,
	const struct kr_secret *shared_secret)
{
	KR_AUTO_WIPE struct kr_secret secret = {0};
	struct kr_secret psk_id_hash;
	struct kr_secret info_hash;
	uint8_t id[SUITE_ID_BYTES];
	uint8_t schedule_context[1 + 2 * KR_SHA256_BYTES];
	struct kr_view suite = suite_id(id, params->aead);
	struct kr_view bound = kr_view(schedule_context, sizeof(schedule_context));
	enum kr_err err;

	kr_hpke_labeled_extract(&psk_id_hash, suite, kr_view(NULL, 0), "psk_id_hash",
		kr_hpke_whole(params->psk_id));
	kr_hpke_labeled_extract(&info_hash, suite, kr_view(NULL, 0), "info_hash", info);
	schedule_context[0] = (uint8_t)params->mode;
	memcpy(schedule_context + 1, psk_id_hash.bytes, KR_SHA256_BYTES);
	memcpy(schedule_context + 1 + KR_SHA256_BYTES, info_hash.bytes, KR_SHA256_BYTES);

	kr_hpke_labeled_extract(&secret, suite, kr_view_secret(shared_secret), "secret",
		kr_hpke_whole(params->psk));
	if ((err = kr_hpke_labeled_expand(context->exporter_secret.bytes, KR_SECRET_BYTES,
		     suite, &secret, "exp", bound))) {
		return err;
	}
	if (params->aead == KR_HPKE_EXPORT_ONLY) {
		return KR_OK;
	}
	if ((err = kr_hpke_labeled_expand(context->key.bytes, KR_AEAD_KEY_BYTES, suite,
		     &secret, "key", bound))) {
		return err;
	}
	return kr_hpke_labeled_expand(context->base_nonce, KR_AEAD_NONCE_BYTES, suite,
		&secret, "base_nonce", bound);
}

static enum kr_err sender_init(struct kr_hpke_context *context, uint8_t *enc,
	const struct kr_hpke_params *params, struct kr_hpke_joined info,
	const uint8_t *pk, const struct kr_secret *sender_sk, const struct kr_random *rng)
{
	AUTO_CONTEXT struct kr_hpke_context made = {
		.aead = params->aead, .role = KR_HPKE_ROLE_SENDER};
	KR_AUTO_WIPE struct kr_secret shared_secret = {0};
	enum kr_err err;

	*context = (struct kr_hpke_context){0};
	memset(enc, 0, KR_HPKE_ENC_BYTES);
	if ((err = check_params(params, sender_sk != NULL)) ||
		(err = kr_hpke_encap(&shared_secret, enc, pk, sender_sk, rng)) ||
		(err = key_schedule(&made, params, info, &shared_secret))) {
		return err;
	}
	*context = made;
	return KR_OK;
}

static enum kr_err receiver_init(struct kr_hpke_context *context,
	const struct kr_hpke_params *params, struct kr_hpke_joined info,
	const struct kr_secret *sk, struct kr_view sender_pk, struct kr_view enc)
{
	AUTO_CONTEXT struct kr_hpke_context made = {
		.aead = params->aead, .role = KR_HPKE_ROLE_RECEIVER};
	KR_AUTO_WIPE struct kr_secret shared_secret = {0};
	bool got_sender = sender_pk.len > 0;
	enum kr_err err;

	*context = (struct kr_hpke_context){0};
	if ((err = check_params(params, got_sender))) {
		return err;
	}
	if (got_sender && sender_pk.len != KR_X25519_BYTES) {
		return KR_ERR_ARGUMENT;
	}
	if (enc.len != KR_HPKE_ENC_BYTES) {
		return KR_ERR_KEY;
	}
	if ((err = kr_hpke_decap(
		     &shared_secret, enc.data, sk, got_sender ? sender_pk.data : NULL)) ||
		(err = key_schedule(&made, params, info, &shared_secret))) {
		return err;
	}
	*context = made;
	return KR_OK;
}

enum kr_err kr_hpke_sender_init(struct kr_hpke_context *context,
	uint8_t enc[KR_HPKE_ENC_BYTES], const struct kr_hpke_params *params,
	const uint8_t pk[KR_X25519_BYTES], const struct kr_secret *sender_sk,
	const struct kr_random *rng)
{
	return sender_init(
		context, enc, params, kr_hpke_whole(params->info), pk, sender_sk, rng);
}

enum kr_err kr_hpke_receiver_init(struct kr_hpke_context *context,
	const struct kr_hpke_params *params, const struct kr_secret *sk,
	struct kr_view sender_pk, struct kr_view enc)
{
	return receiver_init(
		context, params, kr_hpke_whole(params->info), sk, sender_pk, enc);
}

/* ComputeNonce, RFC 9180 §5.2. The last seq is never used: the one after it would
 * wrap. */
static enum kr_err compute_nonce(uint8_t nonce[KR_AEAD_NONCE_BYTES],
	const struct kr_hpke_context *context, enum kr_hpke_role role)
{
	if (context->role != role || context->aead != KR_HPKE_CHACHA20_POLY1305) {
		return KR_ERR_STATE;
	}
	if (context->seq == UINT64_MAX) {
		return KR_ERR_LIMIT;
	}
	memcpy(nonce, context->base_nonce, KR_AEAD_NONCE_BYTES);
	for (size_t i = 0; i < sizeof(context->seq); i++) {
		nonce[KR_AEAD_NONCE_BYTES - 1 - i] ^= (uint8_t)(context->seq >> (8 * i));
	}
	return KR_OK;
}

enum kr_err kr_hpke_context_seal(struct kr_hpke_context *context, uint8_t *ct,
	struct kr_view aad, struct kr_view pt)
{
	uint8_t nonce[KR_AEAD_NONCE_BYTES];
	enum kr_err err = compute_nonce(nonce, context, KR_HPKE_ROLE_SENDER);

	if (err != KR_OK) {
		kr_wipe(ct, pt.len + KR_HPKE_TAG_BYTES);
		return err;
	}
	context->seq++;
	kr_aead_seal(ct, &context->key, nonce, aad, pt);
	return KR_OK;
}

/* The storage that a ciphertext of this length opens into. */
static size_t opened_len(struct kr_view ct)
{
	return ct.len < KR_HPKE_TAG_BYTES ? 0 : ct.len - KR_HPKE_TAG_BYTES;
}

enum kr_err kr_hpke_context_open(struct kr_hpke_context *context, uint8_t *pt,
	struct kr_view aad, struct kr_view ct)
{
	uint8_t nonce[KR_AEAD_NONCE_BYTES];
	enum kr_err err = compute_nonce(nonce, context, KR_HPKE_ROLE_RECEIVER);

	if (err == KR_OK) {
		err = kr_aead_open(pt, &context->key, nonce, aad, ct);
	}
	if (err != KR_OK) {
		kr_wipe(pt, opened_len(ct));
		return err;
	}
	context->seq++;
	return KR_OK;
}

enum kr_err kr_hpke_context_export(const struct kr_hpke_context *context, uint8_t *out,
	size_t out_len, struct kr_view exporter_context)
{
	uint8_t id[SUITE_ID_BYTES];

	if (context->role == KR_HPKE_ROLE_NONE) {
		kr_wipe(out, out_len);
		return KR_ERR_STATE;
	}
	return kr_hpke_labeled_expand(out, out_len, suite_id(id, context->aead),
		&context->exporter_secret, "sec", exporter_context);
}

void kr_hpke_context_finish(struct kr_hpke_context *context)
{
	if (context != NULL) {
		kr_wipe(context, sizeof(*context));
	}
}

static enum kr_err seal_once(uint8_t *enc, uint8_t *ct,
	const struct kr_hpke_params *params, struct kr_hpke_joined info,
	const uint8_t *pk, const struct kr_secret *sender_sk, struct kr_view aad,
	struct kr_view pt, const struct kr_random *rng)
{
	AUTO_CONTEXT struct kr_hpke_context context = {0};
	enum kr_err err = sender_init(&context, enc, params, info, pk, sender_sk, rng);

	if (err == KR_OK) {
		err = kr_hpke_context_seal(&context, ct, aad, pt);
	}
	if (err != KR_OK) {
		memset(enc, 0, KR_HPKE_ENC_BYTES);
		kr_wipe(ct, pt.len + KR_HPKE_TAG_BYTES);
	}
	return err;
}

static enum kr_err open_once(uint8_t *pt, const struct kr_hpke_params *params,
	struct kr_hpke_joined info, const struct kr_secret *sk, struct kr_view sender_pk,
	struct kr_view aad, struct kr_view enc, struct kr_view ct)
{
	AUTO_CONTEXT struct kr_hpke_context context = {0};
	enum kr_err err = receiver_init(&context, params, info, sk, sender_pk, enc);

	if (err != KR_OK) {
		kr_wipe(pt, opened_len(ct));
		return err;
	}
	return kr_hpke_context_open(&context, pt, aad, ct);
}

enum kr_err kr_hpke_seal_once(uint8_t enc[KR_HPKE_ENC_BYTES], uint8_t *ct,
	const struct kr_hpke_params *params, const uint8_t pk[KR_X25519_BYTES],
	const struct kr_secret *sender_sk, struct kr_view aad, struct kr_view pt,
	const struct kr_random *rng)
{
	return seal_once(enc, ct, params, kr_hpke_whole(params->info), pk, sender_sk, aad,
		pt, rng);
}

enum kr_err kr_hpke_open_once(uint8_t *pt, const struct kr_hpke_params *params,
	const struct kr_secret *sk, struct kr_view sender_pk, struct kr_view aad,
	struct kr_view enc, struct kr_view ct)
{
	return open_once(
		pt, params, kr_hpke_whole(params->info), sk, sender_pk, aad, enc, ct);
}

static const struct kr_hpke_params base_mode = {
	.mode = KR_HPKE_BASE,
	.aead = KR_HPKE_CHACHA20_POLY1305,
};

enum kr_err kr_hpke_seal_joined(uint8_t *enc, uint8_t *ct, const uint8_t *pk,
	struct kr_hpke_joined info, struct kr_view aad, struct kr_view pt,
	const struct kr_random *rng)
{
	return seal_once(enc, ct, &base_mode, info, pk, NULL, aad, pt, rng);
}

enum kr_err kr_hpke_open_joined(uint8_t *pt, const struct kr_secret *sk,
	struct kr_hpke_joined info, struct kr_view aad, struct kr_view enc,
	struct kr_view ct)
{
	return open_once(pt, &base_mode, info, sk, kr_view(NULL, 0), aad, enc, ct);
}

enum kr_err kr_hpke_seal(uint8_t enc[KR_HPKE_ENC_BYTES], uint8_t *ct,
	const uint8_t pk[KR_X25519_BYTES], struct kr_view info, struct kr_view aad,
	struct kr_view pt, const struct kr_random *rng)
{
	return kr_hpke_seal_joined(enc, ct, pk, kr_hpke_whole(info), aad, pt, rng);
}

enum kr_err kr_hpke_open(uint8_t *pt, const struct kr_secret *sk, struct kr_view info,
	struct kr_view aad, struct kr_view enc, struct kr_view ct)
{
	return kr_hpke_open_joined(pt, sk, kr_hpke_whole(info), aad, enc, ct);
}
