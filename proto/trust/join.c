/* Requests to join, and their refusal. TRUST.md §8. */
#include "proto/trust/record.h"

#include <string.h>

#define JOIN_MAX    (KR_JOIN_KEY_PACKAGE_MAX + KR_SEALED_MAX + 1024)
#define REFUSAL_MAX (KR_SEALED_MAX + 512)

#define NOTE_CONTEXT_BYTES    ((size_t)2 * KR_ID_BYTES)
#define REFUSAL_CONTEXT_BYTES ((size_t)3 * KR_ID_BYTES)

/* ---- Recipients ----------------------------------------------------------------- */

struct recipients {
	uint8_t keys[KR_SEALED_RECIPIENTS_MAX][KR_X25519_BYTES];
	size_t num;
};

/* Who are coordinators now. KR_ERR_LIMIT for more devices than a text can have
 * recipients. */
static enum kr_err add_coordinators(struct recipients *to, const struct kr_chain *chain)
{
	const struct kr_coordinator *who;
	size_t at = 0;

	while ((who = kr_chain_next(chain, &at)) != NULL) {
		if (to->num == KR_SEALED_RECIPIENTS_MAX) {
			return KR_ERR_LIMIT;
		}
		memcpy(to->keys[to->num++], who->sealing_key, KR_X25519_BYTES);
	}
	return KR_OK;
}

static struct kr_view recipients_view(const struct recipients *to)
{
	return kr_view(to->keys, to->num * KR_X25519_BYTES);
}

/* ---- Requests: writing ---------------------------------------------------------- */

static struct kr_view note_context(uint8_t space[NOTE_CONTEXT_BYTES],
	const uint8_t community[KR_ID_BYTES], const uint8_t account[KR_ID_BYTES])
{
	memcpy(space, community, KR_ID_BYTES);
	memcpy(space + KR_ID_BYTES, account, KR_ID_BYTES);
	return kr_view(space, NOTE_CONTEXT_BYTES);
}

static enum kr_err check_note(const struct kr_join_note *note)
{
	enum kr_err err = kr_line_check(note->name, KR_NAME_MAX);

	return err != KR_OK ? err : kr_text_check(note->check, KR_JOIN_CHECK_MAX);
}

/* struct { uint8 version = 1; opaque name<V>; opaque check<V>; } JoinNote, sealed. */
static void write_note(struct kr_writer *w, const struct kr_join_request *request,
	const struct kr_join_note *note, const struct kr_chain *chain,
	const struct kr_random *rng)
{
	uint8_t space[KR_SEALED_STORAGE];
	uint8_t context[NOTE_CONTEXT_BYTES];
	struct recipients to = {.num = 0};
	struct kr_writer text;

	kr_writer_fail(w, check_note(note));
	kr_writer_fail(w, add_coordinators(&to, chain));
	kr_writer_init_fixed(&text, space, sizeof(space));
	kr_write_u8(&text, KR_RECORD_VERSION);
	kr_write_vec(&text, note->name);
	kr_write_vec(&text, note->check);
	kr_writer_fail(w, text.err);
	if (w->err == KR_OK) {
		kr_sealed_write(w, KR_SEALED_NOTE,
			note_context(context, request->community, request->account),
			kr_writer_view(&text), recipients_view(&to), rng);
	}
	kr_wipe(space, sizeof(space));
}

void kr_join_request_write(struct kr_writer *w, const struct kr_join_request *request,
	const struct kr_join_note *note, const struct kr_chain *chain,
	const struct kr_ed25519_keypair *device, const struct kr_ed25519_keypair *invite,
	const struct kr_random *rng)
{
	size_t begin = kr_record_begin(w);
	struct kr_view content;

	if (request->key_package.len > KR_JOIN_KEY_PACKAGE_MAX) {
		kr_writer_fail(w, KR_ERR_TOO_LARGE);
	}
	kr_write_fixed(w, kr_view_id(request->community));
	kr_write_fixed(w, kr_view_id(request->account));
	kr_write_fixed(w, kr_view_id(device->public_key));
	kr_write_fixed(w, kr_view_id(request->reply_key));
	kr_write_fixed(w, kr_view_id(invite->public_key));
	kr_write_vec(w, request->key_package);
	write_note(w, request, note, chain, rng);
	content = kr_record_written(w, begin);
	if (w->err == KR_OK) {
		uint8_t sigs[2][KR_ED25519_SIG_BYTES];

		kr_label_sign(sigs[0], KR_LABEL_JOIN, content, device);
		kr_label_sign(sigs[1], KR_LABEL_JOIN_INVITE, content, invite);
		kr_write_fixed(w, kr_view(sigs, sizeof(sigs)));
	}
}

/* ---- Requests: reading ---------------------------------------------------------- */

static enum kr_err read_request(struct kr_join_request *q, struct kr_view bytes)
{
	uint8_t account[KR_ID_BYTES];
	struct kr_record record;
	struct kr_view content;
	enum kr_err err;

	if ((err = kr_record_open(&record, bytes, JOIN_MAX)) ||
		(err = kr_read_copy(&record.r, q->community, sizeof(q->community))) ||
		(err = kr_read_copy(&record.r, q->account, sizeof(q->account))) ||
		(err = kr_read_copy(&record.r, q->device_key, sizeof(q->device_key))) ||
		(err = kr_read_copy(&record.r, q->reply_key, sizeof(q->reply_key))) ||
		(err = kr_read_copy(&record.r, q->invite_key, sizeof(q->invite_key))) ||
		(err = kr_read_vec(&record.r, &q->key_package))) {
		return err;
	}
	if (q->key_package.len > KR_JOIN_KEY_PACKAGE_MAX) {
		return KR_ERR_TOO_LARGE;
	}
	if ((err = kr_sealed_read(&record.r, &q->note))) {
		return err;
	}
	content = kr_record_content(&record);
	if ((err = kr_record_verify(&record, content, KR_LABEL_JOIN, q->device_key)) ||
		(err = kr_record_verify(
			 &record, content, KR_LABEL_JOIN_INVITE, q->invite_key)) ||
		(err = kr_read_end(&record.r))) {
		return err;
	}
	kr_account_id(account, q->device_key);
	return kr_id_equal(account, q->account) ? KR_OK : KR_ERR_DEVICE_ACCOUNT;
}

enum kr_err kr_join_request_read(struct kr_join_request *out, struct kr_view record)
{
	struct kr_join_request request = {0};
	enum kr_err err = read_request(&request, record);

	*out = err == KR_OK ? request : (struct kr_join_request){0};
	return err;
}

static enum kr_err read_note(struct kr_join_note *note, struct kr_view text)
{
	struct kr_record record;
	enum kr_err err;

	if ((err = kr_record_open(&record, text, KR_SEALED_STORAGE)) ||
		(err = kr_read_vec(&record.r, &note->name)) ||
		(err = kr_read_vec(&record.r, &note->check)) ||
		(err = kr_read_end(&record.r))) {
		return err;
	}
	return check_note(note);
}

enum kr_err kr_join_note_open(struct kr_join_note *out,
	uint8_t storage[KR_SEALED_STORAGE], const struct kr_join_request *request,
	const struct kr_x25519_keypair *sealing)
{
	uint8_t context[NOTE_CONTEXT_BYTES];
	struct kr_view text;
	enum kr_err err = kr_sealed_open(&text, storage, request->note, KR_SEALED_NOTE,
		note_context(context, request->community, request->account), sealing);

	*out = (struct kr_join_note){0};
	if (err == KR_OK && (err = read_note(out, text))) {
		*out = (struct kr_join_note){0};
		kr_wipe(storage, KR_SEALED_STORAGE);
	}
	return err;
}

/* ---- Refusals ------------------------------------------------------------------- */

static struct kr_view refusal_context(
	uint8_t space[REFUSAL_CONTEXT_BYTES], const struct kr_refusal *refusal)
{
	memcpy(space, refusal->community, KR_ID_BYTES);
	memcpy(space + KR_ID_BYTES, refusal->account, KR_ID_BYTES);
	memcpy(space + (size_t)2 * KR_ID_BYTES, refusal->request_hash, KR_SHA256_BYTES);
	return kr_view(space, REFUSAL_CONTEXT_BYTES);
}

void kr_refusal_write(struct kr_writer *w, struct kr_view request, struct kr_view reason,
	const struct kr_chain *chain, const struct kr_ed25519_keypair *signer,
	const struct kr_random *rng)
{
	uint8_t context[REFUSAL_CONTEXT_BYTES];
	struct kr_refusal refusal = {0};
	struct kr_join_request q;
	struct recipients to = {.num = 1};
	size_t begin = kr_record_begin(w);

	kr_writer_fail(w, kr_join_request_read(&q, request));
	kr_writer_fail(w, kr_text_check(reason, KR_JOIN_CHECK_MAX));
	memcpy(refusal.community, q.community, sizeof(refusal.community));
	memcpy(refusal.account, q.account, sizeof(refusal.account));
	kr_sha256(refusal.request_hash, request);
	memcpy(to.keys[0], q.reply_key, sizeof(to.keys[0]));
	kr_writer_fail(w, add_coordinators(&to, chain));
	kr_write_fixed(w, kr_view_id(refusal.community));
	kr_write_fixed(w, kr_view_id(refusal.account));
	kr_write_fixed(w, kr_view_id(refusal.request_hash));
	if (w->err == KR_OK) {
		kr_sealed_write(w, KR_SEALED_REFUSAL, refusal_context(context, &refusal),
			reason, recipients_view(&to), rng);
	}
	kr_record_end(w, begin, KR_LABEL_REFUSAL, signer);
}

static enum kr_err read_refusal(struct kr_refusal *f, struct kr_view bytes)
{
	struct kr_record record;
	enum kr_err err;

	if ((err = kr_record_open(&record, bytes, REFUSAL_MAX)) ||
		(err = kr_read_copy(&record.r, f->community, sizeof(f->community))) ||
		(err = kr_read_copy(&record.r, f->account, sizeof(f->account))) ||
		(err = kr_read_copy(
			 &record.r, f->request_hash, sizeof(f->request_hash))) ||
		(err = kr_sealed_read(&record.r, &f->reason))) {
		return err;
	}
	return kr_record_close(&record, KR_LABEL_REFUSAL, f->signer);
}

enum kr_err kr_refusal_read(struct kr_refusal *out, struct kr_view record)
{
	struct kr_refusal refusal = {0};
	enum kr_err err = read_refusal(&refusal, record);

	*out = err == KR_OK ? refusal : (struct kr_refusal){0};
	return err;
}

enum kr_err kr_refusal_open(struct kr_view *reason, uint8_t storage[KR_SEALED_STORAGE],
	const struct kr_refusal *refusal, const struct kr_x25519_keypair *recipient)
{
	uint8_t context[REFUSAL_CONTEXT_BYTES];
	enum kr_err err = kr_sealed_open(reason, storage, refusal->reason,
		KR_SEALED_REFUSAL, refusal_context(context, refusal), recipient);

	if (err == KR_OK && (err = kr_text_check(*reason, KR_JOIN_CHECK_MAX))) {
		*reason = kr_view(NULL, 0);
		kr_wipe(storage, KR_SEALED_STORAGE);
	}
	return err;
}
