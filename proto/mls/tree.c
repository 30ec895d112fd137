/* The ratchet tree: its nodes, looking at it, and changing it. */
#include "tree_node.h"

#include <stdlib.h>
#include <string.h>

/* ---- Nodes ------------------------------------------------------------------------- */

struct kr_parent *kr_parent_new(size_t num_unmerged)
{
	struct kr_parent *parent =
		calloc(1, sizeof(*parent) + num_unmerged * sizeof(parent->unmerged[0]));

	if (parent != NULL) {
		parent->num_refs = 1;
		parent->num_unmerged = num_unmerged;
	}
	return parent;
}

struct kr_leaf_set kr_parent_unmerged(const struct kr_parent *parent)
{
	return (struct kr_leaf_set){parent->unmerged, parent->num_unmerged};
}

struct kr_view kr_parent_carried_hash(const struct kr_parent *parent)
{
	return kr_view(
		parent->parent_hash, parent->has_parent_hash ? KR_MLS_HASH_BYTES : 0);
}

void kr_parent_unref(struct kr_parent *parent)
{
	if (parent != NULL && --parent->num_refs == 0) {
		free(parent);
	}
}

struct kr_tree_node *kr_tree_node_ref(struct kr_tree_node *node)
{
	if (node != NULL) {
		node->num_refs++;
	}
	return node;
}

/* Recursion is as deep as the tree is tall: KR_TREE_MAX_LEVELS. */
void kr_tree_node_unref(struct kr_tree_node *node)
{
	if (node == NULL || --node->num_refs > 0) {
		return;
	}
	kr_tree_node_unref(node->left);
	kr_tree_node_unref(node->right);
	kr_leaf_unref(node->leaf);
	kr_parent_unref(node->parent);
	free(node);
}

struct kr_tree_node *kr_tree_node_blank(uint32_t num_leaves)
{
	struct kr_tree_node *node = calloc(1, sizeof(*node));

	if (node == NULL) {
		return NULL;
	}
	node->num_refs = 1;
	if (num_leaves > 1) {
		node->left = kr_tree_node_blank(num_leaves / 2);
		node->right =
			node->left == NULL ? NULL : kr_tree_node_blank(num_leaves / 2);
		if (node->right == NULL) {
			kr_tree_node_unref(node);
			return NULL;
		}
	}
	return node;
}

/* Replace a shared node by a copy that shares its children and content. */
static enum kr_err own(struct kr_tree_node **slot)
{
	struct kr_tree_node *shared = *slot;
	struct kr_tree_node *copy;

	if (shared->num_refs > 1) {
		copy = malloc(sizeof(*copy));
		if (copy == NULL) {
			return KR_ERR_MEMORY;
		}
		*copy = *shared;
		copy->num_refs = 1;
		kr_tree_node_ref(copy->left);
		kr_tree_node_ref(copy->right);
		kr_leaf_ref(copy->leaf);
		if (copy->parent != NULL) {
			copy->parent->num_refs++;
		}
		shared->num_refs--;
		*slot = copy;
	}
	(*slot)->has_hash = false;
	return KR_OK;
}

enum kr_err kr_tree_own_path(
	struct kr_tree *tree, struct kr_node_index node, struct kr_tree_trail *trail)
{
	struct kr_tree_node **slot = &tree->root;
	struct kr_node_index at = kr_node_root(tree->num_leaves);

	trail->num = 0;
	for (;;) {
		enum kr_err err = own(slot);

		if (err != KR_OK) {
			return err;
		}
		trail->nodes[trail->num] = *slot;
		trail->indices[trail->num++] = at;
		if (at.v == node.v) {
			return KR_OK;
		}
		if (node.v < at.v) {
			slot = &(*slot)->left;
			at = kr_node_left(at);
		} else {
			slot = &(*slot)->right;
			at = kr_node_right(at);
		}
	}
}

const struct kr_tree_node *kr_tree_node_at(
	const struct kr_tree *tree, struct kr_node_index node)
{
	const struct kr_tree_node *found = tree->root;
	struct kr_node_index at;

	if (node.v >= kr_num_nodes(tree->num_leaves)) {
		return NULL;
	}
	for (at = kr_node_root(tree->num_leaves); at.v != node.v;) {
		if (node.v < at.v) {
			found = found->left;
			at = kr_node_left(at);
		} else {
			found = found->right;
			at = kr_node_right(at);
		}
	}
	return found;
}

void kr_tree_recount(struct kr_tree_trail *trail)
{
	for (size_t i = trail->num; i-- > 0;) {
		struct kr_tree_node *node = trail->nodes[i];

		if (node->left == NULL) {
			node->num_members = node->leaf != NULL ? 1 : 0;
		} else {
			node->num_members =
				node->left->num_members + node->right->num_members;
		}
	}
}

/* ---- Whole trees ------------------------------------------------------------------- */

void kr_tree_free(struct kr_tree *tree)
{
	if (tree != NULL) {
		kr_tree_node_unref(tree->root);
		*tree = (struct kr_tree){0};
	}
}

struct kr_tree kr_tree_copy(const struct kr_tree *tree)
{
	kr_tree_node_ref(tree->root);
	return *tree;
}

/* ---- Looking ----------------------------------------------------------------------- */

uint32_t kr_tree_num_members(const struct kr_tree *tree)
{
	return tree->root == NULL ? 0 : tree->root->num_members;
}

const struct kr_leaf *kr_tree_leaf(const struct kr_tree *tree, struct kr_leaf_index leaf)
{
	if (leaf.v >= tree->num_leaves) {
		return NULL;
	}
	return kr_tree_node_at(tree, kr_node_of_leaf(leaf))->leaf;
}

const struct kr_parent *kr_tree_parent(
	const struct kr_tree *tree, struct kr_node_index node)
{
	const struct kr_tree_node *found = kr_tree_node_at(tree, node);

	return found == NULL ? NULL : found->parent;
}

static const uint8_t *node_key(const struct kr_tree_node *node)
{
	if (node == NULL) {
		return NULL;
	}
	if (node->leaf != NULL) {
		return node->leaf->node.encryption_key;
	}
	return node->parent != NULL ? node->parent->encryption_key : NULL;
}

const uint8_t *kr_tree_node_key(const struct kr_tree *tree, struct kr_node_index node)
{
	return node_key(kr_tree_node_at(tree, node));
}

static enum kr_err each_member(const struct kr_tree_node *node, uint32_t first,
	uint32_t width,
	enum kr_err (*visit)(
		void *ctx, struct kr_leaf_index leaf, const struct kr_leaf *content),
	void *ctx)
{
	enum kr_err err;

	if (node == NULL || node->num_members == 0) {
		return KR_OK;
	}
	if (node->leaf != NULL) {
		return visit(ctx, (struct kr_leaf_index){first}, node->leaf);
	}
	if ((err = each_member(node->left, first, width / 2, visit, ctx))) {
		return err;
	}
	return each_member(node->right, first + width / 2, width / 2, visit, ctx);
}

enum kr_err kr_tree_each_member(const struct kr_tree *tree,
	enum kr_err (*visit)(
		void *ctx, struct kr_leaf_index leaf, const struct kr_leaf *content),
	void *ctx)
{
	return each_member(tree->root, 0, tree->num_leaves, visit, ctx);
}

struct key_search {
	const uint8_t *key;
	struct kr_leaf_index found;
};

static enum kr_err match_signature_key(
	void *ctx, struct kr_leaf_index leaf, const struct kr_leaf *content)
{
	struct key_search *search = ctx;

	if (memcmp(content->node.signature_key, search->key, KR_ED25519_PUBLIC_BYTES) !=
		0) {
		return KR_OK;
	}
	search->found = leaf;
	return KR_ERR_STATE; /* stop */
}

bool kr_tree_find_signature_key(const struct kr_tree *tree,
	const uint8_t key[KR_ED25519_PUBLIC_BYTES], struct kr_leaf_index *leaf)
{
	struct key_search search = {.key = key};
	bool found = kr_tree_each_member(tree, match_signature_key, &search) != KR_OK;

	*leaf = search.found;
	return found;
}

void kr_node_list_free(struct kr_node_list *list)
{
	free(list->nodes);
	*list = (struct kr_node_list){0};
}

static enum kr_err node_list_push(struct kr_node_list *list, struct kr_node_index node)
{
	if (list->num == list->cap) {
		size_t cap = list->cap == 0 ? 16 : 2 * list->cap;
		struct kr_node_index *grown = realloc(list->nodes, cap * sizeof(*grown));

		if (grown == NULL) {
			return KR_ERR_MEMORY;
		}
		list->nodes = grown;
		list->cap = cap;
	}
	list->nodes[list->num++] = node;
	return KR_OK;
}

bool kr_leaf_set_has(struct kr_leaf_set set, struct kr_leaf_index leaf)
{
	while (set.num > 0) {
		size_t middle = set.num / 2;

		if (set.leaves[middle].v == leaf.v) {
			return true;
		}
		if (set.leaves[middle].v < leaf.v) {
			set.leaves += middle + 1;
			set.num -= middle + 1;
		} else {
			set.num = middle;
		}
	}
	return false;
}

static enum kr_err resolve(const struct kr_tree_node *node, struct kr_node_index index,
	struct kr_leaf_set except, struct kr_node_list *out)
{
	enum kr_err err;

	if (node->left == NULL) {
		if (node->leaf == NULL ||
			kr_leaf_set_has(except, kr_leaf_of_node(index))) {
			return KR_OK;
		}
		return node_list_push(out, index);
	}
	if (node->parent == NULL) {
		if (node->num_members == 0) {
			return KR_OK;
		}
		if ((err = resolve(node->left, kr_node_left(index), except, out))) {
			return err;
		}
		return resolve(node->right, kr_node_right(index), except, out);
	}
	if ((err = node_list_push(out, index))) {
		return err;
	}
	for (size_t i = 0; i < node->parent->num_unmerged; i++) {
		struct kr_leaf_index leaf = node->parent->unmerged[i];

		if (kr_leaf_set_has(except, leaf)) {
			continue;
		}
		if ((err = node_list_push(out, kr_node_of_leaf(leaf)))) {
			return err;
		}
	}
	return KR_OK;
}

enum kr_err kr_tree_resolution(const struct kr_tree *tree, struct kr_node_index node,
	struct kr_leaf_set except, struct kr_node_list *out)
{
	const struct kr_tree_node *start = kr_tree_node_at(tree, node);

	if (start == NULL) {
		return KR_ERR_ARGUMENT;
	}
	return resolve(start, node, except, out);
}

/* A node of the direct path is left out when its copath child resolves to nothing; that
 * is so exactly when no member stands below that child, since a parent with content has
 * one. */
void kr_tree_filtered_path(const struct kr_tree *tree, struct kr_leaf_index leaf,
	struct kr_filtered_path *path)
{
	const struct kr_node_index target = kr_node_of_leaf(leaf);
	const struct kr_tree_node *node = tree->root;
	struct kr_node_index at = kr_node_root(tree->num_leaves);
	struct kr_filtered_path down = {0};

	while (at.v != target.v) {
		bool go_left = target.v < at.v;
		const struct kr_tree_node *copath = go_left ? node->right : node->left;

		if (copath->num_members > 0) {
			down.steps[down.num++] = (struct kr_path_step){
				.node = at,
				.copath = go_left ? kr_node_right(at) : kr_node_left(at),
			};
		}
		node = go_left ? node->left : node->right;
		at = go_left ? kr_node_left(at) : kr_node_right(at);
	}
	path->num = down.num;
	for (size_t i = 0; i < down.num; i++) {
		path->steps[i] = down.steps[down.num - 1 - i];
	}
}

/* ---- Changing ---------------------------------------------------------------------- */

static void set_leaf_content(struct kr_tree_node *node, struct kr_leaf *content)
{
	struct kr_leaf *old = node->leaf;

	node->leaf = kr_leaf_ref(content);
	kr_leaf_unref(old);
}

static void set_parent_content(struct kr_tree_node *node, struct kr_parent *content)
{
	kr_parent_unref(node->parent);
	node->parent = content; /* transferred */
}

/* Twice the width: the old root becomes the left child, §7.7. */
static enum kr_err extend(struct kr_tree *tree)
{
	uint32_t num_leaves = tree->num_leaves == 0 ? 1 : 2 * tree->num_leaves;
	struct kr_tree_node *root;

	if (num_leaves > KR_TREE_MAX_LEAVES) {
		return KR_ERR_LIMIT;
	}
	if (tree->root == NULL) {
		root = kr_tree_node_blank(1);
	} else {
		root = calloc(1, sizeof(*root));
		if (root != NULL) {
			root->num_refs = 1;
			root->num_members = tree->root->num_members;
			root->right = kr_tree_node_blank(tree->num_leaves);
			if (root->right == NULL) {
				free(root);
				return KR_ERR_MEMORY;
			}
			root->left = tree->root; /* transferred */
		}
	}
	if (root == NULL) {
		return KR_ERR_MEMORY;
	}
	tree->root = root;
	tree->num_leaves = num_leaves;
	return KR_OK;
}

/* Only in a tree that has one. */
static struct kr_leaf_index leftmost_blank(const struct kr_tree *tree)
{
	const struct kr_tree_node *node = tree->root;
	uint32_t first = 0;

	for (uint32_t width = tree->num_leaves / 2; width > 0; width /= 2) {
		if (node->left->num_members < width) {
			node = node->left;
		} else {
			node = node->right;
			first += width;
		}
	}
	return (struct kr_leaf_index){first};
}

/* A copy of a parent with one more unmerged leaf, kept sorted (§7.1). */
static struct kr_parent *with_unmerged(
	const struct kr_parent *parent, struct kr_leaf_index leaf)
{
	struct kr_parent *copy = kr_parent_new(parent->num_unmerged + 1);
	size_t at = 0;

	if (copy == NULL) {
		return NULL;
	}
	memcpy(copy->encryption_key, parent->encryption_key,
		sizeof(copy->encryption_key));
	memcpy(copy->parent_hash, parent->parent_hash, sizeof(copy->parent_hash));
	copy->has_parent_hash = parent->has_parent_hash;
	while (at < parent->num_unmerged && parent->unmerged[at].v < leaf.v) {
		copy->unmerged[at] = parent->unmerged[at];
		at++;
	}
	copy->unmerged[at] = leaf;
	for (; at < parent->num_unmerged; at++) {
		copy->unmerged[at + 1] = parent->unmerged[at];
	}
	return copy;
}

enum kr_err kr_tree_place(struct kr_tree *tree, struct kr_leaf_index *index)
{
	enum kr_err err;

	*index = (struct kr_leaf_index){0};
	if (kr_tree_num_members(tree) == tree->num_leaves && (err = extend(tree))) {
		return err;
	}
	*index = leftmost_blank(tree);
	return KR_OK;
}

enum kr_err kr_tree_add(
	struct kr_tree *tree, struct kr_leaf *content, struct kr_leaf_index *index)
{
	struct kr_tree_trail trail;
	enum kr_err err = kr_tree_place(tree, index);

	if (err != KR_OK ||
		(err = kr_tree_own_path(tree, kr_node_of_leaf(*index), &trail))) {
		return err;
	}
	set_leaf_content(trail.nodes[trail.num - 1], content);
	for (size_t i = 0; i + 1 < trail.num; i++) {
		struct kr_parent *changed;

		if (trail.nodes[i]->parent == NULL) {
			continue;
		}
		changed = with_unmerged(trail.nodes[i]->parent, *index);
		if (changed == NULL) {
			return KR_ERR_MEMORY;
		}
		set_parent_content(trail.nodes[i], changed);
	}
	kr_tree_recount(&trail);
	return KR_OK;
}

/* Set or blank a leaf and blank its direct path. */
static enum kr_err replace(
	struct kr_tree *tree, struct kr_leaf_index index, struct kr_leaf *content)
{
	struct kr_tree_trail trail;
	enum kr_err err;

	if (kr_tree_leaf(tree, index) == NULL) {
		return KR_ERR_LEAF_INDEX;
	}
	if ((err = kr_tree_own_path(tree, kr_node_of_leaf(index), &trail))) {
		return err;
	}
	set_leaf_content(trail.nodes[trail.num - 1], content);
	for (size_t i = 0; i + 1 < trail.num; i++) {
		set_parent_content(trail.nodes[i], NULL);
	}
	kr_tree_recount(&trail);
	return KR_OK;
}

enum kr_err kr_tree_update(
	struct kr_tree *tree, struct kr_leaf_index index, struct kr_leaf *content)
{
	return replace(tree, index, content);
}

/* While the right half holds nobody the tree is its left half, §7.7. */
static void truncate_tree(struct kr_tree *tree)
{
	while (tree->num_leaves > 1 && tree->root->right->num_members == 0) {
		struct kr_tree_node *left = kr_tree_node_ref(tree->root->left);

		kr_tree_node_unref(tree->root);
		tree->root = left;
		tree->num_leaves /= 2;
	}
	if (tree->num_leaves == 1 && tree->root->num_members == 0) {
		kr_tree_free(tree);
	}
}

enum kr_err kr_tree_remove(struct kr_tree *tree, struct kr_leaf_index index)
{
	enum kr_err err = replace(tree, index, NULL);

	if (err == KR_OK) {
		truncate_tree(tree);
	}
	return err;
}

enum kr_err kr_tree_set_leaf(
	struct kr_tree *tree, struct kr_leaf_index index, struct kr_leaf *content)
{
	struct kr_tree_trail trail;
	enum kr_err err;

	if (index.v >= tree->num_leaves) {
		return KR_ERR_LEAF_INDEX;
	}
	if ((err = kr_tree_own_path(tree, kr_node_of_leaf(index), &trail))) {
		return err;
	}
	set_leaf_content(trail.nodes[trail.num - 1], content);
	kr_tree_recount(&trail);
	return KR_OK;
}

/* The step of the filtered path at a node, or NULL; steps go up, so indices are not
 * sorted. */
static const struct kr_path_step *step_at(
	const struct kr_filtered_path *path, struct kr_node_index node, size_t *position)
{
	for (size_t i = 0; i < path->num; i++) {
		if (path->steps[i].node.v == node.v) {
			*position = i;
			return &path->steps[i];
		}
	}
	return NULL;
}

enum kr_err kr_tree_set_path(struct kr_tree *tree, struct kr_leaf_index index,
	const struct kr_filtered_path *path, const uint8_t (*keys)[KR_X25519_BYTES],
	uint8_t leaf_parent_hash[KR_MLS_HASH_BYTES], bool *has_leaf_parent_hash)
{
	struct kr_tree_trail trail;
	uint8_t hash[KR_MLS_HASH_BYTES] = {0};
	bool has_hash = false; /* the topmost node has none */
	enum kr_err err;

	if ((err = kr_tree_own_path(tree, kr_node_of_leaf(index), &trail))) {
		return err;
	}
	/* From the root down: each node carries the hash over the next one above it. */
	for (size_t i = 0; i + 1 < trail.num; i++) {
		size_t position = 0;
		const struct kr_path_step *step =
			step_at(path, trail.indices[i], &position);
		struct kr_parent *fresh = NULL;

		if (step != NULL) {
			fresh = kr_parent_new(0);
			if (fresh == NULL) {
				return KR_ERR_MEMORY;
			}
			memcpy(fresh->encryption_key, keys[position],
				sizeof(keys[position]));
			memcpy(fresh->parent_hash, hash, sizeof(hash));
			fresh->has_parent_hash = has_hash;
		}
		set_parent_content(trail.nodes[i], fresh);
		if (step != NULL) {
			if ((err = kr_tree_parent_hash(
				     tree, fresh, step->copath, hash))) {
				return err;
			}
			has_hash = true;
		}
	}
	memcpy(leaf_parent_hash, hash, sizeof(hash));
	*has_leaf_parent_hash = has_hash;
	return KR_OK;
}
