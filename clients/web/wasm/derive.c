/* Argon2id for the host: what a passphrase adds to the keystore's key. */
#include "clients/web/wasm/host.h"

uint32_t WEB_EXPORT(web_argon2id)(uint8_t *out, uint32_t out_len, const uint8_t *password,
	uint32_t password_len, const uint8_t salt[16], uint32_t num_passes,
	uint32_t memory_bytes)
{
	return kr_argon2id(out, out_len, kr_view(password, password_len), salt,
		num_passes, memory_bytes);
}
