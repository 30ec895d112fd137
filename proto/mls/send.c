/* Sending: application data, proposals, commits, and the handles that hold them back
 * until the state is stored. */
#include "draft.h"
#include "psk.h"

#include <stdlib.h>
#include <string.h>

/* ---- Signing -------------------------------------------------------------- */

/* Sign own content and frame it. */
static enum kr_err sign_and_frame(const struct kr_mls_group *group,
	struct kr_authenticated_content *auth, uint8_t signature[KR_ED25519_SIG_BYTES],
	const struct kr_random *rng, struct kr_bytes *message,
	struct kr_secret_tree_step **step)
{
	enum kr_err err = kr_content_sign(signature, &auth->content, auth->wire_format,
		group->current->context.encoded, &group->current->signer);

	if (err != KR_OK) {
		return err;
	}
	auth->signature = kr_view(signature, KR_ED25519_SIG_BYTES);
	return kr_group_frame(group, auth, rng, message, step);
}

/* ---- Application data -------------------------------------------------------------- */

enum kr_err kr_mls_encrypt(struct kr_mls_group *group, struct kr_view authenticated_data,
	struct kr_view plaintext, const struct kr_random *rng,
	struct kr_mls_outgoing **outgoing)
{
	struct kr_authenticated_content auth = {
		.wire_format = KR_WIRE_PRIVATE_MESSAGE,
		.content = kr_group_own_content(
			group, KR_CONTENT_APPLICATION, authenticated_data, plaintext),
	};
	uint8_t signature[KR_ED25519_SIG_BYTES];
	struct kr_secret_tree_step *step = NULL;
	struct kr_mls_outgoing *made;
	enum kr_err err;

	*outgoing = NULL;
	if (group->removed) {
		return KR_ERR_REMOVED;
	}
	if (group->num_proposals > 0) {
		return KR_ERR_STATE;
	}
	made = kr_outgoing_new();
	if (made == NULL) {
		return KR_ERR_MEMORY;
	}
	if ((err = sign_and_frame(group, &auth, signature, rng, &made->message, &step))) {
		kr_mls_outgoing_free(made);
		return err;
	}
	kr_secret_tree_commit(group->current->messages, step);
	kr_group_touch_ratchets(group);
	made->group = group;
	made->revision = group->revision;
	*outgoing = made;
	return KR_OK;
}

/* ---- Proposals --------------------------------------------------------------------- */

/* The proposal encoded, checked as a receiver would, signed and framed. */
static enum kr_err make_proposal(const struct kr_mls_group *group,
	const struct kr_mls_proposal *proposal, struct kr_mls_framing framing,
	uint64_t now_s, const struct kr_random *rng, struct kr_pending_proposal *pending,
	struct kr_own_update *own, struct kr_mls_outgoing *made,
	struct kr_secret_tree_step **step)
{
	struct kr_authenticated_content auth = {
		.wire_format = framing.as_public ? KR_WIRE_PUBLIC_MESSAGE
						 : KR_WIRE_PRIVATE_MESSAGE,
	};
	struct kr_listed_proposal item = {0};
	uint8_t signature[KR_ED25519_SIG_BYTES];
	KR_AUTO_WRITER struct kr_writer w = {0};
	struct kr_reader r;
	enum kr_err err;

	kr_writer_init(&w);
	if ((err = kr_write_given_proposal(&w, group, proposal, rng, own)) ||
		(err = kr_writer_finish(&w, &pending->encoded))) {
		return err;
	}
	r = kr_reader(kr_view_bytes(&pending->encoded));
	auth.content = kr_group_own_content(
		group, KR_CONTENT_PROPOSAL, framing.authenticated_data, r.rest);
	item.sender = auth.content.sender;
	pending->sender = auth.content.sender;
	if ((err = kr_proposal_read(&r, &item.proposal)) ||
		(err = kr_proposal_check(group, &item, now_s)) ||
		(err = sign_and_frame(
			 group, &auth, signature, rng, &made->message, step))) {
		return err;
	}
	return kr_proposal_ref(pending->ref, &auth);
}

enum kr_err kr_mls_propose(struct kr_mls_group *group,
	const struct kr_mls_proposal *proposal, struct kr_mls_framing framing,
	uint64_t now_s, const struct kr_random *rng, struct kr_mls_outgoing **outgoing)
{
	struct kr_pending_proposal pending = {0};
	struct kr_own_update own = {0};
	struct kr_secret_tree_step *step = NULL;
	struct kr_mls_outgoing *made;
	enum kr_err err;

	*outgoing = NULL;
	if (group->removed) {
		return KR_ERR_REMOVED;
	}
	if (group->num_proposals >= group->config.max_pending_proposals) {
		return KR_ERR_LIMIT;
	}
	made = kr_outgoing_new();
	if (made == NULL) {
		return KR_ERR_MEMORY;
	}
	if ((err = make_proposal(group, proposal, framing, now_s, rng, &pending, &own,
		     made, &step))) {
		goto out;
	}
	if (step != NULL) {
		kr_secret_tree_commit(group->current->messages, step);
		step = NULL; /* transferred */
	}
	group->proposals[group->num_proposals++] = pending;
	pending.encoded = (struct kr_bytes){0}; /* transferred */
	if (proposal->type == KR_MLS_PROPOSAL_UPDATE) {
		group->own_updates[group->num_own_updates++] = own;
	}
	kr_group_touch(group);
	made->group = group;
	made->revision = group->revision;
	*outgoing = made;
	made = NULL; /* transferred */
out:
	kr_secret_tree_discard(step);
	kr_bytes_free(&pending.encoded);
	kr_wipe(&own, sizeof(own));
	kr_mls_outgoing_free(made);
	return err;
}

/* ---- Commits ----------------------------------------------------------------------- */

static void write_by_value(struct kr_writer *w)
{
	kr_write_u8(w, 1);
}

static void write_by_reference(struct kr_writer *w, const uint8_t ref[KR_MLS_HASH_BYTES])
{
	kr_write_u8(w, 2);
	kr_write_vec(w, kr_view(ref, KR_MLS_HASH_BYTES));
}

/* What kr_proposal_check does not ask: whether we know a pre-shared key, and whether a
 * leaf supports what the group uses. A member that proposes otherwise must not keep us
 * from committing. */
static bool can_take_effect(const struct kr_mls_group *group, const struct kr_proposal *p)
{
	struct kr_view extensions = group->current->context.extensions;
	KR_AUTO_FREE struct kr_bytes psk = {0};

	switch (p->type) {
	case KR_MLS_PROPOSAL_PSK:
		return kr_find_psk(&group->config, group, &p->psk, &psk) == KR_OK;
	case KR_MLS_PROPOSAL_ADD:
		return kr_leaf_node_supports(&p->key_package.leaf, extensions) == KR_OK;
	case KR_MLS_PROPOSAL_UPDATE:
		return kr_leaf_node_supports(&p->leaf, extensions) == KR_OK;
	default:
		return true;
	}
}

/* Whether a pending proposal can still be committed by us, beside what is chosen
 * already. */
static bool is_committable(const struct kr_mls_group *group,
	const struct kr_listed_proposal *item, const struct kr_proposal_list *chosen,
	uint64_t now_s)
{
	uint32_t own_leaf = group->current->own_leaf.v;
	struct kr_leaf_index member;

	if (item->proposal.type == KR_MLS_PROPOSAL_UPDATE &&
		item->sender.index == own_leaf) {
		return false;
	}
	if (item->proposal.type == KR_MLS_PROPOSAL_REMOVE &&
		item->proposal.removed.v == own_leaf) {
		return false;
	}
	if (item->proposal.type == KR_MLS_PROPOSAL_ADD &&
		kr_tree_find_signature_key(&group->current->tree,
			item->proposal.key_package.leaf.signature_key, &member)) {
		return false;
	}
	return can_take_effect(group, &item->proposal) &&
		kr_proposal_check(group, item, now_s) == KR_OK &&
		!kr_proposal_list_conflicts(chosen, item);
}

/* Add to w the pending proposals that go together: first all but Updates (a Remove
 * outweighs an Update of the same leaf), then Updates from the newest. */
static enum kr_err choose_pending(const struct kr_mls_group *group,
	struct kr_proposal_list *chosen, uint64_t now_s, struct kr_writer *w)
{
	for (int updates = 0; updates <= 1; updates++) {
		for (size_t i = 0; i < group->num_proposals; i++) {
			const struct kr_pending_proposal *pending =
				&group->proposals[updates ? group->num_proposals - 1 - i
							  : i];
			struct kr_reader r = kr_reader(kr_view_bytes(&pending->encoded));
			struct kr_listed_proposal item = {
				.sender = pending->sender,
				.by_reference = true,
			};
			enum kr_err err = kr_proposal_read(&r, &item.proposal);

			if (err != KR_OK) {
				return err;
			}
			if ((item.proposal.type == KR_MLS_PROPOSAL_UPDATE) !=
					(updates == 1) ||
				!is_committable(group, &item, chosen, now_s)) {
				continue;
			}
			chosen->items[chosen->num++] = item;
			write_by_reference(w, pending->ref);
		}
	}
	return w->err;
}

/* The ProposalOrRef list: what the caller gives by value, then what is pending. */
static enum kr_err choose_proposals(const struct kr_mls_group *group,
	const struct kr_mls_commit_options *options, const struct kr_random *rng,
	struct kr_bytes *proposals)
{
	KR_AUTO_WRITER struct kr_writer values = {0};
	KR_AUTO_WRITER struct kr_writer w = {0};
	struct kr_proposal_list chosen = {0};
	struct kr_reader r;
	enum kr_err err = KR_OK;

	kr_writer_init(&values);
	kr_writer_init(&w);
	chosen.items = calloc(
		options->num_proposals + group->num_proposals + 1, sizeof(*chosen.items));
	if (chosen.items == NULL) {
		return KR_ERR_MEMORY;
	}
	for (size_t i = 0; err == KR_OK && i < options->num_proposals; i++) {
		write_by_value(&values);
		err = kr_write_given_proposal(
			&values, group, &options->proposals[i], rng, NULL);
	}
	r = kr_reader(kr_writer_view(&values));
	while (err == KR_OK && r.rest.len > 0) {
		struct kr_proposal_or_ref item;

		err = kr_proposal_or_ref_read(&r, &item);
		chosen.items[chosen.num].proposal = item.proposal;
		chosen.items[chosen.num++].sender.kind = KR_MLS_SENDER_MEMBER;
	}
	kr_write_fixed(&w, kr_writer_view(&values));
	if (err == KR_OK && !options->without_pending) {
		err = choose_pending(group, &chosen, options->now_s, &w);
	}
	kr_proposal_list_free(&chosen);
	return err != KR_OK ? err : kr_writer_finish(&w, proposals);
}

enum kr_err kr_mls_commit(struct kr_mls_group *group,
	const struct kr_mls_commit_options *options, const struct kr_random *rng,
	struct kr_mls_outgoing **outgoing)
{
	struct kr_commit_draft draft = {
		.group = group,
		.sender = {KR_MLS_SENDER_MEMBER, group->current->own_leaf.v},
		.wire_format = options->framing.as_public ? KR_WIRE_PUBLIC_MESSAGE
							  : KR_WIRE_PRIVATE_MESSAGE,
		.authenticated_data = options->framing.authenticated_data,
		.signer = &group->current->signer,
		.new_client = options->new_client,
		.init_secret = &group->current->secrets.init_secret,
		.force_path = options->force_path,
		.tree_beside_welcome = options->tree_beside_welcome,
		.now_s = options->now_s,
	};
	struct kr_mls_outgoing *made = NULL;
	enum kr_err err;

	*outgoing = NULL;
	if (group->removed) {
		return KR_ERR_REMOVED;
	}
	if (group->pending != NULL) {
		return KR_ERR_COMMIT_PENDING;
	}
	if ((err = choose_proposals(group, options, rng, &draft.proposals)) ||
		(err = kr_commit_draft_make(&draft, rng))) {
		goto out;
	}
	made = kr_outgoing_new();
	if (made == NULL) {
		err = KR_ERR_MEMORY;
		goto out;
	}
	made->message = draft.message;
	made->welcome = draft.welcome;
	made->tree = draft.tree;
	group->pending = draft.next;
	if (draft.step != NULL) {
		kr_secret_tree_commit(group->current->messages, draft.step);
	}
	/* All transferred. */
	draft.message = draft.welcome = draft.tree = (struct kr_bytes){0};
	draft.next = NULL;
	draft.step = NULL;
	kr_group_touch(group);
	made->group = group;
	made->revision = group->revision;
	*outgoing = made;
out:
	kr_commit_draft_free(&draft);
	return err;
}

enum kr_err kr_mls_commit_accepted(struct kr_mls_group *group)
{
	if (group->pending == NULL) {
		return KR_ERR_STATE;
	}
	kr_group_enter_epoch(group, group->pending);
	return KR_OK;
}

void kr_mls_commit_discard(struct kr_mls_group *group)
{
	if (group->pending != NULL) {
		kr_epoch_free(group->pending);
		group->pending = NULL;
		kr_group_touch(group);
	}
}

bool kr_mls_commit_is_pending(const struct kr_mls_group *group)
{
	return group->pending != NULL;
}
