#include "fixture.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "test.h"

/* ---- The world -------------------------------------------------------------------- */

static enum kr_err propose(void *ctx, struct log_append *append)
{
	struct world *w = ctx;

	if (w->propose_err != KR_OK) {
		return w->propose_err;
	}
	assert_true(w->num_waiting < MAX_WAITING);
	w->waiting[w->num_waiting++] = append;
	return KR_OK;
}

static void new_relay(struct world *w)
{
	struct relay_host host = {.ctx = w, .propose = propose};

	assert_int_equal(relay_new(&w->relay, &w->config, &host, w->store, &w->rng,
				 w->now_ms, w->mono_ms),
		KR_OK);
}

void world_open_with(struct world *w, void (*change)(struct relay_config *config))
{
	struct kr_secret seed = {{7}};
	char dir[] = "/tmp/kring-relay-XXXXXX";

	*w = (struct world){.now_ms = NOW_MS, .mono_ms = 1000000};
	assert_non_null(mkdtemp(dir));
	(void)snprintf(w->dir, sizeof(w->dir), "%s", dir);
	assert_int_equal(kr_crypto_init(), KR_OK);
	kr_random_seeded_init(&w->rng_state, &seed);
	w->rng = kr_random_seeded(&w->rng_state);
	w->store_config = (struct store_config){.dir = w->dir, .rng = &w->rng};
	assert_int_equal(store_open(&w->store, &w->store_config), KR_OK);
	relay_config_default(&w->config);
	(void)snprintf(w->config.name, sizeof(w->config.name), "%s", RELAY_NAME);
	/* Most tests are not about quotas; those that are set them. */
	memset(w->config.quotas, 0, sizeof(w->config.quotas));
	if (change != NULL) {
		change(&w->config);
	}
	new_relay(w);
}

void world_open(struct world *w)
{
	world_open_with(w, NULL);
}

static void drop_waiting(struct world *w)
{
	for (size_t i = 0; i < w->num_waiting; i++) {
		w->waiting[i]->result = (struct log_result){
			.outcome = LOG_FAILED,
			.err = KR_ERR_STATE,
		};
		relay_committed(w->relay, w->waiting[i]);
	}
	w->num_waiting = 0;
}

static int remove_entry(
	const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void world_close(struct world *w)
{
	drop_waiting(w);
	relay_free(w->relay);
	store_close(w->store);
	assert_int_equal(nftw(w->dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
}

void world_restart(struct world *w)
{
	drop_waiting(w);
	relay_free(w->relay);
	store_close(w->store);
	assert_int_equal(store_open(&w->store, &w->store_config), KR_OK);
	new_relay(w);
}

void world_store(struct world *w, size_t num)
{
	struct log_engine *engine = store_engine(w->store);

	assert_true(num <= w->num_waiting && w->num_stored == 0);
	memcpy(w->stored, w->waiting, num * sizeof(w->stored[0]));
	memmove(w->waiting, w->waiting + num,
		(w->num_waiting - num) * sizeof(w->waiting[0]));
	w->num_waiting -= num;
	w->num_stored = num;
	/* A turn of the loop ends before anything comes back from the disk. */
	relay_turn_end(w->relay);
	if (num > 0) {
		engine->ops->commit(engine, w->stored, num);
	}
}

void world_finish(struct world *w)
{
	for (size_t i = 0; i < w->num_stored; i++) {
		relay_committed(w->relay, w->stored[i]);
	}
	w->num_stored = 0;
	relay_turn_end(w->relay);
}

void world_commit(struct world *w, size_t num)
{
	world_store(w, num);
	world_finish(w);
}

void world_settle(struct world *w)
{
	while (w->num_waiting > 0) {
		world_commit(w, w->num_waiting);
	}
	relay_turn_end(w->relay);
}

void world_pass(struct world *w, uint64_t ms)
{
	while (ms > 0) {
		uint64_t step = ms < 1000 ? ms : 1000;

		w->now_ms += step;
		w->mono_ms += step;
		ms -= step;
		relay_tick(w->relay, w->now_ms, w->mono_ms);
	}
}

/* ---- Clients ---------------------------------------------------------------------- */

struct client *client_new(struct world *w, unsigned number)
{
	struct client *c = calloc(1, sizeof(*c));
	struct kr_secret seed = {{0x5e, (uint8_t)number, (uint8_t)(number >> 8)}};

	assert_non_null(c);
	c->world = w;
	c->next_id = 1;
	kr_ed25519_from_seed(&c->device, &seed);
	kr_account_id(c->account, c->device.public_key);
	return c;
}

void client_forget(struct client *c)
{
	for (size_t i = 0; i < c->num_received; i++) {
		kr_json_free(&c->received[i].object);
		kr_bytes_free(&c->received[i].bytes);
	}
	c->num_received = 0;
	c->num_read = 0;
}

void client_disconnect(struct client *c)
{
	if (c->conn != NULL) {
		relay_closed(c->world->relay, c->conn);
		c->conn = NULL;
	}
}

void client_free(struct client *c)
{
	client_disconnect(c);
	client_forget(c);
	free(c);
}

static void take_message(struct client *c, unsigned opcode, struct kr_view payload)
{
	struct received *r = &c->received[c->num_received];
	struct kr_message parts;

	if (opcode == KR_WS_PING) {
		return;
	}
	assert_true(opcode == KR_WS_TEXT || opcode == KR_WS_BINARY);
	assert_true(c->num_received < MAX_RECEIVED);
	assert_int_equal(kr_bytes_copy(&r->bytes, payload), KR_OK);
	assert_int_equal(
		kr_message_split(&parts, kr_view_bytes(&r->bytes), opcode == KR_WS_TEXT),
		KR_OK);
	assert_int_equal(kr_json_parse(&r->object, parts.object), KR_OK);
	r->body = parts.body;
	c->num_received++;
}

/* Whole frames off the front of what was drained; returns how many bytes they were. */
static size_t take_frames(struct client *c, struct kr_view stream)
{
	struct kr_reader r = kr_reader(stream);
	size_t taken = 0;

	for (;;) {
		uint8_t first;
		uint8_t short_len;
		uint16_t len16;
		uint64_t len;
		struct kr_view payload;

		if (kr_read_u8(&r, &first) || kr_read_u8(&r, &short_len)) {
			return taken;
		}
		assert_int_equal(short_len & 0x80, 0);
		len = short_len;
		if (short_len == 126 && kr_read_u16(&r, &len16)) {
			return taken;
		}
		len = short_len == 126 ? len16 : len;
		if (short_len == 127 && kr_read_u64(&r, &len)) {
			return taken;
		}
		if (kr_read_fixed(&r, (size_t)len, &payload)) {
			return taken;
		}
		take_message(c, first & 0xf, payload);
		taken = stream.len - r.rest.len;
	}
}

void client_drain(struct client *c)
{
	static uint8_t buf[65536];
	struct relay *relay = c->world->relay;
	KR_AUTO_WRITER struct kr_writer stream = {0};
	size_t len;

	if (c->conn == NULL) {
		return;
	}
	/* A host asks who is ready; here each client looks for itself, at all times. */
	while (relay_next_ready(relay) != NULL) {}
	kr_writer_init(&stream);
	while ((len = relay_drain(relay, c->conn, buf, sizeof(buf))) > 0) {
		kr_write_fixed(&stream, kr_view(buf, len));
	}
	assert_int_equal(stream.err, KR_OK);
	assert_int_equal(take_frames(c, kr_writer_view(&stream)), stream.len);
	relay_turn_end(relay);
	c->close_code = relay_close_code(c->conn);
}

void client_connect(struct client *c)
{
	static const uint8_t address[16] = {0x20, 0x01, 0x0d, 0xb8};
	struct received *hello;

	assert_int_equal(relay_open(c->world->relay, &c->conn, c, address), KR_OK);
	client_drain(c);
	assert_true(c->num_received > 0);
	hello = &c->received[c->num_received - 1];
	assert_int_equal(kr_json_get_bytes(&hello->object, "challenge", c->challenge,
				 sizeof(c->challenge)),
		KR_OK);
	assert_int_equal(kr_json_get_bytes(&hello->object, "incarnation", c->incarnation,
				 sizeof(c->incarnation)),
		KR_OK);
}

struct kr_request ask_auth(struct client *c)
{
	struct kr_request r = ask(c, KR_VERB_AUTH);
	KR_AUTO_WRITER struct kr_writer w = {0};

	kr_writer_init(&w);
	memcpy(r.account, c->account, sizeof(r.account));
	memcpy(r.key, c->device.public_key, sizeof(r.key));
	kr_auth_tbs(&w, kr_view_str(RELAY_NAME), c->challenge, r.account, r.key);
	kr_ed25519_sign(r.sig, &c->device, kr_writer_view(&w));
	r.fields |= KR_R(ACCOUNT) | KR_R(KEY) | KR_R(SIG);
	return r;
}

void client_auth_code(struct client *c, const char *code)
{
	struct kr_request r = ask_auth(c);

	send_request(c, &r);
	expect_code(answer_to(c, r.id), code);
}

void client_auth(struct client *c)
{
	client_auth_code(c, "ok");
}

struct client *client_in(struct world *w, unsigned number)
{
	struct client *c = client_new(w, number);

	client_connect(c);
	client_auth(c);
	return c;
}

/* ---- Requests --------------------------------------------------------------------- */

struct kr_request ask(struct client *c, enum kr_verb verb)
{
	struct kr_request r = {.verb = verb, .id = c->next_id++};

	if (kr_verb_info(verb)->required & KR_R(EVENT)) {
		c->world->next_event++;
		memcpy(r.event, &c->world->next_event, sizeof(c->world->next_event));
		r.fields |= KR_R(EVENT);
	}
	if (kr_verb_info(verb)->required & KR_R(INCARNATION)) {
		memcpy(r.incarnation, c->incarnation, sizeof(r.incarnation));
		r.fields |= KR_R(INCARNATION);
	}
	return r;
}

void ask_topic(struct kr_request *r, struct kr_topic topic)
{
	r->topic = topic;
	r->fields |= KR_R(TOPIC);
}

void send_bytes(struct client *c, struct kr_view bytes, bool is_text)
{
	relay_message(c->world->relay, c->conn, bytes, is_text);
	relay_turn_end(c->world->relay);
}

uint64_t send_request(struct client *c, const struct kr_request *r)
{
	KR_AUTO_WRITER struct kr_writer w = {0};
	bool is_text;

	kr_writer_init(&w);
	kr_request_write(&w, &is_text, r);
	assert_int_equal(w.err, KR_OK);
	send_bytes(c, kr_writer_view(&w), is_text);
	return r->id;
}

const struct received *answer_to(struct client *c, uint64_t id)
{
	client_drain(c);
	for (size_t i = 0; i < c->num_received; i++) {
		uint64_t re;

		if (kr_json_get_u64(&c->received[i].object, "re", &re) == KR_OK &&
			re == id) {
			return &c->received[i];
		}
	}
	return NULL;
}

void expect_code(const struct received *answer, const char *code)
{
	struct kr_view error;
	char text[32] = "ok";

	assert_non_null(answer);
	if (kr_json_get_str(&answer->object, "error", &error) == KR_OK) {
		assert_true(error.len < sizeof(text));
		memcpy(text, error.data, error.len);
		text[error.len] = '\0';
	}
	assert_string_equal(text, code);
}

const struct received *expect(
	struct client *c, const struct kr_request *r, const char *code)
{
	const struct received *answer;
	uint64_t id = send_request(c, r);

	world_settle(c->world);
	answer = answer_to(c, id);
	expect_code(answer, code);
	return answer;
}

uint64_t number_in(const struct received *message, const char *name)
{
	uint64_t value;

	assert_non_null(message);
	assert_int_equal(kr_json_get_u64(&message->object, name, &value), KR_OK);
	return value;
}
