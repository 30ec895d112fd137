/* Requests: the verbs, their fields, and the way from bytes to a checked structure and
 * back. PROTOCOL.md §6. One table says for each verb which fields and what body it
 * takes; decoding and encoding both follow it. */
#ifndef KRING_REQUEST_H
#define KRING_REQUEST_H

#include <kring/wire.h>

/* X(symbol, name, required fields, optional fields, body, longest body) */
#define KR_VERB_LIST(X)                                                                  \
	X(PING, "ping", 0, 0, NONE, 0)                                                   \
	X(AUTH, "auth", KR_R(ACCOUNT) | KR_R(KEY) | KR_R(SIG), 0, NONE, 0)               \
	X(TOPIC_HEAD, "topic.head", KR_R(TOPIC), KR_R(AT), NONE, 0)                      \
	X(TOPIC_READ, "topic.read", KR_R(TOPIC) | KR_R(INCARNATION) | KR_R(AFTER),       \
		KR_R(MAX), NONE, 0)                                                      \
	X(TOPIC_SUBSCRIBE, "topic.subscribe",                                            \
		KR_R(TOPIC) | KR_R(INCARNATION) | KR_R(AFTER), 0, NONE, 0)               \
	X(TOPIC_UNSUBSCRIBE, "topic.unsubscribe", KR_R(TOPIC), 0, NONE, 0)               \
	X(ACCOUNT_TOPICS, "account.topics", 0, KR_R(AFTER_TOPIC), NONE, 0)               \
	X(DEVICE_ADD, "device.add", KR_R(EVENT) | KR_R(KEY), 0, REQUIRED,                \
		KR_BODY_DEVICE_MAX)                                                      \
	X(DEVICE_REMOVE, "device.remove", KR_R(EVENT) | KR_R(KEY), 0, REQUIRED,          \
		KR_BODY_DEVICE_MAX)                                                      \
	X(KEYS_PUBLISH, "keys.publish",                                                  \
		KR_R(EVENT) | KR_R(COMMUNITY) | KR_R(COUNT) | KR_R(LAST_RESORT),         \
		KR_R(REPLACE), REQUIRED, KR_BODY_MAX)                                    \
	X(KEYS_COUNT, "keys.count", KR_R(COMMUNITY), 0, NONE, 0)                         \
	X(KEYS_FETCH, "keys.fetch", KR_R(EVENT) | KR_R(ACCOUNT) | KR_R(COMMUNITY),       \
		KR_R(DEVICE), NONE, 0)                                                   \
	X(COMMUNITY_FOUND, "community.found",                                            \
		KR_R(EVENT) | KR_R(GRANT) | KR_R(COORDINATORS), KR_R(KEY), REQUIRED,     \
		KR_BODY_MAX)                                                             \
	X(COMMUNITY_CHAIN, "community.chain",                                            \
		KR_R(TOPIC) | KR_R(INVITE) | KR_R(AFTER) | KR_R(SIG), 0, NONE, 0)        \
	X(COMMUNITY_REQUEST, "community.request",                                        \
		KR_R(EVENT) | KR_R(TOPIC) | KR_R(INVITE) | KR_R(SIG), 0, REQUIRED,       \
		KR_BODY_MAX)                                                             \
	X(COMMUNITY_INVITE, "community.invite",                                          \
		KR_R(EVENT) | KR_R(TOPIC) | KR_R(INVITE) | KR_R(UNTIL) | KR_R(USES), 0,  \
		REQUIRED, KR_BODY_MAX)                                                   \
	X(COMMUNITY_REVOKE, "community.revoke",                                          \
		KR_R(EVENT) | KR_R(TOPIC) | KR_R(INVITE), 0, REQUIRED, KR_BODY_MAX)      \
	X(COMMUNITY_ADMIT, "community.admit", KR_R(EVENT) | KR_R(TOPIC) | KR_R(ACCOUNT), \
		0, REQUIRED, KR_BODY_MAX)                                                \
	X(COMMUNITY_REFUSE, "community.refuse",                                          \
		KR_R(EVENT) | KR_R(TOPIC) | KR_R(ACCOUNT), 0, REQUIRED, KR_BODY_MAX)     \
	X(COMMUNITY_ROLE, "community.role",                                              \
		KR_R(EVENT) | KR_R(TOPIC) | KR_R(ACCOUNT) | KR_R(COORDINATOR),           \
		KR_R(SIG), REQUIRED, KR_BODY_MAX)                                        \
	X(COMMUNITY_REMOVE, "community.remove",                                          \
		KR_R(EVENT) | KR_R(TOPIC) | KR_R(ACCOUNT), 0, REQUIRED, KR_BODY_MAX)     \
	X(COMMUNITY_MUTE, "community.mute",                                              \
		KR_R(EVENT) | KR_R(TOPIC) | KR_R(ACCOUNT) | KR_R(UNTIL), 0, REQUIRED,    \
		KR_BODY_MAX)                                                             \
	X(COMMUNITY_RULES, "community.rules", KR_R(EVENT) | KR_R(TOPIC), 0, REQUIRED,    \
		KR_BODY_MAX)                                                             \
	X(COMMUNITY_NOTICE, "community.notice", KR_R(EVENT) | KR_R(TOPIC), 0, REQUIRED,  \
		KR_BODY_MAX)                                                             \
	X(COMMUNITY_LEAVE, "community.leave", KR_R(EVENT) | KR_R(TOPIC), 0, REQUIRED,    \
		KR_BODY_MAX)                                                             \
	X(GROUP_CREATE, "group.create",                                                  \
		KR_R(EVENT) | KR_R(TOPIC) | KR_R(COMMUNITY) | KR_R(MAIN), 0, OPTIONAL,   \
		KR_BODY_MAX)                                                             \
	X(GROUP_POST, "group.post", KR_R(EVENT) | KR_R(TOPIC) | KR_R(REV), 0, REQUIRED,  \
		KR_BODY_MAX)                                                             \
	X(GROUP_COMMIT, "group.commit",                                                  \
		KR_R(EVENT) | KR_R(TOPIC) | KR_R(REV) | KR_R(WELCOME_LEN), 0, REQUIRED,  \
		KR_BODY_LARGE_MAX)                                                       \
	X(GROUP_VOID, "group.void", KR_R(EVENT) | KR_R(TOPIC) | KR_R(HASH), 0, REQUIRED, \
		KR_BODY_MAX)                                                             \
	X(GROUP_LEAVE, "group.leave", KR_R(EVENT) | KR_R(TOPIC), 0, REQUIRED,            \
		KR_BODY_MAX)                                                             \
	X(GROUP_HEAL, "group.heal", KR_R(EVENT) | KR_R(TOPIC), 0, REQUIRED, KR_BODY_MAX) \
	X(INBOX_CREATE, "inbox.create", KR_R(EVENT) | KR_R(GRANT), 0, REQUIRED,          \
		KR_BODY_MAX)                                                             \
	X(INBOX_UPDATE, "inbox.update", KR_R(EVENT) | KR_R(TOPIC), KR_R(SIG), REQUIRED,  \
		KR_BODY_MAX)                                                             \
	X(INBOX_READ, "inbox.read", KR_R(TOPIC), KR_R(AFTER), NONE, 0)                   \
	X(INBOX_CASES, "inbox.cases", KR_R(TOPIC), KR_R(AFTER_TOPIC), NONE, 0)           \
	X(INBOX_NOTICE, "inbox.notice", KR_R(EVENT) | KR_R(TOPIC), 0, REQUIRED,          \
		KR_BODY_MAX)                                                             \
	X(CASE_SUBMIT, "case.submit", KR_R(EVENT) | KR_R(TOPIC) | KR_R(WRAPS_LEN), 0,    \
		REQUIRED, KR_BODY_MAX)                                                   \
	X(CASE_OPEN, "case.open", KR_R(TOPIC) | KR_R(SIG), 0, NONE, 0)                   \
	X(CASE_APPEND, "case.append", KR_R(EVENT) | KR_R(TOPIC) | KR_R(WRAPS_LEN), 0,    \
		REQUIRED, KR_BODY_MAX)                                                   \
	X(CASE_KEYS, "case.keys", KR_R(TOPIC) | KR_R(AFTER), KR_R(INBOX), NONE, 0)       \
	X(CASE_NOTE, "case.note", KR_R(EVENT) | KR_R(TOPIC) | KR_R(INBOX), 0, REQUIRED,  \
		KR_BODY_MAX)

/* X(symbol, name, type, member of struct kr_request, least, greatest); bounds are of
 * integers, and of the number of ids. */
#define KR_FIELD_LIST(X)                                                                 \
	X(EVENT, "event", BYTES, event, 0, 0)                                            \
	X(TOPIC, "topic", TOPIC, topic, 0, 0)                                            \
	X(AFTER_TOPIC, "after_topic", TOPIC, after_topic, 0, 0)                          \
	X(ACCOUNT, "account", BYTES, account, 0, 0)                                      \
	X(KEY, "key", BYTES, key, 0, 0)                                                  \
	X(DEVICE, "device", BYTES, device, 0, 0)                                         \
	X(INVITE, "invite", BYTES, invite, 0, 0)                                         \
	X(COMMUNITY, "community", BYTES, community, 0, 0)                                \
	X(HASH, "hash", BYTES, hash, 0, 0)                                               \
	X(INBOX, "inbox", BYTES, inbox, 0, 0)                                            \
	X(SIG, "sig", BYTES, sig, 0, 0)                                                  \
	X(GRANT, "grant", BYTES, grant, 0, 0)                                            \
	X(INCARNATION, "incarnation", BYTES, incarnation, 0, 0)                          \
	X(AFTER, "after", UINT, after, 0, KR_JSON_INT_MAX)                               \
	X(AT, "at", UINT, at, 1, KR_JSON_INT_MAX)                                        \
	X(REV, "rev", UINT, rev, 1, KR_JSON_INT_MAX)                                     \
	X(UNTIL, "until", UINT, until_ms, 0, KR_JSON_INT_MAX)                            \
	X(MAX, "max", UINT, max, 1, 256)                                                 \
	X(COUNT, "count", UINT, count, 1, 100)                                           \
	X(USES, "uses", UINT, uses, 1, 1000)                                             \
	X(WELCOME_LEN, "welcome_len", UINT, welcome_len, 0, KR_BODY_LARGE_MAX)           \
	X(WRAPS_LEN, "wraps_len", UINT, wraps_len, 0, KR_WRAPS_LEN_MAX)                  \
	X(LAST_RESORT, "last_resort", BOOL, last_resort, 0, 0)                           \
	X(COORDINATOR, "coordinator", BOOL, coordinator, 0, 0)                           \
	X(REPLACE, "replace", BOOL, replace, 0, 0)                                       \
	X(MAIN, "main", BOOL, main, 0, 0)                                                \
	X(COORDINATORS, "coordinators", IDS, coordinators, 1, KR_COORDINATORS_MAX)

#define KR_BODY_DEVICE_MAX   ((size_t)512) /* TRUST.md §5; anybody may have an account */
#define KR_COORDINATORS_MAX  16
#define KR_GRANT_BYTES       16
#define KR_INCARNATION_BYTES 16
#define KR_WRAPS_LEN_MAX     ((size_t)5120) /* CASES.md §5: 64 wraps of 80 bytes */

enum kr_field {
#define KR_FIELD_SYMBOL(symbol, name, type, member, least, greatest) KR_FIELD_##symbol,
	KR_FIELD_LIST(KR_FIELD_SYMBOL)
#undef KR_FIELD_SYMBOL
		KR_NUM_FIELDS
};
/* A set of fields is a bit mask. */
#define KR_R(symbol) (UINT32_C(1) << KR_FIELD_##symbol)

enum kr_verb {
#define KR_VERB_SYMBOL(symbol, name, required, optional, body, max) KR_VERB_##symbol,
	KR_VERB_LIST(KR_VERB_SYMBOL)
#undef KR_VERB_SYMBOL
		KR_NUM_VERBS /* also: not known */
};

enum kr_body_rule {
	KR_BODY_NONE,
	KR_BODY_OPTIONAL,
	KR_BODY_REQUIRED,
};

struct kr_verb_info {
	const char *name;
	uint32_t required; /* fields, besides verb and id */
	uint32_t optional;
	enum kr_body_rule body;
	size_t body_max;
};

/* NULL beyond the table. */
const struct kr_verb_info *kr_verb_info(enum kr_verb verb);

/* Fields that are not there are zero. */
struct kr_request {
	enum kr_verb verb;
	uint64_t id; /* 0 if it could not be read */
	uint32_t fields;
	uint8_t event[KR_EVENT_ID_BYTES];
	struct kr_topic topic;
	struct kr_topic after_topic;
	uint8_t account[KR_ID_BYTES];
	uint8_t key[KR_ED25519_PUBLIC_BYTES];
	uint8_t device[KR_ED25519_PUBLIC_BYTES];
	uint8_t invite[KR_ED25519_PUBLIC_BYTES];
	uint8_t community[KR_ID_BYTES];
	uint8_t hash[KR_SHA256_BYTES];
	uint8_t inbox[KR_ID_BYTES];
	uint8_t sig[KR_ED25519_SIG_BYTES];
	uint8_t grant[KR_GRANT_BYTES];
	uint8_t incarnation[KR_INCARNATION_BYTES];
	uint64_t after;
	uint64_t at;
	uint64_t rev;
	uint64_t until_ms;
	uint64_t max;
	uint64_t count;
	uint64_t uses;
	uint64_t welcome_len;
	uint64_t wraps_len;
	bool last_resort;
	bool replace;
	bool coordinator;
	bool main;
	uint8_t coordinators[KR_COORDINATORS_MAX][KR_ID_BYTES];
	size_t num_coordinators;
	struct kr_view body; /* into the message */
};

/* Decode and check a whole message. KR_ERR_FRAME, KR_ERR_JSON, KR_ERR_VERB,
 * KR_ERR_FIELD, KR_ERR_BODY, KR_ERR_TOO_LARGE, KR_ERR_MEMORY. On an error out->id is
 * still the request's, if it could be read, and out->verb, if it is known; *fault names
 * the field for KR_ERR_FIELD if it is one of ours, else it is NULL. */
enum kr_err kr_request_read(
	struct kr_request *out, const char **fault, struct kr_view message, bool is_text);

/* The message of a request: a text message (*is_text) without a body, else a binary one.
 * Writes verb, id, the fields in request->fields, the body. Errors stick to the writer;
 * KR_ERR_ARGUMENT for an unknown verb. */
void kr_request_write(
	struct kr_writer *w, bool *is_text, const struct kr_request *request);

#endif
