/* server/sandbox.c: what a process can no longer do. Each case is a child of its own,
 * since nothing of it can be taken back. */
#include "server/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lib/test.h"

#define UNSUPPORTED 77

static char allowed_dir[64];
static char other_dir[64];

/* Run in a child; its exit status, or 128 and the signal that ended it. */
static int in_child(int (*body)(void))
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		_exit(body());
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int try_open(const char *dir, const char *name, int flags)
{
	char path[128];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, flags, 0600);
	if (fd >= 0) {
		(void)close(fd);
	}
	return fd >= 0 ? 0 : errno;
}

static int body_files(void)
{
	const struct sandbox_path paths[] = {
		{allowed_dir, true},
		{NULL, false},
		{"/nonexistent/kring", false},
	};
	enum sandbox_outcome outcome = sandbox_files(paths, NUM(paths));

	if (outcome != SANDBOX_ON) {
		return outcome == SANDBOX_UNSUPPORTED ? UNSUPPORTED : 1;
	}
	if (try_open(allowed_dir, "file", O_RDONLY) ||
		try_open(allowed_dir, "fresh", O_WRONLY | O_CREAT)) {
		return 2;
	}
	if (try_open(other_dir, "file", O_RDONLY) != EACCES ||
		try_open(other_dir, "fresh", O_WRONLY | O_CREAT) != EACCES) {
		return 3;
	}
	return try_open("/etc", "passwd", O_RDONLY) == EACCES ? 0 : 4;
}

static int body_read_only(void)
{
	const struct sandbox_path paths[] = {{allowed_dir, false}};
	enum sandbox_outcome outcome = sandbox_files(paths, NUM(paths));

	if (outcome != SANDBOX_ON) {
		return outcome == SANDBOX_UNSUPPORTED ? UNSUPPORTED : 1;
	}
	if (try_open(allowed_dir, "file", O_RDONLY)) {
		return 2;
	}
	return try_open(allowed_dir, "file", O_WRONLY) == EACCES ? 0 : 3;
}

static int enter_syscalls(void)
{
	enum sandbox_outcome outcome = sandbox_syscalls();

	return outcome == SANDBOX_ON             ? 0
		: outcome == SANDBOX_UNSUPPORTED ? UNSUPPORTED
						 : 1;
}

static int body_works_on(void)
{
	int failed = enter_syscalls();
	void *memory = malloc(1 << 20);

	if (!failed && (!memory || try_open(allowed_dir, "file", O_RDONLY))) {
		failed = 2;
	}
	free(memory);
	return failed;
}

static int body_exec(void)
{
	char *argv[] = {"/bin/true", NULL};
	int failed = enter_syscalls();

	if (!failed) {
		(void)execv(argv[0], argv);
	}
	return failed ? failed : 3;
}

static int body_ptrace(void)
{
	int failed = enter_syscalls();

	if (!failed) {
		(void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	}
	return failed ? failed : 3;
}

static int body_chroot(void)
{
	int failed = enter_syscalls();

	return failed ? failed : chroot("/") == -1 && errno == EPERM ? 0 : 3;
}

static void check(int (*body)(void), int expected)
{
	int got = in_child(body);

	if (got == UNSUPPORTED) {
		skip();
	}
	assert_int_equal(got, expected);
}

static void test_files(void **state)
{
	(void)state;
	check(body_files, 0);
}

static void test_read_only(void **state)
{
	(void)state;
	check(body_read_only, 0);
}

static void test_works_on(void **state)
{
	(void)state;
	check(body_works_on, 0);
}

static void test_exec_is_fatal(void **state)
{
	(void)state;
	check(body_exec, 128 + SIGSYS);
}

static void test_ptrace_is_fatal(void **state)
{
	(void)state;
	check(body_ptrace, 128 + SIGSYS);
}

static void test_others_fail(void **state)
{
	(void)state;
	check(body_chroot, 0);
}

static void test_users(void **state)
{
	(void)state;
	assert_int_equal(sandbox_drop_root(""), KR_OK);
	if (geteuid() == 0) {
		assert_int_equal(
			sandbox_drop_root("no-such-user-of-kring"), KR_ERR_NOT_FOUND);
	} else {
		assert_int_equal(sandbox_drop_root("root"), KR_OK);
	}
}

static int make_dir(char dir[64])
{
	char path[128];
	FILE *f;

	(void)snprintf(dir, 64, "/tmp/kring-sandbox-XXXXXX");
	if (!mkdtemp(dir)) {
		return -1;
	}
	(void)snprintf(path, sizeof(path), "%s/file", dir);
	f = fopen(path, "w");
	return f ? fclose(f) : -1;
}

static int set_up(void **state)
{
	(void)state;
	return make_dir(allowed_dir) || make_dir(other_dir) ? -1 : 0;
}

static int tear_down(void **state)
{
	char command[160];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -r %s %s", allowed_dir, other_dir);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_read_only),
		cmocka_unit_test(test_works_on),
		cmocka_unit_test(test_exec_is_fatal),
		cmocka_unit_test(test_ptrace_is_fatal),
		cmocka_unit_test(test_others_fail),
		cmocka_unit_test(test_users),
	};

	return cmocka_run_group_tests_name("server/sandbox", tests, set_up, tear_down);
}
