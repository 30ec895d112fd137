/* The digits of an inbox's recovery key on paper, and the inbox whose administrators are
 * all gone, by them. CASES.md §2. */
#include <string.h>

#include "clients/core/inboxes/change.h"
#include "clients/core/state.h"

/* ---- Digits ----------------------------------------------------------------------- */

enum kr_err recovery_make(struct kr_core *core, struct kr_recovery *out, cJSON *answer)
{
	char text[KR_RECOVERY_TEXT_BYTES];
	enum kr_err err = kr_recovery_generate(out, core->rng);

	if (err == KR_OK) {
		kr_recovery_print(text, out);
		err = json_add_str(answer, "recovery", text) ? KR_OK : KR_ERR_MEMORY;
		kr_wipe(text, sizeof(text));
	}
	return err;
}

enum kr_err recovery_read(struct kr_recovery *out, const cJSON *args, const char *field)
{
	struct kr_view digits;
	enum kr_err err = json_text(args, field, &digits);

	if (err == KR_OK && kr_recovery_parse(out, NULL, digits) != KR_OK) {
		err = KR_ERR_CHECK_DIGIT; /* too few or too many are a slip, too */
	}
	return err;
}

enum kr_err command_recovery_digits(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {NULL};
	struct kr_recovery digits = {0};
	cJSON *answer = cJSON_CreateObject();
	enum kr_err err = json_only(command->args, names);

	if (err != KR_OK || (err = recovery_make(core, &digits, answer))) {
		cJSON_Delete(answer);
		return err;
	}
	kr_wipe(&digits, sizeof(digits));
	return command_done(core, command->id, answer);
}

/* ---- Recovering ------------------------------------------------------------------- */

struct recovery_keys {
	struct kr_x25519_keypair sealing;  /* opens the secrets */
	struct kr_ed25519_keypair signing; /* stands for an administrator at the relay */
	struct kr_recovery next;           /* the digits from then on */
};

static enum kr_err read_keys(struct recovery_keys *keys, const cJSON *args)
{
	struct kr_recovery recovery;
	enum kr_err err = recovery_read(&recovery, args, "recovery");

	if (err == KR_OK) {
		kr_recovery_sealing_keypair(&keys->sealing, &recovery);
		kr_recovery_keypair(&keys->signing, &recovery);
		kr_wipe(&recovery, sizeof(recovery));
		err = recovery_read(&keys->next, args, "next");
	}
	return err;
}

/* Are the digits good for this inbox, now? */
static bool are_its(const struct kr_core *core, const struct kr_inbox_record *record,
	const struct recovery_keys *keys)
{
	const uint8_t *signers[2];
	size_t num = kr_inbox_recovery_signers(record, inbox_relay_ms(core), signers);
	bool is_one = false;

	for (size_t i = 0; i < num; i++) {
		is_one |= memcmp(signers[i], keys->signing.public_key,
				  KR_ED25519_PUBLIC_BYTES) == 0;
	}
	return is_one;
}

static enum kr_err send(struct kr_core *core, const struct inbox *inbox,
	struct inbox_change *change, const struct recovery_keys *keys, uint64_t command)
{
	struct kr_request request = {
		.verb = KR_VERB_INBOX_UPDATE,
		.fields = KR_R(EVENT) | KR_R(TOPIC) | KR_R(SIG),
		.topic = kr_topic(KR_TOPIC_INBOX, inbox->id),
	};
	KR_AUTO_WRITER struct kr_writer record = {0};
	KR_AUTO_WRITER struct kr_writer tbs = {0};
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
	if (!are_its(core, record, keys)) {
		return KR_ERR_RECOVERY;
	}
	if ((err = kr_inbox_open(&secrets, record, &keys->sealing))) {
		return err;
	}
	change = inbox_change_new();
	if (change == NULL) {
		err = KR_ERR_MEMORY;
	} else if ((err = inbox_change_recover(
			    core, inbox, &secrets, &keys->next, change)) == KR_OK &&
		(err = inbox_change_add_self(core, change, name)) == KR_OK) {
		err = send(core, inbox, change, keys, command);
	}
	inbox_change_free(change);
	kr_inbox_secrets_wipe(&secrets);
	return err;
}

enum kr_err command_inbox_recover(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {"link", "recovery", "next", "name", NULL};
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
	if ((err = read_keys(&keys, command->args)) == KR_OK &&
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
