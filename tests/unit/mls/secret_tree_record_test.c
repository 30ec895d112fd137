#include <test.h>

#include "proto/mls/tree_math.h"

#include "secret_tree_model.h"

#define LAST_GENERATION UINT32_MAX

static const struct kr_secret_tree_limits roomy = {
	.max_forward = 100, .max_kept_keys = 100};

/* A tree of four leaves that has a bit of everything: a leaf with ratchets, one with its
 * secret, a parent with its secret, and kept keys of both kinds. */
static struct kr_secret_tree *used_tree(void)
{
	struct kr_secret_tree *tree;

	assert_int_equal(kr_secret_tree_new(&tree, 4, &root_secret, roomy), KR_OK);
	assert_int_equal(tree_take(tree, 1, KR_RATCHET_HANDSHAKE, 1), KR_OK);
	assert_int_equal(tree_take(tree, 1, KR_RATCHET_APPLICATION, 4), KR_OK);
	assert_int_equal(tree_take(tree, 1, KR_RATCHET_APPLICATION, 2), KR_OK);
	return tree;
}

static enum kr_err read_all(struct kr_view record, struct kr_secret_tree_limits limits,
	struct kr_secret_tree **tree)
{
	struct kr_reader r = kr_reader(record);
	enum kr_err err = kr_secret_tree_read(&r, limits, tree);

	if (err != KR_OK) {
		assert_null(*tree);
		assert_ptr_equal(r.rest.data, record.data);
		assert_int_equal(r.rest.len, record.len);
	}
	return err;
}

static void assert_reads_back(const struct kr_secret_tree *tree)
{
	KR_AUTO_FREE struct kr_bytes record = {0};
	KR_AUTO_FREE struct kr_bytes again = {0};
	struct kr_secret_tree *read;

	tree_record(&record, tree);
	assert_int_equal(read_all(kr_view_bytes(&record), roomy, &read), KR_OK);
	tree_record(&again, read);
	assert_true(kr_view_equal(kr_view_bytes(&record), kr_view_bytes(&again)));
	kr_secret_tree_free(read);
}

static void reading_gives_what_was_written(void **state)
{
	static const uint32_t widths[] = {1, 2, 1024, KR_TREE_MAX_LEAVES};
	struct kr_secret_tree *tree = used_tree();

	(void)state;
	assert_reads_back(tree);
	kr_secret_tree_free(tree);
	for (size_t i = 0; i < NUM(widths); i++) {
		assert_int_equal(
			kr_secret_tree_new(&tree, widths[i], &root_secret, roomy), KR_OK);
		assert_reads_back(tree);
		assert_int_equal(
			tree_take(tree, widths[i] - 1, KR_RATCHET_APPLICATION, 2), KR_OK);
		assert_int_equal(
			tree_take(tree, widths[i] / 2, KR_RATCHET_HANDSHAKE, 0), KR_OK);
		assert_reads_back(tree);
		kr_secret_tree_free(tree);
	}
}

static void what_follows_a_record_is_left(void **state)
{
	struct kr_secret_tree *tree = used_tree();
	struct kr_secret_tree *read;
	struct kr_writer w;
	struct kr_reader r;

	(void)state;
	kr_writer_init(&w);
	kr_secret_tree_write(&w, tree);
	kr_write_u16(&w, 0xabcd);
	r = kr_reader(kr_writer_view(&w));
	assert_int_equal(kr_secret_tree_read(&r, roomy, &read), KR_OK);
	assert_int_equal(r.rest.len, 2);
	kr_writer_free(&w);
	kr_secret_tree_free(read);
	kr_secret_tree_free(tree);
}

static void every_truncation_is_refused(void **state)
{
	struct kr_secret_tree *tree = used_tree();
	KR_AUTO_FREE struct kr_bytes record = {0};
	struct kr_secret_tree *read;

	(void)state;
	tree_record(&record, tree);
	for (size_t len = 0; len < record.len; len++) {
		assert_int_equal(read_all(kr_view(record.data, len), roomy, &read),
			KR_ERR_BAD_STATE_RECORD);
	}
	kr_secret_tree_free(tree);
}

/* A flipped bit of a secret cannot be seen here; then the tree works, with other keys,
 * and is stored as it was read. A flipped bit of anything else is refused or does the
 * same. */
static void no_flipped_bit_does_harm(void **state)
{
	struct kr_secret_tree *tree = used_tree();
	KR_AUTO_FREE struct kr_bytes record = {0};
	unsigned num_refused = 0;

	(void)state;
	tree_record(&record, tree);
	kr_secret_tree_free(tree);
	for (size_t bit = 0; bit < 8 * record.len; bit++) {
		KR_AUTO_FREE struct kr_bytes again = {0};

		record.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (read_all(kr_view_bytes(&record), roomy, &tree) != KR_OK) {
			num_refused++;
		} else {
			tree_record(&again, tree);
			assert_true(kr_view_equal(
				kr_view(record.data, again.len), kr_view_bytes(&again)));
			for (uint32_t leaf = 0; leaf < 4; leaf++) {
				tree_take(tree, leaf, KR_RATCHET_HANDSHAKE, 1);
				tree_take(tree, leaf, KR_RATCHET_APPLICATION, 7);
			}
			kr_secret_tree_free(tree);
		}
		record.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_true(num_refused > 100);
}

/* ---- Records made by hand ---------------------------------------------------------- */

static void write_secret_node(struct kr_writer *w)
{
	kr_write_u8(w, 0);
	kr_write_zeroes(w, KR_SECRET_BYTES);
}

static void write_spent_leaf(
	struct kr_writer *w, uint64_t next_handshake, uint64_t next_application)
{
	kr_write_u8(w, 1);
	kr_write_zeroes(w, KR_SECRET_BYTES);
	kr_write_u64(w, next_handshake);
	kr_write_zeroes(w, KR_SECRET_BYTES);
	kr_write_u64(w, next_application);
}

struct kept {
	uint32_t leaf;
	uint8_t kind;
	uint32_t generation;
};

/* Two leaves: the first reached, with its ratchets at 5 and 10; the second not. */
static enum kr_err read_with_kept(const struct kept *kept, size_t num, uint32_t num_said)
{
	KR_AUTO_WRITER struct kr_writer w = {0};
	struct kr_secret_tree *tree;
	enum kr_err err;

	kr_writer_init(&w);
	kr_write_u32(&w, 2);
	kr_write_u8(&w, 1);
	write_spent_leaf(&w, 5, 10);
	write_secret_node(&w);
	kr_write_u32(&w, num_said);
	for (size_t i = 0; i < num; i++) {
		kr_write_u32(&w, kept[i].leaf);
		kr_write_u8(&w, kept[i].kind);
		kr_write_u32(&w, kept[i].generation);
		kr_write_zeroes(&w, KR_SECRET_BYTES + KR_AEAD_NONCE_BYTES);
	}
	err = read_all(kr_writer_view(&w), roomy, &tree);
	kr_secret_tree_free(tree);
	return err;
}

static void kept_keys_are_checked(void **state)
{
	static const struct {
		const char *name;
		struct kept kept[3];
		size_t num;
		uint32_t num_said;
		enum kr_err expected;
	} cases[] = {
		{"none", .num = 0, .num_said = 0, .expected = KR_OK},
		{"in order", {{0, 0, 4}, {0, 1, 0}, {0, 1, 9}}, 3, 3, KR_OK},
		{"fewer than said", {{0, 0, 4}}, 1, 2, KR_ERR_BAD_STATE_RECORD},
		{"far fewer than said", {{0, 0, 4}}, 1, UINT32_MAX,
			KR_ERR_BAD_STATE_RECORD},
		{"generations out of order", {{0, 1, 2}, {0, 1, 1}}, 2, 2,
			KR_ERR_BAD_STATE_RECORD},
		{"kinds out of order", {{0, 1, 2}, {0, 0, 1}}, 2, 2,
			KR_ERR_BAD_STATE_RECORD},
		{"twice", {{0, 1, 2}, {0, 1, 2}}, 2, 2, KR_ERR_BAD_STATE_RECORD},
		{"an unknown kind", {{0, 2, 2}}, 1, 1, KR_ERR_BAD_STATE_RECORD},
		{"a generation not yet passed", {{0, 0, 5}}, 1, 1,
			KR_ERR_BAD_STATE_RECORD},
		{"of the other kind", {{0, 1, 10}}, 1, 1, KR_ERR_BAD_STATE_RECORD},
		{"a leaf not reached", {{1, 0, 0}}, 1, 1, KR_ERR_BAD_STATE_RECORD},
		{"a leaf outside", {{2, 0, 0}}, 1, 1, KR_ERR_BAD_STATE_RECORD},
		{"a leaf far outside", {{UINT32_MAX, 0, 0}}, 1, 1,
			KR_ERR_BAD_STATE_RECORD},
	};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		enum kr_err err =
			read_with_kept(cases[i].kept, cases[i].num, cases[i].num_said);

		if (err != cases[i].expected) {
			fail_msg("%s: %s", cases[i].name, kr_err_name(err));
		}
	}
}

static void widths_are_checked(void **state)
{
	static const struct {
		uint32_t num_leaves;
		enum kr_err expected;
	} cases[] = {
		{0, KR_ERR_BAD_STATE_RECORD},
		{1, KR_OK},
		{3, KR_ERR_BAD_STATE_RECORD},
		{4, KR_OK},
		{KR_TREE_MAX_LEAVES, KR_OK},
		{KR_TREE_MAX_LEAVES * 2, KR_ERR_BAD_STATE_RECORD},
		{UINT32_MAX, KR_ERR_BAD_STATE_RECORD},
	};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		KR_AUTO_WRITER struct kr_writer w = {0};
		struct kr_secret_tree *tree;

		kr_writer_init(&w);
		kr_write_u32(&w, cases[i].num_leaves);
		write_secret_node(&w);
		kr_write_u32(&w, 0);
		assert_int_equal(
			read_all(kr_writer_view(&w), roomy, &tree), cases[i].expected);
		kr_secret_tree_free(tree);
	}
}

/* Deeper than the width allows, and as deep as it does: all parents, never a leaf. */
static void depth_is_bounded(void **state)
{
	KR_AUTO_WRITER struct kr_writer w = {0};
	struct kr_secret_tree *tree;

	(void)state;
	kr_writer_init(&w);
	kr_write_u32(&w, KR_TREE_MAX_LEAVES);
	for (unsigned i = 0; i < 100000; i++) {
		kr_write_u8(&w, 1);
	}
	assert_int_equal(
		read_all(kr_writer_view(&w), roomy, &tree), KR_ERR_BAD_STATE_RECORD);
}

/* ---- The end of the generations ---------------------------------------------------- */

static enum kr_err read_one_leaf(struct kr_secret_tree **tree, uint64_t next_application)
{
	KR_AUTO_WRITER struct kr_writer w = {0};

	kr_writer_init(&w);
	kr_write_u32(&w, 1);
	write_spent_leaf(&w, 0, next_application);
	kr_write_u32(&w, 0);
	return read_all(kr_writer_view(&w), roomy, tree);
}

static void there_is_a_last_generation(void **state)
{
	struct kr_secret_tree_step *step;
	struct kr_leaf_index leaf = {0};
	struct kr_secret_tree *tree;
	struct kr_message_key key;

	(void)state;
	assert_int_equal(read_one_leaf(&tree, LAST_GENERATION), KR_OK);
	assert_int_equal(
		kr_secret_tree_next(tree, leaf, KR_RATCHET_APPLICATION, &key, &step),
		KR_OK);
	assert_int_equal(key.generation, LAST_GENERATION);
	kr_secret_tree_commit(tree, step);

	assert_int_equal(
		kr_secret_tree_next(tree, leaf, KR_RATCHET_APPLICATION, &key, &step),
		KR_ERR_LIMIT);
	assert_null(step);
	assert_int_equal(tree_take(tree, 0, KR_RATCHET_APPLICATION, LAST_GENERATION),
		KR_ERR_GENERATION_USED);
	assert_int_equal(
		tree_take(tree, 0, KR_RATCHET_APPLICATION, 0), KR_ERR_GENERATION_USED);
	assert_reads_back(tree);
	/* The other ratchet is at its beginning. */
	assert_int_equal(tree_take(tree, 0, KR_RATCHET_HANDSHAKE, 0), KR_OK);
	kr_secret_tree_free(tree);
}

static void a_receiver_reaches_the_last_generation(void **state)
{
	struct kr_secret_tree *tree;

	(void)state;
	assert_int_equal(read_one_leaf(&tree, LAST_GENERATION - 3), KR_OK);
	assert_int_equal(
		tree_take(tree, 0, KR_RATCHET_APPLICATION, LAST_GENERATION), KR_OK);
	assert_int_equal(
		tree_take(tree, 0, KR_RATCHET_APPLICATION, LAST_GENERATION - 1), KR_OK);
	assert_int_equal(tree_take(tree, 0, KR_RATCHET_APPLICATION, LAST_GENERATION),
		KR_ERR_GENERATION_USED);
	assert_reads_back(tree);
	kr_secret_tree_free(tree);
}

static void no_generation_is_behind_the_last(void **state)
{
	struct kr_secret_tree *tree;

	(void)state;
	assert_int_equal(read_one_leaf(&tree, (uint64_t)LAST_GENERATION + 1), KR_OK);
	kr_secret_tree_free(tree);
	assert_int_equal(read_one_leaf(&tree, (uint64_t)LAST_GENERATION + 2),
		KR_ERR_BAD_STATE_RECORD);
	assert_int_equal(read_one_leaf(&tree, UINT64_MAX), KR_ERR_BAD_STATE_RECORD);
}

/* ---- Other limits ------------------------------------------------------------------ */

static void fewer_kept_keys_may_be_allowed(void **state)
{
	struct kr_secret_tree_limits limits = {.max_forward = 100, .max_kept_keys = 2};
	struct kr_secret_tree *tree =
		used_tree(); /* keeps 0 of one ratchet, 0 1 3 of another */
	KR_AUTO_FREE struct kr_bytes record = {0};

	(void)state;
	tree_record(&record, tree);
	kr_secret_tree_free(tree);
	assert_int_equal(read_all(kr_view_bytes(&record), limits, &tree), KR_OK);
	assert_int_equal(
		tree_take(tree, 1, KR_RATCHET_APPLICATION, 0), KR_ERR_GENERATION_USED);
	assert_int_equal(
		tree_take(tree, 1, KR_RATCHET_APPLICATION, 1), KR_ERR_GENERATION_USED);
	assert_int_equal(tree_take(tree, 1, KR_RATCHET_APPLICATION, 3), KR_OK);
	assert_int_equal(tree_take(tree, 1, KR_RATCHET_HANDSHAKE, 0), KR_OK);
	assert_int_equal(tree_take(tree, 1, KR_RATCHET_APPLICATION, 5), KR_OK);
	kr_secret_tree_free(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reading_gives_what_was_written),
		cmocka_unit_test(what_follows_a_record_is_left),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(no_flipped_bit_does_harm),
		cmocka_unit_test(kept_keys_are_checked),
		cmocka_unit_test(widths_are_checked),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(there_is_a_last_generation),
		cmocka_unit_test(a_receiver_reaches_the_last_generation),
		cmocka_unit_test(no_generation_is_behind_the_last),
		cmocka_unit_test(fewer_kept_keys_may_be_allowed),
	};

	return kr_crypto_init() != KR_OK ||
		cmocka_run_group_tests_name("mls/secret_tree_record", tests, NULL, NULL);
}
