/* Quotas: how much somebody may ask for in a span of time.
 *
 * Each request takes one from a bucket of its class at three levels: the connection, the
 * account, the address. A bucket is one number, the time at which it will be full again
 * (the generic cell rate algorithm, ITU-T I.371), so an idle one needs no work.
 *
 * Accounts and addresses are known here only as HMACs under keys that change every day
 * and are never stored; anonymous connections have keys of their own, so that the same
 * address cannot be recognised in both kinds. */
#ifndef KRING_RELAY_QUOTA_H
#define KRING_RELAY_QUOTA_H

#include "server/relay/relay.h"

struct quota_buckets {
	uint64_t full_at_us[QUOTA_NUM_CLASSES];
};

/* One account or address that has connections, or had some a short while ago. */
struct quota_entry {
	struct quota_entry *next;
	uint8_t hash[KR_HMAC_BYTES];
	struct quota_buckets buckets;
	uint32_t num_refs;
	bool listed; /* findable; not from a day that is over */
};

enum quota_kind {
	QUOTA_ANONYMOUS_ADDRESS,
	QUOTA_DEVICE_ADDRESS,
	QUOTA_DEVICE_ACCOUNT,
	QUOTA_NUM_KINDS,
};

#define QUOTA_NUM_LISTS 1024

struct quota_table {
	struct quota_entry *lists[QUOTA_NUM_LISTS];
	struct kr_secret keys[QUOTA_NUM_KINDS];
	uint64_t day;
	size_t num_entries;
	size_t sweep_at; /* the next list to be swept */
};

/* KR_ERR_RANDOM. */
enum kr_err quota_init(
	struct quota_table *table, const struct kr_random *rng, uint64_t now_ms);
void quota_finish(struct quota_table *table);

/* Take a reference to the entry of this value. KR_ERR_MEMORY, KR_ERR_LIMIT when too
 * many are known already. */
enum kr_err quota_ref(struct quota_table *table, struct quota_entry **out,
	enum quota_kind kind, struct kr_view value);
void quota_unref(struct quota_table *table, struct quota_entry *entry); /* NULL is fine */

/* Once a second or so: forget who is idle; new keys on a new day. KR_ERR_RANDOM leaves
 * the old keys in use. */
enum kr_err quota_tick(struct quota_table *table, const struct kr_random *rng,
	uint64_t now_ms, uint64_t now_us);

/* Is there one to take? Otherwise *wait_us says how long until there is. A rate's
 * per_minute of 0 is no limit. */
bool quota_has(uint64_t full_at_us, const struct quota_rate *rate, uint64_t now_us,
	uint64_t *wait_us);
void quota_take(uint64_t *full_at_us, const struct quota_rate *rate, uint64_t now_us);

#endif
