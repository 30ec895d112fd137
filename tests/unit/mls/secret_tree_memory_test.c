/* What a secret tree asks of memory: how much for a step, and what happens without. */
#include <test.h>

#include <alloc_fail.h>

#include "secret_tree_model.h"

#define APPLICATION KR_RATCHET_APPLICATION
#define HANDSHAKE   KR_RATCHET_HANDSHAKE

static const struct kr_secret_tree_limits roomy = {1000, 1000};

static struct kr_leaf_index leaf_at(uint32_t v)
{
	return (struct kr_leaf_index){v};
}

/* How much memory a step asks for, which is the measure of what it copies or derives. */
static size_t allocations_of(
	struct kr_secret_tree *tree, uint32_t leaf, uint32_t generation)
{
	struct kr_secret_tree_step *step;
	struct kr_message_key key;
	enum kr_err err;
	size_t num;

	alloc_fail_arm(0);
	err = kr_secret_tree_find(
		tree, leaf_at(leaf), APPLICATION, generation, &key, &step);
	num = alloc_fail_disarm();
	assert_int_equal(err, KR_OK);
	alloc_fail_arm(0);
	kr_secret_tree_commit(tree, step);
	assert_int_equal(alloc_fail_disarm(), 0); /* so it cannot fail */
	return num;
}

static void a_step_costs_what_it_needs(void **state)
{
	struct kr_secret_tree_limits limits = {1000, 10};
	struct kr_secret_tree *tree = tree_new(8192, limits);
	const size_t step_and_root = 2;
	const size_t ratchets = 1;

	(void)state;
	for (uint32_t leaf = 0; leaf < 5000; leaf += 2) {
		allocations_of(tree, leaf, 0);
	}
	/* Two nodes for each of the 11 levels below the deepest node that there is, the
	 * one over the leaves 6144 to 8191. */
	assert_int_equal(
		allocations_of(tree, 8191, 0), step_and_root + 2 * 11 + ratchets);
	assert_int_equal(allocations_of(tree, 8190, 0), step_and_root + ratchets);
	assert_int_equal(allocations_of(tree, 8190, 1), 1);
	assert_int_equal(allocations_of(tree, 8190, 7), 1 + 5);
	/* A jump keeps no more than it may. */
	assert_int_equal(allocations_of(tree, 8190, 1008), 1 + 10);
	assert_int_equal(allocations_of(tree, 8190, 1007), 1);
	kr_secret_tree_free(tree);
}

struct operation {
	struct kr_secret_tree *tree;
	struct kr_bytes before;
	uint32_t leaf;
	uint32_t generation;
};

static enum kr_err do_new(void *ctx)
{
	struct kr_secret_tree *tree;
	enum kr_err err = kr_secret_tree_new(&tree, 4, &root_secret, roomy);

	(void)ctx;
	assert_int_equal(tree == NULL, err != KR_OK);
	kr_secret_tree_free(tree);
	return err;
}

static enum kr_err do_find(void *ctx)
{
	struct operation *op = ctx;
	struct kr_secret_tree_step *step;
	struct kr_message_key key;
	enum kr_err err = kr_secret_tree_find(
		op->tree, leaf_at(op->leaf), APPLICATION, op->generation, &key, &step);

	assert_int_equal(step == NULL, err != KR_OK);
	kr_secret_tree_discard(step);
	return err;
}

static enum kr_err do_next(void *ctx)
{
	struct operation *op = ctx;
	struct kr_secret_tree_step *step;
	struct kr_message_key key;
	enum kr_err err = kr_secret_tree_next(
		op->tree, leaf_at(op->leaf), APPLICATION, &key, &step);

	assert_int_equal(step == NULL, err != KR_OK);
	kr_secret_tree_discard(step);
	return err;
}

static enum kr_err do_copy(void *ctx)
{
	struct operation *op = ctx;
	struct kr_secret_tree *copy;
	enum kr_err err = kr_secret_tree_copy(&copy, op->tree);

	assert_int_equal(copy == NULL, err != KR_OK);
	kr_secret_tree_free(copy);
	return err;
}

static enum kr_err do_read(void *ctx)
{
	struct operation *op = ctx;
	struct kr_reader r = kr_reader(kr_view_bytes(&op->before));
	struct kr_secret_tree *tree;
	enum kr_err err = kr_secret_tree_read(&r, roomy, &tree);

	assert_int_equal(tree == NULL, err != KR_OK);
	assert_int_equal(r.rest.len, err == KR_OK ? 0 : op->before.len);
	kr_secret_tree_free(tree);
	return err;
}

static void is_unchanged(void *ctx)
{
	struct operation *op = ctx;

	tree_assert_record(op->tree, &op->before);
}

static void failing_allocations_change_nothing(void **state)
{
	static const struct {
		const char *name;
		enum kr_err (*run)(void *ctx);
		uint32_t leaf;
		uint32_t generation;
		size_t num_allocations;
	} cases[] = {
		{"new", do_new, 0, 0, 2},
		{"find in a leaf that was not reached", do_find, 7, 4, 2 + 2 * 2 + 1 + 4},
		{"find ahead", do_find, 1, 9, 1 + 5},
		{"find a kept key", do_find, 1, 2, 1},
		{"next in a leaf that was not reached", do_next, 7, 0, 2 + 2 * 2 + 1},
		{"next", do_next, 1, 0, 1},
		{"copy", do_copy, 0, 0, 2 + 6 + 2 + 3},
		{"read", do_read, 0, 0, 2 + 6 + 2 + 3},
	};
	struct operation op = {.tree = tree_new(8, roomy)};

	(void)state;
	/* Two leaves with ratchets, three kept keys, and nodes with their secrets. */
	assert_int_equal(tree_take(op.tree, 0, HANDSHAKE, 0), KR_OK);
	assert_int_equal(tree_take(op.tree, 1, APPLICATION, 3), KR_OK);
	tree_record(&op.before, op.tree);
	for (size_t i = 0; i < NUM(cases); i++) {
		size_t num;

		op.leaf = cases[i].leaf;
		op.generation = cases[i].generation;
		num = alloc_fail_each(cases[i].run, is_unchanged, &op);
		if (num != cases[i].num_allocations) {
			fail_msg("%s: %zu allocations", cases[i].name, num);
		}
		is_unchanged(&op);
	}
	kr_bytes_free(&op.before);
	kr_secret_tree_free(op.tree);
}

static void nothing_is_fine(void **state)
{
	(void)state;
	kr_secret_tree_free(NULL);
	kr_secret_tree_discard(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_step_costs_what_it_needs),
		cmocka_unit_test(failing_allocations_change_nothing),
		cmocka_unit_test(nothing_is_fine),
	};

	return kr_crypto_init() != KR_OK ||
		cmocka_run_group_tests_name("mls/secret_tree_memory", tests, NULL, NULL);
}
