/* The proposals of one commit: found, checked, shown to the policy, and applied.
 * RFC 9420 §12.1 to §12.4. */
#ifndef KR_MLS_PROPOSAL_LIST_H
#define KR_MLS_PROPOSAL_LIST_H

#include "group.h"

struct kr_listed_proposal {
	struct kr_proposal proposal;
	struct kr_mls_sender sender;
	bool by_reference;
};

struct kr_proposal_list {
	struct kr_listed_proposal *items;
	size_t num;
};

void kr_proposal_list_free(struct kr_proposal_list *list);

/* The proposals that a commit holds or names, in its order. KR_ERR_PROPOSAL_REF,
 * KR_ERR_LIMIT (more than any commit of this group can need). */
enum kr_err kr_proposal_list_resolve(struct kr_proposal_list *list,
	const struct kr_mls_group *group, const struct kr_commit *commit,
	struct kr_mls_sender committer);

/* One proposal by itself, §12.1: as it is received or made. now_s 0: no lifetimes. */
enum kr_err kr_proposal_check(const struct kr_mls_group *group,
	const struct kr_listed_proposal *item, uint64_t now_s);

/* The list as a whole, §12.2, with each of its proposals. */
enum kr_err kr_proposal_list_check(const struct kr_proposal_list *list,
	const struct kr_mls_group *group, struct kr_mls_sender committer, uint64_t now_s);

/* Whether an item may not join the list because of what is in it already (§12.2). For who
 * chooses among pending proposals. */
bool kr_proposal_list_conflicts(
	const struct kr_proposal_list *list, const struct kr_listed_proposal *item);

/* Whether the commit needs a path, §12.4. */
bool kr_proposal_list_needs_path(const struct kr_proposal_list *list);

/* Show the commit to the caller's hook. */
enum kr_err kr_proposal_list_ask_policy(const struct kr_proposal_list *list,
	const struct kr_mls_group *group, const struct kr_authenticated_content *auth,
	const struct kr_leaf_node *path_leaf);

/* What applying a list has done. */
struct kr_applied {
	struct kr_leaf_index *added; /* ascending: a set, kr_applied_added */
	size_t num_added;
	const struct kr_listed_proposal **adds; /* the proposal of each, same order */
	struct kr_leaf_index *removed;
	size_t num_removed;
	struct kr_view extensions; /* of the group afterwards */
	bool removes_us;
	struct kr_view kem_output; /* external_init */
};
void kr_applied_free(struct kr_applied *applied);
struct kr_leaf_set kr_applied_added(const struct kr_applied *applied);

/* Apply to an epoch's tree in the order of §12.3. An own Update brings its private key
 * along from group. KR_ERR_REQUIRED_CAPABILITIES, KR_ERR_LEAF_KEY_REUSED, KR_ERR_LIMIT
 * (members). */
enum kr_err kr_proposal_list_apply(const struct kr_proposal_list *list,
	const struct kr_mls_group *group, struct kr_epoch *next,
	struct kr_applied *applied);

/* psk_secret of the list's PSK proposals, §8.4. KR_ERR_PROPOSAL_PSK_UNKNOWN. */
enum kr_err kr_proposal_list_psk_secret(const struct kr_proposal_list *list,
	const struct kr_mls_group *group, struct kr_secret *psk_secret);

/* ---- External senders, §12.1.8.1 --------------------------------------------------- */

/* The signature key and identity at an index. KR_ERR_SENDER. */
enum kr_err kr_external_sender_at(struct kr_view group_extensions, uint32_t index,
	const uint8_t **signature_key, struct kr_view *identity);

/* §12.1.7: whether the extensions that RFC 9420 defines for a group are well formed.
 * KR_ERR_PROPOSAL_EXTENSION. */
enum kr_err kr_group_extensions_check(struct kr_view extensions);

#endif
