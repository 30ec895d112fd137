#include <test.h>

#include <alloc_fail.h>
#include <string.h>

#include "proto/mls/framing.h"

static struct kr_random_seeded seeded;
static struct kr_random rng;
static const struct kr_secret sender_data_secret = {.bytes = {12}};
static const struct kr_message_key message_key = {
	.key = {.bytes = {13}},
	.nonce = {14},
	.generation = 99,
};
static const uint8_t signature[KR_ED25519_SIG_BYTES] = {15};

static int prepare(void **state)
{
	static const struct kr_secret seed = {.bytes = {16}};

	(void)state;
	kr_random_seeded_init(&seeded, &seed);
	rng = kr_random_seeded(&seeded);
	return kr_crypto_init() == KR_OK ? 0 : 1;
}

static struct kr_authenticated_content content_of(struct kr_view text)
{
	return (struct kr_authenticated_content){
		.wire_format = KR_WIRE_PRIVATE_MESSAGE,
		.content =
			{
				.group_id = LITERAL("group"),
				.epoch = 7,
				.sender = {KR_MLS_SENDER_MEMBER, 4},
				.authenticated_data = LITERAL("in the clear"),
				.type = KR_CONTENT_APPLICATION,
				.body = text,
			},
		.signature = kr_view(signature, sizeof(signature)),
	};
}

static struct kr_bytes seal(struct kr_view text, const struct kr_mls_config *config)
{
	const struct kr_authenticated_content auth = content_of(text);
	struct kr_bytes message;

	assert_int_equal(kr_private_message_seal(&message, &auth, &message_key,
				 &sender_data_secret, config, &rng),
		KR_OK);
	return message;
}

/* What was sealed, opened in both steps; the caller frees plaintext. */
static enum kr_err open(struct kr_view bytes, struct kr_authenticated_content *auth,
	struct kr_sender_data *sender, struct kr_bytes *plaintext)
{
	struct kr_message message;
	enum kr_err err = kr_message_read(bytes, &message);

	*plaintext = (struct kr_bytes){0};
	if (err != KR_OK) {
		return err;
	}
	if (message.wire_format != KR_WIRE_PRIVATE_MESSAGE) {
		return KR_ERR_ENCODING;
	}
	if ((err = kr_sender_data_open(
		     sender, &message.private_message, &sender_data_secret))) {
		return err;
	}
	return kr_private_message_open(
		auth, plaintext, &message.private_message, sender, &message_key);
}

static void what_is_sealed_opens(void **state)
{
	const struct kr_mls_config config = kr_mls_config_default();
	struct kr_bytes message = seal(LITERAL("hello"), &config);
	struct kr_authenticated_content auth;
	struct kr_sender_data sender;
	struct kr_bytes plaintext;

	(void)state;
	assert_int_equal(
		open(kr_view_bytes(&message), &auth, &sender, &plaintext), KR_OK);
	assert_int_equal(sender.leaf.v, 4);
	assert_int_equal(sender.generation, 99);
	assert_true(kr_view_equal(auth.content.body, LITERAL("hello")));
	assert_true(kr_view_equal(auth.signature, kr_view(signature, sizeof(signature))));
	assert_true(
		kr_view_equal(auth.content.authenticated_data, LITERAL("in the clear")));
	assert_int_equal(auth.content.sender.index, 4);
	kr_bytes_free(&plaintext);
	kr_bytes_free(&message);
}

static void every_truncation_and_every_flipped_bit_fails(void **state)
{
	const struct kr_mls_config config = {
		.padding_sizes = {128}, .num_padding_sizes = 1};
	struct kr_bytes message = seal(LITERAL("hello"), &config);
	struct kr_authenticated_content auth;
	struct kr_sender_data sender;
	struct kr_bytes plaintext;

	(void)state;
	for (size_t len = 0; len < message.len; len++) {
		assert_int_not_equal(
			open(kr_view(message.data, len), &auth, &sender, &plaintext),
			KR_OK);
	}
	for (size_t bit = 0; bit < 8 * message.len; bit++) {
		message.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_not_equal(
			open(kr_view_bytes(&message), &auth, &sender, &plaintext), KR_OK);
		assert_null(plaintext.data);
		message.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	kr_bytes_free(&message);
}

static void lengths_fall_into_classes(void **state)
{
	static const struct {
		struct kr_mls_config config;
		size_t text_len;
		size_t padded; /* 0: as it is */
	} cases[] = {
		{{.padding_sizes = {256, 1024}, .num_padding_sizes = 2}, 0, 256},
		{{.padding_sizes = {256, 1024}, .num_padding_sizes = 2}, 188, 256},
		{{.padding_sizes = {256, 1024}, .num_padding_sizes = 2}, 189, 1024},
		{{.padding_sizes = {256, 1024}, .num_padding_sizes = 2}, 956, 1024},
		{{.padding_sizes = {256, 1024}, .num_padding_sizes = 2}, 957, 2048},
		{{.padding_sizes = {256, 1024}, .num_padding_sizes = 2}, 5000, 5120},
		{{.num_padding_sizes = 0}, 0, 0},
		{{.num_padding_sizes = 0}, 300, 0},
		{{.padding_sizes = {0}, .num_padding_sizes = 1}, 300, 0},
	};
	static const uint8_t text[5000] = {1};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		struct kr_view body = kr_view(text, cases[i].text_len);
		struct kr_bytes sealed = seal(body, &cases[i].config);
		/* the text's length, the signature's, and the signature */
		size_t len = body.len + (body.len < 64 ? 1 : 2) + 2 + sizeof(signature);
		struct kr_authenticated_content auth;
		struct kr_sender_data sender;
		struct kr_message message;
		struct kr_bytes plaintext;

		assert_int_equal(
			kr_message_read(kr_view_bytes(&sealed), &message), KR_OK);
		assert_int_equal(message.private_message.ciphertext.len,
			(cases[i].padded == 0 ? len : cases[i].padded) +
				KR_AEAD_TAG_BYTES);
		assert_int_equal(
			open(kr_view_bytes(&sealed), &auth, &sender, &plaintext), KR_OK);
		assert_true(kr_view_equal(auth.content.body, body));
		kr_bytes_free(&plaintext);
		kr_bytes_free(&sealed);
	}
}

/* ---- Content by hand ----------------------------------------------------------- */

/* A ciphertext of these bytes under the message key, as a member can make it. */
static enum kr_err open_content(struct kr_view content)
{
	static const uint8_t guard[4] = {0};
	struct kr_private_message m = {
		.group_id = LITERAL("group"),
		.epoch = 7,
		.type = KR_CONTENT_APPLICATION,
	};
	struct kr_sender_data sender = {.leaf = {4}, .generation = 99};
	struct kr_authenticated_content auth;
	struct kr_bytes plaintext;
	struct kr_bytes ct;
	KR_AUTO_WRITER struct kr_writer aad = {0};
	enum kr_err err;

	kr_writer_init(&aad);
	kr_write_vec(&aad, m.group_id);
	kr_write_u64(&aad, m.epoch);
	kr_write_u8(&aad, (uint8_t)m.type);
	kr_write_vec(&aad, m.authenticated_data);
	memcpy(sender.reuse_guard, guard, sizeof(guard));
	assert_int_equal(kr_bytes_alloc(&ct, content.len + KR_AEAD_TAG_BYTES), KR_OK);
	kr_aead_seal(ct.data, &message_key.key, message_key.nonce, kr_writer_view(&aad),
		content);
	m.ciphertext = kr_view_bytes(&ct);
	err = kr_private_message_open(&auth, &plaintext, &m, &sender, &message_key);
	assert_true((err == KR_OK) == (plaintext.data != NULL));
	kr_bytes_free(&plaintext);
	kr_bytes_free(&ct);
	return err;
}

static void padding_is_all_zero(void **state)
{
	const struct {
		struct kr_view content;
		enum kr_err expected;
	} cases[] = {
		{LITERAL("\2hi\3sig"), KR_OK},
		{LITERAL("\2hi\3sig\0"), KR_OK},
		{LITERAL("\2hi\3sig\0\0\0\0\0"), KR_OK},
		{LITERAL("\2hi\3sig\1"), KR_ERR_PADDING},
		{LITERAL("\2hi\3sig\0\0\x80"), KR_ERR_PADDING},
		{LITERAL("\2hi\3sig\x01\0\0"), KR_ERR_PADDING},
		{LITERAL("\2hi\3si"), KR_ERR_TRUNCATED},
		{LITERAL("\2hi"), KR_ERR_TRUNCATED},
		{LITERAL("\3hi"), KR_ERR_TRUNCATED},
		{LITERAL("\x40\2hi\3sig"), KR_ERR_VARINT},
	};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		assert_int_equal(open_content(cases[i].content), cases[i].expected);
	}
}

static void too_short_for_a_tag_is_no_ciphertext(void **state)
{
	static const uint8_t bytes[64] = {1};
	struct kr_private_message m = {.type = KR_CONTENT_APPLICATION};
	struct kr_authenticated_content auth;
	struct kr_sender_data sender;
	struct kr_bytes plaintext;

	(void)state;
	for (size_t len = 0; len < KR_AEAD_TAG_BYTES; len++) {
		m.ciphertext = kr_view(bytes, len);
		sender = (struct kr_sender_data){0};
		assert_int_equal(kr_private_message_open(
					 &auth, &plaintext, &m, &sender, &message_key),
			KR_ERR_DECRYPT);
	}
	for (size_t len = 0; len < sizeof(bytes); len++) {
		m.encrypted_sender_data = kr_view(bytes, len);
		assert_int_equal(kr_sender_data_open(&sender, &m, &sender_data_secret),
			KR_ERR_DECRYPT);
		assert_int_equal(sender.generation, 0);
	}
}

static enum kr_err seal_and_open(void *ctx)
{
	const struct kr_mls_config config = kr_mls_config_default();
	struct kr_authenticated_content auth = content_of(LITERAL("hello"));
	struct kr_sender_data sender;
	struct kr_bytes plaintext = {0};
	struct kr_bytes message;
	enum kr_err err = kr_private_message_seal(
		&message, &auth, &message_key, &sender_data_secret, &config, &rng);

	(void)ctx;
	if (err == KR_OK) {
		err = open(kr_view_bytes(&message), &auth, &sender, &plaintext);
	}
	kr_bytes_free(&plaintext);
	kr_bytes_free(&message);
	return err;
}

static enum kr_err no_randomness(void *ctx, uint8_t *out, size_t len)
{
	(void)ctx;
	memset(out, 0, len);
	return KR_ERR_RANDOM;
}

static void without_memory_or_randomness_nothing_is_sealed(void **state)
{
	const struct kr_random broken = {.fill = no_randomness};
	const struct kr_mls_config config = kr_mls_config_default();
	const struct kr_authenticated_content auth = content_of(LITERAL("hello"));
	struct kr_bytes message = {0};

	(void)state;
	assert_true(alloc_fail_each(seal_and_open, NULL, NULL) > 0);
	assert_int_equal(kr_private_message_seal(&message, &auth, &message_key,
				 &sender_data_secret, &config, &broken),
		KR_ERR_RANDOM);
	assert_null(message.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_sealed_opens),
		cmocka_unit_test(every_truncation_and_every_flipped_bit_fails),
		cmocka_unit_test(lengths_fall_into_classes),
		cmocka_unit_test(padding_is_all_zero),
		cmocka_unit_test(too_short_for_a_tag_is_no_ciphertext),
		cmocka_unit_test(without_memory_or_randomness_nothing_is_sealed),
	};

	return cmocka_run_group_tests_name("mls/private_message", tests, prepare, NULL);
}
