/* Groups: the delivery service of RFC 9750, apart from commits (commit.c). */
#include "server/relay/call.h"

#include <string.h>

/* ---- Epochs ----------------------------------------------------------------------- */

/* Where the commit stands that won the epoch. If it is trimmed already, only its seq. */
static enum kr_err tell_winner(struct call *call)
{
	const struct store_group *group = &call->standing.group_state;
	struct store_entry entry;
	size_t num;
	enum kr_err err;

	call->detail.fields |= DETAIL_SEQ;
	call->detail.seq = group->state_seq;
	err = store_page(call->view, &call->request->topic, group->state_seq - 1, 0,
		&entry, 1, &num);
	if (err == KR_OK && num == 1) {
		call->detail.fields |= DETAIL_HASH;
		call->detail.rev = entry.event.rev;
		memcpy(call->detail.hash, entry.hash, sizeof(call->detail.hash));
	}
	return err == KR_ERR_CURSOR_TRIMMED ? KR_OK : err;
}

enum kr_err group_check_epoch(struct call *call, uint64_t epoch, bool is_commit)
{
	const struct standing *s = &call->standing;
	enum kr_err err;

	if (epoch == s->group_state.epoch && call->request->rev == s->group.rev) {
		return KR_OK;
	}
	call->detail.fields |= DETAIL_REV | DETAIL_EPOCH;
	call->detail.rev = s->group.rev;
	call->detail.epoch = s->group_state.epoch;
	if (epoch == s->group_state.epoch) {
		return KR_ERR_REV_PAST;
	}
	if (is_commit && s->group_state.voidable && epoch + 1 == s->group_state.epoch) {
		err = tell_winner(call);
		return err == KR_OK ? KR_ERR_EPOCH_TAKEN : err;
	}
	return KR_ERR_EPOCH_WRONG;
}

/* ---- Handlers --------------------------------------------------------------------- */

enum kr_err group_has_room(struct call *call, const uint8_t account[KR_ID_BYTES])
{
	struct store_id ids[MAX_GROUPS];
	size_t num;
	enum kr_err err =
		store_groups_of(call->view, account, NULL, ids, MAX_GROUPS, &num);

	return err == KR_OK && num == MAX_GROUPS ? KR_ERR_LIMIT : err;
}

static enum kr_err check_create(struct call *call)
{
	const struct kr_request *request = call->request;
	struct store_group known;
	bool has_main;
	enum kr_err err = standing_in_community(call, request->community);

	if (err != KR_OK) {
		return err;
	}
	if (request->main && !call->standing.member.coordinator) {
		return KR_ERR_FORBIDDEN;
	}
	err = store_group(call->view, request->topic.id, &known);
	if (err != KR_ERR_NOT_FOUND) {
		return err == KR_OK ? KR_ERR_EXISTS : err;
	}
	if ((err = group_has_room(call, call->conn->account))) {
		return err;
	}
	if (!request->main) {
		return KR_OK;
	}
	err = call_key_taken(call, "main group", view_id(request->community),
		kr_view(NULL, 0), &has_main);
	return err != KR_OK ? err : has_main ? KR_ERR_EXISTS : KR_OK;
}

enum kr_err handle_group_create(struct call *call)
{
	const struct kr_request *request = call->request;
	struct kr_event_head head = {
		.account = view_id(call->conn->account),
		.community = view_id(request->community),
		.flag = request->main,
	};
	enum kr_err err;

	if (request->topic.kind != KR_TOPIC_GROUP) {
		call->detail.field = "topic";
		return KR_ERR_FIELD;
	}
	if (!call->is_repeat && (err = check_create(call))) {
		return err;
	}
	call_event(
		call, KR_EVENT_GROUP_CREATED, &request->topic, &head, request->body, 0);
	call_guard(call, &call->standing.community_topic, call->standing.community.rev);
	if (request->main) {
		call_key(call, "main group", view_id(request->community),
			kr_view(NULL, 0));
	}
	return call_propose(call);
}

/* A commit by a member can be voided until somebody else has posted in its epoch. The log
 * decides which of the two was first: both take this key. */
static void take_confirmation(struct call *call)
{
	call_key(call, "confirmation", view_id(call->request->topic.id),
		view_id(call->standing.group_state.commit));
}

static bool confirms(const struct call *call)
{
	const struct store_group *group = &call->standing.group_state;

	return group->voidable && !group->by_admin && !group->confirmed &&
		memcmp(group->committer, call->conn->account, KR_ID_BYTES) != 0;
}

static enum kr_err check_post(struct call *call, const struct kr_mls_header *message)
{
	uint64_t muted_until_ms = call->standing.member.muted_until_ms;

	if (muted_until_ms > call->relay->now_ms) {
		call->detail.fields |= DETAIL_UNTIL;
		call->detail.until_ms = muted_until_ms;
		return KR_ERR_MUTED;
	}
	return group_check_epoch(call, message->epoch, false);
}

enum kr_err handle_group_post(struct call *call)
{
	const struct kr_request *request = call->request;
	struct kr_mls_header message;
	struct kr_group_aad aad;
	struct kr_event_head head = {0};
	enum kr_err err;

	if ((err = kr_mls_header_read(&message, request->body)) ||
		(err = kr_group_aad_read(&aad, message.authenticated_data))) {
		return err;
	}
	if (message.content != KR_MLS_POST || aad.is_commit) {
		return KR_ERR_MLS_MESSAGE;
	}
	if (!kr_view_equal(message.group_id, view_id(request->topic.id))) {
		return KR_ERR_WRONG_GROUP;
	}
	if (!call->is_repeat && (err = check_post(call, &message))) {
		return err;
	}
	head.epoch = message.epoch;
	call_event(
		call, KR_EVENT_POST, &request->topic, &head, request->body, request->rev);
	call_guard(call, &call->standing.community_topic, call->standing.community.rev);
	if (!call->is_repeat && confirms(call)) {
		take_confirmation(call);
	}
	return call_propose(call);
}

/* An account's own doing in a group, with a signed body. */
static enum kr_err propose_own(struct call *call, enum kr_event_type type)
{
	struct kr_event_head head = {.account = view_id(call->conn->account)};

	call_event(call, type, &call->request->topic, &head, call->request->body,
		call->standing.group.rev);
	call_guard(call, &call->standing.community_topic, call->standing.community.rev);
	return call_propose(call);
}

enum kr_err handle_group_leave(struct call *call)
{
	return propose_own(call, KR_EVENT_GROUP_LEFT);
}

enum kr_err handle_group_heal(struct call *call)
{
	return propose_own(call, KR_EVENT_HEAL);
}

/* ---- void ------------------------------------------------------------------------- */

/* PROTOCOL.md §4. */
static enum kr_err may_void(const struct call *call)
{
	const struct standing *s = &call->standing;
	const struct store_group *group = &s->group_state;

	if (!group->voidable ||
		memcmp(group->commit, call->request->hash, sizeof(group->commit)) != 0) {
		return KR_ERR_VOID_LATE;
	}
	if (s->is_admin) {
		return KR_OK;
	}
	if (group->by_admin ||
		memcmp(group->committer, call->conn->account, KR_ID_BYTES) == 0) {
		return KR_ERR_FORBIDDEN;
	}
	return group->confirmed ? KR_ERR_VOID_LATE : KR_OK;
}

/* The commit that is undone, as the log has it: what it did, the other way round. */
static enum kr_err undo_head(struct call *call, struct kr_event_head *head)
{
	const struct store_group *group = &call->standing.group_state;
	struct kr_event_head commit;
	struct store_entry entry;
	size_t num;
	enum kr_err err;

	err = store_page(call->view, &call->request->topic, group->state_seq - 1, 0,
		&entry, 1, &num);
	if (err == KR_ERR_CURSOR_TRIMMED || (err == KR_OK && num == 0)) {
		return KR_ERR_VOID_LATE;
	}
	if (err != KR_OK ||
		(err = kr_event_head_read(&commit, entry.event.type, entry.event.head))) {
		return err;
	}
	*head = (struct kr_event_head){
		.hash = view_id(call->request->hash),
		.epoch = commit.epoch,
		.added = commit.removed,
		.removed = commit.added,
		.admins_added = commit.admins_removed,
		.admins_removed = commit.admins_added,
	};
	return KR_OK;
}

enum kr_err handle_group_void(struct call *call)
{
	struct kr_event_head head;
	enum kr_err err;

	if (call->is_repeat) {
		const struct kr_event *event = &call->before.event;

		if (event->type != KR_EVENT_VOID) {
			return KR_ERR_ID_REUSED;
		}
		if ((err = kr_event_head_read(&head, event->type, event->head))) {
			return err;
		}
		head.hash = view_id(call->request->hash);
	} else if ((err = may_void(call)) || (err = undo_head(call, &head))) {
		return err;
	}
	call_event(call, KR_EVENT_VOID, &call->request->topic, &head, call->request->body,
		call->standing.group.rev);
	call_guard(call, &call->standing.community_topic, call->standing.community.rev);
	if (!call->is_repeat && !call->standing.group_state.by_admin &&
		!call->standing.is_admin) {
		take_confirmation(call);
	}
	return call_propose(call);
}
