/* Completion for bash and zsh, written from the table of commands. */
#include "clients/cli/arguments.h"
#include "clients/cli/special.h"

#include <string.h>

/* ---- What both need --------------------------------------------------------------- */

/* The first words of all names, each once; or the second words after a first one. */
static void print_words(FILE *out, const char *first, const char *between)
{
	const struct command *command;
	char last[64] = "";
	const char *separator = "";

	for (size_t i = 0; (command = command_at(i)); i++) {
		size_t len = strcspn(command->name, " ");
		char word[64];

		(void)snprintf(word, sizeof(word), "%.*s", (int)len, command->name);
		if (!first && strcmp(word, last) != 0) {
			(void)fprintf(out, "%s%s", separator, word);
			separator = between;
			memcpy(last, word, sizeof(last));
		} else if (first && strcmp(word, first) == 0 && command->name[len]) {
			(void)fprintf(out, "%s%s", separator, command->name + len + 1);
			separator = between;
		}
	}
}

static void print_options(FILE *out, const struct command *command, const char *between)
{
	const char *separator = "";

	for (size_t i = 0; command && i < command_num_options(command); i++) {
		(void)fprintf(out, "%s--%s", separator, command->options[i].name);
		separator = between;
	}
	for (size_t i = 0; !command && i < num_global_options; i++) {
		(void)fprintf(out, "%s--%s", separator, global_options[i].name);
		separator = between;
	}
}

/* Is there another word to complete after this command's, as in "circle add"? */
static bool is_family(const struct command *command)
{
	size_t len = strcspn(command->name, " ");
	const struct command *other;

	for (size_t i = 0; (other = command_at(i)); i++) {
		if (strncmp(other->name, command->name, len) == 0 &&
			other->name[len] == ' ') {
			return true;
		}
	}
	return false;
}

/* A case of the shell for each command with more words or options of its own. */
static void print_cases(FILE *out, const char *indent)
{
	const struct command *command;
	char last[64] = "";

	for (size_t i = 0; (command = command_at(i)); i++) {
		char word[64];

		(void)snprintf(word, sizeof(word), "%.*s",
			(int)strcspn(command->name, " "), command->name);
		if (is_family(command) && strcmp(word, last) != 0) {
			(void)fprintf(out, "%s%s) words=\"", indent, word);
			print_words(out, word, " ");
			if (strcmp(word, command->name) == 0) {
				(void)fputc(' ', out);
				print_options(out, command, " ");
			}
			(void)fputs("\" ;;\n", out);
			memcpy(last, word, sizeof(last));
		}
		if (command_num_options(command) && strcmp(word, last) != 0) {
			(void)fprintf(out, "%s%s) words=\"", indent, command->name);
			print_options(out, command, " ");
			(void)fputs("\" ;;\n", out);
		} else if (command_num_options(command) && strchr(command->name, ' ')) {
			(void)fprintf(out, "%s\"%s\") words=\"", indent, command->name);
			print_options(out, command, " ");
			(void)fputs("\" ;;\n", out);
		}
	}
}

/* ---- The shells ------------------------------------------------------------------- */

static void print_bash(FILE *out)
{
	(void)fputs("# bash completion for kring\n"
		    "_kring() {\n"
		    "\tlocal current=${COMP_WORDS[COMP_CWORD]} command= i word words\n"
		    "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
		    "\t\tword=${COMP_WORDS[i]}\n"
		    "\t\t[[ $word == -* ]] || command+=\"${command:+ }$word\"\n"
		    "\tdone\n"
		    "\twords=\n"
		    "\tcase $command in\n"
		    "\t\"\") words=\"",
		out);
	print_words(out, NULL, " ");
	(void)fputs("\" ;;\n", out);
	print_cases(out, "\t");
	(void)fputs("\tesac\n"
		    "\tif [[ $current == -* ]]; then\n"
		    "\t\twords+=\" ",
		out);
	print_options(out, NULL, " ");
	(void)fputs("\"\n"
		    "\tfi\n"
		    "\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
		    "}\n"
		    "complete -o default -F _kring kring\n",
		out);
}

static void print_zsh(FILE *out)
{
	(void)fputs("#compdef kring\n"
		    "_kring() {\n"
		    "\tlocal command= word words_given words\n"
		    "\twords_given=(\"${(@)words[2,CURRENT-1]}\")\n"
		    "\tfor word in $words_given; do\n"
		    "\t\t[[ $word == -* ]] || command+=\"${command:+ }$word\"\n"
		    "\tdone\n"
		    "\twords=\n"
		    "\tcase $command in\n"
		    "\t\"\") words=\"",
		out);
	print_words(out, NULL, " ");
	(void)fputs("\" ;;\n", out);
	print_cases(out, "\t");
	(void)fputs("\tesac\n"
		    "\twords+=\" ",
		out);
	print_options(out, NULL, " ");
	(void)fputs("\"\n"
		    "\tcompadd -- ${=words} || _files\n"
		    "}\n"
		    "compdef _kring kring\n",
		out);
}

enum cli_exit run_completion(struct cli *cli)
{
	const char *shell = cli->arguments->num_words ? cli->arguments->words[0] : "";

	if (strcmp(shell, "bash") == 0) {
		print_bash(cli->out);
	} else if (strcmp(shell, "zsh") == 0) {
		print_zsh(cli->out);
	} else {
		cli_complain(cli, "usage", "bash, zsh");
		return CLI_USAGE;
	}
	return CLI_DONE;
}
