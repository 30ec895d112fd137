#include "clients/cli/session.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clients/cli/errors.h"
#include "clients/cli/prompt.h"
#include "clients/cli/settings.h"
#include "clients/cli/tell.h"
#include "clients/host/client.h"
#include "clients/host/passphrase.h"

struct session {
	struct host *host;
	struct keystore *keystore;
	struct client *client;

	/* The command that is waited for. */
	uint64_t id;
	cJSON *answer;
	bool is_queued;
	bool is_unreachable;
	enum kr_err failed;

	uint64_t renewal; /* a command that nobody gave: waited for before it ends */
	session_told_fn *follower;
};

/* ---- What the host calls ---------------------------------------------------------- */

static cJSON *parse(struct kr_view json)
{
	return cJSON_ParseWithLength((const char *)json.data, json.len);
}

static void answered(void *ctx, uint64_t id, struct kr_view answer)
{
	struct cli *cli = ctx;
	struct session *s = cli->session;

	if (id == s->id) {
		s->answer = parse(answer);
		host_stop(s->host);
	} else if (id == s->renewal) {
		/* Refused, another administrator was faster. */
		s->renewal = 0;
		if (!s->id && !s->follower) {
			host_stop(s->host);
		}
	}
}

/* The record of an inbox runs out: the machine asks for the zone's offsets. */
static void renew(struct session *s, const cJSON *tell)
{
	cJSON *settings = settings_renewed(cli_string(tell, "zone"));
	cJSON *command = settings ? cJSON_CreateObject() : NULL;
	char *text;

	(void)cJSON_AddStringToObject(command, "do", "inbox_set");
	(void)cJSON_AddStringToObject(command, "inbox", cli_string(tell, "inbox"));
	if (!command || !cJSON_AddItemToObject(command, "settings", settings)) {
		cJSON_Delete(settings);
	}
	text = command ? cJSON_PrintUnformatted(command) : NULL;
	if (text && client_submit(s->client, kr_view_str(text), &s->renewal)) {
		s->renewal = 0;
	}
	cJSON_free(text);
	cJSON_Delete(command);
}

static void told(void *ctx, struct kr_view json)
{
	struct cli *cli = ctx;
	struct session *s = cli->session;
	cJSON *tell = parse(json);

	if (!tell) {
		return;
	}
	if (strcmp(cli_string(tell, "tell"), "queued") == 0 &&
		(uint64_t)cli_number(tell, "command") == s->id) {
		s->is_queued = true;
		if (cli->is_offline) {
			host_stop(s->host);
		}
	}
	if (strcmp(cli_string(tell, "tell"), "renew") == 0) {
		renew(s, tell);
	}
	if (!s->follower) {
		tell_note(cli, tell);
	} else if (!s->follower(cli, tell)) {
		host_stop(s->host);
	}
	cJSON_Delete(tell);
}

/* A reporter's words are in memory alone: whoever is there says when to give up. */
static bool is_patient(const struct session *s)
{
	return !s->keystore && prompt_is_possible();
}

/* A connection that was there is waited for again; one that does not come about is not,
 * but by those who follow. */
static void ended(void *ctx, enum connection_end end, uint16_t code)
{
	struct cli *cli = ctx;
	struct session *s = cli->session;

	(void)code;
	if (end != CONNECTION_CLOSED && !s->follower && !is_patient(s)) {
		s->is_unreachable = true;
		host_stop(s->host);
	}
}

static void failed(void *ctx, enum kr_err err)
{
	struct cli *cli = ctx;

	cli->session->failed = err;
	host_stop(cli->session->host);
}

/* ---- Opening ---------------------------------------------------------------------- */

static enum cli_exit complain_err(
	const struct cli *cli, enum kr_err err, const char *detail)
{
	cli_complain(cli, kr_err_name(err), detail);
	return errors_exit(kr_err_name(err)) == CLI_REFUSED
		? CLI_KEYSTORE
		: errors_exit(kr_err_name(err));
}

static enum kr_err read_passphrase(
	const struct cli *cli, bool is_new, struct kr_bytes *out)
{
	if (cli->passphrase_file) {
		return passphrase_from_file(out, cli->passphrase_file);
	}
	if (cli->passphrase_fd >= 0) {
		return passphrase_from_fd(out, cli->passphrase_fd);
	}
	return is_new ? passphrase_ask_new(out, _("New passphrase for your keystore:"),
				_("Once more:"))
		      : passphrase_ask(out, _("Passphrase:"));
}

static enum cli_exit complain_passphrase(const struct cli *cli, enum kr_err err)
{
	const char *file = cli->passphrase_file;

	if (err == KR_ERR_NOT_FOUND && !file) {
		cli_complain(cli, "no_terminal", _("passphrase"));
		return CLI_KEYSTORE;
	}
	if (err == KR_ERR_NOT_FOUND || err == KR_ERR_STATE) {
		cli_complain(cli, "file", file ? file : _("passphrase"));
		return CLI_KEYSTORE;
	}
	return complain_err(cli, err, file);
}

/* The directories above the keystore, as mkdir -p. */
static void make_parents(const char *directory)
{
	char *path = strdup(directory);

	for (char *slash = path ? strchr(path + 1, '/') : NULL; slash;
		slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(path, 0700); /* if it fails, creating the keystore says so */
		*slash = '/';
	}
	free(path);
}

static enum cli_exit open_keystore(struct cli *cli, enum session_keystore which)
{
	KR_AUTO_FREE struct kr_bytes passphrase = {0};
	bool is_new = !keystore_exists(cli->keystore);
	enum kr_err err;

	if (is_new && which == SESSION_EXISTING) {
		cli_complain(cli, "no_keystore", cli->keystore);
		return CLI_KEYSTORE;
	}
	err = read_passphrase(cli, is_new, &passphrase);
	if (err) {
		return complain_passphrase(cli, err);
	}
	if (is_new) {
		make_parents(cli->keystore);
		err = keystore_create(&cli->session->keystore, cli->keystore,
			kr_view_bytes(&passphrase), NULL, &kr_random_system);
	} else {
		err = keystore_open(&cli->session->keystore, cli->keystore,
			kr_view_bytes(&passphrase), &kr_random_system);
	}
	return err ? complain_err(cli, err, cli->keystore) : CLI_DONE;
}

/* The machine: of a member if there is a keystore, else of a reporter. */
static enum cli_exit open_client(struct cli *cli)
{
	static const struct client_callbacks callbacks = {
		.answered = answered, .told = told, .ended = ended, .failed = failed};
	enum kr_err err = host_new(&cli->session->host, cli->ca_file);

	if (err == KR_ERR_NOT_FOUND) {
		cli_complain(cli, "file", cli->ca_file);
		return CLI_USAGE;
	}
	if (!err) {
		err = client_new(&cli->session->client, cli->session->host,
			cli->session->keystore, &callbacks, cli);
	}
	if (err) {
		return complain_err(cli, err, cli->keystore);
	}
	if (cli->is_offline) {
		client_stay_offline(cli->session->client);
	}
	return CLI_DONE;
}

static enum cli_exit begin(struct cli *cli)
{
	cli->session = calloc(1, sizeof(*cli->session));
	return cli->session ? CLI_DONE : complain_err(cli, KR_ERR_MEMORY, NULL);
}

enum cli_exit session_open(struct cli *cli, enum session_keystore which)
{
	enum cli_exit code = CLI_DONE;

	if (cli->session) {
		return CLI_DONE;
	}
	if (!(code = begin(cli)) && !(code = open_keystore(cli, which))) {
		code = open_client(cli);
	}
	return code;
}

enum cli_exit session_open_reporter(struct cli *cli)
{
	enum cli_exit code = begin(cli);

	return code ? code : open_client(cli);
}

void session_close(struct cli *cli)
{
	struct session *s = cli->session;

	if (s) {
		client_free(s->client);
		keystore_close(s->keystore);
		host_free(s->host);
		cJSON_Delete(s->answer);
		free(s);
		cli->session = NULL;
	}
}

/* ---- Questions and commands ------------------------------------------------------- */

cJSON *session_ask(struct cli *cli, cJSON *question)
{
	KR_AUTO_FREE struct kr_bytes answer = {0};
	char *text = cJSON_PrintUnformatted(question);
	cJSON *parsed = NULL;

	cJSON_Delete(question);
	if (text && !client_query(cli->session->client, kr_view_str(text), &answer)) {
		parsed = parse(kr_view_bytes(&answer));
	}
	cJSON_free(text);
	return parsed;
}

cJSON *session_ask_plain(struct cli *cli, const char *ask)
{
	cJSON *question = cJSON_CreateObject();

	(void)cJSON_AddStringToObject(question, "ask", ask);
	return session_ask(cli, question);
}

/* Submit and wait; the answer, or NULL with the reason in the session. */
static cJSON *submit(struct cli *cli, cJSON *command)
{
	struct session *s = cli->session;
	char *text = cJSON_PrintUnformatted(command);
	cJSON *answer;
	enum kr_err err;

	cJSON_Delete(command);
	s->answer = NULL;
	s->is_queued = false;
	s->is_unreachable = false;
	err = text ? client_submit(s->client, kr_view_str(text), &s->id) : KR_ERR_MEMORY;
	cJSON_free(text);
	if (err) {
		s->failed = s->failed ? s->failed : err;
		return NULL;
	}
	(void)host_run(s->host, is_patient(s) ? HOST_FOREVER : cli->timeout_ms);
	answer = s->answer;
	s->answer = NULL;
	s->id = 0;
	if (s->renewal && answer) {
		(void)host_run(s->host, cli->timeout_ms);
	}
	tell_end_progress(cli);
	return answer;
}

static const char *why_no_answer(const struct cli *cli)
{
	if (cli->session->is_queued) {
		return "kept";
	}
	return cli->session->is_unreachable || cli->is_offline ? "no_connection"
							       : "no_answer";
}

enum cli_exit session_do(struct cli *cli, cJSON *command, cJSON **answer)
{
	cJSON *got = submit(cli, command);
	enum cli_exit code = CLI_DONE;

	if (cli->session->failed) {
		code = complain_err(cli, cli->session->failed, NULL);
	} else if (!got) {
		code = CLI_NO_CONNECTION;
		cli_complain(cli, why_no_answer(cli), NULL);
	} else if (cJSON_HasObjectItem(got, "error")) {
		code = cli_complain_of(cli, got);
	} else if (answer) {
		*answer = got;
		return CLI_DONE;
	}
	cJSON_Delete(got);
	return code;
}

bool session_has_account(struct cli *cli)
{
	cJSON *status = session_ask_plain(cli, "status");
	bool has = *cli_string(status, "account") != '\0';

	cJSON_Delete(status);
	return has;
}

enum cli_exit session_sync(struct cli *cli)
{
	cJSON *command, *got;
	enum cli_exit code = CLI_DONE;

	if (cli->is_offline || !session_has_account(cli)) {
		return CLI_DONE;
	}
	command = cJSON_CreateObject();
	(void)cJSON_AddStringToObject(command, "do", "sync");
	got = submit(cli, command);
	if (cli->session->failed) {
		code = complain_err(cli, cli->session->failed, NULL);
	} else if (!got) {
		code = CLI_NO_CONNECTION;
	} else if (cJSON_HasObjectItem(got, "error")) {
		code = cli_complain_of(cli, got);
	}
	cJSON_Delete(got);
	return code;
}

enum cli_exit session_follow(struct cli *cli, session_told_fn *follower)
{
	struct session *s = cli->session;

	s->follower = follower;
	(void)host_run(s->host, HOST_FOREVER);
	s->follower = NULL;
	return s->failed ? complain_err(cli, s->failed, NULL) : CLI_DONE;
}

/* ---- The keystore itself ---------------------------------------------------------- */

enum cli_exit session_change_passphrase(struct cli *cli, const char *new_file)
{
	KR_AUTO_FREE struct kr_bytes passphrase = {0};
	struct cli as_new = *cli;
	enum kr_err err;

	as_new.passphrase_file = new_file;
	as_new.passphrase_fd = -1;
	err = read_passphrase(&as_new, true, &passphrase);
	if (err) {
		return complain_passphrase(&as_new, err);
	}
	err = keystore_change_passphrase(
		cli->session->keystore, kr_view_bytes(&passphrase), NULL);
	return err ? complain_err(cli, err, cli->keystore) : CLI_DONE;
}

enum cli_exit session_destroy(struct cli *cli)
{
	enum kr_err err = keystore_destroy(cli->session->keystore);

	session_close(cli);
	return err ? complain_err(cli, err, cli->keystore) : CLI_DONE;
}
