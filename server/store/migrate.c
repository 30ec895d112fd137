#include "server/store/migrate.h"

#include <string.h>

#include <kring/case.h>

#include "server/store/facts.h"

/* Version 2 knows inboxes and cases, of which a store of version 1 has none: what it
 * holds stays as it is, and an older relay, which would not keep their clocks, is kept
 * away. */
static enum kr_err add_cases(struct tx *tx)
{
	(void)tx;
	return KR_OK;
}

/* The next topic that is marked, after this key of DB_LOOKUP. KR_ERR_NOT_FOUND. */
static enum kr_err next_marked(
	struct tx *tx, struct lookup_key *at, struct kr_topic *topic)
{
	struct tx_scan scan;
	enum kr_err err = tx_scan_begin(&scan, tx, DB_LOOKUP);

	if (err == KR_OK) {
		err = tx_scan_seek(&scan, kr_view(at->bytes, sizeof(at->bytes)));
	}
	if (err == KR_OK &&
		kr_view_equal(scan.key, kr_view(at->bytes, sizeof(at->bytes)))) {
		err = tx_scan_next(&scan);
	}
	if (err == KR_OK && scan.key.data[0] != FACT_ERASED) {
		err = KR_ERR_NOT_FOUND;
	}
	if (err == KR_OK && scan.key.len != sizeof(at->bytes)) {
		err = KR_ERR_STORE_DAMAGED;
	}
	if (err == KR_OK) {
		memcpy(at->bytes, scan.key.data, sizeof(at->bytes));
		memcpy(topic, at->bytes + 1 + KR_ID_BYTES, sizeof(*topic));
	}
	tx_scan_end(&scan);
	return err;
}

/* From version 3 on the mark of an erased case goes with its words. */
static enum kr_err drop_marks(struct tx *tx)
{
	struct facts facts = {.tx = tx, .db = DB_FACTS};
	struct lookup_key at = {{FACT_ERASED}};
	struct topic_record t;
	enum kr_err err;

	while ((err = next_marked(tx, &at, &facts.topic)) == KR_OK &&
		(err = topic_get(tx, &facts.topic, &t)) == KR_OK) {
		facts.number = t.number;
		if ((err = facts_trimmed(&facts, &t.topic))) {
			return err;
		}
	}
	return err == KR_ERR_NOT_FOUND ? KR_OK : err;
}

/* ---- Version 4 --------------------------------------------------------------------- */

/* The state of a case as it stands in one database; zeroed where there is none. */
static enum kr_err case_get(
	const struct facts *facts, struct kr_case_state *state, uint64_t *seq)
{
	struct fact fact;
	enum kr_err err = fact_get(
		facts->tx, facts->db, facts->number, FACT_CASE, kr_view(NULL, 0), &fact);

	*state = (struct kr_case_state){0};
	*seq = 0;
	if (err != KR_OK) {
		return err == KR_ERR_NOT_FOUND ? KR_OK : err;
	}
	*seq = fact.seq;
	return kr_case_state_read(state, fact.value) == KR_OK ? KR_OK
							      : KR_ERR_STORE_DAMAGED;
}

static enum kr_err case_put(
	const struct facts *facts, const struct kr_case_state *state, uint64_t seq)
{
	uint8_t space[KR_CASE_STATE_MAX];
	struct kr_writer w;

	if (seq == 0) {
		return KR_OK;
	}
	kr_writer_init_fixed(&w, space, sizeof(space));
	kr_case_state_write(&w, state);
	return w.err != KR_OK
		? w.err
		: fact_put(facts, FACT_CASE, kr_view(NULL, 0), seq, kr_writer_view(&w));
}

/* What the events that are left add up to, after the base. */
static enum kr_err replay(const struct facts *facts, const struct topic_record *t,
	struct kr_case_state *state, uint64_t *last_seq)
{
	for (uint64_t seq = t->topic.trimmed_seq + 1; seq <= t->topic.seq; seq++) {
		struct kr_event_head head;
		struct kr_case_act act;
		struct record record;
		uint64_t position;
		enum kr_err err;

		if ((err = index_get(facts->tx, t->number, seq, &position)) ||
			(err = record_get(facts->tx, position, &record))) {
			return err == KR_ERR_NOT_FOUND ? KR_ERR_STORE_DAMAGED : err;
		}
		if (kr_event_head_read(&head, record.event.type, record.event.head) !=
			KR_OK) {
			continue;
		}
		kr_case_act_of(&act, (enum kr_event_type)record.event.type, &head);
		if (kr_case_apply(state, &act) == KR_OK) {
			*last_seq = seq;
		}
	}
	return KR_OK;
}

static enum kr_err count_room_of(
	struct tx *tx, const struct kr_topic *topic, const struct topic_record *t)
{
	struct facts facts = {
		.tx = tx, .db = DB_BASE, .number = t->number, .topic = *topic};
	struct kr_case_state state;
	uint64_t seq;
	enum kr_err err;

	if ((err = case_get(&facts, &state, &seq)) ||
		(err = case_put(&facts, &state, seq))) {
		return err;
	}
	facts.db = DB_FACTS;
	err = replay(&facts, t, &state, &seq);
	return err != KR_OK ? err : case_put(&facts, &state, seq);
}

/* The next case after this topic. KR_ERR_NOT_FOUND. */
static enum kr_err next_case(
	struct tx *tx, struct kr_topic *topic, struct topic_record *t)
{
	struct kr_view after = kr_view((const uint8_t *)topic, sizeof(*topic));
	struct tx_scan scan;
	enum kr_err err = tx_scan_begin(&scan, tx, DB_TOPICS);

	if (err == KR_OK) {
		err = tx_scan_seek(&scan, after);
	}
	if (err == KR_OK && kr_view_equal(scan.key, after)) {
		err = tx_scan_next(&scan);
	}
	if (err == KR_OK && scan.key.len != sizeof(*topic)) {
		err = KR_ERR_STORE_DAMAGED;
	}
	if (err == KR_OK) {
		memcpy(topic, scan.key.data, sizeof(*topic));
		err = topic->kind == KR_TOPIC_CASE ? topic_read(t, scan.value)
						   : KR_ERR_NOT_FOUND;
	}
	tx_scan_end(&scan);
	return err;
}

/* From version 4 on the state of a case says what its parties have spent of their room.
 * Of what was trimmed nobody knows it any more: nothing. */
static enum kr_err count_room(struct tx *tx)
{
	static const uint8_t first[KR_ID_BYTES];
	struct kr_topic topic = kr_topic(KR_TOPIC_CASE, first);
	struct topic_record t;
	enum kr_err err;

	while ((err = next_case(tx, &topic, &t)) == KR_OK &&
		(err = count_room_of(tx, &topic, &t)) == KR_OK) {}
	return err == KR_ERR_NOT_FOUND ? KR_OK : err;
}

/* ------------------------------------------------------------------------------------ */

/* Version 1 is the first. A step is added here with each change of format, and stays. */
const struct migration migrations[] = {{1, add_cases}, {2, drop_marks}, {3, count_room}};
const size_t num_migrations = sizeof(migrations) / sizeof(migrations[0]);

static const struct migration *step_from(
	const struct migration *steps, size_t num_steps, uint32_t version)
{
	for (size_t i = 0; i < num_steps; i++) {
		if (steps[i].from == version) {
			return &steps[i];
		}
	}
	return NULL;
}

enum kr_err migrate(
	struct tx *tx, const struct migration *steps, size_t num_steps, uint32_t to)
{
	struct store_meta meta;
	enum kr_err err = meta_get(tx, &meta);

	while (err == KR_OK && meta.version < to) {
		const struct migration *step = step_from(steps, num_steps, meta.version);

		if (step == NULL) {
			return KR_ERR_STORE_VERSION;
		}
		if ((err = step->run(tx)) || (err = meta_get(tx, &meta))) {
			return err;
		}
		meta.version = step->from + 1;
		err = meta_put(tx, &meta);
	}
	return err;
}
