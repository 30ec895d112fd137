#include "ct.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <valgrind/memcheck.h>
#include <valgrind/valgrind.h>

void ct_secret(void *data, size_t len)
{
	(void)VALGRIND_MAKE_MEM_UNDEFINED(data, len);
}

void ct_public(void *data, size_t len)
{
	(void)VALGRIND_MAKE_MEM_DEFINED(data, len);
}

/* A comparison as it must not be: it leaves at the first difference. */
static void leak(void)
{
	uint8_t secret[32] = {0};
	volatile unsigned num_equal = 0;

	ct_secret(secret, sizeof(secret));
	for (size_t i = 0; i < sizeof(secret) && secret[i] == 0; i++) {
		num_equal++;
	}
}

static unsigned long num_reported(void (*run)(void))
{
	unsigned long before = VALGRIND_COUNT_ERRORS;

	run();
	return VALGRIND_COUNT_ERRORS - before;
}

int ct_main(const struct ct_check *checks, size_t num_checks)
{
	bool good;
	int status = 0;

	if (!RUNNING_ON_VALGRIND) {
		printf("1..0 # SKIP not under valgrind\n");
		return 0;
	}
	printf("1..%zu\n", num_checks + 1);
	good = num_reported(leak) > 0;
	printf("%s 1 - a branch on a secret is seen\n", good ? "ok" : "not ok");
	status |= !good;
	for (size_t i = 0; i < num_checks; i++) {
		good = num_reported(checks[i].run) <= checks[i].num_answers;
		printf("%s %zu - %s\n", good ? "ok" : "not ok", i + 2, checks[i].name);
		status |= !good;
	}
	return status;
}
