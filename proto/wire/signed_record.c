#include "proto/wire/signed_record.h"

#define TBS_MAX (1 + KR_LABEL_MAX + KR_SHA256_BYTES)

static struct kr_view tbs(
	uint8_t space[TBS_MAX], const char *label, struct kr_view content)
{
	uint8_t hash[KR_SHA256_BYTES];
	struct kr_writer w;

	kr_sha256(hash, content);
	kr_writer_init_fixed(&w, space, TBS_MAX);
	kr_write_vec(&w, kr_view_str(label));
	kr_write_fixed(&w, kr_view(hash, sizeof(hash)));
	return kr_writer_view(&w);
}

void kr_label_sign(uint8_t sig[KR_ED25519_SIG_BYTES], const char *label,
	struct kr_view content, const struct kr_ed25519_keypair *signer)
{
	uint8_t space[TBS_MAX];

	kr_ed25519_sign(sig, signer, tbs(space, label, content));
}

enum kr_err kr_label_verify(struct kr_view sig, const char *label, struct kr_view content,
	const uint8_t key[KR_ED25519_PUBLIC_BYTES])
{
	uint8_t space[TBS_MAX];

	return kr_ed25519_verify(sig, key, tbs(space, label, content));
}

void kr_signed_record_end(struct kr_writer *w, size_t begin, const char *label,
	const struct kr_ed25519_keypair *signer)
{
	uint8_t sig[KR_ED25519_SIG_BYTES];

	if (w->err != KR_OK) {
		return;
	}
	kr_label_sign(sig, label, kr_view(w->data + begin, w->len - begin), signer);
	kr_write_fixed(w, kr_view(sig, sizeof(sig)));
}

enum kr_err kr_signed_record_close(struct kr_reader *r, struct kr_view bytes,
	const char *label, const uint8_t key[KR_ED25519_PUBLIC_BYTES])
{
	struct kr_view content = kr_view(bytes.data, bytes.len - r->rest.len);
	struct kr_view sig;
	enum kr_err err;

	if ((err = kr_read_fixed(r, KR_ED25519_SIG_BYTES, &sig)) ||
		(err = kr_read_end(r))) {
		return err;
	}
	return kr_label_verify(sig, label, content, key);
}

enum kr_err kr_signed_record_open(struct kr_reader *r, uint8_t version)
{
	uint8_t found;
	enum kr_err err = kr_read_u8(r, &found);

	return err == KR_OK && found != version ? KR_ERR_RECORD_VERSION : err;
}
