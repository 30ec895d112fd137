#include "clients/load/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void relay_use_read(struct relay_use *use, int pid)
{
	char path[64];
	unsigned long long size, resident, user, system;
	FILE *f;

	*use = (struct relay_use){0};
	if (!pid) {
		return;
	}
	(void)snprintf(path, sizeof(path), "/proc/%d/statm", pid);
	f = fopen(path, "re");
	if (f) {
		if (fscanf(f, "%llu %llu", &size, &resident) == 2) {
			use->rss_bytes = resident * (uint64_t)sysconf(_SC_PAGESIZE);
		}
		(void)fclose(f);
	}
	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (f) {
		/* Fields 14 and 15, proc(5); the name in field 2 has no space here. */
		if (fscanf(f,
			    "%*d %*s %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu "
			    "%llu",
			    &user, &system) == 2) {
			use->cpu_seconds =
				(double)(user + system) / (double)sysconf(_SC_CLK_TCK);
		}
		(void)fclose(f);
	}
}

/* One figure: in the table with its unit, in JSON by its name alone. */
static void figure(const struct report *report, const char *name, const char *text,
	double value, const char *unit)
{
	static const char *separator = "{";

	if (report->options->json) {
		(void)printf("%s\"%s\":%.15g", separator, name, value);
		separator = ",";
	} else {
		(void)printf("%-34s %14.*f %s\n", text, value < 100 && value > 0 ? 3 : 0,
			value, unit);
	}
}

static void latencies(const struct report *report, const char *name, const char *text,
	const struct histogram *h)
{
	static const struct {
		const char *name;
		double share;
	} percentiles[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}};
	char key[64], label[64];

	for (size_t i = 0; i < sizeof(percentiles) / sizeof(percentiles[0]); i++) {
		(void)snprintf(key, sizeof(key), "%s_%s_ms", name, percentiles[i].name);
		(void)snprintf(label, sizeof(label), "%s, %s", text, percentiles[i].name);
		figure(report, key, label,
			(double)histogram_percentile(h, percentiles[i].share) / 1e6,
			"ms");
	}
	(void)snprintf(key, sizeof(key), "%s_max_ms", name);
	(void)snprintf(label, sizeof(label), "%s, longest", text);
	figure(report, key, label, (double)h->max / 1e6, "ms");
}

static void relay_figures(const struct report *report)
{
	const struct options *o = report->options;

	if (!o->relay_pid) {
		return;
	}
	figure(report, "relay_rss_bytes", "relay's memory",
		(double)report->after_run.rss_bytes, "bytes");
	figure(report, "relay_cpu_seconds", "relay's processor time",
		report->after_run.cpu_seconds - report->before_run.cpu_seconds, "s");
	if (o->num_idle) {
		figure(report, "relay_idle_bytes", "memory of an idle connection",
			((double)report->after_idle.rss_bytes -
				(double)report->before_idle.rss_bytes) /
				o->num_idle,
			"bytes");
	}
}

void report_print(const struct report *report)
{
	const struct options *o = report->options;
	const struct measured *m = report->measured;

	figure(report, "groups", "groups", o->num_groups, "");
	figure(report, "members", "members of each", o->members, "");
	figure(report, "stalled", "of these, stalled", o->stalled, "");
	figure(report, "idle", "idle connections", o->num_idle, "");
	figure(report, "window", "posts outstanding in each group", o->window, "");
	figure(report, "body_bytes", "body", o->body_bytes, "bytes");
	figure(report, "seconds", "measured", m->seconds, "s");
	figure(report, "deliveries_per_second", "deliveries",
		m->seconds > 0 ? (double)m->deliveries / m->seconds : 0, "/s");
	figure(report, "posts_per_second", "posts acknowledged",
		m->seconds > 0 ? (double)m->posts / m->seconds : 0, "/s");
	latencies(report, "ack", "acknowledgement", &m->ack_ns);
	latencies(report, "delivery", "delivery", &m->delivery_ns);
	figure(report, "sent", "posts in all", (double)m->sent, "");
	figure(report, "acknowledged", "  acknowledged", (double)m->acknowledged, "");
	figure(report, "refused", "  refused", (double)m->refused, "");
	figure(report, "delivered", "deliveries in all", (double)m->delivered, "");
	figure(report, "lost", "  lost", (double)m->lost, "");
	figure(report, "doubled", "  doubled", (double)m->doubled, "");
	figure(report, "out_of_order", "  out of order", (double)m->out_of_order, "");
	figure(report, "foreign", "  not what was posted", (double)m->foreign, "");
	figure(report, "closed", "sessions that were closed", m->closed, "");
	relay_figures(report);
	if (o->json) {
		(void)printf(",\"clean\":%s}\n", measured_is_clean(m) ? "true" : "false");
	} else {
		(void)printf("%-34s %14s\n", "nothing lost, doubled, disordered",
			measured_is_clean(m) ? "yes" : "NO");
	}
	if (m->error[0]) {
		(void)fprintf(stderr, "kring-load: %s\n", m->error);
	}
}
