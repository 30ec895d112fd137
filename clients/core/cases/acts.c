/* What a professional does in a case: one signed event, sealed to everybody who must be
 * able to read it. CASES.md §5 to §7. */
#include "clients/core/cases/cases.h"

#include <stdlib.h>
#include <string.h>

#include "clients/core/state.h"
#include "clients/machine/names.h"

/* ---- By name -------------------------------------------------------------------- */

enum takes {
	TAKES_DATE = 1 << 0,
	TAKES_URGENCY = 1 << 1,
	TAKES_TO = 1 << 2,    /* another inbox, by link or identity */
	TAKES_INBOX = 1 << 3, /* a party; if it may be left out, the own one */
	NEEDS_INBOX = 1 << 4,
	TAKES_OUTCOME = 1 << 5,
	TAKES_TEXT = 1 << 6,
	NEEDS_TEXT = 1 << 7,
};

static const struct act_info {
	const char *name;
	enum kr_event_type type;
	unsigned takes;
} act_infos[] = {
	{"acknowledge", KR_EVENT_ACKNOWLEDGED, NEEDS_TEXT},
	{"follow_up", KR_EVENT_FOLLOW_UP, NEEDS_TEXT},
	{"question", KR_EVENT_QUESTION, NEEDS_TEXT},
	{"promise", KR_EVENT_PROMISE, NEEDS_TEXT | TAKES_DATE},
	{"urgency", KR_EVENT_URGENCY_CHANGED, TAKES_TEXT | TAKES_URGENCY},
	{"hand_over", KR_EVENT_HANDOVER_OFFERED, NEEDS_TEXT | TAKES_TO},
	{"accept", KR_EVENT_HANDOVER_ACCEPTED, TAKES_TEXT},
	{"accept", KR_EVENT_JOINED, TAKES_TEXT}, /* an invitation */
	{"decline", KR_EVENT_HANDOVER_DECLINED, NEEDS_TEXT},
	{"consult", KR_EVENT_CONSULTED, NEEDS_TEXT | TAKES_TO},
	{"advise", KR_EVENT_ADVISED, NEEDS_TEXT},
	{"invite_inbox", KR_EVENT_JOIN_INVITED, NEEDS_TEXT | TAKES_TO},
	{"part", KR_EVENT_PARTED, TAKES_TEXT | TAKES_INBOX},
	{"close", KR_EVENT_CLOSED, NEEDS_TEXT | TAKES_OUTCOME},
	{"reopen", KR_EVENT_REOPENED, NEEDS_TEXT | TAKES_URGENCY},
	{"share_identity", KR_EVENT_IDENTITY_SHARED, NEEDS_INBOX},
	{"erase", KR_EVENT_ERASED, 0},
};
#define NUM_ACTS (sizeof(act_infos) / sizeof(act_infos[0]))

/* ---- An act being made ---------------------------------------------------------- */

struct draft {
	const struct followed_case *c;
	const struct act_info *info;
	struct inbox *own;
	struct kr_case_act act;
	struct kr_case_event *event;
	struct kr_view text;
	struct inbox *to;
	uint8_t inbox[KR_ID_BYTES];
	uint8_t fallback[KR_ID_BYTES];
	uint8_t outcome;
	uint64_t date_ms;
	bool ends; /* this inbox cannot read the case any more: not even this event */
	struct kr_writer wraps;
	/* Of the two envelopes. */
	uint8_t *storage[KR_ENVELOPES_MAX];
};

static void draft_free(struct draft *d)
{
	for (size_t i = 0; i < KR_ENVELOPES_MAX; i++) {
		free(d->storage[i]);
	}
	kr_writer_free(&d->wraps);
	free(d->event);
}

/* Does the reporter not want this inbox to know? Then nobody offers it the case, asks it
 * or lets it wait. CASES.md §4. */
static bool is_excluded(const struct kr_core *core, const struct followed_case *c,
	const uint8_t inbox[KR_ID_BYTES])
{
	uint8_t *storage = malloc(KR_ENVELOPE_STORAGE);
	struct kr_signal signal;
	bool found = false;

	if (storage == NULL || case_signal(core, c, storage, &signal) != KR_OK) {
		free(storage);
		return false;
	}
	for (size_t at = 0; at + KR_ID_BYTES <= signal.excluded.len; at += KR_ID_BYTES) {
		found = found ||
			memcmp(signal.excluded.data + at, inbox, KR_ID_BYTES) == 0;
	}
	kr_wipe(storage, KR_ENVELOPE_STORAGE);
	free(storage);
	return found;
}

/* The inbox that a command names: by a link, which also lets its card be read, or by its
 * identity, or id. */
static enum kr_err find_to(struct kr_core *core, struct draft *d, const cJSON *args)
{
	struct kr_view text;
	struct kr_inbox_link link;
	uint8_t id[KR_ID_BYTES];
	enum kr_err err = json_text(args, "to", &text);

	if (err != KR_OK) {
		return err;
	}
	if (kr_inbox_link_read(&link, text) == KR_OK) {
		kr_inbox_id(id, link.identity_key);
		if ((err = inbox_know(core, id, &d->to)) ||
			(err = inbox_learn_reading_key(core, d->to, link.reading_key))) {
			return err;
		}
	} else if (kr_base64url_decode(id, sizeof(id), text) == KR_OK) {
		d->to = inbox_find(core, id);
		if (d->to == NULL) {
			uint8_t identity_key[KR_ED25519_PUBLIC_BYTES];

			memcpy(identity_key, id, sizeof(identity_key));
			kr_inbox_id(id, identity_key);
			err = inbox_know(core, id, &d->to);
		}
	} else {
		return KR_ERR_FIELD;
	}
	if (err == KR_OK && is_excluded(core, d->c, d->to->id)) {
		err = KR_ERR_EXCLUDED;
	}
	if (err == KR_OK) {
		memcpy(d->inbox, d->to->id, sizeof(d->inbox));
	}
	return err;
}

/* Nothing that this act does not take: whoever gives an acknowledgement a date meant
 * something else. */
static enum kr_err check_fields(const struct act_info *info, const cJSON *args)
{
	static const struct {
		const char *name;
		unsigned takes;
	} fields[] = {
		{"text", TAKES_TEXT | NEEDS_TEXT},
		{"date", TAKES_DATE},
		{"urgency", TAKES_URGENCY},
		{"to", TAKES_TO},
		{"inbox", TAKES_INBOX | NEEDS_INBOX},
		{"outcome", TAKES_OUTCOME},
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if ((info->takes & fields[i].takes) == 0 &&
			cJSON_HasObjectItem(args, fields[i].name)) {
			return KR_ERR_FIELD;
		}
	}
	return KR_OK;
}

static enum kr_err read_fields(struct kr_core *core, struct draft *d, const cJSON *args)
{
	const struct kr_case_state *state = &d->c->chain.state;
	const struct kr_case_party *offered = kr_case_with_role(state, KR_PARTY_OFFERED);
	enum kr_err err = check_fields(d->info, args);
	bool present = true;

	if (err == KR_OK) {
		err = json_text_optional(args, "text", &d->text);
	}
	if (err == KR_OK && (d->info->takes & NEEDS_TEXT) && d->text.len == 0) {
		err = KR_ERR_TEXT;
	}
	if (err == KR_OK && (d->info->takes & TAKES_DATE)) {
		err = json_number(args, "date", 1, KR_JSON_INT_MAX, &d->date_ms);
	}
	if (err == KR_OK && (d->info->takes & TAKES_URGENCY)) {
		err = names_read(&d->act.urgency, names_urgency, args, "urgency");
	}
	if (err == KR_OK && (d->info->takes & TAKES_OUTCOME)) {
		err = names_read(&d->outcome, names_outcome, args, "outcome");
	}
	if (err == KR_OK && (d->info->takes & TAKES_TO)) {
		err = find_to(core, d, args);
	}
	if (err == KR_OK && (d->info->takes & TAKES_INBOX)) {
		err = json_bytes_optional(
			args, "inbox", d->inbox, sizeof(d->inbox), &present);
		if (err == KR_OK && !present) {
			memcpy(d->inbox, d->own->id, sizeof(d->inbox));
		}
	}
	if (err == KR_OK && (d->info->takes & NEEDS_INBOX)) {
		err = json_bytes(args, "inbox", d->inbox, sizeof(d->inbox));
	}
	if (d->info->type == KR_EVENT_HANDOVER_DECLINED && offered != NULL) {
		memcpy(d->inbox, offered->inbox, sizeof(d->inbox));
	}
	return err;
}

/* Whom the record of an inbox names as its fallback: id. */
static bool fallback_of(const struct inbox *inbox, uint8_t id[KR_ID_BYTES])
{
	const struct kr_inbox_record *record = inbox == NULL ? NULL : inbox_record(inbox);

	if (record == NULL || !record->has_fallback) {
		return false;
	}
	kr_inbox_id(id, record->fallback);
	return true;
}

/* Who waits for this case once it is ours: whom our own record names, unless it is in it
 * already; where the reporter excludes that one, its fallback. CASES.md §7. */
static void choose_fallback(const struct kr_core *core, struct draft *d)
{
	const struct kr_case_party *party;
	uint8_t id[KR_ID_BYTES];

	memset(d->fallback, 0, sizeof(d->fallback));
	if (d->info->type != KR_EVENT_HANDOVER_ACCEPTED || !fallback_of(d->own, id) ||
		(is_excluded(core, d->c, id) && !fallback_of(inbox_look(core, id), id))) {
		return;
	}
	party = kr_case_party(&d->c->chain.state, id);
	if (memcmp(id, d->own->id, sizeof(id)) != 0 && !is_excluded(core, d->c, id) &&
		(party == NULL || party->role == KR_PARTY_FALLBACK ||
			party->role == KR_PARTY_FORMER)) {
		memcpy(d->fallback, id, sizeof(id));
	}
}

/* Whoever is offered a case has not read whom its reporter excludes, and names the own
 * fallback: so it is not offered where that would bring one in. */
static bool would_bring_in_excluded(const struct kr_core *core, const struct draft *d)
{
	const struct kr_case_party *party;
	uint8_t id[KR_ID_BYTES];

	if (d->info->type != KR_EVENT_HANDOVER_OFFERED || !fallback_of(d->to, id)) {
		return false;
	}
	party = kr_case_party(&d->c->chain.state, d->to->id);
	return (party == NULL || !party->admitted) && is_excluded(core, d->c, id);
}

static bool has_identity(const struct kr_core *core, const struct followed_case *c)
{
	uint8_t secret[KR_SECRET_BYTES];
	bool has = case_secret(core, c, 1, KR_ENVELOPE_IDENTITY, secret) == KR_OK;

	kr_wipe(secret, sizeof(secret));
	return has;
}

/* What the machine does not know: how many promises the own record permits, and who the
 * reporter is, which who was never told cannot share. */
static enum kr_err check_means(const struct kr_core *core, const struct draft *d)
{
	const struct kr_inbox_record *record = inbox_record(d->own);

	switch (d->info->type) {
	case KR_EVENT_PROMISE:
		return record != NULL &&
				d->c->chain.state.num_promises >= record->promises
			? KR_ERR_LIMIT
			: KR_OK;
	case KR_EVENT_IDENTITY_SHARED:
		return has_identity(core, d->c) ? KR_OK : KR_ERR_NOT_FOUND;
	default:
		return KR_OK;
	}
}

/* May it be done, by this inbox of one's own, now? */
static enum kr_err try_as(const struct kr_core *core, struct draft *d, struct inbox *own)
{
	struct kr_case_state after = d->c->chain.state;
	const struct kr_event_info *info = kr_event_info(d->info->type);
	const struct kr_case_party *party;
	enum kr_err err;

	d->own = own;
	d->act.type = d->info->type;
	d->act.actor = KR_ACTOR_INBOX;
	d->act.by = own->id;
	d->act.inbox = (info->fields & KR_F_INBOX) ? d->inbox : NULL;
	choose_fallback(core, d);
	d->act.fallback = (info->fields & KR_F_FALLBACK) ? d->fallback : NULL;
	err = kr_case_apply(&after, &d->act);
	if (err == KR_ERR_STATE && d->info->type == KR_EVENT_ERASED &&
		kr_case_word_unread(&after)) {
		err = KR_ERR_WORD_UNREAD;
	}
	party = kr_case_party(&after, own->id);
	d->ends = err == KR_OK && (party == NULL || !kr_case_may_read(party));
	return err != KR_OK ? err : check_means(core, d);
}

/* ---- Sealing -------------------------------------------------------------------- */

static enum kr_err seal(struct kr_core *core, struct draft *d, size_t envelope,
	enum kr_envelope_kind kind, struct kr_view text,
	struct kr_envelope_secret *secret)
{
	d->storage[envelope] = malloc(KR_ENVELOPE_STORAGE);
	return d->storage[envelope] == NULL
		? KR_ERR_MEMORY
		: kr_envelope_seal(
			  d->event, secret, d->storage[envelope], kind, text, core->rng);
}

/* Wrap to an inbox, under its newest key. */
static enum kr_err wrap(struct kr_core *core, struct draft *d, struct kr_recipient *to,
	const uint8_t secret[KR_SECRET_BYTES])
{
	const struct inbox *inbox = inbox_look(core, to->party);
	const struct kr_inbox_record *record = inbox == NULL ? NULL : inbox_record(inbox);

	if (to->purpose == KR_WRAP_REPORTER) {
		if (!d->c->has_reporter_key) {
			return KR_ERR_STATE;
		}
		kr_envelope_wrap(
			&d->wraps, d->event, to, d->c->reporter_key, secret, core->rng);
		return d->wraps.err;
	}
	if (record == NULL) {
		return KR_ERR_NOT_FOUND;
	}
	to->sealing_number = record->sealing_number;
	kr_envelope_wrap(&d->wraps, d->event, to, record->sealing_key, secret, core->rng);
	return d->wraps.err;
}

static enum kr_err seal_words(struct kr_core *core, struct draft *d)
{
	struct kr_recipient readers[KR_CASE_PARTIES_MAX + 1];
	size_t num = kr_case_readers(&d->c->chain.state, &d->act, readers);
	uint8_t *card = malloc(KR_INBOX_CARD_MAX);
	struct kr_envelope_secret secret;
	struct kr_words words = {
		.type = (uint16_t)d->info->type,
		.author = kr_view_str(core->identity.name),
		.outcome = d->outcome,
		.text = d->text,
	};
	bool asks = d->info->takes & TAKES_TO;
	struct kr_writer w;
	enum kr_err err = card == NULL ? KR_ERR_MEMORY : KR_OK;

	kr_writer_init(&w);
	if (err == KR_OK && asks && !d->c->has_reporter_key) {
		err = KR_ERR_STATE;
	}
	if (err == KR_OK && num > 0) {
		words.inbox = inbox_name(d->own, card);
		words.reporter_key = kr_view(
			d->c->reporter_key, asks ? sizeof(d->c->reporter_key) : 0);
		kr_words_write(&w, &words);
		err = w.err != KR_OK ? w.err
				     : seal(core, d, 0, KR_ENVELOPE_WORDS,
					       kr_writer_view(&w), &secret);
		for (size_t i = 0; err == KR_OK && i < num; i++) {
			err = wrap(core, d, &readers[i], secret.bytes);
		}
		kr_wipe(&secret, sizeof(secret));
	}
	kr_writer_free(&w);
	free(card);
	return err;
}

/* Whom this event hands the keys of what came before, and for what; NULL: nobody. */
static const uint8_t *keys_for(const struct draft *d, enum kr_wrap_purpose *purpose)
{
	const struct kr_case_party *waits = kr_case_fallback(&d->c->chain.state);

	switch (d->info->type) {
	case KR_EVENT_HANDOVER_OFFERED:
	case KR_EVENT_JOIN_INVITED:
		*purpose = KR_WRAP_WAITING;
		return d->inbox;
	case KR_EVENT_CONSULTED:
		*purpose = KR_WRAP_OFFER;
		return d->inbox;
	case KR_EVENT_IDENTITY_SHARED:
		*purpose = KR_WRAP_PARTY;
		return d->inbox;
	case KR_EVENT_ACKNOWLEDGED:
	case KR_EVENT_FOLLOW_UP:
	case KR_EVENT_PROMISE:
		*purpose = KR_WRAP_WAITING;
		return waits != NULL && kr_case_owner(&d->c->chain.state) != NULL &&
				memcmp(kr_case_owner(&d->c->chain.state)->inbox,
					d->own->id, KR_ID_BYTES) == 0 &&
				d->c->fallback_seq > 1
			? waits->inbox
			: NULL;
	default:
		return NULL;
	}
}

/* What this inbox holds: the identity alone, or the words so far. Where these are more
 * than can be handed on, what began it, and what was said of late. */
static size_t collect(const struct kr_core *core, const struct draft *d,
	struct kr_envelope_secret *secrets)
{
	bool identity = d->info->type == KR_EVENT_IDENTITY_SHARED;
	enum kr_envelope_kind kind = identity ? KR_ENVELOPE_IDENTITY : KR_ENVELOPE_WORDS;
	uint64_t last = identity ? 1 : d->c->chain.seq;
	size_t num = 0;

	for (uint64_t i = 0; i < last && num < KR_ENVELOPE_KEYS_MAX; i++) {
		uint64_t seq = i == 0 ? 1 : last + 1 - i;

		secrets[num].seq = seq;
		secrets[num].kind = (uint8_t)kind;
		num += case_secret(core, d->c, seq, kind, secrets[num].bytes) == KR_OK;
	}
	return num;
}

static enum kr_err seal_keys(struct kr_core *core, struct draft *d)
{
	struct kr_recipient to = {.envelope = (uint8_t)d->event->num_envelopes};
	const uint8_t *party = keys_for(d, &to.purpose);
	struct kr_envelope_secret *secrets;
	struct kr_envelope_secret secret;
	struct kr_writer w;
	size_t num;
	enum kr_err err;

	if (party == NULL) {
		return KR_OK;
	}
	memcpy(to.party, party, sizeof(to.party));
	secrets = calloc(KR_ENVELOPE_KEYS_MAX, sizeof(*secrets));
	if (secrets == NULL) {
		return KR_ERR_MEMORY;
	}
	num = collect(core, d, secrets);
	kr_writer_init(&w);
	kr_envelope_keys_write(&w, secrets, num);
	err = w.err != KR_OK ? w.err
			     : seal(core, d, d->event->num_envelopes, KR_ENVELOPE_KEYS,
				       kr_writer_view(&w), &secret);
	if (err == KR_OK) {
		err = wrap(core, d, &to, secret.bytes);
	}
	kr_wipe(&secret, sizeof(secret));
	kr_wipe(secrets, KR_ENVELOPE_KEYS_MAX * sizeof(*secrets));
	free(secrets);
	kr_writer_free(&w);
	return err;
}

/* ---- Sending -------------------------------------------------------------------- */

static enum kr_err send_event(
	struct kr_core *core, const struct draft *d, const struct command *command)
{
	struct kr_request request = {
		.verb = KR_VERB_CASE_APPEND,
		.fields = KR_R(EVENT) | KR_R(TOPIC) | KR_R(WRAPS_LEN),
		.topic = kr_topic(KR_TOPIC_CASE, d->c->id),
		.wraps_len = d->wraps.len,
	};
	struct kr_writer w;
	enum kr_err err;

	memcpy(request.event, d->event->event, sizeof(request.event));
	kr_writer_init(&w);
	kr_case_event_write(&w, d->event, &core->identity.device);
	kr_write_fixed(&w, kr_writer_view(&d->wraps));
	request.body = kr_writer_view(&w);
	if ((err = w.err) == KR_OK &&
		(err = (d->ends ? outbox_add_request_at_answer : outbox_add_request)(
			 core, &request, d->info->name, command->id, NULL)) == KR_OK) {
		err = kept_goes(core, command->args, &request.topic, request.event);
	}
	kr_writer_free(&w);
	return err;
}

static enum kr_err make(
	struct kr_core *core, struct draft *d, const struct command *command)
{
	const struct kr_inbox_record *record = inbox_record(d->own);
	struct kr_case_event *e = calloc(1, sizeof(*e));
	enum kr_err err;

	d->event = e;
	if (e == NULL) {
		return KR_ERR_MEMORY;
	}
	memcpy(e->case_id, d->c->id, sizeof(e->case_id));
	e->type = (uint16_t)d->info->type;
	e->seen_seq = d->c->chain.seq;
	memcpy(e->seen_hash, d->c->chain.hash, sizeof(e->seen_hash));
	memcpy(e->by, d->own->id, sizeof(e->by));
	e->by_number = record->number;
	if (d->act.inbox != NULL) {
		memcpy(e->inbox, d->inbox, sizeof(e->inbox));
	}
	if (d->act.fallback != NULL) {
		memcpy(e->fallback, d->fallback, sizeof(e->fallback));
	}
	e->urgency = d->act.urgency;
	e->date_ms = d->date_ms;
	if ((err = kr_random_fill(core->rng, e->event, sizeof(e->event))) ||
		(err = seal_words(core, d)) || (err = seal_keys(core, d))) {
		return err;
	}
	return send_event(core, d, command);
}

/* ---- Commands ------------------------------------------------------------------- */

/* Everybody whom the event has to be sealed to, by a record that was read on this
 * connection. */
static enum kr_err want_records(struct kr_core *core, const struct draft *d, bool *fresh)
{
	const struct kr_case_state *state = &d->c->chain.state;
	uint8_t id[KR_ID_BYTES];
	struct inbox *inbox;
	enum kr_err err;

	*fresh = d->own->is_fresh && (d->to == NULL || inbox_want(core, d->to));
	if (d->info->type == KR_EVENT_HANDOVER_ACCEPTED && fallback_of(d->own, id)) {
		/* If that one is excluded, its own fallback is named. */
		if ((err = inbox_know(core, id, &inbox))) {
			return err;
		}
		*fresh = inbox_want(core, inbox) && *fresh;
	}
	for (size_t i = 0; i < state->num_parties; i++) {
		const struct kr_case_party *party = &state->parties[i];

		if (party->role == KR_PARTY_NONE || party->role == KR_PARTY_FORMER) {
			continue;
		}
		if ((err = inbox_know(core, party->inbox, &inbox))) {
			return err;
		}
		*fresh = inbox_want(core, inbox) && *fresh;
	}
	return KR_OK;
}

/* May the inbox that the act names be asked? Nobody asks one whose record has run out: of
 * that one it is not known who reads. CASES.md §2. */
static enum kr_err check_to(const struct kr_core *core, const struct draft *d)
{
	const struct kr_inbox_record *record = d->to == NULL ? NULL : inbox_record(d->to);
	int64_t now_ms = (int64_t)core->now_ms + core->link.clock_ahead_ms;

	if (record == NULL) {
		return KR_OK;
	}
	if (record->moved || (int64_t)record->expires_ms <= now_ms) {
		return KR_ERR_INBOX_EXPIRED;
	}
	return would_bring_in_excluded(core, d) ? KR_ERR_EXCLUDED : KR_OK;
}

/* Is all here that came? */
static bool is_caught_up(const struct kr_core *core, const struct followed_case *c)
{
	struct kr_topic name = kr_topic(KR_TOPIC_CASE, c->id);
	const struct topic *topic = topic_look(core, &name);

	return core->link.state == LINK_ONLINE && topic != NULL &&
		topic->seq >= topic->head_seq && c->chain.seq == topic->seq &&
		c->keys_after >= c->chain.seq && !c->is_asking_keys;
}

static enum kr_err do_act(struct kr_core *core, struct draft *d, struct command *command)
{
	struct kr_view name;
	enum kr_err err = json_text(command->args, "do", &name);
	enum kr_err refused = KR_ERR_FORBIDDEN;
	bool is_behind = false;
	bool fresh;

	for (size_t i = 0; err == KR_OK && i < NUM_ACTS; i++) {
		if (!kr_view_equal(name, kr_view_str(act_infos[i].name))) {
			continue;
		}
		d->info = &act_infos[i];
		for (struct inbox *own = core->inboxes; own != NULL; own = own->next) {
			if (!own->is_own || inbox_record(own) == NULL) {
				continue;
			}
			d->own = own;
			if ((err = read_fields(core, d, command->args))) {
				return err;
			}
			refused = try_as(core, d, own);
			if (refused != KR_OK) {
				is_behind = is_behind || !own->is_fresh ||
					!is_caught_up(core, d->c);
				continue;
			}
			if ((err = want_records(core, d, &fresh))) {
				return err;
			}
			if (!is_caught_up(core, d->c) || !fresh) {
				command->waits = command->may_wait;
				return command->waits ? KR_OK : KR_ERR_NOT_FOUND;
			}
			err = check_to(core, d);
			return err != KR_OK ? err : make(core, d, command);
		}
	}
	/* Not now; but what has happened since may make it possible. */
	if (err == KR_OK && is_behind && command->may_wait) {
		command->waits = true;
		return KR_OK;
	}
	return err != KR_OK ? err : refused;
}

enum kr_err command_case_act(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {"case", "text", "date", "urgency", "to",
		"inbox", "outcome", "kept", NULL};
	struct followed_case *c;
	struct draft d = {0};
	enum kr_err err;

	if ((err = json_only(command->args, names)) ||
		(err = case_of(core, command, &c)) || command->waits) {
		return err;
	}
	d.c = c;
	if (c->lie != KR_CASE_TRUE) {
		return KR_ERR_POLICY;
	}
	kr_writer_init(&d.wraps);
	err = do_act(core, &d, command);
	draft_free(&d);
	return err;
}

/* May it be done by this inbox, whichever of the parties it is about? */
static bool may_do(const struct kr_core *core, struct draft *d, struct inbox *own)
{
	static const uint8_t somebody[KR_ID_BYTES] = {0xff};
	const struct kr_case_state *state = &d->c->chain.state;

	if (d->info->takes & TAKES_TO) {
		memcpy(d->inbox, somebody, sizeof(d->inbox));
		return try_as(core, d, own) == KR_OK;
	}
	for (size_t i = 0; i < state->num_parties; i++) {
		memcpy(d->inbox, state->parties[i].inbox, sizeof(d->inbox));
		if (try_as(core, d, own) == KR_OK) {
			return true;
		}
	}
	return false;
}

enum kr_err case_list_acts(
	const struct kr_core *core, const struct followed_case *c, cJSON *list)
{
	const char *last = "";

	for (size_t i = 0; i < NUM_ACTS; i++) {
		for (struct inbox *own = core->inboxes;
			own != NULL && !c->is_shut && c->lie == KR_CASE_TRUE;
			own = own->next) {
			struct draft d = {.c = c, .info = &act_infos[i]};
			cJSON *name;

			d.act.urgency = c->chain.state.urgency == KR_URGENCY_TODAY
				? KR_URGENCY_NO_HURRY
				: KR_URGENCY_TODAY;
			if (!own->is_own || strcmp(last, d.info->name) == 0 ||
				!may_do(core, &d, own)) {
				continue;
			}
			last = d.info->name;
			name = cJSON_CreateString(last);
			if (name == NULL || !cJSON_AddItemToArray(list, name)) {
				cJSON_Delete(name);
				return KR_ERR_MEMORY;
			}
		}
	}
	return KR_OK;
}
