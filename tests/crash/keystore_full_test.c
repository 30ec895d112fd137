/* P1 and P9 for a client: on a full disk a keystore refuses to write with a clear error,
 * keeps all that was stored, and goes on when there is room again. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include "keystore_load.h"
#include "test.h"

#define DISK_BYTES    "size=1m"
#define LIMIT_BYTES   ((rlim_t)600 << 10)
#define BALLAST_BYTES (200 << 10)

struct place {
	char dir[64];
	char ballast[80];
	struct keystore *keystore;
	uint32_t n; /* the last batch that was stored */
};

static void open_in(struct place *place, const char *parent)
{
	(void)snprintf(place->dir, sizeof(place->dir), "%s/k", parent);
	(void)snprintf(place->ballast, sizeof(place->ballast), "%s/ballast", parent);
	place->n = 0;
	assert_int_equal(keystore_create(&place->keystore, place->dir,
				 kr_view_str(keystore_load_passphrases[0]),
				 &keystore_load_cost, &kr_random_system),
		KR_OK);
}

static void close_and_remove(struct place *place)
{
	char path[96];

	keystore_close(place->keystore);
	(void)snprintf(path, sizeof(path), "%s/keystore", place->dir);
	(void)unlink(path);
	(void)unlink(place->ballast);
	assert_int_equal(rmdir(place->dir), 0);
}

static enum kr_err try_batch(struct place *place)
{
	static struct keystore_load_batch batch;
	enum kr_err err;

	keystore_load_make(&batch, place->n + 1);
	err = keystore_write(place->keystore, batch.records, batch.num);
	place->n += err == KR_OK;
	return err;
}

static void assert_holds(struct place *place)
{
	uint32_t n;

	assert_true(keystore_load_read(place->keystore, &n));
	assert_int_equal(n, place->n);
}

static void reopen(struct place *place)
{
	keystore_close(place->keystore);
	assert_int_equal(keystore_load_open(&place->keystore, place->dir), KR_OK);
	assert_holds(place);
}

/* Records of their own keys, so that compaction gains nothing; then as batches go. */
static void fill(struct place *place)
{
	static uint8_t value[10000];
	char key[16];
	unsigned num = 0;
	enum kr_err err;

	do {
		struct kr_core_record record = {.value = kr_view(value, sizeof(value))};

		(void)snprintf(key, sizeof(key), "fill%u", num++);
		record.key = kr_view_str(key);
		err = keystore_write(place->keystore, &record, 1);
	} while (err == KR_OK && num < 1000);
	assert_int_equal(err, KR_ERR_STORE_FULL);
}

static void drop_filling(struct place *place)
{
	for (unsigned i = 0; i < 1000; i++) {
		char key[16];
		struct kr_core_record record = {.is_deleted = true};

		(void)snprintf(key, sizeof(key), "fill%u", i);
		record.key = kr_view_str(key);
		assert_int_equal(keystore_write(place->keystore, &record, 1), KR_OK);
	}
}

static void refuse_and_recover(
	struct place *place, void (*make_room)(const struct place *place))
{
	for (unsigned i = 0; i < 20; i++) {
		assert_int_equal(try_batch(place), KR_OK);
	}
	fill(place);
	while (try_batch(place) == KR_OK) { /* the last gaps */
		assert_in_range(place->n, 1, 1000);
	}
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(try_batch(place), KR_ERR_STORE_FULL);
	}
	/* No room for a second file either: the first stays. */
	assert_int_equal(keystore_compact(place->keystore), KR_ERR_STORE_FULL);
	assert_int_equal(
		keystore_change_passphrase(place->keystore,
			kr_view_str(keystore_load_passphrases[1]), &keystore_load_cost),
		KR_ERR_STORE_FULL);
	make_room(place);
	assert_int_equal(try_batch(place), KR_OK);
	drop_filling(place);
	assert_holds(place);
	reopen(place);
	assert_int_equal(keystore_compact(place->keystore), KR_OK);
	for (unsigned i = 0; i < 50; i++) {
		assert_int_equal(try_batch(place), KR_OK);
	}
	reopen(place);
}

/* ---- A small file system ---------------------------------------------------------- */

static void drop_ballast(const struct place *place)
{
	assert_int_equal(unlink(place->ballast), 0);
}

static void p1_full_tmpfs_refuses_and_recovers(void **state)
{
	char parent[] = "/tmp/kring-keystore-XXXXXX";
	struct place place;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(parent));
	if (mount("tmpfs", parent, "tmpfs", 0, DISK_BYTES) != 0) {
		(void)rmdir(parent);
		skip();
	}
	open_in(&place, parent);
	fd = open(place.ballast, O_CREAT | O_WRONLY, 0600);
	assert_true(fd >= 0 && posix_fallocate(fd, 0, BALLAST_BYTES) == 0);
	(void)close(fd);
	refuse_and_recover(&place, drop_ballast);
	close_and_remove(&place);
	assert_int_equal(umount(parent), 0);
	(void)rmdir(parent);
}

/* No room to begin with: nothing is left behind. */
static void no_room_for_a_new_one(void **state)
{
	char parent[] = "/tmp/kring-keystore-XXXXXX";
	struct rlimit before, tight;
	struct place place;

	(void)state;
	assert_non_null(mkdtemp(parent));
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	tight = before;
	tight.rlim_cur = 5000;
	(void)snprintf(place.dir, sizeof(place.dir), "%s/k", parent);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
	assert_int_equal(keystore_create(&place.keystore, place.dir,
				 kr_view_str(keystore_load_passphrases[0]),
				 &keystore_load_cost, &kr_random_system),
		KR_ERR_STORE_FULL);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(rmdir(place.dir), 0);
	(void)rmdir(parent);
}

/* ---- Without a file system of its own --------------------------------------------- */

static struct rlimit no_limit;

static void lift_limit(const struct place *place)
{
	(void)place;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &no_limit), 0);
}

static void p1_file_size_limit_refuses_and_recovers(void **state)
{
	char parent[] = "/tmp/kring-keystore-XXXXXX";
	struct rlimit limit;
	struct place place;

	(void)state;
	assert_non_null(mkdtemp(parent));
	open_in(&place, parent);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &no_limit), 0);
	limit = no_limit;
	limit.rlim_cur = LIMIT_BYTES;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	/* Compaction would fit here; so it is not asked to fail. */
	fill(&place);
	for (unsigned i = 0; i < 3 && try_batch(&place) == KR_OK; i++) {}
	lift_limit(&place);
	assert_int_equal(try_batch(&place), KR_OK);
	drop_filling(&place);
	assert_holds(&place);
	reopen(&place);
	close_and_remove(&place);
	(void)rmdir(parent);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(p1_full_tmpfs_refuses_and_recovers),
		cmocka_unit_test(no_room_for_a_new_one),
		cmocka_unit_test(p1_file_size_limit_refuses_and_recovers),
	};

	(void)signal(SIGXFSZ, SIG_IGN); /* as the host does: the error is enough */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
