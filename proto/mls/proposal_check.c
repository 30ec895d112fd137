/* Which proposals are valid, alone and together: RFC 9420 §12.1, §12.2, §12.4. */
#include "proposal_list.h"
#include "psk.h"

#include <stdlib.h>
#include <string.h>

/* ---- One proposal, §12.1 ----------------------------------------------------------- */

/* Which sender may make which proposal, §12.1.8 and §12.4.3.2. */
static bool sender_may(enum kr_mls_sender_kind sender, uint16_t type)
{
	switch (sender) {
	case KR_MLS_SENDER_MEMBER:
		return type != KR_MLS_PROPOSAL_EXTERNAL_INIT;
	case KR_MLS_SENDER_EXTERNAL:
		return type == KR_MLS_PROPOSAL_ADD || type == KR_MLS_PROPOSAL_REMOVE ||
			type == KR_MLS_PROPOSAL_PSK ||
			type == KR_MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS;
	case KR_MLS_SENDER_NEW_MEMBER_PROPOSAL:
		return type == KR_MLS_PROPOSAL_ADD;
	case KR_MLS_SENDER_NEW_MEMBER_COMMIT:
		return type == KR_MLS_PROPOSAL_EXTERNAL_INIT ||
			type == KR_MLS_PROPOSAL_REMOVE || type == KR_MLS_PROPOSAL_PSK;
	}
	return false;
}

static enum kr_err check_update(
	const struct kr_mls_group *group, const struct kr_listed_proposal *item)
{
	const struct kr_leaf_node *leaf = &item->proposal.leaf;
	const struct kr_leaf_index index = {item->sender.index};
	const struct kr_leaf_place place = {group->current->context.group_id, index};
	const struct kr_leaf *old = kr_tree_leaf(&group->current->tree, index);

	if (leaf->source != KR_LEAF_UPDATE) {
		return KR_ERR_LEAF_SOURCE;
	}
	if (old == NULL) {
		return KR_ERR_LEAF_INDEX;
	}
	if (memcmp(old->node.encryption_key, leaf->encryption_key, KR_X25519_BYTES) ==
		0) {
		return KR_ERR_LEAF_KEY_REUSED;
	}
	return kr_leaf_node_verify(leaf, &place);
}

/* ExternalSender, §12.1.8.1. */
static enum kr_err read_external_sender(
	struct kr_reader *list, const uint8_t **signature_key, struct kr_view *identity)
{
	enum kr_err err = kr_read_key(list, KR_ED25519_PUBLIC_BYTES, signature_key);

	return err != KR_OK ? err : kr_credential_read(list, identity);
}

/* The list in the extension; KR_ERR_NOT_FOUND without one. */
static enum kr_err external_senders(
	struct kr_view group_extensions, struct kr_reader *list)
{
	struct kr_view data;
	struct kr_reader r;
	enum kr_err err = kr_mls_extension_find(
		group_extensions, KR_MLS_EXT_EXTERNAL_SENDERS, &data);

	if (err != KR_OK) {
		return err;
	}
	r = kr_reader(data);
	if ((err = kr_read_vec(&r, &data)) || (err = kr_read_end(&r))) {
		return err;
	}
	*list = kr_reader(data);
	return KR_OK;
}

enum kr_err kr_external_sender_at(struct kr_view group_extensions, uint32_t index,
	const uint8_t **signature_key, struct kr_view *identity)
{
	struct kr_reader list;

	*signature_key = NULL;
	if (external_senders(group_extensions, &list) != KR_OK) {
		return KR_ERR_SENDER;
	}
	for (uint32_t at = 0; list.rest.len > 0; at++) {
		if (read_external_sender(&list, signature_key, identity) != KR_OK) {
			return KR_ERR_SENDER;
		}
		if (at == index) {
			return KR_OK;
		}
	}
	return KR_ERR_SENDER;
}

/* §12.1.7: what RFC 9420 defines for the group context must be well formed. */
enum kr_err kr_group_extensions_check(struct kr_view extensions)
{
	struct kr_required_capabilities required;
	struct kr_reader list;
	const uint8_t *key;
	struct kr_view identity;
	enum kr_err err = external_senders(extensions, &list);

	while (err == KR_OK && list.rest.len > 0) {
		err = read_external_sender(&list, &key, &identity);
	}
	if ((err != KR_OK && err != KR_ERR_NOT_FOUND) ||
		kr_required_capabilities_read(extensions, &required) != KR_OK) {
		return KR_ERR_PROPOSAL_EXTENSION;
	}
	return KR_OK;
}

enum kr_err kr_proposal_check(const struct kr_mls_group *group,
	const struct kr_listed_proposal *item, uint64_t now_s)
{
	const struct kr_proposal *p = &item->proposal;

	if (p->type == KR_MLS_PROPOSAL_REINIT) {
		return KR_ERR_MLS_REINIT;
	}
	if (!sender_may(item->sender.kind, p->type)) {
		return p->type == KR_MLS_PROPOSAL_EXTERNAL_INIT
			? KR_ERR_PROPOSAL_EXTERNAL_INIT
			: item->sender.kind == KR_MLS_SENDER_NEW_MEMBER_COMMIT
			? KR_ERR_PROPOSAL_NOT_IN_EXTERNAL
			: KR_ERR_PROPOSAL_SENDER;
	}
	switch (p->type) {
	case KR_MLS_PROPOSAL_ADD:
		return kr_key_package_check(&p->key_package, now_s);
	case KR_MLS_PROPOSAL_UPDATE:
		return check_update(group, item);
	case KR_MLS_PROPOSAL_REMOVE:
		return kr_tree_leaf(&group->current->tree, p->removed) != NULL
			? KR_OK
			: KR_ERR_LEAF_INDEX;
	case KR_MLS_PROPOSAL_PSK:
		return kr_psk_id_check(&p->psk);
	case KR_MLS_PROPOSAL_EXTERNAL_INIT:
		return p->kem_output.len == KR_X25519_BYTES ? KR_OK : KR_ERR_KEY;
	case KR_MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS:
		return kr_group_extensions_check(p->extensions);
	default:
		return KR_ERR_MLS_PROPOSAL_TYPE;
	}
}

/* ---- Proposals together, §12.2 ----------------------------------------------------- */

/* The leaf that an Update or a Remove touches. */
static bool touched_leaf(const struct kr_listed_proposal *item, uint32_t *leaf)
{
	switch (item->proposal.type) {
	case KR_MLS_PROPOSAL_UPDATE:
		*leaf = item->sender.index;
		return true;
	case KR_MLS_PROPOSAL_REMOVE:
		*leaf = item->proposal.removed.v;
		return true;
	default:
		return false;
	}
}

static const uint8_t *added_key(const struct kr_listed_proposal *item)
{
	return item->proposal.key_package.leaf.signature_key;
}

/* What at most one proposal of a commit may claim: a leaf to touch, a key to add, a
 * pre-shared key, the group's extensions, the beginning of an external commit. */
struct claim {
	enum kr_err conflict; /* also tells the kinds of claim apart */
	uint32_t leaf;
	struct kr_view bytes;
};

static struct claim claim_of(const struct kr_listed_proposal *item)
{
	struct claim claim = {0};

	if (touched_leaf(item, &claim.leaf)) {
		claim.conflict = KR_ERR_PROPOSAL_DUPLICATE;
		return claim;
	}
	switch (item->proposal.type) {
	case KR_MLS_PROPOSAL_ADD:
		claim.conflict = KR_ERR_PROPOSAL_DUPLICATE;
		claim.bytes = kr_view(added_key(item), KR_ED25519_PUBLIC_BYTES);
		break;
	case KR_MLS_PROPOSAL_PSK:
		claim.conflict = KR_ERR_PROPOSAL_PSK_DUPLICATE;
		claim.bytes = item->proposal.psk.encoded;
		break;
	case KR_MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS:
		claim.conflict = KR_ERR_PROPOSAL_GCE_DUPLICATE;
		break;
	case KR_MLS_PROPOSAL_EXTERNAL_INIT:
		claim.conflict = KR_ERR_PROPOSAL_EXTERNAL_INIT;
		break;
	default:
		break;
	}
	return claim;
}

static int compare_claims(const void *a, const void *b)
{
	const struct claim *left = a;
	const struct claim *right = b;

	if (left->conflict != right->conflict) {
		return left->conflict < right->conflict ? -1 : 1;
	}
	if (left->leaf != right->leaf) {
		return left->leaf < right->leaf ? -1 : 1;
	}
	return kr_view_compare(left->bytes, right->bytes);
}

/* Sorted, since a peer decides how many proposals there are. */
static enum kr_err check_pairs(const struct kr_proposal_list *list)
{
	struct claim *claims = calloc(list->num + 1, sizeof(*claims));
	enum kr_err err = KR_OK;

	if (claims == NULL) {
		return KR_ERR_MEMORY;
	}
	for (size_t i = 0; i < list->num; i++) {
		claims[i] = claim_of(&list->items[i]);
	}
	qsort(claims, list->num, sizeof(*claims), compare_claims);
	for (size_t i = 1; i < list->num && err == KR_OK; i++) {
		if (compare_claims(&claims[i - 1], &claims[i]) == 0) {
			err = claims[i].conflict;
		}
	}
	free(claims);
	return err;
}

bool kr_proposal_list_conflicts(
	const struct kr_proposal_list *list, const struct kr_listed_proposal *item)
{
	const struct claim claim = claim_of(item);

	for (size_t i = 0; i < list->num; i++) {
		const struct claim other = claim_of(&list->items[i]);

		if (compare_claims(&claim, &other) == 0) {
			return true;
		}
	}
	return false;
}

static bool removes(const struct kr_proposal_list *list, struct kr_leaf_index leaf)
{
	for (size_t i = 0; i < list->num; i++) {
		const struct kr_proposal *p = &list->items[i].proposal;

		if (p->type == KR_MLS_PROPOSAL_REMOVE && p->removed.v == leaf.v) {
			return true;
		}
	}
	return false;
}

/* Who is added is no member, unless the same commit removes the old leaf. */
static enum kr_err check_adds(
	const struct kr_proposal_list *list, const struct kr_tree *tree)
{
	for (size_t i = 0; i < list->num; i++) {
		const struct kr_listed_proposal *item = &list->items[i];
		struct kr_leaf_index leaf;

		if (item->proposal.type == KR_MLS_PROPOSAL_ADD &&
			kr_tree_find_signature_key(tree, added_key(item), &leaf) &&
			!removes(list, leaf)) {
			return KR_ERR_PROPOSAL_ADD_MEMBER;
		}
	}
	return KR_OK;
}

/* A member commits: nothing against itself, and no ExternalInit. */
static enum kr_err check_for_member(
	const struct kr_proposal_list *list, struct kr_mls_sender committer)
{
	for (size_t i = 0; i < list->num; i++) {
		const struct kr_listed_proposal *item = &list->items[i];

		if (item->proposal.type == KR_MLS_PROPOSAL_UPDATE &&
			item->sender.index == committer.index) {
			return KR_ERR_PROPOSAL_OWN_UPDATE;
		}
		if (item->proposal.type == KR_MLS_PROPOSAL_REMOVE &&
			item->proposal.removed.v == committer.index) {
			return KR_ERR_PROPOSAL_SELF_REMOVE;
		}
	}
	return KR_OK;
}

/* An external commit: exactly one ExternalInit, at most one Remove, PSKs, all by
 * value. */
static enum kr_err check_for_external(const struct kr_proposal_list *list)
{
	size_t num_inits = 0;
	size_t num_removes = 0;

	for (size_t i = 0; i < list->num; i++) {
		uint16_t type = list->items[i].proposal.type;

		if (list->items[i].by_reference) {
			return KR_ERR_PROPOSAL_NOT_IN_EXTERNAL;
		}
		num_inits += type == KR_MLS_PROPOSAL_EXTERNAL_INIT ? 1 : 0;
		num_removes += type == KR_MLS_PROPOSAL_REMOVE ? 1 : 0;
	}
	if (num_removes > 1) {
		return KR_ERR_PROPOSAL_NOT_IN_EXTERNAL;
	}
	return num_inits == 1 ? KR_OK : KR_ERR_PROPOSAL_EXTERNAL_INIT;
}

enum kr_err kr_proposal_list_check(const struct kr_proposal_list *list,
	const struct kr_mls_group *group, struct kr_mls_sender committer, uint64_t now_s)
{
	bool is_external = committer.kind == KR_MLS_SENDER_NEW_MEMBER_COMMIT;
	enum kr_err err = is_external ? check_for_external(list)
				      : check_for_member(list, committer);

	/* First what costs little, so that a proposal that is named a thousand times is
	 * not verified a thousand times. */
	if (err == KR_OK) {
		err = check_pairs(list);
	}
	for (size_t i = 0; err == KR_OK && i < list->num; i++) {
		err = kr_proposal_check(group, &list->items[i], now_s);
	}
	return err != KR_OK ? err : check_adds(list, &group->current->tree);
}

bool kr_proposal_list_needs_path(const struct kr_proposal_list *list)
{
	for (size_t i = 0; i < list->num; i++) {
		switch (list->items[i].proposal.type) {
		case KR_MLS_PROPOSAL_UPDATE:
		case KR_MLS_PROPOSAL_REMOVE:
		case KR_MLS_PROPOSAL_EXTERNAL_INIT:
		case KR_MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS:
			return true;
		default:
			break;
		}
	}
	return list->num == 0;
}
