/* Hexadecimal in tests. */
#ifndef KRING_TESTS_HEX_H
#define KRING_TESTS_HEX_H

#include <kring/bytes.h>

/* Exactly len bytes from 2 * len digits; anything else fails the running test. */
void hex_decode(uint8_t *out, size_t len, const char *hex);

/* A TAP comment: what, and the bytes. */
void hex_print(const char *what, struct kr_view v);

#endif
