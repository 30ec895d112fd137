/* P1 and P2: a writer is killed at random instants, and after each time everything that
 * it was told is stored is there, in order, once.
 *
 *	store_kill_test store_writer
 *
 * KRING_TEST_LONG makes it 200 rounds, KRING_TEST_SEED repeats a run's instants. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fixture.h"
#include "load.h"
#include "test.h"

#define ROUNDS          24
#define ROUNDS_LONG     200
#define ROUNDS_OF_STORE 12 /* then a fresh one, so that verification stays quick */
#define MAX_MS          300

static const char *writer_path;
static unsigned num_rounds = ROUNDS;
static struct kr_random_seeded rng_state;
static struct kr_random rng;
static uint32_t seed;

static struct {
	struct load_ack *acks; /* of the present store */
	size_t num_acks;
	uint32_t next[LOAD_THREADS]; /* first append that is not acknowledged */
} known;

static uint32_t random_below(uint32_t bound)
{
	uint32_t v;

	assert_int_equal(kr_random_fill(&rng, (uint8_t *)&v, sizeof(v)), KR_OK);
	return v % bound;
}

static uint64_t now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* ---- The writer ---------------------------------------------------------------- */

static pid_t start_writer(const char *dir, bool compacting, int *out)
{
	char next[LOAD_THREADS][16];
	char *args[3 + LOAD_THREADS + 1] = {
		(char *)(uintptr_t)writer_path,
		(char *)(uintptr_t)dir,
		compacting ? "1" : "0",
	};
	int fds[2];
	pid_t pid;

	for (size_t i = 0; i < LOAD_THREADS; i++) {
		(void)snprintf(next[i], sizeof(next[i]), "%u", known.next[i]);
		args[3 + i] = next[i];
	}
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)dup2(fds[1], STDOUT_FILENO);
		(void)close(fds[0]);
		(void)close(fds[1]);
		(void)execv(writer_path, args);
		_exit(127);
	}
	(void)close(fds[1]);
	*out = fds[0];
	return pid;
}

static void take_ack(const struct load_ack *ack)
{
	struct load_ack *grown;

	assert_in_range(ack->thread, 0, LOAD_THREADS - 1);
	/* Each thread's acknowledgements come in the order of its appends. */
	assert_int_equal(ack->n, known.next[ack->thread]);
	known.next[ack->thread]++;
	grown = realloc(known.acks, (known.num_acks + 1) * sizeof(*ack));
	assert_non_null(grown);
	known.acks = grown;
	known.acks[known.num_acks++] = *ack;
}

/* Read acknowledgements from the first one on, until the deadline or the writer's end;
 * then kill it, unless it is gone, and read what it had still written. */
static void run_writer(const char *dir, bool compacting, uint32_t for_ms)
{
	bool killed = false;
	uint64_t until;
	int status;
	int in;
	pid_t pid = start_writer(dir, compacting, &in);
	struct pollfd fd = {.fd = in, .events = POLLIN};

	if (for_ms % 4 != 0) { /* else it may be killed while it opens */
		assert_int_equal(poll(&fd, 1, -1), 1);
	}
	until = now_ms() + for_ms;
	for (;;) {
		struct load_ack ack;
		ssize_t len;

		if (!killed && now_ms() >= until) {
			assert_int_equal(kill(pid, SIGKILL), 0);
			killed = true;
		}
		if (!killed && poll(&fd, 1, 1) == 0) {
			continue;
		}
		len = read(in, &ack, sizeof(ack));
		if (len == 0) {
			break;
		}
		assert_int_equal(len, sizeof(ack));
		take_ack(&ack);
	}
	(void)close(in);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* ---- What must hold afterwards ------------------------------------------------- */

static void check_acks(const struct store_view *view)
{
	for (size_t i = 0; i < known.num_acks; i++) {
		const struct load_ack *ack = &known.acks[i];
		struct store_entry entry;
		size_t num;

		assert_int_equal(
			store_tail(view, ack->position - 1, SIZE_MAX, &entry, 1, &num),
			KR_OK);
		assert_int_equal(num, 1);
		assert_int_equal(entry.position, ack->position);
		assert_int_equal(entry.event.seq, ack->seq);
		assert_true(load_event_is(&entry.event, ack->thread, ack->n));
	}
}

/* Every append once and whole, each thread's in the order in which it made them. */
static void check_log(const struct store_view *view)
{
	uint32_t next[LOAD_THREADS] = {0};
	struct store_entry entries[64];
	uint64_t position = 0;
	unsigned of_append = 0;
	size_t num;

	do {
		assert_int_equal(
			store_tail(view, position, SIZE_MAX, entries, 64, &num), KR_OK);
		for (size_t i = 0; i < num; i++) {
			uint32_t thread;
			uint32_t n;

			load_event_name(&entries[i].event, &thread, &n);
			assert_in_range(thread, 0, LOAD_THREADS - 1);
			assert_int_equal(n, next[thread]);
			assert_true(load_event_is(&entries[i].event, thread, n));
			assert_int_equal(entries[i].position, ++position);
			if (++of_append == load_num_events(thread, n)) {
				next[thread]++;
				of_append = 0;
			}
		}
	} while (num > 0);
	assert_int_equal(of_append, 0);
	for (size_t i = 0; i < LOAD_THREADS; i++) {
		assert_true(next[i] >= known.next[i]);
	}
}

static void check_store(const char *dir)
{
	struct fixture f;
	struct store_view view;

	fixture_open_in(&f, dir, 0, 0);
	assert_sound(&f);
	assert_int_equal(store_view_begin(f.store, &view), KR_OK);
	check_log(&view);
	check_acks(&view);
	store_view_end(&view);
	store_close(f.store);
}

static void forget(void)
{
	free(known.acks);
	memset(&known, 0, sizeof(known));
}

static void p1_p2_kill_9_loses_nothing_acknowledged(void **state)
{
	char dir[] = "/tmp/kring-crash-XXXXXX";
	size_t num_acks = 0;

	(void)state;
	assert_non_null(mkdtemp(dir));
	/* On, until there was something to lose. */
	for (unsigned round = 0; round < num_rounds || num_acks <= num_rounds; round++) {
		bool compacting = random_below(3) == 0;
		size_t before;

		if (round % ROUNDS_OF_STORE == 0) {
			remove_tree(dir);
			forget();
		}
		before = known.num_acks;
		run_writer(dir, compacting, 5 + random_below(MAX_MS));
		check_store(dir);
		num_acks += known.num_acks - before;
	}
	remove_tree(dir);
	forget();
	print_message("# %u kills, %zu appends acknowledged, seed %u\n", num_rounds,
		num_acks, seed);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(p1_p2_kill_9_loses_nothing_acknowledged),
	};
	struct kr_secret secret = {{0}};

	if (argc < 2) {
		return 2;
	}
	writer_path = argv[1];
	seed = getenv("KRING_TEST_SEED") == NULL
		? (uint32_t)time(NULL)
		: (uint32_t)strtoul(getenv("KRING_TEST_SEED"), NULL, 10);
	if (getenv("KRING_TEST_LONG") != NULL) {
		num_rounds = ROUNDS_LONG;
	}
	memcpy(secret.bytes, &seed, sizeof(seed));
	kr_random_seeded_init(&rng_state, &secret);
	rng = kr_random_seeded(&rng_state);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
