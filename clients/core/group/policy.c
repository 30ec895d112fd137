/* Who may commit what. The hook sees every commit before anything of it is applied, a
 * peer's and one's own; proto/TRUST.md §4 and §9, proto/PROTOCOL.md §4.
 *
 * A commit that fails here is refused by every client alike: nothing that the check asks
 * depends on a clock, or on what only this client knows. What a client does not know yet,
 * since the community's topic is behind, makes it wait (is_early), not refuse. */
#include <string.h>

#include "clients/core/group/parts.h"
#include "clients/core/state.h"

/* One commit under the hook. */
struct check {
	struct group *group;
	const struct community *community;
	const struct kr_mls_group *mls;
	const struct kr_mls_commit_info *commit;
	struct kr_group_aad aad;
	struct kr_policy before;
	struct kr_policy after; /* as before if the commit leaves it alone */
	bool is_own;
	bool is_administrator;
	uint8_t committer[KR_ID_BYTES];
	/* What the commit does, by accounts. */
	struct kr_bytes added;
	struct kr_bytes removed;
};

static void check_finish(struct check *c)
{
	kr_bytes_free(&c->added);
	kr_bytes_free(&c->removed);
}

static enum kr_err refuse(struct group *group, enum alarm alarm, enum kr_err err)
{
	if (err == KR_ERR_MEMORY) {
		return err;
	}
	group->refusal = (struct refusal){.is_set = true, .alarm = alarm, .err = err};
	return KR_ERR_POLICY;
}

static enum kr_err wait_for_chain(struct group *group, enum kr_err err)
{
	group->refusal = (struct refusal){.is_set = true,
		.is_early = true,
		.alarm = ALARM_UNCERTIFIED_LEAF,
		.err = err};
	return KR_ERR_POLICY;
}

/* ---- Leaves ----------------------------------------------------------------------- */

static enum kr_err check_leaf(struct group *group, const struct community *community,
	const struct kr_policy *policy, uint64_t now_s, struct kr_view identity,
	const uint8_t *key, struct kr_certificate *out)
{
	const struct kr_certificate_rules rules = {
		.chain = &community->chain,
		.policy = policy,
		.now_s = now_s,
	};
	enum kr_err err = kr_certificate_check(out, identity, key, &rules);

	if (err == KR_ERR_CERT_ISSUER) {
		struct kr_certificate read;

		/* An issuer that the policy lists and the chain does not know yet. */
		if (kr_certificate_read(&read, identity) == KR_OK &&
			kr_policy_has_issuer(policy, read.issuer) &&
			!kr_chain_knows(&community->chain, read.issuer)) {
			return wait_for_chain(group, err);
		}
	}
	return err == KR_OK ? KR_OK : refuse(group, ALARM_UNCERTIFIED_LEAF, err);
}

static enum kr_err check_leaf_of(struct check *c, struct kr_view identity,
	const uint8_t *key, struct kr_certificate *out)
{
	return check_leaf(c->group, c->community, &c->after,
		c->is_own ? c->group->core->now_ms / 1000 : 0, identity, key, out);
}

/* ---- The new policy --------------------------------------------------------------- */

/* RFC 9420 §7.2: struct { uint16 extension_types<V>; … }. */
static bool requires_policy(struct kr_view extensions)
{
	struct kr_view data;
	struct kr_view types;
	struct kr_reader r;
	uint16_t type;

	if (kr_mls_extension_find(extensions, KR_MLS_EXT_REQUIRED_CAPABILITIES, &data) !=
		KR_OK) {
		return false;
	}
	r = kr_reader(data);
	if (kr_read_vec(&r, &types) != KR_OK) {
		return false;
	}
	r = kr_reader(types);
	while (kr_read_u16(&r, &type) == KR_OK) {
		if (type == KR_POLICY_EXTENSION) {
			return true;
		}
	}
	return false;
}

/* A circle's inboxes are the community's own group's, as far as that is known here. */
static bool inboxes_are_trusted(const struct group *group, const struct kr_policy *policy)
{
	const struct community *community = community_look(group->core, group->community);
	const struct group *main_group = group_look(group->core, community->main_group);
	struct kr_policy main_policy;
	struct kr_policy_inbox inbox;
	struct kr_policy_inbox trusted;

	if (group->is_main || main_group == NULL ||
		group_policy(main_group, &main_policy) != KR_OK) {
		return true;
	}
	for (size_t i = 0; kr_policy_inbox_at(policy, i, &inbox) == KR_OK; i++) {
		bool is_found = false;

		for (size_t k = 0; !is_found &&
			kr_policy_inbox_at(&main_policy, k, &trusted) == KR_OK;
			k++) {
			is_found = memcmp(inbox.identity_key, trusted.identity_key,
					   sizeof(inbox.identity_key)) == 0;
		}
		if (!is_found) {
			return false;
		}
	}
	return true;
}

/* Against the chain; a head or an issuer that is not known here may still come. */
static enum kr_err check_chain(struct group *group, const struct community *community,
	const struct kr_policy *policy)
{
	uint32_t position;
	enum kr_err err;

	if (kr_chain_find(&community->chain, &position, policy->chain_head) != KR_OK) {
		return wait_for_chain(group, KR_ERR_POLICY_CHAIN);
	}
	err = kr_policy_check(policy, &community->chain, group->is_main);
	return err == KR_OK ? KR_OK : refuse(group, ALARM_OVERSTEP, err);
}

/* Is the chain's record that this policy names before the one that was applied already?
 * Then it would bring back a coordinator who was withdrawn. */
static bool goes_back(const struct check *c)
{
	uint32_t before;
	uint32_t after;

	return kr_chain_find(&c->community->chain, &before, c->before.chain_head) ==
		KR_OK &&
		kr_chain_find(&c->community->chain, &after, c->after.chain_head) ==
		KR_OK &&
		after < before;
}

static enum kr_err check_policy(struct check *c, struct kr_view extensions)
{
	struct kr_view data;
	unsigned parts;
	enum kr_err err;

	if ((err = kr_mls_extension_find(extensions, KR_POLICY_EXTENSION, &data)) ||
		(err = kr_policy_read(&c->after, data))) {
		return refuse(c->group, ALARM_OVERSTEP, err);
	}
	parts = kr_policy_compare(&c->before, &c->after);
	if ((parts & KR_POLICY_COMMUNITY) || c->after.number != c->before.number + 1 ||
		!requires_policy(extensions) || goes_back(c)) {
		return refuse(c->group, ALARM_OVERSTEP, KR_ERR_POLICY);
	}
	if ((parts & KR_POLICY_INBOXES) && !c->is_own &&
		!inboxes_are_trusted(c->group, &c->after)) {
		/* Which of the two groups is further is not known: told, not refused. */
		if ((err = group_alarm(c->group->core, c->group, ALARM_OVERSTEP, NULL,
			     KR_ERR_POLICY))) {
			return err;
		}
	}
	return check_chain(c->group, c->community, &c->after);
}

/* ---- Proposals -------------------------------------------------------------------- */

static enum kr_err check_form(struct check *c)
{
	const struct kr_mls_commit_info *commit = c->commit;

	if (!commit->is_private || commit->is_external ||
		commit->committer.kind != KR_MLS_SENDER_MEMBER ||
		(commit->num_proposals > 0 && !c->is_administrator)) {
		return refuse(c->group, ALARM_OVERSTEP, KR_ERR_POLICY);
	}
	for (size_t i = 0; i < commit->num_proposals; i++) {
		const struct kr_mls_proposal_info *p = &commit->proposals[i];

		if (p->by_reference ||
			(p->type != KR_MLS_PROPOSAL_ADD &&
				p->type != KR_MLS_PROPOSAL_REMOVE &&
				p->type != KR_MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS)) {
			return refuse(c->group, ALARM_OVERSTEP, KR_ERR_POLICY);
		}
	}
	return KR_OK;
}

/* The policy first: it is the new one that leaves are held against. */
static enum kr_err check_extensions(struct check *c)
{
	enum kr_err err = KR_OK;

	for (size_t i = 0; err == KR_OK && i < c->commit->num_proposals; i++) {
		if (c->commit->proposals[i].type ==
			KR_MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS) {
			err = check_policy(c, c->commit->proposals[i].extensions);
		}
	}
	return err;
}

/* A certificate that ended with a removal does not come back: its serial is in the policy
 * at the latest with the commit that removes the leaf. */
static enum kr_err check_members(struct check *c)
{
	struct kr_certificate certificate;
	enum kr_err err = KR_OK;

	for (size_t i = 0; err == KR_OK && i < c->commit->num_proposals; i++) {
		const struct kr_mls_proposal_info *p = &c->commit->proposals[i];
		struct kr_mls_member target = {.identity = p->target_identity};

		if (p->type == KR_MLS_PROPOSAL_ADD) {
			err = check_leaf_of(c, p->target_identity,
				p->target_signature_key, &certificate);
			if (err == KR_OK) {
				err = ids_add(&c->added, certificate.account);
			}
		} else if (p->type == KR_MLS_PROPOSAL_REMOVE &&
			leaf_certificate(&target, &certificate) == KR_OK) {
			err = ids_add(&c->removed, certificate.account);
		}
	}
	return err;
}

/* The committer's new leaf is the same account's and device's. */
static enum kr_err check_path(struct check *c)
{
	struct kr_certificate certificate;
	enum kr_err err;

	if (!c->commit->has_path) {
		return KR_OK;
	}
	err = check_leaf_of(c, c->commit->committer_identity,
		c->commit->committer_signature_key, &certificate);
	if (err != KR_OK) {
		return err;
	}
	if (memcmp(certificate.account, c->committer, KR_ID_BYTES) != 0) {
		return refuse(c->group, ALARM_UNCERTIFIED_LEAF, KR_ERR_POLICY);
	}
	return KR_OK;
}

/* ---- Routing ---------------------------------------------------------------------- */

/* Has the account a leaf that this commit does not remove, or one that it adds? */
static enum kr_err leaves_stay(const struct check *c, const uint8_t *account, bool *stays)
{
	struct kr_certificate certificate;
	struct kr_mls_member member;
	uint32_t at = 0;

	*stays = ids_have(kr_view_bytes(&c->added), account);
	while (!*stays && member_next(c->mls, &at, &member, &certificate) == KR_OK) {
		bool is_removed = false;

		if (memcmp(certificate.account, account, KR_ID_BYTES) != 0) {
			continue;
		}
		for (size_t i = 0; !is_removed && i < c->commit->num_proposals; i++) {
			const struct kr_mls_proposal_info *p = &c->commit->proposals[i];

			is_removed = p->type == KR_MLS_PROPOSAL_REMOVE &&
				p->target.v == member.leaf.v;
		}
		*stays = !is_removed;
	}
	return KR_OK;
}

/* Who is routed in or gets a Welcome has a new leaf, and the other way round. */
static bool added_agree(const struct check *c)
{
	const struct kr_group_aad *aad = &c->aad;
	size_t num_named = (aad->added.len + aad->welcomed.len) / KR_ID_BYTES;

	for (size_t at = 0; at < c->added.len; at += KR_ID_BYTES) {
		const uint8_t *account = c->added.data + at;
		bool is_named = false;

		for (size_t k = 0; k < aad->added.len; k += KR_ID_BYTES) {
			is_named |=
				memcmp(aad->added.data + k, account, KR_ID_BYTES) == 0;
		}
		for (size_t k = 0; k < aad->welcomed.len; k += KR_ID_BYTES) {
			is_named |=
				memcmp(aad->welcomed.data + k, account, KR_ID_BYTES) == 0;
		}
		if (!is_named) {
			return false;
		}
	}
	return num_named == c->added.len / KR_ID_BYTES;
}

/* Who is routed out has no leaf any more. Who has lost the last leaf is routed out, if
 * the account has not left before. */
static enum kr_err removed_agree(const struct check *c, bool *agree)
{
	bool stays;
	enum kr_err err = KR_OK;

	*agree = true;
	for (size_t at = 0; *agree && at < c->aad.removed.len; at += KR_ID_BYTES) {
		const uint8_t *account = c->aad.removed.data + at;

		if ((err = leaves_stay(c, account, &stays))) {
			return err;
		}
		*agree = !stays && ids_have(kr_view_bytes(&c->removed), account);
	}
	return KR_OK;
}

static bool list_is(struct kr_view list, struct kr_view after, struct kr_view before)
{
	size_t at = 0;
	size_t num = 0;
	struct kr_view item;

	while ((item = kr_policy_only_in(after, before, KR_ID_BYTES, &at)).len > 0) {
		bool is_named = false;

		for (size_t k = 0; k < list.len; k += KR_ID_BYTES) {
			is_named |= memcmp(list.data + k, item.data, KR_ID_BYTES) == 0;
		}
		if (!is_named) {
			return false;
		}
		num++;
	}
	return num == list.len / KR_ID_BYTES;
}

/* In a circle the relay is told who administers; who loses the last leaf stops being one
 * without being named. In the community's group the chain says it. */
static enum kr_err administrators_agree(const struct check *c, bool *agree)
{
	KR_AUTO_FREE struct kr_bytes gone = {0};
	bool stays;
	enum kr_err err = KR_OK;

	if (c->group->is_main) {
		*agree = c->aad.admins_added.len + c->aad.admins_removed.len == 0;
		return KR_OK;
	}
	for (size_t at = 0; err == KR_OK && at < c->aad.admins_removed.len;
		at += KR_ID_BYTES) {
		err = ids_add(&gone, c->aad.admins_removed.data + at);
	}
	for (size_t at = 0; err == KR_OK && at < c->removed.len; at += KR_ID_BYTES) {
		const uint8_t *account = c->removed.data + at;

		err = leaves_stay(c, account, &stays);
		if (err == KR_OK && !stays &&
			kr_policy_has_administrator(&c->before, account)) {
			err = ids_add(&gone, account);
		}
	}
	*agree = err == KR_OK &&
		list_is(c->aad.admins_added, c->after.administrators,
			c->before.administrators) &&
		list_is(kr_view_bytes(&gone), c->before.administrators,
			c->after.administrators);
	return err;
}

static enum kr_err check_routing(struct check *c)
{
	bool removed_fit;
	bool administrators_fit;
	enum kr_err err = removed_agree(c, &removed_fit);

	if (err != KR_OK || (err = administrators_agree(c, &administrators_fit))) {
		return err;
	}
	if (!removed_fit || !administrators_fit || !added_agree(c)) {
		return refuse(c->group, ALARM_ROUTING_MISMATCH, KR_ERR_ROUTING);
	}
	return KR_OK;
}

/* ---- All of it -------------------------------------------------------------------- */

static enum kr_err begin(struct check *c)
{
	struct group *group = c->group;
	struct kr_mls_member committer = {.identity = c->commit->old_identity};
	struct kr_certificate certificate;
	enum kr_err err;

	if ((err = kr_group_aad_read(&c->aad, c->commit->authenticated_data))) {
		return refuse(group, ALARM_ROUTING_MISMATCH, err);
	}
	if (!c->aad.is_commit) {
		return refuse(group, ALARM_ROUTING_MISMATCH, KR_ERR_MLS_MESSAGE);
	}
	if (c->community == NULL || policy_of(c->mls, &c->before) != KR_OK ||
		leaf_certificate(&committer, &certificate) != KR_OK) {
		return refuse(group, ALARM_OVERSTEP, KR_ERR_POLICY);
	}
	c->after = c->before;
	memcpy(c->committer, certificate.account, KR_ID_BYTES);
	c->is_own = c->commit->committer.index == kr_mls_own_leaf(c->mls).v;
	c->is_administrator = kr_policy_has_administrator(&c->before, c->committer);
	if (!c->is_own && group->author.len > 0 &&
		!kr_view_equal(group->author, kr_view(c->committer, KR_ID_BYTES))) {
		return refuse(group, ALARM_FALSE_EVENT, KR_ERR_POLICY);
	}
	return KR_OK;
}

enum kr_err group_policy_hook(void *ctx, const struct kr_mls_group *mls,
	const struct kr_mls_commit_info *commit)
{
	struct group *group = ctx;
	struct check c = {
		.group = group,
		.community = community_look(group->core, group->community),
		.mls = mls,
		.commit = commit,
	};
	enum kr_err err;

	group->refusal = (struct refusal){0};
	if ((err = begin(&c)) || (err = check_form(&c)) || (err = check_extensions(&c)) ||
		(err = check_members(&c)) || (err = check_path(&c))) {
		goto out;
	}
	err = check_routing(&c);
out:
	check_finish(&c);
	return err;
}

enum kr_err group_check_entry(
	struct kr_core *core, struct group *group, const struct kr_mls_group *mls)
{
	const struct community *community = community_look(core, group->community);
	struct kr_mls_member member;
	struct kr_certificate certificate;
	struct kr_policy policy;
	enum kr_err err;

	group->refusal = (struct refusal){0};
	if ((err = policy_of(mls, &policy))) {
		return refuse(group, ALARM_OVERSTEP, err);
	}
	if (community == NULL ||
		memcmp(policy.community, group->community, KR_ID_BYTES) != 0) {
		return refuse(group, ALARM_OVERSTEP, KR_ERR_COMMUNITY);
	}
	if (!requires_policy(kr_mls_group_extensions(mls))) {
		return refuse(group, ALARM_OVERSTEP, KR_ERR_POLICY);
	}
	if ((err = check_chain(group, community, &policy))) {
		return err;
	}
	for (uint32_t i = 0; err == KR_OK && i < kr_mls_num_leaves(mls); i++) {
		if (kr_mls_member_at(mls, (struct kr_leaf_index){i}, &member) == KR_OK) {
			err = check_leaf(group, community, &policy, 0, member.identity,
				member.signature_key, &certificate);
		}
	}
	return err;
}
