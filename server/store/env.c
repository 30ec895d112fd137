#include "server/store/env.h"

#include <errno.h>
#include <string.h>

#define NUM_READERS 126

static const char *const db_names[STORE_NUM_DBS] = {
	[DB_META] = "meta",
	[DB_LOG] = "log",
	[DB_TOPICS] = "topics",
	[DB_INDEX] = "index",
	[DB_EVENTS] = "events",
	[DB_KEYS] = "keys",
	[DB_FACTS] = "facts",
	[DB_BASE] = "base",
	[DB_LOOKUP] = "by_account", /* its name in version 1 */
};

enum kr_err env_error(int rc)
{
	switch (rc) {
	case 0:
		return KR_OK;
	case MDB_NOTFOUND:
		return KR_ERR_NOT_FOUND;
	case ENOMEM:
		return KR_ERR_MEMORY;
	case MDB_MAP_FULL:
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return KR_ERR_STORE_FULL;
	case MDB_READERS_FULL:
		return KR_ERR_LIMIT;
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_INVALID:
	case MDB_VERSION_MISMATCH:
		return KR_ERR_STORE_DAMAGED;
	default:
		return KR_ERR_STORE_IO;
	}
}

static enum kr_err open_dbs(struct store_env *env, unsigned flags)
{
	struct tx tx;
	enum kr_err err = tx_begin(&tx, env, flags & MDB_RDONLY);

	for (int i = 0; err == KR_OK && i < STORE_NUM_DBS; i++) {
		unsigned create = flags & MDB_RDONLY ? 0 : MDB_CREATE;

		err = env_error(mdb_dbi_open(tx.mdb, db_names[i], create, &env->dbs[i]));
		if (err == KR_ERR_NOT_FOUND) {
			err = KR_ERR_STORE_DAMAGED; /* a file of something else */
		}
	}
	if (err != KR_OK) {
		tx_abort(&tx);
		return err;
	}
	return tx_commit(&tx);
}

enum kr_err env_open(
	struct store_env *env, const char *path, uint64_t map_bytes, unsigned flags)
{
	enum kr_err err;

	*env = (struct store_env){0};
	if ((err = env_error(mdb_env_create(&env->mdb))) ||
		(err = env_error(mdb_env_set_maxdbs(env->mdb, STORE_NUM_DBS))) ||
		(err = env_error(mdb_env_set_maxreaders(env->mdb, NUM_READERS))) ||
		(err = env_error(mdb_env_set_mapsize(env->mdb, map_bytes))) ||
		(err = env_error(mdb_env_open(
			 env->mdb, path, flags | MDB_NOSUBDIR | MDB_NOTLS, 0600))) ||
		(err = open_dbs(env, flags))) {
		env_close(env);
	}
	return err;
}

void env_close(struct store_env *env)
{
	if (env->mdb != NULL) {
		mdb_env_close(env->mdb);
	}
	*env = (struct store_env){0};
}

/* ---- Transactions ---------------------------------------------------------------- */

static MDB_val val(struct kr_view v)
{
	return (MDB_val){.mv_size = v.len, .mv_data = (void *)(uintptr_t)v.data};
}

/* Keep in mind why a write failed: a map that is too small is no full disk. */
static enum kr_err tx_error(struct tx *tx, int rc)
{
	if (rc == MDB_MAP_FULL) {
		tx->map_full = true;
	}
	return env_error(rc);
}

enum kr_err tx_begin(struct tx *tx, const struct store_env *env, unsigned flags)
{
	*tx = (struct tx){.env = env};
	if (env->mdb == NULL) {
		return KR_ERR_STORE_IO; /* it could not be opened again after a failure */
	}
	return tx_error(tx, mdb_txn_begin(env->mdb, NULL, flags, &tx->mdb));
}

enum kr_err tx_commit(struct tx *tx)
{
	enum kr_err err = tx_error(tx, mdb_txn_commit(tx->mdb));

	tx->mdb = NULL;
	return err;
}

void tx_abort(struct tx *tx)
{
	if (tx->mdb != NULL) {
		mdb_txn_abort(tx->mdb);
		tx->mdb = NULL;
	}
}

enum kr_err tx_get(
	const struct tx *tx, enum store_db db, struct kr_view key, struct kr_view *value)
{
	MDB_val k = val(key);
	MDB_val v = {0};
	enum kr_err err = env_error(mdb_get(tx->mdb, tx->env->dbs[db], &k, &v));

	*value = err == KR_OK ? kr_view(v.mv_data, v.mv_size) : kr_view(NULL, 0);
	return err;
}

enum kr_err tx_put(struct tx *tx, enum store_db db, struct kr_view key,
	struct kr_view value, unsigned flags)
{
	MDB_val k = val(key);
	MDB_val v = val(value);

	return tx_error(tx, mdb_put(tx->mdb, tx->env->dbs[db], &k, &v, flags));
}

enum kr_err tx_delete(struct tx *tx, enum store_db db, struct kr_view key)
{
	MDB_val k = val(key);

	return tx_error(tx, mdb_del(tx->mdb, tx->env->dbs[db], &k, NULL));
}

enum kr_err tx_count(const struct tx *tx, enum store_db db, uint64_t *num)
{
	MDB_stat stat = {0};
	enum kr_err err = env_error(mdb_stat(tx->mdb, tx->env->dbs[db], &stat));

	*num = stat.ms_entries;
	return err;
}

/* ---- Scans ----------------------------------------------------------------------- */

enum kr_err tx_scan_begin(struct tx_scan *scan, const struct tx *tx, enum store_db db)
{
	*scan = (struct tx_scan){0};
	return env_error(mdb_cursor_open(tx->mdb, tx->env->dbs[db], &scan->cursor));
}

static enum kr_err scan_move(struct tx_scan *scan, struct kr_view key, MDB_cursor_op op)
{
	MDB_val k = val(key);
	MDB_val v = {0};
	enum kr_err err = env_error(mdb_cursor_get(scan->cursor, &k, &v, op));

	scan->key = err == KR_OK ? kr_view(k.mv_data, k.mv_size) : kr_view(NULL, 0);
	scan->value = err == KR_OK ? kr_view(v.mv_data, v.mv_size) : kr_view(NULL, 0);
	return err;
}

enum kr_err tx_scan_seek(struct tx_scan *scan, struct kr_view key)
{
	/* LMDB takes no empty key; the first entry is what it would mean. */
	return scan_move(scan, key, key.len == 0 ? MDB_FIRST : MDB_SET_RANGE);
}

enum kr_err tx_scan_next(struct tx_scan *scan)
{
	return scan_move(scan, kr_view(NULL, 0), MDB_NEXT);
}

enum kr_err tx_scan_last(struct tx_scan *scan)
{
	return scan_move(scan, kr_view(NULL, 0), MDB_LAST);
}

void tx_scan_end(struct tx_scan *scan)
{
	if (scan->cursor != NULL) {
		mdb_cursor_close(scan->cursor);
	}
	*scan = (struct tx_scan){0};
}

/* ---- Integers -------------------------------------------------------------------- */

struct be64 be64(uint64_t v)
{
	struct be64 out;

	for (size_t i = 0; i < sizeof(out.bytes); i++) {
		out.bytes[i] = (uint8_t)(v >> (56 - 8 * i));
	}
	return out;
}

enum kr_err be64_read(struct kr_view value, uint64_t *out)
{
	struct kr_reader r = kr_reader(value);

	if (kr_read_u64(&r, out) != KR_OK || kr_read_end(&r) != KR_OK) {
		return KR_ERR_STORE_DAMAGED;
	}
	return KR_OK;
}

/* ---- The store's own record ------------------------------------------------------- */

static const char meta_key[] = "store";

static struct kr_view view_meta_key(void)
{
	return kr_view(meta_key, sizeof(meta_key) - 1);
}

enum kr_err meta_get(const struct tx *tx, struct store_meta *out)
{
	struct kr_view value;
	struct kr_reader r;
	enum kr_err err = tx_get(tx, DB_META, view_meta_key(), &value);

	*out = (struct store_meta){0};
	if (err != KR_OK) {
		return err;
	}
	r = kr_reader(value);
	if (kr_read_u32(&r, &out->version) != KR_OK) {
		return KR_ERR_STORE_DAMAGED;
	}
	if (out->version > STORE_VERSION) {
		return KR_ERR_STORE_VERSION; /* what follows may mean something else */
	}
	if (kr_read_copy(&r, out->incarnation, sizeof(out->incarnation)) != KR_OK ||
		kr_read_u64(&r, &out->next_position) != KR_OK ||
		kr_read_u64(&r, &out->next_topic) != KR_OK ||
		kr_read_u64(&r, &out->ids_from) != KR_OK || kr_read_end(&r) != KR_OK) {
		return KR_ERR_STORE_DAMAGED;
	}
	return KR_OK;
}

enum kr_err meta_put(struct tx *tx, const struct store_meta *meta)
{
	uint8_t bytes[4 + STORE_INCARNATION_BYTES + 3 * 8];
	struct kr_writer w;

	kr_writer_init_fixed(&w, bytes, sizeof(bytes));
	kr_write_u32(&w, meta->version);
	kr_write_fixed(&w, kr_view(meta->incarnation, sizeof(meta->incarnation)));
	kr_write_u64(&w, meta->next_position);
	kr_write_u64(&w, meta->next_topic);
	kr_write_u64(&w, meta->ids_from);
	return tx_put(tx, DB_META, view_meta_key(), kr_writer_view(&w), 0);
}
