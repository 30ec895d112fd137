/* What a joiner checks of a tree that somebody gave it: RFC 9420 §7.3, §7.9.2,
 * §12.4.3.1. */
#include "tree_node.h"

#include <stdlib.h>
#include <string.h>

/* ---- Parent hashes, §7.9.2 --------------------------------------------------------- */

/* The parent hash that a node carries; empty if none. */
static struct kr_view carried_hash(const struct kr_tree_node *node)
{
	if (node->leaf != NULL) {
		return node->leaf->node.parent_hash;
	}
	return node->parent != NULL ? kr_parent_carried_hash(node->parent)
				    : kr_view(NULL, 0);
}

/* Whether the resolution without one entry is exactly the parent's unmerged leaves that
 * stand below this child; both are ascending. */
static bool rest_is_unmerged(const struct kr_node_list *resolution, size_t left_out,
	const struct kr_parent *parent, struct kr_node_index child)
{
	size_t at = 0;

	for (size_t i = 0; i < parent->num_unmerged; i++) {
		struct kr_node_index leaf = kr_node_of_leaf(parent->unmerged[i]);

		if (!kr_node_is_below(leaf, child)) {
			continue;
		}
		at += at == left_out ? 1 : 0;
		if (at >= resolution->num || resolution->nodes[at].v != leaf.v) {
			return false;
		}
		at++;
	}
	at += at == left_out ? 1 : 0;
	return at == resolution->num;
}

/* Whether a node below one child carries the hash of this parent. */
static enum kr_err valid_by_child(const struct kr_tree *tree,
	const struct kr_parent *parent, struct kr_node_index child,
	struct kr_node_index sibling, bool *valid)
{
	struct kr_node_list resolution = {0};
	uint8_t hash[KR_MLS_HASH_BYTES];
	enum kr_err err;

	*valid = false;
	if ((err = kr_tree_resolution(
		     tree, child, (struct kr_leaf_set){0}, &resolution)) ||
		(err = kr_tree_parent_hash(tree, parent, sibling, hash))) {
		goto out;
	}
	for (size_t i = 0; i < resolution.num && !*valid; i++) {
		const struct kr_tree_node *node =
			kr_tree_node_at(tree, resolution.nodes[i]);

		*valid = kr_view_equal(carried_hash(node), kr_view(hash, sizeof(hash))) &&
			rest_is_unmerged(&resolution, i, parent, child);
	}
out:
	kr_node_list_free(&resolution);
	return err;
}

static enum kr_err verify_parent_hashes(const struct kr_tree *tree,
	const struct kr_tree_node *node, struct kr_node_index index)
{
	struct kr_node_index left;
	struct kr_node_index right;
	bool by_left;
	bool by_right;
	enum kr_err err;

	if (node->left == NULL) {
		return KR_OK;
	}
	left = kr_node_left(index);
	right = kr_node_right(index);
	if ((err = verify_parent_hashes(tree, node->left, left)) ||
		(err = verify_parent_hashes(tree, node->right, right))) {
		return err;
	}
	if (node->parent == NULL) {
		return KR_OK;
	}
	if ((err = valid_by_child(tree, node->parent, left, right, &by_left)) ||
		(err = valid_by_child(tree, node->parent, right, left, &by_right))) {
		return err;
	}
	return by_left != by_right ? KR_OK : KR_ERR_TREE_PARENT_HASH;
}

enum kr_err kr_tree_verify_parent_hashes(const struct kr_tree *tree)
{
	return verify_parent_hashes(tree, tree->root, kr_node_root(tree->num_leaves));
}

/* ---- Unmerged leaves, §12.4.3.1 ---------------------------------------------------- */

/* From a parent down to one of its unmerged leaves: every parent with content in between
 * lists it too, and the leaf is a member. */
static bool unmerged_all_the_way(const struct kr_tree_node *node,
	struct kr_node_index index, struct kr_leaf_index leaf)
{
	const struct kr_node_index target = kr_node_of_leaf(leaf);

	if (!kr_node_is_below(target, index)) {
		return false;
	}
	while (index.v != target.v) {
		if (node->parent != NULL &&
			!kr_leaf_set_has(kr_parent_unmerged(node->parent), leaf)) {
			return false;
		}
		node = target.v < index.v ? node->left : node->right;
		index = target.v < index.v ? kr_node_left(index) : kr_node_right(index);
	}
	return node->leaf != NULL;
}

static enum kr_err verify_unmerged(
	const struct kr_tree_node *node, struct kr_node_index index)
{
	enum kr_err err;

	if (node->left == NULL) {
		return KR_OK;
	}
	for (size_t i = 0; node->parent != NULL && i < node->parent->num_unmerged; i++) {
		if (!unmerged_all_the_way(node, index, node->parent->unmerged[i])) {
			return KR_ERR_TREE_UNMERGED;
		}
	}
	if ((err = verify_unmerged(node->left, kr_node_left(index)))) {
		return err;
	}
	return verify_unmerged(node->right, kr_node_right(index));
}

/* ---- Shape ------------------------------------------------------------------------- */

/* A parent has content only while members stand on both its sides: it got it from a
 * commit, which leaves out parents with an empty side (§4.1.2), and lost it with whoever
 * left. The rest of the tree's code counts on that. */
static bool has_hollow_parent(const struct kr_tree_node *node)
{
	if (node->left == NULL) {
		return false;
	}
	if (node->parent != NULL &&
		(node->left->num_members == 0 || node->right->num_members == 0)) {
		return true;
	}
	return has_hollow_parent(node->left) || has_hollow_parent(node->right);
}

/* ---- Keys -------------------------------------------------------------------------- */

struct key_list {
	const uint8_t **keys;
	size_t num;
};

static int compare_keys(const void *a, const void *b)
{
	const uint8_t *const *left = a;
	const uint8_t *const *right = b;

	return memcmp(*left, *right, 32);
}

static bool has_repeat(struct key_list *list)
{
	qsort(list->keys, list->num, sizeof(*list->keys), compare_keys);
	for (size_t i = 1; i < list->num; i++) {
		if (memcmp(list->keys[i - 1], list->keys[i], 32) == 0) {
			return true;
		}
	}
	return false;
}

static void collect_keys(const struct kr_tree_node *node, struct key_list *encryption,
	struct key_list *signature)
{
	if (node == NULL) {
		return;
	}
	if (node->leaf != NULL) {
		encryption->keys[encryption->num++] = node->leaf->node.encryption_key;
		signature->keys[signature->num++] = node->leaf->node.signature_key;
	} else if (node->parent != NULL) {
		encryption->keys[encryption->num++] = node->parent->encryption_key;
	}
	collect_keys(node->left, encryption, signature);
	collect_keys(node->right, encryption, signature);
}

enum kr_err kr_tree_verify_unique_keys(const struct kr_tree *tree)
{
	size_t num_nodes = kr_num_nodes(tree->num_leaves);
	struct key_list encryption = {.keys = calloc(num_nodes, sizeof(uint8_t *))};
	struct key_list signature = {.keys = calloc(num_nodes, sizeof(uint8_t *))};
	enum kr_err err = KR_OK;

	if (encryption.keys == NULL || signature.keys == NULL) {
		err = KR_ERR_MEMORY;
		goto out;
	}
	collect_keys(tree->root, &encryption, &signature);
	if (has_repeat(&signature)) {
		err = KR_ERR_LEAF_KEY_REUSED;
	} else if (has_repeat(&encryption)) {
		err = KR_ERR_TREE_KEY_REUSED;
	}
out:
	free(encryption.keys);
	free(signature.keys);
	return err;
}

/* How often each of some keys has been met. A table of their first bytes rules out nearly
 * every node of the tree without comparing. */
struct key_counter {
	const uint8_t *const *keys;
	size_t num;
	size_t num_met;
	bool first_bytes[256];
};

static struct key_counter key_counter(const uint8_t *const *keys, size_t num)
{
	struct key_counter counter = {.keys = keys, .num = num};

	for (size_t i = 0; i < num; i++) {
		counter.first_bytes[keys[i][0]] = true;
	}
	return counter;
}

static void count_key(struct key_counter *counter, const uint8_t *key)
{
	if (!counter->first_bytes[key[0]]) {
		return;
	}
	for (size_t i = 0; i < counter->num; i++) {
		counter->num_met += memcmp(key, counter->keys[i], 32) == 0 ? 1 : 0;
	}
}

static void count_keys(const struct kr_tree_node *node, struct key_counter *encryption,
	struct key_counter *signature)
{
	if (node == NULL) {
		return;
	}
	if (node->leaf != NULL) {
		count_key(encryption, node->leaf->node.encryption_key);
		count_key(signature, node->leaf->node.signature_key);
	} else if (node->parent != NULL) {
		count_key(encryption, node->parent->encryption_key);
	}
	count_keys(node->left, encryption, signature);
	count_keys(node->right, encryption, signature);
}

/* Every new key is in the tree, so it is met at least once; if two were equal or one
 * stood twice, the sum would be larger than their number. */
bool kr_tree_keys_stand_once(const struct kr_tree *tree, const struct kr_new_keys *keys)
{
	struct key_counter encryption =
		key_counter(keys->encryption, keys->num_encryption);
	struct key_counter signature = key_counter(keys->signature, keys->num_signature);

	count_keys(tree->root, &encryption, &signature);
	return encryption.num_met == encryption.num && signature.num_met == signature.num;
}

bool kr_tree_has_none_of(
	const struct kr_tree *tree, const uint8_t *const *encryption_keys, size_t num)
{
	struct key_counter encryption = key_counter(encryption_keys, num);
	struct key_counter none = {0};

	count_keys(tree->root, &encryption, &none);
	return encryption.num_met == 0;
}

/* ---- All of it --------------------------------------------------------------------- */

struct leaf_rules {
	struct kr_view group_id;
	struct kr_view group_extensions;
};

static enum kr_err verify_leaf(
	void *ctx, struct kr_leaf_index index, const struct kr_leaf *leaf)
{
	const struct leaf_rules *rules = ctx;
	const struct kr_leaf_place place = {rules->group_id, index};
	enum kr_err err = kr_leaf_node_supports(&leaf->node, rules->group_extensions);

	if (err != KR_OK) {
		return err;
	}
	return kr_leaf_node_verify(
		&leaf->node, leaf->node.source == KR_LEAF_KEY_PACKAGE ? NULL : &place);
}

enum kr_err kr_tree_verify(const struct kr_tree *tree, struct kr_view group_id,
	struct kr_view group_extensions)
{
	struct leaf_rules rules = {group_id, group_extensions};
	enum kr_err err;

	if ((err = verify_unmerged(tree->root, kr_node_root(tree->num_leaves))) ||
		(err = kr_tree_verify_parent_hashes(tree)) ||
		(err = kr_tree_verify_unique_keys(tree))) {
		return err;
	}
	if (has_hollow_parent(tree->root)) {
		return KR_ERR_TREE_SHAPE;
	}
	return kr_tree_each_member(tree, verify_leaf, &rules);
}
