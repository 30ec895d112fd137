#include "tree_math.h"

struct kr_node_index kr_node_of_leaf(struct kr_leaf_index leaf)
{
	return (struct kr_node_index){leaf.v * 2};
}

bool kr_node_is_leaf(struct kr_node_index node)
{
	return node.v % 2 == 0;
}

struct kr_leaf_index kr_leaf_of_node(struct kr_node_index node)
{
	return (struct kr_leaf_index){node.v / 2};
}

unsigned kr_node_level(struct kr_node_index node)
{
	/* Indices stay below 2^31, so there is always a zero bit to find. */
	return (unsigned)__builtin_ctz(~node.v);
}

uint32_t kr_num_nodes(uint32_t num_leaves)
{
	return num_leaves == 0 ? 0 : 2 * num_leaves - 1;
}

uint32_t kr_full_width(uint32_t num)
{
	uint32_t width = 1;

	if (num > KR_TREE_MAX_LEAVES) {
		return 0;
	}
	while (width < num) {
		width *= 2;
	}
	return width;
}

struct kr_node_index kr_node_root(uint32_t num_leaves)
{
	return (struct kr_node_index){num_leaves - 1};
}

struct kr_node_index kr_node_left(struct kr_node_index parent)
{
	uint32_t level = kr_node_level(parent);

	return (struct kr_node_index){parent.v ^ (uint32_t)1 << (level - 1)};
}

struct kr_node_index kr_node_right(struct kr_node_index parent)
{
	uint32_t level = kr_node_level(parent);

	return (struct kr_node_index){parent.v ^ (uint32_t)3 << (level - 1)};
}

struct kr_node_index kr_node_parent(struct kr_node_index node)
{
	uint32_t level = kr_node_level(node);
	uint32_t is_right = node.v >> (level + 1) & 1;

	return (struct kr_node_index){
		(node.v | (uint32_t)1 << level) ^ is_right << (level + 1)};
}

struct kr_node_index kr_node_sibling(struct kr_node_index node)
{
	return (struct kr_node_index){node.v ^ (uint32_t)2 << kr_node_level(node)};
}

bool kr_node_is_below(struct kr_node_index descendant, struct kr_node_index ancestor)
{
	uint32_t reach = (uint32_t)1 << kr_node_level(ancestor);
	uint32_t distance = descendant.v > ancestor.v ? descendant.v - ancestor.v
						      : ancestor.v - descendant.v;

	return distance < reach;
}

struct kr_node_index kr_node_common_ancestor(
	struct kr_leaf_index a, struct kr_leaf_index b)
{
	struct kr_node_index node = kr_node_of_leaf(a);

	while (!kr_node_is_below(kr_node_of_leaf(b), node)) {
		node = kr_node_parent(node);
	}
	return node;
}
