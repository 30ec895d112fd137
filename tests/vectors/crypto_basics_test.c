/* The labelled functions of RFC 9420 §5.2, §8 and §9. The part encrypt_with_label of the
 * same file is run by hpke_test.c. */
#include "vectors.h"

#include <test.h>

#include <kring/crypto.h>

/* Most parts of the file name what is expected "out". */
static void assert_out(struct vectors *v, const cJSON *part, const char *what,
	const void *got, size_t len)
{
	vectors_assert_equal(what, kr_view(got, len), vectors_hex(v, part, "out"));
}

static void ref_hash(struct vectors *v, const cJSON *part)
{
	uint8_t out[KR_SHA256_BYTES];

	assert_int_equal(kr_ref_hash(out, vectors_str(part, "label"),
				 vectors_hex(v, part, "value")),
		KR_OK);
	assert_out(v, part, "ref_hash", out, sizeof(out));
}

static void expand_with_label(struct vectors *v, const cJSON *part)
{
	struct kr_secret secret;
	uint8_t out[64];
	size_t len = (size_t)vectors_uint(part, "length");

	assert_true(len <= sizeof(out));
	vectors_hex_copy(part, "secret", secret.bytes, sizeof(secret.bytes));
	assert_int_equal(
		kr_expand_with_label(out, len, &secret, vectors_str(part, "label"),
			vectors_hex(v, part, "context")),
		KR_OK);
	assert_out(v, part, "expand_with_label", out, len);
}

static void derive_secret(struct vectors *v, const cJSON *part)
{
	struct kr_secret secret;
	struct kr_secret out;

	vectors_hex_copy(part, "secret", secret.bytes, sizeof(secret.bytes));
	assert_int_equal(
		kr_derive_secret(&out, &secret, vectors_str(part, "label")), KR_OK);
	assert_out(v, part, "derive_secret", out.bytes, sizeof(out.bytes));
}

static void derive_tree_secret(struct vectors *v, const cJSON *part)
{
	struct kr_secret secret;
	uint8_t out[64];
	size_t len = (size_t)vectors_uint(part, "length");

	assert_true(len <= sizeof(out));
	vectors_hex_copy(part, "secret", secret.bytes, sizeof(secret.bytes));
	assert_int_equal(
		kr_derive_tree_secret(out, len, &secret, vectors_str(part, "label"),
			(uint32_t)vectors_uint(part, "generation")),
		KR_OK);
	assert_out(v, part, "derive_tree_secret", out, len);
}

/* Ed25519 is deterministic, so ours has to be the very signature of the file. */
static void sign_with_label(struct vectors *v, const cJSON *part)
{
	struct kr_view content = vectors_hex(v, part, "content");
	struct kr_view expected = vectors_hex(v, part, "signature");
	const char *label = vectors_str(part, "label");
	struct kr_ed25519_keypair signer;
	struct kr_secret seed;
	uint8_t sig[KR_ED25519_SIG_BYTES];

	vectors_hex_copy(part, "priv", seed.bytes, sizeof(seed.bytes));
	kr_ed25519_from_seed(&signer, &seed);
	vectors_assert_equal("public key",
		kr_view(signer.public_key, sizeof(signer.public_key)),
		vectors_hex(v, part, "pub"));
	assert_int_equal(kr_sign_with_label(sig, &signer, label, content), KR_OK);
	vectors_assert_equal("signature", kr_view(sig, sizeof(sig)), expected);
	assert_int_equal(
		kr_verify_with_label(expected, signer.public_key, label, content), KR_OK);
}

static void crypto_basics(void **state)
{
	struct vectors *v = vectors_open("mls/crypto-basics.json");
	const cJSON *c;

	(void)state;
	cJSON_ArrayForEach(c, vectors_root(v))
	{
		assert_int_equal(vectors_uint(c, "cipher_suite"), 3);
		ref_hash(v, vectors_get(c, "ref_hash"));
		expand_with_label(v, vectors_get(c, "expand_with_label"));
		derive_secret(v, vectors_get(c, "derive_secret"));
		derive_tree_secret(v, vectors_get(c, "derive_tree_secret"));
		sign_with_label(v, vectors_get(c, "sign_with_label"));
		vectors_passed(v);
	}
	vectors_close(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crypto_basics),
	};

	if (kr_crypto_init() != KR_OK) {
		return 1;
	}
	return cmocka_run_group_tests_name("crypto_basics", tests, NULL, NULL);
}
