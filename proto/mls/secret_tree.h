/* The secret tree and its ratchets: RFC 9420 §9, with keys for late messages within bounds.
 *
 * Only what is needed exists: the tree starts as its root secret; reaching a leaf derives the
 * path to it, keeps the secrets of the siblings and deletes those of the parents (§9.2). Each
 * leaf has two ratchets, each with a list of the keys of generations that were skipped.
 *
 * A key is taken in two steps, so that a message that does not decrypt changes nothing:
 * kr_secret_tree_find derives on the side, kr_secret_tree_commit (infallible) takes effect. */
#ifndef KR_MLS_SECRET_TREE_H
#define KR_MLS_SECRET_TREE_H

#include <kring/codec.h>
#include <kring/mls.h>

enum kr_ratchet_kind {
	KR_RATCHET_HANDSHAKE = 0,
	KR_RATCHET_APPLICATION = 1,
};

struct kr_message_key {
	struct kr_secret key;
	uint8_t nonce[KR_AEAD_NONCE_BYTES];
	uint32_t generation;
};

struct kr_secret_tree;

/* A derivation that has not taken effect yet; holds what commit needs, memory included. */
struct kr_secret_tree_step;

struct kr_secret_tree_limits {
	uint32_t max_forward;   /* KR_ERR_GENERATION_FAR beyond */
	uint32_t max_kept_keys; /* over all ratchets; the oldest kept are dropped beyond it */
};

/* num_leaves is the tree's width, a power of two. KR_ERR_MEMORY. */
enum kr_err kr_secret_tree_new(struct kr_secret_tree **tree, uint32_t num_leaves,
	const struct kr_secret *encryption_secret, struct kr_secret_tree_limits limits);
void kr_secret_tree_free(struct kr_secret_tree *tree); /* wipes; NULL is fine */
enum kr_err kr_secret_tree_copy(struct kr_secret_tree **copy, const struct kr_secret_tree *tree);

/* The key of one generation, to open a message. The tree does not change. KR_ERR_LEAF_INDEX
 * outside the width, KR_ERR_GENERATION_USED if it was taken or dropped, KR_ERR_GENERATION_FAR. */
enum kr_err kr_secret_tree_find(const struct kr_secret_tree *tree, struct kr_leaf_index leaf,
	enum kr_ratchet_kind kind, uint32_t generation, struct kr_message_key *key,
	struct kr_secret_tree_step **step);

/* The next key of a ratchet, to seal a message. KR_ERR_LIMIT at the end of the generations. */
enum kr_err kr_secret_tree_next(const struct kr_secret_tree *tree, struct kr_leaf_index leaf,
	enum kr_ratchet_kind kind, struct kr_message_key *key, struct kr_secret_tree_step **step);

/* Take effect: the key is gone from the tree, skipped ones are kept, old secrets are wiped.
 * Frees the step. The tree must be as it was when the step was made. */
void kr_secret_tree_commit(struct kr_secret_tree *tree, struct kr_secret_tree_step *step);
void kr_secret_tree_discard(struct kr_secret_tree_step *step); /* wipes; NULL is fine */

/* Stored form; reading what was written gives the same bytes when written again. Reading checks
 * everything (order, bounds) and gives KR_ERR_BAD_STATE_RECORD. */
void kr_secret_tree_write(struct kr_writer *w, const struct kr_secret_tree *tree);
enum kr_err kr_secret_tree_read(struct kr_reader *r, struct kr_secret_tree_limits limits,
	struct kr_secret_tree **tree);

/* Sender data keys, §6.3.2: from the first KDF.Nh bytes of the ciphertext. */
enum kr_err kr_sender_data_key(struct kr_secret *key, uint8_t nonce[KR_AEAD_NONCE_BYTES],
	const struct kr_secret *sender_data_secret, struct kr_view ciphertext);

#endif
