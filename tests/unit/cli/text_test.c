#include "test.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "clients/cli/text.h"

#define BAD "\xef\xbf\xbd"

static void test_harmless(void **state)
{
	static const struct {
		const char *name, *text, *line, *lines;
	} rows[] = {
		{"plain", "Jan", "Jan", "Jan"},
		{"empty", "", "", ""},
		{"letters of any language", "Zoë 山 עברית", "Zoë 山 עברית",
			"Zoë 山 עברית"},
		{"lines", "a\nb", "a b", "a\nb"},
		{"tab", "a\tb", "a b", "a b"},
		{"escape", "\033[31mred", BAD "[31mred", BAD "[31mred"},
		{"bell, backspace, delete", "\a\b\x7f", BAD BAD BAD, BAD BAD BAD},
		{"carriage return", "a\rb", "a" BAD "b", "a" BAD "b"},
		{"C1 control",
			"\xc2\x9b"
			"31m",
			BAD "31m", BAD "31m"},
		{"direction",
			"\xe2\x80\xae"
			"nnA",
			BAD "nnA", BAD "nnA"},
		{"isolate", "\xe2\x81\xa6", BAD, BAD},
		{"mark of direction", "\xe2\x80\x8f", BAD, BAD},
		{"line separator", "\xe2\x80\xa8", BAD, BAD},
		{"zero width space", "\xe2\x80\x8b", BAD, BAD},
		{"byte order mark", "\xef\xbb\xbf", BAD, BAD},
		{"tag", "\xf3\xa0\x81\x81", BAD, BAD},
		{"joiner stays", "\xe2\x80\x8d", "\xe2\x80\x8d", "\xe2\x80\x8d"},
		{"a byte alone", "a\xff", "a" BAD, "a" BAD},
		{"cut short", "\xe2\x82", BAD BAD, BAD BAD},
		{"not shortest", "\xc0\xaf", BAD BAD, BAD BAD},
		{"surrogate", "\xed\xa0\x80", BAD BAD BAD, BAD BAD BAD},
		{"beyond the last", "\xf4\x90\x80\x80", BAD BAD BAD BAD, BAD BAD BAD BAD},
	};

	(void)state;
	for (size_t i = 0; i < NUM(rows); i++) {
		char *line = text_harmless(rows[i].text, false);
		char *lines = text_harmless(rows[i].text, true);

		print_message("# %s\n", rows[i].name);
		assert_string_equal(line, rows[i].line);
		assert_string_equal(lines, rows[i].lines);
		free(line);
		free(lines);
	}
}

/* Whatever the bytes: nothing harmful is left, and doing it twice changes nothing. */
static void test_harmless_always(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		char text[24];
		size_t len = 0;
		char *once, *twice;

		for (; len < sizeof(text) - 1; len++) {
			seed = seed * 1664525 + 1013904223;
			text[len] = (char)(seed >> 24 ? seed >> 24 : 1);
		}
		text[len] = '\0';
		once = text_harmless(text, false);
		twice = text_harmless(once, false);
		assert_string_equal(once, twice);
		for (const char *c = once; *c; c++) {
			assert_true((unsigned char)*c >= 0x20 && *c != 0x7f);
		}
		free(once);
		free(twice);
	}
}

static void test_width(void **state)
{
	static const struct {
		const char *text;
		size_t width, fit_in, fits; /* fit_in columns hold fits bytes */
	} rows[] = {
		{"", 0, 3, 0},
		{"Jan", 3, 2, 2},
		{"Jan", 3, 3, 3},
		{"Zoë", 3, 3, 4},
		{"山本", 4, 3, 3},
		{"山本", 4, 1, 0},
		{"e\xcc\x81", 1, 1, 3}, /* a combining accent */
		{"👍!", 3, 2, 4},
	};

	(void)state;
	for (size_t i = 0; i < NUM(rows); i++) {
		assert_int_equal(text_width(rows[i].text), rows[i].width);
		assert_int_equal(text_fit(rows[i].text, rows[i].fit_in), rows[i].fits);
	}
}

static void test_wrap(void **state)
{
	static const struct {
		const char *text;
		size_t indent, columns;
		const char *expected;
	} rows[] = {
		{"one two three", 0, 8, "one two\nthree\n"},
		{"one two three", 2, 9, "  one two\n  three\n"},
		{"one two three", 0, 0, "one two three\n"},
		{"one\n\ntwo", 1, 20, " one\n\n two\n"},
		{"abcdefgh", 0, 3, "abc\ndef\ngh\n"},
		{"山本山本", 0, 5, "山本\n山本\n"},
		{"山", 0, 1, "山\n"},
		{"a   b", 0, 3, "a  \nb\n"},
		{"", 2, 10, "\n"},
		{"end\n", 0, 10, "end\n"},
		{"narrow", 10, 4,
			"          n\n          a\n          r\n          r\n"
			"          o\n          w\n"},
	};

	(void)state;
	for (size_t i = 0; i < NUM(rows); i++) {
		char *got = NULL;
		size_t len = 0;
		FILE *out = open_memstream(&got, &len);

		text_wrap(out, rows[i].text, rows[i].indent, rows[i].columns);
		(void)fclose(out);
		assert_string_equal(got, rows[i].expected);
		free(got);
	}
}

static void test_trim(void **state)
{
	static const char *const rows[][2] = {
		{"", ""}, {" ", ""}, {"a", "a"}, {" a b\r\n", "a b"}, {"\t\na", "a"}};

	(void)state;
	for (size_t i = 0; i < NUM(rows); i++) {
		char *text = strdup(rows[i][0]);

		assert_string_equal(text_trim(text), rows[i][1]);
		text_free_secret(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_harmless),
		cmocka_unit_test(test_harmless_always),
		cmocka_unit_test(test_width),
		cmocka_unit_test(test_wrap),
		cmocka_unit_test(test_trim),
	};

	(void)setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
