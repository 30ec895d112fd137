/* Founding a group, RFC 9420 §11, and joining one by Welcome, §12.4.3.1. */
#include "psk.h"
#include "welcome.h"

#include <kring/hpke.h>

#include <stdlib.h>
#include <string.h>

/* ---- Founding ---------------------------------------------------------------------- */

/* The tree of one leaf. */
static enum kr_err found_tree(struct kr_epoch *epoch, const struct kr_mls_client *client,
	struct kr_mls_lifetime lifetime, struct kr_view extensions,
	const struct kr_random *rng)
{
	KR_AUTO_FREE struct kr_bytes encoded = {0};
	struct kr_x25519_keypair pair = {0};
	struct kr_leaf *leaf = NULL;
	struct kr_leaf_params params = {
		.client = client,
		.signer = client->signer,
		.encryption_key = pair.public_key,
		.source = KR_LEAF_KEY_PACKAGE,
		.lifetime = lifetime,
	};
	enum kr_err err;

	if ((err = kr_x25519_generate(&pair, rng)) ||
		(err = kr_leaf_node_sign(&encoded, &params)) ||
		(err = kr_leaf_new(&leaf, kr_view_bytes(&encoded))) ||
		(err = kr_leaf_node_verify(&leaf->node, NULL))) {
		goto out;
	}
	if (kr_leaf_node_supports(&leaf->node, extensions) != KR_OK) {
		err = KR_ERR_PROPOSAL_EXTENSION;
		goto out;
	}
	err = kr_tree_add(&epoch->tree, leaf, &epoch->own_leaf);
	kr_private_path_set(&epoch->private_path, 0, &pair);
out:
	kr_leaf_unref(leaf);
	kr_x25519_keypair_wipe(&pair);
	return err;
}

static enum kr_err found_epoch(struct kr_epoch *epoch, const struct kr_mls_config *config,
	const struct kr_mls_client *client, struct kr_mls_lifetime lifetime,
	struct kr_view group_id, struct kr_mls_extensions extensions,
	const struct kr_random *rng)
{
	KR_AUTO_WRITER struct kr_writer w = {0};
	KR_AUTO_WIPE struct kr_secret init_secret = {0};
	KR_AUTO_WIPE struct kr_secret joiner = {0};
	const struct kr_secret zero = {0};
	struct kr_reader r;
	struct kr_view list;
	enum kr_err err;

	kr_writer_init(&w);
	epoch->signer = *client->signer;
	kr_write_extensions(&w, extensions);
	if (w.err != KR_OK) {
		return w.err == KR_ERR_ARGUMENT ? KR_ERR_PROPOSAL_EXTENSION : w.err;
	}
	r = kr_reader(kr_writer_view(&w));
	if ((err = kr_read_vec(&r, &list)) || (err = kr_group_extensions_check(list)) ||
		(err = found_tree(epoch, client, lifetime, list, rng)) ||
		(err = kr_epoch_set_context(
			 epoch, group_id, 0, kr_view(NULL, 0), list)) ||
		/* §11 draws epoch_secret at random; drawing init_secret instead is as
		 * random and lets every epoch be derived in the same way. */
		(err = kr_random_secret(rng, &init_secret)) ||
		(err = kr_joiner_secret(
			 &joiner, &init_secret, &zero, epoch->context.encoded)) ||
		(err = kr_epoch_derive(epoch, &joiner, &zero, config))) {
		return err;
	}
	return kr_epoch_confirm(epoch);
}

enum kr_err kr_mls_group_new(struct kr_mls_group **group,
	const struct kr_mls_config *config, const struct kr_mls_client *client,
	struct kr_mls_lifetime lifetime, struct kr_view group_id,
	struct kr_mls_extensions extensions, const struct kr_random *rng)
{
	struct kr_epoch *epoch = kr_epoch_new();
	enum kr_err err;

	*group = NULL;
	if (epoch == NULL) {
		return KR_ERR_MEMORY;
	}
	if ((err = found_epoch(
		     epoch, config, client, lifetime, group_id, extensions, rng))) {
		kr_epoch_free(epoch);
		return err;
	}
	return kr_group_wrap(group, config, epoch);
}

/* ---- Joining ----------------------------------------------------------------------- */

static enum kr_err open_group_secrets(const struct kr_mls_join *join,
	const struct kr_key_package *kp, const struct kr_welcome *welcome,
	struct kr_bytes *plaintext)
{
	struct kr_reader r = kr_reader(welcome->secrets);
	uint8_t ref[KR_MLS_HASH_BYTES];
	enum kr_err err = kr_key_package_ref(ref, kp);

	while (err == KR_OK && r.rest.len > 0) {
		struct kr_encrypted_secrets entry;
		struct kr_view ct;

		if ((err = kr_encrypted_secrets_read(&r, &entry))) {
			return err;
		}
		if (!kr_view_equal(entry.new_member, kr_view(ref, sizeof(ref)))) {
			continue;
		}
		ct = entry.ciphertext.ciphertext;
		if (ct.len < KR_AEAD_TAG_BYTES) {
			return KR_ERR_DECRYPT;
		}
		if ((err = kr_bytes_alloc(plaintext, ct.len - KR_AEAD_TAG_BYTES))) {
			return err;
		}
		return kr_decrypt_with_label(plaintext->data, &join->secrets->init_key,
			"Welcome", welcome->encrypted_group_info,
			entry.ciphertext.kem_output, ct);
	}
	return err != KR_OK ? err : KR_ERR_WELCOME_NOT_FOR_US;
}

/* psk_secret from the ids that a Welcome names, §8.4. */
static enum kr_err welcome_psk_secret(struct kr_view list,
	const struct kr_mls_config *config, struct kr_secret *psk_secret)
{
	struct kr_reader r = kr_reader(list);
	/* An id has more than two bytes. */
	struct kr_psk_id *ids = calloc(list.len / 2 + 1, sizeof(*ids));
	size_t num = 0;
	enum kr_err err = ids == NULL ? KR_ERR_MEMORY : KR_OK;

	for (; err == KR_OK && r.rest.len > 0; num++) {
		err = kr_psk_id_read(&r, &ids[num]);
		if (err == KR_OK) {
			err = kr_psk_id_check(&ids[num]);
		}
	}
	if (err == KR_OK) {
		err = kr_psk_secret_of(psk_secret, ids, num, config, NULL);
	}
	free(ids);
	return err;
}

static enum kr_err open_group_info(const struct kr_welcome *welcome,
	const struct kr_secret *joiner, const struct kr_secret *psk_secret,
	struct kr_bytes *plaintext)
{
	KR_AUTO_WIPE struct kr_secret key = {0};
	uint8_t nonce[KR_AEAD_NONCE_BYTES];
	struct kr_view ct = welcome->encrypted_group_info;
	enum kr_err err;

	if (ct.len < KR_AEAD_TAG_BYTES) {
		return KR_ERR_DECRYPT;
	}
	if ((err = kr_welcome_key_nonce(&key, nonce, joiner, psk_secret)) ||
		(err = kr_bytes_alloc(plaintext, ct.len - KR_AEAD_TAG_BYTES))) {
		return err;
	}
	err = kr_aead_open(plaintext->data, &key, nonce, kr_view(NULL, 0), ct);
	kr_wipe(nonce, sizeof(nonce));
	return err;
}

/* Our leaf is the one of our key package, and the keys given are those it speaks of. */
static enum kr_err find_own_leaf(struct kr_epoch *epoch, const struct kr_key_package *kp,
	const struct kr_mls_join *join)
{
	struct kr_x25519_keypair pair = {.secret = join->secrets->encryption_key};
	const struct kr_leaf *leaf;
	enum kr_err err = KR_OK;

	if (!kr_tree_find_signature_key(
		    &epoch->tree, kp->leaf.signature_key, &epoch->own_leaf)) {
		return KR_ERR_WELCOME_NOT_FOR_US;
	}
	leaf = kr_tree_leaf(&epoch->tree, epoch->own_leaf);
	if (!kr_view_equal(leaf->node.encoded, kp->leaf.encoded)) {
		return KR_ERR_WELCOME_NOT_FOR_US;
	}
	kr_x25519_public(pair.public_key, &pair.secret);
	if (memcmp(pair.public_key, kp->leaf.encryption_key, sizeof(pair.public_key)) !=
			0 ||
		memcmp(join->signer->public_key, kp->leaf.signature_key,
			KR_ED25519_PUBLIC_BYTES) != 0) {
		err = KR_ERR_ARGUMENT;
	} else {
		kr_private_path_set(&epoch->private_path, 0, &pair);
		epoch->signer = *join->signer;
	}
	kr_x25519_keypair_wipe(&pair);
	return err;
}

static enum kr_err join_epoch(struct kr_epoch *epoch, const struct kr_mls_config *config,
	const struct kr_mls_join *join, const struct kr_key_package *kp,
	const struct kr_welcome *welcome)
{
	KR_AUTO_FREE struct kr_bytes secrets_bytes = {0};
	KR_AUTO_FREE struct kr_bytes info_bytes = {0};
	KR_AUTO_WIPE struct kr_secret joiner = {0};
	KR_AUTO_WIPE struct kr_secret path_secret = {0};
	KR_AUTO_WIPE struct kr_secret psk_secret = {0};
	struct kr_group_secrets secrets;
	struct kr_group_info info;
	enum kr_err err;

	if ((err = open_group_secrets(join, kp, welcome, &secrets_bytes)) ||
		(err = kr_group_secrets_read(kr_view_bytes(&secrets_bytes), &secrets)) ||
		(err = welcome_psk_secret(secrets.psks, config, &psk_secret))) {
		return err;
	}
	memcpy(joiner.bytes, secrets.joiner_secret.data, sizeof(joiner.bytes));
	if ((err = open_group_info(welcome, &joiner, &psk_secret, &info_bytes)) ||
		(err = kr_group_info_read(kr_view_bytes(&info_bytes), &info)) ||
		(err = kr_group_info_tree(
			 &info, join->ratchet_tree, config, &epoch->tree)) ||
		(err = find_own_leaf(epoch, kp, join))) {
		return err;
	}
	if (secrets.has_path_secret) {
		memcpy(path_secret.bytes, secrets.path_secret.data,
			sizeof(path_secret.bytes));
		if ((err = kr_path_join(&epoch->tree, info.signer, epoch->own_leaf,
			     &path_secret, &epoch->private_path))) {
			return err;
		}
	}
	if ((err = kr_epoch_set_context(epoch, info.context.group_id, info.context.epoch,
		     info.context.confirmed_transcript_hash, info.context.extensions)) ||
		(err = kr_epoch_derive(epoch, &joiner, &psk_secret, config)) ||
		(err = kr_epoch_confirm(epoch))) {
		return err;
	}
	if (info.confirmation_tag.len != sizeof(epoch->confirmation_tag) ||
		!kr_equal_ct(info.confirmation_tag.data, epoch->confirmation_tag,
			sizeof(epoch->confirmation_tag))) {
		return KR_ERR_COMMIT_CONFIRMATION;
	}
	if (join->by != NULL) {
		*join->by = info.signer;
	}
	return KR_OK;
}

enum kr_err kr_mls_group_join(struct kr_mls_group **group,
	const struct kr_mls_config *config, const struct kr_mls_join *join)
{
	struct kr_key_package kp;
	struct kr_message message;
	struct kr_welcome welcome;
	struct kr_epoch *epoch;
	enum kr_err err;

	*group = NULL;
	if ((err = kr_key_package_unwrap(join->key_package, &kp)) ||
		(err = kr_message_read(join->welcome, &message))) {
		return err;
	}
	if (message.wire_format != KR_WIRE_WELCOME) {
		return KR_ERR_ENCODING;
	}
	if ((err = kr_welcome_read(message.rest, &welcome))) {
		return err;
	}
	epoch = kr_epoch_new();
	if (epoch == NULL) {
		return KR_ERR_MEMORY;
	}
	if ((err = join_epoch(epoch, config, join, &kp, &welcome))) {
		kr_epoch_free(epoch);
		return err;
	}
	return kr_group_wrap(group, config, epoch);
}
