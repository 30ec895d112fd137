/* The labelled functions of MLS. Known answers are in
 * tests/vectors/crypto_basics_test.c. */
#include <test.h>

#include <alloc_fail.h>
#include <string.h>

#include <kring/codec.h>
#include <kring/crypto.h>

static const struct kr_secret secret = {{1, 2, 3}};

/* ExpandWithLabel is HKDF-Expand of KDFLabel, RFC 9420 §8, written out here by hand; the
 * contexts are around the lengths at which the header of a vector grows. */
static void expands_the_structure_of_the_rfc(void **state)
{
	static const size_t context_lens[] = {0, 1, 0x3f, 0x40, 0x3fff, 0x4000};
	static uint8_t context[0x4000];

	(void)state;
	for (size_t i = 0; i < NUM(context_lens); i++) {
		struct kr_view c = kr_view(context, context_lens[i]);
		struct kr_writer w;
		uint8_t expected[48];
		uint8_t got[48];

		kr_writer_init(&w);
		kr_write_u16(&w, sizeof(expected));
		kr_write_vec(&w, LITERAL("MLS 1.0 joiner"));
		kr_write_vec(&w, c);
		assert_int_equal(kr_hkdf_expand(expected, sizeof(expected), &secret,
					 kr_writer_view(&w)),
			KR_OK);
		assert_int_equal(
			kr_expand_with_label(got, sizeof(got), &secret, "joiner", c),
			KR_OK);
		assert_memory_equal(got, expected, sizeof(got));
		kr_writer_free(&w);
	}
}

static void derives_without_context(void **state)
{
	struct kr_secret expected;
	struct kr_secret got = secret;

	(void)state;
	assert_int_equal(kr_expand_with_label(expected.bytes, sizeof(expected.bytes),
				 &secret, "epoch", kr_view(NULL, 0)),
		KR_OK);
	assert_int_equal(kr_derive_secret(&got, &got, "epoch"), KR_OK); /* in place */
	assert_true(kr_secret_equal(&got, &expected));
}

static void a_generation_is_the_context(void **state)
{
	uint8_t expected[12];
	uint8_t got[12];

	(void)state;
	assert_int_equal(kr_expand_with_label(expected, sizeof(expected), &secret,
				 "nonce", LITERAL("\x01\x02\x03\x04")),
		KR_OK);
	assert_int_equal(
		kr_derive_tree_secret(got, sizeof(got), &secret, "nonce", 0x01020304),
		KR_OK);
	assert_memory_equal(got, expected, sizeof(got));
}

static void too_long_an_output_is_refused(void **state)
{
	static const size_t lens[] = {255 * 32 + 1, UINT16_MAX, (size_t)UINT16_MAX + 1,
		(size_t)UINT16_MAX + 33};
	static uint8_t out[UINT16_MAX + 33];
	static const uint8_t zeroes[sizeof(out)];

	(void)state;
	assert_int_equal(
		kr_expand_with_label(out, 255 * 32, &secret, "x", kr_view(NULL, 0)),
		KR_OK);
	for (size_t i = 0; i < NUM(lens); i++) {
		memset(out, 0xee, sizeof(out));
		assert_int_equal(kr_expand_with_label(
					 out, lens[i], &secret, "x", kr_view(NULL, 0)),
			KR_ERR_ARGUMENT);
		assert_memory_equal(out, zeroes, lens[i]);
		assert_int_equal(kr_derive_tree_secret(out, lens[i], &secret, "x", 1),
			KR_ERR_ARGUMENT);
	}
}

/* Longer than a vector can be. The length is refused before a byte is looked at: there
 * are none. */
static void too_long_an_input_is_refused(void **state)
{
	static const uint8_t zeroes[KR_SHA256_BYTES];
	struct kr_view endless = kr_view("", KR_VARINT_MAX + 1);
	uint8_t out[KR_SHA256_BYTES] = {1};

	(void)state;
	assert_int_equal(kr_expand_with_label(out, sizeof(out), &secret, "x", endless),
		KR_ERR_TOO_LARGE);
	assert_memory_equal(out, zeroes, sizeof(out));
	out[0] = 1;
	assert_int_equal(kr_ref_hash(out, "x", endless), KR_ERR_TOO_LARGE);
	assert_memory_equal(out, zeroes, sizeof(out));
}

static struct kr_ed25519_keypair signer(void)
{
	struct kr_ed25519_keypair pair;

	kr_ed25519_from_seed(&pair, &secret);
	return pair;
}

static void a_signature_is_bound_to_its_label(void **state)
{
	struct kr_ed25519_keypair pair = signer();
	struct kr_view content = kr_view_str("content");
	uint8_t bytes[KR_ED25519_SIG_BYTES];
	struct kr_view sig = kr_view(bytes, sizeof(bytes));
	const uint8_t *pub = pair.public_key;

	(void)state;
	assert_int_equal(
		kr_sign_with_label(bytes, &pair, "FramedContentTBS", content), KR_OK);
	assert_int_equal(
		kr_verify_with_label(sig, pub, "FramedContentTBS", content), KR_OK);
	assert_int_equal(
		kr_verify_with_label(sig, pub, "LeafNodeTBS", content), KR_ERR_SIGNATURE);
	assert_int_equal(kr_verify_with_label(sig, pub, "", content), KR_ERR_SIGNATURE);
	assert_int_equal(kr_verify_with_label(
				 sig, pub, "FramedContentTBS", kr_view_str("Content")),
		KR_ERR_SIGNATURE);
	assert_int_equal(kr_ed25519_verify(sig, pub, content), KR_ERR_SIGNATURE);
	/* The border between label and content cannot be moved. */
	assert_int_equal(kr_verify_with_label(
				 sig, pub, "FramedContentTBSc", kr_view_str("ontent")),
		KR_ERR_SIGNATURE);
	sig.len--;
	assert_int_equal(kr_verify_with_label(sig, pub, "FramedContentTBS", content),
		KR_ERR_SIGNATURE);
}

static void a_reference_is_bound_to_its_label(void **state)
{
	uint8_t a[KR_SHA256_BYTES];
	uint8_t b[KR_SHA256_BYTES];
	uint8_t expected[KR_SHA256_BYTES];

	(void)state;
	assert_int_equal(kr_ref_hash(a, "label", kr_view_str("value")), KR_OK);
	kr_sha256(expected, LITERAL("\x05label\x05value"));
	assert_memory_equal(a, expected, sizeof(a));
	assert_int_equal(kr_ref_hash(b, "labelv", kr_view_str("alue")), KR_OK);
	assert_memory_not_equal(a, b, sizeof(a));
}

static enum kr_err sign_and_verify(void *ctx)
{
	struct kr_ed25519_keypair pair = signer();
	static const uint8_t content[1000];
	static const uint8_t none[KR_ED25519_SIG_BYTES];
	uint8_t sig[KR_ED25519_SIG_BYTES] = {0xee};
	enum kr_err err;

	(void)ctx;
	err = kr_sign_with_label(sig, &pair, "label", kr_view(content, sizeof(content)));
	if (err != KR_OK) {
		assert_memory_equal(sig, none, sizeof(sig));
	} else {
		err = kr_verify_with_label(kr_view(sig, sizeof(sig)), pair.public_key,
			"label", kr_view(content, sizeof(content)));
	}
	return err;
}

static void every_failing_allocation_is_reported(void **state)
{
	(void)state;
	assert_true(alloc_fail_each(sign_and_verify, NULL, NULL) >= 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(expands_the_structure_of_the_rfc),
		cmocka_unit_test(derives_without_context),
		cmocka_unit_test(a_generation_is_the_context),
		cmocka_unit_test(too_long_an_output_is_refused),
		cmocka_unit_test(too_long_an_input_is_refused),
		cmocka_unit_test(a_signature_is_bound_to_its_label),
		cmocka_unit_test(a_reference_is_bound_to_its_label),
		cmocka_unit_test(every_failing_allocation_is_reported),
	};

	if (kr_crypto_init() != KR_OK) {
		return 1;
	}
	return cmocka_run_group_tests_name("crypto/labels", tests, NULL, NULL);
}
