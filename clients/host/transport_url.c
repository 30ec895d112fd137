#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "clients/host/transport_state.h"

/* Characters of a URL that needs no escaping, and no quotes, backslashes or brackets that
 * somebody could read in two ways. */
static bool is_plain(struct kr_view url)
{
	for (size_t i = 0; i < url.len; i++) {
		if (url.data[i] <= ' ' || url.data[i] >= 0x7f ||
			strchr("\"\\<>^`{|}@#", url.data[i])) {
			return false;
		}
	}
	return true;
}

static bool is_loopback(const char *host)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (inet_pton(AF_INET, host, &v4) == 1) {
		return ntohl(v4.s_addr) >> 24 == 127;
	}
	if (inet_pton(AF_INET6, host, &v6) == 1) {
		return IN6_IS_ADDR_LOOPBACK(&v6);
	}
	return strcasecmp(host, "localhost") == 0;
}

/* A port as people write it: libwebsockets would take what atoi makes of anything. */
static bool is_port_plain(struct kr_view url)
{
	const uint8_t *host = memmem(url.data, url.len, "://", 3);
	const uint8_t *end = url.data + url.len;
	const uint8_t *p;

	if (!host) {
		return false;
	}
	host += 3;
	p = memchr(host, '/', (size_t)(end - host));
	end = p ? p : end;
	p = memchr(host, ']', (size_t)(end - host));
	p = memchr(p ? p : host, ':', (size_t)(end - (p ? p : host)));
	if (!p) {
		return true;
	}
	if (end - p < 2 || end - p > 6) {
		return false;
	}
	for (p++; p < end; p++) {
		if (*p < '0' || *p > '9') {
			return false;
		}
	}
	return true;
}

static bool is_host(const char *host)
{
	return host[0] != 0 &&
		host[strspn(host,
			"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			"0123456789.-:")] == 0;
}

enum kr_err transport_url_parse(struct transport_url *out, struct kr_view url)
{
	char text[TRANSPORT_URL_BYTES] = {0};
	const char *scheme, *host, *path;

	*out = (struct transport_url){0};
	if (url.len == 0 || url.len >= sizeof(text) || !is_plain(url) ||
		!is_port_plain(url)) {
		return KR_ERR_ARGUMENT;
	}
	memcpy(text, url.data, url.len);
	if (lws_parse_uri(text, &scheme, &host, &out->port, &path) != 0) {
		return KR_ERR_ARGUMENT;
	}
	out->is_tls = strcmp(scheme, "wss") == 0;
	if ((!out->is_tls && strcmp(scheme, "ws") != 0) || !is_host(host) ||
		out->port < 1 || out->port > 65535) {
		return KR_ERR_ARGUMENT;
	}
	/* libwebsockets 4.1 cannot verify a certificate for an IPv6 address. */
	if (out->is_tls ? strchr(host, ':') != NULL : !is_loopback(host)) {
		return KR_ERR_ARGUMENT;
	}
	(void)snprintf(out->host, sizeof(out->host), "%s", host);
	/* It comes without its first slash, unless it is nothing but that. */
	(void)snprintf(
		out->path, sizeof(out->path), "/%s", strcmp(path, "/") == 0 ? "" : path);
	return KR_OK;
}

enum kr_err transport_check_url(struct kr_view url)
{
	struct transport_url parts;

	return transport_url_parse(&parts, url);
}
