#include "clients/cli/run.h"

#include <stdlib.h>
#include <string.h>

#include "clients/cli/arguments.h"
#include "clients/cli/errors.h"
#include "clients/cli/files.h"
#include "clients/cli/prompt.h"
#include "clients/cli/resolve.h"
#include "clients/cli/session.h"
#include "clients/cli/settings.h"
#include "clients/cli/text.h"
#include "clients/cli/words.h"

/* ---- Files ------------------------------------------------------------------------ */

/* What a file holds. Who types the secret itself in its place is told not to. */
static enum cli_exit read_file(const struct cli *cli, const char *name, char **value)
{
	if (strncmp(name, "http://", 7) == 0 || strncmp(name, "https://", 8) == 0) {
		cli_complain(cli, "secret_in_argument", NULL);
		return CLI_USAGE;
	}
	*value = files_read(name);
	if (!*value) {
		cli_complain(cli, "file", name);
		return CLI_USAGE;
	}
	return CLI_DONE;
}

/* ---- Values ----------------------------------------------------------------------- */

static enum cli_exit refuse_value(const struct cli *cli, const char *value)
{
	cli_complain(cli, "usage", value);
	return CLI_USAGE;
}

/* A value that is a number of seconds, minutes or hours, by the number of seconds. */
static enum cli_exit add_duration(const struct cli *cli, cJSON *request,
	const char *field, uint64_t unit_s, const char *value)
{
	uint64_t seconds = 0;

	if (!arguments_duration(value, unit_s, &seconds) ||
		(seconds && seconds < unit_s)) {
		return refuse_value(cli, value);
	}
	(void)cJSON_AddNumberToObject(request, field, (double)(seconds / unit_s));
	return CLI_DONE;
}

static enum cli_exit add_number(
	const struct cli *cli, cJSON *request, const char *field, const char *value)
{
	if (!*value || strlen(value) > 15 ||
		strspn(value, "0123456789") != strlen(value)) {
		return refuse_value(cli, value);
	}
	(void)cJSON_AddNumberToObject(request, field, strtod(value, NULL));
	return CLI_DONE;
}

static enum cli_exit add_word_of(const struct cli *cli, cJSON *request, const char *field,
	enum words list, const char *value)
{
	const char *name = words_find(list, value);

	if (!name) {
		return refuse_value(cli, value);
	}
	(void)cJSON_AddStringToObject(request, field, name);
	return CLI_DONE;
}

static enum cli_exit add_since(
	const struct cli *cli, cJSON *request, const char *field, const char *value)
{
	uint64_t time_ms = 0;
	const char *precision = words_read_since(value, &time_ms);
	cJSON *since;

	if (!precision) {
		cli_complain(cli, "since", value);
		return CLI_USAGE;
	}
	since = cJSON_AddObjectToObject(request, field);
	(void)cJSON_AddStringToObject(since, "precision", precision);
	(void)cJSON_AddNumberToObject(since, "time", (double)time_ms);
	return CLI_DONE;
}

static enum cli_exit add_date(
	const struct cli *cli, cJSON *request, const char *field, const char *value)
{
	uint64_t time_ms = 0;

	if (!words_read_time(value, &time_ms)) {
		cli_complain(cli, "date", value);
		return CLI_USAGE;
	}
	(void)cJSON_AddNumberToObject(request, field, (double)time_ms);
	return CLI_DONE;
}

static enum cli_exit add_settings(
	const struct cli *cli, cJSON *request, const char *field, const char *file)
{
	cJSON *settings = settings_read(file);

	if (!settings) {
		cli_complain(cli, "file", file);
		return CLI_USAGE;
	}
	(void)cJSON_AddItemToObject(request, field, settings);
	return CLI_DONE;
}

/* What a name or the beginning of an id stands for. */
static enum cli_exit add_resolved(struct cli *cli, cJSON *request, const char *field,
	enum value_kind kind, const char *value)
{
	char *id = NULL;
	enum cli_exit code = kind == VALUE_MEMBER ? resolve_member(cli, value, &id)
		: kind == VALUE_ASKER             ? resolve_asker(cli, value, &id)
		: kind == VALUE_CIRCLE            ? resolve_group(cli, value, &id)
		: kind == VALUE_INVITATION        ? resolve_invitation(cli, value, &id)
		: kind == VALUE_INBOX             ? resolve_inbox(cli, value, &id)
		: kind == VALUE_CASE              ? resolve_case(cli, value, &id)
		: kind == VALUE_OWN_INBOX         ? resolve_own_inbox(cli, value, &id)
		: kind == VALUE_COLLEAGUE         ? resolve_colleague(cli, value, &id)
						  : resolve_device(cli, value, &id);

	if (!code) {
		(void)cJSON_AddStringToObject(request, field, id);
	}
	free(id);
	return code;
}

static enum cli_exit add_member_to(
	struct cli *cli, cJSON *request, const char *field, const char *value)
{
	cJSON *accounts = cJSON_GetObjectItem(request, field);
	char *id = NULL;
	enum cli_exit code = resolve_member(cli, value, &id);

	if (!code) {
		accounts = accounts ? accounts : cJSON_AddArrayToObject(request, field);
		(void)cJSON_AddItemToArray(accounts, cJSON_CreateString(id));
	}
	free(id);
	return code;
}

static enum cli_exit add_secret_to(
	struct cli *cli, cJSON *request, const char *field, const char *name)
{
	cJSON *array = cJSON_GetObjectItem(request, field);
	char *secret = NULL;
	enum cli_exit code = read_file(cli, name, &secret);

	if (!code) {
		array = array ? array : cJSON_AddArrayToObject(request, field);
		(void)cJSON_AddItemToArray(array, cJSON_CreateString(secret));
	}
	text_free_secret(secret);
	return code;
}

static void add_author_and_event(cJSON *to, const cJSON *message)
{
	(void)cJSON_AddStringToObject(to, "author", cli_string(message, "author"));
	(void)cJSON_AddStringToObject(to, "event", cli_string(message, "event"));
}

/* Into an object of its own if there is a field for it. */
static enum cli_exit add_message(
	struct cli *cli, cJSON *request, const char *field, const char *value)
{
	cJSON *message = NULL;
	enum cli_exit code = field ? resolve_message(cli, value, &message)
				   : resolve_message_or_notice(cli, value, &message);

	if (!code) {
		add_author_and_event(
			field ? cJSON_AddObjectToObject(request, field) : request,
			message);
	}
	cJSON_Delete(message);
	return code;
}

static enum cli_exit add_own_message(
	struct cli *cli, cJSON *request, const char *field, const char *value)
{
	cJSON *message = NULL;
	enum cli_exit code = resolve_own_message(cli, value, &message);

	if (!code) {
		add_author_and_event(cJSON_AddObjectToObject(request, field), message);
	}
	cJSON_Delete(message);
	return code;
}

static enum cli_exit add_team(
	struct cli *cli, cJSON *request, const char *field, const char *value)
{
	char *id = NULL;
	enum cli_exit code = resolve_team(cli, cli_string(request, "case"), value, &id);

	if (!code) {
		(void)cJSON_AddStringToObject(request, field, id);
	}
	free(id);
	return code;
}

enum cli_exit run_add_value(struct cli *cli, cJSON *request, const char *field,
	enum value_kind kind, const char *value)
{
	switch (kind) {
	case VALUE_NUMBER:
		return add_number(cli, request, field, value);
	case VALUE_SECONDS:
		return add_duration(cli, request, field, 1, value);
	case VALUE_MINUTES:
		return add_duration(cli, request, field, 60, value);
	case VALUE_HOURS:
		return add_duration(cli, request, field, 3600, value);
	case VALUE_MEMBER:
	case VALUE_ASKER:
	case VALUE_CIRCLE:
	case VALUE_INVITATION:
	case VALUE_INBOX:
	case VALUE_CASE:
	case VALUE_OWN_INBOX:
	case VALUE_COLLEAGUE:
	case VALUE_DEVICE:
		return add_resolved(cli, request, field, kind, value);
	case VALUE_TEAM:
		return add_team(cli, request, field, value);
	case VALUE_MEMBERS:
		return add_member_to(cli, request, field, value);
	case VALUE_SECRETS:
		return add_secret_to(cli, request, field, value);
	case VALUE_MESSAGE:
		return add_message(cli, request, NULL, value);
	case VALUE_REF:
		return add_message(cli, request, field, value);
	case VALUE_OWN_REF:
		return add_own_message(cli, request, field, value);
	case VALUE_CATEGORY:
		return add_word_of(cli, request, field, WORDS_CATEGORY, value);
	case VALUE_OFTEN:
		return add_word_of(cli, request, field, WORDS_OFTEN, value);
	case VALUE_SINCE:
		return add_since(cli, request, field, value);
	case VALUE_URGENCY:
		return add_word_of(cli, request, field, WORDS_URGENCY, value);
	case VALUE_OUTCOME:
		return add_word_of(cli, request, field, WORDS_OUTCOME, value);
	case VALUE_DATE:
		return add_date(cli, request, field, value);
	case VALUE_INBOX_LINK:
		(void)cJSON_AddStringToObject(
			request, strchr(value, '#') ? field : "identity_key", value);
		return CLI_DONE;
	case VALUE_SETTINGS:
		return add_settings(cli, request, field, value);
	default:
		(void)cJSON_AddStringToObject(request, field, value);
		return CLI_DONE;
	}
}

/* ---- Words ------------------------------------------------------------------------ */

/* All words from i on as one text. */
static char *join_words(const struct arguments *arguments, size_t i)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out) {
		return NULL;
	}
	for (size_t j = i; j < (size_t)arguments->num_words; j++) {
		(void)fprintf(out, "%s%s", j > i ? " " : "", arguments->words[j]);
	}
	(void)fclose(out);
	return text;
}

static bool may_be_read(const struct command_param *param)
{
	return param->kind == VALUE_TEXT || param->kind == VALUE_SECRET;
}

/* A word that was not given: asked for, or read from standard input if that is no
 * terminal and the value may be long. */
static char *fetch_word(const struct command_param *param)
{
	const char *question = param->question ? _(param->question) : _(param->name);

	if (!prompt_is_possible()) {
		return may_be_read(param) ? files_read("-") : NULL;
	}
	return param->kind == VALUE_TEXT ? prompt_text(question) : prompt_line(question);
}

enum cli_exit run_word(struct cli *cli, size_t i, char **value)
{
	const struct arguments *arguments = cli->arguments;
	const struct command_param *param = &arguments->command->params[i];
	bool is_given = i < (size_t)arguments->num_words;
	const char *word = is_given ? arguments->words[i] : "";

	*value = NULL;
	if (!is_given && param->is_optional) {
		return CLI_DONE;
	}
	if (is_given &&
		(param->kind == VALUE_SECRET ||
			(param->kind == VALUE_TEXT && strcmp(word, "-") == 0))) {
		return read_file(cli, word, value);
	}
	*value = !is_given                  ? fetch_word(param)
		: param->kind == VALUE_TEXT ? join_words(arguments, i)
					    : strdup(word);
	if (!*value || !**value) {
		text_free_secret(*value);
		*value = NULL;
		cli_complain(cli,
			is_given || !may_be_read(param) ? "usage" : "no_terminal",
			_(param->name));
		return CLI_USAGE;
	}
	return CLI_DONE;
}

static enum cli_exit add_word(struct cli *cli, cJSON *request, size_t i)
{
	const struct command_param *param = &cli->arguments->command->params[i];
	char *value = NULL;
	enum cli_exit code = run_word(cli, i, &value);

	if (!code && value) {
		code = run_add_value(cli, request, param->field, param->kind, value);
	}
	text_free_secret(value);
	for (size_t j = i + 1; !code && param->kind == VALUE_MEMBERS &&
		j < (size_t)cli->arguments->num_words;
		j++) {
		code = run_add_value(cli, request, param->field, VALUE_MEMBERS,
			cli->arguments->words[j]);
	}
	return code;
}

enum cli_exit run_add_options(struct cli *cli, cJSON *request)
{
	const struct command *command = cli->arguments->command;
	enum cli_exit code = CLI_DONE;

	for (size_t i = 0; !code && i < command_num_options(command); i++) {
		const struct command_option *option = &command->options[i];
		const struct argument_values *values = &cli->arguments->options[i];

		if (!option->field) {
			continue;
		}
		if (option->kind == VALUE_FLAG || option->kind == VALUE_UNFLAG) {
			(void)cJSON_AddBoolToObject(request, option->field,
				(values->num > 0) == (option->kind == VALUE_FLAG));
			continue;
		}
		for (size_t j = 0; !code && j < values->num; j++) {
			code = run_add_value(cli, request, option->field, option->kind,
				values->values[j]);
		}
	}
	return code;
}

/* ---- Commands --------------------------------------------------------------------- */

static bool is_question(const cJSON *request)
{
	return cJSON_HasObjectItem(request, "ask");
}

/* Not being connected is no reason not to look at what is there. */
static enum cli_exit catch_up(struct cli *cli)
{
	enum cli_exit code = session_sync(cli);

	cli->is_stale = code == CLI_NO_CONNECTION;
	return cli->is_stale ? CLI_DONE : code;
}

enum cli_exit run_begin(struct cli *cli)
{
	enum command_scope scope = cli->arguments->command->scope;
	enum cli_exit code;

	code = session_open(cli, SESSION_EXISTING);
	if (!code && !cli->arguments->command->is_without_account &&
		!session_has_account(cli)) {
		cli_complain(cli, "no_account", NULL);
		return CLI_KEYSTORE;
	}
	if (!code) {
		code = catch_up(cli);
	}
	if (!code && scope != SCOPE_NONE) {
		code = resolve_community(cli, cli->arguments->community, &cli->community);
	}
	if (!code && (scope == SCOPE_GROUP || scope == SCOPE_BOTH)) {
		code = resolve_group(cli, cli->arguments->group, &cli->group);
	}
	return code;
}

static void add_scope(const struct cli *cli, cJSON *request)
{
	enum command_scope scope = cli->arguments->command->scope;

	if (scope == SCOPE_COMMUNITY || scope == SCOPE_BOTH) {
		(void)cJSON_AddStringToObject(request, "community", cli->community);
	}
	if (scope == SCOPE_GROUP || scope == SCOPE_BOTH) {
		(void)cJSON_AddStringToObject(request, "group", cli->group);
	}
}

static enum cli_exit show(struct cli *cli, const cJSON *answer)
{
	const struct command *command = cli->arguments->command;
	enum cli_exit code = CLI_DONE;

	if (cli->is_json) {
		cli_print_json(cli, answer);
	} else if (command->render) {
		code = command->render(cli, answer);
	} else if (command->list) {
		list_print(cli, command->list, answer);
	} else {
		(void)fprintf(
			cli->out, "%s\n", _(command->done ? command->done : N_("Done.")));
	}
	return !code && command->write ? command->write(cli, answer) : code;
}

enum cli_exit run_request(struct cli *cli, cJSON *request)
{
	bool asks = is_question(request);
	cJSON *answer = NULL;
	enum cli_exit code = CLI_DONE;

	if (asks) {
		answer = session_ask(cli, request);
		if (!answer || cJSON_HasObjectItem(answer, "error")) {
			code = cli_complain_of(cli, answer);
			cJSON_Delete(answer);
			return code;
		}
	} else {
		code = session_do(cli, request, &answer);
	}
	if (!code && !asks) {
		(void)session_sync(cli); /* what follows by itself goes out as well */
	}
	if (!code) {
		code = show(cli, answer);
	}
	if (!code && asks && cli->is_stale) {
		code = CLI_NO_CONNECTION;
		cli_note(cli, errors_words("no_connection"));
	}
	cJSON_Delete(answer);
	return code;
}

static enum cli_exit run_generic(struct cli *cli)
{
	const struct command *command = cli->arguments->command;
	cJSON *request = cJSON_Parse(command->request);
	enum cli_exit code = run_begin(cli);

	if (!code) {
		add_scope(cli, request);
	}
	for (size_t i = 0; !code && i < command_num_params(command); i++) {
		code = add_word(cli, request, i);
	}
	if (!code) {
		code = run_add_options(cli, request);
	}
	if (!code && command->add) {
		code = command->add(cli, request);
	}
	if (!code && command->confirm && !cli->is_yes &&
		!prompt_yes(_(command->confirm))) {
		cli_complain(cli, "not_confirmed", _("say --yes, or answer yes"));
		code = CLI_USAGE;
	}
	if (code) {
		cJSON_Delete(request);
		return code;
	}
	return run_request(cli, request);
}

/* Whoever relies on what is shown has to know when the relay was found out. */
static enum cli_exit warn_of_alarms(struct cli *cli, enum cli_exit code)
{
	cJSON *status = cli->session ? session_ask_plain(cli, "status") : NULL;

	if (cli_number(status, "alarms") > 0) {
		cli_note(cli, errors_words("alarm"));
		if (code == CLI_DONE && cli->arguments->command->topic == TOPIC_WATCH) {
			code = CLI_ALARM;
		}
	}
	cJSON_Delete(status);
	return code;
}

enum cli_exit run_command(struct cli *cli)
{
	const struct command *command = cli->arguments->command;
	enum cli_exit code = command->run ? command->run(cli) : run_generic(cli);

	if (cli->session && code != CLI_KEYSTORE && code != CLI_USAGE) {
		code = warn_of_alarms(cli, code);
	}
	session_close(cli);
	return code;
}
