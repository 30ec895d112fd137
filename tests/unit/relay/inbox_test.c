/* Inboxes: how one begins, who may change it, who may read what of it (P5, P8, P9). */
#include <string.h>

#include "docket.h"

#include "test.h"

static struct world w;
static struct docket d;

static int setup(void **state)
{
	(void)state;
	world_open(&w);
	docket_open(&d, &w);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	world_verify(&w);
	docket_close(&d);
	world_close(&w);
	return 0;
}

static void ignore_done(void *ctx, enum kr_err err)
{
	(void)ctx;
	assert_int_equal(err, KR_OK);
}

/* ---- Beginning -------------------------------------------------------------------- */

/* Desk 4 once more, under another identity, so that nothing of it is there yet. */
static void begin_anew(struct kr_bytes *record)
{
	struct desk *k = &d.desks[4];

	k->identity.seed.bytes[3] ^= 0x55;
	kr_ed25519_from_seed(&k->identity, &k->identity.seed);
	kr_bytes_free(&k->bytes);
	k->bytes = (struct kr_bytes){0};
	k->record.number = 0;
	memset(k->record.previous, 0, sizeof(k->record.previous));
	*record = next_record(&d, 4);
}

static void grant_of(struct kr_request *r, unsigned number, uint32_t purpose)
{
	uint8_t hash[KR_SHA256_BYTES];

	memcpy(r->grant, &number, sizeof(number));
	r->grant[15] = (uint8_t)(0xa0 + purpose);
	r->fields |= KR_R(GRANT);
	kr_sha256(hash, kr_view(r->grant, sizeof(r->grant)));
	assert_int_equal(relay_operator_grant(w.relay, hash, w.now_ms + 60000, purpose,
				 ignore_done, NULL),
		KR_OK);
	world_settle(&w);
}

static void an_inbox_needs_its_own_kind_of_code(void **state)
{
	struct client *c = d.desks[4].people[0];
	struct kr_request r = ask(c, KR_VERB_INBOX_CREATE);
	struct kr_request again;
	struct kr_bytes record;

	(void)state;
	begin_anew(&record);
	r.body = kr_view_bytes(&record);
	r.fields |= KR_R(GRANT);
	expect(c, &r, "grant"); /* unknown */
	grant_of(&r, 1, 1);
	r.id = c->next_id++;
	expect(c, &r, "grant"); /* a community's */
	grant_of(&r, 2, 2);
	w.now_ms += 60000;
	relay_tick(w.relay, w.now_ms, w.mono_ms);
	r.id = c->next_id++;
	expect(c, &r, "grant"); /* too late */
	grant_of(&r, 3, 2);
	r.id = c->next_id++;
	expect(c, &r, "ok");
	again = ask(c, KR_VERB_INBOX_CREATE);
	memcpy(again.grant, r.grant, sizeof(again.grant));
	again.fields |= KR_R(GRANT);
	again.body = r.body;
	expect(c, &again, "grant"); /* used */
	grant_of(&again, 4, 2);
	again.id = c->next_id++;
	expect(c, &again, "exists");
	kr_bytes_free(&record);
}

/* ---- Changing --------------------------------------------------------------------- */

static void nothing(struct kr_inbox_record *r)
{
	(void)r;
}
/* An administrator's: the one before stays good for a fortnight. */
static void another_paper_beside(struct kr_inbox_record *r)
{
	r->has_former = true;
	memcpy(r->former_key, r->recovery_key, sizeof(r->former_key));
	memcpy(r->former_signer, r->recovery_signer, sizeof(r->former_signer));
	r->former_until_ms = w.now_ms + KR_INBOX_FORMER_MS;
	r->recovery_key[0] ^= 1;
	r->recovery_signer[0] ^= 1;
}
static void skips_a_number(struct kr_inbox_record *r)
{
	r->number++;
}
static void other_relay(struct kr_inbox_record *r)
{
	r->relay_key[0] ^= 1;
}
static void unknown_fallback(struct kr_inbox_record *r)
{
	r->has_fallback = true;
	memset(r->fallback, 0x77, sizeof(r->fallback));
}
static void unknown_device(struct kr_inbox_record *r)
{
	r->team[1].device_key[0] ^= 1;
}
static void sealing_key_without_number(struct kr_inbox_record *r)
{
	r->sealing_key[0] ^= 1;
}

/* A stolen device of an administrator would lock the team out. */
static void another_paper(struct kr_inbox_record *r)
{
	r->recovery_signer[0] ^= 1;
}
static void another_paper_a_day_later(struct kr_inbox_record *r)
{
	another_paper_beside(r);
	r->former_until_ms -= KR_INBOX_FORMER_MS - 1;
}
static void no_paper(struct kr_inbox_record *r)
{
	r->has_recovery = false;
	memset(r->recovery_key, 0, sizeof(r->recovery_key));
	memset(r->recovery_signer, 0, sizeof(r->recovery_signer));
}

static void p9_records_that_do_not_fit(void **state)
{
	const struct {
		void (*bend)(struct kr_inbox_record *r);
		const char *code;
	} rows[] = {
		{skips_a_number, "record"},
		{other_relay, "record"},
		{unknown_device, "record"},
		{sealing_key_without_number, "record"},
		{another_paper, "record"},
		{another_paper_a_day_later, "record"},
		{no_paper, "record"},
		{unknown_fallback, "not_found"},
		{nothing, "ok"},
	};

	(void)state;
	for (size_t i = 0; i < NUM(rows); i++) {
		struct kr_inbox_record was = d.desks[3].record;
		uint64_t before = num_stored_events(&d);

		rows[i].bend(&d.desks[3].record);
		set_record(&d, 3, rows[i].code);
		if (strcmp(rows[i].code, "ok") != 0) {
			d.desks[3].record = was;
			assert_int_equal(num_stored_events(&d), before);
		}
	}
}

static void only_administrators_change_an_inbox(void **state)
{
	struct kr_bytes record = next_record(&d, 0);
	struct client *colleague = d.desks[0].people[1];
	struct kr_request r = ask(colleague, KR_VERB_INBOX_UPDATE);
	struct kr_request notice = ask(colleague, KR_VERB_INBOX_NOTICE);

	(void)state;
	ask_topic(&r, d.desks[0].topic);
	r.body = kr_view_bytes(&record);
	expect(colleague, &r, "forbidden");
	ask_topic(&notice, d.desks[0].topic);
	notice.body = kr_view_str("a sealed notice");
	expect(colleague, &notice, "ok");
	notice.id = d.desks[1].people[0]->next_id++;
	expect(d.desks[1].people[0], &notice, "forbidden");
	kr_bytes_free(&record);
}

/* Two administrators at once: one record follows the other, or does not fit any more. */
static void of_two_records_one_is_taken(void **state)
{
	struct client *c = d.desks[0].people[0];
	struct kr_request r[2];
	struct kr_bytes records[2];

	(void)state;
	records[0] = next_record(&d, 0);
	d.desks[0].record.number--;
	d.desks[0].record.promises = 1;
	records[1] = next_record(&d, 0);
	for (int i = 0; i < 2; i++) {
		r[i] = ask(c, KR_VERB_INBOX_UPDATE);
		ask_topic(&r[i], d.desks[0].topic);
		r[i].body = kr_view_bytes(&records[i]);
		send_request(c, &r[i]);
	}
	world_settle(&w);
	expect_code(answer_to(c, r[0].id), "ok");
	expect_code(answer_to(c, r[1].id), "record");
	kr_bytes_free(&records[0]);
	kr_bytes_free(&records[1]);
}

static void sign_recovery(struct kr_request *r, const struct kr_ed25519_keypair *paper,
	const struct kr_topic *topic, const struct client *who)
{
	KR_AUTO_WRITER struct kr_writer tbs = {0};

	kr_writer_init(&tbs);
	kr_inbox_recovery_tbs(
		&tbs, kr_view_str(RELAY_NAME), topic->id, who->account, r->body);
	kr_ed25519_sign(r->sig, paper, kr_writer_view(&tbs));
	r->fields |= KR_R(SIG);
}

/* P5: the digits make the team anew, for whoever has an account; nothing else does. */
static void p5_only_the_recovery_key_makes_a_team_anew(void **state)
{
	struct kr_ed25519_keypair paper;
	struct desk *k = &d.desks[3];
	struct client *stranger = d.desks[2].people[1];
	struct kr_inbox_member member = d.desks[2].record.team[1];
	struct kr_request r = ask(stranger, KR_VERB_INBOX_UPDATE);
	struct kr_request read = ask(k->people[0], KR_VERB_INBOX_CASES);
	struct kr_bytes record;

	(void)state;
	desk_paper(&paper);
	ask_topic(&read, k->topic);
	expect(k->people[0], &read, "ok");
	member.administrator = true;
	k->record.team[0] = member;
	k->record.num_team = 1;
	k->record.recovery_key[0] ^= 1;
	record = next_record(&d, 3);
	ask_topic(&r, k->topic);
	r.body = kr_view_bytes(&record);
	sign_recovery(&r, &paper, &k->topic, stranger);
	expect(stranger, &r, "record"); /* digits are used once */
	kr_bytes_free(&record);
	k->record.number--;
	k->record.recovery_signer[0] ^= 1;
	r = ask(stranger, KR_VERB_INBOX_UPDATE);
	record = next_record(&d, 3);
	ask_topic(&r, k->topic);
	r.body = kr_view_bytes(&record);
	expect(stranger, &r, "forbidden"); /* by the identity's signature alone */
	sign_recovery(&r, &k->identity, &k->topic, stranger);
	r.id = stranger->next_id++;
	expect(stranger, &r, "forbidden"); /* another key */
	sign_recovery(&r, &paper, &d.desks[0].topic, stranger);
	r.id = stranger->next_id++;
	expect(stranger, &r, "forbidden"); /* for another inbox */
	sign_recovery(&r, &paper, &k->topic, k->people[1]);
	r.id = stranger->next_id++;
	expect(stranger, &r, "forbidden"); /* for another account */
	sign_recovery(&r, &paper, &k->topic, stranger);
	r.sig[7] ^= 1;
	r.id = stranger->next_id++;
	expect(stranger, &r, "forbidden");
	r.sig[7] ^= 1;
	r.id = stranger->next_id++;
	expect(stranger, &r, "ok");
	read.id = k->people[0]->next_id++;
	expect(k->people[0], &read, "forbidden");
	/* A copy of it, sent later: those digits are dead. */
	r.id = stranger->next_id++;
	r.event[0] ^= 1;
	expect(stranger, &r, "forbidden");
	/* Another inbox has none. */
	ask_topic(&r, d.desks[1].topic);
	r.id = stranger->next_id++;
	r.event[0] ^= 2;
	sign_recovery(&r, &paper, &d.desks[1].topic, stranger);
	expect(stranger, &r, "forbidden");
	r.topic.id[0] ^= 1;
	r.id = stranger->next_id++;
	r.event[0] ^= 4;
	expect(stranger, &r, "forbidden"); /* nor one that is not there */
	kr_bytes_free(&k->bytes);
	k->bytes = record;
}

/* What a stolen device of an administrator does: other digits, and the rest of the team
 * out. Who has the paper of before gets it back, for a fortnight. */
static void p5_a_stolen_device_does_not_lock_the_team_out(void **state)
{
	struct kr_ed25519_keypair paper;
	struct desk *k = &d.desks[3];
	struct client *head = k->people[0];
	struct kr_inbox_member mate = k->record.team[1];
	struct kr_request r;
	struct kr_inbox_record was;
	struct kr_bytes record;

	(void)state;
	desk_paper(&paper);
	another_paper_beside(&k->record);
	k->record.num_team = 1;
	set_record(&d, 3, "ok");
	/* Nor are they pushed out by still others. */
	was = k->record;
	another_paper_beside(&k->record);
	set_record(&d, 3, "record");
	k->record = was;
	k->record.has_former = false;
	memset(k->record.former_key, 0, KR_X25519_BYTES);
	memset(k->record.former_signer, 0, KR_ID_BYTES);
	k->record.former_until_ms = 0;
	set_record(&d, 3, "record");
	k->record = was;
	w.now_ms += KR_INBOX_FORMER_MS - 1;
	relay_tick(w.relay, w.now_ms, w.mono_ms);
	mate.administrator = true;
	k->record.team[0] = mate;
	k->record.has_former = false;
	memset(k->record.former_key, 0, KR_X25519_BYTES);
	memset(k->record.former_signer, 0, KR_ID_BYTES);
	k->record.former_until_ms = 0;
	k->record.recovery_key[1] ^= 1;
	k->record.recovery_signer[1] ^= 1;
	record = next_record(&d, 3);
	r = ask(k->people[1], KR_VERB_INBOX_UPDATE);
	ask_topic(&r, k->topic);
	r.body = kr_view_bytes(&record);
	sign_recovery(&r, &paper, &k->topic, k->people[1]);
	expect(k->people[1], &r, "ok");
	r = ask(head, KR_VERB_INBOX_CASES);
	ask_topic(&r, k->topic);
	expect(head, &r, "forbidden");
	kr_bytes_free(&k->bytes);
	k->bytes = record;
}

/* ---- Reading ---------------------------------------------------------------------- */

static const struct received *read_inbox(
	struct client *c, bool has_after, uint64_t after, size_t *num_events)
{
	struct kr_request r = ask(c, KR_VERB_INBOX_READ);
	const struct received *answer;

	client_forget(c);
	ask_topic(&r, d.desks[0].topic);
	r.after = after;
	r.fields |= has_after ? KR_R(AFTER) : 0;
	answer = expect(c, &r, "ok");
	*num_events = c->num_received - 1;
	return answer;
}

static void p8_what_anybody_reads_shows_no_case(void **state)
{
	struct client *c = client_new(&w, 80);
	struct kr_request r;
	size_t num;

	(void)state;
	client_connect(c);
	assert_int_equal(number_in(read_inbox(c, false, 0, &num), "next"), 1);
	assert_int_equal(num, 1);
	submit_signal(&d);
	do_deed(&d, deed_by(KR_EVENT_ACKNOWLEDGED, 0), "ok");
	assert_int_equal(place_of(&d, d.desks[0].topic).seq, 3);
	assert_int_equal(number_in(read_inbox(c, false, 0, &num), "next"), 1);
	assert_int_equal(number_in(read_inbox(c, true, 0, &num), "next"), 1);
	assert_int_equal(num, 1);
	assert_int_equal(number_in(read_inbox(c, true, 1, &num), "next"), 1);
	assert_int_equal(num, 0);
	/* A cursor into the cases says nothing about them either. */
	assert_int_equal(number_in(read_inbox(c, true, 2, &num), "next"), 2);
	assert_int_equal(number_in(read_inbox(c, true, 99, &num), "next"), 99);
	d.desks[0].record.promises = 1;
	set_record(&d, 0, "ok");
	assert_int_equal(number_in(read_inbox(c, true, 1, &num), "next"), 4);
	assert_int_equal(num, 1);
	r = ask(c, KR_VERB_INBOX_READ);
	ask_topic(&r, d.desks[0].topic);
	r.topic.id[0] ^= 1;
	expect(c, &r, "forbidden");
	r.id = c->next_id++;
	r.topic.kind = KR_TOPIC_CASE;
	expect(c, &r, "forbidden");
	client_free(c);
}

static void accounts_know_their_inboxes(void **state)
{
	struct client *c = d.desks[2].people[1];
	struct kr_request r = ask(c, KR_VERB_ACCOUNT_TOPICS);
	const struct received *answer = expect(c, &r, "ok");
	char text[KR_TOPIC_TEXT_BYTES];

	(void)state;
	kr_topic_to_text(text, &d.desks[2].topic);
	assert_non_null(
		memmem(answer->bytes.data, answer->bytes.len, text, strlen(text)));
	kr_topic_to_text(text, &d.desks[1].topic);
	assert_null(memmem(answer->bytes.data, answer->bytes.len, text, strlen(text)));
	r = ask(c, KR_VERB_ACCOUNT_TOPICS);
	r.after_topic = d.desks[2].topic;
	r.fields |= KR_R(AFTER_TOPIC);
	answer = expect(c, &r, "ok");
	kr_topic_to_text(text, &d.desks[2].topic);
	assert_null(memmem(answer->bytes.data, answer->bytes.len, text, strlen(text)));
}

/* Two pages of a list, and then no more. */
static void an_inbox_lists_its_cases(void **state)
{
	struct client *c = d.desks[0].people[1];
	struct kr_request r = ask(c, KR_VERB_INBOX_CASES);
	struct kr_view topics;
	const struct received *answer;
	bool more;

	(void)state;
	for (unsigned i = 1; i <= 50; i++) {
		docket_next_case(&d, i);
		submit_signal(&d);
	}
	ask_topic(&r, d.desks[0].topic);
	answer = expect(c, &r, "ok");
	assert_int_equal(kr_json_get_bool(&answer->object, "more", &more), KR_OK);
	assert_true(more);
	/* The last of the page stands before the last bracket. */
	topics = kr_view_bytes(&answer->bytes);
	for (size_t at = topics.len; at > 46; at--) {
		if (topics.data[at - 1] == ']') {
			assert_int_equal(kr_topic_from_text(&r.after_topic,
						 kr_view(topics.data + at - 47, 45)),
				KR_OK);
			break;
		}
	}
	r.fields |= KR_R(AFTER_TOPIC);
	r.id = c->next_id++;
	answer = expect(c, &r, "ok");
	assert_int_equal(kr_json_get_bool(&answer->object, "more", &more), KR_OK);
	assert_false(more);
	assert_non_null(memmem(answer->bytes.data, answer->bytes.len, "\"s.", 3));
	r.id = d.desks[1].people[0]->next_id++;
	expect(d.desks[1].people[0], &r, "forbidden");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(an_inbox_needs_its_own_kind_of_code),
		CASE(p9_records_that_do_not_fit),
		CASE(only_administrators_change_an_inbox),
		CASE(of_two_records_one_is_taken),
		CASE(p5_only_the_recovery_key_makes_a_team_anew),
		CASE(p5_a_stolen_device_does_not_lock_the_team_out),
		CASE(p8_what_anybody_reads_shows_no_case),
		CASE(accounts_know_their_inboxes),
		CASE(an_inbox_lists_its_cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
