/* What events of inboxes and cases do to the facts of their topics. */
#include "server/store/apply.h"

#include <string.h>

#include <kring/case.h>

static const uint8_t zeroes[KR_ID_BYTES];

static struct kr_view view_id(const uint8_t id[KR_ID_BYTES])
{
	return kr_view(id, KR_ID_BYTES);
}

static enum kr_err mark(const struct change *c, enum fact_table table, struct kr_view key)
{
	return fact_put(c->facts, table, key, c->event->seq, kr_view(NULL, 0));
}

/* ---- Inboxes ---------------------------------------------------------------------- */

static enum kr_err apply_public(const struct change *c)
{
	struct be64 seq = be64(c->event->seq);

	return mark(c, FACT_PUBLIC, view_be64(&seq));
}

static bool list_has(struct kr_view list, const uint8_t *id)
{
	for (size_t at = 0; at < list.len; at += KR_ID_BYTES) {
		if (memcmp(list.data + at, id, KR_ID_BYTES) == 0) {
			return true;
		}
	}
	return false;
}

enum kr_err apply_inbox_set(const struct change *c)
{
	struct kr_view team = c->head.added;
	enum kr_err err;

	if ((err = apply_public(c)) || (err = mark(c, FACT_INBOX, kr_view(NULL, 0))) ||
		(err = fact_delete_all(c->facts, FACT_TEAM, kr_view(NULL, 0)))) {
		return err;
	}
	for (size_t at = 0; err == KR_OK && at < team.len; at += KR_ID_BYTES) {
		uint8_t administrator =
			list_has(c->head.admins_added, team.data + at) ? 1 : 0;

		err = fact_put(c->facts, FACT_TEAM, view_id(team.data + at),
			c->event->seq, kr_view(&administrator, 1));
	}
	return err;
}

enum kr_err apply_inbox_notice(const struct change *c)
{
	return apply_public(c);
}

/* ---- Cases ------------------------------------------------------------------------ */

static enum kr_err get_state(const struct change *c, struct kr_case_state *state)
{
	struct fact fact;
	enum kr_err err = fact_get(c->facts->tx, c->facts->db, c->facts->number,
		FACT_CASE, kr_view(NULL, 0), &fact);

	*state = (struct kr_case_state){0};
	if (err != KR_OK) {
		return err == KR_ERR_NOT_FOUND ? KR_OK : err;
	}
	return kr_case_state_read(state, fact.value) == KR_OK ? KR_OK
							      : KR_ERR_STORE_DAMAGED;
}

static enum kr_err put_state(const struct change *c, const struct kr_case_state *state)
{
	uint8_t space[KR_CASE_STATE_MAX];
	struct kr_writer w;

	kr_writer_init_fixed(&w, space, sizeof(space));
	kr_case_state_write(&w, state);
	return w.err != KR_OK ? w.err
			      : fact_put(c->facts, FACT_CASE, kr_view(NULL, 0),
					c->event->seq, kr_writer_view(&w));
}

struct clock_key {
	uint8_t bytes[KR_ID_BYTES];
};

static struct clock_key clock_key(const struct kr_case_state *state)
{
	struct be64 until = be64(state->until_ms);
	struct clock_key key = {{0}};

	memcpy(key.bytes, until.bytes, sizeof(until.bytes));
	key.bytes[CLOCK_CLOSED_AT] = state->phase == KR_CASE_CLOSED ? 1 : 0;
	key.bytes[CLOCK_OVERDUE_AT] = state->overdue ? 1 : 0;
	return key;
}

static bool has_clock(const struct kr_case_state *state)
{
	return state->phase != KR_CASE_NONE && state->phase != KR_CASE_ERASED;
}

static enum kr_err move_clock(const struct change *c, const struct kr_case_state *before,
	const struct kr_case_state *after)
{
	struct clock_key old = clock_key(before);
	struct clock_key new = clock_key(after);
	enum kr_err err = KR_OK;

	if (has_clock(before)) {
		err = fact_delete(c->facts, FACT_CLOCK, view_id(old.bytes));
	}
	if (err == KR_OK && has_clock(after)) {
		err = mark(c, FACT_CLOCK, view_id(new.bytes));
	}
	return err;
}

/* Of an erased case nobody has to know but who looks for it. */
static bool reads(const struct kr_case_state *state, const uint8_t *inbox)
{
	const struct kr_case_party *party = kr_case_party(state, inbox);

	return has_clock(state) && party != NULL && kr_case_may_read(party);
}

static enum kr_err let_read(const struct change *c, const uint8_t *inbox)
{
	uint8_t notes[KR_ID_BYTES];
	enum kr_err err = mark(c, FACT_PARTY, view_id(inbox));

	kr_notes_id(notes, c->facts->topic.id, inbox);
	return err != KR_OK ? err
			    : fact_put(c->facts, FACT_NOTES, view_id(notes),
				      c->event->seq, view_id(inbox));
}

static enum kr_err move_parties(const struct change *c,
	const struct kr_case_state *before, const struct kr_case_state *after)
{
	enum kr_err err = KR_OK;

	for (size_t i = 0; err == KR_OK && i < before->num_parties; i++) {
		const uint8_t *inbox = before->parties[i].inbox;

		if (reads(before, inbox) && !reads(after, inbox)) {
			err = fact_delete(c->facts, FACT_PARTY, view_id(inbox));
		}
	}
	for (size_t i = 0; err == KR_OK && i < after->num_parties; i++) {
		const uint8_t *inbox = after->parties[i].inbox;

		if (reads(after, inbox) && !reads(before, inbox)) {
			err = let_read(c, inbox);
		}
	}
	return err;
}

enum kr_err facts_trimmed(const struct facts *facts, const struct store_topic *topic)
{
	return facts->topic.kind == KR_TOPIC_CASE && topic->trimmed_seq + 1 >= topic->seq
		? fact_delete(facts, FACT_ERASED, view_id(zeroes))
		: KR_OK;
}

enum kr_err apply_case(const struct change *c)
{
	struct kr_case_state before;
	struct kr_case_state after;
	struct kr_case_act act;
	enum kr_err err = get_state(c, &before);

	if (err != KR_OK) {
		return err;
	}
	after = before;
	kr_case_act_of(&act, (enum kr_event_type)c->event->type, &c->head);
	if (kr_case_apply(&after, &act) != KR_OK) {
		return KR_OK; /* it changes nothing */
	}
	if ((err = put_state(c, &after)) || (err = move_clock(c, &before, &after)) ||
		(err = move_parties(c, &before, &after)) ||
		after.phase != KR_CASE_ERASED) {
		return err;
	}
	return mark(c, FACT_ERASED, view_id(zeroes));
}
