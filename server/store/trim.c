/* Deleting the events of a topic from its front. */
#include "server/store/state.h"

#include <string.h>

/* Events in one transaction: appends wait no longer than it takes. */
#define STEP_EVENTS 256

/* Delete one event: work it into the base, then remove its record and what leads to
 * it. */
static enum kr_err trim_event(struct store *store, struct tx *tx,
	const struct kr_topic *topic, struct topic_record *t)
{
	struct facts base = {
		.tx = tx, .db = DB_BASE, .number = t->number, .topic = *topic};
	struct index_key index = index_key(t->number, t->topic.trimmed_seq + 1);
	KR_AUTO_FREE struct kr_bytes copy = {0};
	struct kr_view bytes;
	struct record record;
	uint64_t position;
	struct be64 at;
	enum kr_err err;

	if ((err = index_get(tx, t->number, t->topic.trimmed_seq + 1, &position))) {
		return err;
	}
	at = be64(position);
	/* A copy: what a view shows may move with the first change. */
	if ((err = tx_get(tx, DB_LOG, view_be64(&at), &bytes)) ||
		(err = kr_bytes_copy(&copy, bytes)) ||
		(err = record_read(&record, kr_view_bytes(&copy))) ||
		(err = facts_apply(&base, &record.event)) ||
		(err = tx_delete(tx, DB_LOG, view_be64(&at))) ||
		(err = tx_delete(tx, DB_INDEX, view_index_key(&index)))) {
		return err;
	}
	if (record.index == 0) {
		struct event_key id = event_key(record.event.author, record.event.id);

		err = ids_remove(&store->ids, tx, &id);
	}
	t->topic.trimmed_seq = record.event.seq;
	t->topic.trimmed_rev = record.event.rev;
	memcpy(t->topic.trimmed_hash, record.hash, sizeof(t->topic.trimmed_hash));
	return err;
}

static enum kr_err trim_once(struct store *store, struct tx *tx,
	const struct kr_topic *topic, uint64_t seq, bool *done)
{
	struct facts facts = {.tx = tx, .db = DB_FACTS, .topic = *topic};
	struct topic_record t;
	enum kr_err err;

	if ((err = store_change_begin(store, tx)) || (err = topic_get(tx, topic, &t))) {
		return err;
	}
	if (seq > t.topic.seq) {
		return KR_ERR_CURSOR_AHEAD;
	}
	*done = t.topic.trimmed_seq >= seq;
	if (*done) {
		return KR_OK;
	}
	for (int i = 0; i < STEP_EVENTS && t.topic.trimmed_seq < seq; i++) {
		if ((err = trim_event(store, tx, topic, &t))) {
			return err == KR_ERR_NOT_FOUND ? KR_ERR_STORE_DAMAGED : err;
		}
	}
	facts.number = t.number;
	if ((err = facts_trimmed(&facts, &t.topic)) || (err = topic_put(tx, topic, &t))) {
		return err;
	}
	return tx_commit(tx);
}

/* A question that has an answer, not a change that failed. */
static bool is_answer(enum kr_err err)
{
	return err == KR_ERR_NOT_FOUND || err == KR_ERR_CURSOR_AHEAD;
}

static enum kr_err trim_step(
	struct store *store, const struct kr_topic *topic, uint64_t seq, bool *done)
{
	enum kr_err err;
	bool again;

	pthread_mutex_lock(&store->writer);
	do {
		struct tx tx = {0};

		again = false;
		err = trim_once(store, &tx, topic, seq, done);
		tx_abort(&tx);
		store_change_done(store, err);
		if (err != KR_OK && !is_answer(err)) {
			again = store_change_retry(store, &tx, &err);
		}
	} while (again);
	pthread_mutex_unlock(&store->writer);
	return err;
}

/* LMDB gives pages out again two transactions after they were freed. In a full store no
 * append would get through to be the first of them, so it is made here, as small as can
 * be. */
static enum kr_err turn_over(struct store *store)
{
	struct store_meta meta;
	struct tx tx = {0};
	enum kr_err err;

	pthread_mutex_lock(&store->writer);
	if ((err = store_change_begin(store, &tx)) == KR_OK &&
		(err = meta_get(&tx, &meta)) == KR_OK &&
		(err = meta_put(&tx, &meta)) == KR_OK) {
		err = tx_commit(&tx);
	}
	tx_abort(&tx);
	pthread_mutex_unlock(&store->writer);
	return err;
}

enum kr_err store_trim(struct store *store, const struct kr_topic *topic, uint64_t seq)
{
	enum kr_err err = KR_OK;
	bool done = false;

	pthread_mutex_lock(&store->maintenance);
	while (err == KR_OK && !done) {
		err = trim_step(store, topic, seq, &done);
	}
	if (err == KR_OK) {
		err = turn_over(store);
	}
	pthread_mutex_unlock(&store->maintenance);
	return err;
}
