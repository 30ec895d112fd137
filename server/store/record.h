/* How the log and the topics are written down. Private to server/store.
 *
 *	struct {                        a record of the log; its key is the position
 *		uint8 kind; opaque topic[32];
 *		uint64 seq; uint64 rev; uint16 type;
 *		opaque id[16]; uint64 time_ms;
 *		opaque hash[32];        the topic's running hash after the event
 *		uint16 index;           of the event in its append
 *		uint16 num_requested;   events of the append that are not derived
 *		opaque author<V>; opaque head<V>;
 *		opaque keys<V>;         of the append, in its first event: opaque key<V>
 *		opaque body<V>;
 *	}
 *	struct {                        a topic; its key is struct kr_topic
 *		uint64 number;          its name in other keys; never reused
 *		uint64 seq; uint64 rev; opaque hash[32];
 *		uint64 trimmed_seq; uint64 trimmed_rev; opaque trimmed_hash[32];
 *	} */
#ifndef KRING_SERVER_STORE_RECORD_H
#define KRING_SERVER_STORE_RECORD_H

#include "server/store/env.h"

struct record {
	struct kr_event event;
	const uint8_t *hash; /* KR_SHA256_BYTES */
	uint16_t index;
	uint16_t num_requested;
	struct kr_view keys;
};

void record_write(struct kr_writer *w, const struct record *record);
/* Views into bytes. KR_ERR_STORE_DAMAGED. */
enum kr_err record_read(struct record *out, struct kr_view bytes);

/* KR_ERR_NOT_FOUND when it was trimmed or never was. */
enum kr_err record_get(const struct tx *tx, uint64_t position, struct record *out);

struct topic_record {
	uint64_t number;
	struct store_topic topic;
};

/* KR_ERR_NOT_FOUND, with out zeroed. */
enum kr_err topic_get(
	const struct tx *tx, const struct kr_topic *topic, struct topic_record *out);
enum kr_err topic_put(
	struct tx *tx, const struct kr_topic *topic, const struct topic_record *record);
enum kr_err topic_read(struct topic_record *out, struct kr_view bytes);

/* Key of the index: where in the log is seq of this topic. */
struct index_key {
	uint8_t bytes[16];
};
struct index_key index_key(uint64_t number, uint64_t seq);
static inline struct kr_view view_index_key(const struct index_key *k)
{
	return kr_view(k->bytes, sizeof(k->bytes));
}
enum kr_err index_get(
	const struct tx *tx, uint64_t number, uint64_t seq, uint64_t *position);

/* What an author's event id is looked up by: the first 16 bytes of SHA-256(id,
 * author<V>). Short, so that the index is; spread evenly, whatever ids a client chooses.
 * Nobody can aim at the id of another author. */
struct event_key {
	uint8_t bytes[16];
};
struct event_key event_key(struct kr_view author, const uint8_t id[KR_EVENT_ID_BYTES]);
static inline struct kr_view view_event_key(const struct event_key *k)
{
	return kr_view(k->bytes, sizeof(k->bytes));
}

#endif
