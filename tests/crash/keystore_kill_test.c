/* P1 for a client: a writer of a keystore is killed at random instants, and each time all
 * that it was told is stored is there.
 *
 *	keystore_kill_test keystore_writer
 *
 * KRING_TEST_LONG makes it 400 rounds, KRING_TEST_SEED repeats a run's instants. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "keystore_load.h"
#include "test.h"

#define ROUNDS           60
#define ROUNDS_LONG      400
#define ROUNDS_OF_STORE  15 /* then a fresh one */
#define MAX_US           60000
#define MORE_THAN_ENOUGH "1000000"

static const char *writer_path;
static unsigned num_rounds = ROUNDS;
static unsigned seed;
static uint32_t acknowledged;
static uint32_t total;

static pid_t start_writer(const char *dir, int *out)
{
	int fds[2];
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)dup2(fds[1], STDOUT_FILENO);
		(void)close(fds[0]);
		(void)close(fds[1]);
		(void)execl(writer_path, writer_path, dir, MORE_THAN_ENOUGH, NULL);
		_exit(127);
	}
	(void)close(fds[1]);
	*out = fds[0];
	return pid;
}

/* Let it write for a while from its first report on, kill it, and read what it
 * reported. */
static void run_writer(const char *dir, unsigned for_us)
{
	struct timespec while_it_runs = {.tv_nsec = (long)for_us * 1000};
	uint32_t n;
	int status, in;
	pid_t pid = start_writer(dir, &in);

	if (for_us % 4 != 0) { /* else it may be killed while it opens */
		assert_int_equal(read(in, &n, sizeof(n)), sizeof(n));
	}
	(void)nanosleep(&while_it_runs, NULL);
	assert_int_equal(kill(pid, SIGKILL), 0);
	while (read(in, &n, sizeof(n)) == (ssize_t)sizeof(n)) {
		if (n > 0) {
			acknowledged = n;
			total++;
		}
	}
	(void)close(in);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void check(const char *dir)
{
	struct keystore *keystore;
	uint32_t n;

	if (acknowledged == 0 && !keystore_exists(dir)) {
		return;
	}
	assert_int_equal(keystore_load_open(&keystore, dir), KR_OK);
	assert_true(keystore_load_read(keystore, &n));
	/* What was not reported yet may be there, but no more than one. */
	assert_in_range(n, acknowledged, acknowledged + 1);
	acknowledged = n;
	keystore_close(keystore);
}

static void forget(const char *dir)
{
	char path[128];

	acknowledged = 0;
	(void)snprintf(path, sizeof(path), "%s/keystore", dir);
	(void)unlink(path);
	(void)snprintf(path, sizeof(path), "%s/keystore.new", dir);
	(void)unlink(path);
	(void)rmdir(dir);
}

static void p1_kill_9_loses_nothing_that_was_stored(void **state)
{
	char parent[] = "/tmp/kring-keystore-XXXXXX";
	char dir[64];

	(void)state;
	assert_non_null(mkdtemp(parent));
	(void)snprintf(dir, sizeof(dir), "%s/k", parent);
	/* On, until there was something to lose. */
	for (unsigned round = 0; round < num_rounds || total <= num_rounds; round++) {
		if (round % ROUNDS_OF_STORE == 0) {
			forget(dir);
		}
		run_writer(dir, (unsigned)random() % MAX_US);
		check(dir);
	}
	forget(dir);
	assert_int_equal(rmdir(parent), 0);
	print_message(
		"# %u kills, %u batches reported, seed %u\n", num_rounds, total, seed);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(p1_kill_9_loses_nothing_that_was_stored),
	};

	if (argc < 2) {
		return 2;
	}
	writer_path = argv[1];
	seed = getenv("KRING_TEST_SEED") == NULL
		? (unsigned)time(NULL)
		: (unsigned)strtoul(getenv("KRING_TEST_SEED"), NULL, 10);
	if (getenv("KRING_TEST_LONG") != NULL) {
		num_rounds = ROUNDS_LONG;
	}
	srandom(seed);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
