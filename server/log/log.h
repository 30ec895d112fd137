/* The ordered durable log: what is asked of it and what it answers.
 *
 * An append is one or more events that are stored all or nothing. Each event goes to a
 * topic of its own or shared with others, with or without the revision that it expects
 * there. Guards are revisions of other topics that must still hold. Keys are strings that
 * the log takes once and never again. Events of one append have consecutive global
 * positions.
 *
 * An engine orders appends and makes them durable; the committer feeds it from a thread
 * of its own. server/store is the embedded engine. Reading is the store's business
 * whatever the engine, since every engine ends up in the relay's own store (store.h).
 *
 * An append owns copies of all bytes given to it, so it may travel between threads: the
 * loop builds it, hands it to the committer, and gets it back with its result filled
 * in. */
#ifndef KRING_SERVER_LOG_LOG_H
#define KRING_SERVER_LOG_LOG_H

#include <kring/event.h>

/* Events in one append: a Welcome for each account that one commit adds, and more. */
#define LOG_EVENTS_MAX     256
#define LOG_GUARDS_MAX     256
#define LOG_KEYS_MAX       64
#define LOG_KEY_BYTES_MAX  128
#define LOG_BODY_BYTES_MAX ((size_t)1 << 24)

/* Expect any revision. A real one is never this large. */
#define LOG_REV_ANY UINT64_MAX

/* Where a stored event stands. */
struct log_place {
	uint64_t position;             /* in the whole log, from 1; never reused */
	uint64_t seq;                  /* in its topic, dense from 1; 0: trimmed since */
	uint64_t rev;                  /* of its topic, after it */
	uint8_t hash[KR_SHA256_BYTES]; /* the topic's running hash, after it */
};

struct log_event {
	struct kr_event event; /* seq and rev are filled in when it is stored */
	uint64_t expect_rev;   /* of its topic, just before it; or LOG_REV_ANY */
	bool derived;          /* made by the relay in consequence of the others */
	struct log_place place;
};

struct log_guard {
	struct kr_topic topic;
	uint64_t rev; /* 0: nothing that counts has happened there, if it exists at all */
};

enum log_outcome {
	LOG_PENDING,      /* not answered yet */
	LOG_APPENDED,     /* on disk; every event has its place */
	LOG_REPEATED,     /* was appended before, with the same bytes; its places then */
	LOG_ID_REUSED,    /* the author used this event id for other bytes */
	LOG_REV_CONFLICT, /* event [index] expected another revision than rev */
	LOG_GUARD_FAILED, /* guard [index] no longer holds: its topic is at rev */
	LOG_KEY_TAKEN,    /* key [index] was used before */
	LOG_FAILED,       /* err says why; nothing is stored */
};

struct log_result {
	enum log_outcome outcome;
	/* LOG_FAILED only: KR_ERR_STORE_FULL (again later), KR_ERR_STORE_IO (unknown
	 * whether it is stored: repeat with the same id), KR_ERR_MEMORY, KR_ERR_ARGUMENT
	 * (no event, or one of a type, head or topic that does not exist). */
	enum kr_err err;
	size_t index; /* of the event, guard or key that failed */
	uint64_t rev; /* the topic's actual revision */
};

struct log_block;

/* Requests are named by the author and id of their first event: that pair is refused
 * twice. Repeated means: the same events, apart from those marked derived, by topic,
 * type, head and body. Times, expectations, guards and keys may differ. */
struct log_append {
	struct log_event *events;
	size_t num_events;
	struct log_guard *guards;
	size_t num_guards;
	struct kr_view *keys;
	size_t num_keys;
	struct log_result result;
	void *owner;             /* the caller's; the log does not look at it */
	struct log_append *next; /* the queue's */
	struct log_block *blocks;
	size_t num_bytes; /* what it weighs, for quotas */
};

/* NULL when memory is out. */
struct log_append *log_append_new(void);
void log_append_free(struct log_append *a);

/* Add copies. expect_rev may be LOG_REV_ANY; seq and rev of the event are ignored.
 * KR_ERR_LIMIT beyond the bounds above, KR_ERR_MEMORY. After an error only free is
 * allowed. */
enum kr_err log_append_event(
	struct log_append *a, const struct kr_event *event, uint64_t expect_rev);
enum kr_err log_append_derived(
	struct log_append *a, const struct kr_event *event, uint64_t expect_rev);
enum kr_err log_append_guard(
	struct log_append *a, const struct kr_topic *topic, uint64_t rev);
enum kr_err log_append_key(struct log_append *a, struct kr_view key);

/* ---- Engines -------------------------------------------------------------------- */

struct log_engine;

struct log_engine_ops {
	/* Check and store a batch in the given order, in one transaction with one fsync,
	 * and fill in every result. An append that is refused leaves no trace and does
	 * not touch the others. When the transaction itself fails, all of the batch is
	 * LOG_FAILED. Called from one thread only. */
	void (*commit)(
		struct log_engine *engine, struct log_append *const *batch, size_t num);
};

/* The first member of every engine. */
struct log_engine {
	const struct log_engine_ops *ops;
};

#endif
