#include <kring/crypto.h>

#include <kring/codec.h>

#include <string.h>

static const char mls_prefix[] = "MLS 1.0 ";

/* opaque label<V> = "MLS 1.0 " + label */
static void write_label(struct kr_writer *w, const char *label)
{
	size_t begin = kr_write_vec_begin(w);

	kr_write_fixed(w, kr_view_str(mls_prefix));
	kr_write_fixed(w, kr_view_str(label));
	kr_write_vec_end(w, begin);
}

enum kr_err kr_expand_with_label(uint8_t *out, size_t out_len, const struct kr_secret *secret,
	const char *label, struct kr_view context)
{
	KR_AUTO_WRITER struct kr_writer info;
	enum kr_err err;

	kr_writer_init(&info);
	if (out_len > UINT16_MAX) {
		return KR_ERR_ARGUMENT;
	}
	kr_write_u16(&info, (uint16_t)out_len);
	write_label(&info, label);
	kr_write_vec(&info, context);
	if (info.err != KR_OK) {
		err = info.err;
	} else {
		err = kr_hkdf_expand(out, out_len, secret, kr_writer_view(&info));
	}
	if (err != KR_OK) {
		kr_wipe(out, out_len);
	}
	return err;
}

enum kr_err kr_derive_secret(struct kr_secret *out, const struct kr_secret *secret,
	const char *label)
{
	KR_AUTO_WIPE struct kr_secret derived = {0};
	enum kr_err err = kr_expand_with_label(
		derived.bytes, sizeof(derived.bytes), secret, label, kr_view(NULL, 0));

	*out = derived;
	return err;
}

enum kr_err kr_derive_tree_secret(uint8_t *out, size_t out_len, const struct kr_secret *secret,
	const char *label, uint32_t generation)
{
	uint8_t context[4];
	struct kr_writer w;

	kr_writer_init_fixed(&w, context, sizeof(context));
	kr_write_u32(&w, generation);
	return kr_expand_with_label(out, out_len, secret, label, kr_writer_view(&w));
}

/* struct { opaque label<V>; opaque content<V>; } SignContent */
static void write_sign_content(struct kr_writer *w, const char *label, struct kr_view content)
{
	kr_writer_init(w);
	write_label(w, label);
	kr_write_vec(w, content);
}

enum kr_err kr_sign_with_label(uint8_t sig[KR_ED25519_SIG_BYTES],
	const struct kr_ed25519_keypair *signer, const char *label, struct kr_view content)
{
	KR_AUTO_WRITER struct kr_writer w;

	write_sign_content(&w, label, content);
	if (w.err != KR_OK) {
		return w.err;
	}
	kr_ed25519_sign(sig, signer, kr_writer_view(&w));
	return KR_OK;
}

enum kr_err kr_verify_with_label(struct kr_view sig,
	const uint8_t public_key[KR_ED25519_PUBLIC_BYTES], const char *label,
	struct kr_view content)
{
	KR_AUTO_WRITER struct kr_writer w;

	write_sign_content(&w, label, content);
	if (w.err != KR_OK) {
		return w.err;
	}
	return kr_ed25519_verify(sig, public_key, kr_writer_view(&w));
}

enum kr_err kr_ref_hash(uint8_t out[KR_SHA256_BYTES], const char *label, struct kr_view value)
{
	KR_AUTO_WRITER struct kr_writer w;

	kr_writer_init(&w);
	kr_write_vec(&w, kr_view_str(label));
	kr_write_vec(&w, value);
	if (w.err != KR_OK) {
		return w.err;
	}
	kr_sha256(out, kr_writer_view(&w));
	return KR_OK;
}
