/* Founding a community, alone with a printed recovery key or with others, and what that
 * key is good for later. */
#include <stdlib.h>
#include <string.h>

#include "clients/core/community/parts.h"

#define TEXT_VERSION 1

/* ---- Cards ------------------------------------------------------------------------ */

enum kr_err command_founder_card(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {NULL};
	uint8_t space[256];
	struct kr_writer w;
	cJSON *answer;
	enum kr_err err = json_only(command->args, names);

	if (err != KR_OK) {
		return err;
	}
	if (!core->identity.is_linked) {
		return KR_ERR_STATE;
	}
	kr_writer_init_fixed(&w, space, sizeof(space));
	card_write(&w, &core->identity);
	answer = answer_of("card", &w);
	return answer == NULL ? KR_ERR_MEMORY : command_done(core, command->id, answer);
}

/* ---- The content that all founders sign ------------------------------------------- */

/* The text:
 *	struct { uint8 version = 1; opaque name<V>; opaque genesis_content<V>;
 *	         opaque recovery_signature<V>; } */
struct founding {
	struct kr_view name; /* of the community */
	struct kr_view content;
	struct kr_view recovery_sig; /* 64 bytes, or empty */
};

static void founding_write(struct kr_writer *w, const struct founding *founding)
{
	kr_write_u8(w, TEXT_VERSION);
	kr_write_vec(w, founding->name);
	kr_write_vec(w, founding->content);
	kr_write_vec(w, founding->recovery_sig);
}

/* The bytes that views point into are the caller's. */
static enum kr_err founding_of(
	const cJSON *args, struct kr_bytes *bytes, struct founding *out)
{
	struct kr_reader r;
	uint8_t version;
	enum kr_err err = json_blob(args, "content", bytes);

	if (err != KR_OK) {
		return err;
	}
	r = kr_reader(kr_view_bytes(bytes));
	if (kr_read_u8(&r, &version) != KR_OK || version != TEXT_VERSION ||
		kr_read_vec(&r, &out->name) != KR_OK ||
		kr_read_vec(&r, &out->content) != KR_OK ||
		kr_read_vec(&r, &out->recovery_sig) != KR_OK ||
		kr_read_end(&r) != KR_OK ||
		kr_line_check(out->name, KR_NAME_MAX) != KR_OK) {
		return KR_ERR_FIELD;
	}
	return KR_OK;
}

static void add_self(struct kr_genesis *genesis, const struct identity *identity)
{
	struct kr_coordinator *self = &genesis->founders[genesis->num_founders++];

	memcpy(self->account, identity->account, sizeof(self->account));
	memcpy(self->device_key, identity->device.public_key, sizeof(self->device_key));
	memcpy(self->sealing_key, identity->sealing.public_key,
		sizeof(self->sealing_key));
}

static enum kr_err add_cards(struct kr_genesis *genesis, const cJSON *args)
{
	const cJSON *cards = cJSON_GetObjectItemCaseSensitive(args, "cards");
	const cJSON *card;

	if (cards == NULL) {
		return KR_OK;
	}
	if (!cJSON_IsArray(cards)) {
		return KR_ERR_FIELD;
	}
	cJSON_ArrayForEach(card, cards)
	{
		KR_AUTO_FREE struct kr_bytes bytes = {0};
		enum kr_err err;

		if (genesis->num_founders == KR_FOUNDERS_MAX) {
			return KR_ERR_LIMIT;
		}
		if ((err = json_decode(card, &bytes)) ||
			(err = card_read(&genesis->founders[genesis->num_founders++],
				 kr_view_bytes(&bytes)))) {
			return err;
		}
	}
	return KR_OK;
}

/* The recovery key signs at once, and is shown once. */
static enum kr_err answer_prepared(struct kr_core *core, const struct command *command,
	struct founding *founding, const struct kr_recovery *recovery,
	const struct kr_ed25519_keypair *recovery_key)
{
	char digits[KR_RECOVERY_TEXT_BYTES] = "";
	uint8_t sig[KR_ED25519_SIG_BYTES];
	KR_AUTO_WRITER struct kr_writer w = {0};
	cJSON *answer;

	if (recovery_key != NULL) {
		kr_genesis_sign(sig, founding->content, recovery_key);
		founding->recovery_sig = kr_view(sig, sizeof(sig));
		kr_recovery_print(digits, recovery);
	}
	kr_writer_init(&w);
	founding_write(&w, founding);
	answer = answer_of("content", &w);
	if (recovery_key != NULL && !json_add_str(answer, "recovery", digits)) {
		cJSON_Delete(answer);
		answer = NULL;
	}
	kr_wipe(digits, sizeof(digits));
	return answer == NULL ? KR_ERR_MEMORY : command_done(core, command->id, answer);
}

static enum kr_err prepare(struct kr_core *core, const struct command *command,
	struct kr_view name, bool has_recovery)
{
	struct kr_genesis genesis = {.has_recovery = has_recovery};
	struct founding founding = {.name = name};
	struct kr_recovery recovery = {0};
	struct kr_ed25519_keypair key = {0};
	KR_AUTO_WRITER struct kr_writer w = {0};
	enum kr_err err;

	kr_writer_init(&w);
	add_self(&genesis, &core->identity);
	if ((err = add_cards(&genesis, command->args)) ||
		(err = kr_random_fill(core->rng, genesis.nonce, sizeof(genesis.nonce))) ||
		(err = kr_recovery_generate(&recovery, core->rng))) {
		return err;
	}
	if (has_recovery) {
		kr_recovery_keypair(&key, &recovery);
		memcpy(genesis.recovery_key, key.public_key,
			sizeof(genesis.recovery_key));
	}
	kr_genesis_content(&w, &genesis);
	err = w.err;
	if (err == KR_OK) {
		founding.content = kr_writer_view(&w);
		err = answer_prepared(
			core, command, &founding, &recovery, has_recovery ? &key : NULL);
	}
	kr_ed25519_keypair_wipe(&key);
	kr_wipe(&recovery, sizeof(recovery));
	return err;
}

enum kr_err command_found_prepare(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {"name", "cards", "recovery", NULL};
	struct kr_view name;
	bool has_recovery;
	enum kr_err err = json_only(command->args, names);

	if (err != KR_OK || (err = json_text(command->args, "name", &name)) ||
		(err = json_flag(command->args, "recovery", &has_recovery)) ||
		(err = kr_line_check(name, KR_NAME_MAX))) {
		return err;
	}
	if (!core->identity.is_linked || !identity_is_first_device(&core->identity)) {
		return KR_ERR_STATE;
	}
	return prepare(core, command, name, has_recovery);
}

/* ---- Signatures ------------------------------------------------------------------- */

/* The text: struct { uint8 version = 1; opaque device_key[32]; opaque signature[64]; } */
#define SIGNATURE_BYTES (1 + KR_ED25519_PUBLIC_BYTES + KR_ED25519_SIG_BYTES)

enum kr_err command_found_sign(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {"content", NULL};
	KR_AUTO_FREE struct kr_bytes bytes = {0};
	struct founding founding;
	uint8_t sig[KR_ED25519_SIG_BYTES];
	uint8_t space[SIGNATURE_BYTES];
	struct kr_writer w;
	cJSON *answer;
	enum kr_err err = json_only(command->args, names);

	if (err != KR_OK || (err = founding_of(command->args, &bytes, &founding))) {
		return err;
	}
	if (!core->identity.is_linked) {
		return KR_ERR_STATE;
	}
	kr_genesis_sign(sig, founding.content, &core->identity.device);
	kr_writer_init_fixed(&w, space, sizeof(space));
	kr_write_u8(&w, TEXT_VERSION);
	kr_write_fixed(
		&w, kr_view(core->identity.device.public_key, KR_ED25519_PUBLIC_BYTES));
	kr_write_fixed(&w, kr_view(sig, sizeof(sig)));
	answer = answer_of("signature", &w);
	return answer == NULL ? KR_ERR_MEMORY : command_done(core, command->id, answer);
}

/* The device keys of the founders, in order. A content that nobody has signed yet is no
 * record, so they are found by their place: TRUST.md §2. */
static enum kr_err founders_of(struct kr_view content, uint8_t keys[KR_FOUNDERS_MAX][32],
	size_t *num, uint8_t accounts[KR_FOUNDERS_MAX][32])
{
	struct kr_reader r = kr_reader(content);
	struct kr_reader list;
	struct kr_view skipped;
	struct kr_view founders;

	*num = 0;
	if (kr_read_fixed(&r, 1 + KR_NONCE_BYTES, &skipped) != KR_OK ||
		kr_read_vec(&r, &founders) != KR_OK) {
		return KR_ERR_FIELD;
	}
	list = kr_reader(founders);
	while (list.rest.len > 0) {
		if (*num == KR_FOUNDERS_MAX ||
			kr_read_copy(&list, accounts[*num], 32) != KR_OK ||
			kr_read_copy(&list, keys[*num], 32) != KR_OK ||
			kr_read_fixed(&list, 32, &skipped) != KR_OK) {
			return KR_ERR_FIELD;
		}
		++*num;
	}
	return KR_OK;
}

/* The signature of this founder among those that were brought; zeroes if there is none,
 * which does not hold. */
static enum kr_err find_signature(
	const cJSON *args, const uint8_t key[32], uint8_t sig[KR_ED25519_SIG_BYTES])
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(args, "signatures");
	const cJSON *item;

	memset(sig, 0, KR_ED25519_SIG_BYTES);
	cJSON_ArrayForEach(item, list)
	{
		KR_AUTO_FREE struct kr_bytes bytes = {0};
		enum kr_err err = json_decode(item, &bytes);

		if (err != KR_OK) {
			return err;
		}
		if (bytes.len != SIGNATURE_BYTES || bytes.data[0] != TEXT_VERSION) {
			return KR_ERR_FIELD;
		}
		if (memcmp(bytes.data + 1, key, KR_ED25519_PUBLIC_BYTES) == 0) {
			memcpy(sig, bytes.data + 1 + KR_ED25519_PUBLIC_BYTES,
				KR_ED25519_SIG_BYTES);
		}
	}
	return KR_OK;
}

static enum kr_err write_genesis(struct kr_core *core, const cJSON *args,
	const struct founding *founding, struct kr_request *request, struct kr_writer *w)
{
	uint8_t keys[KR_FOUNDERS_MAX][32];
	uint8_t sig[KR_ED25519_SIG_BYTES];
	const uint8_t *own = core->identity.device.public_key;
	KR_AUTO_WRITER struct kr_writer sigs = {0};
	struct kr_genesis genesis;
	enum kr_err err = founders_of(founding->content, keys, &request->num_coordinators,
		request->coordinators);

	kr_writer_init(&sigs);
	for (size_t i = 0; err == KR_OK && i < request->num_coordinators; i++) {
		if (memcmp(keys[i], own, sizeof(keys[i])) == 0) {
			kr_genesis_sign(sig, founding->content, &core->identity.device);
		} else {
			err = find_signature(args, keys[i], sig);
		}
		kr_write_fixed(&sigs, kr_view(sig, sizeof(sig)));
	}
	kr_write_fixed(&sigs, founding->recovery_sig);
	if (err == KR_OK) {
		kr_genesis_write(w, founding->content, kr_writer_view(&sigs));
	}
	if (err != KR_OK || w->err != KR_OK ||
		(err = kr_genesis_read(&genesis, kr_writer_view(w)))) {
		return err != KR_OK ? err : w->err;
	}
	if (genesis.has_recovery) { /* the relay takes a role from it: PROTOCOL.md §6 */
		memcpy(request->key, genesis.recovery_key, sizeof(request->key));
		request->fields |= KR_R(KEY);
	}
	return KR_OK;
}

/* ---- Founding --------------------------------------------------------------------- */

static enum kr_err grant_of(const cJSON *args, struct kr_request *request)
{
	return json_bytes(args, "grant", request->grant, sizeof(request->grant));
}

static enum kr_err found(struct kr_core *core, const struct command *command,
	struct kr_request *request, const struct founding *founding)
{
	struct community *community;
	uint8_t id[KR_ID_BYTES];
	cJSON *answer;
	enum kr_err err;

	kr_sha256(id, request->body);
	request->topic = kr_topic(KR_TOPIC_COMMUNITY, id);
	if (community_find(core, id) != NULL) {
		return KR_ERR_EXISTS;
	}
	if ((err = community_add(core, id, COMMUNITY_FOUNDING, &community)) ||
		(err = kr_bytes_copy(&community->group_name, founding->name)) ||
		(err = community_store(core, community))) {
		return err;
	}
	link_want(core, true);
	answer = cJSON_CreateObject();
	if (!json_add_id(answer, "community", id)) {
		cJSON_Delete(answer);
		return KR_ERR_MEMORY;
	}
	return outbox_add_unseen(core, request, "found", command->id, answer);
}

enum kr_err command_found(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {"grant", "content", "signatures", NULL};
	struct kr_request request = {
		.verb = KR_VERB_COMMUNITY_FOUND,
		.fields = kr_verb_info(KR_VERB_COMMUNITY_FOUND)->required,
	};
	KR_AUTO_FREE struct kr_bytes bytes = {0};
	KR_AUTO_WRITER struct kr_writer w = {0};
	struct founding founding;
	bool is_founder = false;
	enum kr_err err;

	kr_writer_init(&w);
	if ((err = json_only(command->args, names)) ||
		(err = grant_of(command->args, &request)) ||
		(err = founding_of(command->args, &bytes, &founding))) {
		return err;
	}
	if (!core->identity.is_linked || core->identity.is_ending) {
		return KR_ERR_STATE;
	}
	if ((err = write_genesis(core, command->args, &founding, &request, &w))) {
		return err;
	}
	for (size_t i = 0; i < request.num_coordinators; i++) {
		is_founder |= is_own_account(
			core, kr_view(request.coordinators[i], KR_ID_BYTES));
	}
	if (!is_founder) {
		return KR_ERR_FORBIDDEN;
	}
	request.body = kr_writer_view(&w);
	return found(core, command, &request, &founding);
}

/* ---- Recovery --------------------------------------------------------------------- */

static enum kr_err recover(struct kr_core *core, const struct community *community,
	const struct kr_coordinator *who, const struct kr_ed25519_keypair *key,
	uint64_t command)
{
	struct kr_role role = {.kind = KR_ROLE_GRANT, .who = *who};

	if (!community->chain.has_recovery ||
		memcmp(community->chain.recovery_key, key->public_key,
			sizeof(key->public_key)) != 0) {
		return KR_ERR_CHAIN_SIGNER;
	}
	return community_role_by(core, community, &role, key, "recover_grant", command);
}

enum kr_err command_recover_grant(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {"community", "recovery", "card", NULL};
	struct kr_recovery recovery = {0};
	struct kr_ed25519_keypair key = {0};
	struct community *community;
	struct kr_coordinator who;
	struct kr_view digits;
	enum kr_err err = json_only(command->args, names);

	if (err != KR_OK ||
		(err = community_for_member(core, command->args, &community)) ||
		(err = card_of(command->args, "card", &who)) ||
		(err = json_text(command->args, "recovery", &digits)) ||
		(err = kr_recovery_parse(&recovery, NULL, digits))) {
		return err;
	}
	if (!community_has_member(community, who.account)) {
		return KR_ERR_NOT_FOUND;
	}
	kr_recovery_keypair(&key, &recovery);
	err = recover(core, community, &who, &key, command->id);
	kr_ed25519_keypair_wipe(&key);
	kr_wipe(&recovery, sizeof(recovery));
	return err;
}
