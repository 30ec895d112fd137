/* No front part of any message and no message with one bit changed is taken in; after
 * each of them the group is the same to the bit, and at the end the message itself is
 * still good. */
#include "fixture.h"

#include <string.h>

#include <test.h>

/* The world in which one message waits for one reader. */
struct reader {
	struct world *w;
	struct kr_bytes message;
	/* Take the message in; what it gave is freed. */
	enum kr_err (*take)(struct reader *r, struct kr_view message);
	struct kr_mls_group
		*group; /* whose state must not change; NULL if there is none yet */
};

static void refused(
	struct reader *r, struct kr_view message, const struct kr_mls_state *before)
{
	if (r->take(r, message) == KR_OK) {
		fail_msg("a damaged message of %zu bytes is taken in", message.len);
	}
	if (before != NULL) {
		world_assert_unchanged(r->group, before);
	}
}

static void mutate(struct reader *r)
{
	struct kr_bytes *m = &r->message;
	struct kr_mls_state before = {0};
	const struct kr_mls_state *unchanged = NULL;

	if (r->group != NULL) {
		before = world_save(r->group);
		unchanged = &before;
	}
	for (size_t len = 0; len < m->len; len++) {
		refused(r, kr_view(m->data, len), unchanged);
	}
	for (size_t bit = 0; bit < m->len * 8; bit++) {
		m->data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		refused(r, kr_view_bytes(m), unchanged);
		m->data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_ok(r->take(r, kr_view_bytes(m)));
	kr_mls_state_free(&before);
	kr_bytes_free(m);
}

/* ---- What a member takes in ------------------------------------------------------ */

static enum kr_err take_in_group(struct reader *r, struct kr_view message)
{
	struct kr_mls_event event;
	enum kr_err err = kr_mls_process(r->group, message, &event);

	if (err == KR_OK) {
		kr_mls_event_free(&event);
	}
	return err;
}

/* Messages by client 0 to client 1 in a group of three, without padding: it would only
 * add more of the same to each ciphertext. */
static struct reader member_reader(void)
{
	struct world *w = world_new(4);

	w->config.num_padding_sizes = 0;
	world_settle(w, 3, (struct kr_mls_extensions){0});
	return (struct reader){
		.w = w, .take = take_in_group, .group = w->clients[1].group};
}

static void application(void **state)
{
	struct reader r = member_reader();

	(void)state;
	r.message = world_encrypt(r.w, 0, "hello");
	mutate(&r);
	world_update(r.w, 1);
	world_chat(r.w);
	world_free(r.w);
}

static void proposal(struct kr_mls_framing framing)
{
	struct reader r = member_reader();
	struct kr_mls_proposal remove = {.type = KR_MLS_PROPOSAL_REMOVE, .removed = {2}};
	struct kr_mls_outgoing *outgoing = NULL;

	assert_ok(kr_mls_propose(
		r.w->clients[0].group, &remove, framing, 0, &r.w->rng, &outgoing));
	r.message = world_release(r.w->clients[0].group, outgoing);
	mutate(&r);
	world_free(r.w);
}

static void private_proposal(void **state)
{
	(void)state;
	proposal((struct kr_mls_framing){.authenticated_data = kr_view_str("aad")});
}

static void public_proposal(void **state)
{
	(void)state;
	proposal((struct kr_mls_framing){true, kr_view_str("aad")});
}

static void commit(struct kr_mls_framing framing)
{
	struct reader r = member_reader();
	struct kr_mls_commit_options options = {.framing = framing};
	struct world_commit made = world_commit(r.w, 0, &options);

	r.message = made.message;
	assert_ok(kr_mls_commit_accepted(r.w->clients[0].group));
	mutate(&r);
	/* Client 2 never saw it. */
	kr_mls_group_free(r.w->clients[2].group);
	r.w->clients[2].group = NULL;
	world_assert_agree(r.w);
	world_chat(r.w);
	world_free(r.w);
}

static void private_commit(void **state)
{
	(void)state;
	commit((struct kr_mls_framing){0});
}

static void public_commit(void **state)
{
	(void)state;
	commit((struct kr_mls_framing){.as_public = true});
}

/* ---- What a newcomer takes in ---------------------------------------------------- */

static enum kr_err take_welcome(struct reader *r, struct kr_view message)
{
	enum kr_err err = world_join(r->w, 3, message, (struct kr_view){0});

	assert_int_equal(r->w->clients[3].group != NULL, err == KR_OK);
	return err;
}

static void welcome(void **state)
{
	struct reader r = member_reader();
	struct kr_mls_proposal add = {
		.type = KR_MLS_PROPOSAL_ADD,
		.key_package = world_key_package(r.w, 3),
	};
	struct kr_mls_commit_options options = {.proposals = &add, .num_proposals = 1};
	struct world_commit made = world_commit(r.w, 0, &options);

	(void)state;
	world_deliver(r.w, 0, kr_view_bytes(&made.message));
	assert_ok(kr_mls_commit_accepted(r.w->clients[0].group));
	r.message = made.welcome;
	kr_bytes_free(&made.message);
	r.take = take_welcome;
	r.group = NULL;
	mutate(&r);
	world_assert_agree(r.w);
	world_chat(r.w);
	world_free(r.w);
}

/* To which the tree belongs that is being damaged. */
static struct kr_bytes welcome_for_tree;

static enum kr_err take_tree_beside(struct reader *r, struct kr_view tree)
{
	return world_join(r->w, 3, kr_view_bytes(&welcome_for_tree), tree);
}

static void tree_beside_welcome(void **state)
{
	struct reader r = member_reader();
	struct kr_mls_proposal add = {
		.type = KR_MLS_PROPOSAL_ADD,
		.key_package = world_key_package(r.w, 3),
	};
	struct kr_mls_commit_options options = {
		.proposals = &add,
		.num_proposals = 1,
		.tree_beside_welcome = true,
	};
	struct world_commit made = world_commit(r.w, 0, &options);

	(void)state;
	r.message = made.tree;
	welcome_for_tree = made.welcome;
	kr_bytes_free(&made.message);
	r.take = take_tree_beside;
	r.group = NULL;
	mutate(&r);
	kr_bytes_free(&welcome_for_tree);
	world_free(r.w);
}

static enum kr_err take_group_info(struct reader *r, struct kr_view message)
{
	struct kr_mls_external_join join = {
		.client = &r->w->clients[3].client,
		.group_info = message,
	};
	struct kr_mls_outgoing *outgoing = NULL;
	struct kr_mls_group *group = NULL;
	enum kr_err err = kr_mls_group_join_external(
		&group, &outgoing, &r->w->config, &join, &r->w->rng);

	assert_int_equal(group != NULL, err == KR_OK);
	kr_mls_outgoing_free(outgoing);
	kr_mls_group_free(group);
	return err;
}

static void group_info(void **state)
{
	struct reader r = member_reader();

	(void)state;
	assert_ok(kr_mls_group_info(r.w->clients[0].group, true, true, &r.message));
	r.take = take_group_info;
	r.group = NULL;
	mutate(&r);
	world_free(r.w);
}

static enum kr_err take_key_package(struct reader *r, struct kr_view message)
{
	struct kr_mls_key_package_info info;

	(void)r;
	return kr_mls_key_package_verify(message, 0, &info);
}

static void key_package(void **state)
{
	struct reader r = member_reader();

	(void)state;
	assert_ok(kr_bytes_copy(&r.message, world_key_package(r.w, 3)));
	r.take = take_key_package;
	r.group = NULL;
	mutate(&r);
	world_free(r.w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(application),
		cmocka_unit_test(private_proposal),
		cmocka_unit_test(public_proposal),
		cmocka_unit_test(private_commit),
		cmocka_unit_test(public_commit),
		cmocka_unit_test(welcome),
		cmocka_unit_test(tree_beside_welcome),
		cmocka_unit_test(group_info),
		cmocka_unit_test(key_package),
	};

	return cmocka_run_group_tests_name("group_mutation", tests, NULL, NULL);
}
