/* The reader and the writer against each other. The input is a count, as many operations,
 * and what they read. What is read is written again and has to give the bytes that were
 * taken; a refusal leaves the reader where it was. */
#include "fuzz.h"

#include <string.h>

#include <kring/codec.h>

#define FIXED_LEN 5

static void assert_empty(struct kr_view v)
{
	FUZZ_ASSERT(v.data == NULL && v.len == 0);
}

static enum kr_err integer(struct kr_reader *r, struct kr_writer *w, unsigned operation)
{
	uint8_t u8 = 1;
	uint16_t u16 = 1;
	uint32_t u32 = 1;
	uint64_t u64 = 1;
	enum kr_err err;

	switch (operation) {
	case 0:
		err = kr_read_u8(r, &u8);
		kr_write_u8(w, u8);
		FUZZ_ASSERT(err == KR_OK || u8 == 0);
		return err;
	case 1:
		err = kr_read_u16(r, &u16);
		kr_write_u16(w, u16);
		FUZZ_ASSERT(err == KR_OK || u16 == 0);
		return err;
	case 2:
		err = kr_read_u32(r, &u32);
		kr_write_u32(w, u32);
		FUZZ_ASSERT(err == KR_OK || u32 == 0);
		return err;
	case 3:
		err = kr_read_u64(r, &u64);
		kr_write_u64(w, u64);
		FUZZ_ASSERT(err == KR_OK || u64 == 0);
		return err;
	default:
		err = kr_read_varint(r, &u32);
		kr_write_varint(w, u32);
		FUZZ_ASSERT(err == KR_OK || u32 == 0);
		return err;
	}
}

static enum kr_err range(struct kr_reader *r, struct kr_writer *w, unsigned operation)
{
	uint8_t copy[FIXED_LEN];
	struct kr_view v = kr_view(copy, 1);
	bool present = true;
	enum kr_err err;

	switch (operation) {
	case 5:
		err = kr_read_fixed(r, FIXED_LEN, &v);
		kr_write_fixed(w, v);
		break;
	case 6:
		err = kr_read_copy(r, copy, sizeof(copy));
		kr_write_fixed(w, kr_view(copy, sizeof(copy)));
		return err;
	case 7:
		err = kr_read_vec_exact(r, copy, sizeof(copy));
		kr_write_vec(w, kr_view(copy, sizeof(copy)));
		return err;
	case 8:
		err = kr_read_optional(r, &present);
		kr_write_optional(w, present);
		FUZZ_ASSERT(err == KR_OK || !present);
		return err;
	default:
		err = kr_read_vec(r, &v);
		kr_write_vec(w, v);
		break;
	}
	if (err != KR_OK) {
		assert_empty(v);
	}
	return err;
}

static void run_operation(struct kr_reader *r, unsigned operation)
{
	KR_AUTO_WRITER struct kr_writer w = {0};
	struct kr_view before = r->rest;
	enum kr_err err;

	kr_writer_init(&w);
	err = operation < 5 ? integer(r, &w, operation) : range(r, &w, operation);
	if (err != KR_OK) {
		FUZZ_ASSERT(r->rest.data == before.data && r->rest.len == before.len);
		return;
	}
	FUZZ_ASSERT(r->rest.len <= before.len);
	FUZZ_ASSERT(kr_view_equal(
		kr_writer_view(&w), kr_view(before.data, before.len - r->rest.len)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kr_reader r = kr_reader(kr_view(data, size));
	struct kr_view operations;
	uint8_t num_operations;

	if (kr_read_u8(&r, &num_operations) != KR_OK ||
		kr_read_fixed(&r, num_operations, &operations) != KR_OK) {
		return -1;
	}
	for (size_t i = 0; i < operations.len; i++) {
		run_operation(&r, operations.data[i] % 10);
	}
	FUZZ_ASSERT((kr_read_end(&r) == KR_OK) == (r.rest.len == 0));
	return 0;
}
