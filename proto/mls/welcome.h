/* GroupInfo and Welcome, RFC 9420 §12.4.3. */
#ifndef KR_MLS_WELCOME_H
#define KR_MLS_WELCOME_H

#include "proposal_list.h"

/* GroupInfo. Views into its encoding. */
struct kr_group_info {
	struct kr_view tbs;
	struct kr_group_context context;
	struct kr_view extensions;
	struct kr_view confirmation_tag;
	struct kr_leaf_index signer;
	struct kr_view signature;
};

/* The whole of input. */
enum kr_err kr_group_info_read(struct kr_view input, struct kr_group_info *info);

/* Encoded and signed by the epoch's own member; no MLSMessage around it. */
enum kr_err kr_group_info_make(const struct kr_epoch *epoch, bool with_tree,
	bool with_external_pub, struct kr_bytes *out);

/* The tree that comes with a GroupInfo, inside it or beside it, checked against the
 * signed hash and verified whole, and the GroupInfo's signature by the member it names.
 * KR_ERR_RATCHET_TREE_MISSING, KR_ERR_TREE_…, KR_ERR_LEAF_…, KR_ERR_LEAF_INDEX (the
 * signer is no member), KR_ERR_SIGNATURE, KR_ERR_LIMIT (too many members or too wide a
 * tree for the config: found before anything is verified). */
enum kr_err kr_group_info_tree(const struct kr_group_info *info, struct kr_view beside,
	const struct kr_mls_config *config, struct kr_tree *tree);

/* EncryptedGroupSecrets and Welcome. */
struct kr_welcome {
	struct kr_view secrets; /* EncryptedGroupSecrets list without length */
	struct kr_view encrypted_group_info;
};
struct kr_encrypted_secrets {
	struct kr_view new_member; /* KeyPackageRef */
	struct kr_hpke_ciphertext ciphertext;
};
enum kr_err kr_welcome_read(struct kr_view input, struct kr_welcome *welcome);
enum kr_err kr_encrypted_secrets_read(
	struct kr_reader *r, struct kr_encrypted_secrets *secrets);

/* GroupSecrets. Views into its encoding, which is secret. */
struct kr_group_secrets {
	struct kr_view joiner_secret;
	bool has_path_secret;
	struct kr_view path_secret;
	struct kr_view psks; /* PreSharedKeyID list without length */
};
enum kr_err kr_group_secrets_read(struct kr_view input, struct kr_group_secrets *secrets);

/* What a committer knows that its Welcome tells. */
struct kr_welcome_input {
	const struct kr_epoch *epoch; /* the new one */
	const struct kr_proposal_list *list;
	const struct kr_applied *applied;
	const struct kr_secret *joiner;
	const struct kr_secret *psk_secret;
	const struct kr_path_secrets *path; /* NULL: the commit has none */
	bool with_tree;
};

/* An MLSMessage with the Welcome for everybody in applied->added. */
enum kr_err kr_welcome_make(const struct kr_welcome_input *input,
	const struct kr_random *rng, struct kr_bytes *message);

#endif
