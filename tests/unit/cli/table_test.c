#include "test.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "clients/cli/table.h"
#include "clients/cli/text.h"

static char *printed(const char *const *cells, size_t num_cells, size_t columns)
{
	static const char *const headings[] = {"name", "id", "reason"};
	struct table table;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	table_init(&table, 3, headings);
	for (size_t i = 0; i < num_cells; i++) {
		table_cell(&table, cells[i]);
	}
	table_print(&table, out, columns);
	(void)fclose(out);
	table_finish(&table);
	return text;
}

static void test_print(void **state)
{
	static const char *const cells[] = {
		"山本", "abc", "loud music at night", "Jan", "d\033e", NULL};
	static const struct {
		size_t columns;
		const char *expected;
	} rows[] = {
		{0,
			"name  id   reason\n"
			"山本  abc  loud music at night\n"
			"Jan   d\xef\xbf\xbd"
			"e  \n"},
		{24,
			"name  id   reason\n"
			"山本  abc  loud music a…\n"
			"Jan   d\xef\xbf\xbd"
			"e  \n"},
	};

	(void)state;
	for (size_t i = 0; i < NUM(rows); i++) {
		char *got = printed(cells, NUM(cells), rows[i].columns);

		assert_string_equal(got, rows[i].expected);
		free(got);
	}
}

/* No line is wider than the terminal, down to four characters a column. */
static void test_fits(void **state)
{
	static const char *const cells[] = {"山本山本山本", "abcdefghijkl",
		"a long reason that goes on", "Jan", "x", "y"};

	(void)state;
	for (size_t columns = 16; columns < 70; columns++) {
		char *got = printed(cells, NUM(cells), columns);
		char *save = NULL;

		for (char *line = strtok_r(got, "\n", &save); line;
			line = strtok_r(NULL, "\n", &save)) {
			assert_true(text_width(line) <= columns);
		}
		free(got);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_fits),
	};

	(void)setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
