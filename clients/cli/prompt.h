/* Asking the person in front of the terminal.
 *
 * Questions go to stderr, so that stdout holds answers only. Every string that is
 * returned is on the heap; text_free_secret ends it. NULL: nobody there, end of input,
 * or no memory. */
#ifndef KRING_CLI_PROMPT_H
#define KRING_CLI_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

#define PROMPT_TEXT_MAX ((size_t)128 << 10)

/* Can somebody be asked: stdin and stderr are a terminal. */
bool prompt_is_possible(void);

/* Has the input come to its end: nothing that is asked from now on is answered. */
bool prompt_has_ended(void);

/* One line. */
char *prompt_line(const char *question);

/* Lines until one with a single full stop, or the end of input. */
char *prompt_text(const char *question);

/* yes, y, ja, j; anything else, or nobody to ask: no. */
bool prompt_yes(const char *question);

/* Choose one of num; -1 if it is left out by an empty line. */
int prompt_choice(const char *question, const char *const *choices, size_t num);

#endif
