#include <kring/crypto.h>

#include <sodium.h>

enum kr_err kr_crypto_init(void)
{
	return sodium_init() < 0 ? KR_ERR_RANDOM : KR_OK;
}

bool kr_equal_ct(const uint8_t *a, const uint8_t *b, size_t len)
{
	return sodium_memcmp(a, b, len) == 0;
}

bool kr_secret_equal(const struct kr_secret *a, const struct kr_secret *b)
{
	return kr_equal_ct(a->bytes, b->bytes, sizeof(a->bytes));
}
