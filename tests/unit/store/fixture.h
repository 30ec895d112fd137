/* A store in a directory of its own, and short ways to fill it. Every function
 * asserts. */
#ifndef KRING_TESTS_STORE_FIXTURE_H
#define KRING_TESTS_STORE_FIXTURE_H

#include "server/store/projection.h"

struct fixture {
	char dir[64];
	struct store *store;
	struct store_config config;
	struct kr_random_seeded rng_state;
	struct kr_random rng;
};

void fixture_open(struct fixture *f);
/* As fixture_open, in a directory that exists, with a map of its own size. */
void fixture_open_in(
	struct fixture *f, const char *dir, uint64_t map_bytes, uint64_t map_bytes_max);
void fixture_reopen(struct fixture *f);
/* Close, and remove the directory. */
void fixture_close(struct fixture *f);
void remove_tree(const char *dir);

/* An id of 32 bytes that n stands in; topics by the same numbers. */
const uint8_t *id(unsigned n);
struct kr_view view_of(unsigned n);
struct kr_topic community(unsigned n);
struct kr_topic group(unsigned n);
struct kr_topic account(unsigned n);

/* Add an event to an append. author 0: none; event is the number in its id. */
struct draft {
	struct log_append *append;
	unsigned event;
	unsigned author;
	uint64_t time_ms;
};
struct draft draft(unsigned author, unsigned event);
void draft_add(struct draft *d, struct kr_topic topic, unsigned type,
	const struct kr_event_head *head, struct kr_view body, uint64_t expect_rev);
void draft_post(struct draft *d, unsigned group_n, const char *body);
void draft_guard(struct draft *d, struct kr_topic topic, uint64_t rev);
void draft_key(struct draft *d, const char *key);

/* Store it alone, free it, and give its result; place, unless NULL, is of its first
 * event. */
struct log_result submit(struct fixture *f, struct draft *d, struct log_place *place);
/* The same for an append that must be stored. */
void submit_ok(struct fixture *f, struct draft *d);

/* One event, one append, stored. Each takes the next event id by itself. */
void put_event(struct fixture *f, struct kr_topic topic, unsigned type, unsigned author,
	const struct kr_event_head *head, struct kr_view body);
void post(struct fixture *f, unsigned group_n, unsigned author, const char *body);
void create_group(struct fixture *f, unsigned group_n, unsigned creator);

struct store_topic topic_of(struct fixture *f, struct kr_topic topic);

/* store_verify, printing the fault if there is one. */
void assert_sound(struct fixture *f);

#endif
