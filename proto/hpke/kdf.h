/* LabeledExtract and LabeledExpand, RFC 9180 §4. */
#ifndef KR_HPKE_KDF_H
#define KR_HPKE_KDF_H

#include <kring/crypto.h>

/* An input that comes in two pieces and is hashed as if they were joined. */
struct kr_hpke_joined {
	struct kr_view head;
	struct kr_view tail;
};

static inline struct kr_hpke_joined kr_hpke_whole(struct kr_view v)
{
	return (struct kr_hpke_joined){.head = v};
}

void kr_hpke_labeled_extract(struct kr_secret *prk, struct kr_view suite_id,
	struct kr_view salt, const char *label, struct kr_hpke_joined ikm);

/* KR_ERR_ARGUMENT if out_len exceeds KR_HPKE_EXPORT_MAX; then out is zeroed. */
enum kr_err kr_hpke_labeled_expand(uint8_t *out, size_t out_len, struct kr_view suite_id,
	const struct kr_secret *prk, const char *label, struct kr_view info);

#endif
