/* The state machine of cases against a second one, written from the table of CASES.md §7
 * and from nothing else: in each state that random histories reach, every event by every
 * actor about every inbox is tried on both. */
#include <kring/case.h>

#include <string.h>

#include "test.h"

#define NUM_INBOXES 5 /* 1 to 5; 0 is none */
#define UNKNOWN     6 /* an inbox that is never asked, as actor */

enum actor { A_REPORTER = 0, A_RELAY = -1 }; /* others are inboxes */

/* ---- The model ----------------------------------------------------------------- */

enum home { OUT, OWNS, IS_JOINED, WAITS, WAS_IN };
enum asked { NOT, TO_TAKE_OVER, TO_JOIN, FOR_ADVICE };

struct model {
	enum kr_case_phase phase;
	struct {
		enum home home;
		enum asked asked;
		bool admitted, consented;
		int spent;
	} at[NUM_INBOXES + 2]; /* 0: the reporter, who only spends */
	int urgency;
	int promises;
	int overdues;
	bool opened, overdue, withdrawn, close_read;
};

struct move {
	enum kr_event_type type;
	int by;
	int about;
	int fallback;
	int urgency;
};

static bool is_party(const struct model *m, int i)
{
	return i > 0 && (m->at[i].home != OUT || m->at[i].asked != NOT);
}

static bool in(const struct model *m, int i)
{
	return i > 0 && (m->at[i].home == OWNS || m->at[i].home == IS_JOINED);
}

static int find_home(const struct model *m, enum home home)
{
	for (int i = 1; i <= NUM_INBOXES; i++) {
		if (m->at[i].home == home) {
			return i;
		}
	}
	return 0;
}

static int find_asked(const struct model *m, enum asked asked)
{
	for (int i = 1; i <= NUM_INBOXES; i++) {
		if (m->at[i].asked == asked) {
			return i;
		}
	}
	return 0;
}

static void settle(struct model *m, int i)
{
	m->at[i].asked = NOT;
	if (m->at[i].home == OUT) {
		m->at[i].admitted = m->at[i].consented = false;
	}
}

static void ask(struct model *m, int i, enum asked what)
{
	m->at[i].asked = what;
	/* Who was in and is asked again waits like anybody. */
	if (m->at[i].home == WAS_IN) {
		m->at[i].admitted = false;
	}
}

static void end_turn(struct model *m)
{
	m->promises = 0;
	m->overdue = false;
}

/* Is it ever this actor's to do? */
static bool may(const struct model *m, const struct move *a)
{
	bool reporter = a->by == A_REPORTER;
	bool relay = a->by == A_RELAY;
	bool owner = a->by > 0 && m->at[a->by].home == OWNS;
	bool joined = a->by > 0 && m->at[a->by].home == IS_JOINED;
	enum asked asked = a->by > 0 ? m->at[a->by].asked : NOT;

	switch (a->type) {
	case KR_EVENT_SUBMITTED:
	case KR_EVENT_ANSWER:
	case KR_EVENT_CLOSE_READ:
	case KR_EVENT_WITHDRAWN:
	case KR_EVENT_CONSENTED:
		return reporter;
	case KR_EVENT_ACKNOWLEDGED:
	case KR_EVENT_PROMISE:
	case KR_EVENT_HANDOVER_OFFERED:
	case KR_EVENT_CONSULTED:
	case KR_EVENT_JOIN_INVITED:
	case KR_EVENT_CLOSED:
		return owner;
	case KR_EVENT_FOLLOW_UP:
	case KR_EVENT_QUESTION:
		return owner || joined;
	case KR_EVENT_URGENCY_CHANGED:
	case KR_EVENT_REOPENED:
		return owner || reporter;
	case KR_EVENT_HANDOVER_ACCEPTED:
		return asked == TO_TAKE_OVER || joined;
	case KR_EVENT_HANDOVER_DECLINED:
		return owner || asked == TO_TAKE_OVER;
	case KR_EVENT_ADVISED:
		return asked == FOR_ADVICE || joined;
	case KR_EVENT_JOINED:
		return asked == TO_JOIN;
	case KR_EVENT_PARTED:
		return owner || joined || asked == TO_JOIN || asked == FOR_ADVICE;
	case KR_EVENT_IDENTITY_SHARED:
		return owner || joined ||
			(a->by > 0 && m->at[a->by].home == WAS_IN && asked == NOT &&
				m->at[a->by].admitted);
	case KR_EVENT_ERASED:
		return owner || reporter;
	case KR_EVENT_OVERDUE:
	case KR_EVENT_EXPIRED:
		return relay;
	default:
		return false;
	}
}

static bool in_phase(const struct model *m, const struct move *a)
{
	bool is_new = m->phase == KR_CASE_NEW;
	bool open = m->phase == KR_CASE_OPEN;
	bool closed = m->phase == KR_CASE_CLOSED;

	switch (a->type) {
	case KR_EVENT_SUBMITTED:
		return m->phase == KR_CASE_NONE;
	case KR_EVENT_ACKNOWLEDGED:
		return is_new;
	case KR_EVENT_PROMISE:
		return open;
	case KR_EVENT_FOLLOW_UP:
	case KR_EVENT_QUESTION:
		return open || (is_new && m->at[a->by].home == IS_JOINED);
	case KR_EVENT_CLOSE_READ:
	case KR_EVENT_REOPENED:
	case KR_EVENT_EXPIRED:
		return closed;
	case KR_EVENT_ERASED:
		return closed || (is_new && a->by == A_REPORTER);
	default:
		return is_new || open;
	}
}

/* CASES.md §7, how long a case gets. */
static int price(const struct model *m, const struct move *a)
{
	switch (a->type) {
	case KR_EVENT_FOLLOW_UP:
	case KR_EVENT_QUESTION:
	case KR_EVENT_ANSWER:
	case KR_EVENT_PROMISE:
	case KR_EVENT_URGENCY_CHANGED:
	case KR_EVENT_ADVISED:
	case KR_EVENT_CONSENTED:
	case KR_EVENT_IDENTITY_SHARED:
		return 2;
	case KR_EVENT_SUBMITTED:
	case KR_EVENT_HANDOVER_OFFERED:
	case KR_EVENT_CONSULTED:
	case KR_EVENT_JOIN_INVITED:
	case KR_EVENT_REOPENED:
		return 8;
	case KR_EVENT_HANDOVER_ACCEPTED:
		return m->at[a->by].asked == TO_TAKE_OVER ? 0 : 8;
	default:
		return 0;
	}
}

static bool has_room(const struct model *m, const struct move *a)
{
	bool moves_on = a->type == KR_EVENT_REOPENED ||
		a->type == KR_EVENT_HANDOVER_OFFERED ||
		a->type == KR_EVENT_HANDOVER_ACCEPTED;
	int cost = price(m, a);

	return cost == 0 || m->at[a->by].spent + cost <= (moves_on ? 512 : 448);
}

static enum kr_err accepted(struct model *m, const struct move *a)
{
	int owner = find_home(m, OWNS);
	int waits = find_home(m, WAITS);
	int other = find_asked(m, TO_TAKE_OVER);
	int fallback = a->fallback;

	if (m->at[a->by].asked != TO_TAKE_OVER && !m->overdue) {
		return KR_ERR_STATE;
	}
	if (other != 0 && other != a->by) {
		settle(m, other); /* that offer is over */
	}
	m->at[owner].home = WAS_IN;
	m->at[a->by].home = OWNS;
	m->at[a->by].asked = NOT;
	m->at[a->by].admitted = true;
	waits = waits == a->by ? 0 : waits;
	m->phase = KR_CASE_OPEN;
	m->opened = true;
	end_turn(m);
	if (fallback != 0 && (in(m, fallback) || m->at[fallback].asked != NOT)) {
		return KR_ERR_STATE;
	}
	if (waits != 0 && waits != fallback) {
		m->at[waits].home = OUT;
		if (m->at[waits].asked == NOT) {
			settle(m, waits);
		}
	}
	if (fallback != 0) {
		m->at[fallback].home = WAITS;
		m->at[fallback].admitted = false;
	}
	return KR_OK;
}

static enum kr_err overdue(struct model *m, const struct move *a)
{
	int waits = find_home(m, WAITS);

	if (a->about != waits) {
		return KR_ERR_STATE;
	}
	if (waits != 0) {
		m->at[waits].home = IS_JOINED;
		m->at[waits].admitted = true;
	}
	m->overdue = true;
	m->overdues++;
	return KR_OK;
}

/* Nobody but the owner ends what another was asked. */
static enum kr_err check_own(const struct model *m, const struct move *a)
{
	if (!is_party(m, a->about)) {
		return KR_ERR_STATE;
	}
	return a->by == a->about || m->at[a->by].home == OWNS ? KR_OK : KR_ERR_FORBIDDEN;
}

static enum kr_err parted(struct model *m, const struct move *a)
{
	int i = a->about;
	enum kr_err err = check_own(m, a);

	if (err != KR_OK) {
		return err;
	}
	if (m->at[i].asked == TO_JOIN || m->at[i].asked == FOR_ADVICE) {
		settle(m, i);
		return KR_OK;
	}
	if (m->at[i].asked != NOT || m->at[i].home != IS_JOINED) {
		return KR_ERR_STATE;
	}
	if (a->by != i) {
		return KR_ERR_FORBIDDEN;
	}
	m->at[i].home = WAS_IN;
	return KR_OK;
}

static enum kr_err declined(struct model *m, const struct move *a)
{
	enum kr_err err = check_own(m, a);

	if (err == KR_OK && m->at[a->about].asked != TO_TAKE_OVER) {
		err = KR_ERR_STATE;
	}
	if (err == KR_OK) {
		settle(m, a->about);
	}
	return err;
}

static void closed(struct model *m, bool withdrawn)
{
	for (int i = 1; i <= NUM_INBOXES; i++) {
		if (m->at[i].asked != NOT) {
			settle(m, i);
		}
	}
	m->phase = KR_CASE_CLOSED;
	m->withdrawn = withdrawn;
	m->close_read = false;
	end_turn(m);
}

static enum kr_err ask_somebody(struct model *m, const struct move *a)
{
	int i = a->about;
	enum asked now = i > 0 ? m->at[i].asked : NOT;

	if (i == 0) {
		return KR_ERR_STATE;
	}
	switch (a->type) {
	case KR_EVENT_HANDOVER_OFFERED:
		if (m->at[i].home == OWNS || find_asked(m, TO_TAKE_OVER) != 0) {
			return KR_ERR_STATE;
		}
		ask(m, i, TO_TAKE_OVER);
		return KR_OK;
	case KR_EVENT_CONSULTED:
		if (in(m, i) || now != NOT) {
			return KR_ERR_STATE;
		}
		ask(m, i, FOR_ADVICE);
		return KR_OK;
	default:
		if (in(m, i) || now == TO_TAKE_OVER || now == TO_JOIN) {
			return KR_ERR_STATE;
		}
		ask(m, i, TO_JOIN);
		return KR_OK;
	}
}

static enum kr_err begin_case(struct model *m, const struct move *a)
{
	if (a->about == 0 || a->about == a->fallback) {
		return KR_ERR_STATE;
	}
	m->phase = KR_CASE_NEW;
	m->urgency = a->urgency;
	m->at[a->about].home = OWNS;
	m->at[a->about].admitted = true;
	if (a->fallback != 0) {
		m->at[a->fallback].home = WAITS;
	}
	return KR_OK;
}

static enum kr_err do_rest(struct model *m, const struct move *a)
{
	int i = a->about;

	switch (a->type) {
	case KR_EVENT_ACKNOWLEDGED:
		m->phase = KR_CASE_OPEN;
		m->opened = true;
		end_turn(m);
		return KR_OK;
	case KR_EVENT_FOLLOW_UP:
		if (m->at[a->by].home == OWNS) {
			end_turn(m);
		}
		return KR_OK;
	case KR_EVENT_PROMISE:
		m->promises++;
		m->overdue = false;
		return KR_OK;
	case KR_EVENT_URGENCY_CHANGED:
		if (a->by == A_REPORTER && a->urgency > m->urgency) {
			return KR_ERR_FORBIDDEN;
		}
		if (a->urgency == m->urgency) {
			return KR_ERR_STATE;
		}
		m->urgency = a->urgency;
		return KR_OK;
	case KR_EVENT_HANDOVER_DECLINED:
		return declined(m, a);
	case KR_EVENT_JOINED:
		m->at[a->by].home = IS_JOINED;
		m->at[a->by].asked = NOT;
		m->at[a->by].admitted = true;
		return KR_OK;
	case KR_EVENT_CLOSE_READ:
		if (m->close_read) {
			return KR_ERR_STATE;
		}
		m->close_read = true;
		return KR_OK;
	case KR_EVENT_REOPENED:
		m->phase = KR_CASE_NEW;
		m->urgency = a->urgency;
		m->withdrawn = m->close_read = false;
		end_turn(m);
		return KR_OK;
	case KR_EVENT_CONSENTED:
		if (!is_party(m, i) || m->at[i].consented) {
			return KR_ERR_STATE;
		}
		m->at[i].consented = true;
		return KR_OK;
	case KR_EVENT_IDENTITY_SHARED:
		return in(m, i) && m->at[i].consented ? KR_OK : KR_ERR_STATE;
	case KR_EVENT_ERASED:
		if (a->by == A_REPORTER && m->opened) {
			return KR_ERR_FORBIDDEN;
		}
		if (a->by > 0 && !m->close_read && !m->withdrawn) {
			return KR_ERR_STATE;
		}
		m->phase = KR_CASE_ERASED;
		return KR_OK;
	case KR_EVENT_EXPIRED:
		m->phase = KR_CASE_ERASED;
		return KR_OK;
	default: /* question, answer, advised */
		return KR_OK;
	}
}

static enum kr_err model_apply(struct model *m, const struct move *a)
{
	if (!may(m, a)) {
		return KR_ERR_FORBIDDEN;
	}
	if (!in_phase(m, a)) {
		return KR_ERR_STATE;
	}
	if (!has_room(m, a)) {
		return KR_ERR_LIMIT;
	}
	if (a->by >= 0) {
		m->at[a->by].spent += price(m, a);
	}
	switch (a->type) {
	case KR_EVENT_SUBMITTED:
		return begin_case(m, a);
	case KR_EVENT_HANDOVER_OFFERED:
	case KR_EVENT_CONSULTED:
	case KR_EVENT_JOIN_INVITED:
		return ask_somebody(m, a);
	case KR_EVENT_HANDOVER_ACCEPTED:
		return accepted(m, a);
	case KR_EVENT_OVERDUE:
		return overdue(m, a);
	case KR_EVENT_PARTED:
		return parted(m, a);
	case KR_EVENT_CLOSED:
	case KR_EVENT_WITHDRAWN:
		closed(m, a->type == KR_EVENT_WITHDRAWN);
		return KR_OK;
	default:
		return do_rest(m, a);
	}
}

/* ---- Both, side by side -------------------------------------------------------- */

static uint8_t ids[UNKNOWN + 1][KR_ID_BYTES];
static const uint8_t key[KR_ED25519_PUBLIC_BYTES] = {7};

static struct kr_case_act act_of(const struct move *a)
{
	return (struct kr_case_act){
		.type = a->type,
		.actor = a->by == A_REPORTER ? KR_ACTOR_REPORTER
			: a->by == A_RELAY   ? KR_ACTOR_RELAY
					     : KR_ACTOR_INBOX,
		.by = a->by > 0 ? ids[a->by] : NULL,
		.inbox = ids[a->about],
		.fallback = ids[a->fallback],
		.key = key,
		.urgency = (uint8_t)a->urgency,
		.until_ms = 1000,
	};
}

static enum kr_party_role role_of(enum home home, enum asked asked)
{
	static const enum kr_party_role homes[] = {KR_PARTY_NONE, KR_PARTY_OWNER,
		KR_PARTY_JOINED, KR_PARTY_FALLBACK, KR_PARTY_FORMER};
	static const enum kr_party_role askeds[] = {
		KR_PARTY_NONE, KR_PARTY_OFFERED, KR_PARTY_INVITED, KR_PARTY_CONSULTED};

	return asked == NOT ? homes[home] : askeds[asked];
}

static bool same(const struct kr_case_state *s, const struct model *m)
{
	for (int i = 1; i <= NUM_INBOXES; i++) {
		const struct kr_case_party *p = kr_case_party(s, ids[i]);
		bool asked = m->at[i].asked != NOT;

		if (!is_party(m, i) || p == NULL) {
			if (is_party(m, i) || p != NULL) {
				return false;
			}
			continue;
		}
		if (p->role != role_of(m->at[i].home, m->at[i].asked) ||
			(asked && p->before != role_of(m->at[i].home, NOT)) ||
			p->admitted != m->at[i].admitted ||
			p->consented != m->at[i].consented ||
			p->spent != m->at[i].spent) {
			return false;
		}
	}
	return s->phase == m->phase && s->spent == m->at[0].spent &&
		s->urgency == m->urgency && s->opened == m->opened &&
		s->overdue == m->overdue && s->withdrawn == m->withdrawn &&
		s->close_read == m->close_read && s->num_promises == m->promises &&
		s->num_overdue == (uint32_t)m->overdues;
}

static uint32_t random_seed = 1;

static unsigned draw(unsigned below)
{
	random_seed = random_seed * 1664525 + 1013904223; /* Numerical Recipes */
	return (random_seed >> 16) % below;
}

struct pick {
	struct move move;
	unsigned num; /* of those that it was drawn from */
};

/* Try one on copies of both; picks keeps one of those that are permitted, each type as
 * likely as the other. */
static void try_both(const struct kr_case_state *s, const struct model *m,
	const struct move *a, struct pick *pick)
{
	struct kr_case_state next = *s;
	struct model expected = *m;
	struct kr_case_act act = act_of(a);
	enum kr_err err = kr_case_apply(&next, &act);
	enum kr_err should = model_apply(&expected, a);

	if (should != KR_OK) {
		expected = *m;
	}
	if (err != should || !same(&next, &expected)) {
		fail_msg("%s by %d about %d, fallback %d, urgency %d: %s, should be %s",
			kr_event_info(a->type)->name, a->by, a->about, a->fallback,
			a->urgency, kr_err_name(err), kr_err_name(should));
	}
	if (err == KR_OK && draw(++pick->num) == 0) {
		pick->move = *a;
	}
}

static const enum kr_event_type types[] = {
	KR_EVENT_SUBMITTED, KR_EVENT_ACKNOWLEDGED, KR_EVENT_FOLLOW_UP, KR_EVENT_QUESTION,
	KR_EVENT_ANSWER, KR_EVENT_PROMISE, KR_EVENT_URGENCY_CHANGED,
	KR_EVENT_HANDOVER_OFFERED, KR_EVENT_HANDOVER_ACCEPTED, KR_EVENT_HANDOVER_DECLINED,
	KR_EVENT_CONSULTED, KR_EVENT_ADVISED, KR_EVENT_JOIN_INVITED, KR_EVENT_JOINED,
	KR_EVENT_PARTED, KR_EVENT_OVERDUE, KR_EVENT_CLOSED, KR_EVENT_CLOSE_READ,
	KR_EVENT_REOPENED, KR_EVENT_WITHDRAWN, KR_EVENT_CONSENTED,
	KR_EVENT_IDENTITY_SHARED, KR_EVENT_ERASED, KR_EVENT_EXPIRED,
	KR_EVENT_NOTE, /* none of a case */
};

/* Every event by every actor about every inbox; returns the one to go on with. */
static bool try_all(
	const struct kr_case_state *s, const struct model *m, struct move *chosen)
{
	struct pick all = {.num = 0};

	for (size_t t = 0; t < NUM(types); t++) {
		bool names = types[t] == KR_EVENT_SUBMITTED ||
			types[t] == KR_EVENT_HANDOVER_ACCEPTED;
		/* So that not all histories end at once. */
		bool ends = types[t] == KR_EVENT_ERASED || types[t] == KR_EVENT_EXPIRED;
		struct pick pick = {.num = 0};

		for (int by = A_RELAY; by <= UNKNOWN; by++) {
			for (int about = 0; about <= NUM_INBOXES; about++) {
				for (int fallback = 0;
					fallback <= (names ? NUM_INBOXES : 0);
					fallback++) {
					struct move a = {types[t], by, about, fallback,
						1 + (int)draw(4)};

					try_both(s, m, &a, &pick);
				}
			}
		}
		if (pick.num > 0 && (!ends || draw(8) == 0) && draw(++all.num) == 0) {
			all.move = pick.move;
		}
	}
	*chosen = all.move;
	return all.num > 0;
}

static void p6_p7_the_machine_is_the_table(void **state)
{
	size_t reached[KR_CASE_ERASED + 1] = {0};
	size_t taken[128] = {0};

	(void)state;
	for (int history = 0; history < 200; history++) {
		struct kr_case_state s = {0};
		struct model m = {0};
		struct move a;

		for (int i = 0; i < 60 && try_all(&s, &m, &a); i++) {
			struct kr_case_act act = act_of(&a);

			assert_int_equal(kr_case_apply(&s, &act), KR_OK);
			assert_int_equal(model_apply(&m, &a), KR_OK);
			reached[s.phase]++;
			taken[a.type]++;
			/* P6, P7: said of the model, they hold of the machine. */
			assert_true(find_home(&m, OWNS) != 0);
			assert_int_equal(s.until_ms != 0, s.phase != KR_CASE_ERASED);
		}
	}
	/* Every row of the table was walked through. */
	for (size_t t = 0; t + 1 < NUM(types); t++) {
		if (taken[types[t]] == 0) {
			fail_msg("never %s", kr_event_info(types[t])->name);
		}
	}
	assert_true(reached[KR_CASE_NEW] > 0 && reached[KR_CASE_OPEN] > 0 &&
		reached[KR_CASE_CLOSED] > 0 && reached[KR_CASE_ERASED] > 0);
}

/* ---- No word that nobody reads vanishes ---------------------------------------- */

/* Any event by anybody about anybody. */
static struct move any_move(void)
{
	return (struct move){types[draw(NUM(types))], (int)draw(UNKNOWN + 2) + A_RELAY,
		(int)draw(NUM_INBOXES + 1), (int)draw(NUM_INBOXES + 1), 1 + (int)draw(4)};
}

static enum kr_err try_to_erase(const struct kr_case_state *s, int by)
{
	struct kr_case_state next = *s;
	struct kr_case_act act =
		act_of(&(struct move){.type = KR_EVENT_ERASED, .by = by});

	return kr_case_apply(&next, &act);
}

/* Whether a closing word waits for the reporter, by the events alone. */
static bool word_waits(bool before, enum kr_event_type type)
{
	return type == KR_EVENT_CLOSED ||
		(before && type != KR_EVENT_CLOSE_READ && type != KR_EVENT_REOPENED &&
			type != KR_EVENT_WITHDRAWN);
}

/* However a case was led there: no inbox erases it while the closing word is unread, and
 * its owner may once it was read or the reporter withdrew. */
static void p6_no_inbox_erases_an_unread_word(void **state)
{
	size_t num_kept = 0;
	size_t num_erased = 0;

	(void)state;
	for (int history = 0; history < 2000; history++) {
		struct kr_case_state s = {0};
		bool waits = false;

		/* What ends a case is only tried. */
		for (int i = 0; i < 400; i++) {
			struct move a = any_move();
			struct kr_case_act act = act_of(&a);

			if (a.type == KR_EVENT_ERASED || a.type == KR_EVENT_EXPIRED ||
				kr_case_apply(&s, &act) != KR_OK) {
				continue;
			}
			waits = word_waits(waits, a.type);
			for (int by = 1; by <= UNKNOWN; by++) {
				bool owns = memcmp(kr_case_owner(&s)->inbox, ids[by],
						    KR_ID_BYTES) == 0;
				bool may_go = owns && s.phase == KR_CASE_CLOSED && !waits;

				assert_int_equal(try_to_erase(&s, by) == KR_OK, may_go);
				num_erased += may_go;
				num_kept += waits;
			}
		}
	}
	assert_true(num_kept > 100 && num_erased > 100);
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
		cmocka_unit_test(p6_p7_the_machine_is_the_table),
		cmocka_unit_test(p6_no_inbox_erases_an_unread_word),
	};

	return cmocka_run_group_tests(tests, make_ids, NULL);
}
