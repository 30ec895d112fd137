/* DHKEM(X25519, HKDF-SHA256), RFC 9180 §4.1. */
#ifndef KR_HPKE_KEM_H
#define KR_HPKE_KEM_H

#include <kring/hpke.h>

/* Encap, or AuthEncap when sender_sk is not NULL. KR_ERR_KEY, KR_ERR_RANDOM; then
 * shared_secret is zeroed. */
enum kr_err kr_hpke_encap(struct kr_secret *shared_secret, uint8_t enc[KR_HPKE_ENC_BYTES],
	const uint8_t pk[KR_X25519_BYTES], const struct kr_secret *sender_sk,
	const struct kr_random *rng);

/* Decap, or AuthDecap when sender_pk is not NULL. KR_ERR_KEY; then shared_secret is
 * zeroed. */
enum kr_err kr_hpke_decap(struct kr_secret *shared_secret,
	const uint8_t enc[KR_HPKE_ENC_BYTES], const struct kr_secret *sk,
	const uint8_t sender_pk[KR_X25519_BYTES]);

#endif
