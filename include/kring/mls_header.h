/* The parts of MLS messages that are in the clear: all that the relay reads of them.
 *
 * RFC 9420 §6 and §6.3; PROTOCOL.md §4. The relay links none of proto/mls. */
#ifndef KRING_MLS_HEADER_H
#define KRING_MLS_HEADER_H

#include <kring/codec.h>
#include <kring/event.h>

/* RFC 9420 §6: ContentType. Proposals by themselves are refused. */
enum kr_mls_content {
	KR_MLS_POST = 1, /* application */
	KR_MLS_COMMIT = 3,
};

/* struct { version; wire_format; PrivateMessage } with version mls10 and wire_format
 * mls_private_message; PrivateMessage, §6.3:
 *
 * 	opaque group_id<V>; uint64 epoch; ContentType content_type;
 * 	opaque authenticated_data<V>; opaque encrypted_sender_data<V>;
 *	opaque ciphertext<V>;
 * */
struct kr_mls_header {
	struct kr_view group_id;
	uint64_t epoch;
	enum kr_mls_content content;
	struct kr_view authenticated_data;
	struct kr_view encrypted_sender_data;
	struct kr_view ciphertext;
};

/* KR_ERR_MLS_MESSAGE for anything but one whole PrivateMessage of a post or a commit,
 * also for a PublicMessage; and for an empty encrypted_sender_data or ciphertext. */
enum kr_err kr_mls_header_read(struct kr_mls_header *out, struct kr_view message);

/* One whole Welcome (wire_format mls_welcome, §12.4.3.1) of cipher suite 0x0003; one
 * KeyPackage (mls_key_package, §10) of it, looked at no further than its init key.
 * KR_ERR_MLS_MESSAGE. */
enum kr_err kr_mls_welcome_check(struct kr_view message);
enum kr_err kr_mls_key_package_check(struct kr_view message);

/* The authenticated_data of Kring's groups, PROTOCOL.md §4 "GroupAAD". */
#define KR_GROUP_AAD_VERSION 1
struct kr_group_aad {
	bool is_commit;
	uint64_t seen_seq;
	uint8_t seen_hash[KR_SHA256_BYTES];
	/* Commits: accounts, KR_ID_BYTES each; posts: empty. */
	struct kr_view added;
	struct kr_view removed;
	struct kr_view admins_added;
	struct kr_view admins_removed;
	struct kr_view welcomed; /* routed in already; they get the Welcome as well */
};

void kr_group_aad_write(struct kr_writer *w, const struct kr_group_aad *aad);

/* Views into bytes. KR_ERR_MLS_MESSAGE for a malformed one; KR_ERR_ROUTING for a list
 * that is not whole, that names an account twice, or more than KR_EVENT_LIST_MAX
 * accounts in all. */
enum kr_err kr_group_aad_read(struct kr_group_aad *out, struct kr_view bytes);

#endif
