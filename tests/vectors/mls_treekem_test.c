/* Update paths: every recorded one is applied and decrypted by every member whose keys
 * the file gives, and each of those members makes one of its own that the others
 * decrypt. */
#include "vectors.h"

#include <test.h>

#include <kring/hpke.h>

#include "proto/mls/treekem.h"

#define MAX_MEMBERS 64

struct member {
	struct kr_leaf_index leaf;
	struct kr_private_path keys;
	struct kr_ed25519_keypair signer;
};

struct treekem_case {
	struct kr_view group_id;
	struct kr_view confirmed_transcript_hash;
	uint64_t epoch;
	struct kr_tree tree;
	struct member members[MAX_MEMBERS];
	size_t num_members;
};

static void pair_of(struct kr_x25519_keypair *pair, const struct kr_secret *secret)
{
	pair->secret = *secret;
	kr_x25519_public(pair->public_key, secret);
}

static void pair_of_path_secret(
	struct kr_x25519_keypair *pair, const struct kr_secret *secret)
{
	struct kr_secret node_secret;

	assert_int_equal(kr_derive_secret(&node_secret, secret, "node"), KR_OK);
	assert_int_equal(
		kr_hpke_derive_keypair(pair, kr_view_secret(&node_secret)), KR_OK);
}

static void read_member(struct treekem_case *t, const cJSON *item)
{
	struct member *m = &t->members[t->num_members++];
	struct kr_x25519_keypair pair;
	struct kr_secret secret;
	const cJSON *known;

	assert_true(t->num_members <= MAX_MEMBERS);
	m->leaf.v = (uint32_t)vectors_uint(item, "index");
	vectors_hex_copy(item, "signature_priv", secret.bytes, KR_SECRET_BYTES);
	kr_ed25519_from_seed(&m->signer, &secret);
	vectors_hex_copy(item, "encryption_priv", secret.bytes, KR_SECRET_BYTES);
	pair_of(&pair, &secret);
	kr_private_path_set(&m->keys, 0, &pair);
	cJSON_ArrayForEach(known, vectors_get(item, "path_secrets"))
	{
		struct kr_node_index node = {(uint32_t)vectors_uint(known, "node")};

		vectors_hex_copy(known, "path_secret", secret.bytes, KR_SECRET_BYTES);
		pair_of_path_secret(&pair, &secret);
		assert_memory_equal(pair.public_key, kr_tree_node_key(&t->tree, node),
			KR_X25519_BYTES);
		kr_private_path_set(&m->keys, kr_node_level(node), &pair);
	}
}

/* The provisional GroupContext with the tree after the path. */
static void write_group_context(
	struct kr_writer *w, const struct treekem_case *t, const struct kr_tree *tree)
{
	uint8_t tree_hash[KR_MLS_HASH_BYTES];

	assert_int_equal(kr_tree_root_hash(tree, tree_hash), KR_OK);
	kr_writer_init(w);
	kr_write_u16(w, KR_MLS_VERSION_1);
	kr_write_u16(w, KR_MLS_CIPHER_SUITE);
	kr_write_vec(w, t->group_id);
	kr_write_u64(w, t->epoch);
	kr_write_vec(w, kr_view(tree_hash, sizeof(tree_hash)));
	kr_write_vec(w, t->confirmed_transcript_hash);
	kr_write_vec(w, (struct kr_view){0});
}

/* Every member but the author takes in the path, each to the same commit secret. */
static void process_path(const struct treekem_case *t, struct kr_leaf_index author,
	struct kr_view encoded, struct kr_view tree_hash_after,
	struct kr_view commit_secret)
{
	struct kr_tree tree = kr_tree_copy(&t->tree);
	struct kr_reader r = kr_reader(encoded);
	uint8_t tree_hash[KR_MLS_HASH_BYTES];
	KR_AUTO_WRITER struct kr_writer context = {0};
	struct kr_update_path path;

	assert_int_equal(kr_update_path_read(&r, &path), KR_OK);
	assert_int_equal(kr_read_end(&r), KR_OK);
	assert_int_equal(
		kr_path_apply(&tree, author, &path, t->group_id, (struct kr_leaf_set){0}),
		KR_OK);
	assert_int_equal(kr_tree_root_hash(&tree, tree_hash), KR_OK);
	vectors_assert_equal("tree_hash_after", kr_view(tree_hash, sizeof(tree_hash)),
		tree_hash_after);
	write_group_context(&context, t, &tree);
	for (size_t i = 0; i < t->num_members; i++) {
		struct kr_private_path keys = t->members[i].keys;
		struct kr_secret got;

		if (t->members[i].leaf.v == author.v) {
			continue;
		}
		assert_int_equal(kr_path_decrypt(&tree, author, t->members[i].leaf, &path,
					 kr_writer_view(&context),
					 (struct kr_leaf_set){0}, &keys, &got),
			KR_OK);
		vectors_assert_equal(
			"commit_secret", kr_view_secret(&got), commit_secret);
	}
	kr_tree_free(&tree);
}

static void process_recorded(
	struct vectors *v, const cJSON *c, const struct treekem_case *t)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, vectors_get(c, "update_paths"))
	{
		struct kr_leaf_index sender = {(uint32_t)vectors_uint(item, "sender")};

		process_path(t, sender, vectors_hex(v, item, "update_path"),
			vectors_hex(v, item, "tree_hash_after"),
			vectors_hex(v, item, "commit_secret"));
	}
}

static void make_own(const struct treekem_case *t, const struct member *m)
{
	const struct kr_leaf *leaf = kr_tree_leaf(&t->tree, m->leaf);
	struct kr_leaf_params params = {.same_as = &leaf->node, .signer = &m->signer};
	struct kr_tree tree = kr_tree_copy(&t->tree);
	KR_AUTO_FREE struct kr_bytes update_path = {0};
	KR_AUTO_WRITER struct kr_writer context = {0};
	uint8_t tree_hash[KR_MLS_HASH_BYTES];
	struct kr_path_secrets secrets;

	assert_int_equal(kr_path_generate(&tree, m->leaf, params, t->group_id,
				 &kr_random_system, &secrets),
		KR_OK);
	write_group_context(&context, t, &tree);
	assert_int_equal(
		kr_path_encrypt(&tree, m->leaf, &secrets, kr_writer_view(&context),
			(struct kr_leaf_set){0}, &kr_random_system, &update_path),
		KR_OK);
	assert_int_equal(kr_tree_root_hash(&tree, tree_hash), KR_OK);
	process_path(t, m->leaf, kr_view_bytes(&update_path),
		kr_view(tree_hash, sizeof(tree_hash)),
		kr_view_secret(&secrets.commit_secret));
	kr_path_secrets_wipe(&secrets);
	kr_tree_free(&tree);
}

static void treekem(void **state)
{
	struct vectors *v = vectors_open("mls/treekem.json");
	const cJSON *c;

	(void)state;
	assert_int_equal(kr_crypto_init(), KR_OK);
	cJSON_ArrayForEach(c, vectors_root(v))
	{
		static struct treekem_case t;
		const cJSON *item;

		t = (struct treekem_case){
			.group_id = vectors_hex(v, c, "group_id"),
			.confirmed_transcript_hash =
				vectors_hex(v, c, "confirmed_transcript_hash"),
			.epoch = vectors_uint(c, "epoch"),
		};
		assert_int_equal(
			kr_tree_read(&t.tree, vectors_hex(v, c, "ratchet_tree")), KR_OK);
		cJSON_ArrayForEach(item, vectors_get(c, "leaves_private"))
		{
			read_member(&t, item);
		}
		process_recorded(v, c, &t);
		for (size_t i = 0; i < t.num_members; i++) {
			make_own(&t, &t.members[i]);
		}
		kr_tree_free(&t.tree);
		vectors_passed(v);
	}
	vectors_close(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(treekem),
	};

	return cmocka_run_group_tests_name("mls_treekem", tests, NULL, NULL);
}
