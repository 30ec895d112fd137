/* Notices in a community's group: what counts, and what is false. */
#include "clients/core/inboxes/notices.h"

#include <stdlib.h>
#include <string.h>

#include "clients/core/group/content_json.h"
#include "clients/core/state.h"

/* ---- One ------------------------------------------------------------------------ */

enum kr_err notice_read(struct brought_notice *out, const struct kr_content *content)
{
	struct kr_inbox_record *record = &out->record;
	enum kr_err err;

	out->is_move = content->notice.len == 0;
	if ((err = kr_inbox_record_read(record, content->inbox_record))) {
		return err;
	}
	kr_inbox_id(out->inbox, record->identity_key);
	if (out->is_move) {
		return record->moved ? KR_OK : KR_ERR_ENCODING;
	}
	return kr_notice_read(&out->notice, content->notice, record);
}

bool notice_oversteps(
	const struct group *group, struct kr_view author, struct kr_view plaintext)
{
	struct kr_content content;

	return group->is_main && kr_content_read(&content, plaintext) == KR_OK &&
		content.kind == KR_CONTENT_NOTICE &&
		!group_is_administrator(group, author.data);
}

static bool has_expired(const struct kr_core *core, const struct kr_notice *notice)
{
	return notice->until_ms != 0 && notice->until_ms <= core->now_ms;
}

bool notice_to_json(
	const struct kr_core *core, cJSON *object, const struct kr_notice *notice)
{
	return json_add_bytes(
		       object, "event", kr_view(notice->event, sizeof(notice->event))) &&
		json_add_str(object, "kind",
			notice->kind == KR_NOTICE_GUIDANCE ? "guidance" : "notice") &&
		json_add_text(object, "title", notice->title) &&
		json_add_text(object, "text", notice->text) &&
		json_add_number(object, "made", notice->made_ms) &&
		(notice->until_ms == 0 ||
			json_add_number(object, "until", notice->until_ms)) &&
		json_add_flag(object, "expired", has_expired(core, notice));
}

/* ---- What was brought ----------------------------------------------------------- */

static struct feed_inbox *inbox_noted(
	const struct feed *feed, const uint8_t inbox[KR_ID_BYTES])
{
	for (size_t i = 0; i < feed->num_inboxes; i++) {
		if (memcmp(feed->inboxes[i].inbox, inbox, KR_ID_BYTES) == 0) {
			return &feed->inboxes[i];
		}
	}
	return NULL;
}

static const struct feed_notice *find(const struct feed *feed,
	const uint8_t inbox[KR_ID_BYTES], const uint8_t event[KR_EVENT_ID_BYTES])
{
	for (size_t i = 0; i < feed->num_notices; i++) {
		const struct feed_notice *notice = &feed->notices[i];

		if (memcmp(notice->inbox, inbox, KR_ID_BYTES) == 0 &&
			memcmp(notice->event, event, KR_EVENT_ID_BYTES) == 0) {
			return notice;
		}
	}
	return NULL;
}

bool notices_have(const struct feed *feed, const uint8_t inbox[KR_ID_BYTES],
	const uint8_t event[KR_EVENT_ID_BYTES])
{
	return find(feed, inbox, event) != NULL;
}

const uint8_t *notices_successor(
	const struct feed *feed, const uint8_t inbox[KR_ID_BYTES])
{
	const struct feed_inbox *noted = inbox_noted(feed, inbox);

	return noted == NULL || !noted->has_moved ? NULL : noted->successor;
}

bool notices_signer_stays(const struct feed *feed, const uint8_t inbox[KR_ID_BYTES],
	const struct kr_notice *notice)
{
	const struct feed_inbox *noted = inbox_noted(feed, inbox);

	if (noted == NULL || noted->number <= notice->number) {
		return true;
	}
	for (size_t i = 0; i < noted->num_team; i++) {
		if (memcmp(noted->team[i], notice->signer, KR_ED25519_PUBLIC_BYTES) ==
			0) {
			return true;
		}
	}
	return false;
}

static enum kr_err note_record(
	struct feed *feed, const struct brought_notice *brought, struct feed_inbox *noted)
{
	const struct kr_inbox_record *record = &brought->record;

	if (noted == NULL) {
		struct feed_inbox *grown =
			realloc(feed->inboxes, (feed->num_inboxes + 1) * sizeof(*grown));

		if (grown == NULL) {
			return KR_ERR_MEMORY;
		}
		feed->inboxes = grown;
		noted = &grown[feed->num_inboxes++];
		*noted = (struct feed_inbox){0};
		memcpy(noted->inbox, brought->inbox, sizeof(noted->inbox));
	}
	if (record->number < noted->number) {
		return KR_OK;
	}
	noted->number = record->number;
	noted->num_team = record->num_team;
	for (size_t i = 0; i < record->num_team; i++) {
		memcpy(noted->team[i], record->team[i].device_key,
			sizeof(noted->team[i]));
	}
	noted->has_moved = record->moved;
	memcpy(noted->successor, record->successor, sizeof(noted->successor));
	return KR_OK;
}

static enum kr_err note_notice(
	struct feed *feed, const struct brought_notice *brought, uint64_t seq)
{
	struct feed_notice *grown =
		realloc(feed->notices, (feed->num_notices + 1) * sizeof(*grown));
	struct feed_notice *notice;

	if (grown == NULL) {
		return KR_ERR_MEMORY;
	}
	feed->notices = grown;
	notice = &grown[feed->num_notices++];
	notice->seq = seq;
	memcpy(notice->inbox, brought->inbox, sizeof(notice->inbox));
	memcpy(notice->event, brought->notice.event, sizeof(notice->event));
	return KR_OK;
}

static enum kr_err note(
	struct feed *feed, const struct brought_notice *brought, uint64_t seq)
{
	enum kr_err err;

	if (!brought->is_move &&
		!notices_signer_stays(feed, brought->inbox, &brought->notice)) {
		return KR_OK;
	}
	err = note_record(feed, brought, inbox_noted(feed, brought->inbox));
	return err != KR_OK || brought->is_move ||
			notices_have(feed, brought->inbox, brought->notice.event)
		? err
		: note_notice(feed, brought, seq);
}

enum kr_err notices_note(
	struct feed *feed, const struct kr_content *content, uint64_t seq)
{
	struct brought_notice *brought = malloc(sizeof(*brought));
	enum kr_err err = KR_OK;

	if (brought == NULL) {
		return KR_ERR_MEMORY;
	}
	if (notice_read(brought, content) == KR_OK) {
		err = note(feed, brought, seq);
	}
	free(brought);
	return err;
}

/* ---- As they come --------------------------------------------------------------- */

/* Does it count: of an inbox of the policy that is in force, and written down? */
static bool is_true(const struct group *group, const struct kr_content *content,
	struct brought_notice *brought)
{
	struct kr_policy_inbox inbox;

	if (notice_read(brought, content) != KR_OK ||
		!group_trusts(group, brought->record.identity_key, &inbox)) {
		return false;
	}
	return brought->is_move ||
		notices_have(group->feed, brought->inbox, brought->notice.event);
}

enum kr_err notices_came(
	struct kr_core *core, struct group *group, const struct feed_message *message)
{
	struct brought_notice *brought = malloc(sizeof(*brought));
	const struct feed_notice *notice;
	enum kr_err err;

	if (!group->is_main || brought == NULL) {
		free(brought);
		return group->is_main ? KR_ERR_MEMORY : KR_OK;
	}
	if (!is_true(group, &message->content, brought)) {
		const struct kr_topic topic = group_topic(group);

		err = alarm_raise(core, ALARM_UNSIGNED,
			&(struct alarm_about){.topic = &topic,
				.seq = message->event.seq,
				.account = message->event.author.data,
				.err = KR_ERR_SIGNATURE});
	} else if (brought->is_move) {
		err = tell_changed(core, "inboxes", group->community, NULL);
	} else {
		notice = find(group->feed, brought->inbox, brought->notice.event);
		/* Brought again it is nothing new. */
		err = notice->seq == message->event.seq
			? tell_changed(core, "notices", group->community, NULL)
			: KR_OK;
	}
	free(brought);
	return err;
}

/* ---- The question --------------------------------------------------------------- */

/* The name of who signed, if this account is in the team too: nobody else can open it. */
static bool add_signer(
	const struct kr_core *core, const struct brought_notice *brought, cJSON *object)
{
	const struct kr_inbox_member *member =
		kr_inbox_member(&brought->record, brought->notice.signer);
	uint8_t *storage = malloc(KR_SEALED_STORAGE);
	struct kr_view name = {0};
	bool added;

	if (storage == NULL) {
		return false;
	}
	(void)kr_inbox_open_name(&name, storage, &brought->record,
		(size_t)(member - brought->record.team), &core->identity.sealing);
	added = name.len == 0 || json_add_text(object, "by", name);
	kr_wipe(storage, KR_SEALED_STORAGE);
	free(storage);
	return added;
}

/* An administrator may take it down. Who brought it cannot take it back: any member could
 * have brought it first, to hide it. */
static bool is_taken_down(const struct kr_core *core, const struct group *group,
	const struct feed_entry *post)
{
	struct kr_view reason;

	return feed_taken_down(core, group, post, &reason) == KR_OK;
}

static enum kr_err add_notice(const struct kr_core *core, const struct group *group,
	uint64_t seq, struct brought_notice *brought, cJSON *list)
{
	const struct feed_entry *post =
		&group->feed->entries[feed_place(group->feed, seq)];
	struct feed_message message;
	struct kr_policy_inbox inbox;
	cJSON *object;

	if (is_taken_down(core, group, post) ||
		feed_message(core, group, seq, &message) != KR_OK ||
		notice_read(brought, &message.content) != KR_OK ||
		!group_trusts(group, brought->record.identity_key, &inbox)) {
		return KR_OK;
	}
	object = json_append_object(list);
	return json_add_number(object, "seq", seq) &&
			content_ref_to_json(object, &post->id) == KR_OK &&
			json_add_id(object, "inbox", brought->inbox) &&
			json_add_text(object, "name", inbox.name) &&
			notice_to_json(core, object, &brought->notice) &&
			add_signer(core, brought, object)
		? KR_OK
		: KR_ERR_MEMORY;
}

enum kr_err ask_notices(const struct kr_core *core, const cJSON *question, cJSON *answer)
{
	static const char *const names[] = {"community", NULL};
	struct brought_notice *brought;
	const struct group *group;
	cJSON *list;
	enum kr_err err;

	if ((err = json_only(question, names)) ||
		(err = group_asked(core, question, &group))) {
		return err;
	}
	brought = malloc(sizeof(*brought));
	list = json_add_array(answer, "notices");
	err = brought == NULL || list == NULL ? KR_ERR_MEMORY : KR_OK;
	for (size_t i = group->feed->num_notices; i > 0 && err == KR_OK; i--) {
		err = add_notice(
			core, group, group->feed->notices[i - 1].seq, brought, list);
	}
	free(brought);
	return err;
}
