/* Clocks that have run out: what the relay itself says in a case.
 *
 * A deadline is a promise to people, so it is a time of the wall clock, and it is kept in
 * the store: what came due while the relay was down is said at the first tick. Each such
 * event names the revision that it expects, moves the clock on from the present, and is
 * stored with the clock's new time in one transaction. So it is said once for each time
 * that a clock runs out, whatever is killed when, and a clock that is set back says
 * nothing twice. */
#include "server/relay/call.h"

#include <stdlib.h>
#include <string.h>

/* On their way to the disk at a time. */
#define UNDER_WAY_MAX 256

/* What is left follows as soon as these are stored; after an error, with the next
 * tick. */
static void on_done(void *ctx, enum kr_err err)
{
	struct relay *relay = ctx;

	relay->clocks_moved = relay->clocks_moved || err == KR_OK;
	relay->clocks_under_way--;
	if (relay->clocks_under_way == 0 && relay->clocks_moved) {
		clocks_run(relay);
	}
}

static enum kr_err propose(struct call *call)
{
	struct log_append *append = call->append;
	struct pending *pending = calloc(1, sizeof(*pending));
	enum kr_err err = call->append_err;

	call->append = NULL;
	if (err == KR_OK && pending == NULL) {
		err = KR_ERR_MEMORY;
	}
	if (err == KR_OK) {
		*pending = (struct pending){
			.relay = call->relay,
			.done = on_done,
			.done_ctx = call->relay,
		};
		err = pending_propose(call->relay, pending, append);
	}
	if (err != KR_OK) {
		log_append_free(append);
		free(pending);
	}
	return err;
}

/* The clock from here on, by the record of whose turn it is now. */
static enum kr_err set_clock(
	struct call *call, const struct kr_case_state *before, struct kr_case_act *act)
{
	struct kr_inbox_record record;
	enum kr_err err;

	if (act->type == KR_EVENT_EXPIRED) {
		return KR_OK; /* nothing follows */
	}
	err = call_inbox(call, &record, kr_case_clock_inbox(before, act));
	return err != KR_OK ? err
			    : kr_case_clock(&act->until_ms, before, act, &record, 0,
				      call->relay->now_ms);
}

static struct kr_relay_word word_of(const struct call *call, const struct kr_topic *topic,
	const struct store_topic *position, const struct kr_case_act *act)
{
	struct kr_relay_word word = {
		.kind = act->type == KR_EVENT_OVERDUE ? KR_RELAY_OVERDUE
						      : KR_RELAY_EXPIRED,
		.relay = kr_view_str(call->relay->config.name),
		.seq = position->seq,
		.time_ms = call->relay->now_ms,
		.until_ms = act->until_ms,
	};

	memcpy(word.case_id, topic->id, sizeof(word.case_id));
	memcpy(word.event, call->request->event, sizeof(word.event));
	memcpy(word.hash, position->hash, sizeof(word.hash));
	if (act->inbox != NULL) {
		memcpy(word.inbox, act->inbox, sizeof(word.inbox));
	}
	return word;
}

/* Say it: add the event to the call's append. */
static enum kr_err say(struct call *call, const struct kr_topic *topic)
{
	static const uint8_t nobody[KR_ID_BYTES];
	uint8_t space[KR_RELAY_WORD_MAX];
	struct kr_case_state before;
	struct kr_case_state after;
	struct kr_case_act act = {.actor = KR_ACTOR_RELAY, .by = nobody};
	const struct kr_case_party *waiting;
	struct kr_relay_word word;
	struct store_topic position;
	struct kr_writer w;
	enum kr_err err;

	if ((err = store_case(call->view, topic->id, &before)) ||
		(err = store_topic(call->view, topic, &position))) {
		return err;
	}
	waiting = kr_case_fallback(&before);
	act.type = before.phase == KR_CASE_CLOSED ? KR_EVENT_EXPIRED : KR_EVENT_OVERDUE;
	act.inbox =
		waiting != NULL && act.type == KR_EVENT_OVERDUE ? waiting->inbox : nobody;
	after = before;
	if ((err = kr_case_apply(&after, &act)) ||
		(err = set_clock(call, &before, &act))) {
		return err;
	}
	word = word_of(call, topic, &position, &act);
	kr_writer_init_fixed(&w, space, sizeof(space));
	kr_relay_word_write(&w, &word, &call->relay->key);
	call_case_change(call,
		&(struct case_change){
			.topic = topic,
			.position = &position,
			.before = &before,
			.after = &after,
			.type = act.type,
			.body = kr_writer_view(&w),
			.head =
				{
					.until_ms = act.until_ms,
					.by = view_id(nobody),
					.inbox = view_id(act.inbox),
				},
		});
	return w.err;
}

static enum kr_err run_one(
	struct relay *relay, const struct store_view *view, const struct store_due *due)
{
	struct kr_topic topic = kr_topic(KR_TOPIC_CASE, due->case_id);
	struct kr_request request = {.verb = KR_NUM_VERBS};
	struct call call = {.relay = relay, .view = view, .request = &request};
	enum kr_err err =
		kr_random_fill(relay->rng, request.event, sizeof(request.event));

	if (err == KR_OK) {
		err = say(&call, &topic);
	}
	if (err != KR_OK) {
		log_append_free(call.append);
		return err;
	}
	return propose(&call);
}

void clocks_run(struct relay *relay)
{
	struct store_due due[UNDER_WAY_MAX];
	const struct store_view *view;
	size_t num = 0;

	/* Those under way would be found again. */
	if (relay->clocks_under_way > 0) {
		return;
	}
	relay->clocks_moved = false;
	if (relay_view(relay, &view) != KR_OK ||
		store_due(view, relay->now_ms, due, UNDER_WAY_MAX, &num) != KR_OK) {
		return; /* the next tick tries again */
	}
	for (size_t i = 0; i < num; i++) {
		relay->clocks_under_way += run_one(relay, view, &due[i]) == KR_OK ? 1 : 0;
	}
}
