/* Coming from outside: external commits, RFC 9420 §12.4.3.2, and proposals of those who
 * are no members, §12.1.8. */
#include "draft.h"

#include <string.h>

/* ---- Joining by external commit ---------------------------------------------------- */

/* The epoch that a GroupInfo describes, as far as an outsider knows it: no secrets. */
static enum kr_err outside_view(struct kr_epoch *epoch, const struct kr_group_info *info,
	struct kr_view ratchet_tree, const struct kr_mls_config *config)
{
	enum kr_err err;

	if ((err = kr_group_info_tree(info, ratchet_tree, config, &epoch->tree)) ||
		(err = kr_epoch_set_context(epoch, info->context.group_id,
			 info->context.epoch, info->context.confirmed_transcript_hash,
			 info->context.extensions))) {
		return err;
	}
	return kr_interim_transcript_hash(epoch->interim_transcript_hash,
		info->context.confirmed_transcript_hash, info->confirmation_tag);
}

static enum kr_err read_external_pub(
	const struct kr_group_info *info, const uint8_t **key)
{
	struct kr_view data;
	struct kr_reader r;
	enum kr_err err;

	if (kr_mls_extension_find(info->extensions, KR_MLS_EXT_EXTERNAL_PUB, &data) !=
		KR_OK) {
		return KR_ERR_EXTERNAL_PUB_MISSING;
	}
	r = kr_reader(data);
	if ((err = kr_read_key(&r, KR_X25519_BYTES, key))) {
		return err;
	}
	return kr_read_end(&r);
}

/* ExternalInit, the old leaf's Remove if asked for, and pre-shared keys: all by value. */
static enum kr_err write_proposals(struct kr_writer *w,
	const struct kr_mls_group *outside, const struct kr_mls_external_join *join,
	const uint8_t kem_output[KR_X25519_BYTES], const struct kr_random *rng)
{
	struct kr_mls_proposal remove = {.type = KR_MLS_PROPOSAL_REMOVE};
	enum kr_err err;

	kr_write_u8(w, 1);
	kr_write_u16(w, KR_MLS_PROPOSAL_EXTERNAL_INIT);
	kr_write_vec(w, kr_view(kem_output, KR_X25519_BYTES));
	if (kr_tree_find_signature_key(&outside->current->tree,
		    join->client->signer->public_key, &remove.removed)) {
		if (!join->resync) {
			return KR_ERR_PROPOSAL_ADD_MEMBER;
		}
		kr_write_u8(w, 1);
		if ((err = kr_write_given_proposal(w, outside, &remove, rng, NULL))) {
			return err;
		}
	}
	for (size_t i = 0; i < join->num_psks; i++) {
		struct kr_mls_proposal psk = {
			.type = KR_MLS_PROPOSAL_PSK,
			.psk = join->psks[i],
		};

		kr_write_u8(w, 1);
		if ((err = kr_write_given_proposal(w, outside, &psk, rng, NULL))) {
			return err;
		}
	}
	return w->err;
}

/* Make the commit from the outside view; the draft's next epoch is ours. */
static enum kr_err draft_external(const struct kr_mls_group *outside,
	const struct kr_group_info *info, const struct kr_mls_external_join *join,
	const struct kr_random *rng, struct kr_commit_draft *draft)
{
	KR_AUTO_WRITER struct kr_writer w = {0};
	KR_AUTO_WIPE struct kr_secret init_secret = {0};
	uint8_t kem_output[KR_X25519_BYTES];
	const uint8_t *external_pub;
	enum kr_err err;

	kr_writer_init(&w);
	*draft = (struct kr_commit_draft){
		.group = outside,
		.sender = {.kind = KR_MLS_SENDER_NEW_MEMBER_COMMIT},
		.wire_format = KR_WIRE_PUBLIC_MESSAGE,
		.authenticated_data = join->authenticated_data,
		.signer = join->client->signer,
		.new_client = join->client,
		.init_secret = &init_secret,
		.force_path = true,
	};
	if ((err = read_external_pub(info, &external_pub)) ||
		(err = kr_external_init_send(
			 kem_output, &init_secret, external_pub, rng)) ||
		(err = write_proposals(&w, outside, join, kem_output, rng)) ||
		(err = kr_writer_finish(&w, &draft->proposals)) ||
		(err = kr_commit_draft_make(draft, rng))) {
		return err;
	}
	draft->init_secret = NULL; /* ends with this function */
	return KR_OK;
}

enum kr_err kr_mls_group_join_external(struct kr_mls_group **group,
	struct kr_mls_outgoing **outgoing, const struct kr_mls_config *config,
	const struct kr_mls_external_join *join, const struct kr_random *rng)
{
	struct kr_commit_draft draft = {0};
	struct kr_mls_group *made = NULL;
	struct kr_mls_outgoing *handle = NULL;
	struct kr_message message;
	struct kr_group_info info;
	struct kr_epoch *outside;
	enum kr_err err;

	*group = NULL;
	*outgoing = NULL;
	if ((err = kr_message_read(join->group_info, &message))) {
		return err;
	}
	if (message.wire_format != KR_WIRE_GROUP_INFO) {
		return KR_ERR_ENCODING;
	}
	if ((err = kr_group_info_read(message.rest, &info))) {
		return err;
	}
	outside = kr_epoch_new();
	if (outside == NULL) {
		return KR_ERR_MEMORY;
	}
	if ((err = outside_view(outside, &info, join->ratchet_tree, config))) {
		kr_epoch_free(outside);
		return err;
	}
	if ((err = kr_group_wrap(&made, config, outside)) ||
		(err = draft_external(made, &info, join, rng, &draft))) {
		goto out;
	}
	handle = kr_outgoing_new();
	if (handle == NULL) {
		err = KR_ERR_MEMORY;
		goto out;
	}
	handle->message = draft.message;
	handle->group = made;
	handle->revision = made->revision;
	draft.message = (struct kr_bytes){0}; /* transferred */
	kr_epoch_free(made->current);
	made->current = draft.next;
	draft.next = NULL; /* transferred */
	*group = made;
	*outgoing = handle;
	made = NULL; /* transferred */
out:
	kr_commit_draft_free(&draft);
	kr_mls_group_free(made);
	return err;
}

/* ---- Proposals from outside -------------------------------------------------------- */

static enum kr_err frame_outside_proposal(struct kr_bytes *message,
	struct kr_view group_id, uint64_t epoch, struct kr_mls_sender sender,
	struct kr_view body, const struct kr_ed25519_keypair *signer)
{
	uint8_t signature[KR_ED25519_SIG_BYTES] = {0};
	struct kr_public_message public_message = {
		.auth =
			{
				.wire_format = KR_WIRE_PUBLIC_MESSAGE,
				.content =
					{
						.group_id = group_id,
						.epoch = epoch,
						.sender = sender,
						.type = KR_CONTENT_PROPOSAL,
						.body = body,
					},
				.signature = kr_view(signature, sizeof(signature)),
			},
	};
	enum kr_err err = kr_content_sign(signature, &public_message.auth.content,
		KR_WIRE_PUBLIC_MESSAGE, kr_view(NULL, 0), signer);

	return err != KR_OK ? err : kr_public_message_write(message, &public_message);
}

enum kr_err kr_mls_external_propose(struct kr_bytes *message, struct kr_view group_id,
	uint64_t epoch, uint32_t sender_index, const struct kr_ed25519_keypair *signer,
	const struct kr_mls_proposal *proposal, const struct kr_random *rng)
{
	const struct kr_mls_sender sender = {KR_MLS_SENDER_EXTERNAL, sender_index};
	KR_AUTO_WRITER struct kr_writer w = {0};
	enum kr_err err;

	*message = (struct kr_bytes){0};
	kr_writer_init(&w);
	if (proposal->type == KR_MLS_PROPOSAL_UPDATE) {
		return KR_ERR_PROPOSAL_SENDER; /* only a member has a leaf to update */
	}
	if ((err = kr_write_given_proposal(&w, NULL, proposal, rng, NULL))) {
		return err;
	}
	return frame_outside_proposal(
		message, group_id, epoch, sender, kr_writer_view(&w), signer);
}

enum kr_err kr_mls_new_member_propose(struct kr_bytes *message, struct kr_view group_id,
	uint64_t epoch, struct kr_view key_package,
	const struct kr_ed25519_keypair *signer)
{
	const struct kr_mls_sender sender = {.kind = KR_MLS_SENDER_NEW_MEMBER_PROPOSAL};
	const struct kr_mls_proposal proposal = {
		.type = KR_MLS_PROPOSAL_ADD,
		.key_package = key_package,
	};
	KR_AUTO_WRITER struct kr_writer w = {0};
	enum kr_err err;

	*message = (struct kr_bytes){0};
	kr_writer_init(&w);
	if ((err = kr_write_given_proposal(&w, NULL, &proposal, NULL, NULL))) {
		return err;
	}
	return frame_outside_proposal(
		message, group_id, epoch, sender, kr_writer_view(&w), signer);
}
