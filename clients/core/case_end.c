/* The relay deletes a case that was erased or has expired, all but the event that says so.
 * That it has deleted something proves nothing: what is left must. CASES.md §10. */
#include "clients/core/cases.h"

#include <stdlib.h>
#include <string.h>

#include "clients/core/state.h"

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
