/* A member that breaks rules on purpose, for the tests of what must be refused.
 *
 * A forge joins by a real Welcome and then holds the epoch's secrets and its own keys, as
 * every member does. What it sends is signed, tagged and confirmed as if all were well,
 * so that the one rule that a test breaks is the only thing wrong. Tests that do not
 * break anything prove that what the forge makes is otherwise accepted.
 *
 * A forge lives in one epoch. It stands on the internal headers of proto/mls for what is
 * not the subject of a test (hashing, encrypting), and writes everything that a rule is
 * about by hand. */
#ifndef KRING_TESTS_MLS_FORGE_H
#define KRING_TESTS_MLS_FORGE_H

#include "fixture.h"
#include "proto/mls/framing.h"
#include "proto/mls/treekem.h"

/* A LeafNode to be written; lists are encoded, without their lengths. */
struct forge_leaf {
	uint8_t encryption_key[KR_X25519_BYTES];
	uint8_t signature_key[KR_ED25519_PUBLIC_BYTES];
	uint16_t credential_type;
	struct kr_view identity;
	struct kr_view versions;
	struct kr_view cipher_suites;
	struct kr_view extension_types;
	struct kr_view proposal_types;
	struct kr_view credential_types;
	uint8_t source;
	struct kr_mls_lifetime lifetime;
	struct kr_view parent_hash;
	struct kr_view extensions;
	/* What it is signed with and for. */
	const struct kr_ed25519_keypair *signer;
	struct kr_view group_id;
	uint32_t leaf_index;
	bool break_signature;
	bool cut_encryption_key; /* a byte too short */
};

/* A list of two-byte values as a view: FORGE_U16("\0\1\0\2"). */
#define FORGE_U16(literal) kr_view((literal), sizeof(literal) - 1)

/* A valid leaf of this client, source key_package. */
struct forge_leaf forge_leaf(const struct world_client *client);
void forge_leaf_write(struct kr_writer *w, const struct forge_leaf *leaf);

/* A KeyPackage to be written. */
struct forge_key_package {
	uint16_t version;
	uint16_t cipher_suite;
	struct kr_x25519_keypair init;
	struct kr_x25519_keypair encryption;
	struct forge_leaf leaf; /* encryption_key is filled in by forge_key_package */
	struct kr_view extensions;
	const struct kr_ed25519_keypair *signer;
	bool break_signature;
};
struct forge_key_package forge_key_package(struct world *w, size_t client);
/* Bare, as in an Add. */
void forge_key_package_write(struct kr_writer *w, const struct forge_key_package *kp);

struct forge {
	struct world *world;
	size_t client; /* whose place it takes; that client has no group of its own */
	struct kr_ed25519_keypair signer;
	struct kr_leaf_index leaf;
	struct kr_view group_id; /* views into group_context */
	struct kr_view tree_hash;
	struct kr_view confirmed_hash;
	struct kr_view extensions; /* encoded list */
	uint64_t epoch;
	uint8_t interim_hash[KR_MLS_HASH_BYTES];
	struct kr_bytes group_context;
	struct kr_epoch_secrets secrets;
	struct kr_private_path keys;
	struct kr_tree tree;
};

/* Client 0 adds the client, and the forge takes the Welcome. All others agree
 * afterwards. */
struct forge *forge_join(struct world *w, size_t client);
/* A settled group of num_honest and a forge as the last member. */
struct forge *forge_new(size_t num_honest);
/* The forge, and the world with it. */
void forge_free(struct forge *f);

/* ---- Sending --------------------------------------------------------------------- */

struct forge_content {
	struct kr_mls_sender sender;
	enum kr_content_type type;
	struct kr_view body;
	struct kr_view authenticated_data;
	uint64_t epoch;
	struct kr_view group_id;
	const struct kr_ed25519_keypair *signer;
	struct kr_view confirmation_tag;
	bool break_signature;
	bool break_membership_tag;
};
/* Content of the forge's own in its epoch. */
struct forge_content forge_content(
	const struct forge *f, enum kr_content_type type, struct kr_view body);
/* As a PublicMessage. */
struct kr_bytes forge_public(const struct forge *f, const struct forge_content *content);
/* As a PrivateMessage of the forge's ratchet at this generation. */
struct kr_bytes forge_private(
	const struct forge *f, const struct forge_content *content, uint32_t generation);

/* ProposalRef of a proposal that was sent so. */
void forge_ref(const struct forge *f, const struct forge_content *content,
	enum kr_wire_format wire_format, uint8_t ref[KR_MLS_HASH_BYTES]);

/* ---- Commits --------------------------------------------------------------------- */

/* A commit in the making. Proposals are written into proposals by the functions below,
 * which also carry them out on tree; what else they change a test sets by hand. */
struct forge_commit {
	struct forge *forge;
	struct kr_writer proposals; /* ProposalOrRef list */
	struct kr_tree tree;
	struct kr_view extensions;
	struct kr_leaf_index added[8];
	size_t num_added;
	struct kr_secret init_secret;
	struct kr_secret psk_secret;
	bool without_path;
	bool is_external; /* sender new_member_commit, at leaf */
	struct kr_leaf_index leaf;
	bool break_confirmation_tag;
	bool break_signature;
	/* Called in this order, each may be NULL. */
	void (*change_leaf)(struct forge_commit *c, struct forge_leaf *leaf);
	void (*change_secrets)(struct forge_commit *c, struct kr_path_secrets *secrets);
	void (*change_path)(struct forge_commit *c, struct kr_bytes *update_path);
	struct kr_bytes update_path;
};

void forge_commit_init(struct forge_commit *c, struct forge *f);
/* The message; the commit is used up. */
struct kr_bytes forge_commit_finish(struct forge_commit *c);

/* By value. */
void forge_add(struct forge_commit *c, const struct forge_key_package *kp);
void forge_remove(struct forge_commit *c, uint32_t leaf);
void forge_update(struct forge_commit *c, const struct forge_leaf *leaf);
void forge_psk(struct forge_commit *c, struct kr_view psk_id, size_t nonce_len);
void forge_extensions(struct forge_commit *c, struct kr_view extensions);
void forge_external_init(struct forge_commit *c, struct kr_view kem_output);
/* By reference; the tree is the test's affair. */
void forge_reference(struct forge_commit *c, const uint8_t ref[KR_MLS_HASH_BYTES]);

/* ---- Welcomes -------------------------------------------------------------------- */

/* A Welcome into a group of which only this much is real. */
struct forge_welcome {
	struct kr_view tree;       /* as in the extension, with its length */
	struct kr_view tree_hash;  /* if empty, that of tree */
	struct kr_view extensions; /* of the group */
	uint16_t cipher_suite;
	uint16_t group_cipher_suite;
	uint32_t signer_leaf;
	const struct kr_ed25519_keypair *signer;
	const struct kr_secret *path_secret; /* NULL: none */
	const struct kr_secret
		*joiner;     /* NULL: a new one; the same makes the same epoch */
	struct kr_view psks; /* PreSharedKeyID list */
	bool without_tree;
	bool tree_extension_twice;
	bool break_signature;
	bool break_confirmation_tag;
	bool other_key_package; /* the secrets are for somebody else */
	bool cut_group_info;    /* shorter than its own tag */
	bool cut_secrets;
};
/* To the client's last key package. */
struct kr_bytes forge_welcome(
	struct world *w, size_t client, const struct forge_welcome *p);

/* ---- Verdicts -------------------------------------------------------------------- */

/* Every honest member refuses the message with this error and is unchanged by it, to the
 * bit, and the group goes on working. Frees the message. */
void forge_refused(struct forge *f, struct kr_bytes message, enum kr_err expected);
/* Every honest member takes it in. Frees the message. */
void forge_accepted(struct forge *f, struct kr_bytes message);

#endif
