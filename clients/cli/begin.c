/* Coming in: an account, a request to join, a community of one's own. */
#include <stdlib.h>
#include <string.h>

#include <kring/trust.h>

#include "clients/cli/arguments.h"
#include "clients/cli/prompt.h"
#include "clients/cli/render.h"
#include "clients/cli/run.h"
#include "clients/cli/session.h"
#include "clients/cli/special.h"
#include "clients/cli/text.h"

/* An option's value, or what is asked for in its place. */
static enum cli_exit option_or_ask(
	struct cli *cli, const char *option, const char *question, char **value)
{
	const char *given = arguments_option(cli->arguments, option);

	*value = given ? strdup(given) : prompt_line(question);
	if (!*value || !**value) {
		cli_complain(cli, "no_terminal", option);
		free(*value);
		*value = NULL;
		return CLI_USAGE;
	}
	return CLI_DONE;
}

/* ---- init and device accept ------------------------------------------------------- */

static enum cli_exit fill_init(struct cli *cli, cJSON *request)
{
	char *url = NULL, *name = NULL;
	enum cli_exit code = run_word(cli, 0, &url);

	if (!code) {
		code = option_or_ask(
			cli, "name", _("The name that your neighbours will see:"), &name);
	}
	if (!code) {
		code = run_add_options(cli, request);
	}
	if (!code) {
		(void)cJSON_AddStringToObject(request, "url", url);
		if (!cJSON_HasObjectItem(request, "name")) {
			(void)cJSON_AddStringToObject(request, "name", name);
		}
		if (!cJSON_HasObjectItem(request, "relay")) {
			char *host = text_url_host(url);

			(void)cJSON_AddStringToObject(request, "relay", host ? host : "");
			free(host);
		}
	}
	free(url);
	free(name);
	return code;
}

enum cli_exit run_init(struct cli *cli)
{
	cJSON *request = cJSON_Parse(cli->arguments->command->request);
	enum cli_exit code = fill_init(cli, request);

	if (!code) {
		code = session_open(cli, SESSION_ANY);
	}
	if (code) {
		cJSON_Delete(request);
		return code;
	}
	return run_request(cli, request);
}

enum cli_exit run_device_accept(struct cli *cli)
{
	cJSON *request = cJSON_Parse(cli->arguments->command->request);
	char *link = NULL, *name = NULL;
	enum cli_exit code = run_word(cli, 0, &link);

	if (!code) {
		code = option_or_ask(
			cli, "name", _("The name that your neighbours will see:"), &name);
	}
	if (!code) {
		(void)cJSON_AddStringToObject(request, "link", link);
		(void)cJSON_AddStringToObject(request, "name", name);
		code = session_open(cli, SESSION_ANY);
	}
	text_free_secret(link);
	free(name);
	if (code) {
		cJSON_Delete(request);
		return code;
	}
	return run_request(cli, request);
}

/* ---- join ------------------------------------------------------------------------- */

static char *view_copy(struct kr_view text)
{
	return strndup((const char *)text.data, text.len);
}

/* Which relay an invitation is of: the one it names, else the host of its prefix. */
static cJSON *init_of_link(const char *link, const char *url, const char *name)
{
	struct kr_link parts = {0};
	cJSON *request = NULL;
	char *prefix, *relay, *made = NULL;

	if (kr_link_read(&parts, kr_view_str(link))) {
		return NULL;
	}
	prefix = view_copy(parts.prefix);
	relay = parts.relay.len ? view_copy(parts.relay)
		: prefix        ? text_url_host(prefix)
				: NULL;
	if (relay && asprintf(&made, "wss://%s/kring", relay) > 0) {
		request = cJSON_CreateObject();
		(void)cJSON_AddStringToObject(request, "do", "init");
		(void)cJSON_AddStringToObject(request, "url", url ? url : made);
		(void)cJSON_AddStringToObject(request, "relay", relay);
		(void)cJSON_AddStringToObject(request, "name", name);
		(void)cJSON_AddStringToObject(request, "app", prefix);
	}
	kr_secret_wipe(&parts.seed);
	free(made);
	free(relay);
	free(prefix);
	return request;
}

static enum cli_exit join_with(
	struct cli *cli, const char *link, const char *name, const char *note)
{
	enum cli_exit code = session_open(cli, SESSION_ANY);
	cJSON *request;

	if (!code && !session_has_account(cli)) {
		request =
			init_of_link(link, arguments_option(cli->arguments, "url"), name);
		code = session_do(cli, request, NULL);
		/* A machine that starts with an account connects by itself. */
		if (!code && !cli->is_offline) {
			request = cJSON_CreateObject();
			(void)cJSON_AddStringToObject(request, "do", "connect");
			code = session_do(cli, request, NULL);
		}
	}
	if (code) {
		return code;
	}
	request = cJSON_CreateObject();
	(void)cJSON_AddStringToObject(request, "do", "join");
	(void)cJSON_AddStringToObject(request, "link", link);
	(void)cJSON_AddStringToObject(request, "name", name);
	(void)cJSON_AddStringToObject(request, "check", note);
	return run_request(cli, request);
}

enum cli_exit run_join(struct cli *cli)
{
	char *link = NULL, *name = NULL, *note = NULL;
	cJSON *trial = NULL;
	enum cli_exit code = run_word(cli, 0, &link);

	/* What is no invitation is found out before anything is made. */
	if (!code && !(trial = init_of_link(link, NULL, ""))) {
		cli_complain(cli, "link", NULL);
		code = CLI_REFUSED;
	}
	cJSON_Delete(trial);
	if (!code) {
		code = option_or_ask(
			cli, "name", _("The name that your neighbours will see:"), &name);
	}
	if (!code) {
		code = option_or_ask(cli, "note",
			_("Who are you, and how can a coordinator check that?"), &note);
	}
	if (!code) {
		code = join_with(cli, link, name, note);
	}
	text_free_secret(link);
	free(name);
	free(note);
	return code;
}

/* ---- found ------------------------------------------------------------------------ */

static enum cli_exit prepare(struct cli *cli, const char *name, cJSON **prepared)
{
	cJSON *request = cJSON_CreateObject();

	(void)cJSON_AddStringToObject(request, "do", "found_prepare");
	(void)cJSON_AddStringToObject(request, "name", name);
	(void)cJSON_AddBoolToObject(request, "recovery", true);
	return session_do(cli, request, prepared);
}

/* The digits are shown before the community is there: were they shown after, a crash in
 * between would leave a community whose key nobody has. */
static enum cli_exit found_with(struct cli *cli, const cJSON *prepared, const char *grant)
{
	const char *digits = cli_string(prepared, "recovery");
	cJSON *request = cJSON_CreateObject();
	cJSON *answer = NULL;
	enum cli_exit code;

	if (!cli->is_json) {
		render_recovery(cli->out, digits,
			_("With them a new coordinator can be named when nobody is "
			  "left."));
		(void)fflush(cli->out);
	}
	(void)cJSON_AddStringToObject(request, "do", "found");
	(void)cJSON_AddStringToObject(request, "grant", grant);
	(void)cJSON_AddStringToObject(
		request, "content", cli_string(prepared, "content"));
	code = session_do(cli, request, &answer);
	if (!code) {
		(void)session_sync(cli);
	}
	if (!code && cli->is_json) {
		(void)cJSON_AddStringToObject(answer, "recovery", digits);
		cli_print_json(cli, answer);
	} else if (!code) {
		(void)fprintf(cli->out, "%s\n",
			_("The community is there. Invite your neighbours with 'kring "
			  "invite'."));
	}
	cJSON_Delete(answer);
	return code;
}

enum cli_exit run_found(struct cli *cli)
{
	char *name = NULL, *grant = NULL;
	cJSON *prepared = NULL;
	enum cli_exit code = run_word(cli, 0, &name);

	if (!code) {
		code = run_word(cli, 1, &grant);
	}
	if (!code) {
		code = run_begin(cli);
	}
	if (!code) {
		code = prepare(cli, name, &prepared);
	}
	if (!code) {
		code = found_with(cli, prepared, grant);
	}
	cJSON_Delete(prepared);
	text_free_secret(grant);
	free(name);
	return code;
}
