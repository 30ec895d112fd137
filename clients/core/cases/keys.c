/* The keys to what is said in a case: unwrapped as the relay gives them out, and handed
 * on by others; and the receipt's. CASES.md §5 and §6. */
#include <stdlib.h>
#include <string.h>

#include "clients/core/cases/cases.h"
#include "clients/core/state.h"

/* Does this key open the envelope that it is said to be of? One that does not must not
 * take the place of the true one, which may come later: it would keep somebody out.
 * storage is of KR_ENVELOPE_STORAGE bytes. */
static bool opens(const struct kr_core *core, const struct followed_case *c,
	const struct kr_envelope_secret *secret, uint8_t *storage)
{
	struct kr_case_event event;
	struct kept_event kept;
	struct kr_view text;

	if (case_event_at(core, c, secret->seq, &kept, &event) != KR_OK) {
		return false;
	}
	for (size_t i = 0; i < event.num_envelopes; i++) {
		if (event.envelopes[i].kind == (enum kr_envelope_kind)secret->kind) {
			return kr_envelope_open(&text, storage, &event, i, secret) ==
				KR_OK;
		}
	}
	return false;
}

static enum kr_err keep_handed_on(struct kr_core *core, struct followed_case *c,
	const struct kr_case_event *event, uint64_t seq)
{
	struct kr_envelope_secret *secrets =
		calloc(KR_ENVELOPE_KEYS_MAX, sizeof(*secrets));
	uint8_t *storage = malloc(KR_ENVELOPE_STORAGE);
	struct kr_view text;
	size_t num = 0;
	enum kr_err err = secrets == NULL || storage == NULL ? KR_ERR_MEMORY : KR_OK;

	if (err == KR_OK &&
		case_open_envelope(
			core, c, event, seq, KR_ENVELOPE_KEYS, storage, &text) == KR_OK &&
		kr_envelope_keys_read(secrets, KR_ENVELOPE_KEYS_MAX, &num, event->type,
			text) != KR_OK) {
		num = 0;
	}
	for (size_t i = 0; err == KR_OK && i < num; i++) {
		if (opens(core, c, &secrets[i], storage)) {
			err = case_keep_secret(core, c, secrets[i].seq,
				(enum kr_envelope_kind)secrets[i].kind, secrets[i].bytes);
		}
	}
	if (secrets != NULL) {
		kr_wipe(secrets, KR_ENVELOPE_KEYS_MAX * sizeof(*secrets));
	}
	if (storage != NULL) {
		kr_wipe(storage, KR_ENVELOPE_STORAGE);
	}
	free(secrets);
	free(storage);
	return err;
}

static enum kr_err take_wrap(struct kr_core *core, struct followed_case *c, uint64_t seq,
	size_t recipient, const uint8_t wrap[KR_WRAP_BYTES])
{
	struct kr_topic topic = kr_topic(KR_TOPIC_CASE, c->id);
	struct kr_envelope_secret secret;
	const struct kr_x25519_keypair *pair;
	const struct inbox *inbox;
	struct kr_case_event event;
	struct kept_event kept;
	enum kr_envelope_kind kind;
	enum kr_err err;

	if (case_event_at(core, c, seq, &kept, &event) != KR_OK ||
		recipient >= event.num_recipients) {
		return KR_OK;
	}
	inbox = inbox_look(core, event.recipients[recipient].party);
	pair = inbox == NULL
		? NULL
		: inbox_pair(inbox, event.recipients[recipient].sealing_number);
	if (pair == NULL) {
		return KR_OK; /* not ours, or of before our time */
	}
	kind = event.envelopes[event.recipients[recipient].envelope].kind;
	err = kr_envelope_unwrap(&secret, &event, recipient, wrap, &c->chain.state, pair);
	if (err == KR_ERR_POLICY || err == KR_ERR_MEMORY) {
		return err == KR_ERR_MEMORY ? err : KR_OK; /* not shared, and so meant */
	}
	if (err != KR_OK) {
		enum alarm alarm = err == KR_ERR_STATE ? ALARM_WRAP_EARLY
			: err == KR_ERR_HASH           ? ALARM_WRAP_CHANGED
						       : ALARM_CASE_RECIPIENTS;

		return alarm_raise(core, alarm,
			&(struct alarm_about){.topic = &topic, .seq = seq, .err = err});
	}
	err = case_keep_secret(core, c, seq, kind, secret.bytes);
	kr_wipe(&secret, sizeof(secret));
	return err == KR_OK && kind == KR_ENVELOPE_KEYS
		? keep_handed_on(core, c, &event, seq)
		: err;
}

static enum kr_err keys_answered(
	struct kr_core *core, const struct answer *answer, struct kr_view context)
{
	struct followed_case *c = case_find(core, context.data);
	struct kr_reader r = kr_reader(answer->body);
	uint64_t next = 0;
	bool more = false;
	enum kr_err err;

	if (c == NULL) {
		return KR_OK;
	}
	c->is_asking_keys = false;
	if (!answer->ok && answer->retry == KR_RETRY_LATER) {
		c->keys_retry_ms = answer_retry_time(answer, core->now_ms);
		return KR_OK;
	}
	if (!answer->ok) {
		c->keys_after = c->chain.seq; /* until something is new */
		return KR_OK;
	}
	while (r.rest.len > 0) {
		struct kr_view wrap;
		uint16_t recipient;
		uint64_t seq;

		if (kr_read_u64(&r, &seq) != KR_OK ||
			kr_read_u16(&r, &recipient) != KR_OK ||
			kr_read_fixed(&r, KR_WRAP_BYTES, &wrap) != KR_OK) {
			break;
		}
		if ((err = take_wrap(core, c, seq, recipient, wrap.data))) {
			return err;
		}
	}
	/* A page that does not lead on is the last one. */
	(void)kr_json_get_u64(answer->doc, "next", &next);
	(void)kr_json_get_bool(answer->doc, "more", &more);
	c->keys_after = more && next > c->keys_after ? next : c->chain.seq;
	if ((err = case_learn_reporter_key(core, c))) {
		return err;
	}
	return tell_changed(core, "cases", NULL, NULL);
}

enum kr_err case_ask_keys(
	struct kr_core *core, struct followed_case *c, const struct inbox *inbox)
{
	struct kr_request request = {
		.verb = KR_VERB_CASE_KEYS,
		.fields = KR_R(TOPIC) | KR_R(AFTER) | KR_R(INBOX),
		.topic = kr_topic(KR_TOPIC_CASE, c->id),
		.after = c->keys_after,
	};

	memcpy(request.inbox, inbox->id, sizeof(request.inbox));
	c->is_asking_keys = true;
	return link_request(core, &request, keys_answered, kr_view(c->id, sizeof(c->id)));
}

/* ---- The signal, and the receipt's key ------------------------------------------ */

enum kr_err case_signal(const struct kr_core *core, const struct followed_case *c,
	uint8_t *storage, struct kr_signal *signal)
{
	struct kr_submission submission;
	struct kr_case_event event;
	struct kept_event kept;
	struct kr_view text;
	enum kr_err err;

	if ((err = case_event_at(core, c, 1, &kept, &event)) ||
		(err = case_open_envelope(
			 core, c, &event, 1, KR_ENVELOPE_WORDS, storage, &text)) ||
		(err = kr_submission_read(&submission, text, event.urgency))) {
		return err;
	}
	*signal = submission.signal;
	return KR_OK;
}

/* From the words of `submitted` (CASES.md §6), also where the signal is of a newer
 * version: it can be answered all the same. */
static bool learn_from_submission(struct followed_case *c, struct kr_view text)
{
	struct kr_reader r = kr_reader(text);
	struct kr_view signal;

	return kr_read_vec(&r, &signal) == KR_OK &&
		kr_read_copy(&r, c->reporter_key, sizeof(c->reporter_key)) == KR_OK &&
		kr_read_end(&r) == KR_OK;
}

/* From the words with which somebody in the case asked an inbox of one's own. */
static bool learn_from_offer(const struct kr_core *core, struct followed_case *c,
	uint64_t seq, uint8_t *storage)
{
	struct kr_case_event event;
	struct kept_event kept;
	struct kr_words words;
	struct kr_view text;

	if (case_event_at(core, c, seq, &kept, &event) != KR_OK ||
		event.type == KR_EVENT_SUBMITTED ||
		case_open_envelope(core, c, &event, seq, KR_ENVELOPE_WORDS, storage,
			&text) != KR_OK ||
		kr_words_read(&words, text) != KR_OK || words.reporter_key.len == 0) {
		return false;
	}
	memcpy(c->reporter_key, words.reporter_key.data, sizeof(c->reporter_key));
	return true;
}

enum kr_err case_learn_reporter_key(struct kr_core *core, struct followed_case *c)
{
	uint8_t *storage;
	struct kr_case_event event;
	struct kept_event kept;
	struct kr_view text;

	if ((c->has_reporter_key && !c->is_reporter_key_told) ||
		case_event_at(core, c, 1, &kept, &event) != KR_OK) {
		return KR_OK;
	}
	storage = malloc(KR_ENVELOPE_STORAGE);
	if (storage == NULL) {
		return KR_ERR_MEMORY;
	}
	if (case_open_envelope(core, c, &event, 1, KR_ENVELOPE_WORDS, storage, &text) ==
			KR_OK &&
		learn_from_submission(c, text)) {
		c->has_reporter_key = true;
		c->is_reporter_key_told = false;
	}
	for (uint64_t seq = c->chain.seq; seq > 1 && !c->has_reporter_key; seq--) {
		c->has_reporter_key = learn_from_offer(core, c, seq, storage);
		c->is_reporter_key_told = c->has_reporter_key;
	}
	kr_wipe(storage, KR_ENVELOPE_STORAGE);
	free(storage);
	return KR_OK;
}
