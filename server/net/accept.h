/* Connections from accept() to their end: limits before anything is spent on them. */
#ifndef KRING_NET_ACCEPT_H
#define KRING_NET_ACCEPT_H

#include "server/net/state.h"

/* net_accept_fn of the three kinds of listener; ctx is the net. */
void accept_plain(void *net, int fd, const struct net_peer *peer);
void accept_tls(void *net, int fd, const struct net_peer *peer);
void accept_metrics(void *net, int fd, const struct net_peer *peer);

/* libwebsockets has let go of it. */
void conn_gone(struct conn *conn);

#endif
