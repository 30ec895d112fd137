#include "server/log/committer.h"

#include <pthread.h>
#include <stdlib.h>

#define WAITING_MAX       65536
#define WAITING_BYTES_MAX ((size_t)64 << 20)
#define BATCH_MAX         4096

struct queue {
	struct log_append *first;
	struct log_append **end; /* where the next one is hung */
};

struct committer {
	struct committer_config config;
	pthread_t thread;
	pthread_mutex_t mutex; /* all below */
	pthread_cond_t work;
	struct queue waiting;
	struct queue finished;
	bool stopping;
	bool joined;
	struct committer_stats stats;

	struct log_append **batch; /* the thread's own */
};

static void queue_init(struct queue *q)
{
	q->first = NULL;
	q->end = &q->first;
}

static void queue_push(struct queue *q, struct log_append *a)
{
	a->next = NULL;
	*q->end = a;
	q->end = &a->next;
}

static struct log_append *queue_pop(struct queue *q)
{
	struct log_append *a = q->first;

	if (a != NULL) {
		q->first = a->next;
		if (q->first == NULL) {
			q->end = &q->first;
		}
		a->next = NULL;
	}
	return a;
}

/* Wait for work and take all of it, up to a batch. 0: there is none and will be none. */
static size_t take_batch(struct committer *c)
{
	size_t num = 0;

	pthread_mutex_lock(&c->mutex);
	while (c->waiting.first == NULL && !c->stopping) {
		pthread_cond_wait(&c->work, &c->mutex);
	}
	while (num < c->config.batch_max && c->waiting.first != NULL) {
		c->batch[num++] = queue_pop(&c->waiting);
	}
	pthread_mutex_unlock(&c->mutex);
	return num;
}

static void give_back(struct committer *c, size_t num)
{
	pthread_mutex_lock(&c->mutex);
	c->stats.num_batches++;
	c->stats.num_appends += num;
	if (num > c->stats.largest_batch) {
		c->stats.largest_batch = num;
	}
	c->stats.disk_full = false;
	for (size_t i = 0; i < num; i++) {
		const struct log_result *result = &c->batch[i]->result;

		if (result->outcome == LOG_FAILED) {
			c->stats.num_failed++;
			c->stats.disk_full |= result->err == KR_ERR_STORE_FULL;
		}
		queue_push(&c->finished, c->batch[i]);
	}
	pthread_mutex_unlock(&c->mutex);
	if (c->config.wake != NULL) {
		c->config.wake(c->config.wake_ctx);
	}
}

static void *run(void *ctx)
{
	struct committer *c = ctx;
	size_t num;

	while ((num = take_batch(c)) > 0) {
		c->config.engine->ops->commit(c->config.engine, c->batch, num);
		give_back(c, num);
	}
	return NULL;
}

enum kr_err committer_start(struct committer **out, const struct committer_config *config)
{
	struct committer *c = calloc(1, sizeof(*c));

	*out = NULL;
	if (c == NULL) {
		return KR_ERR_MEMORY;
	}
	c->config = *config;
	if (c->config.waiting_max == 0) {
		c->config.waiting_max = WAITING_MAX;
	}
	if (c->config.waiting_bytes_max == 0) {
		c->config.waiting_bytes_max = WAITING_BYTES_MAX;
	}
	if (c->config.batch_max == 0) {
		c->config.batch_max = BATCH_MAX;
	}
	queue_init(&c->waiting);
	queue_init(&c->finished);
	pthread_mutex_init(&c->mutex, NULL);
	pthread_cond_init(&c->work, NULL);
	c->batch = calloc(c->config.batch_max, sizeof(c->batch[0]));
	if (c->batch == NULL || pthread_create(&c->thread, NULL, run, c) != 0) {
		c->joined = true; /* there is no thread */
		committer_free(c);
		return KR_ERR_MEMORY;
	}
	*out = c;
	return KR_OK;
}

/* Would this one be too much? */
static bool is_over(const struct committer *c, const struct log_append *append)
{
	return c->stats.waiting >= c->config.waiting_max ||
		append->num_bytes > c->config.waiting_bytes_max - c->stats.waiting_bytes;
}

enum kr_err committer_submit(struct committer *c, struct log_append *append)
{
	enum kr_err err = KR_OK;

	if (append->num_events == 0) {
		return KR_ERR_ARGUMENT;
	}
	pthread_mutex_lock(&c->mutex);
	if (c->stopping) {
		err = KR_ERR_STATE;
	} else if (is_over(c, append)) {
		err = KR_ERR_LIMIT;
	} else {
		append->result = (struct log_result){.outcome = LOG_PENDING};
		c->stats.waiting++;
		c->stats.waiting_bytes += append->num_bytes;
		queue_push(&c->waiting, append);
		pthread_cond_signal(&c->work);
	}
	pthread_mutex_unlock(&c->mutex);
	return err;
}

struct log_append *committer_fetch(struct committer *c)
{
	struct log_append *a;

	pthread_mutex_lock(&c->mutex);
	a = queue_pop(&c->finished);
	if (a != NULL) {
		c->stats.waiting--;
		c->stats.waiting_bytes -= a->num_bytes;
	}
	pthread_mutex_unlock(&c->mutex);
	return a;
}

void committer_stop(struct committer *c)
{
	pthread_mutex_lock(&c->mutex);
	c->stopping = true;
	pthread_cond_signal(&c->work);
	pthread_mutex_unlock(&c->mutex);
	if (!c->joined) {
		pthread_join(c->thread, NULL);
		c->joined = true;
	}
}

void committer_free(struct committer *c)
{
	struct log_append *a;

	if (c == NULL) {
		return;
	}
	committer_stop(c);
	while ((a = queue_pop(&c->finished)) != NULL) {
		log_append_free(a);
	}
	pthread_cond_destroy(&c->work);
	pthread_mutex_destroy(&c->mutex);
	free(c->batch);
	free(c);
}

void committer_stats(struct committer *c, struct committer_stats *out)
{
	pthread_mutex_lock(&c->mutex);
	*out = c->stats;
	pthread_mutex_unlock(&c->mutex);
}
