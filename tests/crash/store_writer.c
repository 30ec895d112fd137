/* Appends under load from several threads and reports what was acknowledged, until it is
 * killed.
 *
 *	store_writer dir compacting next_of_thread_0 next_of_thread_1 …
 *
 * Acknowledgements are struct load_ack on standard output. With compacting 1 another
 * thread compacts the store all the while. What was stored but not acknowledged before
 * the last kill is sent again, as a client does. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "load.h"
#include "server/log/committer.h"
#include "server/store/store.h"

#define OUTSTANDING 32 /* of each thread */

struct thread {
	pthread_t id;
	struct committer *committer;
	uint32_t number;
	uint32_t next;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static unsigned outstanding[LOAD_THREADS];
static unsigned num_woken;

static void wake(void *ctx)
{
	(void)ctx;
	pthread_mutex_lock(&mutex);
	num_woken++;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&mutex);
}

static void fail(const char *what)
{
	(void)fprintf(stderr, "store_writer: %s\n", what);
	exit(1);
}

static void *submit(void *ctx)
{
	struct thread *t = ctx;

	for (;;) {
		struct log_append *append = load_append(t->number, t->next++);

		pthread_mutex_lock(&mutex);
		while (outstanding[t->number] == OUTSTANDING) {
			pthread_cond_wait(&changed, &mutex);
		}
		outstanding[t->number]++;
		pthread_mutex_unlock(&mutex);
		if (append == NULL || committer_submit(t->committer, append) != KR_OK) {
			fail("cannot submit");
		}
	}
	return NULL;
}

static void *compact(void *ctx)
{
	for (;;) {
		if (store_compact(ctx) != KR_OK) {
			fail("cannot compact");
		}
	}
	return NULL;
}

static void acknowledge(struct log_append *append)
{
	struct load_ack ack = {
		.position = append->events[0].place.position,
		.seq = append->events[0].place.seq,
	};

	if (append->result.outcome != LOG_APPENDED &&
		append->result.outcome != LOG_REPEATED) {
		fail(kr_err_name(append->result.err));
	}
	load_event_name(&append->events[0].event, &ack.thread, &ack.n);
	log_append_free(append);
	if (write(STDOUT_FILENO, &ack, sizeof(ack)) != (ssize_t)sizeof(ack)) {
		fail("cannot report");
	}
	pthread_mutex_lock(&mutex);
	outstanding[ack.thread]--;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&mutex);
}

static void serve(struct committer *committer)
{
	for (;;) {
		struct log_append *append;

		pthread_mutex_lock(&mutex);
		while (num_woken == 0) {
			pthread_cond_wait(&changed, &mutex);
		}
		num_woken = 0;
		pthread_mutex_unlock(&mutex);
		while ((append = committer_fetch(committer)) != NULL) {
			acknowledge(append);
		}
	}
}

int main(int argc, char **argv)
{
	static struct thread threads[LOAD_THREADS];
	/* Small, so that maps grow and ids are written behind in every round. */
	struct store_config config = {
		.rng = &kr_random_system,
		.map_bytes = 1U << 20,
		.recent_ids_max = 300,
	};
	struct committer_config committing = {.wake = wake};
	struct committer *committer;
	struct store *store;
	pthread_t compacting;

	if (argc != 3 + LOAD_THREADS) {
		fail("wrong arguments");
	}
	config.dir = argv[1];
	if (kr_crypto_init() != KR_OK || store_open(&store, &config) != KR_OK) {
		fail("cannot open the store");
	}
	committing.engine = store_engine(store);
	if (committer_start(&committer, &committing) != KR_OK) {
		fail("cannot start");
	}
	for (uint32_t i = 0; i < LOAD_THREADS; i++) {
		threads[i].committer = committer;
		threads[i].number = i;
		threads[i].next = (uint32_t)strtoul(argv[3 + i], NULL, 10);
		if (pthread_create(&threads[i].id, NULL, submit, &threads[i]) != 0) {
			fail("cannot start");
		}
	}
	if (argv[2][0] == '1' && pthread_create(&compacting, NULL, compact, store) != 0) {
		fail("cannot start");
	}
	serve(committer);
	return 0;
}
