#include "fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test.h"

static struct fixture f;
static char backup[128];
static char other_dir[128];
static struct store_config other;

static int setup(void **state)
{
	(void)state;
	fixture_open(&f);
	(void)snprintf(backup, sizeof(backup), "%s/backup", f.dir);
	(void)snprintf(other_dir, sizeof(other_dir), "%s/other", f.dir);
	other = f.config;
	other.dir = other_dir;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fixture_close(&f);
	return 0;
}

static void publish(unsigned account_n, unsigned device, bool last_resort)
{
	static const uint8_t packages[] = "\x05one..\x05two..";
	struct kr_event_head head = {
		.key = view_of(device),
		.community = view_of(9),
		.count = last_resort ? 1 : 2,
		.flag = last_resort,
	};

	put_event(&f, account(account_n), KR_EVENT_KEY_PACKAGES, account_n, &head,
		kr_view(packages, last_resort ? 6 : 12));
}

static void incarnation_of(struct store *store, uint8_t out[STORE_INCARNATION_BYTES])
{
	struct store_view view;

	assert_int_equal(store_view_begin(store, &view), KR_OK);
	store_incarnation(&view, out);
	store_view_end(&view);
}

/* Swap the fixture's store for the restored one, in the same fixture. */
static void open_restored(void)
{
	store_close(f.store);
	f.config.dir = other_dir;
	assert_int_equal(store_open(&f.store, &f.config), KR_OK);
}

static void restores_what_was_backed_up(void **state)
{
	uint8_t before[STORE_INCARNATION_BYTES];
	uint8_t after[STORE_INCARNATION_BYTES];
	struct kr_topic trimmed = group(2);
	struct store_topic t;
	struct stat st;

	(void)state;
	create_group(&f, 1, 9);
	for (unsigned i = 0; i < 300; i++) {
		post(&f, 1 + i % 2, 9, "kept");
	}
	assert_int_equal(store_trim(f.store, &trimmed, 100), KR_OK);
	t = topic_of(&f, group(1));
	incarnation_of(f.store, before);
	assert_int_equal(store_backup(f.store, backup), KR_OK);
	assert_int_equal(stat(backup, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	post(&f, 1, 9, "too late for the backup");

	assert_int_equal(store_restore(backup, &other, 5000), KR_OK);
	open_restored();
	assert_sound(&f);
	assert_int_equal(topic_of(&f, group(1)).seq, t.seq);
	assert_memory_equal(topic_of(&f, group(1)).hash, t.hash, sizeof(t.hash));
	assert_int_equal(topic_of(&f, group(2)).trimmed_seq, 100);
	incarnation_of(f.store, after);
	assert_memory_not_equal(before, after, sizeof(before));
	post(&f, 1, 9, "life goes on");
	assert_sound(&f);
}

/* One-time key packages may have been used since the backup: they are void, and an event
 * in the account's topic says so. A last resort may be used again and stays. */
static void one_time_key_packages_are_void(void **state)
{
	struct store_key_package package;
	struct store_entry entry;
	struct store_view view;
	struct kr_topic topic = account(1);
	bool last_resort;
	size_t num;

	(void)state;
	publish(1, 11, false);
	publish(1, 11, true);
	publish(2, 12, false);
	post(&f, 1, 9, "no account");
	assert_int_equal(store_backup(f.store, backup), KR_OK);
	assert_int_equal(store_restore(backup, &other, 5000), KR_OK);
	open_restored();
	assert_int_equal(store_view_begin(f.store, &view), KR_OK);
	assert_int_equal(
		store_key_packages_left(&view, id(1), id(9), id(11), &num, &last_resort),
		KR_OK);
	assert_int_equal(num, 0);
	assert_true(last_resort);
	assert_int_equal(
		store_key_package(&view, id(2), NULL, NULL, &package), KR_ERR_NOT_FOUND);
	assert_int_equal(store_page(&view, &topic, 2, SIZE_MAX, &entry, 1, &num), KR_OK);
	assert_int_equal(num, 1);
	assert_int_equal(entry.event.type, KR_EVENT_KEY_PACKAGES_VOID);
	assert_int_equal(entry.event.time_ms, 5000);
	assert_int_equal(entry.event.author.len, 0);
	store_view_end(&view);
	assert_int_equal(topic_of(&f, group(1)).seq, 1);
	assert_sound(&f);
}

static void refuses_to_overwrite(void **state)
{
	(void)state;
	post(&f, 1, 9, "x");
	assert_int_equal(store_backup(f.store, backup), KR_OK);
	assert_int_equal(store_backup(f.store, backup), KR_ERR_STATE);
	assert_int_equal(store_restore(backup, &f.config, 0), KR_ERR_STATE); /* a store */
	assert_int_equal(topic_of(&f, group(1)).seq, 1);
	assert_int_equal(store_restore(backup, &other, 0), KR_OK);
	assert_int_equal(store_restore(backup, &other, 0), KR_ERR_STATE);
}

static void assert_no_store_in(const char *dir)
{
	char path[256];
	struct store *store;

	(void)snprintf(path, sizeof(path), "%s/kring.mdb", dir);
	assert_int_not_equal(access(path, F_OK), 0);
	(void)snprintf(path, sizeof(path), "%s/restoring", dir);
	assert_int_not_equal(access(path, F_OK), 0);
	assert_int_equal(store_open(&store, &other), KR_OK);
	store_close(store);
}

static void refuses_a_backup_that_is_none(void **state)
{
	FILE *file;

	(void)state;
	assert_int_equal(store_restore(backup, &other, 0), KR_ERR_NOT_FOUND);
	assert_no_store_in(other_dir);
	remove_tree(other_dir);
	file = fopen(backup, "w");
	for (int i = 0; i < 1000; i++) {
		(void)fputs("this is something else entirely", file);
	}
	(void)fclose(file);
	assert_int_equal(store_restore(backup, &other, 0), KR_ERR_STORE_DAMAGED);
	assert_no_store_in(other_dir);
}

/* A byte that changed on the medium: found by the running hash, and nothing is
 * restored. */
static void refuses_a_damaged_backup(void **state)
{
	static const char needle[] = "find this body in the file";
	static uint8_t data[1 << 20];
	uint8_t *at;
	ssize_t len;
	int fd;

	(void)state;
	post(&f, 1, 9, needle);
	post(&f, 1, 9, "another");
	assert_int_equal(store_backup(f.store, backup), KR_OK);
	fd = open(backup, O_RDWR);
	len = read(fd, data, sizeof(data));
	assert_true(len > 0);
	at = memmem(data, (size_t)len, needle, sizeof(needle) - 1);
	assert_non_null(at);
	assert_int_equal(pwrite(fd, "F", 1, at - data), 1);
	(void)close(fd);
	assert_int_equal(store_restore(backup, &other, 0), KR_ERR_STORE_DAMAGED);
	assert_no_store_in(other_dir);
}

static void backup_that_cannot_be_written(void **state)
{
	(void)state;
	post(&f, 1, 9, "x");
	assert_int_equal(store_backup(f.store, "/nonexistent/backup"), KR_ERR_STORE_IO);
	post(&f, 1, 9, "y");
	assert_sound(&f);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(restores_what_was_backed_up),
		CASE(one_time_key_packages_are_void),
		CASE(refuses_to_overwrite),
		CASE(refuses_a_backup_that_is_none),
		CASE(refuses_a_damaged_backup),
		CASE(backup_that_cannot_be_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
