/* The index of a group's messages. */
#include "clients/core/group/feed.h"

#include <stdlib.h>
#include <string.h>

#include "clients/core/state.h"

struct feed *feed_new(void)
{
	return calloc(1, sizeof(struct feed));
}

static void empty(struct feed *feed)
{
	for (size_t i = 0; i < feed->num; i++) {
		free(feed->entries[i].thread);
	}
	free(feed->entries);
	free(feed->slots);
	free(feed->names);
	free(feed->commitments);
	free(feed->notices);
	free(feed->inboxes);
	*feed = (struct feed){0};
}

void feed_free(struct feed *feed)
{
	if (feed != NULL) {
		empty(feed);
		free(feed);
	}
}

/* ---- Finding ---------------------------------------------------------------------- */

/* Event ids are random; that a peer could choose them costs only that peer's group. */
static size_t slot_of(const struct feed *feed, const struct kr_content_ref *id)
{
	size_t num_slots = feed->cap * 2;
	uint64_t hash;
	size_t slot;

	memcpy(&hash, id->event, sizeof(hash));
	slot = (size_t)hash % num_slots;
	while (feed->slots[slot] != 0 &&
		memcmp(&feed->entries[feed->slots[slot] - 1].id, id, sizeof(*id)) != 0) {
		slot = (slot + 1) % num_slots;
	}
	return slot;
}

static struct feed_entry *find(const struct feed *feed, const struct kr_content_ref *ref)
{
	size_t slot;

	if (feed->num == 0) {
		return NULL;
	}
	slot = slot_of(feed, ref);
	return feed->slots[slot] == 0 ? NULL : &feed->entries[feed->slots[slot] - 1];
}

const struct feed_entry *feed_find(
	const struct feed *feed, const struct kr_content_ref *ref)
{
	return find(feed, ref);
}

size_t feed_place(const struct feed *feed, uint64_t seq)
{
	size_t low = 0;
	size_t high = feed->num;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (feed->entries[middle].seq < seq) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

enum kr_err feed_message(const struct kr_core *core, const struct group *group,
	uint64_t seq, struct feed_message *out)
{
	struct kr_topic topic = group_topic(group);
	enum kr_err err = event_kept(core, &topic, seq, &out->event);

	out->is_readable = false;
	out->content = (struct kr_content){0};
	if (err != KR_OK || out->event.type != KR_EVENT_POST) {
		return KR_ERR_NOT_FOUND;
	}
	if (message_read(&out->kept, out->event.content) != KR_OK) {
		return KR_ERR_NOT_FOUND;
	}
	out->is_readable = out->kept.fault == MESSAGE_READABLE &&
		kr_content_read(&out->content, out->kept.plaintext) == KR_OK;
	return KR_OK;
}

/* ---- Adding ----------------------------------------------------------------------- */

static enum kr_err grow(struct feed *feed)
{
	size_t cap = feed->cap == 0 ? 64 : feed->cap * 2;
	struct feed_entry *entries;
	size_t *slots;

	if (feed->num < feed->cap) {
		return KR_OK;
	}
	entries = realloc(feed->entries, cap * sizeof(*entries)); /* nothing secret */
	if (entries == NULL) {
		return KR_ERR_MEMORY;
	}
	feed->entries = entries;
	slots = calloc(cap * 2, sizeof(*slots));
	if (slots == NULL) {
		return KR_ERR_MEMORY;
	}
	free(feed->slots);
	feed->slots = slots;
	feed->cap = cap;
	for (size_t i = 0; i < feed->num; i++) {
		size_t slot = slot_of(feed, &feed->entries[i].id);

		if (feed->slots[slot] == 0) {
			feed->slots[slot] = i + 1;
		}
	}
	return KR_OK;
}

/* The place of the first name whose account is not before this one. */
static size_t name_place(const struct feed *feed, const uint8_t *account)
{
	size_t low = 0;
	size_t high = feed->num_names;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (memcmp(feed->names[middle].account, account, KR_ID_BYTES) < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

static struct feed_name *find_name(const struct feed *feed, const uint8_t *account)
{
	size_t place = name_place(feed, account);

	return place < feed->num_names &&
			memcmp(feed->names[place].account, account, KR_ID_BYTES) == 0
		? &feed->names[place]
		: NULL;
}

static enum kr_err note_name(struct feed *feed, const uint8_t *account, uint64_t seq)
{
	struct feed_name *name = find_name(feed, account);
	size_t place;

	if (name != NULL) {
		name->seq = seq;
		return KR_OK;
	}
	if (feed->num_names == feed->cap_names) {
		size_t cap = feed->cap_names == 0 ? 16 : 2 * feed->cap_names;
		struct feed_name *grown = realloc(feed->names, cap * sizeof(*grown));

		if (grown == NULL) {
			return KR_ERR_MEMORY;
		}
		feed->names = grown;
		feed->cap_names = cap;
	}
	place = name_place(feed, account);
	name = feed->names + place;
	memmove(name + 1, name, (feed->num_names - place) * sizeof(*name));
	memcpy(name->account, account, KR_ID_BYTES);
	name->seq = seq;
	feed->num_names++;
	return KR_OK;
}

static enum kr_err note_commitment(
	struct feed *feed, const struct kr_content *content, uint64_t seq)
{
	struct feed_commitment *list =
		realloc(feed->commitments, (feed->num_commitments + 1) * sizeof(*list));

	if (list == NULL) {
		return KR_ERR_MEMORY;
	}
	feed->commitments = list;
	kr_text_commit(list[feed->num_commitments].hash, content->salt, content->text);
	list[feed->num_commitments++].seq = seq;
	return KR_OK;
}

static bool is_same_author(const struct feed_entry *a, const struct feed_entry *b)
{
	return memcmp(a->id.author, b->id.author, KR_ID_BYTES) == 0;
}

/* One for each account, and none for the author. */
static void corroborate(
	struct feed *feed, struct feed_entry *target, const struct feed_entry *by)
{
	if (is_same_author(target, by)) {
		return;
	}
	for (size_t i = 0; i < target->num_thread; i++) {
		const struct feed_entry *other = &feed->entries[target->thread[i]];

		if (other->kind == KR_CONTENT_CORROBORATION &&
			is_same_author(other, by)) {
			return;
		}
	}
	target->corroborations++;
	target->is_corroborated = target->is_corroborated || by->is_own;
}

static enum kr_err refer(struct feed *feed, size_t number, struct feed_entry *target)
{
	struct feed_entry *entry = &feed->entries[number];
	size_t *thread = realloc(
		target->thread, (target->num_thread + 1) * sizeof(*target->thread));

	if (thread == NULL) {
		return KR_ERR_MEMORY;
	}
	target->thread = thread;
	switch (entry->kind) {
	case KR_CONTENT_CORROBORATION:
		corroborate(feed, target, entry);
		break;
	case KR_CONTENT_COMMENT:
		target->comments++;
		break;
	case KR_CONTENT_CALLED_112:
		target->called_112++;
		break;
	case KR_CONTENT_EDIT:
		target->edit = is_same_author(target, entry) ? entry->seq : target->edit;
		break;
	case KR_CONTENT_RETRACTION:
		target->retraction =
			is_same_author(target, entry) ? entry->seq : target->retraction;
		break;
	case KR_CONTENT_TAKE_DOWN:
		target->take_down = entry->seq;
		break;
	default:
		break;
	}
	target->thread[target->num_thread++] = number;
	entry->refers = (size_t)(target - feed->entries) + 1;
	return KR_OK;
}

static enum kr_err index_content(
	struct feed *feed, size_t number, const struct kr_content *content)
{
	struct feed_entry *entry = &feed->entries[number];
	const struct kr_content_info *info = kr_content_info(content->kind);
	struct feed_entry *target;
	enum kr_err err = KR_OK;

	entry->kind = content->kind;
	if (content->kind == KR_CONTENT_DISPLAY_NAME) {
		err = note_name(feed, entry->id.author, entry->seq);
	}
	if (err == KR_OK && info != NULL && (info->fields & KR_C_SALT)) {
		err = note_commitment(feed, content, entry->seq);
	}
	if (err == KR_OK && content->kind == KR_CONTENT_NOTICE) {
		err = notices_note(feed, content, entry->seq);
	}
	if (err == KR_OK && content->has_ref &&
		(target = find(feed, &content->ref)) != NULL && target != entry) {
		err = refer(feed, number, target);
	}
	return err;
}

static enum kr_err add(
	const struct kr_core *core, struct feed *feed, const struct feed_message *message)
{
	struct feed_entry *entry;
	size_t slot;
	enum kr_err err;

	if (message->event.author.len != KR_ID_BYTES) {
		return KR_OK;
	}
	if ((err = grow(feed))) {
		return err;
	}
	entry = &feed->entries[feed->num];
	*entry = (struct feed_entry){.seq = message->event.seq};
	memcpy(entry->id.author, message->event.author.data, KR_ID_BYTES);
	memcpy(entry->id.event, message->event.id, KR_EVENT_ID_BYTES);
	entry->is_own = is_own_account(core, message->event.author);
	slot = slot_of(feed, &entry->id);
	if (feed->slots[slot] == 0) {
		feed->slots[slot] = feed->num + 1;
	}
	feed->num++;
	return message->is_readable
		? index_content(feed, feed->num - 1, &message->content)
		: KR_OK;
}

enum kr_err feed_load(struct kr_core *core, struct group *group)
{
	struct kr_topic topic = group_topic(group);
	struct feed_message message;
	struct kept_event event;
	enum kr_err err = KR_OK;
	size_t at = 0;

	empty(group->feed);
	while (err == KR_OK && event_next(core, &topic, &at, &event) == KR_OK) {
		if (event.type == KR_EVENT_POST &&
			feed_message(core, group, event.seq, &message) == KR_OK &&
			message.kept.fault != MESSAGE_RAW) {
			err = add(core, group->feed, &message);
		}
	}
	return err;
}

/* ---- Telling ---------------------------------------------------------------------- */

static enum kr_err tell_message(
	struct kr_core *core, const struct group *group, uint64_t seq)
{
	cJSON *tell = cJSON_CreateObject();

	if (!json_add_str(tell, "tell", "message") ||
		!json_add_id(tell, "group", group->id) ||
		!json_add_number(tell, "seq", seq)) {
		cJSON_Delete(tell);
		return KR_ERR_MEMORY;
	}
	return output_tell(&core->outputs, tell);
}

/* Whose post was taken down hears why. */
static enum kr_err tell_moderated(struct kr_core *core, const struct group *group,
	const struct feed_message *message)
{
	const struct feed_entry *target = feed_find(group->feed, &message->content.ref);
	cJSON *tell;

	if (target == NULL || !target->is_own ||
		!group_is_administrator(group, message->event.author.data)) {
		return KR_OK;
	}
	tell = cJSON_CreateObject();
	if (!json_add_str(tell, "tell", "moderated") ||
		!json_add_id(tell, "group", group->id) ||
		!json_add_number(tell, "seq", target->seq) ||
		!json_add_text(tell, "reason", message->content.text)) {
		cJSON_Delete(tell);
		return KR_ERR_MEMORY;
	}
	return output_tell(&core->outputs, tell);
}

static bool is_shown(const struct feed_message *message)
{
	switch (message->content.kind) {
	case KR_CONTENT_DISPLAY_NAME:
	case KR_CONTENT_DEVICE:
	case KR_CONTENT_SEALING_KEY:
	case KR_CONTENT_REASON:
	case KR_CONTENT_TAKE_DOWN:
	case KR_CONTENT_NOTICE: /* told by notices_came */
		return false;
	default:
		return message->is_readable;
	}
}

/* Whose answers hold what such a content says, besides the feed's. */
static enum kr_err tell_readers(
	struct kr_core *core, const struct group *group, const struct kr_content *content)
{
	const struct kr_content_info *info = kr_content_info(content->kind);
	enum kr_err err;

	switch (content->kind) {
	case KR_CONTENT_DISPLAY_NAME:
		return tell_changed(core, "members", group->community, NULL);
	case KR_CONTENT_RULES:
		err = tell_changed(core, "rules", group->community, NULL);
		break;
	case KR_CONTENT_GUIDANCE:
		err = tell_changed(core, "guidance", group->community, group->id);
		break;
	case KR_CONTENT_TAKE_DOWN:
		err = tell_changed(core, "notices", group->community, NULL);
		break;
	default:
		err = KR_OK;
	}
	return err != KR_OK || info == NULL || !(info->fields & KR_C_SALT)
		? err
		: tell_changed(core, "log", group->community, NULL);
}

static enum kr_err act_on(
	struct kr_core *core, struct group *group, const struct feed_message *message)
{
	struct community *community = community_find(core, group->community);
	enum kr_err err = KR_OK;

	if (message->is_readable && message->content.kind == KR_CONTENT_TAKE_DOWN) {
		err = tell_moderated(core, group, message);
	}
	if (message->is_readable && message->content.kind == KR_CONTENT_DEVICE &&
		community != NULL && group->is_main) {
		err = community_device_shown(core, community, message->event.author.data,
			message->content.record);
	}
	if (err == KR_OK && is_shown(message) && !message->kept.is_own) {
		err = tell_message(core, group, message->event.seq);
	}
	if (err == KR_OK && message->is_readable &&
		message->content.kind == KR_CONTENT_NOTICE) {
		err = notices_came(core, group, message);
	}
	if (err == KR_OK && message->is_readable) {
		err = tell_readers(core, group, &message->content);
	}
	return err != KR_OK ? err
			    : tell_changed(core, "feed", group->community, group->id);
}

enum kr_err feed_add(struct kr_core *core, struct group *group, uint64_t seq)
{
	struct feed *feed = group->feed;
	struct feed_message message;
	enum kr_err err;

	if (feed->num > 0 && feed->entries[feed->num - 1].seq >= seq) {
		/* What it did has to be undone. */
		if ((err = feed_load(core, group)) ||
			(err = tell_changed(core, "notices", group->community, NULL))) {
			return err;
		}
		return tell_changed(core, "feed", group->community, group->id);
	}
	if (feed_message(core, group, seq, &message) != KR_OK) {
		return KR_OK;
	}
	if ((err = add(core, feed, &message))) {
		return err;
	}
	return act_on(core, group, &message);
}

/* ---- What counts ------------------------------------------------------------------ */

struct kr_view group_member_name(const struct kr_core *core, const struct group *group,
	const uint8_t account[KR_ID_BYTES])
{
	const struct feed_name *name = find_name(group->feed, account);
	struct feed_message message;

	if (name != NULL && feed_message(core, group, name->seq, &message) == KR_OK &&
		message.is_readable) {
		return message.content.name;
	}
	return kr_view(NULL, 0);
}

enum kr_err group_committed_text(const struct kr_core *core, const struct group *group,
	const uint8_t commitment[KR_SHA256_BYTES], struct kr_view *text)
{
	struct feed_message message;

	*text = kr_view(NULL, 0);
	for (size_t i = 0; i < group->feed->num_commitments; i++) {
		const struct feed_commitment *c = &group->feed->commitments[i];

		if (memcmp(c->hash, commitment, KR_SHA256_BYTES) == 0 &&
			feed_message(core, group, c->seq, &message) == KR_OK &&
			message.is_readable) {
			*text = message.content.text;
			return KR_OK;
		}
	}
	return KR_ERR_NOT_FOUND;
}

enum kr_err feed_taken_down(const struct kr_core *core, const struct group *group,
	const struct feed_entry *entry, struct kr_view *reason)
{
	const struct community *community = community_look(core, group->community);
	struct feed_message message;
	struct kr_statement statement;
	uint8_t commitment[KR_SHA256_BYTES];

	if (entry->take_down == 0 || community == NULL ||
		feed_message(core, group, entry->take_down, &message) != KR_OK ||
		!message.is_readable) {
		return KR_ERR_NOT_FOUND;
	}
	kr_text_commit(commitment, message.content.salt, message.content.text);
	if (community_committed(core, community, KR_STATEMENT_TAKE_DOWN, commitment,
		    &statement) != KR_OK ||
		memcmp(statement.group, group->id, KR_ID_BYTES) != 0 ||
		memcmp(statement.subject, entry->id.author, KR_ID_BYTES) != 0 ||
		memcmp(statement.event, entry->id.event, KR_EVENT_ID_BYTES) != 0) {
		return KR_ERR_NOT_FOUND;
	}
	*reason = message.content.text;
	return KR_OK;
}

enum kr_err group_sealing_key(const struct kr_core *core, const struct group *group,
	const uint8_t account[KR_ID_BYTES],
	const uint8_t device_key[KR_ED25519_PUBLIC_BYTES], uint8_t out[KR_X25519_BYTES])
{
	struct feed_message message;

	for (size_t i = group->feed->num; i > 0; i--) {
		const struct feed_entry *entry = &group->feed->entries[i - 1];

		if (entry->kind == KR_CONTENT_SEALING_KEY &&
			memcmp(entry->id.author, account, KR_ID_BYTES) == 0 &&
			feed_message(core, group, entry->seq, &message) == KR_OK &&
			message.is_readable &&
			memcmp(message.kept.sender_key, device_key,
				KR_ED25519_PUBLIC_BYTES) == 0) {
			memcpy(out, message.content.hash, KR_X25519_BYTES);
			return KR_OK;
		}
	}
	return KR_ERR_NOT_FOUND;
}
