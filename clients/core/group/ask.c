/* Questions about groups. */
#include <string.h>

#include "clients/core/group/feed.h"
#include "clients/core/state.h"

/* ---- groups ------------------------------------------------------------------------ */

static const char *state_name(enum group_state state)
{
	switch (state) {
	case GROUP_MAKING:
		return "making";
	case GROUP_IN:
		return "in";
	case GROUP_STRANDED:
		return "stranded";
	case GROUP_LEFT:
		return "left";
	case GROUP_REMOVED:
		return "removed";
	}
	return "removed";
}

/* Messages of others that the user has not seen. */
static uint64_t num_unread(const struct group *group)
{
	const struct feed *feed = group->feed;
	uint64_t num = 0;

	for (size_t i = feed_place(feed, group->read_seq + 1); i < feed->num; i++) {
		switch (feed->entries[i].kind) {
		case 0:
		case KR_CONTENT_EDIT:
		case KR_CONTENT_RETRACTION:
		case KR_CONTENT_TAKE_DOWN:
		case KR_CONTENT_DISPLAY_NAME:
		case KR_CONTENT_REASON:
		case KR_CONTENT_DEVICE:
		case KR_CONTENT_SEALING_KEY:
		case KR_CONTENT_NOTICE:
			break;
		default:
			num += !feed->entries[i].is_own;
		}
	}
	return num;
}

/* People, not devices; 0 without a tree to ask. */
static size_t count_members(const struct group *group)
{
	KR_AUTO_FREE struct kr_bytes accounts = {0};

	return group->mls != NULL && group_accounts(group->mls, &accounts) == KR_OK
		? accounts.len / KR_ID_BYTES
		: 0;
}

static bool add_group(const struct kr_core *core, const struct group *group, cJSON *list)
{
	cJSON *object = json_append_object(list);
	const struct feed *feed = group->feed;
	struct kr_policy policy;

	(void)group_policy(group, &policy);
	return json_add_id(object, "group", group->id) &&
		json_add_id(object, "community", group->community) &&
		json_add_text(object, "name", policy.name) &&
		json_add_flag(object, "main", group->is_main) &&
		json_add_number(object, "members", count_members(group)) &&
		json_add_flag(object, "admin",
			group_is_administrator(group, core->identity.account)) &&
		json_add_str(object, "state", state_name(group->state)) &&
		json_add_number(object, "epoch",
			group->mls == NULL ? 0 : kr_mls_epoch(group->mls)) &&
		json_add_number(object, "slow_mode", policy.slow_mode_s) &&
		json_add_number(object, "unread", num_unread(group)) &&
		json_add_number(object, "last",
			feed->num == 0 ? 0 : feed->entries[feed->num - 1].seq);
}

enum kr_err ask_groups(const struct kr_core *core, const cJSON *question, cJSON *answer)
{
	cJSON *list = json_add_array(answer, "groups");
	uint8_t community[KR_ID_BYTES];
	bool is_given;
	enum kr_err err = json_bytes_optional(
		question, "community", community, sizeof(community), &is_given);

	for (const struct group *g = core->groups; g != NULL && err == KR_OK;
		g = g->next) {
		if (is_given && memcmp(g->community, community, sizeof(community)) != 0) {
			continue;
		}
		err = add_group(core, g, list) ? KR_OK : KR_ERR_MEMORY;
	}
	return err;
}

/* ---- group_members ----------------------------------------------------------------- */

static bool has_same_name(const struct kr_core *core, const struct group *group,
	const struct kr_bytes *accounts, const uint8_t *account, struct kr_view name)
{
	for (size_t at = 0; name.len > 0 && at < accounts->len; at += KR_ID_BYTES) {
		if (memcmp(accounts->data + at, account, KR_ID_BYTES) != 0 &&
			kr_line_compare(name,
				group_member_name(core, group, accounts->data + at)) ==
				0) {
			return true;
		}
	}
	return false;
}

static bool add_member(const struct kr_core *core, const struct group *group,
	const struct kr_bytes *accounts, const uint8_t *account, cJSON *list)
{
	const struct community *community = community_look(core, group->community);
	const struct group *main_group = group_look(core, community->main_group);
	const struct community_member *member = community_member(community, account);
	uint8_t keys[KR_DEVICES_MAX][KR_ED25519_PUBLIC_BYTES];
	cJSON *object = json_append_object(list);
	struct kr_view name =
		group_member_name(core, main_group == NULL ? group : main_group, account);

	return json_add_id(object, "account", account) &&
		json_add_text(object, "name", name) &&
		json_add_flag(object, "same_name",
			has_same_name(core, main_group == NULL ? group : main_group,
				accounts, account, name)) &&
		json_add_str(object, "role",
			community_has_coordinator(community, account) ? "coordinator"
								      : "resident") &&
		json_add_number(object, "since", member == NULL ? 0 : member->since_ms) &&
		json_add_number(object, "devices",
			group_member_keys(group, account, keys, KR_DEVICES_MAX)) &&
		json_add_flag(object, "in_group", true) &&
		json_add_flag(object, "admin", group_is_administrator(group, account)) &&
		(member == NULL || member->muted_until_ms <= core->now_ms ||
			json_add_number(object, "muted_until", member->muted_until_ms)) &&
		json_add_flag(object, "me",
			is_own_account(core, kr_view(account, KR_ID_BYTES)));
}

enum kr_err ask_group_members(
	const struct kr_core *core, const cJSON *question, cJSON *answer)
{
	KR_AUTO_FREE struct kr_bytes accounts = {0};
	const struct group *group;
	cJSON *list;
	enum kr_err err = group_asked(core, question, &group);

	if (err != KR_OK || group->mls == NULL ||
		community_look(core, group->community) == NULL) {
		return err != KR_OK ? err : KR_ERR_STATE;
	}
	err = group_accounts(group->mls, &accounts);
	list = json_add_array(answer, "members");
	for (size_t i = 0; err == KR_OK && i < accounts.len; i += KR_ID_BYTES) {
		err = add_member(core, group, &accounts, accounts.data + i, list)
			? KR_OK
			: KR_ERR_MEMORY;
	}
	return err;
}

/* ---- safety ------------------------------------------------------------------------ */

/* Two halves, thirty digits each: the own one is that which stays when both parties are
 * oneself. */
static enum kr_err half_of(const struct kr_safety_party *party, char out[37])
{
	char both[KR_SAFETY_TEXT_BYTES];
	enum kr_err err = kr_safety_number(both, party, party);

	memcpy(out, both, 35);
	out[35] = '\0';
	return err;
}

enum kr_err ask_safety(const struct kr_core *core, const cJSON *question, cJSON *answer)
{
	uint8_t own_keys[KR_DEVICES_MAX][KR_ED25519_PUBLIC_BYTES];
	uint8_t keys[KR_DEVICES_MAX][KR_ED25519_PUBLIC_BYTES];
	char number[KR_SAFETY_TEXT_BYTES];
	char mine[37];
	char theirs[37];
	uint8_t account[KR_ID_BYTES];
	struct kr_safety_party a = {.account = core->identity.account};
	struct kr_safety_party b = {.account = account};
	const struct group *group;
	enum kr_err err;

	if ((err = group_asked(core, question, &group)) ||
		(err = json_bytes(question, "account", account, sizeof(account)))) {
		return err;
	}
	a.keys = kr_view(own_keys,
		KR_ED25519_PUBLIC_BYTES *
			group_member_keys(group, a.account, own_keys, KR_DEVICES_MAX));
	b.keys = kr_view(keys,
		KR_ED25519_PUBLIC_BYTES *
			group_member_keys(group, account, keys, KR_DEVICES_MAX));
	if (a.keys.len == 0 || b.keys.len == 0) {
		return KR_ERR_NOT_FOUND;
	}
	if ((err = kr_safety_number(number, &a, &b)) || (err = half_of(&a, mine)) ||
		(err = half_of(&b, theirs))) {
		return err;
	}
	return json_add_str(answer, "number", number) &&
			json_add_str(answer, "mine", mine) &&
			json_add_str(answer, "theirs", theirs)
		? KR_OK
		: KR_ERR_MEMORY;
}
