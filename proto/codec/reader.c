#include <kring/codec.h>

#include <string.h>

static struct kr_view take(struct kr_reader *r, size_t len)
{
	struct kr_view taken = kr_view(r->rest.data, len);

	if (len > 0) {
		r->rest.data += len;
		r->rest.len -= len;
	}
	return taken;
}

/* A big-endian integer of len bytes. */
static enum kr_err read_uint(struct kr_reader *r, size_t len, uint64_t *out)
{
	struct kr_view v;
	uint64_t value = 0;

	*out = 0;
	if (r->rest.len < len) {
		return KR_ERR_TRUNCATED;
	}
	v = take(r, len);
	for (size_t i = 0; i < len; i++) {
		value = value << 8 | v.data[i];
	}
	*out = value;
	return KR_OK;
}

enum kr_err kr_read_u8(struct kr_reader *r, uint8_t *out)
{
	uint64_t value;
	enum kr_err err = read_uint(r, 1, &value);

	*out = (uint8_t)value;
	return err;
}

enum kr_err kr_read_u16(struct kr_reader *r, uint16_t *out)
{
	uint64_t value;
	enum kr_err err = read_uint(r, 2, &value);

	*out = (uint16_t)value;
	return err;
}

enum kr_err kr_read_u32(struct kr_reader *r, uint32_t *out)
{
	uint64_t value;
	enum kr_err err = read_uint(r, 4, &value);

	*out = (uint32_t)value;
	return err;
}

enum kr_err kr_read_u64(struct kr_reader *r, uint64_t *out)
{
	return read_uint(r, 8, out);
}

enum kr_err kr_read_varint(struct kr_reader *r, uint32_t *out)
{
	/* The greatest value that each prefix, and with it each length, can hold. */
	static const uint32_t greatest[] = {0x3f, 0x3fff, KR_VARINT_MAX};
	struct kr_reader probe = *r;
	uint64_t value;
	unsigned prefix;

	*out = 0;
	if (r->rest.len == 0) {
		return KR_ERR_TRUNCATED;
	}
	prefix = r->rest.data[0] >> 6;
	if (prefix == 3) {
		return KR_ERR_VARINT;
	}
	if (read_uint(&probe, (size_t)1 << prefix, &value) != KR_OK) {
		return KR_ERR_TRUNCATED;
	}
	value &= greatest[prefix];
	/* Minimal: a longer form is used only when the next shorter one cannot hold
	 * it. */
	if (prefix > 0 && value <= greatest[prefix - 1]) {
		return KR_ERR_VARINT;
	}
	*r = probe;
	*out = (uint32_t)value;
	return KR_OK;
}

enum kr_err kr_read_fixed(struct kr_reader *r, size_t len, struct kr_view *out)
{
	*out = kr_view(NULL, 0);
	if (r->rest.len < len) {
		return KR_ERR_TRUNCATED;
	}
	*out = take(r, len);
	return KR_OK;
}

enum kr_err kr_read_copy(struct kr_reader *r, uint8_t *out, size_t len)
{
	struct kr_view v;
	enum kr_err err = kr_read_fixed(r, len, &v);

	if (err != KR_OK) {
		memset(out, 0, len);
	} else if (len > 0) {
		memcpy(out, v.data, len);
	}
	return err;
}

enum kr_err kr_read_vec(struct kr_reader *r, struct kr_view *out)
{
	struct kr_reader probe = *r;
	uint32_t len;
	enum kr_err err;

	*out = kr_view(NULL, 0);
	if ((err = kr_read_varint(&probe, &len)) ||
		(err = kr_read_fixed(&probe, len, out))) {
		return err;
	}
	*r = probe;
	return KR_OK;
}

enum kr_err kr_read_vec_exact(struct kr_reader *r, uint8_t *out, size_t len)
{
	struct kr_reader probe = *r;
	struct kr_view v;
	enum kr_err err = kr_read_vec(&probe, &v);

	if (err == KR_OK && v.len != len) {
		err = KR_ERR_ENCODING;
	}
	if (err != KR_OK) {
		memset(out, 0, len);
		return err;
	}
	if (len > 0) {
		memcpy(out, v.data, len);
	}
	*r = probe;
	return KR_OK;
}

enum kr_err kr_read_optional(struct kr_reader *r, bool *present)
{
	struct kr_reader probe = *r;
	uint8_t byte;
	enum kr_err err = kr_read_u8(&probe, &byte);

	*present = false;
	if (err != KR_OK) {
		return err;
	}
	if (byte > 1) {
		return KR_ERR_ENCODING;
	}
	*present = byte == 1;
	*r = probe;
	return KR_OK;
}

enum kr_err kr_read_end(const struct kr_reader *r)
{
	return r->rest.len == 0 ? KR_OK : KR_ERR_TRAILING;
}
