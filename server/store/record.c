#include "server/store/record.h"

#include <string.h>

void record_write(struct kr_writer *w, const struct record *record)
{
	const struct kr_event *e = &record->event;

	kr_write_fixed(w, kr_view_topic(&e->topic));
	kr_write_u64(w, e->seq);
	kr_write_u64(w, e->rev);
	kr_write_u16(w, e->type);
	kr_write_fixed(w, kr_view(e->id, sizeof(e->id)));
	kr_write_u64(w, e->time_ms);
	kr_write_fixed(w, kr_view(record->hash, KR_SHA256_BYTES));
	kr_write_u16(w, record->index);
	kr_write_u16(w, record->num_requested);
	kr_write_vec(w, e->author);
	kr_write_vec(w, e->head);
	kr_write_vec(w, record->keys);
	kr_write_vec(w, e->body);
}

enum kr_err record_read(struct record *out, struct kr_view bytes)
{
	struct kr_reader r = kr_reader(bytes);
	struct kr_event *e = &out->event;
	struct kr_view hash;
	enum kr_err err;

	*out = (struct record){0};
	if ((err = kr_read_u8(&r, &e->topic.kind)) ||
		(err = kr_read_copy(&r, e->topic.id, sizeof(e->topic.id))) ||
		(err = kr_read_u64(&r, &e->seq)) || (err = kr_read_u64(&r, &e->rev)) ||
		(err = kr_read_u16(&r, &e->type)) ||
		(err = kr_read_copy(&r, e->id, sizeof(e->id))) ||
		(err = kr_read_u64(&r, &e->time_ms)) ||
		(err = kr_read_fixed(&r, KR_SHA256_BYTES, &hash)) ||
		(err = kr_read_u16(&r, &out->index)) ||
		(err = kr_read_u16(&r, &out->num_requested)) ||
		(err = kr_read_vec(&r, &e->author)) ||
		(err = kr_read_vec(&r, &e->head)) ||
		(err = kr_read_vec(&r, &out->keys)) ||
		(err = kr_read_vec(&r, &e->body)) || (err = kr_read_end(&r))) {
		return KR_ERR_STORE_DAMAGED;
	}
	out->hash = hash.data;
	return KR_OK;
}

enum kr_err record_get(const struct tx *tx, uint64_t position, struct record *out)
{
	struct be64 key = be64(position);
	struct kr_view bytes;
	enum kr_err err = tx_get(tx, DB_LOG, view_be64(&key), &bytes);

	*out = (struct record){0};
	return err != KR_OK ? err : record_read(out, bytes);
}

enum kr_err topic_read(struct topic_record *out, struct kr_view bytes)
{
	struct kr_reader r = kr_reader(bytes);
	struct store_topic *t = &out->topic;
	enum kr_err err;

	if ((err = kr_read_u64(&r, &out->number)) || (err = kr_read_u64(&r, &t->seq)) ||
		(err = kr_read_u64(&r, &t->rev)) ||
		(err = kr_read_copy(&r, t->hash, sizeof(t->hash))) ||
		(err = kr_read_u64(&r, &t->trimmed_seq)) ||
		(err = kr_read_u64(&r, &t->trimmed_rev)) ||
		(err = kr_read_copy(&r, t->trimmed_hash, sizeof(t->trimmed_hash))) ||
		(err = kr_read_end(&r))) {
		*out = (struct topic_record){0};
		return KR_ERR_STORE_DAMAGED;
	}
	return KR_OK;
}

enum kr_err topic_get(
	const struct tx *tx, const struct kr_topic *topic, struct topic_record *out)
{
	struct kr_view bytes;
	enum kr_err err = tx_get(tx, DB_TOPICS, kr_view_topic(topic), &bytes);

	*out = (struct topic_record){0};
	return err != KR_OK ? err : topic_read(out, bytes);
}

enum kr_err topic_put(
	struct tx *tx, const struct kr_topic *topic, const struct topic_record *record)
{
	const struct store_topic *t = &record->topic;
	uint8_t bytes[5 * 8 + 2 * KR_SHA256_BYTES];
	struct kr_writer w;

	kr_writer_init_fixed(&w, bytes, sizeof(bytes));
	kr_write_u64(&w, record->number);
	kr_write_u64(&w, t->seq);
	kr_write_u64(&w, t->rev);
	kr_write_fixed(&w, kr_view(t->hash, sizeof(t->hash)));
	kr_write_u64(&w, t->trimmed_seq);
	kr_write_u64(&w, t->trimmed_rev);
	kr_write_fixed(&w, kr_view(t->trimmed_hash, sizeof(t->trimmed_hash)));
	return tx_put(tx, DB_TOPICS, kr_view_topic(topic), kr_writer_view(&w), 0);
}

struct index_key index_key(uint64_t number, uint64_t seq)
{
	struct be64 parts[2] = {be64(number), be64(seq)};
	struct index_key key;

	memcpy(key.bytes, parts[0].bytes, 8);
	memcpy(key.bytes + 8, parts[1].bytes, 8);
	return key;
}

enum kr_err index_get(
	const struct tx *tx, uint64_t number, uint64_t seq, uint64_t *position)
{
	struct index_key key = index_key(number, seq);
	struct kr_view value;
	enum kr_err err = tx_get(tx, DB_INDEX, view_index_key(&key), &value);

	*position = 0;
	return err != KR_OK ? err : be64_read(value, position);
}

struct event_key event_key(struct kr_view author, const uint8_t id[KR_EVENT_ID_BYTES])
{
	uint8_t bytes[KR_EVENT_ID_BYTES + 1 + KR_ID_BYTES];
	uint8_t hash[KR_SHA256_BYTES];
	struct event_key key;
	struct kr_writer w;

	kr_writer_init_fixed(&w, bytes, sizeof(bytes));
	kr_write_fixed(&w, kr_view(id, KR_EVENT_ID_BYTES));
	kr_write_vec(&w, author);
	kr_sha256(hash, kr_writer_view(&w));
	memcpy(key.bytes, hash, sizeof(key.bytes));
	return key;
}
