/* Figures for Prometheus, text exposition format 0.0.4. No label names a person, a group,
 * an inbox or an address: a figure is about the whole relay, or it is not there. */
#ifndef KRING_NET_METRICS_H
#define KRING_NET_METRICS_H

#include <kring/codec.h>

struct net;

#define METRICS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* One metric with its help and type; name without the prefix kring_. */
void metric_counter(
	struct kr_writer *text, const char *name, const char *help, uint64_t value);
void metric_gauge(
	struct kr_writer *text, const char *name, const char *help, uint64_t value);

/* All of them: the network's own, then what the process adds. */
void metrics_write(struct net *net, struct kr_writer *text);

#endif
