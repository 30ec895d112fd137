#include "clients/cli/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <kring/bytes.h>

#include "clients/cli/text.h"

char *files_read(const char *name)
{
	bool is_stdin = strcmp(name, "-") == 0;
	FILE *file = is_stdin ? stdin : fopen(name, "re");
	char *text = NULL, *copy = NULL;
	size_t len;

	if (!file) {
		return NULL;
	}
	text = calloc(1, FILES_TEXT_MAX + 1);
	if (text) {
		(void)setvbuf(file, NULL, _IONBF, 0); /* no second copy of a secret */
		len = fread(text, 1, FILES_TEXT_MAX, file);
		if (ferror(file) || len == FILES_TEXT_MAX || strlen(text) != len) {
			errno = EINVAL;
		} else {
			copy = strdup(text_trim(text));
		}
		kr_wipe(text, FILES_TEXT_MAX + 1);
		free(text);
	}
	if (!is_stdin) {
		(void)fclose(file);
	}
	return copy;
}

FILE *files_create(const char *name)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	FILE *file = fd >= 0 && fchmod(fd, 0600) == 0 ? fdopen(fd, "w") : NULL;

	if (!file && fd >= 0) {
		(void)close(fd);
	}
	return file;
}
