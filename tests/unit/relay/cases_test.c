/* Cases at the relay: what is taken, in what order (P6), and what is refused (P8, P9). */
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

/* Whatever was done, the projection is what the log adds up to. */
static int teardown(void **state)
{
	(void)state;
	world_verify(&w);
	docket_close(&d);
	world_close(&w);
	return 0;
}

/* ---- The signal -------------------------------------------------------------------- */

static void p7_an_arrival_is_promised_and_signed(void **state)
{
	struct kr_relay_word word;
	uint8_t key[KR_ED25519_PUBLIC_BYTES];
	uint8_t hash[KR_SHA256_BYTES];
	const struct received *answer;
	struct kr_request open;
	struct kr_request r;

	(void)state;
	r = make_deed(&d, &signal_of_today, NULL);
	answer = expect(d.reporter, &r, "ok");
	relay_key(w.relay, key);
	assert_int_equal(kr_relay_word_read(&word, answer->body, key), KR_OK);
	assert_int_equal(word.kind, KR_RELAY_ARRIVAL);
	assert_int_equal(word.seq, 1);
	assert_int_equal(word.time_ms, w.now_ms);
	assert_int_equal(word.until_ms, w.now_ms + 1000 * ACKNOWLEDGE_S(2));
	assert_int_equal(number_in(answer, "until"), word.until_ms);
	assert_memory_equal(word.inbox, d.desks[0].id, KR_ID_BYTES);
	assert_memory_equal(word.case_id, d.topic.id, KR_ID_BYTES);
	assert_int_equal(
		kr_json_get_bytes(&answer->object, "hash", hash, sizeof(hash)), KR_OK);
	assert_memory_equal(word.hash, hash, sizeof(hash));
	assert_memory_equal(place_of(&d, d.topic).hash, hash, sizeof(hash));

	/* The answer was lost: from another connection, later, the same words again. */
	client_disconnect(d.reporter);
	client_forget(d.reporter);
	world_pass(&w, 5000);
	client_connect(d.reporter);
	r.id = d.reporter->next_id++;
	answer = expect(d.reporter, &r, "ok");
	assert_int_equal(kr_relay_word_read(&word, answer->body, key), KR_OK);
	assert_int_equal(word.time_ms, w.now_ms - 5000);
	assert_memory_equal(word.hash, hash, sizeof(hash));
	assert_int_equal(place_of(&d, d.topic).seq, 1);
	/* The case is not open there, until the receipt opens it. */
	r = ask(d.reporter, KR_VERB_TOPIC_HEAD);
	ask_topic(&r, d.topic);
	expect(d.reporter, &r, "auth_required");
	open = ask_open(&d, d.reporter);
	expect(d.reporter, &open, "ok");
	r.id = d.reporter->next_id++;
	expect(d.reporter, &r, "ok");
}

static void p8_a_case_hangs_on_no_account(void **state)
{
	struct client *named = client_in(&w, 70);
	struct kr_request r;
	struct kr_request open;

	(void)state;
	r = make_deed(&d, &signal_of_today, NULL);
	r.id = named->next_id++;
	expect(named, &r, "named");
	r.id = d.reporter->next_id++;
	expect(d.reporter, &r, "ok");
	open = ask_open(&d, named);
	expect(named, &open, "named");
	assert_int_equal(named->close_code, 0);
	/* Who has a case open can neither authenticate nor open or begin another. */
	open = ask_open(&d, d.reporter);
	expect(d.reporter, &open, "named");
	client_auth_code(d.reporter, "named");
	d.topic.id[0] ^= 1;
	do_deed(&d, deed_submitted(0, 1, 2), "named");
	d.topic.id[0] ^= 1;
	client_free(named);
}

static uint8_t used_id[KR_EVENT_ID_BYTES];

static void bend_id(struct kr_case_event *e)
{
	memcpy(e->event, used_id, sizeof(e->event));
}

/* An event's id comes a second time with something else under it. */
static void p9_an_id_is_not_used_twice(void **state)
{
	struct deed deed = deed_by(KR_EVENT_ACKNOWLEDGED, 0);
	struct kr_request r;
	uint64_t num;

	(void)state;
	submit_signal(&d);
	r = make_deed(&d, &deed, NULL);
	memcpy(used_id, r.event, sizeof(used_id));
	expect(who_does(&d, &deed), &r, "ok");
	num = num_stored_events(&d);
	deed.type = KR_EVENT_FOLLOW_UP;
	r = make_deed(&d, &deed, bend_id);
	memcpy(r.event, used_id, sizeof(used_id));
	expect(who_does(&d, &deed), &r, "id_reused");
	assert_int_equal(num_stored_events(&d), num);
}

/* The fallback's wrap, not to be held back. */
static void at_once(struct kr_case_event *e)
{
	e->recipients[1].purpose = KR_WRAP_PARTY;
}

/* While it is on its way to the disk, too. */
static void p8_a_signal_under_way_names_nobody(void **state)
{
	struct kr_request r;
	struct deed deed;

	(void)state;
	r = make_deed(&d, &signal_of_today, NULL);
	send_request(d.reporter, &r);
	client_auth_code(d.reporter, "named");
	world_settle(&w);
	expect_code(answer_to(d.reporter, r.id), "ok");
	/* One that was refused leaves the connection free. */
	docket_next_case(&d, 2);
	deed = deed_submitted(0, 1, 2);
	r = make_deed(&d, &deed, at_once);
	expect(d.reporter, &r, "recipients");
	client_auth(d.reporter);
}

static void p9_signals_that_are_refused(void **state)
{
	const struct {
		int inbox;
		int fallback;
		const char *code;
	} rows[] = {{3, 1, "not_found"}, {0, 3, "not_found"}, {0, 1, "ok"}};

	(void)state;
	for (size_t i = 0; i < NUM(rows); i++) {
		struct desk ghost = d.desks[3];

		if (strcmp(rows[i].code, "not_found") == 0) {
			d.desks[3].id[5] ^= 1; /* no such inbox */
		}
		do_deed(&d, deed_submitted(rows[i].inbox, rows[i].fallback, 2),
			rows[i].code);
		d.desks[3] = ghost;
	}
	/* The locator is taken, whoever comes. */
	client_disconnect(d.reporter);
	client_connect(d.reporter);
	do_deed(&d, deed_submitted(0, 1, 2), "exists");
	/* An inbox that has moved or expired takes nothing. */
	docket_next_case(&d, 2);
	d.desks[3].record.moved = true;
	memset(d.desks[3].record.successor, 9, KR_ED25519_PUBLIC_BYTES);
	set_record(&d, 3, "ok");
	do_deed(&d, deed_submitted(3, 1, 2), "state");
	do_deed(&d, deed_submitted(0, 3, 2), "state");
	w.now_ms = d.desks[4].record.expires_ms;
	relay_tick(w.relay, w.now_ms, w.mono_ms);
	world_settle(&w);
	do_deed(&d, deed_submitted(4, 1, 2), "state");
}

/* ---- Acts ------------------------------------------------------------------------- */

/* The owner's client and the reporter's see every event, in order, with its hash. */
static void p6_a_story_from_submission_to_close(void **state)
{
	static const uint8_t zero[KR_SHA256_BYTES];

	(void)state;
	submit_signal(&d);
	subscribe(d.desks[0].people[1], d.topic, 0);
	subscribe(d.reporter, d.topic, 0);
	do_deed(&d, deed_by(KR_EVENT_ACKNOWLEDGED, 1), "forbidden");
	do_deed(&d, deed_by(KR_EVENT_ACKNOWLEDGED, 0), "ok");
	do_deed(&d, deed_by(KR_EVENT_QUESTION, 0), "ok");
	do_deed(&d, deed_by(KR_EVENT_ANSWER, REPORTER), "ok");
	do_deed(&d, deed_promised(&d, 0, 100), "ok");
	assert_int_equal(case_state(&d).until_ms, w.now_ms + 100000);
	do_deed(&d, deed_about(KR_EVENT_HANDOVER_OFFERED, 0, 2), "ok");
	assert_int_equal(role_of(&d, 0), KR_PARTY_OWNER);
	do_deed(&d, deed_accepted(3, 1), "forbidden");
	do_deed(&d, deed_accepted(2, NOBODY),
		"state"); /* its record names one that could */
	do_deed(&d, deed_accepted(2, 1), "ok");
	assert_int_equal(role_of(&d, 2), KR_PARTY_OWNER);
	assert_int_equal(role_of(&d, 0), KR_PARTY_FORMER);
	do_deed(&d, deed_by(KR_EVENT_FOLLOW_UP, 0), "forbidden");
	do_deed(&d, deed_by(KR_EVENT_FOLLOW_UP, 2), "ok");
	do_deed(&d, deed_by(KR_EVENT_CLOSED, 2), "ok");
	do_deed(&d, deed_by(KR_EVENT_FOLLOW_UP, 2), "state");
	assert_int_equal(case_state(&d).until_ms, w.now_ms + 1000 * RETENTION_UNREAD_S);
	do_deed(&d, deed_by(KR_EVENT_CLOSE_READ, REPORTER), "ok");
	assert_int_equal(case_state(&d).until_ms, w.now_ms + 1000 * RETENTION_S);
	do_deed(&d, deed_urgent(KR_EVENT_REOPENED, REPORTER, 1), "ok");
	assert_int_equal(case_state(&d).until_ms, w.now_ms + 1000 * ACKNOWLEDGE_S(1));
	client_drain(d.reporter);
	client_drain(d.desks[0].people[1]);
	assert_int_equal(check_chain(d.reporter, d.topic, 0, zero), 11);
	assert_int_equal(check_chain(d.desks[0].people[1], d.topic, 0, zero), 11);
}

static bool was_taken(struct client *c, uint64_t id)
{
	const struct received *answer = answer_to(c, id);

	assert_non_null(answer);
	return !kr_json_has(&answer->object, "error");
}

/* A case that 0 owns and has offered to 2, unless it is to be offered to another. */
static void race_case(unsigned number, bool is_offered)
{
	docket_next_case(&d, number);
	submit_signal(&d);
	if (is_offered) {
		do_deed(&d, deed_about(KR_EVENT_HANDOVER_OFFERED, 0, 2), "ok");
	}
}

/* Of two acts on one state exactly one is taken, in either order, whatever they are. */
static void p6_of_two_acts_one_is_taken(void **state)
{
	const struct deed deeds[] = {
		deed_by(KR_EVENT_ACKNOWLEDGED, 0),
		deed_about(KR_EVENT_CONSULTED, 0, 4),
		deed_by(KR_EVENT_CLOSED, 0),
		deed_by(KR_EVENT_WITHDRAWN, REPORTER),
		deed_by(KR_EVENT_ANSWER, REPORTER),
		deed_accepted(2, 1),
		deed_about(KR_EVENT_HANDOVER_DECLINED, 2, 2),
		deed_about(KR_EVENT_HANDOVER_OFFERED, 0, 3),
	};
	unsigned number = 10;

	(void)state;
	for (size_t i = 0; i < NUM(deeds); i++) {
		for (size_t k = 0; k < NUM(deeds); k++) {
			bool offers = deeds[i].type == KR_EVENT_HANDOVER_OFFERED;
			struct client *a = who_does(&d, &deeds[i]);
			struct client *b = who_does(&d, &deeds[k]);
			struct kr_case_state after;
			struct kr_request first;
			struct kr_request second;
			uint64_t before;

			race_case(number++, !offers);
			before = place_of(&d, d.topic).seq;
			first = make_deed(&d, &deeds[i], NULL);
			second = make_deed(&d, &deeds[k], NULL);
			send_request(a, &first);
			send_request(b, &second);
			world_settle(&w);
			assert_true(was_taken(a, first.id));
			assert_false(was_taken(b, second.id));
			assert_int_equal(place_of(&d, d.topic).seq, before + 1);
			after = case_state(&d);
			assert_int_equal(owner_of(&d, &after),
				deeds[i].type == KR_EVENT_HANDOVER_ACCEPTED ? 2 : 0);
		}
	}
}

/* ---- Coming back ------------------------------------------------------------------ */

static void a_receipt_opens_its_case(void **state)
{
	struct kr_request r;

	(void)state;
	submit_signal(&d);
	client_disconnect(d.reporter);
	client_forget(d.reporter);
	client_connect(d.reporter);
	r = ask_open(&d, d.reporter);
	expect(d.reporter, &r, "ok");
	assert_int_equal(number_in(answer_to(d.reporter, r.id), "seq"), 1);
	do_deed(&d, deed_by(KR_EVENT_ANSWER, REPORTER), "ok");
}

/* An unknown locator and a wrong signature look the same, and are the only attempt. */
static void p9_guesses_at_receipts(void **state)
{
	(void)state;
	submit_signal(&d);
	for (int i = 0; i < 4; i++) {
		struct kr_request r;

		client_disconnect(d.reporter);
		client_forget(d.reporter);
		client_connect(d.reporter);
		r = ask_open(&d, d.reporter);
		r.topic.id[3] ^= i == 0 ? 1 : 0;
		r.sig[7] ^= i == 1 ? 1 : 0;
		if (i == 2) { /* of another connection */
			client_disconnect(d.reporter);
			client_connect(d.reporter);
		}
		r.topic.kind = i == 3 ? KR_TOPIC_GROUP : KR_TOPIC_CASE;
		expect(d.reporter, &r, i == 3 ? "field" : "auth_failed");
		assert_int_equal(d.reporter->close_code, i == 3 ? 0 : KR_CLOSE_AUTH);
	}
}

static void two_at_once(struct relay_config *config)
{
	never_idle(config);
	for (int level = 0; level < QUOTA_NUM_LEVELS; level++) {
		config->quotas[level][QUOTA_CASE] = (struct quota_rate){60, 2};
	}
}

/* However many connections somebody makes, an address has so many guesses; whoever has a
 * device there is not kept out by them. */
static void p9_guesses_are_counted_by_address(void **state)
{
	struct client *device;
	struct world small;
	struct docket other;

	(void)state;
	world_open_with(&small, two_at_once);
	docket_open(&other, &small);
	for (int i = 0; i < 6; i++) {
		const char *code = i < 2 || i == 4 ? "auth_failed" : "quota";
		struct kr_request r;

		docket_next_case(&other, (unsigned)i + 10);
		r = ask_open(&other, other.reporter);
		expect(other.reporter, &r, code);
		assert_int_equal(other.reporter->close_code,
			strcmp(code, "quota") == 0 ? 0 : KR_CLOSE_AUTH);
		if (i == 3) {
			world_pass(&small, 1000); /* one a second */
		}
	}
	device = client_in(&small, 75);
	client_free(device);
	docket_close(&other);
	world_close(&small);
}

/* ---- Bad events ------------------------------------------------------------------- */

static void other_case(struct kr_case_event *e)
{
	e->case_id[0] ^= 1;
}

static void other_event(struct kr_case_event *e)
{
	e->event[0] ^= 1;
}

static void stale_seq(struct kr_case_event *e)
{
	e->seen_seq--;
}

static void other_seen(struct kr_case_event *e)
{
	e->seen_hash[0] ^= 1;
}

static void other_record(struct kr_case_event *e)
{
	e->by_number++;
}

static void without_owner(struct kr_case_event *e)
{
	e->recipients[0].party[0] ^= 1;
}

static void other_wrap(struct kr_case_event *e)
{
	e->recipients[0].wrap_hash[0] ^= 1;
}

static void for_another_inbox(struct kr_case_event *e)
{
	memcpy(e->by, d.desks[2].id, sizeof(e->by));
}

static void for_no_inbox(struct kr_case_event *e)
{
	e->by[0] ^= 1;
}

static void p9_acts_that_are_refused(void **state)
{
	const struct {
		void (*bend)(struct kr_case_event *e);
		const char *code;
	} rows[] = {
		{other_case, "record"},
		{other_event, "record"},
		{other_wrap, "record"},
		{for_another_inbox, "forbidden"},
		{for_no_inbox, "forbidden"},
		{other_record, "state"},
		{stale_seq, "rev_past"},
		{other_seen, "rev_past"},
		{without_owner, "recipients"},
		{at_once, "recipients"},
	};
	struct client *c = d.desks[0].people[0];
	const struct deed deed = deed_by(KR_EVENT_ACKNOWLEDGED, 0);
	const struct received *answer;
	struct kr_request r;
	uint8_t body[8192];
	uint64_t before;

	(void)state;
	submit_signal(&d);
	before = num_stored_events(&d);
	for (size_t i = 0; i < NUM(rows); i++) {
		r = make_deed(&d, &deed, rows[i].bend);
		expect(c, &r, rows[i].code);
		assert_int_equal(num_stored_events(&d), before);
	}
	/* Who lost the race is told where the case is. */
	r = make_deed(&d, &deed, stale_seq);
	answer = expect(c, &r, "rev_past");
	assert_int_equal(number_in(answer, "seq"), 1);
	/* Bytes that are none, at each end and in between. */
	r = make_deed(&d, &deed, NULL);
	assert_true(r.body.len <= sizeof(body));
	memcpy(body, r.body.data, r.body.len);
	r.body.data = body;
	for (size_t at = 0; at < r.body.len; at += 61) {
		body[at] ^= 1;
		r.id = c->next_id++;
		expect(c, &r, "record");
		body[at] ^= 1;
	}
	for (size_t len = 1; len < r.body.len; len += 301) {
		struct kr_request cut = r;

		cut.id = c->next_id++;
		cut.body.len = len;
		expect(c, &cut, cut.wraps_len > len ? "field" : "record");
	}
	assert_int_equal(num_stored_events(&d), before);
	/* Signed by a colleague's device, over this connection. */
	r.id = d.desks[0].people[1]->next_id++;
	expect(d.desks[0].people[1], &r, "forbidden");
	/* And the good one is good. */
	r.id = c->next_id++;
	expect(c, &r, "ok");
}

/* A device that was removed signs for nobody, whatever the record says. */
static void p9_a_lost_device_signs_nothing(void **state)
{
	struct client *c = d.desks[0].people[0];
	struct kr_secret seed = {{0x77}};
	struct kr_ed25519_keypair second;
	struct kr_request r = ask(c, KR_VERB_DEVICE_ADD);
	struct kr_inbox_member *m = &d.desks[0].record.team[2];

	(void)state;
	submit_signal(&d);
	kr_ed25519_from_seed(&second, &seed);
	memcpy(r.key, second.public_key, sizeof(r.key));
	r.fields |= KR_R(KEY);
	r.body = kr_view_str("device");
	*m = d.desks[0].record.team[0];
	memcpy(m->device_key, second.public_key, sizeof(m->device_key));
	m->sealing_key[0] ^= 1;
	d.desks[0].record.num_team = 3;
	set_record(&d, 0, "record"); /* not the account's device yet */
	expect(c, &r, "ok");
	set_record(&d, 0, "ok");
	r = ask(c, KR_VERB_DEVICE_REMOVE);
	memcpy(r.key, second.public_key, sizeof(r.key));
	r.fields |= KR_R(KEY);
	r.body = kr_view_str("lost");
	expect(c, &r, "ok");
	{
		struct kr_ed25519_keypair first = c->device;

		c->device = second;
		do_deed(&d, deed_by(KR_EVENT_ACKNOWLEDGED, 0), "forbidden");
		c->device = first;
	}
	do_deed(&d, deed_by(KR_EVENT_ACKNOWLEDGED, 0), "ok");
}

/* ---- Room -------------------------------------------------------------------------- */

#define WORDS (KR_CASE_ROOM - KR_CASE_ROOM_KEPT)

/* Until there is no room. */
static void go_on(struct deed deed, int num)
{
	for (int i = 0; i < num; i++) {
		do_deed(&d, deed, "ok");
		client_forget(who_does(&d, &deed));
	}
	do_deed(&d, deed, "limit");
}

/* Whoever has the digits, or is in it, can fill what is theirs and nothing else: the
 * others go on, and what was begun can be ended. */
static void p7_who_fills_a_case_silences_nobody(void **state)
{
	uint64_t seq;

	(void)state;
	submit_signal(&d);
	do_deed(&d, deed_by(KR_EVENT_ACKNOWLEDGED, 0), "ok");
	go_on(deed_by(KR_EVENT_ANSWER, REPORTER), (WORDS - 8) / 2);
	seq = place_of(&d, d.topic).seq;
	do_deed(&d, deed_urgent(KR_EVENT_URGENCY_CHANGED, REPORTER, 1), "limit");
	assert_int_equal(place_of(&d, d.topic).seq, seq);
	go_on(deed_by(KR_EVENT_FOLLOW_UP, 0), WORDS / 2);
	do_deed(&d, deed_about(KR_EVENT_HANDOVER_OFFERED, 0, 2), "ok");
	do_deed(&d, deed_accepted(2, 1), "ok");
	do_deed(&d, deed_by(KR_EVENT_FOLLOW_UP, 2), "ok");
	do_deed(&d, deed_by(KR_EVENT_CLOSED, 2), "ok");
	do_deed(&d, deed_by(KR_EVENT_CLOSE_READ, REPORTER), "ok");
	do_deed(&d, deed_urgent(KR_EVENT_REOPENED, REPORTER, 1), "ok");
	do_deed(&d, deed_by(KR_EVENT_WITHDRAWN, REPORTER), "ok");
	do_deed(&d, deed_by(KR_EVENT_ERASED, 2), "ok");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(p7_an_arrival_is_promised_and_signed),
		CASE(p9_an_id_is_not_used_twice),
		CASE(p8_a_case_hangs_on_no_account),
		CASE(p8_a_signal_under_way_names_nobody),
		CASE(p9_signals_that_are_refused),
		CASE(p6_a_story_from_submission_to_close),
		CASE(p6_of_two_acts_one_is_taken),
		CASE(a_receipt_opens_its_case),
		CASE(p9_guesses_at_receipts),
		CASE(p9_guesses_are_counted_by_address),
		CASE(p9_acts_that_are_refused),
		CASE(p9_a_lost_device_signs_nothing),
		CASE(p7_who_fills_a_case_silences_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
