#include "proto/cases/reading.h"

#include <string.h>

static enum kr_err key_of(struct kr_secret *key,
	const uint8_t reading_key[KR_READING_KEY_BYTES], const char *label)
{
	KR_AUTO_WIPE struct kr_secret secret = {0};

	memcpy(secret.bytes, reading_key, sizeof(secret.bytes));
	return kr_hkdf_expand(
		key->bytes, sizeof(key->bytes), &secret, kr_view_str(label));
}

enum kr_err kr_reading_seal(uint8_t *space,
	const uint8_t reading_key[KR_READING_KEY_BYTES], const char *label,
	struct kr_view aad, struct kr_view text, const struct kr_random *rng)
{
	KR_AUTO_WIPE struct kr_secret key = {0};
	enum kr_err err;

	if ((err = key_of(&key, reading_key, label)) ||
		(err = kr_random_fill(rng, space, KR_AEAD_NONCE_BYTES))) {
		return err;
	}
	kr_aead_seal(space + KR_AEAD_NONCE_BYTES, &key, space, aad, text);
	return KR_OK;
}

enum kr_err kr_reading_open(struct kr_view *text, uint8_t *storage, struct kr_view sealed,
	const uint8_t reading_key[KR_READING_KEY_BYTES], const char *label,
	struct kr_view aad)
{
	KR_AUTO_WIPE struct kr_secret key = {0};
	struct kr_view ct;
	enum kr_err err;

	*text = kr_view(NULL, 0);
	if (sealed.len < KR_READING_OVERHEAD) {
		return KR_ERR_DECRYPT;
	}
	ct = kr_view(sealed.data + KR_AEAD_NONCE_BYTES, sealed.len - KR_AEAD_NONCE_BYTES);
	if ((err = key_of(&key, reading_key, label)) ||
		(err = kr_aead_open(storage, &key, sealed.data, aad, ct))) {
		return err;
	}
	*text = kr_view(storage, sealed.len - KR_READING_OVERHEAD);
	return KR_OK;
}
