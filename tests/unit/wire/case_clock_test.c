/* When the next word is due, event by event; who has to be among the recipients. */
#include <kring/case.h>

#include <string.h>

#include "test.h"

#define NOW UINT64_C(1000000)

static const uint8_t owner[KR_ID_BYTES] = {1};
static const uint8_t fallback[KR_ID_BYTES] = {2};

/* Continuous: 100 s, 200 s, 300 s, 400 s to acknowledge, ten times that to follow up. */
static void make_record(struct kr_inbox_record *r)
{
	memset(r, 0, sizeof(*r));
	for (uint32_t i = 0; i < KR_NUM_URGENCIES; i++) {
		r->deadlines[i] =
			(struct kr_inbox_deadline){(i + 1) * 100, (i + 1) * 1000, true};
	}
	r->promise_s = 50;
	r->promises = 2;
	r->retention_s = 7;
	r->retention_unread_s = 9;
}

static struct kr_case_state a_case(enum kr_case_phase phase)
{
	struct kr_case_state s = {.phase = phase,
		.urgency = KR_URGENCY_TODAY,
		.until_ms = NOW + 150000,
		.num_parties = 2};

	memcpy(s.parties[0].inbox, owner, KR_ID_BYTES);
	memcpy(s.parties[1].inbox, fallback, KR_ID_BYTES);
	s.parties[0].role = KR_PARTY_OWNER;
	s.parties[0].admitted = true;
	s.parties[1].role = KR_PARTY_FALLBACK;
	return s;
}

static void p7_clocks(void **state)
{
	static const struct {
		enum kr_event_type type;
		enum kr_case_phase phase;
		const uint8_t *by;
		uint8_t urgency;
		uint64_t date_ms;
		uint64_t due_s; /* from now */
		enum kr_err err;
	} cases[] = {
		{KR_EVENT_SUBMITTED, KR_CASE_NONE, NULL, 3, 0, 300, KR_OK},
		{KR_EVENT_ACKNOWLEDGED, KR_CASE_NEW, owner, 0, 0, 2000, KR_OK},
		{KR_EVENT_FOLLOW_UP, KR_CASE_OPEN, owner, 0, 0, 2000, KR_OK},
		{KR_EVENT_FOLLOW_UP, KR_CASE_OPEN, fallback, 0, 0, 150, KR_OK},
		{KR_EVENT_QUESTION, KR_CASE_OPEN, owner, 0, 0, 150, KR_OK},
		{KR_EVENT_ANSWER, KR_CASE_OPEN, NULL, 0, 0, 150, KR_OK},
		{KR_EVENT_HANDOVER_OFFERED, KR_CASE_OPEN, owner, 0, 0, 150, KR_OK},
		{KR_EVENT_HANDOVER_ACCEPTED, KR_CASE_NEW, fallback, 0, 0, 2000, KR_OK},
		{KR_EVENT_URGENCY_CHANGED, KR_CASE_NEW, owner, 1, 0, 100, KR_OK},
		{KR_EVENT_URGENCY_CHANGED, KR_CASE_NEW, owner, 4, 0, 150, KR_OK},
		{KR_EVENT_URGENCY_CHANGED, KR_CASE_OPEN, owner, 1, 0, 150, KR_OK},
		{KR_EVENT_PROMISE, KR_CASE_OPEN, owner, 0, NOW + 50000, 50, KR_OK},
		{KR_EVENT_PROMISE, KR_CASE_OPEN, owner, 0, NOW + 50001, 0, KR_ERR_LIMIT},
		{KR_EVENT_PROMISE, KR_CASE_OPEN, owner, 0, NOW, 0, KR_ERR_LIMIT},
		{KR_EVENT_OVERDUE, KR_CASE_OPEN, NULL, 0, 0, 200, KR_OK},
		{KR_EVENT_CLOSED, KR_CASE_OPEN, owner, 0, 0, 9, KR_OK},
		{KR_EVENT_CLOSE_READ, KR_CASE_CLOSED, NULL, 0, 0, 7, KR_OK},
		{KR_EVENT_WITHDRAWN, KR_CASE_OPEN, NULL, 0, 0, 7, KR_OK},
		{KR_EVENT_REOPENED, KR_CASE_CLOSED, NULL, 4, 0, 400, KR_OK},
	};
	static struct kr_inbox_record record;

	(void)state;
	make_record(&record);
	for (size_t i = 0; i < NUM(cases); i++) {
		struct kr_case_state s = a_case(cases[i].phase);
		struct kr_case_act act = {.type = cases[i].type,
			.actor = cases[i].by ? KR_ACTOR_INBOX : KR_ACTOR_REPORTER,
			.by = cases[i].by,
			.urgency = cases[i].urgency};
		uint64_t until_ms;

		assert_int_equal(kr_case_clock(&until_ms, &s, &act, &record,
					 cases[i].date_ms, NOW),
			cases[i].err);
		if (cases[i].err == KR_OK) {
			assert_int_equal(until_ms, NOW + cases[i].due_s * 1000);
		}
	}
}

static void p7_promises_run_out(void **state)
{
	static struct kr_inbox_record record;
	struct kr_case_state s = a_case(KR_CASE_OPEN);
	struct kr_case_act act = {
		.type = KR_EVENT_PROMISE, .actor = KR_ACTOR_INBOX, .by = owner};
	uint64_t until_ms;

	(void)state;
	make_record(&record);
	for (int i = 0; i < 3; i++) {
		enum kr_err err =
			kr_case_clock(&until_ms, &s, &act, &record, NOW + 1, NOW);

		assert_int_equal(err, i < 2 ? KR_OK : KR_ERR_LIMIT);
		assert_int_equal(kr_case_apply(&s, &act), KR_OK);
	}
	act.type = KR_EVENT_FOLLOW_UP;
	assert_int_equal(kr_case_apply(&s, &act), KR_OK);
	act.type = KR_EVENT_PROMISE;
	assert_int_equal(
		kr_case_clock(&until_ms, &s, &act, &record, NOW + 1, NOW), KR_OK);
}

/* In a case that ran out of time again and again, silence is said ever less often; what
 * somebody's words start is as it always was. */
static void p7_silence_is_said_for_ever(void **state)
{
	static const struct {
		uint32_t num_overdue; /* before */
		uint64_t due_s;
	} rows[] = {{0, 200}, {1, 200}, {255, 200}, {256, 86400}, {257, 2 * 86400},
		{271, UINT64_C(86400) << 15}, {272, UINT64_C(86400) << 16},
		{273, UINT64_C(86400) << 16}, {UINT32_MAX, UINT64_C(86400) << 16}};
	static struct kr_inbox_record record;
	struct kr_case_act act = {.type = KR_EVENT_OVERDUE, .actor = KR_ACTOR_RELAY};
	struct kr_case_act spoken = {
		.type = KR_EVENT_FOLLOW_UP, .actor = KR_ACTOR_INBOX, .by = owner};
	struct kr_case_state late = a_case(KR_CASE_OPEN);
	uint64_t until_ms;

	(void)state;
	make_record(&record);
	for (size_t i = 0; i < NUM(rows); i++) {
		struct kr_case_state s = a_case(KR_CASE_OPEN);

		s.num_overdue = rows[i].num_overdue;
		assert_int_equal(
			kr_case_clock(&until_ms, &s, &act, &record, 0, NOW), KR_OK);
		assert_int_equal(until_ms, NOW + rows[i].due_s * 1000);
		assert_int_equal(
			kr_case_clock(&until_ms, &s, &spoken, &record, 0, NOW), KR_OK);
		assert_int_equal(until_ms, NOW + 2000 * 1000);
	}
	/* A deadline that is further away stays. */
	record.deadlines[KR_URGENCY_TODAY - 1].acknowledge_s = 86401;
	late.num_overdue = KR_CASE_OVERDUE_OFTEN;
	assert_int_equal(kr_case_clock(&until_ms, &late, &act, &record, 0, NOW), KR_OK);
	assert_int_equal(until_ms, NOW + 86401 * 1000);
}

static void whose_clock(void **state)
{
	struct kr_case_state s = a_case(KR_CASE_OPEN);
	struct kr_case_act act = {.type = KR_EVENT_OVERDUE, .actor = KR_ACTOR_RELAY};

	(void)state;
	assert_memory_equal(kr_case_clock_inbox(&s, &act), fallback, KR_ID_BYTES);
	s.parties[1].role = KR_PARTY_JOINED;
	assert_memory_equal(kr_case_clock_inbox(&s, &act), owner, KR_ID_BYTES);
	act = (struct kr_case_act){.type = KR_EVENT_HANDOVER_ACCEPTED, .by = fallback};
	assert_memory_equal(kr_case_clock_inbox(&s, &act), fallback, KR_ID_BYTES);
}

/* An acknowledgement that keeps the reporter, or the fallback that waits, in the dark is
 * refused; so is one more reader. */
static void p7_nobody_is_left_out(void **state)
{
	struct kr_case_state s = a_case(KR_CASE_NEW);
	struct kr_case_act act = {
		.type = KR_EVENT_ACKNOWLEDGED, .actor = KR_ACTOR_INBOX, .by = owner};
	static struct kr_case_event e;

	(void)state;
	e.num_envelopes = 1;
	e.num_recipients = kr_case_readers(&s, &act, e.recipients);
	assert_int_equal(e.num_recipients, 3);
	assert_int_equal(kr_case_recipients_check(&s, &act, &e), KR_OK);
	e.num_recipients = 2;
	assert_int_equal(kr_case_recipients_check(&s, &act, &e), KR_ERR_RECIPIENTS);
	e.num_recipients = 4;
	assert_int_equal(kr_case_recipients_check(&s, &act, &e), KR_ERR_RECIPIENTS);
	e.num_recipients = 3;
	e.recipients[1].party[0] = 3;
	assert_int_equal(kr_case_recipients_check(&s, &act, &e), KR_ERR_RECIPIENTS);
	e.recipients[1].party[0] = 2;
	e.recipients[1].purpose = KR_WRAP_OFFER;
	assert_int_equal(kr_case_recipients_check(&s, &act, &e), KR_ERR_RECIPIENTS);
	e.recipients[1].purpose = KR_WRAP_WAITING;
	e.num_envelopes = 2; /* keys, for the fallback that waits */
	e.recipients[3] = e.recipients[1];
	e.recipients[3].envelope = 1;
	e.num_recipients = 4;
	assert_int_equal(kr_case_recipients_check(&s, &act, &e), KR_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(p7_clocks),
		cmocka_unit_test(p7_promises_run_out),
		cmocka_unit_test(p7_silence_is_said_for_ever),
		cmocka_unit_test(whose_clock),
		cmocka_unit_test(p7_nobody_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
