#include "epoch.h"

#include <stdlib.h>
#include <string.h>

enum kr_err kr_group_context_read(struct kr_reader *r, struct kr_group_context *context)
{
	struct kr_reader probe = *r;
	struct kr_view start = r->rest;
	enum kr_err err;

	*context = (struct kr_group_context){0};
	if ((err = kr_read_version_and_suite(&probe)) ||
		(err = kr_read_vec(&probe, &context->group_id)) ||
		(err = kr_read_u64(&probe, &context->epoch)) ||
		(err = kr_read_vec(&probe, &context->tree_hash)) ||
		(err = kr_read_vec(&probe, &context->confirmed_transcript_hash)) ||
		(err = kr_read_vec(&probe, &context->extensions)) ||
		(err = kr_extensions_check(context->extensions))) {
		*context = (struct kr_group_context){0};
		return err;
	}
	context->encoded = kr_view(start.data, start.len - probe.rest.len);
	*r = probe;
	return KR_OK;
}

struct kr_epoch *kr_epoch_new(void)
{
	return calloc(1, sizeof(struct kr_epoch));
}

void kr_epoch_free(struct kr_epoch *epoch)
{
	if (epoch == NULL) {
		return;
	}
	kr_bytes_free(&epoch->context_bytes);
	kr_tree_free(&epoch->tree);
	kr_secret_tree_free(epoch->messages);
	kr_wipe(epoch, sizeof(*epoch));
	free(epoch);
}

struct kr_epoch *kr_epoch_next(const struct kr_epoch *epoch)
{
	struct kr_epoch *next = kr_epoch_new();

	if (next != NULL) {
		next->tree = kr_tree_copy(&epoch->tree);
		next->own_leaf = epoch->own_leaf;
		next->signer = epoch->signer;
		next->private_path = epoch->private_path;
	}
	return next;
}

enum kr_err kr_epoch_copy(struct kr_epoch **copy, const struct kr_epoch *epoch)
{
	struct kr_epoch *made = kr_epoch_next(epoch);
	enum kr_err err;

	*copy = NULL;
	if (made == NULL) {
		return KR_ERR_MEMORY;
	}
	made->secrets = epoch->secrets;
	memcpy(made->interim_transcript_hash, epoch->interim_transcript_hash,
		sizeof(made->interim_transcript_hash));
	memcpy(made->confirmation_tag, epoch->confirmation_tag,
		sizeof(made->confirmation_tag));
	if ((err = kr_epoch_set_context(made, epoch->context.group_id,
		     epoch->context.epoch, epoch->context.confirmed_transcript_hash,
		     epoch->context.extensions)) ||
		(epoch->messages != NULL &&
			(err = kr_secret_tree_copy(&made->messages, epoch->messages)))) {
		kr_epoch_free(made);
		return err;
	}
	*copy = made;
	return KR_OK;
}

enum kr_err kr_epoch_set_context(struct kr_epoch *epoch, struct kr_view group_id,
	uint64_t number, struct kr_view confirmed_transcript_hash,
	struct kr_view extensions)
{
	KR_AUTO_WRITER struct kr_writer w = {0};
	uint8_t tree_hash[KR_MLS_HASH_BYTES];
	struct kr_bytes encoded;
	struct kr_reader r;
	enum kr_err err = kr_tree_root_hash(&epoch->tree, tree_hash);

	kr_writer_init(&w);
	if (err != KR_OK) {
		return err;
	}
	kr_write_u16(&w, KR_MLS_VERSION_1);
	kr_write_u16(&w, KR_MLS_CIPHER_SUITE);
	kr_write_vec(&w, group_id);
	kr_write_u64(&w, number);
	kr_write_vec(&w, kr_view(tree_hash, sizeof(tree_hash)));
	kr_write_vec(&w, confirmed_transcript_hash);
	kr_write_vec(&w, extensions);
	if ((err = kr_writer_finish(&w, &encoded))) {
		return err;
	}
	/* The arguments may view the old bytes: they go only now. */
	kr_bytes_free(&epoch->context_bytes);
	epoch->context_bytes = encoded; /* transferred */
	r = kr_reader(kr_view_bytes(&epoch->context_bytes));
	return kr_group_context_read(&r, &epoch->context);
}

struct kr_secret_tree_limits kr_epoch_limits(const struct kr_mls_config *config)
{
	return (struct kr_secret_tree_limits){
		.max_forward = config->max_forward,
		.max_kept_keys = config->max_kept_keys,
	};
}

uint32_t kr_epoch_max_leaves(const struct kr_mls_config *config)
{
	return config->max_members < KR_TREE_MAX_LEAVES
		? kr_full_width(config->max_members)
		: KR_TREE_MAX_LEAVES;
}

enum kr_err kr_epoch_derive(struct kr_epoch *epoch, const struct kr_secret *joiner,
	const struct kr_secret *psk_secret, const struct kr_mls_config *config)
{
	enum kr_err err = kr_epoch_secrets_derive(
		&epoch->secrets, joiner, psk_secret, epoch->context.encoded);

	if (err != KR_OK) {
		return err;
	}
	err = kr_secret_tree_new(&epoch->messages, epoch->tree.num_leaves,
		&epoch->secrets.encryption_secret, kr_epoch_limits(config));
	/* The ratchets have it now and delete it piece by piece, §9.2. */
	kr_secret_wipe(&epoch->secrets.encryption_secret);
	return err;
}

enum kr_err kr_epoch_confirm(struct kr_epoch *epoch)
{
	kr_confirmation_tag(epoch->confirmation_tag, &epoch->secrets.confirmation_key,
		epoch->context.confirmed_transcript_hash);
	return kr_interim_transcript_hash(epoch->interim_transcript_hash,
		epoch->context.confirmed_transcript_hash,
		kr_view(epoch->confirmation_tag, sizeof(epoch->confirmation_tag)));
}

void kr_epoch_retire(struct kr_epoch *epoch)
{
	KR_AUTO_WIPE struct kr_secret sender_data_secret =
		epoch->secrets.sender_data_secret;

	kr_epoch_secrets_wipe(&epoch->secrets);
	epoch->secrets.sender_data_secret = sender_data_secret;
	kr_private_path_wipe(&epoch->private_path);
	kr_ed25519_keypair_wipe(&epoch->signer);
	kr_wipe(epoch->interim_transcript_hash, sizeof(epoch->interim_transcript_hash));
	kr_wipe(epoch->confirmation_tag, sizeof(epoch->confirmation_tag));
}
