/* A keystore without memory or randomness, and what it leaves in memory. */
#include <string.h>

#include "alloc_fail.h"
#include "clients/host/memory.h"
#include "fixture.h"
#include "test.h"

static struct fixture f;

static int set_up(void **state)
{
	(void)state;
	fixture_open(&f);
	fixture_write(&f, "a=1 b=2");
	fixture_write(&f, "b=3 c=4");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	fixture_close(&f);
	return 0;
}

/* ---- Memory ----------------------------------------------------------------------- */

static enum kr_err open_it(void *ctx)
{
	(void)ctx;
	keystore_close(f.keystore);
	return fixture_try(&f, PASSPHRASE);
}

static enum kr_err write_it(void *ctx)
{
	(void)ctx;
	return fixture_try_write(&f, "-a d=1 e=2 b=5");
}

static enum kr_err compact_it(void *ctx)
{
	(void)ctx;
	return keystore_compact(f.keystore);
}

static enum kr_err change_it(void *ctx)
{
	(void)ctx;
	return keystore_change_passphrase(f.keystore, kr_view_str(PASSPHRASE), &cheap);
}

static enum kr_err ignore(void *ctx, struct kr_view key, struct kr_view value)
{
	(void)ctx;
	(void)key;
	(void)value;
	return KR_OK;
}

static enum kr_err read_it(void *ctx)
{
	(void)ctx;
	return keystore_each(f.keystore, ignore, NULL);
}

/* What is there after a failure is what was there before, also for who opens it anew. */
static void as_before(void *ctx)
{
	if (f.keystore) {
		fixture_assert_state(&f, "a=1 b=3 c=4");
		fixture_reopen(&f);
	}
	(void)ctx;
}

static void failing_allocations_change_nothing(void **state)
{
	(void)state;
	assert_true(alloc_fail_each(open_it, NULL, NULL) > 0);
	assert_true(alloc_fail_each(read_it, as_before, NULL) > 0);
	assert_true(alloc_fail_each(compact_it, as_before, NULL) > 0);
	assert_true(alloc_fail_each(change_it, as_before, NULL) > 0);
	assert_true(alloc_fail_each(write_it, as_before, NULL) > 0);
	fixture_assert_state(&f, "b=5 c=4 d=1 e=2");
}

/* ---- Randomness ------------------------------------------------------------------- */

/* Fails at the n-th call. */
struct failing {
	unsigned left;
};

static enum kr_err fill(void *ctx, uint8_t *out, size_t len)
{
	struct failing *failing = ctx;

	if (failing->left == 0) {
		return KR_ERR_RANDOM;
	}
	failing->left--;
	return kr_random_fill(&kr_random_system, out, len);
}

static void failing_randomness_changes_nothing(void **state)
{
	struct failing failing = {0};
	const struct kr_random rng = {.fill = fill, .ctx = &failing};
	struct kr_core_record record = {
		.key = kr_view_str("z"), .value = kr_view_str("9")};

	(void)state;
	keystore_close(f.keystore);
	assert_int_equal(
		keystore_open(&f.keystore, f.dir, kr_view_str(PASSPHRASE), &rng), KR_OK);
	assert_int_equal(keystore_write(f.keystore, &record, 1), KR_ERR_RANDOM);
	for (unsigned i = 0; i < 3; i++) {
		failing.left = i;
		assert_int_equal(keystore_compact(f.keystore), KR_ERR_RANDOM);
		failing.left = i;
		assert_int_equal(
			keystore_change_passphrase(f.keystore, kr_view_str("x"), &cheap),
			KR_ERR_RANDOM);
	}
	fixture_assert_state(&f, "b=5 c=4 d=1 e=2");
	failing.left = 1;
	assert_int_equal(keystore_write(f.keystore, &record, 1), KR_OK);
	fixture_reopen(&f);
	fixture_assert_state(&f, "b=5 c=4 d=1 e=2 z=9");
}

/* ---- Locked pages ----------------------------------------------------------------- */

static void secret_pages_are_zeroed(void **state)
{
	uint8_t *page = memory_secret_alloc(5000);

	(void)state;
	assert_non_null(page);
	for (size_t i = 0; i < 5000; i++) {
		assert_int_equal(page[i], 0);
	}
	memset(page, 0xaa, 5000);
	memory_secret_free(page, 5000);
	memory_secret_free(NULL, 5000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(failing_allocations_change_nothing),
		cmocka_unit_test(failing_randomness_changes_nothing),
		cmocka_unit_test(secret_pages_are_zeroed),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
