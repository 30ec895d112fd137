/* Reading the log: by topic from a cursor, or all of it from a position. */
#include "server/store/state.h"

#include <string.h>

void store_incarnation(
	const struct store_view *view, uint8_t out[STORE_INCARNATION_BYTES])
{
	struct tx tx = view_tx(view);
	struct store_meta meta;

	/* It was read when the store was opened; it is zeroed if it cannot be now. */
	(void)meta_get(&tx, &meta);
	memcpy(out, meta.incarnation, STORE_INCARNATION_BYTES);
}

uint64_t store_position(const struct store_view *view)
{
	struct tx tx = view_tx(view);
	struct store_meta meta;

	return meta_get(&tx, &meta) == KR_OK ? meta.next_position - 1 : 0;
}

enum kr_err store_topic(const struct store_view *view, const struct kr_topic *topic,
	struct store_topic *out)
{
	struct tx tx = view_tx(view);
	struct topic_record record;
	enum kr_err err = topic_get(&tx, topic, &record);

	*out = record.topic;
	return err;
}

static struct store_entry entry_of(const struct record *record, uint64_t position)
{
	return (struct store_entry){
		.event = record->event,
		.position = position,
		.hash = record->hash,
	};
}

static size_t weight_of(const struct kr_event *e)
{
	return e->head.len + e->body.len;
}

/* Follow the index through at most cap events. */
static enum kr_err read_page(const struct tx *tx, struct tx_scan *index, size_t max_bytes,
	struct store_entry *entries, size_t cap, size_t *num)
{
	size_t weight = 0;
	enum kr_err err = KR_OK;

	while (*num < cap) {
		struct record record;
		uint64_t position;

		if ((err = be64_read(index->value, &position)) ||
			(err = record_get(tx, position, &record))) {
			return err == KR_ERR_NOT_FOUND ? KR_ERR_STORE_DAMAGED : err;
		}
		weight += weight_of(&record.event);
		if (*num > 0 && weight > max_bytes) {
			return KR_OK;
		}
		entries[(*num)++] = entry_of(&record, position);
		if ((err = tx_scan_next(index))) {
			return err;
		}
	}
	return err;
}

enum kr_err store_page(const struct store_view *view, const struct kr_topic *topic,
	uint64_t after_seq, size_t max_bytes, struct store_entry *entries, size_t cap,
	size_t *num)
{
	struct tx tx = view_tx(view);
	struct topic_record record;
	struct index_key from;
	struct tx_scan index;
	enum kr_err err = topic_get(&tx, topic, &record);

	*num = 0;
	if (err != KR_OK && err != KR_ERR_NOT_FOUND) {
		return err;
	}
	if (after_seq > record.topic.seq) {
		return KR_ERR_CURSOR_AHEAD;
	}
	if (after_seq < record.topic.trimmed_seq) {
		return KR_ERR_CURSOR_TRIMMED;
	}
	if (after_seq == record.topic.seq) {
		return KR_OK;
	}
	if (cap > record.topic.seq - after_seq) {
		cap = (size_t)(record.topic.seq - after_seq);
	}
	from = index_key(record.number, after_seq + 1);
	if ((err = tx_scan_begin(&index, &tx, DB_INDEX)) == KR_OK &&
		(err = tx_scan_seek(&index, view_index_key(&from))) == KR_OK) {
		err = read_page(&tx, &index, max_bytes, entries, cap, num);
	}
	tx_scan_end(&index);
	return err == KR_ERR_NOT_FOUND && *num == cap ? KR_OK : err;
}

enum kr_err store_tail(const struct store_view *view, uint64_t after_position,
	size_t max_bytes, struct store_entry *entries, size_t cap, size_t *num)
{
	struct tx tx = view_tx(view);
	struct be64 from = be64(after_position + 1);
	struct tx_scan scan;
	size_t weight = 0;
	enum kr_err err;

	*num = 0;
	if ((err = tx_scan_begin(&scan, &tx, DB_LOG)) == KR_OK) {
		err = tx_scan_seek(&scan, view_be64(&from));
	}
	while (err == KR_OK && *num < cap) {
		struct record record;
		uint64_t position;

		if ((err = be64_read(scan.key, &position)) ||
			(err = record_read(&record, scan.value))) {
			break;
		}
		weight += weight_of(&record.event);
		if (*num > 0 && weight > max_bytes) {
			break;
		}
		entries[(*num)++] = entry_of(&record, position);
		err = tx_scan_next(&scan);
	}
	tx_scan_end(&scan);
	return err == KR_ERR_NOT_FOUND ? KR_OK : err;
}

static enum kr_err find_written(
	const struct tx *tx, const struct event_key *key, uint64_t *position)
{
	struct kr_view value;
	enum kr_err err = tx_get(tx, DB_EVENTS, view_event_key(key), &value);

	return err != KR_OK ? err : be64_read(value, position);
}

static enum kr_err find_event(
	const struct store_view *view, const struct event_key *key, uint64_t *position)
{
	struct tx tx = view_tx(view);
	uint64_t num_flushes;
	enum kr_err err;

	if (ids_find_recent(&view->store->ids, key, position, &num_flushes)) {
		return KR_OK;
	}
	err = find_written(&tx, key, position);
	if (err == KR_ERR_NOT_FOUND && num_flushes != view->num_flushes) {
		/* It may have moved to the index after this view began. */
		err = tx_begin(&tx, &view->store->env, MDB_RDONLY);
		if (err == KR_OK) {
			err = find_written(&tx, key, position);
		}
		tx_abort(&tx);
	}
	return err;
}

enum kr_err store_event(const struct store_view *view, struct kr_view author,
	const uint8_t id[KR_EVENT_ID_BYTES], struct store_entry *out)
{
	struct tx tx = view_tx(view);
	struct event_key key = event_key(author, id);
	struct record record;
	uint64_t position;
	enum kr_err err = find_event(view, &key, &position);

	*out = (struct store_entry){0};
	/* Not in the log: newer than this view, or trimmed since. */
	if (err != KR_OK || (err = record_get(&tx, position, &record))) {
		return err;
	}
	*out = entry_of(&record, position);
	return KR_OK;
}

enum kr_err store_key_taken(
	const struct store_view *view, struct kr_view key, bool *taken)
{
	struct tx tx = view_tx(view);
	struct kr_view value;
	enum kr_err err = tx_get(&tx, DB_KEYS, key, &value);

	*taken = err == KR_OK;
	return err == KR_ERR_NOT_FOUND ? KR_OK : err;
}

enum kr_err store_topics(const struct store_view *view, const struct kr_topic *after,
	struct kr_topic *topics, size_t cap, size_t *num)
{
	struct tx tx = view_tx(view);
	struct tx_scan scan;
	enum kr_err err;

	*num = 0;
	if ((err = tx_scan_begin(&scan, &tx, DB_TOPICS)) == KR_OK) {
		err = tx_scan_seek(
			&scan, after == NULL ? kr_view(NULL, 0) : kr_view_topic(after));
	}
	if (err == KR_OK && after != NULL &&
		kr_view_equal(scan.key, kr_view_topic(after))) {
		err = tx_scan_next(&scan);
	}
	for (; err == KR_OK && *num < cap; err = tx_scan_next(&scan)) {
		if (scan.key.len != sizeof(topics[0])) {
			err = KR_ERR_STORE_DAMAGED;
			break;
		}
		memcpy(&topics[(*num)++], scan.key.data, sizeof(topics[0]));
	}
	tx_scan_end(&scan);
	return err == KR_ERR_NOT_FOUND ? KR_OK : err;
}

enum kr_err store_seq_before(const struct store_view *view, const struct kr_topic *topic,
	uint64_t before_ms, uint64_t *seq)
{
	struct tx tx = view_tx(view);
	struct topic_record record;
	uint64_t at;
	enum kr_err err = topic_get(&tx, topic, &record);

	*seq = 0;
	if (err != KR_OK) {
		return err == KR_ERR_NOT_FOUND ? KR_OK : err;
	}
	for (at = record.topic.trimmed_seq + 1; at <= record.topic.seq; at++) {
		struct record entry;
		uint64_t position;

		if ((err = index_get(&tx, record.number, at, &position)) ||
			(err = record_get(&tx, position, &entry))) {
			return err == KR_ERR_NOT_FOUND ? KR_ERR_STORE_DAMAGED : err;
		}
		if (entry.event.time_ms >= before_ms) {
			break;
		}
		*seq = at;
	}
	return KR_OK;
}
