/* The ratchet tree as bytes: whole, RFC 9420 §12.4.3.3, and as a difference. */
#include "tree_node.h"

#include <stdlib.h>
#include <string.h>

enum {
	NODE_BLANK = 0, /* in a difference only */
	NODE_LEAF = 1,
	NODE_PARENT = 2,
};

/* The content of one array entry; both NULL for a blank one. */
struct content {
	struct kr_leaf *leaf;
	struct kr_parent *parent;
};

static void content_free(struct content *c)
{
	kr_leaf_unref(c->leaf);
	kr_parent_unref(c->parent);
	*c = (struct content){0};
}

/* ---- Node contents ----------------------------------------------------------------- */

static enum kr_err read_parent(struct kr_reader *r, struct kr_parent **out)
{
	const uint8_t *key;
	struct kr_view hash;
	struct kr_view list;
	struct kr_reader entries;
	struct kr_parent *parent;
	enum kr_err err;

	*out = NULL;
	if ((err = kr_read_key(r, KR_X25519_BYTES, &key)) ||
		(err = kr_read_vec(r, &hash)) || (err = kr_read_vec(r, &list))) {
		return err;
	}
	if ((hash.len != 0 && hash.len != KR_MLS_HASH_BYTES) || list.len % 4 != 0) {
		return KR_ERR_ENCODING;
	}
	parent = kr_parent_new(list.len / 4);
	if (parent == NULL) {
		return KR_ERR_MEMORY;
	}
	memcpy(parent->encryption_key, key, sizeof(parent->encryption_key));
	if (hash.len > 0) {
		memcpy(parent->parent_hash, hash.data, sizeof(parent->parent_hash));
		parent->has_parent_hash = true;
	}
	entries = kr_reader(list);
	for (size_t i = 0; i < parent->num_unmerged; i++) {
		uint32_t leaf;

		kr_read_u32(&entries, &leaf); /* the length was checked above */
		parent->unmerged[i].v = leaf;
		if (leaf >= KR_TREE_MAX_LEAVES ||
			(i > 0 && leaf <= parent->unmerged[i - 1].v)) {
			kr_parent_unref(parent);
			return KR_ERR_TREE_UNMERGED;
		}
	}
	*out = parent;
	return KR_OK;
}

static enum kr_err read_leaf(struct kr_reader *r, struct kr_leaf **out)
{
	struct kr_leaf_node node;
	enum kr_err err = kr_leaf_node_read(r, &node);

	*out = NULL;
	return err != KR_OK ? err : kr_leaf_new(out, node.encoded);
}

/* Node: a type and the content that goes with it. */
static void write_content(struct kr_writer *w, const struct kr_tree_node *node)
{
	if (node->leaf != NULL) {
		kr_write_u8(w, NODE_LEAF);
		kr_write_fixed(w, kr_view_bytes(&node->leaf->bytes));
	} else {
		kr_write_u8(w, NODE_PARENT);
		kr_parent_write(w, node->parent, (struct kr_leaf_set){0});
	}
}

/* The type must fit the place: leaves stand at even indices. */
static enum kr_err read_content(
	struct kr_reader *r, struct kr_node_index index, struct content *out)
{
	uint8_t type;
	enum kr_err err = kr_read_u8(r, &type);

	*out = (struct content){0};
	if (err != KR_OK) {
		return err;
	}
	if (type != NODE_LEAF && type != NODE_PARENT) {
		return KR_ERR_ENCODING;
	}
	if ((type == NODE_LEAF) != kr_node_is_leaf(index)) {
		return KR_ERR_TREE_SHAPE;
	}
	return type == NODE_LEAF ? read_leaf(r, &out->leaf)
				 : read_parent(r, &out->parent);
}

/* ---- The whole tree ---------------------------------------------------------------- */

struct content_array {
	struct content *entries;
	size_t num;
	size_t cap;
};

static void content_array_free(struct content_array *array)
{
	for (size_t i = 0; i < array->num; i++) {
		content_free(&array->entries[i]);
	}
	free(array->entries);
}

/* An entry may be a single byte and costs a hundred times that in memory: hence the
 * bound. */
static enum kr_err read_entries(
	struct kr_view list, uint32_t max_leaves, struct content_array *array)
{
	struct kr_reader r = kr_reader(list);

	while (r.rest.len > 0) {
		struct content *entry;
		bool present;
		enum kr_err err = array->num < kr_num_nodes(max_leaves)
			? kr_read_optional(&r, &present)
			: KR_ERR_LIMIT;

		if (err != KR_OK) {
			return err;
		}
		if (array->num == array->cap) {
			size_t cap = array->cap == 0 ? 32 : 2 * array->cap;
			struct content *grown =
				realloc(array->entries, cap * sizeof(*array->entries));

			if (grown == NULL) {
				return KR_ERR_MEMORY;
			}
			array->entries = grown;
			array->cap = cap;
		}
		entry = &array->entries[array->num];
		*entry = (struct content){0};
		if (present &&
			(err = read_content(&r,
				 (struct kr_node_index){(uint32_t)array->num}, entry))) {
			return err;
		}
		array->num++;
	}
	return KR_OK;
}

/* The subtree with its root at an index; takes the contents out of the array. */
static struct kr_tree_node *build(
	struct content_array *array, struct kr_node_index index, uint32_t width)
{
	struct kr_tree_node *node = calloc(1, sizeof(*node));

	if (node == NULL) {
		return NULL;
	}
	node->num_refs = 1;
	if (index.v < array->num) {
		node->leaf = array->entries[index.v].leaf;
		node->parent = array->entries[index.v].parent;
		array->entries[index.v] = (struct content){0}; /* transferred */
	}
	if (width == 1) {
		node->num_members = node->leaf != NULL ? 1 : 0;
		return node;
	}
	node->left = build(array, kr_node_left(index), width / 2);
	node->right =
		node->left == NULL ? NULL : build(array, kr_node_right(index), width / 2);
	if (node->right == NULL) {
		kr_tree_node_unref(node);
		return NULL;
	}
	node->num_members = node->left->num_members + node->right->num_members;
	return node;
}

enum kr_err kr_tree_read(struct kr_tree *tree, struct kr_view encoded)
{
	return kr_tree_read_bounded(tree, encoded, KR_TREE_MAX_LEAVES);
}

enum kr_err kr_tree_read_bounded(
	struct kr_tree *tree, struct kr_view encoded, uint32_t max_leaves)
{
	struct content_array array = {0};
	struct kr_reader r = kr_reader(encoded);
	struct kr_view list;
	uint32_t num_leaves;
	enum kr_err err;

	*tree = (struct kr_tree){0};
	if ((err = kr_read_vec(&r, &list)) || (err = kr_read_end(&r)) ||
		(err = read_entries(list, max_leaves, &array))) {
		goto out;
	}
	/* The sender leaves out blank nodes at the right end, so the last one is not
	 * blank. */
	if (array.num == 0 ||
		(array.entries[array.num - 1].leaf == NULL &&
			array.entries[array.num - 1].parent == NULL)) {
		err = KR_ERR_TREE_SHAPE;
		goto out;
	}
	num_leaves = kr_full_width((uint32_t)(array.num / 2 + 1));
	tree->root = build(&array, kr_node_root(num_leaves), num_leaves);
	if (tree->root == NULL) {
		err = KR_ERR_MEMORY;
		goto out;
	}
	tree->num_leaves = num_leaves;
	/* As after a truncation: somebody stands in the right half. */
	if (num_leaves > 1 && tree->root->right->num_members == 0) {
		kr_tree_free(tree);
		err = KR_ERR_TREE_SHAPE;
	}
out:
	content_array_free(&array);
	return err;
}

static bool is_blank(const struct kr_tree_node *node)
{
	return node->leaf == NULL && node->parent == NULL;
}

/* In array order, up to and including the last index. */
static void write_nodes(struct kr_writer *w, const struct kr_tree_node *node,
	struct kr_node_index index, uint32_t last)
{
	if (node->left != NULL) {
		write_nodes(w, node->left, kr_node_left(index), last);
	}
	if (index.v <= last) {
		kr_write_optional(w, !is_blank(node));
		if (!is_blank(node)) {
			write_content(w, node);
		}
	}
	if (node->right != NULL && index.v < last) {
		write_nodes(w, node->right, kr_node_right(index), last);
	}
}

/* The rightmost member: in a tree that is not empty, the last entry that is not blank. */
static uint32_t last_member(const struct kr_tree *tree)
{
	const struct kr_tree_node *node = tree->root;
	uint32_t first = 0;

	for (uint32_t width = tree->num_leaves / 2; width > 0; width /= 2) {
		if (node->right->num_members > 0) {
			node = node->right;
			first += width;
		} else {
			node = node->left;
		}
	}
	return first;
}

void kr_tree_write(struct kr_writer *w, const struct kr_tree *tree)
{
	size_t begin = kr_write_vec_begin(w);

	if (tree->root != NULL) {
		write_nodes(w, tree->root, kr_node_root(tree->num_leaves),
			2 * last_member(tree));
	}
	kr_write_vec_end(w, begin);
}

/* ---- Differences ------------------------------------------------------------------- */

static void write_changes(struct kr_writer *w, const struct kr_tree *base,
	const struct kr_tree_node *old, const struct kr_tree_node *node,
	struct kr_node_index index)
{
	bool changed;

	if (old == NULL && base->num_leaves > 0 &&
		index.v == kr_node_root(base->num_leaves).v) {
		old = base->root; /* the tree has grown: here its old root hangs */
	}
	if (old == node) {
		return;
	}
	changed = old == NULL ? !is_blank(node)
			      : old->leaf != node->leaf || old->parent != node->parent;
	if (changed) {
		kr_write_u32(w, index.v);
		if (is_blank(node)) {
			kr_write_u8(w, NODE_BLANK);
		} else {
			write_content(w, node);
		}
	}
	if (node->left != NULL) {
		write_changes(w, base, old == NULL ? NULL : old->left, node->left,
			kr_node_left(index));
		write_changes(w, base, old == NULL ? NULL : old->right, node->right,
			kr_node_right(index));
	}
}

void kr_tree_diff_write(
	struct kr_writer *w, const struct kr_tree *base, const struct kr_tree *tree)
{
	struct kr_node_index root = kr_node_root(tree->num_leaves);
	const struct kr_tree_node *old = NULL;
	size_t begin;

	if (tree->num_leaves <= base->num_leaves) {
		old = kr_tree_node_at(base, root);
	}
	kr_write_u32(w, tree->num_leaves);
	begin = kr_write_vec_begin(w);
	write_changes(w, base, old, tree->root, root);
	kr_write_vec_end(w, begin);
}

/* The base with another width: its left part, or itself below blank nodes. */
static enum kr_err resize(struct kr_tree *tree, uint32_t num_leaves)
{
	while (tree->num_leaves > num_leaves) {
		struct kr_tree_node *left = kr_tree_node_ref(tree->root->left);

		kr_tree_node_unref(tree->root);
		tree->root = left;
		tree->num_leaves /= 2;
	}
	while (tree->num_leaves < num_leaves) {
		struct kr_tree_node *root = kr_tree_node_blank(1);

		if (root == NULL) {
			return KR_ERR_MEMORY;
		}
		root->right = kr_tree_node_blank(tree->num_leaves);
		if (root->right == NULL) {
			kr_tree_node_unref(root);
			return KR_ERR_MEMORY;
		}
		root->left = tree->root; /* transferred */
		root->num_members = tree->root->num_members;
		tree->root = root;
		tree->num_leaves *= 2;
	}
	return KR_OK;
}

static enum kr_err read_change(struct kr_reader *r, struct kr_tree *tree)
{
	struct content content = {0};
	struct kr_tree_trail trail;
	struct kr_node_index index;
	struct kr_reader type_ahead;
	uint8_t type;
	enum kr_err err;

	if ((err = kr_read_u32(r, &index.v))) {
		return err;
	}
	if (index.v >= kr_num_nodes(tree->num_leaves)) {
		return KR_ERR_TREE_SHAPE;
	}
	type_ahead = *r;
	if ((err = kr_read_u8(&type_ahead, &type))) {
		return err;
	}
	if (type == NODE_BLANK) {
		*r = type_ahead;
	} else if ((err = read_content(r, index, &content))) {
		return err;
	}
	if ((err = kr_tree_own_path(tree, index, &trail))) {
		content_free(&content);
		return err;
	}
	kr_leaf_unref(trail.nodes[trail.num - 1]->leaf);
	kr_parent_unref(trail.nodes[trail.num - 1]->parent);
	trail.nodes[trail.num - 1]->leaf = content.leaf;     /* transferred */
	trail.nodes[trail.num - 1]->parent = content.parent; /* transferred */
	kr_tree_recount(&trail);
	return KR_OK;
}

enum kr_err kr_tree_diff_read(struct kr_reader *r, const struct kr_tree *base,
	uint32_t max_leaves, struct kr_tree *tree)
{
	struct kr_reader probe = *r;
	struct kr_reader entries;
	struct kr_view list;
	uint32_t num_leaves;
	enum kr_err err;

	*tree = (struct kr_tree){0};
	if ((err = kr_read_u32(&probe, &num_leaves)) ||
		(err = kr_read_vec(&probe, &list))) {
		return err;
	}
	if (num_leaves == 0 || num_leaves > KR_TREE_MAX_LEAVES ||
		num_leaves != kr_full_width(num_leaves) || base->root == NULL) {
		return KR_ERR_TREE_SHAPE;
	}
	if (num_leaves > max_leaves) {
		return KR_ERR_LIMIT;
	}
	*tree = kr_tree_copy(base);
	if ((err = resize(tree, num_leaves))) {
		goto out;
	}
	for (entries = kr_reader(list); entries.rest.len > 0;) {
		if ((err = read_change(&entries, tree))) {
			goto out;
		}
	}
	*r = probe;
out:
	if (err != KR_OK) {
		kr_tree_free(tree);
	}
	return err;
}
