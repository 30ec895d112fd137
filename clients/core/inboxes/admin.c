/* What an administrator does with an inbox: every change is a new record, whole and
 * signed by the identity. CASES.md §2. */
#include <string.h>

#include "clients/core/inboxes/change.h"
#include "clients/core/state.h"

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

/* ---- Creating ------------------------------------------------------------------- */

static enum kr_err set_fallback(
	struct kr_core *core, struct inbox_change *change, struct kr_view text)
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
	if ((err = inbox_know(core, id, &inbox)) ||
		(err = inbox_learn_reading_key(core, inbox, link.reading_key))) {
		return err;
	}
	(void)inbox_want(core, inbox); /* for its name */
	return KR_OK;
}

static enum kr_err set_recovery(
	struct kr_core *core, struct inbox_change *change, cJSON *answer)
{
	struct kr_recovery digits;
	enum kr_err err = recovery_make(core, &digits, answer);

	if (err == KR_OK) {
		err = inbox_change_digits(core, change, &digits);
	}
	kr_wipe(&digits, sizeof(digits));
	return err;
}

static bool is_online(const struct kr_core *core)
{
	return core->link.state == LINK_ONLINE;
}

static enum kr_err fill_first(struct kr_core *core, struct inbox_change *change,
	const cJSON *args, cJSON *answer)
{
	struct kr_view fallback = {0};
	enum kr_err err;

	if ((err = inbox_change_first(core, change)) ||
		(err = inbox_settings_read(&change->settings,
			 cJSON_GetObjectItemCaseSensitive(args, "settings"),
			 &fallback)) ||
		(err = set_fallback(core, change, fallback)) ||
		(err = inbox_change_add_self(
			 core, change, kr_view_str(core->identity.name))) ||
		(err = set_recovery(core, change, answer))) {
		return err;
	}
	return kr_line_check(change->settings.card.name, KR_NAME_MAX);
}

static enum kr_err send_create(struct kr_core *core, struct inbox_change *change,
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
	inbox_change_write(core, change, &w);
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
	struct inbox_change *change;
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
	change = inbox_change_new();
	answer = cJSON_CreateObject();
	err = change == NULL || answer == NULL
		? KR_ERR_MEMORY
		: fill_first(core, change, command->args, answer);
	if (err == KR_OK) {
		err = send_create(core, change, grant, command->id, answer);
	} else {
		cJSON_Delete(answer);
	}
	inbox_change_free(change);
	return err;
}

/* ---- Changing ------------------------------------------------------------------- */

/* An update: inbox and change are set; apply changes what the command names. */
static enum kr_err update(struct kr_core *core, struct command *command,
	enum kr_err (*apply)(struct kr_core *core, struct inbox_change *change,
		const cJSON *args, struct kr_bytes *kept))
{
	struct kr_bytes kept = {0}; /* what views of the change point into */
	struct inbox_change *change;
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
	change = inbox_change_new();
	err = change == NULL ? KR_ERR_MEMORY : inbox_change_begin(core, inbox, change);
	if (err == KR_OK && (err = apply(core, change, command->args, &kept)) == KR_OK) {
		err = inbox_change_send(
			core, inbox, change, (const char *)what.data, command->id);
	}
	inbox_change_free(change);
	kr_bytes_free(&kept);
	return err;
}

static enum kr_err apply_settings(struct kr_core *core, struct inbox_change *change,
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

static enum kr_err apply_card(struct kr_core *core, struct inbox_change *change,
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
	return inbox_change_add(change, &card.member, card.name);
}

enum kr_err command_inbox_add(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {"inbox", "card", "administrator", NULL};
	enum kr_err err = json_only(command->args, names);

	return err != KR_OK ? err : update(core, command, apply_card);
}

/* Whoever leaves must not read what is sealed from now on. */
static enum kr_err apply_drop(struct kr_core *core, struct inbox_change *change,
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

static enum kr_err apply_rotation(struct kr_core *core, struct inbox_change *change,
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

/* The user has them on paper. */
static enum kr_err apply_digits(struct kr_core *core, struct inbox_change *change,
	const cJSON *args, struct kr_bytes *kept)
{
	struct kr_recovery digits;
	enum kr_err err = recovery_read(&digits, args, "recovery");

	(void)kept;
	if (err == KR_OK) {
		err = inbox_change_digits(core, change, &digits);
	}
	kr_wipe(&digits, sizeof(digits));
	return err;
}

enum kr_err command_inbox_recovery_key(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {"inbox", "recovery", NULL};
	enum kr_err err = json_only(command->args, names);

	return err != KR_OK ? err : update(core, command, apply_digits);
}

/* ---- Moving ----------------------------------------------------------------------- */

/* The last record names who takes over: somebody who is there, and has not moved. */
static enum kr_err apply_move(struct kr_core *core, struct inbox_change *change,
	const cJSON *args, struct kr_bytes *kept)
{
	const struct kr_inbox_record *successor;
	struct kr_inbox_link link;
	const struct inbox *inbox;
	struct kr_view text;
	uint8_t id[KR_ID_BYTES];
	enum kr_err err;

	(void)kept;
	if ((err = json_text(args, "link", &text)) ||
		(err = kr_inbox_link_read(&link, text))) {
		return err;
	}
	kr_inbox_id(id, link.identity_key);
	inbox = inbox_look(core, id);
	successor = inbox == NULL ? NULL : inbox_record(inbox);
	if (successor == NULL) {
		return KR_ERR_NOT_FOUND;
	}
	if (successor->moved || successor->expires_ms <= core->now_ms) {
		return KR_ERR_INBOX_EXPIRED;
	}
	change->record.moved = true;
	memcpy(change->record.successor, link.identity_key,
		sizeof(change->record.successor));
	return memcmp(link.identity_key, change->record.identity_key,
		       sizeof(link.identity_key)) == 0
		? KR_ERR_FIELD
		: KR_OK;
}

enum kr_err command_inbox_move(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {"inbox", "link", NULL};
	struct kr_inbox_link link;
	struct inbox *successor;
	struct kr_view text;
	uint8_t id[KR_ID_BYTES];
	enum kr_err err;

	if ((err = json_only(command->args, names)) ||
		(err = json_text(command->args, "link", &text)) ||
		(err = kr_inbox_link_read(&link, text))) {
		return err;
	}
	kr_inbox_id(id, link.identity_key);
	if ((err = inbox_know(core, id, &successor))) {
		return err;
	}
	if (!inbox_want(core, successor)) {
		command->waits = command->may_wait;
		return command->waits ? KR_OK : KR_ERR_STATE;
	}
	return update(core, command, apply_move);
}
