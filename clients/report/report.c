#include <kring/report.h>

#include <stdlib.h>

#include "clients/report/commands.h"
#include "clients/report/state.h"

enum kr_err kr_report_new(struct kr_report **report)
{
	enum kr_err err = kr_crypto_init();

	*report = NULL;
	if (err != KR_OK) {
		return err;
	}
	json_wipe_what_is_freed();
	*report = calloc(1, sizeof(**report));
	if (*report == NULL) {
		return KR_ERR_MEMORY;
	}
	outputs_init(&(*report)->outputs);
	return KR_OK;
}

void report_wipe(struct kr_report *report)
{
	act_wipe(&report->act);
	follow_wipe(&report->follow);
	sending_wipe(&report->sending);
	inboxes_wipe(&report->inboxes);
	link_wipe(&report->link);
	kr_wipe(&report->choice, sizeof(report->choice));
	kr_wipe(&report->alarms, sizeof(report->alarms));
}

void kr_report_free(struct kr_report *report)
{
	if (report == NULL) {
		return;
	}
	report_wipe(report);
	outputs_free(&report->outputs);
	kr_wipe(report, sizeof(*report));
	free(report);
}

void report_wake(struct kr_report *report, uint64_t time_ms)
{
	if (report->wake_ms == 0 || time_ms < report->wake_ms) {
		report->wake_ms = time_ms;
	}
}

static enum kr_err take(struct kr_report *report, const struct kr_core_input *input)
{
	switch (input->kind) {
	case KR_CORE_COMMAND:
		return report_commands_do(report, input->id, input->bytes);
	case KR_CORE_CONNECTED:
		return report_link_connected(report);
	case KR_CORE_MESSAGE:
		return report_link_message(report, input->bytes, input->is_text);
	case KR_CORE_DISCONNECTED:
		return report_link_disconnected(report, input->code);
	case KR_CORE_TIMER:
		/* What is due is found by reconciling. It may have gone off too early, if
		 * the clock was set back: then it is asked for again. */
		report->outputs.timer_ms = 0;
		return KR_OK;
	case KR_CORE_ONLINE:
		link_online(report);
		return KR_OK;
	case KR_CORE_START:
	case KR_CORE_STORED:
	case KR_CORE_STORE_FAILED:
		break; /* nothing is ever stored */
	}
	return KR_ERR_STATE;
}

/* Is anything to be asked, or waited for? */
static bool is_connection_wanted(const struct kr_report *report)
{
	return report->choice.command != 0 || report->sending.is_begun ||
		follow_wants_connection(&report->follow);
}

/* What is to be done follows from the state, looked at after every input. */
static enum kr_err reconcile(struct kr_report *report)
{
	enum kr_err err;

	report->wake_ms = 0;
	if ((err = choice_reconcile(report)) || (err = sending_reconcile(report)) ||
		(err = follow_reconcile(report)) || (err = act_reconcile(report)) ||
		(err = report_link_reconcile(report, is_connection_wanted(report))) ||
		(err = link_ping(report))) {
		return err;
	}
	return report->wake_ms == report->outputs.timer_ms
		? KR_OK
		: output_timer(&report->outputs, report->wake_ms);
}

/* A clock that goes back was set: what is waited for is not to come so much later. */
static void set_now(struct kr_report *report, uint64_t now_ms)
{
	if (now_ms < report->now_ms) {
		link_clock_set_back(report, report->now_ms - now_ms);
	}
	report->now_ms = now_ms;
}

enum kr_err kr_report_input(struct kr_report *report, const struct kr_core_input *input,
	uint64_t now_ms, const struct kr_random *rng)
{
	enum kr_err err;

	if (report->is_stopped) {
		return KR_ERR_STATE;
	}
	set_now(report, now_ms);
	report->rng = rng;
	report->tick++;
	err = take(report, input);
	if (err == KR_OK) {
		err = reconcile(report);
	}
	if (err == KR_OK) {
		err = outputs_close(&report->outputs, NULL, 0);
	}
	report->rng = NULL;
	report->is_stopped = err != KR_OK && err != KR_ERR_STATE;
	return err;
}

bool kr_report_output(struct kr_report *report, struct kr_core_output *out)
{
	return !report->is_stopped && outputs_take(&report->outputs, out);
}

enum kr_err kr_report_query(struct kr_report *report, struct kr_view question,
	uint64_t now_ms, struct kr_bytes *answer)
{
	if (report->is_stopped) {
		return KR_ERR_STATE;
	}
	set_now(report, now_ms);
	return report_commands_ask(report, question, answer);
}
