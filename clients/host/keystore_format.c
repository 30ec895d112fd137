#include "clients/host/keystore_format.h"

#include <string.h>

#define VERSION 1

/* The header up to what is encrypted in it, and up to its checksum. */
#define WRAPPED_OFFSET  90
#define CHECKSUM_OFFSET (KEYSTORE_HEADER_BYTES - KR_SHA256_BYTES)
#define WRAPPED_BYTES   (KR_SECRET_BYTES + KR_AEAD_TAG_BYTES)

#define CHANGE_PUT    0
#define CHANGE_DELETE 1

static const uint8_t magic[16] = "kring keystore\n";

/* No key is used twice, so one nonce will do. */
static const uint8_t nonce[KR_AEAD_NONCE_BYTES];

/* HKDF of one key for one purpose. */
static void derive(struct kr_secret *out, const struct kr_secret *secret,
	struct kr_view salt, struct kr_view info)
{
	KR_AUTO_WIPE struct kr_secret prk = {0};

	kr_hkdf_extract(&prk, salt, kr_view_secret(secret));
	/* 32 bytes are never too many. */
	(void)kr_hkdf_expand(out->bytes, sizeof(out->bytes), &prk, info);
}

/* ---- Passphrase -------------------------------------------------------------------- */

static bool is_cost(const struct keystore_cost *cost)
{
	return cost->passes >= 1 && cost->passes <= KEYSTORE_PASSES_MAX &&
		cost->memory_kib >= KEYSTORE_MEMORY_KIB_MIN &&
		cost->memory_kib <= KEYSTORE_MEMORY_KIB_MAX;
}

static enum kr_err stretch(struct keystore_passphrase_key *key, struct kr_view passphrase)
{
	return kr_argon2id(key->key.bytes, sizeof(key->key.bytes), passphrase, key->salt,
		key->cost.passes, (size_t)key->cost.memory_kib * 1024);
}

enum kr_err keystore_passphrase_key_make(struct keystore_passphrase_key *out,
	struct kr_view passphrase, const struct keystore_cost *cost,
	const struct kr_random *rng)
{
	enum kr_err err;

	*out = (struct keystore_passphrase_key){
		.cost = {KEYSTORE_PASSES, KEYSTORE_MEMORY_KIB},
	};
	if (cost) {
		out->cost = *cost;
	}
	if (!is_cost(&out->cost)) {
		return KR_ERR_ARGUMENT;
	}
	err = kr_random_fill(rng, out->salt, sizeof(out->salt));
	return err ? err : stretch(out, passphrase);
}

/* ---- Header ------------------------------------------------------------------------ */

static void wrap_key(struct kr_secret *out, const struct kr_secret *passphrase_key,
	struct kr_view wrap_salt)
{
	derive(out, passphrase_key, wrap_salt, kr_view_str("kring keystore v1 wrap"));
}

enum kr_err keystore_header_write(uint8_t out[KEYSTORE_HEADER_BYTES],
	const struct keystore_passphrase_key *passphrase_key,
	const uint8_t instance[KEYSTORE_INSTANCE_BYTES], const struct kr_secret *file_key,
	const struct kr_random *rng)
{
	KR_AUTO_WIPE struct kr_secret key = {0};
	uint8_t wrap_salt[KR_SHA256_BYTES];
	struct kr_writer w;
	enum kr_err err = kr_random_fill(rng, wrap_salt, sizeof(wrap_salt));

	if (err) {
		return err;
	}
	kr_writer_init_fixed(&w, out, KEYSTORE_HEADER_BYTES);
	kr_write_fixed(&w, kr_view(magic, sizeof(magic)));
	kr_write_u16(&w, VERSION);
	kr_write_u32(&w, passphrase_key->cost.passes);
	kr_write_u32(&w, passphrase_key->cost.memory_kib);
	kr_write_fixed(&w, kr_view(passphrase_key->salt, sizeof(passphrase_key->salt)));
	kr_write_fixed(&w, kr_view(instance, KEYSTORE_INSTANCE_BYTES));
	kr_write_fixed(&w, kr_view(wrap_salt, sizeof(wrap_salt)));
	wrap_key(&key, &passphrase_key->key, kr_view(wrap_salt, sizeof(wrap_salt)));
	kr_aead_seal(out + WRAPPED_OFFSET, &key, nonce, kr_view(out, WRAPPED_OFFSET),
		kr_view_secret(file_key));
	kr_sha256(out + CHECKSUM_OFFSET, kr_view(out, CHECKSUM_OFFSET));
	return KR_OK;
}

static enum kr_err read_fields(struct kr_view bytes,
	struct keystore_passphrase_key *passphrase_key,
	uint8_t instance[KEYSTORE_INSTANCE_BYTES], struct kr_view *wrap_salt)
{
	uint8_t checksum[KR_SHA256_BYTES];
	struct kr_reader r = kr_reader(bytes);
	struct kr_view got_magic;
	uint16_t version;

	if (bytes.len < KEYSTORE_HEADER_BYTES ||
		kr_read_fixed(&r, sizeof(magic), &got_magic) ||
		!kr_view_equal(got_magic, kr_view(magic, sizeof(magic))) ||
		kr_read_u16(&r, &version)) {
		return KR_ERR_BAD_STATE_RECORD;
	}
	/* What follows is only known of this version. */
	if (version > VERSION) {
		return KR_ERR_STORE_VERSION;
	}
	kr_sha256(checksum, kr_view(bytes.data, CHECKSUM_OFFSET));
	if (version != VERSION ||
		memcmp(checksum, bytes.data + CHECKSUM_OFFSET, sizeof(checksum)) != 0 ||
		kr_read_u32(&r, &passphrase_key->cost.passes) ||
		kr_read_u32(&r, &passphrase_key->cost.memory_kib) ||
		kr_read_copy(&r, passphrase_key->salt, sizeof(passphrase_key->salt)) ||
		kr_read_copy(&r, instance, KEYSTORE_INSTANCE_BYTES) ||
		kr_read_fixed(&r, KR_SHA256_BYTES, wrap_salt) ||
		!is_cost(&passphrase_key->cost)) {
		return KR_ERR_BAD_STATE_RECORD;
	}
	return KR_OK;
}

enum kr_err keystore_header_read(struct kr_view bytes, struct kr_view passphrase,
	struct keystore_passphrase_key *passphrase_key,
	uint8_t instance[KEYSTORE_INSTANCE_BYTES], struct kr_secret *file_key)
{
	KR_AUTO_WIPE struct kr_secret key = {0};
	struct kr_view wrap_salt;
	enum kr_err err;

	if ((err = read_fields(bytes, passphrase_key, instance, &wrap_salt)) ||
		(err = stretch(passphrase_key, passphrase))) {
		return err;
	}
	wrap_key(&key, &passphrase_key->key, wrap_salt);
	if (kr_aead_open(file_key->bytes, &key, nonce,
		    kr_view(bytes.data, WRAPPED_OFFSET),
		    kr_view(bytes.data + WRAPPED_OFFSET, WRAPPED_BYTES))) {
		return KR_ERR_PASSPHRASE;
	}
	return KR_OK;
}

/* ---- Marks ------------------------------------------------------------------------- */

uint64_t keystore_mark_offset(const struct keystore_progress *progress)
{
	return KEYSTORE_MARK_OFFSET + (progress->num & 1) * KEYSTORE_BLOCK_BYTES;
}

static void mark_key(struct kr_secret *out, const struct kr_secret *file_key)
{
	derive(out, file_key, kr_view(NULL, 0), kr_view_str("kring keystore v1 mark"));
}

void keystore_mark_write(uint8_t out[KEYSTORE_MARK_BYTES],
	const struct keystore_progress *progress, const struct kr_secret *file_key)
{
	KR_AUTO_WIPE struct kr_secret key = {0};
	struct kr_writer w;

	kr_writer_init_fixed(&w, out, KEYSTORE_MARK_BYTES - KR_HMAC_BYTES);
	kr_write_u64(&w, progress->num);
	kr_write_u64(&w, progress->end);
	kr_write_u64(&w, progress->generation);
	kr_write_fixed(&w, kr_view(progress->last, sizeof(progress->last)));
	mark_key(&key, file_key);
	kr_hmac(out + KEYSTORE_MARK_BYTES - KR_HMAC_BYTES, kr_view_secret(&key),
		kr_writer_view(&w));
}

enum kr_err keystore_mark_read(struct keystore_progress *out, struct kr_view bytes,
	const struct kr_secret *file_key)
{
	KR_AUTO_WIPE struct kr_secret key = {0};
	struct kr_reader r = kr_reader(bytes);
	struct kr_view mac;
	enum kr_err err;

	if ((err = kr_read_u64(&r, &out->num)) || (err = kr_read_u64(&r, &out->end)) ||
		(err = kr_read_u64(&r, &out->generation)) ||
		(err = kr_read_copy(&r, out->last, sizeof(out->last))) ||
		(err = kr_read_fixed(&r, KR_HMAC_BYTES, &mac))) {
		return err;
	}
	mark_key(&key, file_key);
	return kr_hmac_verify(mac, kr_view_secret(&key),
		kr_view(bytes.data, KEYSTORE_MARK_BYTES - KR_HMAC_BYTES));
}

/* ---- Batches ----------------------------------------------------------------------- */

static void batch_key(struct kr_secret *out, struct kr_view salt,
	const struct keystore_progress *progress, const struct kr_secret *file_key)
{
	uint8_t info[64];
	struct kr_writer w;

	kr_writer_init_fixed(&w, info, sizeof(info));
	kr_write_fixed(&w, kr_view_str("kring keystore v1 batch"));
	kr_write_u64(&w, progress->num);
	kr_write_fixed(&w, kr_view(progress->last, sizeof(progress->last)));
	derive(out, file_key, salt, kr_writer_view(&w));
}

static void advance(struct keystore_progress *progress, struct kr_view batch)
{
	progress->num++;
	progress->generation++;
	progress->end += batch.len;
	memcpy(progress->last, batch.data + batch.len - sizeof(progress->last),
		sizeof(progress->last));
}

void keystore_batch_begin(struct kr_writer *w)
{
	kr_writer_init_max(
		w, KEYSTORE_BATCH_PREFIX_BYTES + KEYSTORE_BATCH_MAX + KR_AEAD_TAG_BYTES);
	kr_write_zeroes(w, KEYSTORE_BATCH_PREFIX_BYTES);
}

void keystore_batch_add(struct kr_writer *w, const struct kr_core_record *change)
{
	kr_write_u8(w, change->is_deleted ? CHANGE_DELETE : CHANGE_PUT);
	kr_write_vec(w, change->key);
	if (!change->is_deleted) {
		kr_write_vec(w, change->value);
	}
}

enum kr_err keystore_batch_seal(struct kr_writer *w, struct keystore_progress *progress,
	const struct kr_secret *file_key, const struct kr_random *rng)
{
	KR_AUTO_WIPE struct kr_secret key = {0};
	struct kr_writer prefix;
	uint8_t *sealed;
	size_t sealed_len;
	enum kr_err err;

	kr_write_zeroes(w, KR_AEAD_TAG_BYTES);
	if (w->err) {
		return w->err;
	}
	err = kr_random_fill(rng, w->data + 4, KR_SHA256_BYTES);
	if (err) {
		return err;
	}
	sealed = w->data + KEYSTORE_BATCH_PREFIX_BYTES;
	sealed_len = w->len - KEYSTORE_BATCH_PREFIX_BYTES;
	kr_writer_init_fixed(&prefix, w->data, 4);
	kr_write_u32(&prefix, (uint32_t)sealed_len);
	batch_key(&key, kr_view(w->data + 4, KR_SHA256_BYTES), progress, file_key);
	kr_aead_seal(sealed, &key, nonce, kr_view(w->data, 4),
		kr_view(sealed, sealed_len - KR_AEAD_TAG_BYTES));
	advance(progress, kr_writer_view(w));
	return KR_OK;
}

size_t keystore_batch_len(struct kr_view prefix)
{
	struct kr_reader r = kr_reader(prefix);
	uint32_t len;

	if (kr_read_u32(&r, &len) || len < KR_AEAD_TAG_BYTES ||
		len > KEYSTORE_BATCH_MAX + KR_AEAD_TAG_BYTES) {
		return 0;
	}
	return KEYSTORE_BATCH_PREFIX_BYTES + len;
}

enum kr_err keystore_batch_open(struct kr_view *changes, struct kr_bytes *batch,
	struct keystore_progress *progress, const struct kr_secret *file_key)
{
	KR_AUTO_WIPE struct kr_secret key = {0};
	struct keystore_progress after = *progress;
	struct kr_view sealed = kr_view(batch->data + KEYSTORE_BATCH_PREFIX_BYTES,
		batch->len - KEYSTORE_BATCH_PREFIX_BYTES);

	advance(&after, kr_view_bytes(batch));
	batch_key(&key, kr_view(batch->data + 4, KR_SHA256_BYTES), progress, file_key);
	if (kr_aead_open(batch->data + KEYSTORE_BATCH_PREFIX_BYTES, &key, nonce,
		    kr_view(batch->data, 4), sealed)) {
		return KR_ERR_DECRYPT;
	}
	*changes = kr_view(sealed.data, sealed.len - KR_AEAD_TAG_BYTES);
	*progress = after;
	return KR_OK;
}

enum kr_err keystore_change_read(struct kr_reader *changes, struct kr_core_record *out)
{
	uint8_t what;

	*out = (struct kr_core_record){0};
	if (kr_read_u8(changes, &what) || what > CHANGE_DELETE ||
		kr_read_vec(changes, &out->key) || out->key.len == 0 ||
		out->key.len > KR_CORE_KEY_MAX) {
		return KR_ERR_BAD_STATE_RECORD;
	}
	out->is_deleted = what == CHANGE_DELETE;
	if (!out->is_deleted &&
		(kr_read_vec(changes, &out->value) ||
			out->value.len > KR_CORE_VALUE_MAX)) {
		return KR_ERR_BAD_STATE_RECORD;
	}
	return KR_OK;
}
