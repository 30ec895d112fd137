/* The relay: sessions, verbs, groups and fan-out as a machine without I/O.
 *
 * It owns no file descriptor, starts no thread and reads no clock. Whoever owns the
 * network (server/net) feeds it: a connection opened, a message arrived, a connection
 * closed, the time moved on, a commit is done. What the relay wants in return is
 * fetched, never called back:
 *
 *	after every input, until NULL:  conn = relay_next_ready(relay)
 *		bytes to send?          n = relay_drain(relay, conn, buf, cap)
 *		to be closed?           code = relay_close_code(conn), once all is drained
 *	after every turn of the loop:   relay_turn_end(relay)
 *
 * propose() is the one function that the relay calls on its host. Everything happens on
 * the one thread of the event loop; reads of the store are point look-ups and bounded
 * pages within one read transaction, which relay_turn_end gives back.
 *
 * Every byte that goes out is a complete WebSocket frame, ready for the wire: server
 * frames are not masked, so one frame is built once for all its readers. */
#ifndef KRING_RELAY_RELAY_H
#define KRING_RELAY_RELAY_H

#include <kring/bytes.h>
#include <kring/crypto.h>
#include <kring/event.h>

struct relay;
struct relay_conn; /* one connection; a member of it holds the host's pointer */
struct log_append;
struct store;

/* ---- Setting up ------------------------------------------------------------------- */

enum quota_class {
	QUOTA_LIGHT,
	QUOTA_READ,
	QUOTA_POST,
	QUOTA_STATE,
	QUOTA_KEYS,
	QUOTA_AUTH,
	QUOTA_CASE, /* to submit a signal, or to come back to one */
	QUOTA_NUM_CLASSES,
};
enum quota_level {
	QUOTA_CONNECTION,
	QUOTA_ACCOUNT,
	QUOTA_ADDRESS,
	QUOTA_NUM_LEVELS,
};
struct quota_rate {
	uint32_t per_minute; /* 0: no limit */
	uint32_t burst;
};

struct relay_config {
	char name[256];   /* what clients sign; the relay's public name */
	uint32_t idle_ms; /* no input for so long: 4002 */
	uint32_t anonymous_idle_ms;
	uint32_t ping_ms; /* silence after which the relay pings */
	uint32_t slow_ms; /* a connection with waiting output that takes none: 4003 */
	uint32_t max_connections;
	uint32_t max_anonymous; /* connections that have not authenticated */
	uint32_t max_per_address;
	uint32_t max_queued;   /* appends that wait for the committer, in all */
	size_t ring_bytes;     /* of one active topic; a power of two */
	size_t max_ring_total; /* of all rings together */
	struct quota_rate quotas[QUOTA_NUM_LEVELS][QUOTA_NUM_CLASSES];
};

/* Sensible for one neighbourhood relay on a small machine. */
void relay_config_default(struct relay_config *config);

struct relay_host {
	void *ctx;
	/* Queue an append: committer_submit, with its errors. Every append that was
	 * taken comes back through relay_committed, on this thread and never from
	 * within this call. */
	enum kr_err (*propose)(void *ctx, struct log_append *append);
};

/* The relay signs with the key that the store holds. The store and rng are borrowed for
 * the relay's life; config and host are copied. now_ms is the wall clock in milliseconds
 * since 1970: it stamps events; mono_ms never goes back: it runs quotas and timeouts.
 * KR_ERR_ARGUMENT for a name that is empty or without its NUL, and a ring that is no
 * power of two or below 64 KiB; KR_ERR_MEMORY, KR_ERR_RANDOM. */
enum kr_err relay_new(struct relay **out, const struct relay_config *config,
	const struct relay_host *host, struct store *store, const struct kr_random *rng,
	uint64_t now_ms, uint64_t mono_ms);

/* Frees all connections as well. No append may be outstanding: stop the committer, give
 * every one back, then free. Happy with NULL. */
void relay_free(struct relay *relay);

/* Take other limits and quotas, at once. The name and the size of a ring stay. */
void relay_reconfigure(struct relay *relay, const struct relay_config *config);

/* ---- Inputs ----------------------------------------------------------------------- */

/* A connection's WebSocket handshake is done. address is the peer's, 16 bytes (IPv4
 * mapped into IPv6, IPv6 as its /64): it is hashed under the day's key at once and not
 * kept. Its hello waits to be drained on return. KR_ERR_LIMIT: refuse it with close
 * code 1013. KR_ERR_MEMORY, KR_ERR_RANDOM: 1011. */
enum kr_err relay_open(struct relay *relay, struct relay_conn **out, void *host_conn,
	const uint8_t address[16]);

/* The largest message that this connection may send now: the host stops reassembling
 * beyond it and calls relay_refuse(conn, 1009). Changes with authentication. */
size_t relay_max_message(const struct relay_conn *conn);

/* A complete message arrived. The bytes are the host's and are not kept. Never fails:
 * what is wrong with it is answered to the peer. */
void relay_message(struct relay *relay, struct relay_conn *conn, struct kr_view message,
	bool is_text);

/* A pong or other control frame arrived: the connection is alive. */
void relay_alive(struct relay *relay, struct relay_conn *conn);

/* The host found the peer at fault (1002, 1003, 1007, 1009): queue this close code. */
void relay_refuse(struct relay *relay, struct relay_conn *conn, uint16_t code);

/* The connection is gone; conn is invalid from here on. Its appends run to their end. */
void relay_closed(struct relay *relay, struct relay_conn *conn);

/* Time moved on; call at least once a second. Timeouts, pings, quotas, idle rings. */
void relay_tick(struct relay *relay, uint64_t now_ms, uint64_t mono_ms);

/* The committer is done with an append: what committer_fetch gave, in that order. The
 * relay frees it. */
void relay_committed(struct relay *relay, struct log_append *append);

/* The loop has nothing more to feed for now: the store's read transaction is given
 * back. */
void relay_turn_end(struct relay *relay);

/* ---- Outputs ---------------------------------------------------------------------- */

/* The next connection that has something to send, or is to be closed, and has not been
 * given out since it was last drained; NULL when there is none. */
struct relay_conn *relay_next_ready(struct relay *relay);

void *relay_host_conn(const struct relay_conn *conn);

/* Copy up to cap bytes (at least 16 KiB of room) of frames for this connection into
 * buf: answers first, then what waits in its topics, in order in each topic. A large
 * frame is given in pieces. 0: nothing waits. May be called at any time;
 * relay_next_ready gives the connection out again only after a call that returned 0, so
 * a host that could not write keeps calling when it can. */
size_t relay_drain(
	struct relay *relay, struct relay_conn *conn, uint8_t *buf, size_t cap);

/* Something waits to be drained. */
bool relay_wants_drain(const struct relay_conn *conn);

/* 0, or the code with which to close the connection once it is drained, or at once if
 * it was given out by relay_next_ready while its socket takes nothing. */
uint16_t relay_close_code(const struct relay_conn *conn);

/* ---- The operator ----------------------------------------------------------------- */

/* An append by the operator, through the same queue. done is called from
 * relay_committed. */
typedef void relay_done_fn(void *ctx, enum kr_err err);

/* A code to found a community (purpose 1) or an inbox (2) with, once, until then: hash is
 * SHA-256 of the code. KR_ERR_LIMIT, KR_ERR_MEMORY, KR_ERR_RANDOM. */
enum kr_err relay_operator_grant(struct relay *relay, const uint8_t hash[KR_SHA256_BYTES],
	uint64_t until_ms, uint32_t purpose, relay_done_fn *done, void *ctx);
enum kr_err relay_operator_revoke(struct relay *relay,
	const uint8_t hash[KR_SHA256_BYTES], relay_done_fn *done, void *ctx);
/* Block an account: its connections are closed with 4001 and it cannot authenticate. */
enum kr_err relay_operator_block(struct relay *relay, const uint8_t account[KR_ID_BYTES],
	bool blocked, relay_done_fn *done, void *ctx);

struct relay_statistics {
	uint64_t connections;
	uint64_t authenticated;
	uint64_t accepted; /* connections, since the start */
	uint64_t requests;
	uint64_t errors;   /* requests answered with an error */
	uint64_t failures; /* of these, those that are the relay's own trouble */
	uint64_t quota_refusals;
	uint64_t appends;
	uint64_t deliveries; /* event frames handed out, over all connections */
	uint64_t delivered_bytes;
	uint64_t catch_ups; /* pages read from the store for readers */
	uint64_t rings;
	uint64_t ring_bytes;
	uint64_t outstanding; /* appends with the committer */
	uint64_t closed_slow;
	uint64_t closed_idle;
};
void relay_statistics(const struct relay *relay, struct relay_statistics *out);

/* How many cases there are, by what runs. KR_ERR_STORE_…. */
struct store_case_counts;
enum kr_err relay_case_counts(struct relay *relay, struct store_case_counts *out);

/* What the relay signs with, as hello says it. */
void relay_key(const struct relay *relay, uint8_t out[KR_ED25519_PUBLIC_BYTES]);

#endif
