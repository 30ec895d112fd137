/* The letter that goes with an invitation: one page to print, as HTML without anything
 * from elsewhere, in the language of who invites. Neutral: whoever finds it learns that
 * neighbours want to keep in touch, and no more. */
#ifndef KRING_CLI_LETTER_H
#define KRING_CLI_LETTER_H

#include <stdbool.h>
#include <stdio.h>

struct letter {
	const char *community; /* its name */
	const char *link;
	double until_ms;
};

void letter_print(FILE *out, const struct letter *letter);

/* Into a file that its owner alone can read. errno says why not. */
bool letter_write(const char *name, const struct letter *letter);

#endif
