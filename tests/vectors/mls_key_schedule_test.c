#include "vectors.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <kring/codec.h>

#include "proto/mls/key_schedule.h"

static struct kr_secret secret_of(const cJSON *object, const char *key)
{
	struct kr_secret secret;

	vectors_hex_copy(object, key, secret.bytes, sizeof(secret.bytes));
	return secret;
}

static void check_secret(struct vectors *v, const cJSON *epoch, const char *key,
	const struct kr_secret *got)
{
	vectors_assert_equal(key, kr_view_secret(got), vectors_hex(v, epoch, key));
}

/* GroupContext, RFC 9420 §8.1, without extensions. */
static void check_group_context(
	struct vectors *v, struct kr_view group_id, const cJSON *epoch, uint64_t number)
{
	KR_AUTO_WRITER struct kr_writer w = {0};

	kr_writer_init(&w);
	kr_write_u16(&w, 1);
	kr_write_u16(&w, KR_MLS_CIPHER_SUITE);
	kr_write_vec(&w, group_id);
	kr_write_u64(&w, number);
	kr_write_vec(&w, vectors_hex(v, epoch, "tree_hash"));
	kr_write_vec(&w, vectors_hex(v, epoch, "confirmed_transcript_hash"));
	kr_write_varint(&w, 0);
	vectors_assert_equal("group_context", kr_writer_view(&w),
		vectors_hex(v, epoch, "group_context"));
}

/* The file gives welcome_secret; the interface gives what Welcomes are encrypted with. */
static void check_welcome(const cJSON *epoch, const struct kr_secret *joiner,
	const struct kr_secret *psk_secret)
{
	struct kr_secret welcome_secret = secret_of(epoch, "welcome_secret");
	struct kr_secret key;
	struct kr_secret expected_key;
	uint8_t nonce[KR_AEAD_NONCE_BYTES];
	uint8_t expected_nonce[KR_AEAD_NONCE_BYTES];

	assert_int_equal(kr_welcome_key_nonce(&key, nonce, joiner, psk_secret), KR_OK);
	kr_expand_with_label(expected_key.bytes, sizeof(expected_key.bytes),
		&welcome_secret, "key", kr_view(NULL, 0));
	kr_expand_with_label(expected_nonce, sizeof(expected_nonce), &welcome_secret,
		"nonce", kr_view(NULL, 0));
	vectors_assert_equal(
		"welcome key", kr_view_secret(&key), kr_view_secret(&expected_key));
	vectors_assert_equal("welcome nonce", kr_view(nonce, sizeof(nonce)),
		kr_view(expected_nonce, sizeof(expected_nonce)));
}

static void check_exporter(
	struct vectors *v, const cJSON *epoch, const struct kr_secret *exporter_secret)
{
	const cJSON *exporter = vectors_get(epoch, "exporter");
	uint8_t out[1024];
	size_t len = vectors_uint(exporter, "length");

	assert_true(len <= sizeof(out));
	assert_int_equal(
		kr_exporter(out, len, exporter_secret, vectors_str(exporter, "label"),
			vectors_hex(v, exporter, "context")),
		KR_OK);
	vectors_assert_equal(
		"exporter", kr_view(out, len), vectors_hex(v, exporter, "secret"));
}

static void check_epoch_secrets(
	struct vectors *v, const cJSON *epoch, const struct kr_epoch_secrets *secrets)
{
	struct kr_x25519_keypair external;

	check_secret(v, epoch, "init_secret", &secrets->init_secret);
	check_secret(v, epoch, "sender_data_secret", &secrets->sender_data_secret);
	check_secret(v, epoch, "encryption_secret", &secrets->encryption_secret);
	check_secret(v, epoch, "exporter_secret", &secrets->exporter_secret);
	check_secret(v, epoch, "external_secret", &secrets->external_secret);
	check_secret(v, epoch, "confirmation_key", &secrets->confirmation_key);
	check_secret(v, epoch, "membership_key", &secrets->membership_key);
	check_secret(v, epoch, "resumption_psk", &secrets->resumption_psk);
	vectors_assert_equal("epoch_authenticator",
		kr_view(secrets->epoch_authenticator,
			sizeof(secrets->epoch_authenticator)),
		vectors_hex(v, epoch, "epoch_authenticator"));
	check_exporter(v, epoch, &secrets->exporter_secret);
	assert_int_equal(
		kr_external_keypair(&external, &secrets->external_secret), KR_OK);
	vectors_assert_equal("external_pub",
		kr_view(external.public_key, sizeof(external.public_key)),
		vectors_hex(v, epoch, "external_pub"));
}

/* One epoch; init_secret is that of the epoch before, and then of this one. */
static void check_epoch(
	struct vectors *v, const cJSON *epoch, struct kr_secret *init_secret)
{
	struct kr_secret commit_secret = secret_of(epoch, "commit_secret");
	struct kr_secret psk_secret = secret_of(epoch, "psk_secret");
	struct kr_view group_context = vectors_hex(v, epoch, "group_context");
	struct kr_epoch_secrets secrets;
	struct kr_secret joiner;

	assert_int_equal(
		kr_joiner_secret(&joiner, init_secret, &commit_secret, group_context),
		KR_OK);
	check_secret(v, epoch, "joiner_secret", &joiner);
	check_welcome(epoch, &joiner, &psk_secret);
	assert_int_equal(
		kr_epoch_secrets_derive(&secrets, &joiner, &psk_secret, group_context),
		KR_OK);
	check_epoch_secrets(v, epoch, &secrets);
	*init_secret = secrets.init_secret;
}

static void key_schedule(void **state)
{
	struct vectors *v = vectors_open("mls/key-schedule.json");
	const cJSON *c;

	(void)state;
	cJSON_ArrayForEach(c, vectors_root(v))
	{
		struct kr_secret init_secret = secret_of(c, "initial_init_secret");
		const cJSON *epoch;
		unsigned number = 0;

		assert_int_equal(vectors_uint(c, "cipher_suite"), KR_MLS_CIPHER_SUITE);
		cJSON_ArrayForEach(epoch, vectors_get(c, "epochs"))
		{
			check_group_context(
				v, vectors_hex(v, c, "group_id"), epoch, number);
			check_epoch(v, epoch, &init_secret);
			number++;
		}
		assert_int_equal(number, 5);
		vectors_passed(v);
	}
	vectors_close(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(key_schedule),
	};

	return kr_crypto_init() != KR_OK ||
		cmocka_run_group_tests_name("mls_key_schedule", tests, NULL, NULL);
}
