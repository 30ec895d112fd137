/* A small world of clients in memory, for tests of groups: keys from a seed, every
 * message delivered to everybody, the state stored before anything leaves.
 *
 *	struct world *w = world_new(4);             clients 0 to 3, none in a group
 *	world_found(w, 0);                          client 0 has a group of one
 *	world_add(w, 0, 1);                         client 0 adds client 1, all agree
 *	world_update(w, 1);
 *	world_free(w);
 *
 * Whatever goes wrong in a helper fails the running test. The seed is printed, and is
 * taken from the environment variable KRING_TEST_SEED if that is set. */
#ifndef KRING_TESTS_MLS_FIXTURE_H
#define KRING_TESTS_MLS_FIXTURE_H

#include <kring/mls.h>

#define WORLD_MAX_CLIENTS 64

/* Fails the running test, with both names, unless got is expected. */
#define assert_err(got, expected) world_assert_err(got, expected, __FILE__, __LINE__)
#define assert_ok(got)            assert_err(got, KR_OK)
void world_assert_err(enum kr_err got, enum kr_err expected, const char *file, int line);

struct world_client {
	char name[32];
	struct kr_ed25519_keypair signer;
	struct kr_mls_client client;
	struct kr_bytes key_package; /* of the last world_key_package */
	struct kr_mls_key_package_secrets secrets;
	struct kr_mls_group *group; /* NULL outside the group */
};

struct world {
	struct kr_random_seeded seeded;
	struct kr_random rng;
	struct kr_mls_config config;
	size_t num_clients;
	struct world_client clients[WORLD_MAX_CLIENTS];
};

struct world *world_new(size_t num_clients);
void world_free(struct world *w);

/* A number below bound from the world's randomness. */
uint32_t world_random(struct world *w, uint32_t bound);
uint64_t world_seed(void);

/* ---- One client ------------------------------------------------------------------ */

/* A new key package of the client, kept in it; the view is valid until the next one. */
struct kr_view world_key_package(struct world *w, size_t client);

/* A group of one, with these extensions of the group or none. */
void world_found(struct world *w, size_t client);
void world_found_with(
	struct world *w, size_t client, struct kr_mls_extensions extensions);

/* Join by this Welcome with the last key package. */
enum kr_err world_join(
	struct world *w, size_t client, struct kr_view welcome, struct kr_view tree);

/* A new client takes the place of this one, outside the group. */
void world_leave(struct world *w, size_t client);

/* ---- Sending --------------------------------------------------------------------- */

/* Save, confirm that it is stored, copy the message out, free the handle. */
struct kr_bytes world_release(
	struct kr_mls_group *group, struct kr_mls_outgoing *outgoing);

/* Encrypt and release. */
struct kr_bytes world_encrypt(struct world *w, size_t sender, const char *text);

/* Propose by reference and release. */
struct kr_bytes world_propose(
	struct world *w, size_t sender, const struct kr_mls_proposal *proposal);

/* A commit that is released but not accepted yet. */
struct world_commit {
	struct kr_bytes message;
	struct kr_bytes welcome; /* empty if nobody is added */
	struct kr_bytes tree;    /* with tree_beside_welcome */
};
struct world_commit world_commit(
	struct world *w, size_t sender, const struct kr_mls_commit_options *options);
void world_commit_free(struct world_commit *commit);

/* ---- Everybody ------------------------------------------------------------------- */

/* All members but one take the message in; the events are dropped. SIZE_MAX leaves out
 * none. */
void world_deliver(struct world *w, size_t except, struct kr_view message);

/* Commit, accept, deliver to the others; all that remain agree. Clients whose last key
 * package the commit adds join. */
void world_commit_all(
	struct world *w, size_t sender, const struct kr_mls_commit_options *options);

void world_add(struct world *w, size_t sender, size_t added);
void world_update(struct world *w, size_t sender);
void world_remove(struct world *w, size_t sender, size_t removed);

/* One message from each member to all others. */
void world_chat(struct world *w);

/* All members are in one epoch with one authenticator, one tree and one list of
 * members. */
void world_assert_agree(const struct world *w);

/* The first num_members clients found a group in which each has committed once: no
 * unmerged leaves, no blank parents. */
void world_settle(
	struct world *w, size_t num_members, struct kr_mls_extensions extensions);
struct world *world_settled(size_t num_clients);

/* ---- State ----------------------------------------------------------------------- */

/* Both records, whole. */
struct kr_mls_state world_save(struct kr_mls_group *group);

/* Fails unless the group's records are still these. */
void world_assert_unchanged(
	struct kr_mls_group *group, const struct kr_mls_state *before);

/* Save, free, load: the same bytes again, and the group in its place. */
void world_reload(struct world *w, size_t client);

#endif
