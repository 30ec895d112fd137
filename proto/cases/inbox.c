/* What is secret about an inbox: sealed into its records, and opened. CASES.md §2. */
#include <string.h>

#include "proto/cases/reading.h"
#include "proto/trust/record.h"

#define CARD_VERSION   1
#define CARD_ABOUT_MAX ((size_t)2000)
#define CARD_TEXT_MAX  (1 + 2 * (2 + KR_NAME_MAX) + 2 + CARD_ABOUT_MAX)

#define PREVIOUS_LABEL "kring inbox previous v1"
#define PREVIOUS_PLAIN (8 + KR_SECRET_BYTES)
#define PREVIOUS_BYTES (KR_HPKE_ENC_BYTES + PREVIOUS_PLAIN + KR_HPKE_TAG_BYTES)
#define PREVIOUS_INFO  (1 + sizeof(PREVIOUS_LABEL) + KR_ED25519_PUBLIC_BYTES + 8)

#define CONTEXT_BYTES  (KR_ED25519_PUBLIC_BYTES + 8)
#define RECIPIENTS_MAX (KR_INBOX_TEAM_MAX + 2)

/* The opaque parts while they are made; on the heap. */
struct parts {
	struct kr_writer roster;
	struct kr_writer sealing_secret;
	struct kr_writer identity_secret;
	uint8_t card[CARD_TEXT_MAX + KR_READING_OVERHEAD];
	uint8_t previous[PREVIOUS_BYTES];
};

static struct kr_view context_of(uint8_t space[CONTEXT_BYTES],
	const uint8_t identity_key[KR_ED25519_PUBLIC_BYTES], uint64_t number)
{
	struct kr_writer w;

	kr_writer_init_fixed(&w, space, CONTEXT_BYTES);
	kr_write_fixed(&w, kr_view_id(identity_key));
	kr_write_u64(&w, number);
	return kr_writer_view(&w);
}

static struct kr_view previous_info(
	uint8_t space[PREVIOUS_INFO], const struct kr_inbox_record *record)
{
	struct kr_writer w;

	kr_writer_init_fixed(&w, space, PREVIOUS_INFO);
	kr_write_vec(&w, kr_view_str(PREVIOUS_LABEL));
	kr_write_fixed(&w, kr_view_id(record->identity_key));
	kr_write_u64(&w, record->sealing_number);
	return kr_writer_view(&w);
}

/* ---- Sealing ------------------------------------------------------------------- */

static enum kr_err seal_card(struct kr_view *out, uint8_t *space,
	const struct kr_inbox_card *card, const struct kr_inbox_record *record,
	const struct kr_inbox_secrets *secrets, const struct kr_random *rng)
{
	uint8_t text[CARD_TEXT_MAX];
	struct kr_writer w;
	enum kr_err err;

	if ((err = kr_line_check(card->name, KR_NAME_MAX)) ||
		(err = kr_text_check(card->about, CARD_ABOUT_MAX)) ||
		(err = kr_line_check(card->call, KR_NAME_MAX))) {
		return err;
	}
	kr_writer_init_fixed(&w, text, sizeof(text));
	kr_write_u8(&w, CARD_VERSION);
	kr_write_vec(&w, card->name);
	kr_write_vec(&w, card->about);
	kr_write_vec(&w, card->call);
	err = kr_reading_seal(space, secrets->reading_key, KR_LABEL_CARD,
		kr_view_id(record->identity_key), kr_writer_view(&w), rng);
	*out = kr_view(space, w.len + KR_READING_OVERHEAD);
	return err;
}

/* The team's sealing keys or its administrators', and the recovery keys. */
static struct kr_view recipients_of(uint8_t space[RECIPIENTS_MAX][KR_X25519_BYTES],
	const struct kr_inbox_record *record, enum kr_sealed_purpose purpose)
{
	size_t num = 0;

	for (size_t i = 0; i < record->num_team; i++) {
		if (purpose != KR_SEALED_IDENTITY || record->team[i].administrator) {
			memcpy(space[num++], record->team[i].sealing_key,
				KR_X25519_BYTES);
		}
	}
	if (record->has_recovery && purpose != KR_SEALED_ROSTER) {
		memcpy(space[num++], record->recovery_key, KR_X25519_BYTES);
	}
	if (record->has_former && purpose != KR_SEALED_ROSTER) {
		memcpy(space[num++], record->former_key, KR_X25519_BYTES);
	}
	return kr_view(space, num * KR_X25519_BYTES);
}

static struct kr_view seal_part(struct kr_writer *w, enum kr_sealed_purpose purpose,
	const struct kr_inbox_record *record, struct kr_view text,
	const struct kr_random *rng)
{
	uint8_t recipients[RECIPIENTS_MAX][KR_X25519_BYTES];
	uint8_t context[CONTEXT_BYTES];

	kr_writer_init_max(w, KR_INBOX_SEALED_MAX);
	kr_sealed_write(w, purpose,
		context_of(context, record->identity_key, record->number), text,
		recipients_of(recipients, record, purpose), rng);
	return kr_writer_view(w);
}

static enum kr_err seal_roster(struct kr_writer *w, struct kr_inbox_record *record,
	const struct kr_view *names, const struct kr_random *rng)
{
	uint8_t text[KR_SEALED_TEXT_MAX];
	struct kr_writer roster;

	kr_writer_init_fixed(&roster, text, sizeof(text));
	for (size_t i = 0; i < record->num_team; i++) {
		if (names[i].len > 0) {
			kr_writer_fail(&roster, kr_line_check(names[i], KR_NAME_MAX));
		}
		kr_write_vec(&roster, names[i]);
	}
	if (roster.err == KR_OK) {
		record->roster = seal_part(
			w, KR_SEALED_ROSTER, record, kr_writer_view(&roster), rng);
	}
	kr_wipe(text, sizeof(text));
	return roster.err != KR_OK ? roster.err : w->err;
}

static enum kr_err seal_secrets(struct parts *parts, struct kr_inbox_record *record,
	const struct kr_inbox_secrets *secrets, const struct kr_random *rng)
{
	uint8_t both[KR_SECRET_BYTES + KR_READING_KEY_BYTES];

	memcpy(both, secrets->sealing.secret.bytes, KR_SECRET_BYTES);
	memcpy(both + KR_SECRET_BYTES, secrets->reading_key, KR_READING_KEY_BYTES);
	record->sealing_secret = seal_part(&parts->sealing_secret, KR_SEALED_SEALING,
		record, kr_view(both, sizeof(both)), rng);
	record->identity_secret = seal_part(&parts->identity_secret, KR_SEALED_IDENTITY,
		record, kr_view_secret(&secrets->identity_seed), rng);
	kr_wipe(both, sizeof(both));
	return parts->sealing_secret.err != KR_OK ? parts->sealing_secret.err
						  : parts->identity_secret.err;
}

/* The old secret to the new key: who has the newest walks back to all of them. */
static enum kr_err seal_previous(uint8_t out[PREVIOUS_BYTES],
	const struct kr_inbox_record *record, const struct kr_inbox_secrets *before,
	const struct kr_random *rng)
{
	uint8_t plain[PREVIOUS_PLAIN];
	uint8_t info[PREVIOUS_INFO];
	struct kr_writer w;
	enum kr_err err;

	kr_writer_init_fixed(&w, plain, sizeof(plain));
	kr_write_u64(&w, before->sealing_number);
	kr_write_fixed(&w, kr_view_secret(&before->sealing.secret));
	err = kr_hpke_seal(out, out + KR_HPKE_ENC_BYTES, record->sealing_key,
		previous_info(info, record), kr_view(NULL, 0), kr_writer_view(&w), rng);
	kr_wipe(plain, sizeof(plain));
	return err;
}

/* Set the record's sealing key, a new one if need be, and what leads back to the old. */
static enum kr_err set_sealing_key(struct parts *parts, struct kr_inbox_record *record,
	struct kr_inbox_secrets *secrets, bool rotate, const struct kr_random *rng)
{
	struct kr_inbox_secrets before = *secrets;
	enum kr_err err = KR_OK;

	if (rotate) {
		secrets->sealing_number = record->number;
		err = kr_x25519_generate(&secrets->sealing, rng);
		record->previous_secret = kr_view(NULL, 0);
	} else if (secrets->sealing_number == 0) {
		err = KR_ERR_STATE;
	}
	record->sealing_number = secrets->sealing_number;
	memcpy(record->sealing_key, secrets->sealing.public_key,
		sizeof(record->sealing_key));
	if (err == KR_OK && rotate && before.sealing_number != 0) {
		err = seal_previous(parts->previous, record, &before, rng);
		record->previous_secret =
			kr_view(parts->previous, sizeof(parts->previous));
	}
	kr_inbox_secrets_wipe(&before);
	return err;
}

static enum kr_err seal_parts(struct parts *parts, struct kr_inbox_record *record,
	struct kr_inbox_secrets *secrets, const struct kr_inbox_card *card,
	const struct kr_view *names, bool rotate, const struct kr_random *rng)
{
	enum kr_err err;

	if ((err = set_sealing_key(parts, record, secrets, rotate, rng)) ||
		(err = seal_card(
			 &record->card, parts->card, card, record, secrets, rng)) ||
		(err = seal_roster(&parts->roster, record, names, rng))) {
		return err;
	}
	return seal_secrets(parts, record, secrets, rng);
}

void kr_inbox_seal(struct kr_writer *w, const struct kr_inbox_record *record,
	struct kr_inbox_secrets *secrets, const struct kr_inbox_card *card,
	const struct kr_view *names, bool rotate, const struct kr_random *rng)
{
	struct kr_inbox_record full = *record;
	struct kr_inbox_secrets next = *secrets;
	struct kr_ed25519_keypair identity;
	struct parts parts = {0};
	enum kr_err err = KR_ERR_STATE;

	kr_ed25519_from_seed(&identity, &secrets->identity_seed);
	memcpy(full.identity_key, identity.public_key, sizeof(full.identity_key));
	if (record->num_team > KR_INBOX_TEAM_MAX) {
		err = KR_ERR_TOO_LARGE;
	} else if (secrets->has_identity) {
		err = seal_parts(&parts, &full, &next, card, names, rotate, rng);
	}
	kr_writer_fail(w, err);
	if (err == KR_OK) {
		kr_inbox_record_write(w, &full, &identity);
	}
	if (w->err == KR_OK) {
		*secrets = next;
	}
	kr_writer_free(&parts.roster);
	kr_writer_free(&parts.sealing_secret);
	kr_writer_free(&parts.identity_secret);
	kr_ed25519_keypair_wipe(&identity);
	kr_inbox_secrets_wipe(&next);
}

enum kr_err kr_inbox_secrets_generate(
	struct kr_inbox_secrets *out, const struct kr_random *rng)
{
	enum kr_err err;

	memset(out, 0, sizeof(*out));
	if ((err = kr_random_secret(rng, &out->identity_seed)) ||
		(err = kr_random_fill(rng, out->reading_key, sizeof(out->reading_key)))) {
		kr_inbox_secrets_wipe(out);
	}
	out->has_identity = err == KR_OK;
	return err;
}

void kr_inbox_secrets_wipe(struct kr_inbox_secrets *secrets)
{
	kr_wipe(secrets, sizeof(*secrets));
}

/* ---- Opening ------------------------------------------------------------------- */

static enum kr_err read_card(struct kr_inbox_card *card, struct kr_view text)
{
	struct kr_reader r = kr_reader(text);
	uint8_t version;
	enum kr_err err;

	if ((err = kr_read_u8(&r, &version))) {
		return err;
	}
	if (version != CARD_VERSION) {
		return KR_ERR_RECORD_VERSION;
	}
	if ((err = kr_read_vec(&r, &card->name)) ||
		(err = kr_read_vec(&r, &card->about)) ||
		(err = kr_read_vec(&r, &card->call)) || (err = kr_read_end(&r)) ||
		(err = kr_line_check(card->name, KR_NAME_MAX)) ||
		(err = kr_text_check(card->about, CARD_ABOUT_MAX))) {
		return err;
	}
	return kr_line_check(card->call, KR_NAME_MAX);
}

enum kr_err kr_inbox_card_open(struct kr_inbox_card *out, uint8_t *storage,
	const struct kr_inbox_record *record,
	const uint8_t reading_key[KR_READING_KEY_BYTES])
{
	struct kr_inbox_card card = {0};
	struct kr_view text;
	enum kr_err err = kr_reading_open(&text, storage, record->card, reading_key,
		KR_LABEL_CARD, kr_view_id(record->identity_key));

	if (err == KR_OK) {
		err = read_card(&card, text);
	}
	*out = err == KR_OK ? card : (struct kr_inbox_card){0};
	return err;
}

static enum kr_err open_part(struct kr_view *text, uint8_t storage[KR_SEALED_STORAGE],
	const struct kr_inbox_record *record, enum kr_sealed_purpose purpose,
	const struct kr_x25519_keypair *member)
{
	uint8_t context[CONTEXT_BYTES];
	struct kr_view sealed = purpose == KR_SEALED_ROSTER ? record->roster
		: purpose == KR_SEALED_SEALING              ? record->sealing_secret
							    : record->identity_secret;

	return kr_sealed_open(text, storage, sealed, purpose,
		context_of(context, record->identity_key, record->number), member);
}

static enum kr_err open_sealing(struct kr_inbox_secrets *out,
	const struct kr_inbox_record *record, const struct kr_x25519_keypair *member)
{
	uint8_t storage[KR_SEALED_STORAGE];
	struct kr_view text;
	enum kr_err err = open_part(&text, storage, record, KR_SEALED_SEALING, member);

	if (err != KR_OK) {
		return err;
	}
	if (text.len == KR_SECRET_BYTES + KR_READING_KEY_BYTES) {
		memcpy(out->sealing.secret.bytes, text.data, KR_SECRET_BYTES);
		memcpy(out->reading_key, text.data + KR_SECRET_BYTES,
			KR_READING_KEY_BYTES);
		kr_x25519_public(out->sealing.public_key, &out->sealing.secret);
		err = kr_id_equal(out->sealing.public_key, record->sealing_key)
			? KR_OK
			: KR_ERR_KEY;
	} else {
		err = KR_ERR_ENCODING;
	}
	out->sealing_number = record->sealing_number;
	kr_wipe(storage, sizeof(storage));
	return err;
}

static enum kr_err open_identity(struct kr_inbox_secrets *out,
	const struct kr_inbox_record *record, const struct kr_x25519_keypair *member)
{
	uint8_t storage[KR_SEALED_STORAGE];
	struct kr_ed25519_keypair identity = {0};
	struct kr_view text;
	enum kr_err err = open_part(&text, storage, record, KR_SEALED_IDENTITY, member);

	if (err != KR_OK) {
		return err == KR_ERR_NOT_RECIPIENT ? KR_OK : err;
	}
	if (text.len == KR_SECRET_BYTES) {
		memcpy(out->identity_seed.bytes, text.data, KR_SECRET_BYTES);
		kr_ed25519_from_seed(&identity, &out->identity_seed);
		err = kr_id_equal(identity.public_key, record->identity_key) ? KR_OK
									     : KR_ERR_KEY;
	} else {
		err = KR_ERR_ENCODING;
	}
	out->has_identity = true;
	kr_ed25519_keypair_wipe(&identity);
	kr_wipe(storage, sizeof(storage));
	return err;
}

enum kr_err kr_inbox_open(struct kr_inbox_secrets *out,
	const struct kr_inbox_record *record, const struct kr_x25519_keypair *member)
{
	enum kr_err err;

	memset(out, 0, sizeof(*out));
	if ((err = open_sealing(out, record, member)) ||
		(err = open_identity(out, record, member))) {
		kr_inbox_secrets_wipe(out);
	}
	return err;
}

enum kr_err kr_inbox_open_previous(struct kr_x25519_keypair *out,
	uint64_t *sealing_number, const struct kr_inbox_record *record,
	const struct kr_x25519_keypair *sealing)
{
	const uint8_t *bytes = record->previous_secret.data;
	uint8_t plain[PREVIOUS_PLAIN];
	uint8_t info[PREVIOUS_INFO];
	struct kr_reader r = kr_reader(kr_view(plain, sizeof(plain)));
	enum kr_err err;

	memset(out, 0, sizeof(*out));
	*sealing_number = 0;
	if (record->previous_secret.len != PREVIOUS_BYTES) {
		return record->previous_secret.len == 0 ? KR_ERR_NOT_FOUND
							: KR_ERR_ENCODING;
	}
	err = kr_hpke_open(plain, &sealing->secret, previous_info(info, record),
		kr_view(NULL, 0), kr_view(bytes, KR_HPKE_ENC_BYTES),
		kr_view(bytes + KR_HPKE_ENC_BYTES, PREVIOUS_BYTES - KR_HPKE_ENC_BYTES));
	if (err == KR_OK && (err = kr_read_u64(&r, sealing_number)) == KR_OK) {
		err = kr_read_copy(&r, out->secret.bytes, sizeof(out->secret.bytes));
		kr_x25519_public(out->public_key, &out->secret);
	}
	kr_wipe(plain, sizeof(plain));
	return err;
}

/* Exactly a name for each of the team. */
static enum kr_err find_name(
	struct kr_view *name, struct kr_view roster, size_t num, size_t i)
{
	struct kr_reader r = kr_reader(roster);
	struct kr_view at;
	enum kr_err err;

	for (size_t k = 0; k < num; k++) {
		if ((err = kr_read_vec(&r, &at)) ||
			(at.len > 0 && (err = kr_line_check(at, KR_NAME_MAX)))) {
			return err == KR_ERR_TEXT ? err : KR_ERR_ENCODING;
		}
		if (k == i) {
			*name = at;
		}
	}
	return kr_read_end(&r) == KR_OK ? KR_OK : KR_ERR_ENCODING;
}

enum kr_err kr_inbox_open_name(struct kr_view *name, uint8_t storage[KR_SEALED_STORAGE],
	const struct kr_inbox_record *record, size_t i,
	const struct kr_x25519_keypair *member)
{
	struct kr_view roster;
	enum kr_err err;

	*name = kr_view(NULL, 0);
	if (i >= record->num_team) {
		return KR_ERR_NOT_FOUND;
	}
	err = open_part(&roster, storage, record, KR_SEALED_ROSTER, member);
	if (err == KR_OK) {
		err = find_name(name, roster, record->num_team, i);
	}
	if (err != KR_OK) {
		*name = kr_view(NULL, 0);
		kr_wipe(storage, KR_SEALED_STORAGE);
	}
	return err;
}
