/* What a forge writes by hand: leaves, key packages, Welcomes. */
#include "forge.h"

#include <string.h>

#include <kring/hpke.h>
#include <test.h>

/* ---- Leaves ---------------------------------------------------------------------- */

struct forge_leaf forge_leaf(const struct world_client *client)
{
	struct forge_leaf leaf = {
		.credential_type = KR_MLS_CREDENTIAL_BASIC,
		.identity = client->client.identity,
		.versions = FORGE_U16("\0\1"),
		.cipher_suites = FORGE_U16("\0\3"),
		.credential_types = FORGE_U16("\0\1"),
		.source = KR_LEAF_KEY_PACKAGE,
		.lifetime = {0, UINT64_MAX},
		.signer = &client->signer,
	};

	memcpy(leaf.signature_key, client->signer.public_key, sizeof(leaf.signature_key));
	return leaf;
}

static void write_leaf_content(struct kr_writer *w, const struct forge_leaf *leaf)
{
	kr_write_vec(w,
		kr_view(leaf->encryption_key,
			sizeof(leaf->encryption_key) - leaf->cut_encryption_key));
	kr_write_vec(w, kr_view(leaf->signature_key, sizeof(leaf->signature_key)));
	kr_write_u16(w, leaf->credential_type);
	kr_write_vec(w, leaf->identity);
	kr_write_vec(w, leaf->versions);
	kr_write_vec(w, leaf->cipher_suites);
	kr_write_vec(w, leaf->extension_types);
	kr_write_vec(w, leaf->proposal_types);
	kr_write_vec(w, leaf->credential_types);
	kr_write_u8(w, leaf->source);
	if (leaf->source == KR_LEAF_KEY_PACKAGE) {
		kr_write_u64(w, leaf->lifetime.not_before);
		kr_write_u64(w, leaf->lifetime.not_after);
	} else if (leaf->source == KR_LEAF_COMMIT) {
		kr_write_vec(w, leaf->parent_hash);
	}
	kr_write_vec(w, leaf->extensions);
}

void forge_leaf_write(struct kr_writer *w, const struct forge_leaf *leaf)
{
	uint8_t signature[KR_ED25519_SIG_BYTES];
	KR_AUTO_WRITER struct kr_writer tbs = {0};

	kr_writer_init(&tbs);
	write_leaf_content(&tbs, leaf);
	if (leaf->source != KR_LEAF_KEY_PACKAGE) {
		kr_write_vec(&tbs, leaf->group_id);
		kr_write_u32(&tbs, leaf->leaf_index);
	}
	assert_ok(kr_sign_with_label(
		signature, leaf->signer, "LeafNodeTBS", kr_writer_view(&tbs)));
	signature[9] ^= leaf->break_signature;
	write_leaf_content(w, leaf);
	kr_write_vec(w, kr_view(signature, sizeof(signature)));
}

/* ---- Key packages ---------------------------------------------------------------- */

struct forge_key_package forge_key_package(struct world *w, size_t client)
{
	struct forge_key_package kp = {
		.version = KR_MLS_VERSION_1,
		.cipher_suite = KR_MLS_CIPHER_SUITE,
		.leaf = forge_leaf(&w->clients[client]),
		.signer = &w->clients[client].signer,
	};

	assert_ok(kr_x25519_generate(&kp.init, &w->rng));
	assert_ok(kr_x25519_generate(&kp.encryption, &w->rng));
	memcpy(kp.leaf.encryption_key, kp.encryption.public_key, KR_X25519_BYTES);
	return kp;
}

static void write_key_package_content(
	struct kr_writer *w, const struct forge_key_package *kp)
{
	kr_write_u16(w, kp->version);
	kr_write_u16(w, kp->cipher_suite);
	kr_write_vec(w, kr_view(kp->init.public_key, KR_X25519_BYTES));
	forge_leaf_write(w, &kp->leaf);
	kr_write_vec(w, kp->extensions);
}

void forge_key_package_write(struct kr_writer *w, const struct forge_key_package *kp)
{
	uint8_t signature[KR_ED25519_SIG_BYTES];
	KR_AUTO_WRITER struct kr_writer content = {0};

	kr_writer_init(&content);
	write_key_package_content(&content, kp);
	assert_ok(kr_sign_with_label(
		signature, kp->signer, "KeyPackageTBS", kr_writer_view(&content)));
	signature[9] ^= kp->break_signature;
	kr_write_fixed(w, kr_writer_view(&content));
	kr_write_vec(w, kr_view(signature, sizeof(signature)));
}

/* ---- Welcomes -------------------------------------------------------------------- */

static void write_group_context(struct kr_writer *w, const struct forge_welcome *p)
{
	static const uint8_t confirmed_hash[KR_MLS_HASH_BYTES] = "confirmed";
	uint8_t tree_hash[KR_MLS_HASH_BYTES] = {0};
	struct kr_tree tree = {0};

	if (p->tree_hash.len == 0 && kr_tree_read(&tree, p->tree) == KR_OK) {
		assert_ok(kr_tree_root_hash(&tree, tree_hash));
	}
	kr_tree_free(&tree);
	kr_write_u16(w, KR_MLS_VERSION_1);
	kr_write_u16(
		w, p->group_cipher_suite ? p->group_cipher_suite : KR_MLS_CIPHER_SUITE);
	kr_write_vec(w, kr_view_str("a group"));
	kr_write_u64(w, 7);
	kr_write_vec(w,
		p->tree_hash.len > 0 ? p->tree_hash
				     : kr_view(tree_hash, sizeof(tree_hash)));
	kr_write_vec(w, kr_view(confirmed_hash, sizeof(confirmed_hash)));
	kr_write_vec(w, p->extensions);
}

static void write_tree_extension(struct kr_writer *w, const struct forge_welcome *p)
{
	size_t begin = kr_write_vec_begin(w);

	for (int i = 0; i < (p->without_tree                          ? 0
					    : p->tree_extension_twice ? 2
								      : 1);
		i++) {
		kr_write_u16(w, KR_MLS_EXT_RATCHET_TREE);
		kr_write_vec(w, p->tree);
	}
	kr_write_vec_end(w, begin);
}

static void write_group_info(struct kr_writer *w, const struct forge_welcome *p,
	const struct kr_secret *joiner)
{
	static const uint8_t confirmed_hash[KR_MLS_HASH_BYTES] = "confirmed";
	const struct kr_secret no_psk = {0};
	struct kr_epoch_secrets secrets;
	KR_AUTO_WRITER struct kr_writer context = {0};
	uint8_t signature[KR_ED25519_SIG_BYTES];
	uint8_t tag[KR_HMAC_BYTES];

	kr_writer_init(&context);
	write_group_context(&context, p);
	assert_ok(kr_epoch_secrets_derive(
		&secrets, joiner, &no_psk, kr_writer_view(&context)));
	kr_confirmation_tag(tag, &secrets.confirmation_key,
		kr_view(confirmed_hash, sizeof(confirmed_hash)));
	tag[9] ^= p->break_confirmation_tag;
	kr_write_fixed(w, kr_writer_view(&context));
	write_tree_extension(w, p);
	kr_write_vec(w, kr_view(tag, sizeof(tag)));
	kr_write_u32(w, p->signer_leaf);
	assert_ok(kr_sign_with_label(
		signature, p->signer, "GroupInfoTBS", kr_writer_view(w)));
	signature[9] ^= p->break_signature;
	kr_write_vec(w, kr_view(signature, sizeof(signature)));
}

static void write_group_secrets(struct kr_writer *w, const struct forge_welcome *p,
	const struct kr_secret *joiner)
{
	kr_write_vec(w, kr_view_secret(joiner));
	kr_write_optional(w, p->path_secret != NULL);
	if (p->path_secret != NULL) {
		kr_write_vec(w, kr_view_secret(p->path_secret));
	}
	kr_write_vec(w, p->psks);
}

/* Seal in place of a view what a writer holds; the result in out. */
static void seal_group_info(
	struct kr_bytes *out, const struct kr_secret *joiner, struct kr_view group_info)
{
	const struct kr_secret no_psk = {0};
	uint8_t nonce[KR_AEAD_NONCE_BYTES];
	struct kr_secret key;

	assert_ok(kr_welcome_key_nonce(&key, nonce, joiner, &no_psk));
	assert_ok(kr_bytes_alloc(out, group_info.len + KR_AEAD_TAG_BYTES));
	kr_aead_seal(out->data, &key, nonce, (struct kr_view){0}, group_info);
}

static void write_encrypted_secrets(struct kr_writer *w, struct world *world,
	size_t client, const struct forge_welcome *p, const struct kr_secret *joiner,
	struct kr_view group_info)
{
	struct kr_view key_package = kr_view_bytes(&world->clients[client].key_package);
	struct kr_mls_key_package_info info;
	struct kr_key_package decoded;
	uint8_t enc[KR_HPKE_ENC_BYTES];
	KR_AUTO_WRITER struct kr_writer secrets = {0};
	KR_AUTO_FREE struct kr_bytes ct = {0};
	size_t begin;

	assert_ok(kr_mls_key_package_verify(key_package, 0, &info));
	assert_ok(kr_key_package_unwrap(key_package, &decoded));
	kr_writer_init(&secrets);
	write_group_secrets(&secrets, p, joiner);
	assert_ok(kr_bytes_alloc(&ct, kr_writer_view(&secrets).len + KR_HPKE_TAG_BYTES));
	assert_ok(kr_encrypt_with_label(enc, ct.data, decoded.init_key, "Welcome",
		group_info, kr_writer_view(&secrets), &world->rng));
	info.ref[9] ^= p->other_key_package;
	begin = kr_write_vec_begin(w);
	kr_write_vec(w, kr_view(info.ref, sizeof(info.ref)));
	kr_write_vec(w, kr_view(enc, sizeof(enc)));
	kr_write_vec(
		w, kr_view(ct.data, p->cut_secrets ? KR_HPKE_TAG_BYTES - 1 : ct.len));
	kr_write_vec_end(w, begin);
}

struct kr_bytes forge_welcome(
	struct world *w, size_t client, const struct forge_welcome *p)
{
	KR_AUTO_WRITER struct kr_writer group_info = {0};
	KR_AUTO_FREE struct kr_bytes sealed = {0};
	KR_AUTO_WRITER struct kr_writer out = {0};
	struct kr_bytes message;
	struct kr_secret joiner;

	assert_ok(kr_random_secret(&w->rng, &joiner));
	if (p->joiner != NULL) {
		joiner = *p->joiner;
	}
	kr_writer_init(&group_info);
	write_group_info(&group_info, p, &joiner);
	seal_group_info(&sealed, &joiner, kr_writer_view(&group_info));
	sealed.len = p->cut_group_info ? KR_AEAD_TAG_BYTES - 1 : sealed.len;
	kr_writer_init(&out);
	kr_write_u16(&out, KR_MLS_VERSION_1);
	kr_write_u16(&out, KR_WIRE_WELCOME);
	kr_write_u16(&out, p->cipher_suite ? p->cipher_suite : KR_MLS_CIPHER_SUITE);
	write_encrypted_secrets(&out, w, client, p, &joiner, kr_view_bytes(&sealed));
	kr_write_vec(&out, kr_view_bytes(&sealed));
	assert_ok(kr_writer_finish(&out, &message));
	return message;
}
