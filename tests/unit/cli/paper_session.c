/* A session on paper: kring's own main and everything behind it but the client. Answers
 * come from the JSON file that KRING_PAPER names, by "ask" or "do" (of "post", by its
 * kind); what was asked and done is appended to the file KRING_PAPER_LOG, a line each.
 *
 * An answer "queued" or "unreachable" stands for a relay that cannot be reached. */
#include <stdlib.h>
#include <string.h>

#include "clients/cli/errors.h"
#include "clients/cli/files.h"
#include "clients/cli/session.h"
#include "clients/cli/tell.h"

struct session {
	cJSON *answers;
};

static void note(const char *text)
{
	FILE *log = fopen(getenv("KRING_PAPER_LOG"), "ae");

	if (log) {
		(void)fprintf(log, "%s\n", text);
		(void)fclose(log);
	}
}

static const cJSON *answer_to(const struct cli *cli, const cJSON *request)
{
	const char *name = cli_string(request, "do");
	char *text = cJSON_PrintUnformatted(request);

	if (strcmp(cli_string(request, "ask"), "status") != 0) {
		note(text);
	}
	cJSON_free(text);
	name = *name ? name : cli_string(request, "ask");
	name = strcmp(name, "post") == 0 ? cli_string(request, "kind") : name;
	return cJSON_GetObjectItemCaseSensitive(cli->session->answers, name);
}

enum cli_exit session_open(struct cli *cli, enum session_keystore which)
{
	char *text = files_read(getenv("KRING_PAPER"));

	(void)which;
	cli->session = calloc(1, sizeof(*cli->session));
	cli->session->answers = cJSON_Parse(text ? text : "{}");
	free(text);
	return CLI_DONE;
}

enum cli_exit session_open_reporter(struct cli *cli)
{
	return session_open(cli, SESSION_ANY);
}

void session_close(struct cli *cli)
{
	if (cli->session) {
		cJSON_Delete(cli->session->answers);
		free(cli->session);
		cli->session = NULL;
	}
}

cJSON *session_ask(struct cli *cli, cJSON *question)
{
	const cJSON *answer = answer_to(cli, question);
	cJSON *copy = answer ? cJSON_Duplicate(answer, true)
			     : cJSON_Parse("{\"error\":\"not_found\"}");

	cJSON_Delete(question);
	return copy;
}

cJSON *session_ask_plain(struct cli *cli, const char *ask)
{
	cJSON *question = cJSON_CreateObject();

	(void)cJSON_AddStringToObject(question, "ask", ask);
	return session_ask(cli, question);
}

enum cli_exit session_do(struct cli *cli, cJSON *command, cJSON **answer)
{
	const cJSON *found = answer_to(cli, command);
	enum cli_exit code = CLI_DONE;

	cJSON_Delete(command);
	if (cJSON_IsString(found)) {
		cli_complain(cli, found->valuestring, NULL);
		return errors_exit(found->valuestring);
	}
	if (cJSON_HasObjectItem(found, "error")) {
		code = cli_complain_of(cli, found);
	} else if (answer) {
		*answer = found ? cJSON_Duplicate(found, true)
				: cJSON_Parse("{\"ok\":true}");
	}
	return code;
}

enum cli_exit session_sync(struct cli *cli)
{
	const cJSON *sync =
		cJSON_GetObjectItemCaseSensitive(cli->session->answers, "sync");

	return cJSON_IsString(sync) ? errors_exit(sync->valuestring) : CLI_DONE;
}

bool session_has_account(struct cli *cli)
{
	const cJSON *status =
		cJSON_GetObjectItemCaseSensitive(cli->session->answers, "status");

	return cJSON_HasObjectItem(status, "account");
}

enum cli_exit session_follow(struct cli *cli, session_told_fn *told)
{
	const cJSON *tell;

	cJSON_ArrayForEach(
		tell, cJSON_GetObjectItemCaseSensitive(cli->session->answers, "tells"))
	{
		if (!told(cli, tell)) {
			break;
		}
	}
	return CLI_DONE;
}

enum cli_exit session_change_passphrase(struct cli *cli, const char *new_file)
{
	(void)cli;
	note(new_file ? "passphrase from file" : "passphrase asked");
	return CLI_DONE;
}

enum cli_exit session_destroy(struct cli *cli)
{
	note("destroyed");
	session_close(cli);
	return CLI_DONE;
}
