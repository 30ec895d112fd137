/* The measurement: posts, their acknowledgements and their deliveries, and the proof that
 * every session saw the same entries in the same order, none missing and none twice. */
#ifndef KRING_LOAD_MEASURE_H
#define KRING_LOAD_MEASURE_H

#include "clients/load/histogram.h"
#include "clients/load/world.h"

struct measured {
	double seconds;          /* of the measured span */
	uint64_t posts;          /* acknowledged in it */
	uint64_t deliveries;     /* in it */
	uint64_t delivery_bytes; /* bytes read in it, frames and all */
	struct histogram ack_ns;
	struct histogram delivery_ns;

	/* Over the whole run: */
	uint64_t sent;
	uint64_t acknowledged;
	uint64_t refused; /* answered with an error; the first is in error */
	uint64_t delivered;
	uint64_t lost;    /* acknowledged, and not delivered to a session that should */
	uint64_t doubled; /* a sequence number or a post seen again by a session */
	uint64_t out_of_order; /* a gap, or another order than other sessions saw */
	uint64_t foreign;      /* a body that is not what was posted */
	uint32_t closed;       /* sessions that the relay closed */
	char error[256];
};

/* True if nothing was wrong. */
bool measured_is_clean(const struct measured *measured);

/* Post for the options' time, then wait for what is under way, at most until the
 * deadline. progress is called about once a second with what was measured so far.
 * KR_ERR_MEMORY, KR_ERR_ARGUMENT (the record cannot be written). */
enum kr_err measure_run(struct measured *out, const struct options *options,
	struct world *world, uint64_t deadline_ns,
	void (*progress)(const struct measured *so_far, double seconds));

#endif
