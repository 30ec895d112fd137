/* The way in: founding, invitations, requests, admission; and key packages. */
#include <stdio.h>
#include <string.h>

#include "scene.h"

#include "test.h"

/* An invitation for two lets in two, also when three come at once. */
static void an_invitation_is_used_so_often(void **state)
{
	struct scene s;
	struct client *more[2];
	struct kr_request requests[3];
	struct client *who[3];
	size_t num_ok = 0;

	(void)state;
	scene_open(&s); /* the applicant has used it once; one use is left */
	more[0] = client_in(&s.w, 20);
	more[1] = client_in(&s.w, 21);
	who[0] = s.invited;
	who[1] = more[0];
	who[2] = more[1];
	for (int i = 0; i < 3; i++) {
		requests[i] = ask(who[i], KR_VERB_COMMUNITY_REQUEST);
		ask_topic(&requests[i], s.community);
		requests[i].body = kr_view_str("who I am");
		scene_sign_invite(&s, who[i], &requests[i]);
		send_request(who[i], &requests[i]);
	}
	world_settle(&s.w);
	for (int i = 0; i < 3; i++) {
		const struct received *answer = answer_to(who[i], requests[i].id);

		assert_non_null(answer);
		num_ok += kr_json_has(&answer->object, "error") ? 0 : 1;
	}
	assert_int_equal(num_ok, 1);
	expect_code(answer_to(who[0], requests[0].id), "ok");
	expect_code(answer_to(who[2], requests[2].id), "invite");
	client_free(more[0]);
	client_free(more[1]);
	scene_close(&s);
}

/* Two foundings with one code race: one community. */
static void a_grant_founds_once(void **state)
{
	struct scene s;
	struct client *actor;
	struct kr_request first;
	struct kr_request second;

	(void)state;
	scene_open(&s);
	first = scene_request(&s, KR_VERB_COMMUNITY_FOUND, &actor);
	second = ask(s.stranger, KR_VERB_COMMUNITY_FOUND);
	memcpy(second.grant, first.grant, sizeof(second.grant));
	memcpy(second.coordinators[0], s.stranger->account, KR_ID_BYTES);
	second.num_coordinators = 1;
	second.fields = first.fields;
	second.body = kr_view_str("another community");
	send_request(actor, &first);
	send_request(s.stranger, &second);
	world_settle(&s.w);
	expect_code(answer_to(actor, first.id), "ok");
	expect_code(answer_to(s.stranger, second.id), "grant");
	scene_close(&s);
}

static void done(void *ctx, enum kr_err err)
{
	*(enum kr_err *)ctx = err;
}

/* A grant that the operator takes back while somebody founds with it. */
static void a_revoked_grant_is_worth_nothing(void **state)
{
	struct scene s;
	struct client *actor;
	struct kr_request r;
	uint8_t hash[KR_SHA256_BYTES];
	enum kr_err err = KR_ERR_STATE;

	(void)state;
	scene_open(&s);
	r = scene_request(&s, KR_VERB_COMMUNITY_FOUND, &actor);
	kr_sha256(hash, kr_view(r.grant, sizeof(r.grant)));
	assert_int_equal(relay_operator_revoke(s.w.relay, hash, done, &err), KR_OK);
	send_request(actor, &r);
	world_settle(&s.w);
	assert_int_equal(err, KR_OK);
	expect_code(answer_to(actor, r.id), "grant");
	scene_close(&s);
}

/* The chain of trust can be read with an invitation, and nothing else of the
 * community. */
static void the_chain_is_what_a_joiner_sees(void **state)
{
	struct scene s;
	struct client *actor;
	struct kr_request r;
	struct kr_event_delivery event;
	const struct received *message;
	size_t num = 0;

	(void)state;
	scene_open(&s);
	r = scene_request(&s, KR_VERB_COMMUNITY_ROLE, &actor);
	expect(actor, &r, "ok");
	r = scene_request(&s, KR_VERB_COMMUNITY_RULES, &actor);
	expect(actor, &r, "ok");
	r = scene_request(&s, KR_VERB_COMMUNITY_CHAIN, &actor);
	client_forget(actor);
	expect(actor, &r, "ok");
	while ((message = next_event(actor, s.community)) != NULL) {
		read_event(&event, message);
		assert_true(event.event.type == KR_EVENT_FOUNDED ||
			event.event.type == KR_EVENT_ROLE ||
			event.event.type == KR_EVENT_RULES);
		num++;
	}
	assert_int_equal(num, 3);
	scene_close(&s);
}

/* Clients grant each device of a coordinator by itself: to the relay that is one more
 * grant to the same account. */
static void a_coordinator_is_granted_again(void **state)
{
	struct scene s;
	struct client *actor;
	struct kr_request r;

	(void)state;
	scene_open(&s);
	for (int device = 0; device < 2; device++) {
		r = scene_request(&s, KR_VERB_COMMUNITY_ROLE, &actor);
		expect(actor, &r, "ok");
	}
	scene_close(&s);
}

/* Admitted or refused, the applicant reads it in the own topic. */
static void applicants_are_answered(void **state)
{
	(void)state;
	for (int admit = 0; admit < 2; admit++) {
		struct scene s;
		struct client *actor;
		struct kr_topic own;
		struct kr_event_delivery event;
		struct kr_event_head head;
		struct kr_request r;

		scene_open(&s);
		own = kr_topic(KR_TOPIC_ACCOUNT, s.applicant->account);
		subscribe(s.applicant, own, 0);
		r = scene_request(&s,
			admit ? KR_VERB_COMMUNITY_ADMIT : KR_VERB_COMMUNITY_REFUSE,
			&actor);
		expect(actor, &r, "ok");
		read_event(&event, next_event(s.applicant, own));
		assert_int_equal(event.event.type, KR_EVENT_ANSWERED);
		assert_int_equal(
			kr_event_head_read(&head, event.event.type, event.event.head),
			KR_OK);
		assert_int_equal(head.flag, admit);
		r = ask(s.applicant, KR_VERB_TOPIC_HEAD);
		ask_topic(&r, s.community);
		expect(s.applicant, &r, admit ? "ok" : "forbidden");
		scene_close(&s);
	}
}

/* What belongs to an account: its own topic, its communities, its groups. */
static void an_account_knows_its_topics(void **state)
{
	static const struct {
		size_t who; /* 0 member, 1 stranger */
		const char *topics;
	} cases[] = {{0, "acg"}, {1, "a"}};
	struct scene s;

	(void)state;
	scene_open(&s);
	for (size_t i = 0; i < NUM(cases); i++) {
		struct client *c = cases[i].who == 0 ? s.member : s.stranger;
		struct kr_request r = ask(c, KR_VERB_ACCOUNT_TOPICS);
		char more[8] = "";
		size_t len = 0;

		/* One at a time, by cursor. */
		for (;;) {
			const struct received *answer = expect(c, &r, "ok");
			struct kr_topic first;
			struct kr_view text =
				kr_view(answer->bytes.data, answer->bytes.len);
			const uint8_t *at = memmem(text.data, text.len, "[\"", 2);

			if (at == NULL) {
				break;
			}
			assert_int_equal(
				kr_topic_from_text(&first, kr_view(at + 2, 45)), KR_OK);
			more[len++] = (char)first.kind;
			r.id = c->next_id++;
			r.after_topic = first;
			r.fields |= KR_R(AFTER_TOPIC);
		}
		assert_string_equal(more, cases[i].topics);
	}
	scene_close(&s);
}

/* ---- Key packages ----------------------------------------------------------------- */

static void publish(struct scene *s, struct client *c, unsigned salt, unsigned num,
	bool last_resort, const char *code)
{
	struct kr_request r = ask(c, KR_VERB_KEYS_PUBLISH);
	struct kr_bytes body = make_key_packages(salt, num);

	memcpy(r.community, s->community.id, sizeof(r.community));
	r.count = num;
	r.last_resort = last_resort;
	r.fields |= KR_R(COMMUNITY) | KR_R(COUNT) | KR_R(LAST_RESORT);
	r.body = kr_view_bytes(&body);
	expect(c, &r, code);
	kr_bytes_free(&body);
}

static struct kr_request ask_fetch(struct scene *s, const struct client *whose)
{
	struct kr_request r = ask(s->coordinator, KR_VERB_KEYS_FETCH);

	memcpy(r.account, whose->account, sizeof(r.account));
	memcpy(r.community, s->community.id, sizeof(r.community));
	r.fields |= KR_R(ACCOUNT) | KR_R(COMMUNITY);
	return r;
}

/* Each is handed out once, oldest first, the last resort when nothing else is left;
 * whoever repeats a request gets the same one. */
static void key_packages_are_handed_out_once(void **state)
{
	struct scene s;
	struct kr_bytes first;
	struct kr_request r;
	struct kr_reader reader;
	struct kr_view package;
	const struct received *answer;
	bool last_resort;

	(void)state;
	scene_open(&s);
	publish(&s, s.applicant, 100, 2, false, "ok");
	publish(&s, s.applicant, 200, 1, true, "ok");
	first = make_key_packages(100, 2);
	reader = kr_reader(kr_view_bytes(&first));
	for (int i = 0; i < 4; i++) {
		r = ask_fetch(&s, s.applicant);
		for (int repeat = 0; repeat < 2; repeat++) {
			r.id = s.coordinator->next_id++;
			answer = expect(s.coordinator, &r, "ok");
			assert_int_equal(kr_json_get_bool(&answer->object, "last_resort",
						 &last_resort),
				KR_OK);
			assert_int_equal(last_resort, i >= 2);
			if (i < 2 && repeat == 0) {
				assert_int_equal(kr_read_vec(&reader, &package), KR_OK);
			}
			if (i < 2) {
				assert_true(kr_view_equal(answer->body, package));
			}
		}
	}
	publish(&s, s.applicant, 100, 2, false, "exists"); /* those were used */
	kr_bytes_free(&first);
	scene_close(&s);
}

/* Two who fetch at once never get the same one-time package. */
static void two_fetches_get_two_packages(void **state)
{
	struct scene s;
	struct kr_request a;
	struct kr_request b;
	const struct received *answers[2];

	(void)state;
	scene_open(&s);
	publish(&s, s.applicant, 100, 2, false, "ok");
	a = ask_fetch(&s, s.applicant);
	b = ask_fetch(&s, s.applicant);
	send_request(s.coordinator, &a);
	send_request(s.coordinator, &b);
	world_settle(&s.w);
	answers[0] = answer_to(s.coordinator, a.id);
	answers[1] = answer_to(s.coordinator, b.id);
	expect_code(answers[0], "ok");
	expect_code(answers[1], "ok");
	assert_false(kr_view_equal(answers[0]->body, answers[1]->body));
	a = ask_fetch(&s, s.applicant);
	expect(s.coordinator, &a, "not_found");
	scene_close(&s);
}

/* Rotation: the old ones are gone the moment the new ones are there; the last resort
 * stays until another takes its place. */
static void key_packages_are_replaced(void **state)
{
	struct scene s;
	struct kr_request r;
	struct kr_bytes body;

	(void)state;
	scene_open(&s);
	publish(&s, s.applicant, 100, 100, false, "ok");
	publish(&s, s.applicant, 300, 100, false, "ok");
	publish(&s, s.applicant, 500, 1, true, "ok");
	body = make_key_packages(600, 1);
	r = ask(s.applicant, KR_VERB_KEYS_PUBLISH);
	memcpy(r.community, s.community.id, sizeof(r.community));
	r.count = 1;
	r.replace = true;
	r.fields |= KR_R(COMMUNITY) | KR_R(COUNT) | KR_R(LAST_RESORT) | KR_R(REPLACE);
	r.body = kr_view_bytes(&body);
	expect(s.applicant, &r, "ok");
	r.id = s.applicant->next_id++;
	expect(s.applicant, &r, "ok");
	for (int i = 0; i < 2; i++) {
		struct kr_bytes expected = make_key_packages(i == 0 ? 600 : 500, 1);
		struct kr_reader reader = kr_reader(kr_view_bytes(&expected));
		const struct received *answer;
		struct kr_view package;

		assert_int_equal(kr_read_vec(&reader, &package), KR_OK);
		r = ask_fetch(&s, s.applicant);
		answer = expect(s.coordinator, &r, "ok");
		assert_true(kr_view_equal(answer->body, package));
		kr_bytes_free(&expected);
	}
	kr_bytes_free(&body);
	scene_close(&s);
}

static void key_packages_have_a_limit(void **state)
{
	struct scene s;
	struct kr_request r;

	(void)state;
	scene_open(&s);
	publish(&s, s.member, 1000, 100, false, "ok");
	publish(&s, s.member, 2000, 100, false, "ok");
	publish(&s, s.member, 3000, 1, false, "limit");
	publish(&s, s.member, 4000, 1, true, "ok"); /* the last resort is not counted */
	publish(&s, s.stranger, 5000, 1, false, "forbidden"); /* who is not in it */
	r = ask(s.member, KR_VERB_KEYS_COUNT);
	memcpy(r.community, s.community.id, sizeof(r.community));
	r.fields |= KR_R(COMMUNITY);
	assert_int_equal(number_in(expect(s.member, &r, "ok"), "count"), 200);
	scene_close(&s);
}

/* A grant of who by actor, signed by a recovery key: that of community `of`. */
static struct kr_request ask_recovery(struct client *actor, struct kr_topic community,
	const struct client *who, unsigned of)
{
	struct kr_request r = ask(actor, KR_VERB_COMMUNITY_ROLE);
	struct kr_ed25519_keypair recovery;
	uint8_t space[512];
	struct kr_writer w;

	ask_topic(&r, community);
	memcpy(r.account, who->account, sizeof(r.account));
	r.coordinator = true;
	r.fields |= KR_R(ACCOUNT) | KR_R(COORDINATOR) | KR_R(SIG);
	r.body = kr_view_str("grant by the recovery key");
	recovery_of(&recovery, of);
	kr_writer_init_fixed(&w, space, sizeof(space));
	kr_recovery_tbs(&w, kr_view_str(RELAY_NAME), community.id, who->account, r.body);
	kr_ed25519_sign(r.sig, &recovery, kr_writer_view(&w));
	return r;
}

/* Nobody needs to be coordinator for it; another key, another subject, a withdrawal or no
 * member at all are refused. */
static void the_recovery_key_makes_a_coordinator(void **state)
{
	struct scene s;
	struct kr_topic community;
	struct client *founder;
	struct client *member;
	struct kr_request r;

	(void)state;
	scene_open(&s);
	founder = client_in(&s.w, 30);
	member = client_in(&s.w, 31);
	community = found_community(founder, 77);
	admit_member(founder, community, member);
	r = ask_recovery(member, community, member, 78);
	expect(member, &r, "forbidden");
	r = ask_recovery(member, community, member, 77);
	memcpy(r.account, founder->account, sizeof(r.account));
	expect(member, &r, "forbidden");
	r = ask_recovery(member, community, member, 77);
	r.coordinator = false;
	expect(member, &r, "forbidden");
	r = ask_recovery(s.stranger, community, member, 77);
	expect(s.stranger, &r, "forbidden");
	r = ask_recovery(member, community, member, 77);
	expect(member, &r, "ok");
	expect(member, &r, "ok"); /* again: answered as before */
	r = ask(member, KR_VERB_COMMUNITY_RULES);
	ask_topic(&r, community);
	r.body = kr_view_str("rules");
	expect(member, &r, "ok");
	client_free(founder);
	client_free(member);
	scene_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_invitation_is_used_so_often),
		cmocka_unit_test(a_grant_founds_once),
		cmocka_unit_test(a_revoked_grant_is_worth_nothing),
		cmocka_unit_test(the_chain_is_what_a_joiner_sees),
		cmocka_unit_test(a_coordinator_is_granted_again),
		cmocka_unit_test(applicants_are_answered),
		cmocka_unit_test(the_recovery_key_makes_a_coordinator),
		cmocka_unit_test(an_account_knows_its_topics),
		cmocka_unit_test(key_packages_are_handed_out_once),
		cmocka_unit_test(two_fetches_get_two_packages),
		cmocka_unit_test(key_packages_are_replaced),
		cmocka_unit_test(key_packages_have_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
