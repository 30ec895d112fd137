#include "key_schedule.h"

#include <string.h>

#include <kring/codec.h>
#include <kring/hpke.h>

/* What Welcomes and epochs begin with: Extract(joiner_secret, psk_secret). */
static void extract_member_secret(struct kr_secret *member,
	const struct kr_secret *joiner, const struct kr_secret *psk_secret)
{
	kr_hkdf_extract(member, kr_view_secret(joiner), kr_view_secret(psk_secret));
}

enum kr_err kr_joiner_secret(struct kr_secret *joiner,
	const struct kr_secret *init_secret, const struct kr_secret *commit_secret,
	struct kr_view group_context)
{
	KR_AUTO_WIPE struct kr_secret extracted = {0};

	kr_hkdf_extract(
		&extracted, kr_view_secret(init_secret), kr_view_secret(commit_secret));
	return kr_expand_with_label(joiner->bytes, sizeof(joiner->bytes), &extracted,
		"joiner", group_context);
}

static enum kr_err derive_from_epoch_secret(
	struct kr_epoch_secrets *out, const struct kr_secret *epoch_secret)
{
	KR_AUTO_WIPE struct kr_secret authenticator = {0};
	const struct {
		const char *label;
		struct kr_secret *secret;
	} table[] = {
		{"init", &out->init_secret},
		{"sender data", &out->sender_data_secret},
		{"encryption", &out->encryption_secret},
		{"exporter", &out->exporter_secret},
		{"external", &out->external_secret},
		{"confirm", &out->confirmation_key},
		{"membership", &out->membership_key},
		{"resumption", &out->resumption_psk},
		{"authentication", &authenticator},
	};
	enum kr_err err = KR_OK;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]) && err == KR_OK; i++) {
		err = kr_derive_secret(table[i].secret, epoch_secret, table[i].label);
	}
	memcpy(out->epoch_authenticator, authenticator.bytes,
		sizeof(authenticator.bytes));
	return err;
}

enum kr_err kr_epoch_secrets_derive(struct kr_epoch_secrets *out,
	const struct kr_secret *joiner, const struct kr_secret *psk_secret,
	struct kr_view group_context)
{
	KR_AUTO_WIPE struct kr_secret member = {0};
	KR_AUTO_WIPE struct kr_secret epoch_secret = {0};
	enum kr_err err;

	extract_member_secret(&member, joiner, psk_secret);
	if ((err = kr_expand_with_label(epoch_secret.bytes, sizeof(epoch_secret.bytes),
		     &member, "epoch", group_context)) ||
		(err = derive_from_epoch_secret(out, &epoch_secret))) {
		kr_epoch_secrets_wipe(out);
	}
	return err;
}

void kr_epoch_secrets_wipe(struct kr_epoch_secrets *secrets)
{
	if (secrets != NULL) {
		kr_wipe(secrets, sizeof(*secrets));
	}
}

enum kr_err kr_welcome_key_nonce(struct kr_secret *key,
	uint8_t nonce[KR_AEAD_NONCE_BYTES], const struct kr_secret *joiner,
	const struct kr_secret *psk_secret)
{
	KR_AUTO_WIPE struct kr_secret member = {0};
	KR_AUTO_WIPE struct kr_secret welcome_secret = {0};
	struct kr_view empty = kr_view(NULL, 0);
	enum kr_err err;

	extract_member_secret(&member, joiner, psk_secret);
	if ((err = kr_derive_secret(&welcome_secret, &member, "welcome")) ||
		(err = kr_expand_with_label(key->bytes, sizeof(key->bytes),
			 &welcome_secret, "key", empty)) ||
		(err = kr_expand_with_label(
			 nonce, KR_AEAD_NONCE_BYTES, &welcome_secret, "nonce", empty))) {
		kr_secret_wipe(key);
		kr_wipe(nonce, KR_AEAD_NONCE_BYTES);
	}
	return err;
}

enum kr_err kr_exporter(uint8_t *out, size_t len, const struct kr_secret *exporter_secret,
	const char *label, struct kr_view context)
{
	KR_AUTO_WIPE struct kr_secret derived = {0};
	uint8_t context_hash[KR_SHA256_BYTES];
	enum kr_err err;

	kr_sha256(context_hash, context);
	if ((err = kr_derive_secret(&derived, exporter_secret, label)) ||
		(err = kr_expand_with_label(out, len, &derived, "exported",
			 kr_view(context_hash, sizeof(context_hash))))) {
		kr_wipe(out, len);
	}
	return err;
}

/* ---- External commits, §8.3 -------------------------------------------------------- */

static const char external_init_label[] = "MLS 1.0 external init secret";

/* An empty info in mode base, which both sides must agree on. */
static const struct kr_hpke_params external_init_params = {
	.mode = KR_HPKE_BASE,
	.aead = KR_HPKE_CHACHA20_POLY1305,
};

enum kr_err kr_external_keypair(
	struct kr_x25519_keypair *out, const struct kr_secret *external_secret)
{
	return kr_hpke_derive_keypair(out, kr_view_secret(external_secret));
}

enum kr_err kr_external_init_send(uint8_t kem_output[KR_X25519_BYTES],
	struct kr_secret *init_secret, const uint8_t external_pub[KR_X25519_BYTES],
	const struct kr_random *rng)
{
	struct kr_hpke_context context = {0};
	enum kr_err err;

	if ((err = kr_hpke_sender_init(&context, kem_output, &external_init_params,
		     external_pub, NULL, rng)) ||
		(err = kr_hpke_context_export(&context, init_secret->bytes,
			 sizeof(init_secret->bytes), kr_view_str(external_init_label)))) {
		kr_wipe(kem_output, KR_X25519_BYTES);
		kr_secret_wipe(init_secret);
	}
	kr_hpke_context_finish(&context);
	return err;
}

enum kr_err kr_external_init_receive(struct kr_secret *init_secret,
	struct kr_view kem_output, const struct kr_x25519_keypair *external)
{
	struct kr_hpke_context context = {0};
	enum kr_err err;

	if ((err = kr_hpke_receiver_init(&context, &external_init_params,
		     &external->secret, kr_view(NULL, 0), kem_output)) ||
		(err = kr_hpke_context_export(&context, init_secret->bytes,
			 sizeof(init_secret->bytes), kr_view_str(external_init_label)))) {
		kr_secret_wipe(init_secret);
	}
	kr_hpke_context_finish(&context);
	return err;
}

/* ---- Transcript hashes and the confirmation tag, §8.1 and §8.2 --------------------- */

/* opaque x<V> into a running hash. Its length is checked by whoever calls. */
static void hash_vec(struct kr_sha256 *hash, struct kr_view v)
{
	uint8_t length[4];
	struct kr_writer w;

	kr_writer_init_fixed(&w, length, sizeof(length));
	kr_write_varint(&w, v.len);
	kr_sha256_update(hash, kr_writer_view(&w));
	kr_sha256_update(hash, v);
}

enum kr_err kr_confirmed_transcript_hash(uint8_t out[KR_MLS_HASH_BYTES],
	struct kr_view interim_before, uint16_t wire_format, struct kr_view content,
	struct kr_view signature)
{
	uint8_t format[2] = {(uint8_t)(wire_format >> 8), (uint8_t)wire_format};
	struct kr_sha256 hash;

	if (signature.len > KR_VARINT_MAX) {
		kr_wipe(out, KR_MLS_HASH_BYTES);
		return KR_ERR_TOO_LARGE;
	}
	kr_sha256_init(&hash);
	kr_sha256_update(&hash, interim_before);
	kr_sha256_update(&hash, kr_view(format, sizeof(format)));
	kr_sha256_update(&hash, content);
	hash_vec(&hash, signature);
	kr_sha256_final(&hash, out);
	return KR_OK;
}

enum kr_err kr_interim_transcript_hash(uint8_t out[KR_MLS_HASH_BYTES],
	struct kr_view confirmed_hash, struct kr_view confirmation_tag)
{
	struct kr_sha256 hash;

	if (confirmation_tag.len > KR_VARINT_MAX) {
		kr_wipe(out, KR_MLS_HASH_BYTES);
		return KR_ERR_TOO_LARGE;
	}
	kr_sha256_init(&hash);
	kr_sha256_update(&hash, confirmed_hash);
	hash_vec(&hash, confirmation_tag);
	kr_sha256_final(&hash, out);
	return KR_OK;
}

void kr_confirmation_tag(uint8_t tag[KR_HMAC_BYTES],
	const struct kr_secret *confirmation_key, struct kr_view confirmed_hash)
{
	kr_hmac(tag, kr_view_secret(confirmation_key), confirmed_hash);
}

/* ---- Pre-shared keys, §8.4 --------------------------------------------------------- */

/* psk_input of one key: ExpandWithLabel(Extract(0, psk), "derived psk", PSKLabel, Nh)
 * with struct { PreSharedKeyID id; uint16 index; uint16 count; } PSKLabel. */
static enum kr_err psk_input(
	struct kr_secret *out, const struct kr_psk_input *psk, size_t index, size_t count)
{
	KR_AUTO_WIPE struct kr_secret extracted = {0};
	KR_AUTO_WRITER struct kr_writer label = {0};

	kr_writer_init_max(&label, KR_VARINT_MAX);
	kr_write_fixed(&label, psk->encoded_id);
	kr_write_u16(&label, (uint16_t)index);
	kr_write_u16(&label, (uint16_t)count);
	if (label.err != KR_OK) {
		return label.err;
	}
	kr_hkdf_extract(&extracted, kr_view(NULL, 0), psk->psk);
	return kr_expand_with_label(out->bytes, sizeof(out->bytes), &extracted,
		"derived psk", kr_writer_view(&label));
}

enum kr_err kr_psk_secret(
	struct kr_secret *out, const struct kr_psk_input *psks, size_t num)
{
	KR_AUTO_WIPE struct kr_secret input = {0};
	enum kr_err err;

	kr_secret_wipe(out);
	if (num > UINT16_MAX) {
		return KR_ERR_LIMIT;
	}
	for (size_t i = 0; i < num; i++) {
		if ((err = psk_input(&input, &psks[i], i, num))) {
			kr_secret_wipe(out);
			return err;
		}
		kr_hkdf_extract(out, kr_view_secret(&input), kr_view_secret(out));
	}
	return KR_OK;
}
