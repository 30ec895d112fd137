#include "clients/cli/command.h"

#include <string.h>

#include "clients/cli/commands.h"

static const struct command_list *const lists[] = {
	&commands_begin,
	&commands_report,
	&commands_messages,
	&commands_community,
	&commands_coordinator,
	&commands_circles,
	&commands_professional,
	&commands_program,
};

const struct command *command_at(size_t i)
{
	for (size_t l = 0; l < sizeof(lists) / sizeof(lists[0]); l++) {
		if (i < lists[l]->num) {
			return &lists[l]->commands[i];
		}
		i -= lists[l]->num;
	}
	return NULL;
}

/* How many of the words a name of one or two words takes; 0 if it is another name. */
static int words_taken(const char *name, int num_words, char *const *words)
{
	const char *space = strchr(name, ' ');
	size_t len = space ? (size_t)(space - name) : strlen(name);

	if (num_words < 1 || strlen(words[0]) != len ||
		strncmp(words[0], name, len) != 0) {
		return 0;
	}
	if (!space) {
		return 1;
	}
	return num_words >= 2 && strcmp(words[1], space + 1) == 0 ? 2 : 0;
}

const struct command *command_find(int num_words, char *const *words, int *num_taken)
{
	const struct command *found = NULL;
	const struct command *command;

	*num_taken = 0;
	for (size_t i = 0; (command = command_at(i)); i++) {
		int taken = words_taken(command->name, num_words, words);

		if (taken > *num_taken) {
			found = command;
			*num_taken = taken;
		}
	}
	return found;
}

const char *command_topic_title(enum command_topic topic)
{
	static const char *const titles[TOPICS] = {
		[TOPIC_BEGIN] = N_("Beginning"),
		[TOPIC_REPORT] = N_("Telling a professional"),
		[TOPIC_MESSAGES] = N_("Concerns and messages"),
		[TOPIC_COMMUNITY] = N_("Your community"),
		[TOPIC_COORDINATOR] = N_("For coordinators"),
		[TOPIC_CIRCLES] = N_("Circles"),
		[TOPIC_PROFESSIONAL] = N_("For professionals"),
		[TOPIC_DEVICES] = N_("Your devices"),
		[TOPIC_WATCH] = N_("Keeping watch"),
		[TOPIC_PROGRAM] = N_("This program and your data"),
	};

	return _(titles[topic]);
}

size_t command_num_params(const struct command *command)
{
	size_t num = 0;

	while (num < COMMAND_PARAMS_MAX && command->params[num].name) {
		num++;
	}
	return num;
}

size_t command_num_options(const struct command *command)
{
	size_t num = 0;

	while (num < COMMAND_OPTIONS_MAX && command->options[num].name) {
		num++;
	}
	return num;
}

bool command_is_many(const struct command_param *param)
{
	return param->kind == VALUE_MEMBERS || param->kind == VALUE_TEXT;
}
