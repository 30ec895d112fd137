#include "fixture.h"

#include <string.h>

#include <test.h>

static struct world the_world;

static void person_init(struct person *p, const struct kr_random *rng)
{
	assert_int_equal(kr_ed25519_generate(&p->device, rng), KR_OK);
	assert_int_equal(kr_x25519_generate(&p->sealing, rng), KR_OK);
	kr_account_id(p->account, p->device.public_key);
}

struct kr_coordinator coordinator_of(const struct person *person)
{
	struct kr_coordinator c;

	memcpy(c.account, person->account, sizeof(c.account));
	memcpy(c.device_key, person->device.public_key, sizeof(c.device_key));
	memcpy(c.sealing_key, person->sealing.public_key, sizeof(c.sealing_key));
	return c;
}

struct kr_view view_of(const struct record *record)
{
	return kr_view(record->bytes, record->len);
}

struct kr_writer record_writer(struct record *record)
{
	struct kr_writer w;

	kr_writer_init_fixed(&w, record->bytes, sizeof(record->bytes));
	return w;
}

void record_take(struct record *record, const struct kr_writer *w)
{
	assert_int_equal(w->err, KR_OK);
	record->len = w->len;
}

enum kr_err found(struct record *out, const struct kr_genesis *genesis,
	const struct kr_ed25519_keypair *const *signers, size_t num_signers)
{
	static uint8_t content[KR_GENESIS_MAX];
	uint8_t sigs[KR_FOUNDERS_MAX + 1][KR_ED25519_SIG_BYTES];
	struct kr_writer c;
	struct kr_writer w = record_writer(out);

	kr_writer_init_fixed(&c, content, sizeof(content));
	kr_genesis_content(&c, genesis);
	if (c.err != KR_OK) {
		return c.err;
	}
	for (size_t i = 0; i < num_signers; i++) {
		kr_genesis_sign(sigs[i], kr_writer_view(&c), signers[i]);
	}
	kr_genesis_write(
		&w, kr_writer_view(&c), kr_view(sigs, num_signers * sizeof(sigs[0])));
	out->len = w.len;
	return w.err;
}

struct world *world_new(enum founding founding)
{
	static const struct kr_secret seed = {{'t', 'r', 'u', 's', 't'}};
	struct world *w = &the_world;
	const struct kr_ed25519_keypair *signers[2] = {&w->anna.device, &w->bram.device};
	uint8_t community[KR_ID_BYTES];

	memset(w, 0, sizeof(*w));
	assert_int_equal(kr_crypto_init(), KR_OK);
	kr_random_seeded_init(&w->stream, &seed);
	w->rng = kr_random_seeded(&w->stream);
	person_init(&w->anna, &w->rng);
	person_init(&w->bram, &w->rng);
	person_init(&w->chris, &w->rng);
	person_init(&w->dana, &w->rng);
	assert_int_equal(kr_recovery_generate(&w->paper, &w->rng), KR_OK);
	kr_recovery_keypair(&w->recovery, &w->paper);
	memset(w->genesis.nonce, 0x4e, sizeof(w->genesis.nonce));
	w->genesis.founders[0] = coordinator_of(&w->anna);
	w->genesis.num_founders = 1;
	if (founding == FOUNDED_BY_TWO) {
		w->genesis.founders[1] = coordinator_of(&w->bram);
		w->genesis.num_founders = 2;
	} else {
		w->genesis.has_recovery = true;
		memcpy(w->genesis.recovery_key, w->recovery.public_key, 32);
		signers[1] = &w->recovery;
	}
	assert_int_equal(found(&w->genesis_record, &w->genesis, signers, 2), KR_OK);
	kr_sha256(community, view_of(&w->genesis_record));
	assert_int_equal(
		kr_chain_begin(&w->chain, community, view_of(&w->genesis_record)), KR_OK);
	return w;
}

struct kr_role role_of(
	const struct world *w, enum kr_role_kind kind, const struct person *who)
{
	struct kr_role role = {.kind = kind, .who = coordinator_of(who)};

	memcpy(role.community, w->chain.community, sizeof(role.community));
	memcpy(role.previous, kr_chain_head(&w->chain), sizeof(role.previous));
	return role;
}

void role_record(struct record *out, const struct kr_role *role,
	const struct kr_ed25519_keypair *signer)
{
	struct kr_writer w = record_writer(out);

	kr_role_write(&w, role, signer);
	record_take(out, &w);
}

static enum kr_err append(struct world *w, enum kr_role_kind kind,
	const struct person *who, const struct kr_ed25519_keypair *signer)
{
	static struct record record;
	struct kr_role role = role_of(w, kind, who);

	role_record(&record, &role, signer);
	return kr_chain_append(&w->chain, view_of(&record));
}

enum kr_err grant(struct world *w, const struct person *who,
	const struct kr_ed25519_keypair *signer)
{
	return append(w, KR_ROLE_GRANT, who, signer);
}

enum kr_err withdraw(struct world *w, const struct person *who,
	const struct kr_ed25519_keypair *signer)
{
	return append(w, KR_ROLE_WITHDRAW, who, signer);
}

void assert_err(const char *name, enum kr_err got, enum kr_err expected)
{
	if (got != expected) {
		fail_msg("%s: %s, expected %s", name, kr_err_name(got),
			kr_err_name(expected));
	}
}
