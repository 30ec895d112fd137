/* What implementers of MLS reported to have got wrong, each with a test. */
#include "forge.h"

#include <string.h>

#include <test.h>

static struct kr_tree tree_of(const struct kr_mls_group *group)
{
	KR_AUTO_FREE struct kr_bytes encoded = {0};
	struct kr_tree tree;

	assert_ok(kr_mls_ratchet_tree(group, &encoded));
	assert_ok(kr_tree_read(&tree, kr_view_bytes(&encoded)));
	return tree;
}

static void remove_leaves(
	struct world *w, size_t committer, const uint32_t *leaves, size_t num)
{
	struct kr_mls_proposal removes[8] = {{0}};

	for (size_t i = 0; i < num; i++) {
		removes[i].type = KR_MLS_PROPOSAL_REMOVE;
		removes[i].removed.v = leaves[i];
	}
	world_commit_all(w, committer,
		&(struct kr_mls_commit_options){
			.proposals = removes,
			.num_proposals = num,
		});
}

/* ---- Trees ----------------------------------------------------------------------- */

/* Node 3 stands above leaves 0 to 3 with leaf 3 unmerged: its resolution is {3, leaf 3}.
 * The new member at leaf 3 holds no key of node 3, though it stands below it and comes
 * first in the resolution; the others hold node 3's and not leaf 3's. */
static void pitfall_decryption_node_is_chosen_by_the_keys_held(void **state)
{
	struct world *w = world_settled(8);
	const struct kr_parent *parent;
	struct kr_tree tree;

	(void)state;
	world_remove(w, 0, 3);
	world_update(w, 1);
	world_add(w, 1, 3);
	tree = tree_of(w->clients[0].group);
	parent = kr_tree_parent(&tree, (struct kr_node_index){3});
	assert_non_null(parent);
	assert_int_equal(parent->num_unmerged, 1);
	assert_int_equal(parent->unmerged[0].v, 3);
	kr_tree_free(&tree);
	world_update(w, 6);
	world_chat(w);
	world_update(w, 3);
	world_chat(w);
	world_free(w);
}

/* Added one by one without paths, from the left and into a gap. */
static void pitfall_unmerged_leaves_are_sorted(void **state)
{
	static const uint32_t gaps[] = {1, 3, 6};
	struct world *w = world_settled(8);
	const struct kr_parent *root;
	struct kr_tree tree;

	(void)state;
	remove_leaves(w, 0, gaps, NUM(gaps));
	for (size_t i = 0; i < NUM(gaps); i++) {
		world_add(w, 0, gaps[i]);
		tree = tree_of(w->clients[0].group);
		root = kr_tree_parent(&tree, kr_node_root(tree.num_leaves));
		assert_int_equal(root->num_unmerged, i + 1);
		for (size_t j = 0; j <= i; j++) {
			assert_int_equal(root->unmerged[j].v, gaps[j]);
		}
		kr_tree_free(&tree);
	}
	world_update(w, 7);
	world_chat(w);
	world_free(w);
}

/* The left half is empty, so that the root stays blank and the parent hash of node 11 is
 * for nothing; then a joiner verifies the tree, and the root comes back. */
static void pitfall_parent_hash_with_an_empty_left_subtree(void **state)
{
	static const uint32_t left[] = {0, 1, 2, 3};
	struct world *w = world_settled(7);
	struct kr_tree tree;

	(void)state;
	remove_leaves(w, 4, left, NUM(left));
	tree = tree_of(w->clients[4].group);
	assert_null(kr_tree_parent(&tree, kr_node_root(tree.num_leaves)));
	kr_tree_free(&tree);
	world_update(w, 6);
	world_update(w, 5);
	world_add(w, 5, 0);
	world_chat(w);
	world_update(w, 0);
	world_update(w, 4);
	world_add(w, 4, 1);
	world_chat(w);
	world_free(w);
}

/* Parents go blank below and above those that stay; every joiner checks the hashes
 * across. */
static void pitfall_parent_hash_across_blank_ancestors(void **state)
{
	static const uint32_t gaps[] = {1, 2, 5};
	struct world *w = world_settled(8);

	(void)state;
	remove_leaves(w, 7, gaps, NUM(gaps));
	world_update(w, 0);
	world_add(w, 4, 1);
	world_update(w, 3);
	world_remove(w, 6, 7);
	world_add(w, 0, 2);
	world_update(w, 4);
	world_add(w, 2, 5);
	world_chat(w);
	world_free(w);
}

static void null_parent_hash(struct forge_commit *c, struct forge_leaf *leaf)
{
	(void)c;
	leaf->parent_hash = (struct kr_view){0};
}

static void pitfall_no_null_parent_hash(void **state)
{
	struct forge *f = forge_new(3);
	struct forge_commit c;

	(void)state;
	forge_commit_init(&c, f);
	c.change_leaf = null_parent_hash;
	forge_refused(f, forge_commit_finish(&c), KR_ERR_TREE_PARENT_HASH);
	forge_free(f);
}

/* ---- Commits --------------------------------------------------------------------- */

static enum kr_err note_path(void *ctx, const struct kr_mls_group *group,
	const struct kr_mls_commit_info *commit)
{
	bool *has_path = ctx;

	(void)group;
	*has_path = commit->has_path;
	return KR_OK;
}

static enum kr_err one_psk(void *ctx, struct kr_view id, struct kr_bytes *psk)
{
	(void)ctx;
	(void)id;
	return kr_bytes_copy(psk, kr_view_str("0123456789abcdef0123456789abcdef"));
}

/* What we commit has a path where RFC 9420 §12.4 wants one, and not else; that others'
 * commits without one are refused is tested in rejects_*_test.c. */
static void pitfall_path_where_required(void **state)
{
	struct world *w = world_new(5);
	bool has_path = false;
	struct kr_mls_proposal remove = {.type = KR_MLS_PROPOSAL_REMOVE, .removed = {3}};
	struct kr_mls_proposal extensions = {
		.type = KR_MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS};
	struct kr_mls_proposal psk = {.type = KR_MLS_PROPOSAL_PSK,
		.psk = {.kind = KR_MLS_PSK_EXTERNAL, .id = kr_view_str("x")}};
	struct kr_mls_proposal add = {.type = KR_MLS_PROPOSAL_ADD};
	struct kr_mls_proposal update = {.type = KR_MLS_PROPOSAL_UPDATE};
	struct kr_bytes message;
	const struct {
		const struct kr_mls_proposal *proposal;
		bool expected;
	} commits[] = {
		{NULL, true},
		{&extensions, true},
		{&psk, false},
		{&remove, true},
		{&add, false},
	};

	(void)state;
	w->config.hooks = (struct kr_mls_hooks){&has_path, note_path, one_psk};
	world_settle(w, 4, (struct kr_mls_extensions){0});
	add.key_package = world_key_package(w, 4);
	for (size_t i = 0; i < NUM(commits); i++) {
		world_commit_all(w, 0,
			&(struct kr_mls_commit_options){
				.proposals = commits[i].proposal,
				.num_proposals = commits[i].proposal != NULL,
			});
		assert_int_equal(has_path, commits[i].expected);
	}
	message = world_propose(w, 1, &update);
	world_deliver(w, 1, kr_view_bytes(&message));
	kr_bytes_free(&message);
	world_commit_all(w, 0, &(struct kr_mls_commit_options){0});
	assert_true(has_path);
	world_free(w);
}

/* A commit of client 0's in the clear; from its version on it is MLSMessage, from its
 * wire format on AuthenticatedContent. */
static struct kr_bytes public_commit(struct world *w)
{
	struct kr_mls_commit_options options = {.framing.as_public = true};
	struct world_commit commit = world_commit(w, 0, &options);

	kr_bytes_free(&commit.welcome);
	kr_bytes_free(&commit.tree);
	return commit.message;
}

static void pitfall_transcript_does_not_hold_the_message_version(void **state)
{
	struct forge *f = forge_new(3);
	struct kr_mls_group *group = f->world->clients[0].group;
	KR_AUTO_FREE struct kr_bytes commit = public_commit(f->world);
	KR_AUTO_FREE struct kr_bytes info = {0};
	uint8_t expected[KR_MLS_HASH_BYTES];
	struct kr_message message;
	struct kr_sha256 h;
	size_t len;

	(void)state;
	assert_ok(kr_message_read(kr_view_bytes(&commit), &message));
	len = (size_t)(message.public_message.auth.signature.data - commit.data) +
		message.public_message.auth.signature.len;
	kr_sha256_init(&h);
	kr_sha256_update(&h, kr_view(f->interim_hash, KR_MLS_HASH_BYTES));
	kr_sha256_update(&h, kr_view(commit.data + 2, len - 2));
	kr_sha256_final(&h, expected);
	assert_ok(kr_mls_commit_accepted(group));
	/* GroupInfo begins with the GroupContext: version, suite, group_id, epoch,
	 * tree_hash, confirmed_transcript_hash. */
	assert_ok(kr_mls_group_info(group, false, false, &info));
	assert_memory_equal(info.data + 4 + 4 + 1 + f->group_id.len + 8 + 33 + 1,
		expected, sizeof(expected));
	forge_free(f);
}

/* ---- Messages -------------------------------------------------------------------- */

/* By hand: the sample is the first KDF.Nh bytes of the ciphertext, not 16 and not all of
 * it. */
static void pitfall_sender_data_sample_has_kdf_nh_bytes(void **state)
{
	struct forge *f = forge_new(3);
	KR_AUTO_FREE struct kr_bytes sent = world_encrypt(f->world, 2, "hello");
	KR_AUTO_WRITER struct kr_writer aad = {0};
	uint8_t sender_data[4 + 4 + 4];
	uint8_t nonce[KR_AEAD_NONCE_BYTES];
	struct kr_message message;
	struct kr_secret key;
	struct kr_view sample;

	(void)state;
	assert_ok(kr_message_read(kr_view_bytes(&sent), &message));
	sample = kr_view(message.private_message.ciphertext.data, 32);
	assert_ok(kr_expand_with_label(key.bytes, sizeof(key.bytes),
		&f->secrets.sender_data_secret, "key", sample));
	assert_ok(kr_expand_with_label(
		nonce, sizeof(nonce), &f->secrets.sender_data_secret, "nonce", sample));
	kr_writer_init(&aad);
	kr_write_vec(&aad, f->group_id);
	kr_write_u64(&aad, f->epoch);
	kr_write_u8(&aad, KR_CONTENT_APPLICATION);
	assert_int_equal(message.private_message.encrypted_sender_data.len,
		sizeof(sender_data) + KR_AEAD_TAG_BYTES);
	assert_ok(kr_aead_open(sender_data, &key, nonce, kr_writer_view(&aad),
		message.private_message.encrypted_sender_data));
	assert_memory_equal(sender_data, ((const uint8_t[]){0, 0, 0, 2, 0, 0, 0, 0}), 8);
	forge_free(f);
}

static void process(struct world *w, size_t client, const struct kr_bytes *message,
	enum kr_err expected)
{
	struct kr_mls_event event;
	enum kr_err err =
		kr_mls_process(w->clients[client].group, kr_view_bytes(message), &event);

	assert_err(err, expected);
	if (err == KR_OK) {
		kr_mls_event_free(&event);
	}
}

static void pitfall_duplicate_ciphertext_leaves_the_ratchet_alone(void **state)
{
	struct world *w = world_settled(2);
	KR_AUTO_FREE struct kr_bytes first = world_encrypt(w, 0, "first");
	KR_AUTO_FREE struct kr_bytes second = world_encrypt(w, 0, "second");
	KR_AUTO_FREE struct kr_bytes third = world_encrypt(w, 0, "third");

	(void)state;
	process(w, 1, &second, KR_OK);
	process(w, 1, &second, KR_ERR_GENERATION_USED);
	process(w, 1, &first, KR_OK);
	process(w, 1, &first, KR_ERR_GENERATION_USED);
	process(w, 1, &second, KR_ERR_GENERATION_USED);
	process(w, 1, &third, KR_OK);
	world_chat(w);
	world_free(w);
}

/* Client 1 writes, is removed, and client 3 gets its leaf before the message arrives. */
static void pitfall_past_epoch_is_verified_against_its_own_members(void **state)
{
	struct world *w = world_new(4);
	struct kr_mls_event event;
	struct kr_bytes late;

	(void)state;
	world_settle(w, 3, (struct kr_mls_extensions){0});
	late = world_encrypt(w, 1, "I saw it");
	world_remove(w, 0, 1);
	world_add(w, 0, 3);
	assert_int_equal(kr_mls_own_leaf(w->clients[3].group).v, 1);
	assert_ok(kr_mls_process(w->clients[2].group, kr_view_bytes(&late), &event));
	assert_int_equal(event.sender.index, 1);
	assert_true(kr_view_equal(
		kr_view_bytes(&event.sender_identity), kr_view_str("client 1")));
	assert_true(
		kr_view_equal(kr_view_bytes(&event.plaintext), kr_view_str("I saw it")));
	kr_mls_event_free(&event);
	process(w, 3, &late, KR_ERR_EPOCH_PAST);
	kr_bytes_free(&late);
	world_free(w);
}

static struct kr_bytes external_pub(const struct kr_mls_group *group)
{
	KR_AUTO_FREE struct kr_bytes info = {0};
	struct kr_bytes pub = {0};
	struct kr_reader r;
	struct kr_view view;

	assert_ok(kr_mls_group_info(group, false, true, &info));
	r = kr_reader(kr_view(info.data + 8, info.len - 8)); /* after version and suite */
	assert_ok(kr_read_vec(&r, &view));                   /* group_id */
	assert_ok(kr_read_fixed(&r, 8, &view));
	assert_ok(kr_read_vec(&r, &view)); /* tree_hash */
	assert_ok(kr_read_vec(&r, &view)); /* confirmed_transcript_hash */
	assert_ok(kr_read_vec(&r, &view)); /* extensions of the group */
	assert_ok(kr_read_vec(&r, &view)); /* of the GroupInfo */
	assert_ok(kr_mls_extension_find(view, KR_MLS_EXT_EXTERNAL_PUB, &view));
	assert_ok(kr_bytes_copy(&pub, view));
	return pub;
}

static void pitfall_external_pub_is_of_the_new_epoch(void **state)
{
	struct forge *f = forge_new(3);
	struct kr_mls_group *group = f->world->clients[0].group;
	KR_AUTO_FREE struct kr_bytes before = external_pub(group);
	KR_AUTO_FREE struct kr_bytes after = {0};
	struct kr_x25519_keypair expected;

	(void)state;
	assert_ok(kr_external_keypair(&expected, &f->secrets.external_secret));
	assert_int_equal(before.len, 1 + KR_X25519_BYTES); /* with its inner length */
	assert_int_equal(before.data[0], KR_X25519_BYTES);
	assert_memory_equal(before.data + 1, expected.public_key, KR_X25519_BYTES);
	world_update(f->world, 0);
	after = external_pub(group);
	assert_memory_not_equal(before.data, after.data, before.len);
	forge_free(f);
}

/* Every byte of a tag counts, and so does its length. */
static void pitfall_tags_are_compared_whole(void **state)
{
	struct world *w = world_settled(2);
	KR_AUTO_FREE struct kr_bytes commit = public_commit(w);
	struct kr_message message;
	size_t membership;
	size_t confirmation;

	(void)state;
	assert_ok(kr_message_read(kr_view_bytes(&commit), &message));
	membership = (size_t)(message.public_message.membership_tag.data - commit.data);
	confirmation =
		(size_t)(message.public_message.auth.confirmation_tag.data - commit.data);
	assert_int_equal(membership, commit.len - KR_HMAC_BYTES);
	for (size_t i = 0; i < KR_HMAC_BYTES; i++) {
		commit.data[membership + i] ^= 0x80;
		process(w, 1, &commit, KR_ERR_MEMBERSHIP_TAG);
		commit.data[membership + i] ^= 0x80;
	}
	for (size_t len = 0; len < KR_HMAC_BYTES; len++) {
		struct kr_bytes shorter = {commit.data, membership + len};

		commit.data[membership - 1] = (uint8_t)len;
		process(w, 1, &shorter, KR_ERR_MEMBERSHIP_TAG);
	}
	commit.data[membership - 1] = KR_HMAC_BYTES;
	assert_true(confirmation < membership);
	process(w, 1, &commit, KR_OK);
	world_free(w);
}

static void with_length(struct world *w, size_t len)
{
	static const uint8_t zeroes[0x4001];
	struct kr_mls_outgoing *outgoing = NULL;
	struct kr_mls_event event;
	struct kr_bytes message;

	assert_ok(kr_mls_encrypt(w->clients[0].group, kr_view(zeroes, len),
		kr_view(zeroes, len), &w->rng, &outgoing));
	message = world_release(w->clients[0].group, outgoing);
	assert_ok(kr_mls_process(w->clients[1].group, kr_view_bytes(&message), &event));
	assert_int_equal(event.authenticated_data.len, len);
	assert_int_equal(event.plaintext.len, len);
	kr_mls_event_free(&event);
	kr_bytes_free(&message);
}

static void pitfall_varint_edges(void **state)
{
	static const size_t lengths[] = {
		0, 1, 0x3f, 0x40, 0x3ffe, 0x3fff, 0x4000, 0x4001};
	struct world *w = world_settled(2);

	(void)state;
	for (size_t i = 0; i < NUM(lengths); i++) {
		with_length(w, lengths[i]);
	}
	world_free(w);
}

/* ---- Capabilities ---------------------------------------------------------------- */

static void pitfall_default_types_are_not_listed(void **state)
{
	static const uint16_t extensions[] = {KR_MLS_EXT_RATCHET_TREE, 0xff10};
	static const uint16_t proposals[] = {KR_MLS_PROPOSAL_REMOVE};
	struct world *w = world_new(1);
	struct kr_mls_client *client = &w->clients[0].client;
	struct kr_key_package kp;

	(void)state;
	assert_ok(kr_key_package_unwrap(world_key_package(w, 0), &kp));
	assert_int_equal(kp.leaf.extension_types.len, 0);
	assert_int_equal(kp.leaf.proposal_types.len, 0);
	client->capabilities = (struct kr_mls_capabilities){extensions, 2, proposals, 1};
	assert_ok(kr_key_package_unwrap(world_key_package(w, 0), &kp));
	assert_true(kr_view_equal(kp.leaf.extension_types, FORGE_U16("\xff\x10")));
	assert_int_equal(kp.leaf.proposal_types.len, 0);
	world_free(w);
}

/* A group may use and require defaults that nobody lists. */
static void pitfall_default_types_may_be_required(void **state)
{
	struct kr_mls_extension required = {
		.type = KR_MLS_EXT_REQUIRED_CAPABILITIES,
		.data = FORGE_U16("\4\0\3\0\5\4\0\1\0\3\2\0\1"),
	};
	struct world *w = world_new(3);

	(void)state;
	world_settle(w, 3, (struct kr_mls_extensions){&required, 1});
	world_chat(w);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pitfall_decryption_node_is_chosen_by_the_keys_held),
		cmocka_unit_test(pitfall_unmerged_leaves_are_sorted),
		cmocka_unit_test(pitfall_parent_hash_with_an_empty_left_subtree),
		cmocka_unit_test(pitfall_parent_hash_across_blank_ancestors),
		cmocka_unit_test(pitfall_no_null_parent_hash),
		cmocka_unit_test(pitfall_path_where_required),
		cmocka_unit_test(pitfall_transcript_does_not_hold_the_message_version),
		cmocka_unit_test(pitfall_sender_data_sample_has_kdf_nh_bytes),
		cmocka_unit_test(pitfall_duplicate_ciphertext_leaves_the_ratchet_alone),
		cmocka_unit_test(pitfall_past_epoch_is_verified_against_its_own_members),
		cmocka_unit_test(pitfall_external_pub_is_of_the_new_epoch),
		cmocka_unit_test(pitfall_tags_are_compared_whole),
		cmocka_unit_test(pitfall_varint_edges),
		cmocka_unit_test(pitfall_default_types_are_not_listed),
		cmocka_unit_test(pitfall_default_types_may_be_required),
	};

	return cmocka_run_group_tests_name("pitfalls", tests, NULL, NULL);
}
