/* What all signed records have in common: a version in front, signatures at the end.
 *
 * A signature is Ed25519 over
 *	struct { opaque label<V>; opaque content_hash[32]; }
 * where content_hash is the SHA-256 of all bytes of the record before its first
 * signature. Labels begin with "kring ", as those of the wire do; MLS signs what begins
 * with "MLS 1.0 ": no signature of one kind is good for another. */
#ifndef KRING_TRUST_RECORD_H
#define KRING_TRUST_RECORD_H

#include <kring/trust.h>

#include "proto/wire/signed_record.h"

#define KR_LABEL_CERTIFICATE    "kring certificate v1"
#define KR_LABEL_DEVICE         "kring device v1"
#define KR_LABEL_DEVICE_CONSENT "kring device consent v1"
#define KR_LABEL_GENESIS        "kring genesis v1"
#define KR_LABEL_IDENTITY       "kring identity v1"
#define KR_LABEL_INVITATION     "kring invitation v1"
#define KR_LABEL_JOIN           "kring join v1"
#define KR_LABEL_JOIN_INVITE    "kring join invite v1"
#define KR_LABEL_NOTICE         "kring notice v1"
#define KR_LABEL_REFUSAL        "kring refusal v1"
#define KR_LABEL_ROLE           "kring role v1"
#define KR_LABEL_STATEMENT      "kring statement v1"

/* Writing: begin gives where the record starts; what was written since is signed. */
size_t kr_record_begin(struct kr_writer *w);
struct kr_view kr_record_written(const struct kr_writer *w, size_t begin);
void kr_record_sign(struct kr_writer *w, struct kr_view content, const char *label,
	const struct kr_ed25519_keypair *signer);
/* The usual end: the signer's key, and its signature. */
void kr_record_end(struct kr_writer *w, size_t begin, const char *label,
	const struct kr_ed25519_keypair *signer);

/* Reading. */
struct kr_record {
	struct kr_view bytes;
	struct kr_reader r;
};

/* KR_ERR_RECORD_VERSION, KR_ERR_TRUNCATED; KR_ERR_TOO_LARGE beyond max_len bytes. */
enum kr_err kr_record_open(
	struct kr_record *record, struct kr_view bytes, size_t max_len);
/* All that was read so far. */
struct kr_view kr_record_content(const struct kr_record *record);
/* The next 64 bytes are this key's signature over content. */
enum kr_err kr_record_verify(struct kr_record *record, struct kr_view content,
	const char *label, const uint8_t key[KR_ED25519_PUBLIC_BYTES]);
/* The usual end, into key; nothing follows. */
enum kr_err kr_record_close(struct kr_record *record, const char *label,
	uint8_t key[KR_ED25519_PUBLIC_BYTES]);

/* a stands before, with or after b. */
int kr_id_compare(const uint8_t a[KR_ID_BYTES], const uint8_t b[KR_ID_BYTES]);
bool kr_id_equal(const uint8_t a[KR_ID_BYTES], const uint8_t b[KR_ID_BYTES]);

static inline struct kr_view kr_view_id(const uint8_t id[KR_ID_BYTES])
{
	return kr_view(id, KR_ID_BYTES);
}

#endif
