/* What the files of server/net share. Nothing outside includes this; see net.h. */
#ifndef KRING_NET_STATE_H
#define KRING_NET_STATE_H

#include <libwebsockets.h>
#include <uv.h>

#include "server/net/files.h"
#include "server/net/listener.h"
#include "server/net/net.h"

struct ssl_ctx_st;

/* The kinds of virtual host that a connection can belong to. */
enum net_vhost {
	NET_VHOST_PLAIN,
	NET_VHOST_TLS,
	NET_VHOST_METRICS,
	NET_NUM_VHOSTS,
};

/* One accepted connection, from accept() until libwebsockets lets go of it. */
struct conn {
	struct net *net;
	struct conn *next; /* all of them, for the drain */
	struct conn **link;
	struct lws *wsi;
	struct net_peer peer;
	uint8_t vhost; /* enum net_vhost */

	/* Once it speaks kring.v1: */
	struct relay_conn *session; /* NULL before, and after its end began */
	uint16_t close_code;        /* 0, or the one that it is being closed with */
	bool close_sent;            /* its close frame was written */
	bool discarding;            /* the rest of a message that was refused */
	bool is_text;               /* the message that is being put together */
	struct kr_bytes message;    /* its storage; empty between messages */
	size_t message_len;         /* how much of it is there */
	uint64_t message_since;     /* on the loop's clock: when it began */
};

/* Headers that every response carries, made once a configuration. */
#define NET_CSP_BYTES 2048
struct net_headers {
	char csp_page[NET_CSP_BYTES];
	char csp_worker[NET_CSP_BYTES];
};

#define NET_NUM_SIGNALS 3 /* SIGTERM, SIGINT, SIGHUP */

/* One write carries at most this much; libwebsockets' tx_packet_size is the same. */
#define NET_WRITE_BYTES ((size_t)64 << 10)

struct net {
	uv_loop_t loop;
	uv_async_t wake;
	uv_prepare_t before_poll;
	uv_timer_t tick;
	uv_timer_t drain_timer;
	uv_signal_t signals[NET_NUM_SIGNALS];
	bool loop_ready; /* the handles above are open */

	const struct net_config *config;
	struct net_callbacks callbacks;
	struct relay *relay;
	struct lws_context *lws;
	struct lws_vhost *vhosts[NET_NUM_VHOSTS];
	struct ssl_ctx_st *tls_ctx; /* of the TLS vhost; libwebsockets owns it */
	struct net_listener listeners[NET_MAX_LISTENERS];
	size_t num_listeners;
	struct net_listener metrics_listener;

	struct files *files; /* NULL: no web root */
	struct net_headers headers;
	void *peers;        /* tsearch tree: connections by address */
	struct conn *conns; /* all of them */
	size_t assembling;  /* storage of all messages that are put together */
	struct net_counters counters;
	bool adopted; /* libwebsockets took the connection that is being accepted */
	bool draining;
	uint64_t drain_until;    /* on the loop's clock */
	uint64_t drain_sessions; /* when it began */
	unsigned char out[LWS_PRE + NET_WRITE_BYTES];
};

#endif
