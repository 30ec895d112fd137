/* What the records of a community add up to: who its coordinators are and were. */
#include "proto/trust/record.h"

#include <string.h>

/* ---- Asking --------------------------------------------------------------------- */

static bool is_valid_at(const struct kr_chain_entry *entry, uint32_t position)
{
	return entry->from <= position && position < entry->until;
}

const uint8_t *kr_chain_head(const struct kr_chain *chain)
{
	return chain->hashes[chain->position];
}

enum kr_err kr_chain_find(const struct kr_chain *chain, uint32_t *position,
	const uint8_t hash[KR_SHA256_BYTES])
{
	*position = 0;
	for (uint32_t i = 0; chain->num_entries > 0 && i <= chain->position; i++) {
		if (kr_id_equal(chain->hashes[i], hash)) {
			*position = i;
			return KR_OK;
		}
	}
	return KR_ERR_NOT_FOUND;
}

bool kr_chain_had(const struct kr_chain *chain, uint32_t position,
	const uint8_t key[KR_ED25519_PUBLIC_BYTES])
{
	for (size_t i = 0; i < chain->num_entries; i++) {
		if (kr_id_equal(chain->entries[i].who.device_key, key)) {
			return is_valid_at(&chain->entries[i], position);
		}
	}
	return false;
}

bool kr_chain_has(
	const struct kr_chain *chain, const uint8_t key[KR_ED25519_PUBLIC_BYTES])
{
	return kr_chain_had(chain, chain->position, key);
}

bool kr_chain_knows(
	const struct kr_chain *chain, const uint8_t key[KR_ED25519_PUBLIC_BYTES])
{
	for (size_t i = 0; i < chain->num_entries; i++) {
		if (kr_id_equal(chain->entries[i].who.device_key, key)) {
			return true;
		}
	}
	return false;
}

bool kr_chain_had_account(const struct kr_chain *chain, uint32_t position,
	const uint8_t account[KR_ID_BYTES])
{
	for (size_t i = 0; i < chain->num_entries; i++) {
		if (kr_id_equal(chain->entries[i].who.account, account) &&
			is_valid_at(&chain->entries[i], position)) {
			return true;
		}
	}
	return false;
}

const struct kr_coordinator *kr_chain_next(const struct kr_chain *chain, size_t *at)
{
	while (*at < chain->num_entries) {
		const struct kr_chain_entry *entry = &chain->entries[(*at)++];

		if (is_valid_at(entry, chain->position)) {
			return &entry->who;
		}
	}
	return NULL;
}

/* ---- Growing -------------------------------------------------------------------- */

enum kr_err kr_chain_begin(struct kr_chain *chain, const uint8_t community[KR_ID_BYTES],
	struct kr_view genesis)
{
	struct kr_genesis g;
	uint8_t id[KR_SHA256_BYTES];
	enum kr_err err;

	memset(chain, 0, sizeof(*chain));
	kr_sha256(id, genesis);
	if (!kr_id_equal(id, community)) {
		return KR_ERR_HASH;
	}
	if ((err = kr_genesis_read(&g, genesis))) {
		return err;
	}
	memcpy(chain->community, id, sizeof(id));
	memcpy(chain->hashes[0], id, sizeof(id));
	for (size_t i = 0; i < g.num_founders; i++) {
		chain->entries[i] = (struct kr_chain_entry){
			.who = g.founders[i], .from = 0, .until = KR_CHAIN_NEVER};
	}
	chain->num_entries = g.num_founders;
	chain->has_recovery = g.has_recovery;
	memcpy(chain->recovery_key, g.recovery_key, sizeof(chain->recovery_key));
	return KR_OK;
}

/* A key has one place in the chain, once: one that was withdrawn may be in other
 * hands. */
static enum kr_err check_grant(const struct kr_chain *chain, const struct kr_role *role)
{
	const struct kr_coordinator *who = &role->who;

	for (size_t i = 0; i < chain->num_entries; i++) {
		const struct kr_coordinator *known = &chain->entries[i].who;

		if (kr_id_equal(known->device_key, who->device_key) ||
			kr_id_equal(known->sealing_key, who->sealing_key)) {
			return KR_ERR_CHAIN_KEY_REUSED;
		}
	}
	if (chain->has_recovery && kr_id_equal(chain->recovery_key, who->device_key)) {
		return KR_ERR_CHAIN_KEY_REUSED;
	}
	return KR_OK;
}

static bool is_withdrawn(const struct kr_role *role, const struct kr_coordinator *who)
{
	return kr_id_equal(who->account, role->who.account) &&
		(!role->one_device || kr_id_equal(who->device_key, role->who.device_key));
}

static enum kr_err check_withdrawal(
	const struct kr_chain *chain, const struct kr_role *role)
{
	const struct kr_coordinator *who;
	size_t num_withdrawn = 0;
	size_t num_left = 0;
	size_t at = 0;

	while ((who = kr_chain_next(chain, &at)) != NULL) {
		if (is_withdrawn(role, who)) {
			num_withdrawn++;
		} else {
			num_left++;
		}
	}
	return num_withdrawn == 0 ? KR_ERR_CHAIN_SUBJECT
		: num_left == 0   ? KR_ERR_LAST_COORDINATOR
				  : KR_OK;
}

static enum kr_err check_role(const struct kr_chain *chain, const struct kr_role *role)
{
	if (!kr_id_equal(role->community, chain->community)) {
		return KR_ERR_COMMUNITY;
	}
	if (!kr_id_equal(role->previous, kr_chain_head(chain))) {
		return KR_ERR_CHAIN_PREVIOUS;
	}
	if (!kr_chain_has(chain, role->signer) &&
		!(chain->has_recovery &&
			kr_id_equal(chain->recovery_key, role->signer))) {
		return KR_ERR_CHAIN_SIGNER;
	}
	if (chain->position == KR_CHAIN_RECORDS_MAX) {
		return KR_ERR_LIMIT;
	}
	return role->kind == KR_ROLE_GRANT ? check_grant(chain, role)
					   : check_withdrawal(chain, role);
}

enum kr_err kr_chain_append(struct kr_chain *chain, struct kr_view record)
{
	struct kr_role role;
	uint32_t next = chain->position + 1;
	enum kr_err err;

	if (chain->num_entries == 0) {
		return KR_ERR_STATE;
	}
	if ((err = kr_role_read(&role, record)) || (err = check_role(chain, &role))) {
		return err;
	}
	if (role.kind == KR_ROLE_GRANT) {
		chain->entries[chain->num_entries++] = (struct kr_chain_entry){
			.who = role.who, .from = next, .until = KR_CHAIN_NEVER};
	}
	for (size_t i = 0; role.kind == KR_ROLE_WITHDRAW && i < chain->num_entries; i++) {
		struct kr_chain_entry *entry = &chain->entries[i];

		if (is_withdrawn(&role, &entry->who) && entry->until == KR_CHAIN_NEVER) {
			entry->until = next;
		}
	}
	kr_sha256(chain->hashes[next], record);
	chain->position = next;
	return KR_OK;
}
