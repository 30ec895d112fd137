#include <test.h>

#include <hex.h>

#include <string.h>

#include <kring/content.h>

static const struct {
	const char *name;
	struct kr_view text;
	enum kr_err as_text;
	enum kr_err as_line;
} cases[] = {
	{"ascii", LITERAL_INIT("hoor je dat?"), KR_OK, KR_OK},
	{"two bytes", LITERAL_INIT("Zo\xc3\xab"), KR_OK, KR_OK},
	{"three bytes", LITERAL_INIT("\xe2\x82\xac"), KR_OK, KR_OK},
	{"four bytes", LITERAL_INIT("\xf0\x9f\x9a\x91"), KR_OK, KR_OK},
	{"last code point", LITERAL_INIT("\xf4\x8f\xbf\xbf"), KR_OK, KR_OK},
	{"just below surrogates", LITERAL_INIT("\xed\x9f\xbf"), KR_OK, KR_OK},
	{"just above surrogates", LITERAL_INIT("\xee\x80\x80"), KR_OK, KR_OK},
	{"arabic", LITERAL_INIT("\xd9\x85\xd8\xb1"), KR_OK, KR_OK},
	{"not composed", LITERAL_INIT("e\xcc\x81"), KR_OK, KR_OK},
	{"first after C1", LITERAL_INIT("a\xc2\xa0z"), KR_OK, KR_OK},
	{"space inside", LITERAL_INIT("a b"), KR_OK, KR_OK},
	{"empty", LITERAL_INIT(""), KR_OK, KR_ERR_TEXT},
	{"newline", LITERAL_INIT("a\nb"), KR_OK, KR_ERR_TEXT},
	{"tab", LITERAL_INIT("a\tb"), KR_OK, KR_ERR_TEXT},
	{"space before", LITERAL_INIT(" a"), KR_OK, KR_ERR_TEXT},
	{"space after", LITERAL_INIT("a "), KR_OK, KR_ERR_TEXT},
	{"line separator", LITERAL_INIT("a\xe2\x80\xa8z"), KR_OK, KR_ERR_TEXT},
	{"right-to-left override", LITERAL_INIT("a\xe2\x80\xaez"), KR_OK, KR_ERR_TEXT},
	{"first isolate", LITERAL_INIT("a\xe2\x81\xa6z"), KR_OK, KR_ERR_TEXT},
	{"last isolate", LITERAL_INIT("a\xe2\x81\xa9z"), KR_OK, KR_ERR_TEXT},
	{"nothing to be seen", LITERAL_INIT("\xe2\x80\x8b\xc2\xa0\xe3\x85\xa4"), KR_OK,
		KR_ERR_TEXT},
	{"something behind what is not seen",
		LITERAL_INIT("\xe2\x80\x8b"
			     "a"),
		KR_OK, KR_OK},
	{"NUL", LITERAL_INIT("a\0b"), KR_ERR_TEXT, KR_ERR_TEXT},
	{"carriage return", LITERAL_INIT("a\r\n"), KR_ERR_TEXT, KR_ERR_TEXT},
	{"escape", LITERAL_INIT("\x1b[31m"), KR_ERR_TEXT, KR_ERR_TEXT},
	{"delete", LITERAL_INIT("a\x7f"), KR_ERR_TEXT, KR_ERR_TEXT},
	{"first of C1", LITERAL_INIT("a\xc2\x80"), KR_ERR_TEXT, KR_ERR_TEXT},
	{"last of C1", LITERAL_INIT("a\xc2\x9f"), KR_ERR_TEXT, KR_ERR_TEXT},
	{"continuation alone", LITERAL_INIT("\x80"), KR_ERR_TEXT, KR_ERR_TEXT},
	{"cut in two", LITERAL_INIT("\xc3"), KR_ERR_TEXT, KR_ERR_TEXT},
	{"cut in three", LITERAL_INIT("a\xe2\x82"), KR_ERR_TEXT, KR_ERR_TEXT},
	{"cut in four", LITERAL_INIT("\xf0\x9f\x9a"), KR_ERR_TEXT, KR_ERR_TEXT},
	{"wrong continuation", LITERAL_INIT("\xc3z"), KR_ERR_TEXT, KR_ERR_TEXT},
	{"long form of /", LITERAL_INIT("\xc0\xaf"), KR_ERR_TEXT, KR_ERR_TEXT},
	{"long form in three", LITERAL_INIT("\xe0\x80\xaf"), KR_ERR_TEXT, KR_ERR_TEXT},
	{"long form in four", LITERAL_INIT("\xf0\x80\x80\xaf"), KR_ERR_TEXT, KR_ERR_TEXT},
	{"first surrogate", LITERAL_INIT("\xed\xa0\x80"), KR_ERR_TEXT, KR_ERR_TEXT},
	{"last surrogate", LITERAL_INIT("\xed\xbf\xbf"), KR_ERR_TEXT, KR_ERR_TEXT},
	{"beyond the last", LITERAL_INIT("\xf4\x90\x80\x80"), KR_ERR_TEXT, KR_ERR_TEXT},
	{"five bytes", LITERAL_INIT("\xf8\x88\x80\x80\x80"), KR_ERR_TEXT, KR_ERR_TEXT},
	{"no lead byte", LITERAL_INIT("\xff"), KR_ERR_TEXT, KR_ERR_TEXT},
	{"21 bytes", LITERAL_INIT("aaaaaaaaaaaaaaaaaaaaa"), KR_ERR_TOO_LARGE,
		KR_ERR_TOO_LARGE},
};

static void texts_and_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		enum kr_err text = kr_text_check(cases[i].text, 20);
		enum kr_err line = kr_line_check(cases[i].text, 20);

		if (text != cases[i].as_text || line != cases[i].as_line) {
			fail_msg("%s: %s as a text, %s as a line", cases[i].name,
				kr_err_name(text), kr_err_name(line));
		}
	}
}

/* A name that nobody can tell from another is the same. */
static void p5_lines_that_look_the_same(void **state)
{
	static const struct {
		const char *a, *b;
		bool is_same;
	} pairs[] = {
		{"Anna", "Anna", true},
		{"Anna", "Anna\xe2\x80\x8b", true}, /* zero-width space */
		{"Anna",
			"\xe2\x81\xa0"
			"Anna",
			true},                                  /* word joiner */
		{"Anna", "An\xc2\xadna", true},                 /* soft hyphen */
		{"Anna", "An\xe2\x80\x8d\xe2\x80\x8cna", true}, /* joiner, non-joiner */
		{"Anna", "Anna\xef\xb8\x8e", true},             /* selector of form */
		{"Anna", "Anna\xf3\xa0\x81\xa1", true},         /* tag */
		{"Anna", "Anna\xc2\xa0", true}, /* a space that does not break */
		{"Anna",
			"\xe3\x85\xa4"
			"Anna",
			true}, /* filler */
		{"Anna B", "Anna  B", true},
		{"Anna B", "Anna\xe2\x80\x83\xe2\x80\x8b B", true},
		{"Anna", "anna", false},
		{"Anna", "Ann", false},
		{"Anna", "Anna B", false},
		{"Anna B", "AnnaB", false},
		{"Anna", "\xd0\x90nna", false}, /* of another alphabet: SECURITY.md */
		{"", "\xe2\x80\x8b", true},
		{"", "Anna", false},
	};

	(void)state;
	for (size_t i = 0; i < NUM(pairs); i++) {
		struct kr_view a = kr_view_str(pairs[i].a);
		struct kr_view b = kr_view_str(pairs[i].b);

		if ((kr_line_compare(a, b) == 0) != pairs[i].is_same ||
			kr_line_compare(a, b) != -kr_line_compare(b, a)) {
			fail_msg("pair %zu: %d", i, kr_line_compare(a, b));
		}
	}
}

/* SHA-256 of 0d "kring text v1", 32 bytes 0x11, 02 "ja", computed with sha256sum. */
static void commitment_is_the_documented_hash(void **state)
{
	uint8_t salt[KR_TEXT_SALT_BYTES];
	uint8_t expected[KR_SHA256_BYTES];
	uint8_t hash[KR_SHA256_BYTES];

	(void)state;
	memset(salt, 0x11, sizeof(salt));
	hex_decode(expected, sizeof(expected),
		"642bcc2ece3f000a6947e128cf8ac1fbd5efbbba898d5f66aa24e1ff5d21c601");
	kr_text_commit(hash, salt, LITERAL("ja"));
	assert_memory_equal(hash, expected, sizeof(hash));
	kr_text_commit(hash, salt, LITERAL("nee"));
	assert_memory_not_equal(hash, expected, sizeof(hash));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_and_lines),
		cmocka_unit_test(p5_lines_that_look_the_same),
		cmocka_unit_test(commitment_is_the_documented_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
