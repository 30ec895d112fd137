/* The store's slow work, on a thread of its own: backup, verification, compaction, and
 * the retention that runs by itself. One job at a time. */
#ifndef KRING_SERVER_MAINTENANCE_H
#define KRING_SERVER_MAINTENANCE_H

#include "server/store/store.h"

enum job_kind {
	JOB_BACKUP,
	JOB_VERIFY,
	JOB_COMPACT,
	JOB_RETAIN, /* trim what is older than the retention, now */
};

struct job {
	enum job_kind kind;
	char path[512]; /* JOB_BACKUP: the file to write */
	void *owner;    /* the asker's */
	enum kr_err err;
	struct store_verified verified; /* JOB_VERIFY */
	uint64_t num_trimmed;           /* JOB_RETAIN: topics that were trimmed */
	struct job *next;
};

struct maintenance_config {
	struct store *store;
	uint32_t retention_days; /* 0: for ever */
	uint32_t compact_hours;  /* 0: only when asked */
	/* Called from the thread when a job waits to be fetched. Must not block. */
	void (*wake)(void *ctx);
	void *wake_ctx;
};

struct maintenance;

/* KR_ERR_MEMORY. */
enum kr_err maintenance_start(
	struct maintenance **out, const struct maintenance_config *config);

/* Take other values for the retention and the time between compactions. */
void maintenance_reconfigure(
	struct maintenance *m, uint32_t retention_days, uint32_t compact_hours);

/* Queue a job; it is the thread's until maintenance_fetch gives it back. KR_ERR_LIMIT
 * when too many wait; then it stays the caller's. */
enum kr_err maintenance_submit(struct maintenance *m, struct job *job);

/* A finished job, from malloc, to be freed by the caller; NULL when there is none. */
struct job *maintenance_fetch(struct maintenance *m);

/* Finish the job that runs, forget those that wait, end the thread. Happy with NULL. */
void maintenance_stop(struct maintenance *m);

#endif
