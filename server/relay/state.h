/* What the files of server/relay share. Nothing outside includes this; see relay.h. */
#ifndef KRING_RELAY_STATE_H
#define KRING_RELAY_STATE_H

#include <kring/mls_header.h>
#include <kring/request.h>

#include "server/log/log.h"
#include "server/relay/fanout.h"
#include "server/relay/quota.h"
#include "server/relay/relay.h"
#include "server/store/projection.h"
#include "server/store/store.h"

#define MAX_OUTSTANDING   64 /* appends of one connection */
#define MAX_SUBSCRIPTIONS 256
#define MAX_BAD_IN_A_ROW  32
#define MAX_ATTEMPTS      16                /* at an append whose ground moved under it */
#define OUT_MAX           ((size_t)4 << 20) /* queued for one authenticated connection */
#define OUT_MAX_ANONYMOUS ((size_t)1 << 18)
#define OUT_MAX_FOR_PAGES ((size_t)1 << 19) /* beyond this no page is added */

/* A piece of a connection's queue of bytes to send. */
struct out_chunk {
	struct out_chunk *next;
	size_t len;
	size_t cap;
	size_t sent;
	uint8_t data[];
};

enum ready_state {
	READY_IDLE,   /* nothing to do */
	READY_QUEUED, /* waits for relay_next_ready */
	READY_GIVEN,  /* the host drains it */
};

/* The wheel that looks at each connection now and then: one slot a second. */
#define WHEEL_SLOTS 128

/* What a connection without an account is to one case: PROTOCOL.md §4a. */
enum case_access {
	CASE_NONE,
	CASE_ASKED, /* its signal is on the way to the disk */
	CASE_OPEN,  /* it is the reporter's */
};

struct relay_conn {
	struct relay *relay;
	void *host_conn;
	struct relay_conn *next, *prev;             /* all connections */
	struct relay_conn *wheel_next, *wheel_prev; /* of one slot */
	struct relay_conn *ready_next, *ready_prev;
	size_t wheel_slot;
	enum ready_state ready;
	uint16_t close_code;
	bool authenticated;
	bool pinged;
	uint16_t num_bad; /* unreadable requests in a row */
	uint16_t num_outstanding;
	uint16_t num_subscriptions;
	uint8_t challenge[KR_CHALLENGE_BYTES];
	uint8_t account[KR_ID_BYTES];
	uint8_t device[KR_ED25519_PUBLIC_BYTES];
	enum case_access case_access;
	uint8_t case_id[KR_ID_BYTES]; /* unless CASE_NONE */
	uint8_t address
		[16]; /* until authenticated, to change its kind of quota; then wiped */
	struct out_chunk *out_head, *out_tail;
	size_t out_bytes;
	struct subscription *subscriptions;
	struct subscription *pending_head, *pending_tail;
	struct pending *pending; /* appends under way */
	struct quota_buckets buckets;
	struct quota_entry *by_address;
	struct quota_entry *by_account; /* NULL while anonymous */
	uint64_t input_ms;              /* monotonic; the last thing that arrived */
	uint64_t request_ms;            /* the last request */
	uint64_t drained_ms; /* the last time that output was taken, or there was none */
};

/* An append under way, and what is needed to answer it or to try it anew. */
struct pending {
	struct relay *relay;
	struct relay_conn *conn; /* NULL: gone, or the operator's */
	struct pending *next, *prev;
	struct kr_bytes message; /* the request as it came */
	bool is_text;
	unsigned num_attempts;
	uint64_t request_id;
	enum kr_verb verb;
	relay_done_fn *done; /* the operator's */
	void *done_ctx;
};

struct relay {
	struct relay_config config;
	struct relay_host host;
	struct store *store;
	const struct kr_random *rng;
	struct store_view view;
	bool view_is_open;
	uint64_t now_ms;
	uint64_t mono_ms;
	uint64_t wheel_at; /* the second up to which the wheel has turned */
	struct relay_conn *wheel[WHEEL_SLOTS];
	struct relay_conn *conns;
	struct relay_conn *ready_head, *ready_tail;
	struct quota_table quotas;
	struct fanout fanout;
	struct kr_writer scratch; /* for one answer */
	struct relay_statistics statistics;
	uint64_t num_anonymous;
	struct kr_ed25519_keypair key;
	unsigned clocks_under_way; /* appends for clocks that ran out */
	bool clocks_moved;         /* one of these was stored */
};

/* ---- relay.c ---------------------------------------------------------------------- */

/* The view of this turn. KR_ERR_STORE_IO, KR_ERR_MEMORY, KR_ERR_LIMIT. */
enum kr_err relay_view(struct relay *relay, const struct store_view **out);
void relay_view_drop(struct relay *relay);

/* ---- clocks.c --------------------------------------------------------------------- */

/* Append what the clocks that have run out ask for. */
void clocks_run(struct relay *relay);

/* ---- out.c ------------------------------------------------------------------------ */

/* Queue one frame. What is beyond the connection's bound, or memory, closes it
 * instead. */
void out_frame(struct relay_conn *conn, unsigned opcode, struct kr_view payload);
/* Queue what the relay's scratch holds as one frame; an error in it closes instead. */
void out_scratch(struct relay_conn *conn, unsigned opcode);
/* Queue bytes that are whole frames already. */
void out_bytes(struct relay_conn *conn, struct kr_view frames);
size_t out_take(struct relay_conn *conn, uint8_t *buf, size_t cap);
void out_free(struct relay_conn *conn);

/* ---- drain.c ---------------------------------------------------------------------- */

void conn_make_ready(struct relay_conn *conn);
void conn_leave_ready(struct relay_conn *conn);

/* Queue a close; the first code stays. */
void conn_close(struct relay_conn *conn, uint16_t code);

/* Tell the peer that a subscription is over, and why, and end it. */
void subscription_end(struct subscription *s, enum kr_err why);
/* To a connection that may subscribe to a topic from now on. */
void tell_begun(struct relay_conn *conn, const struct kr_topic *topic);

#endif
