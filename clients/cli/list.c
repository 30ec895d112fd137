#include "clients/cli/list.h"

#include <string.h>

#include "clients/cli/render.h"
#include "clients/cli/session.h"
#include "clients/cli/table.h"

#define ID_SHOWN 8

const struct list list_communities = {
	.field = "communities",
	.empty = N_("You are in no community."),
	.columns =
		{
			{N_("name"), "name", 0, 0},
			{N_("id"), "community", COLUMN_ID, 0},
			{N_("role"), "role", COLUMN_WORDS, WORDS_ROLE},
			{N_("members"), "members", COLUMN_NUMBER, 0},
			{N_("requests"), "requests", COLUMN_NUMBER, 0},
			{N_("muted until"), "muted_until", COLUMN_TIME, 0},
			{N_("reason"), "reason", 0, 0},
		},
};

const struct list list_members = {
	.field = "members",
	.empty = N_("There are no members."),
	.columns =
		{
			{N_("name"), "name", 0, 0},
			{N_("id"), "account", COLUMN_ID, 0},
			{N_("role"), "role", COLUMN_WORDS, WORDS_ROLE},
			{N_("since"), "since", COLUMN_TIME, 0},
			{N_("muted until"), "muted_until", COLUMN_TIME, 0},
			{N_("same name"), "same_name", COLUMN_MARK, 0},
			{N_("admin"), "admin", COLUMN_MARK, 0},
			{N_("you"), "me", COLUMN_MARK, 0},
		},
};

const struct list list_requests = {
	.field = "requests",
	.empty = N_("Nobody asks to join."),
	.columns =
		{
			{N_("name"), "name", 0, 0},
			{N_("id"), "account", COLUMN_ID, 0},
			{N_("asked"), "asked", COLUMN_TIME, 0},
			{N_("invited by"), "invited_by", COLUMN_ACCOUNT, 0},
			{N_("how to check"), "check", 0, 0},
		},
};

const struct list list_invitations = {
	.field = "invitations",
	.empty = N_("There are no invitations."),
	.columns =
		{
			{N_("key"), "key", COLUMN_ID, 0},
			{N_("state"), "state", COLUMN_WORDS, WORDS_INVITATION},
			{N_("used"), "used", COLUMN_NUMBER, 0},
			{N_("of"), "uses", COLUMN_NUMBER, 0},
			{N_("until"), "until", COLUMN_TIME, 0},
			{N_("made by"), "by", COLUMN_ACCOUNT, 0},
		},
};

const struct list list_log = {
	.field = "entries",
	.empty = N_("Nothing has happened yet."),
	.columns =
		{
			{N_("when"), "time", COLUMN_TIME, 0},
			{N_("who"), "by", COLUMN_ACCOUNT, 0},
			{N_("what"), "what", COLUMN_WORDS, WORDS_LOG},
			{N_("whom"), "account", COLUMN_ACCOUNT, 0},
			{N_("until"), "until", COLUMN_TIME, 0},
			{N_("reason"), "reason", 0, 0},
		},
};

const struct list list_inboxes = {
	.field = "inboxes",
	.empty = N_("This community trusts no inbox yet."),
	.columns =
		{
			{N_("name"), "name", 0, 0},
			{N_("key"), "identity_key", COLUMN_ID, 0},
			{N_("relay"), "relay", 0, 0},
			{N_("has moved"), "moved", COLUMN_MARK, 0},
			{N_("fingerprint"), "fingerprint", 0, 0},
		},
};

const struct list list_groups = {
	.field = "groups",
	.empty = N_("You are in no group."),
	.columns =
		{
			{N_("name"), "name", 0, 0},
			{N_("id"), "group", COLUMN_ID, 0},
			{N_("members"), "members", COLUMN_NUMBER, 0},
			{N_("new"), "unread", COLUMN_NUMBER, 0},
			{N_("state"), "state", COLUMN_WORDS, WORDS_GROUP_STATE},
			{N_("whole community"), "main", COLUMN_MARK, 0},
			{N_("admin"), "admin", COLUMN_MARK, 0},
		},
};

const struct list list_outbox = {
	.field = "ops",
	.empty = N_("Nothing waits to be sent."),
	.columns =
		{
			{N_("since"), "since", COLUMN_TIME, 0},
			{N_("what"), "what", 0, 0},
			{N_("state"), "state", COLUMN_WORDS, WORDS_OUTBOX},
			{N_("text"), "text", 0, 0},
		},
};

const struct list list_devices = {
	.field = "devices",
	.empty = N_("There are no devices."),
	.columns =
		{
			{N_("device"), "device", COLUMN_ID, 0},
			{N_("this one"), "me", COLUMN_MARK, 0},
			{N_("removed"), "removed", COLUMN_MARK, 0},
		},
};

const struct list list_cases = {
	.field = "cases",
	.empty = N_("There are no such cases."),
	.columns =
		{
			{N_("case"), "case", COLUMN_ID, 0},
			{N_("due"), "until", COLUMN_TIME, 0},
			{N_("overdue"), "overdue", COLUMN_MARK, 0},
			{N_("urgency"), "urgency", COLUMN_WORDS, WORDS_URGENCY},
			{N_("state"), "state", COLUMN_CASE, 0},
			{N_("what"), "category", COLUMN_WORDS, WORDS_CATEGORY},
			{N_("address"), "place", 0, 0},
			{N_("earlier"), "earlier", COLUMN_NUMBER, 0},
			{N_("we are"), "role", COLUMN_WORDS, WORDS_PARTY},
			{N_("last"), "last", COLUMN_WORDS, WORDS_CASE_EVENT},
		},
};

const struct list list_own_inboxes = {
	.field = "inboxes",
	.empty = N_("You are in the team of no inbox."),
	.columns =
		{
			{N_("name"), "name", 0, 0},
			{N_("id"), "inbox", COLUMN_ID, 0},
			{N_("open"), "open", COLUMN_NUMBER, 0},
			{N_("overdue"), "overdue", COLUMN_NUMBER, 0},
			{N_("valid until"), "expires", COLUMN_TIME, 0},
			{N_("admin"), "administrator", COLUMN_MARK, 0},
			{N_("fingerprint"), "fingerprint", 0, 0},
		},
};

/* The name of an account among the members; NULL for one that is not there any more. */
static const char *name_of(const cJSON *members, const char *account)
{
	const cJSON *member;

	cJSON_ArrayForEach(member, members)
	{
		if (strcmp(cli_string(member, "account"), account) == 0) {
			return cli_string(member, "name");
		}
	}
	return NULL;
}

static void add_cell(struct table *table, const struct column *column, const cJSON *item,
	const cJSON *members)
{
	const char *text = cli_string(item, column->field);
	char buffer[32] = "";

	switch (column->kind) {
	case COLUMN_ACCOUNT:
		if (name_of(members, text)) {
			text = name_of(members, text);
			break;
		}
		__attribute__((fallthrough));
	case COLUMN_ID:
		(void)snprintf(buffer, sizeof(buffer), "%.*s", ID_SHOWN, text);
		text = buffer;
		break;
	case COLUMN_NUMBER:
		if (cJSON_HasObjectItem(item, column->field)) {
			(void)snprintf(buffer, sizeof(buffer), "%.0f",
				cli_number(item, column->field));
		}
		text = buffer;
		break;
	case COLUMN_TIME:
		text = words_time(
			buffer, sizeof(buffer), cli_number(item, column->field));
		break;
	case COLUMN_MARK:
		text = cli_is_true(item, column->field) ? _(column->heading) : "";
		break;
	case COLUMN_WORDS:
		text = words_of(column->words, text);
		break;
	case COLUMN_CASE:
		text = render_case_state(item);
		break;
	case COLUMN_TEXT:
		break;
	}
	table_cell(table, text);
}

/* A column that no item fills is left out. */
static bool is_used(const struct column *column, const cJSON *items)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, items)
	{
		if (column->kind == COLUMN_MARK ? cli_is_true(item, column->field)
				: column->kind == COLUMN_TIME
				? cli_number(item, column->field) > 0
				: cJSON_HasObjectItem(item, column->field)) {
			return true;
		}
	}
	return false;
}

static cJSON *ask_members(struct cli *cli)
{
	cJSON *question = cJSON_CreateObject();

	(void)cJSON_AddStringToObject(question, "ask", "members");
	(void)cJSON_AddStringToObject(question, "community", cli->community);
	return session_ask(cli, question);
}

void list_print(struct cli *cli, const struct list *list, const cJSON *answer)
{
	const cJSON *items = cJSON_GetObjectItem(answer, list->field);
	const struct column *used[LIST_COLUMNS_MAX];
	const char *headings[LIST_COLUMNS_MAX];
	bool has_accounts = false;
	cJSON *members = NULL;
	struct table table;
	const cJSON *item;
	size_t num = 0;

	for (size_t i = 0; i < LIST_COLUMNS_MAX && list->columns[i].heading; i++) {
		if (is_used(&list->columns[i], items)) {
			used[num] = &list->columns[i];
			headings[num++] = _(list->columns[i].heading);
			has_accounts |= list->columns[i].kind == COLUMN_ACCOUNT;
		}
	}
	if (num == 0) {
		(void)fprintf(cli->out, "%s\n", _(list->empty));
		return;
	}
	if (has_accounts && cli->community) {
		members = ask_members(cli);
	}
	table_init(&table, num, headings);
	cJSON_ArrayForEach(item, items)
	{
		for (size_t i = 0; i < num; i++) {
			add_cell(&table, used[i], item,
				cJSON_GetObjectItem(members, "members"));
		}
	}
	table_print(&table, cli->out, cli->columns);
	table_finish(&table);
	cJSON_Delete(members);
}
