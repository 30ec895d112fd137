/* Clocks that run out, once each, whatever happens to the relay or its own clock (P7). */
#include <string.h>

#include "docket.h"

#include "test.h"

static struct world w;
static struct docket d;

static int setup(void **state)
{
	(void)state;
	world_open_with(&w, never_idle);
	docket_open(&d, &w);
	return 0;
}

static void one_at_a_time(struct relay_config *config)
{
	never_idle(config);
	config->max_queued = 1;
}

static int setup_one_at_a_time(void **state)
{
	(void)state;
	world_open_with(&w, one_at_a_time);
	docket_open(&d, &w);
	return 0;
}

/* Whatever was done, the projection is what the log adds up to. */
static int teardown(void **state)
{
	(void)state;
	world_verify(&w);
	docket_close(&d);
	world_close(&w);
	return 0;
}

/* ---- Clocks ----------------------------------------------------------------------- */

static void p7_overdue_comes_once_and_lets_the_fallback_in(void **state)
{
	struct client *waiting = d.desks[1].people[0];
	struct kr_event_delivery e;
	struct kr_relay_word word;
	uint8_t key[KR_ED25519_PUBLIC_BYTES];
	struct kr_request r;

	(void)state;
	submit_signal(&d);
	subscribe(waiting, d.desks[1].topic, 1);
	subscribe(d.reporter, d.topic, 1);
	r = ask(waiting, KR_VERB_TOPIC_HEAD);
	ask_topic(&r, d.topic);
	expect(waiting, &r, "forbidden");
	pass_s(&d, ACKNOWLEDGE_S(2) - 1);
	assert_int_equal(place_of(&d, d.topic).seq, 1);
	pass_s(&d, 1);
	assert_int_equal(place_of(&d, d.topic).seq, 2);
	assert_int_equal(place_of(&d, kr_topic(KR_TOPIC_WRAPS, d.topic.id)).seq, 2);
	pass_s(&d, 2);
	assert_int_equal(place_of(&d, d.topic).seq, 2);
	assert_int_equal(role_of(&d, 1), KR_PARTY_JOINED);
	assert_int_equal(role_of(&d, 0), KR_PARTY_OWNER);
	client_drain(d.reporter);
	read_event(&e, next_event(d.reporter, d.topic));
	assert_int_equal(e.event.type, KR_EVENT_OVERDUE);
	assert_int_equal(e.event.author.len, 0);
	relay_key(w.relay, key);
	assert_int_equal(kr_relay_word_read(&word, e.event.body, key), KR_OK);
	assert_int_equal(word.kind, KR_RELAY_OVERDUE);
	assert_int_equal(word.seq, 1);
	assert_memory_equal(word.inbox, d.desks[1].id, KR_ID_BYTES);
	assert_int_equal(word.until_ms, e.event.time_ms + 1000 * ACKNOWLEDGE_S(2));
	client_drain(waiting);
	assert_non_null(next_event(waiting, d.desks[1].topic));
	r.id = waiting->next_id++;
	expect(waiting, &r, "ok");
	/* The owner stays owner until the fallback accepts. */
	do_deed(&d, deed_accepted(1, NOBODY), "ok");
	assert_int_equal(role_of(&d, 1), KR_PARTY_OWNER);
}

/* Those who write a lot do not keep the relay from saying that somebody is late. */
static void p7_a_full_queue_holds_no_clock_back(void **state)
{
	struct client *writer = client_in(&w, 74);
	struct kr_request r = ask(writer, KR_VERB_DEVICE_ADD);

	(void)state;
	submit_signal(&d);
	memset(r.key, 7, sizeof(r.key));
	r.fields |= KR_R(KEY);
	r.body = kr_view_str("device");
	send_request(writer, &r);
	world_pass(&w, UINT64_C(1000) * ACKNOWLEDGE_S(2));
	world_settle(&w);
	assert_int_equal(place_of(&d, d.topic).seq, 2);
	client_free(writer);
}

/* However long it was down, each case is said to be overdue once, at the start. */
static void p7_what_came_due_while_it_was_down(void **state)
{
	(void)state;
	for (unsigned i = 1; i <= 5; i++) {
		docket_next_case(&d, i);
		submit_signal(&d);
	}
	client_disconnect(d.reporter);
	for (int i = 0; i < NUM_DESKS; i++) {
		client_disconnect(d.desks[i].people[0]);
		client_disconnect(d.desks[i].people[1]);
	}
	w.now_ms += UINT64_C(100) * 3600 * 1000;
	world_restart(&w);
	for (unsigned i = 1; i <= 5; i++) {
		relay_tick(w.relay, w.now_ms, w.mono_ms);
		world_settle(&w);
	}
	for (unsigned i = 1; i <= 5; i++) {
		docket_next_case(&d, i);
		assert_int_equal(place_of(&d, d.topic).seq, 2);
		assert_true(case_state(&d).overdue);
	}
}

/* Killed while `overdue` was on its way: it comes, and once; whether it had reached the
 * disk or not. */
static void p7_overdue_survives_a_kill(void **state)
{
	(void)state;
	for (int stored = 0; stored < 2; stored++) {
		docket_next_case(&d, (unsigned)stored + 1);
		submit_signal(&d);
		client_disconnect(d.reporter);
		for (int i = 0; i < NUM_DESKS; i++) {
			client_disconnect(d.desks[i].people[0]);
			client_disconnect(d.desks[i].people[1]);
		}
		w.now_ms += 1000 * ACKNOWLEDGE_S(2);
		relay_tick(w.relay, w.now_ms, w.mono_ms);
		assert_true(w.num_waiting > 0);
		if (stored == 1) {
			world_commit(&w, w.num_waiting);
		}
		world_restart(&w);
		relay_tick(w.relay, w.now_ms, w.mono_ms);
		world_settle(&w);
		assert_int_equal(place_of(&d, d.topic).seq, 2);
		for (int i = 0; i < NUM_DESKS; i++) {
			client_connect(d.desks[i].people[0]);
			client_auth(d.desks[i].people[0]);
		}
	}
}

static void p7_a_clock_that_jumps(void **state)
{
	(void)state;
	submit_signal(&d);
	w.now_ms += UINT64_C(3600) * 1000;
	world_pass(&w, 1000);
	world_settle(&w);
	assert_int_equal(place_of(&d, d.topic).seq, 2);
	/* Set back: nothing is said twice, and nothing more until it is due. */
	w.now_ms -= UINT64_C(3600) * 1000;
	pass_s(&d, ACKNOWLEDGE_S(2) * 2);
	assert_int_equal(place_of(&d, d.topic).seq, 2);
}

/* The professional's word and the clock race: whoever comes second sees the first. */
static void p7_a_word_and_the_clock(void **state)
{
	struct deed word = deed_by(KR_EVENT_ACKNOWLEDGED, 0);
	struct kr_request r;

	(void)state;
	submit_signal(&d);
	r = make_deed(&d, &word, NULL);
	w.now_ms += 1000 * ACKNOWLEDGE_S(2);
	send_request(
		d.desks[0].people[0], &r); /* in time: the clock had not been looked at */
	relay_tick(w.relay, w.now_ms, w.mono_ms);
	assert_int_equal(w.num_waiting, 2);
	world_settle(&w);
	expect_code(answer_to(d.desks[0].people[0], r.id), "ok");
	assert_int_equal(place_of(&d, d.topic).seq, 2);
	assert_false(case_state(&d).overdue);
	/* The other way round. */
	docket_next_case(&d, 2);
	submit_signal(&d);
	r = make_deed(&d, &word, NULL);
	w.now_ms += 1000 * ACKNOWLEDGE_S(2);
	relay_tick(w.relay, w.now_ms, w.mono_ms);
	send_request(d.desks[0].people[0], &r);
	world_settle(&w);
	expect_code(answer_to(d.desks[0].people[0], r.id), "rev_past");
	assert_true(case_state(&d).overdue);
	assert_int_equal(place_of(&d, d.topic).seq, 2);
}

static void p7_promises_have_an_end(void **state)
{
	(void)state;
	submit_signal(&d);
	do_deed(&d, deed_by(KR_EVENT_ACKNOWLEDGED, 0), "ok");
	do_deed(&d, deed_promised(&d, 0, PROMISE_S + 1), "limit");
	do_deed(&d, deed_promised(&d, 0, PROMISE_S), "ok");
	do_deed(&d, deed_promised(&d, 0, 60), "ok");
	do_deed(&d, deed_promised(&d, 0, 60), "limit");
	pass_s(&d, 61);
	assert_true(case_state(&d).overdue);
	do_deed(&d, deed_by(KR_EVENT_FOLLOW_UP, 0), "ok");
	assert_false(case_state(&d).overdue);
	do_deed(&d, deed_promised(&d, 0, 60), "ok");
}

/* More than can be under way at a time. */
static void p7_many_come_due_at_once(void **state)
{
	struct store_case_counts counts;

	(void)state;
	for (unsigned i = 1; i <= 300; i++) {
		docket_next_case(&d, i);
		submit_signal(&d);
	}
	assert_int_equal(relay_case_counts(w.relay, &counts), KR_OK);
	assert_int_equal(counts.open, 300);
	assert_int_equal(counts.overdue, 0);
	w.now_ms += 1000 * ACKNOWLEDGE_S(2);
	w.propose_err = KR_ERR_LIMIT; /* and nobody takes them at first */
	relay_tick(w.relay, w.now_ms, w.mono_ms);
	assert_int_equal(w.num_waiting, 0);
	w.propose_err = KR_OK;
	relay_tick(w.relay, w.now_ms, w.mono_ms);
	assert_true(w.num_waiting > 0 && w.num_waiting < 300);
	world_settle(&w);
	assert_int_equal(relay_case_counts(w.relay, &counts), KR_OK);
	assert_int_equal(counts.overdue, 300);
}

/* ---- Erasure ---------------------------------------------------------------------- */

/* Nobody opened it, so nobody is owed what it says; from then on it is the owner's to
 * keep until it is closed. */
static void erased_on_request(void **state)
{
	(void)state;
	submit_signal(&d);
	do_deed(&d, deed_by(KR_EVENT_ERASED, 0), "state");
	do_deed(&d, deed_by(KR_EVENT_ERASED, 1), "forbidden");
	do_deed(&d, deed_by(KR_EVENT_ERASED, REPORTER), "ok");
	assert_int_equal(case_state(&d).phase, KR_CASE_ERASED);
	do_deed(&d, deed_by(KR_EVENT_ACKNOWLEDGED, 0), "state");
	pass_s(&d, 2 * ACKNOWLEDGE_S(2));
	assert_int_equal(place_of(&d, d.topic).seq, 2);
	docket_next_case(&d, 2);
	submit_signal(&d);
	do_deed(&d, deed_by(KR_EVENT_ACKNOWLEDGED, 0), "ok");
	do_deed(&d, deed_by(KR_EVENT_CLOSED, 0), "ok");
	do_deed(&d, deed_by(KR_EVENT_ERASED, REPORTER), "forbidden");
	do_deed(&d, deed_by(KR_EVENT_CLOSE_READ, REPORTER), "ok");
	do_deed(&d, deed_by(KR_EVENT_ERASED, 0), "ok");
	assert_int_equal(case_state(&d).phase, KR_CASE_ERASED);
	docket_next_case(&d, 3);
	submit_signal(&d);
	do_deed(&d, deed_by(KR_EVENT_ACKNOWLEDGED, 0), "ok");
	do_deed(&d, deed_by(KR_EVENT_WITHDRAWN, REPORTER), "ok");
	do_deed(&d, deed_by(KR_EVENT_ERASED, 0), "ok");
}

/* The failure that all this is there to prevent: the word vanishes before it was read. */
static void p6_an_unread_word_is_kept(void **state)
{
	(void)state;
	submit_signal(&d);
	do_deed(&d, deed_by(KR_EVENT_ACKNOWLEDGED, 0), "ok");
	do_deed(&d, deed_by(KR_EVENT_CLOSED, 0), "ok");
	do_deed(&d, deed_by(KR_EVENT_ERASED, 0), "state");
	do_deed(&d, deed_by(KR_EVENT_ERASED, 1), "forbidden");
	w.now_ms += UINT64_C(1000) * (RETENTION_UNREAD_S - 60);
	do_deed(&d, deed_by(KR_EVENT_ERASED, 0), "state");
	assert_int_equal(place_of(&d, d.topic).seq, 3);
	assert_int_equal(case_state(&d).phase, KR_CASE_CLOSED);
	pass_s(&d, 63);
	assert_int_equal(case_state(&d).phase, KR_CASE_ERASED);
}

static void what_is_closed_expires(void **state)
{
	struct kr_request r;

	(void)state;
	submit_signal(&d);
	do_deed(&d, deed_by(KR_EVENT_ACKNOWLEDGED, 0), "ok");
	do_deed(&d, deed_by(KR_EVENT_CLOSED, 0), "ok");
	w.now_ms += UINT64_C(1000) * RETENTION_UNREAD_S;
	pass_s(&d, 3);
	assert_int_equal(case_state(&d).phase, KR_CASE_ERASED);
	assert_int_equal(place_of(&d, d.topic).seq, 4);
	/* Nobody's list has it, whoever knows it sees that it was erased. */
	r = ask(d.desks[0].people[0], KR_VERB_INBOX_CASES);
	ask_topic(&r, d.desks[0].topic);
	expect(d.desks[0].people[0], &r, "ok");
	r = ask(d.reporter, KR_VERB_TOPIC_HEAD);
	ask_topic(&r, d.topic);
	expect(d.reporter, &r, "ok");
	do_deed(&d, deed_urgent(KR_EVENT_REOPENED, REPORTER, 2), "state");
}

/* Nobody ever says a word, for a thousand years: the case can still be read, and its
 * owner heard at once. */
static void p7_a_case_that_is_overdue_for_ever(void **state)
{
	uint64_t begin_ms = w.now_ms;
	uint64_t seq;

	(void)state;
	submit_signal(&d);
	while (w.now_ms - begin_ms < UINT64_C(1000) * 365 * 86400 * 1000) {
		w.now_ms = case_state(&d).until_ms;
		relay_tick(w.relay, w.now_ms, w.mono_ms);
		world_settle(&w);
	}
	seq = place_of(&d, d.topic).seq;
	assert_in_range(seq, KR_CASE_OVERDUE_OFTEN, 2 * KR_CASE_OVERDUE_OFTEN);
	do_deed(&d, deed_by(KR_EVENT_ACKNOWLEDGED, 0), "ok");
	assert_int_equal(
		case_state(&d).until_ms, w.now_ms + UINT64_C(1000) * FOLLOW_UP_S(2));
	pass_s(&d, FOLLOW_UP_S(2));
	assert_int_equal(place_of(&d, d.topic).seq, seq + 2);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(p7_overdue_comes_once_and_lets_the_fallback_in),
		cmocka_unit_test_setup_teardown(p7_a_full_queue_holds_no_clock_back,
			setup_one_at_a_time, teardown),
		CASE(p7_what_came_due_while_it_was_down),
		CASE(p7_overdue_survives_a_kill),
		CASE(p7_a_clock_that_jumps),
		CASE(p7_a_word_and_the_clock),
		CASE(p7_promises_have_an_end),
		CASE(p7_many_come_due_at_once),
		CASE(what_is_closed_expires),
		CASE(erased_on_request),
		CASE(p6_an_unread_word_is_kept),
		CASE(p7_a_case_that_is_overdue_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
