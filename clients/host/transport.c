#include "clients/host/transport.h"

#include <stdlib.h>
#include <string.h>

#include "clients/host/transport_state.h"

/* Nothing has come for so long: ask, and then give up. The relay pings by itself, and
 * hangs up after two minutes. */
#define PING_S   50
#define HANGUP_S 80

/* Turns of the loop in which handles are closed. */
#define CLOSING_TURNS 1000

static const struct lws_protocols protocols[] = {
	{
		.name = TRANSPORT_SUBPROTOCOL,
		.callback = connection_callback,
		.rx_buffer_size = 16384,
		.tx_packet_size = 65536,
	},
	{0},
};

/* What it says may name relays; what matters is told by connection_end. */
static void on_lws_log(int level, const char *line)
{
	(void)level;
	(void)line;
}

static enum kr_err start(struct transport *transport)
{
	void *loops[] = {transport->loop};
	struct lws_context_creation_info context = {
		.port = CONTEXT_PORT_NO_LISTEN,
		.options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
			LWS_SERVER_OPTION_VALIDATE_UTF8 |
			LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT,
		.foreign_loops = loops,
		.pcontext = &transport->lws,
		.pt_serv_buf_size = 16384,
		.gid = -1,
		.uid = -1,
	};
	struct lws_context_creation_info vhost = {
		.port = CONTEXT_PORT_NO_LISTEN,
		.vhost_name = "kring",
		.protocols = protocols,
		.user = transport,
		.alpn = "http/1.1",
		.options = LWS_SERVER_OPTION_VALIDATE_UTF8 |
			LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT,
		.provided_client_ssl_ctx = transport->tls,
		/* Empty, so that the environment's is not used. */
		.http_proxy_address = "",
		.timeout_secs = CONNECTION_OPEN_MS / 1000,
	};

	lws_set_log_level(0, on_lws_log);
	transport->lws = lws_create_context(&context);
	if (!transport->lws) {
		return KR_ERR_STATE;
	}
	transport->vhost = lws_create_vhost(transport->lws, &vhost);
	return transport->vhost ? KR_OK : KR_ERR_STATE;
}

enum kr_err transport_new(struct transport **out, uv_loop_t *loop, const char *ca_file)
{
	struct transport *transport = calloc(1, sizeof(*transport));
	enum kr_err err;

	*out = NULL;
	if (!transport) {
		return KR_ERR_MEMORY;
	}
	transport->loop = loop;
	transport_set_idle(transport, PING_S, HANGUP_S);
	if ((err = transport_tls_new(&transport->tls, ca_file)) ||
		(err = start(transport))) {
		transport_free(transport);
		return err;
	}
	*out = transport;
	return KR_OK;
}

void transport_set_idle(struct transport *transport, unsigned ping_s, unsigned hangup_s)
{
	transport->idle = (lws_retry_bo_t){
		.secs_since_valid_ping = (uint16_t)ping_s,
		.secs_since_valid_hangup = (uint16_t)hangup_s,
	};
}

void transport_free(struct transport *transport)
{
	if (!transport) {
		return;
	}
	/* It takes itself down while the loop turns, and is asked again afterwards;
	 * pcontext says when it is gone. */
	for (int step = 0; step < 3; step++) {
		if (transport->lws) {
			lws_context_destroy(transport->lws);
		}
		for (int i = 0;
			i < CLOSING_TURNS && uv_run(transport->loop, UV_RUN_NOWAIT);
			i++) {}
	}
	transport_tls_free(transport->tls);
	free(transport);
}
