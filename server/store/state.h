/* struct store and what its parts do for each other. Private to server/store.
 *
 * Locks, in the order in which they are taken:
 *	maintenance  one of trim, compaction, backup, verification at a time
 *	writer       whoever changes the file: the committer's batch, one step of a
 *	             trim, the last part of a compaction
 *	gate         shared by every read transaction for its life; exclusive while the
 *	             map is moved or the file exchanged, which LMDB allows only when no
 *	             transaction is open */
#ifndef KRING_SERVER_STORE_STATE_H
#define KRING_SERVER_STORE_STATE_H

#include <pthread.h>

#include "server/store/facts.h"
#include "server/store/ids.h"

struct store {
	struct log_engine engine; /* first: store_engine hands it out */
	struct store_env env;
	pthread_mutex_t maintenance;
	pthread_mutex_t writer;
	pthread_rwlock_t gate;
	char *dir;
	char *path;  /* of the data file */
	int lock_fd; /* holds the store's lock; -1: none */
	uint64_t map_bytes;
	uint64_t map_bytes_max;
	const struct kr_random *rng;
	struct ids ids;
	struct kr_writer scratch; /* the writer's: records on their way to the log */
};

#define STORE_FILE      "kring.mdb"
#define STORE_LOCK_FILE "kring.lock"

/* dir/name on the heap; NULL when memory is out. */
char *path_join(const char *dir, const char *name);
/* Make what was created or renamed in a directory last. KR_ERR_STORE_IO. */
enum kr_err dir_sync(const char *dir);

static inline struct tx view_tx(const struct store_view *view)
{
	return (struct tx){.mdb = view->txn, .env = &view->store->env};
}

/* Begin a change. The caller holds the writer's lock. */
static inline enum kr_err store_change_begin(struct store *store, struct tx *tx)
{
	return tx_begin(tx, &store->env, 0);
}

/* A change failed with err and is aborted. True: it failed because the map was too small,
 * and that is mended, so do it again. False: err says why, with "no room" told from other
 * failures of the disk. The caller holds the writer's lock and has no transaction
 * open. */
bool store_change_retry(struct store *store, const struct tx *tx, enum kr_err *err);

/* Close the file and open it again; used when LMDB refuses to go on after a failed write
 * and when the file was exchanged. The caller holds the writer's lock and the gate, the
 * latter exclusively. */
enum kr_err store_reopen(struct store *store);

/* Number and register a topic that is not there yet, or read the one that is. */
enum kr_err topic_open(struct tx *tx, struct store_meta *meta,
	const struct kr_topic *topic, struct topic_record *out);

/* Write an event at the place that it has, with its keys, facts and place in the index of
 * its topic. */
enum kr_err entry_put(struct tx *tx, const struct record *record, uint64_t position,
	const struct topic_record *topic, struct kr_writer *scratch);

/* Keys of an append, as its first record holds them: call each for every key. */
struct key_list {
	struct kr_reader rest;
};
static inline struct key_list key_list(struct kr_view keys)
{
	return (struct key_list){.rest = kr_reader(keys)};
}
/* KR_ERR_NOT_FOUND at the end, KR_ERR_STORE_DAMAGED. */
enum kr_err key_list_next(struct key_list *list, struct kr_view *key);

/* The change is over: its memory follows it. */
static inline void store_change_done(struct store *store, enum kr_err err)
{
	if (err == KR_OK) {
		ids_committed(&store->ids);
	} else {
		ids_aborted(&store->ids);
	}
}

void store_commit(struct log_engine *engine, struct log_append *const *batch, size_t num);

#endif
