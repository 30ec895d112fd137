/* The committer: one thread between the event loop and the disk.
 *
 * It takes everything that waits, has the engine store it in one transaction with one
 * fsync, and wakes the loop. While it writes, the next batch gathers: batches grow with
 * the load by themselves. Appends come back in the order in which they were stored, which
 * is the order in which they were submitted. */
#ifndef KRING_SERVER_LOG_COMMITTER_H
#define KRING_SERVER_LOG_COMMITTER_H

#include "server/log/log.h"

struct committer;

struct committer_config {
	struct log_engine *engine; /* outlives the committer */
	/* Called from the committer's thread when finished appends wait to be fetched;
	 * once or more for several of them. Must not block; uv_async_send is meant. */
	void (*wake)(void *ctx);
	void *wake_ctx;
	size_t waiting_max;       /* appends submitted and not fetched back; 0: 65536 */
	size_t waiting_bytes_max; /* likewise, their weight; 0: 64 MiB */
	size_t batch_max;         /* appends in one transaction; 0: 4096 */
};

/* KR_ERR_MEMORY. */
enum kr_err committer_start(
	struct committer **out, const struct committer_config *config);

/* Hand an append over. On KR_OK the committer owns it until committer_fetch gives it
 * back. KR_ERR_LIMIT (too much is waiting: refuse the request as busy), KR_ERR_STATE
 * (stopping), KR_ERR_ARGUMENT (no event in it); then it stays the caller's. Any thread.
 */
enum kr_err committer_submit(struct committer *c, struct log_append *append);

/* The next finished append, to be freed by the caller; NULL when there is none. One
 * thread. */
struct log_append *committer_fetch(struct committer *c);

/* Take no more, finish all that waits, end the thread. What it finished can still be
 * fetched. Calling it twice is harmless. */
void committer_stop(struct committer *c);

/* Stop if need be, free what nobody fetched. Happy with NULL. */
void committer_free(struct committer *c);

struct committer_stats {
	uint64_t num_batches;
	uint64_t num_appends; /* finished, with whatever outcome */
	uint64_t num_failed;  /* LOG_FAILED */
	uint64_t largest_batch;
	size_t waiting; /* submitted and not fetched back */
	size_t waiting_bytes;
	bool disk_full; /* the last batch found no room */
};
void committer_stats(struct committer *c, struct committer_stats *out);

#endif
