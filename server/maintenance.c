#include "server/maintenance.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "server/journal/journal.h"
#include "server/store/projection.h"

#define JOBS_MAX          16
#define RETAIN_INTERVAL_S 3600
#define TOPICS_PER_PAGE   256
#define DAY_MS            ((uint64_t)24 * 3600 * 1000)

struct maintenance {
	struct maintenance_config config;
	pthread_t thread;
	pthread_mutex_t mutex; /* all below, and the numbers in config */
	pthread_cond_t work;
	struct job *waiting;
	struct job *finished;
	unsigned int num_waiting;
	bool stopping;
	time_t next_retain; /* on the monotonic clock */
	time_t next_compact;
};

static time_t monotonic_s(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static uint64_t wall_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* ---- Retention --------------------------------------------------------------------- */

/* Of a community the signed chain of roles and rules must stay readable, and an account's
 * topic holds what its devices have not fetched: what is said in groups is what ages. */
static bool ages(const struct kr_topic *topic)
{
	return topic->kind == KR_TOPIC_GROUP;
}

static enum kr_err retain_topic(struct store *store, const struct kr_topic *topic,
	uint64_t before_ms, uint64_t *num_trimmed)
{
	struct store_view view = {0};
	uint64_t seq = 0;
	enum kr_err err = store_view_begin(store, &view);

	if (!err) {
		err = store_seq_before(&view, topic, before_ms, &seq);
	}
	store_view_end(&view);
	if (err == KR_ERR_NOT_FOUND) {
		return KR_OK;
	}
	if (!err && seq) {
		err = store_trim(store, topic, seq);
		*num_trimmed += !err;
	}
	return err;
}

static enum kr_err retain(struct store *store, uint32_t days, uint64_t *num_trimmed)
{
	uint64_t before_ms = wall_ms() - days * DAY_MS;
	struct kr_topic topics[TOPICS_PER_PAGE], last;
	const struct kr_topic *after = NULL;
	enum kr_err err = KR_OK;
	size_t num = TOPICS_PER_PAGE;

	while (!err && num == TOPICS_PER_PAGE) {
		struct store_view view = {0};

		err = store_view_begin(store, &view);
		if (!err) {
			err = store_topics(&view, after, topics, TOPICS_PER_PAGE, &num);
		}
		store_view_end(&view);
		for (size_t i = 0; !err && i < num; i++) {
			if (ages(&topics[i])) {
				err = retain_topic(
					store, &topics[i], before_ms, num_trimmed);
			}
		}
		if (num) {
			last = topics[num - 1];
			after = &last;
		}
	}
	return err;
}

/* ---- Erasure ----------------------------------------------------------------------- */

/* Delete a topic's events, but for so many at its end. */
static enum kr_err erase_topic(struct store *store, struct kr_topic topic,
	uint64_t num_kept, uint64_t *num_trimmed)
{
	struct store_view view = {0};
	struct store_topic position = {0};
	enum kr_err err = store_view_begin(store, &view);

	if (!err) {
		err = store_topic(&view, &topic, &position);
	}
	store_view_end(&view);
	if (err == KR_ERR_NOT_FOUND || position.seq <= position.trimmed_seq + num_kept) {
		return err == KR_ERR_NOT_FOUND ? KR_OK : err;
	}
	err = store_trim(store, &topic, position.seq - num_kept);
	*num_trimmed += !err;
	return err;
}

static enum kr_err erase_notes(
	struct store *store, const struct store_id *case_id, uint64_t *num_trimmed)
{
	struct store_id notes[TOPICS_PER_PAGE], last;
	const uint8_t *after = NULL;
	enum kr_err err = KR_OK;
	size_t num = TOPICS_PER_PAGE;

	while (!err && num == TOPICS_PER_PAGE) {
		struct store_view view = {0};

		err = store_view_begin(store, &view);
		if (!err) {
			err = store_notes_of(&view, case_id->bytes, after, notes,
				TOPICS_PER_PAGE, &num);
		}
		store_view_end(&view);
		for (size_t i = 0; !err && i < num; i++) {
			err = erase_topic(store, kr_topic(KR_TOPIC_NOTES, notes[i].bytes),
				0, num_trimmed);
		}
		if (num) {
			last = notes[num - 1];
			after = last.bytes;
		}
	}
	return err;
}

/* All words of a case. Its last event says that it was erased, and holds none. */
static enum kr_err erase_case(
	struct store *store, const struct store_id *id, uint64_t *num_trimmed)
{
	enum kr_err err = erase_notes(store, id, num_trimmed);

	if (!err) {
		err = erase_topic(
			store, kr_topic(KR_TOPIC_WRAPS, id->bytes), 0, num_trimmed);
	}
	return err
		? err
		: erase_topic(store, kr_topic(KR_TOPIC_CASE, id->bytes), 1, num_trimmed);
}

/* Cases that were erased or have expired, and whose words are still there. */
static enum kr_err erase(struct store *store, uint64_t *num_trimmed)
{
	struct store_id cases[TOPICS_PER_PAGE], last;
	const uint8_t *after = NULL;
	enum kr_err err = KR_OK;
	size_t num = TOPICS_PER_PAGE;

	while (!err && num == TOPICS_PER_PAGE) {
		struct store_view view = {0};

		err = store_view_begin(store, &view);
		if (!err) {
			err = store_erased(&view, after, cases, TOPICS_PER_PAGE, &num);
		}
		store_view_end(&view);
		for (size_t i = 0; !err && i < num; i++) {
			err = erase_case(store, &cases[i], num_trimmed);
		}
		if (num) {
			last = cases[num - 1];
			after = last.bytes;
		}
	}
	return err;
}

/* ---- The thread -------------------------------------------------------------------- */

static void run_job(struct maintenance *m, struct job *job, uint32_t retention_days)
{
	struct store *store = m->config.store;

	switch (job->kind) {
	case JOB_BACKUP:
		job->err = store_backup(store, job->path);
		break;
	case JOB_VERIFY:
		job->err = store_verify(store, &job->verified);
		break;
	case JOB_COMPACT:
		job->err = store_compact(store);
		break;
	case JOB_RETAIN:
		job->err = erase(store, &job->num_trimmed);
		if (!job->err && retention_days) {
			job->err = retain(store, retention_days, &job->num_trimmed);
		}
		break;
	}
}

static void report(const char *event, const struct job *job)
{
	if (job->err) {
		journal(JOURNAL_ERROR, event, "error=%s text=\"%s\"",
			kr_err_name(job->err), kr_err_sentence(job->err));
	} else {
		journal(JOURNAL_INFO, event, "topics_trimmed=%llu",
			(unsigned long long)job->num_trimmed);
	}
}

/* What the clock asks for; erasures each time. Runs without the mutex. */
static void run_due(
	struct maintenance *m, bool retain_due, bool compact_due, uint32_t retention_days)
{
	struct job job = {.kind = JOB_RETAIN};

	run_job(m, &job, retain_due ? retention_days : 0);
	if (job.err || job.num_trimmed) {
		report("retention", &job);
	}
	if (compact_due) {
		/* What was trimmed is still in free pages of the file until now. */
		job = (struct job){.kind = JOB_COMPACT};
		run_job(m, &job, retention_days);
		report("compaction", &job);
	}
}

/* The mutex is held, and is given back while a job runs. */
static void step(struct maintenance *m)
{
	time_t now = monotonic_s();
	bool retain_due = m->config.retention_days && now >= m->next_retain;
	bool compact_due = m->config.compact_hours && now >= m->next_compact;
	uint32_t retention_days = m->config.retention_days;
	struct job *job = m->waiting;

	if (retain_due) {
		m->next_retain = now + RETAIN_INTERVAL_S;
	}
	if (compact_due) {
		m->next_compact = now + (time_t)m->config.compact_hours * 3600;
	}
	if (job) {
		m->waiting = job->next;
		m->num_waiting--;
	}
	(void)pthread_mutex_unlock(&m->mutex);
	run_due(m, retain_due, compact_due, retention_days);
	if (job) {
		run_job(m, job, retention_days);
	}
	(void)pthread_mutex_lock(&m->mutex);
	if (job) {
		job->next = m->finished;
		m->finished = job;
		m->config.wake(m->config.wake_ctx);
	}
}

static void *thread_main(void *arg)
{
	struct maintenance *m = arg;

	(void)pthread_mutex_lock(&m->mutex);
	while (!m->stopping) {
		struct timespec until = {.tv_sec = monotonic_s() + 60};

		step(m);
		if (!m->waiting && !m->stopping) {
			(void)pthread_cond_timedwait(&m->work, &m->mutex, &until);
		}
	}
	(void)pthread_mutex_unlock(&m->mutex);
	return NULL;
}

enum kr_err maintenance_start(
	struct maintenance **out, const struct maintenance_config *config)
{
	struct maintenance *m = calloc(1, sizeof(*m));
	pthread_condattr_t attr;

	*out = NULL;
	if (!m) {
		return KR_ERR_MEMORY;
	}
	m->config = *config;
	m->next_retain = monotonic_s() + 60;
	m->next_compact = monotonic_s() + (time_t)config->compact_hours * 3600;
	(void)pthread_mutex_init(&m->mutex, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&m->work, &attr);
	(void)pthread_condattr_destroy(&attr);
	if (pthread_create(&m->thread, NULL, thread_main, m)) {
		(void)pthread_cond_destroy(&m->work);
		(void)pthread_mutex_destroy(&m->mutex);
		free(m);
		return KR_ERR_MEMORY;
	}
	*out = m;
	return KR_OK;
}

void maintenance_reconfigure(
	struct maintenance *m, uint32_t retention_days, uint32_t compact_hours)
{
	(void)pthread_mutex_lock(&m->mutex);
	m->config.retention_days = retention_days;
	if (m->config.compact_hours != compact_hours) {
		m->config.compact_hours = compact_hours;
		m->next_compact = monotonic_s() + (time_t)compact_hours * 3600;
	}
	(void)pthread_mutex_unlock(&m->mutex);
}

enum kr_err maintenance_submit(struct maintenance *m, struct job *job)
{
	struct job **end = &m->waiting;
	enum kr_err err = KR_ERR_LIMIT;

	(void)pthread_mutex_lock(&m->mutex);
	if (m->num_waiting < JOBS_MAX && !m->stopping) {
		while (*end) {
			end = &(*end)->next;
		}
		job->next = NULL;
		*end = job;
		m->num_waiting++;
		(void)pthread_cond_signal(&m->work);
		err = KR_OK;
	}
	(void)pthread_mutex_unlock(&m->mutex);
	return err;
}

struct job *maintenance_fetch(struct maintenance *m)
{
	struct job *job;

	(void)pthread_mutex_lock(&m->mutex);
	job = m->finished;
	if (job) {
		m->finished = job->next;
		job->next = NULL;
	}
	(void)pthread_mutex_unlock(&m->mutex);
	return job;
}

static void free_jobs(struct job *job)
{
	while (job) {
		struct job *next = job->next;

		free(job);
		job = next;
	}
}

void maintenance_stop(struct maintenance *m)
{
	if (!m) {
		return;
	}
	(void)pthread_mutex_lock(&m->mutex);
	m->stopping = true;
	(void)pthread_cond_signal(&m->work);
	(void)pthread_mutex_unlock(&m->mutex);
	(void)pthread_join(m->thread, NULL);
	free_jobs(m->waiting);
	free_jobs(m->finished);
	(void)pthread_cond_destroy(&m->work);
	(void)pthread_mutex_destroy(&m->mutex);
	free(m);
}
