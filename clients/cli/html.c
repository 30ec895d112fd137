#include "clients/cli/html.h"

#include <stdlib.h>

#include "clients/cli/cli.h"
#include "clients/cli/text.h"

void html_text(FILE *out, const char *text)
{
	char *harmless = text_harmless(text, true);

	for (const char *c = harmless ? harmless : ""; *c; c++) {
		const char *escaped = *c == '&' ? "&amp;"
			: *c == '<'             ? "&lt;"
			: *c == '>'             ? "&gt;"
			: *c == '"'             ? "&quot;"
						: NULL;

		if (escaped) {
			(void)fputs(escaped, out);
		} else {
			(void)fputc(*c, out);
		}
	}
	free(harmless);
}

void html_element(FILE *out, const char *name, const char *text)
{
	(void)fprintf(out, "<%s>", name);
	html_text(out, text);
	(void)fprintf(out, "</%s>\n", name);
}

void html_begin(FILE *out, const char *title, const char *style)
{
	(void)fprintf(out,
		"<!doctype html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta name=\"referrer\" content=\"no-referrer\">\n",
		/* TRANSLATORS: the code of the language that this is translated into. */
		_("en"));
	html_element(out, "title", title);
	(void)fprintf(out, "<style>%s</style>\n</head>\n<body>\n", style);
}

void html_end(FILE *out)
{
	(void)fputs("</body>\n</html>\n", out);
}
