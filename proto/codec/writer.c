#include <kring/codec.h>

#include <stdlib.h>
#include <string.h>

void kr_writer_init(struct kr_writer *w)
{
	kr_writer_init_max(w, KR_WRITER_MAX);
}

void kr_writer_init_max(struct kr_writer *w, size_t max)
{
	*w = (struct kr_writer){.max = max};
}

void kr_writer_init_fixed(struct kr_writer *w, uint8_t *data, size_t cap)
{
	*w = (struct kr_writer){.data = data, .cap = cap, .max = cap, .fixed = true};
}

void kr_writer_free(struct kr_writer *w)
{
	if (w == NULL) {
		return;
	}
	if (!w->fixed) {
		kr_wipe(w->data, w->len);
		free(w->data);
	}
	*w = (struct kr_writer){0};
}

void kr_writer_reset(struct kr_writer *w)
{
	kr_wipe(w->data, w->len);
	w->len = 0;
	w->err = KR_OK;
}

void kr_writer_fail(struct kr_writer *w, enum kr_err err)
{
	if (w->err == KR_OK) {
		w->err = err;
	}
}

/* Room for len more bytes. Growth is allocate, copy, wipe, never realloc: the bytes may
 * be secret, and realloc leaves the old copy in free memory. */
static bool reserve(struct kr_writer *w, size_t len)
{
	size_t cap;
	uint8_t *grown;

	if (w->err != KR_OK) {
		return false;
	}
	if (len > w->max - w->len) {
		kr_writer_fail(w, KR_ERR_TOO_LARGE);
		return false;
	}
	if (len <= w->cap - w->len) {
		return true;
	}
	cap = w->cap < 64 ? 128 : w->cap * 2;
	if (cap < w->len + len) {
		cap = w->len + len;
	}
	grown = malloc(cap);
	if (grown == NULL) {
		kr_writer_fail(w, KR_ERR_MEMORY);
		return false;
	}
	if (w->len > 0) {
		memcpy(grown, w->data, w->len);
		kr_wipe(w->data, w->len);
	}
	free(w->data);
	w->data = grown;
	w->cap = cap;
	return true;
}

static void write_uint(struct kr_writer *w, uint64_t v, size_t len)
{
	if (!reserve(w, len)) {
		return;
	}
	for (size_t i = 0; i < len; i++) {
		w->data[w->len++] = (uint8_t)(v >> (8 * (len - 1 - i)));
	}
}

void kr_write_u8(struct kr_writer *w, uint8_t v)
{
	write_uint(w, v, 1);
}

void kr_write_u16(struct kr_writer *w, uint16_t v)
{
	write_uint(w, v, 2);
}

void kr_write_u32(struct kr_writer *w, uint32_t v)
{
	write_uint(w, v, 4);
}

void kr_write_u64(struct kr_writer *w, uint64_t v)
{
	write_uint(w, v, 8);
}

static size_t varint_size(size_t v)
{
	return v < 0x40 ? 1 : v < 0x4000 ? 2 : 4;
}

void kr_write_varint(struct kr_writer *w, size_t v)
{
	size_t size = varint_size(v);
	uint64_t prefix = size == 1 ? 0 : size == 2 ? 0x4000 : 0x80000000;

	if (v > KR_VARINT_MAX) {
		kr_writer_fail(w, KR_ERR_TOO_LARGE);
		return;
	}
	write_uint(w, prefix | v, size);
}

void kr_write_fixed(struct kr_writer *w, struct kr_view v)
{
	if (v.len > 0 && reserve(w, v.len)) {
		memcpy(w->data + w->len, v.data, v.len);
		w->len += v.len;
	}
}

void kr_write_zeroes(struct kr_writer *w, size_t len)
{
	if (len > 0 && reserve(w, len)) {
		memset(w->data + w->len, 0, len);
		w->len += len;
	}
}

void kr_write_optional(struct kr_writer *w, bool present)
{
	kr_write_u8(w, present ? 1 : 0);
}

void kr_write_vec(struct kr_writer *w, struct kr_view v)
{
	kr_write_varint(w, v.len);
	kr_write_fixed(w, v);
}

size_t kr_write_vec_begin(struct kr_writer *w)
{
	return w->len;
}

void kr_write_vec_end(struct kr_writer *w, size_t begin)
{
	uint8_t prefix[4];
	struct kr_writer header;
	size_t content_len;

	if (w->err != KR_OK) {
		return;
	}
	content_len = w->len - begin;
	kr_writer_init_fixed(&header, prefix, sizeof(prefix));
	kr_write_varint(&header, content_len);
	if (header.err != KR_OK) {
		kr_writer_fail(w, header.err);
		return;
	}
	if (!reserve(w, header.len)) {
		return;
	}
	memmove(w->data + begin + header.len, w->data + begin, content_len);
	memcpy(w->data + begin, prefix, header.len);
	w->len += header.len;
}

struct kr_view kr_writer_view(const struct kr_writer *w)
{
	return w->err == KR_OK ? kr_view(w->data, w->len) : kr_view(NULL, 0);
}

enum kr_err kr_writer_finish(struct kr_writer *w, struct kr_bytes *out)
{
	enum kr_err err = w->err;

	*out = (struct kr_bytes){0};
	if (err == KR_OK && w->fixed) {
		err = KR_ERR_ARGUMENT;
	}
	if (err != KR_OK) {
		kr_writer_free(w);
		return err;
	}
	*out = (struct kr_bytes){.data = w->data, .len = w->len}; /* transferred */
	*w = (struct kr_writer){.max = w->max};
	return KR_OK;
}
