#include "secret_tree_model.h"

#include <test.h>

#include <string.h>

const struct kr_secret root_secret = {.bytes = {1, 2, 3, 4, 5, 6, 7, 8}};

struct kr_secret_tree *tree_new(uint32_t num_leaves, struct kr_secret_tree_limits limits)
{
	struct kr_secret_tree *tree;

	assert_int_equal(
		kr_secret_tree_new(&tree, num_leaves, &root_secret, limits), KR_OK);
	return tree;
}

enum kr_err tree_take(struct kr_secret_tree *tree, uint32_t leaf,
	enum kr_ratchet_kind kind, uint32_t generation)
{
	static const struct kr_message_key zero;
	struct kr_leaf_index index = {leaf};
	struct kr_secret_tree_step *step;
	struct kr_message_key key;
	enum kr_err err = kr_secret_tree_find(tree, index, kind, generation, &key, &step);

	if (err == KR_OK) {
		kr_secret_tree_commit(tree, step);
	} else {
		assert_null(step);
		assert_memory_equal(&key, &zero, sizeof(key));
	}
	return err;
}

void tree_record(struct kr_bytes *record, const struct kr_secret_tree *tree)
{
	struct kr_writer w;

	kr_writer_init(&w);
	kr_secret_tree_write(&w, tree);
	assert_int_equal(kr_writer_finish(&w, record), KR_OK);
}

void tree_assert_record(
	const struct kr_secret_tree *tree, const struct kr_bytes *expected)
{
	KR_AUTO_FREE struct kr_bytes record = {0};

	tree_record(&record, tree);
	assert_true(kr_view_equal(kr_view_bytes(&record), kr_view_bytes(expected)));
}

void model_init(struct model *m, uint32_t num_leaves,
	const struct kr_secret *encryption_secret, struct kr_secret_tree_limits limits)
{
	assert_true(num_leaves <= MODEL_LEAVES);
	*m = (struct model){
		.num_leaves = num_leaves,
		.limits = limits,
		.encryption_secret = *encryption_secret,
	};
}

static struct kr_secret expand(
	const struct kr_secret *secret, const char *label, const char *context)
{
	struct kr_secret out;

	assert_int_equal(kr_expand_with_label(out.bytes, sizeof(out.bytes), secret, label,
				 kr_view_str(context)),
		KR_OK);
	return out;
}

struct kr_secret model_node_secret(
	const struct model *m, unsigned depth, struct kr_leaf_index leaf)
{
	struct kr_secret secret = m->encryption_secret;
	uint32_t first = 0;
	uint32_t width = m->num_leaves;

	for (; depth > 0; depth--) {
		width /= 2;
		if (leaf.v < first + width) {
			secret = expand(&secret, "tree", "left");
		} else {
			secret = expand(&secret, "tree", "right");
			first += width;
		}
	}
	return secret;
}

static unsigned height(const struct model *m)
{
	unsigned h = 0;

	while ((uint32_t)1 << h < m->num_leaves) {
		h++;
	}
	return h;
}

struct kr_secret model_ratchet_secret(const struct model *m, struct kr_leaf_index leaf,
	enum kr_ratchet_kind kind, uint32_t generation)
{
	struct kr_secret secret = model_node_secret(m, height(m), leaf);
	struct kr_secret next;

	secret = expand(
		&secret, kind == KR_RATCHET_HANDSHAKE ? "handshake" : "application", "");
	for (uint32_t g = 0; g < generation; g++) {
		assert_int_equal(kr_derive_tree_secret(next.bytes, sizeof(next.bytes),
					 &secret, "secret", g),
			KR_OK);
		secret = next;
	}
	return secret;
}

struct kr_message_key model_key(const struct model *m, struct kr_leaf_index leaf,
	enum kr_ratchet_kind kind, uint32_t generation)
{
	struct kr_secret secret = model_ratchet_secret(m, leaf, kind, generation);
	struct kr_message_key key = {.generation = generation};

	assert_int_equal(kr_derive_tree_secret(key.key.bytes, sizeof(key.key.bytes),
				 &secret, "key", generation),
		KR_OK);
	assert_int_equal(kr_derive_tree_secret(key.nonce, sizeof(key.nonce), &secret,
				 "nonce", generation),
		KR_OK);
	return key;
}

uint32_t model_next(
	const struct model *m, struct kr_leaf_index leaf, enum kr_ratchet_kind kind)
{
	uint32_t generation = 0;

	while (generation < MODEL_GENERATIONS &&
		m->keys[leaf.v][kind][generation] != MODEL_AHEAD) {
		generation++;
	}
	return generation;
}

enum kr_err model_find(const struct model *m, struct kr_leaf_index leaf,
	enum kr_ratchet_kind kind, uint32_t generation)
{
	if (leaf.v >= m->num_leaves) {
		return KR_ERR_LEAF_INDEX;
	}
	switch (m->keys[leaf.v][kind][generation]) {
	case MODEL_KEPT:
		return KR_OK;
	case MODEL_GONE:
		return KR_ERR_GENERATION_USED;
	case MODEL_AHEAD:
		break;
	}
	return generation - model_next(m, leaf, kind) > m->limits.max_forward
		? KR_ERR_GENERATION_FAR
		: KR_OK;
}

static uint32_t count_kept(const struct model *m, uint32_t leaf, size_t kind)
{
	uint32_t num = 0;

	for (uint32_t g = 0; g < MODEL_GENERATIONS; g++) {
		num += m->keys[leaf][kind][g] == MODEL_KEPT;
	}
	return num;
}

/* Drop the lowest generation of the ratchet that has the most; false if there is none. */
static bool drop_oldest(struct model *m)
{
	enum model_state *longest = NULL;
	uint32_t longest_num = 0;

	for (uint32_t leaf = 0; leaf < m->num_leaves; leaf++) {
		for (size_t kind = 0; kind < 2; kind++) {
			uint32_t num = count_kept(m, leaf, kind);

			if (num > longest_num) {
				longest = m->keys[leaf][kind];
				longest_num = num;
			}
		}
	}
	if (longest == NULL) {
		return false;
	}
	while (*longest != MODEL_KEPT) {
		longest++;
	}
	*longest = MODEL_GONE;
	return true;
}

static uint32_t count_all_kept(const struct model *m)
{
	uint32_t num = 0;

	for (uint32_t leaf = 0; leaf < m->num_leaves; leaf++) {
		num += count_kept(m, leaf, 0) + count_kept(m, leaf, 1);
	}
	return num;
}

void model_take(struct model *m, struct kr_leaf_index leaf, enum kr_ratchet_kind kind,
	uint32_t generation)
{
	enum model_state *keys = m->keys[leaf.v][kind];

	for (uint32_t g = model_next(m, leaf, kind); g < generation; g++) {
		keys[g] = MODEL_KEPT;
	}
	keys[generation] = MODEL_GONE;
	while (count_all_kept(m) > m->limits.max_kept_keys) {
		assert_true(drop_oldest(m));
	}
}

static void assert_same_key(const struct model *m, const struct kr_secret_tree *tree,
	struct kr_leaf_index leaf, enum kr_ratchet_kind kind, uint32_t generation)
{
	enum kr_err expected = model_find(m, leaf, kind, generation);
	struct kr_secret_tree_step *step;
	struct kr_message_key key;

	assert_int_equal(
		kr_secret_tree_find(tree, leaf, kind, generation, &key, &step), expected);
	if (expected == KR_OK) {
		struct kr_message_key same = model_key(m, leaf, kind, generation);

		assert_int_equal(key.generation, generation);
		assert_memory_equal(key.key.bytes, same.key.bytes, sizeof(key.key.bytes));
		assert_memory_equal(key.nonce, same.nonce, sizeof(key.nonce));
	}
	kr_secret_tree_discard(step);
}

void model_assert_same(const struct model *m, const struct kr_secret_tree *tree)
{
	for (uint32_t leaf = 0; leaf < m->num_leaves; leaf++) {
		for (uint32_t g = 0; g < MODEL_GENERATIONS; g++) {
			struct kr_leaf_index index = {leaf};

			assert_same_key(m, tree, index, KR_RATCHET_HANDSHAKE, g);
			assert_same_key(m, tree, index, KR_RATCHET_APPLICATION, g);
		}
	}
}
