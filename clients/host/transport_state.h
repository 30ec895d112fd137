/* What transport.c and connection.c share; see transport.h. */
#ifndef KRING_HOST_TRANSPORT_STATE_H
#define KRING_HOST_TRANSPORT_STATE_H

#include <libwebsockets.h>
#include <uv.h>

#include "clients/host/transport.h"

#define TRANSPORT_SUBPROTOCOL "kring.v1"

struct ssl_ctx_st;

struct transport {
	uv_loop_t *loop;
	struct lws_context *lws;
	struct lws_vhost *vhost;
	struct ssl_ctx_st *tls;
	lws_retry_bo_t idle;
};

#define TRANSPORT_URL_BYTES 512

/* A URL in parts. */
struct transport_url {
	char host[TRANSPORT_URL_BYTES]; /* without brackets */
	char path[TRANSPORT_URL_BYTES];
	int port;
	bool is_tls;
};

/* KR_ERR_ARGUMENT for what transport_check_url refuses. */
enum kr_err transport_url_parse(struct transport_url *out, struct kr_view url);

/* For tests: after how many seconds without a sign of life a connection is pinged, and
 * given up. */
void transport_set_idle(struct transport *transport, unsigned ping_s, unsigned hangup_s);

/* TLS 1.3 alone, certificates verified, no resumption. Freed with SSL_CTX_free.
 * KR_ERR_NOT_FOUND, KR_ERR_MEMORY. */
enum kr_err transport_tls_new(struct ssl_ctx_st **out, const char *ca_file);
void transport_tls_free(struct ssl_ctx_st *tls);

/* libwebsockets' callback for connections. */
int connection_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user,
	void *in, size_t len);

#endif
