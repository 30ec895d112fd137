#include "tests/unit/core/neighbour.h"

#include <stdio.h>
#include <string.h>

#include <kring/wire.h>

#include "test.h"

static const uint8_t zero_id[KR_ID_BYTES];

struct kr_signal neighbour_signal(void)
{
	return (struct kr_signal){
		.kind = KR_SIGNAL_ANONYMOUS,
		.urgency = KR_URGENCY_TODAY,
		.category = 3,
		.at_risk = KR_RISK_CHILD,
		.address =
			{
				.street = LITERAL("Lange Laan"),
				.number = 12,
				.postcode = {'1', '2', '3', '4', 'A', 'B'},
				.town = LITERAL("Ons Dorp"),
			},
		.seen = LITERAL("Geschreeuw, elke nacht."),
		.reach = KR_REACH_RECEIPT,
		.origin = KR_ORIGIN_POSTER,
		.language = LITERAL("nl"),
	};
}

void neighbour_init(struct neighbour *n, struct world *world, uint8_t number)
{
	const struct kr_secret seed = {{'n', number}};

	*n = (struct neighbour){.world = world};
	kr_ed25519_from_seed(&n->keys.signing, &seed);
	assert_int_equal(kr_x25519_generate(&n->keys.sealing, &world->rng), KR_OK);
	assert_int_equal(kr_random_fill(&world->rng, n->event, sizeof(n->event)), KR_OK);
	memset(n->keys.locator, number, sizeof(n->keys.locator));
	n->conn = relay_double_connect(world->relay);
	kr_base64url_encode(n->case_id, kr_view(n->keys.locator, KR_ID_BYTES));
}

/* ---- Requests ------------------------------------------------------------------ */

/* "ok" or the error; of the answer, whatever else comes before it. */
static const char *ask(struct neighbour *n, struct kr_request *request)
{
	static char code[32];
	struct kr_bytes message;
	struct kr_writer w;
	bool is_text;

	kr_writer_init(&w);
	request->id = 1;
	kr_request_write(&w, &is_text, request);
	assert_int_equal(w.err, KR_OK);
	relay_double_take(n->world->relay, n->conn, kr_writer_view(&w), is_text);
	kr_writer_free(&w);
	while (relay_double_next(n->world->relay, n->conn, &message, &is_text)) {
		struct kr_message parts;
		cJSON *object;

		assert_int_equal(
			kr_message_split(&parts, kr_view_bytes(&message), is_text),
			KR_OK);
		object = cJSON_ParseWithLength(
			(const char *)parts.object.data, parts.object.len);
		if (cJSON_HasObjectItem(object, "re")) {
			(void)snprintf(code, sizeof(code), "%s", world_outcome(object));
		}
		cJSON_Delete(object);
		kr_bytes_free(&message);
	}
	return code;
}

/* ---- Events -------------------------------------------------------------------- */

/* An event in the making. */
struct step {
	struct kr_case_event e;
	struct kr_envelope_secret secrets[KR_ENVELOPES_MAX];
	uint8_t storage[KR_ENVELOPES_MAX][KR_ENVELOPE_STORAGE];
	struct kr_writer wraps;
};

static void seal(struct neighbour *n, struct step *s, enum kr_envelope_kind kind,
	struct kr_writer *text)
{
	size_t i = s->e.num_envelopes;

	assert_int_equal(text->err, KR_OK);
	assert_int_equal(kr_envelope_seal(&s->e, &s->secrets[i], s->storage[i], kind,
				 kr_writer_view(text), &n->world->rng),
		KR_OK);
	kr_writer_free(text);
}

static void wrap(struct neighbour *n, struct step *s, struct kr_recipient to,
	const uint8_t *secret)
{
	struct kr_inbox_record record;

	relay_double_inbox(n->world->relay, to.party, &record);
	to.sealing_number = record.sealing_number;
	kr_envelope_wrap(
		&s->wraps, &s->e, &to, record.sealing_key, secret, &n->world->rng);
	assert_int_equal(s->wraps.err, KR_OK);
}

static void wrap_words(struct neighbour *n, struct step *s,
	const struct kr_case_state *state, const struct kr_case_act *act)
{
	struct kr_recipient readers[KR_CASE_PARTIES_MAX + 1];
	size_t num = kr_case_readers(state, act, readers);

	for (size_t i = 0; i < num; i++) {
		wrap(n, s, readers[i], s->secrets[0].bytes);
	}
}

static struct kr_case_act act_of(struct neighbour *n, const struct kr_case_event *e)
{
	return (struct kr_case_act){
		.type = (enum kr_event_type)e->type,
		.actor = KR_ACTOR_REPORTER,
		.by = zero_id,
		.inbox = e->inbox,
		.fallback = e->fallback,
		.key = n->keys.signing.public_key,
		.urgency = e->urgency,
	};
}

static const char *send(struct neighbour *n, struct step *s, enum kr_verb verb)
{
	struct kr_request request = {
		.verb = verb,
		.fields = KR_R(EVENT) | KR_R(TOPIC) | KR_R(WRAPS_LEN),
		.topic = kr_topic(KR_TOPIC_CASE, n->keys.locator),
		.wraps_len = s->wraps.len,
	};
	struct kr_writer w;
	const char *code;

	memcpy(request.event, s->e.event, sizeof(request.event));
	kr_writer_init(&w);
	kr_case_event_write(&w, &s->e, &n->keys.signing);
	kr_write_fixed(&w, kr_writer_view(&s->wraps));
	assert_int_equal(w.err, KR_OK);
	request.body = kr_writer_view(&w);
	code = ask(n, &request);
	kr_writer_free(&w);
	kr_writer_free(&s->wraps);
	return code;
}

static void begin(struct neighbour *n, struct step *s, enum kr_event_type type)
{
	memset(s, 0, sizeof(*s));
	kr_writer_init(&s->wraps);
	s->e.type = (uint16_t)type;
	memcpy(s->e.case_id, n->keys.locator, sizeof(s->e.case_id));
	assert_int_equal(
		kr_random_fill(&n->world->rng, s->e.event, sizeof(s->e.event)), KR_OK);
}

void neighbour_send(struct neighbour *n, const uint8_t inbox[KR_ID_BYTES],
	const uint8_t *fallback, const struct kr_signal *signal,
	const struct kr_identity *identity, bool fallback_knows)
{
	static struct step s;
	const struct kr_case_state none = {0};
	const struct kr_identity nobody = {0};
	struct kr_submission submission = {.signal = *signal};
	struct kr_recipient to = {.envelope = 1, .purpose = KR_WRAP_PARTY};
	const uint8_t zeroes[KR_SECRET_BYTES] = {0};
	struct kr_case_act act;
	struct kr_writer text;

	begin(n, &s, KR_EVENT_SUBMITTED);
	memcpy(s.e.event, n->event, sizeof(s.e.event));
	memcpy(s.e.inbox, inbox, KR_ID_BYTES);
	memcpy(s.e.fallback, fallback == NULL ? zero_id : fallback, KR_ID_BYTES);
	s.e.urgency = signal->urgency;
	memcpy(submission.reporter_key, n->keys.sealing.public_key, KR_X25519_BYTES);
	kr_writer_init(&text);
	kr_submission_write(&text, &submission);
	seal(n, &s, KR_ENVELOPE_WORDS, &text);
	act = act_of(n, &s.e);
	wrap_words(n, &s, &none, &act);
	kr_writer_init(&text);
	kr_identity_write(&text, identity == NULL ? &nobody : identity);
	seal(n, &s, KR_ENVELOPE_IDENTITY, &text);
	memcpy(to.party, inbox, sizeof(to.party));
	wrap(n, &s, to, s.secrets[1].bytes);
	if (fallback != NULL) {
		to.purpose = KR_WRAP_WAITING;
		memcpy(to.party, fallback, sizeof(to.party));
		wrap(n, &s, to, fallback_knows ? s.secrets[1].bytes : zeroes);
	}
	assert_string_equal(send(n, &s, KR_VERB_CASE_SUBMIT), "ok");
}

const char *neighbour_act(struct neighbour *n, enum kr_event_type type,
	const uint8_t *inbox, uint8_t urgency, const char *text)
{
	static struct step s;
	const struct kr_case_state *state =
		relay_double_case(n->world->relay, n->keys.locator);
	struct kr_topic topic = kr_topic(KR_TOPIC_CASE, n->keys.locator);
	struct kr_words words = {.type = (uint16_t)type, .text = kr_view_str(text)};
	struct kr_case_act act;
	struct kr_writer w;

	begin(n, &s, type);
	s.e.seen_seq = relay_double_num(n->world->relay, &topic);
	relay_double_hash(n->world->relay, &topic, s.e.seen_seq, s.e.seen_hash);
	if (inbox != NULL) {
		memcpy(s.e.inbox, inbox, sizeof(s.e.inbox));
	}
	s.e.urgency = urgency;
	act = act_of(n, &s.e);
	if (type != KR_EVENT_CLOSE_READ && type != KR_EVENT_CONSENTED &&
		type != KR_EVENT_ERASED) {
		kr_writer_init(&w);
		kr_words_write(&w, &words);
		seal(n, &s, KR_ENVELOPE_WORDS, &w);
		wrap_words(n, &s, state, &act);
	}
	return send(n, &s, KR_VERB_CASE_APPEND);
}

/* ---- Reading ------------------------------------------------------------------- */

static bool says(const struct kr_case_event *e, const struct kr_envelope_secret *secret,
	const char *text)
{
	static uint8_t storage[KR_ENVELOPE_STORAGE];
	struct kr_words words;
	struct kr_view bytes;

	return kr_envelope_open(&bytes, storage, e, 0, secret) == KR_OK &&
		kr_words_read(&words, bytes) == KR_OK &&
		kr_view_equal(words.text, kr_view_str(text));
}

bool neighbour_reads(const struct neighbour *n, uint64_t seq, const char *text)
{
	struct kr_topic events = kr_topic(KR_TOPIC_CASE, n->keys.locator);
	struct kr_topic wraps = kr_topic(KR_TOPIC_WRAPS, n->keys.locator);
	const struct kr_event *event = relay_double_event(n->world->relay, &events, seq);
	const struct kr_event *keys = relay_double_event(n->world->relay, &wraps, seq);
	struct kr_case_event e;

	if (event == NULL || kr_case_event_read(&e, event->body) != KR_OK) {
		return false;
	}
	for (size_t i = 0; i < e.num_recipients; i++) {
		struct kr_envelope_secret secret;

		if (e.recipients[i].purpose == KR_WRAP_REPORTER &&
			kr_envelope_unwrap(&secret, &e, i,
				keys->body.data + i * KR_WRAP_BYTES,
				relay_double_case(n->world->relay, n->keys.locator),
				&n->keys.sealing) == KR_OK) {
			return says(&e, &secret, text);
		}
	}
	return false;
}
