/* What the writer writes and the test expects: the n-th append of a thread, from these
 * two numbers alone. */
#ifndef KRING_TESTS_CRASH_LOAD_H
#define KRING_TESTS_CRASH_LOAD_H

#include "server/log/log.h"

#define LOAD_THREADS 4
#define LOAD_GROUPS  6

/* What the writer says when an append was acknowledged; one write to the pipe each. */
struct load_ack {
	uint32_t thread;
	uint32_t n;
	uint64_t position; /* of its first event */
	uint64_t seq;
};

/* The append on the heap, to be freed by the caller; NULL when memory is out. It is one
 * post, or two in different groups, with a key of its own. */
struct log_append *load_append(uint32_t thread, uint32_t n);

/* Whose event is this? The body that load_append gave it is checked too. */
bool load_event_is(const struct kr_event *event, uint32_t thread, uint32_t n);
void load_event_name(const struct kr_event *event, uint32_t *thread, uint32_t *n);
unsigned load_num_events(uint32_t thread, uint32_t n);

#endif
