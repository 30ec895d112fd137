/* The embedded engine: check and store a batch of appends in one transaction. */
#include "server/store/state.h"

#include <string.h>

/* ---- Keys of an append ------------------------------------------------------------ */

static void write_keys(struct kr_writer *w, const struct log_append *a)
{
	for (size_t i = 0; i < a->num_keys; i++) {
		kr_write_vec(w, a->keys[i]);
	}
}

enum kr_err key_list_next(struct key_list *list, struct kr_view *key)
{
	if (kr_read_end(&list->rest) == KR_OK) {
		return KR_ERR_NOT_FOUND;
	}
	return kr_read_vec(&list->rest, key) == KR_OK ? KR_OK : KR_ERR_STORE_DAMAGED;
}

/* ---- Checks: nothing is written before all of them hold ---------------------------- */

static bool fail(
	struct log_append *a, enum log_outcome outcome, size_t index, uint64_t rev)
{
	a->result = (struct log_result){.outcome = outcome, .index = index, .rev = rev};
	return false;
}

static bool fail_argument(struct log_append *a, size_t index)
{
	fail(a, LOG_FAILED, index, 0);
	a->result.err = KR_ERR_ARGUMENT;
	return false;
}

/* Events of known types with sound heads in topics of their kind: so apply never meets
 * anything else. */
static bool check_events(struct log_append *a)
{
	for (size_t i = 0; i < a->num_events; i++) {
		const struct kr_event *e = &a->events[i].event;
		const struct kr_event_info *info = kr_event_info(e->type);
		struct kr_event_head head;

		if (info == NULL || (uint8_t)info->kind != e->topic.kind ||
			(e->author.len != 0 && e->author.len != KR_ID_BYTES) ||
			kr_event_head_read(&head, e->type, e->head) != KR_OK) {
			return fail_argument(a, i);
		}
	}
	return true;
}

static size_t num_requested(const struct log_append *a)
{
	size_t num = 0;

	while (num < a->num_events && !a->events[num].derived) {
		num++;
	}
	return num;
}

static bool is_same_event(const struct kr_event *a, const struct kr_event *b)
{
	return kr_topic_equal(&a->topic, &b->topic) && a->type == b->type &&
		kr_view_equal(a->head, b->head) && kr_view_equal(a->body, b->body);
}

/* This author and event id stand at position: are they the same events, and where? What
 * was trimmed since can be neither compared nor placed. */
static enum kr_err answer_repeat(
	const struct tx *tx, struct log_append *a, uint64_t position)
{
	struct record record;
	enum kr_err err = record_get(tx, position, &record);

	if (err != KR_OK) {
		return err == KR_ERR_NOT_FOUND ? KR_ERR_STORE_DAMAGED : err;
	}
	if (record.num_requested != num_requested(a)) {
		fail(a, LOG_ID_REUSED, 0, 0);
		return KR_OK;
	}
	for (size_t i = 0; i < a->num_events; i++) {
		struct log_event *e = &a->events[i];

		e->place = (struct log_place){.position = position + i};
		err = record_get(tx, position + i, &record);
		if (err == KR_ERR_NOT_FOUND || (err == KR_OK && record.index != i)) {
			continue;
		}
		if (err != KR_OK) {
			return err;
		}
		if (!e->derived && !is_same_event(&e->event, &record.event)) {
			fail(a, LOG_ID_REUSED, i, 0);
			return KR_OK;
		}
		e->place.seq = record.event.seq;
		e->place.rev = record.event.rev;
		memcpy(e->place.hash, record.hash, sizeof(e->place.hash));
	}
	a->result = (struct log_result){.outcome = LOG_REPEATED};
	return KR_OK;
}

/* KR_ERR_NOT_FOUND when the request is new. */
static enum kr_err check_repeat(
	const struct store *store, const struct tx *tx, struct log_append *a)
{
	const struct kr_event *first = &a->events[0].event;
	struct event_key key = event_key(first->author, first->id);
	uint64_t position;
	enum kr_err err = ids_find(&store->ids, tx, &key, &position);

	return err != KR_OK ? err : answer_repeat(tx, a, position);
}

static enum kr_err check_keys(const struct tx *tx, struct log_append *a, bool *ok)
{
	for (size_t i = 0; *ok && i < a->num_keys; i++) {
		struct kr_view value;
		enum kr_err err = tx_get(tx, DB_KEYS, a->keys[i], &value);

		if (err != KR_OK && err != KR_ERR_NOT_FOUND) {
			return err;
		}
		*ok = err == KR_ERR_NOT_FOUND;
		for (size_t j = 0; *ok && j < i; j++) {
			*ok = !kr_view_equal(a->keys[i], a->keys[j]);
		}
		if (!*ok) {
			fail(a, LOG_KEY_TAKEN, i, 0);
		}
	}
	return KR_OK;
}

/* 0 for a topic that is not there. */
static enum kr_err rev_of(
	const struct tx *tx, const struct kr_topic *topic, uint64_t *rev)
{
	struct topic_record record;
	enum kr_err err = topic_get(tx, topic, &record);

	*rev = record.topic.rev;
	return err == KR_ERR_NOT_FOUND ? KR_OK : err;
}

static enum kr_err check_guards(const struct tx *tx, struct log_append *a, bool *ok)
{
	for (size_t i = 0; *ok && i < a->num_guards; i++) {
		uint64_t rev;
		enum kr_err err = rev_of(tx, &a->guards[i].topic, &rev);

		if (err != KR_OK) {
			return err;
		}
		*ok = rev == a->guards[i].rev;
		if (!*ok) {
			fail(a, LOG_GUARD_FAILED, i, rev);
		}
	}
	return KR_OK;
}

/* An event meets its topic as the events before it in the same append leave it. */
static enum kr_err check_revs(const struct tx *tx, struct log_append *a, bool *ok)
{
	for (size_t i = 0; *ok && i < a->num_events; i++) {
		const struct log_event *e = &a->events[i];
		uint64_t rev;
		enum kr_err err;

		if (e->expect_rev == LOG_REV_ANY) {
			continue;
		}
		if ((err = rev_of(tx, &e->event.topic, &rev))) {
			return err;
		}
		for (size_t j = 0; j < i; j++) {
			const struct kr_event *before = &a->events[j].event;

			if (kr_topic_equal(&before->topic, &e->event.topic) &&
				kr_event_info(before->type)->counts) {
				rev++;
			}
		}
		*ok = rev == e->expect_rev;
		if (!*ok) {
			fail(a, LOG_REV_CONFLICT, i, rev);
		}
	}
	return KR_OK;
}

/* ---- Writing ----------------------------------------------------------------------- */

enum kr_err topic_open(struct tx *tx, struct store_meta *meta,
	const struct kr_topic *topic, struct topic_record *out)
{
	enum kr_err err = topic_get(tx, topic, out);

	if (err == KR_ERR_NOT_FOUND) {
		out->number = meta->next_topic++;
		return KR_OK;
	}
	return err;
}

static enum kr_err put_keys(struct tx *tx, const struct record *record, uint64_t position)
{
	struct be64 value = be64(position);
	struct key_list keys = key_list(record->keys);
	struct kr_view key;
	enum kr_err err = KR_OK;

	while (err == KR_OK && (err = key_list_next(&keys, &key)) == KR_OK) {
		err = tx_put(tx, DB_KEYS, key, view_be64(&value), 0);
	}
	return err == KR_ERR_NOT_FOUND || err == KR_OK ? KR_OK : err;
}

enum kr_err entry_put(struct tx *tx, const struct record *record, uint64_t position,
	const struct topic_record *topic, struct kr_writer *scratch)
{
	const struct kr_event *e = &record->event;
	struct be64 at = be64(position);
	struct index_key index = index_key(topic->number, e->seq);
	struct facts facts = {
		.tx = tx,
		.db = DB_FACTS,
		.number = topic->number,
		.topic = e->topic,
	};
	enum kr_err err;

	kr_writer_reset(scratch);
	record_write(scratch, record);
	if (scratch->err != KR_OK) {
		return scratch->err;
	}
	if ((err = tx_put(
		     tx, DB_LOG, view_be64(&at), kr_writer_view(scratch), MDB_APPEND)) ||
		(err = tx_put(tx, DB_INDEX, view_index_key(&index), view_be64(&at), 0)) ||
		(err = topic_put(tx, &e->topic, topic))) {
		return err;
	}
	if ((err = put_keys(tx, record, position)) || (err = facts_apply(&facts, e))) {
		return err;
	}
	return facts_trimmed(&facts, &topic->topic);
}

/* Give an event its place at the end of its topic and of the log, and write it there. */
static enum kr_err write_event(struct store *store, struct tx *tx,
	struct store_meta *meta, struct log_event *event, struct record *record)
{
	struct topic_record topic;
	enum kr_err err = topic_open(tx, meta, &event->event.topic, &topic);
	struct store_topic *t = &topic.topic;

	if (err != KR_OK) {
		return err;
	}
	t->seq++;
	if (kr_event_info(event->event.type)->counts) {
		t->rev++;
	}
	event->event.seq = t->seq;
	event->event.rev = t->rev;
	kr_event_hash(t->hash, t->hash, &event->event);
	event->place = (struct log_place){
		.position = meta->next_position++,
		.seq = t->seq,
		.rev = t->rev,
	};
	memcpy(event->place.hash, t->hash, sizeof(event->place.hash));
	record->event = event->event;
	record->hash = t->hash;
	return entry_put(tx, record, event->place.position, &topic, &store->scratch);
}

static enum kr_err write_append(
	struct store *store, struct tx *tx, struct store_meta *meta, struct log_append *a)
{
	const struct kr_event *first = &a->events[0].event;
	struct event_key id = event_key(first->author, first->id);
	KR_AUTO_WRITER struct kr_writer keys = {0};
	enum kr_err err;

	kr_writer_init(&keys);
	write_keys(&keys, a);
	if ((err = keys.err) || (err = ids_add(&store->ids, &id, meta->next_position))) {
		return err;
	}
	for (size_t i = 0; err == KR_OK && i < a->num_events; i++) {
		struct record record = {
			.index = (uint16_t)i,
			.num_requested = (uint16_t)num_requested(a),
			.keys = i == 0 ? kr_writer_view(&keys) : kr_view(NULL, 0),
		};

		err = write_event(store, tx, meta, &a->events[i], &record);
	}
	a->result = (struct log_result){.outcome = LOG_APPENDED};
	return err;
}

/* Store one append or say in its result why not. An error is the transaction's end. */
static enum kr_err append_one(
	struct store *store, struct tx *tx, struct store_meta *meta, struct log_append *a)
{
	bool ok = check_events(a);
	enum kr_err err;

	if (!ok) {
		return KR_OK;
	}
	err = check_repeat(store, tx, a);
	if (err != KR_ERR_NOT_FOUND) {
		return err;
	}
	if ((err = check_keys(tx, a, &ok)) || (err = check_guards(tx, a, &ok)) ||
		(err = check_revs(tx, a, &ok)) || !ok) {
		return err;
	}
	return write_append(store, tx, meta, a);
}

/* ---- Batches ----------------------------------------------------------------------- */

/* One attempt. Nothing is synced when nothing was stored. */
static enum kr_err commit_once(
	struct store *store, struct tx *tx, struct log_append *const *batch, size_t num)
{
	struct store_meta meta;
	uint64_t first_position;
	enum kr_err err;

	if ((err = store_change_begin(store, tx)) || (err = meta_get(tx, &meta))) {
		return err;
	}
	first_position = meta.next_position;
	for (size_t i = 0; i < num; i++) {
		if ((err = append_one(store, tx, &meta, batch[i]))) {
			return err;
		}
	}
	if (meta.next_position == first_position) {
		return KR_OK;
	}
	if ((err = ids_flush(&store->ids, tx, &meta)) || (err = meta_put(tx, &meta))) {
		return err;
	}
	return tx_commit(tx);
}

static void fail_all(struct log_append *const *batch, size_t num, enum kr_err err)
{
	for (size_t i = 0; i < num; i++) {
		batch[i]->result = (struct log_result){.outcome = LOG_FAILED, .err = err};
	}
}

void store_commit(struct log_engine *engine, struct log_append *const *batch, size_t num)
{
	struct store *store = (struct store *)engine;
	enum kr_err err;
	bool again;

	pthread_mutex_lock(&store->writer);
	do {
		struct tx tx = {0};

		again = false;
		err = commit_once(store, &tx, batch, num);
		tx_abort(&tx);
		store_change_done(store, err);
		if (err != KR_OK) {
			again = store_change_retry(store, &tx, &err);
		}
	} while (again);
	pthread_mutex_unlock(&store->writer);
	if (err != KR_OK) {
		fail_all(batch, num, err);
	}
}
