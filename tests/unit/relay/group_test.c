/* The delivery service: one order, and one commit an epoch. */
#include <string.h>

#include "group.h"

#include "test.h"

/* ---- P2: one order ---------------------------------------------------------------- */

/* Everybody gets every event once, in one order, and the running hash follows, whether
 * they listened from the start, came late, or went away in between. */
static void p2_everybody_sees_one_order(void **state)
{
	static const uint8_t zero[KR_SHA256_BYTES];
	struct group g;
	uint64_t seen;

	(void)state;
	group_open(&g, true);
	client_forget(g.coordinator);
	subscribe(g.coordinator, g.topic, 0);
	subscribe(g.a, g.topic, 1);
	for (unsigned i = 0; i < 20; i++) {
		post(i % 2 == 0 ? g.a : g.b, g.topic, 100 + i, "ok");
	}
	client_drain(g.a);
	seen = g.a->received[g.a->num_received - 1].object.root != NULL ? 22 : 0;
	client_disconnect(g.a);
	for (unsigned i = 0; i < 20; i++) {
		post(g.b, g.topic, 200 + i, "ok");
	}
	client_connect(g.a);
	client_auth(g.a);
	subscribe(g.a, g.topic, seen);
	subscribe(g.b, g.topic, 1);
	post(g.a, g.topic, 300, "ok");
	client_drain(g.coordinator);
	client_drain(g.b);
	assert_int_equal(check_chain(g.coordinator, g.topic, 0, zero), 43);
	for (int i = 0; i < 2; i++) {
		struct client *c = i == 0 ? g.a : g.b;
		struct kr_event_delivery first;

		/* From the hash before their first event on. */
		read_event(&first, next_event(g.coordinator, g.topic));
		assert_int_equal(
			check_chain(c, g.topic, 1, i == 0 ? first.hash : first.hash), 42);
		g.coordinator->num_read = 0;
	}
	group_close(&g);
}

/* An event that is on disk while the relay does not know it yet: who subscribes in that
 * moment gets it once, in order, and so does who was there before. */
static void p2_subscribing_between_disk_and_loop(void **state)
{
	struct group g;
	uint64_t rev;

	(void)state;
	group_open(&g, true);
	subscribe(g.b, g.topic, 2);
	rev = group_rev(g.a, g.topic);
	for (unsigned i = 0; i < 3; i++) {
		struct kr_bytes body = make_post(g.topic, 1, i);
		struct kr_request r = ask_post(g.a, g.topic, rev, kr_view_bytes(&body));

		send_request(g.a, &r);
		kr_bytes_free(&body);
	}
	world_store(&g.w, 3);
	for (int i = 0; i < 2; i++) {
		struct client *c = i == 0 ? g.coordinator : g.b;
		struct kr_request r = ask(c, KR_VERB_TOPIC_SUBSCRIBE);

		ask_topic(&r, g.topic);
		r.after = i == 0 ? 2 : 4;
		r.fields |= KR_R(AFTER);
		send_request(c, &r);
		client_drain(c);
	}
	world_finish(&g.w);
	post(g.a, g.topic, 9, "ok");
	for (int i = 0; i < 2; i++) {
		struct client *c = i == 0 ? g.coordinator : g.b;
		uint64_t seq = i == 0 ? 2 : 4;
		const struct received *message;
		struct kr_event_delivery event;

		while ((message = next_event(c, g.topic)) != NULL) {
			read_event(&event, message);
			assert_int_equal(event.event.seq, ++seq);
		}
		assert_int_equal(seq, 6);
	}
	group_close(&g);
}

/* A reader that fell off the ring, and one that never was on it, catch up from the
 * store. */
static void small_ring(struct relay_config *config)
{
	config->ring_bytes = 65536;
}

static void p2_a_slow_reader_catches_up(void **state)
{
	static const uint8_t zero[KR_SHA256_BYTES];
	struct world w;
	struct client *c;
	struct client *slow;
	struct kr_topic community;
	struct kr_topic topic = group_topic(5);
	struct relay_statistics statistics;

	(void)state;
	world_open_with(&w, small_ring);
	c = client_in(&w, 1);
	slow = client_in(&w, 1);
	community = found_community(c, 1);
	create_group(c, community, topic, false);
	subscribe(slow, topic, 0);
	for (unsigned i = 0; i < 400; i++) {
		post(c, topic, i, "ok");
		client_forget(c);
	}
	client_drain(slow);
	assert_int_equal(check_chain(slow, topic, 0, zero), 401);
	relay_statistics(w.relay, &statistics);
	assert_true(statistics.catch_ups > 0);
	assert_int_equal(statistics.rings, 1);
	/* An idle ring is given back, and nothing is lost by it. */
	world_pass(&w, 60000);
	relay_statistics(w.relay, &statistics);
	assert_int_equal(statistics.rings, 0);
	post(c, topic, 1000, "ok");
	client_drain(slow);
	assert_int_equal(check_chain(slow, topic, 0, zero), 402);
	client_free(c);
	client_free(slow);
	world_close(&w);
}

/* The same bytes again are answered as before and appended once, also over another
 * connection and after a restart; other bytes under the id are refused. */
static void p2_a_repeated_event_id(void **state)
{
	struct group g;
	struct kr_bytes body;
	struct kr_bytes other;
	struct kr_request r;
	uint64_t seq;

	(void)state;
	group_open(&g, true);
	body = make_post(g.topic, 1, 1);
	other = make_post(g.topic, 1, 2);
	r = ask_post(g.a, g.topic, group_rev(g.a, g.topic), kr_view_bytes(&body));
	seq = number_in(expect(g.a, &r, "ok"), "seq");

	r.id = g.a->next_id++;
	assert_int_equal(number_in(expect(g.a, &r, "ok"), "seq"), seq);
	r.id = g.a->next_id++;
	r.body = kr_view_bytes(&other);
	expect(g.a, &r, "id_reused");

	/* In flight twice, in one batch. */
	r = ask_post(g.a, g.topic, r.rev, kr_view_bytes(&other));
	send_request(g.a, &r);
	r.id = g.a->next_id++;
	assert_int_equal(number_in(expect(g.a, &r, "ok"), "seq"), seq + 1);

	/* After a restart, and after a commit that made its epoch past. */
	commit(g.coordinator, g.topic, 9, NULL, "ok");
	g.a->conn = g.b->conn = g.coordinator->conn = g.outsider->conn = NULL;
	world_restart(&g.w);
	client_connect(g.a);
	client_auth(g.a);
	r.id = g.a->next_id++;
	assert_int_equal(number_in(expect(g.a, &r, "ok"), "seq"), seq + 1);
	/* The id is its author's own: another may use it. */
	client_connect(g.b);
	client_auth(g.b);
	r.id = g.b->next_id++;
	r.rev++;
	kr_bytes_free(&other);
	other = make_post(g.topic, 2, 3);
	r.body = kr_view_bytes(&other);
	assert_int_equal(number_in(expect(g.b, &r, "ok"), "seq"), seq + 3);
	kr_bytes_free(&body);
	kr_bytes_free(&other);
	group_close(&g);
}

static void p2_a_cursor_before_the_trim(void **state)
{
	struct group g;
	struct kr_request r;
	const struct received *answer;
	uint8_t hash[KR_SHA256_BYTES];
	uint64_t trimmed;

	(void)state;
	group_open(&g, true);
	for (unsigned i = 0; i < 10; i++) {
		post(g.a, g.topic, i, "ok");
	}
	assert_int_equal(store_trim(g.w.store, &g.topic, 7), KR_OK);
	r = ask(g.coordinator, KR_VERB_TOPIC_SUBSCRIBE);
	ask_topic(&r, g.topic);
	r.after = 3;
	r.fields |= KR_R(AFTER);
	answer = expect(g.coordinator, &r, "trimmed");
	trimmed = number_in(answer, "seq");
	assert_int_equal(trimmed, 7);
	assert_int_equal(
		kr_json_get_bytes(&answer->object, "hash", hash, sizeof(hash)), KR_OK);
	subscribe(g.coordinator, g.topic, trimmed);
	client_drain(g.coordinator);
	assert_int_equal(check_chain(g.coordinator, g.topic, trimmed, hash), 5);

	r.id = g.coordinator->next_id++;
	r.after = 13;
	answer = expect(g.coordinator, &r, "cursor_ahead");
	assert_int_equal(number_in(answer, "seq"), 12);
	r.id = g.coordinator->next_id++;
	r.incarnation[3] ^= 1;
	answer = expect(g.coordinator, &r, "incarnation");
	assert_int_equal(kr_json_get_bytes(&answer->object, "incarnation", r.incarnation,
				 sizeof(r.incarnation)),
		KR_OK);
	assert_memory_equal(
		r.incarnation, g.coordinator->incarnation, sizeof(r.incarnation));
	group_close(&g);
}

/* ---- P3: one commit an epoch ------------------------------------------------------ */

/* Two commits for one epoch with a post, a removal and a leave between them, in every
 * order and in every division into batches: exactly one commit is in, every answer is
 * clear, and all that was acknowledged is in the topic once. */
#define NUM_ACTS 4

struct race {
	struct group g;
	struct kr_bytes bodies[NUM_ACTS];
	struct kr_request requests[NUM_ACTS];
	struct client *actors[NUM_ACTS];
};

static void race_open(struct race *race)
{
	struct group *g = &race->g;
	uint64_t rev;

	group_open(g, false);
	rev = group_rev(g->a, g->topic);
	/* a and the administrator commit, b posts, the administrator removes b from the
	 * community. */
	race->bodies[0] = make_commit(g->topic, 1, 10, NULL);
	race->requests[0] =
		ask_commit(g->a, g->topic, rev, kr_view_bytes(&race->bodies[0]), 0);
	race->actors[0] = g->a;
	race->bodies[1] = make_commit(g->topic, 1, 11, NULL);
	race->requests[1] = ask_commit(
		g->coordinator, g->topic, rev, kr_view_bytes(&race->bodies[1]), 0);
	race->actors[1] = g->coordinator;
	race->bodies[2] = make_post(g->topic, 1, 12);
	race->requests[2] =
		ask_post(g->b, g->topic, rev, kr_view_bytes(&race->bodies[2]));
	race->actors[2] = g->b;
	race->requests[3] = ask(g->coordinator, KR_VERB_COMMUNITY_REMOVE);
	ask_topic(&race->requests[3], g->community);
	memcpy(race->requests[3].account, g->b->account, KR_ID_BYTES);
	race->requests[3].fields |= KR_R(ACCOUNT);
	race->requests[3].body = kr_view_str("removed");
	race->actors[3] = g->coordinator;
}

static void race_close(struct race *race)
{
	for (size_t i = 0; i < NUM_ACTS; i++) {
		kr_bytes_free(&race->bodies[i]);
	}
	group_close(&race->g);
}

static bool is_ok(const struct received *answer)
{
	return answer != NULL && !kr_json_has(&answer->object, "error");
}

static void check_race(struct race *race)
{
	const struct received *answers[NUM_ACTS];
	struct group *g = &race->g;
	size_t num_commits = 0;
	size_t num_posts = 0;
	struct kr_event_delivery event;
	const struct received *message;
	size_t winner;

	for (size_t i = 0; i < NUM_ACTS; i++) {
		answers[i] = answer_to(race->actors[i], race->requests[i].id);
		assert_non_null(answers[i]);
	}
	subscribe(g->coordinator, g->topic, 2);
	while ((message = next_event(g->coordinator, g->topic)) != NULL) {
		read_event(&event, message);
		num_commits += event.event.type == KR_EVENT_COMMIT ? 1 : 0;
		num_posts += event.event.type == KR_EVENT_POST ? 1 : 0;
	}
	expect_code(answers[3], "ok");
	assert_true(num_commits <= 1);
	assert_int_equal(num_commits, is_ok(answers[0]) + is_ok(answers[1]));
	assert_int_equal(num_posts, is_ok(answers[2]));
	assert_int_equal(group_epoch(g->a, g->topic), 1 + num_commits);
	if (num_commits == 0) {
		/* The removal came first and changed the state under both. */
		expect_code(answers[0], "rev_past");
		expect_code(answers[1], "rev_past");
	} else {
		winner = is_ok(answers[0]) ? 0 : 1;
		expect_code(answers[1 - winner], "epoch_taken");
		assert_int_equal(number_in(answers[1 - winner], "seq"),
			number_in(answers[winner], "seq"));
	}
}

/* order holds each act once; a bit of cuts says that what waits is committed after
 * that act. */
static void run_race(const size_t order[NUM_ACTS], unsigned cuts)
{
	static struct race race;

	race_open(&race);
	for (size_t i = 0; i < NUM_ACTS; i++) {
		send_request(race.actors[order[i]], &race.requests[order[i]]);
		if (cuts & (1U << i)) {
			world_commit(&race.g.w, race.g.w.num_waiting);
		}
	}
	world_settle(&race.g.w);
	check_race(&race);
	race_close(&race);
}

static void p3_two_commits_in_every_interleaving(void **state)
{
	(void)state;
	for (unsigned code = 0; code < NUM_ACTS * NUM_ACTS * NUM_ACTS * NUM_ACTS;
		code++) {
		size_t order[NUM_ACTS];
		unsigned used = 0;
		unsigned rest = code;

		for (size_t i = 0; i < NUM_ACTS; i++) {
			order[i] = rest % NUM_ACTS;
			used |= 1U << order[i];
			rest /= NUM_ACTS;
		}
		if (used != (1U << NUM_ACTS) - 1) {
			continue;
		}
		for (unsigned cuts = 0; cuts < 1U << (NUM_ACTS - 1); cuts++) {
			run_race(order, cuts);
		}
	}
}

static void ask_void(struct kr_request *r, struct client *c, struct kr_topic topic,
	struct kr_view commit_bytes)
{
	*r = ask(c, KR_VERB_GROUP_VOID);
	ask_topic(r, topic);
	kr_sha256(r->hash, commit_bytes);
	r->fields |= KR_R(HASH);
	r->body = kr_view_str("void");
}

/* Who may void whose commit, before and after somebody else has posted. */
static void p3_void_follows_its_rules(void **state)
{
	static const struct {
		bool by_admin; /* the commit */
		int poster;    /* 0 nobody, 1 its author, 2 somebody else */
		int voider;    /* 0 its author, 1 another member, 2 an administrator */
		const char *code;
	} cases[] = {
		{false, 0, 0, "forbidden"},
		{false, 0, 1, "ok"},
		{false, 0, 2, "ok"},
		{false, 1, 0, "forbidden"},
		{false, 1, 1, "ok"},
		{false, 1, 2, "ok"},
		{false, 2, 0, "forbidden"},
		{false, 2, 1, "void_late"},
		{false, 2, 2, "ok"},
		{true, 0, 0, "ok"},
		{true, 0, 1, "forbidden"},
		{true, 2, 1, "forbidden"},
		{true, 2, 0, "ok"},
	};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		struct group g;
		struct client *committer;
		struct client *voiders[3];
		struct kr_bytes body;
		struct kr_request r;

		group_open(&g, false);
		committer = cases[i].by_admin ? g.coordinator : g.a;
		voiders[0] = committer;
		voiders[1] = g.b;
		voiders[2] = g.coordinator;
		body = make_commit(g.topic, 1, 50, NULL);
		commit(committer, g.topic, 50, NULL, "ok");
		if (cases[i].poster > 0) {
			post(cases[i].poster == 1 ? committer : g.b, g.topic, 51, "ok");
		}
		ask_void(&r, voiders[cases[i].voider], g.topic, kr_view_bytes(&body));
		expect(voiders[cases[i].voider], &r, cases[i].code);
		assert_int_equal(group_epoch(g.a, g.topic),
			strcmp(cases[i].code, "ok") == 0 ? 1 : 2);
		kr_bytes_free(&body);
		group_close(&g);
	}
}

/* Voiding puts the routing back as it was; the epoch can be ended anew; no second void,
 * none after the next commit, none of another hash. */
static void p3_void_puts_everything_back(void **state)
{
	struct group g;
	struct routing swap = {0};
	struct kr_bytes bytes;
	struct kr_request r;
	uint64_t rev;

	(void)state;
	group_open(&g, false);
	swap.added[0] = g.outsider;
	swap.removed[0] = g.b;
	swap.admins_added[0] = g.a;
	subscribe(g.b, g.topic, 2);
	bytes = make_commit(g.topic, 1, 60, &swap);
	commit(g.coordinator, g.topic, 60, &swap, "ok");
	post(g.outsider, g.topic, 61, "ok");
	client_drain(g.b);
	assert_int_equal(num_ended(g.b), 1);

	ask_void(&r, g.coordinator, g.topic, kr_view_bytes(&bytes));
	r.hash[0] ^= 1;
	expect(g.coordinator, &r, "void_late");
	subscribe(g.outsider, g.topic, 3);
	ask_void(&r, g.a, g.topic, kr_view_bytes(&bytes)); /* the commit made a one too */
	expect(g.a, &r, "ok");
	client_drain(g.outsider);
	assert_int_equal(num_ended(g.outsider), 1);
	rev = group_rev(g.b, g.topic);
	assert_int_equal(group_epoch(g.b, g.topic), 1);
	post(g.b, g.topic, 62, "ok");
	/* The same again is answered as before; a new void of the same commit is late. */
	r.id = g.a->next_id++;
	expect(g.a, &r, "ok");
	ask_void(&r, g.coordinator, g.topic, kr_view_bytes(&bytes));
	expect(g.coordinator, &r, "void_late");
	commit(g.b, g.topic, 63, NULL, "ok");
	ask_void(&r, g.coordinator, g.topic, kr_view_bytes(&bytes));
	expect(g.coordinator, &r, "void_late");
	assert_int_equal(group_rev(g.b, g.topic), rev + 1);
	kr_bytes_free(&bytes);
	group_close(&g);
}

/* Another's first post and a member's void race: one of them wins, in either order. */
static void p3_void_races_the_first_post(void **state)
{
	(void)state;
	for (int order = 0; order < 2; order++) {
		struct group g;
		struct kr_bytes committed;
		struct kr_bytes posted;
		struct kr_request requests[2];
		struct client *actors[2];
		bool voided;

		group_open(&g, false);
		committed = make_commit(g.topic, 1, 70, NULL);
		commit(g.a, g.topic, 70, NULL, "ok");
		posted = make_post(g.topic, 2, 71);
		requests[0] = ask_post(g.coordinator, g.topic, group_rev(g.a, g.topic),
			kr_view_bytes(&posted));
		actors[0] = g.coordinator;
		ask_void(&requests[1], g.b, g.topic, kr_view_bytes(&committed));
		actors[1] = g.b;
		send_request(actors[order], &requests[order]);
		send_request(actors[1 - order], &requests[1 - order]);
		world_settle(&g.w);
		voided = order == 1;
		expect_code(answer_to(g.b, requests[1].id), voided ? "ok" : "void_late");
		expect_code(answer_to(g.coordinator, requests[0].id),
			voided ? "epoch_wrong" : "ok");
		kr_bytes_free(&committed);
		kr_bytes_free(&posted);
		group_close(&g);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(p2_everybody_sees_one_order),
		cmocka_unit_test(p2_subscribing_between_disk_and_loop),
		cmocka_unit_test(p2_a_slow_reader_catches_up),
		cmocka_unit_test(p2_a_repeated_event_id),
		cmocka_unit_test(p2_a_cursor_before_the_trim),
		cmocka_unit_test(p3_two_commits_in_every_interleaving),
		cmocka_unit_test(p3_void_follows_its_rules),
		cmocka_unit_test(p3_void_puts_everything_back),
		cmocka_unit_test(p3_void_races_the_first_post),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
