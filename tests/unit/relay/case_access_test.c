/* Who sees what of a case, and from when until when (P4, P5). */
#include <string.h>

#include "scene.h"

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

/* Whatever was done, the projection is what the log adds up to. */
static int teardown(void **state)
{
	(void)state;
	world_verify(&w);
	docket_close(&d);
	world_close(&w);
	return 0;
}

/* ---- Wraps ------------------------------------------------------------------------ */

/* How many wraps somebody gets; checks that each is meant for that inbox. */
static size_t num_wraps(struct client *c, int desk, const char *code)
{
	struct kr_request r = ask(c, KR_VERB_CASE_KEYS);
	const struct received *answer;
	size_t num;

	ask_topic(&r, d.topic);
	r.fields |= KR_R(AFTER);
	if (desk >= 0) {
		memcpy(r.inbox, d.desks[desk].id, sizeof(r.inbox));
		r.fields |= KR_R(INBOX);
	}
	answer = expect(c, &r, code);
	num = answer->body.len / 90;
	assert_int_equal(answer->body.len % 90, 0);
	for (size_t i = 0; i < num; i++) {
		const uint8_t *wrap = answer->body.data + i * 90 + 10;
		static const uint8_t zero[KR_ID_BYTES];

		assert_memory_equal(
			wrap + 32, desk >= 0 ? d.desks[desk].id : zero, KR_ID_BYTES);
	}
	return num;
}

static void p4_wraps_are_handed_out_when_somebody_is_let_in(void **state)
{
	struct client *owner = d.desks[0].people[1];
	struct client *fallback = d.desks[1].people[0];
	struct client *offered = d.desks[2].people[0];

	(void)state;
	submit_signal(&d); /* words and identity: owner 2, fallback 2 */
	assert_int_equal(num_wraps(owner, 0, "ok"), 2);
	assert_int_equal(num_wraps(d.reporter, REPORTER, "ok"), 0);
	num_wraps(fallback, 1, "forbidden");
	num_wraps(owner, 1, "forbidden");
	num_wraps(owner, REPORTER, "field");
	num_wraps(d.reporter, 0, "field");
	do_deed(&d, deed_by(KR_EVENT_ACKNOWLEDGED, 0), "ok");
	assert_int_equal(num_wraps(d.reporter, REPORTER, "ok"), 1);
	do_deed(&d, deed_about(KR_EVENT_HANDOVER_OFFERED, 0, 2), "ok");
	/* The offer's words at once; the keys and all that follows once it accepts. */
	assert_int_equal(num_wraps(offered, 2, "ok"), 1);
	do_deed(&d, deed_by(KR_EVENT_QUESTION, 0), "ok");
	assert_int_equal(num_wraps(offered, 2, "ok"), 1);
	do_deed(&d, deed_accepted(2, 1), "ok");
	assert_int_equal(num_wraps(offered, 2, "ok"), 4);
	num_wraps(fallback, 1, "forbidden");
	pass_s(&d, FOLLOW_UP_S(2) + 1);
	/* All that waited: of the signal two, and of each word since. */
	assert_int_equal(num_wraps(fallback, 1, "ok"), 6);
}

/* ---- Who sees what ---------------------------------------------------------------- */

static void p5_who_is_out_sees_nothing_more(void **state)
{
	struct client *leaver = d.desks[0].people[1];
	struct client *asked = d.desks[3].people[0];
	struct kr_request r;
	size_t num_before;

	(void)state;
	submit_signal(&d);
	do_deed(&d, deed_about(KR_EVENT_CONSULTED, 0, 3), "ok");
	subscribe(leaver, d.topic, 0);
	subscribe(leaver, d.desks[0].topic, 0);
	subscribe(leaver, notes_topic(&d, 0), 0);
	subscribe(asked, d.topic, 0);
	client_drain(leaver);
	client_drain(asked);
	do_deed(&d, deed_about(KR_EVENT_PARTED, 3, 3), "ok");
	client_drain(asked);
	assert_int_equal(num_ended(asked), 1);
	assert_false(may_read(asked, d.topic));
	d.desks[0].record.num_team = 1;
	d.desks[0].record.sealing_number = d.desks[0].record.number + 1;
	d.desks[0].record.sealing_key[0] ^= 1;
	set_record(&d, 0, "ok");
	client_drain(leaver);
	assert_int_equal(num_ended(leaver), 3);
	num_before = leaver->num_received;
	do_deed(&d, deed_by(KR_EVENT_ACKNOWLEDGED, 0), "ok");
	client_drain(leaver);
	assert_int_equal(leaver->num_received, num_before);
	assert_false(may_read(leaver, d.topic));
	assert_false(may_read(leaver, d.desks[0].topic));
	assert_false(may_read(leaver, notes_topic(&d, 0)));
	r = make_deed(
		&d, &(struct deed){KR_EVENT_QUESTION, 0, NOBODY, NOBODY, 0, 0, 1}, NULL);
	expect(leaver, &r, "forbidden");
}

/* All that a professional gets of a signal without a fallback is all that was sent:
 * whoever kept it, and is out, does not come back as the reporter. */
static void p5_a_copy_of_the_signal_is_no_receipt(void **state)
{
	struct client *leaver = client_new(&w, 73);
	struct kr_request copy;
	struct kr_request r;

	(void)state;
	copy = make_deed(&d,
		&(struct deed){KR_EVENT_SUBMITTED, REPORTER, 0, NOBODY, 2, 0, 0}, NULL);
	expect(d.reporter, &copy, "ok");
	client_connect(leaver);
	copy.id = leaver->next_id++;
	expect(leaver, &copy, "ok"); /* as it was answered then, and no more than that */
	r = ask(leaver, KR_VERB_TOPIC_HEAD);
	ask_topic(&r, d.topic);
	expect(leaver, &r, "auth_required");
	client_free(leaver);
}

/* The same, while a signal of the leaver's own is under way on that connection: what it
 * is let into is the case that it submitted, and no other that it names meanwhile. */
static void p5_a_copy_beside_a_signal_of_ones_own(void **state)
{
	struct client *leaver = client_new(&w, 73);
	struct kr_topic theirs = d.topic;
	struct deed signal = {KR_EVENT_SUBMITTED, REPORTER, 0, NOBODY, 2, 0, 0};
	struct kr_request copy = make_deed(&d, &signal, NULL);
	struct kr_request own;
	struct kr_request r;

	(void)state;
	expect(d.reporter, &copy, "ok");
	client_connect(leaver);
	docket_next_case(&d, 7);
	own = make_deed(&d, &signal, NULL);
	own.id = leaver->next_id++;
	send_request(leaver, &own);
	/* The first is refused, and must not undo what is under way. */
	for (int i = 0; i < 2; i++) {
		copy.id = leaver->next_id++;
		send_request(leaver, &copy);
	}
	r = ask(leaver, KR_VERB_AUTH);
	memcpy(r.account, leaver->account, sizeof(r.account));
	r.fields |= KR_R(ACCOUNT) | KR_R(KEY) | KR_R(SIG);
	send_request(leaver, &r);
	world_settle(&w);
	expect_code(answer_to(leaver, own.id), "ok");
	assert_false(may_read(leaver, theirs));
	assert_true(may_read(leaver, d.topic));
	expect_code(answer_to(leaver, copy.id), "named");
	expect_code(answer_to(leaver, r.id), "named");
	client_free(leaver);
}

/* The record is changed while an act is under way: the act is asked anew. */
static void p5_a_team_that_changes_under_an_act(void **state)
{
	struct client *leaver = d.desks[0].people[1];
	struct deed deed = {KR_EVENT_ACKNOWLEDGED, 0, NOBODY, NOBODY, 0, 0, 1};
	struct kr_request set = ask(d.desks[0].people[0], KR_VERB_INBOX_UPDATE);
	struct kr_request act;
	struct kr_bytes record;

	(void)state;
	submit_signal(&d);
	act = make_deed(&d, &deed, NULL);
	d.desks[0].record.num_team = 1;
	record = next_record(&d, 0);
	ask_topic(&set, d.desks[0].topic);
	set.body = kr_view_bytes(&record);
	send_request(d.desks[0].people[0], &set);
	send_request(leaver, &act);
	world_settle(&w);
	expect_code(answer_to(d.desks[0].people[0], set.id), "ok");
	expect_code(answer_to(leaver, act.id), "forbidden");
	assert_int_equal(place_of(&d, d.topic).seq, 1);
	kr_bytes_free(&d.desks[0].bytes);
	d.desks[0].bytes = record;
}

static void only_those_who_may_read_a_case(void **state)
{
	struct client *stranger = client_in(&w, 71);
	struct client *nobody = client_new(&w, 72);
	struct kr_request r;

	(void)state;
	client_connect(nobody);
	submit_signal(&d);
	assert_true(may_read(d.desks[0].people[0], d.topic));
	assert_true(may_read(d.desks[0].people[1], notes_topic(&d, 0)));
	assert_true(may_read(d.reporter, d.topic));
	assert_false(may_read(d.reporter, notes_topic(&d, 0)));
	assert_false(may_read(d.reporter, d.desks[0].topic));
	assert_false(may_read(d.reporter, kr_topic(KR_TOPIC_WRAPS, d.topic.id)));
	assert_false(may_read(d.reporter, kr_topic(KR_TOPIC_ACCOUNT, d.topic.id)));
	assert_false(
		may_read(d.desks[0].people[0], kr_topic(KR_TOPIC_WRAPS, d.topic.id)));
	assert_false(may_read(d.desks[1].people[0], d.topic));
	assert_false(may_read(d.desks[4].people[0], d.topic));
	assert_false(may_read(stranger, d.topic));
	assert_false(may_read(stranger, d.desks[0].topic));
	r = ask(nobody, KR_VERB_TOPIC_HEAD);
	ask_topic(&r, d.topic);
	expect(nobody, &r, "auth_required");
	client_free(stranger);
	client_free(nobody);
}

/* ---- Notes ------------------------------------------------------------------------ */

static void notes_are_for_one_inbox(void **state)
{
	struct kr_request first;
	struct kr_request second;
	struct client *a = d.desks[0].people[0];
	struct client *b = d.desks[0].people[1];

	(void)state;
	submit_signal(&d);
	first = make_note(&d, 1, 0);
	expect(d.desks[1].people[0], &first, "forbidden"); /* it waits */
	first = make_note(&d, 0, 0);
	second = make_note(&d, 0, 1);
	send_request(a, &first);
	send_request(b, &second);
	world_settle(&w);
	expect_code(answer_to(a, first.id), "ok");
	expect_code(answer_to(b, second.id), "rev_past");
	first.id = a->next_id++;
	expect(a, &first, "ok"); /* the same again */
	assert_int_equal(place_of(&d, notes_topic(&d, 0)).seq, 1);
	second = make_note(&d, 0, 1);
	expect(b, &second, "ok");
	assert_false(may_read(d.reporter, notes_topic(&d, 0)));
	/* Nothing of it in the case; its own inbox is told of both, and the fallback of
	 * none. */
	assert_int_equal(place_of(&d, d.topic).seq, 1);
	assert_int_equal(place_of(&d, d.desks[0].topic).seq, 4);
	assert_int_equal(place_of(&d, d.desks[1].topic).seq, 1);
}

/* ---- What a neighbour sees -------------------------------------------------------- */

static void look(struct client *c, enum kr_verb verb, struct kr_topic topic)
{
	struct kr_request r = ask(c, verb);

	if (verb != KR_VERB_ACCOUNT_TOPICS) {
		ask_topic(&r, topic);
	}
	if (verb == KR_VERB_INBOX_READ) {
		r.fields |= KR_R(AFTER);
	}
	expect(c, &r, "ok");
}

/* A while in a neighbourhood, in which somebody sends a signal or nobody does. All that a
 * member gets to see of it, byte for byte. */
static void live_a_while(bool sends_a_signal, struct kr_writer *seen)
{
	static struct scene s;
	struct kr_request signal;

	scene_open(&s);
	docket_open(&s.docket, &s.w);
	subscribe(s.member, s.group, 2);
	subscribe(s.member, s.community, 0);
	signal = make_deed(&s.docket, &signal_of_today, NULL);
	for (int i = 0; i < 8; i++) {
		if (i == 2 && sends_a_signal) {
			expect(s.docket.reporter, &signal, "ok");
		}
		post(s.coordinator, s.group, 500 + (unsigned)i, "ok");
		look(s.member, KR_VERB_TOPIC_HEAD, s.group);
		look(s.member, KR_VERB_ACCOUNT_TOPICS, s.group);
		look(s.member, KR_VERB_INBOX_READ, s.docket.desks[0].topic);
		look(s.member, KR_VERB_INBOX_READ, s.docket.desks[1].topic);
		world_pass(&s.w, 30000); /* the clock runs out in between */
		world_settle(&s.w);
	}
	assert_int_equal(place_of(&s.docket, s.docket.topic).seq, sends_a_signal ? 2 : 0);
	for (size_t i = 0; i < s.member->num_received; i++) {
		kr_write_vec(seen, kr_view_bytes(&s.member->received[i].bytes));
	}
	scene_close(&s);
}

static void p8_a_neighbour_sees_no_difference(void **state)
{
	KR_AUTO_WRITER struct kr_writer with = {0};
	KR_AUTO_WRITER struct kr_writer without = {0};

	(void)state;
	kr_writer_init(&with);
	kr_writer_init(&without);
	live_a_while(true, &with);
	live_a_while(false, &without);
	assert_int_equal(with.err, KR_OK);
	assert_true(with.len > 1000);
	assert_true(kr_view_equal(kr_writer_view(&with), kr_writer_view(&without)));
}

/* ---- Teams ------------------------------------------------------------------------ */

/* Everybody's connection, drained: how often each heard of desk 3's inbox. */
static size_t heard(struct client *c)
{
	client_drain(c);
	return num_begun(c, d.desks[3].topic);
}

/* At once, on the connection that is there; nobody else hears of it, and nothing else. */
static void p8_who_is_taken_in_hears_of_it(void **state)
{
	struct desk *k = &d.desks[3];
	struct client *taken = d.desks[1].people[0];
	struct client *mate = k->people[1];

	(void)state;
	submit_signal(&d);
	subscribe(k->people[0], k->topic, 0);
	subscribe(mate, k->topic, 0);
	client_forget(k->people[0]);
	client_forget(mate);
	client_forget(taken);
	k->record.team[2] = d.desks[1].record.team[0];
	k->record.team[2].administrator = false;
	k->record.num_team = 3;
	set_record(&d, 3, "ok");
	assert_int_equal(heard(taken), 1);
	assert_int_equal(taken->num_received, 1);
	assert_true(may_read(taken, k->topic));
	assert_int_equal(heard(k->people[0]) + heard(mate), 0); /* they follow it */
	assert_int_equal(heard(d.desks[1].people[1]), 0);
	assert_int_equal(heard(d.desks[2].people[0]), 0);
	assert_int_equal(heard(d.reporter), 0);

	subscribe(taken, k->topic, 0);
	set_record(&d, 3, "ok");
	assert_int_equal(heard(taken), 1);
	k->record.num_team = 2;
	set_record(&d, 3, "ok");
	client_drain(taken);
	assert_int_equal(num_ended(taken), 1);
	assert_int_equal(heard(taken), 1);
	assert_false(may_read(taken, k->topic));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(p4_wraps_are_handed_out_when_somebody_is_let_in),
		CASE(p5_who_is_out_sees_nothing_more),
		CASE(p5_a_copy_of_the_signal_is_no_receipt),
		CASE(p5_a_copy_beside_a_signal_of_ones_own),
		CASE(p5_a_team_that_changes_under_an_act),
		CASE(p8_who_is_taken_in_hears_of_it),
		CASE(only_those_who_may_read_a_case),
		CASE(notes_are_for_one_inbox),
		cmocka_unit_test(p8_a_neighbour_sees_no_difference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
