/* Joining a community: reading the chain with the invitation's seed, asking, and what the
 * coordinators answer. */
#include <string.h>

#include "clients/core/community/parts.h"

/* ---- The command ------------------------------------------------------------------ */

static enum kr_err check_link(const struct kr_core *core, const struct kr_link *link)
{
	struct kr_view relay = link_relay(link->prefix, link->relay);

	/* One keystore is one account at one relay. */
	return kr_view_equal(relay, kr_view_str(core->identity.relay)) ? KR_OK
								       : KR_ERR_LINK;
}

/* May it be asked of this community? A new one, or one that is over. */
static enum kr_err begin_asking(
	struct kr_core *core, const struct kr_link *link, struct community **out)
{
	struct community *community = community_find(core, link->community);

	if (community != NULL) {
		enum kr_err err;

		if (community->state == COMMUNITY_ASKED) {
			return KR_ERR_STATE;
		}
		if (community->state != COMMUNITY_REFUSED &&
			community->state != COMMUNITY_REMOVED &&
			community->state != COMMUNITY_LEFT) {
			return KR_ERR_EXISTS;
		}
		if ((err = community_forget(core, community))) {
			return err;
		}
	}
	return community_add(core, link->community, COMMUNITY_ASKED, out);
}

static enum kr_err ask(struct kr_core *core, const struct command *command,
	const struct kr_link *link, const struct kr_join_note *note)
{
	struct community *community;
	enum kr_err err = begin_asking(core, link, &community);

	if (err != KR_OK || (err = kr_bytes_copy(&community->asked_name, note->name)) ||
		(err = kr_bytes_copy(&community->asked_check, note->check))) {
		return err;
	}
	community->must_request = true;
	community->invite_seed = link->seed;
	community->join_command = command->id;
	link_want(core, true); /* right after `init` nothing is connected yet */
	return community_store(core, community);
}

enum kr_err command_join(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {"link", "name", "check", NULL};
	struct kr_join_note note = {0};
	struct kr_link link = {0};
	struct kr_view text;
	enum kr_err err = json_only(command->args, names);

	if (err != KR_OK || (err = json_text(command->args, "link", &text)) ||
		(err = json_text(command->args, "name", &note.name)) ||
		(err = json_text(command->args, "check", &note.check)) ||
		(err = kr_line_check(note.name, KR_NAME_MAX)) ||
		(err = kr_text_check(note.check, KR_JOIN_CHECK_MAX))) {
		return err;
	}
	if (!core->identity.is_linked || core->identity.is_ending) {
		return KR_ERR_STATE;
	}
	if (!identity_is_first_device(&core->identity)) {
		return KR_ERR_DEVICE_ACCOUNT;
	}
	if ((err = kr_link_read(&link, text)) == KR_OK &&
		(err = check_link(core, &link)) == KR_OK) {
		err = ask(core, command, &link, &note);
	}
	kr_wipe(&link, sizeof(link));
	return err;
}

/* ---- The chain, and the request --------------------------------------------------- */

/* It cannot be asked: who waits is told, and nothing of it stays. */
static enum kr_err give_up(struct kr_core *core, struct community *community,
	enum kr_err err, const char *code)
{
	uint64_t command = community->join_command;
	cJSON *tell;
	enum kr_err failed;

	if (command == 0) {
		tell = community_tell(community, "failed");
		if (!json_add_str(tell, "what", "join") ||
			!json_add_str(
				tell, "error", code != NULL ? code : kr_err_name(err)) ||
			!json_add_str(tell, "text", kr_err_sentence(err))) {
			cJSON_Delete(tell);
			return KR_ERR_MEMORY;
		}
		failed = output_tell(&core->outputs, tell);
	} else {
		failed = command_failed(core, command, err, code);
	}
	return failed != KR_OK ? failed : community_forget(core, community);
}

static enum kr_err sign_invite(struct kr_core *core, const struct community *community,
	struct kr_request *request)
{
	uint8_t space[2 * (KR_RELAY_NAME_MAX + 1)];
	struct kr_ed25519_keypair invite;
	struct kr_writer w;

	kr_writer_init_fixed(&w, space, sizeof(space));
	kr_invite_tbs(&w, kr_view_str(core->identity.relay), community->id,
		core->identity.account, request->body);
	if (w.err != KR_OK) {
		return w.err;
	}
	kr_ed25519_from_seed(&invite, &community->invite_seed);
	kr_ed25519_sign(request->sig, &invite, kr_writer_view(&w));
	memcpy(request->invite, invite.public_key, sizeof(request->invite));
	kr_ed25519_keypair_wipe(&invite);
	return KR_OK;
}

static enum kr_err remember_coordinators(struct community *community)
{
	const struct kr_coordinator *who;
	size_t at = 0;
	enum kr_err err = KR_OK;

	while (err == KR_OK && (who = kr_chain_next(&community->chain, &at)) != NULL) {
		err = bytes_append(&community->asked_of,
			kr_view(who->device_key, sizeof(who->device_key)));
	}
	return err;
}

static enum kr_err write_request(
	struct kr_core *core, const struct community *community, struct kr_writer *w)
{
	const struct kr_join_note note = {
		.name = kr_view_bytes(&community->asked_name),
		.check = kr_view_bytes(&community->asked_check),
	};
	struct kr_join_request request = {0};
	struct kr_ed25519_keypair invite;

	memcpy(request.community, community->id, sizeof(request.community));
	memcpy(request.account, core->identity.account, sizeof(request.account));
	memcpy(request.reply_key, core->identity.sealing.public_key,
		sizeof(request.reply_key));
	kr_ed25519_from_seed(&invite, &community->invite_seed);
	kr_join_request_write(w, &request, &note, &community->chain,
		&core->identity.device, &invite, core->rng);
	kr_ed25519_keypair_wipe(&invite);
	return w->err;
}

/* The chain is read: seal the note to its coordinators, and ask. */
static enum kr_err make_request(struct kr_core *core, struct community *community)
{
	struct kr_request request =
		community_request(community, KR_VERB_COMMUNITY_REQUEST);
	uint64_t command = community->join_command;
	KR_AUTO_WRITER struct kr_writer w = {0};
	cJSON *answer;
	enum kr_err err;

	kr_writer_init(&w);
	if ((err = write_request(core, community, &w))) {
		return is_fatal(err) ? err : give_up(core, community, err, NULL);
	}
	request.body = kr_writer_view(&w);
	if ((err = sign_invite(core, community, &request)) ||
		(err = remember_coordinators(community))) {
		return err;
	}
	community->must_request = false;
	community->join_command = 0;
	kr_secret_wipe(&community->invite_seed);
	kr_bytes_free(&community->asked_name);
	kr_bytes_free(&community->asked_check);
	answer = cJSON_CreateObject();
	if (!json_add_id(answer, "community", community->id)) {
		cJSON_Delete(answer);
		return KR_ERR_MEMORY;
	}
	err = outbox_add_unseen(core, &request, "join", command, answer);
	return err != KR_OK ? err : community_store(core, community);
}

static enum kr_err chain_answered(
	struct kr_core *core, const struct answer *answer, struct kr_view context)
{
	struct community *community = community_find(core, context.data);
	uint64_t next;
	bool more;

	if (community == NULL || !community->is_reading) {
		return KR_OK;
	}
	community->is_reading = false;
	if (!answer->ok && answer->retry == KR_RETRY_LATER) {
		uint64_t extra;
		enum kr_err err = core_jitter(core, 2000, &extra);

		community->read_after_ms = core->now_ms + 2000 + answer->retry_ms + extra;
		return err;
	}
	if (!answer->ok) {
		return give_up(core, community, answer->err, answer->code);
	}
	if (kr_json_get_u64(answer->doc, "next", &next) != KR_OK ||
		kr_json_get_bool(answer->doc, "more", &more) != KR_OK ||
		(more && next <= community->read_seq)) {
		return give_up(core, community, KR_ERR_FIELD, NULL);
	}
	community->read_seq = next;
	if (more) {
		return KR_OK; /* on the next round */
	}
	/* No genesis, or not that of the link. */
	return community->is_founded ? make_request(core, community)
				     : give_up(core, community, KR_ERR_GENESIS, NULL);
}

enum kr_err community_ask_on(struct kr_core *core, struct community *community)
{
	struct kr_request request = community_request(community, KR_VERB_COMMUNITY_CHAIN);
	enum kr_err err;

	if (community->is_reading || core->link.state != LINK_ONLINE ||
		!link_has_room(core)) {
		return KR_OK;
	}
	if (community->read_after_ms > core->now_ms) {
		core_wake(core, community->read_after_ms);
		return KR_OK;
	}
	if (community->read_seq == 0) {
		community_reset(community);
	}
	request.after = community->read_seq;
	if ((err = sign_invite(core, community, &request))) {
		return err;
	}
	community->is_reading = true;
	return link_request(core, &request, chain_answered,
		kr_view(community->id, sizeof(community->id)));
}

enum kr_err community_chain_event(
	struct kr_core *core, const struct kr_event_delivery *delivery)
{
	const struct kr_event *event = &delivery->event;
	struct community *community = event->topic.kind == KR_TOPIC_COMMUNITY
		? community_find(core, event->topic.id)
		: NULL;
	struct kr_role role;
	uint32_t position;
	enum kr_err err;

	if (community == NULL || !community->is_reading) {
		return KR_OK;
	}
	if (event->type == KR_EVENT_FOUNDED && !community->is_founded) {
		err = kr_chain_begin(&community->chain, community->id, event->body);
		community->is_founded = err == KR_OK;
	} else if (event->type == KR_EVENT_ROLE && community->is_founded) {
		err = kr_chain_append(&community->chain, event->body);
		/* Who lost a race for the next place counts for nothing. */
		if (err == KR_ERR_CHAIN_PREVIOUS &&
			kr_role_read(&role, event->body) == KR_OK &&
			kr_chain_find(&community->chain, &position, role.previous) ==
				KR_OK) {
			err = KR_OK;
		}
	} else {
		return KR_OK;
	}
	if (err == KR_OK) {
		return KR_OK;
	}
	return alarm_raise(core, ALARM_UNSIGNED,
		&(struct alarm_about){
			.topic = &event->topic,
			.seq = event->seq,
			.err = err,
		});
}

/* ---- The answer ------------------------------------------------------------------- */

static enum kr_err answer_alarm(
	struct kr_core *core, const struct kr_event *event, enum kr_err err)
{
	return alarm_raise(core, ALARM_UNSIGNED,
		&(struct alarm_about){
			.topic = &event->topic,
			.seq = event->seq,
			.err = err,
		});
}

static enum kr_err check_answer(const struct kr_core *core, const uint8_t *expected,
	const uint8_t *community, const uint8_t *account)
{
	return memcmp(expected, community, KR_ID_BYTES) == 0 &&
			is_own_account(core, kr_view(account, KR_ID_BYTES))
		? KR_OK
		: KR_ERR_COMMUNITY;
}

/* The community's topic has the same certificate as `admitted`: there it is held against
 * the chain, and only then one is in. */
static enum kr_err was_admitted(
	struct kr_core *core, const struct kr_event *event, const uint8_t id[KR_ID_BYTES])
{
	struct community *community = community_find(core, id);
	struct kr_topic topic = kr_topic(KR_TOPIC_COMMUNITY, id);
	struct kr_certificate certificate;
	enum kr_err err = kr_certificate_read(&certificate, event->body);

	if (err != KR_OK ||
		(err = check_answer(
			 core, id, certificate.community, certificate.account))) {
		return answer_alarm(core, event, err);
	}
	if (community == NULL) {
		err = community_add(core, id, COMMUNITY_FOLLOWED, &community);
	} else if (community->state == COMMUNITY_ASKED ||
		community->state == COMMUNITY_REFUSED) {
		community_reset(community); /* the topic has the chain as well */
		err = community_set_state(core, community, COMMUNITY_MEMBER);
	} else if (community->state != COMMUNITY_REMOVED) {
		return KR_OK; /* a further certificate; or one has left */
	}
	return err != KR_OK ? err : topic_follow(core, &topic);
}

static bool was_asked(const struct community *community, const uint8_t *key)
{
	const struct kr_bytes *list = &community->asked_of;

	for (size_t at = 0; at < list->len; at += KR_ED25519_PUBLIC_BYTES) {
		if (memcmp(list->data + at, key, KR_ED25519_PUBLIC_BYTES) == 0) {
			return true;
		}
	}
	return false;
}

static enum kr_err was_refused(
	struct kr_core *core, const struct kr_event *event, const uint8_t id[KR_ID_BYTES])
{
	struct community *community = community_find(core, id);
	uint8_t storage[KR_SEALED_STORAGE];
	struct kr_view reason = {0};
	struct kr_refusal refusal;
	cJSON *tell;
	enum kr_err err = kr_refusal_read(&refusal, event->body);

	if (err != KR_OK ||
		(err = check_answer(core, id, refusal.community, refusal.account))) {
		return answer_alarm(core, event, err);
	}
	if (community == NULL || community->state != COMMUNITY_ASKED) {
		return KR_OK;
	}
	/* The words of somebody who was no coordinator when it was asked (the chain is
	 * not readable any more) are not passed on. */
	if (!was_asked(community, refusal.signer) ||
		kr_refusal_open(&reason, storage, &refusal, &core->identity.sealing) !=
			KR_OK) {
		reason = (struct kr_view){0};
	}
	kr_bytes_free(&community->refusal);
	if ((err = kr_bytes_copy(&community->refusal, reason))) {
		kr_wipe(storage, sizeof(storage));
		return err;
	}
	tell = community_tell(community, "refused");
	if (!json_add_text(tell, "reason", reason)) {
		cJSON_Delete(tell);
		tell = NULL;
	}
	kr_wipe(storage, sizeof(storage));
	err = output_tell(&core->outputs, tell);
	return err != KR_OK ? err
			    : community_set_state(core, community, COMMUNITY_REFUSED);
}

enum kr_err community_answered(struct kr_core *core, const struct kr_event *event)
{
	struct kr_event_head head;

	if (kr_event_head_read(&head, event->type, event->head) != KR_OK) {
		return answer_alarm(core, event, KR_ERR_FIELD);
	}
	return head.flag ? was_admitted(core, event, head.community.data)
			 : was_refused(core, event, head.community.data);
}

/* ---- What became of it ------------------------------------------------------------ */

enum kr_err community_op_over(struct kr_core *core, const struct op *op, enum kr_err err)
{
	struct community *community = community_find(core, op->topic.id);
	struct kr_topic topic = op->topic;

	if (community == NULL) {
		return KR_OK;
	}
	if (strcmp(op->what, "found") == 0) {
		return err == KR_OK ? topic_follow(core, &topic)
				    : community_forget(core, community);
	}
	if (strcmp(op->what, "join") == 0 && err != KR_OK &&
		community->state == COMMUNITY_ASKED) {
		return community_forget(core, community);
	}
	if (strcmp(op->what, "leave") == 0 && err == KR_OK) {
		err = community_set_state(core, community, COMMUNITY_LEFT);
		return err != KR_OK ? err
				    : groups_community_changed(core, community->id, true);
	}
	return KR_OK;
}
