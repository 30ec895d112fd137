/* Internal notes on a case: read by one inbox alone, and by nobody else in the case.
 * CASES.md §6. */
#include "clients/core/cases/cases.h"

#include <stdlib.h>
#include <string.h>

#include "clients/core/state.h"

struct kr_topic case_notes_topic(const struct followed_case *c, const struct inbox *inbox)
{
	uint8_t id[KR_ID_BYTES];

	kr_notes_id(id, c->id, inbox->id);
	return kr_topic(KR_TOPIC_NOTES, id);
}

/* ---- Writing -------------------------------------------------------------------- */

static enum kr_err seal_note(struct kr_core *core, struct kr_case_event *e,
	const struct inbox *own, struct kr_view text, uint8_t *storage,
	struct kr_writer *wraps)
{
	const struct kr_inbox_record *record = inbox_record(own);
	struct kr_recipient to = {
		.purpose = KR_WRAP_PARTY,
		.sealing_number = record->sealing_number,
	};
	struct kr_envelope_secret secret;
	enum kr_err err =
		kr_envelope_seal(e, &secret, storage, KR_ENVELOPE_WORDS, text, core->rng);

	if (err == KR_OK) {
		memcpy(to.party, own->id, sizeof(to.party));
		kr_envelope_wrap(
			wraps, e, &to, record->sealing_key, secret.bytes, core->rng);
		err = wraps->err;
	}
	kr_wipe(&secret, sizeof(secret));
	return err;
}

static enum kr_err send_note(struct kr_core *core, const struct followed_case *c,
	const struct inbox *own, const struct kr_case_event *e, struct kr_view wraps,
	const struct command *command)
{
	struct kr_request request = {
		.verb = KR_VERB_CASE_NOTE,
		.fields = KR_R(EVENT) | KR_R(TOPIC) | KR_R(INBOX),
		.topic = kr_topic(KR_TOPIC_CASE, c->id),
	};
	struct kr_writer w;
	size_t begin;
	enum kr_err err;

	memcpy(request.event, e->event, sizeof(request.event));
	memcpy(request.inbox, own->id, sizeof(request.inbox));
	kr_writer_init(&w);
	begin = kr_write_vec_begin(&w);
	kr_case_event_write(&w, e, &core->identity.device);
	kr_write_vec_end(&w, begin);
	kr_write_vec(&w, wraps);
	request.body = kr_writer_view(&w);
	err = w.err;
	if (err == KR_OK) {
		err = outbox_add_request_at_answer(
			core, &request, "note", command->id, NULL);
	}
	if (err == KR_OK) {
		err = kept_goes(core, command->args, &request.topic, request.event);
	}
	kr_writer_free(&w);
	return err;
}

static enum kr_err make_note(struct kr_core *core, const struct followed_case *c,
	const struct inbox *own, const struct kr_words *words,
	const struct command *command)
{
	struct kr_topic name = case_notes_topic(c, own);
	const struct topic *topic = topic_look(core, &name);
	struct kr_case_event *e = calloc(1, sizeof(*e));
	uint8_t *storage = malloc(KR_ENVELOPE_STORAGE);
	struct kr_writer text;
	struct kr_writer wraps;
	enum kr_err err = e == NULL || storage == NULL ? KR_ERR_MEMORY : KR_OK;

	kr_writer_init(&text);
	kr_writer_init(&wraps);
	if (err == KR_OK) {
		memcpy(e->case_id, c->id, sizeof(e->case_id));
		e->type = KR_EVENT_NOTE;
		if (topic != NULL) {
			e->seen_seq = topic->seq;
			memcpy(e->seen_hash, topic->hash, sizeof(e->seen_hash));
		}
		memcpy(e->by, own->id, sizeof(e->by));
		e->by_number = inbox_record(own)->number;
		kr_words_write(&text, words);
		err = text.err;
	}
	if (err == KR_OK &&
		(err = kr_random_fill(core->rng, e->event, sizeof(e->event))) == KR_OK &&
		(err = seal_note(core, e, own, kr_writer_view(&text), storage, &wraps)) ==
			KR_OK) {
		err = send_note(core, c, own, e, kr_writer_view(&wraps), command);
	}
	kr_writer_free(&text);
	kr_writer_free(&wraps);
	free(storage);
	free(e);
	return err;
}

static bool is_in_team(const struct inbox *own, const uint8_t account[KR_ID_BYTES])
{
	const struct kr_inbox_record *record = inbox_record(own);
	size_t i = 0;

	while (i < record->num_team &&
		memcmp(record->team[i].account, account, KR_ID_BYTES) != 0) {
		i++;
	}
	return i < record->num_team;
}

/* A note names the last one: are those of colleagues here that came? */
static bool is_caught_up(const struct kr_core *core, const struct followed_case *c,
	const struct inbox *own)
{
	return core->link.state == LINK_ONLINE && own->is_fresh && !c->has_new_notes &&
		!c->is_reading_notes;
}

/* `note` has a text, `assign` the account whose case it is from now on. */
static enum kr_err read_note(const struct command *command, struct kr_words *words,
	uint8_t account[KR_ID_BYTES])
{
	static const char *const of_note[] = {"case", "text", "kept", NULL};
	static const char *const of_assign[] = {"case", "account", NULL};
	struct kr_view name;
	enum kr_err err = json_text(command->args, "do", &name);

	if (err != KR_OK) {
		return err;
	}
	if (kr_view_equal(name, kr_view_str("note"))) {
		err = json_only(command->args, of_note);
		return err != KR_OK
			? err
			: json_text_optional(command->args, "text", &words->text);
	}
	words->assigned = kr_view(account, KR_ID_BYTES);
	err = json_only(command->args, of_assign);
	return err != KR_OK ? err
			    : json_bytes(command->args, "account", account, KR_ID_BYTES);
}

enum kr_err command_note(struct kr_core *core, struct command *command)
{
	struct kr_words words = {
		.type = KR_EVENT_NOTE,
		.author = kr_view_str(core->identity.name),
	};
	struct followed_case *c;
	const struct inbox *own;
	uint8_t account[KR_ID_BYTES];
	uint8_t *card;
	enum kr_err err;

	if ((err = read_note(command, &words, account)) ||
		(err = case_of(core, command, &c)) || command->waits) {
		return err;
	}
	own = case_own_inbox(core, c);
	if (own == NULL || inbox_record(own) == NULL ||
		(words.assigned.len > 0 && !is_in_team(own, account))) {
		return KR_ERR_NOT_FOUND;
	}
	if (command->may_wait && !is_caught_up(core, c, own)) {
		command->waits = true;
		return KR_OK;
	}
	card = malloc(KR_INBOX_CARD_MAX);
	if (card == NULL) {
		return KR_ERR_MEMORY;
	}
	words.inbox = inbox_name(own, card);
	err = make_note(core, c, own, &words, command);
	free(card);
	return err;
}

/* ---- As they come --------------------------------------------------------------- */

/* Does a record that is here say otherwise than that a colleague signed it? One that is
 * still to come is asked when the note is read. */
static bool is_by_colleague(
	const struct kr_core *core, const struct kr_case_event *e, struct kr_view author)
{
	const struct inbox *own = inbox_look(core, e->by);
	const struct kr_inbox_record *record =
		own == NULL ? NULL : inbox_record_numbered(own, e->by_number);
	const struct kr_inbox_member *member =
		record == NULL ? NULL : kr_inbox_member(record, e->signer);

	return own != NULL && own->is_own &&
		(record == NULL ||
			(member != NULL &&
				kr_view_equal(
					author, kr_view(member->account, KR_ID_BYTES))));
}

/* Who wrote it is not said where the record that shows it is still to come. */
static enum kr_err tell_note(
	struct kr_core *core, const struct kr_case_event *e, const struct kr_event *event)
{
	bool is_known =
		inbox_record_numbered(inbox_look(core, e->by), e->by_number) != NULL;
	cJSON *tell = cJSON_CreateObject();

	if (!json_add_str(tell, "tell", "note") ||
		!json_add_id(tell, "case", e->case_id) ||
		!json_add_id(tell, "inbox", e->by) ||
		!json_add_number(tell, "seq", event->seq) ||
		(is_known && !json_add_id(tell, "account", event->author.data))) {
		cJSON_Delete(tell);
		return KR_ERR_MEMORY;
	}
	return output_tell(&core->outputs, tell);
}

enum kr_err case_note_judge(struct kr_core *core, const struct kr_event *event)
{
	const struct topic *topic = topic_look(core, &event->topic);
	struct kr_reader r = kr_reader(event->body);
	struct kr_case_event *e = malloc(sizeof(*e));
	enum alarm alarm = NUM_ALARMS;
	uint8_t id[KR_ID_BYTES];
	struct kr_view bytes;
	enum kr_err err;

	if (e == NULL) {
		return KR_ERR_MEMORY;
	}
	if (kr_read_vec(&r, &bytes) != KR_OK || kr_case_event_read(e, bytes) != KR_OK ||
		!is_by_colleague(core, e, event->author)) {
		alarm = ALARM_CASE_SIGNATURE;
	} else {
		kr_notes_id(id, e->case_id, e->by);
		if (e->type != KR_EVENT_NOTE ||
			memcmp(id, event->topic.id, sizeof(id)) != 0 ||
			memcmp(e->event, event->id, sizeof(e->event)) != 0) {
			alarm = ALARM_CASE_HEAD;
		} else if (e->seen_seq != topic->seq ||
			(!topic->takes_hash &&
				memcmp(e->seen_hash, topic->hash, sizeof(e->seen_hash)) !=
					0)) {
			alarm = ALARM_CASE_FORK;
		}
	}
	err = alarm == NUM_ALARMS ? tell_note(core, e, event)
				  : alarm_raise(core, alarm,
					    &(struct alarm_about){.topic = &event->topic,
						    .seq = event->seq});
	free(e);
	return err;
}

/* ---- Reading -------------------------------------------------------------------- */

/* The note in a kept event: checked and opened into storage. */
static enum kr_err open_note(const struct followed_case *c, const struct inbox *own,
	const struct kept_event *kept, uint8_t *storage, struct kr_words *words)
{
	struct kr_reader r = kr_reader(kept->content);
	struct kr_case_event *e = malloc(sizeof(*e));
	const struct kr_inbox_record *record;
	const struct kr_inbox_member *member;
	const struct kr_x25519_keypair *pair;
	struct kr_envelope_secret secret;
	struct kr_view bytes;
	struct kr_view wraps;
	struct kr_view text;
	enum kr_err err = e == NULL ? KR_ERR_MEMORY : KR_OK;

	if (err != KR_OK || (err = kr_read_vec(&r, &bytes)) ||
		(err = kr_read_vec(&r, &wraps)) || (err = kr_read_end(&r)) ||
		(err = kr_case_event_read(e, bytes)) ||
		(err = kr_case_wraps_check(e, wraps))) {
		free(e);
		return err;
	}
	record = inbox_record_numbered(own, e->by_number);
	member = record == NULL ? NULL : kr_inbox_member(record, e->signer);
	pair = e->num_recipients != 1 ? NULL
				      : inbox_pair(own, e->recipients[0].sealing_number);
	if (member == NULL || pair == NULL || e->type != KR_EVENT_NOTE ||
		memcmp(e->case_id, c->id, sizeof(e->case_id)) != 0 ||
		memcmp(e->event, kept->id, sizeof(e->event)) != 0 ||
		!kr_view_equal(kept->author,
			kr_view(member->account, sizeof(member->account)))) {
		free(e);
		return KR_ERR_SIGNATURE;
	}
	if ((err = kr_envelope_unwrap(&secret, e, 0, wraps.data, NULL, pair)) == KR_OK &&
		(err = kr_envelope_open(&text, storage, e, 0, &secret)) == KR_OK) {
		err = kr_words_read(words, text);
	}
	kr_wipe(&secret, sizeof(secret));
	free(e);
	return err;
}

enum kr_err case_note_next(const struct kr_core *core, const struct followed_case *c,
	const struct inbox *own, size_t *at, struct kept_event *kept, uint8_t *storage,
	struct kr_words *words)
{
	struct kr_topic name = case_notes_topic(c, own);
	enum kr_err err;

	do {
		if ((err = event_next(core, &name, at, kept))) {
			return err;
		}
		err = open_note(c, own, kept, storage, words);
	} while (err != KR_OK && err != KR_ERR_MEMORY);
	return err;
}
