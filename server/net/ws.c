#include "server/net/ws.h"

#include <string.h>

#include <kring/wire.h>

#include "server/relay/relay.h"

/* Writes for one connection before the others get their turn. */
#define WRITES_PER_TURN 4

/* How long a peer may take to answer a close frame. */
#define CLOSE_TIMEOUT_S 5

/* What all messages that are not whole yet may take together; and the first piece of one,
 * whatever its header says is coming. */
#define ASSEMBLING_MAX ((size_t)64 << 20)
#define PIECE_BYTES    ((size_t)64 << 10)

static void message_drop(struct conn *conn)
{
	conn->net->assembling -= conn->message.len;
	kr_bytes_free(&conn->message);
	conn->message_len = 0;
}

void ws_gone(struct conn *conn)
{
	message_drop(conn);
	if (!conn->session) {
		return;
	}
	relay_closed(conn->net->relay, conn->session);
	conn->session = NULL;
	conn->net->counters.sessions--;
}

/* The close frame is written here like every other frame. libwebsockets would do it after
 * a callback that fails, but Debian's, built with _DEBUG on libuv, closes twice then, and
 * the second time does not wait for the frame to go out. */
static void send_close(struct conn *conn)
{
	unsigned char frame[LWS_PRE + 4];
	unsigned char *p = frame + LWS_PRE;

	/* Between frames only; the writeable callback comes by itself. */
	if (conn->close_sent || lws_partial_buffered(conn->wsi)) {
		return;
	}
	p[0] = 0x88; /* the only fragment, close */
	p[1] = 2;
	p[2] = (unsigned char)(conn->close_code >> 8);
	p[3] = (unsigned char)(conn->close_code & 0xff);
	conn->close_sent = true;
	(void)lws_write(conn->wsi, p, 4, LWS_WRITE_RAW);
}

void ws_close(struct conn *conn, uint16_t code)
{
	struct net_counters *counters = &conn->net->counters;

	if (conn->close_code) {
		return;
	}
	counters->closed_idle += code == KR_CLOSE_IDLE;
	counters->closed_slow += code == KR_CLOSE_SLOW;
	counters->closed_too_large += code == KR_CLOSE_TOO_LARGE;
	conn->close_code = code;
	ws_gone(conn);
	/* For a peer that reads nothing, or does not answer the close frame. */
	lws_set_timeout(conn->wsi, PENDING_TIMEOUT_CLOSE_ACK, CLOSE_TIMEOUT_S);
	send_close(conn);
}

/* ---- Out --------------------------------------------------------------------------- */

static void write_waiting(struct conn *conn)
{
	struct net *net = conn->net;
	unsigned char *out = net->out + LWS_PRE;

	for (int i = 0; conn->session; i++) {
		size_t len;
		uint16_t code;

		/* While the kernel holds back, what waits stays in the relay, where it is
		 * a cursor and not a copy. libwebsockets asks for the callback by
		 * itself. */
		if (lws_partial_buffered(conn->wsi)) {
			code = relay_close_code(conn->session);
			if (code) {
				ws_close(conn, code); /* it will not be drained */
			}
			return;
		}
		if (i == WRITES_PER_TURN) {
			lws_callback_on_writable(conn->wsi);
			return;
		}
		len = relay_drain(net->relay, conn->session, out, NET_WRITE_BYTES);
		if (!len) {
			code = relay_close_code(conn->session);
			if (code) {
				ws_close(conn, code);
			}
			return;
		}
		net->counters.writes++;
		net->counters.bytes_out += len;
		if (lws_write(conn->wsi, out, len, LWS_WRITE_RAW) < 0) {
			/* The socket is dead; libwebsockets says so on its next event. */
			ws_close(conn, KR_CLOSE_INTERNAL);
			return;
		}
	}
}

void ws_flush(struct net *net)
{
	struct relay_conn *ready;

	while ((ready = relay_next_ready(net->relay))) {
		write_waiting(relay_host_conn(ready));
	}
	relay_turn_end(net->relay);
}

void ws_sweep(struct net *net)
{
	struct conn *next;

	for (struct conn *conn = net->conns; conn; conn = next) {
		uint16_t code = conn->session ? relay_close_code(conn->session) : 0;

		next = conn->next;
		if (code && lws_partial_buffered(conn->wsi)) {
			ws_close(conn, code);
		}
	}
}

/* ---- In ---------------------------------------------------------------------------- */

static int established(struct lws *wsi, struct conn *conn)
{
	struct net *net = conn->net;
	uint8_t network[16];
	enum kr_err err;

	conn->wsi = wsi;
	/* libwebsockets is done with the handshake's timeout; the relay's begin. */
	lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0);
	net_peer_network(network, &conn->peer);
	err = relay_open(net->relay, &conn->session, conn, network);
	if (err) {
		conn->session = NULL;
		net->counters.refused_full += err == KR_ERR_LIMIT;
		ws_close(
			conn, err == KR_ERR_LIMIT ? KR_CLOSE_NO_ROOM : KR_CLOSE_INTERNAL);
		return 0;
	}
	net->counters.sessions++;
	return 0;
}

static void deliver(struct conn *conn, struct kr_view message)
{
	conn->net->counters.messages_in++;
	relay_message(conn->net->relay, conn->session, message, conn->is_text);
}

static void refuse_message(struct conn *conn, uint16_t code)
{
	conn->discarding = true;
	message_drop(conn);
	relay_refuse(conn->net->relay, conn->session, code);
}

/* Too much is put together: who has been at it longest goes, so that nobody keeps the
 * room from others by being slow. */
static enum kr_err make_room(struct conn *conn, size_t more)
{
	struct net *net = conn->net;

	while (net->assembling + more > ASSEMBLING_MAX) {
		struct conn *slowest = NULL;

		for (struct conn *c = net->conns; c; c = c->next) {
			if (c != conn && c->message.len &&
				(!slowest ||
					c->message_since <= slowest->message_since)) {
				slowest = c;
			}
		}
		if (!slowest) {
			return KR_ERR_LIMIT;
		}
		refuse_message(slowest, KR_CLOSE_SLOW);
	}
	return KR_OK;
}

/* Make room for len more bytes. coming is what the frame has still to bring, so that a
 * message of one frame is allocated once, unless it is long. */
static enum kr_err message_reserve(
	struct conn *conn, size_t len, size_t coming, size_t max)
{
	size_t wanted = conn->message_len + len;
	struct kr_bytes grown;
	enum kr_err err;

	if (wanted <= conn->message.len) {
		return KR_OK;
	}
	if (conn->message.len) {
		/* Doubling keeps the copies few. */
		wanted = 2 * wanted < max ? 2 * wanted : max;
	} else {
		coming = coming < PIECE_BYTES ? coming : PIECE_BYTES;
		wanted += coming;
		conn->message_since = uv_now(&conn->net->loop);
	}
	if ((err = make_room(conn, wanted - conn->message.len)) ||
		(err = kr_bytes_alloc(&grown, wanted))) {
		return err;
	}
	if (conn->message_len) {
		memcpy(grown.data, conn->message.data, conn->message_len);
	}
	conn->net->assembling += grown.len - conn->message.len;
	kr_bytes_free(&conn->message);
	conn->message = grown;
	return KR_OK;
}

/* A piece of a message, at most rx_buffer_size of it. */
static void receive(struct lws *wsi, struct conn *conn, struct kr_view piece)
{
	size_t coming = lws_remaining_packet_payload(wsi);
	bool complete = coming == 0 && lws_is_final_fragment(wsi);
	size_t max;
	enum kr_err err;

	conn->net->counters.bytes_in += piece.len;
	if (!conn->session || conn->discarding) {
		return;
	}
	max = relay_max_message(conn->session);
	/* The frame's header is enough to refuse it; nothing of it is kept. */
	if (piece.len + coming > max || conn->message_len > max - piece.len - coming) {
		refuse_message(conn, KR_CLOSE_TOO_LARGE);
		return;
	}
	if (!conn->message_len) {
		conn->is_text = !lws_frame_is_binary(wsi);
		if (complete) {
			deliver(conn, piece);
			return;
		}
	}
	err = message_reserve(conn, piece.len, coming, max);
	if (err) {
		refuse_message(
			conn, err == KR_ERR_LIMIT ? KR_CLOSE_NO_ROOM : KR_CLOSE_INTERNAL);
		return;
	}
	if (piece.len) {
		memcpy(conn->message.data + conn->message_len, piece.data, piece.len);
		conn->message_len += piece.len;
	}
	if (complete) {
		deliver(conn, kr_view(conn->message.data, conn->message_len));
		message_drop(conn);
	}
}

int ws_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
	size_t len)
{
	struct conn *conn = lws_get_opaque_user_data(wsi);

	(void)user;
	switch (reason) {
	case LWS_CALLBACK_ESTABLISHED:
		return established(wsi, conn);
	case LWS_CALLBACK_RECEIVE:
		receive(wsi, conn, kr_view(in, len));
		return 0;
	case LWS_CALLBACK_RECEIVE_PONG:
		if (conn->session) {
			relay_alive(conn->net->relay, conn->session);
		}
		return 0;
	case LWS_CALLBACK_SERVER_WRITEABLE:
		if (conn->close_code) {
			send_close(conn);
		} else {
			write_waiting(conn);
		}
		return 0;
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
		/* The answer to ours ends it; one of the peer's own is answered. */
		return conn->close_code ? -1 : 0;
	case LWS_CALLBACK_CLOSED:
		ws_gone(conn);
		return 0;
	default:
		return 0;
	}
}
