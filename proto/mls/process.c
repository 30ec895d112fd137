/* Receiving, RFC 9420 §6 and §12.4.2: check, work on the side, take effect last. */
#include "proposal_list.h"

#include <stdlib.h>
#include <string.h>

/* An incoming message on its way through: what it says, and what it will do to the
 * group. */
struct incoming {
	struct kr_mls_group *group;
	struct kr_epoch *epoch; /* of the message: the present one, or a past one */
	struct kr_authenticated_content auth;
	struct kr_bytes plaintext;        /* owns what auth views, of a PrivateMessage */
	struct kr_secret_tree_step *step; /* of the sender's ratchet */
	struct kr_commit commit;          /* content type commit */
	struct kr_proposal proposal;      /* content type proposal */
	const uint8_t *signature_key;     /* of the sender */
	struct kr_view identity;          /* likewise */
};

static void incoming_free(struct incoming *in)
{
	kr_bytes_free(&in->plaintext);
	kr_secret_tree_discard(in->step);
}

/* The ratchet moves once all else has succeeded. */
static void take_step(struct incoming *in)
{
	if (in->step != NULL) {
		kr_secret_tree_commit(in->epoch->messages, in->step);
		in->step = NULL; /* transferred */
	}
}

/* ---- Events ------------------------------------------------------------------------ */

void kr_mls_event_free(struct kr_mls_event *event)
{
	if (event == NULL) {
		return;
	}
	kr_bytes_free(&event->sender_identity);
	kr_bytes_free(&event->authenticated_data);
	kr_bytes_free(&event->plaintext);
	free(event->added);
	free(event->removed);
	*event = (struct kr_mls_event){0};
}

static enum kr_err describe(const struct incoming *in, struct kr_mls_event *event)
{
	const struct kr_framed_content *content = &in->auth.content;
	enum kr_err err;

	event->sender = content->sender;
	event->epoch = content->epoch;
	memcpy(event->sender_signature_key, in->signature_key, KR_ED25519_PUBLIC_BYTES);
	if ((err = kr_bytes_copy(&event->sender_identity, in->identity)) ||
		(err = kr_bytes_copy(
			 &event->authenticated_data, content->authenticated_data))) {
		return err;
	}
	if (content->type == KR_CONTENT_APPLICATION) {
		return kr_bytes_copy(&event->plaintext, content->body);
	}
	return KR_OK;
}

/* ---- Who sent it ------------------------------------------------------------------- */

static enum kr_err decode_body(struct incoming *in)
{
	struct kr_reader r = kr_reader(in->auth.content.body);
	enum kr_err err = KR_OK;

	if (in->auth.content.type == KR_CONTENT_PROPOSAL) {
		err = kr_proposal_read(&r, &in->proposal);
	} else if (in->auth.content.type == KR_CONTENT_COMMIT) {
		err = kr_commit_read(&r, &in->commit);
	}
	return err;
}

static void sender_is(struct incoming *in, const struct kr_leaf_node *leaf)
{
	in->signature_key = leaf->signature_key;
	in->identity = leaf->identity;
}

static enum kr_err find_sender(struct incoming *in)
{
	struct kr_mls_sender sender = in->auth.content.sender;
	const struct kr_leaf *leaf;

	switch (sender.kind) {
	case KR_MLS_SENDER_MEMBER:
		leaf = kr_tree_leaf(
			&in->epoch->tree, (struct kr_leaf_index){sender.index});
		if (leaf == NULL) {
			return KR_ERR_LEAF_INDEX;
		}
		sender_is(in, &leaf->node);
		return KR_OK;
	case KR_MLS_SENDER_EXTERNAL:
		return kr_external_sender_at(in->epoch->context.extensions, sender.index,
			&in->signature_key, &in->identity);
	case KR_MLS_SENDER_NEW_MEMBER_PROPOSAL:
		if (in->proposal.type != KR_MLS_PROPOSAL_ADD) {
			return KR_ERR_PROPOSAL_SENDER;
		}
		sender_is(in, &in->proposal.key_package.leaf);
		return KR_OK;
	case KR_MLS_SENDER_NEW_MEMBER_COMMIT:
		if (!in->commit.has_path) {
			return KR_ERR_COMMIT_PATH_MISSING;
		}
		sender_is(in, &in->commit.path.leaf);
		return KR_OK;
	}
	return KR_ERR_SENDER;
}

static enum kr_err verify(struct incoming *in)
{
	enum kr_err err;

	if ((err = decode_body(in)) || (err = find_sender(in))) {
		return err;
	}
	return kr_content_verify(
		&in->auth, in->epoch->context.encoded, in->signature_key);
}

/* ---- Opening ----------------------------------------------------------------------- */

static enum kr_err find_epoch(struct incoming *in, struct kr_view group_id,
	uint64_t number, enum kr_content_type type)
{
	const struct kr_group_context *present = &in->group->current->context;

	if (!kr_view_equal(group_id, present->group_id)) {
		return KR_ERR_WRONG_GROUP;
	}
	if (number > present->epoch) {
		return KR_ERR_EPOCH_FUTURE;
	}
	in->epoch = kr_group_find_epoch(in->group, number);
	/* Of the past only application data counts: proposals and commits came too
	 * late. */
	if (in->epoch == NULL ||
		(in->epoch != in->group->current && type != KR_CONTENT_APPLICATION)) {
		return KR_ERR_EPOCH_PAST;
	}
	return KR_OK;
}

static enum kr_err open_public(struct incoming *in, const struct kr_public_message *m)
{
	const struct kr_framed_content *content = &m->auth.content;
	bool from_member = content->sender.kind == KR_MLS_SENDER_MEMBER;
	enum kr_err err =
		find_epoch(in, content->group_id, content->epoch, content->type);

	if (err != KR_OK) {
		return err;
	}
	in->auth = m->auth;
	if (from_member) {
		err = kr_membership_tag_verify(m, in->epoch->context.encoded,
			&in->epoch->secrets.membership_key);
	}
	if (err == KR_OK && from_member &&
		content->sender.index == in->epoch->own_leaf.v) {
		err = KR_ERR_OWN_MESSAGE;
	}
	return err;
}

static enum kr_err open_private(struct incoming *in, const struct kr_private_message *m)
{
	enum kr_ratchet_kind kind = m->type == KR_CONTENT_APPLICATION
		? KR_RATCHET_APPLICATION
		: KR_RATCHET_HANDSHAKE;
	struct kr_sender_data sender_data;
	struct kr_message_key key = {0};
	enum kr_err err;

	if ((err = find_epoch(in, m->group_id, m->epoch, m->type)) ||
		(err = kr_sender_data_open(
			 &sender_data, m, &in->epoch->secrets.sender_data_secret))) {
		return err;
	}
	if (kr_tree_leaf(&in->epoch->tree, sender_data.leaf) == NULL) {
		return KR_ERR_LEAF_INDEX;
	}
	if (sender_data.leaf.v == in->epoch->own_leaf.v) {
		return KR_ERR_OWN_MESSAGE;
	}
	if ((err = kr_secret_tree_find(in->epoch->messages, sender_data.leaf, kind,
		     sender_data.generation, &key, &in->step))) {
		return err;
	}
	err = kr_private_message_open(&in->auth, &in->plaintext, m, &sender_data, &key);
	kr_wipe(&key, sizeof(key));
	return err;
}

/* ---- Proposals --------------------------------------------------------------------- */

/* A PublicMessage can be delivered again and again: it must not fill the list. */
static bool is_pending(
	const struct kr_mls_group *group, const uint8_t ref[KR_MLS_HASH_BYTES])
{
	for (size_t i = 0; i < group->num_proposals; i++) {
		if (memcmp(group->proposals[i].ref, ref, KR_MLS_HASH_BYTES) == 0) {
			return true;
		}
	}
	return false;
}

static enum kr_err process_proposal(struct incoming *in, struct kr_mls_event *event)
{
	struct kr_mls_group *group = in->group;
	const struct kr_listed_proposal item = {
		.proposal = in->proposal,
		.sender = in->auth.content.sender,
		.by_reference = true,
	};
	struct kr_pending_proposal pending = {.sender = item.sender};
	enum kr_err err;

	if ((err = kr_proposal_ref(pending.ref, &in->auth))) {
		return err;
	}
	if (is_pending(group, pending.ref)) {
		return KR_ERR_GENERATION_USED;
	}
	if (group->num_proposals >= group->config.max_pending_proposals) {
		return KR_ERR_LIMIT;
	}
	if ((err = kr_proposal_check(group, &item, 0)) ||
		(err = kr_bytes_copy(&pending.encoded, in->auth.content.body))) {
		return err;
	}
	event->kind = KR_MLS_EVENT_PROPOSAL;
	event->proposal_type = in->proposal.type;
	memcpy(event->proposal_ref, pending.ref, sizeof(event->proposal_ref));
	group->proposals[group->num_proposals++] = pending; /* transferred */
	take_step(in);
	kr_group_touch(group);
	return KR_OK;
}

/* ---- Commits ----------------------------------------------------------------------- */

/* The place of who comes in by an external commit. The leaf is new to the group, and
 * where the commit removes an older leaf of the same client, it is what an Update of that
 * leaf could be (§12.4.3.2): with another encryption key. */
static enum kr_err place_newcomer(const struct incoming *in,
	const struct kr_applied *applied, struct kr_tree *tree,
	struct kr_leaf_index *author)
{
	const struct kr_leaf_node *leaf = &in->commit.path.leaf;
	struct kr_leaf_index same;

	for (size_t i = 0; i < applied->num_removed; i++) {
		const struct kr_leaf *old =
			kr_tree_leaf(&in->group->current->tree, applied->removed[i]);

		if (memcmp(old->node.encryption_key, leaf->encryption_key,
			    KR_X25519_BYTES) == 0) {
			return KR_ERR_LEAF_KEY_REUSED;
		}
	}
	if (kr_tree_find_signature_key(tree, leaf->signature_key, &same)) {
		return KR_ERR_PROPOSAL_ADD_MEMBER;
	}
	return kr_tree_place(tree, author);
}

/* The public side of the next epoch: proposals and path. author is the committer's leaf
 * in it. */
static enum kr_err apply_commit(struct incoming *in, struct kr_proposal_list *list,
	struct kr_applied *applied, struct kr_epoch *next, struct kr_leaf_index *author)
{
	const struct kr_mls_group *group = in->group;
	const struct kr_mls_sender committer = in->auth.content.sender;
	const struct kr_commit *commit = &in->commit;
	enum kr_err err;

	if ((err = kr_proposal_list_resolve(list, group, commit, committer)) ||
		(err = kr_proposal_list_check(list, group, committer, 0))) {
		return err;
	}
	if (!commit->has_path && kr_proposal_list_needs_path(list)) {
		return KR_ERR_COMMIT_PATH_MISSING;
	}
	if ((err = kr_proposal_list_ask_policy(list, group, &in->auth,
		     commit->has_path ? &commit->path.leaf : NULL)) ||
		(err = kr_proposal_list_apply(list, group, next, applied))) {
		return err;
	}
	*author = (struct kr_leaf_index){committer.index};
	if (committer.kind == KR_MLS_SENDER_NEW_MEMBER_COMMIT &&
		(err = place_newcomer(in, applied, &next->tree, author))) {
		return err;
	}
	if (!commit->has_path) {
		return KR_OK;
	}
	if ((err = kr_leaf_node_supports(&commit->path.leaf, applied->extensions))) {
		return err;
	}
	if ((err = kr_path_apply(&next->tree, *author, &commit->path,
		     group->current->context.group_id, kr_applied_added(applied)))) {
		return err;
	}
	return kr_tree_num_members(&next->tree) > group->config.max_members ? KR_ERR_LIMIT
									    : KR_OK;
}

/* commit_secret from the path, §12.4.2; all zero without one. */
static enum kr_err receive_path(const struct incoming *in,
	const struct kr_applied *applied, struct kr_epoch *next,
	struct kr_leaf_index author, struct kr_secret *commit_secret)
{
	const struct kr_group_context *before = &in->group->current->context;
	enum kr_err err;

	if (!in->commit.has_path) {
		return KR_OK;
	}
	if ((err = kr_epoch_set_context(next, before->group_id, before->epoch + 1,
		     before->confirmed_transcript_hash, applied->extensions))) {
		return err;
	}
	return kr_path_decrypt(&next->tree, author, next->own_leaf, &in->commit.path,
		next->context.encoded, kr_applied_added(applied), &next->private_path,
		commit_secret);
}

/* From the present epoch, or from the ExternalInit's key encapsulation. */
static enum kr_err find_init_secret(const struct incoming *in,
	const struct kr_applied *applied, struct kr_secret *init_secret)
{
	const struct kr_epoch_secrets *secrets = &in->group->current->secrets;
	struct kr_x25519_keypair external = {0};
	enum kr_err err;

	if (applied->kem_output.data == NULL) {
		*init_secret = secrets->init_secret;
		return KR_OK;
	}
	err = kr_external_keypair(&external, &secrets->external_secret);
	if (err == KR_OK) {
		err = kr_external_init_receive(
			init_secret, applied->kem_output, &external);
	}
	kr_x25519_keypair_wipe(&external);
	return err;
}

/* The transcript, the key schedule and the proof that we arrived where the committer
 * did. */
static enum kr_err derive_epoch(const struct incoming *in,
	const struct kr_proposal_list *list, const struct kr_applied *applied,
	const struct kr_secret *commit_secret, struct kr_epoch *next)
{
	const struct kr_epoch *before = in->group->current;
	KR_AUTO_WRITER struct kr_writer content = {0};
	KR_AUTO_WIPE struct kr_secret init_secret = {0};
	KR_AUTO_WIPE struct kr_secret psk_secret = {0};
	KR_AUTO_WIPE struct kr_secret joiner = {0};
	uint8_t confirmed[KR_MLS_HASH_BYTES];
	struct kr_view tag = in->auth.confirmation_tag;
	enum kr_err err;

	kr_writer_init(&content);
	kr_framed_content_write(&content, &in->auth.content);
	if ((err = content.err) ||
		(err = kr_confirmed_transcript_hash(confirmed,
			 kr_view(before->interim_transcript_hash,
				 sizeof(before->interim_transcript_hash)),
			 (uint16_t)in->auth.wire_format, kr_writer_view(&content),
			 in->auth.signature)) ||
		(err = kr_epoch_set_context(next, before->context.group_id,
			 before->context.epoch + 1, kr_view(confirmed, sizeof(confirmed)),
			 applied->extensions)) ||
		(err = find_init_secret(in, applied, &init_secret)) ||
		(err = kr_proposal_list_psk_secret(list, in->group, &psk_secret)) ||
		(err = kr_joiner_secret(
			 &joiner, &init_secret, commit_secret, next->context.encoded)) ||
		(err = kr_epoch_derive(next, &joiner, &psk_secret, &in->group->config)) ||
		(err = kr_epoch_confirm(next))) {
		return err;
	}
	if (tag.len != sizeof(next->confirmation_tag) ||
		!kr_equal_ct(tag.data, next->confirmation_tag,
			sizeof(next->confirmation_tag))) {
		return KR_ERR_COMMIT_CONFIRMATION;
	}
	return KR_OK;
}

/* The event takes over the lists of leaves; who joined by this commit was added too. */
static void describe_commit(const struct incoming *in, struct kr_applied *applied,
	struct kr_leaf_index author, struct kr_mls_event *event)
{
	event->kind = applied->removes_us ? KR_MLS_EVENT_REMOVED : KR_MLS_EVENT_COMMIT;
	if (in->auth.content.sender.kind == KR_MLS_SENDER_NEW_MEMBER_COMMIT) {
		/* apply left room for one more than there are proposals */
		applied->added[applied->num_added++] = author;
	}
	event->added = applied->added;
	event->num_added = applied->num_added;
	event->removed = applied->removed;
	event->num_removed = applied->num_removed;
	applied->added = NULL;   /* transferred */
	applied->removed = NULL; /* transferred */
}

/* The group ends here for us: nothing of it can be used any more, so no secret of it is
 * kept. */
static void leave_group(struct kr_mls_group *group)
{
	struct kr_epoch *epoch = group->current;

	kr_mls_commit_discard(group);
	kr_group_clear_proposals(group);
	kr_group_forget_past(group);
	kr_epoch_secrets_wipe(&epoch->secrets);
	kr_private_path_wipe(&epoch->private_path);
	kr_ed25519_keypair_wipe(&epoch->signer);
	kr_secret_tree_free(epoch->messages);
	epoch->messages = NULL;
	group->removed = true;
	kr_group_touch(group);
}

static enum kr_err process_commit(struct incoming *in, struct kr_mls_event *event)
{
	struct kr_proposal_list list = {0};
	struct kr_applied applied = {0};
	KR_AUTO_WIPE struct kr_secret commit_secret = {0};
	struct kr_leaf_index author;
	struct kr_epoch *next = kr_epoch_next(in->group->current);
	enum kr_err err;

	if (next == NULL) {
		return KR_ERR_MEMORY;
	}
	if ((err = apply_commit(in, &list, &applied, next, &author))) {
		goto out;
	}
	if (!applied.removes_us &&
		((err = receive_path(in, &applied, next, author, &commit_secret)) ||
			(err = derive_epoch(
				 in, &list, &applied, &commit_secret, next)))) {
		goto out;
	}
	describe_commit(in, &applied, author, event);
	take_step(in);
	if (event->kind == KR_MLS_EVENT_REMOVED) {
		leave_group(in->group);
		goto out;
	}
	kr_group_enter_epoch(in->group, next);
	next = NULL; /* transferred */
out:
	kr_epoch_free(next);
	kr_applied_free(&applied);
	kr_proposal_list_free(&list);
	return err;
}

/* ---- The way in -------------------------------------------------------------------- */

static enum kr_err process(
	struct incoming *in, struct kr_view input, struct kr_mls_event *event)
{
	struct kr_message message;
	enum kr_err err = kr_message_read(input, &message);

	if (err != KR_OK) {
		return err;
	}
	switch (message.wire_format) {
	case KR_WIRE_PUBLIC_MESSAGE:
		err = open_public(in, &message.public_message);
		break;
	case KR_WIRE_PRIVATE_MESSAGE:
		err = open_private(in, &message.private_message);
		break;
	default:
		err = KR_ERR_ENCODING;
	}
	if (err != KR_OK || (err = verify(in)) || (err = describe(in, event))) {
		return err;
	}
	switch (in->auth.content.type) {
	case KR_CONTENT_APPLICATION:
		event->kind = KR_MLS_EVENT_APPLICATION;
		take_step(in);
		kr_group_touch_ratchets(in->group);
		return KR_OK;
	case KR_CONTENT_PROPOSAL:
		return process_proposal(in, event);
	case KR_CONTENT_COMMIT:
		return process_commit(in, event);
	}
	return KR_ERR_ENCODING;
}

enum kr_err kr_mls_process(
	struct kr_mls_group *group, struct kr_view message, struct kr_mls_event *event)
{
	struct incoming in = {.group = group};
	enum kr_err err;

	*event = (struct kr_mls_event){0};
	if (group->removed) {
		return KR_ERR_REMOVED;
	}
	err = process(&in, message, event);
	incoming_free(&in);
	if (err != KR_OK) {
		kr_mls_event_free(event);
	}
	return err;
}
