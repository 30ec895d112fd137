/* Coming into groups: by founding one, or by a Welcome. */
#include <string.h>

#include "clients/core/group/parts.h"
#include "clients/core/state.h"

/* The path of a leaf that was just added is the adder's making: it is renewed within
 * hours, not at once, since many come in together. */
#define RENEW_MS        ((uint64_t)3600 * 1000)
#define RENEW_JITTER_MS ((uint64_t)6 * 3600 * 1000)

/* One member says its name again about every so often, however many there are. */
#define NAME_MS ((uint64_t)5000)

/* ---- Founding --------------------------------------------------------------------- */

/* Everybody knows a community's own group by its id: no word of the relay is needed. */
void group_main_id(uint8_t out[KR_ID_BYTES], const uint8_t community[KR_ID_BYTES])
{
	struct kr_sha256 h;

	kr_sha256_init(&h);
	kr_sha256_update(&h, kr_view_str("kring main group v1"));
	kr_sha256_update(&h, kr_view(community, KR_ID_BYTES));
	kr_sha256_final(&h, out);
}

static enum kr_err first_policy(
	struct kr_core *core, const struct group_founding *founding, struct kr_writer *w)
{
	const struct kr_chain *chain = &founding->community->chain;
	struct kr_policy before = {0};
	struct kr_policy_change change = {
		.chain_head = kr_chain_head(chain),
		.name = &founding->name,
		.rules = founding->community->rules,
	};
	struct kr_bytes administrators = {0};
	struct kr_bytes issuers = {0};
	const struct kr_coordinator *coordinator;
	enum kr_err err = KR_OK;
	size_t at = 0;

	memcpy(before.community, founding->community->id, KR_ID_BYTES);
	while (err == KR_OK && (coordinator = kr_chain_next(chain, &at)) != NULL) {
		err = ids_add(&issuers, coordinator->device_key);
		if (err == KR_OK && founding->is_main) {
			err = ids_add(&administrators, coordinator->account);
		}
	}
	if (err == KR_OK && !founding->is_main) {
		err = ids_add(&administrators, core->identity.account);
	}
	change.administrators_added = kr_view_bytes(&administrators);
	change.issuers_added = kr_view_bytes(&issuers);
	if (err == KR_OK) {
		kr_policy_write(w, &before, &change);
		err = w->err;
	}
	kr_bytes_free(&administrators);
	kr_bytes_free(&issuers);
	return err;
}

static enum kr_err begin_mls(
	struct kr_core *core, struct group *group, const struct group_founding *founding)
{
	const struct kr_mls_lifetime always = {0, UINT64_MAX};
	struct kr_mls_config config = group_config(group);
	struct kr_mls_extension extensions[2];
	struct kr_mls_client client;
	uint8_t required_bytes[16];
	struct kr_writer required;
	KR_AUTO_WRITER struct kr_writer policy = {0};
	enum kr_err err;

	kr_writer_init(&policy);
	kr_writer_init_fixed(&required, required_bytes, sizeof(required_bytes));
	if ((err = account_client(core, founding->community->id, &client)) ||
		(err = first_policy(core, founding, &policy))) {
		return err;
	}
	return kr_mls_group_new(&group->mls, &config, &client, always,
		kr_view(group->id, KR_ID_BYTES),
		(struct kr_mls_extensions){
			.list = extensions,
			.num = group_extensions(
				extensions, &required, kr_writer_view(&policy)),
		},
		core->rng);
}

/* group.create; the topic can be followed once the relay has it. */
static enum kr_err ask_relay(
	struct kr_core *core, struct group *group, const struct group_founding *founding)
{
	struct kr_request request = {
		.verb = KR_VERB_GROUP_CREATE,
		.id = 1,
		.fields = KR_R(EVENT) | KR_R(TOPIC) | KR_R(COMMUNITY) | KR_R(MAIN),
		.topic = group_topic(group),
		.main = founding->is_main,
	};
	struct op op = {
		.kind = OP_REQUEST,
		.topic = request.topic,
		.done_at_answer = true,
		.command = founding->command,
		.answer = founding->answer,
	};
	struct kr_writer w;
	bool is_text;
	enum kr_err err = kr_random_fill(core->rng, op.event, sizeof(op.event));

	(void)strncpy(op.what, founding->what, sizeof(op.what) - 1);
	memcpy(request.event, op.event, sizeof(request.event));
	memcpy(request.community, group->community, KR_ID_BYTES);
	kr_writer_init(&w);
	kr_request_write(&w, &is_text, &request);
	if (err != KR_OK || (err = kr_writer_finish(&w, &op.request))) {
		kr_writer_free(&w);
		cJSON_Delete(op.answer);
		return err;
	}
	return outbox_add(core, &op, NULL);
}

enum kr_err group_make(
	struct kr_core *core, const struct group_founding *founding, struct group **out)
{
	uint8_t id[KR_ID_BYTES];
	struct group *group = NULL;
	enum kr_err err = KR_OK;

	*out = NULL;
	if (founding->is_main) {
		group_main_id(id, founding->community->id);
	} else {
		err = kr_random_fill(core->rng, id, sizeof(id));
	}
	if (err == KR_OK && group_find(core, id) != NULL) {
		err = KR_ERR_EXISTS;
	}
	if (err == KR_OK && founding->answer != NULL &&
		!json_add_id(founding->answer, "group", id)) {
		err = KR_ERR_MEMORY;
	}
	if (err == KR_OK) {
		err = group_new(core, id, founding->community->id, founding->is_main,
			GROUP_MAKING, &group);
	}
	if (err != KR_OK || (err = begin_mls(core, group, founding))) {
		cJSON_Delete(founding->answer);
		return group == NULL ? err : group_discard(core, group, err);
	}
	if ((err = ask_relay(core, group, founding)) ||
		(err = group_put_mls(core, group, true)) ||
		(err = group_put_facts(core, group))) {
		return err;
	}
	*out = group;
	return tell_changed(core, "groups", group->community, group->id);
}

enum kr_err group_make_main(
	struct kr_core *core, struct community *community, struct kr_view name)
{
	const struct group_founding founding = {
		.community = community,
		.is_main = true,
		.name = name,
		.what = "make_group",
	};
	struct group *group;

	return group_make(core, &founding, &group);
}

/* ---- Welcomes ---------------------------------------------------------------------- */

/* A Welcome as it waits:
 *	struct { opaque commit_hash[32]; uint64 epoch; uint64 tried; opaque welcome<V>; }
 * tried: how far the communities' topics were at the last try. */
struct waiting {
	uint8_t group[KR_ID_BYTES];
	uint8_t hash[KR_SHA256_BYTES];
	uint64_t epoch; /* that the commit ended */
	uint64_t tried;
	struct kr_bytes welcome;
};

static enum kr_err put_waiting(struct kr_core *core, const struct waiting *waiting)
{
	struct record_key key = record_key_id(RECORD_WELCOME, waiting->group);
	struct kr_writer w;

	kr_writer_init(&w);
	kr_write_fixed(&w, kr_view(waiting->hash, KR_SHA256_BYTES));
	kr_write_u64(&w, waiting->epoch);
	kr_write_u64(&w, waiting->tried);
	kr_write_vec(&w, kr_view_bytes(&waiting->welcome));
	return records_put_writer(&core->records, &key, &w);
}

enum kr_err group_welcome(struct kr_core *core, const struct kr_event *event)
{
	struct waiting waiting = {0};
	struct kr_event_head head;
	enum kr_err err;

	if (kr_event_head_read(&head, event->type, event->head) != KR_OK) {
		return KR_OK;
	}
	memcpy(waiting.group, head.group.data, KR_ID_BYTES);
	memcpy(waiting.hash, head.hash.data, KR_SHA256_BYTES);
	waiting.epoch = head.epoch;
	waiting.tried = UINT64_MAX;
	if ((err = kr_bytes_copy(&waiting.welcome, event->body)) == KR_OK) {
		err = put_waiting(core, &waiting);
	}
	kr_bytes_free(&waiting.welcome);
	return err;
}

static enum kr_err read_waiting(struct waiting *out, const struct record *record)
{
	struct kr_reader r = kr_reader(kr_view_bytes(&record->value));
	struct kr_view welcome;

	*out = (struct waiting){0};
	if (record->key.len != 1 + KR_ID_BYTES ||
		kr_read_copy(&r, out->hash, KR_SHA256_BYTES) != KR_OK ||
		kr_read_u64(&r, &out->epoch) != KR_OK ||
		kr_read_u64(&r, &out->tried) != KR_OK ||
		kr_read_vec(&r, &welcome) != KR_OK || kr_read_end(&r) != KR_OK) {
		return KR_ERR_BAD_STATE_RECORD;
	}
	memcpy(out->group, record->key.data + 1, KR_ID_BYTES);
	return kr_bytes_copy(&out->welcome, welcome);
}

/* Try the secrets of what this device has published, one after the other. */
static enum kr_err join(struct kr_core *core, struct group *group,
	const struct waiting *waiting, struct kr_mls_group **out,
	struct kr_leaf_index *by, struct kr_view *used)
{
	struct kr_mls_config config = group_config(group);
	struct kr_mls_key_package_secrets secrets = {0};
	struct kr_mls_join join = {
		.welcome = kr_view_bytes(&waiting->welcome),
		.secrets = &secrets,
		.signer = &core->identity.device,
		.by = by,
	};
	bool is_last_resort;
	size_t at = 0;
	enum kr_err err = KR_ERR_WELCOME_NOT_FOR_US;

	*out = NULL;
	while (err == KR_ERR_WELCOME_NOT_FOR_US &&
		key_package_next(core, &at, &join.key_package, &secrets,
			&is_last_resort) == KR_OK) {
		err = kr_mls_group_join(out, &config, &join);
		*used = join.key_package;
		kr_mls_key_package_secrets_wipe(&secrets);
	}
	return err;
}

static enum kr_err assume_routed(struct group *group)
{
	enum kr_err err = group_accounts(group->mls, &group->routed);

	kr_bytes_free(&group->assumed);
	return err != KR_OK
		? err
		: kr_bytes_copy(&group->assumed, kr_view_bytes(&group->routed));
}

enum kr_err group_say_name(struct kr_core *core, struct group *group)
{
	struct kr_content content = {.kind = KR_CONTENT_DISPLAY_NAME};

	if (!group->is_main || core->identity.name == NULL ||
		core->identity.name[0] == '\0') {
		return KR_OK;
	}
	content.name = kr_view_str(core->identity.name);
	return group_say(core, group, &content, "display_name", 0, NULL);
}

enum kr_err group_owe_name(struct kr_core *core, struct group *group)
{
	uint64_t span_ms = NAME_MS * (1 + kr_mls_num_leaves(group->mls));
	enum kr_err err;

	if (!group->is_main || group->name_ms != 0) {
		return KR_OK;
	}
	err = core_jitter(core, span_ms, &group->name_ms);
	group->name_ms += core->now_ms + 1;
	return err;
}

enum kr_err group_say_owed_name(struct kr_core *core, struct group *group)
{
	enum kr_err err;

	if (group->name_ms == 0) {
		return KR_OK;
	}
	group->name_ms = 0;
	err = group_put_facts(core, group);
	return err != KR_OK ? err : group_say_name(core, group);
}

/* In: the state that goes with the Welcome. */
static enum kr_err enter(struct kr_core *core, struct group *group,
	const struct waiting *waiting, struct kr_mls_group *mls)
{
	bool is_back = group->state == GROUP_STRANDED && group->routed.len > 0;
	struct kr_topic topic = group_topic(group);
	uint8_t main_id[KR_ID_BYTES];
	uint64_t extra_ms;
	enum kr_err err;

	if ((err = group_close(core, group, GROUP_IN))) {
		kr_mls_group_free(mls);
		return err;
	}
	group->mls = mls;
	group_main_id(main_id, group->community);
	group->is_main = memcmp(main_id, group->id, KR_ID_BYTES) == 0;
	if (memcmp(group->commit_hash, waiting->hash, KR_SHA256_BYTES) != 0) {
		group->commit_seq = 0;
	}
	memcpy(group->commit_hash, waiting->hash, KR_SHA256_BYTES);
	group->is_confirmed = false;
	group->must_refresh = false;
	group->is_leaving = false;
	group->name_ms = 0;
	group->must_plan = true;
	group->must_replay = true;
	kr_bytes_free(&group->heals);
	if ((err = core_jitter(core, RENEW_JITTER_MS, &extra_ms)) ||
		(!is_back && (err = assume_routed(group))) ||
		(err = topic_follow(core, &topic))) {
		return err;
	}
	group->refresh_ms = core->now_ms + RENEW_MS + extra_ms;
	if ((err = group_put_mls(core, group, true)) ||
		(err = group_put_facts(core, group)) ||
		(err = community_has_group(
			 core, group->community, group->id, group->is_main))) {
		return err;
	}
	return group_say_name(core, group);
}

/* Only an administrator lets in. Any member could make a group of this id, with inboxes
 * of its own choice, and a relay could hand on its Welcome. */
static bool is_by_administrator(const struct kr_mls_group *mls, struct kr_leaf_index by)
{
	struct kr_certificate certificate;
	struct kr_mls_member member;
	struct kr_policy policy;

	return policy_of(mls, &policy) == KR_OK &&
		kr_mls_member_at(mls, by, &member) == KR_OK &&
		leaf_certificate(&member, &certificate) == KR_OK &&
		kr_policy_has_administrator(&policy, certificate.account);
}

/* The group that the Welcome leads to, as its members agree on it. */
static enum kr_err check(struct kr_core *core, struct group *group,
	const struct waiting *waiting, const struct kr_mls_group *mls,
	struct kr_leaf_index by)
{
	static const uint8_t none[KR_ID_BYTES];
	const struct community *community;
	struct kr_policy policy;
	enum kr_err err = policy_of(mls, &policy);
	uint8_t main_id[KR_ID_BYTES];

	group->refusal = (struct refusal){0};
	if (err != KR_OK ||
		!kr_view_equal(
			kr_mls_group_id(mls), kr_view(waiting->group, KR_ID_BYTES)) ||
		kr_mls_epoch(mls) != waiting->epoch + 1) {
		return KR_ERR_WRONG_GROUP;
	}
	community = community_look(core, policy.community);
	if (community == NULL || !community->is_founded ||
		(memcmp(group->community, none, sizeof(none)) != 0 &&
			memcmp(group->community, policy.community, sizeof(none)) != 0)) {
		return KR_ERR_COMMUNITY;
	}
	if (!is_by_administrator(mls, by)) {
		group->refusal = (struct refusal){
			.is_set = true, .alarm = ALARM_OVERSTEP, .err = KR_ERR_FORBIDDEN};
		return KR_ERR_POLICY;
	}
	memcpy(group->community, policy.community, KR_ID_BYTES);
	group_main_id(main_id, group->community);
	group->is_main = memcmp(main_id, group->id, KR_ID_BYTES) == 0;
	return group_check_entry(core, group, mls);
}

/* KR_ERR_STATE: not yet. Other errors than a lack of memory: never. */
static enum kr_err try_welcome(
	struct kr_core *core, struct group *group, const struct waiting *waiting)
{
	struct kr_leaf_index by = {0};
	struct kr_mls_group *mls;
	struct kr_view used = {0};
	enum kr_err err = join(core, group, waiting, &mls, &by, &used);

	if (err != KR_OK) {
		return err;
	}
	err = check(core, group, waiting, mls, by);
	if (err == KR_ERR_POLICY && group->refusal.is_early) {
		kr_mls_group_free(mls);
		return KR_ERR_STATE;
	}
	if (err == KR_ERR_POLICY) {
		kr_mls_group_free(mls);
		err = group_alarm(
			core, group, group->refusal.alarm, NULL, group->refusal.err);
		return err != KR_OK ? err : KR_ERR_POLICY;
	}
	if (err != KR_OK) {
		kr_mls_group_free(mls);
		return err;
	}
	err = enter(core, group, waiting, mls);
	return err != KR_OK ? err : key_package_used(core, used);
}

/* Has the commit that goes with the Welcome become history, or has it to come first? */
static bool is_stale(const struct group *group, const struct waiting *waiting)
{
	return group->state == GROUP_IN &&
		(kr_mls_epoch(group->mls) > waiting->epoch ||
			memcmp(group->commit_hash, waiting->hash, KR_SHA256_BYTES) == 0);
}

/* This device is still in: its own leaf goes first, by the commit. */
static bool is_too_early(const struct kr_core *core, const struct waiting *waiting)
{
	const struct group *group = group_look(core, waiting->group);

	return group != NULL && group->state == GROUP_IN && !is_stale(group, waiting);
}

static enum kr_err take_waiting(struct kr_core *core, struct waiting *waiting)
{
	struct record_key key = record_key_id(RECORD_WELCOME, waiting->group);
	struct group *group = group_find(core, waiting->group);
	bool is_new = group == NULL;
	static const uint8_t none[KR_ID_BYTES];
	enum kr_err err;

	if (!is_new && is_stale(group, waiting)) {
		return records_delete(&core->records, &key);
	}
	if (is_new &&
		(err = group_new(
			 core, waiting->group, none, false, GROUP_REMOVED, &group))) {
		return err;
	}
	err = try_welcome(core, group, waiting);
	if (err != KR_OK && is_new) {
		err = group_discard(core, group, err);
	}
	if (is_fatal(err)) {
		return err;
	}
	if (err == KR_ERR_STATE) {
		return put_waiting(core, waiting);
	}
	return records_delete(&core->records, &key);
}

/* How far the communities' topics are; false while one is being caught up with. */
static bool communities_are_ready(const struct kr_core *core, uint64_t *progress)
{
	*progress = 0;
	for (const struct community *c = core->communities; c != NULL; c = c->next) {
		struct kr_topic name = kr_topic(KR_TOPIC_COMMUNITY, c->id);
		const struct topic *topic = topic_look(core, &name);

		if (topic != NULL && !topic->is_closed) {
			*progress += topic->seq;
			if (!topic_is_caught_up(topic)) {
				return false;
			}
		}
	}
	return true;
}

enum kr_err groups_enter_waiting(struct kr_core *core)
{
	struct record_key prefix = record_key(RECORD_WELCOME);
	const struct record *record;
	uint64_t progress;
	size_t at = 0;
	bool is_new;
	enum kr_err err = KR_OK;

	if (core->link.state != LINK_ONLINE || !communities_are_ready(core, &progress)) {
		return KR_OK;
	}
	while (err == KR_OK &&
		(record = records_next(&core->records, record_key_view(&prefix), &at)) !=
			NULL) {
		struct waiting waiting;

		if ((err = read_waiting(&waiting, record))) {
			return err;
		}
		is_new = waiting.tried != progress;
		waiting.tried = progress;
		is_new = is_new && !is_too_early(core, &waiting);
		err = is_new ? take_waiting(core, &waiting) : KR_OK;
		kr_bytes_free(&waiting.welcome);
		if (is_new) {
			at = 0; /* records may have come and gone */
		}
	}
	return err;
}
