#include "tree_model.h"

#include <string.h>

#include <test.h>

static uint32_t last_number;

static void number_key(uint8_t key[KR_X25519_BYTES], uint32_t number)
{
	memset(key, 0x5a, KR_X25519_BYTES);
	memcpy(key, &number, sizeof(number));
}

/* ---- Leaves and life ----------------------------------------------------------- */

void tree_model_write_leaf(struct kr_writer *w, uint32_t number)
{
	static const uint8_t versions[] = {0, KR_MLS_VERSION_1};
	static const uint8_t cipher_suites[] = {0, KR_MLS_CIPHER_SUITE};
	static const uint8_t credentials[] = {0, KR_MLS_CREDENTIAL_BASIC};
	static const uint8_t signature[KR_ED25519_SIG_BYTES] = {1};
	uint8_t key[KR_X25519_BYTES];

	number_key(key, number);
	kr_write_vec(w, kr_view(key, sizeof(key)));
	key[31] ^= 1;
	kr_write_vec(w, kr_view(key, sizeof(key)));
	kr_write_u16(w, KR_MLS_CREDENTIAL_BASIC);
	kr_write_vec(w, LITERAL("identity"));
	kr_write_vec(w, kr_view(versions, sizeof(versions)));
	kr_write_vec(w, kr_view(cipher_suites, sizeof(cipher_suites)));
	kr_write_vec(w, LITERAL(""));
	kr_write_vec(w, LITERAL(""));
	kr_write_vec(w, kr_view(credentials, sizeof(credentials)));
	kr_write_u8(w, KR_LEAF_UPDATE);
	kr_write_vec(w, LITERAL(""));
	kr_write_vec(w, kr_view(signature, sizeof(signature)));
}

struct kr_leaf *tree_model_leaf(uint32_t number)
{
	KR_AUTO_WRITER struct kr_writer w = {0};
	struct kr_leaf *leaf;

	kr_writer_init(&w);
	tree_model_write_leaf(&w, number);
	assert_int_equal(kr_leaf_new(&leaf, kr_writer_view(&w)), KR_OK);
	return leaf;
}

void tree_model_finish(struct tree_model *m)
{
	for (size_t i = 0; i < NUM(m->nodes); i++) {
		kr_leaf_unref(m->nodes[i].leaf);
	}
	memset(m, 0, sizeof(*m));
}

struct tree_model tree_model_copy(const struct tree_model *m)
{
	for (size_t i = 0; i < NUM(m->nodes); i++) {
		kr_leaf_ref(m->nodes[i].leaf);
	}
	return *m;
}

struct kr_random tree_model_rng(struct kr_random_seeded *seeded, uint8_t number)
{
	const struct kr_secret seed = {.bytes = {number}};

	assert_int_equal(kr_crypto_init(), KR_OK);
	kr_random_seeded_init(seeded, &seed);
	return kr_random_seeded(seeded);
}

uint32_t tree_model_random(const struct kr_random *rng, uint32_t bound)
{
	uint32_t number;

	assert_int_equal(kr_random_fill(rng, (uint8_t *)&number, sizeof(number)), KR_OK);
	return number % bound;
}

bool tree_model_is_member(const struct tree_model *m, uint32_t leaf)
{
	return leaf < m->num_leaves && m->nodes[2 * leaf].leaf != NULL;
}

uint32_t tree_model_num_members(const struct tree_model *m)
{
	uint32_t num = 0;

	for (uint32_t i = 0; i < m->num_leaves; i++) {
		num += tree_model_is_member(m, i) ? 1 : 0;
	}
	return num;
}

struct kr_leaf_index tree_model_member(
	const struct tree_model *m, const struct kr_random *rng)
{
	for (;;) {
		uint32_t leaf = tree_model_random(rng, m->num_leaves);

		if (tree_model_is_member(m, leaf)) {
			return (struct kr_leaf_index){leaf};
		}
	}
}

/* ---- Changes ------------------------------------------------------------------- */

static bool is_root(const struct tree_model *m, struct kr_node_index node)
{
	return node.v == kr_node_root(m->num_leaves).v;
}

static void set_leaf(struct tree_model *m, uint32_t leaf, struct kr_leaf *content)
{
	kr_leaf_unref(m->nodes[2 * leaf].leaf);
	m->nodes[2 * leaf].leaf = kr_leaf_ref(content);
}

static void blank_path(struct tree_model *m, struct kr_leaf_index leaf)
{
	struct kr_node_index at = kr_node_of_leaf(leaf);

	while (!is_root(m, at)) {
		at = kr_node_parent(at);
		m->nodes[at.v] = (struct tree_model_node){0};
	}
}

static void insert_unmerged(struct tree_model_node *node, uint32_t leaf)
{
	size_t at = node->num_unmerged++;

	for (; at > 0 && node->unmerged[at - 1] > leaf; at--) {
		node->unmerged[at] = node->unmerged[at - 1];
	}
	node->unmerged[at] = leaf;
}

void tree_model_add(struct tree_model *m, struct kr_tree *tree)
{
	struct kr_leaf *content = tree_model_leaf(++last_number);
	struct kr_leaf_index index;
	struct kr_node_index at;
	uint32_t leaf = 0;

	while (tree_model_is_member(m, leaf)) {
		leaf++;
	}
	assert_true(leaf < TREE_MODEL_MAX_LEAVES);
	if (leaf >= m->num_leaves) {
		m->num_leaves = m->num_leaves == 0 ? 1 : 2 * m->num_leaves;
	}
	set_leaf(m, leaf, content);
	for (at = (struct kr_node_index){2 * leaf}; !is_root(m, at);) {
		at = kr_node_parent(at);
		if (m->nodes[at.v].has_parent) {
			insert_unmerged(&m->nodes[at.v], leaf);
		}
	}
	assert_int_equal(kr_tree_add(tree, content, &index), KR_OK);
	assert_int_equal(index.v, leaf);
	kr_leaf_unref(content);
}

void tree_model_update(
	struct tree_model *m, struct kr_tree *tree, struct kr_leaf_index leaf)
{
	struct kr_leaf *content = tree_model_leaf(++last_number);

	set_leaf(m, leaf.v, content);
	blank_path(m, leaf);
	assert_int_equal(kr_tree_update(tree, leaf, content), KR_OK);
	kr_leaf_unref(content);
}

static bool right_half_is_empty(const struct tree_model *m)
{
	for (uint32_t i = m->num_leaves / 2; i < m->num_leaves; i++) {
		if (tree_model_is_member(m, i)) {
			return false;
		}
	}
	return true;
}

void tree_model_remove(
	struct tree_model *m, struct kr_tree *tree, struct kr_leaf_index leaf)
{
	blank_path(m, leaf);
	set_leaf(m, leaf.v, NULL);
	while (m->num_leaves > 1 && right_half_is_empty(m)) {
		m->num_leaves /= 2;
	}
	if (m->num_leaves == 1 && !tree_model_is_member(m, 0)) {
		m->num_leaves = 0;
	}
	assert_int_equal(kr_tree_remove(tree, leaf), KR_OK);
}

static void hash_for_child(const struct tree_model *m, struct kr_node_index parent,
	struct kr_node_index sibling, uint8_t hash[KR_MLS_HASH_BYTES])
{
	const struct tree_model_node *p = &m->nodes[parent.v];
	uint8_t original[KR_MLS_HASH_BYTES];
	KR_AUTO_WRITER struct kr_writer w = {0};

	kr_writer_init(&w);
	tree_model_hash(m, sibling, (struct kr_leaf_set){0}, original);
	kr_write_vec(&w, kr_view(p->key, sizeof(p->key)));
	kr_write_vec(&w, kr_view(p->parent_hash, p->parent_hash_len));
	kr_write_vec(&w, kr_view(original, sizeof(original)));
	kr_sha256(hash, kr_writer_view(&w));
}

void tree_model_set_path(
	struct tree_model *m, struct kr_tree *tree, struct kr_leaf_index leaf)
{
	uint32_t resolution[2 * TREE_MODEL_MAX_LEAVES];
	uint8_t keys[KR_TREE_MAX_LEVELS][KR_X25519_BYTES];
	uint8_t hash[KR_MLS_HASH_BYTES] = {0};
	uint8_t answer[KR_MLS_HASH_BYTES];
	struct kr_filtered_path path;
	bool has_answer;
	size_t hash_len = 0;
	size_t num = 0;

	kr_tree_filtered_path(tree, leaf, &path);
	for (struct kr_node_index at = kr_node_of_leaf(leaf); !is_root(m, at);) {
		struct kr_node_index sibling = kr_node_sibling(at);

		at = kr_node_parent(at);
		if (tree_model_resolution(m, sibling, resolution) > 0) {
			assert_true(num < path.num);
			assert_int_equal(path.steps[num].node.v, at.v);
			assert_int_equal(path.steps[num].copath.v, sibling.v);
			number_key(keys[num++], ++last_number);
		}
	}
	assert_int_equal(path.num, num);
	blank_path(m, leaf);
	for (size_t i = num; i-- > 0;) {
		struct tree_model_node *p = &m->nodes[path.steps[i].node.v];

		p->has_parent = true;
		memcpy(p->key, keys[i], sizeof(p->key));
		memcpy(p->parent_hash, hash, hash_len);
		p->parent_hash_len = hash_len;
		hash_for_child(m, path.steps[i].node, path.steps[i].copath, hash);
		hash_len = sizeof(hash);
	}
	assert_int_equal(
		kr_tree_set_path(tree, leaf, &path,
			(const uint8_t(*)[KR_X25519_BYTES])keys, answer, &has_answer),
		KR_OK);
	assert_int_equal(has_answer, hash_len > 0);
	assert_true(!has_answer || memcmp(answer, hash, sizeof(hash)) == 0);
}

void tree_model_step(struct tree_model *m, struct kr_tree *tree,
	const struct kr_random *rng, uint32_t max_leaves)
{
	uint32_t num_members = tree_model_num_members(m);
	uint32_t choice = tree_model_random(rng, 8);

	if (num_members == 0 || (choice < 3 && num_members < max_leaves)) {
		tree_model_add(m, tree);
	} else if (choice < 5) {
		tree_model_remove(m, tree, tree_model_member(m, rng));
	} else if (choice < 6) {
		tree_model_update(m, tree, tree_model_member(m, rng));
	} else {
		tree_model_set_path(m, tree, tree_model_member(m, rng));
	}
}

/* ---- Bytes, hashes, resolutions ------------------------------------------------ */

static void write_parent(
	struct kr_writer *w, const struct tree_model_node *p, struct kr_leaf_set except)
{
	size_t begin;

	kr_write_vec(w, kr_view(p->key, sizeof(p->key)));
	kr_write_vec(w, kr_view(p->parent_hash, p->parent_hash_len));
	begin = kr_write_vec_begin(w);
	for (size_t i = 0; i < p->num_unmerged; i++) {
		if (!kr_leaf_set_has(except, (struct kr_leaf_index){p->unmerged[i]})) {
			kr_write_u32(w, p->unmerged[i]);
		}
	}
	kr_write_vec_end(w, begin);
}

void tree_model_write(struct kr_writer *w, const struct tree_model *m)
{
	size_t num = kr_num_nodes(m->num_leaves);
	size_t begin = kr_write_vec_begin(w);

	while (num > 0 && m->nodes[num - 1].leaf == NULL &&
		!m->nodes[num - 1].has_parent) {
		num--;
	}
	for (size_t i = 0; i < num; i++) {
		const struct tree_model_node *node = &m->nodes[i];

		kr_write_u8(w, node->leaf != NULL || node->has_parent ? 1 : 0);
		if (node->leaf != NULL) {
			kr_write_u8(w, 1);
			kr_write_fixed(w, kr_view_bytes(&node->leaf->bytes));
		} else if (node->has_parent) {
			kr_write_u8(w, 2);
			write_parent(w, node, (struct kr_leaf_set){0});
		}
	}
	kr_write_vec_end(w, begin);
}

void tree_model_hash(const struct tree_model *m, struct kr_node_index node,
	struct kr_leaf_set except, uint8_t hash[KR_MLS_HASH_BYTES])
{
	const struct tree_model_node *n = &m->nodes[node.v];
	KR_AUTO_WRITER struct kr_writer w = {0};

	kr_writer_init(&w);
	if (kr_node_is_leaf(node)) {
		struct kr_leaf_index leaf = kr_leaf_of_node(node);
		bool present = n->leaf != NULL && !kr_leaf_set_has(except, leaf);

		kr_write_u8(&w, 1);
		kr_write_u32(&w, leaf.v);
		kr_write_u8(&w, present ? 1 : 0);
		if (present) {
			kr_write_fixed(&w, kr_view_bytes(&n->leaf->bytes));
		}
	} else {
		uint8_t left[KR_MLS_HASH_BYTES];
		uint8_t right[KR_MLS_HASH_BYTES];

		tree_model_hash(m, kr_node_left(node), except, left);
		tree_model_hash(m, kr_node_right(node), except, right);
		kr_write_u8(&w, 2);
		kr_write_u8(&w, n->has_parent ? 1 : 0);
		if (n->has_parent) {
			write_parent(&w, n, except);
		}
		kr_write_vec(&w, kr_view(left, sizeof(left)));
		kr_write_vec(&w, kr_view(right, sizeof(right)));
	}
	kr_sha256(hash, kr_writer_view(&w));
}

size_t tree_model_resolution(
	const struct tree_model *m, struct kr_node_index node, uint32_t *out)
{
	const struct tree_model_node *n = &m->nodes[node.v];
	size_t num = 0;

	if (n->leaf != NULL || n->has_parent) {
		out[num++] = node.v;
		for (size_t i = 0; i < n->num_unmerged; i++) {
			out[num++] = 2 * n->unmerged[i];
		}
	} else if (!kr_node_is_leaf(node)) {
		num = tree_model_resolution(m, kr_node_left(node), out);
		num += tree_model_resolution(m, kr_node_right(node), out + num);
	}
	return num;
}

void tree_model_assert_same(const struct tree_model *m, const struct kr_tree *tree)
{
	uint8_t expected[KR_MLS_HASH_BYTES];
	uint8_t hash[KR_MLS_HASH_BYTES];
	KR_AUTO_WRITER struct kr_writer slow = {0};
	KR_AUTO_WRITER struct kr_writer fast = {0};

	kr_writer_init(&slow);
	kr_writer_init(&fast);
	tree_model_write(&slow, m);
	kr_tree_write(&fast, tree);
	assert_int_equal(tree->num_leaves, m->num_leaves);
	assert_int_equal(kr_tree_num_members(tree), tree_model_num_members(m));
	assert_int_equal(slow.len, fast.len);
	assert_memory_equal(slow.data, fast.data, slow.len);
	if (m->num_leaves > 0) {
		tree_model_hash(m, kr_node_root(m->num_leaves), (struct kr_leaf_set){0},
			expected);
		assert_int_equal(kr_tree_root_hash(tree, hash), KR_OK);
		assert_memory_equal(hash, expected, sizeof(hash));
	}
}
