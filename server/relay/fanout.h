/* Fan-out: the way of an event to everybody who subscribed to its topic.
 *
 * A channel is a topic that somebody listens to. Its ring holds the newest frames,
 * ready for the wire, one copy for all; a subscription is a number, the next seq that
 * its connection has not got. Draining a connection copies what lies between that
 * number and the end in one go. A subscription whose next frame is not in the ring (any
 * more) is served from the store. So a slow reader costs no memory, and a new one costs
 * no more than its first pages. */
#ifndef KRING_RELAY_FANOUT_H
#define KRING_RELAY_FANOUT_H

#include "server/relay/relay.h"
#include "server/store/store.h"

struct channel;

struct subscription {
	struct channel *channel;
	struct relay_conn *conn;
	uint64_t next_seq;
	struct subscription *channel_next, *channel_prev;
	struct subscription *conn_next, *conn_prev;
	struct subscription *pending_next; /* of the connection's pending ones */
	bool is_pending; /* there is, or was just now, something to drain */
};

/* Sized for tens of thousands of active topics. */
#define FANOUT_NUM_LISTS 8192

struct fanout {
	struct channel *lists[FANOUT_NUM_LISTS];
	struct channel *dirty; /* have frames whose readers are not marked yet */
	uint64_t seed;         /* of the table's hash */
	size_t ring_bytes;     /* of one ring; a power of two */
	size_t max_total;      /* of all rings */
	size_t total;
	uint64_t num_rings;
	struct kr_writer scratch; /* for one frame */
};

/* KR_ERR_RANDOM. */
enum kr_err fanout_init(struct fanout *f, const struct kr_random *rng, size_t ring_bytes,
	size_t max_total);
/* All subscriptions must have ended. */
void fanout_finish(struct fanout *f);

/* Subscribe, from next_seq on. head_seq is the topic's newest seq in the view in which
 * the request was allowed. A second subscription of a connection to the same topic
 * moves the first. KR_ERR_MEMORY. */
enum kr_err fanout_subscribe(struct fanout *f, struct relay_conn *conn,
	const struct kr_topic *topic, uint64_t next_seq, uint64_t head_seq);
/* The connection's subscription to a topic, or NULL. */
struct subscription *fanout_find(struct relay_conn *conn, const struct kr_topic *topic);
void fanout_end(struct fanout *f, struct subscription *s);

/* An event was appended. In the order of the log. */
void fanout_event(struct fanout *f, const struct kr_event *event,
	const uint8_t hash[KR_SHA256_BYTES], uint64_t mono_ms);

/* Every subscription of this topic, to end those that lost access; first NULL, then the
 * one before. */
struct subscription *fanout_each(
	struct fanout *f, const struct kr_topic *topic, struct subscription *before);

/* Mark the readers of all that came since the last call. */
void fanout_mark_readers(struct fanout *f);

/* Copy whole frames for the connection's pending subscriptions to out, as many as fit.
 * *behind is set to a subscription that must be served from the store before anything
 * else of it can come, or NULL. */
size_t fanout_copy(struct relay_conn *conn, uint8_t *out, size_t cap,
	struct subscription **behind, uint64_t *num_frames);

const struct kr_topic *fanout_topic(const struct subscription *s);

/* One event as a frame onto a writer: WebSocket header and message. */
void fanout_frame(struct kr_writer *w, struct kr_writer *scratch,
	const struct kr_event *event, const uint8_t hash[KR_SHA256_BYTES]);

/* Give back rings that had nothing since before_ms. */
void fanout_sweep(struct fanout *f, uint64_t before_ms);

#endif
