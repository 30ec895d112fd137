/* Listening sockets of our own.
 *
 * libwebsockets could listen by itself, but binds every address when it is given one
 * (`iface` with IPv6 compiled in), cannot bind before privileges are dropped, and has no
 * cap on connections by address before a TLS handshake. So sockets are bound and accepted
 * here and adopted by libwebsockets afterwards. */
#ifndef KRING_NET_LISTENER_H
#define KRING_NET_LISTENER_H

#include <stdbool.h>
#include <stdint.h>

#include <netinet/in.h>
#include <uv.h>

#include <kring/err.h>

/* Who connected: an IPv4 address stands as ::ffff:a.b.c.d. */
struct net_peer {
	uint8_t address[16];
};

/* What limits count by: an IPv4 address, or the /64 of an IPv6 one, since a household or
 * a server has at least that much. */
void net_peer_network(uint8_t network[16], const struct net_peer *peer);

/* A socket that accepted; fd is non-blocking, close-on-exec, and the callee's. */
typedef void net_accept_fn(void *ctx, int fd, const struct net_peer *peer);

struct net_listener {
	uv_poll_t poll;
	int fd;       /* -1: not open */
	int spare_fd; /* given up to accept and close when descriptors run out */
	uint16_t port;
	net_accept_fn *on_accept;
	void *ctx;
};

/* Parse a numeric IPv4 or IPv6 address and a port. KR_ERR_ARGUMENT for anything else;
 * names are not looked up. */
enum kr_err net_address_parse(struct sockaddr_in6 *out_v6, struct sockaddr_in *out_v4,
	bool *is_v6, const char *address, uint16_t port);

/* Bind and listen; nothing is accepted before net_listener_start. Port 0 lets the kernel
 * pick; listener->port holds what it became. An IPv6 socket takes IPv6 only.
 * KR_ERR_ARGUMENT, or KR_ERR_STATE with errno as the system set it. */
enum kr_err net_listener_bind(
	struct net_listener *listener, const char *address, uint16_t port);

/* Accept on the loop and hand each connection to on_accept. KR_ERR_STATE. */
enum kr_err net_listener_start(struct net_listener *listener, uv_loop_t *loop,
	net_accept_fn *on_accept, void *ctx);

/* Stop and close; the memory may go once the loop has turned. Happy with a zeroed
 * listener whose fd is -1. */
void net_listener_close(struct net_listener *listener);

#endif
