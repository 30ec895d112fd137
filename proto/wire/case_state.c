/* Who owns a case, who is in it and what state it is in: CASES.md §7, event by event. */
#include <kring/case.h>

#include <string.h>

static const uint8_t no_inbox[KR_ID_BYTES];

static bool is_none(const uint8_t *inbox)
{
	return inbox == NULL || memcmp(inbox, no_inbox, KR_ID_BYTES) == 0;
}

/* ---- Parties ---------------------------------------------------------------------- */

static struct kr_case_party *find(struct kr_case_state *s, const uint8_t *inbox)
{
	for (size_t i = 0; !is_none(inbox) && i < s->num_parties; i++) {
		if (s->parties[i].role != KR_PARTY_NONE &&
			memcmp(s->parties[i].inbox, inbox, KR_ID_BYTES) == 0) {
			return &s->parties[i];
		}
	}
	return NULL;
}

const struct kr_case_party *kr_case_party(
	const struct kr_case_state *state, const uint8_t inbox[KR_ID_BYTES])
{
	return find((struct kr_case_state *)(uintptr_t)state, inbox);
}

const struct kr_case_party *kr_case_with_role(
	const struct kr_case_state *state, enum kr_party_role role)
{
	for (size_t i = 0; i < state->num_parties; i++) {
		if (state->parties[i].role == role) {
			return &state->parties[i];
		}
	}
	return NULL;
}

const struct kr_case_party *kr_case_owner(const struct kr_case_state *state)
{
	return kr_case_with_role(state, KR_PARTY_OWNER);
}

static bool is_asked(const struct kr_case_party *p)
{
	return p->role == KR_PARTY_OFFERED || p->role == KR_PARTY_INVITED ||
		p->role == KR_PARTY_CONSULTED;
}

static bool waits(const struct kr_case_party *p)
{
	return p->role == KR_PARTY_FALLBACK ||
		(is_asked(p) && p->before == KR_PARTY_FALLBACK);
}

static bool is_in(const struct kr_case_party *p)
{
	return p->role == KR_PARTY_OWNER || p->role == KR_PARTY_JOINED ||
		(is_asked(p) && p->before == KR_PARTY_JOINED);
}

const struct kr_case_party *kr_case_fallback(const struct kr_case_state *state)
{
	for (size_t i = 0; i < state->num_parties; i++) {
		if (waits(&state->parties[i])) {
			return &state->parties[i];
		}
	}
	return NULL;
}

bool kr_case_may_read(const struct kr_case_party *party)
{
	return party->role != KR_PARTY_NONE && party->role != KR_PARTY_FALLBACK;
}

/* A place for an inbox that is no party: the one it had before, else one that nobody had,
 * else the free one with most room. What was spent in it stays spent. */
static struct kr_case_party *free_place(struct kr_case_state *s, const uint8_t *inbox)
{
	struct kr_case_party *best = NULL;

	for (size_t i = 0; i < s->num_parties; i++) {
		struct kr_case_party *p = &s->parties[i];

		if (p->role != KR_PARTY_NONE) {
			continue;
		}
		if (memcmp(p->inbox, inbox, KR_ID_BYTES) == 0) {
			return p;
		}
		if (best == NULL || p->spent < best->spent) {
			best = p;
		}
	}
	return s->num_parties < KR_CASE_PARTIES_MAX ? &s->parties[s->num_parties++]
						    : best;
}

/* The party, or a free place that is made its own. NULL: there is none. */
static struct kr_case_party *find_or_add(struct kr_case_state *s, const uint8_t *inbox)
{
	struct kr_case_party *p = find(s, inbox);

	if (p == NULL && (p = free_place(s, inbox)) != NULL) {
		*p = (struct kr_case_party){.spent = p->spent};
		memcpy(p->inbox, inbox, KR_ID_BYTES);
	}
	return p;
}

static void let_in(struct kr_case_party *p, enum kr_party_role role)
{
	p->role = role;
	p->before = KR_PARTY_NONE;
	p->admitted = true;
}

/* What it was asked is over. */
static void revert(struct kr_case_party *p)
{
	p->role = p->before;
	p->before = KR_PARTY_NONE;
}

static void revert_all(struct kr_case_state *s)
{
	for (size_t i = 0; i < s->num_parties; i++) {
		if (is_asked(&s->parties[i])) {
			revert(&s->parties[i]);
		}
	}
}

static enum kr_err ask(
	struct kr_case_state *s, const uint8_t *inbox, enum kr_party_role role)
{
	struct kr_case_party *p;

	if (is_none(inbox)) {
		return KR_ERR_STATE;
	}
	p = find_or_add(s, inbox);
	if (p == NULL) {
		return KR_ERR_LIMIT;
	}
	if (!is_asked(p)) {
		p->before = p->role;
	}
	/* Who was in once, and is asked again, waits like anybody. */
	if (p->before == KR_PARTY_FORMER) {
		p->admitted = false;
	}
	p->role = role;
	return KR_OK;
}

/* ---- Who may, and when ------------------------------------------------------------ */

/* Who does it, by what it is to the case. */
enum standing {
	BY_RELAY = 1 << 0,
	BY_REPORTER = 1 << 1,
	BY_OWNER = 1 << 2,
	BY_JOINED = 1 << 3, /* also while it is asked something */
	BY_OFFERED = 1 << 4,
	BY_INVITED = 1 << 5,
	BY_CONSULTED = 1 << 6,
	BY_FORMER = 1 << 7,
};

enum phases {
	IN_NONE = 1 << KR_CASE_NONE,
	IN_NEW = 1 << KR_CASE_NEW,
	IN_OPEN = 1 << KR_CASE_OPEN,
	IN_CLOSED = 1 << KR_CASE_CLOSED,
	RUNNING = IN_NEW | IN_OPEN,
};

/* The table's columns "who" and "in". */
static const struct {
	enum kr_event_type type;
	unsigned who;
	unsigned in;
} rules[] = {
	{KR_EVENT_SUBMITTED, BY_REPORTER, IN_NONE},
	{KR_EVENT_ACKNOWLEDGED, BY_OWNER, IN_NEW},
	{KR_EVENT_FOLLOW_UP, BY_OWNER | BY_JOINED, RUNNING},
	{KR_EVENT_QUESTION, BY_OWNER | BY_JOINED, RUNNING},
	{KR_EVENT_ANSWER, BY_REPORTER, RUNNING},
	{KR_EVENT_PROMISE, BY_OWNER, IN_OPEN},
	{KR_EVENT_URGENCY_CHANGED, BY_OWNER | BY_REPORTER, RUNNING},
	{KR_EVENT_HANDOVER_OFFERED, BY_OWNER, RUNNING},
	{KR_EVENT_HANDOVER_ACCEPTED, BY_OFFERED | BY_JOINED, RUNNING},
	{KR_EVENT_HANDOVER_DECLINED, BY_OFFERED | BY_OWNER, RUNNING},
	{KR_EVENT_CONSULTED, BY_OWNER, RUNNING},
	{KR_EVENT_ADVISED, BY_CONSULTED | BY_JOINED, RUNNING},
	{KR_EVENT_JOIN_INVITED, BY_OWNER, RUNNING},
	{KR_EVENT_JOINED, BY_INVITED, RUNNING},
	{KR_EVENT_PARTED, BY_OWNER | BY_JOINED | BY_INVITED | BY_CONSULTED, RUNNING},
	{KR_EVENT_OVERDUE, BY_RELAY, RUNNING},
	{KR_EVENT_CLOSED, BY_OWNER, RUNNING},
	{KR_EVENT_CLOSE_READ, BY_REPORTER, IN_CLOSED},
	{KR_EVENT_REOPENED, BY_REPORTER | BY_OWNER, IN_CLOSED},
	{KR_EVENT_WITHDRAWN, BY_REPORTER, RUNNING},
	{KR_EVENT_CONSENTED, BY_REPORTER, RUNNING},
	{KR_EVENT_IDENTITY_SHARED, BY_OWNER | BY_JOINED | BY_FORMER, RUNNING},
	{KR_EVENT_ERASED, BY_OWNER | BY_REPORTER, IN_NEW | IN_CLOSED},
	{KR_EVENT_EXPIRED, BY_RELAY, IN_CLOSED},
};

static unsigned standing_of(struct kr_case_state *s, const struct kr_case_act *act)
{
	const struct kr_case_party *p;
	unsigned joined;

	if (act->actor != KR_ACTOR_INBOX) {
		return act->actor == KR_ACTOR_RELAY ? BY_RELAY : BY_REPORTER;
	}
	p = find(s, act->by);
	if (p == NULL) {
		return 0;
	}
	joined = is_in(p) ? BY_JOINED : 0;
	switch (p->role) {
	case KR_PARTY_OWNER:
		return BY_OWNER;
	case KR_PARTY_JOINED:
		return BY_JOINED;
	case KR_PARTY_OFFERED:
		return BY_OFFERED | joined;
	case KR_PARTY_INVITED:
		return BY_INVITED | joined;
	case KR_PARTY_CONSULTED:
		return BY_CONSULTED | joined;
	case KR_PARTY_FORMER:
		return p->admitted ? BY_FORMER : 0;
	default:
		return 0;
	}
}

static enum kr_err check(struct kr_case_state *s, const struct kr_case_act *act)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (rules[i].type != act->type) {
			continue;
		}
		if ((rules[i].who & standing_of(s, act)) == 0) {
			return KR_ERR_FORBIDDEN;
		}
		return rules[i].in & 1U << s->phase ? KR_OK : KR_ERR_STATE;
	}
	return KR_ERR_FORBIDDEN;
}

/* ---- Room ------------------------------------------------------------------------- */

/* What an event costs its author is never less than the number of events that would not
 * be there without it, so that together they stay below KR_CASE_EVENTS_MAX. After words a
 * clock may run out. `submitted` pays for most: that it is acknowledged, is closed, is
 * read, for the clock before and after the first of them, and that the fallback parts. */
#define WORDS_COST 2
#define MOVE_COST  8

/* All that is paid for, an end, and what is left for clocks that run out again and again
 * (proto/wire/case_clock.c): the last of those is some hundred thousand years away. */
_Static_assert((KR_CASE_PARTIES_MAX + 1) * KR_CASE_ROOM + 1 + 4 * KR_CASE_OVERDUE_OFTEN <=
		KR_CASE_EVENTS_MAX,
	"more events would be permitted than are read");

/* What ends something, or answers what was asked, was paid for by who began it: nobody is
 * kept from it by who fills the case. */
static unsigned cost_of(struct kr_case_state *s, const struct kr_case_act *act)
{
	switch (act->type) {
	case KR_EVENT_ACKNOWLEDGED:
	case KR_EVENT_HANDOVER_DECLINED:
	case KR_EVENT_JOINED:
	case KR_EVENT_PARTED:
	case KR_EVENT_OVERDUE:
	case KR_EVENT_CLOSED:
	case KR_EVENT_CLOSE_READ:
	case KR_EVENT_WITHDRAWN:
	case KR_EVENT_ERASED:
	case KR_EVENT_EXPIRED:
		return 0;
	case KR_EVENT_HANDOVER_ACCEPTED:
		return (standing_of(s, act) & BY_OFFERED) != 0 ? 0 : MOVE_COST;
	case KR_EVENT_SUBMITTED:
	case KR_EVENT_HANDOVER_OFFERED:
	case KR_EVENT_CONSULTED:
	case KR_EVENT_JOIN_INVITED:
	case KR_EVENT_REOPENED:
		return MOVE_COST;
	default:
		return WORDS_COST;
	}
}

/* May what is kept of the room be spent on it? */
static bool goes_on(enum kr_event_type type)
{
	return type == KR_EVENT_HANDOVER_OFFERED || type == KR_EVENT_HANDOVER_ACCEPTED ||
		type == KR_EVENT_REOPENED;
}

/* Each party has room of its own: none can use up another's. */
static enum kr_err spend(struct kr_case_state *s, const struct kr_case_act *act)
{
	unsigned cost = cost_of(s, act);
	unsigned room = KR_CASE_ROOM - (goes_on(act->type) ? 0 : KR_CASE_ROOM_KEPT);
	uint16_t *spent =
		act->actor == KR_ACTOR_INBOX ? &find(s, act->by)->spent : &s->spent;

	if (cost == 0) {
		return KR_OK;
	}
	if (*spent + cost > room) {
		return KR_ERR_LIMIT;
	}
	*spent = (uint16_t)(*spent + cost);
	return KR_OK;
}

/* ---- What each event does --------------------------------------------------------- */

static enum kr_err submit(struct kr_case_state *s, const struct kr_case_act *act)
{
	struct kr_case_party *p;

	if (act->key == NULL || is_none(act->inbox) ||
		(!is_none(act->fallback) &&
			memcmp(act->inbox, act->fallback, KR_ID_BYTES) == 0)) {
		return KR_ERR_STATE;
	}
	s->phase = KR_CASE_NEW;
	s->urgency = act->urgency;
	memcpy(s->reporter_key, act->key, sizeof(s->reporter_key));
	let_in(find_or_add(s, act->inbox), KR_PARTY_OWNER);
	if (!is_none(act->fallback)) {
		p = find_or_add(s, act->fallback);
		p->role = KR_PARTY_FALLBACK;
	}
	return KR_OK;
}

/* The owner has spoken. */
static void spoken(struct kr_case_state *s)
{
	s->overdue = false;
	s->num_promises = 0;
}

static void open_case(struct kr_case_state *s)
{
	s->phase = KR_CASE_OPEN;
	s->opened = true;
	spoken(s);
}

static enum kr_err follow_up(struct kr_case_state *s, const struct kr_case_act *act)
{
	if ((standing_of(s, act) & BY_OWNER) == 0) {
		return KR_OK;
	}
	if (s->phase != KR_CASE_OPEN) {
		return KR_ERR_STATE;
	}
	if (act->type == KR_EVENT_FOLLOW_UP) {
		spoken(s);
	}
	return KR_OK;
}

static enum kr_err change_urgency(struct kr_case_state *s, const struct kr_case_act *act)
{
	if (act->actor == KR_ACTOR_REPORTER && act->urgency > s->urgency) {
		return KR_ERR_FORBIDDEN;
	}
	if (act->urgency == s->urgency) {
		return KR_ERR_STATE;
	}
	s->urgency = act->urgency;
	return KR_OK;
}

static enum kr_err offer(struct kr_case_state *s, const struct kr_case_act *act)
{
	const struct kr_case_party *p = find(s, act->inbox);

	if (kr_case_with_role(s, KR_PARTY_OFFERED) != NULL ||
		(p != NULL && p->role == KR_PARTY_OWNER)) {
		return KR_ERR_STATE;
	}
	return ask(s, act->inbox, KR_PARTY_OFFERED);
}

static enum kr_err consult_or_invite(
	struct kr_case_state *s, const struct kr_case_act *act)
{
	const struct kr_case_party *p = find(s, act->inbox);
	bool invites = act->type == KR_EVENT_JOIN_INVITED;

	if (p != NULL &&
		(is_in(p) ||
			(is_asked(p) && !(invites && p->role == KR_PARTY_CONSULTED)))) {
		return KR_ERR_STATE;
	}
	return ask(s, act->inbox, invites ? KR_PARTY_INVITED : KR_PARTY_CONSULTED);
}

/* The fallback from here on: it has to be one that knows nothing, or is out again. */
static enum kr_err name_fallback(struct kr_case_state *s, const uint8_t *inbox)
{
	struct kr_case_party *p = find(s, inbox);

	if (p != NULL && p->role != KR_PARTY_FALLBACK && p->role != KR_PARTY_FORMER) {
		return KR_ERR_STATE;
	}
	for (size_t i = 0; i < s->num_parties; i++) {
		if (&s->parties[i] != p && waits(&s->parties[i])) {
			if (s->parties[i].role == KR_PARTY_FALLBACK) {
				s->parties[i].role = KR_PARTY_NONE;
			}
			s->parties[i].before = KR_PARTY_NONE;
		}
	}
	if (is_none(inbox)) {
		return KR_OK;
	}
	p = find_or_add(s, inbox);
	if (p == NULL) {
		return KR_ERR_LIMIT;
	}
	p->role = KR_PARTY_FALLBACK;
	p->admitted = false;
	return KR_OK;
}

static enum kr_err accept(struct kr_case_state *s, const struct kr_case_act *act)
{
	struct kr_case_party *acceptor = find(s, act->by);
	struct kr_case_party *owner = find(s, kr_case_owner(s)->inbox);

	if (acceptor->role != KR_PARTY_OFFERED && !s->overdue) {
		return KR_ERR_STATE;
	}
	/* Whoever took over while another was offered: that offer is over. */
	for (size_t i = 0; i < s->num_parties; i++) {
		if (&s->parties[i] != acceptor &&
			s->parties[i].role == KR_PARTY_OFFERED) {
			revert(&s->parties[i]);
		}
	}
	owner->role = KR_PARTY_FORMER;
	let_in(acceptor, KR_PARTY_OWNER);
	open_case(s);
	return name_fallback(s, act->fallback);
}

/* Declined, or taken back; invitations and consultations likewise. */
static enum kr_err decline(struct kr_case_state *s, const struct kr_case_act *act)
{
	struct kr_case_party *p = find(s, act->inbox);
	bool own = act->by != NULL && p == find(s, act->by);
	bool handover = act->type == KR_EVENT_HANDOVER_DECLINED;

	if (p == NULL) {
		return KR_ERR_STATE;
	}
	if (!own && (standing_of(s, act) & BY_OWNER) == 0) {
		return KR_ERR_FORBIDDEN;
	}
	if (handover ? p->role == KR_PARTY_OFFERED
		     : p->role == KR_PARTY_INVITED || p->role == KR_PARTY_CONSULTED) {
		revert(p);
		return KR_OK;
	}
	if (handover || p->role != KR_PARTY_JOINED) {
		return KR_ERR_STATE;
	}
	if (!own) {
		return KR_ERR_FORBIDDEN;
	}
	p->role = KR_PARTY_FORMER;
	return KR_OK;
}

static enum kr_err overdue(struct kr_case_state *s, const struct kr_case_act *act)
{
	const struct kr_case_party *waiting = kr_case_fallback(s);
	struct kr_case_party *p = find(s, act->inbox);

	if (p != waiting || (p == NULL && !is_none(act->inbox))) {
		return KR_ERR_STATE;
	}
	if (p != NULL && is_asked(p)) {
		p->before = KR_PARTY_JOINED;
		p->admitted = true;
	} else if (p != NULL) {
		let_in(p, KR_PARTY_JOINED);
	}
	s->overdue = true;
	s->num_overdue++;
	return KR_OK;
}

static enum kr_err close_case(struct kr_case_state *s, bool withdrawn)
{
	revert_all(s);
	spoken(s);
	s->phase = KR_CASE_CLOSED;
	s->withdrawn = withdrawn;
	s->close_read = false;
	return KR_OK;
}

static enum kr_err read_close(struct kr_case_state *s)
{
	if (s->close_read) {
		return KR_ERR_STATE;
	}
	s->close_read = true;
	return KR_OK;
}

static enum kr_err reopen(struct kr_case_state *s, const struct kr_case_act *act)
{
	s->phase = KR_CASE_NEW;
	s->urgency = act->urgency;
	s->withdrawn = false;
	s->close_read = false;
	spoken(s);
	return KR_OK;
}

static enum kr_err consent(struct kr_case_state *s, const struct kr_case_act *act)
{
	struct kr_case_party *p = find(s, act->inbox);

	if (p == NULL || p->consented) {
		return KR_ERR_STATE;
	}
	p->consented = true;
	return KR_OK;
}

static enum kr_err share_identity(struct kr_case_state *s, const struct kr_case_act *act)
{
	const struct kr_case_party *p = find(s, act->inbox);

	return p != NULL && p->consented && is_in(p) ? KR_OK : KR_ERR_STATE;
}

bool kr_case_word_unread(const struct kr_case_state *state)
{
	return state->phase == KR_CASE_CLOSED && !state->withdrawn && !state->close_read;
}

static enum kr_err erase(struct kr_case_state *s, const struct kr_case_act *act)
{
	if (act->actor == KR_ACTOR_REPORTER && s->opened) {
		return KR_ERR_FORBIDDEN;
	}
	if (act->actor == KR_ACTOR_INBOX &&
		(s->phase != KR_CASE_CLOSED || kr_case_word_unread(s))) {
		return KR_ERR_STATE;
	}
	s->phase = KR_CASE_ERASED;
	return KR_OK;
}

static enum kr_err step(struct kr_case_state *s, const struct kr_case_act *act)
{
	switch (act->type) {
	case KR_EVENT_SUBMITTED:
		return submit(s, act);
	case KR_EVENT_ACKNOWLEDGED:
		open_case(s);
		return KR_OK;
	case KR_EVENT_FOLLOW_UP:
	case KR_EVENT_QUESTION:
		return follow_up(s, act);
	case KR_EVENT_PROMISE:
		s->overdue = false;
		s->num_promises++;
		return KR_OK;
	case KR_EVENT_URGENCY_CHANGED:
		return change_urgency(s, act);
	case KR_EVENT_HANDOVER_OFFERED:
		return offer(s, act);
	case KR_EVENT_HANDOVER_ACCEPTED:
		return accept(s, act);
	case KR_EVENT_HANDOVER_DECLINED:
	case KR_EVENT_PARTED:
		return decline(s, act);
	case KR_EVENT_CONSULTED:
	case KR_EVENT_JOIN_INVITED:
		return consult_or_invite(s, act);
	case KR_EVENT_JOINED:
		let_in(find(s, act->by), KR_PARTY_JOINED);
		return KR_OK;
	case KR_EVENT_OVERDUE:
		return overdue(s, act);
	case KR_EVENT_CLOSED:
	case KR_EVENT_WITHDRAWN:
		return close_case(s, act->type == KR_EVENT_WITHDRAWN);
	case KR_EVENT_CLOSE_READ:
		return read_close(s);
	case KR_EVENT_REOPENED:
		return reopen(s, act);
	case KR_EVENT_CONSENTED:
		return consent(s, act);
	case KR_EVENT_IDENTITY_SHARED:
		return share_identity(s, act);
	case KR_EVENT_ERASED:
	case KR_EVENT_EXPIRED:
		return erase(s, act);
	default: /* answer, advised: they change nothing */
		return KR_OK;
	}
}

enum kr_err kr_case_apply(struct kr_case_state *state, const struct kr_case_act *act)
{
	struct kr_case_state next = *state;
	enum kr_err err;

	if ((err = check(&next, act)) || (err = spend(&next, act)) ||
		(err = step(&next, act))) {
		return err;
	}
	next.until_ms = next.phase == KR_CASE_ERASED ? 0 : act->until_ms;
	*state = next;
	return KR_OK;
}

void kr_case_act_of(struct kr_case_act *out, enum kr_event_type type,
	const struct kr_event_head *head)
{
	*out = (struct kr_case_act){
		.type = type,
		.actor = KR_ACTOR_INBOX,
		.by = head->by.data,
		.inbox = head->inbox.data,
		.fallback = head->fallback.data,
		.key = head->key.data,
		.urgency = head->urgency,
		.until_ms = head->until_ms,
	};
	if (type == KR_EVENT_OVERDUE || type == KR_EVENT_EXPIRED) {
		out->actor = KR_ACTOR_RELAY;
	} else if (is_none(head->by.data)) {
		out->actor = KR_ACTOR_REPORTER;
	}
}
