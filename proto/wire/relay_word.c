/* What the relay signs itself, and ids and signatures around cases: CASES.md §2, §3, §9;
 * PROTOCOL.md §3, §4a. */
#include <kring/case.h>

#include <string.h>

#include <kring/wire.h>

#include "proto/wire/signed_record.h"

void kr_relay_word_write(struct kr_writer *w, const struct kr_relay_word *word,
	const struct kr_ed25519_keypair *relay)
{
	size_t begin = w->len;

	kr_write_u8(w, KR_CASE_VERSION);
	kr_write_u8(w, (uint8_t)word->kind);
	kr_write_vec(w, word->relay);
	kr_write_fixed(w, kr_view(word->case_id, sizeof(word->case_id)));
	kr_write_fixed(w, kr_view(word->event, sizeof(word->event)));
	kr_write_u64(w, word->seq);
	kr_write_fixed(w, kr_view(word->hash, sizeof(word->hash)));
	kr_write_u64(w, word->time_ms);
	kr_write_u64(w, word->until_ms);
	kr_write_fixed(w, kr_view(word->inbox, sizeof(word->inbox)));
	kr_signed_record_end(w, begin, KR_LABEL_RELAY, relay);
}

static enum kr_err read_word(struct kr_relay_word *out, struct kr_reader *r)
{
	uint8_t kind;
	enum kr_err err;

	if ((err = kr_signed_record_open(r, KR_CASE_VERSION)) ||
		(err = kr_read_u8(r, &kind)) || (err = kr_read_vec(r, &out->relay)) ||
		(err = kr_read_copy(r, out->case_id, sizeof(out->case_id))) ||
		(err = kr_read_copy(r, out->event, sizeof(out->event))) ||
		(err = kr_read_u64(r, &out->seq)) ||
		(err = kr_read_copy(r, out->hash, sizeof(out->hash))) ||
		(err = kr_read_u64(r, &out->time_ms)) ||
		(err = kr_read_u64(r, &out->until_ms)) ||
		(err = kr_read_copy(r, out->inbox, sizeof(out->inbox)))) {
		return err;
	}
	if (kind < KR_RELAY_ARRIVAL || kind > KR_RELAY_EXPIRED ||
		out->relay.len > KR_RELAY_NAME_MAX) {
		return KR_ERR_ENCODING;
	}
	out->kind = (enum kr_relay_word_kind)kind;
	return KR_OK;
}

enum kr_err kr_relay_word_read(struct kr_relay_word *out, struct kr_view bytes,
	const uint8_t relay_key[KR_ED25519_PUBLIC_BYTES])
{
	struct kr_reader r = kr_reader(bytes);
	enum kr_err err;

	memset(out, 0, sizeof(*out));
	if ((err = read_word(out, &r)) ||
		(err = kr_signed_record_close(&r, bytes, KR_LABEL_RELAY, relay_key))) {
		memset(out, 0, sizeof(*out));
	}
	return err;
}

void kr_case_open_tbs(struct kr_writer *w, struct kr_view relay,
	const uint8_t challenge[KR_CHALLENGE_BYTES], const uint8_t case_id[KR_ID_BYTES])
{
	kr_write_vec(w, kr_view_str("kring case open v1"));
	kr_write_vec(w, relay);
	kr_write_fixed(w, kr_view(challenge, KR_CHALLENGE_BYTES));
	kr_write_fixed(w, kr_view(case_id, KR_ID_BYTES));
}

static void hash_parts(
	uint8_t out[KR_ID_BYTES], const char *label, const uint8_t *a, const uint8_t *b)
{
	struct kr_sha256 h;

	kr_sha256_init(&h);
	kr_sha256_update(&h, kr_view_str(label));
	kr_sha256_update(&h, kr_view(a, KR_ID_BYTES));
	if (b != NULL) {
		kr_sha256_update(&h, kr_view(b, KR_ID_BYTES));
	}
	kr_sha256_final(&h, out);
}

void kr_notes_id(uint8_t out[KR_ID_BYTES], const uint8_t case_id[KR_ID_BYTES],
	const uint8_t inbox[KR_ID_BYTES])
{
	hash_parts(out, "kring notes v1", case_id, inbox);
}

void kr_inbox_id(
	uint8_t out[KR_ID_BYTES], const uint8_t identity_key[KR_ED25519_PUBLIC_BYTES])
{
	hash_parts(out, "kring inbox v1", identity_key, NULL);
}
