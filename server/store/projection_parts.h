/* How the projection is looked into; shared by the files that answer for it. Private to
 * server/store. */
#ifndef KRING_SERVER_STORE_PROJECTION_PARTS_H
#define KRING_SERVER_STORE_PROJECTION_PARTS_H

#include "server/store/projection.h"
#include "server/store/state.h"

static inline struct kr_view view_id(const uint8_t id[KR_ID_BYTES])
{
	return kr_view(id, KR_ID_BYTES);
}

/* The number under which a topic's facts stand. KR_ERR_NOT_FOUND. */
enum kr_err projection_number(const struct tx *tx, enum kr_topic_kind kind,
	const uint8_t id[KR_ID_BYTES], uint64_t *number);

/* One fact of a topic. KR_ERR_NOT_FOUND, also when the topic is not there. */
enum kr_err projection_get(const struct tx *tx, enum kr_topic_kind kind,
	const uint8_t id[KR_ID_BYTES], enum fact_table table, struct kr_view key,
	struct fact *out);

/* Turn a fact into item number num of the caller's array. */
typedef enum kr_err projection_item_fn(void *items, size_t num, const struct fact *fact);

/* The facts of a table with 32-byte keys, after one of them. A topic that is not there
 * has none. */
enum kr_err projection_page(const struct store_view *view, enum kr_topic_kind kind,
	const uint8_t id[KR_ID_BYTES], enum fact_table table, const uint8_t *after,
	projection_item_fn *item, void *items, size_t cap, size_t *num);

/* The topics in which this key has a fact of this table, after one of them. */
enum kr_err projection_topics(const struct store_view *view, enum kr_topic_kind kind,
	enum fact_table table, const uint8_t key[KR_ID_BYTES], const uint8_t *after,
	struct store_id *out, size_t cap, size_t *num);

#endif
