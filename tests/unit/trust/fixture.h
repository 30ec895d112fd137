/* A community in which Anna and Bram are coordinators, or Anna alone with a recovery key;
 * the same in each run. */
#ifndef KRING_TESTS_TRUST_FIXTURE_H
#define KRING_TESTS_TRUST_FIXTURE_H

#include <kring/trust.h>

struct person {
	struct kr_ed25519_keypair device;
	struct kr_x25519_keypair sealing;
	uint8_t account[KR_ID_BYTES];
};

/* Storage for one record. */
#define RECORD_SPACE 65536
struct record {
	uint8_t bytes[RECORD_SPACE];
	size_t len;
};

struct world {
	struct kr_random_seeded stream;
	struct kr_random rng; /* points into the world: it does not move */
	struct person anna, bram, chris, dana;
	struct kr_recovery paper;
	struct kr_ed25519_keypair recovery;
	struct kr_genesis genesis;
	struct record genesis_record;
	struct kr_chain chain;
};

enum founding {
	FOUNDED_BY_TWO,
	FOUNDED_WITH_RECOVERY,
};

/* The one world, made anew. */
struct world *world_new(enum founding founding);

struct kr_coordinator coordinator_of(const struct person *person);
struct kr_view view_of(const struct record *record);

/* A writer over the record's storage, and what it wrote. */
struct kr_writer record_writer(struct record *record);
void record_take(struct record *record, const struct kr_writer *w);

/* Found by whoever the genesis names; NULL for a signer that is missing. Returns what
 * kr_genesis_write says. */
enum kr_err found(struct record *out, const struct kr_genesis *genesis,
	const struct kr_ed25519_keypair *const *signers, size_t num_signers);

/* The next record of the world's chain, not appended. */
struct kr_role role_of(
	const struct world *w, enum kr_role_kind kind, const struct person *who);
void role_record(struct record *out, const struct kr_role *role,
	const struct kr_ed25519_keypair *signer);
/* Both at once, and appended; returns what the chain says. */
enum kr_err grant(struct world *w, const struct person *who,
	const struct kr_ed25519_keypair *signer);
enum kr_err withdraw(struct world *w, const struct person *who,
	const struct kr_ed25519_keypair *signer);

void assert_err(const char *name, enum kr_err got, enum kr_err expected);

#endif
