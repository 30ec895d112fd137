#include "clients/core/inboxes/change.h"

#include <stdlib.h>
#include <string.h>

#include "clients/core/state.h"

void inbox_change_free(struct inbox_change *change)
{
	if (change != NULL) {
		free(change->card_storage);
		free(change->name_storage);
		kr_inbox_secrets_wipe(&change->secrets);
		free(change);
	}
}

struct inbox_change *inbox_change_new(void)
{
	struct inbox_change *change = calloc(1, sizeof(*change));

	if (change != NULL) {
		change->settings.record = &change->record;
		change->card_storage = malloc(KR_INBOX_CARD_MAX);
		change->name_storage =
			malloc((size_t)KR_SEALED_STORAGE * KR_INBOX_TEAM_MAX);
		if (change->card_storage == NULL || change->name_storage == NULL) {
			inbox_change_free(change);
			return NULL;
		}
	}
	return change;
}

/* ---- Recovery keys ---------------------------------------------------------------- */

uint64_t inbox_relay_ms(const struct kr_core *core)
{
	return core->now_ms + (uint64_t)core->link.clock_ahead_ms;
}

static void set_digits(struct kr_inbox_record *record, const struct kr_recovery *digits)
{
	struct kr_ed25519_keypair signing;
	struct kr_x25519_keypair sealing;

	kr_recovery_sealing_keypair(&sealing, digits);
	kr_recovery_keypair(&signing, digits);
	memcpy(record->recovery_key, sealing.public_key, sizeof(record->recovery_key));
	memcpy(record->recovery_signer, signing.public_key,
		sizeof(record->recovery_signer));
	record->has_recovery = true;
	kr_x25519_keypair_wipe(&sealing);
	kr_ed25519_keypair_wipe(&signing);
}

/* ---- Beginning -------------------------------------------------------------------- */

enum kr_err inbox_change_first(struct kr_core *core, struct inbox_change *change)
{
	struct kr_inbox_record *record = &change->record;

	record->number = 1;
	record->made_ms = core->now_ms;
	record->expires_ms = core->now_ms + INBOX_VALID_MS;
	memcpy(record->relay_key, core->link.relay_key, sizeof(record->relay_key));
	change->rotate = true;
	inbox_settings_default(record);
	return kr_inbox_secrets_generate(&change->secrets, core->rng);
}

static void drop_former(struct kr_inbox_record *record)
{
	record->has_former = false;
	record->former_until_ms = 0;
	memset(record->former_key, 0, sizeof(record->former_key));
	memset(record->former_signer, 0, sizeof(record->former_signer));
}

/* Digits that have run out open nothing that is sealed from then on. */
static void end_former(const struct kr_core *core, struct inbox_change *change)
{
	struct kr_inbox_record *record = &change->record;

	if (record->has_former &&
		inbox_relay_ms(core) >= record->former_until_ms + INBOX_FORMER_SLACK_MS) {
		drop_former(record);
		change->rotate = true;
	}
}

/* All as it was, but for the team's names. */
static enum kr_err begin(struct kr_core *core, const struct inbox *inbox,
	const struct kr_inbox_secrets *secrets, struct inbox_change *change)
{
	const struct inbox_record *before = inbox->records;
	struct kr_inbox_record *record = &change->record;

	*record = before->read;
	change->secrets = *secrets;
	record->number++;
	kr_sha256(record->previous, kr_view_bytes(&before->bytes));
	record->made_ms = core->now_ms;
	record->expires_ms = core->now_ms + INBOX_VALID_MS;
	change->rotate = before->read.expires_ms < core->now_ms + INBOX_RENEW_MS;
	end_former(core, change);
	return kr_inbox_card_open(&change->settings.card, change->card_storage,
		&before->read, secrets->reading_key);
}

enum kr_err inbox_change_begin(
	struct kr_core *core, const struct inbox *inbox, struct inbox_change *change)
{
	const struct inbox_record *before = inbox->records;
	enum kr_err err;

	if (before == NULL || !inbox->is_open || !inbox->secrets.has_identity) {
		return KR_ERR_FORBIDDEN;
	}
	err = begin(core, inbox, &inbox->secrets, change);
	for (size_t i = 0; err == KR_OK && i < before->read.num_team; i++) {
		err = kr_inbox_open_name(&change->names[i],
			change->name_storage + i * KR_SEALED_STORAGE, &before->read, i,
			&core->identity.sealing);
	}
	return err;
}

enum kr_err inbox_change_recover(struct kr_core *core, const struct inbox *inbox,
	const struct kr_inbox_secrets *secrets, const struct kr_recovery *digits,
	struct inbox_change *change)
{
	enum kr_err err = begin(core, inbox, secrets, change);

	change->record.num_team = 0;
	change->rotate = true;
	drop_former(&change->record);
	set_digits(&change->record, digits);
	return err;
}

enum kr_err inbox_change_digits(const struct kr_core *core, struct inbox_change *change,
	const struct kr_recovery *digits)
{
	struct kr_inbox_record *record = &change->record;

	if (record->has_former) {
		return KR_ERR_STATE;
	}
	if (record->has_recovery) {
		record->has_former = true;
		record->former_until_ms =
			inbox_relay_ms(core) + KR_INBOX_FORMER_MS + INBOX_FORMER_SLACK_MS;
		memcpy(record->former_key, record->recovery_key,
			sizeof(record->former_key));
		memcpy(record->former_signer, record->recovery_signer,
			sizeof(record->former_signer));
	}
	set_digits(record, digits);
	return KR_OK;
}

/* ---- The team --------------------------------------------------------------------- */

enum kr_err inbox_change_add(struct inbox_change *change,
	const struct kr_inbox_member *member, struct kr_view name)
{
	struct kr_inbox_record *record = &change->record;

	if (record->num_team == KR_INBOX_TEAM_MAX) {
		return KR_ERR_LIMIT;
	}
	change->names[record->num_team] = name;
	record->team[record->num_team++] = *member;
	return KR_OK;
}

enum kr_err inbox_change_add_self(
	const struct kr_core *core, struct inbox_change *change, struct kr_view name)
{
	struct kr_inbox_member self = {.administrator = true};

	memcpy(self.account, core->identity.account, sizeof(self.account));
	memcpy(self.device_key, core->identity.device.public_key,
		sizeof(self.device_key));
	memcpy(self.sealing_key, core->identity.sealing.public_key,
		sizeof(self.sealing_key));
	return inbox_change_add(change, &self, name);
}

/* ---- Sending ---------------------------------------------------------------------- */

void inbox_change_write(
	struct kr_core *core, struct inbox_change *change, struct kr_writer *w)
{
	kr_inbox_seal(w, &change->record, &change->secrets, &change->settings.card,
		change->names, change->rotate, core->rng);
}

enum kr_err inbox_change_send(struct kr_core *core, const struct inbox *inbox,
	struct inbox_change *change, const char *what, uint64_t command)
{
	struct kr_request request = {
		.verb = KR_VERB_INBOX_UPDATE,
		.fields = KR_R(EVENT) | KR_R(TOPIC),
		.topic = kr_topic(KR_TOPIC_INBOX, inbox->id),
	};
	struct kr_writer w;
	enum kr_err err;

	kr_writer_init(&w);
	inbox_change_write(core, change, &w);
	request.body = kr_writer_view(&w);
	err = w.err != KR_OK ? w.err
			     : outbox_add_request(core, &request, what, command, NULL);
	kr_writer_free(&w);
	return err;
}
