#include <test.h>

#include <stdlib.h>
#include <string.h>

#include "proto/mls/leaf_node.h"

static void a_value_is_found_in_a_list(void **state)
{
	const struct kr_view list = LITERAL("\0\1\0\3\xff\xff\x12\x34");

	(void)state;
	assert_true(kr_u16_list_has(list, 1));
	assert_true(kr_u16_list_has(list, 3));
	assert_true(kr_u16_list_has(list, 0xffff));
	assert_true(kr_u16_list_has(list, 0x1234));
	assert_false(kr_u16_list_has(list, 0x0100)); /* across two values */
	assert_false(kr_u16_list_has(list, 0x3412));
	assert_false(kr_u16_list_has(list, 0));
	assert_false(kr_u16_list_has(kr_view(NULL, 0), 0));
}

/* ---- Extensions ---------------------------------------------------------------- */

static void extensions_are_checked(void **state)
{
	const struct {
		struct kr_view list;
		enum kr_err expected;
	} cases[] = {
		{{NULL, 0}, KR_OK},
		{LITERAL("\0\1\0"), KR_OK},
		{LITERAL("\0\1\2ab\xf0\1\0"), KR_OK},
		{LITERAL("\0\1\0\0\1\0"), KR_ERR_ENCODING},
		{LITERAL("\0\1\2ab\xf0\1\0\0\1\1c"), KR_ERR_ENCODING},
		{LITERAL("\xff\xff\0\xff\xff\0"), KR_ERR_ENCODING},
		{LITERAL("\0"), KR_ERR_TRUNCATED},
		{LITERAL("\0\1"), KR_ERR_TRUNCATED},
		{LITERAL("\0\1\2a"), KR_ERR_TRUNCATED},
		{LITERAL("\0\1\x40\1a"), KR_ERR_VARINT},
		{LITERAL("\0\1\0\0"), KR_ERR_TRUNCATED},
	};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		assert_int_equal(kr_extensions_check(cases[i].list), cases[i].expected);
	}
}

/* As many as there are types; comparing each with each would take minutes. */
static void all_types_at_once_are_no_trouble(void **state)
{
	KR_AUTO_WRITER struct kr_writer w = {0};
	KR_AUTO_WRITER struct kr_writer types = {0};

	(void)state;
	kr_writer_init(&w);
	kr_writer_init(&types);
	for (uint32_t type = 0; type <= UINT16_MAX; type++) {
		kr_write_u16(&w, (uint16_t)type);
		kr_write_vec(&w, kr_view(NULL, 0));
		kr_write_u16(&types, (uint16_t)(UINT16_MAX - type));
	}
	for (size_t i = 0; i < 20; i++) {
		assert_int_equal(kr_extensions_check(kr_writer_view(&w)), KR_OK);
		assert_true(kr_extensions_are_listed(
			kr_writer_view(&w), kr_writer_view(&types)));
	}
	kr_write_u16(&w, UINT16_MAX);
	kr_write_vec(&w, kr_view(NULL, 0));
	assert_int_equal(kr_extensions_check(kr_writer_view(&w)), KR_ERR_ENCODING);
}

static void an_extension_is_found(void **state)
{
	const struct kr_view list = LITERAL("\0\1\2ab\xf0\1\0\xf0\2\1c");
	struct kr_view data;

	(void)state;
	assert_int_equal(kr_mls_extension_find(list, 1, &data), KR_OK);
	assert_true(kr_view_equal(data, LITERAL("ab")));
	assert_int_equal(kr_mls_extension_find(list, 0xf001, &data), KR_OK);
	assert_int_equal(data.len, 0);
	assert_int_equal(kr_mls_extension_find(list, 0xf002, &data), KR_OK);
	assert_true(kr_view_equal(data, LITERAL("c")));
	assert_int_equal(kr_mls_extension_find(list, 2, &data), KR_ERR_NOT_FOUND);
	assert_int_equal(data.len, 0);
	assert_int_equal(
		kr_mls_extension_find(LITERAL("\0\1\2a"), 2, &data), KR_ERR_TRUNCATED);
}

static void extensions_are_written_as_they_are_read(void **state)
{
	static const struct kr_mls_extension two[] = {
		{1, {(const uint8_t *)"ab", 2}},
		{0xf001, {NULL, 0}},
	};
	static const struct kr_mls_extension same[] = {{7, {NULL, 0}}, {7, {NULL, 0}}};
	KR_AUTO_WRITER struct kr_writer w = {0};
	struct kr_mls_extension extension;
	struct kr_reader r;

	(void)state;
	kr_writer_init(&w);
	kr_write_extensions(&w, (struct kr_mls_extensions){two, 2});
	assert_true(kr_view_equal(kr_writer_view(&w), LITERAL("\x08\0\1\2ab\xf0\1\0")));
	r = kr_reader(LITERAL("\0\1\2ab\xf0"));
	assert_int_equal(kr_read_extension(&r, &extension), KR_OK);
	assert_int_equal(extension.type, 1);
	assert_true(kr_view_equal(extension.data, LITERAL("ab")));
	assert_int_equal(kr_read_extension(&r, &extension), KR_ERR_TRUNCATED);
	assert_int_equal(r.rest.len, 1);
	kr_writer_reset(&w);
	kr_write_extensions(&w, (struct kr_mls_extensions){same, 2});
	assert_int_equal(w.err, KR_ERR_ARGUMENT);
}

static void defaults_are_those_of_the_rfc(void **state)
{
	(void)state;
	for (uint32_t type = 0; type <= UINT16_MAX; type++) {
		assert_int_equal(
			kr_extension_is_default((uint16_t)type), type >= 1 && type <= 5);
		assert_int_equal(kr_proposal_type_is_default((uint16_t)type),
			type >= 1 && type <= 7);
	}
}

/* ---- Required capabilities ----------------------------------------------------- */

static void required_capabilities_are_read(void **state)
{
	const struct {
		struct kr_view extensions;
		enum kr_err expected;
	} cases[] = {
		{{NULL, 0}, KR_OK},
		{LITERAL("\0\1\0"), KR_OK},
		{LITERAL("\0\3\3\0\0\0"), KR_OK},
		{LITERAL("\0\3\x07\2\xf0\1\0\2\0\1"), KR_OK},
		{LITERAL("\0\3\2\0\0"), KR_ERR_TRUNCATED},
		{LITERAL("\0\3\4\0\0\0\0"), KR_ERR_TRAILING},
		{LITERAL("\0\3\4\1\xf0\0\0"), KR_ERR_ENCODING},
		{LITERAL("\0\3\4\0\1\xf0\0"), KR_ERR_ENCODING},
		{LITERAL("\0\3\4\0\0\1\xf0"), KR_ERR_ENCODING},
	};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		struct kr_required_capabilities required;

		assert_int_equal(
			kr_required_capabilities_read(cases[i].extensions, &required),
			cases[i].expected);
		assert_int_equal(required.extension_types.len, i == 3 ? 2 : 0);
		assert_int_equal(required.credential_types.len, i == 3 ? 2 : 0);
	}
}

static void a_leaf_supports_what_the_group_needs(void **state)
{
	const struct kr_leaf_node leaf = {
		.extension_types = LITERAL("\xf0\1"),
		.proposal_types = LITERAL("\xf0\7"),
		.credential_types = LITERAL("\0\1"),
	};
	const struct {
		struct kr_view extensions;
		enum kr_err expected;
	} cases[] = {
		{{NULL, 0}, KR_OK},
		/* extensions of the group: listed, default, not listed */
		{LITERAL("\xf0\1\0"), KR_OK},
		{LITERAL("\0\5\0"), KR_OK},
		{LITERAL("\xf0\2\0"), KR_ERR_REQUIRED_CAPABILITIES},
		{LITERAL("\xf0\1\0\xf0\2\0"), KR_ERR_REQUIRED_CAPABILITIES},
		/* required: extension types */
		{LITERAL("\0\3\5\2\xf0\1\0\0"), KR_OK},
		{LITERAL("\0\3\5\2\0\2\0\0"), KR_OK},
		{LITERAL("\0\3\5\2\xf0\2\0\0"), KR_ERR_REQUIRED_CAPABILITIES},
		/* proposal types */
		{LITERAL("\0\3\5\0\2\xf0\7\0"), KR_OK},
		{LITERAL("\0\3\5\0\2\0\7\0"), KR_OK},
		{LITERAL("\0\3\5\0\2\xf0\1\0"), KR_ERR_REQUIRED_CAPABILITIES},
		/* credential types have no defaults */
		{LITERAL("\0\3\5\0\0\2\0\1"), KR_OK},
		{LITERAL("\0\3\5\0\0\2\0\2"), KR_ERR_REQUIRED_CAPABILITIES},
		{LITERAL("\0\3\2\0\0"), KR_ERR_TRUNCATED},
	};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		assert_int_equal(kr_leaf_node_supports(&leaf, cases[i].extensions),
			cases[i].expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_is_found_in_a_list),
		cmocka_unit_test(extensions_are_checked),
		cmocka_unit_test(all_types_at_once_are_no_trouble),
		cmocka_unit_test(an_extension_is_found),
		cmocka_unit_test(extensions_are_written_as_they_are_read),
		cmocka_unit_test(defaults_are_those_of_the_rfc),
		cmocka_unit_test(required_capabilities_are_read),
		cmocka_unit_test(a_leaf_supports_what_the_group_needs),
	};

	return cmocka_run_group_tests_name("mls/lists", tests, NULL, NULL);
}
