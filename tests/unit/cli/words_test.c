#include "test.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <kring/content.h>

#include "clients/cli/words.h"

static void test_since(void **state)
{
	static const struct {
		const char *text, *precision, *shown;
	} rows[] = {
		{"2026", "year", "2026"},
		{"2026-10", "month", "2026-10"},
		{"2026-10-05", "day", "2026-10-05"},
		{"5-10-2026", "day", "2026-10-05"},
		{"2024-02-29", "day", "2024-02-29"},
		{"2026-10-05T21", "hour", "2026-10-05 21:00"},
		{"2026-10-05T21:30", "hour", "2026-10-05 21:00"},
		{"", NULL, NULL},
		{"yesterday", NULL, NULL},
		{"26", NULL, NULL},
		{"1900", NULL, NULL},
		{"2026-13", NULL, NULL},
		{"2026-00", NULL, NULL},
		{"2026-02-29", NULL, NULL},
		{"2026-10-05x", NULL, NULL},
		{"2026-10-05T24", NULL, NULL},
		{"2026-10-05T21:3", NULL, NULL},
		{"-2026", NULL, NULL},
		{"2026-10-", NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < NUM(rows); i++) {
		uint64_t time_ms = 0;
		const char *precision = words_read_since(rows[i].text, &time_ms);
		char shown[32];

		print_message("# %s\n", rows[i].text);
		if (!rows[i].precision) {
			assert_null(precision);
			continue;
		}
		assert_non_null(precision);
		assert_string_equal(precision, rows[i].precision);
		assert_string_equal(
			words_since(shown, sizeof(shown), precision, (double)time_ms),
			rows[i].shown);
	}
}

static void test_read_time(void **state)
{
	static const struct {
		const char *text;
		uint64_t after_ms; /* that hour or day; UINT64_MAX: no time */
	} rows[] = {
		{"2026-10-05", 0},
		{"2026-10-05T00", 0},
		{"2026-10-05T14:30", 870 * 60000},
		{"2026-10-05T14:05:09", 845 * 60000 + 9000},
		{"2026-10-05T14:60", UINT64_MAX},
		{"2026-10-05T14:30:60", UINT64_MAX},
		{"2026-10-05T24:00", UINT64_MAX},
		{"2026-10-05T14:", UINT64_MAX},
		{"2026-10-05T14:30:", UINT64_MAX},
		{"2026-10-05T14:30:15:1", UINT64_MAX},
		{"2026-10-05T14:-3", UINT64_MAX},
		{"2026-10-05:30", UINT64_MAX},
		{"2026-10-05T14:30 ", UINT64_MAX},
		{"tomorrow", UINT64_MAX},
		{"", UINT64_MAX},
	};
	uint64_t day_ms;

	(void)state;
	assert_non_null(words_read_since("2026-10-05", &day_ms));
	for (size_t i = 0; i < NUM(rows); i++) {
		uint64_t time_ms;

		print_message("# %s\n", rows[i].text);
		assert_int_equal(words_read_time(rows[i].text, &time_ms),
			rows[i].after_ms != UINT64_MAX);
		if (rows[i].after_ms != UINT64_MAX) {
			assert_int_equal(time_ms, day_ms + rows[i].after_ms);
		}
	}
}

static void test_times(void **state)
{
	char shown[32];

	(void)state;
	assert_string_equal(words_time(shown, sizeof(shown), 1790000000000.0),
		"2026-09-21 16:13"); /* summer time */
	assert_string_equal(words_time(shown, sizeof(shown), 1767312000000.0),
		"2026-01-02 01:00"); /* winter time */
	assert_string_equal(words_time(shown, sizeof(shown), 0), "");
	assert_string_equal(words_since(shown, sizeof(shown), "not_said", 1e12), "");
}

static void test_find(void **state)
{
	static const struct {
		enum words list;
		const char *word, *name;
	} rows[] = {
		{WORDS_CATEGORY, "shouting", "shouting"},
		{WORDS_CATEGORY, "Child", "child"},
		{WORDS_CATEGORY, "older", "older_person"},
		{WORDS_CATEGORY, "something else", "other"},
		{WORDS_OFTEN, "every w", "weekly"},
		{WORDS_OFTEN, "once", "once"},
		{WORDS_OFTEN, "every", NULL}, /* two begin so */
		{WORDS_CATEGORY, "", NULL},
		{WORDS_CATEGORY, "fun", NULL},
	};

	(void)state;
	for (size_t i = 0; i < NUM(rows); i++) {
		const char *name = words_find(rows[i].list, rows[i].word);

		print_message("# %s\n", rows[i].word);
		if (rows[i].name) {
			assert_non_null(name);
			assert_string_equal(name, rows[i].name);
		} else {
			assert_null(name);
		}
	}
}

/* Every kind of content has words, and what has none is shown as it came. */
static void test_complete(void **state)
{
#define NAME(symbol, number, name, minor, fields, text_max) name,
	static const char *const kinds[] = {KR_CONTENT_LIST(NAME)};
#undef NAME

	(void)state;
	for (size_t i = 0; i < NUM(kinds); i++) {
		print_message("# %s\n", kinds[i]);
		assert_string_equal(words_find(WORDS_KIND, kinds[i]), kinds[i]);
	}
	assert_string_equal(words_of(WORDS_KIND, "from_the_future"), "from_the_future");
	assert_string_equal(words_name(WORDS_OFTEN, 1), "once");
	assert_null(words_name(WORDS_OFTEN, 100));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_since),
		cmocka_unit_test(test_read_time),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_complete),
	};

	(void)setlocale(LC_ALL, "C.UTF-8");
	/* Amsterdam's rules, spelled out: the zone's file may not be there. */
	(void)setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
