#include "clients/core/topics.h"

#include <stdlib.h>
#include <string.h>

#include "clients/core/state.h"

/* ---- The list ------------------------------------------------------------------- */

const struct topic *topic_look(const struct kr_core *core, const struct kr_topic *name)
{
	const struct topic *t = core->topics;

	while (t != NULL && !kr_topic_equal(&t->name, name)) {
		t = t->next;
	}
	return t;
}

struct topic *topic_find(struct kr_core *core, const struct kr_topic *name)
{
	return (struct topic *)(uintptr_t)topic_look(core, name);
}

/* Read when there is something, not subscribed to. */
static bool is_read(const struct topic *topic)
{
	return topic->name.kind == KR_TOPIC_CASE || topic->name.kind == KR_TOPIC_NOTES;
}

bool topic_is_caught_up(const struct topic *topic)
{
	return (topic->is_subscribed || is_read(topic)) && !topic->is_false &&
		topic->seq >= topic->head_seq;
}

bool topics_are_caught_up(const struct kr_core *core)
{
	for (const struct topic *t = core->topics; t != NULL; t = t->next) {
		if (!topic_is_caught_up(t) && !t->is_closed && !t->is_false) {
			return false;
		}
	}
	return true;
}

/* A cursor as it is stored:
 *	struct { uint8 version = 1; uint64 seq; uint64 rev; opaque hash[32];
 *	         opaque incarnation[16]; uint8 takes_rev; uint8 takes_hash; } */
static enum kr_err topic_put(struct kr_core *core, const struct topic *t)
{
	struct record_key key = record_key_topic(&t->name);
	struct kr_writer w;

	kr_writer_init(&w);
	kr_write_u8(&w, 1);
	kr_write_u64(&w, t->seq);
	kr_write_u64(&w, t->rev);
	kr_write_fixed(&w, kr_view(t->hash, sizeof(t->hash)));
	kr_write_fixed(&w, kr_view(t->incarnation, sizeof(t->incarnation)));
	kr_write_u8(&w, t->takes_rev);
	kr_write_u8(&w, t->takes_hash);
	return records_put_writer(&core->records, &key, &w);
}

static enum kr_err topic_read(struct topic *t, const struct record *record)
{
	struct kr_reader key =
		kr_reader(kr_view(record->key.data + 1, record->key.len - 1));
	struct kr_reader r = kr_reader(kr_view_bytes(&record->value));
	uint8_t version;
	uint8_t takes_rev;
	uint8_t takes_hash;
	enum kr_err err;

	if ((err = kr_read_copy(&key, (uint8_t *)&t->name, KR_TOPIC_BYTES)) ||
		(err = kr_read_end(&key)) || (err = kr_read_u8(&r, &version)) ||
		(err = kr_read_u64(&r, &t->seq)) || (err = kr_read_u64(&r, &t->rev)) ||
		(err = kr_read_copy(&r, t->hash, sizeof(t->hash))) ||
		(err = kr_read_copy(&r, t->incarnation, sizeof(t->incarnation))) ||
		(err = kr_read_u8(&r, &takes_rev)) ||
		(err = kr_read_u8(&r, &takes_hash)) || (err = kr_read_end(&r))) {
		return KR_ERR_BAD_STATE_RECORD;
	}
	t->takes_rev = takes_rev != 0;
	t->takes_hash = takes_hash != 0;
	return version == 1 ? KR_OK : KR_ERR_STORE_VERSION;
}

enum kr_err topics_load(struct kr_core *core)
{
	struct record_key prefix = record_key(RECORD_TOPIC);
	const struct record *record;
	size_t at = 0;

	while ((record = records_next(&core->records, record_key_view(&prefix), &at)) !=
		NULL) {
		struct topic *t = calloc(1, sizeof(*t));
		enum kr_err err = t == NULL ? KR_ERR_MEMORY : topic_read(t, record);

		if (err != KR_OK) {
			free(t);
			return err;
		}
		t->next = core->topics;
		core->topics = t;
	}
	return KR_OK;
}

void topics_free(struct kr_core *core)
{
	while (core->topics != NULL) {
		struct topic *next = core->topics->next;

		free(core->topics);
		core->topics = next;
	}
}

enum kr_err topic_follow(struct kr_core *core, const struct kr_topic *name)
{
	struct topic *t = topic_find(core, name);

	if (t != NULL) {
		t->is_asked = t->is_asked && !t->is_closed;
		t->is_closed = false;
		return KR_OK;
	}
	t = calloc(1, sizeof(*t));
	if (t == NULL) {
		return KR_ERR_MEMORY;
	}
	t->name = *name;
	t->next = core->topics;
	core->topics = t;
	return topic_put(core, t);
}

enum kr_err topic_hint(struct kr_core *core, const struct kr_topic *name, uint64_t seq)
{
	enum kr_err err = topic_follow(core, name);
	struct topic *t;

	if (err != KR_OK) {
		return err;
	}
	t = topic_find(core, name);
	if (seq > t->head_seq) {
		t->head_seq = seq;
	}
	return KR_OK;
}

enum kr_err topic_drop_events(struct kr_core *core, const struct kr_topic *name)
{
	struct record_key events = record_key(RECORD_EVENT);

	memcpy(events.bytes + 1, name, sizeof(*name));
	events.len += sizeof(*name);
	return records_delete_prefix(&core->records, record_key_view(&events));
}

enum kr_err topic_forget(struct kr_core *core, const struct kr_topic *name)
{
	struct record_key cursor = record_key_topic(name);

	for (struct topic **at = &core->topics; *at != NULL; at = &(*at)->next) {
		struct topic *t = *at;

		if (kr_topic_equal(&t->name, name)) {
			*at = t->next;
			free(t);
			break;
		}
	}
	(void)records_delete(&core->records, &cursor);
	return topic_drop_events(core, name);
}

/* ---- Kept events ---------------------------------------------------------------- */

enum kr_err event_keep(struct kr_core *core, const struct kr_event *event,
	const uint8_t hash[KR_SHA256_BYTES], struct kr_view content)
{
	struct record_key key = record_key_event(&event->topic, event->seq);
	struct kr_writer w;

	kr_writer_init(&w);
	kr_write_u8(&w, 1);
	kr_write_u64(&w, event->rev);
	kr_write_u16(&w, event->type);
	kr_write_fixed(&w, kr_view(event->id, sizeof(event->id)));
	kr_write_vec(&w, event->author);
	kr_write_u64(&w, event->time_ms);
	kr_write_fixed(&w, kr_view(hash, KR_SHA256_BYTES));
	kr_write_vec(&w, event->head);
	kr_write_vec(&w, content);
	return records_put_writer(&core->records, &key, &w);
}

static enum kr_err kept_read(struct kept_event *out, const struct record *record)
{
	struct kr_reader key =
		kr_reader(kr_view(record->key.data + 1, record->key.len - 1));
	struct kr_reader r = kr_reader(kr_view_bytes(&record->value));
	uint8_t version;
	enum kr_err err;

	if ((err = kr_read_copy(&key, (uint8_t *)&out->topic, KR_TOPIC_BYTES)) ||
		(err = kr_read_u64(&key, &out->seq)) || (err = kr_read_end(&key)) ||
		(err = kr_read_u8(&r, &version)) || (err = kr_read_u64(&r, &out->rev)) ||
		(err = kr_read_u16(&r, &out->type)) ||
		(err = kr_read_copy(&r, out->id, sizeof(out->id))) ||
		(err = kr_read_vec(&r, &out->author)) ||
		(err = kr_read_u64(&r, &out->time_ms)) ||
		(err = kr_read_copy(&r, out->hash, sizeof(out->hash))) ||
		(err = kr_read_vec(&r, &out->head)) ||
		(err = kr_read_vec(&r, &out->content)) || (err = kr_read_end(&r))) {
		return KR_ERR_BAD_STATE_RECORD;
	}
	return version == 1 ? KR_OK : KR_ERR_STORE_VERSION;
}

struct kr_event event_of_kept(const struct kept_event *kept)
{
	struct kr_event event = {
		.topic = kept->topic,
		.seq = kept->seq,
		.rev = kept->rev,
		.type = kept->type,
		.author = kept->author,
		.time_ms = kept->time_ms,
		.head = kept->head,
		.body = kept->content,
	};

	memcpy(event.id, kept->id, sizeof(event.id));
	return event;
}

enum kr_err event_kept(const struct kr_core *core, const struct kr_topic *topic,
	uint64_t seq, struct kept_event *out)
{
	struct record_key key = record_key_event(topic, seq);
	const struct record *record = records_get(&core->records, record_key_view(&key));

	return record == NULL ? KR_ERR_NOT_FOUND : kept_read(out, record);
}

enum kr_err event_next(const struct kr_core *core, const struct kr_topic *topic,
	size_t *at, struct kept_event *out)
{
	struct record_key prefix = record_key(RECORD_EVENT);
	const struct record *record;

	memcpy(prefix.bytes + 1, topic, sizeof(*topic));
	prefix.len += sizeof(*topic);
	record = records_next(&core->records, record_key_view(&prefix), at);
	return record == NULL ? KR_ERR_NOT_FOUND : kept_read(out, record);
}

enum kr_err topic_compare_seen(struct kr_core *core, const struct kr_topic *topic,
	uint64_t seen_seq, const uint8_t seen_hash[KR_SHA256_BYTES], uint64_t at_seq,
	const uint8_t *account)
{
	const struct topic *t = topic_look(core, topic);
	struct kept_event kept;
	const uint8_t *own = NULL;

	if (t != NULL && seen_seq == t->seq && !t->takes_hash) {
		own = t->hash;
	} else if (event_kept(core, topic, seen_seq, &kept) == KR_OK) {
		own = kept.hash;
	}
	/* Nobody can have seen what comes after the own event. What was here before this
	 * device was, or was trimmed, cannot be compared. */
	if (seen_seq < at_seq &&
		(own == NULL || memcmp(own, seen_hash, KR_SHA256_BYTES) == 0)) {
		return KR_OK;
	}
	return alarm_raise(core, ALARM_FORK,
		&(struct alarm_about){
			.topic = topic,
			.seq = at_seq,
			.account = account,
		});
}

/* ---- Events --------------------------------------------------------------------- */

static enum kr_err distrust(
	struct kr_core *core, struct topic *t, enum alarm alarm, uint64_t seq)
{
	t->is_false = true;
	return alarm_raise(
		core, alarm, &(struct alarm_about){.topic = &t->name, .seq = seq});
}

/* What comes again must be what came before. */
static enum kr_err seen_again(
	struct kr_core *core, struct topic *t, const struct kr_event_delivery *delivery)
{
	struct kept_event kept;

	if (event_kept(core, &t->name, delivery->event.seq, &kept) == KR_OK &&
		memcmp(kept.hash, delivery->hash, sizeof(kept.hash)) != 0) {
		return distrust(core, t, ALARM_HISTORY_REWRITTEN, delivery->event.seq);
	}
	return KR_OK;
}

/* The first event of a group that an account may see is the one that routes it in. So a
 * relay cannot leave out what it likes by saying that it was closed. */
static bool opens(const struct kr_core *core, const struct kr_event *event)
{
	struct kr_event_head head;

	if (event->type == KR_EVENT_GROUP_CREATED) {
		return true;
	}
	if (event->type != KR_EVENT_COMMIT ||
		kr_event_head_read(&head, event->type, event->head) != KR_OK) {
		return false;
	}
	for (size_t at = 0; at < head.added.len; at += KR_ID_BYTES) {
		if (is_own_account(core, kr_view(head.added.data + at, KR_ID_BYTES))) {
			return true;
		}
	}
	return false;
}

/* Does it follow from what was before? */
static bool follows(const struct kr_core *core, const struct topic *t,
	const struct kr_event_delivery *delivery)
{
	const struct kr_event *event = &delivery->event;
	const struct kr_event_info *info = kr_event_info(event->type);
	uint8_t hash[KR_SHA256_BYTES];

	if (event->seq != t->seq + 1 || info == NULL ||
		(t->takes_hash && !opens(core, event))) {
		return false;
	}
	kr_event_hash(hash, t->hash, event);
	return (t->takes_rev || event->rev == t->rev + info->counts) &&
		(t->takes_hash || memcmp(hash, delivery->hash, sizeof(hash)) == 0);
}

static enum kr_err apply(struct kr_core *core, const struct kr_event_delivery *delivery)
{
	switch (delivery->event.topic.kind) {
	case KR_TOPIC_ACCOUNT:
		return account_apply(core, &delivery->event, delivery->hash);
	case KR_TOPIC_COMMUNITY:
		return community_apply(core, &delivery->event, delivery->hash);
	case KR_TOPIC_GROUP:
		return group_apply(core, &delivery->event, delivery->hash);
	case KR_TOPIC_INBOX:
		return inbox_apply(core, &delivery->event, delivery->hash);
	case KR_TOPIC_CASE:
	case KR_TOPIC_NOTES:
		return case_apply(core, &delivery->event, delivery->hash);
	default:
		return KR_OK;
	}
}

static enum kr_err tell_progress(struct kr_core *core)
{
	uint64_t done = 0;
	uint64_t total = 0;
	cJSON *tell;

	for (const struct topic *t = core->topics; t != NULL; t = t->next) {
		done += t->seq;
		total += t->head_seq > t->seq ? t->head_seq : t->seq;
	}
	tell = cJSON_CreateObject();
	if (!json_add_str(tell, "tell", "progress") ||
		!json_add_str(tell, "what", "catching_up") ||
		!json_add_number(tell, "done", done) ||
		!json_add_number(tell, "total", total)) {
		cJSON_Delete(tell);
		return KR_ERR_MEMORY;
	}
	return output_tell(&core->outputs, tell);
}

/* Often enough for a bar that moves. */
#define EVENTS_A_PROGRESS 64

enum kr_err topics_event(struct kr_core *core, const struct kr_event_delivery *delivery)
{
	const struct kr_event *event = &delivery->event;
	struct topic *t = topic_find(core, &event->topic);
	enum kr_err err;

	if (t == NULL) {
		return event->topic.kind == KR_TOPIC_INBOX
			? inbox_read_event(core, delivery)
			: community_chain_event(core, delivery);
	}
	if (t->is_false || t->is_closed) {
		return KR_OK;
	}
	if (event->seq <= t->seq) {
		return seen_again(core, t, delivery);
	}
	if (!follows(core, t, delivery)) {
		return distrust(core, t, ALARM_HASH_MISMATCH, event->seq);
	}
	err = apply(core, delivery);
	if (is_fatal(err)) {
		return err;
	}
	t = topic_find(core, &event->topic); /* unless applying has ended it */
	if (t == NULL) {
		return outbox_seen(core, event);
	}
	/* What a module did not expect must not stop the machine at every start anew. */
	if (err != KR_OK) {
		return distrust(core, t, ALARM_UNSIGNED, event->seq);
	}
	t->seq = event->seq;
	t->num_skips = 0;
	t->rev = event->rev;
	t->takes_rev = false;
	t->takes_hash = false;
	memcpy(t->hash, delivery->hash, sizeof(t->hash));
	core->sync_events++;
	if (t->seq < t->head_seq && t->seq % EVENTS_A_PROGRESS == 0 &&
		(err = tell_progress(core))) {
		return err;
	}
	err = topic_put(core, t);
	return err != KR_OK ? err : outbox_seen(core, event);
}

/* ---- Subscribing ---------------------------------------------------------------- */

static enum kr_err close_topic(struct kr_core *core, struct topic *t)
{
	struct kr_topic name = t->name;

	t->is_closed = true;
	t->is_subscribed = false;
	switch (name.kind) {
	case KR_TOPIC_COMMUNITY:
		return community_closed(core, name.id);
	case KR_TOPIC_GROUP:
		return group_closed(core, name.id);
	case KR_TOPIC_INBOX:
		return inbox_closed(core, name.id);
	default:
		return KR_OK;
	}
}

enum kr_err topics_ended(struct kr_core *core, const struct kr_topic *name)
{
	struct topic *t = topic_find(core, name);

	return t == NULL ? KR_OK : close_topic(core, t);
}

void topics_disconnected(struct kr_core *core)
{
	for (struct topic *t = core->topics; t != NULL; t = t->next) {
		t->is_asked = false;
		t->is_subscribed = false;
		t->is_closed = false;
		t->is_false = false;
		t->head_seq = 0;
		t->num_skips = 0;
		t->retry_ms = 0;
	}
}

static enum kr_err ask_later(
	struct kr_core *core, struct topic *t, const struct answer *answer)
{
	t->is_asked = false;
	t->retry_ms = answer_retry_time(answer, core->now_ms);
	return KR_OK;
}

/* After a restore: is what we saw last still there? */
static enum kr_err head_answered(
	struct kr_core *core, const struct answer *answer, struct kr_view context)
{
	const struct kr_topic *name = (const struct kr_topic *)context.data;
	struct topic *t = topic_find(core, name);
	uint8_t hash[KR_SHA256_BYTES];

	if (t == NULL) {
		return KR_OK;
	}
	if (answer->ok &&
		kr_json_get_bytes(answer->doc, "at_hash", hash, sizeof(hash)) == KR_OK &&
		memcmp(hash, t->hash, sizeof(hash)) == 0) {
		memcpy(t->incarnation, core->link.incarnation, sizeof(t->incarnation));
		t->is_asked = false;
		return topic_put(core, t);
	}
	if (answer->ok || answer_is(answer, "forbidden")) {
		return distrust(core, t, ALARM_INCARNATION_LOST, t->seq);
	}
	return ask_later(core, t, answer);
}

static enum kr_err ask_head(struct kr_core *core, struct topic *t)
{
	struct kr_request request = {
		.verb = KR_VERB_TOPIC_HEAD,
		.fields = KR_R(TOPIC) | KR_R(AT),
		.topic = t->name,
		.at = t->seq,
	};

	return link_request(core, &request, head_answered, kr_view_topic(&t->name));
}

#define SKIP_MS  UINT64_C(500)
#define SKIP_MAX 7U /* doublings: a minute */

/* Go on behind what the relay has deleted, or what is closed to this account. That leads
 * on, else it is a lie; and since it may go on for ever, each time waits longer. */
static enum kr_err skip_to(
	struct kr_core *core, struct topic *t, const struct answer *answer, bool has_hash)
{
	uint64_t seq;

	if (kr_json_get_u64(answer->doc, "seq", &seq) != KR_OK || seq <= t->seq ||
		(has_hash &&
			kr_json_get_bytes(answer->doc, "hash", t->hash,
				sizeof(t->hash)) != KR_OK)) {
		return distrust(core, t, ALARM_HISTORY_REWRITTEN, t->seq);
	}
	t->seq = seq;
	t->takes_rev = true;
	t->takes_hash = !has_hash;
	t->is_asked = false;
	if (t->num_skips++ > 0) {
		t->retry_ms = core->now_ms +
			(SKIP_MS << (t->num_skips < SKIP_MAX ? t->num_skips : SKIP_MAX));
	}
	return topic_put(core, t);
}

static enum kr_err subscription_refused(
	struct kr_core *core, struct topic *t, const struct answer *answer)
{
	if (answer_is(answer, "incarnation")) {
		/* That is what the cursor had. */
		if (memcmp(t->incarnation, core->link.incarnation,
			    sizeof(t->incarnation)) == 0) {
			return distrust(core, t, ALARM_INCARNATION_LOST, t->seq);
		}
		if (t->seq > 0) {
			return ask_head(core, t);
		}
		memcpy(t->incarnation, core->link.incarnation, sizeof(t->incarnation));
		t->is_asked = false;
		return KR_OK;
	}
	if (answer_is(answer, "trimmed")) {
		return skip_to(core, t, answer, true);
	}
	if (answer_is(answer, "cursor_early") && t->name.kind == KR_TOPIC_GROUP) {
		return skip_to(core, t, answer, false);
	}
	if (answer_is(answer, "cursor_ahead") || answer_is(answer, "cursor_early")) {
		return distrust(core, t, ALARM_HISTORY_REWRITTEN, t->seq);
	}
	if (answer->retry == KR_RETRY_NEVER) {
		return close_topic(core, t);
	}
	return ask_later(core, t, answer);
}

static enum kr_err subscribed(
	struct kr_core *core, const struct answer *answer, struct kr_view context)
{
	const struct kr_topic *name = (const struct kr_topic *)context.data;
	struct topic *t = topic_find(core, name);

	if (t == NULL) {
		return KR_OK;
	}
	if (!answer->ok) {
		return subscription_refused(core, t, answer);
	}
	if (kr_json_get_u64(answer->doc, "seq", &t->head_seq) != KR_OK ||
		t->head_seq < t->seq) {
		return distrust(core, t, ALARM_HISTORY_REWRITTEN, t->seq);
	}
	t->is_subscribed = true;
	t->num_skips = 0;
	return KR_OK;
}

static enum kr_err ask(struct kr_core *core, struct topic *t, enum kr_verb verb,
	enum kr_err (*answered)(struct kr_core *core, const struct answer *answer,
		struct kr_view context))
{
	struct kr_request request = {
		.verb = verb,
		.fields = KR_R(TOPIC) | KR_R(INCARNATION) | KR_R(AFTER),
		.topic = t->name,
		.after = t->seq,
	};

	if (kr_is_zero(t->incarnation, sizeof(t->incarnation))) {
		memcpy(t->incarnation, core->link.incarnation, sizeof(t->incarnation));
	}
	memcpy(request.incarnation, t->incarnation, sizeof(request.incarnation));
	t->is_asked = true;
	t->asked_seq = t->seq;
	t->asked_head_seq = t->head_seq;
	return link_request(core, &request, answered, kr_view_topic(&t->name));
}

/* ---- Reading -------------------------------------------------------------------- */

static enum kr_err page_answered(
	struct kr_core *core, const struct answer *answer, struct kr_view context)
{
	const struct kr_topic *name = (const struct kr_topic *)context.data;
	struct topic *t = topic_find(core, name);
	bool more = false;

	if (t == NULL) {
		return KR_OK;
	}
	if (!answer->ok) {
		return subscription_refused(core, t, answer);
	}
	t->is_asked = false;
	(void)kr_json_get_bool(answer->doc, "more", &more);
	/* It leaves out what it says is there. */
	if (more && t->seq == t->asked_seq && !t->is_false) {
		return distrust(core, t, ALARM_HASH_MISMATCH, t->seq + 1);
	}
	/* Unless there was another hint meanwhile: this page was read before it. */
	if (!more && t->head_seq == t->asked_head_seq) {
		t->head_seq = t->seq;
	}
	return KR_OK;
}

enum kr_err topics_reconcile(struct kr_core *core)
{
	enum kr_err err = KR_OK;

	if (core->link.state != LINK_ONLINE) {
		return KR_OK;
	}
	for (struct topic *t = core->topics; t != NULL && err == KR_OK; t = t->next) {
		if (t->is_asked || t->is_closed || t->is_false || !link_has_room(core)) {
			continue;
		}
		if (t->retry_ms > core->now_ms) {
			core_wake(core, t->retry_ms);
			continue;
		}
		if (!is_read(t)) {
			err = ask(core, t, KR_VERB_TOPIC_SUBSCRIBE, subscribed);
		} else if (t->head_seq > t->seq) {
			err = ask(core, t, KR_VERB_TOPIC_READ, page_answered);
		}
	}
	return err;
}
