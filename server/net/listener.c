#include "server/net/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/journal/journal.h"
#include "server/net/net.h"

/* Connections that wait for accept(); the kernel caps it with net.core.somaxconn. */
#define LISTEN_BACKLOG 4096

/* Accepted in one go, so that a flood of connects leaves time for those that are
 * there. */
#define ACCEPTS_PER_TURN 64

enum kr_err net_address_parse(struct sockaddr_in6 *out_v6, struct sockaddr_in *out_v4,
	bool *is_v6, const char *address, uint16_t port)
{
	*out_v6 =
		(struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(port)};
	*out_v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
	*is_v6 = false;
	if (inet_pton(AF_INET, address, &out_v4->sin_addr) == 1) {
		return KR_OK;
	}
	if (inet_pton(AF_INET6, address, &out_v6->sin6_addr) == 1) {
		*is_v6 = true;
		return KR_OK;
	}
	return KR_ERR_ARGUMENT;
}

bool net_address_is_numeric(const char *address)
{
	struct sockaddr_in6 v6;
	struct sockaddr_in v4;
	bool is_v6;

	return net_address_parse(&v6, &v4, &is_v6, address, 0) == KR_OK;
}

bool net_address_is_loopback(const char *address)
{
	struct sockaddr_in6 v6;
	struct sockaddr_in v4;
	bool is_v6;

	if (net_address_parse(&v6, &v4, &is_v6, address, 0)) {
		return false;
	}
	if (is_v6) {
		return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
	}
	return (ntohl(v4.sin_addr.s_addr) >> 24) == 127;
}

static uint16_t bound_port(int fd)
{
	struct sockaddr_storage bound = {0};
	socklen_t len = sizeof(bound);

	if (getsockname(fd, (struct sockaddr *)&bound, &len)) {
		return 0;
	}
	if (bound.ss_family == AF_INET6) {
		return ntohs(((struct sockaddr_in6 *)&bound)->sin6_port);
	}
	return ntohs(((struct sockaddr_in *)&bound)->sin_port);
}

static int bind_socket(const struct sockaddr *address, socklen_t len)
{
	int one = 1;
	int fd =
		socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0) {
		return -1;
	}
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
		(address->sa_family == AF_INET6 &&
			setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one))) ||
		bind(fd, address, len) || listen(fd, LISTEN_BACKLOG)) {
		int saved = errno;

		(void)close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

enum kr_err net_listener_bind(
	struct net_listener *listener, const char *address, uint16_t port)
{
	struct sockaddr_in6 v6;
	struct sockaddr_in v4;
	bool is_v6;
	enum kr_err err;

	*listener = (struct net_listener){.fd = -1, .spare_fd = -1};
	err = net_address_parse(&v6, &v4, &is_v6, address, port);
	if (err) {
		return err;
	}
	listener->fd = is_v6 ? bind_socket((struct sockaddr *)&v6, sizeof(v6))
			     : bind_socket((struct sockaddr *)&v4, sizeof(v4));
	if (listener->fd < 0) {
		return KR_ERR_STATE;
	}
	listener->spare_fd = fcntl(listener->fd, F_DUPFD_CLOEXEC, 0);
	listener->port = bound_port(listener->fd);
	return KR_OK;
}

static const uint8_t v4_mapped[12] = {[10] = 0xff, [11] = 0xff};

void net_peer_network(uint8_t network[16], const struct net_peer *peer)
{
	memcpy(network, peer->address, 16);
	if (memcmp(network, v4_mapped, sizeof(v4_mapped)) != 0) {
		memset(network + 8, 0, 8);
	}
}

static void peer_from_sockaddr(struct net_peer *peer, const struct sockaddr_storage *from)
{
	*peer = (struct net_peer){0};
	if (from->ss_family == AF_INET6) {
		memcpy(peer->address, &((const struct sockaddr_in6 *)from)->sin6_addr,
			16);
	} else if (from->ss_family == AF_INET) {
		memcpy(peer->address, v4_mapped, sizeof(v4_mapped));
		memcpy(peer->address + 12, &((const struct sockaddr_in *)from)->sin_addr,
			4);
	}
}

/* Out of descriptors: a connection that is left in the queue would keep the loop busy, so
 * take it with the spare descriptor and hang up. */
static void refuse_one(struct net_listener *listener)
{
	int fd;

	if (listener->spare_fd >= 0) {
		(void)close(listener->spare_fd);
	}
	fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC);
	if (fd >= 0) {
		(void)close(fd);
	}
	listener->spare_fd = fcntl(listener->fd, F_DUPFD_CLOEXEC, 0);
	journal(JOURNAL_WARNING, "descriptors_exhausted", "remedy=\"raise LimitNOFILE\"");
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct net_listener *listener = poll->data;

	(void)events;
	for (int i = 0; status == 0 && i < ACCEPTS_PER_TURN; i++) {
		struct sockaddr_storage from = {0};
		socklen_t len = sizeof(from);
		struct net_peer peer;
		int one = 1;
		int fd = accept4(listener->fd, (struct sockaddr *)&from, &len,
			SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0) {
			if (errno == EMFILE || errno == ENFILE) {
				refuse_one(listener);
			}
			return;
		}
		/* Writes are joined here already; waiting for more would only delay
		 * them. */
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		peer_from_sockaddr(&peer, &from);
		listener->on_accept(listener->ctx, fd, &peer);
	}
}

enum kr_err net_listener_start(struct net_listener *listener, uv_loop_t *loop,
	net_accept_fn *on_accept, void *ctx)
{
	listener->on_accept = on_accept;
	listener->ctx = ctx;
	if (uv_poll_init(loop, &listener->poll, listener->fd)) {
		return KR_ERR_STATE;
	}
	listener->poll.data = listener;
	return uv_poll_start(&listener->poll, UV_READABLE, on_readable) ? KR_ERR_STATE
									: KR_OK;
}

void net_listener_close(struct net_listener *listener)
{
	if (listener->fd < 0) {
		return;
	}
	if (listener->poll.data) {
		(void)uv_poll_stop(&listener->poll);
		uv_close((uv_handle_t *)&listener->poll, NULL);
	}
	(void)close(listener->fd);
	if (listener->spare_fd >= 0) {
		(void)close(listener->spare_fd);
	}
	listener->fd = -1;
	listener->spare_fd = -1;
}
