/* RFC 9180 appendix A: the encapsulated key comes out of ikmE as the only randomness, so
 * the sender's side is checked byte for byte as well as the recipient's. */
#include "vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <kring/hpke.h>

#include "proto/hpke/kem.h"

/* A source that gives these bytes once and then fails. */
static enum kr_err fill_once(void *ctx, uint8_t *out, size_t len)
{
	struct kr_view *once = ctx;

	if (once->len != len) {
		return KR_ERR_RANDOM;
	}
	memcpy(out, once->data, len);
	*once = kr_view(NULL, 0);
	return KR_OK;
}

static struct kr_view hex_or_empty(struct vectors *v, const cJSON *c, const char *key)
{
	return vectors_has(c, key) ? vectors_hex(v, c, key) : kr_view(NULL, 0);
}

static bool is_auth(const struct kr_hpke_params *params)
{
	return params->mode == KR_HPKE_AUTH || params->mode == KR_HPKE_AUTH_PSK;
}

static struct kr_hpke_params params_of(struct vectors *v, const cJSON *c)
{
	assert_int_equal(vectors_uint(c, "kem_id"), 0x0020);
	assert_int_equal(vectors_uint(c, "kdf_id"), 0x0001);
	return (struct kr_hpke_params){
		.mode = (enum kr_hpke_mode)vectors_uint(c, "mode"),
		.aead = (enum kr_hpke_aead)vectors_uint(c, "aead_id"),
		.info = vectors_hex(v, c, "info"),
		.psk = hex_or_empty(v, c, "psk"),
		.psk_id = hex_or_empty(v, c, "psk_id"),
	};
}

/* DeriveKeyPair(ikm) is the named pair. */
static struct kr_x25519_keypair keypair_of(struct vectors *v, const cJSON *c,
	const char *ikm, const char *sk, const char *pk)
{
	struct kr_x25519_keypair pair;

	assert_int_equal(kr_hpke_derive_keypair(&pair, vectors_hex(v, c, ikm)), KR_OK);
	vectors_assert_equal(sk, kr_view_secret(&pair.secret), vectors_hex(v, c, sk));
	vectors_assert_equal(pk, kr_view(pair.public_key, sizeof(pair.public_key)),
		vectors_hex(v, c, pk));
	return pair;
}

/* The two ends of one case. */
struct ends {
	struct kr_hpke_context sender;
	struct kr_hpke_context receiver;
};

static struct ends set_up(
	struct vectors *v, const cJSON *c, const struct kr_hpke_params *params)
{
	struct kr_x25519_keypair receiver = keypair_of(v, c, "ikmR", "skRm", "pkRm");
	struct kr_x25519_keypair sender = {0};
	struct kr_view ikm_e = vectors_hex(v, c, "ikmE");
	const struct kr_random rng = {.fill = fill_once, .ctx = &ikm_e};
	struct kr_view sender_pk = kr_view(NULL, 0);
	struct kr_secret shared_secret;
	uint8_t enc[KR_HPKE_ENC_BYTES];
	struct ends ends;

	if (is_auth(params)) {
		sender = keypair_of(v, c, "ikmS", "skSm", "pkSm");
		sender_pk = kr_view(sender.public_key, sizeof(sender.public_key));
	}
	assert_int_equal(
		kr_hpke_sender_init(&ends.sender, enc, params, receiver.public_key,
			is_auth(params) ? &sender.secret : NULL, &rng),
		KR_OK);
	vectors_assert_equal("enc", kr_view(enc, sizeof(enc)), vectors_hex(v, c, "enc"));
	assert_int_equal(kr_hpke_receiver_init(&ends.receiver, params, &receiver.secret,
				 sender_pk, kr_view(enc, sizeof(enc))),
		KR_OK);
	assert_int_equal(
		kr_hpke_decap(&shared_secret, enc, &receiver.secret, sender_pk.data),
		KR_OK);
	vectors_assert_equal("shared_secret", kr_view_secret(&shared_secret),
		vectors_hex(v, c, "shared_secret"));
	return ends;
}

static void assert_schedule(
	struct vectors *v, const cJSON *c, const struct kr_hpke_context *context)
{
	vectors_assert_equal("exporter_secret", kr_view_secret(&context->exporter_secret),
		vectors_hex(v, c, "exporter_secret"));
	if (context->aead == KR_HPKE_EXPORT_ONLY) {
		return;
	}
	vectors_assert_equal(
		"key", kr_view_secret(&context->key), vectors_hex(v, c, "key"));
	vectors_assert_equal("base_nonce",
		kr_view(context->base_nonce, sizeof(context->base_nonce)),
		vectors_hex(v, c, "base_nonce"));
}

static void assert_encryption(struct vectors *v, const cJSON *e, struct ends *ends)
{
	struct kr_view aad = vectors_hex(v, e, "aad");
	struct kr_view pt = vectors_hex(v, e, "pt");
	struct kr_view expected = vectors_hex(v, e, "ct");
	uint8_t ct[128];
	uint8_t opened[128];

	assert_true(pt.len + KR_HPKE_TAG_BYTES <= sizeof(ct));
	assert_int_equal(kr_hpke_context_seal(&ends->sender, ct, aad, pt), KR_OK);
	vectors_assert_equal("ct", kr_view(ct, pt.len + KR_HPKE_TAG_BYTES), expected);
	assert_int_equal(
		kr_hpke_context_open(&ends->receiver, opened, aad, expected), KR_OK);
	vectors_assert_equal("pt", kr_view(opened, pt.len), pt);
}

static void assert_export(
	struct vectors *v, const cJSON *e, const struct kr_hpke_context *context)
{
	struct kr_view exporter_context = vectors_hex(v, e, "exporter_context");
	uint8_t value[64];
	size_t len = vectors_uint(e, "L");

	assert_true(len <= sizeof(value));
	assert_int_equal(
		kr_hpke_context_export(context, value, len, exporter_context), KR_OK);
	vectors_assert_equal("exported_value", kr_view(value, len),
		vectors_hex(v, e, "exported_value"));
}

/* The single-shot functions for the first message of a mode. */
static void assert_single_shot(
	struct vectors *v, const cJSON *c, const struct kr_hpke_params *params)
{
	const cJSON *e = cJSON_GetArrayItem(vectors_get(c, "encryptions"), 0);
	struct kr_view aad = vectors_hex(v, e, "aad");
	struct kr_view pt = vectors_hex(v, e, "pt");
	struct kr_view pk = vectors_hex(v, c, "pkRm");
	struct kr_view ikm_e = vectors_hex(v, c, "ikmE");
	const struct kr_random rng = {.fill = fill_once, .ctx = &ikm_e};
	struct kr_secret sk;
	struct kr_secret sender_sk;
	uint8_t enc[KR_HPKE_ENC_BYTES];
	uint8_t ct[128];
	uint8_t opened[128];
	struct kr_view sealed = kr_view(ct, pt.len + KR_HPKE_TAG_BYTES);

	vectors_hex_copy(c, "skRm", sk.bytes, sizeof(sk.bytes));
	if (is_auth(params)) {
		vectors_hex_copy(c, "skSm", sender_sk.bytes, sizeof(sender_sk.bytes));
	}
	assert_int_equal(kr_hpke_seal_once(enc, ct, params, pk.data,
				 is_auth(params) ? &sender_sk : NULL, aad, pt, &rng),
		KR_OK);
	vectors_assert_equal("ct", sealed, vectors_hex(v, e, "ct"));
	assert_int_equal(
		kr_hpke_open_once(opened, params, &sk, hex_or_empty(v, c, "pkSm"), aad,
			kr_view(enc, sizeof(enc)), sealed),
		KR_OK);
	vectors_assert_equal("pt", kr_view(opened, pt.len), pt);
	if (params->mode == KR_HPKE_BASE) {
		ikm_e = vectors_hex(v, c, "ikmE");
		assert_int_equal(
			kr_hpke_seal(enc, ct, pk.data, params->info, aad, pt, &rng),
			KR_OK);
		vectors_assert_equal("ct again", sealed, vectors_hex(v, e, "ct"));
		assert_int_equal(kr_hpke_open(opened, &sk, params->info, aad,
					 kr_view(enc, sizeof(enc)), sealed),
			KR_OK);
	}
}

static void run_case(struct vectors *v, const cJSON *c)
{
	struct kr_hpke_params params = params_of(v, c);
	struct ends ends = set_up(v, c, &params);
	const cJSON *e;

	assert_schedule(v, c, &ends.sender);
	assert_schedule(v, c, &ends.receiver);
	cJSON_ArrayForEach(e, vectors_get(c, "encryptions"))
	{
		assert_encryption(v, e, &ends);
		vectors_passed(v);
	}
	cJSON_ArrayForEach(e, vectors_get(c, "exports"))
	{
		assert_export(v, e, &ends.sender);
		assert_export(v, e, &ends.receiver);
		vectors_passed(v);
	}
	if (params.aead == KR_HPKE_CHACHA20_POLY1305) {
		assert_single_shot(v, c, &params);
	}
}

static void run_file(const char *name, int num_encryptions)
{
	struct vectors *v = vectors_open(name);
	const cJSON *c;
	int encryptions = 0;
	unsigned modes = 0;

	cJSON_ArrayForEach(c, vectors_root(v))
	{
		run_case(v, c);
		encryptions += cJSON_GetArraySize(vectors_get(c, "encryptions"));
		modes |= 1u << vectors_uint(c, "mode");
	}
	assert_int_equal(modes, 0xf);
	assert_int_equal(encryptions, num_encryptions);
	vectors_close(v);
}

static void encryptions_and_exports(void **state)
{
	(void)state;
	run_file("hpke.json", 1028);
}

static void export_only(void **state)
{
	(void)state;
	run_file("hpke-export-only.json", 0);
}

/* RFC 9420 §5.1.3, the file's one case that is HPKE's. */
static void encrypt_with_label(void **state)
{
	struct vectors *v = vectors_open("mls/crypto-basics.json");
	const cJSON *c;

	(void)state;
	cJSON_ArrayForEach(c, vectors_root(v))
	{
		const cJSON *e = vectors_get(c, "encrypt_with_label");
		const char *label = vectors_str(e, "label");
		struct kr_view context = vectors_hex(v, e, "context");
		struct kr_view pt = vectors_hex(v, e, "plaintext");
		uint8_t enc[KR_HPKE_ENC_BYTES];
		uint8_t ct[128];
		uint8_t opened[128];
		struct kr_secret sk;

		vectors_hex_copy(e, "priv", sk.bytes, sizeof(sk.bytes));
		assert_int_equal(kr_decrypt_with_label(opened, &sk, label, context,
					 vectors_hex(v, e, "kem_output"),
					 vectors_hex(v, e, "ciphertext")),
			KR_OK);
		vectors_assert_equal("plaintext", kr_view(opened, pt.len), pt);
		assert_int_equal(
			kr_encrypt_with_label(enc, ct, vectors_hex(v, e, "pub").data,
				label, context, pt, &kr_random_system),
			KR_OK);
		assert_int_equal(kr_decrypt_with_label(opened, &sk, label, context,
					 kr_view(enc, sizeof(enc)),
					 kr_view(ct, pt.len + KR_HPKE_TAG_BYTES)),
			KR_OK);
		vectors_assert_equal("plaintext again", kr_view(opened, pt.len), pt);
		vectors_passed(v);
	}
	vectors_close(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(encryptions_and_exports),
		cmocka_unit_test(export_only),
		cmocka_unit_test(encrypt_with_label),
	};

	return kr_crypto_init() != KR_OK ||
		cmocka_run_group_tests_name("hpke", tests, NULL, NULL) != 0;
}
