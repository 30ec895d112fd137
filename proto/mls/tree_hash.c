/* Tree hashes and parent hashes, RFC 9420 §7.8 and §7.9. */
#include "tree_node.h"

#include <string.h>

enum {
	NODE_TYPE_LEAF = 1,
	NODE_TYPE_PARENT = 2,
};

/* The part of a set that lies in leaves [first, first + width). */
static struct kr_leaf_set within(struct kr_leaf_set set, uint32_t first, uint32_t width)
{
	while (set.num > 0 && set.leaves[0].v < first) {
		set.leaves++;
		set.num--;
	}
	while (set.num > 0 && set.leaves[set.num - 1].v - first >= width) {
		set.num--;
	}
	return set;
}

void kr_parent_write(
	struct kr_writer *w, const struct kr_parent *parent, struct kr_leaf_set except)
{
	size_t begin;

	kr_write_vec(w, kr_view(parent->encryption_key, sizeof(parent->encryption_key)));
	kr_write_vec(w, kr_parent_carried_hash(parent));
	begin = kr_write_vec_begin(w);
	for (size_t i = 0; i < parent->num_unmerged; i++) {
		if (!kr_leaf_set_has(except, parent->unmerged[i])) {
			kr_write_u32(w, parent->unmerged[i].v);
		}
	}
	kr_write_vec_end(w, begin);
}

/* With leaves in except taken for blank: that is the original tree hash of §7.9. */
static enum kr_err hash_node(struct kr_tree_node *node, uint32_t first, uint32_t width,
	struct kr_leaf_set except, uint8_t hash[KR_MLS_HASH_BYTES]);

/* LeafNodeHashInput */
static void write_leaf_input(struct kr_writer *w, const struct kr_tree_node *node,
	struct kr_leaf_index leaf, struct kr_leaf_set except)
{
	bool present = node->leaf != NULL && !kr_leaf_set_has(except, leaf);

	kr_write_u8(w, NODE_TYPE_LEAF);
	kr_write_u32(w, leaf.v);
	kr_write_optional(w, present);
	if (present) {
		kr_write_fixed(w, kr_view_bytes(&node->leaf->bytes));
	}
}

/* ParentNodeHashInput */
static enum kr_err write_parent_input(struct kr_writer *w,
	const struct kr_tree_node *node, uint32_t first, uint32_t width,
	struct kr_leaf_set except)
{
	uint8_t left[KR_MLS_HASH_BYTES];
	uint8_t right[KR_MLS_HASH_BYTES];
	uint32_t half = width / 2;
	enum kr_err err;

	if ((err = hash_node(node->left, first, half, except, left)) ||
		(err = hash_node(node->right, first + half, half, except, right))) {
		return err;
	}
	kr_write_u8(w, NODE_TYPE_PARENT);
	kr_write_optional(w, node->parent != NULL);
	if (node->parent != NULL) {
		kr_parent_write(w, node->parent, except);
	}
	kr_write_vec(w, kr_view(left, sizeof(left)));
	kr_write_vec(w, kr_view(right, sizeof(right)));
	return KR_OK;
}

/* With nothing to exclude below it, a node's own hash is taken or filled in: it is the
 * same for every tree that shares the node, because a node never changes its place. */
static enum kr_err hash_node(struct kr_tree_node *node, uint32_t first, uint32_t width,
	struct kr_leaf_set except, uint8_t hash[KR_MLS_HASH_BYTES])
{
	KR_AUTO_WRITER struct kr_writer w = {0};
	enum kr_err err = KR_OK;

	kr_writer_init(&w);
	except = within(except, first, width);
	if (except.num == 0 && node->has_hash) {
		memcpy(hash, node->hash, sizeof(node->hash));
		return KR_OK;
	}
	if (node->left == NULL) {
		write_leaf_input(&w, node, (struct kr_leaf_index){first}, except);
	} else if ((err = write_parent_input(&w, node, first, width, except))) {
		return err;
	}
	if (w.err != KR_OK) {
		return w.err;
	}
	kr_sha256(hash, kr_writer_view(&w));
	if (except.num == 0) {
		memcpy(node->hash, hash, sizeof(node->hash));
		node->has_hash = true;
	}
	return KR_OK;
}

/* The leaves below a node: the first, and how many. */
static uint32_t first_leaf(struct kr_node_index node)
{
	return (node.v + 1 - ((uint32_t)1 << kr_node_level(node))) / 2;
}

static uint32_t width_below(struct kr_node_index node)
{
	return (uint32_t)1 << kr_node_level(node);
}

static enum kr_err hash_at(const struct kr_tree *tree, struct kr_node_index node,
	struct kr_leaf_set except, uint8_t hash[KR_MLS_HASH_BYTES])
{
	/* The hash kept in a node is no part of its value: const in meaning. */
	struct kr_tree_node *found =
		(struct kr_tree_node *)(uintptr_t)kr_tree_node_at(tree, node);

	if (found == NULL) {
		return KR_ERR_ARGUMENT;
	}
	return hash_node(found, first_leaf(node), width_below(node), except, hash);
}

enum kr_err kr_tree_hash(const struct kr_tree *tree, struct kr_node_index node,
	uint8_t hash[KR_MLS_HASH_BYTES])
{
	return hash_at(tree, node, (struct kr_leaf_set){0}, hash);
}

enum kr_err kr_tree_root_hash(const struct kr_tree *tree, uint8_t hash[KR_MLS_HASH_BYTES])
{
	return kr_tree_hash(tree, kr_node_root(tree->num_leaves), hash);
}

enum kr_err kr_tree_parent_hash(const struct kr_tree *tree,
	const struct kr_parent *parent, struct kr_node_index sibling,
	uint8_t hash[KR_MLS_HASH_BYTES])
{
	KR_AUTO_WRITER struct kr_writer w = {0};
	uint8_t original[KR_MLS_HASH_BYTES];
	enum kr_err err = hash_at(tree, sibling, kr_parent_unmerged(parent), original);

	kr_writer_init(&w);
	if (err != KR_OK) {
		return err;
	}
	kr_write_vec(&w, kr_view(parent->encryption_key, sizeof(parent->encryption_key)));
	kr_write_vec(&w, kr_parent_carried_hash(parent));
	kr_write_vec(&w, kr_view(original, sizeof(original)));
	if (w.err != KR_OK) {
		return w.err;
	}
	kr_sha256(hash, kr_writer_view(&w));
	return KR_OK;
}
