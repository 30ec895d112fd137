#include "clients/core/inboxes/inboxes.h"

#include <stdlib.h>
#include <string.h>

#include "clients/core/state.h"

/* ---- The list ------------------------------------------------------------------- */

const struct inbox *inbox_look(const struct kr_core *core, const uint8_t id[KR_ID_BYTES])
{
	const struct inbox *inbox = core->inboxes;

	while (inbox != NULL && memcmp(inbox->id, id, KR_ID_BYTES) != 0) {
		inbox = inbox->next;
	}
	return inbox;
}

struct inbox *inbox_find(struct kr_core *core, const uint8_t id[KR_ID_BYTES])
{
	return (struct inbox *)(uintptr_t)inbox_look(core, id);
}

const struct kr_inbox_record *inbox_record(const struct inbox *inbox)
{
	return inbox->records == NULL ? NULL : &inbox->records->read;
}

const struct kr_inbox_record *inbox_record_numbered(
	const struct inbox *inbox, uint64_t number)
{
	const struct inbox_record *record = inbox->records;

	while (record != NULL && record->read.number != number) {
		record = record->next;
	}
	return record == NULL ? NULL : &record->read;
}

const struct kr_inbox_record *inbox_record_at(const struct inbox *inbox, uint64_t time_ms)
{
	const struct inbox_record *record = inbox->records;

	while (record != NULL && record->since_ms > time_ms && record->next != NULL) {
		record = record->next;
	}
	return record == NULL ? NULL : &record->read;
}

const struct kr_inbox_record *inbox_record_of_clock(const struct inbox *inbox,
	const struct kr_case_chain *chain, uint64_t below, uint64_t time_ms)
{
	uint64_t until_ms = UINT64_MAX;

	for (const struct inbox_record *r = inbox->records; r != NULL; r = r->next) {
		if (r->read.number < below &&
			kr_case_clock_fits(chain, inbox->id, r->read.number, r->since_ms,
				until_ms, time_ms)) {
			return &r->read;
		}
		until_ms = r->since_ms;
	}
	return NULL;
}

const struct kr_x25519_keypair *inbox_pair(const struct inbox *inbox, uint64_t number)
{
	const struct inbox_key *key = inbox->keys;

	while (key != NULL && key->number != number) {
		key = key->next;
	}
	return key == NULL ? NULL : &key->pair;
}

struct kr_view inbox_name(const struct inbox *inbox, uint8_t *storage)
{
	const struct kr_inbox_record *record = inbox_record(inbox);
	struct kr_inbox_card card;

	if (record == NULL || !inbox->has_reading_key ||
		kr_inbox_card_open(&card, storage, record, inbox->reading_key) != KR_OK) {
		return (struct kr_view){0};
	}
	return card.name;
}

enum kr_err inbox_of(
	const struct kr_core *core, const cJSON *args, const struct inbox **out)
{
	uint8_t id[KR_ID_BYTES];
	bool present;
	enum kr_err err = json_bytes_optional(args, "inbox", id, sizeof(id), &present);

	*out = NULL;
	if (err != KR_OK) {
		return err;
	}
	for (const struct inbox *inbox = core->inboxes; inbox != NULL;
		inbox = inbox->next) {
		if (!inbox->is_own ||
			(present && memcmp(inbox->id, id, sizeof(id)) != 0)) {
			continue;
		}
		if (*out != NULL) {
			return KR_ERR_FIELD; /* which one? */
		}
		*out = inbox;
	}
	return *out == NULL ? KR_ERR_NOT_FOUND : KR_OK;
}

/* ---- Records of the keystore ---------------------------------------------------- */

/*	struct { uint8 version = 1; uint8 is_own; optional<opaque reading_key[32]>; } */
static enum kr_err inbox_put(struct kr_core *core, const struct inbox *inbox)
{
	struct record_key key = record_key_id(RECORD_INBOX, inbox->id);
	struct kr_writer w;

	kr_writer_init(&w);
	kr_write_u8(&w, 1);
	kr_write_u8(&w, inbox->is_own);
	kr_write_optional(&w, inbox->has_reading_key);
	if (inbox->has_reading_key) {
		kr_write_fixed(
			&w, kr_view(inbox->reading_key, sizeof(inbox->reading_key)));
	}
	return records_put_writer(&core->records, &key, &w);
}

static enum kr_err inbox_read(struct inbox *inbox, const struct record *record)
{
	struct kr_reader key =
		kr_reader(kr_view(record->key.data + 1, record->key.len - 1));
	struct kr_reader r = kr_reader(kr_view_bytes(&record->value));
	uint8_t version;
	uint8_t is_own;
	enum kr_err err;

	if ((err = kr_read_copy(&key, inbox->id, sizeof(inbox->id))) ||
		(err = kr_read_u8(&r, &version)) || (err = kr_read_u8(&r, &is_own)) ||
		(err = kr_read_optional(&r, &inbox->has_reading_key)) ||
		(inbox->has_reading_key &&
			(err = kr_read_copy(
				 &r, inbox->reading_key, sizeof(inbox->reading_key)))) ||
		(err = kr_read_end(&r))) {
		return KR_ERR_BAD_STATE_RECORD;
	}
	inbox->is_own = is_own != 0;
	return version == 1 ? KR_OK : KR_ERR_STORE_VERSION;
}

static void record_free(struct inbox_record *record)
{
	kr_bytes_free(&record->bytes);
	free(record);
}

static void keys_free(struct inbox *inbox)
{
	while (inbox->keys != NULL) {
		struct inbox_key *next = inbox->keys->next;

		kr_x25519_keypair_wipe(&inbox->keys->pair);
		free(inbox->keys);
		inbox->keys = next;
	}
}

static void inbox_free(struct inbox *inbox)
{
	while (inbox->records != NULL) {
		struct inbox_record *next = inbox->records->next;

		record_free(inbox->records);
		inbox->records = next;
	}
	keys_free(inbox);
	kr_inbox_secrets_wipe(&inbox->secrets);
	free(inbox);
}

void inboxes_free(struct kr_core *core)
{
	while (core->inboxes != NULL) {
		struct inbox *next = core->inboxes->next;

		inbox_free(core->inboxes);
		core->inboxes = next;
	}
}

/* ---- What this professional can open -------------------------------------------- */

static enum kr_err keep_key(
	struct inbox *inbox, uint64_t number, const struct kr_x25519_keypair *pair)
{
	struct inbox_key *key;

	if (inbox_pair(inbox, number) != NULL) {
		return KR_OK;
	}
	key = calloc(1, sizeof(*key));
	if (key == NULL) {
		return KR_ERR_MEMORY;
	}
	key->number = number;
	key->pair = *pair;
	key->next = inbox->keys;
	inbox->keys = key;
	return KR_OK;
}

/* From the newest sealing key back to those before it: each stands in the record that
 * brought the next one. */
static enum kr_err walk_back(struct inbox *inbox)
{
	for (const struct inbox_record *r = inbox->records; r != NULL; r = r->next) {
		const struct kr_x25519_keypair *pair =
			inbox_pair(inbox, r->read.sealing_number);
		struct kr_x25519_keypair before;
		uint64_t number;
		enum kr_err err;

		if (pair == NULL ||
			kr_inbox_open_previous(&before, &number, &r->read, pair) !=
				KR_OK) {
			continue;
		}
		err = keep_key(inbox, number, &before);
		kr_x25519_keypair_wipe(&before);
		if (err != KR_OK) {
			return err;
		}
	}
	return KR_OK;
}

static enum kr_err open_secrets(struct kr_core *core, struct inbox *inbox)
{
	const struct kr_inbox_record *record = inbox_record(inbox);
	struct kr_inbox_secrets secrets;
	enum kr_err err;

	if (record == NULL || !inbox->is_own) {
		return KR_OK;
	}
	if (kr_inbox_open(&secrets, record, &core->identity.sealing) != KR_OK) {
		return KR_OK; /* not in the team, or not with this device */
	}
	kr_inbox_secrets_wipe(&inbox->secrets);
	inbox->secrets = secrets;
	inbox->is_open = true;
	if (!inbox->has_reading_key ||
		memcmp(inbox->reading_key, secrets.reading_key,
			sizeof(inbox->reading_key)) != 0) {
		memcpy(inbox->reading_key, secrets.reading_key,
			sizeof(inbox->reading_key));
		inbox->has_reading_key = true;
		if ((err = inbox_put(core, inbox))) {
			return err;
		}
	}
	err = keep_key(inbox, secrets.sealing_number, &secrets.sealing);
	return err != KR_OK ? err : walk_back(inbox);
}

/* ---- Signed records ------------------------------------------------------------- */

static enum kr_err insert_record(struct inbox *inbox, struct kr_view bytes,
	uint64_t since_ms, struct inbox_record **inserted)
{
	struct inbox_record *record = calloc(1, sizeof(*record));
	struct inbox_record **at = &inbox->records;
	enum kr_err err =
		record == NULL ? KR_ERR_MEMORY : kr_bytes_copy(&record->bytes, bytes);

	if (err == KR_OK) {
		err = kr_inbox_record_read(&record->read, kr_view_bytes(&record->bytes));
	}
	if (err != KR_OK) {
		if (record != NULL) {
			record_free(record);
		}
		return err;
	}
	record->since_ms = since_ms;
	while (*at != NULL && (*at)->read.number > record->read.number) {
		at = &(*at)->next;
	}
	record->next = *at;
	*at = record;
	*inserted = record;
	return KR_OK;
}

static enum kr_err distrust(struct kr_core *core, const struct inbox *inbox, uint64_t seq)
{
	struct kr_topic topic = kr_topic(KR_TOPIC_INBOX, inbox->id);

	return alarm_raise(core, ALARM_CASE_RECORD,
		&(struct alarm_about){.topic = &topic, .seq = seq});
}

/* Does it stand well beside those that are known? Neighbours must be linked, and the same
 * number is the same record. */
static bool is_sound(const struct inbox *inbox, struct kr_view bytes)
{
	struct kr_inbox_record *read = malloc(sizeof(*read));
	uint8_t id[KR_ID_BYTES];
	bool sound = read != NULL && kr_inbox_record_read(read, bytes) == KR_OK;

	if (sound) {
		kr_inbox_id(id, read->identity_key);
		sound = memcmp(id, inbox->id, sizeof(id)) == 0;
	}
	for (const struct inbox_record *r = inbox->records; sound && r != NULL;
		r = r->next) {
		if (r->read.number == read->number) {
			sound = kr_view_equal(kr_view_bytes(&r->bytes), bytes);
		} else if (r->read.number + 1 == read->number) {
			sound = kr_inbox_record_follows(read, &r->read,
					kr_view_bytes(&r->bytes)) == KR_OK;
		}
	}
	free(read);
	return sound;
}

static void has_come(struct inbox *inbox, uint64_t number)
{
	if (number > inbox->read_number) {
		inbox->read_number = number;
	}
}

static enum kr_err take_record(
	struct kr_core *core, struct inbox *inbox, const struct kr_event *event)
{
	struct kr_view bytes = event->body;
	struct inbox_record *record;
	struct record_key key;
	struct kr_writer w;
	enum kr_err err;

	if (!is_sound(inbox, bytes)) {
		return distrust(core, inbox, event->seq);
	}
	for (const struct inbox_record *r = inbox->records; r != NULL; r = r->next) {
		if (kr_view_equal(kr_view_bytes(&r->bytes), bytes)) {
			has_come(inbox, r->read.number);
			return KR_OK;
		}
	}
	if ((err = insert_record(inbox, bytes, event->time_ms, &record))) {
		return err;
	}
	has_come(inbox, record->read.number);
	key = record_key_id_number(RECORD_INBOX_RECORD, inbox->id, record->read.number);
	kr_writer_init(&w);
	kr_write_u64(&w, event->time_ms);
	kr_write_fixed(&w, bytes);
	if ((err = records_put_writer(&core->records, &key, &w)) ||
		(err = open_secrets(core, inbox))) {
		return err;
	}
	return tell_changed(core, "own_inboxes", NULL, NULL);
}

/* ---- Events --------------------------------------------------------------------- */

static enum kr_err inbox_add(
	struct kr_core *core, const uint8_t id[KR_ID_BYTES], struct inbox **out)
{
	struct inbox *inbox = calloc(1, sizeof(*inbox));

	if (inbox == NULL) {
		return KR_ERR_MEMORY;
	}
	memcpy(inbox->id, id, sizeof(inbox->id));
	inbox->next = core->inboxes;
	core->inboxes = inbox;
	*out = inbox;
	return KR_OK;
}

enum kr_err inbox_know(
	struct kr_core *core, const uint8_t id[KR_ID_BYTES], struct inbox **out)
{
	struct inbox *inbox = inbox_find(core, id);
	enum kr_err err = KR_OK;

	if (inbox == NULL && (err = inbox_add(core, id, &inbox)) == KR_OK) {
		err = inbox_put(core, inbox);
	}
	if (out != NULL) {
		*out = inbox;
	}
	return err;
}

/* Is it to take the place of what is known? Not if the newest record's card proves it
 * false: anybody can make a link with an inbox's identity and another key. */
static enum kr_err is_news(const struct inbox *inbox,
	const uint8_t reading_key[KR_READING_KEY_BYTES], bool *is_news)
{
	const struct kr_inbox_record *record = inbox_record(inbox);
	struct kr_inbox_card card;
	uint8_t *storage;

	*is_news = !inbox->has_reading_key ||
		memcmp(inbox->reading_key, reading_key, KR_READING_KEY_BYTES) != 0;
	if (!*is_news || record == NULL) {
		*is_news =
			!inbox->has_reading_key; /* which one is true is not known yet */
		return KR_OK;
	}
	storage = malloc(KR_INBOX_CARD_MAX);
	if (storage == NULL) {
		return KR_ERR_MEMORY;
	}
	*is_news = kr_inbox_card_open(&card, storage, record, reading_key) == KR_OK;
	free(storage);
	return KR_OK;
}

enum kr_err inbox_learn_reading_key(struct kr_core *core, struct inbox *inbox,
	const uint8_t reading_key[KR_READING_KEY_BYTES])
{
	bool is_new;
	enum kr_err err = is_news(inbox, reading_key, &is_new);

	/* Its team has it from the record. Or nothing is to be stored: a command that
	 * waits comes here again. */
	if (err != KR_OK || inbox->is_open || !is_new) {
		return err;
	}
	memcpy(inbox->reading_key, reading_key, sizeof(inbox->reading_key));
	inbox->has_reading_key = true;
	return inbox_put(core, inbox);
}

enum kr_err inbox_listed(struct kr_core *core, const uint8_t id[KR_ID_BYTES])
{
	struct kr_topic topic = kr_topic(KR_TOPIC_INBOX, id);
	struct inbox *inbox;
	enum kr_err err = inbox_know(core, id, &inbox);

	if (err != KR_OK) {
		return err;
	}
	if (!inbox->is_own) {
		inbox->is_own = true;
		if ((err = inbox_put(core, inbox)) || (err = open_secrets(core, inbox))) {
			return err;
		}
	}
	return topic_follow(core, &topic);
}

void inbox_refused(struct kr_core *core, const uint8_t id[KR_ID_BYTES])
{
	struct inbox *inbox = inbox_find(core, id);

	if (inbox != NULL) {
		inbox->is_fresh = false;
	}
}

static enum kr_err keep_notice(struct kr_core *core, const struct kr_event *event,
	const uint8_t hash[KR_SHA256_BYTES])
{
	enum kr_err err = notices_keep(core, event, hash);

	return err != KR_OK ? err : tell_changed(core, "own_notices", NULL, NULL);
}

enum kr_err inbox_apply(struct kr_core *core, const struct kr_event *event,
	const uint8_t hash[KR_SHA256_BYTES])
{
	struct inbox *inbox = inbox_find(core, event->topic.id);
	struct kr_event_head head;

	if (inbox == NULL ||
		kr_event_head_read(&head, event->type, event->head) != KR_OK) {
		return KR_OK;
	}
	switch (event->type) {
	case KR_EVENT_INBOX_SET:
		return take_record(core, inbox, event);
	case KR_EVENT_CASE_EVENT:
		return case_hint(core, head.case_id.data, head.count);
	case KR_EVENT_INBOX_NOTICE:
		return keep_notice(core, event, hash);
	default:
		return KR_OK;
	}
}

enum kr_err inbox_read_event(
	struct kr_core *core, const struct kr_event_delivery *delivery)
{
	const struct kr_event *event = &delivery->event;
	struct inbox *inbox = inbox_find(core, event->topic.id);

	if (inbox == NULL || !inbox->is_asked) {
		return KR_OK;
	}
	inbox->given_seq = event->seq;
	if (event->type == KR_EVENT_INBOX_SET) {
		return take_record(core, inbox, event);
	}
	return event->type == KR_EVENT_INBOX_NOTICE && notices_follow(core, inbox)
		? notices_keep(core, event, delivery->hash)
		: KR_OK;
}

enum kr_err inbox_closed(struct kr_core *core, const uint8_t id[KR_ID_BYTES])
{
	struct kr_topic topic = kr_topic(KR_TOPIC_INBOX, id);
	struct inbox *inbox = inbox_find(core, id);
	enum kr_err err;

	if (inbox == NULL || !inbox->is_own) {
		return KR_OK;
	}
	inbox->is_own = false;
	inbox->is_open = false;
	inbox->is_fresh = false; /* its records come by themselves no more */
	keys_free(inbox);
	kr_inbox_secrets_wipe(&inbox->secrets);
	if ((err = inbox_put(core, inbox)) || (err = topic_forget(core, &topic))) {
		return err;
	}
	return tell_changed(core, "own_inboxes", NULL, NULL);
}

/* ---- Loading, reading ----------------------------------------------------------- */

static enum kr_err load_records(struct kr_core *core, struct inbox *inbox)
{
	struct record_key prefix = record_key_id(RECORD_INBOX_RECORD, inbox->id);
	const struct record *record;
	struct inbox_record *inserted;
	size_t at = 0;

	while ((record = records_next(&core->records, record_key_view(&prefix), &at)) !=
		NULL) {
		struct kr_reader r = kr_reader(kr_view_bytes(&record->value));
		uint64_t since_ms;
		enum kr_err err = kr_read_u64(&r, &since_ms);

		if (err == KR_OK) {
			err = insert_record(inbox, r.rest, since_ms, &inserted);
		}

		if (err != KR_OK) {
			return err == KR_ERR_MEMORY ? err : KR_ERR_BAD_STATE_RECORD;
		}
	}
	return open_secrets(core, inbox);
}

enum kr_err inboxes_load(struct kr_core *core)
{
	struct record_key prefix = record_key(RECORD_INBOX);
	const struct record *record;
	size_t at = 0;

	while ((record = records_next(&core->records, record_key_view(&prefix), &at)) !=
		NULL) {
		struct inbox *inbox = calloc(1, sizeof(*inbox));
		enum kr_err err =
			inbox == NULL ? KR_ERR_MEMORY : inbox_read(inbox, record);

		if (err != KR_OK) {
			free(inbox);
			return err;
		}
		inbox->next = core->inboxes;
		core->inboxes = inbox;
		if ((err = load_records(core, inbox))) {
			return err;
		}
	}
	return KR_OK;
}

void inboxes_disconnected(struct kr_core *core)
{
	for (struct inbox *inbox = core->inboxes; inbox != NULL; inbox = inbox->next) {
		inbox->is_asked = false;
		inbox->is_fresh = false;
		inbox->read_after = 0;
		inbox->read_number = 0;
		inbox->retry_ms = 0;
		inbox->renew_sent = 0;
	}
}

bool inbox_want(struct kr_core *core, struct inbox *inbox)
{
	(void)core;
	inbox->is_wanted = true;
	return inbox->is_fresh;
}

/* All was read: is what was here before still among it? A relay that gives an old record
 * for the newest would have us seal to somebody who has left. CASES.md §2. */
static enum kr_err read_all(struct kr_core *core, struct inbox *inbox)
{
	const struct kr_inbox_record *record = inbox_record(inbox);

	inbox->is_fresh = true;
	return record != NULL && inbox->read_number < record->number
		? distrust(core, inbox, 0)
		: KR_OK;
}

static enum kr_err read_answered(
	struct kr_core *core, const struct answer *answer, struct kr_view context)
{
	struct inbox *inbox = inbox_find(core, context.data);
	bool more = false;
	bool leads_on;

	if (inbox == NULL) {
		return KR_OK;
	}
	inbox->is_asked = false;
	leads_on = inbox->given_seq > inbox->read_after; /* else it is the last page */
	if (!answer->ok && answer->retry == KR_RETRY_LATER) {
		inbox->retry_ms = answer_retry_time(answer, core->now_ms);
		return KR_OK;
	}
	return !answer->ok || kr_json_get_bool(answer->doc, "more", &more) != KR_OK ||
			kr_json_get_u64(answer->doc, "next", &inbox->read_after) !=
				KR_OK ||
			!more || !leads_on
		? read_all(core, inbox)
		: KR_OK;
}

/* All of its records: events name them by number, and those of before must be there
 * too. */
static enum kr_err read_records(struct kr_core *core, struct inbox *inbox)
{
	struct kr_request request = {
		.verb = KR_VERB_INBOX_READ,
		.fields = KR_R(TOPIC) | KR_R(AFTER),
		.topic = kr_topic(KR_TOPIC_INBOX, inbox->id),
		.after = inbox->read_after,
	};

	inbox->is_asked = true;
	inbox->given_seq = inbox->read_after;
	return link_request(
		core, &request, read_answered, kr_view(inbox->id, sizeof(inbox->id)));
}

enum kr_err inbox_read_on(struct kr_core *core, struct inbox *inbox)
{
	inbox->is_wanted = true;
	if (inbox->is_own || inbox->is_asked) {
		return KR_OK;
	}
	inbox->is_fresh = false;
	return link_has_room(core) ? read_records(core, inbox) : KR_OK;
}

enum kr_err inboxes_reconcile(struct kr_core *core)
{
	enum kr_err err = KR_OK;

	for (struct inbox *inbox = core->inboxes; inbox != NULL && err == KR_OK;
		inbox = inbox->next) {
		if (inbox->is_own) {
			struct kr_topic name = kr_topic(KR_TOPIC_INBOX, inbox->id);
			const struct topic *topic = topic_look(core, &name);

			inbox->is_fresh = topic != NULL && topic_is_caught_up(topic);
		} else if (!inbox->is_wanted || inbox->is_fresh || inbox->is_asked ||
			!link_has_room(core)) {
			continue;
		} else if (inbox->retry_ms > core->now_ms) {
			core_wake(core, inbox->retry_ms);
		} else {
			err = read_records(core, inbox);
		}
	}
	return err;
}
