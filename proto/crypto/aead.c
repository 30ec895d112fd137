#include <kring/crypto.h>

#include <sodium.h>

void kr_aead_seal(uint8_t *ct, const struct kr_secret *key,
	const uint8_t nonce[KR_AEAD_NONCE_BYTES], struct kr_view aad, struct kr_view pt)
{
	crypto_aead_chacha20poly1305_ietf_encrypt(
		ct, NULL, pt.data, pt.len, aad.data, aad.len, NULL, nonce, key->bytes);
}

enum kr_err kr_aead_open(uint8_t *pt, const struct kr_secret *key,
	const uint8_t nonce[KR_AEAD_NONCE_BYTES], struct kr_view aad, struct kr_view ct)
{
	if (ct.len < KR_AEAD_TAG_BYTES) {
		return KR_ERR_DECRYPT;
	}
	if (crypto_aead_chacha20poly1305_ietf_decrypt(pt, NULL, NULL, ct.data, ct.len,
		    aad.data, aad.len, nonce, key->bytes) != 0) {
		kr_wipe(pt, ct.len - KR_AEAD_TAG_BYTES);
		return KR_ERR_DECRYPT;
	}
	return KR_OK;
}

void kr_chacha20(uint8_t *out, size_t len, const struct kr_secret *key,
	const uint8_t nonce[KR_AEAD_NONCE_BYTES])
{
	crypto_stream_chacha20_ietf(out, len, nonce, key->bytes);
}
