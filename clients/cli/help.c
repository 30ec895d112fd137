#include "clients/cli/help.h"

#include <string.h>

#include "clients/cli/arguments.h"
#include "clients/cli/special.h"
#include "clients/cli/text.h"

#define NAME_COLUMNS   21
#define OPTION_COLUMNS 28
#define COLUMNS_MAX    80

void help_print_112(FILE *out)
{
	(void)fprintf(out, "%s\n", _("Danger now? Call 112."));
}

static void pad(FILE *out, const char *text, size_t columns)
{
	size_t width = text_width(text);

	(void)fprintf(
		out, "%s%*s", text, (int)(width < columns ? columns - width : 1), "");
}

static size_t bounded(size_t columns)
{
	return columns && columns < COLUMNS_MAX ? columns : COLUMNS_MAX;
}

void help_print_all(FILE *out, size_t columns)
{
	const struct command *command;

	help_print_112(out);
	(void)fprintf(
		out, "\n%s kring %s\n", _("usage:"), _("[OPTION…] COMMAND [WORD…]"));
	for (enum command_topic topic = 0; topic < TOPICS; topic++) {
		(void)fprintf(out, "\n%s\n", command_topic_title(topic));
		for (size_t i = 0; (command = command_at(i)); i++) {
			if (command->topic == topic) {
				(void)fputs("  ", out);
				pad(out, command->name, NAME_COLUMNS);
				(void)fprintf(out, "%s\n", _(command->summary));
			}
		}
	}
	(void)fputc('\n', out);
	text_wrap(out,
		_("'kring help COMMAND' says more about one command. kring(1) is the "
		  "whole "
		  "manual."),
		0, bounded(columns));
}

/* May this word be left out, with all that follow: because it is optional, or because it
 * is asked for or read from standard input? */
static bool may_lack(const struct command *command, size_t i)
{
	for (; i < command_num_params(command); i++) {
		const struct command_param *param = &command->params[i];

		if (!param->is_optional && !param->question &&
			param->kind != VALUE_TEXT && param->kind != VALUE_SECRET) {
			return false;
		}
	}
	return true;
}

static void print_usage(FILE *out, const struct command *command)
{
	(void)fprintf(out, "%s kring %s%s", _("usage:"), command->name,
		command_num_options(command) ? _(" [OPTION…]") : "");
	for (size_t i = 0; i < command_num_params(command); i++) {
		const struct command_param *param = &command->params[i];

		(void)fprintf(
			out, may_lack(command, i) ? " [%s]" : " %s", _(param->name));
		if (param->kind == VALUE_MEMBERS) {
			(void)fputs(" …", out);
		}
	}
	(void)fputc('\n', out);
}

static void print_option(
	FILE *out, char letter, const char *name, const char *value, const char *help)
{
	char text[128], with_letter[8] = "";

	if (letter) {
		(void)snprintf(with_letter, sizeof(with_letter), "-%c, ", letter);
	}
	(void)snprintf(text, sizeof(text), "  %s--%s%s%s", with_letter, name,
		value ? " " : "", value ? _(value) : "");
	pad(out, text, OPTION_COLUMNS);
	(void)fprintf(out, "%s\n", _(help));
}

void help_print(FILE *out, size_t columns, const struct command *command)
{
	const char *examples = command->examples;

	help_print_112(out);
	(void)fputc('\n', out);
	print_usage(out, command);
	(void)fprintf(out, "\n%s: %s.\n", command->name, _(command->summary));
	if (command->details) {
		text_wrap(out, _(command->details), 0, bounded(columns));
	}
	if (command_num_options(command)) {
		(void)fprintf(out, "\n%s\n", _("Options:"));
	}
	for (size_t i = 0; i < command_num_options(command); i++) {
		const struct command_option *option = &command->options[i];

		print_option(out, 0, option->name, option->value, option->help);
	}
	(void)fprintf(out, "\n%s\n", _("Options of every command:"));
	for (size_t i = 0; i < num_global_options; i++) {
		const struct global_option *option = &global_options[i];

		print_option(
			out, option->letter, option->name, option->value, option->help);
	}
	(void)fprintf(out, "\n%s\n", _("Examples:"));
	for (; *examples; examples += strspn(examples, "\n")) {
		size_t len = strcspn(examples, "\n");

		(void)fprintf(out, "  %.*s\n", (int)len, examples);
		examples += len;
	}
}

enum cli_exit run_help(struct cli *cli)
{
	const struct arguments *arguments = cli->arguments;
	int num_taken = 0;
	const struct command *command =
		command_find(arguments->num_words, arguments->words, &num_taken);

	if (arguments->num_words && (!command || num_taken != arguments->num_words)) {
		cli_complain(cli, "usage", arguments->words[0]);
		return CLI_USAGE;
	}
	if (command) {
		help_print(cli->out, cli->columns, command);
	} else {
		help_print_all(cli->out, cli->columns);
	}
	return CLI_DONE;
}
