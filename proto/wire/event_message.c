/* Events as messages: PROTOCOL.md §3, one member of the object for each field of the
 * head. */
#include <kring/wire.h>

#include <string.h>

static void put_id(struct kr_json *j, const char *name, struct kr_view id)
{
	if (id.len > 0) {
		kr_json_bytes(j, name, id);
	}
}

static void put_list(struct kr_json *j, const char *name, struct kr_view list)
{
	if (list.len > 0) {
		kr_json_ids(j, name, list);
	}
}

static void put_head(struct kr_json *j, unsigned fields, const struct kr_event_head *head)
{
	put_id(j, "account", head->account);
	put_id(j, "key", head->key);
	put_id(j, "community", head->community);
	put_id(j, "group", head->group);
	put_id(j, "of", head->hash);
	if (fields & KR_F_EPOCH) {
		kr_json_u64(j, "epoch", head->epoch);
	}
	if (fields & KR_F_UNTIL) {
		kr_json_u64(j, "until", head->until_ms);
	}
	if (fields & KR_F_COUNT) {
		kr_json_u64(j, "count", head->count);
	}
	if (fields & KR_F_FLAG) {
		kr_json_bool(j, "flag", head->flag);
	}
	put_list(j, "added", head->added);
	put_list(j, "removed", head->removed);
	put_list(j, "admins_added", head->admins_added);
	put_list(j, "admins_removed", head->admins_removed);
	put_id(j, "case", head->case_id);
	put_id(j, "by", head->by);
	put_id(j, "inbox", head->inbox);
	put_id(j, "fallback", head->fallback);
	if (fields & KR_F_URGENCY) {
		kr_json_u64(j, "urgency", head->urgency);
	}
}

void kr_event_message(struct kr_writer *w, const struct kr_event *e,
	const uint8_t hash[KR_SHA256_BYTES])
{
	const struct kr_event_info *info = kr_event_info(e->type);
	struct kr_event_head head;
	struct kr_json j;
	size_t begin;

	if (info == NULL || kr_event_head_read(&head, e->type, e->head) != KR_OK) {
		kr_writer_fail(w, KR_ERR_ARGUMENT);
		return;
	}
	begin = kr_message_begin(w);
	kr_json_begin(&j, w);
	kr_json_str(&j, "verb", "event");
	kr_json_topic(&j, "topic", &e->topic);
	kr_json_u64(&j, "seq", e->seq);
	kr_json_u64(&j, "rev", e->rev);
	kr_json_str(&j, "type", info->name);
	kr_json_bytes(&j, "id", kr_view(e->id, sizeof(e->id)));
	put_id(&j, "author", e->author);
	kr_json_u64(&j, "time", e->time_ms);
	kr_json_bytes(&j, "hash", kr_view(hash, KR_SHA256_BYTES));
	put_head(&j, info->fields, &head);
	kr_json_end(&j);
	kr_message_end(w, begin, e->body);
}

/* ---- Reading ---------------------------------------------------------------------- */

#define NUM_IDS 9

/* Bytes for the fields of a head that is being read, and how many of its lists' ids
 * are. */
struct head_space {
	uint8_t ids[NUM_IDS][KR_ID_BYTES];
	uint8_t lists[KR_EVENT_LIST_MAX * KR_ID_BYTES];
	size_t num_listed;
};

static enum kr_err get_id(struct kr_view *out, uint8_t space[KR_ID_BYTES],
	const struct kr_json_doc *object, const char *name)
{
	*out = kr_view(space, KR_ID_BYTES);
	return kr_json_get_bytes(object, name, space, KR_ID_BYTES);
}

/* A list that is left out is empty. */
static enum kr_err get_list(struct kr_view *out, struct head_space *space,
	const struct kr_json_doc *object, const char *name)
{
	uint8_t *at = space->lists + space->num_listed * KR_ID_BYTES;
	size_t num;
	enum kr_err err;

	err = kr_json_get_ids(
		object, name, at, KR_EVENT_LIST_MAX - space->num_listed, &num);
	*out = kr_view(at, num * KR_ID_BYTES);
	space->num_listed += num;
	return err == KR_ERR_NOT_FOUND ? KR_OK : err;
}

static enum kr_err get_numbers(
	struct kr_event_head *head, unsigned fields, const struct kr_json_doc *object)
{
	uint64_t count = 0;
	uint64_t urgency = 0;
	enum kr_err err = KR_OK;

	if (fields & KR_F_EPOCH) {
		err = kr_json_get_u64(object, "epoch", &head->epoch);
	}
	if (err == KR_OK && (fields & KR_F_UNTIL)) {
		err = kr_json_get_u64(object, "until", &head->until_ms);
	}
	if (err == KR_OK && (fields & KR_F_COUNT)) {
		err = kr_json_get_u64(object, "count", &count);
		if (count > UINT32_MAX) {
			err = KR_ERR_ENCODING;
		}
		head->count = (uint32_t)count;
	}
	if (err == KR_OK && (fields & KR_F_FLAG)) {
		err = kr_json_get_bool(object, "flag", &head->flag);
	}
	if (err == KR_OK && (fields & KR_F_URGENCY)) {
		err = kr_json_get_u64(object, "urgency", &urgency);
		if (urgency > KR_NUM_URGENCIES) {
			err = KR_ERR_ENCODING;
		}
		head->urgency = (uint8_t)urgency;
	}
	return err;
}

static enum kr_err get_head(struct kr_event_head *head, struct head_space *space,
	unsigned fields, const struct kr_json_doc *object)
{
	const struct {
		unsigned field;
		const char *name;
		struct kr_view *out;
	} ids[] =
		{
			{KR_F_ACCOUNT, "account", &head->account},
			{KR_F_KEY, "key", &head->key},
			{KR_F_COMMUNITY, "community", &head->community},
			{KR_F_GROUP, "group", &head->group},
			{KR_F_HASH, "of", &head->hash},
			{KR_F_CASE, "case", &head->case_id},
			{KR_F_BY, "by", &head->by},
			{KR_F_INBOX, "inbox", &head->inbox},
			{KR_F_FALLBACK, "fallback", &head->fallback},
		},
	  lists[] = {
		  {KR_F_ADDED, "added", &head->added},
		  {KR_F_REMOVED, "removed", &head->removed},
		  {KR_F_ADMINS_ADDED, "admins_added", &head->admins_added},
		  {KR_F_ADMINS_REMOVED, "admins_removed", &head->admins_removed},
	  };
	enum kr_err err = KR_OK;

	*head = (struct kr_event_head){0};
	for (size_t i = 0; err == KR_OK && i < sizeof(ids) / sizeof(ids[0]); i++) {
		if (fields & ids[i].field) {
			err = get_id(ids[i].out, space->ids[i], object, ids[i].name);
		}
	}
	if (err == KR_OK) {
		err = get_numbers(head, fields, object);
	}
	for (size_t i = 0; err == KR_OK && i < sizeof(lists) / sizeof(lists[0]); i++) {
		if (fields & lists[i].field) {
			err = get_list(lists[i].out, space, object, lists[i].name);
		}
	}
	return err;
}

/* The head's bytes again, as the running hash covers them. */
static enum kr_err rebuild_head(struct kr_event_delivery *out,
	const struct kr_event_info *info, const struct kr_json_doc *object)
{
	struct head_space space = {0};
	struct kr_event_head head;
	struct kr_writer w;
	enum kr_err err;

	if ((err = get_head(&head, &space, info->fields, object))) {
		return err;
	}
	kr_writer_init_fixed(&w, out->head, sizeof(out->head));
	err = kr_event_head_write(&w, (unsigned)info->type, &head);
	out->event.head = kr_writer_view(&w);
	return err;
}

static enum kr_err get_author(
	struct kr_event_delivery *out, const struct kr_json_doc *object)
{
	enum kr_err err =
		kr_json_get_bytes(object, "author", out->author, sizeof(out->author));

	if (err == KR_ERR_NOT_FOUND) {
		return KR_OK;
	}
	out->event.author = kr_view(out->author, sizeof(out->author));
	return err;
}

enum kr_err kr_event_delivery_read(struct kr_event_delivery *out,
	const struct kr_json_doc *object, struct kr_view body)
{
	struct kr_event *e = &out->event;
	const struct kr_event_info *info;
	struct kr_view type;

	memset(out, 0, sizeof(*out));
	e->body = body;
	if (kr_json_get_topic(object, "topic", &e->topic) ||
		kr_json_get_u64(object, "seq", &e->seq) ||
		kr_json_get_u64(object, "rev", &e->rev) ||
		kr_json_get_str(object, "type", &type) ||
		kr_json_get_bytes(object, "id", e->id, sizeof(e->id)) ||
		get_author(out, object) || kr_json_get_u64(object, "time", &e->time_ms) ||
		kr_json_get_bytes(object, "hash", out->hash, sizeof(out->hash))) {
		return KR_ERR_FIELD;
	}
	info = kr_event_info_by_name(e->topic.kind, type);
	if (info == NULL) {
		return KR_ERR_ENCODING;
	}
	e->type = (uint16_t)info->type;
	return rebuild_head(out, info, object) == KR_OK ? KR_OK : KR_ERR_FIELD;
}
