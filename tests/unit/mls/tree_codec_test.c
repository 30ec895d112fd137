#include <test.h>

#include <alloc_fail.h>
#include <string.h>

#include "tree_model.h"

#define ROOMY 1024

static struct kr_bytes encode(const struct kr_tree *tree)
{
	KR_AUTO_WRITER struct kr_writer w = {0};
	struct kr_bytes encoded;

	kr_writer_init(&w);
	kr_tree_write(&w, tree);
	assert_int_equal(kr_writer_finish(&w, &encoded), KR_OK);
	return encoded;
}

static struct kr_bytes diff(const struct kr_tree *base, const struct kr_tree *tree)
{
	KR_AUTO_WRITER struct kr_writer w = {0};
	struct kr_bytes encoded;

	kr_writer_init(&w);
	kr_tree_diff_write(&w, base, tree);
	assert_int_equal(kr_writer_finish(&w, &encoded), KR_OK);
	return encoded;
}

static void assert_same_bytes(struct kr_bytes a, struct kr_bytes b)
{
	assert_true(kr_view_equal(kr_view_bytes(&a), kr_view_bytes(&b)));
	kr_bytes_free(&a);
	kr_bytes_free(&b);
}

/* ---- Whole trees --------------------------------------------------------------- */

static void what_is_written_is_read_back(void **state)
{
	struct tree_model m = {0};
	struct kr_tree tree = {0};
	struct kr_random_seeded seeded;
	struct kr_random rng = tree_model_rng(&seeded, 10);

	(void)state;
	for (size_t step = 0; step < 300; step++) {
		struct kr_tree again;
		struct kr_bytes encoded;

		tree_model_step(&m, &tree, &rng, 24);
		if (tree.num_leaves == 0) {
			continue;
		}
		encoded = encode(&tree);
		assert_int_equal(
			kr_tree_read_bounded(&again, kr_view_bytes(&encoded), 32), KR_OK);
		tree_model_assert_same(&m, &again);
		kr_tree_free(&again);
		kr_bytes_free(&encoded);
	}
	tree_model_finish(&m);
	kr_tree_free(&tree);
}

/* Six members, blank and unmerged leaves, parents with and without a parent hash. */
static void make_varied(struct tree_model *m, struct kr_tree *tree)
{
	for (size_t i = 0; i < 7; i++) {
		tree_model_add(m, tree);
	}
	tree_model_set_path(m, tree, (struct kr_leaf_index){1});
	tree_model_set_path(m, tree, (struct kr_leaf_index){6});
	tree_model_remove(m, tree, (struct kr_leaf_index){3});
	tree_model_set_path(m, tree, (struct kr_leaf_index){0});
	tree_model_add(m, tree);
	tree_model_remove(m, tree, (struct kr_leaf_index){5});
}

static void every_truncation_of_a_tree_fails(void **state)
{
	struct tree_model m = {0};
	struct kr_tree tree = {0};
	struct kr_bytes encoded;

	(void)state;
	make_varied(&m, &tree);
	encoded = encode(&tree);
	for (size_t len = 0; len < encoded.len; len++) {
		struct kr_tree cut;

		assert_int_not_equal(
			kr_tree_read(&cut, kr_view(encoded.data, len)), KR_OK);
		assert_null(cut.root);
	}
	kr_bytes_free(&encoded);
	tree_model_finish(&m);
	kr_tree_free(&tree);
}

/* A flipped bit is an error, or another tree: never the same one, never a crash. */
static void no_flipped_bit_of_a_tree_is_overlooked(void **state)
{
	struct tree_model m = {0};
	struct kr_tree tree = {0};
	struct kr_bytes encoded;

	(void)state;
	make_varied(&m, &tree);
	encoded = encode(&tree);
	for (size_t bit = 0; bit < 8 * encoded.len; bit++) {
		struct kr_tree other;

		encoded.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (kr_tree_read_bounded(&other, kr_view_bytes(&encoded), 64) == KR_OK) {
			struct kr_bytes again = encode(&other);

			assert_true(kr_view_equal(
				kr_view_bytes(&again), kr_view_bytes(&encoded)));
			kr_bytes_free(&again);
			kr_tree_free(&other);
		}
		encoded.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	kr_bytes_free(&encoded);
	tree_model_finish(&m);
	kr_tree_free(&tree);
}

/* A tree is put together from these: what stands for one entry of the array. */
enum entry {
	END,
	BLANK,
	LEAF,
	PARENT,              /* no parent hash, nothing unmerged */
	PARENT_HASH_SHORT,   /* 31 bytes */
	PARENT_UNMERGED_ODD, /* 5 bytes */
	PARENT_UNMERGED_TWICE,
	PARENT_UNMERGED_DOWN,
	PARENT_UNMERGED_HUGE, /* its node index would wrap around to that of leaf 1 */
	PARENT_KEY_SHORT,
	TYPE_0,
	TYPE_3,
	PRESENCE_2,
};

static void write_parent(
	struct kr_writer *w, size_t key_len, size_t hash_len, struct kr_view unmerged)
{
	static const uint8_t bytes[32] = {7};

	kr_write_u8(w, 1);
	kr_write_u8(w, 2);
	kr_write_vec(w, kr_view(bytes, key_len));
	kr_write_vec(w, kr_view(bytes, hash_len));
	kr_write_vec(w, unmerged);
}

static void write_entry(struct kr_writer *w, enum entry entry, uint32_t number)
{
	switch (entry) {
	case END:
	case BLANK:
		kr_write_u8(w, 0);
		break;
	case LEAF:
		kr_write_u8(w, 1);
		kr_write_u8(w, 1);
		tree_model_write_leaf(w, number);
		break;
	case PARENT:
		write_parent(w, 32, 0, LITERAL(""));
		break;
	case PARENT_HASH_SHORT:
		write_parent(w, 32, 31, LITERAL(""));
		break;
	case PARENT_UNMERGED_ODD:
		write_parent(w, 32, 32, LITERAL("\0\0\0\1\0"));
		break;
	case PARENT_UNMERGED_TWICE:
		write_parent(w, 32, 32, LITERAL("\0\0\0\1\0\0\0\1"));
		break;
	case PARENT_UNMERGED_DOWN:
		write_parent(w, 32, 32, LITERAL("\0\0\0\1\0\0\0\0"));
		break;
	case PARENT_UNMERGED_HUGE:
		write_parent(w, 32, 32, LITERAL("\x80\0\0\1"));
		break;
	case PARENT_KEY_SHORT:
		write_parent(w, 31, 32, LITERAL(""));
		break;
	case TYPE_0:
		kr_write_u8(w, 1);
		kr_write_u8(w, 0);
		break;
	case TYPE_3:
		kr_write_u8(w, 1);
		kr_write_u8(w, 3);
		break;
	case PRESENCE_2:
		kr_write_u8(w, 2);
		break;
	}
}

static void only_a_tree_is_taken_for_one(void **state)
{
	static const struct {
		const char *name;
		enum entry entries[8];
		uint32_t max_leaves;
		enum kr_err expected;
	} cases[] = {
		{"one leaf", {LEAF}, ROOMY, KR_OK},
		{"two leaves", {LEAF, BLANK, LEAF}, ROOMY, KR_OK},
		{"two leaves and their parent", {LEAF, PARENT, LEAF}, 2, KR_OK},
		{"the second leaf alone", {BLANK, BLANK, LEAF}, ROOMY, KR_OK},
		{"three leaves", {LEAF, BLANK, LEAF, BLANK, LEAF}, 4, KR_OK},
		{"nothing", {END}, ROOMY, KR_ERR_TREE_SHAPE},
		{"a blank leaf", {BLANK}, ROOMY, KR_ERR_TREE_SHAPE},
		{"a blank end", {LEAF, BLANK}, ROOMY, KR_ERR_TREE_SHAPE},
		{"two blanks at the end", {LEAF, BLANK, LEAF, BLANK, BLANK}, ROOMY,
			KR_ERR_TREE_SHAPE},
		{"a parent at the end", {LEAF, PARENT}, ROOMY, KR_ERR_TREE_SHAPE},
		{"nobody in the right half", {LEAF, BLANK, LEAF, PARENT}, ROOMY,
			KR_ERR_TREE_SHAPE},
		{"a leaf where a parent stands", {LEAF, LEAF, LEAF}, ROOMY,
			KR_ERR_TREE_SHAPE},
		{"a parent where a leaf stands", {PARENT, BLANK, LEAF}, ROOMY,
			KR_ERR_TREE_SHAPE},
		{"node type 0", {TYPE_0}, ROOMY, KR_ERR_ENCODING},
		{"node type 3", {TYPE_3}, ROOMY, KR_ERR_ENCODING},
		{"neither there nor not", {PRESENCE_2}, ROOMY, KR_ERR_ENCODING},
		{"a parent hash too short", {LEAF, PARENT_HASH_SHORT, LEAF}, ROOMY,
			KR_ERR_ENCODING},
		{"half an unmerged leaf", {LEAF, PARENT_UNMERGED_ODD, LEAF}, ROOMY,
			KR_ERR_ENCODING},
		{"an unmerged leaf twice", {LEAF, PARENT_UNMERGED_TWICE, LEAF}, ROOMY,
			KR_ERR_TREE_UNMERGED},
		{"unmerged leaves unsorted", {LEAF, PARENT_UNMERGED_DOWN, LEAF}, ROOMY,
			KR_ERR_TREE_UNMERGED},
		{"an unmerged leaf that no tree has", {LEAF, PARENT_UNMERGED_HUGE, LEAF},
			ROOMY, KR_ERR_TREE_UNMERGED},
		{"a parent's key too short", {LEAF, PARENT_KEY_SHORT, LEAF}, ROOMY,
			KR_ERR_KEY},
		{"wider than allowed", {LEAF, PARENT, LEAF}, 1, KR_ERR_LIMIT},
		{"blank and wider than allowed",
			{BLANK, BLANK, BLANK, BLANK, BLANK, BLANK}, 2, KR_ERR_LIMIT},
	};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		KR_AUTO_WRITER struct kr_writer list = {0};
		KR_AUTO_WRITER struct kr_writer w = {0};
		struct kr_tree tree;
		enum kr_err err;

		kr_writer_init(&list);
		kr_writer_init(&w);
		for (uint32_t k = 0; cases[i].entries[k] != END; k++) {
			write_entry(&list, cases[i].entries[k], k + 1);
		}
		kr_write_vec(&w, kr_writer_view(&list));
		err = kr_tree_read_bounded(
			&tree, kr_writer_view(&w), cases[i].max_leaves);
		if (err != cases[i].expected) {
			fail_msg("%s: %s", cases[i].name, kr_err_name(err));
		}
		kr_tree_free(&tree);
	}
}

static void bytes_after_the_tree_are_refused(void **state)
{
	struct tree_model m = {0};
	struct kr_tree tree = {0};
	struct kr_tree again;
	KR_AUTO_WRITER struct kr_writer w = {0};

	(void)state;
	make_varied(&m, &tree);
	kr_writer_init(&w);
	kr_tree_write(&w, &tree);
	kr_write_u8(&w, 0);
	assert_int_equal(kr_tree_read(&again, kr_writer_view(&w)), KR_ERR_TRAILING);
	tree_model_finish(&m);
	kr_tree_free(&tree);
}

/* ---- Differences --------------------------------------------------------------- */

/* Reading the difference gives the tree, which shares with the base what it did before:
 * the difference written again is the same. */
static void assert_diff_works(const struct kr_tree *base, const struct kr_tree *tree,
	const struct tree_model *m)
{
	struct kr_bytes encoded = diff(base, tree);
	struct kr_reader r = kr_reader(kr_view_bytes(&encoded));
	struct kr_bytes base_before = encode(base);
	struct kr_tree again;

	assert_int_equal(
		kr_tree_diff_read(&r, base, TREE_MODEL_MAX_LEAVES, &again), KR_OK);
	assert_int_equal(kr_read_end(&r), KR_OK);
	tree_model_assert_same(m, &again);
	assert_same_bytes(diff(base, &again), encoded);
	assert_same_bytes(encode(base), base_before);
	kr_tree_free(&again);
}

static void a_difference_leads_from_one_tree_to_another(void **state)
{
	struct tree_model m = {0};
	struct tree_model base_m = {0};
	struct kr_tree tree = {0};
	struct kr_tree base = {0};
	struct kr_random_seeded seeded;
	struct kr_random rng = tree_model_rng(&seeded, 11);

	(void)state;
	for (size_t step = 0; step < 800; step++) {
		uint32_t max = step / 100 % 2 == 0 ? TREE_MODEL_MAX_LEAVES : 2;

		tree_model_step(&m, &tree, &rng, max);
		if (base.root != NULL && tree.root != NULL) {
			assert_diff_works(&base, &tree, &m);
			assert_diff_works(&tree, &base, &base_m);
		}
		if (tree_model_random(&rng, 12) == 0) {
			tree_model_finish(&base_m);
			kr_tree_free(&base);
			base_m = tree_model_copy(&m);
			base = kr_tree_copy(&tree);
		}
	}
	tree_model_finish(&m);
	tree_model_finish(&base_m);
	kr_tree_free(&tree);
	kr_tree_free(&base);
}

static void the_difference_of_a_copy_is_empty(void **state)
{
	struct tree_model m = {0};
	struct kr_tree tree = {0};
	struct kr_tree copy;
	struct kr_bytes encoded;

	(void)state;
	make_varied(&m, &tree);
	copy = kr_tree_copy(&tree);
	encoded = diff(&tree, &copy);
	assert_int_equal(encoded.len, 4 + 1); /* the width and an empty list */
	kr_bytes_free(&encoded);
	kr_tree_free(&copy);
	kr_tree_free(&tree);
	tree_model_finish(&m);
}

/* A wide tree of two members, of whom one leaves: the past tree is named by one leaf, and
 * is many times as wide as the present one. */
static void a_difference_may_name_a_tree_much_wider(void **state)
{
	struct kr_tree tree = {0};
	struct kr_tree wide;
	struct kr_tree again;
	struct kr_bytes encoded;
	struct kr_bytes expected;
	struct kr_reader r;
	const uint32_t last = 1024;

	(void)state;
	for (uint32_t i = 0; i <= last; i++) {
		struct kr_leaf *leaf = tree_model_leaf(i + 1);
		struct kr_leaf_index index;

		assert_int_equal(kr_tree_add(&tree, leaf, &index), KR_OK);
		kr_leaf_unref(leaf);
	}
	for (uint32_t i = 1; i < last; i++) {
		assert_int_equal(kr_tree_remove(&tree, (struct kr_leaf_index){i}), KR_OK);
	}
	wide = kr_tree_copy(&tree);
	assert_int_equal(kr_tree_remove(&tree, (struct kr_leaf_index){last}), KR_OK);
	assert_int_equal(tree.num_leaves, 1);
	encoded = diff(&tree, &wide);
	expected = encode(&wide);

	r = kr_reader(kr_view_bytes(&encoded));
	assert_int_equal(kr_tree_diff_read(&r, &tree, 2048, &again), KR_OK);
	assert_same_bytes(encode(&again), expected);
	kr_tree_free(&again);

	r = kr_reader(kr_view_bytes(&encoded));
	assert_int_equal(kr_tree_diff_read(&r, &tree, 1024, &again), KR_ERR_LIMIT);
	assert_int_equal(r.rest.len, encoded.len);
	kr_bytes_free(&encoded);
	kr_tree_free(&wide);
	kr_tree_free(&tree);
}

static void every_truncation_of_a_difference_fails(void **state)
{
	struct tree_model m = {0};
	struct kr_tree tree = {0};
	struct kr_tree base;
	struct kr_bytes encoded;

	(void)state;
	make_varied(&m, &tree);
	base = kr_tree_copy(&tree);
	tree_model_remove(&m, &tree, (struct kr_leaf_index){1});
	tree_model_add(&m, &tree);
	tree_model_set_path(&m, &tree, (struct kr_leaf_index){2});
	encoded = diff(&base, &tree);
	for (size_t len = 0; len < encoded.len; len++) {
		struct kr_reader r = kr_reader(kr_view(encoded.data, len));
		struct kr_tree cut;

		assert_int_not_equal(kr_tree_diff_read(&r, &base, ROOMY, &cut), KR_OK);
		assert_null(cut.root);
		assert_int_equal(r.rest.len, len);
	}
	kr_bytes_free(&encoded);
	kr_tree_free(&base);
	kr_tree_free(&tree);
	tree_model_finish(&m);
}

static void a_difference_of_no_tree_is_refused(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		enum kr_err expected;
	} cases[] = {
		{"\0\0\0\x08\0", 5, KR_OK},
		{"\0\0\0\0\0", 5, KR_ERR_TREE_SHAPE},
		{"\0\0\0\3\0", 5, KR_ERR_TREE_SHAPE},
		{"\x80\0\0\0\0", 5, KR_ERR_TREE_SHAPE},
		{"\x40\0\0\0\0", 5, KR_ERR_LIMIT},
		{"\0\0\x08\0\0", 5, KR_ERR_LIMIT},
		/* one change: outside the tree, of no type, a parent for a leaf */
		{"\0\0\0\x08\5\0\0\0\x0f\0", 10, KR_ERR_TREE_SHAPE},
		{"\0\0\0\x08\5\0\0\0\0\3", 10, KR_ERR_ENCODING},
		{"\0\0\0\x08\5\0\0\0\0\2", 10, KR_ERR_TREE_SHAPE},
		{"\0\0\0\x08\5\0\0\0\1\1", 10, KR_ERR_TREE_SHAPE},
		{"\0\0\0\x08\5\0\0\0\1\0", 10, KR_OK},
	};
	struct tree_model m = {0};
	struct kr_tree base = {0};

	(void)state;
	make_varied(&m, &base);
	for (size_t i = 0; i < NUM(cases); i++) {
		struct kr_reader r = kr_reader(kr_view(cases[i].bytes, cases[i].len));
		struct kr_tree tree;

		assert_int_equal(
			kr_tree_diff_read(&r, &base, ROOMY, &tree), cases[i].expected);
		kr_tree_free(&tree);
	}
	tree_model_assert_same(&m, &base);
	kr_tree_free(&base);
	tree_model_finish(&m);
}

/* ---- Without memory ------------------------------------------------------------ */

struct without_memory {
	struct kr_bytes encoded;
	struct kr_tree base;
};

static enum kr_err read_whole(void *ctx)
{
	struct without_memory *t = ctx;
	struct kr_tree tree;
	enum kr_err err = kr_tree_read(&tree, kr_view_bytes(&t->encoded));

	kr_tree_free(&tree);
	return err;
}

static enum kr_err read_difference(void *ctx)
{
	struct without_memory *t = ctx;
	struct kr_reader r = kr_reader(kr_view_bytes(&t->encoded));
	struct kr_tree tree;
	enum kr_err err = kr_tree_diff_read(&r, &t->base, ROOMY, &tree);

	kr_tree_free(&tree);
	return err;
}

static void without_memory_reading_fails(void **state)
{
	struct tree_model m = {0};
	struct kr_tree tree = {0};
	struct without_memory t;

	(void)state;
	make_varied(&m, &tree);
	t.encoded = encode(&tree);
	assert_true(alloc_fail_each(read_whole, NULL, &t) > 0);
	kr_bytes_free(&t.encoded);

	t.base = kr_tree_copy(&tree);
	for (size_t i = 0; i < 3; i++) {
		tree_model_add(&m, &tree);
	}
	tree_model_set_path(&m, &tree, (struct kr_leaf_index){8});
	t.encoded = diff(&t.base, &tree);
	assert_true(alloc_fail_each(read_difference, NULL, &t) > 0);
	kr_bytes_free(&t.encoded);
	kr_tree_free(&t.base);
	kr_tree_free(&tree);
	tree_model_finish(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(every_truncation_of_a_tree_fails),
		cmocka_unit_test(no_flipped_bit_of_a_tree_is_overlooked),
		cmocka_unit_test(only_a_tree_is_taken_for_one),
		cmocka_unit_test(bytes_after_the_tree_are_refused),
		cmocka_unit_test(a_difference_leads_from_one_tree_to_another),
		cmocka_unit_test(the_difference_of_a_copy_is_empty),
		cmocka_unit_test(a_difference_may_name_a_tree_much_wider),
		cmocka_unit_test(every_truncation_of_a_difference_fails),
		cmocka_unit_test(a_difference_of_no_tree_is_refused),
		cmocka_unit_test(without_memory_reading_fails),
	};

	return cmocka_run_group_tests_name("mls/tree_codec", tests, NULL, NULL);
}
