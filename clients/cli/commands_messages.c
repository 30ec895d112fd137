#include "clients/cli/commands.h"
#include "clients/cli/render.h"
#include "clients/cli/special.h"

#define MESSAGE(field, kind)                                                             \
	{                                                                                \
		N_("NUMBER"), field, kind, false, N_("Number of the message:")           \
	}
#define TEXT(is_optional)                                                                \
	{                                                                                \
		N_("TEXT"), "text", VALUE_TEXT, is_optional,                             \
			N_("What do you want to say?")                                   \
	}

static const struct command commands[] = {
	{
		.name = "feed",
		.topic = TOPIC_MESSAGES,
		.scope = SCOPE_GROUP,
		.options =
			{
				{"show", N_("WHAT"), "show", VALUE_LINE, false,
					N_("concerns, chat or all")},
				{"before", N_("NUMBER"), "before", VALUE_NUMBER, false,
					N_("only what came before this message")},
				{"max", N_("NUMBER"), "max", VALUE_NUMBER, false,
					N_("how many at most")},
			},
		.summary = N_("read what was written"),
		.examples = "kring feed\n"
			    "kring feed --show chat --group 'Om nummer 12'",
		.request = "{\"ask\":\"feed\"}",
		.render = render_feed,
	},
	{
		.name = "show",
		.topic = TOPIC_MESSAGES,
		.scope = SCOPE_GROUP,
		.params = {MESSAGE(NULL, VALUE_MESSAGE)},
		.summary = N_("read one message with all answers"),
		.examples = "kring show 12",
		.request = "{\"ask\":\"message\"}",
		.render = render_message,
	},
	{
		.name = "concern",
		.topic = TOPIC_MESSAGES,
		.scope = SCOPE_GROUP,
		.params = {{N_("TEXT"), "text", VALUE_TEXT, true, NULL}},
		.options =
			{
				{"category", N_("WHAT"), "category", VALUE_CATEGORY,
					false,
					N_("shouting, violence, child, neglect, "
					   "older_person, not_seen, threat or other")},
				{"since", N_("DATE"), "since", VALUE_SINCE, false,
					N_("since when: 2026, 2026-10 or 2026-10-05")},
				{"how-often", N_("HOW"), "how_often", VALUE_OFTEN, false,
					N_("once, several, weekly, daily or now")},
				{"where", N_("PLACE"), "where", VALUE_LINE, false,
					N_("where it is")},
			},
		.summary = N_("share a worry with your neighbours"),
		.details =
			N_("Without words you are asked one thing at a time, and see it "
			   "all before it is sent. Other users of this computer may be "
			   "able to read what stands on a command line."),
		.examples = "kring concern\n"
			    "kring concern --category shouting --how-often weekly - "
			    "<text.txt",
		.request = "{\"do\":\"post\",\"kind\":\"concern\"}",
		.run = run_concern,
		.render = render_posted,
	},
	{
		.name = "heard",
		.topic = TOPIC_MESSAGES,
		.scope = SCOPE_GROUP,
		.params = {MESSAGE("ref", VALUE_REF), TEXT(true)},
		.summary = N_("say \"I heard it too\" to a concern"),
		.examples = "kring heard 12\n"
			    "kring heard 12 'Gisteren om elf uur weer.'",
		.request = "{\"do\":\"post\",\"kind\":\"corroboration\"}",
		.render = render_posted,
	},
	{
		.name = "comment",
		.topic = TOPIC_MESSAGES,
		.scope = SCOPE_GROUP,
		.params = {MESSAGE("ref", VALUE_REF), TEXT(false)},
		.summary = N_("answer a message"),
		.examples = "kring comment 12 'Ik ga morgen even langs.'",
		.request = "{\"do\":\"post\",\"kind\":\"comment\"}",
		.render = render_posted,
	},
	{
		.name = "called-112",
		.topic = TOPIC_MESSAGES,
		.scope = SCOPE_GROUP,
		.params = {{N_("NUMBER"), "ref", VALUE_REF, true, NULL}, TEXT(true)},
		.summary = N_("tell your neighbours that you have called 112"),
		.details = N_("This does not call 112. Call first."),
		.examples = "kring called-112\n"
			    "kring called-112 12 'De politie komt eraan.'",
		.request = "{\"do\":\"post\",\"kind\":\"called_112\"}",
		.render = render_posted,
	},
	{
		.name = "announce",
		.topic = TOPIC_MESSAGES,
		.scope = SCOPE_GROUP,
		.params = {TEXT(false)},
		.summary = N_("make an announcement"),
		.examples = "kring announce 'Zaterdag om tien uur koffie op het plein.'",
		.request = "{\"do\":\"post\",\"kind\":\"announcement\"}",
		.render = render_posted,
	},
	{
		.name = "chat",
		.topic = TOPIC_MESSAGES,
		.scope = SCOPE_GROUP,
		.params = {TEXT(false)},
		.options = {{"reply", N_("NUMBER"), "ref", VALUE_REF, false,
			N_("the message that you answer")}},
		.summary = N_("chat, apart from the concerns"),
		.examples = "kring chat 'Wie heeft er een ladder?'\n"
			    "kring chat --reply 15 'Ik. Kom maar langs.'",
		.request = "{\"do\":\"post\",\"kind\":\"chat\"}",
		.render = render_posted,
	},
	{
		.name = "edit",
		.topic = TOPIC_MESSAGES,
		.scope = SCOPE_GROUP,
		.params = {MESSAGE(NULL, VALUE_MESSAGE), TEXT(false)},
		.summary = N_("change the text of your own message"),
		.details =
			N_("Others can see that it was changed, and what stood there."),
		.examples = "kring edit 12 'Het was dinsdag, niet maandag.'",
		.run = run_edit,
		.render = render_posted,
	},
	{
		.name = "retract",
		.topic = TOPIC_MESSAGES,
		.scope = SCOPE_GROUP,
		.params = {MESSAGE("ref", VALUE_OWN_REF), TEXT(true)},
		.summary = N_("take back your own message"),
		.details = N_("Others may have read it already."),
		.examples = "kring retract 12",
		.request = "{\"do\":\"post\",\"kind\":\"retraction\"}",
		.render = render_posted,
	},
};

const struct command_list commands_messages = {
	commands, sizeof(commands) / sizeof(commands[0])};
