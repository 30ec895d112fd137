/* A ratchet tree as the RFC's array of nodes, done the slow and obvious way, to compare
 * the persistent tree with.
 *
 *	struct tree_model m = {0};
 *	struct kr_tree tree = {0};
 *	tree_model_step(&m, &tree, &rng);     the same random change on both
 *	tree_model_assert_same(&m, &tree);    same bytes, same hashes
 *
 * Leaves are decoded but not signed; keys are numbers that never repeat. */
#ifndef KRING_TESTS_MLS_TREE_MODEL_H
#define KRING_TESTS_MLS_TREE_MODEL_H

#include "proto/mls/tree.h"

#define TREE_MODEL_MAX_LEAVES 64

struct tree_model_node {
	struct kr_leaf *leaf;
	bool has_parent;
	uint8_t key[KR_X25519_BYTES];
	uint8_t parent_hash[KR_MLS_HASH_BYTES];
	size_t parent_hash_len;
	uint32_t unmerged[TREE_MODEL_MAX_LEAVES];
	size_t num_unmerged;
};

struct tree_model {
	uint32_t num_leaves;
	struct tree_model_node nodes[2 * TREE_MODEL_MAX_LEAVES - 1];
};

void tree_model_finish(struct tree_model *m);
struct tree_model tree_model_copy(const struct tree_model *m);

/* A leaf with the keys number, encoded as LeafNode; the list of extension types is
 * empty. */
void tree_model_write_leaf(struct kr_writer *w, uint32_t number);
struct kr_leaf *tree_model_leaf(uint32_t number);

/* A number below bound. */
uint32_t tree_model_random(const struct kr_random *rng, uint32_t bound);
bool tree_model_is_member(const struct tree_model *m, uint32_t leaf);
uint32_t tree_model_num_members(const struct tree_model *m);
/* Some member; there must be one. */
struct kr_leaf_index tree_model_member(
	const struct tree_model *m, const struct kr_random *rng);

/* The changes, on both. What kr_tree_set_path answers is compared. */
void tree_model_add(struct tree_model *m, struct kr_tree *tree);
void tree_model_update(
	struct tree_model *m, struct kr_tree *tree, struct kr_leaf_index leaf);
void tree_model_remove(
	struct tree_model *m, struct kr_tree *tree, struct kr_leaf_index leaf);
void tree_model_set_path(
	struct tree_model *m, struct kr_tree *tree, struct kr_leaf_index leaf);
/* One of them by chance; grows in the mean up to max_leaves members. */
void tree_model_step(struct tree_model *m, struct kr_tree *tree,
	const struct kr_random *rng, uint32_t max_leaves);

/* The ratchet_tree extension. */
void tree_model_write(struct kr_writer *w, const struct tree_model *m);
/* Tree hash of a node, with some leaves taken for blank. */
void tree_model_hash(const struct tree_model *m, struct kr_node_index node,
	struct kr_leaf_set except, uint8_t hash[KR_MLS_HASH_BYTES]);
/* Resolution, §4.1.1; returns how many. */
size_t tree_model_resolution(
	const struct tree_model *m, struct kr_node_index node, uint32_t *out);

/* Fails the running test unless bytes and root hash are the same. */
void tree_model_assert_same(const struct tree_model *m, const struct kr_tree *tree);

/* Randomness from a number. */
struct kr_random tree_model_rng(struct kr_random_seeded *seeded, uint8_t number);

#endif
