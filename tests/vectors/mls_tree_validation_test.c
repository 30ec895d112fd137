/* Trees of many shapes: tree hashes and resolutions of every node, and what a joiner
 * checks. */
#include "vectors.h"

#include <test.h>

#include "proto/mls/tree.h"

static void check_hashes(struct vectors *v, const struct kr_tree *tree, const cJSON *c)
{
	const cJSON *expected;
	struct kr_node_index node = {0};

	cJSON_ArrayForEach(expected, vectors_get(c, "tree_hashes"))
	{
		uint8_t hash[KR_MLS_HASH_BYTES];

		assert_int_equal(kr_tree_hash(tree, node, hash), KR_OK);
		vectors_assert_equal("tree hash", kr_view(hash, sizeof(hash)),
			vectors_hex_of(v, expected));
		node.v++;
	}
	assert_int_equal(node.v, kr_num_nodes(tree->num_leaves));
}

static void check_resolutions(const struct kr_tree *tree, const cJSON *c)
{
	const cJSON *expected;
	struct kr_node_index node = {0};

	cJSON_ArrayForEach(expected, vectors_get(c, "resolutions"))
	{
		struct kr_node_list list = {0};
		const cJSON *item;
		size_t i = 0;

		assert_int_equal(
			kr_tree_resolution(tree, node, (struct kr_leaf_set){0}, &list),
			KR_OK);
		assert_int_equal(list.num, cJSON_GetArraySize(expected));
		cJSON_ArrayForEach(item, expected)
		{
			assert_int_equal(list.nodes[i++].v, item->valueint);
		}
		kr_node_list_free(&list);
		node.v++;
	}
}

static void tree_validation(void **state)
{
	struct vectors *v = vectors_open("mls/tree-validation.json");
	const cJSON *c;

	(void)state;
	assert_int_equal(kr_crypto_init(), KR_OK);
	cJSON_ArrayForEach(c, vectors_root(v))
	{
		struct kr_view encoded = vectors_hex(v, c, "tree");
		KR_AUTO_WRITER struct kr_writer w = {0};
		struct kr_tree tree;

		kr_writer_init(&w);
		assert_int_equal(kr_tree_read(&tree, encoded), KR_OK);
		check_resolutions(&tree, c);
		check_hashes(v, &tree, c);
		assert_int_equal(kr_tree_verify(&tree, vectors_hex(v, c, "group_id"),
					 (struct kr_view){0}),
			KR_OK);
		kr_tree_write(&w, &tree);
		vectors_assert_equal("tree", kr_writer_view(&w), encoded);
		kr_tree_free(&tree);
		vectors_passed(v);
	}
	vectors_close(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tree_validation),
	};

	return cmocka_run_group_tests_name("mls_tree_validation", tests, NULL, NULL);
}
