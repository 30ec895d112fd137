/* Membership certificates, and the check of a leaf. TRUST.md §4. */
#include "proto/trust/record.h"

void kr_certificate_write(struct kr_writer *w, const struct kr_certificate *certificate,
	const struct kr_ed25519_keypair *issuer)
{
	size_t begin = kr_record_begin(w);

	kr_write_fixed(w, kr_view_id(certificate->community));
	kr_write_fixed(w, kr_view_id(certificate->account));
	kr_write_fixed(w, kr_view_id(certificate->device_key));
	kr_write_u64(w, certificate->serial);
	kr_write_u64(w, certificate->not_before);
	kr_write_u64(w, certificate->not_after);
	if (certificate->not_after < certificate->not_before) {
		kr_writer_fail(w, KR_ERR_ENCODING);
	}
	kr_record_end(w, begin, KR_LABEL_CERTIFICATE, issuer);
}

static enum kr_err read_certificate(struct kr_certificate *c, struct kr_view bytes)
{
	struct kr_record record;
	enum kr_err err;

	if ((err = kr_record_open(&record, bytes, KR_CERTIFICATE_BYTES)) ||
		(err = kr_read_copy(&record.r, c->community, sizeof(c->community))) ||
		(err = kr_read_copy(&record.r, c->account, sizeof(c->account))) ||
		(err = kr_read_copy(&record.r, c->device_key, sizeof(c->device_key))) ||
		(err = kr_read_u64(&record.r, &c->serial)) ||
		(err = kr_read_u64(&record.r, &c->not_before)) ||
		(err = kr_read_u64(&record.r, &c->not_after))) {
		return err;
	}
	if (c->not_after < c->not_before) {
		return KR_ERR_ENCODING;
	}
	return kr_record_close(&record, KR_LABEL_CERTIFICATE, c->issuer);
}

enum kr_err kr_certificate_read(struct kr_certificate *out, struct kr_view record)
{
	struct kr_certificate certificate = {0};
	enum kr_err err = read_certificate(&certificate, record);

	*out = err == KR_OK ? certificate : (struct kr_certificate){0};
	return err;
}

/* A policy names the issuers that count, also some who are coordinators no more; the
 * chain has to know them all the same. */
static bool issuer_counts(
	const struct kr_certificate *c, const struct kr_certificate_rules *rules)
{
	return rules->policy == NULL ? kr_chain_has(rules->chain, c->issuer)
				     : kr_policy_has_issuer(rules->policy, c->issuer) &&
			kr_chain_knows(rules->chain, c->issuer);
}

static enum kr_err check_certificate(const struct kr_certificate *c,
	const uint8_t key[KR_ED25519_PUBLIC_BYTES],
	const struct kr_certificate_rules *rules)
{
	if (!kr_id_equal(c->community, rules->chain->community)) {
		return KR_ERR_COMMUNITY;
	}
	if (!kr_id_equal(c->device_key, key)) {
		return KR_ERR_CERT_KEY;
	}
	if (!issuer_counts(c, rules)) {
		return KR_ERR_CERT_ISSUER;
	}
	if (rules->policy != NULL && kr_policy_has_revoked(rules->policy, c->serial)) {
		return KR_ERR_CERT_REVOKED;
	}
	if (rules->now_s != 0 &&
		(rules->now_s < c->not_before || rules->now_s > c->not_after)) {
		return KR_ERR_CERT_VALIDITY;
	}
	return KR_OK;
}

enum kr_err kr_certificate_check(struct kr_certificate *out, struct kr_view identity,
	const uint8_t key[KR_ED25519_PUBLIC_BYTES],
	const struct kr_certificate_rules *rules)
{
	enum kr_err err = kr_certificate_read(out, identity);

	if (err == KR_OK && (err = check_certificate(out, key, rules))) {
		*out = (struct kr_certificate){0};
	}
	return err;
}
