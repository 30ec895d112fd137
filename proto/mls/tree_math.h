/* Indices in the array representation of a full binary tree, RFC 9420 Appendix C.
 *
 * Leaves have the even indices, and a node's level is how many one bits it ends in:
 *
 *	level 2           3
 *	level 1      1         5
 *	level 0    0   2     4   6
 *	leaf       0   1     2   3
 *
 * num_leaves is always a power of two: the tree's width with its blank leaves. Nothing
 * here allocates, fails or looks at a tree. Functions that could be asked for what does
 * not exist (the child of a leaf, the parent of the root) say so in their contract; the
 * caller checks first. */
#ifndef KR_MLS_TREE_MATH_H
#define KR_MLS_TREE_MATH_H

#include <kring/mls.h>

struct kr_node_index {
	uint32_t v;
};

/* The largest width: node indices stay below 2^31. */
#define KR_TREE_MAX_LEAVES ((uint32_t)1 << 30)

/* For a leaf below KR_TREE_MAX_LEAVES: check what a peer sent before. */
struct kr_node_index kr_node_of_leaf(struct kr_leaf_index leaf);
bool kr_node_is_leaf(struct kr_node_index node);
/* Only for a leaf node. */
struct kr_leaf_index kr_leaf_of_node(struct kr_node_index node);

/* Height above the leaves; 0 for a leaf. */
unsigned kr_node_level(struct kr_node_index node);
/* 2 * num_leaves - 1; 0 for an empty tree. */
uint32_t kr_num_nodes(uint32_t num_leaves);
/* The smallest power of two that is at least num; 1 for 0, and 0 (there is no such tree)
 * above KR_TREE_MAX_LEAVES. */
uint32_t kr_full_width(uint32_t num);

struct kr_node_index kr_node_root(uint32_t num_leaves);

struct kr_node_index kr_node_left(struct kr_node_index parent);  /* not for a leaf */
struct kr_node_index kr_node_right(struct kr_node_index parent); /* not for a leaf */
struct kr_node_index kr_node_parent(struct kr_node_index node);  /* not for the root */
struct kr_node_index kr_node_sibling(struct kr_node_index node); /* not for the root */

/* Whether descendant stands at or below ancestor. */
bool kr_node_is_below(struct kr_node_index descendant, struct kr_node_index ancestor);
/* The lowest node at or above both leaves (Appendix C, common_ancestor); the leaf itself
 * if they are the same. */
struct kr_node_index kr_node_common_ancestor(
	struct kr_leaf_index a, struct kr_leaf_index b);

#endif
