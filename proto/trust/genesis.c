/* The genesis record: who founds a community. TRUST.md §2. */
#include "proto/trust/record.h"

/* ---- Rules ---------------------------------------------------------------------- */

/* No key and no account stands twice among the founders, and no device is the recovery
 * key as well: the second who is asked for has to be somebody else. */
static bool founders_differ(const struct kr_genesis *g)
{
	for (size_t i = 0; i < g->num_founders; i++) {
		const struct kr_coordinator *a = &g->founders[i];

		for (size_t k = i + 1; k < g->num_founders; k++) {
			const struct kr_coordinator *b = &g->founders[k];

			if (kr_id_equal(a->account, b->account) ||
				kr_id_equal(a->device_key, b->device_key) ||
				kr_id_equal(a->sealing_key, b->sealing_key)) {
				return false;
			}
		}
		if (g->has_recovery && kr_id_equal(a->device_key, g->recovery_key)) {
			return false;
		}
	}
	return true;
}

static enum kr_err check_founders(const struct kr_genesis *g)
{
	uint8_t account[KR_ID_BYTES];

	if (g->num_founders == 0 || g->num_founders > KR_FOUNDERS_MAX ||
		g->num_founders + (g->has_recovery ? 1 : 0) < 2 || !founders_differ(g)) {
		return KR_ERR_GENESIS;
	}
	for (size_t i = 0; i < g->num_founders; i++) {
		kr_account_id(account, g->founders[i].device_key);
		if (!kr_id_equal(account, g->founders[i].account)) {
			return KR_ERR_GENESIS;
		}
	}
	return KR_OK;
}

/* ---- Writing -------------------------------------------------------------------- */

void kr_genesis_content(struct kr_writer *w, const struct kr_genesis *genesis)
{
	size_t begin;

	kr_writer_fail(w, check_founders(genesis));
	if (w->err != KR_OK) {
		return;
	}
	kr_record_begin(w);
	kr_write_fixed(w, kr_view(genesis->nonce, sizeof(genesis->nonce)));
	begin = kr_write_vec_begin(w);
	for (size_t i = 0; i < genesis->num_founders; i++) {
		kr_write_fixed(w, kr_view_id(genesis->founders[i].account));
		kr_write_fixed(w, kr_view_id(genesis->founders[i].device_key));
		kr_write_fixed(w, kr_view_id(genesis->founders[i].sealing_key));
	}
	kr_write_vec_end(w, begin);
	kr_write_optional(w, genesis->has_recovery);
	if (genesis->has_recovery) {
		kr_write_fixed(w, kr_view_id(genesis->recovery_key));
	}
}

void kr_genesis_sign(uint8_t sig[KR_ED25519_SIG_BYTES], struct kr_view content,
	const struct kr_ed25519_keypair *signer)
{
	kr_label_sign(sig, KR_LABEL_GENESIS, content, signer);
}

void kr_genesis_write(struct kr_writer *w, struct kr_view content, struct kr_view sigs)
{
	struct kr_genesis again;
	size_t begin = w->len;

	kr_write_fixed(w, content);
	kr_write_fixed(w, sigs);
	if (w->err == KR_OK) {
		kr_writer_fail(w, kr_genesis_read(&again, kr_record_written(w, begin)));
	}
}

/* ---- Reading -------------------------------------------------------------------- */

static enum kr_err read_founders(struct kr_genesis *g, struct kr_reader *r)
{
	struct kr_view list;
	struct kr_reader founders;
	enum kr_err err;

	if ((err = kr_read_vec(r, &list))) {
		return err;
	}
	founders = kr_reader(list);
	while (founders.rest.len > 0) {
		struct kr_coordinator *f = &g->founders[g->num_founders];

		if (g->num_founders == KR_FOUNDERS_MAX) {
			return KR_ERR_GENESIS;
		}
		if ((err = kr_read_copy(&founders, f->account, sizeof(f->account))) ||
			(err = kr_read_copy(
				 &founders, f->device_key, sizeof(f->device_key))) ||
			(err = kr_read_copy(
				 &founders, f->sealing_key, sizeof(f->sealing_key)))) {
			return err;
		}
		g->num_founders++;
	}
	return KR_OK;
}

static enum kr_err verify_founders(const struct kr_genesis *g, struct kr_record *record)
{
	struct kr_view content = kr_record_content(record);
	enum kr_err err;

	for (size_t i = 0; i < g->num_founders; i++) {
		err = kr_record_verify(
			record, content, KR_LABEL_GENESIS, g->founders[i].device_key);
		if (err != KR_OK) {
			return err;
		}
	}
	if (g->has_recovery &&
		(err = kr_record_verify(
			 record, content, KR_LABEL_GENESIS, g->recovery_key))) {
		return err;
	}
	return kr_read_end(&record->r);
}

static enum kr_err read_genesis(struct kr_genesis *g, struct kr_view bytes)
{
	struct kr_record record;
	enum kr_err err;

	if ((err = kr_record_open(&record, bytes, KR_GENESIS_MAX)) ||
		(err = kr_read_copy(&record.r, g->nonce, sizeof(g->nonce))) ||
		(err = read_founders(g, &record.r)) ||
		(err = kr_read_optional(&record.r, &g->has_recovery)) ||
		(g->has_recovery &&
			(err = kr_read_copy(
				 &record.r, g->recovery_key, sizeof(g->recovery_key)))) ||
		(err = check_founders(g))) {
		return err;
	}
	return verify_founders(g, &record);
}

enum kr_err kr_genesis_read(struct kr_genesis *out, struct kr_view record)
{
	struct kr_genesis genesis = {0};
	enum kr_err err = read_genesis(&genesis, record);

	*out = err == KR_OK ? genesis : (struct kr_genesis){0};
	return err;
}
