#include <kring/hpke.h>

#include <kring/codec.h>

#include <string.h>

#include "proto/hpke/single_shot.h"

static const char mls_prefix[] = "MLS 1.0 ";

/* Two varints of at most two and four bytes, the prefix and the label. */
#define HEAD_MAX (2 + (sizeof(mls_prefix) - 1) + KR_HPKE_LABEL_MAX + 4)

/* struct { opaque label<V>; opaque context<V>; } EncryptContext, RFC 9420 §5.1.3: all but
 * the context's own bytes go into head. */
static enum kr_err encrypt_context(struct kr_hpke_joined *info, uint8_t head[HEAD_MAX],
	const char *label, struct kr_view context)
{
	struct kr_writer w;
	size_t begin;

	if (strlen(label) > KR_HPKE_LABEL_MAX) {
		return KR_ERR_TOO_LARGE;
	}
	kr_writer_init_fixed(&w, head, HEAD_MAX);
	begin = kr_write_vec_begin(&w);
	kr_write_fixed(&w, kr_view_str(mls_prefix));
	kr_write_fixed(&w, kr_view_str(label));
	kr_write_vec_end(&w, begin);
	kr_write_varint(&w, context.len);
	*info = (struct kr_hpke_joined){.head = kr_writer_view(&w), .tail = context};
	return w.err;
}

enum kr_err kr_encrypt_with_label(uint8_t enc[KR_HPKE_ENC_BYTES], uint8_t *ct,
	const uint8_t pk[KR_X25519_BYTES], const char *label, struct kr_view context,
	struct kr_view pt, const struct kr_random *rng)
{
	uint8_t head[HEAD_MAX];
	struct kr_hpke_joined info;
	enum kr_err err = encrypt_context(&info, head, label, context);

	if (err != KR_OK) {
		memset(enc, 0, KR_HPKE_ENC_BYTES);
		kr_wipe(ct, pt.len + KR_HPKE_TAG_BYTES);
		return err;
	}
	return kr_hpke_seal_joined(enc, ct, pk, info, kr_view(NULL, 0), pt, rng);
}

enum kr_err kr_decrypt_with_label(uint8_t *pt, const struct kr_secret *sk,
	const char *label, struct kr_view context, struct kr_view enc, struct kr_view ct)
{
	uint8_t head[HEAD_MAX];
	struct kr_hpke_joined info;
	enum kr_err err = encrypt_context(&info, head, label, context);

	if (err != KR_OK) {
		if (ct.len > KR_HPKE_TAG_BYTES) {
			kr_wipe(pt, ct.len - KR_HPKE_TAG_BYTES);
		}
		return err;
	}
	return kr_hpke_open_joined(pt, sk, info, kr_view(NULL, 0), enc, ct);
}
