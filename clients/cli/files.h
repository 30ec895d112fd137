/* Files that people hand over and get: small, and often secret. */
#ifndef KRING_CLI_FILES_H
#define KRING_CLI_FILES_H

#include <stddef.h>
#include <stdio.h>

#define FILES_TEXT_MAX ((size_t)128 << 10)

/* The whole of a file, "-" being standard input: less than FILES_TEXT_MAX bytes, without
 * NUL; without white space at both ends. For text_free_secret. NULL: errno says why. */
char *files_read(const char *name);

/* A new file, or an old one emptied, that its owner alone can read. NULL: errno. */
FILE *files_create(const char *name);

#endif
