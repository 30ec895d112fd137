#include "clients/report/follow.h"

#include <stdlib.h>
#include <string.h>

#include "clients/report/commands.h"
#include "clients/report/show.h"
#include "clients/report/state.h"
#include "clients/report/words.h"

/* What clocks may differ by before silence counts as a lie. */
#define GRACE_MS ((uint64_t)60000)

/* ---- Beginning and end ---------------------------------------------------------- */

static void entry_free(struct entry *entry)
{
	kr_bytes_free(&entry->bytes);
	kr_bytes_free(&entry->words);
	kr_wipe(entry, sizeof(*entry));
	free(entry);
}

void follow_wipe(struct follow *follow)
{
	while (follow->first != NULL) {
		struct entry *entry = follow->first;

		follow->first = entry->next;
		entry_free(entry);
	}
	kr_receipt_keys_wipe(&follow->keys);
	kr_wipe(follow, sizeof(*follow));
}

static void begin(struct follow *follow)
{
	follow->is_begun = true;
	follow->last = &follow->first;
	kr_case_chain_begin(&follow->chain, follow->keys.locator);
}

void follow_begin_sent(struct kr_report *report, const struct kr_receipt_keys *keys,
	const uint8_t sent_hash[KR_SHA256_BYTES], bool is_open)
{
	struct follow *follow = &report->follow;

	follow->keys = *keys;
	follow->is_sent = true;
	memcpy(follow->sent_hash, sent_hash, sizeof(follow->sent_hash));
	follow->is_open = is_open;
	begin(follow);
}

enum kr_err command_return(struct kr_report *report, const struct command *command)
{
	static const char *const names[] = {"url", "relay", "receipt", NULL};
	struct follow *follow = &report->follow;
	struct kr_receipt receipt;
	struct kr_view url;
	struct kr_view relay;
	struct kr_view text;
	enum kr_err err;

	if (report->choice.is_made || follow->is_begun) {
		return KR_ERR_STATE;
	}
	if ((err = json_only(command->args, names)) ||
		(err = json_text(command->args, "url", &url)) ||
		(err = json_text(command->args, "relay", &relay)) ||
		(err = json_text(command->args, "receipt", &text)) ||
		(err = kr_receipt_parse(&receipt, text))) {
		return err;
	}
	if ((err = link_set(report, url, relay)) == KR_OK &&
		(err = kr_receipt_keys(&follow->keys, &receipt, relay)) == KR_OK) {
		begin(follow);
		follow->command = command->id;
	}
	kr_wipe(&receipt, sizeof(receipt));
	return err;
}

/* What is not checked yet comes again. */
void follow_disconnected(struct kr_report *report)
{
	struct follow *follow = &report->follow;
	struct entry **at = &follow->first;

	if (!follow->is_begun) {
		return;
	}
	while (*at != NULL && (*at)->event.seq <= follow->chain.seq) {
		at = &(*at)->next;
	}
	while (*at != NULL) {
		struct entry *entry = *at;

		*at = entry->next;
		entry_free(entry);
		follow->num_entries--;
	}
	follow->last = at;
	follow->is_open = false;
	follow->is_subscribed = false;
	follow->has_gap = false;
	follow->head_seq = 0;
	follow->keys_after = 0;
}

/* ---- What comes ----------------------------------------------------------------- */

static enum kr_err stop(struct kr_report *report, enum kr_case_lie lie)
{
	report->follow.lie = lie;
	return report_alarm_raise(
		report, kr_case_lie_name(lie), report->follow.chain.seq + 1);
}

/* A copy of the event whose views point into the entry. */
static enum kr_err copy_event(struct entry *entry, const struct kr_event *event)
{
	enum kr_err err =
		kr_bytes_alloc(&entry->bytes, event->head.len + event->body.len);

	if (err != KR_OK) {
		return err;
	}
	entry->event = *event;
	if (event->author.len > 0) {
		/* Who it came from is a professional's account: in the signed record. */
		entry->event.author = kr_view(entry->author, sizeof(entry->author));
		memcpy(entry->author, event->author.data, sizeof(entry->author));
	}
	entry->event.head = kr_view(entry->bytes.data, event->head.len);
	entry->event.body = kr_view(entry->bytes.data + event->head.len, event->body.len);
	if (event->head.len > 0) {
		memcpy(entry->bytes.data, event->head.data, event->head.len);
	}
	if (event->body.len > 0) {
		memcpy(entry->bytes.data + event->head.len, event->body.data,
			event->body.len);
	}
	return KR_OK;
}

enum kr_err follow_event(
	struct kr_report *report, const struct kr_event_delivery *delivery)
{
	struct follow *follow = &report->follow;
	const struct kr_event *event = &delivery->event;
	struct entry *entry;

	if (!follow->is_subscribed || follow->has_gap || follow->lie != KR_CASE_TRUE ||
		!kr_topic_equal(&event->topic, &follow->chain.topic)) {
		return KR_OK;
	}
	/* What came before it counts, and is checked first. */
	if (event->seq != follow->num_entries + 1) {
		follow->has_gap = true;
		return KR_OK;
	}
	/* A relay could make up events without end while it is asked for a record. */
	if (follow->num_entries >= KR_CASE_EVENTS_MAX) {
		return stop(report, KR_LIE_STATE);
	}
	entry = calloc(1, sizeof(*entry));
	if (entry == NULL || copy_event(entry, event) != KR_OK) {
		free(entry);
		return KR_ERR_MEMORY;
	}
	memcpy(entry->hash, delivery->hash, sizeof(entry->hash));
	entry->tick = report->tick;
	*follow->last = entry;
	follow->last = &entry->next;
	follow->num_entries++;
	return KR_OK;
}

/* ---- Checking ------------------------------------------------------------------- */

struct entry *follow_entry(const struct follow *follow, uint64_t seq)
{
	struct entry *entry = follow->first;

	while (entry != NULL && entry->event.seq != seq) {
		entry = entry->next;
	}
	return entry;
}

/* An event with all that it is held against. */
struct step {
	struct entry *entry;
	struct kr_event_head head;
	struct kr_case_act act;
	bool is_signed;
	struct kr_case_event e;
	bool has_by;
	struct kr_inbox_record by;
	bool has_clock;
	struct kr_inbox_record clock;
};

/* Has the relay been asked for everything that could help? If not, it is now. */
static enum kr_err ask_for(struct kr_report *report, const uint8_t id[KR_ID_BYTES],
	uint64_t tick, bool *is_asked)
{
	*is_asked = true;
	if (!inbox_is_read(report, id, false, tick)) {
		return inbox_read(report, id, false);
	}
	if (!inbox_is_read(report, id, true, tick)) {
		return inbox_read(report, id, true);
	}
	*is_asked = false;
	return KR_OK;
}

/* The record that the author acted under. */
static enum kr_err find_by(struct kr_report *report, struct step *step, bool *is_asked)
{
	if (!step->is_signed || kr_is_zero(step->e.by, KR_ID_BYTES)) {
		return KR_OK;
	}
	step->has_by =
		inbox_numbered(&step->by, report, step->e.by, step->e.by_number) == KR_OK;
	return step->has_by ? KR_OK
			    : ask_for(report, step->e.by, step->entry->tick, is_asked);
}

/* The record that was in force for the clock's inbox when the relay took the event: that
 * of its author, who had to act under the newest, or else one of about that time. */
static enum kr_err find_clock(struct kr_report *report, struct step *step, bool *is_asked)
{
	const struct entry *entry = step->entry;
	const uint8_t *id = kr_case_clock_inbox(&report->follow.chain.state, &step->act);

	if (id == NULL) {
		return KR_OK;
	}
	if (step->has_by && memcmp(id, step->e.by, KR_ID_BYTES) == 0) {
		step->clock = step->by;
		step->has_clock = true;
		return KR_OK;
	}
	if (!inbox_is_read(report, id, false, entry->tick)) {
		*is_asked = true;
		return inbox_read(report, id, false);
	}
	/* Of those in between nothing is known until all were read. */
	if (!inbox_is_settled_at(report, id, entry->event.time_ms) &&
		!inbox_is_read(report, id, true, entry->tick)) {
		*is_asked = true;
		return inbox_read(report, id, true);
	}
	step->has_clock = inbox_of_clock(&step->clock, report, id, UINT64_MAX,
				  entry->event.time_ms) == KR_OK;
	return KR_OK;
}

/* It may have been an earlier one, unless its inbox has said which. */
static bool clock_before(const struct kr_report *report, struct step *step)
{
	uint8_t id[KR_ID_BYTES];

	kr_inbox_id(id, step->clock.identity_key);
	return step->has_clock &&
		!(step->has_by && memcmp(id, step->e.by, KR_ID_BYTES) == 0) &&
		inbox_of_clock(&step->clock, report, id, step->clock.number,
			step->entry->event.time_ms) == KR_OK;
}

/* The first event is this reporter's, and the very one that was sent. */
static enum kr_case_lie judge_first(
	const struct follow *follow, const struct entry *entry)
{
	if (memcmp(follow->chain.state.reporter_key, follow->keys.signing.public_key,
		    KR_ED25519_PUBLIC_BYTES) != 0) {
		return KR_LIE_SIGNATURE;
	}
	return follow->is_sent &&
			memcmp(entry->hash, follow->sent_hash, KR_SHA256_BYTES) != 0
		? KR_LIE_FORK
		: KR_CASE_TRUE;
}

static void note_words(struct follow *follow, const struct step *step)
{
	for (size_t i = 0; step->is_signed && i < step->e.num_recipients; i++) {
		if (step->e.recipients[i].purpose == KR_WRAP_REPORTER) {
			step->entry->has_words = true;
			step->entry->recipient = i;
			follow->num_words++;
		}
	}
}

static enum kr_err check_step(struct kr_report *report, struct step *step)
{
	struct follow *follow = &report->follow;
	struct kr_case_chain before = follow->chain;
	enum kr_case_lie lie = KR_CASE_TRUE;
	enum kr_err err;

	/* Every event has a clock's inbox, and whoever acts has a record; a relay that
	 * shows none is asked to, and hides it. */
	if ((step->is_signed && !kr_is_zero(step->e.by, KR_ID_BYTES) && !step->has_by) ||
		(!step->has_clock &&
			kr_case_clock_inbox(&follow->chain.state, &step->act) != NULL)) {
		return stop(report, KR_LIE_RECORD);
	}
	do {
		err = kr_case_chain_take(&follow->chain, &lie, &step->entry->event,
			step->entry->hash, step->is_signed ? &step->e : NULL,
			step->has_by ? &step->by : NULL,
			step->has_clock ? &step->clock : NULL,
			kr_view_str(report->link.relay));
	} while (err != KR_OK && lie == KR_LIE_CLOCK && clock_before(report, step));
	if (err == KR_OK && follow->chain.seq == 1) {
		lie = judge_first(follow, step->entry);
	}
	if (err != KR_OK || lie != KR_CASE_TRUE) {
		follow->chain = before;
		return stop(report, lie != KR_CASE_TRUE ? lie : KR_LIE_RECORD);
	}
	note_words(follow, step);
	return KR_OK;
}

static enum kr_err take_entry(
	struct kr_report *report, struct entry *entry, bool *is_asked)
{
	struct kr_bytes space;
	struct step *step;
	enum kr_err err = kr_bytes_alloc(&space, sizeof(*step));

	if (err != KR_OK) {
		return err;
	}
	step = (struct step *)(void *)space.data;
	step->entry = entry;
	step->is_signed = kr_case_event_read(&step->e, entry->event.body) == KR_OK;
	if (kr_event_head_read(&step->head, entry->event.type, entry->event.head) !=
		KR_OK) {
		err = stop(report, KR_LIE_HEAD);
	} else {
		kr_case_act_of(
			&step->act, (enum kr_event_type)entry->event.type, &step->head);
		if ((err = find_by(report, step, is_asked)) == KR_OK && !*is_asked &&
			(err = find_clock(report, step, is_asked)) == KR_OK &&
			!*is_asked) {
			err = check_step(report, step);
		}
	}
	kr_bytes_free(&space);
	return err;
}

static enum kr_err take_entries(struct kr_report *report, bool *is_asked)
{
	struct follow *follow = &report->follow;
	enum kr_err err = KR_OK;

	*is_asked = false;
	while (err == KR_OK && !*is_asked && follow->lie == KR_CASE_TRUE) {
		struct entry *entry = follow_entry(follow, follow->chain.seq + 1);

		if (entry == NULL) {
			return follow->has_gap ? stop(report, KR_LIE_ORDER) : KR_OK;
		}
		err = take_entry(report, entry, is_asked);
	}
	return err;
}

/* ---- The connection ------------------------------------------------------------- */

static enum kr_err fail(struct kr_report *report, const struct answer *answer)
{
	struct follow *follow = &report->follow;
	uint64_t command = follow->command;

	if (answer->retry == KR_RETRY_LATER) {
		return KR_OK;
	}
	if (command == 0) {
		/* It was there: whoever looks on is told that it is not any more. */
		return answer_is(answer, "auth_failed") ? stop(report, KR_LIE_ORDER)
							: link_give_up(report);
	}
	follow_wipe(follow);
	return output_failed(&report->outputs, command, answer->err, answer->code);
}

static enum kr_err opened(struct kr_report *report, const struct answer *answer)
{
	if (!answer->ok) {
		return fail(report, answer);
	}
	report->follow.is_open = true;
	return KR_OK;
}

static enum kr_err ask_open(struct kr_report *report)
{
	const struct follow *follow = &report->follow;
	struct kr_request request = {
		.verb = KR_VERB_CASE_OPEN,
		.fields = KR_R(TOPIC) | KR_R(SIG),
		.topic = follow->chain.topic,
	};
	KR_AUTO_WRITER struct kr_writer w = {0};

	kr_writer_init(&w);
	kr_case_open_tbs(&w, kr_view_str(report->link.relay), report->link.challenge,
		follow->keys.locator);
	if (w.err != KR_OK) {
		return w.err;
	}
	kr_ed25519_sign(request.sig, &follow->keys.signing, kr_writer_view(&w));
	return report_link_request(report, &request, opened);
}

static enum kr_err subscribed(struct kr_report *report, const struct answer *answer)
{
	struct follow *follow = &report->follow;

	if (answer_is(answer, "trimmed")) {
		follow->is_erased = true;
		follow->is_subscribed = true;
		return KR_OK;
	}
	if (!answer->ok) {
		return answer_is(answer, "cursor_ahead") ? stop(report, KR_LIE_ORDER)
							 : fail(report, answer);
	}
	follow->is_subscribed = true;
	(void)kr_json_get_u64(answer->doc, "seq", &follow->head_seq);
	/* A head behind what was seen before: the newest is hidden now. */
	return follow->head_seq < follow->chain.seq || follow->head_seq == 0
		? stop(report, KR_LIE_ORDER)
		: KR_OK;
}

static enum kr_err ask_events(struct kr_report *report)
{
	const struct follow *follow = &report->follow;
	struct kr_request request = {
		.verb = KR_VERB_TOPIC_SUBSCRIBE,
		.fields = KR_R(TOPIC) | KR_R(INCARNATION) | KR_R(AFTER),
		.topic = follow->chain.topic,
		.after = follow->chain.seq,
	};

	memcpy(request.incarnation, report->link.incarnation,
		sizeof(request.incarnation));
	return report_link_request(report, &request, subscribed);
}

/* ---- What follows from the state ------------------------------------------------ */

bool follow_wants_connection(const struct follow *follow)
{
	return follow->is_begun &&
		(follow->is_open || follow->lie == KR_CASE_TRUE || follow->command != 0);
}

bool follow_is_settled(const struct kr_report *report)
{
	const struct follow *follow = &report->follow;

	if (follow->is_erased || follow->lie != KR_CASE_TRUE) {
		return true;
	}
	return follow->is_subscribed && follow->chain.seq >= follow->head_seq &&
		follow_entry(follow, follow->chain.seq + 1) == NULL &&
		!words_are_missing(follow);
}

static enum kr_err tell_news(struct kr_report *report)
{
	struct follow *follow = &report->follow;

	for (struct entry *e = follow->first;
		e != NULL && e->event.seq <= follow->chain.seq; e = e->next) {
		cJSON *tell;
		enum kr_err err;

		if (e->is_told) {
			continue;
		}
		e->is_told = true;
		tell = cJSON_CreateObject();
		if (!json_add_str(tell, "tell", "case") ||
			!json_add_str(tell, "type", kr_event_info(e->event.type)->name) ||
			!json_add_number(tell, "seq", e->event.seq)) {
			cJSON_Delete(tell);
			return KR_ERR_MEMORY;
		}
		if ((err = output_tell(&report->outputs, tell))) {
			return err;
		}
	}
	return KR_OK;
}

static enum kr_err tell_late(struct kr_report *report, uint64_t until_ms)
{
	struct follow *follow = &report->follow;
	cJSON *tell;

	if (follow->late_ms == until_ms) {
		return KR_OK;
	}
	follow->late_ms = until_ms;
	tell = cJSON_CreateObject();
	if (!json_add_str(tell, "tell", "late") ||
		!json_add_number(tell, "until", until_ms)) {
		cJSON_Delete(tell);
		return KR_ERR_MEMORY;
	}
	return output_tell(&report->outputs, tell);
}

/* The clock by the relay's own time: a telephone that is wrong by a year is no lie. Nor
 * is one that slept, or was set, while it looked on: the relay has to say that it is so
 * late. */
static enum kr_err watch_clock(struct kr_report *report)
{
	const struct follow *follow = &report->follow;
	const struct kr_case_state *state = &follow->chain.state;
	uint64_t silent_ms = state->until_ms + GRACE_MS + 1;
	uint64_t said_ms = link_relay_said(report);
	uint64_t now_ms = link_relay_time(report);
	uint64_t next_ms = said_ms < state->until_ms ? state->until_ms : silent_ms;
	enum kr_err err = KR_OK;

	if ((state->phase != KR_CASE_NEW && state->phase != KR_CASE_OPEN) ||
		follow->lie != KR_CASE_TRUE || follow->is_erased) {
		return KR_OK;
	}
	if (said_ms >= silent_ms) {
		err = report_alarm_raise(report, "clock", 0);
	} else if (now_ms >= next_ms) {
		err = link_ask_time(report);
	} else {
		report_wake(report, report->now_ms + next_ms - now_ms);
	}
	return err != KR_OK || said_ms < state->until_ms
		? err
		: tell_late(report, state->until_ms);
}

static enum kr_err answer_return(struct kr_report *report)
{
	uint64_t command = report->follow.command;
	cJSON *answer = cJSON_CreateObject();
	enum kr_err err;

	if (answer == NULL) {
		return KR_ERR_MEMORY;
	}
	if ((err = report_ask_case(report, answer))) {
		cJSON_Delete(answer);
		return err;
	}
	report->follow.command = 0;
	return output_done(&report->outputs, command, answer);
}

enum kr_err follow_reconcile(struct kr_report *report)
{
	struct follow *follow = &report->follow;
	bool is_asked;
	enum kr_err err;

	if (!follow->is_begun || report->link.state != LINK_READY) {
		return KR_OK;
	}
	if (!follow->is_open && follow->lie == KR_CASE_TRUE) {
		return ask_open(report);
	}
	if (!follow->is_open) {
		return follow->command != 0 ? answer_return(report) : KR_OK;
	}
	if (!follow->is_subscribed && follow->lie == KR_CASE_TRUE) {
		return ask_events(report);
	}
	if ((err = take_entries(report, &is_asked)) || is_asked) {
		return err;
	}
	if (words_are_missing(follow) && (err = words_ask(report))) {
		return err;
	}
	if (!follow_is_settled(report)) {
		return KR_OK;
	}
	if ((err = tell_news(report)) || (err = watch_clock(report))) {
		return err;
	}
	return follow->command != 0 ? answer_return(report) : KR_OK;
}
