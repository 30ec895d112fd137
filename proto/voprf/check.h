/* What every function of voprf.h asks of its parameters first. */
#ifndef KR_VOPRF_CHECK_H
#define KR_VOPRF_CHECK_H

#include <kring/voprf.h>

static inline enum kr_err kr_voprf_check_mode(enum kr_voprf_mode mode)
{
	return (unsigned)mode <= KR_VOPRF_MODE_POPRF ? KR_OK : KR_ERR_ARGUMENT;
}

/* Whatever is hashed with two bytes of length. */
static inline enum kr_err kr_voprf_check_len(struct kr_view v)
{
	return v.len <= KR_VOPRF_INPUT_MAX ? KR_OK : KR_ERR_TOO_LARGE;
}

static inline enum kr_err kr_voprf_check_params(const struct kr_voprf_params *params)
{
	enum kr_err err = kr_voprf_check_mode(params->mode);

	if (err == KR_OK && params->mode != KR_VOPRF_MODE_POPRF && params->info.len > 0) {
		err = KR_ERR_ARGUMENT;
	}
	return err != KR_OK ? err : kr_voprf_check_len(params->info);
}

static inline enum kr_err kr_voprf_check_batch(size_t num)
{
	if (num == 0) {
		return KR_ERR_ARGUMENT;
	}
	return num <= KR_VOPRF_BATCH_MAX ? KR_OK : KR_ERR_TOO_LARGE;
}

#endif
