/* TLS 1.3 and nothing older, without resumption: a ticket would link a client's
 * connections. */
#ifndef KRING_NET_TLS_H
#define KRING_NET_TLS_H

#include <kring/err.h>

struct ssl_ctx_st;

/* Whether a certificate chain and a key in PEM can be read and belong together. KR_OK,
 * or KR_ERR_ARGUMENT with *fault saying in English what is wrong with which (static). */
enum kr_err tls_check(const char *certificate, const char *key, const char **fault);

/* Forbid everything older than TLS 1.3, tickets and the session cache. KR_ERR_STATE. */
enum kr_err tls_harden(struct ssl_ctx_st *ctx);

/* Put another certificate and key in a context that is in use; connections keep the one
 * they began with. Checked first: on failure nothing has changed. */
enum kr_err tls_replace(struct ssl_ctx_st *ctx, const char *certificate, const char *key,
	const char **fault);

#endif
