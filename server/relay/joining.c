/* How communities begin, and how people come in: founding, invitations, requests. */
#include "server/relay/call.h"

#include <string.h>

#define CHAIN_EVENTS 256
#define CHAIN_BYTES  ((size_t)256 << 10)

/* ---- Founding --------------------------------------------------------------------- */

/* Everybody once, whoever founds among them. */
static enum kr_err check_coordinators(struct call *call)
{
	const struct kr_request *request = call->request;
	bool has_founder = false;

	call->detail.field = "coordinators";
	for (size_t i = 0; i < request->num_coordinators; i++) {
		const uint8_t *id = request->coordinators[i];

		for (size_t k = i + 1; k < request->num_coordinators; k++) {
			if (memcmp(id, request->coordinators[k], KR_ID_BYTES) == 0) {
				return KR_ERR_FIELD;
			}
		}
		has_founder |= memcmp(id, call->conn->account, KR_ID_BYTES) == 0;
	}
	if (!has_founder) {
		return KR_ERR_FIELD;
	}
	call->detail.field = NULL;
	return KR_OK;
}

/* The operator may take a grant back at the same moment: guard the relay's own topic. */
static enum kr_err guard_grants(struct call *call)
{
	static const uint8_t relay_id[KR_ID_BYTES];
	struct kr_topic topic = kr_topic(KR_TOPIC_RELAY, relay_id);
	struct store_topic state;
	enum kr_err err = store_topic(call->view, &topic, &state);

	if (err == KR_OK) {
		call_guard(call, &topic, state.rev);
	}
	return err;
}

enum kr_err call_check_grant(
	struct call *call, const uint8_t hash[KR_SHA256_BYTES], uint32_t purpose)
{
	struct store_grant grant;
	bool used;
	enum kr_err err = store_grant(call->view, hash, &grant);

	if (err != KR_OK) {
		return err == KR_ERR_NOT_FOUND ? KR_ERR_GRANT : err;
	}
	err = call_key_taken(call, "grant", view_id(hash), kr_view(NULL, 0), &used);
	if (err != KR_OK) {
		return err;
	}
	if (used || grant.purpose != purpose || grant.until_ms <= call->relay->now_ms) {
		return KR_ERR_GRANT;
	}
	return guard_grants(call);
}

void call_use_grant(struct call *call, const uint8_t hash[KR_SHA256_BYTES])
{
	call_key(call, "grant", view_id(hash), kr_view(NULL, 0));
}

enum kr_err handle_community_found(struct call *call)
{
	const struct kr_request *request = call->request;
	uint8_t id[KR_SHA256_BYTES];
	uint8_t grant_hash[KR_SHA256_BYTES];
	struct kr_topic topic;
	struct store_topic state;
	struct kr_event_head head = {
		.key = view_id(request->key), /* of recovery; zero: there is none */
		.hash = view_id(grant_hash),
		.admins_added = kr_view(
			request->coordinators, request->num_coordinators * KR_ID_BYTES),
	};
	enum kr_err err;

	kr_sha256(id, request->body);
	kr_sha256(grant_hash, kr_view(request->grant, sizeof(request->grant)));
	topic = kr_topic(KR_TOPIC_COMMUNITY, id);
	if ((err = check_coordinators(call))) {
		return err;
	}
	if (!call->is_repeat) {
		if ((err = call_check_grant(call, grant_hash, GRANT_COMMUNITY))) {
			return err;
		}
		err = store_topic(call->view, &topic, &state);
		if (err != KR_ERR_NOT_FOUND) {
			return err == KR_OK ? KR_ERR_EXISTS : err;
		}
	}
	call_event(call, KR_EVENT_FOUNDED, &topic, &head, request->body, 0);
	call_use_grant(call, grant_hash);
	return call_propose(call);
}

/* ---- Invitations ------------------------------------------------------------------ */

enum kr_err handle_community_invite(struct call *call)
{
	const struct kr_request *request = call->request;
	struct store_invitation known;
	struct kr_event_head head = {
		.key = view_id(request->invite),
		.until_ms = request->until_ms,
		.count = (uint32_t)request->uses,
	};

	if (!call->is_repeat) {
		enum kr_err err = store_invitation(
			call->view, request->topic.id, request->invite, &known);

		if (err != KR_ERR_NOT_FOUND) {
			return err == KR_OK ? KR_ERR_EXISTS : err;
		}
		if (request->until_ms <= call->relay->now_ms) {
			call->detail.field = "until";
			return KR_ERR_FIELD;
		}
	}
	call_event(call, KR_EVENT_INVITED, &request->topic, &head, request->body,
		call->standing.community.rev);
	return call_propose(call);
}

enum kr_err handle_community_revoke(struct call *call)
{
	const struct kr_request *request = call->request;
	struct store_invitation known;
	struct kr_event_head head = {.key = view_id(request->invite)};

	if (!call->is_repeat) {
		enum kr_err err = store_invitation(
			call->view, request->topic.id, request->invite, &known);

		if (err != KR_OK) {
			return err;
		}
	}
	call_event(call, KR_EVENT_INVITE_REVOKED, &request->topic, &head, request->body,
		call->standing.community.rev);
	return call_propose(call);
}

/* The seed has signed this, and the invitation is neither revoked nor past its time. */
static enum kr_err check_invitation(struct call *call, struct store_invitation *out)
{
	const struct kr_request *request = call->request;
	uint8_t space[2 * (KR_RELAY_NAME_MAX + 1)];
	struct kr_writer w;
	enum kr_err err;

	if (request->topic.kind != KR_TOPIC_COMMUNITY) {
		return KR_ERR_INVITE;
	}
	err = store_invitation(call->view, request->topic.id, request->invite, out);
	if (err != KR_OK) {
		return err == KR_ERR_NOT_FOUND ? KR_ERR_INVITE : err;
	}
	kr_writer_init_fixed(&w, space, sizeof(space));
	kr_invite_tbs(&w, kr_view_str(call->relay->config.name), request->topic.id,
		call->conn->account, request->body);
	if (w.err != KR_OK) {
		return w.err;
	}
	if (out->until_ms <= call->relay->now_ms ||
		kr_ed25519_verify(kr_view(request->sig, sizeof(request->sig)),
			request->invite, kr_writer_view(&w)) != KR_OK) {
		return KR_ERR_INVITE;
	}
	return KR_OK;
}

static bool is_chain_event(const struct kr_event *event)
{
	return event->type == KR_EVENT_FOUNDED || event->type == KR_EVENT_ROLE ||
		event->type == KR_EVENT_RULES;
}

enum kr_err handle_community_chain(struct call *call)
{
	const struct kr_request *request = call->request;
	struct store_invitation invitation;
	struct store_entry entries[CHAIN_EVENTS];
	struct store_topic topic;
	uint64_t next = request->after;
	struct kr_json j;
	size_t num;
	enum kr_err err;

	if (!answer_has_room(call->conn)) {
		return KR_ERR_BUSY;
	}
	if ((err = check_invitation(call, &invitation)) ||
		(err = store_topic(call->view, &request->topic, &topic)) ||
		(err = store_page(call->view, &request->topic, request->after,
			 CHAIN_BYTES, entries, CHAIN_EVENTS, &num)) ||
		(err = answer_events(call, entries, num, is_chain_event))) {
		return err;
	}
	if (num > 0) {
		next = entries[num - 1].event.seq;
	}
	answer_begin(call->relay, &j, request->id);
	kr_json_u64(&j, "next", next);
	kr_json_bool(&j, "more", next < topic.seq);
	answer_end(call->conn, &j);
	return KR_OK;
}

/* ---- Requests --------------------------------------------------------------------- */

/* Each use of an invitation is a key of its own, so that two cannot take the same one. */
static void take_use(struct call *call, const struct store_invitation *invitation)
{
	uint8_t number[4];
	struct kr_writer w;

	kr_writer_init_fixed(&w, number, sizeof(number));
	kr_write_u32(&w, invitation->num_left);
	call_key(call, "invite", view_id(call->request->invite), kr_writer_view(&w));
}

enum kr_err handle_community_request(struct call *call)
{
	const struct kr_request *request = call->request;
	struct store_invitation invitation = {0};
	struct store_member member;
	struct store_request open;
	struct kr_event_head head = {
		.account = view_id(call->conn->account),
		.key = view_id(request->invite),
	};
	enum kr_err err;

	if (!call->is_repeat) {
		if ((err = check_invitation(call, &invitation))) {
			return err;
		}
		if (invitation.num_left == 0) {
			return KR_ERR_INVITE;
		}
		err = store_member(
			call->view, request->topic.id, call->conn->account, &member);
		if (err != KR_ERR_NOT_FOUND) {
			return err == KR_OK ? KR_ERR_EXISTS : err;
		}
		err = store_request(
			call->view, request->topic.id, call->conn->account, &open);
		if (err != KR_ERR_NOT_FOUND) {
			return err == KR_OK ? KR_ERR_STATE : err;
		}
	}
	call_event(call, KR_EVENT_REQUESTED, &request->topic, &head, request->body,
		LOG_REV_ANY);
	take_use(call, &invitation);
	return call_propose(call);
}

/* What the applicant, who reads only the own topic, is told. */
static void tell_applicant(struct call *call, bool admitted)
{
	const struct kr_request *request = call->request;
	struct kr_topic topic = kr_topic(KR_TOPIC_ACCOUNT, request->account);
	struct kr_event_head head = {
		.community = view_id(request->topic.id),
		.flag = admitted,
	};

	call_event(call, KR_EVENT_ANSWERED, &topic, &head, request->body, LOG_REV_ANY);
}

enum kr_err handle_community_admit(struct call *call)
{
	const struct kr_request *request = call->request;
	struct kr_event_head head = {.account = view_id(request->account)};
	struct store_member member;
	enum kr_err err =
		store_member(call->view, request->topic.id, request->account, &member);

	if (err != KR_OK && err != KR_ERR_NOT_FOUND) {
		return err;
	}
	call_event(call, KR_EVENT_ADMITTED, &request->topic, &head, request->body,
		call->standing.community.rev);
	tell_applicant(call, true);
	/* Whoever comes back starts without the routes of an earlier membership. A member
	 * gets a further certificate: for another device, or because the first one
	 * ends. */
	if (!call->is_repeat && err == KR_ERR_NOT_FOUND &&
		(err = call_unroute(call, request->topic.id, request->account))) {
		return err;
	}
	return call_propose(call);
}

enum kr_err handle_community_refuse(struct call *call)
{
	const struct kr_request *request = call->request;
	struct kr_event_head head = {.account = view_id(request->account)};
	struct store_request open;
	enum kr_err err;

	if (!call->is_repeat) {
		err = store_request(
			call->view, request->topic.id, request->account, &open);
		if (err != KR_OK) {
			return err;
		}
	}
	call_event(call, KR_EVENT_REFUSED, &request->topic, &head, request->body,
		call->standing.community.rev);
	tell_applicant(call, false);
	return call_propose(call);
}
