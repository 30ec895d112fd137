/* Following a case, or an inbox's notes on one: what the relay says is believed when
 * everybody who spoke can be seen to have said it. CASES.md §10. */
#include <kring/cases.h>

#include <string.h>

#include "proto/trust/record.h"

static const char *const lie_names[] = {
	[KR_CASE_TRUE] = "true",
	[KR_LIE_ORDER] = "order",
	[KR_LIE_FORK] = "fork",
	[KR_LIE_HEAD] = "head",
	[KR_LIE_SIGNATURE] = "signature",
	[KR_LIE_RECORD] = "record",
	[KR_LIE_STATE] = "state",
	[KR_LIE_RECIPIENTS] = "recipients",
	[KR_LIE_RELAY_WORD] = "relay_word",
	[KR_LIE_CLOCK] = "clock",
};

const char *kr_case_lie_name(enum kr_case_lie lie)
{
	return (size_t)lie < sizeof(lie_names) / sizeof(lie_names[0]) ? lie_names[lie]
								      : "unknown";
}

/* All that is said about one event. */
struct step {
	const struct kr_event *event;
	struct kr_event_head head;
	struct kr_case_act act;
	const struct kr_case_event *e; /* NULL: the relay's */
	const struct kr_inbox_record *by;
	const struct kr_inbox_record *clock;
	struct kr_view relay;
};

static const uint8_t zero_id[KR_ID_BYTES];

/* A field of the head, or zeroes if the type does not have it. */
static bool is_field(struct kr_view field, const uint8_t id[KR_ID_BYTES])
{
	return field.len == 0 ? kr_id_equal(id, zero_id)
			      : kr_view_equal(field, kr_view_id(id));
}

/* ---- What each check asks ------------------------------------------------------ */

static bool is_next(const struct kr_case_chain *chain, const struct kr_event *event,
	const uint8_t hash[KR_SHA256_BYTES])
{
	uint8_t computed[KR_SHA256_BYTES];

	if (!kr_topic_equal(&event->topic, &chain->topic) ||
		event->seq != chain->seq + 1) {
		return false;
	}
	kr_event_hash(computed, chain->hash, event);
	return kr_id_equal(computed, hash);
}

static bool head_is_signed(const struct kr_case_chain *chain, const struct step *s)
{
	const struct kr_case_event *e = s->e;
	const struct kr_event_head *h = &s->head;
	bool is_note = e->type == KR_EVENT_NOTE;
	/* A note's inbox is who writes it; its CaseEvent names it in by. */
	const uint8_t *inbox = is_note ? e->by : e->inbox;
	const uint8_t *by = is_note ? zero_id : e->by;

	return e->type == s->event->type &&
		memcmp(e->event, s->event->id, sizeof(e->event)) == 0 &&
		kr_id_equal(e->case_id, chain->case_id) &&
		is_field(h->case_id, is_note ? e->case_id : zero_id) &&
		is_field(h->by, by) && is_field(h->inbox, inbox) &&
		is_field(h->fallback, e->fallback) && h->urgency == e->urgency &&
		is_field(h->key, e->type == KR_EVENT_SUBMITTED ? e->signer : zero_id);
}

/* The reporter has no account; a professional signs with a device of the own one. */
static bool signer_may(const struct kr_case_chain *chain, const struct step *s)
{
	const struct kr_case_event *e = s->e;
	const struct kr_inbox_member *member;
	uint8_t inbox[KR_ID_BYTES];

	if (kr_id_equal(e->by, zero_id)) {
		return s->event->author.len == 0 &&
			(e->type == KR_EVENT_SUBMITTED ||
				kr_id_equal(e->signer, chain->state.reporter_key));
	}
	if (s->by == NULL || s->by->number != e->by_number) {
		return false;
	}
	kr_inbox_id(inbox, s->by->identity_key);
	member = kr_inbox_member(s->by, e->signer);
	return kr_id_equal(inbox, e->by) && member != NULL &&
		kr_view_equal(s->event->author, kr_view_id(member->account));
}

static size_t find_record(const struct kr_case_chain *chain, const uint8_t *inbox)
{
	size_t i = 0;

	while (i < chain->num_records && !kr_id_equal(chain->records[i].inbox, inbox)) {
		i++;
	}
	return i;
}

static bool record_is_current(
	const struct kr_case_chain *chain, const struct kr_case_event *e)
{
	size_t i = find_record(chain, e->by);

	return i == chain->num_records || e->by_number >= chain->records[i].number;
}

bool kr_case_clock_fits(const struct kr_case_chain *chain,
	const uint8_t inbox[KR_ID_BYTES], uint64_t number, uint64_t since_ms,
	uint64_t until_ms, uint64_t time_ms)
{
	size_t i = find_record(chain, inbox);
	uint64_t acted = i < chain->num_records ? chain->records[i].number : 1;

	/* The least that it can be was there by then, whatever the clock says. */
	return number >= acted &&
		(number == acted || since_ms <= time_ms + KR_CASE_CLOCK_BACK_MS) &&
		(until_ms == UINT64_MAX || time_ms <= until_ms + KR_CASE_CLOCK_BACK_MS);
}

/* There are as many places as parties; an inbox that is none any more makes room. */
static void remember_record(struct kr_case_chain *chain, const struct kr_case_event *e)
{
	size_t i = find_record(chain, e->by);

	for (size_t k = 0; i == KR_CASE_PARTIES_MAX; k++) {
		if (kr_case_party(&chain->state, chain->records[k].inbox) == NULL) {
			i = k;
		}
	}
	if (i == chain->num_records) {
		chain->num_records++;
	}
	memcpy(chain->records[i].inbox, e->by, KR_ID_BYTES);
	chain->records[i].number = e->by_number;
}

static bool has_seen(const struct kr_case_chain *chain, const struct kr_case_event *e)
{
	return e->seen_seq == chain->seq && kr_id_equal(e->seen_hash, chain->hash);
}

static bool relay_says(const struct kr_case_chain *chain, const struct step *s)
{
	const uint8_t *key = s->clock != NULL ? s->clock->relay_key : chain->relay_key;
	enum kr_relay_word_kind kind =
		s->event->type == KR_EVENT_OVERDUE ? KR_RELAY_OVERDUE : KR_RELAY_EXPIRED;
	struct kr_relay_word word;

	return kr_relay_word_read(&word, s->event->body, key) == KR_OK &&
		word.kind == kind && kr_view_equal(word.relay, s->relay) &&
		kr_id_equal(word.case_id, chain->case_id) &&
		memcmp(word.event, s->event->id, sizeof(word.event)) == 0 &&
		word.seq == chain->seq && kr_id_equal(word.hash, chain->hash) &&
		word.time_ms == s->event->time_ms && word.until_ms == s->head.until_ms &&
		is_field(s->head.by, zero_id) && is_field(s->head.inbox, word.inbox);
}

/* As the record says, neither put off nor brought forward; and nothing runs out before
 * its time. */
static bool clock_is_right(const struct kr_case_state *before, const struct step *s)
{
	uint64_t until_ms;

	if (s->e == NULL && s->event->time_ms < before->until_ms) {
		return false;
	}
	return s->clock == NULL ||
		(kr_case_clock(&until_ms, before, &s->act, s->clock,
			 s->e != NULL ? s->e->date_ms : 0, s->event->time_ms) == KR_OK &&
			s->head.until_ms == until_ms);
}

/* ---- One after the other ------------------------------------------------------- */

static enum kr_case_lie judge_author(
	const struct kr_case_chain *chain, const struct step *s)
{
	if (s->e == NULL) {
		return KR_LIE_SIGNATURE;
	}
	if (!head_is_signed(chain, s)) {
		return KR_LIE_HEAD;
	}
	if (!signer_may(chain, s)) {
		return KR_LIE_SIGNATURE;
	}
	if (!record_is_current(chain, s->e)) {
		return KR_LIE_RECORD;
	}
	return has_seen(chain, s->e) ? KR_CASE_TRUE : KR_LIE_FORK;
}

/* Notes have neither parties nor clocks: they are an inbox's own, for itself. */
static enum kr_case_lie judge_note(
	const struct kr_case_chain *chain, const struct kr_case_event *e)
{
	if (!kr_id_equal(e->by, chain->inbox)) {
		return KR_LIE_STATE;
	}
	return e->num_recipients == 1 && e->recipients[0].purpose == KR_WRAP_PARTY &&
			kr_id_equal(e->recipients[0].party, chain->inbox)
		? KR_CASE_TRUE
		: KR_LIE_RECIPIENTS;
}

static enum kr_case_lie judge_act(struct kr_case_chain *chain, const struct step *s)
{
	struct kr_case_state before = chain->state;

	if (s->event->seq > KR_CASE_EVENTS_MAX ||
		kr_case_apply(&chain->state, &s->act) != KR_OK) {
		return KR_LIE_STATE;
	}
	if (s->e != NULL && kr_case_recipients_check(&before, &s->act, s->e) != KR_OK) {
		return KR_LIE_RECIPIENTS;
	}
	return clock_is_right(&before, s) ? KR_CASE_TRUE : KR_LIE_CLOCK;
}

static enum kr_case_lie judge(struct kr_case_chain *chain, const struct step *s)
{
	bool by_relay =
		s->event->type == KR_EVENT_OVERDUE || s->event->type == KR_EVENT_EXPIRED;
	enum kr_case_lie lie = KR_CASE_TRUE;

	if (!by_relay) {
		lie = judge_author(chain, s);
	} else if (s->e != NULL || !relay_says(chain, s)) {
		lie = KR_LIE_RELAY_WORD;
	}
	if (lie != KR_CASE_TRUE) {
		return lie;
	}
	return chain->topic.kind == KR_TOPIC_NOTES ? judge_note(chain, s->e)
						   : judge_act(chain, s);
}

static bool clock_is_whose(const struct kr_case_chain *chain, const struct step *s)
{
	const uint8_t *whose = kr_case_clock_inbox(&chain->state, &s->act);
	uint8_t inbox[KR_ID_BYTES];

	if (s->clock == NULL) {
		return true;
	}
	kr_inbox_id(inbox, s->clock->identity_key);
	return whose != NULL && kr_id_equal(whose, inbox);
}

enum kr_err kr_case_chain_take(struct kr_case_chain *chain, enum kr_case_lie *lie,
	const struct kr_event *event, const uint8_t hash[KR_SHA256_BYTES],
	const struct kr_case_event *signed_event, const struct kr_inbox_record *by,
	const struct kr_inbox_record *clock, struct kr_view relay)
{
	struct step s = {.event = event,
		.e = signed_event,
		.by = by,
		.clock = clock,
		.relay = relay};
	struct kr_case_chain next = *chain;

	*lie = KR_LIE_ORDER;
	if (!is_next(chain, event, hash)) {
		return KR_ERR_POLICY;
	}
	*lie = KR_LIE_HEAD;
	if (kr_event_head_read(&s.head, event->type, event->head) != KR_OK) {
		return KR_ERR_POLICY;
	}
	kr_case_act_of(&s.act, (enum kr_event_type)event->type, &s.head);
	if (!clock_is_whose(chain, &s)) {
		return KR_ERR_ARGUMENT;
	}
	*lie = judge(&next, &s);
	if (*lie != KR_CASE_TRUE) {
		return KR_ERR_POLICY;
	}
	if (signed_event != NULL && !kr_id_equal(signed_event->by, zero_id)) {
		remember_record(&next, signed_event);
	}
	if (clock != NULL) {
		memcpy(next.relay_key, clock->relay_key, sizeof(next.relay_key));
	}
	next.seq = event->seq;
	memcpy(next.hash, hash, sizeof(next.hash));
	*chain = next;
	return KR_OK;
}

/* ---- Beginning, and the promise of arrival ------------------------------------- */

void kr_case_chain_begin(struct kr_case_chain *chain, const uint8_t case_id[KR_ID_BYTES])
{
	memset(chain, 0, sizeof(*chain));
	chain->topic = kr_topic(KR_TOPIC_CASE, case_id);
	memcpy(chain->case_id, case_id, KR_ID_BYTES);
}

void kr_notes_chain_begin(struct kr_case_chain *chain, const uint8_t case_id[KR_ID_BYTES],
	const uint8_t inbox[KR_ID_BYTES])
{
	uint8_t id[KR_ID_BYTES];

	kr_case_chain_begin(chain, case_id);
	kr_notes_id(id, case_id, inbox);
	chain->topic = kr_topic(KR_TOPIC_NOTES, id);
	memcpy(chain->inbox, inbox, KR_ID_BYTES);
}

enum kr_err kr_case_check_arrival(const struct kr_relay_word *word, enum kr_case_lie *lie,
	const struct kr_event *submitted, const uint8_t hash[KR_SHA256_BYTES])
{
	struct kr_event_head head;
	bool fits = word->kind == KR_RELAY_ARRIVAL &&
		submitted->type == KR_EVENT_SUBMITTED &&
		kr_id_equal(word->case_id, submitted->topic.id) &&
		memcmp(word->event, submitted->id, sizeof(word->event)) == 0 &&
		word->seq == submitted->seq && kr_id_equal(word->hash, hash) &&
		word->time_ms == submitted->time_ms &&
		kr_event_head_read(&head, submitted->type, submitted->head) == KR_OK &&
		word->until_ms == head.until_ms && is_field(head.inbox, word->inbox);

	*lie = fits ? KR_CASE_TRUE : KR_LIE_RELAY_WORD;
	return fits ? KR_OK : KR_ERR_POLICY;
}
