/* kring-load(1): puts a load on a relay, and checks what comes back. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "clients/load/report.h"

#define EXIT_UNCLEAN 1
#define EXIT_USAGE   64
#define EXIT_NO_RUN  69

static bool is_quiet;

static void say(const char *text)
{
	if (!is_quiet) {
		(void)fprintf(stderr, "kring-load: %s\n", text);
	}
}

static void on_progress(const struct measured *so_far, double seconds)
{
	if (!is_quiet) {
		(void)fprintf(stderr,
			"kring-load: %3.0f s  %llu acknowledged  %llu delivered\n",
			seconds, (unsigned long long)so_far->acknowledged,
			(unsigned long long)so_far->delivered);
	}
}

/* As many descriptors as this process may have. */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static enum kr_err connect_idle(struct report *report, struct session_pool *pool,
	uint32_t num_active, uint64_t deadline_ns)
{
	const struct options *o = report->options;
	enum kr_err err;

	relay_use_read(&report->before_idle, o->relay_pid);
	if (!o->num_idle) {
		return KR_OK;
	}
	say("connecting idle sessions");
	err = pool_connect(pool, num_active, o->num_idle, deadline_ns);
	relay_use_read(&report->after_idle, o->relay_pid);
	return err;
}

static enum kr_err run(const struct options *o, struct session_pool *pool,
	struct world *world, struct measured *measured)
{
	struct report report = {.options = o, .measured = measured};
	uint64_t deadline_ns = pool_now() + o->give_up_seconds * UINT64_C(1000000000);
	uint32_t num_active = o->num_groups * o->members;
	enum kr_err err = pool_init(pool, o->address, o->port, num_active + o->num_idle,
		world_on_message, world);

	if (err) {
		say("cannot begin");
		return err;
	}
	say("connecting members");
	err = pool_connect(pool, 0, num_active, deadline_ns);
	if (!err) {
		err = connect_idle(&report, pool, num_active, deadline_ns);
	}
	if (err) {
		(void)fprintf(stderr,
			"kring-load: %u of %u sessions are ready, %u failed\n",
			pool->num_ready, pool->num, pool->num_failed);
		return err;
	}
	say("making groups");
	err = world_init(world, o, pool, deadline_ns);
	if (err) {
		(void)fprintf(stderr, "kring-load: %s\n", world->error);
		return err;
	}
	relay_use_read(&report.before_run, o->relay_pid);
	err = measure_run(measured, o, world, deadline_ns, on_progress);
	relay_use_read(&report.after_run, o->relay_pid);
	if (!err) {
		report_print(&report);
	}
	return err;
}

int main(int argc, char **argv)
{
	static struct measured measured;
	struct session_pool pool = {0};
	struct world world = {0};
	struct options options;
	enum kr_err err;

	switch (options_parse(&options, argc, argv)) {
	case OPTIONS_HELP:
		return EXIT_SUCCESS;
	case OPTIONS_WRONG:
		return EXIT_USAGE;
	case OPTIONS_RUN:
		break;
	}
	is_quiet = options.quiet;
	raise_descriptor_limit();
	if (kr_crypto_init()) {
		return EXIT_NO_RUN;
	}
	err = run(&options, &pool, &world, &measured);
	world_finish(&world);
	pool_finish(&pool);
	if (err) {
		return EXIT_NO_RUN;
	}
	return measured_is_clean(&measured) ? EXIT_SUCCESS : EXIT_UNCLEAN;
}
