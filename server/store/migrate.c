#include "server/store/migrate.h"

#include <string.h>

#include "server/store/facts.h"

/* Version 2 knows inboxes and cases, of which a store of version 1 has none: what it holds
 * stays as it is, and an older relay, which would not keep their clocks, is kept away. */
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

/* Version 1 is the first. A step is added here with each change of format, and stays. */
const struct migration migrations[] = {{1, add_cases}, {2, drop_marks}};
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
