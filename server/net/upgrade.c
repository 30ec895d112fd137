#include "server/net/upgrade.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "server/net/http.h"

#define VALUE_BYTES 256

/* A header as a string; false when it is absent. One that is too long counts as "?",
 * which no check accepts. */
static bool header_copy(
	struct lws *wsi, enum lws_token_indexes token, char value[VALUE_BYTES])
{
	value[0] = '\0';
	if (lws_hdr_total_length(wsi, token) <= 0) {
		return false;
	}
	if (lws_hdr_copy(wsi, value, VALUE_BYTES, token) <= 0) {
		value[0] = '?';
		value[1] = '\0';
	}
	return true;
}

/* A browser always sends Origin, and only those on the list may speak to this relay: else
 * any page could use a visitor's address and network. Other clients send none. */
static bool origin_is_allowed(struct lws *wsi, const struct net_config *config)
{
	char origin[VALUE_BYTES];

	if (!header_copy(wsi, WSI_TOKEN_ORIGIN, origin)) {
		return true;
	}
	for (size_t i = 0; i < config->num_origins; i++) {
		if (strcmp(origin, config->origins[i]) == 0) {
			return true;
		}
	}
	return false;
}

/* Whether a list, separated by commas, has this token. libwebsockets by itself would take
 * a missing list for its first protocol. */
static bool list_has(char *list, const char *token)
{
	char *save = NULL;

	for (char *item = strtok_r(list, ", \t", &save); item;
		item = strtok_r(NULL, ", \t", &save)) {
		if (strcmp(item, token) == 0) {
			return true;
		}
	}
	return false;
}

static bool offers_subprotocol(struct lws *wsi)
{
	char list[VALUE_BYTES];

	return header_copy(wsi, WSI_TOKEN_PROTOCOL, list) &&
		list_has(list, UPGRADE_SUBPROTOCOL);
}

/* 16 bytes in base64: 22 characters of its alphabet and "==" (RFC 6455 §4.1). */
static bool key_is_valid(struct lws *wsi)
{
	char key[VALUE_BYTES];

	return header_copy(wsi, WSI_TOKEN_KEY, key) && strlen(key) == 24 &&
		strspn(key,
			"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			"0123456789+/") == 22 &&
		strcmp(key + 22, "==") == 0;
}

static bool is_get(struct lws *wsi)
{
	char *uri = NULL;
	int len = 0;

	return lws_http_get_uri_and_method(wsi, &uri, &len) == LWSHUMETH_GET && uri &&
		(size_t)len == strlen(UPGRADE_PATH) &&
		memcmp(uri, UPGRADE_PATH, (size_t)len) == 0;
}

/* The client's address as the proxy on this machine saw it: the last of X-Forwarded-For,
 * which the proxy itself appended. */
static void take_forwarded_address(struct lws *wsi, struct conn *conn)
{
	char list[VALUE_BYTES];
	struct in_addr v4;
	struct in6_addr v6;
	const char *last;

	if (!header_copy(wsi, WSI_TOKEN_X_FORWARDED_FOR, list)) {
		return;
	}
	last = strrchr(list, ',');
	last = last ? last + 1 : list;
	last += strspn(last, " \t");
	if (inet_pton(AF_INET, last, &v4) == 1) {
		memset(conn->peer.address, 0, 10);
		memset(conn->peer.address + 10, 0xff, 2);
		memcpy(conn->peer.address + 12, &v4, 4);
	} else if (inet_pton(AF_INET6, last, &v6) == 1) {
		memcpy(conn->peer.address, &v6, 16);
	}
}

int upgrade_confirm(struct lws *wsi, struct conn *conn, const char *wanted)
{
	struct net *net = conn->net;
	char version[VALUE_BYTES];

	if (conn->vhost == NET_VHOST_METRICS || !wanted ||
		strcasecmp(wanted, "websocket") != 0 || !is_get(wsi)) {
		net->counters.refused_upgrade++;
		return http_refuse(wsi, conn, 400, "no such upgrade\n");
	}
	if (!header_copy(wsi, WSI_TOKEN_VERSION, version) || strcmp(version, "13") != 0) {
		net->counters.refused_upgrade++;
		return http_refuse(wsi, conn, 426, "WebSocket version 13 only\n");
	}
	if (!key_is_valid(wsi)) {
		net->counters.refused_upgrade++;
		return http_refuse(wsi, conn, 400, "no valid Sec-WebSocket-Key\n");
	}
	if (!offers_subprotocol(wsi)) {
		net->counters.refused_upgrade++;
		return http_refuse(
			wsi, conn, 400, "the subprotocol is " UPGRADE_SUBPROTOCOL "\n");
	}
	if (!origin_is_allowed(wsi, net->config)) {
		net->counters.refused_origin++;
		return http_refuse(wsi, conn, 403, "this origin may not connect\n");
	}
	if (net->draining) {
		return http_refuse(wsi, conn, 503, "stopping\n");
	}
	if (net->config->behind_proxy && conn->vhost == NET_VHOST_PLAIN) {
		take_forwarded_address(wsi, conn);
	}
	return 0;
}
