#include <test.h>

#include <alloc_fail.h>
#include <string.h>

#include "proto/mls/framing.h"

static struct kr_random_seeded seeded;
static struct kr_random rng;
static struct kr_ed25519_keypair signer;
static const struct kr_secret membership_key = {.bytes = {8}};
static const struct kr_view context = {(const uint8_t *)"a context", 9};
static const uint8_t tag_bytes[KR_HMAC_BYTES] = {2};

static int prepare(void **state)
{
	static const struct kr_secret seed = {.bytes = {11}};

	(void)state;
	if (kr_crypto_init() != KR_OK) {
		return 1;
	}
	kr_random_seeded_init(&seeded, &seed);
	rng = kr_random_seeded(&seeded);
	return kr_ed25519_generate(&signer, &rng) == KR_OK ? 0 : 1;
}

/* ---- By hand ------------------------------------------------------------------- */

/* What an MLSMessage with a PublicMessage is made of. */
struct parts {
	struct kr_view version;
	struct kr_view format;
	struct kr_view sender;
	struct kr_view type;
	struct kr_view body;
	bool has_confirmation_tag;
	bool has_membership_tag;
};

#define REMOVE "\0\3\0\0\0\1"
#define COMMIT "\0\0"

static void write_parts(struct kr_writer *w, const struct parts *p)
{
	kr_write_fixed(w, p->version);
	kr_write_fixed(w, p->format);
	kr_write_vec(w, LITERAL("group"));
	kr_write_u64(w, 7);
	kr_write_fixed(w, p->sender);
	kr_write_vec(w, LITERAL("in the clear"));
	kr_write_fixed(w, p->type);
	kr_write_fixed(w, p->body);
	kr_write_vec(w, LITERAL("signature"));
	if (p->has_confirmation_tag) {
		kr_write_vec(w, LITERAL("confirmation"));
	}
	if (p->has_membership_tag) {
		kr_write_vec(w, LITERAL("membership"));
	}
}

static void only_public_messages_are_read(void **state)
{
	const struct kr_view v1 = LITERAL("\0\1");
	const struct kr_view format = LITERAL("\0\1");
	const struct kr_view member = LITERAL("\1\0\0\0\4");
	const struct kr_view external = LITERAL("\2\0\0\0\4");
	const struct kr_view new_proposal = LITERAL("\3");
	const struct kr_view new_commit = LITERAL("\4");
	const struct kr_view application = LITERAL("\1");
	const struct kr_view proposal = LITERAL("\2");
	const struct kr_view commit = LITERAL("\3");
	const struct kr_view remove = LITERAL(REMOVE);
	const struct kr_view empty = LITERAL(COMMIT);
	const struct {
		struct parts parts;
		enum kr_err expected;
	} cases[] = {
		{{v1, format, member, proposal, remove, false, true}, KR_OK},
		{{v1, format, member, commit, empty, true, true}, KR_OK},
		{{v1, format, external, proposal, remove, false, false}, KR_OK},
		{{v1, format, new_proposal, proposal, remove, false, false}, KR_OK},
		{{v1, format, new_commit, commit, empty, true, false}, KR_OK},
		{{LITERAL("\0\2"), format, member, proposal, remove, false, true},
			KR_ERR_MLS_VERSION},
		{{v1, LITERAL("\0\0"), member, proposal, remove, false, true},
			KR_ERR_ENCODING},
		{{v1, LITERAL("\0\6"), member, proposal, remove, false, true},
			KR_ERR_ENCODING},
		{{v1, format, LITERAL("\0"), proposal, remove, false, true},
			KR_ERR_SENDER},
		{{v1, format, LITERAL("\5"), proposal, remove, false, true},
			KR_ERR_SENDER},
		{{v1, format, member, LITERAL("\0"), remove, false, true},
			KR_ERR_ENCODING},
		{{v1, format, member, LITERAL("\4"), remove, false, true},
			KR_ERR_ENCODING},
		{{v1, format, member, application, LITERAL("\1x"), false, true},
			KR_ERR_NOT_ENCRYPTED},
		{{v1, format, external, commit, empty, true, false}, KR_ERR_SENDER},
		{{v1, format, external, application, LITERAL("\1x"), false, false},
			KR_ERR_SENDER},
		{{v1, format, new_proposal, commit, empty, true, false}, KR_ERR_SENDER},
		{{v1, format, new_commit, proposal, remove, false, false}, KR_ERR_SENDER},
		{{v1, format, member, proposal, remove, false, false}, KR_ERR_TRUNCATED},
		{{v1, format, member, commit, empty, false, true}, KR_ERR_TRUNCATED},
		{{v1, format, external, proposal, remove, false, true}, KR_ERR_TRAILING},
		{{v1, format, new_commit, commit, empty, true, true}, KR_ERR_TRAILING},
		{{v1, format, member, proposal, LITERAL("\xf0\1\0"), false, true},
			KR_ERR_MLS_PROPOSAL_TYPE},
	};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		KR_AUTO_WRITER struct kr_writer w = {0};
		struct kr_message message;
		enum kr_err err;

		kr_writer_init(&w);
		write_parts(&w, &cases[i].parts);
		err = kr_message_read(kr_writer_view(&w), &message);
		if (err != cases[i].expected) {
			fail_msg("case %zu: %s", i, kr_err_name(err));
		}
		assert_true(err == KR_OK || message.wire_format == 0);
	}
}

static void every_truncation_of_a_message_fails(void **state)
{
	const struct parts parts = {LITERAL("\0\1"), LITERAL("\0\1"),
		LITERAL("\1\0\0\0\4"), LITERAL("\3"), LITERAL(COMMIT), true, true};
	KR_AUTO_WRITER struct kr_writer w = {0};
	struct kr_message message;
	struct kr_view whole;

	(void)state;
	kr_writer_init(&w);
	write_parts(&w, &parts);
	whole = kr_writer_view(&w);
	for (size_t len = 0; len < whole.len; len++) {
		assert_int_not_equal(
			kr_message_read(kr_view(whole.data, len), &message), KR_OK);
	}
}

static void a_private_message_is_read(void **state)
{
	KR_AUTO_WRITER struct kr_writer w = {0};
	struct kr_message message;
	struct kr_view whole;

	(void)state;
	kr_writer_init(&w);
	kr_write_fixed(&w, LITERAL("\0\1\0\2\1g\0\0\0\0\0\0\0\7\2\3aad\4data\6cipher"));
	whole = kr_writer_view(&w);
	assert_int_equal(kr_message_read(whole, &message), KR_OK);
	assert_int_equal(message.wire_format, KR_WIRE_PRIVATE_MESSAGE);
	assert_int_equal(message.private_message.epoch, 7);
	assert_int_equal(message.private_message.type, KR_CONTENT_PROPOSAL);
	assert_true(kr_view_equal(
		message.private_message.authenticated_data, LITERAL("aad")));
	assert_true(kr_view_equal(
		message.private_message.encrypted_sender_data, LITERAL("data")));
	assert_true(kr_view_equal(message.private_message.ciphertext, LITERAL("cipher")));
	for (size_t len = 0; len < whole.len; len++) {
		assert_int_not_equal(
			kr_message_read(kr_view(whole.data, len), &message), KR_OK);
	}
	kr_write_u8(&w, 0);
	assert_int_equal(kr_message_read(kr_writer_view(&w), &message), KR_ERR_TRAILING);
	assert_int_equal(
		kr_message_read(LITERAL("\0\1\0\2\1g\0\0\0\0\0\0\0\7\4\0\0\0"), &message),
		KR_ERR_ENCODING);
	for (uint8_t format = 3; format <= 5; format++) {
		const uint8_t bytes[] = {0, 1, 0, format, 'x'};

		assert_int_equal(
			kr_message_read(kr_view(bytes, sizeof(bytes)), &message), KR_OK);
		assert_true(kr_view_equal(message.rest, LITERAL("x")));
	}
}

/* ---- Signed and tagged --------------------------------------------------------- */

static struct kr_authenticated_content made_commit(
	enum kr_mls_sender_kind sender, uint8_t signature[KR_ED25519_SIG_BYTES])
{
	struct kr_authenticated_content auth = {
		.wire_format = KR_WIRE_PUBLIC_MESSAGE,
		.content =
			{
				.group_id = LITERAL("group"),
				.epoch = 7,
				.sender = {sender, 4},
				.authenticated_data = LITERAL("in the clear"),
				.type = KR_CONTENT_COMMIT,
				.body = LITERAL(COMMIT),
			},
		.confirmation_tag = kr_view(tag_bytes, sizeof(tag_bytes)),
	};

	assert_int_equal(kr_content_sign(signature, &auth.content, auth.wire_format,
				 context, &signer),
		KR_OK);
	auth.signature = kr_view(signature, KR_ED25519_SIG_BYTES);
	return auth;
}

static struct kr_bytes made_message(void)
{
	uint8_t signature[KR_ED25519_SIG_BYTES];
	uint8_t tag[KR_HMAC_BYTES];
	struct kr_public_message m = {
		.auth = made_commit(KR_MLS_SENDER_MEMBER, signature)};
	struct kr_bytes message;

	assert_int_equal(
		kr_membership_tag(tag, &m.auth, context, &membership_key), KR_OK);
	m.membership_tag = kr_view(tag, sizeof(tag));
	assert_int_equal(kr_public_message_write(&message, &m), KR_OK);
	return message;
}

static enum kr_err accept(struct kr_view bytes)
{
	struct kr_message message;
	enum kr_err err = kr_message_read(bytes, &message);

	if (err != KR_OK) {
		return err;
	}
	if (message.wire_format != KR_WIRE_PUBLIC_MESSAGE ||
		message.public_message.auth.content.sender.kind != KR_MLS_SENDER_MEMBER) {
		return KR_ERR_SENDER;
	}
	if ((err = kr_membership_tag_verify(
		     &message.public_message, context, &membership_key))) {
		return err;
	}
	return kr_content_verify(
		&message.public_message.auth, context, signer.public_key);
}

static void no_flipped_bit_of_a_message_is_accepted(void **state)
{
	struct kr_bytes message = made_message();

	(void)state;
	assert_int_equal(accept(kr_view_bytes(&message)), KR_OK);
	for (size_t bit = 0; bit < 8 * message.len; bit++) {
		message.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_not_equal(accept(kr_view_bytes(&message)), KR_OK);
		message.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	kr_bytes_free(&message);
}

/* The context counts for those who know it: members, and who joins by a commit. */
static void a_signature_holds_in_its_context(void **state)
{
	static const struct {
		enum kr_mls_sender_kind sender;
		bool needs_context;
	} cases[] = {
		{KR_MLS_SENDER_MEMBER, true},
		{KR_MLS_SENDER_EXTERNAL, false},
		{KR_MLS_SENDER_NEW_MEMBER_PROPOSAL, false},
		{KR_MLS_SENDER_NEW_MEMBER_COMMIT, true},
	};

	(void)state;
	for (size_t i = 0; i < NUM(cases); i++) {
		uint8_t signature[KR_ED25519_SIG_BYTES];
		struct kr_authenticated_content auth =
			made_commit(cases[i].sender, signature);
		uint8_t other_key[KR_ED25519_PUBLIC_BYTES];

		assert_int_equal(
			kr_content_verify(&auth, context, signer.public_key), KR_OK);
		assert_int_equal(
			kr_content_verify(&auth, LITERAL("another"), signer.public_key),
			cases[i].needs_context ? KR_ERR_SIGNATURE : KR_OK);
		memcpy(other_key, signer.public_key, sizeof(other_key));
		other_key[0] ^= 1;
		assert_int_equal(
			kr_content_verify(&auth, context, other_key), KR_ERR_SIGNATURE);
		auth.wire_format = KR_WIRE_PRIVATE_MESSAGE;
		assert_int_equal(kr_content_verify(&auth, context, signer.public_key),
			KR_ERR_SIGNATURE);
	}
}

static void a_membership_tag_is_compared_whole(void **state)
{
	uint8_t signature[KR_ED25519_SIG_BYTES];
	uint8_t tag[KR_HMAC_BYTES];
	struct kr_public_message m = {
		.auth = made_commit(KR_MLS_SENDER_MEMBER, signature)};
	const struct kr_secret other_key = {.bytes = {9}};

	(void)state;
	assert_int_equal(
		kr_membership_tag(tag, &m.auth, context, &membership_key), KR_OK);
	for (size_t len = 0; len < sizeof(tag); len++) {
		m.membership_tag = kr_view(tag, len);
		assert_int_equal(kr_membership_tag_verify(&m, context, &membership_key),
			KR_ERR_MEMBERSHIP_TAG);
	}
	m.membership_tag = kr_view(tag, sizeof(tag));
	assert_int_equal(kr_membership_tag_verify(&m, context, &membership_key), KR_OK);
	assert_int_equal(
		kr_membership_tag_verify(&m, context, &other_key), KR_ERR_MEMBERSHIP_TAG);
	assert_int_equal(
		kr_membership_tag_verify(&m, LITERAL("another"), &membership_key),
		KR_ERR_MEMBERSHIP_TAG);
	for (size_t i = 0; i < sizeof(tag); i++) {
		tag[i] ^= 0x80;
		assert_int_equal(kr_membership_tag_verify(&m, context, &membership_key),
			KR_ERR_MEMBERSHIP_TAG);
		tag[i] ^= 0x80;
	}
}

static void authenticated_content_is_read_back(void **state)
{
	uint8_t signature[KR_ED25519_SIG_BYTES];
	struct kr_authenticated_content auth =
		made_commit(KR_MLS_SENDER_MEMBER, signature);
	struct kr_authenticated_content again;
	uint8_t ref[KR_MLS_HASH_BYTES];
	uint8_t other_ref[KR_MLS_HASH_BYTES];
	KR_AUTO_WRITER struct kr_writer w = {0};
	KR_AUTO_WRITER struct kr_writer second = {0};
	struct kr_view whole;

	(void)state;
	kr_writer_init(&w);
	kr_writer_init(&second);
	kr_authenticated_content_write(&w, &auth);
	whole = kr_writer_view(&w);
	assert_int_equal(kr_authenticated_content_read(whole, &again), KR_OK);
	kr_authenticated_content_write(&second, &again);
	assert_true(kr_view_equal(kr_writer_view(&second), whole));
	for (size_t len = 0; len < whole.len; len++) {
		assert_int_not_equal(
			kr_authenticated_content_read(kr_view(whole.data, len), &again),
			KR_OK);
	}
	w.data[1] = KR_WIRE_WELCOME;
	assert_int_equal(kr_authenticated_content_read(whole, &again), KR_ERR_ENCODING);
	/* A reference names content and signature, and how it was sent. */
	assert_int_equal(kr_proposal_ref(ref, &auth), KR_OK);
	auth.wire_format = KR_WIRE_PRIVATE_MESSAGE;
	assert_int_equal(kr_proposal_ref(other_ref, &auth), KR_OK);
	assert_memory_not_equal(ref, other_ref, sizeof(ref));
}

static enum kr_err make_and_accept(void *ctx)
{
	uint8_t signature[KR_ED25519_SIG_BYTES];
	uint8_t tag[KR_HMAC_BYTES];
	uint8_t ref[KR_MLS_HASH_BYTES];
	struct kr_public_message m = {0};
	struct kr_bytes message = {0};
	enum kr_err err;

	(void)ctx;
	m.auth.wire_format = KR_WIRE_PUBLIC_MESSAGE;
	m.auth.content.group_id = LITERAL("group");
	m.auth.content.sender.kind = KR_MLS_SENDER_MEMBER;
	m.auth.content.type = KR_CONTENT_PROPOSAL;
	m.auth.content.body = LITERAL(REMOVE);
	if ((err = kr_content_sign(
		     signature, &m.auth.content, m.auth.wire_format, context, &signer))) {
		return err;
	}
	m.auth.signature = kr_view(signature, sizeof(signature));
	if ((err = kr_membership_tag(tag, &m.auth, context, &membership_key))) {
		return err;
	}
	m.membership_tag = kr_view(tag, sizeof(tag));
	if ((err = kr_public_message_write(&message, &m)) == KR_OK &&
		(err = accept(kr_view_bytes(&message))) == KR_OK) {
		err = kr_proposal_ref(ref, &m.auth);
	}
	kr_bytes_free(&message);
	return err;
}

static void without_memory_nothing_is_framed(void **state)
{
	(void)state;
	assert_true(alloc_fail_each(make_and_accept, NULL, NULL) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_public_messages_are_read),
		cmocka_unit_test(every_truncation_of_a_message_fails),
		cmocka_unit_test(a_private_message_is_read),
		cmocka_unit_test(no_flipped_bit_of_a_message_is_accepted),
		cmocka_unit_test(a_signature_holds_in_its_context),
		cmocka_unit_test(a_membership_tag_is_compared_whole),
		cmocka_unit_test(authenticated_content_is_read_back),
		cmocka_unit_test(without_memory_nothing_is_framed),
	};

	return cmocka_run_group_tests_name("mls/framing", tests, prepare, NULL);
}
