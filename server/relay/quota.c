#include "server/relay/quota.h"

#include <stdlib.h>
#include <string.h>

#define DAY_MS             ((uint64_t)24 * 60 * 60 * 1000)
#define MINUTE_US          ((uint64_t)60 * 1000 * 1000)
#define MAX_ENTRIES        ((size_t)1 << 18)
#define LISTS_SWEPT_A_TICK 64

static enum kr_err renew_keys(struct quota_table *table, const struct kr_random *rng)
{
	struct kr_secret keys[QUOTA_NUM_KINDS];
	enum kr_err err = KR_OK;

	for (size_t i = 0; err == KR_OK && i < QUOTA_NUM_KINDS; i++) {
		err = kr_random_secret(rng, &keys[i]);
	}
	if (err == KR_OK) {
		memcpy(table->keys, keys, sizeof(keys));
	}
	kr_wipe(keys, sizeof(keys));
	return err;
}

enum kr_err quota_init(
	struct quota_table *table, const struct kr_random *rng, uint64_t now_ms)
{
	*table = (struct quota_table){.day = now_ms / DAY_MS};
	return renew_keys(table, rng);
}

static void forget(struct quota_table *table, struct quota_entry *entry)
{
	kr_wipe(entry, sizeof(*entry));
	free(entry);
	table->num_entries--;
}

/* Take entries off a list: all of them, or those that nobody holds and that are full
 * again. */
static void sweep_list(struct quota_table *table, size_t list, bool all, uint64_t now_us)
{
	struct quota_entry **link = &table->lists[list];

	while (*link != NULL) {
		struct quota_entry *entry = *link;
		bool idle = entry->num_refs == 0;

		for (size_t i = 0; i < QUOTA_NUM_CLASSES; i++) {
			idle = idle && entry->buckets.full_at_us[i] <= now_us;
		}
		if (!all && !idle) {
			link = &entry->next;
			continue;
		}
		*link = entry->next;
		entry->listed = false;
		if (entry->num_refs == 0) {
			forget(table, entry);
		}
	}
}

void quota_finish(struct quota_table *table)
{
	for (size_t i = 0; i < QUOTA_NUM_LISTS; i++) {
		sweep_list(table, i, true, 0);
	}
	kr_wipe(table->keys, sizeof(table->keys));
}

enum kr_err quota_ref(struct quota_table *table, struct quota_entry **out,
	enum quota_kind kind, struct kr_view value)
{
	uint8_t hash[KR_HMAC_BYTES];
	struct quota_entry **list;
	struct quota_entry *entry;

	kr_hmac(hash, kr_view_secret(&table->keys[kind]), value);
	list = &table->lists[(hash[0] | (size_t)hash[1] << 8) % QUOTA_NUM_LISTS];
	for (entry = *list; entry != NULL; entry = entry->next) {
		if (memcmp(entry->hash, hash, sizeof(hash)) == 0) {
			entry->num_refs++;
			*out = entry;
			return KR_OK;
		}
	}
	*out = NULL;
	if (table->num_entries >= MAX_ENTRIES) {
		return KR_ERR_LIMIT;
	}
	entry = calloc(1, sizeof(*entry));
	if (entry == NULL) {
		return KR_ERR_MEMORY;
	}
	memcpy(entry->hash, hash, sizeof(hash));
	entry->num_refs = 1;
	entry->listed = true;
	entry->next = *list;
	*list = entry;
	table->num_entries++;
	*out = entry;
	return KR_OK;
}

void quota_unref(struct quota_table *table, struct quota_entry *entry)
{
	if (entry == NULL) {
		return;
	}
	entry->num_refs--;
	/* A listed one stays until it is full again, so that coming back does not
	 * refill it. */
	if (entry->num_refs == 0 && !entry->listed) {
		forget(table, entry);
	}
}

enum kr_err quota_tick(struct quota_table *table, const struct kr_random *rng,
	uint64_t now_ms, uint64_t now_us)
{
	bool new_day = now_ms / DAY_MS != table->day;
	size_t num_lists = new_day ? QUOTA_NUM_LISTS : LISTS_SWEPT_A_TICK;

	if (new_day) {
		enum kr_err err = renew_keys(table, rng);

		if (err != KR_OK) {
			return err;
		}
		table->day = now_ms / DAY_MS;
	}
	for (size_t i = 0; i < num_lists; i++) {
		sweep_list(table, table->sweep_at, new_day, now_us);
		table->sweep_at = (table->sweep_at + 1) % QUOTA_NUM_LISTS;
	}
	return KR_OK;
}

/* The bucket is full at full_at; each request makes that later by one interval, and it
 * may lie at most burst intervals ahead. */
bool quota_has(uint64_t full_at_us, const struct quota_rate *rate, uint64_t now_us,
	uint64_t *wait_us)
{
	uint64_t interval_us;
	uint64_t ahead_us;
	uint64_t allowed_us;

	*wait_us = 0;
	if (rate->per_minute == 0) {
		return true;
	}
	interval_us = MINUTE_US / rate->per_minute;
	allowed_us = interval_us * (rate->burst > 0 ? rate->burst : 1);
	ahead_us = (full_at_us > now_us ? full_at_us - now_us : 0) + interval_us;
	if (ahead_us <= allowed_us) {
		return true;
	}
	*wait_us = ahead_us - allowed_us;
	return false;
}

void quota_take(uint64_t *full_at_us, const struct quota_rate *rate, uint64_t now_us)
{
	if (rate->per_minute == 0) {
		return;
	}
	if (*full_at_us < now_us) {
		*full_at_us = now_us;
	}
	*full_at_us += MINUTE_US / rate->per_minute;
}
