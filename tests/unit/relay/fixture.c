#include "fixture.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "test.h"

/* ---- The world ---------------------------------------------------------------------- */

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

	assert_int_equal(relay_new(&w->relay, &w->config, &host, w->store, &w->rng, w->now_ms,
				 w->mono_ms),
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

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
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

void world_commit(struct world *w, size_t num)
{
	struct log_engine *engine = store_engine(w->store);
	struct log_append *batch[MAX_WAITING];

	assert_true(num <= w->num_waiting);
	memcpy(batch, w->waiting, num * sizeof(batch[0]));
	memmove(w->waiting, w->waiting + num, (w->num_waiting - num) * sizeof(batch[0]));
	w->num_waiting -= num;
	/* A turn of the loop ends before anything comes back from the disk. */
	relay_turn_end(w->relay);
	if (num > 0) {
		engine->ops->commit(engine, batch, num);
	}
	for (size_t i = 0; i < num; i++) {
		relay_committed(w->relay, batch[i]);
	}
	relay_turn_end(w->relay);
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

/* ---- Clients ------------------------------------------------------------------------ */

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
	assert_int_equal(kr_message_split(&parts, kr_view_bytes(&r->bytes),
				 opcode == KR_WS_TEXT),
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
	KR_AUTO_WRITER struct kr_writer stream;
	size_t len;

	if (c->conn == NULL) {
		return;
	}
	/* A host asks who is ready; here each client looks for itself, at all times. */
	while (relay_next_ready(relay) != NULL) {
	}
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

static struct kr_request ask_auth(struct client *c)
{
	struct kr_request r = ask(c, KR_VERB_AUTH);
	KR_AUTO_WRITER struct kr_writer w;

	kr_writer_init(&w);
	memcpy(r.account, c->account, sizeof(r.account));
	memcpy(r.key, c->device.public_key, sizeof(r.key));
	kr_auth_tbs(&w, kr_view_str(RELAY_NAME), c->challenge, r.account, r.key);
	kr_ed25519_sign(r.sig, &c->device, kr_writer_view(&w));
	r.fields |= KR_R(ACCOUNT) | KR_R(KEY) | KR_R(SIG);
	return r;
}

void client_auth(struct client *c)
{
	struct kr_request r = ask_auth(c);

	expect(c, &r, "ok");
}

struct client *client_in(struct world *w, unsigned number)
{
	struct client *c = client_new(w, number);

	client_connect(c);
	client_auth(c);
	return c;
}

/* ---- Requests ----------------------------------------------------------------------- */

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
	KR_AUTO_WRITER struct kr_writer w;
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

		if (kr_json_get_u64(&c->received[i].object, "re", &re) == KR_OK && re == id) {
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

const struct received *expect(struct client *c, const struct kr_request *r, const char *code)
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

/* ---- Short ways --------------------------------------------------------------------- */

struct kr_view number_id(unsigned number)
{
	static uint8_t ids[8][KR_ID_BYTES];
	static size_t at;
	uint8_t *out = ids[at++ % 8];

	memset(out, 0, KR_ID_BYTES);
	memcpy(out, &number, sizeof(number));
	out[KR_ID_BYTES - 1] = 0x1d;
	return kr_view(out, KR_ID_BYTES);
}

struct kr_topic group_topic(unsigned number)
{
	return kr_topic(KR_TOPIC_GROUP, number_id(number).data);
}

static void granted(void *ctx, enum kr_err err)
{
	*(enum kr_err *)ctx = err;
}

struct kr_topic found_community(struct client *founder, unsigned number)
{
	struct kr_request r = ask(founder, KR_VERB_COMMUNITY_FOUND);
	struct world *w = founder->world;
	uint8_t hash[KR_SHA256_BYTES];
	struct kr_topic community;
	char genesis[32];
	enum kr_err err = KR_ERR_STATE;

	(void)snprintf(genesis, sizeof(genesis), "genesis %u", number);
	memcpy(r.grant, &number, sizeof(number));
	r.grant[15] = 0x77;
	kr_sha256(hash, kr_view(r.grant, sizeof(r.grant)));
	assert_int_equal(relay_operator_grant(w->relay, hash, w->now_ms + 3600000, 1, granted,
				 &err),
		KR_OK);
	world_settle(w);
	assert_int_equal(err, KR_OK);
	memcpy(r.coordinators[0], founder->account, KR_ID_BYTES);
	r.num_coordinators = 1;
	r.fields |= KR_R(GRANT) | KR_R(COORDINATORS);
	r.body = kr_view_str(genesis);
	expect(founder, &r, "ok");
	community.kind = KR_TOPIC_COMMUNITY;
	kr_sha256(community.id, r.body);
	return community;
}

void admit_member(struct client *coordinator, struct kr_topic community,
	const struct client *who)
{
	struct kr_request r = ask(coordinator, KR_VERB_COMMUNITY_ADMIT);

	ask_topic(&r, community);
	memcpy(r.account, who->account, sizeof(r.account));
	r.fields |= KR_R(ACCOUNT);
	r.body = kr_view_str("certificate");
	expect(coordinator, &r, "ok");
}

void create_group(struct client *creator, struct kr_topic community, struct kr_topic group,
	bool main)
{
	struct kr_request r = ask(creator, KR_VERB_GROUP_CREATE);

	ask_topic(&r, group);
	memcpy(r.community, community.id, sizeof(r.community));
	r.main = main;
	r.fields |= KR_R(COMMUNITY) | KR_R(MAIN);
	expect(creator, &r, "ok");
}

static void write_message(struct kr_bytes *out, struct kr_topic group, uint64_t epoch,
	unsigned content, unsigned salt, const struct kr_group_aad *aad)
{
	struct kr_writer w;
	size_t begin;

	kr_writer_init(&w);
	kr_write_u16(&w, 1);
	kr_write_u16(&w, 2);
	kr_write_vec(&w, kr_view(group.id, sizeof(group.id)));
	kr_write_u64(&w, epoch);
	kr_write_u8(&w, (uint8_t)content);
	begin = kr_write_vec_begin(&w);
	kr_group_aad_write(&w, aad);
	kr_write_vec_end(&w, begin);
	kr_write_vec(&w, kr_view_str("sender data"));
	kr_write_vec(&w, kr_view(&salt, sizeof(salt)));
	assert_int_equal(kr_writer_finish(&w, out), KR_OK);
}

struct kr_bytes make_post(struct kr_topic group, uint64_t epoch, unsigned salt)
{
	struct kr_group_aad aad = {.is_commit = false};
	struct kr_bytes out;

	write_message(&out, group, epoch, KR_MLS_POST, salt, &aad);
	return out;
}

static struct kr_view list_of(uint8_t space[4][KR_ID_BYTES], const struct client *const who[4])
{
	size_t num = 0;

	for (; num < 4 && who[num] != NULL; num++) {
		memcpy(space[num], who[num]->account, KR_ID_BYTES);
	}
	return kr_view(space, num * KR_ID_BYTES);
}

struct kr_bytes make_welcome(unsigned salt)
{
	struct kr_bytes out;
	struct kr_writer w;

	kr_writer_init(&w);
	kr_write_u16(&w, 1);
	kr_write_u16(&w, 3);
	kr_write_u16(&w, 3);
	kr_write_vec(&w, kr_view_str("secrets"));
	kr_write_vec(&w, kr_view(&salt, sizeof(salt)));
	assert_int_equal(kr_writer_finish(&w, &out), KR_OK);
	return out;
}

struct kr_bytes make_commit(struct kr_topic group, uint64_t epoch, unsigned salt,
	const struct routing *routing)
{
	uint8_t space[5][4][KR_ID_BYTES];
	struct kr_group_aad aad = {.is_commit = true};
	struct kr_bytes out;

	if (routing != NULL) {
		aad.added = list_of(space[0], routing->added);
		aad.removed = list_of(space[1], routing->removed);
		aad.admins_added = list_of(space[2], routing->admins_added);
		aad.admins_removed = list_of(space[3], routing->admins_removed);
		aad.welcomed = list_of(space[4], routing->welcomed);
	}
	write_message(&out, group, epoch, KR_MLS_COMMIT, salt, &aad);
	return out;
}

struct kr_bytes make_key_packages(unsigned salt, unsigned num)
{
	struct kr_bytes out;
	struct kr_writer w;

	kr_writer_init(&w);
	for (unsigned i = 0; i < num; i++) {
		size_t begin = kr_write_vec_begin(&w);

		kr_write_u16(&w, 1);
		kr_write_u16(&w, 5);
		kr_write_u16(&w, 1);
		kr_write_u16(&w, 3);
		kr_write_vec(&w, number_id(salt + i));
		kr_write_fixed(&w, kr_view_str("leaf node and the rest"));
		kr_write_vec_end(&w, begin);
	}
	assert_int_equal(kr_writer_finish(&w, &out), KR_OK);
	return out;
}

static uint64_t group_number(struct client *c, struct kr_topic group, const char *name)
{
	struct kr_request r = ask(c, KR_VERB_TOPIC_HEAD);

	ask_topic(&r, group);
	return number_in(expect(c, &r, "ok"), name);
}

uint64_t group_rev(struct client *c, struct kr_topic group)
{
	return group_number(c, group, "rev");
}

uint64_t group_epoch(struct client *c, struct kr_topic group)
{
	return group_number(c, group, "epoch");
}

struct kr_request ask_post(struct client *c, struct kr_topic group, uint64_t rev,
	struct kr_view body)
{
	struct kr_request r = ask(c, KR_VERB_GROUP_POST);

	ask_topic(&r, group);
	r.rev = rev;
	r.fields |= KR_R(REV);
	r.body = body;
	return r;
}

struct kr_request ask_commit(struct client *c, struct kr_topic group, uint64_t rev,
	struct kr_view body, uint64_t welcome_len)
{
	struct kr_request r = ask_post(c, group, rev, body);

	r.verb = KR_VERB_GROUP_COMMIT;
	r.welcome_len = welcome_len;
	r.fields |= KR_R(WELCOME_LEN);
	return r;
}

const struct received *post(struct client *c, struct kr_topic group, unsigned salt,
	const char *code)
{
	struct kr_bytes body = make_post(group, group_epoch(c, group), salt);
	struct kr_request r = ask_post(c, group, group_rev(c, group), kr_view_bytes(&body));
	const struct received *answer = expect(c, &r, code);

	kr_bytes_free(&body);
	return answer;
}

const struct received *commit(struct client *c, struct kr_topic group, unsigned salt,
	const struct routing *routing, const char *code)
{
	struct kr_bytes message = make_commit(group, group_epoch(c, group), salt, routing);
	struct kr_bytes welcome = {0};
	struct kr_writer body;
	struct kr_request r;
	const struct received *answer;

	kr_writer_init(&body);
	kr_write_fixed(&body, kr_view_bytes(&message));
	if (routing != NULL && (routing->added[0] != NULL || routing->welcomed[0] != NULL)) {
		welcome = make_welcome(salt);
		kr_write_fixed(&body, kr_view_bytes(&welcome));
	}
	r = ask_commit(c, group, group_rev(c, group), kr_writer_view(&body), welcome.len);
	answer = expect(c, &r, code);
	kr_writer_free(&body);
	kr_bytes_free(&message);
	kr_bytes_free(&welcome);
	return answer;
}

/* ---- Events ------------------------------------------------------------------------- */

void subscribe(struct client *c, struct kr_topic topic, uint64_t after)
{
	struct kr_request r = ask(c, KR_VERB_TOPIC_SUBSCRIBE);

	ask_topic(&r, topic);
	r.after = after;
	r.fields |= KR_R(AFTER);
	expect(c, &r, "ok");
}

static bool is_verb(const struct received *r, const char *verb)
{
	struct kr_view name;

	return kr_json_get_str(&r->object, "verb", &name) == KR_OK &&
		kr_view_equal(name, kr_view_str(verb));
}

static bool is_event_of(const struct received *r, const struct kr_topic *topic)
{
	struct kr_topic of;

	return is_verb(r, "event") &&
		kr_json_get_topic(&r->object, "topic", &of) == KR_OK &&
		kr_topic_equal(&of, topic);
}

const struct received *next_event(struct client *c, struct kr_topic topic)
{
	client_drain(c);
	while (c->num_read < c->num_received) {
		const struct received *r = &c->received[c->num_read++];

		if (is_event_of(r, &topic)) {
			return r;
		}
	}
	return NULL;
}

void read_event(struct kr_event_delivery *out, const struct received *message)
{
	assert_non_null(message);
	assert_int_equal(kr_event_delivery_read(out, &message->object, message->body), KR_OK);
}

size_t num_ended(const struct client *c)
{
	size_t num = 0;

	for (size_t i = 0; i < c->num_received; i++) {
		num += is_verb(&c->received[i], "ended") ? 1 : 0;
	}
	return num;
}

size_t check_chain(const struct client *c, struct kr_topic topic, uint64_t after,
	const uint8_t hash[KR_SHA256_BYTES])
{
	uint8_t running[KR_SHA256_BYTES];
	uint64_t seq = after;

	memcpy(running, hash, sizeof(running));
	for (size_t i = 0; i < c->num_received; i++) {
		struct kr_event_delivery event;

		if (!is_event_of(&c->received[i], &topic)) {
			continue;
		}
		read_event(&event, &c->received[i]);
		assert_int_equal(event.event.seq, seq + 1);
		kr_event_hash(running, running, &event.event);
		assert_memory_equal(running, event.hash, sizeof(running));
		seq++;
	}
	return (size_t)(seq - after);
}
