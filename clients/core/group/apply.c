/* Events of a group's topic, in their order. */
#include <string.h>

#include "clients/core/group/feed.h"
#include "clients/core/group/parts.h"
#include "clients/core/inboxes/notices.h"
#include "clients/core/inboxes/pins.h"
#include "clients/core/state.h"

/* An event that waits for the community's topic is judged without it after this long. */
#define HOLD_MS ((uint64_t)60000)

/* ---- What is kept ----------------------------------------------------------------- */

enum kr_err message_keep(struct kr_core *core, const struct kr_event *event,
	const uint8_t hash[KR_SHA256_BYTES], const struct kept_message *message)
{
	KR_AUTO_WRITER struct kr_writer w = {0};

	kr_writer_init(&w);
	kr_write_u8(&w, 1);
	kr_write_u8(&w, (uint8_t)message->fault);
	kr_write_fixed(&w, kr_view(message->sender_key, KR_ED25519_PUBLIC_BYTES));
	kr_write_optional(&w, message->is_own);
	kr_write_vec(&w, message->plaintext);
	return w.err != KR_OK ? w.err : event_keep(core, event, hash, kr_writer_view(&w));
}

enum kr_err message_read(struct kept_message *out, struct kr_view content)
{
	struct kr_reader r = kr_reader(content);
	uint8_t version;
	uint8_t fault;
	enum kr_err err;

	*out = (struct kept_message){0};
	if ((err = kr_read_u8(&r, &version)) || (err = kr_read_u8(&r, &fault)) ||
		(err = kr_read_copy(&r, out->sender_key, KR_ED25519_PUBLIC_BYTES)) ||
		(err = kr_read_optional(&r, &out->is_own)) ||
		(err = kr_read_vec(&r, &out->plaintext)) || (err = kr_read_end(&r))) {
		*out = (struct kept_message){0};
		return err;
	}
	out->fault = (enum message_fault)fault;
	return KR_OK;
}

/* In a list as it comes, in no order. */
static bool list_has(struct kr_view list, const uint8_t id[KR_ID_BYTES])
{
	for (size_t at = 0; at + KR_ID_BYTES <= list.len; at += KR_ID_BYTES) {
		if (memcmp(list.data + at, id, KR_ID_BYTES) == 0) {
			return true;
		}
	}
	return false;
}

/* ---- Routing ---------------------------------------------------------------------- */

static enum kr_err route_each(struct group *group, struct kr_view list, bool in)
{
	enum kr_err err = KR_OK;

	for (size_t at = 0; err == KR_OK && at < list.len; at += KR_ID_BYTES) {
		ids_remove(&group->assumed, list.data + at);
		if (in) {
			err = ids_add(&group->routed, list.data + at);
		} else {
			ids_remove(&group->routed, list.data + at);
		}
	}
	return err;
}

enum kr_err group_route(struct group *group, const struct kr_event_head *head)
{
	enum kr_err err = route_each(group, head->added, true);

	return err != KR_OK ? err : route_each(group, head->removed, false);
}

/* Everybody who is routed in has a leaf; who has a leaf and is not routed in has left. An
 * account that was only assumed to be in when this client came may have been gone. */
enum kr_err group_compare_routing(
	struct kr_core *core, struct group *group, const struct kr_event *event)
{
	KR_AUTO_FREE struct kr_bytes accounts = {0};
	enum kr_err err = group_accounts(group->mls, &accounts);

	for (size_t at = 0; err == KR_OK && at < group->assumed.len;) {
		const uint8_t *account = group->assumed.data + at;

		if (ids_have(kr_view_bytes(&accounts), account)) {
			at += KR_ID_BYTES;
			continue;
		}
		ids_remove(&group->routed, account);
		ids_remove(&group->assumed, account);
	}
	if (err == KR_OK &&
		!ids_within(kr_view_bytes(&group->routed), kr_view_bytes(&accounts))) {
		err = group_alarm(
			core, group, ALARM_FOREIGN_COMMIT, event, KR_ERR_ROUTING);
	}
	return err;
}

/* What the relay made of the commit's own lists. */
static enum kr_err check_head(struct kr_core *core, const struct group *group,
	const struct kr_event *event, const struct kr_event_head *head)
{
	uint8_t hash[KR_SHA256_BYTES];
	struct kr_mls_header header;
	struct kr_group_aad aad;

	kr_sha256(hash, event->body);
	if (!kr_view_equal(head->hash, kr_view(hash, sizeof(hash)))) {
		return group_alarm(core, group, ALARM_HEAD_MISMATCH, event, KR_ERR_HASH);
	}
	if (kr_mls_header_read(&header, event->body) != KR_OK ||
		kr_group_aad_read(&aad, header.authenticated_data) != KR_OK ||
		header.epoch != head->epoch || !kr_view_equal(aad.added, head->added) ||
		!kr_view_equal(aad.removed, head->removed) ||
		!kr_view_equal(aad.admins_added, head->admins_added) ||
		!kr_view_equal(aad.admins_removed, head->admins_removed)) {
		return group_alarm(
			core, group, ALARM_ROUTING_MISMATCH, event, KR_ERR_ROUTING);
	}
	return KR_OK;
}

/* ---- Holding back ----------------------------------------------------------------- */

static bool is_final(const struct kr_core *core, const struct group *group)
{
	return group->held_ms != 0 && core->now_ms >= group->held_ms + HOLD_MS;
}

static enum kr_err hold(struct kr_core *core, struct group *group,
	const struct kr_event *event, const uint8_t hash[KR_SHA256_BYTES])
{
	struct kept_message raw = {.fault = MESSAGE_RAW, .plaintext = event->body};

	if (group->held_seq == 0) {
		group->held_seq = event->seq;
		group->held_ms = core->now_ms;
		core_wake(core, core->now_ms + HOLD_MS);
	}
	return message_keep(core, event, hash, &raw);
}

/* ---- Commits ---------------------------------------------------------------------- */

/* The encryption key of the leaf with this signature key; NULL: there is none. */
static const uint8_t *leaf_key(const struct kr_mls_group *mls, const uint8_t *key)
{
	struct kr_mls_member member;

	for (uint32_t i = 0; i < kr_mls_num_leaves(mls); i++) {
		if (kr_mls_member_at(mls, (struct kr_leaf_index){i}, &member) == KR_OK &&
			memcmp(member.signature_key, key, KR_ED25519_PUBLIC_BYTES) == 0) {
			return member.encryption_key;
		}
	}
	return NULL;
}

/* Who asked to be healed cannot commit: if the leaf is another now, it was. */
static void forget_healed(struct group *group)
{
	size_t at = 0;

	while (at < group->heals.len) {
		uint8_t key[KR_ED25519_PUBLIC_BYTES];
		const uint8_t *was;
		const uint8_t *is;

		memcpy(key, group->heals.data + at, sizeof(key));
		was = leaf_key(group->before, key);
		is = leaf_key(group->mls, key);
		if (was != NULL && is != NULL && memcmp(was, is, KR_X25519_BYTES) == 0) {
			at += sizeof(key);
		} else {
			ids_remove(&group->heals, key);
		}
	}
}

/* Does the commit let a device in? */
static bool lets_in(const struct kr_event *event)
{
	struct kr_mls_header header;
	struct kr_group_aad aad;

	return kr_mls_header_read(&header, event->body) == KR_OK &&
		kr_group_aad_read(&aad, header.authenticated_data) == KR_OK &&
		aad.added.len + aad.welcomed.len > 0;
}

static enum kr_err entered_epoch(struct kr_core *core, struct group *group,
	const struct kr_event *event, const struct kr_event_head *head, bool has_own_path)
{
	enum kr_err err;

	memcpy(group->commit_hash, head->hash.data, KR_SHA256_BYTES);
	group->commit_seq = event->seq;
	group->is_confirmed = false;
	group->must_plan = true;
	forget_healed(group);
	if ((err = group_put_mls(core, group, true)) ||
		(err = pins_follow(core, group, event, PINS_COMMIT)) ||
		(lets_in(event) && (err = group_owe_name(core, group))) ||
		(err = group_compare_routing(core, group, event)) ||
		(err = group_finish_changes(core, group, has_own_path))) {
		return err;
	}
	return group_tell_changed(core, group);
}

/* The commit that was sent from here, byte for byte? */
static bool is_own_commit(
	struct kr_core *core, const struct group *group, const struct kr_event *event)
{
	const struct op *op = outbox_find(core, event->id);
	struct kr_request request;
	const char *fault;

	if (!is_own_account(core, event->author) || op == NULL || op->kind != OP_COMMIT ||
		op->request.len == 0 || !kr_mls_commit_is_pending(group->mls) ||
		kr_request_read(&request, &fault, kr_view_bytes(&op->request), false) !=
			KR_OK ||
		request.welcome_len > request.body.len) {
		return false;
	}
	return kr_view_equal(event->body,
		kr_view(request.body.data, request.body.len - request.welcome_len));
}

static enum kr_err renew_path(struct kr_core *core, struct group *group)
{
	enum kr_err err = core_jitter(core, GROUP_REFRESH_MS / 8, &group->refresh_ms);

	group->refresh_ms += core->now_ms + GROUP_REFRESH_MS;
	group->renewed_ms = core->now_ms;
	group->must_refresh = false;
	return err;
}

static enum kr_err accept_own(struct kr_core *core, struct group *group,
	const struct kr_event *event, const struct kr_event_head *head)
{
	const struct op *op = outbox_find(core, event->id);
	bool has_path = op->plain.len > 0 && op->plain.data[0] != 0;
	struct kr_mls_group *before;
	enum kr_err err = kr_mls_group_copy(&before, group->mls);

	if (err != KR_OK) {
		return err;
	}
	if ((err = kr_mls_commit_accepted(group->mls)) ||
		(has_path && (err = renew_path(core, group)))) {
		kr_mls_group_free(before);
		return err;
	}
	group_forget_outgoing(group);
	if ((err = group_keep_before(core, group, before))) {
		return err;
	}
	return entered_epoch(core, group, event, head, has_path);
}

static enum kr_err compare_seen(struct kr_core *core, const struct group *group,
	const struct kr_event *event, struct kr_view authenticated_data)
{
	struct kr_topic topic = group_topic(group);
	struct kr_group_aad aad;

	if (kr_group_aad_read(&aad, authenticated_data) != KR_OK) {
		return KR_OK; /* judged elsewhere */
	}
	return topic_compare_seen(core, &topic, aad.seen_seq, aad.seen_hash, event->seq,
		event->author.len == KR_ID_BYTES ? event->author.data : NULL);
}

/* Does the commit let this account in (again)? Then a Welcome comes with it. */
static bool welcomes_us(const struct kr_core *core, const struct kr_event *event)
{
	struct kr_mls_header header;
	struct kr_group_aad aad;

	return kr_mls_header_read(&header, event->body) == KR_OK &&
		kr_group_aad_read(&aad, header.authenticated_data) == KR_OK &&
		(list_has(aad.added, core->identity.account) ||
			list_has(aad.welcomed, core->identity.account));
}

/* This device's leaf is gone; the account may have others. */
static enum kr_err removed_device(struct kr_core *core, struct group *group,
	const struct kr_event *event, const struct kr_event_head *head)
{
	memcpy(group->commit_hash, head->hash.data, KR_SHA256_BYTES);
	group->commit_seq = event->seq;
	if (welcomes_us(core, event)) {
		group->held_seq = event->seq + 1; /* until the Welcome is read */
		group->held_ms = core->now_ms;
	}
	return group_close(core, group, GROUP_REMOVED);
}

/* Of another member, or of another device of the own account. */
static enum kr_err process_commit(struct kr_core *core, struct group *group,
	const struct kr_event *event, const struct kr_event_head *head)
{
	struct kr_mls_group *before;
	struct kr_mls_event done = {0};
	bool had_pending = kr_mls_commit_is_pending(group->mls);
	enum kr_err err = kr_mls_group_copy(&before, group->mls);

	if (err != KR_OK) {
		return err;
	}
	group->author = event->author;
	group->refusal = (struct refusal){0};
	err = kr_mls_process(group->mls, event->body, &done);
	group->author = kr_view(NULL, 0);
	if (err != KR_OK) {
		kr_mls_group_free(before);
		return err;
	}
	err = compare_seen(core, group, event, kr_view_bytes(&done.authenticated_data));
	if (err == KR_OK && had_pending) {
		err = group_drop_commit(core, group);
	}
	if (err == KR_OK && done.kind == KR_MLS_EVENT_REMOVED) {
		kr_mls_group_free(before);
		kr_mls_event_free(&done);
		return removed_device(core, group, event, head);
	}
	kr_mls_event_free(&done);
	if (err != KR_OK) {
		kr_mls_group_free(before);
		return err;
	}
	if ((err = group_keep_before(core, group, before))) {
		return err;
	}
	return entered_epoch(core, group, event, head, false);
}

/* The commit that let this client in: MLS is behind it already. */
static bool is_entry(const struct group *group, const struct kr_event_head *head)
{
	return group->commit_seq == 0 &&
		kr_view_equal(head->hash, kr_view(group->commit_hash, KR_SHA256_BYTES));
}

static enum kr_err take_commit(struct kr_core *core, struct group *group,
	const struct kr_event *event, const struct kr_event_head *head)
{
	if (is_entry(group, head)) {
		enum kr_err err = pins_follow(core, group, event, PINS_ENTRY);

		group->commit_seq = event->seq;
		group->must_plan = true;
		return err != KR_OK ? err : group_compare_routing(core, group, event);
	}
	/* A further device reads from where its account came in, but was let in later. */
	if (group->commit_seq == 0 && head->epoch < kr_mls_epoch(group->mls)) {
		return KR_OK;
	}
	if (group_has_garbage(group) || head->epoch > kr_mls_epoch(group->mls)) {
		/* The others went on from what cannot be read here. */
		return group_strand(core, group);
	}
	if (is_own_commit(core, group, event)) {
		return accept_own(core, group, event, head);
	}
	return process_commit(core, group, event, head);
}

enum kr_err group_apply_commit(struct kr_core *core, struct group *group,
	const struct kr_event *event, const struct kr_event_head *head)
{
	enum kr_err err;

	if ((err = check_head(core, group, event, head)) ||
		(err = group_route(group, head))) {
		return err;
	}
	if (group->state != GROUP_IN) {
		return KR_OK;
	}
	err = take_commit(core, group, event, head);
	if (err == KR_OK || is_fatal(err)) {
		return err;
	}
	if (group->refusal.is_early && !is_final(core, group)) {
		return KR_OK; /* held */
	}
	if (err == KR_ERR_OWN_MESSAGE && is_own_account(core, event->author)) {
		/* Sent from a later state of this keystore: no way to follow. */
		err = group_alarm(core, group, ALARM_ROLLED_BACK, event, err);
		return err != KR_OK ? err : group_strand(core, group);
	}
	return group_found_garbage(core, group, event, head, err);
}

/* ---- Posts ------------------------------------------------------------------------ */

static enum kr_err take_own_post(struct kr_core *core, const struct kr_event *event,
	const struct op *op, struct kept_message *message)
{
	struct kr_request request;
	const char *fault;

	if (op->request.len == 0 ||
		kr_request_read(&request, &fault, kr_view_bytes(&op->request), false) !=
			KR_OK ||
		!kr_view_equal(request.body, event->body)) {
		return KR_ERR_HASH;
	}
	message->is_own = true;
	message->plaintext = kr_view_bytes(&op->plain);
	memcpy(message->sender_key, core->identity.device.public_key,
		sizeof(message->sender_key));
	return KR_OK;
}

/* Whose it is by MLS, and where its author put it. */
static enum kr_err check_post(const struct kr_event *event, const struct kr_mls_event *m)
{
	struct kr_mls_member sender = {.identity = kr_view_bytes(&m->sender_identity)};
	struct kr_certificate certificate;
	struct kr_group_aad aad;
	struct kr_content content;
	enum kr_err err;

	if (m->kind != KR_MLS_EVENT_APPLICATION ||
		leaf_certificate(&sender, &certificate) != KR_OK ||
		!kr_view_equal(
			event->author, kr_view(certificate.account, KR_ID_BYTES)) ||
		kr_group_aad_read(&aad, kr_view_bytes(&m->authenticated_data)) != KR_OK ||
		aad.is_commit) {
		return KR_ERR_SENDER;
	}
	err = kr_content_read(&content, kr_view_bytes(&m->plaintext));
	if (err == KR_OK &&
		memcmp(content.event, event->id, sizeof(content.event)) != 0) {
		return KR_ERR_HASH;
	}
	return KR_OK; /* what cannot be read is kept as it is */
}

static enum kr_err take_post(struct kr_core *core, struct group *group,
	const struct kr_event *event, struct kr_mls_event *m,
	struct kept_message *message)
{
	enum kr_err err = kr_mls_process(group->mls, event->body, m);

	message->fault = MESSAGE_UNREADABLE;
	if (err == KR_ERR_MEMORY) {
		return err;
	}
	if (err == KR_ERR_OWN_MESSAGE && is_own_account(core, event->author)) {
		group->must_refresh = true;
		group->must_plan = true;
		if ((err = group_put_facts(core, group))) {
			return err;
		}
		return group_alarm(
			core, group, ALARM_ROLLED_BACK, event, KR_ERR_OWN_MESSAGE);
	}
	if (err == KR_ERR_EPOCH_FUTURE && !group_has_garbage(group)) {
		/* The commit before it was deleted while this device was away. */
		return group_strand(core, group);
	}
	if (err != KR_OK) {
		return KR_OK;
	}
	if ((err = check_post(event, m))) {
		message->fault = MESSAGE_FALSE;
		err = group_alarm(core, group, ALARM_FALSE_EVENT, event, err);
	} else {
		message->fault = MESSAGE_READABLE;
		message->plaintext = kr_view_bytes(&m->plaintext);
		memcpy(message->sender_key, m->sender_signature_key,
			sizeof(message->sender_key));
		err = compare_seen(
			core, group, event, kr_view_bytes(&m->authenticated_data));
	}
	return err != KR_OK ? err : group_put_mls(core, group, false);
}

/* Somebody else than the commit's author is in its epoch. */
static void confirm(struct kr_core *core, struct group *group, struct kr_view author)
{
	struct kr_topic topic = group_topic(group);
	struct kept_event commit;

	if (group->is_confirmed || group->commit_seq == 0 ||
		event_kept(core, &topic, group->commit_seq, &commit) != KR_OK) {
		return;
	}
	group->is_confirmed = !kr_view_equal(commit.author, author);
}

enum kr_err group_apply_post(struct kr_core *core, struct group *group,
	const struct kr_event *event, const uint8_t hash[KR_SHA256_BYTES])
{
	const struct op *op =
		is_own_account(core, event->author) ? outbox_find(core, event->id) : NULL;
	struct kept_message message = {.fault = MESSAGE_UNREADABLE};
	struct kr_mls_event m = {0};
	bool was_confirmed = group->is_confirmed;
	enum kr_err err = KR_OK;

	if (op != NULL && take_own_post(core, event, op, &message) == KR_OK) {
		message.fault = MESSAGE_READABLE;
	} else if (group->state == GROUP_IN) {
		err = take_post(core, group, event, &m, &message);
	}
	if (err == KR_OK && notice_oversteps(group, event->author, message.plaintext)) {
		message.fault = MESSAGE_OVERSTEP;
		err = group_alarm(core, group, ALARM_OVERSTEP, event, KR_ERR_FORBIDDEN);
	}
	confirm(core, group, event->author);
	if (err == KR_OK && group->is_confirmed != was_confirmed) {
		err = group_put_facts(core, group);
	}
	if (err == KR_OK && (err = message_keep(core, event, hash, &message)) == KR_OK) {
		err = feed_add(core, group, event->seq);
	}
	kr_mls_event_free(&m);
	return err;
}

/* ---- By type ---------------------------------------------------------------------- */

static enum kr_err apply_created(struct kr_core *core, struct group *group,
	const struct kr_event *event, const struct kr_event_head *head)
{
	enum kr_err err;

	if (head->flag != group->is_main ||
		!kr_view_equal(head->community, kr_view(group->community, KR_ID_BYTES)) ||
		!kr_view_equal(head->account, event->author)) {
		return group_alarm(core, group, ALARM_HEAD_MISMATCH, event, KR_OK);
	}
	if ((err = ids_add(&group->routed, head->account.data))) {
		return err;
	}
	if (group->state == GROUP_MAKING) {
		group->state = GROUP_IN;
	}
	group->must_plan = true;
	if ((err = community_has_group(
		     core, group->community, group->id, group->is_main)) ||
		(err = group_tell_changed(core, group))) {
		return err;
	}
	return is_own_account(core, event->author) ? group_say_name(core, group) : KR_OK;
}

static enum kr_err apply_type(struct kr_core *core, struct group *group,
	const struct kr_event *event, const struct kr_event_head *head)
{
	switch (event->type) {
	case KR_EVENT_GROUP_CREATED:
		return apply_created(core, group, event, head);
	case KR_EVENT_COMMIT:
		return group_apply_commit(core, group, event, head);
	case KR_EVENT_VOID:
		return group_apply_void(core, group, event, head);
	case KR_EVENT_GROUP_LEFT:
		return group_apply_left(core, group, event, head);
	case KR_EVENT_HEAL:
		return group_apply_heal(core, group, event, head);
	default:
		return KR_OK;
	}
}

/* A change of state, kept without its body. */
static enum kr_err apply_change(struct kr_core *core, struct group *group,
	const struct kr_event *event, const uint8_t hash[KR_SHA256_BYTES])
{
	struct kept_message none = {.fault = MESSAGE_UNREADABLE};
	struct kr_event_head head;
	enum kr_err err;

	if (kr_event_head_read(&head, event->type, event->head) != KR_OK) {
		return group_alarm(core, group, ALARM_HEAD_MISMATCH, event, KR_OK);
	}
	group->refusal = (struct refusal){0};
	if ((err = apply_type(core, group, event, &head))) {
		return err;
	}
	if (group->refusal.is_early && !is_final(core, group)) {
		return hold(core, group, event, hash);
	}
	if ((err = message_keep(core, event, hash, &none))) {
		return err;
	}
	return group_put_facts(core, group);
}

static enum kr_err apply(struct kr_core *core, struct group *group,
	const struct kr_event *event, const uint8_t hash[KR_SHA256_BYTES])
{
	if (event->type == KR_EVENT_POST) {
		return group_apply_post(core, group, event, hash);
	}
	return apply_change(core, group, event, hash);
}

enum kr_err group_apply(struct kr_core *core, const struct kr_event *event,
	const uint8_t hash[KR_SHA256_BYTES])
{
	struct group *group = group_find(core, event->topic.id);
	enum kr_err err;

	if (group == NULL) {
		return KR_OK;
	}
	if (group->held_seq == 0 &&
		(group->state == GROUP_STRANDED || group->state == GROUP_REMOVED) &&
		event->type == KR_EVENT_COMMIT && welcomes_us(core, event)) {
		group->held_seq = event->seq;
		group->held_ms = core->now_ms;
		if ((err = group_put_facts(core, group))) {
			return err;
		}
	}
	if (group->held_seq != 0) {
		return hold(core, group, event, hash);
	}
	if (group->state == GROUP_REMOVED && group->mls != NULL) {
		group->state = GROUP_IN; /* access is back: a removal was undone */
		if ((err = group_tell_changed(core, group))) {
			return err;
		}
	}
	err = apply(core, group, event, hash);
	if (err == KR_OK && group->held_seq != 0) {
		err = group_put_facts(core, group);
	}
	return err;
}

/* ---- Again ------------------------------------------------------------------------ */

static enum kr_err replay_one(
	struct kr_core *core, struct group *group, const struct kept_event *kept)
{
	KR_AUTO_FREE struct kr_bytes body = {0};
	KR_AUTO_FREE struct kr_bytes head = {0};
	struct kept_message raw;
	struct kr_event event = event_of_kept(kept);
	uint8_t author[KR_ID_BYTES];
	uint8_t hash[KR_SHA256_BYTES];
	enum kr_err err;

	if (message_read(&raw, kept->content) != KR_OK || raw.fault != MESSAGE_RAW) {
		return KR_OK;
	}
	/* The record is about to be written anew. */
	if ((err = kr_bytes_copy(&body, raw.plaintext)) ||
		(err = kr_bytes_copy(&head, kept->head))) {
		return err;
	}
	memcpy(hash, kept->hash, sizeof(hash));
	memcpy(author, kept->author.data, kept->author.len);
	event.author = kr_view(author, kept->author.len);
	event.head = kr_view_bytes(&head);
	event.body = kr_view_bytes(&body);
	return apply(core, group, &event, hash);
}

enum kr_err group_replay(struct kr_core *core, struct group *group)
{
	struct kr_topic topic = group_topic(group);
	const struct topic *name = topic_look(core, &topic);
	uint64_t last = name == NULL ? 0 : name->seq;
	uint64_t seq = group->held_seq;
	struct kept_event kept;
	enum kr_err err = KR_OK;

	group->held_seq = 0;
	for (; err == KR_OK && seq != 0 && seq <= last && group->held_seq == 0; seq++) {
		if (event_kept(core, &topic, seq, &kept) == KR_OK) {
			err = replay_one(core, group, &kept);
		}
	}
	if (group->held_seq == 0) {
		group->held_ms = 0;
	}
	return err != KR_OK ? err : group_put_facts(core, group);
}
