/* Inside the tree: its nodes. For the tree's own files only. */
#ifndef KR_MLS_TREE_NODE_H
#define KR_MLS_TREE_NODE_H

#include "tree.h"

/* A leaf has no children; a parent has both. A blank node has no content. A node with
 * more than one reference is shared and must not change, apart from its hash being filled
 * in. */
struct kr_tree_node {
	unsigned num_refs;
	uint32_t num_members; /* leaves below that are not blank */
	struct kr_tree_node *left;
	struct kr_tree_node *right;
	struct kr_leaf *leaf;
	struct kr_parent *parent;
	bool has_hash;
	uint8_t hash[KR_MLS_HASH_BYTES];
};

/* The path from the root to a node, both included. */
struct kr_tree_trail {
	struct kr_tree_node *nodes[KR_TREE_MAX_LEVELS + 1];
	struct kr_node_index indices[KR_TREE_MAX_LEVELS + 1];
	size_t num;
};

/* NULL outside the tree. */
const struct kr_tree_node *kr_tree_node_at(
	const struct kr_tree *tree, struct kr_node_index node);

/* Make the path down to a node this tree's own (copying what is shared), forget its
 * hashes, and list it. The node must be inside the tree. KR_ERR_MEMORY. */
enum kr_err kr_tree_own_path(
	struct kr_tree *tree, struct kr_node_index node, struct kr_tree_trail *trail);

/* A blank subtree of this width; NULL without memory. */
struct kr_tree_node *kr_tree_node_blank(uint32_t num_leaves);
struct kr_tree_node *kr_tree_node_ref(struct kr_tree_node *node);
void kr_tree_node_unref(struct kr_tree_node *node);

/* Count the members again along a path, from the bottom up. */
void kr_tree_recount(struct kr_tree_trail *trail);

struct kr_parent *kr_parent_new(size_t num_unmerged); /* NULL without memory */
/* ParentNode, §7.1, with its unmerged leaves but for those in except. */
void kr_parent_write(
	struct kr_writer *w, const struct kr_parent *parent, struct kr_leaf_set except);
struct kr_leaf_set kr_parent_unmerged(const struct kr_parent *parent);
/* Its parent_hash: empty, or KR_MLS_HASH_BYTES. */
struct kr_view kr_parent_carried_hash(const struct kr_parent *parent);
void kr_parent_unref(struct kr_parent *parent);

#endif
