/* Is the store what its log says? The projection is built anew in a scratch file by the
 * same apply, topic by topic, while hashes and indices are checked; then both are
 * compared. */
#include "server/store/state.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/store/copy.h"

#define SCRATCH_FILE "verify.tmp"

/* Topics in one transaction of the scratch file. */
#define STEP_TOPICS 256

struct check {
	struct tx tx; /* what is verified */
	struct store_env scratch;
	struct tx scratch_tx;
	struct store_verified *out;
	struct store_meta meta;
	uint64_t num_ids; /* found in the index of event ids */
};

__attribute__((format(printf, 2, 3))) static void fault(
	struct check *check, const char *format, ...)
{
	va_list args;

	if (check->out->num_faults++ > 0) {
		return;
	}
	va_start(args, format);
	(void)vsnprintf(
		check->out->first.text, sizeof(check->out->first.text), format, args);
	va_end(args);
}

/* What cannot be read is a fault like any other; what the machine cannot do is an
 * error. */
static enum kr_err unless_damaged(struct check *check, enum kr_err err, uint64_t position)
{
	if (err == KR_ERR_STORE_DAMAGED || err == KR_ERR_NOT_FOUND) {
		fault(check, "The record at position %llu is missing or damaged.",
			(unsigned long long)position);
		return KR_OK;
	}
	return err;
}

/* ---- The log and its indices --------------------------------------------------- */

static bool leads_to(const struct check *check, enum store_db db, struct kr_view key,
	uint64_t position)
{
	struct kr_view value;
	uint64_t found;

	return tx_get(&check->tx, db, key, &value) == KR_OK &&
		be64_read(value, &found) == KR_OK && found == position;
}

static void check_ids(struct check *check, const struct record *record, uint64_t position)
{
	struct event_key id = event_key(record->event.author, record->event.id);
	struct key_list keys = key_list(record->keys);
	struct kr_view key;
	enum kr_err err;

	if (leads_to(check, DB_EVENTS, view_event_key(&id), position)) {
		check->num_ids++;
	} else if (position < check->meta.ids_from) {
		fault(check, "The event id at position %llu is not in its index.",
			(unsigned long long)position);
	}
	while ((err = key_list_next(&keys, &key)) == KR_OK) {
		if (!leads_to(check, DB_KEYS, key, position)) {
			fault(check, "A key of position %llu is not in its index.",
				(unsigned long long)position);
		}
	}
	if (err != KR_ERR_NOT_FOUND) {
		fault(check, "The keys at position %llu cannot be read.",
			(unsigned long long)position);
	}
}

/* One event against what the events before it in its topic add up to. */
static void check_event(struct check *check, const struct kr_topic *topic,
	struct store_topic *so_far, const struct record *record, uint64_t position)
{
	const struct kr_event *e = &record->event;
	const struct kr_event_info *info = kr_event_info(e->type);

	so_far->seq++;
	so_far->rev += info != NULL && info->counts ? 1 : 0;
	kr_event_hash(so_far->hash, so_far->hash, e);
	if (!kr_topic_equal(&e->topic, topic) || e->seq != so_far->seq ||
		e->rev != so_far->rev || info == NULL) {
		fault(check, "Position %llu does not follow in its topic.",
			(unsigned long long)position);
	} else if (memcmp(so_far->hash, record->hash, sizeof(so_far->hash)) != 0) {
		fault(check, "The running hash at position %llu is wrong.",
			(unsigned long long)position);
	}
	if (record->index == 0) {
		check_ids(check, record, position);
	}
}

static enum kr_err check_topic(
	struct check *check, const struct kr_topic *topic, const struct topic_record *t)
{
	struct facts facts = {
		.tx = &check->scratch_tx,
		.db = DB_FACTS,
		.number = t->number,
		.topic = *topic,
	};
	struct store_topic so_far = {
		.seq = t->topic.trimmed_seq,
		.rev = t->topic.trimmed_rev,
	};
	enum kr_err err;

	memcpy(so_far.hash, t->topic.trimmed_hash, sizeof(so_far.hash));
	for (uint64_t seq = t->topic.trimmed_seq + 1; seq <= t->topic.seq; seq++) {
		struct record record;
		uint64_t position;

		if ((err = index_get(&check->tx, t->number, seq, &position)) ||
			(err = record_get(&check->tx, position, &record))) {
			if ((err = unless_damaged(check, err, position))) {
				return err;
			}
			continue;
		}
		check->out->num_events++;
		check_event(check, topic, &so_far, &record, position);
		if ((err = facts_apply(&facts, &record.event))) {
			return err;
		}
	}
	if ((err = facts_trimmed(&facts, &t->topic))) {
		return err;
	}
	if (so_far.seq != t->topic.seq || so_far.rev != t->topic.rev ||
		memcmp(so_far.hash, t->topic.hash, sizeof(so_far.hash)) != 0) {
		fault(check, "Topic %llu does not end where its events do.",
			(unsigned long long)t->number);
	}
	return KR_OK;
}

/* ---- The projection ------------------------------------------------------------ */

/* A topic's facts begin with those of its trimmed events. */
static enum kr_err seed_facts(
	struct check *check, const struct kr_topic *topic, uint64_t number)
{
	struct facts facts = {
		.tx = &check->scratch_tx,
		.db = DB_FACTS,
		.number = number,
		.topic = *topic,
	};
	struct be64 prefix = be64(number);
	struct tx_scan scan;
	enum kr_err err = tx_scan_begin(&scan, &check->tx, DB_BASE);

	if (err == KR_OK) {
		err = tx_scan_seek(&scan, view_be64(&prefix));
	}
	while (err == KR_OK && scan.key.len > sizeof(prefix) &&
		memcmp(scan.key.data, prefix.bytes, sizeof(prefix)) == 0) {
		enum fact_table table = (enum fact_table)scan.key.data[sizeof(prefix)];
		struct kr_view key = kr_view(scan.key.data + sizeof(prefix) + 1,
			scan.key.len - sizeof(prefix) - 1);
		struct fact fact;

		if ((err = fact_value_read(&fact, scan.value)) ||
			(err = fact_put(&facts, table, key, fact.seq, fact.value)) ||
			(err = tx_scan_next(&scan))) {
			break;
		}
	}
	tx_scan_end(&scan);
	return err == KR_ERR_NOT_FOUND ? KR_OK : err;
}

static enum kr_err check_next_topics(struct check *check, struct tx_scan *topics)
{
	enum kr_err at = KR_OK;
	enum kr_err err = tx_begin(&check->scratch_tx, &check->scratch, 0);

	for (int i = 0; err == KR_OK && at == KR_OK && i < STEP_TOPICS; i++) {
		struct kr_topic topic;
		struct topic_record t;

		if (topics->key.len != sizeof(topic) ||
			topic_read(&t, topics->value) != KR_OK) {
			fault(check, "A topic cannot be read.");
		} else {
			memcpy(&topic, topics->key.data, sizeof(topic));
			check->out->num_topics++;
			if ((err = seed_facts(check, &topic, t.number)) == KR_OK) {
				err = check_topic(check, &topic, &t);
			}
		}
		if (err == KR_OK) {
			at = tx_scan_next(topics);
		}
	}
	if (err == KR_OK) {
		err = tx_commit(&check->scratch_tx);
	}
	tx_abort(&check->scratch_tx);
	return err != KR_OK ? err : at;
}

static enum kr_err check_topics(struct check *check)
{
	struct tx_scan topics;
	enum kr_err err = tx_scan_begin(&topics, &check->tx, DB_TOPICS);

	if (err == KR_OK) {
		err = tx_scan_seek(&topics, kr_view(NULL, 0));
	}
	while (err == KR_OK) {
		err = check_next_topics(check, &topics);
	}
	tx_scan_end(&topics);
	return err == KR_ERR_NOT_FOUND ? KR_OK : err;
}

/* Two databases that have to be the same, walked side by side. */
static enum kr_err compare(
	struct check *check, enum store_db db, const struct tx *rebuilt)
{
	struct tx_scan a;
	struct tx_scan b = {0};
	enum kr_err at_a;
	enum kr_err at_b;
	enum kr_err err;

	if ((err = tx_scan_begin(&a, &check->tx, db)) ||
		(err = tx_scan_begin(&b, rebuilt, db))) {
		tx_scan_end(&a);
		return err;
	}
	at_a = tx_scan_seek(&a, kr_view(NULL, 0));
	at_b = tx_scan_seek(&b, kr_view(NULL, 0));
	while (at_a == KR_OK && at_b == KR_OK && kr_view_equal(a.key, b.key) &&
		kr_view_equal(a.value, b.value)) {
		check->out->num_facts += db == DB_FACTS ? 1 : 0;
		at_a = tx_scan_next(&a);
		at_b = tx_scan_next(&b);
	}
	if (at_a != KR_ERR_NOT_FOUND || at_b != KR_ERR_NOT_FOUND) {
		fault(check,
			"The projection is not what the log adds up to, near fact %llu.",
			(unsigned long long)check->out->num_facts);
	}
	tx_scan_end(&b);
	tx_scan_end(&a);
	return KR_OK;
}

static enum kr_err compare_facts(struct check *check)
{
	struct tx rebuilt;
	enum kr_err err = tx_begin(&rebuilt, &check->scratch, MDB_RDONLY);

	if (err == KR_OK && (err = compare(check, DB_FACTS, &rebuilt)) == KR_OK) {
		err = compare(check, DB_LOOKUP, &rebuilt);
	}
	tx_abort(&rebuilt);
	return err;
}

/* Every index entry that should be there is: now, are there others? */
static enum kr_err check_counts(struct check *check)
{
	static const struct {
		enum store_db db;
		const char *name;
	} dbs[] = {{DB_LOG, "log"}, {DB_INDEX, "topic index"},
		{DB_EVENTS, "event id index"}};
	struct tx_scan log;
	uint64_t last = 0;
	enum kr_err err;

	for (size_t i = 0; i < sizeof(dbs) / sizeof(dbs[0]); i++) {
		uint64_t want =
			dbs[i].db == DB_EVENTS ? check->num_ids : check->out->num_events;
		uint64_t num;

		if ((err = tx_count(&check->tx, dbs[i].db, &num))) {
			return err;
		}
		if (num != want) {
			fault(check, "The %s has %llu entries where %llu belong.",
				dbs[i].name, (unsigned long long)num,
				(unsigned long long)want);
		}
	}
	if ((err = tx_scan_begin(&log, &check->tx, DB_LOG))) {
		return err;
	}
	if (tx_scan_last(&log) == KR_OK &&
		(be64_read(log.key, &last) != KR_OK ||
			last >= check->meta.next_position)) {
		fault(check, "The log goes beyond its last position.");
	}
	tx_scan_end(&log);
	return KR_OK;
}

/* ---- All of it ----------------------------------------------------------------- */

static enum kr_err verify_view(struct store *store, struct check *check)
{
	char *path = path_join(store->dir, SCRATCH_FILE);
	enum kr_err err = KR_ERR_MEMORY;

	if (path != NULL) {
		(void)unlink(path); /* of a verification that was cut short */
		err = copy_begin(&check->scratch, path, store->map_bytes);
		(void)unlink(path); /* nobody else has to see it, or to clean it up */
	}
	free(path);
	if (err != KR_OK || (err = meta_get(&check->tx, &check->meta)) ||
		(err = check_topics(check)) || (err = compare_facts(check)) ||
		(err = check_counts(check))) {
		return err;
	}
	return check->out->num_faults == 0 ? KR_OK : KR_ERR_STORE_DAMAGED;
}

enum kr_err store_verify(struct store *store, struct store_verified *out)
{
	struct check check = {.out = out};
	struct store_view view;
	enum kr_err err;

	*out = (struct store_verified){0};
	pthread_mutex_lock(&store->maintenance);
	err = store_view_begin(store, &view);
	if (err == KR_OK) {
		check.tx = view_tx(&view);
		err = verify_view(store, &check);
	}
	env_close(&check.scratch);
	store_view_end(&view);
	pthread_mutex_unlock(&store->maintenance);
	return err;
}
