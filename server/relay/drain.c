/* What goes out: the ready queue, and catching up from the store. */
#include "server/relay/state.h"

/* One page for a reader that fell off the ring. */
#define PAGE_BYTES  ((size_t)65536)
#define PAGE_EVENTS 64

static void queue_ready(struct relay *relay, struct relay_conn *conn)
{
	conn->ready = READY_QUEUED;
	conn->ready_next = NULL;
	conn->ready_prev = relay->ready_tail;
	if (relay->ready_tail != NULL) {
		relay->ready_tail->ready_next = conn;
	} else {
		relay->ready_head = conn;
	}
	relay->ready_tail = conn;
}

void conn_leave_ready(struct relay_conn *conn)
{
	struct relay *relay = conn->relay;

	if (conn->ready != READY_QUEUED) {
		return;
	}
	if (conn->ready_prev != NULL) {
		conn->ready_prev->ready_next = conn->ready_next;
	} else {
		relay->ready_head = conn->ready_next;
	}
	if (conn->ready_next != NULL) {
		conn->ready_next->ready_prev = conn->ready_prev;
	} else {
		relay->ready_tail = conn->ready_prev;
	}
	conn->ready = READY_IDLE;
}

void conn_make_ready(struct relay_conn *conn)
{
	if (conn->ready == READY_IDLE) {
		conn->drained_ms = conn->relay->mono_ms;
		queue_ready(conn->relay, conn);
	}
}

/* A host that waits for a blocked socket must hear of the close all the same. */
void conn_close(struct relay_conn *conn, uint16_t code)
{
	if (conn->close_code != 0) {
		return;
	}
	conn->close_code = code;
	if (conn->ready != READY_QUEUED) {
		queue_ready(conn->relay, conn);
	}
}

struct relay_conn *relay_next_ready(struct relay *relay)
{
	struct relay_conn *conn;

	fanout_mark_readers(&relay->fanout);
	conn = relay->ready_head;
	if (conn == NULL) {
		return NULL;
	}
	conn_leave_ready(conn);
	conn->ready = READY_GIVEN;
	return conn;
}

bool relay_wants_drain(const struct relay_conn *conn)
{
	return conn->out_head != NULL || conn->pending_head != NULL;
}

static void begin_telling(struct kr_json *j, struct relay_conn *conn, const char *verb,
	const struct kr_topic *topic)
{
	kr_writer_reset(&conn->relay->scratch);
	kr_json_begin(j, &conn->relay->scratch);
	kr_json_str(j, "verb", verb);
	kr_json_topic(j, "topic", topic);
}

void tell_begun(struct relay_conn *conn, const struct kr_topic *topic)
{
	struct kr_json j;

	begin_telling(&j, conn, "begun", topic);
	kr_json_end(&j);
	out_scratch(conn, KR_WS_TEXT);
}

void subscription_end(struct subscription *s, enum kr_err why)
{
	struct relay_conn *conn = s->conn;
	struct kr_json j;

	begin_telling(&j, conn, "ended", fanout_topic(s));
	kr_json_str(&j, "error", kr_wire_error(why)->code);
	kr_json_end(&j);
	fanout_end(&conn->relay->fanout, s);
	out_scratch(conn, KR_WS_TEXT);
}

/* Queue the next page of a topic. *num is 0 when the view has nothing more. */
static enum kr_err queue_page(struct subscription *s, size_t *num)
{
	struct relay *relay = s->conn->relay;
	struct store_entry entries[PAGE_EVENTS];
	const struct store_view *view;
	struct kr_writer *w = &relay->scratch;
	enum kr_err err;

	*num = 0;
	if ((err = relay_view(relay, &view)) ||
		(err = store_page(view, fanout_topic(s), s->next_seq - 1, PAGE_BYTES,
			 entries, PAGE_EVENTS, num)) ||
		*num == 0) {
		return err;
	}
	kr_writer_reset(w);
	for (size_t i = 0; i < *num; i++) {
		fanout_frame(
			w, &relay->fanout.scratch, &entries[i].event, entries[i].hash);
	}
	if (w->err != KR_OK) {
		return w->err;
	}
	s->next_seq = entries[*num - 1].event.seq + 1;
	relay->statistics.catch_ups++;
	relay->statistics.deliveries += *num;
	out_bytes(s->conn, kr_writer_view(w));
	return KR_OK;
}

/* The view of this turn may be older than the newest event that was fanned out; a fresh
 * one is not. */
static void catch_up(struct subscription *s)
{
	size_t num;
	enum kr_err err = queue_page(s, &num);

	if (err == KR_ERR_CURSOR_AHEAD || (err == KR_OK && num == 0)) {
		relay_view_drop(s->conn->relay);
		err = queue_page(s, &num);
		if (err == KR_OK && num == 0) {
			err = KR_ERR_STORE_DAMAGED;
		}
	}
	if (err != KR_OK) {
		subscription_end(s, err);
	}
}

size_t relay_drain(struct relay *relay, struct relay_conn *conn, uint8_t *buf, size_t cap)
{
	size_t len = out_take(conn, buf, cap);

	/* A connection that is being closed gets its answers, and no more events. */
	while (len < cap && conn->close_code == 0) {
		struct subscription *behind;
		uint64_t num_frames;

		len += fanout_copy(conn, buf + len, cap - len, &behind, &num_frames);
		relay->statistics.deliveries += num_frames;
		if (behind == NULL) {
			break;
		}
		catch_up(behind);
		len += out_take(conn, buf + len, cap - len);
	}
	conn->drained_ms = relay->mono_ms;
	relay->statistics.delivered_bytes += len;
	if (len == 0) {
		/* It may be in the queue: a host drains when its socket lets it, too. */
		conn_leave_ready(conn);
		conn->ready = READY_IDLE;
	}
	return len;
}
