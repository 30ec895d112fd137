/* The record of a professional inbox: its clocks, its team, its sealing key. CASES.md §2
 * is the specification, byte by byte. One record holds all of it and is signed by the
 * inbox's identity key; every change is a new record, which names the one before.
 *
 * The relay reads from it who may act for the inbox and when somebody is late; clients
 * check it against the identity that is pinned. Both compute deadlines with the same
 * function, which needs no time zone database: a record carries the offsets of its zone
 * for as long as it is valid.
 *
 * Nothing allocates; views point into the bytes that were read. */
#ifndef KRING_INBOX_H
#define KRING_INBOX_H

#include <kring/event.h>

#define KR_INBOX_VERSION        1
#define KR_INBOX_RECORD_MAX     ((size_t)49152)
#define KR_INBOX_TEAM_MAX       32
#define KR_INBOX_OFFSETS_MAX    8
#define KR_INBOX_HOURS_MAX      4 /* spans of one day */
#define KR_INBOX_CLOSED_MAX     64
#define KR_INBOX_ZONE_MAX       ((size_t)64)
#define KR_INBOX_CARD_MAX       ((size_t)8192)
#define KR_INBOX_SEALED_MAX     ((size_t)12288)
#define KR_INBOX_EXPIRES_MAX_MS (UINT64_C(400) * 24 * 3600 * 1000)

/* The id of the inbox with this identity: SHA-256("kring inbox v1" || identity_key). */
void kr_inbox_id(
	uint8_t out[KR_ID_BYTES], const uint8_t identity_key[KR_ED25519_PUBLIC_BYTES]);

/* One device of a professional. */
struct kr_inbox_member {
	uint8_t account[KR_ID_BYTES];
	uint8_t device_key[KR_ED25519_PUBLIC_BYTES]; /* signs this professional's acts */
	uint8_t sealing_key[KR_X25519_BYTES]; /* the inbox's secret is sealed to it */
	bool administrator;                   /* holds the identity's secret too */
};

/* ---- Office hours and deadlines ------------------------------------------------- */

/* Minutes of a local day: 0 <= from < to <= 1440. */
struct kr_office_span {
	uint16_t from;
	uint16_t to;
};

struct kr_office_hours {
	/* From from_ms on, local time is UTC plus minutes (-1440 to 1440). Ascending; the
	 * first one counts for what is before it too. */
	struct {
		uint64_t from_ms;
		int32_t minutes;
	} offsets[KR_INBOX_OFFSETS_MAX];
	size_t num_offsets;
	struct {
		struct kr_office_span spans[KR_INBOX_HOURS_MAX]; /* ascending, apart */
		size_t num;
	} days[7];                            /* Monday first */
	uint32_t closed[KR_INBOX_CLOSED_MAX]; /* local days since 1970-01-01, ascending */
	size_t num_closed;
};

struct kr_inbox_deadline {
	uint32_t acknowledge_s; /* from submission; both 1 to KR_INBOX_DEADLINE_MAX_S */
	uint32_t follow_up_s;   /* from the last word to the reporter to the next */
	bool continuous;        /* day and night; else seconds inside office hours */
};
#define KR_INBOX_DEADLINE_MAX_S  (UINT32_C(92) * 24 * 3600)
#define KR_INBOX_RETENTION_MAX_S (UINT32_C(3660) * 24 * 3600)
/* Who cannot look every day finds the closing word, too. */
#define KR_INBOX_UNREAD_MIN_S (UINT32_C(28) * 24 * 3600)
#define KR_INBOX_PROMISES_MAX 16

/* The instant at which so many seconds of office hours have passed since start_ms, which
 * may lie outside of them. No later than KR_INBOX_DEADLINE_MAX_S of ordinary time: an
 * inbox that is closed for longer has that as its deadline. */
uint64_t kr_office_deadline(
	const struct kr_office_hours *hours, uint64_t start_ms, uint32_t seconds);

/* ---- The record ----------------------------------------------------------------- */

struct kr_inbox_record {
	uint8_t identity_key[KR_ED25519_PUBLIC_BYTES];
	uint64_t number;                   /* 1, 2, 3 … */
	uint8_t previous[KR_SHA256_BYTES]; /* SHA-256 of the record before; zero: first */
	uint8_t relay_key[KR_ED25519_PUBLIC_BYTES]; /* of the relay that it lives on */
	uint64_t made_ms;
	uint64_t expires_ms; /* after this nobody seals to it; KR_INBOX_EXPIRES_MAX_MS */
	bool moved;          /* it is the last one: another identity takes over */
	uint8_t successor[KR_ED25519_PUBLIC_BYTES];
	struct kr_view zone; /* IANA name, for people and for the next record's offsets */
	struct kr_office_hours hours;
	struct kr_inbox_deadline deadlines[KR_NUM_URGENCIES]; /* [urgency - 1] */
	uint32_t promise_s;   /* longest span of a promise, ordinary seconds */
	uint8_t promises;     /* most promises in a row without a follow-up between */
	uint32_t retention_s; /* of a case after its close, the word read */
	uint32_t retention_unread_s; /* likewise, the word unread: not shorter, and
					KR_INBOX_UNREAD_MIN_S at least */
	bool has_fallback;
	uint8_t fallback[KR_ED25519_PUBLIC_BYTES]; /* its identity key, on this relay */
	struct kr_inbox_member team[KR_INBOX_TEAM_MAX];
	size_t num_team;
	bool has_recovery;
	/* Offline. Both secrets are sealed to the first; the second signs a record that
	 * nobody of the team before it could send (inbox.update, PROTOCOL.md §6). */
	uint8_t recovery_key[KR_X25519_BYTES];
	uint8_t recovery_signer[KR_ED25519_PUBLIC_BYTES];
	/* The ones before these, replaced by an administrator: as good until then. */
	bool has_former;
	uint8_t former_key[KR_X25519_BYTES];
	uint8_t former_signer[KR_ED25519_PUBLIC_BYTES];
	uint64_t former_until_ms;
	uint64_t sealing_number; /* of the record in which sealing_key first stood */
	uint8_t sealing_key[KR_X25519_BYTES]; /* signals are sealed to it */
	/* Opaque to the relay; cases.h opens them. */
	struct kr_view card;            /* name and words, under the reading key */
	struct kr_view roster;          /* Sealed: the professionals' names */
	struct kr_view sealing_secret;  /* Sealed: to the team and the recovery key */
	struct kr_view identity_secret; /* Sealed: to administrators, recovery key */
	struct kr_view
		previous_secret; /* the sealing secret before, to this one; empty */
};

/* Sign and write. identity_key in the structure is ignored: it is the key pair's. The
 * writer fails with what kr_inbox_record_read would say. */
void kr_inbox_record_write(struct kr_writer *w, const struct kr_inbox_record *record,
	const struct kr_ed25519_keypair *identity);

/* About 6 KiB: not for a small stack. KR_ERR_RECORD_VERSION, KR_ERR_SIGNATURE,
 * KR_ERR_ENCODING (also: not one administrator, a device or a key twice, no office hours
 * where a deadline needs them, bounds above), KR_ERR_TRUNCATED, KR_ERR_TRAILING,
 * KR_ERR_VARINT, KR_ERR_TOO_LARGE. out is zeroed on an error. */
enum kr_err kr_inbox_record_read(struct kr_inbox_record *out, struct kr_view bytes);

/* May next follow the record before (bytes: of the one before)? Same identity, number one
 * more, previous its hash, not after one that moved, the sealing key and its number both
 * stay or both change, and recovery keys do not go without others in their place. before
 * NULL: may it be the first? KR_ERR_HASH for previous, else KR_ERR_RECORD. */
enum kr_err kr_inbox_record_follows(const struct kr_inbox_record *next,
	const struct kr_inbox_record *before, struct kr_view bytes);

/* ---- Recovery keys, CASES.md §2 --------------------------------------------------- */

/* Recovery keys that an administrator replaces stay good for so long: else a stolen
 * device of one could lock the team out. At most twice that. */
#define KR_INBOX_FORMER_MS (UINT64_C(14) * 24 * 3600 * 1000)

/* What the relay asks besides kr_inbox_record_follows. Of a record that an administrator
 * sends: are the recovery keys as they were, the first ones, or new ones beside the
 * former, which stay good for KR_INBOX_FORMER_MS? While there are former ones no others
 * follow. */
bool kr_inbox_recovery_kept(const struct kr_inbox_record *next,
	const struct kr_inbox_record *before, uint64_t now_ms);
/* Of one that comes with the signature of this key: is it a recovery key of the record
 * before, and are all that were good then replaced? Digits are used once. */
bool kr_inbox_recovery_used(const struct kr_inbox_record *next,
	const struct kr_inbox_record *before,
	const uint8_t signer[KR_ED25519_PUBLIC_BYTES], uint64_t now_ms);
/* The recovery keys that sign for this record at that time, 0 to 2; the newest first. */
size_t kr_inbox_recovery_signers(
	const struct kr_inbox_record *record, uint64_t now_ms, const uint8_t *signers[2]);

/* The team's member with this device key; NULL. */
const struct kr_inbox_member *kr_inbox_member(const struct kr_inbox_record *record,
	const uint8_t device_key[KR_ED25519_PUBLIC_BYTES]);

/* The event `inbox_set`'s lists: the accounts of the team, or of its administrators, each
 * once, ascending. Returns how many. */
size_t kr_inbox_accounts(const struct kr_inbox_record *record, bool administrators,
	uint8_t out[KR_INBOX_TEAM_MAX][KR_ID_BYTES]);

#endif
