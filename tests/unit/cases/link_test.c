#include <kring/cases.h>

#include <stdio.h>
#include <string.h>

#include <test.h>

#define ID  "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE"
#define KEY "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI"

static void links_are_read_or_refused(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} cases[] = {
		{"https://kring.example/melden#2." ID "." KEY, true},
		{"https://kring.example/#2." ID "." KEY ".relay.example:8443", true},
		{"https://kring.example/#1." ID "." KEY, false},
		{"https://kring.example/#3." ID "." KEY, false},
		{"https://kring.example/#2." ID, false},
		{"https://kring.example/#2." ID "." KEY ".", false},
		{"https://kring.example/#2." ID "." KEY "x", false},
		{"https://kring.example/#2." ID "-" KEY, false},
		{"ftp://kring.example/#2." ID "." KEY, false},
		{"#2." ID "." KEY, false},
		{"", false},
	};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		static const struct kr_inbox_link zero;
		struct kr_inbox_link link;
		enum kr_err err = kr_inbox_link_read(&link, kr_view_str(cases[i].text));
		uint8_t text[KR_LINK_MAX];
		struct kr_writer w;

		if (err != (cases[i].good ? KR_OK : KR_ERR_LINK)) {
			fail_msg("%s: %s", cases[i].text, kr_err_name(err));
		}
		if (!cases[i].good) {
			assert_memory_equal(&link, &zero, sizeof(link));
			continue;
		}
		assert_int_equal(link.identity_key[31], 1);
		assert_int_equal(link.reading_key[31], 2);
		kr_writer_init_fixed(&w, text, sizeof(text));
		kr_inbox_link_write(&w, &link);
		assert_int_equal(w.err, KR_OK);
		assert_true(
			kr_view_equal(kr_writer_view(&w), kr_view_str(cases[i].text)));
	}
}

static void an_invitation_is_no_inbox(void **state)
{
	struct kr_link link;

	(void)state;
	assert_int_equal(
		kr_link_read(&link, kr_view_str("https://kring.example/#2." ID "." KEY)),
		KR_ERR_LINK);
}

static void a_bad_link_is_not_written(void **state)
{
	struct kr_inbox_link link = {.prefix = LITERAL("kring.example")};
	uint8_t text[KR_LINK_MAX];
	struct kr_writer w;

	(void)state;
	kr_writer_init_fixed(&w, text, sizeof(text));
	kr_inbox_link_write(&w, &link);
	assert_int_equal(w.err, KR_ERR_LINK);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(links_are_read_or_refused),
		cmocka_unit_test(an_invitation_is_no_inbox),
		cmocka_unit_test(a_bad_link_is_not_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
