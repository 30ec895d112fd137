/* Commands about groups and what is said in them. */
#include <string.h>

#include "clients/core/group/content_json.h"
#include "clients/core/group/feed.h"
#include "clients/core/state.h"

/* Accounts that `circle` takes at once. */
#define CIRCLE_MAX 64
/* A member renews the own path no more often than this. */
#define REFRESH_MIN_MS ((uint64_t)60000)

static enum kr_err account_in(
	const cJSON *args, uint8_t account[KR_ID_BYTES], const char *const *names)
{
	enum kr_err err = json_only(args, names);

	return err != KR_OK ? err : json_bytes(args, "account", account, KR_ID_BYTES);
}

/* A group that is no community's own. */
static enum kr_err circle_of(struct kr_core *core, const cJSON *args, struct group **out)
{
	enum kr_err err = group_of(core, args, out);

	return err != KR_OK ? err : (*out)->is_main ? KR_ERR_STATE : KR_OK;
}

/* ---- Circles --------------------------------------------------------------------- */

struct members {
	uint8_t accounts[CIRCLE_MAX][KR_ID_BYTES];
	size_t num;
};

static enum kr_err read_members(
	struct members *out, const struct community *community, const cJSON *args)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(args, "accounts");
	const cJSON *item;

	out->num = 0;
	if (!cJSON_IsArray(list)) {
		return KR_ERR_FIELD;
	}
	cJSON_ArrayForEach(item, list)
	{
		uint8_t *account = out->accounts[out->num];

		if (out->num == CIRCLE_MAX || !cJSON_IsString(item) ||
			kr_base64url_decode(account, KR_ID_BYTES,
				kr_view_str(item->valuestring)) != KR_OK) {
			return KR_ERR_FIELD;
		}
		if (!community_has_member(community, account)) {
			return KR_ERR_NOT_FOUND;
		}
		out->num++;
	}
	return KR_OK;
}

static enum kr_err invite_members(
	struct kr_core *core, struct group *group, const struct members *members)
{
	enum kr_err err = KR_OK;

	for (size_t i = 0; err == KR_OK && i < members->num; i++) {
		const struct group_change change = {.add = members->accounts[i]};

		if (!is_own_account(core, kr_view(members->accounts[i], KR_ID_BYTES))) {
			err = group_change(core, group, &change, "circle_add", 0, NULL);
		}
	}
	return err;
}

enum kr_err command_circle(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {"community", "name", "accounts", NULL};
	struct group_founding founding = {.what = "circle", .command = command->id};
	struct members members;
	struct group *group;
	enum kr_err err;

	if ((err = json_only(command->args, names)) ||
		(err = community_of(core, command->args, &founding.community)) ||
		(err = json_text(command->args, "name", &founding.name)) ||
		(err = kr_line_check(founding.name, KR_NAME_MAX)) ||
		(err = read_members(&members, founding.community, command->args))) {
		return err;
	}
	if (founding.community->state != COMMUNITY_MEMBER) {
		return KR_ERR_STATE;
	}
	founding.answer = cJSON_CreateObject();
	if (founding.answer == NULL) {
		return KR_ERR_MEMORY;
	}
	if ((err = group_make(core, &founding, &group))) {
		return err;
	}
	return invite_members(core, group, &members);
}

enum kr_err command_circle_add(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {"group", "account", NULL};
	uint8_t account[KR_ID_BYTES];
	const struct group_change change = {.add = account};
	struct group *group;
	enum kr_err err;

	if ((err = account_in(command->args, account, names)) ||
		(err = circle_of(core, command->args, &group))) {
		return err;
	}
	return group_change(core, group, &change, "circle_add", command->id, NULL);
}

enum kr_err command_circle_remove(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {"group", "account", NULL};
	uint8_t account[KR_ID_BYTES];
	const struct group_change change = {.remove = account};
	struct group *group;
	enum kr_err err;

	if ((err = account_in(command->args, account, names)) ||
		(err = circle_of(core, command->args, &group))) {
		return err;
	}
	/* Who wants to go says circle_leave. */
	return is_own_account(core, kr_view(account, sizeof(account)))
		? KR_ERR_ROUTING
		: group_change(core, group, &change, "circle_remove", command->id, NULL);
}

enum kr_err command_circle_admin(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {"group", "account", "admin", NULL};
	uint8_t account[KR_ID_BYTES];
	struct group_change change = {0};
	struct group *group;
	bool is_admin;
	enum kr_err err;

	if ((err = account_in(command->args, account, names)) ||
		(err = json_flag(command->args, "admin", &is_admin)) ||
		(err = circle_of(core, command->args, &group))) {
		return err;
	}
	change.admin_add = is_admin ? account : NULL;
	change.admin_remove = is_admin ? NULL : account;
	return group_change(core, group, &change, "circle_admin", command->id, NULL);
}

enum kr_err command_circle_rename(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {"group", "name", NULL};
	struct group_change change = {0};
	struct group *group;
	enum kr_err err;

	if ((err = json_only(command->args, names)) ||
		(err = json_text(command->args, "name", &change.name)) ||
		(err = kr_line_check(change.name, KR_NAME_MAX)) ||
		(err = group_of(core, command->args, &group))) {
		return err;
	}
	return group_change(core, group, &change, "circle_rename", command->id, NULL);
}

enum kr_err command_circle_leave(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {"group", NULL};
	struct group *group;
	enum kr_err err;

	if ((err = json_only(command->args, names)) ||
		(err = circle_of(core, command->args, &group))) {
		return err;
	}
	if (group->state != GROUP_IN && group->state != GROUP_STRANDED) {
		return KR_ERR_STATE;
	}
	group->is_leaving = true;
	if ((err = group_put_facts(core, group))) {
		return err;
	}
	return group_state_it(core, group, KR_STATEMENT_GROUP_LEAVE, KR_VERB_GROUP_LEAVE,
		NULL, "circle_leave", command->id);
}

/* ---- The policy ------------------------------------------------------------------- */

enum kr_err command_slow_mode(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {"community", "group", "seconds", NULL};
	struct group_change change = {.has_slow_mode = true};
	struct group *group;
	uint64_t seconds;
	enum kr_err err;

	if ((err = json_only(command->args, names)) ||
		(err = json_number(command->args, "seconds", 0, 86400, &seconds)) ||
		(err = group_of(core, command->args, &group))) {
		return err;
	}
	change.slow_mode_s = (uint32_t)seconds;
	return group_change(core, group, &change, "slow_mode", command->id, NULL);
}

/* ---- Saying ----------------------------------------------------------------------- */

enum kr_err command_offer_coordinator(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {"community", NULL};
	struct kr_content content = {.kind = KR_CONTENT_SEALING_KEY};
	struct group *group;
	enum kr_err err;

	if ((err = json_only(command->args, names)) ||
		(err = group_of(core, command->args, &group))) {
		return err;
	}
	memcpy(content.hash, core->identity.sealing.public_key, sizeof(content.hash));
	return group_say(core, group, &content, "offer_coordinator", command->id, NULL);
}

static enum kr_err answer_slow_mode(
	struct kr_core *core, const struct command *command, uint64_t wait_ms)
{
	cJSON *answer = cJSON_CreateObject();

	if (!json_add_str(answer, "error", kr_err_name(KR_ERR_SLOW_MODE)) ||
		!json_add_str(answer, "text", kr_err_sentence(KR_ERR_SLOW_MODE)) ||
		!json_add_number(answer, "wait", wait_ms)) {
		cJSON_Delete(answer);
		return KR_ERR_MEMORY;
	}
	return output_answer(&core->outputs, command->id, answer);
}

/* How long this member has to wait yet; "112 is called" never does. */
static uint64_t wait_of(const struct kr_core *core, const struct group *group,
	const struct kr_content *content)
{
	struct kr_policy policy;
	uint64_t due_ms;

	if (content->kind == KR_CONTENT_CALLED_112 ||
		group_policy(group, &policy) != KR_OK ||
		kr_policy_has_administrator(&policy, core->identity.account)) {
		return 0;
	}
	due_ms = group->post_ms + (uint64_t)policy.slow_mode_s * 1000;
	/* A clock that was set back must not silence anybody. */
	return group->post_ms > core->now_ms || due_ms <= core->now_ms
		? 0
		: due_ms - core->now_ms;
}

static enum kr_err post(struct kr_core *core, const struct command *command,
	struct group *group, struct kr_content *content)
{
	const struct kr_topic community = kr_topic(KR_TOPIC_COMMUNITY, group->community);
	uint64_t wait_ms = wait_of(core, group, content);
	enum kr_err err;

	if (wait_ms > 0) {
		return answer_slow_mode(core, command, wait_ms);
	}
	/* Who came in lately is to know whose words these are; danger does not wait. */
	if (group->state == GROUP_IN && content->kind != KR_CONTENT_CALLED_112 &&
		(err = group_say_owed_name(core, group))) {
		return err;
	}
	if ((err = group_say(core, group, content, "post", command->id, NULL))) {
		return err;
	}
	group->post_ms = core->now_ms;
	err = kept_goes(core, command->args, &community, content->event);
	return err != KR_OK ? err : group_put_facts(core, group);
}

enum kr_err command_post(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {"community", "group", "kind", "ref",
		"category", "since", "how_often", "where", "name", "text", "kind_fields",
		"kept", NULL};
	KR_AUTO_FREE struct kr_bytes storage = {0};
	struct kr_content content;
	struct group *group;
	enum kr_err err;

	if ((err = json_only(command->args, names)) ||
		(err = group_of(core, command->args, &group)) ||
		(err = content_from_json(&content, command->args, &storage))) {
		return err;
	}
	return post(core, command, group, &content);
}

/* ---- Oneself ---------------------------------------------------------------------- */

enum kr_err command_heal(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {"community", "group", NULL};
	struct group *group;
	enum kr_err err;

	if ((err = json_only(command->args, names)) ||
		(err = group_of(core, command->args, &group))) {
		return err;
	}
	return group->state != GROUP_IN && group->state != GROUP_STRANDED
		? KR_ERR_STATE
		: group_ask_heal(core, group, command->id);
}

enum kr_err command_refresh(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {"community", "group", NULL};
	const struct group_change change = {.heal_or_refresh = true};
	struct group *group;
	enum kr_err err;

	if ((err = json_only(command->args, names)) ||
		(err = group_of(core, command->args, &group))) {
		return err;
	}
	if (group->renewed_ms != 0 && core->now_ms < group->renewed_ms + REFRESH_MIN_MS) {
		return KR_ERR_QUOTA;
	}
	return group_change(core, group, &change, "refresh", command->id, NULL);
}

enum kr_err command_read(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {"community", "group", "seq", NULL};
	struct group *group;
	uint64_t seq;
	enum kr_err err;

	if ((err = json_only(command->args, names)) ||
		(err = json_number(command->args, "seq", 0, KR_JSON_INT_MAX, &seq)) ||
		(err = group_of(core, command->args, &group))) {
		return err;
	}
	if (seq > group->read_seq) {
		group->read_seq = seq;
		if ((err = group_put_facts(core, group)) ||
			(err = tell_changed(
				 core, "groups", group->community, group->id))) {
			return err;
		}
	}
	return command_done(core, command->id, NULL);
}
