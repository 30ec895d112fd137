/* Inboxes, cases and their clocks: PROTOCOL.md §4a. What decides is the state machine
 * that the relay itself uses. */
#include "tests/unit/core/relay_double_state.h"

#include <assert.h>
#include <string.h>

static const uint8_t nobody[KR_ID_BYTES];

static struct kr_view id_view(const uint8_t *id)
{
	return kr_view(id, KR_ID_BYTES);
}

/* The account behind the request; NULL: a reporter's connection. */
static const uint8_t *author(const struct double_call *call)
{
	const struct double_conn *c = &call->relay->conns[call->conn];

	return c->is_authenticated ? c->account : NULL;
}

/* ---- Inboxes ----------------------------------------------------------------------- */

bool double_record(const struct relay_double *relay, const uint8_t inbox[KR_ID_BYTES],
	struct kr_inbox_record *record)
{
	struct kr_topic name = kr_topic(KR_TOPIC_INBOX, inbox);
	uint64_t seq = relay_double_num(relay, &name);

	for (; seq > 0; seq--) {
		const struct kr_event *event = relay_double_event(relay, &name, seq);

		if (event->type == KR_EVENT_INBOX_SET) {
			return kr_inbox_record_read(record, event->body) == KR_OK;
		}
	}
	return false;
}

void relay_double_inbox(const struct relay_double *relay,
	const uint8_t inbox[KR_ID_BYTES], struct kr_inbox_record *record)
{
	bool found = double_record(relay, inbox, record);

	assert(found);
	(void)found;
}

static bool is_in_team(const struct relay_double *relay, const uint8_t inbox[KR_ID_BYTES],
	const uint8_t account[KR_ID_BYTES])
{
	struct kr_topic name = kr_topic(KR_TOPIC_INBOX, inbox);
	const struct standing *s = double_standing(
		double_topic((struct relay_double *)(uintptr_t)relay, &name), account);

	return s != NULL && s->is_in;
}

/* The whole team; whoever is not in it is out with this append. */
static void set_team(struct double_call *call, const struct kr_inbox_record *record)
{
	struct double_topic *topic = call->topic;

	for (size_t i = 0; i < topic->num_members; i++) {
		topic->members[i].is_in = false;
		topic->members[i].is_admin = false;
	}
	for (size_t i = 0; i < record->num_team; i++) {
		struct standing *s = double_standing_make(topic, record->team[i].account);

		s->is_in = true;
		s->is_admin = s->is_admin || record->team[i].administrator;
		double_begin(call->relay, &topic->name, record->team[i].account);
	}
	for (size_t i = 0; i < topic->num_members; i++) {
		if (!topic->members[i].is_in) {
			double_end(call->relay, &topic->name, topic->members[i].account);
		}
	}
}

static void append_record(struct double_call *call, const struct kr_topic *name,
	const struct kr_inbox_record *record, const uint8_t grant[KR_SHA256_BYTES])
{
	uint8_t team[KR_INBOX_TEAM_MAX][KR_ID_BYTES];
	uint8_t heads[KR_INBOX_TEAM_MAX][KR_ID_BYTES];
	size_t num_team = kr_inbox_accounts(record, false, team);
	size_t num_heads = kr_inbox_accounts(record, true, heads);
	const struct kr_event_head head = {
		.key = id_view(record->identity_key),
		.hash = id_view(grant),
		.added = kr_view(team, num_team * KR_ID_BYTES),
		.admins_added = kr_view(heads, num_heads * KR_ID_BYTES),
	};

	double_remember(call,
		double_append(call->relay, name, KR_EVENT_INBOX_SET, author(call),
			call->request->event, &head, call->request->body),
		kr_view(NULL, 0));
	call->topic = double_topic(call->relay, name);
	set_team(call, record);
}

static enum kr_err do_create(struct double_call *call)
{
	struct kr_inbox_record record;
	uint8_t grant[KR_SHA256_BYTES];
	uint8_t id[KR_ID_BYTES];
	struct kr_topic name;

	if (kr_inbox_record_read(&record, call->request->body) != KR_OK ||
		memcmp(record.relay_key, call->relay->key.public_key,
			sizeof(record.relay_key)) != 0) {
		return KR_ERR_RECORD;
	}
	kr_inbox_id(id, record.identity_key);
	kr_sha256(grant, kr_view(call->request->grant, KR_GRANT_BYTES));
	name = kr_topic(KR_TOPIC_INBOX, id);
	if (double_topic(call->relay, &name) != NULL) {
		return KR_ERR_EXISTS;
	}
	append_record(call, &name, &record, grant);
	return KR_OK;
}

static const struct kr_event *latest_record(const struct double_topic *topic)
{
	uint64_t seq = topic->seq;

	while (topic->events[seq - 1]->event.type != KR_EVENT_INBOX_SET) {
		seq--;
	}
	return &topic->events[seq - 1]->event;
}

/* With a signature it is a recovery key's: which one is tried out. */
static bool recovery_fits(const struct double_call *call,
	const struct kr_inbox_record *record, const struct kr_inbox_record *before)
{
	const struct kr_request *request = call->request;
	const uint64_t now_ms = call->relay->now_ms;
	KR_AUTO_WRITER struct kr_writer tbs = {0};
	const uint8_t *signers[2];
	size_t num = kr_inbox_recovery_signers(before, now_ms, signers);

	if (!(request->fields & KR_R(SIG))) {
		return kr_inbox_recovery_kept(record, before, now_ms);
	}
	kr_writer_init(&tbs);
	kr_inbox_recovery_tbs(&tbs, kr_view_str(RELAY_DOUBLE_NAME), request->topic.id,
		author(call), request->body);
	for (size_t i = 0; i < num; i++) {
		if (kr_ed25519_verify(kr_view(request->sig, sizeof(request->sig)),
			    signers[i], kr_writer_view(&tbs)) == KR_OK) {
			return kr_inbox_recovery_used(record, before, signers[i], now_ms);
		}
	}
	return false;
}

static enum kr_err do_update(struct double_call *call)
{
	const struct kr_event *event = latest_record(call->topic);
	const struct kr_topic name = call->topic->name;
	struct kr_inbox_record before;
	struct kr_inbox_record record;

	if (kr_inbox_record_read(&before, event->body) != KR_OK ||
		kr_inbox_record_read(&record, call->request->body) != KR_OK ||
		kr_inbox_record_follows(&record, &before, event->body) != KR_OK ||
		!recovery_fits(call, &record, &before)) {
		return KR_ERR_RECORD;
	}
	append_record(call, &name, &record, nobody);
	return KR_OK;
}

enum kr_err double_do_inbox(struct double_call *call)
{
	const struct kr_event_head none = {0};
	const struct standing *s = double_standing(call->topic, author(call));
	bool is_update = call->request->verb == KR_VERB_INBOX_UPDATE;
	bool is_recovery = is_update && (call->request->fields & KR_R(SIG)) != 0;

	if (call->request->verb == KR_VERB_INBOX_CREATE) {
		return do_create(call);
	}
	if (call->topic == NULL || call->topic->name.kind != KR_TOPIC_INBOX ||
		(!is_recovery &&
			(s == NULL || !s->is_in || (is_update && !s->is_admin)))) {
		return KR_ERR_FORBIDDEN;
	}
	if (is_update) {
		return do_update(call);
	}
	double_remember(call,
		double_append(call->relay, &call->topic->name, KR_EVENT_INBOX_NOTICE,
			author(call), call->request->event, &none, call->request->body),
		kr_view(NULL, 0));
	return KR_OK;
}

/* ---- Cases ------------------------------------------------------------------------- */

const struct kr_case_state *relay_double_case(
	const struct relay_double *relay, const uint8_t case_id[KR_ID_BYTES])
{
	struct kr_topic name = kr_topic(KR_TOPIC_CASE, case_id);
	const struct double_topic *topic =
		double_topic((struct relay_double *)(uintptr_t)relay, &name);

	assert(topic != NULL);
	return &topic->state;
}

static bool reads(const struct kr_case_state *state, const uint8_t *inbox)
{
	const struct kr_case_party *party = kr_case_party(state, inbox);

	return party != NULL && kr_case_may_read(party);
}

bool double_may_read_case(const struct relay_double *relay,
	const struct double_topic *topic, const uint8_t account[KR_ID_BYTES])
{
	if (topic->name.kind == KR_TOPIC_NOTES) {
		return is_in_team(relay, topic->inbox, account);
	}
	for (size_t i = 0; i < topic->state.num_parties; i++) {
		const struct kr_case_party *party = &topic->state.parties[i];

		if (kr_case_may_read(party) && is_in_team(relay, party->inbox, account)) {
			return true;
		}
	}
	return false;
}

static void hint(struct relay_double *relay, const struct stored *stored,
	const uint8_t *inbox, const uint8_t *case_id, uint64_t count)
{
	struct kr_topic name = kr_topic(KR_TOPIC_INBOX, inbox);
	const struct kr_event_head head = {
		.count = (uint32_t)count,
		.case_id = id_view(case_id),
	};

	double_append(relay, &name, KR_EVENT_CASE_EVENT,
		stored->event.author.len > 0 ? stored->author : NULL, stored->event.id,
		&head, kr_view(NULL, 0));
}

/* An event of a case, its wraps, a word to each inbox that may read it; and what the case
 * is from now on. */
static struct stored *append_step(struct relay_double *relay, const uint8_t *account,
	const uint8_t id[KR_EVENT_ID_BYTES], const struct kr_topic *name,
	const struct kr_case_act *act, const struct kr_event_head *head,
	struct kr_view body, struct kr_view wraps)
{
	const struct kr_event_head none = {0};
	struct kr_topic keys = kr_topic(KR_TOPIC_WRAPS, name->id);
	struct stored *stored =
		double_append(relay, name, act->type, account, id, head, body);
	struct double_topic *topic = double_topic(relay, name);
	struct kr_case_state before = topic->state;
	enum kr_err err = kr_case_apply(&topic->state, act);

	assert(err == KR_OK);
	(void)err;
	double_append(relay, &keys, KR_EVENT_WRAPS, account, id, &none, wraps);
	for (size_t i = 0; i < topic->state.num_parties; i++) {
		const uint8_t *inbox = topic->state.parties[i].inbox;

		if (reads(&before, inbox) || reads(&topic->state, inbox)) {
			hint(relay, stored, inbox, name->id, topic->seq);
		}
	}
	if (topic->state.phase == KR_CASE_ERASED) {
		topic->trimmed_seq = topic->seq - 1;
	}
	return stored;
}

static void fill_act(struct kr_case_act *act, const struct kr_case_event *e)
{
	*act = (struct kr_case_act){
		.type = (enum kr_event_type)e->type,
		.actor = kr_is_zero(e->by, KR_ID_BYTES) ? KR_ACTOR_REPORTER
							: KR_ACTOR_INBOX,
		.by = e->by,
		.inbox = e->inbox,
		.fallback = e->fallback,
		.key = e->signer,
		.urgency = e->urgency,
	};
}

/* Is it for this inbox to do, by this connection? */
static enum kr_err check_author(struct double_call *call, const struct kr_case_event *e)
{
	const struct double_conn *c = &call->relay->conns[call->conn];
	const struct kr_inbox_member *member;
	struct kr_inbox_record record;

	if (kr_is_zero(e->by, KR_ID_BYTES)) {
		return e->type == KR_EVENT_SUBMITTED ||
				(c->has_case && call->topic != NULL &&
					memcmp(c->case_id, e->case_id, KR_ID_BYTES) ==
						0 &&
					memcmp(e->signer, call->topic->state.reporter_key,
						sizeof(e->signer)) == 0)
			? KR_OK
			: KR_ERR_FORBIDDEN;
	}
	member = double_record(call->relay, e->by, &record)
		? kr_inbox_member(&record, e->signer)
		: NULL;
	if (member == NULL || author(call) == NULL ||
		memcmp(member->account, author(call), KR_ID_BYTES) != 0) {
		return KR_ERR_FORBIDDEN;
	}
	return e->by_number == record.number ? KR_OK : KR_ERR_STATE;
}

static enum kr_err check_seen(struct double_call *call, const struct kr_case_event *e,
	struct double_topic *topic)
{
	static const uint8_t zero[KR_SHA256_BYTES];
	uint64_t seq = topic == NULL ? 0 : topic->seq;

	if (e->seen_seq == seq &&
		memcmp(e->seen_hash, topic == NULL ? zero : topic->hash,
			sizeof(e->seen_hash)) == 0) {
		return KR_OK;
	}
	if (call->relay->lie.takes_forks) {
		return KR_OK;
	}
	call->place = topic;
	return KR_ERR_REV_PAST;
}

static enum kr_err set_clock(struct double_call *call, const struct kr_case_state *before,
	struct kr_case_act *act, uint64_t date_ms)
{
	const uint8_t *inbox = kr_case_clock_inbox(before, act);
	struct kr_inbox_record record;
	enum kr_err err;

	if (!double_record(call->relay, inbox, &record)) {
		return KR_ERR_NOT_FOUND;
	}
	err = kr_case_clock(
		&act->until_ms, before, act, &record, date_ms, call->relay->now_ms);
	act->until_ms += (uint64_t)call->relay->lie.until_off_ms;
	return err;
}

static enum kr_err do_append(struct double_call *call)
{
	const struct kr_request *request = call->request;
	struct kr_case_state none = {0};
	const struct kr_case_state *before =
		call->topic == NULL ? &none : &call->topic->state;
	struct kr_view body = request->body;
	struct kr_case_state after = *before;
	struct kr_event_head head;
	struct kr_case_event e;
	struct kr_case_act act;
	struct kr_view wraps;
	enum kr_err err;

	if (request->wraps_len > body.len) {
		return KR_ERR_RECORD;
	}
	body.len -= (size_t)request->wraps_len;
	wraps = kr_view(body.data + body.len, (size_t)request->wraps_len);
	if (kr_case_event_read(&e, body) != KR_OK ||
		kr_case_wraps_check(&e, wraps) != KR_OK ||
		memcmp(e.case_id, request->topic.id, sizeof(e.case_id)) != 0) {
		return KR_ERR_RECORD;
	}
	fill_act(&act, &e);
	if ((err = check_author(call, &e)) || (err = check_seen(call, &e, call->topic)) ||
		(err = kr_case_apply(&after, &act)) ||
		(err = kr_case_recipients_check(before, &act, &e)) ||
		(err = set_clock(call, before, &act, e.date_ms))) {
		return err;
	}
	head = (struct kr_event_head){.key = id_view(e.signer),
		.until_ms = act.until_ms,
		.by = id_view(e.by),
		.inbox = id_view(e.inbox),
		.fallback = id_view(e.fallback),
		.urgency = e.urgency};
	double_remember(call,
		append_step(call->relay, author(call), request->event, &request->topic,
			&act, &head, body, wraps),
		kr_view(NULL, 0));
	return KR_OK;
}

static enum kr_err do_note(struct double_call *call)
{
	const struct kr_request *request = call->request;
	struct kr_reader r = kr_reader(request->body);
	const struct kr_event_head head = {
		.case_id = id_view(request->topic.id), .inbox = id_view(request->inbox)};
	uint8_t id[KR_ID_BYTES];
	struct kr_case_event e;
	struct kr_topic name;
	struct kr_view bytes;
	struct kr_view wraps;
	struct stored *stored;
	enum kr_err err;

	kr_notes_id(id, request->topic.id, request->inbox);
	name = kr_topic(KR_TOPIC_NOTES, id);
	if (kr_read_vec(&r, &bytes) != KR_OK || kr_read_vec(&r, &wraps) != KR_OK ||
		kr_case_event_read(&e, bytes) != KR_OK ||
		kr_case_wraps_check(&e, wraps) != KR_OK || e.type != KR_EVENT_NOTE) {
		return KR_ERR_RECORD;
	}
	if (call->topic == NULL || !reads(&call->topic->state, request->inbox)) {
		return KR_ERR_FORBIDDEN;
	}
	if ((err = check_author(call, &e)) ||
		(err = check_seen(call, &e, double_topic(call->relay, &name)))) {
		return err;
	}
	stored = double_append(call->relay, &name, KR_EVENT_NOTE, author(call),
		request->event, &head, request->body);
	memcpy(double_topic(call->relay, &name)->inbox, request->inbox, KR_ID_BYTES);
	hint(call->relay, stored, request->inbox, request->topic.id, call->topic->seq);
	double_remember(call, stored, kr_view(NULL, 0));
	return KR_OK;
}

enum kr_err double_do_case(struct double_call *call)
{
	struct double_conn *c = &call->relay->conns[call->conn];

	if (call->request->verb == KR_VERB_CASE_NOTE) {
		return do_note(call);
	}
	if (call->request->verb == KR_VERB_CASE_APPEND) {
		return call->topic == NULL ? KR_ERR_FORBIDDEN : do_append(call);
	}
	if (call->request->verb != KR_VERB_CASE_SUBMIT || c->is_authenticated) {
		return KR_ERR_NAMED;
	}
	if (call->topic != NULL) {
		return KR_ERR_EXISTS;
	}
	c->has_case = true;
	memcpy(c->case_id, call->request->topic.id, sizeof(c->case_id));
	return do_append(call);
}

/* ---- Clocks ------------------------------------------------------------------------ */

/* The relay's word that the present clock has run out. */
static void say(struct relay_double *relay, const struct double_topic *topic)
{
	struct kr_case_state before = topic->state;
	const struct kr_case_party *waiting = kr_case_fallback(&before);
	struct kr_topic name = topic->name;
	struct double_call call = {.relay = relay};
	struct kr_case_act act = {.actor = KR_ACTOR_RELAY, .by = nobody, .inbox = nobody};
	uint8_t space[KR_RELAY_WORD_MAX];
	struct kr_relay_word word = {
		.relay = kr_view_str(RELAY_DOUBLE_NAME),
		.seq = topic->seq,
		.time_ms = relay->now_ms,
	};
	struct kr_event_head head;
	struct kr_writer w;
	enum kr_err err = KR_OK;

	if (before.phase == KR_CASE_CLOSED) {
		act.type = KR_EVENT_EXPIRED;
		word.kind = KR_RELAY_EXPIRED;
	} else {
		act.type = KR_EVENT_OVERDUE;
		word.kind = KR_RELAY_OVERDUE;
		act.inbox = waiting == NULL ? nobody : waiting->inbox;
		err = set_clock(&call, &before, &act, 0);
	}
	err = err != KR_OK
		? err
		: kr_random_fill(&kr_random_system, word.event, sizeof(word.event));
	assert(err == KR_OK);
	(void)err;
	memcpy(word.case_id, name.id, sizeof(word.case_id));
	memcpy(word.hash, topic->hash, sizeof(word.hash));
	memcpy(word.inbox, act.inbox, sizeof(word.inbox));
	word.until_ms = act.until_ms;
	kr_writer_init_fixed(&w, space, sizeof(space));
	kr_relay_word_write(&w, &word, &relay->key);
	head = (struct kr_event_head){.until_ms = act.until_ms,
		.by = id_view(nobody),
		.inbox = id_view(word.inbox)};
	append_step(relay, NULL, word.event, &name, &act, &head, kr_writer_view(&w),
		kr_view(NULL, 0));
}

void relay_double_overdue(struct relay_double *relay, const uint8_t case_id[KR_ID_BYTES])
{
	struct kr_topic name = kr_topic(KR_TOPIC_CASE, case_id);

	say(relay, double_topic(relay, &name));
}

void double_clocks(struct relay_double *relay)
{
	for (size_t i = 0; i < relay->num_topics && !relay->lie.is_silent; i++) {
		const struct double_topic *topic = relay->topics[i];
		enum kr_case_phase phase = topic->state.phase;

		if ((phase == KR_CASE_NEW || phase == KR_CASE_OPEN ||
			    phase == KR_CASE_CLOSED) &&
			topic->state.until_ms <= relay->now_ms) {
			say(relay, topic);
		}
	}
}
