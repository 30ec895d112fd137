/* Questions about inboxes of one's own: COMMANDS.md §9. */
#include <stdlib.h>
#include <string.h>

#include "clients/core/inboxes/change.h"
#include "clients/core/inboxes/settings.h"
#include "clients/core/state.h"

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

		if (case_own_inbox(core, c) == inbox && case_is_open(core, c)) {
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
			!json_add_flag(object, "moved", inbox_record(inbox)->moved) ||
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

/* Its name only for whoever can read its card. */
static bool add_fallback(const struct kr_core *core, cJSON *answer,
	const struct kr_inbox_record *record, uint8_t *storage)
{
	char fingerprint[KR_FINGERPRINT_TEXT_BYTES];
	const struct inbox *fallback;
	struct kr_view name = {0};
	uint8_t id[KR_ID_BYTES];
	cJSON *object;

	if (!record->has_fallback) {
		return true;
	}
	kr_inbox_id(id, record->fallback);
	kr_fingerprint(fingerprint, record->fallback);
	fallback = inbox_look(core, id);
	if (fallback != NULL) {
		name = inbox_name(fallback, storage);
	}
	object = json_add_object(answer, "fallback");
	return json_add_id(object, "identity_key", record->fallback) &&
		json_add_str(object, "fingerprint", fingerprint) &&
		(name.len == 0 || json_add_text(object, "name", name));
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
				answer, "sealing_number", record->sealing_number) ||
			!json_add_flag(answer, "recovery", record->has_recovery) ||
			(record->has_former &&
				(!json_add_number(answer, "former_until",
					 record->former_until_ms) ||
					!json_add_number(answer, "recovery_from",
						record->former_until_ms +
							INBOX_FORMER_SLACK_MS))))) {
		err = KR_ERR_MEMORY;
	}
	if (err == KR_OK &&
		(err = add_team(core, record, json_add_array(answer, "team"))) == KR_OK) {
		err = inbox_settings_write(
			json_add_object(answer, "settings"), record, &card);
	}
	if (err == KR_OK && !add_fallback(core, answer, record, storage)) {
		err = KR_ERR_MEMORY;
	}
	free(storage);
	return err;
}
