#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <kring/voprf.h>

#define NUM(array) (sizeof(array) / sizeof((array)[0]))
#define MAX        4
#define UNTOUCHED  0xa5

/* The generator, RFC 9496 appendix A.1. */
#define GENERATOR_BUT_LAST                                                               \
	0xe2, 0xf2, 0xae, 0x0a, 0x6a, 0xbc, 0x4e, 0x71, 0xa8, 0x84, 0xa9, 0x61, 0xc5,    \
		0x00, 0x51, 0x5f, 0x58, 0xe3, 0x0b, 0x6a, 0xa5, 0x82, 0xdd, 0x8d, 0xb6,  \
		0xa6, 0x59, 0x45, 0xe0, 0x8d, 0x2d
#define GENERATOR GENERATOR_BUT_LAST, 0x76

/* RFC 9496 appendix A.3 has these and more of each kind. */
static const struct {
	const char *name;
	uint8_t bytes[KR_VOPRF_ELEMENT_BYTES];
} invalid[] = {
	{"the identity", {0}},
	{"a non-canonical field element: p",
		{0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
			0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
			0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}},
	{"a non-canonical field element: 2^256 - 1",
		{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
			0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
			0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
	{"the highest bit set: the generator", {GENERATOR_BUT_LAST, 0x76 | 0x80}},
	{"the highest bit set: the identity", {[31] = 0x80}},
	{"a negative field element: 1", {1}},
	{"a negative field element: p - 2",
		{0xeb, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
			0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
			0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}},
	{"y is zero",
		{0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
			0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
			0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}},
	{"x squared is no square",
		{0x26, 0x94, 0x8d, 0x35, 0xca, 0x62, 0xe6, 0x43, 0xe2, 0x6a, 0x83, 0x17,
			0x73, 0x32, 0xe6, 0xb6, 0xaf, 0xeb, 0x9d, 0x08, 0xe4, 0x26, 0x8b,
			0x65, 0x0f, 0x1f, 0x5b, 0xbd, 0x8d, 0x81, 0xd3, 0x71}},
	{"x * y is negative",
		{0x3e, 0xb8, 0x58, 0xe7, 0x8f, 0x5a, 0x72, 0x54, 0xd8, 0xc9, 0x73, 0x11,
			0x74, 0xa9, 0x4f, 0x76, 0x75, 0x5f, 0xd3, 0x94, 0x1c, 0x0a, 0xc9,
			0x37, 0x35, 0xc0, 0x7b, 0xa1, 0x45, 0x79, 0x63, 0x0e}},
};

/* Refused, with nothing left in the output. */
static void assert_elements_refused(
	const char *name, struct kr_view in, enum kr_err expected)
{
	static const struct kr_ristretto_element zeroes[MAX];
	struct kr_ristretto_element out[MAX];
	size_t num = 99;
	enum kr_err err;

	memset(out, UNTOUCHED, sizeof(out));
	err = kr_voprf_elements_decode(out, &num, MAX, in);
	if (err != expected) {
		fail_msg("%s: got %s", name, kr_err_name(err));
	}
	assert_int_equal(num, 0);
	assert_memory_equal(out, zeroes, sizeof(out));
}

static void elements(void **state)
{
	static const uint8_t valid[MAX + 1][KR_VOPRF_ELEMENT_BYTES] = {
		{GENERATOR}, {GENERATOR}, {GENERATOR}, {GENERATOR}, {GENERATOR}};
	struct kr_ristretto_element out[MAX];
	size_t num;

	(void)state;
	for (size_t len = 0; len < sizeof(valid); len++) {
		enum kr_err err;

		if (len == 0 || len % KR_VOPRF_ELEMENT_BYTES != 0) {
			assert_elements_refused(
				"cut", kr_view(valid, len), KR_ERR_TRUNCATED);
			continue;
		}
		err = kr_voprf_elements_decode(out, &num, MAX, kr_view(valid, len));
		assert_int_equal(err, KR_OK);
		assert_int_equal(num, len / KR_VOPRF_ELEMENT_BYTES);
		assert_memory_equal(out, valid, len);
	}
	assert_elements_refused(
		"too many", kr_view(valid, sizeof(valid)), KR_ERR_TOO_LARGE);
}

/* At each place of a batch. */
static void invalid_elements(void **state)
{
	(void)state;
	for (size_t i = 0; i < NUM(invalid); i++) {
		for (size_t place = 0; place < MAX; place++) {
			uint8_t batch[MAX][KR_VOPRF_ELEMENT_BYTES] = {
				{GENERATOR}, {GENERATOR}, {GENERATOR}, {GENERATOR}};

			memcpy(batch[place], invalid[i].bytes, KR_VOPRF_ELEMENT_BYTES);
			assert_elements_refused(invalid[i].name,
				kr_view(batch, sizeof(batch)), KR_ERR_KEY);
		}
	}
}

/* The group order less one, little-endian. */
#define LARGEST_SCALAR                                                                   \
	0xec, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde,    \
		0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10

static void proofs(void **state)
{
	static const struct kr_voprf_proof zeroes;
	uint8_t valid[KR_VOPRF_PROOF_BYTES + 1] = {LARGEST_SCALAR, LARGEST_SCALAR};
	uint8_t encoded[KR_VOPRF_PROOF_BYTES];
	struct kr_voprf_proof proof;

	(void)state;
	for (size_t len = 0; len <= sizeof(valid); len++) {
		enum kr_err expected = len < KR_VOPRF_PROOF_BYTES ? KR_ERR_TRUNCATED
			: len > KR_VOPRF_PROOF_BYTES              ? KR_ERR_TRAILING
								  : KR_OK;

		memset(&proof, UNTOUCHED, sizeof(proof));
		assert_int_equal(
			kr_voprf_proof_decode(&proof, kr_view(valid, len)), expected);
		if (expected == KR_OK) {
			kr_voprf_proof_encode(encoded, &proof);
			assert_memory_equal(encoded, valid, sizeof(encoded));
		} else {
			assert_memory_equal(&proof, &zeroes, sizeof(proof));
		}
	}
	/* One more in either half is the group order itself. */
	for (size_t half = 0; half < 2; half++) {
		valid[half * KR_VOPRF_SCALAR_BYTES]++;
		assert_int_equal(kr_voprf_proof_decode(
					 &proof, kr_view(valid, KR_VOPRF_PROOF_BYTES)),
			KR_ERR_KEY);
		assert_memory_equal(&proof, &zeroes, sizeof(proof));
		valid[half * KR_VOPRF_SCALAR_BYTES]--;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elements),
		cmocka_unit_test(invalid_elements),
		cmocka_unit_test(proofs),
	};

	return kr_crypto_init() != KR_OK ||
		cmocka_run_group_tests_name("voprf/encode", tests, NULL, NULL) != 0;
}
