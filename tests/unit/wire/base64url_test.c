#include <kring/wire.h>

#include <string.h>

#include "test.h"

/* RFC 4648 §10, without the padding, and the two characters of the URL alphabet. */
static const struct {
	const char *bytes;
	const char *text;
} vectors[] = {
	{"", ""},
	{"f", "Zg"},
	{"fo", "Zm8"},
	{"foo", "Zm9v"},
	{"foob", "Zm9vYg"},
	{"fooba", "Zm9vYmE"},
	{"foobar", "Zm9vYmFy"},
	{"\xfb\xff", "-_8"},
};

static void vectors_both_ways(void **state)
{
	(void)state;
	for (size_t i = 0; i < NUM(vectors); i++) {
		struct kr_view bytes = kr_view_str(vectors[i].bytes);
		struct kr_view text = kr_view_str(vectors[i].text);
		char out[16] = "";
		uint8_t back[16];

		assert_int_equal(KR_BASE64URL_LEN(bytes.len), text.len);
		kr_base64url_encode(out, bytes);
		assert_string_equal(out, vectors[i].text);
		assert_int_equal(kr_base64url_decode(back, bytes.len, text), KR_OK);
		assert_memory_equal(back, bytes.data, bytes.len);
	}
}

static void what_is_refused(void **state)
{
	static const struct {
		const char *text;
		size_t len;
	} cases[] = {
		{"Zg==", 1},
		{"Zg=", 1},
		{"Z", 1},
		{"Zh", 1},
		{"Zm9", 2},
		{"Zm-", 2},
		{"Zm9v", 2},
		{"Zm9v", 4},
		{"+/8", 2},
		{"Zm 8", 3},
		{"Zm\n8", 3},
		{"", 1},
		{"Zg", 0},
		{"\xc3\xa9", 1},
	};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		uint8_t out[8];
		uint8_t zero[8] = {0};

		memset(out, 0xaa, sizeof(out));
		assert_int_equal(kr_base64url_decode(
					 out, cases[i].len, kr_view_str(cases[i].text)),
			KR_ERR_ENCODING);
		assert_memory_equal(out, zero, cases[i].len);
	}
}

/* One text for one value: every text of four characters that decodes, encodes to
 * itself. */
static void one_text_for_one_value(void **state)
{
	static const char set[] = "AZaz09-_=+/ .";
	size_t num = sizeof(set) - 1;
	size_t num_good = 0;

	(void)state;
	for (size_t n = 0; n < num * num * num; n++) {
		char text[3] = {set[n % num], set[n / num % num], set[n / num / num]};
		char again[3];
		uint8_t out[2];

		if (kr_base64url_decode(out, 2, kr_view(text, 3)) == KR_OK) {
			kr_base64url_encode(again, kr_view(out, 2));
			assert_memory_equal(again, text, 3);
			num_good++;
		}
	}
	assert_true(num_good > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors_both_ways),
		cmocka_unit_test(what_is_refused),
		cmocka_unit_test(one_text_for_one_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
