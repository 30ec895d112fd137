/* What a secret tree is made of; for secret_tree.c, which uses it, and
 * secret_tree_record.c, which stores it. */
#ifndef KR_MLS_SECRET_NODE_H
#define KR_MLS_SECRET_NODE_H

#include "kept_keys.h"
#include "secret_tree.h"

/* Generations go from 0 to 2^32 - 1; this one cannot be. */
#define KR_GENERATION_END ((uint64_t)1 << 32)

struct kr_ratchet {
	struct kr_secret secret; /* of next_generation */
	uint64_t next_generation;
};

/* A node holds its secret until something below it is needed. Then the secret is spent:
 * wiped, and replaced by what was derived from it, the children of a parent or the
 * ratchets of a leaf. Nodes below one that holds its secret do not exist. */
struct kr_secret_node {
	struct kr_secret secret;            /* zero when spent */
	struct kr_secret_node *children[2]; /* both or none */
	struct kr_ratchet *ratchets;        /* two, by enum kr_ratchet_kind, or NULL */
};

struct kr_secret_tree {
	unsigned height; /* of the root above the leaves: the width is 2^height */
	struct kr_secret_tree_limits limits;
	struct kr_secret_node *root;
	struct kr_kept_keys kept;
};

/* Wipe and free a node and all below it; NULL is fine. Depth is the tree's height. */
void kr_secret_node_free(struct kr_secret_node *node);

/* The ratchets of a leaf within the tree's width; NULL if it was not reached yet. */
struct kr_ratchet *kr_secret_tree_ratchets(
	const struct kr_secret_tree *tree, struct kr_leaf_index leaf);

/* An empty tree without a root; NULL without memory. */
struct kr_secret_tree *kr_secret_tree_alloc(
	unsigned height, struct kr_secret_tree_limits limits);

#endif
