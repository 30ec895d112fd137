/* One member's proposal, commit and application data, as PublicMessage and
 * PrivateMessage, in a group of two in which the sender is leaf 1. */
#include "vectors.h"

#include <test.h>

#include "proto/mls/framing.h"

#define NUM_LEAVES 2

static const struct kr_leaf_index sender = {1};

struct epoch {
	struct kr_bytes group_context;
	struct kr_secret encryption_secret;
	struct kr_secret sender_data_secret;
	struct kr_secret membership_key;
	struct kr_ed25519_keypair signer;
	struct kr_view group_id;
	uint64_t number;
};

static void write_group_context(struct vectors *v, const cJSON *c, struct epoch *e)
{
	KR_AUTO_WRITER struct kr_writer w = {0};

	kr_writer_init(&w);
	kr_write_u16(&w, KR_MLS_VERSION_1);
	kr_write_u16(&w, KR_MLS_CIPHER_SUITE);
	kr_write_vec(&w, e->group_id);
	kr_write_u64(&w, e->number);
	kr_write_vec(&w, vectors_hex(v, c, "tree_hash"));
	kr_write_vec(&w, vectors_hex(v, c, "confirmed_transcript_hash"));
	kr_write_vec(&w, (struct kr_view){0});
	assert_int_equal(kr_writer_finish(&w, &e->group_context), KR_OK);
}

static void epoch_init(struct vectors *v, const cJSON *c, struct epoch *e)
{
	struct kr_secret seed;

	e->group_id = vectors_hex(v, c, "group_id");
	e->number = vectors_uint(c, "epoch");
	write_group_context(v, c, e);
	vectors_hex_copy(
		c, "encryption_secret", e->encryption_secret.bytes, KR_SECRET_BYTES);
	vectors_hex_copy(
		c, "sender_data_secret", e->sender_data_secret.bytes, KR_SECRET_BYTES);
	vectors_hex_copy(c, "membership_key", e->membership_key.bytes, KR_SECRET_BYTES);
	vectors_hex_copy(c, "signature_priv", seed.bytes, KR_SECRET_BYTES);
	kr_ed25519_from_seed(&e->signer, &seed);
	vectors_assert_equal("signature_pub",
		kr_view(e->signer.public_key, KR_ED25519_PUBLIC_BYTES),
		vectors_hex(v, c, "signature_pub"));
}

static void check_content(const struct epoch *e,
	const struct kr_authenticated_content *auth, struct kr_view expected)
{
	assert_int_equal(auth->content.sender.kind, KR_MLS_SENDER_MEMBER);
	assert_int_equal(auth->content.sender.index, sender.v);
	assert_int_equal(auth->content.epoch, e->number);
	vectors_assert_equal("group_id", auth->content.group_id, e->group_id);
	vectors_assert_equal("content", auth->content.body, expected);
	assert_int_equal(kr_content_verify(auth, kr_view_bytes(&e->group_context),
				 e->signer.public_key),
		KR_OK);
}

static void check_public(
	const struct epoch *e, struct kr_view input, struct kr_view expected)
{
	struct kr_message message;
	KR_AUTO_FREE struct kr_bytes again = {0};

	assert_int_equal(kr_message_read(input, &message), KR_OK);
	assert_int_equal(message.wire_format, KR_WIRE_PUBLIC_MESSAGE);
	assert_int_equal(kr_membership_tag_verify(&message.public_message,
				 kr_view_bytes(&e->group_context), &e->membership_key),
		KR_OK);
	check_content(e, &message.public_message.auth, expected);
	assert_int_equal(kr_public_message_write(&again, &message.public_message), KR_OK);
	vectors_assert_equal("message", kr_view_bytes(&again), input);
}

/* The key and nonce of one of the sender's messages, fresh from the start of the
 * epoch. */
static void message_key(const struct epoch *e, enum kr_content_type type,
	uint32_t generation, struct kr_message_key *key)
{
	struct kr_secret_tree_limits limits = {.max_forward = 100, .max_kept_keys = 100};
	struct kr_secret_tree_step *step = NULL;
	struct kr_secret_tree *tree;

	assert_int_equal(
		kr_secret_tree_new(&tree, NUM_LEAVES, &e->encryption_secret, limits),
		KR_OK);
	assert_int_equal(kr_secret_tree_find(tree, sender,
				 type == KR_CONTENT_APPLICATION ? KR_RATCHET_APPLICATION
								: KR_RATCHET_HANDSHAKE,
				 generation, key, &step),
		KR_OK);
	kr_secret_tree_discard(step);
	kr_secret_tree_free(tree);
}

static void check_private(
	const struct epoch *e, struct kr_view input, struct kr_view expected)
{
	struct kr_authenticated_content auth;
	KR_AUTO_FREE struct kr_bytes plaintext = {0};
	struct kr_sender_data sender_data;
	struct kr_message_key key;
	struct kr_message message;

	assert_int_equal(kr_message_read(input, &message), KR_OK);
	assert_int_equal(message.wire_format, KR_WIRE_PRIVATE_MESSAGE);
	assert_int_equal(kr_sender_data_open(&sender_data, &message.private_message,
				 &e->sender_data_secret),
		KR_OK);
	assert_int_equal(sender_data.leaf.v, sender.v);
	message_key(e, message.private_message.type, sender_data.generation, &key);
	assert_int_equal(kr_private_message_open(&auth, &plaintext,
				 &message.private_message, &sender_data, &key),
		KR_OK);
	check_content(e, &auth, expected);
}

/* What the vectors hold as bare content comes back through our own protection. */
static void seal_again(
	const struct epoch *e, enum kr_content_type type, struct kr_view body)
{
	const struct kr_mls_config config = kr_mls_config_default();
	KR_AUTO_FREE struct kr_bytes sealed = {0};
	uint8_t signature[KR_ED25519_SIG_BYTES];
	uint8_t tag[KR_HMAC_BYTES] = {0};
	struct kr_authenticated_content auth = {
		.wire_format = KR_WIRE_PRIVATE_MESSAGE,
		.content =
			{
				.group_id = e->group_id,
				.epoch = e->number,
				.sender = {KR_MLS_SENDER_MEMBER, sender.v},
				.type = type,
				.body = body,
			},
		.signature = {signature, sizeof(signature)},
	};
	struct kr_message_key key;

	assert_int_equal(kr_content_sign(signature, &auth.content, auth.wire_format,
				 kr_view_bytes(&e->group_context), &e->signer),
		KR_OK);
	if (type == KR_CONTENT_COMMIT) {
		auth.confirmation_tag = kr_view(tag, sizeof(tag));
	}
	message_key(e, type, 0, &key);
	assert_int_equal(kr_private_message_seal(&sealed, &auth, &key,
				 &e->sender_data_secret, &config, &kr_random_system),
		KR_OK);
	check_private(e, kr_view_bytes(&sealed), body);
}

static void message_protection(void **state)
{
	struct vectors *v = vectors_open("mls/message-protection.json");
	const cJSON *c;

	(void)state;
	assert_int_equal(kr_crypto_init(), KR_OK);
	cJSON_ArrayForEach(c, vectors_root(v))
	{
		struct kr_view proposal = vectors_hex(v, c, "proposal");
		struct kr_view commit = vectors_hex(v, c, "commit");
		struct kr_view application = vectors_hex(v, c, "application");
		struct epoch e = {0};

		epoch_init(v, c, &e);
		check_public(&e, vectors_hex(v, c, "proposal_pub"), proposal);
		check_public(&e, vectors_hex(v, c, "commit_pub"), commit);
		check_private(&e, vectors_hex(v, c, "proposal_priv"), proposal);
		check_private(&e, vectors_hex(v, c, "commit_priv"), commit);
		check_private(&e, vectors_hex(v, c, "application_priv"), application);
		seal_again(&e, KR_CONTENT_PROPOSAL, proposal);
		seal_again(&e, KR_CONTENT_COMMIT, commit);
		seal_again(&e, KR_CONTENT_APPLICATION, application);
		kr_bytes_free(&e.group_context);
		vectors_passed(v);
	}
	vectors_close(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(message_protection),
	};

	return cmocka_run_group_tests_name("mls_message_protection", tests, NULL, NULL);
}
