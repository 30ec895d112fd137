#include "clients/core/records.h"

#include <stdlib.h>
#include <string.h>

/* ---- Keys ----------------------------------------------------------------------- */

static void append(struct record_key *key, const void *bytes, size_t len)
{
	memcpy(key->bytes + key->len, bytes, len);
	key->len += len;
}

static void append_number(struct record_key *key, uint64_t number)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < sizeof(bytes); i++) {
		bytes[i] = (uint8_t)(number >> (56 - 8 * i));
	}
	append(key, bytes, sizeof(bytes));
}

struct record_key record_key(enum record_kind kind)
{
	return (struct record_key){.bytes = {(uint8_t)kind}, .len = 1};
}

struct record_key record_key_id(enum record_kind kind, const uint8_t id[KR_ID_BYTES])
{
	struct record_key key = record_key(kind);

	append(&key, id, KR_ID_BYTES);
	return key;
}

struct record_key record_key_number(enum record_kind kind, uint64_t number)
{
	struct record_key key = record_key(kind);

	append_number(&key, number);
	return key;
}

struct record_key record_key_id_number(
	enum record_kind kind, const uint8_t id[KR_ID_BYTES], uint64_t number)
{
	struct record_key key = record_key_id(kind, id);

	append_number(&key, number);
	return key;
}

void record_key_add(struct record_key *key, uint8_t byte)
{
	append(key, &byte, 1);
}

struct record_key record_key_topic(const struct kr_topic *topic)
{
	struct record_key key = record_key(RECORD_TOPIC);

	append(&key, topic, sizeof(*topic));
	return key;
}

struct record_key record_key_event(const struct kr_topic *topic, uint64_t seq)
{
	struct record_key key = record_key(RECORD_EVENT);

	append(&key, topic, sizeof(*topic));
	append_number(&key, seq);
	return key;
}

/* ---- The list ------------------------------------------------------------------- */

static void record_free(struct record *record)
{
	kr_bytes_free(&record->key);
	kr_bytes_free(&record->value);
	free(record);
}

void records_free(struct records *records)
{
	for (size_t i = 0; i < records->num; i++) {
		record_free(records->list[i]);
	}
	free(records->list);
	free(records->dirty);
	*records = (struct records){0};
}

/* The place of the first record whose key is not before this one. */
static size_t place_of(const struct records *records, struct kr_view key)
{
	size_t low = 0;
	size_t high = records->num;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (kr_view_compare(kr_view_bytes(&records->list[middle]->key), key) <
			0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

static struct record *at_place(
	const struct records *records, size_t place, struct kr_view key)
{
	if (place < records->num &&
		kr_view_equal(kr_view_bytes(&records->list[place]->key), key)) {
		return records->list[place];
	}
	return NULL;
}

/* For one more; the list is of pointers only. */
static enum kr_err make_room(struct record ***list, size_t *cap, size_t num)
{
	size_t more = *cap == 0 ? 64 : *cap * 2;
	struct record **grown;

	if (num < *cap) {
		return KR_OK;
	}
	grown = realloc(*list, more * sizeof(struct record *));
	if (grown == NULL) {
		return KR_ERR_MEMORY;
	}
	*list = grown;
	*cap = more;
	return KR_OK;
}

static enum kr_err make_room_dirty(struct records *records)
{
	return make_room(&records->dirty, &records->cap_dirty, records->num_dirty);
}

static enum kr_err insert(struct records *records, size_t place, struct kr_view key,
	struct kr_view value, struct record **out)
{
	struct record *record = calloc(1, sizeof(*record));

	if (record == NULL ||
		make_room(&records->list, &records->cap, records->num) != KR_OK ||
		kr_bytes_copy(&record->key, key) != KR_OK ||
		kr_bytes_copy(&record->value, value) != KR_OK) {
		if (record != NULL) {
			record_free(record);
		}
		return KR_ERR_MEMORY;
	}
	memmove(records->list + place + 1, records->list + place,
		(records->num - place) * sizeof(struct record *));
	records->list[place] = record;
	records->num++;
	*out = record;
	return KR_OK;
}

/* There is room for it. */
static void mark_dirty(struct records *records, struct record *record)
{
	if (!record->is_dirty) {
		records->dirty[records->num_dirty++] = record;
		record->is_dirty = true;
	}
}

enum kr_err records_load(
	struct records *records, struct kr_view key, struct kr_view value)
{
	size_t place = place_of(records, key);
	struct record *record;

	if (key.len == 0 || key.len > KR_CORE_KEY_MAX || value.len > KR_CORE_VALUE_MAX) {
		return KR_ERR_TOO_LARGE;
	}
	if (at_place(records, place, key) != NULL) {
		return KR_ERR_EXISTS;
	}
	return insert(records, place, key, value, &record);
}

const struct record *records_get(const struct records *records, struct kr_view key)
{
	const struct record *record = at_place(records, place_of(records, key), key);

	return record != NULL && !record->is_deleted ? record : NULL;
}

enum kr_err records_put(
	struct records *records, const struct record_key *key, struct kr_view value)
{
	struct kr_view view = record_key_view(key);
	size_t place = place_of(records, view);
	struct record *record = at_place(records, place, view);
	struct kr_bytes copy;
	enum kr_err err;

	if (value.len > KR_CORE_VALUE_MAX) {
		return KR_ERR_TOO_LARGE;
	}
	if ((err = make_room_dirty(records))) {
		return err;
	}
	if (record == NULL) {
		err = insert(records, place, view, value, &record);
	} else if ((err = kr_bytes_copy(&copy, value)) == KR_OK) {
		kr_bytes_free(&record->value);
		record->value = copy;
		records->num_deleted -= record->is_deleted;
		record->is_deleted = false;
	}
	if (err == KR_OK) {
		mark_dirty(records, record);
	}
	return err;
}

enum kr_err records_put_writer(
	struct records *records, const struct record_key *key, struct kr_writer *w)
{
	enum kr_err err = w->err;

	if (err == KR_OK) {
		err = records_put(records, key, kr_writer_view(w));
	}
	kr_writer_free(w);
	return err;
}

static enum kr_err delete_record(struct records *records, struct record *record)
{
	if (record->is_deleted) {
		return KR_OK;
	}
	if (make_room_dirty(records) != KR_OK) {
		return KR_ERR_MEMORY;
	}
	kr_bytes_free(&record->value);
	record->is_deleted = true;
	records->num_deleted++;
	mark_dirty(records, record);
	return KR_OK;
}

enum kr_err records_delete(struct records *records, const struct record_key *key)
{
	struct kr_view view = record_key_view(key);
	struct record *record = at_place(records, place_of(records, view), view);

	return record == NULL ? KR_OK : delete_record(records, record);
}

static bool begins_with(const struct record *record, struct kr_view prefix)
{
	return record->key.len >= prefix.len &&
		kr_view_equal(kr_view(record->key.data, prefix.len), prefix);
}

enum kr_err records_delete_prefix(struct records *records, struct kr_view prefix)
{
	enum kr_err err = KR_OK;

	for (size_t i = place_of(records, prefix);
		err == KR_OK && i < records->num && begins_with(records->list[i], prefix);
		i++) {
		err = delete_record(records, records->list[i]);
	}
	return err;
}

const struct record *records_next(
	const struct records *records, struct kr_view prefix, size_t *at)
{
	size_t i = *at == 0 ? place_of(records, prefix) : *at;

	while (i < records->num && begins_with(records->list[i], prefix)) {
		const struct record *record = records->list[i++];

		if (!record->is_deleted) {
			*at = i;
			return record;
		}
	}
	*at = i;
	return NULL;
}

static int compare_keys(const void *a, const void *b)
{
	struct record *const *x = a;
	struct record *const *y = b;

	return kr_view_compare(kr_view_bytes(&(*x)->key), kr_view_bytes(&(*y)->key));
}

enum kr_err records_changes(
	struct records *records, struct kr_core_record **changes, size_t *num)
{
	struct kr_core_record *list;

	*changes = NULL;
	*num = 0;
	if (records->num_dirty == 0) {
		return KR_OK;
	}
	list = calloc(records->num_dirty, sizeof(*list));
	if (list == NULL) {
		return KR_ERR_MEMORY;
	}
	qsort(records->dirty, records->num_dirty, sizeof(records->dirty[0]),
		compare_keys);
	for (size_t i = 0; i < records->num_dirty; i++) {
		struct record *record = records->dirty[i];

		list[i] = (struct kr_core_record){
			.key = kr_view_bytes(&record->key),
			.value = kr_view_bytes(&record->value),
			.is_deleted = record->is_deleted,
		};
		record->is_dirty = false;
	}
	*changes = list;
	*num = records->num_dirty;
	records->num_dirty = 0;
	return KR_OK;
}

void records_forget_deleted(struct records *records)
{
	size_t kept = 0;

	if (records->num_deleted == 0) {
		return;
	}
	for (size_t i = 0; i < records->num; i++) {
		struct record *record = records->list[i];

		if (record->is_deleted && !record->is_dirty) {
			records->num_deleted--;
			record_free(record);
		} else {
			records->list[kept++] = record;
		}
	}
	records->num = kept;
}
