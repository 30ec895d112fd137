/* The ratchet tree, RFC 9420 §7, as a persistent tree.
 *
 * Nodes are shared between trees and counted; whoever changes a tree copies the path from
 * the root down to the change and shares the rest. So a copy of a tree costs nothing, a
 * commit is worked out on a copy and takes effect by swapping, a failure is undone by
 * dropping the copy, and the trees of past epochs cost only what differs. A tree hash is
 * kept in its node: after a change only the copied path is hashed again.
 *
 * The tree is full (its width is a power of two); a blank node is a node without
 * content. */
#ifndef KR_MLS_TREE_H
#define KR_MLS_TREE_H

#include "leaf_node.h"
#include "tree_math.h"

/* Height of the tallest tree, and so the most nodes on a direct path. */
#define KR_TREE_MAX_LEVELS 31

/* ParentNode, §7.1, without its public key's length. Shared and immutable once in a
 * tree. */
struct kr_parent {
	unsigned num_refs;
	uint8_t encryption_key[KR_X25519_BYTES];
	uint8_t parent_hash[KR_MLS_HASH_BYTES];
	bool has_parent_hash; /* else it is the empty string */
	size_t num_unmerged;
	struct kr_leaf_index unmerged[]; /* ascending */
};

struct kr_tree_node;

/* Some leaves, ascending and borrowed; zeroed: none. */
struct kr_leaf_set {
	const struct kr_leaf_index *leaves;
	size_t num;
};
bool kr_leaf_set_has(struct kr_leaf_set set, struct kr_leaf_index leaf);

struct kr_tree {
	struct kr_tree_node *root; /* NULL: no leaf at all */
	uint32_t num_leaves;       /* the width; a power of two, or 0 */
};

/* ---- Whole trees ------------------------------------------------------------------- */

void kr_tree_free(struct kr_tree *tree);
/* Shares all nodes; never fails. */
struct kr_tree kr_tree_copy(const struct kr_tree *tree);

/* optional<Node> ratchet_tree<V>, §12.4.3.3, with its length, whole. KR_ERR_TREE_SHAPE,
 * KR_ERR_TREE_UNMERGED, decoding errors. Not verified. */
enum kr_err kr_tree_read(struct kr_tree *tree, struct kr_view encoded);
/* Likewise, of somebody who is not to make us hold more: max_leaves is the largest width.
 * KR_ERR_LIMIT. */
enum kr_err kr_tree_read_bounded(
	struct kr_tree *tree, struct kr_view encoded, uint32_t max_leaves);
void kr_tree_write(struct kr_writer *w, const struct kr_tree *tree);

/* What differs between two trees, for storing one next to the other: nodes that are the
 * same object count as equal. Reading needs the same base; KR_ERR_LIMIT beyond
 * max_leaves. */
void kr_tree_diff_write(
	struct kr_writer *w, const struct kr_tree *base, const struct kr_tree *tree);
enum kr_err kr_tree_diff_read(struct kr_reader *r, const struct kr_tree *base,
	uint32_t max_leaves, struct kr_tree *tree);

/* ---- Looking ----------------------------------------------------------------------- */

uint32_t kr_tree_num_members(const struct kr_tree *tree);
/* NULL for a blank leaf or one outside the tree. */
const struct kr_leaf *kr_tree_leaf(const struct kr_tree *tree, struct kr_leaf_index leaf);
/* NULL for a blank parent; node must be a parent inside the tree. */
const struct kr_parent *kr_tree_parent(
	const struct kr_tree *tree, struct kr_node_index node);
/* The public key of any node, NULL if blank. */
const uint8_t *kr_tree_node_key(const struct kr_tree *tree, struct kr_node_index node);
/* The first member whose signature key it is. */
bool kr_tree_find_signature_key(const struct kr_tree *tree,
	const uint8_t key[KR_ED25519_PUBLIC_BYTES], struct kr_leaf_index *leaf);
/* Calls visit for every member in order until it returns something else than KR_OK. */
enum kr_err kr_tree_each_member(const struct kr_tree *tree,
	enum kr_err (*visit)(
		void *ctx, struct kr_leaf_index leaf, const struct kr_leaf *content),
	void *ctx);

/* A growing list of node indices; freed by its owner. */
struct kr_node_list {
	struct kr_node_index *nodes;
	size_t num;
	size_t cap;
};
void kr_node_list_free(struct kr_node_list *list);

/* The resolution of a node, §4.1.1, without the leaves in except, appended to out. */
enum kr_err kr_tree_resolution(const struct kr_tree *tree, struct kr_node_index node,
	struct kr_leaf_set except, struct kr_node_list *out);

/* One step of a filtered direct path, §4.1.2. */
struct kr_path_step {
	struct kr_node_index node;
	struct kr_node_index copath; /* its child that is off the path */
};
struct kr_filtered_path {
	struct kr_path_step steps[KR_TREE_MAX_LEVELS];
	size_t num;
};
void kr_tree_filtered_path(const struct kr_tree *tree, struct kr_leaf_index leaf,
	struct kr_filtered_path *path);

/* ---- Changing ---------------------------------------------------------------------- */
/* On KR_ERR_MEMORY the tree is still whole but its content unspecified: drop it. */

/* Put a leaf at the leftmost blank place, extend if there is none, and mark it unmerged
 * in its direct path, §7.7 and §12.1.1. Takes a reference. KR_ERR_LIMIT at the largest
 * width. */
enum kr_err kr_tree_add(
	struct kr_tree *tree, struct kr_leaf *content, struct kr_leaf_index *index);
/* The place where kr_tree_add would put a leaf, made if there is none, left blank: for
 * who joins by an external commit, whose path then brings the leaf. */
enum kr_err kr_tree_place(struct kr_tree *tree, struct kr_leaf_index *index);
/* Replace a member's leaf and blank its direct path, §12.1.2. KR_ERR_LEAF_INDEX. */
enum kr_err kr_tree_update(
	struct kr_tree *tree, struct kr_leaf_index index, struct kr_leaf *content);
/* Blank a member's leaf and its direct path, and truncate, §12.1.3. KR_ERR_LEAF_INDEX. */
enum kr_err kr_tree_remove(struct kr_tree *tree, struct kr_leaf_index index);

/* The public side of an update path, §7.5: keys for the steps of the filtered path, the
 * other nodes of the direct path blanked, parent hashes from the top down.
 * leaf_parent_hash is what the new leaf must carry. */
enum kr_err kr_tree_set_path(struct kr_tree *tree, struct kr_leaf_index index,
	const struct kr_filtered_path *path, const uint8_t (*keys)[KR_X25519_BYTES],
	uint8_t leaf_parent_hash[KR_MLS_HASH_BYTES], bool *has_leaf_parent_hash);
/* The leaf alone, its direct path untouched. */
enum kr_err kr_tree_set_leaf(
	struct kr_tree *tree, struct kr_leaf_index index, struct kr_leaf *content);

/* ---- Hashes and verification ------------------------------------------------------- */

/* The tree hash of a subtree, §7.8; of the whole tree with the root. */
enum kr_err kr_tree_hash(const struct kr_tree *tree, struct kr_node_index node,
	uint8_t hash[KR_MLS_HASH_BYTES]);
enum kr_err kr_tree_root_hash(
	const struct kr_tree *tree, uint8_t hash[KR_MLS_HASH_BYTES]);

/* The hash that a child carries for its parent, §7.9: of the parent's content and the
 * original tree hash of the sibling. */
enum kr_err kr_tree_parent_hash(const struct kr_tree *tree,
	const struct kr_parent *parent, struct kr_node_index sibling,
	uint8_t hash[KR_MLS_HASH_BYTES]);

/* What a joiner checks, §12.4.3.1: parent hashes, unmerged leaves, every leaf (§7.3) and
 * that no key stands twice. Beyond that KR_ERR_TREE_SHAPE for a parent with content and
 * nobody on one of its sides, which no commit makes. */
enum kr_err kr_tree_verify(const struct kr_tree *tree, struct kr_view group_id,
	struct kr_view group_extensions);
enum kr_err kr_tree_verify_parent_hashes(const struct kr_tree *tree);

/* KR_ERR_TREE_KEY_REUSED if an encryption key of the whole tree stands twice, or
 * KR_ERR_LEAF_KEY_REUSED for two equal signature keys. One pass and a sort: O(n log
 * n). */
enum kr_err kr_tree_verify_unique_keys(const struct kr_tree *tree);

/* Keys that a commit brings in, which must not stand anywhere else in the tree. */
struct kr_new_keys {
	const uint8_t *const *encryption;
	size_t num_encryption;
	const uint8_t *const *signature;
	size_t num_signature;
};

/* In the tree after the change: whether each of them stands exactly once. One pass, no
 * memory. */
bool kr_tree_keys_stand_once(const struct kr_tree *tree, const struct kr_new_keys *keys);

/* In the tree before the change: whether none of these encryption keys stands in it. */
bool kr_tree_has_none_of(
	const struct kr_tree *tree, const uint8_t *const *encryption_keys, size_t num);

#endif
