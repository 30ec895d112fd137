#include "docket.h"

#include <stdlib.h>
#include <string.h>

#include "test.h"

/* ---- What the store has ----------------------------------------------------------- */

struct kr_case_state case_state(struct docket *d)
{
	struct kr_case_state state;
	struct store_view view;
	enum kr_err err;

	assert_int_equal(store_view_begin(d->w->store, &view), KR_OK);
	err = store_case(&view, d->topic.id, &state);
	store_view_end(&view);
	assert_true(err == KR_OK || err == KR_ERR_NOT_FOUND);
	return state;
}

struct store_topic place_of(struct docket *d, struct kr_topic topic)
{
	struct store_topic place;
	struct store_view view;
	enum kr_err err;

	assert_int_equal(store_view_begin(d->w->store, &view), KR_OK);
	err = store_topic(&view, &topic, &place);
	store_view_end(&view);
	assert_true(err == KR_OK || err == KR_ERR_NOT_FOUND);
	return place;
}

uint64_t num_stored_events(struct docket *d)
{
	struct store_view view;
	uint64_t position;

	assert_int_equal(store_view_begin(d->w->store, &view), KR_OK);
	position = store_position(&view);
	store_view_end(&view);
	return position;
}

int owner_of(const struct docket *d, const struct kr_case_state *state)
{
	const struct kr_case_party *owner = kr_case_owner(state);

	for (int i = 0; owner != NULL && i < NUM_DESKS; i++) {
		if (memcmp(owner->inbox, d->desks[i].id, KR_ID_BYTES) == 0) {
			return i;
		}
	}
	return NOBODY;
}

enum kr_party_role role_of(struct docket *d, int desk)
{
	struct kr_case_state state = case_state(d);
	const struct kr_case_party *party = kr_case_party(&state, d->desks[desk].id);

	return party == NULL ? KR_PARTY_NONE : party->role;
}

bool may_read(struct client *c, struct kr_topic topic)
{
	struct kr_request r = ask(c, KR_VERB_TOPIC_HEAD);
	const struct received *answer;

	ask_topic(&r, topic);
	send_request(c, &r);
	answer = answer_to(c, r.id);
	assert_non_null(answer);
	return !kr_json_has(&answer->object, "error");
}

void pass_s(struct docket *d, uint64_t seconds)
{
	for (; seconds > 0; seconds--) {
		world_pass(d->w, 1000);
		world_settle(d->w);
	}
}

void never_idle(struct relay_config *config)
{
	config->idle_ms = config->anonymous_idle_ms = config->slow_ms = UINT32_MAX;
}

void world_verify(struct world *w)
{
	struct store_verified verified;

	relay_turn_end(w->relay);
	assert_int_equal(store_verify(w->store, &verified), KR_OK);
}

static struct kr_view keep(struct docket *d, struct kr_bytes bytes)
{
	if (d->num_bodies == NUM(d->bodies)) {
		kr_bytes_free(&d->bodies[0]);
		memmove(d->bodies, d->bodies + 1,
			(NUM(d->bodies) - 1) * sizeof(d->bodies[0]));
		d->num_bodies--;
	}
	d->bodies[d->num_bodies] = bytes;
	return kr_view_bytes(&d->bodies[d->num_bodies++]);
}

/* ---- Inboxes ---------------------------------------------------------------------- */

static void fill_member(
	struct kr_inbox_member *m, const struct client *c, bool administrator)
{
	memcpy(m->account, c->account, sizeof(m->account));
	memcpy(m->device_key, c->device.public_key, sizeof(m->device_key));
	memcpy(m->sealing_key, c->account, sizeof(m->sealing_key));
	m->administrator = administrator;
}

void desk_paper(struct kr_ed25519_keypair *paper)
{
	struct kr_secret seed = {{0x9a, 0x9e}};

	kr_ed25519_from_seed(paper, &seed);
}

static void fill_record(struct docket *d, int desk)
{
	struct desk *k = &d->desks[desk];
	struct kr_inbox_record *r = &k->record;
	struct kr_ed25519_keypair paper;

	*r = (struct kr_inbox_record){
		.sealing_number = 1,
		.made_ms = d->w->now_ms,
		.expires_ms = d->w->now_ms + KR_INBOX_EXPIRES_MAX_MS / 2,
		.zone = kr_view_str("Europe/Amsterdam"),
		.promise_s = PROMISE_S,
		.promises = PROMISES,
		.retention_s = RETENTION_S,
		.retention_unread_s = RETENTION_UNREAD_S,
		.num_team = NUM_PEOPLE,
		.card = kr_view_str("card"),
		.sealing_secret = kr_view_str("sealed"),
	};
	r->hours.num_offsets = 1;
	for (uint32_t u = 1; u <= KR_NUM_URGENCIES; u++) {
		r->deadlines[u - 1] = (struct kr_inbox_deadline){
			ACKNOWLEDGE_S(u), FOLLOW_UP_S(u), true};
	}
	if (desk == 0 || desk == 2) {
		r->has_fallback = true;
		memcpy(r->fallback, d->desks[1].identity.public_key, sizeof(r->fallback));
	}
	if (desk == 3) {
		desk_paper(&paper);
		r->has_recovery = true;
		memset(r->recovery_key, 0x9a, sizeof(r->recovery_key));
		memcpy(r->recovery_signer, paper.public_key, sizeof(r->recovery_signer));
	}
	memset(r->sealing_key, 0x40 + desk, sizeof(r->sealing_key));
	relay_key(d->w->relay, r->relay_key);
	for (int i = 0; i < NUM_PEOPLE; i++) {
		fill_member(&r->team[i], k->people[i], i == 0);
	}
}

struct kr_bytes next_record(struct docket *d, int desk)
{
	struct desk *k = &d->desks[desk];
	KR_AUTO_WRITER struct kr_writer w = {0};
	struct kr_bytes bytes;

	k->record.number++;
	if (k->bytes.len > 0) {
		kr_sha256(k->record.previous, kr_view_bytes(&k->bytes));
	}
	kr_writer_init(&w);
	kr_inbox_record_write(&w, &k->record, &k->identity);
	assert_int_equal(w.err, KR_OK);
	assert_int_equal(kr_bytes_copy(&bytes, kr_writer_view(&w)), KR_OK);
	return bytes;
}

static void granted(void *ctx, enum kr_err err)
{
	*(enum kr_err *)ctx = err;
}

void grant_inbox(struct docket *d, struct kr_request *r, unsigned number)
{
	uint8_t hash[KR_SHA256_BYTES];
	enum kr_err err = KR_ERR_STATE;

	memcpy(r->grant, &number, sizeof(number));
	r->grant[15] = 0x1b;
	r->fields |= KR_R(GRANT);
	kr_sha256(hash, kr_view(r->grant, sizeof(r->grant)));
	assert_int_equal(relay_operator_grant(d->w->relay, hash, d->w->now_ms + 3600000,
				 2, granted, &err),
		KR_OK);
	world_settle(d->w);
	assert_int_equal(err, KR_OK);
}

static void make_inbox(struct docket *d, int desk)
{
	struct desk *k = &d->desks[desk];
	struct kr_request r = ask(k->people[0], KR_VERB_INBOX_CREATE);

	fill_record(d, desk);
	k->bytes = next_record(d, desk);
	grant_inbox(d, &r, (unsigned)desk);
	r.body = kr_view_bytes(&k->bytes);
	expect(k->people[0], &r, "ok");
}

const struct received *set_record(struct docket *d, int desk, const char *code)
{
	struct desk *k = &d->desks[desk];
	struct kr_request r = ask(k->people[0], KR_VERB_INBOX_UPDATE);
	struct kr_bytes bytes = next_record(d, desk);
	const struct received *answer;

	ask_topic(&r, k->topic);
	r.body = kr_view_bytes(&bytes);
	answer = expect(k->people[0], &r, code);
	if (strcmp(code, "ok") == 0) {
		kr_bytes_free(&k->bytes);
		k->bytes = bytes;
	} else {
		k->record.number--;
		kr_bytes_free(&bytes);
	}
	return answer;
}

/* ---- The docket ------------------------------------------------------------------- */

void docket_next_case(struct docket *d, unsigned number)
{
	struct kr_secret seed = {{0xca, (uint8_t)number, (uint8_t)(number >> 8)}};

	kr_ed25519_from_seed(&d->receipt, &seed);
	kr_sha256(d->topic.id, kr_view(d->receipt.public_key, KR_ED25519_PUBLIC_BYTES));
	d->topic.kind = KR_TOPIC_CASE;
	client_disconnect(d->reporter);
	client_forget(d->reporter);
	client_connect(d->reporter);
}

void docket_open(struct docket *d, struct world *w)
{
	*d = (struct docket){.w = w, .reporter = client_new(w, 90)};
	for (int i = 0; i < NUM_DESKS; i++) {
		struct desk *k = &d->desks[i];
		struct kr_secret seed = {{0xde, (uint8_t)i}};

		kr_ed25519_from_seed(&k->identity, &seed);
		kr_inbox_id(k->id, k->identity.public_key);
		k->topic = kr_topic(KR_TOPIC_INBOX, k->id);
		for (int p = 0; p < NUM_PEOPLE; p++) {
			k->people[p] = client_in(w, 100 + 10 * (unsigned)i + (unsigned)p);
		}
	}
	/* A fallback has to be there before it is named. */
	make_inbox(d, 1);
	for (int i = 0; i < NUM_DESKS; i++) {
		if (i != 1) {
			make_inbox(d, i);
		}
	}
	docket_next_case(d, 1);
}

void docket_close(struct docket *d)
{
	for (size_t i = 0; i < d->num_bodies; i++) {
		kr_bytes_free(&d->bodies[i]);
	}
	for (int i = 0; i < NUM_DESKS; i++) {
		for (int p = 0; p < NUM_PEOPLE; p++) {
			client_free(d->desks[i].people[p]);
		}
		kr_bytes_free(&d->desks[i].bytes);
	}
	client_free(d->reporter);
}

/* ---- Deeds in words --------------------------------------------------------------- */

const struct deed signal_of_today = {
	KR_EVENT_SUBMITTED, REPORTER, 0, 1, KR_URGENCY_TODAY, 0, 0};

struct deed deed_about(enum kr_event_type type, int who, int desk)
{
	return (struct deed){.type = type, .by = who, .about = desk, .fallback = NOBODY};
}

struct deed deed_by(enum kr_event_type type, int who)
{
	return deed_about(type, who, NOBODY);
}

struct deed deed_urgent(enum kr_event_type type, int who, uint8_t urgency)
{
	struct deed deed = deed_by(type, who);

	deed.urgency = urgency;
	return deed;
}

struct deed deed_submitted(int inbox, int fallback, uint8_t urgency)
{
	struct deed deed = deed_urgent(KR_EVENT_SUBMITTED, REPORTER, urgency);

	deed.about = inbox;
	deed.fallback = fallback;
	return deed;
}

struct deed deed_accepted(int who, int fallback)
{
	struct deed deed = deed_by(KR_EVENT_HANDOVER_ACCEPTED, who);

	deed.fallback = fallback;
	return deed;
}

struct deed deed_promised(const struct docket *d, int who, uint64_t in_s)
{
	struct deed deed = deed_by(KR_EVENT_PROMISE, who);

	deed.date_ms = d->w->now_ms + in_s * 1000;
	return deed;
}

/* ---- Deeds ------------------------------------------------------------------------ */

static uint8_t noise[KR_CASE_SIZE_LARGE + KR_AEAD_TAG_BYTES];

static void add_envelope(struct kr_case_event *e, enum kr_envelope_kind kind, size_t size)
{
	struct kr_envelope *envelope = &e->envelopes[e->num_envelopes++];

	memset(noise, 0xc5, sizeof(noise));
	envelope->kind = kind;
	envelope->ciphertext = kr_view(noise, size + KR_AEAD_TAG_BYTES);
}

static void add_recipient(struct docket *d, struct kr_case_event *e,
	enum kr_wrap_purpose purpose, const uint8_t *party)
{
	struct kr_recipient *r = &e->recipients[e->num_recipients++];

	*r = (struct kr_recipient){
		.envelope = (uint8_t)(e->num_envelopes - 1), .purpose = purpose};
	if (party == NULL) {
		return;
	}
	memcpy(r->party, party, KR_ID_BYTES);
	for (int i = 0; i < NUM_DESKS; i++) {
		if (memcmp(d->desks[i].id, party, KR_ID_BYTES) == 0) {
			r->sealing_number = d->desks[i].record.sealing_number;
		}
	}
}

static void add_words(struct docket *d, struct kr_case_event *e,
	const struct kr_case_state *state, const struct kr_case_act *act)
{
	struct kr_recipient readers[KR_CASE_PARTIES_MAX + 1];
	size_t num = kr_case_readers(state, act, readers);

	if (num == 0) {
		return;
	}
	add_envelope(e, KR_ENVELOPE_WORDS,
		act->type == KR_EVENT_SUBMITTED ? KR_CASE_SIZE_MEDIUM
						: KR_CASE_SIZE_SMALL);
	for (size_t i = 0; i < num; i++) {
		bool is_reporter = readers[i].purpose == KR_WRAP_REPORTER;

		add_recipient(
			d, e, readers[i].purpose, is_reporter ? NULL : readers[i].party);
	}
}

/* The envelope that the type must have besides words. */
static void add_second(
	struct docket *d, struct kr_case_event *e, const struct kr_case_act *act)
{
	switch (act->type) {
	case KR_EVENT_SUBMITTED:
		add_envelope(e, KR_ENVELOPE_IDENTITY, KR_CASE_SIZE_SMALL);
		add_recipient(d, e, KR_WRAP_PARTY, act->inbox);
		for (int i = 0; i < NUM_DESKS; i++) {
			if (memcmp(act->fallback, d->desks[i].id, KR_ID_BYTES) == 0) {
				add_recipient(d, e, KR_WRAP_WAITING, act->fallback);
			}
		}
		break;
	case KR_EVENT_HANDOVER_OFFERED:
	case KR_EVENT_JOIN_INVITED:
		add_envelope(e, KR_ENVELOPE_KEYS, KR_CASE_SIZE_SMALL);
		add_recipient(d, e, KR_WRAP_WAITING, act->inbox);
		break;
	case KR_EVENT_IDENTITY_SHARED:
		add_envelope(e, KR_ENVELOPE_KEYS, KR_CASE_SIZE_SMALL);
		add_recipient(d, e, KR_WRAP_PARTY, act->inbox);
		break;
	default:
		break;
	}
}

/* Each wrap is its own: of the event, the recipient's place and its purpose. */
static void write_wraps(struct kr_writer *w, struct kr_case_event *e)
{
	for (size_t i = 0; i < e->num_recipients; i++) {
		uint8_t wrap[KR_WRAP_BYTES] = {0};

		memcpy(wrap, e->event, sizeof(e->event));
		wrap[20] = (uint8_t)i;
		wrap[21] = (uint8_t)e->recipients[i].purpose;
		memcpy(wrap + 32, e->recipients[i].party, KR_ID_BYTES);
		kr_sha256(e->recipients[i].wrap_hash, kr_view(wrap, sizeof(wrap)));
		kr_write_fixed(w, kr_view(wrap, sizeof(wrap)));
	}
}

static void name_desk(uint8_t out[KR_ID_BYTES], const struct docket *d, int desk)
{
	if (desk >= 0) {
		memcpy(out, d->desks[desk].id, KR_ID_BYTES);
	}
}

struct client *who_does(struct docket *d, const struct deed *deed)
{
	return deed->by == REPORTER ? d->reporter
				    : d->desks[deed->by].people[deed->person];
}

static void fill_event(struct docket *d, struct kr_case_event *e, const struct deed *deed)
{
	struct kr_case_state state = case_state(d);
	struct store_topic place = place_of(d, d->topic);
	struct kr_case_act act = {
		.type = deed->type,
		.actor = deed->by == REPORTER ? KR_ACTOR_REPORTER : KR_ACTOR_INBOX,
		.by = e->by,
		.inbox = e->inbox,
		.fallback = e->fallback,
		.key = d->receipt.public_key,
		.urgency = deed->urgency,
	};

	memcpy(e->case_id, d->topic.id, sizeof(e->case_id));
	e->type = (uint16_t)deed->type;
	e->seen_seq = place.seq;
	memcpy(e->seen_hash, place.hash, sizeof(e->seen_hash));
	name_desk(e->by, d, deed->by);
	name_desk(e->inbox, d, deed->about);
	name_desk(e->fallback, d, deed->fallback);
	e->by_number = deed->by == REPORTER ? 0 : d->desks[deed->by].record.number;
	e->urgency = deed->urgency;
	e->date_ms = deed->date_ms;
	add_words(d, e, &state, &act);
	add_second(d, e, &act);
}

struct kr_request make_deed(struct docket *d, const struct deed *deed,
	void (*bend)(struct kr_case_event *event))
{
	struct client *c = who_does(d, deed);
	struct kr_request r = ask(c,
		deed->type == KR_EVENT_SUBMITTED ? KR_VERB_CASE_SUBMIT
						 : KR_VERB_CASE_APPEND);
	const struct kr_ed25519_keypair *signer =
		deed->by == REPORTER ? &d->receipt : &c->device;
	struct kr_case_event *e = calloc(1, sizeof(*e));
	KR_AUTO_WRITER struct kr_writer w = {0};
	KR_AUTO_WRITER struct kr_writer wraps = {0};
	struct kr_bytes body;

	assert_non_null(e);
	kr_writer_init(&w);
	kr_writer_init(&wraps);
	ask_topic(&r, d->topic);
	memcpy(e->event, r.event, sizeof(e->event));
	fill_event(d, e, deed);
	write_wraps(&wraps, e);
	if (bend != NULL) {
		bend(e);
	}
	kr_case_event_write(&w, e, signer);
	assert_int_equal(w.err, KR_OK);
	r.wraps_len = wraps.len;
	r.fields |= KR_R(WRAPS_LEN);
	kr_write_fixed(&w, kr_writer_view(&wraps));
	assert_int_equal(kr_bytes_copy(&body, kr_writer_view(&w)), KR_OK);
	r.body = keep(d, body);
	free(e);
	return r;
}

const struct received *do_deed(struct docket *d, struct deed deed, const char *code)
{
	struct kr_request r = make_deed(d, &deed, NULL);

	return expect(who_does(d, &deed), &r, code);
}

void submit_signal(struct docket *d)
{
	do_deed(d, signal_of_today, "ok");
}

struct kr_request ask_open(struct docket *d, struct client *c)
{
	struct kr_request r = ask(c, KR_VERB_CASE_OPEN);
	KR_AUTO_WRITER struct kr_writer w = {0};

	kr_writer_init(&w);
	ask_topic(&r, d->topic);
	kr_case_open_tbs(&w, kr_view_str(RELAY_NAME), c->challenge, d->topic.id);
	kr_ed25519_sign(r.sig, &d->receipt, kr_writer_view(&w));
	r.fields |= KR_R(SIG);
	return r;
}

/* ---- Notes ------------------------------------------------------------------------ */

struct kr_topic notes_topic(const struct docket *d, int desk)
{
	struct kr_topic topic = {.kind = KR_TOPIC_NOTES};

	kr_notes_id(topic.id, d->topic.id, d->desks[desk].id);
	return topic;
}

struct kr_request make_note(struct docket *d, int desk, int person)
{
	struct desk *k = &d->desks[desk];
	struct kr_request r = ask(k->people[person], KR_VERB_CASE_NOTE);
	struct store_topic place = place_of(d, notes_topic(d, desk));
	struct kr_case_event *e = calloc(1, sizeof(*e));
	KR_AUTO_WRITER struct kr_writer w = {0};
	KR_AUTO_WRITER struct kr_writer wraps = {0};
	struct kr_bytes body;
	size_t begin;

	assert_non_null(e);
	kr_writer_init(&w);
	kr_writer_init(&wraps);
	ask_topic(&r, d->topic);
	memcpy(r.inbox, k->id, sizeof(r.inbox));
	r.fields |= KR_R(INBOX);
	memcpy(e->case_id, d->topic.id, sizeof(e->case_id));
	memcpy(e->event, r.event, sizeof(e->event));
	memcpy(e->by, k->id, sizeof(e->by));
	memcpy(e->seen_hash, place.hash, sizeof(e->seen_hash));
	e->seen_seq = place.seq;
	e->by_number = k->record.number;
	e->type = KR_EVENT_NOTE;
	add_envelope(e, KR_ENVELOPE_WORDS, KR_CASE_SIZE_SMALL);
	add_recipient(d, e, KR_WRAP_PARTY, k->id);
	write_wraps(&wraps, e);
	begin = kr_write_vec_begin(&w);
	kr_case_event_write(&w, e, &k->people[person]->device);
	kr_write_vec_end(&w, begin);
	kr_write_vec(&w, kr_writer_view(&wraps));
	assert_int_equal(w.err, KR_OK);
	assert_int_equal(kr_bytes_copy(&body, kr_writer_view(&w)), KR_OK);
	r.body = keep(d, body);
	free(e);
	return r;
}
