#include "server/net/drain.h"

#include <kring/wire.h>

#include "server/journal/journal.h"
#include "server/net/ws.h"

#define STEP_MS 50

/* After the span, for close frames that are still on their way. */
#define GRACE_MS 2000

static void stop_listening(struct net *net)
{
	for (size_t i = 0; i < net->num_listeners; i++) {
		net_listener_close(&net->listeners[i]);
	}
}

/* Sessions that have not been told yet, at most num of them. */
static void close_some(struct net *net, size_t num)
{
	struct conn *conn = net->conns;

	for (; conn && num; conn = conn->next) {
		if (conn->session) {
			ws_close(conn, KR_CLOSE_RESTART);
			num--;
		}
	}
}

/* A close frame, or the answer to it, is still on its way. */
static bool any_closing(const struct net *net)
{
	const struct conn *conn = net->conns;

	while (conn && !conn->close_code) {
		conn = conn->next;
	}
	return conn != NULL;
}

/* How many sessions may be left now, so that they end evenly over the span. */
static uint64_t allowed_now(const struct net *net, uint64_t now)
{
	uint64_t left = net->drain_until > now ? net->drain_until - now : 0;

	return net->config->drain_ms ? net->drain_sessions * left / net->config->drain_ms
				     : 0;
}

static void on_step(uv_timer_t *timer)
{
	struct net *net = timer->data;
	uint64_t now = uv_now(&net->loop);
	uint64_t allowed = allowed_now(net, now);

	if (net->counters.sessions > allowed) {
		close_some(net, net->counters.sessions - allowed);
	}
	if (net->counters.sessions) {
		return;
	}
	net->drain_until = net->drain_until < now ? net->drain_until : now;
	if (!any_closing(net) || now > net->drain_until + GRACE_MS) {
		uv_stop(&net->loop);
	}
}

void drain_begin(struct net *net)
{
	if (net->draining) {
		uv_stop(&net->loop);
		return;
	}
	net->draining = true;
	net->drain_sessions = net->counters.sessions;
	net->drain_until = uv_now(&net->loop) + net->config->drain_ms;
	journal(JOURNAL_NOTICE, "draining", "sessions=%u span_ms=%u",
		net->counters.sessions, net->config->drain_ms);
	stop_listening(net);
	if (uv_timer_start(&net->drain_timer, on_step, STEP_MS, STEP_MS)) {
		uv_stop(&net->loop);
	}
}
