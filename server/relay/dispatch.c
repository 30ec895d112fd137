/* From a message to its handler: the one table of verbs, permission, quota. */
#include "server/relay/call.h"

#include <string.h>

static const struct verb verbs[KR_NUM_VERBS] = {
	[KR_VERB_PING] = {PERMISSION_ANYBODY, QUOTA_LIGHT, false, handle_ping},
	[KR_VERB_AUTH] = {PERMISSION_ANYBODY, QUOTA_AUTH, false, handle_auth},

	[KR_VERB_TOPIC_HEAD] = {PERMISSION_READER, QUOTA_LIGHT, false, handle_topic_head},
	[KR_VERB_TOPIC_READ] = {PERMISSION_READER, QUOTA_READ, false, handle_topic_read},
	[KR_VERB_TOPIC_SUBSCRIBE] = {PERMISSION_READER, QUOTA_READ, false,
		handle_topic_subscribe},
	[KR_VERB_TOPIC_UNSUBSCRIBE] = {PERMISSION_KNOWN, QUOTA_LIGHT, false,
		handle_topic_unsubscribe},

	[KR_VERB_ACCOUNT_TOPICS] = {PERMISSION_DEVICE, QUOTA_LIGHT, false,
		handle_account_topics},
	[KR_VERB_DEVICE_ADD] = {PERMISSION_DEVICE, QUOTA_STATE, true, handle_device_add},
	[KR_VERB_DEVICE_REMOVE] = {PERMISSION_DEVICE, QUOTA_STATE, true,
		handle_device_remove},
	[KR_VERB_KEYS_PUBLISH] = {PERMISSION_DEVICE, QUOTA_KEYS, true,
		handle_keys_publish},
	[KR_VERB_KEYS_COUNT] = {PERMISSION_DEVICE, QUOTA_LIGHT, false, handle_keys_count},
	[KR_VERB_KEYS_FETCH] = {PERMISSION_DEVICE, QUOTA_KEYS, true, handle_keys_fetch},

	[KR_VERB_COMMUNITY_FOUND] = {PERMISSION_DEVICE, QUOTA_STATE, true,
		handle_community_found},
	[KR_VERB_COMMUNITY_CHAIN] = {PERMISSION_DEVICE, QUOTA_READ, false,
		handle_community_chain},
	[KR_VERB_COMMUNITY_REQUEST] = {PERMISSION_DEVICE, QUOTA_STATE, true,
		handle_community_request},
	[KR_VERB_COMMUNITY_INVITE] = {PERMISSION_COORDINATOR, QUOTA_STATE, true,
		handle_community_invite},
	[KR_VERB_COMMUNITY_REVOKE] = {PERMISSION_COORDINATOR, QUOTA_STATE, true,
		handle_community_revoke},
	[KR_VERB_COMMUNITY_ADMIT] = {PERMISSION_COORDINATOR, QUOTA_STATE, true,
		handle_community_admit},
	[KR_VERB_COMMUNITY_REFUSE] = {PERMISSION_COORDINATOR, QUOTA_STATE, true,
		handle_community_refuse},
	[KR_VERB_COMMUNITY_ROLE] = {PERMISSION_MEMBER, QUOTA_STATE, true,
		handle_community_role},
	[KR_VERB_COMMUNITY_REMOVE] = {PERMISSION_COORDINATOR, QUOTA_STATE, true,
		handle_community_remove},
	[KR_VERB_COMMUNITY_MUTE] = {PERMISSION_COORDINATOR, QUOTA_STATE, true,
		handle_community_mute},
	[KR_VERB_COMMUNITY_RULES] = {PERMISSION_COORDINATOR, QUOTA_STATE, true,
		handle_community_rules},
	[KR_VERB_COMMUNITY_NOTICE] = {PERMISSION_COORDINATOR, QUOTA_STATE, true,
		handle_community_notice},
	[KR_VERB_COMMUNITY_LEAVE] = {PERMISSION_MEMBER, QUOTA_STATE, true,
		handle_community_leave},

	[KR_VERB_GROUP_CREATE] = {PERMISSION_DEVICE, QUOTA_STATE, true,
		handle_group_create},
	[KR_VERB_GROUP_POST] = {PERMISSION_ROUTED, QUOTA_POST, true, handle_group_post},
	[KR_VERB_GROUP_COMMIT] = {PERMISSION_ROUTED, QUOTA_STATE, true,
		handle_group_commit},
	[KR_VERB_GROUP_VOID] = {PERMISSION_ROUTED, QUOTA_STATE, true, handle_group_void},
	[KR_VERB_GROUP_LEAVE] = {PERMISSION_ROUTED, QUOTA_STATE, true,
		handle_group_leave},
	[KR_VERB_GROUP_HEAL] = {PERMISSION_ROUTED, QUOTA_STATE, true, handle_group_heal},

	[KR_VERB_INBOX_CREATE] = {PERMISSION_DEVICE, QUOTA_STATE, true,
		handle_inbox_create},
	[KR_VERB_INBOX_UPDATE] = {PERMISSION_HEAD, QUOTA_STATE, true,
		handle_inbox_update},
	[KR_VERB_INBOX_READ] = {PERMISSION_ANYBODY, QUOTA_READ, false, handle_inbox_read},
	[KR_VERB_INBOX_CASES] = {PERMISSION_TEAM, QUOTA_LIGHT, false, handle_inbox_cases},
	[KR_VERB_INBOX_NOTICE] = {PERMISSION_TEAM, QUOTA_STATE, true,
		handle_inbox_notice},

	[KR_VERB_CASE_SUBMIT] = {PERMISSION_ANYBODY, QUOTA_CASE, true,
		handle_case_submit},
	[KR_VERB_CASE_OPEN] = {PERMISSION_ANYBODY, QUOTA_CASE, false, handle_case_open},
	[KR_VERB_CASE_APPEND] = {PERMISSION_PARTY, QUOTA_STATE, true, handle_case_append},
	[KR_VERB_CASE_KEYS] = {PERMISSION_PARTY, QUOTA_READ, false, handle_case_keys},
	[KR_VERB_CASE_NOTE] = {PERMISSION_PARTY, QUOTA_STATE, true, handle_case_note},
};

/* ---- Permission ------------------------------------------------------------------- */

/* Not there and not permitted look the same to whoever asks. */
static enum kr_err forbidden_if_missing(enum kr_err err)
{
	return err == KR_ERR_NOT_FOUND ? KR_ERR_FORBIDDEN : err;
}

enum kr_err standing_in_community(struct call *call, const uint8_t community[KR_ID_BYTES])
{
	struct standing *s = &call->standing;
	enum kr_err err;

	s->community_topic = kr_topic(KR_TOPIC_COMMUNITY, community);
	if ((err = store_member(
		     call->view, community, call->conn->account, &s->member)) ||
		(err = store_topic(call->view, &s->community_topic, &s->community))) {
		return forbidden_if_missing(err);
	}
	return KR_OK;
}

static enum kr_err standing_in_group(struct call *call, const struct kr_topic *topic)
{
	struct standing *s = &call->standing;
	enum kr_err err;

	if ((err = store_group(call->view, topic->id, &s->group_state)) ||
		(err = store_route(
			 call->view, topic->id, call->conn->account, &s->route)) ||
		(err = store_topic(call->view, topic, &s->group)) ||
		(err = standing_in_community(call, s->group_state.community))) {
		return forbidden_if_missing(err);
	}
	s->is_admin = s->group_state.main ? s->member.coordinator : s->route.admin;
	return KR_OK;
}

static enum kr_err standing_in_inbox(
	struct call *call, const uint8_t inbox[KR_ID_BYTES], bool as_head)
{
	struct kr_topic topic = kr_topic(KR_TOPIC_INBOX, inbox);
	bool is_administrator;
	enum kr_err err;

	if ((err = store_team(
		     call->view, inbox, call->conn->account, &is_administrator)) ||
		(err = store_topic(call->view, &topic, &call->standing.inbox))) {
		return forbidden_if_missing(err);
	}
	return as_head && !is_administrator ? KR_ERR_FORBIDDEN : KR_OK;
}

/* An administrator; or anybody with the recovery key's signature, which the handler looks
 * at: with it nobody of the team need be left. */
static enum kr_err standing_of_head(struct call *call, const uint8_t inbox[KR_ID_BYTES])
{
	struct kr_topic topic = kr_topic(KR_TOPIC_INBOX, inbox);

	return call->request->fields & KR_R(SIG)
		? forbidden_if_missing(
			  store_topic(call->view, &topic, &call->standing.inbox))
		: standing_in_inbox(call, inbox, true);
}

static enum kr_err standing_in_case(struct call *call, const struct kr_topic *topic)
{
	const struct relay_conn *conn = call->conn;

	if (conn->authenticated) {
		return case_read_by(call, topic->id);
	}
	return conn->case_access == CASE_OPEN &&
			memcmp(conn->case_id, topic->id, KR_ID_BYTES) == 0
		? forbidden_if_missing(
			  store_case(call->view, topic->id, &call->standing.case_state))
		: KR_ERR_FORBIDDEN;
}

static enum kr_err standing_at_notes(struct call *call, const uint8_t notes[KR_ID_BYTES])
{
	uint8_t inbox[KR_ID_BYTES];
	enum kr_err err = notes_read_by(call, notes, inbox);

	return err != KR_OK ? err : standing_in_inbox(call, inbox, false);
}

static enum kr_err standing_of_reader(struct call *call, const struct kr_topic *topic)
{
	/* Whoever has no account is a reporter at most. */
	if (topic->kind != KR_TOPIC_CASE && !call->conn->authenticated) {
		return KR_ERR_FORBIDDEN;
	}
	switch (topic->kind) {
	case KR_TOPIC_COMMUNITY:
		return standing_in_community(call, topic->id);
	case KR_TOPIC_GROUP:
		return standing_in_group(call, topic);
	case KR_TOPIC_ACCOUNT:
		return memcmp(topic->id, call->conn->account, KR_ID_BYTES) == 0
			? KR_OK
			: KR_ERR_FORBIDDEN;
	case KR_TOPIC_CASE:
		return standing_in_case(call, topic);
	case KR_TOPIC_NOTES:
		return standing_at_notes(call, topic->id);
	case KR_TOPIC_INBOX:
		return standing_in_inbox(call, topic->id, false);
	default:
		return KR_ERR_FORBIDDEN;
	}
}

enum kr_err standing_of(
	struct call *call, enum permission permission, const struct kr_topic *topic)
{
	enum kr_err err;

	switch (permission) {
	case PERMISSION_ANYBODY:
	case PERMISSION_DEVICE:
	case PERMISSION_KNOWN:
		return KR_OK;
	case PERMISSION_MEMBER:
	case PERMISSION_COORDINATOR:
		if (topic->kind != KR_TOPIC_COMMUNITY) {
			return KR_ERR_FORBIDDEN;
		}
		err = standing_in_community(call, topic->id);
		if (err == KR_OK && permission == PERMISSION_COORDINATOR &&
			!call->standing.member.coordinator) {
			err = KR_ERR_FORBIDDEN;
		}
		return err;
	case PERMISSION_ROUTED:
		return topic->kind == KR_TOPIC_GROUP ? standing_in_group(call, topic)
						     : KR_ERR_FORBIDDEN;
	case PERMISSION_READER:
		return standing_of_reader(call, topic);
	case PERMISSION_PARTY:
		return topic->kind == KR_TOPIC_CASE ? standing_in_case(call, topic)
						    : KR_ERR_FORBIDDEN;
	case PERMISSION_TEAM:
		return topic->kind == KR_TOPIC_INBOX
			? standing_in_inbox(call, topic->id, false)
			: KR_ERR_FORBIDDEN;
	case PERMISSION_HEAD:
		return topic->kind == KR_TOPIC_INBOX ? standing_of_head(call, topic->id)
						     : KR_ERR_FORBIDDEN;
	}
	return KR_ERR_FORBIDDEN;
}

/* ---- Quota ------------------------------------------------------------------------ */

static struct quota_buckets *buckets_of(struct relay_conn *conn, enum quota_level level)
{
	switch (level) {
	case QUOTA_CONNECTION:
		return &conn->buckets;
	case QUOTA_ACCOUNT:
		return conn->by_account != NULL ? &conn->by_account->buckets : NULL;
	default:
		return &conn->by_address->buckets;
	}
}

/* From all levels or from none. */
static enum kr_err charge(struct call *call, enum quota_class class)
{
	struct relay *relay = call->relay;
	uint64_t now_us = relay->mono_ms * 1000;
	uint64_t longest_us = 0;

	for (int level = 0; level < QUOTA_NUM_LEVELS; level++) {
		struct quota_buckets *b = buckets_of(call->conn, (enum quota_level)level);
		uint64_t wait_us;

		if (b != NULL &&
			!quota_has(b->full_at_us[class],
				&relay->config.quotas[level][class], now_us, &wait_us)) {
			longest_us = wait_us > longest_us ? wait_us : longest_us;
		}
	}
	if (longest_us > 0) {
		call->detail.fields |= DETAIL_RETRY;
		call->detail.retry_ms = longest_us / 1000 + 1;
		relay->statistics.quota_refusals++;
		return KR_ERR_QUOTA;
	}
	for (int level = 0; level < QUOTA_NUM_LEVELS; level++) {
		struct quota_buckets *b = buckets_of(call->conn, (enum quota_level)level);

		if (b != NULL) {
			quota_take(&b->full_at_us[class],
				&relay->config.quotas[level][class], now_us);
		}
	}
	return KR_OK;
}

/* ---- Running ---------------------------------------------------------------------- */

/* A repeat is answered as it was before, whatever the account may do by now. */
static enum kr_err find_repeat(struct call *call)
{
	enum kr_err err = store_event(
		call->view, call_author(call), call->request->event, &call->before);

	call->is_repeat = err == KR_OK;
	return err == KR_ERR_NOT_FOUND ? KR_OK : err;
}

static enum kr_err run(struct call *call)
{
	const struct verb *verb = &verbs[call->request->verb];
	enum kr_err err;

	if ((err = relay_view(call->relay, &call->view)) ||
		(verb->appends && (err = find_repeat(call)))) {
		return err;
	}
	if (!call->is_repeat) {
		err = standing_of(call, verb->permission, &call->request->topic);
		if (err != KR_OK) {
			return err;
		}
	}
	return verb->handle(call);
}

void call_run(struct call *call)
{
	bool was_under_way = call->pending != NULL;
	enum kr_err err = run(call);

	if (err == KR_OK) {
		return;
	}
	log_append_free(call->append);
	if (was_under_way && call->request->verb == KR_VERB_CASE_SUBMIT) {
		case_not_submitted(call->conn);
	}
	answer_error(call->conn, call->request->id, err, &call->detail);
	if (call->pending != NULL) {
		pending_free(call->pending);
	}
}

static bool may_ask(const struct relay_conn *conn, enum permission permission)
{
	switch (permission) {
	case PERMISSION_ANYBODY:
		return true;
	case PERMISSION_READER:
	case PERMISSION_PARTY:
	case PERMISSION_KNOWN:
		return conn->authenticated || conn->case_access == CASE_OPEN;
	default:
		return conn->authenticated;
	}
}

/* What must hold before a request is looked at any further. */
static enum kr_err admit(struct call *call)
{
	const struct verb *verb = &verbs[call->request->verb];

	if (!may_ask(call->conn, verb->permission)) {
		return KR_ERR_AUTH_REQUIRED;
	}
	if (verb->appends && call->conn->num_outstanding >= MAX_OUTSTANDING) {
		return KR_ERR_BUSY;
	}
	return charge(call, verb->quota);
}

/* One that cannot be read costs as much as a light request. */
static void refuse_unreadable(struct call *call, enum kr_err err)
{
	struct relay_conn *conn = call->conn;

	if (charge(call, QUOTA_LIGHT) != KR_OK) {
		err = KR_ERR_QUOTA;
	}
	answer_error(conn, call->request->id, err, &call->detail);
	conn->num_bad++;
	if (conn->num_bad >= MAX_BAD_IN_A_ROW) {
		conn_close(conn, KR_CLOSE_POLICY);
	}
}

void relay_message(struct relay *relay, struct relay_conn *conn, struct kr_view message,
	bool is_text)
{
	struct kr_request request;
	struct call call = {
		.relay = relay,
		.conn = conn,
		.request = &request,
		.message = message,
		.is_text = is_text,
	};
	const char *fault;
	enum kr_err err;

	relay_alive(relay, conn);
	if (conn->close_code != 0) {
		return;
	}
	conn->request_ms = relay->mono_ms;
	relay->statistics.requests++;
	err = kr_request_read(&request, &fault, message, is_text);
	if (request.verb != KR_NUM_VERBS && verbs[request.verb].handle == NULL) {
		err = KR_ERR_VERB;
	}
	call.detail.field = fault;
	if (err != KR_OK) {
		refuse_unreadable(&call, err);
		return;
	}
	conn->num_bad = 0;
	err = admit(&call);
	if (err != KR_OK) {
		answer_error(conn, request.id, err, &call.detail);
		return;
	}
	call_run(&call);
}
