/* Joining by external commit. Rules that a newcomer breaks are in
 * rejects_external_test.c. */
#include "fixture.h"

#include <string.h>

#include <test.h>

static struct kr_bytes group_info(struct world *w, size_t client, bool with_tree)
{
	struct kr_bytes message;

	assert_ok(kr_mls_group_info(w->clients[client].group, with_tree, true, &message));
	return message;
}

/* The commit of a client that comes from outside; its group is in the next epoch. */
static struct kr_bytes come(struct world *w, size_t client,
	struct kr_mls_external_join join, const struct kr_random *rng)
{
	struct world_client *c = &w->clients[client];
	struct kr_mls_outgoing *outgoing;

	assert_null(c->group);
	join.client = &c->client;
	assert_ok(
		kr_mls_group_join_external(&c->group, &outgoing, &w->config, &join, rng));
	return world_release(c->group, outgoing);
}

static void come_and_deliver(
	struct world *w, size_t client, struct kr_mls_external_join join)
{
	struct kr_bytes message = come(w, client, join, &w->rng);

	world_deliver(w, client, kr_view_bytes(&message));
	world_assert_agree(w);
	world_chat(w);
	kr_bytes_free(&message);
}

/* Into full trees, which grow, and into trees with a blank place. */
static void newcomers_take_the_leftmost_place(void **state)
{
	struct world *w = world_new(9);
	struct kr_bytes last;

	(void)state;
	world_found(w, 0);
	for (uint32_t i = 1; i < 9; i++) {
		bool with_tree = i % 2 == 0;
		struct kr_bytes info = group_info(w, i - 1, with_tree);
		struct kr_bytes tree;

		assert_ok(kr_mls_ratchet_tree(w->clients[0].group, &tree));
		come_and_deliver(w, i,
			(struct kr_mls_external_join){
				.group_info = kr_view_bytes(&info),
				.ratchet_tree = with_tree ? (struct kr_view){0}
							  : kr_view_bytes(&tree),
			});
		assert_int_equal(kr_mls_own_leaf(w->clients[i].group).v, i);
		world_update(w, i);
		world_reload(w, i);
		kr_bytes_free(&info);
		kr_bytes_free(&tree);
	}
	world_remove(w, 8, 4);
	assert_null(w->clients[4].group);
	last = group_info(w, 0, true);
	come_and_deliver(
		w, 4, (struct kr_mls_external_join){.group_info = kr_view_bytes(&last)});
	assert_int_equal(kr_mls_own_leaf(w->clients[4].group).v, 4);
	kr_bytes_free(&last);
	world_free(w);
}

/* A client that lost its state comes back for its old leaf: wherever that is, also when
 * the tree shrinks with it, and when it was alone. */
static void a_lost_client_takes_its_own_place_again(void **state)
{
	static const struct {
		size_t num_members;
		size_t client;
	} cases[] = {{1, 0}, {2, 0}, {2, 1}, {5, 0}, {5, 2}, {5, 4}, {8, 7}};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		struct world *w = world_settled(cases[i].num_members);
		struct world_client *c = &w->clients[cases[i].client];
		struct kr_bytes info = group_info(w, 0, true);
		struct kr_mls_group *old = c->group;
		struct kr_bytes message;
		struct kr_mls_event event;

		c->group = NULL;
		message = come(w, cases[i].client,
			(struct kr_mls_external_join){
				.group_info = kr_view_bytes(&info),
				.resync = true,
			},
			&w->rng);
		world_deliver(w, cases[i].client, kr_view_bytes(&message));
		world_assert_agree(w);
		world_chat(w);
		assert_int_equal(kr_mls_num_members(c->group), cases[i].num_members);
		/* Its old self is out. */
		assert_ok(kr_mls_process(old, kr_view_bytes(&message), &event));
		assert_int_equal(event.kind, KR_MLS_EVENT_REMOVED);
		assert_int_equal(event.num_removed, 1);
		assert_int_equal(event.num_added, 1);
		kr_mls_event_free(&event);
		kr_mls_group_free(old);
		world_update(w, cases[i].client);
		kr_bytes_free(&message);
		kr_bytes_free(&info);
		world_free(w);
	}
}

/* The new leaf must be what an Update of the old one could be (12.4.3.2): with another
 * key. The same randomness twice gives the client the same leaf key twice. */
static void who_comes_back_brings_a_new_key(void **state)
{
	const struct kr_secret seed = {.bytes = {77}};
	struct world *w = world_settled(2);
	struct world_client *c;
	struct kr_random_seeded seeded;
	struct kr_random rng = kr_random_seeded(&seeded);
	struct kr_mls_state before;
	struct kr_mls_event event;
	struct kr_bytes message;
	struct kr_bytes info;

	(void)state;
	kr_mls_group_free(w->clients[1].group);
	w->clients[1].group = NULL;
	c = &w->clients[1];
	for (size_t attempt = 0; attempt < 2; attempt++) {
		struct kr_leaf_index leaf = {1};
		struct kr_mls_member member;
		uint8_t old_key[KR_X25519_BYTES];

		assert_ok(kr_mls_member_at(w->clients[0].group, leaf, &member));
		memcpy(old_key, member.encryption_key, sizeof(old_key));
		info = group_info(w, 0, true);
		kr_random_seeded_init(&seeded, &seed);
		message = come(w, 1,
			(struct kr_mls_external_join){
				.group_info = kr_view_bytes(&info),
				.resync = true,
			},
			&rng);
		kr_bytes_free(&info);
		if (attempt == 0) {
			assert_ok(kr_mls_process(
				w->clients[0].group, kr_view_bytes(&message), &event));
			kr_mls_event_free(&event);
			kr_bytes_free(&message);
			kr_mls_group_free(c->group);
			c->group = NULL;
			continue;
		}
		assert_ok(kr_mls_member_at(c->group, leaf, &member));
		assert_memory_equal(member.encryption_key, old_key, sizeof(old_key));
	}
	before = world_save(w->clients[0].group);
	assert_err(kr_mls_process(w->clients[0].group, kr_view_bytes(&message), &event),
		KR_ERR_LEAF_KEY_REUSED);
	world_assert_unchanged(w->clients[0].group, &before);
	kr_mls_state_free(&before);
	kr_bytes_free(&message);
	world_free(w);
}

static void refuse_to_come(struct world *w, size_t client,
	struct kr_mls_external_join join, enum kr_err expected)
{
	struct kr_mls_outgoing *outgoing;
	struct kr_mls_group *group;

	join.client = &w->clients[client].client;
	assert_err(
		kr_mls_group_join_external(&group, &outgoing, &w->config, &join, &w->rng),
		expected);
	assert_null(group);
	assert_null(outgoing);
}

static void who_may_not_come_learns_it_at_once(void **state)
{
	static const struct kr_mls_extension extension = {0xf001, {NULL, 0}};
	static const uint16_t types[] = {0xf001};
	struct world *w = world_new(4);
	struct kr_mls_external_join join = {0};
	struct kr_bytes without_pub;
	struct kr_bytes info;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		w->clients[i].client.capabilities.extensions = types;
		w->clients[i].client.capabilities.num_extensions = 1;
	}
	world_settle(w, 3, (struct kr_mls_extensions){&extension, 1});
	info = group_info(w, 0, true);
	join.group_info = kr_view_bytes(&info);
	/* a member, without resync; who lacks what the group uses; too many */
	refuse_to_come(w, 1, join, KR_ERR_PROPOSAL_ADD_MEMBER);
	refuse_to_come(w, 3, join, KR_ERR_REQUIRED_CAPABILITIES);
	w->clients[3].client.capabilities = w->clients[0].client.capabilities;
	w->config.max_members = 3;
	refuse_to_come(w, 3, join, KR_ERR_LIMIT);
	w->config.max_members = 2;
	refuse_to_come(w, 3, join, KR_ERR_LIMIT);
	w->config.max_members = 4;
	assert_ok(kr_mls_group_info(w->clients[0].group, true, false, &without_pub));
	join.group_info = kr_view_bytes(&without_pub);
	refuse_to_come(w, 3, join, KR_ERR_EXTERNAL_PUB_MISSING);
	join.group_info = kr_view_bytes(&info);
	come_and_deliver(w, 3, join);
	kr_bytes_free(&without_pub);
	kr_bytes_free(&info);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(newcomers_take_the_leftmost_place),
		cmocka_unit_test(a_lost_client_takes_its_own_place_again),
		cmocka_unit_test(who_comes_back_brings_a_new_key),
		cmocka_unit_test(who_may_not_come_learns_it_at_once),
	};

	return cmocka_run_group_tests_name("mls/external", tests, NULL, NULL);
}
