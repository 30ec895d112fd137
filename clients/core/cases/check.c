/* A case's events as they are kept, taken into its chain one after the other, each held
 * against the records that it rests on; what does not fit is found out by name. */
#include "clients/core/cases/cases.h"

#include <stdlib.h>
#include <string.h>

#include "clients/core/state.h"

static const enum alarm lie_alarms[] = {
	[KR_LIE_ORDER] = ALARM_CASE_ORDER,
	[KR_LIE_FORK] = ALARM_CASE_FORK,
	[KR_LIE_HEAD] = ALARM_CASE_HEAD,
	[KR_LIE_SIGNATURE] = ALARM_CASE_SIGNATURE,
	[KR_LIE_RECORD] = ALARM_CASE_RECORD,
	[KR_LIE_STATE] = ALARM_CASE_STATE,
	[KR_LIE_RECIPIENTS] = ALARM_CASE_RECIPIENTS,
	[KR_LIE_RELAY_WORD] = ALARM_CASE_RELAY_WORD,
	[KR_LIE_CLOCK] = ALARM_CASE_CLOCK,
};

enum kr_err case_found_out(struct kr_core *core, struct followed_case *c, uint64_t seq,
	enum kr_case_lie lie, enum kr_err why)
{
	struct kr_topic topic = case_topic(c);
	enum kr_err err;

	c->lie = lie;
	c->is_lie_tried = true;
	err = case_put(core, c);
	return err != KR_OK
		? err
		: alarm_raise(core, lie_alarms[lie],
			  &(struct alarm_about){.topic = &topic, .seq = seq, .err = why});
}

/* The record of an inbox that an event rests on, by number or, if that is 0, one that may
 * have set its clock; *waits if it is still to be read. Which may have is known once all
 * were read. */
static enum kr_err record_for(struct kr_core *core, const struct followed_case *c,
	const uint8_t *id, uint64_t number, uint64_t time_ms,
	const struct kr_inbox_record **record, bool *waits)
{
	bool is_known = number > 0 || c->chain.seq < c->true_seq;
	struct inbox *inbox;
	enum kr_err err = inbox_know(core, id, &inbox);

	*record = NULL;
	if (err != KR_OK) {
		return err;
	}
	*record = number > 0
		? inbox_record_numbered(inbox, number)
		: inbox_record_of_clock(inbox, &c->chain, UINT64_MAX, time_ms);
	if (*record == NULL || !is_known) {
		*waits = !inbox_want(core, inbox) || *waits;
	}
	return KR_OK;
}

/* Before it is called a lie: another inbox may have a new record since its own were read,
 * by which all is true. Once for an event. */
static enum kr_err look_again(
	struct kr_core *core, struct followed_case *c, uint64_t seq, bool *is_looking)
{
	enum kr_err err = KR_OK;

	if (c->doubted_seq == seq) {
		return KR_OK;
	}
	c->doubted_seq = seq;
	for (size_t i = 0; i < c->chain.state.num_parties && err == KR_OK; i++) {
		struct inbox *inbox = inbox_find(core, c->chain.state.parties[i].inbox);

		if (inbox != NULL && !inbox->is_own && inbox->is_fresh) {
			err = inbox_read_on(core, inbox);
			*is_looking = true;
		}
	}
	return err;
}

/* By any record that may have set its clock: the author's own if it is its inbox's. */
static enum kr_err take(const struct kr_core *core, struct followed_case *c,
	enum kr_case_lie *lie, const struct kept_event *kept,
	const struct kr_case_event *signed_event, const struct kr_inbox_record *by,
	const struct kr_inbox_record *clock)
{
	struct kr_event event = event_of_kept(kept);
	uint8_t id[KR_ID_BYTES];
	enum kr_err err;

	do {
		err = kr_case_chain_take(&c->chain, lie, &event, kept->hash, signed_event,
			by, clock, kr_view_str(core->identity.relay));
		if (err == KR_OK || *lie != KR_LIE_CLOCK || clock == NULL ||
			clock == by) {
			return err;
		}
		kr_inbox_id(id, clock->identity_key);
		clock = inbox_record_of_clock(
			inbox_look(core, id), &c->chain, clock->number, kept->time_ms);
	} while (clock != NULL);
	return err;
}

/* Take the next kept event into the chain, if what it rests on is here. */
static enum kr_err advance(struct kr_core *core, struct followed_case *c,
	const struct kept_event *kept, bool *waits)
{
	bool by_relay = kept->type == KR_EVENT_OVERDUE || kept->type == KR_EVENT_EXPIRED;
	const struct kr_inbox_record *by = NULL;
	const struct kr_inbox_record *clock = NULL;
	struct kr_case_event *signed_event = NULL;
	enum kr_case_lie lie = KR_LIE_SIGNATURE;
	struct kr_event_head head;
	struct kr_case_act act;
	const uint8_t *clock_inbox;
	enum kr_err err;

	if (kr_event_head_read(&head, kept->type, kept->head) != KR_OK) {
		return case_found_out(core, c, kept->seq, KR_LIE_HEAD, KR_ERR_ENCODING);
	}
	if (!by_relay) {
		signed_event = malloc(sizeof(*signed_event));
		if (signed_event == NULL) {
			return KR_ERR_MEMORY;
		}
		err = kr_case_event_read(signed_event, kept->content);
		if (err == KR_OK && !kr_is_zero(signed_event->by, KR_ID_BYTES)) {
			err = record_for(core, c, signed_event->by,
				signed_event->by_number, 0, &by, waits);
		} else if (err != KR_OK && err != KR_ERR_MEMORY) {
			free(signed_event);
			return case_found_out(core, c, kept->seq, KR_LIE_SIGNATURE, err);
		}
		if (err != KR_OK) {
			free(signed_event);
			return err;
		}
	}
	kr_case_act_of(&act, (enum kr_event_type)kept->type, &head);
	clock_inbox = kr_case_clock_inbox(&c->chain.state, &act);
	if (by != NULL && clock_inbox != NULL &&
		memcmp(clock_inbox, signed_event->by, KR_ID_BYTES) == 0) {
		clock = by;
		err = KR_OK;
	} else {
		err = clock_inbox == NULL ? KR_OK
					  : record_for(core, c, clock_inbox, 0,
						    kept->time_ms, &clock, waits);
	}
	if (err == KR_OK && !*waits && clock_inbox != NULL && clock == NULL) {
		/* Every inbox has a record; a relay that shows none hides it. */
		err = case_found_out(core, c, kept->seq, KR_LIE_RECORD, KR_ERR_NOT_FOUND);
	} else if (err == KR_OK && !*waits) {
		err = take(core, c, &lie, kept, signed_event, by, clock);
		if (err != KR_OK && err != KR_ERR_MEMORY) {
			enum kr_err looked = look_again(core, c, kept->seq, waits);

			if (looked != KR_OK || *waits) {
				err = looked;
			} else {
				err = case_found_out(core, c, kept->seq, lie, err);
			}
		}
	}
	free(signed_event);
	return err;
}

/* Whoever was let in by something new gets keys to what was before. */
enum kr_err case_check(struct kr_core *core, struct followed_case *c)
{
	struct kr_topic topic = case_topic(c);
	struct kept_event kept;
	bool is_changed = false;
	bool waits = false;
	enum kr_err err = KR_OK;

	while (err == KR_OK && !waits && (c->lie == KR_CASE_TRUE || !c->is_lie_tried) &&
		event_kept(core, &topic, c->chain.seq + 1, &kept) == KR_OK) {
		uint64_t before = c->chain.seq;

		err = advance(core, c, &kept, &waits);
		if (c->chain.seq > before) {
			c->keys_after = 0;
			if (c->chain.seq > c->true_seq) {
				c->true_seq = c->chain.seq;
				c->lie = KR_CASE_TRUE;
				is_changed = true;
			}
			if (kept.type == KR_EVENT_SUBMITTED ||
				kept.type == KR_EVENT_HANDOVER_ACCEPTED) {
				c->fallback_seq = kept.seq;
			}
		}
	}
	return err == KR_OK && is_changed ? case_put(core, c) : err;
}
