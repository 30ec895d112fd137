#include "server/store/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "server/store/migrate.h"

#define MAP_BYTES     ((uint64_t)64 << 20)
#define MAP_BYTES_MAX ((uint64_t)1 << 40)

/* Where in DB_META the relay's key stands. */
#define RELAY_SEED "relay key"

/* A disk with less than this left is called full when a write to it fails. */
#define NO_ROOM_BYTES ((uint64_t)1 << 20)

char *path_join(const char *dir, const char *name)
{
	char *path = NULL;

	return asprintf(&path, "%s/%s", dir, name) < 0 ? NULL : path;
}

enum kr_err dir_sync(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum kr_err err = fd >= 0 && fsync(fd) == 0 ? KR_OK : KR_ERR_STORE_IO;

	if (fd >= 0) {
		close(fd);
	}
	return err;
}

/* ---- Opening --------------------------------------------------------------------- */

static enum kr_err take_lock(struct store *store)
{
	char *path = path_join(store->dir, STORE_LOCK_FILE);

	if (path == NULL) {
		return KR_ERR_MEMORY;
	}
	store->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	free(path);
	if (store->lock_fd < 0) {
		return env_error(errno);
	}
	if (flock(store->lock_fd, LOCK_EX | LOCK_NB) != 0) {
		return errno == EWOULDBLOCK ? KR_ERR_STORE_LOCKED : KR_ERR_STORE_IO;
	}
	return KR_OK;
}

/* The file as it is now must fit into the map, with room to begin with. */
static uint64_t map_bytes_for(const char *path, uint64_t wanted)
{
	struct stat st;
	uint64_t bytes = wanted;

	while (stat(path, &st) == 0 && bytes < (uint64_t)st.st_size + wanted / 2) {
		bytes *= 2;
	}
	return bytes;
}

static enum kr_err write_first_meta(struct store *store, struct tx *tx)
{
	struct store_meta meta = {
		.version = STORE_VERSION,
		.next_position = 1,
		.next_topic = 1,
		.ids_from = 1,
	};
	enum kr_err err =
		kr_random_fill(store->rng, meta.incarnation, sizeof(meta.incarnation));

	return err != KR_OK ? err : meta_put(tx, &meta);
}

/* What the relay signs with: made once, and kept in every copy of the store, since the
 * records of inboxes name it. */
static enum kr_err ensure_relay_seed(struct store *store, struct tx *tx)
{
	KR_AUTO_WIPE struct kr_secret seed = {0};
	struct kr_view value;
	enum kr_err err = tx_get(tx, DB_META, kr_view_str(RELAY_SEED), &value);

	if (err != KR_ERR_NOT_FOUND) {
		return err;
	}
	err = kr_random_secret(store->rng, &seed);
	return err != KR_OK
		? err
		: tx_put(tx, DB_META, kr_view_str(RELAY_SEED), kr_view_secret(&seed), 0);
}

enum kr_err store_relay_seed(const struct store_view *view, struct kr_secret *out)
{
	struct tx tx = view_tx(view);
	struct kr_view value;
	enum kr_err err = tx_get(&tx, DB_META, kr_view_str(RELAY_SEED), &value);

	*out = (struct kr_secret){0};
	if (err != KR_OK || value.len != sizeof(out->bytes)) {
		return err != KR_OK && err != KR_ERR_NOT_FOUND ? err
							       : KR_ERR_STORE_DAMAGED;
	}
	memcpy(out->bytes, value.data, sizeof(out->bytes));
	return KR_OK;
}

/* A new file gets its first record, an older one is migrated, a newer one refused. */
static enum kr_err prepare(struct store *store)
{
	struct store_meta meta;
	struct tx tx;
	enum kr_err err = store_change_begin(store, &tx);

	if (err != KR_OK) {
		return err;
	}
	err = meta_get(&tx, &meta);
	if (err == KR_ERR_NOT_FOUND) {
		err = write_first_meta(store, &tx);
	} else if (err == KR_OK) {
		err = migrate(&tx, migrations, num_migrations, STORE_VERSION);
	}
	if (err == KR_OK) {
		err = ensure_relay_seed(store, &tx);
	}
	if (err == KR_OK) {
		err = tx_commit(&tx);
	}
	tx_abort(&tx);
	return err;
}

static enum kr_err load(struct store *store)
{
	struct tx tx;
	enum kr_err err = tx_begin(&tx, &store->env, MDB_RDONLY);

	if (err == KR_OK) {
		err = ids_load(&store->ids, &tx);
	}
	tx_abort(&tx);
	return err;
}

static enum kr_err open_all(struct store *store, const struct store_config *config)
{
	enum kr_err err;

	if (mkdir(config->dir, 0700) != 0 && errno != EEXIST) {
		return env_error(errno);
	}
	store->dir = strdup(config->dir);
	store->path = path_join(config->dir, STORE_FILE);
	if (store->dir == NULL || store->path == NULL) {
		return KR_ERR_MEMORY;
	}
	store->map_bytes = map_bytes_for(
		store->path, config->map_bytes == 0 ? MAP_BYTES : config->map_bytes);
	if ((err = take_lock(store)) ||
		(err = env_open(&store->env, store->path, store->map_bytes, 0)) ||
		(err = prepare(store)) || (err = load(store))) {
		return err;
	}
	return dir_sync(store->dir);
}

enum kr_err store_open(struct store **out, const struct store_config *config)
{
	static const struct log_engine_ops ops = {.commit = store_commit};
	struct store *store = calloc(1, sizeof(*store));
	enum kr_err err;

	*out = NULL;
	if (store == NULL) {
		return KR_ERR_MEMORY;
	}
	store->engine.ops = &ops;
	store->lock_fd = -1;
	store->rng = config->rng;
	store->map_bytes_max =
		config->map_bytes_max == 0 ? MAP_BYTES_MAX : config->map_bytes_max;
	pthread_mutex_init(&store->maintenance, NULL);
	pthread_mutex_init(&store->writer, NULL);
	pthread_rwlock_init(&store->gate, NULL);
	kr_writer_init(&store->scratch);
	ids_init(&store->ids, config->recent_ids_max);
	if ((err = open_all(store, config))) {
		store_close(store);
		return err;
	}
	*out = store;
	return KR_OK;
}

void store_close(struct store *store)
{
	if (store == NULL) {
		return;
	}
	env_close(&store->env);
	if (store->lock_fd >= 0) {
		close(store->lock_fd); /* gives the lock back */
	}
	kr_writer_free(&store->scratch);
	ids_finish(&store->ids);
	pthread_rwlock_destroy(&store->gate);
	pthread_mutex_destroy(&store->writer);
	pthread_mutex_destroy(&store->maintenance);
	free(store->path);
	free(store->dir);
	free(store);
}

struct log_engine *store_engine(struct store *store)
{
	return &store->engine;
}

/* ---- Views ----------------------------------------------------------------------- */

enum kr_err store_view_begin(struct store *store, struct store_view *view)
{
	struct event_key none = {{0}};
	uint64_t num_flushes;
	uint64_t position;
	struct tx tx;
	enum kr_err err;

	*view = (struct store_view){0};
	(void)ids_find_recent(&store->ids, &none, &position, &num_flushes);
	pthread_rwlock_rdlock(&store->gate);
	err = tx_begin(&tx, &store->env, MDB_RDONLY);
	if (err != KR_OK) {
		pthread_rwlock_unlock(&store->gate);
		return err;
	}
	*view = (struct store_view){
		.store = store,
		.txn = tx.mdb,
		.num_flushes = num_flushes,
	};
	return KR_OK;
}

void store_view_end(struct store_view *view)
{
	if (view->store == NULL) {
		return;
	}
	mdb_txn_abort(view->txn);
	pthread_rwlock_unlock(&view->store->gate);
	*view = (struct store_view){0};
}

/* ---- Changes that fail ----------------------------------------------------------- */

enum kr_err store_reopen(struct store *store)
{
	env_close(&store->env);
	return env_open(&store->env, store->path, store->map_bytes, 0);
}

/* Double the map. KR_ERR_STORE_FULL at its largest. */
static enum kr_err grow_map(struct store *store)
{
	uint64_t bytes = store->map_bytes * 2;
	enum kr_err err;

	if (store->map_bytes >= store->map_bytes_max) {
		return KR_ERR_STORE_FULL;
	}
	if (bytes > store->map_bytes_max) {
		bytes = store->map_bytes_max;
	}
	pthread_rwlock_wrlock(&store->gate);
	err = env_error(mdb_env_set_mapsize(store->env.mdb, bytes));
	if (err == KR_OK) {
		store->map_bytes = bytes;
	}
	pthread_rwlock_unlock(&store->gate);
	return err;
}

static bool has_no_room(const struct store *store)
{
	struct statvfs fs;

	return statvfs(store->dir, &fs) == 0 &&
		(uint64_t)fs.f_bavail * fs.f_frsize < NO_ROOM_BYTES;
}

/* After some failures LMDB refuses every further transaction. What is on disk is sound,
 * so a fresh start mends it. */
static void mend_env(struct store *store)
{
	struct tx tx;

	if (store_change_begin(store, &tx) == KR_OK) {
		tx_abort(&tx);
		return;
	}
	pthread_rwlock_wrlock(&store->gate);
	/* If this fails too, every later change comes here again. */
	(void)store_reopen(store);
	pthread_rwlock_unlock(&store->gate);
}

bool store_change_retry(struct store *store, const struct tx *tx, enum kr_err *err)
{
	if (tx->map_full) {
		*err = grow_map(store);
		return *err == KR_OK;
	}
	/* LMDB calls a short write EIO, whatever the reason. */
	if (*err == KR_ERR_STORE_IO && has_no_room(store)) {
		*err = KR_ERR_STORE_FULL;
	}
	mend_env(store);
	return false;
}
