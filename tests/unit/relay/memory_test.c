/* Every allocation of every verb fails once: the request is answered or its connection is
 * closed, nothing is half done, and the same request afterwards is answered with ok. */
#include <string.h>

#include "alloc_fail.h"
#include "scene.h"
#include "test.h"

/* A reporter has no account to prove. */
static void reconnect(struct client *c, bool has_account)
{
	client_disconnect(c);
	client_forget(c);
	client_connect(c);
	if (has_account) {
		client_auth(c);
	}
	client_forget(c);
}

static bool has_answer(const struct client *c)
{
	for (size_t i = 0; i < c->num_received; i++) {
		if (kr_json_has(&c->received[i].object, "re")) {
			return true;
		}
	}
	return false;
}

/* Send it with the n-th allocation failing. Returns whether there was an n-th. */
static bool send_failing(
	struct scene *s, struct client *c, struct kr_view bytes, bool is_text, size_t n)
{
	bool happened;

	alloc_fail_arm(n);
	relay_message(s->w.relay, c->conn, bytes, is_text);
	world_settle(&s->w);
	happened = alloc_fail_happened();
	alloc_fail_disarm();
	return happened;
}

static void run_verb(enum kr_verb verb)
{
	KR_AUTO_WRITER struct kr_writer w = {0};
	struct client *actor;
	struct kr_request r;
	struct scene s;
	bool is_text;
	size_t n = 1;

	scene_open(&s);
	r = scene_request(&s, verb, &actor);
	kr_writer_init(&w);
	kr_request_write(&w, &is_text, &r);
	client_forget(actor);
	while (send_failing(&s, actor, kr_writer_view(&w), is_text, n)) {
		client_drain(actor);
		assert_true(has_answer(actor) || actor->close_code == KR_CLOSE_INTERNAL);
		if (actor->close_code != 0) {
			reconnect(actor, verb != KR_VERB_CASE_SUBMIT);
		}
		client_forget(actor);
		n++;
	}
	assert_true(n > 1);
	expect_code(answer_to(actor, r.id), "ok");
	scene_close(&s);
}

static void p9_every_allocation_of_every_verb(void **state)
{
	(void)state;
	for (enum kr_verb verb = 0; verb < KR_NUM_VERBS; verb++) {
		/* A proof is good once; a subscription can be ended once. */
		if (verb != KR_VERB_AUTH && verb != KR_VERB_TOPIC_UNSUBSCRIBE &&
			verb != KR_VERB_CASE_OPEN) {
			run_verb(verb);
		}
	}
}

/* Opening a connection either works or leaves nothing behind. */
static void p9_every_allocation_of_a_connection(void **state)
{
	static const uint8_t address[16] = {1};
	struct relay_statistics statistics;
	struct relay_conn *conn = NULL;
	struct world w;
	size_t n = 1;
	bool happened;

	(void)state;
	world_open(&w);
	do {
		enum kr_err err;

		alloc_fail_arm(n);
		err = relay_open(w.relay, &conn, NULL, address);
		happened = alloc_fail_happened();
		alloc_fail_disarm();
		relay_statistics(w.relay, &statistics);
		assert_int_equal(statistics.connections, conn != NULL);
		if (err == KR_OK) {
			assert_true(
				!happened || relay_close_code(conn) == KR_CLOSE_INTERNAL);
			relay_closed(w.relay, conn);
		} else {
			assert_int_equal(err, KR_ERR_MEMORY);
			assert_null(conn);
		}
		n++;
	} while (happened);
	assert_true(n > 2);
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(p9_every_allocation_of_every_verb),
		cmocka_unit_test(p9_every_allocation_of_a_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
