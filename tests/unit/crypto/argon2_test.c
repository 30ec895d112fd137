#include <test.h>

#include <hex.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <kring/crypto.h>

#define KIB 1024

static const uint8_t salt[] = "kring receipt v1";

struct known {
	const char *password;
	unsigned num_passes;
	size_t memory_bytes;
	size_t out_len;
	const char *expected;
};

/* From the reference program, argon2 -id -p 1; the first is Kring's receipt. */
static const struct known knowns[] = {
	{"01234567890123456789", 2, 64 * KIB *KIB, 32,
		"4f996ab062192de960402611c34de6ba5f7ece7ce829e5846a5170f2fb8fd914"},
	{"x", 1, KIB *KIB, 64,
		"217ac3925f24dab2dfe94780c027dfffa59f47593d1847254668f7d1f7325be6"
		"9b40f05586d9da73c8b40bc38f8bbf6adec004999548f6115e60d5cf7ab78e24"},
};

static void knows_the_reference(void **state)
{
	(void)state;
	for (size_t i = 0; i < NUM(knowns); i++) {
		const struct known *k = &knowns[i];
		uint8_t expected[64];
		uint8_t got[64];

		hex_decode(expected, k->out_len, k->expected);
		assert_int_equal(kr_argon2id(got, k->out_len, kr_view_str(k->password),
					 salt, k->num_passes, k->memory_bytes),
			KR_OK);
		assert_memory_equal(got, expected, k->out_len);
	}
}

static void refuses_what_argon2_does_not_take(void **state)
{
	static const struct {
		size_t out_len;
		unsigned num_passes;
		size_t memory_bytes;
	} refused[] = {
		{0, 1, KIB * KIB}, {15, 1, KIB * KIB}, /* output too short */
		{32, 0, KIB * KIB},                    /* no pass */
		{32, 1, 0}, {32, 1, 8 * KIB - 1},      /* too little memory */
		{32, 1, (size_t)4 << 40},              /* too much */
	};
	uint8_t out[32];

	(void)state;
	for (size_t i = 0; i < NUM(refused); i++) {
		assert_int_equal(
			kr_argon2id(out, refused[i].out_len, kr_view_str("x"), salt,
				refused[i].num_passes, refused[i].memory_bytes),
			KR_ERR_ARGUMENT);
	}
}

/* The pages that this process has mapped, sanitizers included. */
static rlim_t mapped_bytes(void)
{
	FILE *statm = fopen("/proc/self/statm", "r");
	unsigned long num_pages = 0;

	assert_non_null(statm);
	assert_int_equal(fscanf(statm, "%lu", &num_pages), 1);
	fclose(statm);
	return (rlim_t)num_pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

/* No room for the memory that is asked for: an error, and the output is wiped. */
static void too_little_memory_is_an_error(void **state)
{
	static const uint8_t zeroes[32];
	struct rlimit limit;
	struct rlimit tight;
	enum kr_err err;
	uint8_t out[32];

	(void)state;
	memset(out, 0xee, sizeof(out));
	assert_int_equal(getrlimit(RLIMIT_AS, &limit), 0);
	tight = limit;
	tight.rlim_cur = mapped_bytes() + 256 * KIB * KIB;
	assert_int_equal(setrlimit(RLIMIT_AS, &tight), 0);
	err = kr_argon2id(
		out, sizeof(out), kr_view_str("x"), salt, 1, (size_t)KIB * KIB * KIB);
	assert_int_equal(setrlimit(RLIMIT_AS, &limit), 0);
	assert_int_equal(err, KR_ERR_MEMORY);
	assert_memory_equal(out, zeroes, sizeof(out));
}

static void an_empty_password_is_one(void **state)
{
	uint8_t empty[32];
	uint8_t other[32];

	(void)state;
	assert_int_equal(
		kr_argon2id(empty, sizeof(empty), kr_view(NULL, 0), salt, 1, 8 * KIB),
		KR_OK);
	assert_int_equal(
		kr_argon2id(other, sizeof(other), kr_view_str("x"), salt, 1, 8 * KIB),
		KR_OK);
	assert_memory_not_equal(empty, other, sizeof(empty));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_the_reference),
		cmocka_unit_test(refuses_what_argon2_does_not_take),
		cmocka_unit_test(too_little_memory_is_an_error),
		cmocka_unit_test(an_empty_password_is_one),
	};

	if (kr_crypto_init() != KR_OK) {
		return 1;
	}
	return cmocka_run_group_tests_name("crypto/argon2", tests, NULL, NULL);
}
