#include "server/net/accept.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/net/ws.h"

/* How many connections a network has. Held in memory as long as the sockets that have the
 * addresses anyway. */
struct peer_count {
	uint8_t network[16];
	uint32_t num;
};

static int compare_peers(const void *a, const void *b)
{
	return memcmp(((const struct peer_count *)a)->network,
		((const struct peer_count *)b)->network, 16);
}

/* Count one more; false when the address has its share, or memory is out. */
static bool peer_take(struct net *net, const struct net_peer *peer)
{
	struct peer_count *fresh = calloc(1, sizeof(*fresh));
	struct peer_count **found;

	if (!fresh) {
		return false;
	}
	net_peer_network(fresh->network, peer);
	found = (struct peer_count **)tsearch(fresh, &net->peers, compare_peers);
	if (!found || *found != fresh) {
		free(fresh);
	}
	if (!found || (*found)->num >= net->config->max_connections_per_address) {
		return false;
	}
	(*found)->num++;
	return true;
}

static void peer_give_back(struct net *net, const struct net_peer *peer)
{
	struct peer_count key = {.num = 0}, *count;
	struct peer_count **found;

	net_peer_network(key.network, peer);
	found = (struct peer_count **)tfind(&key, &net->peers, compare_peers);
	if (!found) {
		return;
	}
	count = *found;
	if (--count->num == 0) {
		(void)tdelete(count, &net->peers, compare_peers);
		free(count);
	}
}

/* Behind a proxy every connection has the proxy's address; the relay counts by the
 * address that the proxy names, once a session begins. */
static bool counts_addresses(const struct net *net, enum net_vhost vhost)
{
	return vhost == NET_VHOST_TLS ||
		(vhost == NET_VHOST_PLAIN && !net->config->behind_proxy);
}

static void conn_free(struct conn *conn)
{
	struct net *net = conn->net;

	if (counts_addresses(net, conn->vhost)) {
		peer_give_back(net, &conn->peer);
	}
	net->counters.connections--;
	*conn->link = conn->next;
	if (conn->next) {
		conn->next->link = conn->link;
	}
	free(conn);
}

void conn_gone(struct conn *conn)
{
	ws_gone(conn);
	conn_free(conn);
}

static struct conn *conn_new(
	struct net *net, const struct net_peer *peer, enum net_vhost vhost)
{
	struct conn *conn = calloc(1, sizeof(*conn));

	if (!conn) {
		return NULL;
	}
	if (counts_addresses(net, vhost) && !peer_take(net, peer)) {
		net->counters.refused_address++;
		free(conn);
		return NULL;
	}
	conn->net = net;
	conn->peer = *peer;
	conn->vhost = (uint8_t)vhost;
	conn->link = &net->conns;
	conn->next = net->conns;
	if (conn->next) {
		conn->next->link = &conn->next;
	}
	net->conns = conn;
	net->counters.connections++;
	net->counters.accepted++;
	return conn;
}

static void accept_into(
	struct net *net, int fd, const struct net_peer *peer, enum net_vhost vhost)
{
	lws_adopt_desc_t adopt = {
		.vh = net->vhosts[vhost],
		.type = LWS_ADOPT_SOCKET | LWS_ADOPT_HTTP | LWS_ADOPT_ALLOW_SSL,
		.fd.sockfd = fd,
	};
	struct conn *conn;

	/* The metrics must stay readable when everything else is full. */
	if (vhost != NET_VHOST_METRICS &&
		net->counters.connections >= net->config->max_connections) {
		net->counters.refused_full++;
		(void)close(fd);
		return;
	}
	conn = conn_new(net, peer, vhost);
	if (!conn) {
		(void)close(fd);
		return;
	}
	net->adopted = false;
	adopt.opaque = conn;
	/* From here on the descriptor is libwebsockets', also when it fails. Once it has
	 * made a wsi it says when that is gone, be it before this returns or much
	 * later. */
	if (!lws_adopt_descriptor_vhost_via_info(&adopt) && !net->adopted) {
		conn_free(conn);
	}
}

void accept_plain(void *net, int fd, const struct net_peer *peer)
{
	accept_into(net, fd, peer, NET_VHOST_PLAIN);
}

void accept_tls(void *net, int fd, const struct net_peer *peer)
{
	accept_into(net, fd, peer, NET_VHOST_TLS);
}

void accept_metrics(void *net, int fd, const struct net_peer *peer)
{
	accept_into(net, fd, peer, NET_VHOST_METRICS);
}
