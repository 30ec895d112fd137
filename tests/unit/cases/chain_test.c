/* A case as a reader follows it: a whole history is taken, and every lie is called by its
 * name. */
#include <test.h>

#include <string.h>

#include "fixture.h"

static struct stored s;
static struct stored t;

/* ---- What is true -------------------------------------------------------------- */

struct step {
	enum kr_event_type type;
	enum who by;
	enum who about;
	enum who owner; /* after it */
	enum kr_case_phase phase;
};

/* What a case can live through. Before the relay speaks, the clock runs out. */
static const struct step story[] = {
	{KR_EVENT_SUBMITTED, REPORTER, OWNER, OWNER, KR_CASE_NEW},
	{KR_EVENT_ACKNOWLEDGED, OWNER, NOBODY, OWNER, KR_CASE_OPEN},
	{KR_EVENT_QUESTION, OWNER, NOBODY, OWNER, KR_CASE_OPEN},
	{KR_EVENT_ANSWER, REPORTER, NOBODY, OWNER, KR_CASE_OPEN},
	{KR_EVENT_PROMISE, OWNER, NOBODY, OWNER, KR_CASE_OPEN},
	{KR_EVENT_OVERDUE, THE_RELAY, FALLBACK, OWNER, KR_CASE_OPEN},
	{KR_EVENT_FOLLOW_UP, OWNER, NOBODY, OWNER, KR_CASE_OPEN},
	{KR_EVENT_HANDOVER_OFFERED, OWNER, OTHER, OWNER, KR_CASE_OPEN},
	{KR_EVENT_HANDOVER_DECLINED, OTHER, OTHER, OWNER, KR_CASE_OPEN},
	{KR_EVENT_HANDOVER_OFFERED, OWNER, OTHER, OWNER, KR_CASE_OPEN},
	{KR_EVENT_HANDOVER_ACCEPTED, OTHER, NOBODY, OTHER, KR_CASE_OPEN},
	{KR_EVENT_CONSULTED, OTHER, OWNER, OTHER, KR_CASE_OPEN},
	{KR_EVENT_ADVISED, OWNER, NOBODY, OTHER, KR_CASE_OPEN},
	{KR_EVENT_PARTED, FALLBACK, FALLBACK, OTHER, KR_CASE_OPEN},
	{KR_EVENT_JOIN_INVITED, OTHER, FALLBACK, OTHER, KR_CASE_OPEN},
	{KR_EVENT_JOINED, FALLBACK, NOBODY, OTHER, KR_CASE_OPEN},
	{KR_EVENT_URGENCY_CHANGED, REPORTER, NOBODY, OTHER, KR_CASE_OPEN},
	{KR_EVENT_CONSENTED, REPORTER, FALLBACK, OTHER, KR_CASE_OPEN},
	{KR_EVENT_IDENTITY_SHARED, OTHER, FALLBACK, OTHER, KR_CASE_OPEN},
	{KR_EVENT_CLOSED, OTHER, NOBODY, OTHER, KR_CASE_CLOSED},
	{KR_EVENT_CLOSE_READ, REPORTER, NOBODY, OTHER, KR_CASE_CLOSED},
	{KR_EVENT_REOPENED, REPORTER, NOBODY, OTHER, KR_CASE_NEW},
	{KR_EVENT_OVERDUE, THE_RELAY, NOBODY, OTHER, KR_CASE_NEW},
	{KR_EVENT_WITHDRAWN, REPORTER, NOBODY, OTHER, KR_CASE_CLOSED},
	{KR_EVENT_EXPIRED, THE_RELAY, NOBODY, OTHER, KR_CASE_ERASED},
};

/* The world after the first so many steps. */
static struct world *after(size_t num)
{
	struct world *w = world_new();

	for (size_t i = 0; i < num; i++) {
		w->now_ms = story[i].by == THE_RELAY ? w->chain.state.until_ms
						     : w->now_ms + 1000;
		happen(&s, w, story[i].type, story[i].by, story[i].about);
	}
	return w;
}

/* Each step makes it so that all before it was taken. */
static void p6_p7_a_whole_history_is_taken(void **state)
{
	struct world *w = world_new();

	(void)state;
	for (size_t i = 0; i < NUM(story); i++) {
		const struct kr_case_state *now = &w->chain.state;

		w->now_ms = story[i].by == THE_RELAY ? now->until_ms : w->now_ms + 1000;
		happen(&s, w, story[i].type, story[i].by, story[i].about);
		assert_int_equal(w->chain.seq, i + 1);
		assert_memory_equal(w->chain.hash, s.hash, sizeof(s.hash));
		assert_int_equal(now->phase, story[i].phase);
		assert_memory_equal(kr_case_owner(now)->inbox,
			w->inboxes[story[i].owner].id, KR_ID_BYTES);
		assert_int_equal(now->until_ms > w->now_ms, now->phase != KR_CASE_ERASED);
	}
}

/* ---- Lies ---------------------------------------------------------------------- */

/* One event, told wrongly. at: how many steps of the story came before it. */
struct lie {
	const char *name;
	size_t at;
	enum kr_case_lie lie;
	void (*tell)(struct world *w);
};

/* The next event of the story as it should be, in s. */
static void make_true(struct world *w)
{
	const struct step *step = &story[w->chain.seq];

	if (step->by == THE_RELAY) {
		w->now_ms = w->chain.state.until_ms;
		make_relay_event(&s, w, step->type, step->about, &w->relay);
	} else {
		make(&s, w, step->type, step->by, step->about);
		append(&s, w, step->by, NULL);
	}
}

static enum who author(const struct world *w)
{
	return story[w->chain.seq].by;
}

/* The head as it stands, to be changed and put back. */
static struct kr_event_head head_of(void)
{
	static uint8_t copy[KR_EVENT_HEAD_MAX];
	struct kr_event_head head;

	memcpy(copy, s.event.head.data, s.event.head.len);
	assert_int_equal(
		kr_event_head_read(&head, s.event.type, kr_view(copy, s.event.head.len)),
		KR_OK);
	return head;
}

static void hides_one(struct world *w)
{
	make_true(w);
	s.event.seq++;
	rehash(&s, w);
}

static void repeats_one(struct world *w)
{
	make_true(w);
	s.event.seq--;
	rehash(&s, w);
}

static void another_topic(struct world *w)
{
	make_true(w);
	s.event.topic.id[0] ^= 1;
	rehash(&s, w);
}

static void another_hash(struct world *w)
{
	make_true(w);
	s.hash[0] ^= 1;
}

static void changed_after_hashing(struct world *w)
{
	make_true(w);
	s.event.time_ms++;
}

static void another_type(struct world *w)
{
	make_true(w);
	s.event.type = KR_EVENT_FOLLOW_UP;
	rehash(&s, w);
}

static void another_event_id(struct world *w)
{
	make_true(w);
	s.event.id[3] ^= 1;
	rehash(&s, w);
}

static void no_head(struct world *w)
{
	make_true(w);
	s.event.head.len--;
	rehash(&s, w);
}

static void names_another_inbox(struct world *w)
{
	struct kr_event_head head;

	make_true(w);
	head = head_of();
	head.inbox = kr_view(w->relay.public_key, KR_ID_BYTES);
	put_head(&s, w, &head);
}

static void names_another_fallback(struct world *w)
{
	struct kr_event_head head;

	make_true(w);
	head = head_of();
	head.fallback = kr_view(w->inboxes[OTHER].id, KR_ID_BYTES);
	put_head(&s, w, &head);
}

static void names_another_reporter(struct world *w)
{
	struct kr_event_head head;

	make_true(w);
	head = head_of();
	head.key = kr_view(w->relay.public_key, KR_ID_BYTES);
	put_head(&s, w, &head);
}

static void another_urgency(struct world *w)
{
	struct kr_event_head head;

	make_true(w);
	head = head_of();
	head.urgency = KR_URGENCY_NO_HURRY;
	put_head(&s, w, &head);
}

static void acts_for_another(struct world *w)
{
	struct kr_event_head head;

	make_true(w);
	head = head_of();
	head.by = kr_view(w->inboxes[OTHER].id, KR_ID_BYTES);
	put_head(&s, w, &head);
}

static void another_case(struct world *w)
{
	make(&s, w, story[w->chain.seq].type, author(w), story[w->chain.seq].about);
	s.e.case_id[0] ^= 1;
	append(&s, w, author(w), NULL);
}

static void a_stranger_signs(struct world *w)
{
	make(&s, w, story[w->chain.seq].type, author(w), story[w->chain.seq].about);
	append(&s, w, author(w), &w->relay);
}

static void another_team_signs(struct world *w)
{
	make(&s, w, story[w->chain.seq].type, author(w), story[w->chain.seq].about);
	append(&s, w, author(w), &w->inboxes[OTHER].team[0].device);
}

static void an_account_that_did_not_sign(struct world *w)
{
	make_true(w);
	s.event.author = kr_view(w->inboxes[OWNER].team[1].account, KR_ID_BYTES);
	rehash(&s, w);
}

static void the_reporter_has_an_account(struct world *w)
{
	make_true(w);
	s.event.author = kr_view(w->inboxes[OTHER].team[0].account, KR_ID_BYTES);
	rehash(&s, w);
}

static void unreadable(struct world *w)
{
	make_true(w);
	s.is_signed = false;
	s.event.body.len--;
	rehash(&s, w);
}

static void a_record_that_is_not_there(struct world *w)
{
	make(&s, w, story[w->chain.seq].type, author(w), story[w->chain.seq].about);
	s.e.by_number++;
	append(&s, w, author(w), NULL);
}

static void saw_another_hash(struct world *w)
{
	make(&s, w, story[w->chain.seq].type, author(w), story[w->chain.seq].about);
	s.e.seen_hash[0] ^= 1;
	append(&s, w, author(w), NULL);
}

static void saw_less(struct world *w)
{
	make(&s, w, story[w->chain.seq].type, author(w), story[w->chain.seq].about);
	s.e.seen_seq--;
	append(&s, w, author(w), NULL);
}

static void not_now(struct world *w)
{
	make(&s, w, KR_EVENT_REOPENED, REPORTER, NOBODY);
	append(&s, w, REPORTER, NULL);
}

static void accepts_without_an_offer(struct world *w)
{
	make(&s, w, KR_EVENT_HANDOVER_ACCEPTED, FALLBACK, NOBODY);
	append(&s, w, FALLBACK, NULL);
}

static void leaves_out_the_fallback(struct world *w)
{
	make(&s, w, story[w->chain.seq].type, author(w), story[w->chain.seq].about);
	s.e.recipients[1] = s.e.recipients[2];
	s.e.num_recipients--;
	append(&s, w, author(w), NULL);
}

static void leaves_out_the_reporter(struct world *w)
{
	make(&s, w, story[w->chain.seq].type, author(w), story[w->chain.seq].about);
	s.e.num_recipients--;
	append(&s, w, author(w), NULL);
}

static void lets_in_a_fourth(struct world *w)
{
	make(&s, w, story[w->chain.seq].type, author(w), story[w->chain.seq].about);
	s.e.recipients[s.e.num_recipients] = s.e.recipients[0];
	memcpy(s.e.recipients[s.e.num_recipients++].party, w->inboxes[OTHER].id,
		KR_ID_BYTES);
	append(&s, w, author(w), NULL);
}

static void overdue_by_another(struct world *w)
{
	w->now_ms = w->chain.state.until_ms;
	make_relay_event(
		&s, w, KR_EVENT_OVERDUE, FALLBACK, &w->inboxes[OTHER].team[0].device);
}

static void overdue_of_another_time(struct world *w)
{
	make_true(w);
	s.event.time_ms++;
	rehash(&s, w);
}

static void overdue_until_later(struct world *w)
{
	struct kr_event_head head;

	make_true(w);
	head = head_of();
	head.until_ms++;
	put_head(&s, w, &head);
}

static void overdue_lets_in_another(struct world *w)
{
	struct kr_event_head head;

	make_true(w);
	head = head_of();
	head.inbox = kr_view(w->inboxes[OTHER].id, KR_ID_BYTES);
	put_head(&s, w, &head);
}

static void overdue_leaves_out_the_fallback(struct world *w)
{
	w->now_ms = w->chain.state.until_ms;
	make_relay_event(&s, w, KR_EVENT_OVERDUE, NOBODY, &w->relay);
}

static void expired_as_if_overdue(struct world *w)
{
	make_true(w);
	s.event.type = KR_EVENT_EXPIRED;
	s.event.head.len -= KR_ID_BYTES;
	rehash(&s, w);
}

static void overdue_too_early(struct world *w)
{
	w->now_ms = w->chain.state.until_ms - 1;
	make_relay_event(&s, w, KR_EVENT_OVERDUE, FALLBACK, &w->relay);
}

static void expired_too_early(struct world *w)
{
	w->now_ms = w->chain.state.until_ms - 1;
	make_relay_event(&s, w, KR_EVENT_EXPIRED, NOBODY, &w->relay);
}

static void puts_the_deadline_off(struct world *w)
{
	struct kr_event_head head;

	make_true(w);
	head = head_of();
	head.until_ms++;
	put_head(&s, w, &head);
}

static void brings_the_deadline_forward(struct world *w)
{
	struct kr_event_head head;

	make_true(w);
	head = head_of();
	head.until_ms--;
	put_head(&s, w, &head);
}

static void a_promise_without_end(struct world *w)
{
	make(&s, w, KR_EVENT_PROMISE, OWNER, NOBODY);
	s.e.date_ms = w->now_ms + 1000001;
	append(&s, w, OWNER, NULL);
}

/* Steps of the story: 0 submitted, 1 acknowledged, 4 promise, 5 overdue, 24 expired. */
static const struct lie lies[] = {
	{"hides an event", 1, KR_LIE_ORDER, hides_one},
	{"repeats an event", 1, KR_LIE_ORDER, repeats_one},
	{"an event of another topic", 1, KR_LIE_ORDER, another_topic},
	{"another hash", 1, KR_LIE_ORDER, another_hash},
	{"changes an event", 1, KR_LIE_ORDER, changed_after_hashing},
	{"hides the first event", 0, KR_LIE_ORDER, hides_one},
	{"calls it another type", 1, KR_LIE_HEAD, another_type},
	{"another event id", 1, KR_LIE_HEAD, another_event_id},
	{"a head that is none", 1, KR_LIE_HEAD, no_head},
	{"names another owner", 0, KR_LIE_HEAD, names_another_inbox},
	{"names another fallback", 0, KR_LIE_HEAD, names_another_fallback},
	{"names another reporter", 0, KR_LIE_HEAD, names_another_reporter},
	{"makes it less urgent", 0, KR_LIE_HEAD, another_urgency},
	{"names another actor", 1, KR_LIE_HEAD, acts_for_another},
	{"offers it to another", 7, KR_LIE_HEAD, names_another_inbox},
	{"an event of another case", 1, KR_LIE_HEAD, another_case},
	{"invents an acknowledgement", 1, KR_LIE_SIGNATURE, a_stranger_signs},
	{"invents an acceptance", 10, KR_LIE_SIGNATURE, a_stranger_signs},
	{"invents a close", 19, KR_LIE_SIGNATURE, a_stranger_signs},
	{"invents an answer", 3, KR_LIE_SIGNATURE, a_stranger_signs},
	{"another team acknowledges", 1, KR_LIE_SIGNATURE, another_team_signs},
	{"another account of the team", 1, KR_LIE_SIGNATURE,
		an_account_that_did_not_sign},
	{"ties an account to it", 0, KR_LIE_SIGNATURE, the_reporter_has_an_account},
	{"ties an account to an answer", 3, KR_LIE_SIGNATURE,
		the_reporter_has_an_account},
	{"a body that cannot be read", 1, KR_LIE_SIGNATURE, unreadable},
	{"under a record that is not there", 1, KR_LIE_SIGNATURE,
		a_record_that_is_not_there},
	{"shows the author another history", 1, KR_LIE_FORK, saw_another_hash},
	{"shows the author less", 2, KR_LIE_FORK, saw_less},
	{"reopened, but it is open", 2, KR_LIE_STATE, not_now},
	{"takes over without an offer", 2, KR_LIE_STATE, accepts_without_an_offer},
	{"the fallback cannot read", 1, KR_LIE_RECIPIENTS, leaves_out_the_fallback},
	{"the reporter cannot read", 1, KR_LIE_RECIPIENTS, leaves_out_the_reporter},
	{"somebody else reads along", 1, KR_LIE_RECIPIENTS, lets_in_a_fourth},
	{"overdue, says somebody", 5, KR_LIE_RELAY_WORD, overdue_by_another},
	{"overdue at another time", 5, KR_LIE_RELAY_WORD, overdue_of_another_time},
	{"overdue, until later", 5, KR_LIE_RELAY_WORD, overdue_until_later},
	{"overdue lets in another", 5, KR_LIE_RELAY_WORD, overdue_lets_in_another},
	{"overdue is called expired", 5, KR_LIE_RELAY_WORD, expired_as_if_overdue},
	{"overdue lets in nobody", 5, KR_LIE_STATE, overdue_leaves_out_the_fallback},
	{"overdue too early", 5, KR_LIE_CLOCK, overdue_too_early},
	{"expired too early", 24, KR_LIE_CLOCK, expired_too_early},
	{"puts the first deadline off", 0, KR_LIE_CLOCK, puts_the_deadline_off},
	{"puts a deadline off", 1, KR_LIE_CLOCK, puts_the_deadline_off},
	{"brings a deadline forward", 1, KR_LIE_CLOCK, brings_the_deadline_forward},
	{"forgets a deadline on the way", 2, KR_LIE_CLOCK, puts_the_deadline_off},
	{"a promise without end", 4, KR_LIE_CLOCK, a_promise_without_end},
};

/* Each is found, changes nothing, and what is true is taken after it. */
static void lies_are_found_by_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < NUM(lies); i++) {
		static struct kr_case_chain before;
		struct world *w = after(lies[i].at);
		enum kr_case_lie lie = KR_CASE_TRUE;
		enum kr_err err;

		w->now_ms += 1000;
		before = w->chain;
		lies[i].tell(w);
		err = take(w, &s, &lie);
		if (err != KR_ERR_POLICY || lie != lies[i].lie) {
			fail_msg("%s: %s, %s", lies[i].name, kr_err_name(err),
				kr_case_lie_name(lie));
		}
		assert_memory_equal(&w->chain, &before, sizeof(before));
		make_true(w);
		assert_int_equal(take(w, &s, &lie), KR_OK);
		assert_int_equal(lie, KR_CASE_TRUE);
	}
}

/* The last event that a case can have is taken, and one more is none of it. */
static void a_case_without_end_is_found(void **state)
{
	struct world *w = after(2);
	enum kr_case_lie lie;

	(void)state;
	w->chain.seq = KR_CASE_EVENTS_MAX - 1;
	happen(&s, w, KR_EVENT_QUESTION, OWNER, NOBODY);
	assert_int_equal(w->chain.seq, KR_CASE_EVENTS_MAX);
	make(&s, w, KR_EVENT_QUESTION, OWNER, NOBODY);
	append(&s, w, OWNER, NULL);
	assert_int_equal(take(w, &s, &lie), KR_ERR_POLICY);
	assert_int_equal(lie, KR_LIE_STATE);
}

/* A relay that changes a bit and makes all hashes anew is found out all the same. */
static void a_changed_bit_is_found(void **state)
{
	static const size_t at[] = {0, 1, 5, 7};

	(void)state;
	for (size_t i = 0; i < NUM(at); i++) {
		struct world *w = after(at[i]);
		enum kr_case_lie lie;

		w->now_ms += 1000;
		make_true(w);
		for (size_t k = 0; k < s.event.body.len; k++) {
			t = s;
			t.event.body.data = t.body;
			t.event.head.data = t.head;
			t.body[k] ^= (uint8_t)(1 << k % 8);
			rehash(&t, w);
			t.is_signed = s.is_signed &&
				kr_case_event_read(&t.e, t.event.body) == KR_OK;
			assert_int_not_equal(take(w, &t, &lie), KR_OK);
		}
		for (size_t k = 0; k < s.event.head.len; k++) {
			t = s;
			t.event.body.data = t.body;
			t.event.head.data = t.head;
			t.head[k] ^= 0x80;
			rehash(&t, w);
			assert_int_not_equal(take(w, &t, &lie), KR_OK);
		}
	}
}

/* Who acted under a newer record does not act under an older one again. */
static void an_old_record_is_found(void **state)
{
	static struct kr_inbox_record old;
	static uint8_t bytes[KR_INBOX_RECORD_MAX];
	struct world *w = after(2);
	struct inbox *inbox = &w->inboxes[OWNER];
	enum kr_case_lie lie;

	(void)state;
	memcpy(bytes, inbox->bytes, inbox->len);
	assert_int_equal(kr_inbox_record_read(&old, kr_view(bytes, inbox->len)), KR_OK);
	inbox_next(w, OWNER, TEAM, true);
	happen(&s, w, KR_EVENT_QUESTION, OWNER, NOBODY);
	make(&s, w, KR_EVENT_QUESTION, OWNER, NOBODY);
	s.e.by_number = old.number;
	append(&s, w, OWNER, NULL);
	assert_int_equal(kr_case_chain_take(&w->chain, &lie, &s.event, s.hash, &s.e, &old,
				 NULL, kr_view_str(RELAY)),
		KR_ERR_POLICY);
	assert_int_equal(lie, KR_LIE_RECORD);
	make(&s, w, KR_EVENT_QUESTION, OWNER, NOBODY);
	append(&s, w, OWNER, NULL);
	assert_int_equal(take(w, &s, &lie), KR_OK);
}

/* Who left the team does not act under the next record. */
static void p5_who_left_does_not_act(void **state)
{
	struct world *w = after(2);
	enum kr_case_lie lie;

	(void)state;
	inbox_next(w, OWNER, TEAM - 1, true);
	make(&s, w, KR_EVENT_QUESTION, OWNER, NOBODY);
	append(&s, w, OWNER, &w->inboxes[OWNER].team[TEAM - 1].device);
	assert_int_equal(take(w, &s, &lie), KR_ERR_POLICY);
	assert_int_equal(lie, KR_LIE_SIGNATURE);
}

/* Without the record of its clock an event is taken, but nothing that the relay says
 * before a record has pinned its key. */
static void clocks_need_a_record(void **state)
{
	struct world *w = world_new();
	enum kr_case_lie lie;

	(void)state;
	make_true(w);
	assert_int_equal(kr_case_chain_take(&w->chain, &lie, &s.event, s.hash, &s.e, NULL,
				 &w->inboxes[OTHER].record, kr_view_str(RELAY)),
		KR_ERR_ARGUMENT);
	assert_int_equal(kr_case_chain_take(&w->chain, &lie, &s.event, s.hash, &s.e, NULL,
				 NULL, kr_view_str(RELAY)),
		KR_OK);
	w->now_ms = w->chain.state.until_ms;
	make_relay_event(&s, w, KR_EVENT_OVERDUE, FALLBACK, &w->relay);
	assert_int_equal(kr_case_chain_take(&w->chain, &lie, &s.event, s.hash, NULL, NULL,
				 NULL, kr_view_str(RELAY)),
		KR_ERR_POLICY);
	assert_int_equal(lie, KR_LIE_RELAY_WORD);
	assert_int_equal(
		kr_case_chain_take(&w->chain, &lie, &s.event, s.hash, NULL, NULL,
			&w->inboxes[FALLBACK].record, kr_view_str("other.relay")),
		KR_ERR_POLICY);
	assert_int_equal(lie, KR_LIE_RELAY_WORD);
	assert_int_equal(take(w, &s, &lie), KR_OK);
}

/* ---- The promise of arrival ---------------------------------------------------- */

static void an_arrival_that_holds(void **state)
{
	static const size_t fields[] = {
		offsetof(struct kr_relay_word, kind),
		offsetof(struct kr_relay_word, case_id),
		offsetof(struct kr_relay_word, event),
		offsetof(struct kr_relay_word, seq),
		offsetof(struct kr_relay_word, hash),
		offsetof(struct kr_relay_word, time_ms),
		offsetof(struct kr_relay_word, until_ms),
		offsetof(struct kr_relay_word, inbox),
	};
	struct world *w = after(1);
	struct kr_relay_word word = {.kind = KR_RELAY_ARRIVAL, .seq = 1};
	enum kr_case_lie lie;

	(void)state;
	memcpy(word.case_id, w->chain.case_id, sizeof(word.case_id));
	memcpy(word.event, s.event.id, sizeof(word.event));
	memcpy(word.hash, s.hash, sizeof(word.hash));
	memcpy(word.inbox, w->inboxes[OWNER].id, sizeof(word.inbox));
	word.time_ms = s.event.time_ms;
	word.until_ms = w->chain.state.until_ms;
	assert_int_equal(kr_case_check_arrival(&word, &lie, &s.event, s.hash), KR_OK);
	assert_int_equal(lie, KR_CASE_TRUE);
	for (size_t i = 0; i < NUM(fields); i++) {
		((uint8_t *)&word)[fields[i]] ^= 2;
		assert_int_equal(kr_case_check_arrival(&word, &lie, &s.event, s.hash),
			KR_ERR_POLICY);
		assert_int_equal(lie, KR_LIE_RELAY_WORD);
		((uint8_t *)&word)[fields[i]] ^= 2;
	}
}

/* ---- Notes --------------------------------------------------------------------- */

/* The words of a note, to the inbox itself. */
static void make_note(struct world *w, enum who by, enum who to)
{
	const struct kr_inbox_record *record = &w->inboxes[to].record;
	struct kr_recipient recipient = {
		.purpose = KR_WRAP_PARTY, .sealing_number = record->sealing_number};
	struct kr_writer writer;

	make(&s, w, KR_EVENT_NOTE, by, NOBODY);
	s.e.num_envelopes = s.e.num_recipients = 0;
	assert_int_equal(kr_envelope_seal(&s.e, &s.secrets[0], s.ciphertexts[0],
				 KR_ENVELOPE_WORDS, LITERAL("note"), &w->rng),
		KR_OK);
	memcpy(recipient.party, w->inboxes[to].id, KR_ID_BYTES);
	kr_writer_init_fixed(&writer, s.wraps[0], KR_WRAP_BYTES);
	kr_envelope_wrap(&writer, &s.e, &recipient, record->sealing_key,
		s.secrets[0].bytes, &w->rng);
	assert_int_equal(writer.err, KR_OK);
	append(&s, w, by, NULL);
}

static void notes_are_followed_likewise(void **state)
{
	struct world *w = world_new();
	struct kr_envelope_secret secret;
	enum kr_case_lie lie;

	(void)state;
	kr_notes_chain_begin(&w->chain, w->receipt.locator, w->inboxes[OWNER].id);
	for (int i = 0; i < 3; i++) {
		make_note(w, OWNER, OWNER);
		assert_int_equal(take(w, &s, &lie), KR_OK);
	}
	assert_int_equal(w->chain.seq, 3);
	assert_int_equal(kr_envelope_unwrap(&secret, &s.e, 0, s.wraps[0], NULL,
				 &w->inboxes[OWNER].secrets.sealing),
		KR_OK);
	make_note(w, OTHER, OWNER);
	assert_int_equal(take(w, &s, &lie), KR_ERR_POLICY);
	assert_int_equal(lie, KR_LIE_STATE);
	make_note(w, OWNER, OTHER);
	assert_int_equal(take(w, &s, &lie), KR_ERR_POLICY);
	assert_int_equal(lie, KR_LIE_RECIPIENTS);
	make_note(w, OWNER, OWNER);
	s.event.seq++;
	rehash(&s, w);
	assert_int_equal(take(w, &s, &lie), KR_ERR_POLICY);
	assert_int_equal(lie, KR_LIE_ORDER);
}

static void lies_have_names(void **state)
{
	(void)state;
	for (unsigned i = KR_CASE_TRUE; i <= KR_LIE_CLOCK; i++) {
		const char *name = kr_case_lie_name((enum kr_case_lie)i);

		assert_string_not_equal(name, "unknown");
		for (unsigned k = 0; k < i; k++) {
			assert_string_not_equal(
				name, kr_case_lie_name((enum kr_case_lie)k));
		}
	}
	assert_string_equal(
		kr_case_lie_name((enum kr_case_lie)(KR_LIE_CLOCK + 1)), "unknown");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(p6_p7_a_whole_history_is_taken),
		cmocka_unit_test(lies_are_found_by_name),
		cmocka_unit_test(a_case_without_end_is_found),
		cmocka_unit_test(a_changed_bit_is_found),
		cmocka_unit_test(an_old_record_is_found),
		cmocka_unit_test(p5_who_left_does_not_act),
		cmocka_unit_test(clocks_need_a_record),
		cmocka_unit_test(an_arrival_that_holds),
		cmocka_unit_test(notes_are_followed_likewise),
		cmocka_unit_test(lies_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
