/* The keys of messages that were skipped and may still come: part of the secret tree.
 *
 * One list for a whole tree, ordered by ratchet and generation. Which key goes next when
 * there are too many follows from what is in the list, so it is the same after the list
 * was stored and read. */
#ifndef KR_MLS_KEPT_KEYS_H
#define KR_MLS_KEPT_KEYS_H

#include <kring/codec.h>

#include "secret_tree.h"

struct kr_kept_key;

/* Zeroed is empty. */
struct kr_kept_keys {
	struct kr_kept_key *first;
	uint32_t num;
};

/* Where a key belongs. */
struct kr_kept_key_id {
	struct kr_leaf_index leaf;
	enum kr_ratchet_kind kind;
	uint32_t generation;
};

void kr_kept_keys_finish(struct kr_kept_keys *kept); /* wipes and frees */
/* KR_ERR_MEMORY; then copy is empty. */
enum kr_err kr_kept_keys_copy(struct kr_kept_keys *copy, const struct kr_kept_keys *kept);

/* NULL if there is none; valid until the list changes. */
const struct kr_message_key *kr_kept_keys_find(
	const struct kr_kept_keys *kept, struct kr_kept_key_id id);
/* Wipe one key, if it is there. */
void kr_kept_keys_remove(struct kr_kept_keys *kept, struct kr_kept_key_id id);

/* Keys of one ratchet that are to be kept, pushed in the order of their generations. NULL
 * is empty. key is where the caller puts key and nonce. KR_ERR_MEMORY leaves the run as
 * it is. */
enum kr_err kr_kept_run_push(
	struct kr_kept_key **run, struct kr_kept_key_id id, struct kr_message_key **key);
void kr_kept_run_free(struct kr_kept_key **run); /* wipes; NULL inside is fine */

/* Move the keys of a run, which may be empty, to kept; kept has none of that ratchet with
 * a higher generation. */
void kr_kept_keys_merge(struct kr_kept_keys *kept, struct kr_kept_key **run);

/* Drop the oldest keys until no more than max are left. The oldest is the lowest
 * generation of the ratchet with the most keys (of several such ratchets, the first), so
 * that a member that skips many generations displaces its own late messages before those
 * of others. */
void kr_kept_keys_trim(struct kr_kept_keys *kept, uint32_t max);

/* Call check for each key, until it fails. */
enum kr_err kr_kept_keys_each(const struct kr_kept_keys *kept,
	enum kr_err (*check)(const void *ctx, struct kr_kept_key_id id), const void *ctx);

/* struct {
 *	uint32 num;
 *	struct {
 *		uint32 leaf;
 *		uint8 kind;
 *		uint32 generation;
 *		opaque key[32];
 *		opaque nonce[12];
 *	} keys[num];
 * }
 * Reading gives KR_ERR_BAD_STATE_RECORD, also if the keys are not in order, or
 * KR_ERR_MEMORY; then kept is empty. */
void kr_kept_keys_write(struct kr_writer *w, const struct kr_kept_keys *kept);
enum kr_err kr_kept_keys_read(struct kr_reader *r, struct kr_kept_keys *kept);

#endif
