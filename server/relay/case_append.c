/* What is appended to cases: the signal, every act on it, and notes. PROTOCOL.md §4a says
 * what is checked, in this order. */
#include "server/relay/call.h"

#include <string.h>

/* One event on its way into a case. */
struct step {
	struct kr_case_event event; /* as it was signed */
	struct kr_view bytes;
	struct kr_view wraps;
	struct kr_case_act act;
	struct kr_case_state before;
	struct kr_case_state after;
	struct store_topic position; /* of the case, before */
};

/* ---- What came -------------------------------------------------------------------- */

/* Whatever is wrong with it, to its author it is one thing; under an id that was used it
 * is something else than what was accepted. */
static enum kr_err read_signed(struct call *call, struct kr_case_event *out,
	struct kr_view bytes, struct kr_view wraps)
{
	const struct kr_request *request = call->request;

	if (kr_case_event_read(out, bytes) != KR_OK ||
		memcmp(out->case_id, request->topic.id, sizeof(out->case_id)) != 0 ||
		memcmp(out->event, request->event, sizeof(out->event)) != 0 ||
		kr_case_wraps_check(out, wraps) != KR_OK) {
		return call->is_repeat ? KR_ERR_ID_REUSED : KR_ERR_RECORD;
	}
	return KR_OK;
}

static void fill_act(struct kr_case_act *act, const struct kr_case_event *event)
{
	*act = (struct kr_case_act){
		.type = (enum kr_event_type)event->type,
		.actor = kr_is_zero(event->by, KR_ID_BYTES) ? KR_ACTOR_REPORTER
							    : KR_ACTOR_INBOX,
		.by = event->by,
		.inbox = event->inbox,
		.fallback = event->fallback,
		.key = event->signer,
		.urgency = event->urgency,
	};
}

static enum kr_err read_step(struct call *call, struct step *step)
{
	const struct kr_request *request = call->request;
	size_t wraps_len = (size_t)request->wraps_len;
	enum kr_err err;

	if (request->topic.kind != KR_TOPIC_CASE) {
		call->detail.field = "topic";
		return KR_ERR_FIELD;
	}
	if (wraps_len > request->body.len) {
		call->detail.field = "wraps_len";
		return KR_ERR_FIELD;
	}
	step->bytes = kr_view(request->body.data, request->body.len - wraps_len);
	step->wraps = kr_view(request->body.data + step->bytes.len, wraps_len);
	err = read_signed(call, &step->event, step->bytes, step->wraps);
	if (err == KR_OK) {
		fill_act(&step->act, &step->event);
	}
	return err;
}

/* ---- Who -------------------------------------------------------------------------- */

static enum kr_err check_professional(
	struct call *call, const struct kr_case_event *event)
{
	const struct kr_inbox_member *member;
	struct kr_inbox_record record;
	enum kr_err err = call_inbox(call, &record, event->by);

	if (err != KR_OK) {
		return err == KR_ERR_NOT_FOUND ? KR_ERR_FORBIDDEN : err;
	}
	member = kr_inbox_member(&record, event->signer);
	if (!call->conn->authenticated || member == NULL ||
		memcmp(member->account, call->conn->account, KR_ID_BYTES) != 0) {
		return KR_ERR_FORBIDDEN;
	}
	/* A device that its owner has lost signs for nobody any more. */
	err = device_is_good(call->view, member->account, event->signer);
	if (err != KR_OK) {
		return err == KR_ERR_AUTH_FAILED ? KR_ERR_FORBIDDEN : err;
	}
	return event->by_number == record.number ? KR_OK : KR_ERR_STATE;
}

static enum kr_err check_author(struct call *call, const struct step *step)
{
	const struct kr_case_event *event = &step->event;

	if (step->act.actor == KR_ACTOR_INBOX) {
		return check_professional(call, event);
	}
	return call->conn->case_access == CASE_OPEN &&
			memcmp(event->signer, step->before.reporter_key,
				sizeof(event->signer)) == 0
		? KR_OK
		: KR_ERR_FORBIDDEN;
}

static enum kr_err check_seen(struct call *call, const struct kr_case_event *event,
	const struct store_topic *position)
{
	if (event->seen_seq == position->seq &&
		memcmp(event->seen_hash, position->hash, sizeof(event->seen_hash)) == 0) {
		return KR_OK;
	}
	call->detail.fields |= DETAIL_SEQ | DETAIL_REV | DETAIL_HASH;
	call->detail.seq = position->seq;
	call->detail.rev = position->rev;
	memcpy(call->detail.hash, position->hash, sizeof(call->detail.hash));
	return KR_ERR_REV_PAST;
}

/* ---- Other inboxes ---------------------------------------------------------------- */

/* Somebody is to be let in or to wait: it has to be here, and to stay. */
static enum kr_err check_invited(struct call *call, const uint8_t *inbox)
{
	struct kr_inbox_record record;
	enum kr_err err = call_inbox(call, &record, inbox);

	return err == KR_OK && record.moved ? KR_ERR_STATE : err;
}

/* Nobody waits from here on: then there must be nobody who could. */
static enum kr_err check_no_fallback(struct call *call, const struct step *step)
{
	uint8_t inbox[KR_ID_BYTES];
	struct kr_case_state state = step->before;
	struct kr_case_act act = step->act;
	struct kr_inbox_record record;
	enum kr_err err = call_inbox(call, &record, step->event.by);

	if (err != KR_OK || !record.has_fallback) {
		return err;
	}
	kr_inbox_id(inbox, record.fallback);
	act.fallback = inbox;
	if (memcmp(inbox, step->event.by, sizeof(inbox)) == 0 ||
		kr_case_apply(&state, &act) != KR_OK) {
		return KR_OK;
	}
	err = check_invited(call, inbox);
	return err == KR_OK ? KR_ERR_STATE : err == KR_ERR_STATE ? KR_OK : err;
}

static enum kr_err check_others(struct call *call, const struct step *step)
{
	switch (step->act.type) {
	case KR_EVENT_HANDOVER_OFFERED:
	case KR_EVENT_CONSULTED:
	case KR_EVENT_JOIN_INVITED:
		return check_invited(call, step->event.inbox);
	case KR_EVENT_HANDOVER_ACCEPTED:
		return kr_is_zero(step->event.fallback, KR_ID_BYTES)
			? check_no_fallback(call, step)
			: check_invited(call, step->event.fallback);
	default:
		return KR_OK;
	}
}

/* ---- The append ------------------------------------------------------------------- */

static bool reads(const struct kr_case_state *state, const uint8_t *inbox)
{
	const struct kr_case_party *party = kr_case_party(state, inbox);

	return party != NULL && kr_case_may_read(party);
}

/* The word in an inbox's own topic: something is new in this case. */
static void tell_inboxes(struct call *call, const struct case_change *change)
{
	struct kr_event_head head = {
		.count = (uint32_t)(change->position->seq + 1),
		.case_id = view_id(change->topic->id),
	};
	const struct kr_case_state *states[2] = {change->before, change->after};

	for (size_t s = 0; s < 2; s++) {
		for (size_t i = 0; i < states[s]->num_parties; i++) {
			const uint8_t *inbox = states[s]->parties[i].inbox;
			struct kr_topic topic = kr_topic(KR_TOPIC_INBOX, inbox);

			if (reads(states[s], inbox) &&
				(s == 0 || !reads(change->before, inbox))) {
				call_derived(call, KR_EVENT_CASE_EVENT, &topic, &head);
			}
		}
	}
}

void call_case_change(struct call *call, const struct case_change *change)
{
	struct kr_topic wraps = kr_topic(KR_TOPIC_WRAPS, change->topic->id);
	struct kr_event_head nothing = {0};

	call_event(call, change->type, change->topic, &change->head, change->body,
		change->position->rev);
	call_event(call, KR_EVENT_WRAPS, &wraps, &nothing, change->wraps, LOG_REV_ANY);
	tell_inboxes(call, change);
}

/* With the head that was stored: the clock of a repeat is that of the first time. */
static enum kr_err repeat_head(
	struct call *call, const struct step *step, struct kr_event_head *head)
{
	const struct kr_event *event = &call->before.event;

	if (event->type != step->event.type ||
		!kr_topic_equal(&event->topic, &call->request->topic)) {
		return KR_ERR_ID_REUSED;
	}
	return kr_event_head_read(head, event->type, event->head);
}

static enum kr_err propose_step(struct call *call, struct step *step)
{
	KR_AUTO_WRITER struct kr_writer wraps = {0};
	struct case_change change = {
		.topic = &call->request->topic,
		.position = &step->position,
		.before = &step->before,
		.after = &step->after,
		.type = step->act.type,
		.body = step->bytes,
		.head =
			{
				.key = view_id(step->event.signer),
				.until_ms = step->act.until_ms,
				.by = view_id(step->event.by),
				.inbox = view_id(step->event.inbox),
				.fallback = view_id(step->event.fallback),
				.urgency = step->event.urgency,
			},
	};
	enum kr_err err;

	if (call->is_repeat && (err = repeat_head(call, step, &change.head))) {
		return err;
	}
	kr_writer_init(&wraps);
	wraps_pack(&wraps, &step->event, step->wraps);
	if (wraps.err != KR_OK) {
		return wraps.err;
	}
	change.wraps = kr_writer_view(&wraps);
	call_case_change(call, &change);
	return call_propose(call);
}

/* The clock is set by whose turn it is after the event. */
static enum kr_err set_clock(struct call *call, struct step *step)
{
	const uint8_t *inbox = kr_case_clock_inbox(&step->before, &step->act);
	struct kr_inbox_record record;
	enum kr_err err = call_inbox(call, &record, inbox);

	return err != KR_OK
		? err
		: kr_case_clock(&step->act.until_ms, &step->before, &step->act, &record,
			  step->event.date_ms, call->relay->now_ms);
}

/* What everybody can check for himself: the machine, then who can read it. */
static enum kr_err check_step(struct call *call, struct step *step)
{
	enum kr_err err;

	step->after = step->before;
	if ((err = kr_case_apply(&step->after, &step->act)) ||
		(err = check_others(call, step)) ||
		(err = kr_case_recipients_check(
			 &step->before, &step->act, &step->event))) {
		return err;
	}
	return set_clock(call, step);
}

enum kr_err handle_case_append(struct call *call)
{
	struct step step = {.before = call->standing.case_state};
	enum kr_err err = read_step(call, &step);

	if (err != KR_OK) {
		return err;
	}
	if (!call->is_repeat) {
		if ((err = store_topic(
			     call->view, &call->request->topic, &step.position)) ||
			(err = check_author(call, &step)) ||
			(err = check_seen(call, &step.event, &step.position)) ||
			(err = check_step(call, &step))) {
			return err;
		}
	}
	return propose_step(call, &step);
}

/* ---- The signal ------------------------------------------------------------------- */

static enum kr_err check_addressee(struct call *call, const struct step *step)
{
	struct kr_inbox_record record;
	enum kr_err err = call_inbox(call, &record, step->event.inbox);

	if (err != KR_OK) {
		return err;
	}
	if (record.moved || record.expires_ms <= call->relay->now_ms) {
		return KR_ERR_STATE;
	}
	return kr_is_zero(step->event.fallback, KR_ID_BYTES)
		? KR_OK
		: check_invited(call, step->event.fallback);
}

/* A case hangs on no account, and no two cases on one connection. */
static bool is_unnamed(const struct call *call)
{
	const struct relay_conn *conn = call->conn;

	return !conn->authenticated &&
		(conn->case_access == CASE_NONE ||
			memcmp(conn->case_id, call->request->topic.id, KR_ID_BYTES) == 0);
}

static enum kr_err check_signal(struct call *call, struct step *step)
{
	enum kr_err err = store_topic(call->view, &call->request->topic, &step->position);

	if (err != KR_ERR_NOT_FOUND) {
		return err == KR_OK ? KR_ERR_EXISTS : err;
	}
	if (step->act.type != KR_EVENT_SUBMITTED ||
		step->act.actor != KR_ACTOR_REPORTER || step->event.seen_seq != 0 ||
		!kr_is_zero(step->event.seen_hash, sizeof(step->event.seen_hash))) {
		return KR_ERR_RECORD;
	}
	if ((err = check_addressee(call, step))) {
		return err;
	}
	return check_step(call, step);
}

enum kr_err handle_case_submit(struct call *call)
{
	struct relay_conn *conn = call->conn;
	struct step step = {.wraps = kr_view(NULL, 0)};
	enum kr_err err;

	if (!is_unnamed(call)) {
		return KR_ERR_NAMED;
	}
	/* One at a time: a second must not change what the first will open. */
	if (conn->case_access == CASE_ASKED && call->pending == NULL) {
		return KR_ERR_BUSY;
	}
	if ((err = read_step(call, &step)) ||
		(!call->is_repeat && (err = check_signal(call, &step))) ||
		(err = propose_step(call, &step))) {
		return err;
	}
	if (conn->case_access == CASE_NONE) {
		conn->case_access = CASE_ASKED;
		memcpy(conn->case_id, call->request->topic.id, sizeof(conn->case_id));
	}
	return KR_OK;
}

/* ---- Notes ------------------------------------------------------------------------ */

static enum kr_err read_note(struct call *call, struct kr_case_event *event)
{
	const struct kr_request *request = call->request;
	struct kr_reader r = kr_reader(request->body);
	struct kr_view bytes;
	struct kr_view wraps;
	enum kr_err err;

	if (kr_read_vec(&r, &bytes) != KR_OK || kr_read_vec(&r, &wraps) != KR_OK ||
		kr_read_end(&r) != KR_OK) {
		return KR_ERR_RECORD;
	}
	if ((err = read_signed(call, event, bytes, wraps))) {
		return err;
	}
	if (event->type != KR_EVENT_NOTE ||
		memcmp(event->by, request->inbox, sizeof(event->by)) != 0) {
		return KR_ERR_RECORD;
	}
	return event->num_recipients == 1 &&
			event->recipients[0].purpose == KR_WRAP_PARTY &&
			memcmp(event->recipients[0].party, request->inbox, KR_ID_BYTES) ==
				0
		? KR_OK
		: KR_ERR_RECIPIENTS;
}

static enum kr_err check_note(struct call *call, const struct kr_case_event *event,
	const struct kr_topic *notes, struct store_topic *position)
{
	const struct kr_case_state *state = &call->standing.case_state;
	enum kr_err err;

	if (!reads(state, event->by)) {
		return KR_ERR_FORBIDDEN;
	}
	if ((err = check_professional(call, event))) {
		return err;
	}
	if (state->phase == KR_CASE_ERASED) {
		return KR_ERR_STATE;
	}
	err = store_topic(call->view, notes, position);
	if (err != KR_OK && err != KR_ERR_NOT_FOUND) {
		return err; /* not found: zeroed, it is the first one */
	}
	return check_seen(call, event, position);
}

/* The inbox may be shut out, or the case erased, while the note is on its way. */
static enum kr_err guard_case(struct call *call, struct store_topic *position)
{
	enum kr_err err = store_topic(call->view, &call->request->topic, position);

	if (err == KR_OK) {
		call_guard(call, &call->request->topic, position->rev);
	}
	return err;
}

/* The word in the inbox's own topic, for colleagues: the case itself has nothing new. */
static void tell_colleagues(struct call *call, const struct store_topic *position)
{
	struct kr_topic inbox = kr_topic(KR_TOPIC_INBOX, call->request->inbox);
	struct kr_event_head head = {
		.count = (uint32_t)position->seq,
		.case_id = view_id(call->request->topic.id),
	};

	call_derived(call, KR_EVENT_CASE_EVENT, &inbox, &head);
}

enum kr_err handle_case_note(struct call *call)
{
	const struct kr_request *request = call->request;
	uint8_t id[KR_ID_BYTES];
	struct kr_event_head head = {
		.case_id = view_id(request->topic.id),
		.inbox = view_id(request->inbox),
	};
	struct store_topic position = {0};
	struct store_topic of_case = {0};
	struct kr_case_event event;
	struct kr_topic notes;
	enum kr_err err = read_note(call, &event);

	if (err != KR_OK) {
		return err;
	}
	kr_notes_id(id, request->topic.id, request->inbox);
	notes = kr_topic(KR_TOPIC_NOTES, id);
	if (!call->is_repeat &&
		((err = check_note(call, &event, &notes, &position)) ||
			(err = guard_case(call, &of_case)))) {
		return err;
	}
	call_event(call, KR_EVENT_NOTE, &notes, &head, request->body, position.rev);
	tell_colleagues(call, &of_case);
	return call_propose(call);
}
