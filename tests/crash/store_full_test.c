/* P1 and P9: a disk that is full refuses new appends with a clear error, loses nothing
 * that was acknowledged, and goes on by itself when there is room again. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"
#include "test.h"

#define DISK_BYTES    ((size_t)8 << 20)
#define BALLAST_BYTES ((size_t)2 << 20)
#define BODY_BYTES    2000

static uint8_t body[BODY_BYTES];

/* Append one post; true when it was stored. A refusal has to be of the one clear kind. */
static bool try_post(struct fixture *f, unsigned event)
{
	struct draft d = draft(9, event);
	struct log_result result;

	memcpy(body, &event, sizeof(event));
	draft_add(&d, group(1), KR_EVENT_POST, NULL, kr_view(body, sizeof(body)),
		LOG_REV_ANY);
	result = submit(f, &d, NULL);
	if (result.outcome == LOG_APPENDED) {
		return true;
	}
	assert_int_equal(result.outcome, LOG_FAILED);
	assert_string_equal(kr_err_name(result.err), "store_full");
	return false;
}

/* Events 0 … num-1 are there, in order, and nothing else. */
static void assert_holds(struct fixture *f, unsigned num)
{
	struct kr_topic topic = group(1);
	struct store_view view;
	struct store_entry entry;
	size_t got;

	assert_int_equal(store_view_begin(f->store, &view), KR_OK);
	for (unsigned i = 0; i < num; i++) {
		assert_int_equal(
			store_page(&view, &topic, i, SIZE_MAX, &entry, 1, &got), KR_OK);
		assert_int_equal(got, 1);
		assert_memory_equal(entry.event.body.data, &i, sizeof(i));
	}
	assert_int_equal(
		store_page(&view, &topic, num, SIZE_MAX, &entry, 1, &got), KR_OK);
	assert_int_equal(got, 0);
	store_view_end(&view);
	assert_sound(f);
}

/* Fill it up, knock a few more times, make room, go on; then look at it afresh. */
static void fill_and_recover(struct fixture *f, void (*make_room)(const char *dir))
{
	unsigned num = 0;
	unsigned more;

	while (try_post(f, num)) {
		num++;
		assert_true(num * sizeof(body) < 2 * DISK_BYTES);
	}
	assert_true(num * sizeof(body) > DISK_BYTES / 4);
	for (int i = 0; i < 3; i++) {
		assert_false(try_post(f, num));
	}
	make_room(f->dir);
	for (more = 0; more < 50; more++) {
		assert_true(try_post(f, num + more));
	}
	assert_holds(f, num + more);
	fixture_reopen(f);
	assert_holds(f, num + more);
}

/* ---- A small file system ------------------------------------------------------- */

static void ballast_path(char out[128], const char *dir)
{
	(void)snprintf(out, 128, "%s/ballast", dir);
}

static void write_ballast(const char *dir)
{
	char path[128];
	int fd;

	ballast_path(path, dir);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0);
	assert_int_equal(posix_fallocate(fd, 0, (off_t)BALLAST_BYTES), 0);
	(void)close(fd);
}

static void drop_ballast(const char *dir)
{
	char path[128];

	ballast_path(path, dir);
	assert_int_equal(unlink(path), 0);
}

static bool run_command(const char *const *args)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		(void)dup2(null, STDOUT_FILENO);
		(void)dup2(null, STDERR_FILENO);
		(void)execvp(args[0], (char *const *)(uintptr_t)args);
		_exit(127);
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
		WEXITSTATUS(status) == 0;
}

static bool mount_tmpfs(const char *dir)
{
	char options[32];

	(void)snprintf(options, sizeof(options), "size=%zu", DISK_BYTES);
	return mount("tmpfs", dir, "tmpfs", 0, options) == 0;
}

static bool mount_ext4(const char *dir)
{
	char image[128];
	bool mounted;
	int fd;

	(void)snprintf(image, sizeof(image), "%s.img", dir);
	fd = open(image, O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0 && ftruncate(fd, (off_t)(2 * DISK_BYTES)) == 0);
	(void)close(fd);
	mounted = run_command((const char *const[]){"mkfs.ext4", "-q", "-m", "0", "-O",
			  "^has_journal", image, NULL}) &&
		run_command(
			(const char *const[]){"mount", "-o", "loop", image, dir, NULL});
	(void)unlink(image); /* the mount holds it */
	return mounted;
}

static void full_file_system(bool (*mount_on)(const char *dir))
{
	char dir[] = "/tmp/kring-full-XXXXXX";
	struct fixture f;

	assert_non_null(mkdtemp(dir));
	if (!mount_on(dir)) {
		(void)rmdir(dir);
		print_message(
			"# cannot mount a small file system here: %s\n", strerror(errno));
		skip();
	}
	write_ballast(dir);
	fixture_open_in(&f, dir, 0, 0);
	fill_and_recover(&f, drop_ballast);
	fixture_close(&f);
	assert_int_equal(umount(dir), 0);
	(void)rmdir(dir);
}

static void p1_full_tmpfs_refuses_and_recovers(void **state)
{
	(void)state;
	full_file_system(mount_tmpfs);
}

static void p1_full_ext4_refuses_and_recovers(void **state)
{
	(void)state;
	full_file_system(mount_ext4);
}

/* ---- Without a file system of its own ------------------------------------------ */

static void limit_files(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void lift_limit(const char *dir)
{
	struct rlimit limit;

	(void)dir;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit_files(limit.rlim_max);
}

static void p1_file_size_limit_refuses_and_recovers(void **state)
{
	struct fixture f;

	(void)state;
	fixture_open(&f);
	limit_files(DISK_BYTES);
	fill_and_recover(&f, lift_limit);
	fixture_close(&f);
}

/* The map may not grow: room comes from deleting. */
static struct fixture mapped;

static void trim_half(const char *dir)
{
	struct kr_topic topic = group(2);

	(void)dir;
	assert_int_equal(
		store_trim(mapped.store, &topic, topic_of(&mapped, topic).seq), KR_OK);
}

static void p1_full_map_refuses_and_recovers_after_trim(void **state)
{
	char dir[] = "/tmp/kring-full-XXXXXX";
	struct kr_view old = kr_view(body, sizeof(body));

	(void)state;
	assert_non_null(mkdtemp(dir));
	fixture_open_in(&mapped, dir, 1U << 20, DISK_BYTES);
	for (unsigned i = 0; i < 200; i++) {
		put_event(&mapped, group(2), KR_EVENT_POST, 9, NULL, old);
	}
	fill_and_recover(&mapped, trim_half);
	fixture_close(&mapped);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(p1_full_tmpfs_refuses_and_recovers),
		cmocka_unit_test(p1_full_ext4_refuses_and_recovers),
		cmocka_unit_test(p1_file_size_limit_refuses_and_recovers),
		cmocka_unit_test(p1_full_map_refuses_and_recovers_after_trim),
	};

	(void)signal(SIGXFSZ, SIG_IGN); /* as kringd does: the error is enough */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
