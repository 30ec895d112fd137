/* Alarms: what a relay, or a member, was found out in. COMMANDS.md §8. */
#ifndef CLIENTS_CORE_ALARMS_H
#define CLIENTS_CORE_ALARMS_H

#include <cjson/cJSON.h>

#include <kring/core.h>
#include <kring/event.h>

struct kr_core;
struct command;

/* X(symbol, name, sentence) */
#define ALARM_LIST(X)                                                                    \
	X(HASH_MISMATCH, "hash_mismatch",                                                \
		"The relay changed, left out or reordered what was said.")               \
	X(HISTORY_REWRITTEN, "history_rewritten",                                        \
		"The relay shows another history than before.")                          \
	X(FORK, "fork", "Another member was shown another history.")                     \
	X(HEAD_MISMATCH, "head_mismatch",                                                \
		"The relay says something else than the signed record.")                 \
	X(UNSIGNED, "unsigned", "Nobody with the right to has signed this.")             \
	X(INVITATION_SWAPPED, "invitation_swapped",                                      \
		"The invitation is not the one that was signed.")                        \
	X(KEY_PACKAGE_SWAPPED, "key_package_swapped",                                    \
		"The relay gave out a key that is not the member's.")                    \
	X(UNCERTIFIED_LEAF, "uncertified_leaf",                                          \
		"Somebody whom no coordinator has verified would be in the group.")      \
	X(OVERSTEP, "overstep", "A member did what the member has no right to.")         \
	X(ROUTING_MISMATCH, "routing_mismatch",                                          \
		"The relay delivers to others than the group agreed on.")                \
	X(FALSE_EVENT, "false_event",                                                    \
		"A message stands where its author did not put it.")                     \
	X(GARBAGE_COMMIT, "garbage_commit",                                              \
		"A member sent a change of the group that cannot be read.")              \
	X(FOREIGN_COMMIT, "foreign_commit",                                              \
		"The relay's list of members and the group's do not agree.")             \
	X(INBOX_REPLACED, "inbox_replaced",                                              \
		"Another inbox has taken a name, and nobody said so in time.")           \
	X(ROLLED_BACK, "rolled_back", "This keystore is older than what was sent.")      \
	X(RELAY_CHANGED, "relay_changed", "This is not the relay that was agreed on.")   \
	X(INCARNATION_LOST, "incarnation_lost",                                          \
		"The relay was restored, and events are missing.")                       \
	/* In a case: enum kr_case_lie, and what a wrap shows. */                        \
	X(CASE_ORDER, "case_order", "An event of a case is missing or was changed.")     \
	X(CASE_FORK, "case_fork", "Somebody in a case was shown another history.")       \
	X(CASE_HEAD, "case_head",                                                        \
		"The relay says something else of a case than was signed.")              \
	X(CASE_SIGNATURE, "case_signature",                                              \
		"Something in a case was signed by nobody with the right to.")           \
	X(CASE_RECORD, "case_record",                                                    \
		"The relay gave an old or forged record of an inbox.")                   \
	X(CASE_STATE, "case_state", "Something in a case that its rules do not permit.") \
	X(CASE_RECIPIENTS, "case_recipients",                                            \
		"Somebody in a case who must read cannot.")                              \
	X(CASE_RELAY_WORD, "case_relay_word",                                            \
		"The relay's word in a case was not signed by the relay.")               \
	X(CASE_CLOCK, "case_clock", "The relay has put off a deadline.")                 \
	X(WRAP_CHANGED, "wrap_changed", "The relay has changed a key of a case.")        \
	X(WRAP_EARLY, "wrap_early", "The relay gave the fallback its keys too early.")

enum alarm {
#define ALARM_SYMBOL(symbol, name, sentence) ALARM_##symbol,
	ALARM_LIST(ALARM_SYMBOL)
#undef ALARM_SYMBOL
		NUM_ALARMS
};

/* What it is about; everything may be missing. */
struct alarm_about {
	const struct kr_topic *topic;
	uint64_t seq;
	const uint8_t *account;
	enum kr_err err; /* what the check said */
};

/* Keep it and tell it. The same alarm about the same topic, seq and account is raised
 * once. */
enum kr_err alarm_raise(
	struct kr_core *core, enum alarm alarm, const struct alarm_about *about);

size_t alarms_num_open(const struct kr_core *core);
enum kr_err command_dismiss(struct kr_core *core, struct command *command);
enum kr_err ask_alarms(const struct kr_core *core, const cJSON *question, cJSON *answer);

#endif
