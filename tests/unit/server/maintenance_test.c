/* server/maintenance.c: what ages is deleted, for good, and what does not stays. */
#include "server/maintenance.h"

#include <errno.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/lib/test.h"
#include "tests/unit/store/fixture.h"

#define CANARY "a-record-that-must-go"
#define DAY_MS ((uint64_t)24 * 3600 * 1000)

static uint64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000;
}

static void put_at(struct fixture *f, unsigned event, uint64_t time_ms, const char *body)
{
	struct draft d = draft(1, event);

	d.time_ms = time_ms;
	draft_post(&d, 7, body);
	submit_ok(f, &d);
}

/* Whether any file of the store holds the text. */
static bool store_holds(const struct fixture *f, const char *text)
{
	char command[256];

	(void)snprintf(command, sizeof(command), "grep -rqaF '%s' %s", text, f->dir);
	return system(command) == 0;
}

static void on_wake(void *ctx)
{
	(void)sem_post(ctx);
}

static struct job *run(
	struct maintenance *m, sem_t *woken, enum job_kind kind, const char *path)
{
	struct job *job = calloc(1, sizeof(*job));
	struct job *done;

	assert_non_null(job);
	job->kind = kind;
	job->owner = woken;
	(void)snprintf(job->path, sizeof(job->path), "%s", path);
	assert_int_equal(maintenance_submit(m, job), KR_OK);
	while (sem_wait(woken) && errno == EINTR) {}
	done = maintenance_fetch(m);
	assert_ptr_equal(done, job);
	assert_ptr_equal(done->owner, woken);
	return done;
}

static void run_ok(struct maintenance *m, sem_t *woken, enum job_kind kind)
{
	struct job *job = run(m, woken, kind, "");

	assert_int_equal(job->err, KR_OK);
	free(job);
}

static void test_retention(void **state)
{
	struct maintenance_config config = {.retention_days = 30, .wake = on_wake};
	struct maintenance *m;
	struct fixture f;
	struct store_topic before, after;
	sem_t woken;

	(void)state;
	assert_int_equal(sem_init(&woken, 0, 0), 0);
	fixture_open(&f);
	create_group(&f, 7, 1);
	put_at(&f, 100, now_ms() - 40 * DAY_MS, CANARY);
	put_at(&f, 101, now_ms() - 31 * DAY_MS, CANARY);
	put_at(&f, 102, now_ms() - 29 * DAY_MS, "a record that stays");
	before = topic_of(&f, group(7));
	assert_true(store_holds(&f, CANARY));

	config.store = f.store;
	config.wake_ctx = &woken;
	assert_int_equal(maintenance_start(&m, &config), KR_OK);
	run_ok(m, &woken, JOB_RETAIN);
	run_ok(m, &woken, JOB_COMPACT);
	run_ok(m, &woken, JOB_VERIFY);
	maintenance_stop(m);

	after = topic_of(&f, group(7));
	assert_int_equal(after.seq, before.seq);
	assert_memory_equal(after.hash, before.hash, sizeof(after.hash));
	assert_int_equal(after.trimmed_seq, before.seq - 1);
	assert_false(store_holds(&f, CANARY));
	assert_true(store_holds(&f, "a record that stays"));
	fixture_close(&f);
	(void)sem_destroy(&woken);
}

/* Without a retention nothing ages, however old. */
static void test_no_retention(void **state)
{
	struct maintenance_config config = {.wake = on_wake};
	struct maintenance *m;
	struct fixture f;
	sem_t woken;

	(void)state;
	assert_int_equal(sem_init(&woken, 0, 0), 0);
	fixture_open(&f);
	create_group(&f, 7, 1);
	put_at(&f, 100, 1000, CANARY);
	config.store = f.store;
	config.wake_ctx = &woken;
	assert_int_equal(maintenance_start(&m, &config), KR_OK);
	run_ok(m, &woken, JOB_RETAIN);
	run_ok(m, &woken, JOB_COMPACT);
	maintenance_stop(m);
	assert_int_equal(topic_of(&f, group(7)).trimmed_seq, 0);
	assert_true(store_holds(&f, CANARY));
	fixture_close(&f);
	(void)sem_destroy(&woken);
}

enum { INBOX = 40, OTHER, DECLINED, CASE_ID };

static void in_case(
	struct fixture *f, unsigned type, unsigned by, unsigned about, const char *body)
{
	struct kr_event_head head = {
		.key = view_of(1),
		.until_ms = 1000,
		.urgency = KR_URGENCY_TODAY,
	};
	struct kr_event_head nothing = {0};
	static const uint8_t nobody[KR_ID_BYTES];

	head.by = by == 0 ? kr_view(nobody, sizeof(nobody)) : view_of(by);
	head.inbox = about == 0 ? kr_view(nobody, sizeof(nobody)) : view_of(about);
	head.fallback = kr_view(nobody, sizeof(nobody));
	put_event(f, kr_topic(KR_TOPIC_CASE, id(CASE_ID)), type, 0, &head,
		kr_view_str(body));
	put_event(f, kr_topic(KR_TOPIC_WRAPS, id(CASE_ID)), KR_EVENT_WRAPS, 0, &nothing,
		kr_view_str(body));
}

static struct kr_topic notes_of(unsigned inbox)
{
	struct kr_topic topic = {.kind = KR_TOPIC_NOTES};

	kr_notes_id(topic.id, id(CASE_ID), id(inbox));
	return topic;
}

static void put_note(struct fixture *f, unsigned inbox)
{
	struct kr_event_head head = {.case_id = view_of(CASE_ID)};

	head.inbox = view_of(inbox);
	put_event(f, notes_of(inbox), KR_EVENT_NOTE, 1, &head, kr_view_str(CANARY));
}

/* How many cases the next run has to look at. */
static size_t num_to_visit(struct fixture *f)
{
	struct store_view view = {0};
	struct store_id found[2];
	size_t num;

	assert_int_equal(store_view_begin(f->store, &view), KR_OK);
	assert_int_equal(store_erased(&view, NULL, found, 2, &num), KR_OK);
	store_view_end(&view);
	return num;
}

/* Words, wraps and notes of an erased case are gone, also of those who were asked and
 * declined; that it was erased is what stays. A case that is closed keeps all. */
static void test_erased_cases(void **state)
{
	struct maintenance_config config = {.wake = on_wake};
	struct maintenance *m;
	struct fixture f;
	sem_t woken;

	(void)state;
	assert_int_equal(sem_init(&woken, 0, 0), 0);
	fixture_open(&f);
	in_case(&f, KR_EVENT_SUBMITTED, 0, INBOX, CANARY);
	in_case(&f, KR_EVENT_CONSULTED, INBOX, DECLINED, CANARY);
	put_note(&f, INBOX);
	put_note(&f, DECLINED);
	in_case(&f, KR_EVENT_PARTED, DECLINED, DECLINED, CANARY);
	in_case(&f, KR_EVENT_CLOSED, INBOX, 0, CANARY);
	config.store = f.store;
	config.wake_ctx = &woken;
	assert_int_equal(maintenance_start(&m, &config), KR_OK);
	run_ok(m, &woken, JOB_RETAIN);
	assert_int_equal(
		topic_of(&f, kr_topic(KR_TOPIC_CASE, id(CASE_ID))).trimmed_seq, 0);
	in_case(&f, KR_EVENT_EXPIRED, 0, 0, "the end");
	assert_int_equal(num_to_visit(&f), 1);
	run_ok(m, &woken, JOB_RETAIN);
	assert_int_equal(num_to_visit(&f), 0);
	run_ok(m, &woken, JOB_COMPACT);
	run_ok(m, &woken, JOB_VERIFY);
	maintenance_stop(m);
	assert_int_equal(
		topic_of(&f, kr_topic(KR_TOPIC_CASE, id(CASE_ID))).trimmed_seq, 4);
	assert_int_equal(
		topic_of(&f, kr_topic(KR_TOPIC_WRAPS, id(CASE_ID))).trimmed_seq, 5);
	assert_int_equal(topic_of(&f, notes_of(DECLINED)).trimmed_seq, 1);
	assert_false(store_holds(&f, CANARY));
	assert_true(store_holds(&f, "the end"));
	fixture_close(&f);
	(void)sem_destroy(&woken);
}

static void test_failures_are_told(void **state)
{
	struct maintenance_config config = {.wake = on_wake};
	struct maintenance *m;
	struct fixture f;
	struct job *job;
	sem_t woken;

	(void)state;
	assert_int_equal(sem_init(&woken, 0, 0), 0);
	fixture_open(&f);
	config.store = f.store;
	config.wake_ctx = &woken;
	assert_int_equal(maintenance_start(&m, &config), KR_OK);
	job = run(m, &woken, JOB_BACKUP, "/nonexistent/kring/backup");
	assert_int_not_equal(job->err, KR_OK);
	free(job);
	assert_null(maintenance_fetch(m));
	maintenance_stop(m);
	maintenance_stop(NULL);
	fixture_close(&f);
	(void)sem_destroy(&woken);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_retention),
		cmocka_unit_test(test_no_retention),
		cmocka_unit_test(test_erased_cases),
		cmocka_unit_test(test_failures_are_told),
	};

	return cmocka_run_group_tests_name("server/maintenance", tests, NULL, NULL);
}
