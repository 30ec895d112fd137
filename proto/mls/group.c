/* A group: its life, its parts, and what can be asked of it. */
#include "group.h"

#include <stdlib.h>
#include <string.h>

struct kr_mls_config kr_mls_config_default(void)
{
	return (struct kr_mls_config){
		.max_past_epochs = 5,
		.max_forward = 1000,
		.max_kept_keys = 1000,
		.max_resumption_psks = 5,
		.max_pending_proposals = 64,
		.max_members = 10000,
		.padding_sizes = {256, 1024, 4096, 16384},
		.num_padding_sizes = 4,
	};
}

/* ---- Life -------------------------------------------------------------------------- */

/* calloc(0) may give NULL: then one element too many. */
static void *array_new(size_t num, size_t size)
{
	return calloc(num == 0 ? 1 : num, size);
}

enum kr_err kr_group_wrap(struct kr_mls_group **group, const struct kr_mls_config *config,
	struct kr_epoch *epoch)
{
	struct kr_mls_group *made = calloc(1, sizeof(*made));

	*group = NULL;
	if (made == NULL) {
		kr_epoch_free(epoch);
		return KR_ERR_MEMORY;
	}
	made->config = *config;
	made->current = epoch; /* transferred */
	made->past = array_new(config->max_past_epochs, sizeof(*made->past));
	made->resumption_psks =
		array_new(config->max_resumption_psks, sizeof(*made->resumption_psks));
	made->proposals =
		array_new(config->max_pending_proposals, sizeof(*made->proposals));
	made->own_updates =
		array_new(config->max_pending_proposals, sizeof(*made->own_updates));
	if (made->past == NULL || made->resumption_psks == NULL ||
		made->proposals == NULL || made->own_updates == NULL) {
		kr_mls_group_free(made);
		return KR_ERR_MEMORY;
	}
	kr_group_touch(made);
	*group = made;
	return KR_OK;
}

void kr_group_clear_proposals(struct kr_mls_group *group)
{
	for (size_t i = 0; i < group->num_proposals; i++) {
		kr_bytes_free(&group->proposals[i].encoded);
	}
	group->num_proposals = 0;
	kr_wipe(group->own_updates, group->num_own_updates * sizeof(*group->own_updates));
	group->num_own_updates = 0;
}

void kr_group_forget_past(struct kr_mls_group *group)
{
	for (size_t i = 0; i < group->num_past; i++) {
		kr_epoch_free(group->past[i]);
	}
	group->num_past = 0;
	kr_wipe(group->resumption_psks,
		group->num_resumption_psks * sizeof(*group->resumption_psks));
	group->num_resumption_psks = 0;
}

void kr_mls_group_free(struct kr_mls_group *group)
{
	if (group == NULL) {
		return;
	}
	kr_epoch_free(group->current);
	kr_epoch_free(group->pending);
	kr_group_forget_past(group);
	kr_group_clear_proposals(group);
	free(group->past);
	free(group->resumption_psks);
	free(group->proposals);
	free(group->own_updates);
	kr_wipe(group, sizeof(*group));
	free(group);
}

static enum kr_err copy_parts(struct kr_mls_group *made, const struct kr_mls_group *group)
{
	enum kr_err err;

	for (size_t i = 0; i < group->num_past; i++) {
		if ((err = kr_epoch_copy(&made->past[i], group->past[i]))) {
			return err;
		}
		made->num_past++;
	}
	for (size_t i = 0; i < group->num_proposals; i++) {
		made->proposals[i] = group->proposals[i];
		if ((err = kr_bytes_copy(&made->proposals[i].encoded,
			     kr_view_bytes(&group->proposals[i].encoded)))) {
			return err;
		}
		made->num_proposals++;
	}
	memcpy(made->own_updates, group->own_updates,
		group->num_own_updates * sizeof(*made->own_updates));
	made->num_own_updates = group->num_own_updates;
	memcpy(made->resumption_psks, group->resumption_psks,
		group->num_resumption_psks * sizeof(*made->resumption_psks));
	made->num_resumption_psks = group->num_resumption_psks;
	made->removed = group->removed;
	return group->pending == NULL ? KR_OK
				      : kr_epoch_copy(&made->pending, group->pending);
}

enum kr_err kr_mls_group_copy(
	struct kr_mls_group **copy, const struct kr_mls_group *group)
{
	struct kr_epoch *epoch;
	enum kr_err err;

	*copy = NULL;
	if ((err = kr_epoch_copy(&epoch, group->current)) ||
		(err = kr_group_wrap(copy, &group->config, epoch))) {
		return err;
	}
	if ((err = copy_parts(*copy, group))) {
		kr_mls_group_free(*copy);
		*copy = NULL;
	}
	return err;
}

/* ---- Epochs ------------------------------------------------------------------------ */

/* Insert at the front of an array that holds at most max, dropping the oldest. */
static void keep_resumption_psk(struct kr_mls_group *group, const struct kr_epoch *epoch)
{
	struct kr_resumption_psk *list = group->resumption_psks;
	size_t max = group->config.max_resumption_psks;

	if (max == 0) {
		return;
	}
	if (group->num_resumption_psks < max) {
		group->num_resumption_psks++;
	}
	memmove(list + 1, list, (group->num_resumption_psks - 1) * sizeof(*list));
	list[0] = (struct kr_resumption_psk){
		.epoch = epoch->context.epoch,
		.secret = epoch->secrets.resumption_psk,
	};
}

static void keep_past_epoch(struct kr_mls_group *group, struct kr_epoch *epoch)
{
	size_t max = group->config.max_past_epochs;

	if (max == 0) {
		kr_epoch_free(epoch);
		return;
	}
	if (group->num_past == max) {
		kr_epoch_free(group->past[max - 1]);
		group->num_past--;
	}
	memmove(group->past + 1, group->past,
		group->num_past * sizeof(struct kr_epoch *));
	group->past[0] = epoch; /* transferred */
	group->num_past++;
	kr_epoch_retire(epoch);
}

void kr_group_enter_epoch(struct kr_mls_group *group, struct kr_epoch *next)
{
	if (group->pending != next) {
		kr_epoch_free(group->pending);
	}
	group->pending = NULL;
	kr_group_clear_proposals(group);
	keep_resumption_psk(group, group->current);
	keep_past_epoch(group, group->current);
	group->current = next; /* transferred */
	kr_group_touch(group);
}

struct kr_epoch *kr_group_find_epoch(struct kr_mls_group *group, uint64_t number)
{
	if (group->current->context.epoch == number) {
		return group->current;
	}
	for (size_t i = 0; i < group->num_past; i++) {
		if (group->past[i]->context.epoch == number) {
			return group->past[i];
		}
	}
	return NULL;
}

void kr_group_touch_ratchets(struct kr_mls_group *group)
{
	group->revision++;
}

void kr_group_touch(struct kr_mls_group *group)
{
	group->revision++;
	group->group_revision = group->revision;
}

/* ---- Questions --------------------------------------------------------------------- */

struct kr_view kr_mls_group_id(const struct kr_mls_group *group)
{
	return group->current->context.group_id;
}

uint64_t kr_mls_epoch(const struct kr_mls_group *group)
{
	return group->current->context.epoch;
}

struct kr_leaf_index kr_mls_own_leaf(const struct kr_mls_group *group)
{
	return group->current->own_leaf;
}

bool kr_mls_is_member(const struct kr_mls_group *group)
{
	return !group->removed;
}

uint32_t kr_mls_num_members(const struct kr_mls_group *group)
{
	return kr_tree_num_members(&group->current->tree);
}

uint32_t kr_mls_num_leaves(const struct kr_mls_group *group)
{
	return group->current->tree.num_leaves;
}

enum kr_err kr_mls_member_at(const struct kr_mls_group *group, struct kr_leaf_index leaf,
	struct kr_mls_member *member)
{
	const struct kr_leaf *found = kr_tree_leaf(&group->current->tree, leaf);

	*member = (struct kr_mls_member){0};
	if (found == NULL) {
		return KR_ERR_NOT_FOUND;
	}
	*member = (struct kr_mls_member){
		.leaf = leaf,
		.identity = found->node.identity,
		.signature_key = found->node.signature_key,
		.encryption_key = found->node.encryption_key,
		.leaf_node = found->node.encoded,
	};
	return KR_OK;
}

struct kr_view kr_mls_group_extensions(const struct kr_mls_group *group)
{
	return group->current->context.extensions;
}

const uint8_t *kr_mls_tree_hash(const struct kr_mls_group *group)
{
	return group->current->context.tree_hash.data;
}

const uint8_t *kr_mls_epoch_authenticator(const struct kr_mls_group *group)
{
	return group->current->secrets.epoch_authenticator;
}

enum kr_err kr_mls_export(const struct kr_mls_group *group, uint8_t *out, size_t len,
	const char *label, struct kr_view context)
{
	if (group->removed) {
		return KR_ERR_REMOVED;
	}
	return kr_exporter(
		out, len, &group->current->secrets.exporter_secret, label, context);
}

enum kr_err kr_mls_ratchet_tree(const struct kr_mls_group *group, struct kr_bytes *tree)
{
	KR_AUTO_WRITER struct kr_writer w = {0};

	kr_writer_init(&w);
	kr_tree_write(&w, &group->current->tree);
	return kr_writer_finish(&w, tree);
}
