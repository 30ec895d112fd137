/* One Welcome, opened step by step with the recipient's init key. */
#include "vectors.h"

#include <test.h>

#include <kring/hpke.h>

#include "proto/mls/framing.h"
#include "proto/mls/welcome.h"

static struct kr_view rest_of(struct kr_view input, enum kr_wire_format wire_format)
{
	struct kr_message message;

	assert_int_equal(kr_message_read(input, &message), KR_OK);
	assert_int_equal(message.wire_format, wire_format);
	return message.rest;
}

/* The entry for this key package, and the secrets in it. */
static void open_secrets(struct vectors *v, const cJSON *c,
	const struct kr_welcome *welcome, struct kr_bytes *plain)
{
	struct kr_reader r = kr_reader(welcome->secrets);
	uint8_t ref[KR_MLS_HASH_BYTES];
	struct kr_key_package key_package;
	struct kr_encrypted_secrets entry;
	struct kr_secret init_key;

	assert_int_equal(
		kr_key_package_unwrap(vectors_hex(v, c, "key_package"), &key_package),
		KR_OK);
	assert_int_equal(kr_key_package_ref(ref, &key_package), KR_OK);
	vectors_hex_copy(c, "init_priv", init_key.bytes, KR_SECRET_BYTES);
	do {
		assert_int_equal(kr_encrypted_secrets_read(&r, &entry), KR_OK);
	} while (!kr_view_equal(entry.new_member, kr_view(ref, sizeof(ref))));
	assert_int_equal(kr_bytes_alloc(plain,
				 entry.ciphertext.ciphertext.len - KR_HPKE_TAG_BYTES),
		KR_OK);
	assert_int_equal(
		kr_decrypt_with_label(plain->data, &init_key, "Welcome",
			welcome->encrypted_group_info, entry.ciphertext.kem_output,
			entry.ciphertext.ciphertext),
		KR_OK);
}

static void open_group_info(const struct kr_welcome *welcome,
	const struct kr_secret *joiner, struct kr_bytes *plain)
{
	const struct kr_secret no_psk = {0};
	uint8_t nonce[KR_AEAD_NONCE_BYTES];
	struct kr_secret key;

	assert_int_equal(kr_welcome_key_nonce(&key, nonce, joiner, &no_psk), KR_OK);
	assert_int_equal(kr_bytes_alloc(plain,
				 welcome->encrypted_group_info.len - KR_AEAD_TAG_BYTES),
		KR_OK);
	assert_int_equal(kr_aead_open(plain->data, &key, nonce, (struct kr_view){0},
				 welcome->encrypted_group_info),
		KR_OK);
}

static void check_group_info(struct vectors *v, const cJSON *c, struct kr_view encoded,
	const struct kr_secret *joiner)
{
	const struct kr_secret no_psk = {0};
	struct kr_epoch_secrets secrets;
	struct kr_group_info info;
	uint8_t tag[KR_HMAC_BYTES];

	assert_int_equal(kr_group_info_read(encoded, &info), KR_OK);
	assert_int_equal(
		kr_verify_with_label(info.signature, vectors_hex(v, c, "signer_pub").data,
			"GroupInfoTBS", info.tbs),
		KR_OK);
	assert_int_equal(
		kr_epoch_secrets_derive(&secrets, joiner, &no_psk, info.context.encoded),
		KR_OK);
	kr_confirmation_tag(
		tag, &secrets.confirmation_key, info.context.confirmed_transcript_hash);
	vectors_assert_equal(
		"confirmation_tag", kr_view(tag, sizeof(tag)), info.confirmation_tag);
}

static void welcome(void **state)
{
	struct vectors *v = vectors_open("mls/welcome.json");
	const cJSON *c;

	(void)state;
	assert_int_equal(kr_crypto_init(), KR_OK);
	cJSON_ArrayForEach(c, vectors_root(v))
	{
		KR_AUTO_FREE struct kr_bytes secrets_bytes = {0};
		KR_AUTO_FREE struct kr_bytes info_bytes = {0};
		struct kr_group_secrets secrets;
		struct kr_welcome decoded;
		struct kr_secret joiner;
		struct kr_reader r;

		assert_int_equal(kr_welcome_read(rest_of(vectors_hex(v, c, "welcome"),
							 KR_WIRE_WELCOME),
					 &decoded),
			KR_OK);
		open_secrets(v, c, &decoded, &secrets_bytes);
		assert_int_equal(
			kr_group_secrets_read(kr_view_bytes(&secrets_bytes), &secrets),
			KR_OK);
		r = kr_reader(secrets.joiner_secret);
		assert_int_equal(kr_read_copy(&r, joiner.bytes, KR_SECRET_BYTES), KR_OK);
		assert_int_equal(kr_read_end(&r), KR_OK);
		open_group_info(&decoded, &joiner, &info_bytes);
		check_group_info(v, c, kr_view_bytes(&info_bytes), &joiner);
		vectors_passed(v);
	}
	vectors_close(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(welcome),
	};

	return cmocka_run_group_tests_name("mls_welcome", tests, NULL, NULL);
}
