#include "fixture.h"

#include <string.h>

#include <test.h>

static struct world the_world;

const struct kr_inbox_card the_card = {
	.name = LITERAL_INIT("Wijkteam Noord"),
	.about = LITERAL_INIT("Wij lezen mee op werkdagen."),
	.call = LITERAL_INIT("0800-2000"),
};

const struct kr_view the_names[TEAM] = {
	LITERAL_INIT("Sanne"), LITERAL_INIT(""), LITERAL_INIT("Youssef")};

static enum kr_err give_nothing(void *ctx, uint8_t *out, size_t len)
{
	(void)ctx;
	(void)out;
	(void)len;
	return KR_ERR_RANDOM;
}

struct kr_random failing_random(void)
{
	return (struct kr_random){.fill = give_nothing};
}

/* ---- Inboxes ------------------------------------------------------------------- */

void inbox_plain(struct kr_inbox_record *out, const struct world *w, enum who which,
	size_t num_team)
{
	const struct inbox *inbox = &w->inboxes[which];

	memset(out, 0, sizeof(*out));
	out->number = inbox->record.number + 1;
	if (inbox->len > 0) {
		kr_sha256(out->previous, kr_view(inbox->bytes, inbox->len));
	}
	memcpy(out->relay_key, w->relay.public_key, sizeof(out->relay_key));
	out->made_ms = BEGIN_MS;
	out->expires_ms = BEGIN_MS + 1000000;
	out->zone = LITERAL("Europe/Amsterdam");
	out->hours.num_offsets = 1;
	out->hours.offsets[0].minutes = 60;
	for (size_t i = 0; i < KR_NUM_URGENCIES; i++) {
		out->deadlines[i] =
			(struct kr_inbox_deadline){10 * ((uint32_t)i + 1), 100, true};
	}
	out->promise_s = 1000;
	out->promises = 2;
	out->retention_s = 5000;
	out->retention_unread_s = KR_INBOX_UNREAD_MIN_S;
	if (which == OWNER) {
		out->has_fallback = true;
		memcpy(out->fallback, w->inboxes[FALLBACK].record.identity_key,
			sizeof(out->fallback));
	}
	out->num_team = num_team;
	for (size_t i = 0; i < num_team; i++) {
		const struct professional *p = &inbox->team[i];

		memcpy(out->team[i].account, p->account, KR_ID_BYTES);
		memcpy(out->team[i].device_key, p->device.public_key, 32);
		memcpy(out->team[i].sealing_key, p->sealing.public_key, 32);
		out->team[i].administrator = i == 0;
	}
}

void inbox_next(struct world *w, enum who which, size_t num_team, bool rotate)
{
	static struct kr_inbox_record plain;
	static uint8_t previous[KR_INBOX_RECORD_MAX];
	struct inbox *inbox = &w->inboxes[which];
	struct kr_writer writer;

	inbox_plain(&plain, w, which, num_team);
	plain.previous_secret = inbox->record.previous_secret;
	if (plain.previous_secret.len > 0) {
		memcpy(previous, plain.previous_secret.data, plain.previous_secret.len);
		plain.previous_secret.data = previous;
	}
	kr_writer_init_fixed(&writer, inbox->bytes, sizeof(inbox->bytes));
	kr_inbox_seal(
		&writer, &plain, &inbox->secrets, &the_card, the_names, rotate, &w->rng);
	assert_int_equal(writer.err, KR_OK);
	inbox->len = writer.len;
	assert_int_equal(
		kr_inbox_record_read(&inbox->record, kr_writer_view(&writer)), KR_OK);
	kr_inbox_id(inbox->id, inbox->record.identity_key);
}

static void inbox_init(struct world *w, enum who which)
{
	struct inbox *inbox = &w->inboxes[which];

	assert_int_equal(kr_inbox_secrets_generate(&inbox->secrets, &w->rng), KR_OK);
	for (size_t i = 0; i < TEAM; i++) {
		struct professional *p = &inbox->team[i];

		assert_int_equal(kr_ed25519_generate(&p->device, &w->rng), KR_OK);
		assert_int_equal(kr_x25519_generate(&p->sealing, &w->rng), KR_OK);
		kr_account_id(p->account, p->device.public_key);
	}
	inbox_next(w, which, TEAM, true);
}

const struct kr_inbox_record *record_of(
	const struct world *w, const uint8_t id[KR_ID_BYTES])
{
	for (size_t i = 0; i < NUM_INBOXES; i++) {
		if (memcmp(w->inboxes[i].id, id, KR_ID_BYTES) == 0) {
			return &w->inboxes[i].record;
		}
	}
	return NULL;
}

struct world *world_new(void)
{
	static const struct kr_secret seed = {{'c', 'a', 's', 'e', 's'}};
	struct world *w = &the_world;

	memset(w, 0, sizeof(*w));
	assert_int_equal(kr_crypto_init(), KR_OK);
	kr_random_seeded_init(&w->stream, &seed);
	w->rng = kr_random_seeded(&w->stream);
	w->now_ms = BEGIN_MS;
	assert_int_equal(kr_ed25519_generate(&w->relay, &w->rng), KR_OK);
	inbox_init(w, FALLBACK);
	inbox_init(w, OWNER);
	inbox_init(w, OTHER);
	assert_int_equal(kr_ed25519_generate(&w->receipt.signing, &w->rng), KR_OK);
	assert_int_equal(kr_x25519_generate(&w->receipt.sealing, &w->rng), KR_OK);
	memset(w->receipt.locator, 0xca, sizeof(w->receipt.locator));
	kr_case_chain_begin(&w->chain, w->receipt.locator);
	return w;
}

/* ---- Events -------------------------------------------------------------------- */

static const uint8_t *id_of(const struct world *w, enum who who)
{
	static const uint8_t zero[KR_ID_BYTES];

	return who < NUM_INBOXES ? w->inboxes[who].id : zero;
}

static struct kr_case_act act_of(const struct kr_case_event *e, enum who by)
{
	return (struct kr_case_act){
		.type = (enum kr_event_type)e->type,
		.actor = by == REPORTER   ? KR_ACTOR_REPORTER
			: by == THE_RELAY ? KR_ACTOR_RELAY
					  : KR_ACTOR_INBOX,
		.by = e->by,
		.inbox = e->inbox,
		.fallback = e->fallback,
		.key = e->signer,
		.urgency = e->urgency,
	};
}

static void seal(struct stored *out, struct world *w, enum kr_envelope_kind kind,
	struct kr_view text)
{
	size_t i = out->e.num_envelopes;

	assert_int_equal(kr_envelope_seal(&out->e, &out->secrets[i], out->ciphertexts[i],
				 kind, text, &w->rng),
		KR_OK);
}

static void wrap(struct stored *out, struct world *w, struct kr_recipient to)
{
	const struct kr_inbox_record *record = record_of(w, to.party);
	const uint8_t *key = to.purpose == KR_WRAP_REPORTER
		? w->receipt.sealing.public_key
		: record->sealing_key;
	struct kr_writer writer;

	to.sealing_number = to.purpose == KR_WRAP_REPORTER ? 0 : record->sealing_number;
	kr_writer_init_fixed(&writer, out->wraps[out->e.num_recipients], KR_WRAP_BYTES);
	kr_envelope_wrap(
		&writer, &out->e, &to, key, out->secrets[to.envelope].bytes, &w->rng);
	assert_int_equal(writer.err, KR_OK);
}

static void wrap_second(
	struct stored *out, struct world *w, enum who about, enum kr_wrap_purpose purpose)
{
	struct kr_recipient to = {
		.envelope = (uint8_t)(out->e.num_envelopes - 1), .purpose = purpose};

	memcpy(to.party, id_of(w, about), KR_ID_BYTES);
	wrap(out, w, to);
}

/* Identity and keys, for the types that must have them. */
static void seal_second(struct stored *out, struct world *w, enum who about)
{
	static uint8_t space[1024];
	struct kr_writer keys;

	kr_writer_init_fixed(&keys, space, sizeof(space));
	kr_envelope_keys_write(&keys, out->secrets, 1);
	switch (out->e.type) {
	case KR_EVENT_SUBMITTED:
		seal(out, w, KR_ENVELOPE_IDENTITY, LITERAL("identity"));
		wrap_second(out, w, OWNER, KR_WRAP_PARTY);
		wrap_second(out, w, FALLBACK, KR_WRAP_WAITING);
		break;
	case KR_EVENT_HANDOVER_OFFERED:
	case KR_EVENT_JOIN_INVITED:
		seal(out, w, KR_ENVELOPE_KEYS, kr_writer_view(&keys));
		wrap_second(out, w, about, KR_WRAP_WAITING);
		break;
	case KR_EVENT_IDENTITY_SHARED:
		seal(out, w, KR_ENVELOPE_KEYS, kr_writer_view(&keys));
		wrap_second(out, w, about, KR_WRAP_PARTY);
		break;
	default:
		break;
	}
}

static void set_fields(
	struct stored *out, const struct world *w, enum who by, enum who about)
{
	struct kr_case_event *e = &out->e;

	memcpy(e->case_id, w->chain.case_id, sizeof(e->case_id));
	e->event[0] = (uint8_t)(w->chain.seq + 1);
	e->seen_seq = w->chain.seq;
	memcpy(e->seen_hash, w->chain.hash, sizeof(e->seen_hash));
	memcpy(e->by, id_of(w, by), KR_ID_BYTES);
	e->by_number = by < NUM_INBOXES ? w->inboxes[by].record.number : 0;
	memcpy(e->inbox, id_of(w, about), KR_ID_BYTES);
	switch (e->type) {
	case KR_EVENT_SUBMITTED:
		memcpy(e->fallback, id_of(w, FALLBACK), KR_ID_BYTES);
		e->urgency = KR_URGENCY_TODAY;
		break;
	case KR_EVENT_REOPENED:
	case KR_EVENT_URGENCY_CHANGED:
		e->urgency = KR_URGENCY_DANGER_NOW;
		break;
	case KR_EVENT_PROMISE:
		e->date_ms = w->now_ms + 500000;
		break;
	default:
		break;
	}
}

void make(struct stored *out, struct world *w, enum kr_event_type type, enum who by,
	enum who about)
{
	struct kr_recipient readers[KR_CASE_PARTIES_MAX + 1];
	struct kr_case_act act;
	size_t num;

	memset(out, 0, sizeof(*out));
	out->e.type = (uint16_t)type;
	set_fields(out, w, by, about);
	act = act_of(&out->e, by);
	num = kr_case_readers(&w->chain.state, &act, readers);
	if (num > 0) {
		seal(out, w, KR_ENVELOPE_WORDS, LITERAL("words"));
	}
	for (size_t i = 0; i < num; i++) {
		wrap(out, w, readers[i]);
	}
	seal_second(out, w, about);
}

void rehash(struct stored *s, const struct world *w)
{
	kr_event_hash(s->hash, w->chain.hash, &s->event);
}

void put_head(struct stored *s, const struct world *w, const struct kr_event_head *head)
{
	struct kr_writer writer;

	kr_writer_init_fixed(&writer, s->head, sizeof(s->head));
	kr_event_head_write(&writer, s->event.type, head);
	assert_int_equal(writer.err, KR_OK);
	s->event.head = kr_writer_view(&writer);
	rehash(s, w);
}

static void put_event(struct stored *out, const struct world *w, unsigned type)
{
	out->event.topic = w->chain.topic;
	out->event.seq = out->event.rev = w->chain.seq + 1;
	out->event.type = (uint16_t)type;
	out->event.time_ms = w->now_ms;
}

static uint64_t clock_of(
	const struct world *w, const struct kr_case_act *act, uint64_t date_ms)
{
	const uint8_t *whose = kr_case_clock_inbox(&w->chain.state, act);
	const struct kr_inbox_record *record = whose != NULL ? record_of(w, whose) : NULL;
	uint64_t until_ms = 0;

	if (record != NULL) {
		kr_case_clock(
			&until_ms, &w->chain.state, act, record, date_ms, w->now_ms);
	}
	return until_ms;
}

void append(struct stored *out, struct world *w, enum who by,
	const struct kr_ed25519_keypair *signer)
{
	struct kr_case_event *e = &out->e;
	const struct kr_event_info *info = kr_event_info(e->type);
	struct kr_case_act act = act_of(e, by);
	struct kr_event_head head = {0};
	struct kr_writer body;

	if (signer == NULL) {
		signer = by == REPORTER ? &w->receipt.signing
					: &w->inboxes[by].team[0].device;
	}
	kr_writer_init_fixed(&body, out->body, sizeof(out->body));
	kr_case_event_write(&body, e, signer);
	assert_int_equal(body.err, KR_OK);
	assert_int_equal(kr_case_event_read(e, kr_writer_view(&body)), KR_OK);
	out->is_signed = true;
	put_event(out, w, e->type);
	memcpy(out->event.id, e->event, sizeof(out->event.id));
	out->event.author = by < NUM_INBOXES
		? kr_view(w->inboxes[by].team[0].account, KR_ID_BYTES)
		: kr_view(NULL, 0);
	out->event.body = kr_writer_view(&body);
	if (e->type == KR_EVENT_NOTE) {
		head.case_id = kr_view(e->case_id, sizeof(e->case_id));
		head.inbox = kr_view(e->by, sizeof(e->by));
	} else {
		head.by = kr_view(e->by, sizeof(e->by));
		head.inbox = kr_view(
			e->inbox, info->fields & KR_F_INBOX ? sizeof(e->inbox) : 0);
		head.fallback = kr_view(e->fallback,
			info->fields & KR_F_FALLBACK ? sizeof(e->fallback) : 0);
		head.key = kr_view(
			e->signer, info->fields & KR_F_KEY ? sizeof(e->signer) : 0);
		head.urgency = e->urgency;
		head.until_ms = clock_of(w, &act, e->date_ms);
	}
	put_head(out, w, &head);
}

void make_relay_event(struct stored *out, struct world *w, enum kr_event_type type,
	enum who about, const struct kr_ed25519_keypair *relay)
{
	struct kr_relay_word word = {.relay = kr_view_str(RELAY), .seq = w->chain.seq};
	struct kr_event_head head = {0};
	struct kr_case_act act;
	struct kr_writer body;

	memset(out, 0, sizeof(*out));
	put_event(out, w, type);
	out->event.id[0] = (uint8_t)out->event.seq;
	out->e.type = (uint16_t)type;
	memcpy(out->e.inbox, id_of(w, about), KR_ID_BYTES);
	act = act_of(&out->e, THE_RELAY);
	word.kind = type == KR_EVENT_OVERDUE ? KR_RELAY_OVERDUE : KR_RELAY_EXPIRED;
	memcpy(word.case_id, w->chain.case_id, sizeof(word.case_id));
	memcpy(word.event, out->event.id, sizeof(word.event));
	memcpy(word.hash, w->chain.hash, sizeof(word.hash));
	memcpy(word.inbox, out->e.inbox, sizeof(word.inbox));
	word.time_ms = w->now_ms;
	word.until_ms = clock_of(w, &act, 0);
	kr_writer_init_fixed(&body, out->body, sizeof(out->body));
	kr_relay_word_write(&body, &word, relay);
	assert_int_equal(body.err, KR_OK);
	out->event.body = kr_writer_view(&body);
	head.by = kr_view(out->e.by, sizeof(out->e.by));
	if (type == KR_EVENT_OVERDUE) {
		head.inbox = kr_view(out->e.inbox, sizeof(out->e.inbox));
	}
	head.until_ms = word.until_ms;
	put_head(out, w, &head);
}

enum kr_err take(struct world *w, const struct stored *s, enum kr_case_lie *lie)
{
	const struct kr_inbox_record *clock = NULL;
	struct kr_event_head head;
	struct kr_case_act act;
	const uint8_t *whose;

	if (w->chain.topic.kind == KR_TOPIC_CASE &&
		kr_event_head_read(&head, s->event.type, s->event.head) == KR_OK) {
		kr_case_act_of(&act, (enum kr_event_type)s->event.type, &head);
		whose = kr_case_clock_inbox(&w->chain.state, &act);
		clock = whose != NULL ? record_of(w, whose) : NULL;
	}
	return kr_case_chain_take(&w->chain, lie, &s->event, s->hash,
		s->is_signed ? &s->e : NULL, s->is_signed ? record_of(w, s->e.by) : NULL,
		clock, kr_view_str(RELAY));
}

void happen(struct stored *out, struct world *w, enum kr_event_type type, enum who by,
	enum who about)
{
	enum kr_case_lie lie;

	if (by == THE_RELAY) {
		make_relay_event(out, w, type, about, &w->relay);
	} else {
		make(out, w, type, by, about);
		append(out, w, by, NULL);
	}
	if (take(w, out, &lie) != KR_OK) {
		fail_msg("%s: %s", kr_event_info(type)->name, kr_case_lie_name(lie));
	}
}
