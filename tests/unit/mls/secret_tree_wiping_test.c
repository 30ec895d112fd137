/* No block of a secret tree is freed with a secret still in it. */
#include <test.h>

#include <free_watch.h>

#include "secret_tree_model.h"

static const struct kr_leaf_index leaf = {2};

static void find(struct kr_secret_tree *tree, uint32_t generation, bool is_commit)
{
	struct kr_secret_tree_step *step;
	struct kr_message_key key;

	assert_int_equal(kr_secret_tree_find(tree, leaf, KR_RATCHET_APPLICATION,
				 generation, &key, &step),
		KR_OK);
	if (is_commit) {
		kr_secret_tree_commit(tree, step);
	} else {
		kr_secret_tree_discard(step);
	}
}

/* All ways in which memory is given back: steps discarded and committed, kept keys taken
 * and dropped, records that turn out damaged, trees. */
static void live(void)
{
	const struct kr_secret_tree_limits limits = {
		.max_forward = 10, .max_kept_keys = 2};
	uint8_t bytes[1024];
	struct kr_secret_tree *tree;
	struct kr_secret_tree *other;
	struct kr_writer w;
	struct kr_reader r;

	assert_int_equal(kr_secret_tree_new(&tree, 4, &root_secret, limits), KR_OK);
	find(tree, 3, false);
	find(tree, 3, true);
	find(tree, 2, false);
	find(tree, 2, true);
	find(tree, 6, true);
	assert_int_equal(kr_secret_tree_copy(&other, tree), KR_OK);
	kr_secret_tree_free(other);
	kr_writer_init_fixed(&w, bytes, sizeof(bytes));
	kr_secret_tree_write(&w, tree);
	assert_int_equal(w.err, KR_OK);
	r = kr_reader(kr_view(bytes, w.len - 1));
	assert_int_equal(
		kr_secret_tree_read(&r, limits, &other), KR_ERR_BAD_STATE_RECORD);
	kr_secret_tree_free(tree);
}

static void assert_wiped(struct kr_view secret)
{
	free_watch_start(secret);
	live();
	assert_int_equal(free_watch_stop(), 0);
}

static void no_secret_outlives_its_block(void **state)
{
	const struct kr_secret_tree_limits limits = {0};
	struct model m;

	(void)state;
	model_init(&m, 4, &root_secret, limits);
	for (unsigned depth = 0; depth <= 2; depth++) {
		for (uint32_t v = 0; v < 4; v++) {
			struct kr_leaf_index below = {v};
			struct kr_secret secret = model_node_secret(&m, depth, below);

			assert_wiped(kr_view_secret(&secret));
		}
	}
	for (uint32_t g = 0; g <= 7; g++) {
		struct kr_secret secret =
			model_ratchet_secret(&m, leaf, KR_RATCHET_APPLICATION, g);
		struct kr_message_key key =
			model_key(&m, leaf, KR_RATCHET_APPLICATION, g);

		assert_wiped(kr_view_secret(&secret));
		assert_wiped(kr_view_secret(&key.key));
		assert_wiped(kr_view(key.nonce, sizeof(key.nonce)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_secret_outlives_its_block),
	};

	return kr_crypto_init() != KR_OK ||
		cmocka_run_group_tests_name("mls/secret_tree_wiping", tests, NULL, NULL);
}
