#include "clients/cli/commands.h"
#include "clients/cli/render.h"

#define MEMBER                                                                           \
	{                                                                                \
		N_("MEMBER"), "account", VALUE_MEMBER, false, NULL                       \
	}
#define ASKER                                                                            \
	{                                                                                \
		N_("PERSON"), "account", VALUE_ASKER, false, NULL                        \
	}
#define REASON                                                                           \
	{                                                                                \
		N_("REASON"), "reason", VALUE_TEXT, false, N_("Why?")                    \
	}

static const struct command commands[] = {
	{
		.name = "invite",
		.topic = TOPIC_COORDINATOR,
		.scope = SCOPE_COMMUNITY,
		.options =
			{
				{"uses", N_("NUMBER"), "uses", VALUE_NUMBER, false,
					N_("how many people may use it (1)")},
				{"valid", N_("TIME"), "hours", VALUE_HOURS, false,
					N_("how long it is good: 12h, 7d (7d)")},
				{"qr", N_("FILE"), NULL, VALUE_FILE, false,
					N_("write the QR code to a file, .svg or .png")},
				{"letter", N_("FILE"), NULL, VALUE_FILE, false,
					N_("write a letter to print (.html)")},
			},
		.summary = N_("make an invitation"),
		.details = N_(
			"The link and its QR code are a secret between you and who you "
			"invite."),
		.examples = "kring invite\n"
			    "kring invite --valid 2d --letter letter.html\n"
			    "kring invite --uses 10 --qr poster.png",
		.request = "{\"do\":\"invite\"}",
		.render = render_invitation,
		.write = write_invitation,
	},
	{
		.name = "invitations",
		.topic = TOPIC_COORDINATOR,
		.scope = SCOPE_COMMUNITY,
		.summary = N_("list the invitations"),
		.examples = "kring invitations",
		.request = "{\"ask\":\"invitations\"}",
		.list = &list_invitations,
	},
	{
		.name = "revoke",
		.topic = TOPIC_COORDINATOR,
		.scope = SCOPE_COMMUNITY,
		.params = {{N_("KEY"), "key", VALUE_INVITATION, false, NULL}},
		.summary = N_("make an invitation worthless"),
		.examples = "kring revoke xK3fQ2",
		.request = "{\"do\":\"revoke_invite\"}",
		.done = N_("The invitation is worthless now."),
	},
	{
		.name = "requests",
		.topic = TOPIC_COORDINATOR,
		.scope = SCOPE_COMMUNITY,
		.summary = N_("list who asks to join"),
		.examples = "kring requests",
		.request = "{\"ask\":\"requests\"}",
		.list = &list_requests,
	},
	{
		.name = "admit",
		.topic = TOPIC_COORDINATOR,
		.scope = SCOPE_COMMUNITY,
		.params = {ASKER},
		.summary = N_("let somebody in who asks to join"),
		.details = N_("Check first that it is really them: at the door, or by "
			      "telephone."),
		.examples = "kring admit 'Jan Bakker'",
		.request = "{\"do\":\"admit\"}",
		.done = N_(
			"Admitted. Once their device has been online, a coordinator's "
			"lets it into the group: run 'kring sync' then, or leave 'kring "
			"follow' running."),
	},
	{
		.name = "refuse",
		.topic = TOPIC_COORDINATOR,
		.scope = SCOPE_COMMUNITY,
		.params = {ASKER, REASON},
		.summary = N_("refuse somebody who asks to join, with a reason"),
		.examples = "kring refuse 'Jan Bakker' 'U woont niet in onze buurt.'",
		.request = "{\"do\":\"refuse\"}",
		.done = N_("Refused. They can read the reason."),
	},
	{
		.name = "remove",
		.topic = TOPIC_COORDINATOR,
		.scope = SCOPE_COMMUNITY,
		.params = {MEMBER, REASON},
		.summary = N_("remove a member, with a reason"),
		.details = N_(
			"From the community and its group at once. What they have read "
			"they keep; what follows they cannot read."),
		.examples = "kring remove 'Jan Bakker' 'Deelde berichten met anderen.'",
		.request = "{\"do\":\"remove\"}",
		.confirm = N_("Remove this member from the community?"),
		.done = N_("Removed."),
	},
	{
		.name = "mute",
		.topic = TOPIC_COORDINATOR,
		.scope = SCOPE_COMMUNITY,
		.params = {MEMBER,
			{N_("TIME"), "minutes", VALUE_MINUTES, false,
				N_("How long (30m, 2h, 1d; 0 ends it)?")},
			REASON},
		.summary = N_("let a member only read for some time"),
		.details = N_("TIME 0 ends it."),
		.examples = "kring mute 'Jan Bakker' 1d 'Schelden mag hier niet.'\n"
			    "kring mute 'Jan Bakker' 0 'Uitgepraat.'",
		.request = "{\"do\":\"mute\"}",
		.done = N_("Done. They can read the reason."),
	},
	{
		.name = "slow-mode",
		.topic = TOPIC_COORDINATOR,
		.scope = SCOPE_BOTH,
		.params = {{N_("TIME"), "seconds", VALUE_SECONDS, false,
			N_("Time between two messages of a member (30s, 5m; 0 ends "
			   "it):")}},
		.summary = N_("set a time between two messages of one member"),
		.examples = "kring slow-mode 5m\n"
			    "kring slow-mode 0",
		.request = "{\"do\":\"slow_mode\"}",
	},
	{
		.name = "take-down",
		.topic = TOPIC_COORDINATOR,
		.scope = SCOPE_BOTH,
		.params = {{N_("NUMBER"), NULL, VALUE_MESSAGE, false, NULL}, REASON},
		.summary = N_("take a message down, with a reason"),
		.details =
			N_("Who wrote it is told the reason, and it stands in the log."),
		.examples = "kring take-down 12 'Hier staat een adres in.'",
		.request = "{\"do\":\"take_down\"}",
		.done = N_("Taken down. Who wrote it can read the reason."),
	},
	{
		.name = "rules set",
		.topic = TOPIC_COORDINATOR,
		.scope = SCOPE_COMMUNITY,
		.params = {{N_("TEXT"), "text", VALUE_TEXT, false, N_("The rules:")}},
		.summary = N_("change the rules of the community"),
		.examples = "kring rules set - <rules.txt",
		.request = "{\"do\":\"set_rules\"}",
		.done = N_("The rules are changed."),
	},
	{
		.name = "guide",
		.topic = TOPIC_COORDINATOR,
		.scope = SCOPE_BOTH,
		.params = {{N_("TEXT"), "text", VALUE_TEXT, false, N_("The guidance:")}},
		.options = {{"pin", NULL, "pinned", VALUE_FLAG, false,
			N_("let it stand on top")}},
		.summary = N_("give guidance to your neighbours"),
		.examples =
			"kring guide --pin 'Twijfelt u? Bel Veilig Thuis: 0800-2000.'",
		.request = "{\"do\":\"guide\"}",
	},
	{
		.name = "offer",
		.topic = TOPIC_COORDINATOR,
		.scope = SCOPE_COMMUNITY,
		.summary = N_("offer to be a coordinator"),
		.details = N_(
			"Then another coordinator can run 'kring grant' with your name."),
		.examples = "kring offer",
		.request = "{\"do\":\"offer_coordinator\"}",
		.done = N_("The coordinators can see your offer."),
	},
	{
		.name = "grant",
		.topic = TOPIC_COORDINATOR,
		.scope = SCOPE_COMMUNITY,
		.params = {MEMBER, {N_("CARD"), "card", VALUE_SECRET, true, NULL}},
		.summary = N_("make a member coordinator"),
		.details = N_("They run 'kring offer' first, or give you the file that "
			      "'kring founding card' makes."),
		.examples = "kring grant 'Jan Bakker'",
		.request = "{\"do\":\"grant\"}",
		.done = N_("They are coordinator now."),
	},
	{
		.name = "withdraw",
		.topic = TOPIC_COORDINATOR,
		.scope = SCOPE_COMMUNITY,
		.params = {MEMBER},
		.summary = N_("let somebody be coordinator no longer"),
		.examples = "kring withdraw 'Jan Bakker'",
		.request = "{\"do\":\"withdraw\"}",
		.confirm = N_("Let this person be coordinator no longer?"),
		.done = N_("They are no coordinator any more."),
	},
	{
		.name = "trust-inbox",
		.topic = TOPIC_COORDINATOR,
		.scope = SCOPE_COMMUNITY,
		.params =
			{
				{N_("LINK"), "link", VALUE_INBOX_LINK, false,
					N_("Link of the inbox:")},
				{N_("NAME"), "name", VALUE_LINE, true, NULL},
			},
		.options = {{"relay", N_("NAME"), "relay", VALUE_LINE, false,
			N_("with a key: the relay of the inbox, if it is another one")}},
		.summary = N_("let your neighbours send signals to an inbox"),
		.details =
			N_("Compare the fingerprint by telephone with the professionals. "
			   "With the link your neighbours see the words of the inbox and "
			   "get its notices. A key in its place also does, with a NAME, "
			   "but without these."),
		.examples = "kring trust-inbox https://kring.example/melden#2.…\n"
			    "kring trust-inbox IDENTITY-KEY 'Wijkteam Noord'",
		.request = "{\"do\":\"trust_inbox\"}",
		.render = render_fingerprint,
	},
	{
		.name = "distrust-inbox",
		.topic = TOPIC_COORDINATOR,
		.scope = SCOPE_COMMUNITY,
		.params = {{N_("INBOX"), "identity_key", VALUE_INBOX, false, NULL}},
		.summary = N_("trust an inbox no longer"),
		.examples = "kring distrust-inbox 'Wijkteam Noord'",
		.request = "{\"do\":\"distrust_inbox\"}",
		.confirm = N_("Trust this inbox no longer?"),
		.done = N_("The inbox is not trusted any more."),
	},
};

const struct command_list commands_coordinator = {
	commands, sizeof(commands) / sizeof(commands[0])};
