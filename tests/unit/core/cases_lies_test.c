/* A relay that lies to a professional about a case, CASES.md §12: each lie is found out
 * by its name, nothing is done on the ground of it, and nobody else is disturbed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"
#include "tests/unit/core/office.h"

#define HOUR_MS (UINT64_C(3600) * 1000)

static void ok(const char *code)
{
	assert_string_equal(code, "ok");
}

static void acknowledge(struct office *o, struct world_client *client)
{
	ok(office_act(o, client, "acknowledge", "\"text\":\"Gelezen.\""));
}

static struct kr_topic topic_of(const struct office *o)
{
	return kr_topic(KR_TOPIC_CASE, o->neighbour.keys.locator);
}

static bool is_distrusted(struct office *o, struct world_client *client)
{
	cJSON *shown = office_case(o, client);
	bool is = cJSON_IsTrue(cJSON_GetObjectItem(shown, "distrusted"));

	cJSON_Delete(shown);
	return is;
}

/* It was found out, by this name and no other, also after starting again; and nothing is
 * done on it. */
static void found_out(struct office *o, struct world_client *client, const char *what,
	const char *alarm)
{
	for (int i = 0; i < 2; i++) {
		if (world_alarms(client, alarm) != 1 || office_alarms(client) != 1) {
			cJSON *alarms = world_ask(client, "{\"ask\":\"alarms\"}");

			fail_msg("%s, %d: %s", what, i, cJSON_Print(alarms));
		}
		world_restart(client);
		world_pass(&o->world, 5000);
	}
}

/* ---- Events on their way ------------------------------------------------------- */

/* Tells one client another history of the case from the first event of a type on. */
struct liar {
	const struct office *o;
	const struct world_client *to;
	uint16_t type;
	enum relay_delivery (*lie)(struct liar *liar, struct kr_event *event);
	bool has_lied;
	uint8_t head[KR_EVENT_HEAD_MAX];
	uint8_t body[65536];
};

static enum relay_delivery deliver(void *ctx, int conn, struct kr_event *event)
{
	struct liar *liar = ctx;
	struct kr_topic topic = topic_of(liar->o);

	if (conn != liar->to->conn || !kr_topic_equal(&event->topic, &topic)) {
		return RELAY_TRUE;
	}
	if (event->type == liar->type && !liar->has_lied) {
		liar->has_lied = true;
		return liar->lie(liar, event);
	}
	return liar->has_lied ? RELAY_AGAIN : RELAY_TRUE;
}

static void set_head(
	struct liar *liar, struct kr_event *event, const struct kr_event_head *head)
{
	struct kr_writer w;

	kr_writer_init_fixed(&w, liar->head, sizeof(liar->head));
	assert_int_equal(kr_event_head_write(&w, event->type, head), KR_OK);
	event->head = kr_writer_view(&w);
}

static struct kr_event_head head_of(const struct kr_event *event)
{
	struct kr_event_head head;

	assert_int_equal(kr_event_head_read(&head, event->type, event->head), KR_OK);
	return head;
}

static enum relay_delivery gap(struct liar *liar, struct kr_event *event)
{
	static const struct world_client nobody = {.conn = -2};

	(void)event;
	liar->to = &nobody; /* the truth from here on */
	return RELAY_DROP;
}

static enum relay_delivery hide(struct liar *liar, struct kr_event *event)
{
	(void)liar;
	(void)event;
	return RELAY_DROP;
}

static enum relay_delivery put_off(struct liar *liar, struct kr_event *event)
{
	struct kr_event_head head = head_of(event);

	head.until_ms += HOUR_MS;
	set_head(liar, event, &head);
	return RELAY_AGAIN;
}

static enum relay_delivery bring_forward(struct liar *liar, struct kr_event *event)
{
	struct kr_event_head head = head_of(event);

	head.until_ms -= 1000;
	set_head(liar, event, &head);
	return RELAY_AGAIN;
}

static enum relay_delivery other_by(struct liar *liar, struct kr_event *event)
{
	struct kr_event_head head = head_of(event);

	head.by = kr_view(liar->o->desks[TEAM].id, KR_ID_BYTES);
	set_head(liar, event, &head);
	return RELAY_AGAIN;
}

static enum relay_delivery other_type(struct liar *liar, struct kr_event *event)
{
	(void)liar;
	event->type = KR_EVENT_CLOSED;
	return RELAY_AGAIN;
}

static enum relay_delivery other_author(struct liar *liar, struct kr_event *event)
{
	event->author = kr_view(liar->o->desks[TEAM].id, KR_ID_BYTES);
	return RELAY_AGAIN;
}

static enum relay_delivery no_head(struct liar *liar, struct kr_event *event)
{
	(void)liar;
	event->id[0] ^= 1;
	return RELAY_AGAIN;
}

static enum relay_delivery other_words(struct liar *liar, struct kr_event *event)
{
	memcpy(liar->body, event->body.data, event->body.len);
	liar->body[event->body.len - 300] ^= 1;
	event->body.data = liar->body;
	return RELAY_AGAIN;
}

static enum relay_delivery no_words(struct liar *liar, struct kr_event *event)
{
	(void)liar;
	event->body = kr_view(NULL, 0);
	return RELAY_AGAIN;
}

/* The signal itself once more, in place of what was said. */
static enum relay_delivery replay(struct liar *liar, struct kr_event *event)
{
	*event = *relay_double_event(liar->o->world.relay, &event->topic, 1);
	return RELAY_AGAIN;
}

static enum relay_delivery other_time(struct liar *liar, struct kr_event *event)
{
	(void)liar;
	event->time_ms -= 1000;
	return RELAY_AGAIN;
}

static enum relay_delivery changed(struct liar *liar, struct kr_event *event)
{
	(void)liar;
	event->time_ms -= 1000;
	return RELAY_TRUE; /* under the true hash */
}

static void question_follows(struct office *o)
{
	acknowledge(o, o->wim);
	ok(office_act(o, o->wim, "question", "\"text\":\"Hoe vaak?\""));
}

static void it_is_overdue(struct office *o)
{
	world_pass(&o->world, 9 * HOUR_MS);
}

static void it_is_offered(struct office *o)
{
	acknowledge(o, o->wim);
	ok(office_act(o, o->wim, "hand_over", "\"to\":\"%s\",\"text\":\"Voor jullie?\"",
		o->desks[TEAM].link));
}

static const struct {
	const char *name;
	uint16_t type; /* that is lied about */
	enum relay_delivery (*lie)(struct liar *liar, struct kr_event *event);
	void (*happens)(struct office *o);
	const char *alarm;
} histories[] = {
	{"an acknowledgement left out", KR_EVENT_ACKNOWLEDGED, gap, question_follows,
		"hash_mismatch"},
	{"one that was changed", KR_EVENT_ACKNOWLEDGED, changed, question_follows,
		"hash_mismatch"},
	{"one that is hidden", KR_EVENT_ACKNOWLEDGED, hide, question_follows,
		"case_fork"},
	{"the signal in its place", KR_EVENT_ACKNOWLEDGED, replay, question_follows,
		"case_fork"},
	{"a deadline put off", KR_EVENT_ACKNOWLEDGED, put_off, question_follows,
		"case_clock"},
	{"a deadline brought forward", KR_EVENT_QUESTION, bring_forward, question_follows,
		"case_clock"},
	{"another inbox that acts", KR_EVENT_ACKNOWLEDGED, other_by, question_follows,
		"case_head"},
	{"a close out of a question", KR_EVENT_QUESTION, other_type, question_follows,
		"case_head"},
	{"another event id", KR_EVENT_QUESTION, no_head, question_follows, "case_head"},
	{"another professional", KR_EVENT_QUESTION, other_author, question_follows,
		"case_signature"},
	{"other words", KR_EVENT_QUESTION, other_words, question_follows,
		"case_signature"},
	{"no words", KR_EVENT_QUESTION, no_words, question_follows, "case_signature"},
	{"another time of being overdue", KR_EVENT_OVERDUE, other_time, it_is_overdue,
		"case_relay_word"},
	{"a later deadline after it", KR_EVENT_OVERDUE, put_off, it_is_overdue,
		"case_relay_word"},
	{"no word of the relay", KR_EVENT_OVERDUE, no_words, it_is_overdue,
		"case_relay_word"},
	{"an offer to another", KR_EVENT_HANDOVER_OFFERED, other_by, it_is_offered,
		"case_head"},
};

static const char *forbid_case(void *ctx, const struct kr_request *request)
{
	(void)ctx;
	return request->verb == KR_VERB_TOPIC_SUBSCRIBE &&
			request->topic.kind == KR_TOPIC_CASE
		? "\"error\":\"forbidden\",\"text\":\"\",\"retry\":\"never\""
		: NULL;
}

/* Known for a liar before anything was heard again; and its word that the case is not
 * this inbox's any more does not take it off the list. */
static void stays_distrusted(struct office *o, struct world_client *client)
{
	struct relay_lie lie = {.answer = forbid_case};

	relay_double_lie(o->world.relay, &lie);
	for (int i = 0; i < 2; i++) {
		world_restart(client);
		assert_true(is_distrusted(o, client));
		world_pass(&o->world, 5000);
		assert_true(is_distrusted(o, client));
		assert_string_equal(office_shows(o, client, "role"), "owner");
	}
	relay_double_lie(o->world.relay, &(struct relay_lie){0});
}

static void test_histories(void **state)
{
	for (size_t i = 0; i < NUM(histories); i++) {
		struct liar liar = {.type = histories[i].type, .lie = histories[i].lie};
		struct relay_lie lie = {.ctx = &liar, .deliver = deliver};
		struct office *o;

		office_setup_signal(state);
		o = *state;
		liar.o = o;
		liar.to = o->sanne;
		relay_double_lie(o->world.relay, &lie);
		histories[i].happens(o);
		relay_double_lie(o->world.relay, &(struct relay_lie){0});
		found_out(o, o->sanne, histories[i].name, histories[i].alarm);
		if (strcmp(histories[i].alarm, "hash_mismatch") != 0) {
			assert_true(is_distrusted(o, o->sanne));
			assert_false(office_may(o, o->sanne, "close"));
			assert_string_equal(office_act(o, o->sanne, "follow_up",
						    "\"text\":\"Toch.\""),
				"policy");
			stays_distrusted(o, o->sanne);
		}
		/* Who was told the truth goes on. */
		assert_int_equal(office_alarms(o->wim), 0);
		ok(office_act(o, o->wim, "close",
			"\"text\":\"Dag.\",\"outcome\":\"no_ground\""));
		office_teardown(state);
	}
}

/* What comes twice is once. */
static enum relay_delivery twice(struct liar *liar, struct kr_event *event)
{
	(void)liar;
	(void)event;
	return RELAY_TWICE;
}

static void test_twice(void **state)
{
	struct office *o = *state;
	struct liar liar = {
		.o = o, .to = o->sanne, .type = KR_EVENT_ACKNOWLEDGED, .lie = twice};
	struct relay_lie lie = {.ctx = &liar, .deliver = deliver};

	relay_double_lie(o->world.relay, &lie);
	acknowledge(o, o->wim);
	relay_double_lie(o->world.relay, &(struct relay_lie){0});
	ok(office_act(o, o->sanne, "follow_up", "\"text\":\"Ik ga langs.\""));
	assert_int_equal(office_alarms(o->sanne), 0);
	assert_int_equal(office_told(o->sanne, "case"), 3);
}

/* Two are shown two histories, and one of them speaks: the other finds out. */
static void test_fork(void **state)
{
	struct office *o = *state;
	struct liar liar = {
		.o = o, .to = o->sanne, .type = KR_EVENT_QUESTION, .lie = hide};
	struct relay_lie lie = {.ctx = &liar, .deliver = deliver, .takes_forks = true};

	relay_double_lie(o->world.relay, &lie);
	question_follows(o);
	assert_int_equal(office_alarms(o->sanne), 0);
	(void)office_act(o, o->sanne, "follow_up", "\"text\":\"Ik weet van niets.\"");
	found_out(o, o->wim, "fork", "case_fork");
	assert_false(office_hears(o, o->wim, "Ik weet van niets."));
}

/* ---- Clocks -------------------------------------------------------------------- */

static void test_clock(void **state)
{
	struct office *o = *state;
	const struct relay_lie late = {.until_off_ms = (int64_t)HOUR_MS};

	relay_double_lie(o->world.relay, &late);
	(void)office_act(o, o->wim, "acknowledge", "\"text\":\"Gelezen.\"");
	found_out(o, o->sanne, "put off", "case_clock");
	found_out(o, o->wim, "put off, by the own act", "case_clock");
}

/* The fallback is let in before its time. */
static void test_overdue_too_early(void **state)
{
	struct office *o = *state;

	world_pass(&o->world, HOUR_MS);
	relay_double_overdue(o->world.relay, o->neighbour.keys.locator);
	world_run(&o->world);
	found_out(o, o->wim, "too early", "case_clock");
	found_out(o, o->fatma, "too early, for who gains by it", "case_clock");
}

/* Whoever steps in has changed its deadlines before, and the relay's clock was set back
 * in between: that is no lie, and does not excuse one. */
static void test_clock_set_back(void **state)
{
	static const struct {
		int64_t off_ms;
		const char *alarm;
	} rows[] = {{0, NULL}, {(int64_t)HOUR_MS, "case_clock"}};
	static const struct relay_lie silent = {.is_silent = true};

	for (size_t i = 0; i < NUM(rows); i++) {
		const struct relay_lie lie = {.until_off_ms = rows[i].off_ms};
		struct office *o;

		office_setup_signal(state);
		o = *state;
		relay_double_lie(o->world.relay, &silent);
		relay_double_set_time(o->world.relay, o->world.now_ms + 20 * HOUR_MS);
		ok(world_outcome(world_do(o->fatma,
			"{\"do\":\"inbox_set\",\"settings\":{\"deadlines\":{\"today\":"
			"{\"acknowledge\":18000}}}}")));
		relay_double_set_time(o->world.relay, o->world.now_ms);
		relay_double_lie(o->world.relay, &lie);
		world_pass(&o->world, 9 * HOUR_MS);
		if (rows[i].alarm == NULL) {
			assert_int_equal(office_alarms(o->sanne), 0);
			assert_int_equal(office_told(o->sanne, "case"), 2);
		} else {
			found_out(o, o->sanne, "set back, and put off", rows[i].alarm);
		}
		office_teardown(state);
	}
}

/* ---- Keys ---------------------------------------------------------------------- */

static void test_changed_keys(void **state)
{
	struct office *o = *state;
	const struct relay_lie lie = {.changes_wraps = true};

	relay_double_lie(o->world.relay, &lie);
	office_signal(o, 4);
	assert_string_equal(office_shows(o, o->wim, "place"), "");
	assert_int_equal(world_alarms(o->wim, "wrap_changed"), 1);
	/* The same case, told the truth. */
	relay_double_lie(o->world.relay, &(struct relay_lie){0});
	world_disconnect(o->wim);
	world_pass(&o->world, 5000);
	assert_string_equal(
		office_shows(o, o->wim, "place"), "Lange Laan 12, 1234AB Ons Dorp");
	acknowledge(o, o->wim);
}

/* Whoever is offered a case gets the keys of what was said before it accepts. */
static void test_early_keys(void **state)
{
	struct office *o = *state;
	const struct relay_lie lie = {.gives_early = true};

	relay_double_lie(o->world.relay, &lie);
	it_is_offered(o);
	assert_true(world_alarms(o->tom, "wrap_early") > 0);
	assert_string_equal(office_shows(o, o->tom, "place"), "");
	assert_false(office_hears(o, o->tom, "Gelezen."));
	/* Once it is let in they are its own. */
	relay_double_lie(o->world.relay, &(struct relay_lie){0});
	ok(office_act(o, o->tom, "accept", "\"text\":\"Ja.\""));
	assert_true(office_hears(o, o->tom, "Gelezen."));
}

/* ---- Records of other inboxes -------------------------------------------------- */

enum record_lie { NO_RECORDS, OLD_RECORDS, FORGED_RECORDS };

struct record_liar {
	const struct world_client *to;
	const struct office *o;
	enum record_lie lie;
	uint8_t body[KR_INBOX_RECORD_MAX];
};

static enum relay_delivery deliver_records(void *ctx, int conn, struct kr_event *event)
{
	struct record_liar *liar = ctx;

	if (conn != liar->to->conn || event->type != KR_EVENT_INBOX_SET ||
		memcmp(event->topic.id, liar->o->desks[TEAM].id, KR_ID_BYTES) != 0) {
		return RELAY_TRUE;
	}
	if (liar->lie == FORGED_RECORDS) {
		memcpy(liar->body, event->body.data, event->body.len);
		liar->body[event->body.len / 2] ^= 1;
		event->body.data = liar->body;
		return RELAY_TRUE;
	}
	return liar->lie == NO_RECORDS || event->seq > 1 ? RELAY_DROP : RELAY_TRUE;
}

/* Somebody has left TEAM, and the relay gives out the record of before, or none: what is
 * handed over would be sealed to a key that who left has. */
static void test_records(void **state)
{
	static const char *const names[] = {"none", "an old one", "forged ones"};

	for (int lie = NO_RECORDS; lie <= FORGED_RECORDS; lie++) {
		struct record_liar liar = {.lie = (enum record_lie)lie};
		struct relay_lie told = {.ctx = &liar, .deliver = deliver_records};
		struct office *o;

		office_setup_signal(state);
		o = *state;
		liar.o = o;
		liar.to = o->wim;
		(void)world_text(world_do(o->tom, "{\"do\":\"inbox_rotate\"}"), "event");
		acknowledge(o, o->wim);
		ok(office_act(o, o->wim, "consult", "\"to\":\"%s\",\"text\":\"Wat nu?\"",
			o->desks[TEAM].link));
		assert_int_equal(office_alarms(o->wim), 0);
		relay_double_lie(o->world.relay, &told);
		world_disconnect(o->wim);
		world_pass(&o->world, 5000);
		(void)office_act(o, o->wim, "follow_up", "\"text\":\"Verder.\"");
		if (world_alarms(o->wim, "case_record") == 0) {
			fail_msg("%s", names[lie]);
		}
		assert_int_equal(office_alarms(o->sanne), 0);
		office_teardown(state);
	}
}

/* ---- What is deleted ----------------------------------------------------------- */

/* The relay says that it has deleted what it had, and shows nothing that permits it. */
static void test_deleted(void **state)
{
	struct office *o = *state;
	struct kr_topic topic = topic_of(o);

	world_disconnect(o->sanne);
	o->sanne->timer_ms = 0;
	question_follows(o);
	relay_double_trim(o->world.relay, &topic, 2);
	world_restart(o->sanne);
	world_pass(&o->world, 5000);
	found_out(o, o->sanne, "deleted", "case_order");
	/* It does not vanish from the list. */
	assert_string_equal(office_shows(o, o->sanne, "role"), "owner");
	assert_true(is_distrusted(o, o->sanne));
}

static void test_all_deleted(void **state)
{
	struct office *o = *state;
	struct kr_topic topic = topic_of(o);

	world_disconnect(o->sanne);
	o->sanne->timer_ms = 0;
	question_follows(o);
	relay_double_trim(o->world.relay, &topic, 3);
	world_restart(o->sanne);
	world_pass(&o->world, 5000);
	found_out(o, o->sanne, "all deleted", "case_order");
}

/* What was erased while one was away is gone, and nobody lied. */
static void test_erased_while_away(void **state)
{
	struct office *o = *state;

	world_disconnect(o->sanne);
	o->sanne->timer_ms = 0;
	question_follows(o);
	ok(office_act(o, o->wim, "close", "\"text\":\"Dag.\",\"outcome\":\"no_ground\""));
	ok(neighbour_act(&o->neighbour, KR_EVENT_CLOSE_READ, NULL, 0, ""));
	world_run(&o->world);
	ok(office_act(o, o->wim, "erase", "%s", ""));
	world_restart(o->sanne);
	world_pass(&o->world, 5000);
	assert_int_equal(office_alarms(o->sanne), 0);
	assert_string_equal(office_shows(o, o->sanne, "role"), "former");
}

static void test_expired_while_away(void **state)
{
	struct office *o = *state;

	acknowledge(o, o->wim);
	world_disconnect(o->sanne);
	o->sanne->timer_ms = 0;
	ok(office_act(o, o->wim, "close", "\"text\":\"Dag.\",\"outcome\":\"no_ground\""));
	world_pass(&o->world, UINT64_C(400) * 24 * HOUR_MS);
	world_restart(o->sanne);
	world_pass(&o->world, 5000);
	assert_int_equal(office_alarms(o->sanne), 0);
	assert_string_equal(office_shows(o, o->sanne, "role"), "former");
}

/* ---- A store that was put back ------------------------------------------------- */

static void test_restored(void **state)
{
	struct office *o = *state;
	struct kr_topic topic = topic_of(o);
	struct kr_topic inbox = kr_topic(KR_TOPIC_INBOX, o->desks[WIJK].id);

	question_follows(o);
	world_disconnect(o->wim);
	/* Nothing is lost: it goes on in the new life. */
	relay_double_restore(o->world.relay, &topic, 3);
	world_pass(&o->world, 5000);
	ok(office_act(o, o->wim, "follow_up", "\"text\":\"Ik ga langs.\""));
	assert_int_equal(office_alarms(o->wim), 0);
	/* Now the last two are. */
	world_disconnect(o->wim);
	relay_double_restore(o->world.relay, &topic, 2);
	relay_double_restore(o->world.relay, &inbox, 3);
	ok(neighbour_act(&o->neighbour, KR_EVENT_ANSWER, NULL, 0, "Elke nacht."));
	world_pass(&o->world, 5000);
	assert_true(world_alarms(o->wim, "incarnation_lost") > 0);
	/* What was read stays. */
	assert_true(office_hears(o, o->wim, "Ik ga langs."));
}

/* ---- Notes --------------------------------------------------------------------- */

struct note_liar {
	const struct world_client *to;
	enum relay_delivery (*lie)(struct note_liar *liar, struct kr_event *event);
	bool has_lied;
	uint8_t body[65536];
};

static enum relay_delivery deliver_notes(void *ctx, int conn, struct kr_event *event)
{
	struct note_liar *liar = ctx;

	if (conn != liar->to->conn || event->topic.kind != KR_TOPIC_NOTES) {
		return RELAY_TRUE;
	}
	if (!liar->has_lied) {
		liar->has_lied = true;
		return liar->lie(liar, event);
	}
	return RELAY_AGAIN;
}

static enum relay_delivery hide_note(struct note_liar *liar, struct kr_event *event)
{
	(void)liar;
	(void)event;
	return RELAY_DROP;
}

static enum relay_delivery change_note(struct note_liar *liar, struct kr_event *event)
{
	memcpy(liar->body, event->body.data, event->body.len);
	liar->body[event->body.len - 300] ^= 1;
	event->body.data = liar->body;
	return RELAY_AGAIN;
}

static enum relay_delivery move_note(struct note_liar *liar, struct kr_event *event)
{
	(void)liar;
	event->id[0] ^= 1;
	return RELAY_AGAIN;
}

static void test_notes(void **state)
{
	static const struct {
		const char *name;
		enum relay_delivery (*lie)(
			struct note_liar *liar, struct kr_event *event);
		const char *alarm;
	} lies[] = {
		{"a hidden note", hide_note, "case_fork"},
		{"a changed one", change_note, "case_signature"},
		{"under another id", move_note, "case_head"},
	};

	for (size_t i = 0; i < NUM(lies); i++) {
		struct note_liar liar = {.lie = lies[i].lie};
		struct relay_lie lie = {.ctx = &liar, .deliver = deliver_notes};
		struct office *o;

		office_setup_signal(state);
		o = *state;
		liar.to = o->sanne;
		relay_double_lie(o->world.relay, &lie);
		ok(office_act(o, o->wim, "note", "\"text\":\"Een.\""));
		ok(office_act(o, o->wim, "note", "\"text\":\"Twee.\""));
		if (world_alarms(o->sanne, lies[i].alarm) == 0) {
			fail_msg("%s", lies[i].name);
		}
		assert_int_equal(office_alarms(o->wim), 0);
		office_teardown(state);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_histories),
		cmocka_unit_test_setup_teardown(
			test_twice, office_setup_signal, office_teardown),
		cmocka_unit_test_setup_teardown(
			test_fork, office_setup_signal, office_teardown),
		cmocka_unit_test_setup_teardown(
			test_clock, office_setup_signal, office_teardown),
		cmocka_unit_test_setup_teardown(
			test_overdue_too_early, office_setup_signal, office_teardown),
		cmocka_unit_test(test_clock_set_back),
		cmocka_unit_test_setup_teardown(
			test_changed_keys, office_setup, office_teardown),
		cmocka_unit_test_setup_teardown(
			test_early_keys, office_setup_signal, office_teardown),
		cmocka_unit_test(test_records),
		cmocka_unit_test_setup_teardown(
			test_deleted, office_setup_signal, office_teardown),
		cmocka_unit_test_setup_teardown(
			test_all_deleted, office_setup_signal, office_teardown),
		cmocka_unit_test_setup_teardown(
			test_erased_while_away, office_setup_signal, office_teardown),
		cmocka_unit_test_setup_teardown(
			test_expired_while_away, office_setup_signal, office_teardown),
		cmocka_unit_test_setup_teardown(
			test_restored, office_setup_signal, office_teardown),
		cmocka_unit_test(test_notes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
