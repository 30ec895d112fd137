/* What has to be committed follows from the state: from the community's members, from its
 * chain, from the changes in the outbox. Nothing is remembered besides. */
#include <string.h>

#include "clients/core/group/parts.h"
#include "clients/core/state.h"

/* Accounts that one commit names in all its lists: KR_EVENT_LIST_MAX, less what a change
 * of administrators may need. */
#define NAMES_MAX ((size_t)KR_EVENT_LIST_MAX - 4)
/* Copies of a Welcome in one append (PROTOCOL.md §8), and Welcome and commit together. */
#define WELCOME_COPIES_MAX ((size_t)8 << 20)
/* What one more member adds to Welcome and commit, generously. */
#define BYTES_A_JOINER ((size_t)2048)

/* The tree in lists that are found fast. */
struct view {
	struct kr_bytes keys;     /* of all leaves */
	struct kr_bytes accounts; /* of all leaves */
	struct kr_bytes staying;  /* accounts with a leaf that stays */
};

static void view_free(struct view *view)
{
	kr_bytes_free(&view->keys);
	kr_bytes_free(&view->accounts);
	kr_bytes_free(&view->staying);
}

void plan_free(struct plan *plan)
{
	kr_bytes_free(&plan->policy);
	kr_bytes_free(&plan->added);
	kr_bytes_free(&plan->removed);
	kr_bytes_free(&plan->admins_added);
	kr_bytes_free(&plan->admins_removed);
	kr_bytes_free(&plan->welcomed);
}

bool plan_is_empty(const struct plan *plan)
{
	return plan->num_adds + plan->num_removes == 0 && plan->policy.len == 0 &&
		!plan->has_path;
}

/* ---- Planning --------------------------------------------------------------------- */

/* What planning needs at hand. */
struct planning {
	struct kr_core *core;
	struct group *group;
	const struct community *community;
	struct kr_policy policy;
	struct plan *plan;
	struct view view;
	size_t max_adds;
	struct kr_writer revoked; /* serials, 8 bytes each */
	/* From the outbox. */
	struct kr_bytes to_add;
	struct kr_bytes to_remove;
};

static enum kr_err look_at_tree(struct planning *p)
{
	struct kr_certificate certificate;
	struct kr_mls_member member;
	struct kr_writer keys;
	enum kr_err err;
	uint32_t at = 0;

	kr_writer_init(&keys);
	while (member_next(p->group->mls, &at, &member, &certificate) == KR_OK) {
		kr_write_fixed(
			&keys, kr_view(member.signature_key, KR_ED25519_PUBLIC_BYTES));
	}
	err = ids_finish(&p->view.keys, &keys);
	return err != KR_OK ? err : group_accounts(p->group->mls, &p->view.accounts);
}

/* How many can be added at once: the Welcome holds the tree, once for each. */
static enum kr_err limit_adds(struct planning *p)
{
	KR_AUTO_FREE struct kr_bytes tree = {0};
	enum kr_err err = kr_mls_ratchet_tree(p->group->mls, &tree);
	size_t room;

	if (err != KR_OK) {
		return err;
	}
	p->max_adds = PLAN_ADDS_MAX;
	while (p->max_adds > 1 &&
		(tree.len + p->max_adds * BYTES_A_JOINER) * p->max_adds >
			WELCOME_COPIES_MAX) {
		p->max_adds--;
	}
	room = KR_BODY_LARGE_MAX > tree.len ? KR_BODY_LARGE_MAX - tree.len : 0;
	if (p->max_adds * BYTES_A_JOINER > room) {
		p->max_adds = room / BYTES_A_JOINER;
	}
	if (p->group->is_careful && p->max_adds > 1) {
		p->max_adds = 1;
	}
	return KR_OK;
}

/* ---- Who goes --------------------------------------------------------------------- */

static bool must_go(const struct planning *p, const struct kr_mls_member *member,
	const struct kr_certificate *certificate)
{
	const struct group *group = p->group;

	return member->leaf.v != kr_mls_own_leaf(group->mls).v &&
		(!community_has_member(p->community, certificate->account) ||
			community_has_ended(p->community, certificate->serial) ||
			!ids_have(kr_view_bytes(&group->routed), certificate->account) ||
			ids_have(kr_view_bytes(&group->heals), member->signature_key) ||
			ids_have(kr_view_bytes(&p->to_remove), certificate->account));
}

static enum kr_err plan_removes(struct planning *p)
{
	struct kr_bytes gone = {0};
	struct kr_certificate certificate;
	struct kr_mls_member member;
	struct plan *plan = p->plan;
	struct kr_writer staying;
	enum kr_err err = KR_OK;
	enum kr_err listed;
	uint32_t at = 0;

	kr_writer_init(&staying);
	while (err == KR_OK &&
		member_next(p->group->mls, &at, &member, &certificate) == KR_OK) {
		if (plan->num_removes == PLAN_REMOVES_MAX ||
			!must_go(p, &member, &certificate)) {
			kr_write_fixed(
				&staying, kr_view(certificate.account, KR_ID_BYTES));
			continue;
		}
		plan->removes[plan->num_removes++] = member.leaf;
		err = ids_add(&gone, certificate.account);
		/* The leaf that is let in again carries the same certificate. */
		if (!ids_have(kr_view_bytes(&p->group->heals), member.signature_key) &&
			(community_has_ended(p->community, certificate.serial) ||
				!community_has_member(
					p->community, certificate.account))) {
			kr_write_u64(&p->revoked, certificate.serial);
		}
	}
	listed = ids_finish(&p->view.staying, &staying);
	err = err != KR_OK ? err : listed;
	for (size_t i = 0; err == KR_OK && i < gone.len; i += KR_ID_BYTES) {
		const uint8_t *account = gone.data + i;

		if (!ids_have(kr_view_bytes(&p->view.staying), account) &&
			ids_have(kr_view_bytes(&p->group->routed), account)) {
			err = ids_add(&plan->removed, account);
		}
	}
	kr_bytes_free(&gone);
	return err;
}

/* ---- Who comes -------------------------------------------------------------------- */

static size_t num_names(const struct plan *plan)
{
	return (plan->added.len + plan->removed.len + plan->welcomed.len) / KR_ID_BYTES;
}

static enum kr_err want(
	struct planning *p, const uint8_t account[KR_ID_BYTES], const uint8_t *device)
{
	struct plan *plan = p->plan;
	struct candidate *c;
	enum kr_err err;

	if (plan->num_adds >= p->max_adds || num_names(plan) >= NAMES_MAX) {
		return KR_OK; /* with the next commit */
	}
	err = candidate_want(p->core, p->group, account, device, &c);
	if (err != KR_OK || c->key_package.len == 0) {
		return err;
	}
	plan->adds[plan->num_adds++] = c;
	/* Who is let in again is routed in all the time. */
	ids_remove(&plan->removed, account);
	return ids_have(kr_view_bytes(&p->group->routed), account)
		? ids_add(&plan->welcomed, account)
		: ids_add(&plan->added, account);
}

/* Every certified device of an account that has no leaf, or whose leaf is healed. */
static enum kr_err want_devices(struct planning *p, const struct community_member *member)
{
	const uint8_t *account = member->account;
	uint64_t now_s = p->core->now_ms / 1000;
	enum kr_err err = KR_OK;

	for (size_t at = 0; err == KR_OK && at < member->certificates.len;
		at += KR_CERTIFICATE_BYTES) {
		const struct kr_mls_member leaf = {
			.identity = kr_view(
				member->certificates.data + at, KR_CERTIFICATE_BYTES)};
		struct kr_certificate c;

		if (leaf_certificate(&leaf, &c) != KR_OK || now_s < c.not_before ||
			now_s > c.not_after ||
			community_has_ended(p->community, c.serial) ||
			kr_policy_has_revoked(&p->policy, c.serial) ||
			(ids_have(kr_view_bytes(&p->view.keys), c.device_key) &&
				!ids_have(
					kr_view_bytes(&p->group->heals), c.device_key))) {
			continue;
		}
		err = want(p, account, c.device_key);
	}
	if (err == KR_OK && member->certificates.len == 0 &&
		!ids_have(kr_view_bytes(&p->view.accounts), account)) {
		err = want(p, account, NULL);
	}
	return err;
}

static enum kr_err plan_adds(struct planning *p)
{
	const struct community *community = p->community;
	enum kr_err err = KR_OK;

	for (struct candidate *c = p->group->candidates; c != NULL; c = c->next) {
		c->is_wanted = false;
	}
	for (size_t i = 0; err == KR_OK && i < community->num_members; i++) {
		const struct community_member *member = &community->members[i];

		if (member->state == MEMBER_IN &&
			(p->group->is_main ||
				ids_have(kr_view_bytes(&p->to_add), member->account) ||
				ids_have(kr_view_bytes(&p->view.staying),
					member->account)) &&
			!ids_have(kr_view_bytes(&p->to_remove), member->account)) {
			err = want_devices(p, member);
		}
	}
	return err != KR_OK ? err : candidates_fetch(p->core, p->group, p->plan);
}

/* ---- The policy ------------------------------------------------------------------- */

/* A change of the policy as it is put together. */
struct change_lists {
	struct kr_policy_change change;
	struct kr_bytes administrators; /* of the community's chain, in the main group */
	struct kr_bytes admins_added;
	struct kr_bytes admins_removed;
	struct kr_bytes issuers;
	struct kept_change kept[8];
	struct kr_policy_inbox inboxes[8];
	struct kr_bytes inboxes_removed;
	size_t num_kept;
};

static void change_lists_free(struct change_lists *lists)
{
	kr_bytes_free(&lists->administrators);
	kr_bytes_free(&lists->admins_added);
	kr_bytes_free(&lists->admins_removed);
	kr_bytes_free(&lists->issuers);
	kr_bytes_free(&lists->inboxes_removed);
}

/* The chain, as the community's topic has it. */
static enum kr_err follow_chain(const struct planning *p, struct change_lists *lists)
{
	const struct kr_chain *chain = &p->community->chain;
	const struct kr_coordinator *coordinator;
	struct kr_view administrators = p->policy.administrators;
	enum kr_err err = KR_OK;
	size_t at = 0;

	lists->change.chain_head = kr_chain_head(chain);
	while (err == KR_OK && (coordinator = kr_chain_next(chain, &at)) != NULL) {
		err = ids_add(&lists->issuers, coordinator->device_key);
		if (err == KR_OK) {
			err = ids_add(&lists->administrators, coordinator->account);
		}
	}
	for (at = 0; p->group->is_main && err == KR_OK && at < administrators.len;
		at += KR_ID_BYTES) {
		if (!ids_have(kr_view_bytes(&lists->administrators),
			    administrators.data + at)) {
			err = ids_add(&lists->admins_removed, administrators.data + at);
		}
	}
	if (p->group->is_main) {
		lists->change.rules = p->community->rules;
		for (at = 0; err == KR_OK && at < lists->administrators.len;
			at += KR_ID_BYTES) {
			err = ids_add(
				&lists->admins_added, lists->administrators.data + at);
		}
	}
	return err;
}

static enum kr_err take_change(
	struct planning *p, struct change_lists *lists, const struct op *op)
{
	struct kept_change *kept = &lists->kept[lists->num_kept];
	struct group_change *change = &kept->change;
	enum kr_err err = KR_OK;

	if (change_read(kept, kr_view_bytes(&op->plain)) != KR_OK) {
		return KR_OK;
	}
	if (change->name.len > 0) {
		lists->change.name = &change->name;
	}
	if (change->has_slow_mode) {
		lists->change.slow_mode_s = &change->slow_mode_s;
	}
	if (change->rules != NULL) {
		lists->change.rules = change->rules;
	}
	if (change->inbox_add != NULL) {
		lists->inboxes[lists->change.num_inboxes_added++] = *change->inbox_add;
		ids_remove(&lists->inboxes_removed, change->inbox_add->identity_key);
	}
	if (change->inbox_remove != NULL) {
		err = ids_add(&lists->inboxes_removed, change->inbox_remove);
	}
	/* Only who has a leaf can administer. */
	if (err == KR_OK && change->admin_add != NULL && !p->group->is_main &&
		ids_have(kr_view_bytes(&p->view.staying), change->admin_add)) {
		err = ids_add(&lists->admins_added, change->admin_add);
	}
	if (err == KR_OK && change->admin_remove != NULL && !p->group->is_main) {
		err = ids_add(&lists->admins_removed, change->admin_remove);
	}
	p->plan->has_path |= change->heal_or_refresh;
	p->plan->is_urgent = true;
	lists->num_kept++;
	return err;
}

/* In a circle administrators who are gone go from the policy too. */
static enum kr_err drop_administrators(struct planning *p, struct change_lists *lists)
{
	struct kr_view administrators = p->policy.administrators;
	enum kr_err err = KR_OK;

	for (size_t at = 0; !p->group->is_main && err == KR_OK && at < administrators.len;
		at += KR_ID_BYTES) {
		if (!ids_have(
			    kr_view_bytes(&p->view.staying), administrators.data + at)) {
			err = ids_add(&lists->admins_removed, administrators.data + at);
		}
	}
	return err;
}

/* What the relay is told of a circle's administrators; those who lose the last leaf stop
 * being one without being named. */
static enum kr_err name_administrators(struct planning *p, const struct kr_policy *after)
{
	struct kr_view item;
	enum kr_err err = KR_OK;
	size_t at = 0;

	if (p->group->is_main) {
		return KR_OK;
	}
	while (err == KR_OK &&
		(item = kr_policy_only_in(after->administrators, p->policy.administrators,
			 KR_ID_BYTES, &at))
				.len > 0) {
		err = ids_add(&p->plan->admins_added, item.data);
	}
	at = 0;
	while (err == KR_OK &&
		(item = kr_policy_only_in(p->policy.administrators, after->administrators,
			 KR_ID_BYTES, &at))
				.len > 0) {
		if (ids_have(kr_view_bytes(&p->view.staying), item.data)) {
			err = ids_add(&p->plan->admins_removed, item.data);
		}
	}
	return err;
}

static enum kr_err write_policy(struct planning *p, struct change_lists *lists)
{
	struct kr_policy_change *change = &lists->change;
	KR_AUTO_WRITER struct kr_writer w = {0};
	struct kr_policy after;
	enum kr_err err;

	kr_writer_init(&w);
	change->administrators_added = kr_view_bytes(&lists->admins_added);
	change->administrators_removed = kr_view_bytes(&lists->admins_removed);
	change->issuers_added = kr_view_bytes(&lists->issuers);
	change->revoked_added = kr_writer_view(&p->revoked);
	change->inboxes_added = lists->inboxes;
	change->inboxes_removed = kr_view_bytes(&lists->inboxes_removed);
	kr_policy_write(&w, &p->policy, change);
	if (w.err == KR_ERR_MEMORY) {
		return w.err;
	}
	/* A change that no policy can hold (the last administrator goes) is left out. */
	if (w.err != KR_OK || kr_policy_read(&after, kr_writer_view(&w)) != KR_OK ||
		(kr_policy_compare(&p->policy, &after) & ~(unsigned)KR_POLICY_NUMBER) ==
			0) {
		return KR_OK;
	}
	err = name_administrators(p, &after);
	return err != KR_OK ? err : kr_writer_finish(&w, &p->plan->policy);
}

static enum kr_err plan_policy(struct planning *p)
{
	struct kr_topic topic = group_topic(p->group);
	struct change_lists lists = {0};
	enum kr_err err = follow_chain(p, &lists);

	if (err == KR_OK) {
		err = drop_administrators(p, &lists);
	}
	for (const struct op *op = p->core->outbox.first; op != NULL && err == KR_OK;
		op = op->next) {
		if (op->kind == OP_CHANGE && kr_topic_equal(&op->topic, &topic) &&
			lists.num_kept < sizeof(lists.kept) / sizeof(lists.kept[0])) {
			err = take_change(p, &lists, op);
		}
	}
	if (err == KR_OK) {
		err = write_policy(p, &lists);
	}
	change_lists_free(&lists);
	return err;
}

/* ---- All of it -------------------------------------------------------------------- */

/* Whom commands want in or out of a circle. */
static enum kr_err read_changes(struct planning *p)
{
	struct kr_topic topic = group_topic(p->group);
	struct kept_change kept;
	enum kr_err err = KR_OK;

	for (const struct op *op = p->core->outbox.first; op != NULL && err == KR_OK;
		op = op->next) {
		if (op->kind != OP_CHANGE || !kr_topic_equal(&op->topic, &topic) ||
			change_read(&kept, kr_view_bytes(&op->plain)) != KR_OK) {
			continue;
		}
		p->plan->is_urgent = true;
		p->plan->has_path |= kept.change.heal_or_refresh;
		if (kept.change.add != NULL) {
			err = ids_add(&p->to_add, kept.change.add);
		}
		if (err == KR_OK && kept.change.remove != NULL) {
			err = ids_add(&p->to_remove, kept.change.remove);
		}
	}
	return err;
}

static enum kr_err plan_administration(struct planning *p)
{
	enum kr_err err;

	if ((err = look_at_tree(p)) || (err = limit_adds(p)) || (err = plan_removes(p)) ||
		(err = plan_adds(p))) {
		return err;
	}
	return plan_policy(p);
}

/* Others are let go first: whoever changed the community, or asked, is about to. */
static bool is_turn(struct planning *p)
{
	struct group *group = p->group;

	if (p->plan->is_urgent || p->policy.administrators.len == KR_ID_BYTES ||
		p->core->now_ms >= group->commit_after_ms) {
		return true;
	}
	group->plan_ms = group->commit_after_ms;
	return false;
}

enum kr_err group_plan(struct kr_core *core, struct group *group, struct plan *plan)
{
	struct planning p = {
		.core = core,
		.group = group,
		.community = community_look(core, group->community),
		.plan = plan,
	};
	enum kr_err err = KR_OK;

	kr_writer_init(&p.revoked);
	*plan = (struct plan){0};
	group->plan_ms = 0;
	if (p.community == NULL || group_policy(group, &p.policy) != KR_OK) {
		return KR_OK;
	}
	plan->has_path = group->must_refresh ||
		(group->refresh_ms != 0 && core->now_ms >= group->refresh_ms);
	err = read_changes(&p);
	if (err == KR_OK && !group->must_refresh &&
		kr_policy_has_administrator(&p.policy, core->identity.account) &&
		is_turn(&p)) {
		err = plan_administration(&p);
	}
	view_free(&p.view);
	kr_writer_free(&p.revoked);
	kr_bytes_free(&p.to_add);
	kr_bytes_free(&p.to_remove);
	return err;
}
