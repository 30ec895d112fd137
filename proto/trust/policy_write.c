/* The next policy of a group: the last one and a change. */
#include "proto/trust/policy.h"

#include <string.h>

#include "proto/trust/record.h"

/* ---- Sorted lists --------------------------------------------------------------- */

/* The smallest item of the list that is above last (NULL: the smallest of all) and below
 * best (NULL: there is none yet); else best. */
static const uint8_t *smallest_above(
	struct kr_view list, size_t item_len, const uint8_t *last, const uint8_t *best)
{
	for (size_t at = 0; at + item_len <= list.len; at += item_len) {
		const uint8_t *item = list.data + at;

		if ((last == NULL || memcmp(item, last, item_len) > 0) &&
			(best == NULL || memcmp(item, best, item_len) < 0)) {
			best = item;
		}
	}
	return best;
}

/* What is in before or added, but not in removed; ascending. */
static void write_list(struct kr_writer *w, struct kr_view before, struct kr_view added,
	struct kr_view removed, size_t item_len)
{
	size_t begin = kr_write_vec_begin(w);
	const uint8_t *item = NULL;
	const uint8_t *last = NULL;

	if (added.len % item_len != 0 || removed.len % item_len != 0) {
		kr_writer_fail(w, KR_ERR_ARGUMENT);
		return;
	}
	for (;;) {
		item = smallest_above(before, item_len, last, NULL);
		item = smallest_above(added, item_len, last, item);
		if (item == NULL || w->err != KR_OK) {
			break;
		}
		if (!kr_policy_list_has(removed, item, item_len)) {
			kr_write_fixed(w, kr_view(item, item_len));
		}
		last = item;
	}
	kr_write_vec_end(w, begin);
}

/* ---- Inboxes -------------------------------------------------------------------- */

static void consider(struct kr_policy_inbox *best, bool *found,
	const struct kr_policy_inbox *inbox, const uint8_t *last)
{
	if ((last == NULL || kr_id_compare(inbox->identity_key, last) > 0) &&
		(!*found || kr_id_compare(inbox->identity_key, best->identity_key) < 0)) {
		*best = *inbox;
		*found = true;
	}
}

/* The one that follows last. Those that are added come first: they replace. */
static bool next_inbox(struct kr_policy_inbox *best, const struct kr_policy *before,
	const struct kr_policy_change *change, const uint8_t *last)
{
	struct kr_policy_inbox inbox;
	bool found = false;

	for (size_t i = 0; i < change->num_inboxes_added; i++) {
		consider(best, &found, &change->inboxes_added[i], last);
	}
	for (size_t i = 0; i < before->num_inboxes; i++) {
		if (kr_policy_inbox_at(before, i, &inbox) == KR_OK) {
			consider(best, &found, &inbox, last);
		}
	}
	return found;
}

static void write_inboxes(struct kr_writer *w, const struct kr_policy *before,
	const struct kr_policy_change *change)
{
	size_t begin = kr_write_vec_begin(w);
	uint8_t last[KR_ED25519_PUBLIC_BYTES];
	struct kr_policy_inbox inbox;
	bool is_first = true;

	if (change->inboxes_removed.len % sizeof(last) != 0) {
		kr_writer_fail(w, KR_ERR_ARGUMENT);
		return;
	}
	while (next_inbox(&inbox, before, change, is_first ? NULL : last)) {
		memcpy(last, inbox.identity_key, sizeof(last));
		is_first = false;
		if (!kr_policy_list_has(change->inboxes_removed, last, sizeof(last))) {
			kr_write_fixed(w, kr_view(last, sizeof(last)));
			kr_write_vec(w, inbox.name);
			kr_write_vec(w, inbox.relay);
			kr_write_vec(w, inbox.reading_key);
		}
	}
	kr_write_vec_end(w, begin);
}

/* ---- The whole ------------------------------------------------------------------ */

void kr_policy_write(struct kr_writer *w, const struct kr_policy *before,
	const struct kr_policy_change *change)
{
	struct kr_policy again;
	size_t begin = kr_record_begin(w);

	kr_write_fixed(w, kr_view_id(before->community));
	kr_write_fixed(w,
		kr_view_id(change->chain_head != NULL ? change->chain_head
						      : before->chain_head));
	kr_write_u64(w, before->number + 1);
	kr_write_vec(w, change->name != NULL ? *change->name : before->name);
	kr_write_u32(w,
		change->slow_mode_s != NULL ? *change->slow_mode_s : before->slow_mode_s);
	kr_write_fixed(
		w, kr_view_id(change->rules != NULL ? change->rules : before->rules));
	write_list(w, before->administrators, change->administrators_added,
		change->administrators_removed, KR_POLICY_KEY_LEN);
	write_list(w, before->issuers, change->issuers_added, change->issuers_removed,
		KR_POLICY_KEY_LEN);
	write_list(w, before->revoked, change->revoked_added, change->revoked_removed,
		KR_POLICY_SERIAL_LEN);
	write_inboxes(w, before, change);
	if (w->err == KR_OK) {
		kr_writer_fail(w, kr_policy_read(&again, kr_record_written(w, begin)));
	}
}
