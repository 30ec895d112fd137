/* How long a case can get, CASES.md §7: whoever fills it keeps nobody from anything, and
 * no case outgrows its readers. */
#include <kring/case.h>

#include <string.h>

#include "test.h"

#define NUM_INBOXES 16 /* 0 is none */

enum actor { A_REPORTER = 0, A_RELAY = -1 }; /* others are inboxes */

static uint8_t ids[NUM_INBOXES + 1][KR_ID_BYTES];
static const uint8_t key[KR_ED25519_PUBLIC_BYTES] = {7};

struct move {
	enum kr_event_type type;
	int by;
	int about;
	int fallback;
	int urgency;
};

static enum kr_err apply(struct kr_case_state *s, struct move a)
{
	struct kr_case_act act = {
		.type = a.type,
		.actor = a.by == A_REPORTER ? KR_ACTOR_REPORTER
			: a.by == A_RELAY   ? KR_ACTOR_RELAY
					    : KR_ACTOR_INBOX,
		.by = a.by > 0 ? ids[a.by] : NULL,
		.inbox = ids[a.about],
		.fallback = ids[a.fallback],
		.key = key,
		.urgency = (uint8_t)a.urgency,
		.until_ms = 1000,
	};

	return kr_case_apply(s, &act);
}

static enum kr_err try(
	struct kr_case_state *s, enum kr_event_type type, int by, int about)
{
	return apply(s, (struct move){type, by, about, 0, KR_URGENCY_TODAY});
}

/* A new case: 1 owns it, 2 is the fallback. */
static struct kr_case_state begin(void)
{
	struct kr_case_state s = {0};

	assert_int_equal(apply(&s,
				 (struct move){KR_EVENT_SUBMITTED, A_REPORTER, 1, 2,
					 KR_URGENCY_TODAY}),
		KR_OK);
	return s;
}

static int number_of(const struct kr_case_party *p)
{
	return p != NULL ? p->inbox[0] : 0; /* make_ids */
}

/* ---- Each has room of its own ------------------------------------------------------ */

static int how_often(struct kr_case_state *s, enum kr_event_type type, int by)
{
	int num = 0;
	enum kr_err err;

	while ((err = try(s, type, by, 0)) == KR_OK) {
		num++;
	}
	assert_int_equal(err, KR_ERR_LIMIT);
	return num;
}

/* Who has said all there is room for keeps nobody from saying, and from ending,
 * anything. */
static void p7_nobody_fills_the_case_of_another(void **state)
{
	struct kr_case_state s = begin();

	(void)state;
	assert_int_equal(how_often(&s, KR_EVENT_ANSWER, A_REPORTER),
		(KR_CASE_ROOM - KR_CASE_ROOM_KEPT - 8) / 2);
	assert_int_equal(try(&s, KR_EVENT_CONSENTED, A_REPORTER, 2), KR_ERR_LIMIT);
	assert_int_equal(try(&s, KR_EVENT_ACKNOWLEDGED, 1, 0), KR_OK);
	assert_int_equal(how_often(&s, KR_EVENT_FOLLOW_UP, 1),
		(KR_CASE_ROOM - KR_CASE_ROOM_KEPT) / 2);
	assert_int_equal(try(&s, KR_EVENT_OVERDUE, A_RELAY, 2), KR_OK);
	assert_int_equal(try(&s, KR_EVENT_QUESTION, 2, 0), KR_OK);
	/* The owner can still hand it on and close it, again and again. */
	assert_int_equal(try(&s, KR_EVENT_CONSULTED, 1, 3), KR_ERR_LIMIT);
	assert_int_equal(try(&s, KR_EVENT_HANDOVER_OFFERED, 1, 3), KR_OK);
	for (int i = 0; i < KR_CASE_ROOM_KEPT / 8; i++) {
		assert_int_equal(try(&s, KR_EVENT_CLOSED, 1, 0), KR_OK);
		assert_int_equal(try(&s, KR_EVENT_CLOSE_READ, A_REPORTER, 0), KR_OK);
		assert_int_equal(try(&s, KR_EVENT_REOPENED, A_REPORTER, 0), KR_OK);
	}
	assert_int_equal(try(&s, KR_EVENT_WITHDRAWN, A_REPORTER, 0), KR_OK);
	assert_int_equal(try(&s, KR_EVENT_REOPENED, A_REPORTER, 0), KR_ERR_LIMIT);
	assert_int_equal(try(&s, KR_EVENT_REOPENED, 1, 0), KR_OK);
	assert_int_equal(try(&s, KR_EVENT_OVERDUE, A_RELAY, 0), KR_OK);
	assert_int_equal(try(&s, KR_EVENT_HANDOVER_ACCEPTED, 2, 0), KR_OK);
	assert_int_equal(how_often(&s, KR_EVENT_FOLLOW_UP, 2),
		(KR_CASE_ROOM - KR_CASE_ROOM_KEPT - 2 - 8) / 2);
}

/* Nor does somebody who is asked, and leaves, and is asked again, have room without
 * end. */
static void p7_room_is_not_new_for_who_comes_back(void **state)
{
	struct kr_case_state s = begin();
	int num;

	(void)state;
	assert_int_equal(try(&s, KR_EVENT_CONSULTED, 1, 3), KR_OK);
	num = how_often(&s, KR_EVENT_ADVISED, 3);
	assert_true(num > 100);
	assert_int_equal(try(&s, KR_EVENT_PARTED, 3, 3), KR_OK);
	assert_int_equal(try(&s, KR_EVENT_CONSULTED, 1, 4), KR_OK);
	assert_int_equal(how_often(&s, KR_EVENT_ADVISED, 4), num);
	assert_int_equal(try(&s, KR_EVENT_PARTED, 4, 4), KR_OK);
	assert_int_equal(try(&s, KR_EVENT_CONSULTED, 1, 3), KR_OK);
	assert_int_equal(try(&s, KR_EVENT_ADVISED, 3, 0), KR_ERR_LIMIT);
	/* Who comes for the first time has a place of its own, as long as there is
	 * one. */
	for (int i = 5; s.num_parties < KR_CASE_PARTIES_MAX; i++) {
		assert_int_equal(try(&s, KR_EVENT_CONSULTED, 1, i), KR_OK);
		assert_int_equal(try(&s, KR_EVENT_ADVISED, i, 0), KR_OK);
		assert_int_equal(try(&s, KR_EVENT_PARTED, i, i), KR_OK);
	}
	/* And then the one where most is left. */
	assert_int_equal(try(&s, KR_EVENT_CONSULTED, 1, NUM_INBOXES), KR_OK);
	assert_int_equal(how_often(&s, KR_EVENT_ADVISED, NUM_INBOXES), num - 1);
}

/* ---- All that happens is paid for -------------------------------------------------- */

static bool may_do(
	const struct kr_case_state *s, enum kr_event_type type, int by, int about)
{
	struct kr_case_state next = *s;

	return try(&next, type, by, about) == KR_OK;
}

/* Whatever was filled, by whomever: it can be closed, withdrawn, handed on and read. */
static void check_ways_out(const struct kr_case_state *s)
{
	int owner = number_of(kr_case_owner(s));
	int offered = number_of(kr_case_with_role(s, KR_PARTY_OFFERED));

	if (s->phase == KR_CASE_NEW || s->phase == KR_CASE_OPEN) {
		assert_true(may_do(s, KR_EVENT_CLOSED, owner, 0));
		assert_true(may_do(s, KR_EVENT_WITHDRAWN, A_REPORTER, 0));
		assert_true(may_do(
			s, KR_EVENT_OVERDUE, A_RELAY, number_of(kr_case_fallback(s))));
	} else {
		assert_true(
			s->close_read || may_do(s, KR_EVENT_CLOSE_READ, A_REPORTER, 0));
		assert_true(may_do(s, KR_EVENT_EXPIRED, A_RELAY, 0));
	}
	assert_true(offered == 0 || may_do(s, KR_EVENT_HANDOVER_ACCEPTED, offered, 0));
}

static unsigned spent_in(const struct kr_case_state *s)
{
	unsigned spent = s->spent;

	for (size_t i = 0; i < s->num_parties; i++) {
		spent += s->parties[i].spent;
	}
	return spent;
}

/* What brings about most events for what it costs, over and over; 1 owns the case at the
 * beginning of a round, and at its end. */
static const struct {
	const char *name;
	struct move moves[8]; /* ends with type 0 */
} rounds[] = {
	{"closed and reopened",
		{{KR_EVENT_OVERDUE, A_RELAY, 0, 0, 0},
			{KR_EVENT_ACKNOWLEDGED, 1, 0, 0, 0},
			{KR_EVENT_OVERDUE, A_RELAY, 0, 0, 0},
			{KR_EVENT_CLOSED, 1, 0, 0, 0},
			{KR_EVENT_CLOSE_READ, A_REPORTER, 0, 0, 0},
			{KR_EVENT_REOPENED, A_REPORTER, 0, 0, 1}}},
	{"handed over, forth and back",
		{{KR_EVENT_HANDOVER_OFFERED, 1, 3, 0, 0},
			{KR_EVENT_HANDOVER_ACCEPTED, 3, 0, 2, 0},
			{KR_EVENT_OVERDUE, A_RELAY, 2, 0, 0},
			{KR_EVENT_PARTED, 2, 2, 0, 0},
			{KR_EVENT_HANDOVER_OFFERED, 3, 1, 0, 0},
			{KR_EVENT_HANDOVER_ACCEPTED, 1, 0, 2, 0},
			{KR_EVENT_OVERDUE, A_RELAY, 2, 0, 0},
			{KR_EVENT_PARTED, 2, 2, 0, 0}}},
	{"invited, let in, gone",
		{{KR_EVENT_JOIN_INVITED, 1, 3, 0, 0}, {KR_EVENT_JOINED, 3, 0, 0, 0},
			{KR_EVENT_PARTED, 3, 3, 0, 0}}},
	{"followed up too late",
		{{KR_EVENT_ACKNOWLEDGED, 1, 0, 0, 0}, {KR_EVENT_FOLLOW_UP, 1, 0, 0, 0},
			{KR_EVENT_OVERDUE, A_RELAY, 0, 0, 0}}},
	{"two take over from each other",
		{{KR_EVENT_OVERDUE, A_RELAY, 2, 0, 0},
			{KR_EVENT_HANDOVER_ACCEPTED, 2, 0, 1, 0},
			{KR_EVENT_OVERDUE, A_RELAY, 1, 0, 0},
			{KR_EVENT_HANDOVER_ACCEPTED, 1, 0, 2, 0}}},
};

/* Every round is gone through until somebody has no room for the next of it. */
static void p7_every_event_is_paid_for(void **state)
{
	(void)state;
	for (size_t i = 0; i < NUM(rounds); i++) {
		struct kr_case_state s = begin();
		enum kr_err err = KR_OK;
		unsigned num = 1;

		for (size_t k = 0; err != KR_ERR_LIMIT; k++) {
			struct move a = rounds[i].moves[k % NUM(rounds[i].moves)];

			if (a.type == 0) {
				continue;
			}
			if (a.type == KR_EVENT_OVERDUE) {
				a.about = number_of(kr_case_fallback(&s));
			}
			err = apply(&s, a);
			num += err == KR_OK;
			assert_true(num <= spent_in(&s));
		}
		assert_true(num > KR_CASE_ROOM / 8);
		check_ways_out(&s);
	}
}

static uint32_t random_seed = 1;

static int draw(int below)
{
	random_seed = random_seed * 1664525 + 1013904223; /* Numerical Recipes */
	return (int)(random_seed >> 16) % below;
}

/* However long everybody goes on: each event was paid for, but for clocks that run out
 * again in silence. */
static void p7_no_case_outgrows_its_readers(void **state)
{
	const int num_types = KR_EVENT_ERASED - KR_EVENT_SUBMITTED;

	(void)state;
	for (int history = 0; history < 4; history++) {
		struct kr_case_state s = begin();
		unsigned num = 1;
		unsigned num_refused = 0;

		for (int i = 0; i < 100000; i++) {
			struct move a = {(enum kr_event_type)(
						 KR_EVENT_SUBMITTED + draw(num_types)),
				draw(7) + A_RELAY, draw(6), draw(6), 1 + draw(4)};
			bool repeats = a.type == KR_EVENT_OVERDUE && s.overdue;
			enum kr_err err = apply(&s, a);

			num_refused += err == KR_ERR_LIMIT;
			num += err == KR_OK && !repeats;
			assert_true(num <= spent_in(&s));
			if (err == KR_OK) {
				check_ways_out(&s);
			}
		}
		print_message("# %u events, %u refused\n", num, num_refused);
		/* The reporter, too, has nothing left to say. */
		assert_true(num > 300 && num_refused > 0);
		assert_true(s.spent + 2 > KR_CASE_ROOM - KR_CASE_ROOM_KEPT);
	}
}

static int make_ids(void **state)
{
	(void)state;
	for (size_t i = 0; i < NUM(ids); i++) {
		memset(ids[i], (int)i, sizeof(ids[i]));
	}
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(p7_nobody_fills_the_case_of_another),
		cmocka_unit_test(p7_room_is_not_new_for_who_comes_back),
		cmocka_unit_test(p7_every_event_is_paid_for),
		cmocka_unit_test(p7_no_case_outgrows_its_readers),
	};

	return cmocka_run_group_tests(tests, make_ids, NULL);
}
