/* What peers do to a group by what they send: proposals by reference, commits that use
 * them, and the bounds. Rules that a peer breaks are in rejects_*_test.c. */
#include "fixture.h"

#include <string.h>

#include <test.h>

static const struct kr_mls_framing in_public = {.as_public = true};

static struct kr_bytes propose_in_public(
	struct world *w, size_t sender, const struct kr_mls_proposal *proposal)
{
	struct kr_mls_outgoing *outgoing;

	assert_ok(kr_mls_propose(
		w->clients[sender].group, proposal, in_public, 0, &w->rng, &outgoing));
	return world_release(w->clients[sender].group, outgoing);
}

static enum kr_err process(struct kr_mls_group *group, const struct kr_bytes *message)
{
	struct kr_mls_event event;
	enum kr_err err = kr_mls_process(group, kr_view_bytes(message), &event);

	kr_mls_event_free(&event);
	return err;
}

/* Refused, and the group is as it was. */
static void refused(
	struct kr_mls_group *group, const struct kr_bytes *message, enum kr_err expected)
{
	struct kr_mls_state before = world_save(group);

	assert_err(process(group, message), expected);
	world_assert_unchanged(group, &before);
	kr_mls_state_free(&before);
}

/* Nothing but its epoch ends a PublicMessage: whoever delivers can deliver it again. */
static void a_proposal_delivered_again_changes_nothing(void **state)
{
	const struct kr_mls_proposal update = {.type = KR_MLS_PROPOSAL_UPDATE};
	struct world *w = world_settled(3);
	struct kr_bytes in_clear = propose_in_public(w, 1, &update);
	struct kr_bytes encrypted = world_propose(w, 2, &update);
	struct kr_mls_group *group = w->clients[0].group;

	(void)state;
	assert_ok(process(group, &in_clear));
	assert_ok(process(group, &encrypted));
	for (size_t i = 0; i < 100; i++) {
		refused(group, &in_clear, KR_ERR_GENERATION_USED);
	}
	refused(group, &encrypted, KR_ERR_GENERATION_USED);
	refused(w->clients[1].group, &in_clear, KR_ERR_OWN_MESSAGE);
	kr_bytes_free(&in_clear);
	kr_bytes_free(&encrypted);
	world_free(w);
}

static void so_many_proposals_are_kept_and_no_more(void **state)
{
	const struct kr_mls_proposal update = {.type = KR_MLS_PROPOSAL_UPDATE};
	struct world *w = world_new(2);
	struct kr_bytes message;

	(void)state;
	w->config.max_pending_proposals = 3;
	world_settle(w, 2, (struct kr_mls_extensions){0});
	for (size_t i = 0; i < 3; i++) {
		message = world_propose(w, 1, &update);
		assert_ok(process(w->clients[0].group, &message));
		kr_bytes_free(&message);
	}
	for (size_t i = 0; i < 2; i++) {
		struct kr_mls_outgoing *outgoing;

		assert_err(kr_mls_propose(w->clients[i].group, &update, in_public, 0,
				   &w->rng, &outgoing),
			KR_ERR_LIMIT);
	}
	/* Of three Updates of one leaf the newest is committed. */
	world_commit_all(w, 0, &(struct kr_mls_commit_options){0});
	message = world_propose(w, 1, &update);
	assert_ok(process(w->clients[0].group, &message));
	kr_bytes_free(&message);
	world_free(w);
}

/* ---- Own Updates that somebody else commits ------------------------------------ */

static void commit_update_of(
	struct world *w, const struct kr_mls_client *new_client, bool reload)
{
	const struct kr_mls_proposal update = {
		.type = KR_MLS_PROPOSAL_UPDATE,
		.new_client = new_client,
	};
	struct kr_bytes message = world_propose(w, 1, &update);

	world_deliver(w, 1, kr_view_bytes(&message));
	if (reload) {
		world_reload(w, 1);
	}
	world_commit_all(w, 0, &(struct kr_mls_commit_options){0});
	world_chat(w);
	world_update(w, 1);
	world_update(w, 2);
	kr_bytes_free(&message);
}

static void an_own_update_takes_effect_by_another_s_commit(void **state)
{
	struct world *w = world_settled(4);

	(void)state;
	commit_update_of(w, NULL, false);
	commit_update_of(w, NULL, true);
	world_free(w);
}

static void an_own_update_may_bring_another_signer(void **state)
{
	struct world *w = world_settled(4);
	struct world_client *c = &w->clients[1];
	struct kr_mls_member member;

	(void)state;
	for (size_t reload = 0; reload <= 1; reload++) {
		struct kr_ed25519_keypair signer;
		struct kr_mls_client client = {
			.signer = &signer,
			.identity = c->client.identity,
		};

		assert_ok(kr_ed25519_generate(&signer, &w->rng));
		commit_update_of(w, &client, reload == 1);
		assert_ok(kr_mls_member_at(
			w->clients[0].group, kr_mls_own_leaf(c->group), &member));
		assert_memory_equal(
			member.signature_key, signer.public_key, KR_ED25519_PUBLIC_BYTES);
	}
	world_free(w);
}

/* Two own Updates, each with another signer: that of the committed one counts. */
static void of_two_own_updates_the_committed_one_counts(void **state)
{
	struct world *w = world_settled(3);
	struct kr_ed25519_keypair signers[2];
	struct kr_mls_member member;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const struct kr_mls_client client = {
			.signer = &signers[i],
			.identity = w->clients[1].client.identity,
		};
		const struct kr_mls_proposal update = {
			.type = KR_MLS_PROPOSAL_UPDATE,
			.new_client = &client,
		};
		struct kr_bytes message;

		assert_ok(kr_ed25519_generate(&signers[i], &w->rng));
		message = world_propose(w, 1, &update);
		world_deliver(w, 1, kr_view_bytes(&message));
		kr_bytes_free(&message);
	}
	world_commit_all(w, 0, &(struct kr_mls_commit_options){0});
	assert_ok(kr_mls_member_at(
		w->clients[0].group, kr_mls_own_leaf(w->clients[1].group), &member));
	assert_memory_equal(
		member.signature_key, signers[1].public_key, KR_ED25519_PUBLIC_BYTES);
	world_chat(w);
	world_free(w);
}

/* An own Update that nobody commits leaves nothing behind. */
static void an_own_update_left_out_is_forgotten(void **state)
{
	const struct kr_mls_proposal update = {.type = KR_MLS_PROPOSAL_UPDATE};
	struct world *w = world_settled(3);
	struct kr_bytes message = world_propose(w, 1, &update);

	(void)state;
	world_deliver(w, 1, kr_view_bytes(&message));
	world_commit_all(w, 0,
		&(struct kr_mls_commit_options){
			.without_pending = true, .force_path = true});
	world_chat(w);
	world_reload(w, 1);
	world_update(w, 1);
	kr_bytes_free(&message);
	world_free(w);
}

/* ---- Pre-shared keys ----------------------------------------------------------- */

static enum kr_err find_psk(void *ctx, struct kr_view psk_id, struct kr_bytes *psk)
{
	const char *known = ctx;

	return kr_view_equal(psk_id, kr_view_str(known)) ? kr_bytes_copy(psk, psk_id)
							 : KR_ERR_NOT_FOUND;
}

static void psks_by_reference_go_into_the_epoch(void **state)
{
	struct world *w = world_new(4);
	struct kr_mls_proposal psks[] = {
		{.type = KR_MLS_PROPOSAL_PSK,
			.psk = {.kind = KR_MLS_PSK_EXTERNAL, .id = LITERAL("known")}},
		{.type = KR_MLS_PROPOSAL_PSK,
			.psk = {.kind = KR_MLS_PSK_RESUMPTION, .id = LITERAL("a group")}},
	};

	(void)state;
	w->config.hooks.ctx = (char[]){"known"};
	w->config.hooks.external_psk = find_psk;
	world_settle(w, 3, (struct kr_mls_extensions){0});
	psks[1].psk.epoch = kr_mls_epoch(w->clients[0].group) - 1;
	for (size_t i = 0; i < NUM(psks); i++) {
		struct kr_bytes message = world_propose(w, 1, &psks[i]);

		world_deliver(w, 1, kr_view_bytes(&message));
		kr_bytes_free(&message);
	}
	world_reload(w, 0);
	world_commit_all(w, 0, &(struct kr_mls_commit_options){0});
	world_chat(w);
	world_free(w);
}

/* Who does not know a key cannot follow, and says so; what it stands by reference must
 * not keep others from committing without it. */
static void an_unknown_psk_is_left_out_of_own_commits(void **state)
{
	struct world *w = world_new(3);
	const struct kr_mls_proposal psk = {
		.type = KR_MLS_PROPOSAL_PSK,
		.psk = {.kind = KR_MLS_PSK_EXTERNAL, .id = LITERAL("unknown")},
	};
	struct world_commit commit;
	struct kr_bytes message;

	(void)state;
	world_settle(w, 3, (struct kr_mls_extensions){0});
	message = world_propose(w, 1, &psk);
	world_deliver(w, 1, kr_view_bytes(&message));
	world_commit_all(w, 0, &(struct kr_mls_commit_options){0});

	w->config.hooks.ctx = (char[]){"unknown"};
	w->config.hooks.external_psk = find_psk;
	world_reload(w, 1);
	commit = world_commit(w, 1,
		&(struct kr_mls_commit_options){.proposals = &psk, .num_proposals = 1});
	refused(w->clients[0].group, &commit.message, KR_ERR_PROPOSAL_PSK_UNKNOWN);
	world_commit_free(&commit);
	kr_bytes_free(&message);
	world_free(w);
}

/* ---- Bounds -------------------------------------------------------------------- */

static void a_group_takes_in_so_many_members(void **state)
{
	struct world *w = world_new(5);
	struct kr_mls_proposal add = {.type = KR_MLS_PROPOSAL_ADD};
	const struct kr_mls_commit_options options = {
		.proposals = &add,
		.num_proposals = 1,
	};
	struct kr_mls_outgoing *outgoing;
	struct world_commit commit;

	(void)state;
	world_settle(w, 3, (struct kr_mls_extensions){0});
	w->config.max_members = 3;
	world_reload(w, 0);
	add.key_package = world_key_package(w, 3);
	assert_err(kr_mls_commit(w->clients[0].group, &options, &w->rng, &outgoing),
		KR_ERR_LIMIT);
	assert_false(kr_mls_commit_is_pending(w->clients[0].group));
	commit = world_commit(w, 1, &options); /* its bound is still the old one */
	refused(w->clients[0].group, &commit.message, KR_ERR_LIMIT);
	assert_err(world_join(w, 3, kr_view_bytes(&commit.welcome), (struct kr_view){0}),
		KR_ERR_LIMIT);
	assert_null(w->clients[3].group);
	world_commit_free(&commit);
	world_free(w);
}

/* More proposals than any commit of the group can need. */
static void a_commit_holds_so_many_proposals(void **state)
{
	struct world *w = world_new(2);
	struct kr_mls_proposal psks[16];
	struct world_commit commit;

	(void)state;
	w->config.hooks.ctx = (char[]){"known"};
	w->config.hooks.external_psk = find_psk;
	world_settle(w, 2, (struct kr_mls_extensions){0});
	for (size_t i = 0; i < NUM(psks); i++) {
		psks[i] = (struct kr_mls_proposal){
			.type = KR_MLS_PROPOSAL_PSK,
			.psk = {.kind = KR_MLS_PSK_EXTERNAL, .id = LITERAL("known")},
		};
	}
	w->config.max_members = 5;
	w->config.max_pending_proposals = 3;
	world_reload(w, 0); /* now 2 * 5 + 3 + 2 at most */
	commit = world_commit(w, 1,
		&(struct kr_mls_commit_options){.proposals = psks, .num_proposals = 16});
	refused(w->clients[0].group, &commit.message, KR_ERR_LIMIT);
	world_commit_free(&commit);
	kr_mls_commit_discard(w->clients[1].group);
	world_commit_all(w, 1,
		&(struct kr_mls_commit_options){.proposals = psks, .num_proposals = 15});
	world_free(w);
}

/* ---- The policy hook ----------------------------------------------------------- */

struct policy {
	size_t num_asked;
	struct kr_mls_commit_info last;
	uint16_t last_type;
	struct kr_leaf_index last_target;
	enum kr_err answer;
};

static enum kr_err ask(void *ctx, const struct kr_mls_group *group,
	const struct kr_mls_commit_info *commit)
{
	struct policy *p = ctx;

	assert_int_equal(kr_mls_is_member(group), true);
	p->num_asked++;
	p->last = *commit;
	p->last_type = commit->num_proposals > 0 ? commit->proposals[0].type : 0;
	p->last_target = commit->num_proposals > 0 ? commit->proposals[0].target
						   : (struct kr_leaf_index){0};
	return p->answer;
}

static void the_policy_is_asked_about_every_commit(void **state)
{
	struct policy policy = {0};
	struct world *w = world_new(3);
	struct kr_mls_proposal remove = {
		.type = KR_MLS_PROPOSAL_REMOVE,
		.removed = {2},
	};
	const struct kr_mls_commit_options options = {
		.proposals = &remove,
		.num_proposals = 1,
	};
	struct kr_mls_outgoing *outgoing;
	struct kr_mls_state before;
	struct world_commit commit;

	(void)state;
	world_settle(w, 3, (struct kr_mls_extensions){0});
	w->config.hooks.ctx = &policy;
	w->config.hooks.policy = ask;
	world_reload(w, 0);

	policy.answer = KR_ERR_FORBIDDEN; /* whatever the hook says comes back */
	before = world_save(w->clients[0].group);
	assert_err(kr_mls_commit(w->clients[0].group, &options, &w->rng, &outgoing),
		KR_ERR_FORBIDDEN);
	world_assert_unchanged(w->clients[0].group, &before);
	kr_mls_state_free(&before);
	assert_int_equal(policy.num_asked, 1);
	assert_int_equal(policy.last.committer.index, 0);
	assert_int_equal(policy.last_type, KR_MLS_PROPOSAL_REMOVE);
	assert_int_equal(policy.last_target.v, 2);
	assert_true(policy.last.has_path);
	assert_true(policy.last.is_private);

	commit = world_commit(w, 1, &options);
	refused(w->clients[0].group, &commit.message, KR_ERR_FORBIDDEN);
	assert_int_equal(policy.num_asked, 2);
	assert_int_equal(policy.last.committer.index, 1);
	assert_int_equal(policy.last_target.v, 2);

	policy.answer = KR_OK;
	assert_ok(process(w->clients[0].group, &commit.message));
	assert_int_equal(policy.num_asked, 3);
	world_commit_free(&commit);
	world_free(w);
}

/* ---- In and out in one commit -------------------------------------------------- */

/* Who leaves and who comes in one commit; the newcomer gets the place that is free. */
static void one_commit_removes_and_adds(void **state)
{
	struct world *w = world_settled(6);

	(void)state;
	for (uint32_t removed = 1; removed < 5; removed++) {
		struct kr_mls_proposal proposals[2] = {
			{.type = KR_MLS_PROPOSAL_REMOVE},
			{.type = KR_MLS_PROPOSAL_ADD},
		};
		struct world_client *c = &w->clients[removed];

		proposals[0].removed = kr_mls_own_leaf(c->group);
		/* The same client with a new key package: healed, as it were. */
		kr_mls_group_free(c->group);
		c->group = NULL;
		proposals[1].key_package = world_key_package(w, removed);
		world_commit_all(w, 0,
			&(struct kr_mls_commit_options){
				.proposals = proposals,
				.num_proposals = 2,
			});
		assert_int_equal(kr_mls_own_leaf(c->group).v, proposals[0].removed.v);
		world_chat(w);
		world_update(w, removed);
		world_reload(w, 5);
	}
	world_free(w);
}

/* The last leaves go and come: the tree is cut and extended around everybody's place. */
static void the_tree_shrinks_and_grows_around_a_member(void **state)
{
	struct world *w = world_settled(9);

	(void)state;
	for (size_t round = 0; round < 3; round++) {
		assert_int_equal(kr_mls_num_leaves(w->clients[7].group), 16);
		world_remove(w, 7, 8);
		assert_int_equal(kr_mls_num_leaves(w->clients[7].group), 8);
		assert_int_equal(kr_mls_own_leaf(w->clients[7].group).v, 7);
		world_update(w, 7);
		world_reload(w, 7);
		world_add(w, 7, 8);
		world_chat(w);
		world_update(w, 8);
	}
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_proposal_delivered_again_changes_nothing),
		cmocka_unit_test(so_many_proposals_are_kept_and_no_more),
		cmocka_unit_test(an_own_update_takes_effect_by_another_s_commit),
		cmocka_unit_test(an_own_update_may_bring_another_signer),
		cmocka_unit_test(of_two_own_updates_the_committed_one_counts),
		cmocka_unit_test(an_own_update_left_out_is_forgotten),
		cmocka_unit_test(psks_by_reference_go_into_the_epoch),
		cmocka_unit_test(an_unknown_psk_is_left_out_of_own_commits),
		cmocka_unit_test(a_group_takes_in_so_many_members),
		cmocka_unit_test(a_commit_holds_so_many_proposals),
		cmocka_unit_test(the_policy_is_asked_about_every_commit),
		cmocka_unit_test(one_commit_removes_and_adds),
		cmocka_unit_test(the_tree_shrinks_and_grows_around_a_member),
	};

	return cmocka_run_group_tests_name("mls/process", tests, NULL, NULL);
}
