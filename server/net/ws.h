/* A connection that speaks kring.v1: frames in, ready-made frames out. */
#ifndef KRING_NET_WS_H
#define KRING_NET_WS_H

#include "server/net/state.h"

/* The callback of the protocol kring.v1. */
int ws_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
	size_t len);

/* Write what the relay has for all connections that it says are ready, joined into as few
 * calls as possible. */
void ws_flush(struct net *net);

/* Give up on sessions that the relay wants closed while their peers take nothing: they
 * never become writeable, so nothing else would notice. Once a second. */
void ws_sweep(struct net *net);

/* Close with this code as soon as the socket takes it, and hang up if that takes long, or
 * the answer does. */
void ws_close(struct conn *conn, uint16_t code);

/* The connection is gone: tell the relay, once. */
void ws_gone(struct conn *conn);

#endif
