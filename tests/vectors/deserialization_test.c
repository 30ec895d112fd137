#include "vectors.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <kring/codec.h>

/* RFC 9420 §2.1.2: the header of a vector of this length, read and written. */
static void deserialization(void **state)
{
	struct vectors *v = vectors_open("mls/deserialization.json");
	const cJSON *c;

	(void)state;
	cJSON_ArrayForEach(c, vectors_root(v))
	{
		struct kr_view header = vectors_hex(v, c, "vlbytes_header");
		struct kr_reader r = kr_reader(header);
		uint8_t written[4];
		struct kr_writer w;
		uint32_t len;

		assert_int_equal(kr_read_varint(&r, &len), KR_OK);
		assert_int_equal(kr_read_end(&r), KR_OK);
		assert_int_equal(len, vectors_uint(c, "length"));
		kr_writer_init_fixed(&w, written, sizeof(written));
		kr_write_varint(&w, len);
		vectors_assert_equal("header", kr_writer_view(&w), header);
		vectors_passed(v);
	}
	vectors_close(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deserialization),
	};

	return cmocka_run_group_tests_name("deserialization", tests, NULL, NULL);
}
