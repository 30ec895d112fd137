#include "server/net/tls.h"

#include <stddef.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

static enum kr_err load(
	SSL_CTX *ctx, const char *certificate, const char *key, const char **fault)
{
	*fault = NULL;
	if (SSL_CTX_use_certificate_chain_file(ctx, certificate) != 1) {
		*fault = "the certificate cannot be read as PEM";
	} else if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1) {
		*fault = "the key cannot be read as PEM, or belongs to another "
			 "certificate";
	} else if (SSL_CTX_check_private_key(ctx) != 1) {
		*fault = "the key belongs to another certificate";
	}
	ERR_clear_error();
	return *fault ? KR_ERR_ARGUMENT : KR_OK;
}

enum kr_err tls_check(const char *certificate, const char *key, const char **fault)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	enum kr_err err;

	*fault = "out of memory";
	if (!ctx) {
		return KR_ERR_MEMORY;
	}
	err = load(ctx, certificate, key, fault);
	SSL_CTX_free(ctx);
	return err;
}

enum kr_err tls_harden(SSL_CTX *ctx)
{
	if (SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) != 1 ||
		SSL_CTX_set_num_tickets(ctx, 0) != 1) {
		return KR_ERR_STATE;
	}
	(void)SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
	(void)SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	(void)SSL_CTX_set_max_early_data(ctx, 0);
	/* An idle connection keeps no buffers: 16 KiB of the 20 that it would hold. */
	(void)SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	return KR_OK;
}

enum kr_err tls_replace(
	SSL_CTX *ctx, const char *certificate, const char *key, const char **fault)
{
	enum kr_err err = tls_check(certificate, key, fault);

	return err ? err : load(ctx, certificate, key, fault);
}
