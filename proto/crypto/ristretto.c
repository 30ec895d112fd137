#include <kring/crypto.h>

#include <string.h>

#include <sodium.h>

enum kr_err kr_ristretto_scalar_decode(
	struct kr_ristretto_scalar *out, const uint8_t in[KR_RISTRETTO_BYTES])
{
	uint8_t wide[crypto_core_ristretto255_NONREDUCEDSCALARBYTES] = {0};
	struct kr_ristretto_scalar reduced;
	bool canonical;

	/* Canonical means: reduction modulo the group order changes nothing. In a copy:
	 * in may be the storage of out, and would be compared with itself. */
	memcpy(wide, in, KR_RISTRETTO_BYTES);
	crypto_core_ristretto255_scalar_reduce(reduced.bytes, wide);
	canonical = kr_equal_ct(reduced.bytes, in, KR_RISTRETTO_BYTES);
	*out = reduced;
	kr_wipe(wide, sizeof(wide));
	kr_ristretto_scalar_wipe(&reduced);
	if (!canonical) {
		kr_ristretto_scalar_wipe(out);
		return KR_ERR_KEY;
	}
	return KR_OK;
}

enum kr_err kr_ristretto_element_decode(
	struct kr_ristretto_element *out, const uint8_t in[KR_RISTRETTO_BYTES])
{
	static const uint8_t identity[KR_RISTRETTO_BYTES];

	/* libsodium 1.0.18 ignores the highest bit: one element would have two encodings.
	 * RFC 9496 §4.3.1 refuses it. */
	if ((in[KR_RISTRETTO_BYTES - 1] & 0x80) != 0 ||
		crypto_core_ristretto255_is_valid_point(in) != 1 ||
		memcmp(in, identity, sizeof(identity)) == 0) {
		*out = (struct kr_ristretto_element){0};
		return KR_ERR_KEY;
	}
	memmove(out->bytes, in, sizeof(out->bytes));
	return KR_OK;
}

bool kr_ristretto_scalar_is_zero(const struct kr_ristretto_scalar *s)
{
	return sodium_is_zero(s->bytes, sizeof(s->bytes)) == 1;
}

void kr_ristretto_scalar_reduce(struct kr_ristretto_scalar *out, const uint8_t wide[64])
{
	crypto_core_ristretto255_scalar_reduce(out->bytes, wide);
}

void kr_ristretto_scalar_add(struct kr_ristretto_scalar *out,
	const struct kr_ristretto_scalar *a, const struct kr_ristretto_scalar *b)
{
	crypto_core_ristretto255_scalar_add(out->bytes, a->bytes, b->bytes);
}

void kr_ristretto_scalar_sub(struct kr_ristretto_scalar *out,
	const struct kr_ristretto_scalar *a, const struct kr_ristretto_scalar *b)
{
	crypto_core_ristretto255_scalar_sub(out->bytes, a->bytes, b->bytes);
}

void kr_ristretto_scalar_mul(struct kr_ristretto_scalar *out,
	const struct kr_ristretto_scalar *a, const struct kr_ristretto_scalar *b)
{
	crypto_core_ristretto255_scalar_mul(out->bytes, a->bytes, b->bytes);
}

enum kr_err kr_ristretto_scalar_invert(
	struct kr_ristretto_scalar *out, const struct kr_ristretto_scalar *s)
{
	if (crypto_core_ristretto255_scalar_invert(out->bytes, s->bytes) != 0) {
		kr_ristretto_scalar_wipe(out);
		return KR_ERR_KEY;
	}
	return KR_OK;
}

void kr_ristretto_scalar_wipe(struct kr_ristretto_scalar *s)
{
	kr_wipe(s->bytes, sizeof(s->bytes));
}

void kr_ristretto_from_hash(struct kr_ristretto_element *out, const uint8_t hash[64])
{
	crypto_core_ristretto255_from_hash(out->bytes, hash);
}

enum kr_err kr_ristretto_mul(struct kr_ristretto_element *out,
	const struct kr_ristretto_scalar *s, const struct kr_ristretto_element *e)
{
	if (crypto_scalarmult_ristretto255(out->bytes, s->bytes, e->bytes) != 0) {
		*out = (struct kr_ristretto_element){0};
		return KR_ERR_KEY;
	}
	return KR_OK;
}

enum kr_err kr_ristretto_mul_base(
	struct kr_ristretto_element *out, const struct kr_ristretto_scalar *s)
{
	if (crypto_scalarmult_ristretto255_base(out->bytes, s->bytes) != 0) {
		*out = (struct kr_ristretto_element){0};
		return KR_ERR_KEY;
	}
	return KR_OK;
}

enum kr_err kr_ristretto_add(struct kr_ristretto_element *out,
	const struct kr_ristretto_element *a, const struct kr_ristretto_element *b)
{
	if (crypto_core_ristretto255_add(out->bytes, a->bytes, b->bytes) != 0) {
		*out = (struct kr_ristretto_element){0};
		return KR_ERR_KEY;
	}
	return KR_OK;
}
