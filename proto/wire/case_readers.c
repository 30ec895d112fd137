/* Who has to be able to read an event, and who gets which wrap: CASES.md §5 and §7. And a
 * state as bytes. */
#include <kring/case.h>

#include <string.h>

/* The table's column "words to". */
enum audience {
	NOBODY,
	INBOXES,
	ALL,
};

static enum audience audience_of(enum kr_event_type type)
{
	switch (type) {
	case KR_EVENT_OVERDUE:
	case KR_EVENT_CLOSE_READ:
	case KR_EVENT_CONSENTED:
	case KR_EVENT_IDENTITY_SHARED:
	case KR_EVENT_ERASED:
	case KR_EVENT_EXPIRED:
		return NOBODY;
	case KR_EVENT_SUBMITTED:
	case KR_EVENT_ANSWER:
	case KR_EVENT_CONSULTED:
	case KR_EVENT_ADVISED:
	case KR_EVENT_WITHDRAWN:
		return INBOXES;
	default:
		return ALL;
	}
}

static bool asks(enum kr_event_type type)
{
	return type == KR_EVENT_HANDOVER_OFFERED || type == KR_EVENT_CONSULTED ||
		type == KR_EVENT_JOIN_INVITED;
}

/* 0: it gets none. */
static unsigned purpose_of(const struct kr_case_party *p)
{
	enum kr_party_role role = p->role;

	if ((role == KR_PARTY_OFFERED || role == KR_PARTY_INVITED ||
		    role == KR_PARTY_CONSULTED) &&
		p->before == KR_PARTY_JOINED) {
		role = KR_PARTY_JOINED;
	} else if (role == KR_PARTY_CONSULTED) {
		role = p->before;
	}
	switch (role) {
	case KR_PARTY_OWNER:
	case KR_PARTY_JOINED:
		return KR_WRAP_PARTY;
	case KR_PARTY_FALLBACK:
	case KR_PARTY_OFFERED:
	case KR_PARTY_INVITED:
		return KR_WRAP_WAITING;
	default:
		return 0;
	}
}

static size_t add(struct kr_recipient *out, size_t num, unsigned purpose,
	const uint8_t party[KR_ID_BYTES])
{
	out[num] = (struct kr_recipient){.purpose = (enum kr_wrap_purpose)purpose};
	if (party != NULL) {
		memcpy(out[num].party, party, KR_ID_BYTES);
	}
	return num + 1;
}

static bool is_none(const uint8_t *id)
{
	static const uint8_t zero[KR_ID_BYTES];

	return id == NULL || memcmp(id, zero, KR_ID_BYTES) == 0;
}

static size_t first_readers(const struct kr_case_act *act, struct kr_recipient *out)
{
	size_t num = add(out, 0, KR_WRAP_PARTY, act->inbox);

	return is_none(act->fallback) ? num
				      : add(out, num, KR_WRAP_WAITING, act->fallback);
}

size_t kr_case_readers(const struct kr_case_state *state, const struct kr_case_act *act,
	struct kr_recipient out[KR_CASE_PARTIES_MAX + 1])
{
	enum audience audience = audience_of(act->type);
	bool asked = !asks(act->type);
	size_t num = 0;

	if (audience == NOBODY) {
		return 0;
	}
	if (act->type == KR_EVENT_SUBMITTED) {
		return first_readers(act, out);
	}
	for (size_t i = 0; i < state->num_parties; i++) {
		const struct kr_case_party *p = &state->parties[i];
		unsigned purpose = purpose_of(p);

		if (p->role == KR_PARTY_NONE) {
			continue;
		}
		if (!asked && memcmp(p->inbox, act->inbox, KR_ID_BYTES) == 0) {
			asked = true;
			purpose = purpose == KR_WRAP_PARTY ? purpose : KR_WRAP_OFFER;
		}
		if (purpose != 0) {
			num = add(out, num, purpose, p->inbox);
		}
	}
	if (!asked && num < KR_CASE_PARTIES_MAX) {
		num = add(out, num, KR_WRAP_OFFER, act->inbox);
	}
	if (audience == ALL && act->actor != KR_ACTOR_REPORTER) {
		num = add(out, num, KR_WRAP_REPORTER, NULL);
	}
	return num;
}

/* ---- The second envelope ---------------------------------------------------------- */

/* Whom the identity or the keys of an event go to. */
static size_t second_readers(const struct kr_case_state *state,
	const struct kr_case_act *act, struct kr_recipient out[2])
{
	const struct kr_case_party *fallback = kr_case_fallback(state);

	switch (act->type) {
	case KR_EVENT_SUBMITTED:
		return first_readers(act, out);
	case KR_EVENT_HANDOVER_OFFERED:
	case KR_EVENT_JOIN_INVITED:
		return add(out, 0, KR_WRAP_WAITING, act->inbox);
	case KR_EVENT_CONSULTED:
		return add(out, 0, KR_WRAP_OFFER, act->inbox);
	case KR_EVENT_IDENTITY_SHARED:
		return add(out, 0, KR_WRAP_PARTY, act->inbox);
	default:
		return fallback != NULL ? add(out, 0, KR_WRAP_WAITING, fallback->inbox)
					: 0;
	}
}

static enum kr_err match(const struct kr_case_event *e, size_t *at, size_t envelope,
	const struct kr_recipient *wanted, size_t num)
{
	for (size_t i = 0; i < num; i++, (*at)++) {
		const struct kr_recipient *r = &e->recipients[*at];

		if (*at >= e->num_recipients || r->envelope != envelope ||
			r->purpose != wanted[i].purpose ||
			memcmp(r->party, wanted[i].party, KR_ID_BYTES) != 0) {
			return KR_ERR_RECIPIENTS;
		}
	}
	return KR_OK;
}

enum kr_err kr_case_recipients_check(const struct kr_case_state *state,
	const struct kr_case_act *act, const struct kr_case_event *e)
{
	struct kr_recipient wanted[KR_CASE_PARTIES_MAX + 1];
	size_t num = kr_case_readers(state, act, wanted);
	size_t envelope = 0;
	size_t at = 0;
	enum kr_err err;

	if (num > 0) {
		if ((err = match(e, &at, envelope++, wanted, num))) {
			return err;
		}
	}
	if (envelope < e->num_envelopes) {
		num = second_readers(state, act, wanted);
		err = num > 0 ? match(e, &at, envelope++, wanted, num)
			      : KR_ERR_RECIPIENTS;
		if (err != KR_OK) {
			return err;
		}
	}
	return envelope == e->num_envelopes && at == e->num_recipients
		? KR_OK
		: KR_ERR_RECIPIENTS;
}

bool kr_case_may_have(const struct kr_case_state *state, const struct kr_recipient *to,
	const uint8_t *inbox)
{
	const struct kr_case_party *p;

	if (inbox == NULL || to->purpose == KR_WRAP_REPORTER) {
		return inbox == NULL && to->purpose == KR_WRAP_REPORTER;
	}
	if (memcmp(to->party, inbox, KR_ID_BYTES) != 0) {
		return false;
	}
	p = kr_case_party(state, inbox);
	return p != NULL && kr_case_may_read(p) &&
		(p->admitted || to->purpose == KR_WRAP_OFFER);
}

/* ---- A state as bytes ------------------------------------------------------------- */

/* 1: without what was spent */
#define STATE_VERSION 2

static unsigned flags_of(const struct kr_case_state *s)
{
	return (s->opened ? 1U : 0) | (s->overdue ? 2U : 0) | (s->withdrawn ? 4U : 0) |
		(s->close_read ? 8U : 0);
}

void kr_case_state_write(struct kr_writer *w, const struct kr_case_state *state)
{
	kr_write_u8(w, STATE_VERSION);
	kr_write_u8(w, (uint8_t)state->phase);
	kr_write_fixed(w, kr_view(state->reporter_key, sizeof(state->reporter_key)));
	kr_write_u8(w, state->urgency);
	kr_write_u64(w, state->until_ms);
	kr_write_u8(w, (uint8_t)flags_of(state));
	kr_write_u8(w, state->num_promises);
	kr_write_u32(w, state->num_overdue);
	kr_write_u8(w, (uint8_t)state->num_parties);
	for (size_t i = 0; i < state->num_parties; i++) {
		const struct kr_case_party *p = &state->parties[i];

		kr_write_fixed(w, kr_view(p->inbox, sizeof(p->inbox)));
		kr_write_u8(w, (uint8_t)p->role);
		kr_write_u8(w, (uint8_t)p->before);
		kr_write_u8(w, (p->admitted ? 1 : 0) | (p->consented ? 2 : 0));
	}
	kr_write_u16(w, state->spent);
	for (size_t i = 0; i < state->num_parties; i++) {
		kr_write_u16(w, state->parties[i].spent);
	}
}

static enum kr_err read_party(struct kr_case_party *p, struct kr_reader *r)
{
	uint8_t role;
	uint8_t before;
	uint8_t flags;
	enum kr_err err;

	if ((err = kr_read_copy(r, p->inbox, sizeof(p->inbox))) ||
		(err = kr_read_u8(r, &role)) || (err = kr_read_u8(r, &before)) ||
		(err = kr_read_u8(r, &flags))) {
		return err;
	}
	if (role > KR_PARTY_FORMER || before > KR_PARTY_FORMER || flags > 3) {
		return KR_ERR_ENCODING;
	}
	p->role = (enum kr_party_role)role;
	p->before = (enum kr_party_role)before;
	p->admitted = (flags & 1) != 0;
	p->consented = (flags & 2) != 0;
	return KR_OK;
}

static enum kr_err read_spent(struct kr_case_state *s, struct kr_reader *r)
{
	enum kr_err err = kr_read_u16(r, &s->spent);

	for (size_t i = 0; err == KR_OK && i < s->num_parties; i++) {
		err = kr_read_u16(r, &s->parties[i].spent);
	}
	return err;
}

static enum kr_err read_state(struct kr_case_state *s, struct kr_reader *r)
{
	uint8_t version;
	uint8_t phase;
	uint8_t flags;
	uint8_t num;
	enum kr_err err;

	if ((err = kr_read_u8(r, &version)) || (err = kr_read_u8(r, &phase)) ||
		(err = kr_read_copy(r, s->reporter_key, sizeof(s->reporter_key))) ||
		(err = kr_read_u8(r, &s->urgency)) ||
		(err = kr_read_u64(r, &s->until_ms)) || (err = kr_read_u8(r, &flags)) ||
		(err = kr_read_u8(r, &s->num_promises)) ||
		(err = kr_read_u32(r, &s->num_overdue)) || (err = kr_read_u8(r, &num))) {
		return err;
	}
	if (version == 0 || version > STATE_VERSION || phase > KR_CASE_ERASED ||
		s->urgency > KR_NUM_URGENCIES || flags > 15 ||
		num > KR_CASE_PARTIES_MAX) {
		return KR_ERR_ENCODING;
	}
	s->phase = (enum kr_case_phase)phase;
	s->opened = (flags & 1) != 0;
	s->overdue = (flags & 2) != 0;
	s->withdrawn = (flags & 4) != 0;
	s->close_read = (flags & 8) != 0;
	s->num_parties = num;
	for (size_t i = 0; err == KR_OK && i < num; i++) {
		err = read_party(&s->parties[i], r);
	}
	return err == KR_OK && version > 1 ? read_spent(s, r) : err;
}

enum kr_err kr_case_state_read(struct kr_case_state *out, struct kr_view bytes)
{
	struct kr_reader r = kr_reader(bytes);
	enum kr_err err;

	*out = (struct kr_case_state){0};
	if ((err = read_state(out, &r)) || (err = kr_read_end(&r))) {
		*out = (struct kr_case_state){0};
	}
	return err;
}
