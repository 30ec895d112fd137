/* What every cmocka test includes: cmocka.h with the headers it wants before it, and the
 * size of a table. */
#ifndef KRING_TESTS_TEST_H
#define KRING_TESTS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define NUM(array) (sizeof(array) / sizeof((array)[0]))

/* The bytes of a string literal, which may hold NULs, without the NUL that ends it. */
#define LITERAL(s) kr_view((s), sizeof(s) - 1)

/* The same as an initialiser, for static tables. */
#define LITERAL_INIT(s)                                                                  \
	{                                                                                \
		.data = (const uint8_t *)(s), .len = sizeof(s) - 1                       \
	}

#endif
