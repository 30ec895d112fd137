/* Envelopes, the wraps of their keys, and keys that are handed on. CASES.md §5. */
#include <kring/cases.h>

#include <string.h>

#include "proto/trust/record.h"

#define LABEL         "kring envelope v1"
#define WRAPPED_BYTES (KR_SECRET_BYTES + KR_HPKE_TAG_BYTES)
#define LENGTH_BYTES  4
/* label, case, event, type, kind; purpose, party, sealing number, commitment, hash. */
#define AAD_MAX   (1 + sizeof(LABEL) + KR_ID_BYTES + KR_EVENT_ID_BYTES + 2 + 1)
#define INFO_MAX  (AAD_MAX + 1 + KR_ID_BYTES + 8 + 2 * 32)
#define KEY_BYTES (8 + 1 + KR_SECRET_BYTES)

_Static_assert(KR_HPKE_ENC_BYTES + WRAPPED_BYTES == KR_WRAP_BYTES, "a wrap is both");

static const uint8_t zero_nonce[KR_AEAD_NONCE_BYTES];
static const uint8_t zero_secret[KR_SECRET_BYTES];

/* ---- What both sides compute --------------------------------------------------- */

static struct kr_view envelope_aad(
	uint8_t space[AAD_MAX], const struct kr_case_event *e, enum kr_envelope_kind kind)
{
	struct kr_writer w;

	kr_writer_init_fixed(&w, space, AAD_MAX);
	kr_write_vec(&w, kr_view_str(LABEL));
	kr_write_fixed(&w, kr_view_id(e->case_id));
	kr_write_fixed(&w, kr_view(e->event, sizeof(e->event)));
	kr_write_u16(&w, e->type);
	kr_write_u8(&w, (uint8_t)kind);
	return kr_writer_view(&w);
}

/* A wrap is good for this envelope, this recipient and this purpose only. */
static struct kr_view wrap_info(uint8_t space[INFO_MAX], const struct kr_case_event *e,
	const struct kr_recipient *to)
{
	const struct kr_envelope *envelope = &e->envelopes[to->envelope];
	uint8_t aad[AAD_MAX];
	uint8_t hash[KR_SHA256_BYTES];
	struct kr_writer w;

	kr_sha256(hash, envelope->ciphertext);
	kr_writer_init_fixed(&w, space, INFO_MAX);
	kr_write_fixed(&w, envelope_aad(aad, e, envelope->kind));
	kr_write_u8(&w, (uint8_t)to->purpose);
	kr_write_fixed(&w, kr_view_id(to->party));
	kr_write_u64(&w, to->sealing_number);
	kr_write_fixed(&w, kr_view_id(envelope->commitment));
	kr_write_fixed(&w, kr_view(hash, sizeof(hash)));
	return kr_writer_view(&w);
}

/* ChaCha20-Poly1305 does not commit to its key: without the commitment one ciphertext
 * could read differently for owner and fallback. */
static void derive_keys(struct kr_secret *key, uint8_t commitment[KR_SHA256_BYTES],
	const uint8_t secret[KR_SECRET_BYTES])
{
	KR_AUTO_WIPE struct kr_secret prk = {0};

	memcpy(prk.bytes, secret, sizeof(prk.bytes));
	kr_hkdf_expand(
		key->bytes, sizeof(key->bytes), &prk, kr_view_str("kring case key v1"));
	kr_hkdf_expand(commitment, KR_SHA256_BYTES, &prk,
		kr_view_str("kring case commitment v1"));
}

/* ---- Envelopes ----------------------------------------------------------------- */

size_t kr_envelope_size(unsigned type, enum kr_envelope_kind kind, size_t text_len)
{
	static const size_t sizes[] = {
		KR_CASE_SIZE_SMALL, KR_CASE_SIZE_MEDIUM, KR_CASE_SIZE_LARGE};
	bool is_signal = type == KR_EVENT_SUBMITTED && kind == KR_ENVELOPE_WORDS;
	size_t num = kind == KR_ENVELOPE_IDENTITY ? 1 : sizeof(sizes) / sizeof(sizes[0]);

	for (size_t i = is_signal ? 1 : 0; i < num; i++) {
		if (text_len <= sizes[i] - LENGTH_BYTES) {
			return sizes[i];
		}
	}
	return 0;
}

enum kr_err kr_envelope_seal(struct kr_case_event *e, struct kr_envelope_secret *secret,
	uint8_t *storage, enum kr_envelope_kind kind, struct kr_view text,
	const struct kr_random *rng)
{
	KR_AUTO_WIPE struct kr_secret key = {0};
	size_t size = kr_envelope_size(e->type, kind, text.len);
	uint8_t aad[AAD_MAX];
	struct kr_envelope *envelope;
	struct kr_writer w;
	enum kr_err err;

	memset(secret, 0, sizeof(*secret));
	if (size == 0) {
		return KR_ERR_TOO_LARGE;
	}
	if (e->num_envelopes >= KR_ENVELOPES_MAX) {
		return KR_ERR_LIMIT;
	}
	if ((err = kr_random_fill(rng, secret->bytes, sizeof(secret->bytes)))) {
		return err;
	}
	secret->kind = (uint8_t)kind;
	kr_writer_init_fixed(&w, storage, size);
	kr_write_u32(&w, (uint32_t)text.len);
	kr_write_fixed(&w, text);
	kr_write_zeroes(&w, size - w.len);
	envelope = &e->envelopes[e->num_envelopes++];
	envelope->kind = kind;
	derive_keys(&key, envelope->commitment, secret->bytes);
	kr_aead_seal(storage, &key, zero_nonce, envelope_aad(aad, e, kind),
		kr_writer_view(&w));
	envelope->ciphertext = kr_view(storage, size + KR_AEAD_TAG_BYTES);
	return KR_OK;
}

/* The text, followed by nothing but zeroes, in the least size that holds it. */
static enum kr_err unpad(struct kr_view *text, const struct kr_case_event *e,
	enum kr_envelope_kind kind, struct kr_view padded)
{
	struct kr_reader r = kr_reader(padded);
	uint32_t len;

	if (kr_read_u32(&r, &len) != KR_OK || kr_read_fixed(&r, len, text) != KR_OK ||
		kr_envelope_size(e->type, kind, len) != padded.len) {
		return KR_ERR_PADDING;
	}
	for (size_t i = 0; i < r.rest.len; i++) {
		if (r.rest.data[i] != 0) {
			return KR_ERR_PADDING;
		}
	}
	return KR_OK;
}

static enum kr_err open_envelope(struct kr_view *text, uint8_t *storage,
	const struct kr_case_event *e, const struct kr_envelope *envelope,
	const struct kr_envelope_secret *secret)
{
	KR_AUTO_WIPE struct kr_secret key = {0};
	uint8_t commitment[KR_SHA256_BYTES];
	uint8_t aad[AAD_MAX];
	size_t len = envelope->ciphertext.len - KR_AEAD_TAG_BYTES;
	enum kr_err err;

	derive_keys(&key, commitment, secret->bytes);
	if (!kr_equal_ct(commitment, envelope->commitment, sizeof(commitment))) {
		return KR_ERR_COMMITMENT;
	}
	err = kr_aead_open(storage, &key, zero_nonce,
		envelope_aad(aad, e, envelope->kind), envelope->ciphertext);
	if (err == KR_OK &&
		(err = unpad(text, e, envelope->kind, kr_view(storage, len)))) {
		kr_wipe(storage, len);
	}
	return err;
}

enum kr_err kr_envelope_open(struct kr_view *text, uint8_t *storage,
	const struct kr_case_event *e, size_t envelope,
	const struct kr_envelope_secret *secret)
{
	enum kr_err err;

	*text = kr_view(NULL, 0);
	if (envelope >= e->num_envelopes ||
		e->envelopes[envelope].ciphertext.len < KR_AEAD_TAG_BYTES) {
		return KR_ERR_ARGUMENT;
	}
	err = open_envelope(text, storage, e, &e->envelopes[envelope], secret);
	if (err != KR_OK) {
		*text = kr_view(NULL, 0);
	}
	return err;
}

/* ---- Wraps --------------------------------------------------------------------- */

void kr_envelope_wrap(struct kr_writer *wraps, struct kr_case_event *e,
	const struct kr_recipient *to, const uint8_t public_key[KR_X25519_BYTES],
	const uint8_t secret[KR_SECRET_BYTES], const struct kr_random *rng)
{
	uint8_t wrap[KR_WRAP_BYTES];
	uint8_t info[INFO_MAX];
	struct kr_recipient *added;
	enum kr_err err;

	if (to->envelope >= e->num_envelopes || e->num_recipients >= KR_RECIPIENTS_MAX) {
		kr_writer_fail(wraps,
			to->envelope >= e->num_envelopes ? KR_ERR_ARGUMENT
							 : KR_ERR_LIMIT);
		return;
	}
	err = kr_hpke_seal(wrap, wrap + KR_HPKE_ENC_BYTES, public_key,
		wrap_info(info, e, to), kr_view(NULL, 0),
		kr_view(secret, KR_SECRET_BYTES), rng);
	kr_writer_fail(wraps, err);
	if (err != KR_OK) {
		return;
	}
	added = &e->recipients[e->num_recipients++];
	*added = *to;
	kr_sha256(added->wrap_hash, kr_view(wrap, sizeof(wrap)));
	kr_write_fixed(wraps, kr_view(wrap, sizeof(wrap)));
}

static enum kr_err unwrap(struct kr_envelope_secret *out, const struct kr_case_event *e,
	const struct kr_recipient *to, const uint8_t wrap[KR_WRAP_BYTES],
	const struct kr_x25519_keypair *key)
{
	uint8_t info[INFO_MAX];
	enum kr_err err = kr_hpke_open(out->bytes, &key->secret, wrap_info(info, e, to),
		kr_view(NULL, 0), kr_view(wrap, KR_HPKE_ENC_BYTES),
		kr_view(wrap + KR_HPKE_ENC_BYTES, WRAPPED_BYTES));

	if (err != KR_OK) {
		return err;
	}
	out->kind = (uint8_t)e->envelopes[to->envelope].kind;
	return out->kind == KR_ENVELOPE_IDENTITY &&
			kr_equal_ct(out->bytes, zero_secret, sizeof(zero_secret))
		? KR_ERR_POLICY
		: KR_OK;
}

enum kr_err kr_envelope_unwrap(struct kr_envelope_secret *out,
	const struct kr_case_event *e, size_t recipient,
	const uint8_t wrap[KR_WRAP_BYTES], const struct kr_case_state *state,
	const struct kr_x25519_keypair *key)
{
	const struct kr_recipient *to;
	uint8_t hash[KR_SHA256_BYTES];
	enum kr_err err;

	memset(out, 0, sizeof(*out));
	if (recipient >= e->num_recipients ||
		e->recipients[recipient].envelope >= e->num_envelopes) {
		return KR_ERR_NOT_RECIPIENT;
	}
	to = &e->recipients[recipient];
	kr_sha256(hash, kr_view(wrap, KR_WRAP_BYTES));
	if (!kr_id_equal(hash, to->wrap_hash)) {
		return KR_ERR_HASH;
	}
	if (to->purpose == KR_WRAP_WAITING &&
		(state == NULL || !kr_case_may_have(state, to, to->party))) {
		return KR_ERR_STATE;
	}
	if ((err = unwrap(out, e, to, wrap, key))) {
		kr_wipe(out, sizeof(*out));
	}
	return err;
}

/* ---- Keys that are handed on --------------------------------------------------- */

void kr_envelope_keys_write(
	struct kr_writer *w, const struct kr_envelope_secret *secrets, size_t num)
{
	size_t begin = kr_write_vec_begin(w);

	if (num > KR_ENVELOPE_KEYS_MAX) {
		kr_writer_fail(w, KR_ERR_LIMIT);
		return;
	}
	for (size_t i = 0; i < num; i++) {
		kr_write_u64(w, secrets[i].seq);
		kr_write_u8(w, secrets[i].kind);
		kr_write_fixed(w, kr_view(secrets[i].bytes, sizeof(secrets[i].bytes)));
	}
	kr_write_vec_end(w, begin);
}

static enum kr_err read_key(
	struct kr_envelope_secret *out, unsigned type, struct kr_reader *r)
{
	enum kr_err err;

	if ((err = kr_read_u64(r, &out->seq)) || (err = kr_read_u8(r, &out->kind)) ||
		(err = kr_read_copy(r, out->bytes, sizeof(out->bytes)))) {
		return err;
	}
	return out->kind == KR_ENVELOPE_WORDS || out->kind == KR_ENVELOPE_KEYS ||
			(out->kind == KR_ENVELOPE_IDENTITY &&
				type == KR_EVENT_IDENTITY_SHARED)
		? KR_OK
		: KR_ERR_ENCODING;
}

enum kr_err kr_envelope_keys_read(struct kr_envelope_secret *out, size_t max, size_t *num,
	unsigned type, struct kr_view text)
{
	struct kr_reader r = kr_reader(text);
	struct kr_reader list = {0};
	size_t count;
	enum kr_err err;

	*num = 0;
	if ((err = kr_read_vec(&r, &list.rest)) || (err = kr_read_end(&r))) {
		return err;
	}
	count = list.rest.len / KEY_BYTES;
	if (list.rest.len % KEY_BYTES != 0) {
		return KR_ERR_ENCODING;
	}
	if (count > max || count > KR_ENVELOPE_KEYS_MAX) {
		return KR_ERR_LIMIT;
	}
	for (size_t i = 0; i < count; i++) {
		if ((err = read_key(&out[i], type, &list))) {
			kr_wipe(out, max * sizeof(out[0]));
			return err;
		}
	}
	*num = count;
	return KR_OK;
}
