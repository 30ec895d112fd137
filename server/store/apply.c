/* What each type of event does to the facts of its topic: one function a type, one
 * table. */
#include "server/store/apply.h"

#include <string.h>

static enum kr_err get(const struct change *c, enum fact_table table, struct kr_view key,
	struct fact *out)
{
	return fact_get(c->facts->tx, c->facts->db, c->facts->number, table, key, out);
}

static enum kr_err put(const struct change *c, enum fact_table table, struct kr_view key,
	const struct kr_writer *value)
{
	return fact_put(c->facts, table, key, c->event->seq, kr_writer_view(value));
}

/* Not there is no failure: the event then changes nothing. */
static enum kr_err unless_missing(enum kr_err err)
{
	return err == KR_ERR_NOT_FOUND ? KR_OK : err;
}

static struct kr_view list_item(struct kr_view list, size_t i)
{
	return kr_view(list.data + i * KR_ID_BYTES, KR_ID_BYTES);
}

/* ---- Communities ----------------------------------------------------------------- */

enum kr_err member_read(struct store_member *out, struct kr_view value)
{
	struct kr_reader r = kr_reader(value);
	uint8_t role;

	if (kr_read_u8(&r, &role) != KR_OK ||
		kr_read_u64(&r, &out->muted_until_ms) != KR_OK ||
		kr_read_end(&r) != KR_OK) {
		return KR_ERR_STORE_DAMAGED;
	}
	out->coordinator = role != 0;
	return KR_OK;
}

static enum kr_err put_member(
	const struct change *c, struct kr_view account, const struct store_member *member)
{
	uint8_t value[9];
	struct kr_writer w;

	kr_writer_init_fixed(&w, value, sizeof(value));
	kr_write_u8(&w, member->coordinator ? 1 : 0);
	kr_write_u64(&w, member->muted_until_ms);
	return put(c, FACT_MEMBER, account, &w);
}

static enum kr_err get_member(const struct change *c, struct store_member *member)
{
	struct fact fact;
	enum kr_err err = get(c, FACT_MEMBER, c->head.account, &fact);

	return err != KR_OK ? err : member_read(member, fact.value);
}

static enum kr_err apply_founded(const struct change *c)
{
	struct store_member coordinator = {.coordinator = true};
	enum kr_err err = KR_OK;

	for (size_t i = 0; err == KR_OK && i < c->head.admins_added.len / KR_ID_BYTES;
		i++) {
		err = put_member(c, list_item(c->head.admins_added, i), &coordinator);
	}
	return err;
}

enum kr_err invitation_read(struct store_invitation *out, const struct fact *fact)
{
	struct kr_reader r = kr_reader(fact->value);

	*out = (struct store_invitation){0};
	if (kr_read_u64(&r, &out->seq) != KR_OK ||
		kr_read_u64(&r, &out->until_ms) != KR_OK ||
		kr_read_u32(&r, &out->num_left) != KR_OK || kr_read_end(&r) != KR_OK) {
		return KR_ERR_STORE_DAMAGED;
	}
	return KR_OK;
}

static enum kr_err put_invitation(
	const struct change *c, const struct store_invitation *invitation)
{
	uint8_t value[8 + 8 + 4];
	struct kr_writer w;

	kr_writer_init_fixed(&w, value, sizeof(value));
	kr_write_u64(&w, invitation->seq);
	kr_write_u64(&w, invitation->until_ms);
	kr_write_u32(&w, invitation->num_left);
	return put(c, FACT_INVITATION, c->head.key, &w);
}

static enum kr_err apply_invited(const struct change *c)
{
	return put_invitation(c,
		&(struct store_invitation){
			.seq = c->event->seq,
			.until_ms = c->head.until_ms,
			.num_left = c->head.count,
		});
}

static enum kr_err apply_invite_revoked(const struct change *c)
{
	return fact_delete(c->facts, FACT_INVITATION, c->head.key);
}

/* A request takes one of its invitation's uses. */
static enum kr_err apply_requested(const struct change *c)
{
	struct store_invitation invitation;
	struct fact fact;
	enum kr_err err = fact_put(
		c->facts, FACT_REQUEST, c->head.account, c->event->seq, c->head.key);

	if (err != KR_OK || (err = get(c, FACT_INVITATION, c->head.key, &fact))) {
		return unless_missing(err);
	}
	if ((err = invitation_read(&invitation, &fact)) || invitation.num_left == 0) {
		return err;
	}
	invitation.num_left--;
	return put_invitation(c, &invitation);
}

static enum kr_err apply_refused(const struct change *c)
{
	return fact_delete(c->facts, FACT_REQUEST, c->head.account);
}

static enum kr_err apply_admitted(const struct change *c)
{
	struct store_member member = {0};
	enum kr_err err = apply_refused(c); /* the request is answered */

	if (err != KR_OK || (err = unless_missing(get_member(c, &member)))) {
		return err;
	}
	return put_member(c, c->head.account, &member);
}

static enum kr_err apply_role(const struct change *c)
{
	struct store_member member;
	enum kr_err err = get_member(c, &member);

	if (err != KR_OK) {
		return unless_missing(err);
	}
	member.coordinator = c->head.flag;
	return put_member(c, c->head.account, &member);
}

static enum kr_err apply_muted(const struct change *c)
{
	struct store_member member;
	enum kr_err err = get_member(c, &member);

	if (err != KR_OK) {
		return unless_missing(err);
	}
	member.muted_until_ms = c->head.until_ms;
	return put_member(c, c->head.account, &member);
}

static enum kr_err apply_member_gone(const struct change *c)
{
	return fact_delete(c->facts, FACT_MEMBER, c->head.account);
}

/* ---- Groups ---------------------------------------------------------------------- */

enum kr_err group_state_read(struct store_group *out, struct kr_view value)
{
	struct kr_reader r = kr_reader(value);
	enum kr_err err;

	*out = (struct store_group){0};
	if ((err = kr_read_copy(&r, out->community, sizeof(out->community))) ||
		(err = kr_read_optional(&r, &out->main)) ||
		(err = kr_read_u64(&r, &out->epoch)) ||
		(err = kr_read_u64(&r, &out->state_seq)) ||
		(err = kr_read_optional(&r, &out->voidable)) ||
		(err = kr_read_copy(&r, out->commit, sizeof(out->commit))) ||
		(err = kr_read_copy(&r, out->committer, sizeof(out->committer))) ||
		(err = kr_read_optional(&r, &out->by_admin)) ||
		(err = kr_read_optional(&r, &out->confirmed)) ||
		(err = kr_read_end(&r))) {
		return KR_ERR_STORE_DAMAGED;
	}
	return KR_OK;
}

static enum kr_err put_group(const struct change *c, const struct store_group *g)
{
	uint8_t value[GROUP_STATE_BYTES];
	struct kr_writer w;

	kr_writer_init_fixed(&w, value, sizeof(value));
	kr_write_fixed(&w, kr_view(g->community, sizeof(g->community)));
	kr_write_optional(&w, g->main);
	kr_write_u64(&w, g->epoch);
	kr_write_u64(&w, g->state_seq);
	kr_write_optional(&w, g->voidable);
	kr_write_fixed(&w, kr_view(g->commit, sizeof(g->commit)));
	kr_write_fixed(&w, kr_view(g->committer, sizeof(g->committer)));
	kr_write_optional(&w, g->by_admin);
	kr_write_optional(&w, g->confirmed);
	return put(c, FACT_GROUP, kr_view(NULL, 0), &w);
}

static enum kr_err get_group(const struct change *c, struct store_group *group)
{
	struct fact fact;
	enum kr_err err = get(c, FACT_GROUP, kr_view(NULL, 0), &fact);

	return err != KR_OK ? err : group_state_read(group, fact.value);
}

enum kr_err route_read(struct store_route *out, struct kr_view value)
{
	struct kr_reader r = kr_reader(value);

	if (kr_read_optional(&r, &out->admin) != KR_OK ||
		kr_read_u64(&r, &out->since_seq) != KR_OK || kr_read_end(&r) != KR_OK) {
		return KR_ERR_STORE_DAMAGED;
	}
	return KR_OK;
}

static enum kr_err put_route(
	const struct change *c, struct kr_view account, const struct store_route *route)
{
	uint8_t value[9];
	struct kr_writer w;

	kr_writer_init_fixed(&w, value, sizeof(value));
	kr_write_optional(&w, route->admin);
	kr_write_u64(&w, route->since_seq);
	return put(c, FACT_ROUTE, account, &w);
}

/* Change the routing of one account, and remember once for this commit how it was. */
static enum kr_err change_route(
	const struct change *c, struct kr_view account, bool routed, bool admin)
{
	struct store_route route = {0};
	struct fact fact;
	uint8_t value[10];
	struct kr_writer w;
	bool was_routed;
	enum kr_err err = get(c, FACT_ROUTE, account, &fact);

	was_routed = err == KR_OK;
	if (was_routed) {
		err = route_read(&route, fact.value);
	}
	if ((err = unless_missing(err))) {
		return err;
	}
	kr_writer_init_fixed(&w, value, sizeof(value));
	kr_write_optional(&w, was_routed);
	kr_write_optional(&w, route.admin);
	kr_write_u64(&w, route.since_seq);
	err = get(c, FACT_UNDO, account, &fact);
	if (err == KR_ERR_NOT_FOUND) {
		err = put(c, FACT_UNDO, account, &w);
	}
	if (err != KR_OK) {
		return err;
	}
	if (!routed) {
		return fact_delete(c->facts, FACT_ROUTE, account);
	}
	if (!was_routed) {
		route.since_seq = c->event->seq;
	}
	route.admin = admin;
	return put_route(c, account, &route);
}

static enum kr_err apply_group_created(const struct change *c)
{
	struct store_group group = {.main = c->head.flag, .state_seq = c->event->seq};
	struct store_route creator = {
		/* In the community's own group the coordinators administer. */
		.admin = !c->head.flag,
		.since_seq = c->event->seq,
	};
	enum kr_err err;

	memcpy(group.community, c->head.community.data, sizeof(group.community));
	if ((err = put_group(c, &group))) {
		return err;
	}
	return put_route(c, c->head.account, &creator);
}

static enum kr_err apply_list(
	const struct change *c, struct kr_view list, bool routed, bool admin)
{
	enum kr_err err = KR_OK;

	for (size_t i = 0; err == KR_OK && i < list.len / KR_ID_BYTES; i++) {
		err = change_route(c, list_item(list, i), routed, admin);
	}
	return err;
}

static enum kr_err apply_commit(const struct change *c)
{
	const struct kr_event_head *head = &c->head;
	struct store_group group;
	enum kr_err err = get_group(c, &group);

	if (err != KR_OK) {
		return unless_missing(err);
	}
	group.epoch = head->epoch + 1;
	group.state_seq = c->event->seq;
	group.voidable = true;
	group.by_admin = head->flag;
	group.confirmed = false;
	memcpy(group.commit, head->hash.data, sizeof(group.commit));
	memset(group.committer, 0, sizeof(group.committer));
	if (c->event->author.len == sizeof(group.committer)) {
		memcpy(group.committer, c->event->author.data, sizeof(group.committer));
	}
	if ((err = put_group(c, &group)) ||
		(err = fact_delete_all(c->facts, FACT_UNDO, kr_view(NULL, 0))) ||
		(err = apply_list(c, head->added, true, false)) ||
		(err = apply_list(c, head->admins_added, true, true)) ||
		(err = apply_list(c, head->admins_removed, true, false))) {
		return err;
	}
	return apply_list(c, head->removed, false, false);
}

/* Give one account the routing that FACT_UNDO remembers. The fact's views are gone with
 * the first change, so what they hold is copied out before. */
static enum kr_err undo_one(const struct change *c, const struct fact *undo)
{
	uint8_t account[KR_ID_BYTES];
	struct kr_view key = kr_view(account, sizeof(account));
	struct kr_reader r = kr_reader(undo->value);
	struct store_route route = {0};
	bool routed;
	enum kr_err err;

	if (undo->key.len != sizeof(account) || kr_read_optional(&r, &routed) != KR_OK ||
		route_read(&route, r.rest) != KR_OK) {
		return KR_ERR_STORE_DAMAGED;
	}
	memcpy(account, undo->key.data, sizeof(account));
	if ((err = fact_delete(c->facts, FACT_UNDO, key))) {
		return err;
	}
	return routed ? put_route(c, key, &route)
		      : fact_delete(c->facts, FACT_ROUTE, key);
}

static enum kr_err apply_void(const struct change *c)
{
	struct store_group group;
	enum kr_err err = get_group(c, &group);

	if (err != KR_OK) {
		return unless_missing(err);
	}
	group.epoch = c->head.epoch;
	group.state_seq = c->event->seq;
	group.voidable = false;
	group.by_admin = false;
	group.confirmed = false;
	memset(group.commit, 0, sizeof(group.commit));
	memset(group.committer, 0, sizeof(group.committer));
	err = put_group(c, &group);
	while (err == KR_OK) {
		struct fact_scan scan;

		err = fact_scan_begin(&scan, c->facts->tx, c->facts->db, c->facts->number,
			FACT_UNDO, kr_view(NULL, 0), kr_view(NULL, 0));
		if (err == KR_OK) {
			err = undo_one(c, &scan.fact);
		}
		fact_scan_end(&scan);
	}
	return unless_missing(err);
}

/* Written once for an epoch at most, whatever is posted in it. */
static enum kr_err apply_post(const struct change *c)
{
	struct store_group group;
	enum kr_err err = get_group(c, &group);

	if (err != KR_OK || !group.voidable || group.confirmed ||
		kr_view_equal(c->event->author,
			kr_view(group.committer, sizeof(group.committer)))) {
		return unless_missing(err);
	}
	group.confirmed = true;
	return put_group(c, &group);
}

/* Who left is not routed in again by a void. */
static enum kr_err apply_group_left(const struct change *c)
{
	enum kr_err err = fact_delete(c->facts, FACT_UNDO, c->head.account);

	return err != KR_OK ? err : fact_delete(c->facts, FACT_ROUTE, c->head.account);
}

/* ---- Accounts -------------------------------------------------------------------- */

static enum kr_err put_device(const struct change *c, bool removed)
{
	uint8_t value = removed ? 1 : 0;

	return fact_put(
		c->facts, FACT_DEVICE, c->head.key, c->event->seq, kr_view(&value, 1));
}

static enum kr_err apply_device_added(const struct change *c)
{
	return put_device(c, false);
}

static enum kr_err apply_device_removed(const struct change *c)
{
	enum kr_err err = put_device(c, true);

	return err != KR_OK ? err
			    : fact_delete_all(c->facts, FACT_KEY_PACKAGE, c->head.key);
}

static enum kr_err put_key_package(
	const struct change *c, uint32_t index, struct kr_view package)
{
	uint8_t key[KEY_PACKAGE_KEY_BYTES];
	uint8_t hash[KR_SHA256_BYTES];
	struct kr_writer k;
	KR_AUTO_WRITER struct kr_writer value = {0};

	kr_writer_init_fixed(&k, key, sizeof(key));
	kr_write_fixed(&k, c->head.key);
	kr_write_fixed(&k, c->head.community);
	kr_write_optional(&k, c->head.flag);
	kr_write_u64(&k, c->event->seq);
	kr_write_u32(&k, index);
	kr_sha256(hash, package);
	kr_writer_init(&value);
	kr_write_fixed(&value, kr_view(hash, sizeof(hash)));
	kr_write_fixed(&value, package);
	return value.err != KR_OK ? value.err
				  : put(c, FACT_KEY_PACKAGE, kr_writer_view(&k), &value);
}

/* All of one device for one community that serve once, or as last resort. */
static enum kr_err delete_kind(const struct change *c, bool last_resort)
{
	uint8_t kind[KEY_PACKAGE_KIND_BYTES];

	memcpy(kind, c->head.key.data, KR_ID_BYTES);
	memcpy(kind + KEY_PACKAGE_COMMUNITY_AT, c->head.community.data, KR_ID_BYTES);
	kind[KEY_PACKAGE_LAST_RESORT_AT] = last_resort;
	return fact_delete_all(c->facts, FACT_KEY_PACKAGE, kr_view(kind, sizeof(kind)));
}

static enum kr_err apply_key_packages(const struct change *c)
{
	struct kr_reader r = kr_reader(c->event->body);
	struct kr_view package;
	enum kr_err err = c->head.flag ? delete_kind(c, true) : KR_OK;

	for (uint32_t i = 0; err == KR_OK && i < c->head.count; i++) {
		if (kr_read_vec(&r, &package) != KR_OK) {
			break;
		}
		err = put_key_package(c, i, package);
	}
	return err;
}

/* The last resort stays. */
static enum kr_err apply_key_packages_dropped(const struct change *c)
{
	return delete_kind(c, false);
}

/* Delete the first one-time package, of any device, that has this hash (empty: any). */
static enum kr_err delete_one_time(const struct change *c, struct kr_view hash)
{
	uint8_t key[KEY_PACKAGE_KEY_BYTES];
	struct fact_scan scan;
	enum kr_err err = fact_scan_begin(&scan, c->facts->tx, c->facts->db,
		c->facts->number, FACT_KEY_PACKAGE, kr_view(NULL, 0), kr_view(NULL, 0));

	for (; err == KR_OK; err = fact_scan_next(&scan)) {
		if (scan.fact.key.len != sizeof(key) ||
			scan.fact.value.len < KR_SHA256_BYTES) {
			err = KR_ERR_STORE_DAMAGED;
			break;
		}
		if (scan.fact.key.data[KEY_PACKAGE_LAST_RESORT_AT] == 0 &&
			(hash.len == 0 ||
				kr_view_equal(hash,
					kr_view(scan.fact.value.data,
						KR_SHA256_BYTES)))) {
			memcpy(key, scan.fact.key.data, sizeof(key));
			break;
		}
	}
	fact_scan_end(&scan);
	return err != KR_OK
		? err
		: fact_delete(c->facts, FACT_KEY_PACKAGE, kr_view(key, sizeof(key)));
}

/* All copies, should its owner have published it more than once. */
static enum kr_err apply_key_package_taken(const struct change *c)
{
	enum kr_err err;

	do {
		err = delete_one_time(c, c->head.hash);
	} while (err == KR_OK);
	return unless_missing(err);
}

static enum kr_err apply_key_packages_void(const struct change *c)
{
	enum kr_err err;

	do {
		err = delete_one_time(c, kr_view(NULL, 0));
	} while (err == KR_OK);
	return unless_missing(err);
}

/* ---- The operator ---------------------------------------------------------------- */

static enum kr_err apply_grant(const struct change *c)
{
	uint8_t value[12];
	struct kr_writer w;

	kr_writer_init_fixed(&w, value, sizeof(value));
	kr_write_u64(&w, c->head.until_ms);
	kr_write_u32(&w, c->head.count);
	return put(c, FACT_GRANT, c->head.hash, &w);
}

static enum kr_err apply_grant_revoked(const struct change *c)
{
	return fact_delete(c->facts, FACT_GRANT, c->head.hash);
}

static enum kr_err apply_blocked(const struct change *c)
{
	if (!c->head.flag) {
		return fact_delete(c->facts, FACT_BLOCK, c->head.account);
	}
	return fact_put(
		c->facts, FACT_BLOCK, c->head.account, c->event->seq, kr_view(NULL, 0));
}

/* ---- The table ------------------------------------------------------------------- */

static const struct {
	uint16_t type;
	enum kr_err (*apply)(const struct change *c);
} appliers[] = {
	{KR_EVENT_FOUNDED, apply_founded},
	{KR_EVENT_INVITED, apply_invited},
	{KR_EVENT_INVITE_REVOKED, apply_invite_revoked},
	{KR_EVENT_REQUESTED, apply_requested},
	{KR_EVENT_ADMITTED, apply_admitted},
	{KR_EVENT_REFUSED, apply_refused},
	{KR_EVENT_ROLE, apply_role},
	{KR_EVENT_REMOVED, apply_member_gone},
	{KR_EVENT_LEFT, apply_member_gone},
	{KR_EVENT_MUTED, apply_muted},
	{KR_EVENT_GROUP_CREATED, apply_group_created},
	{KR_EVENT_COMMIT, apply_commit},
	{KR_EVENT_VOID, apply_void},
	{KR_EVENT_POST, apply_post},
	{KR_EVENT_GROUP_LEFT, apply_group_left},
	{KR_EVENT_DEVICE_ADDED, apply_device_added},
	{KR_EVENT_DEVICE_REMOVED, apply_device_removed},
	{KR_EVENT_KEY_PACKAGES, apply_key_packages},
	{KR_EVENT_KEY_PACKAGE_TAKEN, apply_key_package_taken},
	{KR_EVENT_KEY_PACKAGES_VOID, apply_key_packages_void},
	{KR_EVENT_KEY_PACKAGES_DROPPED, apply_key_packages_dropped},
	{KR_EVENT_INBOX_SET, apply_inbox_set},
	{KR_EVENT_INBOX_NOTICE, apply_inbox_notice},
	{KR_EVENT_GRANT, apply_grant},
	{KR_EVENT_GRANT_REVOKED, apply_grant_revoked},
	{KR_EVENT_BLOCKED, apply_blocked},
};

enum kr_err facts_apply(const struct facts *facts, const struct kr_event *event)
{
	struct change change = {.facts = facts, .event = event};

	if (facts->topic.kind == KR_TOPIC_CASE) {
		return kr_event_head_read(&change.head, event->type, event->head) != KR_OK
			? KR_OK
			: apply_case(&change);
	}
	for (size_t i = 0; i < sizeof(appliers) / sizeof(appliers[0]); i++) {
		if (appliers[i].type != event->type) {
			continue;
		}
		if (kr_event_head_read(&change.head, event->type, event->head) != KR_OK) {
			return KR_OK;
		}
		return appliers[i].apply(&change);
	}
	return KR_OK; /* a type that no fact follows from */
}
