#include "clients/report/inbox.h"

#include <stdlib.h>
#include <string.h>

#include "clients/report/state.h"

/* A relay could give out records without end. */
#define RECORDS_MAX 256
#define INBOXES_MAX 64

/* ---- What is known -------------------------------------------------------------- */

static struct inbox *find(const struct inboxes *inboxes, const uint8_t id[KR_ID_BYTES])
{
	struct inbox *inbox = inboxes->first;

	while (inbox != NULL && memcmp(inbox->id, id, KR_ID_BYTES) != 0) {
		inbox = inbox->next;
	}
	return inbox;
}

/* The one with this id, made if there is none. */
static enum kr_err obtain(
	struct inboxes *inboxes, const uint8_t id[KR_ID_BYTES], struct inbox **out)
{
	size_t num = 0;

	*out = find(inboxes, id);
	if (*out != NULL) {
		return KR_OK;
	}
	for (const struct inbox *i = inboxes->first; i != NULL; i = i->next) {
		num++;
	}
	if (num >= INBOXES_MAX) {
		return KR_ERR_LIMIT;
	}
	*out = calloc(1, sizeof(**out));
	if (*out == NULL) {
		return KR_ERR_MEMORY;
	}
	memcpy((*out)->id, id, KR_ID_BYTES);
	(*out)->next = inboxes->first;
	inboxes->first = *out;
	return KR_OK;
}

void inboxes_wipe(struct inboxes *inboxes)
{
	while (inboxes->first != NULL) {
		struct inbox *inbox = inboxes->first;

		inboxes->first = inbox->next;
		while (inbox->records != NULL) {
			struct inbox_record *record = inbox->records;

			inbox->records = record->next;
			kr_bytes_free(&record->bytes);
			free(record);
		}
		kr_wipe(inbox, sizeof(*inbox));
		free(inbox);
	}
	kr_wipe(inboxes, sizeof(*inboxes));
}

static enum kr_err reread(struct kr_inbox_record *out, const struct inbox_record *record)
{
	return record == NULL ? KR_ERR_NOT_FOUND
			      : kr_inbox_record_read(out, kr_view_bytes(&record->bytes));
}

static const struct inbox_record *records_of(
	const struct kr_report *report, const uint8_t id[KR_ID_BYTES])
{
	const struct inbox *inbox = find(&report->inboxes, id);

	return inbox != NULL ? inbox->records : NULL;
}

enum kr_err inbox_newest(struct kr_inbox_record *out, const struct kr_report *report,
	const uint8_t id[KR_ID_BYTES])
{
	return reread(out, records_of(report, id));
}

enum kr_err inbox_numbered(struct kr_inbox_record *out, const struct kr_report *report,
	const uint8_t id[KR_ID_BYTES], uint64_t number)
{
	const struct inbox_record *record = records_of(report, id);

	while (record != NULL && record->number != number) {
		record = record->next;
	}
	return reread(out, record);
}

enum kr_err inbox_of_clock(struct kr_inbox_record *out, const struct kr_report *report,
	const uint8_t id[KR_ID_BYTES], uint64_t below, uint64_t time_ms)
{
	uint64_t until_ms = UINT64_MAX;

	for (const struct inbox_record *r = records_of(report, id); r != NULL;
		r = r->next) {
		if (r->number < below &&
			kr_case_clock_fits(&report->follow.chain, id, r->number,
				r->since_ms, until_ms, time_ms)) {
			return reread(out, r);
		}
		until_ms = r->since_ms;
	}
	return KR_ERR_NOT_FOUND;
}

bool inbox_is_settled_at(
	const struct kr_report *report, const uint8_t id[KR_ID_BYTES], uint64_t time_ms)
{
	const struct inbox_record *record = records_of(report, id);

	return record != NULL && record->since_ms + KR_CASE_CLOCK_BACK_MS < time_ms;
}

/* ---- What comes ----------------------------------------------------------------- */

/* Does it come from this inbox, and from this relay? */
static const char *fault_of(const struct kr_report *report, const struct kr_event *event,
	const struct kr_inbox_record *record)
{
	uint8_t id[KR_ID_BYTES];

	kr_inbox_id(id, record->identity_key);
	if (memcmp(id, event->topic.id, sizeof(id)) != 0) {
		return "signature";
	}
	return memcmp(record->relay_key, report->link.relay_key,
		       sizeof(record->relay_key)) != 0
		? "relay_changed"
		: NULL;
}

static enum kr_err add(struct inbox *inbox, uint64_t number, const struct kr_event *event)
{
	struct inbox_record **at = &inbox->records;
	struct inbox_record *record;
	size_t num = 0;

	for (const struct inbox_record *r = inbox->records; r != NULL; r = r->next) {
		num++;
	}
	if (num >= RECORDS_MAX) {
		return KR_OK;
	}
	while (*at != NULL && (*at)->number > number) {
		at = &(*at)->next;
	}
	record = calloc(1, sizeof(*record));
	if (record == NULL || kr_bytes_copy(&record->bytes, event->body) != KR_OK) {
		free(record);
		return KR_ERR_MEMORY;
	}
	record->number = number;
	record->since_ms = event->time_ms;
	record->next = *at;
	*at = record;
	return KR_OK;
}

/* One number is one record, and the newest is not older than one that was seen. */
static enum kr_err take_record(struct kr_report *report, struct inbox *inbox,
	const struct kr_inbox_record *record, const struct kr_event *event)
{
	for (const struct inbox_record *r = inbox->records; r != NULL; r = r->next) {
		if (r->number == record->number) {
			return kr_view_equal(kr_view_bytes(&r->bytes), event->body)
				? KR_OK
				: report_alarm_raise(report, "record", 0);
		}
	}
	if (inbox->records != NULL && record->number < inbox->records->number &&
		!report->inboxes.asked_history) {
		return report_alarm_raise(report, "record", 0);
	}
	return add(inbox, record->number, event);
}

enum kr_err inbox_event(struct kr_report *report, const struct kr_event *event)
{
	struct inboxes *inboxes = &report->inboxes;
	struct inbox *inbox = find(inboxes, event->topic.id);
	struct kr_inbox_record record;
	const char *fault = "signature";

	if (event->type != KR_EVENT_INBOX_SET || inbox == NULL ||
		memcmp(event->topic.id, inboxes->asked_id, KR_ID_BYTES) != 0) {
		return KR_OK; /* nobody asked */
	}
	if (kr_inbox_record_read(&record, event->body) == KR_OK) {
		fault = fault_of(report, event, &record);
	}
	return fault != NULL ? report_alarm_raise(report, fault, 0)
			     : take_record(report, inbox, &record, event);
}

/* ---- Asking --------------------------------------------------------------------- */

bool inbox_is_read(const struct kr_report *report, const uint8_t id[KR_ID_BYTES],
	bool history, uint64_t tick)
{
	const struct inbox *inbox = find(&report->inboxes, id);

	return inbox != NULL &&
		(history ? inbox->history_tick : inbox->newest_tick) >= tick;
}

static enum kr_err answered(struct kr_report *report, const struct answer *answer)
{
	struct inboxes *inboxes = &report->inboxes;
	struct inbox *inbox = find(inboxes, inboxes->asked_id);
	bool more = false;

	if (inbox == NULL || (!answer->ok && answer->retry == KR_RETRY_LATER)) {
		return KR_OK;
	}
	if (answer->ok && inboxes->asked_history &&
		kr_json_get_bool(answer->doc, "more", &more) == KR_OK && more) {
		uint64_t next = 0;

		(void)kr_json_get_u64(answer->doc, "next", &next);
		/* Another page; one that leads nowhere is the last. */
		if (next > inboxes->asked_after) {
			inboxes->asked_after = next;
			return KR_OK;
		}
	}
	inbox->newest_tick = inboxes->asked_tick;
	if (inboxes->asked_history) {
		inbox->history_tick = inboxes->asked_tick;
		inboxes->asked_history = false;
	}
	return KR_OK;
}

enum kr_err inbox_read(
	struct kr_report *report, const uint8_t id[KR_ID_BYTES], bool history)
{
	struct inboxes *inboxes = &report->inboxes;
	struct kr_request request = {
		.verb = KR_VERB_INBOX_READ,
		.fields = KR_R(TOPIC),
		.topic = kr_topic(KR_TOPIC_INBOX, id),
	};
	struct inbox *inbox;
	enum kr_err err;

	if (!link_is_free(report)) {
		return KR_OK;
	}
	if ((err = obtain(inboxes, id, &inbox))) {
		return err;
	}
	if (!history || !inboxes->asked_history ||
		memcmp(inboxes->asked_id, id, KR_ID_BYTES) != 0) {
		memcpy(inboxes->asked_id, id, KR_ID_BYTES);
		inboxes->asked_history = history;
		inboxes->asked_tick = report->tick;
		inboxes->asked_after = 0;
	}
	if (history) {
		request.fields |= KR_R(AFTER);
		request.after = inboxes->asked_after;
	}
	return report_link_request(report, &request, answered);
}
