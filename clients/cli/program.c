/* The keystore as a whole, and staying connected. */
#include <stdlib.h>
#include <string.h>

#include "clients/cli/arguments.h"
#include "clients/cli/hook.h"
#include "clients/cli/prompt.h"
#include "clients/cli/render.h"
#include "clients/cli/resolve.h"
#include "clients/cli/run.h"
#include "clients/cli/session.h"
#include "clients/cli/special.h"
#include "clients/cli/tell.h"

static enum cli_exit finish(struct cli *cli)
{
	if (cli->is_json) {
		(void)fputs("{\"ok\":true}\n", cli->out);
	} else {
		(void)fprintf(cli->out, "%s\n", _(cli->arguments->command->done));
	}
	return CLI_DONE;
}

/* ---- sync and follow -------------------------------------------------------------- */

enum cli_exit run_sync(struct cli *cli)
{
	cJSON *request;
	enum cli_exit code = session_open(cli, SESSION_EXISTING);

	if (!code && !session_has_account(cli)) {
		cli_complain(cli, "no_account", NULL);
		code = CLI_KEYSTORE;
	}
	if (code) {
		return code;
	}
	request = cJSON_CreateObject();
	(void)cJSON_AddStringToObject(request, "do", "sync");
	return run_request(cli, request);
}

/* The message that is told of, by its number. */
static cJSON *message_of(struct cli *cli, const cJSON *tell)
{
	cJSON *question = cJSON_CreateObject();
	cJSON *answer, *message;

	(void)cJSON_AddStringToObject(question, "ask", "feed");
	(void)cJSON_AddStringToObject(question, "group", cli_string(tell, "group"));
	(void)cJSON_AddStringToObject(question, "show", "all");
	(void)cJSON_AddNumberToObject(question, "before", cli_number(tell, "seq") + 1);
	(void)cJSON_AddNumberToObject(question, "max", 1);
	answer = session_ask(cli, question);
	message = cJSON_DetachItemFromArray(cJSON_GetObjectItem(answer, "messages"), 0);
	cJSON_Delete(answer);
	return message;
}

/* For what is new in a case: the tell, and the case as it is now. A hook that fails is
 * said and nothing more: the next event comes all the same. */
static void run_hook(struct cli *cli, const char *program, const cJSON *tell)
{
	cJSON *question, *object, *answer;

	if (strcmp(cli_string(tell, "tell"), "case") != 0 &&
		strcmp(cli_string(tell, "tell"), "late") != 0) {
		return;
	}
	question = cJSON_CreateObject();
	(void)cJSON_AddStringToObject(question, "ask", "case");
	(void)cJSON_AddStringToObject(question, "case", cli_string(tell, "case"));
	answer = session_ask(cli, question);
	object = cJSON_CreateObject();
	(void)cJSON_AddItemToObject(object, "event", cJSON_Duplicate(tell, true));
	(void)cJSON_AddItemToObject(object, "case", answer);
	if (!hook_run(program, object)) {
		(void)fprintf(stderr, "kring: %s: %s\n", program, _("the hook failed"));
	}
	cJSON_Delete(object);
}

/* The inbox through which a case is seen; for free. */
static char *inbox_of(struct cli *cli, const char *case_id)
{
	cJSON *question = cJSON_CreateObject();
	cJSON *answer;
	char *inbox;

	(void)cJSON_AddStringToObject(question, "ask", "case");
	(void)cJSON_AddStringToObject(question, "case", case_id);
	answer = session_ask(cli, question);
	inbox = strdup(cli_string(answer, "inbox"));
	cJSON_Delete(answer);
	return inbox;
}

/* An alarm is never left out. */
static bool is_wanted(struct cli *cli, const cJSON *tell)
{
	const char *case_id = cli_string(tell, "case");
	bool wanted;
	char *inbox;

	if ((!cli->only_case && !cli->only_inbox) ||
		strcmp(cli_string(tell, "tell"), "alarm") == 0) {
		return true;
	}
	if (!*case_id || (cli->only_case && strcmp(case_id, cli->only_case) != 0)) {
		return false;
	}
	inbox = cli->only_inbox ? inbox_of(cli, case_id) : NULL;
	wanted = !cli->only_inbox || (inbox && strcmp(inbox, cli->only_inbox) == 0);
	free(inbox);
	return wanted;
}

static enum cli_exit read_filter(struct cli *cli)
{
	const char *one = arguments_option(cli->arguments, "case");
	const char *inbox = arguments_option(cli->arguments, "inbox");
	enum cli_exit code = one ? resolve_case(cli, one, &cli->only_case) : CLI_DONE;

	return !code && inbox ? resolve_own_inbox(cli, inbox, &cli->only_inbox) : code;
}

static void print_note(struct cli *cli, const cJSON *tell)
{
	const char *account = cli_string(tell, "account");
	char *name = *account ? render_colleague(cli, cli_string(tell, "inbox"), account)
			      : NULL;

	(void)fprintf(
		cli->out, _("Case %.8s: note of your team"), cli_string(tell, "case"));
	if (name) {
		(void)fprintf(cli->out, _(", by %s"), name);
	}
	(void)fputc('\n', cli->out);
	free(name);
}

static bool print_told(struct cli *cli, const cJSON *tell)
{
	const char *hook = arguments_option(cli->arguments, "hook");
	bool is_message = strcmp(cli_string(tell, "tell"), "message") == 0;
	cJSON *message;

	if (!is_wanted(cli, tell)) {
		return true;
	}
	message = is_message ? message_of(cli, tell) : NULL;
	if (cli->is_json) {
		cJSON *line = cJSON_Duplicate(tell, true);

		if (message) {
			(void)cJSON_AddItemToObject(line, "message", message);
		}
		cli_print_json(cli, line);
		cJSON_Delete(line);
	} else {
		if (message) {
			render_one(cli, message, 0);
		} else if (strcmp(cli_string(tell, "tell"), "note") == 0) {
			print_note(cli, tell);
		} else if (tell_print(cli->out, tell)) {
			(void)fputc('\n', cli->out);
		}
		cJSON_Delete(message);
	}
	(void)fflush(cli->out);
	if (hook) {
		run_hook(cli, hook, tell);
	}
	return !ferror(cli->out);
}

/* A hook gets what came in before, too: nothing is caught up with in between. */
static enum cli_exit begin_following(struct cli *cli)
{
	enum cli_exit code;

	if (!arguments_option(cli->arguments, "hook")) {
		return run_begin(cli);
	}
	code = session_open(cli, SESSION_EXISTING);
	if (!code && !session_has_account(cli)) {
		cli_complain(cli, "no_account", NULL);
		code = CLI_KEYSTORE;
	}
	return code;
}

enum cli_exit run_follow(struct cli *cli)
{
	enum cli_exit code = begin_following(cli);

	if (!code) {
		code = read_filter(cli);
	}
	if (!code) {
		cli_note(cli, _("Waiting for what comes in. Ctrl-C ends it."));
		code = session_follow(cli, print_told);
	}
	return code;
}

/* ---- The keystore ----------------------------------------------------------------- */

enum cli_exit run_passphrase(struct cli *cli)
{
	const char *file = cli->arguments->num_words ? cli->arguments->words[0] : NULL;
	enum cli_exit code = session_open(cli, SESSION_EXISTING);

	if (!code) {
		code = session_change_passphrase(cli, file);
	}
	return code ? code : finish(cli);
}

enum cli_exit run_delete_account(struct cli *cli)
{
	cJSON *request;
	enum cli_exit code;

	if (!cli->is_yes && !prompt_yes(_(cli->arguments->command->confirm))) {
		cli_complain(cli, "not_confirmed", _("say --yes, or answer yes"));
		return CLI_USAGE;
	}
	code = run_begin(cli);
	if (!code) {
		request = cJSON_CreateObject();
		(void)cJSON_AddStringToObject(request, "do", "delete_account");
		code = session_do(cli, request, NULL);
	}
	if (!code) {
		code = session_destroy(cli);
	}
	return code ? code : finish(cli);
}
