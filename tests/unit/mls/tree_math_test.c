#include <test.h>

#include "proto/mls/tree_math.h"

#define WIDTH 64
#define NODES (2 * WIDTH - 1)

static struct kr_node_index node(uint32_t v)
{
	return (struct kr_node_index){v};
}

static struct kr_leaf_index leaf(uint32_t v)
{
	return (struct kr_leaf_index){v};
}

/* A tree of WIDTH leaves, built the slow way: halve the range of leaves until one is
 * left. */
struct model {
	uint32_t left[NODES];
	uint32_t right[NODES];
	uint32_t parent[NODES];
	unsigned level[NODES];
	uint32_t first_leaf[NODES];
	uint32_t num_leaves[NODES];
};

static uint32_t model_build(struct model *m, uint32_t first_leaf, uint32_t num_leaves)
{
	/* In the array, the node over a range stands in the middle of its leaves'
	 * nodes. */
	uint32_t at = 2 * first_leaf + num_leaves - 1;

	m->first_leaf[at] = first_leaf;
	m->num_leaves[at] = num_leaves;
	m->level[at] = 0;
	if (num_leaves > 1) {
		m->left[at] = model_build(m, first_leaf, num_leaves / 2);
		m->right[at] =
			model_build(m, first_leaf + num_leaves / 2, num_leaves / 2);
		m->parent[m->left[at]] = at;
		m->parent[m->right[at]] = at;
		m->level[at] = m->level[m->left[at]] + 1;
	}
	return at;
}

static void nodes_match_the_model(void **state)
{
	struct model m = {0};
	uint32_t root = model_build(&m, 0, WIDTH);

	(void)state;
	assert_int_equal(kr_node_root(WIDTH).v, root);
	for (uint32_t v = 0; v < NODES; v++) {
		assert_int_equal(kr_node_level(node(v)), m.level[v]);
		assert_int_equal(kr_node_is_leaf(node(v)), m.num_leaves[v] == 1);
		if (m.num_leaves[v] > 1) {
			assert_int_equal(kr_node_left(node(v)).v, m.left[v]);
			assert_int_equal(kr_node_right(node(v)).v, m.right[v]);
		}
		if (v != root) {
			uint32_t p = m.parent[v];

			assert_int_equal(kr_node_parent(node(v)).v, p);
			assert_int_equal(kr_node_sibling(node(v)).v,
				m.left[p] == v ? m.right[p] : m.left[p]);
		}
	}
}

static bool model_is_below(const struct model *m, uint32_t descendant, uint32_t ancestor)
{
	return m->first_leaf[descendant] >= m->first_leaf[ancestor] &&
		m->first_leaf[descendant] + m->num_leaves[descendant] <=
		m->first_leaf[ancestor] + m->num_leaves[ancestor];
}

static void is_below_matches_the_model(void **state)
{
	struct model m = {0};

	(void)state;
	model_build(&m, 0, WIDTH);
	for (uint32_t a = 0; a < NODES; a++) {
		for (uint32_t b = 0; b < NODES; b++) {
			assert_int_equal(kr_node_is_below(node(a), node(b)),
				model_is_below(&m, a, b));
		}
	}
}

static void common_ancestor_is_the_lowest_above_both(void **state)
{
	struct model m = {0};

	(void)state;
	model_build(&m, 0, WIDTH);
	for (uint32_t a = 0; a < WIDTH; a++) {
		for (uint32_t b = 0; b < WIDTH; b++) {
			uint32_t expected = 2 * a;

			while (!model_is_below(&m, 2 * b, expected)) {
				expected = m.parent[expected];
			}
			assert_int_equal(
				kr_node_common_ancestor(leaf(a), leaf(b)).v, expected);
		}
	}
}

static void leaves_have_even_indices(void **state)
{
	static const struct {
		uint32_t leaf;
		uint32_t node;
	} cases[] = {
		{0, 0},
		{1, 2},
		{5, 10},
		{KR_TREE_MAX_LEAVES - 1, 2147483646},
	};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		assert_int_equal(kr_node_of_leaf(leaf(cases[i].leaf)).v, cases[i].node);
		assert_int_equal(kr_leaf_of_node(node(cases[i].node)).v, cases[i].leaf);
	}
}

static void sizes(void **state)
{
	static const struct {
		uint32_t num;
		uint32_t full_width;
	} cases[] = {
		{0, 1},
		{1, 1},
		{2, 2},
		{3, 4},
		{4, 4},
		{5, 8},
		{5000, 8192},
		{KR_TREE_MAX_LEAVES / 2 + 1, KR_TREE_MAX_LEAVES},
		{KR_TREE_MAX_LEAVES, KR_TREE_MAX_LEAVES},
		{KR_TREE_MAX_LEAVES + 1, 0},
		{UINT32_MAX, 0},
	};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		assert_int_equal(kr_full_width(cases[i].num), cases[i].full_width);
	}
	assert_int_equal(kr_num_nodes(0), 0);
	assert_int_equal(kr_num_nodes(1), 1);
	assert_int_equal(kr_num_nodes(8), 15);
	assert_int_equal(kr_num_nodes(KR_TREE_MAX_LEAVES), 2147483647);
}

/* Nothing may overflow at the largest width. */
static void the_largest_tree(void **state)
{
	struct kr_node_index root = kr_node_root(KR_TREE_MAX_LEAVES);
	struct kr_node_index last = kr_node_of_leaf(leaf(KR_TREE_MAX_LEAVES - 1));
	struct kr_node_index up = last;

	(void)state;
	assert_int_equal(root.v, 1073741823);
	assert_int_equal(kr_node_level(root), 30);
	assert_int_equal(kr_node_left(root).v, 536870911);
	assert_int_equal(kr_node_right(root).v, 1610612735);
	assert_int_equal(kr_node_sibling(kr_node_left(root)).v, 1610612735);
	for (unsigned level = 1; level <= 30; level++) {
		up = kr_node_parent(up);
		assert_int_equal(kr_node_level(up), level);
		assert_true(kr_node_is_below(last, up));
	}
	assert_int_equal(up.v, root.v);
	assert_int_equal(
		kr_node_common_ancestor(leaf(0), leaf(KR_TREE_MAX_LEAVES - 1)).v, root.v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_match_the_model),
		cmocka_unit_test(is_below_matches_the_model),
		cmocka_unit_test(common_ancestor_is_the_lowest_above_both),
		cmocka_unit_test(leaves_have_even_indices),
		cmocka_unit_test(sizes),
		cmocka_unit_test(the_largest_tree),
	};

	return cmocka_run_group_tests_name("mls/tree_math", tests, NULL, NULL);
}
