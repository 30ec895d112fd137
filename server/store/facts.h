/* Facts: what the projection is made of. Private to server/store.
 *
 * A fact belongs to one topic and follows from that topic's events alone. Facts of the
 * living log stand in DB_FACTS. When events are trimmed, what they added up to is worked
 * out once more in DB_BASE, by the same apply, before they go: base and the events that
 * are left always add up to the facts. */
#ifndef KRING_SERVER_STORE_FACTS_H
#define KRING_SERVER_STORE_FACTS_H

#include "server/store/record.h"

/* The numbers are stored: never reuse one. */
enum fact_table {
	FACT_MEMBER = 1,      /* account -> role u8, muted_until_ms u64 */
	FACT_INVITATION = 2,  /* key -> until_ms u64, num_left u32 */
	FACT_REQUEST = 3,     /* account -> key of the invitation */
	FACT_GROUP = 4,       /* nothing -> struct group_state, see apply.c */
	FACT_ROUTE = 5,       /* account -> admin u8, since_seq u64 */
	FACT_UNDO = 6,        /* account -> routed u8, admin u8, since_seq u64: as it was
				* before the latest commit, for what that changed */
	FACT_DEVICE = 7,      /* key -> removed u8 */
	FACT_KEY_PACKAGE = 8, /* device, last resort u8, seq u64, index u32
				* -> hash, bytes */
	FACT_GRANT = 9,       /* hash -> until_ms u64, purpose u32 */
	FACT_BLOCK = 10,      /* account -> nothing */
	FACT_INBOX = 11,      /* nothing -> nothing; seq is that of its record */
	FACT_TEAM = 12,       /* account -> administrator u8 */
	FACT_PUBLIC = 13,     /* seq u64 -> nothing: what anybody may read of an inbox */
	FACT_CASE = 14,       /* nothing -> kr_case_state_write */
	FACT_PARTY = 15,      /* inbox that may read the case -> nothing */
	FACT_NOTES = 16,      /* id of the notes of an inbox that ever read -> inbox */
	FACT_CLOCK = 17,      /* struct clock_key -> nothing: one a running clock */
	FACT_ERASED = 18,     /* 32 zeroes -> nothing: erased, words still there */
};

#define FACT_KEY_MAX 80

/* The facts of one topic in one database. */
struct facts {
	struct tx *tx;
	enum store_db db; /* DB_FACTS or DB_BASE */
	uint64_t number;
	struct kr_topic topic;
};

struct fact {
	struct kr_view key; /* within the table */
	uint64_t seq;       /* of the event that it was last set by */
	struct kr_view value;
};

enum kr_err fact_put(const struct facts *facts, enum fact_table table, struct kr_view key,
	uint64_t seq, struct kr_view value);
/* Deleting what is not there is fine. */
enum kr_err fact_delete(
	const struct facts *facts, enum fact_table table, struct kr_view key);
/* All of the table whose keys begin with prefix. */
enum kr_err fact_delete_all(
	const struct facts *facts, enum fact_table table, struct kr_view prefix);
/* KR_ERR_NOT_FOUND. */
enum kr_err fact_get(const struct tx *tx, enum store_db db, uint64_t number,
	enum fact_table table, struct kr_view key, struct fact *out);

/* Walk the facts of a table whose keys begin with prefix, from the one at or after start:
 *
 *	for (err = fact_scan_begin(…); err == KR_OK; err = fact_scan_next(&scan)) {
 * scan.fact } fact_scan_end(&scan);
 *
 * KR_ERR_NOT_FOUND at the end. */
struct fact_scan {
	struct tx_scan scan;
	uint8_t prefix[9 + FACT_KEY_MAX];
	size_t prefix_len;
	struct fact fact;
};
enum kr_err fact_scan_begin(struct fact_scan *scan, const struct tx *tx, enum store_db db,
	uint64_t number, enum fact_table table, struct kr_view prefix,
	struct kr_view start);
enum kr_err fact_scan_next(struct fact_scan *scan);
void fact_scan_end(struct fact_scan *scan);

/* A stored fact's bytes, without their topic's number. KR_ERR_STORE_DAMAGED. */
enum kr_err fact_value_read(struct fact *out, struct kr_view value);

/* Tables whose facts can be found by their key, over all topics: by account, by inbox, in
 * the order of time. Their keys are 32 bytes. */
bool fact_is_looked_up(unsigned table);
struct lookup_key {
	uint8_t bytes[1 + KR_ID_BYTES + KR_TOPIC_BYTES];
};
struct lookup_key lookup_key(enum fact_table table, const uint8_t key_bytes[KR_ID_BYTES],
	const struct kr_topic *topic);

/* Work an event into the facts of its topic. Never rejects: what does not fit the facts
 * changes nothing. Errors are the store's alone. */
enum kr_err facts_apply(const struct facts *facts, const struct kr_event *event);

/* A topic was trimmed as far as it says. Of an erased case only the end is left then, and
 * nobody has to look for it any more. Only for DB_FACTS. */
enum kr_err facts_trimmed(const struct facts *facts, const struct store_topic *topic);

#endif
