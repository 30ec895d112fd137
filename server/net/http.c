#include "server/net/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <kring/codec.h>

#include "server/net/accept.h"
#include "server/net/metrics.h"
#include "server/net/range.h"
#include "server/net/upgrade.h"

#define HEADERS_BYTES    4096
#define PATH_BYTES       512
#define HEADER_VALUE_MAX 256
#define SEND_CHUNK       ((size_t)32 << 10)
#define REFUSAL_MAX      128 /* bytes of a refusal's text */

#define TEXT_PLAIN "text/plain; charset=utf-8"

/* What a response is, apart from its body. */
struct http_response {
	unsigned int status;
	const char *type;
	const char *etag;          /* NULL: none */
	const char *cache;         /* Cache-Control */
	const char *encoding;      /* Content-Encoding; NULL: none */
	const char *allow;         /* Allow; NULL: none */
	const char *content_range; /* NULL: none */
	size_t content_length;
	bool is_file;
	bool is_worker;
	bool close; /* the connection ends after it */
};

/* ---- Headers ----------------------------------------------------------------------- */

/* https://x becomes wss://x; Safari before 15.4 does not take 'self' for a WebSocket. */
static void append_websocket_origin(char *csp, size_t cap, const char *origin)
{
	size_t used = strlen(csp);
	const char *host = strstr(origin, "://");
	const char *scheme = strncmp(origin, "http://", 7) == 0 ? "ws" : "wss";

	if (host && used + strlen(origin) + 2 < cap) {
		(void)snprintf(csp + used, cap - used, " %s%s", scheme, host);
	}
}

void http_headers_make(struct net_headers *headers, const struct net_config *config)
{
	char connect[NET_CSP_BYTES / 2];

	(void)snprintf(
		connect, sizeof(connect), "connect-src 'self' wss://%s", config->name);
	for (size_t i = 0; i < config->num_origins; i++) {
		append_websocket_origin(connect, sizeof(connect), config->origins[i]);
	}
	(void)snprintf(headers->csp_page, sizeof(headers->csp_page),
		"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' "
		"data:; "
		"font-src 'self'; manifest-src 'self'; worker-src 'self'; %s; base-uri "
		"'none'; "
		"form-action 'none'; frame-ancestors 'none'; "
		"require-trusted-types-for 'script'; trusted-types kring",
		connect);
	(void)snprintf(headers->csp_worker, sizeof(headers->csp_worker),
		"default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; %s; base-uri "
		"'none'; "
		"form-action 'none'; frame-ancestors 'none'",
		connect);
}

struct header_writer {
	struct lws *wsi;
	unsigned char *p;
	unsigned char *end;
	bool failed;
};

static void header(struct header_writer *w, const char *name, const char *value)
{
	if (w->failed || !value) {
		return;
	}
	w->failed = lws_add_http_header_by_name(w->wsi, (const unsigned char *)name,
			    (const unsigned char *)value, (int)strlen(value), &w->p,
			    w->end) != 0;
}

static void security_headers(struct header_writer *w, const struct conn *conn,
	const struct http_response *response)
{
	const struct net_headers *made = &conn->net->headers;

	header(w, "content-security-policy:",
		response->is_worker ? made->csp_worker : made->csp_page);
	header(w, "x-content-type-options:", "nosniff");
	header(w, "x-frame-options:", "DENY");
	header(w, "referrer-policy:", "no-referrer");
	header(w, "cross-origin-opener-policy:", "same-origin");
	header(w, "cross-origin-resource-policy:", "same-origin");
	header(w, "permissions-policy:",
		"camera=(self), geolocation=(), microphone=(), payment=(), usb=()");
	if (conn->vhost == NET_VHOST_TLS) {
		header(w, "strict-transport-security:",
			"max-age=63072000; includeSubDomains");
	}
}

/* Non-zero: the connection is of no more use. */
static int send_headers(
	struct lws *wsi, const struct conn *conn, const struct http_response *response)
{
	unsigned char buffer[LWS_PRE + HEADERS_BYTES];
	unsigned char *start = buffer + LWS_PRE;
	struct header_writer w = {
		.wsi = wsi, .p = start, .end = buffer + sizeof(buffer) - 1};

	w.failed = lws_add_http_header_status(wsi, response->status, &w.p, w.end) != 0;
	header(&w, "content-type:", response->type);
	header(&w, "etag:", response->etag);
	header(&w, "cache-control:", response->cache);
	header(&w, "content-encoding:", response->encoding);
	header(&w, "content-range:", response->content_range);
	header(&w, "allow:", response->allow);
	header(&w, "connection:", response->close ? "close" : NULL);
	header(&w, "accept-ranges:", response->is_file ? "bytes" : NULL);
	header(&w, "vary:", response->is_file ? "accept-encoding" : NULL);
	security_headers(&w, conn, response);
	if (w.failed ||
		(response->status != 304 &&
			lws_add_http_header_content_length(
				wsi, response->content_length, &w.p, w.end))) {
		return -1;
	}
	return lws_finalize_write_http_header(wsi, start, &w.p, w.end);
}

/* ---- Bodies ------------------------------------------------------------------------ */

static void transfer_end(struct http_transfer *transfer)
{
	files_unref(transfer->files);
	kr_bytes_free(&transfer->owned);
	*transfer = (struct http_transfer){0};
}

static int transaction_done(struct lws *wsi)
{
	return lws_http_transaction_completed(wsi) ? -1 : 0;
}

static int transfer_begin(struct lws *wsi, const struct http_transfer *transfer)
{
	if (!transfer->rest.len) {
		return transaction_done(wsi);
	}
	lws_callback_on_writable(wsi);
	return 0;
}

static int transfer_continue(struct lws *wsi, struct http_transfer *transfer)
{
	size_t len = transfer->rest.len < SEND_CHUNK ? transfer->rest.len : SEND_CHUNK;
	bool last = len == transfer->rest.len;

	if (!len) {
		return 0;
	}
	/* libwebsockets takes a mutable buffer for HTTP/2 and WebSocket headers, which it
	 * writes in front; for HTTP/1 it only reads. */
	if (lws_write(wsi, (unsigned char *)transfer->rest.data, len,
		    last ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) < (int)len) {
		return -1;
	}
	transfer->rest = kr_view(transfer->rest.data + len, transfer->rest.len - len);
	if (!last) {
		lws_callback_on_writable(wsi);
		return 0;
	}
	transfer_end(transfer);
	return transaction_done(wsi);
}

/* ---- Requests ---------------------------------------------------------------------- */

static int answer_text(struct lws *wsi, struct conn *conn, struct http_transfer *transfer,
	struct http_response *response, struct kr_view text, bool head_only)
{
	response->content_length = text.len;
	if (!response->type) {
		response->type = TEXT_PLAIN;
	}
	if (!response->cache) {
		response->cache = "no-store";
	}
	if (kr_bytes_copy(&transfer->owned, head_only ? kr_view(NULL, 0) : text) ||
		send_headers(wsi, conn, response)) {
		return -1;
	}
	transfer->rest = kr_view_bytes(&transfer->owned);
	return transfer_begin(wsi, transfer);
}

/* Answer at once and hang up: there may be a body coming that nobody will read. */
static int refuse(struct lws *wsi, const struct conn *conn,
	struct http_response *response, const char *text)
{
	unsigned char body[LWS_PRE + REFUSAL_MAX];
	size_t len = strlen(text) < REFUSAL_MAX ? strlen(text) : REFUSAL_MAX;

	response->type = TEXT_PLAIN;
	response->cache = "no-store";
	response->close = true;
	response->content_length = len;
	if (!send_headers(wsi, conn, response)) {
		memcpy(body + LWS_PRE, text, len);
		(void)lws_write(wsi, body + LWS_PRE, len, LWS_WRITE_HTTP_FINAL);
	}
	return -1;
}

int http_refuse(
	struct lws *wsi, const struct conn *conn, unsigned int status, const char *text)
{
	struct http_response response = {.status = status};

	return refuse(wsi, conn, &response, text);
}

static bool header_value(
	struct lws *wsi, enum lws_token_indexes token, char value[HEADER_VALUE_MAX])
{
	return lws_hdr_copy(wsi, value, HEADER_VALUE_MAX, token) > 0;
}

/* Whether a list of entity tags, or *, names this one. */
static bool etag_listed(const char *list, const char *etag)
{
	return strcmp(list, "*") == 0 || strstr(list, etag) != NULL;
}

/* Narrow the body to what Range asks for. A range that may not be honoured is ignored, as
 * RFC 9110 §14.2 allows; one that cannot be is answered 416. */
static void apply_range(struct lws *wsi, struct http_response *response,
	struct kr_view *body, char content_range[HEADER_VALUE_MAX])
{
	char value[HEADER_VALUE_MAX], if_range[HEADER_VALUE_MAX];
	size_t first, last;

	if (!header_value(wsi, WSI_TOKEN_HTTP_RANGE, value) ||
		(header_value(wsi, WSI_TOKEN_HTTP_IF_RANGE, if_range) &&
			strcmp(if_range, response->etag) != 0)) {
		return;
	}
	switch (range_parse(value, body->len, &first, &last)) {
	case RANGE_NONE:
		return;
	case RANGE_UNSATISFIABLE:
		response->status = 416;
		(void)snprintf(content_range, HEADER_VALUE_MAX, "bytes */%zu", body->len);
		*body = kr_view(NULL, 0);
		break;
	case RANGE_ONE:
		response->status = 206;
		(void)snprintf(content_range, HEADER_VALUE_MAX, "bytes %zu-%zu/%zu",
			first, last, body->len);
		*body = kr_view(body->data + first, last - first + 1);
		break;
	}
	response->content_range = content_range;
}

static int answer_file(struct lws *wsi, struct conn *conn, struct http_transfer *transfer,
	const struct file *file, bool head_only)
{
	char value[HEADER_VALUE_MAX], content_range[HEADER_VALUE_MAX];
	bool gzip = file->gzip.data &&
		header_value(wsi, WSI_TOKEN_HTTP_ACCEPT_ENCODING, value) &&
		strstr(value, "gzip");
	struct kr_view body = kr_view_bytes(gzip ? &file->gzip : &file->body);
	struct http_response response = {
		.status = 200,
		.type = file->type,
		.etag = gzip ? file->etag_gzip : file->etag,
		.encoding = gzip ? "gzip" : NULL,
		.cache = file->immutable ? "public, max-age=31536000, immutable"
					 : "no-cache",
		.is_file = true,
		.is_worker = file->is_worker,
	};

	if (header_value(wsi, WSI_TOKEN_HTTP_IF_NONE_MATCH, value) &&
		etag_listed(value, response.etag)) {
		response.status = 304;
		body = kr_view(NULL, 0);
	} else {
		apply_range(wsi, &response, &body, content_range);
	}
	response.content_length = body.len;
	if (send_headers(wsi, conn, &response)) {
		return -1;
	}
	if (!head_only && body.len) {
		transfer->files = files_ref(conn->net->files);
		transfer->rest = body;
	}
	return transfer_begin(wsi, transfer);
}

static int answer_metrics(struct lws *wsi, struct conn *conn,
	struct http_transfer *transfer, bool head_only)
{
	struct http_response response = {.status = 200, .type = METRICS_CONTENT_TYPE};
	KR_AUTO_WRITER struct kr_writer text = {0};

	kr_writer_init(&text);
	metrics_write(conn->net, &text);
	if (text.err) {
		return -1;
	}
	return answer_text(
		wsi, conn, transfer, &response, kr_writer_view(&text), head_only);
}

static int answer_path(struct lws *wsi, struct conn *conn, struct http_transfer *transfer,
	const char *path, bool head_only)
{
	struct net *net = conn->net;
	struct http_response response = {.status = 200};
	const struct file *file;
	const char *text = "not found\n";

	if (conn->vhost == NET_VHOST_METRICS) {
		if (strcmp(path, "/metrics") == 0) {
			return answer_metrics(wsi, conn, transfer, head_only);
		}
		response.status = 404;
	} else if (strcmp(path, "/healthz") == 0) {
		text = "ok\n";
	} else if (strcmp(path, "/readyz") == 0) {
		bool ready =
			!net->draining && net->callbacks.is_ready(net->callbacks.ctx);

		response.status = ready ? 200 : 503;
		text = ready ? "ready\n" : "not ready\n";
	} else if (net->config->security_txt &&
		strcmp(path, "/.well-known/security.txt") == 0) {
		text = net->config->security_txt;
	} else if (net->config->web_config && strcmp(path, "/config.json") == 0) {
		text = net->config->web_config;
		response.type = "application/json";
	} else if (strcmp(path, UPGRADE_PATH) == 0) {
		response.status = 426;
		text = "this is a WebSocket\n";
	} else {
		file = net->files ? files_find(net->files, path) : NULL;
		if (file) {
			return answer_file(wsi, conn, transfer, file, head_only);
		}
		response.status = 404;
	}
	return answer_text(wsi, conn, transfer, &response, kr_view_str(text), head_only);
}

static int on_request(struct lws *wsi, struct conn *conn, struct http_transfer *transfer)
{
	struct http_response refused = {.status = 405, .allow = "GET, HEAD"};
	char path[PATH_BYTES];
	char *uri = NULL;
	int len = 0;
	int method = lws_http_get_uri_and_method(wsi, &uri, &len);

	conn->net->counters.http_requests++;
	transfer_end(transfer);
	if (method != LWSHUMETH_GET && method != LWSHUMETH_HEAD) {
		return refuse(wsi, conn, &refused, "method not allowed\n");
	}
	if (!uri || len <= 0 || (size_t)len >= sizeof(path) ||
		memchr(uri, '\0', (size_t)len)) {
		refused = (struct http_response){.status = 404};
		return answer_text(wsi, conn, transfer, &refused,
			kr_view_str("not found\n"), method == LWSHUMETH_HEAD);
	}
	memcpy(path, uri, (size_t)len);
	path[len] = '\0';
	return answer_path(wsi, conn, transfer, path, method == LWSHUMETH_HEAD);
}

int http_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
	size_t len)
{
	struct conn *conn = lws_get_opaque_user_data(wsi);

	(void)len;
	switch (reason) {
	case LWS_CALLBACK_HTTP:
		return on_request(wsi, conn, user);
	case LWS_CALLBACK_HTTP_WRITEABLE:
		return transfer_continue(wsi, user);
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
		return upgrade_confirm(wsi, conn, in);
	case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
		/* A WebSocket handshake ended here although upgrade_confirm lets only
		 * those pass that name kring.v1: no session without it. */
		return -1;
	case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
	case LWS_CALLBACK_CLOSED_HTTP:
		if (user) {
			transfer_end(user);
		}
		return 0;
	case LWS_CALLBACK_WSI_CREATE:
		((struct net *)lws_vhost_user(lws_get_vhost(wsi)))->adopted = true;
		return 0;
	case LWS_CALLBACK_WSI_DESTROY:
		if (conn) {
			conn_gone(conn);
		}
		return 0;
	default:
		return 0;
	}
}
