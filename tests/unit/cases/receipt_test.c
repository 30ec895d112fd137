#include <kring/cases.h>

#include <stdio.h>
#include <string.h>

#include <hex.h>
#include <test.h>

static const struct kr_receipt zero;
static struct kr_random_seeded stream;

static struct kr_random rng_new(void)
{
	static const struct kr_secret seed = {{'r'}};

	assert_int_equal(kr_crypto_init(), KR_OK);
	kr_random_seeded_init(&stream, &seed);
	return kr_random_seeded(&stream);
}

/* CASES.md §3; digits and keys were computed by a few lines of Python on libsodium. */
static const char known[] = "1234 5678 9012 3456 7888";
static const char known_relay[] = "kring.example";

static void known_digits_and_keys(void **state)
{
	static const struct {
		const char *hex;
		size_t offset;
	} parts[] = {
		{"c745cc055d00106e584e4969f9b89738d56172ddfcd44e6b5af94351588b6bff",
			offsetof(struct kr_receipt_keys, locator)},
		{"2d21a44c02d3af93f5b3d9e99338286ded1cf5cacf9ff4cab3553ccb42c0d0b7",
			offsetof(struct kr_receipt_keys, signing.public_key)},
		{"1d2c0e75cdd8cccaad0a833838cb1c1491df78f1e92916b790c07e6c609ab103",
			offsetof(struct kr_receipt_keys, sealing.public_key)},
	};
	static const struct kr_receipt_keys wiped;
	struct kr_receipt receipt;
	struct kr_receipt_keys keys;
	struct kr_receipt_keys other;

	(void)state;
	assert_int_equal(kr_receipt_parse(&receipt, kr_view_str(known)), KR_OK);
	assert_int_equal(
		kr_receipt_keys(&keys, &receipt, kr_view_str(known_relay)), KR_OK);
	for (size_t i = 0; i < NUM(parts); i++) {
		uint8_t expected[32];

		hex_decode(expected, sizeof(expected), parts[i].hex);
		assert_memory_equal(
			(const uint8_t *)&keys + parts[i].offset, expected, 32);
	}
	assert_int_equal(
		kr_receipt_keys(&other, &receipt, kr_view_str("kring.exampl")), KR_OK);
	assert_memory_not_equal(other.locator, keys.locator, sizeof(keys.locator));
	kr_receipt_keys_wipe(&keys);
	assert_memory_equal(&keys, &wiped, sizeof(keys));
}

static void what_is_printed_is_read(void **state)
{
	struct kr_random rng = rng_new();
	size_t seen[10] = {0};

	(void)state;
	for (int i = 0; i < 2000; i++) {
		struct kr_receipt receipt;
		struct kr_receipt back;
		char text[KR_RECEIPT_TEXT_BYTES];

		assert_int_equal(kr_receipt_generate(&receipt, &rng), KR_OK);
		kr_receipt_print(text, &receipt);
		assert_int_equal(strlen(text), KR_RECEIPT_TEXT_BYTES - 1);
		assert_int_equal(kr_receipt_parse(&back, kr_view_str(text)), KR_OK);
		assert_memory_equal(&back, &receipt, sizeof(back));
		for (size_t k = 0; k < 18; k++) {
			seen[receipt.digits[k] - '0']++;
		}
	}
	for (size_t digit = 0; digit < NUM(seen); digit++) {
		/* 3,600 of each, give or take; five deviations are 285. */
		assert_in_range(seen[digit], 3600 - 285, 3600 + 285);
	}
}

/* A source that begins with bytes that would favour some digits. */
static enum kr_err high_bytes_first(void *ctx, uint8_t *out, size_t len)
{
	unsigned *calls = ctx;

	memset(out, *calls < 6 ? (int)(250 + *calls) : 0, len);
	++*calls;
	return KR_OK;
}

static enum kr_err nothing(void *ctx, uint8_t *out, size_t len)
{
	(void)ctx;
	(void)out;
	(void)len;
	return KR_ERR_RANDOM;
}

static void digits_are_drawn_evenly(void **state)
{
	unsigned calls = 0;
	struct kr_random high = {.fill = high_bytes_first, .ctx = &calls};
	struct kr_random none = {.fill = nothing};
	struct kr_receipt receipt;

	(void)state;
	assert_int_equal(kr_receipt_generate(&receipt, &high), KR_OK);
	assert_memory_equal(receipt.digits, "00000000000000000098", KR_RECEIPT_DIGITS);
	assert_int_equal(calls, 24);
	assert_int_equal(kr_receipt_generate(&receipt, &none), KR_ERR_RANDOM);
	assert_memory_equal(&receipt, &zero, sizeof(zero));
}

/* Every wrong digit, and every two neighbours in the wrong order. */
static void slips_of_the_pen_are_found(void **state)
{
	struct kr_random rng = rng_new();

	(void)state;
	for (int i = 0; i < 50; i++) {
		struct kr_receipt receipt;
		struct kr_receipt back;
		struct kr_view text = kr_view(receipt.digits, sizeof(receipt.digits));

		assert_int_equal(kr_receipt_generate(&receipt, &rng), KR_OK);
		for (size_t k = 0; k < KR_RECEIPT_DIGITS; k++) {
			char good = receipt.digits[k];

			for (char wrong = '0'; wrong <= '9'; wrong++) {
				receipt.digits[k] = wrong;
				assert_int_equal(kr_receipt_parse(&back, text),
					wrong == good ? KR_OK : KR_ERR_CHECK_DIGIT);
			}
			receipt.digits[k] = good;
			if (k + 1 < KR_RECEIPT_DIGITS && receipt.digits[k + 1] != good) {
				receipt.digits[k] = receipt.digits[k + 1];
				receipt.digits[k + 1] = good;
				assert_int_equal(kr_receipt_parse(&back, text),
					KR_ERR_CHECK_DIGIT);
				assert_memory_equal(&back, &zero, sizeof(zero));
				receipt.digits[k + 1] = receipt.digits[k];
				receipt.digits[k] = good;
			}
		}
	}
}

static void texts_are_read_or_refused(void **state)
{
	static const struct {
		const char *name, *text;
		enum kr_err err;
	} cases[] = {
		{"as printed", "1234 5678 9012 3456 7888", KR_OK},
		{"in one", "12345678901234567888", KR_OK},
		{"with hyphens and points", " 1234-5678.9012 - 3456 7888 ", KR_OK},
		{"empty", "", KR_ERR_ENCODING},
		{"spaces", "   ", KR_ERR_ENCODING},
		{"a digit less", "1234 5678 9012 3456 788", KR_ERR_ENCODING},
		{"a digit more", "1234 5678 9012 3456 7888 8", KR_ERR_ENCODING},
		{"a letter", "1234 5678 9012 3456 788O", KR_ERR_ENCODING},
		{"a newline", "1234 5678 9012 3456 7888\n", KR_ERR_ENCODING},
		{"check digits that are as good modulo 97", "0000 0000 0000 0000 0001",
			KR_ERR_CHECK_DIGIT},
		{"all zeroes", "0000 0000 0000 0000 0000", KR_ERR_CHECK_DIGIT},
		{"the lowest", "0000 0000 0000 0000 0098", KR_OK},
	};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		struct kr_receipt receipt;
		enum kr_err err = kr_receipt_parse(&receipt, kr_view_str(cases[i].text));

		if (err != cases[i].err) {
			fail_msg("%s: %s", cases[i].name, kr_err_name(err));
		}
		assert_int_equal(
			memcmp(&receipt, &zero, sizeof(zero)) != 0, err == KR_OK);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_digits_and_keys),
		cmocka_unit_test(what_is_printed_is_read),
		cmocka_unit_test(digits_are_drawn_evenly),
		cmocka_unit_test(slips_of_the_pen_are_found),
		cmocka_unit_test(texts_are_read_or_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
