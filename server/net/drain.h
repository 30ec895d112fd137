/* Stopping: no new connections, and those that are there are told to come back, spread
 * over a span of time so that they do not all come back at once. */
#ifndef KRING_NET_DRAIN_H
#define KRING_NET_DRAIN_H

#include "server/net/state.h"

/* Begin to drain; net_run returns at its end. A second call ends it now. */
void drain_begin(struct net *net);

#endif
