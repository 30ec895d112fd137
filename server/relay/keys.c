/* Key packages: published in batches, handed out one at a time, each once. */
#include "server/relay/call.h"

/* One-time packages that are kept for a device, in each community. */
#define MAX_KEPT 200

static enum kr_err check_packages(const struct kr_request *request)
{
	struct kr_reader r = kr_reader(request->body);
	struct kr_view package;

	for (uint64_t i = 0; i < request->count; i++) {
		if (kr_read_vec(&r, &package) != KR_OK ||
			kr_mls_key_package_check(package) != KR_OK) {
			return KR_ERR_MLS_MESSAGE;
		}
	}
	return kr_read_end(&r) == KR_OK ? KR_OK : KR_ERR_MLS_MESSAGE;
}

/* One that was handed out would never be handed out again, and stand in the way. */
static enum kr_err check_fresh(struct call *call)
{
	struct kr_reader r = kr_reader(call->request->body);
	struct kr_view package;
	uint8_t hash[KR_SHA256_BYTES];
	bool taken;

	while (kr_read_vec(&r, &package) == KR_OK) {
		enum kr_err err;

		kr_sha256(hash, package);
		err = call_key_taken(call, "key package", view_id(call->conn->account),
			view_id(hash), &taken);
		if (err != KR_OK) {
			return err;
		}
		if (taken) {
			return KR_ERR_EXISTS;
		}
	}
	return KR_OK;
}

/* A member of the community, or somebody who asks to become one. */
static enum kr_err check_joining(struct call *call, const uint8_t account[KR_ID_BYTES])
{
	const uint8_t *community = call->request->community;
	struct store_member member;
	struct store_request open;
	enum kr_err err = store_member(call->view, community, account, &member);

	return err == KR_ERR_NOT_FOUND
		? store_request(call->view, community, account, &open)
		: err;
}

static enum kr_err check_publish(struct call *call)
{
	const struct kr_request *request = call->request;
	size_t num_left;
	bool has_last_resort;
	enum kr_err err = check_joining(call, call->conn->account);

	if (err != KR_OK) {
		return err == KR_ERR_NOT_FOUND ? KR_ERR_FORBIDDEN : err;
	}
	err = store_key_packages_left(call->view, call->conn->account, request->community,
		call->conn->device, &num_left, &has_last_resort);
	if (err != KR_OK) {
		return err;
	}
	if (!request->last_resort && !request->replace &&
		num_left + request->count > MAX_KEPT) {
		return KR_ERR_LIMIT;
	}
	return check_fresh(call);
}

enum kr_err handle_keys_publish(struct call *call)
{
	const struct kr_request *request = call->request;
	struct kr_topic topic = kr_topic(KR_TOPIC_ACCOUNT, call->conn->account);
	struct kr_event_head head = {
		.key = view_id(call->conn->device),
		.community = view_id(request->community),
		.count = (uint32_t)request->count,
		.flag = request->last_resort,
	};
	enum kr_err err = check_packages(request);

	if (err != KR_OK) {
		return err;
	}
	if (request->last_resort && request->count != 1) {
		call->detail.field = "count";
		return KR_ERR_FIELD;
	}
	if (!call->is_repeat && (err = check_publish(call))) {
		return err;
	}
	/* A last resort takes the earlier one's place by itself. */
	if (request->replace && !request->last_resort) {
		call_event(call, KR_EVENT_KEY_PACKAGES_DROPPED, &topic, &head,
			kr_view(NULL, 0), LOG_REV_ANY);
	}
	call_event(
		call, KR_EVENT_KEY_PACKAGES, &topic, &head, request->body, LOG_REV_ANY);
	return call_propose(call);
}

enum kr_err handle_keys_count(struct call *call)
{
	struct kr_json j;
	size_t num_left;
	bool has_last_resort;
	enum kr_err err = store_key_packages_left(call->view, call->conn->account,
		call->request->community, call->conn->device, &num_left,
		&has_last_resort);

	if (err != KR_OK) {
		return err;
	}
	answer_begin(call->relay, &j, call->request->id);
	kr_json_u64(&j, "count", num_left);
	kr_json_bool(&j, "last_resort", has_last_resort);
	answer_end(call->conn, &j);
	return KR_OK;
}

static enum kr_err may_fetch(struct call *call)
{
	enum kr_err err = standing_in_community(call, call->request->community);

	return err != KR_OK ? err : check_joining(call, call->request->account);
}

static enum kr_err propose_taken(
	struct call *call, const struct kr_event_head *head, struct kr_view package)
{
	struct kr_topic topic = kr_topic(KR_TOPIC_ACCOUNT, call->request->account);

	call_event(call, KR_EVENT_KEY_PACKAGE_TAKEN, &topic, head, package, LOG_REV_ANY);
	if (!head->flag) {
		call_key(
			call, "key package", view_id(call->request->account), head->hash);
	}
	return call_propose(call);
}

/* What was handed out under this event id, again: the event holds it. */
static enum kr_err fetch_again(struct call *call)
{
	const struct kr_event *event = &call->before.event;
	struct kr_topic topic = kr_topic(KR_TOPIC_ACCOUNT, call->request->account);
	struct kr_event_head head;
	enum kr_err err;

	if (event->type != KR_EVENT_KEY_PACKAGE_TAKEN ||
		!kr_topic_equal(&event->topic, &topic)) {
		return KR_ERR_ID_REUSED;
	}
	if ((err = kr_event_head_read(&head, event->type, event->head))) {
		return err;
	}
	return propose_taken(call, &head, event->body);
}

enum kr_err handle_keys_fetch(struct call *call)
{
	const struct kr_request *request = call->request;
	const uint8_t *device = request->fields & KR_R(DEVICE) ? request->device : NULL;
	struct store_key_package package;
	struct kr_event_head head;
	enum kr_err err;

	if (call->is_repeat) {
		return fetch_again(call);
	}
	if ((err = may_fetch(call)) ||
		(err = store_key_package(call->view, request->account, request->community,
			 device, &package))) {
		return err;
	}
	head = (struct kr_event_head){
		.key = view_id(package.device),
		.hash = view_id(package.hash),
		.flag = package.last_resort,
	};
	return propose_taken(call, &head, package.bytes);
}
