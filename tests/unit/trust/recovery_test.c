#include <test.h>

#include <hex.h>

#include <string.h>

#include "fixture.h"

static const struct kr_recovery zero;

static struct kr_recovery counting(void)
{
	struct kr_recovery r;

	for (size_t i = 0; i < sizeof(r.bytes); i++) {
		r.bytes[i] = (uint8_t)(i * 0x11);
	}
	return r;
}

static void what_is_printed_is_read(void **state)
{
	struct world *w = world_new(FOUNDED_BY_TWO);
	unsigned group = 99;

	(void)state;
	for (int i = 0; i < 200; i++) {
		struct kr_recovery r = i == 0 ? zero : counting();
		struct kr_recovery back;
		char text[KR_RECOVERY_TEXT_BYTES];

		if (i == 1) {
			memset(r.bytes, 0xff, sizeof(r.bytes));
		} else if (i > 2) {
			assert_int_equal(kr_recovery_generate(&r, &w->rng), KR_OK);
		}
		kr_recovery_print(text, &r);
		assert_int_equal(strlen(text), KR_RECOVERY_TEXT_BYTES - 1);
		assert_int_equal(
			kr_recovery_parse(&back, &group, kr_view_str(text)), KR_OK);
		assert_memory_equal(&back, &r, sizeof(back));
		assert_int_equal(group, 0);
	}
}

/* Every wrong digit and every two neighbours in the wrong order are found, in their
 * group. */
static void slips_of_the_pen_are_found(void **state)
{
	struct kr_recovery r = counting();
	char text[KR_RECOVERY_TEXT_BYTES];

	(void)state;
	kr_recovery_print(text, &r);
	for (size_t i = 0; text[i] != '\0'; i++) {
		struct kr_recovery back;
		unsigned group;
		char good = text[i];
		char next = text[i + 1];

		for (char digit = '0'; good != ' ' && digit <= '9'; digit++) {
			text[i] = digit;
			if (digit != good) {
				assert_int_equal(kr_recovery_parse(&back, &group,
							 kr_view_str(text)),
					KR_ERR_CHECK_DIGIT);
				assert_int_equal(group, i / 7 + 1);
				assert_memory_equal(&back, &zero, sizeof(back));
			}
		}
		text[i] = good;
		if (good != ' ' && next != ' ' && next != '\0' && good != next) {
			text[i] = next;
			text[i + 1] = good;
			assert_int_equal(
				kr_recovery_parse(&back, &group, kr_view_str(text)),
				KR_ERR_CHECK_DIGIT);
			assert_int_equal(group, i / 7 + 1);
			text[i] = good;
			text[i + 1] = next;
		}
	}
}

static void groups_in_the_wrong_order_are_found(void **state)
{
	struct kr_recovery r = counting();
	char text[KR_RECOVERY_TEXT_BYTES];

	(void)state;
	for (size_t a = 0; a < KR_RECOVERY_NUM_GROUPS; a++) {
		for (size_t b = a + 1; b < KR_RECOVERY_NUM_GROUPS; b++) {
			struct kr_recovery back;
			char swapped[6];
			unsigned group;

			kr_recovery_print(text, &r);
			memcpy(swapped, text + 7 * a, 6);
			memcpy(text + 7 * a, text + 7 * b, 6);
			memcpy(text + 7 * b, swapped, 6);
			assert_int_equal(
				kr_recovery_parse(&back, &group, kr_view_str(text)),
				KR_ERR_CHECK_DIGIT);
			assert_int_equal(group, a + 1);
		}
	}
}

/* As TRUST.md §12 has it; the digits were computed by a few lines of Python. */
static const char printed[] =
	"000179 087555 174939 262319 349696 437072 524457 611837 025919";

static void known_digits(void **state)
{
	struct kr_recovery r = counting();
	char text[KR_RECOVERY_TEXT_BYTES];

	(void)state;
	kr_recovery_print(text, &r);
	assert_string_equal(text, printed);
}

static void other_texts_are_refused(void **state)
{
	static const struct {
		const char *name, *text;
	} cases[] = {
		{"empty", ""},
		{"spaces", "    "},
		{"a digit missing",
			"000179 087555 174939 262319 349696 437072 524457 611837 02591"},
		{"a digit more",
			"000179 087555 174939 262319 349696 437072 524457 611837 "
			"0259190"},
		{"a letter",
			"000179 087555 174939 262319 349696 437072 524457 611837 02591O"},
		{"a newline",
			"000179 087555 174939 262319 349696 437072 524457 611837 "
			"025919\n"},
	};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		struct kr_recovery r;
		unsigned group = 99;

		assert_err(cases[i].name,
			kr_recovery_parse(&r, &group, kr_view_str(cases[i].text)),
			KR_ERR_ENCODING);
		assert_int_equal(group, 0);
		assert_memory_equal(&r, &zero, sizeof(r));
	}
}

static void spaces_and_hyphens_are_skipped(void **state)
{
	struct kr_recovery expected = counting();
	struct kr_recovery r;

	(void)state;
	assert_int_equal(kr_recovery_parse(&r, NULL,
				 kr_view_str(" 000179-087555-174939-262319-349696-437072-"
					     "524457-611837-025919 ")),
		KR_OK);
	assert_memory_equal(&r, &expected, sizeof(r));
}

/* HKDF-Extract of the bytes with salt "kring recovery v1", as an Ed25519 seed. */
static void the_key_pair_follows_from_the_digits(void **state)
{
	struct kr_recovery r = counting();
	struct kr_ed25519_keypair pair;
	uint8_t seed[KR_SECRET_BYTES];

	(void)state;
	hex_decode(seed, sizeof(seed),
		"ce0a1023c9e4286a15e24bc004af415f4dcedf921b104431c754783113de117a");
	kr_recovery_keypair(&pair, &r);
	assert_memory_equal(pair.seed.bytes, seed, sizeof(seed));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_printed_is_read),
		cmocka_unit_test(slips_of_the_pen_are_found),
		cmocka_unit_test(groups_in_the_wrong_order_are_found),
		cmocka_unit_test(known_digits),
		cmocka_unit_test(other_texts_are_refused),
		cmocka_unit_test(spaces_and_hyphens_are_skipped),
		cmocka_unit_test(the_key_pair_follows_from_the_digits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
