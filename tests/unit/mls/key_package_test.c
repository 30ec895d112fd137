#include <test.h>

#include <alloc_fail.h>
#include <string.h>

#include "proto/mls/framing.h"
#include "proto/mls/key_package.h"

static struct kr_random_seeded seeded;
static struct kr_random rng;
static struct kr_ed25519_keypair signer;
static const struct kr_mls_client client = {
	.signer = &signer,
	.identity = {(const uint8_t *)"alice", 5},
};
static const struct kr_mls_lifetime lifetime = {100, 200};

static int prepare(void **state)
{
	static const struct kr_secret seed = {.bytes = {10}};

	(void)state;
	if (kr_crypto_init() != KR_OK) {
		return 1;
	}
	kr_random_seeded_init(&seeded, &seed);
	rng = kr_random_seeded(&seeded);
	return kr_ed25519_generate(&signer, &rng) == KR_OK ? 0 : 1;
}

static struct kr_bytes made(
	struct kr_mls_key_package_secrets *secrets, struct kr_mls_extensions extensions)
{
	struct kr_bytes message;

	assert_int_equal(kr_mls_key_package_new(
				 &message, secrets, &client, lifetime, extensions, &rng),
		KR_OK);
	return message;
}

static void what_is_made_verifies(void **state)
{
	static const struct kr_mls_extension last_resort = {10, {NULL, 0}};
	const struct kr_mls_extensions extensions = {&last_resort, 1};
	struct kr_mls_key_package_secrets secrets;
	struct kr_bytes message = made(&secrets, extensions);
	struct kr_mls_key_package_info info;
	struct kr_mls_key_package_info bare;
	struct kr_key_package kp;
	uint8_t public_key[KR_X25519_BYTES];
	struct kr_view data;

	(void)state;
	assert_int_equal(
		kr_mls_key_package_verify(kr_view_bytes(&message), 150, &info), KR_OK);
	assert_true(kr_view_equal(info.identity, client.identity));
	assert_memory_equal(
		info.signature_key, signer.public_key, KR_ED25519_PUBLIC_BYTES);
	assert_int_equal(info.lifetime.not_before, 100);
	assert_int_equal(info.lifetime.not_after, 200);
	assert_int_equal(kr_mls_extension_find(info.extensions, 10, &data), KR_OK);
	assert_int_equal(kr_key_package_unwrap(kr_view_bytes(&message), &kp), KR_OK);
	kr_x25519_public(public_key, &secrets.init_key);
	assert_memory_equal(kp.init_key, public_key, sizeof(public_key));
	kr_x25519_public(public_key, &secrets.encryption_key);
	assert_memory_equal(kp.leaf.encryption_key, public_key, sizeof(public_key));
	/* Without the message around it, it is the same, with the same reference. */
	assert_int_equal(kr_mls_key_package_verify(kp.encoded, 0, &bare), KR_OK);
	assert_memory_equal(bare.ref, info.ref, sizeof(info.ref));
	kr_mls_key_package_secrets_wipe(&secrets);
	kr_bytes_free(&message);
}

static void a_lifetime_is_asked_when_there_is_a_clock(void **state)
{
	static const struct {
		uint64_t now_s;
		enum kr_err expected;
	} cases[] = {
		{0, KR_OK},
		{99, KR_ERR_LEAF_LIFETIME},
		{100, KR_OK},
		{200, KR_OK},
		{201, KR_ERR_LEAF_LIFETIME},
	};
	struct kr_mls_key_package_secrets secrets;
	struct kr_bytes message = made(&secrets, (struct kr_mls_extensions){0});
	struct kr_mls_key_package_info info;

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		assert_int_equal(kr_mls_key_package_verify(
					 kr_view_bytes(&message), cases[i].now_s, &info),
			cases[i].expected);
	}
	kr_bytes_free(&message);
}

static void every_truncation_and_every_flipped_bit_fails(void **state)
{
	struct kr_mls_key_package_secrets secrets;
	struct kr_bytes message = made(&secrets, (struct kr_mls_extensions){0});
	struct kr_mls_key_package_info info;

	(void)state;
	for (size_t len = 0; len < message.len; len++) {
		assert_int_not_equal(
			kr_mls_key_package_verify(kr_view(message.data, len), 0, &info),
			KR_OK);
		assert_null(info.signature_key);
	}
	for (size_t bit = 0; bit < 8 * message.len; bit++) {
		message.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_not_equal(
			kr_mls_key_package_verify(kr_view_bytes(&message), 0, &info),
			KR_OK);
		message.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	kr_bytes_free(&message);
}

static void only_a_key_package_is_unwrapped(void **state)
{
	const struct {
		struct kr_view bytes;
		enum kr_err expected;
	} cases[] = {
		{LITERAL(""), KR_ERR_TRUNCATED},
		{LITERAL("\0\1\0\5"), KR_ERR_TRUNCATED},
		{LITERAL("\0\2\0\3"), KR_ERR_MLS_VERSION},
		{LITERAL("\0\1\0\1"), KR_ERR_MLS_CIPHER_SUITE},
		{LITERAL("\0\1\0\5\0\2\0\3"), KR_ERR_MLS_VERSION},
		{LITERAL("\0\1\0\5\0\1\0\1"), KR_ERR_MLS_CIPHER_SUITE},
		{LITERAL("\0\1\0\5\0\1\0\3\0"), KR_ERR_KEY},
	};
	struct kr_mls_key_package_secrets secrets;
	struct kr_bytes message = made(&secrets, (struct kr_mls_extensions){0});
	KR_AUTO_WRITER struct kr_writer w = {0};
	struct kr_key_package kp;

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		assert_int_equal(
			kr_key_package_unwrap(cases[i].bytes, &kp), cases[i].expected);
		assert_null(kp.init_key);
	}
	kr_writer_init(&w);
	kr_write_fixed(&w, kr_view_bytes(&message));
	kr_write_u8(&w, 0);
	assert_int_equal(kr_key_package_unwrap(kr_writer_view(&w), &kp), KR_ERR_TRAILING);
	assert_null(kp.init_key);
	kr_bytes_free(&message);
}

static void what_others_refuse_is_not_made(void **state)
{
	static const struct kr_mls_extension twice[] = {{10, {NULL, 0}}, {10, {NULL, 0}}};
	static const struct kr_mls_extension unlisted = {0xf001, {NULL, 0}};
	struct kr_mls_client changed = client;
	struct kr_mls_key_package_secrets secrets;
	struct kr_bytes message;

	(void)state;
	assert_int_equal(kr_mls_key_package_new(&message, &secrets, &client, lifetime,
				 (struct kr_mls_extensions){twice, 2}, &rng),
		KR_ERR_LEAF_EXTENSION);
	assert_int_equal(message.len, 0);
	changed.leaf_extensions = (struct kr_mls_extensions){&unlisted, 1};
	assert_int_equal(kr_mls_key_package_new(&message, &secrets, &changed, lifetime,
				 (struct kr_mls_extensions){0}, &rng),
		KR_ERR_LEAF_EXTENSION);
	assert_int_equal(message.len, 0);
}

static enum kr_err repeat(void *ctx, uint8_t *out, size_t len)
{
	(void)ctx;
	memset(out, 7, len);
	return KR_OK;
}

/* From randomness that repeats come two equal keys: nobody would accept them. */
static void equal_keys_are_refused(void **state)
{
	const struct kr_random stuck = {.fill = repeat};
	struct kr_mls_key_package_secrets secrets;
	struct kr_mls_key_package_info info;
	struct kr_bytes message;

	(void)state;
	assert_int_equal(kr_mls_key_package_new(&message, &secrets, &client, lifetime,
				 (struct kr_mls_extensions){0}, &stuck),
		KR_OK);
	assert_int_equal(kr_mls_key_package_verify(kr_view_bytes(&message), 0, &info),
		KR_ERR_KEY_PACKAGE_KEYS);
	kr_bytes_free(&message);
}

static enum kr_err make_and_verify(void *ctx)
{
	struct kr_mls_key_package_secrets secrets;
	struct kr_mls_key_package_info info;
	struct kr_bytes message;
	enum kr_err err = kr_mls_key_package_new(&message, &secrets, &client, lifetime,
		(struct kr_mls_extensions){0}, &rng);

	(void)ctx;
	if (err == KR_OK) {
		err = kr_mls_key_package_verify(kr_view_bytes(&message), 0, &info);
	}
	kr_bytes_free(&message);
	return err;
}

static void without_memory_none_is_made(void **state)
{
	(void)state;
	assert_true(alloc_fail_each(make_and_verify, NULL, NULL) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_made_verifies),
		cmocka_unit_test(a_lifetime_is_asked_when_there_is_a_clock),
		cmocka_unit_test(every_truncation_and_every_flipped_bit_fails),
		cmocka_unit_test(only_a_key_package_is_unwrapped),
		cmocka_unit_test(what_others_refuse_is_not_made),
		cmocka_unit_test(equal_keys_are_refused),
		cmocka_unit_test(without_memory_none_is_made),
	};

	return cmocka_run_group_tests_name("mls/key_package", tests, prepare, NULL);
}
