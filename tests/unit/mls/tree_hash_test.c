#include <test.h>

#include <alloc_fail.h>
#include <string.h>

#include "proto/mls/tree_node.h"
#include "tree_model.h"

/* Every node's hash is asked for at every step, so that a hash that is kept too long
 * shows. */
static void every_node_hashes_as_in_the_array(void **state)
{
	struct tree_model m = {0};
	struct kr_tree tree = {0};
	struct kr_random_seeded seeded;
	struct kr_random rng = tree_model_rng(&seeded, 20);

	(void)state;
	for (size_t step = 0; step < 150; step++) {
		tree_model_step(&m, &tree, &rng, 20);
		for (uint32_t i = 0; i < kr_num_nodes(m.num_leaves); i++) {
			struct kr_node_index node = {i};
			uint8_t expected[KR_MLS_HASH_BYTES];
			uint8_t hash[KR_MLS_HASH_BYTES];

			tree_model_hash(&m, node, (struct kr_leaf_set){0}, expected);
			assert_int_equal(kr_tree_hash(&tree, node, hash), KR_OK);
			assert_memory_equal(hash, expected, sizeof(hash));
		}
	}
	tree_model_finish(&m);
	kr_tree_free(&tree);
}

static void assert_parent_hash(const struct tree_model *m, const struct kr_tree *tree,
	struct kr_node_index node, struct kr_node_index sibling)
{
	const struct tree_model_node *p = &m->nodes[node.v];
	struct kr_leaf_index unmerged[TREE_MODEL_MAX_LEAVES];
	uint8_t original[KR_MLS_HASH_BYTES];
	uint8_t expected[KR_MLS_HASH_BYTES];
	uint8_t hash[KR_MLS_HASH_BYTES];
	KR_AUTO_WRITER struct kr_writer w = {0};

	for (size_t i = 0; i < p->num_unmerged; i++) {
		unmerged[i].v = p->unmerged[i];
	}
	tree_model_hash(
		m, sibling, (struct kr_leaf_set){unmerged, p->num_unmerged}, original);
	kr_writer_init(&w);
	kr_write_vec(&w, kr_view(p->key, sizeof(p->key)));
	kr_write_vec(&w, kr_view(p->parent_hash, p->parent_hash_len));
	kr_write_vec(&w, kr_view(original, sizeof(original)));
	kr_sha256(expected, kr_writer_view(&w));
	assert_int_equal(
		kr_tree_parent_hash(tree, kr_tree_parent(tree, node), sibling, hash),
		KR_OK);
	assert_memory_equal(hash, expected, sizeof(hash));
}

/* Original tree hashes: without the parent's unmerged leaves, §7.9. They must not end up
 * among the hashes that nodes keep, so the root is compared afterwards. */
static void parent_hashes_leave_out_unmerged_leaves(void **state)
{
	struct tree_model m = {0};
	struct kr_tree tree = {0};
	struct kr_random_seeded seeded;
	struct kr_random rng = tree_model_rng(&seeded, 21);
	size_t num_with_unmerged = 0;

	(void)state;
	for (size_t step = 0; step < 250; step++) {
		tree_model_step(&m, &tree, &rng, 24);
		for (uint32_t i = 1; i < kr_num_nodes(m.num_leaves); i += 2) {
			struct kr_node_index node = {i};

			if (!m.nodes[i].has_parent) {
				continue;
			}
			num_with_unmerged += m.nodes[i].num_unmerged > 0 ? 1 : 0;
			assert_parent_hash(&m, &tree, node, kr_node_left(node));
			assert_parent_hash(&m, &tree, node, kr_node_right(node));
		}
		tree_model_assert_same(&m, &tree);
	}
	assert_true(num_with_unmerged > 50);
	tree_model_finish(&m);
	kr_tree_free(&tree);
}

static void outside_the_tree_there_is_no_hash(void **state)
{
	struct tree_model m = {0};
	struct kr_tree tree = {0};
	uint8_t hash[KR_MLS_HASH_BYTES];

	(void)state;
	tree_model_add(&m, &tree);
	tree_model_add(&m, &tree);
	assert_int_equal(kr_tree_hash(&tree, (struct kr_node_index){2}, hash), KR_OK);
	assert_int_equal(
		kr_tree_hash(&tree, (struct kr_node_index){3}, hash), KR_ERR_ARGUMENT);
	tree_model_finish(&m);
	kr_tree_free(&tree);
}

static enum kr_err hash_fresh_copy(void *ctx)
{
	struct kr_view *encoded = ctx;
	uint8_t hash[KR_MLS_HASH_BYTES];
	struct kr_tree tree;
	enum kr_err err = kr_tree_read(&tree, *encoded);

	if (err == KR_OK) {
		err = kr_tree_root_hash(&tree, hash);
	}
	kr_tree_free(&tree);
	return err;
}

/* A hash that could not be worked out must not be kept: asked again, it is right. */
static void without_memory_there_is_no_hash_and_none_is_kept(void **state)
{
	struct tree_model m = {0};
	struct kr_tree tree = {0};
	KR_AUTO_WRITER struct kr_writer w = {0};
	struct kr_view encoded;

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		tree_model_add(&m, &tree);
	}
	tree_model_set_path(&m, &tree, (struct kr_leaf_index){3});
	kr_writer_init(&w);
	kr_tree_write(&w, &tree);
	encoded = kr_writer_view(&w);
	assert_true(alloc_fail_each(hash_fresh_copy, NULL, &encoded) > 0);
	for (size_t n = 1;; n++) {
		uint8_t hash[KR_MLS_HASH_BYTES];
		struct kr_tree fresh;
		bool happened;

		assert_int_equal(kr_tree_read(&fresh, encoded), KR_OK);
		alloc_fail_arm(n);
		kr_tree_root_hash(&fresh, hash);
		happened = alloc_fail_happened();
		alloc_fail_disarm();
		tree_model_assert_same(&m, &fresh);
		kr_tree_free(&fresh);
		if (!happened) {
			assert_true(n > 1);
			break;
		}
	}
	tree_model_finish(&m);
	kr_tree_free(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_node_hashes_as_in_the_array),
		cmocka_unit_test(parent_hashes_leave_out_unmerged_leaves),
		cmocka_unit_test(outside_the_tree_there_is_no_hash),
		cmocka_unit_test(without_memory_there_is_no_hash_and_none_is_kept),
	};

	return cmocka_run_group_tests_name("mls/tree_hash", tests, NULL, NULL);
}
