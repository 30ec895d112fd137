#include "clients/cli/errors.h"

#include <string.h>

/* Many codes tell developers apart what is the same for whoever uses the program. */
#define MACHINE                                                                          \
	N_("This computer cannot go on: memory or another part of the system failed. "   \
	   "Close other programs and try again.")
#define PROGRAM                                                                          \
	N_("The program did something that it should not do. Nothing was sent. Try "     \
	   "again; if it happens again, report it with the word between brackets.")
#define KEYS_DAMAGED                                                                     \
	N_("Your keystore is damaged. Do not delete anything. Ask a coordinator to let " \
	   "you in again on a new keystore.")
#define DISK_FULL N_("The disk is full. Nothing is lost. Make room and try again.")
#define NEWER                                                                            \
	N_("This was made by a newer version of Kring. Install the newest version and "  \
	   "try again.")
#define BYTES                                                                            \
	N_("Something came in that is not as it should be. It was not used. Run 'kring " \
	   "alarms', and tell your coordinator if it stays.")
#define FORGED                                                                           \
	N_("Something came in that is not from who it says. It was not used. Run "       \
	   "'kring alarms' and tell a coordinator, not through Kring.")
#define GROUP                                                                            \
	N_("A message does not fit the group as this device knows it. Run 'kring "       \
	   "sync'. If it stays, run 'kring heal'.")
#define LATE                                                                             \
	N_("Somebody else was just ahead of you. Kring tries again by itself; run "      \
	   "'kring sync' if it takes long.")
#define RELAY_RESTORED                                                                   \
	N_("The relay lost messages or was restored. Run 'kring sync', then 'kring "     \
	   "alarms' to see what is missing.")
#define RIGHTS                                                                           \
	N_("You may not do this, or it does not exist. See 'kring communities' for "     \
	   "your role in a neighbourhood, and ask a coordinator; 'kring case' for what " \
	   "you can do in a case.")
#define TOO_FAST                                                                         \
	N_("The relay is busy, or you did too much at once. Wait a minute and try "      \
	   "again.")
#define COMMAND_FORM                                                                     \
	N_("The request was not understood. See 'kring help' for the command; perhaps "  \
	   "this version is too old for the relay.")
#define CERTIFICATE                                                                      \
	N_("A proof of membership is not valid, or not any more. Ask a coordinator to "  \
	   "admit this person again.")
#define COORDINATORS                                                                     \
	N_("The list of coordinators does not fit what is signed. Run 'kring sync' and " \
	   "try again. If it stays, run 'kring alarms'.")
#define DEVICES                                                                          \
	N_("This device does not belong to the account, or not any more. See 'kring "    \
	   "devices'.")
#define CASE                                                                             \
	N_("The case has changed, or this may not be done with it. Look at the case "    \
	   "again and try once more.")

struct error_words {
	const char *code;
	const char *words;
};

static const struct error_words table[] = {
	/* This program. */
	{"usage",
		N_("The command is not right. 'kring help' and its name say what it "
		   "takes.")},
	{"date",
		N_("This is no date. Write it like 2026-10-05, or with the time like "
		   "2026-10-05T21:30.")},
	{"since",
		N_("This is no date. Write a year, a month or a day: 2026, 2026-10 or "
		   "2026-10-05.")},
	{"ambiguous", N_("More than one fits this. Give more of the name or of the id.")},
	{"no_account",
		N_("There is no account in this keystore yet. Run 'kring join' with your "
		   "invitation, or 'kring init'.")},
	{"no_community",
		N_("You are in no community yet. Run 'kring join' with your "
		   "invitation.")},
	{"which_community",
		N_("You are in more than one community. Say which one with --community; "
		   "see 'kring communities'.")},
	{"which_inbox",
		N_("The community has more than one inbox. Say which one with --to; see "
		   "'kring inboxes'.")},
	{"no_inbox",
		N_("Your community has no inbox to send it to yet. Use the link of a "
		   "poster, or call Veilig Thuis: 0800-2000.")},
	{"not_yours",
		N_("Somebody else wrote this message. You can change or take back only "
		   "your own.")},
	{"no_connection",
		N_("There is no connection to the relay. Check your internet connection "
		   "and try again later.")},
	{"kept",
		N_("The relay has not confirmed it yet. It is kept and will be sent: run "
		   "'kring sync' later.")},
	{"no_answer",
		N_("The relay did not answer in time. Run 'kring sync' later and see if "
		   "it "
		   "was done.")},
	{"no_terminal",
		N_("There is nobody to ask here. Give it in a file, or as standard "
		   "input with \"-\".")},
	{"not_confirmed", N_("Nothing was done.")},
	{"secret_in_argument",
		N_("This is secret and must not stand on the command line, where others "
		   "can read it. Leave it out: you will be asked. Or give a file.")},
	{"file", N_("The file cannot be read or written.")},
	{"not_vouched",
		N_("That you are a verified neighbour can be shown only with your name, "
		   "and with --community. Nothing was sent.")},
	{"no_link",
		N_("Your account does not know where the page for reporters is, so there "
		   "is no link. That is said with --app when the account is made.")},
	{"alarm",
		N_("An alarm stands. Run 'kring alarms' and read what it says before you "
		   "rely on what you see here.")},

	/* The keystore. */
	{"no_keystore",
		N_("There is no keystore here yet. Run 'kring join' with your "
		   "invitation, or 'kring init'.")},
	{"passphrase", N_("This is not the passphrase. Try again.")},
	{"file_mode",
		N_("Others can read or change this file or directory. Make it yours "
		   "alone: chmod 700 for a directory, 600 for a file.")},
	{"bad_state_record", KEYS_DAMAGED},
	{"store_damaged", KEYS_DAMAGED},
	{"store_full", DISK_FULL},
	{"store_io",
		N_("The disk failed to read or write. Check the disk, then try again.")},
	{"store_locked",
		N_("Another kring uses this keystore. Wait until it is done, or end "
		   "it.")},
	{"store_version", NEWER},

	/* Ours. */
	{"memory", MACHINE},
	{"random", MACHINE},
	{"argument", PROGRAM},
	{"not_stored", PROGRAM},
	{"state",
		N_("This is not possible now. Run 'kring sync' and 'kring status', then "
		   "try again.")},
	{"limit",
		N_("That is more than is permitted: too many of them, or too far ahead. "
		   "Remove one, take a nearer date, or ask the operator of the relay.")},
	{"not_found", N_("There is nothing like that. Check the name or number.")},

	/* What came in: encoding and cryptography. */
	{"truncated", BYTES},
	{"trailing", BYTES},
	{"varint", BYTES},
	{"encoding", BYTES},
	{"too_large", N_("This is too long. Make it shorter.")},
	{"key", BYTES},
	{"decrypt", GROUP},
	{"signature", FORGED},
	{"mac", FORGED},
	{"proof", FORGED},
	{"hash", FORGED},
	{"commitment", FORGED},
	{"not_recipient",
		N_("This was not sealed for you. Only who it was meant for can read "
		   "it.")},

	/* Timing. */
	{"epoch_past", GROUP},
	{"epoch_future", GROUP},
	{"generation_used", GROUP},
	{"generation_far", GROUP},
	{"own_message", GROUP},
	{"cursor_incarnation", RELAY_RESTORED},
	{"incarnation", RELAY_RESTORED},
	{"cursor_trimmed",
		N_("Older messages are no longer kept by the relay. What you have "
		   "stays.")},
	{"trimmed",
		N_("Older messages are no longer kept by the relay. What you have "
		   "stays.")},
	{"cursor_ahead", RELAY_RESTORED},
	{"cursor_early",
		N_("This is from before you came into the group. You cannot read it.")},

	/* Requests to the relay. */
	{"frame", COMMAND_FORM},
	{"json", COMMAND_FORM},
	{"verb", COMMAND_FORM},
	{"field", COMMAND_FORM},
	{"body", COMMAND_FORM},
	{"mls", COMMAND_FORM},
	{"routing", GROUP},
	{"auth_required", DEVICES},
	{"auth_failed", DEVICES},
	{"auth_twice", PROGRAM},
	{"forbidden", RIGHTS},
	{"blocked",
		N_("The operator of the relay has blocked this account. Ask your "
		   "coordinator why.")},
	{"muted",
		N_("A coordinator has muted you for some time. You can still read. See "
		   "'kring log' for the reason.")},
	{"slow_mode",
		N_("In this group some time has to pass between two messages. Wait a "
		   "little and try again.")},
	{"excluded",
		N_("The reporter does not want this inbox to know of the signal. Choose "
		   "another one.")},
	{"word_unread",
		N_("The reporter has not read the closing word yet, and could never read "
		   "it then. 'kring case' says until when the case is kept; after that "
		   "it is erased by itself.")},
	{"grant",
		N_("The operator's code is not right, or was used already. Ask the "
		   "operator of the relay for a new one.")},
	{"invite",
		N_("The invitation is not valid, or not any more. Ask your coordinator "
		   "for a new one.")},
	{"exists", N_("It is there already. Nothing was changed.")},
	{"last_coordinator",
		N_("A community cannot be without a coordinator. Name another one first, "
		   "with 'kring grant'.")},
	{"epoch_taken", LATE},
	{"epoch_wrong", LATE},
	{"rev_past", LATE},
	{"void_late", LATE},
	{"id_reused", PROGRAM},
	{"quota", TOO_FAST},
	{"busy", TOO_FAST},
	{"full",
		N_("The relay has no room left. Nothing was kept. Tell the operator of "
		   "the relay and try again later.")},
	{"internal",
		N_("The relay failed. Try again in a minute. If it stays, tell the "
		   "operator of the relay.")},

	/* Authority. */
	{"policy", RIGHTS},
	{"wrong_group", GROUP},
	{"removed",
		N_("You are no longer a member here. Ask a coordinator if you do not "
		   "know why.")},
	{"record_version", NEWER},
	{"content_version", NEWER},
	{"text",
		N_("The text holds characters that cannot be shown, or a name takes more "
		   "than one line. Change it and try again.")},
	{"genesis",
		N_("The founders are not complete, or one stands there twice. Take two "
		   "coordinators, or one and a recovery key.")},
	{"community", N_("This belongs to another community.")},
	{"chain_previous", COORDINATORS},
	{"chain_signer", COORDINATORS},
	{"chain_key_reused", COORDINATORS},
	{"chain_subject", N_("This person is no coordinator.")},
	{"cert_issuer", CERTIFICATE},
	{"cert_key", CERTIFICATE},
	{"cert_validity", CERTIFICATE},
	{"cert_revoked", CERTIFICATE},
	{"device_account", DEVICES},
	{"device_signer", DEVICES},
	{"device_key_reused", DEVICES},
	{"device_unknown", DEVICES},
	{"policy_chain", COORDINATORS},
	{"link",
		N_("This is not a link of that kind. Copy the whole link, from https:// "
		   "to "
		   "the last character.")},
	{"check_digit",
		N_("A digit is wrong. Read the digits again, group by group, and type "
		   "them once more.")},

	/* MLS. */
	{"mls_version", NEWER},
	{"mls_cipher_suite", NEWER},
	{"mls_reinit", NEWER},
	{"mls_branch", NEWER},
	{"mls_x509", NEWER},
	{"mls_credential_type", NEWER},
	{"mls_proposal_type", NEWER},
	{"leaf_source", GROUP},
	{"leaf_lifetime", GROUP},
	{"leaf_capabilities", NEWER},
	{"leaf_key_reused", GROUP},
	{"leaf_credential", GROUP},
	{"leaf_extension", GROUP},
	{"required_capabilities", NEWER},
	{"key_package_keys", GROUP},
	{"tree_shape", GROUP},
	{"tree_hash", GROUP},
	{"tree_parent_hash", GROUP},
	{"tree_unmerged", GROUP},
	{"tree_key_reused", GROUP},
	{"leaf_index", GROUP},
	{"proposal_sender", GROUP},
	{"proposal_ref", GROUP},
	{"proposal_own_update", GROUP},
	{"proposal_self_remove", GROUP},
	{"proposal_duplicate", GROUP},
	{"proposal_psk", GROUP},
	{"proposal_psk_duplicate", GROUP},
	{"proposal_psk_unknown", GROUP},
	{"proposal_gce_duplicate", GROUP},
	{"proposal_extension", GROUP},
	{"proposal_add_member", N_("This person is in the group already.")},
	{"proposal_external_init", GROUP},
	{"proposal_not_in_external", GROUP},
	{"commit_path_missing", GROUP},
	{"commit_path", GROUP},
	{"commit_path_key", GROUP},
	{"commit_confirmation", GROUP},
	{"commit_pending", LATE},
	{"sender", GROUP},
	{"membership_tag", GROUP},
	{"padding", GROUP},
	{"not_encrypted", GROUP},
	{"welcome_not_for_us", GROUP},
	{"ratchet_tree_missing", GROUP},
	{"external_pub_missing", GROUP},

	/* Signals and cases. */
	{"named", CASE},
	{"record", CASE},
	{"recipients", CASE},
	{"recovery",
		N_("These digits are not of this inbox. Check that the paper and the "
		   "link belong together.")},
	{"inbox_expired",
		N_("The professionals have not renewed the keys of this inbox in time. "
		   "Choose another inbox, or call them.")},
	{"inbox_replaced",
		N_("Another inbox has this name. Let two coordinators announce the new "
		   "one, with its fingerprint, and wait 72 hours; or take another "
		   "name.")},
};

static const struct error_words *find(const char *code)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (strcmp(table[i].code, code) == 0) {
			return &table[i];
		}
	}
	return NULL;
}

const char *errors_words(const char *code)
{
	const struct error_words *found = find(code);

	return found ? _(found->words)
		     : _("Something went wrong that this version of Kring does not know. "
			 "Install the newest version.");
}

bool errors_is_known(const char *code)
{
	return find(code) != NULL;
}

enum cli_exit errors_exit(const char *code)
{
	static const struct {
		const char *code;
		enum cli_exit ends_with;
	} exits[] = {
		{"usage", CLI_USAGE},
		{"date", CLI_USAGE},
		{"since", CLI_USAGE},
		{"no_terminal", CLI_USAGE},
		{"secret_in_argument", CLI_USAGE},
		{"file", CLI_USAGE},
		{"no_keystore", CLI_KEYSTORE},
		{"no_account", CLI_KEYSTORE},
		{"passphrase", CLI_KEYSTORE},
		{"file_mode", CLI_KEYSTORE},
		{"bad_state_record", CLI_KEYSTORE},
		{"store_damaged", CLI_KEYSTORE},
		{"store_full", CLI_KEYSTORE},
		{"store_io", CLI_KEYSTORE},
		{"store_locked", CLI_KEYSTORE},
		{"store_version", CLI_KEYSTORE},
		{"no_connection", CLI_NO_CONNECTION},
		{"kept", CLI_NO_CONNECTION},
		{"no_answer", CLI_NO_CONNECTION},
		{"alarm", CLI_ALARM},
	};

	for (size_t i = 0; i < sizeof(exits) / sizeof(exits[0]); i++) {
		if (strcmp(exits[i].code, code) == 0) {
			return exits[i].ends_with;
		}
	}
	return CLI_REFUSED;
}
