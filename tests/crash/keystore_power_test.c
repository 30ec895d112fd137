/* P1 for a client: the power fails. Every call by which a writer changed its keystore is
 * recorded, and played back up to each of them: what was synced by then is on the disk,
 * of what was not only some, in pieces, in any order. All that was reported by then has
 * to be there.
 *
 *	keystore_power_test keystore_writer keystore_recorder.so
 *
 * After each call one try has all that was written (kill -9), one nothing that was not
 * synced, and the others something in between. KRING_TEST_LONG has more of those,
 * KRING_TEST_SEED repeats a run's. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "keystore_load.h"
#include "keystore_recorder.h"
#include "test.h"

#define LAST_BATCH  "60"
#define TRIES       6
#define TRIES_LONG  60
#define SECTOR      512 /* what a disk writes whole */
#define FILES_MAX   64
#define FILE_MAX    ((size_t)1 << 20)
#define DIR_OPS_MAX 16

static const char *writer_path, *recorder_path;
static unsigned num_tries = TRIES;
static unsigned seed;
static char parent[] = "/tmp/kring-keystore-XXXXXX";
static char dir[64];
static struct kr_bytes tape;

/* ---- The tape --------------------------------------------------------------------- */

static void record_writer(void)
{
	char path[64];
	struct stat st;
	int status, fd;
	pid_t pid;

	(void)snprintf(path, sizeof(path), "%s/tape", parent);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
		(void)setenv("KEYSTORE_TAPE", path, 1);
		(void)setenv("LD_PRELOAD", recorder_path, 1);
		(void)setenv("ASAN_OPTIONS", "verify_asan_link_order=0", 1);
		(void)execl(writer_path, writer_path, dir, LAST_BATCH, NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	fd = open(path, O_RDONLY);
	assert_true(fd >= 0 && fstat(fd, &st) == 0);
	assert_int_equal(kr_bytes_alloc(&tape, (size_t)st.st_size), KR_OK);
	assert_int_equal(read(fd, tape.data, tape.len), tape.len);
	(void)close(fd);
	(void)unlink(path);
}

/* The record at an offset of the tape; returns the offset of the next. */
static size_t record_at(size_t at, struct tape_record *out, const uint8_t **data)
{
	memcpy(out, tape.data + at, sizeof(*out));
	*data = tape.data + at + sizeof(*out);
	return at + sizeof(*out) + (size_t)out->len;
}

/* ---- The disk --------------------------------------------------------------------- */

/* What a try does with changes that are not synced. */
enum luck {
	LUCK_ALL,
	LUCK_NONE,
	LUCK_SOME,
};

struct file {
	uint8_t *bytes;
	size_t len;
	size_t used; /* what is not zero lies below */
};

static struct {
	struct file files[FILES_MAX]; /* by number */
	uint32_t named;               /* the file under "keystore"; 0: none */
	uint32_t fresh;               /* the one under "keystore.new" */
} disk;

static bool lucky(enum luck luck)
{
	return luck == LUCK_ALL || (luck == LUCK_SOME && random() % 2 == 0);
}

/* A write, of which some sectors got onto the disk. A file whose end was moved holds
 * zeroes where nothing was written. */
static void apply_write(
	const struct tape_record *record, const uint8_t *data, enum luck luck)
{
	struct file *file = &disk.files[record->file];
	size_t end = (size_t)(record->offset + record->len);

	assert_in_range(end, 1, FILE_MAX);
	file->used = file->used > end ? file->used : end;
	if (end > file->len && lucky(luck)) {
		file->len = end;
	}
	for (size_t at = (size_t)record->offset; at < end;) {
		size_t next = (at / SECTOR + 1) * SECTOR;

		next = next < end ? next : end;
		if (lucky(luck)) {
			memcpy(file->bytes + at, data + (at - record->offset), next - at);
			file->len = file->len > next ? file->len : next;
		}
		at = next;
	}
}

static void apply_truncate(const struct tape_record *record, enum luck luck)
{
	struct file *file = &disk.files[record->file];

	if (lucky(luck) && record->offset < file->len) {
		memset(file->bytes + record->offset, 0,
			file->len - (size_t)record->offset);
		file->len = (size_t)record->offset;
	}
}

/* Whether a sync of the file follows in the tape before its end. */
static bool is_synced(size_t at, size_t end, uint32_t file)
{
	while (at < end) {
		struct tape_record record;
		const uint8_t *data;

		at = record_at(at, &record, &data);
		if (record.what == TAPE_SYNC && record.file == file) {
			return true;
		}
	}
	return false;
}

static void apply_dir(const struct tape_record *record)
{
	switch (record->what) {
	case TAPE_CREATE:
		disk.fresh = record->file;
		break;
	case TAPE_RENAME:
		disk.named = disk.fresh;
		disk.fresh = 0;
		break;
	default:
		disk.fresh = 0;
		break;
	}
}

/* The disk after the tape up to end. Changes of the directory get there in their order,
 * up to some of them; those of files in any. */
static void play(size_t end, enum luck luck)
{
	bool dir_goes_on = true;
	size_t at = 0;

	for (size_t i = 0; i < FILES_MAX; i++) {
		memset(disk.files[i].bytes, 0, disk.files[i].used);
		disk.files[i].len = disk.files[i].used = 0;
	}
	disk.named = disk.fresh = 0;
	while (at < end) {
		struct tape_record record;
		const uint8_t *data;

		at = record_at(at, &record, &data);
		switch (record.what) {
		case TAPE_WRITE:
			apply_write(&record, data,
				is_synced(at, end, record.file) ? LUCK_ALL : luck);
			break;
		case TAPE_TRUNCATE:
			apply_truncate(&record,
				is_synced(at, end, record.file) ? LUCK_ALL : luck);
			break;
		case TAPE_CREATE:
		case TAPE_RENAME:
		case TAPE_UNLINK:
			dir_goes_on =
				is_synced(at, end, 0) || (dir_goes_on && lucky(luck));
			if (dir_goes_on) {
				apply_dir(&record);
			}
			break;
		default:
			break;
		}
	}
}

static void write_file(const char *name, uint32_t number)
{
	const struct file *file = &disk.files[number];
	char path[96];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	(void)unlink(path);
	if (number == 0) {
		return;
	}
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, file->bytes, file->len), file->len);
	(void)close(fd);
}

/* ---- What must hold --------------------------------------------------------------- */

struct reports {
	bool is_open;
	uint32_t n;
};

static void goes_on(struct keystore *keystore, uint32_t n)
{
	static struct keystore_load_batch batch;
	uint32_t now;

	keystore_load_make(&batch, n + 1);
	assert_int_equal(keystore_write(keystore, batch.records, batch.num), KR_OK);
	keystore_close(keystore);
	assert_int_equal(keystore_load_open(&keystore, dir), KR_OK);
	assert_true(keystore_load_read(keystore, &now));
	assert_int_equal(now, n + 1);
	keystore_close(keystore);
}

static void check(const struct reports *reports, size_t end)
{
	struct keystore *keystore;
	uint32_t n;
	enum kr_err err;

	write_file("keystore", disk.named);
	write_file("keystore.new", disk.fresh);
	err = keystore_load_open(&keystore, dir);
	if (err == KR_ERR_NOT_FOUND && !reports->is_open) {
		return;
	}
	if (err != KR_OK) {
		fail_msg("tape up to %zu, seed %u: %s", end, seed, kr_err_name(err));
	}
	assert_true(keystore_load_read(keystore, &n));
	assert_in_range(n, reports->n, reports->n + 1);
	goes_on(keystore, n);
}

static void p1_power_cut_after_any_call_loses_nothing(void **state)
{
	struct reports reports = {0};
	unsigned num_calls = 0;

	(void)state;
	record_writer();
	for (size_t i = 0; i < FILES_MAX; i++) {
		disk.files[i].bytes = calloc(1, FILE_MAX);
		assert_non_null(disk.files[i].bytes);
	}
	for (size_t at = 0; at < tape.len;) {
		struct tape_record record;
		const uint8_t *data;

		at = record_at(at, &record, &data);
		assert_in_range(record.file, 0, FILES_MAX - 1);
		if (record.what == TAPE_ACK) {
			reports.is_open = true;
			reports.n = (uint32_t)record.offset;
		}
		for (unsigned i = 0; i < num_tries; i++) {
			play(at, i < LUCK_SOME ? (enum luck)i : LUCK_SOME);
			check(&reports, at);
		}
		num_calls++;
	}
	print_message("# %u calls, each %u times, %u batches, seed %u\n", num_calls,
		num_tries, reports.n, seed);
	assert_int_equal(reports.n, strtoul(LAST_BATCH, NULL, 10));
	assert_true(num_calls > 300);
}

static int tear_down(void **state)
{
	(void)state;
	disk.named = disk.fresh = 0;
	write_file("keystore", 0);
	write_file("keystore.new", 0);
	for (size_t i = 0; i < FILES_MAX; i++) {
		free(disk.files[i].bytes);
	}
	kr_bytes_free(&tape);
	(void)rmdir(dir);
	return rmdir(parent);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(p1_power_cut_after_any_call_loses_nothing),
	};

	if (argc < 3 || mkdtemp(parent) == NULL) {
		return 2;
	}
	writer_path = argv[1];
	recorder_path = argv[2];
	(void)snprintf(dir, sizeof(dir), "%s/k", parent);
	seed = getenv("KRING_TEST_SEED") == NULL
		? (unsigned)time(NULL)
		: (unsigned)strtoul(getenv("KRING_TEST_SEED"), NULL, 10);
	if (getenv("KRING_TEST_LONG") != NULL) {
		num_tries = TRIES_LONG;
	}
	srandom(seed);
	return cmocka_run_group_tests(tests, NULL, tear_down);
}
