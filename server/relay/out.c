/* A connection's own queue: answers, pages, notices; bytes ready for the wire. */
#include "server/relay/state.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK_MIN ((size_t)2048)

static struct out_chunk *chunk_with_room(struct relay_conn *conn, size_t len)
{
	struct out_chunk *tail = conn->out_tail;
	size_t cap = len > CHUNK_MIN ? len : CHUNK_MIN;

	if (tail != NULL && tail->cap - tail->len >= len) {
		return tail;
	}
	tail = malloc(sizeof(*tail) + cap);
	if (tail == NULL) {
		return NULL;
	}
	*tail = (struct out_chunk){.cap = cap};
	if (conn->out_tail != NULL) {
		conn->out_tail->next = tail;
	} else {
		conn->out_head = tail;
	}
	conn->out_tail = tail;
	return tail;
}

static void append(struct out_chunk *chunk, struct kr_view bytes)
{
	if (bytes.len > 0) {
		memcpy(chunk->data + chunk->len, bytes.data, bytes.len);
		chunk->len += bytes.len;
	}
}

/* Header and payload in one piece, so that a failure never leaves half a frame. */
static void queue(struct relay_conn *conn, struct kr_view header, struct kr_view payload)
{
	size_t max = conn->authenticated ? OUT_MAX : OUT_MAX_ANONYMOUS;
	size_t len = header.len + payload.len;
	struct out_chunk *chunk;

	if (conn->close_code != 0) {
		return;
	}
	if (len > max - conn->out_bytes) {
		conn->relay->statistics.closed_slow++;
		conn_close(conn, KR_CLOSE_SLOW);
		return;
	}
	chunk = chunk_with_room(conn, len);
	if (chunk == NULL) {
		conn_close(conn, KR_CLOSE_INTERNAL);
		return;
	}
	append(chunk, header);
	append(chunk, payload);
	conn->out_bytes += len;
	conn_make_ready(conn);
}

void out_frame(struct relay_conn *conn, unsigned opcode, struct kr_view payload)
{
	uint8_t header[KR_WS_HEADER_MAX];
	size_t len = kr_ws_header(header, opcode, payload.len);

	queue(conn, kr_view(header, len), payload);
}

void out_scratch(struct relay_conn *conn, unsigned opcode)
{
	const struct kr_writer *scratch = &conn->relay->scratch;

	if (scratch->err != KR_OK) {
		conn_close(conn, KR_CLOSE_INTERNAL);
		return;
	}
	out_frame(conn, opcode, kr_writer_view(scratch));
}

void out_bytes(struct relay_conn *conn, struct kr_view frames)
{
	queue(conn, kr_view(NULL, 0), frames);
}

size_t out_take(struct relay_conn *conn, uint8_t *buf, size_t cap)
{
	size_t taken = 0;

	while (conn->out_head != NULL && taken < cap) {
		struct out_chunk *chunk = conn->out_head;
		size_t len = chunk->len - chunk->sent;

		if (len > cap - taken) {
			len = cap - taken;
		}
		memcpy(buf + taken, chunk->data + chunk->sent, len);
		chunk->sent += len;
		taken += len;
		if (chunk->sent == chunk->len) {
			conn->out_head = chunk->next;
			if (conn->out_head == NULL) {
				conn->out_tail = NULL;
			}
			free(chunk);
		}
	}
	conn->out_bytes -= taken;
	return taken;
}

void out_free(struct relay_conn *conn)
{
	while (conn->out_head != NULL) {
		struct out_chunk *next = conn->out_head->next;

		free(conn->out_head);
		conn->out_head = next;
	}
	conn->out_tail = NULL;
	conn->out_bytes = 0;
}
