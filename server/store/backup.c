/* Backup of a store at work, and a store from a backup. */
#include "server/store/state.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/store/copy.h"
#include "server/store/projection.h"

/* Where a restore builds the store before it moves it into place. */
#define RESTORING_DIR "restoring"

static enum kr_err move_into_place(const char *from, const char *to)
{
	char *to_copy = strdup(to);
	enum kr_err err;

	if (to_copy == NULL) {
		return KR_ERR_MEMORY;
	}
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) != 0) {
		err = errno == EEXIST ? KR_ERR_STATE : env_error(errno);
	} else {
		err = dir_sync(dirname(to_copy));
	}
	free(to_copy);
	return err;
}

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

/* ---- Backup ------------------------------------------------------------------------ */

static enum kr_err backup_to(struct store *store, const char *partial)
{
	struct store_env copy = {0};
	struct store_view view = {0};
	struct tx tx;
	enum kr_err err;

	if ((err = copy_begin(&copy, partial, store->map_bytes)) ||
		(err = store_view_begin(store, &view))) {
		env_close(&copy);
		return err;
	}
	tx = view_tx(&view);
	err = copy_records(&copy, &tx);
	store_view_end(&view);
	if (err != KR_OK) {
		env_close(&copy);
		return err;
	}
	return copy_finish(&copy);
}

enum kr_err store_backup(struct store *store, const char *path)
{
	char *partial = NULL;
	enum kr_err err;

	if (exists(path)) {
		return KR_ERR_STATE;
	}
	if (asprintf(&partial, "%s.partial", path) < 0) {
		return KR_ERR_MEMORY;
	}
	pthread_mutex_lock(&store->maintenance);
	(void)unlink(partial); /* of a backup that was cut short */
	err = backup_to(store, partial);
	if (err == KR_OK) {
		err = move_into_place(partial, path);
	}
	if (err != KR_OK) {
		(void)unlink(partial);
	}
	pthread_mutex_unlock(&store->maintenance);
	free(partial);
	return err;
}

/* ---- Restore ----------------------------------------------------------------------- */

/* The backup is opened without locks: it is nobody's store, and may lie on a medium that
 * cannot be written to. */
static enum kr_err copy_backup(
	const char *backup_path, const char *path, uint64_t map_bytes)
{
	struct store_env backup = {0};
	struct store_env copy = {0};
	struct tx tx = {0};
	enum kr_err err;

	if (!exists(backup_path)) {
		return KR_ERR_NOT_FOUND;
	}
	if ((err = env_open(&backup, backup_path, map_bytes, MDB_RDONLY | MDB_NOLOCK)) ||
		(err = copy_begin(&copy, path, map_bytes)) ||
		(err = tx_begin(&tx, &backup, MDB_RDONLY)) ||
		(err = copy_records(&copy, &tx))) {
		env_close(&copy);
	} else {
		err = copy_finish(&copy);
	}
	tx_abort(&tx);
	env_close(&backup);
	return err;
}

static enum kr_err renew_incarnation(struct store *store)
{
	struct store_meta meta;
	struct tx tx = {0};
	enum kr_err err;

	if ((err = store_change_begin(store, &tx)) || (err = meta_get(&tx, &meta)) ||
		(err = kr_random_fill(
			 store->rng, meta.incarnation, sizeof(meta.incarnation))) ||
		(err = meta_put(&tx, &meta)) || (err = tx_commit(&tx))) {
		tx_abort(&tx);
	}
	return err;
}

static enum kr_err has_one_time_packages(
	const struct store_view *view, const uint8_t account[KR_ID_BYTES], bool *any)
{
	struct store_key_package package;
	enum kr_err err = store_key_package(view, account, NULL, NULL, &package);

	*any = err == KR_OK;
	return err == KR_ERR_NOT_FOUND ? KR_OK : err;
}

static enum kr_err void_packages_of(
	struct store *store, const struct kr_topic *account, uint64_t time_ms)
{
	struct log_append *append = log_append_new();
	struct kr_event event = {
		.topic = *account,
		.type = KR_EVENT_KEY_PACKAGES_VOID,
		.time_ms = time_ms,
	};
	enum kr_err err = append == NULL ? KR_ERR_MEMORY : KR_OK;

	if (err == KR_OK &&
		(err = kr_random_fill(store->rng, event.id, sizeof(event.id))) == KR_OK &&
		(err = log_append_event(append, &event, LOG_REV_ANY)) == KR_OK) {
		store_commit(&store->engine, &append, 1);
		err = append->result.err;
	}
	log_append_free(append);
	return err;
}

/* In every account that has any, by an event in its topic: clients see that they have to
 * publish new ones. */
static enum kr_err void_packages(struct store *store, uint64_t time_ms)
{
	struct kr_topic last = {0};
	enum kr_err err = KR_OK;

	for (;;) {
		struct kr_topic topic;
		struct store_view view;
		bool any = false;
		size_t num;

		if ((err = store_view_begin(store, &view))) {
			return err;
		}
		err = store_topics(&view, last.kind == 0 ? NULL : &last, &topic, 1, &num);
		if (err == KR_OK && num == 1 && topic.kind == KR_TOPIC_ACCOUNT) {
			err = has_one_time_packages(&view, topic.id, &any);
		}
		store_view_end(&view);
		if (err != KR_OK || num == 0) {
			return err;
		}
		if (any && (err = void_packages_of(store, &topic, time_ms))) {
			return err;
		}
		last = topic;
	}
}

static enum kr_err renew(const struct store_config *config, uint64_t time_ms)
{
	struct store_verified verified;
	struct store *store;
	enum kr_err err = store_open(&store, config);

	if (err != KR_OK) {
		return err;
	}
	if ((err = store_verify(store, &verified)) == KR_OK &&
		(err = renew_incarnation(store)) == KR_OK) {
		err = void_packages(store, time_ms);
	}
	store_close(store);
	return err;
}

static void remove_restoring(const char *dir)
{
	static const char *const names[] = {
		STORE_FILE, STORE_FILE "-lock", STORE_LOCK_FILE};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char *path = path_join(dir, names[i]);

		if (path != NULL) {
			(void)unlink(path);
		}
		free(path);
	}
	(void)rmdir(dir);
}

/* Build in a directory of its own, so that dir holds a whole store or none. */
static enum kr_err restore_in(const char *backup_path, const struct store_config *config,
	const char *restoring, const char *built, uint64_t time_ms)
{
	struct store_config there = *config;
	struct stat st;
	enum kr_err err;

	there.dir = restoring;
	remove_restoring(restoring); /* of a restore that was cut short */
	if (mkdir(restoring, 0700) != 0) {
		return env_error(errno);
	}
	if (stat(backup_path, &st) != 0) {
		return errno == ENOENT ? KR_ERR_NOT_FOUND : KR_ERR_STORE_IO;
	}
	if ((err = copy_backup(backup_path, built, (uint64_t)st.st_size))) {
		return err;
	}
	return renew(&there, time_ms);
}

enum kr_err store_restore(
	const char *backup_path, const struct store_config *config, uint64_t time_ms)
{
	char *path = path_join(config->dir, STORE_FILE);
	char *restoring = path_join(config->dir, RESTORING_DIR);
	char *built = restoring == NULL ? NULL : path_join(restoring, STORE_FILE);
	enum kr_err err = KR_OK;

	if (path == NULL || built == NULL) {
		err = KR_ERR_MEMORY;
	} else if (mkdir(config->dir, 0700) != 0 && errno != EEXIST) {
		err = env_error(errno);
	} else if (exists(path)) {
		err = KR_ERR_STATE;
	}
	if (err == KR_OK) {
		err = restore_in(backup_path, config, restoring, built, time_ms);
		if (err == KR_OK) {
			err = move_into_place(built, path);
		}
		remove_restoring(restoring);
	}
	free(built);
	free(restoring);
	free(path);
	return err;
}
