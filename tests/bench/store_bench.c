/* How many appends a second the store takes, alone and in batches, and what that does to
 * the number of transactions.
 *
 *	store_bench dir [seconds a case]
 *
 * Bodies of 600 bytes in 20 groups, each append with an event id of its own, synchronous.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "server/store/store.h"

#define BODY_BYTES 600
#define GROUPS     20
#define BATCH_MAX  4000

static uint64_t next_event = 1;

static double now_s(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static struct log_append *make_append(void)
{
	static const uint8_t head[8];
	static uint8_t body[BODY_BYTES];
	uint8_t author[KR_ID_BYTES] = {(uint8_t)(1 + next_event % 50)};
	uint8_t id[KR_ID_BYTES] = {(uint8_t)(1 + next_event % GROUPS)};
	struct kr_event event = {
		.topic = kr_topic(KR_TOPIC_GROUP, id),
		.type = KR_EVENT_POST,
		.author = kr_view(author, sizeof(author)),
		.head = kr_view(head, sizeof(head)),
		.body = kr_view(body, sizeof(body)),
	};
	struct log_append *append = log_append_new();

	/* Event ids are random in earnest, so their index is met all over. */
	(void)kr_random_fill(&kr_random_system, event.id, sizeof(event.id));
	next_event++;
	if (append == NULL || log_append_event(append, &event, LOG_REV_ANY) != KR_OK) {
		(void)fprintf(stderr, "store_bench: out of memory\n");
		exit(1);
	}
	return append;
}

struct rate {
	double appends_per_s;
	double transactions_per_s;
	uint64_t num;
	bool all_stored;
};

static struct rate run_case(struct store *store, size_t batch_len, double seconds)
{
	struct log_engine *engine = store_engine(store);
	struct log_append *batch[BATCH_MAX];
	struct rate rate = {.all_stored = true};
	double begin = now_s();
	double committing = 0;

	while (now_s() - begin < seconds) {
		double at;

		for (size_t i = 0; i < batch_len; i++) {
			batch[i] = make_append();
		}
		at = now_s();
		engine->ops->commit(engine, batch, batch_len);
		committing += now_s() - at;
		for (size_t i = 0; i < batch_len; i++) {
			rate.all_stored &= batch[i]->result.outcome == LOG_APPENDED;
			log_append_free(batch[i]);
		}
		rate.num += batch_len;
	}
	rate.appends_per_s = (double)rate.num / committing;
	rate.transactions_per_s = rate.appends_per_s / (double)batch_len;
	return rate;
}

int main(int argc, char **argv)
{
	static const size_t batches[] = {1, 10, 100, 1000, BATCH_MAX};
	struct store_config config = {.rng = &kr_random_system};
	double seconds = argc > 2 ? strtod(argv[2], NULL) : 2;
	double alone = 0;
	bool ok = true;
	struct store *store;

	if (argc < 2) {
		(void)fprintf(stderr, "usage: store_bench dir [seconds a case]\n");
		return 2;
	}
	config.dir = argv[1];
	if (kr_crypto_init() != KR_OK || store_open(&store, &config) != KR_OK) {
		(void)printf("Bail out! cannot open %s\n", argv[1]);
		return 1;
	}
	for (size_t i = 0; i < sizeof(batches) / sizeof(batches[0]); i++) {
		struct rate rate = run_case(store, batches[i], seconds);

		ok &= rate.all_stored;
		alone = i == 0 ? rate.appends_per_s : alone;
		(void)printf(
			"# %4zu in a batch: %7.0f appends/s (%5.1f times one alone), "
			"%5.0f transactions/s, %llu appends\n",
			batches[i], rate.appends_per_s, rate.appends_per_s / alone,
			rate.transactions_per_s, (unsigned long long)rate.num);
	}
	store_close(store);
	(void)printf("%s 1 - every append was stored\n1..1\n", ok ? "ok" : "not ok");
	return ok ? 0 : 1;
}
