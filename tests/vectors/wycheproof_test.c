/* Wycheproof: the primitives against edge cases and known attacks. */
#include "vectors.h"

#include <stdlib.h>
#include <string.h>

#include <test.h>

#include <kring/crypto.h>

/* One case of a file; group is the one that the case stands in. */
typedef void run_case(struct vectors *v, const cJSON *group, const cJSON *c);

/* Every case of every group. What is not run has to be counted as such: together they are
 * as many as the file says it has. */
static void run_file(const char *name, run_case *run)
{
	struct vectors *v = vectors_open(name);
	const cJSON *root = vectors_root(v);
	const cJSON *group;
	const cJSON *c;
	uint64_t num_cases = 0;

	cJSON_ArrayForEach(group, vectors_get(root, "testGroups"))
	{
		cJSON_ArrayForEach(c, vectors_get(group, "tests"))
		{
			run(v, group, c);
			num_cases++;
		}
	}
	assert_int_equal(num_cases, vectors_uint(root, "numberOfTests"));
	vectors_close(v);
}

static bool result_is(const cJSON *c, const char *result)
{
	return strcmp(vectors_str(c, "result"), result) == 0;
}

/* Fail with the number and the comment that the file gives. */
static void assert_case(bool good, const cJSON *c)
{
	if (!good) {
		fail_msg("case %u: %s", (unsigned)vectors_uint(c, "tcId"),
			vectors_str(c, "comment"));
	}
}

static bool all_zero(struct kr_view v)
{
	for (size_t i = 0; i < v.len; i++) {
		if (v.data[i] != 0) {
			return false;
		}
	}
	return true;
}

/* RFC 7748 lets an implementation choose what to do with "acceptable" inputs. Ours: the
 * result is as expected, and a result of zero, that of a point of low order, is
 * refused. */
static void x25519_case(struct vectors *v, const cJSON *group, const cJSON *c)
{
	struct kr_view expected = vectors_hex(v, c, "shared");
	uint8_t public_key[KR_X25519_BYTES];
	struct kr_secret secret;
	struct kr_secret shared;
	enum kr_err err;

	(void)group;
	vectors_hex_copy(c, "public", public_key, sizeof(public_key));
	vectors_hex_copy(c, "private", secret.bytes, sizeof(secret.bytes));
	err = kr_x25519(&shared, &secret, public_key);
	assert_case(err == (all_zero(expected) ? KR_ERR_KEY : KR_OK), c);
	assert_case(err == KR_OK || result_is(c, "acceptable"), c);
	assert_case(kr_view_equal(kr_view_secret(&shared), expected), c);
	vectors_passed(v);
}

static void x25519(void **state)
{
	(void)state;
	run_file("wycheproof/x25519_test.json", x25519_case);
}

static void ed25519_case(struct vectors *v, const cJSON *group, const cJSON *c)
{
	uint8_t public_key[KR_ED25519_PUBLIC_BYTES];
	enum kr_err err;

	vectors_hex_copy(
		vectors_get(group, "publicKey"), "pk", public_key, sizeof(public_key));
	err = kr_ed25519_verify(
		vectors_hex(v, c, "sig"), public_key, vectors_hex(v, c, "msg"));
	assert_case(err == (result_is(c, "valid") ? KR_OK : KR_ERR_SIGNATURE), c);
	vectors_passed(v);
}

static void ed25519(void **state)
{
	(void)state;
	run_file("wycheproof/ed25519_test.json", ed25519_case);
}

/* Seal and compare, or see that opening fails; and that opening gives the text or
 * zeroes. */
static void aead_case(struct vectors *v, const cJSON *group, const cJSON *c)
{
	struct kr_view aad = vectors_hex(v, c, "aad");
	struct kr_view pt = vectors_hex(v, c, "msg");
	struct kr_view ct = vectors_hex(v, c, "ct");
	struct kr_view tag = vectors_hex(v, c, "tag");
	uint8_t nonce[KR_AEAD_NONCE_BYTES];
	uint8_t whole[1024];
	uint8_t sealed[1024];
	uint8_t opened[1024];
	struct kr_secret key;
	enum kr_err err;

	if (vectors_uint(group, "ivSize") != 8 * KR_AEAD_NONCE_BYTES) {
		assert_case(result_is(c, "invalid"), c);
		vectors_not_run(v, "a nonce is always 12 bytes, by the prototype");
		return;
	}
	vectors_hex_copy(c, "key", key.bytes, sizeof(key.bytes));
	vectors_hex_copy(c, "iv", nonce, sizeof(nonce));
	assert_case(ct.len == pt.len && ct.len + tag.len <= sizeof(whole), c);
	memcpy(whole, ct.data, ct.len);
	memcpy(whole + ct.len, tag.data, tag.len);
	kr_aead_seal(sealed, &key, nonce, aad, pt);
	err = kr_aead_open(opened, &key, nonce, aad, kr_view(whole, ct.len + tag.len));
	if (result_is(c, "valid")) {
		assert_case(err == KR_OK, c);
		assert_case(memcmp(sealed, whole, ct.len + tag.len) == 0, c);
		assert_case(kr_view_equal(kr_view(opened, pt.len), pt), c);
	} else {
		assert_case(err == KR_ERR_DECRYPT, c);
		assert_case(memcmp(sealed, whole, ct.len + tag.len) != 0, c);
		assert_case(all_zero(kr_view(opened, pt.len)), c);
	}
	vectors_passed(v);
}

static void chacha20_poly1305(void **state)
{
	(void)state;
	run_file("wycheproof/chacha20_poly1305_test.json", aead_case);
}

static void hkdf_case(struct vectors *v, const cJSON *group, const cJSON *c)
{
	size_t size = (size_t)vectors_uint(c, "size");
	uint8_t *okm = calloc(1, size);
	struct kr_secret prk;
	enum kr_err err;

	(void)group;
	assert_non_null(okm);
	kr_hkdf_extract(&prk, vectors_hex(v, c, "salt"), vectors_hex(v, c, "ikm"));
	err = kr_hkdf_expand(okm, size, &prk, vectors_hex(v, c, "info"));
	if (result_is(c, "valid")) {
		assert_case(err == KR_OK, c);
		assert_case(
			kr_view_equal(kr_view(okm, size), vectors_hex(v, c, "okm")), c);
	} else {
		assert_case(err == KR_ERR_ARGUMENT, c);
	}
	free(okm);
	vectors_passed(v);
}

static void hkdf_sha256(void **state)
{
	(void)state;
	run_file("wycheproof/hkdf_sha256_test.json", hkdf_case);
}

/* Tags of 16 bytes are compared with the beginning of ours; kr_hmac_verify, which takes
 * whole tags alone, has to refuse them, the right ones as well. */
static void hmac_case(struct vectors *v, const cJSON *group, const cJSON *c)
{
	struct kr_view key = vectors_hex(v, c, "key");
	struct kr_view msg = vectors_hex(v, c, "msg");
	struct kr_view tag = vectors_hex(v, c, "tag");
	bool valid = result_is(c, "valid");
	uint8_t mac[KR_HMAC_BYTES];
	enum kr_err err;

	assert_case(8 * tag.len == vectors_uint(group, "tagSize"), c);
	assert_case(tag.len <= sizeof(mac), c);
	kr_hmac(mac, key, msg);
	assert_case(kr_view_equal(kr_view(mac, tag.len), tag) == valid, c);
	err = kr_hmac_verify(tag, key, msg);
	assert_case(err == (valid && tag.len == sizeof(mac) ? KR_OK : KR_ERR_MAC), c);
	vectors_passed(v);
}

static void hmac_sha256(void **state)
{
	(void)state;
	run_file("wycheproof/hmac_sha256_test.json", hmac_case);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(x25519),
		cmocka_unit_test(ed25519),
		cmocka_unit_test(chacha20_poly1305),
		cmocka_unit_test(hkdf_sha256),
		cmocka_unit_test(hmac_sha256),
	};

	if (kr_crypto_init() != KR_OK) {
		return 1;
	}
	return cmocka_run_group_tests_name("wycheproof", tests, NULL, NULL);
}
