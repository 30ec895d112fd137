/* Nothing that a keystore frees still holds what it was given. */
#include <string.h>

#include "fixture.h"
#include "free_watch.h"
#include "test.h"

static const uint8_t secret[] = "0123456789abcdef-what nobody may find-0123456789";

static enum kr_err visit(void *ctx, struct kr_view key, struct kr_view value)
{
	(void)key;
	*(bool *)ctx |= value.len == sizeof(secret) &&
		memcmp(value.data, secret, sizeof(secret)) == 0;
	return KR_OK;
}

static void values_are_wiped(void **state)
{
	struct kr_core_record record = {
		.key = kr_view_str("a"), .value = kr_view(secret, sizeof(secret))};
	bool found = false;
	struct fixture f;

	(void)state;
	fixture_open(&f);
	free_watch_start(kr_view(secret, sizeof(secret)));
	assert_int_equal(keystore_write(f.keystore, &record, 1), KR_OK);
	assert_int_equal(keystore_compact(f.keystore), KR_OK);
	assert_int_equal(keystore_each(f.keystore, visit, &found), KR_OK);
	assert_true(found);
	fixture_reopen(&f);
	keystore_close(f.keystore);
	f.keystore = NULL;
	assert_int_equal(free_watch_stop(), 0);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_wiped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
