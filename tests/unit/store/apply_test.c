/* What each type of event does to the projection, seen through the look-ups; after every
 * test the projection is built anew from the log and compared. */
#include "fixture.h"

#include <string.h>

#include "test.h"

static struct fixture f;
static struct store_view view;

enum {
	ALICE = 1,
	BOB,
	CAROL,
	DAVE,
	GROUP = 10,
	COMMUNITY = 20,
	KEY = 30,
	DEVICE = 40,
	OTHER_DEVICE,
};

static int setup(void **state)
{
	(void)state;
	fixture_open(&f);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	store_view_end(&view);
	assert_sound(&f);
	fixture_close(&f);
	return 0;
}

/* Look at the present state; the last look ends. */
static const struct store_view *now(void)
{
	store_view_end(&view);
	assert_int_equal(store_view_begin(f.store, &view), KR_OK);
	return &view;
}

static void in_community(unsigned type, struct kr_event_head head)
{
	store_view_end(&view);
	put_event(&f, community(COMMUNITY), type, ALICE, &head, kr_view(NULL, 0));
}

static void in_group(unsigned type, unsigned author, struct kr_event_head head)
{
	store_view_end(&view);
	put_event(&f, group(GROUP), type, author, &head, kr_view(NULL, 0));
}

static void in_account(unsigned type, struct kr_event_head head, struct kr_view body)
{
	store_view_end(&view);
	put_event(&f, account(ALICE), type, ALICE, &head, body);
}

/* A list of accounts for a head; good until the next call with the same slot. */
static struct kr_view list(unsigned slot, unsigned a, unsigned b)
{
	static uint8_t lists[4][2 * KR_ID_BYTES];

	memcpy(lists[slot], id(a), KR_ID_BYTES);
	memcpy(lists[slot] + KR_ID_BYTES, id(b), KR_ID_BYTES);
	return kr_view(lists[slot], (b == 0 ? 1 : 2) * KR_ID_BYTES);
}

/* ---- Communities --------------------------------------------------------------- */

static bool is_member(unsigned n, bool *coordinator)
{
	struct store_member member;
	enum kr_err err = store_member(now(), id(COMMUNITY), id(n), &member);

	assert_true(err == KR_OK || err == KR_ERR_NOT_FOUND);
	*coordinator = member.coordinator;
	return err == KR_OK;
}

static void found(void)
{
	in_community(KR_EVENT_FOUNDED,
		(struct kr_event_head){
			.key = view_of(KEY),
			.hash = view_of(KEY),
			.admins_added = list(0, ALICE, BOB),
		});
}

static void founders_are_coordinators(void **state)
{
	struct store_member members[4];
	bool coordinator;
	size_t num;

	(void)state;
	found();
	assert_true(is_member(ALICE, &coordinator) && coordinator);
	assert_true(is_member(BOB, &coordinator) && coordinator);
	assert_false(is_member(CAROL, &coordinator));
	assert_int_equal(
		store_members(now(), id(COMMUNITY), NULL, members, 4, &num), KR_OK);
	assert_int_equal(num, 2);
	assert_memory_equal(members[1].account, id(BOB), KR_ID_BYTES);
	assert_int_equal(store_members(now(), id(99), NULL, members, 4, &num), KR_OK);
	assert_int_equal(num, 0);
}

static void invitations_are_used_up(void **state)
{
	struct store_invitation invitation;
	struct store_request request;
	struct store_request requests[4];
	size_t num;

	(void)state;
	found();
	in_community(KR_EVENT_INVITED,
		(struct kr_event_head){
			.key = view_of(KEY),
			.until_ms = 5000,
			.count = 2,
		});
	for (unsigned n = CAROL; n <= DAVE; n++) {
		in_community(KR_EVENT_REQUESTED,
			(struct kr_event_head){
				.account = view_of(n), .key = view_of(KEY)});
	}
	assert_int_equal(
		store_invitation(now(), id(COMMUNITY), id(KEY), &invitation), KR_OK);
	assert_int_equal(invitation.until_ms, 5000);
	assert_int_equal(invitation.num_left, 0);
	assert_int_equal(invitation.seq, 2);
	assert_int_equal(store_request(now(), id(COMMUNITY), id(DAVE), &request), KR_OK);
	assert_int_equal(request.seq, 4);
	assert_memory_equal(request.key, id(KEY), KR_ID_BYTES);
	/* One more than it was for: it stays at none. */
	in_community(KR_EVENT_REQUESTED,
		(struct kr_event_head){.account = view_of(9), .key = view_of(KEY)});
	assert_int_equal(
		store_invitation(now(), id(COMMUNITY), id(KEY), &invitation), KR_OK);
	assert_int_equal(invitation.num_left, 0);
	/* Under a key that nobody was invited by, the request stands all the same. */
	in_community(KR_EVENT_REQUESTED,
		(struct kr_event_head){.account = view_of(8), .key = view_of(KEY + 1)});
	assert_int_equal(
		store_requests(now(), id(COMMUNITY), NULL, requests, 4, &num), KR_OK);
	assert_int_equal(num, 4);
	assert_int_equal(
		store_requests(now(), id(COMMUNITY), id(8), requests, 4, &num), KR_OK);
	assert_int_equal(num, 1);
	in_community(
		KR_EVENT_INVITE_REVOKED, (struct kr_event_head){.key = view_of(KEY)});
	assert_int_equal(store_invitation(now(), id(COMMUNITY), id(KEY), &invitation),
		KR_ERR_NOT_FOUND);
}

static void members_come_and_go(void **state)
{
	struct kr_event_head carol = {.account = view_of(CAROL), .key = view_of(KEY)};
	struct store_request request;
	struct store_id of[2];
	bool coordinator;
	size_t num;

	(void)state;
	found();
	in_community(KR_EVENT_REQUESTED, carol);
	in_community(KR_EVENT_REFUSED, carol);
	assert_int_equal(store_request(now(), id(COMMUNITY), id(CAROL), &request),
		KR_ERR_NOT_FOUND);
	assert_false(is_member(CAROL, &coordinator));
	in_community(KR_EVENT_REQUESTED, carol);
	in_community(KR_EVENT_ADMITTED, carol);
	assert_int_equal(store_request(now(), id(COMMUNITY), id(CAROL), &request),
		KR_ERR_NOT_FOUND);
	assert_true(is_member(CAROL, &coordinator) && !coordinator);
	carol.flag = true;
	in_community(KR_EVENT_ROLE, carol);
	assert_true(is_member(CAROL, &coordinator) && coordinator);
	in_community(KR_EVENT_ADMITTED, carol); /* again: the role stays */
	assert_true(is_member(CAROL, &coordinator) && coordinator);
	carol.flag = false;
	in_community(KR_EVENT_ROLE, carol);
	assert_true(is_member(CAROL, &coordinator) && !coordinator);
	assert_int_equal(
		store_communities_of(now(), id(CAROL), NULL, of, 2, &num), KR_OK);
	assert_int_equal(num, 1);
	assert_memory_equal(of[0].bytes, id(COMMUNITY), KR_ID_BYTES);
	in_community(KR_EVENT_REMOVED, carol);
	assert_false(is_member(CAROL, &coordinator));
	assert_int_equal(
		store_communities_of(now(), id(CAROL), NULL, of, 2, &num), KR_OK);
	assert_int_equal(num, 0);
	in_community(KR_EVENT_LEFT, (struct kr_event_head){.account = view_of(BOB)});
	assert_false(is_member(BOB, &coordinator));
	/* Nobody becomes a member by a role or a mute. */
	in_community(KR_EVENT_ROLE, carol);
	in_community(KR_EVENT_MUTED, carol);
	assert_false(is_member(CAROL, &coordinator));
}

static void mutes_and_unmutes(void **state)
{
	struct kr_event_head bob = {.account = view_of(BOB), .until_ms = 777};
	struct store_member member;

	(void)state;
	found();
	in_community(KR_EVENT_MUTED, bob);
	assert_int_equal(store_member(now(), id(COMMUNITY), id(BOB), &member), KR_OK);
	assert_int_equal(member.muted_until_ms, 777);
	assert_true(member.coordinator);
	bob.until_ms = 0;
	in_community(KR_EVENT_MUTED, bob);
	assert_int_equal(store_member(now(), id(COMMUNITY), id(BOB), &member), KR_OK);
	assert_int_equal(member.muted_until_ms, 0);
}

/* ---- Groups -------------------------------------------------------------------- */

static void create(bool main_group)
{
	in_group(KR_EVENT_GROUP_CREATED, ALICE,
		(struct kr_event_head){
			.account = view_of(ALICE),
			.community = view_of(COMMUNITY),
			.flag = main_group,
		});
}

static void assert_route(unsigned n, bool routed, bool admin, uint64_t since)
{
	struct store_route route;
	enum kr_err err = store_route(now(), id(GROUP), id(n), &route);

	assert_int_equal(err, routed ? KR_OK : KR_ERR_NOT_FOUND);
	assert_int_equal(route.admin, admin);
	assert_int_equal(route.since_seq, since);
}

static struct store_group state_of_group(void)
{
	struct store_group g;

	assert_int_equal(store_group(now(), id(GROUP), &g), KR_OK);
	return g;
}

static void creator_administers_a_circle_only(void **state)
{
	struct store_group g;

	(void)state;
	create(true);
	assert_route(ALICE, true, false, 1);
	g = state_of_group();
	assert_true(g.main);
	assert_int_equal(g.epoch, 0);
	assert_int_equal(g.state_seq, 1);
	assert_false(g.voidable);
	assert_memory_equal(g.community, id(COMMUNITY), KR_ID_BYTES);
	create(false);
	assert_route(ALICE, true, true, 2);
}

static void p5_commits_route(void **state)
{
	struct store_route routes[8];
	struct store_id of[4];
	struct store_group g;
	size_t num;

	(void)state;
	create(false);
	in_group(KR_EVENT_COMMIT, ALICE,
		(struct kr_event_head){
			.hash = view_of(KEY),
			.flag = true,
			.added = list(0, BOB, CAROL),
			.admins_added = list(1, BOB, 0),
		});
	assert_route(BOB, true, true, 2);
	assert_route(CAROL, true, false, 2);
	g = state_of_group();
	assert_int_equal(g.epoch, 1);
	assert_int_equal(g.state_seq, 2);
	assert_true(g.voidable && g.by_admin && !g.confirmed);
	assert_memory_equal(g.commit, id(KEY), KR_ID_BYTES);
	assert_memory_equal(g.committer, id(ALICE), KR_ID_BYTES);
	in_group(KR_EVENT_COMMIT, BOB,
		(struct kr_event_head){
			.hash = view_of(KEY + 1),
			.epoch = 1,
			.removed = list(0, CAROL, 0),
			.admins_removed = list(1, ALICE, 0),
		});
	assert_route(ALICE, true, false, 1);
	assert_route(CAROL, false, false, 0);
	g = state_of_group();
	assert_int_equal(g.epoch, 2);
	assert_false(g.by_admin);
	assert_int_equal(store_routes(now(), id(GROUP), NULL, routes, 8, &num), KR_OK);
	assert_int_equal(num, 2);
	assert_int_equal(store_groups_of(now(), id(CAROL), NULL, of, 4, &num), KR_OK);
	assert_int_equal(num, 0);
	assert_int_equal(store_groups_of(now(), id(BOB), NULL, of, 4, &num), KR_OK);
	assert_int_equal(num, 1);
	in_group(KR_EVENT_GROUP_LEFT, BOB,
		(struct kr_event_head){.account = view_of(BOB)});
	assert_route(BOB, false, false, 0);
}

/* Void gives back exactly the routing that was, with what each account may read. */
static void p3_void_undoes_the_routing(void **state)
{
	struct kr_event_head undo = {.hash = view_of(KEY + 1), .epoch = 1};
	struct store_group g;

	(void)state;
	create(false);
	in_group(KR_EVENT_COMMIT, ALICE,
		(struct kr_event_head){
			.hash = view_of(KEY),
			.added = list(0, BOB, CAROL),
		});
	in_group(KR_EVENT_POST, BOB, (struct kr_event_head){.epoch = 1});
	in_group(KR_EVENT_COMMIT, ALICE,
		(struct kr_event_head){
			.hash = view_of(KEY + 1),
			.epoch = 1,
			.added = list(0, DAVE, 0),
			.removed = list(1, BOB, CAROL),
			.admins_added = list(2, DAVE, 0),
			.admins_removed = list(3, ALICE, 0),
		});
	assert_route(BOB, false, false, 0);
	assert_route(DAVE, true, true, 4);
	/* Carol leaves while she is routed out: the void does not bring her back. */
	in_group(KR_EVENT_GROUP_LEFT, CAROL,
		(struct kr_event_head){.account = view_of(CAROL)});
	in_group(KR_EVENT_VOID, BOB, undo);
	assert_route(ALICE, true, true, 1);
	assert_route(BOB, true, false, 2);
	assert_route(CAROL, false, false, 0);
	assert_route(DAVE, false, false, 0);
	g = state_of_group();
	assert_int_equal(g.epoch, 1);
	assert_int_equal(g.state_seq, 6);
	assert_false(g.voidable || g.confirmed || g.by_admin);
	assert_memory_equal(g.commit, (uint8_t[KR_ID_BYTES]){0}, KR_ID_BYTES);
	/* Once more there is nothing to undo. */
	in_group(KR_EVENT_VOID, BOB, undo);
	assert_route(BOB, true, false, 2);
}

static void a_post_of_another_confirms(void **state)
{
	(void)state;
	create(false);
	in_group(KR_EVENT_POST, ALICE, (struct kr_event_head){0});
	assert_false(state_of_group().confirmed);
	in_group(KR_EVENT_COMMIT, ALICE,
		(struct kr_event_head){.hash = view_of(KEY), .added = list(0, BOB, 0)});
	in_group(KR_EVENT_POST, ALICE, (struct kr_event_head){.epoch = 1});
	assert_false(state_of_group().confirmed);
	in_group(KR_EVENT_POST, BOB, (struct kr_event_head){.epoch = 1});
	assert_true(state_of_group().confirmed);
	assert_int_equal(state_of_group().state_seq, 3);
	in_group(KR_EVENT_COMMIT, BOB,
		(struct kr_event_head){.hash = view_of(KEY), .epoch = 1});
	assert_false(state_of_group().confirmed);
}

/* Apply never rejects: events that do not fit the state change nothing. */
static void events_out_of_place_change_nothing(void **state)
{
	struct store_group g;

	(void)state;
	in_group(KR_EVENT_COMMIT, ALICE,
		(struct kr_event_head){.hash = view_of(KEY), .added = list(0, BOB, 0)});
	in_group(KR_EVENT_VOID, ALICE, (struct kr_event_head){.hash = view_of(KEY)});
	in_group(KR_EVENT_POST, ALICE, (struct kr_event_head){0});
	in_group(KR_EVENT_GROUP_LEFT, ALICE,
		(struct kr_event_head){.account = view_of(BOB)});
	assert_int_equal(store_group(now(), id(GROUP), &g), KR_ERR_NOT_FOUND);
	assert_route(BOB, false, false, 0);
}

/* ---- Accounts ------------------------------------------------------------------ */

static void devices_are_remembered(void **state)
{
	struct kr_event_head device = {.key = view_of(DEVICE)};
	struct store_device found_device;
	struct store_device devices[4];
	size_t num;

	(void)state;
	in_account(KR_EVENT_DEVICE_ADDED, device, kr_view(NULL, 0));
	assert_int_equal(
		store_device(now(), id(ALICE), id(DEVICE), &found_device), KR_OK);
	assert_false(found_device.removed);
	in_account(KR_EVENT_DEVICE_REMOVED, device, kr_view(NULL, 0));
	device.key = view_of(OTHER_DEVICE); /* removed without having been added */
	in_account(KR_EVENT_DEVICE_REMOVED, device, kr_view(NULL, 0));
	assert_int_equal(store_devices(now(), id(ALICE), NULL, devices, 4, &num), KR_OK);
	assert_int_equal(num, 2);
	assert_true(devices[0].removed && devices[1].removed);
	assert_int_equal(store_device(now(), id(BOB), id(DEVICE), &found_device),
		KR_ERR_NOT_FOUND);
}

static void publish_for(unsigned community, unsigned device, bool last_resort,
	const char *packages, uint32_t count)
{
	in_account(KR_EVENT_KEY_PACKAGES,
		(struct kr_event_head){
			.key = view_of(device),
			.community = view_of(community),
			.count = count,
			.flag = last_resort,
		},
		kr_view_str(packages));
}

static void publish(
	unsigned device, bool last_resort, const char *packages, uint32_t count)
{
	publish_for(COMMUNITY, device, last_resort, packages, count);
}

static void assert_next(const uint8_t *device, const char *want, bool last_resort)
{
	struct store_key_package package;
	enum kr_err err =
		store_key_package(now(), id(ALICE), id(COMMUNITY), device, &package);

	if (want == NULL) {
		assert_int_equal(err, KR_ERR_NOT_FOUND);
		return;
	}
	assert_int_equal(err, KR_OK);
	assert_true(kr_view_equal(package.bytes, kr_view_str(want)));
	assert_int_equal(package.last_resort, last_resort);
}

static void take(const char *package, unsigned device)
{
	uint8_t hash[KR_SHA256_BYTES];

	kr_sha256(hash, kr_view_str(package));
	in_account(KR_EVENT_KEY_PACKAGE_TAKEN,
		(struct kr_event_head){
			.key = view_of(device),
			.hash = kr_view(hash, sizeof(hash)),
		},
		kr_view(NULL, 0));
}

static void key_packages_are_taken_in_order(void **state)
{
	bool last_resort;
	size_t num;

	(void)state;
	assert_next(NULL, NULL, false);
	publish(DEVICE, true, "\x04last", 1);
	publish(DEVICE, false, "\x03one\x03two", 2);
	publish(DEVICE, false, "\x05three", 1);
	publish(OTHER_DEVICE, false, "\x05other", 1);
	/* For another community: of no use here. */
	publish_for(COMMUNITY + 1, DEVICE, false,
		"\x04"
		"else",
		1);
	publish_for(COMMUNITY + 1, DEVICE, true,
		"\x04"
		"more",
		1);
	assert_int_equal(store_key_packages_left(now(), id(ALICE), id(COMMUNITY),
				 id(DEVICE), &num, &last_resort),
		KR_OK);
	assert_int_equal(num, 3);
	assert_true(last_resort);
	assert_next(id(DEVICE), "one", false);
	assert_next(NULL, "one", false);
	take("one", DEVICE);
	assert_next(id(DEVICE), "two", false);
	take("three", DEVICE);
	take("never published", DEVICE);
	take("two", DEVICE);
	assert_next(id(DEVICE), "last", true);
	take("last", DEVICE); /* serves for ever */
	assert_next(id(DEVICE), "last", true);
	assert_next(id(OTHER_DEVICE), "other", false);
	publish(DEVICE, true, "\x06newest", 1);
	assert_next(id(DEVICE), "newest", true);
	in_account(
		KR_EVENT_KEY_PACKAGES_VOID, (struct kr_event_head){0}, kr_view(NULL, 0));
	assert_next(id(OTHER_DEVICE), NULL, false);
	assert_next(id(DEVICE), "newest", true);
	in_account(KR_EVENT_DEVICE_REMOVED,
		(struct kr_event_head){.key = view_of(DEVICE)}, kr_view(NULL, 0));
	assert_next(NULL, NULL, false);
}

/* A body that breaks off gives what came before the break. */
static void key_packages_that_break_off(void **state)
{
	(void)state;
	publish(DEVICE, false, "\x03one\x30two", 2);
	assert_next(id(DEVICE), "one", false);
	take("one", DEVICE);
	assert_next(id(DEVICE), NULL, false);
}

/* ---- The operator -------------------------------------------------------------- */

static void operator_grants_and_blocks(void **state)
{
	static const uint8_t relay_id[KR_ID_BYTES];
	struct kr_topic relay = kr_topic(KR_TOPIC_RELAY, relay_id);
	struct kr_event_head grant = {.hash = view_of(KEY), .until_ms = 9, .count = 1};
	struct kr_event_head block = {.account = view_of(BOB), .flag = true};
	struct store_grant granted;
	bool blocked;

	(void)state;
	put_event(&f, relay, KR_EVENT_GRANT, 0, &grant, kr_view(NULL, 0));
	put_event(&f, relay, KR_EVENT_BLOCKED, 0, &block, kr_view(NULL, 0));
	assert_int_equal(store_grant(now(), id(KEY), &granted), KR_OK);
	assert_int_equal(granted.until_ms, 9);
	assert_int_equal(granted.purpose, 1);
	assert_int_equal(store_grant(now(), id(KEY + 1), &granted), KR_ERR_NOT_FOUND);
	assert_int_equal(store_blocked(now(), id(BOB), &blocked), KR_OK);
	assert_true(blocked);
	assert_int_equal(store_blocked(now(), id(CAROL), &blocked), KR_OK);
	assert_false(blocked);
	block.flag = false;
	store_view_end(&view);
	put_event(&f, relay, KR_EVENT_GRANT_REVOKED, 0, &grant, kr_view(NULL, 0));
	put_event(&f, relay, KR_EVENT_BLOCKED, 0, &block, kr_view(NULL, 0));
	assert_int_equal(store_grant(now(), id(KEY), &granted), KR_ERR_NOT_FOUND);
	assert_int_equal(store_blocked(now(), id(BOB), &blocked), KR_OK);
	assert_false(blocked);
}

/* ---- Pages --------------------------------------------------------------------- */

static void pages_go_through_all(void **state)
{
	struct store_member members[3];
	struct store_id of[3];
	const uint8_t *after = NULL;
	size_t seen = 0;
	size_t num;

	(void)state;
	for (unsigned n = 1; n <= 8; n++) {
		struct kr_event_head head = {.account = view_of(n)};

		in_community(KR_EVENT_ADMITTED, head);
		head.account = view_of(DAVE);
		put_event(&f, community(100 + n), KR_EVENT_ADMITTED, ALICE, &head,
			kr_view(NULL, 0));
	}
	(void)now();
	do {
		assert_int_equal(
			store_members(&view, id(COMMUNITY), after, members, 3, &num),
			KR_OK);
		for (size_t i = 0; i < num; i++) {
			assert_memory_equal(
				members[i].account, id((unsigned)++seen), KR_ID_BYTES);
		}
		after = num > 0 ? id((unsigned)seen) : NULL;
	} while (num > 0);
	assert_int_equal(seen, 8);
	assert_int_equal(
		store_communities_of(&view, id(DAVE), id(COMMUNITY), of, 3, &num), KR_OK);
	assert_int_equal(num, 3);
	assert_memory_equal(of[2].bytes, id(103), KR_ID_BYTES);
	assert_int_equal(
		store_communities_of(&view, id(DAVE), id(107), of, 3, &num), KR_OK);
	assert_int_equal(num, 1);
	assert_int_equal(
		store_communities_of(&view, id(DAVE), id(108), of, 3, &num), KR_OK);
	assert_int_equal(num, 0);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(founders_are_coordinators),
		CASE(invitations_are_used_up),
		CASE(members_come_and_go),
		CASE(mutes_and_unmutes),
		CASE(creator_administers_a_circle_only),
		CASE(p5_commits_route),
		CASE(p3_void_undoes_the_routing),
		CASE(a_post_of_another_confirms),
		CASE(events_out_of_place_change_nothing),
		CASE(devices_are_remembered),
		CASE(key_packages_are_taken_in_order),
		CASE(key_packages_that_break_off),
		CASE(operator_grants_and_blocks),
		CASE(pages_go_through_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
