/* Commands of coordinators about who comes in and who is a coordinator, and what their
 * client does by itself: certificates for further devices. */
#include <stdlib.h>
#include <string.h>

#include "clients/core/community/parts.h"

/* ---- Invitations ------------------------------------------------------------------ */

#define MS_AN_HOUR ((uint64_t)3600000)
#define HOURS_MAX  ((uint64_t)366 * 24)
#define HOURS_WEEK 168
#define USES_MAX   1000

/* The link, which is a secret: it stands in the answer and nowhere else. */
static cJSON *answer_link(const struct kr_core *core,
	const struct kr_invitation *invitation, const struct kr_secret *seed)
{
	const struct identity *identity = &core->identity;
	struct kr_link link = {
		.prefix = kr_view_str(identity->app),
		.seed = *seed,
		.relay = kr_view_str(identity->relay),
	};
	KR_AUTO_WRITER struct kr_writer prefix = {0};
	KR_AUTO_WRITER struct kr_writer w = {0};
	cJSON *answer = cJSON_CreateObject();

	memcpy(link.community, invitation->community, sizeof(link.community));
	kr_writer_init(&prefix);
	kr_writer_init(&w);
	if (link.prefix.len == 0) {
		kr_write_fixed(&prefix, kr_view_str("https://"));
		kr_write_fixed(&prefix, link.relay);
		kr_write_fixed(&prefix, kr_view_str("/"));
		link.prefix = kr_writer_view(&prefix);
	}
	kr_link_write(&w, &link);
	kr_wipe(&link, sizeof(link));
	if (w.err != KR_OK || !json_add_text(answer, "link", kr_writer_view(&w)) ||
		!json_add_id(answer, "key", invitation->key) ||
		!json_add_number(answer, "until", invitation->until_ms)) {
		cJSON_Delete(answer);
		return NULL;
	}
	return answer;
}

static enum kr_err invite(struct kr_core *core, const struct community *community,
	struct kr_invitation *invitation, uint64_t command)
{
	struct kr_request request =
		community_request(community, KR_VERB_COMMUNITY_INVITE);
	KR_AUTO_WIPE struct kr_secret seed = {0};
	struct kr_ed25519_keypair pair;
	uint8_t space[256];
	struct kr_writer w;
	cJSON *answer;
	enum kr_err err = kr_random_secret(core->rng, &seed);

	if (err != KR_OK) {
		return err;
	}
	kr_ed25519_from_seed(&pair, &seed);
	memcpy(invitation->key, pair.public_key, sizeof(invitation->key));
	kr_ed25519_keypair_wipe(&pair);
	memcpy(invitation->community, community->id, sizeof(invitation->community));
	kr_writer_init_fixed(&w, space, sizeof(space));
	kr_invitation_write(&w, invitation, &core->identity.device);
	if (w.err != KR_OK) {
		return w.err;
	}
	request.body = kr_writer_view(&w);
	request.until_ms = invitation->until_ms;
	request.uses = invitation->uses;
	memcpy(request.invite, invitation->key, sizeof(request.invite));
	answer = answer_link(core, invitation, &seed);
	return answer == NULL
		? KR_ERR_MEMORY
		: outbox_add_request(core, &request, "invite", command, answer);
}

enum kr_err command_invite(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {"community", "uses", "hours", NULL};
	struct kr_invitation invitation = {0};
	struct community *community;
	uint64_t uses = 1;
	uint64_t hours = HOURS_WEEK;
	enum kr_err err = json_only(command->args, names);

	if (err != KR_OK ||
		(err = community_for_coordinator(core, command->args, &community)) ||
		(err = json_number_optional(command->args, "uses", 1, USES_MAX, &uses)) ||
		(err = json_number_optional(
			 command->args, "hours", 1, HOURS_MAX, &hours))) {
		return err;
	}
	invitation.uses = (uint32_t)uses;
	invitation.until_ms = core->now_ms + hours * MS_AN_HOUR;
	return invite(core, community, &invitation, command->id);
}

enum kr_err command_revoke_invite(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {"community", "key", NULL};
	const struct statement_act act = {
		.verb = KR_VERB_COMMUNITY_REVOKE,
		.what = "revoke_invite",
		.command = command->id,
	};
	const struct community_invitation *invitation;
	struct kr_statement statement;
	struct community *community;
	struct kr_topic topic;
	uint8_t key[KR_ED25519_PUBLIC_BYTES];
	enum kr_err err = json_only(command->args, names);

	if (err != KR_OK ||
		(err = community_for_coordinator(core, command->args, &community)) ||
		(err = json_bytes(command->args, "key", key, sizeof(key)))) {
		return err;
	}
	invitation = community_invitation_find(community, key);
	if (invitation == NULL || invitation->is_revoked) {
		return invitation == NULL ? KR_ERR_NOT_FOUND : KR_ERR_EXISTS;
	}
	topic = community_topic(community);
	if ((err = community_statement_begin(
		     core, community, &topic, KR_STATEMENT_INVITE_REVOKE, &statement))) {
		return err;
	}
	memcpy(statement.target, key, sizeof(statement.target));
	return community_state_it(core, community, &statement, &act);
}

/* ---- Requests --------------------------------------------------------------------- */

/* Somebody who asks, and the request's bytes. */
static enum kr_err request_of(struct kr_core *core, const cJSON *args,
	struct community **community, struct community_member **member,
	struct kr_view *record)
{
	struct kr_topic topic;
	struct kept_event kept;
	enum kr_err err = community_for_coordinator(core, args, community);

	if (err != KR_OK || (err = member_of(*community, args, "account", member))) {
		return err;
	}
	if ((*member)->state != MEMBER_ASKS) {
		return (*member)->state == MEMBER_IN ? KR_ERR_EXISTS : KR_ERR_NOT_FOUND;
	}
	topic = community_topic(*community);
	if ((err = event_kept(core, &topic, (*member)->asked_seq, &kept))) {
		return err;
	}
	*record = kept.content;
	return KR_OK;
}

enum kr_err command_admit(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {"community", "account", NULL};
	struct community *community;
	struct community_member *member;
	struct kr_join_request request;
	struct kr_view record;
	enum kr_err err = json_only(command->args, names);

	if (err != KR_OK ||
		(err = request_of(core, command->args, &community, &member, &record)) ||
		(err = kr_join_request_read(&request, record))) {
		return err;
	}
	return community_certify(
		core, community, member->account, request.device_key, command->id);
}

enum kr_err command_refuse(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {"community", "account", "reason", NULL};
	struct kr_request request;
	struct community *community;
	struct community_member *member;
	struct kr_view record;
	struct kr_view reason;
	KR_AUTO_WRITER struct kr_writer w = {0};
	enum kr_err err;

	kr_writer_init(&w);
	if ((err = json_only(command->args, names)) ||
		(err = request_of(core, command->args, &community, &member, &record)) ||
		(err = json_text(command->args, "reason", &reason))) {
		return err;
	}
	kr_refusal_write(
		&w, record, reason, &community->chain, &core->identity.device, core->rng);
	if (w.err != KR_OK) {
		return w.err;
	}
	request = community_request(community, KR_VERB_COMMUNITY_REFUSE);
	memcpy(request.account, member->account, sizeof(request.account));
	request.body = kr_writer_view(&w);
	return outbox_add_request(core, &request, "refuse", command->id, NULL);
}

/* ---- Coordinators ----------------------------------------------------------------- */

/* A device of the member that offered its sealing key in the community's group, latest
 * first. */
static enum kr_err offered_key(struct kr_core *core, const struct community *community,
	const struct community_member *member, struct kr_coordinator *out)
{
	const struct group *group = community_group_look(core, community);

	memcpy(out->account, member->account, sizeof(out->account));
	for (size_t i = member_num_certificates(member); group != NULL && i > 0; i--) {
		struct kr_certificate certificate;
		enum kr_err err = member_certificate(member, i - 1, &certificate);

		if (err != KR_OK) {
			return err;
		}
		if (kr_chain_knows(&community->chain, certificate.device_key) ||
			group_sealing_key(core, group, member->account,
				certificate.device_key, out->sealing_key) != KR_OK) {
			continue;
		}
		memcpy(out->device_key, certificate.device_key, sizeof(out->device_key));
		return KR_OK;
	}
	return KR_ERR_NOT_FOUND;
}

enum kr_err command_grant(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {"community", "account", "card", NULL};
	struct kr_role role = {.kind = KR_ROLE_GRANT};
	struct community *community;
	struct community_member *member;
	enum kr_err err = json_only(command->args, names);

	if (err != KR_OK ||
		(err = community_for_coordinator(core, command->args, &community)) ||
		(err = member_of(community, command->args, "account", &member))) {
		return err;
	}
	if (member->state != MEMBER_IN) {
		return KR_ERR_STATE;
	}
	if (cJSON_GetObjectItemCaseSensitive(command->args, "card") == NULL) {
		err = offered_key(core, community, member, &role.who);
	} else {
		err = card_of(command->args, "card", &role.who);
	}
	if (err != KR_OK) {
		return err;
	}
	/* The card is of this member, on a device that a coordinator has certified. */
	if (memcmp(role.who.account, member->account, KR_ID_BYTES) != 0 ||
		!member_has_device(member, role.who.device_key)) {
		return KR_ERR_CERT_KEY;
	}
	return community_role(core, community, &role, "grant", command->id);
}

enum kr_err command_withdraw(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {"community", "account", NULL};
	struct kr_role role = {.kind = KR_ROLE_WITHDRAW};
	struct community *community;
	enum kr_err err = json_only(command->args, names);

	if (err != KR_OK ||
		(err = community_for_coordinator(core, command->args, &community)) ||
		(err = json_bytes(command->args, "account", role.who.account,
			 sizeof(role.who.account)))) {
		return err;
	}
	return community_role(core, community, &role, "withdraw", command->id);
}

/* ---- Further devices -------------------------------------------------------------- */

/* Each coordinator's client waits for some time of its own, so that one does it. */
#define DEVICE_WAIT_MS ((uint64_t)5000)
#define SHOWN_MAX      256

static enum kr_err remember_shown(struct kr_core *core, struct community *community,
	const struct kr_device_link *link)
{
	struct community_device *grown;
	uint64_t wait;
	enum kr_err err = core_jitter(core, DEVICE_WAIT_MS, &wait);

	if (err != KR_OK) {
		return err;
	}
	for (size_t i = 0; i < community->num_shown; i++) {
		if (memcmp(community->shown[i].key, link->device_key,
			    sizeof(link->device_key)) == 0) {
			return KR_OK;
		}
	}
	if (community->num_shown == SHOWN_MAX) {
		return KR_OK; /* shown again when somebody has time for it */
	}
	grown = array_grow(community->shown, community->num_shown, sizeof(*grown));
	if (grown == NULL) {
		return KR_ERR_MEMORY;
	}
	community->shown = grown;
	grown = &grown[community->num_shown++];
	memcpy(grown->account, link->account, sizeof(grown->account));
	memcpy(grown->key, link->device_key, sizeof(grown->key));
	grown->due_ms = core->now_ms + wait;
	return community_store(core, community);
}

/* The account says itself that a device is gone: its certificates end. */
static enum kr_err end_device(struct kr_core *core, struct community *community,
	const struct community_member *member, const struct kr_device_link *link)
{
	for (size_t i = 0; i < member_num_certificates(member); i++) {
		struct kr_certificate certificate;
		uint8_t serial[8];
		struct kr_writer w;
		enum kr_err err = member_certificate(member, i, &certificate);

		if (err != KR_OK) {
			return err;
		}
		if (memcmp(certificate.device_key, link->device_key,
			    sizeof(link->device_key)) != 0 ||
			community_has_ended(community, certificate.serial)) {
			continue;
		}
		kr_writer_init_fixed(&w, serial, sizeof(serial));
		kr_write_u64(&w, certificate.serial);
		if ((err = bytes_append(&community->gone, kr_writer_view(&w)))) {
			return err;
		}
	}
	return community_store(core, community);
}

enum kr_err community_device_shown(struct kr_core *core, struct community *community,
	const uint8_t account[KR_ID_BYTES], struct kr_view record)
{
	const struct community_member *member = community_member(community, account);
	struct kr_device_link link;
	enum kr_err err;

	if (member == NULL || member->state != MEMBER_IN ||
		kr_device_link_read(&link, record) != KR_OK ||
		memcmp(link.account, account, KR_ID_BYTES) != 0 ||
		!member_has_device(member, link.signer)) {
		return KR_OK;
	}
	if (link.kind == KR_DEVICE_REMOVE) {
		err = end_device(core, community, member, &link);
		return err != KR_OK
			? err
			: groups_community_changed(core, community->id,
				  is_own_account(core, kr_view(account, KR_ID_BYTES)));
	}
	if (!community_is_own_coordinator(core, community) ||
		member_has_device(member, link.device_key)) {
		return KR_OK;
	}
	return remember_shown(core, community, &link);
}

static enum kr_err certify_shown(struct kr_core *core, struct community *community)
{
	size_t i = 0;
	bool has_changed = false;
	enum kr_err err = KR_OK;

	while (err == KR_OK && i < community->num_shown) {
		const struct community_device *device = &community->shown[i];
		const struct community_member *member =
			community_member(community, device->account);

		if (device->due_ms > core->now_ms) {
			core_wake(core, device->due_ms);
			i++;
			continue;
		}
		/* Not if another coordinator was faster, or it is out meanwhile. */
		if (member != NULL && member->state == MEMBER_IN &&
			!member_has_device(member, device->key) &&
			community_is_own_coordinator(core, community)) {
			err = community_certify(
				core, community, device->account, device->key, 0);
		}
		community->shown[i] = community->shown[--community->num_shown];
		has_changed = true;
	}
	return err != KR_OK || !has_changed ? err : community_store(core, community);
}

/* ---- Of one's own accord ---------------------------------------------------------- */

static bool is_caught_up(const struct kr_core *core, const struct community *community)
{
	struct kr_topic name = community_topic(community);
	const struct topic *topic = topic_look(core, &name);

	return topic != NULL && topic_is_caught_up(topic);
}

/* Who founded certifies the own device; nobody was there before. */
static enum kr_err certify_self(struct kr_core *core, const struct community *community)
{
	if (community->certificate.len > 0 ||
		!community_is_own_coordinator(core, community) ||
		community_has_op(core, community, "admit")) {
		return KR_OK;
	}
	return community_certify(core, community, core->identity.account,
		core->identity.device.public_key, 0);
}

static enum kr_err make_group(struct kr_core *core, struct community *community)
{
	struct kr_bytes name = community->group_name;
	enum kr_err err;

	if (name.len == 0 || community->certificate.len == 0) {
		return KR_OK;
	}
	community->group_name = (struct kr_bytes){0};
	err = group_make_main(core, community, kr_view_bytes(&name));
	kr_bytes_free(&name);
	return err != KR_OK ? err : community_store(core, community);
}

static enum kr_err reconcile_member(struct kr_core *core, struct community *community)
{
	enum kr_err err;

	if (core->identity.is_ending || !is_caught_up(core, community)) {
		return KR_OK;
	}
	if ((err = certify_self(core, community)) ||
		(err = make_group(core, community))) {
		return err;
	}
	return certify_shown(core, community);
}

enum kr_err communities_reconcile(struct kr_core *core)
{
	struct community *next;
	enum kr_err err = KR_OK;

	for (struct community *c = core->communities; err == KR_OK && c != NULL;
		c = next) {
		next = c->next;
		if (c->state == COMMUNITY_ASKED && c->must_request) {
			err = community_ask_on(core, c);
		} else if (c->state == COMMUNITY_MEMBER) {
			err = reconcile_member(core, c);
		}
	}
	return err;
}

void communities_disconnected(struct kr_core *core)
{
	for (struct community *c = core->communities; c != NULL; c = c->next) {
		c->is_reading = false;
		c->read_seq = 0;
		c->is_counting = false;
		c->is_counted = false;
		c->is_published = false;
	}
}
