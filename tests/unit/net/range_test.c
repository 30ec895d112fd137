/* server/net/range.c: which bytes a Range header asks for, RFC 9110 §14.1.2. */
#include "server/net/range.h"

#include "tests/lib/test.h"

static const struct {
	const char *name;
	const char *value;
	size_t len;
	enum range_kind kind;
	size_t first, last; /* of RANGE_ONE */
} cases[] = {
	{"the first bytes", "bytes=0-9", 100, RANGE_ONE, 0, 9},
	{"one byte", "bytes=5-5", 100, RANGE_ONE, 5, 5},
	{"the rest", "bytes=90-", 100, RANGE_ONE, 90, 99},
	{"beyond the end is cut", "bytes=90-200", 100, RANGE_ONE, 90, 99},
	{"the last bytes", "bytes=-10", 100, RANGE_ONE, 90, 99},
	{"more last bytes than there are", "bytes=-200", 100, RANGE_ONE, 0, 99},
	{"a number beyond size_t", "bytes=0-99999999999999999999999", 100, RANGE_ONE, 0,
		99},
	{"begins at the end", "bytes=100-", 100, RANGE_UNSATISFIABLE, 0, 0},
	{"begins beyond size_t", "bytes=99999999999999999999999-", 100,
		RANGE_UNSATISFIABLE, 0, 0},
	{"no last bytes", "bytes=-0", 100, RANGE_UNSATISFIABLE, 0, 0},
	{"an empty body", "bytes=-5", 0, RANGE_UNSATISFIABLE, 0, 0},
	{"backwards", "bytes=9-5", 100, RANGE_NONE, 0, 0},
	{"several", "bytes=0-1,5-6", 100, RANGE_NONE, 0, 0},
	{"another unit", "lines=0-5", 100, RANGE_NONE, 0, 0},
	{"no numbers", "bytes=-", 100, RANGE_NONE, 0, 0},
	{"no hyphen", "bytes=5", 100, RANGE_NONE, 0, 0},
	{"a sign", "bytes=+1-5", 100, RANGE_NONE, 0, 0},
	{"a space", "bytes= 1-5", 100, RANGE_NONE, 0, 0},
	{"nothing", "", 100, RANGE_NONE, 0, 0},
};

static void test_range(void **state)
{
	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		size_t first = 0, last = 0;
		enum range_kind kind =
			range_parse(cases[i].value, cases[i].len, &first, &last);

		if (kind != cases[i].kind) {
			fail_msg("%s: kind %d", cases[i].name, kind);
		}
		if (kind == RANGE_ONE &&
			(first != cases[i].first || last != cases[i].last)) {
			fail_msg("%s: %zu to %zu", cases[i].name, first, last);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_range),
	};

	return cmocka_run_group_tests_name("net/range", tests, NULL, NULL);
}
