#include "proto/wire/growing.h"

#define MAJOR 1
#define MINOR 0

enum kr_err kr_growing_begin(struct kr_reader *r, uint8_t *minor)
{
	uint8_t major;
	enum kr_err err = kr_read_u8(r, &major);

	if (err != KR_OK) {
		return err;
	}
	return major == MAJOR ? kr_read_u8(r, minor) : KR_ERR_CONTENT_VERSION;
}

enum kr_err kr_growing_end(struct kr_reader *r, uint8_t minor, struct kr_view *later)
{
	*later = r->rest;
	return minor > MINOR ? KR_OK : kr_read_end(r);
}

enum kr_err kr_read_text(struct kr_reader *r, struct kr_view *out, size_t max_len)
{
	enum kr_err err = kr_read_vec(r, out);

	return err != KR_OK ? err : kr_text_check(*out, max_len);
}

enum kr_err kr_read_line(struct kr_reader *r, struct kr_view *out, size_t max_len)
{
	enum kr_err err = kr_read_vec(r, out);

	return err != KR_OK || out->len == 0 ? err : kr_line_check(*out, max_len);
}
