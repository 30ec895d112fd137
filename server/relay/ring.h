/* A ring of ready-made frames: bytes in a circle, addressed by the seq of their
 * events. */
#ifndef KRING_RELAY_RING_H
#define KRING_RELAY_RING_H

#include <kring/bytes.h>

/* A frame larger than this is not worth a ring: it is served from the store. */
#define RING_FRAME_MAX ((size_t)16384)

struct ring {
	uint8_t *data;
	size_t cap;        /* a power of two */
	uint64_t *starts;  /* where frame seq begins, at [seq & (starts_cap - 1)] */
	size_t starts_cap; /* a power of two */
	uint64_t begin;    /* bytes before this have been given up; counted from ever */
	uint64_t end;
	uint64_t first_seq; /* of the oldest frame here */
	uint64_t num;       /* of frames here: first_seq … first_seq + num - 1 */
};

/* cap is a power of two, at least 4 * RING_FRAME_MAX. KR_ERR_MEMORY. */
enum kr_err ring_new(struct ring **out, size_t cap);
void ring_free(struct ring *ring); /* happy with NULL */

/* What a ring of this capacity takes of memory. */
size_t ring_weight(size_t cap);

/* The next frame, at most RING_FRAME_MAX bytes. A seq that does not follow the last one
 * empties the ring first: it holds consecutive frames only. */
void ring_put(struct ring *ring, uint64_t seq, struct kr_view frame);

/* The frame of this seq is not kept: begin anew after it. */
void ring_skip(struct ring *ring, uint64_t seq);

bool ring_has(const struct ring *ring, uint64_t seq);

/* Copy as many whole frames as fit in room, from seq on, which the ring has. *num says
 * how many; 0 when the first does not fit. Returns the bytes. */
size_t ring_copy(
	const struct ring *ring, uint64_t seq, uint8_t *out, size_t room, uint64_t *num);

#endif
