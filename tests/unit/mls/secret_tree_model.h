/* For tests of the secret tree: short ways to use one, and a model to hold it against,
 * which derives everything from the root each time and keeps what it likes, the plain
 * reading of RFC 9420 §9. */
#ifndef KRING_TESTS_SECRET_TREE_MODEL_H
#define KRING_TESTS_SECRET_TREE_MODEL_H

#include "proto/mls/secret_tree.h"

/* A tree from root_secret. Whatever goes wrong here fails the running test. */
extern const struct kr_secret root_secret;
struct kr_secret_tree *tree_new(uint32_t num_leaves, struct kr_secret_tree_limits limits);

/* Find and commit; the error if there is nothing to commit. */
enum kr_err tree_take(struct kr_secret_tree *tree, uint32_t leaf,
	enum kr_ratchet_kind kind, uint32_t generation);

/* What the tree stores; the caller's to free. */
void tree_record(struct kr_bytes *record, const struct kr_secret_tree *tree);
void tree_assert_record(
	const struct kr_secret_tree *tree, const struct kr_bytes *expected);

#define MODEL_LEAVES      16
#define MODEL_GENERATIONS 64

enum model_state {
	MODEL_AHEAD, /* not reached yet */
	MODEL_KEPT,
	MODEL_GONE,
};

struct model {
	uint32_t num_leaves;
	struct kr_secret_tree_limits limits;
	struct kr_secret encryption_secret;
	enum model_state keys[MODEL_LEAVES][2][MODEL_GENERATIONS];
};

void model_init(struct model *m, uint32_t num_leaves,
	const struct kr_secret *encryption_secret, struct kr_secret_tree_limits limits);

/* The secret of a node, by its distance from the root and by a leaf below it. */
struct kr_secret model_node_secret(
	const struct model *m, unsigned depth, struct kr_leaf_index leaf);
/* The secret that a ratchet has when generation is next. */
struct kr_secret model_ratchet_secret(const struct model *m, struct kr_leaf_index leaf,
	enum kr_ratchet_kind kind, uint32_t generation);
struct kr_message_key model_key(const struct model *m, struct kr_leaf_index leaf,
	enum kr_ratchet_kind kind, uint32_t generation);

/* The next generation of a ratchet. */
uint32_t model_next(
	const struct model *m, struct kr_leaf_index leaf, enum kr_ratchet_kind kind);

/* What kr_secret_tree_find has to return. */
enum kr_err model_find(const struct model *m, struct kr_leaf_index leaf,
	enum kr_ratchet_kind kind, uint32_t generation);

/* What kr_secret_tree_commit does after that. */
void model_take(struct model *m, struct kr_leaf_index leaf, enum kr_ratchet_kind kind,
	uint32_t generation);

/* The tree gives what the model says, for every leaf, kind and generation. */
void model_assert_same(const struct model *m, const struct kr_secret_tree *tree);

#endif
