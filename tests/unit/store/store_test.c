/* Opening: whose store it is, and of which version. */
#include "fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/store/migrate.h"
#include "server/store/state.h"
#include "test.h"

static struct fixture f;

static int setup(void **state)
{
	(void)state;
	fixture_open(&f);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fixture_close(&f);
	return 0;
}

static void second_relay_is_refused(void **state)
{
	struct store *second;
	pid_t pid;
	int status;

	(void)state;
	assert_int_equal(store_open(&second, &f.config), KR_ERR_STORE_LOCKED);
	assert_null(second);
	/* Another process as well; and what it tried did no harm. */
	pid = fork();
	if (pid == 0) {
		_exit(store_open(&second, &f.config) == KR_ERR_STORE_LOCKED ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	post(&f, 1, 9, "still mine");
	assert_sound(&f);

	store_close(f.store);
	assert_int_equal(store_open(&f.store, &f.config), KR_OK);
}

static void only_the_owner_may_read(void **state)
{
	struct stat st;
	char path[128];

	(void)state;
	post(&f, 1, 9, "x");
	(void)snprintf(path, sizeof(path), "%s/%s", f.dir, STORE_FILE);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	(void)snprintf(path, sizeof(path), "%s/new", f.dir);
	store_close(f.store);
	f.config.dir = path;
	assert_int_equal(store_open(&f.store, &f.config), KR_OK);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
}

static void cannot_open_what_is_no_store(void **state)
{
	static const struct {
		const char *name;
		const char *content;
	} cases[] = {
		{"text", "This is no store, but it is longer than a page header is."},
		{"short", "x"},
	};
	char path[128];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/%s", f.dir, STORE_FILE);
	for (size_t i = 0; i < NUM(cases); i++) {
		FILE *file;

		store_close(f.store);
		file = fopen(path, "w");
		assert_non_null(file);
		for (int n = 0; n < (i == 0 ? 1000 : 1); n++) {
			(void)fputs(cases[i].content, file);
		}
		(void)fclose(file);
		assert_int_not_equal(store_open(&f.store, &f.config), KR_OK);
		assert_null(f.store);
	}
	f.config.dir = "/nonexistent/deeper";
	assert_int_equal(store_open(&f.store, &f.config), KR_ERR_STORE_IO);
}

static void incarnation_stays(void **state)
{
	uint8_t before[STORE_INCARNATION_BYTES];
	uint8_t after[STORE_INCARNATION_BYTES];
	static const uint8_t zero[STORE_INCARNATION_BYTES];
	struct store_view view;

	(void)state;
	assert_int_equal(store_view_begin(f.store, &view), KR_OK);
	store_incarnation(&view, before);
	store_view_end(&view);
	assert_memory_not_equal(before, zero, sizeof(zero));
	fixture_reopen(&f);
	assert_int_equal(store_view_begin(f.store, &view), KR_OK);
	store_incarnation(&view, after);
	store_view_end(&view);
	assert_memory_equal(before, after, sizeof(before));
}

static void map_grows_by_itself(void **state)
{
	static uint8_t body[60000];
	struct store_stats stats;

	(void)state;
	store_close(f.store);
	remove_tree(f.dir);
	f.config.map_bytes = 256 << 10;
	assert_int_equal(store_open(&f.store, &f.config), KR_OK);
	for (unsigned i = 0; i < 100; i++) {
		put_event(&f, group(1), KR_EVENT_POST, 9, NULL,
			kr_view(body, sizeof(body)));
	}
	assert_int_equal(store_stats(f.store, &stats), KR_OK);
	assert_true(stats.map_bytes >= 6000000);
	assert_int_equal(stats.num_events, 100);
	assert_int_equal(stats.position, 100);
	assert_int_equal(stats.num_topics, 1);
	assert_true(stats.used_bytes > 6000000 && stats.free_bytes < stats.used_bytes);
	fixture_reopen(&f); /* with the small map that the file has outgrown */
	assert_int_equal(topic_of(&f, group(1)).seq, 100);
	assert_sound(&f);
}

/* ---- Versions ------------------------------------------------------------------ */

static void set_version(uint32_t version)
{
	struct store_meta meta;
	struct tx tx;

	assert_int_equal(tx_begin(&tx, &f.store->env, 0), KR_OK);
	assert_int_equal(meta_get(&tx, &meta), KR_OK);
	meta.version = version;
	assert_int_equal(meta_put(&tx, &meta), KR_OK);
	assert_int_equal(tx_commit(&tx), KR_OK);
}

static void newer_version_is_refused(void **state)
{
	struct store_verified verified;

	(void)state;
	post(&f, 1, 9, "from the future");
	set_version(STORE_VERSION + 1);
	assert_int_equal(store_verify(f.store, &verified), KR_ERR_STORE_VERSION);
	store_close(f.store);
	for (int i = 0; i < 2; i++) { /* and it stays as it was */
		assert_int_equal(store_open(&f.store, &f.config), KR_ERR_STORE_VERSION);
		assert_null(f.store);
	}
}

static enum kr_err add_note(struct tx *tx, const char *note)
{
	return tx_put(tx, DB_META, kr_view_str(note), kr_view_str(note), MDB_NOOVERWRITE);
}

static enum kr_err first_step(struct tx *tx)
{
	return add_note(tx, "first");
}

static enum kr_err second_step(struct tx *tx)
{
	struct kr_view value;
	enum kr_err err = tx_get(tx, DB_META, kr_view_str("first"), &value);

	return err != KR_OK ? err : add_note(tx, "second");
}

static enum kr_err failing_step(struct tx *tx)
{
	enum kr_err err = add_note(tx, "half");

	return err != KR_OK ? err : KR_ERR_STORE_DAMAGED;
}

/* Steps of a test stand for those that there will be; they start at version 0. */
static enum kr_err run_steps(const struct migration *steps, size_t num, uint32_t to)
{
	struct tx tx;
	enum kr_err err;

	assert_int_equal(tx_begin(&tx, &f.store->env, 0), KR_OK);
	err = migrate(&tx, steps, num, to);
	if (err == KR_OK) {
		err = tx_commit(&tx);
	}
	tx_abort(&tx);
	return err;
}

static bool has_note(const char *note)
{
	struct kr_view value;
	struct tx tx;
	bool found;

	assert_int_equal(tx_begin(&tx, &f.store->env, MDB_RDONLY), KR_OK);
	found = tx_get(&tx, DB_META, kr_view_str(note), &value) == KR_OK;
	tx_abort(&tx);
	return found;
}

static void older_version_is_migrated_step_by_step(void **state)
{
	static const struct migration steps[] = {
		{STORE_VERSION, second_step}, {STORE_VERSION - 1, first_step}};

	(void)state;
	post(&f, 1, 9, "old");
	set_version(STORE_VERSION - 1);
	assert_int_equal(run_steps(steps, 2, STORE_VERSION), KR_OK);
	assert_true(has_note("first"));
	assert_false(has_note("second"));
	assert_int_equal(
		run_steps(steps, 2, STORE_VERSION), KR_OK); /* nothing left to do */
	fixture_reopen(&f);
	assert_int_equal(topic_of(&f, group(1)).seq, 1);
	assert_sound(&f);
	assert_int_equal(run_steps(steps, 2, STORE_VERSION + 1), KR_OK);
	assert_true(has_note("second"));
	/* To this program the store is one of the future now. */
	assert_int_equal(run_steps(steps, 2, STORE_VERSION + 1), KR_ERR_STORE_VERSION);
}

static void failed_migration_changes_nothing(void **state)
{
	static const struct migration steps[] = {{STORE_VERSION - 1, failing_step}};

	(void)state;
	set_version(STORE_VERSION - 1);
	assert_int_equal(run_steps(steps, 1, STORE_VERSION), KR_ERR_STORE_DAMAGED);
	assert_false(has_note("half"));
	assert_int_equal(
		run_steps(steps, 0, STORE_VERSION), KR_ERR_STORE_VERSION); /* no step */
}

/* What version 1 lacks is made when it is opened, and what it holds is left alone. */
static void version_1_is_taken_over(void **state)
{
	struct kr_secret before;
	struct kr_secret after;
	struct store_view view;
	struct tx tx;

	(void)state;
	post(&f, 1, 9, "old");
	assert_int_equal(tx_begin(&tx, &f.store->env, 0), KR_OK);
	assert_int_equal(tx_delete(&tx, DB_META, kr_view_str("relay key")), KR_OK);
	assert_int_equal(tx_commit(&tx), KR_OK);
	set_version(1);
	fixture_reopen(&f);
	assert_int_equal(topic_of(&f, group(1)).seq, 1);
	assert_sound(&f);
	assert_int_equal(store_view_begin(f.store, &view), KR_OK);
	assert_int_equal(store_relay_seed(&view, &before), KR_OK);
	store_view_end(&view);
	fixture_reopen(&f);
	assert_int_equal(store_view_begin(f.store, &view), KR_OK);
	assert_int_equal(store_relay_seed(&view, &after), KR_OK);
	store_view_end(&view);
	assert_true(kr_secret_equal(&before, &after));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(second_relay_is_refused),
		CASE(only_the_owner_may_read),
		CASE(cannot_open_what_is_no_store),
		CASE(incarnation_stays),
		CASE(map_grows_by_itself),
		CASE(newer_version_is_refused),
		CASE(older_version_is_migrated_step_by_step),
		CASE(failed_migration_changes_nothing),
		CASE(version_1_is_taken_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
