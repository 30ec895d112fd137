/* Reading: heads, pages, subscriptions, and which topics there are. */
#include "server/relay/call.h"

#include <string.h>

#define READ_EVENTS_DEFAULT  64
#define READ_EVENTS_MAX      256
#define READ_BYTES           ((size_t)256 << 10)
#define READ_BYTES_ANONYMOUS ((size_t)64 << 10) /* a reporter's queue is shorter */
#define TOPICS_MAX           48
#define PAGE                 32

static enum kr_err position_of(struct call *call, struct store_topic *out)
{
	enum kr_err err = store_topic(call->view, &call->request->topic, out);

	return err == KR_ERR_NOT_FOUND ? KR_OK
				       : err; /* zeroed: an account without events */
}

static void tell_place(
	struct call *call, uint64_t seq, const uint8_t hash[KR_SHA256_BYTES])
{
	call->detail.fields |= DETAIL_SEQ | DETAIL_HASH;
	call->detail.seq = seq;
	memcpy(call->detail.hash, hash, sizeof(call->detail.hash));
}

/* PROTOCOL.md §5. */
static enum kr_err check_cursor(struct call *call, const struct store_topic *topic)
{
	const struct kr_request *request = call->request;
	uint8_t incarnation[KR_INCARNATION_BYTES];

	store_incarnation(call->view, incarnation);
	if (memcmp(incarnation, request->incarnation, sizeof(incarnation)) != 0) {
		call->detail.fields |= DETAIL_INCARNATION;
		memcpy(call->detail.incarnation, incarnation, sizeof(incarnation));
		return KR_ERR_CURSOR_INCARNATION;
	}
	if (request->topic.kind == KR_TOPIC_GROUP &&
		request->after + 1 < call->standing.route.since_seq) {
		call->detail.fields |= DETAIL_SEQ;
		call->detail.seq = call->standing.route.since_seq - 1;
		return KR_ERR_CURSOR_EARLY;
	}
	if (request->after < topic->trimmed_seq) {
		tell_place(call, topic->trimmed_seq, topic->trimmed_hash);
		return KR_ERR_CURSOR_TRIMMED;
	}
	if (request->after > topic->seq) {
		tell_place(call, topic->seq, topic->hash);
		return KR_ERR_CURSOR_AHEAD;
	}
	return KR_OK;
}

/* The running hash after one event, if it is there and may be seen. */
static enum kr_err hash_at(struct call *call, const struct store_topic *topic,
	uint64_t seq, const uint8_t **hash)
{
	struct store_entry entry;
	size_t num;
	enum kr_err err;

	*hash = NULL;
	if (seq == topic->trimmed_seq) {
		*hash = topic->trimmed_hash;
		return KR_OK;
	}
	if (seq > topic->seq || seq < topic->trimmed_seq ||
		(call->request->topic.kind == KR_TOPIC_GROUP &&
			seq + 1 < call->standing.route.since_seq)) {
		return KR_OK;
	}
	err = store_page(call->view, &call->request->topic, seq - 1, 0, &entry, 1, &num);
	if (err == KR_OK && num == 1) {
		*hash = entry.hash;
	}
	return err;
}

enum kr_err handle_topic_head(struct call *call)
{
	uint8_t incarnation[KR_INCARNATION_BYTES];
	const uint8_t *at_hash = NULL;
	struct store_topic topic;
	struct kr_json j;
	enum kr_err err = position_of(call, &topic);

	if (err == KR_OK && (call->request->fields & KR_R(AT))) {
		err = hash_at(call, &topic, call->request->at, &at_hash);
	}
	if (err != KR_OK) {
		return err;
	}
	store_incarnation(call->view, incarnation);
	answer_begin(call->relay, &j, call->request->id);
	kr_json_u64(&j, "seq", topic.seq);
	kr_json_u64(&j, "rev", topic.rev);
	kr_json_bytes(&j, "hash", kr_view(topic.hash, sizeof(topic.hash)));
	kr_json_u64(&j, "trimmed", topic.trimmed_seq);
	kr_json_bytes(&j, "incarnation", kr_view(incarnation, sizeof(incarnation)));
	if (at_hash != NULL) {
		kr_json_bytes(&j, "at_hash", kr_view(at_hash, KR_SHA256_BYTES));
	}
	if (call->request->topic.kind == KR_TOPIC_GROUP) {
		kr_json_u64(&j, "epoch", call->standing.group_state.epoch);
	}
	answer_end(call->conn, &j);
	return KR_OK;
}

enum kr_err handle_topic_read(struct call *call)
{
	const struct kr_request *request = call->request;
	size_t max = request->max > 0 ? (size_t)request->max : READ_EVENTS_DEFAULT;
	size_t bytes = call->conn->authenticated ? READ_BYTES : READ_BYTES_ANONYMOUS;
	struct store_entry entries[READ_EVENTS_MAX];
	struct store_topic topic;
	uint64_t next = request->after;
	struct kr_json j;
	size_t num;
	enum kr_err err;

	if (!answer_has_room(call->conn)) {
		return KR_ERR_BUSY;
	}
	if ((err = position_of(call, &topic)) || (err = check_cursor(call, &topic)) ||
		(err = store_page(call->view, &request->topic, request->after, bytes,
			 entries, max, &num)) ||
		(err = answer_events(call, entries, num, NULL))) {
		return err;
	}
	if (num > 0) {
		next = entries[num - 1].event.seq;
	}
	answer_begin(call->relay, &j, request->id);
	kr_json_u64(&j, "next", next);
	kr_json_bool(&j, "more", next < topic.seq);
	answer_end(call->conn, &j);
	return KR_OK;
}

enum kr_err handle_topic_subscribe(struct call *call)
{
	const struct kr_request *request = call->request;
	struct store_topic topic;
	struct kr_json j;
	enum kr_err err;

	if ((err = position_of(call, &topic)) || (err = check_cursor(call, &topic))) {
		return err;
	}
	if (call->conn->num_subscriptions >= MAX_SUBSCRIPTIONS &&
		fanout_find(call->conn, &request->topic) == NULL) {
		return KR_ERR_LIMIT;
	}
	err = fanout_subscribe(&call->relay->fanout, call->conn, &request->topic,
		request->after + 1, topic.seq);
	if (err != KR_OK) {
		return err;
	}
	answer_begin(call->relay, &j, request->id);
	kr_json_u64(&j, "seq", topic.seq);
	kr_json_u64(&j, "rev", topic.rev);
	answer_end(call->conn, &j);
	return KR_OK;
}

enum kr_err handle_topic_unsubscribe(struct call *call)
{
	struct subscription *s = fanout_find(call->conn, &call->request->topic);

	if (s == NULL) {
		return KR_ERR_NOT_FOUND;
	}
	fanout_end(&call->relay->fanout, s);
	answer_ok(call);
	return KR_OK;
}

/* ---- account.topics --------------------------------------------------------------- */

struct listing {
	struct kr_topic topics[TOPICS_MAX];
	size_t num;
	bool more;
};

static void list_topic(
	struct listing *l, enum kr_topic_kind kind, const uint8_t id[KR_ID_BYTES])
{
	if (l->num == TOPICS_MAX) {
		l->more = true;
		return;
	}
	l->topics[l->num++] = kr_topic(kind, id);
}

/* A group counts only while the account is in its community. */
static enum kr_err list_group(
	struct call *call, struct listing *l, const uint8_t id[KR_ID_BYTES])
{
	struct store_group group;
	struct store_member member;
	enum kr_err err;

	if ((err = store_group(call->view, id, &group)) ||
		(err = store_member(
			 call->view, group.community, call->conn->account, &member))) {
		return err == KR_ERR_NOT_FOUND ? KR_OK : err;
	}
	list_topic(l, KR_TOPIC_GROUP, id);
	return KR_OK;
}

static enum kr_err topics_of(struct call *call, enum kr_topic_kind kind,
	const uint8_t *after, struct store_id ids[PAGE], size_t *num)
{
	const uint8_t *account = call->conn->account;

	switch (kind) {
	case KR_TOPIC_COMMUNITY:
		return store_communities_of(call->view, account, after, ids, PAGE, num);
	case KR_TOPIC_GROUP:
		return store_groups_of(call->view, account, after, ids, PAGE, num);
	default:
		return store_inboxes_of(call->view, account, after, ids, PAGE, num);
	}
}

static enum kr_err list_kind(struct call *call, struct listing *l,
	enum kr_topic_kind kind, const uint8_t *after)
{
	struct store_id ids[PAGE];
	struct store_id last;
	size_t num;
	enum kr_err err;

	do {
		err = topics_of(call, kind, after, ids, &num);
		if (err != KR_OK) {
			return err == KR_ERR_NOT_FOUND ? KR_OK : err;
		}
		for (size_t i = 0; err == KR_OK && i < num && !l->more; i++) {
			if (kind == KR_TOPIC_GROUP) {
				err = list_group(call, l, ids[i].bytes);
			} else {
				list_topic(l, kind, ids[i].bytes);
			}
		}
		if (num > 0) {
			last = ids[num - 1];
			after = last.bytes;
		}
	} while (err == KR_OK && num == PAGE && !l->more);
	return err;
}

/* In the order of their names: the account, communities, groups, inboxes. */
enum kr_err handle_account_topics(struct call *call)
{
	const struct kr_topic *after = &call->request->after_topic;
	struct listing l = {.num = 0};
	struct kr_json j;
	enum kr_err err = KR_OK;

	if (after->kind < KR_TOPIC_ACCOUNT) {
		list_topic(&l, KR_TOPIC_ACCOUNT, call->conn->account);
	}
	if (after->kind <= KR_TOPIC_COMMUNITY) {
		err = list_kind(call, &l, KR_TOPIC_COMMUNITY,
			after->kind == KR_TOPIC_COMMUNITY ? after->id : NULL);
	}
	if (err == KR_OK && after->kind <= KR_TOPIC_GROUP) {
		err = list_kind(call, &l, KR_TOPIC_GROUP,
			after->kind == KR_TOPIC_GROUP ? after->id : NULL);
	}
	if (err == KR_OK && after->kind <= KR_TOPIC_INBOX) {
		err = list_kind(call, &l, KR_TOPIC_INBOX,
			after->kind == KR_TOPIC_INBOX ? after->id : NULL);
	}
	if (err != KR_OK) {
		return err;
	}
	answer_begin(call->relay, &j, call->request->id);
	kr_json_topics(&j, "topics", l.topics, l.num);
	kr_json_bool(&j, "more", l.more);
	answer_end(call->conn, &j);
	return KR_OK;
}
