#include "alloc_fail.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

/* The linker's --wrap gives these names. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t num, size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t num, size_t size);
void *__wrap_realloc(void *p, size_t size);

static bool armed;
static size_t fail_at;
static size_t num_allocations;

static bool must_fail(void)
{
	return armed && ++num_allocations == fail_at;
}

void *__wrap_malloc(size_t size)
{
	return must_fail() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t num, size_t size)
{
	return must_fail() ? NULL : __real_calloc(num, size);
}

void *__wrap_realloc(void *p, size_t size)
{
	return must_fail() ? NULL : __real_realloc(p, size);
}

void alloc_fail_arm(size_t n)
{
	armed = true;
	fail_at = n;
	num_allocations = 0;
}

size_t alloc_fail_disarm(void)
{
	armed = false;
	return num_allocations;
}

bool alloc_fail_happened(void)
{
	return fail_at > 0 && num_allocations >= fail_at;
}

size_t alloc_fail_each(
	enum kr_err (*operation)(void *ctx), void (*unchanged)(void *ctx), void *ctx)
{
	for (size_t n = 1;; n++) {
		enum kr_err err;

		alloc_fail_arm(n);
		err = operation(ctx);
		alloc_fail_disarm();
		if (!alloc_fail_happened()) {
			assert_int_equal(err, KR_OK);
			return n - 1;
		}
		if (err != KR_ERR_MEMORY) {
			fail_msg("allocation %zu failed and the operation returned %s", n,
				kr_err_name(err));
		}
		if (unchanged != NULL) {
			unchanged(ctx);
		}
	}
}
