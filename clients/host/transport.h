/* WebSocket connections to relays, on a libuv loop; PROTOCOL.md §1 and §2.
 *
 * wss with TLS 1.3 and nothing else, the relay's certificate verified, no session
 * resumption (it links connections). ws only to this machine itself. Subprotocol
 * kring.v1, which the relay has to confirm; no extensions, no Origin, no proxy, no
 * redirect. */
#ifndef KRING_HOST_TRANSPORT_H
#define KRING_HOST_TRANSPORT_H

#include <kring/bytes.h>

struct uv_loop_s;
struct transport;
struct connection;

/* What connections share.
 *   loop     has to outlive it
 *   ca_file  certificates (PEM) to trust in place of the system's; NULL: the system's
 * KR_ERR_MEMORY, KR_ERR_NOT_FOUND (ca_file cannot be read), KR_ERR_STATE (libwebsockets
 * does not start). */
enum kr_err transport_new(
	struct transport **out, struct uv_loop_s *loop, const char *ca_file);

/* All connections have to be freed. Runs the loop for the moment that its handles take to
 * close; so not from within a callback of the loop. NULL is fine. */
void transport_free(struct transport *transport);

/* Why a connection ended, or never began. */
enum connection_end {
	CONNECTION_CLOSED,    /* it was open; a close code is given, or 0 */
	CONNECTION_NO_HOST,   /* the name cannot be resolved */
	CONNECTION_REFUSED,   /* nobody there, or no way to get there */
	CONNECTION_TIMEOUT,   /* nothing came of it in time */
	CONNECTION_TLS,       /* a certificate that is not verified, or no TLS 1.3 */
	CONNECTION_NO_RELAY,  /* what answers does not speak kring.v1 */
	CONNECTION_TOO_LARGE, /* a message longer than KR_MESSAGE_MAX; closed 1009 */
	CONNECTION_MEMORY,
};

/* A stable name for logs and --json: "closed", "no_host", … */
const char *connection_end_name(enum connection_end end);

/* They come from the loop, never from within a function of this header, and may call any
 * function of the connection.
 * message gets whole messages; the view is gone when it returns.
 * code is the relay's, 0 without one. 1012 also stands for 1013 and 1002, between which
 * libwebsockets 4.1 does not tell the difference.
 * ended comes once for each connection_open that returned KR_OK, unless connection_close
 * comes first. */
struct connection_callbacks {
	void (*opened)(void *ctx);
	void (*message)(void *ctx, struct kr_view bytes, bool is_text);
	void (*ended)(void *ctx, enum connection_end end, uint16_t code);
};

/* KR_ERR_MEMORY, KR_ERR_STATE. */
enum kr_err connection_new(struct connection **out, struct transport *transport,
	const struct connection_callbacks *callbacks, void *ctx);

/* Closes it without a word; no callback comes any more. From within a callback as well.
 * NULL is fine. */
void connection_free(struct connection *connection);

/* Whether connection_open takes this URL: wss://host[:port]/path, or ws:// with a
 * loopback address (127.0.0.0/8, [::1]) or localhost. KR_ERR_ARGUMENT. */
enum kr_err transport_check_url(struct kr_view url);

/* Begin to connect; opened or ended follows, at the latest after CONNECTION_OPEN_MS.
 * KR_ERR_ARGUMENT for a URL that is none of ours, KR_ERR_STATE if it is open or being
 * opened, KR_ERR_MEMORY. */
#define CONNECTION_OPEN_MS 30000
enum kr_err connection_open(struct connection *connection, struct kr_view url);

/* Queue one whole message, copied. KR_ERR_STATE if it is not open, KR_ERR_TOO_LARGE
 * beyond KR_MESSAGE_MAX, KR_ERR_LIMIT if more than CONNECTION_QUEUE_MAX bytes wait
 * already, KR_ERR_MEMORY. */
#define CONNECTION_QUEUE_MAX ((size_t)16 << 20)
enum kr_err connection_send(
	struct connection *connection, struct kr_view bytes, bool is_text);

/* Close normally (1000) after what is queued, or stop trying. No callback follows, and it
 * can be opened again at once. */
void connection_close(struct connection *connection);

#endif
