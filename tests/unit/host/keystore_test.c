/* What a keystore keeps, for whom, and what it refuses. */
#include "clients/host/keystore.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixture.h"
#include "test.h"

/* ---- Records ---------------------------------------------------------------------- */

/* Batches, and what is there after them, before and after opening it again. */
static const struct {
	const char *batches[5];
	const char *state;
} histories[] = {
	{{0}, ""},
	{{"a=1"}, "a=1"},
	{{"a="}, "a="},
	{{"a=1 b=2", "c=3"}, "a=1 b=2 c=3"},
	{{"a=1", "a=2"}, "a=2"},
	{{"a=1", "-a"}, ""},
	{{"a=1", "-a", "a=3"}, "a=3"},
	{{"a=1", "-b"}, "a=1"},
	{{"-a"}, ""},
	{{"a=1 a=2"}, "a=2"},
	{{"a=1 -a"}, ""},
	{{"-a a=1"}, "a=1"},
	{{"a=1", "-a a=2"}, "a=2"},
	{{"a=1", "a=2 -a"}, ""},
	{{"a=1", "-a a=2 -a"}, ""},
	{{"a=1 b=2", "-a b=3", "c=4 a=5", "-b"}, "a=5 c=4"},
};

static void records_are_what_was_written_last(void **state)
{
	(void)state;
	for (size_t i = 0; i < NUM(histories); i++) {
		struct fixture f;

		fixture_open(&f);
		for (size_t j = 0; histories[i].batches[j]; j++) {
			fixture_write(&f, histories[i].batches[j]);
		}
		fixture_assert_state(&f, histories[i].state);
		fixture_reopen(&f);
		fixture_assert_state(&f, histories[i].state);
		assert_int_equal(keystore_compact(f.keystore), KR_OK);
		fixture_assert_state(&f, histories[i].state);
		fixture_write(&f, "-a z=1");
		fixture_write(&f, "-z");
		fixture_write(&f, "a=last");
		fixture_reopen(&f);
		fixture_close(&f);
	}
}

/* A model: which of 40 keys has which value. */
static void many_batches_match_a_model(void **state)
{
	unsigned model[40] = {0};
	unsigned seed = 4711;
	char text[800];
	size_t len = 0;
	struct fixture f;

	(void)state;
	fixture_open(&f);
	for (unsigned batch = 1; batch <= 600; batch++) {
		len = 0;
		for (unsigned i = 0; i < 1 + batch % 5; i++) {
			unsigned key = (unsigned)rand_r(&seed) % NUM(model);
			bool deleted = rand_r(&seed) % 3 == 0;

			model[key] = deleted ? 0 : batch;
			len += (size_t)snprintf(text + len, sizeof(text) - len,
				deleted ? "-k%02u " : "k%02u=%u ", key, batch);
		}
		fixture_write(&f, text);
		if (batch % 97 == 0) {
			assert_int_equal(keystore_compact(f.keystore), KR_OK);
		}
		if (batch % 31 == 0) {
			fixture_reopen(&f);
		}
	}
	len = 0;
	for (unsigned key = 0; key < NUM(model); key++) {
		if (model[key] != 0) {
			len += (size_t)snprintf(text + len, sizeof(text) - len,
				"%sk%02u=%u", len ? " " : "", key, model[key]);
		}
	}
	fixture_assert_state(&f, text);
	fixture_close(&f);
}

static void largest_records_fit_and_larger_ones_do_not(void **state)
{
	char long_key[KR_CORE_KEY_MAX + 2] = {0};
	struct fixture f;

	(void)state;
	fixture_open(&f);
	memset(long_key, 'k', KR_CORE_KEY_MAX + 1);
	assert_int_equal(fixture_try_fill(&f, long_key, 'x', 1), KR_ERR_ARGUMENT);
	assert_int_equal(fixture_try_fill(&f, "", 'x', 1), KR_ERR_ARGUMENT);
	assert_int_equal(fixture_try_fill(&f, "big", 'x', KR_CORE_VALUE_MAX + 1),
		KR_ERR_TOO_LARGE);
	fixture_assert_state(&f, "");
	long_key[KR_CORE_KEY_MAX] = 0;
	assert_int_equal(fixture_try_fill(&f, long_key, 'x', 1), KR_OK);
	assert_int_equal(fixture_try_write(&f, ""), KR_OK);
	assert_int_equal(fixture_try_fill(&f, "a", 'x', KR_CORE_VALUE_MAX), KR_OK);
	assert_int_equal(fixture_try_write(&f, "-a"), KR_OK);
	fixture_close(&f);
}

static void batch_beyond_its_bound_is_refused_whole(void **state)
{
	KR_AUTO_FREE struct kr_bytes value = {0};
	struct kr_core_record records[9];
	char keys[NUM(records)][2];
	struct fixture f;

	(void)state;
	fixture_open(&f);
	fixture_write(&f, "a=old");
	assert_int_equal(kr_bytes_alloc(&value, KR_CORE_VALUE_MAX), KR_OK);
	for (size_t i = 0; i < NUM(records); i++) {
		(void)snprintf(keys[i], sizeof(keys[i]), "%c", (char)('a' + i));
		records[i] = (struct kr_core_record){
			.key = kr_view(keys[i], 1), .value = kr_view_bytes(&value)};
	}
	assert_int_equal(
		keystore_write(f.keystore, records, NUM(records)), KR_ERR_TOO_LARGE);
	fixture_assert_state(&f, "a=old");
	fixture_write(&f, "b=1");
	fixture_reopen(&f);
	fixture_assert_state(&f, "a=old b=1");
	fixture_close(&f);
}

/* ---- Passphrases ------------------------------------------------------------------ */

static void wrong_passphrase_is_told_from_damage(void **state)
{
	static const char *const wrong[] = {
		"", "Correct horse battery staple", PASSPHRASE " ", "x"};
	struct fixture f;

	(void)state;
	fixture_open(&f);
	fixture_write(&f, "a=1");
	keystore_close(f.keystore);
	for (size_t i = 0; i < NUM(wrong); i++) {
		assert_int_equal(fixture_try(&f, wrong[i]), KR_ERR_PASSPHRASE);
		assert_null(f.keystore);
	}
	assert_int_equal(fixture_try(&f, PASSPHRASE), KR_OK);
	fixture_assert_state(&f, "a=1");
	fixture_close(&f);
}

static void changed_passphrase_is_the_only_one(void **state)
{
	KR_AUTO_FREE struct kr_bytes copy = {0};
	KR_AUTO_FREE struct kr_bytes changed = {0};
	struct fixture f;

	(void)state;
	fixture_open(&f);
	fixture_write(&f, "a=1 b=2");
	fixture_read_file(&f, &copy);
	assert_int_equal(
		keystore_change_passphrase(f.keystore, kr_view_str("another"), &cheap),
		KR_OK);
	fixture_write(&f, "c=3");
	fixture_read_file(&f, &changed);
	keystore_close(f.keystore);
	assert_int_equal(fixture_try(&f, PASSPHRASE), KR_ERR_PASSPHRASE);
	assert_int_equal(fixture_try(&f, "another"), KR_OK);
	fixture_assert_state(&f, "a=1 b=2 c=3");
	/* Compaction goes on under the new one. */
	assert_int_equal(keystore_compact(f.keystore), KR_OK);
	keystore_close(f.keystore);
	assert_int_equal(fixture_try(&f, "another"), KR_OK);
	keystore_close(f.keystore);
	/* A copy from before is under the old one, and shows what was in it then. */
	fixture_write_file(&f, kr_view_bytes(&copy));
	assert_int_equal(fixture_try(&f, "another"), KR_ERR_PASSPHRASE);
	assert_int_equal(fixture_try(&f, PASSPHRASE), KR_OK);
	fixture_assert_state(&f, "a=1 b=2");
	fixture_close(&f);
}

static void costs_have_bounds(void **state)
{
	static const struct keystore_cost bad[] = {
		{0, KEYSTORE_MEMORY_KIB_MIN},
		{KEYSTORE_PASSES_MAX + 1, KEYSTORE_MEMORY_KIB_MIN},
		{1, KEYSTORE_MEMORY_KIB_MIN - 1},
		{1, KEYSTORE_MEMORY_KIB_MAX + 1},
	};
	struct fixture f;

	(void)state;
	fixture_prepare(&f);
	for (size_t i = 0; i < NUM(bad); i++) {
		assert_int_equal(keystore_create(&f.keystore, f.dir, kr_view_str("x"),
					 &bad[i], &kr_random_system),
			KR_ERR_ARGUMENT);
		assert_false(keystore_exists(f.dir));
	}
	assert_int_equal(keystore_create(&f.keystore, f.dir, kr_view_str(PASSPHRASE),
				 NULL, &kr_random_system),
		KR_OK);
	assert_int_equal(
		keystore_change_passphrase(f.keystore, kr_view_str("x"), &bad[0]),
		KR_ERR_ARGUMENT);
	fixture_reopen(&f);
	fixture_close(&f);
}

/* ---- Directory and file ----------------------------------------------------------- */

static mode_t mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	return st.st_mode & 07777;
}

static void nobody_else_may_look_in(void **state)
{
	static const mode_t wrong[] = {0710, 0740, 0720, 0701, 0704, 0702};
	struct fixture f;

	(void)state;
	(void)umask(0);
	fixture_open(&f);
	assert_int_equal(mode_of(f.dir), 0700);
	assert_int_equal(mode_of(f.file), 0600);
	assert_int_equal(keystore_compact(f.keystore), KR_OK);
	assert_int_equal(mode_of(f.file), 0600);
	keystore_close(f.keystore);
	for (size_t i = 0; i < NUM(wrong); i++) {
		assert_int_equal(chmod(f.dir, wrong[i]), 0);
		assert_int_equal(fixture_try(&f, PASSPHRASE), KR_ERR_FILE_MODE);
		assert_int_equal(chmod(f.dir, 0700), 0);
		assert_int_equal(chmod(f.file, wrong[i] & 0677), 0);
		assert_int_equal(fixture_try(&f, PASSPHRASE), KR_ERR_FILE_MODE);
		assert_int_equal(chmod(f.file, 0600), 0);
	}
	assert_int_equal(fixture_try(&f, PASSPHRASE), KR_OK);
	fixture_close(&f);
}

static void only_a_plain_file_is_opened(void **state)
{
	char aside[128];
	struct fixture f;

	(void)state;
	fixture_open(&f);
	keystore_close(f.keystore);
	(void)snprintf(aside, sizeof(aside), "%s/aside", f.parent);
	assert_int_equal(rename(f.file, aside), 0);
	assert_false(keystore_exists(f.dir));
	assert_int_equal(fixture_try(&f, PASSPHRASE), KR_ERR_NOT_FOUND);
	assert_int_equal(symlink(aside, f.file), 0);
	assert_int_equal(fixture_try(&f, PASSPHRASE), KR_ERR_FILE_MODE);
	assert_int_equal(keystore_create(&f.keystore, f.dir, kr_view_str("x"), &cheap,
				 &kr_random_system),
		KR_ERR_EXISTS);
	assert_int_equal(unlink(f.file), 0);
	assert_int_equal(mkfifo(f.file, 0600), 0);
	assert_int_equal(fixture_try(&f, PASSPHRASE), KR_ERR_FILE_MODE);
	assert_int_equal(unlink(f.file), 0);
	assert_int_equal(mkdir(f.file, 0700), 0);
	assert_int_equal(fixture_try(&f, PASSPHRASE), KR_ERR_FILE_MODE);
	assert_int_equal(rmdir(f.file), 0);
	assert_int_equal(unlink(aside), 0);
	fixture_close(&f);
}

static void a_keystore_is_made_once(void **state)
{
	struct keystore *other;
	struct fixture f;

	(void)state;
	fixture_prepare(&f);
	assert_false(keystore_exists(f.dir));
	assert_int_equal(fixture_try(&f, PASSPHRASE), KR_ERR_NOT_FOUND);
	assert_int_equal(keystore_create(&f.keystore, "/nowhere/at/all", kr_view_str("x"),
				 &cheap, &kr_random_system),
		KR_ERR_NOT_FOUND);
	assert_int_equal(mkdir(f.dir, 0700), 0); /* an empty one is fine */
	assert_int_equal(keystore_create(&f.keystore, f.dir, kr_view_str(PASSPHRASE),
				 &cheap, &kr_random_system),
		KR_OK);
	assert_true(keystore_exists(f.dir));
	fixture_write(&f, "a=1");
	assert_int_equal(keystore_create(&other, f.dir, kr_view_str("x"), &cheap,
				 &kr_random_system),
		KR_ERR_STORE_LOCKED);
	keystore_close(f.keystore);
	assert_int_equal(keystore_create(&f.keystore, f.dir, kr_view_str("x"), &cheap,
				 &kr_random_system),
		KR_ERR_EXISTS);
	assert_int_equal(fixture_try(&f, PASSPHRASE), KR_OK);
	fixture_assert_state(&f, "a=1");
	fixture_close(&f);
}

static void one_process_at_a_time(void **state)
{
	struct keystore *other;
	struct fixture f;

	(void)state;
	fixture_open(&f);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(keystore_open(&other, f.dir, kr_view_str(PASSPHRASE),
					 &kr_random_system),
			KR_ERR_STORE_LOCKED);
		assert_null(other);
		/* The lock holds although the file is another one. */
		assert_int_equal(keystore_compact(f.keystore), KR_OK);
	}
	keystore_close(f.keystore);
	assert_int_equal(keystore_open(&f.keystore, f.dir, kr_view_str(PASSPHRASE),
				 &kr_random_system),
		KR_OK);
	fixture_close(&f);
}

/* ---- Compaction ------------------------------------------------------------------- */

static void compaction_drops_what_is_deleted(void **state)
{
	struct keystore_size before, after;
	struct fixture f;

	(void)state;
	fixture_open(&f);
	assert_int_equal(fixture_try_fill(&f, "gone", 'g', 50000), KR_OK);
	assert_int_equal(fixture_try_fill(&f, "kept", 'k', 3000), KR_OK);
	fixture_write(&f, "-gone");
	keystore_size(f.keystore, &before);
	assert_int_equal(keystore_compact(f.keystore), KR_OK);
	keystore_size(f.keystore, &after);
	assert_true(before.file > 53000 && after.file < before.file - 49000);
	assert_int_equal(after.live, 3004);
	assert_int_equal(after.num_records, 1);
	fixture_reopen(&f);
	fixture_assert_state(&f, "kept=k*3000");
	fixture_close(&f);
}

/* One record again and again: the file stays small. */
static void compaction_comes_by_itself(void **state)
{
	struct keystore_size size;
	uint64_t largest = 0;
	struct fixture f;

	(void)state;
	fixture_open(&f);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(fixture_try_fill(&f, "a", 'a', 30000), KR_OK);
		keystore_size(f.keystore, &size);
		largest = size.file > largest ? size.file : largest;
	}
	assert_in_range(largest, 250000, 350000);
	fixture_reopen(&f);
	fixture_assert_state(&f, "a=a*30000");
	fixture_close(&f);
}

static void compaction_destroys_the_old_key(void **state)
{
	uint8_t header[256];
	struct fixture f;
	int old;

	(void)state;
	fixture_open(&f);
	fixture_write(&f, "a=1");
	old = open(f.file, O_RDONLY);
	assert_true(old >= 0);
	assert_int_equal(keystore_compact(f.keystore), KR_OK);
	assert_int_equal(read(old, header, sizeof(header)), sizeof(header));
	for (size_t i = 0; i < sizeof(header); i++) {
		assert_int_equal(header[i], 0);
	}
	(void)close(old);
	fixture_close(&f);
}

static void what_compaction_left_half_done_is_removed(void **state)
{
	char fresh[128];
	struct fixture f;
	int fd;

	(void)state;
	fixture_open(&f);
	fixture_write(&f, "a=1");
	keystore_close(f.keystore);
	(void)snprintf(fresh, sizeof(fresh), "%s.new", f.file);
	fd = open(fresh, O_CREAT | O_WRONLY, 0600);
	assert_int_equal(write(fd, "half", 4), 4);
	(void)close(fd);
	assert_int_equal(fixture_try(&f, PASSPHRASE), KR_OK);
	assert_int_equal(access(fresh, F_OK), -1);
	fixture_assert_state(&f, "a=1");
	fixture_close(&f);
}

static void destroyed_is_gone(void **state)
{
	struct fixture f;

	(void)state;
	fixture_open(&f);
	fixture_write(&f, "a=1");
	assert_int_equal(keystore_destroy(f.keystore), KR_OK);
	assert_int_equal(fixture_try_write(&f, "b=1"), KR_ERR_STORE_IO);
	assert_int_equal(keystore_compact(f.keystore), KR_ERR_STORE_IO);
	assert_false(keystore_exists(f.dir));
	fixture_close(&f);
}

/* ---- Copies ----------------------------------------------------------------------- */

static void marks_tell_copies_that_went_different_ways(void **state)
{
	KR_AUTO_FREE struct kr_bytes copy = {0};
	struct keystore_mark begin, one, other, compacted;
	struct fixture f, g;

	(void)state;
	fixture_open(&f);
	fixture_write(&f, "a=1");
	keystore_mark(f.keystore, &begin);
	fixture_read_file(&f, &copy);
	fixture_write(&f, "b=1");
	keystore_mark(f.keystore, &one);
	keystore_close(f.keystore);
	fixture_write_file(&f, kr_view_bytes(&copy));
	assert_int_equal(fixture_try(&f, PASSPHRASE), KR_OK);
	fixture_write(&f, "b=1");
	keystore_mark(f.keystore, &other);
	assert_memory_equal(one.instance, begin.instance, sizeof(one.instance));
	assert_memory_equal(one.instance, other.instance, sizeof(one.instance));
	assert_int_equal(one.generation, begin.generation + 1);
	assert_int_equal(one.generation, other.generation);
	assert_memory_not_equal(one.last, other.last, sizeof(one.last));
	assert_int_equal(keystore_compact(f.keystore), KR_OK);
	keystore_mark(f.keystore, &compacted);
	assert_memory_equal(compacted.instance, one.instance, sizeof(one.instance));
	assert_true(compacted.generation > other.generation);
	fixture_open(&g);
	keystore_mark(g.keystore, &other);
	assert_memory_not_equal(one.instance, other.instance, sizeof(one.instance));
	fixture_close(&g);
	fixture_close(&f);
}

/* What is written after a copy was put back is under other keys than before. */
static void the_same_batch_twice_is_never_the_same_bytes(void **state)
{
	KR_AUTO_FREE struct kr_bytes copy = {0};
	KR_AUTO_FREE struct kr_bytes first = {0};
	KR_AUTO_FREE struct kr_bytes second = {0};
	size_t same = 0;
	struct fixture f;

	(void)state;
	fixture_open(&f);
	fixture_read_file(&f, &copy);
	assert_int_equal(fixture_try_fill(&f, "a", 'a', 4000), KR_OK);
	fixture_read_file(&f, &first);
	keystore_close(f.keystore);
	fixture_write_file(&f, kr_view_bytes(&copy));
	assert_int_equal(fixture_try(&f, PASSPHRASE), KR_OK);
	assert_int_equal(fixture_try_fill(&f, "a", 'a', 4000), KR_OK);
	fixture_read_file(&f, &second);
	assert_int_equal(first.len, second.len);
	for (size_t i = copy.len + 4; i < first.len; i++) {
		same += first.data[i] == second.data[i];
	}
	assert_in_range(same, 0, 100); /* of 4,000: as often as chance has it */
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_are_what_was_written_last),
		cmocka_unit_test(many_batches_match_a_model),
		cmocka_unit_test(largest_records_fit_and_larger_ones_do_not),
		cmocka_unit_test(batch_beyond_its_bound_is_refused_whole),
		cmocka_unit_test(wrong_passphrase_is_told_from_damage),
		cmocka_unit_test(changed_passphrase_is_the_only_one),
		cmocka_unit_test(costs_have_bounds),
		cmocka_unit_test(nobody_else_may_look_in),
		cmocka_unit_test(only_a_plain_file_is_opened),
		cmocka_unit_test(a_keystore_is_made_once),
		cmocka_unit_test(one_process_at_a_time),
		cmocka_unit_test(compaction_drops_what_is_deleted),
		cmocka_unit_test(compaction_comes_by_itself),
		cmocka_unit_test(compaction_destroys_the_old_key),
		cmocka_unit_test(what_compaction_left_half_done_is_removed),
		cmocka_unit_test(destroyed_is_gone),
		cmocka_unit_test(marks_tell_copies_that_went_different_ways),
		cmocka_unit_test(the_same_batch_twice_is_never_the_same_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
