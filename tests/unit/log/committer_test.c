/* The committer over an engine of the test's own, which stores nothing, answers as it is
 * told, and can be held up. */
#include "server/log/committer.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"

struct engine {
	struct log_engine base;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	bool held; /* commit waits while this is set */
	bool in_commit;
	size_t batches[64]; /* sizes of the first ones */
	size_t num_batches;
	uint64_t position;
	enum kr_err fail_with; /* for appends whose expect_rev is 1 */
};

static struct engine engine;
static struct committer *committer;
static unsigned num_wakes;

static void commit(struct log_engine *base, struct log_append *const *batch, size_t num)
{
	struct engine *e = (struct engine *)base;

	pthread_mutex_lock(&e->mutex);
	e->in_commit = true;
	pthread_cond_broadcast(&e->changed);
	while (e->held) {
		pthread_cond_wait(&e->changed, &e->mutex);
	}
	if (e->num_batches < NUM(e->batches)) {
		e->batches[e->num_batches++] = num;
	}
	for (size_t i = 0; i < num; i++) {
		bool fail = batch[i]->events[0].expect_rev == 1;

		batch[i]->events[0].place.position = ++e->position;
		batch[i]->result = (struct log_result){
			.outcome = fail ? LOG_FAILED : LOG_APPENDED,
			.err = fail ? e->fail_with : KR_OK,
		};
	}
	e->in_commit = false;
	pthread_mutex_unlock(&e->mutex);
}

static void wake(void *ctx)
{
	struct engine *e = ctx;

	pthread_mutex_lock(&e->mutex);
	num_wakes++;
	pthread_cond_broadcast(&e->changed);
	pthread_mutex_unlock(&e->mutex);
}

static void start(size_t waiting_max, size_t waiting_bytes_max, size_t batch_max)
{
	struct committer_config config = {
		.engine = &engine.base,
		.wake = wake,
		.wake_ctx = &engine,
		.waiting_max = waiting_max,
		.waiting_bytes_max = waiting_bytes_max,
		.batch_max = batch_max,
	};

	assert_int_equal(committer_start(&committer, &config), KR_OK);
}

static int setup(void **state)
{
	static const struct log_engine_ops ops = {.commit = commit};

	(void)state;
	memset(&engine, 0, sizeof(engine));
	engine.base.ops = &ops;
	pthread_mutex_init(&engine.mutex, NULL);
	pthread_cond_init(&engine.changed, NULL);
	num_wakes = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	committer_free(committer);
	committer = NULL;
	pthread_cond_destroy(&engine.changed);
	pthread_mutex_destroy(&engine.mutex);
	return 0;
}

static void hold(bool held)
{
	pthread_mutex_lock(&engine.mutex);
	engine.held = held;
	pthread_cond_broadcast(&engine.changed);
	pthread_mutex_unlock(&engine.mutex);
}

static void wait_for_commit(void)
{
	pthread_mutex_lock(&engine.mutex);
	while (!engine.in_commit) {
		pthread_cond_wait(&engine.changed, &engine.mutex);
	}
	pthread_mutex_unlock(&engine.mutex);
}

static struct log_append *make_append(uint64_t expect_rev)
{
	struct log_append *append = log_append_new();
	struct kr_event event = {.type = KR_EVENT_POST, .body = kr_view_str("body")};

	assert_non_null(append);
	assert_int_equal(log_append_event(append, &event, expect_rev), KR_OK);
	return append;
}

static void submit(void)
{
	assert_int_equal(committer_submit(committer, make_append(LOG_REV_ANY)), KR_OK);
}

/* Fetch, waiting to be woken while there is nothing. */
static struct log_append *fetch(void)
{
	struct log_append *append;

	while ((append = committer_fetch(committer)) == NULL) {
		pthread_mutex_lock(&engine.mutex);
		while (num_wakes == 0) {
			pthread_cond_wait(&engine.changed, &engine.mutex);
		}
		num_wakes = 0;
		pthread_mutex_unlock(&engine.mutex);
	}
	return append;
}

/* While the engine writes, what comes in gathers to one batch. */
static void batches_grow_with_the_load(void **state)
{
	struct committer_stats stats;

	(void)state;
	start(0, 0, 0);
	hold(true);
	submit();
	wait_for_commit();
	for (int i = 0; i < 99; i++) {
		submit();
	}
	committer_stats(committer, &stats);
	assert_int_equal(stats.waiting, 100);
	hold(false);
	for (int i = 0; i < 100; i++) {
		log_append_free(fetch());
	}
	assert_int_equal(engine.num_batches, 2);
	assert_int_equal(engine.batches[0], 1);
	assert_int_equal(engine.batches[1], 99);
	committer_stats(committer, &stats);
	assert_int_equal(stats.num_batches, 2);
	assert_int_equal(stats.num_appends, 100);
	assert_int_equal(stats.largest_batch, 99);
	assert_int_equal(stats.waiting, 0);
	assert_int_equal(stats.waiting_bytes, 0);
}

static void batches_have_a_bound(void **state)
{
	(void)state;
	start(0, 0, 10);
	hold(true);
	submit();
	wait_for_commit();
	for (int i = 0; i < 25; i++) {
		submit();
	}
	hold(false);
	for (int i = 0; i < 26; i++) {
		log_append_free(fetch());
	}
	assert_int_equal(engine.num_batches, 4);
	assert_int_equal(engine.batches[1], 10);
	assert_int_equal(engine.batches[3], 5);
}

static void *submit_many(void *ctx)
{
	struct log_append *append;
	uintptr_t *mark = ctx;

	for (uintptr_t i = 1; i <= 500; i++) {
		append = make_append(LOG_REV_ANY);
		append->owner = (void *)(*mark + i);
		if (committer_submit(committer, append) != KR_OK) {
			return ctx;
		}
	}
	return NULL;
}

/* Results come in the order of positions, and each thread's in the order it submitted. */
static void p2_results_come_in_order(void **state)
{
	uintptr_t marks[4] = {0, 1000, 2000, 3000};
	uintptr_t last[4] = {0, 1000, 2000, 3000};
	pthread_t threads[4];
	uint64_t position = 0;

	(void)state;
	start(0, 0, 64);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(
			pthread_create(&threads[i], NULL, submit_many, &marks[i]), 0);
	}
	for (int i = 0; i < 2000; i++) {
		struct log_append *append = fetch();
		uintptr_t mark = (uintptr_t)append->owner;

		assert_int_equal(append->result.outcome, LOG_APPENDED);
		assert_int_equal(append->events[0].place.position, ++position);
		assert_int_equal(mark, ++last[mark / 1000]);
		log_append_free(append);
	}
	for (int i = 0; i < 4; i++) {
		void *failed;

		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
}

/* What is too much is refused at once and stays the caller's. */
static void p9_refuses_what_is_too_much(void **state)
{
	struct log_append *append = make_append(LOG_REV_ANY);

	(void)state;
	start(3, 0, 0);
	hold(true);
	for (int i = 0; i < 3; i++) {
		submit();
	}
	assert_int_equal(committer_submit(committer, append), KR_ERR_LIMIT);
	hold(false);
	log_append_free(fetch());
	assert_int_equal(committer_submit(committer, append), KR_OK);
	committer_free(committer);

	start(0, 3000, 0);
	hold(true);
	submit();
	append = make_append(LOG_REV_ANY);
	assert_true(append->num_bytes > 1000 && append->num_bytes < 1500);
	assert_int_equal(committer_submit(committer, append), KR_OK);
	append = make_append(LOG_REV_ANY);
	assert_int_equal(committer_submit(committer, append), KR_ERR_LIMIT);
	log_append_free(append);
	append = log_append_new();
	assert_int_equal(committer_submit(committer, append), KR_ERR_ARGUMENT);
	log_append_free(append);
	hold(false);
}

static void p1_stop_finishes_what_waits(void **state)
{
	struct log_append *append = make_append(LOG_REV_ANY);
	size_t num = 0;

	(void)state;
	start(0, 0, 7);
	hold(true);
	for (int i = 0; i < 50; i++) {
		submit();
	}
	hold(false);
	committer_stop(committer);
	committer_stop(committer);
	assert_int_equal(committer_submit(committer, append), KR_ERR_STATE);
	log_append_free(append);
	for (; (append = committer_fetch(committer)) != NULL; num++) {
		assert_int_equal(append->result.outcome, LOG_APPENDED);
		log_append_free(append);
	}
	assert_int_equal(num, 50);
	committer_free(NULL);
}

/* What nobody fetched is freed with the committer: the leak checker would tell. */
static void free_forgets_results(void **state)
{
	(void)state;
	start(0, 0, 0);
	for (int i = 0; i < 10; i++) {
		submit();
	}
	committer_stop(committer);
}

static void counts_failures(void **state)
{
	struct committer_stats stats;

	(void)state;
	engine.fail_with = KR_ERR_STORE_FULL;
	start(0, 0, 0);
	assert_int_equal(committer_submit(committer, make_append(1)), KR_OK);
	log_append_free(fetch());
	committer_stats(committer, &stats);
	assert_int_equal(stats.num_failed, 1);
	assert_true(stats.disk_full);
	submit();
	log_append_free(fetch());
	committer_stats(committer, &stats);
	assert_int_equal(stats.num_failed, 1);
	assert_false(stats.disk_full);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(batches_grow_with_the_load),
		CASE(batches_have_a_bound),
		CASE(p2_results_come_in_order),
		CASE(p9_refuses_what_is_too_much),
		CASE(p1_stop_finishes_what_waits),
		CASE(free_forgets_results),
		CASE(counts_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
