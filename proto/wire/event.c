#include <kring/event.h>

#include <string.h>

#include <kring/wire.h>

static const struct kr_event_info infos[] = {
#define KR_EVENT_INFO(symbol, number, event_name, topic_kind, does_count, head_fields)   \
	{.type = KR_EVENT_##symbol,                                                      \
		.name = event_name,                                                      \
		.kind = KR_TOPIC_##topic_kind,                                           \
		.counts = does_count,                                                    \
		.fields = head_fields},
	KR_EVENT_LIST(KR_EVENT_INFO)
#undef KR_EVENT_INFO
};

#define NUM_INFOS (sizeof(infos) / sizeof(infos[0]))

const struct kr_event_info *kr_event_info(unsigned type)
{
	for (size_t i = 0; i < NUM_INFOS; i++) {
		if ((unsigned)infos[i].type == type) {
			return &infos[i];
		}
	}
	return NULL;
}

const struct kr_event_info *kr_event_info_by_name(uint8_t kind, struct kr_view name)
{
	for (size_t i = 0; i < NUM_INFOS; i++) {
		if ((uint8_t)infos[i].kind == kind &&
			kr_view_equal(kr_view_str(infos[i].name), name)) {
			return &infos[i];
		}
	}
	return NULL;
}

/* ---- Topics ----------------------------------------------------------------------- */

static bool kind_is_known(uint8_t kind)
{
	return kind != 0 && strchr("cgaswnir", kind) != NULL;
}

struct kr_topic kr_topic(enum kr_topic_kind kind, const uint8_t id[KR_ID_BYTES])
{
	struct kr_topic topic = {.kind = (uint8_t)kind};

	memcpy(topic.id, id, sizeof(topic.id));
	return topic;
}

bool kr_topic_equal(const struct kr_topic *a, const struct kr_topic *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

void kr_topic_to_text(char out[KR_TOPIC_TEXT_BYTES], const struct kr_topic *t)
{
	out[0] = (char)t->kind;
	out[1] = '.';
	kr_base64url_encode(out + 2, kr_view(t->id, sizeof(t->id)));
	out[KR_TOPIC_TEXT_BYTES - 1] = '\0';
}

enum kr_err kr_topic_from_text(struct kr_topic *out, struct kr_view text)
{
	enum kr_err err;

	*out = (struct kr_topic){0};
	if (text.len != KR_TOPIC_TEXT_BYTES - 1 || !kind_is_known(text.data[0]) ||
		text.data[1] != '.') {
		return KR_ERR_ENCODING;
	}
	err = kr_base64url_decode(
		out->id, sizeof(out->id), kr_view(text.data + 2, text.len - 2));
	if (err == KR_OK) {
		out->kind = text.data[0];
	}
	return err;
}

/* ---- Heads ------------------------------------------------------------------------ */

/* The fields that are ids, and those that are lists, in the order of enum
 * kr_event_field: ids stand before the numbers, and again after the lists. */
#define NUM_ID_FIELDS      5
#define NUM_LIST_FIELDS    4
#define NUM_CASE_ID_FIELDS 4

static void id_fields(struct kr_view *fields[NUM_ID_FIELDS], struct kr_event_head *h)
{
	fields[0] = &h->account;
	fields[1] = &h->key;
	fields[2] = &h->community;
	fields[3] = &h->group;
	fields[4] = &h->hash;
}

static void list_fields(struct kr_view *fields[NUM_LIST_FIELDS], struct kr_event_head *h)
{
	fields[0] = &h->added;
	fields[1] = &h->removed;
	fields[2] = &h->admins_added;
	fields[3] = &h->admins_removed;
}

static void case_id_fields(
	struct kr_view *fields[NUM_CASE_ID_FIELDS], struct kr_event_head *h)
{
	fields[0] = &h->case_id;
	fields[1] = &h->by;
	fields[2] = &h->inbox;
	fields[3] = &h->fallback;
}

static bool urgency_is_known(uint8_t urgency)
{
	return urgency >= 1 && urgency <= KR_NUM_URGENCIES;
}

static enum kr_err check_ids(
	unsigned fields, unsigned first, struct kr_view *const *ids, unsigned num)
{
	for (unsigned i = 0; i < num; i++) {
		if ((fields & (first << i)) && ids[i]->len != KR_ID_BYTES) {
			return KR_ERR_ARGUMENT;
		}
	}
	return KR_OK;
}

static enum kr_err check_lists(struct kr_view *const lists[NUM_LIST_FIELDS])
{
	size_t total = 0;

	for (unsigned i = 0; i < NUM_LIST_FIELDS; i++) {
		total += lists[i]->len;
		if (lists[i]->len % KR_ID_BYTES != 0 ||
			total > (size_t)KR_EVENT_LIST_MAX * KR_ID_BYTES) {
			return KR_ERR_ARGUMENT;
		}
	}
	return KR_OK;
}

static void write_ids(struct kr_writer *w, unsigned fields, unsigned first,
	struct kr_view *const *ids, unsigned num)
{
	for (unsigned i = 0; i < num; i++) {
		if (fields & (first << i)) {
			kr_write_fixed(w, *ids[i]);
		}
	}
}

enum kr_err kr_event_head_write(
	struct kr_writer *w, unsigned type, const struct kr_event_head *head)
{
	const struct kr_event_info *info = kr_event_info(type);
	struct kr_event_head copy = *head;
	struct kr_view *ids[NUM_ID_FIELDS];
	struct kr_view *lists[NUM_LIST_FIELDS];
	struct kr_view *case_ids[NUM_CASE_ID_FIELDS];

	if (info == NULL) {
		return KR_ERR_ARGUMENT;
	}
	id_fields(ids, &copy);
	list_fields(lists, &copy);
	case_id_fields(case_ids, &copy);
	if (check_ids(info->fields, KR_F_ACCOUNT, ids, NUM_ID_FIELDS) ||
		check_ids(info->fields, KR_F_CASE, case_ids, NUM_CASE_ID_FIELDS) ||
		check_lists(lists) ||
		((info->fields & KR_F_URGENCY) && !urgency_is_known(copy.urgency))) {
		return KR_ERR_ARGUMENT;
	}
	write_ids(w, info->fields, KR_F_ACCOUNT, ids, NUM_ID_FIELDS);
	if (info->fields & KR_F_EPOCH) {
		kr_write_u64(w, copy.epoch);
	}
	if (info->fields & KR_F_UNTIL) {
		kr_write_u64(w, copy.until_ms);
	}
	if (info->fields & KR_F_COUNT) {
		kr_write_u32(w, copy.count);
	}
	if (info->fields & KR_F_FLAG) {
		kr_write_u8(w, copy.flag ? 1 : 0);
	}
	for (unsigned i = 0; i < NUM_LIST_FIELDS; i++) {
		if (info->fields & (KR_F_ADDED << i)) {
			kr_write_vec(w, *lists[i]);
		}
	}
	write_ids(w, info->fields, KR_F_CASE, case_ids, NUM_CASE_ID_FIELDS);
	if (info->fields & KR_F_URGENCY) {
		kr_write_u8(w, copy.urgency);
	}
	return w->err;
}

static enum kr_err read_ids(struct kr_reader *r, unsigned fields, unsigned first,
	struct kr_view *const *ids, unsigned num)
{
	enum kr_err err = KR_OK;

	for (unsigned i = 0; err == KR_OK && i < num; i++) {
		if (fields & (first << i)) {
			err = kr_read_fixed(r, KR_ID_BYTES, ids[i]);
		}
	}
	return err;
}

static enum kr_err read_numbers(
	struct kr_event_head *head, unsigned fields, struct kr_reader *r)
{
	enum kr_err err = KR_OK;

	if (fields & KR_F_EPOCH) {
		err = kr_read_u64(r, &head->epoch);
	}
	if (err == KR_OK && (fields & KR_F_UNTIL)) {
		err = kr_read_u64(r, &head->until_ms);
	}
	if (err == KR_OK && (fields & KR_F_COUNT)) {
		err = kr_read_u32(r, &head->count);
	}
	if (err == KR_OK && (fields & KR_F_FLAG)) {
		err = kr_read_optional(r, &head->flag);
	}
	return err;
}

static enum kr_err read_lists(
	struct kr_event_head *head, unsigned fields, struct kr_reader *r)
{
	struct kr_view *lists[NUM_LIST_FIELDS];
	size_t total = 0;
	enum kr_err err;

	list_fields(lists, head);
	for (unsigned i = 0; i < NUM_LIST_FIELDS; i++) {
		if (!(fields & (KR_F_ADDED << i))) {
			continue;
		}
		if ((err = kr_read_vec(r, lists[i]))) {
			return err;
		}
		if (lists[i]->len % KR_ID_BYTES != 0) {
			return KR_ERR_ENCODING;
		}
		total += lists[i]->len / KR_ID_BYTES;
		if (total > KR_EVENT_LIST_MAX) {
			return KR_ERR_TOO_LARGE;
		}
	}
	return KR_OK;
}

static enum kr_err read_urgency(
	struct kr_event_head *head, unsigned fields, struct kr_reader *r)
{
	enum kr_err err;

	if (!(fields & KR_F_URGENCY)) {
		return KR_OK;
	}
	if ((err = kr_read_u8(r, &head->urgency))) {
		return err;
	}
	return urgency_is_known(head->urgency) ? KR_OK : KR_ERR_ENCODING;
}

enum kr_err kr_event_head_read(
	struct kr_event_head *head, unsigned type, struct kr_view bytes)
{
	const struct kr_event_info *info = kr_event_info(type);
	struct kr_reader r = kr_reader(bytes);
	struct kr_view *ids[NUM_ID_FIELDS];
	struct kr_view *case_ids[NUM_CASE_ID_FIELDS];
	enum kr_err err;

	*head = (struct kr_event_head){0};
	if (info == NULL) {
		return KR_ERR_ENCODING;
	}
	id_fields(ids, head);
	case_id_fields(case_ids, head);
	if ((err = read_ids(&r, info->fields, KR_F_ACCOUNT, ids, NUM_ID_FIELDS)) ||
		(err = read_numbers(head, info->fields, &r)) ||
		(err = read_lists(head, info->fields, &r)) ||
		(err = read_ids(
			 &r, info->fields, KR_F_CASE, case_ids, NUM_CASE_ID_FIELDS)) ||
		(err = read_urgency(head, info->fields, &r)) || (err = kr_read_end(&r))) {
		*head = (struct kr_event_head){0};
	}
	return err;
}

/* ---- The running hash ------------------------------------------------------------- */

/* Everything but the head, which is hashed from where it lies: label, previous hash,
 * topic, numbers, id, author, the head's length. */
#define HASH_PREFIX_MAX (16 + 32 + 33 + 8 + 8 + 2 + 16 + 33 + 8 + 4)

void kr_event_hash(uint8_t out[KR_SHA256_BYTES], const uint8_t previous[KR_SHA256_BYTES],
	const struct kr_event *e)
{
	uint8_t prefix[HASH_PREFIX_MAX];
	uint8_t body_hash[KR_SHA256_BYTES];
	struct kr_writer w;
	struct kr_sha256 h;

	kr_writer_init_fixed(&w, prefix, sizeof(prefix));
	kr_write_vec(&w, kr_view_str("kring topic v1"));
	kr_write_fixed(&w, kr_view(previous, KR_SHA256_BYTES));
	kr_write_fixed(&w, kr_view_topic(&e->topic));
	kr_write_u64(&w, e->seq);
	kr_write_u64(&w, e->rev);
	kr_write_u16(&w, e->type);
	kr_write_fixed(&w, kr_view(e->id, sizeof(e->id)));
	kr_write_vec(&w, e->author);
	kr_write_u64(&w, e->time_ms);
	kr_write_varint(&w, e->head.len);
	kr_sha256(body_hash, e->body);
	kr_sha256_init(&h);
	kr_sha256_update(&h, kr_writer_view(&w));
	kr_sha256_update(&h, e->head);
	kr_sha256_update(&h, kr_view(body_hash, sizeof(body_hash)));
	kr_sha256_final(&h, out);
}
