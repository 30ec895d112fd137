/* Text as people write it: what is refused is what could hide or disguise. */
#include <kring/content.h>

/* The next character, in its shortest form; false for anything else. */
static bool next_point(struct kr_view *rest, uint32_t *point)
{
	static const struct {
		uint8_t mask, lead;
		size_t num_more;
		uint32_t least;
	} forms[] = {
		{0x80, 0x00, 0, 0},
		{0xe0, 0xc0, 1, 0x80},
		{0xf0, 0xe0, 2, 0x800},
		{0xf8, 0xf0, 3, 0x10000},
	};
	const uint8_t *at = rest->data;

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		size_t len = 1 + forms[i].num_more;

		if ((at[0] & forms[i].mask) != forms[i].lead) {
			continue;
		}
		if (rest->len < len) {
			return false;
		}
		*point = at[0] & (uint8_t)~forms[i].mask;
		for (size_t k = 1; k < len; k++) {
			if ((at[k] & 0xc0) != 0x80) {
				return false;
			}
			*point = *point << 6 | (at[k] & 0x3f);
		}
		*rest = kr_view(at + len, rest->len - len);
		return *point >= forms[i].least && *point <= 0x10ffff &&
			(*point < 0xd800 || *point > 0xdfff);
	}
	return false;
}

static bool is_control(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point <= 0x9f);
}

/* What breaks a line or turns the direction of what stands beside it. */
static bool is_unfit_for_line(uint32_t point)
{
	return is_control(point) || (point >= 0x2028 && point <= 0x202e) ||
		(point >= 0x2066 && point <= 0x2069);
}

enum kr_err kr_text_check(struct kr_view text, size_t max_len)
{
	uint32_t point;

	if (text.len > max_len) {
		return KR_ERR_TOO_LARGE;
	}
	while (text.len > 0) {
		if (!next_point(&text, &point) ||
			(is_control(point) && point != '\n' && point != '\t')) {
			return KR_ERR_TEXT;
		}
	}
	return KR_OK;
}

enum kr_err kr_line_check(struct kr_view text, size_t max_len)
{
	uint32_t point;

	if (text.len > max_len) {
		return KR_ERR_TOO_LARGE;
	}
	if (text.len == 0 || text.data[0] == ' ' || text.data[text.len - 1] == ' ') {
		return KR_ERR_TEXT;
	}
	while (text.len > 0) {
		if (!next_point(&text, &point) || is_unfit_for_line(point)) {
			return KR_ERR_TEXT;
		}
	}
	return KR_OK;
}

void kr_text_commit(uint8_t out[KR_SHA256_BYTES], const uint8_t salt[KR_TEXT_SALT_BYTES],
	struct kr_view text)
{
	uint8_t prefix[1 + 13 + KR_TEXT_SALT_BYTES + 4];
	struct kr_writer w;
	struct kr_sha256 h;

	kr_writer_init_fixed(&w, prefix, sizeof(prefix));
	kr_write_vec(&w, kr_view_str("kring text v1"));
	kr_write_fixed(&w, kr_view(salt, KR_TEXT_SALT_BYTES));
	kr_write_varint(&w, text.len);
	kr_sha256_init(&h);
	kr_sha256_update(&h, kr_writer_view(&w));
	kr_sha256_update(&h, text);
	kr_sha256_final(&h, out);
}
