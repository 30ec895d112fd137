/* Cases as a professional follows them: every event checked before it counts, the keys to
 * what it says, and the acts of one's own. CASES.md §5 to §10. */
#ifndef CLIENTS_CORE_CASES_CASES_H
#define CLIENTS_CORE_CASES_CASES_H

#include <kring/cases.h>

#include "clients/core/commands.h"
#include "clients/core/inboxes/inboxes.h"
#include "clients/core/topics.h"

struct followed_case {
	struct followed_case *next;
	uint8_t id[KR_ID_BYTES];
	/* Stored as RECORD_CASE. */
	uint64_t read_seq;  /* seen by the user */
	uint64_t head_seq;  /* the relay has said that there are so many events */
	bool has_new_notes; /* and that there are notes that were not read */
	uint64_t true_seq; /* events up to there were checked, with all records at hand */
	uint64_t told_seq; /* and told to the user, once they could be read */
	bool is_shut;      /* it is not ours to read any more: declined, parted, erased */
	/* At chain.seq + 1: nothing from there on counts. One that was found out before
	 * the last start is tried again: the relay may show by now what it hid. */
	enum kr_case_lie lie;
	/* It was erased or has expired, and nothing else is kept of it; 0: it was not. */
	uint64_t ended_ms;
	uint64_t began_ms;
	uint16_t ended_type; /* the event that ended it */
	/* From the kept events: as far as they are checked. */
	struct kr_case_chain chain;
	uint64_t fallback_seq; /* of the event that named today's fallback */
	bool is_lie_tried;     /* it was found out since the start */
	/* The receipt's key: from `submitted`, or as long as that cannot be opened from
	 * who asked something. */
	bool has_reporter_key;
	bool is_reporter_key_told;
	uint8_t reporter_key[KR_X25519_BYTES];
	/* Of the connection. */
	uint64_t doubted_seq; /* other inboxes' records were read on for this event */
	bool is_asking_keys;
	bool is_reading_notes;
	uint64_t hinted_seq;             /* head_seq was handed on to the topic */
	uint64_t keys_retry_ms;          /* wraps are not asked for before, */
	uint64_t keys_after;             /* they are here up to there, */
	uint8_t keys_inbox[KR_ID_BYTES]; /* for this inbox of one's own */
	uint64_t late_ms;                /* the clock that ran out and was told */
};

enum kr_err cases_load(struct kr_core *core);
void cases_free(struct kr_core *core);
void cases_disconnected(struct kr_core *core);
enum kr_err cases_reconcile(struct kr_core *core);
/* Is something of a case being read? */
bool cases_are_busy(const struct kr_core *core);

const struct followed_case *case_look(
	const struct kr_core *core, const uint8_t id[KR_ID_BYTES]);
struct followed_case *case_find(struct kr_core *core, const uint8_t id[KR_ID_BYTES]);
/* The one that a command acts on. If it is not known, and what is new is still being
 * read, the command waits. KR_ERR_FIELD, KR_ERR_NOT_FOUND. */
enum kr_err case_of(
	struct kr_core *core, struct command *command, struct followed_case **out);

/* `case_event` in the topic of one's own inbox: the case has an event of this seq. */
enum kr_err case_hint(struct kr_core *core, const uint8_t id[KR_ID_BYTES], uint64_t seq);
/* An event of a case's topic, or of the notes on it. */
enum kr_err case_apply(struct kr_core *core, const struct kr_event *event,
	const uint8_t hash[KR_SHA256_BYTES]);

/* Take what is kept and not checked yet, as far as it goes: check.c, as the next. */
enum kr_err case_check(struct kr_core *core, struct followed_case *c);
/* Nothing from event seq on counts: an alarm by the name of the lie. */
enum kr_err case_found_out(struct kr_core *core, struct followed_case *c, uint64_t seq,
	enum kr_case_lie lie, enum kr_err why);
/* Has the relay deleted what comes next? end.c, as the two that follow. */
bool case_is_trimmed(const struct kr_core *core, const struct followed_case *c,
	const struct topic *topic);
/* Is event seq, the only one that the relay has left, one that ends the case? */
bool case_has_ended(
	const struct kr_core *core, const struct followed_case *c, uint64_t seq);
/* Drop all that is kept of it but when it began and ended; event seq ends it. Waits
 * (KR_OK) where that rests on the relay's word alone, until the clock that is known has
 * run out. */
enum kr_err case_forget(struct kr_core *core, struct followed_case *c, uint64_t seq);
struct kr_topic case_topic(const struct followed_case *c);
/* Keep what no event says: RECORD_CASE. */
enum kr_err case_put(struct kr_core *core, const struct followed_case *c);
/* A note as it comes, before it is kept: told, or an alarm if it is not what it seems.
 * notes.c */
enum kr_err case_note_judge(struct kr_core *core, const struct kr_event *event);

/* ---- Keys: keys.c ---------------------------------------------------------------- */

/* Fetch the wraps that are this inbox's by now. */
enum kr_err case_ask_keys(
	struct kr_core *core, struct followed_case *c, const struct inbox *inbox);

/* ---- For acts and questions ------------------------------------------------------- */

/* The inbox of one's own through which the case is seen: who may do most. NULL. */
const struct inbox *case_own_inbox(
	const struct kr_core *core, const struct followed_case *c);
/* Is there something to do or to wait for, for an inbox of one's own? */
bool case_is_open(const struct kr_core *core, const struct followed_case *c);

/* Event seq of the case, read; KR_ERR_NOT_FOUND, also for what the relay says. */
enum kr_err case_event_at(const struct kr_core *core, const struct followed_case *c,
	uint64_t seq, struct kept_event *kept, struct kr_case_event *event);

/* What an envelope of an event says, in storage of KR_ENVELOPE_STORAGE bytes.
 * KR_ERR_NOT_FOUND: no key to it here. */
enum kr_err case_open_envelope(const struct kr_core *core, const struct followed_case *c,
	const struct kr_case_event *event, uint64_t seq, enum kr_envelope_kind kind,
	uint8_t *storage, struct kr_view *text);
enum kr_err case_secret(const struct kr_core *core, const struct followed_case *c,
	uint64_t seq, enum kr_envelope_kind kind, uint8_t out[KR_SECRET_BYTES]);
enum kr_err case_keep_secret(struct kr_core *core, const struct followed_case *c,
	uint64_t seq, enum kr_envelope_kind kind, const uint8_t secret[KR_SECRET_BYTES]);
/* The receipt's key, from the words of `submitted` or of an offer, if they can be
 * opened. */
enum kr_err case_learn_reporter_key(struct kr_core *core, struct followed_case *c);
/* The signal that the case began with. */
enum kr_err case_signal(const struct kr_core *core, const struct followed_case *c,
	uint8_t *storage, struct kr_signal *signal);

/* Where that inbox's notes on the case are. */
struct kr_topic case_notes_topic(
	const struct followed_case *c, const struct inbox *inbox);
/* The next note of that inbox on the case, in order: start with *at = 0.
 * KR_ERR_NOT_FOUND after the last; one that cannot be read is passed over. storage is of
 * KR_ENVELOPE_STORAGE bytes. */
enum kr_err case_note_next(const struct kr_core *core, const struct followed_case *c,
	const struct inbox *own, size_t *at, struct kept_event *kept, uint8_t *storage,
	struct kr_words *words);

/* Every act by its command's name; see acts.c. */
enum kr_err command_case_act(struct kr_core *core, struct command *command);
enum kr_err command_note(struct kr_core *core, struct command *command);
/* The commands that could be done now, as names in an array. */
enum kr_err case_list_acts(
	const struct kr_core *core, const struct followed_case *c, cJSON *list);

enum kr_err command_case_read(struct kr_core *core, struct command *command);
enum kr_err ask_cases(const struct kr_core *core, const cJSON *question, cJSON *answer);
enum kr_err ask_case(const struct kr_core *core, const cJSON *question, cJSON *answer);

#endif
