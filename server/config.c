#include "server/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <kring/codec.h>
#include <kring/wire.h>

#include "server/config_options.h"

static enum kr_err fail(
	struct config_fault *fault, const cfg_t *section, const char *text)
{
	fault->line = (unsigned int)(section ? section->line : 0);
	(void)snprintf(fault->text, sizeof(fault->text), "%s", text);
	return KR_ERR_ARGUMENT;
}

/* ---- From libconfuse's tree to the parts' own structures --------------------------- */

static enum kr_err take_listen(
	struct config *config, cfg_t *cfg, struct config_fault *fault)
{
	unsigned int num = cfg_size(cfg, "listen");

	if (num == 0) {
		return fail(fault, NULL,
			"There is no listen section. Add one, such as: "
			"listen \"public\" { address = \"::\" port = 443 }.");
	}
	if (num > NET_MAX_LISTENERS) {
		return fail(fault, cfg_getnsec(cfg, "listen", num - 1),
			"There are more than 8 listen sections. Remove some.");
	}
	for (unsigned int i = 0; i < num; i++) {
		cfg_t *section = cfg_getnsec(cfg, "listen", i);
		struct net_listen *listen = &config->net.listen[i];

		listen->address = config_string(section, "address");
		listen->port = (uint16_t)cfg_getint(section, "port");
		listen->tls = cfg_getbool(section, "tls");
		if (!listen->address) {
			return fail(fault, section,
				"listen: the address is missing. Add one, "
				"such as address = \"::\".");
		}
		if (!listen->tls && !net_address_is_loopback(listen->address)) {
			return fail(fault, section,
				"listen: without TLS only a loopback address is allowed. "
				"Set "
				"tls = true, or let a proxy on this machine connect to "
				"127.0.0.1.");
		}
		if (listen->tls &&
			(!config->net.tls_certificate || !config->net.tls_key)) {
			return fail(fault, section,
				"listen: TLS needs a certificate and a key. Add tls { "
				"certificate "
				"= \"/…\" key = \"/…\" }.");
		}
	}
	config->net.num_listen = num;
	return KR_OK;
}

static void take_metrics(struct config *config, cfg_t *cfg)
{
	cfg_t *section = cfg_size(cfg, "metrics") ? cfg_getsec(cfg, "metrics") : NULL;

	if (section) {
		config->net.metrics = (struct net_listen){
			.address = config_string(section, "address"),
			.port = (uint16_t)cfg_getint(section, "port"),
		};
	}
}

/* RFC 9116. */
static enum kr_err take_security_txt(
	struct config *config, cfg_t *cfg, struct config_fault *fault)
{
	cfg_t *section =
		cfg_size(cfg, "security_txt") ? cfg_getsec(cfg, "security_txt") : NULL;
	static const char *const fields[][2] = {
		{"expires", "Expires"},
		{"languages", "Preferred-Languages"},
		{"policy", "Policy"},
	};
	char text[4096];
	size_t len = 0;

	if (!section) {
		return KR_OK;
	}
	if (!cfg_size(section, "contact") || !config_string(section, "expires")) {
		return fail(fault, section,
			"security_txt: contact and expires are required (RFC 9116). Add, "
			"such as: "
			"contact = {\"mailto:security@example.org\"} "
			"expires = \"2027-01-01T00:00:00Z\".");
	}
	for (unsigned int i = 0; i < cfg_size(section, "contact") && i < 8; i++) {
		len += (size_t)snprintf(text + len, sizeof(text) - len, "Contact: %s\n",
			cfg_getnstr(section, "contact", i));
	}
	for (size_t i = 0; i < 3; i++) {
		const char *value = config_string(section, fields[i][0]);

		if (value) {
			len += (size_t)snprintf(text + len, sizeof(text) - len,
				"%s: %s\n", fields[i][1], value);
		}
	}
	config->owned[0] = strdup(text);
	config->net.security_txt = config->owned[0];
	return config->owned[0] ? KR_OK : KR_ERR_MEMORY;
}

#define WEB_MAX_INBOXES 16

/* What the web app asks for as /config.json; clients/web/src/client/config.ts reads
 * it. */
static enum kr_err take_web(struct config *config, cfg_t *cfg, struct config_fault *fault)
{
	cfg_t *section = cfg_getsec(cfg, "web");
	static const char *const fields[] = {"operator", "contact", "exit"};
	const char *inboxes[WEB_MAX_INBOXES];
	unsigned int num;
	KR_AUTO_WRITER struct kr_writer text = {0};
	struct kr_json json;

	kr_writer_init(&text);
	config->net.web_root = config_string(section, "root");
	if (!config->net.web_root) {
		return KR_OK;
	}
	kr_json_begin(&json, &text);
	kr_json_str(&json, "relay", config->net.name);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		const char *value = config_string(section, fields[i]);

		if (value) {
			kr_json_str(&json, fields[i], value);
		}
	}
	for (num = 0; num < cfg_size(section, "inboxes") && num < WEB_MAX_INBOXES;
		num++) {
		inboxes[num] = cfg_getnstr(section, "inboxes", num);
	}
	kr_json_strs(&json, "inboxes", inboxes, num);
	kr_json_end(&json);
	if (!text.err && kr_json_check(kr_writer_view(&text))) {
		return fail(fault, section,
			"web: operator, contact and exit must be UTF-8. Save the file as "
			"UTF-8.");
	}
	kr_write_u8(&text, '\0');
	config->owned[1] =
		text.err ? NULL : strdup((const char *)kr_writer_view(&text).data);
	config->net.web_config = config->owned[1];
	return config->owned[1] ? KR_OK : KR_ERR_MEMORY;
}

static void take_number(cfg_t *section, const char *name, uint32_t scale, uint32_t *out)
{
	if (cfg_size(section, name)) {
		*out = (uint32_t)cfg_getint(section, name) * scale;
	}
}

static size_t next_power_of_two(size_t at_least)
{
	size_t power = 1;

	while (power < at_least) {
		power *= 2;
	}
	return power;
}

static void take_limits(struct config *config, cfg_t *cfg)
{
	cfg_t *limits = cfg_getsec(cfg, "limits");
	struct relay_config *relay = &config->relay;

	take_number(limits, "connections", 1, &relay->max_connections);
	take_number(limits, "connections_per_address", 1, &relay->max_per_address);
	take_number(limits, "anonymous", 1, &relay->max_anonymous);
	take_number(limits, "idle_s", 1000, &relay->idle_ms);
	take_number(limits, "anonymous_idle_s", 1000, &relay->anonymous_idle_ms);
	take_number(limits, "ping_s", 1000, &relay->ping_ms);
	take_number(limits, "slow_s", 1000, &relay->slow_ms);
	take_number(limits, "queued_appends", 1, &relay->max_queued);
	if (cfg_size(limits, "ring_kib")) {
		relay->ring_bytes =
			next_power_of_two((size_t)cfg_getint(limits, "ring_kib") << 10);
	}
	if (cfg_size(limits, "rings_mib")) {
		relay->max_ring_total = (size_t)cfg_getint(limits, "rings_mib") << 20;
	}
	/* Room for HTTP beside the sessions, and for an address that loads the app while
	 * its sessions are open. */
	config->net.max_connections =
		relay->max_connections + relay->max_connections / 8 + 16;
	config->net.max_connections_per_address =
		relay->max_per_address + relay->max_per_address / 8 + 16;
}

static void take_quotas(struct config *config, cfg_t *cfg)
{
	static const char *const levels[QUOTA_NUM_LEVELS] = {
		[QUOTA_CONNECTION] = "connection",
		[QUOTA_ACCOUNT] = "account",
		[QUOTA_ADDRESS] = "address",
	};
	static const char *const classes[QUOTA_NUM_CLASSES] = {
		[QUOTA_LIGHT] = "light",
		[QUOTA_READ] = "read",
		[QUOTA_POST] = "post",
		[QUOTA_STATE] = "state",
		[QUOTA_KEYS] = "keys",
		[QUOTA_AUTH] = "auth",
		[QUOTA_CASE] = "case",
	};

	for (size_t level = 0; level < QUOTA_NUM_LEVELS; level++) {
		cfg_t *section = cfg_gettsec(cfg, "quota", levels[level]);

		for (size_t class = 0; section && class < QUOTA_NUM_CLASSES; class ++) {
			if (cfg_size(section, classes[class]) == 2) {
				config->relay.quotas[level][class] = (struct quota_rate){
					.per_minute = (uint32_t)cfg_getnint(
						section, classes[class], 0),
					.burst = (uint32_t)cfg_getnint(
						section, classes[class], 1),
				};
			}
		}
	}
}

static enum journal_priority level_of(const char *name)
{
	switch (name[0]) {
	case 'w':
		return JOURNAL_WARNING;
	case 'n':
		return JOURNAL_NOTICE;
	case 'd':
		return JOURNAL_DEBUG;
	default:
		return JOURNAL_INFO;
	}
}

static enum kr_err take_root(
	struct config *config, cfg_t *cfg, struct config_fault *fault)
{
	cfg_t *tls = cfg_getsec(cfg, "tls");
	cfg_t *store = cfg_getsec(cfg, "store");

	config->net.name = config_string(cfg, "name");
	if (!config->net.name) {
		return fail(fault, NULL,
			"The relay's name is missing. Add, such as: name = "
			"\"kring.example.org\".");
	}
	(void)snprintf(
		config->relay.name, sizeof(config->relay.name), "%s", config->net.name);
	config->user = cfg_getstr(cfg, "user");
	config->state_dir = cfg_getstr(cfg, "state_dir");
	config->backup_dir = cfg_getstr(cfg, "backup_dir");
	config->runtime_dir = cfg_getstr(cfg, "runtime_dir");
	config->sandbox = cfg_getbool(cfg, "sandbox");
	config->log_level = level_of(cfg_getstr(cfg, "log_level"));
	config->store_max_bytes = (uint64_t)cfg_getint(store, "max_mib") << 20;
	config->retention_days = (uint32_t)cfg_getint(store, "retention_days");
	config->compact_hours = (uint32_t)cfg_getint(store, "compact_hours");
	config->net.behind_proxy = cfg_getbool(cfg, "behind_proxy");
	config->net.drain_ms = (uint32_t)cfg_getint(cfg, "drain_s") * 1000;
	config->net.tls_certificate = config_string(tls, "certificate");
	config->net.tls_key = config_string(tls, "key");
	config->net.num_origins = cfg_size(cfg, "origins");
	for (unsigned int i = 0; i < config->net.num_origins; i++) {
		config->net.origins[i] = cfg_getnstr(cfg, "origins", i);
	}
	return KR_OK;
}

enum kr_err config_load(struct config **out, const char *path, struct config_fault *fault)
{
	struct config *config = calloc(1, sizeof(*config));
	cfg_t *cfg;
	enum kr_err err;

	*out = NULL;
	*fault = (struct config_fault){0};
	if (!config) {
		return KR_ERR_MEMORY;
	}
	cfg = config_options_parse(path, fault);
	if (!cfg) {
		config_free(config);
		return fault->text[0] ? KR_ERR_ARGUMENT : KR_ERR_MEMORY;
	}
	config->parsed = cfg;
	config->path = path;
	relay_config_default(&config->relay);
	take_limits(config, cfg);
	take_quotas(config, cfg);
	take_metrics(config, cfg);
	if ((err = take_root(config, cfg, fault)) ||
		(err = take_listen(config, cfg, fault)) ||
		(err = take_web(config, cfg, fault)) ||
		(err = take_security_txt(config, cfg, fault))) {
		config_free(config);
		return err;
	}
	*out = config;
	return KR_OK;
}

void config_free(struct config *config)
{
	if (!config) {
		return;
	}
	if (config->parsed) {
		(void)cfg_free(config->parsed);
	}
	for (size_t i = 0; i < sizeof(config->owned) / sizeof(config->owned[0]); i++) {
		free(config->owned[i]);
	}
	free(config);
}

enum kr_err config_check(const struct config *config, struct config_fault *fault)
{
	const char *text;

	if (!net_check(&config->net, &text)) {
		return KR_OK;
	}
	fault->line = 0;
	(void)snprintf(fault->text, sizeof(fault->text),
		"%s. Look at tls and web, and at who may read what they name.", text);
	return KR_ERR_ARGUMENT;
}

/* ---- Reloading --------------------------------------------------------------------- */

static bool same_string(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_listen(const struct net_listen *a, const struct net_listen *b)
{
	return same_string(a->address, b->address) && a->port == b->port &&
		a->tls == b->tls;
}

static bool same_listeners(const struct net_config *a, const struct net_config *b)
{
	if (a->num_listen != b->num_listen || !same_listen(&a->metrics, &b->metrics)) {
		return false;
	}
	for (size_t i = 0; i < a->num_listen; i++) {
		if (!same_listen(&a->listen[i], &b->listen[i])) {
			return false;
		}
	}
	return true;
}

static void warn_fixed(const char *setting)
{
	journal(JOURNAL_WARNING, "restart_needed", "setting=%s", setting);
}

/* Keep a string of the present configuration in next, which outlives it. */
static void keep_string(
	const char *setting, const char *now, const char **next, char **owned)
{
	if (same_string(now, *next)) {
		return;
	}
	warn_fixed(setting);
	free(*owned);
	*owned = strdup(now);
	if (*owned) {
		*next = *owned;
	}
}

void config_keep_fixed(const struct config *now, struct config *next)
{
	if (strcmp(now->relay.name, next->relay.name) != 0) {
		warn_fixed("name");
		(void)snprintf(next->relay.name, sizeof(next->relay.name), "%s",
			now->relay.name);
		next->net.name = next->relay.name;
	}
	if (!same_listeners(&now->net, &next->net)) {
		warn_fixed("listen");
	}
	if (!same_string(now->user, next->user)) {
		warn_fixed("user");
	}
	keep_string("state_dir", now->state_dir, &next->state_dir, &next->owned[1]);
	keep_string("runtime_dir", now->runtime_dir, &next->runtime_dir, &next->owned[2]);
	keep_string("backup_dir", now->backup_dir, &next->backup_dir, &next->owned[3]);
	if (now->store_max_bytes != next->store_max_bytes) {
		warn_fixed("store.max_mib");
	}
	if (now->relay.ring_bytes != next->relay.ring_bytes) {
		warn_fixed("limits.ring_kib");
	}
	if (now->sandbox != next->sandbox) {
		warn_fixed("sandbox");
	}
}
