/* What an administrator does with an inbox: every change is a new record, whole and
 * signed by the identity. CASES.md §2. */
#include "clients/core/inboxes.h"

#include <stdlib.h>
#include <string.h>

#include "clients/core/inbox_settings.h"
#include "clients/core/state.h"

/* A record is valid for so long; clients make the next one before. */
#define VALID_MS (UINT64_C(365) * 24 * 3600 * 1000)

/* ---- Cards of professionals ----------------------------------------------------- */

/*	struct { uint8 version = 1; opaque account[32]; opaque device_key[32];
 *	         opaque sealing_key[32]; opaque name<V>; }
 * carried by hand, so that the administrator knows whose it is. */
struct card {
	struct kr_inbox_member member;
	struct kr_view name;
};

static enum kr_err card_read(struct card *card, struct kr_view bytes)
{
	struct kr_reader r = kr_reader(bytes);
	uint8_t version;
	enum kr_err err;

	*card = (struct card){0};
	if ((err = kr_read_u8(&r, &version)) ||
		(err = kr_read_copy(
			 &r, card->member.account, sizeof(card->member.account))) ||
		(err = kr_read_copy(
			 &r, card->member.device_key, sizeof(card->member.device_key))) ||
		(err = kr_read_copy(&r, card->member.sealing_key,
			 sizeof(card->member.sealing_key))) ||
		(err = kr_read_vec(&r, &card->name)) || (err = kr_read_end(&r)) ||
		(err = kr_line_check(card->name, KR_NAME_MAX))) {
		return err;
	}
	return version == 1 ? KR_OK : KR_ERR_RECORD_VERSION;
}

enum kr_err command_professional_card(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {NULL};
	const struct identity *identity = &core->identity;
	cJSON *answer;
	struct kr_writer w;
	enum kr_err err = json_only(command->args, names);

	if (err != KR_OK || !identity->is_linked) {
		return err != KR_OK ? err : KR_ERR_STATE;
	}
	kr_writer_init(&w);
	kr_write_u8(&w, 1);
	kr_write_fixed(&w, kr_view(identity->account, sizeof(identity->account)));
	kr_write_fixed(&w, kr_view(identity->device.public_key, KR_ED25519_PUBLIC_BYTES));
	kr_write_fixed(&w, kr_view(identity->sealing.public_key, KR_X25519_BYTES));
	kr_write_vec(&w, kr_view_str(identity->name));
	answer = cJSON_CreateObject();
	if (w.err != KR_OK || !json_add_bytes(answer, "card", kr_writer_view(&w))) {
		kr_writer_free(&w);
		cJSON_Delete(answer);
		return KR_ERR_MEMORY;
	}
	kr_writer_free(&w);
	return command_done(core, command->id, answer);
}

/* ---- A record in the making ----------------------------------------------------- */

struct change {
	struct kr_inbox_record record;
	struct inbox_settings settings;
	struct kr_inbox_secrets secrets;
	struct kr_view names[KR_INBOX_TEAM_MAX];
	uint8_t *card_storage;
	uint8_t *name_storage; /* KR_SEALED_STORAGE for all: the roster is one text */
	bool rotate;
};

static void change_free(struct change *change)
{
	if (change != NULL) {
		free(change->card_storage);
		free(change->name_storage);
		kr_inbox_secrets_wipe(&change->secrets);
		free(change);
	}
}

static struct change *change_new(void)
{
	struct change *change = calloc(1, sizeof(*change));

	if (change != NULL) {
		change->settings.record = &change->record;
		change->card_storage = malloc(KR_INBOX_CARD_MAX);
		change->name_storage =
			malloc((size_t)KR_SEALED_STORAGE * KR_INBOX_TEAM_MAX);
		if (change->card_storage == NULL || change->name_storage == NULL) {
			change_free(change);
			return NULL;
		}
	}
	return change;
}

/* The one before it, with the next number. KR_ERR_FORBIDDEN: not an administrator. */
static enum kr_err begin_change(
	struct kr_core *core, const struct inbox *inbox, struct change *change)
{
	const struct inbox_record *before = inbox->records;
	enum kr_err err = KR_OK;

	if (before == NULL || !inbox->is_open || !inbox->secrets.has_identity) {
		return KR_ERR_FORBIDDEN;
	}
	change->record = before->read;
	change->secrets = inbox->secrets;
	change->record.number++;
	kr_sha256(change->record.previous, kr_view_bytes(&before->bytes));
	change->record.made_ms = core->now_ms;
	change->record.expires_ms = core->now_ms + VALID_MS;
	err = kr_inbox_card_open(&change->settings.card, change->card_storage,
		&before->read, inbox->reading_key);
	for (size_t i = 0; err == KR_OK && i < before->read.num_team; i++) {
		err = kr_inbox_open_name(&change->names[i],
			change->name_storage + i * KR_SEALED_STORAGE, &before->read, i,
			&core->identity.sealing);
	}
	return err;
}

static enum kr_err add_to_team(
	struct change *change, const struct kr_inbox_member *member, struct kr_view name)
{
	struct kr_inbox_record *record = &change->record;

	if (record->num_team == KR_INBOX_TEAM_MAX) {
		return KR_ERR_LIMIT;
	}
	change->names[record->num_team] = name;
	record->team[record->num_team++] = *member;
	return KR_OK;
}

static enum kr_err set_fallback(
	struct kr_core *core, struct change *change, struct kr_view text)
{
	struct kr_inbox_link link;
	struct inbox *inbox;
	uint8_t id[KR_ID_BYTES];
	enum kr_err err;

	if (text.data == NULL) {
		return KR_OK;
	}
	if (text.len == 0) {
		change->record.has_fallback = false;
		return KR_OK;
	}
	if ((err = kr_inbox_link_read(&link, text))) {
		return err;
	}
	change->record.has_fallback = true;
	memcpy(change->record.fallback, link.identity_key,
		sizeof(change->record.fallback));
	kr_inbox_id(id, link.identity_key);
	err = inbox_know(core, id, &inbox);
	return err != KR_OK ? err
			    : inbox_learn_reading_key(core, inbox, link.reading_key);
}

static enum kr_err send_update(struct kr_core *core, const struct inbox *inbox,
	struct change *change, const char *what, uint64_t command)
{
	struct kr_request request = {
		.verb = KR_VERB_INBOX_UPDATE,
		.fields = KR_R(EVENT) | KR_R(TOPIC),
		.topic = kr_topic(KR_TOPIC_INBOX, inbox->id),
	};
	struct kr_writer w;
	enum kr_err err;

	kr_writer_init(&w);
	kr_inbox_seal(&w, &change->record, &change->secrets, &change->settings.card,
		change->names, change->rotate, core->rng);
	request.body = kr_writer_view(&w);
	err = w.err != KR_OK ? w.err
			     : outbox_add_request(core, &request, what, command, NULL);
	kr_writer_free(&w);
	return err;
}

/* ---- Creating ------------------------------------------------------------------- */

/* The recovery key's X25519 pair is that of the printed bits. */
static enum kr_err set_recovery(
	struct kr_core *core, struct kr_inbox_record *record, cJSON *answer)
{
	char text[KR_RECOVERY_TEXT_BYTES];
	struct kr_x25519_keypair pair;
	struct kr_recovery recovery;
	enum kr_err err = kr_recovery_generate(&recovery, core->rng);

	if (err == KR_OK) {
		kr_recovery_sealing_keypair(&pair, &recovery);
		memcpy(record->recovery_key, pair.public_key,
			sizeof(record->recovery_key));
		record->has_recovery = true;
		kr_recovery_print(text, &recovery);
		err = json_add_str(answer, "recovery", text) ? KR_OK : KR_ERR_MEMORY;
		kr_x25519_keypair_wipe(&pair);
		kr_wipe(text, sizeof(text));
	}
	kr_wipe(&recovery, sizeof(recovery));
	return err;
}

static bool is_online(const struct kr_core *core)
{
	return core->link.state == LINK_ONLINE;
}

static enum kr_err fill_first(
	struct kr_core *core, struct change *change, const cJSON *args, cJSON *answer)
{
	struct kr_inbox_record *record = &change->record;
	struct kr_inbox_member self = {.administrator = true};
	struct kr_view fallback = {0};
	enum kr_err err;

	record->number = 1;
	record->made_ms = core->now_ms;
	record->expires_ms = core->now_ms + VALID_MS;
	memcpy(record->relay_key, core->link.relay_key, sizeof(record->relay_key));
	memcpy(self.account, core->identity.account, sizeof(self.account));
	memcpy(self.device_key, core->identity.device.public_key,
		sizeof(self.device_key));
	memcpy(self.sealing_key, core->identity.sealing.public_key,
		sizeof(self.sealing_key));
	change->rotate = true;
	inbox_settings_default(record);
	if ((err = kr_inbox_secrets_generate(&change->secrets, core->rng)) ||
		(err = inbox_settings_read(&change->settings,
			 cJSON_GetObjectItemCaseSensitive(args, "settings"),
			 &fallback)) ||
		(err = set_fallback(core, change, fallback)) ||
		(err = add_to_team(change, &self, kr_view_str(core->identity.name))) ||
		(err = set_recovery(core, record, answer))) {
		return err;
	}
	return kr_line_check(change->settings.card.name, KR_NAME_MAX);
}

static enum kr_err send_create(struct kr_core *core, struct change *change,
	const uint8_t grant[KR_GRANT_BYTES], uint64_t command, cJSON *answer)
{
	struct kr_request request = {
		.verb = KR_VERB_INBOX_CREATE,
		.fields = KR_R(EVENT) | KR_R(GRANT),
	};
	char fingerprint[KR_FINGERPRINT_TEXT_BYTES];
	struct kr_ed25519_keypair identity;
	uint8_t id[KR_ID_BYTES];
	struct kr_writer w;
	enum kr_err err;

	memcpy(request.grant, grant, sizeof(request.grant));
	kr_writer_init(&w);
	kr_inbox_seal(&w, &change->record, &change->secrets, &change->settings.card,
		change->names, true, core->rng);
	kr_ed25519_from_seed(&identity, &change->secrets.identity_seed);
	kr_inbox_id(id, identity.public_key);
	kr_fingerprint(fingerprint, identity.public_key);
	kr_ed25519_keypair_wipe(&identity);
	request.topic = kr_topic(KR_TOPIC_INBOX, id);
	request.body = kr_writer_view(&w);
	err = w.err;
	if (err == KR_OK &&
		(!json_add_id(answer, "inbox", id) ||
			!json_add_str(answer, "fingerprint", fingerprint))) {
		err = KR_ERR_MEMORY;
	}
	if (err == KR_OK) {
		/* The topic opens with the answer: outbox.c follows it then. */
		err = outbox_add_request_at_answer(
			core, &request, "inbox_create", command, answer);
	} else {
		cJSON_Delete(answer);
	}
	kr_writer_free(&w);
	return err;
}

enum kr_err command_inbox_create(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {"grant", "settings", NULL};
	uint8_t grant[KR_GRANT_BYTES];
	struct change *change;
	cJSON *answer;
	enum kr_err err;

	if ((err = json_only(command->args, names)) ||
		(err = json_bytes(command->args, "grant", grant, sizeof(grant)))) {
		return err;
	}
	if (!is_online(core)) { /* the record pins the relay's key, as hello gives it */
		command->waits = command->may_wait;
		return command->waits ? KR_OK : KR_ERR_STATE;
	}
	change = change_new();
	answer = cJSON_CreateObject();
	err = change == NULL || answer == NULL
		? KR_ERR_MEMORY
		: fill_first(core, change, command->args, answer);
	if (err == KR_OK) {
		err = send_create(core, change, grant, command->id, answer);
	} else {
		cJSON_Delete(answer);
	}
	change_free(change);
	return err;
}

/* ---- Changing ------------------------------------------------------------------- */

/* An update: inbox and change are set; apply changes what the command names. */
static enum kr_err update(struct kr_core *core, struct command *command,
	enum kr_err (*apply)(struct kr_core *core, struct change *change,
		const cJSON *args, struct kr_bytes *kept))
{
	struct kr_bytes kept = {0}; /* what views of the change point into */
	struct change *change;
	const struct inbox *inbox;
	struct kr_view what;
	enum kr_err err;

	if ((err = inbox_of(core, command->args, &inbox)) ||
		(err = json_text(command->args, "do", &what))) {
		return err;
	}
	if (!inbox->is_fresh) {
		command->waits = command->may_wait;
		return command->waits ? KR_OK : KR_ERR_STATE;
	}
	change = change_new();
	err = change == NULL ? KR_ERR_MEMORY : begin_change(core, inbox, change);
	if (err == KR_OK && (err = apply(core, change, command->args, &kept)) == KR_OK) {
		err = send_update(
			core, inbox, change, (const char *)what.data, command->id);
	}
	change_free(change);
	kr_bytes_free(&kept);
	return err;
}

static enum kr_err apply_settings(struct kr_core *core, struct change *change,
	const cJSON *args, struct kr_bytes *kept)
{
	struct kr_view fallback = {0};
	enum kr_err err = inbox_settings_read(&change->settings,
		cJSON_GetObjectItemCaseSensitive(args, "settings"), &fallback);

	(void)kept;
	return err != KR_OK ? err : set_fallback(core, change, fallback);
}

enum kr_err command_inbox_set(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {"inbox", "settings", NULL};
	enum kr_err err = json_only(command->args, names);

	return err != KR_OK ? err : update(core, command, apply_settings);
}

static enum kr_err apply_card(struct kr_core *core, struct change *change,
	const cJSON *args, struct kr_bytes *kept)
{
	struct card card;
	enum kr_err err;

	(void)core;
	if ((err = json_blob(args, "card", kept)) ||
		(err = card_read(&card, kr_view_bytes(kept))) ||
		(err = json_flag_optional(
			 args, "administrator", &card.member.administrator))) {
		return err;
	}
	return add_to_team(change, &card.member, card.name);
}

enum kr_err command_inbox_add(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {"inbox", "card", "administrator", NULL};
	enum kr_err err = json_only(command->args, names);

	return err != KR_OK ? err : update(core, command, apply_card);
}

/* Whoever leaves must not read what is sealed from now on. */
static enum kr_err apply_drop(struct kr_core *core, struct change *change,
	const cJSON *args, struct kr_bytes *kept)
{
	struct kr_inbox_record *record = &change->record;
	uint8_t account[KR_ID_BYTES];
	size_t stay = 0;
	enum kr_err err = json_bytes(args, "account", account, sizeof(account));

	(void)core;
	(void)kept;
	if (err != KR_OK) {
		return err;
	}
	for (size_t i = 0; i < record->num_team; i++) {
		if (memcmp(record->team[i].account, account, sizeof(account)) != 0) {
			record->team[stay] = record->team[i];
			change->names[stay++] = change->names[i];
		}
	}
	if (stay == record->num_team) {
		return KR_ERR_NOT_FOUND;
	}
	record->num_team = stay;
	change->rotate = true;
	return KR_OK;
}

enum kr_err command_inbox_drop(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {"inbox", "account", NULL};
	enum kr_err err = json_only(command->args, names);

	return err != KR_OK ? err : update(core, command, apply_drop);
}

static enum kr_err apply_rotation(struct kr_core *core, struct change *change,
	const cJSON *args, struct kr_bytes *kept)
{
	(void)core;
	(void)args;
	(void)kept;
	change->rotate = true;
	return KR_OK;
}

enum kr_err command_inbox_rotate(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {"inbox", NULL};
	enum kr_err err = json_only(command->args, names);

	return err != KR_OK ? err : update(core, command, apply_rotation);
}

/* ---- Questions ------------------------------------------------------------------ */

/* The link for posters; prefix is that of the account's links. */
static bool add_link(const struct kr_core *core, cJSON *object, const struct inbox *inbox)
{
	const struct kr_inbox_record *record = inbox_record(inbox);
	struct kr_inbox_link link = {
		.prefix = kr_view_str(core->identity.app),
		.relay = kr_view_str(core->identity.relay),
	};
	struct kr_writer w;
	bool added = true;

	if (!inbox->has_reading_key || link.prefix.len == 0) {
		return true;
	}
	memcpy(link.identity_key, record->identity_key, sizeof(link.identity_key));
	memcpy(link.reading_key, inbox->reading_key, sizeof(link.reading_key));
	kr_writer_init(&w);
	kr_inbox_link_write(&w, &link);
	if (w.err == KR_OK) {
		added = json_add_text(object, "link", kr_writer_view(&w));
	}
	kr_writer_free(&w);
	return added;
}

static bool add_common(
	const struct kr_core *core, cJSON *object, const struct inbox *inbox)
{
	const struct kr_inbox_record *record = inbox_record(inbox);
	char fingerprint[KR_FINGERPRINT_TEXT_BYTES];

	kr_fingerprint(fingerprint, record->identity_key);
	return json_add_id(object, "inbox", inbox->id) &&
		json_add_str(object, "fingerprint", fingerprint) &&
		add_link(core, object, inbox) &&
		json_add_flag(object, "administrator", inbox->secrets.has_identity) &&
		json_add_number(object, "number", record->number) &&
		json_add_number(object, "expires", record->expires_ms);
}

static void count_cases(const struct kr_core *core, const struct inbox *inbox,
	uint64_t *open, uint64_t *overdue)
{
	for (const struct followed_case *c = core->cases; c != NULL; c = c->next) {
		const struct kr_case_state *state = &c->chain.state;

		if (case_own_inbox(core, c) == inbox &&
			(state->phase == KR_CASE_NEW || state->phase == KR_CASE_OPEN)) {
			(*open)++;
			*overdue += state->overdue || state->until_ms < core->now_ms;
		}
	}
}

enum kr_err ask_own_inboxes(
	const struct kr_core *core, const cJSON *question, cJSON *answer)
{
	static const char *const names[] = {NULL};
	cJSON *array = json_add_array(answer, "inboxes");
	uint8_t *card = malloc(KR_INBOX_CARD_MAX);
	enum kr_err err = card == NULL ? KR_ERR_MEMORY : json_only(question, names);

	for (const struct inbox *inbox = core->inboxes; err == KR_OK && inbox != NULL;
		inbox = inbox->next) {
		cJSON *object;
		uint64_t open = 0;
		uint64_t overdue = 0;

		if (!inbox->is_own || inbox_record(inbox) == NULL) {
			continue;
		}
		object = json_append_object(array);
		count_cases(core, inbox, &open, &overdue);
		if (!add_common(core, object, inbox) ||
			!json_add_text(object, "name", inbox_name(inbox, card)) ||
			!json_add_number(object, "open", open) ||
			!json_add_number(object, "overdue", overdue) ||
			(inbox_record(inbox)->has_fallback &&
				!json_add_id(object, "fallback",
					inbox_record(inbox)->fallback))) {
			err = KR_ERR_MEMORY;
		}
	}
	free(card);
	return err;
}

static enum kr_err add_team(
	const struct kr_core *core, const struct kr_inbox_record *record, cJSON *array)
{
	uint8_t storage[KR_SEALED_STORAGE];

	for (size_t i = 0; i < record->num_team; i++) {
		const struct kr_inbox_member *member = &record->team[i];
		cJSON *object = json_append_object(array);
		struct kr_view name = {0};

		(void)kr_inbox_open_name(
			&name, storage, record, i, &core->identity.sealing);
		if (!json_add_id(object, "account", member->account) ||
			!json_add_text(object, "name", name) ||
			!json_add_flag(object, "administrator", member->administrator) ||
			!json_add_flag(object, "me",
				memcmp(member->account, core->identity.account,
					KR_ID_BYTES) == 0)) {
			return KR_ERR_MEMORY;
		}
	}
	return KR_OK;
}

enum kr_err ask_inbox(const struct kr_core *core, const cJSON *question, cJSON *answer)
{
	static const char *const names[] = {"inbox", NULL};
	uint8_t *storage = malloc(KR_INBOX_CARD_MAX);
	const struct kr_inbox_record *record;
	struct kr_inbox_card card;
	const struct inbox *inbox;
	enum kr_err err;

	if (storage == NULL || (err = json_only(question, names)) ||
		(err = inbox_of(core, question, &inbox))) {
		free(storage);
		return storage == NULL ? KR_ERR_MEMORY : err;
	}
	record = inbox_record(inbox);
	err = record == NULL
		? KR_ERR_NOT_FOUND
		: kr_inbox_card_open(&card, storage, record, inbox->reading_key);
	if (err == KR_OK &&
		(!add_common(core, answer, inbox) ||
			!json_add_number(
				answer, "sealing_number", record->sealing_number))) {
		err = KR_ERR_MEMORY;
	}
	if (err == KR_OK &&
		(err = add_team(core, record, json_add_array(answer, "team"))) == KR_OK) {
		err = inbox_settings_write(
			json_add_object(answer, "settings"), record, &card);
	}
	free(storage);
	return err;
}
