/* Text for a terminal: how wide it is, where it may be broken, and made harmless.
 *
 * What comes from other people may hold anything that UTF-8 can say, escape sequences
 * among it. Everything that is printed goes through text_harmless first. Strings are
 * UTF-8 whatever the locale. */
#ifndef KRING_CLI_TEXT_H
#define KRING_CLI_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* The code point at text and how many bytes it takes; 0 bytes at the end. A byte that is
 * not UTF-8 is U+FFFD. */
size_t text_next(const char *text, uint32_t *code_point);

/* A copy, freed by the caller, in which nothing moves the cursor, changes colours or
 * turns the direction of writing: such characters become U+FFFD. With lines, newlines
 * stay and tabs become a space; without, both become spaces. NULL if memory is out. */
char *text_harmless(const char *text, bool lines);

/* Columns on a terminal; wide characters are two, combining ones none. */
size_t text_width(const char *text);

/* How many bytes of text fit into columns. */
size_t text_fit(const char *text, size_t columns);

/* Print broken at spaces into lines of at most columns, each after indent spaces; words
 * that are longer are cut. Keeps the text's own line ends; ends with one. columns 0: not
 * broken. */
void text_wrap(FILE *out, const char *text, size_t indent, size_t columns);

/* text without spaces at both ends, in place. */
char *text_trim(char *text);

/* The host of wss://host:port/path, on the heap: a relay's name, unless it is called
 * otherwise. */
char *text_url_host(const char *url);

/* Overwrite a secret and free it. NULL is fine. */
void text_free_secret(char *text);

#endif
