#include "proto/trust/record.h"

#include <string.h>

/* ---- Writing -------------------------------------------------------------------- */

size_t kr_record_begin(struct kr_writer *w)
{
	size_t begin = w->len;

	kr_write_u8(w, KR_RECORD_VERSION);
	return begin;
}

struct kr_view kr_record_written(const struct kr_writer *w, size_t begin)
{
	return w->err == KR_OK ? kr_view(w->data + begin, w->len - begin)
			       : kr_view(NULL, 0);
}

void kr_record_sign(struct kr_writer *w, struct kr_view content, const char *label,
	const struct kr_ed25519_keypair *signer)
{
	uint8_t sig[KR_ED25519_SIG_BYTES];

	if (w->err == KR_OK) {
		kr_label_sign(sig, label, content, signer);
		kr_write_fixed(w, kr_view(sig, sizeof(sig)));
	}
}

void kr_record_end(struct kr_writer *w, size_t begin, const char *label,
	const struct kr_ed25519_keypair *signer)
{
	kr_write_fixed(w, kr_view(signer->public_key, sizeof(signer->public_key)));
	kr_record_sign(w, kr_record_written(w, begin), label, signer);
}

/* ---- Reading -------------------------------------------------------------------- */

enum kr_err kr_record_open(struct kr_record *record, struct kr_view bytes, size_t max_len)
{
	uint8_t version;
	enum kr_err err;

	*record = (struct kr_record){.bytes = bytes, .r = kr_reader(bytes)};
	if (bytes.len > max_len) {
		return KR_ERR_TOO_LARGE;
	}
	if ((err = kr_read_u8(&record->r, &version))) {
		return err;
	}
	return version == KR_RECORD_VERSION ? KR_OK : KR_ERR_RECORD_VERSION;
}

struct kr_view kr_record_content(const struct kr_record *record)
{
	return kr_view(record->bytes.data, record->bytes.len - record->r.rest.len);
}

enum kr_err kr_record_verify(struct kr_record *record, struct kr_view content,
	const char *label, const uint8_t key[KR_ED25519_PUBLIC_BYTES])
{
	struct kr_view sig;
	enum kr_err err = kr_read_fixed(&record->r, KR_ED25519_SIG_BYTES, &sig);

	return err != KR_OK ? err : kr_label_verify(sig, label, content, key);
}

enum kr_err kr_record_close(
	struct kr_record *record, const char *label, uint8_t key[KR_ED25519_PUBLIC_BYTES])
{
	struct kr_view content;
	struct kr_view sig;
	enum kr_err err;

	if ((err = kr_read_copy(&record->r, key, KR_ED25519_PUBLIC_BYTES))) {
		return err;
	}
	content = kr_record_content(record);
	if ((err = kr_read_fixed(&record->r, KR_ED25519_SIG_BYTES, &sig)) ||
		(err = kr_read_end(&record->r))) {
		return err;
	}
	return kr_label_verify(sig, label, content, key);
}

int kr_id_compare(const uint8_t a[KR_ID_BYTES], const uint8_t b[KR_ID_BYTES])
{
	return memcmp(a, b, KR_ID_BYTES);
}

bool kr_id_equal(const uint8_t a[KR_ID_BYTES], const uint8_t b[KR_ID_BYTES])
{
	return kr_id_compare(a, b) == 0;
}
