#include "server/store/ids.h"

#include <stdlib.h>
#include <string.h>

#define IDS_MAX 131072

void ids_init(struct ids *ids, size_t max)
{
	*ids = (struct ids){.max = max == 0 ? IDS_MAX : max};
	pthread_mutex_init(&ids->mutex, NULL);
	for (size_t i = 0; i < IDS_SLICES; i++) {
		ids->slices[i].oldest = UINT64_MAX;
	}
}

void ids_finish(struct ids *ids)
{
	for (size_t i = 0; i < IDS_SLICES; i++) {
		free(ids->slices[i].entries);
	}
	free(ids->changes);
	pthread_mutex_destroy(&ids->mutex);
	*ids = (struct ids){0};
}

/* ---- Slices ------------------------------------------------------------------------ */

static struct id_slice *slice_of(const struct ids *ids, const struct event_key *key)
{
	return (struct id_slice *)(uintptr_t)&ids->slices[key->bytes[0]];
}

static int compare(const struct event_key *a, const struct event_key *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

/* Where the key stands, or where it would. */
static size_t slice_find(const struct id_slice *slice, const struct event_key *key)
{
	size_t low = 0;
	size_t high = slice->num;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(&slice->entries[middle].key, key) < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

static bool slice_get(
	const struct id_slice *slice, const struct event_key *key, uint64_t *position)
{
	size_t at = slice_find(slice, key);

	if (at == slice->num || compare(&slice->entries[at].key, key) != 0) {
		return false;
	}
	*position = slice->entries[at].position;
	return true;
}

/* The mutex is held: readers may look while the array moves. */
static enum kr_err slice_put(
	struct id_slice *slice, const struct event_key *key, uint64_t position)
{
	size_t at = slice_find(slice, key);

	if (slice->num == slice->cap) {
		size_t cap = slice->cap == 0 ? 16 : 2 * slice->cap;
		struct id_entry *grown =
			realloc(slice->entries, cap * sizeof(slice->entries[0]));

		if (grown == NULL) {
			return KR_ERR_MEMORY;
		}
		slice->entries = grown;
		slice->cap = cap;
	}
	memmove(slice->entries + at + 1, slice->entries + at,
		(slice->num - at) * sizeof(slice->entries[0]));
	slice->entries[at] = (struct id_entry){.key = *key, .position = position};
	slice->num++;
	if (position < slice->oldest) {
		slice->oldest = position;
	}
	return KR_OK;
}

static bool slice_remove(struct id_slice *slice, const struct event_key *key)
{
	size_t at = slice_find(slice, key);

	if (at == slice->num || compare(&slice->entries[at].key, key) != 0) {
		return false;
	}
	slice->num--;
	memmove(slice->entries + at, slice->entries + at + 1,
		(slice->num - at) * sizeof(slice->entries[0]));
	return true;
}

static void slice_empty(struct id_slice *slice)
{
	free(slice->entries);
	*slice = (struct id_slice){.oldest = UINT64_MAX};
}

/* ---- Looking up ---------------------------------------------------------------- */

static enum kr_err find_written(
	const struct tx *tx, const struct event_key *key, uint64_t *position)
{
	struct kr_view value;
	enum kr_err err = tx_get(tx, DB_EVENTS, view_event_key(key), &value);

	return err != KR_OK ? err : be64_read(value, position);
}

enum kr_err ids_find(const struct ids *ids, const struct tx *tx,
	const struct event_key *key, uint64_t *position)
{
	return slice_get(slice_of(ids, key), key, position)
		? KR_OK
		: find_written(tx, key, position);
}

bool ids_find_recent(struct ids *ids, const struct event_key *key, uint64_t *position,
	uint64_t *num_flushes)
{
	bool found;

	pthread_mutex_lock(&ids->mutex);
	found = slice_get(slice_of(ids, key), key, position);
	*num_flushes = ids->num_flushes;
	pthread_mutex_unlock(&ids->mutex);
	return found;
}

/* ---- Changing ------------------------------------------------------------------ */

static enum kr_err remember(struct ids *ids, const struct event_key *key, bool added)
{
	if (ids->num_changes == ids->cap_changes) {
		size_t cap = ids->cap_changes == 0 ? 64 : 2 * ids->cap_changes;
		struct id_change *grown =
			realloc(ids->changes, cap * sizeof(ids->changes[0]));

		if (grown == NULL) {
			return KR_ERR_MEMORY;
		}
		ids->changes = grown;
		ids->cap_changes = cap;
	}
	ids->changes[ids->num_changes++] =
		(struct id_change){.key = *key, .added = added};
	return KR_OK;
}

static enum kr_err put(struct ids *ids, const struct event_key *key, uint64_t position)
{
	enum kr_err err;

	pthread_mutex_lock(&ids->mutex);
	err = slice_put(slice_of(ids, key), key, position);
	pthread_mutex_unlock(&ids->mutex);
	ids->num += err == KR_OK ? 1 : 0;
	return err;
}

enum kr_err ids_add(struct ids *ids, const struct event_key *key, uint64_t position)
{
	enum kr_err err = remember(ids, key, true);

	if (err != KR_OK) {
		return err;
	}
	err = put(ids, key, position);
	if (err != KR_OK) {
		ids->num_changes--;
	}
	return err;
}

/* It may stand in the index, in memory, or after a compaction in both. */
enum kr_err ids_remove(struct ids *ids, struct tx *tx, const struct event_key *key)
{
	enum kr_err err = tx_delete(tx, DB_EVENTS, view_event_key(key));

	if (err != KR_OK && err != KR_ERR_NOT_FOUND) {
		return err;
	}
	return remember(ids, key, false);
}

static void forget(struct ids *ids, bool added)
{
	pthread_mutex_lock(&ids->mutex);
	for (size_t i = 0; i < ids->num_changes; i++) {
		const struct id_change *change = &ids->changes[i];

		if (change->added == added &&
			slice_remove(slice_of(ids, &change->key), &change->key)) {
			ids->num--;
		}
	}
	pthread_mutex_unlock(&ids->mutex);
	ids->num_changes = 0;
}

void ids_aborted(struct ids *ids)
{
	ids->flushing = false;
	forget(ids, true);
}

void ids_committed(struct ids *ids)
{
	forget(ids, false);
	if (!ids->flushing) {
		return;
	}
	pthread_mutex_lock(&ids->mutex);
	ids->num -= ids->slices[ids->next_slice].num;
	slice_empty(&ids->slices[ids->next_slice]);
	ids->num_flushes++;
	pthread_mutex_unlock(&ids->mutex);
	ids->next_slice = (ids->next_slice + 1) % IDS_SLICES;
	ids->flushing = false;
}

/* ---- Writing behind, and reading again ----------------------------------------- */

/* The oldest position that is in memory alone, once the next slice is written. */
static uint64_t oldest_left(const struct ids *ids, uint64_t next_position)
{
	uint64_t oldest = next_position;

	for (unsigned i = 0; i < IDS_SLICES; i++) {
		if (i != ids->next_slice && ids->slices[i].oldest < oldest) {
			oldest = ids->slices[i].oldest;
		}
	}
	return oldest;
}

enum kr_err ids_flush(struct ids *ids, struct tx *tx, struct store_meta *meta)
{
	const struct id_slice *slice = &ids->slices[ids->next_slice];
	enum kr_err err = KR_OK;

	if (ids->num <= ids->max || ids->held) {
		return KR_OK;
	}
	for (size_t i = 0; err == KR_OK && i < slice->num; i++) {
		struct be64 value = be64(slice->entries[i].position);

		err = tx_put(tx, DB_EVENTS, view_event_key(&slice->entries[i].key),
			view_be64(&value), 0);
	}
	meta->ids_from = oldest_left(ids, meta->next_position);
	ids->flushing = true;
	return err;
}

static enum kr_err load_entry(
	struct ids *ids, const struct tx *tx, const struct tx_scan *log)
{
	struct record record;
	struct event_key key;
	uint64_t position;
	uint64_t written;
	enum kr_err err;

	if ((err = be64_read(log->key, &position)) ||
		(err = record_read(&record, log->value)) || record.index != 0) {
		return err;
	}
	key = event_key(record.event.author, record.event.id);
	err = find_written(tx, &key, &written);
	return err == KR_ERR_NOT_FOUND ? put(ids, &key, position) : err;
}

enum kr_err ids_load(struct ids *ids, const struct tx *tx)
{
	struct store_meta meta;
	struct tx_scan log = {0};
	struct be64 from;
	enum kr_err err;

	if ((err = meta_get(tx, &meta)) || (err = tx_scan_begin(&log, tx, DB_LOG))) {
		return err;
	}
	from = be64(meta.ids_from);
	for (err = tx_scan_seek(&log, view_be64(&from)); err == KR_OK;
		err = tx_scan_next(&log)) {
		if ((err = load_entry(ids, tx, &log))) {
			break;
		}
	}
	tx_scan_end(&log);
	return err == KR_ERR_NOT_FOUND ? KR_OK : err;
}
