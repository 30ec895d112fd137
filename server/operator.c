#include "server/operator.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <kring/wire.h>

#include "server/net/metrics.h"
#include "server/store/projection.h"

#define GRANT_CODE_BYTES 16
#define GRANT_MAX_DAYS   366
#define MAX_WORDS        4

#define PURPOSE_COMMUNITY 1
#define PURPOSE_INBOX     2

static uint64_t wall_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* ---- Answers ----------------------------------------------------------------------- */

static void add_row(struct kr_writer *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void add_row(struct kr_writer *text, const char *format, ...)
{
	char row[512];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(row, sizeof(row) - 1, format, args);
	va_end(args);
	kr_write_fixed(text, kr_view_str(row));
	kr_write_fixed(text, kr_view_str("\n"));
	kr_wipe(row, sizeof(row)); /* it may hold a code */
}

static void add_number(struct kr_writer *text, const char *name, uint64_t value)
{
	add_row(text, "%s %" PRIu64, name, value);
}

static void answer(struct control_request *request, const struct kr_writer *text)
{
	control_answer(request,
		text->err ? kr_view_str("error memory Out of memory.\n")
			  : kr_writer_view(text));
}

static void answer_error(
	struct control_request *request, const char *code, const char *sentence)
{
	char line[512];

	(void)snprintf(line, sizeof(line), "error %s %s\n", code, sentence);
	control_answer(request, kr_view_str(line));
}

static void answer_err(struct control_request *request, enum kr_err err)
{
	answer_error(request, kr_err_name(err), kr_err_sentence(err));
}

static void usage(struct control_request *request, const char *sentence)
{
	answer_error(request, "usage", sentence);
}

/* relay_done_fn of what needs no more than ok; ctx is the request. */
static void on_done(void *ctx, enum kr_err err)
{
	if (err) {
		answer_err(ctx, err);
	} else {
		control_answer(ctx, kr_view_str("ok\n"));
	}
}

/* ---- Commands ---------------------------------------------------------------------- */

static void run_status(
	struct daemon *daemon, struct control_request *request, char **words)
{
	KR_AUTO_WRITER struct kr_writer text = {0};
	struct committer_stats committer;
	struct store_stats store = {0};
	const struct net_counters *net = net_counters(daemon->net);
	enum kr_err err = store_stats(daemon->store, &store);
	uint8_t key[KR_ED25519_PUBLIC_BYTES];
	char key_text[KR_BASE64URL_LEN(sizeof(key)) + 1] = "";

	(void)words;
	committer_stats(daemon->committer, &committer);
	relay_key(daemon->relay, key);
	kr_base64url_encode(key_text, kr_view(key, sizeof(key)));
	kr_writer_init(&text);
	add_row(&text, "ok");
	add_row(&text, "name %s", daemon->config->relay.name);
	add_row(&text, "relay_key %s", key_text);
	add_row(&text, "version %s", KRING_VERSION);
	add_number(&text, "uptime_s", (wall_ms() - daemon->started_ms) / 1000);
	add_row(&text, "store %s",
		err                           ? kr_err_name(err)
			: committer.disk_full ? "full"
					      : "writable");
	add_number(&text, "connections", net->connections);
	add_number(&text, "sessions", net->sessions);
	add_number(&text, "position", store.position);
	add_number(&text, "topics", store.num_topics);
	add_number(&text, "store_bytes", store.used_bytes);
	for (size_t i = 0; i < daemon->config->net.num_listen; i++) {
		add_row(&text, "listen_%zu %u", i, net_port(daemon->net, i));
	}
	answer(request, &text);
}

static void add_relay_rows(struct kr_writer *text, const struct relay_statistics *s)
{
	add_number(text, "connections", s->connections);
	add_number(text, "authenticated", s->authenticated);
	add_number(text, "accepted", s->accepted);
	add_number(text, "requests", s->requests);
	add_number(text, "errors", s->errors);
	add_number(text, "failures", s->failures);
	add_number(text, "quota_refusals", s->quota_refusals);
	add_number(text, "appends", s->appends);
	add_number(text, "deliveries", s->deliveries);
	add_number(text, "delivered_bytes", s->delivered_bytes);
	add_number(text, "catch_ups", s->catch_ups);
	add_number(text, "rings", s->rings);
	add_number(text, "ring_bytes", s->ring_bytes);
	add_number(text, "outstanding", s->outstanding);
	add_number(text, "closed_slow", s->closed_slow);
	add_number(text, "closed_idle", s->closed_idle);
}

static void run_statistics(
	struct daemon *daemon, struct control_request *request, char **words)
{
	KR_AUTO_WRITER struct kr_writer text = {0};
	struct relay_statistics relay;
	struct committer_stats committer;
	struct store_stats store = {0};
	struct store_case_counts cases;
	const struct net_counters *net = net_counters(daemon->net);

	(void)words;
	relay_statistics(daemon->relay, &relay);
	committer_stats(daemon->committer, &committer);
	(void)store_stats(daemon->store, &store);
	(void)relay_case_counts(daemon->relay, &cases);
	kr_writer_init(&text);
	add_row(&text, "ok");
	add_relay_rows(&text, &relay);
	add_number(&text, "batches", committer.num_batches);
	add_number(&text, "largest_batch", committer.largest_batch);
	add_number(&text, "failed_appends", committer.num_failed);
	add_number(&text, "writes", net->writes);
	add_number(&text, "bytes_out", net->bytes_out);
	add_number(&text, "messages_in", net->messages_in);
	add_number(&text, "events", store.num_events);
	add_number(&text, "topics", store.num_topics);
	add_number(&text, "cases_open", cases.open);
	add_number(&text, "cases_overdue", cases.overdue);
	add_number(&text, "cases_closed", cases.closed);
	add_number(&text, "store_bytes", store.used_bytes);
	add_number(&text, "free_bytes", store.free_bytes);
	add_number(&text, "map_bytes", store.map_bytes);
	answer(request, &text);
}

/* A grant is answered with the code, which the relay keeps only the hash of. */
struct grant_request {
	struct control_request *request;
	char code[KR_BASE64URL_LEN(GRANT_CODE_BYTES) + 1];
	uint64_t until_ms;
};

static void on_granted(void *ctx, enum kr_err err)
{
	struct grant_request *grant = ctx;
	KR_AUTO_WRITER struct kr_writer text = {0};

	kr_writer_init(&text);
	if (err) {
		answer_err(grant->request, err);
	} else {
		add_row(&text, "ok");
		add_row(&text, "code %s", grant->code);
		add_number(&text, "until_ms", grant->until_ms);
		answer(grant->request, &text);
	}
	kr_wipe(grant, sizeof(*grant));
	free(grant);
}

static void run_grant(
	struct daemon *daemon, struct control_request *request, char **words)
{
	uint8_t code[GRANT_CODE_BYTES], hash[KR_SHA256_BYTES];
	struct grant_request *grant;
	uint32_t purpose = PURPOSE_COMMUNITY;
	char *end = NULL;
	unsigned long days = words[1] ? strtoul(words[1], &end, 10) : 7;
	enum kr_err err;

	if (words[0] && strcmp(words[0], "inbox") == 0) {
		purpose = PURPOSE_INBOX;
	} else if (!words[0] || strcmp(words[0], "community") != 0) {
		usage(request, "grant community|inbox [days].");
		return;
	}
	if ((end && *end) || days < 1 || days > GRANT_MAX_DAYS) {
		usage(request, "grant: days is a number from 1 to 366.");
		return;
	}
	grant = calloc(1, sizeof(*grant));
	if (!grant || kr_random_fill(&kr_random_system, code, sizeof(code))) {
		free(grant);
		answer_err(request, KR_ERR_MEMORY);
		return;
	}
	grant->request = request;
	grant->until_ms = wall_ms() + days * 24 * 3600 * 1000;
	kr_base64url_encode(grant->code, kr_view(code, sizeof(code)));
	kr_sha256(hash, kr_view(code, sizeof(code)));
	kr_wipe(code, sizeof(code));
	err = relay_operator_grant(
		daemon->relay, hash, grant->until_ms, purpose, on_granted, grant);
	if (err) {
		on_granted(grant, err);
	}
}

static void run_revoke(
	struct daemon *daemon, struct control_request *request, char **words)
{
	uint8_t code[GRANT_CODE_BYTES], hash[KR_SHA256_BYTES];
	enum kr_err err;

	if (!words[0] || kr_base64url_decode(code, sizeof(code), kr_view_str(words[0]))) {
		usage(request, "revoke CODE, as grant gave it.");
		return;
	}
	kr_sha256(hash, kr_view(code, sizeof(code)));
	kr_wipe(code, sizeof(code));
	err = relay_operator_revoke(daemon->relay, hash, on_done, request);
	if (err) {
		answer_err(request, err);
	}
}

static void block(struct daemon *daemon, struct control_request *request, char **words,
	bool blocked)
{
	uint8_t account[KR_ID_BYTES];
	enum kr_err err;

	if (!words[0] ||
		kr_base64url_decode(account, sizeof(account), kr_view_str(words[0]))) {
		usage(request,
			"block|unblock ACCOUNT, an account's id of 43 characters.");
		return;
	}
	err = relay_operator_block(daemon->relay, account, blocked, on_done, request);
	if (err) {
		answer_err(request, err);
	}
}

static void run_block(
	struct daemon *daemon, struct control_request *request, char **words)
{
	block(daemon, request, words, true);
}

static void run_unblock(
	struct daemon *daemon, struct control_request *request, char **words)
{
	block(daemon, request, words, false);
}

static void submit(struct daemon *daemon, struct control_request *request,
	enum job_kind kind, const char *path)
{
	struct job *job = calloc(1, sizeof(*job));
	enum kr_err err = KR_ERR_MEMORY;

	if (job) {
		job->kind = kind;
		job->owner = request;
		(void)snprintf(job->path, sizeof(job->path), "%s", path);
		err = maintenance_submit(daemon->maintenance, job);
	}
	if (err) {
		free(job);
		answer_err(request, err);
	}
}

/* A name and no path: backups are written below backup_dir, where kringd may write. */
static void run_backup(
	struct daemon *daemon, struct control_request *request, char **words)
{
	const char *name = words[0];
	char path[512];

	if (!name || name[0] == '.' || strlen(name) > 100 ||
		strspn(name,
			"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._"
			"-") != strlen(name)) {
		usage(request,
			"backup NAME: letters, digits, '.', '_' and '-'; the file is "
			"written below backup_dir.");
		return;
	}
	(void)snprintf(path, sizeof(path), "%s/%s", daemon->config->backup_dir, name);
	submit(daemon, request, JOB_BACKUP, path);
}

static void run_verify(
	struct daemon *daemon, struct control_request *request, char **words)
{
	(void)words;
	submit(daemon, request, JOB_VERIFY, "");
}

static void run_compact(
	struct daemon *daemon, struct control_request *request, char **words)
{
	(void)words;
	submit(daemon, request, JOB_COMPACT, "");
}

static void run_retain(
	struct daemon *daemon, struct control_request *request, char **words)
{
	(void)words;
	submit(daemon, request, JOB_RETAIN, "");
}

static void run_reload(
	struct daemon *daemon, struct control_request *request, char **words)
{
	(void)words;
	on_done(request, daemon_reload(daemon));
}

static const struct {
	const char *name;
	void (*run)(struct daemon *daemon, struct control_request *request, char **words);
} commands[] = {
	{"status", run_status},
	{"statistics", run_statistics},
	{"grant", run_grant},
	{"revoke", run_revoke},
	{"block", run_block},
	{"unblock", run_unblock},
	{"backup", run_backup},
	{"verify", run_verify},
	{"compact", run_compact},
	{"retain", run_retain},
	{"reload", run_reload},
};

void operator_request(void *ctx, struct control_request *request, const char *line)
{
	char copy[CONTROL_LINE_BYTES];
	char *words[MAX_WORDS + 1] = {NULL};
	char *save = NULL;
	char *name;

	(void)snprintf(copy, sizeof(copy), "%s", line);
	name = strtok_r(copy, " ", &save);
	for (size_t i = 0; name && i < MAX_WORDS; i++) {
		words[i] = strtok_r(NULL, " ", &save);
		if (!words[i]) {
			break;
		}
	}
	for (size_t i = 0; name && i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(commands[i].name, name) == 0) {
			commands[i].run(ctx, request, words);
			return;
		}
	}
	usage(request, "no such command; see kringctl(8).");
}

void operator_job_done(struct daemon *daemon, struct job *job)
{
	KR_AUTO_WRITER struct kr_writer text = {0};

	(void)daemon;
	kr_writer_init(&text);
	if (job->err) {
		add_row(&text, "error %s %s", kr_err_name(job->err),
			kr_err_sentence(job->err));
	} else {
		add_row(&text, "ok");
	}
	if (job->kind == JOB_VERIFY) {
		add_number(&text, "events", job->verified.num_events);
		add_number(&text, "topics", job->verified.num_topics);
		add_number(&text, "facts", job->verified.num_facts);
		add_number(&text, "faults", job->verified.num_faults);
		if (job->verified.num_faults) {
			add_row(&text, "first_fault %s", job->verified.first.text);
		}
	} else if (job->kind == JOB_BACKUP && !job->err) {
		add_row(&text, "file %s", job->path);
	} else if (job->kind == JOB_RETAIN) {
		add_number(&text, "topics_trimmed", job->num_trimmed);
	}
	answer(job->owner, &text);
	free(job);
}

void operator_metrics(struct daemon *daemon, struct kr_writer *text)
{
	struct relay_statistics relay;
	struct committer_stats committer;
	struct store_case_counts cases;
	struct store_stats store = {0};

	relay_statistics(daemon->relay, &relay);
	committer_stats(daemon->committer, &committer);
	metric_gauge(
		text, "authenticated", "Authenticated sessions.", relay.authenticated);
	metric_counter(text, "requests_total", "Requests.", relay.requests);
	metric_counter(
		text, "errors_total", "Requests answered with an error.", relay.errors);
	metric_counter(text, "failures_total",
		"Requests refused for the relay's own trouble.", relay.failures);
	metric_counter(text, "quota_refusals_total", "Requests refused by a quota.",
		relay.quota_refusals);
	metric_counter(text, "appends_total", "Appends that are on disk.", relay.appends);
	metric_counter(text, "deliveries_total", "Events delivered.", relay.deliveries);
	metric_counter(text, "catch_ups_total", "Pages read from the store for readers.",
		relay.catch_ups);
	metric_gauge(text, "rings", "Fan-out rings.", relay.rings);
	metric_gauge(
		text, "ring_bytes", "Memory of the fan-out rings.", relay.ring_bytes);
	metric_gauge(text, "outstanding", "Appends that wait for the disk.",
		relay.outstanding);
	metric_counter(text, "batches_total", "Transactions, one fsync each.",
		committer.num_batches);
	metric_gauge(text, "store_full", "1 when the store found no room.",
		committer.disk_full);
	if (!relay_case_counts(daemon->relay, &cases)) {
		metric_gauge(
			text, "cases_open", "Cases that are not closed.", cases.open);
		metric_gauge(text, "cases_overdue", "Of these, without a word in time.",
			cases.overdue);
	}
	if (!store_stats(daemon->store, &store)) {
		metric_gauge(text, "store_bytes", "Size of the store.", store.used_bytes);
		metric_gauge(text, "store_free_bytes",
			"Of these, pages to be used again.", store.free_bytes);
	}
}
