/* Which event ids were used: author and id of every append that is still in the log, and
 * its position. Private to server/store.
 *
 * Ids are random, so each would touch a page of its own in an index, and a page is seven
 * times a post. So new ids gather here in memory and are written behind, one slice of the
 * key space at a time, when there are many; what had not been written is found again in
 * the log's tail when the store is opened. Measured with appends of 600 bytes, 4,000 in a
 * batch, on tmpfs and two busy cores: 78,000 a second instead of 29,000 (store_bench).
 *
 * Changes follow the transaction: ids_add and ids_remove count at once for whoever makes
 * it, and are made good by ids_committed or undone by ids_aborted. */
#ifndef KRING_SERVER_STORE_IDS_H
#define KRING_SERVER_STORE_IDS_H

#include <pthread.h>

#include "server/store/record.h"

#define IDS_SLICES 256

struct id_entry {
	struct event_key key;
	uint64_t position;
};

struct id_slice {
	struct id_entry *entries; /* sorted by key */
	size_t num;
	size_t cap;
	uint64_t oldest; /* position of its oldest entry; UINT64_MAX when it is empty */
};

struct id_change {
	struct event_key key;
	bool added; /* else removed */
};

struct ids {
	pthread_mutex_t
		mutex; /* of slices and num_flushes: changed by the writer alone */
	struct id_slice slices[IDS_SLICES];
	uint64_t num_flushes;
	/* The writer's. */
	size_t num;
	size_t max;
	unsigned next_slice; /* the one to be written next */
	bool flushing;       /* it is written in the present transaction */
	bool held;           /* nothing is written: a compaction copies the index */
	struct id_change *changes;
	size_t num_changes;
	size_t cap_changes;
};

/* max: how many wait in memory before they are written; 0: 131072, which is 3 MiB. */
void ids_init(struct ids *ids, size_t max);
void ids_finish(struct ids *ids);

/* Take up from the log what the index does not have. */
enum kr_err ids_load(struct ids *ids, const struct tx *tx);

/* The writer's view. KR_ERR_NOT_FOUND. */
enum kr_err ids_find(const struct ids *ids, const struct tx *tx,
	const struct event_key *key, uint64_t *position);

/* A reader's: in memory only. num_flushes tells whether something moved from memory to
 * the index since an earlier call. */
bool ids_find_recent(struct ids *ids, const struct event_key *key, uint64_t *position,
	uint64_t *num_flushes);

/* KR_ERR_MEMORY. */
enum kr_err ids_add(struct ids *ids, const struct event_key *key, uint64_t position);
enum kr_err ids_remove(struct ids *ids, struct tx *tx, const struct event_key *key);

/* Before a transaction ends: write a slice if too many wait, and say in meta from where
 * the log has to be read again. */
enum kr_err ids_flush(struct ids *ids, struct tx *tx, struct store_meta *meta);

void ids_committed(struct ids *ids);
void ids_aborted(struct ids *ids);

#endif
