#include <test.h>

#include <hex.h>
#include <string.h>

#include <kring/crypto.h>

/* RFC 9496 §A.1: the generator times 1, 2, 3 … */
static const char *const multiples[] = {
	"e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76",
	"6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919",
	"94741f5d5d52755ece4f23f044ee27d5d1ea1e2bd196b462166b16152a9d0259",
	"da80862773358b466ffadfe0b3293ab3d9fd53c5ea6c955358f568322daf6a57",
	"e882b131016b52c1d3337080187cf768423efccbb517bb495ab812c4160ff44e",
	"f64746d3c92b13050ed8d80236a7f0007c3b3f962f5ba793d19a601ebb1df403",
	"44f53520926ec81fbd5a387845beb7df85a96a24ece18738bdcfa6a7822a176d",
	"903293d8f2287ebe10e2374dc1a53e0bc887e592699f02d077d5263cdd55601c",
	"02622ace8f7303a31cafc63f8fc48fdc16e1c8c8d234b2f0d6685282a9076031",
	"20706fd788b2720a1ed2a5dad4952b01f413bcf0e7564de8cdc816689e2db95f",
	"bce83f8ba5dd2fa572864c24ba1810f9522bc6004afe95877ac73241cafdab42",
	"e4549ee16b9aa03099ca208c67adafcafa4c3f3e4e5303de6026e3ca8ff84460",
	"aa52e000df2e16f55fb1032fc33bc42742dad6bd5a8fc0be0167436c5948501f",
	"46376b80f409b29dc2b5f6f0c52591990896e5716f41477cd30085ab7f10301e",
	"e0c418f7c8d9c4cdd7395b93ea124f3ad99021bb681dfc3302a9d99a2e53e64e",
};

/* RFC 9496 §A.2, and the identity, which Kring takes nowhere. */
static const char *const bad_elements[] = {
	/* the identity */
	"0000000000000000000000000000000000000000000000000000000000000000",
	/* field elements that are not canonical */
	"00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"f3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	/* negative field elements */
	"0100000000000000000000000000000000000000000000000000000000000000",
	"01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"ed57ffd8c914fb201471d1c3d245ce3c746fcbe63a3679d51b6a516ebebe0e20",
	"c34c4e1826e5d403b78e246e88aa051c36ccf0aafebffe137d148a2bf9104562",
	/* x squared is no square */
	"26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371",
	"4eac077a713c57b4f4397629a4145982c661f48044dd3f96427d40b147d9742f",
	"de6a7b00deadc788eb6b6c8d20c0ae96c2f2019078fa604fee5b87d6e989ad7b",
	"bcab477be20861e01e4a0e295284146a510150d9817763caf1a6f4b422d67042",
	"2a292df7e32cababbd9de088d1d1abec9fc0440f637ed2fba145094dc14bea08",
	"f4a9e534fc0d216c44b218fa0c42d99635a0127ee2e53c712f70609649fdff22",
	"8268436f8c4126196cf64b3c7ddbda90746a378625f9813dd9b8457077256731",
	"2810e5cbc2cc4d4eece54f61c6f69758e289aa7ab440b3cbeaa21995c2f4232b",
	/* x times y is negative */
	"3eb858e78f5a7254d8c9731174a94f76755fd3941c0ac93735c07ba14579630e",
	"a45fdc55c76448c049a1ab33f17023edfb2be3581e9c7aade8a6125215e04220",
	"d483fe813c6ba647ebbfd3ec41adca1c6130c2beeee9d9bf065c8d151c5f396e",
	"8a2e1d30050198c65a54483123960ccc38aef6848e1ec8f5f780e8523769ba32",
	"32888462f8b486c68ad7dd9610be5192bbeaf3b443951ac1a8118419d9fa097b",
	"227142501b9d4355ccba290404bde41575b037693cef1f438c47f8fbf35d1165",
	"5c37cc491da847cfeb9281d407efc41e15144c876e0170b499a96a22ed31e01e",
	"445425117cb8c90edcbc7c1cc0e74f747f2c1efa5630a967c64f287792a48a4b",
	/* s is -1, so y is zero */
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
};

static const char group_order[] =
	"edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";

struct scalar_case {
	const char *name;
	const char *in;
	enum kr_err err;
};

static const struct scalar_case scalar_cases[] = {
	{"zero", "0000000000000000000000000000000000000000000000000000000000000000",
		KR_OK},
	{"one", "0100000000000000000000000000000000000000000000000000000000000000",
		KR_OK},
	{"order - 1", "ecd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010",
		KR_OK},
	{"order", group_order, KR_ERR_KEY},
	{"order + 1", "eed3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010",
		KR_ERR_KEY},
	{"2^253", "0000000000000000000000000000000000000000000000000000000000000020",
		KR_ERR_KEY},
	{"one with the top bit",
		"0100000000000000000000000000000000000000000000000000000000000080",
		KR_ERR_KEY},
	{"all ones", "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		KR_ERR_KEY},
};

static struct kr_ristretto_element element(const char *hex)
{
	struct kr_ristretto_element e;
	uint8_t in[KR_RISTRETTO_BYTES];

	hex_decode(in, sizeof(in), hex);
	assert_int_equal(kr_ristretto_element_decode(&e, in), KR_OK);
	return e;
}

static struct kr_ristretto_scalar small_scalar(uint8_t value)
{
	return (struct kr_ristretto_scalar){{value}};
}

static void multiples_of_the_generator(void **state)
{
	struct kr_ristretto_element generator = element(multiples[0]);

	(void)state;
	for (size_t i = 0; i < NUM(multiples); i++) {
		struct kr_ristretto_element expected = element(multiples[i]);
		struct kr_ristretto_scalar s = small_scalar((uint8_t)(i + 1));
		struct kr_ristretto_element got;

		assert_int_equal(kr_ristretto_mul_base(&got, &s), KR_OK);
		assert_memory_equal(&got, &expected, sizeof(got));
		assert_int_equal(kr_ristretto_mul(&got, &s, &generator), KR_OK);
		assert_memory_equal(&got, &expected, sizeof(got));
		if (i > 0) {
			struct kr_ristretto_element before = element(multiples[i - 1]);

			assert_int_equal(
				kr_ristretto_add(&got, &before, &generator), KR_OK);
			assert_memory_equal(&got, &expected, sizeof(got));
		}
	}
}

static void bad_elements_are_refused(void **state)
{
	static const struct kr_ristretto_element none;

	(void)state;
	for (size_t i = 0; i < NUM(bad_elements); i++) {
		uint8_t in[KR_RISTRETTO_BYTES];
		struct kr_ristretto_element e;

		memset(&e, 0xee, sizeof(e));
		hex_decode(in, sizeof(in), bad_elements[i]);
		if (kr_ristretto_element_decode(&e, in) != KR_ERR_KEY) {
			fail_msg("%s is accepted", bad_elements[i]);
		}
		assert_memory_equal(&e, &none, sizeof(e));
	}
}

/* One element, one encoding: libsodium 1.0.18 lets the highest bit pass. */
static void the_highest_bit_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i <= NUM(multiples); i++) {
		uint8_t in[KR_RISTRETTO_BYTES] = {0}; /* the identity comes last */
		struct kr_ristretto_element e;

		if (i < NUM(multiples)) {
			hex_decode(in, sizeof(in), multiples[i]);
			assert_int_equal(kr_ristretto_element_decode(&e, in), KR_OK);
		}
		in[KR_RISTRETTO_BYTES - 1] |= 0x80;
		assert_int_equal(kr_ristretto_element_decode(&e, in), KR_ERR_KEY);
	}
}

/* An operand that no decoder gave: the sum and the product say so. */
static void no_element_no_result(void **state)
{
	static const struct kr_ristretto_element none;
	struct kr_ristretto_element generator = element(multiples[0]);
	struct kr_ristretto_scalar two = small_scalar(2);

	(void)state;
	for (size_t i = 1; i < NUM(bad_elements); i++) {
		struct kr_ristretto_element bad;
		struct kr_ristretto_element out = generator;

		hex_decode(bad.bytes, sizeof(bad.bytes), bad_elements[i]);
		assert_int_equal(kr_ristretto_add(&out, &generator, &bad), KR_ERR_KEY);
		assert_memory_equal(&out, &none, sizeof(out));
		assert_int_equal(kr_ristretto_add(&out, &bad, &generator), KR_ERR_KEY);
		assert_int_equal(kr_ristretto_mul(&out, &two, &bad), KR_ERR_KEY);
		assert_memory_equal(&out, &none, sizeof(out));
	}
}

static void the_identity_is_no_product(void **state)
{
	static const struct kr_ristretto_element none;
	struct kr_ristretto_element generator = element(multiples[0]);
	struct kr_ristretto_scalar zero = small_scalar(0);
	struct kr_ristretto_element out = generator;

	(void)state;
	assert_int_equal(kr_ristretto_mul_base(&out, &zero), KR_ERR_KEY);
	assert_memory_equal(&out, &none, sizeof(out));
	assert_int_equal(kr_ristretto_mul(&out, &zero, &generator), KR_ERR_KEY);
	assert_int_equal(kr_ristretto_mul(&out, &zero, &none), KR_ERR_KEY);
}

static void scalars_are_canonical_or_refused(void **state)
{
	static const struct kr_ristretto_scalar none;

	(void)state;
	for (size_t i = 0; i < NUM(scalar_cases); i++) {
		const struct scalar_case *c = &scalar_cases[i];
		uint8_t in[KR_RISTRETTO_BYTES];
		struct kr_ristretto_scalar s;

		memset(&s, 0xee, sizeof(s));
		hex_decode(in, sizeof(in), c->in);
		if (kr_ristretto_scalar_decode(&s, in) != c->err) {
			fail_msg("%s", c->name);
		}
		assert_memory_equal(&s, c->err == KR_OK ? in : none.bytes, sizeof(s));
	}
}

/* A caller may decode in place: the check must not compare a result with itself. */
static void decoding_in_place_checks_as_much(void **state)
{
	(void)state;
	for (size_t i = 0; i < NUM(scalar_cases); i++) {
		struct kr_ristretto_scalar s;

		hex_decode(s.bytes, sizeof(s.bytes), scalar_cases[i].in);
		if (kr_ristretto_scalar_decode(&s, s.bytes) != scalar_cases[i].err) {
			fail_msg("%s", scalar_cases[i].name);
		}
	}
	for (size_t i = 0; i < NUM(bad_elements); i++) {
		struct kr_ristretto_element e;

		hex_decode(e.bytes, sizeof(e.bytes), bad_elements[i]);
		assert_int_equal(kr_ristretto_element_decode(&e, e.bytes), KR_ERR_KEY);
	}
	for (size_t i = 0; i < NUM(multiples); i++) {
		struct kr_ristretto_element expected = element(multiples[i]);
		struct kr_ristretto_element e = expected;

		assert_int_equal(kr_ristretto_element_decode(&e, e.bytes), KR_OK);
		assert_memory_equal(&e, &expected, sizeof(e));
	}
}

/* In the field of scalars, with random ones: (a + b) - b = a, a * (1/a) = 1, and the laws
 * carry over to elements. */
static void scalars_compute(void **state)
{
	struct kr_ristretto_scalar one = small_scalar(1);

	(void)state;
	for (int i = 0; i < 50; i++) {
		struct kr_ristretto_scalar a;
		struct kr_ristretto_scalar b;
		struct kr_ristretto_scalar sum;
		struct kr_ristretto_scalar x;
		struct kr_ristretto_element a_times;
		struct kr_ristretto_element b_times;
		struct kr_ristretto_element added;
		struct kr_ristretto_element sum_times;
		uint8_t wide[64];

		kr_random_fill(&kr_random_system, wide, sizeof(wide));
		kr_ristretto_scalar_reduce(&a, wide);
		kr_random_fill(&kr_random_system, wide, sizeof(wide));
		kr_ristretto_scalar_reduce(&b, wide);

		kr_ristretto_scalar_add(&sum, &a, &b);
		kr_ristretto_scalar_sub(&x, &sum, &b);
		assert_memory_equal(&x, &a, sizeof(a));
		assert_int_equal(kr_ristretto_scalar_invert(&x, &a), KR_OK);
		kr_ristretto_scalar_mul(&x, &x, &a);
		assert_memory_equal(&x, &one, sizeof(one));
		assert_int_equal(kr_ristretto_scalar_decode(&x, sum.bytes), KR_OK);

		assert_int_equal(kr_ristretto_mul_base(&a_times, &a), KR_OK);
		assert_int_equal(kr_ristretto_mul_base(&b_times, &b), KR_OK);
		assert_int_equal(kr_ristretto_add(&added, &a_times, &b_times), KR_OK);
		assert_int_equal(kr_ristretto_mul_base(&sum_times, &sum), KR_OK);
		assert_memory_equal(&added, &sum_times, sizeof(added));
	}
}

static void zero_has_no_inverse(void **state)
{
	static const struct kr_ristretto_scalar zero;
	struct kr_ristretto_scalar out;

	(void)state;
	memset(&out, 0xee, sizeof(out));
	assert_int_equal(kr_ristretto_scalar_invert(&out, &zero), KR_ERR_KEY);
	assert_memory_equal(&out, &zero, sizeof(out));
	assert_true(kr_ristretto_scalar_is_zero(&zero));
	out.bytes[31] = 0x10;
	assert_false(kr_ristretto_scalar_is_zero(&out));
	kr_ristretto_scalar_wipe(&out);
	assert_true(kr_ristretto_scalar_is_zero(&out));
}

/* RFC 9496 §A.3, the first: SHA-512 of the label, mapped. */
static void maps_a_hash(void **state)
{
	struct kr_ristretto_element expected = element(
		"3066f82a1a747d45120d1740f14358531a8f04bbffe6a819f86dfe50f44a0a46");
	struct kr_ristretto_element got;
	uint8_t hash[KR_SHA512_BYTES];

	(void)state;
	kr_sha512(hash,
		kr_view_str(
			"Ristretto is traditionally a short shot of espresso coffee"));
	kr_ristretto_from_hash(&got, hash);
	assert_memory_equal(&got, &expected, sizeof(got));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(multiples_of_the_generator),
		cmocka_unit_test(bad_elements_are_refused),
		cmocka_unit_test(the_highest_bit_is_refused),
		cmocka_unit_test(no_element_no_result),
		cmocka_unit_test(the_identity_is_no_product),
		cmocka_unit_test(scalars_are_canonical_or_refused),
		cmocka_unit_test(decoding_in_place_checks_as_much),
		cmocka_unit_test(scalars_compute),
		cmocka_unit_test(zero_has_no_inverse),
		cmocka_unit_test(maps_a_hash),
	};

	if (kr_crypto_init() != KR_OK) {
		return 1;
	}
	return cmocka_run_group_tests_name("crypto/ristretto", tests, NULL, NULL);
}
