#include <kring/wire.h>

enum kr_err kr_message_split(struct kr_message *out, struct kr_view bytes, bool is_text)
{
	struct kr_reader r = kr_reader(bytes);
	uint16_t len;

	*out = (struct kr_message){0};
	if (is_text) {
		if (bytes.len > KR_OBJECT_MAX) {
			return KR_ERR_TOO_LARGE;
		}
		out->object = bytes;
		return KR_OK;
	}
	if (kr_read_u16(&r, &len) != KR_OK) {
		return KR_ERR_FRAME;
	}
	if (len > KR_OBJECT_MAX) {
		return KR_ERR_TOO_LARGE;
	}
	if (kr_read_fixed(&r, len, &out->object) != KR_OK) {
		return KR_ERR_FRAME;
	}
	out->body = r.rest;
	return KR_OK;
}

size_t kr_message_begin(struct kr_writer *w)
{
	size_t begin = w->len;

	kr_write_u16(w, 0);
	return begin;
}

void kr_message_end(struct kr_writer *w, size_t begin, struct kr_view body)
{
	size_t len;

	if (w->err != KR_OK) {
		return;
	}
	len = w->len - begin - 2;
	if (len > UINT16_MAX) {
		kr_writer_fail(w, KR_ERR_TOO_LARGE);
		return;
	}
	w->data[begin] = (uint8_t)(len >> 8);
	w->data[begin + 1] = (uint8_t)len;
	kr_write_fixed(w, body);
}

size_t kr_ws_header(uint8_t out[KR_WS_HEADER_MAX], unsigned opcode, uint64_t payload_len)
{
	struct kr_writer w;

	kr_writer_init_fixed(&w, out, KR_WS_HEADER_MAX);
	kr_write_u8(&w, (uint8_t)(0x80 | opcode));
	if (payload_len < 126) {
		kr_write_u8(&w, (uint8_t)payload_len);
	} else if (payload_len <= UINT16_MAX) {
		kr_write_u8(&w, 126);
		kr_write_u16(&w, (uint16_t)payload_len);
	} else {
		kr_write_u8(&w, 127);
		kr_write_u64(&w, payload_len);
	}
	return w.len;
}
