#include "secret_tree.h"

#include <stdlib.h>
#include <string.h>

#include "secret_node.h"
#include "tree_math.h"

struct kr_secret_tree_step {
	struct kr_kept_key_id id; /* of the key that is taken */
	bool was_kept;            /* it is a kept one: nothing below counts */
	/* What takes the place of the deepest node that there is above the leaf; NULL if
	 * the leaf was reached before. */
	struct kr_secret_node *grown;
	struct kr_ratchet ratchet; /* as it is afterwards */
	struct kr_kept_key *skipped;
};

void kr_message_key_wipe(struct kr_message_key *key)
{
	kr_wipe(key, sizeof(*key));
}

/* ---- Nodes ------------------------------------------------------------------------- */

void kr_secret_node_free(struct kr_secret_node *node)
{
	if (node == NULL) {
		return;
	}
	kr_secret_node_free(node->children[0]);
	kr_secret_node_free(node->children[1]);
	if (node->ratchets != NULL) {
		kr_wipe(node->ratchets, 2 * sizeof(*node->ratchets));
		free(node->ratchets);
	}
	kr_wipe(node, sizeof(*node));
	free(node);
}

static enum kr_err copy_node(
	struct kr_secret_node **copy, const struct kr_secret_node *node)
{
	struct kr_secret_node *c = calloc(1, sizeof(*c));
	enum kr_err err = KR_OK;

	*copy = c;
	if (c == NULL) {
		return KR_ERR_MEMORY;
	}
	c->secret = node->secret;
	if (node->children[0] != NULL) {
		if ((err = copy_node(&c->children[0], node->children[0])) ||
			(err = copy_node(&c->children[1], node->children[1]))) {
			goto out;
		}
	}
	if (node->ratchets != NULL) {
		c->ratchets = calloc(2, sizeof(*c->ratchets));
		if (c->ratchets == NULL) {
			err = KR_ERR_MEMORY;
			goto out;
		}
		memcpy(c->ratchets, node->ratchets, 2 * sizeof(*c->ratchets));
	}
out:
	if (err != KR_OK) {
		kr_secret_node_free(c);
		*copy = NULL;
	}
	return err;
}

static enum kr_err derive_node_secret(struct kr_secret *out,
	const struct kr_secret *secret, const char *label, const char *context)
{
	return kr_expand_with_label(
		out->bytes, sizeof(out->bytes), secret, label, kr_view_str(context));
}

/* Derive the children of a parent; its secret is spent. */
static enum kr_err spend_parent(struct kr_secret_node *node)
{
	static const char *const side[2] = {"left", "right"};
	enum kr_err err;

	for (size_t i = 0; i < 2; i++) {
		node->children[i] = calloc(1, sizeof(*node->children[i]));
		if (node->children[i] == NULL) {
			return KR_ERR_MEMORY;
		}
		if ((err = derive_node_secret(&node->children[i]->secret, &node->secret,
			     "tree", side[i]))) {
			return err;
		}
	}
	kr_secret_wipe(&node->secret);
	return KR_OK;
}

/* Derive the ratchets of a leaf; its secret is spent. */
static enum kr_err spend_leaf(struct kr_secret_node *node)
{
	static const char *const label[2] = {
		[KR_RATCHET_HANDSHAKE] = "handshake",
		[KR_RATCHET_APPLICATION] = "application",
	};
	enum kr_err err;

	node->ratchets = calloc(2, sizeof(*node->ratchets));
	if (node->ratchets == NULL) {
		return KR_ERR_MEMORY;
	}
	for (size_t kind = 0; kind < 2; kind++) {
		if ((err = derive_node_secret(&node->ratchets[kind].secret, &node->secret,
			     label[kind], ""))) {
			return err;
		}
	}
	kr_secret_wipe(&node->secret);
	return KR_OK;
}

/* The way down from a node to a leaf: level is the node's height. */
struct position {
	struct kr_secret_node *node;
	unsigned level;
};

/* The child on the way; not for a leaf. */
static struct position below(struct position at, struct kr_leaf_index leaf)
{
	unsigned level = at.level - 1;

	return (struct position){at.node->children[leaf.v >> level & 1], level};
}

/* The deepest node that there is on the way: the leaf, or else a node with its secret. */
static struct position deepest(
	struct kr_secret_node *node, unsigned level, struct kr_leaf_index leaf)
{
	struct position at = {node, level};

	while (at.level > 0 && at.node->children[0] != NULL) {
		at = below(at, leaf);
	}
	return at;
}

/* A new node with the secret of an old one, and all that has to be derived from it to
 * reach the leaf. */
static enum kr_err grow(
	struct kr_secret_node **grown, struct position from, struct kr_leaf_index leaf)
{
	struct position at = {calloc(1, sizeof(*at.node)), from.level};
	enum kr_err err = KR_OK;

	*grown = at.node;
	if (at.node == NULL) {
		return KR_ERR_MEMORY;
	}
	at.node->secret = from.node->secret;
	while (at.level > 0 && err == KR_OK) {
		err = spend_parent(at.node);
		if (err == KR_OK) {
			at = below(at, leaf);
		}
	}
	return err != KR_OK ? err : spend_leaf(at.node);
}

/* ---- Ratchets ---------------------------------------------------------------------- */

/* The key and nonce of the ratchet's next generation; the ratchet stays. */
static enum kr_err ratchet_key(
	const struct kr_ratchet *ratchet, struct kr_message_key *key)
{
	enum kr_err err;

	key->generation = (uint32_t)ratchet->next_generation;
	if ((err = kr_derive_tree_secret(key->key.bytes, sizeof(key->key.bytes),
		     &ratchet->secret, "key", key->generation)) ||
		(err = kr_derive_tree_secret(key->nonce, sizeof(key->nonce),
			 &ratchet->secret, "nonce", key->generation))) {
		kr_message_key_wipe(key);
	}
	return err;
}

static enum kr_err ratchet_advance(struct kr_ratchet *ratchet)
{
	KR_AUTO_WIPE struct kr_secret next = {0};
	enum kr_err err = kr_derive_tree_secret(next.bytes, sizeof(next.bytes),
		&ratchet->secret, "secret", (uint32_t)ratchet->next_generation);

	if (err == KR_OK) {
		ratchet->secret = next;
		ratchet->next_generation++;
	}
	return err;
}

/* Turn the step's ratchet to behind the step's generation. Of the keys on the way the
 * last max_kept_keys are derived: more could not be kept anyway. */
static enum kr_err turn(struct kr_secret_tree_step *step, uint32_t max_kept_keys,
	struct kr_message_key *key)
{
	uint64_t end = step->id.generation;
	struct kr_ratchet *ratchet = &step->ratchet;
	struct kr_message_key *kept;
	enum kr_err err = KR_OK;

	while (ratchet->next_generation < end && err == KR_OK) {
		struct kr_kept_key_id id = step->id;

		id.generation = (uint32_t)ratchet->next_generation;
		if (end - ratchet->next_generation <= max_kept_keys &&
			((err = kr_kept_run_push(&step->skipped, id, &kept)) ||
				(err = ratchet_key(ratchet, kept)))) {
			return err;
		}
		err = ratchet_advance(ratchet);
	}
	if (err != KR_OK || (err = ratchet_key(ratchet, key))) {
		return err;
	}
	return ratchet_advance(ratchet);
}

/* ---- The tree ---------------------------------------------------------------------- */

struct kr_secret_tree *kr_secret_tree_alloc(
	unsigned height, struct kr_secret_tree_limits limits)
{
	struct kr_secret_tree *tree = calloc(1, sizeof(*tree));

	if (tree != NULL) {
		tree->height = height;
		tree->limits = limits;
	}
	return tree;
}

enum kr_err kr_secret_tree_new(struct kr_secret_tree **tree, uint32_t num_leaves,
	const struct kr_secret *encryption_secret, struct kr_secret_tree_limits limits)
{
	struct kr_secret_tree *t;

	*tree = NULL;
	if (num_leaves == 0 || kr_full_width(num_leaves) != num_leaves) {
		return KR_ERR_ARGUMENT;
	}
	t = kr_secret_tree_alloc(kr_node_level(kr_node_root(num_leaves)), limits);
	if (t == NULL || (t->root = calloc(1, sizeof(*t->root))) == NULL) {
		kr_secret_tree_free(t);
		return KR_ERR_MEMORY;
	}
	t->root->secret = *encryption_secret;
	*tree = t;
	return KR_OK;
}

void kr_secret_tree_free(struct kr_secret_tree *tree)
{
	if (tree == NULL) {
		return;
	}
	kr_secret_node_free(tree->root);
	kr_kept_keys_finish(&tree->kept);
	free(tree);
}

enum kr_err kr_secret_tree_copy(
	struct kr_secret_tree **copy, const struct kr_secret_tree *tree)
{
	struct kr_secret_tree *c = kr_secret_tree_alloc(tree->height, tree->limits);
	enum kr_err err;

	*copy = NULL;
	if (c == NULL) {
		return KR_ERR_MEMORY;
	}
	if ((err = copy_node(&c->root, tree->root)) ||
		(err = kr_kept_keys_copy(&c->kept, &tree->kept))) {
		kr_secret_tree_free(c);
		return err;
	}
	*copy = c;
	return KR_OK;
}

struct kr_ratchet *kr_secret_tree_ratchets(
	const struct kr_secret_tree *tree, struct kr_leaf_index leaf)
{
	return deepest(tree->root, tree->height, leaf).node->ratchets;
}

/* ---- Steps ------------------------------------------------------------------------- */

/* A step to a key that was kept when its generation was skipped. */
static enum kr_err take_kept(const struct kr_secret_tree *tree, struct kr_kept_key_id id,
	struct kr_message_key *key, struct kr_secret_tree_step *step)
{
	const struct kr_message_key *kept = kr_kept_keys_find(&tree->kept, id);

	if (kept == NULL) {
		return KR_ERR_GENERATION_USED;
	}
	*key = *kept;
	step->was_kept = true;
	return KR_OK;
}

/* A step that turns the ratchet forward, growing the tree to the leaf first. */
static enum kr_err take_ahead(const struct kr_secret_tree *tree, struct kr_kept_key_id id,
	struct kr_message_key *key, struct kr_secret_tree_step *step)
{
	struct position at = deepest(tree->root, tree->height, id.leaf);
	enum kr_err err;

	if (at.node->ratchets == NULL) {
		if ((err = grow(&step->grown, at, id.leaf))) {
			return err;
		}
		at = deepest(step->grown, at.level, id.leaf);
	}
	step->ratchet = at.node->ratchets[id.kind];
	return turn(step, tree->limits.max_kept_keys, key);
}

static enum kr_err make_step(const struct kr_secret_tree *tree, struct kr_kept_key_id id,
	bool is_kept, struct kr_message_key *key, struct kr_secret_tree_step **step)
{
	struct kr_secret_tree_step *s = calloc(1, sizeof(*s));
	enum kr_err err;

	if (s == NULL) {
		return KR_ERR_MEMORY;
	}
	s->id = id;
	err = is_kept ? take_kept(tree, id, key, s) : take_ahead(tree, id, key, s);
	if (err != KR_OK) {
		kr_message_key_wipe(key);
		kr_secret_tree_discard(s);
		return err;
	}
	*step = s;
	return KR_OK;
}

static bool has_leaf(const struct kr_secret_tree *tree, struct kr_leaf_index leaf)
{
	return leaf.v >> tree->height == 0;
}

static uint64_t next_generation(const struct kr_secret_tree *tree,
	struct kr_leaf_index leaf, enum kr_ratchet_kind kind)
{
	const struct kr_ratchet *ratchets = kr_secret_tree_ratchets(tree, leaf);

	return ratchets == NULL ? 0 : ratchets[kind].next_generation;
}

enum kr_err kr_secret_tree_find(const struct kr_secret_tree *tree,
	struct kr_leaf_index leaf, enum kr_ratchet_kind kind, uint32_t generation,
	struct kr_message_key *key, struct kr_secret_tree_step **step)
{
	struct kr_kept_key_id id = {leaf, kind, generation};
	uint64_t next;

	*key = (struct kr_message_key){0};
	*step = NULL;
	if (!has_leaf(tree, leaf)) {
		return KR_ERR_LEAF_INDEX;
	}
	next = next_generation(tree, leaf, kind);
	if (generation >= next && generation - next > tree->limits.max_forward) {
		return KR_ERR_GENERATION_FAR;
	}
	return make_step(tree, id, generation < next, key, step);
}

enum kr_err kr_secret_tree_next(const struct kr_secret_tree *tree,
	struct kr_leaf_index leaf, enum kr_ratchet_kind kind, struct kr_message_key *key,
	struct kr_secret_tree_step **step)
{
	struct kr_kept_key_id id = {leaf, kind, 0};
	uint64_t next;

	*key = (struct kr_message_key){0};
	*step = NULL;
	if (!has_leaf(tree, leaf)) {
		return KR_ERR_LEAF_INDEX;
	}
	next = next_generation(tree, leaf, kind);
	if (next == KR_GENERATION_END) {
		return KR_ERR_LIMIT;
	}
	id.generation = (uint32_t)next;
	return make_step(tree, id, false, key, step);
}

/* Put what the step has grown into the place of the node that it comes from. */
static void graft(struct kr_secret_tree *tree, struct kr_secret_tree_step *step)
{
	struct kr_secret_node *place =
		deepest(tree->root, tree->height, step->id.leaf).node;

	*place = *step->grown; /* overwrites the old secret */
	*step->grown = (struct kr_secret_node){0};
}

void kr_secret_tree_commit(struct kr_secret_tree *tree, struct kr_secret_tree_step *step)
{
	if (step->was_kept) {
		kr_kept_keys_remove(&tree->kept, step->id);
	} else {
		if (step->grown != NULL) {
			graft(tree, step);
		}
		kr_secret_tree_ratchets(tree, step->id.leaf)[step->id.kind] =
			step->ratchet;
		kr_kept_keys_merge(&tree->kept, &step->skipped);
		kr_kept_keys_trim(&tree->kept, tree->limits.max_kept_keys);
	}
	kr_secret_tree_discard(step);
}

void kr_secret_tree_discard(struct kr_secret_tree_step *step)
{
	if (step == NULL) {
		return;
	}
	kr_secret_node_free(step->grown);
	kr_kept_run_free(&step->skipped);
	kr_wipe(step, sizeof(*step));
	free(step);
}

/* ---- Sender data ------------------------------------------------------------------- */

enum kr_err kr_sender_data_key(struct kr_secret *key, uint8_t nonce[KR_AEAD_NONCE_BYTES],
	const struct kr_secret *sender_data_secret, struct kr_view ciphertext)
{
	struct kr_view sample = ciphertext;
	enum kr_err err;

	if (sample.len > KR_SECRET_BYTES) {
		sample.len = KR_SECRET_BYTES;
	}
	if ((err = kr_expand_with_label(key->bytes, sizeof(key->bytes),
		     sender_data_secret, "key", sample)) ||
		(err = kr_expand_with_label(nonce, KR_AEAD_NONCE_BYTES,
			 sender_data_secret, "nonce", sample))) {
		kr_secret_wipe(key);
		kr_wipe(nonce, KR_AEAD_NONCE_BYTES);
	}
	return err;
}
