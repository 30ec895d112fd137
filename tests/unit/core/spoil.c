#include "tests/unit/core/spoil.h"

#include <string.h>

#include <kring/hpke.h>

bool (*spoil_path_secret)(const uint8_t pk[KR_X25519_BYTES]);

/* The linker's --wrap puts the one in place of the other. */
enum kr_err __real_kr_encrypt_with_label(uint8_t enc[KR_HPKE_ENC_BYTES], uint8_t *ct,
	const uint8_t pk[KR_X25519_BYTES], const char *label, struct kr_view context,
	struct kr_view pt, const struct kr_random *rng);
enum kr_err __wrap_kr_encrypt_with_label(uint8_t enc[KR_HPKE_ENC_BYTES], uint8_t *ct,
	const uint8_t pk[KR_X25519_BYTES], const char *label, struct kr_view context,
	struct kr_view pt, const struct kr_random *rng);

enum kr_err __wrap_kr_encrypt_with_label(uint8_t enc[KR_HPKE_ENC_BYTES], uint8_t *ct,
	const uint8_t pk[KR_X25519_BYTES], const char *label, struct kr_view context,
	struct kr_view pt, const struct kr_random *rng)
{
	enum kr_err err =
		__real_kr_encrypt_with_label(enc, ct, pk, label, context, pt, rng);

	if (err == KR_OK && strcmp(label, "UpdatePathNode") == 0 &&
		spoil_path_secret != NULL && spoil_path_secret(pk)) {
		ct[0] ^= 1;
	}
	return err;
}
