/* Cases, as the relay and all parties see them alike: what is signed of an event, who
 * has to be able to read it, and the state machine. CASES.md §5 to §8 is the
 * specification; sealing and opening is in cases.h, which the relay never includes.
 *
 * The state machine is one pure function that relay and clients share: promises P6 and P7
 * hold if it holds. Nothing here allocates or reads a clock. */
#ifndef KRING_CASE_H
#define KRING_CASE_H

#include <kring/inbox.h>

#define KR_CASE_VERSION     1
#define KR_CASE_PARTIES_MAX 12
#define KR_WRAP_BYTES       80 /* enc[32], wrapped[48] */
#define KR_RECIPIENTS_MAX   64
#define KR_ENVELOPES_MAX    2

/* How long a case can get (CASES.md §7): nobody reads one that has more events, and the
 * rest sees to it that none has. */
#define KR_CASE_EVENTS_MAX 8192
/* What each party can spend in a case: the reporter, and each place of an inbox; */
#define KR_CASE_ROOM 512
/* of it the last is for handing on, taking over and reopening. */
#define KR_CASE_ROOM_KEPT 64
/* So many `overdue` of a case come at each deadline, and further ones ever later. */
#define KR_CASE_OVERDUE_OFTEN 256

/* ---- The signed event (CaseEvent, CASES.md §5) ------------------------------------ */

enum kr_envelope_kind {
	KR_ENVELOPE_WORDS = 1,    /* the signal, or what somebody says */
	KR_ENVELOPE_IDENTITY = 2, /* `submitted` only, always there, always one size */
	KR_ENVELOPE_KEYS = 3,     /* secrets of earlier envelopes, for who comes later */
};

/* Ciphertexts are of these lengths and no other, plus KR_AEAD_TAG_BYTES. A signal is of
 * the second or third, an identity of the first. */
#define KR_CASE_SIZE_SMALL  ((size_t)1024)
#define KR_CASE_SIZE_MEDIUM ((size_t)4096)
#define KR_CASE_SIZE_LARGE  ((size_t)12288)

struct kr_envelope {
	enum kr_envelope_kind kind;
	uint8_t commitment[KR_SHA256_BYTES];
	struct kr_view ciphertext;
};

/* What a wrap is for; the relay hands it out accordingly. */
enum kr_wrap_purpose {
	KR_WRAP_PARTY = 1,    /* the owner or a joined inbox */
	KR_WRAP_REPORTER = 2, /* party is zero */
	KR_WRAP_WAITING = 3,  /* held back until that inbox is let in */
	KR_WRAP_OFFER = 4,    /* to who is asked: handed out at once */
};

struct kr_recipient {
	uint8_t envelope; /* index */
	enum kr_wrap_purpose purpose;
	uint8_t party[KR_ID_BYTES]; /* an inbox; zero: the reporter */
	uint64_t sealing_number;    /* which key of that inbox; 0: the reporter's */
	uint8_t wrap_hash[KR_SHA256_BYTES];
};

struct kr_case_event {
	uint8_t case_id[KR_ID_BYTES];
	uint16_t type; /* enum kr_event_type: one of a case, or KR_EVENT_NOTE */
	uint8_t event[KR_EVENT_ID_BYTES];
	uint64_t seen_seq; /* the last event of the case that the author saw: this one is
			      the next, or it is not taken */
	uint8_t seen_hash[KR_SHA256_BYTES];
	uint8_t by[KR_ID_BYTES];    /* the inbox that acts; zero: the reporter */
	uint64_t by_number;         /* of its record that the author acts under; 0 */
	uint8_t inbox[KR_ID_BYTES]; /* as the type's head has them, else zero */
	uint8_t fallback[KR_ID_BYTES];
	uint8_t urgency;
	uint64_t date_ms; /* promise: when; else 0 */
	struct kr_envelope envelopes[KR_ENVELOPES_MAX];
	size_t num_envelopes;
	struct kr_recipient recipients[KR_RECIPIENTS_MAX];
	size_t num_recipients;
	uint8_t signer[KR_ED25519_PUBLIC_BYTES]; /* device, or the receipt's key */
};

/* Sign and write; signer in the structure is ignored. Views are not kept. */
void kr_case_event_write(struct kr_writer *w, const struct kr_case_event *e,
	const struct kr_ed25519_keypair *signer);

/* Well-formed for its type and signed by signer; whether signer had the right is asked of
 * the case's state (the reporter's key) or of the inbox's record. About 8 KiB.
 * KR_ERR_RECORD_VERSION, KR_ERR_SIGNATURE, KR_ERR_ENCODING (an envelope too many or too
 * few for the type, a length that is no size class, a recipient twice, a field that the
 * type does not have), KR_ERR_TRUNCATED, KR_ERR_TRAILING, KR_ERR_VARINT,
 * KR_ERR_TOO_LARGE. */
enum kr_err kr_case_event_read(struct kr_case_event *out, struct kr_view bytes);

/* The wraps that came with it, in the recipients' order. KR_ERR_HASH, KR_ERR_ENCODING for
 * another number of bytes. */
enum kr_err kr_case_wraps_check(const struct kr_case_event *e, struct kr_view wraps);

/* ---- State (CASES.md §7) --------------------------------------------------------- */

enum kr_case_phase {
	KR_CASE_NONE,   /* before `submitted` */
	KR_CASE_NEW,    /* nobody has said yet that it was opened */
	KR_CASE_OPEN,   /* acknowledged, or taken over */
	KR_CASE_CLOSED, /* with a word, or withdrawn */
	KR_CASE_ERASED, /* for ever */
};

enum kr_party_role {
	KR_PARTY_NONE,
	KR_PARTY_OWNER,
	KR_PARTY_JOINED,
	KR_PARTY_FALLBACK, /* waits; knows nothing yet */
	KR_PARTY_OFFERED,  /* a handover */
	KR_PARTY_INVITED,  /* to join */
	KR_PARTY_CONSULTED,
	KR_PARTY_FORMER,
};

struct kr_case_party {
	uint8_t inbox[KR_ID_BYTES];
	enum kr_party_role role;
	enum kr_party_role
		before; /* OFFERED, INVITED, CONSULTED: what it is again after */
	bool admitted;  /* was let in: it gets the wraps that waited for it */
	bool consented; /* the reporter's name may be shared with it */
	uint16_t spent; /* of KR_CASE_ROOM; stays with a place that is free again */
};

/* Zeroed: a case that is not there yet. Plain data. Exactly one party is OWNER from
 * `submitted` on; at most one waits as FALLBACK (also while it is asked for something:
 * before), at most one is OFFERED. A party that is NONE is a free place. */
struct kr_case_state {
	enum kr_case_phase phase;
	uint8_t reporter_key[KR_ED25519_PUBLIC_BYTES];
	uint8_t urgency;
	uint64_t until_ms; /* NEW, OPEN: the clock; CLOSED: kept until; else 0 */
	bool opened;       /* somebody acknowledged it or took it over, ever */
	bool overdue;      /* the last clock ran out, and the owner said nothing since */
	bool withdrawn;    /* CLOSED by the reporter */
	bool close_read;   /* CLOSED: the reporter has seen the word */
	uint8_t num_promises; /* since the last follow-up */
	uint32_t num_overdue;
	uint16_t spent; /* by the reporter */
	struct kr_case_party parties[KR_CASE_PARTIES_MAX];
	size_t num_parties;
};

enum kr_case_actor {
	KR_ACTOR_REPORTER,
	KR_ACTOR_INBOX, /* by says which */
	KR_ACTOR_RELAY,
};

/* What an event does, wherever it comes from: a signed event before it is appended, or a
 * stored one's head. Ids that the type does not have are NULL; zero ids are given as
 * such. */
struct kr_case_act {
	enum kr_event_type type;
	enum kr_case_actor actor;
	const uint8_t *by;       /* KR_ACTOR_INBOX */
	const uint8_t *inbox;    /* types with KR_F_INBOX */
	const uint8_t *fallback; /* types with KR_F_FALLBACK */
	const uint8_t *key;      /* `submitted`: the reporter's */
	uint8_t urgency;         /* types with KR_F_URGENCY */
	uint64_t until_ms;       /* the clock from here on, as stored */
};

/* The act of a stored event: `overdue` and `expired` are the relay's, else a by of zeroes
 * is the reporter. Views of head are kept. */
void kr_case_act_of(struct kr_case_act *out, enum kr_event_type type,
	const struct kr_event_head *head);

/* The next state. KR_ERR_FORBIDDEN: not this actor's to do. KR_ERR_STATE: not now.
 * KR_ERR_LIMIT: too many parties, or the actor has spent its room; never for what ends
 * something, or accepts what is offered. On an error the state is unchanged. */
enum kr_err kr_case_apply(struct kr_case_state *state, const struct kr_case_act *act);

/* The party, or NULL; the owner, never NULL once there is a case. */
const struct kr_case_party *kr_case_party(
	const struct kr_case_state *state, const uint8_t inbox[KR_ID_BYTES]);
const struct kr_case_party *kr_case_owner(const struct kr_case_state *state);
const struct kr_case_party *kr_case_with_role(
	const struct kr_case_state *state, enum kr_party_role role);
/* Who waits to be let in when a clock runs out; NULL. */
const struct kr_case_party *kr_case_fallback(const struct kr_case_state *state);

/* Closed by a word that its reporter has not read: then no inbox erases it, and it is
 * kept until until_ms. */
bool kr_case_word_unread(const struct kr_case_state *state);

/* May the inbox read the case's topic? Everybody but who waits. Former parties may: they
 * see what happens, not the words. */
bool kr_case_may_read(const struct kr_case_party *party);

/* ---- The clock (CASES.md §8) ------------------------------------------------------ */

/* The inbox by whose record the clock of this act is computed, in the state before it:
 * who is owner after it, or for `overdue` the inbox that it brings in. */
const uint8_t *kr_case_clock_inbox(
	const struct kr_case_state *state, const struct kr_case_act *act);

/* The clock after the act (act->until_ms is ignored), in the state before it.
 *   record   of kr_case_clock_inbox, as it is now
 *   date_ms  promise: when; else 0
 *   now_ms   the time of the event
 * KR_ERR_LIMIT: a promise too far away, in the past, or one too many. KR_ERR_STATE: there
 * is no case yet. Ask kr_case_apply for permission too. */
enum kr_err kr_case_clock(uint64_t *until_ms, const struct kr_case_state *state,
	const struct kr_case_act *act, const struct kr_inbox_record *record,
	uint64_t date_ms, uint64_t now_ms);

/* ---- Who must be able to read ----------------------------------------------------- */

/* Who has to be among the recipients of the words, in the state before the event: parties
 * in the order of state->parties, then who is new, then the reporter. party, purpose and
 * envelope 0 are filled in; the author adds the rest. Returns how many, at most
 * KR_CASE_PARTIES_MAX + 1; 0 for a type without words. */
size_t kr_case_readers(const struct kr_case_state *state, const struct kr_case_act *act,
	struct kr_recipient out[KR_CASE_PARTIES_MAX + 1]);

/* Relay and readers alike: the words' recipients are exactly kr_case_readers, those of
 * the identity are owner and fallback, those of keys the inbox that the event is about,
 * or else the fallback that waits. KR_ERR_RECIPIENTS. */
enum kr_err kr_case_recipients_check(const struct kr_case_state *state,
	const struct kr_case_act *act, const struct kr_case_event *e);

/* May this wrap be handed to this inbox, as the state is now? NULL: the reporter. */
bool kr_case_may_have(const struct kr_case_state *state, const struct kr_recipient *to,
	const uint8_t *inbox);

/* ---- For storing a state ---------------------------------------------------------- */

#define KR_CASE_STATE_MAX ((size_t)(64 + KR_CASE_PARTIES_MAX * 40))
void kr_case_state_write(struct kr_writer *w, const struct kr_case_state *state);
/* Of what was written before room was counted, nothing is spent. KR_ERR_ENCODING,
 * KR_ERR_TRUNCATED, KR_ERR_TRAILING. */
enum kr_err kr_case_state_read(struct kr_case_state *out, struct kr_view bytes);

/* ---- What the relay signs (RelayWord, CASES.md §9) -------------------------------- */

enum kr_relay_word_kind {
	KR_RELAY_ARRIVAL = 1, /* answer to case.submit, as its body */
	KR_RELAY_OVERDUE = 2, /* body of `overdue` */
	KR_RELAY_EXPIRED = 3, /* body of `expired` */
};

struct kr_relay_word {
	enum kr_relay_word_kind kind;
	struct kr_view relay; /* its name */
	uint8_t case_id[KR_ID_BYTES];
	uint8_t event[KR_EVENT_ID_BYTES];
	uint64_t seq; /* arrival: of `submitted`; else of the event before this one, */
	uint8_t hash[KR_SHA256_BYTES]; /* and the running hash after that */
	uint64_t time_ms;
	uint64_t until_ms;          /* the deadline from here on */
	uint8_t inbox[KR_ID_BYTES]; /* arrival: the owner; overdue: who is let in, or 0 */
};

#define KR_RELAY_WORD_MAX ((size_t)512)
void kr_relay_word_write(struct kr_writer *w, const struct kr_relay_word *word,
	const struct kr_ed25519_keypair *relay);
/* KR_ERR_SIGNATURE unless relay_key signed it; KR_ERR_RECORD_VERSION, KR_ERR_ENCODING,
 * KR_ERR_TRUNCATED, KR_ERR_TRAILING. */
enum kr_err kr_relay_word_read(struct kr_relay_word *out, struct kr_view bytes,
	const uint8_t relay_key[KR_ED25519_PUBLIC_BYTES]);

/* What a reporter signs to come back, PROTOCOL.md §6 case.open. */
void kr_case_open_tbs(struct kr_writer *w, struct kr_view relay,
	const uint8_t challenge[32], const uint8_t case_id[KR_ID_BYTES]);

/* The topic of an inbox's notes on a case:
 * SHA-256("kring notes v1" || case || inbox). */
void kr_notes_id(uint8_t out[KR_ID_BYTES], const uint8_t case_id[KR_ID_BYTES],
	const uint8_t inbox[KR_ID_BYTES]);

#endif
