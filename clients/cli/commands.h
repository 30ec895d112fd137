/* The table of commands in parts, one for each kind of user or subject. */
#ifndef KRING_CLI_COMMANDS_H
#define KRING_CLI_COMMANDS_H

#include "clients/cli/command.h"

extern const struct command_list commands_begin, commands_messages, commands_community,
	commands_coordinator, commands_circles, commands_professional, commands_program,
	commands_report;

#endif
