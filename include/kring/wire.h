/* The wire, kring.v1: messages, strict JSON, answers, errors. proto/PROTOCOL.md is the
 * specification; requests are in request.h, events in event.h, what the relay sees of
 * MLS in mls_header.h. */
#ifndef KRING_WIRE_H
#define KRING_WIRE_H

#include <kring/codec.h>
#include <kring/event.h>

/* Limits, PROTOCOL.md §2 and §8, in bytes. */
#define KR_OBJECT_MAX       4096
#define KR_BODY_MAX         ((size_t)65536)
#define KR_BODY_LARGE_MAX   ((size_t)1 << 20) /* a commit and its Welcome */
#define KR_MESSAGE_MAX      (2 + KR_OBJECT_MAX + KR_BODY_LARGE_MAX)
#define KR_MESSAGE_ANON_MAX ((size_t)16384)
#define KR_JSON_DEPTH_MAX   4
#define KR_JSON_NUM_MAX     64 /* members of an object, elements of an array */
#define KR_JSON_INT_MAX     (((uint64_t)1 << 53) - 1)
#define KR_RELAY_NAME_MAX   255

/* ---- base64url without padding, RFC 4648 §5 --------------------------------------- */

/* Characters for n bytes, without a NUL. */
#define KR_BASE64URL_LEN(n) (((size_t)(n)*4 + 2) / 3)

/* Writes KR_BASE64URL_LEN(in.len) characters, no NUL. */
void kr_base64url_encode(char *out, struct kr_view in);

/* Exactly len bytes, from exactly KR_BASE64URL_LEN(len) characters. KR_ERR_ENCODING for
 * another length, another alphabet, padding or non-zero trailing bits; out is zeroed. */
enum kr_err kr_base64url_decode(uint8_t *out, size_t len, struct kr_view text);

/* ---- Messages, PROTOCOL.md §2 ----------------------------------------------------- */

struct kr_message {
	struct kr_view object;
	struct kr_view body; /* empty: none */
};

/* A complete WebSocket message into its parts, which are views into bytes. KR_ERR_FRAME
 * for a binary message too short for its object, KR_ERR_TOO_LARGE for an object beyond
 * KR_OBJECT_MAX. */
enum kr_err kr_message_split(struct kr_message *out, struct kr_view bytes, bool is_text);

/* A binary message: begin, write the object (kr_json_…), end with what begin gave and the
 * body. Errors stick to the writer; KR_ERR_TOO_LARGE for an object beyond 65535 bytes. */
size_t kr_message_begin(struct kr_writer *w);
void kr_message_end(struct kr_writer *w, size_t begin, struct kr_view body);

/* The header of an unmasked, unfragmented WebSocket frame, RFC 6455 §5.2: what a server
 * sends. Returns its length, 2 to KR_WS_HEADER_MAX. */
#define KR_WS_TEXT       0x1
#define KR_WS_BINARY     0x2
#define KR_WS_PING       0x9
#define KR_WS_HEADER_MAX 10
size_t kr_ws_header(uint8_t out[KR_WS_HEADER_MAX], unsigned opcode, uint64_t payload_len);

/* ---- JSON: writing ---------------------------------------------------------------- */

/* One object onto a writer. Names are literals of ours and not escaped. */
struct kr_json {
	struct kr_writer *w;
	bool begun;
};
void kr_json_begin(struct kr_json *j, struct kr_writer *w);
void kr_json_str(struct kr_json *j, const char *name, const char *value);
void kr_json_u64(struct kr_json *j, const char *name, uint64_t value);
void kr_json_bool(struct kr_json *j, const char *name, bool value);
void kr_json_bytes(struct kr_json *j, const char *name, struct kr_view value);
void kr_json_topic(struct kr_json *j, const char *name, const struct kr_topic *value);
/* An array of ids: list is n * KR_ID_BYTES bytes. */
void kr_json_ids(struct kr_json *j, const char *name, struct kr_view list);
void kr_json_strs(
	struct kr_json *j, const char *name, const char *const *values, size_t num);
void kr_json_topics(
	struct kr_json *j, const char *name, const struct kr_topic *topics, size_t num);
void kr_json_end(struct kr_json *j);

/* ---- JSON: reading ---------------------------------------------------------------- */

/* The strict profile of PROTOCOL.md §2 apart from keys that stand twice, which
 * kr_json_parse finds. KR_ERR_JSON, KR_ERR_TOO_LARGE. Allocates nothing. */
enum kr_err kr_json_check(struct kr_view text);

/* A parsed object. */
struct kr_json_doc {
	void *root;
};

/* The whole profile. KR_ERR_JSON, KR_ERR_TOO_LARGE, KR_ERR_MEMORY; then doc is empty. */
enum kr_err kr_json_parse(struct kr_json_doc *doc, struct kr_view text);
void kr_json_free(struct kr_json_doc *doc); /* happy with an empty one */

/* The name of the i-th member, NULL beyond the last; valid as long as doc. */
const char *kr_json_name(const struct kr_json_doc *doc, size_t i);
bool kr_json_has(const struct kr_json_doc *doc, const char *name);

/* Members by name. KR_ERR_NOT_FOUND, KR_ERR_ENCODING for another type or form. */
enum kr_err kr_json_get_str(
	const struct kr_json_doc *doc, const char *name, struct kr_view *out);
enum kr_err kr_json_get_u64(
	const struct kr_json_doc *doc, const char *name, uint64_t *out);
enum kr_err kr_json_get_bool(const struct kr_json_doc *doc, const char *name, bool *out);
enum kr_err kr_json_get_bytes(
	const struct kr_json_doc *doc, const char *name, uint8_t *out, size_t len);
enum kr_err kr_json_get_topic(
	const struct kr_json_doc *doc, const char *name, struct kr_topic *out);
/* Up to max ids into out, KR_ID_BYTES each. KR_ERR_TOO_LARGE for more. */
enum kr_err kr_json_get_ids(const struct kr_json_doc *doc, const char *name, uint8_t *out,
	size_t max, size_t *num);

/* ---- Events as messages, PROTOCOL.md §3 ------------------------------------------- */

/* The message that delivers an event: length, object, body. */
void kr_event_message(struct kr_writer *w, const struct kr_event *e,
	const uint8_t hash[KR_SHA256_BYTES]);

/* A delivered event; author and head of the event point into this structure, the body
 * into the message it came from. */
struct kr_event_delivery {
	struct kr_event event;
	uint8_t hash[KR_SHA256_BYTES];
	uint8_t author[KR_ID_BYTES];
	uint8_t head[KR_EVENT_HEAD_MAX];
};

/* KR_ERR_FIELD for what is missing or malformed, KR_ERR_ENCODING for a type that is not
 * known in this kind of topic. Unknown members are ignored. out may not be moved
 * afterwards. */
enum kr_err kr_event_delivery_read(struct kr_event_delivery *out,
	const struct kr_json_doc *object, struct kr_view body);

/* ---- What is signed between client and relay -------------------------------------- */

#define KR_CHALLENGE_BYTES 32

/* AuthTBS, PROTOCOL.md §1. */
void kr_auth_tbs(struct kr_writer *w, struct kr_view relay,
	const uint8_t challenge[KR_CHALLENGE_BYTES], const uint8_t account[KR_ID_BYTES],
	const uint8_t device_key[KR_ED25519_PUBLIC_BYTES]);

/* What an invitation's seed signs, PROTOCOL.md §6. */
void kr_invite_tbs(struct kr_writer *w, struct kr_view relay,
	const uint8_t community[KR_ID_BYTES], const uint8_t account[KR_ID_BYTES],
	struct kr_view body);

/* What a recovery key signs, PROTOCOL.md §6 community.role. */
void kr_recovery_tbs(struct kr_writer *w, struct kr_view relay,
	const uint8_t community[KR_ID_BYTES], const uint8_t account[KR_ID_BYTES],
	struct kr_view body);
/* Likewise, inbox.update: account sends the record that is body. */
void kr_inbox_recovery_tbs(struct kr_writer *w, struct kr_view relay,
	const uint8_t inbox[KR_ID_BYTES], const uint8_t account[KR_ID_BYTES],
	struct kr_view body);

/* The account whose first device has this key: SHA-256("kring account v1" || key). */
void kr_account_id(uint8_t out[KR_ID_BYTES],
	const uint8_t first_device_key[KR_ED25519_PUBLIC_BYTES]);

/* ---- Errors, PROTOCOL.md §7 ------------------------------------------------------- */

enum kr_retry {
	KR_RETRY_NEVER,
	KR_RETRY_LATER,
	KR_RETRY_REBASE,
};

struct kr_wire_error {
	const char *code;
	const char *text;
	enum kr_retry retry;
	uint16_t close; /* 0, or the close code that follows the answer */
};

/* What a peer is told of an error; never NULL. What is none of its business is
 * "internal". */
const struct kr_wire_error *kr_wire_error(enum kr_err err);

/* "never", "later", "rebase". */
const char *kr_retry_name(enum kr_retry retry);

/* WebSocket close codes, RFC 6455 §7.4 and PROTOCOL.md §7. */
#define KR_CLOSE_NORMAL      1000
#define KR_CLOSE_PROTOCOL    1002
#define KR_CLOSE_UNSUPPORTED 1003
#define KR_CLOSE_UTF8        1007
#define KR_CLOSE_POLICY      1008
#define KR_CLOSE_TOO_LARGE   1009
#define KR_CLOSE_INTERNAL    1011
#define KR_CLOSE_RESTART     1012
#define KR_CLOSE_NO_ROOM     1013
#define KR_CLOSE_AUTH        4001
#define KR_CLOSE_IDLE        4002
#define KR_CLOSE_SLOW        4003
#define KR_CLOSE_DEVICE      4004

#endif
