#include "server/net/metrics.h"

#include <inttypes.h>
#include <stdio.h>

#include "server/net/state.h"

static void metric(struct kr_writer *text, const char *name, const char *type,
	const char *help, uint64_t value)
{
	char line[512];

	(void)snprintf(line, sizeof(line),
		"# HELP kring_%s %s\n# TYPE kring_%s %s\nkring_%s %" PRIu64 "\n", name,
		help, name, type, name, value);
	kr_write_fixed(text, kr_view_str(line));
}

void metric_counter(
	struct kr_writer *text, const char *name, const char *help, uint64_t value)
{
	metric(text, name, "counter", help, value);
}

void metric_gauge(
	struct kr_writer *text, const char *name, const char *help, uint64_t value)
{
	metric(text, name, "gauge", help, value);
}

void metrics_write(struct net *net, struct kr_writer *text)
{
	const struct net_counters *c = &net->counters;

	metric_gauge(text, "connections", "Open connections.", c->connections);
	metric_gauge(text, "sessions", "Connections that speak kring.v1.", c->sessions);
	metric_counter(text, "accepted_total", "Connections accepted.", c->accepted);
	metric_counter(text, "refused_full_total", "Connections refused: no room.",
		c->refused_full);
	metric_counter(text, "refused_address_total",
		"Connections refused: too many from one address.", c->refused_address);
	metric_counter(text, "refused_origin_total",
		"Handshakes refused: origin not listed.", c->refused_origin);
	metric_counter(text, "refused_upgrade_total", "Handshakes refused: not kring.v1.",
		c->refused_upgrade);
	metric_counter(text, "http_requests_total", "HTTP requests.", c->http_requests);
	metric_counter(
		text, "messages_received_total", "Messages received.", c->messages_in);
	metric_counter(
		text, "received_bytes_total", "Bytes of messages received.", c->bytes_in);
	metric_counter(text, "writes_total", "Writes to sessions.", c->writes);
	metric_counter(
		text, "sent_bytes_total", "Bytes written to sessions.", c->bytes_out);
	metric_counter(text, "closed_idle_total", "Sessions closed: silent for too long.",
		c->closed_idle);
	metric_counter(text, "closed_slow_total", "Sessions closed: too slow a reader.",
		c->closed_slow);
	metric_counter(text, "closed_too_large_total",
		"Sessions closed: message too large.", c->closed_too_large);
	metric_gauge(text, "draining", "1 while kringd is stopping.", net->draining);
	net->callbacks.on_metrics(net->callbacks.ctx, text);
}
