/* A relay on a store of its own, with clients that are nothing but keys and what they
 * were told. Appends wait until the test commits them, so a test decides what is stored
 * when. Every function asserts. */
#ifndef KRING_TESTS_RELAY_FIXTURE_H
#define KRING_TESTS_RELAY_FIXTURE_H

#include <kring/mls_header.h>
#include <kring/request.h>

#include "server/log/log.h"
#include "server/relay/relay.h"
#include "server/store/store.h"

#define RELAY_NAME   "relay.test"
#define MAX_WAITING  256
#define MAX_RECEIVED 4096
#define NOW_MS       UINT64_C(1763784000000)

struct world {
	char dir[64];
	struct store *store;
	struct store_config store_config;
	struct kr_random_seeded rng_state;
	struct kr_random rng;
	struct relay_config config;
	struct relay *relay;
	uint64_t now_ms;
	uint64_t mono_ms;
	struct log_append *waiting[MAX_WAITING];
	size_t num_waiting;
	struct log_append *stored[MAX_WAITING]; /* on disk, the relay does not know yet */
	size_t num_stored;
	enum kr_err propose_err; /* what propose returns, for tests of a full queue */
	uint64_t next_event;     /* event ids are made of this */
};

/* One message as the client got it. */
struct received {
	struct kr_bytes bytes; /* of the whole message */
	struct kr_view body;
	struct kr_json_doc object;
};

struct client {
	struct world *world;
	struct relay_conn *conn; /* NULL: not connected */
	struct kr_ed25519_keypair device;
	uint8_t account[KR_ID_BYTES];
	uint8_t challenge[KR_CHALLENGE_BYTES];
	uint8_t incarnation[KR_INCARNATION_BYTES];
	uint64_t next_id;
	struct received received[MAX_RECEIVED];
	size_t num_received;
	size_t num_read; /* by expect_… so far */
	uint16_t close_code;
};

void world_open(struct world *w);
/* As world_open, with a configuration that the test has changed. */
void world_open_with(struct world *w, void (*change)(struct relay_config *config));
void world_close(struct world *w);
/* A new relay on the same store, as after kill -9: nothing that waits is answered. */
void world_restart(struct world *w);

/* Store the first num appends that wait, in one batch; then tell the relay. */
void world_store(struct world *w, size_t num);
void world_finish(struct world *w);
/* Both, one after the other. */
void world_commit(struct world *w, size_t num);
/* Commit and deliver until nothing waits. */
void world_settle(struct world *w);
/* Time passes; ticks once a second. */
void world_pass(struct world *w, uint64_t ms);

/* A client with a device key from a number; the same number gives the same client. */
struct client *client_new(struct world *w, unsigned number);
void client_free(struct client *c);
void client_connect(struct client *c);
void client_auth(struct client *c);
void client_auth_code(struct client *c, const char *code);
struct kr_request ask_auth(struct client *c);
/* Connect and authenticate. */
struct client *client_in(struct world *w, unsigned number);
void client_disconnect(struct client *c);

/* Fetch what the relay has for this client, and parse its frames. */
void client_drain(struct client *c);
/* Forget what was received. */
void client_forget(struct client *c);

/* ---- Requests --------------------------------------------------------------------- */

/* Start a request: verb, a new id, and a new event id if the verb takes one. */
struct kr_request ask(struct client *c, enum kr_verb verb);
void ask_topic(struct kr_request *r, struct kr_topic topic);
/* Send it; returns its id. */
uint64_t send_request(struct client *c, const struct kr_request *r);
void send_bytes(struct client *c, struct kr_view bytes, bool is_text);

/* The answer to a request; NULL if there is none (yet). */
const struct received *answer_to(struct client *c, uint64_t id);

/* Send, settle, and expect ok or an error's code ("ok"). Returns the answer. */
const struct received *expect(
	struct client *c, const struct kr_request *r, const char *code);
void expect_code(const struct received *answer, const char *code);
uint64_t number_in(const struct received *message, const char *name);

/* ---- Short ways ------------------------------------------------------------------- */

struct kr_view number_id(
	unsigned number); /* 32 bytes, for ids that stand for themselves */
struct kr_topic group_topic(unsigned number);

/* The recovery key of the community that found_community founds. */
void recovery_of(struct kr_ed25519_keypair *pair, unsigned number);

/* Grant, found, and admit: a community with its first client as coordinator. */
struct kr_topic found_community(struct client *founder, unsigned number);
void admit_member(
	struct client *coordinator, struct kr_topic community, const struct client *who);
void create_group(struct client *creator, struct kr_topic community,
	struct kr_topic group, bool main);

/* MLS messages that are whole in all that the relay reads. salt tells them apart. */
struct routing {
	const struct client *added[4];
	const struct client *removed[4];
	const struct client *admins_added[4];
	const struct client *admins_removed[4];
	const struct client *welcomed[4];
};
struct kr_bytes make_post(struct kr_topic group, uint64_t epoch, unsigned salt);
struct kr_bytes make_commit(struct kr_topic group, uint64_t epoch, unsigned salt,
	const struct routing *routing);
struct kr_bytes make_welcome(unsigned salt);
struct kr_bytes make_key_packages(unsigned salt, unsigned num);

/* Where the relay says the group is. */
uint64_t group_rev(struct client *c, struct kr_topic group);
uint64_t group_epoch(struct client *c, struct kr_topic group);

/* Requests ready to send; the body is the caller's to free after sending. */
struct kr_request ask_post(
	struct client *c, struct kr_topic group, uint64_t rev, struct kr_view body);
/* welcome is appended to the commit if the routing wants one. */
struct kr_request ask_commit(struct client *c, struct kr_topic group, uint64_t rev,
	struct kr_view body, uint64_t welcome_len);

/* Post or commit in the present epoch, and expect a code. */
const struct received *post(
	struct client *c, struct kr_topic group, unsigned salt, const char *code);
const struct received *commit(struct client *c, struct kr_topic group, unsigned salt,
	const struct routing *routing, const char *code);

/* ---- Events ----------------------------------------------------------------------- */

void subscribe(struct client *c, struct kr_topic topic, uint64_t after);
/* The next event that was not looked at yet, of this topic; NULL if there is none. */
const struct received *next_event(struct client *c, struct kr_topic topic);
void read_event(struct kr_event_delivery *out, const struct received *message);
/* How many "ended" messages were received. */
size_t num_ended(const struct client *c);
/* Likewise "begun", of this topic. */
size_t num_begun(const struct client *c, struct kr_topic topic);

/* All events of the topic that the client has received are dense, in order, and their
 * running hash follows. Returns how many. */
size_t check_chain(const struct client *c, struct kr_topic topic, uint64_t after,
	const uint8_t hash[KR_SHA256_BYTES]);

#endif
