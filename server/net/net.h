/* The network of kringd: one event loop, WebSocket and HTTP on one port, TLS.
 *
 * The only part that knows libwebsockets and libuv. It moves bytes and keeps time; what
 * the bytes mean is server/relay's business. Everything here runs on the thread that
 * called net_run, except net_wake. */
#ifndef KRING_NET_NET_H
#define KRING_NET_NET_H

#include <stdbool.h>
#include <stdint.h>

#include <kring/codec.h>

#define NET_MAX_LISTENERS 8
#define NET_MAX_ORIGINS   32

struct relay;
struct net;

struct net_listen {
	const char *address; /* numeric */
	uint16_t port;       /* 0: the kernel picks */
	bool tls;
};

/* The strings are the caller's and stay valid until another configuration took its
 * place. */
struct net_config {
	const char *name; /* of the relay: what clients sign, and the app's connect-src */
	struct net_listen listen[NET_MAX_LISTENERS];
	size_t num_listen;
	struct net_listen metrics; /* address NULL: none */
	const char *origins[NET_MAX_ORIGINS];
	size_t num_origins;
	const char *tls_certificate; /* PEM files; NULL without a TLS listener */
	const char *tls_key;
	const char *web_root;     /* NULL: no web app is served */
	const char *web_config;   /* /config.json, the text itself; NULL: no web app */
	const char *security_txt; /* the text itself; NULL: 404 */
	bool behind_proxy; /* take a loopback peer's X-Forwarded-For for the address */
	uint32_t max_connections;
	uint32_t max_connections_per_address;
	uint32_t idle_ms;  /* nothing arrived for this long: closed with 4002 */
	uint32_t drain_ms; /* connections are closed over this span when kringd stops */
};

/* Counted from the start; for the metrics and for kringctl. */
struct net_counters {
	uint64_t accepted;
	uint64_t refused_full;    /* beyond max_connections */
	uint64_t refused_address; /* beyond max_connections_per_address */
	uint64_t refused_origin;
	uint64_t refused_upgrade; /* a handshake that is not kring.v1 */
	uint64_t http_requests;
	uint64_t messages_in;
	uint64_t bytes_in;
	uint64_t writes;
	uint64_t bytes_out;
	uint64_t closed_idle;
	uint64_t closed_slow;
	uint64_t closed_too_large;
	uint32_t connections; /* now */
	uint32_t sessions;    /* now: connections that speak kring.v1 */
};

/* What the owner of the process is asked. All run on the loop's thread. */
struct net_callbacks {
	void *ctx;
	void (*on_reload)(void *ctx); /* SIGHUP */
	void (*on_wake)(void *ctx);   /* after net_wake, once for one or more calls */
	/* Append what else should be in /metrics to text. */
	void (*on_metrics)(void *ctx, struct kr_writer *text);
	/* Whether new work is taken; decides what /readyz says. */
	bool (*is_ready)(void *ctx);
};

/* Bind all sockets and load what has to be loaded; nothing is accepted yet, so that the
 * caller can give up privileges in between. Faults are in the journal, with a remedy.
 * KR_ERR_ARGUMENT, KR_ERR_STATE, KR_ERR_MEMORY. */
enum kr_err net_new(struct net **out, const struct net_config *config,
	const struct net_callbacks *callbacks);

/* What a configuration may be asked before there is a net. An address is numeric, IPv4 or
 * IPv6; loopback is 127.0.0.0/8 and ::1. */
bool net_address_is_numeric(const char *address);
bool net_address_is_loopback(const char *address);

/* Whether the certificate, the key and the web root of a configuration can be used;
 * *fault says in English what cannot, and why (static). KR_ERR_ARGUMENT. */
enum kr_err net_check(const struct net_config *config, const char **fault);

/* The port that a listener got. */
uint16_t net_port(const struct net *net, size_t listener);
uint16_t net_metrics_port(const struct net *net);

/* Serve until a signal ends it: SIGTERM and SIGINT drain first; a second one does not
 * wait. */
enum kr_err net_run(struct net *net, struct relay *relay);

/* Take another configuration: origins, certificate, web root, limits and texts. Listeners
 * stay as they were. On failure everything stays as it was, and the journal says why. */
enum kr_err net_reload(struct net *net, const struct net_config *config);

/* Have on_wake called on the loop's thread, soon; from any thread, cheap. */
void net_wake(struct net *net);

const struct net_counters *net_counters(const struct net *net);

void net_free(struct net *net);

#endif
