/* Questions about messages. */
#include <string.h>

#include "clients/core/group/content_json.h"
#include "clients/core/group/feed.h"
#include "clients/core/state.h"

#define FEED_DEFAULT 50
#define FEED_MAX     500

enum show {
	SHOW_ALL,
	SHOW_CONCERNS,
	SHOW_CHAT,
};

/* ---- One message ------------------------------------------------------------------- */

static bool add_name(const struct kr_core *core, const struct group *group,
	const uint8_t *account, cJSON *object)
{
	const struct community *community = community_look(core, group->community);
	const struct group *main_group =
		community == NULL ? NULL : group_look(core, community->main_group);

	return json_add_text(object, "name",
		group_member_name(
			core, main_group != NULL ? main_group : group, account));
}

static const char *fault_name(const struct feed_message *message)
{
	switch (message->kept.fault) {
	case MESSAGE_READABLE:
		return "newer"; /* of another major version */
	case MESSAGE_FALSE:
	case MESSAGE_OVERSTEP:
		return "false";
	case MESSAGE_VOIDED:
		return "voided";
	default:
		return "no_key";
	}
}

static enum kr_err add_content(const struct kr_core *core, const struct group *group,
	const struct feed_entry *entry, const struct feed_message *message, cJSON *object)
{
	const struct kr_content_info *info = kr_content_info(message->content.kind);
	struct feed_message edit;
	struct kr_content edited;
	struct kr_view reason;

	if (!message->is_readable) {
		return json_add_str(object, "kind", "unreadable") &&
				json_add_str(object, "fault", fault_name(message))
			? KR_OK
			: KR_ERR_MEMORY;
	}
	if (entry->retraction != 0 ||
		feed_taken_down(core, group, entry, &reason) == KR_OK) {
		return json_add_str(object, "kind", info == NULL ? "unknown" : info->name)
			? KR_OK
			: KR_ERR_MEMORY;
	}
	if (entry->edit != 0 && feed_message(core, group, entry->edit, &edit) == KR_OK &&
		edit.is_readable && kr_content_edited(&edited, &edit.content) == KR_OK) {
		return content_to_json(object, &edited);
	}
	return content_to_json(object, &message->content);
}

static enum kr_err add_counts(const struct kr_core *core, const struct group *group,
	const struct feed_entry *entry, cJSON *object)
{
	struct kr_view reason;

	if (!json_add_flag(object, "edited", entry->edit != 0) ||
		!json_add_flag(object, "retracted", entry->retraction != 0) ||
		(feed_taken_down(core, group, entry, &reason) == KR_OK &&
			!json_add_text(object, "taken_down", reason)) ||
		!json_add_number(object, "corroborations", entry->corroborations) ||
		!json_add_flag(object, "corroborated", entry->is_corroborated) ||
		!json_add_number(object, "comments", entry->comments) ||
		!json_add_number(object, "called_112", entry->called_112)) {
		return KR_ERR_MEMORY;
	}
	return KR_OK;
}

static enum kr_err add_entry(const struct kr_core *core, const struct group *group,
	const struct feed_entry *entry, cJSON *object)
{
	struct feed_message message;
	enum kr_err err;

	if (feed_message(core, group, entry->seq, &message) != KR_OK) {
		return KR_OK;
	}
	if (!json_add_number(object, "seq", entry->seq) ||
		!json_add_number(object, "time", message.event.time_ms) ||
		!json_add_id(object, "author", entry->id.author) ||
		!add_name(core, group, entry->id.author, object) ||
		!json_add_flag(object, "me", entry->is_own) ||
		!json_add_bytes(
			object, "event", kr_view(entry->id.event, KR_EVENT_ID_BYTES))) {
		return KR_ERR_MEMORY;
	}
	if ((err = add_content(core, group, entry, &message, object)) ||
		(err = add_counts(core, group, entry, object))) {
		return err;
	}
	if ((message.content.written_ms != 0 &&
		    !json_add_number(object, "written", message.content.written_ms)) ||
		!json_add_flag(object, "pending", false)) {
		return KR_ERR_MEMORY;
	}
	return KR_OK;
}

/* What is in the outbox: no seq yet, and the own clock's time. */
static enum kr_err add_pending(const struct kr_core *core, const struct group *group,
	const struct op *op, const struct kr_content *content, cJSON *list)
{
	cJSON *object = json_append_object(list);
	enum kr_err err;

	if (!json_add_number(object, "seq", 0) ||
		!json_add_number(object, "time", op->since_ms) ||
		!json_add_id(object, "author", core->identity.account) ||
		!add_name(core, group, core->identity.account, object) ||
		!json_add_flag(object, "me", true) ||
		!json_add_bytes(object, "event", kr_view(op->event, KR_EVENT_ID_BYTES))) {
		return KR_ERR_MEMORY;
	}
	if ((err = content_to_json(object, content)) ||
		(err = add_counts(core, group, &(struct feed_entry){0}, object))) {
		return err;
	}
	return json_add_number(object, "written", content->written_ms) &&
			json_add_flag(object, "pending", true)
		? KR_OK
		: KR_ERR_MEMORY;
}

/* ---- feed -------------------------------------------------------------------------- */

static bool kind_is_shown(uint16_t kind, enum show show)
{
	switch (kind) {
	case KR_CONTENT_EDIT:
	case KR_CONTENT_RETRACTION:
	case KR_CONTENT_TAKE_DOWN:
	case KR_CONTENT_DISPLAY_NAME:
	case KR_CONTENT_RULES:
	case KR_CONTENT_REASON:
	case KR_CONTENT_DEVICE:
	case KR_CONTENT_SEALING_KEY:
	case KR_CONTENT_NOTICE:
		return false;
	case KR_CONTENT_CHAT:
		return show != SHOW_CONCERNS;
	default:
		return show != SHOW_CHAT;
	}
}

/* What was voided is said again; a notice is no message, also a false one. */
static bool entry_is_shown(const struct kr_core *core, const struct group *group,
	const struct feed_entry *entry, enum show show)
{
	struct feed_message message;

	return kind_is_shown(entry->kind, show) &&
		(entry->kind != 0 ||
			(feed_message(core, group, entry->seq, &message) == KR_OK &&
				message.kept.fault != MESSAGE_VOIDED &&
				message.kept.fault != MESSAGE_OVERSTEP));
}

static enum kr_err read_show(enum show *out, const cJSON *question)
{
	struct kr_view text = {0};
	enum kr_err err = json_text_optional(question, "show", &text);

	*out = SHOW_ALL;
	if (err != KR_OK || text.len == 0 || kr_view_equal(text, kr_view_str("all"))) {
		return err;
	}
	if (kr_view_equal(text, kr_view_str("concerns"))) {
		*out = SHOW_CONCERNS;
		return KR_OK;
	}
	*out = SHOW_CHAT;
	return kr_view_equal(text, kr_view_str("chat")) ? KR_OK : KR_ERR_FIELD;
}

static enum kr_err add_all_pending(const struct kr_core *core, const struct group *group,
	enum show show, cJSON *list)
{
	struct kr_topic topic = group_topic(group);
	struct kr_content content;
	enum kr_err err = KR_OK;

	for (const struct op *op = core->outbox.first; op != NULL && err == KR_OK;
		op = op->next) {
		if (op->kind == OP_POST && kr_topic_equal(&op->topic, &topic) &&
			kr_content_read(&content, kr_view_bytes(&op->plain)) == KR_OK &&
			kind_is_shown(content.kind, show)) {
			err = add_pending(core, group, op, &content, list);
		}
	}
	return err;
}

enum kr_err ask_feed(const struct kr_core *core, const cJSON *question, cJSON *answer)
{
	const struct group *group;
	const struct feed *feed;
	uint64_t before = KR_JSON_INT_MAX;
	uint64_t max = FEED_DEFAULT;
	enum show show;
	cJSON *list;
	size_t begin;
	size_t num = 0;
	size_t end;
	enum kr_err err;

	if ((err = group_asked(core, question, &group)) ||
		(err = read_show(&show, question)) ||
		(err = json_number_optional(
			 question, "before", 0, KR_JSON_INT_MAX, &before)) ||
		(err = json_number_optional(question, "max", 1, FEED_MAX, &max))) {
		return err;
	}
	feed = group->feed;
	list = json_add_array(answer, "messages");
	begin = end = feed_place(feed, before);
	/* Backwards to the first of the page, then on in order. */
	while (begin > 0 && num < max) {
		begin--;
		num += entry_is_shown(core, group, &feed->entries[begin], show);
	}
	for (size_t i = begin; i < end && err == KR_OK; i++) {
		if (entry_is_shown(core, group, &feed->entries[i], show)) {
			err = add_entry(
				core, group, &feed->entries[i], json_append_object(list));
		}
	}
	while (begin > 0 &&
		!entry_is_shown(core, group, &feed->entries[begin - 1], show)) {
		begin--;
	}
	if (err == KR_OK && before == KR_JSON_INT_MAX) {
		err = add_all_pending(core, group, show, list);
	}
	if (err == KR_OK && !json_add_flag(answer, "more", begin > 0)) {
		err = KR_ERR_MEMORY;
	}
	return err;
}

/* ---- message ----------------------------------------------------------------------- */

static enum kr_err add_thread(const struct kr_core *core, const struct group *group,
	const struct feed_entry *entry, cJSON *answer)
{
	cJSON *thread = json_add_array(answer, "thread");
	enum kr_err err = thread == NULL ? KR_ERR_MEMORY : KR_OK;

	for (size_t i = 0; err == KR_OK && i < entry->num_thread; i++) {
		const struct feed_entry *other = &group->feed->entries[entry->thread[i]];

		if (entry_is_shown(core, group, other, SHOW_ALL)) {
			err = add_entry(core, group, other, json_append_object(thread));
		}
	}
	return err;
}

/* The texts before the edit that counts: the first one, and the edits since. */
static enum kr_err add_earlier(const struct kr_core *core, const struct group *group,
	const struct feed_entry *entry, cJSON *answer)
{
	cJSON *list = json_add_array(answer, "earlier");
	struct feed_message message;
	struct kr_content content;
	enum kr_err err = list == NULL ? KR_ERR_MEMORY : KR_OK;

	if (err != KR_OK || entry->edit == 0 ||
		feed_message(core, group, entry->seq, &message) != KR_OK ||
		!message.is_readable) {
		return err;
	}
	err = content_to_json(json_append_object(list), &message.content);
	for (size_t i = 0; err == KR_OK && i < entry->num_thread; i++) {
		const struct feed_entry *other = &group->feed->entries[entry->thread[i]];

		if (other->kind == KR_CONTENT_EDIT && other->seq != entry->edit &&
			memcmp(other->id.author, entry->id.author, KR_ID_BYTES) == 0 &&
			feed_message(core, group, other->seq, &message) == KR_OK &&
			kr_content_edited(&content, &message.content) == KR_OK) {
			err = content_to_json(json_append_object(list), &content);
		}
	}
	return err;
}

enum kr_err ask_message(const struct kr_core *core, const cJSON *question, cJSON *answer)
{
	const struct feed_entry *entry;
	const struct group *group;
	struct kr_content_ref ref;
	enum kr_err err;

	if ((err = group_asked(core, question, &group)) ||
		(err = json_bytes(question, "author", ref.author, sizeof(ref.author))) ||
		(err = json_bytes(question, "event", ref.event, sizeof(ref.event)))) {
		return err;
	}
	entry = feed_find(group->feed, &ref);
	if (entry == NULL) {
		return KR_ERR_NOT_FOUND;
	}
	if ((err = add_entry(core, group, entry, answer)) ||
		(err = add_thread(core, group, entry, answer))) {
		return err;
	}
	return entry->retraction != 0 ? KR_OK : add_earlier(core, group, entry, answer);
}

/* ---- guidance ---------------------------------------------------------------------- */

static enum kr_err add_guidance(const struct kr_core *core, const struct group *group,
	const struct feed_entry *entry, cJSON *list)
{
	const struct community *community = community_look(core, group->community);
	uint8_t commitment[KR_SHA256_BYTES];
	struct kr_statement statement;
	struct feed_message message;
	cJSON *object;

	if (community == NULL ||
		feed_message(core, group, entry->seq, &message) != KR_OK ||
		!message.is_readable) {
		return KR_OK;
	}
	kr_text_commit(commitment, message.content.salt, message.content.text);
	if (community_committed(core, community, KR_STATEMENT_GUIDANCE, commitment,
		    &statement) != KR_OK ||
		memcmp(statement.group, group->id, KR_ID_BYTES) != 0) {
		return KR_OK;
	}
	object = json_append_object(list);
	return json_add_text(object, "text", message.content.text) &&
			json_add_flag(object, "pinned", message.content.flag) &&
			json_add_id(object, "by", entry->id.author) &&
			json_add_number(object, "time", message.event.time_ms)
		? KR_OK
		: KR_ERR_MEMORY;
}

enum kr_err ask_guidance(const struct kr_core *core, const cJSON *question, cJSON *answer)
{
	const struct group *group;
	cJSON *list;
	enum kr_err err = group_asked(core, question, &group);

	if (err != KR_OK) {
		return err;
	}
	list = json_add_array(answer, "guidance");
	for (size_t i = 0; i < group->feed->num && err == KR_OK; i++) {
		if (group->feed->entries[i].kind == KR_CONTENT_GUIDANCE) {
			err = add_guidance(core, group, &group->feed->entries[i], list);
		}
	}
	return err;
}
