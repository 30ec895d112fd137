/* What each type of event in a community's topic has to be, and does. A record that does
 * not hold raises an alarm and counts for nothing; it never stops the topic. */
#include <stdlib.h>
#include <string.h>

#include "clients/core/community/parts.h"

struct change {
	struct kr_core *core;
	struct community *community;
	const struct kr_event *event;
	struct kr_event_head head;
	bool is_replay;
};

/* ---- Refusing --------------------------------------------------------------------- */

static enum kr_err raise(const struct change *c, enum alarm alarm, enum kr_err why)
{
	struct alarm_about about = {
		.topic = &c->event->topic,
		.seq = c->event->seq,
		.account =
			c->head.account.len == KR_ID_BYTES ? c->head.account.data : NULL,
		.err = why,
	};

	/* It was raised when the event came. */
	return c->is_replay ? KR_OK : alarm_raise(c->core, alarm, &about);
}

/* The event counts for nothing. */
static enum kr_err refuse(const struct change *c, enum alarm alarm, enum kr_err why)
{
	uint8_t number[8];
	struct kr_writer w;
	enum kr_err err;

	if (why == KR_ERR_MEMORY) {
		return why;
	}
	kr_writer_init_fixed(&w, number, sizeof(number));
	kr_write_u64(&w, c->event->seq);
	err = bytes_append(&c->community->refused_events, kr_writer_view(&w));
	return err != KR_OK ? err : raise(c, alarm, why);
}

static bool is_same(struct kr_view view, const uint8_t bytes[KR_ID_BYTES])
{
	return kr_view_equal(view, kr_view(bytes, KR_ID_BYTES));
}

/* KR_ERR_COMMUNITY, KR_ERR_CHAIN_SIGNER. */
static enum kr_err check_coordinator(const struct change *c,
	const uint8_t community[KR_ID_BYTES],
	const uint8_t signer[KR_ED25519_PUBLIC_BYTES])
{
	if (memcmp(community, c->community->id, KR_ID_BYTES) != 0) {
		return KR_ERR_COMMUNITY;
	}
	return c->community->is_founded && kr_chain_has(&c->community->chain, signer)
		? KR_OK
		: KR_ERR_CHAIN_SIGNER;
}

/* ---- Members ---------------------------------------------------------------------- */

static void set_member(
	const struct change *c, struct community_member *member, enum member_state state)
{
	if (state == MEMBER_IN && member->state != MEMBER_IN) {
		member->since_ms = c->event->time_ms;
	}
	member->state = state;
	member->seq = c->event->seq;
	member->asked_seq = state == MEMBER_ASKS ? c->event->seq : 0;
}

/* Out: all certificates end, those that the statement forgot as well. */
static enum kr_err end_member(const struct change *c, struct community_member *member,
	enum member_state state, struct kr_view serials)
{
	struct kr_bytes own;
	enum kr_err err = member_serials(member, &own);

	if (err == KR_OK) {
		err = bytes_append(&c->community->ended, kr_view_bytes(&own));
		kr_bytes_free(&own);
	}
	if (err == KR_OK) {
		err = bytes_append(&c->community->ended, serials);
	}
	if (err != KR_OK) {
		return err;
	}
	if (is_own_account(c->core, kr_view(member->account, KR_ID_BYTES))) {
		kr_bytes_free(&c->community->certificate);
	}
	kr_bytes_free(&member->certificates);
	member->muted_until_ms = 0;
	set_member(c, member, state);
	return KR_OK;
}

/* ---- Statements ------------------------------------------------------------------- */

/* Does it stand in the topic already? Somebody who was removed, or left, and came back
 * would go again whenever the relay repeats it. */
static bool is_repeated(const struct change *c)
{
	const struct community *community = c->community;
	uint8_t hash[KR_SHA256_BYTES];

	kr_sha256(hash, c->event->body);
	for (size_t i = 0; i < community->num_statements; i++) {
		if (memcmp(community->statements[i].hash, hash, sizeof(hash)) == 0) {
			return true;
		}
	}
	return false;
}

/* Read one of this kind, of this community; who signed is the caller's to ask. */
static enum kr_err read_statement(
	const struct change *c, enum kr_statement_kind kind, struct kr_statement *out)
{
	enum kr_err err = kr_statement_read(out, c->event->body);

	if (err == KR_OK && out->kind != kind) {
		err = KR_ERR_ENCODING;
	}
	if (err == KR_OK && memcmp(out->community, c->community->id, KR_ID_BYTES) != 0) {
		err = KR_ERR_COMMUNITY;
	}
	return err;
}

static enum kr_err coordinators_statement(
	const struct change *c, enum kr_statement_kind kind, struct kr_statement *out)
{
	enum kr_err err = read_statement(c, kind, out);

	return err != KR_OK ? err : check_coordinator(c, out->community, out->signer);
}

/* It stands: others may refer to it, and what its signer saw is held against ours. */
static enum kr_err note_statement(
	const struct change *c, const struct kr_statement *statement)
{
	struct community *community = c->community;
	struct community_statement *grown = array_grow(
		community->statements, community->num_statements, sizeof(*grown));
	struct community_statement *noted;

	if (grown == NULL) {
		return KR_ERR_MEMORY;
	}
	community->statements = grown;
	noted = &grown[community->num_statements++];
	noted->kind = statement->kind;
	noted->seq = c->event->seq;
	memcpy(noted->text, statement->text, sizeof(noted->text));
	kr_sha256(noted->hash, c->event->body);
	if (c->is_replay) {
		return KR_OK;
	}
	return topic_compare_seen(c->core, &c->event->topic, statement->seen_seq,
		statement->seen_hash, c->event->seq,
		c->event->author.len == KR_ID_BYTES ? c->event->author.data : NULL);
}

/* ---- The chain -------------------------------------------------------------------- */

static enum kr_err apply_founded(const struct change *c)
{
	struct community *community = c->community;
	enum kr_err err;

	if (community->is_founded) {
		return refuse(c, ALARM_HISTORY_REWRITTEN, KR_ERR_EXISTS);
	}
	if ((err = kr_chain_begin(&community->chain, community->id, c->event->body))) {
		return refuse(c, ALARM_UNSIGNED, err);
	}
	community->is_founded = true;
	for (size_t i = 0; i < community->chain.num_entries; i++) {
		struct community_member *member;

		if ((err = community_member_get(c->community,
			     community->chain.entries[i].who.account, &member))) {
			return err;
		}
		set_member(c, member, MEMBER_IN);
	}
	/* The genesis is true whatever the relay makes of it. */
	if (!is_same(c->head.key, community->chain.recovery_key)) {
		return raise(c, ALARM_HEAD_MISMATCH, KR_ERR_GENESIS);
	}
	for (size_t i = 0; i < community->chain.num_entries; i++) {
		struct kr_view admins = c->head.admins_added;

		if (admins.len != community->chain.num_entries * KR_ID_BYTES ||
			!is_same(kr_view(admins.data + i * KR_ID_BYTES, KR_ID_BYTES),
				community->chain.entries[i].who.account)) {
			return raise(c, ALARM_HEAD_MISMATCH, KR_ERR_GENESIS);
		}
	}
	return KR_OK;
}

/* Two coordinators wrote the next record at once: the first one counts, and who lost
 * writes the own one anew. */
static enum kr_err lost_race(const struct change *c, const struct kr_role *role)
{
	struct kr_role again = *role;
	uint8_t number[8];
	struct kr_writer w;
	enum kr_err err;

	kr_writer_init_fixed(&w, number, sizeof(number));
	kr_write_u64(&w, c->event->seq);
	err = bytes_append(&c->community->refused_events, kr_writer_view(&w));
	/* Only what was on its way: an old record that the relay sends again is not. */
	if (err != KR_OK || c->is_replay ||
		memcmp(role->signer, c->core->identity.device.public_key,
			sizeof(role->signer)) != 0 ||
		outbox_find(c->core, c->event->id) == NULL) {
		return err;
	}
	err = community_role(c->core, c->community, &again,
		role->kind == KR_ROLE_GRANT ? "grant" : "withdraw", 0);
	/* What it wanted may have come about by the other's record. */
	return is_fatal(err) ? err : KR_OK;
}

static enum kr_err apply_role(const struct change *c)
{
	struct kr_chain *chain = &c->community->chain;
	struct kr_role role;
	uint32_t position;
	enum kr_err err = kr_role_read(&role, c->event->body);

	if (err != KR_OK || !c->community->is_founded) {
		return refuse(
			c, ALARM_UNSIGNED, err != KR_OK ? err : KR_ERR_CHAIN_SIGNER);
	}
	err = kr_chain_append(chain, c->event->body);
	if (err == KR_ERR_CHAIN_PREVIOUS) {
		return kr_chain_find(chain, &position, role.previous) == KR_OK
			? lost_race(c, &role)
			: refuse(c, ALARM_HISTORY_REWRITTEN, err);
	}
	if (err != KR_OK) {
		return refuse(c, ALARM_UNSIGNED, err);
	}
	/* The chain is what is signed, whatever the relay makes of it. */
	if (!is_same(c->head.account, role.who.account) ||
		c->head.flag !=
			kr_chain_had_account(chain, chain->position, role.who.account)) {
		return raise(c, ALARM_HEAD_MISMATCH, KR_ERR_CHAIN_SUBJECT);
	}
	return KR_OK;
}

/* ---- Invitations ------------------------------------------------------------------ */

static enum kr_err apply_invited(const struct change *c)
{
	struct community *community = c->community;
	struct community_invitation *grown;
	struct kr_invitation signed_part;
	enum kr_err err = kr_invitation_read(&signed_part, c->event->body);

	if (err != KR_OK ||
		(err = check_coordinator(c, signed_part.community, signed_part.signer))) {
		return refuse(c, ALARM_UNSIGNED, err);
	}
	if (!is_same(c->head.key, signed_part.key) ||
		c->head.until_ms != signed_part.until_ms ||
		c->head.count != signed_part.uses) {
		return refuse(c, ALARM_HEAD_MISMATCH, KR_ERR_FIELD);
	}
	if (community_invitation_find(community, signed_part.key) != NULL) {
		return refuse(c, ALARM_INVITATION_SWAPPED, KR_ERR_EXISTS);
	}
	grown = array_grow(
		community->invitations, community->num_invitations, sizeof(*grown));
	if (grown == NULL) {
		return KR_ERR_MEMORY;
	}
	community->invitations = grown;
	grown[community->num_invitations++] = (struct community_invitation){
		.signed_part = signed_part,
		.seq = c->event->seq,
	};
	return KR_OK;
}

static enum kr_err apply_invite_revoked(const struct change *c)
{
	struct community_invitation *invitation;
	struct kr_statement statement;
	enum kr_err err =
		coordinators_statement(c, KR_STATEMENT_INVITE_REVOKE, &statement);

	if (err != KR_OK) {
		return refuse(c, ALARM_UNSIGNED, err);
	}
	if (!is_same(c->head.key, statement.target)) {
		return refuse(c, ALARM_HEAD_MISMATCH, KR_ERR_FIELD);
	}
	invitation = community_invitation_find(c->community, statement.target);
	if (invitation != NULL) {
		invitation->is_revoked = true;
	}
	return note_statement(c, &statement);
}

/* Is there an invitation, signed and not used up, that this request may rest on? */
static bool is_invited(const struct change *c, const struct kr_join_request *request)
{
	const struct community_invitation *invitation =
		community_invitation_find(c->community, request->invite_key);

	return invitation != NULL && !invitation->is_revoked &&
		invitation->num_used < invitation->signed_part.uses &&
		c->event->time_ms < invitation->signed_part.until_ms;
}

static enum kr_err apply_requested(const struct change *c)
{
	struct community_member *member;
	struct kr_join_request request;
	enum kr_err err = kr_join_request_read(&request, c->event->body);

	if (err != KR_OK) {
		return refuse(c, ALARM_UNSIGNED, err);
	}
	if (memcmp(request.community, c->community->id, KR_ID_BYTES) != 0) {
		return refuse(c, ALARM_UNSIGNED, KR_ERR_COMMUNITY);
	}
	if (!is_same(c->head.account, request.account) ||
		!is_same(c->event->author, request.account) ||
		!is_same(c->head.key, request.invite_key)) {
		return refuse(c, ALARM_HEAD_MISMATCH, KR_ERR_FIELD);
	}
	if (!is_invited(c, &request)) {
		return refuse(c, ALARM_INVITATION_SWAPPED, KR_ERR_INVITE);
	}
	community_invitation_find(c->community, request.invite_key)->num_used++;
	if ((err = community_member_get(c->community, request.account, &member))) {
		return err;
	}
	if (member->state != MEMBER_IN) {
		set_member(c, member, MEMBER_ASKS);
	}
	return KR_OK;
}

/* ---- Admissions ------------------------------------------------------------------- */

static enum kr_err tell_admitted(const struct change *c)
{
	return c->is_replay ? KR_OK
			    : output_tell(&c->core->outputs,
				      community_tell(c->community, "admitted"));
}

/* Who is in, is in with this device from now on. */
static enum kr_err own_admission(
	const struct change *c, const struct kr_certificate *certificate)
{
	bool is_first = c->community->certificate.len == 0;
	enum kr_err err;

	if (!is_same(kr_view(certificate->device_key, sizeof(certificate->device_key)),
		    c->core->identity.device.public_key)) {
		return KR_OK;
	}
	kr_bytes_free(&c->community->certificate);
	err = kr_bytes_copy(&c->community->certificate, c->event->body);
	return err == KR_OK && is_first ? tell_admitted(c) : err;
}

/* A certificate that ended does not come back, whoever sends it again. */
static enum kr_err check_certificate(
	const struct change *c, struct kr_certificate *certificate)
{
	enum kr_err err = kr_certificate_read(certificate, c->event->body);

	if (err == KR_OK) {
		err = check_coordinator(c, certificate->community, certificate->issuer);
	}
	if (err == KR_OK && community_has_ended(c->community, certificate->serial)) {
		err = KR_ERR_CERT_REVOKED;
	}
	return err;
}

static enum kr_err add_certificate(
	const struct change *c, struct community_member *member)
{
	for (size_t i = 0; i < member_num_certificates(member); i++) {
		const uint8_t *certificate =
			member->certificates.data + i * KR_CERTIFICATE_BYTES;

		if (kr_view_equal(
			    c->event->body, kr_view(certificate, KR_CERTIFICATE_BYTES))) {
			return KR_OK;
		}
	}
	return bytes_append(&member->certificates, c->event->body);
}

static enum kr_err apply_admitted(const struct change *c)
{
	struct kr_certificate certificate;
	struct community_member *member;
	enum kr_err err = check_certificate(c, &certificate);

	if (err != KR_OK) {
		return refuse(c, ALARM_UNSIGNED, err);
	}
	if (!is_same(c->head.account, certificate.account)) {
		return refuse(c, ALARM_HEAD_MISMATCH, KR_ERR_FIELD);
	}
	if ((err = community_member_get(c->community, certificate.account, &member)) ||
		(err = add_certificate(c, member))) {
		return err;
	}
	set_member(c, member, MEMBER_IN);
	return is_own_account(c->core, c->head.account) ? own_admission(c, &certificate)
							: KR_OK;
}

/* Does the refusal answer the request that stands open? */
static bool fits_request(const struct change *c, const struct kr_refusal *refusal,
	const struct community_member *member)
{
	struct kept_event kept;
	uint8_t hash[KR_SHA256_BYTES];

	if (member == NULL || member->state != MEMBER_ASKS ||
		event_kept(c->core, &c->event->topic, member->asked_seq, &kept) !=
			KR_OK) {
		return false;
	}
	kr_sha256(hash, kept.content);
	return memcmp(hash, refusal->request_hash, sizeof(hash)) == 0;
}

static enum kr_err apply_refused(const struct change *c)
{
	struct community_member *member;
	struct kr_refusal refusal;
	enum kr_err err = kr_refusal_read(&refusal, c->event->body);

	if (err != KR_OK ||
		(err = check_coordinator(c, refusal.community, refusal.signer))) {
		return refuse(c, ALARM_UNSIGNED, err);
	}
	if (!is_same(c->head.account, refusal.account)) {
		return refuse(c, ALARM_HEAD_MISMATCH, KR_ERR_FIELD);
	}
	member = community_member_find(c->community, refusal.account);
	if (!fits_request(c, &refusal, member)) {
		return refuse(c, ALARM_UNSIGNED, KR_ERR_HASH);
	}
	set_member(c, member, MEMBER_REFUSED);
	return KR_OK;
}

/* ---- Going ------------------------------------------------------------------------ */

static enum kr_err apply_removed(const struct change *c)
{
	struct kr_statement statement;
	struct community_member *member;
	enum kr_err err = coordinators_statement(c, KR_STATEMENT_REMOVE, &statement);

	if (err != KR_OK) {
		return refuse(c, ALARM_UNSIGNED, err);
	}
	if (!is_same(c->head.account, statement.subject)) {
		return refuse(c, ALARM_HEAD_MISMATCH, KR_ERR_FIELD);
	}
	if (is_repeated(c)) {
		return refuse(c, ALARM_UNSIGNED, KR_ERR_EXISTS);
	}
	if ((err = community_member_get(c->community, statement.subject, &member)) ||
		(err = end_member(c, member, MEMBER_REMOVED, statement.serials))) {
		return err;
	}
	return note_statement(c, &statement);
}

static enum kr_err apply_left(const struct change *c)
{
	struct kr_statement statement;
	struct community_member *member;
	enum kr_err err = read_statement(c, KR_STATEMENT_LEAVE, &statement);

	if (err != KR_OK) {
		return refuse(c, ALARM_UNSIGNED, err);
	}
	if (!is_same(c->head.account, statement.subject)) {
		return refuse(c, ALARM_HEAD_MISMATCH, KR_ERR_FIELD);
	}
	if (is_repeated(c)) {
		return refuse(c, ALARM_UNSIGNED, KR_ERR_EXISTS);
	}
	member = community_member_find(c->community, statement.subject);
	if (member == NULL || !member_has_device(member, statement.signer)) {
		return refuse(c, ALARM_UNSIGNED, KR_ERR_DEVICE_SIGNER);
	}
	if ((err = end_member(c, member, MEMBER_LEFT, statement.serials))) {
		return err;
	}
	return note_statement(c, &statement);
}

/* ---- Moderation ------------------------------------------------------------------- */

static enum kr_err apply_muted(const struct change *c)
{
	struct kr_statement statement;
	struct community_member *member;
	enum kr_err err = coordinators_statement(c, KR_STATEMENT_MUTE, &statement);

	if (err != KR_OK) {
		return refuse(c, ALARM_UNSIGNED, err);
	}
	if (!is_same(c->head.account, statement.subject) ||
		c->head.until_ms != statement.until_ms) {
		return refuse(c, ALARM_HEAD_MISMATCH, KR_ERR_FIELD);
	}
	if (is_repeated(c)) {
		return refuse(c, ALARM_UNSIGNED, KR_ERR_EXISTS);
	}
	member = community_member_find(c->community, statement.subject);
	if (member != NULL && member->state == MEMBER_IN) {
		member->muted_until_ms = statement.until_ms;
	}
	return note_statement(c, &statement);
}

static enum kr_err apply_rules(const struct change *c)
{
	struct kr_statement statement;
	enum kr_err err = coordinators_statement(c, KR_STATEMENT_RULES, &statement);

	if (err != KR_OK) {
		return refuse(c, ALARM_UNSIGNED, err);
	}
	if (is_repeated(c)) {
		return refuse(c, ALARM_UNSIGNED, KR_ERR_EXISTS);
	}
	memcpy(c->community->rules, statement.text, sizeof(c->community->rules));
	c->community->rules_ms = c->event->time_ms;
	return note_statement(c, &statement);
}

/* A take-down counts in its group only if its signer administers that (group.h). */
static enum kr_err apply_notice(const struct change *c)
{
	struct kr_statement statement;
	enum kr_err err = kr_statement_read(&statement, c->event->body);

	if (err == KR_OK) {
		enum kr_statement_kind kind = statement.kind == KR_STATEMENT_TAKE_DOWN
			? KR_STATEMENT_TAKE_DOWN
			: KR_STATEMENT_GUIDANCE;

		err = coordinators_statement(c, kind, &statement);
	}
	return err != KR_OK ? refuse(c, ALARM_UNSIGNED, err)
			    : note_statement(c, &statement);
}

/* ---- All of them ------------------------------------------------------------------ */

static const struct {
	enum kr_event_type type;
	enum kr_err (*apply)(const struct change *c);
	const char *changes[2]; /* the questions whose answers are other ones now */
} appliers[] = {
	{KR_EVENT_FOUNDED, apply_founded, {"members"}},
	{KR_EVENT_ROLE, apply_role, {"members"}},
	{KR_EVENT_INVITED, apply_invited, {"invitations"}},
	{KR_EVENT_INVITE_REVOKED, apply_invite_revoked, {"invitations"}},
	{KR_EVENT_REQUESTED, apply_requested, {"requests", "invitations"}},
	{KR_EVENT_ADMITTED, apply_admitted, {"members", "requests"}},
	{KR_EVENT_REFUSED, apply_refused, {"requests"}},
	{KR_EVENT_REMOVED, apply_removed, {"members"}},
	{KR_EVENT_LEFT, apply_left, {"members"}},
	{KR_EVENT_RULES, apply_rules, {"rules"}},
	{KR_EVENT_NOTICE, apply_notice, {"guidance"}},
	{KR_EVENT_MUTED, apply_muted, {"members"}},
};

static enum kr_err take(const struct change *c, const char *const **changes)
{
	for (size_t i = 0; i < sizeof(appliers) / sizeof(appliers[0]); i++) {
		if (appliers[i].type == c->event->type) {
			*changes = appliers[i].changes;
			return appliers[i].apply(c);
		}
	}
	return KR_OK;
}

static enum kr_err tell_each(struct kr_core *core, const struct community *community,
	const char *const changes[2])
{
	enum kr_err err = KR_OK;

	for (size_t i = 0; err == KR_OK && i < 2 && changes[i] != NULL; i++) {
		err = tell_changed(core, changes[i], community->id, NULL);
	}
	return err;
}

/* What the own membership makes of the state. A removal is seen by who comes back. */
static enum kr_err follow_own(const struct change *c)
{
	struct community *community = c->community;
	const struct kr_core *core = c->core;
	bool is_founder = community->is_founded &&
		kr_chain_knows(&community->chain, core->identity.device.public_key);

	if (!community_has_member(community, core->identity.account)) {
		return community->state == COMMUNITY_MEMBER &&
				community_member(community, core->identity.account) !=
					NULL
			? community_set_state(c->core, community, COMMUNITY_REMOVED)
			: KR_OK;
	}
	/* Somebody might make this account a member of something it never asked for. */
	if (community->state == COMMUNITY_REMOVED ||
		community->state == COMMUNITY_FOUNDING ||
		(community->state == COMMUNITY_FOLLOWED &&
			(is_founder || !identity_is_first_device(&core->identity)))) {
		return community_set_state(c->core, community, COMMUNITY_MEMBER);
	}
	return KR_OK;
}

enum kr_err community_take(struct kr_core *core, struct community *community,
	const struct kr_event *event, bool is_replay)
{
	struct change c = {
		.core = core,
		.community = community,
		.event = event,
		.is_replay = is_replay,
	};
	static const char *const none[2] = {NULL};
	const char *const *changes = none;
	enum kr_err err = kr_event_head_read(&c.head, event->type, event->head);

	if (err != KR_OK) {
		return refuse(&c, ALARM_HEAD_MISMATCH, err);
	}
	if ((err = take(&c, &changes)) || is_replay) {
		return err;
	}
	if ((err = follow_own(&c)) || (err = tell_each(core, community, changes)) ||
		(err = tell_changed(core, "log", community->id, NULL)) ||
		(err = tell_changed(core, "communities", community->id, NULL))) {
		return err;
	}
	return groups_community_changed(
		core, community->id, is_own_account(core, event->author));
}

enum kr_err community_apply(struct kr_core *core, const struct kr_event *event,
	const uint8_t hash[KR_SHA256_BYTES])
{
	struct community *community = community_find(core, event->topic.id);
	enum kr_err err;

	if (community == NULL) {
		return KR_OK;
	}
	err = event_keep(core, event, hash, event->body);
	return err != KR_OK ? err : community_take(core, community, event, false);
}
