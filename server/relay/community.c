/* A community's members and what coordinators decide about them. */
#include "server/relay/call.h"

#include <string.h>

#define PAGE 64

/* Groups of one community that a removal takes an account out of with events, beside its
 * own in one append. An account is in MAX_GROUPS, or a few more if it was let into
 * several at once; a former member has no access to any. */
#define MAX_UNROUTED (LOG_EVENTS_MAX - 2)

/* ---- Helpers ---------------------------------------------------------------------- */

static enum kr_err unroute_one(struct call *call, const uint8_t community[KR_ID_BYTES],
	const uint8_t account[KR_ID_BYTES], const uint8_t group_id[KR_ID_BYTES],
	size_t *num)
{
	struct kr_event_head head = {.account = view_id(account)};
	struct kr_topic topic = kr_topic(KR_TOPIC_GROUP, group_id);
	struct store_group group;
	enum kr_err err = store_group(call->view, group_id, &group);

	if (err == KR_OK && memcmp(group.community, community, KR_ID_BYTES) == 0) {
		call_derived(call, KR_EVENT_GROUP_LEFT, &topic, &head);
		++*num;
	}
	return err == KR_ERR_NOT_FOUND ? KR_OK : err;
}

enum kr_err call_unroute(struct call *call, const uint8_t community[KR_ID_BYTES],
	const uint8_t account[KR_ID_BYTES])
{
	struct store_id page[PAGE];
	struct store_id last;
	const uint8_t *after = NULL;
	size_t num_page;
	size_t num = 0;
	enum kr_err err;

	do {
		err = store_groups_of(call->view, account, after, page, PAGE, &num_page);
		if (err != KR_OK) {
			return err == KR_ERR_NOT_FOUND ? KR_OK : err;
		}
		for (size_t i = 0; err == KR_OK && i < num_page && num < MAX_UNROUTED;
			i++) {
			err = unroute_one(call, community, account, page[i].bytes, &num);
		}
		if (num_page > 0) {
			last = page[num_page - 1];
			after = last.bytes;
		}
	} while (err == KR_OK && num_page == PAGE && num < MAX_UNROUTED);
	return err;
}

/* Is there a coordinator besides this account? */
static enum kr_err has_other_coordinator(
	struct call *call, const uint8_t account[KR_ID_BYTES], bool *found)
{
	struct store_member page[PAGE];
	uint8_t last[KR_ID_BYTES];
	const uint8_t *after = NULL;
	size_t num;
	enum kr_err err;

	*found = false;
	do {
		err = store_members(
			call->view, call->request->topic.id, after, page, PAGE, &num);
		if (err != KR_OK) {
			return err == KR_ERR_NOT_FOUND ? KR_OK : err;
		}
		for (size_t i = 0; i < num && !*found; i++) {
			*found = page[i].coordinator &&
				memcmp(page[i].account, account, KR_ID_BYTES) != 0;
		}
		if (num > 0) {
			memcpy(last, page[num - 1].account, sizeof(last));
			after = last;
		}
	} while (num == PAGE && !*found);
	return KR_OK;
}

static enum kr_err keeps_coordinator(struct call *call,
	const struct store_member *leaving, const uint8_t account[KR_ID_BYTES])
{
	bool found = true;
	enum kr_err err = KR_OK;

	if (leaving->coordinator) {
		err = has_other_coordinator(call, account, &found);
	}
	return err != KR_OK ? err : found ? KR_OK : KR_ERR_LAST_COORDINATOR;
}

/* The account that the request names, in this community. KR_ERR_NOT_FOUND. */
static enum kr_err subject(struct call *call, struct store_member *out)
{
	return store_member(
		call->view, call->request->topic.id, call->request->account, out);
}

static void add_event(
	struct call *call, enum kr_event_type type, const struct kr_event_head *head)
{
	call_event(call, type, &call->request->topic, head, call->request->body,
		call->standing.community.rev);
}

/* ---- Handlers --------------------------------------------------------------------- */

/* Whoever holds the printed recovery key may make a member coordinator: also when no
 * coordinator is left. The key stands in the first event. */
static enum kr_err check_recovery(struct call *call)
{
	const struct kr_request *request = call->request;
	uint8_t space[2 * (KR_RELAY_NAME_MAX + 1)];
	struct store_entry founded;
	struct kr_event_head head;
	struct kr_writer w;
	size_t num;
	enum kr_err err =
		store_page(call->view, &request->topic, 0, 0, &founded, 1, &num);

	if (err != KR_OK) {
		return err;
	}
	kr_writer_init_fixed(&w, space, sizeof(space));
	kr_recovery_tbs(&w, kr_view_str(call->relay->config.name), request->topic.id,
		request->account, request->body);
	if (num != 1 || !request->coordinator ||
		kr_event_head_read(&head, founded.event.type, founded.event.head) !=
			KR_OK ||
		w.err != KR_OK ||
		kr_ed25519_verify(kr_view(request->sig, sizeof(request->sig)),
			head.key.data, kr_writer_view(&w)) != KR_OK) {
		return KR_ERR_FORBIDDEN;
	}
	return KR_OK;
}

/* A coordinator, or a member with the recovery key's signature. */
static enum kr_err check_role_permission(struct call *call)
{
	if (call->standing.member.coordinator) {
		return KR_OK;
	}
	return (call->request->fields & KR_R(SIG)) ? check_recovery(call)
						   : KR_ERR_FORBIDDEN;
}

enum kr_err handle_community_role(struct call *call)
{
	const struct kr_request *request = call->request;
	struct kr_event_head head = {
		.account = view_id(request->account),
		.flag = request->coordinator,
	};
	struct store_member member;
	enum kr_err err;

	if (!call->is_repeat) {
		if ((err = check_role_permission(call)) ||
			(err = subject(call, &member))) {
			return err;
		}
		/* A grant may follow a grant: clients give one to each device. */
		if (!member.coordinator && !request->coordinator) {
			return KR_ERR_STATE;
		}
		if (!request->coordinator &&
			(err = keeps_coordinator(call, &member, request->account))) {
			return err;
		}
	}
	add_event(call, KR_EVENT_ROLE, &head);
	return call_propose(call);
}

enum kr_err handle_community_remove(struct call *call)
{
	const struct kr_request *request = call->request;
	struct kr_event_head head = {.account = view_id(request->account)};
	struct store_member member;
	enum kr_err err;

	add_event(call, KR_EVENT_REMOVED, &head);
	if (!call->is_repeat) {
		if ((err = subject(call, &member)) ||
			(err = keeps_coordinator(call, &member, request->account)) ||
			(err = call_unroute(call, request->topic.id, request->account))) {
			return err;
		}
	}
	return call_propose(call);
}

enum kr_err handle_community_leave(struct call *call)
{
	const struct kr_request *request = call->request;
	const uint8_t *account = call->conn->account;
	struct kr_event_head head = {.account = view_id(account)};
	enum kr_err err;

	add_event(call, KR_EVENT_LEFT, &head);
	if (!call->is_repeat) {
		if ((err = keeps_coordinator(call, &call->standing.member, account)) ||
			(err = call_unroute(call, request->topic.id, account))) {
			return err;
		}
	}
	return call_propose(call);
}

enum kr_err handle_community_mute(struct call *call)
{
	const struct kr_request *request = call->request;
	struct kr_event_head head = {
		.account = view_id(request->account),
		.until_ms = request->until_ms,
	};
	struct store_member member;
	enum kr_err err;

	if (!call->is_repeat && (err = subject(call, &member))) {
		return err;
	}
	add_event(call, KR_EVENT_MUTED, &head);
	return call_propose(call);
}

enum kr_err handle_community_rules(struct call *call)
{
	struct kr_event_head head = {0};

	add_event(call, KR_EVENT_RULES, &head);
	return call_propose(call);
}

enum kr_err handle_community_notice(struct call *call)
{
	struct kr_event_head head = {0};

	add_event(call, KR_EVENT_NOTICE, &head);
	return call_propose(call);
}
