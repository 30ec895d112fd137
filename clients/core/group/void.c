/* Garbage, going back, leaving and healing: proto/PROTOCOL.md §4, DESIGN "Malformed
 * commits". */
#include <string.h>

#include "clients/core/group/feed.h"
#include "clients/core/group/parts.h"
#include "clients/core/inboxes/pins.h"
#include "clients/core/state.h"

/* A member waits up to this long, so that not all void at once; then again after
 * RETRY. */
#define VOID_SPAN_MS  ((uint64_t)10000)
#define VOID_RETRY_MS ((uint64_t)60000)
/* Healing is asked for at most this often. */
#define HEAL_MS ((uint64_t)24 * 3600 * 1000)

/* ---- Statements ------------------------------------------------------------------- */

enum kr_err group_state_it(struct kr_core *core, struct group *group,
	enum kr_statement_kind kind, enum kr_verb verb, const uint8_t *target,
	const char *what, uint64_t command)
{
	struct kr_topic topic = group_topic(group);
	struct kr_request request = {
		.verb = verb,
		.fields = KR_R(EVENT) | KR_R(TOPIC),
		.topic = topic,
	};
	const struct community *community = community_look(core, group->community);
	struct kr_statement statement;
	KR_AUTO_WRITER struct kr_writer w = {0};
	enum kr_err err;

	kr_writer_init(&w);
	if (community == NULL) {
		return KR_ERR_NOT_FOUND;
	}
	if ((err = community_statement_begin(
		     core, community, &topic, kind, &statement))) {
		return err;
	}
	memcpy(statement.group, group->id, KR_ID_BYTES);
	if (kr_statement_info(kind)->fields & KR_S_SUBJECT) {
		memcpy(statement.subject, core->identity.account, KR_ID_BYTES);
	}
	if (target != NULL) {
		memcpy(statement.target, target, KR_SHA256_BYTES);
		memcpy(request.hash, target, KR_SHA256_BYTES);
		request.fields |= KR_R(HASH);
	}
	kr_statement_write(&w, &statement, &core->identity.device);
	if (w.err != KR_OK) {
		return w.err;
	}
	request.body = kr_writer_view(&w);
	/* Who leaves does not see the event any more. */
	return verb == KR_VERB_GROUP_LEAVE
		? outbox_add_request_at_answer(core, &request, what, command, NULL)
		: outbox_add_request(core, &request, what, command, NULL);
}

static bool is_leaf_of(const struct kr_mls_group *mls, struct kr_view account,
	const uint8_t key[KR_ED25519_PUBLIC_BYTES])
{
	struct kr_certificate certificate;
	struct kr_mls_member member;
	uint32_t at = 0;

	while (mls != NULL && member_next(mls, &at, &member, &certificate) == KR_OK) {
		if (memcmp(member.signature_key, key, KR_ED25519_PUBLIC_BYTES) == 0) {
			return kr_view_equal(
				account, kr_view(certificate.account, KR_ID_BYTES));
		}
	}
	return false;
}

enum kr_err group_read_statement(const struct group *group, const struct kr_event *event,
	enum kr_statement_kind kind, struct kr_statement *out)
{
	enum kr_err err = kr_statement_read(out, event->body);

	if (err != KR_OK) {
		return err;
	}
	if (out->kind != kind ||
		memcmp(out->community, group->community, KR_ID_BYTES) != 0 ||
		memcmp(out->group, group->id, KR_ID_BYTES) != 0) {
		return KR_ERR_COMMUNITY;
	}
	if ((kr_statement_info(kind)->fields & KR_S_SUBJECT) &&
		!kr_view_equal(event->author, kr_view(out->subject, KR_ID_BYTES))) {
		return KR_ERR_SENDER;
	}
	/* Without a tree to ask there is nothing that could go wrong by believing it. */
	if (group->mls != NULL && !is_leaf_of(group->mls, event->author, out->signer) &&
		!is_leaf_of(group->before, event->author, out->signer)) {
		return KR_ERR_SIGNATURE;
	}
	return KR_OK;
}

/* What its signer has seen of the topic. */
static enum kr_err compare_seen(struct kr_core *core, const struct kr_event *event,
	const struct kr_statement *statement)
{
	return topic_compare_seen(core, &event->topic, statement->seen_seq,
		statement->seen_hash, event->seq,
		event->author.len == KR_ID_BYTES ? event->author.data : NULL);
}

/* ---- Garbage ---------------------------------------------------------------------- */

enum kr_err group_found_garbage(struct kr_core *core, struct group *group,
	const struct kr_event *event, const struct kr_event_head *head, enum kr_err why)
{
	enum alarm alarm =
		group->refusal.is_set ? group->refusal.alarm : ALARM_GARBAGE_COMMIT;
	uint64_t wait_ms = 0;
	enum kr_err err;

	group->refusal.is_early = false;
	if ((err = group_alarm(core, group, alarm, event,
		     group->refusal.is_set ? group->refusal.err : why))) {
		return err;
	}
	memcpy(group->garbage, head->hash.data, KR_SHA256_BYTES);
	if (!group_is_administrator(group, core->identity.account) &&
		(err = core_jitter(core, VOID_SPAN_MS, &wait_ms))) {
		return err;
	}
	group->void_after_ms = core->now_ms + wait_ms;
	core_wake(core, group->void_after_ms);
	return group_put_facts(core, group);
}

/* PROTOCOL.md §4, as far as it can be told from here; the relay knows the rest. */
static bool may_void(const struct kr_core *core, const struct group *group)
{
	struct kr_topic topic = group_topic(group);
	struct kept_event commit = {0};
	struct kr_event_head head;
	size_t at = 0;
	bool is_found = false;

	if (group_is_administrator(group, core->identity.account)) {
		return true;
	}
	while (!is_found && event_next(core, &topic, &at, &commit) == KR_OK) {
		is_found = commit.type == KR_EVENT_COMMIT &&
			kr_event_head_read(&head, commit.type, commit.head) == KR_OK &&
			kr_view_equal(
				head.hash, kr_view(group->garbage, KR_SHA256_BYTES));
	}
	return is_found && commit.author.len == KR_ID_BYTES &&
		!group_is_administrator(group, commit.author.data) &&
		!is_own_account(core, commit.author);
}

enum kr_err group_void_garbage(struct kr_core *core, struct group *group)
{
	struct kr_topic name = group_topic(group);
	const struct topic *topic = topic_look(core, &name);

	if (group->state != GROUP_IN || !group_has_garbage(group) ||
		community_look(core, group->community) == NULL ||
		core->link.state != LINK_ONLINE || topic == NULL ||
		!topic_is_caught_up(topic) || !may_void(core, group)) {
		return KR_OK;
	}
	if (core->now_ms < group->void_after_ms) {
		core_wake(core, group->void_after_ms);
		return KR_OK;
	}
	group->void_after_ms = core->now_ms + VOID_RETRY_MS;
	core_wake(core, group->void_after_ms);
	return group_state_it(core, group, KR_STATEMENT_VOID, KR_VERB_GROUP_VOID,
		group->garbage, "void", 0);
}

enum kr_err group_strand(struct kr_core *core, struct group *group)
{
	enum kr_err err = group_drop_commit(core, group);

	group->state = GROUP_STRANDED;
	group->must_plan = false;
	memset(group->garbage, 0, sizeof(group->garbage));
	if (err != KR_OK || (err = group_put_facts(core, group))) {
		return err;
	}
	return group_tell_changed(core, group);
}

enum kr_err group_op_refused(struct kr_core *core, const struct op *op, enum kr_err err)
{
	struct group *group = group_find(core, op->topic.id);

	/* Others have gone on from what cannot be processed here. If it was voided by
	 * somebody else in the same instant, healing does no harm. */
	return err == KR_ERR_VOID_LATE && strcmp(op->what, "void") == 0 &&
			group != NULL && group->state == GROUP_IN &&
			group_has_garbage(group)
		? group_strand(core, group)
		: KR_OK;
}

/* ---- Going back ------------------------------------------------------------------- */

static enum kr_err keep_again(
	struct kr_core *core, const struct kept_event *kept, enum message_fault fault)
{
	struct kept_message message;
	struct kr_event event = event_of_kept(kept);
	uint8_t author[KR_ID_BYTES];
	uint8_t hash[KR_SHA256_BYTES];
	KR_AUTO_FREE struct kr_bytes head = {0};
	KR_AUTO_FREE struct kr_bytes plaintext = {0};
	enum kr_err err;

	if (message_read(&message, kept->content) != KR_OK) {
		return KR_OK;
	}
	if ((err = kr_bytes_copy(&head, kept->head)) ||
		(err = kr_bytes_copy(&plaintext, message.plaintext))) {
		return err;
	}
	message.fault = fault;
	message.plaintext = kr_view_bytes(&plaintext);
	memcpy(hash, kept->hash, sizeof(hash));
	memcpy(author, kept->author.data, kept->author.len);
	event.author = kr_view(author, kept->author.len);
	event.head = kr_view_bytes(&head);
	return message_keep(core, &event, hash, &message);
}

/* A post of the epoch that was undone: others may have had no key for it. Who said it
 * says it again, as another event. */
static enum kr_err undo_post(
	struct kr_core *core, struct group *group, const struct kept_event *kept)
{
	KR_AUTO_FREE struct kr_bytes plaintext = {0};
	struct kept_message message;
	struct kr_content content;
	uint64_t seq = kept->seq;
	bool say_again;
	enum kr_err err;

	if (message_read(&message, kept->content) != KR_OK) {
		return KR_OK;
	}
	say_again = message.is_own && message.fault == MESSAGE_READABLE;
	if ((err = kr_bytes_copy(&plaintext, message.plaintext)) ||
		(err = keep_again(core, kept, MESSAGE_VOIDED)) ||
		(err = feed_add(core, group, seq))) {
		return err;
	}
	if (!say_again || kr_content_read(&content, kr_view_bytes(&plaintext)) != KR_OK) {
		return KR_OK;
	}
	/* A notice perhaps not, if who coordinates is another now. */
	return group_say(core, group, &content,
		content.kind == KR_CONTENT_NOTICE ? "notice" : "again", 0, NULL);
}

static enum kr_err undo_posts(struct kr_core *core, struct group *group, uint64_t last)
{
	struct kr_topic topic = group_topic(group);
	struct kept_event kept;
	enum kr_err err = KR_OK;

	for (uint64_t seq = group->commit_seq + 1; err == KR_OK && seq < last; seq++) {
		if (event_kept(core, &topic, seq, &kept) == KR_OK &&
			kept.type == KR_EVENT_POST) {
			err = undo_post(core, group, &kept);
		}
	}
	return err;
}

static enum kr_err go_back(
	struct kr_core *core, struct group *group, const struct kr_event *event)
{
	enum kr_err err = group_drop_commit(core, group);

	if (err != KR_OK) {
		return err;
	}
	group_forget_outgoing(group); /* a post of the epoch that is undone */
	kr_mls_group_free(group->mls);
	group->mls = group->before; /* transferred */
	group->before = NULL;
	candidates_free(group);
	err = group->commit_seq == 0 ? KR_OK : undo_posts(core, group, event->seq);
	memset(group->commit_hash, 0, sizeof(group->commit_hash));
	group->commit_seq = 0;
	if (err == KR_OK) {
		err = group_put_mls(core, group, true);
	}
	return err;
}

/* The relay's word that somebody may undo the commit that was taken in is not enough: who
 * was removed would come back. PROTOCOL.md §4. */
static bool may_undo(const struct kr_core *core, const struct group *group,
	const struct kr_event *event, const struct kr_statement *statement)
{
	const struct community *community = community_look(core, group->community);
	struct kr_topic topic = group_topic(group);
	struct kept_event commit;
	struct kr_policy policy;

	if (!is_leaf_of(group->mls, event->author, statement->signer)) {
		return false;
	}
	if (group_is_administrator(group, event->author.data) ||
		(group->is_main && community != NULL &&
			community_has_coordinator(community, event->author.data))) {
		return true;
	}
	return group->before != NULL && !group->is_confirmed &&
		event_kept(core, &topic, group->commit_seq, &commit) == KR_OK &&
		commit.author.len == KR_ID_BYTES &&
		!kr_view_equal(commit.author, event->author) &&
		policy_of(group->before, &policy) == KR_OK &&
		!kr_policy_has_administrator(&policy, commit.author.data);
}

static enum kr_err check_void(struct group *group, const struct kr_event *event,
	const struct kr_event_head *head, struct kr_statement *out)
{
	enum kr_err err = group_read_statement(group, event, KR_STATEMENT_VOID, out);

	if (err == KR_OK &&
		!kr_view_equal(head->hash, kr_view(out->target, KR_SHA256_BYTES))) {
		err = KR_ERR_HASH;
	}
	return err;
}

enum kr_err group_apply_void(struct kr_core *core, struct group *group,
	const struct kr_event *event, const struct kr_event_head *head)
{
	struct kr_statement statement;
	enum kr_err err = check_void(group, event, head, &statement);

	if (err != KR_OK) {
		return group_alarm(core, group, ALARM_UNSIGNED, event, err);
	}
	if ((err = compare_seen(core, event, &statement))) {
		return err;
	}
	if (group->state == GROUP_IN &&
		memcmp(group->commit_hash, statement.target, KR_SHA256_BYTES) == 0 &&
		!may_undo(core, group, event, &statement)) {
		return group_alarm(core, group, ALARM_OVERSTEP, event, KR_ERR_FORBIDDEN);
	}
	if ((err = group_route(group, head))) {
		return err;
	}
	if (group->state != GROUP_IN) {
		return KR_OK;
	}
	group->must_plan = true;
	if (memcmp(group->garbage, statement.target, KR_SHA256_BYTES) == 0) {
		memset(group->garbage, 0, sizeof(group->garbage));
		/* A commit of one's own for this epoch was refused by then. */
		return group_drop_commit(core, group);
	}
	if (memcmp(group->commit_hash, statement.target, KR_SHA256_BYTES) != 0) {
		return group_strand(core, group);
	}
	if (group->before == NULL) {
		/* It was the commit that let this client in. */
		return group_close(core, group, GROUP_REMOVED);
	}
	if ((err = go_back(core, group, event)) ||
		(err = pins_follow(core, group, event, PINS_UNDONE)) ||
		(err = group_compare_routing(core, group, event))) {
		return err;
	}
	return group_tell_changed(core, group);
}

/* ---- Leaving ---------------------------------------------------------------------- */

enum kr_err group_apply_left(struct kr_core *core, struct group *group,
	const struct kr_event *event, const struct kr_event_head *head)
{
	struct kr_statement statement;
	enum kr_err err;

	/* Without a body: derived by the relay from a removal, which the community's
	 * topic has signed; the next commit follows that, not this. */
	if (event->body.len > 0) {
		err = group_read_statement(
			group, event, KR_STATEMENT_GROUP_LEAVE, &statement);
		if (err != KR_OK || !kr_view_equal(head->account, event->author)) {
			return group_alarm(core, group, ALARM_UNSIGNED, event, err);
		}
		if ((err = compare_seen(core, event, &statement))) {
			return err;
		}
	}
	ids_remove(&group->routed, head->account.data);
	ids_remove(&group->assumed, head->account.data);
	group->must_plan = true;
	if (is_own_account(core, head->account)) {
		return group_close(core, group, GROUP_LEFT);
	}
	return group_tell_changed(core, group);
}

/* ---- Healing ---------------------------------------------------------------------- */

enum kr_err group_apply_heal(struct kr_core *core, struct group *group,
	const struct kr_event *event, const struct kr_event_head *head)
{
	struct kr_statement statement;
	enum kr_err err =
		group_read_statement(group, event, KR_STATEMENT_HEAL, &statement);

	if (err != KR_OK || !kr_view_equal(head->account, event->author)) {
		return group_alarm(core, group, ALARM_UNSIGNED, event, err);
	}
	if ((err = compare_seen(core, event, &statement))) {
		return err;
	}
	group->must_plan = true;
	/* Only a leaf that is there can be let in again. */
	if (group->state != GROUP_IN || !group_has_key(group->mls, statement.signer) ||
		memcmp(statement.signer, core->identity.device.public_key,
			sizeof(statement.signer)) == 0) {
		return KR_OK;
	}
	return ids_add(&group->heals, statement.signer);
}

enum kr_err group_ask_heal(struct kr_core *core, struct group *group, uint64_t command)
{
	uint64_t due_ms = group->heal_ms + HEAL_MS;
	enum kr_err err;

	/* It was asked to join anew, in vain. */
	if (community_look(core, group->community) == NULL) {
		return command == 0 ? KR_OK : KR_ERR_NOT_FOUND;
	}
	if (command == 0 && group->heal_ms != 0 && core->now_ms < due_ms) {
		core_wake(core, due_ms);
		return KR_OK;
	}
	group->heal_ms = core->now_ms;
	if ((err = group_put_facts(core, group))) {
		return err;
	}
	return group_state_it(core, group, KR_STATEMENT_HEAL, KR_VERB_GROUP_HEAL, NULL,
		"heal", command);
}
