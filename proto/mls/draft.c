#include "draft.h"

#include <stdlib.h>
#include <string.h>

void kr_commit_draft_free(struct kr_commit_draft *draft)
{
	kr_bytes_free(&draft->proposals);
	kr_proposal_list_free(&draft->list);
	kr_applied_free(&draft->applied);
	kr_epoch_free(draft->next);
	kr_bytes_free(&draft->body);
	kr_bytes_free(&draft->message);
	kr_bytes_free(&draft->welcome);
	kr_bytes_free(&draft->tree);
	kr_secret_tree_discard(draft->step);
	kr_wipe(draft, sizeof(*draft));
}

/* ---- Proposals as the caller gives them -------------------------------------------- */

static enum kr_err write_update(struct kr_writer *w, const struct kr_mls_group *group,
	const struct kr_mls_client *new_client, const struct kr_random *rng,
	struct kr_own_update *own)
{
	const struct kr_epoch *epoch = group->current;
	const struct kr_leaf_place place = {epoch->context.group_id, epoch->own_leaf};
	const struct kr_leaf *leaf = kr_tree_leaf(&epoch->tree, epoch->own_leaf);
	KR_AUTO_FREE struct kr_bytes encoded = {0};
	struct kr_leaf_params params = {
		.client = new_client,
		.same_as = new_client == NULL ? &leaf->node : NULL,
		.signer = new_client == NULL ? &epoch->signer : new_client->signer,
		.encryption_key = own->leaf.public_key,
		.source = KR_LEAF_UPDATE,
		.place = &place,
	};
	enum kr_err err;

	if ((err = kr_x25519_generate(&own->leaf, rng)) ||
		(err = kr_leaf_node_sign(&encoded, &params))) {
		return err;
	}
	own->signer = *params.signer;
	kr_write_fixed(w, kr_view_bytes(&encoded));
	return KR_OK;
}

static enum kr_err write_psk(
	struct kr_writer *w, const struct kr_mls_psk *psk, const struct kr_random *rng)
{
	uint8_t nonce[KR_SECRET_BYTES] = {0};
	struct kr_psk_id id = {
		.type = psk->kind == KR_MLS_PSK_EXTERNAL ? KR_PSK_TYPE_EXTERNAL
							 : KR_PSK_TYPE_RESUMPTION,
		.usage = KR_PSK_USAGE_APPLICATION,
		.id = psk->id,
		.epoch = psk->epoch,
		.nonce = kr_view(nonce, sizeof(nonce)),
	};
	enum kr_err err = kr_random_fill(rng, nonce, sizeof(nonce));

	if (err == KR_OK) {
		kr_psk_id_write(w, &id);
	}
	return err;
}

enum kr_err kr_write_given_proposal(struct kr_writer *w, const struct kr_mls_group *group,
	const struct kr_mls_proposal *proposal, const struct kr_random *rng,
	struct kr_own_update *own)
{
	struct kr_key_package kp;
	enum kr_err err = KR_OK;

	kr_write_u16(w, proposal->type);
	switch (proposal->type) {
	case KR_MLS_PROPOSAL_ADD:
		if ((err = kr_key_package_unwrap(proposal->key_package, &kp)) == KR_OK) {
			kr_write_fixed(w, kp.encoded);
		}
		break;
	case KR_MLS_PROPOSAL_UPDATE:
		err = own == NULL
			? KR_ERR_PROPOSAL_OWN_UPDATE
			: write_update(w, group, proposal->new_client, rng, own);
		break;
	case KR_MLS_PROPOSAL_REMOVE:
		kr_write_u32(w, proposal->removed.v);
		break;
	case KR_MLS_PROPOSAL_PSK:
		err = write_psk(w, &proposal->psk, rng);
		break;
	case KR_MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS:
		kr_write_extensions(w, proposal->extensions);
		err = w->err == KR_ERR_ARGUMENT ? KR_ERR_PROPOSAL_EXTENSION : KR_OK;
		break;
	case KR_MLS_PROPOSAL_REINIT:
		err = KR_ERR_MLS_REINIT;
		break;
	case KR_MLS_PROPOSAL_EXTERNAL_INIT:
		err = KR_ERR_PROPOSAL_EXTERNAL_INIT;
		break;
	default:
		err = KR_ERR_MLS_PROPOSAL_TYPE;
	}
	return err != KR_OK ? err : w->err;
}

/* ---- The commit, step by step ------------------------------------------------------ */

static enum kr_err apply_proposals(struct kr_commit_draft *draft)
{
	struct kr_reader r = kr_reader(kr_view_bytes(&draft->proposals));
	struct kr_commit commit = {.proposals = r.rest};
	enum kr_err err;

	for (; r.rest.len > 0; commit.num_proposals++) {
		struct kr_proposal_or_ref item;

		if ((err = kr_proposal_or_ref_read(&r, &item))) {
			return err;
		}
	}
	draft->next = kr_epoch_next(draft->group->current);
	if (draft->next == NULL) {
		return KR_ERR_MEMORY;
	}
	if ((err = kr_proposal_list_resolve(
		     &draft->list, draft->group, &commit, draft->sender)) ||
		(err = kr_proposal_list_check(
			 &draft->list, draft->group, draft->sender, draft->now_s)) ||
		(err = kr_proposal_list_psk_secret(
			 &draft->list, draft->group, &draft->psk_secret)) ||
		(err = kr_proposal_list_apply(
			 &draft->list, draft->group, draft->next, &draft->applied))) {
		return err;
	}
	draft->has_path = draft->force_path || draft->new_client != NULL ||
		kr_proposal_list_needs_path(&draft->list);
	if (draft->sender.kind == KR_MLS_SENDER_NEW_MEMBER_COMMIT) {
		return kr_tree_place(&draft->next->tree, &draft->next->own_leaf);
	}
	return KR_OK;
}

static enum kr_err set_context(
	struct kr_commit_draft *draft, struct kr_view confirmed_hash)
{
	const struct kr_group_context *before = &draft->group->current->context;

	return kr_epoch_set_context(draft->next, before->group_id, before->epoch + 1,
		confirmed_hash, draft->applied.extensions);
}

/* What receivers check of a leaf with another key or credential, so that we do not make a
 * commit that they refuse. */
static enum kr_err check_new_self(const struct kr_commit_draft *draft)
{
	const struct kr_tree *tree = &draft->next->tree;
	const struct kr_leaf *leaf = kr_tree_leaf(tree, draft->next->own_leaf);
	const struct kr_new_keys keys = {
		.signature = &leaf->node.signature_key,
		.num_signature = 1,
	};

	if (kr_tree_num_members(tree) > draft->group->config.max_members) {
		return KR_ERR_LIMIT;
	}
	if (!kr_tree_keys_stand_once(tree, &keys)) {
		return KR_ERR_LEAF_KEY_REUSED;
	}
	return kr_leaf_node_supports(&leaf->node, draft->applied.extensions);
}

static enum kr_err make_path(struct kr_commit_draft *draft, const struct kr_random *rng,
	struct kr_bytes *update_path)
{
	struct kr_epoch *next = draft->next;
	const struct kr_leaf *old = kr_tree_leaf(&next->tree, next->own_leaf);
	struct kr_leaf *kept = NULL;
	struct kr_leaf_params params = {.client = draft->new_client};
	enum kr_err err;

	if (draft->new_client != NULL) {
		next->signer = *draft->new_client->signer;
	} else {
		/* The old leaf leaves the tree while the new one is written after it. */
		if ((err = kr_leaf_new(&kept, kr_view_bytes(&old->bytes)))) {
			return err;
		}
		params.same_as = &kept->node;
	}
	params.signer = &next->signer;
	if ((err = kr_path_generate(&next->tree, next->own_leaf, params,
		     draft->group->current->context.group_id, rng, &draft->path))) {
		goto out;
	}
	if (draft->new_client != NULL && (err = check_new_self(draft))) {
		goto out;
	}
	next->private_path = draft->path.keys;
	/* Path secrets are encrypted under the context without this commit in its
	 * transcript. */
	if ((err = set_context(
		     draft, draft->group->current->context.confirmed_transcript_hash))) {
		goto out;
	}
	err = kr_path_encrypt(&next->tree, next->own_leaf, &draft->path,
		next->context.encoded, kr_applied_added(&draft->applied), rng,
		update_path);
out:
	kr_leaf_unref(kept);
	return err;
}

/* Commit, §12.4. */
static enum kr_err write_body(struct kr_commit_draft *draft, const struct kr_random *rng)
{
	KR_AUTO_FREE struct kr_bytes update_path = {0};
	KR_AUTO_WRITER struct kr_writer w = {0};
	enum kr_err err;

	kr_writer_init(&w);
	if (draft->has_path && (err = make_path(draft, rng, &update_path))) {
		return err;
	}
	kr_write_vec(&w, kr_view_bytes(&draft->proposals));
	kr_write_optional(&w, draft->has_path);
	kr_write_fixed(&w, kr_view_bytes(&update_path));
	return kr_writer_finish(&w, &draft->body);
}

static struct kr_authenticated_content authenticated(const struct kr_commit_draft *draft)
{
	return (struct kr_authenticated_content){
		.wire_format = draft->wire_format,
		.content =
			{
				.group_id = draft->group->current->context.group_id,
				.epoch = draft->group->current->context.epoch,
				.sender = draft->sender,
				.authenticated_data = draft->authenticated_data,
				.type = KR_CONTENT_COMMIT,
				.body = kr_view_bytes(&draft->body),
			},
		.signature = kr_view(draft->signature, sizeof(draft->signature)),
		.confirmation_tag = kr_view(draft->next->confirmation_tag,
			sizeof(draft->next->confirmation_tag)),
	};
}

static enum kr_err ask_policy(const struct kr_commit_draft *draft)
{
	const struct kr_leaf *leaf =
		kr_tree_leaf(&draft->next->tree, draft->next->own_leaf);
	struct kr_authenticated_content auth = authenticated(draft);

	return kr_proposal_list_ask_policy(
		&draft->list, draft->group, &auth, draft->has_path ? &leaf->node : NULL);
}

/* Sign, and derive the new epoch from what was signed. */
static enum kr_err sign_and_derive(struct kr_commit_draft *draft)
{
	const struct kr_epoch *before = draft->group->current;
	struct kr_authenticated_content auth = authenticated(draft);
	KR_AUTO_WRITER struct kr_writer content = {0};
	KR_AUTO_WIPE struct kr_secret commit_secret = {0};
	uint8_t confirmed[KR_MLS_HASH_BYTES];
	enum kr_err err;

	kr_writer_init(&content);
	kr_framed_content_write(&content, &auth.content);
	if (draft->has_path) {
		commit_secret = draft->path.commit_secret;
	}
	if ((err = content.err) ||
		(err = kr_content_sign(draft->signature, &auth.content,
			 draft->wire_format, before->context.encoded, draft->signer)) ||
		(err = kr_confirmed_transcript_hash(confirmed,
			 kr_view(before->interim_transcript_hash,
				 sizeof(before->interim_transcript_hash)),
			 (uint16_t)draft->wire_format, kr_writer_view(&content),
			 auth.signature)) ||
		(err = set_context(draft, kr_view(confirmed, sizeof(confirmed)))) ||
		(err = kr_joiner_secret(&draft->joiner, draft->init_secret,
			 &commit_secret, draft->next->context.encoded)) ||
		(err = kr_epoch_derive(draft->next, &draft->joiner, &draft->psk_secret,
			 &draft->group->config))) {
		return err;
	}
	return kr_epoch_confirm(draft->next);
}

static enum kr_err make_welcome(
	struct kr_commit_draft *draft, const struct kr_random *rng)
{
	const struct kr_welcome_input input = {
		.epoch = draft->next,
		.list = &draft->list,
		.applied = &draft->applied,
		.joiner = &draft->joiner,
		.psk_secret = &draft->psk_secret,
		.path = draft->has_path ? &draft->path : NULL,
		.with_tree = !draft->tree_beside_welcome,
	};
	KR_AUTO_WRITER struct kr_writer w = {0};
	enum kr_err err;

	kr_writer_init(&w);
	if (draft->applied.num_added == 0) {
		return KR_OK;
	}
	if ((err = kr_welcome_make(&input, rng, &draft->welcome)) || input.with_tree) {
		return err;
	}
	kr_tree_write(&w, &draft->next->tree);
	return kr_writer_finish(&w, &draft->tree);
}

enum kr_err kr_commit_draft_make(
	struct kr_commit_draft *draft, const struct kr_random *rng)
{
	struct kr_authenticated_content auth;
	enum kr_err err;

	if ((err = apply_proposals(draft)) || (err = write_body(draft, rng)) ||
		(err = ask_policy(draft)) || (err = sign_and_derive(draft)) ||
		(err = make_welcome(draft, rng))) {
		return err;
	}
	auth = authenticated(draft);
	return kr_group_frame(draft->group, &auth, rng, &draft->message, &draft->step);
}
