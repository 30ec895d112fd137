/* Failing the n-th allocation on purpose.
 *
 * A test that links the dependency alloc_fail has malloc, calloc and realloc of all that
 * is linked statically (Kring's own code, not shared libraries) replaced by counting
 * ones. They behave as ever until told otherwise. One thread only. */
#ifndef KRING_TESTS_ALLOC_FAIL_H
#define KRING_TESTS_ALLOC_FAIL_H

#include <stdbool.h>
#include <stddef.h>

#include <kring/err.h>

/* Start counting, and let the n-th allocation from now on fail, counted from 1; only that
 * one. 0 counts alone. */
void alloc_fail_arm(size_t n);

/* Stop; returns how many allocations were asked for since alloc_fail_arm. */
size_t alloc_fail_disarm(void);

/* The n-th allocation was reached since alloc_fail_arm, and failed. */
bool alloc_fail_happened(void);

/* Run operation with its first allocation failing, then with its second, and so on until
 * it comes to its end without one. Each time but the last it has to return KR_ERR_MEMORY,
 * the last time KR_OK. After each failure unchanged, unless NULL, asserts that what the
 * operation works on is as it was before. Leaks are for the address sanitizer to find.
 * Returns how many allocations the operation makes; a test asserts that it is not
 * zero. */
size_t alloc_fail_each(
	enum kr_err (*operation)(void *ctx), void (*unchanged)(void *ctx), void *ctx);

#endif
