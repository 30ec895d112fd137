/* P1: the power fails. What a writer did to the store's file is recorded, and played back
 * up to random instants: what was synced by then is on the disk, of what was not only
 * some, in pieces. All that was acknowledged by then has to be in the store.
 *
 *	store_power_test store_writer power_recorder.so
 *
 * KRING_TEST_LONG tries more instants, KRING_TEST_SEED repeats a run's. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fixture.h"
#include "load.h"
#include "power_recorder.h"
#include "test.h"

#define MANY_ACKS    5000
#define INSTANTS     40
#define SECTOR_BYTES 512

static const char *writer_path;
static const char *recorder_path;
static struct kr_random_seeded rng_state;
static struct kr_random rng;
static uint32_t seed;

static uint32_t random_below(uint32_t bound)
{
	uint32_t v;

	assert_int_equal(kr_random_fill(&rng, (uint8_t *)&v, sizeof(v)), KR_OK);
	return v % bound;
}

/* Let a writer run under the recorder until it has reported many appends. */
static void record_run(const char *dir, const char *record)
{
	char *args[3 + LOAD_THREADS + 1] = {
		(char *)(uintptr_t)writer_path, (char *)(uintptr_t)dir, "0"};
	struct load_ack ack;
	int fds[2], status;
	pid_t pid;

	for (size_t i = 0; i < LOAD_THREADS; i++) {
		args[3 + i] = "0";
	}
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)dup2(fds[1], STDOUT_FILENO);
		(void)close(fds[0]);
		(void)close(fds[1]);
		(void)setenv("POWER_RECORD", record, 1);
		(void)setenv("LD_PRELOAD", recorder_path, 1);
		(void)setenv("ASAN_OPTIONS", "verify_asan_link_order=0", 1);
		(void)execv(writer_path, args);
		_exit(127);
	}
	(void)close(fds[1]);
	for (size_t i = 0; i < MANY_ACKS; i++) {
		assert_int_equal(read(fds[0], &ack, sizeof(ack)), sizeof(ack));
	}
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	(void)close(fds[0]);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* ---- The tape ------------------------------------------------------------------ */

struct step {
	struct power_record record;
	const uint8_t *data;
};

static struct {
	uint8_t *bytes;
	struct step *steps;
	size_t num;
	size_t first_sync;
} tape;

static void load_tape(const char *path)
{
	struct stat st;
	size_t at = 0;
	int fd = open(path, O_RDONLY);

	assert_true(fd >= 0 && fstat(fd, &st) == 0);
	tape.bytes = malloc((size_t)st.st_size + 1);
	tape.steps = calloc((size_t)st.st_size / sizeof(struct power_record) + 1,
		sizeof(tape.steps[0]));
	assert_true(tape.bytes != NULL && tape.steps != NULL);
	assert_int_equal(read(fd, tape.bytes, (size_t)st.st_size), st.st_size);
	(void)close(fd);
	while (at + sizeof(struct power_record) <= (size_t)st.st_size) {
		struct step *step = &tape.steps[tape.num];

		memcpy(&step->record, tape.bytes + at, sizeof(step->record));
		at += sizeof(step->record);
		step->data = tape.bytes + at;
		at += step->record.len;
		if (at > (size_t)st.st_size) {
			break; /* the kill cut this one off */
		}
		if (step->record.what == POWER_SYNC && tape.first_sync == 0) {
			tape.first_sync = tape.num;
		}
		tape.num++;
	}
	assert_true(tape.first_sync > 0 && tape.num > tape.first_sync + 10);
}

/* What the disk holds when the power fails after so many steps. */
static void play(const char *path, size_t num)
{
	size_t last_sync = 0;
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	for (size_t i = 0; i < num; i++) {
		last_sync = tape.steps[i].record.what == POWER_SYNC ? i : last_sync;
	}
	for (size_t i = 0; i < num; i++) {
		const struct power_record *r = &tape.steps[i].record;
		bool whole = r->synced || i < last_sync;

		if (r->what != POWER_WRITE) {
			continue;
		}
		for (size_t at = 0; at < r->len; at += SECTOR_BYTES) {
			size_t len =
				r->len - at < SECTOR_BYTES ? r->len - at : SECTOR_BYTES;

			if (whole || random_below(2) == 0) {
				assert_int_equal(pwrite(fd, tape.steps[i].data + at, len,
							 (off_t)(r->offset + at)),
					len);
			}
		}
	}
	(void)close(fd);
}

static size_t check_acks(struct fixture *f, size_t num)
{
	struct store_view view;
	size_t num_acks = 0;

	assert_int_equal(store_view_begin(f->store, &view), KR_OK);
	for (size_t i = 0; i < num; i++) {
		struct store_entry entry;
		struct load_ack ack;
		size_t got;

		if (tape.steps[i].record.what != POWER_ACK) {
			continue;
		}
		memcpy(&ack, tape.steps[i].data, sizeof(ack));
		assert_int_equal(
			store_tail(&view, ack.position - 1, SIZE_MAX, &entry, 1, &got),
			KR_OK);
		assert_int_equal(got, 1);
		assert_int_equal(entry.position, ack.position);
		assert_int_equal(entry.event.seq, ack.seq);
		assert_true(load_event_is(&entry.event, ack.thread, ack.n));
		num_acks++;
	}
	store_view_end(&view);
	return num_acks;
}

static void p1_power_cut_loses_nothing_acknowledged(void **state)
{
	unsigned instants = getenv("KRING_TEST_LONG") == NULL ? INSTANTS : 10 * INSTANTS;
	char dir[] = "/tmp/kring-power-XXXXXX";
	char path[64];
	size_t num_acks = 0;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s.tape", dir);
	record_run(dir, path);
	load_tape(path);
	(void)unlink(path);
	(void)snprintf(path, sizeof(path), "%s/kring.mdb", dir);
	for (unsigned i = 0; i < instants; i++) {
		size_t after =
			(size_t)random_below((uint32_t)(tape.num - tape.first_sync - 1));
		struct fixture f;

		remove_tree(dir);
		assert_int_equal(mkdir(dir, 0700), 0);
		/* The first transaction of all makes the file; it is past that. */
		after += tape.first_sync + 2;
		play(path, after);
		fixture_open_in(&f, dir, 0, 0);
		assert_sound(&f);
		num_acks += check_acks(&f, after);
		fixture_close(&f);
	}
	print_message("# %u power cuts, %zu acknowledgements looked for, seed %u\n",
		instants, num_acks, seed);
	assert_true(num_acks > 0);
	free(tape.steps);
	free(tape.bytes);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(p1_power_cut_loses_nothing_acknowledged),
	};
	const char *given = getenv("KRING_TEST_SEED");
	struct kr_secret secret = {{0}};

	if (argc != 3) {
		return 2;
	}
	writer_path = argv[1];
	recorder_path = argv[2];
	seed = given == NULL ? (uint32_t)time(NULL) : (uint32_t)strtoul(given, NULL, 10);
	memcpy(secret.bytes, &seed, sizeof(seed));
	kr_random_seeded_init(&rng_state, &secret);
	rng = kr_random_seeded(&rng_state);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
