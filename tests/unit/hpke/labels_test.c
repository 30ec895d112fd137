#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <kring/codec.h>
#include <kring/hpke.h>

#define NUM(array) (sizeof(array) / sizeof((array)[0]))
#define PT_LEN     32
#define CT_LEN     (PT_LEN + KR_HPKE_TAG_BYTES)

static const uint8_t pt[PT_LEN] = "a path secret, for a whole node";

static struct kr_x25519_keypair recipient(void)
{
	struct kr_x25519_keypair pair;

	assert_int_equal(kr_hpke_generate_keypair(&pair, &kr_random_system), KR_OK);
	return pair;
}

/* RFC 9420 §5.1.3: what is sealed with a label is SealBase with EncryptContext as its
 * info, also where the context's length takes two and four bytes. */
static void is_seal_with_encrypt_context(void **state)
{
	static const size_t context_lengths[] = {0, 1, 63, 64, 0x3fff, 0x4000, 70000};
	static uint8_t context[70000];
	struct kr_x25519_keypair pair = recipient();

	(void)state;
	memset(context, 0x33, sizeof(context));
	for (size_t i = 0; i < NUM(context_lengths); i++) {
		struct kr_view bound = kr_view(context, context_lengths[i]);
		uint8_t enc[KR_HPKE_ENC_BYTES];
		uint8_t ct[CT_LEN];
		uint8_t opened[PT_LEN];
		struct kr_writer w;

		kr_writer_init(&w);
		kr_write_vec(&w, kr_view_str("MLS 1.0 UpdatePathNode"));
		kr_write_vec(&w, bound);
		assert_int_equal(
			kr_encrypt_with_label(enc, ct, pair.public_key, "UpdatePathNode",
				bound, kr_view(pt, sizeof(pt)), &kr_random_system),
			KR_OK);
		assert_int_equal(kr_hpke_open(opened, &pair.secret, kr_writer_view(&w),
					 kr_view(NULL, 0), kr_view(enc, sizeof(enc)),
					 kr_view(ct, sizeof(ct))),
			KR_OK);
		assert_memory_equal(opened, pt, sizeof(pt));
		assert_int_equal(
			kr_decrypt_with_label(opened, &pair.secret, "UpdatePathNode",
				bound, kr_view(enc, sizeof(enc)),
				kr_view(ct, sizeof(ct))),
			KR_OK);
		kr_writer_free(&w);
	}
}

static void rejects(void **state)
{
	static const uint8_t zeroes[CT_LEN];
	static char longest[KR_HPKE_LABEL_MAX + 1];
	static char too_long[KR_HPKE_LABEL_MAX + 2];
	static const struct {
		const char *name;
		const char *label;
		const char *context;
		size_t enc_len;
		size_t ct_len;
		enum kr_err expected;
	} cases[] = {
		{"the true one", longest, "context", 32, CT_LEN, KR_OK},
		{"another label", "Welcome", "context", 32, CT_LEN, KR_ERR_DECRYPT},
		{"no label", "", "context", 32, CT_LEN, KR_ERR_DECRYPT},
		{"another context", longest, "Context", 32, CT_LEN, KR_ERR_DECRYPT},
		{"no context", longest, "", 32, CT_LEN, KR_ERR_DECRYPT},
		{"a short enc", longest, "context", 31, CT_LEN, KR_ERR_KEY},
		{"a short ciphertext", longest, "context", 32, CT_LEN - 1,
			KR_ERR_DECRYPT},
		{"no ciphertext", longest, "context", 32, 0, KR_ERR_DECRYPT},
		{"a label too long", too_long, "context", 32, CT_LEN, KR_ERR_TOO_LARGE},
	};
	struct kr_x25519_keypair pair = recipient();
	uint8_t enc[KR_HPKE_ENC_BYTES];
	uint8_t ct[CT_LEN];

	(void)state;
	memset(longest, 'l', sizeof(longest) - 1);
	memset(too_long, 'l', sizeof(too_long) - 1);
	assert_int_equal(kr_encrypt_with_label(enc, ct, pair.public_key, longest,
				 kr_view_str("context"), kr_view(pt, sizeof(pt)),
				 &kr_random_system),
		KR_OK);
	for (size_t i = 0; i < NUM(cases); i++) {
		uint8_t opened[PT_LEN];
		size_t opened_len = cases[i].ct_len > KR_HPKE_TAG_BYTES
			? cases[i].ct_len - KR_HPKE_TAG_BYTES
			: 0;
		enum kr_err err;

		memset(opened, 0xa5, sizeof(opened));
		err = kr_decrypt_with_label(opened, &pair.secret, cases[i].label,
			kr_view_str(cases[i].context), kr_view(enc, cases[i].enc_len),
			kr_view(ct, cases[i].ct_len));
		if (err != cases[i].expected) {
			fail_msg("%s: got %s", cases[i].name, kr_err_name(err));
		}
		assert_memory_equal(opened, err == KR_OK ? pt : zeroes, opened_len);
	}
	assert_int_equal(kr_encrypt_with_label(enc, ct, pair.public_key, too_long,
				 kr_view_str("context"), kr_view(pt, sizeof(pt)),
				 &kr_random_system),
		KR_ERR_TOO_LARGE);
	assert_memory_equal(ct, zeroes, sizeof(ct));
	assert_memory_equal(enc, zeroes, sizeof(enc));
}

/* A length that no varint can say is refused before the bytes are looked at. */
static void context_too_large(void **state)
{
	struct kr_x25519_keypair pair = recipient();
	struct kr_view huge = kr_view(pt, (size_t)1 << 30);
	uint8_t enc[KR_HPKE_ENC_BYTES];
	uint8_t ct[CT_LEN];

	(void)state;
	assert_int_equal(kr_encrypt_with_label(enc, ct, pair.public_key, "label", huge,
				 kr_view(pt, sizeof(pt)), &kr_random_system),
		KR_ERR_TOO_LARGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_seal_with_encrypt_context),
		cmocka_unit_test(rejects),
		cmocka_unit_test(context_too_large),
	};

	return kr_crypto_init() != KR_OK ||
		cmocka_run_group_tests_name("hpke/labels", tests, NULL, NULL) != 0;
}
