#include "clients/cli/commands.h"
#include "clients/cli/special.h"

#define URL                                                                              \
	{                                                                                \
		"url", N_("URL"), NULL, VALUE_LINE, false,                               \
			N_("the relay's address, wss://…")                               \
	}

#define RELAY                                                                            \
	{                                                                                \
		"relay", N_("NAME"), NULL, VALUE_LINE, false,                            \
			N_("the relay's name, if it is not the host of URL")             \
	}

static const struct command commands[] = {
	{
		.name = "signal",
		.topic = TOPIC_REPORT,
		.scope = SCOPE_NONE,
		.options =
			{
				{"inbox", N_("FILE"), NULL, VALUE_FILE, false,
					N_("the link of a poster; without it you are "
					   "asked")},
				{"to", N_("NAME"), NULL, VALUE_LINE, false,
					N_("an inbox that your community trusts; with "
					   "--community alone you are asked")},
				URL,
				RELAY,
				{"from", N_("FILE"), NULL, VALUE_FILE, false,
					N_("the signal as JSON, in place of questions")},
				{"arrival", N_("FILE"), NULL, VALUE_FILE, false,
					N_("keep the relay's signed promise in a file")},
				{"verified", NULL, NULL, VALUE_FLAG, false,
					N_("with --community and your name: prove that "
					   "you are a verified neighbour")},
			},
		.summary = N_("tell a professional, in confidence"),
		.details = N_("No account is needed, and none is used: the signal goes "
			      "over a connection of its own and nothing of it is kept. "
			      "You get 20 digits with which you can return from any "
			      "device. Write them down: without them nobody can."),
		.examples = "kring signal --inbox poster.txt\n"
			    "kring signal --community Noord --to Wijkagent\n"
			    "kring signal --inbox poster.txt --from signal.json --json",
		.is_without_account = true,
		.run = run_signal,
	},
	{
		.name = "return",
		.topic = TOPIC_REPORT,
		.scope = SCOPE_NONE,
		.options =
			{
				URL,
				RELAY,
				{"answer", NULL, NULL, VALUE_FLAG, false,
					N_("say something more")},
				{"worse", NULL, NULL, VALUE_FLAG, false,
					N_("it is getting worse: somebody must look "
					   "sooner")},
				{"goes-on", NULL, NULL, VALUE_FLAG, false,
					N_("open a closed case again")},
				{"urgency", N_("HOW"), NULL, VALUE_LINE, false,
					N_("with --worse or --goes-on: danger_now, "
					   "today, this_week or no_hurry")},
				{"consent", N_("TEAM"), NULL, VALUE_LINE, false,
					N_("another team may know who you are: its name, "
					   "or start of its id")},
				{"withdraw", NULL, NULL, VALUE_FLAG, false,
					N_("take the signal back")},
				{"erase", NULL, NULL, VALUE_FLAG, false,
					N_("erase it, if nobody has ever opened it")},
				{"check", N_("FILE"), NULL, VALUE_FILE, false,
					N_("hold the relay to its promise, kept with "
					   "--arrival")},
				{"follow", NULL, NULL, VALUE_FLAG, false,
					N_("stay, and show what comes in")},
			},
		.summary = N_("return with your 20 digits: see what was done"),
		.details = N_("The digits are asked for, or read from the first line of "
			      "standard input; what you want to say comes after them. On "
			      "a terminal you are asked what you want to do. What you "
			      "wrote yourself is never shown."),
		.examples = "kring return --url wss://relay.example/kring\n"
			    "kring return --url wss://relay.example/kring --answer\n"
			    "kring return --url wss://relay.example/kring --check "
			    "arrival.txt",
		.is_without_account = true,
		.run = run_return,
	},
};

const struct command_list commands_report = {
	commands, sizeof(commands) / sizeof(commands[0])};
