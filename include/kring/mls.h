/* Messaging Layer Security, RFC 9420, for cipher suite 0x0003
 * (MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519).
 *
 * A group (struct kr_mls_group) is one member's view of one MLS group. It does no I/O,
 * reads no clock and is used by one thread at a time. Whatever fails leaves the group
 * exactly as it was, to the bit of its stored state.
 *
 * Left out, and refused with an error that names it when a peer uses it: ReInit
 * (KR_ERR_MLS_REINIT), branching (KR_ERR_MLS_BRANCH), X.509 credentials
 * (KR_ERR_MLS_X509), proposal types that RFC 9420 does not define
 * (KR_ERR_MLS_PROPOSAL_TYPE).
 *
 * Storing before sending. A repeated nonce would be fatal, so whatever is encrypted or
 * signed for sending comes in an opaque handle (struct kr_mls_outgoing) that gives up its
 * bytes only when the state that covers it is stored:
 *
 *	kr_mls_encrypt(group, aad, text, rng, &out);    the ratchet has moved on
 *	kr_mls_save(group, false, &state);              write its two records, together
 *	kr_mls_stored(group, state.revision);           they are on disk
 *	kr_mls_outgoing_message(group, out, &message);  now the bytes may leave
 *
 * Memory. Everything a function hands out through a pointer to pointer or a struct
 * kr_bytes belongs to the caller; views belong to the object they come from and are valid
 * until it changes or is freed. All functions may return KR_ERR_MEMORY. */
#ifndef KRING_MLS_H
#define KRING_MLS_H

#include <kring/bytes.h>
#include <kring/crypto.h>

#define KR_MLS_CIPHER_SUITE 0x0003
#define KR_MLS_HASH_BYTES   32

/* A member's place in the tree: the number of its leaf, not of a node. */
struct kr_leaf_index {
	uint32_t v;
};

/* IANA: MLS Extension Types, RFC 9420 §17.3. */
enum {
	KR_MLS_EXT_APPLICATION_ID = 1,
	KR_MLS_EXT_RATCHET_TREE = 2,
	KR_MLS_EXT_REQUIRED_CAPABILITIES = 3,
	KR_MLS_EXT_EXTERNAL_PUB = 4,
	KR_MLS_EXT_EXTERNAL_SENDERS = 5,
};

/* IANA: MLS Proposal Types, RFC 9420 §17.4. */
enum {
	KR_MLS_PROPOSAL_ADD = 1,
	KR_MLS_PROPOSAL_UPDATE = 2,
	KR_MLS_PROPOSAL_REMOVE = 3,
	KR_MLS_PROPOSAL_PSK = 4,
	KR_MLS_PROPOSAL_REINIT = 5,
	KR_MLS_PROPOSAL_EXTERNAL_INIT = 6,
	KR_MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS = 7,
};

/* ---- Extensions and members -------------------------------------------------------- */

struct kr_mls_extension {
	uint16_t type;
	struct kr_view data;
};

/* A list that the caller holds. Types must not repeat (RFC 9420 §13.4). */
struct kr_mls_extensions {
	const struct kr_mls_extension *list;
	size_t num;
};

/* Seconds since 1970, both inclusive; a validity without end is {0, UINT64_MAX}. */
struct kr_mls_lifetime {
	uint64_t not_before;
	uint64_t not_after;
};

/* Extension and proposal types beyond the defaults of RFC 9420 §7.2, which are never
 * listed. Versions, suites and credential types are fixed: MLS 1.0, 0x0003, basic. */
struct kr_mls_capabilities {
	const uint16_t *extensions;
	size_t num_extensions;
	const uint16_t *proposals;
	size_t num_proposals;
};

/* What a client says of itself in a leaf. */
struct kr_mls_client {
	const struct kr_ed25519_keypair *signer;
	struct kr_view identity; /* of the basic credential; any bytes */
	struct kr_mls_capabilities capabilities;
	struct kr_mls_extensions leaf_extensions;
};

/* What others see of a member; views into the group, valid until it changes. */
struct kr_mls_member {
	struct kr_leaf_index leaf;
	struct kr_view identity;
	const uint8_t *signature_key;  /* KR_ED25519_PUBLIC_BYTES */
	const uint8_t *encryption_key; /* KR_X25519_BYTES */
	struct kr_view leaf_node;      /* encoded, for kr_mls_leaf_extension */
};

/* Find an extension in an encoded LeafNode. KR_ERR_NOT_FOUND. */
enum kr_err kr_mls_leaf_extension(
	struct kr_view leaf_node, uint16_t type, struct kr_view *data);

/* ---- Key packages, RFC 9420 §10 ---------------------------------------------------- */

/* What must be kept, secret, until the Welcome comes; delete it after use (except for a
 * key package of last resort). */
struct kr_mls_key_package_secrets {
	struct kr_secret init_key;
	struct kr_secret encryption_key;
};

/* message is an MLSMessage with a KeyPackage, to be published.
 * KR_ERR_RANDOM, KR_ERR_LEAF_EXTENSION if an extension repeats, or if one of the client's
 * leaf is of a type that its capabilities do not list. */
enum kr_err kr_mls_key_package_new(struct kr_bytes *message,
	struct kr_mls_key_package_secrets *secrets, const struct kr_mls_client *client,
	struct kr_mls_lifetime lifetime, struct kr_mls_extensions extensions,
	const struct kr_random *rng);
void kr_mls_key_package_secrets_wipe(struct kr_mls_key_package_secrets *secrets);

struct kr_mls_key_package_info {
	uint8_t ref[KR_MLS_HASH_BYTES]; /* KeyPackageRef, §5.2 */
	struct kr_view identity;        /* this and what follows: views into message */
	const uint8_t *signature_key;
	struct kr_mls_lifetime lifetime;
	struct kr_view leaf_node;
	struct kr_view extensions; /* encoded, for kr_mls_extension_find */
};

/* Decode and verify a key package on its own, §10.1. now_s is the time for the lifetime
 * check; 0 leaves it out. KR_ERR_SIGNATURE, KR_ERR_KEY_PACKAGE_KEYS, KR_ERR_LEAF_…,
 * decoding errors. */
enum kr_err kr_mls_key_package_verify(
	struct kr_view message, uint64_t now_s, struct kr_mls_key_package_info *info);

/* Find an extension in an encoded list Extension extensions<V>, without its length.
 * KR_ERR_NOT_FOUND. */
enum kr_err kr_mls_extension_find(
	struct kr_view extensions, uint16_t type, struct kr_view *data);

/* ---- Proposals as the caller gives and sees them ----------------------------------- */

enum kr_mls_psk_kind {
	KR_MLS_PSK_EXTERNAL = 1,
	KR_MLS_PSK_RESUMPTION = 2, /* usage "application"; others are refused */
};

struct kr_mls_psk {
	enum kr_mls_psk_kind kind;
	struct kr_view id; /* external: psk_id; resumption: the group's id */
	uint64_t epoch;    /* resumption */
};

enum kr_mls_sender_kind {
	KR_MLS_SENDER_MEMBER = 1,
	KR_MLS_SENDER_EXTERNAL = 2,
	KR_MLS_SENDER_NEW_MEMBER_PROPOSAL = 3,
	KR_MLS_SENDER_NEW_MEMBER_COMMIT = 4,
};

struct kr_mls_sender {
	enum kr_mls_sender_kind kind;
	uint32_t index; /* member: leaf index; external: index into external_senders */
};

/* One proposal; which fields count depends on the type. */
struct kr_mls_proposal {
	uint16_t type;
	struct kr_view key_package;   /* add: MLSMessage or bare KeyPackage */
	struct kr_leaf_index removed; /* remove */
	struct kr_mls_psk psk;        /* psk */
	struct kr_mls_extensions
		extensions; /* group_context_extensions: the new list, whole */
	const struct kr_mls_client
		*new_client; /* update: NULL keeps everything but the key */
};

/* A proposal in a commit that is about to be applied: for the policy hook. */
struct kr_mls_proposal_info {
	uint16_t type;
	bool by_reference;
	struct kr_mls_sender sender;
	struct kr_view sender_identity; /* empty for an external sender without one */
	struct kr_leaf_index target;    /* update, remove: whom it touches */
	struct kr_view target_identity; /* add, update: the new one; remove: who goes */
	const uint8_t *target_signature_key;
	struct kr_view target_leaf_node; /* encoded */
	struct kr_mls_psk psk;
	struct kr_view extensions; /* group_context_extensions: encoded list */
};

struct kr_mls_commit_info {
	struct kr_mls_sender committer;
	struct kr_view
		committer_identity;  /* as in the path's new leaf if there is a path */
	struct kr_view old_identity; /* of the committer before; empty if external */
	const uint8_t *committer_signature_key;
	struct kr_view committer_leaf_node; /* the new one if there is a path */
	bool has_path;
	bool is_external;
	bool is_private; /* framed as a PrivateMessage */
	struct kr_view authenticated_data;
	const struct kr_mls_proposal_info *proposals;
	size_t num_proposals;
};

/* ---- Configuration ----------------------------------------------------------------- */

struct kr_mls_group;

struct kr_mls_hooks {
	void *ctx;

	/* Sees every commit, a peer's and one's own, before anything of it is applied.
	 * Anything but KR_OK refuses it; the caller of kr_mls_process gets that error.
	 * NULL allows all. */
	enum kr_err (*policy)(void *ctx, const struct kr_mls_group *group,
		const struct kr_mls_commit_info *commit);

	/* Looks up an external pre-shared key. KR_ERR_NOT_FOUND if there is none. The
	 * library wipes and frees psk. NULL knows none. */
	enum kr_err (*external_psk)(
		void *ctx, struct kr_view psk_id, struct kr_bytes *psk);
};

/* Bounds on what peers can make a member hold, and the hooks. Kept by value in the group
 * and not stored with it: kr_mls_load takes it again. */
struct kr_mls_config {
	struct kr_mls_hooks hooks;
	uint32_t max_past_epochs;       /* epochs back whose messages can still be read */
	uint32_t max_forward;           /* generations that one message may jump ahead */
	uint32_t max_kept_keys;         /* keys of skipped messages kept, in each epoch */
	uint32_t max_resumption_psks;   /* epochs back whose resumption secret is kept */
	uint32_t max_pending_proposals; /* by reference, in one epoch */
	uint32_t max_members;           /* and trees no wider than these need */
	/* Plaintexts are padded to the smallest of these sizes that holds them,
	 * ascending; beyond the last to a multiple of the last. num 0: no padding. */
	size_t padding_sizes[8];
	size_t num_padding_sizes;
};

/* Bounds that suit a neighbourhood: 5 past epochs, 1,000 ahead, 1,000 kept keys, 5
 * resumption secrets, 64 proposals, 10,000 members, padding to 256, 1,024, 4,096 and
 * 16,384 bytes. */
struct kr_mls_config kr_mls_config_default(void);

/* ---- Groups ------------------------------------------------------------------------ */

/* A group of one, epoch 0, §11. KR_ERR_PROPOSAL_EXTENSION if the client itself does not
 * support what the extensions require, KR_ERR_RANDOM. */
enum kr_err kr_mls_group_new(struct kr_mls_group **group,
	const struct kr_mls_config *config, const struct kr_mls_client *client,
	struct kr_mls_lifetime lifetime, struct kr_view group_id,
	struct kr_mls_extensions extensions, const struct kr_random *rng);

struct kr_mls_join {
	struct kr_view welcome;     /* MLSMessage */
	struct kr_view key_package; /* our MLSMessage, as published */
	const struct kr_mls_key_package_secrets *secrets;
	const struct kr_ed25519_keypair *signer;
	struct kr_view ratchet_tree; /* if not inside the Welcome; else empty */
	struct kr_leaf_index *by;    /* set to the leaf that signed it; may be NULL */
};

/* Join by Welcome, §12.4.3.1. KR_ERR_WELCOME_NOT_FOR_US,
 * KR_ERR_TREE_…, KR_ERR_LEAF_…, KR_ERR_RATCHET_TREE_MISSING, KR_ERR_PROPOSAL_PSK_UNKNOWN,
 * KR_ERR_DECRYPT. */
enum kr_err kr_mls_group_join(struct kr_mls_group **group,
	const struct kr_mls_config *config, const struct kr_mls_join *join);

struct kr_mls_outgoing;

struct kr_mls_external_join {
	const struct kr_mls_client *client;
	struct kr_view group_info;   /* MLSMessage, with external_pub */
	struct kr_view ratchet_tree; /* if not inside the GroupInfo */
	bool resync;                 /* also remove the leaf that has our signature key */
	const struct kr_mls_psk *psks;
	size_t num_psks;
	struct kr_view authenticated_data;
};

/* Join by external commit, §12.4.3.2. The new group is in the epoch after the commit; if
 * the delivery service refuses the commit, free it. KR_ERR_EXTERNAL_PUB_MISSING and as
 * kr_mls_group_join. */
enum kr_err kr_mls_group_join_external(struct kr_mls_group **group,
	struct kr_mls_outgoing **outgoing, const struct kr_mls_config *config,
	const struct kr_mls_external_join *join, const struct kr_random *rng);

/* Wipes all secrets. NULL is fine. */
void kr_mls_group_free(struct kr_mls_group *group);

/* An independent copy, cheap (the tree is shared): what a client keeps to be able to go
 * back when a commit turns out void. A copy must never send while the original may
 * (repeated nonces); it starts with nothing stored. Both must be used by one thread: the
 * shared tree is counted without locks. */
enum kr_err kr_mls_group_copy(
	struct kr_mls_group **copy, const struct kr_mls_group *group);

struct kr_view kr_mls_group_id(const struct kr_mls_group *group);
uint64_t kr_mls_epoch(const struct kr_mls_group *group);
struct kr_leaf_index kr_mls_own_leaf(const struct kr_mls_group *group);
bool kr_mls_is_member(const struct kr_mls_group *group); /* false once removed */
uint32_t kr_mls_num_members(const struct kr_mls_group *group);
/* One past the largest leaf index that a member can have. */
uint32_t kr_mls_num_leaves(const struct kr_mls_group *group);
/* KR_ERR_NOT_FOUND for a blank leaf. */
enum kr_err kr_mls_member_at(const struct kr_mls_group *group, struct kr_leaf_index leaf,
	struct kr_mls_member *member);
struct kr_view kr_mls_group_extensions(
	const struct kr_mls_group *group);                         /* encoded list */
const uint8_t *kr_mls_tree_hash(const struct kr_mls_group *group); /* KR_MLS_HASH_BYTES */
/* Equal for all members of an epoch and for nobody else, §8.7. KR_SECRET_BYTES. */
const uint8_t *kr_mls_epoch_authenticator(const struct kr_mls_group *group);

/* MLS-Exporter, §8.5. KR_ERR_ARGUMENT for len above 255 * 32, KR_ERR_REMOVED. */
enum kr_err kr_mls_export(const struct kr_mls_group *group, uint8_t *out, size_t len,
	const char *label, struct kr_view context);

/* An MLSMessage with a signed GroupInfo, §12.4.3. KR_ERR_REMOVED. */
enum kr_err kr_mls_group_info(const struct kr_mls_group *group, bool with_tree,
	bool with_external_pub, struct kr_bytes *message);

/* The tree as in the ratchet_tree extension, §12.4.3.3. */
enum kr_err kr_mls_ratchet_tree(const struct kr_mls_group *group, struct kr_bytes *tree);

/* ---- Sending ----------------------------------------------------------------------- */

/* Application data as a PrivateMessage, §6.3. KR_ERR_STATE while proposals are pending
 * (§12.4: commit first), KR_ERR_LIMIT when the ratchet is at its end, KR_ERR_REMOVED. */
enum kr_err kr_mls_encrypt(struct kr_mls_group *group, struct kr_view authenticated_data,
	struct kr_view plaintext, const struct kr_random *rng,
	struct kr_mls_outgoing **outgoing);

struct kr_mls_framing {
	bool as_public; /* PublicMessage instead of PrivateMessage */
	struct kr_view authenticated_data;
};

/* A proposal by reference. now_s as in kr_mls_key_package_verify. Errors as the rule that
 * the proposal breaks (KR_ERR_PROPOSAL_…, KR_ERR_LEAF_…). */
enum kr_err kr_mls_propose(struct kr_mls_group *group,
	const struct kr_mls_proposal *proposal, struct kr_mls_framing framing,
	uint64_t now_s, const struct kr_random *rng, struct kr_mls_outgoing **outgoing);

struct kr_mls_commit_options {
	const struct kr_mls_proposal *proposals; /* by value */
	size_t num_proposals;
	/* Of the pending proposals by reference those that can still be committed go in;
	 * this leaves them all out. */
	bool without_pending;
	bool force_path; /* a path even where none is required */
	/* Change own credential or key; needs a path. */
	const struct kr_mls_client *new_client;
	/* No ratchet_tree extension in the Welcome's GroupInfo. */
	bool tree_beside_welcome;
	struct kr_mls_framing framing;
	uint64_t now_s; /* for the lifetimes of those added; 0: unchecked */
};

/* Makes a commit and keeps it as the pending one; the group stays in its epoch until
 * kr_mls_commit_accepted. KR_ERR_COMMIT_PENDING if there is one already; the rule's error
 * for a bad proposal; the hook's error; KR_ERR_REMOVED. */
enum kr_err kr_mls_commit(struct kr_mls_group *group,
	const struct kr_mls_commit_options *options, const struct kr_random *rng,
	struct kr_mls_outgoing **outgoing);

/* The delivery service has accepted the pending commit: enter its epoch. Infallible but
 * for KR_ERR_STATE (no pending commit). A pending commit is also lost to somebody else's:
 * then kr_mls_process drops it. */
enum kr_err kr_mls_commit_accepted(struct kr_mls_group *group);
void kr_mls_commit_discard(struct kr_mls_group *group);
bool kr_mls_commit_is_pending(const struct kr_mls_group *group);

/* The MLSMessage, once the state is stored. KR_ERR_NOT_STORED before; KR_ERR_ARGUMENT for
 * the handle of another group object, be it a copy: its revisions are others. */
enum kr_err kr_mls_outgoing_message(const struct kr_mls_group *group,
	const struct kr_mls_outgoing *outgoing, struct kr_view *message);
/* The MLSMessage with the Welcome of a commit that adds; empty if it adds nobody.
 * KR_ERR_NOT_STORED. */
enum kr_err kr_mls_outgoing_welcome(const struct kr_mls_group *group,
	const struct kr_mls_outgoing *outgoing, struct kr_view *welcome);
/* The tree after the commit, for tree_beside_welcome; else empty. KR_ERR_NOT_STORED. */
enum kr_err kr_mls_outgoing_tree(const struct kr_mls_group *group,
	const struct kr_mls_outgoing *outgoing, struct kr_view *tree);
void kr_mls_outgoing_free(struct kr_mls_outgoing *outgoing);

/* A proposal from outside the group, §12.1.8: signed by an external sender of the group
 * (Add, Remove, PSK, GroupContextExtensions), as a PublicMessage. */
enum kr_err kr_mls_external_propose(struct kr_bytes *message, struct kr_view group_id,
	uint64_t epoch, uint32_t sender_index, const struct kr_ed25519_keypair *signer,
	const struct kr_mls_proposal *proposal, const struct kr_random *rng);
/* An Add of oneself, signed by the key package's own key (new_member_proposal). */
enum kr_err kr_mls_new_member_propose(struct kr_bytes *message, struct kr_view group_id,
	uint64_t epoch, struct kr_view key_package,
	const struct kr_ed25519_keypair *signer);

/* ---- Receiving --------------------------------------------------------------------- */

enum kr_mls_event_kind {
	KR_MLS_EVENT_APPLICATION = 1,
	KR_MLS_EVENT_PROPOSAL = 2, /* verified and kept until the epoch ends */
	KR_MLS_EVENT_COMMIT = 3,   /* applied: the group is in the next epoch */
	KR_MLS_EVENT_REMOVED =
		4, /* a commit that removes this member: the group is over */
};

struct kr_mls_event {
	enum kr_mls_event_kind kind;
	struct kr_mls_sender sender;
	uint64_t epoch; /* of the message */
	struct kr_bytes sender_identity;
	uint8_t sender_signature_key[KR_ED25519_PUBLIC_BYTES];
	struct kr_bytes authenticated_data;
	struct kr_bytes plaintext;               /* application */
	uint16_t proposal_type;                  /* proposal */
	uint8_t proposal_ref[KR_MLS_HASH_BYTES]; /* proposal */
	struct kr_leaf_index *added;             /* commit: the leaves it filled */
	size_t num_added;
	struct kr_leaf_index *removed; /* commit: the leaves it blanked */
	size_t num_removed;
};

/* Take in an MLSMessage (PrivateMessage or PublicMessage). Errors worth telling apart:
 * KR_ERR_WRONG_GROUP, KR_ERR_EPOCH_PAST, KR_ERR_EPOCH_FUTURE, KR_ERR_GENERATION_USED (a
 * repeated message), KR_ERR_GENERATION_FAR, KR_ERR_OWN_MESSAGE, KR_ERR_DECRYPT,
 * KR_ERR_SIGNATURE, KR_ERR_POLICY or what else the hook returned, and for every rule of
 * the RFC that a commit or a proposal breaks the error that names it. */
enum kr_err kr_mls_process(
	struct kr_mls_group *group, struct kr_view message, struct kr_mls_event *event);
void kr_mls_event_free(struct kr_mls_event *event);

/* ---- State on disk ----------------------------------------------------------------- */

/* Two records that the caller stores together, atomically. The group's record changes
 * with a commit, a proposal or a pending commit; the ratchets' with every message. */
struct kr_mls_state {
	struct kr_bytes group;
	struct kr_bytes ratchets;
	bool group_changed; /* else the record stored last is good, and group is empty */
	uint64_t revision;
};

/* The state as it is now. all asks for both records whatever changed. */
enum kr_err kr_mls_save(struct kr_mls_group *group, bool all, struct kr_mls_state *state);
void kr_mls_state_free(struct kr_mls_state *state);

/* Both records of this revision are on disk, and so everything before it. KR_ERR_ARGUMENT
 * for a revision beyond the last one that kr_mls_save has given. */
enum kr_err kr_mls_stored(struct kr_mls_group *group, uint64_t revision);

/* KR_ERR_BAD_STATE_RECORD if a record is damaged or the two do not belong together,
 * KR_ERR_LIMIT if the group holds more members or proposals than the config allows. Where
 * it allows fewer past epochs, resumption secrets or kept keys, the oldest are let go. */
enum kr_err kr_mls_load(struct kr_mls_group **group, const struct kr_mls_config *config,
	struct kr_view group_record, struct kr_view ratchets_record);

#endif
