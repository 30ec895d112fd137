/* The key schedule, transcript hashes and pre-shared keys: RFC 9420 §8.
 *
 * Secrets go in and out by pointer, are the caller's to wipe, and are zeroed on an error.
 * An output may not overlap an input. Encoded structures are taken as views and only
 * hashed, so that this file needs to know none of them. */
#ifndef KR_MLS_KEY_SCHEDULE_H
#define KR_MLS_KEY_SCHEDULE_H

#include <kring/mls.h>

/* The secrets of one epoch, §8 table 4. */
struct kr_epoch_secrets {
	struct kr_secret init_secret; /* for the next epoch */
	struct kr_secret sender_data_secret;
	struct kr_secret encryption_secret; /* root of the secret tree */
	struct kr_secret exporter_secret;
	struct kr_secret external_secret;
	struct kr_secret confirmation_key;
	struct kr_secret membership_key;
	struct kr_secret resumption_psk;
	uint8_t epoch_authenticator[KR_SECRET_BYTES];
};

/* joiner_secret = ExpandWithLabel(Extract(init_secret, commit_secret), "joiner",
 * GroupContext, Nh), §8.
 *   init_secret   of the epoch before; random for epoch 0, §8.3 for an external commit
 *   commit_secret of the path; all zero without one
 *   group_context of the new epoch, encoded
 * Returns KR_OK or KR_ERR_TOO_LARGE (group_context of 2^30 bytes or more). */
enum kr_err kr_joiner_secret(struct kr_secret *joiner,
	const struct kr_secret *init_secret, const struct kr_secret *commit_secret,
	struct kr_view group_context);

/* All secrets of the epoch from joiner_secret, psk_secret and the encoded GroupContext,
 * §8.
 * Returns KR_OK or KR_ERR_TOO_LARGE (group_context of 2^30 bytes or more). */
enum kr_err kr_epoch_secrets_derive(struct kr_epoch_secrets *out,
	const struct kr_secret *joiner, const struct kr_secret *psk_secret,
	struct kr_view group_context);
void kr_epoch_secrets_wipe(struct kr_epoch_secrets *secrets); /* NULL is fine */

/* The key and nonce that encrypt the GroupInfo in a Welcome, §12.4.3.1: from
 * welcome_secret = DeriveSecret(Extract(joiner_secret, psk_secret), "welcome").
 * Returns KR_OK. */
enum kr_err kr_welcome_key_nonce(struct kr_secret *key,
	uint8_t nonce[KR_AEAD_NONCE_BYTES], const struct kr_secret *joiner,
	const struct kr_secret *psk_secret);

/* MLS-Exporter, §8.5: ExpandWithLabel(DeriveSecret(exporter_secret, label), "exported",
 * Hash(context), len).
 *   len   at most 255 * 32
 *   label below 2^30 - 8 bytes
 * Returns KR_OK, KR_ERR_ARGUMENT (len), KR_ERR_TOO_LARGE (label). */
enum kr_err kr_exporter(uint8_t *out, size_t len, const struct kr_secret *exporter_secret,
	const char *label, struct kr_view context);

/* The key pair of external joins, §8.3: KEM.DeriveKeyPair(external_secret). Its public
 * key is the external_pub of this same epoch's GroupInfo.
 * Returns KR_OK. */
enum kr_err kr_external_keypair(
	struct kr_x25519_keypair *out, const struct kr_secret *external_secret);

/* The init_secret that an external commit begins with, §8.3: SetupBaseS with external_pub
 * and an empty info, then export "MLS 1.0 external init secret".
 *   kem_output for the ExternalInit proposal
 * Returns KR_OK, KR_ERR_KEY (external_pub is a low-order point), KR_ERR_RANDOM; on an
 * error both outputs are zeroed. */
enum kr_err kr_external_init_send(uint8_t kem_output[KR_X25519_BYTES],
	struct kr_secret *init_secret, const uint8_t external_pub[KR_X25519_BYTES],
	const struct kr_random *rng);

/* The same for those who receive the commit.
 *   kem_output as it came
 *   external   the key pair of the epoch that the commit ends
 * Returns KR_OK or KR_ERR_KEY (kem_output has another length or is a low-order point).
 * Any other kem_output gives some secret: only the commit's confirmation tag tells. */
enum kr_err kr_external_init_receive(struct kr_secret *init_secret,
	struct kr_view kem_output, const struct kr_x25519_keypair *external);

/* confirmed_transcript_hash of the epoch that a commit begins, §8.2: Hash(interim_before
 * || wire_format || content || signature<V>). The MLSMessage's version is not part of it.
 *   interim_before of the epoch before; empty in epoch 0
 *   content        the encoded FramedContent
 *   signature      its value, without length
 * Returns KR_OK or KR_ERR_TOO_LARGE (signature of 2^30 bytes or more). */
enum kr_err kr_confirmed_transcript_hash(uint8_t out[KR_MLS_HASH_BYTES],
	struct kr_view interim_before, uint16_t wire_format, struct kr_view content,
	struct kr_view signature);

/* interim_transcript_hash = Hash(confirmed_hash || confirmation_tag<V>), §8.2.
 * Returns KR_OK or KR_ERR_TOO_LARGE (confirmation_tag of 2^30 bytes or more). */
enum kr_err kr_interim_transcript_hash(uint8_t out[KR_MLS_HASH_BYTES],
	struct kr_view confirmed_hash, struct kr_view confirmation_tag);

/* confirmation_tag = MAC(confirmation_key, confirmed_transcript_hash), §8.1. To check a
 * peer's there is kr_hmac_verify, which compares in constant time. */
void kr_confirmation_tag(uint8_t tag[KR_HMAC_BYTES],
	const struct kr_secret *confirmation_key, struct kr_view confirmed_hash);

/* One input of psk_secret: the encoded PreSharedKeyID (with its nonce) and the key. */
struct kr_psk_input {
	struct kr_view encoded_id;
	struct kr_view psk;
};

/* psk_secret, §8.4, over the keys in their order; all zero for no keys.
 *   num at most 65,535, what a uint16 index and count can number
 * Returns KR_OK, KR_ERR_LIMIT (num), KR_ERR_TOO_LARGE (an encoded_id of 2^30 - 4 bytes),
 * KR_ERR_MEMORY. */
enum kr_err kr_psk_secret(
	struct kr_secret *out, const struct kr_psk_input *psks, size_t num);

#endif
