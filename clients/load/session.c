#include "clients/load/session.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define READ_BYTES     ((size_t)256 << 10)
#define EVENTS_AT_ONCE 256
#define STARTS_AT_ONCE 200

/* A client must mask; what with is its own affair. */
static const uint8_t mask_key[4] = {0x4b, 0x72, 0x69, 0x6e};

uint64_t pool_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* ---- Ends -------------------------------------------------------------------------- */

static bool is_starting(const struct session *session)
{
	return session->state > SESSION_NEW && session->state < SESSION_READY;
}

static void set_state(struct session *session, enum session_state state)
{
	struct session_pool *pool = session->pool;

	pool->num_starting -= is_starting(session);
	pool->num_ready -= session->state == SESSION_READY;
	session->state = state;
	pool->num_starting += is_starting(session);
	pool->num_ready += state == SESSION_READY;
	pool->num_failed += state == SESSION_FAILED;
}

static void fail(struct session *session)
{
	if (session->state == SESSION_FAILED) {
		return;
	}
	if (session->fd >= 0) {
		(void)close(session->fd);
		session->fd = -1;
	}
	set_state(session, SESSION_FAILED);
}

/* ---- Writing ----------------------------------------------------------------------- */

static void watch(struct session *session)
{
	struct epoll_event event = {
		.events = (session->paused ? 0 : (uint32_t)EPOLLIN) |
			(session->wants_write ? (uint32_t)EPOLLOUT : 0),
		.data.ptr = session,
	};

	if (session->fd >= 0) {
		(void)epoll_ctl(session->pool->epoll, EPOLL_CTL_MOD, session->fd, &event);
	}
}

static void want_write(struct session *session, bool wants)
{
	if (session->wants_write != wants) {
		session->wants_write = wants;
		watch(session);
	}
}

void session_pause(struct session *session, bool paused)
{
	session->paused = paused;
	watch(session);
}

void session_flush(struct session *session)
{
	struct kr_view out = kr_writer_view(&session->out);

	while (session->fd >= 0 && session->sent < out.len) {
		ssize_t len = send(session->fd, out.data + session->sent,
			out.len - session->sent, MSG_NOSIGNAL);

		if (len < 0) {
			if (errno != EAGAIN && errno != EINTR) {
				fail(session);
				return;
			}
			want_write(session, true);
			return;
		}
		session->sent += (size_t)len;
	}
	kr_writer_reset(&session->out);
	session->sent = 0;
	if (session->fd >= 0) {
		want_write(session, false);
	}
}

static void queue_frame(struct session *session, uint8_t opcode, struct kr_view payload)
{
	uint8_t masked[1024];
	struct kr_writer *out = &session->out;

	kr_write_u8(out, 0x80 | opcode);
	if (payload.len < 126) {
		kr_write_u8(out, (uint8_t)(0x80 | payload.len));
	} else if (payload.len < 65536) {
		kr_write_u8(out, 0x80 | 126);
		kr_write_u16(out, (uint16_t)payload.len);
	} else {
		kr_write_u8(out, 0x80 | 127);
		kr_write_u64(out, payload.len);
	}
	kr_write_fixed(out, kr_view(mask_key, sizeof(mask_key)));
	/* Pieces are a multiple of the key, so each begins with its first byte. */
	for (size_t done = 0; done < payload.len; done += sizeof(masked)) {
		size_t len = payload.len - done;

		len = len < sizeof(masked) ? len : sizeof(masked);
		for (size_t i = 0; i < len; i++) {
			masked[i] = payload.data[done + i] ^ mask_key[i & 3];
		}
		kr_write_fixed(out, kr_view(masked, len));
	}
}

uint64_t session_request(struct session *session, struct kr_request *request)
{
	KR_AUTO_WRITER struct kr_writer message = {0};
	bool is_text;

	request->id = ++session->next_id;
	request->fields = kr_verb_info(request->verb)->required;
	kr_writer_init(&message);
	kr_request_write(&message, &is_text, request);
	queue_frame(
		session, is_text ? KR_WS_TEXT : KR_WS_BINARY, kr_writer_view(&message));
	session->num_outstanding++;
	return request->id;
}

/* ---- Coming in --------------------------------------------------------------------- */

static enum kr_err prove(struct session *session, const struct kr_json_doc *hello)
{
	struct session_pool *pool = session->pool;
	struct kr_request request = {.verb = KR_VERB_AUTH};
	uint8_t challenge[KR_CHALLENGE_BYTES];
	KR_AUTO_WRITER struct kr_writer tbs = {0};
	struct kr_view relay;
	enum kr_err err;

	if ((err = kr_json_get_str(hello, "relay", &relay)) ||
		(err = kr_json_get_bytes(
			 hello, "challenge", challenge, sizeof(challenge))) ||
		(err = kr_json_get_bytes(hello, "incarnation", pool->incarnation,
			 sizeof(pool->incarnation)))) {
		return err;
	}
	(void)snprintf(pool->relay, sizeof(pool->relay), "%.*s", (int)relay.len,
		(const char *)relay.data);
	kr_writer_init(&tbs);
	kr_auth_tbs(&tbs, relay, challenge, session->account, session->device.public_key);
	kr_ed25519_sign(request.sig, &session->device, kr_writer_view(&tbs));
	memcpy(request.account, session->account, sizeof(request.account));
	memcpy(request.key, session->device.public_key, sizeof(request.key));
	(void)session_request(session, &request);
	return KR_OK;
}

static void on_first_messages(struct session *session, struct kr_view object)
{
	struct kr_json_doc doc;
	bool ok = false;

	if (kr_json_parse(&doc, object)) {
		fail(session);
		return;
	}
	if (session->state == SESSION_GREETING && !prove(session, &doc)) {
		set_state(session, SESSION_PROVING);
		session_flush(session);
	} else if (session->state == SESSION_PROVING &&
		!kr_json_get_bool(&doc, "ok", &ok) && ok) {
		session->num_outstanding--;
		set_state(session, SESSION_READY);
	} else {
		fail(session);
	}
	kr_json_free(&doc);
}

static void on_message(struct session *session, struct kr_view message, bool is_text)
{
	struct session_pool *pool = session->pool;
	struct kr_message parts;

	if (kr_message_split(&parts, message, is_text)) {
		fail(session);
	} else if (session->state == SESSION_READY) {
		pool->on_message(pool->ctx, session, parts.object, parts.body);
	} else {
		on_first_messages(session, parts.object);
	}
}

static void on_frame(struct session *session, uint8_t opcode, struct kr_view payload)
{
	switch (opcode) {
	case 0x1:
	case 0x2:
		on_message(session, payload, opcode == 0x1);
		break;
	case 0x8:
		if (payload.len >= 2) {
			session->close_code = (uint16_t)((unsigned)payload.data[0] << 8 |
				payload.data[1]);
		}
		fail(session);
		break;
	case 0x9:
		queue_frame(session, 0xa, payload);
		session_flush(session);
		break;
	default:
		break;
	}
}

/* The first frame in bytes: its length as a whole, 0 if more has to come. */
static size_t frame_length(struct kr_view bytes, size_t *header)
{
	const uint8_t *p = bytes.data;
	size_t len;

	if (bytes.len < 2) {
		return 0;
	}
	len = p[1] & 0x7f;
	*header = len == 126 ? 4 : len == 127 ? 10 : 2;
	if (bytes.len < *header) {
		return 0;
	}
	if (len == 126) {
		len = (size_t)p[2] << 8 | p[3];
	} else if (len == 127) {
		len = 0;
		for (size_t i = 2; i < 10; i++) {
			len = len << 8 | p[i];
		}
	}
	return bytes.len - *header >= len ? *header + len : 0;
}

/* The relay's answer to the upgrade; how much of bytes it is, 0 if more has to come. */
static size_t take_upgrade(struct session *session, struct kr_view bytes)
{
	const uint8_t *end = memmem(bytes.data, bytes.len, "\r\n\r\n", 4);

	if (!end) {
		return 0;
	}
	if (bytes.len < 12 || memcmp(bytes.data, "HTTP/1.1 101", 12) != 0) {
		fail(session);
		return 0;
	}
	set_state(session, SESSION_GREETING);
	return (size_t)(end - bytes.data) + 4;
}

/* Handle all whole frames; what is left is the beginning of one. */
static struct kr_view take_frames(struct session *session, struct kr_view bytes)
{
	size_t header = 0, len;

	if (session->state == SESSION_UPGRADING) {
		len = take_upgrade(session, bytes);
		bytes = kr_view(bytes.data + len, bytes.len - len);
	}
	while (session->state > SESSION_UPGRADING && session->state != SESSION_FAILED &&
		(len = frame_length(bytes, &header))) {
		on_frame(session, bytes.data[0] & 0xf,
			kr_view(bytes.data + header, len - header));
		bytes = kr_view(bytes.data + len, bytes.len - len);
	}
	return bytes;
}

static void on_readable(struct session *session)
{
	struct session_pool *pool = session->pool;
	size_t have = session->rest_len;
	struct kr_view left;
	ssize_t len;

	/* The beginning of a frame lies apart, so that an idle session needs no
	 * buffer. */
	if (have) {
		memcpy(pool->buffer, session->rest.data, have);
	}
	len = recv(session->fd, pool->buffer + have, READ_BYTES, 0);
	if (len <= 0) {
		if (len == 0 || (errno != EAGAIN && errno != EINTR)) {
			fail(session);
		}
		return;
	}
	pool->now_ns = pool_now();
	pool->bytes_in += (size_t)len;
	pool->reads++;
	left = take_frames(session, kr_view(pool->buffer, have + (size_t)len));
	session->rest_len = 0;
	if (session->state == SESSION_FAILED || !left.len) {
		return;
	}
	if (left.len > session->rest.len) {
		kr_bytes_free(&session->rest);
		if (kr_bytes_alloc(&session->rest, left.len + 1024)) {
			fail(session);
			return;
		}
	}
	memcpy(session->rest.data, left.data, left.len);
	session->rest_len = left.len;
	/* No frame of the relay is larger than this. */
	if (left.len > READ_BYTES + ((size_t)2 << 20)) {
		fail(session);
	}
}

/* ---- The loop ---------------------------------------------------------------------- */

static void on_connected(struct session *session)
{
	static const char upgrade[] = "GET /kring HTTP/1.1\r\n"
				      "Host: kring-load\r\n"
				      "Connection: Upgrade\r\n"
				      "Upgrade: websocket\r\n"
				      "Sec-WebSocket-Version: 13\r\n"
				      "Sec-WebSocket-Key: a3JpbmctbG9hZC1rcmluZw==\r\n"
				      "Sec-WebSocket-Protocol: kring.v1\r\n\r\n";

	set_state(session, SESSION_UPGRADING);
	kr_write_fixed(&session->out, kr_view_str(upgrade));
	session_flush(session);
}

void pool_poll(struct session_pool *pool, int timeout_ms)
{
	struct epoll_event events[EVENTS_AT_ONCE];
	int num = epoll_wait(pool->epoll, events, EVENTS_AT_ONCE, timeout_ms);

	for (int i = 0; i < num; i++) {
		struct session *session = events[i].data.ptr;

		if (session->fd < 0) {
			continue;
		}
		if (session->state == SESSION_CONNECTING &&
			(events[i].events & EPOLLOUT)) {
			on_connected(session);
			continue;
		}
		if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
			on_readable(session);
		}
		if (session->fd >= 0 && (events[i].events & EPOLLOUT)) {
			session_flush(session);
		}
	}
}

static void start(struct session *session)
{
	struct session_pool *pool = session->pool;
	struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.ptr = session};
	int one = 1;

	session->fd = socket(
		pool->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	set_state(session, SESSION_CONNECTING);
	session->wants_write = true;
	if (session->fd < 0 ||
		setsockopt(session->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) ||
		(connect(session->fd, (struct sockaddr *)&pool->address,
			 pool->address_len) &&
			errno != EINPROGRESS) ||
		epoll_ctl(pool->epoll, EPOLL_CTL_ADD, session->fd, &event)) {
		fail(session);
	}
}

enum kr_err pool_connect(
	struct session_pool *pool, uint32_t first, uint32_t num, uint64_t deadline_ns)
{
	uint32_t next = first;
	uint32_t wanted = pool->num_ready + num;
	uint32_t failed_before = pool->num_failed;

	while (pool_now() < deadline_ns && pool->num_ready < wanted &&
		pool->num_failed == failed_before) {
		while (next < first + num && pool->num_starting < STARTS_AT_ONCE) {
			start(&pool->list[next++]);
		}
		pool_poll(pool, 100);
	}
	return pool->num_ready == wanted ? KR_OK : KR_ERR_STATE;
}

static enum kr_err parse_address(
	struct session_pool *pool, const char *address, uint16_t port)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)&pool->address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&pool->address;

	if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		pool->address_len = sizeof(*v4);
		return KR_OK;
	}
	if (inet_pton(AF_INET6, address, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(port);
		pool->address_len = sizeof(*v6);
		return KR_OK;
	}
	return KR_ERR_ARGUMENT;
}

static enum kr_err session_init(
	struct session *session, struct session_pool *pool, uint32_t index)
{
	enum kr_err err;

	session->pool = pool;
	session->index = index;
	session->fd = -1;
	kr_writer_init(&session->out);
	err = kr_ed25519_generate(&session->device, &kr_random_system);
	kr_account_id(session->account, session->device.public_key);
	return err;
}

enum kr_err pool_init(struct session_pool *pool, const char *address, uint16_t port,
	uint32_t num, session_message_fn *on_message_fn, void *ctx)
{
	enum kr_err err;

	*pool = (struct session_pool){
		.num = num, .on_message = on_message_fn, .ctx = ctx};
	err = parse_address(pool, address, port);
	if (err) {
		return err;
	}
	pool->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (pool->epoll < 0) {
		return KR_ERR_STATE;
	}
	pool->list = calloc(num, sizeof(*pool->list));
	/* A frame begun, one read, and what may follow. */
	pool->buffer = malloc(2 * READ_BYTES + ((size_t)2 << 20));
	if (!pool->list || !pool->buffer) {
		return KR_ERR_MEMORY;
	}
	for (uint32_t i = 0; !err && i < num; i++) {
		err = session_init(&pool->list[i], pool, i);
	}
	return err;
}

void pool_finish(struct session_pool *pool)
{
	for (uint32_t i = 0; pool->list && i < pool->num; i++) {
		struct session *session = &pool->list[i];

		if (session->fd >= 0) {
			(void)close(session->fd);
		}
		kr_bytes_free(&session->rest);
		kr_writer_free(&session->out);
		kr_ed25519_keypair_wipe(&session->device);
	}
	free(pool->list);
	free(pool->buffer);
	if (pool->epoll > 0) {
		(void)close(pool->epoll);
	}
	*pool = (struct session_pool){0};
}
