#include "clients/cli/commands.h"
#include "clients/cli/render.h"
#include "clients/cli/special.h"

static const struct command commands[] = {
	{
		.name = "join",
		.topic = TOPIC_BEGIN,
		.params = {{N_("FILE"), "link", VALUE_SECRET, false,
			N_("Paste your invitation:")}},
		.options =
			{
				{"name", N_("NAME"), NULL, VALUE_LINE, false,
					N_("the name that your neighbours will see")},
				{"note", N_("TEXT"), NULL, VALUE_LINE, false,
					N_("who you are, and how that can be checked")},
				{"url", N_("URL"), NULL, VALUE_LINE, false,
					N_("where the relay is, if the invitation does "
					   "not say it")},
			},
		.summary = N_("ask to join a community, with an invitation"),
		.details = N_("Without FILE you are asked for the invitation. It is a "
			      "secret, so it never stands on the command line. Your note "
			      "can be read by the coordinators only. Then wait: a "
			      "coordinator checks who you are."),
		.examples = "kring join\n"
			    "kring join invitation.txt --name 'Anna de Vries'",
		.run = run_join,
		.done = N_(
			"You have asked to join. A coordinator will check who you are. "
			"Run 'kring sync' later to see the answer."),
	},
	{
		.name = "init",
		.topic = TOPIC_BEGIN,
		.params = {{N_("URL"), "url", VALUE_LINE, false,
			N_("Address of the relay (wss://…/kring):")}},
		.options =
			{
				{"name", N_("NAME"), "name", VALUE_LINE, false,
					N_("the name that your neighbours will see")},
				{"relay", N_("NAME"), "relay", VALUE_LINE, false,
					N_("the relay's name, if it is not the host of "
					   "URL")},
				{"app", N_("URL"), "app", VALUE_LINE, false,
					N_("where the web app is: invitations begin "
					   "with it")},
			},
		.summary = N_("make an account at a relay, to found a community"),
		.details = N_("Who has an invitation uses 'kring join' at once."),
		.examples = "kring init wss://kring.example/kring --name 'Anna de Vries'",
		.request = "{\"do\":\"init\"}",
		.run = run_init,
		.is_without_account = true,
		.done = N_("Your account is there. Keep the passphrase well: nobody can "
			   "give it back to you."),
	},
	{
		.name = "found",
		.topic = TOPIC_BEGIN,
		.params =
			{
				{N_("NAME"), "name", VALUE_LINE, false,
					N_("Name of the community:")},
				{N_("FILE"), "grant", VALUE_SECRET, false,
					N_("Code from the operator:")},
			},
		.summary = N_("found a community, alone with a recovery key"),
		.details =
			N_("Needs a code from the operator of the relay, asked for or "
			   "read from FILE. Shows the digits of the recovery key once: "
			   "print them and keep them away from this computer."),
		.examples = "kring found 'Buurt De Linden'\n"
			    "kring found 'Buurt De Linden' code.txt",
		.run = run_found,
	},
	{
		.name = "founding card",
		.topic = TOPIC_BEGIN,
		.summary = N_("print the card of somebody who founds with others"),
		.details = N_("Also for who is to be made coordinator later."),
		.examples = "kring founding card >card.txt",
		.request = "{\"do\":\"founder_card\"}",
		.render = render_card,
	},
	{
		.name = "founding prepare",
		.topic = TOPIC_BEGIN,
		.params = {{N_("NAME"), "name", VALUE_LINE, false,
			N_("Name of the community:")}},
		.options =
			{
				{"card", N_("FILE"), "cards", VALUE_SECRETS, true,
					N_("the card of another founder; may be "
					   "repeated")},
				{"recovery", NULL, "recovery", VALUE_FLAG, false,
					N_("make a recovery key as well")},
			},
		.summary = N_("prepare a community of several founders"),
		.details =
			N_("Prints what each founder signs with 'kring founding sign'."),
		.examples = "kring founding prepare 'Buurt De Linden' --card jan.txt "
			    ">content.txt",
		.request = "{\"do\":\"found_prepare\"}",
		.render = render_prepared,
	},
	{
		.name = "founding sign",
		.topic = TOPIC_BEGIN,
		.params = {{N_("FILE"), "content", VALUE_SECRET, false,
			N_("What is to be signed:")}},
		.summary = N_("sign what another founder has prepared"),
		.examples = "kring founding sign content.txt >signature.txt",
		.request = "{\"do\":\"found_sign\"}",
		.render = render_signature,
	},
	{
		.name = "founding finish",
		.topic = TOPIC_BEGIN,
		.params =
			{
				{N_("CONTENT"), "content", VALUE_SECRET, false,
					N_("What was signed:")},
				{N_("CODE"), "grant", VALUE_SECRET, false,
					N_("Code from the operator:")},
			},
		.options = {{"signature", N_("FILE"), "signatures", VALUE_SECRETS, true,
			N_("the signature of another founder; may be repeated")}},
		.summary = N_("found what all founders have signed"),
		.details = N_("CONTENT and CODE are files, \"-\" is standard input."),
		.examples =
			"kring founding finish content.txt code.txt --signature jan.sig",
		.request = "{\"do\":\"found\"}",
		.done = N_("The community is there. Invite your neighbours with 'kring "
			   "invite'."),
	},
	{
		.name = "recover",
		.topic = TOPIC_BEGIN,
		.params =
			{
				{N_("COMMUNITY"), "community", VALUE_LINE, false, NULL},
				{N_("CARD"), "card", VALUE_SECRET, false,
					N_("Card of the new coordinator:")},
				{N_("DIGITS"), "recovery", VALUE_SECRET, false,
					N_("Digits of the recovery key:")},
			},
		.summary = N_("make a coordinator with the recovery key"),
		.details =
			N_("When no coordinator is left. COMMUNITY is its whole id, CARD "
			   "a file with what 'kring founding card' printed. The digits "
			   "are asked for, or read from a file."),
		.examples = "kring recover COMMUNITY-ID card.txt",
		.request = "{\"do\":\"recover_grant\"}",
		.done = N_("There is a coordinator again."),
	},
};

const struct command_list commands_begin = {
	commands, sizeof(commands) / sizeof(commands[0])};
