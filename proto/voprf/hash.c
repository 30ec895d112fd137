#include "proto/voprf/hash.h"

#include <kring/codec.h>

#define SHA512_BLOCK_BYTES 128
#define WIDE_BYTES         64

struct kr_view kr_voprf_dst(
	uint8_t storage[KR_VOPRF_DST_MAX], const char *prefix, enum kr_voprf_mode mode)
{
	struct kr_writer w;

	kr_writer_init_fixed(&w, storage, KR_VOPRF_DST_MAX);
	kr_write_fixed(&w, kr_view_str(prefix));
	kr_write_fixed(&w, kr_view_str("OPRFV1-"));
	kr_write_u8(&w, (uint8_t)mode);
	kr_write_fixed(&w, kr_view_str("-ristretto255-SHA512"));
	return kr_writer_view(&w);
}

void kr_voprf_sha512_update_vec(struct kr_sha512 *h, struct kr_view x)
{
	const uint8_t len[2] = {(uint8_t)(x.len >> 8), (uint8_t)x.len};

	kr_sha512_update(h, kr_view(len, sizeof(len)));
	kr_sha512_update(h, x);
}

void kr_voprf_hash_init(
	struct kr_voprf_hash *h, const char *dst_prefix, enum kr_voprf_mode mode)
{
	static const uint8_t z_pad[SHA512_BLOCK_BYTES];

	h->dst = kr_voprf_dst(h->dst_storage, dst_prefix, mode);
	kr_sha512_init(&h->message);
	kr_sha512_update(&h->message, kr_view(z_pad, sizeof(z_pad)));
}

/* DST_prime = DST || I2OSP(len(DST), 1) */
static void update_dst_prime(struct kr_sha512 *h, struct kr_view dst)
{
	uint8_t len = (uint8_t)dst.len;

	kr_sha512_update(h, dst);
	kr_sha512_update(h, kr_view(&len, sizeof(len)));
}

/* One block is all that is asked for, so b_1 is the whole output. */
static void expand(struct kr_voprf_hash *h, uint8_t out[WIDE_BYTES])
{
	static const uint8_t len_and_zero[3] = {0, WIDE_BYTES, 0};
	static const uint8_t one = 1;
	uint8_t b_0[KR_SHA512_BYTES];
	struct kr_sha512 block;

	kr_sha512_update(&h->message, kr_view(len_and_zero, sizeof(len_and_zero)));
	update_dst_prime(&h->message, h->dst);
	kr_sha512_final(&h->message, b_0);

	kr_sha512_init(&block);
	kr_sha512_update(&block, kr_view(b_0, sizeof(b_0)));
	kr_sha512_update(&block, kr_view(&one, sizeof(one)));
	update_dst_prime(&block, h->dst);
	kr_sha512_final(&block, out);
	kr_wipe(b_0, sizeof(b_0));
	kr_wipe(h, sizeof(*h));
}

void kr_voprf_hash_to_scalar(struct kr_voprf_hash *h, struct kr_ristretto_scalar *out)
{
	uint8_t wide[WIDE_BYTES];

	expand(h, wide);
	kr_ristretto_scalar_reduce(out, wide);
	kr_wipe(wide, sizeof(wide));
}

void kr_voprf_hash_to_element(struct kr_voprf_hash *h, struct kr_ristretto_element *out)
{
	uint8_t wide[WIDE_BYTES];

	expand(h, wide);
	kr_ristretto_from_hash(out, wide);
	kr_wipe(wide, sizeof(wide));
}

void kr_voprf_info_scalar(struct kr_ristretto_scalar *out, struct kr_view info)
{
	struct kr_voprf_hash h;

	kr_voprf_hash_init(&h, "HashToScalar-", KR_VOPRF_MODE_POPRF);
	kr_sha512_update(&h.message, kr_view_str("Info"));
	kr_voprf_sha512_update_vec(&h.message, info);
	kr_voprf_hash_to_scalar(&h, out);
}

enum kr_err kr_voprf_random_scalar(
	struct kr_ristretto_scalar *out, const struct kr_random *rng)
{
	uint8_t wide[WIDE_BYTES];
	enum kr_err err = kr_random_fill(rng, wide, sizeof(wide));

	kr_ristretto_scalar_reduce(out, wide);
	kr_wipe(wide, sizeof(wide));
	if (err != KR_OK) {
		kr_ristretto_scalar_wipe(out);
		return err;
	}
	/* One in 2^252: such a source does not give random bytes. */
	return kr_ristretto_scalar_is_zero(out) ? KR_ERR_RANDOM : KR_OK;
}
