#include "psk.h"

#include <stdlib.h>

enum kr_err kr_psk_id_check(const struct kr_psk_id *id)
{
	if (id->type == KR_PSK_TYPE_RESUMPTION && id->usage == KR_PSK_USAGE_REINIT) {
		return KR_ERR_MLS_REINIT;
	}
	if (id->type == KR_PSK_TYPE_RESUMPTION && id->usage == KR_PSK_USAGE_BRANCH) {
		return KR_ERR_MLS_BRANCH;
	}
	return id->nonce.len == KR_SECRET_BYTES ? KR_OK : KR_ERR_PROPOSAL_PSK;
}

static enum kr_err find_resumption_psk(const struct kr_mls_group *group,
	const struct kr_psk_id *id, struct kr_bytes *psk)
{
	if (group == NULL || !kr_view_equal(id->id, group->current->context.group_id)) {
		return KR_ERR_PROPOSAL_PSK_UNKNOWN;
	}
	if (id->epoch == group->current->context.epoch) {
		return kr_bytes_copy(
			psk, kr_view_secret(&group->current->secrets.resumption_psk));
	}
	for (size_t i = 0; i < group->num_resumption_psks; i++) {
		if (group->resumption_psks[i].epoch == id->epoch) {
			return kr_bytes_copy(
				psk, kr_view_secret(&group->resumption_psks[i].secret));
		}
	}
	return KR_ERR_PROPOSAL_PSK_UNKNOWN;
}

enum kr_err kr_find_psk(const struct kr_mls_config *config,
	const struct kr_mls_group *group, const struct kr_psk_id *id,
	struct kr_bytes *psk)
{
	enum kr_err err;

	*psk = (struct kr_bytes){0};
	if (id->type == KR_PSK_TYPE_RESUMPTION) {
		return find_resumption_psk(group, id, psk);
	}
	if (config->hooks.external_psk == NULL) {
		return KR_ERR_PROPOSAL_PSK_UNKNOWN;
	}
	err = config->hooks.external_psk(config->hooks.ctx, id->id, psk);
	return err == KR_ERR_NOT_FOUND ? KR_ERR_PROPOSAL_PSK_UNKNOWN : err;
}

enum kr_err kr_psk_secret_of(struct kr_secret *psk_secret, const struct kr_psk_id *ids,
	size_t num, const struct kr_mls_config *config, const struct kr_mls_group *group)
{
	struct kr_psk_input *inputs = calloc(num + 1, sizeof(*inputs));
	struct kr_bytes *psks = calloc(num + 1, sizeof(*psks));
	enum kr_err err = inputs == NULL || psks == NULL ? KR_ERR_MEMORY : KR_OK;

	for (size_t i = 0; err == KR_OK && i < num; i++) {
		err = kr_find_psk(config, group, &ids[i], &psks[i]);
		inputs[i].encoded_id = ids[i].encoded;
		inputs[i].psk = kr_view_bytes(&psks[i]);
	}
	if (err == KR_OK) {
		err = kr_psk_secret(psk_secret, inputs, num);
	}
	for (size_t i = 0; psks != NULL && i < num; i++) {
		kr_bytes_free(&psks[i]);
	}
	free(psks);
	free(inputs);
	return err;
}
