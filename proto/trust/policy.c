/* The policy of a group, as its GroupContext carries it. TRUST.md §9. */
#include "proto/trust/policy.h"

#include <string.h>

#include "proto/trust/record.h"

/* ---- Reading -------------------------------------------------------------------- */

/* Whole items, ascending, so that there is one encoding for one set. */
static enum kr_err read_list(
	struct kr_reader *r, struct kr_view *list, size_t item_len, size_t max)
{
	enum kr_err err = kr_read_vec(r, list);

	if (err != KR_OK) {
		return err;
	}
	if (list->len % item_len != 0) {
		return KR_ERR_ENCODING;
	}
	if (list->len / item_len > max) {
		return KR_ERR_TOO_LARGE;
	}
	for (size_t at = item_len; at < list->len; at += item_len) {
		if (memcmp(list->data + at - item_len, list->data + at, item_len) >= 0) {
			return KR_ERR_ENCODING;
		}
	}
	return KR_OK;
}

enum kr_err kr_policy_inbox_next(struct kr_reader *r, struct kr_policy_inbox *out)
{
	enum kr_err err;

	if ((err = kr_read_copy(r, out->identity_key, sizeof(out->identity_key))) ||
		(err = kr_read_vec(r, &out->name)) ||
		(err = kr_read_vec(r, &out->relay)) ||
		(err = kr_read_vec(r, &out->reading_key)) ||
		(err = kr_line_check(out->name, KR_NAME_MAX))) {
		return err;
	}
	if (out->reading_key.len != 0 && out->reading_key.len != KR_READING_KEY_BYTES) {
		return KR_ERR_ENCODING;
	}
	return out->relay.len == 0 ? KR_OK : kr_line_check(out->relay, KR_RELAY_NAME_MAX);
}

static enum kr_err read_inboxes(struct kr_policy *p, struct kr_reader *r)
{
	struct kr_policy_inbox inbox = {0};
	uint8_t last[KR_ED25519_PUBLIC_BYTES];
	struct kr_reader list;
	enum kr_err err;

	if ((err = kr_read_vec(r, &p->inboxes))) {
		return err;
	}
	list = kr_reader(p->inboxes);
	while (list.rest.len > 0) {
		memcpy(last, inbox.identity_key, sizeof(last));
		if ((err = kr_policy_inbox_next(&list, &inbox))) {
			return err;
		}
		if (p->num_inboxes > 0 && kr_id_compare(last, inbox.identity_key) >= 0) {
			return KR_ERR_ENCODING;
		}
		if (p->num_inboxes++ == KR_POLICY_INBOXES_MAX) {
			return KR_ERR_TOO_LARGE;
		}
	}
	return KR_OK;
}

static enum kr_err read_policy(struct kr_policy *p, struct kr_view data)
{
	struct kr_record record;
	struct kr_reader *r = &record.r;
	enum kr_err err;

	if ((err = kr_record_open(&record, data, KR_POLICY_MAX)) ||
		(err = kr_read_copy(r, p->community, sizeof(p->community))) ||
		(err = kr_read_copy(r, p->chain_head, sizeof(p->chain_head))) ||
		(err = kr_read_u64(r, &p->number)) || (err = kr_read_vec(r, &p->name)) ||
		(err = kr_line_check(p->name, KR_NAME_MAX)) ||
		(err = kr_read_u32(r, &p->slow_mode_s)) ||
		(err = kr_read_copy(r, p->rules, sizeof(p->rules))) ||
		(err = read_list(r, &p->administrators, KR_POLICY_KEY_LEN,
			 KR_POLICY_ADMINS_MAX)) ||
		(err = read_list(
			 r, &p->issuers, KR_POLICY_KEY_LEN, KR_POLICY_ISSUERS_MAX)) ||
		(err = read_list(
			 r, &p->revoked, KR_POLICY_SERIAL_LEN, KR_POLICY_REVOKED_MAX)) ||
		(err = read_inboxes(p, r)) || (err = kr_read_end(r))) {
		return err;
	}
	/* A group that nobody may change or be a member of is no group. */
	return p->administrators.len == 0 || p->issuers.len == 0 ? KR_ERR_ENCODING
								 : KR_OK;
}

enum kr_err kr_policy_read(struct kr_policy *out, struct kr_view data)
{
	struct kr_policy policy = {0};
	enum kr_err err = read_policy(&policy, data);

	*out = err == KR_OK ? policy : (struct kr_policy){0};
	return err;
}

/* ---- Asking --------------------------------------------------------------------- */

bool kr_policy_list_has(struct kr_view list, const uint8_t *item, size_t item_len)
{
	for (size_t at = 0; at + item_len <= list.len; at += item_len) {
		if (memcmp(list.data + at, item, item_len) == 0) {
			return true;
		}
	}
	return false;
}

bool kr_policy_has_administrator(
	const struct kr_policy *policy, const uint8_t account[KR_ID_BYTES])
{
	return kr_policy_list_has(policy->administrators, account, KR_POLICY_KEY_LEN);
}

bool kr_policy_has_issuer(
	const struct kr_policy *policy, const uint8_t key[KR_ED25519_PUBLIC_BYTES])
{
	return kr_policy_list_has(policy->issuers, key, KR_POLICY_KEY_LEN);
}

bool kr_policy_has_revoked(const struct kr_policy *policy, uint64_t serial)
{
	uint8_t item[KR_POLICY_SERIAL_LEN];
	struct kr_writer w;

	kr_writer_init_fixed(&w, item, sizeof(item));
	kr_write_u64(&w, serial);
	return kr_policy_list_has(policy->revoked, item, sizeof(item));
}

enum kr_err kr_policy_inbox_at(
	const struct kr_policy *policy, size_t i, struct kr_policy_inbox *out)
{
	struct kr_reader r = kr_reader(policy->inboxes);
	enum kr_err err = KR_ERR_NOT_FOUND;

	for (size_t k = 0; k <= i && i < policy->num_inboxes; k++) {
		err = kr_policy_inbox_next(&r, out);
	}
	if (err != KR_OK) {
		*out = (struct kr_policy_inbox){0};
	}
	return err;
}

unsigned kr_policy_compare(const struct kr_policy *before, const struct kr_policy *after)
{
	const struct {
		bool differs;
		enum kr_policy_part part;
	} parts[] = {
		{!kr_id_equal(before->community, after->community), KR_POLICY_COMMUNITY},
		{!kr_id_equal(before->chain_head, after->chain_head), KR_POLICY_CHAIN},
		{!kr_view_equal(before->name, after->name), KR_POLICY_NAME},
		{before->slow_mode_s != after->slow_mode_s, KR_POLICY_SLOW_MODE},
		{!kr_id_equal(before->rules, after->rules), KR_POLICY_RULES},
		{!kr_view_equal(before->administrators, after->administrators),
			KR_POLICY_ADMINISTRATORS},
		{!kr_view_equal(before->issuers, after->issuers), KR_POLICY_ISSUERS},
		{!kr_view_equal(before->revoked, after->revoked), KR_POLICY_REVOKED},
		{!kr_view_equal(before->inboxes, after->inboxes), KR_POLICY_INBOXES},
		{before->number != after->number, KR_POLICY_NUMBER},
	};
	unsigned changed = 0;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		changed |= parts[i].differs ? (unsigned)parts[i].part : 0;
	}
	return changed;
}

struct kr_view kr_policy_only_in(
	struct kr_view list, struct kr_view other, size_t item_len, size_t *at)
{
	while (*at + item_len <= list.len) {
		const uint8_t *item = list.data + *at;

		*at += item_len;
		if (!kr_policy_list_has(other, item, item_len)) {
			return kr_view(item, item_len);
		}
	}
	return kr_view(NULL, 0);
}

/* ---- Against the chain ---------------------------------------------------------- */

static bool administrators_are_coordinators(
	const struct kr_policy *policy, const struct kr_chain *chain, uint32_t position)
{
	for (size_t at = 0; at < policy->administrators.len; at += KR_ID_BYTES) {
		if (!kr_chain_had_account(
			    chain, position, policy->administrators.data + at)) {
			return false;
		}
	}
	for (size_t i = 0; i < chain->num_entries; i++) {
		const uint8_t *account = chain->entries[i].who.account;

		if (kr_chain_had_account(chain, position, account) &&
			!kr_policy_has_administrator(policy, account)) {
			return false;
		}
	}
	return true;
}

enum kr_err kr_policy_check(
	const struct kr_policy *policy, const struct kr_chain *chain, bool is_main)
{
	uint32_t position;

	if (!kr_id_equal(policy->community, chain->community)) {
		return KR_ERR_COMMUNITY;
	}
	if (kr_chain_find(chain, &position, policy->chain_head) != KR_OK) {
		return KR_ERR_POLICY_CHAIN;
	}
	for (size_t at = 0; at < policy->issuers.len; at += KR_POLICY_KEY_LEN) {
		if (!kr_chain_knows(chain, policy->issuers.data + at)) {
			return KR_ERR_POLICY_CHAIN;
		}
	}
	return is_main && !administrators_are_coordinators(policy, chain, position)
		? KR_ERR_POLICY_CHAIN
		: KR_OK;
}
