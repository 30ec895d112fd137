#include "server/net/net.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "server/journal/journal.h"
#include "server/net/accept.h"
#include "server/net/drain.h"
#include "server/net/http.h"
#include "server/net/state.h"
#include "server/net/tls.h"
#include "server/net/upgrade.h"
#include "server/net/ws.h"
#include "server/relay/relay.h"

/* What libwebsockets collects of a message before it hands it on; messages are put
 * together in ws.c. A small one keeps an idle connection small. */
#define RX_BUFFER_BYTES 512

#define TICK_MS 1000

/* From connect to the end of the handshake or request. */
#define HANDSHAKE_TIMEOUT_S 10
#define KEEPALIVE_TIMEOUT_S 15

static int64_t clock_ms(clockid_t clock)
{
	struct timespec now;

	(void)clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- libwebsockets ----------------------------------------------------------------- */

static int public_http_callback(struct lws *wsi, enum lws_callback_reasons reason,
	void *user, void *in, size_t len)
{
	struct net *net;

	/* The one callback without a connection that matters: the TLS context is made. */
	if (reason == LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS) {
		net = lws_vhost_user((struct lws_vhost *)in);
		net->tls_ctx = user;
		return tls_harden(user) ? -1 : 0;
	}
	return http_callback(wsi, reason, user, in, len);
}

/* HTTP stands first: libwebsockets gives a handshake without a subprotocol to the first
 * protocol, and that one refuses it. Its name is nothing that a client could ask for. */
static const struct lws_protocols public_protocols[] = {
	{
		.name = "http",
		.callback = public_http_callback,
		.per_session_data_size = sizeof(struct http_transfer),
		.tx_packet_size = NET_WRITE_BYTES,
	},
	{
		.name = UPGRADE_SUBPROTOCOL,
		.callback = ws_callback,
		.rx_buffer_size = RX_BUFFER_BYTES,
		.tx_packet_size = NET_WRITE_BYTES,
	},
	{0},
};

static const struct lws_protocols metrics_protocols[] = {
	{
		.name = "http",
		.callback = http_callback,
		.per_session_data_size = sizeof(struct http_transfer),
		.tx_packet_size = NET_WRITE_BYTES,
	},
	{0},
};

/* libwebsockets would ping by a sorted list of timers; the relay does it by its own
 * clock. */
static const lws_retry_bo_t no_validity_timers = {0};

static void on_lws_log(int level, const char *line)
{
	size_t len = strcspn(line, "\n");

	/* Its lines below an error may name addresses of clients. */
	if (level & LLL_ERR) {
		journal(JOURNAL_WARNING, "libwebsockets", "text=\"%.*s\"", (int)len,
			line);
	}
}

/* Descriptors beside those of connections: the loop's, the store's, the listeners'. */
#define OTHER_DESCRIPTORS 64

/* Ask for as many descriptors as the configuration can use, and no more: libwebsockets
 * makes tables of that size. Shells and systemd hand out 1,024 by default. */
static void set_descriptor_limit(const struct net_config *config)
{
	rlim_t needed = (rlim_t)config->max_connections + OTHER_DESCRIPTORS;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit)) {
		return;
	}
	limit.rlim_cur = needed < limit.rlim_max ? needed : limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur < needed) {
		journal(JOURNAL_WARNING, "descriptors_few",
			"needed=%llu allowed=%llu remedy=\"raise LimitNOFILE, or lower "
			"limits.connections\"",
			(unsigned long long)needed, (unsigned long long)limit.rlim_max);
	}
}

static enum kr_err make_context(struct net *net)
{
	void *loops[] = {&net->loop};
	struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN_SERVER,
		.options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
			LWS_SERVER_OPTION_VALIDATE_UTF8 |
			LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME |
			LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS |
			LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT,
		.foreign_loops = loops,
		.pcontext = &net->lws,
		.server_string = "kring",
		.pt_serv_buf_size = 16384,
		.timeout_secs = HANDSHAKE_TIMEOUT_S,
		.timeout_secs_ah_idle = HANDSHAKE_TIMEOUT_S,
		.retry_and_idle_policy = &no_validity_timers,
		.gid = -1,
		.uid = -1,
	};

	set_descriptor_limit(net->config);
	lws_set_log_level(LLL_ERR, on_lws_log);
	net->lws = lws_create_context(&info);
	if (!net->lws) {
		journal(JOURNAL_ERROR, "network_failed",
			"text=\"libwebsockets did not start\" "
			"remedy=\"install libwebsockets-evlib-uv\"");
		return KR_ERR_STATE;
	}
	return KR_OK;
}

static enum kr_err make_vhost(struct net *net, enum net_vhost kind, const char *name)
{
	struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN_SERVER,
		.vhost_name = name,
		.protocols =
			kind == NET_VHOST_METRICS ? metrics_protocols : public_protocols,
		.user = net,
		.alpn = "http/1.1",
		.keepalive_timeout = KEEPALIVE_TIMEOUT_S,
		.timeout_secs = HANDSHAKE_TIMEOUT_S,
		.timeout_secs_ah_idle = HANDSHAKE_TIMEOUT_S,
		.retry_and_idle_policy = &no_validity_timers,
		.options = LWS_SERVER_OPTION_VALIDATE_UTF8,
	};

	if (kind == NET_VHOST_TLS) {
		info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
		info.ssl_cert_filepath = net->config->tls_certificate;
		info.ssl_private_key_filepath = net->config->tls_key;
	}
	net->vhosts[kind] = lws_create_vhost(net->lws, &info);
	if (!net->vhosts[kind] || (kind == NET_VHOST_TLS && !net->tls_ctx)) {
		journal(JOURNAL_ERROR, "network_failed",
			"text=\"no virtual host\" host=%s", name);
		return KR_ERR_STATE;
	}
	return KR_OK;
}

/* ---- What is loaded, at the start and at a reload ---------------------------------- */

static bool has_tls(const struct net_config *config)
{
	for (size_t i = 0; i < config->num_listen; i++) {
		if (config->listen[i].tls) {
			return true;
		}
	}
	return false;
}

static enum kr_err load_files(struct files **files, const struct net_config *config)
{
	const char *fault;
	enum kr_err err;

	*files = NULL;
	if (!config->web_root) {
		return KR_OK;
	}
	err = files_load(files, config->web_root, &fault);
	if (err) {
		journal(JOURNAL_ERROR, "web_root_failed", "error=%s path=\"%s\"",
			kr_err_name(err), fault);
	}
	return err;
}

enum kr_err net_check(const struct net_config *config, const char **fault)
{
	struct files *files = NULL;
	enum kr_err err = KR_OK;

	*fault = NULL;
	if (has_tls(config)) {
		err = tls_check(config->tls_certificate, config->tls_key, fault);
	}
	if (!err && config->web_root) {
		err = files_load(&files, config->web_root, fault);
		files_unref(files);
		*fault = err == KR_ERR_TOO_LARGE ? "the web root holds too much"
						 : "the web root cannot be read";
	}
	return err ? KR_ERR_ARGUMENT : KR_OK;
}

enum kr_err net_reload(struct net *net, const struct net_config *config)
{
	struct files *files;
	const char *fault;
	enum kr_err err = load_files(&files, config);

	if (!err && net->tls_ctx && config->tls_certificate && config->tls_key) {
		err = tls_replace(
			net->tls_ctx, config->tls_certificate, config->tls_key, &fault);
		if (err) {
			journal(JOURNAL_ERROR, "tls_failed",
				"text=\"%s\" certificate=\"%s\"", fault,
				config->tls_certificate);
		}
	}
	if (err) {
		files_unref(files);
		return err;
	}
	files_unref(net->files);
	net->files = files;
	net->config = config;
	http_headers_make(&net->headers, config);
	return KR_OK;
}

/* ---- Setting up -------------------------------------------------------------------- */

static enum kr_err bind_one(
	struct net_listener *listener, const struct net_listen *listen)
{
	enum kr_err err = net_listener_bind(listener, listen->address, listen->port);

	if (err) {
		journal(JOURNAL_ERROR, "listen_failed", "address=%s port=%u text=\"%s\"",
			listen->address, listen->port,
			err == KR_ERR_ARGUMENT ? "not a numeric address"
					       : strerror(errno));
	}
	return err;
}

static enum kr_err bind_all(struct net *net)
{
	const struct net_config *config = net->config;
	enum kr_err err = KR_OK;

	for (size_t i = 0; !err && i < config->num_listen; i++) {
		err = bind_one(&net->listeners[i], &config->listen[i]);
		net->num_listeners += !err;
	}
	if (!err && config->metrics.address) {
		err = bind_one(&net->metrics_listener, &config->metrics);
	}
	return err;
}

static void on_wake(uv_async_t *wake)
{
	struct net *net = wake->data;

	net->callbacks.on_wake(net->callbacks.ctx);
}

static void on_tick(uv_timer_t *timer)
{
	struct net *net = timer->data;

	relay_tick(net->relay, (uint64_t)clock_ms(CLOCK_REALTIME),
		(uint64_t)clock_ms(CLOCK_MONOTONIC));
	ws_sweep(net);
}

static void on_before_poll(uv_prepare_t *prepare)
{
	ws_flush(prepare->data);
}

static void on_signal(uv_signal_t *signal, int number)
{
	struct net *net = signal->data;

	if (number == SIGHUP) {
		net->callbacks.on_reload(net->callbacks.ctx);
		return;
	}
	drain_begin(net);
}

static enum kr_err open_handles(struct net *net)
{
	static const int numbers[NET_NUM_SIGNALS] = {SIGTERM, SIGINT, SIGHUP};

	if (uv_loop_init(&net->loop)) {
		return KR_ERR_STATE;
	}
	if (uv_async_init(&net->loop, &net->wake, on_wake) ||
		uv_prepare_init(&net->loop, &net->before_poll) ||
		uv_timer_init(&net->loop, &net->tick) ||
		uv_timer_init(&net->loop, &net->drain_timer)) {
		return KR_ERR_STATE;
	}
	net->wake.data = net;
	net->before_poll.data = net;
	net->tick.data = net;
	net->drain_timer.data = net;
	for (size_t i = 0; i < NET_NUM_SIGNALS; i++) {
		if (uv_signal_init(&net->loop, &net->signals[i]) ||
			uv_signal_start(&net->signals[i], on_signal, numbers[i])) {
			return KR_ERR_STATE;
		}
		net->signals[i].data = net;
	}
	net->loop_ready = true;
	return KR_OK;
}

enum kr_err net_new(struct net **out, const struct net_config *config,
	const struct net_callbacks *callbacks)
{
	struct net *net = calloc(1, sizeof(*net));
	const char *fault;
	enum kr_err err;

	*out = NULL;
	if (!net) {
		return KR_ERR_MEMORY;
	}
	net->config = config;
	net->callbacks = *callbacks;
	net->metrics_listener.fd = -1;
	if (has_tls(config) &&
		(err = tls_check(config->tls_certificate, config->tls_key, &fault))) {
		journal(JOURNAL_ERROR, "tls_failed", "text=\"%s\" certificate=\"%s\"",
			fault, config->tls_certificate);
		goto out;
	}
	if ((err = load_files(&net->files, config)) || (err = open_handles(net)) ||
		(err = make_context(net)) ||
		(err = make_vhost(net, NET_VHOST_PLAIN, "plain")) ||
		(err = make_vhost(net, NET_VHOST_METRICS, "metrics")) ||
		(has_tls(config) && (err = make_vhost(net, NET_VHOST_TLS, "tls"))) ||
		(err = bind_all(net))) {
		goto out;
	}
	http_headers_make(&net->headers, config);
	*out = net;
	net = NULL; /* transferred */
out:
	net_free(net);
	return err;
}

uint16_t net_port(const struct net *net, size_t listener)
{
	return listener < net->num_listeners ? net->listeners[listener].port : 0;
}

uint16_t net_metrics_port(const struct net *net)
{
	return net->metrics_listener.fd >= 0 ? net->metrics_listener.port : 0;
}

const struct net_counters *net_counters(const struct net *net)
{
	return &net->counters;
}

/* ---- Running ----------------------------------------------------------------------- */

static enum kr_err start_listeners(struct net *net)
{
	enum kr_err err = KR_OK;

	for (size_t i = 0; !err && i < net->num_listeners; i++) {
		err = net_listener_start(&net->listeners[i], &net->loop,
			net->config->listen[i].tls ? accept_tls : accept_plain, net);
	}
	if (!err && net->metrics_listener.fd >= 0) {
		err = net_listener_start(
			&net->metrics_listener, &net->loop, accept_metrics, net);
	}
	return err;
}

enum kr_err net_run(struct net *net, struct relay *relay)
{
	enum kr_err err;

	net->relay = relay;
	if (uv_prepare_start(&net->before_poll, on_before_poll) ||
		uv_timer_start(&net->tick, on_tick, TICK_MS, TICK_MS)) {
		return KR_ERR_STATE;
	}
	err = start_listeners(net);
	if (err) {
		return err;
	}
	(void)uv_run(&net->loop, UV_RUN_DEFAULT);
	return KR_OK;
}

void net_wake(struct net *net)
{
	(void)uv_async_send(&net->wake);
}

/* Turns of the loop that the last closings may take. */
#define CLOSING_TURNS 1000

static void close_handles(struct net *net)
{
	uv_close((uv_handle_t *)&net->wake, NULL);
	uv_close((uv_handle_t *)&net->before_poll, NULL);
	uv_close((uv_handle_t *)&net->tick, NULL);
	uv_close((uv_handle_t *)&net->drain_timer, NULL);
	for (size_t i = 0; i < NET_NUM_SIGNALS; i++) {
		uv_close((uv_handle_t *)&net->signals[i], NULL);
	}
}

/* On a loop that is not its own, libwebsockets ends in steps: the first call closes its
 * connections and handles, the loop carries that out, and a further call frees. It sets
 * net->lws to NULL when all is done. */
static void close_loop(struct net *net)
{
	close_handles(net);
	for (int step = 0; step < 3; step++) {
		if (net->lws) {
			lws_context_destroy(net->lws);
		}
		for (int i = 0; i < CLOSING_TURNS && uv_run(&net->loop, UV_RUN_NOWAIT);
			i++) {}
	}
	(void)uv_loop_close(&net->loop);
}

void net_free(struct net *net)
{
	if (!net) {
		return;
	}
	for (size_t i = 0; i < net->num_listeners; i++) {
		net_listener_close(&net->listeners[i]);
	}
	net_listener_close(&net->metrics_listener);
	if (net->loop_ready) {
		close_loop(net);
	}
	files_unref(net->files);
	free(net);
}
