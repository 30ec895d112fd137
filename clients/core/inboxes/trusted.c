#include "clients/core/inboxes/trusted.h"

#include <stdlib.h>
#include <string.h>

#include "clients/core/inboxes/notices.h"
#include "clients/core/inboxes/pins.h"
#include "clients/core/state.h"

bool group_trusts(const struct group *group,
	const uint8_t identity_key[KR_ED25519_PUBLIC_BYTES], struct kr_policy_inbox *out)
{
	struct kr_policy_inbox inbox;
	struct kr_policy policy;

	if (group_policy(group, &policy) != KR_OK) {
		return false;
	}
	for (size_t i = 0; kr_policy_inbox_at(&policy, i, &inbox) == KR_OK; i++) {
		if (memcmp(inbox.identity_key, identity_key,
			    sizeof(inbox.identity_key)) == 0) {
			if (out != NULL) {
				*out = inbox;
			}
			return true;
		}
	}
	return false;
}

/* ---- trust_inbox ---------------------------------------------------------------- */

/* An inbox on its way into the policy. Views point into the command, link and card. */
struct candidate_inbox {
	struct kr_policy_inbox inbox;
	struct kr_inbox_link link;
	uint8_t *card; /* KR_INBOX_CARD_MAX */
};

/* Its record, as the relay has it, opens with the link's key: then the link is whole, and
 * there is somebody to trust. */
static enum kr_err read_card(struct kr_core *core, struct command *command,
	struct candidate_inbox *candidate, struct kr_view *name)
{
	const struct kr_inbox_link *link = &candidate->link;
	const struct kr_inbox_record *record;
	struct kr_inbox_card card;
	struct inbox *inbox;
	uint8_t id[KR_ID_BYTES];
	enum kr_err err;

	kr_inbox_id(id, link->identity_key);
	if ((err = inbox_know(core, id, &inbox))) {
		return err;
	}
	if (!inbox_want(core, inbox)) {
		command->waits = command->may_wait;
		return command->waits ? KR_OK : KR_ERR_STATE;
	}
	record = inbox_record(inbox);
	if (record == NULL) {
		return KR_ERR_NOT_FOUND;
	}
	if (record->moved || record->expires_ms <= core->now_ms) {
		return KR_ERR_INBOX_EXPIRED;
	}
	err = kr_inbox_card_open(&card, candidate->card, record, link->reading_key);
	*name = err == KR_OK ? card.name : kr_view(NULL, 0);
	return err == KR_ERR_DECRYPT ? KR_ERR_LINK : err;
}

/* By its link: the reading key goes into the policy with it. Of an inbox on another relay
 * nothing can be read here: it needs a name. */
static enum kr_err by_link(struct kr_core *core, struct command *command,
	struct candidate_inbox *candidate, struct kr_view text)
{
	struct kr_policy_inbox *inbox = &candidate->inbox;
	struct kr_inbox_link *link = &candidate->link;
	struct kr_view own_relay = kr_view_str(core->identity.relay);
	struct kr_view name = {0};
	struct kr_view relay;
	enum kr_err err = kr_inbox_link_read(link, text);

	if (err != KR_OK) {
		return err;
	}
	relay = link_relay(link->prefix, link->relay);
	if (kr_view_equal(relay, own_relay)) {
		err = read_card(core, command, candidate, &name);
	} else {
		inbox->relay = relay;
	}
	memcpy(inbox->identity_key, link->identity_key, sizeof(inbox->identity_key));
	inbox->reading_key = kr_view(link->reading_key, sizeof(link->reading_key));
	if (inbox->name.len == 0) {
		inbox->name = name;
	}
	return err;
}

static enum kr_err read_candidate(
	struct kr_core *core, struct command *command, struct candidate_inbox *candidate)
{
	static const char *const names[] = {
		"community", "group", "link", "identity_key", "name", "relay", NULL};
	const cJSON *args = command->args;
	struct kr_policy_inbox *inbox = &candidate->inbox;
	struct kr_view link = {0};
	enum kr_err err;

	if ((err = json_only(args, names)) ||
		(err = json_text_optional(args, "link", &link)) ||
		(err = json_text_optional(args, "name", &inbox->name))) {
		return err;
	}
	if (link.data != NULL) {
		/* The link says both. */
		if (cJSON_HasObjectItem(args, "identity_key") ||
			cJSON_HasObjectItem(args, "relay")) {
			return KR_ERR_FIELD;
		}
		err = by_link(core, command, candidate, link);
	} else if ((err = json_bytes(args, "identity_key", inbox->identity_key,
			    sizeof(inbox->identity_key))) == KR_OK) {
		err = json_text_optional(args, "relay", &inbox->relay);
	}
	if (err != KR_OK || command->waits) {
		return err;
	}
	if (inbox->name.len == 0) {
		return KR_ERR_FIELD;
	}
	err = kr_line_check(inbox->name, KR_NAME_MAX);
	return err != KR_OK || inbox->relay.len == 0
		? err
		: kr_line_check(inbox->relay, KR_RELAY_NAME_MAX);
}

/* Does the relay have it, too, that this one takes over? Who has administered an inbox
 * keeps what its records are signed with, and any member can bring one that the relay
 * never took. */
static enum kr_err check_successor(struct kr_core *core, struct command *command,
	const uint8_t from[KR_ED25519_PUBLIC_BYTES],
	const uint8_t to[KR_ED25519_PUBLIC_BYTES])
{
	const struct kr_inbox_record *record;
	struct inbox *inbox;
	uint8_t id[KR_ID_BYTES];
	enum kr_err err;

	kr_inbox_id(id, from);
	if ((err = inbox_know(core, id, &inbox))) {
		return err;
	}
	if (!inbox_want(core, inbox)) {
		command->waits = command->may_wait;
		return command->waits ? KR_OK : KR_ERR_STATE;
	}
	record = inbox_record(inbox);
	return record != NULL && record->moved &&
			memcmp(record->successor, to, KR_ED25519_PUBLIC_BYTES) == 0
		? KR_OK
		: KR_ERR_INBOX_REPLACED;
}

/* Under a name that another inbox has it takes that one's place, if it may. */
static enum kr_err take_place(struct kr_core *core, struct command *command,
	const struct group *group, const struct kr_policy_inbox *inbox,
	struct group_change *change, uint8_t other[KR_ED25519_PUBLIC_BYTES])
{
	uint64_t time_ms = core->now_ms + (uint64_t)core->link.clock_ahead_ms;

	if (!pin_other(core, group, inbox->name, inbox->identity_key, other)) {
		return KR_OK;
	}
	change->inbox_remove = other;
	if (!pin_may_change(core, group, other, inbox->identity_key, time_ms)) {
		return KR_ERR_INBOX_REPLACED;
	}
	return pin_was_announced(core, group, inbox->identity_key, time_ms)
		? KR_OK
		: check_successor(core, command, other, inbox->identity_key);
}

static enum kr_err trust(struct kr_core *core, struct command *command,
	struct group *group, const struct kr_policy_inbox *inbox)
{
	struct group_change change = {.inbox_add = inbox};
	char fingerprint[KR_FINGERPRINT_TEXT_BYTES];
	uint8_t other[KR_ED25519_PUBLIC_BYTES];
	enum kr_err err = take_place(core, command, group, inbox, &change, other);
	cJSON *answer;

	if (err != KR_OK || command->waits) {
		return err;
	}
	answer = cJSON_CreateObject();
	kr_fingerprint(fingerprint, inbox->identity_key);
	if (!json_add_str(answer, "fingerprint", fingerprint) ||
		!json_add_text(answer, "name", inbox->name)) {
		cJSON_Delete(answer);
		return KR_ERR_MEMORY;
	}
	return group_change(core, group, &change, "trust_inbox", command->id, answer);
}

enum kr_err command_trust_inbox(struct kr_core *core, struct command *command)
{
	struct candidate_inbox candidate = {.card = malloc(KR_INBOX_CARD_MAX)};
	struct group *group;
	enum kr_err err = candidate.card == NULL ? KR_ERR_MEMORY
						 : group_of(core, command->args, &group);

	if (err == KR_OK) {
		err = read_candidate(core, command, &candidate);
	}
	if (err == KR_OK && !command->waits) {
		err = trust(core, command, group, &candidate.inbox);
	}
	kr_wipe(&candidate.link, sizeof(candidate.link));
	free(candidate.card);
	return err;
}

enum kr_err command_distrust_inbox(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {"community", "group", "identity_key", NULL};
	uint8_t identity_key[KR_ED25519_PUBLIC_BYTES];
	const struct group_change change = {.inbox_remove = identity_key};
	struct group *group;
	enum kr_err err;

	if ((err = json_only(command->args, names)) ||
		(err = json_bytes(command->args, "identity_key", identity_key,
			 sizeof(identity_key))) ||
		(err = group_of(core, command->args, &group))) {
		return err;
	}
	return group_change(core, group, &change, "distrust_inbox", command->id, NULL);
}

/* ---- inboxes -------------------------------------------------------------------- */

/* The link that a poster would have, for whoever reports: with it the card can be
 * read. */
static bool add_link(
	const struct kr_core *core, cJSON *object, const struct kr_policy_inbox *inbox)
{
	struct kr_inbox_link link = {
		.prefix = kr_view_str(core->identity.app),
		.relay = inbox->relay.len > 0 ? inbox->relay
					      : kr_view_str(core->identity.relay),
	};
	uint8_t space[KR_LINK_MAX];
	struct kr_writer w;
	bool added = true;

	if (inbox->reading_key.len == 0) {
		return true;
	}
	memcpy(link.identity_key, inbox->identity_key, sizeof(link.identity_key));
	memcpy(link.reading_key, inbox->reading_key.data, sizeof(link.reading_key));
	kr_writer_init_fixed(&w, space, sizeof(space));
	kr_inbox_link_write(&w, &link);
	if (w.err == KR_OK) { /* else this account has no prefix for links */
		added = json_add_text(object, "link", kr_writer_view(&w));
	}
	kr_wipe(space, sizeof(space));
	return added;
}

/* The inbox has said, signed, that another identity takes over. */
static bool add_successor(
	const struct group *group, cJSON *object, const uint8_t id[KR_ID_BYTES])
{
	const uint8_t *successor = notices_successor(group->feed, id);
	char fingerprint[KR_FINGERPRINT_TEXT_BYTES];
	cJSON *to;

	if (!json_add_flag(object, "moved", successor != NULL)) {
		return false;
	}
	if (successor == NULL) {
		return true;
	}
	kr_fingerprint(fingerprint, successor);
	to = json_add_object(object, "successor");
	return json_add_id(to, "identity_key", successor) &&
		json_add_str(to, "fingerprint", fingerprint);
}

static bool add_inbox(const struct kr_core *core, const struct group *group,
	cJSON *object, const struct kr_policy_inbox *inbox)
{
	char fingerprint[KR_FINGERPRINT_TEXT_BYTES];
	uint8_t id[KR_ID_BYTES];

	kr_inbox_id(id, inbox->identity_key);
	kr_fingerprint(fingerprint, inbox->identity_key);
	return json_add_id(object, "identity_key", inbox->identity_key) &&
		json_add_id(object, "inbox", id) &&
		json_add_text(object, "name", inbox->name) &&
		json_add_text(object, "relay", inbox->relay) &&
		json_add_str(object, "fingerprint", fingerprint) &&
		add_link(core, object, inbox) && add_successor(group, object, id);
}

enum kr_err ask_inboxes(const struct kr_core *core, const cJSON *question, cJSON *answer)
{
	const struct group *group;
	struct kr_policy policy;
	struct kr_policy_inbox inbox;
	cJSON *list;
	enum kr_err err = group_asked(core, question, &group);

	if (err != KR_OK || (err = group_policy(group, &policy))) {
		return err;
	}
	list = json_add_array(answer, "inboxes");
	for (size_t i = 0; kr_policy_inbox_at(&policy, i, &inbox) == KR_OK; i++) {
		if (!add_inbox(core, group, json_append_object(list), &inbox)) {
			return KR_ERR_MEMORY;
		}
	}
	return KR_OK;
}
