#include <kring/signal.h>

#include <string.h>

#include <hex.h>

#include "test.h"

static uint8_t storage[KR_ADDRESS_STORAGE];

static enum kr_err normalise(struct kr_address *out, const char *street,
	const char *number, const char *addition, const char *postcode, const char *town)
{
	return kr_address_normalise(out, storage, kr_view_str(street),
		kr_view_str(number), kr_view_str(addition), kr_view_str(postcode),
		kr_view_str(town));
}

static void assert_text(const char *name, struct kr_view got, const char *expected)
{
	if (!kr_view_equal(got, kr_view_str(expected))) {
		fail_msg("%s: \"%.*s\" instead of \"%s\"", name, (int)got.len,
			(const char *)got.data, expected);
	}
}

static void what_people_write_has_one_form(void **state)
{
	static const struct {
		const char *number, *addition, *postcode;
		uint32_t out;
		const char *out_addition, *out_postcode;
	} cases[] = {
		{"12", "", "1234AB", 12, "", "1234AB"},
		{" 12", "", "1234 ab", 12, "", "1234AB"},
		{"12", "A", "1234Ab", 12, "a", "1234AB"},
		{"12A", "", " 1 2 3 4 a b ", 12, "a", "1234AB"},
		{"12-A", "", "9999ZZ", 12, "a", "9999ZZ"},
		{"12 bis", "", "1000AA", 12, "bis", "1000AA"},
		{"12/3", "hs.", "1000AA", 12, "3hs", "1000AA"},
		{"012", "", "", 12, "", "\0\0\0\0\0\0"},
		{"99999", "", "", 99999, "", "\0\0\0\0\0\0"},
		{"1", "- . /", "", 1, "", "\0\0\0\0\0\0"},
		{"", "", "1234AB", 0, "", "1234AB"},
		{"  ", "Woonboot", "", 0, "woonboot", "\0\0\0\0\0\0"},
		{"5", "\303\211", "", 5, "\303\211", "\0\0\0\0\0\0"},
	};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		struct kr_address a;

		assert_int_equal(
			normalise(&a, "  Lange   Laan ", cases[i].number,
				cases[i].addition, cases[i].postcode, "Ons  Dorp"),
			KR_OK);
		assert_int_equal(a.number, cases[i].out);
		assert_text(cases[i].number, a.addition, cases[i].out_addition);
		assert_memory_equal(a.postcode, cases[i].out_postcode, KR_POSTCODE_BYTES);
		assert_text("street", a.street, "Lange Laan");
		assert_text("town", a.town, "Ons Dorp");
	}
}

static void what_is_no_address_is_refused(void **state)
{
	static char too_long[KR_STREET_MAX + 2];
	static char beyond_storage[KR_ADDRESS_STORAGE + 2];
	static const struct {
		const char *name, *street, *number, *addition, *postcode;
		enum kr_err err;
	} cases[] = {
		{"postcode from 0", "", "1", "", "0123AB", KR_ERR_ENCODING},
		{"three digits", "", "1", "", "123ABC", KR_ERR_ENCODING},
		{"too short", "", "1", "", "1234A", KR_ERR_ENCODING},
		{"too long", "", "1", "", "1234ABC", KR_ERR_ENCODING},
		{"a hyphen", "", "1", "", "1234-AB", KR_ERR_ENCODING},
		{"SA", "", "1", "", "1234SA", KR_ERR_ENCODING},
		{"SD", "", "1", "", "1234sd", KR_ERR_ENCODING},
		{"SS", "", "1", "", "1234Ss", KR_ERR_ENCODING},
		{"number 0", "", "0", "", "", KR_ERR_ENCODING},
		{"number too high", "", "100000", "", "", KR_ERR_ENCODING},
		{"number far too high", "", "99999999999999999999", "", "",
			KR_ERR_ENCODING},
		{"no number", "", "bis", "", "", KR_ERR_ENCODING},
		{"a negative one", "", "-1", "", "", KR_ERR_ENCODING},
		{"addition too long", "", "1", "abcdefghijk", "", KR_ERR_TOO_LARGE},
		{"addition of both too long", "", "1abcdef", "ghijk", "",
			KR_ERR_TOO_LARGE},
		{"addition with a tab", "", "1", "a\tb", "", KR_ERR_TEXT},
		{"street with a newline", "a\nb", "1", "", "", KR_ERR_TEXT},
		{"street that is no UTF-8", "\xff", "1", "", "", KR_ERR_TEXT},
		{"street that turns around", "a\342\200\256b", "1", "", "", KR_ERR_TEXT},
		{"street too long", too_long, "1", "", "", KR_ERR_TOO_LARGE},
		{"street beyond storage", beyond_storage, "1", "", "", KR_ERR_TOO_LARGE},
	};

	(void)state;
	memset(too_long, 'a', sizeof(too_long) - 1);
	memset(beyond_storage, 'a', sizeof(beyond_storage) - 1);
	for (size_t i = 0; i < NUM(cases); i++) {
		static const struct kr_address zero;
		struct kr_address a;
		enum kr_err err = normalise(&a, cases[i].street, cases[i].number,
			cases[i].addition, cases[i].postcode, "");

		if (err != cases[i].err) {
			fail_msg("%s: %s", cases[i].name, kr_err_name(err));
		}
		assert_memory_equal(&a, &zero, sizeof(a));
	}
}

/* CASES.md §4; computed by a few lines of Python. */
static void known_keys(void **state)
{
	uint8_t keys[2][KR_SHA256_BYTES];
	uint8_t expected[2][KR_SHA256_BYTES];
	struct kr_address a;

	(void)state;
	hex_decode(expected[0], KR_SHA256_BYTES,
		"2140c9a3201e76d81f13e30f89ec639756a00bf14c4910c588be99cf8c606b5d");
	hex_decode(expected[1], KR_SHA256_BYTES,
		"d7c6cd751e804d1f5e6663002259c9945f0e9c8f9b792ffcfabb6490effcf782");
	assert_int_equal(
		normalise(&a, "Lange  Laan", "12", "Bis", "1234 ab", "Ons Dorp"), KR_OK);
	assert_int_equal(kr_address_keys(keys, &a), 2);
	assert_memory_equal(keys, expected, sizeof(keys));
}

static void keys_need_their_fields(void **state)
{
	static const uint8_t zero[KR_SHA256_BYTES];
	static const struct {
		const char *street, *number, *postcode, *town;
		bool first, second;
	} cases[] = {
		{"Laan", "1", "1234AB", "Dorp", true, true},
		{"", "1", "1234AB", "", true, false},
		{"Laan", "1", "", "Dorp", false, true},
		{"Laan", "1", "", "", false, false},
		{"", "1", "", "Dorp", false, false},
		{"Laan", "", "1234AB", "Dorp", false, false},
	};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		uint8_t keys[2][KR_SHA256_BYTES];
		struct kr_address a;

		assert_int_equal(normalise(&a, cases[i].street, cases[i].number, "",
					 cases[i].postcode, cases[i].town),
			KR_OK);
		assert_int_equal(kr_address_keys(keys, &a),
			(cases[i].first ? 1 : 0) + (cases[i].second ? 1 : 0));
		assert_int_equal(
			memcmp(keys[0], zero, sizeof(zero)) != 0, cases[i].first);
		assert_int_equal(
			memcmp(keys[1], zero, sizeof(zero)) != 0, cases[i].second);
	}
}

/* Two that are written differently meet; two households do not. */
static void households_meet(void **state)
{
	static const struct {
		const char *street, *number, *addition, *postcode, *town;
		bool same;
	} cases[] = {
		{"LANGE LAAN", "12 BIS", "", "", "ons dorp", true},
		{"lange laan", "12", "b.i.s", "1234ab", "Ons Dorp", true},
		{"", "12bis", "", "1234 AB", "", true},
		{"Lange Laan", "12", "", "1234AB", "Ons Dorp", false},
		{"Lange Laan", "1", "2bis", "1234AB", "Ons Dorp", false},
		{"Lange Laan", "12", "bis", "1235AB", "Ander Dorp", false},
		{"Lange Laan Ons", "12", "bis", "", "Dorp", false},
	};
	uint8_t first[2][KR_SHA256_BYTES];
	struct kr_address a;

	(void)state;
	assert_int_equal(
		normalise(&a, "Lange Laan", "12", "bis", "1234AB", "Ons Dorp"), KR_OK);
	assert_int_equal(kr_address_keys(first, &a), 2);
	for (size_t i = 0; i < NUM(cases); i++) {
		uint8_t keys[2][KR_SHA256_BYTES];

		assert_int_equal(
			normalise(&a, cases[i].street, cases[i].number, cases[i].addition,
				cases[i].postcode, cases[i].town),
			KR_OK);
		assert_true(kr_address_keys(keys, &a) > 0);
		assert_int_equal(memcmp(keys[0], first[0], sizeof(first[0])) == 0 ||
				memcmp(keys[1], first[1], sizeof(first[1])) == 0,
			cases[i].same);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_people_write_has_one_form),
		cmocka_unit_test(what_is_no_address_is_refused),
		cmocka_unit_test(known_keys),
		cmocka_unit_test(keys_need_their_fields),
		cmocka_unit_test(households_meet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
