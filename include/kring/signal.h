/* The signal: what a neighbour tells a professional, as triage asks for it, and the words
 * that go to and fro in its case. CASES.md §4 and §6 are the specification.
 * All of it travels inside envelopes (cases.h): the relay never sees these bytes.
 *
 * The schema grows as CONTENT.md's does: a newer minor version adds fields at the end,
 * which are kept; a newer major one is kept unread (KR_ERR_CONTENT_VERSION); a value of a
 * list that is not known is kept and shown as "other", or not at all.
 *
 * Nothing here allocates; views point into the bytes that were read. */
#ifndef KRING_SIGNAL_H
#define KRING_SIGNAL_H

#include <kring/content.h>

#define KR_SIGNAL_MAJOR 1
#define KR_SIGNAL_MINOR 0

enum kr_signal_kind {
	KR_SIGNAL_ADVICE = 1,    /* a question; nobody need be named */
	KR_SIGNAL_ANONYMOUS = 2, /* "signaal": the reporter is not known; no melding */
	KR_SIGNAL_NAMED = 3,     /* "melding": the reporter is in the identity envelope */
};

/* Who is at risk: any of these together. */
enum kr_at_risk {
	KR_RISK_CHILD = 1 << 0,
	KR_RISK_ADULT = 1 << 1,
	KR_RISK_OLDER = 1 << 2,
	KR_RISK_REPORTER = 1 << 3,
	KR_RISK_ANIMAL = 1 << 4,
	KR_RISK_UNKNOWN = 1 << 5,
};

enum kr_answer { /* to a question that can be answered so */
	KR_ANSWER_UNKNOWN = 0,
	KR_ANSWER_NO = 1,
	KR_ANSWER_YES = 2,
};

enum kr_reach {
	KR_REACH_NOT = 0,      /* not at all: answers wait at the receipt, unasked */
	KR_REACH_RECEIPT = 1,  /* I come back with the receipt */
	KR_REACH_IDENTITY = 2, /* as the identity envelope says */
};

/* Where it says it comes from. Nothing proves it but an identity's certificate. */
enum kr_origin {
	KR_ORIGIN_COMMUNITY = 1,
	KR_ORIGIN_POSTER = 2,
	KR_ORIGIN_SITE = 3,
};

#define KR_SIGNAL_AGES_MAX     16
#define KR_AGE_UNKNOWN         255
#define KR_SIGNAL_EXCLUDED_MAX 8
#define KR_SIGNAL_TEXT_MAX     ((size_t)4000)
#define KR_SIGNAL_SHORT_MAX    ((size_t)1000)
#define KR_SIGNAL_LANGUAGE_MAX ((size_t)16)

/* ---- Addresses ------------------------------------------------------------------ */

#define KR_POSTCODE_BYTES 6
#define KR_STREET_MAX     ((size_t)100)
#define KR_ADDITION_MAX   ((size_t)10)

/* A Dutch address, normalised by kr_address_normalise. number 0: not known. */
struct kr_address {
	struct kr_view street; /* a line, or empty */
	uint32_t number;       /* 1 to 99999 */
	struct kr_view addition;
	uint8_t postcode[KR_POSTCODE_BYTES]; /* "1234AB"; zeroes: not known */
	struct kr_view town;
};

/* What people write ("1234 ab", "12-A", "12 bis") into one form: postcode in capitals
 * without space, first digit not 0 and not SA, SD or SS; number split from addition;
 * addition in lower case without spaces, hyphens, points and slashes; runs of spaces as
 * one. Views of out into storage, of KR_ADDRESS_STORAGE bytes. KR_ERR_ENCODING,
 * KR_ERR_TEXT, KR_ERR_TOO_LARGE. */
#define KR_ADDRESS_STORAGE ((size_t)320)
enum kr_err kr_address_normalise(struct kr_address *out,
	uint8_t storage[KR_ADDRESS_STORAGE], struct kr_view street, struct kr_view number,
	struct kr_view addition, struct kr_view postcode, struct kr_view town);

/* The key under which an inbox's clients find earlier signals on the same household:
 * SHA-256 of postcode, number and addition, or of town, street, number and addition if
 * there is no postcode (CASES.md §4). Computed after opening, by the inbox alone. Two
 * signals are on one address if they have any key in common, so that of one with both
 * is compared by both. keys: with, then without postcode; a key that cannot be made is
 * zero. Returns how many can. */
unsigned kr_address_keys(uint8_t keys[2][KR_SHA256_BYTES], const struct kr_address *a);

/* ---- The signal ----------------------------------------------------------------- */

struct kr_signal {
	uint8_t minor;
	enum kr_signal_kind kind;
	uint8_t urgency;         /* enum kr_urgency */
	uint8_t category;        /* enum kr_concern_category of content.h */
	uint8_t at_risk;         /* of enum kr_at_risk */
	struct kr_view ages;     /* of children: a byte each, years or KR_AGE_UNKNOWN */
	uint8_t since_precision; /* as in a concern, CONTENT.md §2 */
	uint64_t since_ms;
	uint8_t how_often;
	uint8_t danger_now;        /* enum kr_answer */
	uint8_t weapons;           /* enum kr_answer */
	uint8_t family_knows;      /* enum kr_answer: that it is told to a professional */
	struct kr_address address; /* normalised, else KR_ERR_ENCODING */
	struct kr_view seen;       /* what is seen or heard: a text, not empty */
	struct kr_view who;   /* who lives there: a text, may be empty, as the others */
	struct kr_view tried; /* what was tried */
	uint8_t reach;        /* enum kr_reach */
	struct kr_view reach_when;
	uint8_t origin;          /* enum kr_origin */
	struct kr_view excluded; /* inboxes that must not learn of it, 32 bytes each */
	struct kr_view language; /* in which to answer: "nl", "en", … */
	struct kr_view later;    /* fields of newer minor versions */
};

/* KR_ERR_CONTENT_VERSION, KR_ERR_ENCODING (also: an unknown kind, urgency or answer, no
 * category, a time without precision, danger_now without urgency danger_now),
 * KR_ERR_TEXT, KR_ERR_TOO_LARGE, KR_ERR_TRUNCATED, KR_ERR_TRAILING, KR_ERR_VARINT. out is
 * zeroed on an error. */
enum kr_err kr_signal_read(struct kr_signal *out, struct kr_view bytes);
/* The writer fails with what kr_signal_read would say. */
void kr_signal_write(struct kr_writer *w, const struct kr_signal *signal);

/* The words of `submitted`: the signal, and the receipt's sealing key. */
struct kr_submission {
	struct kr_signal signal;
	uint8_t reporter_key[KR_X25519_BYTES];
};
/* As kr_signal_read; KR_ERR_ENCODING also if the signal's urgency is not the event's. */
enum kr_err kr_submission_read(
	struct kr_submission *out, struct kr_view bytes, uint8_t urgency);
void kr_submission_write(struct kr_writer *w, const struct kr_submission *submission);

/* The identity of who sends a signal, in its envelope. A nameless one is empty. With a
 * certificate (TRUST.md §4) the device signs that the signal is its own, and the inbox
 * knows a verified neighbour. */
struct kr_identity {
	uint8_t minor;
	struct kr_view name;        /* a line, or empty: nobody */
	struct kr_view contact;     /* telephone, mail: a text of at most 300, or empty */
	struct kr_view certificate; /* 217 bytes, or empty; then no proof */
	struct kr_view proof;       /* 64 bytes, kr_identity_prove; empty without */
	struct kr_view later;
};
#define KR_IDENTITY_CERTIFICATE_BYTES 217
#define KR_CONTACT_MAX                ((size_t)300)
/* As kr_signal_read; KR_ERR_ENCODING for a certificate without proof, or the reverse. */
enum kr_err kr_identity_read(struct kr_identity *out, struct kr_view bytes);
void kr_identity_write(struct kr_writer *w, const struct kr_identity *identity);

/* ---- Words ---------------------------------------------------------------------- */

/* How a case ended: closed only. Sealed, like all words. */
enum kr_outcome {
	KR_OUTCOME_NONE = 0,
	KR_OUTCOME_HELP_STARTED = 1,
	KR_OUTCOME_HELP_ALREADY = 2,
	KR_OUTCOME_ADVICE_GIVEN = 3,
	KR_OUTCOME_REPORTED_ON = 4, /* to Veilig Thuis, police or another */
	KR_OUTCOME_NOT_CONFIRMED = 5,
	KR_OUTCOME_NO_GROUND = 6,
	KR_OUTCOME_NOT_FOUND = 7, /* nobody there, or not enough to go by */
	KR_OUTCOME_OTHER = 8,
};

/* What somebody says in a case, whatever the event's type. */
struct kr_words {
	uint8_t minor;
	uint16_t type;           /* as the event's */
	struct kr_view inbox;    /* the inbox's name, a line; empty: the reporter's */
	struct kr_view author;   /* the professional's, a line, or empty */
	uint8_t outcome;         /* closed: not NONE; else NONE */
	struct kr_view assigned; /* note: an account whose case it is now, or empty */
	/* handover_offered, join_invited, consulted: the receipt's X25519 key, so that
	 * who is asked can answer the reporter too; else empty */
	struct kr_view reporter_key;
	struct kr_view text; /* KR_SIGNAL_TEXT_MAX; see kr_words_need_text */
	struct kr_view later;
};

/* P7: whatever stops a clock, asks, answers or closes is nothing without a sentence. Not
 * so reopened, withdrawn, urgency_changed, joined and parted, and a note that assigns. */
bool kr_words_need_text(unsigned type);

/* KR_ERR_ENCODING also for a type without words, a closed without outcome and an outcome,
 * assignment or reporter's key elsewhere; KR_ERR_TEXT also for no text where it is
 * needed; as kr_signal_read. */
enum kr_err kr_words_read(struct kr_words *out, struct kr_view bytes);
void kr_words_write(struct kr_writer *w, const struct kr_words *words);

#endif
