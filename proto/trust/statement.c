/* Statements: one signed structure for what is decided or wished. TRUST.md §10. */
#include "proto/trust/record.h"

#include <string.h>

#define SERIAL_LEN 8

static const struct kr_statement_info infos[] = {
#define KR_STATEMENT_INFO(symbol, number, kind_name, event_type, who, kind_fields)       \
	{.kind = KR_STATEMENT_##symbol,                                                  \
		.name = kind_name,                                                       \
		.event = KR_EVENT_##event_type,                                          \
		.authority = KR_AUTHORITY_##who,                                         \
		.fields = kind_fields},
	KR_STATEMENT_LIST(KR_STATEMENT_INFO)
#undef KR_STATEMENT_INFO
};

const struct kr_statement_info *kr_statement_info(unsigned kind)
{
	for (size_t i = 0; i < sizeof(infos) / sizeof(infos[0]); i++) {
		if ((unsigned)infos[i].kind == kind) {
			return &infos[i];
		}
	}
	return NULL;
}

static enum kr_err check_serials(struct kr_view serials)
{
	if (serials.len % SERIAL_LEN != 0) {
		return KR_ERR_ENCODING;
	}
	if (serials.len / SERIAL_LEN > KR_STATEMENT_SERIALS_MAX) {
		return KR_ERR_TOO_LARGE;
	}
	for (size_t at = SERIAL_LEN; at < serials.len; at += SERIAL_LEN) {
		if (memcmp(serials.data + at - SERIAL_LEN, serials.data + at,
			    SERIAL_LEN) >= 0) {
			return KR_ERR_ENCODING;
		}
	}
	return KR_OK;
}

static void write_fields(
	struct kr_writer *w, unsigned fields, const struct kr_statement *s)
{
	if (fields & KR_S_GROUP) {
		kr_write_fixed(w, kr_view_id(s->group));
	}
	if (fields & KR_S_SUBJECT) {
		kr_write_fixed(w, kr_view_id(s->subject));
	}
	if (fields & KR_S_TARGET) {
		kr_write_fixed(w, kr_view_id(s->target));
	}
	if (fields & KR_S_EVENT) {
		kr_write_fixed(w, kr_view(s->event, sizeof(s->event)));
	}
	if (fields & KR_S_UNTIL) {
		kr_write_u64(w, s->until_ms);
	}
	if (fields & KR_S_SERIALS) {
		kr_writer_fail(w, check_serials(s->serials));
		kr_write_vec(w, s->serials);
	}
	if (fields & KR_S_TEXT) {
		kr_write_fixed(w, kr_view_id(s->text));
	}
}

void kr_statement_write(struct kr_writer *w, const struct kr_statement *statement,
	const struct kr_ed25519_keypair *signer)
{
	const struct kr_statement_info *info = kr_statement_info(statement->kind);
	size_t begin = kr_record_begin(w);

	if (info == NULL) {
		kr_writer_fail(w, KR_ERR_ARGUMENT);
		return;
	}
	kr_write_u8(w, (uint8_t)statement->kind);
	kr_write_fixed(w, kr_view_id(statement->community));
	kr_write_u64(w, statement->seen_seq);
	kr_write_fixed(w, kr_view_id(statement->seen_hash));
	write_fields(w, info->fields, statement);
	kr_record_end(w, begin, KR_LABEL_STATEMENT, signer);
}

static enum kr_err read_fixed_fields(
	struct kr_statement *s, unsigned fields, struct kr_reader *r)
{
	const struct {
		enum kr_statement_field field;
		uint8_t *to;
		size_t len;
	} fixed[] = {
		{KR_S_GROUP, s->group, sizeof(s->group)},
		{KR_S_SUBJECT, s->subject, sizeof(s->subject)},
		{KR_S_TARGET, s->target, sizeof(s->target)},
		{KR_S_EVENT, s->event, sizeof(s->event)},
	};
	enum kr_err err;

	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		if ((fields & fixed[i].field) &&
			(err = kr_read_copy(r, fixed[i].to, fixed[i].len))) {
			return err;
		}
	}
	return KR_OK;
}

static enum kr_err read_fields(
	struct kr_statement *s, unsigned fields, struct kr_reader *r)
{
	enum kr_err err;

	if ((err = read_fixed_fields(s, fields, r)) ||
		((fields & KR_S_UNTIL) && (err = kr_read_u64(r, &s->until_ms))) ||
		((fields & KR_S_SERIALS) &&
			((err = kr_read_vec(r, &s->serials)) ||
				(err = check_serials(s->serials))))) {
		return err;
	}
	return fields & KR_S_TEXT ? kr_read_copy(r, s->text, sizeof(s->text)) : KR_OK;
}

static enum kr_err read_statement(struct kr_statement *s, struct kr_view bytes)
{
	const struct kr_statement_info *info;
	struct kr_record record;
	uint8_t kind;
	enum kr_err err;

	if ((err = kr_record_open(&record, bytes, KR_STATEMENT_MAX)) ||
		(err = kr_read_u8(&record.r, &kind))) {
		return err;
	}
	info = kr_statement_info(kind);
	if (info == NULL) {
		return KR_ERR_ENCODING;
	}
	s->kind = info->kind;
	if ((err = kr_read_copy(&record.r, s->community, sizeof(s->community))) ||
		(err = kr_read_u64(&record.r, &s->seen_seq)) ||
		(err = kr_read_copy(&record.r, s->seen_hash, sizeof(s->seen_hash))) ||
		(err = read_fields(s, info->fields, &record.r))) {
		return err;
	}
	return kr_record_close(&record, KR_LABEL_STATEMENT, s->signer);
}

enum kr_err kr_statement_read(struct kr_statement *out, struct kr_view record)
{
	struct kr_statement statement = {0};
	enum kr_err err = read_statement(&statement, record);

	*out = err == KR_OK ? statement : (struct kr_statement){0};
	return err;
}
