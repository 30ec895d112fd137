/* What is signed of an event of a case: CASES.md §5, and the shape that each type has,
 * §7. */
#include <kring/case.h>

#include <string.h>

#include "proto/wire/signed_record.h"

/* ---- Shapes ----------------------------------------------------------------------- */

enum second {
	NO_SECOND,
	IDENTITY,
	KEYS,
	MAY_HAVE_KEYS,
};

struct shape {
	bool has_words;
	enum second second;
};

static struct shape shape_of(unsigned type)
{
	switch (type) {
	case KR_EVENT_SUBMITTED:
		return (struct shape){true, IDENTITY};
	case KR_EVENT_HANDOVER_OFFERED:
	case KR_EVENT_JOIN_INVITED:
		return (struct shape){true, KEYS};
	case KR_EVENT_CONSULTED:
	case KR_EVENT_ACKNOWLEDGED:
	case KR_EVENT_FOLLOW_UP:
	case KR_EVENT_PROMISE:
		return (struct shape){true, MAY_HAVE_KEYS};
	case KR_EVENT_CLOSE_READ:
	case KR_EVENT_CONSENTED:
	case KR_EVENT_ERASED:
		return (struct shape){false, NO_SECOND};
	case KR_EVENT_IDENTITY_SHARED:
		return (struct shape){false, KEYS};
	default:
		return (struct shape){true, NO_SECOND};
	}
}

static bool fits_size(const struct kr_case_event *e, const struct kr_envelope *envelope)
{
	size_t len = envelope->ciphertext.len - KR_AEAD_TAG_BYTES;
	bool is_small = len == KR_CASE_SIZE_SMALL;
	bool is_larger = len == KR_CASE_SIZE_MEDIUM || len == KR_CASE_SIZE_LARGE;

	if (envelope->ciphertext.len < KR_AEAD_TAG_BYTES) {
		return false;
	}
	if (envelope->kind == KR_ENVELOPE_IDENTITY) {
		return is_small;
	}
	return is_larger || (is_small && e->type != KR_EVENT_SUBMITTED);
}

static enum kr_err check_envelopes(const struct kr_case_event *e)
{
	struct shape shape = shape_of(e->type);
	enum kr_envelope_kind kinds[KR_ENVELOPES_MAX];
	size_t num = 0;

	if (shape.has_words) {
		kinds[num++] = KR_ENVELOPE_WORDS;
	}
	if (shape.second == KEYS ||
		(shape.second == MAY_HAVE_KEYS && e->num_envelopes > num)) {
		kinds[num++] = KR_ENVELOPE_KEYS;
	} else if (shape.second == IDENTITY) {
		kinds[num++] = KR_ENVELOPE_IDENTITY;
	}
	if (num != e->num_envelopes) {
		return KR_ERR_ENCODING;
	}
	for (size_t i = 0; i < num; i++) {
		if (e->envelopes[i].kind != kinds[i] || !fits_size(e, &e->envelopes[i])) {
			return KR_ERR_ENCODING;
		}
	}
	return KR_OK;
}

static bool same_recipient(const struct kr_recipient *a, const struct kr_recipient *b)
{
	return a->envelope == b->envelope &&
		memcmp(a->party, b->party, sizeof(a->party)) == 0;
}

static enum kr_err check_recipients(const struct kr_case_event *e)
{
	for (size_t i = 0; i < e->num_recipients; i++) {
		const struct kr_recipient *r = &e->recipients[i];
		bool is_reporter = r->purpose == KR_WRAP_REPORTER;

		if (r->envelope >= e->num_envelopes ||
			is_reporter != kr_is_zero(r->party, sizeof(r->party)) ||
			is_reporter != (r->sealing_number == 0)) {
			return KR_ERR_ENCODING;
		}
		for (size_t k = 0; k < i; k++) {
			if (same_recipient(r, &e->recipients[k])) {
				return KR_ERR_ENCODING;
			}
		}
	}
	return KR_OK;
}

/* Fields that the type has are there, others are not. */
static enum kr_err check_fields(const struct kr_case_event *e)
{
	const struct kr_event_info *info = kr_event_info(e->type);
	bool is_note = e->type == KR_EVENT_NOTE;
	unsigned fields = info == NULL || is_note ? 0 : info->fields;
	bool by_nobody = kr_is_zero(e->by, sizeof(e->by));

	if (info == NULL || (info->kind != KR_TOPIC_CASE && !is_note) ||
		e->type == KR_EVENT_OVERDUE || e->type == KR_EVENT_EXPIRED ||
		by_nobody != (e->by_number == 0) ||
		kr_is_zero(e->inbox, sizeof(e->inbox)) != !(fields & KR_F_INBOX) ||
		(!(fields & KR_F_FALLBACK) &&
			!kr_is_zero(e->fallback, sizeof(e->fallback))) ||
		(fields & KR_F_URGENCY ? e->urgency < 1 || e->urgency > KR_NUM_URGENCIES
				       : e->urgency != 0) ||
		(e->type == KR_EVENT_PROMISE) != (e->date_ms != 0)) {
		return KR_ERR_ENCODING;
	}
	return KR_OK;
}

static enum kr_err check(const struct kr_case_event *e)
{
	enum kr_err err;

	if ((err = check_fields(e)) || (err = check_envelopes(e))) {
		return err;
	}
	return check_recipients(e);
}

/* ---- Writing ---------------------------------------------------------------------- */

static void write_envelopes(struct kr_writer *w, const struct kr_case_event *e)
{
	size_t begin = kr_write_vec_begin(w);

	for (size_t i = 0; i < e->num_envelopes; i++) {
		const struct kr_envelope *envelope = &e->envelopes[i];

		kr_write_u8(w, (uint8_t)envelope->kind);
		kr_write_fixed(
			w, kr_view(envelope->commitment, sizeof(envelope->commitment)));
		kr_write_vec(w, envelope->ciphertext);
	}
	kr_write_vec_end(w, begin);
}

static void write_recipients(struct kr_writer *w, const struct kr_case_event *e)
{
	size_t begin = kr_write_vec_begin(w);

	for (size_t i = 0; i < e->num_recipients; i++) {
		const struct kr_recipient *r = &e->recipients[i];

		kr_write_u8(w, r->envelope);
		kr_write_u8(w, (uint8_t)r->purpose);
		kr_write_fixed(w, kr_view(r->party, sizeof(r->party)));
		kr_write_u64(w, r->sealing_number);
		kr_write_fixed(w, kr_view(r->wrap_hash, sizeof(r->wrap_hash)));
	}
	kr_write_vec_end(w, begin);
}

void kr_case_event_write(struct kr_writer *w, const struct kr_case_event *e,
	const struct kr_ed25519_keypair *signer)
{
	size_t begin = w->len;
	enum kr_err err;

	if (e->num_envelopes > KR_ENVELOPES_MAX ||
		e->num_recipients > KR_RECIPIENTS_MAX) {
		kr_writer_fail(w, KR_ERR_ARGUMENT);
		return;
	}
	if ((err = check(e))) {
		kr_writer_fail(w, err);
		return;
	}
	kr_write_u8(w, KR_CASE_VERSION);
	kr_write_fixed(w, kr_view(e->case_id, sizeof(e->case_id)));
	kr_write_u16(w, e->type);
	kr_write_fixed(w, kr_view(e->event, sizeof(e->event)));
	kr_write_u64(w, e->seen_seq);
	kr_write_fixed(w, kr_view(e->seen_hash, sizeof(e->seen_hash)));
	kr_write_fixed(w, kr_view(e->by, sizeof(e->by)));
	kr_write_u64(w, e->by_number);
	kr_write_fixed(w, kr_view(e->inbox, sizeof(e->inbox)));
	kr_write_fixed(w, kr_view(e->fallback, sizeof(e->fallback)));
	kr_write_u8(w, e->urgency);
	kr_write_u64(w, e->date_ms);
	write_envelopes(w, e);
	write_recipients(w, e);
	kr_write_fixed(w, kr_view(signer->public_key, sizeof(signer->public_key)));
	kr_signed_record_end(w, begin, KR_LABEL_CASE, signer);
}

/* ---- Reading ---------------------------------------------------------------------- */

static enum kr_err read_envelopes(struct kr_case_event *out, struct kr_reader *r)
{
	struct kr_reader list = {0};
	enum kr_err err = kr_read_vec(r, &list.rest);

	while (err == KR_OK && list.rest.len > 0) {
		struct kr_envelope *envelope = &out->envelopes[out->num_envelopes];
		uint8_t kind;

		if (out->num_envelopes == KR_ENVELOPES_MAX) {
			return KR_ERR_ENCODING;
		}
		if ((err = kr_read_u8(&list, &kind)) ||
			(err = kr_read_copy(&list, envelope->commitment,
				 sizeof(envelope->commitment))) ||
			(err = kr_read_vec(&list, &envelope->ciphertext))) {
			return err;
		}
		if (kind < KR_ENVELOPE_WORDS || kind > KR_ENVELOPE_KEYS) {
			return KR_ERR_ENCODING;
		}
		envelope->kind = (enum kr_envelope_kind)kind;
		out->num_envelopes++;
	}
	return err;
}

static enum kr_err read_recipients(struct kr_case_event *out, struct kr_reader *r)
{
	struct kr_reader list = {0};
	enum kr_err err = kr_read_vec(r, &list.rest);

	while (err == KR_OK && list.rest.len > 0) {
		struct kr_recipient *to = &out->recipients[out->num_recipients];
		uint8_t purpose;

		if (out->num_recipients == KR_RECIPIENTS_MAX) {
			return KR_ERR_TOO_LARGE;
		}
		if ((err = kr_read_u8(&list, &to->envelope)) ||
			(err = kr_read_u8(&list, &purpose)) ||
			(err = kr_read_copy(&list, to->party, sizeof(to->party))) ||
			(err = kr_read_u64(&list, &to->sealing_number)) ||
			(err = kr_read_copy(
				 &list, to->wrap_hash, sizeof(to->wrap_hash)))) {
			return err;
		}
		if (purpose < KR_WRAP_PARTY || purpose > KR_WRAP_OFFER) {
			return KR_ERR_ENCODING;
		}
		to->purpose = (enum kr_wrap_purpose)purpose;
		out->num_recipients++;
	}
	return err;
}

static enum kr_err read_fields(struct kr_case_event *out, struct kr_reader *r)
{
	enum kr_err err;

	if ((err = kr_signed_record_open(r, KR_CASE_VERSION)) ||
		(err = kr_read_copy(r, out->case_id, sizeof(out->case_id))) ||
		(err = kr_read_u16(r, &out->type)) ||
		(err = kr_read_copy(r, out->event, sizeof(out->event))) ||
		(err = kr_read_u64(r, &out->seen_seq)) ||
		(err = kr_read_copy(r, out->seen_hash, sizeof(out->seen_hash))) ||
		(err = kr_read_copy(r, out->by, sizeof(out->by))) ||
		(err = kr_read_u64(r, &out->by_number)) ||
		(err = kr_read_copy(r, out->inbox, sizeof(out->inbox))) ||
		(err = kr_read_copy(r, out->fallback, sizeof(out->fallback))) ||
		(err = kr_read_u8(r, &out->urgency)) ||
		(err = kr_read_u64(r, &out->date_ms))) {
		return err;
	}
	return KR_OK;
}

enum kr_err kr_case_event_read(struct kr_case_event *out, struct kr_view bytes)
{
	struct kr_reader r = kr_reader(bytes);
	enum kr_err err;

	memset(out, 0, sizeof(*out));
	if ((err = read_fields(out, &r)) || (err = read_envelopes(out, &r)) ||
		(err = read_recipients(out, &r)) || (err = check(out)) ||
		(err = kr_read_copy(&r, out->signer, sizeof(out->signer))) ||
		(err = kr_signed_record_close(&r, bytes, KR_LABEL_CASE, out->signer))) {
		memset(out, 0, sizeof(*out));
	}
	return err;
}

enum kr_err kr_case_wraps_check(const struct kr_case_event *e, struct kr_view wraps)
{
	uint8_t hash[KR_SHA256_BYTES];

	if (wraps.len != e->num_recipients * KR_WRAP_BYTES) {
		return KR_ERR_ENCODING;
	}
	for (size_t i = 0; i < e->num_recipients; i++) {
		kr_sha256(hash, kr_view(wraps.data + i * KR_WRAP_BYTES, KR_WRAP_BYTES));
		if (memcmp(hash, e->recipients[i].wrap_hash, sizeof(hash)) != 0) {
			return KR_ERR_HASH;
		}
	}
	return KR_OK;
}
