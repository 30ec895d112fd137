#include "clients/cli/commands.h"
#include "clients/cli/render.h"
#include "clients/cli/special.h"

static const struct command commands[] = {
	{
		.name = "status",
		.topic = TOPIC_WATCH,
		.summary = N_("see how things are"),
		.examples = "kring status\n"
			    "kring status --offline --json",
		.request = "{\"ask\":\"status\"}",
		.render = render_status,
	},
	{
		.name = "sync",
		.topic = TOPIC_WATCH,
		.summary = N_("fetch what is new and send what waits"),
		.examples = "kring sync",
		.run = run_sync,
		.render = render_synced,
	},
	{
		.name = "follow",
		.topic = TOPIC_WATCH,
		.summary = N_("stay connected and show what comes in"),
		.details = N_(
			"Until Ctrl-C. With --json one object a line: each new message "
			"under \"message\", all else as the core tells it."),
		.options =
			{
				{"hook", N_("PROGRAM"), NULL, VALUE_FILE, false,
					N_("run for each event of a case, with JSON on "
					   "its "
					   "input")},
				{"inbox", N_("INBOX"), NULL, VALUE_OWN_INBOX, false,
					N_("only the cases of one of your inboxes, and "
					   "alarms")},
				{"case", N_("CASE"), NULL, VALUE_CASE, false,
					N_("only this case, and alarms")},
			},
		.examples = "kring follow\n"
			    "kring follow --inbox Wijkteam\n"
			    "kring follow --hook ./to-our-system\n"
			    "kring follow --json | while read -r line; do …; done",
		.run = run_follow,
	},
	{
		.name = "outbox",
		.topic = TOPIC_WATCH,
		.summary = N_("list what was not sent yet"),
		.examples = "kring outbox",
		.request = "{\"ask\":\"outbox\"}",
		.list = &list_outbox,
	},
	{
		.name = "alarms",
		.topic = TOPIC_WATCH,
		.summary = N_("see what was found to be wrong"),
		.examples = "kring alarms",
		.request = "{\"ask\":\"alarms\"}",
		.render = render_alarms,
	},
	{
		.name = "dismiss",
		.topic = TOPIC_WATCH,
		.params = {{N_("NUMBER"), "alarm", VALUE_NUMBER, false, NULL}},
		.summary = N_("put an alarm away that you have dealt with"),
		.examples = "kring dismiss 1",
		.request = "{\"do\":\"dismiss\"}",
	},
	{
		.name = "heal",
		.topic = TOPIC_WATCH,
		.scope = SCOPE_GROUP,
		.summary = N_("ask to be let in again when a group is out of step"),
		.examples = "kring heal\n"
			    "kring heal --group 'Om nummer 12'",
		.request = "{\"do\":\"heal\"}",
		.done = N_(
			"Asked. An administrator's device lets you in again by itself."),
	},
	{
		.name = "refresh",
		.topic = TOPIC_WATCH,
		.scope = SCOPE_GROUP,
		.summary = N_("renew your keys in a group"),
		.details = N_(
			"If somebody may have had a look at your keystore: what follows "
			"cannot be read with the old keys."),
		.examples = "kring refresh",
		.request = "{\"do\":\"refresh\"}",
		.done = N_("Your keys are new."),
	},
	{
		.name = "passphrase",
		.topic = TOPIC_PROGRAM,
		.params = {{N_("FILE"), NULL, VALUE_FILE, true, NULL}},
		.summary = N_("change the passphrase of the keystore"),
		.details = N_("Asked for twice; or the first line of FILE."),
		.examples = "kring passphrase",
		.run = run_passphrase,
		.is_without_account = true,
		.done = N_("The passphrase is changed."),
	},
	{
		.name = "export",
		.topic = TOPIC_PROGRAM,
		.summary = N_("print all your own data"),
		.details = N_(
			"As JSON, without keys. It holds your messages: keep it well."),
		.examples = "kring export >my-data.json",
		.request = "{\"ask\":\"export\"}",
		.render = render_export,
	},
	{
		.name = "delete-account",
		.topic = TOPIC_PROGRAM,
		.summary = N_("leave everything and delete your account and keystore"),
		.examples = "kring delete-account",
		.confirm = N_(
			"Delete your account and all that is kept here? This cannot be "
			"undone."),
		.run = run_delete_account,
		.done = N_("Your account and your keystore are gone."),
	},
	{
		.name = "completion",
		.topic = TOPIC_PROGRAM,
		.params = {{N_("SHELL"), NULL, VALUE_SHELL, false, NULL}},
		.summary = N_("print what lets a shell complete commands"),
		.details = N_("SHELL is bash or zsh."),
		.examples = "kring completion bash >~/.local/share/bash-completion/"
			    "completions/kring",
		.run = run_completion,
		.is_without_account = true,
	},
	{
		.name = "help",
		.topic = TOPIC_PROGRAM,
		.params = {{N_("COMMAND"), NULL, VALUE_TEXT, true, NULL}},
		.summary = N_("say what kring or one command does"),
		.examples = "kring help\n"
			    "kring help circle add",
		.run = run_help,
		.is_without_account = true,
	},
};

const struct command_list commands_program = {
	commands, sizeof(commands) / sizeof(commands[0])};
