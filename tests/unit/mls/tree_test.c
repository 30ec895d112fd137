#include <test.h>

#include <alloc_fail.h>
#include <string.h>

#include "tree_model.h"

#define NUM_STEPS  1500
#define NUM_COPIES 6

/* The same random changes on the persistent tree and on the array. Copies taken on the
 * way stay what they were, whatever happens to the trees that share their nodes. */
static void changes_do_what_the_array_does(void **state)
{
	struct tree_model m = {0};
	struct tree_model old_models[NUM_COPIES] = {0};
	struct kr_tree tree = {0};
	struct kr_tree copies[NUM_COPIES] = {0};
	struct kr_random_seeded seeded;
	struct kr_random rng = tree_model_rng(&seeded, 1);

	(void)state;
	for (size_t step = 0; step < NUM_STEPS; step++) {
		/* Waves of growing and shrinking. */
		uint32_t max_leaves = step / 300 % 2 == 0 ? TREE_MODEL_MAX_LEAVES : 3;
		size_t slot = tree_model_random(&rng, 40);

		tree_model_step(&m, &tree, &rng, max_leaves);
		tree_model_assert_same(&m, &tree);
		if (slot < NUM_COPIES) {
			tree_model_assert_same(&old_models[slot], &copies[slot]);
			tree_model_finish(&old_models[slot]);
			kr_tree_free(&copies[slot]);
			old_models[slot] = tree_model_copy(&m);
			copies[slot] = kr_tree_copy(&tree);
		}
	}
	for (size_t i = 0; i < NUM_COPIES; i++) {
		tree_model_assert_same(&old_models[i], &copies[i]);
		tree_model_finish(&old_models[i]);
		kr_tree_free(&copies[i]);
	}
	tree_model_finish(&m);
	kr_tree_free(&tree);
}

/* From a copy the work goes on in both directions: nothing of one shows in the other. */
static void two_trees_that_share_nodes_go_their_own_ways(void **state)
{
	struct tree_model models[2] = {0};
	struct kr_tree trees[2] = {0};
	struct kr_random_seeded seeded;
	struct kr_random rng = tree_model_rng(&seeded, 2);

	(void)state;
	for (size_t i = 0; i < 40; i++) {
		tree_model_step(&models[0], &trees[0], &rng, TREE_MODEL_MAX_LEAVES);
	}
	models[1] = tree_model_copy(&models[0]);
	trees[1] = kr_tree_copy(&trees[0]);
	for (size_t i = 0; i < 200; i++) {
		size_t which = tree_model_random(&rng, 2);

		tree_model_step(&models[which], &trees[which], &rng, 20);
		tree_model_assert_same(&models[0], &trees[0]);
		tree_model_assert_same(&models[1], &trees[1]);
	}
	for (size_t i = 0; i < 2; i++) {
		tree_model_finish(&models[i]);
		kr_tree_free(&trees[i]);
	}
}

static void assert_looks_the_same(const struct tree_model *m, const struct kr_tree *tree)
{
	for (uint32_t i = 0; i < kr_num_nodes(m->num_leaves); i++) {
		struct kr_node_index node = {i};
		uint32_t expected[2 * TREE_MODEL_MAX_LEAVES];
		size_t num = tree_model_resolution(m, node, expected);
		struct kr_node_list list = {0};
		const uint8_t *key = kr_tree_node_key(tree, node);

		assert_int_equal(
			kr_tree_resolution(tree, node, (struct kr_leaf_set){0}, &list),
			KR_OK);
		assert_int_equal(list.num, num);
		for (size_t k = 0; k < num; k++) {
			assert_int_equal(list.nodes[k].v, expected[k]);
		}
		kr_node_list_free(&list);
		if (m->nodes[i].leaf != NULL) {
			assert_memory_equal(
				key, m->nodes[i].leaf->node.encryption_key, 32);
		} else if (m->nodes[i].has_parent) {
			assert_memory_equal(key, m->nodes[i].key, 32);
			assert_non_null(kr_tree_parent(tree, node));
		} else {
			assert_null(key);
		}
	}
}

static void keys_and_resolutions_are_those_of_the_array(void **state)
{
	struct tree_model m = {0};
	struct kr_tree tree = {0};
	struct kr_random_seeded seeded;
	struct kr_random rng = tree_model_rng(&seeded, 3);

	(void)state;
	for (size_t step = 0; step < 200; step++) {
		tree_model_step(&m, &tree, &rng, 24);
		assert_looks_the_same(&m, &tree);
	}
	tree_model_finish(&m);
	kr_tree_free(&tree);
}

static void a_resolution_leaves_out_whom_it_is_told(void **state)
{
	static const struct kr_leaf_index new_leaves[] = {{1}, {3}};
	const struct kr_leaf_set except = {new_leaves, NUM(new_leaves)};
	struct tree_model m = {0};
	struct kr_tree tree = {0};
	struct kr_node_list list = {0};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		tree_model_add(&m, &tree);
	}
	assert_int_equal(
		kr_tree_resolution(&tree, (struct kr_node_index){3}, except, &list),
		KR_OK);
	assert_int_equal(list.num, 2);
	assert_int_equal(list.nodes[0].v, 0);
	assert_int_equal(list.nodes[1].v, 4);
	kr_node_list_free(&list);

	/* Unmerged leaves too, behind the parent that lists them. */
	tree_model_remove(&m, &tree, (struct kr_leaf_index){3});
	tree_model_remove(&m, &tree, (struct kr_leaf_index){1});
	tree_model_set_path(&m, &tree, (struct kr_leaf_index){0});
	tree_model_add(&m, &tree);
	tree_model_add(&m, &tree);
	assert_int_equal(kr_tree_resolution(&tree, (struct kr_node_index){3},
				 (struct kr_leaf_set){0}, &list),
		KR_OK);
	assert_int_equal(list.num, 3);
	kr_node_list_free(&list);
	assert_int_equal(
		kr_tree_resolution(&tree, (struct kr_node_index){3}, except, &list),
		KR_OK);
	assert_int_equal(list.num, 1);
	assert_int_equal(list.nodes[0].v, 3);
	kr_node_list_free(&list);
	tree_model_finish(&m);
	kr_tree_free(&tree);
}

static void who_is_no_member_cannot_be_changed(void **state)
{
	static const uint32_t absent[] = {1, 4, 1000, KR_TREE_MAX_LEAVES, UINT32_MAX};
	struct tree_model m = {0};
	struct kr_tree tree = {0};
	struct kr_leaf *leaf = tree_model_leaf(1);

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		tree_model_add(&m, &tree);
	}
	tree_model_remove(&m, &tree, (struct kr_leaf_index){1});
	for (size_t i = 0; i < NUM(absent); i++) {
		struct kr_leaf_index index = {absent[i]};

		assert_null(kr_tree_leaf(&tree, index));
		assert_int_equal(kr_tree_update(&tree, index, leaf), KR_ERR_LEAF_INDEX);
		assert_int_equal(kr_tree_remove(&tree, index), KR_ERR_LEAF_INDEX);
		if (absent[i] >= tree.num_leaves) {
			assert_int_equal(
				kr_tree_set_leaf(&tree, index, leaf), KR_ERR_LEAF_INDEX);
		}
	}
	assert_null(kr_tree_node_key(&tree, (struct kr_node_index){7}));
	tree_model_assert_same(&m, &tree);
	kr_leaf_unref(leaf);
	tree_model_finish(&m);
	kr_tree_free(&tree);
}

/* Who comes by an external commit gets the place that an Add would have got, still
 * blank. */
static void a_place_is_where_an_add_would_go(void **state)
{
	struct tree_model m = {0};
	struct kr_tree tree = {0};
	struct kr_random_seeded seeded;
	struct kr_random rng = tree_model_rng(&seeded, 4);

	(void)state;
	for (size_t step = 0; step < 150; step++) {
		struct kr_tree placed;
		struct kr_tree added;
		struct kr_leaf *leaf = tree_model_leaf(0);
		struct kr_leaf_index place;
		struct kr_leaf_index index;

		tree_model_step(&m, &tree, &rng, 20);
		placed = kr_tree_copy(&tree);
		added = kr_tree_copy(&tree);
		assert_int_equal(kr_tree_place(&placed, &place), KR_OK);
		assert_int_equal(kr_tree_add(&added, leaf, &index), KR_OK);
		assert_int_equal(place.v, index.v);
		assert_int_equal(placed.num_leaves, added.num_leaves);
		assert_null(kr_tree_leaf(&placed, place));
		assert_int_equal(
			kr_tree_num_members(&placed), kr_tree_num_members(&tree));
		kr_tree_free(&placed);
		kr_tree_free(&added);
		kr_leaf_unref(leaf);
		tree_model_assert_same(&m, &tree);
	}
	tree_model_finish(&m);
	kr_tree_free(&tree);
}

static void a_signature_key_finds_its_member(void **state)
{
	struct tree_model m = {0};
	struct kr_tree tree = {0};
	struct kr_leaf_index found;
	const uint8_t *key;

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		tree_model_add(&m, &tree);
	}
	key = m.nodes[8].leaf->node.signature_key;
	assert_true(kr_tree_find_signature_key(&tree, key, &found));
	assert_int_equal(found.v, 4);
	key = m.nodes[8].leaf->node.encryption_key;
	assert_false(kr_tree_find_signature_key(&tree, key, &found));
	tree_model_finish(&m);
	kr_tree_free(&tree);
}

static enum kr_err stop_at_two(
	void *ctx, struct kr_leaf_index leaf, const struct kr_leaf *content)
{
	uint32_t *sum = ctx;

	assert_non_null(content);
	*sum += leaf.v;
	return leaf.v == 2 ? KR_ERR_LIMIT : KR_OK;
}

static void a_visit_ends_with_the_first_error(void **state)
{
	struct tree_model m = {0};
	struct kr_tree tree = {0};
	uint32_t sum = 0;

	(void)state;
	assert_int_equal(kr_tree_each_member(&tree, stop_at_two, &sum), KR_OK);
	for (size_t i = 0; i < 5; i++) {
		tree_model_add(&m, &tree);
	}
	assert_int_equal(kr_tree_each_member(&tree, stop_at_two, &sum), KR_ERR_LIMIT);
	assert_int_equal(sum, 3);
	tree_model_finish(&m);
	kr_tree_free(&tree);
}

/* Our own changes never make a tree in which a lower leaf is blank while a higher one is
 * unmerged at a parent of both; a tree that somebody gives us may be so. */
static void unmerged_leaves_stay_sorted(void **state)
{
	struct tree_model m = {.num_leaves = 4};
	struct kr_tree tree;
	KR_AUTO_WRITER struct kr_writer w = {0};

	(void)state;
	m.nodes[0].leaf = tree_model_leaf(1);
	m.nodes[4].leaf = tree_model_leaf(2);
	m.nodes[6].leaf = tree_model_leaf(3);
	m.nodes[3].has_parent = true;
	m.nodes[3].unmerged[0] = 3;
	m.nodes[3].num_unmerged = 1;
	kr_writer_init(&w);
	tree_model_write(&w, &m);
	assert_int_equal(kr_tree_read(&tree, kr_writer_view(&w)), KR_OK);
	tree_model_add(&m, &tree); /* leaf 1 */
	assert_int_equal(m.nodes[3].unmerged[0], 1);
	assert_int_equal(m.nodes[3].unmerged[1], 3);
	tree_model_assert_same(&m, &tree);
	tree_model_finish(&m);
	kr_tree_free(&tree);
}

/* ---- Without memory ------------------------------------------------------------ */

struct without_memory {
	struct tree_model model;
	struct kr_tree tree; /* must stay as it is: work is done on copies of it */
	struct kr_leaf *leaf;
	enum kr_err (*change)(struct kr_tree *tree, struct kr_leaf *leaf);
};

static enum kr_err change_a_copy(void *ctx)
{
	struct without_memory *t = ctx;
	struct kr_tree copy = kr_tree_copy(&t->tree);
	enum kr_err err = t->change(&copy, t->leaf);

	kr_tree_free(&copy);
	return err;
}

static enum kr_err add(struct kr_tree *tree, struct kr_leaf *leaf)
{
	struct kr_leaf_index index;

	return kr_tree_add(tree, leaf, &index);
}

static enum kr_err update(struct kr_tree *tree, struct kr_leaf *leaf)
{
	return kr_tree_update(tree, (struct kr_leaf_index){2}, leaf);
}

static enum kr_err remove_one(struct kr_tree *tree, struct kr_leaf *leaf)
{
	(void)leaf;
	return kr_tree_remove(tree, (struct kr_leaf_index){2});
}

static enum kr_err set_path(struct kr_tree *tree, struct kr_leaf *leaf)
{
	static const uint8_t keys[KR_TREE_MAX_LEVELS][KR_X25519_BYTES] = {{1}};
	uint8_t hash[KR_MLS_HASH_BYTES];
	struct kr_filtered_path path;
	bool has_hash;
	enum kr_err err;

	kr_tree_filtered_path(tree, (struct kr_leaf_index){2}, &path);
	err = kr_tree_set_path(
		tree, (struct kr_leaf_index){2}, &path, keys, hash, &has_hash);
	return err != KR_OK ? err
			    : kr_tree_set_leaf(tree, (struct kr_leaf_index){2}, leaf);
}

static enum kr_err resolution(struct kr_tree *tree, struct kr_leaf *leaf)
{
	struct kr_node_list list = {0};
	enum kr_err err = kr_tree_resolution(
		tree, kr_node_root(tree->num_leaves), (struct kr_leaf_set){0}, &list);

	(void)leaf;
	kr_node_list_free(&list);
	return err;
}

static void without_memory_a_change_fails_and_the_original_stays(void **state)
{
	static enum kr_err (*const changes[])(struct kr_tree *, struct kr_leaf *) = {
		add, update, remove_one, set_path, resolution};
	struct without_memory t = {.leaf = tree_model_leaf(0)};

	(void)state;
	for (size_t i = 0; i < 16; i++) {
		tree_model_add(&t.model, &t.tree);
	}
	tree_model_set_path(&t.model, &t.tree, (struct kr_leaf_index){0});
	tree_model_set_path(&t.model, &t.tree, (struct kr_leaf_index){15});
	for (size_t i = 0; i < NUM(changes); i++) {
		t.change = changes[i];
		assert_true(alloc_fail_each(change_a_copy, NULL, &t) > 0);
		tree_model_assert_same(&t.model, &t.tree);
	}
	kr_leaf_unref(t.leaf);
	tree_model_finish(&t.model);
	kr_tree_free(&t.tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changes_do_what_the_array_does),
		cmocka_unit_test(two_trees_that_share_nodes_go_their_own_ways),
		cmocka_unit_test(keys_and_resolutions_are_those_of_the_array),
		cmocka_unit_test(a_resolution_leaves_out_whom_it_is_told),
		cmocka_unit_test(who_is_no_member_cannot_be_changed),
		cmocka_unit_test(a_place_is_where_an_add_would_go),
		cmocka_unit_test(a_signature_key_finds_its_member),
		cmocka_unit_test(a_visit_ends_with_the_first_error),
		cmocka_unit_test(unmerged_leaves_stay_sorted),
		cmocka_unit_test(without_memory_a_change_fails_and_the_original_stays),
	};

	return cmocka_run_group_tests_name("mls/tree", tests, NULL, NULL);
}
