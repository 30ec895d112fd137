/* The key schedule, transcript hashes and pre-shared keys: RFC 9420 §8. */
#ifndef KR_MLS_KEY_SCHEDULE_H
#define KR_MLS_KEY_SCHEDULE_H

#include <kring/mls.h>

/* The secrets of one epoch, §8 table 4. */
struct kr_epoch_secrets {
	struct kr_secret init_secret; /* for the next epoch */
	struct kr_secret sender_data_secret;
	struct kr_secret encryption_secret;
	struct kr_secret exporter_secret;
	struct kr_secret external_secret;
	struct kr_secret confirmation_key;
	struct kr_secret membership_key;
	struct kr_secret resumption_psk;
	uint8_t epoch_authenticator[KR_SECRET_BYTES];
};

/* joiner_secret = ExpandWithLabel(Extract(init_secret, commit_secret), "joiner",
 * GroupContext, Nh). group_context is encoded. */
enum kr_err kr_joiner_secret(struct kr_secret *joiner, const struct kr_secret *init_secret,
	const struct kr_secret *commit_secret, struct kr_view group_context);

/* All secrets of the epoch from joiner_secret, psk_secret and the encoded GroupContext. */
enum kr_err kr_epoch_secrets_derive(struct kr_epoch_secrets *out,
	const struct kr_secret *joiner, const struct kr_secret *psk_secret,
	struct kr_view group_context);
void kr_epoch_secrets_wipe(struct kr_epoch_secrets *secrets);

/* The key and nonce that encrypt the GroupInfo in a Welcome, §12.4.3.1. */
enum kr_err kr_welcome_key_nonce(struct kr_secret *key, uint8_t nonce[KR_AEAD_NONCE_BYTES],
	const struct kr_secret *joiner, const struct kr_secret *psk_secret);

/* MLS-Exporter, §8.5. */
enum kr_err kr_exporter(uint8_t *out, size_t len, const struct kr_secret *exporter_secret,
	const char *label, struct kr_view context);

/* The key pair of external joins, §8.3: KEM.DeriveKeyPair(external_secret). */
enum kr_err kr_external_keypair(struct kr_x25519_keypair *out,
	const struct kr_secret *external_secret);

/* §8.3: SetupBaseS/SetupBaseR with external_pub, export "MLS 1.0 external init secret". */
enum kr_err kr_external_init_send(uint8_t kem_output[KR_X25519_BYTES],
	struct kr_secret *init_secret, const uint8_t external_pub[KR_X25519_BYTES],
	const struct kr_random *rng);
enum kr_err kr_external_init_receive(struct kr_secret *init_secret, struct kr_view kem_output,
	const struct kr_x25519_keypair *external);

/* §8.2. content is the encoded FramedContent, wire_format comes before it; the signature is
 * its value, without length. interim_before may be empty (epoch 0). */
enum kr_err kr_confirmed_transcript_hash(uint8_t out[KR_MLS_HASH_BYTES],
	struct kr_view interim_before, uint16_t wire_format, struct kr_view content,
	struct kr_view signature);
enum kr_err kr_interim_transcript_hash(uint8_t out[KR_MLS_HASH_BYTES],
	struct kr_view confirmed_hash, struct kr_view confirmation_tag);

/* confirmation_tag = MAC(confirmation_key, confirmed_transcript_hash), §8.1. */
void kr_confirmation_tag(uint8_t tag[KR_HMAC_BYTES], const struct kr_secret *confirmation_key,
	struct kr_view confirmed_hash);

/* One input of psk_secret: the encoded PreSharedKeyID (with its nonce) and the key. */
struct kr_psk_input {
	struct kr_view encoded_id;
	struct kr_view psk;
};

/* §8.4; all zero for no keys. num is at most 65,535 (KR_ERR_LIMIT). */
enum kr_err kr_psk_secret(struct kr_secret *out, const struct kr_psk_input *psks, size_t num);

#endif
