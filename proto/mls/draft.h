/* A commit while it is made, RFC 9420 §12.4.1: everything on the side, nothing in the
 * group. Shared by kr_mls_commit and kr_mls_group_join_external. */
#ifndef KR_MLS_DRAFT_H
#define KR_MLS_DRAFT_H

#include "welcome.h"

struct kr_commit_draft {
	/* What it starts from: set by the caller. */
	const struct kr_mls_group *group; /* in the epoch before */
	struct kr_mls_sender sender;
	enum kr_wire_format wire_format;
	struct kr_view authenticated_data;
	const struct kr_ed25519_keypair *signer; /* signs the message */
	const struct kr_mls_client *new_client;  /* NULL: the leaf says what it said */
	const struct kr_secret *init_secret;
	bool force_path;
	bool tree_beside_welcome;
	uint64_t now_s;
	struct kr_bytes proposals; /* encoded ProposalOrRef list without length */

	/* What it makes. */
	struct kr_proposal_list list;
	struct kr_applied applied;
	struct kr_epoch *next;
	bool has_path;
	struct kr_path_secrets path;
	struct kr_secret psk_secret;
	struct kr_secret joiner;
	struct kr_bytes body; /* Commit */
	uint8_t signature[KR_ED25519_SIG_BYTES];
	struct kr_bytes message;
	struct kr_bytes welcome;
	struct kr_bytes tree;
	struct kr_secret_tree_step *step; /* of the sending ratchet */
};

/* All of it. On failure the draft is to be freed like on success. */
enum kr_err kr_commit_draft_make(
	struct kr_commit_draft *draft, const struct kr_random *rng);
void kr_commit_draft_free(struct kr_commit_draft *draft);

/* Write one proposal as ProposalOrRef by value or as a bare Proposal. own gets the keys
 * of an Update. KR_ERR_ARGUMENT for what cannot be asked for. */
enum kr_err kr_write_given_proposal(struct kr_writer *w, const struct kr_mls_group *group,
	const struct kr_mls_proposal *proposal, const struct kr_random *rng,
	struct kr_own_update *own);

#endif
