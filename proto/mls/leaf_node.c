#include "leaf_node.h"

#include <stdlib.h>

enum kr_err kr_read_key(struct kr_reader *r, size_t len, const uint8_t **key)
{
	struct kr_reader probe = *r;
	struct kr_view v;
	enum kr_err err = kr_read_vec(&probe, &v);

	*key = NULL;
	if (err != KR_OK) {
		return err;
	}
	if (v.len != len) {
		return KR_ERR_KEY;
	}
	*key = v.data;
	*r = probe;
	return KR_OK;
}

enum kr_err kr_read_version_and_suite(struct kr_reader *r)
{
	uint16_t version;
	uint16_t cipher_suite;
	enum kr_err err;

	if ((err = kr_read_u16(r, &version)) || (err = kr_read_u16(r, &cipher_suite))) {
		return err;
	}
	if (version != KR_MLS_VERSION_1) {
		return KR_ERR_MLS_VERSION;
	}
	return cipher_suite == KR_MLS_CIPHER_SUITE ? KR_OK : KR_ERR_MLS_CIPHER_SUITE;
}

enum kr_err kr_credential_read(struct kr_reader *r, struct kr_view *identity)
{
	uint16_t type;
	enum kr_err err = kr_read_u16(r, &type);

	if (err != KR_OK) {
		return err;
	}
	if (type == KR_MLS_CREDENTIAL_X509) {
		return KR_ERR_MLS_X509;
	}
	if (type != KR_MLS_CREDENTIAL_BASIC) {
		return KR_ERR_MLS_CREDENTIAL_TYPE;
	}
	return kr_read_vec(r, identity);
}

static enum kr_err read_u16_list(struct kr_reader *r, struct kr_view *list)
{
	enum kr_err err = kr_read_vec(r, list);

	return err == KR_OK && list->len % 2 != 0 ? KR_ERR_ENCODING : err;
}

/* Capabilities, §7.2. */
static enum kr_err read_capabilities(struct kr_reader *r, struct kr_leaf_node *leaf)
{
	enum kr_err err;

	if ((err = read_u16_list(r, &leaf->versions)) ||
		(err = read_u16_list(r, &leaf->cipher_suites)) ||
		(err = read_u16_list(r, &leaf->extension_types)) ||
		(err = read_u16_list(r, &leaf->proposal_types)) ||
		(err = read_u16_list(r, &leaf->credential_types))) {
		return err;
	}
	return KR_OK;
}

static enum kr_err read_source(struct kr_reader *r, struct kr_leaf_node *leaf)
{
	uint8_t source;
	enum kr_err err = kr_read_u8(r, &source);

	if (err != KR_OK) {
		return err;
	}
	leaf->source = (enum kr_leaf_source)source;
	switch (leaf->source) {
	case KR_LEAF_KEY_PACKAGE:
		if ((err = kr_read_u64(r, &leaf->lifetime.not_before)) ||
			(err = kr_read_u64(r, &leaf->lifetime.not_after))) {
			return err;
		}
		return KR_OK;
	case KR_LEAF_UPDATE:
		return KR_OK;
	case KR_LEAF_COMMIT:
		return kr_read_vec(r, &leaf->parent_hash);
	}
	return KR_ERR_ENCODING;
}

enum kr_err kr_leaf_node_read(struct kr_reader *r, struct kr_leaf_node *leaf)
{
	struct kr_reader probe = *r;
	struct kr_view start = r->rest;
	enum kr_err err;

	*leaf = (struct kr_leaf_node){0};
	if ((err = kr_read_key(&probe, KR_X25519_BYTES, &leaf->encryption_key)) ||
		(err = kr_read_key(
			 &probe, KR_ED25519_PUBLIC_BYTES, &leaf->signature_key)) ||
		(err = kr_credential_read(&probe, &leaf->identity)) ||
		(err = read_capabilities(&probe, leaf)) ||
		(err = read_source(&probe, leaf)) ||
		(err = kr_read_vec(&probe, &leaf->extensions))) {
		goto out;
	}
	leaf->tbs = kr_view(start.data, start.len - probe.rest.len);
	if ((err = kr_read_vec(&probe, &leaf->signature)) ||
		(err = kr_extensions_check(leaf->extensions))) {
		goto out;
	}
	leaf->encoded = kr_view(start.data, start.len - probe.rest.len);
	*r = probe;
out:
	if (err != KR_OK) {
		*leaf = (struct kr_leaf_node){0};
	}
	return err;
}

/* LeafNodeTBS: the leaf without its signature, and its place unless it is a key
 * package's. */
static void write_tbs(
	struct kr_writer *w, struct kr_view tbs, const struct kr_leaf_place *place)
{
	kr_write_fixed(w, tbs);
	if (place != NULL) {
		kr_write_vec(w, place->group_id);
		kr_write_u32(w, place->index.v);
	}
}

static enum kr_err verify_capabilities(const struct kr_leaf_node *leaf)
{
	if (!kr_u16_list_has(leaf->versions, KR_MLS_VERSION_1) ||
		!kr_u16_list_has(leaf->cipher_suites, KR_MLS_CIPHER_SUITE)) {
		return KR_ERR_LEAF_CAPABILITIES;
	}
	if (!kr_u16_list_has(leaf->credential_types, KR_MLS_CREDENTIAL_BASIC)) {
		return KR_ERR_LEAF_CREDENTIAL;
	}
	return kr_extensions_are_listed(leaf->extensions, leaf->extension_types)
		? KR_OK
		: KR_ERR_LEAF_EXTENSION;
}

enum kr_err kr_leaf_node_verify(
	const struct kr_leaf_node *leaf, const struct kr_leaf_place *place)
{
	KR_AUTO_WRITER struct kr_writer w = {0};
	enum kr_err err;

	kr_writer_init(&w);
	if ((err = verify_capabilities(leaf))) {
		return err;
	}
	write_tbs(&w, leaf->tbs, place);
	if (w.err != KR_OK) {
		return w.err;
	}
	return kr_verify_with_label(
		leaf->signature, leaf->signature_key, "LeafNodeTBS", kr_writer_view(&w));
}

enum kr_err kr_leaf_node_check_lifetime(const struct kr_leaf_node *leaf, uint64_t now_s)
{
	if (now_s == 0 || leaf->source != KR_LEAF_KEY_PACKAGE) {
		return KR_OK;
	}
	if (now_s < leaf->lifetime.not_before || now_s > leaf->lifetime.not_after) {
		return KR_ERR_LEAF_LIFETIME;
	}
	return KR_OK;
}

static void write_u16_list(struct kr_writer *w, const uint16_t *values, size_t num)
{
	size_t begin = kr_write_vec_begin(w);

	for (size_t i = 0; i < num; i++) {
		kr_write_u16(w, values[i]);
	}
	kr_write_vec_end(w, begin);
}

/* Defaults are understood without being listed, §7.2. */
static void write_types(struct kr_writer *w, const uint16_t *types, size_t num,
	bool (*is_default)(uint16_t type))
{
	size_t begin = kr_write_vec_begin(w);

	for (size_t i = 0; i < num; i++) {
		if (!is_default(types[i])) {
			kr_write_u16(w, types[i]);
		}
	}
	kr_write_vec_end(w, begin);
}

static void write_capabilities(
	struct kr_writer *w, const struct kr_mls_capabilities *extra)
{
	static const uint16_t versions[] = {KR_MLS_VERSION_1};
	static const uint16_t cipher_suites[] = {KR_MLS_CIPHER_SUITE};
	static const uint16_t credentials[] = {KR_MLS_CREDENTIAL_BASIC};

	write_u16_list(w, versions, 1);
	write_u16_list(w, cipher_suites, 1);
	write_types(w, extra->extensions, extra->num_extensions, kr_extension_is_default);
	write_types(
		w, extra->proposals, extra->num_proposals, kr_proposal_type_is_default);
	write_u16_list(w, credentials, 1);
}

/* Who I am and what I can: of the client, or repeated from an own leaf. */
static void write_self(struct kr_writer *w, const struct kr_leaf_params *params)
{
	const struct kr_leaf_node *same = params->same_as;

	kr_write_u16(w, KR_MLS_CREDENTIAL_BASIC);
	if (same == NULL) {
		kr_write_vec(w, params->client->identity);
		write_capabilities(w, &params->client->capabilities);
		return;
	}
	kr_write_vec(w, same->identity);
	kr_write_vec(w, same->versions);
	kr_write_vec(w, same->cipher_suites);
	kr_write_vec(w, same->extension_types);
	kr_write_vec(w, same->proposal_types);
	kr_write_vec(w, same->credential_types);
}

/* What others would refuse must not be sent: a client may carry extensions that it does
 * not list. */
static enum kr_err check_made(struct kr_view encoded)
{
	struct kr_reader r = kr_reader(encoded);
	struct kr_leaf_node leaf;
	enum kr_err err = kr_leaf_node_read(&r, &leaf);

	return err != KR_OK ? err : verify_capabilities(&leaf);
}

enum kr_err kr_leaf_node_sign(
	struct kr_bytes *encoded, const struct kr_leaf_params *params)
{
	KR_AUTO_WRITER struct kr_writer w = {0};
	KR_AUTO_WRITER struct kr_writer tbs = {0};
	uint8_t signature[KR_ED25519_SIG_BYTES];
	enum kr_err err;

	*encoded = (struct kr_bytes){0};
	kr_writer_init(&w);
	kr_writer_init(&tbs);
	kr_write_vec(&w, kr_view(params->encryption_key, KR_X25519_BYTES));
	kr_write_vec(&w, kr_view(params->signer->public_key, KR_ED25519_PUBLIC_BYTES));
	write_self(&w, params);
	kr_write_u8(&w, (uint8_t)params->source);
	if (params->source == KR_LEAF_KEY_PACKAGE) {
		kr_write_u64(&w, params->lifetime.not_before);
		kr_write_u64(&w, params->lifetime.not_after);
	} else if (params->source == KR_LEAF_COMMIT) {
		kr_write_vec(&w, params->parent_hash);
	}
	if (params->same_as != NULL) {
		kr_write_vec(&w, params->same_as->extensions);
	} else {
		kr_write_extensions(&w, params->client->leaf_extensions);
	}
	write_tbs(&tbs, kr_writer_view(&w), params->place);
	if (w.err != KR_OK || tbs.err != KR_OK) {
		err = w.err != KR_OK ? w.err : tbs.err;
		return err == KR_ERR_ARGUMENT ? KR_ERR_LEAF_EXTENSION : err;
	}
	if ((err = kr_sign_with_label(
		     signature, params->signer, "LeafNodeTBS", kr_writer_view(&tbs)))) {
		return err;
	}
	kr_write_vec(&w, kr_view(signature, sizeof(signature)));
	if ((err = w.err) || (err = check_made(kr_writer_view(&w)))) {
		return err;
	}
	return kr_writer_finish(&w, encoded);
}

enum kr_err kr_mls_leaf_extension(
	struct kr_view leaf_node, uint16_t type, struct kr_view *data)
{
	struct kr_reader r = kr_reader(leaf_node);
	struct kr_leaf_node leaf;
	enum kr_err err;

	*data = kr_view(NULL, 0);
	if ((err = kr_leaf_node_read(&r, &leaf)) || (err = kr_read_end(&r))) {
		return err;
	}
	return kr_mls_extension_find(leaf.extensions, type, data);
}

enum kr_err kr_leaf_node_supports(
	const struct kr_leaf_node *leaf, struct kr_view group_extensions)
{
	struct kr_required_capabilities required;
	enum kr_err err = kr_required_capabilities_read(group_extensions, &required);

	if (err != KR_OK) {
		return err;
	}
	if (!kr_u16_list_covers(leaf->extension_types, required.extension_types,
		    kr_extension_is_default) ||
		!kr_u16_list_covers(leaf->proposal_types, required.proposal_types,
			kr_proposal_type_is_default) ||
		!kr_u16_list_covers(
			leaf->credential_types, required.credential_types, NULL) ||
		!kr_extensions_are_listed(group_extensions, leaf->extension_types)) {
		return KR_ERR_REQUIRED_CAPABILITIES;
	}
	return KR_OK;
}

enum kr_err kr_leaf_new(struct kr_leaf **leaf, struct kr_view encoded)
{
	struct kr_leaf *created = calloc(1, sizeof(*created));
	struct kr_reader r;
	enum kr_err err;

	*leaf = NULL;
	if (created == NULL) {
		return KR_ERR_MEMORY;
	}
	created->num_refs = 1;
	if ((err = kr_bytes_copy(&created->bytes, encoded))) {
		goto out;
	}
	r = kr_reader(kr_view_bytes(&created->bytes));
	if ((err = kr_leaf_node_read(&r, &created->node)) || (err = kr_read_end(&r))) {
		goto out;
	}
	*leaf = created;
	created = NULL; /* transferred */
out:
	kr_leaf_unref(created);
	return err;
}

struct kr_leaf *kr_leaf_ref(struct kr_leaf *leaf)
{
	if (leaf != NULL) {
		leaf->num_refs++;
	}
	return leaf;
}

void kr_leaf_unref(struct kr_leaf *leaf)
{
	if (leaf == NULL || --leaf->num_refs > 0) {
		return;
	}
	kr_bytes_free(&leaf->bytes);
	free(leaf);
}
