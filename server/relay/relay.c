/* Connections, time, and what a connection is told without having asked. */
#include "server/relay/relay.h"

#include <stdlib.h>
#include <string.h>

#include "server/relay/call.h"
#include "server/relay/state.h"

/* A ring without a new frame for this long is given back. */
#define RING_IDLE_MS     30000
#define SWEEP_EVERY_S    16
#define RING_BYTES_LEAST ((size_t)65536)

void relay_config_default(struct relay_config *config)
{
	static const struct quota_rate rates[QUOTA_NUM_LEVELS][QUOTA_NUM_CLASSES] = {
		[QUOTA_CONNECTION] =
			{
				[QUOTA_LIGHT] = {600, 120},
				[QUOTA_READ] = {600, 300},
				[QUOTA_POST] = {120, 60},
				[QUOTA_STATE] = {120, 60},
				[QUOTA_KEYS] = {60, 60},
				[QUOTA_AUTH] = {6, 3},
				[QUOTA_CASE] = {6, 3},
			},
		[QUOTA_ACCOUNT] =
			{
				[QUOTA_LIGHT] = {1200, 240},
				[QUOTA_READ] = {1200, 600},
				[QUOTA_POST] = {180, 90},
				[QUOTA_STATE] = {240, 120},
				[QUOTA_KEYS] = {120, 120},
				[QUOTA_AUTH] = {60, 30},
				[QUOTA_CASE] = {60, 30},
			},
		/* Many households share one address. */
		[QUOTA_ADDRESS] =
			{
				[QUOTA_LIGHT] = {12000, 2400},
				[QUOTA_READ] = {12000, 6000},
				[QUOTA_POST] = {1800, 900},
				[QUOTA_STATE] = {2400, 1200},
				[QUOTA_KEYS] = {1200, 1200},
				[QUOTA_AUTH] = {600, 300},
				/* Each is a guess at a receipt: SECURITY.md. */
				[QUOTA_CASE] = {60, 30},
			},
	};

	*config = (struct relay_config){
		.name = "localhost",
		.idle_ms = 120000,
		.anonymous_idle_ms = 60000,
		.ping_ms = 45000,
		.slow_ms = 60000,
		.max_connections = 20000,
		.max_anonymous = 2000,
		.max_per_address = 500,
		.max_queued = 65536,
		.ring_bytes = (size_t)1 << 18,
		.max_ring_total = (size_t)1 << 28,
	};
	memcpy(config->quotas, rates, sizeof(rates));
}

static enum kr_err check_config(const struct relay_config *config)
{
	size_t ring = config->ring_bytes;

	if (config->name[0] == '\0' ||
		memchr(config->name, '\0', sizeof(config->name)) == NULL ||
		ring < RING_BYTES_LEAST || (ring & (ring - 1)) != 0) {
		return KR_ERR_ARGUMENT;
	}
	return KR_OK;
}

static enum kr_err load_key(struct relay *relay)
{
	KR_AUTO_WIPE struct kr_secret seed = {0};
	const struct store_view *view;
	enum kr_err err;

	if ((err = relay_view(relay, &view)) == KR_OK &&
		(err = store_relay_seed(view, &seed)) == KR_OK) {
		kr_ed25519_from_seed(&relay->key, &seed);
	}
	relay_view_drop(relay);
	return err;
}

enum kr_err relay_new(struct relay **out, const struct relay_config *config,
	const struct relay_host *host, struct store *store, const struct kr_random *rng,
	uint64_t now_ms, uint64_t mono_ms)
{
	struct relay *relay;
	enum kr_err err = check_config(config);

	*out = NULL;
	if (err != KR_OK) {
		return err;
	}
	relay = calloc(1, sizeof(*relay));
	if (relay == NULL) {
		return KR_ERR_MEMORY;
	}
	relay->config = *config;
	relay->host = *host;
	relay->store = store;
	relay->rng = rng;
	relay->now_ms = now_ms;
	relay->mono_ms = mono_ms;
	relay->wheel_at = mono_ms / 1000;
	kr_writer_init(&relay->scratch);
	if ((err = load_key(relay)) || (err = quota_init(&relay->quotas, rng, now_ms)) ||
		(err = fanout_init(&relay->fanout, rng, config->ring_bytes,
			 config->max_ring_total))) {
		relay_free(relay);
		return err;
	}
	*out = relay;
	return KR_OK;
}

void relay_free(struct relay *relay)
{
	if (relay == NULL) {
		return;
	}
	while (relay->conns != NULL) {
		relay_closed(relay, relay->conns);
	}
	relay_view_drop(relay);
	fanout_finish(&relay->fanout);
	quota_finish(&relay->quotas);
	kr_writer_free(&relay->scratch);
	kr_ed25519_keypair_wipe(&relay->key);
	free(relay);
}

void relay_reconfigure(struct relay *relay, const struct relay_config *config)
{
	struct relay_config next = *config;

	/* What clients have signed, and rings that are in use, stay. */
	memcpy(next.name, relay->config.name, sizeof(next.name));
	next.ring_bytes = relay->config.ring_bytes;
	relay->config = next;
	relay->fanout.max_total = next.max_ring_total;
}

enum kr_err relay_view(struct relay *relay, const struct store_view **out)
{
	enum kr_err err = KR_OK;

	if (!relay->view_is_open) {
		err = store_view_begin(relay->store, &relay->view);
		relay->view_is_open = err == KR_OK;
	}
	*out = &relay->view;
	return err;
}

void relay_view_drop(struct relay *relay)
{
	if (relay->view_is_open) {
		store_view_end(&relay->view);
		relay->view_is_open = false;
	}
}

void relay_turn_end(struct relay *relay)
{
	relay_view_drop(relay);
}

/* ---- The wheel -------------------------------------------------------------------- */

static void wheel_insert(struct relay_conn *conn, uint64_t at_ms)
{
	struct relay *relay = conn->relay;
	uint64_t second = at_ms / 1000 + 1;
	struct relay_conn **slot;

	/* Never the slot that is being emptied, never further than the wheel is round. */
	if (second <= relay->wheel_at) {
		second = relay->wheel_at + 1;
	}
	if (second >= relay->wheel_at + WHEEL_SLOTS) {
		second = relay->wheel_at + WHEEL_SLOTS - 1;
	}
	conn->wheel_slot = second % WHEEL_SLOTS;
	slot = &relay->wheel[conn->wheel_slot];
	conn->wheel_prev = NULL;
	conn->wheel_next = *slot;
	if (*slot != NULL) {
		(*slot)->wheel_prev = conn;
	}
	*slot = conn;
}

static void wheel_remove(struct relay_conn *conn)
{
	if (conn->wheel_prev != NULL) {
		conn->wheel_prev->wheel_next = conn->wheel_next;
	} else {
		conn->relay->wheel[conn->wheel_slot] = conn->wheel_next;
	}
	if (conn->wheel_next != NULL) {
		conn->wheel_next->wheel_prev = conn->wheel_prev;
	}
}

/* Close it, ping it, or leave it, and say when to look again. */
static uint64_t look_at(struct relay_conn *conn)
{
	struct relay *relay = conn->relay;
	const struct relay_config *config = &relay->config;
	uint64_t now = relay->mono_ms;
	uint64_t idle_at = conn->input_ms + config->idle_ms;
	uint64_t ping_at = conn->input_ms + config->ping_ms;
	uint64_t slow_at = conn->drained_ms + config->slow_ms;

	if (!conn->authenticated &&
		idle_at > conn->request_ms + config->anonymous_idle_ms) {
		idle_at = conn->request_ms + config->anonymous_idle_ms;
	}
	if (relay_wants_drain(conn) && now >= slow_at) {
		relay->statistics.closed_slow++;
		conn_close(conn, KR_CLOSE_SLOW);
	} else if (now >= idle_at) {
		relay->statistics.closed_idle++;
		conn_close(conn, KR_CLOSE_IDLE);
	} else if (now >= ping_at && !conn->pinged) {
		conn->pinged = true;
		/* libwebsockets 4.1 tells of no pong that is empty. */
		out_frame(conn, KR_WS_PING, kr_view_str("?"));
	}
	if (relay_wants_drain(conn) && slow_at < idle_at) {
		return slow_at;
	}
	return !conn->pinged && ping_at < idle_at ? ping_at : idle_at;
}

static void turn_wheel(struct relay *relay)
{
	uint64_t second = relay->mono_ms / 1000;

	/* After a long sleep one round sees everybody. */
	if (second > relay->wheel_at + WHEEL_SLOTS) {
		relay->wheel_at = second - WHEEL_SLOTS;
	}
	while (relay->wheel_at < second) {
		struct relay_conn *conn;

		relay->wheel_at++;
		conn = relay->wheel[relay->wheel_at % WHEEL_SLOTS];
		relay->wheel[relay->wheel_at % WHEEL_SLOTS] = NULL;
		while (conn != NULL) {
			struct relay_conn *next = conn->wheel_next;

			wheel_insert(conn, look_at(conn));
			conn = next;
		}
	}
}

void relay_tick(struct relay *relay, uint64_t now_ms, uint64_t mono_ms)
{
	bool sweeps =
		mono_ms / 1000 / SWEEP_EVERY_S != relay->mono_ms / 1000 / SWEEP_EVERY_S;

	relay->now_ms = now_ms;
	relay->mono_ms = mono_ms;
	turn_wheel(relay);
	/* Without fresh randomness yesterday's keys stay; the next tick tries again. */
	(void)quota_tick(&relay->quotas, relay->rng, now_ms, mono_ms * 1000);
	if (sweeps && mono_ms > RING_IDLE_MS) {
		fanout_sweep(&relay->fanout, mono_ms - RING_IDLE_MS);
	}
	clocks_run(relay);
}

/* ---- Connections ------------------------------------------------------------------ */

static void send_hello(
	struct relay_conn *conn, const uint8_t incarnation[KR_INCARNATION_BYTES])
{
	struct relay *relay = conn->relay;
	struct kr_writer *w = &relay->scratch;
	struct kr_json j;

	kr_writer_reset(w);
	kr_json_begin(&j, w);
	kr_json_str(&j, "verb", "hello");
	kr_json_str(&j, "relay", relay->config.name);
	kr_json_bytes(&j, "incarnation", kr_view(incarnation, KR_INCARNATION_BYTES));
	kr_json_bytes(&j, "challenge", kr_view(conn->challenge, sizeof(conn->challenge)));
	kr_json_bytes(&j, "relay_key",
		kr_view(relay->key.public_key, sizeof(relay->key.public_key)));
	kr_json_u64(&j, "time", relay->now_ms);
	kr_json_u64(&j, "max_object", KR_OBJECT_MAX);
	kr_json_u64(&j, "max_body", KR_BODY_MAX);
	kr_json_u64(&j, "max_commit", KR_BODY_LARGE_MAX);
	kr_json_u64(&j, "max_outstanding", MAX_OUTSTANDING);
	kr_json_u64(&j, "idle_ms", relay->config.idle_ms);
	kr_json_u64(&j, "anonymous_idle_ms", relay->config.anonymous_idle_ms);
	kr_json_end(&j);
	out_scratch(conn, KR_WS_TEXT);
}

/* All places of those who have not authenticated are taken: the address that holds most
 * of them gives its oldest up, if it has more than the newcomer's. Else a handful of
 * addresses could shut everybody out. A case that is open is left alone. */
static bool make_room(struct relay *relay, const struct quota_entry *newcomer)
{
	struct relay_conn *oldest = NULL;

	for (struct relay_conn *conn = relay->conns; conn != NULL; conn = conn->next) {
		if (!conn->authenticated && conn->case_access == CASE_NONE &&
			conn->close_code == 0 &&
			(oldest == NULL ||
				conn->by_address->num_refs >=
					oldest->by_address->num_refs)) {
			oldest = conn;
		}
	}
	if (oldest == NULL || oldest->by_address->num_refs <= newcomer->num_refs) {
		return false;
	}
	conn_close(oldest, KR_CLOSE_NO_ROOM);
	return true;
}

static enum kr_err admit(
	struct relay *relay, struct quota_entry **by_address, const uint8_t address[16])
{
	const struct relay_config *config = &relay->config;
	uint64_t num = relay->num_anonymous;
	enum kr_err err;

	/* A few more, for those that are being closed. */
	if (relay->statistics.connections >= config->max_connections ||
		num > (uint64_t)config->max_anonymous + config->max_anonymous / 8) {
		return KR_ERR_LIMIT;
	}
	err = quota_ref(&relay->quotas, by_address, QUOTA_ANONYMOUS_ADDRESS,
		kr_view(address, 16));
	if (err == KR_OK &&
		((*by_address)->num_refs > config->max_per_address ||
			(num >= config->max_anonymous &&
				!make_room(relay, *by_address)))) {
		quota_unref(&relay->quotas, *by_address);
		err = KR_ERR_LIMIT;
	}
	return err;
}

static void link_conn(struct relay *relay, struct relay_conn *conn)
{
	conn->next = relay->conns;
	if (conn->next != NULL) {
		conn->next->prev = conn;
	}
	relay->conns = conn;
	relay->statistics.connections++;
	relay->statistics.accepted++;
	relay->num_anonymous++;
	wheel_insert(conn, relay->mono_ms + relay->config.ping_ms);
}

enum kr_err relay_open(struct relay *relay, struct relay_conn **out, void *host_conn,
	const uint8_t address[16])
{
	uint8_t incarnation[KR_INCARNATION_BYTES];
	const struct store_view *view;
	struct quota_entry *by_address;
	struct relay_conn *conn;
	enum kr_err err;

	*out = NULL;
	if ((err = relay_view(relay, &view)) ||
		(err = admit(relay, &by_address, address))) {
		return err;
	}
	conn = calloc(1, sizeof(*conn));
	if (conn == NULL) {
		quota_unref(&relay->quotas, by_address);
		return KR_ERR_MEMORY;
	}
	conn->relay = relay;
	conn->host_conn = host_conn;
	conn->by_address = by_address;
	conn->input_ms = conn->request_ms = conn->drained_ms = relay->mono_ms;
	memcpy(conn->address, address, sizeof(conn->address));
	err = kr_random_fill(relay->rng, conn->challenge, sizeof(conn->challenge));
	if (err != KR_OK) {
		quota_unref(&relay->quotas, by_address);
		free(conn);
		return err;
	}
	link_conn(relay, conn);
	store_incarnation(view, incarnation);
	send_hello(conn, incarnation);
	*out = conn;
	return KR_OK;
}

void relay_closed(struct relay *relay, struct relay_conn *conn)
{
	while (conn->subscriptions != NULL) {
		fanout_end(&relay->fanout, conn->subscriptions);
	}
	while (conn->pending != NULL) {
		pending_orphan(conn->pending);
	}
	wheel_remove(conn);
	conn_leave_ready(conn);
	if (conn->prev != NULL) {
		conn->prev->next = conn->next;
	} else {
		relay->conns = conn->next;
	}
	if (conn->next != NULL) {
		conn->next->prev = conn->prev;
	}
	relay->statistics.connections--;
	if (conn->authenticated) {
		relay->statistics.authenticated--;
	} else {
		relay->num_anonymous--;
	}
	quota_unref(&relay->quotas, conn->by_address);
	quota_unref(&relay->quotas, conn->by_account);
	out_free(conn);
	kr_wipe(conn, sizeof(*conn));
	free(conn);
}

size_t relay_max_message(const struct relay_conn *conn)
{
	return conn->authenticated ? KR_MESSAGE_MAX : KR_MESSAGE_ANON_MAX;
}

void relay_alive(struct relay *relay, struct relay_conn *conn)
{
	conn->input_ms = relay->mono_ms;
	conn->pinged = false;
}

void relay_refuse(struct relay *relay, struct relay_conn *conn, uint16_t code)
{
	(void)relay;
	conn_close(conn, code);
}

uint16_t relay_close_code(const struct relay_conn *conn)
{
	return conn->close_code;
}

void *relay_host_conn(const struct relay_conn *conn)
{
	return conn->host_conn;
}

void relay_statistics(const struct relay *relay, struct relay_statistics *out)
{
	*out = relay->statistics;
	out->rings = relay->fanout.num_rings;
	out->ring_bytes = relay->fanout.total;
}

enum kr_err relay_case_counts(struct relay *relay, struct store_case_counts *out)
{
	bool was_open = relay->view_is_open;
	const struct store_view *view;
	enum kr_err err = relay_view(relay, &view);

	*out = (struct store_case_counts){0};
	if (err == KR_OK) {
		err = store_case_counts(view, out);
	}
	if (!was_open) {
		relay_view_drop(relay);
	}
	return err;
}

void relay_key(const struct relay *relay, uint8_t out[KR_ED25519_PUBLIC_BYTES])
{
	memcpy(out, relay->key.public_key, KR_ED25519_PUBLIC_BYTES);
}
