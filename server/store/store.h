/* The store: the embedded engine of the log, and what the log adds up to, in one LMDB
 * environment. An append, its indices and its projection are one transaction with one
 * fsync.
 *
 * Threads. Appends go through store_engine, from one thread (the committer). Reading is
 * by views, from any thread. Trimming, compaction, backup and verification take long: a
 * worker thread calls them, never the loop. While one of them must shut readers out for a
 * moment (to remap or to exchange the file), store_view_begin waits; so a view lives for
 * one turn of the loop and no longer.
 *
 * Everything that a view hands out points into the map and is gone when the view ends. */
#ifndef KRING_SERVER_STORE_STORE_H
#define KRING_SERVER_STORE_STORE_H

#include "server/log/log.h"

struct store;

#define STORE_INCARNATION_BYTES 16

struct store_config {
	const char *dir;        /* made with mode 0700 if missing */
	uint64_t map_bytes;     /* to begin with; it grows by itself. 0: 64 MiB */
	uint64_t map_bytes_max; /* the file may not outgrow this. 0: 1 TiB */
	size_t recent_ids_max;  /* event ids held in memory. 0: 131072, in 3 MiB */
	const struct kr_random *rng;
};

/* Open or make the store, and take its lock until store_close or the end of the process.
 * KR_ERR_STORE_LOCKED another process has it; KR_ERR_STORE_VERSION it is of a newer
 * version (an older one is migrated here); KR_ERR_STORE_DAMAGED, KR_ERR_STORE_FULL,
 * KR_ERR_STORE_IO, KR_ERR_MEMORY, KR_ERR_RANDOM. */
enum kr_err store_open(struct store **out, const struct store_config *config);

/* No view may be open and no engine call under way. Happy with NULL. */
void store_close(struct store *store);

/* The log's engine; it lives as long as the store. */
struct log_engine *store_engine(struct store *store);

/* ---- Views ---------------------------------------------------------------------- */

/* A read transaction: one consistent state of everything. */
struct store_view {
	struct store *store;
	void *txn;
	uint64_t num_flushes; /* store_event's: see ids.h */
};

/* KR_ERR_STORE_IO, KR_ERR_MEMORY, KR_ERR_LIMIT (more than 126 views at once). */
enum kr_err store_view_begin(struct store *store, struct store_view *view);
/* Happy with a view that is zeroed, failed to begin or has ended. */
void store_view_end(struct store_view *view);

/* Changed by a restore only: a cursor is worth something together with this. */
void store_incarnation(
	const struct store_view *view, uint8_t out[STORE_INCARNATION_BYTES]);

/* The seed of the relay's own Ed25519 key, made when the store was. Backups have it too.
 * KR_ERR_STORE_DAMAGED, KR_ERR_STORE_IO. */
enum kr_err store_relay_seed(const struct store_view *view, struct kr_secret *out);

/* The position of the newest event; 0 in an empty log. */
uint64_t store_position(const struct store_view *view);

/* ---- The log -------------------------------------------------------------------- */

struct store_topic {
	uint64_t seq; /* of the newest event */
	uint64_t rev;
	uint8_t hash[KR_SHA256_BYTES];
	uint64_t trimmed_seq; /* of the newest event that was deleted; 0: none was */
	uint64_t trimmed_rev;
	uint8_t trimmed_hash[KR_SHA256_BYTES];
};

/* KR_ERR_NOT_FOUND (out is zeroed: seq and rev are 0, as they are for an append),
 * KR_ERR_STORE_DAMAGED, KR_ERR_STORE_IO. */
enum kr_err store_topic(const struct store_view *view, const struct kr_topic *topic,
	struct store_topic *out);

struct store_entry {
	struct kr_event event; /* views into the map */
	uint64_t position;
	const uint8_t *hash; /* KR_SHA256_BYTES: the topic's running hash after it */
};

/* The events of a topic after a seq, oldest first: at most cap of them, and no more once
 * their bodies and heads exceed max_bytes (the first always comes). num is 0 at the end.
 * KR_ERR_CURSOR_TRIMMED (ask store_topic where it begins now), KR_ERR_CURSOR_AHEAD,
 * KR_ERR_STORE_DAMAGED, KR_ERR_STORE_IO. A topic that is not there is empty. */
enum kr_err store_page(const struct store_view *view, const struct kr_topic *topic,
	uint64_t after_seq, size_t max_bytes, struct store_entry *entries, size_t cap,
	size_t *num);

/* All events of all topics after a position, in their one order; otherwise like
 * store_page. */
enum kr_err store_tail(const struct store_view *view, uint64_t after_position,
	size_t max_bytes, struct store_entry *entries, size_t cap, size_t *num);

/* The first event that the author made under this id. KR_ERR_NOT_FOUND. */
enum kr_err store_event(const struct store_view *view, struct kr_view author,
	const uint8_t id[KR_EVENT_ID_BYTES], struct store_entry *out);

/* Was this key taken? */
enum kr_err store_key_taken(
	const struct store_view *view, struct kr_view key, bool *taken);

/* Topics in the order of their names, after one (NULL: from the start). */
enum kr_err store_topics(const struct store_view *view, const struct kr_topic *after,
	struct kr_topic *topics, size_t cap, size_t *num);

/* The newest seq of the topic whose event is older than before_ms, to be trimmed up to;
 * 0 when there is none. Stops at the first that is not older. */
enum kr_err store_seq_before(const struct store_view *view, const struct kr_topic *topic,
	uint64_t before_ms, uint64_t *seq);

/* ---- Deleting ------------------------------------------------------------------- */

/* Delete the events of a topic up to seq and leave (seq, rev, hash) behind. What they
 * added up to stays. Goes in steps, each of them whole. Their bytes stay in free pages of
 * the file until store_compact. KR_ERR_NOT_FOUND, KR_ERR_CURSOR_AHEAD, KR_ERR_STORE_*. */
enum kr_err store_trim(struct store *store, const struct kr_topic *topic, uint64_t seq);

/* Write all that lives into a fresh file and put it in the old one's place; afterwards
 * the file holds nothing that was deleted. Appends wait only for the last part of it.
 * KR_ERR_STORE_FULL and KR_ERR_STORE_IO leave the old file as it is. */
enum kr_err store_compact(struct store *store);

/* ---- Operation ------------------------------------------------------------------ */

/* Write a compact copy of one consistent state to a new file, while work goes on. The
 * file appears under its name only when it is whole and on disk. KR_ERR_STATE (path
 * exists). */
enum kr_err store_backup(struct store *store, const char *path);

/* Make a store in dir, which must not hold one, of a backup: verify it, change its
 * incarnation, and void one-time key packages (they may have been used since). time_ms is
 * what the events that say so carry. KR_ERR_STATE (dir holds a store),
 * KR_ERR_STORE_DAMAGED (the backup is not whole), KR_ERR_STORE_*. */
enum kr_err store_restore(
	const char *backup_path, const struct store_config *config, uint64_t time_ms);

struct store_fault {
	char text[160]; /* English, for the operator; names positions and topics, no
			   content */
};

struct store_verified {
	uint64_t num_events;
	uint64_t num_topics;
	uint64_t num_facts;
	uint64_t num_faults;
	struct store_fault first; /* when num_faults is not 0 */
};

/* Recompute every running hash, check every index both ways, and build the projection
 * anew from the log to compare it with the stored one. KR_ERR_STORE_DAMAGED when it found
 * faults, KR_ERR_STORE_IO, KR_ERR_MEMORY. */
enum kr_err store_verify(struct store *store, struct store_verified *out);

struct store_stats {
	uint64_t num_events;
	uint64_t num_topics;
	uint64_t num_facts;
	uint64_t num_keys;
	uint64_t position;
	uint64_t used_bytes; /* pages in use, free ones included */
	uint64_t free_bytes; /* of these, pages that wait to be used again */
	uint64_t map_bytes;
};
enum kr_err store_stats(struct store *store, struct store_stats *out);

#endif
