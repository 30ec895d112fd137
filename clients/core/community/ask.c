/* Questions about communities. COMMANDS.md §7. */
#include <stdlib.h>
#include <string.h>

#include "clients/core/community/parts.h"

/* ---- Communities ------------------------------------------------------------------ */

static const char *role_name(
	const struct kr_core *core, const struct community *community)
{
	switch (community->state) {
	case COMMUNITY_FOUNDING:
		return "founding";
	case COMMUNITY_FOLLOWED:
	case COMMUNITY_ASKED:
		return "asked";
	case COMMUNITY_REFUSED:
		return "refused";
	case COMMUNITY_REMOVED:
		return "removed";
	case COMMUNITY_LEFT:
		return "left";
	case COMMUNITY_MEMBER:
		break;
	}
	return community_is_own_coordinator(core, community) ? "coordinator" : "resident";
}

static size_t count_members(const struct community *community, enum member_state state)
{
	size_t num = 0;

	for (size_t i = 0; i < community->num_members; i++) {
		num += community->members[i].state == state;
	}
	return num;
}

static size_t count_coordinators(const struct community *community)
{
	size_t num = 0;

	for (size_t i = 0; i < community->num_members; i++) {
		num += community->members[i].state == MEMBER_IN &&
			community_has_coordinator(
				community, community->members[i].account);
	}
	return num;
}

static bool add_mute(
	const struct kr_core *core, const struct community_member *member, cJSON *object)
{
	return member == NULL || member->muted_until_ms <= core->now_ms ||
		json_add_number(object, "muted_until", member->muted_until_ms);
}

/* The policy gives the name; before one is in the group, what it was founded with. */
static bool add_policy(
	const struct kr_core *core, const struct community *community, cJSON *object)
{
	const struct group *group = community_group_look(core, community);
	struct kr_policy policy = {.name = kr_view_bytes(&community->group_name)};

	if (group != NULL && group_policy(group, &policy) != KR_OK) {
		policy = (struct kr_policy){0};
	}
	return json_add_text(object, "name", policy.name) &&
		json_add_number(object, "slow_mode", policy.slow_mode_s);
}

static bool add_community(
	const struct kr_core *core, const struct community *community, cJSON *object)
{
	bool is_coordinator = community_is_own_coordinator(core, community);

	return json_add_id(object, "community", community->id) &&
		(kr_is_zero(community->main_group, KR_ID_BYTES) ||
			json_add_id(object, "group", community->main_group)) &&
		add_policy(core, community, object) &&
		json_add_str(object, "role", role_name(core, community)) &&
		(community->state != COMMUNITY_REFUSED ||
			json_add_text(
				object, "reason", kr_view_bytes(&community->refusal))) &&
		json_add_number(object, "members", count_members(community, MEMBER_IN)) &&
		json_add_number(object, "coordinators", count_coordinators(community)) &&
		add_mute(core, community_member(community, core->identity.account),
			object) &&
		(!is_coordinator ||
			json_add_number(object, "requests",
				count_members(community, MEMBER_ASKS)));
}

enum kr_err ask_communities(
	const struct kr_core *core, const cJSON *question, cJSON *answer)
{
	static const char *const names[] = {NULL};
	cJSON *list;
	enum kr_err err = json_only(question, names);

	if (err != KR_OK) {
		return err;
	}
	list = json_add_array(answer, "communities");
	for (const struct community *c = core->communities; c != NULL; c = c->next) {
		/* Believed when its records say so. */
		if (c->state != COMMUNITY_FOLLOWED &&
			!add_community(core, c, json_append_object(list))) {
			return KR_ERR_MEMORY;
		}
	}
	return list == NULL ? KR_ERR_MEMORY : KR_OK;
}

/* ---- Members ---------------------------------------------------------------------- */

struct named {
	const struct community_member *member;
	struct kr_view name;
	bool is_same; /* as another's */
};

static int compare_names(const void *a, const void *b)
{
	const struct named *left = a;
	const struct named *right = b;

	return kr_line_compare(left->name, right->name);
}

/* Those who are in, by name; two who seem to have the same one are marked. */
static enum kr_err name_members(const struct kr_core *core,
	const struct community *community, struct named **out, size_t *num)
{
	const struct group *group = community_group_look(core, community);

	*num = 0;
	*out = calloc(community->num_members + 1, sizeof(**out));
	if (*out == NULL) {
		return KR_ERR_MEMORY;
	}
	for (size_t i = 0; i < community->num_members; i++) {
		const struct community_member *member = &community->members[i];

		if (member->state != MEMBER_IN) {
			continue;
		}
		(*out)[*num].member = member;
		if (group != NULL) {
			(*out)[*num].name =
				group_member_name(core, group, member->account);
		}
		++*num;
	}
	qsort(*out, *num, sizeof(**out), compare_names);
	for (size_t i = 1; i < *num; i++) {
		if ((*out)[i].name.len > 0 &&
			kr_line_compare((*out)[i].name, (*out)[i - 1].name) == 0) {
			(*out)[i].is_same = true;
			(*out)[i - 1].is_same = true;
		}
	}
	return KR_OK;
}

/* Founders are certified by themselves, a moment later. */
static size_t count_devices(const struct community_member *member)
{
	size_t num = 0;

	for (size_t i = 0; i < member_num_certificates(member); i++) {
		struct kr_certificate certificate;
		struct community_member later = *member;
		size_t skipped = (i + 1) * KR_CERTIFICATE_BYTES;

		later.certificates.data += skipped;
		later.certificates.len -= skipped;
		if (member_certificate(member, i, &certificate) == KR_OK &&
			!member_has_device(&later, certificate.device_key)) {
			num++;
		}
	}
	return num;
}

static bool add_member(const struct kr_core *core, const struct community *community,
	const struct named *named, cJSON *object)
{
	const struct community_member *member = named->member;
	const struct group *group = community_group_look(core, community);
	uint8_t key[1][KR_ED25519_PUBLIC_BYTES];

	return json_add_id(object, "account", member->account) &&
		json_add_text(object, "name", named->name) &&
		json_add_flag(object, "same_name", named->is_same) &&
		json_add_str(object, "role",
			community_has_coordinator(community, member->account)
				? "coordinator"
				: "resident") &&
		json_add_number(object, "since", member->since_ms) &&
		json_add_number(object, "devices", count_devices(member)) &&
		json_add_flag(object, "in_group",
			group != NULL &&
				group_member_keys(group, member->account, key, 1) > 0) &&
		add_mute(core, member, object) &&
		json_add_flag(object, "me",
			is_own_account(core, kr_view(member->account, KR_ID_BYTES)));
}

enum kr_err ask_members(const struct kr_core *core, const cJSON *question, cJSON *answer)
{
	static const char *const names[] = {"community", NULL};
	const struct community *community;
	struct named *members;
	size_t num;
	cJSON *list;
	enum kr_err err = json_only(question, names);

	if (err != KR_OK || (err = community_asked(core, question, &community)) ||
		(err = name_members(core, community, &members, &num))) {
		return err;
	}
	list = json_add_array(answer, "members");
	err = list == NULL ? KR_ERR_MEMORY : KR_OK;
	for (size_t i = 0; err == KR_OK && i < num; i++) {
		if (!add_member(core, community, &members[i], json_append_object(list))) {
			err = KR_ERR_MEMORY;
		}
	}
	free(members);
	return err;
}

/* ---- Requests and invitations ----------------------------------------------------- */

/* The account of a coordinator's device, of now or formerly. */
static const uint8_t *account_of_key(
	const struct community *community, const uint8_t key[KR_ED25519_PUBLIC_BYTES])
{
	for (size_t i = 0; i < community->chain.num_entries; i++) {
		const struct kr_coordinator *who = &community->chain.entries[i].who;

		if (memcmp(who->device_key, key, sizeof(who->device_key)) == 0) {
			return who->account;
		}
	}
	return key; /* not reached: it was checked when it came */
}

static enum kr_err add_request(const struct kr_core *core,
	const struct community *community, const struct community_member *member,
	cJSON *object)
{
	struct kr_topic topic = community_topic(community);
	uint8_t storage[KR_SEALED_STORAGE];
	const struct community_invitation *invitation;
	struct kr_join_request request;
	struct kr_join_note note = {0};
	struct kept_event kept;
	bool added;
	enum kr_err err = event_kept(core, &topic, member->asked_seq, &kept);

	if (err != KR_OK || (err = kr_join_request_read(&request, kept.content))) {
		return err;
	}
	/* Who became a coordinator later cannot read it: name and check stay empty. */
	if (kr_join_note_open(&note, storage, &request, &core->identity.sealing) !=
		KR_OK) {
		note = (struct kr_join_note){0};
	}
	invitation = community_invitation_look(community, request.invite_key);
	added = json_add_id(object, "account", member->account) &&
		json_add_text(object, "name", note.name) &&
		json_add_text(object, "check", note.check) &&
		json_add_number(object, "asked", kept.time_ms) &&
		(invitation == NULL ||
			json_add_id(object, "invited_by",
				account_of_key(
					community, invitation->signed_part.signer))) &&
		json_add_id(object, "key", request.invite_key);
	kr_wipe(storage, sizeof(storage));
	return added ? KR_OK : KR_ERR_MEMORY;
}

enum kr_err ask_requests(const struct kr_core *core, const cJSON *question, cJSON *answer)
{
	static const char *const names[] = {"community", NULL};
	const struct community *community;
	cJSON *list;
	enum kr_err err = json_only(question, names);

	if (err != KR_OK || (err = community_asked(core, question, &community))) {
		return err;
	}
	if (!community_is_own_coordinator(core, community)) {
		return KR_ERR_FORBIDDEN;
	}
	list = json_add_array(answer, "requests");
	for (size_t i = 0; err == KR_OK && i < community->num_members; i++) {
		if (community->members[i].state == MEMBER_ASKS) {
			err = add_request(core, community, &community->members[i],
				json_append_object(list));
		}
	}
	return list == NULL ? KR_ERR_MEMORY : err;
}

static const char *invitation_state(
	const struct kr_core *core, const struct community_invitation *invitation)
{
	if (invitation->is_revoked) {
		return "revoked";
	}
	if (invitation->num_used >= invitation->signed_part.uses) {
		return "used";
	}
	return core->now_ms >= invitation->signed_part.until_ms ? "expired" : "open";
}

enum kr_err ask_invitations(
	const struct kr_core *core, const cJSON *question, cJSON *answer)
{
	static const char *const names[] = {"community", NULL};
	const struct community *community;
	cJSON *list;
	enum kr_err err = json_only(question, names);

	if (err != KR_OK || (err = community_asked(core, question, &community))) {
		return err;
	}
	list = json_add_array(answer, "invitations");
	for (size_t i = 0; i < community->num_invitations; i++) {
		const struct community_invitation *invitation =
			&community->invitations[i];
		const struct kr_invitation *s = &invitation->signed_part;
		cJSON *object = json_append_object(list);

		if (!json_add_id(object, "key", s->key) ||
			!json_add_id(
				object, "by", account_of_key(community, s->signer)) ||
			!json_add_number(object, "until", s->until_ms) ||
			!json_add_number(object, "uses", s->uses) ||
			!json_add_number(object, "used", invitation->num_used) ||
			!json_add_str(
				object, "state", invitation_state(core, invitation))) {
			return KR_ERR_MEMORY;
		}
	}
	return list == NULL ? KR_ERR_MEMORY : KR_OK;
}

/* ---- Log and rules ---------------------------------------------------------------- */

static bool add_text_of(const struct kr_core *core, const struct community *community,
	const char *name, const uint8_t commitment[KR_SHA256_BYTES], cJSON *object)
{
	const struct group *group = community_group_look(core, community);
	struct kr_view text;

	return group == NULL || kr_is_zero(commitment, KR_ID_BYTES) ||
		group_committed_text(core, group, commitment, &text) != KR_OK ||
		json_add_text(object, name, text);
}

static bool add_statement(const struct kr_core *core, const struct community *community,
	const struct kr_statement *statement, cJSON *object)
{
	const struct kr_statement_info *info = kr_statement_info(statement->kind);
	unsigned fields = info->fields;

	return json_add_str(object, "what", info->name) &&
		(!(fields & KR_S_SUBJECT) ||
			json_add_id(object, "account", statement->subject)) &&
		(!(fields & KR_S_GROUP) ||
			json_add_id(object, "group", statement->group)) &&
		(!(fields & KR_S_EVENT) ||
			json_add_bytes(object, "event",
				kr_view(statement->event, KR_EVENT_ID_BYTES))) &&
		(!(fields & KR_S_UNTIL) ||
			json_add_number(object, "until", statement->until_ms)) &&
		(!(fields & KR_S_TARGET) ||
			json_add_id(object, "key", statement->target)) &&
		(!(fields & KR_S_TEXT) ||
			add_text_of(core, community, "reason", statement->text, object));
}

static bool add_plain_entry(const struct kept_event *kept, cJSON *object)
{
	struct kr_event_head head;

	if (!json_add_str(object, "what", kr_event_info(kept->type)->name) ||
		kr_event_head_read(&head, kept->type, kept->head) != KR_OK) {
		return false;
	}
	return (head.account.len == 0 ||
		       json_add_id(object, "account", head.account.data)) &&
		(head.key.len == 0 || json_add_id(object, "key", head.key.data)) &&
		(kept->type != KR_EVENT_ROLE ||
			json_add_flag(object, "coordinator", head.flag));
}

static bool add_entry(const struct kr_core *core, const struct community *community,
	const struct kept_event *kept, cJSON *object)
{
	struct kr_statement statement;

	if (!json_add_number(object, "seq", kept->seq) ||
		!json_add_number(object, "time", kept->time_ms) ||
		(kept->author.len > 0 && !json_add_bytes(object, "by", kept->author))) {
		return false;
	}
	return kr_statement_read(&statement, kept->content) == KR_OK
		? add_statement(core, community, &statement, object)
		: add_plain_entry(kept, object);
}

static bool counts_for_nothing(const struct community *community, uint64_t seq)
{
	struct kr_reader r = kr_reader(kr_view_bytes(&community->refused_events));
	uint64_t number;

	while (kr_read_u64(&r, &number) == KR_OK) {
		if (number == seq) {
			return true;
		}
	}
	return false;
}

enum kr_err ask_log(const struct kr_core *core, const cJSON *question, cJSON *answer)
{
	static const char *const names[] = {"community", NULL};
	const struct community *community;
	struct kr_topic topic;
	struct kept_event kept;
	size_t at = 0;
	cJSON *list;
	enum kr_err err = json_only(question, names);

	if (err != KR_OK || (err = community_asked(core, question, &community))) {
		return err;
	}
	topic = community_topic(community);
	list = json_add_array(answer, "entries");
	while ((err = event_next(core, &topic, &at, &kept)) == KR_OK) {
		if (!counts_for_nothing(community, kept.seq) &&
			!add_entry(core, community, &kept, json_append_object(list))) {
			return KR_ERR_MEMORY;
		}
	}
	return list == NULL ? KR_ERR_MEMORY : err == KR_ERR_NOT_FOUND ? KR_OK : err;
}

enum kr_err ask_rules(const struct kr_core *core, const cJSON *question, cJSON *answer)
{
	static const char *const names[] = {"community", NULL};
	const struct community *community;
	enum kr_err err = json_only(question, names);

	if (err != KR_OK || (err = community_asked(core, question, &community))) {
		return err;
	}
	if (kr_is_zero(community->rules, KR_ID_BYTES)) {
		return KR_ERR_NOT_FOUND;
	}
	return add_text_of(core, community, "text", community->rules, answer) &&
			json_add_number(answer, "since", community->rules_ms)
		? KR_OK
		: KR_ERR_MEMORY;
}
