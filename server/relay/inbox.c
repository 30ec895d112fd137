/* Inboxes: their records, who may read what of them, their notices. */
#include "server/relay/call.h"

#include <string.h>

#define TOPICS_MAX   48
#define PUBLIC_MAX   16
#define PUBLIC_BYTES ((size_t)65536)

enum kr_err call_inbox(
	struct call *call, struct kr_inbox_record *out, const uint8_t inbox[KR_ID_BYTES])
{
	struct kr_topic topic = kr_topic(KR_TOPIC_INBOX, inbox);
	struct store_topic position;
	struct store_entry entry;
	enum kr_err err;

	if ((err = store_inbox(call->view, inbox, &entry)) ||
		(err = store_topic(call->view, &topic, &position))) {
		return err;
	}
	if (kr_inbox_record_read(out, entry.event.body) != KR_OK) {
		return KR_ERR_STORE_DAMAGED; /* it was read before it was stored */
	}
	call_guard(call, &topic, position.rev);
	return KR_OK;
}

/* ---- Records ---------------------------------------------------------------------- */

/* Somebody who has no account could never act, and nobody could be held to it. */
static enum kr_err check_team(struct call *call, const struct kr_inbox_record *record)
{
	for (size_t i = 0; i < record->num_team; i++) {
		const struct kr_inbox_member *member = &record->team[i];
		enum kr_err err =
			device_is_good(call->view, member->account, member->device_key);

		if (err != KR_OK) {
			return err == KR_ERR_AUTH_FAILED ? KR_ERR_RECORD : err;
		}
	}
	return KR_OK;
}

static enum kr_err check_fallback(struct call *call, const struct kr_inbox_record *record)
{
	uint8_t inbox[KR_ID_BYTES];
	struct store_entry entry;

	if (!record->has_fallback) {
		return KR_OK;
	}
	kr_inbox_id(inbox, record->fallback);
	return store_inbox(call->view, inbox, &entry);
}

/* before: the record that it follows; NULL: it is the first. */
static enum kr_err check_record(struct call *call, const struct kr_inbox_record *record,
	const struct kr_inbox_record *before, struct kr_view bytes)
{
	const struct kr_ed25519_keypair *key = &call->relay->key;
	enum kr_err err;

	if (kr_inbox_record_follows(record, before, bytes) != KR_OK ||
		memcmp(record->relay_key, key->public_key, sizeof(record->relay_key)) !=
			0) {
		return KR_ERR_RECORD;
	}
	if ((err = check_team(call, record))) {
		return err;
	}
	return check_fallback(call, record);
}

static enum kr_err propose_record(struct call *call, const struct kr_topic *topic,
	const struct kr_inbox_record *record, const uint8_t grant_hash[KR_SHA256_BYTES],
	uint64_t expect_rev)
{
	uint8_t team[KR_INBOX_TEAM_MAX][KR_ID_BYTES];
	uint8_t heads[KR_INBOX_TEAM_MAX][KR_ID_BYTES];
	size_t num_team = kr_inbox_accounts(record, false, team);
	size_t num_heads = kr_inbox_accounts(record, true, heads);
	struct kr_event_head head = {
		.key = view_id(record->identity_key),
		.hash = view_id(grant_hash),
		.added = kr_view(team, num_team * KR_ID_BYTES),
		.admins_added = kr_view(heads, num_heads * KR_ID_BYTES),
	};

	call_event(
		call, KR_EVENT_INBOX_SET, topic, &head, call->request->body, expect_rev);
	return call_propose(call);
}

enum kr_err handle_inbox_create(struct call *call)
{
	const struct kr_request *request = call->request;
	uint8_t grant_hash[KR_SHA256_BYTES];
	uint8_t id[KR_ID_BYTES];
	struct kr_inbox_record record;
	struct kr_topic topic;
	struct store_topic position;
	enum kr_err err;

	if (kr_inbox_record_read(&record, request->body) != KR_OK) {
		return KR_ERR_RECORD;
	}
	kr_inbox_id(id, record.identity_key);
	topic = kr_topic(KR_TOPIC_INBOX, id);
	kr_sha256(grant_hash, kr_view(request->grant, sizeof(request->grant)));
	if (!call->is_repeat) {
		if ((err = call_check_grant(call, grant_hash, GRANT_INBOX)) ||
			(err = check_record(call, &record, NULL, kr_view(NULL, 0)))) {
			return err;
		}
		err = store_topic(call->view, &topic, &position);
		if (err != KR_ERR_NOT_FOUND) {
			return err == KR_OK ? KR_ERR_EXISTS : err;
		}
		call_use_grant(call, grant_hash);
	}
	return propose_record(call, &topic, &record, grant_hash, 0);
}

/* Whoever holds the printed recovery key may make the team anew, once. The identity's
 * signature alone is not enough: who was dropped as an administrator has that secret
 * still. */
static enum kr_err check_recovery(struct call *call, const struct kr_inbox_record *record,
	const struct kr_inbox_record *before)
{
	const struct kr_request *request = call->request;
	uint64_t now_ms = call->relay->now_ms;
	uint8_t space[2 * (KR_RELAY_NAME_MAX + 1)];
	const uint8_t *signers[2];
	struct kr_writer w;
	size_t num = kr_inbox_recovery_signers(before, now_ms, signers);

	kr_writer_init_fixed(&w, space, sizeof(space));
	kr_inbox_recovery_tbs(&w, kr_view_str(call->relay->config.name),
		request->topic.id, call->conn->account, request->body);
	for (size_t i = 0; w.err == KR_OK && i < num; i++) {
		if (kr_ed25519_verify(kr_view(request->sig, sizeof(request->sig)),
			    signers[i], kr_writer_view(&w)) == KR_OK) {
			return kr_inbox_recovery_used(record, before, signers[i], now_ms)
				? KR_OK
				: KR_ERR_RECORD;
		}
	}
	return KR_ERR_FORBIDDEN;
}

static enum kr_err check_recovery_keys(struct call *call,
	const struct kr_inbox_record *record, const struct kr_inbox_record *before)
{
	if (call->request->fields & KR_R(SIG)) {
		return check_recovery(call, record, before);
	}
	return kr_inbox_recovery_kept(record, before, call->relay->now_ms)
		? KR_OK
		: KR_ERR_RECORD;
}

enum kr_err handle_inbox_update(struct call *call)
{
	static const uint8_t no_grant[KR_SHA256_BYTES];
	const struct kr_request *request = call->request;
	struct kr_inbox_record record;
	struct kr_inbox_record before;
	struct store_entry entry;
	enum kr_err err;

	if (kr_inbox_record_read(&record, request->body) != KR_OK) {
		return KR_ERR_RECORD;
	}
	if (!call->is_repeat) {
		if ((err = store_inbox(call->view, request->topic.id, &entry))) {
			return err;
		}
		if (kr_inbox_record_read(&before, entry.event.body) != KR_OK) {
			return KR_ERR_STORE_DAMAGED;
		}
		if ((err = check_recovery_keys(call, &record, &before)) ||
			(err = check_record(call, &record, &before, entry.event.body))) {
			return err;
		}
	}
	return propose_record(
		call, &request->topic, &record, no_grant, call->standing.inbox.rev);
}

/* ---- Reading ---------------------------------------------------------------------- */

static enum kr_err read_public(
	struct call *call, struct store_entry *entries, size_t *num, bool *more)
{
	const struct kr_request *request = call->request;
	enum kr_err err;
	size_t size = 0;
	size_t fit = 0;

	if ((request->fields & KR_R(AFTER)) == 0) {
		*num = 1;
		*more = false;
		return store_inbox(call->view, request->topic.id, entries);
	}
	err = store_inbox_public(call->view, request->topic.id, request->after, entries,
		PUBLIC_MAX, num, more);
	while (err == KR_OK && fit < *num && (fit == 0 || size < PUBLIC_BYTES)) {
		size += entries[fit++].event.body.len;
	}
	*more = *more || fit < *num;
	*num = fit;
	return err;
}

/* Anybody may ask, so the answer shows nothing of cases: it goes from one public event to
 * the next, and never says where the topic ends. */
enum kr_err handle_inbox_read(struct call *call)
{
	const struct kr_request *request = call->request;
	struct store_entry entries[PUBLIC_MAX];
	struct kr_json j;
	size_t num;
	bool more;
	enum kr_err err;

	if (request->topic.kind != KR_TOPIC_INBOX) {
		return KR_ERR_FORBIDDEN;
	}
	if (!answer_has_room(call->conn)) {
		return KR_ERR_BUSY;
	}
	if ((err = read_public(call, entries, &num, &more))) {
		return err == KR_ERR_NOT_FOUND ? KR_ERR_FORBIDDEN : err;
	}
	if ((err = answer_events(call, entries, num, NULL))) {
		return err;
	}
	answer_begin(call->relay, &j, request->id);
	kr_json_u64(&j, "next", num > 0 ? entries[num - 1].event.seq : request->after);
	kr_json_bool(&j, "more", more);
	answer_end(call->conn, &j);
	return KR_OK;
}

enum kr_err handle_inbox_cases(struct call *call)
{
	const struct kr_request *request = call->request;
	struct kr_topic topics[TOPICS_MAX];
	struct store_id ids[TOPICS_MAX + 1];
	const uint8_t *after =
		request->fields & KR_R(AFTER_TOPIC) ? request->after_topic.id : NULL;
	struct kr_json j;
	size_t num;
	enum kr_err err = store_cases_of(
		call->view, request->topic.id, after, ids, TOPICS_MAX + 1, &num);

	if (err != KR_OK) {
		return err;
	}
	for (size_t i = 0; i < num && i < TOPICS_MAX; i++) {
		topics[i] = kr_topic(KR_TOPIC_CASE, ids[i].bytes);
	}
	answer_begin(call->relay, &j, request->id);
	kr_json_topics(&j, "topics", topics, num < TOPICS_MAX ? num : TOPICS_MAX);
	kr_json_bool(&j, "more", num > TOPICS_MAX);
	answer_end(call->conn, &j);
	return KR_OK;
}

enum kr_err handle_inbox_notice(struct call *call)
{
	struct kr_event_head head = {0};

	call_event(call, KR_EVENT_INBOX_NOTICE, &call->request->topic, &head,
		call->request->body, call->standing.inbox.rev);
	return call_propose(call);
}
