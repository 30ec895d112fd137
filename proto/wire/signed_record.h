/* Signatures of records: SignedContent, TRUST.md §1. For proto/wire, whose records the
 * relay reads too, and proto/trust. */
#ifndef KRING_WIRE_SIGNED_RECORD_H
#define KRING_WIRE_SIGNED_RECORD_H

#include <kring/codec.h>
#include <kring/crypto.h>

#define KR_LABEL_CASE         "kring case v1"
#define KR_LABEL_INBOX_RECORD "kring inbox record v1"
#define KR_LABEL_RELAY        "kring relay v1"

/* A label is at most KR_LABEL_MAX long. Verify: KR_ERR_SIGNATURE. */
#define KR_LABEL_MAX 63
void kr_label_sign(uint8_t sig[KR_ED25519_SIG_BYTES], const char *label,
	struct kr_view content, const struct kr_ed25519_keypair *signer);
enum kr_err kr_label_verify(struct kr_view sig, const char *label, struct kr_view content,
	const uint8_t key[KR_ED25519_PUBLIC_BYTES]);

/* The signature of what was written since begin, at the end. */
void kr_signed_record_end(struct kr_writer *w, size_t begin, const char *label,
	const struct kr_ed25519_keypair *signer);

/* What is left in r is this key's signature over what was read of bytes, and nothing
 * more. KR_ERR_SIGNATURE, KR_ERR_TRUNCATED, KR_ERR_TRAILING. */
enum kr_err kr_signed_record_close(struct kr_reader *r, struct kr_view bytes,
	const char *label, const uint8_t key[KR_ED25519_PUBLIC_BYTES]);

/* The first byte. KR_ERR_RECORD_VERSION, KR_ERR_TRUNCATED. */
enum kr_err kr_signed_record_open(struct kr_reader *r, uint8_t version);

#endif
