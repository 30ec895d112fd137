/* What kring-load says in the end: a table, or one JSON object. */
#ifndef KRING_LOAD_REPORT_H
#define KRING_LOAD_REPORT_H

#include "clients/load/measure.h"

/* The relay as a process on this machine, by its id; zero where it is not known. */
struct relay_use {
	uint64_t rss_bytes;
	double cpu_seconds;
};
void relay_use_read(struct relay_use *use, int pid);

struct report {
	const struct options *options;
	const struct measured *measured;
	struct relay_use before_idle;
	struct relay_use after_idle;
	struct relay_use before_run;
	struct relay_use after_run;
};

void report_print(const struct report *report);

#endif
