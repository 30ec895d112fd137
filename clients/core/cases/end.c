/* The relay deletes a case that was erased or has expired, all but the event that says
 * so. That it has deleted something proves nothing: what is left must. CASES.md §10. Then
 * nothing of it is kept here either. */
#include "clients/core/cases/cases.h"

#include <stdlib.h>
#include <string.h>

#include "clients/core/state.h"

bool case_is_trimmed(const struct kr_core *core, const struct followed_case *c,
	const struct topic *topic)
{
	struct kept_event kept;

	return topic->seq > c->chain.seq &&
		event_kept(core, &topic->name, c->chain.seq + 1, &kept) ==
		KR_ERR_NOT_FOUND;
}

/* The relay's own word, with the key that the records pin. */
static bool is_expired(const struct kr_core *core, const struct followed_case *c,
	const struct kept_event *kept)
{
	struct kr_relay_word word;

	return kr_relay_word_read(&word, kept->content, c->chain.relay_key) == KR_OK &&
		word.kind == KR_RELAY_EXPIRED &&
		kr_view_equal(word.relay, kr_view_str(core->identity.relay)) &&
		memcmp(word.case_id, c->id, sizeof(word.case_id)) == 0 &&
		memcmp(word.event, kept->id, sizeof(word.event)) == 0 &&
		word.seq + 1 == kept->seq && word.time_ms == kept->time_ms;
}

/* By the reporter, or by an inbox that is known in this case. */
static bool is_erased(const struct kr_core *core, const struct followed_case *c,
	const struct kept_event *kept)
{
	const struct kr_case_state *state = &c->chain.state;
	struct kr_case_event *e = malloc(sizeof(*e));
	const struct kr_inbox_record *record;
	const struct inbox *inbox;
	bool is_true = e != NULL && kr_case_event_read(e, kept->content) == KR_OK &&
		e->type == KR_EVENT_ERASED && e->seen_seq + 1 == kept->seq &&
		memcmp(e->case_id, c->id, sizeof(e->case_id)) == 0 &&
		memcmp(e->event, kept->id, sizeof(e->event)) == 0;

	if (is_true && kr_is_zero(e->by, sizeof(e->by))) {
		is_true = memcmp(e->signer, state->reporter_key, sizeof(e->signer)) == 0;
	} else if (is_true) {
		inbox = kr_case_party(state, e->by) == NULL ? NULL
							    : inbox_look(core, e->by);
		record =
			inbox == NULL ? NULL : inbox_record_numbered(inbox, e->by_number);
		is_true = record != NULL && kr_inbox_member(record, e->signer) != NULL;
	}
	free(e);
	return is_true;
}

static enum kr_err drop_notes(struct kr_core *core, const struct followed_case *c)
{
	enum kr_err err = KR_OK;

	for (const struct inbox *inbox = core->inboxes; inbox != NULL && err == KR_OK;
		inbox = inbox->next) {
		struct kr_topic notes = case_notes_topic(c, inbox);

		if (topic_look(core, &notes) != NULL) {
			err = topic_forget(core, &notes);
		}
	}
	return err;
}

enum kr_err case_forget(struct kr_core *core, struct followed_case *c, uint64_t seq)
{
	struct kr_topic topic = kr_topic(KR_TOPIC_CASE, c->id);
	struct record_key secrets = record_key_id(RECORD_CASE_SECRET, c->id);
	bool is_checked = c->chain.seq == seq; /* by all rules, the clock's too */
	struct kept_event kept;
	enum kr_err err = event_kept(core, &topic, seq, &kept);

	if (err != KR_OK ||
		(!is_checked && kept.type == KR_EVENT_EXPIRED &&
			core->now_ms < c->chain.state.until_ms)) {
		return err == KR_ERR_NOT_FOUND ? KR_OK : err;
	}
	c->ended_ms = kept.time_ms;
	c->ended_type = kept.type;
	if (event_kept(core, &topic, 1, &kept) == KR_OK) {
		c->began_ms = kept.time_ms;
	}
	if ((err = topic_drop_events(core, &topic)) ||
		(err = records_delete_prefix(
			 &core->records, record_key_view(&secrets))) ||
		(err = drop_notes(core, c)) || (err = kept_forget(core, &topic))) {
		return err;
	}
	kr_wipe(c->reporter_key, sizeof(c->reporter_key));
	c->has_reporter_key = false;
	c->has_new_notes = false;
	c->is_reading_notes = false;
	c->is_shut = true;
	kr_case_chain_begin(&c->chain, c->id);
	err = case_put(core, c);
	return err != KR_OK ? err : tell_changed(core, "cases", NULL, NULL);
}

bool case_has_ended(
	const struct kr_core *core, const struct followed_case *c, uint64_t seq)
{
	struct kr_topic topic = kr_topic(KR_TOPIC_CASE, c->id);
	struct kept_event kept;

	if (event_kept(core, &topic, seq, &kept) != KR_OK) {
		return false;
	}
	return (kept.type == KR_EVENT_EXPIRED && is_expired(core, c, &kept)) ||
		(kept.type == KR_EVENT_ERASED && is_erased(core, c, &kept));
}
