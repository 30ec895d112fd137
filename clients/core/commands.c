#include "clients/core/commands.h"

#include <stdlib.h>
#include <string.h>

#include "clients/core/community/vouch.h"
#include "clients/core/state.h"

/* ---- Answers -------------------------------------------------------------------- */

enum kr_err command_done(struct kr_core *core, uint64_t command, cJSON *fields)
{
	return output_done(&core->outputs, command, fields);
}

enum kr_err command_failed(
	struct kr_core *core, uint64_t command, enum kr_err err, const char *code)
{
	return output_failed(&core->outputs, command, err, code);
}

cJSON *answer_of(const char *name, const struct kr_writer *w)
{
	cJSON *answer = cJSON_CreateObject();

	if (w->err != KR_OK || !json_add_bytes(answer, name, kr_writer_view(w))) {
		cJSON_Delete(answer);
		return NULL;
	}
	return answer;
}

/* ---- By name -------------------------------------------------------------------- */

static enum kr_err command_connect(struct kr_core *core, struct command *command)
{
	link_want(core, true);
	account_topics_ask_again(core);
	return command_done(core, command->id, NULL);
}

/* Answered by core.c, when nothing is left to do. */
static enum kr_err command_sync(struct kr_core *core, struct command *command)
{
	if (!core->identity.is_linked || core->sync_command != 0) {
		return KR_ERR_STATE;
	}
	link_want(core, true);
	core->sync_command = command->id;
	core->sync_events = 0;
	return KR_OK;
}

/* A handler either answers (command_done), or leaves the answer to the outbox, or returns
 * an error that becomes the answer. */
static const struct {
	const char *name;
	enum kr_err (*handle)(struct kr_core *core, struct command *command);
} commands[] = {
	{"init", command_init},
	{"rename", command_rename},
	{"connect", command_connect},
	{"sync", command_sync},
	{"founder_card", command_founder_card},
	{"found_prepare", command_found_prepare},
	{"found_sign", command_found_sign},
	{"found", command_found},
	{"recover_grant", command_recover_grant},
	{"join", command_join},
	{"invite", command_invite},
	{"revoke_invite", command_revoke_invite},
	{"admit", command_admit},
	{"refuse", command_refuse},
	{"offer_coordinator", command_offer_coordinator},
	{"grant", command_grant},
	{"withdraw", command_withdraw},
	{"remove", command_remove},
	{"mute", command_mute},
	{"slow_mode", command_slow_mode},
	{"take_down", command_take_down},
	{"set_rules", command_set_rules},
	{"guide", command_guide},
	{"trust_inbox", command_trust_inbox},
	{"distrust_inbox", command_distrust_inbox},
	{"leave", command_leave},
	{"delete_account", command_delete_account},
	{"circle", command_circle},
	{"circle_add", command_circle_add},
	{"circle_remove", command_circle_remove},
	{"circle_admin", command_circle_admin},
	{"circle_rename", command_circle_rename},
	{"circle_leave", command_circle_leave},
	{"post", command_post},
	{"read", command_read},
	{"heal", command_heal},
	{"refresh", command_refresh},
	{"device_link", command_device_link},
	{"device_accept", command_device_accept},
	{"device_add", command_device_add},
	{"device_remove", command_device_remove},
	{"dismiss", command_dismiss},
	{"keep", command_keep},
	{"professional_card", command_professional_card},
	{"inbox_create", command_inbox_create},
	{"inbox_set", command_inbox_set},
	{"inbox_add", command_inbox_add},
	{"inbox_drop", command_inbox_drop},
	{"inbox_rotate", command_inbox_rotate},
	{"recovery_digits", command_recovery_digits},
	{"inbox_recovery_key", command_inbox_recovery_key},
	{"inbox_recover", command_inbox_recover},
	{"vouch", command_vouch},
	{"inbox_move", command_inbox_move},
	{"inbox_notice", command_inbox_notice},
	{"acknowledge", command_case_act},
	{"follow_up", command_case_act},
	{"question", command_case_act},
	{"promise", command_case_act},
	{"urgency", command_case_act},
	{"hand_over", command_case_act},
	{"accept", command_case_act},
	{"decline", command_case_act},
	{"consult", command_case_act},
	{"advise", command_case_act},
	{"invite_inbox", command_case_act},
	{"part", command_case_act},
	{"close", command_case_act},
	{"reopen", command_case_act},
	{"share_identity", command_case_act},
	{"erase", command_case_act},
	{"note", command_note},
	{"assign", command_note},
	{"case_read", command_case_read},
};

static const struct {
	const char *name;
	enum kr_err (*answer)(
		const struct kr_core *core, const cJSON *question, cJSON *answer);
} questions[] = {
	{"status", ask_status},
	{"communities", ask_communities},
	{"members", ask_members},
	{"requests", ask_requests},
	{"invitations", ask_invitations},
	{"log", ask_log},
	{"rules", ask_rules},
	{"inboxes", ask_inboxes},
	{"groups", ask_groups},
	{"group_members", ask_group_members},
	{"feed", ask_feed},
	{"message", ask_message},
	{"guidance", ask_guidance},
	{"safety", ask_safety},
	{"outbox", ask_outbox},
	{"devices", ask_devices},
	{"alarms", ask_alarms},
	{"kept", ask_kept},
	{"notices", ask_notices},
	{"own_inboxes", ask_own_inboxes},
	{"own_notices", ask_own_notices},
	{"inbox", ask_inbox},
	{"cases", ask_cases},
	{"case", ask_case},
	{"export", ask_export},
};

static enum kr_err do_parsed(struct kr_core *core, struct command *command)
{
	struct kr_view name;
	struct kr_view kept; /* looked at once the command is in the outbox: kept_goes */
	enum kr_err err;

	if ((err = json_text(command->args, "do", &name)) ||
		(err = json_text_optional(command->args, "kept", &kept))) {
		return err;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (kr_view_equal(name, kr_view_str(commands[i].name))) {
			return commands[i].handle(core, command);
		}
	}
	return KR_ERR_VERB;
}

/* ---- Waiting -------------------------------------------------------------------- */

/* As long as a command waits for what it lacks, once there is a connection. */
#define WAIT_MS UINT64_C(30000)

/* May it wait still? */
static bool set_until(struct kr_core *core, struct waiting_command *waiting)
{
	if (core->link.wanted && core->link.state != LINK_ONLINE) {
		waiting->until_ms = 0;
		return true;
	}
	if (waiting->until_ms == 0) {
		waiting->until_ms = core->now_ms + WAIT_MS;
	}
	core_wake(core, waiting->until_ms);
	return core->now_ms < waiting->until_ms;
}

static enum kr_err keep_waiting(struct kr_core *core, const struct command *command)
{
	struct waiting_command *waiting = calloc(1, sizeof(*waiting));

	if (waiting == NULL ||
		(waiting->args = cJSON_Duplicate(command->args, true)) == NULL) {
		free(waiting);
		return KR_ERR_MEMORY;
	}
	waiting->id = command->id;
	waiting->since_ms = core->now_ms;
	waiting->next = core->waiting_commands;
	core->waiting_commands = waiting;
	(void)set_until(core, waiting);
	return tell_changed(core, "outbox", NULL, NULL);
}

static void forget(struct waiting_command **at)
{
	struct waiting_command *waiting = *at;

	*at = waiting->next;
	cJSON_Delete(waiting->args);
	free(waiting);
}

void commands_free(struct kr_core *core)
{
	while (core->waiting_commands != NULL) {
		forget(&core->waiting_commands);
	}
}

/* What a handler returned becomes the answer, unless it is ours to stop at. */
static enum kr_err answer_error(struct kr_core *core, uint64_t id, enum kr_err err)
{
	return err == KR_OK || is_fatal(err) ? err : command_failed(core, id, err, NULL);
}

/* Its form may be gone by now. */
static enum kr_err given_up(
	struct kr_core *core, const struct command *command, enum kr_err why)
{
	enum kr_err err = kept_stays(core, command->args, why);

	return err != KR_OK ? err : command_failed(core, command->id, why, NULL);
}

enum kr_err commands_reconcile(struct kr_core *core)
{
	struct waiting_command **at = &core->waiting_commands;
	enum kr_err err = KR_OK;

	while (*at != NULL && err == KR_OK) {
		struct command command = {
			.id = (*at)->id,
			.args = (*at)->args,
			.may_wait = set_until(core, *at),
		};

		err = do_parsed(core, &command);
		if (command.waits) {
			at = &(*at)->next;
			continue;
		}
		if (err != KR_OK && !is_fatal(err)) {
			err = given_up(core, &command, err);
		}
		forget(at);
		if (err == KR_OK) {
			err = tell_changed(core, "outbox", NULL, NULL);
		}
	}
	return err;
}

enum kr_err commands_do(struct kr_core *core, uint64_t id, struct kr_view text)
{
	struct command command = {.id = id, .may_wait = true};
	cJSON *args;
	enum kr_err err;

	if (id == 0) {
		return KR_ERR_STATE;
	}
	err = json_parse(&args, text);
	if (err == KR_OK) {
		command.args = args;
		err = do_parsed(core, &command);
		if (err == KR_OK && command.waits) {
			err = keep_waiting(core, &command);
		}
		cJSON_Delete(args);
	}
	return answer_error(core, id, err);
}

static enum kr_err ask_parsed(
	const struct kr_core *core, const cJSON *question, cJSON *answer)
{
	struct kr_view name;
	enum kr_err err = json_text(question, "ask", &name);

	if (err != KR_OK) {
		return err;
	}
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
		if (kr_view_equal(name, kr_view_str(questions[i].name))) {
			return questions[i].answer(core, question, answer);
		}
	}
	return KR_ERR_VERB;
}

enum kr_err commands_ask(
	const struct kr_core *core, struct kr_view text, struct kr_bytes *answer)
{
	cJSON *object = cJSON_CreateObject();
	cJSON *question;
	enum kr_err err = object == NULL ? KR_ERR_MEMORY : json_parse(&question, text);

	if (err == KR_OK) {
		err = ask_parsed(core, question, object);
		cJSON_Delete(question);
	}
	return json_print_answer(answer, object, err);
}
