/* TreeKEM: making and taking in update paths, RFC 9420 §7.4 to §7.6. */
#ifndef KR_MLS_TREEKEM_H
#define KR_MLS_TREEKEM_H

#include "proposal.h"
#include "tree.h"

/* The private keys that a member holds, of its leaf (level 0) and of parents on its
 * direct path, by the level where they stand. */
struct kr_private_path {
	uint32_t have; /* bit l: level l */
	struct kr_x25519_keypair keys[KR_TREE_MAX_LEVELS];
};

void kr_private_path_set(struct kr_private_path *keys, unsigned level,
	const struct kr_x25519_keypair *pair);
void kr_private_path_wipe(struct kr_private_path *keys);
/* Drop the keys whose nodes are blank, have another public key, or are outside the
 * tree. */
void kr_private_path_prune(struct kr_private_path *keys, const struct kr_tree *tree,
	struct kr_leaf_index own_leaf);

/* ---- Making a path ----------------------------------------------------------------- */

/* The secrets of a path that its author knows. */
struct kr_path_secrets {
	struct kr_filtered_path path;
	struct kr_secret path_secrets[KR_TREE_MAX_LEVELS]; /* one for each step */
	struct kr_secret commit_secret;
	struct kr_private_path keys; /* of the author, afterwards */
};
void kr_path_secrets_wipe(struct kr_path_secrets *secrets);

/* Fresh keys for a leaf and its filtered direct path, put into the tree; the leaf is
 * signed as params say (encryption_key, source, parent_hash and place are filled in
 * here). */
enum kr_err kr_path_generate(struct kr_tree *tree, struct kr_leaf_index index,
	struct kr_leaf_params params, struct kr_view group_id,
	const struct kr_random *rng, struct kr_path_secrets *secrets);

/* The encoded UpdatePath: each path secret encrypted to the resolution of its step's
 * copath without the leaves in added. group_context is the provisional one, §12.4.1. */
enum kr_err kr_path_encrypt(const struct kr_tree *tree, struct kr_leaf_index index,
	const struct kr_path_secrets *secrets, struct kr_view group_context,
	struct kr_leaf_set added, const struct kr_random *rng,
	struct kr_bytes *update_path);

/* ---- Taking in a path -------------------------------------------------------------- */

/* The public side: checks the leaf (§7.3), the number of nodes and of ciphertexts, the
 * parent hash and that every key is new, and puts it all into the tree.
 * KR_ERR_COMMIT_PATH, KR_ERR_TREE_PARENT_HASH, KR_ERR_LEAF_KEY_REUSED, KR_ERR_LEAF_SOURCE
 * and as kr_leaf_node_verify. */
enum kr_err kr_path_apply(struct kr_tree *tree, struct kr_leaf_index index,
	const struct kr_update_path *path, struct kr_view group_id,
	struct kr_leaf_set added);

/* The secret side for a member at own_leaf, in the tree after kr_path_apply: finds the
 * ciphertext by the private keys held, and derives upwards. keys gets the new ones and is
 * pruned. KR_ERR_COMMIT_PATH, KR_ERR_COMMIT_PATH_KEY, KR_ERR_DECRYPT. */
enum kr_err kr_path_decrypt(const struct kr_tree *tree, struct kr_leaf_index author,
	struct kr_leaf_index own_leaf, const struct kr_update_path *path,
	struct kr_view group_context, struct kr_leaf_set added,
	struct kr_private_path *keys, struct kr_secret *commit_secret);

/* The keys that a new member derives from the path secret in its Welcome, §12.4.3.1: from
 * the lowest common ancestor with the author upwards. KR_ERR_COMMIT_PATH_KEY,
 * KR_ERR_COMMIT_PATH. */
enum kr_err kr_path_join(const struct kr_tree *tree, struct kr_leaf_index author,
	struct kr_leaf_index own_leaf, const struct kr_secret *path_secret,
	struct kr_private_path *keys);

/* The path secret for a new member: that of the lowest common ancestor. NULL if there is
 * none. */
const struct kr_secret *kr_path_secret_for(const struct kr_path_secrets *secrets,
	struct kr_leaf_index author, struct kr_leaf_index member);

#endif
