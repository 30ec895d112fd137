#include "clients/core/cases/cases.h"

#include <stdlib.h>
#include <string.h>

#include "clients/core/state.h"

/* ---- The list ------------------------------------------------------------------- */

const struct followed_case *case_look(
	const struct kr_core *core, const uint8_t id[KR_ID_BYTES])
{
	const struct followed_case *c = core->cases;

	while (c != NULL && memcmp(c->id, id, KR_ID_BYTES) != 0) {
		c = c->next;
	}
	return c;
}

struct followed_case *case_find(struct kr_core *core, const uint8_t id[KR_ID_BYTES])
{
	return (struct followed_case *)(uintptr_t)case_look(core, id);
}

enum kr_err case_of(
	struct kr_core *core, struct command *command, struct followed_case **out)
{
	uint8_t id[KR_ID_BYTES];
	enum kr_err err = json_bytes(command->args, "case", id, sizeof(id));

	*out = err == KR_OK ? case_find(core, id) : NULL;
	if (err != KR_OK || (*out != NULL && (*out)->chain.seq > 0)) {
		return err;
	}
	command->waits = command->may_wait &&
		(core->link.state != LINK_ONLINE || !core->account.has_asked_topics ||
			!topics_are_caught_up(core) || cases_are_busy(core));
	return command->waits ? KR_OK : KR_ERR_NOT_FOUND;
}

struct kr_topic case_topic(const struct followed_case *c)
{
	return kr_topic(KR_TOPIC_CASE, c->id);
}

/* The closer to the case, the higher. */
static int closeness(enum kr_party_role role)
{
	static const int of[] = {
		[KR_PARTY_OWNER] = 7,
		[KR_PARTY_JOINED] = 6,
		[KR_PARTY_OFFERED] = 5,
		[KR_PARTY_INVITED] = 4,
		[KR_PARTY_CONSULTED] = 3,
		[KR_PARTY_FALLBACK] = 2,
		[KR_PARTY_FORMER] = 1,
		[KR_PARTY_NONE] = 0,
	};

	return of[role];
}

const struct inbox *case_own_inbox(
	const struct kr_core *core, const struct followed_case *c)
{
	const struct inbox *closest = NULL;
	int most = -1;

	for (const struct inbox *inbox = core->inboxes; inbox != NULL;
		inbox = inbox->next) {
		const struct kr_case_party *party =
			kr_case_party(&c->chain.state, inbox->id);

		if (inbox->is_own && party != NULL && closeness(party->role) > most) {
			closest = inbox;
			most = closeness(party->role);
		}
	}
	return closest;
}

bool case_is_open(const struct kr_core *core, const struct followed_case *c)
{
	const struct kr_case_state *state = &c->chain.state;
	const struct inbox *own = case_own_inbox(core, c);

	return !c->is_shut && own != NULL &&
		(state->phase == KR_CASE_NEW || state->phase == KR_CASE_OPEN) &&
		kr_case_party(state, own->id)->role != KR_PARTY_FORMER;
}

/*	struct { uint8 version = 2; uint64 read_seq; uint64 head_seq; uint8 has_new_notes;
 *	         uint8 is_shut; uint64 true_seq; uint64 told_seq; uint64 ended_ms;
 *	         uint64 began_ms; uint16 ended_type; uint8 lie; }
 * In version 1 the lie is not there. */
enum kr_err case_put(struct kr_core *core, const struct followed_case *c)
{
	struct record_key key = record_key_id(RECORD_CASE, c->id);
	struct kr_writer w;

	kr_writer_init(&w);
	kr_write_u8(&w, 2);
	kr_write_u64(&w, c->read_seq);
	kr_write_u64(&w, c->head_seq);
	kr_write_u8(&w, c->has_new_notes);
	kr_write_u8(&w, c->is_shut);
	kr_write_u64(&w, c->true_seq);
	kr_write_u64(&w, c->told_seq);
	kr_write_u64(&w, c->ended_ms);
	kr_write_u64(&w, c->began_ms);
	kr_write_u16(&w, c->ended_type);
	kr_write_u8(&w, (uint8_t)c->lie);
	return records_put_writer(&core->records, &key, &w);
}

static enum kr_err case_add(
	struct kr_core *core, const uint8_t id[KR_ID_BYTES], struct followed_case **out)
{
	struct followed_case *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		return KR_ERR_MEMORY;
	}
	memcpy(c->id, id, sizeof(c->id));
	kr_case_chain_begin(&c->chain, id);
	c->next = core->cases;
	core->cases = c;
	*out = c;
	return KR_OK;
}

void cases_free(struct kr_core *core)
{
	while (core->cases != NULL) {
		struct followed_case *next = core->cases->next;

		free(core->cases);
		core->cases = next;
	}
}

/* ---- Events and what they say --------------------------------------------------- */

enum kr_err case_event_at(const struct kr_core *core, const struct followed_case *c,
	uint64_t seq, struct kept_event *kept, struct kr_case_event *event)
{
	struct kr_topic topic = case_topic(c);
	enum kr_err err = event_kept(core, &topic, seq, kept);

	if (err != KR_OK || kept->type == KR_EVENT_OVERDUE ||
		kept->type == KR_EVENT_EXPIRED) {
		return err != KR_OK ? err : KR_ERR_NOT_FOUND;
	}
	return kr_case_event_read(event, kept->content);
}

static struct record_key secret_key(
	const struct followed_case *c, uint64_t seq, enum kr_envelope_kind kind)
{
	struct record_key key = record_key_id_number(RECORD_CASE_SECRET, c->id, seq);

	record_key_add(&key, (uint8_t)kind);
	return key;
}

enum kr_err case_secret(const struct kr_core *core, const struct followed_case *c,
	uint64_t seq, enum kr_envelope_kind kind, uint8_t out[KR_SECRET_BYTES])
{
	struct record_key key = secret_key(c, seq, kind);
	const struct record *record = records_get(&core->records, record_key_view(&key));

	if (record == NULL || record->value.len != KR_SECRET_BYTES) {
		return KR_ERR_NOT_FOUND;
	}
	memcpy(out, record->value.data, KR_SECRET_BYTES);
	return KR_OK;
}

enum kr_err case_keep_secret(struct kr_core *core, const struct followed_case *c,
	uint64_t seq, enum kr_envelope_kind kind, const uint8_t secret[KR_SECRET_BYTES])
{
	struct record_key key = secret_key(c, seq, kind);

	return records_get(&core->records, record_key_view(&key)) != NULL
		? KR_OK
		: records_put(&core->records, &key, kr_view(secret, KR_SECRET_BYTES));
}

enum kr_err case_open_envelope(const struct kr_core *core, const struct followed_case *c,
	const struct kr_case_event *event, uint64_t seq, enum kr_envelope_kind kind,
	uint8_t *storage, struct kr_view *text)
{
	struct kr_envelope_secret secret = {.seq = seq, .kind = (uint8_t)kind};
	enum kr_err err = case_secret(core, c, seq, kind, secret.bytes);

	for (size_t i = 0; err == KR_OK && i < event->num_envelopes; i++) {
		if (event->envelopes[i].kind == kind) {
			err = kr_envelope_open(text, storage, event, i, &secret);
			kr_wipe(&secret, sizeof(secret));
			return err;
		}
	}
	kr_wipe(&secret, sizeof(secret));
	return err != KR_OK ? err : KR_ERR_NOT_FOUND;
}

/* ---- What happens --------------------------------------------------------------- */

/* Kept until it is read: the word in the inbox's topic does not come again. */
enum kr_err case_hint(struct kr_core *core, const uint8_t id[KR_ID_BYTES], uint64_t seq)
{
	struct followed_case *c = case_find(core, id);
	enum kr_err err;

	if (c == NULL && (err = case_add(core, id, &c))) {
		return err;
	}
	if (seq > c->head_seq) {
		c->head_seq = seq;
	}
	c->has_new_notes = true;
	return case_put(core, c);
}

enum kr_err case_apply(struct kr_core *core, const struct kr_event *event,
	const uint8_t hash[KR_SHA256_BYTES])
{
	struct followed_case *c = case_find(core, event->topic.id);
	enum kr_err err = event->topic.kind == KR_TOPIC_NOTES
		? case_note_judge(core, event)
		: KR_OK;

	if (err == KR_OK && event->topic.kind == KR_TOPIC_CASE && c != NULL &&
		c->is_shut) {
		c->is_shut = false; /* it is ours to read again */
		err = case_put(core, c);
	}
	if (err != KR_OK || (err = event_keep(core, event, hash, event->body))) {
		return err;
	}
	return tell_changed(core, "cases", NULL, NULL);
}

/* Its clock has run out, and the relay has not said so yet. Asked when all is here that
 * came: whoever was away is not late by a clock that a colleague has stopped. */
static enum kr_err tell_late(struct kr_core *core, struct followed_case *c)
{
	const struct kr_case_state *state = &c->chain.state;
	cJSON *tell;

	if (!case_is_open(core, c) || c->late_ms == state->until_ms) {
		return KR_OK;
	}
	if (core->now_ms < state->until_ms) {
		core_wake(core, state->until_ms);
		return KR_OK;
	}
	c->late_ms = state->until_ms;
	tell = cJSON_CreateObject();
	if (!json_add_str(tell, "tell", "late") || !json_add_id(tell, "case", c->id)) {
		cJSON_Delete(tell);
		return KR_ERR_MEMORY;
	}
	return output_tell(&core->outputs, tell);
}

/* Was everything taken in that came? What is distrusted is not waited for. */
static bool is_all_here(const struct followed_case *c, const struct topic *topic)
{
	return topic->is_false || c->lie != KR_CASE_TRUE ||
		(topic->seq >= topic->head_seq && topic->seq == c->chain.seq);
}

static enum kr_err tell_case(struct kr_core *core, const struct followed_case *c,
	const struct kept_event *kept)
{
	const struct inbox *own = case_own_inbox(core, c);
	cJSON *tell = cJSON_CreateObject();

	if (!json_add_str(tell, "tell", "case") || !json_add_id(tell, "case", c->id) ||
		(own != NULL && !json_add_id(tell, "inbox", own->id)) ||
		!json_add_str(tell, "type", kr_event_info(kept->type)->name) ||
		!json_add_number(tell, "seq", kept->seq)) {
		cJSON_Delete(tell);
		return KR_ERR_MEMORY;
	}
	return output_tell(&core->outputs, tell);
}

/* What was checked, once its keys were asked for: whoever is told can read it. */
static enum kr_err tell_news(struct kr_core *core, struct followed_case *c)
{
	struct kr_topic topic = case_topic(c);
	struct kept_event kept;
	enum kr_err err = KR_OK;

	if (c->told_seq >= c->chain.seq) {
		return KR_OK;
	}
	while (err == KR_OK && c->told_seq < c->chain.seq) {
		c->told_seq++;
		if (event_kept(core, &topic, c->told_seq, &kept) == KR_OK) {
			err = tell_case(core, c, &kept);
		}
	}
	return err != KR_OK ? err : case_put(core, c);
}

static enum kr_err follow_notes(
	struct kr_core *core, struct followed_case *c, const struct inbox *own)
{
	struct kr_topic name = case_notes_topic(c, own);
	const struct topic *notes = topic_look(core, &name);

	if (!c->has_new_notes) {
		return KR_OK;
	}
	if (!c->is_reading_notes) {
		c->is_reading_notes = true;
		return topic_hint(core, &name, UINT64_MAX);
	}
	if (notes != NULL && !notes->is_closed && !notes->is_false &&
		notes->seq < notes->head_seq) {
		return KR_OK;
	}
	c->is_reading_notes = false;
	c->has_new_notes = false;
	return case_put(core, c);
}

/* Who has declined or parted sees nothing any more, not even that: only the relay's
 * refusal says so. What was kept stays, for the relay may lie; where it was found out in
 * a lie its refusal counts for nothing, and the case stays on the list with its clock.
 * What it has deleted it may, of a case that was erased or has expired. */
static enum kr_err note_access(
	struct kr_core *core, struct followed_case *c, const struct topic *topic)
{
	bool is_read =
		!topic->is_asked && !topic->is_false && topic->seq >= topic->head_seq;
	bool is_deleted = case_is_trimmed(core, c, topic);
	bool is_shut;
	enum kr_err err = KR_OK;

	if (is_deleted && is_read && c->lie == KR_CASE_TRUE && c->chain.seq > 0 &&
		!case_has_ended(core, c, topic->seq)) {
		err = case_found_out(core, c, topic->seq, KR_LIE_ORDER, KR_ERR_POLICY);
	}
	is_shut = c->lie == KR_CASE_TRUE &&
		(topic->is_closed || is_deleted || c->is_shut);
	if (err != KR_OK || is_shut == c->is_shut) {
		return err;
	}
	c->is_shut = is_shut;
	return case_put(core, c);
}

/* Once all is here that came. */
static enum kr_err fetch_keys(struct kr_core *core, struct followed_case *c,
	const struct inbox *own, const struct topic *topic)
{
	if (c->is_asking_keys || topic->seq != c->chain.seq ||
		c->keys_after >= c->chain.seq || !link_has_room(core)) {
		return KR_OK;
	}
	if (c->keys_retry_ms > core->now_ms) {
		core_wake(core, c->keys_retry_ms);
		return KR_OK;
	}
	return case_ask_keys(core, c, own);
}

static enum kr_err case_reconcile(struct kr_core *core, struct followed_case *c)
{
	struct kr_topic name = case_topic(c);
	const struct topic *topic = topic_look(core, &name);
	const struct inbox *own;
	enum kr_err err;

	if (c->ended_ms != 0) {
		return KR_OK;
	}
	if (topic == NULL || c->hinted_seq < c->head_seq) {
		c->hinted_seq = c->head_seq;
		if ((err = topic_hint(core, &name, c->head_seq))) {
			return err;
		}
		topic = topic_look(core, &name);
	}
	if ((err = note_access(core, c, topic)) || (err = case_check(core, c))) {
		return err;
	}
	if (c->chain.seq > 0 && c->lie == KR_CASE_TRUE &&
		case_is_trimmed(core, c, topic) && case_has_ended(core, c, topic->seq)) {
		return case_forget(core, c, topic->seq);
	}
	own = case_own_inbox(core, c);
	if (own == NULL || !own->is_fresh) {
		return KR_OK;
	}
	if (is_all_here(c, topic) && (err = tell_late(core, c))) {
		return err;
	}
	if ((err = fetch_keys(core, c, own, topic))) {
		return err;
	}
	if (c->keys_after >= c->chain.seq && !c->is_asking_keys &&
		(err = tell_news(core, c))) {
		return err;
	}
	if (c->chain.state.phase == KR_CASE_ERASED && c->told_seq >= c->chain.seq) {
		return case_forget(core, c, c->chain.seq);
	}
	return follow_notes(core, c, own);
}

enum kr_err cases_reconcile(struct kr_core *core)
{
	enum kr_err err = KR_OK;

	for (struct followed_case *c = core->cases; c != NULL && err == KR_OK;
		c = c->next) {
		err = case_reconcile(core, c);
	}
	return err;
}

bool cases_are_busy(const struct kr_core *core)
{
	for (const struct followed_case *c = core->cases; c != NULL; c = c->next) {
		struct kr_topic name = case_topic(c);
		const struct topic *topic = topic_look(core, &name);

		if (c->lie == KR_CASE_TRUE && topic != NULL && !topic->is_closed &&
			!case_is_trimmed(core, c, topic) &&
			(c->chain.seq < topic->seq || c->is_asking_keys ||
				c->is_reading_notes ||
				(c->keys_after < c->chain.seq &&
					/* who left the team gets none */
					case_own_inbox(core, c) != NULL))) {
			return true;
		}
	}
	return false;
}

void cases_disconnected(struct kr_core *core)
{
	for (struct followed_case *c = core->cases; c != NULL; c = c->next) {
		c->is_asking_keys = false;
		c->keys_retry_ms = 0;
		c->is_reading_notes = false;
		c->hinted_seq = 0;
		c->keys_after = 0;
	}
}

static enum kr_err load_one(struct kr_core *core, const struct record *record)
{
	struct kr_reader r = kr_reader(kr_view_bytes(&record->value));
	struct followed_case *c;
	uint8_t has_new_notes;
	uint8_t is_shut;
	uint8_t version;
	uint8_t lie = KR_CASE_TRUE;
	enum kr_err err;

	if (record->key.len != 1 + KR_ID_BYTES) {
		return KR_ERR_BAD_STATE_RECORD;
	}
	if ((err = case_add(core, record->key.data + 1, &c))) {
		return err;
	}
	if (kr_read_u8(&r, &version) != KR_OK) {
		return KR_ERR_BAD_STATE_RECORD;
	}
	if (version < 1 || version > 2) {
		return KR_ERR_STORE_VERSION;
	}
	if ((err = kr_read_u64(&r, &c->read_seq)) ||
		(err = kr_read_u64(&r, &c->head_seq)) ||
		(err = kr_read_u8(&r, &has_new_notes)) ||
		(err = kr_read_u8(&r, &is_shut)) ||
		(err = kr_read_u64(&r, &c->true_seq)) ||
		(err = kr_read_u64(&r, &c->told_seq)) ||
		(err = kr_read_u64(&r, &c->ended_ms)) ||
		(err = kr_read_u64(&r, &c->began_ms)) ||
		(err = kr_read_u16(&r, &c->ended_type)) ||
		(version > 1 && (err = kr_read_u8(&r, &lie))) ||
		(err = kr_read_end(&r)) || lie > KR_LIE_CLOCK) {
		return KR_ERR_BAD_STATE_RECORD;
	}
	c->is_shut = is_shut != 0;
	c->has_new_notes = has_new_notes != 0;
	c->lie = (enum kr_case_lie)lie;
	err = case_check(core, c);
	return err != KR_OK ? err : case_learn_reporter_key(core, c);
}

enum kr_err cases_load(struct kr_core *core)
{
	struct record_key prefix = record_key(RECORD_CASE);
	const struct record *record;
	enum kr_err err = KR_OK;
	size_t at = 0;

	while (err == KR_OK &&
		(record = records_next(&core->records, record_key_view(&prefix), &at)) !=
			NULL) {
		err = load_one(core, record);
	}
	return err;
}

enum kr_err command_case_read(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {"case", "seq", NULL};
	struct followed_case *c;
	uint8_t id[KR_ID_BYTES];
	uint64_t seq;
	enum kr_err err;

	if ((err = json_only(command->args, names)) ||
		(err = json_bytes(command->args, "case", id, sizeof(id))) ||
		(err = json_number(command->args, "seq", 1, KR_JSON_INT_MAX, &seq))) {
		return err;
	}
	c = case_find(core, id);
	if (c == NULL || seq > c->chain.seq) {
		return KR_ERR_NOT_FOUND;
	}
	if (seq > c->read_seq) {
		c->read_seq = seq;
		if ((err = case_put(core, c)) ||
			(err = tell_changed(core, "cases", NULL, NULL))) {
			return err;
		}
	}
	return command_done(core, command->id, NULL);
}
