#include "clients/report/show.h"

#include <stdlib.h>
#include <string.h>

#include "clients/machine/names.h"
#include "clients/report/state.h"

static const uint8_t zero_id[KR_ID_BYTES];

static bool is_id(struct kr_view id)
{
	return id.len == KR_ID_BYTES && memcmp(id.data, zero_id, KR_ID_BYTES) != 0;
}

static bool is_checked(const struct follow *follow, const struct entry *entry)
{
	return entry != NULL && entry->event.seq <= follow->chain.seq;
}

/* ---- Names ---------------------------------------------------------------------- */

/* The words of an event, if they are open. */
static bool words_of(const struct entry *entry, struct kr_words *words)
{
	return entry->words.data != NULL &&
		kr_words_read(words, kr_view_bytes(&entry->words)) == KR_OK;
}

/* What the inbox called itself when it last spoke; empty: it never did. */
static struct kr_view said_name(
	const struct follow *follow, const uint8_t id[KR_ID_BYTES])
{
	struct kr_view name = {0};

	for (const struct entry *e = follow->first; is_checked(follow, e); e = e->next) {
		struct kr_event_head head;
		struct kr_words words;

		if (words_of(e, &words) &&
			kr_event_head_read(&head, e->event.type, e->event.head) ==
				KR_OK &&
			kr_view_equal(head.by, kr_view(id, KR_ID_BYTES))) {
			name = words.inbox;
		}
	}
	return name;
}

/* By its words; else, if the signal was sent from here, by its card. "" if neither
 * says. */
static bool add_name(cJSON *object, const char *member, const struct kr_report *report,
	const uint8_t id[KR_ID_BYTES])
{
	uint8_t storage[KR_INBOX_CARD_MAX];
	struct kr_view name = said_name(&report->follow, id);
	bool added;

	if (name.len == 0 && memcmp(id, report->choice.id, KR_ID_BYTES) == 0) {
		name = choice_name(report, storage);
	}
	added = json_add_text(object, member, name);
	kr_wipe(storage, sizeof(storage));
	return added;
}

/* ---- The timeline --------------------------------------------------------------- */

static bool is_the_relay(unsigned type)
{
	return type == KR_EVENT_OVERDUE || type == KR_EVENT_EXPIRED;
}

static bool add_by(cJSON *item, const struct kr_report *report, const struct entry *entry,
	const struct kr_event_head *head)
{
	if (is_id(head->by)) {
		return add_name(item, "by", report, head->by.data) &&
			json_add_bytes(item, "by_inbox", head->by);
	}
	return json_add_str(
		item, "by", is_the_relay(entry->event.type) ? "relay" : "reporter");
}

static bool add_words(cJSON *item, const struct entry *entry)
{
	struct kr_words words;

	if (!words_of(entry, &words)) {
		return !entry->is_unreadable || json_add_flag(item, "unreadable", true);
	}
	return (words.author.len == 0 || json_add_text(item, "author", words.author)) &&
		json_add_text(item, "text", words.text) &&
		(words.outcome == KR_OUTCOME_NONE ||
			json_add_str(item, "outcome",
				names_of(names_outcome, words.outcome, "other")));
}

/* The inbox that it is about. */
static bool add_about(
	cJSON *item, const struct kr_report *report, const struct kr_event_head *head)
{
	return !is_id(head->inbox) ||
		(json_add_bytes(item, "inbox", head->inbox) &&
			add_name(item, "inbox_name", report, head->inbox.data));
}

static bool add_entry(
	cJSON *list, const struct kr_report *report, const struct entry *entry)
{
	const struct kr_event *event = &entry->event;
	cJSON *item = json_append_object(list);
	struct kr_event_head head;

	if (kr_event_head_read(&head, event->type, event->head) != KR_OK) {
		return false;
	}
	return json_add_number(item, "seq", event->seq) &&
		json_add_number(item, "time", event->time_ms) &&
		json_add_str(item, "type", kr_event_info(event->type)->name) &&
		add_by(item, report, entry, &head) && add_words(item, entry) &&
		(event->type != KR_EVENT_PROMISE ||
			json_add_number(item, "date", head.until_ms)) &&
		add_about(item, report, &head) &&
		(head.urgency == 0 ||
			json_add_str(item, "urgency",
				names_of(names_urgency, head.urgency, "no_hurry"))) &&
		(head.until_ms == 0 || json_add_number(item, "until", head.until_ms));
}

static bool add_timeline(cJSON *answer, const struct kr_report *report)
{
	const struct follow *follow = &report->follow;
	cJSON *list = json_add_array(answer, "timeline");

	for (const struct entry *e = follow->first; list != NULL && is_checked(follow, e);
		e = e->next) {
		if (!add_entry(list, report, e)) {
			return false;
		}
	}
	return list != NULL;
}

/* ---- Parties -------------------------------------------------------------------- */

static bool add_parties(cJSON *answer, const struct kr_report *report)
{
	const struct kr_case_state *state = &report->follow.chain.state;
	cJSON *list = json_add_array(answer, "parties");

	for (size_t i = 0; list != NULL && i < state->num_parties; i++) {
		const struct kr_case_party *party = &state->parties[i];
		cJSON *item;

		if (party->role == KR_PARTY_NONE) {
			continue;
		}
		item = json_append_object(list);
		if (!json_add_id(item, "inbox", party->inbox) ||
			!add_name(item, "name", report, party->inbox) ||
			!json_add_str(item, "role",
				names_of(names_party, (uint8_t)party->role, "none")) ||
			!json_add_flag(item, "consented", party->consented)) {
			return false;
		}
	}
	return list != NULL;
}

/* ---- The whole ------------------------------------------------------------------ */

static bool is_running(const struct kr_case_state *state)
{
	return state->phase == KR_CASE_NEW || state->phase == KR_CASE_OPEN;
}

static bool add_call(cJSON *answer, const struct kr_report *report)
{
	uint8_t storage[KR_INBOX_CARD_MAX];
	struct kr_view call = choice_call(report, storage);
	bool added = call.len == 0 || json_add_text(answer, "call", call);

	kr_wipe(storage, sizeof(storage));
	return added;
}

/* Which of the two is wrong nobody can tell but who looks at a third. */
static bool add_clock_ahead(cJSON *answer, const struct kr_report *report)
{
	int64_t ahead_ms = report->link.clock_ahead_ms;

	return llabs(ahead_ms) <= LINK_CLOCKS_DIFFER_MS ||
		cJSON_AddNumberToObject(answer, "clock_ahead", (double)ahead_ms) != NULL;
}

/* P7: when the time has passed and nobody has spoken, the reporter is told to call. */
static bool add_state(cJSON *answer, const struct kr_report *report)
{
	const struct kr_case_state *state = &report->follow.chain.state;
	const struct kr_case_party *owner = kr_case_owner(state);
	bool is_late = is_running(state) && link_relay_time(report) >= state->until_ms;
	bool is_overdue = state->overdue || is_late;
	bool is_not_opened = is_overdue && !state->opened && state->phase == KR_CASE_NEW;
	enum kr_case_phase phase =
		report->follow.is_erased ? KR_CASE_ERASED : state->phase;

	return json_add_str(
		       answer, "state", names_of(names_phase, (uint8_t)phase, "new")) &&
		json_add_flag(answer, "opened", state->opened) &&
		json_add_flag(answer, "withdrawn", state->withdrawn) &&
		(state->urgency == 0 ||
			json_add_str(answer, "urgency",
				names_of(names_urgency, state->urgency, "no_hurry"))) &&
		(owner != NULL ? add_name(answer, "owner", report, owner->inbox)
			       : json_add_str(answer, "owner", "")) &&
		(!is_running(state) ||
			json_add_number(answer, "until", state->until_ms)) &&
		add_clock_ahead(answer, report) &&
		json_add_flag(answer, "overdue", is_overdue) &&
		json_add_flag(answer, "not_opened", is_not_opened) &&
		(!is_not_opened || add_call(answer, report));
}

enum kr_err report_ask_case(const struct kr_report *report, cJSON *answer)
{
	const struct follow *follow = &report->follow;

	if (!follow->is_begun) {
		return KR_ERR_STATE;
	}
	return json_add_id(answer, "case", follow->keys.locator) &&
			add_state(answer, report) && add_parties(answer, report) &&
			add_timeline(answer, report) &&
			alarms_add(answer, &report->alarms) && acts_add(answer, report)
		? KR_OK
		: KR_ERR_MEMORY;
}
