/* Leaf nodes, RFC 9420 §7.2 and §7.3.
 *
 * A struct kr_leaf_node is decoded, not verified: kr_leaf_node_verify says whether it
 * holds where it stands. The tree keeps leaves as struct kr_leaf, shared and
 * immutable. */
#ifndef KR_MLS_LEAF_NODE_H
#define KR_MLS_LEAF_NODE_H

#include "lists.h"

enum {
	KR_MLS_VERSION_1 = 1,
	KR_MLS_CREDENTIAL_BASIC = 1,
	KR_MLS_CREDENTIAL_X509 = 2,
};

enum kr_leaf_source {
	KR_LEAF_KEY_PACKAGE = 1,
	KR_LEAF_UPDATE = 2,
	KR_LEAF_COMMIT = 3,
};

/* Views into the encoding it was read from. Lists are encoded, without their lengths. */
struct kr_leaf_node {
	struct kr_view encoded;
	struct kr_view tbs; /* the front of encoded: all but the signature */
	const uint8_t *encryption_key;
	const uint8_t *signature_key;
	struct kr_view identity;
	struct kr_view versions;
	struct kr_view cipher_suites;
	struct kr_view extension_types;
	struct kr_view proposal_types;
	struct kr_view credential_types;
	enum kr_leaf_source source;
	struct kr_mls_lifetime lifetime; /* source key_package */
	struct kr_view parent_hash;      /* source commit */
	struct kr_view extensions;
	struct kr_view signature;
};

/* KR_ERR_MLS_X509, KR_ERR_MLS_CREDENTIAL_TYPE, KR_ERR_KEY for a key of another length,
 * and the codec's errors. */
enum kr_err kr_leaf_node_read(struct kr_reader *r, struct kr_leaf_node *leaf);

/* ProtocolVersion and CipherSuite, as a KeyPackage and a GroupContext begin: the only
 * ones there are. KR_ERR_MLS_VERSION, KR_ERR_MLS_CIPHER_SUITE. */
enum kr_err kr_read_version_and_suite(struct kr_reader *r);

/* Credential, §5.3: a basic one's identity. KR_ERR_MLS_X509,
 * KR_ERR_MLS_CREDENTIAL_TYPE. */
enum kr_err kr_credential_read(struct kr_reader *r, struct kr_view *identity);

/* opaque key<V> that must have len bytes: KR_ERR_KEY else. */
enum kr_err kr_read_key(struct kr_reader *r, size_t len, const uint8_t **key);

/* Where an update's or commit's leaf stands; a key package's leaf has no place. */
struct kr_leaf_place {
	struct kr_view group_id;
	struct kr_leaf_index index;
};

/* The rules of §7.3 that the leaf itself decides: signature, capabilities, extensions.
 * place is NULL for a key package's leaf. KR_ERR_SIGNATURE, KR_ERR_LEAF_CAPABILITIES,
 * KR_ERR_LEAF_CREDENTIAL, KR_ERR_LEAF_EXTENSION. */
enum kr_err kr_leaf_node_verify(
	const struct kr_leaf_node *leaf, const struct kr_leaf_place *place);

/* KR_ERR_LEAF_LIFETIME; now_s 0 leaves it out. */
enum kr_err kr_leaf_node_check_lifetime(const struct kr_leaf_node *leaf, uint64_t now_s);

/* Everything a new leaf says but its signature. */
struct kr_leaf_params {
	const struct kr_mls_client *client;
	/* Instead of client's identity, capabilities and extensions: an own leaf to
	 * repeat. */
	const struct kr_leaf_node *same_as;
	const struct kr_ed25519_keypair *signer;
	const uint8_t *encryption_key;
	enum kr_leaf_source source;
	struct kr_mls_lifetime lifetime;
	struct kr_view parent_hash;
	const struct kr_leaf_place *place;
};

/* Encode and sign. KR_ERR_LEAF_EXTENSION if an extension repeats or is of a type that the
 * capabilities do not list. */
enum kr_err kr_leaf_node_sign(
	struct kr_bytes *encoded, const struct kr_leaf_params *params);

/* ---- A leaf that is kept ----------------------------------------------------------- */

struct kr_leaf {
	unsigned num_refs;
	struct kr_bytes bytes;
	struct kr_leaf_node node; /* views into bytes */
};

/* A copy of the encoding, decoded again. */
enum kr_err kr_leaf_new(struct kr_leaf **leaf, struct kr_view encoded);
struct kr_leaf *kr_leaf_ref(struct kr_leaf *leaf);
void kr_leaf_unref(struct kr_leaf *leaf);

/* ---- Against a group ----------------------------------------------------------- */

/* Whether a leaf supports what the group requires and every extension that the group
 * uses. KR_ERR_REQUIRED_CAPABILITIES. */
enum kr_err kr_leaf_node_supports(
	const struct kr_leaf_node *leaf, struct kr_view group_extensions);

#endif
