/* Sessions: hello, proof of the device, devices that come and go, timeouts. */
#include <string.h>

#include "server/relay/state.h"

#include "fixture.h"

#include "test.h"

static struct kr_request proof(struct client *c, const char *relay_name)
{
	struct kr_request r = ask(c, KR_VERB_AUTH);
	KR_AUTO_WRITER struct kr_writer w = {0};

	kr_writer_init(&w);
	memcpy(r.account, c->account, sizeof(r.account));
	memcpy(r.key, c->device.public_key, sizeof(r.key));
	kr_auth_tbs(&w, kr_view_str(relay_name), c->challenge, r.account, r.key);
	kr_ed25519_sign(r.sig, &c->device, kr_writer_view(&w));
	r.fields |= KR_R(ACCOUNT) | KR_R(KEY) | KR_R(SIG);
	return r;
}

static void a_device_proves_its_key(void **state)
{
	struct world w;
	struct client *c;
	struct kr_request again;

	(void)state;
	world_open(&w);
	c = client_new(&w, 1);
	client_connect(c);
	client_auth(c);
	again = proof(c, RELAY_NAME);
	expect(c, &again, "auth_twice");
	client_free(c);
	world_close(&w);
}

/* Whatever is bent in the proof, it fails, and the connection is closed with 4001. */
static void a_bent_proof_fails(void **state)
{
	static const size_t offsets[] = {offsetof(struct kr_request, account),
		offsetof(struct kr_request, key), offsetof(struct kr_request, sig),
		offsetof(struct kr_request, sig) + 63};
	struct world w;

	(void)state;
	world_open(&w);
	for (size_t i = 0; i <= NUM(offsets); i++) {
		struct client *c = client_new(&w, 1);
		struct kr_request r;

		client_connect(c);
		r = proof(c, i == NUM(offsets) ? "other.test" : RELAY_NAME);
		if (i < NUM(offsets)) {
			((uint8_t *)&r)[offsets[i]] ^= 1;
		}
		expect(c, &r, "auth_failed");
		assert_int_equal(c->close_code, KR_CLOSE_AUTH);
		client_free(c);
	}
	world_close(&w);
}

/* A proof made on one connection is worth nothing on another. */
static void a_proof_is_not_replayed(void **state)
{
	struct world w;
	struct client *a;
	struct client *b;
	struct kr_request r;

	(void)state;
	world_open(&w);
	a = client_new(&w, 1);
	b = client_new(&w, 1);
	client_connect(a);
	client_connect(b);
	assert_memory_not_equal(a->challenge, b->challenge, sizeof(a->challenge));
	r = proof(a, RELAY_NAME);
	expect(b, &r, "auth_failed");
	expect(a, &r, "ok");
	client_free(a);
	client_free(b);
	world_close(&w);
}

static struct kr_request ask_device(
	struct client *c, enum kr_verb verb, const struct client *device)
{
	struct kr_request r = ask(c, verb);

	memcpy(r.key, device->device.public_key, sizeof(r.key));
	r.fields |= KR_R(KEY);
	r.body = kr_view_str("signed by the account");
	return r;
}

static void devices_come_and_go(void **state)
{
	struct world w;
	struct client *first;
	struct client *second;
	struct kr_request r;

	(void)state;
	world_open(&w);
	first = client_in(&w, 1);
	second = client_new(&w, 2);
	memcpy(second->account, first->account, sizeof(second->account));
	client_connect(second);
	r = proof(second, RELAY_NAME);
	expect(second, &r, "auth_failed"); /* not added yet */
	client_disconnect(second);

	r = ask_device(first, KR_VERB_DEVICE_ADD, second);
	expect(first, &r, "ok");
	r = ask_device(first, KR_VERB_DEVICE_ADD, second);
	expect(first, &r, "exists");
	r = ask_device(first, KR_VERB_DEVICE_ADD, first);
	expect(first, &r, "exists");
	client_connect(second);
	client_auth(second);

	/* The second removes the first, whose connection is closed at once. */
	r = ask_device(second, KR_VERB_DEVICE_REMOVE, first);
	expect(second, &r, "ok");
	client_drain(first);
	assert_int_equal(first->close_code, KR_CLOSE_DEVICE);
	client_disconnect(first);
	client_connect(first);
	r = proof(first, RELAY_NAME);
	expect(first, &r, "auth_failed");

	r = ask_device(second, KR_VERB_DEVICE_REMOVE, first);
	expect(second, &r, "not_found");
	r = ask_device(second, KR_VERB_DEVICE_ADD, first);
	expect(second, &r, "exists"); /* a removed key does not come back */
	client_free(first);
	client_free(second);
	world_close(&w);
}

static void devices_have_a_limit(void **state)
{
	struct world w;
	struct client *c;

	(void)state;
	world_open(&w);
	c = client_in(&w, 1);
	for (unsigned i = 1; i <= 16; i++) {
		struct client *device = client_new(&w, 100 + i);
		struct kr_request r = ask_device(c, KR_VERB_DEVICE_ADD, device);

		expect(c, &r, i < 16 ? "ok" : "limit");
		client_free(device);
	}
	client_free(c);
	world_close(&w);
}

/* Anybody may have an account: what it makes the relay keep, and look through, ends. */
static void p9_devices_that_come_and_go_have_a_limit(void **state)
{
	struct world w;
	struct client *c;

	(void)state;
	world_open(&w);
	c = client_in(&w, 1);
	for (unsigned i = 1; i <= 256; i++) {
		struct client *device = client_new(&w, 1000 + i);
		struct kr_request r = ask_device(c, KR_VERB_DEVICE_ADD, device);

		expect(c, &r, i < 256 ? "ok" : "limit");
		r = ask_device(c, KR_VERB_DEVICE_REMOVE, device);
		expect(c, &r, i < 256 ? "ok" : "not_found");
		client_free(device);
	}
	client_free(c);
	world_close(&w);
}

static void done(void *ctx, enum kr_err err)
{
	*(enum kr_err *)ctx = err;
}

static void a_blocked_account_is_out(void **state)
{
	enum kr_err err = KR_ERR_STATE;
	struct world w;
	struct client *c;
	struct kr_request r;

	(void)state;
	world_open(&w);
	c = client_in(&w, 1);
	assert_int_equal(
		relay_operator_block(w.relay, c->account, true, done, &err), KR_OK);
	world_settle(&w);
	assert_int_equal(err, KR_OK);
	client_drain(c);
	assert_int_equal(c->close_code, KR_CLOSE_AUTH);
	client_disconnect(c);
	client_connect(c);
	r = proof(c, RELAY_NAME);
	expect(c, &r, "blocked");
	client_disconnect(c);
	assert_int_equal(
		relay_operator_block(w.relay, c->account, false, done, &err), KR_OK);
	world_settle(&w);
	client_connect(c);
	client_auth(c);
	client_free(c);
	world_close(&w);
}

/* A silent connection is pinged, then closed; a pong keeps it; an anonymous one that asks
 * for nothing is closed earlier, pongs or not. */
static void silence_ends(void **state)
{
	struct world w;
	struct client *silent;
	struct client *alive;
	struct client *anonymous;

	(void)state;
	world_open(&w);
	silent = client_in(&w, 1);
	alive = client_in(&w, 2);
	anonymous = client_new(&w, 3);
	client_connect(anonymous);
	for (uint64_t ms = 0; ms < 130000; ms += 10000) {
		world_pass(&w, 10000);
		relay_alive(w.relay, alive->conn);
		relay_alive(w.relay, anonymous->conn);
		client_drain(alive);
		client_drain(silent);
		client_drain(anonymous);
		if (ms + 10000 < w.config.anonymous_idle_ms) {
			assert_int_equal(anonymous->close_code, 0);
			assert_int_equal(silent->close_code, 0);
		}
	}
	assert_int_equal(silent->close_code, KR_CLOSE_IDLE);
	assert_int_equal(anonymous->close_code, KR_CLOSE_IDLE);
	assert_int_equal(alive->close_code, 0);
	client_free(silent);
	client_free(alive);
	client_free(anonymous);
	world_close(&w);
}

static void few_anonymous(struct relay_config *config)
{
	config->max_anonymous = 3;
	config->max_per_address = 2;
}

static void anonymous_connections_are_capped(void **state)
{
	static const uint8_t elsewhere[16] = {9};
	struct world w;
	struct client *a;
	struct client *b;
	struct client *c;
	struct relay_conn *third;
	struct relay_conn *fourth;

	(void)state;
	world_open_with(&w, few_anonymous);
	a = client_new(&w, 1);
	b = client_new(&w, 2);
	c = client_new(&w, 3);
	client_connect(a);
	client_connect(b);
	assert_int_equal(
		relay_open(w.relay, &third, NULL, a->conn->address), KR_ERR_LIMIT);
	assert_int_equal(relay_open(w.relay, &third, NULL, elsewhere), KR_OK);
	assert_int_equal(relay_open(w.relay, &fourth, NULL, elsewhere), KR_ERR_LIMIT);
	relay_closed(w.relay, third);
	assert_int_equal(relay_max_message(b->conn), KR_MESSAGE_ANON_MAX);
	client_auth(b);
	assert_int_equal(relay_max_message(b->conn), KR_MESSAGE_MAX);
	client_connect(c); /* b is not anonymous any more */
	client_free(a);
	client_free(b);
	client_free(c);
	world_close(&w);
}

static void configurations_that_are_none(void **state)
{
	struct world w;
	struct relay_host host = {0};
	struct relay *relay;

	(void)state;
	world_open(&w);
	for (int i = 0; i < 4; i++) {
		struct relay_config config = w.config;

		if (i == 0) {
			config.name[0] = '\0';
		} else if (i == 1) {
			memset(config.name, 'a', sizeof(config.name));
		} else {
			config.ring_bytes = i == 2 ? 65536 + 1 : 32768;
		}
		assert_int_equal(relay_new(&relay, &config, &host, w.store, &w.rng, 1, 1),
			KR_ERR_ARGUMENT);
		assert_null(relay);
	}
	relay_free(NULL);
	world_close(&w);
}

/* Limits change at once; the name that clients have signed does not. */
static void a_reload_changes_limits(void **state)
{
	struct world w;
	struct client *c;
	struct relay_config config;
	struct relay_conn *refused;
	struct kr_request r;

	(void)state;
	world_open(&w);
	c = client_in(&w, 1);
	config = w.config;
	config.max_connections = 1;
	config.name[0] = 'x';
	relay_reconfigure(w.relay, &config);
	assert_int_equal(relay_open(w.relay, &refused, NULL, c->account), KR_ERR_LIMIT);
	client_disconnect(c);
	client_connect(c);
	r = proof(c, RELAY_NAME);
	expect(c, &r, "ok");
	client_free(c);
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_device_proves_its_key),
		cmocka_unit_test(a_bent_proof_fails),
		cmocka_unit_test(a_proof_is_not_replayed),
		cmocka_unit_test(devices_come_and_go),
		cmocka_unit_test(devices_have_a_limit),
		cmocka_unit_test(p9_devices_that_come_and_go_have_a_limit),
		cmocka_unit_test(a_blocked_account_is_out),
		cmocka_unit_test(silence_ends),
		cmocka_unit_test(anonymous_connections_are_capped),
		cmocka_unit_test(configurations_that_are_none),
		cmocka_unit_test(a_reload_changes_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
