#include "clients/load/histogram.h"

/* Values below 2^SUB_BITS have a bucket each; above, each power of two has 2^SUB_BITS. */
static unsigned int bucket_of(uint64_t value)
{
	unsigned int shift;

	if (value < (1u << HISTOGRAM_SUB_BITS)) {
		return (unsigned int)value;
	}
	shift = 63u - (unsigned int)__builtin_clzll(value) - HISTOGRAM_SUB_BITS;
	return ((shift + 1) << HISTOGRAM_SUB_BITS) +
		(unsigned int)((value >> shift) & ((1u << HISTOGRAM_SUB_BITS) - 1));
}

/* The largest value that falls into a bucket. */
static uint64_t top_of(unsigned int bucket)
{
	unsigned int shift;
	uint64_t base;

	if (bucket < (1u << HISTOGRAM_SUB_BITS)) {
		return bucket;
	}
	shift = (bucket >> HISTOGRAM_SUB_BITS) - 1;
	base = (1u << HISTOGRAM_SUB_BITS) + (bucket & ((1u << HISTOGRAM_SUB_BITS) - 1));
	return ((base + 1) << shift) - 1;
}

void histogram_add(struct histogram *h, uint64_t value)
{
	h->buckets[bucket_of(value)]++;
	h->num++;
	if (value > h->max) {
		h->max = value;
	}
}

uint64_t histogram_percentile(const struct histogram *h, double share)
{
	uint64_t wanted = (uint64_t)(share * (double)h->num);
	uint64_t seen = 0;

	for (unsigned int i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += h->buckets[i];
		if (seen > wanted || (seen == h->num && seen)) {
			uint64_t top = top_of(i);

			return top < h->max ? top : h->max;
		}
	}
	return 0;
}
