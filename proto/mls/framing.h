/* Message framing, RFC 9420 §6: what is signed, and the two ways to send it. */
#ifndef KR_MLS_FRAMING_H
#define KR_MLS_FRAMING_H

#include "key_schedule.h"
#include "proposal.h"
#include "secret_tree.h"

enum kr_wire_format {
	KR_WIRE_PUBLIC_MESSAGE = 1,
	KR_WIRE_PRIVATE_MESSAGE = 2,
	KR_WIRE_WELCOME = 3,
	KR_WIRE_GROUP_INFO = 4,
	KR_WIRE_KEY_PACKAGE = 5,
};

enum kr_content_type {
	KR_CONTENT_APPLICATION = 1,
	KR_CONTENT_PROPOSAL = 2,
	KR_CONTENT_COMMIT = 3,
};

/* FramedContent. The body is the application data itself, or the encoded Proposal or
 * Commit. */
struct kr_framed_content {
	struct kr_view group_id;
	uint64_t epoch;
	struct kr_mls_sender sender;
	struct kr_view authenticated_data;
	enum kr_content_type type;
	struct kr_view body;
};

/* AuthenticatedContent: with signature and, for a commit, the confirmation tag. */
struct kr_authenticated_content {
	enum kr_wire_format wire_format;
	struct kr_framed_content content;
	struct kr_view signature;
	struct kr_view confirmation_tag;
};

struct kr_public_message {
	struct kr_authenticated_content auth;
	struct kr_view membership_tag; /* sender member */
};

struct kr_private_message {
	struct kr_view group_id;
	uint64_t epoch;
	enum kr_content_type type;
	struct kr_view authenticated_data;
	struct kr_view encrypted_sender_data;
	struct kr_view ciphertext;
};

/* MLSMessage. welcome, group_info and key_package are views of the rest, not decoded
 * here. */
struct kr_message {
	enum kr_wire_format wire_format;
	struct kr_public_message public_message;
	struct kr_private_message private_message;
	struct kr_view rest;
};

/* The whole of input is one MLSMessage. KR_ERR_MLS_VERSION, KR_ERR_SENDER,
 * KR_ERR_NOT_ENCRYPTED (application data in a PublicMessage), decoding errors. */
enum kr_err kr_message_read(struct kr_view input, struct kr_message *message);

/* Encode. The result stands alone. */
enum kr_err kr_public_message_write(
	struct kr_bytes *out, const struct kr_public_message *m);
void kr_framed_content_write(
	struct kr_writer *w, const struct kr_framed_content *content);
void kr_authenticated_content_write(
	struct kr_writer *w, const struct kr_authenticated_content *auth);
/* The inverse of kr_authenticated_content_write, whole. */
enum kr_err kr_authenticated_content_read(
	struct kr_view input, struct kr_authenticated_content *auth);

/* FramedContentTBS signed with SignWithLabel, §6.1. group_context is the encoded one; it
 * counts for senders member and new_member_commit. */
enum kr_err kr_content_sign(uint8_t signature[KR_ED25519_SIG_BYTES],
	const struct kr_framed_content *content, enum kr_wire_format wire_format,
	struct kr_view group_context, const struct kr_ed25519_keypair *signer);
enum kr_err kr_content_verify(const struct kr_authenticated_content *auth,
	struct kr_view group_context,
	const uint8_t signature_key[KR_ED25519_PUBLIC_BYTES]);

/* The membership tag of a PublicMessage from a member, §6.2. Verify:
 * KR_ERR_MEMBERSHIP_TAG. */
enum kr_err kr_membership_tag(uint8_t tag[KR_HMAC_BYTES],
	const struct kr_authenticated_content *auth, struct kr_view group_context,
	const struct kr_secret *membership_key);
enum kr_err kr_membership_tag_verify(const struct kr_public_message *m,
	struct kr_view group_context, const struct kr_secret *membership_key);

/* ProposalRef, §5.2: of the AuthenticatedContent. */
enum kr_err kr_proposal_ref(
	uint8_t ref[KR_MLS_HASH_BYTES], const struct kr_authenticated_content *auth);

/* ---- PrivateMessage, §6.3 ---------------------------------------------------------- */

/* Encrypts under a key of the sender's ratchet. The content is padded to one of the
 * config's size classes. */
enum kr_err kr_private_message_seal(struct kr_bytes *out,
	const struct kr_authenticated_content *auth, const struct kr_message_key *key,
	const struct kr_secret *sender_data_secret, const struct kr_mls_config *config,
	const struct kr_random *rng);

/* Who sent it and under which generation, from the sender data. KR_ERR_DECRYPT. */
struct kr_sender_data {
	struct kr_leaf_index leaf;
	uint32_t generation;
	uint8_t reuse_guard[4];
};
enum kr_err kr_sender_data_open(struct kr_sender_data *out,
	const struct kr_private_message *m, const struct kr_secret *sender_data_secret);

/* Decrypt and decode; plaintext owns what auth views, besides views into m.
 * KR_ERR_DECRYPT, KR_ERR_PADDING, decoding errors. */
enum kr_err kr_private_message_open(struct kr_authenticated_content *auth,
	struct kr_bytes *plaintext, const struct kr_private_message *m,
	const struct kr_sender_data *sender_data, const struct kr_message_key *key);

/* PrivateMessageContent without its padding; reading fills in body, signature and tag of
 * auth, whose content type is already set. */
enum kr_err kr_private_content_read(
	struct kr_reader *r, struct kr_authenticated_content *auth);
void kr_private_content_write(
	struct kr_writer *w, const struct kr_authenticated_content *auth);

#endif
