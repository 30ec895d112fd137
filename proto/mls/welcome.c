#include "welcome.h"

#include <kring/hpke.h>

#include <string.h>

/* ---- GroupInfo --------------------------------------------------------------------- */

enum kr_err kr_group_info_read(struct kr_view input, struct kr_group_info *info)
{
	struct kr_reader r = kr_reader(input);
	enum kr_err err;

	*info = (struct kr_group_info){0};
	if ((err = kr_group_context_read(&r, &info->context)) ||
		(err = kr_read_vec(&r, &info->extensions)) ||
		(err = kr_extensions_check(info->extensions)) ||
		(err = kr_read_vec(&r, &info->confirmation_tag)) ||
		(err = kr_read_u32(&r, &info->signer.v))) {
		goto out;
	}
	info->tbs = kr_view(input.data, input.len - r.rest.len);
	if ((err = kr_read_vec(&r, &info->signature)) || (err = kr_read_end(&r))) {
		goto out;
	}
out:
	if (err != KR_OK) {
		*info = (struct kr_group_info){0};
	}
	return err;
}

static void write_tree_extension(struct kr_writer *w, const struct kr_tree *tree)
{
	size_t begin;

	kr_write_u16(w, KR_MLS_EXT_RATCHET_TREE);
	begin = kr_write_vec_begin(w);
	kr_tree_write(w, tree);
	kr_write_vec_end(w, begin);
}

/* external_pub, §12.4.3.2: an HPKEPublicKey, with its own length inside the
 * extension's. */
static enum kr_err write_external_pub(struct kr_writer *w, const struct kr_epoch *epoch)
{
	struct kr_x25519_keypair pair = {0};
	enum kr_err err = kr_external_keypair(&pair, &epoch->secrets.external_secret);
	size_t begin;

	if (err == KR_OK) {
		kr_write_u16(w, KR_MLS_EXT_EXTERNAL_PUB);
		begin = kr_write_vec_begin(w);
		kr_write_vec(w, kr_view(pair.public_key, sizeof(pair.public_key)));
		kr_write_vec_end(w, begin);
	}
	kr_x25519_keypair_wipe(&pair);
	return err;
}

enum kr_err kr_group_info_make(const struct kr_epoch *epoch, bool with_tree,
	bool with_external_pub, struct kr_bytes *out)
{
	KR_AUTO_WRITER struct kr_writer w = {0};
	uint8_t signature[KR_ED25519_SIG_BYTES];
	size_t begin;
	enum kr_err err;

	kr_writer_init(&w);
	kr_write_fixed(&w, epoch->context.encoded);
	begin = kr_write_vec_begin(&w);
	if (with_tree) {
		write_tree_extension(&w, &epoch->tree);
	}
	if (with_external_pub && (err = write_external_pub(&w, epoch))) {
		return err;
	}
	kr_write_vec_end(&w, begin);
	kr_write_vec(
		&w, kr_view(epoch->confirmation_tag, sizeof(epoch->confirmation_tag)));
	kr_write_u32(&w, epoch->own_leaf.v);
	if (w.err != KR_OK) {
		return w.err;
	}
	if ((err = kr_sign_with_label(
		     signature, &epoch->signer, "GroupInfoTBS", kr_writer_view(&w)))) {
		return err;
	}
	kr_write_vec(&w, kr_view(signature, sizeof(signature)));
	return kr_writer_finish(&w, out);
}

enum kr_err kr_mls_group_info(const struct kr_mls_group *group, bool with_tree,
	bool with_external_pub, struct kr_bytes *message)
{
	KR_AUTO_FREE struct kr_bytes info = {0};
	KR_AUTO_WRITER struct kr_writer w = {0};
	enum kr_err err;

	*message = (struct kr_bytes){0};
	kr_writer_init(&w);
	if (group->removed) {
		return KR_ERR_REMOVED;
	}
	if ((err = kr_group_info_make(
		     group->current, with_tree, with_external_pub, &info))) {
		return err;
	}
	kr_write_u16(&w, KR_MLS_VERSION_1);
	kr_write_u16(&w, KR_WIRE_GROUP_INFO);
	kr_write_fixed(&w, kr_view_bytes(&info));
	return kr_writer_finish(&w, message);
}

static enum kr_err read_tree(const struct kr_group_info *info, struct kr_view beside,
	uint32_t max_leaves, struct kr_tree *tree)
{
	struct kr_view encoded;
	enum kr_err err = kr_mls_extension_find(
		info->extensions, KR_MLS_EXT_RATCHET_TREE, &encoded);

	if (err == KR_ERR_NOT_FOUND) {
		if (beside.len == 0) {
			return KR_ERR_RATCHET_TREE_MISSING;
		}
		encoded = beside;
	} else if (err != KR_OK) {
		return err;
	}
	return kr_tree_read_bounded(tree, encoded, max_leaves);
}

enum kr_err kr_group_info_tree(const struct kr_group_info *info, struct kr_view beside,
	const struct kr_mls_config *config, struct kr_tree *tree)
{
	uint8_t hash[KR_MLS_HASH_BYTES];
	const struct kr_leaf *signer;
	enum kr_err err = read_tree(info, beside, kr_epoch_max_leaves(config), tree);

	if (err != KR_OK) {
		return err;
	}
	if (kr_tree_num_members(tree) > config->max_members) {
		err = KR_ERR_LIMIT;
		goto out;
	}
	signer = kr_tree_leaf(tree, info->signer);
	if (signer == NULL) {
		err = KR_ERR_LEAF_INDEX;
		goto out;
	}
	if ((err = kr_verify_with_label(info->signature, signer->node.signature_key,
		     "GroupInfoTBS", info->tbs)) ||
		(err = kr_tree_root_hash(tree, hash))) {
		goto out;
	}
	if (!kr_view_equal(kr_view(hash, sizeof(hash)), info->context.tree_hash)) {
		err = KR_ERR_TREE_HASH;
		goto out;
	}
	err = kr_tree_verify(tree, info->context.group_id, info->context.extensions);
out:
	if (err != KR_OK) {
		kr_tree_free(tree);
	}
	return err;
}

/* ---- Welcome ----------------------------------------------------------------------- */

enum kr_err kr_welcome_read(struct kr_view input, struct kr_welcome *welcome)
{
	struct kr_reader r = kr_reader(input);
	uint16_t cipher_suite;
	enum kr_err err = kr_read_u16(&r, &cipher_suite);

	*welcome = (struct kr_welcome){0};
	if (err != KR_OK) {
		return err;
	}
	if (cipher_suite != KR_MLS_CIPHER_SUITE) {
		return KR_ERR_MLS_CIPHER_SUITE;
	}
	if ((err = kr_read_vec(&r, &welcome->secrets)) ||
		(err = kr_read_vec(&r, &welcome->encrypted_group_info)) ||
		(err = kr_read_end(&r))) {
		*welcome = (struct kr_welcome){0};
	}
	return err;
}

enum kr_err kr_encrypted_secrets_read(
	struct kr_reader *r, struct kr_encrypted_secrets *secrets)
{
	struct kr_reader probe = *r;
	enum kr_err err;

	*secrets = (struct kr_encrypted_secrets){0};
	if ((err = kr_read_vec(&probe, &secrets->new_member)) ||
		(err = kr_hpke_ciphertext_read(&probe, &secrets->ciphertext))) {
		return err;
	}
	*r = probe;
	return KR_OK;
}

enum kr_err kr_group_secrets_read(struct kr_view input, struct kr_group_secrets *secrets)
{
	struct kr_reader r = kr_reader(input);
	enum kr_err err;

	*secrets = (struct kr_group_secrets){0};
	if ((err = kr_read_vec(&r, &secrets->joiner_secret)) ||
		(err = kr_read_optional(&r, &secrets->has_path_secret)) ||
		(secrets->has_path_secret &&
			(err = kr_read_vec(&r, &secrets->path_secret))) ||
		(err = kr_read_vec(&r, &secrets->psks)) || (err = kr_read_end(&r))) {
		goto out;
	}
	if (secrets->joiner_secret.len != KR_SECRET_BYTES ||
		(secrets->has_path_secret &&
			secrets->path_secret.len != KR_SECRET_BYTES)) {
		err = KR_ERR_ENCODING;
	}
out:
	if (err != KR_OK) {
		*secrets = (struct kr_group_secrets){0};
	}
	return err;
}

static void write_psk_ids(struct kr_writer *w, const struct kr_proposal_list *list)
{
	size_t begin = kr_write_vec_begin(w);

	for (size_t i = 0; i < list->num; i++) {
		if (list->items[i].proposal.type == KR_MLS_PROPOSAL_PSK) {
			kr_write_fixed(w, list->items[i].proposal.psk.encoded);
		}
	}
	kr_write_vec_end(w, begin);
}

/* GroupSecrets for one new member. */
static enum kr_err write_group_secrets(struct kr_writer *w,
	const struct kr_welcome_input *input, struct kr_leaf_index member)
{
	const struct kr_secret *path_secret = NULL;

	if (input->path != NULL) {
		path_secret =
			kr_path_secret_for(input->path, input->epoch->own_leaf, member);
	}
	kr_write_vec(w, kr_view_secret(input->joiner));
	kr_write_optional(w, path_secret != NULL);
	if (path_secret != NULL) {
		kr_write_vec(w, kr_view_secret(path_secret));
	}
	write_psk_ids(w, input->list);
	return w->err;
}

/* EncryptedGroupSecrets for one new member. */
static enum kr_err write_encrypted_secrets(struct kr_writer *w,
	const struct kr_welcome_input *input, size_t index,
	struct kr_view encrypted_group_info, const struct kr_random *rng)
{
	const struct kr_key_package *kp =
		&input->applied->adds[index]->proposal.key_package;
	KR_AUTO_WRITER struct kr_writer plaintext = {0};
	KR_AUTO_FREE struct kr_bytes ct = {0};
	uint8_t enc[KR_HPKE_ENC_BYTES];
	uint8_t ref[KR_MLS_HASH_BYTES];
	enum kr_err err;

	kr_writer_init(&plaintext);
	if ((err = kr_key_package_ref(ref, kp)) ||
		(err = write_group_secrets(
			 &plaintext, input, input->applied->added[index])) ||
		(err = kr_bytes_alloc(&ct, plaintext.len + KR_AEAD_TAG_BYTES)) ||
		(err = kr_encrypt_with_label(enc, ct.data, kp->init_key, "Welcome",
			 encrypted_group_info, kr_writer_view(&plaintext), rng))) {
		return err;
	}
	kr_write_vec(w, kr_view(ref, sizeof(ref)));
	kr_write_vec(w, kr_view(enc, sizeof(enc)));
	kr_write_vec(w, kr_view_bytes(&ct));
	return KR_OK;
}

static enum kr_err encrypt_group_info(
	const struct kr_welcome_input *input, struct kr_bytes *out)
{
	KR_AUTO_FREE struct kr_bytes info = {0};
	KR_AUTO_WIPE struct kr_secret key = {0};
	uint8_t nonce[KR_AEAD_NONCE_BYTES];
	enum kr_err err;

	if ((err = kr_group_info_make(input->epoch, input->with_tree, false, &info)) ||
		(err = kr_welcome_key_nonce(
			 &key, nonce, input->joiner, input->psk_secret)) ||
		(err = kr_bytes_alloc(out, info.len + KR_AEAD_TAG_BYTES))) {
		return err;
	}
	kr_aead_seal(out->data, &key, nonce, kr_view(NULL, 0), kr_view_bytes(&info));
	kr_wipe(nonce, sizeof(nonce));
	return KR_OK;
}

enum kr_err kr_welcome_make(const struct kr_welcome_input *input,
	const struct kr_random *rng, struct kr_bytes *message)
{
	KR_AUTO_FREE struct kr_bytes group_info = {0};
	KR_AUTO_WRITER struct kr_writer w = {0};
	size_t begin;
	enum kr_err err = encrypt_group_info(input, &group_info);

	*message = (struct kr_bytes){0};
	kr_writer_init(&w);
	if (err != KR_OK) {
		return err;
	}
	kr_write_u16(&w, KR_MLS_VERSION_1);
	kr_write_u16(&w, KR_WIRE_WELCOME);
	kr_write_u16(&w, KR_MLS_CIPHER_SUITE);
	begin = kr_write_vec_begin(&w);
	for (size_t i = 0; i < input->applied->num_added; i++) {
		if ((err = write_encrypted_secrets(
			     &w, input, i, kr_view_bytes(&group_info), rng))) {
			return err;
		}
	}
	kr_write_vec_end(&w, begin);
	kr_write_vec(&w, kr_view_bytes(&group_info));
	return kr_writer_finish(&w, message);
}
