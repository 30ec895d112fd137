/* SealBase and OpenBase with an info that comes in two pieces: EncryptWithLabel has a
 * short head and a context of any length behind it, and need not join them in memory. */
#ifndef KR_HPKE_SINGLE_SHOT_H
#define KR_HPKE_SINGLE_SHOT_H

#include "proto/hpke/kdf.h"

/* As kr_hpke_seal and kr_hpke_open. */
enum kr_err kr_hpke_seal_joined(uint8_t *enc, uint8_t *ct, const uint8_t *pk,
	struct kr_hpke_joined info, struct kr_view aad, struct kr_view pt,
	const struct kr_random *rng);
enum kr_err kr_hpke_open_joined(uint8_t *pt, const struct kr_secret *sk,
	struct kr_hpke_joined info, struct kr_view aad, struct kr_view enc,
	struct kr_view ct);

#endif
