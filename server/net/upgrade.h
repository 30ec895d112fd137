/* The WebSocket handshake: what is let through to kring.v1. */
#ifndef KRING_NET_UPGRADE_H
#define KRING_NET_UPGRADE_H

#include "server/net/state.h"

#define UPGRADE_PATH        "/kring"
#define UPGRADE_SUBPROTOCOL "kring.v1"

/* LWS_CALLBACK_HTTP_CONFIRM_UPGRADE: 0 lets the handshake go on, anything else ends the
 * connection, after an answer that says why. wanted is the value of the Upgrade
 * header. */
int upgrade_confirm(struct lws *wsi, struct conn *conn, const char *wanted);

#endif
