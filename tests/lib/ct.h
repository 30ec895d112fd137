/* Constant-time checks under valgrind: bytes that are declared secret count as undefined,
 * and memcheck reports every branch and every memory address that depends on them (the
 * idea is Adam Langley's ctgrind).
 *
 *	static void tag_comparison(void)
 *	{
 *		ct_secret(expected, sizeof(expected));
 *		equal = kr_equal_ct(tag, expected, sizeof(expected));
 *		ct_public(&equal, sizeof(equal));
 *	}
 *
 * A program is a table of such functions given to ct_main. It lives in
 * tests/unit/constant_time, is built without sanitizers in build/ct and run by tests/run;
 * run by hand without valgrind it skips itself. */
#ifndef KRING_TESTS_CT_H
#define KRING_TESTS_CT_H

#include <stddef.h>

struct ct_check {
	const char *name;
	void (*run)(void);
	/* Branches on the answer that the function gives (the tag is wrong, the point is
	 * of low order), which is no secret: at most so many reports are let pass. */
	unsigned num_answers;
};

/* From here on nothing may depend on the value of these bytes. */
void ct_secret(void *data, size_t len);

/* From here on these bytes, a result that is allowed to be known, may be branched
 * upon. */
void ct_public(void *data, size_t len);

/* Run the checks and speak TAP. A check fails if memcheck reported more than num_answers
 * branches while it ran.
 * One check more is made first: that a branch on a secret is seen at all. */
int ct_main(const struct ct_check *checks, size_t num_checks);

#endif
