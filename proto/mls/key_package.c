#include "key_package.h"

#include <string.h>

#include "framing.h"

enum kr_err kr_key_package_read(struct kr_reader *r, struct kr_key_package *kp)
{
	struct kr_reader probe = *r;
	struct kr_view start = r->rest;
	enum kr_err err;

	*kp = (struct kr_key_package){0};
	if ((err = kr_read_version_and_suite(&probe)) ||
		(err = kr_read_key(&probe, KR_X25519_BYTES, &kp->init_key)) ||
		(err = kr_leaf_node_read(&probe, &kp->leaf)) ||
		(err = kr_read_vec(&probe, &kp->extensions))) {
		goto out;
	}
	kp->tbs = kr_view(start.data, start.len - probe.rest.len);
	if ((err = kr_read_vec(&probe, &kp->signature)) ||
		(err = kr_extensions_check(kp->extensions))) {
		goto out;
	}
	kp->encoded = kr_view(start.data, start.len - probe.rest.len);
	*r = probe;
out:
	if (err != KR_OK) {
		*kp = (struct kr_key_package){0};
	}
	return err;
}

enum kr_err kr_key_package_unwrap(struct kr_view input, struct kr_key_package *kp)
{
	struct kr_reader r = kr_reader(input);
	struct kr_reader probe = r;
	uint16_t version;
	uint16_t wire_format;
	enum kr_err err;

	/* An MLSMessage goes on with wire format 5; a bare KeyPackage with cipher suite
	 * 3. */
	if (kr_read_u16(&probe, &version) == KR_OK &&
		kr_read_u16(&probe, &wire_format) == KR_OK &&
		version == KR_MLS_VERSION_1 && wire_format == KR_WIRE_KEY_PACKAGE) {
		r = probe;
	}
	if ((err = kr_key_package_read(&r, kp)) || (err = kr_read_end(&r))) {
		*kp = (struct kr_key_package){0};
	}
	return err;
}

enum kr_err kr_key_package_check(const struct kr_key_package *kp, uint64_t now_s)
{
	enum kr_err err;

	if (kp->leaf.source != KR_LEAF_KEY_PACKAGE) {
		return KR_ERR_LEAF_SOURCE;
	}
	if (memcmp(kp->init_key, kp->leaf.encryption_key, KR_X25519_BYTES) == 0) {
		return KR_ERR_KEY_PACKAGE_KEYS;
	}
	if ((err = kr_leaf_node_verify(&kp->leaf, NULL)) ||
		(err = kr_leaf_node_check_lifetime(&kp->leaf, now_s))) {
		return err;
	}
	return kr_verify_with_label(
		kp->signature, kp->leaf.signature_key, "KeyPackageTBS", kp->tbs);
}

enum kr_err kr_key_package_ref(
	uint8_t ref[KR_MLS_HASH_BYTES], const struct kr_key_package *kp)
{
	return kr_ref_hash(ref, "MLS 1.0 KeyPackage Reference", kp->encoded);
}

enum kr_err kr_mls_key_package_verify(
	struct kr_view message, uint64_t now_s, struct kr_mls_key_package_info *info)
{
	struct kr_key_package kp;
	enum kr_err err;

	*info = (struct kr_mls_key_package_info){0};
	if ((err = kr_key_package_unwrap(message, &kp)) ||
		(err = kr_key_package_check(&kp, now_s)) ||
		(err = kr_key_package_ref(info->ref, &kp))) {
		return err;
	}
	info->identity = kp.leaf.identity;
	info->signature_key = kp.leaf.signature_key;
	info->lifetime = kp.leaf.lifetime;
	info->leaf_node = kp.leaf.encoded;
	info->extensions = kp.extensions;
	return KR_OK;
}

static enum kr_err write_key_package(struct kr_bytes *message, struct kr_view leaf,
	const uint8_t init_key[KR_X25519_BYTES], struct kr_mls_extensions extensions,
	const struct kr_ed25519_keypair *signer)
{
	KR_AUTO_WRITER struct kr_writer w = {0};
	const size_t header_len = 4; /* version and wire format of the MLSMessage */
	uint8_t signature[KR_ED25519_SIG_BYTES];
	struct kr_view tbs;
	enum kr_err err;

	kr_writer_init(&w);
	kr_write_u16(&w, KR_MLS_VERSION_1);
	kr_write_u16(&w, KR_WIRE_KEY_PACKAGE);
	kr_write_u16(&w, KR_MLS_VERSION_1);
	kr_write_u16(&w, KR_MLS_CIPHER_SUITE);
	kr_write_vec(&w, kr_view(init_key, KR_X25519_BYTES));
	kr_write_fixed(&w, leaf);
	kr_write_extensions(&w, extensions);
	if (w.err != KR_OK) {
		return w.err == KR_ERR_ARGUMENT ? KR_ERR_LEAF_EXTENSION : w.err;
	}
	tbs = kr_writer_view(&w);
	tbs = kr_view(tbs.data + header_len, tbs.len - header_len);
	if ((err = kr_sign_with_label(signature, signer, "KeyPackageTBS", tbs))) {
		return err;
	}
	kr_write_vec(&w, kr_view(signature, sizeof(signature)));
	return kr_writer_finish(&w, message);
}

enum kr_err kr_mls_key_package_new(struct kr_bytes *message,
	struct kr_mls_key_package_secrets *secrets, const struct kr_mls_client *client,
	struct kr_mls_lifetime lifetime, struct kr_mls_extensions extensions,
	const struct kr_random *rng)
{
	KR_AUTO_FREE struct kr_bytes leaf = {0};
	struct kr_x25519_keypair init = {0};
	struct kr_x25519_keypair encryption = {0};
	struct kr_leaf_params params = {
		.client = client,
		.signer = client->signer,
		.encryption_key = encryption.public_key,
		.source = KR_LEAF_KEY_PACKAGE,
		.lifetime = lifetime,
	};
	enum kr_err err;

	*message = (struct kr_bytes){0};
	*secrets = (struct kr_mls_key_package_secrets){0};
	if ((err = kr_x25519_generate(&init, rng)) ||
		(err = kr_x25519_generate(&encryption, rng)) ||
		(err = kr_leaf_node_sign(&leaf, &params)) ||
		(err = write_key_package(message, kr_view_bytes(&leaf), init.public_key,
			 extensions, client->signer))) {
		goto out;
	}
	secrets->init_key = init.secret;
	secrets->encryption_key = encryption.secret;
out:
	kr_x25519_keypair_wipe(&init);
	kr_x25519_keypair_wipe(&encryption);
	return err;
}

void kr_mls_key_package_secrets_wipe(struct kr_mls_key_package_secrets *secrets)
{
	kr_wipe(secrets, sizeof(*secrets));
}
