#include "clients/core/link.h"

#include <string.h>

#include "clients/core/state.h"

/* Waiting before the n-th attempt: a random time below 1 s, 2 s, 4 s … at most this. The
 * relay restarts with everybody on it: they must not come back at once. */
#define RETRY_FIRST_MS  1000
#define RETRY_MAX_MS    ((uint64_t)60000)
#define RESTART_SPAN_MS 30000
#define RETRY_DOUBLINGS 6
/* A connection can die without a word, and a browser does not notice. */
#define PATIENCE_MS ((uint64_t)60000)

/* ---- State ---------------------------------------------------------------------- */

static const char *const state_names[] = {
	[LINK_OFF] = "offline",
	[LINK_REFUSED] = "refused",
	[LINK_WAITING] = "waiting",
	[LINK_CONNECTING] = "connecting",
	[LINK_HELLO] = "connecting",
	[LINK_AUTH] = "connecting",
	[LINK_ONLINE] = "online",
};

const char *link_state_name(const struct kr_core *core)
{
	return state_names[core->link.state];
}

static enum kr_err set_state(struct kr_core *core, enum link_state state)
{
	const char *before = link_state_name(core);
	cJSON *tell;

	core->link.state = state;
	if (strcmp(before, link_state_name(core)) == 0) {
		return KR_OK;
	}
	tell = cJSON_CreateObject();
	if (!json_add_str(tell, "tell", "connection") ||
		!json_add_str(tell, "state", link_state_name(core)) ||
		(state == LINK_WAITING &&
			!json_add_number(tell, "retry_at", core->link.retry_ms))) {
		cJSON_Delete(tell);
		return KR_ERR_MEMORY;
	}
	return output_tell(&core->outputs, tell);
}

void link_want(struct kr_core *core, bool wanted)
{
	core->link.wanted = wanted;
	if (wanted && core->link.state == LINK_WAITING) {
		core->link.retry_ms = core->now_ms;
	}
	if (wanted && core->link.state == LINK_REFUSED) {
		core->link.state = LINK_OFF;
	}
}

static bool is_open(const struct link *link)
{
	return link->state >= LINK_HELLO;
}

enum kr_err link_connected(struct kr_core *core)
{
	return core->link.state == LINK_CONNECTING ? set_state(core, LINK_HELLO) : KR_OK;
}

static void forget_connection(struct kr_core *core)
{
	memset(core->link.waiting, 0, sizeof(core->link.waiting));
	core->link.num_waiting = 0;
	topics_disconnected(core);
	outbox_disconnected(core);
	account_disconnected(core);
	communities_disconnected(core);
	groups_disconnected(core);
	inboxes_disconnected(core);
	notices_disconnected(core);
	cases_disconnected(core);
}

enum kr_err link_disconnected(struct kr_core *core, uint16_t code)
{
	struct link *link = &core->link;
	uint64_t span = RETRY_MAX_MS;
	uint64_t wait;
	enum kr_err err;

	forget_connection(core);
	if (link->state <= LINK_REFUSED) {
		return KR_OK;
	}
	if (code == KR_CLOSE_DEVICE) {
		return set_state(core, LINK_REFUSED);
	}
	if (code == KR_CLOSE_RESTART) {
		span = RESTART_SPAN_MS;
	} else if (link->num_failures < RETRY_DOUBLINGS) {
		span = (uint64_t)RETRY_FIRST_MS << link->num_failures;
	}
	link->num_failures++;
	if ((err = core_jitter(core, span, &wait))) {
		return err;
	}
	link->retry_ms = core->now_ms + wait;
	return set_state(core, LINK_WAITING);
}

/* Nothing more is said or heard on this connection; the host closes it and says so. */
static enum kr_err give_up(struct kr_core *core, enum link_state state)
{
	enum kr_err err = output_disconnect(&core->outputs);

	if (err != KR_OK) {
		return err;
	}
	if (state == LINK_REFUSED) {
		forget_connection(core);
		return set_state(core, LINK_REFUSED);
	}
	return link_disconnected(core, 0);
}

static bool is_waiting_for_relay(const struct link *link)
{
	return (link->state >= LINK_CONNECTING && link->state <= LINK_AUTH) ||
		link->num_waiting > 0;
}

/* Nothing is waited for longer than it takes to come back. */
static enum kr_err lose_patience(struct kr_core *core)
{
	struct link *link = &core->link;

	if (!is_waiting_for_relay(link)) {
		return KR_OK;
	}
	/* A clock that was set back begins anew. */
	link->heard_ms = link->heard_ms < core->now_ms ? link->heard_ms : core->now_ms;
	if (core->now_ms < link->heard_ms + PATIENCE_MS) {
		core_wake(core, link->heard_ms + PATIENCE_MS);
		return KR_OK;
	}
	return give_up(core, LINK_WAITING);
}

enum kr_err link_reconcile(struct kr_core *core)
{
	struct link *link = &core->link;
	enum kr_err err;

	if (!link->wanted || !core->identity.is_linked) {
		if (link->state <= LINK_REFUSED) {
			return KR_OK;
		}
		err = is_open(link) ? output_disconnect(&core->outputs) : KR_OK;
		return err != KR_OK ? err : set_state(core, LINK_OFF);
	}
	if ((err = lose_patience(core))) {
		return err;
	}
	if (link->state == LINK_WAITING && core->now_ms < link->retry_ms) {
		core_wake(core, link->retry_ms);
		return KR_OK;
	}
	if (link->state == LINK_OFF || link->state == LINK_WAITING) {
		link->heard_ms = core->now_ms;
		core_wake(core, core->now_ms + PATIENCE_MS);
		err = output_connect(&core->outputs, core->identity.url);
		return err != KR_OK ? err : set_state(core, LINK_CONNECTING);
	}
	return KR_OK;
}

/* ---- Requests ------------------------------------------------------------------- */

bool link_has_room(const struct kr_core *core)
{
	return core->link.state == LINK_ONLINE &&
		core->link.num_waiting < LINK_MAX_OUTSTANDING;
}

static enum kr_err send(struct kr_core *core, struct kr_request *request,
	enum kr_err (*answered)(struct kr_core *core, const struct answer *answer,
		struct kr_view context),
	struct kr_view context)
{
	struct link *link = &core->link;
	struct link_waiting *waiting = link->waiting;
	struct kr_writer w;
	bool is_text;
	enum kr_err err;

	if (context.len > LINK_CONTEXT_MAX) {
		return KR_ERR_ARGUMENT;
	}
	while (waiting->id != 0) {
		waiting++; /* there is one: the caller has asked */
	}
	if (link->num_waiting == 0) {
		link->heard_ms = core->now_ms;
		core_wake(core, core->now_ms + PATIENCE_MS);
	}
	request->id = ++link->last_request;
	kr_writer_init(&w);
	kr_request_write(&w, &is_text, request);
	err = w.err != KR_OK ? w.err
			     : output_send(&core->outputs, kr_writer_view(&w), is_text);
	kr_writer_free(&w);
	if (err != KR_OK) {
		return err;
	}
	waiting->id = request->id;
	waiting->answered = answered;
	waiting->context_len = context.len;
	if (context.len > 0) {
		memcpy(waiting->context, context.data, context.len);
	}
	link->num_waiting++;
	return KR_OK;
}

enum kr_err link_request(struct kr_core *core, struct kr_request *request,
	enum kr_err (*answered)(struct kr_core *core, const struct answer *answer,
		struct kr_view context),
	struct kr_view context)
{
	return link_has_room(core) ? send(core, request, answered, context)
				   : KR_ERR_STATE;
}

static enum kr_err take_answer(struct kr_core *core, uint64_t id,
	const struct kr_json_doc *doc, struct kr_view body)
{
	struct link *link = &core->link;

	for (size_t i = 0; i < LINK_MAX_OUTSTANDING; i++) {
		struct link_waiting waiting = link->waiting[i];
		struct answer answer;

		if (id == 0 || waiting.id != id) {
			continue;
		}
		link->waiting[i] = (struct link_waiting){0};
		link->num_waiting--;
		answer_read(&answer, doc, body);
		return waiting.answered(
			core, &answer, kr_view(waiting.context, waiting.context_len));
	}
	return KR_OK; /* nothing of ours */
}

/* ---- Hello ---------------------------------------------------------------------- */

static enum kr_err authenticated(
	struct kr_core *core, const struct answer *answer, struct kr_view context)
{
	(void)context;
	if (answer->ok) {
		core->link.num_failures = 0;
		return set_state(core, LINK_ONLINE);
	}
	return answer->retry == KR_RETRY_NEVER ? give_up(core, LINK_REFUSED)
					       : give_up(core, LINK_WAITING);
}

static enum kr_err authenticate(
	struct kr_core *core, const uint8_t challenge[KR_CHALLENGE_BYTES])
{
	const struct identity *identity = &core->identity;
	struct kr_request request = {
		.verb = KR_VERB_AUTH,
		.fields = KR_R(ACCOUNT) | KR_R(KEY) | KR_R(SIG),
	};
	struct kr_writer w;
	enum kr_err err;

	memcpy(request.account, identity->account, sizeof(request.account));
	memcpy(request.key, identity->device.public_key, sizeof(request.key));
	kr_writer_init(&w);
	kr_auth_tbs(&w, kr_view_str(identity->relay), challenge, identity->account,
		identity->device.public_key);
	err = w.err;
	if (err == KR_OK) {
		kr_ed25519_sign(request.sig, &identity->device, kr_writer_view(&w));
		err = send(core, &request, authenticated, (struct kr_view){0});
	}
	kr_writer_free(&w);
	return err != KR_OK ? err : set_state(core, LINK_AUTH);
}

static enum kr_err take_hello(struct kr_core *core, const struct kr_json_doc *doc)
{
	struct link *link = &core->link;
	uint8_t challenge[KR_CHALLENGE_BYTES];
	struct kr_view relay;
	uint64_t time_ms;
	enum kr_err err;

	if (link->state != LINK_HELLO || kr_json_get_str(doc, "relay", &relay) != KR_OK ||
		kr_json_get_u64(doc, "time", &time_ms) != KR_OK ||
		kr_json_get_bytes(doc, "challenge", challenge, sizeof(challenge)) !=
			KR_OK ||
		kr_json_get_bytes(doc, "incarnation", link->incarnation,
			sizeof(link->incarnation)) != KR_OK) {
		return give_up(core, LINK_WAITING);
	}
	if (!kr_view_equal(relay, kr_view_str(core->identity.relay))) {
		err = alarm_raise(core, ALARM_RELAY_CHANGED, &(struct alarm_about){0});
		return err != KR_OK ? err : give_up(core, LINK_WAITING);
	}
	/* Of an older relay there is none. */
	(void)kr_json_get_bytes(
		doc, "relay_key", link->relay_key, sizeof(link->relay_key));
	link->clock_ahead_ms = (int64_t)(time_ms - core->now_ms);
	return authenticate(core, challenge);
}

/* ---- Messages ------------------------------------------------------------------- */

static enum kr_err take_event(
	struct kr_core *core, const struct kr_json_doc *doc, struct kr_view body)
{
	struct kr_event_delivery delivery;
	enum kr_err err = kr_event_delivery_read(&delivery, doc, body);

	/* What cannot be read leaves a gap that the next event shows. */
	return err != KR_OK ? KR_OK : topics_event(core, &delivery);
}

static enum kr_err take_ended(struct kr_core *core, const struct kr_json_doc *doc)
{
	struct kr_topic topic;

	return kr_json_get_topic(doc, "topic", &topic) == KR_OK
		? topics_ended(core, &topic)
		: KR_OK;
}

/* A team has taken this account in: the same as if account.topics had named the inbox. */
static enum kr_err take_begun(struct kr_core *core, const struct kr_json_doc *doc)
{
	struct kr_topic topic;

	return kr_json_get_topic(doc, "topic", &topic) == KR_OK &&
			topic.kind == KR_TOPIC_INBOX
		? inbox_listed(core, topic.id)
		: KR_OK;
}

static enum kr_err take_object(
	struct kr_core *core, const struct kr_json_doc *doc, struct kr_view body)
{
	struct kr_view verb;
	uint64_t id;

	if (kr_json_get_u64(doc, "re", &id) == KR_OK) {
		return take_answer(core, id, doc, body);
	}
	if (kr_json_get_str(doc, "verb", &verb) != KR_OK) {
		return KR_OK;
	}
	if (kr_view_equal(verb, kr_view_str("hello"))) {
		return take_hello(core, doc);
	}
	if (core->link.state != LINK_ONLINE) {
		return KR_OK;
	}
	if (kr_view_equal(verb, kr_view_str("event"))) {
		return take_event(core, doc, body);
	}
	if (kr_view_equal(verb, kr_view_str("ended"))) {
		return take_ended(core, doc);
	}
	if (kr_view_equal(verb, kr_view_str("begun"))) {
		return take_begun(core, doc);
	}
	return KR_OK; /* of a newer relay */
}

enum kr_err link_message(struct kr_core *core, struct kr_view bytes, bool is_text)
{
	struct kr_json_doc doc;
	struct kr_message message;
	enum kr_err err;

	if (!is_open(&core->link)) {
		return KR_OK;
	}
	core->link.heard_ms = core->now_ms;
	if ((err = kr_message_split(&message, bytes, is_text)) ||
		(err = kr_json_parse(&doc, message.object))) {
		return err == KR_ERR_MEMORY ? err : give_up(core, LINK_WAITING);
	}
	err = take_object(core, &doc, message.body);
	kr_json_free(&doc);
	return err;
}
