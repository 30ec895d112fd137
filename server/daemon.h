/* The running kringd: what main puts together, and what the operator's commands act
 * on. */
#ifndef KRING_SERVER_DAEMON_H
#define KRING_SERVER_DAEMON_H

#include "server/config.h"
#include "server/log/committer.h"
#include "server/maintenance.h"
#include "server/net/control.h"
#include "server/net/net.h"
#include "server/relay/relay.h"
#include "server/store/store.h"

struct daemon {
	const char *config_path;
	struct config *config;
	struct net *net;
	struct store *store;
	struct committer *committer;
	struct relay *relay;
	struct maintenance *maintenance;
	struct control *control;
	uint64_t started_ms; /* wall clock */
	enum kr_err storing; /* how the latest append fared; KR_OK: stored or refused */
	char run_file[256];
};

/* Run until a signal ends it. The process's exit code. */
int daemon_run(const char *config_path);

/* Read the configuration file again, as SIGHUP asks for: all of it or, if it is at fault,
 * nothing. KR_ERR_ARGUMENT; the journal says what is wrong. */
enum kr_err daemon_reload(struct daemon *daemon);

/* Say what is wrong with a configuration, in the journal. */
void daemon_report_fault(const char *path, const struct config_fault *fault);

#endif
