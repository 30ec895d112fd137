/* The stored form of a secret tree:
 *
 *	struct {
 *		uint32 num_leaves;
 *		Node root;
 *		KeptKeys kept;            kept_keys.h
 *	}
 *	struct {
 *		uint8 is_spent;           0 or 1
 *		if not spent:             opaque secret[32];
 *		else above the leaves:    Node left; Node right;
 *		else:                     Ratchet handshake; Ratchet application;
 *	} Node
 *	struct { opaque secret[32]; uint64 next_generation; } Ratchet
 *
 * Every node in memory is at least a byte of the record, and num_leaves bounds the depth:
 * a damaged record cannot ask for memory or stack out of proportion to its size. */
#include <stdlib.h>

#include "secret_node.h"
#include "tree_math.h"

static void write_ratchet(struct kr_writer *w, const struct kr_ratchet *ratchet)
{
	kr_write_fixed(w, kr_view_secret(&ratchet->secret));
	kr_write_u64(w, ratchet->next_generation);
}

static void write_node(struct kr_writer *w, const struct kr_secret_node *node)
{
	bool is_spent = node->children[0] != NULL || node->ratchets != NULL;

	kr_write_u8(w, is_spent ? 1 : 0);
	if (!is_spent) {
		kr_write_fixed(w, kr_view_secret(&node->secret));
	} else if (node->ratchets != NULL) {
		write_ratchet(w, &node->ratchets[KR_RATCHET_HANDSHAKE]);
		write_ratchet(w, &node->ratchets[KR_RATCHET_APPLICATION]);
	} else {
		write_node(w, node->children[0]);
		write_node(w, node->children[1]);
	}
}

void kr_secret_tree_write(struct kr_writer *w, const struct kr_secret_tree *tree)
{
	kr_write_u32(w, (uint32_t)1 << tree->height);
	write_node(w, tree->root);
	kr_kept_keys_write(w, &tree->kept);
}

static enum kr_err read_ratchet(struct kr_reader *r, struct kr_ratchet *ratchet)
{
	if (kr_read_copy(r, ratchet->secret.bytes, sizeof(ratchet->secret.bytes)) ||
		kr_read_u64(r, &ratchet->next_generation) ||
		ratchet->next_generation > KR_GENERATION_END) {
		return KR_ERR_BAD_STATE_RECORD;
	}
	return KR_OK;
}

/* On an error *node holds what was read so far, for the caller to free. */
static enum kr_err read_node(
	struct kr_reader *r, unsigned level, struct kr_secret_node **node)
{
	struct kr_secret_node *n = calloc(1, sizeof(*n));
	enum kr_err err;
	bool is_spent;

	*node = n;
	if (n == NULL) {
		return KR_ERR_MEMORY;
	}
	if (kr_read_optional(r, &is_spent)) {
		return KR_ERR_BAD_STATE_RECORD;
	}
	if (!is_spent) {
		return kr_read_copy(r, n->secret.bytes, sizeof(n->secret.bytes))
			? KR_ERR_BAD_STATE_RECORD
			: KR_OK;
	}
	if (level > 0) {
		if ((err = read_node(r, level - 1, &n->children[0]))) {
			return err;
		}
		return read_node(r, level - 1, &n->children[1]);
	}
	n->ratchets = calloc(2, sizeof(*n->ratchets));
	if (n->ratchets == NULL) {
		return KR_ERR_MEMORY;
	}
	if ((err = read_ratchet(r, &n->ratchets[KR_RATCHET_HANDSHAKE]))) {
		return err;
	}
	return read_ratchet(r, &n->ratchets[KR_RATCHET_APPLICATION]);
}

/* A kept key is of a generation that its ratchet has passed. */
static enum kr_err check_kept(const void *ctx, struct kr_kept_key_id id)
{
	const struct kr_secret_tree *tree = ctx;
	const struct kr_ratchet *ratchets;

	if (id.leaf.v >> tree->height != 0) {
		return KR_ERR_BAD_STATE_RECORD;
	}
	ratchets = kr_secret_tree_ratchets(tree, id.leaf);
	if (ratchets == NULL || id.generation >= ratchets[id.kind].next_generation) {
		return KR_ERR_BAD_STATE_RECORD;
	}
	return KR_OK;
}

static enum kr_err read_width(struct kr_reader *r, unsigned *height)
{
	uint32_t num_leaves;

	if (kr_read_u32(r, &num_leaves) || num_leaves == 0 ||
		kr_full_width(num_leaves) != num_leaves) {
		return KR_ERR_BAD_STATE_RECORD;
	}
	*height = kr_node_level(kr_node_root(num_leaves));
	return KR_OK;
}

enum kr_err kr_secret_tree_read(struct kr_reader *r, struct kr_secret_tree_limits limits,
	struct kr_secret_tree **tree)
{
	struct kr_reader probe = *r;
	struct kr_secret_tree *t;
	unsigned height;
	enum kr_err err;

	*tree = NULL;
	if ((err = read_width(&probe, &height))) {
		return err;
	}
	t = kr_secret_tree_alloc(height, limits);
	if (t == NULL) {
		return KR_ERR_MEMORY;
	}
	if ((err = read_node(&probe, height, &t->root)) ||
		(err = kr_kept_keys_read(&probe, &t->kept)) ||
		(err = kr_kept_keys_each(&t->kept, check_kept, t))) {
		kr_secret_tree_free(t);
		return err;
	}
	kr_kept_keys_trim(&t->kept, limits.max_kept_keys);
	*r = probe;
	*tree = t;
	return KR_OK;
}
