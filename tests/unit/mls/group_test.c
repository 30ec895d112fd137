/* Groups as their callers use them: the policy hook, bounds, pending commits, removal,
 * credentials that change, joins from outside, padding, the exporter. */
#include "fixture.h"

#include <string.h>

#include <test.h>

static enum kr_err process(struct world *w, size_t client, struct kr_view message,
	struct kr_mls_event *event)
{
	return kr_mls_process(w->clients[client].group, message, event);
}

static enum kr_err take(struct world *w, size_t client, const struct kr_bytes *message)
{
	struct kr_mls_event event;
	enum kr_err err = process(w, client, kr_view_bytes(message), &event);

	if (err == KR_OK) {
		kr_mls_event_free(&event);
	}
	return err;
}

/* ---- The policy hook ------------------------------------------------------------- */

/* What the hook saw last, and what it answers. */
struct seen {
	enum kr_err answer;
	unsigned num_calls;
	struct kr_mls_sender committer;
	bool is_private;
	bool is_external;
	bool has_path;
	size_t num_proposals;
	struct kr_mls_proposal_info first;
	char committer_identity[32];
	char target_identity[32];
	char authenticated_data[32];
};

static void copy_text(char out[32], struct kr_view v)
{
	assert_true(v.len < 32);
	memset(out, 0, 32);
	for (size_t i = 0; i < v.len; i++) {
		out[i] = (char)v.data[i];
	}
}

static enum kr_err look(void *ctx, const struct kr_mls_group *group,
	const struct kr_mls_commit_info *commit)
{
	struct seen *seen = ctx;

	assert_true(kr_mls_is_member(group));
	seen->num_calls++;
	seen->committer = commit->committer;
	seen->is_private = commit->is_private;
	seen->is_external = commit->is_external;
	seen->has_path = commit->has_path;
	seen->num_proposals = commit->num_proposals;
	copy_text(seen->committer_identity, commit->committer_identity);
	copy_text(seen->authenticated_data, commit->authenticated_data);
	if (commit->num_proposals > 0) {
		seen->first = commit->proposals[0];
		copy_text(seen->target_identity, seen->first.target_identity);
	}
	return seen->answer;
}

static void policy_sees_a_removal(void **state)
{
	struct seen seen = {.answer = KR_OK};
	struct world *w = world_new(3);
	struct kr_mls_proposal remove = {
		.type = KR_MLS_PROPOSAL_REMOVE,
		.removed = {2},
	};

	(void)state;
	w->config.hooks = (struct kr_mls_hooks){.ctx = &seen, .policy = look};
	world_settle(w, 3, (struct kr_mls_extensions){0});
	seen.num_calls = 0;
	world_commit_all(w, 1,
		&(struct kr_mls_commit_options){
			.proposals = &remove,
			.num_proposals = 1,
			.framing.authenticated_data = kr_view_str("routing"),
		});
	assert_int_equal(seen.num_calls, 3); /* the committer, the other, the removed */
	assert_int_equal(seen.committer.kind, KR_MLS_SENDER_MEMBER);
	assert_int_equal(seen.committer.index, 1);
	assert_true(seen.is_private && seen.has_path && !seen.is_external);
	assert_int_equal(seen.num_proposals, 1);
	assert_int_equal(seen.first.type, KR_MLS_PROPOSAL_REMOVE);
	assert_false(seen.first.by_reference);
	assert_int_equal(seen.first.target.v, 2);
	assert_string_equal(seen.committer_identity, "client 1");
	assert_string_equal(seen.target_identity, "client 2");
	assert_string_equal(seen.authenticated_data, "routing");
	world_free(w);
}

/* The error is the hook's own, nothing has changed, and the next commit is fine. */
static void policy_refuses(void **state)
{
	struct seen seen = {.answer = KR_OK};
	struct world *w = world_new(2);
	struct kr_mls_outgoing *outgoing = NULL;
	struct world_commit commit;
	struct kr_mls_state before;

	(void)state;
	w->config.hooks = (struct kr_mls_hooks){.ctx = &seen, .policy = look};
	world_settle(w, 2, (struct kr_mls_extensions){0});
	commit = world_commit(w, 0, &(struct kr_mls_commit_options){0});
	before = world_save(w->clients[1].group);
	seen.answer = KR_ERR_POLICY;
	assert_err(take(w, 1, &commit.message), KR_ERR_POLICY);
	seen.answer = KR_ERR_LIMIT;
	assert_err(take(w, 1, &commit.message), KR_ERR_LIMIT);
	world_assert_unchanged(w->clients[1].group, &before);
	kr_mls_state_free(&before);
	before = world_save(w->clients[1].group);
	assert_err(kr_mls_commit(w->clients[1].group, &(struct kr_mls_commit_options){0},
			   &w->rng, &outgoing),
		KR_ERR_LIMIT);
	assert_null(outgoing);
	world_assert_unchanged(w->clients[1].group, &before);
	kr_mls_state_free(&before);
	seen.answer = KR_OK;
	assert_ok(take(w, 1, &commit.message));
	assert_ok(kr_mls_commit_accepted(w->clients[0].group));
	world_commit_free(&commit);
	world_assert_agree(w);
	world_free(w);
}

static void policy_sees_a_join_from_outside(void **state)
{
	struct seen seen = {.answer = KR_OK};
	struct world *w = world_new(3);
	struct kr_mls_external_join join = {0};
	KR_AUTO_FREE struct kr_bytes info = {0};
	struct kr_mls_outgoing *outgoing = NULL;
	struct kr_bytes message;

	(void)state;
	w->config.hooks = (struct kr_mls_hooks){.ctx = &seen, .policy = look};
	world_settle(w, 2, (struct kr_mls_extensions){0});
	assert_ok(kr_mls_group_info(w->clients[0].group, true, true, &info));
	join.client = &w->clients[2].client;
	join.group_info = kr_view_bytes(&info);
	assert_ok(kr_mls_group_join_external(
		&w->clients[2].group, &outgoing, &w->config, &join, &w->rng));
	message = world_release(w->clients[2].group, outgoing);
	world_deliver(w, 2, kr_view_bytes(&message));
	assert_true(seen.is_external && seen.has_path && !seen.is_private);
	assert_int_equal(seen.committer.kind, KR_MLS_SENDER_NEW_MEMBER_COMMIT);
	assert_string_equal(seen.committer_identity, "client 2");
	kr_bytes_free(&message);
	world_assert_agree(w);
	world_free(w);
}

/* ---- Bounds ---------------------------------------------------------------------- */

static void max_members(void **state)
{
	struct world *w = world_new(4);
	struct kr_mls_proposal add = {.type = KR_MLS_PROPOSAL_ADD};
	struct kr_mls_commit_options options = {.proposals = &add, .num_proposals = 1};
	struct kr_mls_outgoing *outgoing = NULL;

	(void)state;
	w->config.max_members = 3;
	world_settle(w, 3, (struct kr_mls_extensions){0});
	add.key_package = world_key_package(w, 3);
	assert_err(kr_mls_commit(w->clients[0].group, &options, &w->rng, &outgoing),
		KR_ERR_LIMIT);
	world_remove(w, 0, 2);
	world_add(w, 0, 3);
	world_chat(w);
	world_free(w);
}

static void max_pending_proposals(void **state)
{
	struct world *w = world_new(2);
	struct kr_mls_proposal update = {.type = KR_MLS_PROPOSAL_UPDATE};
	struct kr_mls_outgoing *outgoing = NULL;

	(void)state;
	w->config.max_pending_proposals = 2;
	world_settle(w, 2, (struct kr_mls_extensions){0});
	for (int i = 0; i < 2; i++) {
		struct kr_bytes message = world_propose(w, 1, &update);

		world_deliver(w, 1, kr_view_bytes(&message));
		kr_bytes_free(&message);
	}
	assert_err(kr_mls_propose(w->clients[1].group, &update,
			   (struct kr_mls_framing){0}, 0, &w->rng, &outgoing),
		KR_ERR_LIMIT);
	assert_err(kr_mls_propose(w->clients[0].group, &update,
			   (struct kr_mls_framing){0}, 0, &w->rng, &outgoing),
		KR_ERR_LIMIT);
	world_update(w, 0);
	world_chat(w);
	world_free(w);
}

/* What a peer sends beyond the bound is refused too. */
static void max_pending_proposals_of_others(void **state)
{
	struct world *w = world_new(2);
	struct kr_mls_proposal update = {.type = KR_MLS_PROPOSAL_UPDATE};

	(void)state;
	w->config.max_pending_proposals = 2;
	world_settle(w, 2, (struct kr_mls_extensions){0});
	w->config.max_pending_proposals = 64;
	world_reload(w, 1);
	for (int i = 0; i < 3; i++) {
		struct kr_bytes message = world_propose(w, 1, &update);

		assert_err(take(w, 0, &message), i < 2 ? KR_OK : KR_ERR_LIMIT);
		kr_bytes_free(&message);
	}
	world_update(w, 0);
	world_chat(w);
	world_free(w);
}

/* In the clear nothing but the member itself stops a replay. */
static void a_proposal_counts_once(void **state)
{
	struct world *w = world_settled(3);
	struct kr_mls_proposal remove = {
		.type = KR_MLS_PROPOSAL_REMOVE,
		.removed = {2},
	};
	struct kr_mls_outgoing *outgoing = NULL;
	struct kr_mls_state before;
	struct kr_bytes message;

	(void)state;
	assert_ok(kr_mls_propose(w->clients[0].group, &remove,
		(struct kr_mls_framing){.as_public = true}, 0, &w->rng, &outgoing));
	message = world_release(w->clients[0].group, outgoing);
	assert_ok(take(w, 1, &message));
	before = world_save(w->clients[1].group);
	assert_err(take(w, 1, &message), KR_ERR_GENERATION_USED);
	world_assert_unchanged(w->clients[1].group, &before);
	kr_mls_state_free(&before);
	kr_bytes_free(&message);
	world_free(w);
}

static void max_forward_and_kept_keys(void **state)
{
	struct world *w = world_new(2);
	struct kr_bytes messages[8];

	(void)state;
	w->config.max_forward = 5;
	w->config.max_kept_keys = 2;
	world_settle(w, 2, (struct kr_mls_extensions){0});
	for (size_t i = 0; i < NUM(messages); i++) {
		messages[i] = world_encrypt(w, 0, "text");
	}
	assert_err(take(w, 1, &messages[6]), KR_ERR_GENERATION_FAR);
	assert_ok(take(w, 1, &messages[4]));
	/* Of the four skipped keys the two newest are kept. */
	assert_err(take(w, 1, &messages[0]), KR_ERR_GENERATION_USED);
	assert_err(take(w, 1, &messages[1]), KR_ERR_GENERATION_USED);
	assert_ok(take(w, 1, &messages[3]));
	assert_ok(take(w, 1, &messages[2]));
	assert_ok(take(w, 1, &messages[6]));
	assert_ok(take(w, 1, &messages[7]));
	for (size_t i = 0; i < NUM(messages); i++) {
		kr_bytes_free(&messages[i]);
	}
	world_free(w);
}

static void max_past_epochs(void **state)
{
	struct world *w = world_new(2);
	struct kr_bytes first;
	struct kr_bytes second;

	(void)state;
	w->config.max_past_epochs = 1;
	world_settle(w, 2, (struct kr_mls_extensions){0});
	first = world_encrypt(w, 0, "first");
	world_update(w, 0);
	second = world_encrypt(w, 0, "second");
	world_update(w, 1);
	assert_err(take(w, 1, &first), KR_ERR_EPOCH_PAST);
	assert_ok(take(w, 1, &second));
	kr_bytes_free(&first);
	kr_bytes_free(&second);
	world_free(w);
}

/* A resumption secret is known for so many epochs, and no longer. */
static void max_resumption_psks(void **state)
{
	struct world *w = world_new(2);
	struct kr_mls_proposal psk = {.type = KR_MLS_PROPOSAL_PSK};
	struct kr_mls_commit_options options = {.proposals = &psk, .num_proposals = 1};
	struct kr_mls_outgoing *outgoing = NULL;

	(void)state;
	w->config.max_resumption_psks = 2;
	world_settle(w, 2, (struct kr_mls_extensions){0});
	psk.psk = (struct kr_mls_psk){
		.kind = KR_MLS_PSK_RESUMPTION,
		.id = kr_view_str("a group"),
		.epoch = kr_mls_epoch(w->clients[0].group),
	};
	world_commit_all(w, 0, &options); /* of the present epoch */
	world_commit_all(w, 1, &options);
	world_commit_all(w, 0, &options);
	assert_err(kr_mls_commit(w->clients[0].group, &options, &w->rng, &outgoing),
		KR_ERR_PROPOSAL_PSK_UNKNOWN);
	world_free(w);
}

/* ---- The order of things --------------------------------------------------------- */

static void one_pending_commit_at_a_time(void **state)
{
	struct world *w = world_settled(2);
	struct kr_mls_group *group = w->clients[0].group;
	struct world_commit commit =
		world_commit(w, 0, &(struct kr_mls_commit_options){0});
	struct kr_mls_outgoing *outgoing = NULL;

	(void)state;
	assert_err(kr_mls_commit(
			   group, &(struct kr_mls_commit_options){0}, &w->rng, &outgoing),
		KR_ERR_COMMIT_PENDING);
	kr_mls_commit_discard(group);
	assert_err(kr_mls_commit_accepted(group), KR_ERR_STATE);
	world_commit_free(&commit);
	world_update(w, 0);
	world_chat(w);
	world_free(w);
}

/* Own messages come back from the delivery service like all others. */
static void own_messages(void **state)
{
	struct world *w = world_settled(2);
	struct kr_bytes text = world_encrypt(w, 0, "hello");
	struct world_commit commit =
		world_commit(w, 0, &(struct kr_mls_commit_options){0});

	(void)state;
	assert_err(take(w, 0, &text), KR_ERR_OWN_MESSAGE);
	assert_err(take(w, 0, &commit.message), KR_ERR_OWN_MESSAGE);
	assert_true(kr_mls_commit_is_pending(w->clients[0].group));
	assert_ok(kr_mls_commit_accepted(w->clients[0].group));
	assert_ok(take(w, 1, &commit.message));
	kr_bytes_free(&text);
	world_commit_free(&commit);
	world_assert_agree(w);
	world_free(w);
}

static void no_text_while_proposals_wait(void **state)
{
	struct world *w = world_settled(2);
	struct kr_mls_proposal update = {.type = KR_MLS_PROPOSAL_UPDATE};
	struct kr_bytes message = world_propose(w, 1, &update);
	struct kr_mls_outgoing *outgoing = NULL;

	(void)state;
	world_deliver(w, 1, kr_view_bytes(&message));
	for (size_t i = 0; i < 2; i++) {
		assert_err(kr_mls_encrypt(w->clients[i].group, (struct kr_view){0},
				   kr_view_str("text"), &w->rng, &outgoing),
			KR_ERR_STATE);
	}
	kr_bytes_free(&message);
	world_update(w, 0);
	world_chat(w);
	world_free(w);
}

static void the_removed_can_do_nothing(void **state)
{
	struct world *w = world_settled(3);
	struct kr_mls_group *group = w->clients[2].group;
	struct kr_mls_proposal remove = {
		.type = KR_MLS_PROPOSAL_REMOVE,
		.removed = {2},
	};
	struct world_commit commit = world_commit(w, 0,
		&(struct kr_mls_commit_options){
			.proposals = &remove, .num_proposals = 1});
	struct kr_mls_outgoing *outgoing = NULL;
	struct kr_bytes bytes = {0};
	struct kr_mls_event event;
	uint8_t exported[32];

	(void)state;
	assert_ok(process(w, 2, kr_view_bytes(&commit.message), &event));
	assert_int_equal(event.kind, KR_MLS_EVENT_REMOVED);
	kr_mls_event_free(&event);
	assert_false(kr_mls_is_member(group));
	assert_err(kr_mls_encrypt(group, (struct kr_view){0}, kr_view_str("text"),
			   &w->rng, &outgoing),
		KR_ERR_REMOVED);
	assert_err(kr_mls_commit(
			   group, &(struct kr_mls_commit_options){0}, &w->rng, &outgoing),
		KR_ERR_REMOVED);
	assert_err(kr_mls_export(group, exported, sizeof(exported), "label",
			   (struct kr_view){0}),
		KR_ERR_REMOVED);
	assert_err(kr_mls_group_info(group, true, true, &bytes), KR_ERR_REMOVED);
	assert_err(take(w, 2, &commit.message), KR_ERR_REMOVED);
	world_commit_free(&commit);
	world_free(w);
}

/* ---- Members that change --------------------------------------------------------- */

static void a_commit_changes_credential_and_key(void **state)
{
	struct world *w = world_settled(3);
	struct kr_ed25519_keypair signer;
	struct kr_mls_client other = {
		.signer = &signer,
		.identity = kr_view_str("client 1 at another address"),
	};
	struct kr_mls_member member;

	(void)state;
	assert_ok(kr_ed25519_generate(&signer, &w->rng));
	world_commit_all(w, 1, &(struct kr_mls_commit_options){.new_client = &other});
	assert_ok(kr_mls_member_at(
		w->clients[0].group, (struct kr_leaf_index){1}, &member));
	assert_true(kr_view_equal(member.identity, other.identity));
	assert_memory_equal(
		member.signature_key, signer.public_key, KR_ED25519_PUBLIC_BYTES);
	w->clients[1].client.identity = other.identity;
	world_chat(w);
	world_update(w, 1);
	world_chat(w);
	world_free(w);
}

static void an_update_changes_the_credential(void **state)
{
	struct world *w = world_settled(3);
	struct kr_mls_client other = {
		.signer = &w->clients[2].signer,
		.identity = kr_view_str("client 2, renamed"),
	};
	struct kr_mls_proposal update = {
		.type = KR_MLS_PROPOSAL_UPDATE,
		.new_client = &other,
	};
	struct kr_bytes message = world_propose(w, 2, &update);

	(void)state;
	world_deliver(w, 2, kr_view_bytes(&message));
	kr_bytes_free(&message);
	world_update(w, 0);
	w->clients[2].client.identity = other.identity;
	world_chat(w);
	world_update(w, 2);
	world_chat(w);
	world_free(w);
}

/* ---- From outside ---------------------------------------------------------------- */

/* A member that lost its state comes back in its own old place's stead. */
static void resync(void **state)
{
	struct world *w = world_settled(4);
	struct kr_mls_external_join join = {.resync = true};
	KR_AUTO_FREE struct kr_bytes info = {0};
	struct kr_mls_outgoing *outgoing = NULL;
	struct kr_bytes message;

	(void)state;
	kr_mls_group_free(w->clients[2].group);
	w->clients[2].group = NULL;
	assert_ok(kr_mls_group_info(w->clients[0].group, true, true, &info));
	join.client = &w->clients[2].client;
	join.group_info = kr_view_bytes(&info);
	assert_ok(kr_mls_group_join_external(
		&w->clients[2].group, &outgoing, &w->config, &join, &w->rng));
	message = world_release(w->clients[2].group, outgoing);
	world_deliver(w, 2, kr_view_bytes(&message));
	kr_bytes_free(&message);
	world_assert_agree(w);
	assert_int_equal(kr_mls_num_members(w->clients[0].group), 4);
	world_chat(w);
	world_update(w, 2);
	world_free(w);
}

static void group_info_without_external_pub(void **state)
{
	struct world *w = world_new(2);
	struct kr_mls_external_join join = {.client = &w->clients[1].client};
	struct kr_mls_outgoing *outgoing = NULL;
	KR_AUTO_FREE struct kr_bytes info = {0};
	KR_AUTO_FREE struct kr_bytes bare = {0};

	(void)state;
	world_found(w, 0);
	assert_ok(kr_mls_group_info(w->clients[0].group, true, false, &info));
	join.group_info = kr_view_bytes(&info);
	assert_err(kr_mls_group_join_external(
			   &w->clients[1].group, &outgoing, &w->config, &join, &w->rng),
		KR_ERR_EXTERNAL_PUB_MISSING);
	assert_ok(kr_mls_group_info(w->clients[0].group, false, true, &bare));
	join.group_info = kr_view_bytes(&bare);
	assert_err(kr_mls_group_join_external(
			   &w->clients[1].group, &outgoing, &w->config, &join, &w->rng),
		KR_ERR_RATCHET_TREE_MISSING);
	assert_null(w->clients[1].group);
	world_free(w);
}

static void joins_from_outside_that_are_refused(void **state)
{
	struct world *w = world_settled(2);
	struct kr_mls_external_join join = {.client = &w->clients[1].client};
	struct kr_mls_proposal update = {.type = KR_MLS_PROPOSAL_UPDATE};
	struct kr_mls_outgoing *outgoing = NULL;
	struct kr_mls_group *group = NULL;
	KR_AUTO_FREE struct kr_bytes info = {0};
	struct kr_bytes message = {0};

	(void)state;
	assert_ok(kr_mls_group_info(w->clients[0].group, true, true, &info));
	join.group_info = kr_view_bytes(&info); /* a member, and no resync */
	assert_err(
		kr_mls_group_join_external(&group, &outgoing, &w->config, &join, &w->rng),
		KR_ERR_PROPOSAL_ADD_MEMBER);
	join.group_info = world_key_package(w, 1); /* not a GroupInfo */
	assert_err(
		kr_mls_group_join_external(&group, &outgoing, &w->config, &join, &w->rng),
		KR_ERR_ENCODING);
	assert_null(group);
	assert_null(outgoing);
	assert_err(kr_mls_external_propose(&message, kr_view_str("a group"), 1, 0,
			   &w->clients[1].signer, &update, &w->rng),
		KR_ERR_PROPOSAL_SENDER);
	assert_null(message.data);
	world_free(w);
}

/* Somebody asks to be added; a member commits it. */
static void new_member_proposes_itself(void **state)
{
	struct world *w = world_new(4);
	struct kr_bytes message;
	struct world_commit commit;

	(void)state;
	world_settle(w, 3, (struct kr_mls_extensions){0});
	assert_ok(kr_mls_new_member_propose(&message, kr_view_str("a group"),
		kr_mls_epoch(w->clients[0].group), world_key_package(w, 3),
		&w->clients[3].signer));
	world_deliver(w, SIZE_MAX, kr_view_bytes(&message));
	kr_bytes_free(&message);
	commit = world_commit(w, 1, &(struct kr_mls_commit_options){0});
	world_deliver(w, 1, kr_view_bytes(&commit.message));
	assert_ok(kr_mls_commit_accepted(w->clients[1].group));
	assert_ok(world_join(w, 3, kr_view_bytes(&commit.welcome), (struct kr_view){0}));
	world_commit_free(&commit);
	world_assert_agree(w);
	world_chat(w);
	world_free(w);
}

/* ---- Bytes ----------------------------------------------------------------------- */

/* Texts of one size class cannot be told apart by the length of their message. */
static void padding(void **state)
{
	static const size_t sizes[] = {0, 1, 17, 100, 300, 800, 2000, 5000, 17000, 40000};
	static const uint8_t zeroes[40000];
	struct world *w = world_settled(2);
	size_t same_as_empty = 0;
	size_t first = 0;

	(void)state;
	for (size_t i = 0; i < NUM(sizes); i++) {
		struct kr_mls_outgoing *outgoing = NULL;
		struct kr_mls_event event;
		struct kr_bytes message;

		assert_ok(kr_mls_encrypt(w->clients[0].group, (struct kr_view){0},
			kr_view(zeroes, sizes[i]), &w->rng, &outgoing));
		message = world_release(w->clients[0].group, outgoing);
		first = i == 0 ? message.len : first;
		same_as_empty += message.len == first;
		assert_true(message.len > sizes[i]);
		assert_ok(process(w, 1, kr_view_bytes(&message), &event));
		assert_int_equal(event.plaintext.len, sizes[i]);
		kr_mls_event_free(&event);
		kr_bytes_free(&message);
	}
	assert_int_equal(same_as_empty, 4);
	world_free(w);
}

static void exporter(void **state)
{
	static uint8_t too_long[255 * 32 + 1];
	struct world *w = world_settled(2);
	uint8_t a[64];
	uint8_t b[64];

	(void)state;
	assert_ok(kr_mls_export(
		w->clients[0].group, a, sizeof(a), "label", kr_view_str("context")));
	assert_ok(kr_mls_export(
		w->clients[1].group, b, sizeof(b), "label", kr_view_str("context")));
	assert_memory_equal(a, b, sizeof(a));
	assert_ok(kr_mls_export(
		w->clients[1].group, b, sizeof(b), "label", kr_view_str("other")));
	assert_memory_not_equal(a, b, sizeof(a));
	assert_ok(kr_mls_export(
		w->clients[1].group, b, sizeof(b), "Label", kr_view_str("context")));
	assert_memory_not_equal(a, b, sizeof(a));
	assert_err(kr_mls_export(w->clients[0].group, too_long, sizeof(too_long), "label",
			   (struct kr_view){0}),
		KR_ERR_ARGUMENT);
	world_update(w, 0);
	assert_ok(kr_mls_export(
		w->clients[0].group, b, sizeof(b), "label", kr_view_str("context")));
	assert_memory_not_equal(a, b, sizeof(a));
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(policy_sees_a_removal),
		cmocka_unit_test(policy_refuses),
		cmocka_unit_test(policy_sees_a_join_from_outside),
		cmocka_unit_test(max_members),
		cmocka_unit_test(max_pending_proposals),
		cmocka_unit_test(max_pending_proposals_of_others),
		cmocka_unit_test(a_proposal_counts_once),
		cmocka_unit_test(max_forward_and_kept_keys),
		cmocka_unit_test(max_past_epochs),
		cmocka_unit_test(max_resumption_psks),
		cmocka_unit_test(one_pending_commit_at_a_time),
		cmocka_unit_test(own_messages),
		cmocka_unit_test(no_text_while_proposals_wait),
		cmocka_unit_test(the_removed_can_do_nothing),
		cmocka_unit_test(a_commit_changes_credential_and_key),
		cmocka_unit_test(an_update_changes_the_credential),
		cmocka_unit_test(resync),
		cmocka_unit_test(group_info_without_external_pub),
		cmocka_unit_test(joins_from_outside_that_are_refused),
		cmocka_unit_test(new_member_proposes_itself),
		cmocka_unit_test(padding),
		cmocka_unit_test(exporter),
	};

	return cmocka_run_group_tests_name("group", tests, NULL, NULL);
}
