#include "server/relay/ring.h"

#include <stdlib.h>
#include <string.h>

/* A frame with the shortest event object is a little over this. */
#define FRAME_LIKELY_MIN 256

enum kr_err ring_new(struct ring **out, size_t cap)
{
	struct ring *ring = calloc(1, sizeof(*ring));

	*out = NULL;
	if (ring == NULL) {
		return KR_ERR_MEMORY;
	}
	ring->cap = cap;
	ring->starts_cap = cap / FRAME_LIKELY_MIN;
	ring->data = malloc(cap);
	ring->starts = calloc(ring->starts_cap, sizeof(*ring->starts));
	if (ring->data == NULL || ring->starts == NULL) {
		ring_free(ring);
		return KR_ERR_MEMORY;
	}
	*out = ring;
	return KR_OK;
}

void ring_free(struct ring *ring)
{
	if (ring == NULL) {
		return;
	}
	free(ring->data);
	free(ring->starts);
	free(ring);
}

size_t ring_weight(size_t cap)
{
	return sizeof(struct ring) + cap + cap / FRAME_LIKELY_MIN * sizeof(uint64_t);
}

static uint64_t start_of(const struct ring *ring, uint64_t seq)
{
	if (seq == ring->first_seq + ring->num) {
		return ring->end;
	}
	return ring->starts[seq & (ring->starts_cap - 1)];
}

static void drop_all(struct ring *ring, uint64_t next_seq)
{
	ring->begin = ring->end;
	ring->first_seq = next_seq;
	ring->num = 0;
}

static void drop_oldest(struct ring *ring)
{
	ring->first_seq++;
	ring->num--;
	ring->begin = start_of(ring, ring->first_seq);
}

void ring_put(struct ring *ring, uint64_t seq, struct kr_view frame)
{
	size_t at;
	size_t until_wrap;

	if (seq != ring->first_seq + ring->num) {
		drop_all(ring, seq);
	}
	while (ring->num == ring->starts_cap ||
		ring->end - ring->begin + frame.len > ring->cap) {
		drop_oldest(ring);
	}
	ring->starts[seq & (ring->starts_cap - 1)] = ring->end;
	at = (size_t)ring->end & (ring->cap - 1);
	until_wrap = ring->cap - at;
	if (frame.len <= until_wrap) {
		memcpy(ring->data + at, frame.data, frame.len);
	} else {
		memcpy(ring->data + at, frame.data, until_wrap);
		memcpy(ring->data, frame.data + until_wrap, frame.len - until_wrap);
	}
	ring->end += frame.len;
	ring->num++;
}

void ring_skip(struct ring *ring, uint64_t seq)
{
	drop_all(ring, seq + 1);
}

bool ring_has(const struct ring *ring, uint64_t seq)
{
	return seq >= ring->first_seq && seq < ring->first_seq + ring->num;
}

/* The seq after the last frame that lies within room from the start of seq. */
static uint64_t last_that_fits(const struct ring *ring, uint64_t seq, size_t room)
{
	uint64_t from = start_of(ring, seq);
	uint64_t low = seq;
	uint64_t high = ring->first_seq + ring->num;

	if (ring->end - from <= room) {
		return high;
	}
	while (high - low > 1) {
		uint64_t middle = low + (high - low) / 2;

		if (start_of(ring, middle) - from <= room) {
			low = middle;
		} else {
			high = middle;
		}
	}
	return low;
}

size_t ring_copy(
	const struct ring *ring, uint64_t seq, uint8_t *out, size_t room, uint64_t *num)
{
	uint64_t after = last_that_fits(ring, seq, room);
	uint64_t from = start_of(ring, seq);
	size_t len = (size_t)(start_of(ring, after) - from);
	size_t at = (size_t)from & (ring->cap - 1);
	size_t until_wrap = ring->cap - at;

	*num = after - seq;
	if (len <= until_wrap) {
		memcpy(out, ring->data + at, len);
	} else {
		memcpy(out, ring->data + at, until_wrap);
		memcpy(out + until_wrap, ring->data, len - until_wrap);
	}
	return len;
}
