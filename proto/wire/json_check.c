/* The strict profile, PROTOCOL.md §2: what cJSON alone would let pass. */
#include <kring/wire.h>

#include <string.h>

struct scan {
	const uint8_t *at;
	const uint8_t *end;
};

static bool scan_value(struct scan *s, unsigned depth);

static void skip_space(struct scan *s)
{
	while (s->at < s->end &&
		(*s->at == ' ' || *s->at == '\t' || *s->at == '\r' || *s->at == '\n')) {
		s->at++;
	}
}

/* The next byte, if it is c. */
static bool take(struct scan *s, uint8_t c)
{
	if (s->at < s->end && *s->at == c) {
		s->at++;
		return true;
	}
	return false;
}

static bool take_word(struct scan *s, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(s->end - s->at) < len || memcmp(s->at, word, len) != 0) {
		return false;
	}
	s->at += len;
	return true;
}

static bool scan_hex4(struct scan *s, uint32_t *out)
{
	*out = 0;
	if (s->end - s->at < 4) {
		return false;
	}
	for (int i = 0; i < 4; i++) {
		uint8_t c = *s->at++;
		uint32_t digit;

		if (c >= '0' && c <= '9') {
			digit = (uint32_t)c - '0';
		} else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
			digit = (uint32_t)(c | 0x20) - 'a' + 10;
		} else {
			return false;
		}
		*out = *out << 4 | digit;
	}
	return true;
}

/* After the backslash. A high surrogate must be followed by a low one, U+0000 is
 * refused: as C strings hold the result. */
static bool scan_escape(struct scan *s)
{
	uint32_t unit;

	if (s->at == s->end) {
		return false;
	}
	if (*s->at != 'u') {
		return strchr("\"\\/bfnrt", *s->at++) != NULL && s->at[-1] != 0;
	}
	s->at++;
	if (!scan_hex4(s, &unit) || unit == 0 || (unit >= 0xdc00 && unit <= 0xdfff)) {
		return false;
	}
	if (unit >= 0xd800 && unit <= 0xdbff) {
		return take(s, '\\') && take(s, 'u') && scan_hex4(s, &unit) &&
			unit >= 0xdc00 && unit <= 0xdfff;
	}
	return true;
}

/* One character of two to four bytes: shortest form, no surrogates, up to U+10FFFF. */
static bool scan_utf8(struct scan *s)
{
	static const struct {
		uint8_t mask, lead;
		int num_more;
		uint32_t least;
	} forms[] = {
		{0xe0, 0xc0, 1, 0x80}, {0xf0, 0xe0, 2, 0x800}, {0xf8, 0xf0, 3, 0x10000}};
	uint8_t lead = *s->at;

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		uint32_t point = lead & (uint8_t)~forms[i].mask;

		if ((lead & forms[i].mask) != forms[i].lead) {
			continue;
		}
		if (s->end - s->at < 1 + forms[i].num_more) {
			return false;
		}
		s->at++;
		for (int more = 0; more < forms[i].num_more; more++) {
			if ((*s->at & 0xc0) != 0x80) {
				return false;
			}
			point = point << 6 | (*s->at++ & 0x3f);
		}
		return point >= forms[i].least && point <= 0x10ffff &&
			!(point >= 0xd800 && point <= 0xdfff);
	}
	return false;
}

static bool scan_string(struct scan *s)
{
	if (!take(s, '"')) {
		return false;
	}
	while (s->at < s->end) {
		uint8_t c = *s->at;

		if (c == '"') {
			s->at++;
			return true;
		}
		if (c < 0x20) {
			return false;
		}
		if (c == '\\') {
			s->at++;
			if (!scan_escape(s)) {
				return false;
			}
		} else if (c < 0x80) {
			s->at++;
		} else if (!scan_utf8(s)) {
			return false;
		}
	}
	return false;
}

/* An integer whose value a double holds exactly. What may follow it (a fraction, an
 * exponent, more digits) is refused by whoever expects a comma or a bracket there. */
static bool scan_number(struct scan *s)
{
	bool negative = take(s, '-');
	uint64_t value = 0;

	if (s->at == s->end || *s->at < '0' || *s->at > '9') {
		return false;
	}
	if (take(s, '0')) {
		return !negative;
	}
	while (s->at < s->end && *s->at >= '0' && *s->at <= '9') {
		value = value * 10 + (uint64_t)(*s->at++ - '0');
		if (value > KR_JSON_INT_MAX) {
			return false;
		}
	}
	return true;
}

static bool scan_member(struct scan *s, unsigned depth)
{
	if (!scan_string(s)) {
		return false;
	}
	skip_space(s);
	return take(s, ':') && scan_value(s, depth);
}

/* An object or an array whose opening bracket has been taken. */
static bool scan_container(struct scan *s, unsigned depth, bool is_object)
{
	uint8_t close = is_object ? '}' : ']';

	if (depth > KR_JSON_DEPTH_MAX) {
		return false;
	}
	skip_space(s);
	if (take(s, close)) {
		return true;
	}
	for (size_t num = 1; num <= KR_JSON_NUM_MAX; num++) {
		skip_space(s);
		if (is_object ? !scan_member(s, depth) : !scan_value(s, depth)) {
			return false;
		}
		skip_space(s);
		if (take(s, close)) {
			return true;
		}
		if (!take(s, ',')) {
			return false;
		}
	}
	return false;
}

/* depth is that of the container around the value. */
static bool scan_value(struct scan *s, unsigned depth)
{
	skip_space(s);
	if (s->at == s->end) {
		return false;
	}
	switch (*s->at) {
	case '{':
		s->at++;
		return scan_container(s, depth + 1, true);
	case '[':
		s->at++;
		return scan_container(s, depth + 1, false);
	case '"':
		return scan_string(s);
	case 't':
		return take_word(s, "true");
	case 'f':
		return take_word(s, "false");
	case 'n':
		return take_word(s, "null");
	default:
		return scan_number(s);
	}
}

enum kr_err kr_json_check(struct kr_view text)
{
	struct scan s = {.at = text.data, .end = text.data + text.len};

	if (text.len > KR_OBJECT_MAX) {
		return KR_ERR_TOO_LARGE;
	}
	if (text.len == 0) {
		return KR_ERR_JSON;
	}
	skip_space(&s);
	if (!take(&s, '{') || !scan_container(&s, 1, true)) {
		return KR_ERR_JSON;
	}
	skip_space(&s);
	return s.at == s.end ? KR_OK : KR_ERR_JSON;
}
