#include <test.h>

#include <alloc_fail.h>
#include <string.h>

#include "proto/mls/tree_node.h"
#include "tree_scene.h"

static const struct kr_leaf_set nobody = {NULL, 0};
static const struct kr_view no_extensions = {NULL, 0};

/* Seven members with blank parents, an unmerged leaf and a blank leaf in between. */
static void varied_scene(struct scene *s)
{
	scene_init(s, 7);
	for (uint32_t i = 0; i < 7; i++) {
		scene_commit(s, i, nobody);
	}
	scene_remove(s, 3);
	scene_remove(s, 5);
	for (uint32_t i = 0; i < 7; i++) {
		kr_private_path_prune(
			&s->members[i].keys, &s->tree, (struct kr_leaf_index){i});
	}
	scene_commit(s, 6, nobody);
	scene_commit(s, 0, nobody);
	scene_add(s); /* unmerged at leaf 3 */
}

static enum kr_err verify(const struct kr_tree *tree)
{
	return kr_tree_verify(tree, scene_group_id, no_extensions);
}

static void every_tree_that_commits_make_is_good(void **state)
{
	struct scene s;

	(void)state;
	scene_init(&s, 2);
	for (size_t step = 0; step < 80; step++) {
		uint32_t author;
		uint8_t choice[2];

		do {
			assert_int_equal(
				kr_random_fill(&s.rng, choice, sizeof(choice)), KR_OK);
			author = choice[0] % SCENE_MAX_MEMBERS;
		} while (kr_tree_leaf(&s.tree, (struct kr_leaf_index){author}) == NULL);
		if (choice[1] % 3 == 0 &&
			kr_tree_num_members(&s.tree) < SCENE_MAX_MEMBERS) {
			scene_add(&s);
		} else if (choice[1] % 3 == 1 && kr_tree_num_members(&s.tree) > 2) {
			scene_remove(&s, author);
		} else {
			struct kr_path_secrets secrets;
			struct kr_tree made;

			assert_int_equal(
				scene_generate(&s, author, &made, &secrets), KR_OK);
			kr_tree_free(&s.tree);
			s.tree = made; /* transferred */
			kr_path_secrets_wipe(&secrets);
		}
		assert_int_equal(verify(&s.tree), KR_OK);
	}
	scene_finish(&s);
}

/* ---- Trees that break a rule --------------------------------------------------- */

/* The node, made the tree's own so that it can be changed. */
static struct kr_tree_node *own(struct scene *s, uint32_t node)
{
	struct kr_tree_trail trail;

	assert_int_equal(
		kr_tree_own_path(&s->tree, (struct kr_node_index){node}, &trail), KR_OK);
	return trail.nodes[trail.num - 1];
}

/* A parent's content with other unmerged leaves, to be changed. */
static struct kr_parent *own_parent(
	struct scene *s, uint32_t node, const uint32_t *unmerged, size_t num)
{
	struct kr_tree_node *n = own(s, node);
	struct kr_parent *fresh = kr_parent_new(num);

	assert_non_null(fresh);
	if (n->parent != NULL) {
		memcpy(fresh->encryption_key, n->parent->encryption_key, KR_X25519_BYTES);
		memcpy(fresh->parent_hash, n->parent->parent_hash, KR_MLS_HASH_BYTES);
		fresh->has_parent_hash = n->parent->has_parent_hash;
	}
	for (size_t i = 0; i < num; i++) {
		fresh->unmerged[i].v = unmerged[i];
	}
	kr_parent_unref(n->parent);
	n->parent = fresh;
	return fresh;
}

static void nothing(struct scene *s)
{
	(void)s;
}

static void an_unmerged_leaf_elsewhere(struct scene *s)
{
	own_parent(s, 1, (const uint32_t[]){3}, 1);
}

static void an_unmerged_leaf_is_blank(struct scene *s)
{
	own_parent(s, 7, (const uint32_t[]){3, 5}, 2);
}

static void an_unmerged_leaf_outside(struct scene *s)
{
	own_parent(s, 7, (const uint32_t[]){3, 8}, 2);
}

static void an_unmerged_leaf_of_the_root_alone(struct scene *s)
{
	own_parent(s, 3, NULL, 0);
}

static void nobody_unmerged_at_the_root(struct scene *s)
{
	own_parent(s, 7, NULL, 0);
}

static void another_parent_hash(struct scene *s)
{
	own_parent(s, 3, (const uint32_t[]){3}, 1)->parent_hash[5] ^= 1;
}

static void no_parent_hash(struct scene *s)
{
	own_parent(s, 3, (const uint32_t[]){3}, 1)->has_parent_hash = false;
}

static void another_root_key(struct scene *s)
{
	own_parent(s, 7, (const uint32_t[]){3}, 1)->encryption_key[5] ^= 1;
}

static void a_parent_that_nobody_made(struct scene *s)
{
	own_parent(s, 5, (const uint32_t[]){3}, 1)->encryption_key[0] = 1;
}

static void a_leaf_replaced(struct scene *s)
{
	struct kr_leaf *leaf = kr_leaf_ref(own(s, 2)->leaf);

	assert_int_equal(
		kr_tree_update(&s->tree, (struct kr_leaf_index){4}, leaf), KR_OK);
	kr_leaf_unref(leaf);
}

static void a_leaf_twice(struct scene *s)
{
	struct kr_leaf *leaf = kr_leaf_ref(own(s, 2)->leaf);
	struct kr_leaf_index index;

	assert_int_equal(kr_tree_add(&s->tree, leaf, &index), KR_OK);
	kr_leaf_unref(leaf);
}

/* A leaf of this member like its own, with another encryption key. Without a parent hash
 * it comes by an Update, which blanks what is above. */
static void put_leaf(struct scene *s, uint32_t member, const uint8_t *key,
	struct kr_view parent_hash, uint32_t signed_for)
{
	const struct kr_leaf_place place = {scene_group_id, {signed_for}};
	const struct kr_mls_client client = {.identity = LITERAL("somebody")};
	const struct kr_leaf_params params = {
		.client = &client,
		.signer = &s->members[member].signer,
		.encryption_key = key,
		.source = parent_hash.len > 0 ? KR_LEAF_COMMIT : KR_LEAF_UPDATE,
		.parent_hash = parent_hash,
		.place = &place,
	};
	const struct kr_leaf_index index = {member};
	struct kr_bytes encoded;
	struct kr_leaf *leaf;

	assert_int_equal(kr_leaf_node_sign(&encoded, &params), KR_OK);
	assert_int_equal(kr_leaf_new(&leaf, kr_view_bytes(&encoded)), KR_OK);
	assert_int_equal(parent_hash.len > 0 ? kr_tree_set_leaf(&s->tree, index, leaf)
					     : kr_tree_update(&s->tree, index, leaf),
		KR_OK);
	kr_leaf_unref(leaf);
	kr_bytes_free(&encoded);
}

static void a_leaf_with_a_fresh_key(struct scene *s)
{
	static const uint8_t key[KR_X25519_BYTES] = {77};

	put_leaf(s, 4, key, (struct kr_view){0}, 4);
}

static void a_leaf_with_a_parent_s_key(struct scene *s)
{
	uint8_t key[KR_X25519_BYTES];

	memcpy(key, kr_tree_node_key(&s->tree, (struct kr_node_index){3}), sizeof(key));
	put_leaf(s, 4, key, (struct kr_view){0}, 4);
}

static void a_leaf_signed_for_another_place(struct scene *s)
{
	static const uint8_t key[KR_X25519_BYTES] = {77};

	put_leaf(s, 4, key, (struct kr_view){0}, 5);
}

/* Node 5 above leaf 2 and nobody, linked to leaf 2 by a parent hash as the RFC has it:
 * only the rule that no commit makes such a parent refuses it. */
static void a_parent_with_an_empty_side(struct scene *s)
{
	static const uint8_t key[KR_X25519_BYTES] = {77};
	struct kr_parent *parent;
	uint8_t hash[KR_MLS_HASH_BYTES];

	scene_finish(s);
	scene_init(s, 3);
	parent = own_parent(s, 5, NULL, 0);
	parent->encryption_key[0] = 78;
	assert_int_equal(
		kr_tree_parent_hash(&s->tree, parent, (struct kr_node_index){6}, hash),
		KR_OK);
	put_leaf(s, 2, key, kr_view(hash, sizeof(hash)), 2);
	assert_int_equal(kr_tree_verify_parent_hashes(&s->tree), KR_OK);
}

static void a_joiner_refuses_what_breaks_a_rule(void **state)
{
	static const struct {
		const char *name;
		void (*change)(struct scene *s);
		enum kr_err expected;
	} cases[] = {
		{"nothing", nothing, KR_OK},
		{"a fresh key", a_leaf_with_a_fresh_key, KR_OK},
		{"unmerged elsewhere", an_unmerged_leaf_elsewhere, KR_ERR_TREE_UNMERGED},
		{"unmerged and blank", an_unmerged_leaf_is_blank, KR_ERR_TREE_UNMERGED},
		{"unmerged outside", an_unmerged_leaf_outside, KR_ERR_TREE_UNMERGED},
		{"unmerged at the root alone", an_unmerged_leaf_of_the_root_alone,
			KR_ERR_TREE_UNMERGED},
		{"unmerged below the root alone", nobody_unmerged_at_the_root,
			KR_ERR_TREE_PARENT_HASH},
		{"parent hash", another_parent_hash, KR_ERR_TREE_PARENT_HASH},
		{"no parent hash", no_parent_hash, KR_ERR_TREE_PARENT_HASH},
		{"root key", another_root_key, KR_ERR_TREE_PARENT_HASH},
		{"parent of nobody", a_parent_that_nobody_made, KR_ERR_TREE_PARENT_HASH},
		{"leaf replaced", a_leaf_replaced, KR_ERR_LEAF_KEY_REUSED},
		{"leaf twice", a_leaf_twice, KR_ERR_LEAF_KEY_REUSED},
		{"a parent's key", a_leaf_with_a_parent_s_key, KR_ERR_TREE_KEY_REUSED},
		{"another place", a_leaf_signed_for_another_place, KR_ERR_SIGNATURE},
		{"an empty side", a_parent_with_an_empty_side, KR_ERR_TREE_SHAPE},
	};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		struct scene s;
		enum kr_err err;

		varied_scene(&s);
		cases[i].change(&s);
		err = verify(&s.tree);
		if (err != cases[i].expected) {
			fail_msg("%s: %s", cases[i].name, kr_err_name(err));
		}
		scene_finish(&s);
	}
}

static void leaves_are_of_this_group_and_support_what_it_uses(void **state)
{
	static const uint8_t extension[] = {
		0xf0, 0x01, 0}; /* a private-use type, empty */
	struct scene s;

	(void)state;
	varied_scene(&s);
	assert_int_equal(kr_tree_verify(&s.tree, LITERAL("another"), no_extensions),
		KR_ERR_SIGNATURE);
	assert_int_equal(kr_tree_verify(&s.tree, scene_group_id,
				 kr_view(extension, sizeof(extension))),
		KR_ERR_REQUIRED_CAPABILITIES);
	scene_finish(&s);
}

/* ---- Keys ---------------------------------------------------------------------- */

static void new_keys_are_counted(void **state)
{
	static const uint8_t fresh[KR_X25519_BYTES] = {99};
	struct scene s;
	const struct kr_leaf *first;
	const struct kr_leaf *second;
	const uint8_t *encryption[2];
	const uint8_t *signature[1];
	struct kr_new_keys keys = {encryption, 2, signature, 1};

	(void)state;
	varied_scene(&s);
	first = kr_tree_leaf(&s.tree, (struct kr_leaf_index){0});
	second = kr_tree_leaf(&s.tree, (struct kr_leaf_index){1});
	encryption[0] = first->node.encryption_key;
	encryption[1] = second->node.encryption_key;
	signature[0] = first->node.signature_key;
	assert_true(kr_tree_keys_stand_once(&s.tree, &keys));
	assert_false(kr_tree_has_none_of(&s.tree, encryption, 2));
	encryption[1] = fresh; /* not in the tree */
	assert_false(kr_tree_keys_stand_once(&s.tree, &keys));
	assert_false(kr_tree_has_none_of(&s.tree, encryption, 2));
	assert_true(kr_tree_has_none_of(&s.tree, encryption + 1, 1));
	encryption[0] = kr_tree_node_key(&s.tree, (struct kr_node_index){7});
	assert_false(kr_tree_has_none_of(&s.tree, encryption, 1));
	assert_int_equal(kr_tree_verify_unique_keys(&s.tree), KR_OK);
	a_leaf_twice(&s);
	assert_int_equal(kr_tree_verify_unique_keys(&s.tree), KR_ERR_LEAF_KEY_REUSED);
	encryption[0] = second->node.encryption_key; /* now of two leaves */
	keys.num_encryption = 1;
	assert_false(kr_tree_keys_stand_once(&s.tree, &keys));
	scene_finish(&s);
}

static enum kr_err verify_it(void *ctx)
{
	const struct scene *s = ctx;

	return verify(&s->tree);
}

static void without_memory_nothing_is_verified(void **state)
{
	struct scene s;

	(void)state;
	varied_scene(&s);
	assert_true(alloc_fail_each(verify_it, NULL, &s) > 0);
	scene_finish(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_tree_that_commits_make_is_good),
		cmocka_unit_test(a_joiner_refuses_what_breaks_a_rule),
		cmocka_unit_test(leaves_are_of_this_group_and_support_what_it_uses),
		cmocka_unit_test(new_keys_are_counted),
		cmocka_unit_test(without_memory_nothing_is_verified),
	};

	return cmocka_run_group_tests_name("mls/tree_verify", tests, NULL, NULL);
}
