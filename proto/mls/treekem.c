#include "treekem.h"

#include <kring/hpke.h>

#include <string.h>

static const char path_label[] = "UpdatePathNode";

/* ---- Private keys ------------------------------------------------------------------ */

void kr_private_path_set(struct kr_private_path *keys, unsigned level,
	const struct kr_x25519_keypair *pair)
{
	keys->keys[level] = *pair;
	keys->have |= (uint32_t)1 << level;
}

static bool has_level(const struct kr_private_path *keys, unsigned level)
{
	return (keys->have >> level & 1) != 0;
}

void kr_private_path_wipe(struct kr_private_path *keys)
{
	kr_wipe(keys, sizeof(*keys));
}

void kr_private_path_prune(struct kr_private_path *keys, const struct kr_tree *tree,
	struct kr_leaf_index own_leaf)
{
	const struct kr_node_index root = kr_node_root(tree->num_leaves);
	struct kr_node_index node = kr_node_of_leaf(own_leaf);
	unsigned level = 0;

	for (;; level++, node = kr_node_parent(node)) {
		const uint8_t *key = kr_tree_node_key(tree, node);

		if (has_level(keys, level) &&
			(key == NULL ||
				memcmp(key, keys->keys[level].public_key,
					KR_X25519_BYTES) != 0)) {
			keys->have &= ~((uint32_t)1 << level);
			kr_x25519_keypair_wipe(&keys->keys[level]);
		}
		if (node.v == root.v) {
			break;
		}
	}
	for (level++; level < KR_TREE_MAX_LEVELS; level++) {
		keys->have &= ~((uint32_t)1 << level);
		kr_x25519_keypair_wipe(&keys->keys[level]);
	}
}

/* The key pair that a path secret gives its node, §7.4. */
static enum kr_err node_keypair(
	struct kr_x25519_keypair *pair, const struct kr_secret *path_secret)
{
	KR_AUTO_WIPE struct kr_secret node_secret = {0};
	enum kr_err err = kr_derive_secret(&node_secret, path_secret, "node");

	return err != KR_OK ? err
			    : kr_hpke_derive_keypair(pair, kr_view_secret(&node_secret));
}

/* ---- Making a path ----------------------------------------------------------------- */

void kr_path_secrets_wipe(struct kr_path_secrets *secrets)
{
	kr_wipe(secrets, sizeof(*secrets));
}

/* All secrets and key pairs upwards; public_keys gets one for each step. */
static enum kr_err generate_secrets(struct kr_path_secrets *secrets,
	uint8_t (*public_keys)[KR_X25519_BYTES], const struct kr_random *rng)
{
	KR_AUTO_WIPE struct kr_secret secret = {0};
	enum kr_err err = kr_random_secret(rng, &secret);

	for (size_t i = 0; err == KR_OK && i < secrets->path.num; i++) {
		struct kr_x25519_keypair pair = {0};

		secrets->path_secrets[i] = secret;
		if ((err = node_keypair(&pair, &secret)) == KR_OK) {
			memcpy(public_keys[i], pair.public_key, KR_X25519_BYTES);
			kr_private_path_set(&secrets->keys,
				kr_node_level(secrets->path.steps[i].node), &pair);
			err = kr_derive_secret(&secret, &secret, "path");
		}
		kr_x25519_keypair_wipe(&pair);
	}
	if (err == KR_OK && secrets->path.num == 0) {
		/* Alone in the tree: nobody else has to arrive at the same. */
		err = kr_derive_secret(&secret, &secret, "path");
	}
	secrets->commit_secret = secret;
	return err;
}

enum kr_err kr_path_generate(struct kr_tree *tree, struct kr_leaf_index index,
	struct kr_leaf_params params, struct kr_view group_id,
	const struct kr_random *rng, struct kr_path_secrets *secrets)
{
	const struct kr_leaf_place place = {group_id, index};
	uint8_t public_keys[KR_TREE_MAX_LEVELS][KR_X25519_BYTES];
	uint8_t parent_hash[KR_MLS_HASH_BYTES];
	bool has_parent_hash = false;
	KR_AUTO_FREE struct kr_bytes encoded = {0};
	struct kr_x25519_keypair leaf_pair = {0};
	struct kr_leaf *leaf = NULL;
	enum kr_err err;

	*secrets = (struct kr_path_secrets){0};
	kr_tree_filtered_path(tree, index, &secrets->path);
	if ((err = kr_x25519_generate(&leaf_pair, rng)) ||
		(err = generate_secrets(secrets, public_keys, rng)) ||
		(err = kr_tree_set_path(tree, index, &secrets->path,
			 (const uint8_t(*)[KR_X25519_BYTES])public_keys, parent_hash,
			 &has_parent_hash))) {
		goto out;
	}
	kr_private_path_set(&secrets->keys, 0, &leaf_pair);
	params.encryption_key = leaf_pair.public_key;
	params.source = KR_LEAF_COMMIT;
	params.parent_hash =
		kr_view(parent_hash, has_parent_hash ? sizeof(parent_hash) : 0);
	params.place = &place;
	if ((err = kr_leaf_node_sign(&encoded, &params)) ||
		(err = kr_leaf_new(&leaf, kr_view_bytes(&encoded)))) {
		goto out;
	}
	err = kr_tree_set_leaf(tree, index, leaf);
out:
	kr_leaf_unref(leaf);
	kr_x25519_keypair_wipe(&leaf_pair);
	if (err != KR_OK) {
		kr_path_secrets_wipe(secrets);
	}
	return err;
}

/* UpdatePathNode: the key, and the path secret for everybody below the copath child. */
static enum kr_err write_path_node(struct kr_writer *w, const struct kr_tree *tree,
	const struct kr_path_step *step, const struct kr_secret *path_secret,
	struct kr_view group_context, const struct kr_node_list *resolution,
	const struct kr_random *rng)
{
	uint8_t enc[KR_HPKE_ENC_BYTES];
	uint8_t ct[KR_SECRET_BYTES + KR_AEAD_TAG_BYTES];
	size_t begin;

	kr_write_vec(w, kr_view(kr_tree_node_key(tree, step->node), KR_X25519_BYTES));
	begin = kr_write_vec_begin(w);
	for (size_t i = 0; i < resolution->num; i++) {
		enum kr_err err = kr_encrypt_with_label(enc, ct,
			kr_tree_node_key(tree, resolution->nodes[i]), path_label,
			group_context, kr_view_secret(path_secret), rng);

		if (err != KR_OK) {
			return err;
		}
		kr_write_vec(w, kr_view(enc, sizeof(enc)));
		kr_write_vec(w, kr_view(ct, sizeof(ct)));
	}
	kr_write_vec_end(w, begin);
	return w->err;
}

enum kr_err kr_path_encrypt(const struct kr_tree *tree, struct kr_leaf_index index,
	const struct kr_path_secrets *secrets, struct kr_view group_context,
	struct kr_leaf_set added, const struct kr_random *rng,
	struct kr_bytes *update_path)
{
	KR_AUTO_WRITER struct kr_writer w = {0};
	size_t begin;
	enum kr_err err = KR_OK;

	kr_writer_init(&w);
	kr_write_fixed(&w, kr_view_bytes(&kr_tree_leaf(tree, index)->bytes));
	begin = kr_write_vec_begin(&w);
	for (size_t i = 0; err == KR_OK && i < secrets->path.num; i++) {
		const struct kr_path_step *step = &secrets->path.steps[i];
		struct kr_node_list resolution = {0};

		err = kr_tree_resolution(tree, step->copath, added, &resolution);
		if (err == KR_OK) {
			err = write_path_node(&w, tree, step, &secrets->path_secrets[i],
				group_context, &resolution, rng);
		}
		kr_node_list_free(&resolution);
	}
	kr_write_vec_end(&w, begin);
	return err != KR_OK ? err : kr_writer_finish(&w, update_path);
}

const struct kr_secret *kr_path_secret_for(const struct kr_path_secrets *secrets,
	struct kr_leaf_index author, struct kr_leaf_index member)
{
	struct kr_node_index ancestor = kr_node_common_ancestor(author, member);

	for (size_t i = 0; i < secrets->path.num; i++) {
		if (secrets->path.steps[i].node.v == ancestor.v) {
			return &secrets->path_secrets[i];
		}
	}
	return NULL;
}

/* ---- Taking in a path -------------------------------------------------------------- */

/* Every node must have as many ciphertexts as its copath's resolution has nodes, whether
 * we are one of them or not: so all members agree on whether a commit is well formed. */
static enum kr_err check_nodes(const struct kr_tree *tree,
	const struct kr_update_path *path, const struct kr_filtered_path *filtered,
	struct kr_leaf_set added, uint8_t (*keys)[KR_X25519_BYTES])
{
	struct kr_reader r = kr_reader(path->nodes);

	if (path->num_nodes != filtered->num) {
		return KR_ERR_COMMIT_PATH;
	}
	for (size_t i = 0; i < filtered->num; i++) {
		struct kr_node_list resolution = {0};
		struct kr_update_path_node node;
		enum kr_err err;

		if ((err = kr_update_path_node_read(&r, &node)) ||
			(err = kr_tree_resolution(
				 tree, filtered->steps[i].copath, added, &resolution))) {
			kr_node_list_free(&resolution);
			return err;
		}
		memcpy(keys[i], node.encryption_key, KR_X25519_BYTES);
		if (node.num_ciphertexts != resolution.num) {
			err = KR_ERR_COMMIT_PATH;
		}
		kr_node_list_free(&resolution);
		if (err != KR_OK) {
			return err;
		}
	}
	return KR_OK;
}

/* Every key of a path is new (§12.4.2): none of them stands in the tree as the proposals
 * left it, not even where the path puts it. */
static enum kr_err check_keys_are_new(const struct kr_tree *tree,
	const struct kr_leaf_node *leaf, const uint8_t (*keys)[KR_X25519_BYTES],
	size_t num_keys)
{
	const uint8_t *encryption[KR_TREE_MAX_LEVELS + 1];

	encryption[0] = leaf->encryption_key;
	for (size_t i = 0; i < num_keys; i++) {
		encryption[i + 1] = keys[i];
	}
	return kr_tree_has_none_of(tree, encryption, num_keys + 1)
		? KR_OK
		: KR_ERR_LEAF_KEY_REUSED;
}

/* And none stands twice in the tree with the path. */
static enum kr_err check_keys_stand_once(const struct kr_tree *tree,
	const struct kr_leaf *leaf, const uint8_t (*keys)[KR_X25519_BYTES],
	size_t num_keys)
{
	const uint8_t *encryption[KR_TREE_MAX_LEVELS + 1];
	const struct kr_new_keys new_keys = {
		.encryption = encryption,
		.num_encryption = num_keys + 1,
		.signature = &leaf->node.signature_key,
		.num_signature = 1,
	};

	encryption[0] = leaf->node.encryption_key;
	for (size_t i = 0; i < num_keys; i++) {
		encryption[i + 1] = keys[i];
	}
	return kr_tree_keys_stand_once(tree, &new_keys) ? KR_OK : KR_ERR_LEAF_KEY_REUSED;
}

enum kr_err kr_path_apply(struct kr_tree *tree, struct kr_leaf_index index,
	const struct kr_update_path *path, struct kr_view group_id,
	struct kr_leaf_set added)
{
	const struct kr_leaf_place place = {group_id, index};
	struct kr_filtered_path filtered;
	uint8_t keys[KR_TREE_MAX_LEVELS][KR_X25519_BYTES];
	uint8_t parent_hash[KR_MLS_HASH_BYTES];
	bool has_parent_hash = false;
	struct kr_leaf *leaf = NULL;
	enum kr_err err;

	if (path->leaf.source != KR_LEAF_COMMIT) {
		return KR_ERR_LEAF_SOURCE;
	}
	kr_tree_filtered_path(tree, index, &filtered);
	if ((err = kr_leaf_node_verify(&path->leaf, &place)) ||
		(err = check_nodes(tree, path, &filtered, added, keys)) ||
		(err = check_keys_are_new(tree, &path->leaf,
			 (const uint8_t(*)[KR_X25519_BYTES])keys, filtered.num)) ||
		(err = kr_tree_set_path(tree, index, &filtered,
			 (const uint8_t(*)[KR_X25519_BYTES])keys, parent_hash,
			 &has_parent_hash))) {
		return err;
	}
	if (!kr_view_equal(path->leaf.parent_hash,
		    kr_view(parent_hash, has_parent_hash ? sizeof(parent_hash) : 0))) {
		return KR_ERR_TREE_PARENT_HASH;
	}
	if ((err = kr_leaf_new(&leaf, path->leaf.encoded))) {
		return err;
	}
	err = kr_tree_set_leaf(tree, index, leaf);
	if (err == KR_OK) {
		err = check_keys_stand_once(tree, leaf,
			(const uint8_t(*)[KR_X25519_BYTES])keys, filtered.num);
	}
	kr_leaf_unref(leaf);
	return err;
}

/* From one step's path secret to the root: every derived key must be the one in the
 * tree. */
static enum kr_err derive_upwards(const struct kr_tree *tree,
	const struct kr_filtered_path *filtered, size_t first,
	const struct kr_secret *path_secret, struct kr_private_path *keys,
	struct kr_secret *commit_secret)
{
	KR_AUTO_WIPE struct kr_secret secret = *path_secret;
	enum kr_err err = KR_OK;

	for (size_t i = first; err == KR_OK && i < filtered->num; i++) {
		struct kr_node_index node = filtered->steps[i].node;
		const uint8_t *key = kr_tree_node_key(tree, node);
		struct kr_x25519_keypair pair = {0};

		err = node_keypair(&pair, &secret);
		if (err == KR_OK &&
			(key == NULL ||
				memcmp(key, pair.public_key, KR_X25519_BYTES) != 0)) {
			err = KR_ERR_COMMIT_PATH_KEY;
		}
		if (err == KR_OK) {
			kr_private_path_set(keys, kr_node_level(node), &pair);
			err = kr_derive_secret(&secret, &secret, "path");
		}
		kr_x25519_keypair_wipe(&pair);
	}
	*commit_secret = secret;
	return err;
}

/* The step at the lowest common ancestor of author and member. */
static bool common_step(const struct kr_filtered_path *filtered,
	struct kr_leaf_index author, struct kr_leaf_index member, size_t *step)
{
	struct kr_node_index ancestor = kr_node_common_ancestor(author, member);

	for (*step = 0; *step < filtered->num; (*step)++) {
		if (filtered->steps[*step].node.v == ancestor.v) {
			return true;
		}
	}
	return false;
}

/* Which entry of a resolution we can decrypt: chosen by the private keys we hold, since a
 * node of ours may be in the resolution without our having its key (we are an unmerged
 * leaf of it). */
static bool own_entry(const struct kr_node_list *resolution, const struct kr_tree *tree,
	struct kr_leaf_index own_leaf, const struct kr_private_path *keys, size_t *entry)
{
	for (*entry = 0; *entry < resolution->num; (*entry)++) {
		struct kr_node_index node = resolution->nodes[*entry];
		unsigned level = kr_node_level(node);

		if (kr_node_is_below(kr_node_of_leaf(own_leaf), node) &&
			has_level(keys, level) &&
			memcmp(keys->keys[level].public_key, kr_tree_node_key(tree, node),
				KR_X25519_BYTES) == 0) {
			return true;
		}
	}
	return false;
}

/* The ciphertext at (step, entry) of a path whose counts have been checked. */
static enum kr_err ciphertext_at(const struct kr_update_path *path, size_t step,
	size_t entry, struct kr_hpke_ciphertext *ct)
{
	struct kr_reader nodes = kr_reader(path->nodes);
	struct kr_update_path_node node;
	struct kr_reader list;
	enum kr_err err = KR_OK;

	for (size_t i = 0; err == KR_OK && i <= step; i++) {
		err = kr_update_path_node_read(&nodes, &node);
	}
	if (err != KR_OK) {
		return err;
	}
	list = kr_reader(node.ciphertexts);
	for (size_t i = 0; err == KR_OK && i <= entry; i++) {
		err = kr_hpke_ciphertext_read(&list, ct);
	}
	return err;
}

enum kr_err kr_path_decrypt(const struct kr_tree *tree, struct kr_leaf_index author,
	struct kr_leaf_index own_leaf, const struct kr_update_path *path,
	struct kr_view group_context, struct kr_leaf_set added,
	struct kr_private_path *keys, struct kr_secret *commit_secret)
{
	KR_AUTO_WIPE struct kr_secret path_secret = {0};
	struct kr_filtered_path filtered;
	struct kr_node_list resolution = {0};
	struct kr_hpke_ciphertext ct;
	size_t step;
	size_t entry;
	enum kr_err err;

	kr_tree_filtered_path(tree, author, &filtered);
	if (!common_step(&filtered, author, own_leaf, &step)) {
		return KR_ERR_COMMIT_PATH;
	}
	if ((err = kr_tree_resolution(
		     tree, filtered.steps[step].copath, added, &resolution))) {
		goto out;
	}
	if (!own_entry(&resolution, tree, own_leaf, keys, &entry)) {
		err = KR_ERR_COMMIT_PATH;
		goto out;
	}
	if ((err = ciphertext_at(path, step, entry, &ct))) {
		goto out;
	}
	if (ct.ciphertext.len != KR_SECRET_BYTES + KR_AEAD_TAG_BYTES) {
		err = KR_ERR_DECRYPT;
		goto out;
	}
	if ((err = kr_decrypt_with_label(path_secret.bytes,
		     &keys->keys[kr_node_level(resolution.nodes[entry])].secret,
		     path_label, group_context, ct.kem_output, ct.ciphertext)) ||
		(err = derive_upwards(
			 tree, &filtered, step, &path_secret, keys, commit_secret))) {
		goto out;
	}
	kr_private_path_prune(keys, tree, own_leaf);
out:
	kr_node_list_free(&resolution);
	return err;
}

enum kr_err kr_path_join(const struct kr_tree *tree, struct kr_leaf_index author,
	struct kr_leaf_index own_leaf, const struct kr_secret *path_secret,
	struct kr_private_path *keys)
{
	KR_AUTO_WIPE struct kr_secret commit_secret = {0};
	struct kr_filtered_path filtered;
	size_t step;

	kr_tree_filtered_path(tree, author, &filtered);
	if (!common_step(&filtered, author, own_leaf, &step)) {
		return KR_ERR_COMMIT_PATH;
	}
	return derive_upwards(tree, &filtered, step, path_secret, keys, &commit_secret);
}
