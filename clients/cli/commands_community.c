#include "clients/cli/commands.h"
#include "clients/cli/render.h"

static const struct command commands[] = {
	{
		.name = "communities",
		.topic = TOPIC_COMMUNITY,
		.summary = N_("list the communities that you are in"),
		.examples = "kring communities",
		.request = "{\"ask\":\"communities\"}",
		.list = &list_communities,
	},
	{
		.name = "members",
		.topic = TOPIC_COMMUNITY,
		.scope = SCOPE_COMMUNITY,
		.summary = N_("list the members of the community"),
		.examples = "kring members\n"
			    "kring members --community linden --json",
		.request = "{\"ask\":\"members\"}",
		.list = &list_members,
	},
	{
		.name = "safety",
		.topic = TOPIC_COMMUNITY,
		.scope = SCOPE_COMMUNITY,
		.params = {{N_("MEMBER"), "account", VALUE_MEMBER, false, NULL}},
		.summary = N_("show the safety number that you share with a member"),
		.examples = "kring safety 'Jan Bakker'",
		.request = "{\"ask\":\"safety\"}",
		.render = render_safety,
	},
	{
		.name = "name",
		.topic = TOPIC_COMMUNITY,
		.params = {{N_("NAME"), "name", VALUE_LINE, false, NULL}},
		.summary = N_("change the name that your neighbours see"),
		.examples = "kring name 'Anna de Vries'",
		.request = "{\"do\":\"rename\"}",
		.done = N_("Your name is changed."),
	},
	{
		.name = "rules",
		.topic = TOPIC_COMMUNITY,
		.scope = SCOPE_COMMUNITY,
		.summary = N_("read the rules of the community"),
		.examples = "kring rules",
		.request = "{\"ask\":\"rules\"}",
		.render = render_rules,
	},
	{
		.name = "guidance",
		.topic = TOPIC_COMMUNITY,
		.scope = SCOPE_GROUP,
		.summary = N_("read the guidance of the coordinators"),
		.examples = "kring guidance",
		.request = "{\"ask\":\"guidance\"}",
		.render = render_guidance,
	},
	{
		.name = "inboxes",
		.topic = TOPIC_COMMUNITY,
		.scope = SCOPE_COMMUNITY,
		.summary =
			N_("list the professionals' inboxes that the community trusts"),
		.examples = "kring inboxes",
		.request = "{\"ask\":\"inboxes\"}",
		.list = &list_inboxes,
	},
	{
		.name = "notices",
		.topic = TOPIC_COMMUNITY,
		.scope = SCOPE_COMMUNITY,
		.summary = N_("read the notices and guidance cards of professionals"),
		.details = N_("Of the inboxes that the community trusts, and signed by "
			      "them: nobody else can write one."),
		.examples = "kring notices",
		.request = "{\"ask\":\"notices\"}",
		.render = render_notices,
	},
	{
		.name = "log",
		.topic = TOPIC_COMMUNITY,
		.scope = SCOPE_COMMUNITY,
		.summary = N_("see what coordinators did, and why"),
		.examples = "kring log",
		.request = "{\"ask\":\"log\"}",
		.list = &list_log,
	},
	{
		.name = "leave",
		.topic = TOPIC_COMMUNITY,
		.scope = SCOPE_COMMUNITY,
		.summary = N_("leave a community"),
		.details =
			N_("No message is sent in your name. Coordinators can see in the "
			   "log that you are out."),
		.examples = "kring leave --community linden",
		.request = "{\"do\":\"leave\"}",
		.confirm = N_(
			"Leave the community? You need a new invitation to come back."),
		.done = N_("You have left the community."),
	},
};

const struct command_list commands_community = {
	commands, sizeof(commands) / sizeof(commands[0])};
