#include <test.h>

#include <alloc_fail.h>
#include <string.h>

#include "tree_scene.h"

static const struct kr_leaf_set nobody = {NULL, 0};

static bool same_tree(const struct kr_tree *a, const struct kr_tree *b)
{
	KR_AUTO_WRITER struct kr_writer first = {0};
	KR_AUTO_WRITER struct kr_writer second = {0};

	kr_writer_init(&first);
	kr_writer_init(&second);
	kr_tree_write(&first, a);
	kr_tree_write(&second, b);
	return kr_view_equal(kr_writer_view(&first), kr_writer_view(&second));
}

/* Each private key that a member holds is that of a node on its direct path, and it has
 * its leaf's. */
static void assert_keys_fit(const struct scene *s)
{
	for (uint32_t i = 0; i < s->tree.num_leaves; i++) {
		const struct kr_private_path *keys = &s->members[i].keys;
		struct kr_node_index node = kr_node_of_leaf((struct kr_leaf_index){i});

		if (kr_tree_leaf(&s->tree, (struct kr_leaf_index){i}) == NULL) {
			continue;
		}
		assert_true((keys->have & 1) != 0);
		for (unsigned level = 0; level < KR_TREE_MAX_LEVELS; level++) {
			if ((keys->have >> level & 1) != 0) {
				const uint8_t *key = kr_tree_node_key(&s->tree, node);
				uint8_t public_key[KR_X25519_BYTES];

				assert_non_null(key);
				kr_x25519_public(public_key, &keys->keys[level].secret);
				assert_memory_equal(key, public_key, KR_X25519_BYTES);
			}
			if (node.v == kr_node_root(s->tree.num_leaves).v) {
				assert_int_equal(keys->have >> (level + 1), 0);
				break;
			}
			node = kr_node_parent(node);
		}
	}
}

static void prune_all(struct scene *s)
{
	for (uint32_t i = 0; i < s->tree.num_leaves; i++) {
		kr_private_path_prune(
			&s->members[i].keys, &s->tree, (struct kr_leaf_index){i});
	}
}

/* Members come, go and commit in a random order; everybody arrives at the same secret. */
static void all_members_arrive_at_the_commit_secret(void **state)
{
	struct scene s;

	(void)state;
	scene_init(&s, 2);
	for (size_t step = 0; step < 120; step++) {
		uint32_t num = kr_tree_num_members(&s.tree);
		uint32_t author;
		uint8_t choice;

		do {
			assert_int_equal(kr_random_fill(&s.rng, &choice, 1), KR_OK);
			author = choice % SCENE_MAX_MEMBERS;
		} while (kr_tree_leaf(&s.tree, (struct kr_leaf_index){author}) == NULL);
		assert_int_equal(kr_random_fill(&s.rng, &choice, 1), KR_OK);
		if (choice % 4 == 0 && num < SCENE_MAX_MEMBERS) {
			scene_add(&s); /* unmerged until somebody commits there */
		} else if (choice % 4 == 1 && num > 2) {
			scene_remove(&s, author);
			prune_all(&s);
		} else if (choice % 4 == 2 && num < SCENE_MAX_MEMBERS) {
			struct kr_leaf_index added = scene_add(&s);

			scene_commit(&s, author, (struct kr_leaf_set){&added, 1});
		} else {
			scene_commit(&s, author, nobody);
		}
		assert_keys_fit(&s);
	}
	scene_finish(&s);
}

static void the_public_side_gives_the_author_s_tree(void **state)
{
	struct scene s;
	struct kr_path_secrets secrets;
	struct kr_bytes encoded;
	struct kr_tree made;
	struct kr_tree applied;

	(void)state;
	scene_init(&s, 6);
	scene_commit(&s, 3, nobody);
	assert_int_equal(scene_generate(&s, 5, &made, &secrets), KR_OK);
	assert_int_equal(kr_path_encrypt(&made, (struct kr_leaf_index){5}, &secrets,
				 scene_context, nobody, &s.rng, &encoded),
		KR_OK);
	assert_int_equal(
		scene_apply(&s, 5, kr_view_bytes(&encoded), nobody, &applied), KR_OK);
	assert_true(same_tree(&applied, &made));
	assert_false(same_tree(&applied, &s.tree));
	kr_tree_free(&applied);
	kr_tree_free(&made);
	kr_path_secrets_wipe(&secrets);
	kr_bytes_free(&encoded);
	scene_finish(&s);
}

static void who_is_alone_has_a_path_of_a_leaf(void **state)
{
	struct scene s;
	struct kr_path_secrets secrets;
	struct kr_tree made;
	const struct kr_leaf *leaf;

	(void)state;
	scene_init(&s, 1);
	assert_int_equal(scene_generate(&s, 0, &made, &secrets), KR_OK);
	assert_int_equal(secrets.path.num, 0);
	leaf = kr_tree_leaf(&made, (struct kr_leaf_index){0});
	assert_int_equal(leaf->node.source, KR_LEAF_COMMIT);
	assert_int_equal(leaf->node.parent_hash.len, 0);
	kr_path_secrets_wipe(&secrets);
	kr_tree_free(&made);
	scene_finish(&s);
}

/* ---- Paths that break a rule --------------------------------------------------- */

/* A path in parts, to change one and write it again, signed anew by its author. */
struct parts {
	struct kr_leaf_index author;
	uint8_t keys[8][KR_X25519_BYTES];
	size_t num_ciphertexts[8];
	size_t num;
	const uint8_t *leaf_key; /* NULL: a new one */
	enum kr_leaf_source source;
	bool other_parent_hash;
	bool other_place;
};

static void write_nodes(struct kr_writer *w, const struct parts *p)
{
	static const uint8_t ct[KR_SECRET_BYTES + KR_AEAD_TAG_BYTES] = {1};
	size_t begin = kr_write_vec_begin(w);

	for (size_t i = 0; i < p->num; i++) {
		size_t list;

		kr_write_vec(w, kr_view(p->keys[i], KR_X25519_BYTES));
		list = kr_write_vec_begin(w);
		for (size_t k = 0; k < p->num_ciphertexts[i]; k++) {
			kr_write_vec(w, kr_view(ct, KR_X25519_BYTES));
			kr_write_vec(w, kr_view(ct, sizeof(ct)));
		}
		kr_write_vec_end(w, list);
	}
	kr_write_vec_end(w, begin);
}

static void write_leaf(struct kr_writer *w, struct scene *s, const struct parts *p)
{
	const struct kr_leaf_place place = {
		scene_group_id, {p->author.v + (p->other_place ? 1 : 0)}};
	const struct kr_mls_client client = {.identity = LITERAL("somebody")};
	uint8_t parent_hash[KR_MLS_HASH_BYTES];
	struct kr_filtered_path path;
	struct kr_x25519_keypair pair;
	struct kr_leaf_params params = {
		.client = &client,
		.signer = &s->members[p->author.v].signer,
		.source = p->source,
		.lifetime = {0, UINT64_MAX},
		.parent_hash = kr_view(parent_hash, sizeof(parent_hash)),
		.place = &place,
	};
	struct kr_tree tree = kr_tree_copy(&s->tree);
	struct kr_bytes encoded;
	bool has_hash;

	assert_int_equal(kr_x25519_generate(&pair, &s->rng), KR_OK);
	params.encryption_key = p->leaf_key != NULL ? p->leaf_key : pair.public_key;
	kr_tree_filtered_path(&tree, p->author, &path);
	assert_int_equal(kr_tree_set_path(&tree, p->author, &path,
				 (const uint8_t(*)[KR_X25519_BYTES])p->keys, parent_hash,
				 &has_hash),
		KR_OK);
	parent_hash[0] ^= p->other_parent_hash ? 1 : 0;
	assert_int_equal(kr_leaf_node_sign(&encoded, &params), KR_OK);
	kr_write_fixed(w, kr_view_bytes(&encoded));
	kr_bytes_free(&encoded);
	kr_tree_free(&tree);
}

static void nothing(struct scene *s, struct parts *p)
{
	(void)s;
	(void)p;
}

static void a_node_less(struct scene *s, struct parts *p)
{
	(void)s;
	p->num--;
}

static void a_node_more(struct scene *s, struct parts *p)
{
	(void)s;
	p->num_ciphertexts[p->num] = 0;
	p->keys[p->num++][0] = 99;
}

static void a_ciphertext_less(struct scene *s, struct parts *p)
{
	(void)s;
	p->num_ciphertexts[1]--;
}

static void a_ciphertext_more(struct scene *s, struct parts *p)
{
	(void)s;
	p->num_ciphertexts[1]++;
}

static void a_key_twice(struct scene *s, struct parts *p)
{
	(void)s;
	memcpy(p->keys[1], p->keys[0], KR_X25519_BYTES);
}

static void the_leaf_s_key_in_the_path(struct scene *s, struct parts *p)
{
	(void)s;
	p->leaf_key = p->keys[1];
}

static void a_member_s_key(struct scene *s, struct parts *p)
{
	memcpy(p->keys[1],
		kr_tree_leaf(&s->tree, (struct kr_leaf_index){1})->node.encryption_key,
		KR_X25519_BYTES);
}

static void the_old_key_of_a_node_on_the_path(struct scene *s, struct parts *p)
{
	memcpy(p->keys[2], kr_tree_node_key(&s->tree, kr_node_root(s->tree.num_leaves)),
		KR_X25519_BYTES);
}

static void the_old_key_of_another_node_on_the_path(struct scene *s, struct parts *p)
{
	memcpy(p->keys[0], kr_tree_node_key(&s->tree, kr_node_root(s->tree.num_leaves)),
		KR_X25519_BYTES);
}

static void the_old_leaf_s_key(struct scene *s, struct parts *p)
{
	p->leaf_key = kr_tree_leaf(&s->tree, p->author)->node.encryption_key;
}

static void the_old_leaf_s_key_above(struct scene *s, struct parts *p)
{
	memcpy(p->keys[0], kr_tree_leaf(&s->tree, p->author)->node.encryption_key,
		KR_X25519_BYTES);
}

static void source_update(struct scene *s, struct parts *p)
{
	(void)s;
	p->source = KR_LEAF_UPDATE;
}

static void source_key_package(struct scene *s, struct parts *p)
{
	(void)s;
	p->source = KR_LEAF_KEY_PACKAGE;
}

static void another_parent_hash(struct scene *s, struct parts *p)
{
	(void)s;
	p->other_parent_hash = true;
}

static void another_place(struct scene *s, struct parts *p)
{
	(void)s;
	p->other_place = true;
}

static void another_signer(struct scene *s, struct parts *p)
{
	(void)p;
	s->members[p->author.v].signer = s->members[1].signer;
}

static void a_path_keeps_the_rules(void **state)
{
	static const struct {
		const char *name;
		void (*change)(struct scene *s, struct parts *p);
		enum kr_err expected;
	} cases[] = {
		{"nothing", nothing, KR_OK},
		{"a node less", a_node_less, KR_ERR_COMMIT_PATH},
		{"a node more", a_node_more, KR_ERR_COMMIT_PATH},
		{"a ciphertext less", a_ciphertext_less, KR_ERR_COMMIT_PATH},
		{"a ciphertext more", a_ciphertext_more, KR_ERR_COMMIT_PATH},
		{"a key twice", a_key_twice, KR_ERR_LEAF_KEY_REUSED},
		{"leaf's key in the path", the_leaf_s_key_in_the_path,
			KR_ERR_LEAF_KEY_REUSED},
		{"a member's key", a_member_s_key, KR_ERR_LEAF_KEY_REUSED},
		{"old key where it stood", the_old_key_of_a_node_on_the_path,
			KR_ERR_LEAF_KEY_REUSED},
		{"old key elsewhere", the_old_key_of_another_node_on_the_path,
			KR_ERR_LEAF_KEY_REUSED},
		{"old leaf's key", the_old_leaf_s_key, KR_ERR_LEAF_KEY_REUSED},
		{"old leaf's key above", the_old_leaf_s_key_above,
			KR_ERR_LEAF_KEY_REUSED},
		{"source update", source_update, KR_ERR_LEAF_SOURCE},
		{"source key package", source_key_package, KR_ERR_LEAF_SOURCE},
		{"parent hash", another_parent_hash, KR_ERR_TREE_PARENT_HASH},
		{"signed for another place", another_place, KR_ERR_SIGNATURE},
		{"with a member's signature key", another_signer, KR_ERR_LEAF_KEY_REUSED},
	};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		KR_AUTO_WRITER struct kr_writer w = {0};
		struct scene s;
		struct parts p = {
			.author = {4},
			.num = 3,
			.num_ciphertexts = {1, 1, 1},
			.source = KR_LEAF_COMMIT,
		};
		struct kr_tree applied;
		enum kr_err err;

		scene_init(&s, 8);
		for (uint32_t author = 0; author < 8; author += 2) {
			scene_commit(&s, author, nobody);
		}
		for (size_t k = 0; k < NUM(p.keys); k++) {
			assert_int_equal(
				kr_random_fill(&s.rng, p.keys[k], KR_X25519_BYTES),
				KR_OK);
		}
		cases[i].change(&s, &p);
		kr_writer_init(&w);
		write_leaf(&w, &s, &p);
		write_nodes(&w, &p);
		err = scene_apply(&s, 4, kr_writer_view(&w), nobody, &applied);
		if (err != cases[i].expected) {
			fail_msg("%s: %s", cases[i].name, kr_err_name(err));
		}
		kr_tree_free(&applied);
		scene_finish(&s);
	}
}

static void every_truncation_of_a_path_fails(void **state)
{
	struct scene s;
	struct kr_bytes encoded;

	(void)state;
	scene_init(&s, 5);
	scene_path(&s, 0, nobody, &encoded, NULL);
	for (size_t len = 0; len < encoded.len; len++) {
		struct kr_tree applied;

		assert_int_not_equal(
			scene_apply(&s, 0, kr_view(encoded.data, len), nobody, &applied),
			KR_OK);
		kr_tree_free(&applied);
	}
	kr_bytes_free(&encoded);
	scene_finish(&s);
}

/* ---- Taking a path in ---------------------------------------------------------- */

/* Member 3 takes in a path of member 0 that was changed or goes wrong in another way. */
static void who_cannot_decrypt_says_so(void **state)
{
	struct scene s;
	struct kr_bytes encoded;
	struct kr_tree applied;
	struct kr_secret secret;
	struct kr_update_path path;
	struct kr_private_path keys;
	struct kr_reader r;
	const struct kr_leaf_index author = {0};
	const struct kr_leaf_index own = {3};

	(void)state;
	scene_init(&s, 4);
	scene_path(&s, 0, nobody, &encoded, NULL);
	assert_int_equal(
		scene_apply(&s, 0, kr_view_bytes(&encoded), nobody, &applied), KR_OK);
	r = kr_reader(kr_view_bytes(&encoded));
	assert_int_equal(kr_update_path_read(&r, &path), KR_OK);

	keys = (struct kr_private_path){0}; /* no key at all */
	assert_int_equal(kr_path_decrypt(&applied, author, own, &path, scene_context,
				 nobody, &keys, &secret),
		KR_ERR_COMMIT_PATH);
	keys = s.members[2].keys; /* somebody else's */
	assert_int_equal(kr_path_decrypt(&applied, author, own, &path, scene_context,
				 nobody, &keys, &secret),
		KR_ERR_COMMIT_PATH);
	keys = s.members[3].keys;
	assert_int_equal(kr_path_decrypt(&applied, author, own, &path, LITERAL("another"),
				 nobody, &keys, &secret),
		KR_ERR_DECRYPT);
	keys = s.members[0].keys;
	assert_int_equal(kr_path_decrypt(&applied, author, author, &path, scene_context,
				 nobody, &keys, &secret),
		KR_ERR_COMMIT_PATH);
	keys = s.members[3].keys;
	assert_int_equal(kr_path_decrypt(&applied, author, own, &path, scene_context,
				 nobody, &keys, &secret),
		KR_OK);
	kr_tree_free(&applied);
	kr_bytes_free(&encoded);
	scene_finish(&s);
}

static void a_wrong_path_secret_is_found_out(void **state)
{
	struct scene s;
	struct kr_path_secrets secrets;
	struct kr_private_path keys;
	struct kr_tree made;
	struct kr_secret wrong;
	const struct kr_leaf_index author = {0};
	const struct kr_leaf_index own = {3};

	(void)state;
	scene_init(&s, 4);
	assert_int_equal(scene_generate(&s, 0, &made, &secrets), KR_OK);
	keys = s.members[3].keys;
	wrong = *kr_path_secret_for(&secrets, author, own);
	assert_int_equal(kr_path_join(&made, author, own, &wrong, &keys), KR_OK);
	wrong.bytes[31] ^= 1;
	assert_int_equal(
		kr_path_join(&made, author, own, &wrong, &keys), KR_ERR_COMMIT_PATH_KEY);
	assert_int_equal(
		kr_path_join(&made, author, author, &wrong, &keys), KR_ERR_COMMIT_PATH);
	assert_null(kr_path_secret_for(&secrets, author, author));
	kr_path_secrets_wipe(&secrets);
	kr_tree_free(&made);
	scene_finish(&s);
}

static void keys_of_nodes_that_are_gone_are_dropped(void **state)
{
	struct scene s;
	struct kr_private_path *keys;

	(void)state;
	scene_init(&s, 8);
	for (uint32_t i = 0; i < 8; i++) {
		scene_commit(&s, i, nobody);
	}
	keys = &s.members[0].keys;
	assert_int_equal(keys->have, 15);
	scene_remove(&s, 3); /* blanks nodes 5, 3 and 7: levels 2 and 3 of leaf 0 */
	kr_private_path_prune(keys, &s.tree, (struct kr_leaf_index){0});
	assert_int_equal(keys->have, 3);
	scene_remove(&s, 4);
	scene_remove(&s, 5);
	scene_remove(&s, 6);
	scene_remove(&s, 7); /* the tree is half as tall */
	keys->have |= 8;
	kr_private_path_prune(keys, &s.tree, (struct kr_leaf_index){0});
	assert_int_equal(keys->have, 3);
	scene_finish(&s);
}

/* ---- Without memory, without randomness ---------------------------------------- */

static enum kr_err generate_and_encrypt(void *ctx)
{
	struct scene *s = ctx;
	struct kr_bytes encoded = {0};
	struct kr_path_secrets secrets;
	struct kr_tree made;
	enum kr_err err = scene_generate(s, 2, &made, &secrets);

	if (err == KR_OK) {
		err = kr_path_encrypt(&made, (struct kr_leaf_index){2}, &secrets,
			scene_context, nobody, &s->rng, &encoded);
	}
	kr_path_secrets_wipe(&secrets);
	kr_bytes_free(&encoded);
	kr_tree_free(&made);
	return err;
}

struct taking_in {
	struct scene scene;
	struct kr_bytes encoded;
};

static enum kr_err apply_and_decrypt(void *ctx)
{
	struct taking_in *t = ctx;
	struct kr_private_path keys = t->scene.members[3].keys;
	struct kr_reader r = kr_reader(kr_view_bytes(&t->encoded));
	struct kr_update_path path;
	struct kr_secret secret;
	struct kr_tree applied;
	enum kr_err err =
		scene_apply(&t->scene, 2, kr_view_bytes(&t->encoded), nobody, &applied);

	if (err == KR_OK && (err = kr_update_path_read(&r, &path)) == KR_OK) {
		err = kr_path_decrypt(&applied, (struct kr_leaf_index){2},
			(struct kr_leaf_index){3}, &path, scene_context, nobody, &keys,
			&secret);
	}
	kr_tree_free(&applied);
	return err;
}

static void without_memory_paths_fail(void **state)
{
	struct taking_in t;

	(void)state;
	scene_init(&t.scene, 4);
	assert_true(alloc_fail_each(generate_and_encrypt, NULL, &t.scene) > 0);
	scene_path(&t.scene, 2, nobody, &t.encoded, NULL);
	assert_true(alloc_fail_each(apply_and_decrypt, NULL, &t) > 0);
	kr_bytes_free(&t.encoded);
	scene_finish(&t.scene);
}

static enum kr_err no_randomness(void *ctx, uint8_t *out, size_t len)
{
	(void)ctx;
	memset(out, 0, len);
	return KR_ERR_RANDOM;
}

static void without_randomness_there_is_no_path(void **state)
{
	struct scene s;
	struct kr_path_secrets secrets;
	struct kr_tree made;

	(void)state;
	scene_init(&s, 4);
	s.rng = (struct kr_random){.fill = no_randomness};
	assert_int_equal(scene_generate(&s, 2, &made, &secrets), KR_ERR_RANDOM);
	kr_tree_free(&made);
	scene_finish(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_members_arrive_at_the_commit_secret),
		cmocka_unit_test(the_public_side_gives_the_author_s_tree),
		cmocka_unit_test(who_is_alone_has_a_path_of_a_leaf),
		cmocka_unit_test(a_path_keeps_the_rules),
		cmocka_unit_test(every_truncation_of_a_path_fails),
		cmocka_unit_test(who_cannot_decrypt_says_so),
		cmocka_unit_test(a_wrong_path_secret_is_found_out),
		cmocka_unit_test(keys_of_nodes_that_are_gone_are_dropped),
		cmocka_unit_test(without_memory_paths_fail),
		cmocka_unit_test(without_randomness_there_is_no_path),
	};

	return cmocka_run_group_tests_name("mls/treekem", tests, NULL, NULL);
}
