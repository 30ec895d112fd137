/* Inboxes and cases, as the relay asks for them. */
#include <string.h>

#include "server/store/apply.h"
#include "server/store/projection_parts.h"

static const uint8_t zeroes[KR_ID_BYTES];

/* ---- Inboxes ---------------------------------------------------------------------- */

static enum kr_err event_at(const struct store_view *view, const struct kr_topic *topic,
	uint64_t seq, struct store_entry *out)
{
	size_t num;
	enum kr_err err = store_page(view, topic, seq - 1, 0, out, 1, &num);

	return err == KR_OK && num == 0 ? KR_ERR_STORE_DAMAGED : err;
}

enum kr_err store_inbox(const struct store_view *view, const uint8_t inbox[KR_ID_BYTES],
	struct store_entry *out)
{
	struct kr_topic topic = kr_topic(KR_TOPIC_INBOX, inbox);
	struct tx tx = view_tx(view);
	struct fact fact;
	enum kr_err err = projection_get(
		&tx, KR_TOPIC_INBOX, inbox, FACT_INBOX, kr_view(NULL, 0), &fact);

	return err != KR_OK ? err : event_at(view, &topic, fact.seq, out);
}

enum kr_err store_inbox_public(const struct store_view *view,
	const uint8_t inbox[KR_ID_BYTES], uint64_t after_seq, struct store_entry *entries,
	size_t cap, size_t *num, bool *more)
{
	struct kr_topic topic = kr_topic(KR_TOPIC_INBOX, inbox);
	struct be64 start = be64(after_seq + 1);
	struct tx tx = view_tx(view);
	struct fact_scan scan;
	uint64_t number;
	enum kr_err err = projection_number(&tx, KR_TOPIC_INBOX, inbox, &number);

	*num = 0;
	*more = false;
	if (err != KR_OK) {
		return err;
	}
	err = fact_scan_begin(&scan, &tx, DB_FACTS, number, FACT_PUBLIC, kr_view(NULL, 0),
		view_be64(&start));
	for (; err == KR_OK && *num < cap; err = fact_scan_next(&scan)) {
		if ((err = event_at(view, &topic, scan.fact.seq, &entries[*num]))) {
			break;
		}
		++*num;
	}
	*more = err == KR_OK;
	fact_scan_end(&scan);
	return err == KR_ERR_NOT_FOUND ? KR_OK : err;
}

enum kr_err store_team(const struct store_view *view, const uint8_t inbox[KR_ID_BYTES],
	const uint8_t account[KR_ID_BYTES], bool *administrator)
{
	struct tx tx = view_tx(view);
	struct fact fact;
	enum kr_err err = projection_get(
		&tx, KR_TOPIC_INBOX, inbox, FACT_TEAM, view_id(account), &fact);

	*administrator = false;
	if (err != KR_OK) {
		return err;
	}
	if (fact.value.len != 1) {
		return KR_ERR_STORE_DAMAGED;
	}
	*administrator = fact.value.data[0] != 0;
	return KR_OK;
}

enum kr_err store_inboxes_of(const struct store_view *view,
	const uint8_t account[KR_ID_BYTES], const uint8_t *after, struct store_id *out,
	size_t cap, size_t *num)
{
	return projection_topics(
		view, KR_TOPIC_INBOX, FACT_TEAM, account, after, out, cap, num);
}

enum kr_err store_cases_of(const struct store_view *view,
	const uint8_t inbox[KR_ID_BYTES], const uint8_t *after, struct store_id *out,
	size_t cap, size_t *num)
{
	return projection_topics(
		view, KR_TOPIC_CASE, FACT_PARTY, inbox, after, out, cap, num);
}

/* ---- Cases ------------------------------------------------------------------------ */

enum kr_err store_case(const struct store_view *view, const uint8_t case_id[KR_ID_BYTES],
	struct kr_case_state *out)
{
	struct tx tx = view_tx(view);
	struct fact fact;
	enum kr_err err = projection_get(
		&tx, KR_TOPIC_CASE, case_id, FACT_CASE, kr_view(NULL, 0), &fact);

	*out = (struct kr_case_state){0};
	if (err != KR_OK) {
		return err;
	}
	return kr_case_state_read(out, fact.value) == KR_OK ? KR_OK
							    : KR_ERR_STORE_DAMAGED;
}

enum kr_err store_notes(const struct store_view *view,
	const uint8_t notes_id[KR_ID_BYTES], uint8_t case_id[KR_ID_BYTES])
{
	struct store_id found = {{0}};
	size_t num;
	enum kr_err err = projection_topics(
		view, KR_TOPIC_CASE, FACT_NOTES, notes_id, NULL, &found, 1, &num);

	memcpy(case_id, found.bytes, KR_ID_BYTES);
	return err == KR_OK && num == 0 ? KR_ERR_NOT_FOUND : err;
}

static enum kr_err notes_item(void *items, size_t num, const struct fact *fact)
{
	memcpy(((struct store_id *)items + num)->bytes, fact->key.data, KR_ID_BYTES);
	return KR_OK;
}

enum kr_err store_notes_of(const struct store_view *view,
	const uint8_t case_id[KR_ID_BYTES], const uint8_t *after, struct store_id *out,
	size_t cap, size_t *num)
{
	return projection_page(view, KR_TOPIC_CASE, case_id, FACT_NOTES, after,
		notes_item, out, cap, num);
}

enum kr_err store_erased(const struct store_view *view, const uint8_t *after,
	struct store_id *out, size_t cap, size_t *num)
{
	return projection_topics(
		view, KR_TOPIC_CASE, FACT_ERASED, zeroes, after, out, cap, num);
}

/* ---- Clocks ----------------------------------------------------------------------- */

/* Walk all clocks in the order of time. KR_ERR_NOT_FOUND at the end. */
struct clock_scan {
	struct tx_scan scan;
	uint64_t until_ms;
	const uint8_t *key;   /* of FACT_CLOCK */
	const uint8_t *topic; /* kind, then id */
};

static enum kr_err clock_here(struct clock_scan *clocks, enum kr_err err)
{
	struct kr_view key = clocks->scan.key;

	if (err != KR_OK) {
		return err;
	}
	if (key.len != sizeof(struct lookup_key)) {
		return KR_ERR_STORE_DAMAGED;
	}
	if (key.data[0] != FACT_CLOCK) {
		return KR_ERR_NOT_FOUND;
	}
	clocks->key = key.data + 1;
	clocks->topic = clocks->key + KR_ID_BYTES;
	return be64_read(kr_view(clocks->key, 8), &clocks->until_ms);
}

static enum kr_err clock_begin(struct clock_scan *clocks, const struct store_view *view)
{
	static const uint8_t first = FACT_CLOCK;
	struct tx tx = view_tx(view);
	enum kr_err err = tx_scan_begin(&clocks->scan, &tx, DB_LOOKUP);

	return err != KR_OK
		? err
		: clock_here(clocks, tx_scan_seek(&clocks->scan, kr_view(&first, 1)));
}

static enum kr_err clock_next(struct clock_scan *clocks)
{
	return clock_here(clocks, tx_scan_next(&clocks->scan));
}

enum kr_err store_due(const struct store_view *view, uint64_t now_ms,
	struct store_due *out, size_t cap, size_t *num)
{
	struct clock_scan clocks = {.key = NULL};
	enum kr_err err = clock_begin(&clocks, view);

	*num = 0;
	for (; err == KR_OK && *num < cap && clocks.until_ms <= now_ms;
		err = clock_next(&clocks)) {
		struct store_due *due = &out[(*num)++];

		due->until_ms = clocks.until_ms;
		due->closed = clocks.key[CLOCK_CLOSED_AT] != 0;
		memcpy(due->case_id, clocks.topic + 1, KR_ID_BYTES);
	}
	tx_scan_end(&clocks.scan);
	return err == KR_ERR_NOT_FOUND ? KR_OK : err;
}

enum kr_err store_case_counts(
	const struct store_view *view, struct store_case_counts *out)
{
	struct clock_scan clocks = {.key = NULL};
	enum kr_err err = clock_begin(&clocks, view);

	*out = (struct store_case_counts){0};
	for (; err == KR_OK; err = clock_next(&clocks)) {
		if (clocks.key[CLOCK_CLOSED_AT] != 0) {
			out->closed++;
		} else {
			out->open++;
			out->overdue += clocks.key[CLOCK_OVERDUE_AT] != 0 ? 1 : 0;
		}
	}
	tx_scan_end(&clocks.scan);
	return err == KR_ERR_NOT_FOUND ? KR_OK : err;
}
