/* A case, its parties and its relay, the same in each run: the inbox OWNER with FALLBACK
 * behind it and OTHER beside it, and a reporter. Events are made as clients make them and
 * appended as a relay does; a test may change what it likes on the way. */
#ifndef KRING_TESTS_CASES_FIXTURE_H
#define KRING_TESTS_CASES_FIXTURE_H

#include <kring/cases.h>

#define RELAY    "kring.example"
#define BEGIN_MS UINT64_C(1763784000000)

struct professional {
	struct kr_ed25519_keypair device;
	struct kr_x25519_keypair sealing;
	uint8_t account[KR_ID_BYTES];
};

#define TEAM 3 /* the first one is the administrator */
struct inbox {
	struct kr_inbox_secrets secrets;
	struct professional team[TEAM];
	uint8_t id[KR_ID_BYTES];
	struct kr_inbox_record record; /* views into bytes */
	uint8_t bytes[KR_INBOX_RECORD_MAX];
	size_t len;
};

enum who {
	OWNER,
	FALLBACK,
	OTHER,
	NUM_INBOXES,
	REPORTER,
	THE_RELAY,
	NOBODY,
};

/* An event as it is stored, and what came with it. */
#define BODY_MAX ((size_t)32768)
struct stored {
	struct kr_event event; /* head and body point into this structure */
	uint8_t hash[KR_SHA256_BYTES];
	struct kr_case_event e; /* by the relay: zeroed */
	bool is_signed;
	uint8_t body[BODY_MAX];
	uint8_t head[KR_EVENT_HEAD_MAX];
	struct kr_envelope_secret secrets[KR_ENVELOPES_MAX];
	uint8_t wraps[KR_RECIPIENTS_MAX][KR_WRAP_BYTES];
	uint8_t ciphertexts[KR_ENVELOPES_MAX][KR_ENVELOPE_STORAGE];
};

struct world {
	struct kr_random_seeded stream;
	struct kr_random rng; /* points into the world: it does not move */
	struct kr_ed25519_keypair relay;
	struct kr_receipt_keys receipt; /* made without Argon2id: it is quick */
	struct inbox inboxes[NUM_INBOXES];
	struct kr_case_chain chain;
	uint64_t now_ms;
};

/* The one world, made anew, before there is a case. */
struct world *world_new(void);

/* A source that gives nothing. */
struct kr_random failing_random(void);

/* The next record of an inbox: rotated, with so many of the team. */
void inbox_next(struct world *w, enum who which, size_t num_team, bool rotate);
/* What inbox_next starts from: everything but the opaque parts. */
void inbox_plain(struct kr_inbox_record *out, const struct world *w, enum who which,
	size_t num_team);
extern const struct kr_inbox_card the_card;
extern const struct kr_view the_names[TEAM];

/* An event by who, about an inbox (NOBODY: none), as the chain stands: words for all who
 * must read, keys or an identity where they must be; signed, not appended. */
void make(struct stored *out, struct world *w, enum kr_event_type type, enum who by,
	enum who about);
/* Fill the event's body, head and hash from out->e and the world's clock: what a relay
 * does. signer NULL: who has to. */
void append(struct stored *out, struct world *w, enum who by,
	const struct kr_ed25519_keypair *signer);
/* The relay's own: overdue (about: who is let in) and expired. */
void make_relay_event(struct stored *out, struct world *w, enum kr_event_type type,
	enum who about, const struct kr_ed25519_keypair *relay);
/* Another head, and the running hash that goes with it. */
void put_head(struct stored *s, const struct world *w, const struct kr_event_head *head);
/* The running hash of what the event holds now. */
void rehash(struct stored *s, const struct world *w);

/* Give it to the chain with the records that belong to it. */
enum kr_err take(struct world *w, const struct stored *s, enum kr_case_lie *lie);
/* Make, append and take, which must succeed. */
void happen(struct stored *out, struct world *w, enum kr_event_type type, enum who by,
	enum who about);

const struct kr_inbox_record *record_of(
	const struct world *w, const uint8_t id[KR_ID_BYTES]);

#endif
