/* Cases for clients: receipts, envelopes, an inbox's secrets, a case as it is followed,
 * notices. CASES.md is the specification. What the relay shares is in case.h and
 * inbox.h, what people say in signal.h.
 *
 * Nothing allocates but kr_receipt_keys and kr_inbox_seal. Secrets are wiped on every
 * error; wipe what you get with kr_wipe or the function that is named. Time and
 * randomness are parameters. */
#ifndef KRING_CASES_H
#define KRING_CASES_H

#include <kring/case.h>
#include <kring/signal.h>
#include <kring/trust.h>

/* ---- Receipts (CASES.md §3) ----------------------------------------------------- */

#define KR_RECEIPT_DIGITS     20 /* 18 random, 2 of ISO 7064 MOD 97-10 */
#define KR_RECEIPT_TEXT_BYTES 25 /* five groups of four, spaces, NUL */
#define KR_RECEIPT_MEMORY     ((size_t)64 << 20)
#define KR_RECEIPT_PASSES     2

struct kr_receipt {
	char digits[KR_RECEIPT_DIGITS]; /* '0' to '9', no NUL */
};

/* Uniform: random bytes that would favour a digit are drawn again. KR_ERR_RANDOM. */
enum kr_err kr_receipt_generate(struct kr_receipt *out, const struct kr_random *rng);
void kr_receipt_print(char out[KR_RECEIPT_TEXT_BYTES], const struct kr_receipt *receipt);
/* Spaces, hyphens and points are skipped. KR_ERR_CHECK_DIGIT; KR_ERR_ENCODING for
 * another number of digits or another alphabet. out is zeroed on an error. */
enum kr_err kr_receipt_parse(struct kr_receipt *out, struct kr_view text);

struct kr_receipt_keys {
	uint8_t locator[KR_ID_BYTES]; /* the case's id */
	struct kr_ed25519_keypair signing;
	struct kr_x25519_keypair sealing;
};
/* Allocates 64 MiB, for a tenth of a second. relay is its name, as in hello.
 * KR_ERR_MEMORY. */
enum kr_err kr_receipt_keys(struct kr_receipt_keys *out, const struct kr_receipt *receipt,
	struct kr_view relay);
void kr_receipt_keys_wipe(struct kr_receipt_keys *keys);

/* ---- Links on posters (CASES.md §2) --------------------------------------------- */

struct kr_inbox_link {
	struct kr_view prefix; /* as in an invitation's link */
	uint8_t identity_key[KR_ED25519_PUBLIC_BYTES];
	uint8_t reading_key[KR_READING_KEY_BYTES]; /* for the card and notices */
	struct kr_view relay;
};
/* prefix "#2." base64url(identity_key) "." base64url(reading_key) [ "." relay ].
 * KR_ERR_LINK. */
enum kr_err kr_inbox_link_read(struct kr_inbox_link *out, struct kr_view text);
void kr_inbox_link_write(struct kr_writer *w, const struct kr_inbox_link *link);

/* ---- An inbox's secrets --------------------------------------------------------- */

/* What people see of an inbox before it has said anything; under the reading key. */
struct kr_inbox_card {
	struct kr_view name;  /* a line, at most KR_NAME_MAX */
	struct kr_view about; /* a text, at most 2,000 */
	struct kr_view call;  /* whom to call when nobody opens it: a line, at most 100 */
};
/* Views into storage, which is as long as record->card. KR_ERR_DECRYPT, KR_ERR_TEXT,
 * KR_ERR_RECORD_VERSION; KR_ERR_TRUNCATED, KR_ERR_TRAILING, KR_ERR_VARINT. */
enum kr_err kr_inbox_card_open(struct kr_inbox_card *out, uint8_t *storage,
	const struct kr_inbox_record *record,
	const uint8_t reading_key[KR_READING_KEY_BYTES]);

/* Everything that is secret about an inbox, as an administrator holds it. */
struct kr_inbox_secrets {
	struct kr_secret identity_seed; /* Ed25519 */
	bool has_identity;              /* false: not an administrator */
	uint8_t reading_key[KR_READING_KEY_BYTES];
	struct kr_x25519_keypair sealing;
	uint64_t sealing_number;
};

/* Of an inbox that does not exist yet: identity and reading key; the first record brings
 * the sealing key. KR_ERR_RANDOM. */
enum kr_err kr_inbox_secrets_generate(
	struct kr_inbox_secrets *out, const struct kr_random *rng);

/* Write a record, with sealing_number, sealing_key and the five opaque parts filled in,
 * signed. previous_secret is taken from record if the sealing key stays: as it was.
 *   names   one for each of record->team, a line or empty
 *   rotate  a new sealing key: in the first record, whenever somebody left the team, and
 *           before it expires. secrets is changed; keep it only when the relay has taken
 *           the record
 * Allocates. The writer fails with KR_ERR_MEMORY, KR_ERR_RANDOM, KR_ERR_KEY (of a
 * member), KR_ERR_STATE (no identity; no sealing key yet), KR_ERR_TEXT, KR_ERR_TOO_LARGE
 * and what kr_inbox_record_read would say. */
void kr_inbox_seal(struct kr_writer *w, const struct kr_inbox_record *record,
	struct kr_inbox_secrets *secrets, const struct kr_inbox_card *card,
	const struct kr_view *names, bool rotate, const struct kr_random *rng);

/* What this member, or who holds the recovery key, can open of a record.
 * KR_ERR_NOT_RECIPIENT, KR_ERR_DECRYPT, KR_ERR_COMMITMENT, KR_ERR_PADDING, KR_ERR_KEY (a
 * secret is not that of sealing_key or identity_key), KR_ERR_ENCODING. */
enum kr_err kr_inbox_open(struct kr_inbox_secrets *out,
	const struct kr_inbox_record *record, const struct kr_x25519_keypair *member);
/* The sealing key before this one, from a record and the secret of its key.
 * KR_ERR_NOT_FOUND if there is none; KR_ERR_ENCODING, KR_ERR_DECRYPT. */
enum kr_err kr_inbox_open_previous(struct kr_x25519_keypair *out,
	uint64_t *sealing_number, const struct kr_inbox_record *record,
	const struct kr_x25519_keypair *sealing);
/* Name i of the team; a view into storage. KR_ERR_NOT_FOUND beyond the last; as
 * kr_sealed_open; KR_ERR_ENCODING (another number of names), KR_ERR_TEXT. */
enum kr_err kr_inbox_open_name(struct kr_view *name, uint8_t storage[KR_SEALED_STORAGE],
	const struct kr_inbox_record *record, size_t i,
	const struct kr_x25519_keypair *member);
void kr_inbox_secrets_wipe(struct kr_inbox_secrets *secrets);

/* ---- Envelopes (CASES.md §5) ---------------------------------------------------- */

/* A key to an envelope: of the reader or of one who hands it on. */
struct kr_envelope_secret {
	uint64_t seq; /* of the event in its case; 0 where it is plain which */
	uint8_t kind; /* enum kr_envelope_kind */
	uint8_t bytes[KR_SECRET_BYTES];
};

/* The length that a text of text_len bytes is padded to in an envelope of this kind, of
 * an event of this type: the least that may be. 0: it is too long. */
size_t kr_envelope_size(unsigned type, enum kr_envelope_kind kind, size_t text_len);

/* Encrypt text for event e (case_id, event, type are set) as its next envelope; adds it
 * to e->envelopes. The ciphertext goes to storage, of kr_envelope_size +
 * KR_AEAD_TAG_BYTES bytes (KR_ENVELOPE_STORAGE is enough for all), and stays there.
 * KR_ERR_TOO_LARGE, KR_ERR_RANDOM, KR_ERR_LIMIT. */
#define KR_ENVELOPE_STORAGE (KR_CASE_SIZE_LARGE + KR_AEAD_TAG_BYTES)
enum kr_err kr_envelope_seal(struct kr_case_event *e, struct kr_envelope_secret *secret,
	uint8_t *storage, enum kr_envelope_kind kind, struct kr_view text,
	const struct kr_random *rng);

/* Wrap an envelope's secret for a recipient (envelope, purpose, party, sealing_number are
 * set): fills in wrap_hash, adds it to e->recipients, writes KR_WRAP_BYTES.
 *   secret  KR_SECRET_BYTES; zeroes for an identity that is not to be shared with who
 *           waits: nobody but they can tell
 * The writer fails with KR_ERR_KEY, KR_ERR_RANDOM, KR_ERR_LIMIT, KR_ERR_ARGUMENT (no such
 * envelope). */
void kr_envelope_wrap(struct kr_writer *wraps, struct kr_case_event *e,
	const struct kr_recipient *to, const uint8_t public_key[KR_X25519_BYTES],
	const uint8_t secret[KR_SECRET_BYTES], const struct kr_random *rng);

/* The secret from a wrap. state is that of the case now; of a note NULL. KR_ERR_HASH (not
 * what the author sent: the relay's doing), KR_ERR_KEY and KR_ERR_DECRYPT (the author's),
 * KR_ERR_NOT_RECIPIENT (index), KR_ERR_STATE (a wrap for who waits, while the state has
 * not let the inbox in: the relay gave it too early), KR_ERR_POLICY (of an identity, all
 * zeroes: not shared). */
enum kr_err kr_envelope_unwrap(struct kr_envelope_secret *out,
	const struct kr_case_event *e, size_t recipient,
	const uint8_t wrap[KR_WRAP_BYTES], const struct kr_case_state *state,
	const struct kr_x25519_keypair *key);

/* text is a view into storage, as long as the ciphertext. KR_ERR_COMMITMENT,
 * KR_ERR_DECRYPT, KR_ERR_PADDING, KR_ERR_ARGUMENT (no such envelope). */
enum kr_err kr_envelope_open(struct kr_view *text, uint8_t *storage,
	const struct kr_case_event *e, size_t envelope,
	const struct kr_envelope_secret *secret);

/* The text of an envelope of keys. KR_ERR_LIMIT beyond KR_ENVELOPE_KEYS_MAX; read: or
 * beyond max; KR_ERR_ENCODING for a key of an identity, but in `identity_shared`. */
void kr_envelope_keys_write(
	struct kr_writer *w, const struct kr_envelope_secret *secrets, size_t num);
enum kr_err kr_envelope_keys_read(struct kr_envelope_secret *out, size_t max, size_t *num,
	unsigned type, struct kr_view text);
#define KR_ENVELOPE_KEYS_MAX 256

/* The proof in an identity: this device signs that the signal is its own. */
void kr_identity_prove(uint8_t sig[KR_ED25519_SIG_BYTES],
	const uint8_t case_id[KR_ID_BYTES], const uint8_t event[KR_EVENT_ID_BYTES],
	const struct kr_ed25519_keypair *device);
/* The certificate, and that its device signed for this event. Whether its issuer is known
 * is for the reader to ask. KR_ERR_NOT_FOUND without one; KR_ERR_SIGNATURE; as
 * kr_certificate_read. */
enum kr_err kr_identity_verify(struct kr_certificate *out,
	const struct kr_identity *identity, const uint8_t case_id[KR_ID_BYTES],
	const uint8_t event[KR_EVENT_ID_BYTES]);

/* ---- Following a case (CASES.md §7, §10) ---------------------------------------- */

/* What a reader makes sure of, event by event; of a case, or of an inbox's notes on one.
 * Plain data, about 2 KiB. */
struct kr_case_chain {
	struct kr_topic topic;
	uint8_t case_id[KR_ID_BYTES];
	uint8_t inbox[KR_ID_BYTES]; /* notes: whose; else zero */
	uint64_t seq; /* the last event that was taken, and the running hash after it */
	uint8_t hash[KR_SHA256_BYTES];
	struct kr_case_state state;
	struct { /* the newest record of each party that an event named */
		uint8_t inbox[KR_ID_BYTES];
		uint64_t number;
	} records[KR_CASE_PARTIES_MAX];
	size_t num_records;
	/* As the last record pins it that came as clock; zero: none did. */
	uint8_t relay_key[KR_ED25519_PUBLIC_BYTES];
};

/* What was found out of whom. Each is said by name. */
enum kr_case_lie {
	KR_CASE_TRUE,
	KR_LIE_ORDER,     /* seq or running hash: an event is hidden, repeated, changed */
	KR_LIE_FORK,      /* an author saw another history than this reader */
	KR_LIE_HEAD,      /* the head is not what the author signed */
	KR_LIE_SIGNATURE, /* nobody of that inbox, or not the reporter, signed it */
	KR_LIE_RECORD,    /* under a record older than one that was used before */
	KR_LIE_STATE,     /* the state machine does not permit it */
	KR_LIE_RECIPIENTS, /* somebody who must read cannot */
	KR_LIE_RELAY_WORD, /* overdue or expired, and not signed by the pinned relay */
	KR_LIE_CLOCK,      /* until is not what the record gives, or ran out too early */
};

/* "order", "fork", "head" …; "true" for none. */
const char *kr_case_lie_name(enum kr_case_lie lie);

void kr_case_chain_begin(struct kr_case_chain *chain, const uint8_t case_id[KR_ID_BYTES]);
void kr_notes_chain_begin(struct kr_case_chain *chain, const uint8_t case_id[KR_ID_BYTES],
	const uint8_t inbox[KR_ID_BYTES]);

/* Take the next event of the topic, or say what is wrong with it; then the chain is
 * unchanged.
 *   signed_event  what kr_case_event_read made of event->body; NULL if the relay says it
 *                 (overdue, expired), or if it could not be read
 *   by      record of the inbox that acts, of the number that the event names; NULL: none
 *           does
 *   clock   by's, if by is kr_case_clock_inbox, else a record of that inbox which
 *           kr_case_clock_fits: if one gives KR_LIE_CLOCK, the next is asked. NULL: the
 *           clock is not checked, and the relay's words by the key that is pinned already
 *   relay   its name
 * KR_ERR_POLICY with *lie; KR_ERR_ARGUMENT for a clock of another inbox. */
enum kr_err kr_case_chain_take(struct kr_case_chain *chain, enum kr_case_lie *lie,
	const struct kr_event *event, const uint8_t hash[KR_SHA256_BYTES],
	const struct kr_case_event *signed_event, const struct kr_inbox_record *by,
	const struct kr_inbox_record *clock, struct kr_view relay);

/* By how much the relay's clock may be set back and nobody is called a liar for it. */
#define KR_CASE_CLOCK_BACK_MS UINT64_C(86400000)

/* Could an inbox have had this record when the relay took the next event, at time_ms? It
 * had it from since_ms until until_ms by the relay's clock (inbox.read has the times;
 * UINT64_MAX: it is the newest). CASES.md §10. */
bool kr_case_clock_fits(const struct kr_case_chain *chain,
	const uint8_t inbox[KR_ID_BYTES], uint64_t number, uint64_t since_ms,
	uint64_t until_ms, uint64_t time_ms);

/* Does the relay's promise fit the case? Its `submitted` has that seq and hash, its owner
 * is that inbox, and the deadline is the one promised. KR_ERR_POLICY with *lie. */
enum kr_err kr_case_check_arrival(const struct kr_relay_word *word, enum kr_case_lie *lie,
	const struct kr_event *submitted, const uint8_t hash[KR_SHA256_BYTES]);

/* ---- Notices and guidance cards (CASES.md §11) ---------------------------------- */

enum kr_notice_kind {
	KR_NOTICE = 1,
	KR_NOTICE_GUIDANCE = 2,
};
#define KR_NOTICE_TEXT_MAX ((size_t)8000)
#define KR_NOTICE_MAX      ((size_t)8400)

struct kr_notice {
	enum kr_notice_kind kind;
	uint8_t identity_key[KR_ED25519_PUBLIC_BYTES]; /* of the inbox */
	uint64_t number; /* of the record that signer stands in */
	uint8_t event[KR_EVENT_ID_BYTES];
	uint64_t made_ms;
	uint64_t until_ms;    /* shown until then; 0: not said */
	struct kr_view title; /* a line, at most KR_NAME_MAX */
	struct kr_view text;
	uint8_t signer[KR_ED25519_PUBLIC_BYTES];
};
void kr_notice_write(struct kr_writer *w, const struct kr_notice *notice,
	const struct kr_ed25519_keypair *signer);
/* The number of the record that a notice names, to find that record by; nothing is
 * checked. KR_ERR_TRUNCATED. */
enum kr_err kr_notice_number(uint64_t *number, struct kr_view bytes);
/* record: of that number. KR_ERR_SIGNATURE also if signer is not in its team, or the
 * record is another inbox's or of another number; KR_ERR_RECORD_VERSION, KR_ERR_ENCODING,
 * KR_ERR_TEXT, KR_ERR_TOO_LARGE, KR_ERR_TRUNCATED, KR_ERR_TRAILING, KR_ERR_VARINT. The
 * writer fails with the same. */
enum kr_err kr_notice_read(struct kr_notice *out, struct kr_view bytes,
	const struct kr_inbox_record *record);
/* The body of `inbox_notice`: the notice under the reading key. Open: storage as long as
 * sealed. KR_ERR_TOO_LARGE, KR_ERR_RANDOM; KR_ERR_DECRYPT. */
void kr_notice_seal(struct kr_writer *w, struct kr_view notice,
	const uint8_t event[KR_EVENT_ID_BYTES],
	const uint8_t reading_key[KR_READING_KEY_BYTES], const struct kr_random *rng);
enum kr_err kr_notice_open(struct kr_view *notice, uint8_t *storage,
	struct kr_view sealed, const uint8_t event[KR_EVENT_ID_BYTES],
	const uint8_t reading_key[KR_READING_KEY_BYTES]);

#endif
