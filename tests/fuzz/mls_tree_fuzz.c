/* Ratchet trees: what decodes is written again to the same bytes, can be hashed,
 * resolved, verified and changed. */
#include "fuzz.h"

#include "proto/mls/tree.h"

#define MAX_NODES_WALKED 64

static void walk(const struct kr_tree *tree)
{
	uint32_t num = kr_num_nodes(tree->num_leaves);
	uint8_t hash[KR_MLS_HASH_BYTES];

	for (uint32_t i = 0; i < num && i < MAX_NODES_WALKED; i++) {
		struct kr_node_index node = {i};
		struct kr_node_list list = {0};

		FUZZ_ASSERT(kr_tree_hash(tree, node, hash) == KR_OK);
		FUZZ_ASSERT(kr_tree_resolution(
				    tree, node, (struct kr_leaf_set){0}, &list) == KR_OK);
		kr_node_list_free(&list);
	}
	(void)kr_tree_verify(tree, kr_view_str("group"), (struct kr_view){0});
}

/* A change of a copy leaves the tree alone. */
static void change_copy(const struct kr_tree *tree)
{
	struct kr_tree copy = kr_tree_copy(tree);
	uint8_t before[KR_MLS_HASH_BYTES];
	uint8_t after[KR_MLS_HASH_BYTES];

	FUZZ_ASSERT(kr_tree_root_hash(tree, before) == KR_OK);
	for (uint32_t i = 0; i < tree->num_leaves && i < MAX_NODES_WALKED; i++) {
		(void)kr_tree_remove(&copy, (struct kr_leaf_index){i});
	}
	kr_tree_free(&copy);
	FUZZ_ASSERT(kr_tree_root_hash(tree, after) == KR_OK);
	FUZZ_ASSERT(kr_view_equal(
		kr_view(before, sizeof(before)), kr_view(after, sizeof(after))));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kr_view input = kr_view(data, size);
	KR_AUTO_WRITER struct kr_writer w = {0};
	struct kr_tree tree;

	kr_writer_init(&w);
	if (kr_crypto_init() != KR_OK || kr_tree_read(&tree, input) != KR_OK) {
		return 0;
	}
	kr_tree_write(&w, &tree);
	FUZZ_ASSERT(kr_view_equal(kr_writer_view(&w), input));
	walk(&tree);
	change_copy(&tree);
	kr_tree_free(&tree);
	return 0;
}
