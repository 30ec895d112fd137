/* clients/load/histogram.c: percentiles within a 32nd of the truth. */
#include "clients/load/histogram.h"

#include <stdlib.h>
#include <string.h>

#include "tests/lib/test.h"

static struct histogram h;

static int reset(void **state)
{
	(void)state;
	memset(&h, 0, sizeof(h));
	return 0;
}

static void test_empty(void **state)
{
	(void)state;
	assert_int_equal(histogram_percentile(&h, 0.5), 0);
	assert_int_equal(h.max, 0);
}

/* A single value is every percentile of itself, whatever its size. */
static void test_single(void **state)
{
	static const uint64_t values[] = {
		0, 1, 31, 32, 33, 63, 64, 1000, 123456789, UINT64_C(1) << 40, UINT64_MAX};

	for (size_t i = 0; i < NUM(values); i++) {
		(void)reset(state);
		histogram_add(&h, values[i]);
		assert_int_equal(histogram_percentile(&h, 0), values[i]);
		assert_int_equal(histogram_percentile(&h, 0.5), values[i]);
		assert_int_equal(histogram_percentile(&h, 1), values[i]);
	}
}

static void test_percentiles(void **state)
{
	static const double shares[] = {0.01, 0.25, 0.5, 0.9, 0.99, 0.999};

	(void)state;
	for (uint64_t i = 1; i <= 100000; i++) {
		histogram_add(&h, i * 1000);
	}
	assert_int_equal(h.num, 100000);
	assert_int_equal(h.max, 100000000);
	for (size_t i = 0; i < NUM(shares); i++) {
		double truth = shares[i] * 1e8;
		double got = (double)histogram_percentile(&h, shares[i]);

		if (got < truth || got > truth * (1 + 1.0 / 16)) {
			fail_msg("share %f: %f", shares[i], got);
		}
	}
	assert_int_equal(histogram_percentile(&h, 1), h.max);
}

/* One slow sample in a thousand is seen by the 999th but not by the 99th. */
static void test_tail(void **state)
{
	(void)state;
	for (int i = 0; i < 999; i++) {
		histogram_add(&h, 10);
	}
	histogram_add(&h, 1000000);
	assert_int_equal(histogram_percentile(&h, 0.99), 10);
	assert_int_equal(histogram_percentile(&h, 0.9995), 1000000);
	assert_int_equal(h.max, 1000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_empty, reset),
		cmocka_unit_test_setup(test_single, reset),
		cmocka_unit_test_setup(test_percentiles, reset),
		cmocka_unit_test_setup(test_tail, reset),
	};

	return cmocka_run_group_tests_name("load/histogram", tests, NULL, NULL);
}
