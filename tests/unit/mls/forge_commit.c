/* Commits of a forge. */
#include "forge.h"

#include <string.h>

#include <kring/hpke.h>
#include <test.h>

enum { BY_VALUE = 1, BY_REFERENCE = 2 }; /* ProposalOrRefType */

void forge_commit_init(struct forge_commit *c, struct forge *f)
{
	*c = (struct forge_commit){
		.forge = f,
		.tree = kr_tree_copy(&f->tree),
		.extensions = f->extensions,
		.init_secret = f->secrets.init_secret,
		.leaf = f->leaf,
	};
	kr_writer_init(&c->proposals);
}

/* ---- Proposals ------------------------------------------------------------------- */

static void write_head(struct forge_commit *c, uint16_t type)
{
	kr_write_u8(&c->proposals, BY_VALUE);
	kr_write_u16(&c->proposals, type);
}

static struct kr_leaf *leaf_of(const struct forge_leaf *leaf)
{
	KR_AUTO_WRITER struct kr_writer w = {0};
	struct kr_leaf *kept = NULL;

	kr_writer_init(&w);
	forge_leaf_write(&w, leaf);
	/* Some forged leaves cannot be decoded; then the commit is refused before its
	 * tree is looked at. */
	return kr_leaf_new(&kept, kr_writer_view(&w)) == KR_OK ? kept : NULL;
}

void forge_add(struct forge_commit *c, const struct forge_key_package *kp)
{
	struct kr_leaf *leaf = leaf_of(&kp->leaf);

	write_head(c, KR_MLS_PROPOSAL_ADD);
	forge_key_package_write(&c->proposals, kp);
	if (leaf != NULL) {
		assert_true(c->num_added < NUM(c->added));
		assert_ok(kr_tree_add(&c->tree, leaf, &c->added[c->num_added++]));
		kr_leaf_unref(leaf);
	}
}

void forge_remove(struct forge_commit *c, uint32_t leaf)
{
	write_head(c, KR_MLS_PROPOSAL_REMOVE);
	kr_write_u32(&c->proposals, leaf);
	if (leaf != c->leaf.v) {
		(void)kr_tree_remove(&c->tree, (struct kr_leaf_index){leaf});
	}
}

void forge_update(struct forge_commit *c, const struct forge_leaf *leaf)
{
	write_head(c, KR_MLS_PROPOSAL_UPDATE);
	forge_leaf_write(&c->proposals, leaf);
}

void forge_psk(struct forge_commit *c, struct kr_view psk_id, size_t nonce_len)
{
	write_head(c, KR_MLS_PROPOSAL_PSK);
	kr_write_u8(&c->proposals, KR_PSK_TYPE_EXTERNAL);
	kr_write_vec(&c->proposals, psk_id);
	kr_write_varint(&c->proposals, nonce_len);
	kr_write_zeroes(&c->proposals, nonce_len);
}

void forge_extensions(struct forge_commit *c, struct kr_view extensions)
{
	write_head(c, KR_MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS);
	kr_write_vec(&c->proposals, extensions);
	c->extensions = extensions;
}

void forge_external_init(struct forge_commit *c, struct kr_view kem_output)
{
	write_head(c, KR_MLS_PROPOSAL_EXTERNAL_INIT);
	kr_write_vec(&c->proposals, kem_output);
}

void forge_reference(struct forge_commit *c, const uint8_t ref[KR_MLS_HASH_BYTES])
{
	kr_write_u8(&c->proposals, BY_REFERENCE);
	kr_write_vec(&c->proposals, kr_view(ref, KR_MLS_HASH_BYTES));
}

/* ---- The path -------------------------------------------------------------------- */

static void write_context(
	struct kr_writer *w, const struct forge_commit *c, struct kr_view confirmed_hash)
{
	uint8_t tree_hash[KR_MLS_HASH_BYTES];

	assert_ok(kr_tree_root_hash(&c->tree, tree_hash));
	kr_write_u16(w, KR_MLS_VERSION_1);
	kr_write_u16(w, KR_MLS_CIPHER_SUITE);
	kr_write_vec(w, c->forge->group_id);
	kr_write_u64(w, c->forge->epoch + 1);
	kr_write_vec(w, kr_view(tree_hash, sizeof(tree_hash)));
	kr_write_vec(w, confirmed_hash);
	kr_write_vec(w, c->extensions);
}

/* The new leaf as a test may change it, in the tree if it can be decoded; encoded in
 * out. */
static void change_leaf(struct forge_commit *c, struct kr_writer *out)
{
	const struct kr_leaf_node *node = &kr_tree_leaf(&c->tree, c->leaf)->node;
	struct forge_leaf leaf = {
		.credential_type = KR_MLS_CREDENTIAL_BASIC,
		.identity = node->identity,
		.versions = node->versions,
		.cipher_suites = node->cipher_suites,
		.extension_types = node->extension_types,
		.proposal_types = node->proposal_types,
		.credential_types = node->credential_types,
		.source = KR_LEAF_COMMIT,
		.lifetime = {0, UINT64_MAX},
		.parent_hash = node->parent_hash,
		.extensions = node->extensions,
		.signer = &c->forge->signer,
		.group_id = c->forge->group_id,
		.leaf_index = c->leaf.v,
	};
	struct kr_leaf *kept = NULL;

	memcpy(leaf.encryption_key, node->encryption_key, KR_X25519_BYTES);
	memcpy(leaf.signature_key, node->signature_key, KR_ED25519_PUBLIC_BYTES);
	if (c->change_leaf != NULL) {
		c->change_leaf(c, &leaf);
	}
	forge_leaf_write(out, &leaf);
	if (kr_leaf_new(&kept, kr_writer_view(out)) == KR_OK) {
		assert_ok(kr_tree_set_leaf(&c->tree, c->leaf, kept));
		kr_leaf_unref(kept);
	}
}

/* kr_path_encrypt writes the tree's leaf; put the changed one in front of its nodes. */
static void replace_leaf(
	struct forge_commit *c, const struct kr_bytes *update_path, struct kr_view leaf)
{
	struct kr_reader r = kr_reader(kr_view_bytes(update_path));
	struct kr_leaf_node first;
	struct kr_writer w;

	assert_ok(kr_leaf_node_read(&r, &first));
	kr_writer_init(&w);
	kr_write_fixed(&w, leaf);
	kr_write_fixed(&w, r.rest);
	assert_ok(kr_writer_finish(&w, &c->update_path));
}

static void make_path(struct forge_commit *c, struct kr_secret *commit_secret)
{
	struct kr_leaf *own =
		kr_leaf_ref((struct kr_leaf *)kr_tree_leaf(&c->tree, c->leaf));
	struct kr_leaf_params params = {
		.same_as = &own->node, .signer = &c->forge->signer};
	KR_AUTO_FREE struct kr_bytes update_path = {0};
	KR_AUTO_WRITER struct kr_writer context = {0};
	KR_AUTO_WRITER struct kr_writer leaf = {0};
	struct kr_path_secrets secrets;

	kr_writer_init(&context);
	kr_writer_init(&leaf);
	assert_ok(kr_path_generate(&c->tree, c->leaf, params, c->forge->group_id,
		&c->forge->world->rng, &secrets));
	change_leaf(c, &leaf);
	if (c->change_secrets != NULL) {
		c->change_secrets(c, &secrets);
	}
	write_context(&context, c, c->forge->confirmed_hash);
	assert_ok(kr_path_encrypt(&c->tree, c->leaf, &secrets, kr_writer_view(&context),
		(struct kr_leaf_set){c->added, c->num_added}, &c->forge->world->rng,
		&update_path));
	replace_leaf(c, &update_path, kr_writer_view(&leaf));
	if (c->change_path != NULL) {
		c->change_path(c, &c->update_path);
	}
	*commit_secret = secrets.commit_secret;
	kr_leaf_unref(own);
}

/* ---- The message ----------------------------------------------------------------- */

/* The tag of the epoch after the commit with this content and signature. */
static void confirm(const struct forge_commit *c, const struct kr_secret *commit_secret,
	struct kr_view content, struct kr_view signature, uint8_t tag[KR_HMAC_BYTES])
{
	uint8_t confirmed[KR_MLS_HASH_BYTES];
	KR_AUTO_WRITER struct kr_writer context = {0};
	struct kr_epoch_secrets secrets;
	struct kr_secret joiner;

	assert_ok(kr_confirmed_transcript_hash(confirmed,
		kr_view(c->forge->interim_hash, KR_MLS_HASH_BYTES),
		KR_WIRE_PUBLIC_MESSAGE, content, signature));
	kr_writer_init(&context);
	write_context(&context, c, kr_view(confirmed, sizeof(confirmed)));
	assert_ok(kr_joiner_secret(
		&joiner, &c->init_secret, commit_secret, kr_writer_view(&context)));
	assert_ok(kr_epoch_secrets_derive(
		&secrets, &joiner, &c->psk_secret, kr_writer_view(&context)));
	kr_confirmation_tag(
		tag, &secrets.confirmation_key, kr_view(confirmed, sizeof(confirmed)));
	tag[9] ^= c->break_confirmation_tag;
}

static struct kr_bytes send(struct forge_commit *c, const struct kr_secret *commit_secret,
	struct kr_view body)
{
	struct forge_content content = forge_content(c->forge, KR_CONTENT_COMMIT, body);
	struct kr_framed_content framed = {
		.group_id = content.group_id,
		.epoch = content.epoch,
		.type = content.type,
		.body = body,
	};
	uint8_t signature[KR_ED25519_SIG_BYTES];
	KR_AUTO_WRITER struct kr_writer w = {0};
	uint8_t tag[KR_HMAC_BYTES];

	if (c->is_external) {
		content.sender.kind = KR_MLS_SENDER_NEW_MEMBER_COMMIT;
	}
	framed.sender = content.sender;
	/* Ed25519 is deterministic: forge_public signs the same again. */
	assert_ok(kr_content_sign(signature, &framed, KR_WIRE_PUBLIC_MESSAGE,
		kr_view_bytes(&c->forge->group_context), content.signer));
	kr_writer_init(&w);
	kr_framed_content_write(&w, &framed);
	confirm(c, commit_secret, kr_writer_view(&w),
		kr_view(signature, sizeof(signature)), tag);
	content.confirmation_tag = kr_view(tag, sizeof(tag));
	content.break_signature = c->break_signature;
	return forge_public(c->forge, &content);
}

struct kr_bytes forge_commit_finish(struct forge_commit *c)
{
	struct kr_secret commit_secret = {0};
	KR_AUTO_WRITER struct kr_writer body = {0};
	struct kr_bytes message;

	if (!c->without_path) {
		make_path(c, &commit_secret);
	}
	kr_writer_init(&body);
	kr_write_vec(&body, kr_writer_view(&c->proposals));
	kr_write_optional(&body, !c->without_path);
	kr_write_fixed(&body, kr_view_bytes(&c->update_path));
	message = send(c, &commit_secret, kr_writer_view(&body));
	kr_bytes_free(&c->update_path);
	kr_writer_free(&c->proposals);
	kr_tree_free(&c->tree);
	return message;
}
