/* Sending: posts and commits are made in one input, stored, and only then leave; and what
 * is done of one's own accord. */
#include <string.h>

#include "clients/core/group/parts.h"
#include "clients/core/state.h"

/* Other administrators wait this long, and a random time more, for who comes first. */
#define TURN_MS        ((uint64_t)20000)
#define TURN_JITTER_MS ((uint64_t)10000)
#define HOLD_MS        ((uint64_t)60000)
#define REFUSED_MS     ((uint64_t)30000)

/* ---- Posts ------------------------------------------------------------------------ */

enum kr_err group_say(struct kr_core *core, struct group *group,
	struct kr_content *content, const char *what, uint64_t command, cJSON *answer)
{
	struct op op = {
		.kind = OP_POST,
		.topic = group_topic(group),
		.command = command,
		.answer = answer,
	};
	struct kr_writer w;
	enum kr_err err = kr_random_fill(core->rng, op.event, sizeof(op.event));

	(void)strncpy(op.what, what, sizeof(op.what) - 1);
	memcpy(content->event, op.event, sizeof(content->event));
	if (content->written_ms == 0) {
		content->written_ms = core->now_ms;
	}
	kr_writer_init_max(&w, KR_CONTENT_MAX);
	kr_content_write(&w, content);
	if (err == KR_OK &&
		(group->state == GROUP_LEFT || group->state == GROUP_REMOVED)) {
		err = KR_ERR_REMOVED;
	}
	if (err != KR_OK || (err = kr_writer_finish(&w, &op.plain))) {
		kr_writer_free(&w);
		cJSON_Delete(answer);
		return err;
	}
	return outbox_add(core, &op, NULL);
}

static enum kr_err encrypt(struct kr_core *core, struct group *group, struct op *op)
{
	struct kr_topic name = group_topic(group);
	const struct topic *topic = topic_look(core, &name);
	struct kr_group_aad aad = {.seen_seq = topic->seq};
	KR_AUTO_WRITER struct kr_writer w = {0};
	enum kr_err err;

	memcpy(aad.seen_hash, topic->hash, sizeof(aad.seen_hash));
	kr_writer_init(&w);
	kr_group_aad_write(&w, &aad);
	if (w.err != KR_OK) {
		return w.err;
	}
	err = kr_mls_encrypt(group->mls, kr_writer_view(&w), kr_view_bytes(&op->plain),
		core->rng, &group->outgoing);
	if (is_fatal(err)) {
		return err;
	}
	if (err != KR_OK) {
		return outbox_finish(core, op, err, NULL);
	}
	memcpy(group->outgoing_event, op->event, sizeof(group->outgoing_event));
	group->outgoing_rev = topic->rev;
	err = group_put_mls(core, group, false);
	return err != KR_OK ? err : KR_ERR_STATE; /* ready when that is stored */
}

/* A commit that was made and not stored before the host ended is made anew. */
static enum kr_err prepare_commit(
	struct kr_core *core, struct group *group, const struct op *op)
{
	if (group->outgoing != NULL &&
		memcmp(group->outgoing_event, op->event, sizeof(op->event)) == 0) {
		return KR_ERR_STATE;
	}
	return group_drop_commit(core, group);
}

enum kr_err group_prepare(struct kr_core *core, struct op *op)
{
	struct group *group = group_find(core, op->topic.id);

	if (group == NULL || group->state == GROUP_LEFT ||
		group->state == GROUP_REMOVED) {
		return outbox_finish(core, op, KR_ERR_REMOVED, NULL);
	}
	if (op->kind == OP_COMMIT) {
		return prepare_commit(core, group, op);
	}
	if (!group_is_ready(core, group) || group->outgoing != NULL ||
		group->must_refresh || kr_mls_commit_is_pending(group->mls)) {
		return KR_ERR_STATE;
	}
	if (strcmp(op->what, "notice") == 0 &&
		notice_is_needless(core, group, kr_view_bytes(&op->plain))) {
		return outbox_finish(core, op, KR_OK, NULL);
	}
	return encrypt(core, group, op);
}

/* ---- What was refused ------------------------------------------------------------- */

/* Is the topic further, here or at the relay, than when this was made? If not, what is
 * made anew at once is refused again, without an end. */
static bool has_moved(
	const struct kr_core *core, const struct group *group, const struct op *op)
{
	const struct topic *topic = topic_look(core, &op->topic);
	struct kr_request request;
	const char *fault;

	return topic == NULL ||
		kr_request_read(&request, &fault, kr_view_bytes(&op->request), false) !=
		KR_OK ||
		topic->rev > request.rev || group->wait_rev > request.rev;
}

enum kr_err group_lost(struct kr_core *core, struct op *op, const struct answer *answer)
{
	struct group *group = group_find(core, op->topic.id);
	uint64_t wait_ms = 0;
	bool goes_on;
	enum kr_err err;

	if (group == NULL) {
		return outbox_finish(core, op, answer->err, answer->code);
	}
	/* The events that say why are on their way. */
	if (answer->doc == NULL ||
		kr_json_get_u64(answer->doc, "rev", &group->wait_rev) != KR_OK) {
		group->wait_rev = 0;
	}
	goes_on = answer->retry == KR_RETRY_REBASE && has_moved(core, group, op);
	if (!goes_on && (err = core_jitter(core, REFUSED_MS, &wait_ms))) {
		return err;
	}
	if (op->kind == OP_POST) {
		op->retry_ms = goes_on ? 0 : core->now_ms + REFUSED_MS + wait_ms;
		kr_bytes_free(&op->request);
		return outbox_update(core, op);
	}
	if (!goes_on) {
		group->commit_after_ms = core->now_ms + REFUSED_MS + wait_ms;
		group->plan_ms = group->commit_after_ms;
		err = group_drop_commit(core, group);
		group->must_plan = false;
		return err;
	}
	return group_drop_commit(core, group);
}

/* ---- What is stored --------------------------------------------------------------- */

/* The whole request, whose bytes stay the same from now on. */
static enum kr_err make_ready(struct kr_core *core, struct group *group, struct op *op)
{
	struct kr_request request = {
		.verb = op->kind == OP_POST ? KR_VERB_GROUP_POST : KR_VERB_GROUP_COMMIT,
		.id = 1,
		.fields = KR_R(EVENT) | KR_R(TOPIC) | KR_R(REV),
		.topic = op->topic,
		.rev = group->outgoing_rev,
	};
	KR_AUTO_WRITER struct kr_writer body = {0};
	struct kr_view message;
	struct kr_view welcome = {0};
	struct kr_writer w;
	bool is_text;
	enum kr_err err;

	kr_writer_init(&body);
	kr_writer_init(&w);
	memcpy(request.event, op->event, sizeof(request.event));
	if ((err = kr_mls_outgoing_message(group->mls, group->outgoing, &message)) ||
		(op->kind == OP_COMMIT &&
			(err = kr_mls_outgoing_welcome(
				 group->mls, group->outgoing, &welcome)))) {
		return err;
	}
	kr_write_fixed(&body, message);
	kr_write_fixed(&body, welcome);
	if (op->kind == OP_COMMIT) {
		request.fields |= KR_R(WELCOME_LEN);
		request.welcome_len = welcome.len;
	}
	request.body = kr_writer_view(&body);
	kr_request_write(&w, &is_text, &request);
	if (body.err != KR_OK || (err = kr_writer_finish(&w, &op->request))) {
		kr_writer_free(&w);
		return body.err != KR_OK ? body.err : err;
	}
	return outbox_update(core, op);
}

static enum kr_err group_stored(struct kr_core *core, struct group *group)
{
	struct op *op;
	enum kr_err err = kr_mls_stored(group->mls, group->saved_revision);

	group->saved_store = 0;
	if (err != KR_OK || group->outgoing == NULL) {
		return err;
	}
	op = outbox_find(core, group->outgoing_event);
	err = op == NULL ? KR_OK : make_ready(core, group, op);
	group_forget_outgoing(group);
	return err;
}

enum kr_err groups_stored(struct kr_core *core, uint64_t store)
{
	enum kr_err err = KR_OK;

	for (struct group *g = core->groups; g != NULL && err == KR_OK; g = g->next) {
		if (g->mls != NULL && g->saved_store != 0 && store >= g->saved_store) {
			err = group_stored(core, g);
		}
	}
	return err;
}

/* ---- Of one's own accord ---------------------------------------------------------- */

enum kr_err groups_community_changed(
	struct kr_core *core, const uint8_t community[KR_ID_BYTES], bool is_own)
{
	for (struct group *g = core->groups; g != NULL; g = g->next) {
		uint64_t wait_ms;
		enum kr_err err;

		if (memcmp(g->community, community, KR_ID_BYTES) != 0) {
			continue;
		}
		g->must_plan = true;
		g->must_replay = true;
		if (is_own) {
			g->commit_after_ms = 0;
			continue;
		}
		if ((err = core_jitter(core, TURN_JITTER_MS, &wait_ms))) {
			return err;
		}
		g->commit_after_ms = core->now_ms + TURN_MS + wait_ms;
	}
	return KR_OK;
}

static bool community_is_ready(const struct kr_core *core, const struct group *group)
{
	struct kr_topic name = kr_topic(KR_TOPIC_COMMUNITY, group->community);
	const struct topic *topic = topic_look(core, &name);

	return topic != NULL && topic_is_caught_up(topic);
}

/* Nothing of one's own is under way in this group. */
static bool is_idle(struct kr_core *core, const struct group *group)
{
	struct kr_topic topic = group_topic(group);

	return group->outgoing == NULL && !kr_mls_commit_is_pending(group->mls) &&
		outbox_first(core, OP_COMMIT, &topic) == NULL;
}

static enum kr_err plan_and_commit(struct kr_core *core, struct group *group)
{
	struct plan plan;
	enum kr_err err;

	if (!group_is_ready(core, group) || !community_is_ready(core, group) ||
		!is_idle(core, group) || candidates_are_asked(group)) {
		return KR_OK; /* later; must_plan stays */
	}
	group->must_plan = false;
	if ((err = group_finish_changes(core, group, false))) {
		return err;
	}
	err = group_plan(core, group, &plan);
	if (err == KR_OK && plan.is_waiting) {
		group->must_plan = true; /* for what was asked */
	} else if (err == KR_OK && !plan_is_empty(&plan)) {
		err = group_commit_plan(core, group, &plan);
	}
	plan_free(&plan);
	return err;
}

/* After a reload a commit may be pending that nothing in the outbox is about. */
static enum kr_err drop_orphan(struct kr_core *core, struct group *group)
{
	struct kr_topic topic = group_topic(group);

	if (group->state != GROUP_IN || group->outgoing != NULL ||
		!kr_mls_commit_is_pending(group->mls) ||
		outbox_first(core, OP_COMMIT, &topic) != NULL) {
		return KR_OK;
	}
	return group_drop_commit(core, group);
}

/* group.create was answered. */
static enum kr_err follow_made(struct kr_core *core, struct group *group)
{
	struct kr_topic topic = group_topic(group);

	if (group->state != GROUP_MAKING || topic_look(core, &topic) != NULL ||
		outbox_first(core, OP_REQUEST, &topic) != NULL) {
		return KR_OK;
	}
	return topic_follow(core, &topic);
}

static enum kr_err replay_held(struct kr_core *core, struct group *group)
{
	if (group->held_seq == 0 || group->state != GROUP_IN) {
		return KR_OK;
	}
	if (!group->must_replay && core->now_ms < group->held_ms + HOLD_MS) {
		core_wake(core, group->held_ms + HOLD_MS);
		return KR_OK;
	}
	group->must_replay = false;
	return group_replay(core, group);
}

static enum kr_err heal(struct kr_core *core, struct group *group)
{
	struct kr_topic name = group_topic(group);
	const struct topic *topic = topic_look(core, &name);

	if (group->state != GROUP_STRANDED || topic == NULL ||
		core->link.state != LINK_ONLINE || !topic_is_caught_up(topic)) {
		return KR_OK;
	}
	/* A Welcome was announced; it may be none. */
	if (group->held_seq != 0 && core->now_ms < group->held_ms + HOLD_MS) {
		core_wake(core, group->held_ms + HOLD_MS);
		return KR_OK;
	}
	return group_ask_heal(core, group, 0);
}

static void wake_later(struct kr_core *core, struct group *group)
{
	if (group->plan_ms != 0 && core->now_ms >= group->plan_ms) {
		group->plan_ms = 0;
		group->must_plan = true;
	} else if (group->plan_ms != 0) {
		core_wake(core, group->plan_ms);
	}
	if (group->state != GROUP_IN || group->refresh_ms == 0) {
		return;
	}
	if (core->now_ms >= group->refresh_ms) {
		group->must_plan = true;
	} else {
		core_wake(core, group->refresh_ms);
	}
}

static enum kr_err say_name_in_time(struct kr_core *core, struct group *group)
{
	if (group->name_ms == 0 || group->state != GROUP_IN) {
		return KR_OK;
	}
	if (core->now_ms < group->name_ms) {
		core_wake(core, group->name_ms);
		return KR_OK;
	}
	return group_say_owed_name(core, group);
}

static enum kr_err reconcile(struct kr_core *core, struct group *group)
{
	enum kr_err err;

	wake_later(core, group);
	if ((err = follow_made(core, group)) || (err = say_name_in_time(core, group)) ||
		(err = replay_held(core, group)) || (err = drop_orphan(core, group)) ||
		(err = group_void_garbage(core, group)) || (err = heal(core, group))) {
		return err;
	}
	if (!group->must_plan || group->state != GROUP_IN) {
		return KR_OK;
	}
	err = plan_and_commit(core, group);
	if (group->plan_ms != 0) {
		core_wake(core, group->plan_ms);
	}
	return err;
}

enum kr_err groups_reconcile(struct kr_core *core)
{
	enum kr_err err = groups_enter_waiting(core);

	for (struct group *g = core->groups; g != NULL && err == KR_OK; g = g->next) {
		err = reconcile(core, g);
	}
	return err;
}

bool groups_are_busy(const struct kr_core *core)
{
	for (const struct group *g = core->groups; g != NULL; g = g->next) {
		if (g->state == GROUP_IN &&
			(g->outgoing != NULL || g->held_seq != 0 ||
				(g->must_plan && group_is_ready(core, g)))) {
			return true;
		}
	}
	return false;
}

void groups_disconnected(struct kr_core *core)
{
	for (struct group *g = core->groups; g != NULL; g = g->next) {
		g->wait_rev = 0;
		g->must_plan = true;
		for (struct candidate *c = g->candidates; c != NULL; c = c->next) {
			c->is_asked = false;
		}
	}
}

static bool has_left(const struct kr_core *core, const struct group *group)
{
	const struct community *community = community_look(core, group->community);

	return community != NULL && community->state == COMMUNITY_LEFT;
}

/* The keys stay: the relay may say so wrongly, or a void may undo it. What a removed
 * member cannot read it has no keys for. */
enum kr_err group_closed(struct kr_core *core, const uint8_t id[KR_ID_BYTES])
{
	struct group *group = group_find(core, id);
	enum kr_err err;

	if (group == NULL || group->state == GROUP_LEFT ||
		group->state == GROUP_REMOVED) {
		return KR_OK;
	}
	if (group->state == GROUP_MAKING) {
		return group_discard(core, group, KR_OK); /* it could not be made */
	}
	if (group->is_leaving || has_left(core, group)) {
		return group_close(core, group, GROUP_LEFT);
	}
	group->state = GROUP_REMOVED;
	group_forget_outgoing(group);
	if ((err = group_put_facts(core, group))) {
		return err;
	}
	return group_tell_changed(core, group);
}
