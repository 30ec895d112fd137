#include <kring/crypto.h>

#include <errno.h>

#include <sodium.h>

_Static_assert(crypto_pwhash_argon2id_SALTBYTES == 16, "salt size in the prototype");

enum kr_err kr_argon2id(uint8_t *out, size_t out_len, struct kr_view password,
	const uint8_t salt[16], unsigned num_passes, size_t memory_bytes)
{
	/* libsodium wants a pointer even to an empty password. */
	const char *password_str = password.len > 0 ? (const char *)password.data : "";

	if (out_len < crypto_pwhash_argon2id_BYTES_MIN || num_passes < 1 ||
		memory_bytes < crypto_pwhash_argon2id_MEMLIMIT_MIN) {
		return KR_ERR_ARGUMENT;
	}
	errno = 0;
	if (crypto_pwhash_argon2id(out, out_len, password_str, password.len, salt,
		    num_passes, memory_bytes,
		    crypto_pwhash_argon2id_ALG_ARGON2ID13) != 0) {
		kr_wipe(out, out_len);
		return errno == ENOMEM ? KR_ERR_MEMORY : KR_ERR_ARGUMENT;
	}
	return KR_OK;
}
