/* Random histories of a case: everybody does anything, rightly or not, on stale heads and
 * twice, while batches are cut anywhere, the clock jumps and the relay restarts.
 * Afterwards a model that knows nothing of the state machine's code reads what was
 * stored: at every event one owner, and a running clock or a closing word (P6, P7), all
 * that was acknowledged in it once (P1), and nothing else. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "docket.h"

#include "test.h"

#define NUM_RUNS     24
#define NUM_STEPS    250
#define MAX_ASKED    64
#define MAX_ACCEPTED 512
/* A word may still be stored when its clock has just run out and that waits to be
 * said. */
#define SLACK_MS UINT64_C(30000)

struct asked {
	struct client *client;
	uint64_t id;
	uint8_t event[KR_EVENT_ID_BYTES];
};

struct history {
	struct world w;
	struct docket d;
	struct kr_random_seeded random_state;
	struct kr_random rng;
	struct asked asked[MAX_ASKED];
	size_t num_asked;
	uint8_t accepted[MAX_ACCEPTED][KR_EVENT_ID_BYTES];
	size_t num_accepted;
};

static struct history h;

static uint32_t below(uint32_t bound)
{
	uint32_t value;

	assert_int_equal(kr_random_fill(&h.rng, (uint8_t *)&value, sizeof(value)), KR_OK);
	return value % bound;
}

/* ---- What people do --------------------------------------------------------------- */

static void stale(struct kr_case_event *e)
{
	e->seen_seq -= e->seen_seq > 1 ? 1 : 0;
}

static const enum kr_event_type types[] = {
	KR_EVENT_ACKNOWLEDGED,
	KR_EVENT_FOLLOW_UP,
	KR_EVENT_QUESTION,
	KR_EVENT_ANSWER,
	KR_EVENT_PROMISE,
	KR_EVENT_URGENCY_CHANGED,
	KR_EVENT_HANDOVER_OFFERED,
	KR_EVENT_HANDOVER_OFFERED,
	KR_EVENT_HANDOVER_ACCEPTED,
	KR_EVENT_HANDOVER_ACCEPTED,
	KR_EVENT_HANDOVER_DECLINED,
	KR_EVENT_CONSULTED,
	KR_EVENT_ADVISED,
	KR_EVENT_JOIN_INVITED,
	KR_EVENT_JOINED,
	KR_EVENT_PARTED,
	KR_EVENT_CLOSED,
	KR_EVENT_CLOSE_READ,
	KR_EVENT_REOPENED,
	KR_EVENT_REOPENED,
	KR_EVENT_WITHDRAWN,
	KR_EVENT_CONSENTED,
	KR_EVENT_IDENTITY_SHARED,
};

/* Mostly by whom it may be about: the owner. */
static struct deed any_deed(void)
{
	struct kr_case_state state = case_state(&h.d);
	enum kr_event_type type = types[below(NUM(types))];
	unsigned fields = kr_event_info(type)->fields;
	int owner = owner_of(&h.d, &state);
	struct deed deed = deed_by(type, (int)below(NUM_DESKS + 1) - 1);

	if (below(2) == 0 && owner >= 0) {
		deed.by = owner;
	}
	deed.about = fields & KR_F_INBOX ? (int)below(NUM_DESKS) : NOBODY;
	deed.fallback =
		fields & KR_F_FALLBACK && below(3) > 0 ? (int)below(NUM_DESKS) : NOBODY;
	deed.urgency = fields & KR_F_URGENCY ? (uint8_t)(1 + below(KR_NUM_URGENCIES)) : 0;
	deed.date_ms = type == KR_EVENT_PROMISE
		? h.w.now_ms + UINT64_C(1000) * (1 + below(2 * PROMISE_S))
		: 0;
	deed.person = deed.by >= 0 ? (int)below(NUM_PEOPLE) : 0;
	return deed;
}

static void send_deed(void)
{
	struct deed deed = any_deed();
	struct client *c = who_does(&h.d, &deed);
	struct kr_request r = make_deed(&h.d, &deed, below(8) == 0 ? stale : NULL);

	for (uint32_t times = below(6) == 0 ? 2 : 1; times > 0; times--) {
		struct asked *a = &h.asked[h.num_asked++];

		assert_true(h.num_asked <= MAX_ASKED);
		*a = (struct asked){.client = c, .id = r.id};
		memcpy(a->event, r.event, sizeof(a->event));
		send_request(c, &r);
		r.id = c->next_id++;
	}
}

static bool is_accepted(const uint8_t event[KR_EVENT_ID_BYTES])
{
	for (size_t i = 0; i < h.num_accepted; i++) {
		if (memcmp(h.accepted[i], event, KR_EVENT_ID_BYTES) == 0) {
			return true;
		}
	}
	return false;
}

/* Everything was answered: remember what with ok. */
static void hear(void)
{
	world_settle(&h.w);
	for (size_t i = 0; i < h.num_asked; i++) {
		const struct asked *a = &h.asked[i];
		const struct received *answer = answer_to(a->client, a->id);

		assert_non_null(answer);
		if (!kr_json_has(&answer->object, "error") && !is_accepted(a->event)) {
			assert_true(h.num_accepted < MAX_ACCEPTED);
			memcpy(h.accepted[h.num_accepted++], a->event, KR_EVENT_ID_BYTES);
		}
	}
	h.num_asked = 0;
	client_forget(h.d.reporter);
	for (int i = 0; i < NUM_DESKS; i++) {
		client_forget(h.d.desks[i].people[0]);
		client_forget(h.d.desks[i].people[1]);
	}
}

static void everybody_comes_back(void)
{
	struct kr_request open;

	client_connect(h.d.reporter);
	open = ask_open(&h.d, h.d.reporter);
	expect(h.d.reporter, &open, "ok");
	for (int i = 0; i < NUM_DESKS * NUM_PEOPLE; i++) {
		struct client *c = h.d.desks[i / NUM_PEOPLE].people[i % NUM_PEOPLE];

		client_connect(c);
		client_auth(c);
	}
}

/* Down for a while; what was on its way may be stored or not. */
static void restart(void)
{
	if (below(2) == 0) {
		world_commit(&h.w, below((uint32_t)h.w.num_waiting + 1));
	}
	client_disconnect(h.d.reporter);
	for (int i = 0; i < NUM_DESKS * NUM_PEOPLE; i++) {
		client_disconnect(h.d.desks[i / NUM_PEOPLE].people[i % NUM_PEOPLE]);
	}
	h.num_asked = 0;
	h.w.now_ms += UINT64_C(1000) * below(900);
	world_restart(&h.w);
	relay_tick(h.w.relay, h.w.now_ms, h.w.mono_ms);
	world_settle(&h.w);
	everybody_comes_back();
}

static void one_step(void)
{
	switch (below(40)) {
	case 0:
		/* A jump: of what was under way nobody could say that it was late. */
		hear();
		h.w.now_ms += UINT64_C(1000) * below(900);
		world_pass(&h.w, 1000);
		break;
	case 1:
		restart();
		break;
	case 2:
	case 3:
	case 4:
	case 5:
		world_pass(&h.w, 1000 * (1 + below(5)));
		break;
	case 6:
	case 7:
	case 8:
	case 9:
	case 10:
	case 11:
		hear();
		break;
	default:
		send_deed();
		break;
	}
	/* Nothing waits for long: else time would pass and nobody could say so. */
	if (h.num_asked + 2 > MAX_ASKED || h.w.num_waiting > 4) {
		hear();
	}
}

/* ---- The model -------------------------------------------------------------------- */

struct model {
	int owner;
	enum { NEW, OPEN, CLOSED, GONE } phase;
	uint8_t urgency;
	uint64_t until_ms;
	size_t num_by_people;
	size_t num_overdue;
};

static int desk_of(struct kr_view id)
{
	for (int i = 0; i < NUM_DESKS; i++) {
		if (kr_view_equal(id, kr_view(h.d.desks[i].id, KR_ID_BYTES))) {
			return i;
		}
	}
	return NOBODY;
}

static bool has_words_for_the_reporter(const struct kr_event *event)
{
	struct kr_case_event *e = malloc(sizeof(*e));
	bool found = false;

	assert_non_null(e);
	assert_int_equal(kr_case_event_read(e, event->body), KR_OK);
	for (size_t i = 0; i < e->num_recipients; i++) {
		found = found || e->recipients[i].purpose == KR_WRAP_REPORTER;
	}
	free(e);
	return found;
}

/* The clock that CASES.md §8 asks for. All desks have the same deadlines. */
static uint64_t clock_of(const struct model *m, const struct kr_event *event,
	const struct kr_event_head *head, int by)
{
	uint64_t now = event->time_ms;
	uint64_t acknowledge = now +
		UINT64_C(1000) *
			ACKNOWLEDGE_S(
				(uint32_t)(head->urgency ? head->urgency : m->urgency));
	uint64_t follow_up = now +
		UINT64_C(1000) *
			FOLLOW_UP_S(
				(uint32_t)(head->urgency ? head->urgency : m->urgency));
	uint64_t sooner = m->phase == NEW ? acknowledge : follow_up;

	switch (event->type) {
	case KR_EVENT_SUBMITTED:
	case KR_EVENT_REOPENED:
	case KR_EVENT_OVERDUE:
		return acknowledge;
	case KR_EVENT_ACKNOWLEDGED:
	case KR_EVENT_HANDOVER_ACCEPTED:
		return follow_up;
	case KR_EVENT_FOLLOW_UP:
		return by == m->owner ? follow_up : m->until_ms;
	case KR_EVENT_URGENCY_CHANGED:
		return sooner < m->until_ms ? sooner : m->until_ms;
	case KR_EVENT_PROMISE:
		assert_true(head->until_ms > now &&
			head->until_ms <= now + UINT64_C(1000) * PROMISE_S);
		return head->until_ms;
	case KR_EVENT_CLOSED:
		return now + UINT64_C(1000) * RETENTION_UNREAD_S;
	case KR_EVENT_CLOSE_READ:
	case KR_EVENT_WITHDRAWN:
		return now + UINT64_C(1000) * RETENTION_S;
	case KR_EVENT_EXPIRED:
		return 0;
	default:
		return m->until_ms;
	}
}

/* Who may never be somebody else, and in which phase. */
static void check_right(const struct model *m, const struct kr_event *event, int by)
{
	bool is_relay =
		event->type == KR_EVENT_OVERDUE || event->type == KR_EVENT_EXPIRED;

	switch (event->type) {
	case KR_EVENT_ACKNOWLEDGED:
		assert_true(m->phase == NEW && by == m->owner);
		break;
	case KR_EVENT_PROMISE:
		assert_true(m->phase == OPEN && by == m->owner);
		break;
	case KR_EVENT_HANDOVER_OFFERED:
	case KR_EVENT_CONSULTED:
	case KR_EVENT_JOIN_INVITED:
		assert_true(m->phase <= OPEN && by == m->owner);
		break;
	case KR_EVENT_HANDOVER_ACCEPTED:
		assert_true(m->phase <= OPEN && by >= 0 && by != m->owner);
		break;
	case KR_EVENT_CLOSED:
		assert_true(m->phase <= OPEN && by == m->owner);
		assert_true(has_words_for_the_reporter(event));
		break;
	case KR_EVENT_CLOSE_READ:
		assert_true(m->phase == CLOSED && by == NOBODY);
		break;
	case KR_EVENT_REOPENED:
		assert_true(m->phase == CLOSED && (by == NOBODY || by == m->owner));
		break;
	case KR_EVENT_WITHDRAWN:
	case KR_EVENT_ANSWER:
	case KR_EVENT_CONSENTED:
		assert_true(m->phase <= OPEN && by == NOBODY);
		break;
	case KR_EVENT_EXPIRED:
		assert_true(m->phase == CLOSED);
		break;
	default:
		assert_true(m->phase <= OPEN);
		break;
	}
	assert_int_equal(event->author.len, by == NOBODY ? 0 : KR_ID_BYTES);
	/* The relay speaks when a clock has run out, and nobody else for long after. */
	if (is_relay) {
		assert_true(event->time_ms >= m->until_ms);
	} else {
		assert_true(event->time_ms <= m->until_ms + SLACK_MS);
	}
}

static void follow(struct model *m, const struct kr_event *event)
{
	uint64_t until_before_ms = m->until_ms;
	struct kr_event_head head;
	int by;

	assert_int_equal(kr_event_head_read(&head, event->type, event->head), KR_OK);
	by = desk_of(head.by);
	assert_true(m->phase != GONE);
	if (event->type == KR_EVENT_SUBMITTED) {
		assert_int_equal(event->seq, 1);
		m->owner = desk_of(head.inbox);
	} else {
		check_right(m, event, by);
	}
	m->until_ms = clock_of(m, event, &head, by);
	assert_int_equal(head.until_ms, m->until_ms);
	m->urgency = head.urgency ? head.urgency : m->urgency;
	switch (event->type) {
	case KR_EVENT_ACKNOWLEDGED:
		m->phase = OPEN;
		break;
	case KR_EVENT_HANDOVER_ACCEPTED:
		m->owner = by;
		m->phase = OPEN;
		break;
	case KR_EVENT_CLOSED:
	case KR_EVENT_WITHDRAWN:
		m->phase = CLOSED;
		break;
	case KR_EVENT_REOPENED:
		m->phase = NEW;
		break;
	case KR_EVENT_EXPIRED:
		m->phase = GONE;
		break;
	default:
		break;
	}
	m->num_overdue += event->type == KR_EVENT_OVERDUE ? 1 : 0;
	m->num_by_people +=
		event->type != KR_EVENT_OVERDUE && event->type != KR_EVENT_EXPIRED ? 1
										   : 0;
	assert_true(m->owner != NOBODY);
	/* Whoever sets the clock sets it ahead; what leaves it alone may find it just run
	 * out. */
	assert_true(m->phase == GONE || m->until_ms == until_before_ms ||
		m->until_ms > event->time_ms);
}

/* Read all of the case as it was stored, and its projection at the end. */
static struct model read_case(void)
{
	struct model m = {.owner = NOBODY, .phase = NEW};
	struct kr_case_state state = case_state(&h.d);
	struct store_entry entry;
	struct store_view view;
	uint64_t seq = 0;
	size_t num;

	assert_int_equal(store_view_begin(h.w.store, &view), KR_OK);
	do {
		assert_int_equal(
			store_page(&view, &h.d.topic, seq, 0, &entry, 1, &num), KR_OK);
		if (num == 1) {
			follow(&m, &entry.event);
			seq = entry.event.seq;
		}
	} while (num == 1);
	for (size_t i = 0; i < h.num_accepted; i++) {
		bool is_there = false;

		for (uint64_t at = 0; at < seq && !is_there; at++) {
			assert_int_equal(
				store_page(&view, &h.d.topic, at, 0, &entry, 1, &num),
				KR_OK);
			is_there = memcmp(entry.event.id, h.accepted[i],
					   KR_EVENT_ID_BYTES) == 0;
		}
		assert_true(is_there);
	}
	store_view_end(&view);
	assert_int_equal(owner_of(&h.d, &state), m.owner);
	assert_int_equal(state.until_ms, m.until_ms);
	assert_int_equal(place_of(&h.d, kr_topic(KR_TOPIC_WRAPS, h.d.topic.id)).seq, seq);
	return m;
}

static void p6_p7_random_histories(void **state)
{
	const char *text = getenv("KRING_TEST_SEED");
	unsigned long seed = text != NULL ? strtoul(text, NULL, 10) : 1;
	struct kr_secret secret = {{0}};
	size_t num_by_people = 0;
	size_t num_overdue = 0;

	(void)state;
	print_message("# KRING_TEST_SEED=%lu\n", seed);
	memcpy(secret.bytes, &seed, sizeof(seed));
	kr_random_seeded_init(&h.random_state, &secret);
	h.rng = kr_random_seeded(&h.random_state);
	world_open_with(&h.w, never_idle);
	docket_open(&h.d, &h.w);
	for (unsigned run = 1; run <= NUM_RUNS; run++) {
		struct model m;

		docket_next_case(&h.d, run);
		submit_signal(&h.d);
		h.num_accepted = 0;
		for (int i = 0; i < NUM_STEPS; i++) {
			one_step();
		}
		hear();
		m = read_case();
		num_by_people += m.num_by_people;
		num_overdue += m.num_overdue;
	}
	world_verify(&h.w);
	print_message(
		"# %zu events by people, %zu by clocks\n", num_by_people, num_overdue);
	assert_true(num_by_people > 10 * NUM_RUNS && num_overdue > NUM_RUNS);
	docket_close(&h.d);
	world_close(&h.w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(p6_p7_random_histories),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
