/* HTTP beside the WebSocket: health, security.txt, the web app's files, and metrics. */
#ifndef KRING_NET_HTTP_H
#define KRING_NET_HTTP_H

#include "server/net/state.h"

/* What a connection keeps for libwebsockets while it sends one response. */
struct http_transfer {
	struct files *files;   /* a reference, while rest points into it */
	struct kr_bytes owned; /* or the body itself */
	struct kr_view rest;   /* not sent yet */
};

/* protocols[0] of the public hosts, and the only one of the metrics host. */
int http_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
	size_t len);

/* Make the security headers for a configuration. */
void http_headers_make(struct net_headers *headers, const struct net_config *config);

/* Answer a request with a status and a line of text, and end the connection: returns what
 * a callback then returns. */
int http_refuse(
	struct lws *wsi, const struct conn *conn, unsigned int status, const char *text);

#endif
