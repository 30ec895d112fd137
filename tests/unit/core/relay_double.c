#include "tests/unit/core/relay_double_state.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A test has no use for a lack of memory. */
static void *must(void *p)
{
	assert(p != NULL);
	return p;
}

static void copy(struct kr_bytes *out, struct kr_view v)
{
	enum kr_err err = kr_bytes_copy(out, v);

	assert(err == KR_OK);
	(void)err;
}

/* ---- Topics ------------------------------------------------------------------------ */

struct double_topic *double_topic(struct relay_double *relay, const struct kr_topic *name)
{
	for (size_t i = 0; i < relay->num_topics; i++) {
		if (kr_topic_equal(&relay->topics[i]->name, name)) {
			return relay->topics[i];
		}
	}
	return NULL;
}

struct double_topic *double_topic_make(
	struct relay_double *relay, const struct kr_topic *name)
{
	struct double_topic *topic = double_topic(relay, name);

	if (topic == NULL) {
		assert(relay->num_topics < MAX_TOPICS);
		topic = must(calloc(1, sizeof(*topic)));
		topic->name = *name;
		relay->topics[relay->num_topics++] = topic;
	}
	return topic;
}

struct standing *double_standing(
	struct double_topic *topic, const uint8_t account[KR_ID_BYTES])
{
	for (size_t i = 0; topic != NULL && i < topic->num_members; i++) {
		if (memcmp(topic->members[i].account, account, KR_ID_BYTES) == 0) {
			return &topic->members[i];
		}
	}
	return NULL;
}

struct standing *double_standing_make(
	struct double_topic *topic, const uint8_t account[KR_ID_BYTES])
{
	struct standing *s = double_standing(topic, account);

	if (s == NULL) {
		topic->members = must(realloc(topic->members,
			(topic->num_members + 1) * sizeof(*topic->members)));
		s = &topic->members[topic->num_members++];
		*s = (struct standing){0};
		memcpy(s->account, account, KR_ID_BYTES);
	}
	return s;
}

bool double_may_read(struct relay_double *relay, struct double_topic *topic,
	const uint8_t account[KR_ID_BYTES])
{
	struct kr_topic community;
	const struct standing *s;

	switch (topic->name.kind) {
	case KR_TOPIC_ACCOUNT:
		return memcmp(topic->name.id, account, KR_ID_BYTES) == 0;
	case KR_TOPIC_CASE:
	case KR_TOPIC_NOTES:
		return double_may_read_case(relay, topic, account);
	default:
		break;
	}
	s = double_standing(topic, account);
	if (s == NULL || !s->is_in) {
		return false;
	}
	if (topic->name.kind != KR_TOPIC_GROUP) {
		return true;
	}
	community = kr_topic(KR_TOPIC_COMMUNITY, topic->community);
	s = double_standing(double_topic(relay, &community), account);
	return s != NULL && s->is_in;
}

struct stored *double_append(struct relay_double *relay, const struct kr_topic *name,
	enum kr_event_type type, const uint8_t *author,
	const uint8_t id[KR_EVENT_ID_BYTES], const struct kr_event_head *head,
	struct kr_view body)
{
	struct double_topic *topic = double_topic_make(relay, name);
	struct stored *stored = must(calloc(1, sizeof(*stored)));
	struct kr_writer w;
	enum kr_err err;

	kr_writer_init(&w);
	err = kr_event_head_write(&w, type, head);
	assert(err == KR_OK);
	copy(&stored->head, kr_writer_view(&w));
	kr_writer_free(&w);
	copy(&stored->body, body);
	topic->rev += kr_event_info(type)->counts;
	stored->event = (struct kr_event){
		.topic = *name,
		.seq = ++topic->seq,
		.rev = topic->rev,
		.type = (uint16_t)type,
		.time_ms = relay->now_ms,
		.head = kr_view_bytes(&stored->head),
		.body = kr_view_bytes(&stored->body),
	};
	memcpy(stored->event.id, id, KR_EVENT_ID_BYTES);
	if (author != NULL) {
		memcpy(stored->author, author, KR_ID_BYTES);
		stored->event.author = kr_view(stored->author, KR_ID_BYTES);
	}
	kr_event_hash(topic->hash, topic->hash, &stored->event);
	memcpy(stored->hash, topic->hash, sizeof(stored->hash));
	topic->events =
		must(realloc(topic->events, topic->seq * sizeof(struct stored *)));
	topic->events[topic->seq - 1] = stored;
	(void)err;
	return stored;
}

void relay_double_append(struct relay_double *relay, const struct kr_topic *topic,
	enum kr_event_type type, const uint8_t *author, const struct kr_event_head *head,
	struct kr_view body)
{
	uint8_t id[KR_EVENT_ID_BYTES];
	enum kr_err err = kr_random_fill(&kr_random_system, id, sizeof(id));

	assert(err == KR_OK);
	(void)err;
	double_append(relay, topic, type, author, id, head, body);
}

void relay_double_trim(
	struct relay_double *relay, const struct kr_topic *topic, uint64_t seq)
{
	double_topic(relay, topic)->trimmed_seq = seq;
}

static void stored_free(struct stored *stored)
{
	kr_bytes_free(&stored->head);
	kr_bytes_free(&stored->body);
	free(stored);
}

void relay_double_restore(
	struct relay_double *relay, const struct kr_topic *name, uint64_t seq)
{
	struct double_topic *topic = double_topic(relay, name);

	assert(topic != NULL && seq > 0 && seq <= topic->seq);
	while (topic->seq > seq) {
		stored_free(topic->events[--topic->seq]);
	}
	topic->rev = topic->events[seq - 1]->event.rev;
	memcpy(topic->hash, topic->events[seq - 1]->hash, sizeof(topic->hash));
	relay->incarnation[0]++;
}

uint64_t relay_double_num(const struct relay_double *relay, const struct kr_topic *name)
{
	struct double_topic *topic = double_topic((struct relay_double *)relay, name);

	return topic == NULL ? 0 : topic->seq;
}

const struct kr_event *relay_double_event(
	const struct relay_double *relay, const struct kr_topic *name, uint64_t seq)
{
	struct double_topic *topic = double_topic((struct relay_double *)relay, name);

	return topic == NULL || seq == 0 || seq > topic->seq
		? NULL
		: &topic->events[seq - 1]->event;
}

void relay_double_hash(const struct relay_double *relay, const struct kr_topic *name,
	uint64_t seq, uint8_t hash[KR_SHA256_BYTES])
{
	struct double_topic *topic = double_topic((struct relay_double *)relay, name);

	assert(topic != NULL && seq > 0 && seq <= topic->seq);
	memcpy(hash, topic->events[seq - 1]->hash, KR_SHA256_BYTES);
}

uint64_t relay_double_epoch(
	const struct relay_double *relay, const uint8_t group[KR_ID_BYTES])
{
	struct kr_topic name = kr_topic(KR_TOPIC_GROUP, group);
	struct double_topic *topic = double_topic((struct relay_double *)relay, &name);

	return topic == NULL ? 0 : topic->epoch;
}

/* ---- The relay --------------------------------------------------------------------- */

struct relay_double *relay_double_new(void)
{
	struct relay_double *relay = must(calloc(1, sizeof(*relay)));
	const struct kr_secret seed = {{'r', 'e', 'l', 'a', 'y'}};

	relay->now_ms = 1;
	memset(relay->incarnation, 0x11, sizeof(relay->incarnation));
	kr_ed25519_from_seed(&relay->key, &seed);
	return relay;
}

static void topic_free(struct double_topic *topic)
{
	for (uint64_t i = 0; i < topic->seq; i++) {
		stored_free(topic->events[i]);
	}
	for (size_t i = 0; i < topic->num_packages; i++) {
		kr_bytes_free(&topic->packages[i].bytes);
	}
	free(topic->packages);
	free(topic->events);
	free(topic->members);
	free(topic);
}

void relay_double_free(struct relay_double *relay)
{
	if (relay == NULL) {
		return;
	}
	for (size_t i = 0; i < relay->num_conns; i++) {
		relay_double_disconnect(relay, (int)i);
	}
	for (size_t i = 0; i < relay->num_topics; i++) {
		topic_free(relay->topics[i]);
	}
	while (relay->answered != NULL) {
		struct answered *next = relay->answered->next;

		kr_bytes_free(&relay->answered->package);
		free(relay->answered);
		relay->answered = next;
	}
	while (relay->told != NULL) {
		struct told *next = relay->told->next;

		free(relay->told);
		relay->told = next;
	}
	free(relay);
}

void relay_double_lie(struct relay_double *relay, const struct relay_lie *lie)
{
	relay->lie = *lie;
}

void relay_double_set_time(struct relay_double *relay, uint64_t now_ms)
{
	relay->now_ms = now_ms;
	double_clocks(relay);
}

/* ---- Connections ------------------------------------------------------------------- */

void double_send(struct relay_double *relay, int conn, struct kr_writer *w, bool is_text)
{
	struct double_conn *c = &relay->conns[conn];
	struct queued *queued = must(calloc(1, sizeof(*queued)));
	enum kr_err err = kr_writer_finish(w, &queued->message);

	assert(err == KR_OK);
	(void)err;
	queued->is_text = is_text;
	*c->last = queued;
	c->last = &queued->next;
}

int relay_double_connect(struct relay_double *relay)
{
	uint8_t challenge[KR_CHALLENGE_BYTES] = {7};
	struct kr_writer w;
	struct kr_json j;
	size_t conn = 0;

	while (conn < relay->num_conns && relay->conns[conn].is_open) {
		conn++;
	}
	assert(conn < MAX_CONNS);
	relay->num_conns = conn < relay->num_conns ? relay->num_conns : conn + 1;
	relay->conns[conn] = (struct double_conn){.is_open = true};
	relay->conns[conn].last = &relay->conns[conn].first;
	kr_writer_init(&w);
	kr_json_begin(&j, &w);
	kr_json_str(&j, "verb", "hello");
	kr_json_str(&j, "relay",
		relay->lie.name != NULL ? relay->lie.name : RELAY_DOUBLE_NAME);
	kr_json_bytes(&j, "incarnation",
		kr_view(relay->incarnation, sizeof(relay->incarnation)));
	kr_json_bytes(&j, "challenge", kr_view(challenge, sizeof(challenge)));
	kr_json_bytes(&j, "relay_key",
		kr_view(relay->key.public_key, sizeof(relay->key.public_key)));
	kr_json_u64(&j, "time", relay->now_ms);
	kr_json_end(&j);
	double_send(relay, (int)conn, &w, true);
	return (int)conn;
}

void relay_double_disconnect(struct relay_double *relay, int conn)
{
	struct double_conn *c = &relay->conns[conn];

	while (c->first != NULL) {
		struct queued *next = c->first->next;

		kr_bytes_free(&c->first->message);
		free(c->first);
		c->first = next;
	}
	*c = (struct double_conn){0};
}

void double_end(struct relay_double *relay, const struct kr_topic *topic,
	const uint8_t account[KR_ID_BYTES])
{
	for (size_t i = 0; i < relay->num_conns; i++) {
		struct double_conn *c = &relay->conns[i];

		for (size_t k = 0; c->is_open && k < c->num_subs; k++) {
			struct kr_writer w;
			struct kr_json j;

			if (!kr_topic_equal(&c->subs[k].topic, topic) ||
				memcmp(c->account, account, KR_ID_BYTES) != 0) {
				continue;
			}
			c->subs[k] = c->subs[--c->num_subs];
			kr_writer_init(&w);
			kr_json_begin(&j, &w);
			kr_json_str(&j, "verb", "ended");
			kr_json_topic(&j, "topic", topic);
			kr_json_str(&j, "error", "forbidden");
			kr_json_end(&j);
			double_send(relay, (int)i, &w, true);
			break;
		}
	}
}

static bool is_subscribed(const struct double_conn *c, const struct kr_topic *topic)
{
	for (size_t k = 0; k < c->num_subs; k++) {
		if (kr_topic_equal(&c->subs[k].topic, topic)) {
			return true;
		}
	}
	return false;
}

void double_begin(struct relay_double *relay, const struct kr_topic *topic,
	const uint8_t account[KR_ID_BYTES])
{
	for (size_t i = 0; i < relay->num_conns; i++) {
		struct double_conn *c = &relay->conns[i];
		struct kr_writer w;
		struct kr_json j;

		if (!c->is_open || !c->is_authenticated || is_subscribed(c, topic) ||
			memcmp(c->account, account, KR_ID_BYTES) != 0) {
			continue;
		}
		kr_writer_init(&w);
		kr_json_begin(&j, &w);
		kr_json_str(&j, "verb", "begun");
		kr_json_topic(&j, "topic", topic);
		kr_json_end(&j);
		double_send(relay, (int)i, &w, true);
	}
}

static struct told *told_of(
	const struct relay_double *relay, int conn, const struct kr_topic *topic)
{
	struct told *told = relay->told;

	while (told != NULL &&
		(!kr_topic_equal(&told->topic, topic) ||
			memcmp(told->account, relay->conns[conn].account, KR_ID_BYTES) !=
				0)) {
		told = told->next;
	}
	return told;
}

/* Up to here it was the truth. */
static struct told *told_begin(struct relay_double *relay, int conn,
	const struct double_topic *topic, uint64_t seq)
{
	struct told *told = must(calloc(1, sizeof(*told)));

	memcpy(told->account, relay->conns[conn].account, sizeof(told->account));
	told->topic = topic->name;
	if (seq > 1) {
		told->seq = seq - 1;
		told->rev = topic->events[seq - 2]->event.rev;
		memcpy(told->hash, topic->events[seq - 2]->hash, sizeof(told->hash));
	}
	told->next = relay->told;
	relay->told = told;
	return told;
}

uint64_t double_true_seq(const struct relay_double *relay, int conn,
	const struct kr_topic *topic, uint64_t after)
{
	const struct told *told = told_of(relay, conn, topic);

	return told != NULL && told->seq == after ? told->true_seq : after;
}

void double_deliver(struct relay_double *relay, int conn,
	const struct double_topic *topic, uint64_t seq)
{
	const struct stored *stored = topic->events[seq - 1];
	struct kr_event event = stored->event;
	struct told *told = told_of(relay, conn, &topic->name);
	uint8_t hash[KR_SHA256_BYTES];
	enum relay_delivery how = relay->lie.deliver == NULL
		? RELAY_TRUE
		: relay->lie.deliver(relay->lie.ctx, conn, &event);

	memcpy(hash, stored->hash, sizeof(hash));
	if (told == NULL && how != RELAY_TRUE) {
		told = told_begin(relay, conn, topic, seq);
	}
	if (how == RELAY_AGAIN) {
		event.seq = told->seq + 1;
		event.rev = told->rev + kr_event_info(event.type)->counts;
		kr_event_hash(hash, told->hash, &event);
	}
	if (told != NULL) {
		told->true_seq = seq;
	}
	if (told != NULL && how != RELAY_DROP) {
		told->seq = event.seq;
		told->rev = event.rev;
		memcpy(told->hash, hash, sizeof(told->hash));
	}
	for (int i = how == RELAY_DROP ? 2 : how == RELAY_TWICE ? 0 : 1; i < 2; i++) {
		struct kr_writer w;

		kr_writer_init(&w);
		kr_event_message(&w, &event, hash);
		double_send(relay, conn, &w, false);
	}
}

static void fan_out(struct relay_double *relay, int conn)
{
	struct double_conn *c = &relay->conns[conn];

	for (size_t k = 0; k < c->num_subs; k++) {
		struct double_topic *topic = double_topic(relay, &c->subs[k].topic);

		while (topic != NULL && c->subs[k].next_seq <= topic->seq) {
			double_deliver(relay, conn, topic, c->subs[k].next_seq++);
		}
	}
}

bool relay_double_next(
	struct relay_double *relay, int conn, struct kr_bytes *message, bool *is_text)
{
	struct double_conn *c = &relay->conns[conn];
	struct queued *queued;

	if (!c->is_open) {
		return false;
	}
	fan_out(relay, conn);
	queued = c->first;
	if (queued == NULL) {
		return false;
	}
	c->first = queued->next;
	if (c->first == NULL) {
		c->last = &c->first;
	}
	*message = queued->message;
	*is_text = queued->is_text;
	free(queued);
	return true;
}

/* ---- Requests ---------------------------------------------------------------------- */

void double_begin_answer(struct kr_json *j, struct kr_writer *w, uint64_t id)
{
	kr_writer_init(w);
	kr_json_begin(j, w);
	kr_json_u64(j, "re", id);
}

void double_answer_error(struct double_call *call, const char *code, enum kr_retry retry)
{
	const struct double_topic *place = call->place;
	struct kr_writer w;
	struct kr_json j;

	double_begin_answer(&j, &w, call->request->id);
	kr_json_str(&j, "error", code);
	kr_json_str(&j, "text", "");
	kr_json_str(&j, "retry", kr_retry_name(retry));
	if (place != NULL) {
		kr_json_u64(&j, "seq", place->seq);
		kr_json_u64(&j, "rev", place->rev);
		kr_json_bytes(&j, "hash", kr_view(place->hash, sizeof(place->hash)));
	}
	if (place != NULL && call->tells_epoch) {
		kr_json_u64(&j, "epoch", place->epoch);
	}
	kr_json_end(&j);
	double_send(call->relay, call->conn, &w, true);
}

static void answer_place(struct double_call *call, const struct answered *a)
{
	bool has_package = a->package.len > 0;
	struct kr_writer w;
	struct kr_json j;
	size_t begin = 0;

	kr_writer_init(&w);
	if (has_package) {
		begin = kr_message_begin(&w);
	}
	kr_json_begin(&j, &w);
	kr_json_u64(&j, "re", call->request->id);
	kr_json_bool(&j, "ok", true);
	if (has_package) {
		kr_json_bytes(&j, "device", kr_view(a->device, sizeof(a->device)));
		kr_json_bool(&j, "last_resort", a->is_last_resort);
	} else {
		kr_json_topic(&j, "topic", &a->topic);
		kr_json_u64(&j, "seq", a->seq);
		kr_json_u64(&j, "rev", a->rev);
		kr_json_bytes(&j, "hash", kr_view(a->hash, sizeof(a->hash)));
	}
	kr_json_end(&j);
	if (has_package) {
		struct kr_view package = kr_view_bytes(&a->package);

		if (call->relay->lie.key_package != NULL) {
			package = call->relay->lie.key_package(
				call->relay->lie.ctx, call->request->account, package);
		}
		kr_message_end(&w, begin, package);
	}
	double_send(call->relay, call->conn, &w, !has_package);
}

static struct answered *find_answered(struct double_call *call)
{
	struct answered *a = call->relay->answered;

	while (a != NULL &&
		(memcmp(a->account, call->relay->conns[call->conn].account,
			 KR_ID_BYTES) != 0 ||
			memcmp(a->event, call->request->event, sizeof(a->event)) != 0)) {
		a = a->next;
	}
	return a;
}

static void append_request(struct double_call *call)
{
	struct answered *a = find_answered(call);
	uint8_t hash[KR_SHA256_BYTES];
	const char *refused = call->relay->lie.refuse == NULL
		? NULL
		: call->relay->lie.refuse(
			  call->relay->lie.ctx, call->conn, call->request);
	enum kr_err err;

	kr_sha256(hash, call->request->body);
	if (a != NULL && memcmp(a->request, hash, sizeof(hash)) != 0) {
		double_answer_error(call, "id_reused", KR_RETRY_NEVER);
		return;
	}
	if (a == NULL && refused != NULL) {
		double_answer_error(call, refused, KR_RETRY_NEVER);
		return;
	}
	if (a == NULL) {
		err = double_do(call);
		if (err != KR_OK) {
			const struct kr_wire_error *wire = kr_wire_error(err);

			double_answer_error(call, wire->code, wire->retry);
			return;
		}
		a = find_answered(call);
		assert(a != NULL);
		memcpy(a->request, hash, sizeof(hash));
	}
	answer_place(call, a);
}

static void answer_ok(struct double_call *call)
{
	struct kr_writer w;
	struct kr_json j;

	double_begin_answer(&j, &w, call->request->id);
	kr_json_bool(&j, "ok", true);
	kr_json_end(&j);
	double_send(call->relay, call->conn, &w, true);
}

static bool answer_falsely(struct double_call *call)
{
	const struct relay_lie *lie = &call->relay->lie;
	const char *fields =
		lie->answer == NULL ? NULL : lie->answer(lie->ctx, call->request);
	struct kr_writer w;
	char re[32];

	if (fields == NULL) {
		return false;
	}
	(void)snprintf(
		re, sizeof(re), "{\"re\":%llu,", (unsigned long long)call->request->id);
	kr_writer_init(&w);
	kr_write_fixed(&w, kr_view_str(re));
	kr_write_fixed(&w, kr_view_str(fields));
	kr_write_fixed(&w, kr_view_str("}"));
	double_send(call->relay, call->conn, &w, true);
	return true;
}

void relay_double_take(
	struct relay_double *relay, int conn, struct kr_view message, bool is_text)
{
	struct double_conn *c = &relay->conns[conn];
	struct kr_request request;
	struct double_call call = {.relay = relay, .conn = conn, .request = &request};
	const char *fault;
	enum kr_err err = kr_request_read(&request, &fault, message, is_text);

	if (err != KR_OK) {
		double_answer_error(&call, kr_wire_error(err)->code, KR_RETRY_NEVER);
		return;
	}
	if (relay->lie.is_mute) {
		return;
	}
	call.topic = double_topic(relay, &request.topic);
	switch (request.verb) {
	case KR_VERB_AUTH:
		c->is_authenticated = true;
		memcpy(c->account, request.account, sizeof(c->account));
		memcpy(c->key, request.key, sizeof(c->key));
		answer_ok(&call);
		break;
	case KR_VERB_PING:
	case KR_VERB_TOPIC_UNSUBSCRIBE:
		answer_ok(&call);
		break;
	case KR_VERB_CASE_OPEN:
		c->has_case = true;
		memcpy(c->case_id, request.topic.id, sizeof(c->case_id));
		answer_ok(&call);
		break;
	default:
		if (relay->lie.is_busy != NULL &&
			relay->lie.is_busy(relay->lie.ctx, conn, &request)) {
			double_answer_error(&call, "busy", KR_RETRY_LATER);
		} else if (!answer_falsely(&call) && !double_read(&call)) {
			append_request(&call);
		}
		break;
	}
}
