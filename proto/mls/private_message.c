/* PrivateMessage, RFC 9420 §6.3: sender data, content encryption and padding. */
#include "framing.h"

#include <string.h>

/* SenderDataAAD: who reads it knows only this much of the message. */
static void write_sender_data_aad(struct kr_writer *w, struct kr_view group_id,
	uint64_t epoch, enum kr_content_type type)
{
	kr_write_vec(w, group_id);
	kr_write_u64(w, epoch);
	kr_write_u8(w, (uint8_t)type);
}

/* PrivateContentAAD */
static void write_content_aad(struct kr_writer *w, struct kr_view group_id,
	uint64_t epoch, enum kr_content_type type, struct kr_view authenticated_data)
{
	write_sender_data_aad(w, group_id, epoch, type);
	kr_write_vec(w, authenticated_data);
}

/* The first four bytes of the nonce are masked, §6.3.1: should a ratchet ever be used
 * twice, the nonces still differ. */
static void mask_nonce(uint8_t nonce[KR_AEAD_NONCE_BYTES],
	const uint8_t from[KR_AEAD_NONCE_BYTES], const uint8_t reuse_guard[4])
{
	memcpy(nonce, from, KR_AEAD_NONCE_BYTES);
	for (size_t i = 0; i < 4; i++) {
		nonce[i] ^= reuse_guard[i];
	}
}

/* The smallest size class that holds len; beyond the largest, a multiple of it. */
static size_t padded_len(const struct kr_mls_config *config, size_t len)
{
	size_t largest;

	for (size_t i = 0; i < config->num_padding_sizes; i++) {
		if (len <= config->padding_sizes[i]) {
			return config->padding_sizes[i];
		}
	}
	if (config->num_padding_sizes == 0) {
		return len;
	}
	largest = config->padding_sizes[config->num_padding_sizes - 1];
	return largest == 0 ? len : (len + largest - 1) / largest * largest;
}

static enum kr_err seal_content(struct kr_bytes *ciphertext,
	const struct kr_authenticated_content *auth, const struct kr_message_key *key,
	const uint8_t reuse_guard[4], const struct kr_mls_config *config)
{
	KR_AUTO_WRITER struct kr_writer plaintext = {0};
	KR_AUTO_WRITER struct kr_writer aad = {0};
	uint8_t nonce[KR_AEAD_NONCE_BYTES];
	enum kr_err err;

	kr_writer_init(&plaintext);
	kr_writer_init(&aad);
	kr_private_content_write(&plaintext, auth);
	kr_write_zeroes(&plaintext, padded_len(config, plaintext.len) - plaintext.len);
	write_content_aad(&aad, auth->content.group_id, auth->content.epoch,
		auth->content.type, auth->content.authenticated_data);
	if ((err = plaintext.err) || (err = aad.err) ||
		(err = kr_bytes_alloc(ciphertext, plaintext.len + KR_AEAD_TAG_BYTES))) {
		return err;
	}
	mask_nonce(nonce, key->nonce, reuse_guard);
	kr_aead_seal(ciphertext->data, &key->key, nonce, kr_writer_view(&aad),
		kr_writer_view(&plaintext));
	kr_wipe(nonce, sizeof(nonce));
	return KR_OK;
}

#define SENDER_DATA_BYTES 12

/* SenderData, encrypted under a key that a sample of the ciphertext makes, §6.3.2. */
static enum kr_err seal_sender_data(uint8_t out[SENDER_DATA_BYTES + KR_AEAD_TAG_BYTES],
	const struct kr_framed_content *content, const struct kr_sender_data *data,
	const struct kr_secret *sender_data_secret, struct kr_view ciphertext)
{
	KR_AUTO_WRITER struct kr_writer aad = {0};
	KR_AUTO_WIPE struct kr_secret key = {0};
	uint8_t nonce[KR_AEAD_NONCE_BYTES];
	uint8_t plaintext[SENDER_DATA_BYTES];
	struct kr_writer w;
	enum kr_err err;

	kr_writer_init(&aad);
	kr_writer_init_fixed(&w, plaintext, sizeof(plaintext));
	kr_write_u32(&w, data->leaf.v);
	kr_write_u32(&w, data->generation);
	kr_write_fixed(&w, kr_view(data->reuse_guard, sizeof(data->reuse_guard)));
	write_sender_data_aad(&aad, content->group_id, content->epoch, content->type);
	if ((err = aad.err) ||
		(err = kr_sender_data_key(&key, nonce, sender_data_secret, ciphertext))) {
		return err;
	}
	kr_aead_seal(out, &key, nonce, kr_writer_view(&aad), kr_writer_view(&w));
	kr_wipe(nonce, sizeof(nonce));
	return KR_OK;
}

enum kr_err kr_private_message_seal(struct kr_bytes *out,
	const struct kr_authenticated_content *auth, const struct kr_message_key *key,
	const struct kr_secret *sender_data_secret, const struct kr_mls_config *config,
	const struct kr_random *rng)
{
	KR_AUTO_FREE struct kr_bytes ciphertext = {0};
	KR_AUTO_WRITER struct kr_writer w = {0};
	uint8_t encrypted_sender_data[SENDER_DATA_BYTES + KR_AEAD_TAG_BYTES];
	struct kr_sender_data sender_data = {
		.leaf = {auth->content.sender.index},
		.generation = key->generation,
	};
	enum kr_err err;

	*out = (struct kr_bytes){0};
	kr_writer_init(&w);
	if ((err = kr_random_fill(
		     rng, sender_data.reuse_guard, sizeof(sender_data.reuse_guard))) ||
		(err = seal_content(
			 &ciphertext, auth, key, sender_data.reuse_guard, config)) ||
		(err = seal_sender_data(encrypted_sender_data, &auth->content,
			 &sender_data, sender_data_secret, kr_view_bytes(&ciphertext)))) {
		return err;
	}
	kr_write_u16(&w, KR_MLS_VERSION_1);
	kr_write_u16(&w, KR_WIRE_PRIVATE_MESSAGE);
	write_content_aad(&w, auth->content.group_id, auth->content.epoch,
		auth->content.type, auth->content.authenticated_data);
	kr_write_vec(&w, kr_view(encrypted_sender_data, sizeof(encrypted_sender_data)));
	kr_write_vec(&w, kr_view_bytes(&ciphertext));
	return kr_writer_finish(&w, out);
}

enum kr_err kr_sender_data_open(struct kr_sender_data *out,
	const struct kr_private_message *m, const struct kr_secret *sender_data_secret)
{
	KR_AUTO_WRITER struct kr_writer aad = {0};
	KR_AUTO_WIPE struct kr_secret key = {0};
	uint8_t nonce[KR_AEAD_NONCE_BYTES];
	uint8_t plaintext[SENDER_DATA_BYTES];
	struct kr_reader r;
	enum kr_err err;

	*out = (struct kr_sender_data){0};
	kr_writer_init(&aad);
	if (m->encrypted_sender_data.len != SENDER_DATA_BYTES + KR_AEAD_TAG_BYTES) {
		return KR_ERR_DECRYPT;
	}
	write_sender_data_aad(&aad, m->group_id, m->epoch, m->type);
	if ((err = aad.err) ||
		(err = kr_sender_data_key(
			 &key, nonce, sender_data_secret, m->ciphertext)) ||
		(err = kr_aead_open(plaintext, &key, nonce, kr_writer_view(&aad),
			 m->encrypted_sender_data))) {
		return err;
	}
	kr_wipe(nonce, sizeof(nonce));
	r = kr_reader(kr_view(plaintext, sizeof(plaintext)));
	if ((err = kr_read_u32(&r, &out->leaf.v)) ||
		(err = kr_read_u32(&r, &out->generation)) ||
		(err = kr_read_copy(&r, out->reuse_guard, sizeof(out->reuse_guard)))) {
		return err;
	}
	return KR_OK;
}

static bool all_zero(struct kr_view v)
{
	uint8_t any = 0;

	for (size_t i = 0; i < v.len; i++) {
		any |= v.data[i];
	}
	return any == 0;
}

enum kr_err kr_private_message_open(struct kr_authenticated_content *auth,
	struct kr_bytes *plaintext, const struct kr_private_message *m,
	const struct kr_sender_data *sender_data, const struct kr_message_key *key)
{
	KR_AUTO_WRITER struct kr_writer aad = {0};
	uint8_t nonce[KR_AEAD_NONCE_BYTES];
	struct kr_reader r;
	enum kr_err err;

	*auth = (struct kr_authenticated_content){.wire_format = KR_WIRE_PRIVATE_MESSAGE};
	*plaintext = (struct kr_bytes){0};
	kr_writer_init(&aad);
	if (m->ciphertext.len < KR_AEAD_TAG_BYTES) {
		return KR_ERR_DECRYPT;
	}
	write_content_aad(&aad, m->group_id, m->epoch, m->type, m->authenticated_data);
	if ((err = aad.err) ||
		(err = kr_bytes_alloc(
			 plaintext, m->ciphertext.len - KR_AEAD_TAG_BYTES))) {
		return err;
	}
	mask_nonce(nonce, key->nonce, sender_data->reuse_guard);
	err = kr_aead_open(
		plaintext->data, &key->key, nonce, kr_writer_view(&aad), m->ciphertext);
	kr_wipe(nonce, sizeof(nonce));
	if (err != KR_OK) {
		goto out;
	}
	auth->content = (struct kr_framed_content){
		.group_id = m->group_id,
		.epoch = m->epoch,
		.sender = {.kind = KR_MLS_SENDER_MEMBER, .index = sender_data->leaf.v},
		.authenticated_data = m->authenticated_data,
		.type = m->type,
	};
	r = kr_reader(kr_view_bytes(plaintext));
	if ((err = kr_private_content_read(&r, auth))) {
		goto out;
	}
	if (!all_zero(r.rest)) {
		err = KR_ERR_PADDING;
	}
out:
	if (err != KR_OK) {
		kr_bytes_free(plaintext);
		*auth = (struct kr_authenticated_content){0};
	}
	return err;
}
