/* Byte ranges of HTTP, RFC 9110 §14.1.2. */
#ifndef KRING_NET_RANGE_H
#define KRING_NET_RANGE_H

#include <stddef.h>

enum range_kind {
	RANGE_NONE,          /* not one byte range: send all of it */
	RANGE_ONE,           /* bytes first to last, both included */
	RANGE_UNSATISFIABLE, /* a range that has no byte in common with the body */
};

/* Read the value of a Range header for a body of len bytes. Several ranges in one header
 * are RANGE_NONE: a server may answer them with all of it. */
enum range_kind range_parse(const char *value, size_t len, size_t *first, size_t *last);

#endif
