#include <kring/voprf.h>

#include <kring/codec.h>

#include <string.h>

static enum kr_err read_scalar(struct kr_reader *r, struct kr_ristretto_scalar *out)
{
	struct kr_view encoded;
	enum kr_err err = kr_read_fixed(r, KR_VOPRF_SCALAR_BYTES, &encoded);

	return err != KR_OK ? err : kr_ristretto_scalar_decode(out, encoded.data);
}

static enum kr_err read_element(struct kr_reader *r, struct kr_ristretto_element *out)
{
	struct kr_view encoded;
	enum kr_err err = kr_read_fixed(r, KR_VOPRF_ELEMENT_BYTES, &encoded);

	return err != KR_OK ? err : kr_ristretto_element_decode(out, encoded.data);
}

static enum kr_err elements_decode(
	struct kr_ristretto_element *out, size_t num, struct kr_reader *r)
{
	enum kr_err err;

	for (size_t i = 0; i < num; i++) {
		if ((err = read_element(r, &out[i]))) {
			return err;
		}
	}
	return kr_read_end(r);
}

enum kr_err kr_voprf_elements_decode(
	struct kr_ristretto_element *out, size_t *num, size_t max, struct kr_view in)
{
	struct kr_reader r = kr_reader(in);
	size_t count = in.len / KR_VOPRF_ELEMENT_BYTES;
	enum kr_err err;

	*num = 0;
	if (in.len == 0 || in.len % KR_VOPRF_ELEMENT_BYTES != 0) {
		err = KR_ERR_TRUNCATED;
	} else if (count > max) {
		err = KR_ERR_TOO_LARGE;
	} else {
		err = elements_decode(out, count, &r);
	}
	if (err != KR_OK) {
		kr_wipe(out, max * sizeof(*out));
		return err;
	}
	*num = count;
	return KR_OK;
}

enum kr_err kr_voprf_proof_decode(struct kr_voprf_proof *out, struct kr_view in)
{
	struct kr_reader r = kr_reader(in);
	enum kr_err err;

	if ((err = read_scalar(&r, &out->c)) || (err = read_scalar(&r, &out->s)) ||
		(err = kr_read_end(&r))) {
		*out = (struct kr_voprf_proof){0};
	}
	return err;
}

void kr_voprf_proof_encode(
	uint8_t out[KR_VOPRF_PROOF_BYTES], const struct kr_voprf_proof *proof)
{
	memcpy(out, proof->c.bytes, KR_VOPRF_SCALAR_BYTES);
	memcpy(out + KR_VOPRF_SCALAR_BYTES, proof->s.bytes, KR_VOPRF_SCALAR_BYTES);
}
