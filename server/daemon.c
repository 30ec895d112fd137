#include "server/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "server/operator.h"
#include "server/sandbox.h"

static uint64_t clock_ms(clockid_t clock)
{
	struct timespec now;

	(void)clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* ---- What the parts ask of each other ---------------------------------------------- */

/* From the committer's and the maintenance thread. */
static void wake(void *ctx)
{
	struct daemon *daemon = ctx;

	net_wake(daemon->net);
}

static enum kr_err propose(void *ctx, struct log_append *append)
{
	struct daemon *daemon = ctx;

	return committer_submit(daemon->committer, append);
}

/* Say when the disk begins to fail, and when it is well again; not at every request. */
static void report_storing(struct daemon *daemon, const struct log_result *result)
{
	enum kr_err err = result->outcome == LOG_FAILED ? result->err : KR_OK;

	if (err == daemon->storing) {
		return;
	}
	daemon->storing = err;
	if (err == KR_OK) {
		journal(JOURNAL_NOTICE, "storing_again", "outcome=ok");
	} else {
		journal(JOURNAL_ERROR, "storing_failed", "error=%s text=\"%s\"",
			kr_err_name(err), kr_err_sentence(err));
	}
}

static void take_finished(struct daemon *daemon)
{
	struct log_append *append;
	struct job *job;

	while ((append = committer_fetch(daemon->committer))) {
		report_storing(daemon, &append->result);
		relay_committed(daemon->relay, append);
	}
	while ((job = maintenance_fetch(daemon->maintenance))) {
		operator_job_done(daemon, job);
	}
}

static void on_wake(void *ctx)
{
	take_finished(ctx);
}

static void on_reload(void *ctx)
{
	(void)daemon_reload(ctx);
}

static void on_metrics(void *ctx, struct kr_writer *text)
{
	operator_metrics(ctx, text);
}

static bool is_ready(void *ctx)
{
	struct daemon *daemon = ctx;
	struct committer_stats stats;

	committer_stats(daemon->committer, &stats);
	return !stats.disk_full;
}

/* ---- Reloading --------------------------------------------------------------------- */

void daemon_report_fault(const char *path, const struct config_fault *fault)
{
	journal(JOURNAL_ERROR, "config_invalid", "file=\"%s\" line=%u text=\"%s\"", path,
		fault->line, fault->text);
}

enum kr_err daemon_reload(struct daemon *daemon)
{
	struct config_fault fault;
	struct config *next;
	enum kr_err err = config_load(&next, daemon->config_path, &fault);

	if (err) {
		daemon_report_fault(daemon->config_path, &fault);
		journal(JOURNAL_ERROR, "reload_refused",
			"text=\"the old configuration stays\"");
		return err;
	}
	config_keep_fixed(daemon->config, next);
	err = net_reload(daemon->net, &next->net);
	if (err) {
		config_free(next);
		journal(JOURNAL_ERROR, "reload_refused",
			"text=\"the old configuration stays\"");
		return err;
	}
	relay_reconfigure(daemon->relay, &next->relay);
	maintenance_reconfigure(
		daemon->maintenance, next->retention_days, next->compact_hours);
	journal_set_level(next->log_level);
	config_free(daemon->config);
	daemon->config = next;
	journal(JOURNAL_NOTICE, "reloaded", "file=\"%s\"", daemon->config_path);
	return KR_OK;
}

/* ---- Starting ---------------------------------------------------------------------- */

static enum kr_err prepare_dirs(const struct config *config)
{
	const struct {
		const char *path;
		unsigned int mode;
	} dirs[] = {
		{config->state_dir, 0700},
		{config->backup_dir, 0700},
		{config->runtime_dir, 0750},
	};

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		enum kr_err err =
			sandbox_prepare_dir(dirs[i].path, config->user, dirs[i].mode);

		if (err) {
			journal(JOURNAL_ERROR, "directory_failed",
				"path=\"%s\" text=\"%s\"", dirs[i].path,
				err == KR_ERR_NOT_FOUND ? "no such user"
							: strerror(errno));
			return err;
		}
	}
	return KR_OK;
}

/* What the sandbox leaves reachable. */
#define ALLOWED_MAX 16
struct allowed {
	struct sandbox_path paths[ALLOWED_MAX];
	char *owned[ALLOWED_MAX];
	size_t num;
};

static void allow(struct allowed *allowed, char *owned, const char *path, bool writable)
{
	if (allowed->num < ALLOWED_MAX && path) {
		allowed->owned[allowed->num] = owned;
		allowed->paths[allowed->num++] = (struct sandbox_path){path, writable};
	} else {
		free(owned);
	}
}

/* The directory that a path lies in, by its name: what is put in the path's place while
 * kringd runs, such as a new certificate, will lie there. */
static void allow_directory_of(struct allowed *allowed, char *path)
{
	allow(allowed, path, path ? dirname(path) : NULL, false);
}

/* What is read again at a reload, also when it is a symbolic link that then leads to
 * another place beside the present one. */
static void allow_reading(struct allowed *allowed, const char *path)
{
	if (path) {
		allow_directory_of(allowed, strdup(path));
		allow_directory_of(allowed, realpath(path, NULL));
	}
}

static void allow_all(struct allowed *allowed, const struct config *config)
{
	*allowed = (struct allowed){.num = 0};
	allow(allowed, NULL, config->state_dir, true);
	allow(allowed, NULL, config->backup_dir, true);
	allow(allowed, NULL, config->runtime_dir, true);
	allow(allowed, NULL, config->net.web_root, false);
	allow_reading(allowed, config->net.web_root);
	allow_reading(allowed, config->path);
	allow_reading(allowed, config->net.tls_certificate);
	allow_reading(allowed, config->net.tls_key);
}

static void report_sandbox(const char *what, enum sandbox_outcome outcome)
{
	static const char *const outcomes[] = {
		[SANDBOX_ON] = "on",
		[SANDBOX_UNSUPPORTED] = "unsupported",
		[SANDBOX_FAILED] = "failed",
	};

	journal(outcome == SANDBOX_FAILED ? JOURNAL_WARNING : JOURNAL_INFO, "sandbox",
		"part=%s outcome=%s", what, outcomes[outcome]);
}

static enum kr_err give_up_privileges(const struct config *config)
{
	struct allowed allowed;
	enum kr_err err = sandbox_drop_root(config->user);

	if (err) {
		journal(JOURNAL_ERROR, "user_failed",
			"user=\"%s\" remedy=\"create the user\"", config->user);
		return err;
	}
	if (geteuid() == 0) {
		journal(JOURNAL_WARNING, "running_as_root",
			"remedy=\"set user, or let systemd start kringd as one\"");
	}
	sandbox_hide_memory();
	if (config->sandbox) {
		allow_all(&allowed, config);
		report_sandbox("landlock", sandbox_files(allowed.paths, allowed.num));
		for (size_t i = 0; i < allowed.num; i++) {
			free(allowed.owned[i]);
		}
		report_sandbox("seccomp", sandbox_syscalls());
	}
	return KR_OK;
}

static enum kr_err open_store(struct daemon *daemon)
{
	const struct store_config config = {
		.dir = daemon->config->state_dir,
		.map_bytes_max = daemon->config->store_max_bytes,
		.rng = &kr_random_system,
	};
	enum kr_err err = store_open(&daemon->store, &config);

	if (err) {
		journal(JOURNAL_ERROR, "store_failed", "dir=\"%s\" error=%s text=\"%s\"",
			config.dir, kr_err_name(err), kr_err_sentence(err));
	}
	return err;
}

static enum kr_err start_parts(struct daemon *daemon)
{
	const struct config *config = daemon->config;
	const struct relay_host host = {.ctx = daemon, .propose = propose};
	const struct committer_config committer = {
		.engine = store_engine(daemon->store),
		.wake = wake,
		.wake_ctx = daemon,
	};
	const struct maintenance_config maintenance = {
		.store = daemon->store,
		.retention_days = config->retention_days,
		.compact_hours = config->compact_hours,
		.wake = wake,
		.wake_ctx = daemon,
	};
	char path[512];
	enum kr_err err;

	(void)snprintf(path, sizeof(path), "%s/control", config->runtime_dir);
	if ((err = committer_start(&daemon->committer, &committer)) ||
		(err = maintenance_start(&daemon->maintenance, &maintenance)) ||
		(err = relay_new(&daemon->relay, &config->relay, &host, daemon->store,
			 &kr_random_system, clock_ms(CLOCK_REALTIME),
			 clock_ms(CLOCK_MONOTONIC)))) {
		return err;
	}
	return control_open(
		&daemon->control, daemon->net, path, operator_request, daemon);
}

/* The process id and the ports that the kernel picked, for scripts: name=value lines, put
 * in place whole. */
static enum kr_err write_run_file(struct daemon *daemon)
{
	const struct config *config = daemon->config;
	char fresh[sizeof(daemon->run_file) + 8];
	FILE *f;

	(void)snprintf(daemon->run_file, sizeof(daemon->run_file), "%s/run",
		config->runtime_dir);
	(void)snprintf(fresh, sizeof(fresh), "%s.new", daemon->run_file);
	f = fopen(fresh, "we");
	if (!f) {
		return KR_ERR_STATE;
	}
	(void)fprintf(f, "pid=%d\n", (int)getpid());
	for (size_t i = 0; i < config->net.num_listen; i++) {
		(void)fprintf(f, "port_%zu=%u\n", i, net_port(daemon->net, i));
		journal(JOURNAL_NOTICE, "listening", "address=%s port=%u tls=%s",
			config->net.listen[i].address, net_port(daemon->net, i),
			config->net.listen[i].tls ? "yes" : "no");
	}
	if (config->net.metrics.address) {
		(void)fprintf(f, "port_metrics=%u\n", net_metrics_port(daemon->net));
		journal(JOURNAL_NOTICE, "listening", "address=%s port=%u metrics=yes",
			config->net.metrics.address, net_metrics_port(daemon->net));
	}
	if (fclose(f) || rename(fresh, daemon->run_file)) {
		return KR_ERR_STATE;
	}
	return KR_OK;
}

static void stop_parts(struct daemon *daemon)
{
	/* The order: nobody asks for more, then all that was taken reaches the disk, then
	 * the relay gets it back, and only then goes what they stood on. */
	maintenance_stop(daemon->maintenance);
	daemon->maintenance = NULL;
	if (daemon->committer) {
		struct log_append *append;

		committer_stop(daemon->committer);
		while (daemon->relay && (append = committer_fetch(daemon->committer))) {
			relay_committed(daemon->relay, append);
		}
	}
	control_close(daemon->control);
	net_free(daemon->net);
	relay_free(daemon->relay);
	committer_free(daemon->committer);
	store_close(daemon->store);
	if (daemon->run_file[0]) {
		(void)unlink(daemon->run_file);
	}
	config_free(daemon->config);
}

static enum kr_err start(struct daemon *daemon)
{
	const struct net_callbacks callbacks = {
		.ctx = daemon,
		.on_reload = on_reload,
		.on_wake = on_wake,
		.on_metrics = on_metrics,
		.is_ready = is_ready,
	};
	enum kr_err err;

	journal_set_level(daemon->config->log_level);
	(void)umask(0077);
	(void)signal(SIGPIPE, SIG_IGN);
	/* A limit on file sizes is a full disk like any other: the store says so. */
	(void)signal(SIGXFSZ, SIG_IGN);
	daemon->started_ms = clock_ms(CLOCK_REALTIME);
	if ((err = kr_crypto_init()) || (err = prepare_dirs(daemon->config)) ||
		(err = net_new(&daemon->net, &daemon->config->net, &callbacks)) ||
		(err = give_up_privileges(daemon->config)) ||
		(err = open_store(daemon)) || (err = start_parts(daemon))) {
		return err;
	}
	return write_run_file(daemon);
}

int daemon_run(const char *config_path)
{
	struct daemon daemon = {.config_path = config_path};
	struct config_fault fault;
	enum kr_err err = config_load(&daemon.config, config_path, &fault);

	if (err) {
		daemon_report_fault(config_path, &fault);
		return EX_CONFIG;
	}
	err = start(&daemon);
	if (!err) {
		journal(JOURNAL_NOTICE, "started", "version=%s", KRING_VERSION);
		err = net_run(daemon.net, daemon.relay);
	}
	stop_parts(&daemon);
	journal(err ? JOURNAL_ERROR : JOURNAL_NOTICE, "stopped", "outcome=%s",
		kr_err_name(err));
	return err ? EX_UNAVAILABLE : EX_OK;
}
