#include "hex.h"

#include <stdio.h>
#include <string.h>

#include "test.h"

static uint8_t digit_value(char digit)
{
	static const char digits[] = "0123456789abcdef";
	const char *found = digit == '\0' ? NULL : strchr(digits, digit | 0x20);

	if (found == NULL) {
		fail_msg("'%c' is no hexadecimal digit", digit);
	}
	return (uint8_t)(found - digits);
}

void hex_decode(uint8_t *out, size_t len, const char *hex)
{
	if (strlen(hex) != 2 * len) {
		fail_msg(
			"%zu hexadecimal digits, not %zu: %s", strlen(hex), 2 * len, hex);
	}
	for (size_t i = 0; i < len; i++) {
		out[i] = (uint8_t)(digit_value(hex[2 * i]) << 4 |
			digit_value(hex[2 * i + 1]));
	}
}

void hex_print(const char *what, struct kr_view v)
{
	printf("# %s ", what);
	for (size_t i = 0; i < v.len; i++) {
		printf("%02x", v.data[i]);
	}
	printf("\n");
}
