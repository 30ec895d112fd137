#include <test.h>

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include <kring/err.h>

/* Names go into logs and onto the wire: lower case, digits and underscores. */
static bool is_stable_name(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < len; i++) {
		if (!islower((unsigned char)name[i]) &&
			!isdigit((unsigned char)name[i]) && name[i] != '_') {
			return false;
		}
	}
	return len > 0 && islower((unsigned char)name[0]);
}

static void every_error_has_a_name_and_a_sentence(void **state)
{
	(void)state;
	for (int err = KR_OK; err < KR_ERR_END; err++) {
		const char *name = kr_err_name((enum kr_err)err);
		const char *sentence = kr_err_sentence((enum kr_err)err);

		if (!is_stable_name(name)) {
			fail_msg("%d is called \"%s\"", err, name);
		}
		if (!isupper((unsigned char)sentence[0]) ||
			sentence[strlen(sentence) - 1] != '.') {
			fail_msg("%s: \"%s\" is no sentence", name, sentence);
		}
	}
}

static void no_name_is_given_twice(void **state)
{
	(void)state;
	for (int a = KR_OK; a < KR_ERR_END; a++) {
		for (int b = a + 1; b < KR_ERR_END; b++) {
			if (strcmp(kr_err_name((enum kr_err)a),
				    kr_err_name((enum kr_err)b)) == 0) {
				fail_msg("%s twice", kr_err_name((enum kr_err)a));
			}
		}
	}
}

static void numbers_outside_are_unknown(void **state)
{
	const int outside[] = {-1, KR_ERR_END, KR_ERR_END + 1, 1 << 20};

	(void)state;
	for (size_t i = 0; i < NUM(outside); i++) {
		assert_string_equal(kr_err_name((enum kr_err)outside[i]), "unknown");
		assert_string_equal(
			kr_err_sentence((enum kr_err)outside[i]), "An unknown error.");
	}
}

static void success_is_zero(void **state)
{
	(void)state;
	assert_int_equal(KR_OK, 0);
	assert_string_equal(kr_err_name(KR_OK), "ok");
	assert_string_equal(kr_err_name(KR_ERR_TRUNCATED), "truncated");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_error_has_a_name_and_a_sentence),
		cmocka_unit_test(no_name_is_given_twice),
		cmocka_unit_test(numbers_outside_are_unknown),
		cmocka_unit_test(success_is_zero),
	};

	return cmocka_run_group_tests_name("codec/err", tests, NULL, NULL);
}
