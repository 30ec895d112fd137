#include "clients/cli/words.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "clients/cli/cli.h"

struct word {
	const char *name;
	const char *words;
};

static const struct word categories[] = {
	{"shouting", N_("shouting, quarrels, things that break")},
	{"violence", N_("blows, cries for help, injuries")},
	{"child", N_("a child that is afraid, hurt or alone")},
	{"neglect", N_("neglect: dirt, hunger, no heating, animals")},
	{"older_person", N_("an older neighbour, confused or treated badly")},
	{"not_seen", N_("somebody who is not seen any more")},
	{"threat", N_("threats, stalking, control")},
	{"other", N_("something else")},
	{NULL, NULL},
};

static const struct word often[] = {
	{"not_said", N_("not said")},
	{"once", N_("once")},
	{"several", N_("several times")},
	{"weekly", N_("every week")},
	{"daily", N_("every day")},
	{"now", N_("now, at this moment")},
	{NULL, NULL},
};

static const struct word roles[] = {
	{"asked", N_("asked to join")},
	{"refused", N_("refused")},
	{"resident", N_("resident")},
	{"coordinator", N_("coordinator")},
	{"removed", N_("removed")},
	{"left", N_("left")},
	{NULL, NULL},
};

static const struct word group_states[] = {
	{"in", N_("member")},
	{"stranded", N_("out of step: run 'kring heal'")},
	{"left", N_("left")},
	{"removed", N_("removed")},
	{NULL, NULL},
};

static const struct word invitations[] = {
	{"open", N_("open")},
	{"used", N_("used up")},
	{"expired", N_("expired")},
	{"revoked", N_("revoked")},
	{NULL, NULL},
};

static const struct word connections[] = {
	{"offline", N_("not connected")},
	{"connecting", N_("connecting")},
	{"online", N_("connected")},
	{NULL, NULL},
};

static const struct word kinds[] = {
	{"concern", N_("concern")},
	{"corroboration", N_("heard it too")},
	{"comment", N_("comment")},
	{"called_112", N_("112 is called")},
	{"announcement", N_("announcement")},
	{"guidance", N_("guidance")},
	{"chat", N_("chat")},
	{"edit", N_("change")},
	{"retraction", N_("retracted")},
	{"take_down", N_("taken down")},
	{"display_name", N_("new name")},
	{"rules", N_("rules")},
	{"reason", N_("reason")},
	{"device", N_("another device")},
	{"sealing_key", N_("offers to be coordinator")},
	{"notice", N_("notice")},
	{"unknown", N_("from a newer version of Kring: cannot be shown yet")},
	{NULL, NULL},
};

/* Types of events and names of statements. */
static const struct word log_entries[] = {
	{"founded", N_("founded")},
	{"invited", N_("made an invitation")},
	{"invite_revoked", N_("revoked an invitation")},
	{"invite_revoke", N_("revoked an invitation")},
	{"requested", N_("asked to join")},
	{"admitted", N_("admitted")},
	{"refused", N_("refused")},
	{"role", N_("changed a coordinator")},
	{"grant", N_("made coordinator")},
	{"withdrawal", N_("is no coordinator any more")},
	{"removed", N_("removed")},
	{"remove", N_("removed")},
	{"left", N_("left")},
	{"leave", N_("left")},
	{"muted", N_("muted")},
	{"mute", N_("muted")},
	{"notice", N_("notice")},
	{"take_down", N_("took a message down")},
	{"rules", N_("changed the rules")},
	{"guidance", N_("gave guidance")},
	{NULL, NULL},
};

static const struct word outbox[] = {
	{"waiting", N_("waits")},
	{"sent", N_("sent, not confirmed")},
	{NULL, NULL},
};

static const struct word alarms[] = {
	{"hash_mismatch",
		N_("The history of messages was changed: something is missing or stands "
		   "in another order.")},
	{"history_rewritten",
		N_("The relay shows another past than before, or has lost messages.")},
	{"fork", N_("Another member sees other messages than you do.")},
	{"head_mismatch", N_("The relay says something else than what was signed.")},
	{"unsigned", N_("Something came in that nobody with the right to has signed.")},
	{"invitation_swapped", N_("An invitation was swapped on the way.")},
	{"key_package_swapped", N_("The keys of a member were swapped on the way.")},
	{"uncertified_leaf",
		N_("Somebody is in a group whom no coordinator has admitted.")},
	{"overstep", N_("A member did something without the right to.")},
	{"routing_mismatch",
		N_("The relay sends a group's messages to others than was agreed.")},
	{"false_event", N_("A message was repeated or passed off as another one.")},
	{"garbage_commit",
		N_("A member sent a change to the group that does not work. It was "
		   "undone.")},
	{"foreign_commit",
		N_("The relay's list of members is not that of the group: somebody was "
		   "kept in, or slipped in.")},
	{"inbox_replaced",
		N_("Another inbox has taken a name, and nobody said so in "
		   "time. Call the professionals.")},
	{"rolled_back",
		N_("This keystore is older than what was sent with it: it was copied or "
		   "put back. Do not use it; link this device again.")},
	{"relay_changed", N_("The relay is another one than before.")},
	{"incarnation_lost", N_("The relay was restored, and messages are missing.")},
	{"case_order", N_("Something in a case is missing or was changed.")},
	{"case_fork", N_("Somebody in a case was shown another history.")},
	{"case_head", N_("The relay says something else of a case than was signed.")},
	{"case_signature", N_("Something in a case was signed by nobody who may.")},
	{"case_record", N_("The relay gave an old or forged record of an inbox.")},
	{"case_state", N_("Something in a case that its rules do not permit.")},
	{"case_recipients", N_("Somebody in a case who must read cannot.")},
	{"case_relay_word", N_("The relay's word in a case is not the relay's.")},
	{"case_clock", N_("The relay has put off a deadline.")},
	{"wrap_changed", N_("The relay has changed a key of a case.")},
	{"wrap_early", N_("The relay gave the fallback its keys too early.")},
	{NULL, NULL},
};

static const struct word urgencies[] = {
	{"danger_now", N_("danger now: call 112")},
	{"today", N_("it cannot wait until tomorrow")},
	{"this_week", N_("not safe, but not today")},
	{"no_hurry", N_("somebody should look")},
	{NULL, NULL},
};

static const struct word outcomes[] = {
	{"help_started", N_("help has started")},
	{"help_already", N_("there was help already")},
	{"advice_given", N_("advice was given")},
	{"reported_on", N_("reported on to others")},
	{"not_confirmed", N_("it was not confirmed")},
	{"no_ground", N_("there was no ground to act")},
	{"not_found", N_("nobody was found there")},
	{"other", N_("something else")},
	{NULL, NULL},
};

static const struct word case_states[] = {
	{"new", N_("new: not opened yet")},
	{"reopened", N_("reopened: not opened since")},
	{"open", N_("open")},
	{"closed", N_("closed")},
	{"withdrawn", N_("withdrawn")},
	{"erased", N_("erased")},
	{NULL, NULL},
};

static const struct word case_events[] = {
	{"submitted", N_("signal")},
	{"acknowledged", N_("opened")},
	{"follow_up", N_("follow-up")},
	{"question", N_("question")},
	{"answer", N_("answer")},
	{"promise", N_("promise")},
	{"urgency_changed", N_("urgency changed")},
	{"handover_offered", N_("handover offered")},
	{"handover_accepted", N_("handover accepted")},
	{"handover_declined", N_("handover declined")},
	{"consulted", N_("advice asked")},
	{"advised", N_("advice")},
	{"join_invited", N_("asked to join")},
	{"joined", N_("joined")},
	{"parted", N_("takes part no longer")},
	{"overdue", N_("OVERDUE")},
	{"closed", N_("closed")},
	{"close_read", N_("closing word read")},
	{"reopened", N_("reopened")},
	{"withdrawn", N_("withdrawn")},
	{"consented", N_("name may be shared")},
	{"identity_shared", N_("name shared")},
	{"erased", N_("erased")},
	{"expired", N_("time of keeping over")},
	{NULL, NULL},
};

static const struct word parties[] = {
	{"owner", N_("responsible")},
	{"joined", N_("takes part")},
	{"fallback", N_("waits as fallback")},
	{"offered", N_("offered the case")},
	{"invited", N_("asked to join")},
	{"consulted", N_("asked for advice")},
	{"former", N_("took part before")},
	{NULL, NULL},
};

static const struct word signal_kinds[] = {
	{"advice", N_("a question for advice")},
	{"anonymous", N_("signal without a name")},
	{"named", N_("signal with a name")},
	{NULL, NULL},
};

static const struct word at_risk[] = {
	{"child", N_("a child")},
	{"adult", N_("an adult")},
	{"older", N_("an older person")},
	{"reporter", N_("the reporter")},
	{"animal", N_("an animal")},
	{"unknown", N_("not known")},
	{NULL, NULL},
};

static const struct word at_risk_to_reporter[] = {
	{"child", N_("a child")},
	{"adult", N_("an adult")},
	{"older", N_("an older person")},
	{"reporter", N_("you yourself")},
	{"animal", N_("an animal")},
	{"unknown", N_("not known")},
	{NULL, NULL},
};

static const struct word answers[] = {
	{"yes", N_("yes")},
	{"no", N_("no")},
	{"unknown", N_("not known")},
	{NULL, NULL},
};

static const struct word *const lists[WORDS_NUM] = {
	[WORDS_CATEGORY] = categories,
	[WORDS_OFTEN] = often,
	[WORDS_ROLE] = roles,
	[WORDS_GROUP_STATE] = group_states,
	[WORDS_INVITATION] = invitations,
	[WORDS_CONNECTION] = connections,
	[WORDS_KIND] = kinds,
	[WORDS_LOG] = log_entries,
	[WORDS_OUTBOX] = outbox,
	[WORDS_ALARM] = alarms,
	[WORDS_URGENCY] = urgencies,
	[WORDS_OUTCOME] = outcomes,
	[WORDS_CASE_STATE] = case_states,
	[WORDS_CASE_EVENT] = case_events,
	[WORDS_PARTY] = parties,
	[WORDS_SIGNAL_KIND] = signal_kinds,
	[WORDS_AT_RISK] = at_risk,
	[WORDS_AT_RISK_TO_REPORTER] = at_risk_to_reporter,
	[WORDS_ANSWER] = answers,
};

const char *words_of(enum words list, const char *name)
{
	for (const struct word *w = lists[list]; w->name; w++) {
		if (strcmp(w->name, name) == 0) {
			return _(w->words);
		}
	}
	return name;
}

const char *words_name(enum words list, size_t i)
{
	for (const struct word *w = lists[list]; w->name; w++) {
		if (i-- == 0) {
			return w->name;
		}
	}
	return NULL;
}

const char *words_find(enum words list, const char *word)
{
	const char *found = NULL;
	size_t len = strlen(word);

	for (const struct word *w = lists[list]; w->name; w++) {
		if (strcasecmp(w->name, word) == 0) {
			return w->name;
		}
		if (len &&
			(strncasecmp(w->name, word, len) == 0 ||
				strncasecmp(_(w->words), word, len) == 0)) {
			if (found) {
				return NULL;
			}
			found = w->name;
		}
	}
	return found;
}

/* ---- Dates ------------------------------------------------------------------------ */

static const char *format_time(char *out, size_t size, const char *format, double time_ms)
{
	time_t seconds = (time_t)(time_ms / 1000);
	struct tm local;

	out[0] = '\0';
	if (time_ms > 0 && localtime_r(&seconds, &local)) {
		if (strftime(out, size, format, &local) == 0) {
			out[0] = '\0';
		}
	}
	return out;
}

const char *words_time(char *out, size_t size, double time_ms)
{
	return format_time(out, size, _("%Y-%m-%d %H:%M"), time_ms);
}

const char *words_since(char *out, size_t size, const char *precision, double time_ms)
{
	const char *format = strcmp(precision, "hour") == 0 ? _("%Y-%m-%d %H:%M")
		: strcmp(precision, "day") == 0             ? _("%Y-%m-%d")
		: strcmp(precision, "week") == 0            ? _("the week of %Y-%m-%d")
		: strcmp(precision, "month") == 0           ? _("%Y-%m")
		: strcmp(precision, "year") == 0            ? "%Y"
							    : "";

	return format_time(out, size, format, time_ms);
}

/* Is it a date of the calendar, and when did it begin here? */
static bool begin_of(int year, int month, int day, int hour, uint64_t *time_ms)
{
	struct tm given = {.tm_year = year - 1900,
		.tm_mon = month - 1,
		.tm_mday = day,
		.tm_hour = hour,
		.tm_isdst = -1};
	time_t seconds = mktime(&given);

	*time_ms = seconds > 0 ? 1000 * (uint64_t)seconds : 0;
	return seconds > 0 && given.tm_mon == month - 1 && given.tm_mday == day &&
		hour >= 0 && hour < 24;
}

const char *words_read_since(const char *text, uint64_t *time_ms)
{
	int a = 0, b = 1, c = 1, hour = 0, end = 0;
	const char *precision = NULL;

	*time_ms = 0;
	if (strspn(text, "0123456789-T:") != strlen(text)) {
		return NULL;
	}
	if (sscanf(text, "%4d-%2d-%2dT%2d%n", &a, &b, &c, &hour, &end) == 4 &&
		(text[end] == '\0' || (text[end] == ':' && strlen(text + end) == 3))) {
		precision = "hour";
	} else if (sscanf(text, "%4d-%2d-%2d%n", &a, &b, &c, &end) == 3 && !text[end]) {
		precision = "day";
	} else if (sscanf(text, "%2d-%2d-%4d%n", &c, &b, &a, &end) == 3 && !text[end]) {
		precision = "day";
	} else if (sscanf(text, "%4d-%2d%n", &a, &b, &end) == 2 && !text[end]) {
		precision = "month";
	} else if (sscanf(text, "%4d%n", &a, &end) == 1 && !text[end]) {
		precision = "year";
	}
	if (!precision || a < 1971) {
		return NULL;
	}
	if (strcmp(precision, "year") == 0) {
		b = 1;
	}
	if (strcmp(precision, "year") == 0 || strcmp(precision, "month") == 0) {
		c = 1;
	}
	hour = strcmp(precision, "hour") == 0 ? hour : 0;
	return begin_of(a, b, c, hour, time_ms) ? precision : NULL;
}

bool words_read_time(const char *text, uint64_t *time_ms)
{
	size_t len = strcspn(text, ":");
	char hour[sizeof("2026-10-05T21")];
	unsigned minute = 0, second = 0;
	int end = -1;

	*time_ms = 0;
	if (len >= sizeof(hour)) {
		return false;
	}
	memcpy(hour, text, len);
	hour[len] = '\0';
	if (text[len]) {
		if (strspn(text, "0123456789-T:") != strlen(text) || !strchr(hour, 'T')) {
			return false;
		}
		if (sscanf(text + len, ":%2u%n:%2u%n", &minute, &end, &second, &end) <
				1 ||
			text[len + (size_t)end] || minute > 59 || second > 59) {
			return false;
		}
	}
	if (!words_read_since(hour, time_ms)) {
		return false;
	}
	*time_ms += (uint64_t)(minute * 60 + second) * 1000;
	return true;
}
