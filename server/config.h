/* kringd's configuration: one file, kringd.conf(5), read by libconfuse.
 *
 * A configuration is made whole or not at all. It is not changed afterwards: a reload
 * makes another one, and the old one lives until nothing borrows from it. */
#ifndef KRING_SERVER_CONFIG_H
#define KRING_SERVER_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "server/journal/journal.h"
#include "server/net/net.h"
#include "server/relay/relay.h"

struct config {
	struct net_config net;
	struct relay_config relay;

	const char *path;        /* of the file */
	const char *user;        /* to run as when started as root; "" stays who it is */
	const char *state_dir;   /* the store */
	const char *backup_dir;  /* the only place where backups are written */
	const char *runtime_dir; /* control socket and run file */
	uint64_t store_max_bytes;
	uint32_t retention_days; /* 0: events are kept for ever */
	uint32_t compact_hours;  /* between compactions; 0: only by hand */
	bool sandbox;
	enum journal_priority log_level;

	void *parsed; /* libconfuse's tree, which owns the strings */
	char *owned[4];
};

/* What is wrong, where, and what to do about it. */
struct config_fault {
	unsigned int line; /* 0: not of a line, such as a file that cannot be read */
	char text[512];
};

/* KR_ERR_ARGUMENT and a fault, KR_ERR_MEMORY. Touches nothing but the file. */
enum kr_err config_load(
	struct config **out, const char *path, struct config_fault *fault);

/* Whether what the configuration names is there: certificate and key, web root. Reads,
 * and writes nothing. KR_ERR_ARGUMENT and a fault. */
enum kr_err config_check(const struct config *config, struct config_fault *fault);

/* Name each setting that differs but takes effect only at a restart, in the journal, and
 * carry the present value over into next, so that what runs and what is configured
 * agree. */
void config_keep_fixed(const struct config *now, struct config *next);

void config_free(struct config *config);

#endif
