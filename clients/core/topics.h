/* Topics as this client has them: a cursor each, the running hash that every event is
 * held against, and the events that are kept. */
#ifndef CLIENTS_CORE_TOPICS_H
#define CLIENTS_CORE_TOPICS_H

#include <kring/event.h>
#include <kring/request.h>

struct kr_core;

struct topic {
	struct topic *next;
	struct kr_topic name;
	/* Stored. */
	uint64_t seq;
	uint64_t rev;
	uint8_t hash[KR_SHA256_BYTES];
	uint8_t incarnation[KR_INCARNATION_BYTES];
	/* What was before the next event was trimmed, or is closed to this account: its
	 * rev, or also its running hash, are taken as given, and what comes after is held
	 * against them. */
	bool takes_rev;
	bool takes_hash;
	/* Of the connection. */
	bool is_asked;      /* for a subscription, or for what it needs first */
	bool is_subscribed; /* and the relay said yes */
	bool is_closed;     /* or no: there is no access (any more) */
	bool is_false;      /* the relay lied here: nothing more is taken in */
	uint64_t head_seq;  /* at the relay when it answered, or as topic_hint has it */
	uint64_t asked_head_seq; /* likewise, when a page was asked for */
	uint64_t asked_seq;      /* likewise: what was here then */
	unsigned num_skips;      /* times in a row that it was told to begin later */
	uint64_t retry_ms;       /* nothing is asked before */
};

/* Begin to follow a topic, from the first event that this account may see. One that is
 * followed already goes on, also after the relay has closed it. */
enum kr_err topic_follow(struct kr_core *core, const struct kr_topic *name);
/* Topics of cases and notes are not subscribed to (there may be more of them than a
 * connection can have subscriptions) but read, page by page, up to this seq; UINT64_MAX:
 * to the end. */
enum kr_err topic_hint(struct kr_core *core, const struct kr_topic *name, uint64_t seq);
/* Of as many as are kept: what seq they have is the relay's word. */
enum kr_err topic_drop_events(struct kr_core *core, const struct kr_topic *name);
/* Stop, and forget cursor and kept events. */
enum kr_err topic_forget(struct kr_core *core, const struct kr_topic *name);
struct topic *topic_find(struct kr_core *core, const struct kr_topic *name);
const struct topic *topic_look(const struct kr_core *core, const struct kr_topic *name);

/* Is everything up to the head that the relay gave on this connection taken in? */
bool topic_is_caught_up(const struct topic *topic);
bool topics_are_caught_up(const struct kr_core *core);

/* ---- Kept events ------------------------------------------------------------------ */

/* An event as it is kept. content is the body, or what the module that keeps it makes of
 * it (a group: who sent it and the plaintext). Views point into the record. */
struct kept_event {
	struct kr_topic topic;
	uint64_t seq;
	uint64_t rev;
	uint16_t type;
	uint8_t id[KR_EVENT_ID_BYTES];
	struct kr_view author; /* account, or empty */
	uint64_t time_ms;
	uint8_t hash[KR_SHA256_BYTES]; /* running, after it */
	struct kr_view head;
	struct kr_view content;
};

/* The event as it came, with content for its body; views point into the record. */
struct kr_event event_of_kept(const struct kept_event *kept);

enum kr_err event_keep(struct kr_core *core, const struct kr_event *event,
	const uint8_t hash[KR_SHA256_BYTES], struct kr_view content);
/* KR_ERR_NOT_FOUND. */
enum kr_err event_kept(const struct kr_core *core, const struct kr_topic *topic,
	uint64_t seq, struct kept_event *out);
/* In order of seq: start with *at = 0; KR_ERR_NOT_FOUND after the last. */
enum kr_err event_next(const struct kr_core *core, const struct kr_topic *topic,
	size_t *at, struct kept_event *out);

/* What the author of something claims to have seen of this topic (GroupAAD, statements):
 * raises the alarm `fork` if it contradicts what was seen here. */
enum kr_err topic_compare_seen(struct kr_core *core, const struct kr_topic *topic,
	uint64_t seen_seq, const uint8_t seen_hash[KR_SHA256_BYTES], uint64_t at_seq,
	const uint8_t *account);

/* ---- From the link ---------------------------------------------------------------- */

enum kr_err topics_load(struct kr_core *core);
void topics_free(struct kr_core *core);
/* A delivered event. */
enum kr_err topics_event(struct kr_core *core, const struct kr_event_delivery *delivery);
/* {"verb":"ended"} for a topic: there is no access any more. */
enum kr_err topics_ended(struct kr_core *core, const struct kr_topic *name);
void topics_disconnected(struct kr_core *core);
/* Subscribe to what is not subscribed yet. */
enum kr_err topics_reconcile(struct kr_core *core);

#endif
