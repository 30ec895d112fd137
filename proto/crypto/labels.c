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

/* The info of HKDF-Expand is fed in parts, so that a ratchet step allocates nothing and
 * no second copy of a context is made:
 *	struct {
 *		uint16 length;
 *		opaque label<V> = "MLS 1.0 " + label;
 *		opaque context<V>;
 *	} */
enum kr_err kr_expand_with_label(uint8_t *out, size_t out_len,
	const struct kr_secret *secret, const char *label, struct kr_view context)
{
	struct kr_view prefix = kr_view_str(mls_prefix);
	struct kr_view rest = kr_view_str(label);
	uint8_t lengths[2 + 4 + 4];
	struct kr_writer head;
	struct kr_writer middle;
	enum kr_err err;

	kr_writer_init_fixed(&head, lengths, 6);
	kr_write_u16(&head, (uint16_t)out_len);
	kr_write_varint(&head, prefix.len + rest.len);
	kr_writer_init_fixed(&middle, lengths + 6, 4);
	kr_write_varint(&middle, context.len);
	if (out_len > UINT16_MAX) {
		err = KR_ERR_ARGUMENT;
	} else if (!(err = head.err) && !(err = middle.err)) {
		const struct kr_view info[] = {kr_writer_view(&head), prefix, rest,
			kr_writer_view(&middle), context};

		err = kr_hkdf_expand_parts(
			out, out_len, secret, info, sizeof(info) / sizeof(info[0]));
	}
	if (err != KR_OK) {
		kr_wipe(out, out_len);
	}
	return err;
}

enum kr_err kr_derive_secret(
	struct kr_secret *out, const struct kr_secret *secret, const char *label)
{
	KR_AUTO_WIPE struct kr_secret derived = {0};
	enum kr_err err = kr_expand_with_label(
		derived.bytes, sizeof(derived.bytes), secret, label, kr_view(NULL, 0));

	*out = derived;
	return err;
}

enum kr_err kr_derive_tree_secret(uint8_t *out, size_t out_len,
	const struct kr_secret *secret, const char *label, uint32_t generation)
{
	uint8_t context[4];
	struct kr_writer w;

	kr_writer_init_fixed(&w, context, sizeof(context));
	kr_write_u32(&w, generation);
	return kr_expand_with_label(out, out_len, secret, label, kr_writer_view(&w));
}

/* struct { opaque label<V>; opaque content<V>; } SignContent */
static void write_sign_content(
	struct kr_writer *w, const char *label, struct kr_view content)
{
	kr_writer_init(w);
	write_label(w, label);
	kr_write_vec(w, content);
}

enum kr_err kr_sign_with_label(uint8_t sig[KR_ED25519_SIG_BYTES],
	const struct kr_ed25519_keypair *signer, const char *label,
	struct kr_view content)
{
	KR_AUTO_WRITER struct kr_writer w = {0};

	write_sign_content(&w, label, content);
	if (w.err != KR_OK) {
		kr_wipe(sig, KR_ED25519_SIG_BYTES);
		return w.err;
	}
	kr_ed25519_sign(sig, signer, kr_writer_view(&w));
	return KR_OK;
}

enum kr_err kr_verify_with_label(struct kr_view sig,
	const uint8_t public_key[KR_ED25519_PUBLIC_BYTES], const char *label,
	struct kr_view content)
{
	KR_AUTO_WRITER struct kr_writer w = {0};

	write_sign_content(&w, label, content);
	if (w.err != KR_OK) {
		return w.err;
	}
	return kr_ed25519_verify(sig, public_key, kr_writer_view(&w));
}

static void hash_vec(struct kr_sha256 *hash, struct kr_view v)
{
	uint8_t length[4];
	struct kr_writer w;

	kr_writer_init_fixed(&w, length, sizeof(length));
	kr_write_varint(&w, v.len);
	kr_sha256_update(hash, kr_writer_view(&w));
	kr_sha256_update(hash, v);
}

/* struct { opaque label<V>; opaque value<V>; } RefHashInput */
enum kr_err kr_ref_hash(
	uint8_t out[KR_SHA256_BYTES], const char *label, struct kr_view value)
{
	struct kr_sha256 hash;

	if (value.len > KR_VARINT_MAX) {
		kr_wipe(out, KR_SHA256_BYTES);
		return KR_ERR_TOO_LARGE;
	}
	kr_sha256_init(&hash);
	hash_vec(&hash, kr_view_str(label));
	hash_vec(&hash, value);
	kr_sha256_final(&hash, out);
	return KR_OK;
}
