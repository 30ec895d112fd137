#include "clients/cli/text.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <kring/bytes.h>

#define REPLACEMENT 0xfffd

/* The bytes that begin a sequence say its length and hold its first bits. */
static size_t sequence_len(unsigned char first, uint32_t *bits)
{
	static const struct {
		unsigned char mask, value;
		size_t len;
	} forms[] = {
		{0x80, 0x00, 1},
		{0xe0, 0xc0, 2},
		{0xf0, 0xe0, 3},
		{0xf8, 0xf0, 4},
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if ((first & forms[i].mask) == forms[i].value) {
			*bits = first & (unsigned char)~forms[i].mask;
			return forms[i].len;
		}
	}
	return 0;
}

size_t text_next(const char *text, uint32_t *code_point)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *bytes = (const unsigned char *)text;
	uint32_t c = 0;
	size_t len;

	*code_point = 0;
	if (!bytes[0]) {
		return 0;
	}
	len = sequence_len(bytes[0], &c);
	for (size_t i = 1; i < len; i++) {
		if ((bytes[i] & 0xc0) != 0x80) {
			len = 0;
			break;
		}
		c = c << 6 | (bytes[i] & 0x3f);
	}
	if (len == 0 || c < smallest[len] || c > 0x10ffff ||
		(c >= 0xd800 && c < 0xe000)) {
		*code_point = REPLACEMENT;
		return 1;
	}
	*code_point = c;
	return len;
}

/* Controls of C0 and C1, of lines and of the direction of writing, characters that take
 * no room and mean nothing by themselves, and tags. */
static bool is_harmful(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x061c ||
		c == 0x200b || c == 0x200e || c == 0x200f ||
		(c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
		c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
		(c >= 0xe0000 && c < 0xe1000);
}

char *text_harmless(const char *text, bool lines)
{
	char *copy = malloc(3 * strlen(text) + 1);
	size_t len, out = 0;
	uint32_t c;

	if (!copy) {
		return NULL;
	}
	for (; (len = text_next(text, &c)); text += len) {
		if (c == '\n' && lines) {
			copy[out++] = '\n';
		} else if (c == '\n' || c == '\t') {
			copy[out++] = ' ';
		} else if (is_harmful(c) || c == REPLACEMENT) {
			memcpy(copy + out, "\xef\xbf\xbd", 3);
			out += 3;
		} else {
			memcpy(copy + out, text, len);
			out += len;
		}
	}
	copy[out] = '\0';
	return copy;
}

static size_t width_of(uint32_t c)
{
	int width = wcwidth((wchar_t)c);

	/* A locale that does not know the character: it will be shown somehow. */
	return width < 0 ? 1 : (size_t)width;
}

size_t text_width(const char *text)
{
	size_t width = 0, len;
	uint32_t c;

	for (; (len = text_next(text, &c)); text += len) {
		width += width_of(c);
	}
	return width;
}

size_t text_fit(const char *text, size_t columns)
{
	size_t width = 0, fits = 0, len;
	uint32_t c;

	for (; (len = text_next(text + fits, &c)); fits += len) {
		width += width_of(c);
		if (width > columns) {
			break;
		}
	}
	return fits;
}

/* One line of the text's own. */
static void wrap_line(FILE *out, const char *line, size_t len, size_t indent, size_t room)
{
	char *rest = strndup(line, len);
	char *at = rest;

	while (at) {
		size_t fits = text_fit(at, room);
		size_t cut = fits;

		if (!at[fits]) {
			(void)fprintf(out, "%*s%s\n", *at ? (int)indent : 0, "", at);
			break;
		}
		while (cut > 0 && at[cut] != ' ') {
			cut--;
		}
		cut = cut ? cut : fits;
		if (cut == 0) { /* not even one character fits: then it sticks out */
			uint32_t c;

			cut = text_next(at, &c);
		}
		(void)fprintf(out, "%*s%.*s\n", (int)indent, "", (int)cut, at);
		at += cut;
		at += strspn(at, " ");
		if (!*at) {
			break;
		}
	}
	free(rest);
}

void text_wrap(FILE *out, const char *text, size_t indent, size_t columns)
{
	size_t room = columns == 0 ? SIZE_MAX : columns > indent ? columns - indent : 1;

	for (;;) {
		size_t len = strcspn(text, "\n");

		wrap_line(out, text, len, indent, room);
		if (!text[len] || !text[len + 1]) {
			break;
		}
		text += len + 1;
	}
}

char *text_trim(char *text)
{
	size_t len;

	text += strspn(text, " \t\r\n");
	len = strlen(text);
	while (len > 0 && strchr(" \t\r\n", text[len - 1])) {
		len--;
	}
	text[len] = '\0';
	return text;
}

char *text_url_host(const char *url)
{
	const char *begin = strstr(url, "://");

	begin = begin ? begin + 3 : url;
	return strndup(
		begin, *begin == '[' ? strcspn(begin, "]") + 1 : strcspn(begin, ":/"));
}

void text_free_secret(char *text)
{
	if (text) {
		kr_wipe(text, strlen(text));
		free(text);
	}
}
