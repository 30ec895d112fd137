#include <kring/crypto.h>

#include <sodium.h>

enum kr_err kr_random_fill(const struct kr_random *rng, uint8_t *out, size_t len)
{
	enum kr_err err = rng->fill(rng->ctx, out, len);

	if (err != KR_OK) {
		kr_wipe(out, len);
	}
	return err;
}

enum kr_err kr_random_secret(const struct kr_random *rng, struct kr_secret *out)
{
	return kr_random_fill(rng, out->bytes, sizeof(out->bytes));
}

static enum kr_err fill_from_system(void *ctx, uint8_t *out, size_t len)
{
	(void)ctx;
	/* libsodium aborts the process rather than return without randomness. */
	randombytes_buf(out, len);
	return KR_OK;
}

const struct kr_random kr_random_system = {.fill = fill_from_system};

static enum kr_err fill_from_seed(void *ctx, uint8_t *out, size_t len)
{
	struct kr_random_seeded *state = ctx;
	uint8_t nonce[KR_AEAD_NONCE_BYTES] = {0};

	/* Little-endian everywhere: the stream must be the same on every machine. */
	for (size_t i = 0; i < sizeof(state->num_calls); i++) {
		nonce[i] = (uint8_t)(state->num_calls >> (8 * i));
	}
	state->num_calls++;
	kr_chacha20(out, len, &state->seed, nonce);
	return KR_OK;
}

void kr_random_seeded_init(struct kr_random_seeded *state, const struct kr_secret *seed)
{
	*state = (struct kr_random_seeded){.seed = *seed};
}

struct kr_random kr_random_seeded(struct kr_random_seeded *state)
{
	return (struct kr_random){.fill = fill_from_seed, .ctx = state};
}
