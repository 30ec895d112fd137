/* The strict JSON profile by cases, and the writer against the reader. */
#include <kring/wire.h>

#include <stdio.h>
#include <string.h>

#include "test.h"

static const struct {
	const char *text;
	bool good;
} cases[] = {
	/* Shape. */
	{"{}", true},
	{" \t\r\n{ \t\r\n} \t\r\n", true},
	{"{\"a\":1}", true},
	{"{\"a\" : [ ] , \"b\":{ } }", true},
	{"{\"a\":true,\"b\":false,\"c\":null}", true},
	{"", false},
	{" ", false},
	{"[]", false},
	{"1", false},
	{"\"a\"", false},
	{"null", false},
	{"{", false},
	{"}", false},
	{"{}}", false},
	{"{}{}", false},
	{"{} x", false},
	{"{,}", false},
	{"{\"a\"}", false},
	{"{\"a\":}", false},
	{"{\"a\":1,}", false},
	{"{,\"a\":1}", false},
	{"{\"a\":1 \"b\":2}", false},
	{"{\"a\":[1,]}", false},
	{"{\"a\":[,1]}", false},
	{"{\"a\":[1 2]}", false},
	{"{\"a\":[1}", false},
	{"{\"a\":{]}", false},
	{"{a:1}", false},
	{"{'a':1}", false},
	{"{1:1}", false},
	{"{\"a\":1}//", false},
	{"{/**/}", false},
	{"{\"a\":tru}", false},
	{"{\"a\":True}", false},
	{"{\"a\":truex}", false},
	{"{\"a\":NaN}", false},
	{"{\"a\":Infinity}", false},
	{"{\"a\":undefined}", false},
	{"{\v}", false},
	{"\xef\xbb\xbf{}", false},
	/* Numbers. */
	{"{\"a\":0}", true},
	{"{\"a\":-1}", true},
	{"{\"a\":9007199254740991}", true},
	{"{\"a\":-9007199254740991}", true},
	{"{\"a\":9007199254740992}", false},
	{"{\"a\":-9007199254740992}", false},
	{"{\"a\":99999999999999999999}", false},
	{"{\"a\":18446744073709551617}", false},
	{"{\"a\":-0}", false},
	{"{\"a\":01}", false},
	{"{\"a\":-}", false},
	{"{\"a\":+1}", false},
	{"{\"a\":1.0}", false},
	{"{\"a\":.5}", false},
	{"{\"a\":1.}", false},
	{"{\"a\":1e3}", false},
	{"{\"a\":1E3}", false},
	{"{\"a\":0x10}", false},
	{"{\"a\":1_0}", false},
	/* Strings and escapes. */
	{"{\"a\":\"\"}", true},
	{"{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\"}", true},
	{"{\"a\":\"\\ud83d\\ude00\"}", true},
	{"{\"a\":\"\\uD83D\\uDE00\"}", true},
	{"{\"a\":\"\\u0000\"}", false},
	{"{\"\\u0000\":1}", false},
	{"{\"a\":\"\\x41\"}", false},
	{"{\"a\":\"\\u004\"}", false},
	{"{\"a\":\"\\u00g1\"}", false},
	{"{\"a\":\"\\\"}", false},
	{"{\"a\":\"\\ud83d\"}", false},
	{"{\"a\":\"\\ude00\"}", false},
	{"{\"a\":\"\\ud83d\\u0041\"}", false},
	{"{\"a\":\"\\ud83dx\"}", false},
	{"{\"a\":\"\\ud83d\\ud83d\"}", false},
	{"{\"a\":\"\n\"}", false},
	{"{\"a\":\"\t\"}", false},
	{"{\"a\":\"\x1f\"}", false},
	{"{\"a\":\"\x7f\"}", true},
	{"{\"a\":\"", false},
	{"{\"a\":\"b}", false},
	{"{\"a\":\"\\u12", false},
	/* UTF-8. */
	{"{\"a\":\"\xc3\xa9\"}", true},
	{"{\"a\":\"\xe2\x82\xac\"}", true},
	{"{\"a\":\"\xf0\x9f\x98\x80\"}", true},
	{"{\"a\":\"\xf4\x8f\xbf\xbf\"}", true},
	{"{\"a\":\"\x80\"}", false},
	{"{\"a\":\"\xc3\"}", false},
	{"{\"a\":\"\xc3(\"}", false},
	{"{\"a\":\"\xc0\xaf\"}", false},
	{"{\"a\":\"\xc1\xbf\"}", false},
	{"{\"a\":\"\xe0\x80\xaf\"}", false},
	{"{\"a\":\"\xe2\x82\"}", false},
	{"{\"a\":\"\xed\xa0\x80\"}", false},
	{"{\"a\":\"\xed\xbf\xbf\"}", false},
	{"{\"a\":\"\xf0\x80\x80\xaf\"}", false},
	{"{\"a\":\"\xf4\x90\x80\x80\"}", false},
	{"{\"a\":\"\xf5\x80\x80\x80\"}", false},
	{"{\"a\":\"\xff\"}", false},
	/* Depth: the object itself is one. */
	{"{\"a\":[[[1]]]}", true},
	{"{\"a\":[[[[]]]]}", false},
	{"{\"a\":{\"b\":{\"c\":{}}}}", true},
	{"{\"a\":{\"b\":{\"c\":{\"d\":{}}}}}", false},
	/* Keys twice. */
	{"{\"a\":1,\"A\":2}", true},
	{"{\"a\":{\"b\":1},\"b\":2}", true},
	{"{\"a\":1,\"a\":1}", false},
	{"{\"a\":1,\"\\u0061\":2}", false},
	{"{\"a\":{\"b\":1,\"b\":2}}", false},
	{"{\"a\":[{\"b\":1,\"c\":0,\"b\":2}]}", false},
};

static void the_profile_by_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		struct kr_json_doc doc;
		enum kr_err err = kr_json_parse(&doc, kr_view_str(cases[i].text));

		if ((err == KR_OK) != cases[i].good) {
			fail_msg("%s: %s", cases[i].text, kr_err_name(err));
		}
		assert_true(err == KR_OK || err == KR_ERR_JSON);
		assert_true((doc.root != NULL) == cases[i].good);
		kr_json_free(&doc);
	}
}

/* Every truncation of something good is bad; a NUL anywhere in it is bad. */
static void truncations_and_nuls(void **state)
{
	static const char good[] =
		"{\"a\":[1,\"\\u00e9\xc3\xa9\",{\"b\":null}],\"c\":-12,\"d\":true}";
	char text[sizeof(good)];

	(void)state;
	assert_int_equal(kr_json_check(LITERAL(good)), KR_OK);
	for (size_t len = 0; len < sizeof(good) - 1; len++) {
		assert_int_equal(kr_json_check(kr_view(good, len)), KR_ERR_JSON);
	}
	for (size_t at = 0; at < sizeof(good) - 1; at++) {
		memcpy(text, good, sizeof(good));
		text[at] = '\0';
		assert_int_equal(
			kr_json_check(kr_view(text, sizeof(good) - 1)), KR_ERR_JSON);
	}
	assert_int_equal(kr_json_check(kr_view(NULL, 0)), KR_ERR_JSON);
}

/* open, num items told apart by their number, close; returns the length. */
static size_t fill(char *text, size_t cap, size_t num, const char *open, bool named,
	const char *close)
{
	size_t len = (size_t)snprintf(text, cap, "%s", open);

	for (size_t i = 0; i < num; i++) {
		len += (size_t)snprintf(text + len, cap - len,
			named ? "%s\"k%zu\":1" : "%s%zu", i == 0 ? "" : ",", i);
	}
	return len + (size_t)snprintf(text + len, cap - len, "%s", close);
}

static void sizes(void **state)
{
	char text[KR_OBJECT_MAX + 64];
	size_t len;

	(void)state;
	len = fill(text, sizeof(text), 64, "{", true, "}");
	assert_int_equal(kr_json_check(kr_view(text, len)), KR_OK);
	len = fill(text, sizeof(text), 65, "{", true, "}");
	assert_int_equal(kr_json_check(kr_view(text, len)), KR_ERR_JSON);
	len = fill(text, sizeof(text), 64, "{\"a\":[", false, "]}");
	assert_int_equal(kr_json_check(kr_view(text, len)), KR_OK);
	len = fill(text, sizeof(text), 65, "{\"a\":[", false, "]}");
	assert_int_equal(kr_json_check(kr_view(text, len)), KR_ERR_JSON);

	memset(text, ' ', sizeof(text));
	text[0] = '{';
	text[KR_OBJECT_MAX - 1] = '}';
	assert_int_equal(kr_json_check(kr_view(text, KR_OBJECT_MAX)), KR_OK);
	assert_int_equal(
		kr_json_check(kr_view(text, KR_OBJECT_MAX + 1)), KR_ERR_TOO_LARGE);
}

static void members_by_type(void **state)
{
	static const char text[] =
		"{\"n\":7,\"neg\":-7,\"s\":\"AQID\",\"b\":true,\"nul\":null,"
		"\"ids\":[\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"],"
		"\"bad\":[1]}";
	struct kr_json_doc doc;
	struct kr_view s;
	uint8_t bytes[64];
	uint64_t n;
	size_t num;
	bool b;

	(void)state;
	assert_int_equal(kr_json_parse(&doc, LITERAL(text)), KR_OK);
	assert_string_equal(kr_json_name(&doc, 1), "neg");
	assert_null(kr_json_name(&doc, 7));
	assert_int_equal(kr_json_get_u64(&doc, "n", &n), KR_OK);
	assert_int_equal(n, 7);
	assert_int_equal(kr_json_get_u64(&doc, "neg", &n), KR_ERR_ENCODING);
	assert_int_equal(kr_json_get_u64(&doc, "s", &n), KR_ERR_ENCODING);
	assert_int_equal(kr_json_get_u64(&doc, "N", &n), KR_ERR_NOT_FOUND);
	assert_int_equal(kr_json_get_bool(&doc, "b", &b), KR_OK);
	assert_true(b);
	assert_int_equal(kr_json_get_bool(&doc, "n", &b), KR_ERR_ENCODING);
	assert_int_equal(kr_json_get_bool(&doc, "nul", &b), KR_ERR_ENCODING);
	assert_int_equal(kr_json_get_str(&doc, "s", &s), KR_OK);
	assert_int_equal(kr_json_get_str(&doc, "b", &s), KR_ERR_ENCODING);
	assert_int_equal(kr_json_get_bytes(&doc, "s", bytes, 3), KR_OK);
	assert_memory_equal(bytes, "\1\2\3", 3);
	assert_int_equal(kr_json_get_bytes(&doc, "s", bytes, 4), KR_ERR_ENCODING);
	assert_int_equal(kr_json_get_ids(&doc, "ids", bytes, 2, &num), KR_OK);
	assert_int_equal(num, 1);
	assert_int_equal(kr_json_get_ids(&doc, "ids", bytes, 0, &num), KR_ERR_TOO_LARGE);
	assert_int_equal(kr_json_get_ids(&doc, "bad", bytes, 2, &num), KR_ERR_ENCODING);
	assert_int_equal(kr_json_get_ids(&doc, "s", bytes, 2, &num), KR_ERR_ENCODING);
	kr_json_free(&doc);
	kr_json_free(&doc);
}

static void what_is_written_can_be_read(void **state)
{
	KR_AUTO_WRITER struct kr_writer w = {0};
	uint8_t bytes[200];
	uint8_t back[200];
	struct kr_json_doc doc;
	struct kr_view s;
	struct kr_json j;
	uint64_t n;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++) {
		bytes[i] = (uint8_t)(i * 7);
	}
	kr_writer_init(&w);
	for (size_t len = 0; len <= sizeof(bytes); len += len < 60 ? 1 : 47) {
		kr_writer_reset(&w);
		kr_json_begin(&j, &w);
		kr_json_str(&j, "s", "quote \" back \\ line \n bell \x07 \xc3\xa9");
		kr_json_u64(&j, "n", KR_JSON_INT_MAX);
		kr_json_bytes(&j, "b", kr_view(bytes, len));
		kr_json_end(&j);
		assert_int_equal(kr_json_parse(&doc, kr_writer_view(&w)), KR_OK);
		assert_int_equal(kr_json_get_str(&doc, "s", &s), KR_OK);
		assert_true(kr_view_equal(
			s, kr_view_str("quote \" back \\ line \n bell \x07 \xc3\xa9")));
		assert_int_equal(kr_json_get_u64(&doc, "n", &n), KR_OK);
		assert_true(n == KR_JSON_INT_MAX);
		assert_int_equal(kr_json_get_bytes(&doc, "b", back, len), KR_OK);
		assert_memory_equal(back, bytes, len);
		kr_json_free(&doc);
	}
	kr_json_begin(&j, &w);
	kr_json_u64(&j, "n", KR_JSON_INT_MAX + 1);
	assert_int_equal(w.err, KR_ERR_ARGUMENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_profile_by_cases),
		cmocka_unit_test(truncations_and_nuls),
		cmocka_unit_test(sizes),
		cmocka_unit_test(members_by_type),
		cmocka_unit_test(what_is_written_can_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
