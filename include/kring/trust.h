/* Who may do what in a community, and how everybody can check it: records that are signed
 * by keys which lead back to the community's genesis. TRUST.md is the specification, byte
 * by byte; the relay carries these records and believes none of them, clients do.
 *
 * Reading a record verifies its signature by the key that it names, so no structure here
 * was filled from bytes that nobody signed; kr_…_read leaves it zeroed on an error.
 * Whether that key had the right to sign is asked of the chain (struct kr_chain) or of
 * the devices (struct kr_devices).
 *
 * Nothing allocates. Records are written with a writer that the caller set up, and errors
 * stick to it. Views point into the bytes that were read. No function reads a clock: time
 * is a parameter, in seconds since 1970 where MLS has seconds, else in milliseconds.
 *
 * Errors of every kr_…_read, besides those that stand with it: KR_ERR_TRUNCATED,
 * KR_ERR_TRAILING, KR_ERR_VARINT, KR_ERR_ENCODING, KR_ERR_TOO_LARGE,
 * KR_ERR_RECORD_VERSION, KR_ERR_SIGNATURE. */
#ifndef KRING_TRUST_H
#define KRING_TRUST_H

#include <kring/content.h>
#include <kring/hpke.h>
#include <kring/wire.h>

#define KR_RECORD_VERSION 1

/* ---- Genesis: a community begins ------------------------------------------------ */

#define KR_FOUNDERS_MAX 16
#define KR_NONCE_BYTES  32
#define KR_GENESIS_MAX  ((size_t)4096) /* bytes of a genesis record */

struct kr_coordinator {
	uint8_t account[KR_ID_BYTES];
	uint8_t device_key[KR_ED25519_PUBLIC_BYTES];
	uint8_t sealing_key[KR_X25519_BYTES]; /* requests to join are sealed to it */
};

/* Two founders or more, or one and a recovery key whose private half is printed and kept
 * (kr_recovery_…). A founder's device is the first one of the account. */
struct kr_genesis {
	uint8_t nonce[KR_NONCE_BYTES]; /* random: two communities are never the same */
	struct kr_coordinator founders[KR_FOUNDERS_MAX];
	size_t num_founders;
	bool has_recovery;
	uint8_t recovery_key[KR_ED25519_PUBLIC_BYTES];
};

/* What the founders sign, each on the own device. KR_ERR_GENESIS sticks to the writer
 * for founders who could not found. */
void kr_genesis_content(struct kr_writer *w, const struct kr_genesis *genesis);
void kr_genesis_sign(uint8_t sig[KR_ED25519_SIG_BYTES], struct kr_view content,
	const struct kr_ed25519_keypair *signer);

/* The record: content, then the signatures of the founders in order, then that of the
 * recovery key if there is one. Its SHA-256 is the community's id. The writer fails with
 * KR_ERR_SIGNATURE if one does not hold. */
void kr_genesis_write(struct kr_writer *w, struct kr_view content, struct kr_view sigs);

/* KR_ERR_GENESIS as above. */
enum kr_err kr_genesis_read(struct kr_genesis *out, struct kr_view record);

/* ---- The chain of coordinators -------------------------------------------------- */

enum kr_role_kind {
	KR_ROLE_GRANT = 1, /* who.account has one more device that is a coordinator's */
	KR_ROLE_WITHDRAW = 2, /* of who.account: one device, or all if none is named */
};

/* The body of `role`. */
struct kr_role {
	enum kr_role_kind kind;
	uint8_t community[KR_ID_BYTES];
	uint8_t previous[KR_SHA256_BYTES]; /* the hash of the record before */
	struct kr_coordinator who;         /* withdrawal: sealing_key is zero */
	bool one_device;                   /* withdrawal: of who.device_key alone */
	uint8_t signer[KR_ED25519_PUBLIC_BYTES];
};

/* signer in the structure is ignored: it is the key pair's. */
void kr_role_write(struct kr_writer *w, const struct kr_role *role,
	const struct kr_ed25519_keypair *signer);
enum kr_err kr_role_read(struct kr_role *out, struct kr_view record);

/* Records after the genesis that one community can have. */
#define KR_CHAIN_RECORDS_MAX 256
#define KR_CHAIN_NEVER       UINT32_MAX

struct kr_chain_entry {
	struct kr_coordinator who;
	uint32_t from;  /* position of the record that granted it; 0: genesis */
	uint32_t until; /* of the one that withdrew it, or KR_CHAIN_NEVER */
};

/* All coordinators that a community ever had. About 36 KiB: not for a small stack. Plain
 * data: to copy it is to assign it. */
struct kr_chain {
	uint8_t community[KR_ID_BYTES];
	uint32_t position; /* of the last record */
	uint8_t hashes[KR_CHAIN_RECORDS_MAX + 1][KR_SHA256_BYTES]; /* of each record */
	struct kr_chain_entry entries[KR_FOUNDERS_MAX + KR_CHAIN_RECORDS_MAX];
	size_t num_entries;
	bool has_recovery;
	uint8_t recovery_key[KR_ED25519_PUBLIC_BYTES];
};

/* From the genesis record of this community. KR_ERR_HASH if it is another's; as
 * kr_genesis_read. The chain is zeroed on an error. */
enum kr_err kr_chain_begin(struct kr_chain *chain, const uint8_t community[KR_ID_BYTES],
	struct kr_view genesis);

/* The next record. KR_ERR_COMMUNITY, KR_ERR_CHAIN_PREVIOUS (one is missing, repeated, or
 * the history forks here), KR_ERR_CHAIN_SIGNER, KR_ERR_CHAIN_KEY_REUSED (also for a key
 * that was withdrawn: it does not come back), KR_ERR_CHAIN_SUBJECT,
 * KR_ERR_LAST_COORDINATOR, KR_ERR_LIMIT; as kr_role_read. The chain is unchanged on an
 * error. */
enum kr_err kr_chain_append(struct kr_chain *chain, struct kr_view record);

/* The hash that the next record has to name as previous. */
const uint8_t *kr_chain_head(const struct kr_chain *chain);

/* The position of the record with this hash. KR_ERR_NOT_FOUND. */
enum kr_err kr_chain_find(const struct kr_chain *chain, uint32_t *position,
	const uint8_t hash[KR_SHA256_BYTES]);

/* Is (was, after the record at that position) this device's key a coordinator's? */
bool kr_chain_has(
	const struct kr_chain *chain, const uint8_t key[KR_ED25519_PUBLIC_BYTES]);
bool kr_chain_had(const struct kr_chain *chain, uint32_t position,
	const uint8_t key[KR_ED25519_PUBLIC_BYTES]);
/* Was it ever? */
bool kr_chain_knows(
	const struct kr_chain *chain, const uint8_t key[KR_ED25519_PUBLIC_BYTES]);

/* Has this account (had it, after that record) a device that is a coordinator's? */
bool kr_chain_had_account(const struct kr_chain *chain, uint32_t position,
	const uint8_t account[KR_ID_BYTES]);

/* Those of now, one after the other: start with *at = 0; NULL after the last. */
const struct kr_coordinator *kr_chain_next(const struct kr_chain *chain, size_t *at);

/* ---- Membership certificates ---------------------------------------------------- */

#define KR_CERTIFICATE_BYTES 217

/* This device is a verified neighbour's; the identity of a leaf's basic credential. It
 * says nothing of roles. */
struct kr_certificate {
	uint8_t community[KR_ID_BYTES];
	uint8_t account[KR_ID_BYTES];
	uint8_t device_key[KR_ED25519_PUBLIC_BYTES];
	uint64_t serial;     /* random; the name under which it is revoked */
	uint64_t not_before; /* seconds since 1970, both inclusive */
	uint64_t not_after;
	uint8_t issuer[KR_ED25519_PUBLIC_BYTES]; /* a coordinator's device key */
};

/* KR_CERTIFICATE_BYTES bytes. issuer in the structure is ignored. */
void kr_certificate_write(struct kr_writer *w, const struct kr_certificate *certificate,
	const struct kr_ed25519_keypair *issuer);
/* KR_ERR_ENCODING also for a validity that ends before it begins. */
enum kr_err kr_certificate_read(struct kr_certificate *out, struct kr_view record);

struct kr_policy;

/* What a leaf is held against. */
struct kr_certificate_rules {
	const struct kr_chain *chain;
	/* Issuers that count and serials that do not: of the group's GroupContext. NULL
	 * before there is a group: then the issuer has to be a coordinator now. */
	const struct kr_policy *policy;
	/* Who commits checks validity at this time; who receives does not ask a clock
	 * (clocks must not fork a group): 0. */
	uint64_t now_s;
};

/* The whole check of a leaf: identity is its credential's, key its signature key.
 * KR_ERR_COMMUNITY, KR_ERR_CERT_ISSUER, KR_ERR_CERT_KEY, KR_ERR_CERT_REVOKED,
 * KR_ERR_CERT_VALIDITY; as kr_certificate_read. out is zeroed on an error. */
enum kr_err kr_certificate_check(struct kr_certificate *out, struct kr_view identity,
	const uint8_t key[KR_ED25519_PUBLIC_BYTES],
	const struct kr_certificate_rules *rules);

/* ---- Devices of an account ------------------------------------------------------ */

enum kr_device_kind {
	KR_DEVICE_ADD = 1,
	KR_DEVICE_REMOVE = 2,
};

/* The bodies of `device_added` and `device_removed`. */
struct kr_device_link {
	enum kr_device_kind kind;
	uint8_t account[KR_ID_BYTES];
	uint8_t device_key[KR_ED25519_PUBLIC_BYTES];
	uint8_t signer[KR_ED25519_PUBLIC_BYTES]; /* another device of the account */
};

/* The new device agrees to be added by that device to that account. */
void kr_device_consent(uint8_t sig[KR_ED25519_SIG_BYTES],
	const uint8_t account[KR_ID_BYTES], const uint8_t signer[KR_ED25519_PUBLIC_BYTES],
	const struct kr_ed25519_keypair *device);
/* consent is of the new device; NULL for a removal. The writer fails with
 * KR_ERR_SIGNATURE for a consent that does not hold. */
void kr_device_link_write(struct kr_writer *w, const struct kr_device_link *link,
	const uint8_t *consent, const struct kr_ed25519_keypair *signer);
enum kr_err kr_device_link_read(struct kr_device_link *out, struct kr_view record);

#define KR_DEVICES_MAX 64

/* All devices that an account ever had. */
struct kr_devices {
	uint8_t account[KR_ID_BYTES];
	struct {
		uint8_t key[KR_ED25519_PUBLIC_BYTES];
		bool removed;
	} list[KR_DEVICES_MAX];
	size_t num;
};

/* KR_ERR_DEVICE_ACCOUNT unless the account's id was made from this key. */
enum kr_err kr_devices_begin(struct kr_devices *devices,
	const uint8_t account[KR_ID_BYTES],
	const uint8_t first_key[KR_ED25519_PUBLIC_BYTES]);
/* The next record, in the order of the account's topic. KR_ERR_DEVICE_ACCOUNT (another
 * account), KR_ERR_DEVICE_SIGNER, KR_ERR_DEVICE_KEY_REUSED (removed devices do not come
 * back), KR_ERR_DEVICE_UNKNOWN, KR_ERR_LIMIT; as kr_device_link_read. Unchanged on an
 * error. */
enum kr_err kr_devices_append(struct kr_devices *devices, struct kr_view record);
bool kr_devices_has(
	const struct kr_devices *devices, const uint8_t key[KR_ED25519_PUBLIC_BYTES]);

/* ---- Invitations ---------------------------------------------------------------- */

/* The body of `invited`. Compare key, until_ms and uses with the event's head. */
struct kr_invitation {
	uint8_t community[KR_ID_BYTES];
	uint8_t key[KR_ED25519_PUBLIC_BYTES]; /* of the pair that the seed gives */
	uint64_t until_ms;
	uint32_t uses;
	uint8_t signer[KR_ED25519_PUBLIC_BYTES];
};

void kr_invitation_write(struct kr_writer *w, const struct kr_invitation *invitation,
	const struct kr_ed25519_keypair *signer);
enum kr_err kr_invitation_read(struct kr_invitation *out, struct kr_view record);

#define KR_LINK_PREFIX_MAX 512
#define KR_LINK_MAX        (KR_LINK_PREFIX_MAX + 4 + 43 + 43 + 1 + KR_RELAY_NAME_MAX)

/* An invitation as a link: prefix "#1." community "." seed, and "." relay if it is not
 * the prefix's host. What stands after "#" never reaches a server. */
struct kr_link {
	struct kr_view prefix; /* where the app is: "https://kring.example/join" */
	uint8_t community[KR_ID_BYTES];
	struct kr_secret seed; /* of Ed25519: kr_ed25519_from_seed gives the key */
	struct kr_view relay;  /* its name; may be empty */
};

/* Wipe the link when it is done. KR_ERR_LINK for anything that is not exactly a link: the
 * alphabet, a length, an unknown version, a prefix that does not begin with "https://" or
 * "http://". */
enum kr_err kr_link_read(struct kr_link *out, struct kr_view text);
/* The writer fails with KR_ERR_LINK. */
void kr_link_write(struct kr_writer *w, const struct kr_link *link);

/* ---- Sealed texts --------------------------------------------------------------- */

#define KR_SEALED_RECIPIENTS_MAX 64
#define KR_SEALED_TEXT_MAX       ((size_t)4092)
/* The longest Sealed: 4,096 bytes for each of the most recipients. */
#define KR_SEALED_MAX                                                                    \
	((size_t)32 + 2 + 4096 + 16 + 4 + (size_t)112 * KR_SEALED_RECIPIENTS_MAX)

/* What a sealed text is for: part of the keys, so that none can be passed off as the
 * other. */
enum kr_sealed_purpose {
	KR_SEALED_NOTE = 1,     /* a request to join, to the coordinators */
	KR_SEALED_REFUSAL = 2,  /* why not, to who asked and the coordinators */
	KR_SEALED_ROSTER = 3,   /* an inbox's: its professionals' names, to the team */
	KR_SEALED_SEALING = 4,  /* its sealing secret, to the team and the recovery key */
	KR_SEALED_IDENTITY = 5, /* its identity's seed, to administrators and recovery */
};

/* One ciphertext, and its key wrapped for each recipient.
 *   context what both sides know besides; at most 256 bytes
 *   text    at most KR_SEALED_TEXT_MAX bytes; padded to 1,024 or 4,096
 *   recipients  their public keys, KR_X25519_BYTES each
 * Failures stick to the writer: KR_ERR_ARGUMENT (recipients, context), KR_ERR_TOO_LARGE,
 * KR_ERR_KEY, KR_ERR_RANDOM. */
void kr_sealed_write(struct kr_writer *w, enum kr_sealed_purpose purpose,
	struct kr_view context, struct kr_view text, struct kr_view recipients,
	const struct kr_random *rng);

/* Skip one: a view of the whole, its shape checked. */
enum kr_err kr_sealed_read(struct kr_reader *r, struct kr_view *sealed);

/* Open. text is a view into storage. KR_ERR_NOT_RECIPIENT, KR_ERR_DECRYPT,
 * KR_ERR_COMMITMENT (it would read otherwise for others), KR_ERR_PADDING; storage is
 * zeroed on an error. */
#define KR_SEALED_STORAGE 4096
enum kr_err kr_sealed_open(struct kr_view *text, uint8_t storage[KR_SEALED_STORAGE],
	struct kr_view sealed, enum kr_sealed_purpose purpose, struct kr_view context,
	const struct kr_x25519_keypair *recipient);

/* ---- Requests to join ----------------------------------------------------------- */

#define KR_JOIN_KEY_PACKAGE_MAX ((size_t)16384)
#define KR_JOIN_CHECK_MAX       ((size_t)3000)

/* Who I am, and how you can check that it is me. */
struct kr_join_note {
	struct kr_view name;  /* a line, at most KR_NAME_MAX */
	struct kr_view check; /* a text, at most KR_JOIN_CHECK_MAX */
};

/* The body of `requested`. Signed by the device, and by the invitation's seed, so that
 * the relay cannot put itself in the place of who was invited. */
struct kr_join_request {
	uint8_t community[KR_ID_BYTES];
	uint8_t account[KR_ID_BYTES];
	uint8_t device_key[KR_ED25519_PUBLIC_BYTES];
	uint8_t reply_key[KR_X25519_BYTES]; /* a refusal is sealed to it */
	uint8_t invite_key[KR_ED25519_PUBLIC_BYTES];
	struct kr_view key_package; /* MLSMessage, or empty */
	struct kr_view note;        /* Sealed */
};

/* Seal the note to those who are coordinators now, and sign. device_key, invite_key and
 * note in the structure are ignored. The writer fails as kr_sealed_write does, and with
 * KR_ERR_TEXT. */
void kr_join_request_write(struct kr_writer *w, const struct kr_join_request *request,
	const struct kr_join_note *note, const struct kr_chain *chain,
	const struct kr_ed25519_keypair *device, const struct kr_ed25519_keypair *invite,
	const struct kr_random *rng);
/* KR_ERR_DEVICE_ACCOUNT: one joins from the account's first device. */
enum kr_err kr_join_request_read(struct kr_join_request *out, struct kr_view record);

/* As kr_sealed_open; KR_ERR_TEXT, KR_ERR_RECORD_VERSION. Views into storage. */
enum kr_err kr_join_note_open(struct kr_join_note *out,
	uint8_t storage[KR_SEALED_STORAGE], const struct kr_join_request *request,
	const struct kr_x25519_keypair *sealing);

/* The body of `refused`, and of `answered` to who asked. */
struct kr_refusal {
	uint8_t community[KR_ID_BYTES];
	uint8_t account[KR_ID_BYTES];
	uint8_t request_hash[KR_SHA256_BYTES]; /* SHA-256 of the request's body */
	struct kr_view reason;                 /* Sealed */
	uint8_t signer[KR_ED25519_PUBLIC_BYTES];
};

/* reason is sealed to the request's reply key and to those who are coordinators now. The
 * writer fails as kr_sealed_write does, and with KR_ERR_TEXT. */
void kr_refusal_write(struct kr_writer *w, struct kr_view request, struct kr_view reason,
	const struct kr_chain *chain, const struct kr_ed25519_keypair *signer,
	const struct kr_random *rng);
enum kr_err kr_refusal_read(struct kr_refusal *out, struct kr_view record);
/* As kr_sealed_open; KR_ERR_TEXT. A view into storage. */
enum kr_err kr_refusal_open(struct kr_view *reason, uint8_t storage[KR_SEALED_STORAGE],
	const struct kr_refusal *refusal, const struct kr_x25519_keypair *recipient);

/* ---- Policy: what all members of a group agree on ------------------------------- */

/* The type of the GroupContext extension, from the private range of RFC 9420 §17.3; it
 * belongs into required_capabilities. */
#define KR_POLICY_EXTENSION   0xf0c1
#define KR_POLICY_ADMINS_MAX  64
#define KR_POLICY_INBOXES_MAX 32
#define KR_POLICY_ISSUERS_MAX 64
#define KR_POLICY_REVOKED_MAX 2048
#define KR_POLICY_MAX         ((size_t)40960) /* bytes of a policy */
#define KR_READING_KEY_BYTES  32

/* A professional inbox that this community trusts. */
struct kr_policy_inbox {
	uint8_t identity_key[KR_ED25519_PUBLIC_BYTES];
	struct kr_view name;  /* a line, at most KR_NAME_MAX */
	struct kr_view relay; /* the name of the relay where it is; empty: this one */
	/* KR_READING_KEY_BYTES: its card and notices can be read (CASES.md §2); or
	 * empty */
	struct kr_view reading_key;
};

/* Lists are the items one after the other, ascending, none twice. */
struct kr_policy {
	uint8_t community[KR_ID_BYTES];
	uint8_t chain_head[KR_SHA256_BYTES]; /* the last record that was applied */
	uint64_t number;                     /* counts up with each change */
	struct kr_view name;                 /* of the group: a line */
	uint32_t slow_mode_s;                /* least time between two posts; 0: off */
	uint8_t rules[KR_SHA256_BYTES];      /* kr_text_commit; zero: none */
	struct kr_view administrators;       /* accounts, KR_ID_BYTES each */
	struct kr_view issuers;              /* keys of coordinators, 32 bytes each */
	struct kr_view revoked;              /* serials, 8 bytes each */
	struct kr_view inboxes;              /* encoded */
	size_t num_inboxes;
};

/* The extension's data. A policy is not signed: the commit that sets it is.
 * KR_ERR_TEXT; KR_ERR_ENCODING also for a list out of order. */
enum kr_err kr_policy_read(struct kr_policy *out, struct kr_view data);

bool kr_policy_has_administrator(
	const struct kr_policy *policy, const uint8_t account[KR_ID_BYTES]);
bool kr_policy_has_issuer(
	const struct kr_policy *policy, const uint8_t key[KR_ED25519_PUBLIC_BYTES]);
bool kr_policy_has_revoked(const struct kr_policy *policy, uint64_t serial);
/* KR_ERR_NOT_FOUND beyond the last. */
enum kr_err kr_policy_inbox_at(
	const struct kr_policy *policy, size_t i, struct kr_policy_inbox *out);

/* What to change. Lists need no order and may name what is there, or not there, already.
 * Zeroed: nothing. */
struct kr_policy_change {
	const uint8_t *chain_head;  /* NULL: as it was */
	const struct kr_view *name; /* likewise, and so on */
	const uint32_t *slow_mode_s;
	const uint8_t *rules;
	struct kr_view administrators_added;
	struct kr_view administrators_removed;
	struct kr_view issuers_added;
	struct kr_view issuers_removed;
	struct kr_view revoked_added; /* serials, 8 bytes big-endian each */
	struct kr_view revoked_removed;
	const struct kr_policy_inbox *inboxes_added; /* also: with a new name … */
	size_t num_inboxes_added;
	struct kr_view inboxes_removed; /* identity keys */
};

/* The policy after a change, its number one higher. The first one of a group comes from a
 * structure in which only community is set. The writer fails with what kr_policy_read
 * would say, and with KR_ERR_ARGUMENT for a list that is not whole. */
void kr_policy_write(struct kr_writer *w, const struct kr_policy *before,
	const struct kr_policy_change *change);

/* Which parts differ. */
enum kr_policy_part {
	KR_POLICY_COMMUNITY = 1 << 0,
	KR_POLICY_CHAIN = 1 << 1,
	KR_POLICY_NAME = 1 << 2,
	KR_POLICY_SLOW_MODE = 1 << 3,
	KR_POLICY_RULES = 1 << 4,
	KR_POLICY_ADMINISTRATORS = 1 << 5,
	KR_POLICY_ISSUERS = 1 << 6,
	KR_POLICY_REVOKED = 1 << 7,
	KR_POLICY_INBOXES = 1 << 8,
	KR_POLICY_NUMBER = 1 << 9,
};
unsigned kr_policy_compare(const struct kr_policy *before, const struct kr_policy *after);

/* The items of one list that another lacks: start with *at = 0; empty after the last. */
struct kr_view kr_policy_only_in(
	struct kr_view list, struct kr_view other, size_t item_len, size_t *at);

/* Does it fit the chain? The chain has the head, every issuer was once a coordinator, and
 * in the community's own group (is_main) the administrators are exactly the accounts that
 * were coordinators at that head. KR_ERR_COMMUNITY, KR_ERR_POLICY_CHAIN. */
enum kr_err kr_policy_check(
	const struct kr_policy *policy, const struct kr_chain *chain, bool is_main);

/* ---- Statements ----------------------------------------------------------------- */

/* Fields of statements, by kind. */
enum kr_statement_field {
	KR_S_GROUP = 1 << 0,   /* group: 32 bytes */
	KR_S_SUBJECT = 1 << 1, /* an account */
	KR_S_TARGET = 1 << 2,  /* target: what it is about, 32 bytes */
	KR_S_EVENT = 1 << 3,   /* event: a post of the group, by the subject */
	KR_S_UNTIL = 1 << 4,   /* until_ms; 0: not any more */
	KR_S_SERIALS = 1 << 5, /* certificates that end; may be none */
	KR_S_TEXT = 1 << 6,    /* text: kr_text_commit; may be zero: none */
};

/* Who has to have signed; the caller asks chain, policy or tree. */
enum kr_authority {
	KR_AUTHORITY_COORDINATOR,   /* of the community, by the chain */
	KR_AUTHORITY_ADMINISTRATOR, /* of the group, by its policy */
	KR_AUTHORITY_MEMBER,        /* of the group, with the limits of PROTOCOL.md §4 */
	KR_AUTHORITY_SUBJECT,       /* a certified device of the subject */
};

/* X(symbol, number, name, type of event, authority, fields) */
#define KR_STATEMENT_LIST(X)                                                             \
	X(REMOVE, 1, "remove", REMOVED, COORDINATOR,                                     \
		KR_S_SUBJECT | KR_S_SERIALS | KR_S_TEXT)                                 \
	X(LEAVE, 2, "leave", LEFT, SUBJECT, KR_S_SUBJECT | KR_S_SERIALS)                 \
	X(MUTE, 3, "mute", MUTED, COORDINATOR, KR_S_SUBJECT | KR_S_UNTIL | KR_S_TEXT)    \
	X(TAKE_DOWN, 4, "take_down", NOTICE, ADMINISTRATOR,                              \
		KR_S_GROUP | KR_S_SUBJECT | KR_S_EVENT | KR_S_TEXT)                      \
	X(RULES, 5, "rules", RULES, COORDINATOR, KR_S_TEXT)                              \
	X(GUIDANCE, 6, "guidance", NOTICE, COORDINATOR, KR_S_GROUP | KR_S_TEXT)          \
	X(VOID, 7, "void", VOID, MEMBER, KR_S_GROUP | KR_S_TARGET)                       \
	X(HEAL, 8, "heal", HEAL, SUBJECT, KR_S_GROUP | KR_S_SUBJECT)                     \
	X(GROUP_LEAVE, 9, "group_leave", GROUP_LEFT, SUBJECT, KR_S_GROUP | KR_S_SUBJECT) \
	X(INVITE_REVOKE, 10, "invite_revoke", INVITE_REVOKED, COORDINATOR, KR_S_TARGET)

enum kr_statement_kind {
#define KR_STATEMENT_SYMBOL(symbol, number, name, event, authority, fields)              \
	KR_STATEMENT_##symbol = number,
	KR_STATEMENT_LIST(KR_STATEMENT_SYMBOL)
#undef KR_STATEMENT_SYMBOL
};

struct kr_statement_info {
	enum kr_statement_kind kind;
	const char *name;
	enum kr_event_type event; /* whose body it is */
	enum kr_authority authority;
	unsigned fields; /* of enum kr_statement_field */
};

/* NULL for a number that is no kind. */
const struct kr_statement_info *kr_statement_info(unsigned kind);

#define KR_STATEMENT_SERIALS_MAX 64
#define KR_STATEMENT_MAX         ((size_t)1024) /* bytes of a statement */

/* Fields that the kind does not have are zero. */
struct kr_statement {
	enum kr_statement_kind kind;
	uint8_t community[KR_ID_BYTES];
	uint64_t seen_seq; /* the last event of that topic that the signer has seen, */
	uint8_t seen_hash[KR_SHA256_BYTES]; /* and the running hash after it */
	uint8_t group[KR_ID_BYTES];
	uint8_t subject[KR_ID_BYTES];
	uint8_t target[KR_SHA256_BYTES];
	uint8_t event[KR_EVENT_ID_BYTES];
	uint64_t until_ms;
	struct kr_view serials; /* 8 bytes each, ascending, none twice */
	uint8_t text[KR_SHA256_BYTES];
	uint8_t signer[KR_ED25519_PUBLIC_BYTES];
};

/* signer in the structure is ignored. The writer fails with KR_ERR_ARGUMENT for an
 * unknown kind, KR_ERR_ENCODING or KR_ERR_TOO_LARGE for serials. */
void kr_statement_write(struct kr_writer *w, const struct kr_statement *statement,
	const struct kr_ed25519_keypair *signer);
enum kr_err kr_statement_read(struct kr_statement *out, struct kr_view record);

/* ---- What people compare and keep ----------------------------------------------- */

/* Digits in groups of five, a space between them, and a NUL. */
#define KR_SAFETY_TEXT_BYTES      ((size_t)12 * 6)
#define KR_FINGERPRINT_TEXT_BYTES ((size_t)6 * 6)

/* One of the two who compare: the account, and the signature keys of all its leaves, 32
 * bytes each, in any order, from 1 to KR_DEVICES_MAX of them. */
struct kr_safety_party {
	const uint8_t *account;
	struct kr_view keys;
};

/* Sixty digits that are the same for both, whoever computes them, as long as both see the
 * same keys. KR_ERR_ARGUMENT; then out is empty. */
enum kr_err kr_safety_number(char out[KR_SAFETY_TEXT_BYTES],
	const struct kr_safety_party *a, const struct kr_safety_party *b);

/* Thirty digits of an inbox's identity key: on its poster, and in the policy. */
void kr_fingerprint(char out[KR_FINGERPRINT_TEXT_BYTES],
	const uint8_t identity_key[KR_ED25519_PUBLIC_BYTES]);

#define KR_RECOVERY_BYTES      16
#define KR_RECOVERY_NUM_GROUPS 9
/* Nine groups of six digits, a space between them, and a NUL. */
#define KR_RECOVERY_TEXT_BYTES ((size_t)KR_RECOVERY_NUM_GROUPS * 7)

/* What a recovery key is printed from: 128 random bits. Wipe it. */
struct kr_recovery {
	uint8_t bytes[KR_RECOVERY_BYTES];
};

enum kr_err kr_recovery_generate(struct kr_recovery *out, const struct kr_random *rng);
void kr_recovery_print(
	char out[KR_RECOVERY_TEXT_BYTES], const struct kr_recovery *recovery);
/* Spaces and hyphens are skipped. KR_ERR_CHECK_DIGIT, with *group (may be NULL) the
 * number of the first group that is wrong, from 1; KR_ERR_ENCODING for another alphabet
 * or number of digits, *group is 0. out is zeroed on an error. */
enum kr_err kr_recovery_parse(
	struct kr_recovery *out, unsigned *group, struct kr_view text);
/* The key pair whose public key stands in the genesis. */
void kr_recovery_keypair(
	struct kr_ed25519_keypair *out, const struct kr_recovery *recovery);
/* The pair for what is sealed to a recovery key: of an inbox, CASES.md §2. */
void kr_recovery_sealing_keypair(
	struct kr_x25519_keypair *out, const struct kr_recovery *recovery);

#endif
