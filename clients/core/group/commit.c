/* Own commits, and the changes that they bring about. */
#include <string.h>

#include "clients/core/group/parts.h"
#include "clients/core/state.h"

/* After a commit that could not even be made, or that the relay refuses for good. */
#define AGAIN_MS ((uint64_t)30000)

/* ---- Changes as they are stored --------------------------------------------------- */

static void write_id(struct kr_writer *w, const uint8_t *id)
{
	kr_write_optional(w, id != NULL);
	if (id != NULL) {
		kr_write_fixed(w, kr_view(id, KR_ID_BYTES));
	}
}

void change_write(struct kr_writer *w, const struct group_change *change)
{
	kr_write_u8(w, 1);
	kr_write_vec(w, change->name);
	kr_write_optional(w, change->has_slow_mode);
	kr_write_u32(w, change->slow_mode_s);
	write_id(w, change->rules);
	write_id(w, change->add);
	write_id(w, change->remove);
	write_id(w, change->admin_add);
	write_id(w, change->admin_remove);
	write_id(w, change->inbox_remove);
	kr_write_optional(w, change->inbox_add != NULL);
	if (change->inbox_add != NULL) {
		kr_write_fixed(w, kr_view(change->inbox_add->identity_key, KR_ID_BYTES));
		kr_write_vec(w, change->inbox_add->name);
		kr_write_vec(w, change->inbox_add->relay);
		kr_write_vec(w, change->inbox_add->reading_key);
	}
	kr_write_optional(w, change->heal_or_refresh);
}

static enum kr_err read_id(
	struct kr_reader *r, uint8_t id[KR_ID_BYTES], const uint8_t **out)
{
	bool present;
	enum kr_err err = kr_read_optional(r, &present);

	*out = NULL;
	if (err == KR_OK && present) {
		err = kr_read_copy(r, id, KR_ID_BYTES);
		*out = id;
	}
	return err;
}

static enum kr_err read_inbox(struct kr_reader *r, struct kept_change *out)
{
	bool present;
	enum kr_err err = kr_read_optional(r, &present);

	if (err != KR_OK || !present) {
		return err;
	}
	out->change.inbox_add = &out->inbox;
	if ((err = kr_read_copy(r, out->inbox.identity_key, KR_ID_BYTES)) ||
		(err = kr_read_vec(r, &out->inbox.name)) ||
		(err = kr_read_vec(r, &out->inbox.relay))) {
		return err;
	}
	return kr_read_vec(r, &out->inbox.reading_key);
}

enum kr_err change_read(struct kept_change *out, struct kr_view plain)
{
	struct group_change *c = &out->change;
	struct kr_reader r = kr_reader(plain);
	uint8_t version;
	enum kr_err err;

	*out = (struct kept_change){0};
	if ((err = kr_read_u8(&r, &version)) || (err = kr_read_vec(&r, &c->name)) ||
		(err = kr_read_optional(&r, &c->has_slow_mode)) ||
		(err = kr_read_u32(&r, &c->slow_mode_s)) ||
		(err = read_id(&r, out->ids[0], &c->rules)) ||
		(err = read_id(&r, out->ids[1], &c->add)) ||
		(err = read_id(&r, out->ids[2], &c->remove)) ||
		(err = read_id(&r, out->ids[3], &c->admin_add)) ||
		(err = read_id(&r, out->ids[4], &c->admin_remove)) ||
		(err = read_id(&r, out->ids[5], &c->inbox_remove)) ||
		(err = read_inbox(&r, out)) ||
		(err = kr_read_optional(&r, &c->heal_or_refresh))) {
		return err;
	}
	return kr_read_end(&r);
}

enum kr_err group_change(struct kr_core *core, struct group *group,
	const struct group_change *change, const char *what, uint64_t command,
	cJSON *answer)
{
	struct op op = {
		.kind = OP_CHANGE,
		.topic = group_topic(group),
		.command = command,
		.answer = answer,
	};
	struct kr_writer w;
	enum kr_err err = KR_OK;

	if (group->state != GROUP_IN && group->state != GROUP_MAKING) {
		err = KR_ERR_STATE;
	} else if (!change->heal_or_refresh &&
		!group_is_administrator(group, core->identity.account)) {
		err = KR_ERR_FORBIDDEN;
	}
	if (err != KR_OK) {
		cJSON_Delete(answer);
		return err;
	}
	(void)strncpy(op.what, what, sizeof(op.what) - 1);
	kr_writer_init(&w);
	change_write(&w, change);
	if ((err = kr_writer_finish(&w, &op.plain))) {
		kr_writer_free(&w);
		cJSON_Delete(answer);
		return err;
	}
	if ((err = outbox_add(core, &op, NULL))) {
		return err;
	}
	group->must_plan = true;
	/* It may be so already. */
	return group_finish_changes(core, group, false);
}

/* ---- Done? ------------------------------------------------------------------------ */

static bool has_inbox(const struct kr_policy *policy, const uint8_t *identity_key,
	const struct kr_policy_inbox *like)
{
	struct kr_policy_inbox inbox;

	for (size_t i = 0; kr_policy_inbox_at(policy, i, &inbox) == KR_OK; i++) {
		if (memcmp(inbox.identity_key, identity_key, KR_ID_BYTES) == 0) {
			return like == NULL ||
				(kr_view_equal(inbox.name, like->name) &&
					kr_view_equal(inbox.relay, like->relay) &&
					kr_view_equal(
						inbox.reading_key, like->reading_key));
		}
	}
	return false;
}

static bool policy_is(const struct kr_policy *policy, const struct group_change *c)
{
	return (c->name.len == 0 || kr_view_equal(c->name, policy->name)) &&
		(!c->has_slow_mode || c->slow_mode_s == policy->slow_mode_s) &&
		(c->rules == NULL ||
			memcmp(c->rules, policy->rules, KR_SHA256_BYTES) == 0) &&
		(c->admin_add == NULL ||
			kr_policy_has_administrator(policy, c->admin_add)) &&
		(c->admin_remove == NULL ||
			!kr_policy_has_administrator(policy, c->admin_remove)) &&
		(c->inbox_add == NULL ||
			has_inbox(policy, c->inbox_add->identity_key, c->inbox_add)) &&
		(c->inbox_remove == NULL || !has_inbox(policy, c->inbox_remove, NULL));
}

static bool has_come_about(
	const struct group *group, const struct group_change *c, bool has_own_path)
{
	struct kr_policy policy;

	return group_policy(group, &policy) == KR_OK && policy_is(&policy, c) &&
		(c->add == NULL || group_has_account(group->mls, c->add)) &&
		(c->remove == NULL || !group_has_account(group->mls, c->remove)) &&
		(!c->heal_or_refresh || has_own_path);
}

/* Can it still come about? */
static enum kr_err is_possible(const struct kr_core *core, const struct group *group,
	const struct group_change *c)
{
	const struct community *community = community_look(core, group->community);
	struct kr_policy policy;

	if (c->heal_or_refresh) {
		return KR_OK;
	}
	if (group_policy(group, &policy) != KR_OK ||
		!kr_policy_has_administrator(&policy, core->identity.account)) {
		return KR_ERR_FORBIDDEN;
	}
	if (c->add != NULL &&
		(community == NULL || !community_has_member(community, c->add))) {
		return KR_ERR_NOT_FOUND;
	}
	if (c->admin_add != NULL && !group_has_account(group->mls, c->admin_add)) {
		return KR_ERR_NOT_FOUND;
	}
	/* The last administrator stays. */
	if (c->admin_remove != NULL && policy.administrators.len == KR_ID_BYTES &&
		kr_policy_has_administrator(&policy, c->admin_remove)) {
		return KR_ERR_ROUTING;
	}
	return KR_OK;
}

enum kr_err group_finish_changes(
	struct kr_core *core, struct group *group, bool has_own_path)
{
	struct kr_topic topic = group_topic(group);
	struct op *next;
	enum kr_err err = KR_OK;

	for (struct op *op = core->outbox.first; op != NULL && err == KR_OK; op = next) {
		struct kept_change kept;
		enum kr_err possible;

		next = op->next;
		if (op->kind != OP_CHANGE || !kr_topic_equal(&op->topic, &topic)) {
			continue;
		}
		possible = change_read(&kept, kr_view_bytes(&op->plain));
		if (possible == KR_OK) {
			possible = is_possible(core, group, &kept.change);
		}
		if (possible != KR_OK ||
			has_come_about(group, &kept.change, has_own_path)) {
			err = outbox_finish(core, op, possible, NULL);
		}
	}
	return err;
}

/* ---- Making a commit -------------------------------------------------------------- */

/* RFC 9420 §7.2: Capabilities of all members, as the policy's extension needs them. */
static void write_required(struct kr_writer *w)
{
	size_t begin = kr_write_vec_begin(w);

	kr_write_u16(w, KR_POLICY_EXTENSION);
	kr_write_vec_end(w, begin);
	kr_write_vec(w, kr_view(NULL, 0));
	kr_write_vec(w, kr_view(NULL, 0));
}

size_t group_extensions(
	struct kr_mls_extension out[2], struct kr_writer *required, struct kr_view policy)
{
	write_required(required);
	out[0] = (struct kr_mls_extension){
		.type = KR_MLS_EXT_REQUIRED_CAPABILITIES,
		.data = kr_writer_view(required),
	};
	out[1] = (struct kr_mls_extension){.type = KR_POLICY_EXTENSION, .data = policy};
	return 2;
}

static void write_aad(
	struct kr_writer *w, const struct topic *topic, const struct plan *plan)
{
	struct kr_group_aad aad = {
		.is_commit = true,
		.seen_seq = topic->seq,
		.added = kr_view_bytes(&plan->added),
		.removed = kr_view_bytes(&plan->removed),
		.admins_added = kr_view_bytes(&plan->admins_added),
		.admins_removed = kr_view_bytes(&plan->admins_removed),
		.welcomed = kr_view_bytes(&plan->welcomed),
	};

	memcpy(aad.seen_hash, topic->hash, sizeof(aad.seen_hash));
	kr_group_aad_write(w, &aad);
}

static enum kr_err make(struct kr_core *core, struct group *group,
	const struct topic *topic, const struct plan *plan)
{
	struct kr_mls_proposal proposals[PLAN_ADDS_MAX + PLAN_REMOVES_MAX + 1];
	struct kr_mls_extension extensions[2];
	uint8_t required_bytes[16];
	struct kr_writer required;
	KR_AUTO_WRITER struct kr_writer aad = {0};
	struct kr_mls_commit_options options = {
		.proposals = proposals,
		.without_pending = true,
		.force_path = plan->has_path,
		.now_s = core->now_ms / 1000,
	};
	size_t num = 0;

	kr_writer_init(&aad);
	kr_writer_init_fixed(&required, required_bytes, sizeof(required_bytes));
	for (size_t i = 0; i < plan->num_removes; i++) {
		proposals[num++] = (struct kr_mls_proposal){
			.type = KR_MLS_PROPOSAL_REMOVE, .removed = plan->removes[i]};
	}
	for (size_t i = 0; i < plan->num_adds; i++) {
		proposals[num++] = (struct kr_mls_proposal){.type = KR_MLS_PROPOSAL_ADD,
			.key_package = kr_view_bytes(&plan->adds[i]->key_package)};
	}
	if (plan->policy.len > 0) {
		proposals[num++] = (struct kr_mls_proposal){
			.type = KR_MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS,
			.extensions = {.list = extensions,
				.num = group_extensions(extensions, &required,
					kr_view_bytes(&plan->policy))},
		};
	}
	options.num_proposals = num;
	write_aad(&aad, topic, plan);
	if (aad.err != KR_OK) {
		return aad.err;
	}
	options.framing.authenticated_data = kr_writer_view(&aad);
	return kr_mls_commit(group->mls, &options, core->rng, &group->outgoing);
}

enum kr_err group_commit_plan(
	struct kr_core *core, struct group *group, const struct plan *plan)
{
	struct kr_topic name = group_topic(group);
	const struct topic *topic = topic_look(core, &name);
	bool has_path = plan->has_path || plan->num_removes > 0 || plan->policy.len > 0;
	struct op op = {.kind = OP_COMMIT, .what = "commit", .topic = name};
	struct op *added;
	enum kr_err err = make(core, group, topic, plan);

	if (is_fatal(err)) {
		return err;
	}
	if (err != KR_OK) {
		/* Somebody's key package fits no tree. Who it is, shows when they come
		 * one by one; that one waits, and keeps nobody else in or out. */
		if (plan->num_adds == 1) {
			candidate_failed(core, plan->adds[0]);
		}
		group->is_careful = plan->num_adds > 1;
		group->plan_ms = core->now_ms + (plan->num_adds > 0 ? 1 : AGAIN_MS);
		return KR_OK;
	}
	group->is_careful = group->is_careful && plan->num_adds > 0;
	if ((err = kr_bytes_alloc(&op.plain, 1))) {
		return err;
	}
	op.plain.data[0] = has_path;
	if ((err = outbox_add(core, &op, &added))) {
		return err;
	}
	memcpy(group->outgoing_event, added->event, sizeof(group->outgoing_event));
	group->outgoing_rev = topic->rev;
	return group_put_mls(core, group, false);
}

enum kr_err group_drop_commit(struct kr_core *core, struct group *group)
{
	struct kr_topic topic = group_topic(group);
	struct op *op = outbox_first(core, OP_COMMIT, &topic);
	enum kr_err err = KR_OK;

	if (op != NULL && group->outgoing != NULL &&
		memcmp(group->outgoing_event, op->event, sizeof(op->event)) == 0) {
		group_forget_outgoing(group);
	}
	if (group->mls != NULL && kr_mls_commit_is_pending(group->mls)) {
		kr_mls_commit_discard(group->mls);
		err = group_put_mls(core, group, false);
	}
	group->must_plan = true;
	if (err == KR_OK && op != NULL) {
		err = outbox_finish(core, op, KR_OK, NULL);
	}
	return err;
}

void group_forget_outgoing(struct group *group)
{
	kr_mls_outgoing_free(group->outgoing);
	group->outgoing = NULL;
}
