/* P9 as a property: whatever bytes arrive, each message gets one clear answer, nothing
 * is appended, the bystander's connection does not notice, and at worst the sender is
 * closed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scene.h"

#include "test.h"

#define ROUNDS 4000

/* One seed for a run, printed so that a failure can be had again. */
static struct kr_random_seeded random_state;
static struct kr_random rng;

static void seed_random(void)
{
	const char *text = getenv("KRING_TEST_SEED");
	unsigned long seed = text != NULL ? strtoul(text, NULL, 10) : 1;
	struct kr_secret secret = {{0}};

	print_message("# KRING_TEST_SEED=%lu\n", seed);
	memcpy(secret.bytes, &seed, sizeof(seed));
	kr_random_seeded_init(&random_state, &secret);
	rng = kr_random_seeded(&random_state);
}

static uint32_t below(uint32_t bound)
{
	uint32_t value;

	assert_int_equal(kr_random_fill(&rng, (uint8_t *)&value, sizeof(value)), KR_OK);
	return value % bound;
}

static uint64_t position(struct scene *s)
{
	struct store_view view;
	uint64_t position;

	assert_int_equal(store_view_begin(s->w.store, &view), KR_OK);
	position = store_position(&view);
	store_view_end(&view);
	return position;
}

/* Exactly one answer came, an error with code, sentence and retry, or the connection is
 * on its way out. */
static void check_answered(struct client *c, size_t num_before)
{
	const struct received *answer;
	struct kr_view text;
	uint64_t re;

	client_drain(c);
	assert_int_equal(c->num_received, num_before + 1);
	answer = &c->received[num_before];
	assert_int_equal(kr_json_get_u64(&answer->object, "re", &re), KR_OK);
	assert_int_equal(kr_json_get_str(&answer->object, "error", &text), KR_OK);
	assert_int_not_equal(text.len, 0);
	assert_false(kr_view_equal(text, kr_view_str("internal")));
	assert_int_equal(kr_json_get_str(&answer->object, "text", &text), KR_OK);
	assert_int_equal(kr_json_get_str(&answer->object, "retry", &text), KR_OK);
}

static void check_bystander(struct scene *s)
{
	struct kr_request ping = ask(s->member, KR_VERB_PING);

	expect(s->member, &ping, "ok");
	assert_int_equal(s->member->close_code, 0);
	client_forget(s->member);
}

static void reconnect(struct client *c)
{
	client_disconnect(c);
	client_forget(c);
	client_connect(c);
	client_auth(c);
	client_forget(c);
}

static void p9_random_bytes(void **state)
{
	struct scene s;
	uint64_t before;

	(void)state;
	seed_random();
	scene_open(&s);
	before = position(&s);
	client_forget(s.coordinator);
	for (int i = 0; i < ROUNDS; i++) {
		uint8_t bytes[300];
		size_t len = below(sizeof(bytes));
		bool is_text = below(2) == 0;

		assert_int_equal(kr_random_fill(&rng, bytes, len), KR_OK);
		if (!is_text && len >= 2 && below(2) == 0) {
			bytes[0] = 0; /* so that the object's length fits at times */
		}
		send_bytes(s.coordinator, kr_view(bytes, len), is_text);
		assert_int_equal(s.w.num_waiting, 0);
		check_answered(s.coordinator, 0);
		client_forget(s.coordinator);
		if (s.coordinator->close_code != 0) {
			assert_int_equal(s.coordinator->close_code, KR_CLOSE_POLICY);
			reconnect(s.coordinator);
		}
		if (i % 100 == 0) {
			check_bystander(&s);
		}
	}
	assert_int_equal(position(&s), before);
	scene_close(&s);
}

/* A good request with one to three bytes changed: it may still be good, and is then
 * what it says; or it is refused, and nothing has changed. */
static void p9_nearly_good_requests(void **state)
{
	struct scene s;

	(void)state;
	seed_random();
	scene_open(&s);
	for (int i = 0; i < ROUNDS; i++) {
		enum kr_verb verb = (enum kr_verb)(
			KR_VERB_TOPIC_HEAD + below(KR_NUM_VERBS - KR_VERB_TOPIC_HEAD));
		KR_AUTO_WRITER struct kr_writer w = {0};
		struct kr_request r = {.verb = verb, .id = 1};
		uint64_t before = position(&s);
		size_t num_waiting;
		bool is_text;

		r.fields = kr_verb_info(verb)->required;
		r.topic = below(2) == 0 ? s.group : s.community;
		r.rev = r.at = r.max = r.count = r.uses = 1 + below(3);
		r.num_coordinators = 1;
		memcpy(r.account, s.stranger->account, sizeof(r.account));
		assert_int_equal(kr_random_fill(&rng, r.event, sizeof(r.event)), KR_OK);
		if (kr_verb_info(verb)->body != KR_BODY_NONE) {
			r.body = kr_view_bytes(&s.last_commit);
		}
		kr_writer_init(&w);
		kr_request_write(&w, &is_text, &r);
		for (uint32_t flips = 1 + below(3); flips > 0; flips--) {
			w.data[below((uint32_t)w.len)] ^= (uint8_t)(1U << below(8));
		}
		send_bytes(s.stranger, kr_writer_view(&w), is_text);
		num_waiting = s.w.num_waiting;
		world_settle(&s.w);
		client_drain(s.stranger);
		assert_true(s.stranger->num_received > 0);
		if (num_waiting == 0) {
			assert_int_equal(position(&s), before);
		}
		client_forget(s.stranger);
		if (s.stranger->close_code != 0) {
			reconnect(s.stranger);
		}
		if (i % 100 == 0) {
			check_bystander(&s);
		}
	}
	scene_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(p9_random_bytes),
		cmocka_unit_test(p9_nearly_good_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
