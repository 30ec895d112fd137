#include "vectors.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "proto/mls/tree_math.h"

/* One of the file's four lists at a node: the index there, or null where the relation has
 * nothing to name. */
static void check_relation(const cJSON *c, const char *list, uint32_t at, bool exists,
	struct kr_node_index (*relation)(struct kr_node_index))
{
	const cJSON *expected = cJSON_GetArrayItem(vectors_get(c, list), (int)at);

	assert_non_null(expected);
	if (!exists) {
		assert_true(cJSON_IsNull(expected));
		return;
	}
	assert_true(cJSON_IsNumber(expected));
	assert_int_equal(relation((struct kr_node_index){at}).v, expected->valueint);
}

static void tree_math(void **state)
{
	struct vectors *v = vectors_open("mls/tree-math.json");
	const cJSON *c;

	(void)state;
	cJSON_ArrayForEach(c, vectors_root(v))
	{
		uint32_t num_leaves = (uint32_t)vectors_uint(c, "n_leaves");
		uint32_t num_nodes = kr_num_nodes(num_leaves);
		uint32_t root = kr_node_root(num_leaves).v;

		assert_int_equal(kr_full_width(num_leaves), num_leaves);
		assert_int_equal(num_nodes, vectors_uint(c, "n_nodes"));
		assert_int_equal(root, vectors_uint(c, "root"));
		for (uint32_t at = 0; at < num_nodes; at++) {
			bool is_leaf = kr_node_is_leaf((struct kr_node_index){at});

			check_relation(c, "left", at, !is_leaf, kr_node_left);
			check_relation(c, "right", at, !is_leaf, kr_node_right);
			check_relation(c, "parent", at, at != root, kr_node_parent);
			check_relation(c, "sibling", at, at != root, kr_node_sibling);
		}
		vectors_passed(v);
	}
	vectors_close(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tree_math),
	};

	return cmocka_run_group_tests_name("mls_tree_math", tests, NULL, NULL);
}
