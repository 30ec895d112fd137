/* Own messages: framed, and held back in handles until the state is stored. */
#include "group.h"

#include <stdlib.h>

/* ---- Handles ----------------------------------------------------------------------- */

struct kr_mls_outgoing *kr_outgoing_new(void)
{
	return calloc(1, sizeof(struct kr_mls_outgoing));
}

void kr_mls_outgoing_free(struct kr_mls_outgoing *outgoing)
{
	if (outgoing == NULL) {
		return;
	}
	kr_bytes_free(&outgoing->message);
	kr_bytes_free(&outgoing->welcome);
	kr_bytes_free(&outgoing->tree);
	free(outgoing);
}

static enum kr_err release(const struct kr_mls_group *group,
	const struct kr_mls_outgoing *outgoing, const struct kr_bytes *bytes,
	struct kr_view *out)
{
	*out = kr_view(NULL, 0);
	if (outgoing->group != group) {
		return KR_ERR_ARGUMENT;
	}
	if (group->stored_revision < outgoing->revision) {
		return KR_ERR_NOT_STORED;
	}
	*out = kr_view_bytes(bytes);
	return KR_OK;
}

enum kr_err kr_mls_outgoing_message(const struct kr_mls_group *group,
	const struct kr_mls_outgoing *outgoing, struct kr_view *message)
{
	return release(group, outgoing, &outgoing->message, message);
}

enum kr_err kr_mls_outgoing_welcome(const struct kr_mls_group *group,
	const struct kr_mls_outgoing *outgoing, struct kr_view *welcome)
{
	return release(group, outgoing, &outgoing->welcome, welcome);
}

enum kr_err kr_mls_outgoing_tree(const struct kr_mls_group *group,
	const struct kr_mls_outgoing *outgoing, struct kr_view *tree)
{
	return release(group, outgoing, &outgoing->tree, tree);
}

/* ---- Framing ----------------------------------------------------------------------- */

struct kr_framed_content kr_group_own_content(const struct kr_mls_group *group,
	enum kr_content_type type, struct kr_view authenticated_data, struct kr_view body)
{
	return (struct kr_framed_content){
		.group_id = group->current->context.group_id,
		.epoch = group->current->context.epoch,
		.sender = {.kind = KR_MLS_SENDER_MEMBER,
			.index = group->current->own_leaf.v},
		.authenticated_data = authenticated_data,
		.type = type,
		.body = body,
	};
}

static enum kr_err frame_public(const struct kr_mls_group *group,
	const struct kr_authenticated_content *auth, struct kr_bytes *message)
{
	uint8_t tag[KR_HMAC_BYTES];
	struct kr_public_message public_message = {.auth = *auth};
	enum kr_err err;

	if (auth->content.sender.kind == KR_MLS_SENDER_MEMBER) {
		if ((err = kr_membership_tag(tag, auth, group->current->context.encoded,
			     &group->current->secrets.membership_key))) {
			return err;
		}
		public_message.membership_tag = kr_view(tag, sizeof(tag));
	}
	return kr_public_message_write(message, &public_message);
}

enum kr_err kr_group_frame(const struct kr_mls_group *group,
	const struct kr_authenticated_content *auth, const struct kr_random *rng,
	struct kr_bytes *message, struct kr_secret_tree_step **step)
{
	const struct kr_epoch *epoch = group->current;
	enum kr_ratchet_kind kind = auth->content.type == KR_CONTENT_APPLICATION
		? KR_RATCHET_APPLICATION
		: KR_RATCHET_HANDSHAKE;
	struct kr_message_key key = {0};
	enum kr_err err;

	*step = NULL;
	if (auth->wire_format == KR_WIRE_PUBLIC_MESSAGE) {
		return frame_public(group, auth, message);
	}
	if ((err = kr_secret_tree_next(
		     epoch->messages, epoch->own_leaf, kind, &key, step))) {
		return err;
	}
	err = kr_private_message_seal(message, auth, &key,
		&epoch->secrets.sender_data_secret, &group->config, rng);
	kr_wipe(&key, sizeof(key));
	if (err != KR_OK) {
		kr_secret_tree_discard(*step);
		*step = NULL;
	}
	return err;
}
