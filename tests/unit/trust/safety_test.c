#include <test.h>

#include <string.h>

#include "fixture.h"

static struct kr_safety_party party(
	const struct person *p, const uint8_t *keys, size_t num)
{
	return (struct kr_safety_party){
		.account = p->account, .keys = kr_view(keys, num * 32)};
}

/* Digits in groups of five, a space between them. */
static void assert_digits(const char *text, size_t len)
{
	assert_int_equal(strlen(text), len);
	for (size_t i = 0; i < len; i++) {
		if (i % 6 == 5 ? text[i] != ' ' : text[i] < '0' || text[i] > '9') {
			fail_msg("character %zu of \"%s\"", i, text);
		}
	}
}

static void both_see_the_same_number(void **state)
{
	struct world *w = world_new(FOUNDED_BY_TWO);
	uint8_t forth[2][32];
	uint8_t back[3][32];
	const struct kr_safety_party anna = party(&w->anna, w->anna.device.public_key, 1);
	struct kr_safety_party bram;
	char ours[KR_SAFETY_TEXT_BYTES];
	char theirs[KR_SAFETY_TEXT_BYTES];

	(void)state;
	memcpy(forth[0], w->bram.device.public_key, 32);
	memcpy(forth[1], w->chris.device.public_key, 32);
	memcpy(back[0], forth[1], 32);
	memcpy(back[1], forth[0], 32);
	memcpy(back[2], forth[1], 32);
	bram = party(&w->bram, forth[0], 2);
	assert_int_equal(kr_safety_number(ours, &anna, &bram), KR_OK);
	assert_digits(ours, 71);
	bram = party(&w->bram, back[0], 3);
	assert_int_equal(kr_safety_number(theirs, &bram, &anna), KR_OK);
	assert_string_equal(ours, theirs);
}

/* Any other key or account gives another number. */
static void a_swapped_key_shows(void **state)
{
	struct world *w = world_new(FOUNDED_BY_TWO);
	const struct kr_safety_party anna = party(&w->anna, w->anna.device.public_key, 1);
	uint8_t two[2][32];
	char numbers[4][KR_SAFETY_TEXT_BYTES];
	struct kr_safety_party others[4];

	(void)state;
	memcpy(two[0], w->bram.device.public_key, 32);
	memcpy(two[1], w->dana.device.public_key, 32);
	others[0] = party(&w->bram, two[0], 1);
	others[1] = party(&w->bram, two[1], 1);
	others[2] = party(&w->bram, two[0], 2);
	others[3] = party(&w->dana, two[0], 1);
	for (size_t i = 0; i < NUM(others); i++) {
		assert_int_equal(kr_safety_number(numbers[i], &anna, &others[i]), KR_OK);
		for (size_t k = 0; k < i; k++) {
			assert_string_not_equal(numbers[i], numbers[k]);
		}
	}
}

static void parties_have_keys(void **state)
{
	static uint8_t keys[KR_DEVICES_MAX + 1][32];
	static const struct {
		size_t len;
		enum kr_err err;
	} cases[] = {
		{32, KR_OK},
		{KR_DEVICES_MAX * 32, KR_OK},
		{0, KR_ERR_ARGUMENT},
		{31, KR_ERR_ARGUMENT},
		{33, KR_ERR_ARGUMENT},
		{sizeof(keys), KR_ERR_ARGUMENT},
	};
	struct world *w = world_new(FOUNDED_BY_TWO);
	const struct kr_safety_party good = party(&w->anna, w->anna.device.public_key, 1);

	(void)state;
	for (size_t i = 0; i < NUM(keys); i++) {
		keys[i][0] = (uint8_t)i;
	}
	for (size_t i = 0; i < NUM(cases); i++) {
		struct kr_safety_party p = {
			.account = w->bram.account, .keys = kr_view(keys, cases[i].len)};
		char text[KR_SAFETY_TEXT_BYTES] = "x";

		assert_int_equal(kr_safety_number(text, &good, &p), cases[i].err);
		assert_int_equal(text[0] == '\0', cases[i].err != KR_OK);
		assert_int_equal(kr_safety_number(text, &p, &good), cases[i].err);
	}
}

/* Computed from TRUST.md §11 by a few lines of Python. */
static void known_numbers(void **state)
{
	static const uint8_t a_account[32] = {1};
	static const uint8_t a_key[32] = {2};
	static const uint8_t b_account[32] = {3};
	static const uint8_t b_keys[64] = {5, [32] = 4};
	const struct kr_safety_party a = {a_account, kr_view(a_key, 32)};
	const struct kr_safety_party b = {b_account, kr_view(b_keys, 64)};
	char number[KR_SAFETY_TEXT_BYTES];
	char fingerprint[KR_FINGERPRINT_TEXT_BYTES];

	(void)state;
	assert_int_equal(kr_safety_number(number, &a, &b), KR_OK);
	assert_string_equal(number,
		"92872 60594 76875 20875 24793 88377 21530 25851 33318 00795 47598 "
		"94231");
	kr_fingerprint(fingerprint, a_key);
	assert_string_equal(fingerprint, "75186 64963 02744 97988 22475 25388");
	assert_digits(fingerprint, 35);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_see_the_same_number),
		cmocka_unit_test(a_swapped_key_shows),
		cmocka_unit_test(parties_have_keys),
		cmocka_unit_test(known_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
