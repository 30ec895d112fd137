#include "proto/hpke/kdf.h"

#include <kring/hpke.h>

static const char version[] = "HPKE-v1";

void kr_hpke_labeled_extract(struct kr_secret *prk, struct kr_view suite_id,
	struct kr_view salt, const char *label, struct kr_hpke_joined ikm)
{
	const struct kr_view labeled_ikm[] = {
		kr_view_str(version),
		suite_id,
		kr_view_str(label),
		ikm.head,
		ikm.tail,
	};

	kr_hkdf_extract_parts(
		prk, salt, labeled_ikm, sizeof(labeled_ikm) / sizeof(labeled_ikm[0]));
}

enum kr_err kr_hpke_labeled_expand(uint8_t *out, size_t out_len, struct kr_view suite_id,
	const struct kr_secret *prk, const char *label, struct kr_view info)
{
	const uint8_t length[2] = {(uint8_t)(out_len >> 8), (uint8_t)out_len};
	const struct kr_view labeled_info[] = {
		kr_view(length, sizeof(length)),
		kr_view_str(version),
		suite_id,
		kr_view_str(label),
		info,
	};

	if (out_len > KR_HPKE_EXPORT_MAX) {
		kr_wipe(out, out_len);
		return KR_ERR_ARGUMENT;
	}
	return kr_hkdf_expand_parts(out, out_len, prk, labeled_info,
		sizeof(labeled_info) / sizeof(labeled_info[0]));
}
