/* What professionals tell neighbours. CASES.md §11. */
#include <string.h>

#include "proto/cases/reading.h"
#include "proto/trust/record.h"

static enum kr_err check(const struct kr_notice *n)
{
	enum kr_err err;

	if (n->kind != KR_NOTICE && n->kind != KR_NOTICE_GUIDANCE) {
		return KR_ERR_ENCODING;
	}
	if ((err = kr_line_check(n->title, KR_NAME_MAX)) ||
		(err = kr_text_check(n->text, KR_NOTICE_TEXT_MAX))) {
		return err;
	}
	return n->text.len > 0 ? KR_OK : KR_ERR_TEXT;
}

void kr_notice_write(struct kr_writer *w, const struct kr_notice *notice,
	const struct kr_ed25519_keypair *signer)
{
	size_t begin = kr_record_begin(w);

	kr_writer_fail(w, check(notice));
	kr_write_u8(w, (uint8_t)notice->kind);
	kr_write_fixed(w, kr_view_id(notice->identity_key));
	kr_write_u64(w, notice->number);
	kr_write_fixed(w, kr_view(notice->event, sizeof(notice->event)));
	kr_write_u64(w, notice->made_ms);
	kr_write_u64(w, notice->until_ms);
	kr_write_vec(w, notice->title);
	kr_write_vec(w, notice->text);
	kr_record_end(w, begin, KR_LABEL_NOTICE, signer);
}

static enum kr_err read_notice(struct kr_notice *n, struct kr_view bytes)
{
	struct kr_record record;
	uint8_t kind;
	enum kr_err err;

	if ((err = kr_record_open(&record, bytes, KR_NOTICE_MAX)) ||
		(err = kr_read_u8(&record.r, &kind)) ||
		(err = kr_read_copy(
			 &record.r, n->identity_key, sizeof(n->identity_key))) ||
		(err = kr_read_u64(&record.r, &n->number)) ||
		(err = kr_read_copy(&record.r, n->event, sizeof(n->event))) ||
		(err = kr_read_u64(&record.r, &n->made_ms)) ||
		(err = kr_read_u64(&record.r, &n->until_ms)) ||
		(err = kr_read_vec(&record.r, &n->title)) ||
		(err = kr_read_vec(&record.r, &n->text))) {
		return err;
	}
	n->kind = (enum kr_notice_kind)kind;
	if ((err = check(n))) {
		return err;
	}
	return kr_record_close(&record, KR_LABEL_NOTICE, n->signer);
}

enum kr_err kr_notice_number(uint64_t *number, struct kr_view bytes)
{
	struct kr_reader r = kr_reader(bytes);
	struct kr_view skipped;
	enum kr_err err;

	*number = 0;
	/* version, kind, identity_key */
	err = kr_read_fixed(&r, 1 + 1 + KR_ED25519_PUBLIC_BYTES, &skipped);
	return err != KR_OK ? err : kr_read_u64(&r, number);
}

enum kr_err kr_notice_read(
	struct kr_notice *out, struct kr_view bytes, const struct kr_inbox_record *record)
{
	struct kr_notice notice = {0};
	enum kr_err err = read_notice(&notice, bytes);

	if (err == KR_OK &&
		(!kr_id_equal(notice.identity_key, record->identity_key) ||
			notice.number != record->number ||
			kr_inbox_member(record, notice.signer) == NULL)) {
		err = KR_ERR_SIGNATURE;
	}
	*out = err == KR_OK ? notice : (struct kr_notice){0};
	return err;
}

void kr_notice_seal(struct kr_writer *w, struct kr_view notice,
	const uint8_t event[KR_EVENT_ID_BYTES],
	const uint8_t reading_key[KR_READING_KEY_BYTES], const struct kr_random *rng)
{
	uint8_t space[KR_NOTICE_MAX + KR_READING_OVERHEAD];
	enum kr_err err;

	if (notice.len > KR_NOTICE_MAX) {
		kr_writer_fail(w, KR_ERR_TOO_LARGE);
		return;
	}
	err = kr_reading_seal(space, reading_key, KR_LABEL_NOTICE_KEY,
		kr_view(event, KR_EVENT_ID_BYTES), notice, rng);
	kr_writer_fail(w, err);
	if (err == KR_OK) {
		kr_write_fixed(w, kr_view(space, notice.len + KR_READING_OVERHEAD));
	}
}

enum kr_err kr_notice_open(struct kr_view *notice, uint8_t *storage,
	struct kr_view sealed, const uint8_t event[KR_EVENT_ID_BYTES],
	const uint8_t reading_key[KR_READING_KEY_BYTES])
{
	return kr_reading_open(notice, storage, sealed, reading_key, KR_LABEL_NOTICE_KEY,
		kr_view(event, KR_EVENT_ID_BYTES));
}
