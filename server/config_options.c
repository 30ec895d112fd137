#include "server/config_options.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* libconfuse's error function has no context of its own; a file is parsed on one
 * thread. */
static struct config_fault *current_fault;

static void on_error(cfg_t *cfg, const char *format, va_list args)
{
	size_t len;

	if (!current_fault || current_fault->text[0]) {
		return; /* the first one is the cause */
	}
	current_fault->line = (unsigned int)(cfg ? cfg->line : 0);
	(void)vsnprintf(current_fault->text, sizeof(current_fault->text), format, args);
	/* libconfuse names the mistake; where the remedy is not said, say where it
	 * stands. */
	len = strlen(current_fault->text);
	if (len && current_fault->text[len - 1] != '.') {
		(void)snprintf(current_fault->text + len,
			sizeof(current_fault->text) - len,
			". See kringd.conf(5) for what may stand here.");
	}
}

/* ---- Numbers ----------------------------------------------------------------------- */

static const struct number_rule {
	const char *section;
	const char *name;
	long min;
	long max;
} number_rules[] = {
	{"root", "drain_s", 0, 600},
	{"listen", "port", 0, 65535},
	{"metrics", "port", 0, 65535},
	{"limits", "connections", 1, 1000000},
	{"limits", "connections_per_address", 1, 1000000},
	{"limits", "anonymous", 0, 1000000},
	{"limits", "idle_s", 5, 86400},
	{"limits", "anonymous_idle_s", 1, 86400},
	{"limits", "ping_s", 1, 3600},
	{"limits", "slow_s", 1, 3600},
	{"limits", "queued_appends", 1, 1000000},
	{"limits", "ring_kib", 64, 1048576},
	{"limits", "rings_mib", 1, 65536},
	{"store", "max_mib", 16, 16777216},
	{"store", "retention_days", 0, 36500},
	{"store", "compact_hours", 0, 87600},
	{"quota", "", 0, 100000000},
};

static const struct number_rule *rule_of(const cfg_t *section, const cfg_opt_t *option)
{
	for (size_t i = 0; i < sizeof(number_rules) / sizeof(number_rules[0]); i++) {
		const struct number_rule *rule = &number_rules[i];

		if (strcmp(rule->section, section->name) == 0 &&
			(!rule->name[0] || strcmp(rule->name, option->name) == 0)) {
			return rule;
		}
	}
	return NULL;
}

static int check_number(cfg_t *section, cfg_opt_t *option)
{
	const struct number_rule *rule = rule_of(section, option);
	long value = cfg_opt_getnint(option, cfg_opt_size(option) - 1);

	if (rule && (value < rule->min || value > rule->max)) {
		cfg_error(section,
			"%s: %ld is out of bounds. Give a number from %ld to %ld.",
			option->name, value, rule->min, rule->max);
		return -1;
	}
	return 0;
}

/* ---- Strings ----------------------------------------------------------------------- */

static int check_name(cfg_t *section, cfg_opt_t *option)
{
	const char *name = cfg_opt_getstr(option);
	size_t len = strlen(name);

	if (len == 0 || len > 253 ||
		strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-:") != len) {
		cfg_error(section,
			"%s: \"%s\" is no host name. Give the relay's public name in "
			"lower case, such as \"kring.example.org\".",
			option->name, name);
		return -1;
	}
	return 0;
}

static int check_path(cfg_t *section, cfg_opt_t *option)
{
	const char *path = cfg_opt_getstr(option);

	if (path[0] != '/' || strlen(path) >= 200) {
		cfg_error(section,
			"%s: \"%s\" is no absolute path. Begin it with / and keep it "
			"below 200 "
			"characters.",
			option->name, path);
		return -1;
	}
	return 0;
}

static int check_address(cfg_t *section, cfg_opt_t *option)
{
	const char *address = cfg_opt_getstr(option);

	if (!net_address_is_numeric(address)) {
		cfg_error(section,
			"%s: \"%s\" is no numeric address. Give one such as \"0.0.0.0\", "
			"\"::\" or \"127.0.0.1\".",
			option->name, address);
		return -1;
	}
	return 0;
}

/* True for a scheme's prefix; rest becomes what follows it. */
static bool skip_prefix(const char *text, const char *prefix, const char **rest)
{
	size_t len = strlen(prefix);

	*rest = text + len;
	return strncmp(text, prefix, len) == 0;
}

bool config_origin_is_valid(const char *origin)
{
	const char *host;
	size_t len;

	if (skip_prefix(origin, "http://", &host)) {
		if (strncmp(host, "localhost", 9) != 0 && strncmp(host, "127.", 4) != 0 &&
			strncmp(host, "[::1]", 5) != 0) {
			return false;
		}
	} else if (!skip_prefix(origin, "https://", &host)) {
		return false;
	}
	len = strlen(host);
	return len > 0 && len < 200 &&
		strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789.-:[]") == len;
}

static int check_origin(cfg_t *section, cfg_opt_t *option)
{
	const char *origin = cfg_opt_getnstr(option, cfg_opt_size(option) - 1);

	if (cfg_opt_size(option) > NET_MAX_ORIGINS) {
		cfg_error(section, "%s: more than %d. Remove some.", option->name,
			NET_MAX_ORIGINS);
		return -1;
	}
	if (!config_origin_is_valid(origin)) {
		cfg_error(section,
			"%s: \"%s\" is no origin that a browser sends. Give scheme and "
			"host in "
			"lower case without a path, such as \"https://app.example.org\"; "
			"http:// "
			"is for loopback only.",
			option->name, origin);
		return -1;
	}
	return 0;
}

static int check_log_level(cfg_t *section, cfg_opt_t *option)
{
	const char *level = cfg_opt_getstr(option);

	if (strcmp(level, "warning") != 0 && strcmp(level, "notice") != 0 &&
		strcmp(level, "info") != 0 && strcmp(level, "debug") != 0) {
		cfg_error(section,
			"%s: \"%s\" is no level. Give warning, notice, info or debug.",
			option->name, level);
		return -1;
	}
	return 0;
}

/* One line of text that is served as it stands. */
static int check_line(cfg_t *section, cfg_opt_t *option)
{
	const char *text = cfg_opt_getnstr(option, cfg_opt_size(option) - 1);

	if (!text[0] || strlen(text) >= 256 || strpbrk(text, "\r\n")) {
		cfg_error(section,
			"%s: must be one line of 1 to 255 characters. Shorten it.",
			option->name);
		return -1;
	}
	return 0;
}

/* Where somebody goes who leaves the reporting page at once: it must not fail to load. */
static int check_exit(cfg_t *section, cfg_opt_t *option)
{
	const char *url = cfg_opt_getnstr(option, cfg_opt_size(option) - 1);

	if (strncmp(url, "https://", strlen("https://")) != 0) {
		cfg_error(section,
			"exit: must be the address of a page, such as "
			"\"https://www.example.org/\". Write it in full.");
		return -1;
	}
	return check_line(section, option);
}

static int check_quota_title(cfg_t *root, cfg_opt_t *option)
{
	cfg_t *quota = cfg_opt_getnsec(option, cfg_opt_size(option) - 1);
	const char *title = cfg_title(quota);

	if (strcmp(title, "connection") != 0 && strcmp(title, "account") != 0 &&
		strcmp(title, "address") != 0) {
		cfg_error(root,
			"quota: \"%s\" is no level. Give connection, account or address.",
			title);
		return -1;
	}
	for (cfg_opt_t *class = quota->opts; class->name; class ++) {
		if (cfg_opt_size(class) != 0 && cfg_opt_size(class) != 2) {
			cfg_error(root,
				"quota %s: %s needs two numbers. Give {per minute, "
				"burst}, such as "
				"{600, 100}; {0, 0} is no limit.",
				title, class->name);
			return -1;
		}
	}
	return 0;
}

/* ---- The options ------------------------------------------------------------------- */

static cfg_opt_t listen_options[] = {
	CFG_STR("address", "", CFGF_NONE),
	CFG_INT("port", 443, CFGF_NONE),
	CFG_BOOL("tls", cfg_true, CFGF_NONE),
	CFG_END(),
};

static cfg_opt_t tls_options[] = {
	CFG_STR("certificate", "", CFGF_NONE),
	CFG_STR("key", "", CFGF_NONE),
	CFG_END(),
};

static cfg_opt_t metrics_options[] = {
	CFG_STR("address", "127.0.0.1", CFGF_NONE),
	CFG_INT("port", 9464, CFGF_NONE),
	CFG_END(),
};

static cfg_opt_t web_options[] = {
	CFG_STR("root", "", CFGF_NONE),
	CFG_STR("operator", "", CFGF_NONE),
	CFG_STR("contact", "", CFGF_NONE),
	CFG_STR("exit", "", CFGF_NONE),
	CFG_STR_LIST("inboxes", "{}", CFGF_NONE),
	CFG_END(),
};

static cfg_opt_t security_txt_options[] = {
	CFG_STR_LIST("contact", "{}", CFGF_NONE),
	CFG_STR("expires", "", CFGF_NONE),
	CFG_STR("languages", "", CFGF_NONE),
	CFG_STR("policy", "", CFGF_NONE),
	CFG_END(),
};

static cfg_opt_t store_options[] = {
	CFG_INT("max_mib", 65536, CFGF_NONE),
	CFG_INT("retention_days", 0, CFGF_NONE),
	CFG_INT("compact_hours", 24, CFGF_NONE),
	CFG_END(),
};

/* Without a value the relay's own default holds. */
static cfg_opt_t limits_options[] = {
	CFG_INT("connections", 0, CFGF_NODEFAULT),
	CFG_INT("connections_per_address", 0, CFGF_NODEFAULT),
	CFG_INT("anonymous", 0, CFGF_NODEFAULT),
	CFG_INT("idle_s", 0, CFGF_NODEFAULT),
	CFG_INT("anonymous_idle_s", 0, CFGF_NODEFAULT),
	CFG_INT("ping_s", 0, CFGF_NODEFAULT),
	CFG_INT("slow_s", 0, CFGF_NODEFAULT),
	CFG_INT("queued_appends", 0, CFGF_NODEFAULT),
	CFG_INT("ring_kib", 0, CFGF_NODEFAULT),
	CFG_INT("rings_mib", 0, CFGF_NODEFAULT),
	CFG_END(),
};

static cfg_opt_t quota_options[] = {
	CFG_INT_LIST("light", "{}", CFGF_NONE),
	CFG_INT_LIST("read", "{}", CFGF_NONE),
	CFG_INT_LIST("post", "{}", CFGF_NONE),
	CFG_INT_LIST("state", "{}", CFGF_NONE),
	CFG_INT_LIST("keys", "{}", CFGF_NONE),
	CFG_INT_LIST("auth", "{}", CFGF_NONE),
	CFG_INT_LIST("case", "{}", CFGF_NONE),
	CFG_END(),
};

static cfg_opt_t root_options[] = {
	CFG_STR("name", "", CFGF_NONE),
	CFG_STR("user", "", CFGF_NONE),
	CFG_STR("state_dir", "/var/lib/kring", CFGF_NONE),
	CFG_STR("backup_dir", "/var/lib/kring/backup", CFGF_NONE),
	CFG_STR("runtime_dir", "/run/kring", CFGF_NONE),
	CFG_STR("log_level", "info", CFGF_NONE),
	CFG_STR_LIST("origins", "{}", CFGF_NONE),
	CFG_BOOL("behind_proxy", cfg_false, CFGF_NONE),
	CFG_BOOL("sandbox", cfg_true, CFGF_NONE),
	CFG_INT("drain_s", 20, CFGF_NONE),
	CFG_SEC("listen", listen_options, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
	CFG_SEC("tls", tls_options, CFGF_NONE),
	CFG_SEC("metrics", metrics_options, CFGF_NODEFAULT),
	CFG_SEC("web", web_options, CFGF_NONE),
	CFG_SEC("security_txt", security_txt_options, CFGF_NODEFAULT),
	CFG_SEC("store", store_options, CFGF_NONE),
	CFG_SEC("limits", limits_options, CFGF_NONE),
	CFG_SEC("quota", quota_options, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
	CFG_END(),
};

static const struct {
	const char *option;
	cfg_validate_callback_t check;
} checks[] = {
	{"name", check_name},
	{"state_dir", check_path},
	{"backup_dir", check_path},
	{"runtime_dir", check_path},
	{"log_level", check_log_level},
	{"origins", check_origin},
	{"drain_s", check_number},
	{"listen|address", check_address},
	{"listen|port", check_number},
	{"tls|certificate", check_path},
	{"tls|key", check_path},
	{"metrics|address", check_address},
	{"metrics|port", check_number},
	{"web|root", check_path},
	{"web|operator", check_line},
	{"web|contact", check_line},
	{"web|exit", check_exit},
	{"web|inboxes", check_line},
	{"security_txt|contact", check_line},
	{"security_txt|expires", check_line},
	{"security_txt|languages", check_line},
	{"security_txt|policy", check_line},
	{"store|max_mib", check_number},
	{"store|retention_days", check_number},
	{"store|compact_hours", check_number},
	{"limits|connections", check_number},
	{"limits|connections_per_address", check_number},
	{"limits|anonymous", check_number},
	{"limits|idle_s", check_number},
	{"limits|anonymous_idle_s", check_number},
	{"limits|ping_s", check_number},
	{"limits|slow_s", check_number},
	{"limits|queued_appends", check_number},
	{"limits|ring_kib", check_number},
	{"limits|rings_mib", check_number},
	{"quota", check_quota_title},
	{"quota|light", check_number},
	{"quota|read", check_number},
	{"quota|post", check_number},
	{"quota|state", check_number},
	{"quota|keys", check_number},
	{"quota|auth", check_number},
	{"quota|case", check_number},
};

cfg_t *config_options_parse(const char *path, struct config_fault *fault)
{
	cfg_t *cfg = cfg_init(root_options, CFGF_NONE);
	int parsed;

	*fault = (struct config_fault){0};
	if (!cfg) {
		return NULL;
	}
	current_fault = fault;
	(void)cfg_set_error_function(cfg, on_error);
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		(void)cfg_set_validate_func(cfg, checks[i].option, checks[i].check);
	}
	parsed = cfg_parse(cfg, path);
	if (parsed == CFG_FILE_ERROR) {
		(void)snprintf(fault->text, sizeof(fault->text),
			"The file cannot be read. Give its path with --config, and let "
			"kringd's "
			"user read it.");
	}
	if (parsed != CFG_SUCCESS) {
		(void)cfg_free(cfg);
		cfg = NULL;
	}
	current_fault = NULL;
	return cfg;
}

const char *config_string(cfg_t *section, const char *name)
{
	const char *value = section ? cfg_getstr(section, name) : NULL;

	return value && value[0] ? value : NULL;
}
