#include "tree_scene.h"

#include <string.h>

#include <test.h>

const struct kr_view scene_group_id = {(const uint8_t *)"a group", 7};
const struct kr_view scene_context = {(const uint8_t *)"a context", 9};

void scene_init(struct scene *s, uint32_t num_members)
{
	const struct kr_secret seed = {.bytes = {42}};

	*s = (struct scene){0};
	assert_int_equal(kr_crypto_init(), KR_OK);
	kr_random_seeded_init(&s->seeded, &seed);
	s->rng = kr_random_seeded(&s->seeded);
	for (uint32_t i = 0; i < num_members; i++) {
		scene_add(s);
	}
}

void scene_finish(struct scene *s)
{
	kr_tree_free(&s->tree);
}

struct kr_leaf_index scene_add(struct scene *s)
{
	struct kr_mls_client client = {.identity = LITERAL("somebody")};
	struct kr_ed25519_keypair signer;
	struct kr_x25519_keypair pair;
	struct kr_leaf_params params = {
		.client = &client,
		.signer = &signer,
		.encryption_key = pair.public_key,
		.source = KR_LEAF_KEY_PACKAGE,
		.lifetime = {0, UINT64_MAX},
	};
	struct kr_leaf_index index;
	struct kr_bytes encoded;
	struct kr_leaf *leaf;

	assert_int_equal(kr_ed25519_generate(&signer, &s->rng), KR_OK);
	assert_int_equal(kr_x25519_generate(&pair, &s->rng), KR_OK);
	assert_int_equal(kr_leaf_node_sign(&encoded, &params), KR_OK);
	assert_int_equal(kr_leaf_new(&leaf, kr_view_bytes(&encoded)), KR_OK);
	assert_int_equal(kr_tree_add(&s->tree, leaf, &index), KR_OK);
	assert_true(index.v < SCENE_MAX_MEMBERS);
	s->members[index.v] = (struct scene_member){.signer = signer};
	kr_private_path_set(&s->members[index.v].keys, 0, &pair);
	kr_leaf_unref(leaf);
	kr_bytes_free(&encoded);
	return index;
}

void scene_remove(struct scene *s, uint32_t leaf)
{
	assert_int_equal(kr_tree_remove(&s->tree, (struct kr_leaf_index){leaf}), KR_OK);
}

enum kr_err scene_generate(struct scene *s, uint32_t author, struct kr_tree *made,
	struct kr_path_secrets *secrets)
{
	const struct kr_leaf_index index = {author};
	const struct kr_mls_client client = {.identity = LITERAL("somebody")};
	const struct kr_leaf_params params = {
		.client = &client,
		.signer = &s->members[author].signer,
	};

	*made = kr_tree_copy(&s->tree);
	return kr_path_generate(made, index, params, scene_group_id, &s->rng, secrets);
}

void scene_path(struct scene *s, uint32_t author, struct kr_leaf_set added,
	struct kr_bytes *encoded, struct kr_secret *commit_secret)
{
	const struct kr_leaf_index index = {author};
	struct kr_path_secrets secrets;
	struct kr_tree made;

	assert_int_equal(scene_generate(s, author, &made, &secrets), KR_OK);
	assert_int_equal(kr_path_encrypt(&made, index, &secrets, scene_context, added,
				 &s->rng, encoded),
		KR_OK);
	if (commit_secret != NULL) {
		*commit_secret = secrets.commit_secret;
	}
	kr_path_secrets_wipe(&secrets);
	kr_tree_free(&made);
}

enum kr_err scene_apply(const struct scene *s, uint32_t author, struct kr_view encoded,
	struct kr_leaf_set added, struct kr_tree *applied)
{
	struct kr_reader r = kr_reader(encoded);
	struct kr_update_path path;
	enum kr_err err;

	*applied = kr_tree_copy(&s->tree);
	if ((err = kr_update_path_read(&r, &path)) || (err = kr_read_end(&r))) {
		return err;
	}
	return kr_path_apply(
		applied, (struct kr_leaf_index){author}, &path, scene_group_id, added);
}

void scene_commit(struct scene *s, uint32_t author, struct kr_leaf_set added)
{
	const struct kr_leaf_index index = {author};
	struct kr_path_secrets secrets;
	struct kr_update_path path;
	struct kr_bytes encoded;
	struct kr_tree made;
	struct kr_reader r;

	assert_int_equal(scene_generate(s, author, &made, &secrets), KR_OK);
	assert_int_equal(kr_path_encrypt(&made, index, &secrets, scene_context, added,
				 &s->rng, &encoded),
		KR_OK);
	r = kr_reader(kr_view_bytes(&encoded));
	assert_int_equal(kr_update_path_read(&r, &path), KR_OK);
	for (uint32_t i = 0; i < SCENE_MAX_MEMBERS; i++) {
		struct kr_leaf_index own = {i};
		struct kr_secret secret;

		if (i == author || kr_tree_leaf(&s->tree, own) == NULL) {
			continue;
		}
		if (kr_leaf_set_has(added, own)) {
			const struct kr_secret *path_secret =
				kr_path_secret_for(&secrets, index, own);

			assert_non_null(path_secret);
			assert_int_equal(kr_path_join(&made, index, own, path_secret,
						 &s->members[i].keys),
				KR_OK);
			continue;
		}
		assert_int_equal(kr_path_decrypt(&made, index, own, &path, scene_context,
					 added, &s->members[i].keys, &secret),
			KR_OK);
		assert_memory_equal(
			secret.bytes, secrets.commit_secret.bytes, KR_SECRET_BYTES);
	}
	s->members[author].keys = secrets.keys;
	kr_tree_free(&s->tree);
	s->tree = made; /* transferred */
	kr_path_secrets_wipe(&secrets);
	kr_bytes_free(&encoded);
}
