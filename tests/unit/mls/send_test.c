/* Own proposals and commits: what others would refuse is not made, and what a member has
 * proposed does not keep us from committing. */
#include "fixture.h"

#include <string.h>

#include <test.h>

static const uint16_t types[] = {0xf001};
static const struct kr_mls_extension extension = {0xf001, {NULL, 0}};

/* Three members of a group that uses an extension, which they support; the fourth does
 * not. */
static struct world *world_with_extension(void)
{
	struct world *w = world_new(4);

	for (size_t i = 0; i < 3; i++) {
		w->clients[i].client.capabilities.extensions = types;
		w->clients[i].client.capabilities.num_extensions = 1;
	}
	world_settle(w, 3, (struct kr_mls_extensions){&extension, 1});
	return w;
}

static void refuse_to_commit(struct world *w, const struct kr_mls_commit_options *options,
	enum kr_err expected)
{
	struct kr_mls_group *group = w->clients[0].group;
	struct kr_mls_state before = world_save(group);
	struct kr_mls_outgoing *outgoing;

	assert_err(kr_mls_commit(group, options, &w->rng, &outgoing), expected);
	assert_null(outgoing);
	assert_false(kr_mls_commit_is_pending(group));
	world_assert_unchanged(group, &before);
	kr_mls_state_free(&before);
}

static void a_new_self_is_one_that_others_accept(void **state)
{
	static const struct kr_mls_extension unlisted = {0xf002, {NULL, 0}};
	struct world *w = world_with_extension();
	struct kr_ed25519_keypair signer;
	struct kr_mls_client client = w->clients[0].client;
	const struct kr_mls_commit_options options = {.new_client = &client};

	(void)state;
	assert_ok(kr_ed25519_generate(&signer, &w->rng));
	client.capabilities.num_extensions = 0;
	refuse_to_commit(w, &options, KR_ERR_REQUIRED_CAPABILITIES);
	client = w->clients[0].client;
	client.signer = &w->clients[1].signer;
	refuse_to_commit(w, &options, KR_ERR_LEAF_KEY_REUSED);
	client = w->clients[0].client;
	client.leaf_extensions = (struct kr_mls_extensions){&unlisted, 1};
	refuse_to_commit(w, &options, KR_ERR_LEAF_EXTENSION);
	client = w->clients[0].client;
	client.signer = &signer;
	client.identity = LITERAL("another name");
	world_commit_all(w, 0, &options);
	world_update(w, 0);
	world_free(w);
}

/* The leaf of an Update or of an Add by reference lacks what the group uses. The proposal
 * by itself is sound; a commit with it would not be. */
static void what_cannot_take_effect_is_left_out(void **state)
{
	struct world *w = world_with_extension();
	struct kr_mls_client lesser = w->clients[1].client;
	struct kr_mls_proposal proposals[] = {
		{.type = KR_MLS_PROPOSAL_UPDATE, .new_client = &lesser},
		{.type = KR_MLS_PROPOSAL_ADD, .key_package = world_key_package(w, 3)},
	};

	(void)state;
	lesser.capabilities.num_extensions = 0;
	for (size_t i = 0; i < NUM(proposals); i++) {
		struct kr_bytes message = world_propose(w, 1, &proposals[i]);

		world_deliver(w, 1, kr_view_bytes(&message));
		world_commit_all(w, 0, &(struct kr_mls_commit_options){0});
		assert_int_equal(kr_mls_num_members(w->clients[0].group), 3);
		world_chat(w);
		kr_bytes_free(&message);
	}
	world_free(w);
}

/* Given by value it is the caller's mistake, and named. */
static void what_the_caller_asks_for_is_checked(void **state)
{
	struct world *w = world_with_extension();
	static const uint16_t more[] = {0xf001, 0xf003};
	static const struct kr_mls_extension required[] = {
		{KR_MLS_EXT_REQUIRED_CAPABILITIES, {(const uint8_t *)"\2\xf0\3\0\0", 5}},
	};
	const struct {
		struct kr_mls_proposal proposal;
		enum kr_err expected;
	} cases[] = {
		{{.type = KR_MLS_PROPOSAL_ADD, .key_package = world_key_package(w, 3)},
			KR_ERR_REQUIRED_CAPABILITIES},
		{{.type = KR_MLS_PROPOSAL_ADD, .key_package = LITERAL("no")},
			KR_ERR_TRUNCATED},
		{{.type = KR_MLS_PROPOSAL_REMOVE, .removed = {0}},
			KR_ERR_PROPOSAL_SELF_REMOVE},
		{{.type = KR_MLS_PROPOSAL_REMOVE, .removed = {3}}, KR_ERR_LEAF_INDEX},
		{{.type = KR_MLS_PROPOSAL_REMOVE, .removed = {UINT32_MAX}},
			KR_ERR_LEAF_INDEX},
		{{.type = KR_MLS_PROPOSAL_UPDATE}, KR_ERR_PROPOSAL_OWN_UPDATE},
		{{.type = KR_MLS_PROPOSAL_PSK,
			 .psk = {.kind = KR_MLS_PSK_EXTERNAL, .id = LITERAL("x")}},
			KR_ERR_PROPOSAL_PSK_UNKNOWN},
		{{.type = KR_MLS_PROPOSAL_REINIT}, KR_ERR_MLS_REINIT},
		{{.type = KR_MLS_PROPOSAL_EXTERNAL_INIT}, KR_ERR_PROPOSAL_EXTERNAL_INIT},
		{{.type = 0xf001}, KR_ERR_MLS_PROPOSAL_TYPE},
		{{.type = KR_MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS,
			 .extensions = {required, 1}},
			KR_ERR_REQUIRED_CAPABILITIES},
	};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		refuse_to_commit(w,
			&(struct kr_mls_commit_options){
				.proposals = &cases[i].proposal,
				.num_proposals = 1,
			},
			cases[i].expected);
	}
	/* Whoever has learnt it first lets the group require it. */
	for (size_t i = 0; i < 3; i++) {
		struct kr_mls_client *c = &w->clients[i].client;

		c->capabilities.extensions = more;
		c->capabilities.num_extensions = 2;
		world_commit_all(w, i, &(struct kr_mls_commit_options){.new_client = c});
	}
	world_commit_all(w, 0,
		&(struct kr_mls_commit_options){
			.proposals = &cases[NUM(cases) - 1].proposal,
			.num_proposals = 1,
		});
	world_chat(w);
	world_free(w);
}

static void while_proposals_wait_nothing_else_is_said(void **state)
{
	const struct kr_mls_proposal update = {.type = KR_MLS_PROPOSAL_UPDATE};
	struct world *w = world_settled(2);
	struct kr_bytes message = world_propose(w, 1, &update);
	struct kr_mls_outgoing *outgoing;

	(void)state;
	world_deliver(w, 1, kr_view_bytes(&message));
	for (size_t i = 0; i < 2; i++) {
		struct kr_mls_group *group = w->clients[i].group;
		struct kr_mls_state before = world_save(group);

		assert_err(kr_mls_encrypt(group, (struct kr_view){0}, LITERAL("text"),
				   &w->rng, &outgoing),
			KR_ERR_STATE);
		world_assert_unchanged(group, &before);
		kr_mls_state_free(&before);
	}
	world_commit_all(w, 0, &(struct kr_mls_commit_options){0});
	world_chat(w);
	kr_bytes_free(&message);
	world_free(w);
}

static void one_commit_waits_at_a_time(void **state)
{
	struct world *w = world_settled(2);
	const struct kr_mls_commit_options options = {.force_path = true};
	struct kr_mls_group *group = w->clients[0].group;
	struct kr_mls_state before = world_save(group);
	struct kr_mls_state pending;
	struct kr_mls_outgoing *outgoing;
	struct kr_mls_outgoing *second;

	(void)state;
	assert_err(kr_mls_commit_accepted(group), KR_ERR_STATE);
	kr_mls_commit_discard(group); /* there is none: nothing happens */
	world_assert_unchanged(group, &before);
	assert_ok(kr_mls_commit(group, &options, &w->rng, &outgoing));
	pending = world_save(group);
	assert_err(
		kr_mls_commit(group, &options, &w->rng, &second), KR_ERR_COMMIT_PENDING);
	world_assert_unchanged(group, &pending);
	kr_mls_commit_discard(group);
	assert_false(kr_mls_commit_is_pending(group));
	world_update(w, 0);
	kr_mls_outgoing_free(outgoing);
	kr_mls_state_free(&before);
	kr_mls_state_free(&pending);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_self_is_one_that_others_accept),
		cmocka_unit_test(what_cannot_take_effect_is_left_out),
		cmocka_unit_test(what_the_caller_asks_for_is_checked),
		cmocka_unit_test(while_proposals_wait_nothing_else_is_said),
		cmocka_unit_test(one_commit_waits_at_a_time),
	};

	return cmocka_run_group_tests_name("mls/send", tests, NULL, NULL);
}
