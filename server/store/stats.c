#include "server/store/state.h"

#include <string.h>

#define FREE_DBI 0 /* LMDB's own list of free pages */

/* Each entry of the list is a count and that many page numbers. */
static enum kr_err count_free_pages(const struct tx *tx, uint64_t *num)
{
	MDB_cursor *cursor;
	MDB_val key;
	MDB_val value;
	int rc = mdb_cursor_open(tx->mdb, FREE_DBI, &cursor);

	*num = 0;
	if (rc != 0) {
		return env_error(rc);
	}
	while ((rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
		size_t pages = 0;

		memcpy(&pages, value.mv_data, sizeof(pages));
		*num += pages;
	}
	mdb_cursor_close(cursor);
	return rc == MDB_NOTFOUND ? KR_OK : env_error(rc);
}

static enum kr_err read_stats(const struct tx *tx, struct store_stats *out)
{
	struct store_meta meta;
	MDB_envinfo info = {0};
	MDB_stat stat = {0};
	uint64_t free_pages;
	enum kr_err err;

	if ((err = tx_count(tx, DB_LOG, &out->num_events)) ||
		(err = tx_count(tx, DB_TOPICS, &out->num_topics)) ||
		(err = tx_count(tx, DB_FACTS, &out->num_facts)) ||
		(err = tx_count(tx, DB_KEYS, &out->num_keys)) ||
		(err = meta_get(tx, &meta)) ||
		(err = count_free_pages(tx, &free_pages)) ||
		(err = env_error(mdb_env_info(tx->env->mdb, &info))) ||
		(err = env_error(mdb_env_stat(tx->env->mdb, &stat)))) {
		return err;
	}
	out->position = meta.next_position - 1;
	out->used_bytes = ((uint64_t)info.me_last_pgno + 1) * stat.ms_psize;
	out->free_bytes = free_pages * stat.ms_psize;
	out->map_bytes = info.me_mapsize;
	return KR_OK;
}

enum kr_err store_stats(struct store *store, struct store_stats *out)
{
	struct store_view view;
	struct tx tx;
	enum kr_err err = store_view_begin(store, &view);

	*out = (struct store_stats){0};
	if (err == KR_OK) {
		tx = view_tx(&view);
		err = read_stats(&tx, out);
	}
	store_view_end(&view);
	return err;
}
