/* A relay in memory: orders, numbers and hashes what clients append, and hands it on, by
 * the rules of proto/PROTOCOL.md that clients rely on. No quotas, no disk; of signatures
 * only those are looked at that decide who may act in a case. And it lies on command:
 * what a client is told can be changed, held back or made up. */
#ifndef TESTS_UNIT_CORE_RELAY_DOUBLE_H
#define TESTS_UNIT_CORE_RELAY_DOUBLE_H

#include <kring/bytes.h>
#include <kring/case.h>
#include <kring/event.h>
#include <kring/request.h>

struct relay_double;

#define RELAY_DOUBLE_NAME "relay.test"

/* What becomes of an event on its way to one client. It may be changed in place; views
 * may be pointed elsewhere, to what lives on. */
enum relay_delivery {
	RELAY_TRUE = 0,
	RELAY_DROP,  /* this one is left out */
	RELAY_TWICE, /* this one comes again */
	/* Numbered and hashed to fit what this account was told before: with others
	 * dropped, or changed, another history. */
	RELAY_AGAIN,
};

struct relay_lie {
	void *ctx;
	const char *name; /* says hello as this relay; NULL: by its own name */
	enum relay_delivery (*deliver)(void *ctx, int conn, struct kr_event *event);
	/* In place of a key package that is fetched; NULL leaves all as it is. */
	struct kr_view (*key_package)(
		void *ctx, const uint8_t account[KR_ID_BYTES], struct kr_view true_one);
	/* Refuse, with this error, what would be appended; NULL: no. */
	const char *(*refuse)(void *ctx, int conn, const struct kr_request *request);
	bool is_mute; /* takes what comes, does nothing, and says nothing to it */
	/* Say "busy", and to come later, to a request that reads. */
	bool (*is_busy)(void *ctx, int conn, const struct kr_request *request);
	/* In place of the answer to it: the fields after "re". NULL: the truth. */
	const char *(*answer)(void *ctx, const struct kr_request *request);
	/* Of cases. */
	bool is_silent;       /* says nothing when a clock has run out */
	bool gives_early;     /* hands out the wraps of who still waits */
	bool changes_wraps;   /* one bit of each */
	bool takes_forks;     /* appends also what was made on another history */
	int64_t until_off_ms; /* sets clocks so much later, or earlier */
};

struct relay_double *relay_double_new(void);
void relay_double_free(struct relay_double *relay);
void relay_double_lie(struct relay_double *relay, const struct relay_lie *lie);
void relay_double_set_time(struct relay_double *relay, uint64_t now_ms);

/* A connection: a small number. */
int relay_double_connect(struct relay_double *relay);
void relay_double_disconnect(struct relay_double *relay, int conn);
/* A message from a client. */
void relay_double_take(
	struct relay_double *relay, int conn, struct kr_view message, bool is_text);
/* The next message for a client; the caller frees it. */
bool relay_double_next(
	struct relay_double *relay, int conn, struct kr_bytes *message, bool *is_text);

/* Append what nobody sent. Head and body are copied. */
void relay_double_append(struct relay_double *relay, const struct kr_topic *topic,
	enum kr_event_type type, const uint8_t *author, const struct kr_event_head *head,
	struct kr_view body);

/* The events up to seq are gone, as after their time of keeping. */
void relay_double_trim(
	struct relay_double *relay, const struct kr_topic *topic, uint64_t seq);
/* The store was put back from a backup: what came after seq in this topic is lost. */
void relay_double_restore(
	struct relay_double *relay, const struct kr_topic *topic, uint64_t seq);
/* How many events a topic has; the i-th from 1. Views are valid until the next append. */
uint64_t relay_double_num(const struct relay_double *relay, const struct kr_topic *topic);
const struct kr_event *relay_double_event(
	const struct relay_double *relay, const struct kr_topic *topic, uint64_t seq);
/* The running hash after it. */
void relay_double_hash(const struct relay_double *relay, const struct kr_topic *topic,
	uint64_t seq, uint8_t hash[KR_SHA256_BYTES]);
/* The epoch of a group, by its commits. */
uint64_t relay_double_epoch(
	const struct relay_double *relay, const uint8_t group[KR_ID_BYTES]);
/* A case as it stands; it must be there. */
const struct kr_case_state *relay_double_case(
	const struct relay_double *relay, const uint8_t case_id[KR_ID_BYTES]);
/* The newest record of an inbox, which must be there; views as above. */
void relay_double_inbox(const struct relay_double *relay,
	const uint8_t inbox[KR_ID_BYTES], struct kr_inbox_record *record);
/* Say, signed, that the case is overdue, whether it is or not. */
void relay_double_overdue(struct relay_double *relay, const uint8_t case_id[KR_ID_BYTES]);

#endif
