/* An inbox whose administrators are all gone, by the recovery key on paper. CASES.md §2. */
#include <string.h>

#include "clients/core/inboxes/change.h"
#include "clients/core/state.h"

struct recovery_keys {
	struct kr_x25519_keypair sealing;  /* opens the secrets */
	struct kr_ed25519_keypair signing; /* stands for an administrator at the relay */
};

static enum kr_err read_digits(struct recovery_keys *keys, const cJSON *args)
{
	struct kr_recovery recovery;
	struct kr_view digits;
	enum kr_err err = json_text(args, "recovery", &digits);

	if (err == KR_OK && kr_recovery_parse(&recovery, NULL, digits) != KR_OK) {
		err = KR_ERR_CHECK_DIGIT; /* too few or too many are a slip, too */
	}
	if (err == KR_OK) {
		kr_recovery_sealing_keypair(&keys->sealing, &recovery);
		kr_recovery_keypair(&keys->signing, &recovery);
		kr_wipe(&recovery, sizeof(recovery));
	}
	return err;
}

static enum kr_err send(struct kr_core *core, const struct inbox *inbox,
	struct inbox_change *change, const struct recovery_keys *keys, uint64_t command)
{
	struct kr_request request = {
		.verb = KR_VERB_INBOX_UPDATE,
		.fields = KR_R(EVENT) | KR_R(TOPIC) | KR_R(SIG),
		.topic = kr_topic(KR_TOPIC_INBOX, inbox->id),
	};
	KR_AUTO_WRITER struct kr_writer record;
	KR_AUTO_WRITER struct kr_writer tbs;
	cJSON *answer;

	kr_writer_init(&record);
	kr_writer_init(&tbs);
	inbox_change_write(core, change, &record);
	request.body = kr_writer_view(&record);
	kr_inbox_recovery_tbs(&tbs, kr_view_str(core->identity.relay), inbox->id,
		core->identity.account, request.body);
	if (record.err != KR_OK || tbs.err != KR_OK) {
		return record.err != KR_OK ? record.err : tbs.err;
	}
	kr_ed25519_sign(request.sig, &keys->signing, kr_writer_view(&tbs));
	answer = cJSON_CreateObject();
	if (!json_add_id(answer, "inbox", inbox->id)) {
		cJSON_Delete(answer);
		return KR_ERR_MEMORY;
	}
	/* The topic opens with the answer: outbox.c follows it then. */
	return outbox_add_request_at_answer(
		core, &request, "inbox_recover", command, answer);
}

static enum kr_err recover(struct kr_core *core, const struct inbox *inbox,
	const struct recovery_keys *keys, struct kr_view name, uint64_t command)
{
	const struct kr_inbox_record *record = inbox_record(inbox);
	struct kr_inbox_secrets secrets;
	struct inbox_change *change;
	enum kr_err err;

	if (record == NULL || record->moved) {
		return record == NULL ? KR_ERR_NOT_FOUND : KR_ERR_INBOX_EXPIRED;
	}
	if ((err = kr_inbox_open(&secrets, record, &keys->sealing))) {
		return err == KR_ERR_NOT_RECIPIENT ? KR_ERR_RECOVERY : err;
	}
	change = inbox_change_new();
	if (change == NULL) {
		err = KR_ERR_MEMORY;
	} else if ((err = inbox_change_recover(core, inbox, &secrets, change)) == KR_OK &&
		(err = inbox_change_add_self(core, change, name)) == KR_OK) {
		err = send(core, inbox, change, keys, command);
	}
	inbox_change_free(change);
	kr_inbox_secrets_wipe(&secrets);
	return err;
}

enum kr_err command_inbox_recover(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {"link", "recovery", "name", NULL};
	struct recovery_keys keys = {0};
	uint8_t id[KR_ID_BYTES];
	struct kr_inbox_link link;
	struct inbox *inbox;
	struct kr_view text;
	struct kr_view name;
	enum kr_err err;

	if ((err = json_only(command->args, names)) ||
		(err = json_text(command->args, "link", &text)) ||
		(err = json_text(command->args, "name", &name)) ||
		(err = kr_line_check(name, KR_NAME_MAX)) ||
		(err = kr_inbox_link_read(&link, text))) {
		return err;
	}
	if (!core->identity.is_linked) {
		return KR_ERR_STATE;
	}
	kr_inbox_id(id, link.identity_key);
	if ((err = read_digits(&keys, command->args)) == KR_OK &&
		(err = inbox_know(core, id, &inbox)) == KR_OK) {
		bool is_read = inbox_want(core, inbox);

		command->waits = !is_read && command->may_wait;
		err = is_read            ? recover(core, inbox, &keys, name, command->id)
			: command->waits ? KR_OK
					 : KR_ERR_STATE;
	}
	kr_wipe(&keys, sizeof(keys));
	return err;
}
