/* Proposals, commits and update paths as they stand in messages: RFC 9420 §7.6, §8.4,
 * §12. */
#ifndef KR_MLS_PROPOSAL_H
#define KR_MLS_PROPOSAL_H

#include "key_package.h"

enum {
	KR_PSK_TYPE_EXTERNAL = 1,
	KR_PSK_TYPE_RESUMPTION = 2,
	KR_PSK_USAGE_APPLICATION = 1,
	KR_PSK_USAGE_REINIT = 2,
	KR_PSK_USAGE_BRANCH = 3,
};

/* PreSharedKeyID, §8.4. Views into what it was read from. */
struct kr_psk_id {
	struct kr_view encoded;
	uint8_t type;
	uint8_t usage;     /* resumption */
	struct kr_view id; /* external: psk_id; resumption: psk_group_id */
	uint64_t epoch;    /* resumption */
	struct kr_view nonce;
};

enum kr_err kr_psk_id_read(struct kr_reader *r, struct kr_psk_id *psk);
void kr_psk_id_write(struct kr_writer *w, const struct kr_psk_id *psk);

/* Proposal, §12.1; which fields count depends on the type. */
struct kr_proposal {
	struct kr_view encoded;
	uint16_t type;
	struct kr_key_package key_package; /* add */
	struct kr_leaf_node leaf;          /* update */
	struct kr_leaf_index removed;      /* remove */
	struct kr_psk_id psk;              /* psk */
	struct kr_view kem_output;         /* external_init */
	struct kr_view extensions; /* group_context_extensions: list without length */
};

/* ReInit is read, so that it can be refused by its name, and not written.
 * KR_ERR_MLS_PROPOSAL_TYPE. */
enum kr_err kr_proposal_read(struct kr_reader *r, struct kr_proposal *proposal);
void kr_proposal_write(struct kr_writer *w, const struct kr_proposal *proposal);

/* ProposalOrRef, §12.4. */
struct kr_proposal_or_ref {
	bool is_ref;
	struct kr_view ref;
	struct kr_proposal proposal;
};
enum kr_err kr_proposal_or_ref_read(struct kr_reader *r, struct kr_proposal_or_ref *item);

/* UpdatePath, §7.6. */
struct kr_update_path {
	struct kr_leaf_node leaf;
	struct kr_view nodes; /* UpdatePathNode list without length */
	size_t num_nodes;
};

/* One node of it. */
struct kr_update_path_node {
	const uint8_t *encryption_key;
	struct kr_view ciphertexts; /* HPKECiphertext list without length */
	size_t num_ciphertexts;
};

struct kr_hpke_ciphertext {
	struct kr_view kem_output;
	struct kr_view ciphertext;
};

enum kr_err kr_update_path_read(struct kr_reader *r, struct kr_update_path *path);
enum kr_err kr_update_path_node_read(
	struct kr_reader *r, struct kr_update_path_node *node);
enum kr_err kr_hpke_ciphertext_read(struct kr_reader *r, struct kr_hpke_ciphertext *ct);

/* Commit, §12.4. */
struct kr_commit {
	struct kr_view proposals; /* ProposalOrRef list without length */
	size_t num_proposals;
	bool has_path;
	struct kr_update_path path;
};

enum kr_err kr_commit_read(struct kr_reader *r, struct kr_commit *commit);

#endif
