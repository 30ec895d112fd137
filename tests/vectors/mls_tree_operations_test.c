/* Adds, updates and removes applied to a tree. The file exists for suite 1 only; but for
 * the number of the suite in an Add's key package, which is replaced, nothing in it
 * depends on anything but X25519, Ed25519 and SHA-256. */
#include "vectors.h"

#include <test.h>

#include "proto/mls/proposal.h"
#include "proto/mls/tree.h"

#define SUITE_OFFSET 4 /* proposal type, version, suite */

static void assert_hash(
	struct vectors *v, const struct kr_tree *tree, const cJSON *c, const char *key)
{
	uint8_t hash[KR_MLS_HASH_BYTES];

	assert_int_equal(kr_tree_root_hash(tree, hash), KR_OK);
	vectors_assert_equal(key, kr_view(hash, sizeof(hash)), vectors_hex(v, c, key));
}

/* The proposal with suite 3 where an Add says suite 1. */
static void read_proposal(struct vectors *v, const cJSON *c, struct kr_bytes *copy,
	struct kr_proposal *proposal)
{
	struct kr_reader r;

	assert_int_equal(kr_bytes_copy(copy, vectors_hex(v, c, "proposal")), KR_OK);
	if (copy->data[1] == KR_MLS_PROPOSAL_ADD) {
		assert_int_equal(copy->data[SUITE_OFFSET + 1], 1);
		copy->data[SUITE_OFFSET + 1] = KR_MLS_CIPHER_SUITE;
	}
	r = kr_reader(kr_view_bytes(copy));
	assert_int_equal(kr_proposal_read(&r, proposal), KR_OK);
	assert_int_equal(kr_read_end(&r), KR_OK);
}

static void apply(struct kr_tree *tree, const struct kr_proposal *proposal,
	struct kr_leaf_index sender)
{
	struct kr_leaf *leaf = NULL;
	struct kr_leaf_index added;

	switch (proposal->type) {
	case KR_MLS_PROPOSAL_ADD:
		assert_int_equal(
			kr_leaf_new(&leaf, proposal->key_package.leaf.encoded), KR_OK);
		assert_int_equal(kr_tree_add(tree, leaf, &added), KR_OK);
		break;
	case KR_MLS_PROPOSAL_UPDATE:
		assert_int_equal(kr_leaf_new(&leaf, proposal->leaf.encoded), KR_OK);
		assert_int_equal(kr_tree_update(tree, sender, leaf), KR_OK);
		break;
	case KR_MLS_PROPOSAL_REMOVE:
		assert_int_equal(kr_tree_remove(tree, proposal->removed), KR_OK);
		break;
	default:
		fail_msg("a proposal of type %u", proposal->type);
	}
	kr_leaf_unref(leaf);
}

static void tree_operations(void **state)
{
	struct vectors *v = vectors_open("mls/tree-operations.suite1.json");
	const cJSON *c;

	(void)state;
	assert_int_equal(kr_crypto_init(), KR_OK);
	cJSON_ArrayForEach(c, vectors_root(v))
	{
		struct kr_leaf_index sender = {
			(uint32_t)vectors_uint(c, "proposal_sender")};
		KR_AUTO_FREE struct kr_bytes copy = {0};
		KR_AUTO_WRITER struct kr_writer w = {0};
		struct kr_proposal proposal;
		struct kr_tree tree;

		kr_writer_init(&w);
		assert_int_equal(
			kr_tree_read(&tree, vectors_hex(v, c, "tree_before")), KR_OK);
		assert_hash(v, &tree, c, "tree_hash_before");
		read_proposal(v, c, &copy, &proposal);
		apply(&tree, &proposal, sender);
		assert_hash(v, &tree, c, "tree_hash_after");
		kr_tree_write(&w, &tree);
		vectors_assert_equal("tree_after", kr_writer_view(&w),
			vectors_hex(v, c, "tree_after"));
		kr_tree_free(&tree);
		vectors_passed(v);
	}
	vectors_close(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tree_operations),
	};

	return cmocka_run_group_tests_name("mls_tree_operations", tests, NULL, NULL);
}
