#include "clients/host/host.h"

#include <signal.h>
#include <stdlib.h>

#include <uv.h>

#include "clients/host/transport.h"

#define NUM_SIGNALS   3
#define CLOSING_TURNS 1000

struct host {
	uv_loop_t loop;
	uv_timer_t timer;
	uv_signal_t signals[NUM_SIGNALS];
	struct transport *transport;
	bool is_stopped;
	bool is_timed_out;
	int signal;
};

static const int numbers[NUM_SIGNALS] = {SIGINT, SIGTERM, SIGHUP};

static enum kr_err open_handles(struct host *host)
{
	if (uv_timer_init(&host->loop, &host->timer) != 0) {
		return KR_ERR_STATE;
	}
	host->timer.data = host;
	for (size_t i = 0; i < NUM_SIGNALS; i++) {
		if (uv_signal_init(&host->loop, &host->signals[i]) != 0) {
			return KR_ERR_STATE;
		}
		host->signals[i].data = host;
	}
	return KR_OK;
}

enum kr_err host_new(struct host **out, const char *ca_file)
{
	struct host *host = calloc(1, sizeof(*host));
	enum kr_err err;

	*out = NULL;
	if (!host) {
		return KR_ERR_MEMORY;
	}
	/* A peer that is gone and a limit on files are errors like any other. */
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN);
	if (uv_loop_init(&host->loop) != 0) {
		free(host);
		return KR_ERR_STATE;
	}
	if ((err = open_handles(host)) ||
		(err = transport_new(&host->transport, &host->loop, ca_file))) {
		host_free(host);
		return err;
	}
	*out = host;
	return KR_OK;
}

static void close_handle(uv_handle_t *handle)
{
	if (handle->loop && !uv_is_closing(handle)) {
		uv_close(handle, NULL);
	}
}

void host_free(struct host *host)
{
	if (!host) {
		return;
	}
	transport_free(host->transport);
	close_handle((uv_handle_t *)&host->timer);
	for (size_t i = 0; i < NUM_SIGNALS; i++) {
		close_handle((uv_handle_t *)&host->signals[i]);
	}
	for (int i = 0; i < CLOSING_TURNS && uv_run(&host->loop, UV_RUN_NOWAIT); i++) {}
	/* A name that is still being resolved holds the loop: then its memory stays. */
	if (uv_loop_close(&host->loop) == 0) {
		free(host);
	}
}

/* ---- Running ----------------------------------------------------------------------- */

static void on_timeout(uv_timer_t *timer)
{
	struct host *host = timer->data;

	host->is_timed_out = true;
	uv_stop(&host->loop);
}

static void on_signal(uv_signal_t *handle, int number)
{
	struct host *host = handle->data;

	host->signal = number;
	uv_stop(&host->loop);
}

enum kr_err host_run(struct host *host, uint64_t timeout_ms)
{
	host->is_timed_out = false;
	host->signal = 0;
	for (size_t i = 0; i < NUM_SIGNALS; i++) {
		(void)uv_signal_start(&host->signals[i], on_signal, numbers[i]);
	}
	if (timeout_ms != HOST_FOREVER) {
		uv_update_time(&host->loop);
		(void)uv_timer_start(&host->timer, on_timeout, timeout_ms, 0);
	}
	while (!host->is_stopped && !host->is_timed_out && host->signal == 0) {
		(void)uv_run(&host->loop, UV_RUN_DEFAULT);
	}
	(void)uv_timer_stop(&host->timer);
	for (size_t i = 0; i < NUM_SIGNALS; i++) {
		(void)uv_signal_stop(&host->signals[i]);
	}
	if (host->is_stopped) {
		host->is_stopped = false;
		return KR_OK;
	}
	return host->signal != 0 ? KR_ERR_STATE : KR_ERR_LIMIT;
}

void host_stop(struct host *host)
{
	host->is_stopped = true;
	uv_stop(&host->loop);
}

int host_signal(const struct host *host)
{
	return host->signal;
}

struct uv_loop_s *host_loop(struct host *host)
{
	return &host->loop;
}

struct transport *host_transport(struct host *host)
{
	return host->transport;
}
