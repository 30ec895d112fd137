/* Events: what topics are made of, as the relay stores them and clients check them.
 *
 * An event is a fixed part (where it stands, who wrote it, when), a head (the few
 * fields that the relay acts on, all of them account ids, keys, hashes and numbers) and
 * a body (opaque to the relay). The head's bytes and the running hash are defined here
 * once: the relay stores the head, its projection decodes it, clients recompute the
 * hash. PROTOCOL.md "Events".
 *
 * Nothing here allocates; views point into the caller's bytes. */
#ifndef KRING_EVENT_H
#define KRING_EVENT_H

#include <kring/codec.h>
#include <kring/crypto.h>

/* Account ids, device keys, group and community ids, hashes. */
#define KR_ID_BYTES 32
/* Event ids: chosen by whoever makes the event, 16 random bytes. */
#define KR_EVENT_ID_BYTES 16
/* A head is at most this long: KR_EVENT_LIST_MAX accounts in lists, and the rest. */
#define KR_EVENT_HEAD_MAX 4096
/* Accounts that one event may name in all its lists together. */
#define KR_EVENT_LIST_MAX 64

/* ---- Topics ----------------------------------------------------------------------- */

enum kr_topic_kind {
	KR_TOPIC_COMMUNITY = 'c',
	KR_TOPIC_GROUP = 'g',
	KR_TOPIC_ACCOUNT = 'a', /* what concerns one account: devices, Welcomes */
	KR_TOPIC_CASE = 's',    /* a signal's case */
	KR_TOPIC_WRAPS = 'w', /* a case's wrapped keys: the relay hands out parts of it */
	KR_TOPIC_NOTES = 'n', /* one inbox's internal notes on one case */
	KR_TOPIC_INBOX = 'i',
	KR_TOPIC_RELAY = 'r', /* one, with an id of zeroes: no client sees it */
};

/* A topic's name: its kind, then its id. 33 bytes, no padding, so it can be a key. */
#define KR_TOPIC_BYTES (1 + KR_ID_BYTES)
struct kr_topic {
	uint8_t kind; /* enum kr_topic_kind */
	uint8_t id[KR_ID_BYTES];
};
_Static_assert(sizeof(struct kr_topic) == KR_TOPIC_BYTES, "a topic is its own key");

struct kr_topic kr_topic(enum kr_topic_kind kind, const uint8_t id[KR_ID_BYTES]);
bool kr_topic_equal(const struct kr_topic *a, const struct kr_topic *b);
static inline struct kr_view kr_view_topic(const struct kr_topic *t)
{
	return kr_view(t, sizeof(*t));
}

/* On the wire a topic is its kind, a full stop and its id in base64url: "g.AAAA…", 45
 * characters and a NUL. */
#define KR_TOPIC_TEXT_BYTES 46
void kr_topic_to_text(char out[KR_TOPIC_TEXT_BYTES], const struct kr_topic *t);
/* KR_ERR_ENCODING, also for a kind that is not known. */
enum kr_err kr_topic_from_text(struct kr_topic *out, struct kr_view text);

/* ---- Types of event --------------------------------------------------------------- */

/* X(symbol, number, name, kind of topic, counts in rev, fields of the head). The
 * numbers are stored: never reuse one. Fields stand in the head in the order of enum
 * kr_event_field. */
#define KR_EVENT_LIST(X)                                                                 \
	/* A community: members are accounts, some of them coordinators. */              \
	X(FOUNDED, 1, "founded", COMMUNITY, true,                                        \
		KR_F_KEY | KR_F_HASH | KR_F_ADMINS_ADDED)                                \
	X(INVITED, 2, "invited", COMMUNITY, true, KR_F_KEY | KR_F_UNTIL | KR_F_COUNT)    \
	X(INVITE_REVOKED, 3, "invite_revoked", COMMUNITY, true, KR_F_KEY)                \
	X(REQUESTED, 4, "requested", COMMUNITY, false, KR_F_ACCOUNT | KR_F_KEY)          \
	X(ADMITTED, 5, "admitted", COMMUNITY, true, KR_F_ACCOUNT)                        \
	X(REFUSED, 6, "refused", COMMUNITY, false, KR_F_ACCOUNT)                         \
	X(ROLE, 7, "role", COMMUNITY, true, KR_F_ACCOUNT | KR_F_FLAG)                    \
	X(REMOVED, 8, "removed", COMMUNITY, true, KR_F_ACCOUNT)                          \
	X(LEFT, 9, "left", COMMUNITY, true, KR_F_ACCOUNT)                                \
	X(RULES, 10, "rules", COMMUNITY, true, 0)                                        \
	X(NOTICE, 11, "notice", COMMUNITY, false, 0)                                     \
	X(MUTED, 12, "muted", COMMUNITY, true, KR_F_ACCOUNT | KR_F_UNTIL)                \
	/* A group: the delivery service of RFC 9750. */                                 \
	X(GROUP_CREATED, 20, "created", GROUP, true,                                     \
		KR_F_ACCOUNT | KR_F_COMMUNITY | KR_F_FLAG)                               \
	X(COMMIT, 21, "commit", GROUP, true,                                             \
		KR_F_HASH | KR_F_EPOCH | KR_F_FLAG | KR_F_LISTS)                         \
	X(VOID, 22, "void", GROUP, true, KR_F_HASH | KR_F_EPOCH | KR_F_LISTS)            \
	X(POST, 23, "post", GROUP, false, KR_F_EPOCH)                                    \
	X(GROUP_LEFT, 24, "group_left", GROUP, true, KR_F_ACCOUNT)                       \
	X(HEAL, 25, "heal", GROUP, false, KR_F_ACCOUNT)                                  \
	/* An account: its devices, its key packages, what is meant for it alone. */     \
	X(DEVICE_ADDED, 30, "device_added", ACCOUNT, true, KR_F_KEY)                     \
	X(DEVICE_REMOVED, 31, "device_removed", ACCOUNT, true, KR_F_KEY)                 \
	X(KEY_PACKAGES, 32, "key_packages", ACCOUNT, false,                              \
		KR_F_KEY | KR_F_COMMUNITY | KR_F_COUNT | KR_F_FLAG)                      \
	X(KEY_PACKAGE_TAKEN, 33, "key_package_taken", ACCOUNT, false,                    \
		KR_F_KEY | KR_F_HASH | KR_F_FLAG)                                        \
	X(WELCOME, 34, "welcome", ACCOUNT, false, KR_F_GROUP | KR_F_HASH | KR_F_EPOCH)   \
	X(ANSWERED, 35, "answered", ACCOUNT, false, KR_F_COMMUNITY | KR_F_FLAG)          \
	X(KEY_PACKAGES_VOID, 36, "key_packages_void", ACCOUNT, false, 0)                 \
	X(KEY_PACKAGES_DROPPED, 37, "key_packages_dropped", ACCOUNT, false,              \
		KR_F_KEY | KR_F_COMMUNITY)                                               \
	/* An inbox. added: the whole team; admins_added: those who may change it. */    \
	X(INBOX_SET, 70, "inbox_set", INBOX, true,                                       \
		KR_F_KEY | KR_F_HASH | KR_F_ADDED | KR_F_ADMINS_ADDED)                   \
	X(INBOX_NOTICE, 71, "inbox_notice", INBOX, false, 0)                             \
	X(CASE_EVENT, 72, "case_event", INBOX, false, KR_F_COUNT | KR_F_CASE)            \
	X(NOTE, 75, "note", NOTES, true, KR_F_CASE | KR_F_INBOX)                        \
	X(WRAPS, 76, "wraps", WRAPS, false, 0)                                           \
	/* A case. All of them count: each names the position that it expects. */        \
	X(SUBMITTED, 80, "submitted", CASE, true,                                        \
		KR_F_KEY | KR_F_CLOCK | KR_F_INBOX | KR_F_FALLBACK | KR_F_URGENCY)       \
	X(ACKNOWLEDGED, 81, "acknowledged", CASE, true, KR_F_CLOCK)                      \
	X(FOLLOW_UP, 82, "follow_up", CASE, true, KR_F_CLOCK)                            \
	X(QUESTION, 83, "question", CASE, true, KR_F_CLOCK)                              \
	X(ANSWER, 84, "answer", CASE, true, KR_F_CLOCK)                                  \
	X(PROMISE, 85, "promise", CASE, true, KR_F_CLOCK)                                \
	X(URGENCY_CHANGED, 86, "urgency_changed", CASE, true, KR_F_CLOCK | KR_F_URGENCY) \
	X(HANDOVER_OFFERED, 87, "handover_offered", CASE, true, KR_F_CLOCK | KR_F_INBOX) \
	X(HANDOVER_ACCEPTED, 88, "handover_accepted", CASE, true,                        \
		KR_F_CLOCK | KR_F_FALLBACK)                                              \
	X(HANDOVER_DECLINED, 89, "handover_declined", CASE, true,                        \
		KR_F_CLOCK | KR_F_INBOX)                                                 \
	X(CONSULTED, 90, "consulted", CASE, true, KR_F_CLOCK | KR_F_INBOX)               \
	X(ADVISED, 91, "advised", CASE, true, KR_F_CLOCK)                                \
	X(JOIN_INVITED, 92, "join_invited", CASE, true, KR_F_CLOCK | KR_F_INBOX)         \
	X(JOINED, 93, "joined", CASE, true, KR_F_CLOCK)                                  \
	X(PARTED, 94, "parted", CASE, true, KR_F_CLOCK | KR_F_INBOX)                     \
	X(OVERDUE, 95, "overdue", CASE, true, KR_F_CLOCK | KR_F_INBOX)                   \
	X(CLOSED, 96, "closed", CASE, true, KR_F_CLOCK)                                  \
	X(CLOSE_READ, 97, "close_read", CASE, true, KR_F_CLOCK)                          \
	X(REOPENED, 98, "reopened", CASE, true, KR_F_CLOCK | KR_F_URGENCY)               \
	X(WITHDRAWN, 99, "withdrawn", CASE, true, KR_F_CLOCK)                            \
	X(CONSENTED, 100, "consented", CASE, true, KR_F_CLOCK | KR_F_INBOX)              \
	X(IDENTITY_SHARED, 101, "identity_shared", CASE, true, KR_F_CLOCK | KR_F_INBOX)  \
	X(ERASED, 102, "erased", CASE, true, KR_F_CLOCK)                                 \
	X(EXPIRED, 103, "expired", CASE, true, KR_F_CLOCK)                               \
	/* The relay: what its operator decides. count: 1 a community, 2 an inbox. */    \
	X(GRANT, 50, "grant", RELAY, true, KR_F_HASH | KR_F_UNTIL | KR_F_COUNT)          \
	X(GRANT_REVOKED, 51, "grant_revoked", RELAY, true, KR_F_HASH)                    \
	X(BLOCKED, 52, "blocked", RELAY, true, KR_F_ACCOUNT | KR_F_FLAG)

/* The fields of heads, in the order in which they stand, and their presentation. */
enum kr_event_field {
	KR_F_ACCOUNT = 1 << 0,   /* opaque account[32] */
	KR_F_KEY = 1 << 1,       /* opaque key[32]: of a device, of an invitation */
	KR_F_COMMUNITY = 1 << 2, /* opaque community[32] */
	KR_F_GROUP = 1 << 3,     /* opaque group[32] */
	KR_F_HASH = 1 << 4,      /* opaque hash[32]: SHA-256 of what is referred to */
	KR_F_EPOCH = 1 << 5,     /* uint64 epoch */
	KR_F_UNTIL = 1 << 6,     /* uint64 until_ms, milliseconds since 1970 */
	KR_F_COUNT = 1 << 7,     /* uint32 count */
	KR_F_FLAG = 1 << 8,      /* uint8 flag, 0 or 1 */
	KR_F_ADDED = 1 << 9,     /* opaque accounts<V>, 32 bytes each, as below */
	KR_F_REMOVED = 1 << 10,
	KR_F_ADMINS_ADDED = 1 << 11,
	KR_F_ADMINS_REMOVED = 1 << 12,
	KR_F_CASE = 1 << 13,     /* opaque case[32] */
	KR_F_BY = 1 << 14,       /* opaque by[32]: the inbox that acts; zero: none */
	KR_F_INBOX = 1 << 15,    /* opaque inbox[32]: that it is about; zero: none */
	KR_F_FALLBACK = 1 << 16, /* opaque fallback[32]: an inbox; zero: none */
	KR_F_URGENCY = 1 << 17,  /* uint8 urgency: enum kr_urgency */
	KR_F_CLOCK = KR_F_BY | KR_F_UNTIL, /* what every event of a case has */
	KR_F_LISTS = KR_F_ADDED | KR_F_REMOVED | KR_F_ADMINS_ADDED | KR_F_ADMINS_REMOVED,
};

enum kr_event_type {
#define KR_EVENT_SYMBOL(symbol, number, name, kind, counts, fields)                      \
	KR_EVENT_##symbol = number,
	KR_EVENT_LIST(KR_EVENT_SYMBOL)
#undef KR_EVENT_SYMBOL
};

struct kr_event_info {
	enum kr_event_type type;
	const char *name; /* on the wire; unique within a kind of topic */
	enum kr_topic_kind kind;
	bool counts;     /* changes state: it advances the topic's rev */
	unsigned fields; /* of enum kr_event_field */
};

/* NULL for a number that is no type. */
const struct kr_event_info *kr_event_info(unsigned type);

/* By its name on the wire, in this kind of topic; NULL. */
const struct kr_event_info *kr_event_info_by_name(uint8_t kind, struct kr_view name);

/* How soon somebody has to look, in the words of CASES.md §4. In the clear, since
 * deadlines hang on it. */
enum kr_urgency {
	KR_URGENCY_DANGER_NOW = 1,
	KR_URGENCY_TODAY = 2,
	KR_URGENCY_THIS_WEEK = 3,
	KR_URGENCY_NO_HURRY = 4,
};
#define KR_NUM_URGENCIES 4

/* ---- Heads ------------------------------------------------------------------------ */

/* Fields that the type does not have are zero. Views point to 32 bytes or are empty;
 * lists are n * 32 bytes. What a field means for each type stands in PROTOCOL.md
 * "Events". */
struct kr_event_head {
	struct kr_view account;
	struct kr_view key;
	struct kr_view community;
	struct kr_view group;
	struct kr_view hash;
	uint64_t epoch;
	uint64_t until_ms;
	uint32_t count;
	bool flag;
	struct kr_view added;
	struct kr_view removed;
	struct kr_view admins_added;
	struct kr_view admins_removed;
	struct kr_view case_id;
	struct kr_view by;
	struct kr_view inbox;
	struct kr_view fallback;
	uint8_t urgency;
};

/* The head's bytes for this type. KR_ERR_ARGUMENT for an unknown type, a view of
 * another length than 32, an urgency that is none, a list that is not whole or, all
 * together, longer than KR_EVENT_LIST_MAX. */
enum kr_err kr_event_head_write(
	struct kr_writer *w, unsigned type, const struct kr_event_head *head);

/* Views into bytes. KR_ERR_ENCODING for an unknown type, a flag above 1, an urgency
 * that is none or a list that is not whole, KR_ERR_TRUNCATED, KR_ERR_TRAILING,
 * KR_ERR_TOO_LARGE for more accounts than KR_EVENT_LIST_MAX. */
enum kr_err kr_event_head_read(
	struct kr_event_head *head, unsigned type, struct kr_view bytes);

/* ---- Events ----------------------------------------------------------------------- */

struct kr_event {
	struct kr_topic topic;
	uint64_t seq;  /* dense, from 1 */
	uint64_t rev;  /* after this event */
	uint16_t type; /* enum kr_event_type */
	uint8_t id[KR_EVENT_ID_BYTES];
	struct kr_view author; /* account id, or empty: anonymous, or the relay itself */
	uint64_t time_ms;      /* the relay's clock when it accepted the request */
	struct kr_view head;
	struct kr_view body;
};

/* The running hash of a topic, after event e:
 *
 *	struct {
 *		opaque label<V> = "kring topic v1";
 *		opaque previous[32];         all zero before the first event
 *		uint8 kind; opaque topic[32];
 *		uint64 seq; uint64 rev;
 *		uint16 type; opaque id[16]; opaque author<V>; uint64 time_ms;
 *		opaque head<V>;
 *		opaque body_hash[32];        SHA-256(body)
 *	}
 *
 * author is empty or KR_ID_BYTES long. out may be previous. */
void kr_event_hash(uint8_t out[KR_SHA256_BYTES], const uint8_t previous[KR_SHA256_BYTES],
	const struct kr_event *e);

#endif
