/* A table for people: columns as wide as what stands in them, and together no wider than
 * the terminal. */
#ifndef KRING_CLI_TABLE_H
#define KRING_CLI_TABLE_H

#include <stddef.h>
#include <stdio.h>

#define TABLE_COLUMNS_MAX 10

struct table {
	size_t num_columns;
	size_t num_cells;
	size_t cap_cells;
	char **cells; /* row by row; the first row is the headings */
};

void table_init(struct table *table, size_t num_columns, const char *const *headings);
void table_finish(struct table *table);

/* The next cell, row by row: a copy of text on one line, made harmless. NULL is "". */
void table_cell(struct table *table, const char *text);

/* columns 0: as wide as it gets. What does not fit is cut with "…", the widest column
 * first; a column keeps at least four characters. */
void table_print(const struct table *table, FILE *out, size_t columns);

#endif
