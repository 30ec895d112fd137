#include "server/store/facts.h"

#include <string.h>

#define KEY_HEADER_BYTES 9 /* number of the topic, table */

struct fact_key {
	uint8_t bytes[KEY_HEADER_BYTES + FACT_KEY_MAX];
	size_t len;
};

static struct fact_key fact_key(
	uint64_t number, enum fact_table table, struct kr_view key)
{
	struct fact_key out = {0};
	struct kr_writer w;

	kr_writer_init_fixed(&w, out.bytes, sizeof(out.bytes));
	kr_write_u64(&w, number);
	kr_write_u8(&w, (uint8_t)table);
	kr_write_fixed(&w, key);
	out.len = kr_writer_view(&w).len;
	return out;
}

static struct kr_view view_fact_key(const struct fact_key *key)
{
	return kr_view(key->bytes, key->len);
}

bool fact_is_looked_up(unsigned table)
{
	return table == FACT_MEMBER || table == FACT_ROUTE || table == FACT_TEAM ||
		table == FACT_PARTY || table == FACT_NOTES || table == FACT_CLOCK ||
		table == FACT_ERASED;
}

struct lookup_key lookup_key(enum fact_table table, const uint8_t key_bytes[KR_ID_BYTES],
	const struct kr_topic *topic)
{
	struct lookup_key key;

	key.bytes[0] = (uint8_t)table;
	memcpy(key.bytes + 1, key_bytes, KR_ID_BYTES);
	memcpy(key.bytes + 1 + KR_ID_BYTES, topic, KR_TOPIC_BYTES);
	return key;
}

static bool is_indexed(const struct facts *facts, enum fact_table table)
{
	return facts->db == DB_FACTS && fact_is_looked_up(table);
}

enum kr_err fact_put(const struct facts *facts, enum fact_table table, struct kr_view key,
	uint64_t seq, struct kr_view value)
{
	KR_AUTO_WRITER struct kr_writer w = {0};
	struct fact_key k = fact_key(facts->number, table, key);
	enum kr_err err;

	kr_writer_init(&w);
	kr_write_u64(&w, seq);
	kr_write_fixed(&w, value);
	if (w.err != KR_OK) {
		return w.err;
	}
	err = tx_put(facts->tx, facts->db, view_fact_key(&k), kr_writer_view(&w), 0);
	if (err == KR_OK && is_indexed(facts, table)) {
		struct lookup_key by = lookup_key(table, key.data, &facts->topic);

		err = tx_put(facts->tx, DB_LOOKUP, kr_view(&by, sizeof(by)),
			kr_view(NULL, 0), 0);
	}
	return err;
}

enum kr_err fact_delete(
	const struct facts *facts, enum fact_table table, struct kr_view key)
{
	struct fact_key k = fact_key(facts->number, table, key);
	enum kr_err err = tx_delete(facts->tx, facts->db, view_fact_key(&k));

	if (err == KR_ERR_NOT_FOUND) {
		return KR_OK;
	}
	if (err == KR_OK && is_indexed(facts, table)) {
		struct lookup_key by = lookup_key(table, key.data, &facts->topic);

		err = tx_delete(facts->tx, DB_LOOKUP, kr_view(&by, sizeof(by)));
	}
	return err == KR_ERR_NOT_FOUND ? KR_ERR_STORE_DAMAGED : err;
}

enum kr_err fact_delete_all(
	const struct facts *facts, enum fact_table table, struct kr_view prefix)
{
	for (;;) {
		struct fact_scan scan;
		uint8_t key[FACT_KEY_MAX];
		size_t key_len = 0;
		enum kr_err err = fact_scan_begin(&scan, facts->tx, facts->db,
			facts->number, table, prefix, prefix);

		if (err == KR_OK) {
			key_len = scan.fact.key.len;
			memcpy(key, scan.fact.key.data, key_len);
		}
		fact_scan_end(&scan);
		if (err != KR_OK) {
			return err == KR_ERR_NOT_FOUND ? KR_OK : err;
		}
		if ((err = fact_delete(facts, table, kr_view(key, key_len)))) {
			return err;
		}
	}
}

enum kr_err fact_value_read(struct fact *out, struct kr_view value)
{
	struct kr_reader r = kr_reader(value);

	if (kr_read_u64(&r, &out->seq) != KR_OK) {
		return KR_ERR_STORE_DAMAGED;
	}
	out->value = r.rest;
	return KR_OK;
}

enum kr_err fact_get(const struct tx *tx, enum store_db db, uint64_t number,
	enum fact_table table, struct kr_view key, struct fact *out)
{
	struct fact_key k = fact_key(number, table, key);
	struct kr_view value;
	enum kr_err err = tx_get(tx, db, view_fact_key(&k), &value);

	*out = (struct fact){.key = key};
	return err != KR_OK ? err : fact_value_read(out, value);
}

/* ---- Scans ----------------------------------------------------------------------- */

static enum kr_err scan_here(struct fact_scan *scan, enum kr_err err)
{
	struct kr_view key = scan->scan.key;

	scan->fact = (struct fact){0};
	if (err != KR_OK) {
		return err;
	}
	if (key.len < scan->prefix_len ||
		memcmp(key.data, scan->prefix, scan->prefix_len) != 0) {
		return KR_ERR_NOT_FOUND;
	}
	scan->fact.key = kr_view(key.data + KEY_HEADER_BYTES, key.len - KEY_HEADER_BYTES);
	if (scan->fact.key.len > FACT_KEY_MAX) {
		return KR_ERR_STORE_DAMAGED;
	}
	return fact_value_read(&scan->fact, scan->scan.value);
}

enum kr_err fact_scan_begin(struct fact_scan *scan, const struct tx *tx, enum store_db db,
	uint64_t number, enum fact_table table, struct kr_view prefix,
	struct kr_view start)
{
	struct fact_key key = fact_key(number, table, prefix);
	enum kr_err err;

	*scan = (struct fact_scan){.prefix_len = key.len};
	memcpy(scan->prefix, key.bytes, key.len);
	key = fact_key(number, table, start);
	if ((err = tx_scan_begin(&scan->scan, tx, db))) {
		return err;
	}
	return scan_here(scan, tx_scan_seek(&scan->scan, view_fact_key(&key)));
}

enum kr_err fact_scan_next(struct fact_scan *scan)
{
	return scan_here(scan, tx_scan_next(&scan->scan));
}

void fact_scan_end(struct fact_scan *scan)
{
	tx_scan_end(&scan->scan);
}
