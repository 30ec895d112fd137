/* What group members say to each other: the plaintext of MLS application messages.
 * CONTENT.md is the specification, byte by byte.
 *
 * Every content has a header (which event carries it, when it was written) and a kind.
 * A kind that this version does not know, and fields that a newer minor version has
 * added to a known one, are kept: what was read and is written again is the same bytes.
 *
 * Nothing here allocates; views point into the bytes that were read. */
#ifndef KRING_CONTENT_H
#define KRING_CONTENT_H

#include <kring/event.h>

/* The format of the header; a content of another one is kept unread. */
#define KR_CONTENT_MAJOR 1
/* A plaintext is at most this long, whatever its kind. */
#define KR_CONTENT_MAX ((size_t)32768)

/* Longest texts, in bytes of UTF-8. */
#define KR_NAME_MAX   ((size_t)100)
#define KR_WHERE_MAX  ((size_t)300)
#define KR_RECORD_MAX ((size_t)1024)

#define KR_TEXT_SALT_BYTES 32

/* ---- Text ----------------------------------------------------------------------- */

/* Lines of text: shortest-form UTF-8 without surrogates, and without control characters
 * (U+0000 to U+001F, U+007F to U+009F) other than newline and tab. Empty is fine. No
 * normal form is asked for: text is shown as it was written.
 * KR_ERR_TEXT; KR_ERR_TOO_LARGE beyond max_len bytes. */
enum kr_err kr_text_check(struct kr_view text, size_t max_len);

/* One line, as names are: text that is not empty, has no newline, tab, line or paragraph
 * separator (U+2028, U+2029) and no control of direction (U+202A to U+202E, U+2066 to
 * U+2069), with which a name could look like another, neither begins nor ends with a
 * space, and has something to be seen. KR_ERR_TEXT, KR_ERR_TOO_LARGE. */
enum kr_err kr_line_check(struct kr_view text, size_t max_len);

/* The order of two lines by what is seen of them: characters that show nothing by
 * themselves (joiners, marks of direction, selectors of form, tags) do not count, nor do
 * blanks at the ends, and blanks between others are one. 0: whoever looks takes them for
 * the same, whatever their bytes. Letters of another alphabet that look alike do differ,
 * and so does a letter whose accent is a character of its own. */
int kr_line_compare(struct kr_view a, struct kr_view b);

/* A commitment to a text that travels where the relay cannot read it, for a signed record
 * that the relay can: SHA-256 of
 *	struct { opaque label<V> = "kring text v1"; opaque salt[32]; opaque text<V>; }
 * The salt is random, secret from the relay, and goes with the text; without it a short
 * text could be guessed. */
void kr_text_commit(uint8_t out[KR_SHA256_BYTES], const uint8_t salt[KR_TEXT_SALT_BYTES],
	struct kr_view text);

/* ---- Kinds ---------------------------------------------------------------------- */

/* X(symbol, number, name, minor version known here, fields, longest text).
 * Fields stand in the order of enum kr_content_field. Never reuse a number. */
#define KR_CONTENT_LIST(X)                                                               \
	X(CONCERN, 1, "concern", 0,                                                      \
		KR_C_CATEGORY | KR_C_SINCE | KR_C_HOW_OFTEN | KR_C_WHERE | KR_C_TEXT,    \
		4000)                                                                    \
	X(CORROBORATION, 2, "corroboration", 0, KR_C_REF | KR_C_TEXT_OPTIONAL, 2000)     \
	X(COMMENT, 3, "comment", 0, KR_C_REF | KR_C_TEXT, 4000)                          \
	X(CALLED_112, 4, "called_112", 0, KR_C_REF_OPTIONAL | KR_C_TEXT_OPTIONAL, 500)   \
	X(ANNOUNCEMENT, 5, "announcement", 0, KR_C_TEXT, 8000)                           \
	X(GUIDANCE, 6, "guidance", 0, KR_C_SALT | KR_C_FLAG | KR_C_TEXT, 16000)          \
	X(CHAT, 7, "chat", 0, KR_C_REF_OPTIONAL | KR_C_TEXT, 4000)                       \
	X(EDIT, 8, "edit", 0, KR_C_REF | KR_C_EDITED, 0)                                 \
	X(RETRACTION, 9, "retraction", 0, KR_C_REF | KR_C_TEXT_OPTIONAL, 500)            \
	X(TAKE_DOWN, 10, "take_down", 0, KR_C_REF | KR_C_SALT | KR_C_TEXT, 1000)         \
	X(DISPLAY_NAME, 11, "display_name", 0, KR_C_NAME, 0)                             \
	X(RULES, 12, "rules", 0, KR_C_SALT | KR_C_TEXT, 16000)                           \
	X(REASON, 13, "reason", 0, KR_C_HASH | KR_C_SALT | KR_C_TEXT, 1000)              \
	X(DEVICE, 14, "device", 0, KR_C_RECORD, 0)                                       \
	X(SEALING_KEY, 15, "sealing_key", 0, KR_C_HASH, 0)                               \
	X(NOTICE, 16, "notice", 0, KR_C_NOTICE, 0)

enum kr_content_field {
	KR_C_REF = 1 << 0,            /* Ref ref */
	KR_C_REF_OPTIONAL = 1 << 1,   /* optional<Ref> ref */
	KR_C_CATEGORY = 1 << 2,       /* uint8 category, not 0 */
	KR_C_SINCE = 1 << 3,          /* uint8 since_precision; uint64 since_ms */
	KR_C_HOW_OFTEN = 1 << 4,      /* uint8 how_often */
	KR_C_HASH = 1 << 5,           /* opaque hash[32] */
	KR_C_SALT = 1 << 6,           /* opaque salt[32] */
	KR_C_FLAG = 1 << 7,           /* uint8 flag, 0 or 1 */
	KR_C_WHERE = 1 << 8,          /* opaque where<V>: a line, or empty */
	KR_C_NAME = 1 << 9,           /* opaque name<V>: a line */
	KR_C_TEXT = 1 << 10,          /* opaque text<V>: not empty */
	KR_C_TEXT_OPTIONAL = 1 << 11, /* opaque text<V> */
	KR_C_RECORD = 1 << 12,        /* opaque record<V>: not empty */
	KR_C_EDITED = 1 << 13,        /* uint8 minor; uint16 kind; opaque body<V> */
	KR_C_NOTICE = 1 << 14,        /* opaque notice<V>; opaque inbox_record<V> */
};

enum kr_content_kind {
#define KR_CONTENT_SYMBOL(symbol, number, name, minor, fields, text_max)                 \
	KR_CONTENT_##symbol = number,
	KR_CONTENT_LIST(KR_CONTENT_SYMBOL)
#undef KR_CONTENT_SYMBOL
};

struct kr_content_info {
	enum kr_content_kind kind;
	const char *name;
	uint8_t minor;
	unsigned fields; /* of enum kr_content_field */
	size_t text_max;
};

/* NULL for a kind that is not known here. */
const struct kr_content_info *kr_content_info(unsigned kind);

/* Categories of a concern. Others are kept and shown as "other". */
enum kr_concern_category {
	KR_CONCERN_OTHER = 1,
	KR_CONCERN_SHOUTING = 2,     /* shouting, quarrels, things that break */
	KR_CONCERN_VIOLENCE = 3,     /* blows, cries for help, injuries */
	KR_CONCERN_CHILD = 4,        /* a child that is afraid, hurt, alone */
	KR_CONCERN_NEGLECT = 5,      /* dirt, hunger, no heating, animals */
	KR_CONCERN_OLDER_PERSON = 6, /* an older neighbour, confused or mistreated */
	KR_CONCERN_NOT_SEEN = 7,     /* somebody who is not seen any more */
	KR_CONCERN_THREAT = 8,       /* threats, stalking, control */
};

enum kr_how_often {
	KR_OFTEN_NOT_SAID = 0,
	KR_OFTEN_ONCE = 1,
	KR_OFTEN_SEVERAL = 2, /* times */
	KR_OFTEN_WEEKLY = 3,
	KR_OFTEN_DAILY = 4,
	KR_OFTEN_NOW = 5, /* it goes on at this moment */
};

/* How exact "since when" is meant. */
enum kr_since_precision {
	KR_SINCE_NOT_SAID = 0, /* then since_ms is 0 */
	KR_SINCE_HOUR = 1,
	KR_SINCE_DAY = 2,
	KR_SINCE_WEEK = 3,
	KR_SINCE_MONTH = 4,
	KR_SINCE_YEAR = 5,
};

/* ---- Contents ------------------------------------------------------------------- */

/* An earlier message of the same group. The relay knows no two events with one author
 * and one id (PROTOCOL.md, keys), so the pair names one message. */
struct kr_content_ref {
	uint8_t author[KR_ID_BYTES]; /* account */
	uint8_t event[KR_EVENT_ID_BYTES];
};

/* Fields that the kind does not have are zero. */
struct kr_content {
	uint16_t kind; /* enum kr_content_kind, or one that is not known */
	uint8_t minor; /* of the kind's fields */
	/* The event that carries this content. Whoever finds it in another event has
	 * found the relay out. */
	uint8_t event[KR_EVENT_ID_BYTES];
	uint64_t written_ms; /* the author's clock, since 1970; 0: not said */

	bool has_ref;
	struct kr_content_ref ref;
	uint8_t category;
	uint8_t since_precision;
	uint64_t since_ms;
	uint8_t how_often;
	uint8_t hash[KR_SHA256_BYTES]; /* reason: of the statement; else a public key */
	uint8_t salt[KR_TEXT_SALT_BYTES];
	bool flag; /* guidance: pinned */
	struct kr_view where;
	struct kr_view name;
	struct kr_view text;
	struct kr_view record;
	/* Notice: a professional inbox's, and the record that vouches for it, as they
	 * came (CASES.md §11); kr_notice_read checks one against the other. The notice is
	 * empty with the last record of an inbox, which names its successor. */
	struct kr_view notice;
	struct kr_view inbox_record;
	/* Edit: the kind and all fields of what takes the place of ref. */
	uint16_t edited_kind;
	uint8_t edited_minor;
	struct kr_view edited_body;

	/* Fields of a newer minor version; all fields of a kind that is not known. */
	struct kr_view rest;
};

/* Is the kind one that this version knows? */
bool kr_content_is_known(const struct kr_content *content);

/* Decode a plaintext. KR_ERR_CONTENT_VERSION for another major version (keep the bytes,
 * show "from a newer version"); KR_ERR_TRUNCATED, KR_ERR_TRAILING (fields that this minor
 * version does not have), KR_ERR_ENCODING, KR_ERR_TEXT, KR_ERR_TOO_LARGE. */
enum kr_err kr_content_read(struct kr_content *out, struct kr_view plaintext);

/* Encode. What would not be read again makes the writer fail with kr_content_read's
 * error. */
void kr_content_write(struct kr_writer *w, const struct kr_content *content);

/* What an edit makes of the message that it refers to (edit->ref): kind and fields are
 * the replacement's, event and written_ms the edit's. KR_ERR_ARGUMENT for another kind
 * than an edit. */
enum kr_err kr_content_edited(struct kr_content *out, const struct kr_content *edit);

#endif
