/* A policy's lists. */
#ifndef KRING_TRUST_POLICY_H
#define KRING_TRUST_POLICY_H

#include <kring/trust.h>

#define KR_POLICY_VERSION    1
#define KR_POLICY_KEY_LEN    32
#define KR_POLICY_SERIAL_LEN 8

/* The next inbox of an encoded list. */
enum kr_err kr_policy_inbox_next(struct kr_reader *r, struct kr_policy_inbox *out);

/* Is this item (of item_len bytes) in the list, which needs no order? */
bool kr_policy_list_has(struct kr_view list, const uint8_t *item, size_t item_len);

#endif
