/* Commits: one for each epoch, routing as its authenticated data says, Welcomes
 * along with it. */
#include "server/relay/call.h"

#include <string.h>

/* Copies of a Welcome in one append, all together. */
#define MAX_WELCOME_BYTES ((size_t)8 << 20)
#define PAGE              64

struct commit {
	struct kr_mls_header header;
	struct kr_group_aad aad;
	struct kr_view message;
	struct kr_view welcome;
	uint8_t hash[KR_SHA256_BYTES]; /* of the message */
};

static struct kr_view list_item(struct kr_view list, size_t at)
{
	return kr_view(list.data + at, KR_ID_BYTES);
}

static bool list_has(struct kr_view list, struct kr_view id)
{
	for (size_t at = 0; at < list.len; at += KR_ID_BYTES) {
		if (kr_view_equal(list_item(list, at), id)) {
			return true;
		}
	}
	return false;
}

static bool lists_meet(struct kr_view a, struct kr_view b)
{
	for (size_t at = 0; at < a.len; at += KR_ID_BYTES) {
		if (list_has(b, list_item(a, at))) {
			return true;
		}
	}
	return false;
}

static bool has_routing(const struct kr_group_aad *aad)
{
	return aad->added.len + aad->removed.len + aad->admins_added.len +
		aad->admins_removed.len + aad->welcomed.len >
		0;
}

/* ---- What can be told from the request alone -------------------------------------- */

static enum kr_err split_body(struct commit *c, const struct kr_request *request)
{
	size_t welcome_len = (size_t)request->welcome_len;

	if (welcome_len >= request->body.len) {
		return KR_ERR_MLS_MESSAGE;
	}
	c->message = kr_view(request->body.data, request->body.len - welcome_len);
	c->welcome = kr_view(request->body.data + c->message.len, welcome_len);
	return KR_OK;
}

static enum kr_err check_welcome(const struct commit *c)
{
	size_t num = (c->aad.added.len + c->aad.welcomed.len) / KR_ID_BYTES;

	if ((num > 0) != (c->welcome.len > 0)) {
		return KR_ERR_ROUTING;
	}
	if (num == 0) {
		return KR_OK;
	}
	if (c->welcome.len > MAX_WELCOME_BYTES / num) {
		return KR_ERR_TOO_LARGE;
	}
	return kr_mls_welcome_check(c->welcome);
}

/* Nobody is treated two ways at once. */
static enum kr_err check_lists(const struct commit *c, struct kr_view author)
{
	const struct kr_group_aad *aad = &c->aad;

	if (lists_meet(aad->added, aad->removed) ||
		lists_meet(aad->welcomed, aad->added) ||
		lists_meet(aad->welcomed, aad->removed) ||
		lists_meet(aad->admins_added, aad->removed) ||
		lists_meet(aad->admins_added, aad->admins_removed) ||
		list_has(aad->removed, author)) {
		return KR_ERR_ROUTING;
	}
	return KR_OK;
}

static enum kr_err read_commit(struct commit *c, const struct call *call)
{
	enum kr_err err;

	if ((err = split_body(c, call->request)) ||
		(err = kr_mls_header_read(&c->header, c->message)) ||
		(err = kr_group_aad_read(&c->aad, c->header.authenticated_data))) {
		return err;
	}
	if (c->header.content != KR_MLS_COMMIT || !c->aad.is_commit) {
		return KR_ERR_MLS_MESSAGE;
	}
	if (!kr_view_equal(c->header.group_id, view_id(call->request->topic.id))) {
		return KR_ERR_WRONG_GROUP;
	}
	if ((err = check_lists(c, view_id(call->conn->account))) ||
		(err = check_welcome(c))) {
		return err;
	}
	kr_sha256(c->hash, c->message);
	return KR_OK;
}

/* ---- What the group says to it ---------------------------------------------------- */

static enum kr_err is_routed(struct call *call, struct kr_view account,
	struct store_route *route, bool *routed)
{
	enum kr_err err =
		store_route(call->view, call->request->topic.id, account.data, route);

	*routed = err == KR_OK;
	return err == KR_ERR_NOT_FOUND ? KR_OK : err;
}

/* A member of the community, not here yet, and not in too many groups. */
static enum kr_err check_added(struct call *call, struct kr_view account)
{
	const struct store_group *group = &call->standing.group_state;
	struct store_member member;
	struct store_route route;
	bool routed;
	enum kr_err err;

	if ((err = is_routed(call, account, &route, &routed))) {
		return err;
	}
	if (routed) {
		return KR_ERR_ROUTING;
	}
	err = store_member(call->view, group->community, account.data, &member);
	if (err != KR_OK) {
		return err == KR_ERR_NOT_FOUND ? KR_ERR_ROUTING : err;
	}
	return group_has_room(call, account.data);
}

static enum kr_err check_each(struct call *call, struct kr_view list,
	enum kr_err (*check)(struct call *call, struct kr_view account))
{
	enum kr_err err = KR_OK;

	for (size_t at = 0; err == KR_OK && at < list.len; at += KR_ID_BYTES) {
		err = check(call, list_item(list, at));
	}
	return err;
}

static enum kr_err check_routed(struct call *call, struct kr_view account)
{
	struct store_route route;
	bool routed;
	enum kr_err err = is_routed(call, account, &route, &routed);

	return err != KR_OK ? err : routed ? KR_OK : KR_ERR_ROUTING;
}

static enum kr_err check_admin(struct call *call, struct kr_view account)
{
	struct store_route route;
	bool routed;
	enum kr_err err = is_routed(call, account, &route, &routed);

	return err != KR_OK ? err : routed && route.admin ? KR_OK : KR_ERR_ROUTING;
}

/* Routed already, or added by this commit, and no administrator so far. */
static enum kr_err check_new_admins(struct call *call, const struct kr_group_aad *aad)
{
	for (size_t at = 0; at < aad->admins_added.len; at += KR_ID_BYTES) {
		struct kr_view account = list_item(aad->admins_added, at);
		struct store_route route = {0};
		bool routed;
		enum kr_err err = is_routed(call, account, &route, &routed);

		if (err != KR_OK) {
			return err;
		}
		if (route.admin || !(routed || list_has(aad->added, account))) {
			return KR_ERR_ROUTING;
		}
	}
	return KR_OK;
}

/* The committer is an administrator and stays one, unless it gives that up. Then
 * another must be left. */
static enum kr_err keeps_admin(struct call *call, const struct kr_group_aad *aad)
{
	struct store_route page[PAGE];
	uint8_t last[KR_ID_BYTES];
	const uint8_t *after = NULL;
	size_t num;
	enum kr_err err;

	if (!list_has(aad->admins_removed, view_id(call->conn->account)) ||
		aad->admins_added.len > 0) {
		return KR_OK;
	}
	do {
		err = store_routes(
			call->view, call->request->topic.id, after, page, PAGE, &num);
		if (err != KR_OK) {
			return err == KR_ERR_NOT_FOUND ? KR_ERR_ROUTING : err;
		}
		for (size_t i = 0; i < num; i++) {
			struct kr_view account = view_id(page[i].account);

			if (page[i].admin && !list_has(aad->admins_removed, account) &&
				!list_has(aad->removed, account)) {
				return KR_OK;
			}
		}
		if (num > 0) {
			memcpy(last, page[num - 1].account, sizeof(last));
			after = last;
		}
	} while (num == PAGE);
	return KR_ERR_ROUTING;
}

static enum kr_err check_routing(struct call *call, const struct kr_group_aad *aad)
{
	enum kr_err err;

	if (!has_routing(aad)) {
		return KR_OK;
	}
	if (!call->standing.is_admin) {
		return KR_ERR_FORBIDDEN;
	}
	/* In the community's own group the coordinators administer. */
	if (call->standing.group_state.main &&
		aad->admins_added.len + aad->admins_removed.len > 0) {
		return KR_ERR_ROUTING;
	}
	if ((err = check_each(call, aad->added, check_added)) ||
		(err = check_each(call, aad->removed, check_routed)) ||
		(err = check_each(call, aad->welcomed, check_routed)) ||
		(err = check_each(call, aad->admins_removed, check_admin)) ||
		(err = check_new_admins(call, aad))) {
		return err;
	}
	return keeps_admin(call, aad);
}

/* ---- The append ------------------------------------------------------------------- */

static void add_welcomes(
	struct call *call, const struct commit *c, struct kr_view accounts)
{
	struct kr_event_head head = {
		.group = view_id(call->request->topic.id),
		.hash = view_id(c->hash),
		.epoch = c->header.epoch,
	};

	for (size_t at = 0; at < accounts.len; at += KR_ID_BYTES) {
		struct kr_topic topic = kr_topic(KR_TOPIC_ACCOUNT, accounts.data + at);

		call_event(
			call, KR_EVENT_WELCOME, &topic, &head, c->welcome, LOG_REV_ANY);
	}
}

enum kr_err handle_group_commit(struct call *call)
{
	const struct kr_request *request = call->request;
	struct kr_event_head head = {0};
	struct commit c = {0};
	enum kr_err err = read_commit(&c, call);

	if (err != KR_OK) {
		return err;
	}
	head = (struct kr_event_head){
		.hash = view_id(c.hash),
		.epoch = c.header.epoch,
		.flag = call->standing.is_admin,
		.added = c.aad.added,
		.removed = c.aad.removed,
		.admins_added = c.aad.admins_added,
		.admins_removed = c.aad.admins_removed,
	};
	if (call->is_repeat) {
		struct kr_event_head before;

		/* Whether its author was an administrator then, only the event knows. */
		err = kr_event_head_read(
			&before, call->before.event.type, call->before.event.head);
		head.flag = err == KR_OK && before.flag;
	} else if ((err = group_check_epoch(call, c.header.epoch, true)) ||
		(err = check_routing(call, &c.aad))) {
		return err;
	}
	call_event(
		call, KR_EVENT_COMMIT, &request->topic, &head, c.message, request->rev);
	add_welcomes(call, &c, c.aad.added);
	add_welcomes(call, &c, c.aad.welcomed);
	call_guard(call, &call->standing.community_topic, call->standing.community.rev);
	return call_propose(call);
}
