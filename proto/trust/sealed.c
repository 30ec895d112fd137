/* A text for a few people: encrypted once, its key wrapped for each. TRUST.md §7. */
#include "proto/trust/record.h"

#include <string.h>

#define LABEL         "kring sealed v1"
#define WRAPPED_BYTES ((size_t)KR_SECRET_BYTES + KR_HPKE_TAG_BYTES)
#define WRAP_BYTES    (KR_X25519_BYTES + KR_HPKE_ENC_BYTES + WRAPPED_BYTES)
#define CONTEXT_MAX   256

/* label, purpose, context; recipient, commitment, hash of the ciphertext. */
#define AAD_MAX  (1 + 15 + 1 + 2 + CONTEXT_MAX)
#define INFO_MAX (AAD_MAX + 3 * 32)

static const size_t classes[] = {1024, KR_SEALED_STORAGE};

struct sealed {
	const uint8_t *commitment;
	struct kr_view ciphertext;
	struct kr_view wraps;
};

/* ---- What both sides compute ---------------------------------------------------- */

static struct kr_view sealed_aad(
	uint8_t space[AAD_MAX], enum kr_sealed_purpose purpose, struct kr_view context)
{
	struct kr_writer w;

	kr_writer_init_fixed(&w, space, AAD_MAX);
	kr_write_vec(&w, kr_view_str(LABEL));
	kr_write_u8(&w, (uint8_t)purpose);
	kr_write_vec(&w, context);
	return kr_writer_view(&w);
}

/* A wrap is good for this text and this recipient only. */
static struct kr_view wrap_info(uint8_t space[INFO_MAX], struct kr_view aad,
	const uint8_t recipient[KR_X25519_BYTES], const struct sealed *s)
{
	uint8_t hash[KR_SHA256_BYTES];
	struct kr_writer w;

	kr_sha256(hash, s->ciphertext);
	kr_writer_init_fixed(&w, space, INFO_MAX);
	kr_write_fixed(&w, aad);
	kr_write_fixed(&w, kr_view(recipient, KR_X25519_BYTES));
	kr_write_fixed(&w, kr_view(s->commitment, KR_SHA256_BYTES));
	kr_write_fixed(&w, kr_view(hash, sizeof(hash)));
	return kr_writer_view(&w);
}

/* ChaCha20-Poly1305 does not commit to its key: without the commitment one ciphertext
 * could open to two texts, for two coordinators. */
static void derive_keys(struct kr_secret *key, uint8_t commitment[KR_SHA256_BYTES],
	const struct kr_secret *secret)
{
	kr_hkdf_expand(key->bytes, sizeof(key->bytes), secret,
		kr_view_str("kring sealed key v1"));
	kr_hkdf_expand(commitment, KR_SHA256_BYTES, secret,
		kr_view_str("kring sealed commitment v1"));
}

/* Each key encrypts once, so that the nonce may be the same. */
static const uint8_t zero_nonce[KR_AEAD_NONCE_BYTES];

/* ---- Writing -------------------------------------------------------------------- */

/* struct { opaque text<V>; zeroes up to the class }; returns the class. */
static size_t pad(uint8_t padded[KR_SEALED_STORAGE], struct kr_view text)
{
	struct kr_writer w;

	memset(padded, 0, KR_SEALED_STORAGE);
	kr_writer_init_fixed(&w, padded, KR_SEALED_STORAGE);
	kr_write_vec(&w, text);
	return w.len <= classes[0] ? classes[0] : classes[1];
}

static enum kr_err write_wraps(struct kr_writer *w, struct kr_view aad,
	const struct sealed *s, const struct kr_secret *secret, struct kr_view recipients,
	const struct kr_random *rng)
{
	size_t begin = kr_write_vec_begin(w);

	for (size_t at = 0; at < recipients.len; at += KR_X25519_BYTES) {
		const uint8_t *recipient = recipients.data + at;
		uint8_t info[INFO_MAX];
		uint8_t enc[KR_HPKE_ENC_BYTES];
		uint8_t wrapped[WRAPPED_BYTES];
		enum kr_err err = kr_hpke_seal(enc, wrapped, recipient,
			wrap_info(info, aad, recipient, s), kr_view(NULL, 0),
			kr_view_secret(secret), rng);

		if (err != KR_OK) {
			return err;
		}
		kr_write_fixed(w, kr_view(recipient, KR_X25519_BYTES));
		kr_write_fixed(w, kr_view(enc, sizeof(enc)));
		kr_write_fixed(w, kr_view(wrapped, sizeof(wrapped)));
	}
	kr_write_vec_end(w, begin);
	return KR_OK;
}

static enum kr_err write_sealed(struct kr_writer *w, struct kr_view aad,
	struct kr_view text, struct kr_view recipients, const struct kr_random *rng)
{
	KR_AUTO_WIPE struct kr_secret secret = {0};
	KR_AUTO_WIPE struct kr_secret key = {0};
	uint8_t commitment[KR_SHA256_BYTES];
	uint8_t space[KR_SEALED_STORAGE + KR_AEAD_TAG_BYTES];
	struct sealed s = {.commitment = commitment};
	size_t len;
	enum kr_err err;

	if ((err = kr_random_secret(rng, &secret))) {
		return err;
	}
	derive_keys(&key, commitment, &secret);
	len = pad(space, text);
	kr_aead_seal(space, &key, zero_nonce, aad, kr_view(space, len));
	s.ciphertext = kr_view(space, len + KR_AEAD_TAG_BYTES);
	kr_write_fixed(w, kr_view(commitment, sizeof(commitment)));
	kr_write_vec(w, s.ciphertext);
	return write_wraps(w, aad, &s, &secret, recipients, rng);
}

void kr_sealed_write(struct kr_writer *w, enum kr_sealed_purpose purpose,
	struct kr_view context, struct kr_view text, struct kr_view recipients,
	const struct kr_random *rng)
{
	uint8_t aad[AAD_MAX];

	if (recipients.len == 0 || recipients.len % KR_X25519_BYTES != 0 ||
		recipients.len / KR_X25519_BYTES > KR_SEALED_RECIPIENTS_MAX ||
		context.len > CONTEXT_MAX) {
		kr_writer_fail(w, KR_ERR_ARGUMENT);
		return;
	}
	if (text.len > KR_SEALED_TEXT_MAX) {
		kr_writer_fail(w, KR_ERR_TOO_LARGE);
		return;
	}
	kr_writer_fail(w,
		write_sealed(
			w, sealed_aad(aad, purpose, context), text, recipients, rng));
}

/* ---- Reading -------------------------------------------------------------------- */

static bool is_class(size_t len)
{
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		if (len == classes[i]) {
			return true;
		}
	}
	return false;
}

static enum kr_err read_sealed(struct sealed *s, struct kr_reader *r)
{
	struct kr_view commitment;
	enum kr_err err;

	if ((err = kr_read_fixed(r, KR_SHA256_BYTES, &commitment)) ||
		(err = kr_read_vec(r, &s->ciphertext)) ||
		(err = kr_read_vec(r, &s->wraps))) {
		return err;
	}
	s->commitment = commitment.data;
	if (s->ciphertext.len < KR_AEAD_TAG_BYTES ||
		!is_class(s->ciphertext.len - KR_AEAD_TAG_BYTES) || s->wraps.len == 0 ||
		s->wraps.len % WRAP_BYTES != 0) {
		return KR_ERR_ENCODING;
	}
	return s->wraps.len / WRAP_BYTES > KR_SEALED_RECIPIENTS_MAX ? KR_ERR_TOO_LARGE
								    : KR_OK;
}

enum kr_err kr_sealed_read(struct kr_reader *r, struct kr_view *sealed)
{
	struct kr_reader ahead = *r;
	struct sealed s;
	enum kr_err err = read_sealed(&s, &ahead);

	*sealed = kr_view(NULL, 0);
	if (err == KR_OK) {
		*sealed = kr_view(r->rest.data, r->rest.len - ahead.rest.len);
		*r = ahead;
	}
	return err;
}

static enum kr_err unwrap(struct kr_secret *secret, const struct sealed *s,
	struct kr_view aad, const struct kr_x25519_keypair *recipient)
{
	for (size_t at = 0; at < s->wraps.len; at += WRAP_BYTES) {
		const uint8_t *wrap = s->wraps.data + at;
		uint8_t info[INFO_MAX];

		if (memcmp(wrap, recipient->public_key, KR_X25519_BYTES) == 0) {
			return kr_hpke_open(secret->bytes, &recipient->secret,
				wrap_info(info, aad, recipient->public_key, s),
				kr_view(NULL, 0),
				kr_view(wrap + KR_X25519_BYTES, KR_HPKE_ENC_BYTES),
				kr_view(wrap + KR_X25519_BYTES + KR_HPKE_ENC_BYTES,
					WRAPPED_BYTES));
		}
	}
	return KR_ERR_NOT_RECIPIENT;
}

/* The text inside, followed by nothing but zeroes, in the smallest class that holds
 * it. */
static enum kr_err unpad(struct kr_view *text, struct kr_view padded)
{
	struct kr_reader r = kr_reader(padded);
	size_t used;

	if (kr_read_vec(&r, text) != KR_OK) {
		return KR_ERR_PADDING;
	}
	for (size_t i = 0; i < r.rest.len; i++) {
		if (r.rest.data[i] != 0) {
			return KR_ERR_PADDING;
		}
	}
	used = padded.len - r.rest.len;
	return padded.len == classes[0] || used > classes[0] ? KR_OK : KR_ERR_PADDING;
}

static enum kr_err open_sealed(struct kr_view *text, uint8_t storage[KR_SEALED_STORAGE],
	const struct sealed *s, struct kr_view aad,
	const struct kr_x25519_keypair *recipient)
{
	KR_AUTO_WIPE struct kr_secret secret = {0};
	KR_AUTO_WIPE struct kr_secret key = {0};
	uint8_t commitment[KR_SHA256_BYTES];
	enum kr_err err;

	if ((err = unwrap(&secret, s, aad, recipient))) {
		return err;
	}
	derive_keys(&key, commitment, &secret);
	if (!kr_equal_ct(commitment, s->commitment, sizeof(commitment))) {
		return KR_ERR_COMMITMENT;
	}
	if ((err = kr_aead_open(storage, &key, zero_nonce, aad, s->ciphertext))) {
		return err;
	}
	return unpad(text, kr_view(storage, s->ciphertext.len - KR_AEAD_TAG_BYTES));
}

enum kr_err kr_sealed_open(struct kr_view *text, uint8_t storage[KR_SEALED_STORAGE],
	struct kr_view sealed, enum kr_sealed_purpose purpose, struct kr_view context,
	const struct kr_x25519_keypair *recipient)
{
	struct kr_reader r = kr_reader(sealed);
	uint8_t aad[AAD_MAX];
	struct sealed s;
	enum kr_err err = KR_ERR_ARGUMENT;

	*text = kr_view(NULL, 0);
	memset(storage, 0, KR_SEALED_STORAGE);
	if (context.len <= CONTEXT_MAX && !(err = read_sealed(&s, &r)) &&
		!(err = kr_read_end(&r))) {
		err = open_sealed(
			text, storage, &s, sealed_aad(aad, purpose, context), recipient);
	}
	if (err != KR_OK) {
		*text = kr_view(NULL, 0);
		kr_wipe(storage, KR_SEALED_STORAGE);
	}
	return err;
}
