/* A relay in memory: orders, numbers and hashes what clients append, and hands it on, by
 * the rules of proto/PROTOCOL.md that clients rely on. No quotas, no disk; signatures are
 * not looked at. And it lies on command: what a client is told can be changed, held back
 * or made up. */
#ifndef TESTS_UNIT_CORE_RELAY_DOUBLE_H
#define TESTS_UNIT_CORE_RELAY_DOUBLE_H

#include <kring/bytes.h>
#include <kring/event.h>
#include <kring/request.h>

struct relay_double;

#define RELAY_DOUBLE_NAME "relay.test"

/* What becomes of an event on its way to one client. It may be changed in place; views
 * may be pointed elsewhere, to what lives on. */
enum relay_delivery {
	RELAY_TRUE = 0,
	RELAY_DROP,  /* this one is left out */
	RELAY_TWICE, /* this one comes again */
	RELAY_AGAIN, /* with a hash that fits the changes */
};

struct relay_lie {
	void *ctx;
	enum relay_delivery (*deliver)(void *ctx, int conn, struct kr_event *event);
	/* In place of a key package that is fetched; NULL leaves all as it is. */
	struct kr_view (*key_package)(
		void *ctx, const uint8_t account[KR_ID_BYTES], struct kr_view true_one);
	/* Refuse, with this error, what would be appended; NULL: no. */
	const char *(*refuse)(void *ctx, int conn, const struct kr_request *request);
};

struct relay_double *relay_double_new(void);
void relay_double_free(struct relay_double *relay);
void relay_double_lie(struct relay_double *relay, const struct relay_lie *lie);
void relay_double_set_time(struct relay_double *relay, uint64_t now_ms);

/* A connection: a small number. */
int relay_double_connect(struct relay_double *relay);
void relay_double_disconnect(struct relay_double *relay, int conn);
/* A message from a client. */
void relay_double_take(
	struct relay_double *relay, int conn, struct kr_view message, bool is_text);
/* The next message for a client; the caller frees it. */
bool relay_double_next(
	struct relay_double *relay, int conn, struct kr_bytes *message, bool *is_text);

/* Append what nobody sent. Head and body are copied. */
void relay_double_append(struct relay_double *relay, const struct kr_topic *topic,
	enum kr_event_type type, const uint8_t *author, const struct kr_event_head *head,
	struct kr_view body);

/* How many events a topic has; the i-th from 1. Views are valid until the next append. */
/* The events up to seq are gone, as after their time of keeping. */
void relay_double_trim(
	struct relay_double *relay, const struct kr_topic *topic, uint64_t seq);
uint64_t relay_double_num(const struct relay_double *relay, const struct kr_topic *topic);
const struct kr_event *relay_double_event(
	const struct relay_double *relay, const struct kr_topic *topic, uint64_t seq);
/* The epoch of a group, by its commits. */
uint64_t relay_double_epoch(
	const struct relay_double *relay, const uint8_t group[KR_ID_BYTES]);

#endif
