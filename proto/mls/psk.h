/* Pre-shared keys: from the ids that a commit or a Welcome names to psk_secret, RFC 9420
 * §8.4. */
#ifndef KR_MLS_PSK_H
#define KR_MLS_PSK_H

#include "group.h"

/* §12.1.4: type, usage, nonce. KR_ERR_PROPOSAL_PSK, KR_ERR_MLS_REINIT,
 * KR_ERR_MLS_BRANCH. */
enum kr_err kr_psk_id_check(const struct kr_psk_id *id);

/* The key behind one id, from the hook or an own past epoch. group is NULL for who is not
 * in it yet. KR_ERR_PROPOSAL_PSK_UNKNOWN, the hook's error. */
enum kr_err kr_find_psk(const struct kr_mls_config *config,
	const struct kr_mls_group *group, const struct kr_psk_id *id,
	struct kr_bytes *psk);

/* Find each key and combine them in this order. As kr_find_psk. */
enum kr_err kr_psk_secret_of(struct kr_secret *psk_secret, const struct kr_psk_id *ids,
	size_t num, const struct kr_mls_config *config, const struct kr_mls_group *group);

#endif
