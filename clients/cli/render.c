#include "clients/cli/render.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clients/cli/arguments.h"
#include "clients/cli/letter.h"
#include "clients/cli/qr.h"
#include "clients/cli/session.h"
#include "clients/cli/text.h"
#include "clients/cli/words.h"

/* "name:   value" for things that are not a list. */
static void print_fact(struct cli *cli, const char *name, const char *value)
{
	char *harmless = text_harmless(value, false);
	size_t width = text_width(name);

	(void)fprintf(cli->out, "%s:%*s %s\n", name, width < 18 ? (int)(18 - width) : 0,
		"", harmless ? harmless : "");
	free(harmless);
}

static void print_number(struct cli *cli, const char *name, double number)
{
	char digits[32];

	(void)snprintf(digits, sizeof(digits), "%.0f", number);
	print_fact(cli, name, digits);
}

static void print_lines(struct cli *cli, const char *text, size_t indent)
{
	char *harmless = text_harmless(text, true);

	text_wrap(cli->out, harmless ? harmless : "", indent, cli->columns);
	free(harmless);
}

enum cli_exit render_status(struct cli *cli, const cJSON *answer)
{
	print_fact(cli, _("name"), cli_string(answer, "name"));
	print_fact(cli, _("account"), cli_string(answer, "account"));
	print_fact(cli, _("relay"), cli_string(answer, "relay"));
	print_fact(cli, _("connection"),
		words_of(WORDS_CONNECTION, cli_string(answer, "connection")));
	print_fact(cli, _("up to date"),
		cli_is_true(answer, "caught_up") ? _("yes") : _("no"));
	print_number(cli, _("communities"), cli_number(answer, "communities"));
	print_number(cli, _("not sent yet"), cli_number(answer, "outbox"));
	print_number(cli, _("alarms"), cli_number(answer, "alarms"));
	return CLI_DONE;
}

enum cli_exit render_safety(struct cli *cli, const cJSON *answer)
{
	const char *digits = cli_string(answer, "number");
	size_t num = 0;

	(void)fprintf(cli->out, "%s\n",
		_("Read this number to each other, face to face or by telephone. If it "
		  "is the same, nobody sits in between."));
	/* Five digits at a time, four times a line. */
	for (; *digits; digits++) {
		if (*digits < '0' || *digits > '9') {
			continue;
		}
		if (num % 5 == 0) {
			(void)fputs(num % 20 == 0 ? "\n  " : " ", cli->out);
		}
		(void)fputc(*digits, cli->out);
		num++;
	}
	(void)fputc('\n', cli->out);
	return CLI_DONE;
}

enum cli_exit render_rules(struct cli *cli, const cJSON *answer)
{
	const char *text = cli_string(answer, "text");

	print_lines(cli, *text ? text : _("There are no rules yet."), 0);
	return CLI_DONE;
}

enum cli_exit render_guidance(struct cli *cli, const cJSON *answer)
{
	const cJSON *list = cJSON_GetObjectItem(answer, "guidance");
	const cJSON *item;
	char when[32];

	cJSON_ArrayForEach(item, list)
	{
		(void)fprintf(cli->out, "%s%s\n",
			words_time(when, sizeof(when), cli_number(item, "time")),
			cli_is_true(item, "pinned") ? _("  (pinned)") : "");
		print_lines(cli, cli_string(item, "text"), 2);
	}
	if (cJSON_GetArraySize(list) == 0) {
		(void)fprintf(cli->out, "%s\n", _("There is no guidance yet."));
	}
	return CLI_DONE;
}

/* What a professional wrote, from whom, and until when it holds. */
static void print_notice(struct cli *cli, const cJSON *notice)
{
	char *name = text_harmless(cli_string(notice, "name"), false);
	char *title = text_harmless(cli_string(notice, "title"), false);
	bool is_card = strcmp(cli_string(notice, "kind"), "guidance") == 0;
	char when[32];

	if (cJSON_HasObjectItem(notice, "seq")) {
		(void)fprintf(cli->out, "#%.0f  ", cli_number(notice, "seq"));
	}
	(void)fprintf(cli->out, "%s  %s%s%s\n",
		words_time(when, sizeof(when), cli_number(notice, "made")),
		is_card ? _("guidance card") : _("notice"), name && *name ? "  " : "",
		name ? name : "");
	if (cJSON_HasObjectItem(notice, "until")) {
		(void)fprintf(cli->out,
			cli_is_true(notice, "expired") ? _("  (not any more since %s)\n")
						       : _("  (until %s)\n"),
			words_time(when, sizeof(when), cli_number(notice, "until")));
	}
	(void)fprintf(cli->out, "  %s\n", title ? title : "");
	print_lines(cli, cli_string(notice, "text"), 2);
	free(name);
	free(title);
}

enum cli_exit render_notices(struct cli *cli, const cJSON *answer)
{
	const cJSON *list = cJSON_GetObjectItem(answer, "notices");
	const cJSON *notice;

	cJSON_ArrayForEach(notice, list)
	{
		print_notice(cli, notice);
	}
	if (cJSON_GetArraySize(list) == 0) {
		(void)fprintf(cli->out, "%s\n", _("There are no notices yet."));
	}
	return CLI_DONE;
}

enum cli_exit render_alarms(struct cli *cli, const cJSON *answer)
{
	const cJSON *list = cJSON_GetObjectItem(answer, "alarms");
	const cJSON *item;
	char when[32];

	cJSON_ArrayForEach(item, list)
	{
		const char *name = cli_string(item, "name");

		(void)fprintf(cli->out, "%.0f  %s  %s%s\n", cli_number(item, "alarm"),
			words_time(when, sizeof(when), cli_number(item, "time")), name,
			cli_is_true(item, "dismissed") ? _("  (dismissed)") : "");
		print_lines(cli, words_of(WORDS_ALARM, name), 3);
		if (*cli_string(item, "text")) {
			print_lines(cli, cli_string(item, "text"), 3);
		}
	}
	if (cJSON_GetArraySize(list) == 0) {
		(void)fprintf(cli->out, "%s\n", _("There are no alarms."));
	} else {
		(void)fprintf(cli->out, "%s\n",
			_("Speak to your coordinator about it, not through Kring. 'kring "
			  "dismiss NUMBER' puts an alarm away."));
	}
	return CLI_DONE;
}

enum cli_exit render_fingerprint(struct cli *cli, const cJSON *answer)
{
	(void)fprintf(cli->out,
		_("This community trusts the inbox now. Its fingerprint: %s"),
		cli_string(answer, "fingerprint"));
	(void)fprintf(cli->out, "\n%s\n",
		_("Compare it by telephone with what the professionals read to you."));
	return CLI_DONE;
}

enum cli_exit render_export(struct cli *cli, const cJSON *answer)
{
	char *text = cJSON_Print(answer);

	(void)fprintf(cli->out, "%s\n", text ? text : "{}");
	cJSON_free(text);
	return CLI_DONE;
}

enum cli_exit render_synced(struct cli *cli, const cJSON *answer)
{
	unsigned long events = (unsigned long)cli_number(answer, "events");

	(void)fprintf(cli->out,
		ngettext("Up to date: %lu new event.", "Up to date: %lu new events.",
			events),
		events);
	(void)fputc('\n', cli->out);
	return CLI_DONE;
}

enum cli_exit render_card(struct cli *cli, const cJSON *answer)
{
	(void)fprintf(cli->out, "%s\n", cli_string(answer, "card"));
	return CLI_DONE;
}

enum cli_exit render_link(struct cli *cli, const cJSON *answer)
{
	(void)fprintf(cli->out, "%s\n", cli_string(answer, "link"));
	return CLI_DONE;
}

enum cli_exit render_signature(struct cli *cli, const cJSON *answer)
{
	(void)fprintf(cli->out, "%s\n", cli_string(answer, "signature"));
	return CLI_DONE;
}

void render_recovery(FILE *out, const char *digits, const char *purpose)
{
	(void)fprintf(out, "%s\n\n  %s\n\n%s\n%s\n", _("The digits of the recovery key:"),
		digits,
		_("They are shown only this once. Write them on paper and keep the paper "
		  "in a safe place, away from this computer."),
		purpose);
}

enum cli_exit render_prepared(struct cli *cli, const cJSON *answer)
{
	(void)fprintf(cli->out, "%s\n", cli_string(answer, "content"));
	if (*cli_string(answer, "recovery")) {
		render_recovery(stderr, cli_string(answer, "recovery"),
			_("With them a new coordinator can be named when nobody is "
			  "left."));
	}
	return CLI_DONE;
}

/* ---- Invitations ------------------------------------------------------------------ */

static char *community_name(struct cli *cli)
{
	cJSON *answer = session_ask_plain(cli, "communities");
	const cJSON *item;
	char *name = NULL;

	cJSON_ArrayForEach(item, cJSON_GetObjectItem(answer, "communities"))
	{
		if (!name && strcmp(cli_string(item, "community"), cli->community) == 0) {
			name = strdup(cli_string(item, "name"));
		}
	}
	cJSON_Delete(answer);
	return name;
}

/* The invitation is good even if one cannot be written. */
enum cli_exit write_invitation(struct cli *cli, const cJSON *answer)
{
	const char *picture = arguments_option(cli->arguments, "qr");
	const char *letter = arguments_option(cli->arguments, "letter");
	char *name = letter ? community_name(cli) : NULL;
	enum cli_exit code = CLI_DONE;

	if (picture && !qr_write(picture, cli_string(answer, "link"))) {
		cli_complain(cli, "file", picture);
		code = CLI_USAGE;
	}
	if (letter &&
		!letter_write(letter,
			&(struct letter){.community = name ? name : "",
				.link = cli_string(answer, "link"),
				.until_ms = cli_number(answer, "until")})) {
		cli_complain(cli, "file", letter);
		code = CLI_USAGE;
	}
	free(name);
	return code;
}

enum cli_exit render_invitation(struct cli *cli, const cJSON *answer)
{
	const char *link = cli_string(answer, "link");
	char when[32];

	(void)fprintf(cli->out, "%s\n", link);
	if (cli->columns) {
		qr_print(cli->out, link, cli->has_colour);
	}
	cli_note(cli,
		_("Give this link only to the person it is for. Whoever has it can "
		  "ask to join."));
	(void)fprintf(stderr, _("It is good until %s."),
		words_time(when, sizeof(when), cli_number(answer, "until")));
	(void)fputc('\n', stderr);
	return CLI_DONE;
}
