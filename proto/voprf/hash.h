/* The hashes of RFC 9497 §4.1: into the group, into the scalars, each with a domain of
 * its own. */
#ifndef KR_VOPRF_HASH_H
#define KR_VOPRF_HASH_H

#include <kring/voprf.h>

/* The longest prefix is 13 bytes, CreateContextString (§3.1) gives 28, and one counts
 * them. */
#define KR_VOPRF_DST_MAX 48

/* prefix || CreateContextString(mode, "ristretto255-SHA512") */
struct kr_view kr_voprf_dst(
	uint8_t storage[KR_VOPRF_DST_MAX], const char *prefix, enum kr_voprf_mode mode);

/* I2OSP(len(x), 2) || x; x has at most 65535 bytes. */
void kr_voprf_sha512_update_vec(struct kr_sha512 *h, struct kr_view x);

/* expand_message_xmd with SHA-512, RFC 9380 §5.3.1, to 64 bytes; the message comes in
 * parts. */
struct kr_voprf_hash {
	struct kr_sha512 message;
	uint8_t dst_storage[KR_VOPRF_DST_MAX];
	struct kr_view dst;
};

void kr_voprf_hash_init(
	struct kr_voprf_hash *h, const char *dst_prefix, enum kr_voprf_mode mode);

/* The end of a message; both wipe h. */
void kr_voprf_hash_to_scalar(struct kr_voprf_hash *h, struct kr_ristretto_scalar *out);
void kr_voprf_hash_to_element(struct kr_voprf_hash *h, struct kr_ristretto_element *out);

/* HashToScalar("Info" || I2OSP(len(info), 2) || info), what POPRF adds to the key,
 * §3.3.3. */
void kr_voprf_info_scalar(struct kr_ristretto_scalar *out, struct kr_view info);

/* RandomScalar, §4.7.2: 64 bytes reduced, so that the bias is beyond measure. Never
 * zero. */
enum kr_err kr_voprf_random_scalar(
	struct kr_ristretto_scalar *out, const struct kr_random *rng);

#endif
