/* Hybrid public key encryption, RFC 9180.
 *
 * One suite: DHKEM(X25519, HKDF-SHA256) 0x0020, HKDF-SHA256 0x0001, ChaCha20-Poly1305
 * 0x0003 (or export-only 0xffff), in the four modes base, psk, auth and auth_psk. Nothing
 * in here allocates, and every intermediate secret is wiped before a function returns.
 *
 * To seal one message for a public key, call kr_hpke_seal and kr_hpke_open; in the other
 * modes kr_hpke_seal_once and kr_hpke_open_once. For several messages to one recipient,
 * or for exported secrets, set up a context on each side. For MLS there are
 * kr_encrypt_with_label and kr_decrypt_with_label.
 *
 * What HPKE does not give: a recipient is not told who sealed (base and psk), a sealed
 * message can be replayed, and nothing is forward secret against the loss of the
 * recipient's key. */
#ifndef KRING_HPKE_H
#define KRING_HPKE_H

#include <kring/crypto.h>

#define KR_HPKE_ENC_BYTES     32
#define KR_HPKE_TAG_BYTES     KR_AEAD_TAG_BYTES
#define KR_HPKE_PSK_BYTES_MIN 32
#define KR_HPKE_EXPORT_MAX    ((size_t)255 * 32)

/* ---- One message, mode base -------------------------------------------------------- */

/* HPKE SealBase, RFC 9180 §6.1: one message, empty psk.
 *   enc  encapsulated X25519 key, sent with the ciphertext
 *   ct   pt.len + KR_HPKE_TAG_BYTES bytes, caller's storage; may not overlap pt
 *   pk   the recipient's X25519 public key
 *   info what both sides know about the purpose; may be empty
 *   aad  authenticated, not encrypted; may be empty
 * Returns KR_OK, KR_ERR_KEY (pk is a low-order point), KR_ERR_RANDOM. On an error enc and
 * ct are zeroed. */
enum kr_err kr_hpke_seal(uint8_t enc[KR_HPKE_ENC_BYTES], uint8_t *ct,
	const uint8_t pk[KR_X25519_BYTES], struct kr_view info, struct kr_view aad,
	struct kr_view pt, const struct kr_random *rng);

/* HPKE OpenBase, RFC 9180 §6.1.
 *   pt   ct.len - KR_HPKE_TAG_BYTES bytes, caller's storage; may not overlap ct
 *   sk   the recipient's X25519 private key
 *   enc  KR_HPKE_ENC_BYTES bytes as they came
 * Returns KR_OK, KR_ERR_KEY (enc has another length or is a low-order point),
 * KR_ERR_DECRYPT (anything else: the wrong key, info, aad or a changed ciphertext). On an
 * error pt is zeroed. */
enum kr_err kr_hpke_open(uint8_t *pt, const struct kr_secret *sk, struct kr_view info,
	struct kr_view aad, struct kr_view enc, struct kr_view ct);

/* ---- Keys -------------------------------------------------------------------------- */

/* DeriveKeyPair, RFC 9180 §7.1.3 for X25519. MLS makes its node keys so.
 *   ikm  at least KR_SECRET_BYTES bytes of secret keying material
 * Returns KR_OK or KR_ERR_ARGUMENT (ikm too short); then out is zeroed. */
enum kr_err kr_hpke_derive_keypair(struct kr_x25519_keypair *out, struct kr_view ikm);

/* GenerateKeyPair: DeriveKeyPair of 32 random bytes. Returns KR_OK or KR_ERR_RANDOM. */
enum kr_err kr_hpke_generate_keypair(
	struct kr_x25519_keypair *out, const struct kr_random *rng);

/* ---- Contexts, all modes ----------------------------------------------------------- */

/* RFC 9180 §5, table 1. */
enum kr_hpke_mode {
	KR_HPKE_BASE = 0x00,
	KR_HPKE_PSK = 0x01,
	KR_HPKE_AUTH = 0x02,
	KR_HPKE_AUTH_PSK = 0x03,
};

/* RFC 9180 §7.3. Zero is deliberately none. */
enum kr_hpke_aead {
	KR_HPKE_CHACHA20_POLY1305 = 0x0003,
	KR_HPKE_EXPORT_ONLY = 0xffff,
};

/* What both sides must agree on. Views are borrowed for the call only. */
struct kr_hpke_params {
	enum kr_hpke_mode mode;
	enum kr_hpke_aead aead;
	struct kr_view info;
	/* Modes psk and auth_psk: both given, psk of at least KR_HPKE_PSK_BYTES_MIN
	 * bytes, and as hard to guess as that; else both empty (RFC 9180 §5.1,
	 * VerifyPSKInputs). */
	struct kr_view psk;
	struct kr_view psk_id;
};

enum kr_hpke_role {
	KR_HPKE_ROLE_NONE, /* a zeroed context can do nothing */
	KR_HPKE_ROLE_SENDER,
	KR_HPKE_ROLE_RECEIVER,
};

/* One direction, from one sender to one recipient. Holds secrets: end with
 * kr_hpke_context_finish. Not for two threads at once. */
struct kr_hpke_context {
	struct kr_secret key;
	struct kr_secret exporter_secret;
	uint64_t seq; /* of the next message; both sides count alike */
	uint8_t base_nonce[KR_AEAD_NONCE_BYTES];
	enum kr_hpke_aead aead;
	enum kr_hpke_role role;
};

/* SetupBaseS, SetupPSKS, SetupAuthS and SetupAuthPSKS, RFC 9180 §5.1, by params->mode.
 *   enc       encapsulated key, to be sent to the recipient
 *   pk        the recipient's X25519 public key
 *   sender_sk modes auth and auth_psk: the sender's private key; else NULL
 * Returns KR_OK, KR_ERR_ARGUMENT (psk or sender_sk do not fit the mode; an unknown mode
 * or AEAD), KR_ERR_KEY (pk is a low-order point), KR_ERR_RANDOM. On an error enc and the
 * context are zeroed. */
enum kr_err kr_hpke_sender_init(struct kr_hpke_context *context,
	uint8_t enc[KR_HPKE_ENC_BYTES], const struct kr_hpke_params *params,
	const uint8_t pk[KR_X25519_BYTES], const struct kr_secret *sender_sk,
	const struct kr_random *rng);

/* SetupBaseR, SetupPSKR, SetupAuthR and SetupAuthPSKR, RFC 9180 §5.1, by params->mode.
 *   sk        the recipient's X25519 private key
 *   sender_pk modes auth and auth_psk: the expected sender's KR_X25519_BYTES; else empty
 *   enc       KR_HPKE_ENC_BYTES bytes as they came
 * A context comes about for any well-formed enc; only the first open tells whether both
 * sides agree. Returns KR_OK, KR_ERR_ARGUMENT (as above, also a sender_pk of another
 * length), KR_ERR_KEY (enc has another length; enc or sender_pk is a low-order point). On
 * an error the context is zeroed. */
enum kr_err kr_hpke_receiver_init(struct kr_hpke_context *context,
	const struct kr_hpke_params *params, const struct kr_secret *sk,
	struct kr_view sender_pk, struct kr_view enc);

/* Seal<MODE> and Open<MODE>, RFC 9180 §6.1: a context for one message, in any mode.
 *   ct   pt.len + KR_HPKE_TAG_BYTES bytes, caller's storage; may not overlap pt
 *   pt   ct.len - KR_HPKE_TAG_BYTES bytes, caller's storage; may not overlap ct
 * Return what the set-up and the seal or open return. On an error the outputs are
 * zeroed. */
enum kr_err kr_hpke_seal_once(uint8_t enc[KR_HPKE_ENC_BYTES], uint8_t *ct,
	const struct kr_hpke_params *params, const uint8_t pk[KR_X25519_BYTES],
	const struct kr_secret *sender_sk, struct kr_view aad, struct kr_view pt,
	const struct kr_random *rng);
enum kr_err kr_hpke_open_once(uint8_t *pt, const struct kr_hpke_params *params,
	const struct kr_secret *sk, struct kr_view sender_pk, struct kr_view aad,
	struct kr_view enc, struct kr_view ct);

/* ContextS.Seal, RFC 9180 §5.2. Advances seq.
 *   ct   pt.len + KR_HPKE_TAG_BYTES bytes, caller's storage; may not overlap pt
 * Returns KR_OK, KR_ERR_STATE (not a sender's context, or export-only), KR_ERR_LIMIT
 * (2^64 - 1 messages are sealed). On an error ct is zeroed and seq unchanged. */
enum kr_err kr_hpke_context_seal(struct kr_hpke_context *context, uint8_t *ct,
	struct kr_view aad, struct kr_view pt);

/* ContextR.Open, RFC 9180 §5.2. Messages open in the order in which they were sealed; a
 * failure does not advance seq, so the true message can still follow a forged one.
 *   pt   ct.len - KR_HPKE_TAG_BYTES bytes, caller's storage; may not overlap ct
 * Returns KR_OK, KR_ERR_STATE (not a receiver's context, or export-only), KR_ERR_LIMIT,
 * KR_ERR_DECRYPT. On an error pt is zeroed. */
enum kr_err kr_hpke_context_open(struct kr_hpke_context *context, uint8_t *pt,
	struct kr_view aad, struct kr_view ct);

/* Context.Export, RFC 9180 §5.3; either role, at any time.
 *   out_len at most KR_HPKE_EXPORT_MAX
 * Returns KR_OK, KR_ERR_STATE (a zeroed context), KR_ERR_ARGUMENT (out_len). On an error
 * out is zeroed. */
enum kr_err kr_hpke_context_export(const struct kr_hpke_context *context, uint8_t *out,
	size_t out_len, struct kr_view exporter_context);

/* Wipe. Happy with NULL and with a zeroed context. */
void kr_hpke_context_finish(struct kr_hpke_context *context);

/* ---- The labelled functions of MLS ------------------------------------------------- */

#define KR_HPKE_LABEL_MAX 64

/* EncryptWithLabel, RFC 9420 §5.1.3: SealBase with info = EncryptContext{"MLS 1.0 " +
 * label, context} and an empty aad.
 *   ct      pt.len + KR_HPKE_TAG_BYTES bytes, caller's storage; may not overlap pt
 *   label   without the prefix, at most KR_HPKE_LABEL_MAX bytes
 *   context below 2^30 bytes
 * Returns as kr_hpke_seal, and KR_ERR_TOO_LARGE (label or context). */
enum kr_err kr_encrypt_with_label(uint8_t enc[KR_HPKE_ENC_BYTES], uint8_t *ct,
	const uint8_t pk[KR_X25519_BYTES], const char *label, struct kr_view context,
	struct kr_view pt, const struct kr_random *rng);

/* DecryptWithLabel, RFC 9420 §5.1.3.
 *   pt      ct.len - KR_HPKE_TAG_BYTES bytes, caller's storage; may not overlap ct
 * Returns as kr_hpke_open, and KR_ERR_TOO_LARGE (label or context). */
enum kr_err kr_decrypt_with_label(uint8_t *pt, const struct kr_secret *sk,
	const char *label, struct kr_view context, struct kr_view enc, struct kr_view ct);

#endif
