/* Whoever meets an error is told what to do: there are words for each. */
#include "test.h"

#include <string.h>

#include <kring/wire.h>

#include "clients/cli/errors.h"

static void test_every_error(void **state)
{
	(void)state;
	for (int err = KR_OK + 1; err < KR_ERR_END; err++) {
		print_message("# %s\n", kr_err_name((enum kr_err)err));
		assert_true(errors_is_known(kr_err_name((enum kr_err)err)));
	}
}

static void test_every_wire_code(void **state)
{
	size_t num = 0;

	(void)state;
	for (int err = KR_OK + 1; err < KR_ERR_END; err++) {
		const struct kr_wire_error *wire = kr_wire_error((enum kr_err)err);

		assert_non_null(wire);
		print_message("# %s\n", wire->code);
		assert_true(errors_is_known(wire->code));
		num += strcmp(wire->code, "internal") != 0;
	}
	assert_true(num > 30);
}

/* What is not known has words of its own, and what is known is at most five sentences. */
static void test_words(void **state)
{
	(void)state;
	assert_false(errors_is_known("from_the_future"));
	assert_true(strstr(errors_words("from_the_future"), "newest version"));
	for (int err = KR_OK + 1; err < KR_ERR_END; err++) {
		const char *words = errors_words(kr_err_name((enum kr_err)err));
		size_t len = strlen(words);

		assert_true(len > 20 && len < 200);
		assert_int_equal(words[len - 1], '.');
	}
}

static void test_exits(void **state)
{
	static const struct {
		const char *code;
		enum cli_exit exit;
	} rows[] = {
		{"forbidden", CLI_REFUSED},
		{"not_found", CLI_REFUSED},
		{"from_the_future", CLI_REFUSED},
		{"usage", CLI_USAGE},
		{"secret_in_argument", CLI_USAGE},
		{"passphrase", CLI_KEYSTORE},
		{"store_locked", CLI_KEYSTORE},
		{"store_full", CLI_KEYSTORE},
		{"kept", CLI_NO_CONNECTION},
		{"no_connection", CLI_NO_CONNECTION},
		{"alarm", CLI_ALARM},
	};

	(void)state;
	for (size_t i = 0; i < NUM(rows); i++) {
		assert_int_equal(errors_exit(rows[i].code), rows[i].exit);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_error),
		cmocka_unit_test(test_every_wire_code),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_exits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
