/* When the next word is due: CASES.md §8. */
#include <kring/case.h>

#define MS_PER_S   UINT64_C(1000)
#define MS_PER_MIN (60 * MS_PER_S)
#define MS_PER_DAY (24 * 60 * MS_PER_MIN)

/* ---- Office hours ----------------------------------------------------------------- */

static int64_t offset_ms(const struct kr_office_hours *hours, uint64_t at_ms)
{
	size_t i = hours->num_offsets;

	while (i > 1 && hours->offsets[i - 1].from_ms > at_ms) {
		i--;
	}
	return i == 0 ? 0 : (int64_t)hours->offsets[i - 1].minutes * (int64_t)MS_PER_MIN;
}

/* A minute of a local day as an instant, by the offset that is in force there. */
static uint64_t instant(
	const struct kr_office_hours *hours, uint64_t day, uint16_t minute)
{
	int64_t local = (int64_t)(day * MS_PER_DAY + minute * MS_PER_MIN);
	int64_t guess = local - offset_ms(hours, (uint64_t)local);

	guess = local - offset_ms(hours, guess < 0 ? 0 : (uint64_t)guess);
	return guess < 0 ? 0 : (uint64_t)guess;
}

static bool is_closed(const struct kr_office_hours *hours, uint64_t day)
{
	for (size_t i = 0; i < hours->num_closed; i++) {
		if (hours->closed[i] == day) {
			return true;
		}
	}
	return false;
}

uint64_t kr_office_deadline(
	const struct kr_office_hours *hours, uint64_t start_ms, uint32_t seconds)
{
	uint64_t latest_ms = start_ms + KR_INBOX_DEADLINE_MAX_S * MS_PER_S;
	uint64_t left_ms = seconds * MS_PER_S;
	int64_t local_ms = (int64_t)start_ms + offset_ms(hours, start_ms);
	uint64_t day = local_ms < 0 ? 0 : (uint64_t)local_ms / MS_PER_DAY;
	uint64_t at_ms = start_ms; /* all before it is counted: nothing counts twice */

	for (; instant(hours, day, 0) < latest_ms; day++) {
		size_t weekday = (day + 3) % 7; /* 1970-01-01 was a Thursday */

		for (size_t i = 0; !is_closed(hours, day) && i < hours->days[weekday].num;
			i++) {
			const struct kr_office_span *span =
				&hours->days[weekday].spans[i];
			uint64_t from_ms = instant(hours, day, span->from);
			uint64_t to_ms = instant(hours, day, span->to);

			from_ms = from_ms < at_ms ? at_ms : from_ms;
			if (from_ms >= to_ms) {
				continue;
			}
			if (to_ms - from_ms >= left_ms) {
				from_ms += left_ms;
				return from_ms < latest_ms ? from_ms : latest_ms;
			}
			left_ms -= to_ms - from_ms;
			at_ms = to_ms;
		}
	}
	return latest_ms;
}

/* ---- Clocks ----------------------------------------------------------------------- */

const uint8_t *kr_case_clock_inbox(
	const struct kr_case_state *state, const struct kr_case_act *act)
{
	const struct kr_case_party *fallback = kr_case_fallback(state);

	if (act->type == KR_EVENT_SUBMITTED) {
		return act->inbox;
	}
	if (act->type == KR_EVENT_HANDOVER_ACCEPTED) {
		return act->by;
	}
	if (act->type == KR_EVENT_OVERDUE && fallback != NULL) {
		return fallback->inbox;
	}
	return kr_case_owner(state) != NULL ? kr_case_owner(state)->inbox : NULL;
}

static uint64_t due(const struct kr_inbox_record *record, uint8_t urgency, bool is_new,
	uint64_t now_ms)
{
	const struct kr_inbox_deadline *d = &record->deadlines[urgency - 1];
	uint32_t seconds = is_new ? d->acknowledge_s : d->follow_up_s;

	return d->continuous ? now_ms + seconds * MS_PER_S
			     : kr_office_deadline(&record->hours, now_ms, seconds);
}

static enum kr_err promise(uint64_t *until_ms, const struct kr_case_state *state,
	const struct kr_inbox_record *record, uint64_t date_ms, uint64_t now_ms)
{
	if (date_ms <= now_ms || date_ms - now_ms > record->promise_s * MS_PER_S ||
		state->num_promises >= record->promises) {
		return KR_ERR_LIMIT;
	}
	*until_ms = date_ms;
	return KR_OK;
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* How long nothing is said again at least, when nobody speaks: of a case that ran out of
 * time so often a day, two, four …, in the end 2^16. One that nobody ever closes must not
 * grow longer than anybody reads. No clock that somebody's words start is put off. */
static uint64_t pause_ms(uint32_t num_overdue)
{
	uint32_t doublings = num_overdue - KR_CASE_OVERDUE_OFTEN;

	if (num_overdue < KR_CASE_OVERDUE_OFTEN) {
		return 0;
	}
	return MS_PER_DAY << (doublings < 16 ? doublings : 16);
}

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static bool by_owner(const struct kr_case_state *state, const struct kr_case_act *act)
{
	const struct kr_case_party *p = act->actor == KR_ACTOR_INBOX && act->by != NULL
		? kr_case_party(state, act->by)
		: NULL;

	return p != NULL && p->role == KR_PARTY_OWNER;
}

enum kr_err kr_case_clock(uint64_t *until_ms, const struct kr_case_state *state,
	const struct kr_case_act *act, const struct kr_inbox_record *record,
	uint64_t date_ms, uint64_t now_ms)
{
	*until_ms = state->until_ms;
	if (state->phase == KR_CASE_NONE && act->type != KR_EVENT_SUBMITTED) {
		return KR_ERR_STATE; /* there is no urgency yet */
	}
	switch (act->type) {
	case KR_EVENT_SUBMITTED:
	case KR_EVENT_REOPENED:
		*until_ms = due(record, act->urgency, true, now_ms);
		break;
	case KR_EVENT_OVERDUE:
		*until_ms = later(due(record, state->urgency, true, now_ms),
			now_ms + pause_ms(state->num_overdue));
		break;
	case KR_EVENT_ACKNOWLEDGED:
	case KR_EVENT_HANDOVER_ACCEPTED:
		*until_ms = due(record, state->urgency, false, now_ms);
		break;
	case KR_EVENT_FOLLOW_UP:
		if (by_owner(state, act)) {
			*until_ms = due(record, state->urgency, false, now_ms);
		}
		break;
	case KR_EVENT_URGENCY_CHANGED:
		*until_ms = sooner(state->until_ms,
			due(record, act->urgency, state->phase == KR_CASE_NEW, now_ms));
		break;
	case KR_EVENT_PROMISE:
		return promise(until_ms, state, record, date_ms, now_ms);
	case KR_EVENT_CLOSED:
		*until_ms = now_ms + record->retention_unread_s * MS_PER_S;
		break;
	case KR_EVENT_CLOSE_READ:
	case KR_EVENT_WITHDRAWN:
		*until_ms = now_ms + record->retention_s * MS_PER_S;
		break;
	case KR_EVENT_ERASED:
	case KR_EVENT_EXPIRED:
		*until_ms = 0;
		break;
	default:
		break;
	}
	return KR_OK;
}
