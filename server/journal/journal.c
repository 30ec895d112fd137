#include "server/journal/journal.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static atomic_int least_priority = JOURNAL_INFO;

void journal_set_level(enum journal_priority least)
{
	atomic_store(&least_priority, (int)least);
}

/* Nothing that a terminal or a parser of lines would act on gets through. */
static void strip_controls(char *line, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)line[i];

		if (c < 0x20 || c == 0x7f) {
			line[i] = '?';
		}
	}
}

/* What a printf-like call added to a buffer of which used bytes were taken. */
static size_t advance(size_t used, int printed)
{
	size_t len = used + (printed > 0 ? (size_t)printed : 0);

	return len < JOURNAL_LINE_BYTES - 1 ? len : JOURNAL_LINE_BYTES - 2;
}

void journal(enum journal_priority priority, const char *event, const char *format, ...)
{
	char line[JOURNAL_LINE_BYTES];
	size_t len;
	va_list args;

	if ((int)priority > atomic_load(&least_priority)) {
		return;
	}
	len = advance(
		0, snprintf(line, sizeof(line) - 1, "<%d>%s ", (int)priority, event));
	va_start(args, format);
	len = advance(len, vsnprintf(line + len, sizeof(line) - 1 - len, format, args));
	va_end(args);
	strip_controls(line, len);
	line[len++] = '\n';
	/* A log that cannot be written is nothing that kringd could report anywhere. */
	if (write(STDERR_FILENO, line, len) < 0) {
		return;
	}
}
