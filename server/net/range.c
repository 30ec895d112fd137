#include "server/net/range.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Digits at *p, saturating; false if there are none. */
static bool read_number(const char **p, size_t *out)
{
	const char *start = *p;

	*out = 0;
	for (; **p >= '0' && **p <= '9'; (*p)++) {
		size_t digit = (size_t)(**p - '0');

		*out = *out > (SIZE_MAX - digit) / 10 ? SIZE_MAX : *out * 10 + digit;
	}
	return *p != start;
}

enum range_kind range_parse(const char *value, size_t len, size_t *first, size_t *last)
{
	bool has_first, has_last;
	const char *p = value;

	if (strncmp(p, "bytes=", 6) != 0) {
		return RANGE_NONE;
	}
	p += 6;
	has_first = read_number(&p, first);
	if (*p++ != '-') {
		return RANGE_NONE;
	}
	has_last = read_number(&p, last);
	if (*p != '\0' || (!has_first && !has_last) ||
		(has_first && has_last && *last < *first)) {
		return RANGE_NONE;
	}
	if (!has_first) {
		/* The last bytes of the body. */
		if (*last == 0 || len == 0) {
			return RANGE_UNSATISFIABLE;
		}
		*first = *last < len ? len - *last : 0;
		*last = len - 1;
		return RANGE_ONE;
	}
	if (*first >= len) {
		return RANGE_UNSATISFIABLE;
	}
	if (!has_last || *last >= len) {
		*last = len - 1;
	}
	return RANGE_ONE;
}
