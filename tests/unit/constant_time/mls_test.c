/* The secrets of an epoch, message keys, plaintexts and tags decide no branch and no
 * address. The one answer is whether a membership tag is right; by how much it is wrong
 * stays unknown. */
#include <ct.h>

#include <string.h>

#include "proto/mls/framing.h"

#define NUM(array) (sizeof(array) / sizeof((array)[0]))

static const char group_context[] = "a group context";
static const struct kr_secret_tree_limits limits = {
	.max_forward = 10, .max_kept_keys = 10};

static struct kr_view context(void)
{
	return kr_view_str(group_context);
}

static struct kr_secret secret_of(uint8_t fill)
{
	struct kr_secret s;

	memset(s.bytes, fill, sizeof(s.bytes));
	ct_secret(s.bytes, sizeof(s.bytes));
	return s;
}

static void key_schedule(void)
{
	struct kr_secret init = secret_of(1);
	struct kr_secret commit = secret_of(2);
	struct kr_secret psk = secret_of(3);
	uint8_t nonce[KR_AEAD_NONCE_BYTES];
	struct kr_epoch_secrets secrets;
	struct kr_x25519_keypair pair;
	struct kr_secret joiner;
	struct kr_secret key;

	(void)kr_joiner_secret(&joiner, &init, &commit, context());
	(void)kr_epoch_secrets_derive(&secrets, &joiner, &psk, context());
	(void)kr_welcome_key_nonce(&key, nonce, &joiner, &psk);
	(void)kr_external_keypair(&pair, &secrets.external_secret);
	kr_epoch_secrets_wipe(&secrets);
}

static void pre_shared_keys(void)
{
	struct kr_secret first = secret_of(4);
	struct kr_secret second = secret_of(5);
	const struct kr_psk_input inputs[] = {
		{kr_view_str("first"), kr_view_secret(&first)},
		{kr_view_str("second"), kr_view_secret(&second)},
	};
	struct kr_secret out;

	(void)kr_psk_secret(&out, inputs, NUM(inputs));
}

static void exporter(void)
{
	struct kr_secret exporter_secret = secret_of(6);
	uint8_t out[64];

	(void)kr_exporter(out, sizeof(out), &exporter_secret, "label", context());
}

static void ratchets(void)
{
	struct kr_secret encryption_secret = secret_of(7);
	struct kr_secret_tree_step *step = NULL;
	struct kr_secret_tree *tree = NULL;
	struct kr_message_key key;

	if (kr_secret_tree_new(&tree, 4, &encryption_secret, limits) ||
		kr_secret_tree_next(tree, (struct kr_leaf_index){1},
			KR_RATCHET_APPLICATION, &key, &step)) {
		return;
	}
	kr_secret_tree_commit(tree, step);
	/* Ahead, and then one that was skipped. */
	for (uint32_t generation = 5; generation >= 3; generation -= 2) {
		if (kr_secret_tree_find(tree, (struct kr_leaf_index){2},
			    KR_RATCHET_HANDSHAKE, generation, &key, &step) == KR_OK) {
			kr_secret_tree_commit(tree, step);
		}
	}
	kr_secret_tree_free(tree);
}

static struct kr_authenticated_content content_of(struct kr_view body)
{
	static const uint8_t signature[KR_ED25519_SIG_BYTES];

	return (struct kr_authenticated_content){
		.wire_format = KR_WIRE_PRIVATE_MESSAGE,
		.content = {.group_id = context(),
			.sender = {.kind = KR_MLS_SENDER_MEMBER},
			.type = KR_CONTENT_APPLICATION,
			.body = body},
		.signature = {signature, sizeof(signature)},
	};
}

/* A member's tag against one that is wrong in its last byte. */
static void membership_tag(void)
{
	struct kr_secret key = secret_of(8);
	uint8_t tag[KR_HMAC_BYTES];
	struct kr_public_message m = {.auth = content_of(kr_view_str("body"))};
	enum kr_err err;

	m.auth.wire_format = KR_WIRE_PUBLIC_MESSAGE;
	if (kr_membership_tag(tag, &m.auth, context(), &key) != KR_OK) {
		return;
	}
	tag[KR_HMAC_BYTES - 1] ^= 1;
	m.membership_tag = kr_view(tag, sizeof(tag));
	err = kr_membership_tag_verify(&m, context(), &key);
	ct_public(&err, sizeof(err));
}

static void confirmation_tag(void)
{
	struct kr_secret key = secret_of(9);
	uint8_t tag[KR_HMAC_BYTES];
	uint8_t received[KR_HMAC_BYTES] = {1};
	bool equal;

	kr_confirmation_tag(tag, &key, context());
	equal = kr_equal_ct(tag, received, sizeof(tag));
	ct_public(&equal, sizeof(equal));
}

/* Sealed with secret keys; what leaves is public. */
static void sealing(void)
{
	const struct kr_mls_config config = kr_mls_config_default();
	struct kr_secret sender_data_secret = secret_of(10);
	struct kr_message_key key = {.key = secret_of(11)};
	uint8_t text[40] = {12};
	struct kr_authenticated_content auth;
	struct kr_bytes message = {0};

	ct_secret(text, sizeof(text));
	auth = content_of(kr_view(text, sizeof(text)));
	(void)kr_private_message_seal(
		&message, &auth, &key, &sender_data_secret, &config, &kr_random_system);
	kr_bytes_free(&message);
}

int main(void)
{
	static const struct ct_check checks[] = {
		{"key schedule", key_schedule, 0},
		{"pre-shared keys", pre_shared_keys, 0},
		{"exporter", exporter, 0},
		{"ratchets", ratchets, 0},
		{"membership tag", membership_tag, 1},
		{"confirmation tag", confirmation_tag, 0},
		{"sealing a message", sealing, 0},
	};

	if (kr_crypto_init() != KR_OK) {
		return 1;
	}
	return ct_main(checks, NUM(checks));
}
