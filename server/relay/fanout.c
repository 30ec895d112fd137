#include "server/relay/fanout.h"

#include <stdlib.h>
#include <string.h>

#include "server/relay/ring.h"
#include "server/relay/state.h"

/* One topic that somebody listens to. */
struct channel {
	struct kr_topic topic;
	struct channel *next; /* of the table's list */
	struct channel *dirty_next;
	bool is_dirty;
	uint64_t last_seq; /* the newest that is known here */
	struct subscription *subscriptions;
	struct ring *ring; /* NULL: idle, or no memory for one */
	uint64_t used_ms;  /* monotonic: when something was put into the ring */
};

enum kr_err fanout_init(struct fanout *f, const struct kr_random *rng, size_t ring_bytes,
	size_t max_total)
{
	*f = (struct fanout){.ring_bytes = ring_bytes, .max_total = max_total};
	kr_writer_init(&f->scratch);
	return kr_random_fill(rng, (uint8_t *)&f->seed, sizeof(f->seed));
}

/* Ids are chosen by clients, so the table's hash depends on something they do not
 * know. */
static struct channel **list_of(struct fanout *f, const struct kr_topic *topic)
{
	uint64_t hash = f->seed ^ topic->kind;

	for (size_t i = 0; i < KR_ID_BYTES; i += sizeof(uint64_t)) {
		uint64_t word;

		memcpy(&word, topic->id + i, sizeof(word));
		hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 29;
		hash = (hash ^ f->seed) * UINT64_C(0xbf58476d1ce4e5b9);
		hash ^= hash >> 32;
	}
	return &f->lists[hash % FANOUT_NUM_LISTS];
}

static struct channel *find_channel(struct fanout *f, const struct kr_topic *topic)
{
	struct channel *channel = *list_of(f, topic);

	while (channel != NULL && !kr_topic_equal(&channel->topic, topic)) {
		channel = channel->next;
	}
	return channel;
}

static void drop_ring(struct fanout *f, struct channel *channel)
{
	if (channel->ring != NULL) {
		f->total -= ring_weight(channel->ring->cap);
		f->num_rings--;
		ring_free(channel->ring);
		channel->ring = NULL;
	}
}

static void free_channel(struct fanout *f, struct channel *channel)
{
	struct channel **link = list_of(f, &channel->topic);

	while (*link != channel) {
		link = &(*link)->next;
	}
	*link = channel->next;
	for (link = &f->dirty; channel->is_dirty && *link != NULL;) {
		if (*link == channel) {
			*link = channel->dirty_next;
			break;
		}
		link = &(*link)->dirty_next;
	}
	drop_ring(f, channel);
	free(channel);
}

void fanout_finish(struct fanout *f)
{
	kr_writer_free(&f->scratch);
}

/* ---- Subscriptions ---------------------------------------------------------------- */

static void mark(struct subscription *s)
{
	struct relay_conn *conn = s->conn;

	if (s->is_pending) {
		return;
	}
	s->is_pending = true;
	s->pending_next = NULL;
	if (conn->pending_tail != NULL) {
		conn->pending_tail->pending_next = s;
	} else {
		conn->pending_head = s;
	}
	conn->pending_tail = s;
	conn_make_ready(conn);
}

static void unmark(struct subscription *s)
{
	struct relay_conn *conn = s->conn;
	struct subscription *before = NULL;

	if (!s->is_pending) {
		return;
	}
	for (struct subscription *at = conn->pending_head; at != s;
		at = at->pending_next) {
		before = at;
	}
	if (before != NULL) {
		before->pending_next = s->pending_next;
	} else {
		conn->pending_head = s->pending_next;
	}
	if (conn->pending_tail == s) {
		conn->pending_tail = before;
	}
	s->is_pending = false;
}

struct subscription *fanout_find(struct relay_conn *conn, const struct kr_topic *topic)
{
	struct subscription *s = conn->subscriptions;

	while (s != NULL && !kr_topic_equal(&s->channel->topic, topic)) {
		s = s->conn_next;
	}
	return s;
}

static enum kr_err channel_of(struct fanout *f, struct channel **out,
	const struct kr_topic *topic, uint64_t head_seq)
{
	struct channel **list;

	*out = find_channel(f, topic);
	if (*out != NULL) {
		return KR_OK;
	}
	*out = calloc(1, sizeof(**out));
	if (*out == NULL) {
		return KR_ERR_MEMORY;
	}
	list = list_of(f, topic);
	(*out)->topic = *topic;
	(*out)->last_seq = head_seq;
	(*out)->next = *list;
	*list = *out;
	return KR_OK;
}

static void link_subscription(struct subscription *s)
{
	s->channel_next = s->channel->subscriptions;
	if (s->channel_next != NULL) {
		s->channel_next->channel_prev = s;
	}
	s->channel->subscriptions = s;
	s->conn_next = s->conn->subscriptions;
	if (s->conn_next != NULL) {
		s->conn_next->conn_prev = s;
	}
	s->conn->subscriptions = s;
	s->conn->num_subscriptions++;
}

enum kr_err fanout_subscribe(struct fanout *f, struct relay_conn *conn,
	const struct kr_topic *topic, uint64_t next_seq, uint64_t head_seq)
{
	struct subscription *s = fanout_find(conn, topic);
	struct channel *channel;
	enum kr_err err;

	if (s == NULL) {
		if ((err = channel_of(f, &channel, topic, head_seq))) {
			return err;
		}
		s = calloc(1, sizeof(*s));
		if (s == NULL) {
			if (channel->subscriptions == NULL) {
				free_channel(f, channel);
			}
			return KR_ERR_MEMORY;
		}
		s->channel = channel;
		s->conn = conn;
		link_subscription(s);
	}
	s->next_seq = next_seq;
	if (next_seq <= s->channel->last_seq) {
		mark(s);
	}
	return KR_OK;
}

void fanout_end(struct fanout *f, struct subscription *s)
{
	struct channel *channel = s->channel;

	unmark(s);
	if (s->channel_prev != NULL) {
		s->channel_prev->channel_next = s->channel_next;
	} else {
		channel->subscriptions = s->channel_next;
	}
	if (s->channel_next != NULL) {
		s->channel_next->channel_prev = s->channel_prev;
	}
	if (s->conn_prev != NULL) {
		s->conn_prev->conn_next = s->conn_next;
	} else {
		s->conn->subscriptions = s->conn_next;
	}
	if (s->conn_next != NULL) {
		s->conn_next->conn_prev = s->conn_prev;
	}
	s->conn->num_subscriptions--;
	free(s);
	if (channel->subscriptions == NULL) {
		free_channel(f, channel);
	}
}

struct subscription *fanout_each(
	struct fanout *f, const struct kr_topic *topic, struct subscription *before)
{
	struct channel *channel;

	if (before != NULL) {
		return before->channel_next;
	}
	channel = find_channel(f, topic);
	return channel != NULL ? channel->subscriptions : NULL;
}

const struct kr_topic *fanout_topic(const struct subscription *s)
{
	return &s->channel->topic;
}

/* ---- Events in -------------------------------------------------------------------- */

void fanout_frame(struct kr_writer *w, struct kr_writer *scratch,
	const struct kr_event *event, const uint8_t hash[KR_SHA256_BYTES])
{
	uint8_t header[KR_WS_HEADER_MAX];
	struct kr_view message;

	kr_writer_reset(scratch);
	kr_event_message(scratch, event, hash);
	if (scratch->err != KR_OK) {
		kr_writer_fail(w, scratch->err);
		return;
	}
	message = kr_writer_view(scratch);
	kr_write_fixed(
		w, kr_view(header, kr_ws_header(header, KR_WS_BINARY, message.len)));
	kr_write_fixed(w, message);
}

/* A ring pays off where one event has many readers: not for an account's own topic, nor
 * for a case. */
static bool has_many_readers(const struct kr_topic *topic)
{
	return topic->kind == KR_TOPIC_GROUP || topic->kind == KR_TOPIC_COMMUNITY;
}

static void ensure_ring(struct fanout *f, struct channel *channel)
{
	size_t weight = ring_weight(f->ring_bytes);

	if (channel->ring != NULL || !has_many_readers(&channel->topic) ||
		weight > f->max_total - f->total) {
		return;
	}
	if (ring_new(&channel->ring, f->ring_bytes) == KR_OK) {
		f->total += weight;
		f->num_rings++;
	}
}

static void put_frame(struct fanout *f, struct channel *channel,
	const struct kr_event *event, const uint8_t hash[KR_SHA256_BYTES])
{
	uint8_t space[RING_FRAME_MAX];
	struct kr_writer w;

	/* A frame that does not fit leaves an empty view and an error; an empty frame
	 * must not be kept as if it were one, so the ring begins anew after it. */
	kr_writer_init_fixed(&w, space, sizeof(space));
	fanout_frame(&w, &f->scratch, event, hash);
	if (w.err != KR_OK) {
		ring_skip(channel->ring, event->seq);
		return;
	}
	ring_put(channel->ring, event->seq, kr_writer_view(&w));
}

void fanout_event(struct fanout *f, const struct kr_event *event,
	const uint8_t hash[KR_SHA256_BYTES], uint64_t mono_ms)
{
	struct channel *channel = find_channel(f, &event->topic);

	/* Nobody listens, or the channel began with a view that had this event. */
	if (channel == NULL || event->seq <= channel->last_seq) {
		return;
	}
	ensure_ring(f, channel);
	if (channel->ring != NULL) {
		put_frame(f, channel, event, hash);
		channel->used_ms = mono_ms;
	}
	channel->last_seq = event->seq;
	if (!channel->is_dirty) {
		channel->is_dirty = true;
		channel->dirty_next = f->dirty;
		f->dirty = channel;
	}
}

void fanout_mark_readers(struct fanout *f)
{
	while (f->dirty != NULL) {
		struct channel *channel = f->dirty;

		f->dirty = channel->dirty_next;
		channel->is_dirty = false;
		for (struct subscription *s = channel->subscriptions; s != NULL;
			s = s->channel_next) {
			mark(s);
		}
	}
}

/* ---- Frames out ------------------------------------------------------------------- */

size_t fanout_copy(struct relay_conn *conn, uint8_t *out, size_t cap,
	struct subscription **behind, uint64_t *num_frames)
{
	size_t copied = 0;

	*behind = NULL;
	*num_frames = 0;
	while (conn->pending_head != NULL) {
		struct subscription *s = conn->pending_head;
		const struct ring *ring = s->channel->ring;
		uint64_t num;

		if (s->next_seq > s->channel->last_seq) {
			unmark(s);
			continue;
		}
		if (ring == NULL || !ring_has(ring, s->next_seq)) {
			*behind = s;
			break;
		}
		copied += ring_copy(ring, s->next_seq, out + copied, cap - copied, &num);
		s->next_seq += num;
		*num_frames += num;
		/* To the end of the queue: the next turn is another topic's. */
		unmark(s);
		if (s->next_seq <= s->channel->last_seq) {
			mark(s);
			break;
		}
	}
	return copied;
}

void fanout_sweep(struct fanout *f, uint64_t before_ms)
{
	for (size_t i = 0; i < FANOUT_NUM_LISTS; i++) {
		for (struct channel *channel = f->lists[i]; channel != NULL;
			channel = channel->next) {
			if (channel->ring != NULL && channel->used_ms < before_ms) {
				drop_ring(f, channel);
			}
		}
	}
}
