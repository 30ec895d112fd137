/* Sessions: many WebSocket clients of kring.v1 on one epoll, in one thread.
 *
 * A client of its own rather than a library: a generator that costs more than the relay
 * measures itself. Frames from the relay are unmasked and unfragmented. */
#ifndef KRING_LOAD_SESSION_H
#define KRING_LOAD_SESSION_H

#include <netinet/in.h>

#include <kring/request.h>
#include <kring/wire.h>

enum session_state {
	SESSION_NEW,
	SESSION_CONNECTING, /* TCP */
	SESSION_UPGRADING,  /* HTTP */
	SESSION_GREETING,   /* waits for hello */
	SESSION_PROVING,    /* waits for the answer to auth */
	SESSION_READY,
	SESSION_FAILED,
};

struct session_pool;

struct session {
	struct session_pool *pool;
	uint32_t index;
	int fd;
	enum session_state state;
	uint16_t close_code; /* what the relay closed it with; 0: it did not */
	uint64_t next_id;
	uint64_t num_outstanding;
	struct kr_ed25519_keypair device;
	uint8_t account[KR_ID_BYTES];
	struct kr_bytes rest; /* the beginning of a frame whose end has not come */
	size_t rest_len;
	struct kr_writer out;
	size_t sent; /* of out */
	bool wants_write;
	bool paused; /* reads nothing */
};

/* A message from the relay, other than hello and the answer to auth: the object and the
 * body are views that are gone when this returns. */
typedef void session_message_fn(
	void *ctx, struct session *session, struct kr_view object, struct kr_view body);

struct session_pool {
	int epoll;
	struct sockaddr_storage address;
	socklen_t address_len;
	struct session *list;
	uint32_t num;
	uint32_t num_ready;
	uint32_t num_failed;
	uint32_t num_starting;
	char relay[KR_RELAY_NAME_MAX + 1]; /* from the first hello */
	uint8_t incarnation[KR_INCARNATION_BYTES];
	session_message_fn *on_message;
	void *ctx;
	uint64_t now_ns; /* when the batch that is being handled was read */
	uint64_t bytes_in;
	uint64_t reads;
	uint8_t *buffer;
};

/* KR_ERR_ARGUMENT for an address that is none, KR_ERR_MEMORY, KR_ERR_STATE. */
enum kr_err pool_init(struct session_pool *pool, const char *address, uint16_t port,
	uint32_t num, session_message_fn *on_message, void *ctx);
void pool_finish(struct session_pool *pool);

/* Connect and authenticate sessions first to first + num - 1, some at a time, until each
 * is ready or failed or the deadline (of pool_now) has passed. KR_ERR_STATE if any is not
 * ready. */
enum kr_err pool_connect(
	struct session_pool *pool, uint32_t first, uint32_t num, uint64_t deadline_ns);

/* Handle what has come, waiting up to timeout_ms for something to come. */
void pool_poll(struct session_pool *pool, int timeout_ms);

/* Nanoseconds of the monotonic clock. */
uint64_t pool_now(void);

/* Queue a request under the next id, which is returned; it is written by the next poll,
 * or sooner by session_flush. */
uint64_t session_request(struct session *session, struct kr_request *request);
void session_flush(struct session *session);

/* Stop reading, as a phone without a network does, or go on. */
void session_pause(struct session *session, bool paused);

#endif
