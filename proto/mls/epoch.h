/* One epoch of a group as one member sees it: all that a commit replaces.
 *
 * The next epoch is built beside the present one, from a copy that shares the tree, and
 * takes its place only when everything has been checked. */
#ifndef KR_MLS_EPOCH_H
#define KR_MLS_EPOCH_H

#include "key_schedule.h"
#include "secret_tree.h"
#include "treekem.h"

/* GroupContext, §8.1. Views into its encoding. */
struct kr_group_context {
	struct kr_view encoded;
	struct kr_view group_id;
	uint64_t epoch;
	struct kr_view tree_hash;
	struct kr_view confirmed_transcript_hash;
	struct kr_view extensions;
};

/* KR_ERR_MLS_VERSION, KR_ERR_MLS_CIPHER_SUITE, decoding errors. */
enum kr_err kr_group_context_read(struct kr_reader *r, struct kr_group_context *context);

struct kr_epoch {
	struct kr_bytes context_bytes;
	struct kr_group_context context; /* views into context_bytes */
	struct kr_tree tree;
	struct kr_leaf_index own_leaf;
	struct kr_ed25519_keypair signer;
	struct kr_private_path private_path;
	struct kr_epoch_secrets secrets;
	uint8_t interim_transcript_hash[KR_MLS_HASH_BYTES];
	uint8_t confirmation_tag[KR_HMAC_BYTES];
	struct kr_secret_tree
		*messages; /* NULL before kr_epoch_derive, and once removed */
};

void kr_epoch_free(struct kr_epoch *epoch); /* wipes; NULL is fine */

/* An empty one. */
struct kr_epoch *kr_epoch_new(void);

/* The start of the next: same tree, leaf, signer and keys; no context, no secrets. NULL
 * without memory. */
struct kr_epoch *kr_epoch_next(const struct kr_epoch *epoch);

/* Everything, also the ratchets. */
enum kr_err kr_epoch_copy(struct kr_epoch **copy, const struct kr_epoch *epoch);

/* (Re)write the context: the tree's hash is taken from the tree. */
enum kr_err kr_epoch_set_context(struct kr_epoch *epoch, struct kr_view group_id,
	uint64_t number, struct kr_view confirmed_transcript_hash,
	struct kr_view extensions);

/* Derive all secrets and the ratchets from joiner_secret. The context must be final. */
enum kr_err kr_epoch_derive(struct kr_epoch *epoch, const struct kr_secret *joiner,
	const struct kr_secret *psk_secret, const struct kr_mls_config *config);

/* Set confirmation_tag and interim_transcript_hash from the secrets and the context. */
enum kr_err kr_epoch_confirm(struct kr_epoch *epoch);

/* Forget all that is not needed to read late messages. */
void kr_epoch_retire(struct kr_epoch *epoch);

struct kr_secret_tree_limits kr_epoch_limits(const struct kr_mls_config *config);
/* The width of a tree that holds max_members: wider ones are refused. */
uint32_t kr_epoch_max_leaves(const struct kr_mls_config *config);

#endif
