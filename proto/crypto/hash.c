#include <kring/crypto.h>

#include <string.h>

#include <sodium.h>

_Static_assert(
	sizeof(struct kr_sha256) == sizeof(crypto_hash_sha256_state), "opaque size");
_Static_assert(
	sizeof(struct kr_sha512) == sizeof(crypto_hash_sha512_state), "opaque size");

void kr_sha256(uint8_t out[KR_SHA256_BYTES], struct kr_view in)
{
	crypto_hash_sha256(out, in.data, in.len);
}

void kr_sha512(uint8_t out[KR_SHA512_BYTES], struct kr_view in)
{
	crypto_hash_sha512(out, in.data, in.len);
}

void kr_sha256_init(struct kr_sha256 *h)
{
	crypto_hash_sha256_init((crypto_hash_sha256_state *)(void *)h->opaque);
}

void kr_sha256_update(struct kr_sha256 *h, struct kr_view in)
{
	if (in.len > 0) {
		crypto_hash_sha256_update(
			(crypto_hash_sha256_state *)(void *)h->opaque, in.data, in.len);
	}
}

void kr_sha256_final(struct kr_sha256 *h, uint8_t out[KR_SHA256_BYTES])
{
	crypto_hash_sha256_final((crypto_hash_sha256_state *)(void *)h->opaque, out);
	kr_wipe(h, sizeof(*h));
}

void kr_sha512_init(struct kr_sha512 *h)
{
	crypto_hash_sha512_init((crypto_hash_sha512_state *)(void *)h->opaque);
}

void kr_sha512_update(struct kr_sha512 *h, struct kr_view in)
{
	if (in.len > 0) {
		crypto_hash_sha512_update(
			(crypto_hash_sha512_state *)(void *)h->opaque, in.data, in.len);
	}
}

void kr_sha512_final(struct kr_sha512 *h, uint8_t out[KR_SHA512_BYTES])
{
	crypto_hash_sha512_final((crypto_hash_sha512_state *)(void *)h->opaque, out);
	kr_wipe(h, sizeof(*h));
}

void kr_hmac(uint8_t out[KR_HMAC_BYTES], struct kr_view key, struct kr_view in)
{
	static const uint8_t empty[1];
	crypto_auth_hmacsha256_state state;

	/* libsodium wants a pointer even to an empty key. */
	crypto_auth_hmacsha256_init(&state, key.len > 0 ? key.data : empty, key.len);
	crypto_auth_hmacsha256_update(&state, in.data, in.len);
	crypto_auth_hmacsha256_final(&state, out);
	kr_wipe(&state, sizeof(state));
}

enum kr_err kr_hmac_verify(struct kr_view tag, struct kr_view key, struct kr_view in)
{
	uint8_t expected[KR_HMAC_BYTES];
	bool equal;

	kr_hmac(expected, key, in);
	equal = tag.len == sizeof(expected) &&
		kr_equal_ct(tag.data, expected, sizeof(expected));
	kr_wipe(expected, sizeof(expected));
	return equal ? KR_OK : KR_ERR_MAC;
}

static void hmac_update_parts(crypto_auth_hmacsha256_state *state,
	const struct kr_view *parts, size_t num_parts)
{
	for (size_t i = 0; i < num_parts; i++) {
		crypto_auth_hmacsha256_update(state, parts[i].data, parts[i].len);
	}
}

void kr_hkdf_extract(struct kr_secret *prk, struct kr_view salt, struct kr_view ikm)
{
	kr_hkdf_extract_parts(prk, salt, &ikm, 1);
}

void kr_hkdf_extract_parts(struct kr_secret *prk, struct kr_view salt,
	const struct kr_view *ikm, size_t num_parts)
{
	static const uint8_t zero_salt[KR_SHA256_BYTES];
	crypto_auth_hmacsha256_state state;

	if (salt.len == 0) {
		salt = kr_view(zero_salt, sizeof(zero_salt));
	}
	crypto_auth_hmacsha256_init(&state, salt.data, salt.len);
	hmac_update_parts(&state, ikm, num_parts);
	crypto_auth_hmacsha256_final(&state, prk->bytes);
	kr_wipe(&state, sizeof(state));
}

enum kr_err kr_hkdf_expand(
	uint8_t *out, size_t out_len, const struct kr_secret *prk, struct kr_view info)
{
	return kr_hkdf_expand_parts(out, out_len, prk, &info, 1);
}

enum kr_err kr_hkdf_expand_parts(uint8_t *out, size_t out_len,
	const struct kr_secret *prk, const struct kr_view *info, size_t num_parts)
{
	crypto_auth_hmacsha256_state state;
	uint8_t block[KR_HMAC_BYTES];
	uint8_t counter = 1;

	if (out_len > 255 * sizeof(block)) {
		return KR_ERR_ARGUMENT;
	}
	for (size_t done = 0; done < out_len; counter++) {
		size_t len =
			out_len - done < sizeof(block) ? out_len - done : sizeof(block);

		crypto_auth_hmacsha256_init(&state, prk->bytes, sizeof(prk->bytes));
		if (done > 0) {
			crypto_auth_hmacsha256_update(&state, block, sizeof(block));
		}
		hmac_update_parts(&state, info, num_parts);
		crypto_auth_hmacsha256_update(&state, &counter, 1);
		crypto_auth_hmacsha256_final(&state, block);
		memcpy(out + done, block, len);
		done += len;
	}
	kr_wipe(&state, sizeof(state));
	kr_wipe(block, sizeof(block));
	return KR_OK;
}
