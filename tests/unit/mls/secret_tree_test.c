#include <test.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/mls/secret_node.h"
#include "proto/mls/tree_math.h"

#include "secret_tree_model.h"

#define APPLICATION KR_RATCHET_APPLICATION
#define HANDSHAKE   KR_RATCHET_HANDSHAKE

static const struct kr_secret_tree_limits roomy = {
	.max_forward = 1000, .max_kept_keys = 1000};

static struct kr_leaf_index leaf_at(uint32_t v)
{
	return (struct kr_leaf_index){v};
}

/* ---- Finding and taking ------------------------------------------------------------ */

static void widths(void **state)
{
	static const struct {
		uint32_t num_leaves;
		enum kr_err expected;
	} cases[] = {
		{0, KR_ERR_ARGUMENT},
		{1, KR_OK},
		{2, KR_OK},
		{3, KR_ERR_ARGUMENT},
		{12, KR_ERR_ARGUMENT},
		{8192, KR_OK},
		{KR_TREE_MAX_LEAVES, KR_OK},
		{KR_TREE_MAX_LEAVES * 2, KR_ERR_ARGUMENT},
		{UINT32_MAX, KR_ERR_ARGUMENT},
	};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		struct kr_secret_tree *tree;
		uint32_t last = cases[i].num_leaves - 1;

		assert_int_equal(kr_secret_tree_new(
					 &tree, cases[i].num_leaves, &root_secret, roomy),
			cases[i].expected);
		if (cases[i].expected == KR_OK) {
			assert_int_equal(tree_take(tree, last, APPLICATION, 0), KR_OK);
			assert_int_equal(tree_take(tree, last + 1, APPLICATION, 0),
				KR_ERR_LEAF_INDEX);
			assert_int_equal(tree_take(tree, UINT32_MAX, APPLICATION, 0),
				KR_ERR_LEAF_INDEX);
		} else {
			assert_null(tree);
		}
		kr_secret_tree_free(tree);
	}
}

static void a_generation_is_used_once(void **state)
{
	struct kr_secret_tree *tree = tree_new(4, roomy);
	KR_AUTO_FREE struct kr_bytes before = {0};

	(void)state;
	for (uint32_t g = 0; g < 3; g++) {
		assert_int_equal(tree_take(tree, 1, APPLICATION, g), KR_OK);
	}
	tree_record(&before, tree);
	for (uint32_t g = 0; g < 3; g++) {
		assert_int_equal(
			tree_take(tree, 1, APPLICATION, g), KR_ERR_GENERATION_USED);
	}
	/* A duplicate wipes nothing: the ratchet goes on. */
	tree_assert_record(tree, &before);
	assert_int_equal(tree_take(tree, 1, APPLICATION, 3), KR_OK);
	/* And it is one of its own for each kind and leaf. */
	assert_int_equal(tree_take(tree, 1, HANDSHAKE, 0), KR_OK);
	assert_int_equal(tree_take(tree, 0, APPLICATION, 0), KR_OK);
	kr_secret_tree_free(tree);
}

static void a_step_that_is_discarded_changes_nothing(void **state)
{
	static const uint32_t generations[] = {0, 2, 3, 7};
	struct kr_secret_tree *tree = tree_new(4, roomy);
	KR_AUTO_FREE struct kr_bytes before = {0};

	(void)state;
	assert_int_equal(tree_take(tree, 1, APPLICATION, 2), KR_OK); /* keeps 0 and 1 */
	tree_record(&before, tree);
	for (uint32_t leaf = 0; leaf < 4; leaf++) {
		for (size_t i = 0; i < NUM(generations); i++) {
			struct kr_secret_tree_step *step;
			struct kr_message_key key;
			enum kr_err err = kr_secret_tree_find(tree, leaf_at(leaf),
				APPLICATION, generations[i], &key, &step);

			assert_int_equal(err,
				leaf == 1 && generations[i] == 2 ? KR_ERR_GENERATION_USED
								 : KR_OK);
			kr_secret_tree_discard(step);
			tree_assert_record(tree, &before);
		}
	}
	kr_secret_tree_free(tree);
}

static void late_messages_find_their_keys(void **state)
{
	static const uint32_t order[] = {5, 3, 0, 4, 9, 1, 2, 8, 6, 7};
	struct kr_secret_tree *tree = tree_new(4, roomy);
	struct model m;

	(void)state;
	model_init(&m, 4, &root_secret, roomy);
	for (size_t i = 0; i < NUM(order); i++) {
		struct kr_message_key expected =
			model_key(&m, leaf_at(2), HANDSHAKE, order[i]);
		struct kr_secret_tree_step *step;
		struct kr_message_key key;

		assert_int_equal(kr_secret_tree_find(tree, leaf_at(2), HANDSHAKE,
					 order[i], &key, &step),
			KR_OK);
		assert_true(kr_secret_equal(&key.key, &expected.key));
		assert_memory_equal(key.nonce, expected.nonce, sizeof(key.nonce));
		kr_secret_tree_commit(tree, step);
		assert_int_equal(
			tree_take(tree, 2, HANDSHAKE, order[i]), KR_ERR_GENERATION_USED);
	}
	assert_int_equal(tree_take(tree, 2, HANDSHAKE, 10), KR_OK);
	kr_secret_tree_free(tree);
}

static void too_far_ahead(void **state)
{
	static const struct {
		uint32_t max_forward;
		uint32_t generation;
		enum kr_err expected;
	} cases[] = {
		{0, 1, KR_OK},
		{0, 2, KR_ERR_GENERATION_FAR},
		{10, 11, KR_OK},
		{10, 12, KR_ERR_GENERATION_FAR},
		{1000, UINT32_MAX, KR_ERR_GENERATION_FAR},
	};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		struct kr_secret_tree_limits limits = {cases[i].max_forward, 1000};
		struct kr_secret_tree *tree = tree_new(4, limits);

		assert_int_equal(tree_take(tree, 0, APPLICATION, 0), KR_OK);
		assert_int_equal(tree_take(tree, 0, APPLICATION, cases[i].generation),
			cases[i].expected);
		/* Refused or not, what is next is still there. */
		assert_int_equal(
			tree_take(tree, 0, APPLICATION,
				cases[i].expected == KR_OK ? cases[i].generation + 1 : 1),
			KR_OK);
		kr_secret_tree_free(tree);
	}
}

static void a_leaf_that_was_not_reached_has_the_same_bound(void **state)
{
	struct kr_secret_tree_limits limits = {10, 10};
	struct kr_secret_tree *tree = tree_new(4, limits);

	(void)state;
	assert_int_equal(tree_take(tree, 3, APPLICATION, 11), KR_ERR_GENERATION_FAR);
	assert_int_equal(tree_take(tree, 3, APPLICATION, 10), KR_OK);
	kr_secret_tree_free(tree);
}

static void next_keys_are_those_that_others_find(void **state)
{
	struct kr_secret_tree *sender = tree_new(4, roomy);
	struct kr_secret_tree *receiver = tree_new(4, roomy);

	(void)state;
	for (uint32_t g = 0; g < 5; g++) {
		struct kr_secret_tree_step *step;
		struct kr_message_key sent;
		struct kr_message_key again;
		struct kr_message_key found;

		assert_int_equal(kr_secret_tree_next(
					 sender, leaf_at(1), APPLICATION, &sent, &step),
			KR_OK);
		kr_secret_tree_discard(step);
		assert_int_equal(kr_secret_tree_next(
					 sender, leaf_at(1), APPLICATION, &again, &step),
			KR_OK);
		kr_secret_tree_commit(sender, step);
		assert_int_equal(sent.generation, g);
		assert_memory_equal(&sent, &again, sizeof(sent));

		assert_int_equal(kr_secret_tree_find(receiver, leaf_at(1), APPLICATION, g,
					 &found, &step),
			KR_OK);
		kr_secret_tree_commit(receiver, step);
		assert_memory_equal(&sent, &found, sizeof(sent));
	}
	kr_secret_tree_free(sender);
	kr_secret_tree_free(receiver);
}

static void next_outside_the_width(void **state)
{
	struct kr_secret_tree *tree = tree_new(4, roomy);
	struct kr_secret_tree_step *step;
	struct kr_message_key key;

	(void)state;
	assert_int_equal(kr_secret_tree_next(tree, leaf_at(4), APPLICATION, &key, &step),
		KR_ERR_LEAF_INDEX);
	assert_null(step);
	kr_secret_tree_free(tree);
}

/* ---- Kept keys --------------------------------------------------------------------- */

struct taken {
	uint32_t leaf;
	enum kr_ratchet_kind kind;
	uint32_t generation;
	enum kr_err expected;
};

static void kept_keys_are_bounded(void **state)
{
	static const struct {
		const char *name;
		uint32_t max_kept_keys;
		struct taken steps[10];
		size_t num_steps;
	} cases[] = {
		{"none", 0,
			{{0, APPLICATION, 2, KR_OK},
				{0, APPLICATION, 0, KR_ERR_GENERATION_USED},
				{0, APPLICATION, 1, KR_ERR_GENERATION_USED},
				{0, APPLICATION, 3, KR_OK}},
			4},
		{"the lowest of one ratchet goes first", 2,
			{{0, APPLICATION, 4, KR_OK},
				{0, APPLICATION, 0, KR_ERR_GENERATION_USED},
				{0, APPLICATION, 1, KR_ERR_GENERATION_USED},
				{0, APPLICATION, 2, KR_OK}, {0, APPLICATION, 3, KR_OK}},
			5},
		{"a second jump drops what the first kept", 2,
			{{0, APPLICATION, 2, KR_OK}, {0, APPLICATION, 4, KR_OK},
				{0, APPLICATION, 0, KR_ERR_GENERATION_USED},
				{0, APPLICATION, 1, KR_OK}, {0, APPLICATION, 3, KR_OK}},
			5},
		{"a jump does not displace another leaf's keys", 4,
			{{0, APPLICATION, 2, KR_OK}, {1, APPLICATION, 50, KR_OK},
				{0, APPLICATION, 0, KR_OK}, {0, APPLICATION, 1, KR_OK},
				{1, APPLICATION, 47, KR_ERR_GENERATION_USED},
				{1, APPLICATION, 48, KR_OK}, {1, APPLICATION, 49, KR_OK}},
			7},
		{"nor those of the other kind", 4,
			{{0, HANDSHAKE, 2, KR_OK}, {0, APPLICATION, 50, KR_OK},
				{0, HANDSHAKE, 0, KR_OK}, {0, HANDSHAKE, 1, KR_OK},
				{0, APPLICATION, 47, KR_ERR_GENERATION_USED},
				{0, APPLICATION, 48, KR_OK}, {0, APPLICATION, 49, KR_OK}},
			7},
		{"of equals the lowest leaf, handshake first, gives", 3,
			{{0, APPLICATION, 2, KR_OK}, {0, HANDSHAKE, 2, KR_OK},
				{0, HANDSHAKE, 0, KR_ERR_GENERATION_USED},
				{0, HANDSHAKE, 1, KR_OK}, {0, APPLICATION, 0, KR_OK},
				{0, APPLICATION, 1, KR_OK}},
			6},
		{"keys that were taken make room", 2,
			{{0, APPLICATION, 2, KR_OK}, {0, APPLICATION, 0, KR_OK},
				{1, APPLICATION, 1, KR_OK}, {0, APPLICATION, 1, KR_OK},
				{1, APPLICATION, 0, KR_OK}},
			5},
	};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		struct kr_secret_tree_limits limits = {100, cases[i].max_kept_keys};
		struct kr_secret_tree *tree = tree_new(2, limits);

		for (size_t k = 0; k < cases[i].num_steps; k++) {
			const struct taken *t = &cases[i].steps[k];

			if (tree_take(tree, t->leaf, t->kind, t->generation) !=
				t->expected) {
				fail_msg("%s: step %zu", cases[i].name, k);
			}
		}
		kr_secret_tree_free(tree);
	}
}

/* ---- Against the model ------------------------------------------------------------- */

static uint64_t rng_state;

static uint32_t below(uint32_t bound)
{
	rng_state ^= rng_state << 13; /* xorshift64 */
	rng_state ^= rng_state >> 7;
	rng_state ^= rng_state << 17;
	return (uint32_t)(rng_state >> 32) % bound;
}

static uint64_t base_seed(void)
{
	const char *given = getenv("KRING_TEST_SEED");
	uint64_t seed = given != NULL ? strtoull(given, NULL, 0) : 0x6b72696e67;

	printf("# seed KRING_TEST_SEED=%llu\n", (unsigned long long)seed);
	return seed;
}

/* Store and read, and go on with what was read; or go on with a copy. */
static struct kr_secret_tree *replace(
	struct kr_secret_tree *tree, struct kr_secret_tree_limits limits, bool with_copy)
{
	KR_AUTO_FREE struct kr_bytes record = {0};
	struct kr_secret_tree *other;

	tree_record(&record, tree);
	if (with_copy) {
		assert_int_equal(kr_secret_tree_copy(&other, tree), KR_OK);
	} else {
		struct kr_reader r = kr_reader(kr_view_bytes(&record));

		assert_int_equal(kr_secret_tree_read(&r, limits, &other), KR_OK);
		assert_int_equal(kr_read_end(&r), KR_OK);
	}
	kr_secret_tree_free(tree);
	tree_assert_record(other, &record);
	return other;
}

/* A generation around the ratchet's next one. */
static uint32_t random_generation(
	const struct model *m, struct kr_leaf_index leaf, enum kr_ratchet_kind kind)
{
	uint32_t generation = model_next(m, leaf, kind) + below(8);
	uint32_t back = below(8);

	generation = generation > back ? generation - back : 0;
	return generation < MODEL_GENERATIONS ? generation : MODEL_GENERATIONS - 1;
}

static void random_step(
	struct model *m, struct kr_secret_tree *tree, unsigned num_seen[KR_ERR_END])
{
	struct kr_leaf_index leaf = leaf_at(below(m->num_leaves));
	enum kr_ratchet_kind kind = below(3) == 0 ? HANDSHAKE : APPLICATION;
	uint32_t generation = random_generation(m, leaf, kind);
	enum kr_err expected = model_find(m, leaf, kind, generation);
	struct kr_secret_tree_step *step;
	struct kr_message_key key;

	num_seen[expected]++;
	assert_int_equal(
		kr_secret_tree_find(tree, leaf, kind, generation, &key, &step), expected);
	if (expected == KR_OK) {
		struct kr_message_key same = model_key(m, leaf, kind, generation);

		assert_memory_equal(key.key.bytes, same.key.bytes, sizeof(key.key.bytes));
		assert_memory_equal(key.nonce, same.nonce, sizeof(key.nonce));
	}
	if (expected == KR_OK && below(4) > 0) {
		kr_secret_tree_commit(tree, step);
		model_take(m, leaf, kind, generation);
	} else {
		kr_secret_tree_discard(step);
	}
}

static void random_use_is_as_the_model_says(void **state)
{
	unsigned num_seen[KR_ERR_END] = {0};

	(void)state;
	rng_state = base_seed() + 1;
	/* Every bound comes up whatever the seed: what is counted below hangs on them. */
	for (unsigned round = 0; round < 24; round++) {
		struct kr_secret_tree_limits limits = {
			.max_forward = round % 8,
			.max_kept_keys = round / 8 % 2 == 0 ? 1000 : below(12),
		};
		struct kr_secret_tree *tree;
		struct model m;

		model_init(&m, (uint32_t)1 << below(5), &root_secret, limits);
		tree = tree_new(m.num_leaves, limits);
		for (unsigned i = 0; i < 200; i++) {
			random_step(&m, tree, num_seen);
			if (below(10) == 0) {
				tree = replace(tree, limits, below(2) == 0);
			}
		}
		model_assert_same(&m, tree);
		kr_secret_tree_free(tree);
	}
	assert_true(num_seen[KR_OK] > 100);
	assert_true(num_seen[KR_ERR_GENERATION_USED] > 100);
	assert_true(num_seen[KR_ERR_GENERATION_FAR] > 100);
}

static void a_copy_is_independent(void **state)
{
	struct kr_secret_tree *tree = tree_new(4, roomy);
	struct kr_secret_tree *copy;
	KR_AUTO_FREE struct kr_bytes before = {0};

	(void)state;
	assert_int_equal(tree_take(tree, 1, APPLICATION, 3), KR_OK);
	assert_int_equal(kr_secret_tree_copy(&copy, tree), KR_OK);
	tree_record(&before, copy);
	assert_int_equal(tree_take(tree, 1, APPLICATION, 5), KR_OK);
	assert_int_equal(tree_take(tree, 1, APPLICATION, 0), KR_OK);
	assert_int_equal(tree_take(tree, 3, APPLICATION, 0), KR_OK);
	tree_assert_record(copy, &before);
	kr_secret_tree_free(tree);
	assert_int_equal(tree_take(copy, 1, APPLICATION, 0), KR_OK);
	kr_secret_tree_free(copy);
}

/* ---- Forward secrecy --------------------------------------------------------------- */

static void assert_gone(const struct kr_bytes *record, const struct kr_secret *secret)
{
	assert_null(
		memmem(record->data, record->len, secret->bytes, sizeof(secret->bytes)));
}

/* Whether every node below that is spent has lost its secret. */
static void assert_spent_is_zero(const struct kr_secret_node *node)
{
	static const struct kr_secret zero;
	bool is_spent = node->children[0] != NULL || node->ratchets != NULL;

	assert_int_equal(kr_secret_equal(&node->secret, &zero), is_spent);
	if (node->children[0] != NULL) {
		assert_spent_is_zero(node->children[0]);
		assert_spent_is_zero(node->children[1]);
	}
}

/* §9.2: from what is left, nothing that was used can be derived again. */
static void what_was_used_is_deleted(void **state)
{
	struct kr_secret_tree *tree = tree_new(8, roomy);
	KR_AUTO_FREE struct kr_bytes record = {0};
	struct kr_leaf_index leaf = leaf_at(5);
	struct model m;

	(void)state;
	model_init(&m, 8, &root_secret, roomy);
	assert_int_equal(tree_take(tree, leaf.v, APPLICATION, 3), KR_OK);
	assert_int_equal(tree_take(tree, leaf.v, APPLICATION, 1), KR_OK);
	assert_spent_is_zero(tree->root);
	tree_record(&record, tree);
	for (unsigned depth = 0; depth <= 3; depth++) {
		struct kr_secret secret = model_node_secret(&m, depth, leaf);

		assert_gone(&record, &secret);
	}
	for (uint32_t g = 0; g <= 3; g++) {
		struct kr_secret secret = model_ratchet_secret(&m, leaf, APPLICATION, g);
		struct kr_message_key key = model_key(&m, leaf, APPLICATION, g);
		bool is_kept = g == 0 || g == 2;

		assert_gone(&record, &secret);
		assert_int_equal(memmem(record.data, record.len, key.key.bytes,
					 sizeof(key.key.bytes)) != NULL,
			is_kept);
	}
	kr_secret_tree_free(tree);
}

/* ---- Sender data ------------------------------------------------------------------- */

static void the_sample_is_the_first_32_bytes(void **state)
{
	static const struct {
		size_t len;
		size_t sample_len;
	} cases[] = {
		{0, 0},
		{1, 1},
		{16, 16},
		{31, 31},
		{32, 32},
		{33, 32},
		{1000, 32},
	};
	uint8_t ciphertext[1000];

	(void)state;
	for (size_t i = 0; i < sizeof(ciphertext); i++) {
		ciphertext[i] = (uint8_t)(i * 7);
	}
	for (size_t i = 0; i < NUM(cases); i++) {
		struct kr_view sample = kr_view(ciphertext, cases[i].sample_len);
		struct kr_secret key;
		struct kr_secret expected_key;
		uint8_t nonce[KR_AEAD_NONCE_BYTES];
		uint8_t expected_nonce[KR_AEAD_NONCE_BYTES];

		assert_int_equal(kr_sender_data_key(&key, nonce, &root_secret,
					 kr_view(ciphertext, cases[i].len)),
			KR_OK);
		kr_expand_with_label(expected_key.bytes, sizeof(expected_key.bytes),
			&root_secret, "key", sample);
		kr_expand_with_label(expected_nonce, sizeof(expected_nonce), &root_secret,
			"nonce", sample);
		assert_true(kr_secret_equal(&key, &expected_key));
		assert_memory_equal(nonce, expected_nonce, sizeof(nonce));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(widths),
		cmocka_unit_test(a_generation_is_used_once),
		cmocka_unit_test(a_step_that_is_discarded_changes_nothing),
		cmocka_unit_test(late_messages_find_their_keys),
		cmocka_unit_test(too_far_ahead),
		cmocka_unit_test(a_leaf_that_was_not_reached_has_the_same_bound),
		cmocka_unit_test(next_keys_are_those_that_others_find),
		cmocka_unit_test(next_outside_the_width),
		cmocka_unit_test(kept_keys_are_bounded),
		cmocka_unit_test(random_use_is_as_the_model_says),
		cmocka_unit_test(a_copy_is_independent),
		cmocka_unit_test(what_was_used_is_deleted),
		cmocka_unit_test(the_sample_is_the_first_32_bytes),
	};

	return kr_crypto_init() != KR_OK ||
		cmocka_run_group_tests_name("mls/secret_tree", tests, NULL, NULL);
}
