#include "proposal.h"

enum kr_err kr_psk_id_read(struct kr_reader *r, struct kr_psk_id *psk)
{
	struct kr_reader probe = *r;
	struct kr_view start = r->rest;
	enum kr_err err;

	*psk = (struct kr_psk_id){0};
	if ((err = kr_read_u8(&probe, &psk->type))) {
		return err;
	}
	switch (psk->type) {
	case KR_PSK_TYPE_EXTERNAL:
		err = kr_read_vec(&probe, &psk->id);
		break;
	case KR_PSK_TYPE_RESUMPTION:
		if ((err = kr_read_u8(&probe, &psk->usage)) ||
			(err = kr_read_vec(&probe, &psk->id)) ||
			(err = kr_read_u64(&probe, &psk->epoch))) {
			break;
		}
		if (psk->usage < KR_PSK_USAGE_APPLICATION ||
			psk->usage > KR_PSK_USAGE_BRANCH) {
			err = KR_ERR_ENCODING;
		}
		break;
	default:
		err = KR_ERR_ENCODING;
	}
	if (err != KR_OK || (err = kr_read_vec(&probe, &psk->nonce))) {
		*psk = (struct kr_psk_id){0};
		return err;
	}
	psk->encoded = kr_view(start.data, start.len - probe.rest.len);
	*r = probe;
	return KR_OK;
}

void kr_psk_id_write(struct kr_writer *w, const struct kr_psk_id *psk)
{
	kr_write_u8(w, psk->type);
	if (psk->type == KR_PSK_TYPE_RESUMPTION) {
		kr_write_u8(w, psk->usage);
	}
	kr_write_vec(w, psk->id);
	if (psk->type == KR_PSK_TYPE_RESUMPTION) {
		kr_write_u64(w, psk->epoch);
	}
	kr_write_vec(w, psk->nonce);
}

/* ReInit, §12.1.5: group id, version, cipher suite, extensions; only its end matters. */
static enum kr_err read_reinit(struct kr_reader *r)
{
	struct kr_view group_id;
	uint16_t version;
	uint16_t cipher_suite;
	struct kr_view extensions;
	enum kr_err err;

	if ((err = kr_read_vec(r, &group_id)) || (err = kr_read_u16(r, &version)) ||
		(err = kr_read_u16(r, &cipher_suite)) ||
		(err = kr_read_vec(r, &extensions))) {
		return err;
	}
	return KR_OK;
}

static enum kr_err read_proposal_body(struct kr_reader *r, struct kr_proposal *p)
{
	enum kr_err err;

	switch (p->type) {
	case KR_MLS_PROPOSAL_ADD:
		return kr_key_package_read(r, &p->key_package);
	case KR_MLS_PROPOSAL_UPDATE:
		return kr_leaf_node_read(r, &p->leaf);
	case KR_MLS_PROPOSAL_REMOVE:
		return kr_read_u32(r, &p->removed.v);
	case KR_MLS_PROPOSAL_PSK:
		return kr_psk_id_read(r, &p->psk);
	case KR_MLS_PROPOSAL_REINIT:
		return read_reinit(r);
	case KR_MLS_PROPOSAL_EXTERNAL_INIT:
		return kr_read_vec(r, &p->kem_output);
	case KR_MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS:
		if ((err = kr_read_vec(r, &p->extensions))) {
			return err;
		}
		return kr_extensions_check(p->extensions);
	default:
		return KR_ERR_MLS_PROPOSAL_TYPE;
	}
}

enum kr_err kr_proposal_read(struct kr_reader *r, struct kr_proposal *p)
{
	struct kr_reader probe = *r;
	struct kr_view start = r->rest;
	enum kr_err err;

	*p = (struct kr_proposal){0};
	if ((err = kr_read_u16(&probe, &p->type)) ||
		(err = read_proposal_body(&probe, p))) {
		*p = (struct kr_proposal){0};
		return err;
	}
	p->encoded = kr_view(start.data, start.len - probe.rest.len);
	*r = probe;
	return KR_OK;
}

void kr_proposal_write(struct kr_writer *w, const struct kr_proposal *p)
{
	kr_write_u16(w, p->type);
	switch (p->type) {
	case KR_MLS_PROPOSAL_ADD:
		kr_write_fixed(w, p->key_package.encoded);
		break;
	case KR_MLS_PROPOSAL_UPDATE:
		kr_write_fixed(w, p->leaf.encoded);
		break;
	case KR_MLS_PROPOSAL_REMOVE:
		kr_write_u32(w, p->removed.v);
		break;
	case KR_MLS_PROPOSAL_PSK:
		kr_psk_id_write(w, &p->psk);
		break;
	case KR_MLS_PROPOSAL_EXTERNAL_INIT:
		kr_write_vec(w, p->kem_output);
		break;
	case KR_MLS_PROPOSAL_GROUP_CONTEXT_EXTENSIONS:
		kr_write_vec(w, p->extensions);
		break;
	default:
		kr_writer_fail(w, KR_ERR_MLS_PROPOSAL_TYPE);
	}
}

enum kr_err kr_proposal_or_ref_read(struct kr_reader *r, struct kr_proposal_or_ref *item)
{
	struct kr_reader probe = *r;
	uint8_t type;
	enum kr_err err;

	*item = (struct kr_proposal_or_ref){0};
	if ((err = kr_read_u8(&probe, &type))) {
		return err;
	}
	switch (type) {
	case 1:
		err = kr_proposal_read(&probe, &item->proposal);
		break;
	case 2:
		item->is_ref = true;
		err = kr_read_vec(&probe, &item->ref);
		break;
	default:
		err = KR_ERR_ENCODING;
	}
	if (err != KR_OK) {
		*item = (struct kr_proposal_or_ref){0};
		return err;
	}
	*r = probe;
	return KR_OK;
}

enum kr_err kr_hpke_ciphertext_read(struct kr_reader *r, struct kr_hpke_ciphertext *ct)
{
	struct kr_reader probe = *r;
	enum kr_err err;

	*ct = (struct kr_hpke_ciphertext){0};
	if ((err = kr_read_vec(&probe, &ct->kem_output)) ||
		(err = kr_read_vec(&probe, &ct->ciphertext))) {
		return err;
	}
	*r = probe;
	return KR_OK;
}

enum kr_err kr_update_path_node_read(
	struct kr_reader *r, struct kr_update_path_node *node)
{
	struct kr_reader probe = *r;
	struct kr_reader list;
	enum kr_err err;

	*node = (struct kr_update_path_node){0};
	if ((err = kr_read_key(&probe, KR_X25519_BYTES, &node->encryption_key)) ||
		(err = kr_read_vec(&probe, &node->ciphertexts))) {
		return err;
	}
	for (list = kr_reader(node->ciphertexts); list.rest.len > 0;
		node->num_ciphertexts++) {
		struct kr_hpke_ciphertext ct;

		if ((err = kr_hpke_ciphertext_read(&list, &ct))) {
			return err;
		}
	}
	*r = probe;
	return KR_OK;
}

enum kr_err kr_update_path_read(struct kr_reader *r, struct kr_update_path *path)
{
	struct kr_reader probe = *r;
	struct kr_reader list;
	enum kr_err err;

	*path = (struct kr_update_path){0};
	if ((err = kr_leaf_node_read(&probe, &path->leaf)) ||
		(err = kr_read_vec(&probe, &path->nodes))) {
		return err;
	}
	for (list = kr_reader(path->nodes); list.rest.len > 0; path->num_nodes++) {
		struct kr_update_path_node node;

		if ((err = kr_update_path_node_read(&list, &node))) {
			return err;
		}
	}
	*r = probe;
	return KR_OK;
}

enum kr_err kr_commit_read(struct kr_reader *r, struct kr_commit *commit)
{
	struct kr_reader probe = *r;
	struct kr_reader list;
	enum kr_err err;

	*commit = (struct kr_commit){0};
	if ((err = kr_read_vec(&probe, &commit->proposals))) {
		return err;
	}
	for (list = kr_reader(commit->proposals); list.rest.len > 0;
		commit->num_proposals++) {
		struct kr_proposal_or_ref item;

		if ((err = kr_proposal_or_ref_read(&list, &item))) {
			return err;
		}
	}
	if ((err = kr_read_optional(&probe, &commit->has_path))) {
		return err;
	}
	if (commit->has_path && (err = kr_update_path_read(&probe, &commit->path))) {
		return err;
	}
	*r = probe;
	return KR_OK;
}
