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

struct range {
	uint32_t first, last;
};

static bool is_among(uint32_t point, const struct range *ranges, size_t num)
{
	for (size_t i = 0; i < num; i++) {
		if (point >= ranges[i].first && point <= ranges[i].last) {
			return true;
		}
	}
	return false;
}

/* Joiners, marks of direction, selectors of form, tags. */
static bool shows_nothing(uint32_t point)
{
	static const struct range ranges[] = {
		{0x00ad, 0x00ad},
		{0x034f, 0x034f},
		{0x061c, 0x061c},
		{0x17b4, 0x17b5},
		{0x180b, 0x180f},
		{0x200b, 0x200f},
		{0x202a, 0x202e},
		{0x2060, 0x206f},
		{0xfe00, 0xfe0f},
		{0xfeff, 0xfeff},
		{0xfff0, 0xfffb},
		{0xe0000, 0xe0fff},
	};

	return is_among(point, ranges, sizeof(ranges) / sizeof(ranges[0]));
}

/* Spaces of every width, and letters that are only there to fill. */
static bool is_blank(uint32_t point)
{
	static const struct range ranges[] = {
		{0x0020, 0x0020},
		{0x00a0, 0x00a0},
		{0x115f, 0x1160},
		{0x1680, 0x1680},
		{0x2000, 0x200a},
		{0x202f, 0x202f},
		{0x205f, 0x205f},
		{0x2800, 0x2800},
		{0x3000, 0x3000},
		{0x3164, 0x3164},
		{0xffa0, 0xffa0},
	};

	return is_among(point, ranges, sizeof(ranges) / sizeof(ranges[0]));
}

/* A line as it is seen. */
struct sight {
	struct kr_view rest;
	uint32_t held; /* what stands behind the blank that was given; 0: nothing */
	bool has_begun;
};

/* The next that is seen, one blank for any run of them between others; 0 at the end. */
static uint32_t next_seen(struct sight *s)
{
	uint32_t point = s->held;
	bool is_apart = false;

	s->held = 0;
	if (point != 0) {
		return point;
	}
	while (s->rest.len > 0 && next_point(&s->rest, &point)) {
		if (is_blank(point)) {
			is_apart = s->has_begun;
		} else if (!shows_nothing(point)) {
			s->has_begun = true;
			s->held = is_apart ? point : 0;
			return is_apart ? ' ' : point;
		}
	}
	return 0;
}

int kr_line_compare(struct kr_view a, struct kr_view b)
{
	struct sight left = {.rest = a};
	struct sight right = {.rest = b};
	uint32_t l;
	uint32_t r;

	do {
		l = next_seen(&left);
		r = next_seen(&right);
	} while (l == r && l != 0);
	return l < r ? -1 : l > r ? 1 : 0;
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
	for (struct kr_view rest = text; rest.len > 0;) {
		if (!next_point(&rest, &point) || is_unfit_for_line(point)) {
			return KR_ERR_TEXT;
		}
	}
	return next_seen(&(struct sight){.rest = text}) != 0 ? KR_OK : KR_ERR_TEXT;
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
