#include "clients/report/send.h"

#include <string.h>

#include "clients/machine/signal_json.h"
#include "clients/report/commands.h"
#include "clients/report/state.h"

/* A fallback's fallback, and so on, when one is passed over. */
#define FALLBACKS_MAX 4

static const uint8_t zero_id[KR_ID_BYTES];

void sending_wipe(struct sending *sending)
{
	kr_bytes_free(&sending->signal);
	kr_bytes_free(&sending->identity);
	kr_bytes_free(&sending->sealed);
	kr_receipt_keys_wipe(&sending->keys);
	kr_wipe(sending, sizeof(*sending));
}

/* ---- The receipt ---------------------------------------------------------------- */

/* Case and event are said too: a member's own machine can vouch for them. */
static enum kr_err answer_receipt(struct kr_report *report, uint64_t command)
{
	const struct sending *sending = &report->sending;
	char text[KR_RECEIPT_TEXT_BYTES];
	cJSON *answer = cJSON_CreateObject();
	bool added;

	kr_receipt_print(text, &sending->receipt);
	added = json_add_str(answer, "receipt", text) &&
		json_add_id(answer, "case", sending->keys.locator) &&
		json_add_bytes(
			answer, "event", kr_view(sending->event, sizeof(sending->event)));
	kr_wipe(text, sizeof(text));
	if (!added) {
		cJSON_Delete(answer);
		return KR_ERR_MEMORY;
	}
	return output_done(&report->outputs, command, answer);
}

enum kr_err command_receipt(struct kr_report *report, const struct command *command)
{
	static const char *const names[] = {NULL};
	struct sending *sending = &report->sending;
	enum kr_err err = json_only(command->args, names);

	if (err != KR_OK) {
		return err;
	}
	if (!report->choice.is_open || sending->is_begun || report->follow.is_begun) {
		return KR_ERR_STATE;
	}
	sending_wipe(sending);
	if ((err = kr_receipt_generate(&sending->receipt, report->rng)) ||
		(err = kr_random_fill(
			 report->rng, sending->event, sizeof(sending->event))) ||
		(err = kr_receipt_keys(&sending->keys, &sending->receipt,
			 kr_view_str(report->link.relay)))) {
		sending_wipe(sending);
		return err;
	}
	sending->has_receipt = true;
	return answer_receipt(report, command->id);
}

/* ---- The command ---------------------------------------------------------------- */

/* Whoever sends shows that the digits are written down. */
static enum kr_err check_receipt(const struct sending *sending, const cJSON *args)
{
	struct kr_receipt repeated;
	struct kr_view text;
	enum kr_err err = json_text(args, "receipt", &text);

	if (err != KR_OK || (err = kr_receipt_parse(&repeated, text))) {
		return err;
	}
	if (!kr_equal_ct((const uint8_t *)repeated.digits,
		    (const uint8_t *)sending->receipt.digits, sizeof(repeated.digits))) {
		err = KR_ERR_CHECK_DIGIT;
	}
	kr_wipe(&repeated, sizeof(repeated));
	return err;
}

static bool is_excluded(const struct sending *sending, const uint8_t id[KR_ID_BYTES])
{
	for (size_t i = 0; i < sending->num_excluded; i++) {
		if (memcmp(sending->excluded + i * KR_ID_BYTES, id, KR_ID_BYTES) == 0) {
			return true;
		}
	}
	return false;
}

/* A name goes with a named signal, never with an anonymous one; and a certificate, which
 * names an account, goes with a name alone. */
static enum kr_err check_identity(struct command *command, const struct kr_signal *signal,
	const struct kr_identity *identity)
{
	bool has_name = identity->name.len > 0;
	bool is_empty =
		!has_name && identity->contact.len == 0 && identity->certificate.len == 0;

	if ((signal->kind == KR_SIGNAL_NAMED && !has_name) ||
		(signal->kind == KR_SIGNAL_ANONYMOUS && !is_empty) ||
		(!has_name && identity->certificate.len > 0)) {
		command->fault = "identity";
		return KR_ERR_FIELD;
	}
	if (signal->reach == KR_REACH_IDENTITY && identity->contact.len == 0) {
		command->fault = "reach";
		return KR_ERR_FIELD;
	}
	return KR_OK;
}

/* The text of the identity's envelope: empty fields are as long as full ones once it is
 * padded. */
static enum kr_err read_identity(
	struct sending *sending, struct command *command, const struct kr_signal *signal)
{
	const cJSON *object = cJSON_GetObjectItemCaseSensitive(command->args, "identity");
	struct identity_storage storage;
	struct kr_identity identity = {0};
	KR_AUTO_WRITER struct kr_writer w = {0};
	enum kr_err err = KR_OK;

	kr_writer_init(&w);
	if (object != NULL) {
		err = identity_from_json(&identity, &storage, object, &command->fault);
	}
	if (err != KR_OK || (err = check_identity(command, signal, &identity))) {
		return err;
	}
	kr_identity_write(&w, &identity);
	err = kr_writer_finish(&w, &sending->identity);
	kr_wipe(&storage, sizeof(storage));
	return err;
}

static enum kr_err read_signal(struct sending *sending, struct command *command,
	const uint8_t inbox[KR_ID_BYTES])
{
	const cJSON *object = cJSON_GetObjectItemCaseSensitive(command->args, "signal");
	struct signal_storage storage;
	struct kr_submission submission;
	KR_AUTO_WRITER struct kr_writer w = {0};
	enum kr_err err =
		signal_from_json(&submission.signal, &storage, object, &command->fault);

	kr_writer_init(&w);
	if (err == KR_OK) {
		struct kr_view excluded = submission.signal.excluded;

		memcpy(submission.reporter_key, sending->keys.sealing.public_key,
			sizeof(submission.reporter_key));
		if (excluded.len > 0) {
			memcpy(sending->excluded, excluded.data, excluded.len);
		}
		sending->num_excluded = excluded.len / KR_ID_BYTES;
		sending->urgency = submission.signal.urgency;
		kr_submission_write(&w, &submission);
		err = kr_writer_finish(&w, &sending->signal);
	}
	if (err == KR_OK && is_excluded(sending, inbox)) {
		command->fault = "excluded";
		err = KR_ERR_FIELD;
	}
	if (err == KR_OK) {
		err = read_identity(sending, command, &submission.signal);
	}
	kr_wipe(&storage, sizeof(storage));
	return err;
}

static void forget_words(struct sending *sending)
{
	kr_bytes_free(&sending->signal);
	kr_bytes_free(&sending->identity);
	kr_bytes_free(&sending->sealed);
	sending->num_sent = 0;
	sending->is_begun = false;
}

enum kr_err command_send(struct kr_report *report, struct command *command)
{
	static const char *const names[] = {
		"receipt", "signal", "identity", "fallback_knows", NULL};
	struct sending *sending = &report->sending;
	cJSON *tell;
	enum kr_err err;

	if (!sending->has_receipt || sending->is_begun || report->follow.is_begun) {
		return KR_ERR_STATE;
	}
	sending->fallback_knows = false;
	if ((err = json_only(command->args, names)) ||
		(err = check_receipt(sending, command->args)) ||
		(err = json_flag_optional(
			 command->args, "fallback_knows", &sending->fallback_knows)) ||
		(err = read_signal(sending, command, report->choice.id))) {
		forget_words(sending);
		return err;
	}
	sending->is_begun = true;
	sending->command = command->id;
	sending->tick = report->tick;
	tell = cJSON_CreateObject();
	if (!json_add_str(tell, "tell", "sending")) {
		cJSON_Delete(tell);
		return KR_ERR_MEMORY;
	}
	return output_tell(&report->outputs, tell);
}

/* ---- Sealing -------------------------------------------------------------------- */

static enum kr_err fail(struct kr_report *report, enum kr_err err, const char *code)
{
	forget_words(&report->sending);
	return output_failed(&report->outputs, report->sending.command, err, code);
}

/* Who steps in when nobody speaks: the inbox's fallback; whoever is excluded or cannot be
 * sealed to is passed over, for the fallback of that one. KR_OK with zeroes in id:
 * nobody. KR_ERR_STATE: a record is being read. KR_ERR_POLICY: the relay shows none,
 * though it takes no fallback that it does not have. */
static enum kr_err find_fallback(struct kr_report *report,
	struct kr_inbox_record *fallback, const struct kr_inbox_record *owner,
	uint8_t id[KR_ID_BYTES])
{
	struct sending *sending = &report->sending;
	struct kr_inbox_record *record = fallback;

	*record = *owner;
	for (size_t i = 0; record->has_fallback && i < FALLBACKS_MAX; i++) {
		enum kr_err err;

		kr_inbox_id(id, record->moved ? record->successor : record->fallback);
		if (memcmp(id, sending->inbox, KR_ID_BYTES) == 0) {
			break;
		}
		if (!inbox_is_read(report, id, false, sending->tick)) {
			err = inbox_read(report, id, false);
			return err != KR_OK ? err : KR_ERR_STATE;
		}
		if (inbox_newest(record, report, id) != KR_OK) {
			return KR_ERR_POLICY;
		}
		record->has_fallback = record->has_fallback || record->moved;
		if (!is_excluded(sending, id) && !record->moved &&
			record->expires_ms > link_relay_time(report)) {
			return KR_OK;
		}
	}
	memset(id, 0, KR_ID_BYTES);
	return KR_OK;
}

struct reader {
	const uint8_t *id;
	const struct kr_inbox_record *record;
	enum kr_wrap_purpose purpose;
};

static void wrap(struct kr_writer *wraps, struct kr_case_event *e, uint8_t envelope,
	const struct reader *reader, const uint8_t secret[KR_SECRET_BYTES],
	const struct kr_random *rng)
{
	struct kr_recipient to = {
		.envelope = envelope,
		.purpose = reader->purpose,
		.sealing_number = reader->record->sealing_number,
	};

	memcpy(to.party, reader->id, sizeof(to.party));
	kr_envelope_wrap(wraps, e, &to, reader->record->sealing_key, secret, rng);
}

/* Storage for two envelopes and the event: too much for a small stack. */
struct draft {
	struct kr_case_event event;
	uint8_t words[KR_ENVELOPE_STORAGE];
	uint8_t identity[KR_ENVELOPE_STORAGE];
};

static enum kr_err seal_into(struct kr_writer *w, struct kr_writer *wraps,
	struct kr_report *report, struct draft *draft, const struct reader *readers,
	size_t num)
{
	static const uint8_t not_shared[KR_SECRET_BYTES];
	struct sending *sending = &report->sending;
	struct kr_case_event *e = &draft->event;
	struct kr_envelope_secret words;
	struct kr_envelope_secret identity;
	enum kr_err err;

	memcpy(e->case_id, sending->keys.locator, sizeof(e->case_id));
	e->type = KR_EVENT_SUBMITTED;
	memcpy(e->event, sending->event, sizeof(e->event));
	memcpy(e->inbox, sending->inbox, sizeof(e->inbox));
	memcpy(e->fallback, sending->fallback, sizeof(e->fallback));
	e->urgency = sending->urgency;
	if ((err = kr_envelope_seal(e, &words, draft->words, KR_ENVELOPE_WORDS,
		     kr_view_bytes(&sending->signal), report->rng))) {
		return err;
	}
	err = kr_envelope_seal(e, &identity, draft->identity, KR_ENVELOPE_IDENTITY,
		kr_view_bytes(&sending->identity), report->rng);
	for (size_t i = 0; err == KR_OK && i < num; i++) {
		wrap(wraps, e, 0, &readers[i], words.bytes, report->rng);
	}
	for (size_t i = 0; err == KR_OK && i < num; i++) {
		bool knows = i == 0 || sending->fallback_knows;

		wrap(wraps, e, 1, &readers[i], knows ? identity.bytes : not_shared,
			report->rng);
	}
	kr_wipe(&words, sizeof(words));
	kr_wipe(&identity, sizeof(identity));
	if (err != KR_OK || (err = wraps->err)) {
		return err;
	}
	kr_case_event_write(w, e, &sending->keys.signing);
	kr_write_fixed(w, kr_writer_view(wraps));
	sending->wraps_len = wraps->len;
	return w->err;
}

static enum kr_err seal(
	struct kr_report *report, const struct reader *readers, size_t num)
{
	struct sending *sending = &report->sending;
	KR_AUTO_FREE struct kr_bytes space = {0};
	KR_AUTO_WRITER struct kr_writer w = {0};
	KR_AUTO_WRITER struct kr_writer wraps = {0};
	enum kr_err err = kr_bytes_alloc(&space, sizeof(struct draft));

	kr_writer_init(&w);
	kr_writer_init(&wraps);
	if (err != KR_OK) {
		return err;
	}
	err = seal_into(
		&w, &wraps, report, (struct draft *)(void *)space.data, readers, num);
	if (err != KR_OK || (err = kr_writer_finish(&w, &sending->sealed))) {
		return err;
	}
	kr_bytes_free(&sending->signal);
	kr_bytes_free(&sending->identity);
	return KR_OK;
}

/* Records anew: what was read when the inbox was opened may be an hour old. */
static enum kr_err prepare(struct kr_report *report)
{
	struct sending *sending = &report->sending;
	struct kr_inbox_record owner;
	struct kr_inbox_record fallback;
	struct reader readers[2];
	size_t num = 1;
	enum kr_err err;

	memcpy(sending->inbox, report->choice.id, sizeof(sending->inbox));
	if (!inbox_is_read(report, sending->inbox, false, sending->tick)) {
		return inbox_read(report, sending->inbox, false);
	}
	if (inbox_newest(&owner, report, sending->inbox) != KR_OK || owner.moved ||
		owner.expires_ms <= link_relay_time(report)) {
		return fail(report, KR_ERR_INBOX_EXPIRED, NULL);
	}
	err = find_fallback(report, &fallback, &owner, sending->fallback);
	if (err == KR_ERR_POLICY) {
		err = report_alarm_raise(report, "record", 0);
		return err != KR_OK ? err : fail(report, KR_ERR_POLICY, "record");
	}
	if (err != KR_OK) {
		return err == KR_ERR_STATE ? KR_OK : err;
	}
	readers[0] = (struct reader){sending->inbox, &owner, KR_WRAP_PARTY};
	if (memcmp(sending->fallback, zero_id, sizeof(zero_id)) != 0) {
		readers[num++] =
			(struct reader){sending->fallback, &fallback, KR_WRAP_WAITING};
	}
	err = seal(report, readers, num);
	return err == KR_OK || err == KR_ERR_MEMORY || err == KR_ERR_RANDOM
		? err
		: fail(report, err, NULL);
}

/* ---- Arrival -------------------------------------------------------------------- */

/* The running hash after `submitted`, of which all is known here but the relay's time and
 * deadline: these the word says. */
static enum kr_err expected_hash(uint8_t out[KR_SHA256_BYTES],
	const struct kr_report *report, const struct kr_relay_word *word)
{
	static const uint8_t before[KR_SHA256_BYTES];
	const struct sending *sending = &report->sending;
	struct kr_event_head head = {
		.key = kr_view(sending->keys.signing.public_key, KR_ID_BYTES),
		.by = kr_view(zero_id, KR_ID_BYTES),
		.inbox = kr_view(sending->inbox, KR_ID_BYTES),
		.fallback = kr_view(sending->fallback, KR_ID_BYTES),
		.urgency = sending->urgency,
		.until_ms = word->until_ms,
	};
	struct kr_event event = {
		.topic = kr_topic(KR_TOPIC_CASE, sending->keys.locator),
		.seq = 1,
		.rev = 1,
		.type = KR_EVENT_SUBMITTED,
		.time_ms = word->time_ms,
		.body = kr_view(
			sending->sealed.data, sending->sealed.len - sending->wraps_len),
	};
	KR_AUTO_WRITER struct kr_writer w = {0};
	enum kr_err err;

	kr_writer_init(&w);
	memcpy(event.id, sending->event, sizeof(event.id));
	if ((err = kr_event_head_write(&w, event.type, &head))) {
		return err;
	}
	event.head = kr_writer_view(&w);
	kr_event_hash(out, before, &event);
	return KR_OK;
}

/* Every byte of it arrived at that inbox, and the deadline is the one that its record
 * gives. Else the relay's name for a lie. */
static const char *judge_arrival(
	const struct kr_report *report, struct kr_view bytes, struct kr_relay_word *word)
{
	static const struct kr_case_state none;
	const struct sending *sending = &report->sending;
	struct kr_case_act act = {
		.type = KR_EVENT_SUBMITTED, .urgency = sending->urgency};
	uint8_t hash[KR_SHA256_BYTES];
	struct kr_inbox_record owner;
	uint64_t until_ms;

	if (inbox_newest(&owner, report, sending->inbox) != KR_OK ||
		kr_relay_word_read(word, bytes, owner.relay_key) != KR_OK ||
		word->kind != KR_RELAY_ARRIVAL ||
		!kr_view_equal(word->relay, kr_view_str(report->link.relay)) ||
		memcmp(word->case_id, sending->keys.locator, KR_ID_BYTES) != 0 ||
		memcmp(word->event, sending->event, KR_EVENT_ID_BYTES) != 0 ||
		memcmp(word->inbox, sending->inbox, KR_ID_BYTES) != 0 || word->seq != 1 ||
		expected_hash(hash, report, word) != KR_OK ||
		memcmp(hash, word->hash, sizeof(hash)) != 0) {
		return "relay_word";
	}
	if (kr_case_clock(&until_ms, &none, &act, &owner, 0, word->time_ms) != KR_OK ||
		word->until_ms > until_ms || word->until_ms <= word->time_ms ||
		word->time_ms > link_relay_time(report) + 60000) {
		return "clock";
	}
	return NULL;
}

static enum kr_err answer_sent(
	struct kr_report *report, const struct kr_relay_word *word, struct kr_view bytes)
{
	const struct sending *sending = &report->sending;
	cJSON *answer = cJSON_CreateObject();

	if (!json_add_id(answer, "case", sending->keys.locator) ||
		!json_add_number(answer, "time", word->time_ms) ||
		!json_add_number(answer, "until", word->until_ms) ||
		!json_add_bytes(answer, "arrival", bytes)) {
		cJSON_Delete(answer);
		return KR_ERR_MEMORY;
	}
	return output_done(&report->outputs, sending->command, answer);
}

static enum kr_err submitted(struct kr_report *report, const struct answer *answer)
{
	struct sending *sending = &report->sending;
	struct kr_relay_word word;
	const char *lie;
	enum kr_err err;

	if (!answer->ok) {
		return answer->retry == KR_RETRY_LATER
			? KR_OK
			: fail(report, answer->err, answer->code);
	}
	lie = judge_arrival(report, answer->body, &word);
	if (lie != NULL) {
		err = report_alarm_raise(report, lie, 0);
		return err != KR_OK ? err : fail(report, KR_ERR_POLICY, lie);
	}
	if ((err = answer_sent(report, &word, answer->body))) {
		return err;
	}
	follow_begin_sent(report, &sending->keys, word.hash, sending->num_sent == 1);
	forget_words(sending);
	return KR_OK;
}

enum kr_err sending_reconcile(struct kr_report *report)
{
	struct sending *sending = &report->sending;
	struct kr_request request = {
		.verb = KR_VERB_CASE_SUBMIT,
		.fields = KR_R(EVENT) | KR_R(TOPIC) | KR_R(WRAPS_LEN),
	};
	enum kr_err err;

	if (!sending->is_begun || !link_is_free(report)) {
		return KR_OK;
	}
	if (sending->sealed.len == 0) {
		err = prepare(report);
		if (err != KR_OK || sending->sealed.len == 0) {
			return err;
		}
	}
	memcpy(request.event, sending->event, sizeof(request.event));
	request.topic = kr_topic(KR_TOPIC_CASE, sending->keys.locator);
	request.wraps_len = sending->wraps_len;
	request.body = kr_view_bytes(&sending->sealed);
	sending->num_sent++;
	return report_link_request(report, &request, submitted);
}
