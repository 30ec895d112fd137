#include "clients/report/commands.h"

#include <string.h>

#include "clients/report/show.h"
#include "clients/report/state.h"

static enum kr_err command_forget(struct kr_report *report, const struct command *command)
{
	static const char *const names[] = {NULL};
	enum kr_err err = json_only(command->args, names);

	if (err == KR_OK && (err = link_close(report)) == KR_OK) {
		report_wipe(report);
		err = output_done(&report->outputs, command->id, NULL);
	}
	return err;
}

static enum kr_err do_parsed(struct kr_report *report, struct command *command)
{
	struct kr_view name;
	enum kr_err err = json_text(command->args, "do", &name);

	if (err != KR_OK) {
		return err;
	}
	if (kr_view_equal(name, kr_view_str("open"))) {
		return command_open(report, command);
	}
	if (kr_view_equal(name, kr_view_str("receipt"))) {
		return command_receipt(report, command);
	}
	if (kr_view_equal(name, kr_view_str("send"))) {
		return command_send(report, command);
	}
	if (kr_view_equal(name, kr_view_str("return"))) {
		return command_return(report, command);
	}
	if (kr_view_equal(name, kr_view_str("check"))) {
		return command_check(report, command);
	}
	if (kr_view_equal(name, kr_view_str("forget"))) {
		return command_forget(report, command);
	}
	return command_act(report, command);
}

/* An error names the field that is wrong, where that is known. */
static enum kr_err refuse(
	struct kr_report *report, const struct command *command, enum kr_err refusal)
{
	cJSON *answer = cJSON_CreateObject();

	if (!json_add_error(answer, refusal, NULL) ||
		(command->fault != NULL &&
			!json_add_str(answer, "field", command->fault))) {
		cJSON_Delete(answer);
		return KR_ERR_MEMORY;
	}
	return output_answer(&report->outputs, command->id, answer);
}

enum kr_err report_commands_do(struct kr_report *report, uint64_t id, struct kr_view text)
{
	struct command command = {.id = id};
	cJSON *args;
	enum kr_err err;

	if (id == 0) {
		return KR_ERR_STATE;
	}
	err = json_parse(&args, text);
	if (err == KR_OK) {
		command.args = args;
		err = do_parsed(report, &command);
		cJSON_Delete(args);
	}
	return err == KR_OK || err == KR_ERR_MEMORY || err == KR_ERR_RANDOM
		? err
		: refuse(report, &command, err);
}

static enum kr_err ask_parsed(
	const struct kr_report *report, const cJSON *question, cJSON *answer)
{
	static const char *const names[] = {NULL};
	struct kr_view name;
	enum kr_err err;

	if ((err = json_only(question, names)) ||
		(err = json_text(question, "ask", &name))) {
		return err;
	}
	if (kr_view_equal(name, kr_view_str("inbox"))) {
		return report_ask_inbox(report, answer);
	}
	return kr_view_equal(name, kr_view_str("case")) ? report_ask_case(report, answer)
							: KR_ERR_VERB;
}

enum kr_err report_commands_ask(
	const struct kr_report *report, struct kr_view text, struct kr_bytes *answer)
{
	cJSON *object = cJSON_CreateObject();
	cJSON *question;
	enum kr_err err = object == NULL ? KR_ERR_MEMORY : json_parse(&question, text);

	if (err == KR_OK) {
		err = ask_parsed(report, question, object);
		cJSON_Delete(question);
	}
	return json_print_answer(answer, object, err);
}
