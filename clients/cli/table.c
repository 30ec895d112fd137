#include "clients/cli/table.h"

#include <stdlib.h>
#include <string.h>

#include "clients/cli/text.h"

#define GAP       2
#define WIDTH_MIN 4

void table_init(struct table *table, size_t num_columns, const char *const *headings)
{
	*table = (struct table){.num_columns = num_columns};
	for (size_t i = 0; i < num_columns; i++) {
		table_cell(table, headings[i]);
	}
}

void table_finish(struct table *table)
{
	for (size_t i = 0; i < table->num_cells; i++) {
		free(table->cells[i]);
	}
	free(table->cells);
	*table = (struct table){0};
}

void table_cell(struct table *table, const char *text)
{
	if (table->num_cells == table->cap_cells) {
		size_t cap = table->cap_cells ? 2 * table->cap_cells : 32;
		char **cells = reallocarray(table->cells, cap, sizeof(*cells));

		if (!cells) {
			abort(); /* nothing is lost by ending here */
		}
		table->cells = cells;
		table->cap_cells = cap;
	}
	table->cells[table->num_cells++] = text_harmless(text ? text : "", false);
}

static const char *cell_at(const struct table *table, size_t i)
{
	return table->cells[i] ? table->cells[i] : "";
}

/* The widths that the cells want, then the widest narrower until all fit. */
static void find_widths(const struct table *table, size_t *widths, size_t columns)
{
	size_t total = GAP * (table->num_columns - 1);

	for (size_t i = 0; i < table->num_cells; i++) {
		size_t width = text_width(cell_at(table, i));
		size_t *column = &widths[i % table->num_columns];

		*column = width > *column ? width : *column;
	}
	for (size_t i = 0; i < table->num_columns; i++) {
		total += widths[i];
	}
	for (; columns && total > columns; total--) {
		size_t *widest = &widths[0];

		for (size_t i = 1; i < table->num_columns; i++) {
			widest = widths[i] > *widest ? &widths[i] : widest;
		}
		if (*widest <= WIDTH_MIN) {
			break;
		}
		*widest -= 1;
	}
}

static void print_cell(FILE *out, const char *text, size_t width, bool is_last)
{
	size_t shown = text_width(text);

	if (shown > width) {
		size_t fits = text_fit(text, width - 1);
		char *cut = strndup(text, fits);

		(void)fprintf(out, "%s…", cut ? cut : "");
		shown = (cut ? text_width(cut) : 0) + 1;
		free(cut);
	} else {
		(void)fputs(text, out);
	}
	if (!is_last) {
		(void)fprintf(out, "%*s", (int)(width - shown + GAP), "");
	}
}

void table_print(const struct table *table, FILE *out, size_t columns)
{
	size_t widths[TABLE_COLUMNS_MAX] = {0};

	find_widths(table, widths, columns);
	for (size_t i = 0; i < table->num_cells; i++) {
		size_t column = i % table->num_columns;
		bool is_last = column + 1 == table->num_columns;

		print_cell(out, cell_at(table, i), widths[column], is_last);
		if (is_last) {
			(void)fputc('\n', out);
		}
	}
}
