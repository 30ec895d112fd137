/* Records of proto/trust. The first byte says what the rest is: a record as it comes; the
 * content of one, which is then signed with a known key, so that the fuzzer gets past the
 * signature; a policy, a link, a recovery key; or a chain: subjects of roles as vectors,
 * signed and appended one by one. What is accepted is encoded to the same bytes again. */
#include "fuzz.h"

#include <string.h>

#include "proto/trust/record.h"

#define SPACE 65536

static struct kr_ed25519_keypair device;
static uint8_t out[SPACE];
static uint8_t record[SPACE];

/* ---- Records as they come ------------------------------------------------------- */

static enum kr_err read_genesis(struct kr_view bytes)
{
	struct kr_genesis x;

	return kr_genesis_read(&x, bytes);
}

static enum kr_err read_device(struct kr_view bytes)
{
	struct kr_device_link x;

	return kr_device_link_read(&x, bytes);
}

static enum kr_err read_request(struct kr_view bytes)
{
	struct kr_join_request x;

	return kr_join_request_read(&x, bytes);
}

/* ---- Records that end with one signature ---------------------------------------- */

static enum kr_err copy_role(struct kr_writer *w, struct kr_view bytes)
{
	struct kr_role x;
	enum kr_err err = kr_role_read(&x, bytes);

	if (err == KR_OK) {
		kr_role_write(w, &x, &device);
	}
	return err;
}

static enum kr_err copy_certificate(struct kr_writer *w, struct kr_view bytes)
{
	struct kr_certificate x;
	enum kr_err err = kr_certificate_read(&x, bytes);

	if (err == KR_OK) {
		kr_certificate_write(w, &x, &device);
	}
	return err;
}

static enum kr_err copy_invitation(struct kr_writer *w, struct kr_view bytes)
{
	struct kr_invitation x;
	enum kr_err err = kr_invitation_read(&x, bytes);

	if (err == KR_OK) {
		kr_invitation_write(w, &x, &device);
	}
	return err;
}

static enum kr_err copy_statement(struct kr_writer *w, struct kr_view bytes)
{
	struct kr_statement x;
	enum kr_err err = kr_statement_read(&x, bytes);

	if (err == KR_OK) {
		kr_statement_write(w, &x, &device);
	}
	return err;
}

static enum kr_err copy_refusal(struct kr_writer *w, struct kr_view bytes)
{
	struct kr_refusal x;
	enum kr_err err = kr_refusal_read(&x, bytes);

	/* Its text is sealed anew each time: there is nothing to compare. */
	kr_write_fixed(w, bytes);
	return err;
}

/* content, the known key, its signature. */
static struct kr_view sign(struct kr_view content, const char *label)
{
	struct kr_writer w;

	kr_writer_init_fixed(&w, record, sizeof(record));
	kr_write_fixed(&w, content);
	kr_record_end(&w, 0, label, &device);
	return kr_writer_view(&w);
}

static void run_signed(struct kr_view content, const char *label,
	enum kr_err (*copy)(struct kr_writer *w, struct kr_view bytes))
{
	struct kr_view bytes = sign(content, label);
	struct kr_writer w;

	kr_writer_init_fixed(&w, out, sizeof(out));
	if (copy(&w, bytes) == KR_OK) {
		FUZZ_ASSERT(kr_view_equal(kr_writer_view(&w), bytes));
	}
}

/* ---- What is not signed --------------------------------------------------------- */

static void run_policy(struct kr_view bytes)
{
	const struct kr_policy_change nothing = {0};
	struct kr_policy policy;
	struct kr_policy again;
	struct kr_writer w;

	if (kr_policy_read(&policy, bytes) == KR_OK) {
		kr_writer_init_fixed(&w, out, sizeof(out));
		kr_policy_write(&w, &policy, &nothing);
		FUZZ_ASSERT(w.err == KR_OK && w.len == bytes.len);
		FUZZ_ASSERT(kr_policy_read(&again, kr_writer_view(&w)) == KR_OK);
		FUZZ_ASSERT(kr_policy_compare(&policy, &again) == KR_POLICY_NUMBER);
	}
}

static void run_link(struct kr_view bytes)
{
	struct kr_link link;
	struct kr_writer w;

	if (kr_link_read(&link, bytes) == KR_OK) {
		FUZZ_ASSERT(bytes.len <= KR_LINK_MAX);
		kr_writer_init_fixed(&w, out, sizeof(out));
		kr_link_write(&w, &link);
		FUZZ_ASSERT(kr_view_equal(kr_writer_view(&w), bytes));
	}
}

static void run_recovery(struct kr_view bytes)
{
	struct kr_recovery recovery;
	struct kr_recovery again;
	char text[KR_RECOVERY_TEXT_BYTES];
	unsigned group;

	if (kr_recovery_parse(&recovery, &group, bytes) == KR_OK) {
		kr_recovery_print(text, &recovery);
		FUZZ_ASSERT(kr_recovery_parse(&again, NULL, kr_view_str(text)) == KR_OK);
		FUZZ_ASSERT(memcmp(&recovery, &again, sizeof(again)) == 0);
	}
	FUZZ_ASSERT(group <= KR_RECOVERY_NUM_GROUPS);
}

static void run_sealed(struct kr_view bytes)
{
	static uint8_t storage[KR_SEALED_STORAGE];
	struct kr_x25519_keypair reader = {.secret = {"the private key of fuzz targets"}};
	struct kr_view text;

	kr_x25519_public(reader.public_key, &reader.secret);
	kr_sealed_open(
		&text, storage, bytes, KR_SEALED_NOTE, kr_view_str("context"), &reader);
}

/* ---- Chains --------------------------------------------------------------------- */

static void begin_chain(struct kr_chain *chain)
{
	static uint8_t content[KR_GENESIS_MAX];
	static uint8_t genesis_record[KR_GENESIS_MAX];
	struct kr_genesis genesis = {.num_founders = 2};
	struct kr_ed25519_keypair other;
	const struct kr_secret seed = {{2}};
	uint8_t sigs[2][KR_ED25519_SIG_BYTES];
	uint8_t id[KR_ID_BYTES];
	struct kr_writer c;
	struct kr_writer w;

	kr_ed25519_from_seed(&other, &seed);
	memcpy(genesis.founders[0].device_key, device.public_key, 32);
	memcpy(genesis.founders[1].device_key, other.public_key, 32);
	genesis.founders[1].sealing_key[0] = 1;
	for (size_t i = 0; i < 2; i++) {
		kr_account_id(
			genesis.founders[i].account, genesis.founders[i].device_key);
	}
	kr_writer_init_fixed(&c, content, sizeof(content));
	kr_genesis_content(&c, &genesis);
	kr_genesis_sign(sigs[0], kr_writer_view(&c), &device);
	kr_genesis_sign(sigs[1], kr_writer_view(&c), &other);
	kr_writer_init_fixed(&w, genesis_record, sizeof(genesis_record));
	kr_genesis_write(&w, kr_writer_view(&c), kr_view(sigs, sizeof(sigs)));
	kr_sha256(id, kr_writer_view(&w));
	FUZZ_ASSERT(kr_chain_begin(chain, id, kr_writer_view(&w)) == KR_OK);
}

/* Each role as struct { uint8 kind; opaque subject<V>; }: what the community is and what
 * comes before, the chain says itself. */
static void run_chain(struct kr_view bytes)
{
	static struct kr_chain chain;
	static struct kr_chain before;
	struct kr_reader r = kr_reader(bytes);
	uint8_t kind;
	struct kr_view subject;

	begin_chain(&chain);
	while (kr_read_u8(&r, &kind) == KR_OK && kr_read_vec(&r, &subject) == KR_OK) {
		static uint8_t content[SPACE];
		struct kr_writer w;
		size_t at = 0;

		kr_writer_init_fixed(&w, content, sizeof(content));
		kr_record_begin(&w);
		kr_write_u8(&w, kind);
		kr_write_fixed(&w, kr_view_id(chain.community));
		kr_write_fixed(&w, kr_view_id(kr_chain_head(&chain)));
		kr_write_fixed(&w, subject);
		before = chain;
		if (kr_chain_append(&chain, sign(kr_writer_view(&w), KR_LABEL_ROLE)) !=
			KR_OK) {
			FUZZ_ASSERT(memcmp(&before, &chain, sizeof(chain)) == 0);
		} else {
			FUZZ_ASSERT(chain.position == before.position + 1);
		}
		FUZZ_ASSERT(kr_chain_next(&chain, &at) != NULL);
	}
}

/* ---- The target ----------------------------------------------------------------- */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct kr_secret seed = {{1}};
	struct kr_view rest;

	if (size == 0 || size > SPACE / 2 || kr_crypto_init() != KR_OK) {
		return -1;
	}
	kr_ed25519_from_seed(&device, &seed);
	rest = kr_view(data + 1, size - 1);
	switch (data[0]) {
	case 'g':
		read_genesis(rest);
		break;
	case 'd':
		read_device(rest);
		break;
	case 'j':
		read_request(rest);
		break;
	case 'r':
		run_signed(rest, KR_LABEL_ROLE, copy_role);
		break;
	case 'c':
		run_signed(rest, KR_LABEL_CERTIFICATE, copy_certificate);
		break;
	case 'i':
		run_signed(rest, KR_LABEL_INVITATION, copy_invitation);
		break;
	case 's':
		run_signed(rest, KR_LABEL_STATEMENT, copy_statement);
		break;
	case 'f':
		run_signed(rest, KR_LABEL_REFUSAL, copy_refusal);
		break;
	case 'p':
		run_policy(rest);
		break;
	case 'l':
		run_link(rest);
		break;
	case 'k':
		run_recovery(rest);
		break;
	case 'x':
		run_sealed(rest);
		break;
	case 'h':
		run_chain(rest);
		break;
	default:
		return -1;
	}
	return 0;
}
