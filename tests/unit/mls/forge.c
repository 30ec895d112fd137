#include "forge.h"

#include <stdlib.h>
#include <string.h>

#include <kring/hpke.h>
#include <test.h>

/* ---- Joining --------------------------------------------------------------------- */

/* What the Welcome to a single member holds. */
struct opened_welcome {
	struct kr_bytes group_secrets;
	struct kr_bytes group_info;
	struct kr_secret joiner;
	bool has_path_secret;
	struct kr_secret path_secret;
};

static void open_group_secrets(struct opened_welcome *o, struct kr_reader *r,
	const struct kr_secret *init_key, struct kr_view encrypted_group_info)
{
	struct kr_view kem_output;
	struct kr_view ciphertext;
	struct kr_view ref;
	struct kr_reader plain;

	assert_ok(kr_read_vec(r, &ref));
	assert_ok(kr_read_vec(r, &kem_output));
	assert_ok(kr_read_vec(r, &ciphertext));
	assert_ok(kr_bytes_alloc(&o->group_secrets, ciphertext.len - KR_HPKE_TAG_BYTES));
	assert_ok(kr_decrypt_with_label(o->group_secrets.data, init_key, "Welcome",
		encrypted_group_info, kem_output, ciphertext));
	plain = kr_reader(kr_view_bytes(&o->group_secrets));
	assert_ok(kr_read_vec_exact(&plain, o->joiner.bytes, KR_SECRET_BYTES));
	assert_ok(kr_read_optional(&plain, &o->has_path_secret));
	if (o->has_path_secret) {
		assert_ok(
			kr_read_vec_exact(&plain, o->path_secret.bytes, KR_SECRET_BYTES));
	}
}

static void open_welcome(struct opened_welcome *o, struct kr_view welcome,
	const struct kr_secret *init_key)
{
	const struct kr_secret no_psk = {0};
	uint8_t nonce[KR_AEAD_NONCE_BYTES];
	struct kr_secret key;
	struct kr_reader r = kr_reader(welcome);
	struct kr_reader list;
	struct kr_view skipped;
	struct kr_view secrets;
	struct kr_view sealed;

	assert_ok(kr_read_fixed(&r, 6, &skipped)); /* version, wire format, suite */
	assert_ok(kr_read_vec(&r, &secrets));
	assert_ok(kr_read_vec(&r, &sealed));
	list = kr_reader(secrets);
	open_group_secrets(o, &list, init_key, sealed);
	assert_ok(kr_welcome_key_nonce(&key, nonce, &o->joiner, &no_psk));
	assert_ok(kr_bytes_alloc(&o->group_info, sealed.len - KR_AEAD_TAG_BYTES));
	assert_ok(kr_aead_open(
		o->group_info.data, &key, nonce, (struct kr_view){0}, sealed));
}

static void read_group_context(struct forge *f, struct kr_reader *r)
{
	struct kr_view start = r->rest;
	struct kr_reader again;
	struct kr_view skipped;

	assert_ok(kr_read_fixed(r, 4, &skipped));
	for (int i = 0; i < 4; i++) {
		uint64_t epoch;

		assert_ok(kr_read_vec(r, &skipped));
		if (i == 0) {
			assert_ok(kr_read_u64(r, &epoch));
		}
	}
	assert_ok(kr_bytes_copy(
		&f->group_context, kr_view(start.data, start.len - r->rest.len)));
	again = kr_reader(kr_view_bytes(&f->group_context));
	assert_ok(kr_read_fixed(&again, 4, &skipped));
	assert_ok(kr_read_vec(&again, &f->group_id));
	assert_ok(kr_read_u64(&again, &f->epoch));
	assert_ok(kr_read_vec(&again, &f->tree_hash));
	assert_ok(kr_read_vec(&again, &f->confirmed_hash));
	assert_ok(kr_read_vec(&again, &f->extensions));
}

static void take_keys(struct forge *f, const struct opened_welcome *o,
	const struct kr_secret *encryption_key, struct kr_leaf_index author)
{
	struct kr_x25519_keypair pair = {.secret = *encryption_key};

	kr_x25519_public(pair.public_key, encryption_key);
	kr_private_path_set(&f->keys, 0, &pair);
	if (o->has_path_secret) {
		assert_ok(kr_path_join(
			&f->tree, author, f->leaf, &o->path_secret, &f->keys));
	}
}

static void take_welcome(struct forge *f, struct kr_view welcome,
	const struct kr_mls_key_package_secrets *keys)
{
	const struct kr_secret no_psk = {0};
	struct opened_welcome o = {0};
	struct kr_view extensions;
	struct kr_view tag;
	struct kr_view tree;
	struct kr_reader r;
	uint32_t signer;

	open_welcome(&o, welcome, &keys->init_key);
	r = kr_reader(kr_view_bytes(&o.group_info));
	read_group_context(f, &r);
	assert_ok(kr_read_vec(&r, &extensions));
	assert_ok(kr_read_vec(&r, &tag));
	assert_ok(kr_read_u32(&r, &signer));
	assert_ok(kr_mls_extension_find(extensions, KR_MLS_EXT_RATCHET_TREE, &tree));
	assert_ok(kr_tree_read(&f->tree, tree));
	assert_true(kr_tree_find_signature_key(&f->tree, f->signer.public_key, &f->leaf));
	assert_ok(kr_epoch_secrets_derive(
		&f->secrets, &o.joiner, &no_psk, kr_view_bytes(&f->group_context)));
	assert_ok(kr_interim_transcript_hash(f->interim_hash, f->confirmed_hash, tag));
	take_keys(f, &o, &keys->encryption_key, (struct kr_leaf_index){signer});
	kr_bytes_free(&o.group_secrets);
	kr_bytes_free(&o.group_info);
}

struct forge *forge_join(struct world *w, size_t client)
{
	struct kr_mls_proposal add = {
		.type = KR_MLS_PROPOSAL_ADD,
		.key_package = world_key_package(w, client),
	};
	struct kr_mls_commit_options options = {.proposals = &add, .num_proposals = 1};
	struct world_commit commit = world_commit(w, 0, &options);
	struct forge *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	world_deliver(w, 0, kr_view_bytes(&commit.message));
	assert_ok(kr_mls_commit_accepted(w->clients[0].group));
	f->world = w;
	f->client = client;
	f->signer = w->clients[client].signer;
	take_welcome(f, kr_view_bytes(&commit.welcome), &w->clients[client].secrets);
	assert_memory_equal(f->secrets.epoch_authenticator,
		kr_mls_epoch_authenticator(w->clients[0].group), KR_SECRET_BYTES);
	world_commit_free(&commit);
	return f;
}

struct forge *forge_new(size_t num_honest)
{
	struct world *w = world_new(num_honest + 2); /* one more, to be added by tests */

	world_settle(w, num_honest, (struct kr_mls_extensions){0});
	return forge_join(w, num_honest);
}

void forge_free(struct forge *f)
{
	kr_tree_free(&f->tree);
	kr_bytes_free(&f->group_context);
	world_free(f->world);
	free(f);
}

/* ---- Sending --------------------------------------------------------------------- */

struct forge_content forge_content(
	const struct forge *f, enum kr_content_type type, struct kr_view body)
{
	return (struct forge_content){
		.sender = {KR_MLS_SENDER_MEMBER, f->leaf.v},
		.type = type,
		.body = body,
		.epoch = f->epoch,
		.group_id = f->group_id,
		.signer = &f->signer,
	};
}

/* The content signed; signature holds the signature that the result views. */
static struct kr_authenticated_content sign(const struct forge *f,
	const struct forge_content *content, enum kr_wire_format wire_format,
	uint8_t signature[KR_ED25519_SIG_BYTES])
{
	struct kr_authenticated_content auth = {
		.wire_format = wire_format,
		.content =
			{
				.group_id = content->group_id,
				.epoch = content->epoch,
				.sender = content->sender,
				.authenticated_data = content->authenticated_data,
				.type = content->type,
				.body = content->body,
			},
		.signature = {signature, KR_ED25519_SIG_BYTES},
		.confirmation_tag = content->confirmation_tag,
	};

	assert_ok(kr_content_sign(signature, &auth.content, wire_format,
		kr_view_bytes(&f->group_context), content->signer));
	signature[9] ^= content->break_signature;
	return auth;
}

struct kr_bytes forge_public(const struct forge *f, const struct forge_content *content)
{
	uint8_t signature[KR_ED25519_SIG_BYTES];
	struct kr_public_message m = {
		.auth = sign(f, content, KR_WIRE_PUBLIC_MESSAGE, signature),
	};
	uint8_t tag[KR_HMAC_BYTES];
	struct kr_bytes message;

	assert_ok(kr_membership_tag(tag, &m.auth, kr_view_bytes(&f->group_context),
		&f->secrets.membership_key));
	tag[9] ^= content->break_membership_tag;
	if (content->sender.kind == KR_MLS_SENDER_MEMBER) {
		m.membership_tag = kr_view(tag, sizeof(tag));
	}
	assert_ok(kr_public_message_write(&message, &m));
	return message;
}

struct kr_bytes forge_private(
	const struct forge *f, const struct forge_content *content, uint32_t generation)
{
	struct kr_secret_tree_limits limits = {
		.max_forward = 1 << 20, .max_kept_keys = 1 << 20};
	uint8_t signature[KR_ED25519_SIG_BYTES];
	struct kr_authenticated_content auth =
		sign(f, content, KR_WIRE_PRIVATE_MESSAGE, signature);
	struct kr_secret_tree_step *step = NULL;
	struct kr_secret_tree *tree;
	struct kr_message_key key;
	struct kr_bytes message;

	assert_ok(kr_secret_tree_new(
		&tree, f->tree.num_leaves, &f->secrets.encryption_secret, limits));
	assert_ok(kr_secret_tree_find(tree, f->leaf,
		content->type == KR_CONTENT_APPLICATION ? KR_RATCHET_APPLICATION
							: KR_RATCHET_HANDSHAKE,
		generation, &key, &step));
	kr_secret_tree_discard(step);
	kr_secret_tree_free(tree);
	assert_ok(kr_private_message_seal(&message, &auth, &key,
		&f->secrets.sender_data_secret, &f->world->config, &f->world->rng));
	return message;
}

void forge_ref(const struct forge *f, const struct forge_content *content,
	enum kr_wire_format wire_format, uint8_t ref[KR_MLS_HASH_BYTES])
{
	uint8_t signature[KR_ED25519_SIG_BYTES];
	struct kr_authenticated_content auth = sign(f, content, wire_format, signature);

	assert_ok(kr_proposal_ref(ref, &auth));
}

/* ---- Verdicts -------------------------------------------------------------------- */

void forge_refused(struct forge *f, struct kr_bytes message, enum kr_err expected)
{
	struct world *w = f->world;

	for (size_t i = 0; i < w->num_clients; i++) {
		struct kr_mls_group *group = w->clients[i].group;
		struct kr_mls_state before;
		struct kr_mls_event event;

		if (group == NULL) {
			continue;
		}
		before = world_save(group);
		assert_err(
			kr_mls_process(group, kr_view_bytes(&message), &event), expected);
		world_assert_unchanged(group, &before);
		kr_mls_state_free(&before);
	}
	kr_bytes_free(&message);
	world_chat(w);
	world_update(w, 0);
}

void forge_accepted(struct forge *f, struct kr_bytes message)
{
	world_deliver(f->world, SIZE_MAX, kr_view_bytes(&message));
	kr_bytes_free(&message);
	world_assert_agree(f->world);
}
