/* A client without a relay: what it answers, keeps, and does when it cannot go on. */
#include "clients/host/client.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <uv.h>

#include "fixture.h"
#include "test.h"

#define RUN_MS 120000

/* Nobody listens on port 1. */
#define INIT                                                                             \
	"{\"do\":\"init\",\"url\":\"ws://127.0.0.1:1/kring\",\"relay\":\"relay.test\","  \
	"\"name\":\"Ans\"}"

struct seen {
	struct fixture f;
	struct host *host;
	struct client *client;
	struct client *free_in_callback; /* NULL: none */
	unsigned num_answers, num_tells, num_ends;
	uint64_t answered_id;
	char answer[2048];
	enum kr_err failed;
	enum connection_end end;
	bool stop_at_end;
};

static void stop(struct seen *seen)
{
	client_free(seen->free_in_callback);
	if (seen->free_in_callback) {
		seen->client = NULL;
	}
	seen->free_in_callback = NULL;
	host_stop(seen->host);
}

static void on_answered(void *ctx, uint64_t id, struct kr_view answer)
{
	struct seen *seen = ctx;

	seen->num_answers++;
	seen->answered_id = id;
	(void)snprintf(seen->answer, sizeof(seen->answer), "%.*s", (int)answer.len,
		(const char *)answer.data);
	stop(seen);
}

static void on_told(void *ctx, struct kr_view tell)
{
	struct seen *seen = ctx;

	assert_true(tell.len > 0 && tell.data[0] == '{');
	seen->num_tells++;
}

static void on_ended(void *ctx, enum connection_end end, uint16_t code)
{
	struct seen *seen = ctx;

	assert_int_equal(code, 0);
	seen->num_ends++;
	seen->end = end;
	if (seen->stop_at_end) {
		stop(seen);
	}
}

static void on_failed(void *ctx, enum kr_err err)
{
	struct seen *seen = ctx;

	seen->failed = err;
	stop(seen);
}

static void start_client(struct seen *seen)
{
	const struct client_callbacks callbacks = {
		on_answered, on_told, on_ended, on_failed};

	assert_int_equal(
		client_new(&seen->client, seen->host, seen->f.keystore, &callbacks, seen),
		KR_OK);
}

static void set_up(struct seen *seen)
{
	*seen = (struct seen){0};
	fixture_open(&seen->f);
	assert_int_equal(host_new(&seen->host, NULL), KR_OK);
	start_client(seen);
}

static void tear_down(struct seen *seen)
{
	client_free(seen->client);
	host_free(seen->host);
	fixture_close(&seen->f);
}

static uint64_t submit(struct seen *seen, const char *command)
{
	uint64_t id = 0;

	assert_int_equal(client_submit(seen->client, kr_view_str(command), &id), KR_OK);
	return id;
}

/* Submit and wait for the answer. */
static const char *ask(struct seen *seen, const char *command)
{
	unsigned before = seen->num_answers;
	uint64_t id = submit(seen, command);

	assert_int_equal(host_run(seen->host, RUN_MS), KR_OK);
	assert_int_equal(seen->num_answers, before + 1);
	assert_int_equal(seen->answered_id, id);
	return seen->answer;
}

static bool status_has(const struct seen *seen, const char *text)
{
	KR_AUTO_FREE struct kr_bytes answer = {0};

	assert_int_equal(
		client_query(seen->client, kr_view_str("{\"ask\":\"status\"}"), &answer),
		KR_OK);
	return memmem(answer.data, answer.len, text, strlen(text)) != NULL;
}

static void commands_are_answered_in_order(void **state)
{
	struct seen seen;
	uint64_t first, second;

	(void)state;
	set_up(&seen);
	assert_non_null(strstr(ask(&seen, "no json"), "\"error\":"));
	assert_non_null(strstr(ask(&seen, "{\"do\":\"nothing\"}"), "\"error\":"));
	first = submit(&seen, "{\"do\":\"one\"}");
	second = submit(&seen, "{\"do\":\"two\"}");
	assert_true(second > first);
	while (seen.num_answers < 4) {
		assert_int_equal(host_run(seen.host, RUN_MS), KR_OK);
	}
	assert_int_equal(seen.answered_id, second);
	assert_int_equal(seen.failed, KR_OK);
	tear_down(&seen);
}

static void what_is_answered_is_stored(void **state)
{
	struct keystore_size size;
	struct seen seen;

	(void)state;
	set_up(&seen);
	assert_non_null(strstr(ask(&seen, INIT), "\"ok\":true"));
	assert_true(status_has(&seen, "\"Ans\""));
	client_free(seen.client);
	keystore_size(seen.f.keystore, &size);
	assert_true(size.num_records > 0);
	fixture_reopen(&seen.f);
	start_client(&seen);
	assert_true(status_has(&seen, "\"Ans\""));
	tear_down(&seen);
}

static void an_attempt_that_fails_is_told_and_repeated(void **state)
{
	struct seen seen;

	(void)state;
	set_up(&seen);
	seen.stop_at_end = true;
	(void)submit(&seen, INIT);
	(void)submit(&seen, "{\"do\":\"connect\"}");
	while (seen.num_ends < 2) {
		assert_int_equal(host_run(seen.host, RUN_MS), KR_OK);
		client_online(seen.client); /* no need to wait */
	}
	assert_int_equal(seen.end, CONNECTION_REFUSED);
	assert_true(seen.num_tells > 0);
	assert_int_equal(seen.failed, KR_OK);
	tear_down(&seen);
}

/* A full disk ends the client, and nothing is answered that is not stored. */
static void p1_a_store_that_fails_ends_the_client(void **state)
{
	KR_AUTO_FREE struct kr_bytes answer = {0};
	struct keystore_size size;
	struct rlimit before, tight;
	struct seen seen;
	uint64_t id;

	(void)state;
	set_up(&seen);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	tight = before;
	keystore_size(seen.f.keystore, &size);
	tight.rlim_cur = size.file + 50;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
	(void)submit(&seen, INIT);
	assert_int_equal(host_run(seen.host, RUN_MS), KR_OK);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(seen.failed, KR_ERR_STORE_FULL);
	assert_int_equal(seen.num_answers, 0);
	assert_int_equal(
		client_submit(seen.client, kr_view_str("{}"), &id), KR_ERR_STATE);
	assert_int_equal(
		client_query(seen.client, kr_view_str("{\"ask\":\"status\"}"), &answer),
		KR_ERR_STATE);
	/* Another one goes on from what is stored, which is nothing. */
	client_free(seen.client);
	start_client(&seen);
	assert_false(status_has(&seen, "\"Ans\""));
	assert_non_null(strstr(ask(&seen, INIT), "\"ok\":true"));
	tear_down(&seen);
}

static enum kr_err keep_key(void *ctx, struct kr_view key, struct kr_view value)
{
	struct kr_bytes *out = ctx;

	(void)value;
	return out->data ? KR_OK : kr_bytes_copy(out, key);
}

static void records_that_are_none_are_refused(void **state)
{
	const struct client_callbacks callbacks = {0};
	KR_AUTO_FREE struct kr_bytes key = {0};
	struct kr_core_record record = {.value = kr_view_str("")};
	struct seen seen;

	(void)state;
	set_up(&seen);
	(void)ask(&seen, INIT);
	client_free(seen.client);
	seen.client = NULL;
	assert_int_equal(keystore_each(seen.f.keystore, keep_key, &key), KR_OK);
	record.key = kr_view_bytes(&key);
	assert_int_equal(keystore_write(seen.f.keystore, &record, 1), KR_OK);
	assert_int_equal(
		client_new(&seen.client, seen.host, seen.f.keystore, &callbacks, NULL),
		KR_ERR_BAD_STATE_RECORD);
	assert_null(seen.client);
	tear_down(&seen);
}

static void it_can_be_freed_from_its_callbacks(void **state)
{
	struct seen seen;

	(void)state;
	set_up(&seen);
	seen.free_in_callback = seen.client;
	(void)submit(&seen, INIT);
	(void)submit(&seen, "{\"do\":\"never answered\"}");
	assert_int_equal(host_run(seen.host, RUN_MS), KR_OK);
	assert_int_equal(seen.num_answers, 1);
	assert_int_equal(host_run(seen.host, 50), KR_ERR_LIMIT);
	start_client(&seen);
	seen.free_in_callback = seen.client;
	seen.stop_at_end = true;
	(void)submit(&seen, "{\"do\":\"connect\"}");
	assert_int_equal(host_run(seen.host, RUN_MS), KR_OK);
	tear_down(&seen);
}

static void running_is_bounded(void **state)
{
	struct host *host;

	(void)state;
	assert_int_equal(host_new(&host, "/nowhere"), KR_ERR_NOT_FOUND);
	assert_int_equal(host_new(&host, NULL), KR_OK);
	assert_int_equal(host_run(host, 0), KR_ERR_LIMIT);
	host_stop(host);
	assert_int_equal(host_run(host, HOST_FOREVER), KR_OK);
	assert_int_equal(host_signal(host), 0);
	host_free(host);
}

static void on_raise(uv_timer_t *timer)
{
	assert_int_equal(raise(*(const int *)timer->data), 0);
	uv_close((uv_handle_t *)timer, NULL);
}

static void a_signal_ends_the_run(void **state)
{
	static int signals[] = {SIGINT, SIGTERM, SIGHUP};

	(void)state;
	for (size_t i = 0; i < NUM(signals); i++) {
		struct host *host;
		uv_timer_t timer = {.data = &signals[i]};

		assert_int_equal(host_new(&host, NULL), KR_OK);
		assert_int_equal(uv_timer_init(host_loop(host), &timer), 0);
		assert_int_equal(uv_timer_start(&timer, on_raise, 0, 0), 0);
		assert_int_equal(host_run(host, RUN_MS), KR_ERR_STATE);
		assert_int_equal(host_signal(host), signals[i]);
		host_free(host);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands_are_answered_in_order),
		cmocka_unit_test(what_is_answered_is_stored),
		cmocka_unit_test(an_attempt_that_fails_is_told_and_repeated),
		cmocka_unit_test(p1_a_store_that_fails_ends_the_client),
		cmocka_unit_test(records_that_are_none_are_refused),
		cmocka_unit_test(it_can_be_freed_from_its_callbacks),
		cmocka_unit_test(running_is_bounded),
		cmocka_unit_test(a_signal_ends_the_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
