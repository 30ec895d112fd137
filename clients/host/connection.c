/* One connection after the other. What belongs to one of them, from resolving the name to
 * the last byte, is a struct link: it stays behind when its connection is closed or
 * freed, and frees itself when the loop has let go of it. */
#include <stdlib.h>
#include <string.h>

#include <kring/codec.h>
#include <kring/wire.h>

#include "clients/host/transport_state.h"

/* How long a link that is closed may take to send what is queued. */
#define GOODBYE_MS 3000

struct connection {
	struct transport *transport;
	struct connection_callbacks callbacks;
	void *ctx;
	struct link *link; /* NULL: not open, nor being opened */
};

/* A message on its way out; room for libwebsockets' header stands before it. */
struct outgoing {
	struct outgoing *next;
	size_t len;
	bool is_text;
	uint8_t bytes[];
};

struct link {
	struct connection *connection; /* NULL: nobody is interested any more */
	struct transport *transport;
	unsigned num_holders; /* timer, resolver, wsi: what the loop still knows */
	uv_timer_t timer;
	uv_getaddrinfo_t resolver;
	struct transport_url url;
	struct addrinfo *addresses;
	const struct addrinfo *next_address;
	struct lws *wsi; /* NULL: none that would hear anything */
	bool is_alive;   /* libwebsockets has a wsi of this link, and will destroy it */
	bool is_resolving;
	bool is_trying;
	bool is_shaking_hands; /* TCP and TLS are there */
	bool is_open;
	bool is_in_callback;     /* of its wsi */
	bool is_abandoned;       /* closed when that callback returns */
	enum connection_end end; /* what it ends with when it ends */
	uint16_t code;
	struct kr_writer message; /* coming in */
	struct outgoing *first;
	struct outgoing **last;
	size_t num_queued; /* bytes */
};

/* ---- The end of a link ------------------------------------------------------------- */

static void release(struct link *link)
{
	if (--link->num_holders > 0) {
		return;
	}
	while (link->first) {
		struct outgoing *next = link->first->next;

		kr_wipe(link->first->bytes, LWS_PRE + link->first->len);
		free(link->first);
		link->first = next;
	}
	if (link->addresses) {
		uv_freeaddrinfo(link->addresses);
	}
	kr_writer_free(&link->message);
	free(link);
}

static void on_timer_closed(uv_handle_t *timer)
{
	release(timer->data);
}

/* The last word of a link to its connection; from here on it only goes away. */
static void finish(struct link *link)
{
	struct connection *connection = link->connection;

	if (!uv_is_closing((uv_handle_t *)&link->timer)) {
		uv_close((uv_handle_t *)&link->timer, on_timer_closed);
	}
	if (connection) {
		link->connection = NULL;
		connection->link = NULL;
		connection->callbacks.ended(connection->ctx, link->end, link->code);
	}
}

/* Ends whatever goes on, without a word to the relay. libwebsockets' own way to do that
 * later hangs on a timer that it looks at when something else happens. */
static void abandon(struct link *link)
{
	if (link->is_resolving) {
		(void)uv_cancel((uv_req_t *)&link->resolver);
	}
	if (link->is_in_callback) {
		link->is_abandoned = true;
	} else if (link->wsi) {
		lws_set_timeout(
			link->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_SYNC);
	}
}

static void on_timeout(uv_timer_t *timer)
{
	struct link *link = timer->data;

	link->end = CONNECTION_TIMEOUT;
	finish(link);
	abandon(link);
}

/* ---- Opening ----------------------------------------------------------------------- */

/* The address as text, as libwebsockets wants it. */
static bool name_address(char out[64], const struct addrinfo *address)
{
	return address->ai_family == AF_INET
		? uv_ip4_name((const struct sockaddr_in *)address->ai_addr, out, 64) == 0
		: address->ai_family == AF_INET6 &&
			uv_ip6_name((const struct sockaddr_in6 *)address->ai_addr, out,
				64) == 0;
}

/* The Host header: with the port, unless it is the scheme's own. */
static void name_host(char *out, size_t size, const struct transport_url *url)
{
	bool is_v6 = strchr(url->host, ':') != NULL;
	bool is_own = url->port == (url->is_tls ? 443 : 80);
	int len = snprintf(out, size, is_v6 ? "[%s]" : "%s", url->host);

	if (!is_own && len > 0 && (size_t)len < size) {
		(void)snprintf(out + len, size - (size_t)len, ":%d", url->port);
	}
}

static void connect_to(struct link *link, const char *address)
{
	char host[TRANSPORT_URL_BYTES + 16];
	struct lws_client_connect_info info = {
		.context = link->transport->lws,
		.vhost = link->transport->vhost,
		.address = address,
		.port = link->url.port,
		.ssl_connection = link->url.is_tls ? LCCSCF_USE_SSL : 0,
		.path = link->url.path,
		.host = host,
		.protocol = TRANSPORT_SUBPROTOCOL,
		.local_protocol_name = TRANSPORT_SUBPROTOCOL,
		.alpn = "http/1.1",
		.opaque_user_data = link,
		.retry_and_idle_policy = &link->transport->idle,
		.ietf_version_or_minus_one = -1,
	};

	name_host(host, sizeof(host), &link->url);
	/* If it fails at once, the wsi may be destroyed already, or later, or there never
	 * was one: the callbacks tell. */
	(void)lws_client_connect_via_info(&info);
}

/* Try the next address; false if there is none left. */
static bool try_next(struct link *link)
{
	char address[64];

	link->is_trying = true;
	while (link->next_address && !link->is_alive) {
		const struct addrinfo *this = link->next_address;

		link->next_address = this->ai_next;
		if (name_address(address, this)) {
			connect_to(link, address);
		}
	}
	link->is_trying = false;
	return link->is_alive;
}

static void on_resolved(uv_getaddrinfo_t *resolver, int status, struct addrinfo *list)
{
	struct link *link = resolver->data;

	link->is_resolving = false;
	link->addresses = list;
	link->next_address = status == 0 ? list : NULL;
	if (link->connection) {
		link->end = list ? CONNECTION_REFUSED : CONNECTION_NO_HOST;
		if (!try_next(link)) {
			finish(link);
		}
	}
	release(link);
}

static enum kr_err resolve(struct link *link)
{
	const struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM,
		.ai_family = AF_UNSPEC,
		.ai_flags = AI_ADDRCONFIG,
	};

	link->resolver.data = link;
	if (uv_getaddrinfo(link->transport->loop, &link->resolver, on_resolved,
		    link->url.host, NULL, &hints) != 0) {
		return KR_ERR_MEMORY;
	}
	link->is_resolving = true;
	link->num_holders++;
	return KR_OK;
}

enum kr_err connection_open(struct connection *connection, struct kr_view url)
{
	struct transport_url parts;
	struct link *link;
	enum kr_err err = transport_url_parse(&parts, url);

	if (err || connection->link) {
		return err ? err : KR_ERR_STATE;
	}
	link = calloc(1, sizeof(*link));
	if (!link) {
		return KR_ERR_MEMORY;
	}
	link->connection = connection;
	link->transport = connection->transport;
	link->url = parts;
	link->last = &link->first;
	kr_writer_init_max(&link->message, KR_MESSAGE_MAX);
	link->timer.data = link;
	(void)uv_timer_init(link->transport->loop, &link->timer);
	link->num_holders = 1;
	(void)uv_timer_start(&link->timer, on_timeout, CONNECTION_OPEN_MS, 0);
	connection->link = link;
	err = resolve(link);
	if (err) {
		connection->link = NULL;
		link->connection = NULL;
		finish(link);
	}
	return err;
}

/* ---- Sending ----------------------------------------------------------------------- */

enum kr_err connection_send(
	struct connection *connection, struct kr_view bytes, bool is_text)
{
	struct link *link = connection->link;
	struct outgoing *outgoing;

	if (!link || !link->is_open) {
		return KR_ERR_STATE;
	}
	if (bytes.len > KR_MESSAGE_MAX) {
		return KR_ERR_TOO_LARGE;
	}
	if (link->num_queued + bytes.len > CONNECTION_QUEUE_MAX) {
		return KR_ERR_LIMIT;
	}
	outgoing = malloc(sizeof(*outgoing) + LWS_PRE + bytes.len);
	if (!outgoing) {
		return KR_ERR_MEMORY;
	}
	*outgoing = (struct outgoing){.len = bytes.len, .is_text = is_text};
	if (bytes.len > 0) {
		memcpy(outgoing->bytes + LWS_PRE, bytes.data, bytes.len);
	}
	*link->last = outgoing;
	link->last = &outgoing->next;
	link->num_queued += bytes.len;
	(void)lws_callback_on_writable(link->wsi);
	return KR_OK;
}

/* Written here, since Debian's libwebsockets closes twice on libuv, and the second time
 * does not wait for the frame to go out. Its mask is zero: there is nothing in it to
 * hide. */
static void write_close(struct link *link)
{
	uint8_t frame[LWS_PRE + 8] = {
		[LWS_PRE] = 0x88, /* the only fragment, close */
		[LWS_PRE + 1] = 0x80 | 2,
		[LWS_PRE + 6] = KR_CLOSE_NORMAL >> 8,
		[LWS_PRE + 7] = KR_CLOSE_NORMAL & 0xff,
	};

	(void)lws_write(link->wsi, frame + LWS_PRE, 8, LWS_WRITE_RAW);
}

/* Returns what the callback has to return. */
static int on_writable(struct link *link)
{
	struct outgoing *outgoing = link->first;
	int written = 0;

	if (outgoing) {
		link->first = outgoing->next;
		link->last = link->first ? link->last : &link->first;
		link->num_queued -= outgoing->len;
		written = lws_write(link->wsi, outgoing->bytes + LWS_PRE, outgoing->len,
			outgoing->is_text ? LWS_WRITE_TEXT : LWS_WRITE_BINARY);
		kr_wipe(outgoing->bytes, LWS_PRE + outgoing->len);
		free(outgoing);
	}
	if (written < 0) {
		return -1;
	}
	if (link->first || lws_partial_buffered(link->wsi)) {
		(void)lws_callback_on_writable(link->wsi);
		return 0;
	}
	if (link->connection) {
		return 0;
	}
	write_close(link);
	return -1;
}

/* ---- Receiving --------------------------------------------------------------------- */

static int refuse(struct link *link, enum connection_end end, enum lws_close_status code)
{
	link->end = end;
	lws_close_reason(link->wsi, code, NULL, 0);
	return -1;
}

static int on_received(struct link *link, struct kr_view part)
{
	struct connection *connection = link->connection;

	if (!connection) {
		return 0;
	}
	if (lws_is_first_fragment(link->wsi)) {
		kr_writer_reset(&link->message);
	}
	kr_write_fixed(&link->message, part);
	if (link->message.err) {
		return link->message.err == KR_ERR_TOO_LARGE
			? refuse(link, CONNECTION_TOO_LARGE,
				  LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE)
			: refuse(link, CONNECTION_MEMORY,
				  LWS_CLOSE_STATUS_UNEXPECTED_CONDITION);
	}
	if (lws_is_final_fragment(link->wsi)) {
		connection->callbacks.message(connection->ctx,
			kr_writer_view(&link->message), !lws_frame_is_binary(link->wsi));
		kr_writer_reset(&link->message);
	}
	return 0;
}

/* ---- What libwebsockets says ------------------------------------------------------- */

/* The relay has agreed to kring.v1: libwebsockets takes no answer for a yes. */
static bool is_relay(struct lws *wsi)
{
	char name[sizeof(TRANSPORT_SUBPROTOCOL) + 1];

	return lws_hdr_copy(wsi, name, sizeof(name), WSI_TOKEN_PROTOCOL) > 0 &&
		strcmp(name, TRANSPORT_SUBPROTOCOL) == 0;
}

static void on_established(struct link *link)
{
	struct connection *connection = link->connection;

	link->is_open = true;
	link->end = CONNECTION_CLOSED;
	(void)uv_timer_stop(&link->timer);
	if (connection) {
		connection->callbacks.opened(connection->ctx);
	}
}

/* Nothing came of it: on to the next address, if this one did not even answer. */
static void on_connect_failed(struct link *link, const char *reason)
{
	link->wsi = NULL;
	if (!link->is_shaking_hands && reason && link->url.is_tls &&
		(strstr(reason, "cert") || strstr(reason, "SSL"))) {
		link->end = CONNECTION_TLS;
		link->next_address = NULL;
	}
}

static void on_born(struct link *link, struct lws *wsi)
{
	link->wsi = wsi;
	link->is_alive = true;
	link->num_holders++;
}

static void on_destroyed(struct link *link)
{
	if (!link->is_alive) {
		return; /* it was never born */
	}
	link->wsi = NULL;
	link->is_alive = false;
	if (link->is_shaking_hands) { /* who answers wrongly does so on every address */
		link->end = CONNECTION_NO_RELAY;
		link->next_address = NULL;
	}
	if (!link->is_trying && (!link->connection || !try_next(link))) {
		finish(link);
	}
	release(link);
}

/* libwebsockets 4.1 takes 1012 and 1013 for no codes at all, and says 1002 instead. A
 * relay itself says 1002 to a client that breaks the protocol, which this one does
 * not. */
static void on_close_frame(struct link *link, struct kr_view frame)
{
	struct kr_reader r = kr_reader(frame);

	if (!kr_read_u16(&r, &link->code) && link->code == KR_CLOSE_PROTOCOL) {
		link->code = KR_CLOSE_RESTART;
	}
}

/* Returns what the callback has to return. */
static int on_event(struct link *link, struct lws *wsi, enum lws_callback_reasons reason,
	void *in, size_t len)
{
	switch (reason) {
	case LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED: /* of clients as well */
		on_born(link, wsi);
		return 0;
	case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
		link->is_shaking_hands = true;
		return 0;
	case LWS_CALLBACK_CLIENT_HTTP_REDIRECT:
		return 1;
	case LWS_CALLBACK_CLIENT_FILTER_PRE_ESTABLISH:
		return is_relay(wsi) ? 0 : -1;
	case LWS_CALLBACK_CLIENT_ESTABLISHED:
		on_established(link);
		return 0;
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
		on_connect_failed(link, in);
		return 0;
	case LWS_CALLBACK_CLIENT_RECEIVE:
		return on_received(link, kr_view(in, len));
	case LWS_CALLBACK_CLIENT_WRITEABLE:
		return on_writable(link);
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
		on_close_frame(link, kr_view(in, len));
		return 0;
	case LWS_CALLBACK_CLIENT_CLOSED:
		link->wsi = NULL;
		link->is_open = false;
		finish(link);
		return 0;
	default:
		return 0;
	}
}

int connection_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user,
	void *in, size_t len)
{
	struct link *link = lws_get_opaque_user_data(wsi);
	int result;

	(void)user;
	if (!link) {
		return 0;
	}
	if (reason == LWS_CALLBACK_WSI_DESTROY) {
		on_destroyed(link);
		return 0;
	}
	link->is_in_callback = true;
	result = on_event(link, wsi, reason, in, len);
	link->is_in_callback = false;
	return link->is_abandoned ? -1 : result;
}

/* ---- Connections ------------------------------------------------------------------- */

static const char *const end_names[] = {
	[CONNECTION_CLOSED] = "closed",
	[CONNECTION_NO_HOST] = "no_host",
	[CONNECTION_REFUSED] = "refused",
	[CONNECTION_TIMEOUT] = "timeout",
	[CONNECTION_TLS] = "tls",
	[CONNECTION_NO_RELAY] = "no_relay",
	[CONNECTION_TOO_LARGE] = "too_large",
	[CONNECTION_MEMORY] = "memory",
};

const char *connection_end_name(enum connection_end end)
{
	return (size_t)end < sizeof(end_names) / sizeof(end_names[0]) ? end_names[end]
								      : "unknown";
}

enum kr_err connection_new(struct connection **out, struct transport *transport,
	const struct connection_callbacks *callbacks, void *ctx)
{
	struct connection *connection = malloc(sizeof(*connection));

	*out = connection;
	if (!connection) {
		return KR_ERR_MEMORY;
	}
	*connection = (struct connection){
		.transport = transport, .callbacks = *callbacks, .ctx = ctx};
	return KR_OK;
}

/* The link stays behind. */
static struct link *detach(struct connection *connection)
{
	struct link *link = connection->link;

	if (link) {
		connection->link = NULL;
		link->connection = NULL;
	}
	return link;
}

void connection_close(struct connection *connection)
{
	struct link *link = detach(connection);

	if (!link) {
		return;
	}
	if (!link->is_open) {
		finish(link);
		abandon(link);
		return;
	}
	(void)uv_timer_start(&link->timer, on_timeout, GOODBYE_MS, 0);
	(void)lws_callback_on_writable(link->wsi);
}

void connection_free(struct connection *connection)
{
	struct link *link;

	if (!connection) {
		return;
	}
	link = detach(connection);
	if (link) {
		finish(link);
		abandon(link);
	}
	free(connection);
}
