#include "clients/cli/prompt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <kring/bytes.h>

#include "clients/cli/cli.h"
#include "clients/cli/text.h"

bool prompt_is_possible(void)
{
	return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

bool prompt_has_ended(void)
{
	return !prompt_is_possible() || feof(stdin);
}

/* The next line without its end. getline's own buffer grows by realloc, which leaves
 * copies behind; lines are bounded instead. */
static char *read_line(void)
{
	char line[8192];
	char *copy = NULL;

	if (fgets(line, sizeof(line), stdin)) {
		copy = strdup(text_trim(line));
	}
	kr_wipe(line, sizeof(line));
	return copy;
}

char *prompt_line(const char *question)
{
	if (!prompt_is_possible()) {
		return NULL;
	}
	(void)fprintf(stderr, "%s ", question);
	(void)fflush(stderr);
	return read_line();
}

char *prompt_text(const char *question)
{
	char *text = calloc(1, PROMPT_TEXT_MAX);
	size_t len = 0;

	if (!text || !prompt_is_possible()) {
		free(text);
		return NULL;
	}
	(void)fprintf(stderr, "%s\n%s\n", question,
		_("(End with a line that holds only a full stop.)"));
	while (len + 1 < PROMPT_TEXT_MAX &&
		fgets(text + len, (int)(PROMPT_TEXT_MAX - len), stdin)) {
		if (strcmp(text + len, ".\n") == 0) {
			text[len] = '\0';
			break;
		}
		len += strlen(text + len);
	}
	(void)memmove(text, text_trim(text), strlen(text_trim(text)) + 1);
	return text;
}

bool prompt_yes(const char *question)
{
	static const char *const words[] = {"y", "yes", "j", "ja"};
	char *answer = prompt_line(question);
	bool yes = false;

	for (size_t i = 0; answer && i < sizeof(words) / sizeof(words[0]); i++) {
		yes = yes || strcasecmp(answer, words[i]) == 0;
	}
	free(answer);
	return yes;
}

int prompt_choice(const char *question, const char *const *choices, size_t num)
{
	(void)fprintf(stderr, "%s\n", question);
	for (size_t i = 0; i < num; i++) {
		(void)fprintf(stderr, "  %zu  %s\n", i + 1, choices[i]);
	}
	for (;;) {
		char *answer = prompt_line(_("Number:"));
		long n = answer ? strtol(answer, NULL, 10) : 0;
		bool is_left_out = !answer || !*answer;

		free(answer);
		if (is_left_out) {
			return -1;
		}
		if (n >= 1 && (size_t)n <= num) {
			return (int)n - 1;
		}
		(void)fprintf(stderr, "%s\n", _("Give one of the numbers above."));
	}
}
