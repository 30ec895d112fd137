#include <test.h>

#include <alloc_fail.h>
#include <string.h>

#include <kring/bytes.h>

struct comparison {
	const char *name;
	struct kr_view a;
	struct kr_view b;
	int order; /* sign of the comparison; 0 is equal */
};

static const struct comparison comparisons[] = {
	{"both empty", {NULL, 0}, {(const uint8_t *)"x", 0}, 0},
	{"empty before all", {NULL, 0}, {(const uint8_t *)"\0", 1}, -1},
	{"equal", {(const uint8_t *)"abc", 3}, {(const uint8_t *)"abc", 3}, 0},
	{"differs at the end", {(const uint8_t *)"abc", 3}, {(const uint8_t *)"abd", 3},
		-1},
	{"prefix first", {(const uint8_t *)"ab", 2}, {(const uint8_t *)"abc", 3}, -1},
	{"bytes before length", {(const uint8_t *)"b", 1}, {(const uint8_t *)"abc", 3},
		1},
	{"bytes are unsigned", {(const uint8_t *)"\x80", 1}, {(const uint8_t *)"\x7f", 1},
		1},
	{"NUL is a byte", {(const uint8_t *)"a\0b", 3}, {(const uint8_t *)"a\0c", 3}, -1},
};

static int sign(int v)
{
	return (v > 0) - (v < 0);
}

static void compares(void **state)
{
	(void)state;
	for (size_t i = 0; i < NUM(comparisons); i++) {
		const struct comparison *c = &comparisons[i];

		if (sign(kr_view_compare(c->a, c->b)) != c->order ||
			sign(kr_view_compare(c->b, c->a)) != -c->order ||
			kr_view_equal(c->a, c->b) != (c->order == 0)) {
			fail_msg("%s", c->name);
		}
	}
}

static void copies(void **state)
{
	struct kr_view v = LITERAL("a\0b");
	struct kr_bytes b;

	(void)state;
	assert_int_equal(kr_bytes_copy(&b, v), KR_OK);
	assert_true(kr_view_equal(kr_view_bytes(&b), v));
	assert_ptr_not_equal(b.data, v.data);
	kr_bytes_free(&b);
	assert_null(b.data);
	assert_int_equal(b.len, 0);
	kr_bytes_free(&b);
	kr_bytes_free(NULL);
}

static void an_empty_copy_holds_nothing(void **state)
{
	struct kr_bytes b = {.data = (uint8_t *)(uintptr_t)1, .len = 1};

	(void)state;
	assert_int_equal(kr_bytes_copy(&b, LITERAL("")), KR_OK);
	assert_null(b.data);
	assert_int_equal(b.len, 0);
}

static void allocates_zeroes(void **state)
{
	static const uint8_t zeroes[100];
	struct kr_bytes b;

	(void)state;
	assert_int_equal(kr_bytes_alloc(&b, sizeof(zeroes)), KR_OK);
	assert_int_equal(b.len, sizeof(zeroes));
	assert_memory_equal(b.data, zeroes, sizeof(zeroes));
	kr_bytes_free(&b);
}

static enum kr_err copy_three(void *ctx)
{
	KR_AUTO_FREE struct kr_bytes b = {0};
	enum kr_err err = kr_bytes_copy(&b, LITERAL("abc"));

	(void)ctx;
	assert_true(err == KR_OK || (b.data == NULL && b.len == 0));
	return err;
}

static void a_failing_allocation_is_reported(void **state)
{
	(void)state;
	assert_int_equal(alloc_fail_each(copy_three, NULL, NULL), 1);
}

static void wipes(void **state)
{
	static const uint8_t zeroes[KR_SECRET_BYTES];
	uint8_t soiled[3] = {1, 2, 3};
	struct kr_secret secret;

	(void)state;
	kr_wipe(soiled, 2);
	assert_true(soiled[0] == 0 && soiled[1] == 0 && soiled[2] == 3);
	kr_wipe(NULL, 0);
	memset(&secret, 0xff, sizeof(secret));
	kr_secret_wipe(&secret);
	assert_memory_equal(secret.bytes, zeroes, sizeof(zeroes));
	kr_secret_wipe(NULL);
}

static void views_show_what_they_name(void **state)
{
	struct kr_secret secret;
	struct kr_bytes b = {.data = secret.bytes, .len = 5};

	(void)state;
	assert_ptr_equal(kr_view_secret(&secret).data, secret.bytes);
	assert_int_equal(kr_view_secret(&secret).len, KR_SECRET_BYTES);
	assert_ptr_equal(kr_view_bytes(&b).data, b.data);
	assert_int_equal(kr_view_bytes(&b).len, 5);
	assert_true(kr_view_equal(kr_view_str("ab\0c"), LITERAL("ab")));
	assert_int_equal(kr_view_str("").len, 0);
}

static void finds_zero(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		bool is_zero;
	} cases[] = {
		{"", 0, true}, {"\0", 1, true}, {"\0\0\0\0\0", 5, true}, {"\1", 1, false},
		{"\0\0\0\0\1", 5, false}, {"\200\0\0\0", 4, false},
		{"\0\0\1", 2, true}, /* not past its length */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(
			kr_is_zero(cases[i].bytes, cases[i].len), cases[i].is_zero);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compares),
		cmocka_unit_test(copies),
		cmocka_unit_test(an_empty_copy_holds_nothing),
		cmocka_unit_test(allocates_zeroes),
		cmocka_unit_test(a_failing_allocation_is_reported),
		cmocka_unit_test(wipes),
		cmocka_unit_test(finds_zero),
		cmocka_unit_test(views_show_what_they_name),
	};

	return cmocka_run_group_tests_name("codec/bytes", tests, NULL, NULL);
}
