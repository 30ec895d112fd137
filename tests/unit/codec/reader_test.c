#include <test.h>

#include <string.h>

#include <kring/codec.h>

/* Every reading function behind one signature: what it read, widened, or the length of
 * what it returned. Outputs start out soiled, so that zeroing on failure shows. */
struct result {
	enum kr_err err;
	uint64_t value;
	struct kr_view view;
	uint8_t copy[4];
};

static struct result read_u8(struct kr_reader *r)
{
	struct result result = {0};
	uint8_t out = 0xaa;

	result.err = kr_read_u8(r, &out);
	result.value = out;
	return result;
}

static struct result read_u16(struct kr_reader *r)
{
	struct result result = {0};
	uint16_t out = 0xaaaa;

	result.err = kr_read_u16(r, &out);
	result.value = out;
	return result;
}

static struct result read_u32(struct kr_reader *r)
{
	struct result result = {0};
	uint32_t out = 0xaaaaaaaa;

	result.err = kr_read_u32(r, &out);
	result.value = out;
	return result;
}

static struct result read_u64(struct kr_reader *r)
{
	struct result result = {.value = 0xaaaaaaaaaaaaaaaa};

	result.err = kr_read_u64(r, &result.value);
	return result;
}

static struct result read_varint(struct kr_reader *r)
{
	struct result result = {0};
	uint32_t out = 0xaaaaaaaa;

	result.err = kr_read_varint(r, &out);
	result.value = out;
	return result;
}

static struct result read_fixed_4(struct kr_reader *r)
{
	struct result result = {.view = LITERAL("soiled")};

	result.err = kr_read_fixed(r, 4, &result.view);
	return result;
}

static struct result read_fixed_0(struct kr_reader *r)
{
	struct result result = {.view = LITERAL("soiled")};

	result.err = kr_read_fixed(r, 0, &result.view);
	return result;
}

static struct result read_copy_4(struct kr_reader *r)
{
	struct result result = {.copy = {1, 1, 1, 1}};

	result.err = kr_read_copy(r, result.copy, sizeof(result.copy));
	return result;
}

static struct result read_vec(struct kr_reader *r)
{
	struct result result = {.view = LITERAL("soiled")};

	result.err = kr_read_vec(r, &result.view);
	return result;
}

static struct result read_vec_exact_4(struct kr_reader *r)
{
	struct result result = {.copy = {1, 1, 1, 1}};

	result.err = kr_read_vec_exact(r, result.copy, sizeof(result.copy));
	return result;
}

static struct result read_optional(struct kr_reader *r)
{
	struct result result = {0};
	bool present = true;

	result.err = kr_read_optional(r, &present);
	result.value = present;
	return result;
}

typedef struct result read_function(struct kr_reader *r);

struct accepted {
	const char *name;
	read_function *read;
	struct kr_view in;
	uint64_t value;      /* integers */
	struct kr_view view; /* views and copies */
};

static const struct accepted accepted[] = {
	{"u8 zero", read_u8, {(const uint8_t *)"\x00", 1}, 0, {0}},
	{"u8 greatest", read_u8, {(const uint8_t *)"\xff", 1}, 0xff, {0}},
	{"u16 big-endian", read_u16, {(const uint8_t *)"\x01\x02", 2}, 0x0102, {0}},
	{"u32 big-endian", read_u32, {(const uint8_t *)"\x01\x02\x03\x04", 4}, 0x01020304,
		{0}},
	{"u32 greatest", read_u32, {(const uint8_t *)"\xff\xff\xff\xff", 4}, UINT32_MAX,
		{0}},
	{"u64 big-endian", read_u64, {(const uint8_t *)"\1\2\3\4\5\6\7\x08", 8},
		0x0102030405060708, {0}},
	{"u64 greatest", read_u64,
		{(const uint8_t *)"\xff\xff\xff\xff\xff\xff\xff\xff", 8}, UINT64_MAX,
		{0}},
	{"varint 0", read_varint, {(const uint8_t *)"\x00", 1}, 0, {0}},
	{"varint 0x3f", read_varint, {(const uint8_t *)"\x3f", 1}, 0x3f, {0}},
	{"varint 0x40", read_varint, {(const uint8_t *)"\x40\x40", 2}, 0x40, {0}},
	{"varint 0x3fff", read_varint, {(const uint8_t *)"\x7f\xff", 2}, 0x3fff, {0}},
	{"varint 0x4000", read_varint, {(const uint8_t *)"\x80\x00\x40\x00", 4}, 0x4000,
		{0}},
	{"varint greatest", read_varint, {(const uint8_t *)"\xbf\xff\xff\xff", 4},
		0x3fffffff, {0}},
	{"fixed", read_fixed_4, {(const uint8_t *)"abcd", 4}, 0,
		{(const uint8_t *)"abcd", 4}},
	{"copy", read_copy_4, {(const uint8_t *)"abcd", 4}, 0,
		{(const uint8_t *)"abcd", 4}},
	{"empty vector", read_vec, {(const uint8_t *)"\x00", 1}, 0, {0}},
	{"vector", read_vec, {(const uint8_t *)"\x03xyz", 4}, 0,
		{(const uint8_t *)"xyz", 3}},
	{"exact vector", read_vec_exact_4, {(const uint8_t *)"\x04wxyz", 5}, 0,
		{(const uint8_t *)"wxyz", 4}},
	{"absent", read_optional, {(const uint8_t *)"\x00", 1}, 0, {0}},
	{"present", read_optional, {(const uint8_t *)"\x01", 1}, 1, {0}},
};

struct refused {
	const char *name;
	read_function *read;
	struct kr_view in;
	enum kr_err err;
};

static const struct refused refused[] = {
	{"varint 0 in two bytes", read_varint, {(const uint8_t *)"\x40\x00", 2},
		KR_ERR_VARINT},
	{"varint 0x3f in two bytes", read_varint, {(const uint8_t *)"\x40\x3f", 2},
		KR_ERR_VARINT},
	{"varint 0 in four bytes", read_varint, {(const uint8_t *)"\x80\x00\x00\x00", 4},
		KR_ERR_VARINT},
	{"varint 0x3fff in four bytes", read_varint,
		{(const uint8_t *)"\x80\x00\x3f\xff", 4}, KR_ERR_VARINT},
	{"varint of eight bytes", read_varint,
		{(const uint8_t *)"\xc0\x00\x00\x00\x40\x00\x00\x00", 8}, KR_ERR_VARINT},
	{"varint of all ones", read_varint, {(const uint8_t *)"\xff", 1}, KR_ERR_VARINT},
	{"vector longer than the input", read_vec, {(const uint8_t *)"\x04xyz", 4},
		KR_ERR_TRUNCATED},
	{"vector of a gigabyte", read_vec, {(const uint8_t *)"\xbf\xff\xff\xffxyz", 7},
		KR_ERR_TRUNCATED},
	{"vector with a non-minimal length", read_vec, {(const uint8_t *)"\x40\x01x", 3},
		KR_ERR_VARINT},
	{"exact vector, a byte short", read_vec_exact_4, {(const uint8_t *)"\x03xyz", 4},
		KR_ERR_ENCODING},
	{"exact vector, a byte long", read_vec_exact_4, {(const uint8_t *)"\x05vwxyz", 6},
		KR_ERR_ENCODING},
	{"exact vector, empty", read_vec_exact_4, {(const uint8_t *)"\x00zzzz", 5},
		KR_ERR_ENCODING},
	{"presence 2", read_optional, {(const uint8_t *)"\x02", 1}, KR_ERR_ENCODING},
	{"presence 255", read_optional, {(const uint8_t *)"\xff", 1}, KR_ERR_ENCODING},
};

static void assert_refused(
	const char *name, read_function *read, struct kr_view in, enum kr_err err)
{
	static const uint8_t zeroes[4];
	struct kr_reader r = kr_reader(in);
	struct result result = read(&r);

	if (result.err != err) {
		fail_msg("%s: %s, not %s", name, kr_err_name(result.err),
			kr_err_name(err));
	}
	assert_ptr_equal(r.rest.data, in.data);
	assert_int_equal(r.rest.len, in.len);
	assert_int_equal(result.value, 0);
	assert_null(result.view.data);
	assert_int_equal(result.view.len, 0);
	assert_memory_equal(result.copy, zeroes, sizeof(zeroes));
}

/* Read the value with one byte behind it: all but that byte is taken. */
static void reads_what_is_written(void **state)
{
	(void)state;
	for (size_t i = 0; i < NUM(accepted); i++) {
		const struct accepted *c = &accepted[i];
		uint8_t in[16] = {0};
		struct kr_reader r = kr_reader(kr_view(in, c->in.len + 1));
		struct result result;
		struct kr_view got;

		memcpy(in, c->in.data, c->in.len);
		result = c->read(&r);
		if (result.err != KR_OK || result.value != c->value) {
			fail_msg("%s: %s, %llu", c->name, kr_err_name(result.err),
				(unsigned long long)result.value);
		}
		got = result.view.data != NULL ? result.view
					       : kr_view(result.copy, c->view.len);
		assert_true(kr_view_equal(got, c->view));
		assert_ptr_equal(r.rest.data, in + c->in.len);
		assert_int_equal(r.rest.len, 1);
	}
}

static void every_truncation_fails(void **state)
{
	(void)state;
	for (size_t i = 0; i < NUM(accepted); i++) {
		const struct accepted *c = &accepted[i];

		for (size_t len = 0; len < c->in.len; len++) {
			assert_refused(c->name, c->read, kr_view(c->in.data, len),
				KR_ERR_TRUNCATED);
		}
	}
}

static void refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < NUM(refused); i++) {
		const struct refused *c = &refused[i];

		assert_refused(c->name, c->read, c->in, c->err);
	}
}

/* An empty view may have no storage at all, and reading nothing from it succeeds. */
static void nothing_from_nothing(void **state)
{
	struct kr_reader r = kr_reader(kr_view(NULL, 0));

	(void)state;
	assert_int_equal(read_fixed_0(&r).err, KR_OK);
	assert_int_equal(kr_read_copy(&r, NULL, 0), KR_OK);
	assert_int_equal(kr_read_end(&r), KR_OK);
	assert_refused("u8", read_u8, kr_view(NULL, 0), KR_ERR_TRUNCATED);
	assert_refused("vec", read_vec, kr_view(NULL, 0), KR_ERR_TRUNCATED);
}

static void the_end_is_the_end(void **state)
{
	struct kr_reader r = kr_reader(LITERAL("\x01\x02"));
	uint8_t byte;

	(void)state;
	assert_int_equal(kr_read_u8(&r, &byte), KR_OK);
	assert_int_equal(kr_read_end(&r), KR_ERR_TRAILING);
	assert_int_equal(kr_read_u8(&r, &byte), KR_OK);
	assert_int_equal(byte, 2);
	assert_int_equal(kr_read_end(&r), KR_OK);
}

/* A view points into the input; nothing is copied. */
static void views_are_borrowed(void **state)
{
	struct kr_view in = LITERAL("\x02xy");
	struct kr_reader r = kr_reader(in);
	struct kr_view v;

	(void)state;
	assert_int_equal(kr_read_vec(&r, &v), KR_OK);
	assert_ptr_equal(v.data, in.data + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_is_written),
		cmocka_unit_test(every_truncation_fails),
		cmocka_unit_test(refuses),
		cmocka_unit_test(nothing_from_nothing),
		cmocka_unit_test(the_end_is_the_end),
		cmocka_unit_test(views_are_borrowed),
	};

	return cmocka_run_group_tests_name("codec/reader", tests, NULL, NULL);
}
