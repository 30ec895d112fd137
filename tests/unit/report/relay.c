/* The relay's side of the scene. */
#include <string.h>

#include "relay.h"
#include "test.h"

#include <kring/request.h>

/* ---- Inboxes -------------------------------------------------------------------- */

static void check(enum kr_err err)
{
	if (err != KR_OK) {
		fail_msg("%s", kr_err_name(err));
	}
}

static void fill_settings(struct scene *s, size_t i)
{
	struct scene_inbox *inbox = &s->inboxes[i];
	struct kr_inbox_record *r = &inbox->settings;

	*r = (struct kr_inbox_record){
		.number = 1,
		.made_ms = START_MS - 1000,
		.expires_ms = START_MS + UINT64_C(300) * 24 * 3600 * 1000,
		.zone = kr_view_str("Europe/Amsterdam"),
		.promise_s = 7 * 24 * 3600,
		.promises = 3,
		.retention_s = 100000,
		.retention_unread_s = KR_INBOX_UNREAD_MIN_S,
		.num_team = 1,
	};
	r->hours.num_offsets = 1;
	r->hours.offsets[0].minutes = 60;
	memcpy(r->relay_key, s->relay_key.public_key, sizeof(r->relay_key));
	for (size_t u = 0; u < KR_NUM_URGENCIES; u++) {
		r->deadlines[u] = (struct kr_inbox_deadline){
			.acknowledge_s = 3600 * (uint32_t)(u + 1),
			.follow_up_s = 7200 * (uint32_t)(u + 1),
			.continuous = true,
		};
	}
	if (i + 1 < NUM_INBOXES) {
		r->has_fallback = true;
		memcpy(r->fallback, s->inboxes[i + 1].identity.public_key,
			sizeof(r->fallback));
	}
	memcpy(r->team[0].account, inbox->account, KR_ID_BYTES);
	memcpy(r->team[0].device_key, inbox->device.public_key, 32);
	memcpy(r->team[0].sealing_key, inbox->member.public_key, 32);
	r->team[0].administrator = true;
}

static void seal_record(struct scene *s, size_t i, bool rotate)
{
	static const char *const names[NUM_INBOXES] = {
		"Wijkagent Noord", "Veilig Thuis", "Wijkteam"};
	struct scene_inbox *inbox = &s->inboxes[i];
	struct kr_inbox_card card = {
		.name = kr_view_str(names[i]),
		.about = kr_view_str("Wij lezen mee."),
		.call = kr_view_str(CALL),
	};
	struct kr_view none = {0};
	struct kr_writer w;

	kr_writer_init(&w);
	kr_inbox_seal(
		&w, &inbox->settings, &inbox->secrets, &card, &none, rotate, &s->rng);
	inbox->since_ms[inbox->num_records] = s->now_ms;
	check(kr_writer_finish(&w, &inbox->records[inbox->num_records++]));
}

void relay_begin(struct scene *s)
{
	check(kr_ed25519_generate(&s->relay_key, &s->rng));
	check(kr_ed25519_generate(&s->stranger, &s->rng));
	for (size_t i = 0; i < NUM_INBOXES; i++) {
		struct scene_inbox *inbox = &s->inboxes[i];

		check(kr_inbox_secrets_generate(&inbox->secrets, &s->rng));
		kr_ed25519_from_seed(&inbox->identity, &inbox->secrets.identity_seed);
		check(kr_ed25519_generate(&inbox->device, &s->rng));
		check(kr_x25519_generate(&inbox->member, &s->rng));
		check(kr_random_fill(&s->rng, inbox->account, KR_ID_BYTES));
		kr_inbox_id(inbox->id, inbox->identity.public_key);
	}
	for (size_t i = 0; i < NUM_INBOXES; i++) {
		fill_settings(s, i);
		seal_record(s, i, true);
	}
}

void scene_rotate(struct scene *s, size_t i)
{
	struct scene_inbox *inbox = &s->inboxes[i];
	struct kr_view before = kr_view_bytes(&inbox->records[inbox->num_records - 1]);
	struct kr_inbox_record record;

	check(kr_inbox_record_read(&record, before));
	inbox->settings.number++;
	kr_sha256(inbox->settings.previous, before);
	inbox->settings.sealing_number = record.sealing_number;
	memcpy(inbox->settings.sealing_key, record.sealing_key, KR_X25519_BYTES);
	inbox->settings.previous_secret = record.previous_secret;
	seal_record(s, i, true);
}

void relay_end(struct scene *s)
{
	for (size_t i = 0; i < NUM_INBOXES; i++) {
		for (size_t k = 0; k < s->inboxes[i].num_records; k++) {
			kr_bytes_free(&s->inboxes[i].records[k]);
		}
	}
	for (size_t i = 0; i < s->num_events; i++) {
		kr_bytes_free(&s->events[i].body);
		kr_bytes_free(&s->events[i].wraps);
	}
}

/* ---- The case ------------------------------------------------------------------- */

static struct scene_inbox *inbox_of(struct scene *s, const uint8_t *id)
{
	for (size_t i = 0; id != NULL && i < NUM_INBOXES; i++) {
		if (memcmp(s->inboxes[i].id, id, KR_ID_BYTES) == 0) {
			return &s->inboxes[i];
		}
	}
	return NULL;
}

/* The record of the clock, as it is now. */
static uint64_t clock_of(struct scene *s, const struct kr_case_act *act, uint64_t date_ms)
{
	struct scene_inbox *inbox = inbox_of(s, kr_case_clock_inbox(&s->state, act));
	uint64_t until_ms = 0;

	assert_non_null(inbox);
	if (kr_case_clock(&until_ms, &s->state, act, &inbox->settings, date_ms,
		    s->now_ms) != KR_OK) {
		until_ms = s->now_ms + 1;
	}
	return until_ms;
}

/* Head, hash and place; the state goes on if it permits it. */
struct scene_event *relay_append(struct scene *s, const struct kr_case_act *act,
	const uint8_t event[KR_EVENT_ID_BYTES], const uint8_t *author,
	struct kr_view body, struct kr_view wraps, uint64_t date_ms)
{
	static const uint8_t zero[KR_SHA256_BYTES];
	struct scene_event *e = &s->events[s->num_events];
	struct kr_case_act stored = *act;
	struct kr_event_head head = {
		.key = kr_view(act->key, 32),
		.by = kr_view(act->by != NULL ? act->by : zero, KR_ID_BYTES),
		.inbox = kr_view(act->inbox != NULL ? act->inbox : zero, KR_ID_BYTES),
		.fallback = kr_view(
			act->fallback != NULL ? act->fallback : zero, KR_ID_BYTES),
		.urgency = act->urgency,
	};
	struct kr_writer w;

	assert_true(s->num_events < EVENTS_MAX);
	head.until_ms = stored.until_ms = clock_of(s, act, date_ms);
	kr_writer_init_fixed(&w, e->head, sizeof(e->head));
	check(kr_event_head_write(&w, act->type, &head));
	check(kr_bytes_copy(&e->body, body));
	check(kr_bytes_copy(&e->wraps, wraps));
	e->event = (struct kr_event){
		.topic = kr_topic(KR_TOPIC_CASE, s->case_id),
		.seq = s->num_events + 1,
		.rev = s->num_events + 1,
		.type = (uint16_t)act->type,
		.author = kr_view(author, author != NULL ? KR_ID_BYTES : 0),
		.time_ms = s->now_ms,
		.head = kr_writer_view(&w),
		.body = kr_view_bytes(&e->body),
	};
	memcpy(e->event.id, event, KR_EVENT_ID_BYTES);
	kr_event_hash(e->hash, s->num_events > 0 ? e[-1].hash : zero, &e->event);
	s->num_events++;
	(void)kr_case_apply(&s->state, &stored);
	return e;
}

/* ---- What professionals do ------------------------------------------------------ */

static void add_words(struct scene *s, struct kr_case_event *e, struct kr_writer *wraps,
	const struct kr_case_act *act, const char *text, uint8_t *storage)
{
	struct kr_recipient readers[KR_CASE_PARTIES_MAX + 1];
	size_t num = kr_case_readers(&s->state, act, readers);
	struct kr_words words = {
		.type = e->type,
		.inbox = kr_view_str("Wijkagent Noord"),
		.author = kr_view_str("Anja"),
		.outcome = e->type == KR_EVENT_CLOSED ? KR_OUTCOME_HELP_STARTED : 0,
		.text = kr_view_str(text),
	};
	struct kr_envelope_secret secret;
	struct kr_writer w;

	if (e->type == KR_EVENT_HANDOVER_OFFERED || e->type == KR_EVENT_CONSULTED ||
		e->type == KR_EVENT_JOIN_INVITED) {
		words.reporter_key = kr_view(e->case_id, KR_X25519_BYTES);
	}
	kr_writer_init(&w);
	kr_words_write(&w, &words);
	if (s->lie == LIE_WORDS) {
		kr_writer_reset(&w);
		kr_write_u32(&w, 7);
	}
	check(kr_envelope_seal(
		e, &secret, storage, KR_ENVELOPE_WORDS, kr_writer_view(&w), &s->rng));
	kr_writer_free(&w);
	for (size_t i = 0; i < num; i++) {
		struct scene_inbox *inbox = inbox_of(s, readers[i].party);

		if (inbox == NULL && s->lie == LIE_RECIPIENTS) {
			continue;
		}
		readers[i].sealing_number = inbox != NULL ? inbox->settings.number : 0;
		kr_envelope_wrap(wraps, e, &readers[i],
			inbox != NULL ? inbox->secrets.sealing.public_key
				      : s->receipt_key,
			secret.bytes, &s->rng);
	}
}

void scene_act(
	struct scene *s, enum kr_event_type type, size_t by, const char *text, int about)
{
	static uint8_t storage[KR_ENVELOPE_STORAGE];
	static struct kr_case_event e;
	static const uint8_t zero[KR_ID_BYTES];
	const struct scene_inbox *inbox = &s->inboxes[by];
	const struct scene_event *last = &s->events[s->num_events - 1];
	struct kr_case_act act = {
		.type = type,
		.actor = KR_ACTOR_INBOX,
		.by = inbox->id,
		.inbox = about >= 0 ? s->inboxes[about].id : zero,
		.fallback = zero,
	};
	struct kr_writer wraps;
	struct kr_writer w;

	e = (struct kr_case_event){.type = (uint16_t)type,
		.seen_seq = s->num_events,
		.by_number = inbox->settings.number,
		.date_ms = type == KR_EVENT_PROMISE ? s->now_ms + 3600000 : 0};
	memcpy(e.case_id, s->case_id, KR_ID_BYTES);
	memcpy(e.seen_hash, last->hash, sizeof(e.seen_hash));
	memcpy(e.by, inbox->id, KR_ID_BYTES);
	memcpy(e.inbox, act.inbox, KR_ID_BYTES);
	check(kr_random_fill(&s->rng, e.event, sizeof(e.event)));
	e.seen_hash[0] ^= s->lie == LIE_FORK ? 1 : 0;
	kr_writer_init(&wraps);
	kr_writer_init(&w);
	if (text != NULL) {
		add_words(s, &e, &wraps, &act, text, storage);
	}
	kr_case_event_write(&w, &e, s->lie == LIE_SIGNER ? &s->stranger : &inbox->device);
	check(w.err);
	relay_append(s, &act, e.event, inbox->account, kr_writer_view(&w),
		kr_writer_view(&wraps), e.date_ms);
	kr_writer_free(&wraps);
	kr_writer_free(&w);
	scene_run(s);
}

void scene_overdue(struct scene *s)
{
	static const uint8_t zero[KR_ID_BYTES];
	const struct kr_case_party *fallback = kr_case_fallback(&s->state);
	struct kr_case_act act = {
		.type = KR_EVENT_OVERDUE,
		.actor = KR_ACTOR_RELAY,
		.inbox = fallback != NULL ? fallback->inbox : zero,
	};
	struct kr_relay_word word = {
		.kind = KR_RELAY_OVERDUE,
		.relay = kr_view_str(RELAY),
		.seq = s->num_events,
		.time_ms = s->now_ms,
		.until_ms = clock_of(s, &act, 0),
	};
	uint8_t inbox[KR_ID_BYTES];
	struct kr_writer w;

	memcpy(inbox, act.inbox, KR_ID_BYTES); /* the state changes below */
	act.inbox = inbox;
	memcpy(word.case_id, s->case_id, KR_ID_BYTES);
	memcpy(word.inbox, inbox, KR_ID_BYTES);
	memcpy(word.hash, s->events[s->num_events - 1].hash, KR_SHA256_BYTES);
	check(kr_random_fill(&s->rng, word.event, sizeof(word.event)));
	kr_writer_init(&w);
	kr_relay_word_write(
		&w, &word, s->lie == LIE_RELAY_WORD ? &s->stranger : &s->relay_key);
	relay_append(s, &act, word.event, NULL, kr_writer_view(&w), kr_view(NULL, 0), 0);
	kr_writer_free(&w);
	scene_run(s);
}

/* ---- Answers -------------------------------------------------------------------- */

static void answer_begin(struct kr_json *j, struct kr_writer *w, uint64_t re)
{
	kr_json_begin(j, w);
	kr_json_u64(j, "re", re);
}

static void answer_ok(struct scene *s, uint64_t re)
{
	struct kr_writer w;
	struct kr_json j;

	kr_writer_init(&w);
	answer_begin(&j, &w, re);
	kr_json_bool(&j, "ok", true);
	kr_json_u64(&j, "seq", s->lie == LIE_HEAD_BEHIND ? 0 : s->num_events);
	kr_json_u64(&j, "rev", s->num_events);
	kr_json_u64(&j, "next", s->num_events);
	kr_json_bool(&j, "more", false);
	kr_json_u64(&j, "time", s->now_ms);
	kr_json_end(&j);
	scene_say(s, kr_writer_view(&w), true);
	kr_writer_free(&w);
}

static void answer_error(struct scene *s, uint64_t re, const char *error)
{
	bool rebases = strcmp(error, "rev_past") == 0 || strcmp(error, "trimmed") == 0;
	struct kr_writer w;
	struct kr_json j;

	kr_writer_init(&w);
	answer_begin(&j, &w, re);
	kr_json_str(&j, "error", error);
	kr_json_str(&j, "text", "No.");
	kr_json_str(&j, "retry",
		strcmp(error, "busy") == 0 ? "later"
			: rebases          ? "rebase"
					   : "never");
	if (rebases) {
		kr_json_u64(&j, "seq", s->num_events);
	}
	kr_json_end(&j);
	scene_say(s, kr_writer_view(&w), true);
	kr_writer_free(&w);
}

static void answer_body(struct scene *s, uint64_t re, struct kr_view body)
{
	struct kr_writer w;
	struct kr_json j;
	size_t begin;

	kr_writer_init(&w);
	begin = kr_message_begin(&w);
	answer_begin(&j, &w, re);
	kr_json_bool(&j, "ok", true);
	kr_json_u64(&j, "seq", 1);
	kr_json_u64(&j, "next", s->num_events);
	kr_json_bool(&j, "more", false);
	kr_json_end(&j);
	kr_message_end(&w, begin, body);
	scene_say(s, kr_writer_view(&w), false);
	kr_writer_free(&w);
}

void relay_say(struct scene *s, const struct kr_event *event,
	const uint8_t hash[KR_SHA256_BYTES])
{
	struct kr_writer w;

	kr_writer_init(&w);
	kr_event_message(&w, event, hash);
	check(w.err);
	scene_say(s, kr_writer_view(&w), false);
	kr_writer_free(&w);
}

void relay_hello(struct scene *s)
{
	static const uint8_t incarnation[16] = {5};
	struct kr_writer w;
	struct kr_json j;

	check(kr_random_fill(&s->rng, s->challenge, sizeof(s->challenge)));
	kr_writer_init(&w);
	kr_json_begin(&j, &w);
	kr_json_str(&j, "verb", "hello");
	kr_json_str(&j, "relay", s->lie == LIE_OTHER_NAME ? "other.test" : RELAY);
	kr_json_bytes(&j, "incarnation", kr_view(incarnation, sizeof(incarnation)));
	kr_json_bytes(&j, "challenge", kr_view(s->challenge, sizeof(s->challenge)));
	kr_json_bytes(&j, "relay_key",
		kr_view(s->lie == LIE_OTHER_KEY ? s->stranger.public_key
						: s->relay_key.public_key,
			32));
	kr_json_u64(&j, "time", s->now_ms);
	kr_json_end(&j);
	scene_say(s, kr_writer_view(&w), true);
	kr_writer_free(&w);
}

/* ---- Verbs ---------------------------------------------------------------------- */

static void say_record(struct scene *s, const struct scene_inbox *inbox, size_t i)
{
	struct kr_bytes forged = {0};
	struct kr_event event = {
		.topic = kr_topic(KR_TOPIC_INBOX, inbox->id),
		.seq = i + 1,
		.rev = i + 1,
		.type = KR_EVENT_INBOX_SET,
		.time_ms = inbox->since_ms[i],
		.body = kr_view_bytes(&inbox->records[i]),
	};
	struct kr_event_head head = {
		.key = kr_view(inbox->identity.public_key, 32),
		.hash = kr_view(inbox->id, 32),
		.added = kr_view(inbox->account, 32),
		.admins_added = kr_view(inbox->account, 32),
	};
	uint8_t hash[KR_SHA256_BYTES] = {1};
	struct kr_writer w;

	kr_writer_init(&w);
	check(kr_event_head_write(&w, event.type, &head));
	event.head = kr_writer_view(&w);
	if (s->lie == LIE_FORGED_RECORD) {
		check(kr_bytes_copy(&forged, event.body));
		forged.data[200] ^= 1;
		event.body = kr_view_bytes(&forged);
	}
	relay_say(s, &event, hash);
	kr_bytes_free(&forged);
	kr_writer_free(&w);
}

static void verb_inbox_read(struct scene *s, const struct kr_request *r)
{
	const struct scene_inbox *inbox = inbox_of(s, r->topic.id);
	size_t first;
	size_t end;

	if (inbox == NULL || (s->lie == LIE_NO_FALLBACK && inbox != &s->inboxes[WIJK])) {
		answer_error(s, r->id, "forbidden");
		return;
	}
	end = inbox->num_records - (s->lie == LIE_OLD_RECORD ? 1 : 0);
	first = (r->fields & KR_R(AFTER)) != 0 ? (size_t)r->after : end - 1;
	for (size_t i = first; i < end && s->lie != LIE_NO_RECORD; i++) {
		say_record(s, inbox, i);
	}
	answer_ok(s, r->id);
}

static void keep_sent(struct scene *s, struct kr_view body)
{
	assert_true(s->num_sent < NUM(s->sent));
	check(kr_bytes_copy(&s->sent[s->num_sent++], body));
}

/* As a true relay checks it: PROTOCOL.md §4a. */
static bool take_signed(struct scene *s, const struct kr_request *r,
	struct kr_case_event *e, struct kr_case_act *act)
{
	struct kr_view bytes = kr_view(r->body.data, r->body.len - r->wraps_len);
	struct kr_view wraps = kr_view(r->body.data + bytes.len, r->wraps_len);
	struct kr_case_state after = s->state;

	check(kr_case_event_read(e, bytes));
	check(kr_case_wraps_check(e, wraps));
	assert_memory_equal(e->case_id, r->topic.id, KR_ID_BYTES);
	assert_memory_equal(e->event, r->event, KR_EVENT_ID_BYTES);
	*act = (struct kr_case_act){
		.type = (enum kr_event_type)e->type,
		.actor = KR_ACTOR_REPORTER,
		.inbox = e->inbox,
		.fallback = e->fallback,
		.key = e->signer,
		.urgency = e->urgency,
	};
	if (e->seen_seq != s->num_events ||
		(s->num_events > 0 &&
			memcmp(e->seen_hash, s->events[s->num_events - 1].hash, 32) !=
				0)) {
		answer_error(s, r->id, "rev_past");
		return false;
	}
	check(kr_case_recipients_check(&s->state, act, e));
	check(kr_case_apply(&after, act));
	relay_append(s, act, e->event, NULL, bytes, wraps, 0);
	return true;
}

static bool is_repeat(const struct scene *s, const struct kr_request *r)
{
	for (size_t i = 0; i < s->num_events; i++) {
		if (memcmp(s->events[i].event.id, r->event, KR_EVENT_ID_BYTES) == 0) {
			return true;
		}
	}
	return false;
}

static void answer_arrival(struct scene *s, uint64_t re)
{
	const struct scene_event *e = &s->events[0];
	struct kr_event_head head;
	struct kr_relay_word word = {
		.kind = KR_RELAY_ARRIVAL,
		.relay = kr_view_str(RELAY),
		.seq = 1,
		.time_ms = e->event.time_ms,
	};
	struct kr_writer w;

	check(kr_event_head_read(&head, e->event.type, e->event.head));
	word.until_ms = head.until_ms + (s->lie == LIE_ARRIVAL_UNTIL ? 1 : 0);
	memcpy(word.case_id, s->case_id, KR_ID_BYTES);
	memcpy(word.event, e->event.id, KR_EVENT_ID_BYTES);
	memcpy(word.hash, e->hash, KR_SHA256_BYTES);
	memcpy(word.inbox, head.inbox.data, KR_ID_BYTES);
	word.hash[0] ^= s->lie == LIE_ARRIVAL_HASH ? 1 : 0;
	word.inbox[0] ^= s->lie == LIE_ARRIVAL_INBOX ? 1 : 0;
	kr_writer_init(&w);
	kr_relay_word_write(
		&w, &word, s->lie == LIE_ARRIVAL_KEY ? &s->stranger : &s->relay_key);
	answer_body(s, re,
		s->lie == LIE_ARRIVAL_NONE ? kr_view(NULL, 0) : kr_writer_view(&w));
	kr_writer_free(&w);
}

/* What the owner's inbox finds in it: the receipt's sealing key among it. */
static void open_as_owner(struct scene *s, const struct kr_case_event *e)
{
	static uint8_t storage[KR_ENVELOPE_STORAGE];
	struct scene_inbox *owner = inbox_of(s, e->inbox);
	struct kr_envelope_secret secret;
	struct kr_submission submission;
	struct kr_view text;

	check(kr_envelope_unwrap(&secret, e, 0, s->events[0].wraps.data, &s->state,
		&owner->secrets.sealing));
	check(kr_envelope_open(&text, storage, e, 0, &secret));
	check(kr_submission_read(&submission, text, e->urgency));
	memcpy(s->receipt_key, submission.reporter_key, sizeof(s->receipt_key));
}

static void verb_submit(struct scene *s, const struct kr_request *r)
{
	static struct kr_case_event e;
	struct kr_case_act act;

	keep_sent(s, r->body);
	if (s->refuse != NULL) {
		answer_error(s, r->id, s->refuse);
		return;
	}
	if (!is_repeat(s, r)) {
		assert_int_equal(s->num_events, 0);
		memcpy(s->case_id, r->topic.id, KR_ID_BYTES);
		assert_true(take_signed(s, r, &e, &act));
		open_as_owner(s, &e);
		s->is_open = true;
	}
	answer_arrival(s, r->id);
}

static void verb_append(struct scene *s, const struct kr_request *r)
{
	static struct kr_case_event e;
	struct kr_case_act act;

	keep_sent(s, r->body);
	if (s->refuse != NULL) {
		answer_error(s, r->id, s->refuse);
	} else if (is_repeat(s, r) || take_signed(s, r, &e, &act)) {
		answer_ok(s, r->id);
	}
}

static void verb_open(struct scene *s, const struct kr_request *r)
{
	struct kr_writer w;
	bool holds;

	kr_writer_init(&w);
	kr_case_open_tbs(&w, kr_view_str(RELAY), s->challenge, r->topic.id);
	holds = s->num_events > 0 && s->lie != LIE_NO_CASE &&
		memcmp(r->topic.id, s->case_id, KR_ID_BYTES) == 0 &&
		kr_ed25519_verify(kr_view(r->sig, sizeof(r->sig)), s->state.reporter_key,
			kr_writer_view(&w)) == KR_OK;
	kr_writer_free(&w);
	if (s->is_open) {
		answer_error(s, r->id, "named");
	} else if (holds) {
		s->is_open = true;
		answer_ok(s, r->id);
	} else {
		answer_error(s, r->id, "auth_failed");
	}
}

static void verb_keys(struct scene *s, const struct kr_request *r)
{
	struct kr_writer w;

	kr_writer_init(&w);
	for (size_t i = r->after; i < s->num_events && s->lie != LIE_WITHHOLD; i++) {
		static struct kr_case_event e;

		if (kr_case_event_read(&e, s->events[i].event.body) != KR_OK) {
			continue;
		}
		for (size_t k = 0; k < e.num_recipients; k++) {
			if (kr_case_may_have(&s->state, &e.recipients[k], NULL)) {
				kr_write_u64(&w, i + 1);
				kr_write_u16(&w, (uint16_t)k);
				kr_write_fixed(&w,
					kr_view(s->events[i].wraps.data + k * 80, 80));
			}
		}
	}
	if (s->lie == LIE_WRAP && w.len > 0) {
		w.data[w.len - 1] ^= 1;
	}
	answer_body(s, r->id, kr_writer_view(&w));
	kr_writer_free(&w);
}

static bool needs_a_case(enum kr_verb verb)
{
	return verb == KR_VERB_CASE_APPEND || verb == KR_VERB_CASE_KEYS ||
		verb == KR_VERB_TOPIC_SUBSCRIBE;
}

void relay_take(struct scene *s, struct kr_view message, bool is_text)
{
	const char *fault;
	struct kr_request r;

	check(kr_request_read(&r, &fault, message, is_text));
	if (s->is_mute) {
		return;
	}
	if (!s->is_open && needs_a_case(r.verb)) {
		answer_error(s, r.id, "auth_required");
		return;
	}
	switch (r.verb) {
	case KR_VERB_PING:
		answer_ok(s, r.id);
		break;
	case KR_VERB_INBOX_READ:
		verb_inbox_read(s, &r);
		break;
	case KR_VERB_CASE_SUBMIT:
		verb_submit(s, &r);
		break;
	case KR_VERB_CASE_APPEND:
		verb_append(s, &r);
		break;
	case KR_VERB_CASE_OPEN:
		verb_open(s, &r);
		break;
	case KR_VERB_CASE_KEYS:
		verb_keys(s, &r);
		break;
	case KR_VERB_TOPIC_SUBSCRIBE:
		if (s->num_trimmed > r.after) {
			answer_error(s, r.id, "trimmed");
			break;
		}
		s->is_subscribed = true;
		s->num_delivered = r.after;
		answer_ok(s, r.id);
		break;
	default:
		fail_msg("a reporter has no business with this verb");
	}
}

/* ---- Delivery ------------------------------------------------------------------- */

/* A changed event with the hash that would be right for it. */
static void say_changed(struct scene *s, size_t i)
{
	static const uint8_t zero[KR_SHA256_BYTES];
	const struct scene_event *e = &s->events[i];
	struct kr_event event = e->event;
	uint8_t hash[KR_SHA256_BYTES];
	struct kr_event_head head;
	struct kr_writer w;

	kr_writer_init(&w);
	check(kr_event_head_read(&head, event.type, event.head));
	if (s->lie == LIE_UNTIL) {
		head.until_ms += 1;
	} else {
		head.by = kr_view(s->inboxes[TEAM].id, KR_ID_BYTES);
	}
	check(kr_event_head_write(&w, event.type, &head));
	event.head = kr_writer_view(&w);
	kr_event_hash(hash, i > 0 ? e[-1].hash : zero, &event);
	relay_say(s, &event, hash);
	kr_writer_free(&w);
}

/* Lies are about the newest event. */
void relay_deliver(struct scene *s)
{
	while (s->is_subscribed && s->num_delivered < s->num_events) {
		size_t i = s->num_delivered++;
		bool is_last = s->num_delivered == s->num_events;
		struct kr_event event = s->events[i].event;

		switch (is_last || (s->lie == LIE_SKIP && i == 0) ? s->lie : NO_LIE) {
		case LIE_SKIP:
			if (i != 0) {
				relay_say(s, &event, s->events[i].hash);
			}
			break;
		case LIE_BY:
		case LIE_UNTIL:
			say_changed(s, i);
			break;
		case LIE_CHANGE:
			event.time_ms++;
			relay_say(s, &event, s->events[i].hash);
			break;
		case LIE_REPEAT:
			relay_say(s, &event, s->events[i].hash);
			__attribute__((fallthrough));
		default:
			relay_say(s, &event, s->events[i].hash);
			break;
		}
	}
}
