/* The delivery service: who is out is out, routing, Welcomes. */
#include <string.h>

#include "group.h"

#include "test.h"

/* Groups that one account can be in; and how many more it asks for at the same time, so
 * that no append can name them all. */
#define MAX_GROUPS  200
#define NUM_AT_ONCE 57

/* ---- P5: who is out is out -------------------------------------------------------- */

/* A post that is under way when its author is removed, whichever comes first in the
 * queue, and wherever the batches are cut. */
static void p5_a_removed_members_post_races_its_removal(void **state)
{
	(void)state;
	for (unsigned code = 0; code < 8; code++) {
		bool post_first = (code & 1) != 0;
		bool one_batch = (code & 2) != 0;
		bool by_commit = (code & 4) != 0;
		struct group g;
		struct routing out = {0};
		struct kr_bytes posted;
		struct kr_bytes committed;
		struct kr_request requests[2];
		struct client *actors[2];

		group_open(&g, true);
		out.removed[0] = g.b;
		posted = make_post(g.topic, 1, 80);
		committed = make_commit(g.topic, 1, 81, &out);
		requests[0] = ask_post(
			g.b, g.topic, group_rev(g.b, g.topic), kr_view_bytes(&posted));
		actors[0] = g.b;
		actors[1] = g.coordinator;
		if (by_commit) {
			requests[1] = ask_commit(g.coordinator, g.topic,
				group_rev(g.b, g.topic), kr_view_bytes(&committed), 0);
		} else {
			requests[1] = ask(g.coordinator, KR_VERB_COMMUNITY_REMOVE);
			ask_topic(&requests[1], g.community);
			memcpy(requests[1].account, g.b->account, KR_ID_BYTES);
			requests[1].fields |= KR_R(ACCOUNT);
			requests[1].body = kr_view_str("removed");
		}
		for (int i = 0; i < 2; i++) {
			int which = i == 0 ? !post_first : post_first;

			send_request(actors[which], &requests[which]);
			if (!one_batch) {
				world_commit(&g.w, g.w.num_waiting);
			}
		}
		world_settle(&g.w);
		expect_code(answer_to(g.coordinator, requests[1].id), "ok");
		expect_code(
			answer_to(g.b, requests[0].id), post_first ? "ok" : "forbidden");
		/* And from now on nothing at all. */
		requests[0] = ask(g.b, KR_VERB_TOPIC_HEAD);
		ask_topic(&requests[0], g.topic);
		expect(g.b, &requests[0], "forbidden");
		requests[0] = ask_post(g.b, g.topic, 9, kr_view_bytes(&posted));
		expect(g.b, &requests[0], "forbidden");
		kr_bytes_free(&posted);
		kr_bytes_free(&committed);
		group_close(&g);
	}
}

/* A subscriber who is removed gets what was before, then "ended", and not the removal nor
 * anything after it; whoever is added reads from there on and not what was before. */
static void p5_fetching_begins_and_ends_with_the_routing(void **state)
{
	struct group g;
	struct routing swap = {0};
	struct kr_request r;
	struct kr_event_delivery event;
	const struct received *message;
	uint64_t joined;
	uint64_t last = 0;

	(void)state;
	group_open(&g, true);
	subscribe(g.b, g.topic, 2);
	post(g.a, g.topic, 90, "ok");
	client_drain(g.b);
	swap.added[0] = g.outsider;
	swap.removed[0] = g.b;
	joined = number_in(commit(g.coordinator, g.topic, 91, &swap, "ok"), "seq");
	post(g.a, g.topic, 92, "ok");
	while ((message = next_event(g.b, g.topic)) != NULL) {
		read_event(&event, message);
		last = event.event.seq;
	}
	assert_int_equal(last, joined - 1);
	assert_int_equal(num_ended(g.b), 1);
	r = ask(g.b, KR_VERB_TOPIC_READ);
	ask_topic(&r, g.topic);
	r.after = 0;
	r.fields |= KR_R(AFTER);
	expect(g.b, &r, "forbidden");

	r = ask(g.outsider, KR_VERB_TOPIC_READ);
	ask_topic(&r, g.topic);
	r.after = joined - 2;
	r.fields |= KR_R(AFTER);
	assert_int_equal(
		number_in(expect(g.outsider, &r, "cursor_early"), "seq"), joined - 1);
	r.id = g.outsider->next_id++;
	r.after = joined - 1;
	expect(g.outsider, &r, "ok");
	read_event(&event, next_event(g.outsider, g.topic));
	assert_int_equal(event.event.seq, joined);
	assert_int_equal(event.event.type, KR_EVENT_COMMIT);
	group_close(&g);
}

static struct kr_request ask_create(
	struct client *c, struct kr_topic community, struct kr_topic topic)
{
	struct kr_request r = ask(c, KR_VERB_GROUP_CREATE);

	ask_topic(&r, topic);
	memcpy(r.community, community.id, KR_ID_BYTES);
	r.fields |= KR_R(COMMUNITY) | KR_R(MAIN);
	return r;
}

/* However many groups somebody is in, and whichever of them the removal names: what that
 * account listened to in the community ends with it. */
static void p5_no_number_of_groups_outlasts_a_removal(void **state)
{
	struct group g;
	struct kr_request r;

	(void)state;
	group_open(&g, true);
	/* Their ids stand before that of the community's own group. The last of them are
	 * asked for together: each has room while the others are under way. */
	for (unsigned i = 0; i < MAX_GROUPS + NUM_AT_ONCE; i++) {
		r = ask_create(g.b, g.community, group_topic((i + 1) << 8));
		if (i + 2 < MAX_GROUPS) {
			expect(g.b, &r, "ok");
		} else {
			send_request(g.b, &r);
		}
	}
	world_settle(&g.w);
	expect_code(answer_to(g.b, r.id), "ok");
	r = ask_create(g.b, g.community, group_topic(9));
	expect(g.b, &r, "limit");
	subscribe(g.b, g.topic, 2);
	client_forget(g.b);
	r = ask(g.coordinator, KR_VERB_COMMUNITY_REMOVE);
	ask_topic(&r, g.community);
	memcpy(r.account, g.b->account, KR_ID_BYTES);
	r.fields |= KR_R(ACCOUNT);
	r.body = kr_view_str("removed");
	expect(g.coordinator, &r, "ok");
	post(g.a, g.topic, 90, "ok");
	client_drain(g.b);
	assert_int_equal(num_ended(g.b), 1);
	assert_null(next_event(g.b, g.topic));
	group_close(&g);
}

/* Whoever is removed from the community and admitted again is in none of its groups. */
static void p5_coming_back_starts_from_nothing(void **state)
{
	struct group g;
	struct kr_request r;

	(void)state;
	group_open(&g, false);
	r = ask(g.coordinator, KR_VERB_COMMUNITY_REMOVE);
	ask_topic(&r, g.community);
	memcpy(r.account, g.b->account, KR_ID_BYTES);
	r.fields |= KR_R(ACCOUNT);
	r.body = kr_view_str("removed");
	expect(g.coordinator, &r, "ok");
	admit_member(g.coordinator, g.community, g.b);
	r = ask(g.b, KR_VERB_TOPIC_HEAD);
	ask_topic(&r, g.topic);
	expect(g.b, &r, "forbidden");
	group_close(&g);
}

/* A member who gets a further certificate stays where it is. */
static void a_further_certificate_changes_no_routing(void **state)
{
	struct group g;
	struct kr_request r;

	(void)state;
	group_open(&g, false);
	admit_member(g.coordinator, g.community, g.b);
	r = ask(g.b, KR_VERB_TOPIC_HEAD);
	ask_topic(&r, g.topic);
	expect(g.b, &r, "ok");
	group_close(&g);
}

/* ---- Routing ---------------------------------------------------------------------- */

static void p5_routing_is_by_administrators_and_fits(void **state)
{
	struct group g;
	struct group h;
	struct routing r;

	(void)state;
	group_open(&g, false);
	r = (struct routing){.removed = {g.b}};
	commit(g.a, g.topic, 1, &r, "forbidden");
	r = (struct routing){.added = {g.b}};
	commit(g.coordinator, g.topic, 2, &r, "routing");
	r = (struct routing){.removed = {g.outsider}};
	commit(g.coordinator, g.topic, 3, &r, "routing");
	r = (struct routing){.removed = {g.coordinator}};
	commit(g.coordinator, g.topic, 4, &r, "routing");
	r = (struct routing){.added = {g.outsider}, .removed = {g.outsider}};
	commit(g.coordinator, g.topic, 5, &r, "routing");
	r = (struct routing){.admins_removed = {g.a}};
	commit(g.coordinator, g.topic, 6, &r, "routing");
	r = (struct routing){.admins_added = {g.outsider}};
	commit(g.coordinator, g.topic, 7, &r, "routing");
	r = (struct routing){.admins_removed = {g.coordinator}};
	commit(g.coordinator, g.topic, 8, &r, "routing"); /* nobody would be left */
	r = (struct routing){.welcomed = {g.outsider}};
	commit(g.coordinator, g.topic, 9, &r, "routing");
	r = (struct routing){.admins_added = {g.a}, .admins_removed = {g.coordinator}};
	commit(g.coordinator, g.topic, 10, &r, "ok");
	r = (struct routing){.added = {g.outsider}};
	commit(g.coordinator, g.topic, 11, &r,
		"forbidden"); /* no administrator any more */
	commit(g.a, g.topic, 12, &r, "ok");
	r = (struct routing){.welcomed = {g.outsider}};
	commit(g.a, g.topic, 13, &r, "ok"); /* healed, or a second device */
	group_close(&g);

	group_open(&h, true);
	r = (struct routing){.admins_added = {h.a}};
	commit(h.coordinator, h.topic, 14, &r,
		"routing"); /* the coordinators administer it */
	group_close(&h);
}

/* Commit, routing and Welcomes are one append: the added account has its Welcome, with
 * the commit's hash, the moment the commit is in. */
static void welcomes_come_with_the_commit(void **state)
{
	struct group g;
	struct kr_event_delivery event;
	struct kr_topic own;
	struct kr_bytes welcome;
	struct routing in = {0};

	(void)state;
	group_open(&g, true);
	own = kr_topic(KR_TOPIC_ACCOUNT, g.outsider->account);
	subscribe(g.outsider, own, 0);
	read_event(&event, next_event(g.outsider, own));
	assert_int_equal(event.event.type, KR_EVENT_ANSWERED);
	in.added[0] = g.outsider;
	commit(g.coordinator, g.topic, 21, &in, "ok");
	read_event(&event, next_event(g.outsider, own));
	assert_int_equal(event.event.type, KR_EVENT_WELCOME);
	welcome = make_welcome(21);
	assert_true(kr_view_equal(event.event.body, kr_view_bytes(&welcome)));
	kr_bytes_free(&welcome);
	group_close(&g);
}

/* ---- What fits and what does not -------------------------------------------------- */

static void messages_are_for_the_present_epoch(void **state)
{
	static const struct {
		int epoch; /* from the present one */
		int rev;
		const char *post_code;
		const char *commit_code;
	} cases[] = {
		{0, 0, "ok", "ok"},
		{1, 0, "epoch_wrong", "epoch_wrong"},
		{-1, 0, "epoch_wrong", "epoch_taken"},
		{0, -1, "rev_past", "rev_past"},
		{0, 1, "rev_past", "rev_past"},
		{-1, -1, "epoch_wrong", "epoch_taken"},
	};
	struct group g;

	(void)state;
	group_open(&g, true);
	for (size_t i = 0; i < NUM(cases); i++) {
		uint64_t epoch = group_epoch(g.a, g.topic) + (uint64_t)cases[i].epoch;
		uint64_t rev = group_rev(g.a, g.topic) + (uint64_t)cases[i].rev;
		struct kr_bytes posted = make_post(g.topic, epoch, (unsigned)i);
		struct kr_bytes committed =
			make_commit(g.topic, epoch, (unsigned)i, NULL);
		struct kr_request r;

		r = ask_post(g.a, g.topic, rev, kr_view_bytes(&posted));
		expect(g.a, &r, cases[i].post_code);
		r = ask_commit(g.a, g.topic, rev, kr_view_bytes(&committed), 0);
		expect(g.a, &r, cases[i].commit_code);
		kr_bytes_free(&posted);
		kr_bytes_free(&committed);
	}
	group_close(&g);
}

static void the_muted_are_told_until_when(void **state)
{
	struct group g;
	struct kr_request r;

	(void)state;
	group_open(&g, true);
	r = ask(g.coordinator, KR_VERB_COMMUNITY_MUTE);
	ask_topic(&r, g.community);
	memcpy(r.account, g.b->account, KR_ID_BYTES);
	r.until_ms = g.w.now_ms + 5000;
	r.fields |= KR_R(ACCOUNT) | KR_R(UNTIL);
	r.body = kr_view_str("mute");
	expect(g.coordinator, &r, "ok");
	assert_int_equal(number_in(post(g.b, g.topic, 1, "muted"), "until"), r.until_ms);
	world_pass(&g.w, 6000);
	post(g.b, g.topic, 2, "ok");
	group_close(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(p5_a_removed_members_post_races_its_removal),
		cmocka_unit_test(p5_fetching_begins_and_ends_with_the_routing),
		cmocka_unit_test(p5_no_number_of_groups_outlasts_a_removal),
		cmocka_unit_test(p5_coming_back_starts_from_nothing),
		cmocka_unit_test(a_further_certificate_changes_no_routing),
		cmocka_unit_test(p5_routing_is_by_administrators_and_fits),
		cmocka_unit_test(welcomes_come_with_the_commit),
		cmocka_unit_test(messages_are_for_the_present_epoch),
		cmocka_unit_test(the_muted_are_told_until_when),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
