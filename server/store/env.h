/* The LMDB environment: databases, transactions, and what LMDB's codes mean to us.
 * Private to server/store. */
#ifndef KRING_SERVER_STORE_ENV_H
#define KRING_SERVER_STORE_ENV_H

#include <lmdb.h>

#include "server/store/store.h"

/* Integers in keys and values are big-endian. */
enum store_db {
	DB_META,   /* "store" -> struct store_meta */
	DB_LOG,    /* position -> record.h; grows at its end only */
	DB_TOPICS, /* struct kr_topic -> topic.h */
	DB_INDEX,  /* number of the topic, seq -> position */
	DB_EVENTS, /* struct event_key -> position of the append's first event */
	DB_KEYS,   /* key -> position of the append's first event */
	DB_FACTS,  /* number of the topic, table, key -> seq, value: see facts.h */
	DB_BASE,   /* likewise: the facts of a topic's trimmed events */
	DB_LOOKUP, /* table, 32 bytes, struct kr_topic -> nothing: facts by their key */
	STORE_NUM_DBS
};

struct store_env {
	MDB_env *mdb;
	MDB_dbi dbs[STORE_NUM_DBS];
};

/* A transaction of either kind. */
struct tx {
	MDB_txn *mdb;
	const struct store_env *env;
	bool map_full; /* it failed only because the map is too small */
};

/* Open the file at path, making it and its databases unless flags has MDB_RDONLY. Other
 * flags: MDB_NOSYNC for a file that is synced when it is complete. */
enum kr_err env_open(
	struct store_env *env, const char *path, uint64_t map_bytes, unsigned flags);
void env_close(struct store_env *env);

enum kr_err env_error(int rc);

enum kr_err tx_begin(struct tx *tx, const struct store_env *env, unsigned flags);
/* Either way the transaction is over. */
enum kr_err tx_commit(struct tx *tx);
/* Happy with one that is over. */
void tx_abort(struct tx *tx);

/* KR_ERR_NOT_FOUND; value is a view into the map. */
enum kr_err tx_get(
	const struct tx *tx, enum store_db db, struct kr_view key, struct kr_view *value);
/* flags: MDB_APPEND, MDB_NOOVERWRITE. */
enum kr_err tx_put(struct tx *tx, enum store_db db, struct kr_view key,
	struct kr_view value, unsigned flags);
/* KR_ERR_NOT_FOUND. */
enum kr_err tx_delete(struct tx *tx, enum store_db db, struct kr_view key);
enum kr_err tx_count(const struct tx *tx, enum store_db db, uint64_t *num);

/* Walk a database in the order of its keys. Views are good until the transaction changes
 * something or ends. */
struct tx_scan {
	MDB_cursor *cursor;
	struct kr_view key;
	struct kr_view value;
};
enum kr_err tx_scan_begin(struct tx_scan *scan, const struct tx *tx, enum store_db db);
/* To the first key that is not before this one; KR_ERR_NOT_FOUND at the end. */
enum kr_err tx_scan_seek(struct tx_scan *scan, struct kr_view key);
enum kr_err tx_scan_next(struct tx_scan *scan);
enum kr_err tx_scan_last(struct tx_scan *scan);
void tx_scan_end(struct tx_scan *scan);

/* ---- Integers as keys and values ------------------------------------------------- */

struct be64 {
	uint8_t bytes[8];
};
struct be64 be64(uint64_t v);
static inline struct kr_view view_be64(const struct be64 *b)
{
	return kr_view(b->bytes, sizeof(b->bytes));
}
/* Of a value that must be eight bytes long, else KR_ERR_STORE_DAMAGED. */
enum kr_err be64_read(struct kr_view value, uint64_t *out);

/* ---- The store's own record ------------------------------------------------------- */

#define STORE_VERSION 4

struct store_meta {
	uint32_t version;
	uint8_t incarnation[STORE_INCARNATION_BYTES];
	uint64_t next_position;
	uint64_t next_topic; /* the number that the next new topic gets */
	uint64_t ids_from;   /* from here on DB_EVENTS may lack ids: see ids.h */
};
/* KR_ERR_NOT_FOUND in an empty file; KR_ERR_STORE_VERSION, with the version filled in,
 * when it is newer than this program; KR_ERR_STORE_DAMAGED. */
enum kr_err meta_get(const struct tx *tx, struct store_meta *out);
enum kr_err meta_put(struct tx *tx, const struct store_meta *meta);

#endif
