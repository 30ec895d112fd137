/* The account as a whole: how it stands, everything of one's own, and its end. */
#include <string.h>

#include "clients/core/account/parts.h"

/* ---- How it stands ---------------------------------------------------------------- */

static size_t num_communities(const struct kr_core *core)
{
	size_t num = 0;

	for (const struct community *c = core->communities; c != NULL; c = c->next) {
		num += c->state == COMMUNITY_MEMBER;
	}
	return num;
}

static size_t num_ops(const struct kr_core *core)
{
	size_t num = 0;

	for (const struct op *op = core->outbox.first; op != NULL; op = op->next) {
		num++;
	}
	return num;
}

static bool add_identity(cJSON *object, const struct identity *identity)
{
	return json_add_id(object, "device", identity->device.public_key) &&
		json_add_str(object, "name", identity->name) &&
		json_add_str(object, "relay", identity->relay) &&
		json_add_str(object, "url", identity->url) &&
		(!identity->is_linked ||
			json_add_id(object, "account", identity->account));
}

enum kr_err ask_status(const struct kr_core *core, const cJSON *question, cJSON *answer)
{
	static const char *const names[] = {NULL};
	enum kr_err err = json_only(question, names);

	if (err != KR_OK) {
		return err;
	}
	if ((core->identity.exists && !add_identity(answer, &core->identity)) ||
		!json_add_str(answer, "connection", link_state_name(core)) ||
		!json_add_number(answer, "outbox", num_ops(core)) ||
		!json_add_number(answer, "alarms", alarms_num_open(core)) ||
		!json_add_number(answer, "communities", num_communities(core)) ||
		!json_add_flag(answer, "caught_up", topics_are_caught_up(core))) {
		return KR_ERR_MEMORY;
	}
	return KR_OK;
}

/* ---- Everything of one's own ------------------------------------------------------ */

static enum kr_err add_answer(const struct kr_core *core, cJSON *object, const char *name,
	enum kr_err (*ask)(
		const struct kr_core *core, const cJSON *question, cJSON *answer))
{
	cJSON *question = cJSON_CreateObject();
	cJSON *part = json_add_object(object, name);
	enum kr_err err = question == NULL || part == NULL ? KR_ERR_MEMORY
							   : ask(core, question, part);

	cJSON_Delete(question);
	return err;
}

/* Moves what this account wrote from a page of the feed to the export. Returns the lowest
 * seq of the page; 0: the page is empty. */
static uint64_t take_own(cJSON *page, cJSON *list)
{
	cJSON *messages = cJSON_GetObjectItemCaseSensitive(page, "messages");
	uint64_t lowest = 0;
	int at = 0;

	while (at < cJSON_GetArraySize(messages)) {
		const cJSON *message = cJSON_GetArrayItem(messages, at);
		uint64_t seq;

		if (json_number(message, "seq", 0, KR_JSON_INT_MAX, &seq) == KR_OK &&
			seq > 0 && (lowest == 0 || seq < lowest)) {
			lowest = seq;
		}
		if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(message, "me"))) {
			(void)cJSON_AddItemToArray(
				list, cJSON_DetachItemFromArray(messages, at));
		} else {
			at++;
		}
	}
	return lowest;
}

static enum kr_err feed_page(const struct kr_core *core, const struct group *group,
	uint64_t before, cJSON *list, uint64_t *lowest)
{
	cJSON *question = cJSON_CreateObject();
	cJSON *page = cJSON_CreateObject();
	enum kr_err err = KR_ERR_MEMORY;

	*lowest = 0;
	if (page != NULL && json_add_id(question, "group", group->id) &&
		json_add_str(question, "show", "all") &&
		(before == 0 || json_add_number(question, "before", before))) {
		err = ask_feed(core, question, page);
	}
	if (err == KR_OK) {
		*lowest = take_own(page, list);
	}
	cJSON_Delete(question);
	cJSON_Delete(page);
	return err;
}

/* What professionals have told the community. */
static enum kr_err add_notices(
	const struct kr_core *core, const struct group *group, cJSON *object)
{
	cJSON *question = cJSON_CreateObject();
	enum kr_err err = KR_ERR_MEMORY;

	if (json_add_id(question, "community", group->community)) {
		err = ask_notices(core, question, object);
	}
	cJSON_Delete(question);
	return err;
}

static enum kr_err export_group(
	const struct kr_core *core, const struct group *group, cJSON *groups)
{
	cJSON *object = json_append_object(groups);
	cJSON *list = json_add_array(object, "messages");
	uint64_t before = 0;
	uint64_t lowest;
	enum kr_err err;

	if (list == NULL || !json_add_id(object, "group", group->id) ||
		!json_add_id(object, "community", group->community)) {
		return KR_ERR_MEMORY;
	}
	do {
		err = feed_page(core, group, before, list, &lowest);
		before = lowest;
	} while (err == KR_OK && lowest > 1);
	return err != KR_OK || !group->is_main ? err : add_notices(core, group, object);
}

enum kr_err ask_export(const struct kr_core *core, const cJSON *question, cJSON *answer)
{
	static const char *const names[] = {NULL};
	cJSON *groups;
	enum kr_err err = json_only(question, names);

	if (err != KR_OK) {
		return err;
	}
	if (!core->identity.exists) {
		return KR_ERR_STATE;
	}
	groups = json_add_array(answer, "groups");
	if (groups == NULL || !add_identity(answer, &core->identity)) {
		return KR_ERR_MEMORY;
	}
	for (const struct group *g = core->groups; err == KR_OK && g != NULL;
		g = g->next) {
		err = export_group(core, g, groups);
	}
	if (err != KR_OK ||
		(err = add_answer(core, answer, "communities", ask_communities)) ||
		(err = add_answer(core, answer, "devices", ask_devices)) ||
		(err = add_answer(core, answer, "alarms", ask_alarms)) ||
		(err = add_answer(core, answer, "kept", ask_kept))) {
		return err;
	}
	return KR_OK;
}

/* ---- The end ---------------------------------------------------------------------- */

/* Are there other members who would be left without a coordinator? */
static bool would_be_lost(const struct kr_core *core, const struct community *community)
{
	const uint8_t *own = core->identity.account;
	const struct kr_coordinator *who;
	size_t num_others = 0;
	size_t at = 0;

	if (!community_has_coordinator(community, own)) {
		return false;
	}
	while ((who = kr_chain_next(&community->chain, &at)) != NULL) {
		if (memcmp(who->account, own, KR_ID_BYTES) != 0) {
			return false;
		}
	}
	for (size_t i = 0; i < community->num_members; i++) {
		num_others += community->members[i].state == MEMBER_IN &&
			memcmp(community->members[i].account, own, KR_ID_BYTES) != 0;
	}
	return num_others > 0;
}

/* Who was alone in a community cannot leave it, and leaves nobody behind. */
static enum kr_err leave_all(struct kr_core *core)
{
	for (struct community *c = core->communities; c != NULL; c = c->next) {
		enum kr_err err;

		if (c->state != COMMUNITY_MEMBER || community_has_op(core, c, "leave")) {
			continue;
		}
		err = community_leave(core, c, 0);
		if (err != KR_OK && err != KR_ERR_LAST_COORDINATOR &&
			err != KR_ERR_STATE) {
			return err;
		}
	}
	return KR_OK;
}

static enum kr_err remove_other_devices(struct kr_core *core)
{
	const struct kr_devices *devices = &core->account.devices;
	enum kr_err err = KR_OK;

	for (size_t i = 0; err == KR_OK && i < devices->num; i++) {
		if (!devices->list[i].removed &&
			memcmp(devices->list[i].key, core->identity.device.public_key,
				KR_ED25519_PUBLIC_BYTES) != 0) {
			err = device_remove(core, devices->list[i].key, 0);
		}
	}
	return err;
}

enum kr_err command_delete_account(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {NULL};
	enum kr_err err = json_only(command->args, names);

	if (err != KR_OK) {
		return err;
	}
	if (!core->identity.exists || core->account.delete_command != 0) {
		return KR_ERR_STATE;
	}
	for (const struct community *c = core->communities; c != NULL; c = c->next) {
		if (c->state == COMMUNITY_MEMBER && would_be_lost(core, c)) {
			return KR_ERR_LAST_COORDINATOR;
		}
	}
	if ((err = leave_all(core)) || (err = remove_other_devices(core))) {
		return err;
	}
	core->identity.is_ending = true;
	core->account.delete_command = command->id;
	return identity_store(core);
}

enum kr_err account_end(struct kr_core *core)
{
	uint64_t command = core->account.delete_command;
	enum kr_err err;

	if (core->outbox.first != NULL) {
		return KR_OK;
	}
	if ((err = records_delete_prefix(&core->records, kr_view(NULL, 0)))) {
		return err;
	}
	cases_free(core);
	inboxes_free(core);
	groups_free(core);
	core->groups = NULL;
	communities_free(core);
	topics_free(core);
	core->topics = NULL;
	account_free(core);
	link_want(core, false);
	return command == 0 ? KR_OK : command_done(core, command, NULL);
}
