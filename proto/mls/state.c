/* The stored form of a group, in two records:
 *
 *	struct {
 *		uint32 magic = "KRG1";
 *		uint8 removed;
 *		LiveEpoch current;                with its tree
 *		PastEpoch past<V>;                newest first
 *		optional<LiveEpoch> pending;
 *		Resumption resumption_psks<V>;
 *		Pending proposals<V>;
 *		OwnUpdate own_updates<V>;
 *	} Group
 *
 *	struct {
 *		uint32 magic = "KRR1";
 *		opaque group_record_hash[32];
 *		SecretTree current;               unless removed
 *		SecretTree pending;               if there is one
 *		SecretTree past[];
 *	} Ratchets
 *
 * The trees of past and pending epochs are written as differences: from the one next
 * newer, and from the current one. The hash in the ratchets' record ties the two records
 * together, and is checked before the group's record is taken for what it says. */
#include "group.h"

#include <stdlib.h>
#include <string.h>

#define GROUP_MAGIC    0x4b524731
#define RATCHETS_MAGIC 0x4b525231

/* ---- Keys -------------------------------------------------------------------------- */

static void write_secret(struct kr_writer *w, const struct kr_secret *secret)
{
	kr_write_fixed(w, kr_view_secret(secret));
}

static enum kr_err read_secret(struct kr_reader *r, struct kr_secret *secret)
{
	return kr_read_copy(r, secret->bytes, sizeof(secret->bytes));
}

static void write_x25519(struct kr_writer *w, const struct kr_x25519_keypair *pair)
{
	write_secret(w, &pair->secret);
	kr_write_fixed(w, kr_view(pair->public_key, sizeof(pair->public_key)));
}

static enum kr_err read_x25519(struct kr_reader *r, struct kr_x25519_keypair *pair)
{
	enum kr_err err = read_secret(r, &pair->secret);

	return err != KR_OK ? err
			    : kr_read_copy(r, pair->public_key, sizeof(pair->public_key));
}

static void write_ed25519(struct kr_writer *w, const struct kr_ed25519_keypair *pair)
{
	write_secret(w, &pair->seed);
	kr_write_fixed(w, kr_view(pair->public_key, sizeof(pair->public_key)));
}

static enum kr_err read_ed25519(struct kr_reader *r, struct kr_ed25519_keypair *pair)
{
	enum kr_err err = read_secret(r, &pair->seed);

	return err != KR_OK ? err
			    : kr_read_copy(r, pair->public_key, sizeof(pair->public_key));
}

static void write_private_path(struct kr_writer *w, const struct kr_private_path *keys)
{
	kr_write_u32(w, keys->have);
	for (unsigned level = 0; level < KR_TREE_MAX_LEVELS; level++) {
		if ((keys->have >> level & 1) != 0) {
			write_x25519(w, &keys->keys[level]);
		}
	}
}

static enum kr_err read_private_path(struct kr_reader *r, struct kr_private_path *keys)
{
	enum kr_err err = kr_read_u32(r, &keys->have);

	if (err != KR_OK) {
		return err;
	}
	if (keys->have >> KR_TREE_MAX_LEVELS != 0) {
		return KR_ERR_BAD_STATE_RECORD;
	}
	for (unsigned level = 0; level < KR_TREE_MAX_LEVELS; level++) {
		if ((keys->have >> level & 1) != 0 &&
			(err = read_x25519(r, &keys->keys[level]))) {
			return err;
		}
	}
	return KR_OK;
}

/* In the order of the struct; encryption_secret is spent and not kept. */
static void write_epoch_secrets(struct kr_writer *w, const struct kr_epoch_secrets *s)
{
	write_secret(w, &s->init_secret);
	write_secret(w, &s->sender_data_secret);
	write_secret(w, &s->exporter_secret);
	write_secret(w, &s->external_secret);
	write_secret(w, &s->confirmation_key);
	write_secret(w, &s->membership_key);
	write_secret(w, &s->resumption_psk);
	kr_write_fixed(
		w, kr_view(s->epoch_authenticator, sizeof(s->epoch_authenticator)));
}

static enum kr_err read_epoch_secrets(struct kr_reader *r, struct kr_epoch_secrets *s)
{
	enum kr_err err;

	if ((err = read_secret(r, &s->init_secret)) ||
		(err = read_secret(r, &s->sender_data_secret)) ||
		(err = read_secret(r, &s->exporter_secret)) ||
		(err = read_secret(r, &s->external_secret)) ||
		(err = read_secret(r, &s->confirmation_key)) ||
		(err = read_secret(r, &s->membership_key)) ||
		(err = read_secret(r, &s->resumption_psk))) {
		return err;
	}
	return kr_read_copy(r, s->epoch_authenticator, sizeof(s->epoch_authenticator));
}

/* ---- Epochs ------------------------------------------------------------------------ */

/* base NULL: the tree stands here whole. */
static void write_tree(
	struct kr_writer *w, const struct kr_tree *tree, const struct kr_tree *base)
{
	if (base == NULL) {
		kr_tree_write(w, tree);
	} else {
		kr_tree_diff_write(w, base, tree);
	}
}

/* The context too: it holds the tree's hash, which tells whether the tree is the right
 * one. */
static enum kr_err read_context_and_tree(struct kr_reader *r, const struct kr_tree *base,
	uint32_t max_leaves, struct kr_epoch *epoch)
{
	struct kr_view encoded;
	struct kr_reader context_reader;
	uint8_t hash[KR_MLS_HASH_BYTES];
	enum kr_err err;

	if ((err = kr_read_vec(r, &encoded)) ||
		(err = kr_bytes_copy(&epoch->context_bytes, encoded))) {
		return err;
	}
	context_reader = kr_reader(kr_view_bytes(&epoch->context_bytes));
	if ((err = kr_group_context_read(&context_reader, &epoch->context)) ||
		(err = kr_read_end(&context_reader))) {
		return err;
	}
	if (base != NULL) {
		err = kr_tree_diff_read(r, base, max_leaves, &epoch->tree);
	} else if ((err = kr_read_vec(r, &encoded)) == KR_OK) {
		err = kr_tree_read_bounded(&epoch->tree, encoded, max_leaves);
	}
	if (err != KR_OK || (err = kr_tree_root_hash(&epoch->tree, hash))) {
		return err;
	}
	return kr_view_equal(kr_view(hash, sizeof(hash)), epoch->context.tree_hash)
		? KR_OK
		: KR_ERR_BAD_STATE_RECORD;
}

static void write_live_epoch(
	struct kr_writer *w, const struct kr_epoch *epoch, const struct kr_tree *base)
{
	size_t begin;

	kr_write_vec(w, epoch->context.encoded);
	if (base == NULL) {
		begin = kr_write_vec_begin(w);
		write_tree(w, &epoch->tree, NULL);
		kr_write_vec_end(w, begin);
	} else {
		write_tree(w, &epoch->tree, base);
	}
	kr_write_u32(w, epoch->own_leaf.v);
	write_ed25519(w, &epoch->signer);
	write_private_path(w, &epoch->private_path);
	write_epoch_secrets(w, &epoch->secrets);
	kr_write_fixed(w, kr_view(epoch->interim_transcript_hash, KR_MLS_HASH_BYTES));
	kr_write_fixed(
		w, kr_view(epoch->confirmation_tag, sizeof(epoch->confirmation_tag)));
}

static enum kr_err read_live_epoch(struct kr_reader *r, const struct kr_tree *base,
	uint32_t max_leaves, struct kr_epoch **out)
{
	struct kr_epoch *epoch = kr_epoch_new();
	enum kr_err err;

	*out = NULL;
	if (epoch == NULL) {
		return KR_ERR_MEMORY;
	}
	if ((err = read_context_and_tree(r, base, max_leaves, epoch)) ||
		(err = kr_read_u32(r, &epoch->own_leaf.v)) ||
		(err = read_ed25519(r, &epoch->signer)) ||
		(err = read_private_path(r, &epoch->private_path)) ||
		(err = read_epoch_secrets(r, &epoch->secrets)) ||
		(err = kr_read_copy(
			 r, epoch->interim_transcript_hash, KR_MLS_HASH_BYTES)) ||
		(err = kr_read_copy(
			 r, epoch->confirmation_tag, sizeof(epoch->confirmation_tag)))) {
		goto out;
	}
	if (kr_tree_leaf(&epoch->tree, epoch->own_leaf) == NULL) {
		err = KR_ERR_BAD_STATE_RECORD;
		goto out;
	}
	*out = epoch;
	epoch = NULL; /* transferred */
out:
	kr_epoch_free(epoch);
	return err;
}

static void write_past_epoch(
	struct kr_writer *w, const struct kr_epoch *epoch, const struct kr_tree *base)
{
	kr_write_vec(w, epoch->context.encoded);
	write_tree(w, &epoch->tree, base);
	kr_write_u32(w, epoch->own_leaf.v);
	write_secret(w, &epoch->secrets.sender_data_secret);
}

static enum kr_err read_past_epoch(struct kr_reader *r, const struct kr_tree *base,
	uint32_t max_leaves, struct kr_epoch **out)
{
	struct kr_epoch *epoch = kr_epoch_new();
	enum kr_err err;

	*out = NULL;
	if (epoch == NULL) {
		return KR_ERR_MEMORY;
	}
	if ((err = read_context_and_tree(r, base, max_leaves, epoch)) ||
		(err = kr_read_u32(r, &epoch->own_leaf.v)) ||
		(err = read_secret(r, &epoch->secrets.sender_data_secret))) {
		kr_epoch_free(epoch);
		return err;
	}
	*out = epoch;
	return KR_OK;
}

/* ---- The lists --------------------------------------------------------------------- */

static void write_lists(struct kr_writer *w, const struct kr_mls_group *group)
{
	size_t begin = kr_write_vec_begin(w);

	for (size_t i = 0; i < group->num_resumption_psks; i++) {
		kr_write_u64(w, group->resumption_psks[i].epoch);
		write_secret(w, &group->resumption_psks[i].secret);
	}
	kr_write_vec_end(w, begin);

	begin = kr_write_vec_begin(w);
	for (size_t i = 0; i < group->num_proposals; i++) {
		const struct kr_pending_proposal *p = &group->proposals[i];

		kr_write_fixed(w, kr_view(p->ref, sizeof(p->ref)));
		kr_write_u8(w, (uint8_t)p->sender.kind);
		kr_write_u32(w, p->sender.index);
		kr_write_vec(w, kr_view_bytes(&p->encoded));
	}
	kr_write_vec_end(w, begin);

	begin = kr_write_vec_begin(w);
	for (size_t i = 0; i < group->num_own_updates; i++) {
		write_x25519(w, &group->own_updates[i].leaf);
		write_ed25519(w, &group->own_updates[i].signer);
	}
	kr_write_vec_end(w, begin);
}

/* With less room than when it was stored, the oldest are let go. */
static enum kr_err read_resumption_psks(struct kr_view list, struct kr_mls_group *group)
{
	struct kr_reader r = kr_reader(list);

	while (r.rest.len > 0) {
		struct kr_resumption_psk psk = {0};
		enum kr_err err;

		if ((err = kr_read_u64(&r, &psk.epoch)) ||
			(err = read_secret(&r, &psk.secret))) {
			return err;
		}
		if (group->num_resumption_psks < group->config.max_resumption_psks) {
			group->resumption_psks[group->num_resumption_psks++] = psk;
		}
		kr_wipe(&psk, sizeof(psk));
	}
	return KR_OK;
}

static enum kr_err read_proposals(struct kr_view list, struct kr_mls_group *group)
{
	struct kr_reader r = kr_reader(list);

	while (r.rest.len > 0) {
		struct kr_pending_proposal *p = &group->proposals[group->num_proposals];
		struct kr_proposal proposal;
		struct kr_reader body;
		struct kr_view encoded;
		uint8_t kind;
		enum kr_err err;

		if (group->num_proposals >= group->config.max_pending_proposals) {
			return KR_ERR_LIMIT;
		}
		if ((err = kr_read_copy(&r, p->ref, sizeof(p->ref))) ||
			(err = kr_read_u8(&r, &kind)) ||
			(err = kr_read_u32(&r, &p->sender.index)) ||
			(err = kr_read_vec(&r, &encoded))) {
			return err;
		}
		body = kr_reader(encoded);
		if ((err = kr_proposal_read(&body, &proposal)) ||
			(err = kr_read_end(&body)) ||
			(err = kr_bytes_copy(&p->encoded, encoded))) {
			return err;
		}
		p->sender.kind = (enum kr_mls_sender_kind)kind;
		group->num_proposals++;
	}
	return KR_OK;
}

static enum kr_err read_own_updates(struct kr_view list, struct kr_mls_group *group)
{
	struct kr_reader r = kr_reader(list);

	while (r.rest.len > 0) {
		struct kr_own_update *own = &group->own_updates[group->num_own_updates];
		enum kr_err err;

		if (group->num_own_updates >= group->config.max_pending_proposals) {
			return KR_ERR_LIMIT;
		}
		group->num_own_updates++;
		if ((err = read_x25519(&r, &own->leaf)) ||
			(err = read_ed25519(&r, &own->signer))) {
			return err;
		}
	}
	return KR_OK;
}

/* ---- The group's record ------------------------------------------------------------ */

static enum kr_err write_group(const struct kr_mls_group *group, struct kr_bytes *record)
{
	const struct kr_tree *base = &group->current->tree;
	KR_AUTO_WRITER struct kr_writer w = {0};
	size_t begin;

	kr_writer_init(&w);
	kr_write_u32(&w, GROUP_MAGIC);
	kr_write_optional(&w, group->removed);
	write_live_epoch(&w, group->current, NULL);
	begin = kr_write_vec_begin(&w);
	for (size_t i = 0; i < group->num_past; i++) {
		write_past_epoch(&w, group->past[i], base);
		base = &group->past[i]->tree;
	}
	kr_write_vec_end(&w, begin);
	kr_write_optional(&w, group->pending != NULL);
	if (group->pending != NULL) {
		write_live_epoch(&w, group->pending, &group->current->tree);
	}
	write_lists(&w, group);
	return kr_writer_finish(&w, record);
}

/* Past epochs, and then their ratchets: with less room than when they were stored the
 * oldest are read and let go, since the newer ones come first. */
static enum kr_err read_past(
	struct kr_view list, struct kr_mls_group *group, bool *lets_go)
{
	const uint32_t max_leaves = kr_epoch_max_leaves(&group->config);
	const struct kr_tree *base = &group->current->tree;
	struct kr_reader r = kr_reader(list);

	while (r.rest.len > 0 && group->num_past < group->config.max_past_epochs) {
		struct kr_epoch *epoch;
		enum kr_err err = read_past_epoch(&r, base, max_leaves, &epoch);

		if (err != KR_OK) {
			return err;
		}
		group->past[group->num_past++] = epoch; /* transferred */
		base = &epoch->tree;
	}
	*lets_go = r.rest.len > 0;
	return KR_OK;
}

static enum kr_err read_group(struct kr_mls_group **out,
	const struct kr_mls_config *config, struct kr_view record, bool *lets_go)
{
	const uint32_t max_leaves = kr_epoch_max_leaves(config);
	struct kr_reader r = kr_reader(record);
	struct kr_mls_group *group = NULL;
	struct kr_epoch *current;
	struct kr_view past;
	struct kr_view psks;
	struct kr_view proposals;
	struct kr_view updates;
	uint32_t magic;
	bool removed;
	bool has_pending;
	enum kr_err err;

	*out = NULL;
	if ((err = kr_read_u32(&r, &magic)) || (err = kr_read_optional(&r, &removed))) {
		return err;
	}
	if (magic != GROUP_MAGIC) {
		return KR_ERR_BAD_STATE_RECORD;
	}
	if ((err = read_live_epoch(&r, NULL, max_leaves, &current)) ||
		(err = kr_group_wrap(&group, config, current))) {
		return err;
	}
	group->removed = removed;
	if ((err = kr_read_vec(&r, &past)) || (err = read_past(past, group, lets_go)) ||
		(err = kr_read_optional(&r, &has_pending)) ||
		(has_pending &&
			(err = read_live_epoch(&r, &group->current->tree, max_leaves,
				 &group->pending))) ||
		(err = kr_read_vec(&r, &psks)) || (err = kr_read_vec(&r, &proposals)) ||
		(err = kr_read_vec(&r, &updates)) || (err = kr_read_end(&r)) ||
		(err = read_resumption_psks(psks, group)) ||
		(err = read_proposals(proposals, group)) ||
		(err = read_own_updates(updates, group))) {
		kr_mls_group_free(group);
		return err;
	}
	*out = group;
	return KR_OK;
}

/* ---- The ratchets' record ---------------------------------------------------------- */

static enum kr_err write_ratchets(const struct kr_mls_group *group,
	const uint8_t group_record_hash[KR_SHA256_BYTES], struct kr_bytes *record)
{
	KR_AUTO_WRITER struct kr_writer w = {0};

	kr_writer_init(&w);
	kr_write_u32(&w, RATCHETS_MAGIC);
	kr_write_fixed(&w, kr_view(group_record_hash, KR_SHA256_BYTES));
	if (!group->removed) {
		kr_secret_tree_write(&w, group->current->messages);
	}
	if (group->pending != NULL) {
		kr_secret_tree_write(&w, group->pending->messages);
	}
	for (size_t i = 0; i < group->num_past; i++) {
		kr_secret_tree_write(&w, group->past[i]->messages);
	}
	return kr_writer_finish(&w, record);
}

/* Whether a record of ratchets goes with a group's record; r is left behind its head. */
static enum kr_err read_ratchets_head(
	struct kr_reader *r, const uint8_t group_record_hash[KR_SHA256_BYTES])
{
	uint8_t hash[KR_SHA256_BYTES];
	uint32_t magic;
	enum kr_err err;

	if ((err = kr_read_u32(r, &magic)) ||
		(err = kr_read_copy(r, hash, sizeof(hash)))) {
		return err;
	}
	return magic == RATCHETS_MAGIC &&
			memcmp(hash, group_record_hash, sizeof(hash)) == 0
		? KR_OK
		: KR_ERR_BAD_STATE_RECORD;
}

static enum kr_err read_ratchets(struct kr_mls_group *group, struct kr_reader r)
{
	const struct kr_secret_tree_limits limits = kr_epoch_limits(&group->config);
	enum kr_err err;

	if (!group->removed &&
		(err = kr_secret_tree_read(&r, limits, &group->current->messages))) {
		return err;
	}
	if (group->pending != NULL &&
		(err = kr_secret_tree_read(&r, limits, &group->pending->messages))) {
		return err;
	}
	for (size_t i = 0; i < group->num_past; i++) {
		if ((err = kr_secret_tree_read(&r, limits, &group->past[i]->messages))) {
			return err;
		}
	}
	/* What may be left are the ratchets of past epochs that read_past let go. */
	return group->num_past == group->config.max_past_epochs ? KR_OK : kr_read_end(&r);
}

/* ---- Saving and loading ------------------------------------------------------------ */

enum kr_err kr_mls_save(struct kr_mls_group *group, bool all, struct kr_mls_state *state)
{
	uint8_t hash[KR_SHA256_BYTES];
	enum kr_err err;

	*state = (struct kr_mls_state){
		.group_changed = all || group->group_revision > group->stored_revision,
		.revision = group->revision,
	};
	memcpy(hash, group->group_record_hash, sizeof(hash));
	if (state->group_changed) {
		if ((err = write_group(group, &state->group))) {
			goto out;
		}
		kr_sha256(hash, kr_view_bytes(&state->group));
	}
	if ((err = write_ratchets(group, hash, &state->ratchets))) {
		goto out;
	}
	memcpy(group->group_record_hash, hash, sizeof(hash));
	group->saved_revision = group->revision;
out:
	if (err != KR_OK) {
		kr_mls_state_free(state);
	}
	return err;
}

void kr_mls_state_free(struct kr_mls_state *state)
{
	if (state != NULL) {
		kr_bytes_free(&state->group);
		kr_bytes_free(&state->ratchets);
		*state = (struct kr_mls_state){0};
	}
}

enum kr_err kr_mls_stored(struct kr_mls_group *group, uint64_t revision)
{
	if (revision > group->saved_revision) {
		return KR_ERR_ARGUMENT;
	}
	if (revision > group->stored_revision) {
		group->stored_revision = revision;
	}
	return KR_OK;
}

/* Whatever a record gets wrong, to the caller it is damaged; only memory and the bounds
 * of the config are another matter. */
static enum kr_err as_damage(enum kr_err err)
{
	return err == KR_OK || err == KR_ERR_MEMORY || err == KR_ERR_LIMIT
		? err
		: KR_ERR_BAD_STATE_RECORD;
}

enum kr_err kr_mls_load(struct kr_mls_group **group, const struct kr_mls_config *config,
	struct kr_view group_record, struct kr_view ratchets_record)
{
	struct kr_reader ratchets = kr_reader(ratchets_record);
	struct kr_mls_group *loaded = NULL;
	uint8_t hash[KR_SHA256_BYTES];
	bool lets_go = false;
	enum kr_err err;

	*group = NULL;
	kr_sha256(hash, group_record);
	if ((err = read_ratchets_head(&ratchets, hash)) ||
		(err = read_group(&loaded, config, group_record, &lets_go)) ||
		(err = read_ratchets(loaded, ratchets))) {
		kr_mls_group_free(loaded);
		return as_damage(err);
	}
	memcpy(loaded->group_record_hash, hash, sizeof(hash));
	/* What has just been read is on disk. */
	loaded->saved_revision = loaded->revision;
	loaded->stored_revision = loaded->revision;
	if (lets_go) {
		/* The next record of ratchets will not fit the old record any more. */
		kr_group_touch(loaded);
	}
	*group = loaded;
	return KR_OK;
}
