#include <test.h>

#include <alloc_fail.h>
#include <stdlib.h>
#include <string.h>

#include <kring/codec.h>

static const size_t varint_edges[] = {
	0,
	1,
	0x3e,
	0x3f,
	0x40,
	0x41,
	0x3ffe,
	0x3fff,
	0x4000,
	0x4001,
	0x3ffffffe,
	0x3fffffff,
};

static void varints_come_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < NUM(varint_edges); i++) {
		size_t value = varint_edges[i];
		uint8_t written[4];
		struct kr_writer w;
		struct kr_reader r;
		uint32_t back;

		kr_writer_init_fixed(&w, written, sizeof(written));
		kr_write_varint(&w, value);
		assert_int_equal(w.err, KR_OK);
		assert_int_equal(w.len, value <= 0x3f ? 1 : value <= 0x3fff ? 2 : 4);
		r = kr_reader(kr_writer_view(&w));
		assert_int_equal(kr_read_varint(&r, &back), KR_OK);
		assert_int_equal(kr_read_end(&r), KR_OK);
		assert_int_equal(back, value);
	}
}

static void varints_beyond_the_greatest_fail(void **state)
{
	const size_t values[] = {0x40000000, 0xffffffff, SIZE_MAX};

	(void)state;
	for (size_t i = 0; i < NUM(values); i++) {
		uint8_t written[8];
		struct kr_writer w;

		kr_writer_init_fixed(&w, written, sizeof(written));
		kr_write_varint(&w, values[i]);
		assert_int_equal(w.err, KR_ERR_TOO_LARGE);
		assert_int_equal(w.len, 0);
	}
}

/* One of everything, as it must look on the wire. */
static void write_one_of_each(struct kr_writer *w)
{
	kr_write_u8(w, 0x01);
	kr_write_u16(w, 0x0203);
	kr_write_u32(w, 0x04050607);
	kr_write_u64(w, 0x08090a0b0c0d0e0f);
	kr_write_optional(w, true);
	kr_write_optional(w, false);
	kr_write_fixed(w, LITERAL("abc"));
	kr_write_zeroes(w, 2);
	kr_write_vec(w, LITERAL("xyz"));
	kr_write_vec(w, kr_view(NULL, 0));
}

static const uint8_t one_of_each[] = {
	0x01,
	0x02,
	0x03,
	0x04,
	0x05,
	0x06,
	0x07,
	0x08,
	0x09,
	0x0a,
	0x0b,
	0x0c,
	0x0d,
	0x0e,
	0x0f,
	0x01,
	0x00,
	'a',
	'b',
	'c',
	0x00,
	0x00,
	0x03,
	'x',
	'y',
	'z',
	0x00,
};

static void writes_the_wire_format(void **state)
{
	struct kr_bytes out;
	struct kr_writer w;

	(void)state;
	kr_writer_init(&w);
	write_one_of_each(&w);
	assert_int_equal(kr_writer_finish(&w, &out), KR_OK);
	assert_int_equal(out.len, sizeof(one_of_each));
	assert_memory_equal(out.data, one_of_each, sizeof(one_of_each));
	kr_bytes_free(&out);
}

static void reads_back_what_was_written(void **state)
{
	struct kr_reader r = kr_reader(kr_view(one_of_each, sizeof(one_of_each)));
	struct kr_view fixed;
	struct kr_view vec;
	struct kr_view empty;
	uint8_t zeroes[2] = {1, 1};
	bool yes;
	bool no;
	uint64_t u64;
	uint32_t u32;
	uint16_t u16;
	uint8_t u8;

	(void)state;
	assert_int_equal(kr_read_u8(&r, &u8) || kr_read_u16(&r, &u16) ||
			kr_read_u32(&r, &u32) || kr_read_u64(&r, &u64) ||
			kr_read_optional(&r, &yes) || kr_read_optional(&r, &no) ||
			kr_read_fixed(&r, 3, &fixed) || kr_read_copy(&r, zeroes, 2) ||
			kr_read_vec(&r, &vec) || kr_read_vec(&r, &empty) ||
			kr_read_end(&r),
		KR_OK);
	assert_int_equal(u8, 0x01);
	assert_int_equal(u16, 0x0203);
	assert_int_equal(u32, 0x04050607);
	assert_int_equal(u64, 0x08090a0b0c0d0e0f);
	assert_true(yes && !no);
	assert_true(kr_view_equal(fixed, LITERAL("abc")));
	assert_true(zeroes[0] == 0 && zeroes[1] == 0);
	assert_true(kr_view_equal(vec, LITERAL("xyz")));
	assert_int_equal(empty.len, 0);
}

/* Storage of every length that is too short: the writer fails, and never writes past
 * it. */
static void every_storage_too_short_fails(void **state)
{
	(void)state;
	for (size_t cap = 0; cap <= sizeof(one_of_each); cap++) {
		uint8_t *storage =
			malloc(cap + 1); /* of this exact size, for the sanitizer */
		struct kr_writer w;

		assert_non_null(storage);
		storage[cap] = 0x5a;
		kr_writer_init_fixed(&w, storage, cap);
		write_one_of_each(&w);
		if (cap < sizeof(one_of_each)) {
			assert_int_equal(w.err, KR_ERR_TOO_LARGE);
			assert_int_equal(kr_writer_view(&w).len, 0);
			assert_null(kr_writer_view(&w).data);
		} else {
			assert_int_equal(w.err, KR_OK);
			assert_true(kr_view_equal(kr_writer_view(&w),
				kr_view(one_of_each, sizeof(one_of_each))));
		}
		assert_int_equal(storage[cap], 0x5a);
		free(storage);
	}
}

/* Not even something shorter that would still fit. */
static void the_first_error_sticks(void **state)
{
	uint8_t storage[4];
	struct kr_writer w;

	(void)state;
	kr_writer_init_fixed(&w, storage, sizeof(storage));
	kr_write_u64(&w, 1);
	kr_write_u8(&w, 1);
	kr_writer_fail(&w, KR_ERR_ENCODING);
	assert_int_equal(w.err, KR_ERR_TOO_LARGE);
	assert_int_equal(w.len, 0);
	kr_writer_reset(&w);
	kr_writer_fail(&w, KR_ERR_ENCODING);
	kr_writer_fail(&w, KR_ERR_MEMORY);
	kr_write_u8(&w, 1);
	assert_int_equal(w.err, KR_ERR_ENCODING);
	kr_writer_reset(&w);
	kr_write_u8(&w, 1);
	assert_true(kr_view_equal(kr_writer_view(&w), LITERAL("\x01")));
}

static void finish_reports_the_error_and_gives_nothing(void **state)
{
	struct kr_bytes out = {.data = (uint8_t *)(uintptr_t)1, .len = 1};
	struct kr_writer w;

	(void)state;
	kr_writer_init_max(&w, 3);
	kr_write_u16(&w, 1);
	kr_write_u16(&w, 2);
	assert_int_equal(kr_writer_finish(&w, &out), KR_ERR_TOO_LARGE);
	assert_null(out.data);
	assert_int_equal(out.len, 0);
	assert_null(w.data);
}

static void finish_refuses_the_callers_storage(void **state)
{
	uint8_t storage[4];
	struct kr_bytes out;
	struct kr_writer w;

	(void)state;
	kr_writer_init_fixed(&w, storage, sizeof(storage));
	kr_write_u8(&w, 1);
	assert_int_equal(kr_writer_finish(&w, &out), KR_ERR_ARGUMENT);
	assert_null(out.data);
}

/* After a finish the writer is empty and works again. */
static void a_finished_writer_starts_afresh(void **state)
{
	struct kr_bytes first;
	struct kr_bytes second;
	struct kr_writer w;

	(void)state;
	kr_writer_init_max(&w, 8);
	kr_write_u8(&w, 1);
	assert_int_equal(kr_writer_finish(&w, &first), KR_OK);
	kr_write_u64(&w, 2);
	assert_int_equal(kr_writer_finish(&w, &second), KR_OK);
	assert_int_equal(first.len, 1);
	assert_int_equal(second.len, 8);
	kr_bytes_free(&first);
	kr_bytes_free(&second);
	kr_write_fixed(&w, LITERAL("nine chars"));
	assert_int_equal(w.err, KR_ERR_TOO_LARGE);
	kr_writer_free(&w);
	kr_writer_free(NULL);
}

/* Vectors whose length needs one, two and four bytes, one in the other. */
static void vectors_nest(void **state)
{
	static const size_t content_lens[] = {
		0, 1, 0x3e, 0x3f, 0x40, 0x3ffd, 0x3fff, 0x4000};
	struct kr_writer w;

	(void)state;
	kr_writer_init(&w);
	for (size_t i = 0; i < NUM(content_lens); i++) {
		size_t len = content_lens[i];
		size_t outer = kr_write_vec_begin(&w);
		size_t inner = kr_write_vec_begin(&w);
		struct kr_view outer_vec;
		struct kr_view inner_vec;
		struct kr_reader r;
		uint16_t last;

		kr_write_zeroes(&w, len);
		kr_write_vec_end(&w, inner);
		kr_write_u16(&w, 0xbeef);
		kr_write_vec_end(&w, outer);
		r = kr_reader(kr_writer_view(&w));
		assert_int_equal(kr_read_vec(&r, &outer_vec), KR_OK);
		assert_int_equal(kr_read_end(&r), KR_OK);
		r = kr_reader(outer_vec);
		assert_int_equal(kr_read_vec(&r, &inner_vec), KR_OK);
		assert_int_equal(kr_read_u16(&r, &last), KR_OK);
		assert_int_equal(kr_read_end(&r), KR_OK);
		assert_int_equal(inner_vec.len, len);
		assert_int_equal(last, 0xbeef);
		kr_writer_reset(&w);
	}
	kr_writer_free(&w);
}

static void a_vector_that_does_not_fit_fails(void **state)
{
	uint8_t storage[4];
	struct kr_writer w;
	size_t begin;

	(void)state;
	kr_writer_init_fixed(&w, storage, sizeof(storage));
	begin = kr_write_vec_begin(&w);
	kr_write_u32(&w, 1);
	kr_write_vec_end(&w, begin); /* no room for the length */
	assert_int_equal(w.err, KR_ERR_TOO_LARGE);
}

/* The bound of a growing writer is kept to the byte. */
static void growth_stops_at_the_bound(void **state)
{
	struct kr_writer w;

	(void)state;
	kr_writer_init_max(&w, 1000);
	kr_write_zeroes(&w, 1000);
	assert_int_equal(w.err, KR_OK);
	kr_write_u8(&w, 0);
	assert_int_equal(w.err, KR_ERR_TOO_LARGE);
	kr_writer_free(&w);
}

static enum kr_err write_a_lot(void *ctx)
{
	KR_AUTO_WRITER struct kr_writer w = {0};
	KR_AUTO_FREE struct kr_bytes out = {0};
	enum kr_err err;

	(void)ctx;
	kr_writer_init(&w);
	for (uint32_t i = 0; i < 1000; i++) {
		kr_write_u32(&w, i);
	}
	err = kr_writer_finish(&w, &out);
	if (err == KR_OK) {
		assert_int_equal(out.len, 4000);
	} else {
		assert_null(out.data);
	}
	return err;
}

static void every_failing_allocation_is_reported(void **state)
{
	(void)state;
	assert_true(alloc_fail_each(write_a_lot, NULL, NULL) > 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(varints_come_back),
		cmocka_unit_test(varints_beyond_the_greatest_fail),
		cmocka_unit_test(writes_the_wire_format),
		cmocka_unit_test(reads_back_what_was_written),
		cmocka_unit_test(every_storage_too_short_fails),
		cmocka_unit_test(the_first_error_sticks),
		cmocka_unit_test(finish_reports_the_error_and_gives_nothing),
		cmocka_unit_test(finish_refuses_the_callers_storage),
		cmocka_unit_test(a_finished_writer_starts_afresh),
		cmocka_unit_test(vectors_nest),
		cmocka_unit_test(a_vector_that_does_not_fit_fails),
		cmocka_unit_test(growth_stops_at_the_bound),
		cmocka_unit_test(every_failing_allocation_is_reported),
	};

	return cmocka_run_group_tests_name("codec/writer", tests, NULL, NULL);
}
