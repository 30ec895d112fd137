#include "clients/cli/report.h"

#include <stdlib.h>
#include <string.h>

#include <kring/bytes.h>

#include "clients/cli/arguments.h"
#include "clients/cli/prompt.h"
#include "clients/cli/text.h"

#define LINE_MAX_BYTES 8192

cJSON *report_request(const struct cli *cli, const char *name, const char *url)
{
	const char *given = arguments_option(cli->arguments, "relay");
	cJSON *request = cJSON_CreateObject();
	char *relay = !url ? NULL : given ? strdup(given) : text_url_host(url);

	(void)cJSON_AddStringToObject(request, "do", name);
	if (url) {
		(void)cJSON_AddStringToObject(request, "url", url);
		(void)cJSON_AddStringToObject(request, "relay", relay ? relay : "");
	}
	free(relay);
	return request;
}

static char *url_of(const char *host)
{
	char *url = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&url, &len);

	if (out) {
		(void)fprintf(out, "wss://%s/kring", host);
		(void)fclose(out);
	}
	return url;
}

char *report_url(struct cli *cli, const char *host)
{
	const char *given = arguments_option(cli->arguments, "url");
	char *url = given ? strdup(given) : NULL;

	if (!url && host && *host) {
		url = url_of(host);
	}
	if (!url) {
		url = prompt_line(_("The relay's address (wss://…/kring):"));
	}
	if (!url || !*url) {
		cli_complain(cli, "no_terminal", "--url");
		free(url);
		return NULL;
	}
	return url;
}

static char *none_if_empty(char *text)
{
	if (text && !*text) {
		text_free_secret(text);
		return NULL;
	}
	return text;
}

char *report_line(const char *question)
{
	char line[LINE_MAX_BYTES];
	char *copy = NULL;

	if (prompt_is_possible()) {
		return none_if_empty(prompt_line(question));
	}
	if (fgets(line, sizeof(line), stdin)) {
		copy = strdup(text_trim(line));
	}
	kr_wipe(line, sizeof(line));
	return none_if_empty(copy);
}

/* After a line was read from it: the rest waits in stdin's own buffer. */
static char *read_rest(void)
{
	char *text = calloc(1, PROMPT_TEXT_MAX);
	char *trimmed = NULL;

	if (text) {
		(void)fread(text, 1, PROMPT_TEXT_MAX - 1, stdin);
		trimmed = strdup(text_trim(text));
		kr_wipe(text, PROMPT_TEXT_MAX);
		free(text);
	}
	return trimmed;
}

char *report_text(const char *question)
{
	return none_if_empty(prompt_is_possible() ? prompt_text(question) : read_rest());
}
