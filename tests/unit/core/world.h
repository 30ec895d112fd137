/* Several clients, each with a keystore in memory, at one relay double, with one clock.
 * What a host does, without a disk. */
#ifndef TESTS_UNIT_CORE_WORLD_H
#define TESTS_UNIT_CORE_WORLD_H

#include <cjson/cJSON.h>

#include <kring/core.h>

#include "tests/unit/core/relay_double.h"

#define WORLD_MAX 1024

/* A keystore: what the host has written. */
struct world_record {
	struct kr_bytes key;
	struct kr_bytes value;
};

struct world_store {
	struct world_record *list;
	size_t num;
};

struct world_client {
	struct world *world;
	struct kr_core *core;
	struct world_store store;
	int conn; /* -1: none */
	bool wants_connection;
	uint64_t timer_ms;
	uint64_t last_command;
	/* The latest answer, and all that was told, in order. */
	cJSON *answers; /* object by command number */
	cJSON *told;    /* array */
	/* No STORED is said while this is set. */
	bool is_slow_disk;
	uint64_t stored[256];
	size_t num_stored;
};

struct world {
	struct relay_double *relay;
	uint64_t now_ms;
	struct kr_random_seeded random;
	struct kr_random rng;
	struct world_client clients[WORLD_MAX];
	size_t num;
	/* After each input of a client; may be NULL. */
	void (*after_input)(struct world_client *client);
};

void world_init(struct world *world);
void world_finish(struct world *world);
/* A client that has said `init` with this name. */
struct world_client *world_join(struct world *world, const char *name);
/* Let everything happen that can, without time passing. */
void world_run(struct world *world);
/* Likewise, and timers up to so much later. */
void world_pass(struct world *world, uint64_t ms);
/* Only so many things that hosts have to do. */
void world_steps(struct world *world, unsigned num);
/* A command as printf would write it; run; its answer (borrowed), which must have
 * come. */
cJSON *world_do(struct world_client *client, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The same, without running. Returns its number. */
uint64_t world_say(struct world_client *client, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
cJSON *world_answer(struct world_client *client, uint64_t command);
/* A question; the caller deletes the answer. */
cJSON *world_ask(struct world_client *client, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The process ends at this instant and starts again from what is stored. */
void world_restart(struct world_client *client);
/* One record of a KR_CORE_STORE. */
void world_store_write(struct world_store *store, const struct kr_core_record *record);
/* What is stored, to go back to. */
struct world_store world_store_copy(const struct world_store *store);
void world_store_free(struct world_store *store);
/* The connection breaks. */
void world_disconnect(struct world_client *client);
/* How many alarms of this name were raised. */
size_t world_alarms(struct world_client *client, const char *name);
/* A member of an answer that is a text; fails the test if it is not. */
const char *world_text(const cJSON *object, const char *name);
double world_number(const cJSON *object, const char *name);
/* Of an answer to a command: "ok" or the error. */
const char *world_outcome(const cJSON *answer);

/* ---- A neighbourhood ----------------------------------------------------------- */

/* The first client founds; the community's id, as text. */
const char *world_found(struct world_client *founder);
/* Ask, be admitted by that coordinator, and come into the community's group. */
struct world_client *world_admit(
	struct world_client *coordinator, const char *community, const char *name);

#endif
