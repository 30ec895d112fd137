#include "clients/cli/commands.h"
#include "clients/cli/poster.h"
#include "clients/cli/render.h"
#include "clients/cli/special.h"

#define CASE                                                                             \
	{                                                                                \
		N_("CASE"), "case", VALUE_CASE, false, NULL                              \
	}
#define SAY(question)                                                                    \
	{                                                                                \
		N_("TEXT"), "text", VALUE_TEXT, false, question                          \
	}
#define SAY_OR_NOT                                                                       \
	{                                                                                \
		N_("TEXT"), "text", VALUE_TEXT, true, NULL                               \
	}
#define TO                                                                               \
	{                                                                                \
		N_("INBOX"), "to", VALUE_TEAM, false,                                    \
			N_("Name or link of the other inbox:")                           \
	}
#define URGENCY                                                                          \
	{                                                                                \
		N_("URGENCY"), "urgency", VALUE_URGENCY, false,                          \
			N_("How urgent (danger_now, today, this_week, no_hurry)?")       \
	}
#define TITLE                                                                            \
	{                                                                                \
		N_("TITLE"), "title", VALUE_LINE, false, N_("Title:")                    \
	}
#define OWN_INBOX                                                                        \
	{                                                                                \
		"inbox", N_("INBOX"), "inbox", VALUE_OWN_INBOX, false,                   \
			N_("which of your inboxes: name, or start of its id")            \
	}

static const struct command commands[] = {
	{
		.name = "cases",
		.topic = TOPIC_PROFESSIONAL,
		.options =
			{
				OWN_INBOX,
				{"show", N_("WHICH"), "show", VALUE_LINE, false,
					N_("open (the default), mine, overdue, closed or "
					   "all")},
				{"find", N_("WORDS"), "find", VALUE_LINE, false,
					N_("only those whose signal has these words")},
			},
		.summary = N_("list the cases of your inboxes, the soonest clock first"),
		.examples = "kring cases\n"
			    "kring cases --show overdue\n"
			    "kring cases --find Lindenlaan",
		.request = "{\"ask\":\"cases\"}",
		.list = &list_cases,
	},
	{
		.name = "case",
		.topic = TOPIC_PROFESSIONAL,
		.params = {CASE},
		.summary = N_("open a case: the signal, what was said, what can be done"),
		.examples = "kring case 5tPb9x",
		.request = "{\"ask\":\"case\"}",
		.render = render_case,
	},
	{
		.name = "case acknowledge",
		.topic = TOPIC_PROFESSIONAL,
		.params = {CASE, SAY(N_("What do you say to the reporter?"))},
		.summary = N_("say that you have opened a signal"),
		.examples =
			"kring case acknowledge 5tPb9x 'Dank u. Ik lees dit vandaag.'",
		.request = "{\"do\":\"acknowledge\"}",
		.done = N_("The reporter can read it."),
	},
	{
		.name = "case follow-up",
		.topic = TOPIC_PROFESSIONAL,
		.params = {CASE, SAY(N_("What was done, or will be?"))},
		.summary = N_("say what was done, or will be"),
		.examples = "kring case follow-up 5tPb9x 'Wij zijn langs geweest.'",
		.request = "{\"do\":\"follow_up\"}",
		.done = N_("The reporter can read it."),
	},
	{
		.name = "case ask",
		.topic = TOPIC_PROFESSIONAL,
		.params = {CASE, SAY(N_("What do you want to know?"))},
		.summary = N_("ask the reporter something"),
		.examples = "kring case ask 5tPb9x 'Op welke dagen hoort u het?'",
		.request = "{\"do\":\"question\"}",
		.done = N_("The reporter can answer with the receipt."),
	},
	{
		.name = "case promise",
		.topic = TOPIC_PROFESSIONAL,
		.params = {CASE,
			{N_("DATE"), "date", VALUE_DATE, false, N_("Before when?")},
			SAY(N_("What do you promise?"))},
		.summary = N_("promise the next word before a date"),
		.examples = "kring case promise 5tPb9x 2026-12-01 'Dan hoort u van mij.'",
		.request = "{\"do\":\"promise\"}",
		.done = N_("Promised. The clock runs to that date."),
	},
	{
		.name = "case urgency",
		.topic = TOPIC_PROFESSIONAL,
		.params = {CASE, URGENCY, SAY_OR_NOT},
		.summary = N_("scale a case up or down"),
		.examples = "kring case urgency 5tPb9x today",
		.request = "{\"do\":\"urgency\"}",
	},
	{
		.name = "case hand-over",
		.topic = TOPIC_PROFESSIONAL,
		.params = {CASE, TO, SAY(N_("Why?"))},
		.summary = N_("offer a case to another inbox"),
		.details = N_("You stay responsible until they accept."),
		.examples = "kring case hand-over 5tPb9x 'Veilig Thuis' 'Dit hoort bij "
			    "jullie.'",
		.request = "{\"do\":\"hand_over\"}",
		.done = N_("Offered. You stay responsible until they accept."),
	},
	{
		.name = "case accept",
		.topic = TOPIC_PROFESSIONAL,
		.params = {CASE, SAY_OR_NOT},
		.summary = N_("accept a handover, or an invitation to join"),
		.examples = "kring case accept 5tPb9x 'Wij pakken dit op.'",
		.request = "{\"do\":\"accept\"}",
		.done = N_("Accepted."),
	},
	{
		.name = "case decline",
		.topic = TOPIC_PROFESSIONAL,
		.params = {CASE, SAY(N_("Why?"))},
		.summary = N_("decline a handover, with a reason"),
		.examples = "kring case decline 5tPb9x 'Niet onze gemeente.'",
		.request = "{\"do\":\"decline\"}",
		.done = N_("Declined. The case stays where it was."),
	},
	{
		.name = "case consult",
		.topic = TOPIC_PROFESSIONAL,
		.params = {CASE, TO, SAY(N_("What do you want to know?"))},
		.summary = N_("ask another inbox for advice, and keep the case"),
		.examples =
			"kring case consult 5tPb9x Wijkteam 'Kennen jullie dit gezin?'",
		.request = "{\"do\":\"consult\"}",
		.done = N_("They can read the case and advise."),
	},
	{
		.name = "case advise",
		.topic = TOPIC_PROFESSIONAL,
		.params = {CASE, SAY(N_("What do you advise?"))},
		.summary = N_("give advice in a case of others"),
		.examples = "kring case advise 5tPb9x 'Bel eerst de school.'",
		.request = "{\"do\":\"advise\"}",
		.done = N_("The inboxes in this case can read it."),
	},
	{
		.name = "case invite",
		.topic = TOPIC_PROFESSIONAL,
		.params = {CASE, TO, SAY(N_("Why?"))},
		.summary = N_("ask another inbox to work on a case with you"),
		.examples = "kring case invite 5tPb9x https://kring.example/melden#2.… "
			    "'Samen optrekken?'",
		.request = "{\"do\":\"invite_inbox\"}",
		.done = N_("Invited. They take part when they accept."),
	},
	{
		.name = "case part",
		.topic = TOPIC_PROFESSIONAL,
		.params = {CASE, SAY_OR_NOT},
		.options = {{"inbox", N_("INBOX"), "inbox", VALUE_LINE, false,
			N_("id of another inbox that takes part no longer")}},
		.summary = N_("take part in a case no longer"),
		.examples = "kring case part 5tPb9x",
		.request = "{\"do\":\"part\"}",
	},
	{
		.name = "case note",
		.topic = TOPIC_PROFESSIONAL,
		.params = {CASE, SAY(N_("Note:"))},
		.summary = N_("write a note that only your own team can read"),
		.examples = "kring case note 5tPb9x 'Bekend van vorig jaar.'",
		.request = "{\"do\":\"note\"}",
		.done = N_("Only your team can read it."),
	},
	{
		.name = "case assign",
		.topic = TOPIC_PROFESSIONAL,
		.params = {CASE,
			{N_("COLLEAGUE"), "account", VALUE_COLLEAGUE, false, NULL}},
		.summary = N_("say which colleague works on a case"),
		.examples = "kring case assign 5tPb9x Els",
		.request = "{\"do\":\"assign\"}",
		.done = N_("Your team can see whose case it is."),
	},
	{
		.name = "case close",
		.topic = TOPIC_PROFESSIONAL,
		.params = {CASE,
			{N_("OUTCOME"), "outcome", VALUE_OUTCOME, false,
				N_("How did it end (help_started, help_already, "
				   "advice_given, reported_on, not_confirmed, no_ground, "
				   "not_found, other)?")},
			SAY(N_("The last word to the reporter:"))},
		.summary = N_("close a case, with a word to the reporter"),
		.examples =
			"kring case close 5tPb9x help_started 'Er is nu hulp in huis.'",
		.request = "{\"do\":\"close\"}",
		.done = N_("Closed. The reporter can read it, and say that it goes on."),
	},
	{
		.name = "case reopen",
		.topic = TOPIC_PROFESSIONAL,
		.params = {CASE, URGENCY, SAY(N_("Why?"))},
		.summary = N_("open a closed case again"),
		.examples =
			"kring case reopen 5tPb9x this_week 'Er is een nieuw bericht.'",
		.request = "{\"do\":\"reopen\"}",
	},
	{
		.name = "case share-identity",
		.topic = TOPIC_PROFESSIONAL,
		.params = {CASE,
			{N_("INBOX"), "inbox", VALUE_TEAM, false,
				N_("Name of the inbox:")}},
		.summary =
			N_("share who the reporter is, as the reporter has consented to"),
		.examples = "kring case share-identity 5tPb9x 'Veilig Thuis'",
		.request = "{\"do\":\"share_identity\"}",
	},
	{
		.name = "case erase",
		.topic = TOPIC_PROFESSIONAL,
		.params = {CASE},
		.summary = N_("erase a closed case for ever"),
		.details = N_("Only once the reporter has read the closing word, or took "
			      "the signal back. Until then it is kept."),
		.examples = "kring case erase 5tPb9x",
		.request = "{\"do\":\"erase\"}",
		.confirm = N_("Erase this case for ever, for everybody?"),
		.done = N_("Erased."),
	},
	{
		.name = "case save",
		.topic = TOPIC_PROFESSIONAL,
		.params = {CASE, {N_("FILE"), NULL, VALUE_FILE, false, NULL}},
		.summary = N_("save a case as one document"),
		.details = N_("FILE ends with .txt, .html (to print) or .json. It has "
			      "everything, the notes of your team too: keep it well."),
		.examples = "kring case save 5tPb9x zaak.html",
		.run = run_case_save,
	},
	{
		.name = "inbox list",
		.topic = TOPIC_PROFESSIONAL,
		.summary = N_("list your inboxes"),
		.examples = "kring inbox list",
		.request = "{\"ask\":\"own_inboxes\"}",
		.list = &list_own_inboxes,
	},
	{
		.name = "inbox show",
		.topic = TOPIC_PROFESSIONAL,
		.options = {OWN_INBOX},
		.summary = N_("show the settings, team and link of an inbox"),
		.examples = "kring inbox show",
		.request = "{\"ask\":\"inbox\"}",
		.render = render_inbox,
	},
	{
		.name = "inbox poster",
		.topic = TOPIC_PROFESSIONAL,
		.options =
			{
				OWN_INBOX,
				{"page", N_("FILE"), NULL, VALUE_FILE, false,
					N_("write it to print, on one page (.html)")},
				{"qr", N_("FILE"), NULL, VALUE_FILE, false,
					N_("write the QR code to a file, .svg or .png")},
			},
		.summary = N_("make a poster of an inbox, for people without an account"),
		.details =
			N_("What the inbox is for, whom to call, and the way to it: a QR "
			   "code, the link, and the fingerprint to compare."),
		.examples = "kring inbox poster --page poster.html",
		.request = "{\"ask\":\"inbox\"}",
		.render = poster_render,
		.write = poster_write,
	},
	{
		.name = "inbox card",
		.topic = TOPIC_PROFESSIONAL,
		.summary = N_("print your card, for who takes you into a team"),
		.examples = "kring inbox card >card.txt",
		.request = "{\"do\":\"professional_card\"}",
		.render = render_card,
	},
	{
		.name = "inbox new",
		.topic = TOPIC_PROFESSIONAL,
		.params =
			{
				{N_("SETTINGS"), "settings", VALUE_SETTINGS, false, NULL},
				{N_("CODE"), "grant", VALUE_SECRET, false,
					N_("Code from the operator:")},
			},
		.summary = N_("make an inbox"),
		.details =
			N_("SETTINGS is a file with JSON: name, about, call, zone, days, "
			   "deadlines; the manual page has an example. Needs a code from "
			   "the operator. Shows the digits of the recovery key once."),
		.examples = "kring inbox new wijkteam.json code.txt",
		.request = "{\"do\":\"inbox_create\"}",
		.render = render_inbox_created,
	},
	{
		.name = "inbox set",
		.topic = TOPIC_PROFESSIONAL,
		.params = {{N_("SETTINGS"), "settings", VALUE_SETTINGS, false, NULL}},
		.options = {OWN_INBOX},
		.summary = N_("change the settings of an inbox"),
		.examples = "kring inbox set hours.json",
		.request = "{\"do\":\"inbox_set\"}",
	},
	{
		.name = "inbox add",
		.topic = TOPIC_PROFESSIONAL,
		.params = {{N_("CARD"), "card", VALUE_SECRET, false,
			N_("Card of the colleague:")}},
		.options = {OWN_INBOX,
			{"administrator", NULL, "administrator", VALUE_FLAG, false,
				N_("may change the inbox too")}},
		.summary = N_("take a colleague into the team"),
		.examples = "kring inbox add card.txt",
		.request = "{\"do\":\"inbox_add\"}",
		.done = N_("They can read and answer the cases of this inbox."),
	},
	{
		.name = "inbox drop",
		.topic = TOPIC_PROFESSIONAL,
		.params = {{N_("COLLEAGUE"), "account", VALUE_COLLEAGUE, false, NULL}},
		.options = {OWN_INBOX},
		.summary = N_("take a colleague out of the team"),
		.details = N_("The key of the inbox is changed with it."),
		.examples = "kring inbox drop Els",
		.request = "{\"do\":\"inbox_drop\"}",
		.done = N_("They cannot read what comes in from now on."),
	},
	{
		.name = "inbox notice",
		.topic = TOPIC_PROFESSIONAL,
		.params = {TITLE, SAY(N_("What do you want to tell the neighbours?"))},
		.options = {OWN_INBOX,
			{"until", N_("DATE"), "until", VALUE_DATE, false,
				N_("until when it holds")}},
		.summary = N_("tell something to the communities that trust an inbox"),
		.details = N_("It reaches the neighbours when a coordinator of theirs is "
			      "online. It cannot be taken back."),
		.examples =
			"kring inbox notice 'Inloopuur' "
			"'Ik ben dinsdag om tien uur in het buurthuis.'\n"
			"kring inbox notice --until 2026-12-01 'Bericht' - <bericht.txt",
		.request = "{\"do\":\"inbox_notice\",\"kind\":\"notice\"}",
		.done = N_(
			"Published. Coordinators' devices bring it to the neighbours."),
	},
	{
		.name = "inbox guidance",
		.topic = TOPIC_PROFESSIONAL,
		.params = {TITLE, SAY(N_("What do you want to teach the neighbours?"))},
		.options = {OWN_INBOX,
			{"until", N_("DATE"), "until", VALUE_DATE, false,
				N_("until when it holds")}},
		.summary =
			N_("give a guidance card to the communities that trust an inbox"),
		.details = N_("What to look for, what to do, whom to call. It reaches "
			      "them as a notice does."),
		.examples = "kring inbox guidance 'Een oude buur alleen' - <kaart.txt",
		.request = "{\"do\":\"inbox_notice\",\"kind\":\"guidance\"}",
		.done = N_(
			"Published. Coordinators' devices bring it to the neighbours."),
	},
	{
		.name = "inbox notices",
		.topic = TOPIC_PROFESSIONAL,
		.options = {OWN_INBOX},
		.summary = N_("read what an inbox has told the neighbours"),
		.examples = "kring inbox notices",
		.request = "{\"ask\":\"own_notices\"}",
		.render = render_notices,
	},
	{
		.name = "inbox rotate",
		.topic = TOPIC_PROFESSIONAL,
		.options = {OWN_INBOX},
		.summary = N_("change the key of an inbox"),
		.examples = "kring inbox rotate",
		.request = "{\"do\":\"inbox_rotate\"}",
	},
	{
		.name = "inbox recovery-key",
		.topic = TOPIC_PROFESSIONAL,
		.options = {OWN_INBOX},
		.summary = N_("make new digits for the recovery key of an inbox"),
		.details =
			N_("When the paper is lost, somebody else has seen it, an "
			   "administrator has left, or there never was one. They are "
			   "shown first, to be written down and repeated. The digits of "
			   "before work for another fortnight: should a device of yours "
			   "be stolen, its finder cannot lock the team out."),
		.examples = "kring inbox recovery-key",
		.request = "{\"do\":\"inbox_recovery_key\"}",
		.add = recovery_add_new,
		.done = N_("The new digits work from now on; those of before, if there "
			   "were any, for another fortnight."),
	},
	{
		.name = "inbox move",
		.topic = TOPIC_PROFESSIONAL,
		.params = {{N_("LINK"), "link", VALUE_LINE, false,
			N_("Link of the inbox that takes over:")}},
		.options = {OWN_INBOX},
		.summary = N_("say that another inbox takes over from this one"),
		.details = N_("Nobody can send signals to this one any more; the cases "
			      "that are there go on. Coordinators can let the other one "
			      "take the name, without a wait."),
		.examples = "kring inbox move https://kring.example/melden#2.…",
		.request = "{\"do\":\"inbox_move\"}",
		.confirm = N_("Close this inbox for new signals, for ever?"),
		.done = N_("The other inbox takes over."),
	},
	{
		.name = "inbox recover",
		.topic = TOPIC_PROFESSIONAL,
		.params =
			{
				{N_("NAME"), "name", VALUE_LINE, false,
					N_("Your name in the team:")},
				{N_("LINK"), "link", VALUE_SECRET, false,
					N_("The link on the poster of the inbox:")},
				{N_("DIGITS"), "recovery", VALUE_SECRET, false,
					N_("Digits of the recovery key:")},
			},
		.summary = N_("make the team of an inbox anew with the recovery key"),
		.details =
			N_("When nobody is left who may change it. The team is you "
			   "alone then, the key of the inbox is changed, and the "
			   "cases of before can be read. The link stays the same. The "
			   "digits are asked for, or read from a file. They work once: "
			   "new ones are shown first, to be written down and repeated."),
		.examples = "kring inbox recover 'Fatma de Wit' poster.txt",
		.request = "{\"do\":\"inbox_recover\"}",
		.add = recovery_add_next,
		.done = N_("The inbox is yours. Take your colleagues into the team with "
			   "'kring inbox add'."),
	},
};

const struct command_list commands_professional = {
	.commands = commands,
	.num = sizeof(commands) / sizeof(commands[0]),
};
