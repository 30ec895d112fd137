/* The proposals of one commit: found, shown to the policy, and applied, RFC 9420
 * §12.3. */
#include "proposal_list.h"
#include "psk.h"

#include <stdlib.h>
#include <string.h>

/* ---- Finding ----------------------------------------------------------------------- */

void kr_proposal_list_free(struct kr_proposal_list *list)
{
	free(list->items);
	*list = (struct kr_proposal_list){0};
}

static enum kr_err find_pending(const struct kr_mls_group *group, struct kr_view ref,
	struct kr_listed_proposal *item)
{
	for (size_t i = 0; i < group->num_proposals; i++) {
		const struct kr_pending_proposal *pending = &group->proposals[i];
		struct kr_reader r = kr_reader(kr_view_bytes(&pending->encoded));

		if (kr_view_equal(ref, kr_view(pending->ref, sizeof(pending->ref)))) {
			item->sender = pending->sender;
			item->by_reference = true;
			return kr_proposal_read(&r, &item->proposal);
		}
	}
	return KR_ERR_PROPOSAL_REF;
}

/* A commit that touches each member, fills the group up and uses every pending proposal
 * has no more; each takes a hundred times as much memory here as in the message. */
static bool is_too_many(const struct kr_mls_group *group, size_t num_proposals)
{
	const struct kr_mls_config *config = &group->config;

	return num_proposals >
		2 * (uint64_t)config->max_members + config->max_pending_proposals + 2;
}

enum kr_err kr_proposal_list_resolve(struct kr_proposal_list *list,
	const struct kr_mls_group *group, const struct kr_commit *commit,
	struct kr_mls_sender committer)
{
	struct kr_reader r = kr_reader(commit->proposals);
	enum kr_err err = KR_OK;

	*list = (struct kr_proposal_list){0};
	if (is_too_many(group, commit->num_proposals)) {
		return KR_ERR_LIMIT;
	}
	list->items = calloc(commit->num_proposals + 1, sizeof(*list->items));
	if (list->items == NULL) {
		return KR_ERR_MEMORY;
	}
	for (; err == KR_OK && list->num < commit->num_proposals; list->num++) {
		struct kr_listed_proposal *item = &list->items[list->num];
		struct kr_proposal_or_ref found;

		if ((err = kr_proposal_or_ref_read(&r, &found))) {
			break;
		}
		if (found.is_ref) {
			err = find_pending(group, found.ref, item);
		} else {
			item->proposal = found.proposal;
			item->sender = committer;
		}
	}
	if (err != KR_OK) {
		kr_proposal_list_free(list);
	}
	return err;
}

/* ---- The policy hook --------------------------------------------------------------- */

static struct kr_view identity_at(const struct kr_mls_group *group, uint32_t index)
{
	const struct kr_leaf *leaf =
		kr_tree_leaf(&group->current->tree, (struct kr_leaf_index){index});

	return leaf == NULL ? kr_view(NULL, 0) : leaf->node.identity;
}

static struct kr_view sender_identity(const struct kr_mls_group *group,
	const struct kr_listed_proposal *item, const struct kr_leaf_node *path_leaf)
{
	struct kr_view identity = kr_view(NULL, 0);
	const uint8_t *key;

	switch (item->sender.kind) {
	case KR_MLS_SENDER_MEMBER:
		return identity_at(group, item->sender.index);
	case KR_MLS_SENDER_EXTERNAL:
		kr_external_sender_at(group->current->context.extensions,
			item->sender.index, &key, &identity);
		return identity;
	case KR_MLS_SENDER_NEW_MEMBER_PROPOSAL:
		return item->proposal.key_package.leaf.identity;
	case KR_MLS_SENDER_NEW_MEMBER_COMMIT:
		return path_leaf == NULL ? identity : path_leaf->identity;
	}
	return identity;
}

static void describe_target(
	struct kr_mls_proposal_info *info, const struct kr_leaf_node *leaf)
{
	info->target_identity = leaf->identity;
	info->target_signature_key = leaf->signature_key;
	info->target_leaf_node = leaf->encoded;
}

static struct kr_mls_psk describe_psk(const struct kr_psk_id *id)
{
	return (struct kr_mls_psk){
		.kind = id->type == KR_PSK_TYPE_EXTERNAL ? KR_MLS_PSK_EXTERNAL
							 : KR_MLS_PSK_RESUMPTION,
		.id = id->id,
		.epoch = id->epoch,
	};
}

static struct kr_mls_proposal_info describe(const struct kr_mls_group *group,
	const struct kr_listed_proposal *item, const struct kr_leaf_node *path_leaf)
{
	const struct kr_proposal *p = &item->proposal;
	struct kr_mls_proposal_info info = {
		.type = p->type,
		.by_reference = item->by_reference,
		.sender = item->sender,
		.sender_identity = sender_identity(group, item, path_leaf),
	};
	const struct kr_leaf *leaf;

	switch (p->type) {
	case KR_MLS_PROPOSAL_ADD:
		describe_target(&info, &p->key_package.leaf);
		break;
	case KR_MLS_PROPOSAL_UPDATE:
		info.target = (struct kr_leaf_index){item->sender.index};
		describe_target(&info, &p->leaf);
		break;
	case KR_MLS_PROPOSAL_REMOVE:
		info.target = p->removed;
		leaf = kr_tree_leaf(&group->current->tree, p->removed);
		if (leaf != NULL) {
			describe_target(&info, &leaf->node);
		}
		break;
	case KR_MLS_PROPOSAL_PSK:
		info.psk = describe_psk(&p->psk);
		break;
	case KR_MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS:
		info.extensions = p->extensions;
		break;
	default:
		break;
	}
	return info;
}

enum kr_err kr_proposal_list_ask_policy(const struct kr_proposal_list *list,
	const struct kr_mls_group *group, const struct kr_authenticated_content *auth,
	const struct kr_leaf_node *path_leaf)
{
	const struct kr_mls_hooks *hooks = &group->config.hooks;
	struct kr_mls_sender committer = auth->content.sender;
	struct kr_mls_commit_info info = {
		.committer = committer,
		.has_path = path_leaf != NULL,
		.is_external = committer.kind == KR_MLS_SENDER_NEW_MEMBER_COMMIT,
		.is_private = auth->wire_format == KR_WIRE_PRIVATE_MESSAGE,
		.authenticated_data = auth->content.authenticated_data,
		.num_proposals = list->num,
	};
	const struct kr_leaf *old = NULL;
	const struct kr_leaf_node *shown = path_leaf;
	struct kr_mls_proposal_info *infos;
	enum kr_err err;

	if (hooks->policy == NULL) {
		return KR_OK;
	}
	if (!info.is_external) {
		old = kr_tree_leaf(
			&group->current->tree, (struct kr_leaf_index){committer.index});
		info.old_identity = old->node.identity;
		shown = shown == NULL ? &old->node : shown;
	}
	if (shown != NULL) {
		info.committer_identity = shown->identity;
		info.committer_signature_key = shown->signature_key;
		info.committer_leaf_node = shown->encoded;
	}
	infos = calloc(list->num + 1, sizeof(*infos));
	if (infos == NULL) {
		return KR_ERR_MEMORY;
	}
	for (size_t i = 0; i < list->num; i++) {
		infos[i] = describe(group, &list->items[i], path_leaf);
	}
	info.proposals = infos;
	err = hooks->policy(hooks->ctx, group, &info);
	free(infos);
	return err;
}

/* ---- Applying, §12.3 --------------------------------------------------------------- */

void kr_applied_free(struct kr_applied *applied)
{
	free(applied->added);
	free(applied->adds);
	free(applied->removed);
	*applied = (struct kr_applied){0};
}

struct kr_leaf_set kr_applied_added(const struct kr_applied *applied)
{
	return (struct kr_leaf_set){applied->added, applied->num_added};
}

/* Our own Update by reference: the new private key and perhaps signer take over. */
static enum kr_err take_own_update(const struct kr_mls_group *group,
	struct kr_epoch *next, const struct kr_leaf_node *leaf)
{
	for (size_t i = 0; i < group->num_own_updates; i++) {
		const struct kr_own_update *own = &group->own_updates[i];

		if (memcmp(own->leaf.public_key, leaf->encryption_key, KR_X25519_BYTES) ==
			0) {
			kr_private_path_set(&next->private_path, 0, &own->leaf);
			next->signer = own->signer;
			return KR_OK;
		}
	}
	return KR_ERR_PROPOSAL_REF;
}

static enum kr_err apply_update(const struct kr_mls_group *group, struct kr_epoch *next,
	const struct kr_listed_proposal *item)
{
	struct kr_leaf_index index = {item->sender.index};
	struct kr_leaf *leaf;
	enum kr_err err = kr_leaf_new(&leaf, item->proposal.leaf.encoded);

	if (err != KR_OK) {
		return err;
	}
	err = kr_tree_update(&next->tree, index, leaf);
	kr_leaf_unref(leaf);
	if (err == KR_OK && index.v == next->own_leaf.v) {
		err = take_own_update(group, next, &item->proposal.leaf);
	}
	return err;
}

static enum kr_err apply_remove(struct kr_epoch *next,
	const struct kr_listed_proposal *item, struct kr_applied *applied)
{
	struct kr_leaf_index index = item->proposal.removed;

	applied->removed[applied->num_removed++] = index;
	applied->removes_us |= index.v == next->own_leaf.v;
	return kr_tree_remove(&next->tree, index);
}

/* Places are given from the left, so added is ascending by itself. */
static enum kr_err apply_add(struct kr_epoch *next, const struct kr_listed_proposal *item,
	struct kr_applied *applied)
{
	struct kr_leaf *leaf;
	enum kr_err err = kr_leaf_new(&leaf, item->proposal.key_package.leaf.encoded);

	if (err != KR_OK) {
		return err;
	}
	err = kr_tree_add(&next->tree, leaf, &applied->added[applied->num_added]);
	kr_leaf_unref(leaf);
	if (err == KR_OK) {
		applied->adds[applied->num_added++] = item;
	}
	return err;
}

/* All proposals of one type, in the list's order. */
static enum kr_err apply_type(const struct kr_proposal_list *list, uint16_t type,
	const struct kr_mls_group *group, struct kr_epoch *next,
	struct kr_applied *applied)
{
	for (size_t i = 0; i < list->num; i++) {
		const struct kr_listed_proposal *item = &list->items[i];
		enum kr_err err = KR_OK;

		if (item->proposal.type != type) {
			continue;
		}
		switch (type) {
		case KR_MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS:
			applied->extensions = item->proposal.extensions;
			break;
		case KR_MLS_PROPOSAL_EXTERNAL_INIT:
			applied->kem_output = item->proposal.kem_output;
			break;
		case KR_MLS_PROPOSAL_UPDATE:
			err = apply_update(group, next, item);
			break;
		case KR_MLS_PROPOSAL_REMOVE:
			err = apply_remove(next, item, applied);
			break;
		case KR_MLS_PROPOSAL_ADD:
			err = apply_add(next, item, applied);
			break;
		default:
			break;
		}
		if (err != KR_OK) {
			return err;
		}
	}
	return KR_OK;
}

static enum kr_err member_supports(
	void *ctx, struct kr_leaf_index index, const struct kr_leaf *leaf)
{
	const struct kr_view *extensions = ctx;

	(void)index;
	return kr_leaf_node_supports(&leaf->node, *extensions);
}

/* Beyond this many, sorting all keys is cheaper than comparing with each. */
#define FEW_NEW_LEAVES 16

/* New leaves: their keys are new, and they support what the group uses. */
static enum kr_err check_new_leaves(const struct kr_proposal_list *list,
	const struct kr_tree *tree, struct kr_view extensions)
{
	const uint8_t *encryption[FEW_NEW_LEAVES];
	const uint8_t *signature[FEW_NEW_LEAVES];
	size_t num = 0;

	for (size_t i = 0; i < list->num; i++) {
		const struct kr_proposal *p = &list->items[i].proposal;
		const struct kr_leaf_node *leaf = p->type == KR_MLS_PROPOSAL_UPDATE
			? &p->leaf
			: p->type == KR_MLS_PROPOSAL_ADD ? &p->key_package.leaf
							 : NULL;
		enum kr_err err;

		if (leaf == NULL) {
			continue;
		}
		if ((err = kr_leaf_node_supports(leaf, extensions))) {
			return err;
		}
		if (num < FEW_NEW_LEAVES) {
			encryption[num] = leaf->encryption_key;
			signature[num] = leaf->signature_key;
		}
		num++;
	}
	if (num == 0) {
		return KR_OK;
	}
	if (num > FEW_NEW_LEAVES) {
		return kr_tree_verify_unique_keys(tree) == KR_OK ? KR_OK
								 : KR_ERR_LEAF_KEY_REUSED;
	}
	return kr_tree_keys_stand_once(
		       tree, &(struct kr_new_keys){encryption, num, signature, num})
		? KR_OK
		: KR_ERR_LEAF_KEY_REUSED;
}

enum kr_err kr_proposal_list_apply(const struct kr_proposal_list *list,
	const struct kr_mls_group *group, struct kr_epoch *next,
	struct kr_applied *applied)
{
	static const uint16_t order[] = {
		KR_MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS,
		KR_MLS_PROPOSAL_EXTERNAL_INIT,
		KR_MLS_PROPOSAL_UPDATE,
		KR_MLS_PROPOSAL_REMOVE,
		KR_MLS_PROPOSAL_ADD,
	};
	struct kr_view old_extensions = group->current->context.extensions;
	enum kr_err err = KR_OK;

	*applied = (struct kr_applied){.extensions = old_extensions};
	applied->added = calloc(list->num + 1, sizeof(*applied->added));
	applied->adds = calloc(list->num + 1, sizeof(*applied->adds));
	applied->removed = calloc(list->num + 1, sizeof(*applied->removed));
	if (applied->added == NULL || applied->adds == NULL || applied->removed == NULL) {
		err = KR_ERR_MEMORY;
	}
	for (size_t i = 0; err == KR_OK && i < sizeof(order) / sizeof(order[0]); i++) {
		err = apply_type(list, order[i], group, next, applied);
	}
	if (err == KR_OK &&
		kr_tree_num_members(&next->tree) > group->config.max_members) {
		err = KR_ERR_LIMIT;
	}
	if (err == KR_OK && applied->extensions.data != old_extensions.data) {
		err = kr_tree_each_member(
			&next->tree, member_supports, &applied->extensions);
	}
	if (err == KR_OK) {
		err = check_new_leaves(list, &next->tree, applied->extensions);
	}
	if (err != KR_OK) {
		kr_applied_free(applied);
		return err;
	}
	if (!applied->removes_us) {
		kr_private_path_prune(&next->private_path, &next->tree, next->own_leaf);
	}
	return KR_OK;
}

/* ---- Pre-shared keys, §8.4 -------------------------------------------------------- */

enum kr_err kr_proposal_list_psk_secret(const struct kr_proposal_list *list,
	const struct kr_mls_group *group, struct kr_secret *psk_secret)
{
	struct kr_psk_id *ids = calloc(list->num + 1, sizeof(*ids));
	size_t num = 0;
	enum kr_err err;

	if (ids == NULL) {
		return KR_ERR_MEMORY;
	}
	for (size_t i = 0; i < list->num; i++) {
		if (list->items[i].proposal.type == KR_MLS_PROPOSAL_PSK) {
			ids[num++] = list->items[i].proposal.psk;
		}
	}
	err = kr_psk_secret_of(psk_secret, ids, num, &group->config, group);
	free(ids);
	return err;
}
