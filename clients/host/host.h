/* A loop, and the clients that run on it (client.h). The kring command has one client,
 * tests and benchmarks have many.
 *
 *	host_new(&host, NULL);
 *	keystore_open(&keystore, dir, passphrase, &kr_random_system);
 *	client_new(&client, host, keystore, &callbacks, ctx);
 *	client_submit(client, command, &id);
 *	err = host_run(host, 30000);	… a callback calls host_stop
 *	client_free(client);
 *	keystore_close(keystore);
 *	host_free(host); */
#ifndef KRING_HOST_HOST_H
#define KRING_HOST_HOST_H

#include <kring/bytes.h>

struct host;
struct uv_loop_s;
struct transport;

/* ca_file as transport_new has it. KR_ERR_MEMORY, KR_ERR_NOT_FOUND, KR_ERR_STATE. */
enum kr_err host_new(struct host **out, const char *ca_file);

/* Not from within a callback; after all clients. NULL is fine. */
void host_free(struct host *host);

/* How long host_run may take when nobody stops it. */
#define HOST_FOREVER UINT64_MAX

/* Run until host_stop: KR_OK. KR_ERR_LIMIT when timeout_ms have passed before,
 * KR_ERR_STATE when SIGINT, SIGTERM or SIGHUP came (host_signal says which). It can be
 * run again. */
enum kr_err host_run(struct host *host, uint64_t timeout_ms);

/* Let host_run return; from any callback. Before host_run: it returns at once. */
void host_stop(struct host *host);

/* The signal that ended the last host_run; 0: none did. */
int host_signal(const struct host *host);

/* For what else has to be watched, standard input say. Whoever opens a handle on it
 * closes it before host_free. */
struct uv_loop_s *host_loop(struct host *host);
struct transport *host_transport(struct host *host);

#endif
