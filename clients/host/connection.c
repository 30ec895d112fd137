/* One connection after the other. What belongs to one of them, from resolving the name to
 * the last byte, is a struct link: it stays behind when its connection is closed or freed, and
 * frees itself when the loop has let go of it. */
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

/* Ends whatever goes on, without a word to the relay. */
static void abandon(struct link *link)
{
	if (link->is_resolving) {
		(void)uv_cancel((uv_req_t *)&link->resolver);
	}
	if (link->wsi) {
		lws_set_timeout(
			link->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
	}
}

static void on_timeout(uv_timer_t *timer)
{
	struct link *link = timer->data;

	link->end = CONNECTION_TIMEOUT;
	abandon(link);
	finish(link);
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
	lws_close_reason(link->wsi, LWS_CLOSE_STATUS_NORMAL, NULL, 0);
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
	if (link->is_shaking_hands) {
		link->end = CONNECTION_NO_RELAY;
		link->next_address = NULL;
	} else if (reason && link->url.is_tls &&
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
	if (!link->is_trying && (!link->connection || !try_next(link))) {
		finish(link);
	}
	release(link);
}

int connection_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user,
	void *in, size_t len)
{
	struct link *link = lws_get_opaque_user_data(wsi);

	(void)user;
	if (!link) {
		return 0;
	}
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
		if (len >= 2) {
			const uint8_t *code = in;

			link->code = (uint16_t)((unsigned)code[0] << 8 | code[1]);
		}
		return 0;
	case LWS_CALLBACK_CLIENT_CLOSED:
		link->wsi = NULL;
		link->is_open = false;
		finish(link);
		return 0;
	case LWS_CALLBACK_WSI_DESTROY:
		on_destroyed(link);
		return 0;
	default:
		return 0;
	}
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
		abandon(link);
		finish(link);
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
		abandon(link);
		finish(link);
	}
	free(connection);
}
