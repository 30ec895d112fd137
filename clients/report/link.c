#include "clients/report/link.h"

#include <stdlib.h>
#include <string.h>

#include "clients/report/state.h"

/* Waiting before the n-th attempt: a random time below 1 s, 2 s, 4 s … */
#define RETRY_FIRST_MS  ((uint64_t)1000)
#define RETRY_DOUBLINGS 6
#define RETRY_LATER_MS  ((uint64_t)5000)
#define URL_MAX         ((size_t)1024)
#define IDLE_MS         ((uint64_t)60000)
/* A connection can die without a word: nothing is waited for longer than this. */
#define PATIENCE_MS ((uint64_t)60000)

/* ---- State ---------------------------------------------------------------------- */

static const char *const state_names[] = {
	[LINK_OFF] = "offline",
	[LINK_WAITING] = "waiting",
	[LINK_CONNECTING] = "connecting",
	[LINK_HELLO] = "connecting",
	[LINK_READY] = "online",
};

static enum kr_err set_state(struct kr_report *report, enum link_state state)
{
	const char *before = state_names[report->link.state];
	cJSON *tell;

	report->link.state = state;
	if (before == state_names[state]) {
		return KR_OK;
	}
	tell = cJSON_CreateObject();
	if (!json_add_str(tell, "tell", "connection") ||
		!json_add_str(tell, "state", state_names[state]) ||
		(state == LINK_WAITING &&
			!json_add_number(tell, "retry_at", report->link.retry_ms))) {
		cJSON_Delete(tell);
		return KR_ERR_MEMORY;
	}
	return output_tell(&report->outputs, tell);
}

static enum kr_err copy(char **out, struct kr_view text, size_t max)
{
	struct kr_bytes bytes;

	if (text.len == 0 || text.len > max) {
		return KR_ERR_FIELD;
	}
	if (kr_bytes_alloc(&bytes, text.len + 1) != KR_OK) {
		return KR_ERR_MEMORY;
	}
	memcpy(bytes.data, text.data, text.len);
	*out = (char *)bytes.data;
	return KR_OK;
}

static void text_free(char **text)
{
	struct kr_bytes bytes = {
		.data = (uint8_t *)*text, .len = *text != NULL ? strlen(*text) + 1 : 0};

	kr_bytes_free(&bytes);
	*text = NULL;
}

enum kr_err link_set(struct kr_report *report, struct kr_view url, struct kr_view relay)
{
	struct link *link = &report->link;
	enum kr_err err;

	link_wipe(link);
	if ((err = copy(&link->url, url, URL_MAX)) ||
		(err = copy(&link->relay, relay, KR_RELAY_NAME_MAX))) {
		link_wipe(link);
	}
	return err;
}

void link_wipe(struct link *link)
{
	text_free(&link->url);
	text_free(&link->relay);
	kr_wipe(link, sizeof(*link));
}

void link_clock_set_back(struct kr_report *report, uint64_t by_ms)
{
	struct link *link = &report->link;
	uint64_t *times[] = {&link->retry_ms, &link->pause_ms, &link->last_request_ms};

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		*times[i] -= *times[i] < by_ms ? *times[i] : by_ms;
	}
	link->clock_ahead_ms += (int64_t)by_ms;
}

uint64_t link_relay_time(const struct kr_report *report)
{
	return (uint64_t)((int64_t)report->now_ms + report->link.clock_ahead_ms);
}

uint64_t link_relay_said(const struct kr_report *report)
{
	return report->link.said_ms;
}

static enum kr_err hear_time(struct kr_report *report, uint64_t time_ms)
{
	struct link *link = &report->link;
	int64_t before_ms = link->clock_ahead_ms;
	cJSON *tell;

	link->said_ms = time_ms;
	link->clock_ahead_ms = (int64_t)(time_ms - report->now_ms);
	if (llabs(link->clock_ahead_ms - before_ms) <= LINK_CLOCKS_DIFFER_MS) {
		return KR_OK;
	}
	tell = cJSON_CreateObject();
	if (!json_add_str(tell, "tell", "clock")) {
		cJSON_Delete(tell);
		return KR_ERR_MEMORY;
	}
	return output_tell(&report->outputs, tell);
}

static bool is_waiting_for_relay(const struct link *link)
{
	return link->state == LINK_CONNECTING || link->state == LINK_HELLO ||
		(link->state == LINK_READY && link->waiting != 0);
}

static enum kr_err connect(struct kr_report *report)
{
	enum kr_err err = output_connect(&report->outputs, report->link.url);

	report->link.last_request_ms = report->now_ms;
	report_wake(report, report->now_ms + PATIENCE_MS);
	return err != KR_OK ? err : set_state(report, LINK_CONNECTING);
}

enum kr_err report_link_reconcile(struct kr_report *report, bool is_wanted)
{
	struct link *link = &report->link;
	enum kr_err err;

	if (!is_wanted || link->url == NULL) {
		return link_close(report);
	}
	if (is_waiting_for_relay(link)) {
		if (report->now_ms < link->last_request_ms + PATIENCE_MS) {
			report_wake(report, link->last_request_ms + PATIENCE_MS);
		} else if ((err = link_give_up(report))) {
			return err;
		}
	}
	if (link->state == LINK_WAITING && report->now_ms < link->retry_ms) {
		report_wake(report, link->retry_ms);
		return KR_OK;
	}
	if (link->state == LINK_OFF || link->state == LINK_WAITING) {
		return connect(report);
	}
	if (link->pause_ms > report->now_ms) {
		report_wake(report, link->pause_ms);
	}
	return KR_OK;
}

void link_online(struct kr_report *report)
{
	if (report->link.state == LINK_WAITING) {
		report->link.retry_ms = report->now_ms;
	}
}

enum kr_err report_link_connected(struct kr_report *report)
{
	return report->link.state == LINK_CONNECTING ? set_state(report, LINK_HELLO)
						     : KR_OK;
}

enum kr_err report_link_disconnected(struct kr_report *report, uint16_t code)
{
	struct link *link = &report->link;
	uint64_t span = RETRY_FIRST_MS
		<< (code == KR_CLOSE_RESTART ? RETRY_DOUBLINGS - 1 : link->num_failures);
	uint32_t number;
	enum kr_err err;

	if (link->state <= LINK_WAITING) {
		return KR_OK;
	}
	link->waiting = 0;
	follow_disconnected(report);
	if (link->num_failures < RETRY_DOUBLINGS) {
		link->num_failures++;
	}
	err = kr_random_fill(report->rng, (uint8_t *)&number, sizeof(number));
	if (err != KR_OK) {
		return err;
	}
	link->retry_ms = report->now_ms + number % span;
	return set_state(report, LINK_WAITING);
}

enum kr_err link_give_up(struct kr_report *report)
{
	enum kr_err err = output_disconnect(&report->outputs);

	return err != KR_OK ? err : report_link_disconnected(report, 0);
}

enum kr_err link_close(struct kr_report *report)
{
	struct link *link = &report->link;
	enum kr_err err = KR_OK;

	if (link->state == LINK_OFF) {
		return KR_OK;
	}
	if (link->state != LINK_WAITING) {
		err = output_disconnect(&report->outputs);
	}
	link->waiting = 0;
	link->num_failures = 0;
	follow_disconnected(report);
	return err != KR_OK ? err : set_state(report, LINK_OFF);
}

/* ---- Requests ------------------------------------------------------------------- */

bool link_is_free(const struct kr_report *report)
{
	const struct link *link = &report->link;

	return link->state == LINK_READY && link->waiting == 0 &&
		link->pause_ms <= report->now_ms;
}

enum kr_err report_link_request(struct kr_report *report, struct kr_request *request,
	enum kr_err (*answered)(struct kr_report *report, const struct answer *answer))
{
	struct link *link = &report->link;
	KR_AUTO_WRITER struct kr_writer w = {0};
	bool is_text;
	enum kr_err err;

	kr_writer_init(&w);
	if (!link_is_free(report)) {
		return KR_OK;
	}
	request->id = ++link->last_request;
	kr_request_write(&w, &is_text, request);
	err = w.err != KR_OK ? w.err
			     : output_send(&report->outputs, kr_writer_view(&w), is_text);
	if (err == KR_OK) {
		link->waiting = request->id;
		link->answered = answered;
		link->last_request_ms = report->now_ms;
	}
	return err;
}

void link_pause(struct kr_report *report, const struct answer *answer)
{
	report->link.pause_ms = report->now_ms +
		(answer->retry_ms > 0 && answer->retry_ms < RETRY_LATER_MS * 60
				? answer->retry_ms
				: RETRY_LATER_MS);
}

static enum kr_err ponged(struct kr_report *report, const struct answer *answer)
{
	uint64_t time_ms;

	return answer->ok && kr_json_get_u64(answer->doc, "time", &time_ms) == KR_OK
		? hear_time(report, time_ms)
		: KR_OK;
}

enum kr_err link_ask_time(struct kr_report *report)
{
	struct kr_request request = {.verb = KR_VERB_PING};

	return report_link_request(report, &request, ponged);
}

enum kr_err link_ping(struct kr_report *report)
{
	uint64_t due_ms = report->link.last_request_ms + report->link.idle_ms / 2;

	if (report->link.state != LINK_READY) {
		return KR_OK;
	}
	if (report->now_ms < due_ms) {
		report_wake(report, due_ms);
		return KR_OK;
	}
	report_wake(report, report->now_ms + report->link.idle_ms / 2);
	return link_ask_time(report);
}

/* ---- What the relay says -------------------------------------------------------- */

static enum kr_err take_hello(struct kr_report *report, const struct kr_json_doc *doc)
{
	struct link *link = &report->link;
	struct kr_view relay;
	uint64_t time_ms;
	enum kr_err err;

	if (link->state != LINK_HELLO || kr_json_get_str(doc, "relay", &relay) != KR_OK ||
		kr_json_get_u64(doc, "time", &time_ms) != KR_OK ||
		kr_json_get_bytes(doc, "challenge", link->challenge,
			sizeof(link->challenge)) != KR_OK ||
		kr_json_get_bytes(doc, "relay_key", link->relay_key,
			sizeof(link->relay_key)) != KR_OK ||
		kr_json_get_bytes(doc, "incarnation", link->incarnation,
			sizeof(link->incarnation)) != KR_OK) {
		return link_give_up(report);
	}
	if (!kr_view_equal(relay, kr_view_str(link->relay))) {
		err = report_alarm_raise(report, "relay_changed", 0);
		return err != KR_OK ? err : link_give_up(report);
	}
	if (kr_json_get_u64(doc, "anonymous_idle_ms", &link->idle_ms) != KR_OK ||
		link->idle_ms < RETRY_FIRST_MS || link->idle_ms > IDLE_MS) {
		link->idle_ms = IDLE_MS;
	}
	link->last_request_ms = report->now_ms;
	link->num_failures = 0;
	err = hear_time(report, time_ms);
	return err != KR_OK ? err : set_state(report, LINK_READY);
}

static enum kr_err take_event(
	struct kr_report *report, const struct kr_json_doc *doc, struct kr_view body)
{
	struct kr_event_delivery delivery;

	/* What cannot be read leaves a gap that the next event shows. */
	if (kr_event_delivery_read(&delivery, doc, body) != KR_OK) {
		return KR_OK;
	}
	return delivery.event.topic.kind == KR_TOPIC_INBOX
		? inbox_event(report, &delivery.event)
		: follow_event(report, &delivery);
}

static enum kr_err take_answer(struct kr_report *report, uint64_t id,
	const struct kr_json_doc *doc, struct kr_view body)
{
	struct link *link = &report->link;
	struct answer answer;

	if (link->state != LINK_READY || link->waiting == 0 || link->waiting != id) {
		return KR_OK;
	}
	link->waiting = 0;
	answer_read(&answer, doc, body);
	if (!answer.ok && answer.retry == KR_RETRY_LATER) {
		link_pause(report, &answer);
	}
	return link->answered(report, &answer);
}

static enum kr_err take_object(
	struct kr_report *report, const struct kr_json_doc *doc, struct kr_view body)
{
	struct kr_view verb;
	uint64_t id;

	if (kr_json_get_u64(doc, "re", &id) == KR_OK) {
		return take_answer(report, id, doc, body);
	}
	if (kr_json_get_str(doc, "verb", &verb) != KR_OK) {
		return KR_OK;
	}
	if (kr_view_equal(verb, kr_view_str("hello"))) {
		return take_hello(report, doc);
	}
	if (report->link.state == LINK_READY &&
		kr_view_equal(verb, kr_view_str("event"))) {
		return take_event(report, doc, body);
	}
	return KR_OK; /* of a newer relay */
}

enum kr_err report_link_message(
	struct kr_report *report, struct kr_view bytes, bool is_text)
{
	struct kr_json_doc doc;
	struct kr_message message;
	enum kr_err err;

	if (report->link.state < LINK_HELLO) {
		return KR_OK;
	}
	if ((err = kr_message_split(&message, bytes, is_text)) ||
		(err = kr_json_parse(&doc, message.object))) {
		return err == KR_ERR_MEMORY ? err : link_give_up(report);
	}
	err = take_object(report, &doc, message.body);
	kr_json_free(&doc);
	return err;
}
