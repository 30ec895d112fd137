#include "server/store/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* Bytes in one transaction: LMDB holds them in memory. */
#define STEP_BYTES ((size_t)4 << 20)

/* The same records take other pages here: never twice as many, but for the very
 * smallest. */
static uint64_t room_for(uint64_t map_bytes)
{
	return 2 * map_bytes + ((uint64_t)16 << 20);
}

enum kr_err copy_begin(struct store_env *copy, const char *path, uint64_t map_bytes)
{
	/* Nobody else knows the file yet: no locks, no syncs on the way. */
	unsigned flags = MDB_NOLOCK | MDB_NOSYNC;
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	*copy = (struct store_env){0};
	if (fd < 0) {
		return errno == EEXIST ? KR_ERR_STATE : env_error(errno);
	}
	close(fd);
	return env_open(copy, path, room_for(map_bytes), flags);
}

enum kr_err copy_make_room(struct store_env *copy, uint64_t map_bytes)
{
	return env_error(mdb_env_set_mapsize(copy->mdb, room_for(map_bytes)));
}

/* As many records as fit into one transaction, from where scan stands. */
static enum kr_err copy_step(
	const struct store_env *copy, enum store_db db, struct tx_scan *scan)
{
	enum kr_err at = KR_OK; /* of the scan */
	struct tx tx;
	enum kr_err err = tx_begin(&tx, copy, 0);

	for (size_t num_bytes = 0;
		err == KR_OK && at == KR_OK && num_bytes < STEP_BYTES;) {
		num_bytes += scan->key.len + scan->value.len;
		err = tx_put(&tx, db, scan->key, scan->value, MDB_APPEND);
		at = tx_scan_next(scan);
	}
	if (err == KR_OK) {
		err = tx_commit(&tx);
	}
	tx_abort(&tx);
	return err != KR_OK ? err : at;
}

enum kr_err copy_records(struct store_env *copy, const struct tx *from)
{
	for (int db = 0; db < STORE_NUM_DBS; db++) {
		struct tx_scan scan;
		enum kr_err err = tx_scan_begin(&scan, from, (enum store_db)db);

		if (err == KR_OK) {
			err = tx_scan_seek(&scan, kr_view(NULL, 0));
		}
		while (err == KR_OK) {
			err = copy_step(copy, (enum store_db)db, &scan);
		}
		tx_scan_end(&scan);
		if (err != KR_ERR_NOT_FOUND) {
			return err;
		}
	}
	return KR_OK;
}

enum kr_err copy_finish(struct store_env *copy)
{
	enum kr_err err = env_error(mdb_env_sync(copy->mdb, 1));

	env_close(copy);
	return err;
}
