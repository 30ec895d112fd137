/* Members with real keys and signed leaves in one tree, for tests of paths and of what a
 * joiner verifies. Leaf i belongs to members[i]; a place may be blank. */
#ifndef KRING_TESTS_MLS_TREE_SCENE_H
#define KRING_TESTS_MLS_TREE_SCENE_H

#include "proto/mls/treekem.h"

#define SCENE_MAX_MEMBERS 16

struct scene_member {
	struct kr_ed25519_keypair signer;
	struct kr_private_path keys;
};

struct scene {
	struct kr_random_seeded seeded;
	struct kr_random rng;
	struct kr_tree tree;
	struct scene_member members[SCENE_MAX_MEMBERS];
};

extern const struct kr_view scene_group_id;
extern const struct kr_view scene_context; /* what paths are encrypted under */

/* The first num_members leaves are taken, nobody has committed. */
void scene_init(struct scene *s, uint32_t num_members);
void scene_finish(struct scene *s);

/* A new member at the leftmost blank place. */
struct kr_leaf_index scene_add(struct scene *s);
void scene_remove(struct scene *s, uint32_t leaf);

/* A path of this member in a copy of the tree. The caller frees both and wipes
 * secrets. */
enum kr_err scene_generate(struct scene *s, uint32_t author, struct kr_tree *made,
	struct kr_path_secrets *secrets);
/* Likewise, encrypted for everybody but those added. */
void scene_path(struct scene *s, uint32_t author, struct kr_leaf_set added,
	struct kr_bytes *encoded, struct kr_secret *commit_secret);
/* Take the path in on a copy: the tree afterwards. */
enum kr_err scene_apply(const struct scene *s, uint32_t author, struct kr_view encoded,
	struct kr_leaf_set added, struct kr_tree *applied);
/* All members take it in and arrive at the secret; the scene goes on with the new
 * tree. */
void scene_commit(struct scene *s, uint32_t author, struct kr_leaf_set added);

#endif
