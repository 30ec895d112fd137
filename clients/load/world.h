/* The world that is measured in: a community, its groups, and who sits in them. */
#ifndef KRING_LOAD_WORLD_H
#define KRING_LOAD_WORLD_H

#include "clients/load/options.h"
#include "clients/load/session.h"

/* Stands in all that a real client would have encrypted, so that a test can look for it
 * where it should not be. */
#define WORLD_CANARY "canary-of-kring-load"

/* A group of sessions first to first + num - 1; the first of them made it. */
struct group {
	struct kr_topic topic;
	uint32_t index;
	uint32_t first;
	uint32_t num;
	uint32_t num_routed; /* while it is set up */
	uint64_t epoch;
	uint64_t rev;
	uint64_t seq; /* of the last event before the measurement */
};

struct world {
	const struct options *options;
	struct session_pool *pool;
	struct group *groups;
	uint32_t num_groups;
	uint8_t community[KR_ID_BYTES];
	uint32_t num_waiting; /* answers that the present step still needs */
	char error[256];      /* the first thing that went wrong; empty: nothing */
	void (*on_answer)(struct world *world, struct session *session,
		const struct kr_json_doc *answer);
};

/* Sessions must be ready. KR_ERR_STATE with world->error, KR_ERR_MEMORY. */
enum kr_err world_init(struct world *world, const struct options *options,
	struct session_pool *pool, uint64_t deadline_ns);
void world_finish(struct world *world);

/* session_message_fn while the world is set up. */
void world_on_message(
	void *world, struct session *session, struct kr_view object, struct kr_view body);

/* A PrivateMessage of the group's epoch whose ciphertext ends with the trailer and is
 * filled up so that the whole has about body_bytes. */
void world_write_post(struct kr_writer *w, const struct group *group, size_t body_bytes,
	struct kr_view trailer);

#endif
