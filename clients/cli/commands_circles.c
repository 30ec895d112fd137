#include "clients/cli/commands.h"
#include "clients/cli/render.h"
#include "clients/cli/special.h"

#define CIRCLE                                                                           \
	{                                                                                \
		N_("CIRCLE"), "group", VALUE_CIRCLE, false, NULL                         \
	}

static const struct command commands[] = {
	{
		.name = "groups",
		.topic = TOPIC_CIRCLES,
		.summary = N_("list your groups: whole communities and circles"),
		.examples = "kring groups",
		.request = "{\"ask\":\"groups\"}",
		.list = &list_groups,
	},
	{
		.name = "circle new",
		.topic = TOPIC_CIRCLES,
		.scope = SCOPE_COMMUNITY,
		.params =
			{
				{N_("NAME"), "name", VALUE_LINE, false,
					N_("Name of the circle:")},
				{N_("MEMBER"), "accounts", VALUE_MEMBERS, false, NULL},
			},
		.summary = N_("make a circle of some members"),
		.details = N_(
			"Only who is in it can see what is written there. Coordinators "
			"cannot, unless you add them."),
		.examples = "kring circle new 'Om nummer 12' 'Jan Bakker' 'Fatima El "
			    "Idrissi'",
		.request = "{\"do\":\"circle\"}",
		.done = N_("The circle is there. Write in it with --group and its name."),
	},
	{
		.name = "circle members",
		.topic = TOPIC_CIRCLES,
		.scope = SCOPE_NAMES,
		.params = {CIRCLE},
		.summary = N_("list who is in a circle"),
		.examples = "kring circle members 'Om nummer 12'",
		.request = "{\"ask\":\"group_members\"}",
		.list = &list_members,
	},
	{
		.name = "circle add",
		.topic = TOPIC_CIRCLES,
		.scope = SCOPE_NAMES,
		.params = {CIRCLE, {N_("MEMBER"), "account", VALUE_MEMBER, false, NULL}},
		.summary = N_("add a member to a circle"),
		.examples = "kring circle add 'Om nummer 12' 'Jan Bakker'",
		.request = "{\"do\":\"circle_add\"}",
		.done = N_("Added. They can read what is written from now on."),
	},
	{
		.name = "circle remove",
		.topic = TOPIC_CIRCLES,
		.scope = SCOPE_NAMES,
		.params = {CIRCLE, {N_("MEMBER"), "account", VALUE_MEMBER, false, NULL}},
		.summary = N_("remove a member from a circle"),
		.examples = "kring circle remove 'Om nummer 12' 'Jan Bakker'",
		.request = "{\"do\":\"circle_remove\"}",
		.confirm = N_("Remove this member from the circle?"),
		.done = N_("Removed. They cannot read what is written from now on."),
	},
	{
		.name = "circle admin",
		.topic = TOPIC_CIRCLES,
		.scope = SCOPE_NAMES,
		.params = {CIRCLE, {N_("MEMBER"), "account", VALUE_MEMBER, false, NULL}},
		.options = {{"off", NULL, "admin", VALUE_UNFLAG, false,
			N_("no longer an administrator")}},
		.summary = N_("let a member manage a circle"),
		.examples = "kring circle admin 'Om nummer 12' 'Jan Bakker'\n"
			    "kring circle admin --off 'Om nummer 12' 'Jan Bakker'",
		.request = "{\"do\":\"circle_admin\"}",
	},
	{
		.name = "circle rename",
		.topic = TOPIC_CIRCLES,
		.scope = SCOPE_NAMES,
		.params = {CIRCLE, {N_("NAME"), "name", VALUE_LINE, false, NULL}},
		.summary = N_("give a circle another name"),
		.examples = "kring circle rename 'Om nummer 12' 'Samen voor Sofie'",
		.request = "{\"do\":\"circle_rename\"}",
	},
	{
		.name = "circle leave",
		.topic = TOPIC_CIRCLES,
		.scope = SCOPE_NAMES,
		.params = {CIRCLE},
		.summary = N_("leave a circle"),
		.examples = "kring circle leave 'Om nummer 12'",
		.request = "{\"do\":\"circle_leave\"}",
		.confirm = N_("Leave this circle?"),
		.done = N_("You have left the circle."),
	},
	{
		.name = "devices",
		.topic = TOPIC_DEVICES,
		.summary = N_("list your devices"),
		.examples = "kring devices",
		.request = "{\"ask\":\"devices\"}",
		.list = &list_devices,
	},
	{
		.name = "device link",
		.topic = TOPIC_DEVICES,
		.summary = N_("on a device that you have: begin to let a new one in"),
		.details = N_(
			"First of three steps: carry what it prints to the new device, "
			"run 'kring device accept' there, and carry the card that it "
			"prints back to 'kring device add' here."),
		.examples = "kring device link >link.txt",
		.request = "{\"do\":\"device_link\"}",
		.render = render_link,
	},
	{
		.name = "device accept",
		.topic = TOPIC_DEVICES,
		.params = {{N_("FILE"), "link", VALUE_SECRET, false,
			N_("What the first device printed:")}},
		.options =
			{
				{"name", N_("NAME"), "name", VALUE_LINE, false,
					N_("the name that your neighbours will see")},
			},
		.summary = N_("on the new device: print its card"),
		.examples = "kring device accept link.txt >card.txt",
		.request = "{\"do\":\"device_accept\"}",
		.run = run_device_accept,
		.render = render_card,
		.is_without_account = true,
	},
	{
		.name = "device add",
		.topic = TOPIC_DEVICES,
		.params = {{N_("FILE"), "card", VALUE_SECRET, false,
			N_("Card of the new device:")}},
		.summary = N_("on the device that you have: finish"),
		.examples = "kring device add card.txt",
		.request = "{\"do\":\"device_add\"}",
		.done = N_(
			"The new device belongs to your account now. Your groups come in "
			"there as soon as a coordinator's device has added it."),
	},
	{
		.name = "device remove",
		.topic = TOPIC_DEVICES,
		.params = {{N_("DEVICE"), "device", VALUE_DEVICE, false, NULL}},
		.summary = N_("remove a lost or sold device"),
		.examples = "kring device remove xK3fQ2",
		.request = "{\"do\":\"device_remove\"}",
		.confirm = N_("Remove this device from your account?"),
		.done = N_("The device is removed."),
	},
};

const struct command_list commands_circles = {
	commands, sizeof(commands) / sizeof(commands[0])};
