/* One client: the machine of core.h joined to its keystore, a connection, the clock and
 * randomness; or that of report.h, which has no keystore. It does what the machine asks
 * for, in the machine's order: nothing is sent or told before what it rests on is on the
 * disk. */
#ifndef KRING_HOST_CLIENT_H
#define KRING_HOST_CLIENT_H

#include "clients/host/host.h"
#include "clients/host/keystore.h"
#include "clients/host/transport.h"

struct client;

/* All come from host_run, none from within a call of this header. Views are gone when the
 * callback returns. Every one of them may be NULL.
 *   answered  a command's one answer
 *   told      the machine tells something (COMMANDS.md §6)
 *   ended     the connection ended, or none came about; the machine tries again
 *   failed    the client does nothing any more: its records could not be stored
 *             (KR_ERR_STORE_FULL, _STORE_IO), memory or randomness failed. Nothing that
 *             was told or sent is lost. Free it; a new one goes on from what is
 *             stored. */
struct client_callbacks {
	void (*answered)(void *ctx, uint64_t id, struct kr_view answer);
	void (*told)(void *ctx, struct kr_view tell);
	void (*ended)(void *ctx, enum connection_end end, uint16_t code);
	void (*failed)(void *ctx, enum kr_err err);
};

/* Load the records and start the machine. host and keystore have to outlive it; keystore
 * is its alone; NULL: it is a reporter's, which keeps nothing. callbacks are copied.
 * KR_ERR_BAD_STATE_RECORD, KR_ERR_STORE_VERSION, KR_ERR_STORE_FULL, _STORE_IO,
 * KR_ERR_MEMORY, KR_ERR_RANDOM. */
enum kr_err client_new(struct client **out, struct host *host, struct keystore *keystore,
	const struct client_callbacks *callbacks, void *ctx);

/* Says goodbye to nobody: the relay sees the connection end. From within a callback as
 * well. NULL is fine. */
void client_free(struct client *client);

/* Submit a command (COMMANDS.md); its answer comes with this id. The command is copied.
 * KR_ERR_MEMORY; KR_ERR_STATE after failed. */
enum kr_err client_submit(struct client *client, struct kr_view command, uint64_t *id);

/* Ask a question; the answer is wiped and freed by the caller (kr_bytes_free).
 * KR_ERR_MEMORY, KR_ERR_STATE after failed. */
enum kr_err client_query(
	const struct client *client, struct kr_view question, struct kr_bytes *answer);

/* Connect to nobody, from here on; call it before host_run. Commands are taken in and
 * kept all the same. */
void client_stay_offline(struct client *client);

/* What went over its connections since client_new: whole messages as the machine sent and
 * got them, without what WebSocket and TLS add. */
struct client_traffic {
	uint64_t sent_bytes;
	uint64_t received_bytes;
};
struct client_traffic client_traffic(const struct client *client);

/* The network is back: do not wait any longer before the next try. */
void client_online(struct client *client);

#endif
