/* Commands of coordinators about members and what they say, and leaving. A text never
 * goes to the relay: the statement commits to it, and it is said in the group. */
#include <string.h>

#include "clients/core/community/parts.h"

/* Longest texts, CONTENT.md §2. */
#define REASON_MAX   1000
#define RULES_MAX    16000
#define MUTE_MAX_MIN ((uint64_t)366 * 24 * 60)
#define MS_A_MINUTE  ((uint64_t)60000)

/* ---- Texts ------------------------------------------------------------------------ */

/* A text that a statement commits to. */
struct committed {
	struct kr_view text; /* empty: none */
	uint8_t salt[KR_TEXT_SALT_BYTES];
};

static enum kr_err commit_text(struct kr_core *core, struct committed *committed,
	size_t max_len, struct kr_statement *statement)
{
	enum kr_err err = kr_text_check(committed->text, max_len);

	if (err != KR_OK || committed->text.len == 0) {
		return err;
	}
	err = kr_random_fill(core->rng, committed->salt, sizeof(committed->salt));
	kr_text_commit(statement->text, committed->salt, committed->text);
	return err;
}

/* What the statement rests on is in the outbox already, and stands without the text. */
static enum kr_err say(struct kr_core *core, struct group *group,
	struct kr_content *content, const struct committed *committed)
{
	enum kr_err err;

	if (group == NULL || committed->text.len == 0) {
		return KR_OK;
	}
	content->text = committed->text;
	content->written_ms = core->now_ms;
	content->minor = kr_content_info(content->kind)->minor;
	memcpy(content->salt, committed->salt, sizeof(content->salt));
	err = group_say(
		core, group, content, kr_content_info(content->kind)->name, 0, NULL);
	return is_fatal(err) ? err : KR_OK;
}

static enum kr_err say_reason(struct kr_core *core, const struct community *community,
	const uint8_t statement[KR_SHA256_BYTES], const struct committed *committed)
{
	struct kr_content content = {.kind = KR_CONTENT_REASON};

	memcpy(content.hash, statement, sizeof(content.hash));
	return say(core, community_group(core, community), &content, committed);
}

/* ---- Members ---------------------------------------------------------------------- */

static enum kr_err subject_of(struct kr_core *core, const cJSON *args,
	struct community **community, struct community_member **member)
{
	enum kr_err err = community_for_coordinator(core, args, community);

	if (err != KR_OK || (err = member_of(*community, args, "account", member))) {
		return err;
	}
	return (*member)->state == MEMBER_IN ? KR_OK : KR_ERR_STATE;
}

enum kr_err command_remove(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {"community", "account", "reason", NULL};
	struct statement_act act = {
		.verb = KR_VERB_COMMUNITY_REMOVE,
		.what = "remove",
		.command = command->id,
	};
	uint8_t hash[KR_SHA256_BYTES];
	KR_AUTO_FREE struct kr_bytes serials = {0};
	struct committed reason = {0};
	struct kr_statement statement;
	struct community *community;
	struct community_member *member;
	struct kr_topic topic;
	enum kr_err err = json_only(command->args, names);

	if (err != KR_OK ||
		(err = subject_of(core, command->args, &community, &member)) ||
		(err = json_text(command->args, "reason", &reason.text))) {
		return err;
	}
	/* Oneself is not removed: one leaves. */
	if (is_own_account(core, kr_view(member->account, KR_ID_BYTES))) {
		return KR_ERR_FORBIDDEN;
	}
	topic = community_topic(community);
	if ((err = community_statement_begin(
		     core, community, &topic, KR_STATEMENT_REMOVE, &statement)) ||
		(err = commit_text(core, &reason, REASON_MAX, &statement)) ||
		(err = member_serials(member, &serials)) ||
		(err = community_withdraw_first(core, community, member->account))) {
		return err;
	}
	memcpy(statement.subject, member->account, sizeof(statement.subject));
	statement.serials = kr_view_bytes(&serials);
	act.hash = hash;
	err = community_state_it(core, community, &statement, &act);
	return err != KR_OK ? err : say_reason(core, community, hash, &reason);
}

enum kr_err command_mute(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {
		"community", "account", "minutes", "reason", NULL};
	struct statement_act act = {
		.verb = KR_VERB_COMMUNITY_MUTE,
		.what = "mute",
		.command = command->id,
	};
	uint8_t hash[KR_SHA256_BYTES];
	struct committed reason = {0};
	struct kr_statement statement;
	struct community *community;
	struct community_member *member;
	struct kr_topic topic;
	uint64_t minutes;
	enum kr_err err = json_only(command->args, names);

	if (err != KR_OK ||
		(err = subject_of(core, command->args, &community, &member)) ||
		(err = json_number(
			 command->args, "minutes", 0, MUTE_MAX_MIN, &minutes)) ||
		(err = json_text_optional(command->args, "reason", &reason.text))) {
		return err;
	}
	topic = community_topic(community);
	if ((err = community_statement_begin(
		     core, community, &topic, KR_STATEMENT_MUTE, &statement)) ||
		(err = commit_text(core, &reason, REASON_MAX, &statement))) {
		return err;
	}
	memcpy(statement.subject, member->account, sizeof(statement.subject));
	statement.until_ms = minutes == 0 ? 0 : core->now_ms + minutes * MS_A_MINUTE;
	act.until_ms = statement.until_ms;
	act.hash = hash;
	err = community_state_it(core, community, &statement, &act);
	return err != KR_OK ? err : say_reason(core, community, hash, &reason);
}

/* ---- What is said ----------------------------------------------------------------- */

/* A group of this community that this account administers. */
static enum kr_err administered(struct kr_core *core, const struct community *community,
	const cJSON *args, struct group **out)
{
	struct kr_policy policy;
	enum kr_err err = group_of(core, args, out);

	if (err != KR_OK || (err = group_policy(*out, &policy))) {
		return err;
	}
	if (memcmp((*out)->community, community->id, KR_ID_BYTES) != 0) {
		return KR_ERR_NOT_FOUND;
	}
	return kr_policy_has_administrator(&policy, core->identity.account)
		? KR_OK
		: KR_ERR_FORBIDDEN;
}

enum kr_err command_take_down(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {
		"community", "group", "author", "event", "reason", NULL};
	const struct statement_act act = {
		.verb = KR_VERB_COMMUNITY_NOTICE,
		.what = "take_down",
		.command = command->id,
	};
	struct kr_content content = {.kind = KR_CONTENT_TAKE_DOWN, .has_ref = true};
	struct committed reason = {0};
	struct kr_statement statement;
	struct community *community;
	struct group *group;
	struct kr_topic topic;
	enum kr_err err = json_only(command->args, names);

	if (err != KR_OK ||
		(err = community_for_coordinator(core, command->args, &community)) ||
		(err = administered(core, community, command->args, &group)) ||
		(err = json_bytes(command->args, "author", content.ref.author,
			 sizeof(content.ref.author))) ||
		(err = json_bytes(command->args, "event", content.ref.event,
			 sizeof(content.ref.event))) ||
		(err = json_text(command->args, "reason", &reason.text))) {
		return err;
	}
	if (reason.text.len == 0) {
		return KR_ERR_TEXT; /* the author is told why */
	}
	topic = community_topic(community);
	if ((err = community_statement_begin(
		     core, community, &topic, KR_STATEMENT_TAKE_DOWN, &statement)) ||
		(err = commit_text(core, &reason, REASON_MAX, &statement))) {
		return err;
	}
	memcpy(statement.group, group->id, sizeof(statement.group));
	memcpy(statement.subject, content.ref.author, sizeof(statement.subject));
	memcpy(statement.event, content.ref.event, sizeof(statement.event));
	err = community_state_it(core, community, &statement, &act);
	return err != KR_OK ? err : say(core, group, &content, &reason);
}

enum kr_err command_set_rules(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {"community", "text", NULL};
	const struct statement_act act = {
		.verb = KR_VERB_COMMUNITY_RULES,
		.what = "set_rules",
		.command = command->id,
	};
	struct kr_content content = {.kind = KR_CONTENT_RULES};
	struct committed rules = {0};
	struct kr_statement statement;
	struct community *community;
	struct group *group;
	struct kr_topic topic;
	enum kr_err err = json_only(command->args, names);

	if (err != KR_OK ||
		(err = community_for_coordinator(core, command->args, &community)) ||
		(err = json_text(command->args, "text", &rules.text))) {
		return err;
	}
	group = community_group(core, community);
	topic = community_topic(community);
	if (group == NULL) {
		return KR_ERR_STATE; /* nobody could read them */
	}
	if ((err = community_statement_begin(
		     core, community, &topic, KR_STATEMENT_RULES, &statement)) ||
		(err = commit_text(core, &rules, RULES_MAX, &statement)) ||
		(err = community_state_it(core, community, &statement, &act)) ||
		(err = say(core, group, &content, &rules))) {
		return err;
	}
	err = group_change(core, group, &(struct group_change){.rules = statement.text},
		"set_rules", 0, NULL);
	return is_fatal(err) ? err : KR_OK;
}

enum kr_err command_guide(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {"community", "group", "text", "pinned", NULL};
	const struct statement_act act = {
		.verb = KR_VERB_COMMUNITY_NOTICE,
		.what = "guide",
		.command = command->id,
	};
	struct kr_content content = {.kind = KR_CONTENT_GUIDANCE};
	struct committed guidance = {0};
	struct kr_statement statement;
	struct community *community;
	struct group *group;
	struct kr_topic topic;
	enum kr_err err = json_only(command->args, names);

	if (err != KR_OK ||
		(err = community_for_coordinator(core, command->args, &community)) ||
		(err = administered(core, community, command->args, &group)) ||
		(err = json_text(command->args, "text", &guidance.text)) ||
		(err = json_flag(command->args, "pinned", &content.flag))) {
		return err;
	}
	if (guidance.text.len == 0) {
		return KR_ERR_TEXT;
	}
	topic = community_topic(community);
	if ((err = community_statement_begin(
		     core, community, &topic, KR_STATEMENT_GUIDANCE, &statement)) ||
		(err = commit_text(core, &guidance, RULES_MAX, &statement))) {
		return err;
	}
	memcpy(statement.group, group->id, sizeof(statement.group));
	err = community_state_it(core, community, &statement, &act);
	return err != KR_OK ? err : say(core, group, &content, &guidance);
}

/* ---- Leaving ---------------------------------------------------------------------- */

enum kr_err community_leave(
	struct kr_core *core, struct community *community, uint64_t command)
{
	const struct community_member *own =
		community_member(community, core->identity.account);
	const struct statement_act act = {
		.verb = KR_VERB_COMMUNITY_LEAVE,
		.what = "leave",
		.command = command,
		.done_at_answer = true,
	};
	KR_AUTO_FREE struct kr_bytes serials = {0};
	struct kr_topic topic = community_topic(community);
	struct kr_statement statement;
	enum kr_err err;

	if (own == NULL || own->state != MEMBER_IN) {
		return KR_ERR_STATE;
	}
	if ((err = community_statement_begin(
		     core, community, &topic, KR_STATEMENT_LEAVE, &statement)) ||
		(err = member_serials(own, &serials)) ||
		(err = community_withdraw_first(core, community, own->account))) {
		return err;
	}
	memcpy(statement.subject, own->account, sizeof(statement.subject));
	statement.serials = kr_view_bytes(&serials);
	return community_state_it(core, community, &statement, &act);
}

enum kr_err command_leave(struct kr_core *core, struct command *command)
{
	static const char *const names[] = {"community", NULL};
	struct community *community;
	enum kr_err err = json_only(command->args, names);

	if (err != KR_OK ||
		(err = community_for_member(core, command->args, &community))) {
		return err;
	}
	return community_leave(core, community, command->id);
}
