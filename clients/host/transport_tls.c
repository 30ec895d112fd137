#include <openssl/err.h>
#include <openssl/ssl.h>

#include "clients/host/transport_state.h"

static enum kr_err harden(SSL_CTX *tls)
{
	if (SSL_CTX_set_min_proto_version(tls, TLS1_3_VERSION) != 1) {
		return KR_ERR_MEMORY;
	}
	/* A session that is taken up again links two connections. */
	(void)SSL_CTX_set_options(tls, SSL_OP_NO_TICKET);
	(void)SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, NULL);
	return KR_OK;
}

enum kr_err transport_tls_new(struct ssl_ctx_st **out, const char *ca_file)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
	enum kr_err err;

	*out = NULL;
	if (!tls) {
		return KR_ERR_MEMORY;
	}
	err = harden(tls);
	if (!err &&
		(ca_file ? SSL_CTX_load_verify_file(tls, ca_file)
			 : SSL_CTX_set_default_verify_paths(tls)) != 1) {
		err = KR_ERR_NOT_FOUND;
	}
	ERR_clear_error();
	if (err) {
		SSL_CTX_free(tls);
		return err;
	}
	*out = tls;
	return KR_OK;
}

void transport_tls_free(struct ssl_ctx_st *tls)
{
	SSL_CTX_free(tls);
}
