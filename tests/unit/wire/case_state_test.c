/* The state machine of cases: what is permitted, and at every step of random histories
 * one owner and a running clock or a closing word (P6, P7). */
#include <kring/case.h>

#include <string.h>

#include "test.h"

#define NUM_INBOXES 6 /* 0 is none */

static uint8_t ids[NUM_INBOXES + 9][KR_ID_BYTES];
static const uint8_t key[KR_ED25519_PUBLIC_BYTES] = {7};

static void number_ids(void)
{
	for (size_t i = 0; i < NUM(ids); i++) {
		memset(ids[i], (int)i, KR_ID_BYTES);
	}
}

enum { REPORTER = 0, RELAY = -1 };

/* by: an inbox's number, REPORTER or RELAY. */
static struct kr_case_act act(enum kr_event_type type, int by, int about)
{
	return (struct kr_case_act){
		.type = type,
		.actor = by == REPORTER ? KR_ACTOR_REPORTER
			: by == RELAY   ? KR_ACTOR_RELAY
					: KR_ACTOR_INBOX,
		.by = by > 0 ? ids[by] : NULL,
		.inbox = ids[about],
		.fallback = ids[0],
		.key = key,
		.urgency = KR_URGENCY_TODAY,
		.until_ms = 1000,
	};
}

static enum kr_err try(
	struct kr_case_state *s, enum kr_event_type type, int by, int about)
{
	struct kr_case_act a = act(type, by, about);

	return kr_case_apply(s, &a);
}

/* A new case: 1 owns it, 2 is the fallback. */
static struct kr_case_state begin(void)
{
	struct kr_case_state s = {0};
	struct kr_case_act a = act(KR_EVENT_SUBMITTED, REPORTER, 1);

	number_ids();
	a.fallback = ids[2];
	assert_int_equal(kr_case_apply(&s, &a), KR_OK);
	return s;
}

struct step {
	enum kr_event_type type;
	int by;
	int about;
	enum kr_err err;
};

#define STEPS_MAX 8
static const struct {
	const char *name;
	struct step steps[STEPS_MAX]; /* ends with type 0 */
	int owner;
	enum kr_case_phase phase;
} stories[] = {
	{"acknowledged and closed",
		{{KR_EVENT_PROMISE, 1, 0, KR_ERR_STATE},
			{KR_EVENT_ACKNOWLEDGED, 2, 0, KR_ERR_FORBIDDEN},
			{KR_EVENT_ACKNOWLEDGED, 1, 0, KR_OK},
			{KR_EVENT_ACKNOWLEDGED, 1, 0, KR_ERR_STATE},
			{KR_EVENT_CLOSED, REPORTER, 0, KR_ERR_FORBIDDEN},
			{KR_EVENT_CLOSED, 1, 0, KR_OK},
			{KR_EVENT_ANSWER, REPORTER, 0, KR_ERR_STATE}},
		1, KR_CASE_CLOSED},
	{"a handover binds at acceptance",
		{{KR_EVENT_HANDOVER_ACCEPTED, 3, 0, KR_ERR_FORBIDDEN},
			{KR_EVENT_HANDOVER_OFFERED, 1, 3, KR_OK},
			{KR_EVENT_HANDOVER_OFFERED, 1, 4, KR_ERR_STATE},
			{KR_EVENT_HANDOVER_ACCEPTED, 4, 0, KR_ERR_FORBIDDEN},
			{KR_EVENT_ACKNOWLEDGED, 1, 0, KR_OK},
			{KR_EVENT_HANDOVER_ACCEPTED, 3, 0, KR_OK},
			{KR_EVENT_FOLLOW_UP, 1, 0, KR_ERR_FORBIDDEN}},
		3, KR_CASE_OPEN},
	{"a handover is declined",
		{{KR_EVENT_HANDOVER_OFFERED, 1, 3, KR_OK},
			{KR_EVENT_HANDOVER_DECLINED, 3, 3, KR_OK},
			{KR_EVENT_HANDOVER_ACCEPTED, 3, 0, KR_ERR_FORBIDDEN},
			{KR_EVENT_ADVISED, 3, 0, KR_ERR_FORBIDDEN}},
		1, KR_CASE_NEW},
	{"a handover is taken back",
		{{KR_EVENT_HANDOVER_OFFERED, 1, 3, KR_OK},
			{KR_EVENT_HANDOVER_DECLINED, 1, 3, KR_OK},
			{KR_EVENT_HANDOVER_ACCEPTED, 3, 0, KR_ERR_FORBIDDEN}},
		1, KR_CASE_NEW},
	{"the fallback takes over only when a clock ran out",
		{{KR_EVENT_HANDOVER_ACCEPTED, 2, 0, KR_ERR_FORBIDDEN},
			{KR_EVENT_OVERDUE, 2, 2, KR_ERR_FORBIDDEN},
			{KR_EVENT_OVERDUE, RELAY, 3, KR_ERR_STATE},
			{KR_EVENT_OVERDUE, RELAY, 0, KR_ERR_STATE},
			{KR_EVENT_OVERDUE, RELAY, 2, KR_OK},
			{KR_EVENT_HANDOVER_ACCEPTED, 2, 0, KR_OK}},
		2, KR_CASE_OPEN},
	{"the owner speaks in time after all",
		{{KR_EVENT_OVERDUE, RELAY, 2, KR_OK},
			{KR_EVENT_ACKNOWLEDGED, 1, 0, KR_OK},
			{KR_EVENT_HANDOVER_ACCEPTED, 2, 0, KR_ERR_STATE},
			{KR_EVENT_OVERDUE, RELAY, 0, KR_OK},
			{KR_EVENT_HANDOVER_ACCEPTED, 2, 0, KR_OK}},
		2, KR_CASE_OPEN},
	{"a fallback that is offered the case is let in",
		{{KR_EVENT_HANDOVER_OFFERED, 1, 2, KR_OK},
			{KR_EVENT_OVERDUE, RELAY, 2, KR_OK},
			{KR_EVENT_HANDOVER_DECLINED, 2, 2, KR_OK},
			{KR_EVENT_ADVISED, 2, 0, KR_OK}},
		1, KR_CASE_NEW},
	{"joined, and gone",
		{{KR_EVENT_JOINED, 3, 0, KR_ERR_FORBIDDEN},
			{KR_EVENT_JOIN_INVITED, 1, 3, KR_OK},
			{KR_EVENT_JOIN_INVITED, 1, 3, KR_ERR_STATE},
			{KR_EVENT_JOINED, 3, 0, KR_OK},
			{KR_EVENT_PARTED, 1, 3, KR_ERR_FORBIDDEN},
			{KR_EVENT_PARTED, 3, 3, KR_OK},
			{KR_EVENT_QUESTION, 3, 0, KR_ERR_FORBIDDEN}},
		1, KR_CASE_NEW},
	{"a name goes where it may",
		{{KR_EVENT_IDENTITY_SHARED, 1, 2, KR_ERR_STATE},
			{KR_EVENT_CONSENTED, REPORTER, 2, KR_OK},
			{KR_EVENT_CONSENTED, REPORTER, 4, KR_ERR_STATE},
			{KR_EVENT_IDENTITY_SHARED, 1, 2, KR_ERR_STATE},
			{KR_EVENT_OVERDUE, RELAY, 2, KR_OK},
			{KR_EVENT_IDENTITY_SHARED, 1, 2, KR_OK}},
		1, KR_CASE_NEW},
	{"withdrawn, reopened, closed, read, gone",
		{{KR_EVENT_WITHDRAWN, REPORTER, 0, KR_OK},
			{KR_EVENT_REOPENED, REPORTER, 0, KR_OK},
			{KR_EVENT_CLOSED, 1, 0, KR_OK},
			{KR_EVENT_CLOSE_READ, REPORTER, 0, KR_OK},
			{KR_EVENT_CLOSE_READ, REPORTER, 0, KR_ERR_STATE},
			{KR_EVENT_EXPIRED, RELAY, 0, KR_OK},
			{KR_EVENT_REOPENED, REPORTER, 0, KR_ERR_STATE}},
		1, KR_CASE_ERASED},
	{"erased by the reporter while nobody opened it",
		{{KR_EVENT_ERASED, 1, 0, KR_ERR_STATE},
			{KR_EVENT_ERASED, REPORTER, 0, KR_OK}},
		1, KR_CASE_ERASED},
	{"by the owner once the closing word was read",
		{{KR_EVENT_ACKNOWLEDGED, 1, 0, KR_OK}, {KR_EVENT_CLOSED, 1, 0, KR_OK},
			{KR_EVENT_ERASED, 1, 0, KR_ERR_STATE},
			{KR_EVENT_ERASED, REPORTER, 0, KR_ERR_FORBIDDEN},
			{KR_EVENT_CLOSE_READ, REPORTER, 0, KR_OK},
			{KR_EVENT_ERASED, 1, 0, KR_OK}},
		1, KR_CASE_ERASED},
	{"each closing word is read for itself",
		{{KR_EVENT_CLOSED, 1, 0, KR_OK},
			{KR_EVENT_CLOSE_READ, REPORTER, 0, KR_OK},
			{KR_EVENT_REOPENED, 1, 0, KR_OK}, {KR_EVENT_CLOSED, 1, 0, KR_OK},
			{KR_EVENT_ERASED, 1, 0, KR_ERR_STATE},
			{KR_EVENT_EXPIRED, RELAY, 0, KR_OK}},
		1, KR_CASE_ERASED},
	{"nor does an old withdrawal stand for it",
		{{KR_EVENT_WITHDRAWN, REPORTER, 0, KR_OK},
			{KR_EVENT_REOPENED, 1, 0, KR_OK}, {KR_EVENT_CLOSED, 1, 0, KR_OK},
			{KR_EVENT_ERASED, 1, 0, KR_ERR_STATE},
			{KR_EVENT_ERASED, REPORTER, 0, KR_OK}},
		1, KR_CASE_ERASED},
	{"by the reporter not after somebody opened it",
		{{KR_EVENT_ACKNOWLEDGED, 1, 0, KR_OK},
			{KR_EVENT_WITHDRAWN, REPORTER, 0, KR_OK},
			{KR_EVENT_ERASED, REPORTER, 0, KR_ERR_FORBIDDEN},
			{KR_EVENT_ERASED, 1, 0, KR_OK}},
		1, KR_CASE_ERASED},
};

static void p6_p7_stories(void **state)
{
	(void)state;
	for (size_t i = 0; i < NUM(stories); i++) {
		struct kr_case_state s = begin();

		for (size_t k = 0; k < STEPS_MAX && stories[i].steps[k].type != 0; k++) {
			const struct step *step = &stories[i].steps[k];
			enum kr_err err = try(&s, step->type, step->by, step->about);

			if (err != step->err) {
				print_message("# %s: step %zu\n", stories[i].name, k);
			}
			assert_int_equal(err, step->err);
		}
		assert_int_equal(s.phase, stories[i].phase);
		assert_memory_equal(
			kr_case_owner(&s)->inbox, ids[stories[i].owner], KR_ID_BYTES);
	}
}

/* ---- Random histories ------------------------------------------------------------- */

static uint32_t next_random(uint32_t *seed)
{
	*seed ^= *seed << 13; /* Marsaglia's xorshift */
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static size_t count(const struct kr_case_state *s, enum kr_party_role role)
{
	size_t num = 0;

	for (size_t i = 0; i < s->num_parties; i++) {
		num += s->parties[i].role == role ? 1 : 0;
	}
	return num;
}

static void check_invariants(const struct kr_case_state *s)
{
	uint8_t bytes[KR_CASE_STATE_MAX];
	struct kr_case_state back;
	struct kr_writer w;

	assert_int_equal(count(s, KR_PARTY_OWNER), 1);
	assert_true(kr_case_owner(s)->admitted);
	assert_true(count(s, KR_PARTY_OFFERED) <= 1);
	assert_true(count(s, KR_PARTY_FALLBACK) <= 1);
	assert_int_equal(s->until_ms != 0, s->phase != KR_CASE_ERASED);
	for (size_t i = 0; i < s->num_parties; i++) {
		const struct kr_case_party *p = &s->parties[i];

		assert_false(p->role == KR_PARTY_FALLBACK && p->admitted);
		assert_false(p->role == KR_PARTY_JOINED && !p->admitted);
	}
	kr_writer_init_fixed(&w, bytes, sizeof(bytes));
	kr_case_state_write(&w, s);
	assert_int_equal(w.err, KR_OK);
	assert_int_equal(kr_case_state_read(&back, kr_writer_view(&w)), KR_OK);
	for (size_t len = 0; len < w.len; len++) {
		assert_int_not_equal(
			kr_case_state_read(&back, kr_view(bytes, len)), KR_OK);
	}
	assert_int_equal(kr_case_state_read(&back, kr_writer_view(&w)), KR_OK);
	assert_memory_equal(&back.parties, &s->parties, sizeof(s->parties));
	assert_int_equal(back.spent, s->spent);
	assert_int_equal(back.until_ms, s->until_ms);
}

static void p6_p7_random_histories(void **state)
{
	uint32_t seed = 1;
	size_t num_taken = 0;
	size_t num_handed_over = 0;

	(void)state;
	for (int history = 0; history < 2000; history++) {
		struct kr_case_state s = begin();

		for (int i = 0; i < 100; i++) {
			struct kr_case_state before = s;
			struct kr_case_act a =
				act((enum kr_event_type)(KR_EVENT_ACKNOWLEDGED +
					    (int)(next_random(&seed) % 21)),
					(int)(next_random(&seed) % (NUM_INBOXES + 1)) - 1,
					(int)(next_random(&seed) % NUM_INBOXES));
			bool same_owner;

			a.urgency = (uint8_t)(1 + next_random(&seed) % 4);
			a.fallback = ids[next_random(&seed) % NUM_INBOXES];
			if (kr_case_apply(&s, &a) != KR_OK) {
				assert_memory_equal(&s, &before, sizeof(s));
				continue;
			}
			num_taken++;
			check_invariants(&s);
			same_owner =
				memcmp(kr_case_owner(&s)->inbox,
					kr_case_owner(&before)->inbox, KR_ID_BYTES) == 0;
			assert_true(same_owner || a.type == KR_EVENT_HANDOVER_ACCEPTED);
			num_handed_over += same_owner ? 0 : 1;
			if (s.phase == KR_CASE_CLOSED && before.phase != KR_CASE_CLOSED) {
				assert_true(a.type == KR_EVENT_CLOSED ||
					a.type == KR_EVENT_WITHDRAWN);
			}
		}
	}
	print_message("# %zu taken, %zu handed over\n", num_taken, num_handed_over);
	assert_true(num_taken > 1000);
	assert_true(num_handed_over > 50);
}

/* ---- Who can read ----------------------------------------------------------------- */

static void who_must_read(void **state)
{
	struct kr_case_state s = begin();
	struct kr_recipient r[KR_CASE_PARTIES_MAX + 1];
	struct kr_case_act a = act(KR_EVENT_HANDOVER_OFFERED, 1, 3);

	(void)state;
	assert_int_equal(kr_case_readers(&s, &a, r), 4);
	assert_int_equal(r[0].purpose, KR_WRAP_PARTY);
	assert_int_equal(r[1].purpose, KR_WRAP_WAITING);
	assert_int_equal(r[2].purpose, KR_WRAP_OFFER);
	assert_memory_equal(r[2].party, ids[3], KR_ID_BYTES);
	assert_int_equal(r[3].purpose, KR_WRAP_REPORTER);
	assert_int_equal(kr_case_apply(&s, &a), KR_OK);
	a = act(KR_EVENT_ANSWER, REPORTER, 0);
	assert_int_equal(kr_case_readers(&s, &a, r), 3);
	assert_int_equal(r[2].purpose, KR_WRAP_WAITING);

	/* What waits is handed out with the event that lets it in, and not before. */
	assert_false(kr_case_may_have(&s, &r[2], ids[3]));
	assert_false(kr_case_may_have(&s, &r[1], ids[2]));
	assert_true(kr_case_may_have(&s, &r[0], ids[1]));
	assert_false(kr_case_may_have(&s, &r[0], ids[2]));
	assert_false(kr_case_may_have(&s, &r[0], NULL));
	assert_int_equal(try(&s, KR_EVENT_OVERDUE, RELAY, 2), KR_OK);
	assert_true(kr_case_may_have(&s, &r[1], ids[2]));
	assert_int_equal(try(&s, KR_EVENT_HANDOVER_ACCEPTED, 3, 0), KR_OK);
	assert_true(kr_case_may_have(&s, &r[2], ids[3]));
}

static void too_many_parties(void **state)
{
	struct kr_case_state s = begin();
	int num = 2;

	(void)state;
	for (int i = 3; num < KR_CASE_PARTIES_MAX; i++, num++) {
		assert_int_equal(try(&s, KR_EVENT_CONSULTED, 1, i), KR_OK);
	}
	assert_int_equal(try(&s, KR_EVENT_CONSULTED, 1, num + 1), KR_ERR_LIMIT);
	assert_int_equal(try(&s, KR_EVENT_PARTED, 1, 3), KR_OK);
	assert_int_equal(try(&s, KR_EVENT_CONSULTED, 1, num + 1), KR_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(p6_p7_stories),
		cmocka_unit_test(p6_p7_random_histories),
		cmocka_unit_test(who_must_read),
		cmocka_unit_test(too_many_parties),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
