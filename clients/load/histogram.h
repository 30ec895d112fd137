/* Latencies in a histogram whose buckets are at most 1/32 apart: exact enough for
 * percentiles, and a sample costs a few instructions. */
#ifndef KRING_LOAD_HISTOGRAM_H
#define KRING_LOAD_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_SUB_BITS 5
#define HISTOGRAM_BUCKETS  ((64 - HISTOGRAM_SUB_BITS + 1) << HISTOGRAM_SUB_BITS)

struct histogram {
	uint64_t buckets[HISTOGRAM_BUCKETS];
	uint64_t num;
	uint64_t max;
};

void histogram_add(struct histogram *h, uint64_t value);

/* The value that a share of the samples (0 to 1) does not exceed; 0 without samples. */
uint64_t histogram_percentile(const struct histogram *h, double share);

#endif
