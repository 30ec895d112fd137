/* What a relay says to a professional's machine, which stands in the team of an inbox and
 * has a case open. The machine starts from records as they were when the signal was
 * acknowledged; the relay double has more history than that, to tell it, true or changed.
 * Input: deeds, each a byte that says which and what it needs.
 *
 * Whatever comes, the machine goes on, its questions are answered, and what it has stored
 * by then is a keystore from which it starts again and shows the same. */
#include "fuzz.h"

#include <string.h>

#include <kring/wire.h>

#include "clients/core/state.h"
#include "tests/unit/core/office.h"

#define RECORDS_MAX  128
#define REQUESTS_MAX 64
#define DEEDS_MAX    64

static struct office *office;
static struct world_store beginning;
static struct kr_topic topics[6];

/* ---- The office, once ---------------------------------------------------------- */

static void build(void)
{
	const uint8_t *case_id;
	uint8_t notes[KR_ID_BYTES];
	void *state;

	FUZZ_ASSERT(office_setup_signal(&state) == 0);
	office = state;
	(void)office_act(office, office->wim, "acknowledge", "\"text\":\"Gelezen.\"");
	beginning = world_store_copy(&office->wim->store);
	(void)office_act(office, office->sanne, "question", "\"text\":\"Hoe vaak?\"");
	(void)office_act(office, office->sanne, "note", "\"text\":\"Intern.\"");
	(void)office_act(office, office->wim, "hand_over",
		"\"to\":\"%s\",\"text\":\"Voor jullie?\"", office->desks[TEAM].link);
	(void)world_do(office->tom, "{\"do\":\"inbox_rotate\"}");
	(void)world_do(office->wim, "{\"do\":\"inbox_rotate\"}");
	(void)office_act(office, office->tom, "decline", "\"text\":\"Nee.\"");
	world_pass(&office->world, UINT64_C(49) * 3600 * 1000);
	(void)office_act(office, office->fatma, "accept", "\"text\":\"Wij doen het.\"");
	(void)office_act(office, office->fatma, "close",
		"\"text\":\"Klaar.\",\"outcome\":\"other\"");
	case_id = office->neighbour.keys.locator;
	kr_notes_id(notes, case_id, office->desks[WIJK].id);
	topics[0] = kr_topic(KR_TOPIC_CASE, case_id);
	topics[1] = kr_topic(KR_TOPIC_INBOX, office->desks[WIJK].id);
	topics[2] = kr_topic(KR_TOPIC_NOTES, notes);
	topics[3] = kr_topic(KR_TOPIC_INBOX, office->desks[TEAM].id);
	topics[4] = kr_topic(KR_TOPIC_INBOX, office->desks[VEILIG].id);
	topics[5] = kr_topic(KR_TOPIC_ACCOUNT, office->wim->core->identity.account);
}

/* ---- The machine and its host -------------------------------------------------- */

struct machine {
	struct kr_core *core;
	struct world_store store;
	struct kr_random_seeded seeded;
	uint64_t now_ms;
	uint64_t stored[RECORDS_MAX]; /* to be said */
	size_t num_stored;
	uint64_t requests[REQUESTS_MAX]; /* not answered */
	size_t num_requests;
	bool wants_connection;
	bool wants_none;
};

static void take_output(struct machine *m, const struct kr_core_output *out)
{
	struct kr_request request;
	const char *fault;

	switch (out->kind) {
	case KR_CORE_STORE:
		for (size_t i = 0; i < out->num_records; i++) {
			world_store_write(&m->store, &out->records[i]);
		}
		FUZZ_ASSERT(m->num_stored < RECORDS_MAX);
		m->stored[m->num_stored++] = out->id;
		break;
	case KR_CORE_SEND:
		FUZZ_ASSERT(kr_request_read(&request, &fault, out->bytes, out->is_text) ==
			KR_OK);
		if (m->num_requests < REQUESTS_MAX) {
			m->requests[m->num_requests++] = request.id;
		}
		break;
	case KR_CORE_CONNECT:
		m->wants_connection = true;
		break;
	case KR_CORE_DISCONNECT:
		m->wants_none = true;
		break;
	default:
		break;
	}
}

static void input(struct machine *m, struct kr_core_input in)
{
	struct kr_random rng = kr_random_seeded(&m->seeded);
	struct kr_core_output out;

	FUZZ_ASSERT(kr_core_input(m->core, &in, m->now_ms, &rng) == KR_OK);
	while (kr_core_output(m->core, &out)) {
		take_output(m, &out);
	}
	while (m->num_stored > 0) {
		struct kr_core_input stored = {
			.kind = KR_CORE_STORED, .id = m->stored[0]};

		memmove(m->stored, m->stored + 1, --m->num_stored * sizeof(m->stored[0]));
		FUZZ_ASSERT(kr_core_input(m->core, &stored, m->now_ms, &rng) == KR_OK);
		while (kr_core_output(m->core, &out)) {
			take_output(m, &out);
		}
	}
}

static void say(struct machine *m, struct kr_view message, bool is_text)
{
	input(m,
		(struct kr_core_input){
			.kind = KR_CORE_MESSAGE, .bytes = message, .is_text = is_text});
}

static void begin_answer(struct kr_writer *w, struct kr_json *j, uint64_t id)
{
	kr_json_begin(j, w);
	kr_json_u64(j, "re", id);
}

static void connect(struct machine *m)
{
	static const uint8_t zeroes[32];
	struct kr_writer w;
	struct kr_json j;

	m->wants_connection = false;
	m->num_requests = 0;
	input(m, (struct kr_core_input){.kind = KR_CORE_CONNECTED});
	kr_writer_init(&w);
	kr_json_begin(&j, &w);
	kr_json_str(&j, "verb", "hello");
	kr_json_str(&j, "relay", RELAY_DOUBLE_NAME);
	kr_json_bytes(&j, "incarnation",
		kr_view((const uint8_t *)"\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11"
					 "\x11\x11\x11\x11\x11",
			16));
	kr_json_bytes(&j, "challenge", kr_view(zeroes, sizeof(zeroes)));
	kr_json_u64(&j, "time", m->now_ms);
	kr_json_end(&j);
	say(m, kr_writer_view(&w), true);
	kr_writer_free(&w);
	if (m->num_requests == 1) { /* auth */
		kr_writer_init(&w);
		begin_answer(&w, &j, m->requests[0]);
		kr_json_bool(&j, "ok", true);
		kr_json_end(&j);
		m->num_requests = 0;
		say(m, kr_writer_view(&w), true);
		kr_writer_free(&w);
	}
}

/* What the machine asks of its host. */
static void follow(struct machine *m)
{
	if (m->wants_none) {
		m->wants_none = false;
		m->wants_connection = false;
		m->num_requests = 0;
		input(m, (struct kr_core_input){.kind = KR_CORE_DISCONNECTED});
	}
	if (m->wants_connection) {
		connect(m);
	}
}

static void start(struct machine *m)
{
	FUZZ_ASSERT(kr_core_new(&m->core) == KR_OK);
	m->num_stored = 0;
	m->num_requests = 0;
	m->wants_connection = false;
	m->wants_none = false;
	for (size_t i = 0; i < m->store.num; i++) {
		FUZZ_ASSERT(kr_core_load(m->core, kr_view_bytes(&m->store.list[i].key),
				    kr_view_bytes(&m->store.list[i].value)) == KR_OK);
	}
	input(m, (struct kr_core_input){.kind = KR_CORE_START});
}

static struct kr_bytes ask(struct machine *m, const char *question)
{
	struct kr_bytes answer;

	FUZZ_ASSERT(kr_core_query(m->core, kr_view_str(question), m->now_ms, &answer) ==
		KR_OK);
	return answer;
}

/* ---- Deeds --------------------------------------------------------------------- */

static uint8_t next_u8(struct kr_reader *r)
{
	uint8_t byte = 0;

	(void)kr_read_u8(r, &byte);
	return byte;
}

static struct kr_view next_bytes(struct kr_reader *r)
{
	size_t len = next_u8(r);
	struct kr_view bytes = {0};

	(void)kr_read_fixed(r, len < r->rest.len ? len : r->rest.len, &bytes);
	return bytes;
}

static void deed_message(struct machine *m, struct kr_reader *r)
{
	bool is_text = next_u8(r) & 1;

	say(m, next_bytes(r), is_text);
}

/* The wraps of some events, as they are or changed. */
static void write_wraps(struct kr_writer *w, struct kr_reader *r)
{
	struct kr_topic name = kr_topic(KR_TOPIC_WRAPS, topics[0].id);
	unsigned num = next_u8(r) & 15;

	for (unsigned i = 0; i < num; i++) {
		uint64_t seq = next_u8(r) & 15;
		uint8_t recipient = next_u8(r) & 15;
		uint8_t flip = next_u8(r);
		const struct kr_event *event =
			relay_double_event(office->world.relay, &name, seq);
		uint8_t wrap[KR_WRAP_BYTES] = {0};

		if (event != NULL &&
			event->body.len >= (recipient + 1u) * KR_WRAP_BYTES) {
			memcpy(wrap, event->body.data + recipient * KR_WRAP_BYTES,
				sizeof(wrap));
		}
		wrap[flip % KR_WRAP_BYTES] ^= flip & 128;
		kr_write_u64(w, seq);
		kr_write_u16(w, recipient);
		kr_write_fixed(w, kr_view(wrap, sizeof(wrap)));
	}
}

/* Something that was asked is answered. */
static void deed_answer(struct machine *m, struct kr_reader *r)
{
	size_t i = m->num_requests == 0 ? 0 : next_u8(r) % m->num_requests;
	uint8_t flags = next_u8(r);
	uint8_t number = next_u8(r);
	struct kr_writer w;
	struct kr_json j;
	size_t begin;

	if (m->num_requests == 0) {
		return;
	}
	kr_writer_init(&w);
	begin = flags & 1 ? kr_message_begin(&w) : 0;
	begin_answer(&w, &j, m->requests[i]);
	m->requests[i] = m->requests[--m->num_requests];
	kr_json_bool(&j, "ok", true);
	kr_json_u64(&j, flags & 2 ? "seq" : "next", number);
	kr_json_u64(&j, "rev", number);
	kr_json_bool(&j, "more", (flags & 4) != 0);
	if (flags & 8) {
		kr_json_bytes(&j, "at_hash", next_bytes(r));
	}
	if (flags & 16) {
		kr_json_topics(&j, "topics", topics, number % 7);
	}
	kr_json_end(&j);
	if (flags & 1) {
		struct kr_writer wraps;

		kr_writer_init(&wraps);
		if (flags & 32) {
			write_wraps(&wraps, r);
		} else {
			kr_write_fixed(&wraps, next_bytes(r));
		}
		kr_message_end(&w, begin, kr_writer_view(&wraps));
		kr_writer_free(&wraps);
	}
	say(m, kr_writer_view(&w), !(flags & 1));
	kr_writer_free(&w);
}

static void deed_refuse(struct machine *m, struct kr_reader *r)
{
	static const char *const errors[] = {"forbidden", "trimmed", "incarnation",
		"cursor_ahead", "cursor_early", "busy", "state", "rev_past", "internal",
		"record", "not_found"};
	static const char *const retries[] = {"never", "later", "rebase"};
	size_t i = m->num_requests == 0 ? 0 : next_u8(r) % m->num_requests;
	uint8_t error = next_u8(r);
	uint8_t number = next_u8(r);
	struct kr_writer w;
	struct kr_json j;

	if (m->num_requests == 0) {
		return;
	}
	kr_writer_init(&w);
	begin_answer(&w, &j, m->requests[i]);
	m->requests[i] = m->requests[--m->num_requests];
	kr_json_str(&j, "error", errors[error % 11]);
	kr_json_str(&j, "text", "");
	kr_json_str(&j, "retry", retries[error / 11 % 3]);
	kr_json_u64(&j, "seq", number);
	if (error & 128) {
		uint8_t hash[KR_SHA256_BYTES] = {number};

		kr_json_bytes(&j, "hash", kr_view(hash, sizeof(hash)));
	}
	kr_json_end(&j);
	say(m, kr_writer_view(&w), true);
	kr_writer_free(&w);
}

/* A copy of at most this much, changed at one place. */
struct changed {
	uint8_t bytes[65536];
};

static struct kr_view change(struct changed *to, struct kr_view v, struct kr_reader *r)
{
	size_t at = (size_t)next_u8(r) << 8;
	uint8_t flip;

	at |= next_u8(r);
	flip = next_u8(r);
	if (flip == 0 || v.len == 0 || v.len > sizeof(to->bytes)) {
		return v;
	}
	memcpy(to->bytes, v.data, v.len);
	to->bytes[at % v.len] ^= flip;
	return kr_view(to->bytes, v.len);
}

/* The next event of a topic, as the double has it or made up; with the hash that follows
 * from what the machine has, or another. */
static void deed_event(struct machine *m, struct kr_reader *r)
{
	static struct changed head;
	static struct changed body;
	const struct kr_topic *name = &topics[next_u8(r) % 6];
	const struct topic *place = topic_look(m->core, name);
	uint8_t flags = next_u8(r);
	uint64_t seq = next_u8(r);
	const struct kr_event *true_one =
		relay_double_event(office->world.relay, name, seq);
	uint8_t hash[KR_SHA256_BYTES] = {0};
	struct kr_event event = {.topic = *name, .time_ms = m->now_ms};
	struct kr_writer w;

	if (true_one != NULL && !(flags & 1)) {
		event = *true_one;
		event.head = change(&head, event.head, r);
		event.body = change(&body, event.body, r);
	} else {
		event.type = next_u8(r);
		event.head = next_bytes(r);
		event.body = next_bytes(r);
	}
	if (kr_event_info(event.type) == NULL ||
		kr_event_info(event.type)->kind != (enum kr_topic_kind)name->kind) {
		return; /* cannot be said */
	}
	if (flags & 2) {
		event.author = kr_view(office->desks[flags % NUM_DESKS].id, KR_ID_BYTES);
	}
	if (flags & 4) {
		event.time_ms += (uint64_t)(flags >> 3) * 3600 * 1000;
	}
	if (place != NULL && !(flags & 128)) {
		memcpy(hash, place->hash, sizeof(hash));
		event.seq = place->seq + 1;
		event.rev = place->rev + kr_event_info(event.type)->counts;
	}
	kr_event_hash(hash, hash, &event);
	if (place == NULL && true_one != NULL && !(flags & 64)) {
		relay_double_hash(office->world.relay, name, seq, hash);
	}
	kr_writer_init(&w);
	kr_event_message(&w, &event, hash);
	if (w.err == KR_OK) {
		say(m, kr_writer_view(&w), false);
	}
	kr_writer_free(&w);
}

static void deed_command(struct machine *m, struct kr_reader *r)
{
	static const char *const commands[] = {
		"{\"do\":\"follow_up\",\"case\":\"%s\",\"text\":\"a\"}",
		"{\"do\":\"close\",\"case\":\"%s\",\"text\":\"a\",\"outcome\":\"other\"}",
		"{\"do\":\"accept\",\"case\":\"%s\",\"text\":\"a\"}",
		"{\"do\":\"note\",\"case\":\"%s\",\"text\":\"a\"}",
		"{\"do\":\"urgency\",\"case\":\"%s\",\"urgency\":\"danger_now\"}",
		"{\"do\":\"advise\",\"case\":\"%s\",\"text\":\"a\"}",
		"{\"do\":\"case_read\",\"case\":\"%s\",\"seq\":2}",
		"{\"do\":\"inbox_rotate\"}",
		"{\"do\":\"sync\"}",
	};
	char text[512];

	(void)snprintf(
		text, sizeof(text), commands[next_u8(r) % 9], office->neighbour.case_id);
	input(m,
		(struct kr_core_input){
			.kind = KR_CORE_COMMAND, .id = 1, .bytes = kr_view_str(text)});
}

static void deed_ended(struct machine *m, struct kr_reader *r)
{
	struct kr_writer w;
	struct kr_json j;

	kr_writer_init(&w);
	kr_json_begin(&j, &w);
	kr_json_str(&j, "verb", "ended");
	kr_json_topic(&j, "topic", &topics[next_u8(r) % 6]);
	kr_json_str(&j, "error", "forbidden");
	kr_json_end(&j);
	say(m, kr_writer_view(&w), true);
	kr_writer_free(&w);
}

static void deed_again(struct machine *m)
{
	kr_core_free(m->core);
	start(m);
}

static void deed(struct machine *m, struct kr_reader *r)
{
	switch (next_u8(r) % 9) {
	case 0:
		deed_message(m, r);
		break;
	case 1:
	case 2:
		deed_event(m, r);
		break;
	case 3:
		deed_answer(m, r);
		break;
	case 4:
		deed_refuse(m, r);
		break;
	case 5:
		deed_command(m, r);
		break;
	case 6:
		m->now_ms += (uint64_t)next_u8(r) * 1800 * 1000;
		input(m, (struct kr_core_input){.kind = KR_CORE_TIMER});
		break;
	case 7:
		deed_ended(m, r);
		break;
	default:
		deed_again(m);
		break;
	}
	follow(m);
}

/* ---- The end ------------------------------------------------------------------- */

/* What a case says is in the records alone: nothing that was shown is lost. */
static void shows_the_same(struct machine *m)
{
	char question[128];
	struct kr_bytes before;
	struct kr_bytes after;

	(void)snprintf(question, sizeof(question), "{\"ask\":\"case\",\"case\":\"%s\"}",
		office->neighbour.case_id);
	before = ask(m, question);
	deed_again(m);
	after = ask(m, question);
	if (!kr_view_equal(kr_view_bytes(&before), kr_view_bytes(&after))) {
		fprintf(stderr, "%.*s\n%.*s\n", (int)before.len,
			(const char *)before.data, (int)after.len,
			(const char *)after.data);
	}
	FUZZ_ASSERT(kr_view_equal(kr_view_bytes(&before), kr_view_bytes(&after)));
	kr_bytes_free(&before);
	kr_bytes_free(&after);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct kr_secret seed = {.bytes = {1}};
	static const char *const questions[] = {"{\"ask\":\"cases\",\"show\":\"all\"}",
		"{\"ask\":\"own_inboxes\"}", "{\"ask\":\"inbox\"}",
		"{\"ask\":\"alarms\"}", "{\"ask\":\"status\"}"};
	struct kr_reader r = kr_reader(kr_view(data, size));
	struct machine m = {0};

	if (office == NULL) {
		build();
	}
	kr_random_seeded_init(&m.seeded, &seed);
	m.now_ms = office->world.now_ms - UINT64_C(49) * 3600 * 1000;
	m.store = world_store_copy(&beginning);
	start(&m);
	follow(&m);
	for (int i = 0; i < DEEDS_MAX && r.rest.len > 0; i++) {
		deed(&m, &r);
	}
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
		struct kr_bytes answer = ask(&m, questions[i]);

		kr_bytes_free(&answer);
	}
	shows_the_same(&m);
	kr_core_free(m.core);
	world_store_free(&m.store);
	return 0;
}
