#include "codec_props.h"

#include <stdlib.h>
#include <string.h>

#include "test.h"

/* A copy with room for one byte more, which is zero; the caller frees it. */
static uint8_t *copy_of(struct kr_view v, size_t len)
{
	uint8_t *copy = calloc(len > 0 ? len : 1, 1);

	assert_non_null(copy);
	if (v.len > 0) {
		memcpy(copy, v.data, v.len < len ? v.len : len);
	}
	return copy;
}

void codec_props_whole(
	const char *name, enum kr_err (*read)(struct kr_view bytes), struct kr_view good)
{
	for (size_t len = 0; len <= good.len + 1; len++) {
		uint8_t *copy = copy_of(good, len);
		enum kr_err err = read(kr_view(copy, len));

		if ((err == KR_OK) != (len == good.len)) {
			fail_msg("%s: %zu of %zu bytes give %s", name, len, good.len,
				kr_err_name(err));
		}
		free(copy);
	}
}

void codec_props_signed(
	const char *name, enum kr_err (*read)(struct kr_view bytes), struct kr_view good)
{
	uint8_t *copy = copy_of(good, good.len);

	for (size_t bit = 0; bit < good.len * 8; bit++) {
		copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (read(kr_view(copy, good.len)) == KR_OK) {
			fail_msg("%s: accepted with bit %zu of byte %zu flipped", name,
				bit % 8, bit / 8);
		}
		copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	free(copy);
}
