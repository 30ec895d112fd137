#include "clients/cli/resolve.h"

#include <stdlib.h>
#include <string.h>

#include <kring/wire.h>

#include "clients/cli/session.h"
#include "clients/cli/text.h"

static bool name_fits(const cJSON *item, const char *word, enum resolve_names names)
{
	const char *name = cli_string(item, "name");
	bool begins = names == RESOLVE_NAME_BEGINS && *word &&
		strncasecmp(name, word, strlen(word)) == 0;

	return begins || strcasecmp(name, word) == 0;
}

static bool id_begins(const cJSON *item, const char *id_field, const char *word)
{
	return strlen(word) >= RESOLVE_PREFIX_MIN &&
		strncmp(cli_string(item, id_field), word, strlen(word)) == 0;
}

static void show_candidate(const struct cli *cli, const cJSON *item, const char *id_field)
{
	char *name = text_harmless(cli_string(item, "name"), false);

	if (!cli->is_json) {
		(void)fprintf(stderr, "  %.12s  %s\n", cli_string(item, id_field),
			name ? name : "");
	}
	free(name);
}

const cJSON *resolve_item(const struct cli *cli, const cJSON *array, const char *id_field,
	const char *word, enum resolve_names names)
{
	const cJSON *item, *found = NULL;
	size_t num = 0;

	cJSON_ArrayForEach(item, array)
	{
		if (strcmp(cli_string(item, id_field), word) == 0) {
			return item;
		}
		if (name_fits(item, word, names) || id_begins(item, id_field, word)) {
			found = item;
			num++;
		}
	}
	if (num == 1) {
		return found;
	}
	cli_complain(cli, num ? "ambiguous" : "not_found", word);
	cJSON_ArrayForEach(item, array)
	{
		if (num &&
			(name_fits(item, word, names) ||
				id_begins(item, id_field, word))) {
			show_candidate(cli, item, id_field);
		}
	}
	return NULL;
}

/* One field of what is found in the list that a question is answered with. */
static enum cli_exit resolve(struct cli *cli, cJSON *question, const char *list,
	const char *id_field, const char *word, enum resolve_names names, char **id)
{
	cJSON *answer = session_ask(cli, question);
	enum cli_exit code = CLI_REFUSED;
	const cJSON *item;

	*id = NULL;
	if (cJSON_HasObjectItem(answer, "error")) {
		code = cli_complain_of(cli, answer);
	} else {
		item = resolve_item(
			cli, cJSON_GetObjectItem(answer, list), id_field, word, names);
		if (item) {
			*id = strdup(cli_string(item, id_field));
			code = *id ? CLI_DONE : CLI_REFUSED;
		}
	}
	cJSON_Delete(answer);
	return code;
}

static cJSON *question_about(const struct cli *cli, const char *ask)
{
	cJSON *question = cJSON_CreateObject();

	(void)cJSON_AddStringToObject(question, "ask", ask);
	if (cli->community) {
		(void)cJSON_AddStringToObject(question, "community", cli->community);
	}
	return question;
}

/* Communities that one is in: what was left does not count when none is named. */
static const cJSON *only_community(const struct cli *cli, const cJSON *communities)
{
	const cJSON *item, *found = NULL;

	cJSON_ArrayForEach(item, communities)
	{
		const char *role = cli_string(item, "role");

		if (strcmp(role, "resident") == 0 || strcmp(role, "coordinator") == 0) {
			if (found) {
				cli_complain(cli, "which_community", NULL);
				return NULL;
			}
			found = item;
		}
	}
	/* Somebody who has asked to join may want to look at that one. */
	if (!found && cJSON_GetArraySize(communities) == 1) {
		found = cJSON_GetArrayItem(communities, 0);
	}
	if (!found) {
		cli_complain(cli, "no_community", NULL);
	}
	return found;
}

enum cli_exit resolve_community(struct cli *cli, const char *word, char **community)
{
	cJSON *answer = session_ask_plain(cli, "communities");
	const cJSON *list = cJSON_GetObjectItem(answer, "communities");
	const cJSON *item;

	*community = NULL;
	if (cJSON_HasObjectItem(answer, "error")) {
		enum cli_exit code = cli_complain_of(cli, answer);

		cJSON_Delete(answer);
		return code;
	}
	item = word ? resolve_item(cli, list, "community", word, RESOLVE_NAME_BEGINS)
		    : only_community(cli, list);
	*community = item ? strdup(cli_string(item, "community")) : NULL;
	cJSON_Delete(answer);
	return *community ? CLI_DONE : CLI_REFUSED;
}

static enum cli_exit own_group(struct cli *cli, char **group)
{
	cJSON *answer = session_ask_plain(cli, "communities");
	const cJSON *item;

	*group = NULL;
	cJSON_ArrayForEach(item, cJSON_GetObjectItem(answer, "communities"))
	{
		if (strcmp(cli_string(item, "community"), cli->community) == 0 &&
			*cli_string(item, "group")) {
			*group = strdup(cli_string(item, "group"));
		}
	}
	cJSON_Delete(answer);
	if (!*group) {
		cli_complain(cli, "state", NULL);
	}
	return *group ? CLI_DONE : CLI_REFUSED;
}

enum cli_exit resolve_group(struct cli *cli, const char *word, char **group)
{
	return word ? resolve(cli, question_about(cli, "groups"), "groups", "group", word,
			      RESOLVE_NAME_BEGINS, group)
		    : own_group(cli, group);
}

enum cli_exit resolve_member(struct cli *cli, const char *word, char **account)
{
	return resolve(cli, question_about(cli, "members"), "members", "account", word,
		RESOLVE_WHOLE_NAME, account);
}

enum cli_exit resolve_asker(struct cli *cli, const char *word, char **account)
{
	return resolve(cli, question_about(cli, "requests"), "requests", "account", word,
		RESOLVE_WHOLE_NAME, account);
}

enum cli_exit resolve_invitation(struct cli *cli, const char *word, char **key)
{
	return resolve(cli, question_about(cli, "invitations"), "invitations", "key",
		word, RESOLVE_WHOLE_NAME, key);
}

enum cli_exit resolve_inbox(struct cli *cli, const char *word, char **identity_key)
{
	return resolve(cli, question_about(cli, "inboxes"), "inboxes", "identity_key",
		word, RESOLVE_WHOLE_NAME, identity_key);
}

enum cli_exit resolve_device(struct cli *cli, const char *word, char **device)
{
	cJSON *question = cJSON_CreateObject();

	(void)cJSON_AddStringToObject(question, "ask", "devices");
	return resolve(
		cli, question, "devices", "device", word, RESOLVE_WHOLE_NAME, device);
}

enum cli_exit resolve_case(struct cli *cli, const char *word, char **id)
{
	cJSON *question = cJSON_CreateObject();

	(void)cJSON_AddStringToObject(question, "ask", "cases");
	(void)cJSON_AddStringToObject(question, "show", "all");
	return resolve(cli, question, "cases", "case", word, RESOLVE_WHOLE_NAME, id);
}

enum cli_exit resolve_own_inbox(struct cli *cli, const char *word, char **id)
{
	cJSON *question = cJSON_CreateObject();

	(void)cJSON_AddStringToObject(question, "ask", "own_inboxes");
	return resolve(cli, question, "inboxes", "inbox", word, RESOLVE_NAME_BEGINS, id);
}

static bool is_party(const cJSON *parties, const char *inbox)
{
	const cJSON *party;

	cJSON_ArrayForEach(party, parties)
	{
		if (strcmp(cli_string(party, "inbox"), inbox) == 0) {
			return true;
		}
	}
	return false;
}

/* Those that a community trusts and that are no parties yet: by their links, if they are
 * known. */
static void add_trusted(struct cli *cli, const char *community, cJSON *teams)
{
	cJSON *question = cJSON_CreateObject();
	const cJSON *inbox;
	cJSON *answer;

	(void)cJSON_AddStringToObject(question, "ask", "inboxes");
	(void)cJSON_AddStringToObject(question, "community", community);
	answer = session_ask(cli, question);
	cJSON_ArrayForEach(inbox, cJSON_GetObjectItem(answer, "inboxes"))
	{
		const char *link = cli_string(inbox, "link");
		cJSON *team;

		if (is_party(teams, cli_string(inbox, "inbox"))) {
			continue;
		}
		team = cJSON_CreateObject();
		(void)cJSON_AddStringToObject(team, "inbox", cli_string(inbox, "inbox"));
		(void)cJSON_AddStringToObject(team, "name", cli_string(inbox, "name"));
		(void)cJSON_AddStringToObject(
			team, "to", *link ? link : cli_string(inbox, "identity_key"));
		(void)cJSON_AddItemToArray(teams, team);
	}
	cJSON_Delete(answer);
}

enum cli_exit resolve_team(
	struct cli *cli, const char *case_id, const char *word, char **id)
{
	cJSON *question = cJSON_CreateObject();
	cJSON *communities, *answer, *teams;
	const cJSON *item;

	if (strchr(word, '#') || strlen(word) == KR_BASE64URL_LEN(KR_ID_BYTES)) {
		cJSON_Delete(question);
		*id = strdup(word);
		return CLI_DONE;
	}
	(void)cJSON_AddStringToObject(question, "ask", "case");
	(void)cJSON_AddStringToObject(question, "case", case_id);
	answer = session_ask(cli, question);
	teams = cJSON_DetachItemFromObject(answer, "parties");
	teams = teams ? teams : cJSON_CreateArray();
	communities = session_ask_plain(cli, "communities");
	cJSON_ArrayForEach(item, cJSON_GetObjectItem(communities, "communities"))
	{
		add_trusted(cli, cli_string(item, "community"), teams);
	}
	item = resolve_item(cli, teams, "inbox", word, RESOLVE_NAME_BEGINS);
	*id = item ? strdup(cli_string(
			     item, cJSON_HasObjectItem(item, "to") ? "to" : "inbox"))
		   : NULL;
	cJSON_Delete(communities);
	cJSON_Delete(answer);
	cJSON_Delete(teams);
	return *id ? CLI_DONE : CLI_REFUSED;
}

/* A colleague in any inbox of one's own. */
enum cli_exit resolve_colleague(struct cli *cli, const char *word, char **account)
{
	cJSON *inboxes = session_ask_plain(cli, "own_inboxes");
	cJSON *team = cJSON_CreateArray();
	const cJSON *inbox;
	const cJSON *found;

	cJSON_ArrayForEach(inbox, cJSON_GetObjectItem(inboxes, "inboxes"))
	{
		cJSON *question = cJSON_CreateObject();
		cJSON *answer;
		cJSON *member;

		(void)cJSON_AddStringToObject(question, "ask", "inbox");
		(void)cJSON_AddStringToObject(
			question, "inbox", cli_string(inbox, "inbox"));
		answer = session_ask(cli, question);
		while ((member = cJSON_DetachItemFromArray(
				cJSON_GetObjectItem(answer, "team"), 0))) {
			(void)cJSON_AddItemToArray(team, member);
		}
		cJSON_Delete(answer);
	}
	found = resolve_item(cli, team, "account", word, RESOLVE_WHOLE_NAME);
	*account = found ? strdup(cli_string(found, "account")) : NULL;
	cJSON_Delete(team);
	cJSON_Delete(inboxes);
	return *account ? CLI_DONE : CLI_REFUSED;
}

/* "12" or "#12"; 0: neither. */
static unsigned long long read_seq(const char *word)
{
	const char *digits = word[0] == '#' ? word + 1 : word;
	char *end = NULL;
	unsigned long long seq =
		*digits >= '0' && *digits <= '9' ? strtoull(digits, &end, 10) : 0;

	return end && *end == '\0' ? seq : 0;
}

/* The message that brought the notice with this number. NULL: there is none. */
static cJSON *find_notice(struct cli *cli, unsigned long long seq)
{
	cJSON *question = cJSON_CreateObject();
	cJSON *answer, *notice, *found = NULL;

	(void)cJSON_AddStringToObject(question, "ask", "notices");
	(void)cJSON_AddStringToObject(question, "community", cli->community);
	answer = session_ask(cli, question);
	cJSON_ArrayForEach(notice, cJSON_GetObjectItem(answer, "notices"))
	{
		if (!found && cli_number(notice, "seq") == (double)seq) {
			found = cJSON_DetachItemFromObject(notice, "ref");
		}
	}
	cJSON_Delete(answer);
	return found;
}

enum cli_exit resolve_message_or_notice(
	struct cli *cli, const char *word, cJSON **message)
{
	unsigned long long seq = read_seq(word);

	*message = seq && cli->community ? find_notice(cli, seq) : NULL;
	return *message ? CLI_DONE : resolve_message(cli, word, message);
}

enum cli_exit resolve_message(struct cli *cli, const char *word, cJSON **message)
{
	unsigned long long seq = read_seq(word);
	cJSON *question = cJSON_CreateObject();
	cJSON *answer, *first;

	*message = NULL;
	(void)cJSON_AddStringToObject(question, "ask", "feed");
	(void)cJSON_AddStringToObject(question, "group", cli->group);
	(void)cJSON_AddStringToObject(question, "show", "all");
	(void)cJSON_AddNumberToObject(question, "before", (double)seq + 1);
	(void)cJSON_AddNumberToObject(question, "max", 1);
	answer = session_ask(cli, question);
	first = cJSON_GetArrayItem(cJSON_GetObjectItem(answer, "messages"), 0);
	if (seq && first && cli_number(first, "seq") == (double)seq) {
		*message = cJSON_DetachItemFromArray(
			cJSON_GetObjectItem(answer, "messages"), 0);
	} else {
		cli_complain(cli, "not_found", word);
	}
	cJSON_Delete(answer);
	return *message ? CLI_DONE : CLI_REFUSED;
}

enum cli_exit resolve_own_message(struct cli *cli, const char *word, cJSON **message)
{
	enum cli_exit code = resolve_message(cli, word, message);

	if (!code && !cli_is_true(*message, "me")) {
		cli_complain(cli, "not_yours", word);
		cJSON_Delete(*message);
		*message = NULL;
		code = CLI_REFUSED;
	}
	return code;
}
