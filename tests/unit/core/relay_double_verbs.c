/* What each verb appends, and when it is refused: proto/PROTOCOL.md §4 and §6. */
#include "tests/unit/core/relay_double_state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static struct kr_view id_view(const uint8_t *id)
{
	return kr_view(id, KR_ID_BYTES);
}

static const uint8_t *author(const struct double_call *call)
{
	return call->relay->conns[call->conn].account;
}

void double_remember(
	struct double_call *call, const struct stored *stored, struct kr_view package)
{
	struct answered *a = calloc(1, sizeof(*a));
	enum kr_err err;

	assert(a != NULL);
	memcpy(a->account, author(call), KR_ID_BYTES);
	memcpy(a->event, call->request->event, sizeof(a->event));
	a->topic = stored->event.topic;
	a->seq = stored->event.seq;
	a->rev = stored->event.rev;
	memcpy(a->hash, stored->hash, sizeof(a->hash));
	err = kr_bytes_copy(&a->package, package);
	assert(err == KR_OK);
	(void)err;
	a->next = call->relay->answered;
	call->relay->answered = a;
}

static struct stored *append(struct double_call *call, const struct kr_topic *topic,
	enum kr_event_type type, const struct kr_event_head *head, struct kr_view body)
{
	return double_append(
		call->relay, topic, type, author(call), call->request->event, head, body);
}

/* The event in the request's own topic, which is answered. */
static struct stored *append_main(struct double_call *call, enum kr_event_type type,
	const struct kr_event_head *head, struct kr_view body)
{
	struct stored *stored = append(call, &call->request->topic, type, head, body);

	call->topic = double_topic(call->relay, &call->request->topic);
	double_remember(call, stored, kr_view(NULL, 0));
	return stored;
}

static bool is_member(struct double_call *call, struct double_topic *topic, bool admin)
{
	const struct standing *s = double_standing(topic, author(call));

	return s != NULL && s->is_in && (!admin || s->is_admin);
}

/* ---- Accounts ---------------------------------------------------------------------- */

static enum kr_err do_device(struct double_call *call)
{
	const struct kr_event_head head = {.key = id_view(call->request->key)};
	struct kr_topic topic = kr_topic(KR_TOPIC_ACCOUNT, author(call));
	enum kr_event_type type = call->request->verb == KR_VERB_DEVICE_ADD
		? KR_EVENT_DEVICE_ADDED
		: KR_EVENT_DEVICE_REMOVED;

	double_remember(call, append(call, &topic, type, &head, call->request->body),
		kr_view(NULL, 0));
	return KR_OK;
}

static bool is_of(
	const struct package *p, const uint8_t *community, const uint8_t *device)
{
	return memcmp(p->community, community, sizeof(p->community)) == 0 &&
		(device == NULL || memcmp(p->key, device, sizeof(p->key)) == 0);
}

static void drop_packages(struct double_topic *topic, const uint8_t *community,
	const uint8_t *key, bool last_resort)
{
	for (size_t i = 0; i < topic->num_packages;) {
		struct package *p = &topic->packages[i];

		if (!is_of(p, community, key) || p->is_last_resort != last_resort) {
			i++;
			continue;
		}
		kr_bytes_free(&p->bytes);
		topic->num_packages--;
		memmove(p, p + 1, (topic->num_packages - i) * sizeof(*p));
	}
}

static enum kr_err do_publish(struct double_call *call)
{
	const struct kr_request *request = call->request;
	const struct double_conn *c = &call->relay->conns[call->conn];
	const struct kr_event_head head = {.key = id_view(c->key),
		.community = id_view(request->community),
		.count = (uint32_t)request->count,
		.flag = request->last_resort};
	struct kr_topic name = kr_topic(KR_TOPIC_ACCOUNT, c->account);
	struct double_topic *topic = double_topic_make(call->relay, &name);
	struct kr_reader r = kr_reader(request->body);

	if (request->replace || request->last_resort) {
		drop_packages(topic, request->community, c->key, request->last_resort);
	}
	for (uint64_t i = 0; i < request->count; i++) {
		struct package p = {.is_last_resort = request->last_resort};
		struct kr_view bytes;

		if (kr_read_vec(&r, &bytes) != KR_OK ||
			kr_mls_key_package_check(bytes) != KR_OK) {
			return KR_ERR_MLS_MESSAGE;
		}
		memcpy(p.key, c->key, sizeof(p.key));
		memcpy(p.community, request->community, sizeof(p.community));
		if (kr_bytes_copy(&p.bytes, bytes) != KR_OK) {
			return KR_ERR_MEMORY;
		}
		topic->packages =
			realloc(topic->packages, (topic->num_packages + 1) * sizeof(p));
		assert(topic->packages != NULL);
		topic->packages[topic->num_packages++] = p;
	}
	double_remember(call,
		append(call, &name, KR_EVENT_KEY_PACKAGES, &head, request->body),
		kr_view(NULL, 0));
	return KR_OK;
}

/* The oldest one-time package, else that of last resort. */
static struct package *choose(
	struct double_topic *topic, const uint8_t *community, const uint8_t *device)
{
	struct package *chosen = NULL;

	for (size_t i = 0; topic != NULL && i < topic->num_packages; i++) {
		struct package *p = &topic->packages[i];

		if (is_of(p, community, device) &&
			(chosen == NULL ||
				(chosen->is_last_resort && !p->is_last_resort))) {
			chosen = p;
		}
	}
	return chosen;
}

static enum kr_err do_fetch(struct double_call *call)
{
	const struct kr_request *request = call->request;
	struct kr_topic name = kr_topic(KR_TOPIC_ACCOUNT, request->account);
	struct double_topic *topic = double_topic(call->relay, &name);
	struct package *p = choose(topic, request->community,
		request->fields & KR_R(DEVICE) ? request->device : NULL);
	struct kr_event_head head;
	uint8_t hash[KR_SHA256_BYTES];
	struct package taken;

	if (p == NULL) {
		return KR_ERR_NOT_FOUND;
	}
	taken = *p;
	kr_sha256(hash, kr_view_bytes(&taken.bytes));
	head = (struct kr_event_head){.key = id_view(taken.key),
		.hash = id_view(hash),
		.flag = taken.is_last_resort};
	double_remember(call,
		append(call, &name, KR_EVENT_KEY_PACKAGE_TAKEN, &head,
			kr_view_bytes(&taken.bytes)),
		kr_view_bytes(&taken.bytes));
	memcpy(call->relay->answered->device, taken.key, sizeof(taken.key));
	call->relay->answered->is_last_resort = taken.is_last_resort;
	if (!taken.is_last_resort) {
		size_t i = (size_t)(p - topic->packages);

		kr_bytes_free(&p->bytes);
		topic->num_packages--;
		memmove(p, p + 1, (topic->num_packages - i) * sizeof(*p));
	}
	return KR_OK;
}

/* ---- Communities ------------------------------------------------------------------- */

static enum kr_err do_found(struct double_call *call)
{
	const struct kr_request *request = call->request;
	struct kr_event_head head = {0};
	struct double_topic *community;
	struct kr_topic name;
	uint8_t id[KR_ID_BYTES];
	uint8_t grant[KR_SHA256_BYTES];

	kr_sha256(id, request->body);
	kr_sha256(grant, kr_view(request->grant, sizeof(request->grant)));
	name = kr_topic(KR_TOPIC_COMMUNITY, id);
	if (double_topic(call->relay, &name) != NULL) {
		return KR_ERR_EXISTS;
	}
	head.key = id_view(request->key);
	head.hash = id_view(grant);
	head.admins_added =
		kr_view(request->coordinators, request->num_coordinators * KR_ID_BYTES);
	double_remember(call, append(call, &name, KR_EVENT_FOUNDED, &head, request->body),
		kr_view(NULL, 0));
	community = double_topic(call->relay, &name);
	for (size_t i = 0; i < request->num_coordinators; i++) {
		struct standing *s =
			double_standing_make(community, request->coordinators[i]);

		s->is_in = true;
		s->is_admin = true;
	}
	return KR_OK;
}

static enum kr_err do_request(struct double_call *call)
{
	const struct kr_event_head head = {
		.account = id_view(author(call)), .key = id_view(call->request->invite)};

	if (call->topic == NULL) {
		return KR_ERR_INVITE;
	}
	if (is_member(call, call->topic, false)) {
		return KR_ERR_STATE;
	}
	append_main(call, KR_EVENT_REQUESTED, &head, call->request->body);
	double_standing_make(call->topic, author(call))->asks = true;
	return KR_OK;
}

static enum kr_err do_answer(struct double_call *call, bool admit)
{
	const struct kr_request *request = call->request;
	const struct kr_event_head head = {.account = id_view(request->account)};
	const struct kr_event_head told = {
		.community = id_view(call->topic->name.id), .flag = admit};
	struct kr_topic account = kr_topic(KR_TOPIC_ACCOUNT, request->account);
	struct standing *s;

	append_main(
		call, admit ? KR_EVENT_ADMITTED : KR_EVENT_REFUSED, &head, request->body);
	s = double_standing_make(call->topic, request->account);
	s->asks = false;
	s->is_in = s->is_in || admit;
	append(call, &account, KR_EVENT_ANSWERED, &told, request->body);
	return KR_OK;
}

/* Routed out of every group of the community, in the same instant. */
static void leave_groups(struct double_call *call, const uint8_t *account)
{
	const struct kr_event_head head = {.account = id_view(account)};

	for (size_t i = 0; i < call->relay->num_topics; i++) {
		struct double_topic *group = call->relay->topics[i];
		struct standing *s = double_standing(group, account);

		if (group->name.kind == KR_TOPIC_GROUP && s != NULL && s->is_in &&
			memcmp(group->community, call->topic->name.id, KR_ID_BYTES) ==
				0) {
			s->is_in = false;
			append(call, &group->name, KR_EVENT_GROUP_LEFT, &head,
				kr_view(NULL, 0));
			double_end(call->relay, &group->name, account);
		}
	}
}

static enum kr_err do_out(
	struct double_call *call, enum kr_event_type type, const uint8_t *account)
{
	const struct kr_event_head head = {.account = id_view(account)};
	uint8_t gone[KR_ID_BYTES];
	struct standing *s = double_standing(call->topic, account);

	if (s == NULL || !s->is_in) {
		return KR_ERR_NOT_FOUND;
	}
	memcpy(gone, account, sizeof(gone));
	append_main(call, type, &head, call->request->body);
	s->is_in = false;
	s->is_admin = false;
	double_end(call->relay, &call->topic->name, gone);
	leave_groups(call, gone);
	return KR_OK;
}

static enum kr_err do_role(struct double_call *call)
{
	const struct kr_request *request = call->request;
	const struct kr_event_head head = {
		.account = id_view(request->account), .flag = request->coordinator};
	struct standing *s = double_standing(call->topic, request->account);

	if (s == NULL || !s->is_in) {
		return KR_ERR_NOT_FOUND;
	}
	append_main(call, KR_EVENT_ROLE, &head, request->body);
	s->is_admin = request->coordinator;
	return KR_OK;
}

static enum kr_err do_invite(struct double_call *call)
{
	const struct kr_request *request = call->request;
	const struct kr_event_head head = {.key = id_view(request->invite),
		.until_ms = request->until_ms,
		.count = (uint32_t)request->uses};

	append_main(call, KR_EVENT_INVITED, &head, request->body);
	return KR_OK;
}

static enum kr_err do_community(struct double_call *call)
{
	const struct kr_request *request = call->request;
	const struct kr_event_head none = {0};
	const struct kr_event_head key = {.key = id_view(request->invite)};
	const struct kr_event_head mute = {
		.account = id_view(request->account), .until_ms = request->until_ms};

	if (request->verb == KR_VERB_COMMUNITY_REQUEST) {
		return do_request(call);
	}
	if (call->topic == NULL ||
		!is_member(call, call->topic, request->verb != KR_VERB_COMMUNITY_LEAVE)) {
		return KR_ERR_FORBIDDEN;
	}
	switch (request->verb) {
	case KR_VERB_COMMUNITY_INVITE:
		return do_invite(call);
	case KR_VERB_COMMUNITY_REVOKE:
		append_main(call, KR_EVENT_INVITE_REVOKED, &key, request->body);
		return KR_OK;
	case KR_VERB_COMMUNITY_ADMIT:
		return do_answer(call, true);
	case KR_VERB_COMMUNITY_REFUSE:
		return do_answer(call, false);
	case KR_VERB_COMMUNITY_ROLE:
		return do_role(call);
	case KR_VERB_COMMUNITY_REMOVE:
		return do_out(call, KR_EVENT_REMOVED, request->account);
	case KR_VERB_COMMUNITY_LEAVE:
		return do_out(call, KR_EVENT_LEFT, author(call));
	case KR_VERB_COMMUNITY_MUTE:
		append_main(call, KR_EVENT_MUTED, &mute, request->body);
		return KR_OK;
	case KR_VERB_COMMUNITY_RULES:
		append_main(call, KR_EVENT_RULES, &none, request->body);
		return KR_OK;
	case KR_VERB_COMMUNITY_NOTICE:
		append_main(call, KR_EVENT_NOTICE, &none, request->body);
		return KR_OK;
	default:
		return KR_ERR_VERB;
	}
}

/* ---- Groups ------------------------------------------------------------------------ */

static enum kr_err do_create(struct double_call *call)
{
	const struct kr_request *request = call->request;
	struct kr_topic community = kr_topic(KR_TOPIC_COMMUNITY, request->community);
	const struct kr_event_head head = {.account = id_view(author(call)),
		.community = id_view(request->community),
		.flag = request->main};
	struct standing *s;

	if (!is_member(call, double_topic(call->relay, &community), request->main)) {
		return KR_ERR_FORBIDDEN;
	}
	if (call->topic != NULL) {
		return KR_ERR_EXISTS;
	}
	append_main(call, KR_EVENT_GROUP_CREATED, &head, request->body);
	memcpy(call->topic->community, request->community, KR_ID_BYTES);
	call->topic->is_main = request->main;
	s = double_standing_make(call->topic, author(call));
	s->is_in = true;
	s->is_admin = true;
	s->since_seq = 1;
	return KR_OK;
}

/* In the community's group the coordinators administer. */
static bool is_group_admin(struct double_call *call)
{
	struct kr_topic community = kr_topic(KR_TOPIC_COMMUNITY, call->topic->community);

	return call->topic->is_main
		? is_member(call, double_topic(call->relay, &community), true)
		: is_member(call, call->topic, true);
}

static enum kr_err check_epoch(struct double_call *call, uint64_t epoch, bool is_commit)
{
	if (epoch == call->topic->epoch && call->request->rev == call->topic->rev) {
		return KR_OK;
	}
	call->place = call->topic;
	call->tells_epoch = true;
	if (epoch == call->topic->epoch) {
		return KR_ERR_REV_PAST;
	}
	return is_commit && epoch + 1 == call->topic->epoch ? KR_ERR_EPOCH_TAKEN
							    : KR_ERR_EPOCH_WRONG;
}

static enum kr_err do_post(struct double_call *call)
{
	struct kr_event_head head = {0};
	struct kr_mls_header message;
	enum kr_err err;

	if (kr_mls_header_read(&message, call->request->body) != KR_OK ||
		message.content != KR_MLS_POST) {
		return KR_ERR_MLS_MESSAGE;
	}
	if ((err = check_epoch(call, message.epoch, false))) {
		return err;
	}
	head.epoch = message.epoch;
	append_main(call, KR_EVENT_POST, &head, call->request->body);
	if (call->topic->can_void &&
		memcmp(call->topic->events[call->topic->commit_seq - 1]->author,
			author(call), KR_ID_BYTES) != 0) {
		call->topic->is_confirmed = true;
	}
	return KR_OK;
}

static void route(
	struct double_call *call, struct kr_view list, bool in, uint64_t since_seq)
{
	for (size_t at = 0; at < list.len; at += KR_ID_BYTES) {
		struct standing *s = double_standing_make(call->topic, list.data + at);

		if (in && !s->is_in) {
			s->since_seq = since_seq;
		}
		s->is_in = in;
		s->is_admin = s->is_admin && in;
		if (!in) {
			double_end(call->relay, &call->topic->name, list.data + at);
		}
	}
}

static void administer(struct double_call *call, struct kr_view list, bool is_admin)
{
	for (size_t at = 0; at < list.len; at += KR_ID_BYTES) {
		double_standing_make(call->topic, list.data + at)->is_admin = is_admin;
	}
}

static enum kr_err check_lists(struct double_call *call, const struct kr_group_aad *aad)
{
	struct kr_topic community = kr_topic(KR_TOPIC_COMMUNITY, call->topic->community);

	if (aad->added.len + aad->removed.len + aad->admins_added.len +
			aad->admins_removed.len + aad->welcomed.len ==
		0) {
		return KR_OK;
	}
	if (!is_group_admin(call)) {
		return KR_ERR_FORBIDDEN;
	}
	for (size_t at = 0; at < aad->added.len; at += KR_ID_BYTES) {
		const struct standing *s =
			double_standing(call->topic, aad->added.data + at);
		const struct standing *m = double_standing(
			double_topic(call->relay, &community), aad->added.data + at);

		if ((s != NULL && s->is_in) || m == NULL || !m->is_in) {
			return KR_ERR_ROUTING;
		}
	}
	for (size_t at = 0; at < aad->removed.len; at += KR_ID_BYTES) {
		const struct standing *s =
			double_standing(call->topic, aad->removed.data + at);

		if (s == NULL || !s->is_in) {
			return KR_ERR_ROUTING;
		}
	}
	return KR_OK;
}

static void welcome(struct double_call *call, struct kr_view list,
	const struct kr_event_head *head, struct kr_view body)
{
	for (size_t at = 0; at < list.len; at += KR_ID_BYTES) {
		struct kr_topic account = kr_topic(KR_TOPIC_ACCOUNT, list.data + at);

		append(call, &account, KR_EVENT_WELCOME, head, body);
	}
}

static enum kr_err do_commit(struct double_call *call)
{
	const struct kr_request *request = call->request;
	struct kr_view body = request->body;
	size_t welcome_len = (size_t)request->welcome_len;
	struct kr_event_head head;
	struct kr_event_head told;
	struct kr_mls_header message;
	struct kr_group_aad aad;
	uint8_t hash[KR_SHA256_BYTES];
	struct stored *stored;
	enum kr_err err;

	if (welcome_len >= body.len) {
		return KR_ERR_MLS_MESSAGE;
	}
	body.len -= welcome_len;
	if ((err = kr_mls_header_read(&message, body)) ||
		(err = kr_group_aad_read(&aad, message.authenticated_data)) ||
		(err = check_epoch(call, message.epoch, true)) ||
		(err = check_lists(call, &aad))) {
		return err;
	}
	if ((aad.added.len + aad.welcomed.len > 0) != (welcome_len > 0)) {
		return KR_ERR_ROUTING;
	}
	kr_sha256(hash, body);
	head = (struct kr_event_head){.hash = id_view(hash),
		.epoch = message.epoch,
		.flag = is_group_admin(call),
		.added = aad.added,
		.removed = aad.removed,
		.admins_added = aad.admins_added,
		.admins_removed = aad.admins_removed};
	told = (struct kr_event_head){.group = id_view(call->topic->name.id),
		.hash = id_view(hash),
		.epoch = message.epoch};
	stored = append_main(call, KR_EVENT_COMMIT, &head, body);
	call->topic->epoch++;
	call->topic->can_void = true;
	call->topic->is_confirmed = false;
	call->topic->commit_seq = stored->event.seq;
	route(call, aad.added, true, stored->event.seq);
	route(call, aad.removed, false, 0);
	administer(call, aad.admins_added, true);
	administer(call, aad.admins_removed, false);
	body = kr_view(request->body.data + body.len, welcome_len);
	welcome(call, aad.added, &told, body);
	welcome(call, aad.welcomed, &told, body);
	return KR_OK;
}

static enum kr_err do_void(struct double_call *call)
{
	struct double_topic *topic = call->topic;
	const struct stored *commit =
		topic->can_void ? topic->events[topic->commit_seq - 1] : NULL;
	struct kr_event_head was;
	struct kr_event_head head;

	if (commit == NULL ||
		kr_event_head_read(&was, KR_EVENT_COMMIT, commit->event.head) != KR_OK ||
		!kr_view_equal(was.hash, id_view(call->request->hash))) {
		return KR_ERR_VOID_LATE;
	}
	if (!is_group_admin(call)) {
		if (was.flag || memcmp(commit->author, author(call), KR_ID_BYTES) == 0) {
			return KR_ERR_FORBIDDEN;
		}
		if (topic->is_confirmed) {
			return KR_ERR_VOID_LATE;
		}
	}
	head = (struct kr_event_head){.hash = was.hash,
		.epoch = was.epoch,
		.added = was.removed,
		.removed = was.added,
		.admins_added = was.admins_removed,
		.admins_removed = was.admins_added};
	append_main(call, KR_EVENT_VOID, &head, call->request->body);
	topic->epoch = was.epoch;
	topic->can_void = false;
	route(call, was.added, false, 0);
	route(call, was.removed, true, 1);
	return KR_OK;
}

static enum kr_err do_own(struct double_call *call, enum kr_event_type type)
{
	const struct kr_event_head head = {.account = id_view(author(call))};

	append_main(call, type, &head, call->request->body);
	if (type == KR_EVENT_GROUP_LEFT) {
		double_standing(call->topic, author(call))->is_in = false;
		double_end(call->relay, &call->topic->name, author(call));
	}
	return KR_OK;
}

static enum kr_err do_group(struct double_call *call)
{
	if (call->request->verb == KR_VERB_GROUP_CREATE) {
		return do_create(call);
	}
	if (call->topic == NULL ||
		!double_may_read(call->relay, call->topic, author(call))) {
		return KR_ERR_FORBIDDEN;
	}
	switch (call->request->verb) {
	case KR_VERB_GROUP_POST:
		return do_post(call);
	case KR_VERB_GROUP_COMMIT:
		return do_commit(call);
	case KR_VERB_GROUP_VOID:
		return do_void(call);
	case KR_VERB_GROUP_LEAVE:
		return do_own(call, KR_EVENT_GROUP_LEFT);
	case KR_VERB_GROUP_HEAL:
		return do_own(call, KR_EVENT_HEAL);
	default:
		return KR_ERR_VERB;
	}
}

enum kr_err double_do(struct double_call *call)
{
	if (call->request->verb == KR_VERB_CASE_SUBMIT ||
		call->relay->conns[call->conn].has_case) {
		return double_do_case(call);
	}
	if (!call->relay->conns[call->conn].is_authenticated) {
		return KR_ERR_AUTH_REQUIRED;
	}
	switch (call->request->verb) {
	case KR_VERB_INBOX_CREATE:
	case KR_VERB_INBOX_UPDATE:
	case KR_VERB_INBOX_NOTICE:
		return double_do_inbox(call);
	case KR_VERB_CASE_APPEND:
	case KR_VERB_CASE_NOTE:
		return double_do_case(call);
	case KR_VERB_DEVICE_ADD:
	case KR_VERB_DEVICE_REMOVE:
		return do_device(call);
	case KR_VERB_KEYS_PUBLISH:
		return do_publish(call);
	case KR_VERB_KEYS_FETCH:
		return do_fetch(call);
	case KR_VERB_COMMUNITY_FOUND:
		return do_found(call);
	default:
		return call->request->topic.kind == KR_TOPIC_COMMUNITY
			? do_community(call)
			: do_group(call);
	}
}
