/* Commands as JSON: what is no command, fields by type and bounds. */
#include "clients/machine/json.h"

#include <stdlib.h>
#include <string.h>

#include "test.h"

static const struct {
	const char *text;
	enum kr_err expected;
} texts[] = {
	{"{}", KR_OK},
	{" {\"do\":\"x\"} \r\n\t", KR_OK},
	{"{\"a\":[{\"b\":{\"c\":{\"d\":1}}}]}", KR_OK},
	{"{\"a\":[{\"b\":{\"c\":{\"d\":{\"e\":1}}}}]}", KR_ERR_JSON},
	{"", KR_ERR_JSON},
	{"[]", KR_ERR_JSON},
	{"1", KR_ERR_JSON},
	{"{}x", KR_ERR_JSON},
	{"{}{}", KR_ERR_JSON},
	{"{\"a\":1,\"a\":2}", KR_ERR_JSON},
	{"{\"a\":1,\"\\u0061\":2}", KR_ERR_JSON},
	{"{\"b\":[{\"a\":1,\"a\":2}]}", KR_ERR_JSON},
	{"{\"b\":[1,1]}", KR_OK},
	{"{\"a\":\"\\u0000\"}", KR_ERR_JSON},
	{"{\"a\":\"\\\\u0000\"}", KR_OK},
	{"{\"a\":\"\\\\\\u0000\"}", KR_ERR_JSON},
	{"{\"a\":tru}", KR_ERR_JSON},
};

static void test_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < NUM(texts); i++) {
		cJSON *object;

		assert_int_equal(json_parse(&object, kr_view_str(texts[i].text)),
			texts[i].expected);
		assert_true((object != NULL) == (texts[i].expected == KR_OK));
		cJSON_Delete(object);
	}
}

static void test_a_nul_or_too_much_is_refused(void **state)
{
	size_t len = ((size_t)128 << 10) + 1;
	char *much = malloc(len);
	cJSON *object;

	(void)state;
	assert_non_null(much);
	memset(much, ' ', len);
	memcpy(much, "{}", 2);
	assert_int_equal(json_parse(&object, kr_view(much, len)), KR_ERR_TOO_LARGE);
	assert_int_equal(json_parse(&object, kr_view(much, len - 1)), KR_OK);
	cJSON_Delete(object);
	assert_int_equal(json_parse(&object, LITERAL("{\0}")), KR_ERR_JSON);
	free(much);
}

static const struct {
	const char *text;
	uint64_t least;
	uint64_t greatest;
	enum kr_err expected;
} numbers[] = {
	{"{\"n\":0}", 0, 9, KR_OK},
	{"{\"n\":9}", 0, 9, KR_OK},
	{"{\"n\":10}", 0, 9, KR_ERR_FIELD},
	{"{\"n\":1}", 2, 9, KR_ERR_FIELD},
	{"{\"n\":-1}", 0, 9, KR_ERR_FIELD},
	{"{\"n\":1.5}", 0, 9, KR_ERR_FIELD},
	{"{\"n\":1e400}", 0, KR_JSON_INT_MAX, KR_ERR_FIELD},
	{"{\"n\":9007199254740991}", 0, KR_JSON_INT_MAX, KR_OK},
	{"{\"n\":9007199254740993}", 0, UINT64_MAX, KR_ERR_FIELD},
	{"{\"n\":\"1\"}", 0, 9, KR_ERR_FIELD},
	{"{\"n\":true}", 0, 9, KR_ERR_FIELD},
	{"{\"n\":null}", 0, 9, KR_ERR_FIELD},
	{"{}", 0, 9, KR_ERR_FIELD},
};

static void test_numbers(void **state)
{
	(void)state;
	for (size_t i = 0; i < NUM(numbers); i++) {
		uint64_t number = 77;
		cJSON *object;

		assert_int_equal(
			json_parse(&object, kr_view_str(numbers[i].text)), KR_OK);
		assert_int_equal(json_number(object, "n", numbers[i].least,
					 numbers[i].greatest, &number),
			numbers[i].expected);
		assert_true(numbers[i].expected == KR_OK || number == 77);
		cJSON_Delete(object);
	}
}

static void test_bytes_flags_and_what_is_left_out(void **state)
{
	uint8_t bytes[3];
	bool flag = true;
	bool present = true;
	uint64_t number = 5;
	struct kr_view text = LITERAL("as it was");
	struct kr_bytes blob;
	cJSON *object;

	(void)state;
	assert_int_equal(
		json_parse(&object,
			LITERAL("{\"b\":\"AAEC\",\"c\":\"AAE=\",\"d\":\"AA\",\"f\":false,"
				"\"e\":\"\"}")),
		KR_OK);
	assert_int_equal(json_bytes(object, "b", bytes, 3), KR_OK);
	assert_memory_equal(bytes, "\x00\x01\x02", 3);
	assert_int_equal(json_bytes(object, "b", bytes, 2), KR_ERR_FIELD);
	assert_int_equal(json_bytes(object, "c", bytes, 2), KR_ERR_FIELD);
	assert_int_equal(json_bytes(object, "f", bytes, 3), KR_ERR_FIELD);
	assert_int_equal(json_bytes_optional(object, "x", bytes, 3, &present), KR_OK);
	assert_false(present);
	assert_int_equal(json_blob(object, "d", &blob), KR_OK);
	assert_int_equal(blob.len, 1);
	kr_bytes_free(&blob);
	assert_int_equal(json_blob(object, "e", &blob), KR_OK);
	assert_int_equal(blob.len, 0);
	kr_bytes_free(&blob);
	assert_int_equal(json_blob(object, "c", &blob), KR_ERR_FIELD);
	assert_int_equal(json_flag(object, "f", &flag), KR_OK);
	assert_false(flag);
	assert_int_equal(json_flag(object, "b", &flag), KR_ERR_FIELD);
	assert_int_equal(json_flag_optional(object, "x", &flag), KR_OK);
	assert_int_equal(json_number_optional(object, "x", 0, 9, &number), KR_OK);
	assert_int_equal(number, 5);
	assert_int_equal(json_text_optional(object, "x", &text), KR_OK);
	assert_int_equal(text.len, 9);
	assert_int_equal(json_text(object, "F", &text), KR_ERR_FIELD);
	cJSON_Delete(object);
}

static void test_unknown_fields_are_refused(void **state)
{
	static const char *const names[] = {"a", "b", NULL};
	cJSON *object;

	(void)state;
	assert_int_equal(json_parse(&object, LITERAL("{\"do\":\"x\",\"a\":1}")), KR_OK);
	assert_int_equal(json_only(object, names), KR_OK);
	assert_non_null(cJSON_AddNumberToObject(object, "A", 1));
	assert_int_equal(json_only(object, names), KR_ERR_FIELD);
	cJSON_Delete(object);
}

static void test_printing(void **state)
{
	uint8_t id[KR_ID_BYTES] = {0xff};
	cJSON *object = cJSON_CreateObject();
	struct kr_bytes out;

	(void)state;
	assert_true(json_add_text(object, "t", LITERAL("\"\n\xc3\xab")));
	assert_true(json_add_id(object, "i", id));
	assert_true(json_add_number(object, "n", KR_JSON_INT_MAX));
	assert_true(json_add_flag(object, "f", true));
	assert_non_null(json_append_object(json_add_array(object, "l")));
	assert_int_equal(json_print(&out, object), KR_OK);
	assert_true(kr_view_equal(kr_view_bytes(&out),
		LITERAL("{\"t\":\"\\\"\\n\xc3\xab\","
			"\"i\":\"_wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\","
			"\"n\":9007199254740991,\"f\":true,\"l\":[{}]}")));
	kr_bytes_free(&out);
	assert_int_equal(json_print(&out, NULL), KR_ERR_MEMORY);
	assert_false(json_add_str(NULL, "a", "b"));
	assert_null(json_append_object(NULL));
}

static void test_an_error_takes_the_place_of_a_half_made_answer(void **state)
{
	struct kr_bytes out;
	cJSON *object = cJSON_CreateObject();

	(void)state;
	assert_true(json_add_number(object, "n", 1));
	assert_int_equal(json_print_answer(&out, object, KR_OK), KR_OK);
	assert_true(kr_view_equal(kr_view_bytes(&out), LITERAL("{\"n\":1}")));
	kr_bytes_free(&out);
	object = cJSON_CreateObject();
	assert_true(json_add_number(object, "n", 1));
	assert_int_equal(json_print_answer(&out, object, KR_ERR_FIELD), KR_OK);
	assert_memory_equal(out.data, "{\"error\":\"", 10);
	assert_null(memchr(out.data, '1', out.len));
	kr_bytes_free(&out);
	assert_int_equal(json_print_answer(&out, cJSON_CreateObject(), KR_ERR_MEMORY),
		KR_ERR_MEMORY);
	assert_null(out.data);
	assert_int_equal(json_print_answer(&out, NULL, KR_OK), KR_ERR_MEMORY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_a_nul_or_too_much_is_refused),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_bytes_flags_and_what_is_left_out),
		cmocka_unit_test(test_unknown_fields_are_refused),
		cmocka_unit_test(test_printing),
		cmocka_unit_test(test_an_error_takes_the_place_of_a_half_made_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
