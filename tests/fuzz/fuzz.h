/* A fuzz target is one <name>_fuzz.c with one function that takes any input and comes
 * back. It is linked twice: to libFuzzer, which makes inputs up and watches which code
 * they reach, and to replay.c, which runs the inputs in corpus/<name>. The list is in
 * meson.build.
 *
 * A target proves more than the absence of crashes: whatever is accepted has to be what
 * the format's rules say, e.g. encode to the same bytes again. FUZZ_ASSERT is for
 * that. */
#ifndef KRING_TESTS_FUZZ_H
#define KRING_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Returns 0, or -1 for an input that is not worth keeping in the corpus. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void fuzz_fail(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: %s\n", file, line, what);
	abort();
}

#define FUZZ_ASSERT(condition)                                                           \
	((condition) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #condition))

#endif
