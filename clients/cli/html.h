/* Pieces of a page to print. */
#ifndef KRING_CLI_HTML_H
#define KRING_CLI_HTML_H

#include <stdio.h>

/* Text of other people, made harmless and escaped. */
void html_text(FILE *out, const char *text);

/* <name>text</name>, on a line; text may be one of other people. */
void html_element(FILE *out, const char *name, const char *text);

/* All up to the body: title, the stylesheet, the language of who prints. */
void html_begin(FILE *out, const char *title, const char *style);
void html_end(FILE *out);

#endif
