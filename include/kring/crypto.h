/* The primitives of Kring's cipher suite on libsodium, and the labelled functions of MLS.
 *
 * MLS suite 0x0003: X25519, HKDF-SHA256, ChaCha20-Poly1305, SHA-256, Ed25519. Nothing in
 * here reads a clock, and randomness is a parameter. Only labelled signatures and
 * Argon2id allocate. Inputs are views, outputs are the caller's storage with its length
 * in the prototype. */
#ifndef KRING_CRYPTO_H
#define KRING_CRYPTO_H

#include <kring/bytes.h>

#define KR_SHA256_BYTES         32
#define KR_SHA512_BYTES         64
#define KR_HMAC_BYTES           32
#define KR_AEAD_KEY_BYTES       32
#define KR_AEAD_NONCE_BYTES     12
#define KR_AEAD_TAG_BYTES       16
#define KR_X25519_BYTES         32
#define KR_ED25519_PUBLIC_BYTES 32
#define KR_ED25519_SIG_BYTES    64
#define KR_RISTRETTO_BYTES      32

/* Call once before anything else, from one thread; again is harmless. KR_ERR_RANDOM. */
enum kr_err kr_crypto_init(void);

/* Constant-time comparison of len bytes. */
bool kr_equal_ct(const uint8_t *a, const uint8_t *b, size_t len);
bool kr_secret_equal(const struct kr_secret *a, const struct kr_secret *b);

/* ---- Randomness -------------------------------------------------------------------- */

/* A source of random bytes. fill either fills all of out or returns KR_ERR_RANDOM. */
struct kr_random {
	enum kr_err (*fill)(void *ctx, uint8_t *out, size_t len);
	void *ctx;
};

enum kr_err kr_random_fill(const struct kr_random *rng, uint8_t *out, size_t len);
enum kr_err kr_random_secret(const struct kr_random *rng, struct kr_secret *out);

/* The operating system's generator. */
extern const struct kr_random kr_random_system;

/* A deterministic stream from a seed (ChaCha20, RFC 8439), for tests and for replaying a
 * client: the same seed gives the same bytes. */
struct kr_random_seeded {
	struct kr_secret seed;
	uint64_t num_calls; /* each call has a nonce of its own */
};
void kr_random_seeded_init(struct kr_random_seeded *state, const struct kr_secret *seed);
struct kr_random kr_random_seeded(struct kr_random_seeded *state);

/* ---- Hash, MAC, KDF ---------------------------------------------------------------- */

void kr_sha256(uint8_t out[KR_SHA256_BYTES], struct kr_view in);
void kr_sha512(uint8_t out[KR_SHA512_BYTES], struct kr_view in);

/* Incremental SHA-256. _final wipes the state. */
struct kr_sha256 {
	uint64_t opaque[13];
};
void kr_sha256_init(struct kr_sha256 *h);
void kr_sha256_update(struct kr_sha256 *h, struct kr_view in);
void kr_sha256_final(struct kr_sha256 *h, uint8_t out[KR_SHA256_BYTES]);

/* Incremental SHA-512. */
struct kr_sha512 {
	uint64_t opaque[26];
};
void kr_sha512_init(struct kr_sha512 *h);
void kr_sha512_update(struct kr_sha512 *h, struct kr_view in);
void kr_sha512_final(struct kr_sha512 *h, uint8_t out[KR_SHA512_BYTES]);

/* HMAC-SHA256, RFC 2104; a key of any length. */
void kr_hmac(uint8_t out[KR_HMAC_BYTES], struct kr_view key, struct kr_view in);

/* HMAC verification in constant time over the full length. KR_ERR_MAC, also when the tag
 * has another length than KR_HMAC_BYTES. */
enum kr_err kr_hmac_verify(struct kr_view tag, struct kr_view key, struct kr_view in);

/* HKDF-Extract, RFC 5869 §2.2. An empty salt is 32 zero bytes. */
void kr_hkdf_extract(struct kr_secret *prk, struct kr_view salt, struct kr_view ikm);

/* HKDF-Expand, RFC 5869 §2.3. KR_ERR_ARGUMENT if out_len exceeds 255 * 32. */
enum kr_err kr_hkdf_expand(
	uint8_t *out, size_t out_len, const struct kr_secret *prk, struct kr_view info);

/* The same two over an input in parts, as if they were joined: for labelled inputs of any
 * length without a buffer to join them in. */
void kr_hkdf_extract_parts(struct kr_secret *prk, struct kr_view salt,
	const struct kr_view *ikm, size_t num_parts);
enum kr_err kr_hkdf_expand_parts(uint8_t *out, size_t out_len,
	const struct kr_secret *prk, const struct kr_view *info, size_t num_parts);

/* ---- AEAD: ChaCha20-Poly1305, RFC 8439 --------------------------------------------- */

/* ct is pt.len + KR_AEAD_TAG_BYTES bytes of the caller's storage; it may be pt's own
 * storage. */
void kr_aead_seal(uint8_t *ct, const struct kr_secret *key,
	const uint8_t nonce[KR_AEAD_NONCE_BYTES], struct kr_view aad, struct kr_view pt);

/* pt is ct.len - KR_AEAD_TAG_BYTES bytes. KR_ERR_DECRYPT; then pt is zeroed. */
enum kr_err kr_aead_open(uint8_t *pt, const struct kr_secret *key,
	const uint8_t nonce[KR_AEAD_NONCE_BYTES], struct kr_view aad, struct kr_view ct);

/* The keystream alone, for tests of formats and for the seeded generator. */
void kr_chacha20(uint8_t *out, size_t len, const struct kr_secret *key,
	const uint8_t nonce[KR_AEAD_NONCE_BYTES]);

/* ---- X25519, RFC 7748 -------------------------------------------------------------- */

struct kr_x25519_keypair {
	struct kr_secret secret;
	uint8_t public_key[KR_X25519_BYTES];
};

void kr_x25519_public(
	uint8_t public_key[KR_X25519_BYTES], const struct kr_secret *secret);
enum kr_err kr_x25519_generate(
	struct kr_x25519_keypair *out, const struct kr_random *rng);
void kr_x25519_keypair_wipe(struct kr_x25519_keypair *pair);

/* KR_ERR_KEY if the shared secret is all zero (a low-order point; RFC 9180 §7.1.4). */
enum kr_err kr_x25519(struct kr_secret *shared, const struct kr_secret *secret,
	const uint8_t public_key[KR_X25519_BYTES]);

/* ---- Ed25519, RFC 8032 ------------------------------------------------------------- */

/* Comes from _from_seed or _generate, always: a signature made with another public key
 * than the seed's own gives the seed away. */
struct kr_ed25519_keypair {
	struct kr_secret seed;
	uint8_t public_key[KR_ED25519_PUBLIC_BYTES];
};

void kr_ed25519_from_seed(struct kr_ed25519_keypair *out, const struct kr_secret *seed);
enum kr_err kr_ed25519_generate(
	struct kr_ed25519_keypair *out, const struct kr_random *rng);
void kr_ed25519_keypair_wipe(struct kr_ed25519_keypair *pair);
void kr_ed25519_sign(uint8_t sig[KR_ED25519_SIG_BYTES],
	const struct kr_ed25519_keypair *signer, struct kr_view message);

/* KR_ERR_SIGNATURE; also for a signature of another length, a non-canonical S, a public
 * key that is no point or of small order. */
enum kr_err kr_ed25519_verify(struct kr_view sig,
	const uint8_t public_key[KR_ED25519_PUBLIC_BYTES], struct kr_view message);

/* ---- ristretto255, RFC 9496 -------------------------------------------------------- */

struct kr_ristretto_scalar {
	uint8_t bytes[KR_RISTRETTO_BYTES]; /* little-endian, below the group order */
};
struct kr_ristretto_element {
	uint8_t bytes[KR_RISTRETTO_BYTES]; /* canonical encoding */
};

/* KR_ERR_KEY unless below the order. Zero is allowed here and refused where a rule says
 * so. in may be the storage of out, here and in the next. */
enum kr_err kr_ristretto_scalar_decode(
	struct kr_ristretto_scalar *out, const uint8_t in[KR_RISTRETTO_BYTES]);
/* KR_ERR_KEY unless a canonical encoding of an element other than the identity. */
enum kr_err kr_ristretto_element_decode(
	struct kr_ristretto_element *out, const uint8_t in[KR_RISTRETTO_BYTES]);
bool kr_ristretto_scalar_is_zero(const struct kr_ristretto_scalar *s); /* constant time */
void kr_ristretto_scalar_reduce(struct kr_ristretto_scalar *out, const uint8_t wide[64]);
void kr_ristretto_scalar_add(struct kr_ristretto_scalar *out,
	const struct kr_ristretto_scalar *a, const struct kr_ristretto_scalar *b);
void kr_ristretto_scalar_sub(struct kr_ristretto_scalar *out,
	const struct kr_ristretto_scalar *a, const struct kr_ristretto_scalar *b);
void kr_ristretto_scalar_mul(struct kr_ristretto_scalar *out,
	const struct kr_ristretto_scalar *a, const struct kr_ristretto_scalar *b);
/* KR_ERR_KEY for zero. */
enum kr_err kr_ristretto_scalar_invert(
	struct kr_ristretto_scalar *out, const struct kr_ristretto_scalar *s);
void kr_ristretto_scalar_wipe(struct kr_ristretto_scalar *s);
void kr_ristretto_from_hash(struct kr_ristretto_element *out, const uint8_t hash[64]);
/* Results that are the identity are KR_ERR_KEY in the two multiplications. */
enum kr_err kr_ristretto_mul(struct kr_ristretto_element *out,
	const struct kr_ristretto_scalar *s, const struct kr_ristretto_element *e);
enum kr_err kr_ristretto_mul_base(
	struct kr_ristretto_element *out, const struct kr_ristretto_scalar *s);
/* KR_ERR_KEY if an operand is no element. */
enum kr_err kr_ristretto_add(struct kr_ristretto_element *out,
	const struct kr_ristretto_element *a, const struct kr_ristretto_element *b);

/* ---- Argon2id, RFC 9106 ------------------------------------------------------------ */

/* One lane, memory in bytes, salt of 16 bytes. KR_ERR_MEMORY, KR_ERR_ARGUMENT. */
enum kr_err kr_argon2id(uint8_t *out, size_t out_len, struct kr_view password,
	const uint8_t salt[16], unsigned num_passes, size_t memory_bytes);

/* ---- The labelled functions of MLS ------------------------------------------------- */

/* ExpandWithLabel, RFC 9420 §8: HKDF-Expand with KDFLabel{length, "MLS 1.0 " + label,
 * context}. KR_ERR_ARGUMENT for an out_len above 255 * 32, KR_ERR_TOO_LARGE for a context
 * above KR_VARINT_MAX; then out is zeroed. context may not overlap out. */
enum kr_err kr_expand_with_label(uint8_t *out, size_t out_len,
	const struct kr_secret *secret, const char *label, struct kr_view context);

/* DeriveSecret, RFC 9420 §8: 32 bytes, empty context. out may be secret. Cannot
 * fail with the labels of MLS. */
enum kr_err kr_derive_secret(
	struct kr_secret *out, const struct kr_secret *secret, const char *label);

/* DeriveTreeSecret, RFC 9420 §9: the generation is the context. out may not overlap
 * secret. KR_ERR_ARGUMENT as kr_expand_with_label. */
enum kr_err kr_derive_tree_secret(uint8_t *out, size_t out_len,
	const struct kr_secret *secret, const char *label, uint32_t generation);

/* SignWithLabel, RFC 9420 §5.1.2. KR_ERR_MEMORY. */
enum kr_err kr_sign_with_label(uint8_t sig[KR_ED25519_SIG_BYTES],
	const struct kr_ed25519_keypair *signer, const char *label,
	struct kr_view content);

/* VerifyWithLabel. KR_ERR_SIGNATURE, KR_ERR_MEMORY. */
enum kr_err kr_verify_with_label(struct kr_view sig,
	const uint8_t public_key[KR_ED25519_PUBLIC_BYTES], const char *label,
	struct kr_view content);

/* RefHash, RFC 9420 §5.2: the label is taken whole ("MLS 1.0 Proposal Reference").
 * KR_ERR_TOO_LARGE for a value above KR_VARINT_MAX; then out is zeroed. */
enum kr_err kr_ref_hash(
	uint8_t out[KR_SHA256_BYTES], const char *label, struct kr_view value);

#endif
