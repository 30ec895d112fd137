/* Compaction: a fresh file in the place of the old one. */
#include "server/store/state.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/store/copy.h"

#define NEW_FILE STORE_FILE ".new"

/* Everything up to one position, while appends go on. */
static enum kr_err copy_snapshot(
	struct store *store, struct store_env *copy, uint64_t *position)
{
	struct store_view view;
	struct tx tx;
	enum kr_err err = store_view_begin(store, &view);

	if (err != KR_OK) {
		return err;
	}
	tx = view_tx(&view);
	*position = store_position(&view);
	err = copy_records(copy, &tx);
	store_view_end(&view);
	return err;
}

/* Repeat one event that was appended meanwhile. Its topic is as the event left it;
 * nothing was trimmed, since one maintenance runs at a time. */
static enum kr_err repeat_event(struct tx *to, const struct tx *from, uint64_t position,
	struct kr_writer *scratch)
{
	struct record record;
	struct topic_record topic;
	enum kr_err err;

	if ((err = record_get(from, position, &record)) ||
		(err = topic_get(from, &record.event.topic, &topic))) {
		return err;
	}
	topic.topic.seq = record.event.seq;
	topic.topic.rev = record.event.rev;
	memcpy(topic.topic.hash, record.hash, sizeof(topic.topic.hash));
	return entry_put(to, &record, position, &topic, scratch);
}

/* What was appended since the snapshot. The caller holds the writer's lock. */
static enum kr_err catch_up(
	struct store *store, struct store_env *copy, uint64_t position)
{
	struct store_view view;
	struct store_meta meta;
	struct tx from;
	struct tx to = {0};
	enum kr_err err = copy_make_room(copy, store->map_bytes);

	if (err != KR_OK || (err = store_view_begin(store, &view))) {
		return err;
	}
	from = view_tx(&view);
	if ((err = meta_get(&from, &meta)) == KR_OK) {
		err = tx_begin(&to, copy, 0);
	}
	for (position++; err == KR_OK && position < meta.next_position; position++) {
		err = repeat_event(&to, &from, position, &store->scratch);
	}
	if (err == KR_OK && (err = meta_put(&to, &meta)) == KR_OK) {
		err = tx_commit(&to);
	}
	tx_abort(&to);
	store_view_end(&view);
	return err;
}

/* The caller holds the writer's lock. */
static enum kr_err exchange(struct store *store, const char *new_path)
{
	enum kr_err err = KR_OK;
	enum kr_err reopened;

	pthread_rwlock_wrlock(&store->gate);
	env_close(&store->env);
	if (rename(new_path, store->path) != 0) {
		err = env_error(errno);
	} else {
		err = dir_sync(store->dir);
	}
	reopened = store_reopen(store);
	pthread_rwlock_unlock(&store->gate);
	return err != KR_OK ? err : reopened;
}

/* What is written behind goes to the old file: hold it back while there are two. */
static void hold_ids(struct store *store, bool held)
{
	pthread_mutex_lock(&store->writer);
	store->ids.held = held;
	pthread_mutex_unlock(&store->writer);
}

static enum kr_err compact_to(struct store *store, const char *new_path)
{
	struct store_env copy = {0};
	uint64_t position;
	enum kr_err err;

	(void)unlink(new_path); /* of a compaction that was cut short */
	if ((err = copy_begin(&copy, new_path, store->map_bytes)) ||
		(err = copy_snapshot(store, &copy, &position))) {
		env_close(&copy);
		return err;
	}
	pthread_mutex_lock(&store->writer);
	err = catch_up(store, &copy, position);
	if (err == KR_OK) {
		err = copy_finish(&copy);
	}
	env_close(&copy);
	if (err == KR_OK) {
		err = exchange(store, new_path);
	}
	pthread_mutex_unlock(&store->writer);
	return err;
}

enum kr_err store_compact(struct store *store)
{
	char *new_path = path_join(store->dir, NEW_FILE);
	enum kr_err err;

	if (new_path == NULL) {
		return KR_ERR_MEMORY;
	}
	pthread_mutex_lock(&store->maintenance);
	hold_ids(store, true);
	err = compact_to(store, new_path);
	hold_ids(store, false);
	if (err != KR_OK) {
		(void)unlink(new_path);
	}
	pthread_mutex_unlock(&store->maintenance);
	free(new_path);
	return err;
}
