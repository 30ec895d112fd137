/* What kringctl asks for: the commands of the operator's socket. */
#ifndef KRING_SERVER_OPERATOR_H
#define KRING_SERVER_OPERATOR_H

#include "server/daemon.h"

/* control_fn; ctx is the daemon. */
void operator_request(void *daemon, struct control_request *request, const char *line);

/* Answer what a finished job of the maintenance thread was asked for; frees the job. */
void operator_job_done(struct daemon *daemon, struct job *job);

/* The relay's and the store's part of /metrics. */
void operator_metrics(struct daemon *daemon, struct kr_writer *text);

#endif
