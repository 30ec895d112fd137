#include "clients/cli/cli.h"

#include <stdlib.h>
#include <string.h>

#include "clients/cli/errors.h"
#include "clients/cli/text.h"

const char *cli_string(const cJSON *object, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

	return cJSON_IsString(item) ? item->valuestring : "";
}

double cli_number(const cJSON *object, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

	return cJSON_IsNumber(item) ? item->valuedouble : 0;
}

bool cli_is_true(const cJSON *object, const char *name)
{
	return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, name));
}

void cli_print_json(const struct cli *cli, const cJSON *object)
{
	char *text = cJSON_PrintUnformatted(object);

	(void)fprintf(cli->out, "%s\n", text ? text : "{}");
	cJSON_free(text);
}

void cli_note(const struct cli *cli, const char *words)
{
	if (!cli->is_json) {
		(void)fprintf(stderr, "%s\n", words);
	}
}

static void complain(
	const struct cli *cli, const char *code, const char *words, const char *detail)
{
	if (cli->is_json) {
		cJSON *object = cJSON_CreateObject();

		(void)cJSON_AddStringToObject(object, "error", code);
		(void)cJSON_AddStringToObject(object, "text", words);
		if (detail) {
			(void)cJSON_AddStringToObject(object, "detail", detail);
		}
		cli_print_json(cli, object);
		cJSON_Delete(object);
		return;
	}
	(void)fprintf(stderr, "kring: %s", words);
	if (detail) {
		char *harmless = text_harmless(detail, false);

		(void)fprintf(stderr, " (%s)", harmless ? harmless : "");
		free(harmless);
	}
	(void)fprintf(stderr, " [%s]\n", code);
}

void cli_complain(const struct cli *cli, const char *code, const char *detail)
{
	complain(cli, code, errors_words(code), detail);
}

void cli_explain(const struct cli *cli, const char *code, const char *words)
{
	complain(cli, code, words, NULL);
}

enum cli_exit cli_complain_of(const struct cli *cli, const cJSON *answer)
{
	const char *code = cli_string(answer, "error");

	code = *code ? code : "memory";
	if (cli->is_json && answer) {
		cli_print_json(cli, answer);
	} else {
		cli_complain(cli, code, NULL);
	}
	return errors_exit(code);
}
