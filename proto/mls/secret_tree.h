/* The secret tree and its ratchets: RFC 9420 §9, with bounded keys for late messages.
 *
 * Only what is needed exists: the tree starts as its root secret; reaching a leaf derives
 * the path to it, keeps the secrets of the siblings and deletes those of the parents
 * (§9.2). Each leaf has two ratchets. The keys of generations that were skipped are kept,
 * at most max_kept_keys of them, until their message comes.
 *
 * A key is taken in two steps, so that a message that does not decrypt changes nothing:
 * kr_secret_tree_find derives on the side, kr_secret_tree_commit cannot fail.
 *
 *	kr_secret_tree_find(tree, leaf, kind, generation, &key, &step);
 *	if (kr_aead_open(..., &key.key, nonce, aad, ct) == KR_OK) {
 *		kr_secret_tree_commit(tree, step);
 *	} else {
 *		kr_secret_tree_discard(step);
 *	}
 *	kr_message_key_wipe(&key);
 *
 * Costs: O(log n) to reach a leaf, and to derive only the first time; then one derivation
 * a generation. A late message searches the kept keys, O(max_kept_keys). */
#ifndef KR_MLS_SECRET_TREE_H
#define KR_MLS_SECRET_TREE_H

#include <kring/codec.h>
#include <kring/mls.h>

enum kr_ratchet_kind {
	KR_RATCHET_HANDSHAKE = 0,
	KR_RATCHET_APPLICATION = 1,
};

/* What one message is encrypted with. The nonce is as the ratchet gives it: the reuse
 * guard of §6.3.1 is the caller's to add. */
struct kr_message_key {
	struct kr_secret key;
	uint8_t nonce[KR_AEAD_NONCE_BYTES];
	uint32_t generation;
};
void kr_message_key_wipe(struct kr_message_key *key);

struct kr_secret_tree;

/* A derivation that has not taken effect yet; holds all that commit needs. */
struct kr_secret_tree_step;

struct kr_secret_tree_limits {
	/* How many generations one message may skip; it costs that many derivations. */
	uint32_t max_forward;
	/* Over all ratchets. Beyond it the oldest are dropped: the lowest generation of
	 * the ratchet with the most kept keys; of several such, that of the lowest leaf,
	 * handshake first. Who skips far displaces the own keys before others'. */
	uint32_t max_kept_keys;
};

/* A tree that holds nothing but its root secret, to be freed with kr_secret_tree_free.
 *   num_leaves the tree's width: a power of two, at most KR_TREE_MAX_LEAVES
 * Returns KR_OK, KR_ERR_ARGUMENT (num_leaves), KR_ERR_MEMORY; *tree is NULL then. */
enum kr_err kr_secret_tree_new(struct kr_secret_tree **tree, uint32_t num_leaves,
	const struct kr_secret *encryption_secret, struct kr_secret_tree_limits limits);
void kr_secret_tree_free(struct kr_secret_tree *tree); /* wipes; NULL is fine */

/* An independent copy, limits included. KR_ERR_MEMORY; then *copy is NULL. */
enum kr_err kr_secret_tree_copy(
	struct kr_secret_tree **copy, const struct kr_secret_tree *tree);

/* The key of one generation, to open a message. The tree does not change.
 *   key  the caller's to wipe
 *   step to be ended with kr_secret_tree_commit or kr_secret_tree_discard
 * Returns KR_OK, KR_ERR_LEAF_INDEX (outside the width), KR_ERR_GENERATION_USED (taken,
 * dropped or never kept), KR_ERR_GENERATION_FAR (skips more than max_forward),
 * KR_ERR_MEMORY. On an error key is zeroed and *step is NULL. */
enum kr_err kr_secret_tree_find(const struct kr_secret_tree *tree,
	struct kr_leaf_index leaf, enum kr_ratchet_kind kind, uint32_t generation,
	struct kr_message_key *key, struct kr_secret_tree_step **step);

/* The next key of a ratchet, to seal a message; key->generation says which. The same key
 * is given again until the step is committed: commit before the ciphertext can leave.
 * Returns KR_OK, KR_ERR_LEAF_INDEX, KR_ERR_LIMIT (all 2^32 generations are used),
 * KR_ERR_MEMORY; otherwise as kr_secret_tree_find. */
enum kr_err kr_secret_tree_next(const struct kr_secret_tree *tree,
	struct kr_leaf_index leaf, enum kr_ratchet_kind kind, struct kr_message_key *key,
	struct kr_secret_tree_step **step);

/* Take effect: the key is gone from the tree, skipped ones are kept, old secrets are
 * wiped. Frees the step. The tree must be as it was when the step was made, or an equal
 * copy: a step that is committed after another one would turn the ratchet back. */
void kr_secret_tree_commit(struct kr_secret_tree *tree, struct kr_secret_tree_step *step);
void kr_secret_tree_discard(struct kr_secret_tree_step *step); /* wipes; NULL is fine */

/* Stored form, secret in all its parts; reading what was written gives the same bytes
 * when written again. */
void kr_secret_tree_write(struct kr_writer *w, const struct kr_secret_tree *tree);

/* Reading takes the limits anew. If they allow fewer kept keys than the record has, the
 * oldest are dropped.
 * Returns KR_OK, KR_ERR_BAD_STATE_RECORD (cut short, a width that is no power of two, a
 * generation beyond the last, kept keys out of order or of no ratchet), KR_ERR_MEMORY. On
 * an error the reader has not moved and *tree is NULL. */
enum kr_err kr_secret_tree_read(struct kr_reader *r, struct kr_secret_tree_limits limits,
	struct kr_secret_tree **tree);

/* Sender data keys, §6.3.2: the context is a sample, the first KDF.Nh bytes of the
 * ciphertext, or all of a shorter one.
 * Returns KR_OK. */
enum kr_err kr_sender_data_key(struct kr_secret *key, uint8_t nonce[KR_AEAD_NONCE_BYTES],
	const struct kr_secret *sender_data_secret, struct kr_view ciphertext);

#endif
