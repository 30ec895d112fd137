#include "vectors.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "proto/mls/secret_tree.h"

static const struct kr_secret_tree_limits limits = {
	.max_forward = 1000, .max_kept_keys = 1000};

static void check_sender_data(struct vectors *v, const cJSON *c)
{
	const cJSON *data = vectors_get(c, "sender_data");
	struct kr_secret sender_data_secret;
	struct kr_secret key;
	uint8_t nonce[KR_AEAD_NONCE_BYTES];

	vectors_hex_copy(data, "sender_data_secret", sender_data_secret.bytes,
		sizeof(sender_data_secret.bytes));
	assert_int_equal(kr_sender_data_key(&key, nonce, &sender_data_secret,
				 vectors_hex(v, data, "ciphertext")),
		KR_OK);
	vectors_assert_equal("key", kr_view_secret(&key), vectors_hex(v, data, "key"));
	vectors_assert_equal(
		"nonce", kr_view(nonce, sizeof(nonce)), vectors_hex(v, data, "nonce"));
}

/* The key of one generation, taken from the tree. */
static void check_key(struct vectors *v, struct kr_secret_tree *tree,
	struct kr_leaf_index leaf, enum kr_ratchet_kind kind, const cJSON *expected)
{
	static const struct {
		const char *key;
		const char *nonce;
	} names[] = {
		[KR_RATCHET_HANDSHAKE] = {"handshake_key", "handshake_nonce"},
		[KR_RATCHET_APPLICATION] = {"application_key", "application_nonce"},
	};
	uint32_t generation = (uint32_t)vectors_uint(expected, "generation");
	struct kr_secret_tree_step *step;
	struct kr_message_key key;

	assert_int_equal(
		kr_secret_tree_find(tree, leaf, kind, generation, &key, &step), KR_OK);
	assert_int_equal(key.generation, generation);
	vectors_assert_equal(names[kind].key, kr_view_secret(&key.key),
		vectors_hex(v, expected, names[kind].key));
	vectors_assert_equal(names[kind].nonce, kr_view(key.nonce, sizeof(key.nonce)),
		vectors_hex(v, expected, names[kind].nonce));
	kr_secret_tree_commit(tree, step);
}

static void check_leaves(struct vectors *v, const cJSON *c)
{
	const cJSON *leaves = vectors_get(c, "leaves");
	uint32_t num_leaves = (uint32_t)cJSON_GetArraySize(leaves);
	struct kr_secret encryption_secret;
	struct kr_secret_tree *tree;
	struct kr_leaf_index leaf = {0};
	const cJSON *generations;
	const cJSON *expected;

	vectors_hex_copy(c, "encryption_secret", encryption_secret.bytes,
		sizeof(encryption_secret.bytes));
	assert_int_equal(
		kr_secret_tree_new(&tree, num_leaves, &encryption_secret, limits), KR_OK);
	cJSON_ArrayForEach(generations, leaves)
	{
		assert_true(cJSON_GetArraySize(generations) > 0);
		cJSON_ArrayForEach(expected, generations)
		{
			check_key(v, tree, leaf, KR_RATCHET_HANDSHAKE, expected);
			check_key(v, tree, leaf, KR_RATCHET_APPLICATION, expected);
		}
		leaf.v++;
	}
	kr_secret_tree_free(tree);
}

static void secret_tree(void **state)
{
	struct vectors *v = vectors_open("mls/secret-tree.json");
	const cJSON *c;

	(void)state;
	cJSON_ArrayForEach(c, vectors_root(v))
	{
		assert_int_equal(vectors_uint(c, "cipher_suite"), KR_MLS_CIPHER_SUITE);
		check_sender_data(v, c);
		check_leaves(v, c);
		vectors_passed(v);
	}
	vectors_close(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(secret_tree),
	};

	return kr_crypto_init() != KR_OK ||
		cmocka_run_group_tests_name("mls_secret_tree", tests, NULL, NULL);
}
