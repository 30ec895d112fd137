/* The verbs that read: PROTOCOL.md §5 and §6. */
#include "tests/unit/core/relay_double_state.h"

#include <assert.h>
#include <string.h>

/* Few, so that there are pages. */
#define PAGE_EVENTS 5

/* ---- Topics ------------------------------------------------------------------------ */

static void answer_place(
	struct double_call *call, const char *error, uint64_t seq, const uint8_t *hash)
{
	struct kr_writer w;
	struct kr_json j;

	double_begin_answer(&j, &w, call->request->id);
	kr_json_str(&j, "error", error);
	kr_json_str(&j, "text", "");
	kr_json_str(&j, "retry", hash == NULL ? "never" : "rebase");
	kr_json_u64(&j, "seq", seq);
	if (hash != NULL) {
		kr_json_bytes(&j, "hash", kr_view(hash, KR_SHA256_BYTES));
	}
	kr_json_end(&j);
	double_send(call->relay, call->conn, &w, true);
}

/* May it be read from there on? If not, that is answered. */
static bool may_follow(struct double_call *call)
{
	const struct double_conn *c = &call->relay->conns[call->conn];
	const struct kr_request *request = call->request;
	const struct double_topic *topic = call->topic;
	const struct standing *s = double_standing(call->topic, c->account);

	if (topic == NULL || !double_may_read(call->relay, call->topic, c->account)) {
		double_answer_error(call, "forbidden", KR_RETRY_NEVER);
	} else if (memcmp(request->incarnation, call->relay->incarnation,
			   KR_INCARNATION_BYTES) != 0) {
		double_answer_error(call, "incarnation", KR_RETRY_REBASE);
	} else if (topic->name.kind == KR_TOPIC_GROUP &&
		request->after + 1 < s->since_seq) {
		answer_place(call, "cursor_early", s->since_seq - 1, NULL);
	} else if (request->after < topic->trimmed_seq) {
		answer_place(call, "trimmed", topic->trimmed_seq,
			topic->events[topic->trimmed_seq - 1]->hash);
	} else {
		return true;
	}
	return false;
}

static void subscribe(struct double_call *call)
{
	struct double_conn *c = &call->relay->conns[call->conn];
	const struct kr_request *request = call->request;
	struct kr_writer w;
	struct kr_json j;

	if (call->topic == NULL && request->topic.kind == KR_TOPIC_ACCOUNT) {
		call->topic = double_topic_make(call->relay, &request->topic);
	}
	if (!may_follow(call)) {
		return;
	}
	double_begin_answer(&j, &w, request->id);
	kr_json_bool(&j, "ok", true);
	kr_json_u64(&j, "seq", call->topic->seq);
	kr_json_u64(&j, "rev", call->topic->rev);
	kr_json_end(&j);
	double_send(call->relay, call->conn, &w, true);
	assert(c->num_subs < MAX_SUBS);
	c->subs[c->num_subs++] = (struct subscription){
		.topic = request->topic, .next_seq = request->after + 1};
}

static void answer_next(struct double_call *call, uint64_t next, bool more)
{
	struct kr_writer w;
	struct kr_json j;

	double_begin_answer(&j, &w, call->request->id);
	kr_json_bool(&j, "ok", true);
	kr_json_u64(&j, "next", next);
	kr_json_bool(&j, "more", more);
	kr_json_end(&j);
	double_send(call->relay, call->conn, &w, true);
}

static void read_page(struct double_call *call)
{
	const struct double_topic *topic = call->topic;
	uint64_t seq;

	if (!may_follow(call)) {
		return;
	}
	seq = double_true_seq(
		call->relay, call->conn, &topic->name, call->request->after);
	for (int i = 0; i < PAGE_EVENTS && seq < topic->seq; i++) {
		double_deliver(call->relay, call->conn, topic, ++seq);
	}
	answer_next(call, seq, seq < topic->seq);
}

static void answer_head(struct double_call *call)
{
	const struct double_conn *c = &call->relay->conns[call->conn];
	const struct double_topic *topic = call->topic;
	uint64_t at = call->request->at;
	struct kr_writer w;
	struct kr_json j;

	if (topic == NULL || !double_may_read(call->relay, call->topic, c->account)) {
		double_answer_error(call, "forbidden", KR_RETRY_NEVER);
		return;
	}
	double_begin_answer(&j, &w, call->request->id);
	kr_json_bool(&j, "ok", true);
	kr_json_u64(&j, "seq", topic->seq);
	kr_json_bytes(&j, "incarnation",
		kr_view(call->relay->incarnation, KR_INCARNATION_BYTES));
	if (at > 0 && at <= topic->seq) {
		kr_json_bytes(&j, "at_hash",
			kr_view(topic->events[at - 1]->hash, KR_SHA256_BYTES));
	}
	kr_json_end(&j);
	double_send(call->relay, call->conn, &w, true);
}

/* Not named among the account's topics. */
static bool is_of_case(const struct kr_topic *name)
{
	return name->kind == KR_TOPIC_CASE || name->kind == KR_TOPIC_NOTES ||
		name->kind == KR_TOPIC_WRAPS;
}

static void answer_count(struct double_call *call)
{
	const struct double_conn *c = &call->relay->conns[call->conn];
	struct kr_topic name = kr_topic(KR_TOPIC_ACCOUNT, c->account);
	struct double_topic *topic = double_topic(call->relay, &name);
	bool has_last_resort = false;
	uint64_t count = 0;
	struct kr_writer w;
	struct kr_json j;

	for (size_t i = 0; topic != NULL && i < topic->num_packages; i++) {
		const struct package *p = &topic->packages[i];

		if (memcmp(p->key, c->key, sizeof(p->key)) == 0 &&
			memcmp(p->community, call->request->community,
				sizeof(p->community)) == 0) {
			count += !p->is_last_resort;
			has_last_resort = has_last_resort || p->is_last_resort;
		}
	}
	double_begin_answer(&j, &w, call->request->id);
	kr_json_bool(&j, "ok", true);
	kr_json_u64(&j, "count", count);
	kr_json_bool(&j, "last_resort", has_last_resort);
	kr_json_end(&j);
	double_send(call->relay, call->conn, &w, true);
}

/* The events that an invited one may see: founded, role, rules. */
static void answer_chain(struct double_call *call)
{
	struct double_topic *topic = call->topic;
	uint64_t next = call->request->after;
	struct kr_writer w;

	for (uint64_t seq = next; topic != NULL && seq < topic->seq; seq++) {
		const struct stored *s = topic->events[seq];

		if (s->event.type == KR_EVENT_FOUNDED || s->event.type == KR_EVENT_ROLE ||
			s->event.type == KR_EVENT_RULES) {
			kr_writer_init(&w);
			kr_event_message(&w, &s->event, s->hash);
			double_send(call->relay, call->conn, &w, false);
		}
		next = seq + 1;
	}
	answer_next(call, next, false);
}

/* No more than fit into one answer. */
static void answer_topics(struct double_call *call)
{
	const struct double_conn *c = &call->relay->conns[call->conn];
	struct kr_topic names[48];
	size_t num = 0;
	struct kr_writer w;
	struct kr_json j;

	for (size_t i = 0; i < call->relay->num_topics && num < 48; i++) {
		struct double_topic *topic = call->relay->topics[i];

		if (!is_of_case(&topic->name) &&
			double_may_read(call->relay, topic, c->account)) {
			names[num++] = topic->name;
		}
	}
	double_begin_answer(&j, &w, call->request->id);
	kr_json_bool(&j, "ok", true);
	kr_json_topics(&j, "topics", names, num);
	kr_json_bool(&j, "more", false);
	kr_json_end(&j);
	double_send(call->relay, call->conn, &w, true);
}

/* ---- Inboxes and cases ------------------------------------------------------------- */

/* From one public event to the next. */
static void read_inbox(struct double_call *call)
{
	const struct double_topic *topic = call->topic;
	uint64_t next = call->request->after;
	int num = 0;

	if (topic == NULL || topic->name.kind != KR_TOPIC_INBOX) {
		double_answer_error(call, "forbidden", KR_RETRY_NEVER);
		return;
	}
	for (uint64_t seq = next + 1; seq <= topic->seq && num <= PAGE_EVENTS; seq++) {
		if (topic->events[seq - 1]->event.type == KR_EVENT_CASE_EVENT) {
			continue;
		}
		if (num++ < PAGE_EVENTS) {
			double_deliver(call->relay, call->conn, topic, seq);
			next = seq;
		}
	}
	answer_next(call, next, num > PAGE_EVENTS);
}

/* Those of one event that are this inbox's by now. */
static void add_wraps(struct double_call *call, struct kr_writer *w, uint64_t seq)
{
	struct kr_topic name = kr_topic(KR_TOPIC_WRAPS, call->topic->name.id);
	const struct double_topic *wraps = double_topic(call->relay, &name);
	const struct relay_lie *lie = &call->relay->lie;
	const uint8_t *inbox = call->request->inbox;
	struct kr_case_event e;

	if (kr_case_event_read(&e, call->topic->events[seq - 1]->event.body) != KR_OK) {
		return; /* the relay's own */
	}
	for (size_t i = 0; i < e.num_recipients; i++) {
		const struct kr_recipient *to = &e.recipients[i];
		uint8_t wrap[KR_WRAP_BYTES];

		if (!kr_case_may_have(&call->topic->state, to, inbox) &&
			(!lie->gives_early ||
				memcmp(to->party, inbox, sizeof(to->party)) != 0)) {
			continue;
		}
		memcpy(wrap, wraps->events[seq - 1]->event.body.data + i * KR_WRAP_BYTES,
			sizeof(wrap));
		wrap[KR_WRAP_BYTES - 1] ^= lie->changes_wraps;
		kr_write_u64(w, seq);
		kr_write_u16(w, (uint16_t)i);
		kr_write_fixed(w, kr_view(wrap, sizeof(wrap)));
	}
}

static void answer_keys(struct double_call *call)
{
	const struct double_conn *c = &call->relay->conns[call->conn];
	struct double_topic *topic = call->topic;
	uint64_t seq = call->request->after;
	struct kr_writer message;
	struct kr_writer wraps;
	struct kr_json j;
	size_t begin;

	if (topic == NULL || !double_may_read(call->relay, topic, c->account)) {
		double_answer_error(call, "forbidden", KR_RETRY_NEVER);
		return;
	}
	if (seq < topic->trimmed_seq) {
		seq = topic->trimmed_seq;
	}
	kr_writer_init(&wraps);
	for (int i = 0; i < PAGE_EVENTS && seq < topic->seq; i++) {
		add_wraps(call, &wraps, ++seq);
	}
	kr_writer_init(&message);
	begin = kr_message_begin(&message);
	kr_json_begin(&j, &message);
	kr_json_u64(&j, "re", call->request->id);
	kr_json_bool(&j, "ok", true);
	kr_json_u64(&j, "next", seq);
	kr_json_bool(&j, "more", seq < topic->seq);
	kr_json_end(&j);
	kr_message_end(&message, begin, kr_writer_view(&wraps));
	kr_writer_free(&wraps);
	double_send(call->relay, call->conn, &message, false);
}

bool double_read(struct double_call *call)
{
	switch (call->request->verb) {
	case KR_VERB_TOPIC_SUBSCRIBE:
		subscribe(call);
		return true;
	case KR_VERB_TOPIC_READ:
		read_page(call);
		return true;
	case KR_VERB_TOPIC_HEAD:
		answer_head(call);
		return true;
	case KR_VERB_ACCOUNT_TOPICS:
		answer_topics(call);
		return true;
	case KR_VERB_KEYS_COUNT:
		answer_count(call);
		return true;
	case KR_VERB_COMMUNITY_CHAIN:
		answer_chain(call);
		return true;
	case KR_VERB_INBOX_READ:
		read_inbox(call);
		return true;
	case KR_VERB_CASE_KEYS:
		answer_keys(call);
		return true;
	default:
		return false;
	}
}
