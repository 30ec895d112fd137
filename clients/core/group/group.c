/* Groups as a list, and their records. */
#include <stdlib.h>
#include <string.h>

#include "clients/core/group/feed.h"
#include "clients/core/group/parts.h"
#include "clients/core/state.h"

#define FACTS_VERSION 1

/* ---- The list --------------------------------------------------------------------- */

struct group *group_find(struct kr_core *core, const uint8_t id[KR_ID_BYTES])
{
	struct group *group = core->groups;

	while (group != NULL && memcmp(group->id, id, KR_ID_BYTES) != 0) {
		group = group->next;
	}
	return group;
}

const struct group *group_look(const struct kr_core *core, const uint8_t id[KR_ID_BYTES])
{
	const struct group *group = core->groups;

	while (group != NULL && memcmp(group->id, id, KR_ID_BYTES) != 0) {
		group = group->next;
	}
	return group;
}

static enum kr_err id_asked(
	const struct kr_core *core, const cJSON *args, uint8_t id[KR_ID_BYTES])
{
	const struct community *community;
	bool is_given;
	enum kr_err err = json_bytes_optional(args, "group", id, KR_ID_BYTES, &is_given);

	if (err != KR_OK || is_given) {
		return err;
	}
	if ((err = community_asked(core, args, &community))) {
		return err;
	}
	memcpy(id, community->main_group, KR_ID_BYTES);
	return KR_OK;
}

enum kr_err group_of(struct kr_core *core, const cJSON *args, struct group **out)
{
	uint8_t id[KR_ID_BYTES];
	enum kr_err err = id_asked(core, args, id);

	*out = err == KR_OK ? group_find(core, id) : NULL;
	return err != KR_OK ? err : *out == NULL ? KR_ERR_NOT_FOUND : KR_OK;
}

enum kr_err group_asked(
	const struct kr_core *core, const cJSON *args, const struct group **out)
{
	uint8_t id[KR_ID_BYTES];
	enum kr_err err = id_asked(core, args, id);

	*out = err == KR_OK ? group_look(core, id) : NULL;
	return err != KR_OK ? err : *out == NULL ? KR_ERR_NOT_FOUND : KR_OK;
}

struct kr_topic group_topic(const struct group *group)
{
	return kr_topic(KR_TOPIC_GROUP, group->id);
}

struct kr_mls_config group_config(struct group *group)
{
	struct kr_mls_config config = kr_mls_config_default();

	config.hooks.ctx = group;
	config.hooks.policy = group_policy_hook;
	config.max_pending_proposals = 0;
	return config;
}

static void group_free(struct group *group)
{
	group_forget_outgoing(group);
	candidates_free(group);
	feed_free(group->feed);
	kr_mls_group_free(group->mls);
	kr_mls_group_free(group->before);
	kr_bytes_free(&group->heals);
	kr_bytes_free(&group->routed);
	kr_bytes_free(&group->assumed);
	free(group);
}

void groups_free(struct kr_core *core)
{
	while (core->groups != NULL) {
		struct group *group = core->groups;

		core->groups = group->next;
		group_free(group);
	}
}

enum kr_err group_new(struct kr_core *core, const uint8_t id[KR_ID_BYTES],
	const uint8_t community[KR_ID_BYTES], bool is_main, enum group_state state,
	struct group **out)
{
	struct group *group = calloc(1, sizeof(*group));

	*out = NULL;
	if (group == NULL || (group->feed = feed_new()) == NULL) {
		free(group);
		return KR_ERR_MEMORY;
	}
	group->core = core;
	memcpy(group->id, id, KR_ID_BYTES);
	memcpy(group->community, community, KR_ID_BYTES);
	group->is_main = is_main;
	group->state = state;
	group->next = core->groups;
	core->groups = group;
	*out = group;
	return KR_OK;
}

/* ---- Records ---------------------------------------------------------------------- */

enum kr_err group_put_facts(struct kr_core *core, const struct group *group)
{
	struct record_key key = record_key_id(RECORD_GROUP_FACTS, group->id);
	struct kr_writer w;

	kr_writer_init(&w);
	kr_write_u8(&w, FACTS_VERSION);
	kr_write_fixed(&w, kr_view(group->community, KR_ID_BYTES));
	kr_write_optional(&w, group->is_main);
	kr_write_u8(&w, (uint8_t)group->state);
	kr_write_u64(&w, group->read_seq);
	kr_write_fixed(&w, kr_view(group->commit_hash, KR_SHA256_BYTES));
	kr_write_u64(&w, group->commit_seq);
	kr_write_optional(&w, group->is_confirmed);
	kr_write_optional(&w, group->must_refresh);
	kr_write_optional(&w, group->is_leaving);
	kr_write_fixed(&w, kr_view(group->garbage, KR_SHA256_BYTES));
	kr_write_u64(&w, group->held_seq);
	kr_write_u64(&w, group->held_ms);
	kr_write_u64(&w, group->refresh_ms);
	kr_write_u64(&w, group->heal_ms);
	kr_write_u64(&w, group->post_ms);
	kr_write_u64(&w, group->name_ms);
	kr_write_vec(&w, kr_view_bytes(&group->heals));
	kr_write_vec(&w, kr_view_bytes(&group->routed));
	kr_write_vec(&w, kr_view_bytes(&group->assumed));
	return records_put_writer(&core->records, &key, &w);
}

static enum kr_err read_ids(struct kr_reader *r, struct kr_bytes *out)
{
	struct kr_view list;
	enum kr_err err = kr_read_vec(r, &list);

	if (err != KR_OK || list.len % KR_ID_BYTES != 0) {
		return KR_ERR_BAD_STATE_RECORD;
	}
	return kr_bytes_copy(out, list);
}

static enum kr_err read_facts(struct group *group, struct kr_reader *r)
{
	enum kr_err err;

	if ((err = kr_read_u64(r, &group->read_seq)) ||
		(err = kr_read_copy(r, group->commit_hash, KR_SHA256_BYTES)) ||
		(err = kr_read_u64(r, &group->commit_seq)) ||
		(err = kr_read_optional(r, &group->is_confirmed)) ||
		(err = kr_read_optional(r, &group->must_refresh)) ||
		(err = kr_read_optional(r, &group->is_leaving)) ||
		(err = kr_read_copy(r, group->garbage, KR_SHA256_BYTES)) ||
		(err = kr_read_u64(r, &group->held_seq)) ||
		(err = kr_read_u64(r, &group->held_ms)) ||
		(err = kr_read_u64(r, &group->refresh_ms)) ||
		(err = kr_read_u64(r, &group->heal_ms)) ||
		(err = kr_read_u64(r, &group->post_ms)) ||
		(err = kr_read_u64(r, &group->name_ms)) ||
		(err = read_ids(r, &group->heals)) ||
		(err = read_ids(r, &group->routed)) ||
		(err = read_ids(r, &group->assumed)) || (err = kr_read_end(r))) {
		return err == KR_ERR_MEMORY ? err : KR_ERR_BAD_STATE_RECORD;
	}
	return KR_OK;
}

static struct kr_view value_of(
	const struct kr_core *core, enum record_kind kind, const struct group *group)
{
	struct record_key key = record_key_id(kind, group->id);
	const struct record *record = records_get(&core->records, record_key_view(&key));

	return record == NULL ? kr_view(NULL, 0) : kr_view_bytes(&record->value);
}

static enum kr_err load_mls(struct kr_core *core, struct group *group,
	enum record_kind kind, enum record_kind ratchets, struct kr_mls_group **out)
{
	struct kr_mls_config config = group_config(group);
	struct kr_view state = value_of(core, kind, group);

	if (state.len == 0) {
		return KR_OK;
	}
	return kr_mls_load(out, &config, state, value_of(core, ratchets, group));
}

static enum kr_err load_group(struct kr_core *core, const struct record *record)
{
	struct kr_reader r = kr_reader(kr_view_bytes(&record->value));
	uint8_t community[KR_ID_BYTES];
	uint8_t version;
	uint8_t state;
	bool is_main;
	struct group *group;
	enum kr_err err;

	if (record->key.len != 1 + KR_ID_BYTES || kr_read_u8(&r, &version) != KR_OK ||
		version == 0) {
		return KR_ERR_BAD_STATE_RECORD;
	}
	if (version > FACTS_VERSION) {
		return KR_ERR_STORE_VERSION;
	}
	if (kr_read_copy(&r, community, sizeof(community)) != KR_OK ||
		kr_read_optional(&r, &is_main) != KR_OK ||
		kr_read_u8(&r, &state) != KR_OK || state < GROUP_MAKING ||
		state > GROUP_REMOVED) {
		return KR_ERR_BAD_STATE_RECORD;
	}
	if ((err = group_new(core, record->key.data + 1, community, is_main,
		     (enum group_state)state, &group)) ||
		(err = read_facts(group, &r)) ||
		(err = load_mls(
			 core, group, RECORD_GROUP, RECORD_RATCHETS, &group->mls)) ||
		(err = load_mls(core, group, RECORD_GROUP_BEFORE, RECORD_RATCHETS_BEFORE,
			 &group->before))) {
		return err;
	}
	if ((group->state == GROUP_IN || group->state == GROUP_MAKING) &&
		group->mls == NULL) {
		return KR_ERR_BAD_STATE_RECORD;
	}
	/* What was waited for when the machine ended (a key package, say) is
	 * forgotten. */
	group->must_plan = true;
	return feed_load(core, group);
}

enum kr_err groups_load(struct kr_core *core)
{
	struct record_key key = record_key(RECORD_GROUP_FACTS);
	const struct record *record;
	enum kr_err err = KR_OK;
	size_t at = 0;

	while (err == KR_OK &&
		(record = records_next(&core->records, record_key_view(&key), &at)) !=
			NULL) {
		err = load_group(core, record);
	}
	return err;
}

static enum kr_err put_state(struct kr_core *core, const struct group *group,
	const struct kr_mls_state *state, enum record_kind kind,
	enum record_kind ratchets)
{
	struct record_key key = record_key_id(kind, group->id);
	enum kr_err err = KR_OK;

	if (state->group_changed) {
		err = records_put(&core->records, &key, kr_view_bytes(&state->group));
	}
	if (err == KR_OK) {
		key = record_key_id(ratchets, group->id);
		err = records_put(&core->records, &key, kr_view_bytes(&state->ratchets));
	}
	return err;
}

enum kr_err group_put_mls(struct kr_core *core, struct group *group, bool all)
{
	struct kr_mls_state state = {0};
	enum kr_err err = kr_mls_save(group->mls, all, &state);

	if (err == KR_OK) {
		group->saved_revision = state.revision;
		group->saved_store = core->outputs.last_id + 1;
		err = put_state(core, group, &state, RECORD_GROUP, RECORD_RATCHETS);
	}
	kr_mls_state_free(&state);
	return err;
}

enum kr_err group_keep_before(
	struct kr_core *core, struct group *group, struct kr_mls_group *before)
{
	struct kr_mls_state state = {0};
	enum kr_err err;

	kr_mls_group_free(group->before);
	group->before = before;
	kr_mls_commit_discard(before);
	err = kr_mls_save(before, true, &state);
	if (err == KR_OK) {
		err = put_state(
			core, group, &state, RECORD_GROUP_BEFORE, RECORD_RATCHETS_BEFORE);
	}
	kr_mls_state_free(&state);
	return err;
}

enum kr_err group_discard(struct kr_core *core, struct group *group, enum kr_err err)
{
	struct record_key key = record_key_id(RECORD_GROUP_FACTS, group->id);
	struct group **at = &core->groups;
	enum kr_err failed = group_close(core, group, GROUP_REMOVED);

	if (failed == KR_OK) {
		failed = records_delete(&core->records, &key);
	}
	while (*at != group) {
		at = &(*at)->next;
	}
	*at = group->next;
	group_free(group);
	return failed != KR_OK ? failed : err;
}

enum kr_err group_close(struct kr_core *core, struct group *group, enum group_state state)
{
	static const enum record_kind kinds[] = {RECORD_GROUP, RECORD_RATCHETS,
		RECORD_GROUP_BEFORE, RECORD_RATCHETS_BEFORE};
	enum kr_err err = KR_OK;

	group->state = state;
	group_forget_outgoing(group);
	candidates_free(group);
	kr_mls_group_free(group->mls);
	kr_mls_group_free(group->before);
	group->mls = NULL;
	group->before = NULL;
	memset(group->garbage, 0, sizeof(group->garbage));
	for (size_t i = 0; err == KR_OK && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct record_key key = record_key_id(kinds[i], group->id);

		err = records_delete(&core->records, &key);
	}
	if (err == KR_OK) {
		err = group_put_facts(core, group);
	}
	return err != KR_OK ? err : group_tell_changed(core, group);
}

enum kr_err group_tell_changed(struct kr_core *core, const struct group *group)
{
	enum kr_err err;

	if ((err = tell_changed(core, "groups", group->community, group->id)) ||
		(err = tell_changed(
			 core, "group_members", group->community, group->id)) ||
		!group->is_main) {
		return err;
	}
	/* The community's name, pace and inboxes stand in this group's policy. */
	if ((err = tell_changed(core, "communities", group->community, NULL)) ||
		(err = tell_changed(core, "inboxes", group->community, NULL))) {
		return err;
	}
	return tell_changed(core, "notices", group->community, NULL);
}

/* ---- Who is in it ----------------------------------------------------------------- */

enum kr_err policy_of(const struct kr_mls_group *mls, struct kr_policy *out)
{
	struct kr_view data;
	enum kr_err err = kr_mls_extension_find(
		kr_mls_group_extensions(mls), KR_POLICY_EXTENSION, &data);

	return err != KR_OK ? err : kr_policy_read(out, data);
}

enum kr_err group_policy(const struct group *group, struct kr_policy *out)
{
	*out = (struct kr_policy){0};
	return group->mls == NULL ? KR_ERR_NOT_FOUND : policy_of(group->mls, out);
}

enum kr_err leaf_certificate(
	const struct kr_mls_member *member, struct kr_certificate *out)
{
	struct kr_reader r = kr_reader(member->identity);
	uint8_t version;
	enum kr_err err;

	*out = (struct kr_certificate){0};
	if (member->identity.len != KR_CERTIFICATE_BYTES) {
		return KR_ERR_ENCODING;
	}
	if ((err = kr_read_u8(&r, &version)) ||
		(err = kr_read_copy(&r, out->community, KR_ID_BYTES)) ||
		(err = kr_read_copy(&r, out->account, KR_ID_BYTES)) ||
		(err = kr_read_copy(&r, out->device_key, KR_ED25519_PUBLIC_BYTES)) ||
		(err = kr_read_u64(&r, &out->serial)) ||
		(err = kr_read_u64(&r, &out->not_before)) ||
		(err = kr_read_u64(&r, &out->not_after))) {
		return err;
	}
	return kr_read_copy(&r, out->issuer, KR_ED25519_PUBLIC_BYTES);
}

enum kr_err member_next(const struct kr_mls_group *mls, uint32_t *at,
	struct kr_mls_member *member, struct kr_certificate *certificate)
{
	while (*at < kr_mls_num_leaves(mls)) {
		struct kr_leaf_index leaf = {(*at)++};

		if (kr_mls_member_at(mls, leaf, member) == KR_OK &&
			leaf_certificate(member, certificate) == KR_OK) {
			return KR_OK;
		}
	}
	return KR_ERR_NOT_FOUND;
}

enum kr_err group_accounts(const struct kr_mls_group *mls, struct kr_bytes *out)
{
	struct kr_certificate certificate;
	struct kr_mls_member member;
	struct kr_writer w;
	uint32_t at = 0;

	kr_writer_init(&w);
	while (member_next(mls, &at, &member, &certificate) == KR_OK) {
		kr_write_fixed(&w, kr_view(certificate.account, KR_ID_BYTES));
	}
	return ids_finish(out, &w);
}

bool group_has_account(const struct kr_mls_group *mls, const uint8_t account[KR_ID_BYTES])
{
	struct kr_certificate certificate;
	struct kr_mls_member member;
	uint32_t at = 0;

	while (member_next(mls, &at, &member, &certificate) == KR_OK) {
		if (memcmp(certificate.account, account, KR_ID_BYTES) == 0) {
			return true;
		}
	}
	return false;
}

bool group_has_key(
	const struct kr_mls_group *mls, const uint8_t key[KR_ED25519_PUBLIC_BYTES])
{
	struct kr_mls_member member;

	for (uint32_t i = 0; i < kr_mls_num_leaves(mls); i++) {
		if (kr_mls_member_at(mls, (struct kr_leaf_index){i}, &member) == KR_OK &&
			memcmp(member.signature_key, key, KR_ED25519_PUBLIC_BYTES) == 0) {
			return true;
		}
	}
	return false;
}

bool group_is_administrator(const struct group *group, const uint8_t account[KR_ID_BYTES])
{
	struct kr_policy policy;

	return group_policy(group, &policy) == KR_OK &&
		kr_policy_has_administrator(&policy, account);
}

size_t group_member_keys(const struct group *group, const uint8_t account[KR_ID_BYTES],
	uint8_t (*keys)[KR_ED25519_PUBLIC_BYTES], size_t max)
{
	struct kr_certificate certificate;
	struct kr_mls_member member;
	uint32_t at = 0;
	size_t num = 0;

	while (group->mls != NULL && num < max &&
		member_next(group->mls, &at, &member, &certificate) == KR_OK) {
		if (memcmp(certificate.account, account, KR_ID_BYTES) == 0) {
			memcpy(keys[num++], member.signature_key,
				KR_ED25519_PUBLIC_BYTES);
		}
	}
	return num;
}

bool group_has_garbage(const struct group *group)
{
	static const uint8_t none[KR_SHA256_BYTES];

	return memcmp(group->garbage, none, sizeof(none)) != 0;
}

bool group_is_ready(const struct kr_core *core, const struct group *group)
{
	struct kr_topic name = group_topic(group);
	const struct topic *topic = topic_look(core, &name);

	return group->state == GROUP_IN && core->link.state == LINK_ONLINE &&
		topic != NULL && topic_is_caught_up(topic) &&
		topic->rev >= group->wait_rev && group->held_seq == 0 &&
		!group_has_garbage(group);
}

enum kr_err group_alarm(struct kr_core *core, const struct group *group, enum alarm alarm,
	const struct kr_event *event, enum kr_err err)
{
	struct kr_topic topic = group_topic(group);
	struct alarm_about about = {.topic = &topic, .err = err};

	if (event != NULL) {
		about.seq = event->seq;
		about.account =
			event->author.len == KR_ID_BYTES ? event->author.data : NULL;
	}
	return alarm_raise(core, alarm, &about);
}
